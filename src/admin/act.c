/* act: what staff do to an order.  The database checks the right again and writes who did
 * what into the audit. */
#include "admin/act.h"

#include "admin/desk.h"
#include "admin/order.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/staff.h"

static const struct param number_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        PARAM_END
};

const struct param act_gift_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "reason", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why this is given: the reason stands in the audit",
          .invalid = "Write the reason in one line" },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "resent", "success", "The mails of this order are on their way once more." },
        { "resent-none", "warning", "This order has no mails yet, so nothing was sent." },
        { "reopened", "success", "Access is open again. What had ended opens from now on." },
        { "reopened-has", "warning", "Access is open already. Nothing was changed." },
        { "reopened-none", "warning", "Nothing was ever opened for this order. Give it as a gift instead." },
        { "released", "success", "Access is open. The customer is told by mail." },
        { "released-has", "warning", "Nothing was waiting any more. Nothing was changed." },
        { "moved", "success", "The day is moved. The customer is told by mail." },
        { "moved-same", "warning", "That was the day already, or nothing waits any more. Nothing was changed." },
        { "given", "success", "Access is open, as a gift. The customer is told by mail." },
        { "given-has", "warning", "Access was given before. Nothing was changed." },
        DESK_ANSWER_END,
};

void
act_said(struct view *view, const char *answer)
{
        desk_answer(view, "answer", said, answer);
}

/* Back to the order, with what was done. */
static enum http_status
back(struct request *req, const char *done)
{
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/orders/%s?done=%s",
                                               param_text(req, "number"), done));
}

/* POST /orders/:number/resends */
static enum http_status
resend_create(struct request *req)
{
        struct resent_row resent;
        enum db_status rc;

        staff_order_resend_ask(req->db, param_text(req, "number"), &resent);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (resent.mails < 0)
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, resent.mails > 0 ? "resent" : "resent-none");
}

/* POST /orders/:number/regrants */
static enum http_status
regrant_create(struct request *req)
{
        struct answer_row row;
        enum db_status rc;

        staff_order_regrant_ask(req->db, param_text(req, "number"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "granted") ? "reopened"
                         : text_equal(row.answer, "has")   ? "reopened-has"
                                                           : "reopened-none");
}

/* POST /orders/:number/gifts */
static enum http_status
gift_create(struct request *req)
{
        struct answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return order_page(req, param_text(req, "number"), HTTP_UNPROCESSABLE, NULL, true);
        staff_order_gift_ask(req->db, param_text(req, "number"), param_text(req, "reason"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "granted") ? "given" : "given-has");
}

const struct route act_routes[] = {
        { POST, "/orders/:number/resends", STAFF, number_params, resend_create, 0, "mail" },
        { POST, "/orders/:number/regrants", STAFF, number_params, regrant_create, 0, "access" },
        { POST, "/orders/:number/gifts", STAFF, act_gift_params, gift_create, 0, "access" },
        ROUTE_END
};
