/* order: one order, whole: what was sold, the money, the access, the mails, its history. */
#include "admin/order.h"

#include "admin/act.h"
#include "admin/desk.h"
#include "admin/history.h"
#include "admin/waiting.h"
#include "base/text.h"
#include "http/reply.h"
#include "queries/report.h"
#include "queries/ticketdesk.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

static const struct param order_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

/* Everything about one order, from one round trip. */
struct whole {
        struct request *req;
        struct order_head_row head;
        struct order_sold_row *sold;
        struct order_due_row *dues;
        struct order_try_row *attempts;
        struct order_taking_row *payments;
        struct order_mismatch_row *mismatches;
        struct order_refund_row *refunds;
        struct order_dispute_row *disputes;
        struct order_receipt_row *receipts;
        struct order_mail_row *mails;
        struct history_row *history;
        struct desk_failure_row failure;
        bool returned;                  /* mail to this customer came back */
        size_t n_sold, n_dues, n_attempts, n_payments, n_mismatches, n_refunds, n_disputes, n_receipts,
                n_mails, n_history;
};

static void
ask(struct request *req, const char *number, struct whole *all)
{
        struct db *db = req->db;

        order_head_ask(db, number, &all->head);
        order_sold_ask(db, number, &all->sold, &all->n_sold);
        order_dues_ask(db, number, &all->dues, &all->n_dues);
        order_attempts_ask(db, number, &all->attempts, &all->n_attempts);
        order_takings_ask(db, number, &all->payments, &all->n_payments);
        order_mismatches_ask(db, number, &all->mismatches, &all->n_mismatches);
        order_refunds_ask(db, number, &all->refunds, &all->n_refunds);
        order_disputes_ask(db, number, &all->disputes, &all->n_disputes);
        order_receipts_ask(db, number, &all->receipts, &all->n_receipts);
        order_mails_ask(db, number, &all->mails, &all->n_mails);
        desk_mail_failure_ask(db, number, &all->failure, &all->returned);
        order_history_ask(db, number, &all->history, &all->n_history);
}

/* --- rows ------------------------------------------------------------------- */

static void
sold_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;
        const struct order_sold_row *row = &all->sold[i];

        view_row(view, "", &order_sold_row_type, row);
        view_text(view, "rate", pool_printf(all->req->pool, "%g %%", row->tax_bp / 100.0));
        desk_time(view, "opened", row->opened_at, row->opened_at_null);
        desk_time(view, "last_open", row->last_open_at, row->last_open_at_null);
        view_flag(view, "refunded_some", row->refunded_minor > 0);
        view_flag(view, "gift", text_equal(row->reason, "gift"));
        view_text(view, "person", text_equal(row->person, all->head.customer_email) ? NULL : row->person);
        view_text(view, "why", row->end_reason != NULL ? words_of("end_reason", row->end_reason)
                                                       : words_of("waiting_for", row->waiting_for));
        if (row->access != NULL)
                desk_status(view, "status", "access", row->access);
        else
                view_text(view, "status", "");
}

static void
due_row(struct view *view, size_t i, void *data)
{
        const struct order_due_row *row = &((const struct whole *)data)->dues[i];

        view_row(view, "", &order_due_row_type, row);
        desk_status(view, "status", "due", row->status);
}

static void
attempt_row(struct view *view, size_t i, void *data)
{
        const struct order_try_row *row = &((const struct whole *)data)->attempts[i];

        view_row(view, "", &order_try_row_type, row);
        view_stamp(view, "created", row->created_at, false);
        desk_status(view, "status", text_equal(row->kind, "transfer") && text_equal(row->status, "sent") ? "transfer" : "attempt",
                    row->status);
        view_text(view, "way", words_of("attempt_kind", row->kind));
        view_text(view, "decline", words_of("decline", row->decline_code));
}

static void
payment_row(struct view *view, size_t i, void *data)
{
        const struct order_taking_row *row = &((const struct whole *)data)->payments[i];

        view_row(view, "", &order_taking_row_type, row);
        view_stamp(view, "received", row->received_at, false);
        desk_status(view, "status", "payment",
                    row->refunded_minor == 0 ? "received"
                    : row->refunded_minor < row->amount_minor ? "part_refunded" : "refunded");
        view_text(view, "method", words_of("method", text_is_empty(row->brand) ? row->method_kind : row->brand));
        view_text(view, "fee", "");
        if (!row->fee_minor_null && row->fee_currency != NULL)
                view_money(view, "fee", row->fee_minor, row->fee_currency);
        view_flag(view, "spare", row->expected_minor < row->amount_minor);
}

static void
mismatch_row(struct view *view, size_t i, void *data)
{
        const struct order_mismatch_row *row = &((const struct whole *)data)->mismatches[i];

        view_stamp(view, "at", row->at, false);
        view_text(view, "payment_ref", row->payment_ref);
        view_money(view, "expected", row->expected_minor, row->expected_currency);
        view_money(view, "found", row->found_minor, row->found_currency);
        view_flag(view, "settled", row->settled);
}

static void
refund_row(struct view *view, size_t i, void *data)
{
        const struct order_refund_row *row = &((const struct whole *)data)->refunds[i];

        view_row(view, "", &order_refund_row_type, row);
        view_stamp(view, "created", row->created_at, false);
        desk_time(view, "settled", row->settled_at, row->settled_at_null);
        desk_status(view, "status", "refund", row->status);
        view_text(view, "way", words_of("refund_kind", row->kind));
        view_text(view, "why", words_of("refund_reason", row->reason));
}

static void
dispute_row(struct view *view, size_t i, void *data)
{
        const struct order_dispute_row *row = &((const struct whole *)data)->disputes[i];

        view_row(view, "", &order_dispute_row_type, row);
        view_stamp(view, "created", row->created_at, false);
        desk_status(view, "status", "dispute", row->status);
        view_text(view, "why", words_of("dispute_reason", row->reason));
        view_flag(view, "still", text_equal(row->status, "open"));
}

static void
receipt_row(struct view *view, size_t i, void *data)
{
        const struct order_receipt_row *row = &((const struct whole *)data)->receipts[i];

        view_row(view, "", &order_receipt_row_type, row);
        view_stamp(view, "issued", row->issued_at, false);
        view_text(view, "title", text_equal(row->kind, "receipt") ? "Receipt" : "Credit note");
}

static void
mail_row(struct view *view, size_t i, void *data)
{
        const struct order_mail_row *row = &((const struct whole *)data)->mails[i];

        view_row(view, "", &order_mail_row_type, row);
        view_stamp(view, "when", row->sent_at_null ? row->queued_at : row->sent_at, false);
        desk_status(view, "status", "message", row->status);
        view_text(view, "title", words_of("message_kind", row->kind));
        view_text(view, "answer", row->code_null || text_equal(row->status, "sent") ? "" : row->detail);
}

static void
past_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;

        history_push(view, all->req, pool_printf(all->req->pool, "/admin/orders/%s", all->head.number), &all->history[i]);
}

/* --- the page ----------------------------------------------------------------- */

/* Paid > access open > first opened, with the seconds between (S0.7, S0.10). */
static void
push_line(struct view *view, const struct whole *all)
{
        const struct order_head_row *head = &all->head;
        struct pool *pool = all->req->pool;
        int64_t deadline = all->req->config->access_deadline_seconds * CLOCK_SECOND;
        bool waits = false, gift = false;

        for (size_t i = 0; i < all->n_sold; i++) {
                waits = waits || text_equal(all->sold[i].access, "waiting");
                gift = gift || text_equal(all->sold[i].reason, "gift");
        }
        desk_second(view, "paid", head->paid_at, head->paid_at_null);
        desk_second(view, "granted", head->granted_at, head->granted_at_null);
        desk_took(view, "granted_after", pool, head->paid_at, head->granted_at,
                  head->paid_at_null || head->granted_at_null);
        desk_second(view, "opened", head->first_open_at, head->first_open_at_null);
        desk_took(view, "opened_after", pool, head->granted_at, head->first_open_at,
                  head->granted_at_null || head->first_open_at_null);
        view_flag(view, "late", !head->paid_at_null && !head->granted_at_null &&
                                        head->granted_at - head->paid_at > deadline);
        view_flag(view, "waits", waits);
        view_flag(view, "gift", gift && head->paid_at_null);
}

/* What may be done now, by this person. */
static void
push_actions(struct view *view, struct request *req, const struct whole *all)
{
        bool ended = false, missing = false, waits = false;

        for (size_t i = 0; i < all->n_sold; i++) {
                ended = ended || text_equal(all->sold[i].access, "ended");
                missing = missing || all->sold[i].access == NULL;
                waits = waits || text_equal(all->sold[i].access, "waiting");
        }
        view_flag(view, "may_mail", desk_may(req, "mail") && all->n_mails > 0);
        view_flag(view, "may_release", desk_may(req, "access") && waits);
        view_flag(view, "may_reopen", desk_may(req, "access") && ended);
        view_flag(view, "may_give", desk_may(req, "access") && missing);
        view_flag(view, "may_offer", all->head.splits && desk_may(req, "plans"));
        view_flag(view, "may_spread", desk_may(req, "plans") && (text_equal(all->head.offer_state, "can") ||
                                                                   text_equal(all->head.offer_state, "busy")));
        view_flag(view, "spread_waits", text_equal(all->head.offer_state, "open"));
        view_flag(view, "may_refund", desk_may(req, "refund") && all->n_payments > 0);
}

static void
push_lists(struct view *view, struct whole *all)
{
        view_each(view, "sold", "admin/order.sold.html", all->n_sold, sold_row, all);
        view_each(view, "dues", "admin/order.due.html", all->n_dues, due_row, all);
        view_each(view, "attempts", "admin/order.attempt.html", all->n_attempts, attempt_row, all);
        view_each(view, "payments", "admin/order.payment.html", all->n_payments, payment_row, all);
        view_each(view, "mismatches", "admin/order.mismatch.html", all->n_mismatches, mismatch_row, all);
        view_each(view, "refunds", "admin/order.refund.html", all->n_refunds, refund_row, all);
        view_each(view, "disputes", "admin/order.dispute.html", all->n_disputes, dispute_row, all);
        view_each(view, "receipts", "admin/order.receipt.html", all->n_receipts, receipt_row, all);
        view_each(view, "mails", "admin/order.mail.html", all->n_mails, mail_row, all);
        view_each(view, "history", "admin/order.past.html", all->n_history, past_row, all);
}

enum http_status
order_page(struct request *req, const char *number, enum http_status status, const char *answer,
           bool with_form)
{
        struct whole all = { .req = req };
        struct view *view;
        enum db_status rc;

        ask(req, number, &all);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/order.html");
        view_text(view, "page_title", pool_printf(req->pool, "Order %s", number));
        view_row(view, "order", &order_head_row_type, &all.head);
        view_stamp(view, "order_created", all.head.created_at, false);
        view_date(view, "order_customer_since", (int32_t)(all.head.customer_since_at / CLOCK_SECOND / 86400));
        desk_status(view, "status", "order", all.head.status);
        act_said(view, answer);
        view_flag(view, "returned", all.returned);
        view_text(view, "returned_address", all.returned ? all.failure.address : "");
        desk_time(view, "returned_on", all.failure.at, !all.returned);
        view_flag(view, "other_address", !text_equal(all.head.email, all.head.customer_email));
        push_line(view, &all);
        push_actions(view, req, &all);
        view_form_empty(view, act_gift_params);
        view_form_empty(view, waiting_day_params);
        if (with_form)
                view_form(view, req);
        push_lists(view, &all);
        return view_reply(view, status);
}

/* GET /orders/:number */
static enum http_status
order_show(struct request *req)
{
        return order_page(req, param_text(req, "number"), HTTP_OK, param_text(req, "done"), false);
}

const struct route order_routes[] = {
        { GET, "/orders/:number", STAFF, order_params, order_show, 0, "read" },
        ROUTE_END
};
