/* ticket: one conversation with a customer, their orders beside it, and what is done to it.
 * The database checks the right again and writes who did what into the audit. */
#include "admin/ticket.h"

#include <glib.h>

#include "admin/desk.h"
#include "base/filetype.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/ticketdesk.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

#define NUMBER_PARAM { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH }
#define DONE_PARAM { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY }

static const struct param number_params[] = { NUMBER_PARAM, PARAM_END };

/* The page's own and the form's that stands in it. */
static const struct param answer_params[] = {
        NUMBER_PARAM, DONE_PARAM,
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,
          .missing = "Please open this form anew", .invalid = "Please open this form anew" },
        { .name = "text", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .missing = "Write the answer" },
        { .name = "files", .type = PARAM_FILES, .from = FROM_FORM },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "answered", "success", "Your answer is saved and on its way by email." },
        { "closed", "success", "This conversation is closed." },
        { "reopened", "success", "This conversation is open again." },
        { "taken", "success", "It is yours now." },
        { "given-back", "success", "Anybody can take it now." },
        { "same", "info", "Nothing was changed: it was so already." },
        DESK_ANSWER_END,
};

struct whole {
        struct request *req;
        struct desk_ticket_head_row head;
        struct desk_post_row *posts;
        struct desk_file_row *files;
        struct desk_order_row *orders;
        size_t n_posts, n_files, n_orders, at;  /* AT: the post whose files are pushed */
};

static enum db_status
ask(struct whole *all)
{
        struct db *db = all->req->db;
        const char *number = param_text(all->req, "number");

        desk_ticket_ask(db, number, &all->head);
        desk_ticket_posts_ask(db, number, &all->posts, &all->n_posts);
        desk_ticket_files_ask(db, number, &all->files, &all->n_files);
        desk_ticket_orders_ask(db, number, &all->orders, &all->n_orders);
        return db_wait(db);
}

/* --- rows -------------------------------------------------------------------- */

static const struct desk_file_row *
file_at(const struct whole *all, size_t i)
{
        for (size_t k = 0; k < all->n_files; k++)
                if (all->files[k].post_id == all->posts[all->at].id && i-- == 0)
                        return &all->files[k];
        return NULL;
}

static void
file_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;
        const struct desk_file_row *file = file_at(all, i);
        struct pool *pool = all->req->pool;

        view_text(view, "name", file->name);
        view_text(view, "size", format_size(pool, file->size));
        view_url(view, "file_url", pool_printf(pool, "/admin/tickets/%s/files/%lld", all->head.number, (long long)file->id));
}

static void
post_row(struct view *view, size_t i, void *data)
{
        struct whole *all = data;
        const struct desk_post_row *post = &all->posts[i];
        size_t n = 0;

        all->at = i;
        while (file_at(all, n) != NULL)
                n++;
        view_row(view, "", &desk_post_row_type, post);
        view_stamp(view, "written", post->written_at, false);
        view_flag(view, "ours", text_equal(post->author, "staff"));
        view_flag(view, "by_mail", text_equal(post->via, "mail"));
        view_text(view, "customer", text_is_empty(all->head.name) ? all->head.email : all->head.name);
        view_text(view, "other", post->from_email != NULL && all->head.email != NULL &&
                                 g_ascii_strcasecmp(post->from_email, all->head.email) != 0 ? post->from_email : "");
        view_each(view, "files", "admin/ticket.file.html", n, file_row, all);
}

static void
order_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;
        const struct desk_order_row *row = &all->orders[i];
        struct request *req = all->req;

        view_row(view, "", &desk_order_row_type, row);
        desk_status(view, "status", "order", row->status);
        if (row->access != NULL)
                desk_status(view, "access", "access", row->access);
        else
                view_text(view, "access", "");
        desk_time(view, "opened", row->first_open_at, row->first_open_at_null);
        view_flag(view, "may_offer", row->splits && desk_may(req, "plans"));
        view_flag(view, "may_mail", desk_may(req, "mail") && row->n_mails > 0);
        view_flag(view, "may_reopen", desk_may(req, "access") && text_equal(row->access, "ended"));
}

/* --- the page ------------------------------------------------------------------ */

static enum http_status
show(struct whole *all, enum http_status status, bool again)
{
        struct request *req = all->req;
        struct desk_ticket_head_row *head = &all->head;
        struct view *view = view_new(req, "admin/ticket.html");
        const char *nonce = again ? param_text(req, "nonce") : NULL;

        view_text(view, "page_title", words_of("trouble", head->about));
        if (again)
                view_form(view, req);
        else
                view_form_empty(view, answer_params);
        view_row(view, "ticket", &desk_ticket_head_row_type, head);
        view_date(view, "ticket_customer_since", (int32_t)(head->customer_since_at / CLOCK_SECOND / 86400));
        desk_status(view, "status", "ticket", head->status);
        desk_answer(view, "answer", said, again ? NULL : param_text(req, "done"));
        view_text(view, "nonce", nonce != NULL ? nonce : token_new(req->pool));
        view_flag(view, "unproved", !head->proved);
        view_flag(view, "closed", text_equal(head->status, "closed"));
        view_flag(view, "returned", !head->returned_at_null);
        desk_time(view, "returned_on", head->returned_at, head->returned_at_null);
        view_each(view, "posts", "admin/ticket.post.html", all->n_posts, post_row, all);
        view_each(view, "orders", "admin/ticket.order.html", all->n_orders, order_row, all);
        return view_reply(view, status);
}

/* GET /tickets/:number */
static enum http_status
ticket_show(struct request *req)
{
        struct whole all = { .req = req };
        enum db_status rc = ask(&all);

        return rc == DB_OK ? show(&all, HTTP_OK, false) : http_from_db(req, rc);
}

/* GET /tickets/:number/files/:file */
static enum http_status
file_show(struct request *req)
{
        struct desk_content_row file;
        enum db_status rc;

        desk_ticket_file_ask(req->db, param_text(req, "number"), param_int(req, "file"), &file);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return reply_download(req, file.type, file.name, file.content.data, file.content.len);
}

/* --- what is done ------------------------------------------------------------------ */

static enum http_status
back(struct request *req, const char *done)
{
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/tickets/%s?done=%s", param_text(req, "number"), done));
}

static enum db_status
keep_files(struct request *req, int64_t post_id)
{
        size_t n;
        const struct param_file *files = param_files(req, "files", &n);
        struct desk_file_added_row added;
        enum db_status rc = DB_OK;

        for (size_t i = 0; i < n && rc == DB_OK; i++)
                rc = desk_file_add(req->db, post_id, filetype_name(req->pool, files[i].name, files[i].type), files[i].type,
                                   (struct db_bytes){ files[i].data, files[i].len }, &added);
        return rc;
}

/* POST /tickets/:number/answers */
static enum http_status
answer_create(struct request *req)
{
        struct whole all = { .req = req };
        struct desk_answered_row answered;
        enum db_status rc = ask(&all);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!params_valid(req))
                return show(&all, HTTP_UNPROCESSABLE, true);
        rc = desk_ticket_answer(req->db, param_text(req, "number"), param_text(req, "nonce"), param_text(req, "text"), &answered);
        if (rc == DB_OK && !answered.post_id_null)
                rc = keep_files(req, answered.post_id);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answered.result, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answered.result, "closed")) {
                param_refuse(req, "text", "This conversation was closed meanwhile. Open it again, then answer");
                return show(&all, HTTP_CONFLICT, true);
        }
        return back(req, "answered");
}

static enum http_status
moved(struct request *req, enum db_status rc, const struct desk_done_row *row, const char *done)
{
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row->answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row->answer, "done") ? done : "same");
}

/* POST /tickets/:number/closings */
static enum http_status
close_create(struct request *req)
{
        struct desk_done_row row;
        enum db_status rc = desk_ticket_move(req->db, param_text(req, "number"), "closed", &row);

        return moved(req, rc, &row, "closed");
}

/* POST /tickets/:number/openings */
static enum http_status
open_create(struct request *req)
{
        struct desk_done_row row;
        enum db_status rc = desk_ticket_move(req->db, param_text(req, "number"), "open", &row);

        return moved(req, rc, &row, "reopened");
}

/* POST /tickets/:number/takings */
static enum http_status
take_create(struct request *req)
{
        struct desk_done_row row;
        enum db_status rc = desk_ticket_take(req->db, param_text(req, "number"), true, &row);

        return moved(req, rc, &row, "taken");
}

/* POST /tickets/:number/givings */
static enum http_status
give_create(struct request *req)
{
        struct desk_done_row row;
        enum db_status rc = desk_ticket_take(req->db, param_text(req, "number"), false, &row);

        return moved(req, rc, &row, "given-back");
}

static const struct param file_params[] = {
        NUMBER_PARAM,
        { .name = "file", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

const struct route ticket_routes[] = {
        { GET,  "/tickets/:number",             STAFF, answer_params, ticket_show, 0, "tickets" },
        { GET,  "/tickets/:number/files/:file", STAFF, file_params, file_show, 0, "tickets" },
        { POST, "/tickets/:number/answers",     STAFF, answer_params, answer_create, ROUTE_UPLOAD, "tickets" },
        { POST, "/tickets/:number/closings",    STAFF, number_params, close_create, 0, "tickets" },
        { POST, "/tickets/:number/openings",    STAFF, number_params, open_create, 0, "tickets" },
        { POST, "/tickets/:number/takings",     STAFF, number_params, take_create, 0, "tickets" },
        { POST, "/tickets/:number/givings",     STAFF, number_params, give_create, 0, "tickets" },
        ROUTE_END
};
