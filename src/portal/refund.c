/* refund: who is not happy with an order finds three ways, side by side and alike (S2.2): help from
 * a person, paying in another way, or the money back.  Each is one form with one button, and none
 * of them has to be gone through before another. */
#include "base/text.h"
#include "base/token.h"
#include "http/session.h"
#include "portal/plan.h"
#include "portal/portal.h"
#include "portal/tickets.h"
#include "queries/withdraw.h"

static const char *const ways[] = { "person", "plan", "refund", NULL };

static const struct param show_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        PARAM_END
};

static const struct param send_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        TICKET_NONCE_PARAM,
        { .name = "way",
         .type = PARAM_CHOICE,
         .from = FROM_FORM,
         .required = true,
         .choices = ways,
         .missing = "Choose what you would like",
         .invalid = "Choose what you would like" },
        { .name = "text",
         .type = PARAM_TEXT_LONG,
         .from = FROM_FORM,
         .max = TICKET_TEXT_MOST,
         .invalid = "Keep it below 5,000 characters, without a card number" },
        PARAM_END
};

static enum http_status
show(struct request *req, const struct withdrawal_page_row *row, enum http_status status)
{
        const char *way = req->method == POST ? param_text(req, "way") : NULL;
        struct view *view;

        if (!text_equal(row->state, "ready"))
                return reply_error(req, HTTP_NOT_FOUND);
        view = view_new(req, "portal/refund.html");
        view_text(
                view, "page_title",
                pool_printf(req->pool, "Help or your money back for order %s", row->order_number));
        view_form_empty(view, send_params);
        if (req->method == POST)
                view_form(view, req);
        view_row(view, "order", &withdrawal_page_row_type, row);
        view_flag(view, "by_right",
                  text_equal(row->basis, "law") || text_equal(row->basis, "promise"));
        view_flag(view, "guarantee", text_equal(row->basis, "guarantee"));
        view_flag(view, "can_spread", !text_is_empty(row->spread));
        view_flag(view, "chose_person", text_equal(way, "person"));
        view_flag(view, "chose_plan", text_equal(way, "plan"));
        view_flag(view, "chose_refund", text_equal(way, "refund"));
        view_text(view, "nonce", req->method == POST ? tickets_nonce(req) : token_new(req->pool));
        return view_reply(view, status);
}

/* GET /orders/:number/refund */
static enum http_status
refund_show(struct request *req)
{
        struct withdrawal_page_row row;
        enum db_status rc;

        withdrawal_page_ask(req->db, param_text(req, "number"), (struct db_bytes){ NULL, 0}, &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? show(req, &row, HTTP_OK) : http_from_db(req, rc);
}

/* The wish for the money: what the law or the shop gives by right goes at once, whatever else a
 * person decides.  One that waits already is the one that counts. */
static enum http_status
ask_refund(struct request *req)
{
        const char *number = param_text(req, "number"), *text = param_text(req, "text");
        struct withdraw_answer_row answer;
        enum db_status rc = withdraw_own(req->db, session_hash(req->pool, param_text(req, "nonce")),
                                         "request", number, (struct db_bytes){ NULL, 0}, "",
                                         text != NULL ? text : "", &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        if (text_equal(answer.answer, "open"))
                return reply_redirect(req,
                                      pool_printf(req->pool, "/orders/%s?notice=asked", number));
        return reply_redirect(
                req, pool_printf(req->pool, "/withdraw/receipt/%s", param_text(req, "nonce")));
}

/* A person or a plan: a message to staff, with the order. */
static enum http_status
ask_person(struct request *req, const struct withdrawal_page_row *row, const char *about)
{
        const char *text = param_text(req, "text");
        struct withdrawal_help_row answer;
        enum db_status rc = withdrawal_help(req->db, param_text(req, "number"), about,
                                            param_text(req, "nonce"), text != NULL ? text : "",
                                            (int32_t)req->config->tickets_per_hour, &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.result, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.result, "limited")) {
                param_refuse(req, "text",
                             "We have several messages of yours within this hour and are reading "
                             "them. Please wait for our answer");
                db_rollback(req->db);
                return show(req, row, HTTP_TOO_MANY);
        }
        req->wake_worker = true;
        return reply_redirect(
                req, pool_printf(req->pool, "/help/requests/%s?done=sent", answer.ticket_number));
}

/* A plan of which something is open: the wish goes to the desk where plans are changed, and waits on
 * the plan's page. */
static enum http_status
ask_plan(struct request *req)
{
        const char *number = param_text(req, "number"), *text = param_text(req, "text");
        struct change_answer_row answer;
        enum db_status rc = change_ask(req->db, (struct db_bytes){ NULL, 0}, number, 0,
                                       param_text(req, "nonce"), "other", NULL, 0, 0,
                                       text_is_empty(text) ? "A plan: pay later, or in smaller parts." : text, "",
                                       plan_personal(req), &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.result, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/plans/%s?done=%s", number, answer.result));
}

/* POST /orders/:number/refund */
static enum http_status
refund_create(struct request *req)
{
        const char *way = param_text(req, "way");
        struct withdrawal_page_row row;
        enum db_status rc = withdrawal_page(req->db, param_text(req, "number"),
                                            (struct db_bytes){ NULL, 0}, &row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!text_equal(row.state, "ready"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (!params_valid(req))
                return show(req, &row, HTTP_UNPROCESSABLE);
        if (text_equal(way, "refund"))
                return ask_refund(req);
        if (text_equal(way, "plan") && text_is_empty(row.spread)) {
                param_refuse(req, "way", "Everything is paid. Choose one of these");
                return show(req, &row, HTTP_UNPROCESSABLE);
        }
        if (text_equal(way, "plan") && text_equal(row.spread, "desk"))
                return ask_plan(req);
        return ask_person(req, &row, text_equal(way, "plan") ? "plan" : "refund");
}

const struct route refund_routes[] = {
        { GET, "/orders/:number/refund", SIGNED_IN, show_params, refund_show, 0, NULL },
        { POST, "/orders/:number/refund", SIGNED_IN, send_params, refund_create, 0, NULL },
        ROUTE_END
};
