/* withdrawal: one withdrawal or request: what was declared, what holds for its order and why, and
 * what staff can do about one that waits: find its order, give the money back by the form of
 * refunds (with its two persons), or say no with a reason that the customer reads. */
#include "admin/withdrawal.h"

#include <inttypes.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/withdrawdesk.h"
#include "view/view.h"
#include "view/words.h"

static const struct param page_params[] = {{ .name = "id", .type = PARAM_ID, .from = FROM_PATH },
                                           { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
                                           PARAM_END
};

static const struct param bind_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "number",
         .type = PARAM_ORDER_NUMBER,
         .from = FROM_FORM,
         .required = true,
         .missing = "Enter the number of the order",
         .invalid = "Enter the number of the order: ten letters and digits" },
        PARAM_END
};

static const struct param no_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "words",
         .type = PARAM_TEXT_LONG,
         .from = FROM_FORM,
         .required = true,
         .max = 2000,
         .missing = "Say why not: the customer reads it",
         .invalid = "Keep it below 2,000 characters, without a card number" },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "accepted", "success",
         "That is its order. It was in time: the money goes back, and the buyer gets a mail." },
        { "with-staff", "info",
         "That is its order. What holds for it does not decide it, so it is yours to decide." },
        { "declined", "success", "Declined. The customer gets your reason by mail." },
        { "over", "warning", "It was decided before. Nothing was changed." },
        DESK_ANSWER_END,
};

static void
push_facts(struct view *view, struct request *req, const struct withdrawal_one_row *one)
{
        bool paid = text_equal(one->refund, "succeeded"),
             waits = text_equal(one->status, "with_staff");

        view_row(view, "one", &withdrawal_one_row_type, one);
        desk_status(view, "state", "withdrawal", paid ? "paid_back" : one->status);
        view_text(view, "kind_word", words_of("withdrawal_kind", one->kind));
        view_text(view, "why_word", words_of("withdrawal_why", one->why));
        view_lines(view, "reason", one->reason);
        view_lines(view, "answer", one->answer);
        view_time(view, "received", one->received_at);
        desk_time(view, "decided", one->decided_at, one->decided_at_null);
        desk_time(view, "agreed", one->agreed_at, one->agreed_at_null);
        desk_time(view, "opened", one->first_open_at, one->first_open_at_null);
        view_flag(view, "has_order", one->order_number != NULL);
        view_flag(view, "waits", waits);
        view_flag(view, "to_pay",
                  text_equal(one->status, "accepted") && !paid && one->amount_minor > 0);
        view_flag(view, "accepted", text_equal(one->status, "accepted"));
        view_flag(view, "may", desk_may(req, "refund"));
        view_flag(view, "may_offer", waits && one->splits && desk_may(req, "plans"));
        view_flag(view, "to_find", waits && one->order_number == NULL);
        view_url(view, "refund_url",
                 one->refund_id_null
                         ? ""
                         : pool_printf(req->pool, "/admin/refunds/%" PRId64, one->refund_id));
}

static enum http_status
show(struct request *req, enum http_status status, const char *answer)
{
        struct withdrawal_one_row one;
        struct view *view;
        enum db_status rc;

        withdrawal_one_ask(req->db, param_int(req, "id"), &one);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/withdrawal.html");
        view_text(
                view, "page_title",
                pool_printf(req->pool, "%s %s", words_of("withdrawal_kind", one.kind), one.number));
        view_text(view, "section", "refunds");
        view_form_empty(view, bind_params);
        view_form_empty(view, no_params);
        if (status != HTTP_OK)
                view_form(view, req);
        desk_answer(view, "notice", said, answer);
        push_facts(view, req, &one);
        return view_reply(view, status);
}

/* GET /withdrawals/:id */
static enum http_status
one_show(struct request *req)
{
        return show(req, HTTP_OK, param_text(req, "done"));
}

static enum http_status
go_back(struct request *req, const char *answer)
{
        if (text_equal(answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(
                req, pool_printf(req->pool, "/admin/withdrawals/%" PRId64 "?done=%s",
                                 param_int(req, "id"),
                                 text_equal(answer, "with_staff") ? "with-staff" : answer));
}

/* POST /withdrawals/:id/orders */
static enum http_status
bind_create(struct request *req)
{
        struct staff_withdrawal_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL);
        rc = staff_withdrawal_bind(req->db, param_int(req, "id"), param_text(req, "number"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "no_order")) {
                param_refuse(req, "number", "There is no order with this number that was bought");
                return show(req, HTTP_UNPROCESSABLE, NULL);
        }
        return go_back(req, row.answer);
}

/* POST /withdrawals/:id/refusals */
static enum http_status
no_create(struct request *req)
{
        struct staff_withdrawal_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL);
        rc = staff_withdrawal_decline(req->db, param_int(req, "id"), param_text(req, "words"),
                                      &row);
        return rc == DB_OK ? go_back(req, row.answer) : http_from_db(req, rc);
}

const struct route withdrawal_routes[] = {
        { GET, "/withdrawals/:id", STAFF, page_params, one_show, 0, "read" },
        { POST, "/withdrawals/:id/orders", STAFF, bind_params, bind_create, 0, "refund" },
        { POST, "/withdrawals/:id/refusals", STAFF, no_params, no_create, 0, "refund" },
        ROUTE_END
};
