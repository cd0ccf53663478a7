/* reply: status, headers and body of one answer, and the pages for what went wrong.
 *
 * A handler only notes what it wants; reply_send() writes it all at the end, so
 * dispatch may still replace a reply when the commit fails. */
#include "http/reply.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/text.h"
#include "http/dispatch.h"

enum { EXTRA_MAX = 16, NEXT_MAX = 500 };

struct header {
        const char *name, *value;
};

struct reply {
        enum http_status status;
        bool made;
        const char *type;
        const void *body;
        size_t len;
        struct header extra[EXTRA_MAX];
        size_t n_extra;
        struct {
                bool set;
                const char *token;
                int64_t max_age;
        } cookies[COOKIE_STAFF + 1];
        enum reply_policy policy;
        bool in_error;          /* program->error_page() is at work: it must not call itself */
        bool retry;
};

static const struct {
        enum http_status status;
        const char *reason;
        const char *sentence;
} statuses[] = {
        {HTTP_OK, "OK", ""},
        {HTTP_SEE_OTHER, "See Other", ""},
        {HTTP_BAD_REQUEST, "Bad Request", "This request could not be understood."},
        {HTTP_UNAUTHORIZED, "Unauthorized", "This needs a key."},
        {HTTP_PAYMENT_REQUIRED, "Payment Required", "The payment did not go through."},
        {HTTP_FORBIDDEN, "Forbidden",
         "This is not open to you, or the form is too old: please load the page again."},
        {HTTP_NOT_FOUND, "Not Found", "There is no such page."},
        {HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed",
         "This address does not take such a request."},
        {HTTP_CONFLICT, "Conflict",
         "Somebody else changed this in the meantime: please load the page again."},
        {HTTP_GONE, "Gone", "This link is no longer valid."},
        {HTTP_TOO_LARGE, "Payload Too Large", "This is more than can be taken at once."},
        {HTTP_UNPROCESSABLE, "Unprocessable Entity", "Something in the form needs another look."},
        {HTTP_TOO_MANY, "Too Many Requests", "Too many attempts: please wait a while."},
        {HTTP_INTERNAL, "Internal Server Error",
         "Something went wrong on our side. Nothing was changed."},
        {HTTP_UNAVAILABLE, "Service Unavailable", "We will be back in a moment: please try again."},
};

static const char *
reason_of(enum http_status status)
{
        for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
                if (statuses[i].status == status)
                        return statuses[i].reason;
        }
        return "Unknown";
}

static const char *
sentence_of(enum http_status status)
{
        for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
                if (statuses[i].status == status)
                        return statuses[i].sentence;
        }
        return "";
}

static struct reply *
reply_of(struct request *req)
{
        if (req->reply == NULL)
                req->reply = pool_alloc(req->pool, sizeof(*req->reply));
        return req->reply;
}

void
reply_reset(struct request *req)
{
        if (req->reply != NULL)
                *req->reply = (struct reply){ .in_error = req->reply->in_error };
}

bool
reply_made(const struct request *req)
{
        return req->reply != NULL && req->reply->made;
}

bool
reply_wants_retry(const struct request *req)
{
        return req->reply != NULL && req->reply->retry;
}

/* --- what handlers ask for --------------------------------------------------- */

enum http_status
reply_body(struct request *req, enum http_status status, const char *type, const void *body,
           size_t len)
{
        struct reply *reply = reply_of(req);

        reply->status = status;
        reply->made = true;
        reply->type = type;
        reply->body = body;
        reply->len = len;
        return status;
}

enum http_status
reply_text(struct request *req, enum http_status status, const char *text)
{
        return reply_body(req, status, "text/plain; charset=utf-8", text, strlen(text));
}

void
reply_header(struct request *req, const char *name, const char *value)
{
        struct reply *reply = reply_of(req);
        size_t i;

        if (value == NULL || text_has_control(value) || !text_is_utf8(value, strlen(value))) {
                log_error("header_refused", "header", name, "hint",
                          "its value has control characters", NULL);
                return;
        }
        for (i = 0; i < reply->n_extra; i++) {
                if (g_ascii_strcasecmp(reply->extra[i].name, name) == 0)
                        break;
        }
        if (i == EXTRA_MAX) {
                log_error("too_many_headers", "header", name, NULL);
                abort();
        }
        reply->extra[i] = (struct header){ name, pool_strdup(req->pool, value) };
        if (i == reply->n_extra)
                reply->n_extra++;
}

void
reply_policy(struct request *req, enum reply_policy policy)
{
        reply_of(req)->policy = policy;
}

static const char *
header_of(const struct reply *reply, const char *name)
{
        for (size_t i = 0; i < reply->n_extra; i++) {
                if (g_ascii_strcasecmp(reply->extra[i].name, name) == 0)
                        return reply->extra[i].value;
        }
        return NULL;
}

/* A path of ours or an absolute address of the gateway; printable ASCII without what a
 * browser or a proxy might read in two ways. */
bool
reply_is_location(const char *location)
{
        for (const char *p = location; *p != '\0'; p++) {
                if (!g_ascii_isgraph(*p) || strchr("\"<>\\^`{|}", *p) != NULL)
                        return false;
        }
        if (location[0] == '/')
                return location[1] != '/';
        return text_starts(location, "https://") || text_starts(location, "http://");
}

enum http_status
reply_redirect(struct request *req, const char *location)
{
        if (location == NULL || !reply_is_location(location)) {
                log_error("redirect_refused", "hint",
                          "the address has characters that may not stand in one", NULL);
                return reply_error(req, HTTP_INTERNAL);
        }
        reply_header(req, "Location", location);
        return reply_body(req, HTTP_SEE_OTHER, NULL, "", 0);
}

/* attachment; filename="plain.pdf"; filename*=UTF-8''full%20name.pdf (RFC 6266). */
static const char *
disposition(struct pool *pool, const char *name)
{
        char *plain = pool_strdup(pool, name);

        for (char *p = plain; *p != '\0'; p++) {
                if (!g_ascii_isalnum(*p) && strchr("-_. ", *p) == NULL)
                        *p = '_';
        }
        return pool_printf(pool, "attachment; filename=\"%s\"; filename*=UTF-8''%s", plain,
                           text_url_encode(pool, name));
}

enum http_status
reply_file(struct request *req, int64_t id, const char *content_type, const char *download_name)
{
        if (id <= 0 || text_is_empty(content_type) || text_has_control(content_type)) {
                log_error("file_refused", "id", log_int(id), NULL);
                return reply_error(req, HTTP_NOT_FOUND);
        }
        reply_header(req, "X-Accel-Redirect", pool_printf(req->pool, "/protected/%" PRId64, id));
        if (download_name != NULL)
                reply_header(req, "Content-Disposition", disposition(req->pool, download_name));
        return reply_body(req, HTTP_OK, pool_strdup(req->pool, content_type), "", 0);
}

enum http_status
reply_download(struct request *req, const char *type, const char *name, const void *data, size_t len)
{
        reply_header(req, "Content-Disposition", disposition(req->pool, name));
        reply_header(req, "Content-Security-Policy", "sandbox; default-src 'none'");
        reply_header(req, "Cross-Origin-Resource-Policy", "same-origin");
        return reply_body(req, HTTP_OK, text_equal(type, "text/plain") ? "text/plain; charset=utf-8" : type, data, len);
}

/* --- cookies ----------------------------------------------------------------- */

static bool
is_https(const struct config *config)
{
        return text_starts(config->portal_url, "https://");
}

const char *
reply_cookie_name(const struct config *config, enum reply_cookie which)
{
        static const char *const names[][2] = {
                [COOKIE_SESSION] = { "lk_session", "__Host-lk_session" },
                [COOKIE_ORDER] = { "lk_order", "__Host-lk_order" },
                [COOKIE_FORM] = { "lk_form", "__Host-lk_form" },
                [COOKIE_PAY] = { "lk_pay", "__Host-lk_pay" },
                [COOKIE_STAFF] = { "lk_staff", "__Host-lk_staff" },
        };

        return names[which][is_https(config)];
}

void
reply_cookie(struct request *req, enum reply_cookie which, const char *token, int64_t max_age)
{
        struct reply *reply = reply_of(req);

        if (max_age >= 0 && strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789-_") != strlen(token)) {
                log_error("cookie_refused", "cookie", reply_cookie_name(req->config, which), NULL);
                return;
        }
        reply->cookies[which].set = true;
        reply->cookies[which].token = max_age >= 0 ? pool_strdup(req->pool, token) : "";
        reply->cookies[which].max_age = max_age;
}

static void
put_cookies(GString *out, const struct request *req)
{
        const struct reply *reply = req->reply;
        const char *secure = is_https(req->config) ? "; Secure" : "";

        for (size_t i = 0; i < G_N_ELEMENTS(reply->cookies); i++) {
                if (!reply->cookies[i].set)
                        continue;
                g_string_append_printf(out, "Set-Cookie: %s=%s; Path=/; HttpOnly; SameSite=Lax%s",
                                       reply_cookie_name(req->config, (enum reply_cookie)i),
                                       reply->cookies[i].token, secure);
                if (reply->cookies[i].max_age != 0)
                        g_string_append_printf(out, "; Max-Age=%" PRId64,
                                               MAX(reply->cookies[i].max_age, 0));
                g_string_append(out, "\r\n");
        }
}

/* --- pages for what went wrong ------------------------------------------------ */

static bool
needs_session(const struct request *req)
{
        return req->route != NULL && req->route->who != OPEN;
}

enum http_status
reply_error(struct request *req, enum http_status status)
{
        const struct program *program = req->program;
        struct reply *reply = reply_of(req);

        if (program != NULL && program->error_page != NULL && !reply->in_error &&
            (req->route == NULL || (req->route->flags & ROUTE_MACHINE) == 0)) {
                reply->made = false;
                reply->in_error = true;
                status = program->error_page(req, status);
                reply->in_error = false;
                if (reply->made)
                        return status;
        }
        return reply_text(req, status, pool_printf(req->pool, "%s\n", sentence_of(status)));
}

enum http_status
reply_sign_in(struct request *req)
{
        const char *login = req->program != NULL ? req->program->login_path : NULL;
        const char *back = request_header(req, "REQUEST_URI");

        reply_reset(req);
        if (login == NULL || req->method != GET)
                return reply_error(req, HTTP_FORBIDDEN);
        if (back == NULL || back[0] != '/' || strlen(back) > NEXT_MAX || text_has_control(back))
                return reply_redirect(req, login);
        return reply_redirect(req, pool_printf(req->pool, "%s?next=%s", login,
                                               text_url_encode(req->pool, back)));
}

enum http_status
http_from_db(struct request *req, enum db_status status)
{
        if (status == DB_DOWN)
                return reply_error(req, HTTP_UNAVAILABLE);
        if (status == DB_RETRY) {
                enum http_status shown = reply_error(req, HTTP_UNAVAILABLE);

                reply_of(req)->retry = true;
                return shown;
        }
        if (needs_session(req) && !req->identity.found)
                return reply_sign_in(req);
        switch (status) {
        case DB_NO_ROW:
                return reply_error(req, HTTP_NOT_FOUND);
        case DB_CONFLICT:
                return reply_error(req, HTTP_CONFLICT);
        case DB_DENIED:
                return reply_error(req, HTTP_FORBIDDEN);
        default:
                return reply_error(req, HTTP_INTERNAL);
        }
}

/* --- on the wire -------------------------------------------------------------- */

/* A page that anybody gets alike may be kept but is asked for again each time; what
 * belongs to one browser is kept nowhere. */
static const char *
cache_control(const struct request *req)
{
        const struct reply *reply = req->reply;
        bool own = req->token != NULL || req->order_token != NULL || req->form_token != NULL ||
                   req->method != GET || reply->status >= HTTP_BAD_REQUEST || needs_session(req) ||
                   (req->route != NULL && (req->route->flags & ROUTE_NO_STORE) != 0);

        for (size_t i = 0; i < G_N_ELEMENTS(reply->cookies); i++)
                own = own || reply->cookies[i].set;
        return own ? "private, no-store" : "no-cache";
}

static void
put_html_headers(GString *out, const struct config *config, enum reply_policy policy)
{
        const char *origin = config->gateway_checkout_origin;

        if (policy == POLICY_FRAMED) {
                g_string_append(out,
                                "Content-Security-Policy: sandbox; default-src 'none'; "
                                "style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
                                "base-uri 'none'; frame-ancestors 'self'\r\n");
                return;
        }

        if (origin == NULL || !reply_is_location(origin) || strpbrk(origin, ";, ") != NULL)
                origin = "";
        g_string_append_printf(out,
                               "Content-Security-Policy: default-src 'none'; style-src 'self'; "
                               "img-src 'self' data:; script-src 'self'; media-src 'self'; "
                               "font-src 'self'; connect-src 'self'; %sform-action 'self'%s%s; "
                               "base-uri 'none'; frame-ancestors 'none'\r\n"
                               "Cross-Origin-Opener-Policy: same-origin\r\n",
                               policy == POLICY_FRAMES ? "frame-src 'self'; " : "",
                               origin[0] != '\0' ? " " : "", origin);
}

static void
put_head(GString *out, const struct request *req)
{
        const struct reply *reply = req->reply;

        g_string_append_printf(out, "Status: %d %s\r\n", reply->status, reason_of(reply->status));
        if (reply->type != NULL) {
                g_string_append_printf(out, "Content-Type: %s\r\n", reply->type);
                if (text_starts(reply->type, "text/html") &&
                    header_of(reply, "Content-Security-Policy") == NULL)
                        put_html_headers(out, req->config, reply->policy);
        }
        if (header_of(reply, "X-Accel-Redirect") == NULL)
                g_string_append_printf(out, "Content-Length: %zu\r\n", reply->len);
        g_string_append(out, "X-Content-Type-Options: nosniff\r\n");
        if (header_of(reply, "Cache-Control") == NULL)
                g_string_append_printf(out, "Cache-Control: %s\r\n", cache_control(req));
        if (req->route != NULL && (req->route->flags & ROUTE_NO_STORE) != 0)
                g_string_append(out, "Referrer-Policy: no-referrer\r\n");
        for (size_t i = 0; i < reply->n_extra; i++)
                g_string_append_printf(out, "%s: %s\r\n", reply->extra[i].name,
                                       reply->extra[i].value);
        put_cookies(out, req);
        g_string_append(out, "\r\n");
}

static void
free_string(void *data)
{
        g_string_free(data, TRUE);
}

bool
reply_send(struct request *req, enum http_status status)
{
        struct reply *reply = reply_of(req);
        GString *head = g_string_sized_new(1024);

        pool_defer(req->pool, free_string, head);
        reply->status = status;
        put_head(head, req);
        if (!req->io->write(req->io->data, head->str, head->len))
                return false;
        return req->head || reply->len == 0 ||
               req->io->write(req->io->data, reply->body, reply->len);
}
