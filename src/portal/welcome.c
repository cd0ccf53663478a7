/* welcome: where the gateway's hosted page sends the browser back to (S0.1 to S0.3).
 *
 * The page only reads, by the token of the browser that began the checkout; where the
 * payment is not known yet it has the worker ask the gateway and looks again by itself. */
#include <string.h>

#include "portal/order_offer.h"
#include "portal/portal.h"
#include "queries/order.h"
#include "view/method.h"

enum { LOOKS_MAX = 14 };        /* then it says honestly that a mail will follow */

struct welcome {
        struct order_row order;
        struct order_line_row *lines;
        size_t n_lines;
        struct order_payment_row *payments;
        size_t n_payments;
        struct order_attempt_row attempt;
        struct order_agreement_row agreement;   /* what is paid over time has one */
        bool has_attempt, has_agreement;
        struct order_offer offer;
};

/* Each statement sees what was committed when it began.  So the attempt is read first: one
 * that is over by then has an order that is read as paid, and the page never says unpaid of
 * a payment that lands between two of them. */
static void
ask(struct request *req, const char *number, struct welcome *w)
{
        order_attempt_ask(req->db, number, &w->attempt, &w->has_attempt);
        order_by_number_ask(req->db, number, &w->order);
        order_lines_ask(req->db, number, &w->lines, &w->n_lines);
        order_payments_ask(req->db, number, &w->payments, &w->n_payments);
        order_offer_ask(req->db, (struct db_bytes){ NULL, 0 }, number, &w->offer);
        order_agreement_ask(req->db, number, &w->agreement, &w->has_agreement);
}

static void
push_common(struct view *view, struct request *req, struct welcome *w)
{
        const struct order_line_row *line = &w->lines[0];

        view_row(view, "order", &order_row_type, &w->order);
        view_row(view, "line", &order_line_row_type, line);
        view_money(view, "asked", w->has_attempt ? w->attempt.amount_minor : w->order.total_minor, w->order.currency);
        view_url(view, "open_url", pool_printf(req->pool, "/programs/%s?order=%s", line->slug, w->order.number));
        view_url(view, "product_url", pool_printf(req->pool, "/products/%s", line->slug));
}

/* Paid, access open: amount, last four digits, statement text, receipt (S0.3).  Of what is paid over
 * time it is the first amount, and those that follow are no second payment of the order. */
static enum http_status
show_paid(struct request *req, struct welcome *w)
{
        struct view *view = view_new(req, "portal/welcome.html");
        const struct order_payment_row *payment = &w->payments[0];
        bool has_payment = w->n_payments > 0;
        const char *status = w->lines[0].access_status;
        bool waiting = status != NULL && strcmp(status, "waiting") == 0;
        bool open = status != NULL && !waiting && strcmp(status, "ended") != 0;

        view_text(view, "page_title", open ? "You are in" : waiting ? "Thank you" : "Your order");
        push_common(view, req, w);
        view_flag(view, "open", open);
        view_flag(view, "waiting", waiting);
        view_flag(view, "check", waiting && strcmp(w->lines[0].waiting_for, "check") == 0);
        view_flag(view, "opened", !w->order.first_open_at_null);
        view_flag(view, "has_payment", has_payment);
        view_text(view, "paid_with", has_payment ? method_words(req->pool, payment->method_kind, payment->brand,
                                                                payment->last_four) : "");
        view_text(view, "statement_text", has_payment ? payment->statement_text : "");
        view_flag(view, "detailed", has_payment && payment->detailed);
        view_text(view, "receipt_number", has_payment ? payment->receipt_number : "");
        view_money(view, "paid", has_payment ? payment->amount_minor : w->order.total_minor, w->order.currency);
        view_flag(view, "in_parts", w->has_agreement && strcmp(w->agreement.kind, "instalments") == 0);
        view_flag(view, "twice", w->n_payments > 1 && !w->has_agreement);
        if (has_payment && payment->receipt_number == NULL && open)
                reply_header(req, "Refresh", "4");      /* the receipt is being numbered */
        return view_reply(view, HTTP_OK);
}

/* Not known yet: the worker asks the gateway, this page looks again. */
static enum http_status
show_waiting(struct request *req, struct welcome *w)
{
        struct view *view = view_new(req, "portal/welcome.waiting.html");
        int64_t looks = param_int(req, "look");
        bool debit = w->has_attempt && strcmp(w->attempt.status, "processing") == 0;
        bool late = looks >= LOOKS_MAX;
        struct order_watch_row watch;

        if (!debit && !late) {
                if (order_watch(req->db, w->order.id, &watch) == DB_OK && looks == 0)
                        req->wake_worker = true;
                reply_header(req, "Refresh",
                             pool_printf(req->pool, "%d; url=/welcome?order=%s&look=%d", looks < 4 ? 2 : 6,
                                         w->order.number, (int)looks + 1));
        }
        view_text(view, "page_title", debit ? "Your payment is on its way" : late ? "We have no answer yet"
                                                                                 : "One moment");
        push_common(view, req, w);
        view_flag(view, "debit", debit);
        view_flag(view, "late", late);
        return view_reply(view, HTTP_OK);
}

/* Nothing was taken: back to the hosted page, or to the product. */
static enum http_status
show_unpaid(struct request *req, struct welcome *w)
{
        struct view *view = view_new(req, "portal/welcome.unpaid.html");
        bool agreed = w->offer.found && strcmp(w->offer.row.state, "agreed") == 0;

        view_text(view, "page_title", agreed ? "You pay this order over time" : "This order is not paid");
        push_common(view, req, w);
        order_offer_push(view, req, &w->offer, pool_printf(req->pool, "/orders/%s/offer", w->order.number));
        return view_reply(view, HTTP_OK);
}

/* Not this browser's order, or none: the same page (safety rule 11). */
static enum http_status
show_elsewhere(struct request *req)
{
        if (req->identity.found && param_text(req, "order") != NULL)
                return reply_redirect(req, pool_printf(req->pool, "/orders/%s", param_text(req, "order")));
        return portal_message(req, HTTP_NOT_FOUND, "We cannot show this order here",
                              "This page opens in the browser in which the order was begun. We have mailed you a link that "
                              "opens it anywhere. If no mail is there in a few minutes, look in your spam folder or write to us.",
                              "/login", "Log in or get a new link");
}

static enum http_status
welcome_show(struct request *req)
{
        struct welcome w;
        const char *number = param_text(req, "order");
        enum db_status rc;

        if (number == NULL || (req->order_token == NULL && !req->identity.found && req->token == NULL))
                return show_elsewhere(req);
        ask(req, number, &w);
        rc = db_wait(req->db);
        if (rc == DB_NO_ROW)
                return show_elsewhere(req);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!w.order.paid_at_null || w.lines[0].access_status != NULL)
                return show_paid(req, &w);
        if (w.has_attempt && strcmp(w.attempt.kind, "transfer") == 0)
                return reply_redirect(req, pool_printf(req->pool, "/orders/%s/transfer?order=%s", number, number));
        if (w.has_attempt && w.attempt.live && strcmp(w.order.status, "expired") != 0)
                return show_waiting(req, &w);
        return show_unpaid(req, &w);
}

static const struct param welcome_params[] = {
        { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        { .name = "look", .type = PARAM_INT, .from = FROM_QUERY },
        PARAM_END
};

const struct route welcome_routes[] = {
        { GET, "/welcome", OPEN, welcome_params, welcome_show, 0, NULL },
        ROUTE_END
};
