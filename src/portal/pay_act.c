/* pay_act: what the buttons of the payment page do: pay now with the saved method, pay another way
 * on the gateway's page, announce a bank transfer, name a day, ask a person.
 *
 * Each is safe to send fifty times at once: the due's row is locked, and it has one live attempt
 * at most. */

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "gateway/objects.h"
#include "http/session.h"
#include "portal/pay.h"
#include "portal/shop.h"
#include "portal/tickets.h"

enum { PAY_COOKIE_SECONDS = 3600 };

static enum http_status
go_back(struct pay *pay, const char *done)
{
        pay->req->wake_worker = true;
        return reply_redirect(pay->req, pool_printf(pay->req->pool, "%s?done=%s", pay->base, done));
}

/* Nothing is left to do here: the link is over, the amount is paid, or what was open is settled by
 * another click; the page says which.  What is not this person's is not found. */
static enum http_status
settled(struct pay *pay)
{
        enum db_status rc;

        if (pay->token != NULL)
                return reply_redirect(pay->req, pay->base);
        if (!pay->req->identity.found)
                return reply_sign_in(pay->req);
        pay_page_ask(pay->req->db, pay->link, pay->number, pay_seq(pay), &pay->row, &pay->found);
        rc = db_wait(pay->req->db);
        if (rc == DB_OK && !pay->found)
                rc = DB_NO_ROW;
        return rc != DB_OK ? http_from_db(pay->req, rc) : reply_redirect(pay->req, pay->base);
}

/* The gateway and the bank are told no link: the browser that leaves for them keeps it. */
static void
keep_way_back(struct pay *pay)
{
        if (pay->token != NULL)
                reply_cookie(pay->req, COOKIE_PAY, pay->token, PAY_COOKIE_SECONDS);
}

/* POST .../now */
static enum http_status
now_create(struct request *req)
{
        struct pay pay = pay_of(req);
        struct pay_answer_row answer;
        enum db_status rc = pay_now(req->db, pay.link, pay.number, pay_seq(&pay), &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.result, "over"))
                return settled(&pay);
        keep_way_back(&pay);
        return go_back(&pay, text_equal(answer.result, "method") ? "method"
                             : text_equal(answer.result, "refused") ? "refused" : "now");
}

/* --- the gateway's page ---------------------------------------------------------------- */

/* Everything that the gateway is told; the same for the same attempt, as its key wants it.  The
 * link stays here: the way back is found by a cookie. */
static struct stripe_answer
ask_gateway(struct pay *pay, struct stripe *stripe, const struct pay_hosted_row *row)
{
        struct request *req = pay->req;
        struct pool *pool = req->pool;
        const char *portal = req->config->portal_url;
        const char *back = pay->token != NULL ? pool_printf(pool, "%s/pay-back", portal)
                                              : pool_printf(pool, "%s%s?done=now", portal, pay->base);
        const struct stripe_field fields[] = {
                { "mode", "payment" },
                { "client_reference_id", row->order_number },
                { "customer", row->gateway_customer },
                { "customer_email", row->gateway_customer == NULL ? row->email : NULL },
                { "customer_creation", row->gateway_customer == NULL ? "always" : NULL },
                { "payment_intent_data[setup_future_usage]", "off_session" },
                { "success_url", back },
                { "cancel_url", pay->token != NULL ? pool_printf(pool, "%s/pay-back?left=1", portal)
                                                   : pool_printf(pool, "%s%s", portal, pay->base) },
                { "expires_at", pool_printf(pool, "%lld", (long long)(row->expires_at / CLOCK_SECOND)) },
                { "adaptive_pricing[enabled]", "false" },
                { "line_items[0][quantity]", "1" },
                { "line_items[0][price_data][currency]", text_lower(pool, row->currency) },
                { "line_items[0][price_data][unit_amount]", pool_printf(pool, "%lld", (long long)row->amount_minor) },
                { "line_items[0][price_data][product_data][name]", row->title },
                { "metadata[order]", row->order_number },
                { "metadata[attempt]", row->key },
                { "payment_intent_data[description]", pool_printf(pool, "%s, order %s", row->title, row->order_number) },
                { "payment_intent_data[metadata][order]", row->order_number },
                { "payment_intent_data[metadata][attempt]", row->key },
        };

        return stripe_post(stripe, pool, "checkout/sessions", row->key, fields, sizeof(fields) / sizeof(fields[0]));
}

/* Second transaction: what the gateway said; SESSION has its page, or is NULL. */
static void
record(struct pay *pay, const struct pay_hosted_row *row, const struct stripe_answer *answer,
       const struct gateway_session *session)
{
        struct db *db = pay->req->db;

        db_begin(db);
        if (session != NULL)
                attempt_opened_ask(db, row->key, session->id, session->url, NULL);
        else if (answer->result == STRIPE_REFUSED)
                attempt_refused_ask(db, row->key, answer->code, NULL);
        else
                attempt_unknown_ask(db, row->key, NULL);
        if (db_wait(db) != DB_OK || db_commit(db) != DB_OK)
                log_warning("attempt_not_recorded", "order", row->order_number, NULL);
        if (session == NULL)
                log_error("payment_page_not_opened", "order", row->order_number, "answer", stripe_word(answer->result),
                          "status", log_int(answer->status), "code", answer->code, NULL);
}

/* POST .../page */
static enum http_status
page_create(struct request *req)
{
        struct pay pay = pay_of(req);
        struct pay_hosted_row row;
        struct stripe *stripe;
        struct stripe_answer answer = { .result = STRIPE_AWAY };
        struct gateway_session session;
        bool opened;
        enum db_status rc = pay_hosted(req->db, pay.link, pay.number, pay_seq(&pay), &row);

        if (rc == DB_OK)
                rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.result, "over")) {
                db_begin(req->db);
                return settled(&pay);
        }
        if (text_equal(row.result, "busy"))
                return go_back(&pay, "busy");
        keep_way_back(&pay);
        if (text_equal(row.result, "open"))
                return reply_redirect(req, row.url);
        stripe = portal_stripe(req);
        if (stripe != NULL)
                answer = ask_gateway(&pay, stripe, &row);
        opened = answer.result == STRIPE_OK && objects_session(req->pool, answer.object, &session) && session.url != NULL;
        record(&pay, &row, &answer, opened ? &session : NULL);
        return opened ? reply_redirect(req, session.url) : go_back(&pay, "away");
}

enum stripe_result
pay_call_off(struct request *req, const struct pay_open_row *open)
{
        struct pool *pool = req->pool;
        struct stripe *stripe = portal_stripe(req);
        const char *path = text_equal(open->what, "session")
                ? pool_printf(pool, "checkout/sessions/%s/expire", open->ref)
                : pool_printf(pool, "payment_intents/%s/cancel", open->ref);
        struct stripe_answer answer = { .result = STRIPE_AWAY };

        if (stripe != NULL)
                answer = stripe_post(stripe, pool, path,
                                     pool_printf(pool, "off-%s", open->key), NULL, 0);
        if (answer.result != STRIPE_OK)
                log_info("payment_not_called_off", "what", open->what, "answer", stripe_word(answer.result), "status",
                         log_int(answer.status), "code", answer.code, NULL);
        return answer.result;
}

/* POST .../other: what is open at the gateway is called off there first, so that it cannot be
 * paid any more; then every way is free on the spot (S1.3). */
static enum http_status
other_create(struct request *req)
{
        struct pay pay = pay_of(req);
        struct pay_open_row open;
        enum stripe_result result;
        bool found;
        enum db_status rc = pay_open(req->db, pay.link, pay.number, pay_seq(&pay), &open, &found);

        if (rc == DB_OK)
                rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found) {
                db_begin(req->db);
                return settled(&pay);
        }
        result = pay_call_off(req, &open);
        if (result == STRIPE_REFUSED)   /* paid there meanwhile, or run out: the page looks */
                return go_back(&pay, "now");
        if (result != STRIPE_OK)
                return go_back(&pay, "still");
        db_begin(req->db);
        pay_called_off_ask(req->db, pay.link, pay.number, pay_seq(&pay), open.key, NULL);
        rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return go_back(&pay, "other");
}

/* --- without the gateway --------------------------------------------------------------- */

/* POST .../transfer */
static enum http_status
transfer_create(struct request *req)
{
        struct pay pay = pay_of(req);
        struct pay_answer_row answer;
        enum db_status rc;

        if (req->config->bank_iban[0] == '\0')
                return reply_error(req, HTTP_NOT_FOUND);
        rc = pay_transfer(req->db, pay.link, pay.number, pay_seq(&pay), (int32_t)req->config->bank_days, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.result, "over"))
                return settled(&pay);
        return go_back(&pay, text_equal(answer.result, "busy") ? "busy" : "transfer");
}

/* What pay_promise() says against a day. */
static const char *
day_words(const char *result)
{
        static const struct { const char *result, *words; } all[] = {
                { "early", "That day is over. Choose today or a day to come" },
                { "late", "That day is too far ahead. Choose an earlier one, or ask us for a plan below" },
                { "many", "You have named a day before. Ask us for a plan below, or write to us" },
        };

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                if (strcmp(all[i].result, result) == 0)
                        return all[i].words;
        return NULL;
}

/* POST .../promise */
static enum http_status
promise_create(struct request *req)
{
        struct pay pay = pay_of(req);
        struct pay_answer_row answer;
        enum db_status rc;

        if (!params_valid(req))
                return pay_show(&pay, HTTP_UNPROCESSABLE, true);
        rc = pay_promise(req->db, pay.link, pay.number, pay_seq(&pay), (int32_t)param_int(req, "day"),
                         (int32_t)req->config->promise_days, (int32_t)req->config->promises, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.result, "over"))
                return settled(&pay);
        if (day_words(answer.result) != NULL) {
                param_refuse(req, "day", day_words(answer.result));
                return pay_show(&pay, HTTP_UNPROCESSABLE, true);
        }
        return go_back(&pay, text_equal(answer.result, "busy") ? "busy" : "promised");
}

/* A ticket with the order and the case, in the customer's own words. */
static enum http_status
ask(struct request *req, const char *about, const char *field)
{
        struct pay pay = pay_of(req);
        struct pay_asked_row asked;
        enum db_status rc;

        if (!params_valid(req))
                return pay_show(&pay, HTTP_UNPROCESSABLE, true);
        rc = pay_ask(req->db, pay.link, pay.number, pay_seq(&pay), about, param_text(req, "nonce"), param_text(req, field),
                     (int32_t)req->config->tickets_per_hour, &asked);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(asked.result, "over"))
                return settled(&pay);
        if (text_equal(asked.result, "limited")) {
                param_refuse(req, field, "We have several messages of yours within this hour and are reading them. "
                                         "Please wait for our answer");
                return pay_show(&pay, HTTP_TOO_MANY, true);
        }
        return go_back(&pay, "asked");
}

/* POST .../question */
static enum http_status
question_create(struct request *req)
{
        return ask(req, "payment", "question");
}

#define TOKEN PAY_TOKEN_PARAM
#define NUMBER PAY_NUMBER_PARAM, PAY_SEQ_PARAM
#define DAY                                                                                                         \
        { .name = "day", .type = PARAM_DATE, .from = FROM_FORM, .required = true, .missing = "Choose the day",       \
          .invalid = "Choose a day such as 2026-03-31" }
#define WORDS(field, sentence)                                                                                      \
        TICKET_NONCE_PARAM,                                                                                         \
        { .name = field, .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = TICKET_TEXT_MOST,      \
          .missing = sentence }
#define QUESTION WORDS("question", "Write your question")

static const struct param link_params[] = { TOKEN, PARAM_END };
static const struct param link_day_params[] = { TOKEN, DAY, PARAM_END };
static const struct param link_question_params[] = { TOKEN, QUESTION, PARAM_END };
static const struct param own_params[] = { NUMBER, PARAM_END };
static const struct param own_day_params[] = { NUMBER, DAY, PARAM_END };
static const struct param own_question_params[] = { NUMBER, QUESTION, PARAM_END };

const struct route pay_act_routes[] = {
        { POST, "/pay/:token/now",      OPEN, link_params, now_create, ROUTE_NO_STORE, NULL },
        { POST, "/pay/:token/page",     OPEN, link_params, page_create, ROUTE_NO_STORE | ROUTE_GATEWAY, NULL },
        { POST, "/pay/:token/other",    OPEN, link_params, other_create, ROUTE_NO_STORE | ROUTE_GATEWAY, NULL },
        { POST, "/pay/:token/transfer", OPEN, link_params, transfer_create, ROUTE_NO_STORE, NULL },
        { POST, "/pay/:token/promise",  OPEN, link_day_params, promise_create, ROUTE_NO_STORE, NULL },
        { POST, "/pay/:token/question", OPEN, link_question_params, question_create, ROUTE_NO_STORE, NULL },
        { POST, "/payments/:number/:seq/now",      SIGNED_IN, own_params, now_create, 0, NULL },
        { POST, "/payments/:number/:seq/page",     SIGNED_IN, own_params, page_create, ROUTE_GATEWAY, NULL },
        { POST, "/payments/:number/:seq/other",    SIGNED_IN, own_params, other_create, ROUTE_GATEWAY, NULL },
        { POST, "/payments/:number/:seq/transfer", SIGNED_IN, own_params, transfer_create, 0, NULL },
        { POST, "/payments/:number/:seq/promise",  SIGNED_IN, own_day_params, promise_create, 0, NULL },
        { POST, "/payments/:number/:seq/question", SIGNED_IN, own_question_params, question_create, 0, NULL },
        ROUTE_END
};
