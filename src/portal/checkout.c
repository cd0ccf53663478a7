/* checkout: from the Buy button to the gateway's hosted page.
 *
 * The order and our attempt with its key are committed first; the gateway is called outside
 * any transaction; its answer is recorded in a second one.  Without an answer the attempt is
 * unknown and the page says so; the same form sent again asks with the same key, so nothing
 * can happen twice (safety rules 4 and 5). */
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "gateway/objects.h"
#include "gateway/stripe.h"
#include "http/session.h"
#include "portal/shop.h"
#include "queries/transfer.h"

enum {
        ORDER_COOKIE_SECONDS = 7 * 86400,
        KEY_TRIES_MAX = 20,             /* with the gateway at work for another submission of this form */
        KEY_PAUSE_US = 100 * 1000
};

/* Everything about the order that the gateway is told; the same for the same order, as an
 * idempotency key wants it. */
static struct stripe_answer
ask_gateway(struct request *req, struct stripe *stripe, const struct order_begun_row *order, const char *slug,
            const char *email)
{
        struct pool *pool = req->pool;
        const char *portal = req->config->portal_url;
        const struct stripe_field fields[] = {
                { "mode", "payment" },
                { "client_reference_id", order->number },
                { "customer_email", email },
                { "success_url", pool_printf(pool, "%s/welcome?order=%s", portal, order->number) },
                { "cancel_url", pool_printf(pool, "%s/products/%s?cancelled=%s", portal, slug, order->number) },
                { "expires_at", pool_printf(pool, "%lld", (long long)(order->expires_at / CLOCK_SECOND)) },
                { "adaptive_pricing[enabled]", "false" },
                { "line_items[0][quantity]", "1" },
                { "line_items[0][price_data][currency]", text_lower(pool, order->currency) },
                { "line_items[0][price_data][unit_amount]", pool_printf(pool, "%lld", (long long)order->amount_minor) },
                { "line_items[0][price_data][product_data][name]", order->title },
                { "metadata[order]", order->number },
                { "metadata[attempt]", order->key },
                /* What is paid over time saves its method, with a customer of its own there. */
                { "customer_creation", order->saves ? "always" : NULL },
                { "payment_intent_data[setup_future_usage]", order->saves ? "off_session" : NULL },
                { "payment_intent_data[description]", pool_printf(pool, "%s, order %s", order->title, order->number) },
                { "payment_intent_data[statement_descriptor_suffix]",
                  req->config->statement_text[0] != '\0' ? req->config->statement_text : NULL },
                { "payment_intent_data[metadata][order]", order->number },
                { "payment_intent_data[metadata][attempt]", order->key },
        };

        struct stripe_answer answer;

        /* The same form sent twice at once: the gateway is at work for the other one, and gives
         * its answer to both. */
        for (int tries = 0;; tries++) {
                answer = stripe_post(stripe, pool, "checkout/sessions", order->key, fields, sizeof(fields) / sizeof(fields[0]));
                if (!answer.key_in_use || tries == KEY_TRIES_MAX)
                        return answer;
                g_usleep(KEY_PAUSE_US);
        }
}

/* The gateway did not answer: the browser may send the same form again. */
static enum http_status
show_trouble(struct request *req, const struct order_begun_row *order)
{
        struct view *view = view_new(req, "portal/trouble.html");

        view_text(view, "page_title", "Your payment page is not ready yet");
        view_text(view, "order_number", order->number);
        view_text(view, "slug", param_text(req, "slug"));
        view_form(view, req);
        return view_reply(view, HTTP_UNAVAILABLE);
}

/* A failure of the gateway's own (5xx) is kept with our key and repeated for a day, though
 * the page may have been made: look for it among the newest. */
static bool
find_page(struct request *req, struct stripe *stripe, const struct order_begun_row *order, struct gateway_session *session)
{
        const struct stripe_field newest[] = { { "limit", "100" } };
        struct stripe_answer answer = stripe_get(stripe, req->pool, "checkout/sessions", newest, 1);
        struct gateway_list list;

        if (answer.result != STRIPE_OK || !objects_list(req->pool, answer.object, &list))
                return false;
        for (size_t i = 0; i < list.n; i++)
                if (objects_session(req->pool, objects_item(answer.object, i), session) && session->url != NULL &&
                    text_equal(session->attempt_key, order->key))
                        return true;
        return false;
}

/* Second transaction: what the gateway said; SESSION is its hosted page, or NULL. */
static enum http_status
record(struct request *req, const struct order_begun_row *order, const struct stripe_answer *answer,
       const struct gateway_session *session)
{
        db_begin(req->db);
        if (session != NULL)
                attempt_opened_ask(req->db, order->key, session->id, session->url, NULL);
        else if (answer->result == STRIPE_REFUSED)
                attempt_refused_ask(req->db, order->key, answer->code, NULL);
        else
                attempt_unknown_ask(req->db, order->key, NULL);
        if (db_wait(req->db) != DB_OK || db_commit(req->db) != DB_OK)
                log_warning("attempt_not_recorded", "order", order->number, NULL);
        if (session != NULL)    /* even unrecorded: its event names our key */
                return reply_redirect(req, session->url);
        log_error("checkout_not_opened", "order", order->number, "answer", stripe_word(answer->result), "status",
                  log_int(answer->status), "code", answer->code, "message", answer->message, NULL);
        return show_trouble(req, order);
}

/* The address has access already: noticed before paying. */
static enum http_status
show_owned(struct request *req, const struct order_begun_row *order)
{
        struct view *view = view_new(req, "portal/owned.html");

        view_text(view, "page_title", "You may have this already");
        view_text(view, "title", order->title);
        view_text(view, "slug", param_text(req, "slug"));
        view_flag(view, "agree_on", param_check(req, "agree"));
        view_flag(view, "consent_on", param_check(req, "consent"));
        view_form(view, req);
        return view_reply(view, HTTP_CONFLICT);
}

/* The form once more.  ORDER is one that was not begun because its amounts or days are not what was
 * shown (its result is look), else NULL.  Of a code on a subscription it says for how long it counts. */
static enum http_status
show_form(struct request *req, const struct order_begun_row *order)
{
        const char *code = order != NULL && param_text(req, "code") != NULL ? param_text(req, "code") : "";
        struct shop_priced priced = { "", 0, "" };
        struct discount_look_row look;
        struct shop_page page;
        struct view *view;
        bool found = false;
        enum db_status rc;

        if (order != NULL) {
                discount_look_ask(req->db, code, param_text(req, "slug"), param_text(req, "offer"), &look, &found);
                priced = (struct shop_priced){ param_text(req, "offer"), order->amount_minor, code };
        }
        shop_ask(req, param_text(req, "slug"), &priced, &page);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = shop_view(req, &page, param_text(req, "nonce") != NULL ? param_text(req, "nonce") : token_new(req->pool),
                         &(struct shop_typed){ param_text(req, "offer"), param_typed(req, "country"), param_typed(req, "pay"),
                                               param_check(req, "agree"), param_check(req, "consent"), true, false,
                                               order != NULL && !found });
        if (found)
                shop_code(view, &page, param_text(req, "offer"), &look);
        return view_reply(view, HTTP_UNPROCESSABLE);
}

static enum http_status
show_again(struct request *req)
{
        return show_form(req, NULL);
}

static bool
by_transfer(struct request *req)
{
        return text_equal(param_text(req, "pay"), "transfer") && req->config->bank_iban[0] != '\0';
}

/* Whoever goes back and chooses the other way gets an order of its own: the first one may be
 * paid still. */
static const char *
nonce_of(struct request *req)
{
        return by_transfer(req) ? pool_printf(req->pool, "transfer %s", param_text(req, "nonce"))
                                : param_text(req, "nonce");
}

static enum db_status
begin(struct request *req, struct order_begun_row *order, const char *cookie)
{
        const char *email = param_text(req, "email");

        return order_begin(req->db, param_text(req, "slug"), param_text(req, "offer"), nonce_of(req), email,
                           text_fold_email(req->pool, email), param_text(req, "name"), param_text(req, "country"),
                           param_check(req, "consent"), param_check(req, "anyway"), token_new(req->pool),
                           session_hash(req->pool, cookie),
                           pool_printf(req->pool, "%s %s", req->remote_addr, req->user_agent),
                           param_text(req, "code") != NULL ? param_text(req, "code") : "", req->config->zone,
                           param_text(req, "seen") != NULL ? param_text(req, "seen") : "", order);
}

static enum http_status
go_on(struct request *req, const struct order_begun_row *order, const char *cookie)
{
        struct stripe *stripe;
        struct stripe_answer answer = { .result = STRIPE_AWAY };
        struct gateway_session session;
        bool opened;

        reply_cookie(req, COOKIE_ORDER, cookie, ORDER_COOKIE_SECONDS);
        if (strcmp(order->result, "paid") == 0)
                return reply_redirect(req, pool_printf(req->pool, "/welcome?order=%s", order->number));
        if (strcmp(order->result, "open") == 0)
                return reply_redirect(req, order->session_url);
        stripe = portal_stripe(req);
        if (stripe != NULL)
                answer = ask_gateway(req, stripe, order, param_text(req, "slug"), param_text(req, "email"));
        opened = answer.result == STRIPE_OK
                 ? objects_session(req->pool, answer.object, &session) && session.url != NULL
                 : answer.result == STRIPE_UNKNOWN && answer.status >= 500 && find_page(req, stripe, order, &session);
        return record(req, order, &answer, opened ? &session : NULL);
}

/* No gateway: the order waits for a credit on our account (S1.3). */
static enum http_status
go_transfer(struct request *req, const struct order_begun_row *order, const char *cookie)
{
        struct transfer_begun_row begun;
        enum db_status rc = transfer_begin(req->db, order->key, (int32_t)req->config->bank_days, &begun);

        if (rc == DB_OK)
                rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        reply_cookie(req, COOKIE_ORDER, cookie, ORDER_COOKIE_SECONDS);
        return reply_redirect(req, pool_printf(req->pool, "/orders/%s/transfer?order=%s", order->number, order->number));
}

/* What order_begin() says of a discount code. */
static const char *
code_words(const char *result)
{
        static const struct { const char *result, *words; } all[] = {
                { "code_early", "This code is not good yet" },
                { "code_over", "This code is not good any more" },
                { "code_used_up", "This code has been used up" },
                { "code_once", "You have used this code before. It is good once" },
                { "code_other", "This code is not good for this. Take it out, or use another one" },
                { "code_small", "This code is worth more than the price" },
        };

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                if (strcmp(all[i].result, result) == 0)
                        return all[i].words;
        return "We do not know this code. Check it, or take it out";
}

static enum http_status
order_create(struct request *req)
{
        struct order_begun_row order;
        const char *cookie = token_new(req->pool);
        enum db_status rc;

        if (!param_check(req, "agree"))
                param_refuse(req, "agree", "Agree to the terms of sale to go on");
        if (!params_valid(req))
                return show_again(req);
        rc = begin(req, &order, cookie);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(order.result, "gone") == 0)
                return portal_message(req, HTTP_GONE, "This is not on sale any more",
                                      "Nothing was charged. Have a look at what else there is.", "/", "See all products");
        if (strncmp(order.result, "code_", 5) == 0) {
                param_refuse(req, "code", code_words(order.result));
                return show_again(req);
        }
        if (strcmp(order.result, "consent") == 0) {
                param_refuse(req, "consent", "In the EU we may begin at once only when you tick this");
                return show_again(req);
        }
        if (by_transfer(req) && order.saves) {
                param_refuse(req, "pay", "What is paid over time is charged to a card or account that you save. "
                                         "Choose card, or pay in full");
                return show_again(req);
        }
        if (strcmp(order.result, "look") == 0)
                return show_form(req, &order);
        if (by_transfer(req) && strcmp(order.result, "begun") == 0)
                return go_transfer(req, &order, cookie);
        rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(order.result, "owned") == 0) {
                req->wake_worker = true;
                return show_owned(req, &order);
        }
        return go_on(req, &order, cookie);
}

static const char *const ways[] = { "card", "transfer", NULL };

const struct param checkout_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "offer", .type = PARAM_SLUG, .from = FROM_FORM, .required = true, .missing = "Choose how you want to pay",
          .invalid = "Choose how you want to pay" },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,
          .missing = "This form is out of date. Send it once more", .invalid = "This form is out of date. Send it once more" },
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true, .missing = "Enter your email address",
          .invalid = "Enter an email address like name@example.com" },
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120, .missing = "Enter your name" },
        { .name = "country", .type = PARAM_COUNTRY, .from = FROM_FORM, .required = true, .missing = "Choose your country",
          .invalid = "Choose your country" },
        { .name = "code", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40 },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .max = 2000 },
        { .name = "agree", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "consent", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "anyway", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "pay", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = ways, .invalid = "Choose how you want to pay" },
        PARAM_END
};

const struct route checkout_routes[] = {
        { POST, "/products/:slug/orders", OPEN, checkout_params, order_create, ROUTE_GATEWAY, NULL },
        ROUTE_END
};
