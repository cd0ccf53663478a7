/* dispute: one dispute: what the log holds (the evidence vault), what to do, and the answer.
 * The same as a PDF, for the bank's own form.  The worker sends the answer. */
#include "admin/dispute.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "admin/dispute_packet.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "view/method.h"
#include "view/view.h"
#include "view/words.h"

static const struct param page_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param answer_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "answer", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = 15000,
          .missing = "Write what the bank is to read",
          .invalid = "Write plain text without card numbers, at most 15,000 characters" },
        { .name = "sure", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "asked", "success", "The answer is on its way to the bank." },
        { "known", "info", "This form was sent before. The answer is on its way." },
        { "over", "warning", "It is answered or decided already. Nothing was sent." },
        { "late", "warning", "The deadline is over: the bank takes no answer any more." },
        DESK_ANSWER_END,
};

/* What convinces a bank, by what the cardholder says. */
static const struct { const char *reason, *todo; } todos[] = {
        { "fraudulent",
          "Show that it was them: the address and browser of the purchase "
          "are those of the logins, and what they opened and downloaded." },
        { "unrecognized",
          "Say what was bought and how it reads on the statement; show the mails, the logins and what was opened." },
        { "product_not_received",
          "Show that it was open: when access was granted, when the mails left, and when it was first opened." },
        { "product_unacceptable",
          "Show what was promised, what was used, the refund terms, and what you offered." },
        { "duplicate",
          "Show that the two payments were for two orders. If it really was twice, do not answer: the money is theirs." },
        { "credit_not_processed",
          "Show the credit note, if the money went back already, or why no refund is due by the terms they agreed to." },
        { "subscription_canceled",
          "Show the terms they agreed to, that it was used after that day, and that no cancellation came." },
};

/* GET /disputes/:id/packet.pdf */
static enum http_status
packet_show(struct request *req)
{
        struct dispute_page page = { .req = req };
        enum db_status rc = dispute_look(&page);
        const void *pdf;
        size_t len;

        if (rc != DB_OK)
                return http_from_db(req, rc);
        pdf = dispute_pdf(&page, &len);
        if (pdf == NULL)
                return reply_error(req, HTTP_INTERNAL);
        reply_header(req, "Content-Disposition",
                     pool_printf(req->pool, "attachment; filename=\"dispute-%s.pdf\"", page.one.number));
        return reply_body(req, HTTP_OK, "application/pdf", pdf, len);
}

/* --- the page ------------------------------------------------------------------------ */

static void
use_row(struct view *view, size_t i, void *data)
{
        const struct dispute_use_row *row = &((const struct dispute_page *)data)->uses[i];

        view_row(view, "", &dispute_use_row_type, row);
        desk_time(view, "granted_when", row->granted_at, row->granted_at_null);
        desk_time(view, "first_when", row->first_open_at, row->first_open_at_null);
        desk_time(view, "last_when", row->last_open_at, row->last_open_at_null);
}

static void
log_row(struct view *view, size_t i, void *data)
{
        const struct dispute_page *page = data;
        const struct dispute_log_row *row = &page->log[i];

        view_stamp(view, "when", row->at, true);
        view_text(view, "what", dispute_said(page->req->pool, row));
        view_text(view, "detail", row->detail);
}

static const char *
todo_of(const char *reason)
{
        for (size_t i = 0; i < G_N_ELEMENTS(todos); i++)
                if (strcmp(todos[i].reason, reason) == 0)
                        return todos[i].todo;
        return "Say what was bought, that it was open and used, and what they agreed to. Look at the log below.";
}

static void
push_dispute(struct view *view, const struct dispute_page *page)
{
        const struct dispute_one_row *one = &page->one;
        struct request *req = page->req;
        bool open = text_equal(one->status, "open"), sending = open && !one->answer_at_null;

        view_row(view, "dispute", &dispute_one_row_type, one);
        desk_status(view, "state", "dispute", sending ? "sending" : one->status);
        view_text(view, "why", words_of("dispute_reason", one->reason));
        view_text(view, "todo", todo_of(one->reason));
        view_text(view, "paid_with", method_words(req->pool, one->method_kind, one->brand, one->last_four));
        view_text(view, "due_in", "");
        if (!one->due_by_null)
                desk_due(view, "due_in", req->pool, req->config->zone, one->due_by, req->identity.now_at);
        desk_time(view, "due", one->due_by, one->due_by_null);
        desk_time(view, "closed", one->closed_at, one->closed_at_null);
        desk_time(view, "answered", one->answer_at, one->answer_at_null);
        view_flag(view, "is_open", open);
        view_flag(view, "sending", sending);
        view_flag(view, "may_answer", open && !sending && !one->over && desk_may(req, "refund"));
        view_flag(view, "too_late", open && !sending && one->over);
        view_flag(view, "may_task", desk_may(req, "tasks") && !one->task_id_null);
        view_flag(view, "decided", text_equal(one->status, "won") || text_equal(one->status, "lost"));
        view_text(view, "fault", one->answer_fault);
        view_lines(view, "answer_said", one->answer);
        view_flag(view, "part_back", one->refunded_minor > 0);
}

static enum http_status
show(struct request *req, enum http_status status, const char *answer)
{
        struct dispute_page page = { .req = req };
        enum db_status rc = dispute_look(&page);
        struct view *view;

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/dispute.html");
        view_text(view, "page_title", pool_printf(req->pool, "Dispute of order %s", page.one.number));
        view_form_empty(view, answer_params);
        view_text(view, "answer", page.one.answer[0] != '\0' ? page.one.answer : dispute_draft(&page));
        if (status != HTTP_OK)
                view_form(view, req);
        view_text(view, "nonce",
                  status != HTTP_OK && param_text(req, "nonce") != NULL ? param_text(req, "nonce") : token_new(req->pool));
        desk_answer(view, "done", said, answer);
        push_dispute(view, &page);
        view_each(view, "uses", "admin/dispute.use.html", page.n_uses, use_row, &page);
        view_each(view, "log", "admin/dispute.log.html", page.n_log, log_row, &page);
        return view_reply(view, status);
}

/* GET /disputes/:id */
static enum http_status
dispute_show(struct request *req)
{
        return show(req, HTTP_OK, param_text(req, "done"));
}

/* POST /disputes/:id/answers */
static enum http_status
answer_create(struct request *req)
{
        struct dispute_page page = { .req = req };
        struct dispute_answered_row row;
        enum db_status rc;

        if (!param_check(req, "sure"))
                param_refuse(req, "sure", "Tick this: an answer can be given once");
        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL);
        rc = dispute_look(&page);
        if (rc == DB_OK)
                rc = dispute_answer(req->db, param_int(req, "id"), param_text(req, "nonce"), param_text(req, "answer"),
                                    dispute_log_text(&page), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(
                req, pool_printf(req->pool, "/admin/disputes/%" PRId64 "?done=%s", param_int(req, "id"), row.answer));
}

const struct route dispute_routes[] = {
        { GET, "/disputes/:id", STAFF, page_params, dispute_show, 0, "read" },
        { GET, "/disputes/:id/packet.pdf", STAFF, page_params, packet_show, 0, "read" },
        { POST, "/disputes/:id/answers", STAFF, answer_params, answer_create, 0, "refund" },
        ROUTE_END
};
