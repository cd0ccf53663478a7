/* mail: a mail of an order as it was sent, and its papers. */
#include "admin/mail.h"

#include <inttypes.h>
#include <string.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/report.h"
#include "view/view.h"
#include "view/words.h"

static const struct param mail_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

static const struct param customer_mail_params[] = {
        { .name = "customer", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

static const struct param paper_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "file", .type = PARAM_TEXT, .from = FROM_PATH, .max = 60 },
        PARAM_END
};

static void
send_row(struct view *view, size_t i, void *data)
{
        const struct mail_send_row *row = &((const struct mail_send_row *)data)[i];

        view_stamp(view, "at", row->at, true);
        if (row->outcome != NULL)
                desk_status(view, "outcome", "send", row->outcome);
        else
                desk_status(view, "outcome", "message", "sending");
        view_number(view, "code", row->code_null ? 0 : row->code);
        view_text(view, "detail", row->detail);
}

/* Queue the mail of the address: of an order, or of a customer.  Where its page is below. */
static const char *
ask_mail(struct request *req, struct mail_row *mail)
{
        if (req->route->params == mail_params) {
                order_mail_ask(req->db, param_text(req, "number"), param_int(req, "id"), mail);
                return pool_printf(req->pool, "/admin/orders/%s", param_text(req, "number"));
        }
        customer_mail_ask(req->db, param_int(req, "customer"), param_int(req, "id"), mail);
        return pool_printf(req->pool, "/admin/customers/%" PRId64, param_int(req, "customer"));
}

/* GET /orders/:number/mails/:id and /customers/:customer/mails/:id */
static enum http_status
mail_show(struct request *req)
{
        struct mail_row mail;
        struct mail_send_row *sends;
        const char *base;
        struct view *view;
        enum db_status rc;
        size_t n_sends;

        base = ask_mail(req, &mail);
        mail_sends_ask(req->db, param_int(req, "id"), &sends, &n_sends);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/mail.html");
        view_text(view, "page_title", mail.subject != NULL ? mail.subject : words_of("message_kind", mail.kind));
        view_url(view, "base_url", base);
        view_text(view, "number", req->route->params == mail_params ? param_text(req, "number") : "");
        view_text(view, "kind", words_of("message_kind", mail.kind));
        view_row(view, "mail", &mail_row_type, &mail);
        view_flag(view, "has_body", mail.text != NULL);
        desk_status(view, "status", "message", mail.status);
        view_each(view, "sends", "admin/mail.send.html", n_sends, send_row, sends);
        reply_policy(req, POLICY_FRAMES);
        return view_reply(view, HTTP_OK);
}

/* GET .../mails/:id/html: the mail's own markup, for the frame of the page above.
 * It was made by our templates; it is framed all the same as if it were not. */
static enum http_status
markup_show(struct request *req)
{
        struct mail_row mail;
        enum db_status rc;

        (void)ask_mail(req, &mail);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_is_empty(mail.html))
                return reply_error(req, HTTP_NOT_FOUND);
        reply_policy(req, POLICY_FRAMED);
        return reply_body(req, HTTP_OK, "text/html; charset=utf-8", mail.html, strlen(mail.html));
}

/* GET /orders/:number/receipts/R-2026-000042.pdf: receipts and credit notes. */
static enum http_status
paper_show(struct request *req)
{
        const char *file = param_text(req, "file");
        size_t len = strlen(file);
        struct receipt_file_row paper;
        enum db_status rc;

        if (len < 5 || strcmp(file + len - 4, ".pdf") != 0)
                return reply_error(req, HTTP_NOT_FOUND);
        order_receipt_file_ask(req->db, param_text(req, "number"), pool_strndup(req->pool, file, len - 4), &paper);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        reply_header(req, "Content-Disposition", pool_printf(req->pool, "inline; filename=\"%s.pdf\"", paper.receipt));
        return reply_body(req, HTTP_OK, "application/pdf", paper.pdf.data, paper.pdf.len);
}

const struct route mail_routes[] = {
        { GET, "/orders/:number/mails/:id", STAFF, mail_params, mail_show, 0, "read" },
        { GET, "/orders/:number/mails/:id/html", STAFF, mail_params, markup_show, 0, "read" },
        { GET, "/customers/:customer/mails/:id", STAFF, customer_mail_params, mail_show, 0, "read" },
        { GET, "/customers/:customer/mails/:id/html", STAFF, customer_mail_params, markup_show, 0, "read" },
        { GET, "/orders/:number/receipts/:file", STAFF, paper_params, paper_show, 0, "read" },
        ROUTE_END
};
