/* request: what the web server hands over, cleaned at the edge: after request_new()
 * every field is decoded, bounded and well-formed, or absent. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "http/request.h"

#include <arpa/inet.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "http/dispatch.h"
#include "http/reply.h"

enum { AGENT_MAX = 200, ID_MAX = 64, PATH_MAX_BYTES = 2000, DRAIN_BYTES = 64 * 1024 };

/* The only variables that ever reach a handler (safety rule 17). */
static const char *const allowed[] = {
        "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
        "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_HOST", "HTTP_IDEMPOTENCY_KEY",
        "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_ORIGIN", "HTTP_RANGE",
        "HTTP_SEC_FETCH_SITE", "HTTP_STRIPE_ACCOUNT", "HTTP_STRIPE_SIGNATURE",
        "HTTP_STRIPE_VERSION", "HTTP_USER_AGENT", "QUERY_STRING", "REMOTE_ADDR", "REQUEST_ID",
        "REQUEST_METHOD", "REQUEST_URI", "UPLOAD_LENGTH", NULL
};

const char *
request_header(struct request *req, const char *cgi_name)
{
        if (!g_strv_contains(allowed, cgi_name)) {
                log_error("header_not_listed", "header", cgi_name, "hint",
                          "add it to the list in request.c", NULL);
                return NULL;
        }
        if (req->io == NULL)
                return NULL;
        return req->io->param(req->io->data, cgi_name);
}

const char *
request_cookie(struct request *req, const char *name)
{
        const char *at = request_header(req, "HTTP_COOKIE");
        size_t name_len = strlen(name);

        while (at != NULL && *at != '\0') {
                size_t len = strcspn(at, ";");

                if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0)
                        return pool_strndup(req->pool, at + name_len + 1, len - name_len - 1);
                at += len;
                at += strspn(at, "; ");
        }
        return NULL;
}

/* A cookie of ours, or NULL when it has not the form of a token. */
static const char *
cookie_token(struct request *req, enum reply_cookie which)
{
        const char *value = request_cookie(req, reply_cookie_name(req->config, which));

        return value != NULL && token_is(value) ? value : NULL;
}

/* At most MAX bytes of printable ASCII; anything else becomes "?". */
static const char *
printable(struct pool *pool, const char *text, size_t max)
{
        char *copy;

        if (text == NULL)
                return "";
        copy = pool_strndup(pool, text, strnlen(text, max));
        for (char *p = copy; *p != '\0'; p++) {
                if (!g_ascii_isprint(*p))
                        *p = '?';
        }
        return copy;
}

/* The web server's id where it has one of a known form, else a new one. */
static const char *
request_id(struct pool *pool, const char *given)
{
        size_t len = given != NULL ? strlen(given) : 0;
        uint8_t random[16];

        if (len > 0 && len <= ID_MAX &&
            strspn(given, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") == len)
                return pool_strdup(pool, given);
        token_random(random, sizeof(random));
        return token_hex(pool, random, sizeof(random));
}

static const char *
remote_addr(struct pool *pool, const char *given)
{
        struct in6_addr any;

        if (given != NULL &&
            (inet_pton(AF_INET, given, &any) == 1 || inet_pton(AF_INET6, given, &any) == 1))
                return pool_strdup(pool, given);
        return "0.0.0.0";
}

static enum http_method
method_of(const char *name, bool *head)
{
        *head = text_equal(name, "HEAD");
        if (*head || text_equal(name, "GET"))
                return GET;
        if (text_equal(name, "DELETE"))
                return DELETE;
        return text_equal(name, "POST") ? POST : HTTP_METHOD_OTHER;
}

/* "/a/../b", "/./", "//" and the like: no page of ours has such a path. */
static bool
has_odd_segment(const char *path)
{
        while (*path == '/') {
                size_t len = strcspn(++path, "/");

                if (len == 0 && *path == '/')
                        return true;
                if ((len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
                        return true;
                path += len;
        }
        return false;
}

/* Decode the path of a raw URI and take the mount off; NULL when it is refused. */
static const char *
path_of(struct pool *pool, const char *uri, const char *mount)
{
        size_t raw_len = uri != NULL ? strcspn(uri, "?#") : 0;
        size_t mount_len = mount != NULL ? strlen(mount) : 0;
        char *path, *out;

        if (raw_len == 0 || raw_len > PATH_MAX_BYTES || uri[0] != '/')
                return NULL;
        path = out = pool_strndup(pool, uri, raw_len);
        for (const char *in = path; *in != '\0'; in++) {
                if (*in != '%') {
                        *out++ = *in;
                        continue;
                }
                if (!g_ascii_isxdigit(in[1]) || !g_ascii_isxdigit(in[2]))
                        return NULL;
                *out = (char)(g_ascii_xdigit_value(in[1]) * 16 + g_ascii_xdigit_value(in[2]));
                /* An escaped slash would be a separator that the web server did not see. */
                if (*out == '\0' || *out == '/')
                        return NULL;
                out++;
                in += 2;
        }
        *out = '\0';
        if (!text_is_utf8(path, (size_t)(out - path)) || text_has_control(path) ||
            has_odd_segment(path))
                return NULL;
        if (mount_len == 0)
                return path;
        if (!text_starts(path, mount) || (path[mount_len] != '/' && path[mount_len] != '\0'))
                return NULL;
        return path[mount_len] == '\0' ? "/" : path + mount_len;
}

struct request *
request_new(struct pool *pool, const struct program *program, const struct config *config,
            const struct request_io *io)
{
        struct request *req = pool_alloc(pool, sizeof(*req));
        const char *query;

        req->pool = pool;
        req->program = program;
        req->config = config;
        req->io = io;
        req->method = method_of(request_header(req, "REQUEST_METHOD"), &req->head);
        req->path = path_of(pool, request_header(req, "REQUEST_URI"), program->mount);
        query = request_header(req, "QUERY_STRING");
        req->query = query != NULL ? query : "";
        req->id = request_id(pool, request_header(req, "REQUEST_ID"));
        req->remote_addr = remote_addr(pool, request_header(req, "REMOTE_ADDR"));
        req->user_agent = printable(pool, request_header(req, "HTTP_USER_AGENT"), AGENT_MAX);
        req->accept_language =
                printable(pool, request_header(req, "HTTP_ACCEPT_LANGUAGE"), AGENT_MAX);
        req->token = cookie_token(req, program->staff ? COOKIE_STAFF : COOKIE_SESSION);
        req->order_token = cookie_token(req, COOKIE_ORDER);
        req->form_token = cookie_token(req, COOKIE_FORM);
        req->body = "";
        return req;
}

/* What Content-Length says: 0 without one, negative when it is malformed. */
static int64_t
length_of(struct request *req)
{
        const char *text = request_header(req, "CONTENT_LENGTH");
        guint64 length = 0;

        if (text_is_empty(text))
                return 0;
        if (!g_ascii_isdigit(text[0]) || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &length, NULL))
                return -1;
        return (int64_t)length;
}

enum http_status
request_read_front(struct request *req, int64_t bound, size_t front)
{
        int64_t length = length_of(req);
        size_t wanted = (size_t)CLAMP(length, 0, (int64_t)front);
        char *body;

        if (length < 0)
                return HTTP_BAD_REQUEST;
        if (length > bound)
                return HTTP_TOO_LARGE;
        if (wanted == 0)
                return HTTP_OK;
        body = pool_alloc(req->pool, wanted + 1);
        while (req->body_len < wanted) {
                size_t got = req->io->read(req->io->data, body + req->body_len, wanted - req->body_len);

                if (got == 0)
                        return HTTP_BAD_REQUEST;        /* the browser went away */
                req->body_len += got;
        }
        req->body = body;
        req->body_rest = length - (int64_t)wanted;
        return HTTP_OK;
}

enum http_status
request_read_body(struct request *req, size_t bound)
{
        return request_read_front(req, (int64_t)bound, bound);
}

size_t
request_read_more(struct request *req, char *out, size_t len)
{
        size_t wanted = (size_t)MIN((int64_t)len, req->body_rest);
        size_t got = wanted > 0 ? req->io->read(req->io->data, out, wanted) : 0;

        req->body_rest = got > 0 ? req->body_rest - (int64_t)got : 0;
        return got;
}

void
request_drain(struct request *req)
{
        char *nowhere = req->body_rest > 0 ? pool_alloc(req->pool, DRAIN_BYTES) : NULL;

        while (req->body_rest > 0)
                (void)request_read_more(req, nowhere, DRAIN_BYTES);
}
