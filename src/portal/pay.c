/* pay: one amount that is owed: what happened, until when, and every way to resolve it (S1.8).
 *
 * It opens by the expiring link of a mail, without login, or by login from the list of payments.
 * A GET changes nothing; what the buttons do is in pay_act.c.  Words go by the class of the
 * decline and never by the gateway's code. */
#include "portal/pay.h"

#include <string.h>

#include "base/iban.h"
#include "base/money.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/decline.h"
#include "domain/epc.h"
#include "http/session.h"
#include "portal/plan.h"
#include "view/format.h"
#include "view/method.h"
#include "view/qr.h"

enum { LOOK_AGAIN = 20 };       /* times, three seconds apart */

static bool
has_param(const struct request *req, const char *name)
{
        for (const struct param *p = req->route->params; p->name != NULL; p++)
                if (strcmp(p->name, name) == 0)
                        return true;
        return false;
}

struct pay
pay_of(struct request *req)
{
        struct pay pay = { .req = req };

        if (has_param(req, "token")) {
                pay.token = param_text(req, "token");
                pay.link = session_hash(req->pool, pay.token);
                pay.base = pool_printf(req->pool, "/pay/%s", pay.token);
        } else {
                pay.number = param_text(req, "number");
                pay.seq = (int32_t)param_int(req, "seq");
                pay.base = pool_printf(req->pool, "/payments/%s/%d", pay.number, pay.seq);
        }
        return pay;
}

const int32_t *
pay_seq(const struct pay *pay)
{
        return pay->token != NULL ? NULL : &pay->seq;
}

/* --- what is shown ---------------------------------------------------------------- */

static bool
is(const char *text, const char *other)
{
        return text_equal(text, other);
}

/* What is under way: "", or the name of the part of the page that says so. */
static const char *
under_way(const struct pay_row *row)
{
        if (row->live_status == NULL)
                return "";
        if (is(row->live_kind, "transfer"))
                return "transfer";
        if (is(row->live_status, "requires_action") && !text_is_empty(row->live_url))
                return "confirm";
        /* Its page never came to us, so nobody is on it: every way is free. */
        if (is(row->live_kind, "checkout") && is(row->live_status, "unknown") && text_is_empty(row->live_url))
                return "";
        return is(row->live_kind, "checkout") && is(row->live_status, "sent") && !text_is_empty(row->live_url)
                       ? "hosted" : "moving";
}

/* Back from the gateway's page, and its word is not here yet: for a minute we look again. */
static bool
is_back(const struct pay *pay, const char *way)
{
        return is(way, "hosted") && is(param_text(pay->req, "done"), "now") && param_int(pay->req, "turn") < LOOK_AGAIN;
}

/* What happened, in words that alarm nobody and help no thief. */
static void
push_reason(struct view *view, const struct pay *pay)
{
        const struct pay_row *row = &pay->row;
        enum decline_class class = DECLINE_SOFT;
        bool failed = row->class != NULL && row->failures > 0 && decline_by_name(row->class, &class);

        view_flag(view, "failed", failed);
        view_text(view, "happened", failed ? decline_happened(class) : "");
        view_text(view, "action", failed ? decline_action(class) : "");
        view_url(view, "help_url", pay->token == NULL
                 ? "/help/payment" : pool_printf(pay->req->pool, "/help/payment/%s", pay->token));
        view_flag(view, "bank_first", failed && class == DECLINE_BANK);
        view_flag(view, "saved", !text_is_empty(row->method_kind));
        view_text(view, "method", text_is_empty(row->method_kind)
                  ? "" : method_words(pay->req->pool, row->method_kind, row->brand, row->last_four));
        view_text(view, "next_try", row->next_at_null
                  ? "" : format_time(pay->req->pool, row->next_at, row->zone, session_now(pay->req)));
}

/* Where a transfer goes, and its code for a banking app: EUR only. */
static void
push_transfer(struct view *view, const struct pay *pay)
{
        const struct config *config = pay->req->config;
        struct pool *pool = pay->req->pool;
        const struct pay_row *row = &pay->row;
        const char *payload = config->bank_iban[0] != '\0' && is(row->currency, "EUR")
                ? epc_payload(pool, config->bank_holder, config->bank_iban, config->bank_bic, row->rest_minor, row->reference)
                : NULL;

        view_flag(view, "bank", config->bank_iban[0] != '\0');
        view_text(view, "holder", config->bank_holder);
        view_text(view, "iban", iban_grouped(pool, config->bank_iban));
        view_text(view, "bic", config->bank_bic);
        view_text(view, "reference", iban_grouped(pool, row->reference));
        view_html(view, "qr", payload != NULL
                  ? qr_svg(pool, payload, "The same details as a QR code for your banking app") : (struct html){ "" });
}

static void
push_promise(struct view *view, const struct pay *pay)
{
        const struct config *config = pay->req->config;
        const struct pay_row *row = &pay->row;
        int64_t left = config->promises - row->promises;

        view_flag(view, "may_promise", left > 0 && row->class != NULL);
        view_flag(view, "promised", !row->promised_on_null);
        view_text(view, "promised_on", row->promised_on_null ? "" : format_exact_date(pay->req->pool, row->promised_on));
        view_text(view, "first_day", format_rfc3339_date(pay->req->pool, row->today_on));
        view_text(view, "last_day", format_rfc3339_date(pay->req->pool, row->today_on + (int32_t)config->promise_days));
        view_text(view, "last_day_words", format_exact_date(pay->req->pool, row->today_on + (int32_t)config->promise_days));
        view_number(view, "promises_left", left);
}

static const struct param form_params[] = {
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM },
        { .name = "day", .type = PARAM_DATE, .from = FROM_FORM },
        { .name = "question", .type = PARAM_TEXT_LONG, .from = FROM_FORM },
        PARAM_END
};

static void
push_common(struct view *view, const struct pay *pay)
{
        const struct pay_row *row = &pay->row;

        view_locale(view, (struct view_locale){ row->locale, row->zone });
        view_url(view, "base_url", pay->base);
        view_text(view, "title", row->title);
        view_text(view, "order_number", row->order_number);
        view_money(view, "rest", row->rest_minor, row->currency);
        view_money(view, "amount", row->amount_minor, row->currency);
        view_text(view, "name", row->customer_name);
        view_flag(view, "by_link", pay->token != NULL);
}

/* It is paid: what, with what, and that everything is open. */
static enum http_status
show_paid(struct pay *pay)
{
        const struct pay_row *row = &pay->row;
        struct view *view = view_new(pay->req, "portal/pay.paid.html");

        view_text(view, "page_title", is(row->status, "paid") ? "Paid, thank you" : "Nothing to pay");
        push_common(view, pay);
        view_flag(view, "is_paid", is(row->status, "paid"));
        view_text(view, "paid_with", row->paid_kind != NULL
                  ? method_words(pay->req->pool, row->paid_kind, row->paid_brand, row->paid_last_four) : "");
        view_text(view, "paid_at", row->paid_at_null
                  ? "" : format_time(pay->req->pool, row->paid_at, row->zone, session_now(pay->req)));
        view_flag(view, "open", is(row->access_status, "full") || is(row->access_status, "permanent"));
        return view_reply(view, HTTP_OK);
}

/* What a card pays of it now: in steps of the currency, which only a transfer can leave; the rest. */
static void
push_card(struct view *view, struct pay *pay)
{
        const struct pay_row *row = &pay->row;
        struct pool *pool = pay->req->pool;
        int64_t left = row->rest_minor % money_step(row->currency);

        view_flag(view, "by_card", row->rest_minor > left);
        view_flag(view, "card_leaves", left > 0);
        view_text(view, "card_left", format_money(pool, left, row->currency, row->locale));
        view_text(view, "card_part", format_money(pool, row->rest_minor - left, row->currency, row->locale));
        view_text(view, "step", format_money(pool, money_step(row->currency), row->currency, row->locale));
}

static enum http_status
show_open(struct pay *pay, enum http_status status, bool again)
{
        struct request *req = pay->req;
        const struct pay_row *row = &pay->row;
        const char *way = under_way(row), *done = again ? NULL : param_text(req, "done");
        bool days = row->live_status != NULL && is(row->live_status, "processing");     /* a bank debit */
        bool slow = days || (!again && param_int(req, "turn") >= LOOK_AGAIN);
        bool moving = is(way, "moving") || (!again && is_back(pay, way));
        struct view *view = view_new(req, "portal/pay.html");

        push_common(view, pay);
        view_text(view, "page_title",
                  row->class != NULL && row->failures > 0 ? "Your payment did not go through" : "Your payment");
        view_form_empty(view, form_params);
        if (again)
                view_form(view, req);
        push_reason(view, pay);
        push_transfer(view, pay);
        push_promise(view, pay);
        plan_push_steps(view, pay->has_steps ? &pay->steps : NULL);
        view_flag(view, "planned", pay->has_steps);
        order_offer_push(view, req, &pay->offer,
                         pay->token != NULL ? pool_printf(req->pool, "%s/offer", pay->base)
                                            : pool_printf(req->pool, "/orders/%s/offer", pay->number));
        /* Back from a payment that ended without money and is no case. */
        view_flag(view, "fell_through", is(done, "now") && way[0] == '\0' && row->class == NULL);
        view_url(view, "plan_url", pay->token != NULL ? pool_printf(req->pool, "%s/plan", pay->base)
                                                      : pool_printf(req->pool, "/plans/%s", pay->number));
        push_card(view, pay);
        view_text(view, "way", moving ? "moving" : way);
        view_url(view, "live_url", row->live_url);
        view_text(view, "wait_until", is(way, "transfer")
                  ? format_paper_day(req->pool, row->live_at + (instant)req->config->bank_days * 86400 * CLOCK_SECOND, row->zone)
                  : "");
        view_text(view, "until", format_exact_date(req->pool, row->until_on));
        view_text(view, "due_day", format_exact_date(req->pool, row->due_on));
        view_text(view, "done", done);
        view_url(view, "change_url", pool_printf(req->pool, "%s/change",
                 pay->token != NULL ? pay->base : pool_printf(req->pool, "/plans/%s", pay->number)));
        view_text(view, "nonce", has_param(req, "nonce") && param_text(req, "nonce") != NULL ? param_text(req, "nonce")
                                                                                           : token_new(req->pool));
        view_flag(view, "slow", slow);
        view_flag(view, "days", days);
        if (moving && !slow)
                reply_header(req, "Refresh", pool_printf(req->pool, "3; url=%s?done=now&turn=%d", pay->base,
                                                         again ? 1 : (int)param_int(req, "turn") + 1));
        return view_reply(view, status);
}

/* The link is no good any more, or never was. */
static enum http_status
show_over(struct pay *pay)
{
        if (is(pay->row.state, "unknown"))
                return portal_message(pay->req, HTTP_NOT_FOUND, "We do not know this link",
                                      "A part of it may be missing. Open it from the mail once more.", "/payments",
                                      "Log in and see your payments");
        return portal_message(pay->req, HTTP_GONE, "This link is over",
                              "It worked until the amount was paid, or for 30 days. When you log in you see what is due.",
                              "/payments", "Log in and see your payments");
}

enum http_status
pay_show(struct pay *pay, enum http_status status, bool again)
{
        enum db_status rc;

        pay_page_ask(pay->req->db, pay->link, pay->number, pay_seq(pay), &pay->row, &pay->found);
        pay_steps_ask(pay->req->db, pay->link, pay->number, pay_seq(pay), &pay->steps, &pay->has_steps);
        order_offer_ask(pay->req->db, pay->link, pay->number, &pay->offer);
        rc = db_wait(pay->req->db);
        if (rc == DB_OK && !pay->found)
                rc = DB_NO_ROW;
        if (rc == DB_NO_ROW && !pay->req->identity.found && pay->req->method == GET)
                return reply_sign_in(pay->req);
        if (rc != DB_OK)
                return http_from_db(pay->req, rc);
        if (is(pay->row.state, "unknown") || is(pay->row.state, "over"))
                return show_over(pay);
        return is(pay->row.status, "open") ? show_open(pay, status, again) : show_paid(pay);
}

/* --- the pages ---------------------------------------------------------------------- */

/* GET /pay/TOKEN, /payments/NUMBER/SEQ */
static enum http_status
page_show(struct request *req)
{
        struct pay pay = pay_of(req);

        if (text_equal(param_text(req, "done"), "now")) {
                pay_watch_ask(req->db, pay.link, pay.number, pay_seq(&pay), NULL);
                req->wake_worker = true;
        }
        return pay_show(&pay, HTTP_OK, false);
}

/* GET /pay-back: from the gateway's page, which was told no link.  The browser that left for it
 * has the link in a cookie. */
static enum http_status
back_show(struct request *req)
{
        const char *token = request_cookie(req, reply_cookie_name(req->config, COOKIE_PAY));

        if (token != NULL && token_is(token))
                return reply_redirect(req, pool_printf(req->pool, "/pay/%s%s", token,
                                                       param_check(req, "left") ? "" : "?done=now"));
        if (req->token != NULL)
                return reply_redirect(req, "/payment-methods");
        return portal_message(req, HTTP_OK, "Thank you",
                              "If you paid, your receipt is on its way by email. You can close this page.", "/payments",
                              "See your payments");
}

#define DONE_PARAM                                                                                                  \
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },                                                  \
        { .name = "turn", .type = PARAM_INT, .from = FROM_QUERY, .max = 1000 }

static const struct param token_params[] = { PAY_TOKEN_PARAM, DONE_PARAM, PARAM_END };
static const struct param number_params[] = { PAY_NUMBER_PARAM, PAY_SEQ_PARAM, DONE_PARAM, PARAM_END };

static const struct param back_params[] = { { .name = "left", .type = PARAM_CHECK, .from = FROM_QUERY }, PARAM_END };

const struct route pay_routes[] = {
        { GET, "/pay/:token",            OPEN, token_params,  page_show, ROUTE_NO_STORE, NULL },
        { GET, "/payments/:number/:seq", OPEN, number_params, page_show, 0, NULL },
        { GET, "/pay-back",              OPEN, back_params,   back_show, ROUTE_NO_STORE, NULL },
        ROUTE_END
};
