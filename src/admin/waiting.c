/* waiting: access that waits for a check or a start.  The database checks the right again,
 * writes who did it into the audit and has each move told once. */
#include "admin/waiting.h"

#include "admin/order.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/banking.h"

static const struct param number_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        PARAM_END
};

const struct param waiting_day_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "expected", .type = PARAM_DATE, .from = FROM_FORM, .required = true,
          .missing = "Enter the day on which it is expected", .invalid = "Enter a day such as 2026-03-04" },
        PARAM_END
};

static enum http_status
back(struct request *req, const char *done)
{
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/orders/%s?done=%s", param_text(req, "number"), done));
}

/* POST /orders/:number/releases */
static enum http_status
release_create(struct request *req)
{
        struct transfer_answer_row row;
        enum db_status rc = staff_release(req->db, param_text(req, "number"), &row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "granted") ? "released" : "released-has");
}

/* POST /orders/:number/days */
static enum http_status
day_create(struct request *req)
{
        struct transfer_answer_row row;
        enum db_status rc;

        if (param_text(req, "expected") != NULL &&
            param_int(req, "expected") < req->identity.now_at / CLOCK_SECOND / 86400)
                param_refuse(req, "expected", "This day is over. To open it now, there is the button above");
        if (!params_valid(req))
                return order_page(req, param_text(req, "number"), HTTP_UNPROCESSABLE, NULL, true);
        rc = staff_expect(req->db, param_text(req, "number"), (int32_t)param_int(req, "expected"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "moved") ? "moved" : "moved-same");
}

const struct route waiting_routes[] = {
        { POST, "/orders/:number/releases", STAFF, number_params, release_create, 0, "access" },
        { POST, "/orders/:number/days", STAFF, waiting_day_params, day_create, 0, "access" },
        ROUTE_END
};
