/* tickets: "I can't get in", one short form for everybody, and the list of one's own messages
 * (S0.6).  The order is attached where login, checkout or a mail's link prove it; a number
 * that is only typed stays a text. */
#include "portal/tickets.h"

#include "base/filetype.h"
#include "base/text.h"
#include "base/token.h"
#include "http/session.h"
#include "queries/ticket.h"
#include "view/words.h"

static const char *const abouts[] = { "no_mail", "link", "login", "not_open", "other", NULL };

static const char *const asks[] = { "other", NULL };

static const struct param open_params[] = {
        TICKET_NONCE_PARAM,
        { .name = "about", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = abouts,
          .missing = "Choose what happens", .invalid = "Choose what happens" },
        { .name = "text", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = TICKET_TEXT_MOST },
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM },
        { .name = "number", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40 },
        { .name = "attached", .type = PARAM_ORDER_NUMBER, .from = FROM_FORM },
        { .name = "link", .type = PARAM_TOKEN, .from = FROM_FORM },
        TICKET_FILES_PARAM,
        PARAM_END
};

enum db_status
tickets_keep_files(struct request *req, int64_t post_id)
{
        size_t n;
        const struct param_file *files = param_files(req, "files", &n);
        struct ticket_file_added_row added;
        enum db_status rc = DB_OK;

        for (size_t i = 0; i < n && rc == DB_OK; i++)
                rc = ticket_file_add(req->db, post_id, filetype_name(req->pool, files[i].name, files[i].type), files[i].type,
                                     (struct db_bytes){ files[i].data, files[i].len }, &added);
        return rc;
}

const char *
tickets_nonce(struct request *req)
{
        const char *nonce = param_text(req, "nonce");

        return nonce != NULL ? nonce : token_new(req->pool);
}

struct db_bytes
tickets_link(struct request *req, const char *name)
{
        const char *token = param_text(req, name);

        return token != NULL ? session_hash(req->pool, token) : (struct db_bytes){ NULL, 0 };
}

/* --- the form ------------------------------------------------------------------ */

struct form {
        struct request *req;
        const char *number, *link;      /* what the page or the mail said, or NULL */
        struct ticket_form_row row;
        bool again;                     /* it was sent and refused */
};

static void
push_about(struct view *view, size_t i, void *data)
{
        const struct form *form = data;

        view_text(view, "code", abouts[i]);
        view_text(view, "words", words_of("trouble", abouts[i]));
        view_flag(view, "chosen", text_equal(param_text(form->req, "about"), abouts[i]));
}

static enum http_status
show_form(struct form *form, enum http_status status)
{
        struct request *req = form->req;
        struct view *view = view_new(req, "portal/ticket.new.html");
        bool by_link = text_equal(form->row.link, "ready"), other = text_equal(param_text(req, "about"), "other");

        view_text(view, "page_title", other ? "Write to us" : "I can’t get in");
        if (form->again)
                view_form(view, req);
        else
                view_form_empty(view, open_params);
        view_text(view, "nonce", form->again ? tickets_nonce(req) : token_new(req->pool));
        view_text(view, "order_number", form->row.order_number);
        view_text(view, "product_title", form->row.product_title);
        view_text(view, "attached", form->row.order_number != NULL && !by_link ? form->row.order_number : "");
        view_text(view, "link", by_link ? form->link : "");
        view_flag(view, "ask_number", form->row.order_number == NULL);
        view_flag(view, "link_over", text_equal(form->row.link, "over"));
        view_flag(view, "known", form->row.signed_in || by_link);
        view_text(view, "known_email", form->row.email);
        if (!form->again) {
                view_text(view, "email", form->row.email);
                view_text(view, "number", form->row.order_number == NULL ? form->number : "");
        }
        view_each(view, "abouts", "portal/ticket.about.html", sizeof(abouts) / sizeof(abouts[0]) - 1, push_about, form);
        return view_reply(view, status);
}

static enum http_status
form_page(struct request *req, const char *number, const char *link)
{
        struct form form = { .req = req, .number = number, .link = link };
        enum db_status rc;

        ticket_form_ask(req->db, number, link != NULL ? session_hash(req->pool, link) : (struct db_bytes){ NULL, 0 }, &form.row);
        rc = db_wait(req->db);
        return rc == DB_OK ? show_form(&form, HTTP_OK) : http_from_db(req, rc);
}

/* GET /help/requests/new?for=ORDER&about=other */
static enum http_status
form_show(struct request *req)
{
        return form_page(req, param_text(req, "for"), NULL);
}

/* GET /help/mail/TOKEN: from a mail of ours. */
static enum http_status
form_by_link(struct request *req)
{
        return form_page(req, NULL, param_text(req, "token"));
}

/* --- what was sent --------------------------------------------------------------- */

/* What the fields cannot know by themselves. */
static void
check(struct request *req, const struct ticket_form_row *row)
{
        bool known = row->signed_in || text_equal(row->link, "ready");

        if (!known && param_typed(req, "email")[0] == '\0')
                param_refuse(req, "email", "Enter your email address: we answer there");
        if (text_equal(param_text(req, "about"), "other") && param_typed(req, "text")[0] == '\0')
                param_refuse(req, "text", "Tell us what happens");
        if (text_has_card_number(param_typed(req, "number")))
                param_refuse(req, "number", "Please leave card numbers out: they are never needed here");
}

static enum http_status
refuse(struct form *form, const char *field, const char *message, enum http_status status)
{
        if (field != NULL)
                param_refuse(form->req, field, message);
        db_rollback(form->req->db);
        return show_form(form, status);
}

static enum http_status
open_done(struct form *form, const struct ticket_opened_row *opened)
{
        struct request *req = form->req;

        if (text_equal(opened->result, "limited"))
                return refuse(form, "text", "We have several messages of yours within this hour and are reading them. "
                              "Please wait for our answer, or try again in an hour", HTTP_TOO_MANY);
        if (text_equal(opened->result, "nobody"))
                return refuse(form, "email", "Enter your email address: we answer there", HTTP_UNPROCESSABLE);
        if (text_equal(opened->result, "refused"))
                return reply_error(req, HTTP_FORBIDDEN);
        if (!opened->post_id_null) {
                enum db_status rc = tickets_keep_files(req, opened->post_id);

                if (rc != DB_OK)
                        return http_from_db(req, rc);
        }
        req->wake_worker = true;
        return reply_redirect(req, opened->known
                              ? pool_printf(req->pool, "/help/requests/%s?done=sent", opened->number)
                              : pool_printf(req->pool, "/help/requests/sent?number=%s", opened->number));
}

/* POST /help/requests */
static enum http_status
ticket_create(struct request *req)
{
        const char *number = param_text(req, "attached"), *email = param_text(req, "email");
        const char *text = param_text(req, "text");
        struct form form = { .req = req, .number = number, .link = param_text(req, "link"), .again = true };
        struct db_bytes link = tickets_link(req, "link");
        struct ticket_opened_row opened;
        enum db_status rc = ticket_form(req->db, number, link, &form.row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        check(req, &form.row);
        if (!params_valid(req))
                return refuse(&form, NULL, NULL, HTTP_UNPROCESSABLE);
        if (form.row.order_number == NULL)
                number = param_text(req, "number");
        if (!text_equal(form.row.link, "ready"))
                link = (struct db_bytes){ NULL, 0 };
        rc = ticket_open(req->db, param_text(req, "nonce"), email, email != NULL ? text_fold_email(req->pool, email) : NULL,
                         number, link, param_text(req, "about"), text != NULL ? text : "",
                         (int32_t)req->config->tickets_per_hour, &opened);
        return rc == DB_OK ? open_done(&form, &opened) : http_from_db(req, rc);
}

/* GET /help/requests/sent: for those who are not logged in.  The number is only repeated. */
static enum http_status
sent_show(struct request *req)
{
        struct view *view;
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/ticket.sent.html");
        view_text(view, "page_title", "We have your message");
        view_text(view, "number", param_text(req, "number"));
        return view_reply(view, HTTP_OK);
}

/* --- one's own ------------------------------------------------------------------- */

struct items {
        struct pool *pool;
        struct ticket_item_row *rows;
        size_t n;
};

static void
push_item(struct view *view, size_t i, void *data)
{
        const struct items *items = data;
        const struct ticket_item_row *row = &items->rows[i];
        struct words words = words_status("ticket", row->status);

        view_row(view, "", &ticket_item_row_type, row);
        view_text(view, "words", words_of("trouble", row->about));
        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
        view_url(view, "ticket_url", pool_printf(items->pool, "/help/requests/%s", row->number));
}

/* GET /help/requests */
static enum http_status
list_show(struct request *req)
{
        struct items items = { .pool = req->pool };
        struct view *view;
        enum db_status rc;

        tickets_mine_ask(req->db, &items.rows, &items.n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/tickets.html");
        view_text(view, "page_title", "Your messages to us");
        view_each(view, "tickets", "portal/tickets.row.html", items.n, push_item, &items);
        return view_reply(view, HTTP_OK);
}

static const struct param form_params[] = {
        { .name = "for", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        { .name = "about", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = asks },
        PARAM_END
};

static const struct param link_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        { .name = "about", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = asks },
        PARAM_END
};

static const struct param sent_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        PARAM_END
};

const struct route tickets_routes[] = {
        { GET,  "/help/requests/new",  OPEN, form_params, form_show, 0, NULL },
        { GET,  "/help/mail/:token", OPEN, link_params, form_by_link, ROUTE_NO_STORE, NULL },
        { POST, "/help/requests",      OPEN, open_params, ticket_create, ROUTE_UPLOAD, NULL },
        { GET,  "/help/requests/sent", OPEN, sent_params, sent_show, 0, NULL },
        { GET,  "/help/requests",      SIGNED_IN, NULL, list_show, 0, NULL },
        ROUTE_END
};
