/* ticket: one conversation with staff: by login, or by the expiring link of a mail that opens
 * this one alone.  A number of somebody else's is answered as one that does not exist. */
#include <string.h>

#include "base/text.h"
#include "http/session.h"
#include "portal/portal.h"
#include "portal/tickets.h"
#include "queries/ticket.h"
#include "view/format.h"
#include "view/words.h"

struct page {
        struct request *req;
        const char *number, *token;     /* by login; by link */
        struct db_bytes link;
        const char *base;               /* its address, without a slash at the end */
        struct ticket_row row;
        struct ticket_post_row *posts;
        struct ticket_file_row *files;
        size_t n_posts, n_files, at;    /* AT: the post whose files are pushed */
};

static bool
has_param(const struct request *req, const char *name)
{
        for (const struct param *p = req->route->params; p->name != NULL; p++)
                if (strcmp(p->name, name) == 0)
                        return true;
        return false;
}

/* Which ticket the route is about. */
static struct page
page_of(struct request *req)
{
        struct page page = { .req = req };

        if (has_param(req, "token")) {
                page.token = param_text(req, "token");
                page.link = session_hash(req->pool, page.token);
                page.base = pool_printf(req->pool, "/help/link/%s", page.token);
        } else {
                page.number = param_text(req, "number");
                page.base = pool_printf(req->pool, "/help/requests/%s", page.number);
        }
        return page;
}

/* --- what is shown ---------------------------------------------------------------- */

/* The I-th file of the post at hand. */
static const struct ticket_file_row *
file_at(const struct page *page, size_t i)
{
        for (size_t k = 0; k < page->n_files; k++)
                if (page->files[k].post_id == page->posts[page->at].id && i-- == 0)
                        return &page->files[k];
        return NULL;
}

static void
push_file(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct ticket_file_row *file = file_at(page, i);

        view_text(view, "name", file->name);
        view_text(view, "size", format_size(page->req->pool, file->size));
        view_url(view, "file_url", pool_printf(page->req->pool, "%s/files/%lld", page->base, (long long)file->id));
}

static void
push_post(struct view *view, size_t i, void *data)
{
        struct page *page = data;
        const struct ticket_post_row *post = &page->posts[i];
        size_t n = 0;

        page->at = i;
        while (file_at(page, n) != NULL)
                n++;
        view_row(view, "", &ticket_post_row_type, post);
        view_flag(view, "ours", text_equal(post->author, "staff"));
        view_flag(view, "by_mail", text_equal(post->via, "mail"));
        view_each(view, "files", "portal/ticket.file.html", n, push_file, page);
}

static enum http_status
show(struct page *page, enum http_status status, bool again)
{
        struct request *req = page->req;
        struct words words = words_status("ticket", page->row.status);
        struct view *view = view_new(req, "portal/ticket.html");

        view_text(view, "page_title", words_of("trouble", page->row.about));
        if (again)
                view_form(view, req);
        else
                view_form_empty(view, req->route->params);
        view_row(view, "ticket", &ticket_row_type, &page->row);
        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
        view_flag(view, "closed", text_equal(page->row.status, "closed"));
        view_flag(view, "waiting", text_equal(page->row.status, "open"));
        view_flag(view, "crumbs", page->token == NULL);
        view_flag(view, "by_link", page->token != NULL);
        view_flag(view, "sent", !again && text_equal(param_text(req, "done"), "sent"));
        view_text(view, "nonce", tickets_nonce(req));
        view_url(view, "base_url", page->base);
        view_each(view, "posts", "portal/ticket.post.html", page->n_posts, push_post, page);
        return view_reply(view, status);
}

/* The link's ticket cannot be shown: a new link, or nothing. */
static enum http_status
link_over(struct page *page)
{
        struct request *req = page->req;
        struct ticket_link_row link;
        struct view *view;
        enum db_status rc = ticket_link_look(req->db, page->link, &link);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!text_equal(link.state, "expired"))
                return portal_message(req, HTTP_NOT_FOUND, "We do not know this link",
                                      "A part of it may be missing. Open it from the mail once more.",
                                      "/help/requests/new?about=other", "Write to us");
        view = view_new(req, "portal/ticket.over.html");
        view_text(view, "page_title", "This link has expired");
        view_text(view, "email", link.email);
        view_text(view, "token", page->token);
        return view_reply(view, HTTP_GONE);
}

static enum db_status
ask(struct page *page)
{
        struct db *db = page->req->db;

        ticket_page_ask(db, page->number, page->link, &page->row);
        ticket_posts_ask(db, page->number, page->link, &page->posts, &page->n_posts);
        ticket_files_of_ask(db, page->number, page->link, &page->files, &page->n_files);
        return db_wait(db);
}

/* A signed-out browser that reads is sent to the login; whoever is signed in gets 404. */
static enum http_status
absent(struct page *page, enum db_status rc)
{
        struct request *req = page->req;

        if (rc == DB_NO_ROW && page->token != NULL)
                return link_over(page);
        if (rc == DB_NO_ROW && !req->identity.found && req->method == GET)
                return reply_sign_in(req);
        return http_from_db(req, rc);
}

/* GET /help/requests/NUMBER, /help/link/TOKEN */
static enum http_status
ticket_show(struct request *req)
{
        struct page page = page_of(req);
        enum db_status rc = ask(&page);

        return rc == DB_OK ? show(&page, HTTP_OK, false) : absent(&page, rc);
}

/* --- writing again ------------------------------------------------------------------ */

/* POST .../replies */
static enum http_status
reply_create(struct request *req)
{
        struct page page = page_of(req);
        struct ticket_replied_row replied;
        enum db_status rc = ask(&page);

        if (rc != DB_OK)
                return absent(&page, rc);
        if (!params_valid(req))
                return show(&page, HTTP_UNPROCESSABLE, true);
        rc = ticket_reply(req->db, page.number, page.link, param_text(req, "nonce"), param_text(req, "text"), &replied);
        if (rc == DB_OK && !replied.post_id_null)
                rc = tickets_keep_files(req, replied.post_id);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(replied.result, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(replied.result, "limited")) {
                param_refuse(req, "text", "These are many messages within one hour. Please wait for our answer");
                return show(&page, HTTP_TOO_MANY, true);
        }
        return reply_redirect(req, pool_printf(req->pool, "%s?done=sent", page.base));
}

/* GET .../files/FILE: kept on the reader's disk, never shown as a page of ours. */
static enum http_status
file_show(struct request *req)
{
        struct page page = page_of(req);
        struct ticket_content_row file;
        enum db_status rc;

        ticket_file_ask(req->db, page.number, page.link, param_int(req, "file"), &file);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return page.token != NULL ? http_from_db(req, rc) : absent(&page, rc);
        return reply_download(req, file.type, file.name, file.content.data, file.content.len);
}

/* POST /help/link/TOKEN/new */
static enum http_status
link_renew(struct request *req)
{
        struct ticket_link_again_row again;
        enum db_status rc = ticket_link_again(req->db, tickets_link(req, "token"), &again);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return portal_message(req, HTTP_OK, "A new link is on its way",
                              "We have sent it to the same address. It opens your message and our answers for 30 days.",
                              "/", "To the shop");
}

#define NUMBER_PARAM { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH }
#define TOKEN_PARAM { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH }
#define FILE_PARAM { .name = "file", .type = PARAM_ID, .from = FROM_PATH }
#define WRITE_PARAMS                                                                                               \
        TICKET_NONCE_PARAM,                                                                                        \
        { .name = "text", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = TICKET_TEXT_MOST,   \
          .missing = "Write your message" },                                                                       \
        TICKET_FILES_PARAM
#define DONE_PARAM { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY }

static const struct param number_params[] = { NUMBER_PARAM, DONE_PARAM, WRITE_PARAMS, PARAM_END };
static const struct param token_params[] = { TOKEN_PARAM, DONE_PARAM, WRITE_PARAMS, PARAM_END };
static const struct param number_file_params[] = { NUMBER_PARAM, FILE_PARAM, PARAM_END };
static const struct param token_file_params[] = { TOKEN_PARAM, FILE_PARAM, PARAM_END };

const struct route ticket_routes[] = {
        { GET,  "/help/requests/:number",             OPEN, number_params, ticket_show, 0, NULL },
        { POST, "/help/requests/:number/replies",     OPEN, number_params, reply_create, ROUTE_UPLOAD, NULL },
        { GET,  "/help/requests/:number/files/:file", OPEN, number_file_params, file_show, 0, NULL },
        { GET,  "/help/link/:token",                  OPEN, token_params, ticket_show, ROUTE_NO_STORE, NULL },
        { POST, "/help/link/:token/replies",          OPEN, token_params, reply_create, ROUTE_NO_STORE | ROUTE_UPLOAD, NULL },
        { GET,  "/help/link/:token/files/:file",      OPEN, token_file_params, file_show, ROUTE_NO_STORE, NULL },
        { POST, "/help/link/:token/new",              OPEN, token_params, link_renew, ROUTE_NO_STORE, NULL },
        ROUTE_END
};
