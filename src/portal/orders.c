/* orders: what was bought, with its papers (S0.3, S2.1). */
#include <string.h>

#include "base/text.h"
#include "portal/order_offer.h"
#include "portal/portal.h"
#include "portal/shop.h"
#include "queries/order.h"
#include "queries/transfer.h"
#include "queries/withdraw.h"
#include "view/follow.h"
#include "view/format.h"
#include "view/method.h"
#include "view/words.h"

static void
push_status(struct view *view, const char *machine, const char *status)
{
        struct words words = words_status(machine, status);

        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
}

struct order_items {
        struct pool *pool;
        struct order_item_row *rows;
        size_t n;
};

static void
push_order(struct view *view, size_t i, void *data)
{
        const struct order_items *items = data;
        const struct order_item_row *row = &items->rows[i];

        view_row(view, "", &order_item_row_type, row);
        push_status(view, "order", row->status);
        view_url(view, "order_url", pool_printf(items->pool, "/orders/%s", row->number));
}

static enum http_status
order_list(struct request *req)
{
        struct order_items items = { .pool = req->pool };
        struct view *view;
        enum db_status rc;

        orders_mine_ask(req->db, &items.rows, &items.n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/orders.html");
        view_text(view, "page_title", "Your orders");
        view_each(view, "orders", "portal/orders.row.html", items.n, push_order, &items);
        return view_reply(view, HTTP_OK);
}

struct order_page {
        struct pool *pool;
        const char *via;
        struct order_row order;
        struct order_line_row *lines;
        struct order_payment_row *payments;
        struct order_paper_row *papers;
        struct transfer_row transfer;
        struct plan_due_row *dues;
        struct order_agreement_row agreement;
        struct withdrawal_page_row back;
        struct withdrawal_mine_row *backs;
        struct order_offer offer;
        bool has_transfer, has_agreement;
        size_t n_dues, n_lines, n_payments, n_papers, n_backs;
};

static void
push_order_line(struct view *view, size_t i, void *data)
{
        const struct order_page *page = data;
        const struct order_line_row *line = &page->lines[i];
        const char *status = line->access_status != NULL ? line->access_status : "";
        bool open = strcmp(status, "") != 0 && strcmp(status, "waiting") != 0 && strcmp(status, "ended") != 0;

        view_row(view, "", &order_line_row_type, line);
        push_status(view, "access", status);
        view_flag(view, "has_access", status[0] != '\0');
        view_flag(view, "open", open);
        view_flag(view, "partly", line->refunded_minor > 0);
        view_text(view, "why", strcmp(status, "waiting") == 0 ? words_of("waiting_for", line->waiting_for)
                                                                : words_of("end_reason", line->end_reason));
        view_flag(view, "waiting", strcmp(status, "waiting") == 0 && !line->expected_on_null);
        view_url(view, "open_url", pool_printf(page->pool, "/programs/%s%s", line->slug, page->via));
}

static void
push_payment(struct view *view, size_t i, void *data)
{
        const struct order_page *page = data;
        const struct order_payment_row *payment = &page->payments[i];

        view_row(view, "", &order_payment_row_type, payment);
        view_text(view, "paid_with", method_words(page->pool, payment->method_kind, payment->brand, payment->last_four));
        view_flag(view, "some_back", payment->refunded_minor > 0);
}

static void
push_paper(struct view *view, size_t i, void *data)
{
        const struct order_page *page = data;
        const struct order_paper_row *paper = &page->papers[i];

        view_row(view, "", &order_paper_row_type, paper);
        view_flag(view, "credit_note", strcmp(paper->kind, "credit_note") == 0);
        view_url(view, "paper_url", pool_printf(page->pool, "/orders/%s/papers/%s%s", page->order.number, paper->number,
                                                page->via));
}

/* Not open yet because the money is on its way: why, and when (S0.8). */
static void
push_transfer(struct view *view, const struct order_page *page)
{
        bool waits = page->has_transfer && strcmp(page->order.status, "open") == 0;

        view_flag(view, "transfer", waits);
        view_date(view, "transfer_expected_on", waits ? page->transfer.expected_on : 0);
        view_url(view, "transfer_url",
                 waits ? pool_printf(page->pool, "/orders/%s/transfer%s", page->order.number, page->via) : "");
}

static void
push_due(struct view *view, size_t i, void *data)
{
        const struct order_page *page = data;
        const struct plan_due_row *due = &page->dues[i];

        view_row(view, "", &plan_due_row_type, due);
        push_status(view, "due", due->status);
}

/* What is paid over time: its dues, and the way out of a subscription. */
static void
push_agreement(struct view *view, struct order_page *page)
{
        const struct order_agreement_row *g = &page->agreement;
        bool has = page->has_agreement, live = has && strcmp(g->status, "live") == 0;
        bool subscription = has && strcmp(g->kind, "subscription") == 0;

        view_flag(view, "planned", has);
        view_flag(view, "subscription", subscription);
        view_text(view, "every", has ? g->every : "");
        view_flag(view, "begins", has && strcmp(g->status, "agreed") == 0);
        view_url(view, "agreement_url", pool_printf(page->pool, "/plans/%s/agreement", page->order.number));
        view_flag(view, "can_cancel", subscription && live && !g->cancelled);
        view_flag(view, "cancelled", has && g->cancelled);
        view_money(view, "plan_amount", has ? g->amount_minor : 0, has ? g->currency : "EUR");
        view_flag(view, "plan_less", has && g->next_minor < g->amount_minor);
        view_money(view, "plan_next", has ? g->next_minor : 0, has ? g->currency : "EUR");
        view_date(view, "until_on", has && !g->until_on_null ? g->until_on : 0);
        view_url(view, "cancel_url", pool_printf(page->pool, "/orders/%s/cancel", page->order.number));
        view_each(view, "dues", "portal/order.due.html", page->n_dues, push_due, page);
}

static void
push_back(struct view *view, size_t i, void *data)
{
        const struct order_page *page = data;
        const struct withdrawal_mine_row *row = &page->backs[i];
        bool paid = strcmp(row->refund, "succeeded") == 0;
        struct follow follow = { .status = row->status, .why = row->why, .amount_minor = row->amount_minor,
                                 .currency = row->currency, .answer_on = row->answer_on, .pay_on = row->pay_on };

        view_row(view, "", &withdrawal_mine_row_type, row);
        push_status(view, "withdrawal", paid ? "paid_back" : row->status);
        view_flag(view, "request", strcmp(row->kind, "request") == 0);
        view_flag(view, "is_over", strcmp(row->status, "declined") == 0);
        view_text(view, "follows", paid
                  ? "The money went back the way you paid. The email about it has the credit note."
                  : follow_text(page->pool, &follow));
}

/* The way out of the contract, and what became of it: for whoever bought it.  The browser that began
 * the checkout finds the form that wants no login. */
static void
push_way_back(struct view *view, struct request *req, struct order_page *page)
{
        const struct withdrawal_page_row *back = &page->back;
        bool mine = strcmp(back->state, "ready") == 0 && strcmp(page->order.status, "refunded") != 0;
        bool unsure = page->via[0] != '\0' && !page->order.paid_at_null;
        bool law = mine && (strcmp(back->basis, "law") == 0 || strcmp(back->basis, "promise") == 0);
        bool asked = mine && page->n_backs > 0 && strcmp(page->backs[0].status, "declined") != 0;
        bool over = asked && strcmp(page->backs[0].status, "with_staff") != 0;

        view_flag(view, "may_go_back", mine || unsure || page->n_backs > 0);
        view_flag(view, "can_ask", (mine || unsure) && !over);
        view_flag(view, "by_right", law && !asked);
        view_flag(view, "guarantee", mine && !asked && strcmp(back->basis, "guarantee") == 0);
        view_flag(view, "goes_back", mine && back->left_minor > 0);
        view_money(view, "left", mine ? back->left_minor : 0, mine ? back->currency : "EUR");
        view_date(view, "back_until_on", mine && !back->until_on_null ? back->until_on : 0);
        view_url(view, "withdraw_url", mine ? pool_printf(req->pool, "/orders/%s/withdraw", page->order.number)
                                            : pool_printf(req->pool, "/withdraw?for=%s", page->order.number));
        view_url(view, "refund_url", mine ? pool_printf(req->pool, "/orders/%s/refund", page->order.number) : "");
        view_each(view, "backs", "portal/order.back.html", page->n_backs, push_back, page);
}

static enum http_status
order_show(struct request *req)
{
        const char *number = param_text(req, "number");
        struct order_page page = { .pool = req->pool };
        struct view *view;
        enum db_status rc;
        double seconds;

        order_by_number_ask(req->db, number, &page.order);
        order_lines_ask(req->db, number, &page.lines, &page.n_lines);
        order_payments_ask(req->db, number, &page.payments, &page.n_payments);
        order_papers_ask(req->db, number, &page.papers, &page.n_papers);
        transfer_page_ask(req->db, number, &page.transfer, &page.has_transfer);
        order_plan_dues_ask(req->db, number, &page.dues, &page.n_dues);
        order_agreement_ask(req->db, number, &page.agreement, &page.has_agreement);
        withdrawal_page_ask(req->db, number, (struct db_bytes){ NULL, 0 }, &page.back);
        withdrawals_mine_ask(req->db, number, &page.backs, &page.n_backs);
        order_offer_ask(req->db, (struct db_bytes){ NULL, 0 }, number, &page.offer);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        page.via = portal_via(req);
        seconds = page.order.paid_at_null ? 0 : (double)(page.order.granted_at - page.order.paid_at) / CLOCK_SECOND;
        view = view_new(req, "portal/order.html");
        view_text(view, "page_title", pool_printf(req->pool, "Order %s", number));
        view_row(view, "order", &order_row_type, &page.order);
        push_status(view, "order", page.order.status);
        view_flag(view, "paid", !page.order.paid_at_null);
        view_url(view, "people_url", pool_printf(req->pool, "/orders/%s/people%s", number, page.via));
        view_flag(view, "opened", !page.order.first_open_at_null);
        push_transfer(view, &page);
        push_agreement(view, &page);
        order_offer_push(view, req, &page.offer, pool_printf(req->pool, "/orders/%s/offer", number));
        push_way_back(view, req, &page);
        view_flag(view, "just_asked", text_equal(param_text(req, "notice"), "asked"));
        view_flag(view, "just_cancelled", text_equal(param_text(req, "notice"), "cancelled"));
        view_text(view, "seconds", format_seconds(req->pool, seconds < 0 ? 0 : seconds));
        view_each(view, "lines", "portal/order.line.html", page.n_lines, push_order_line, &page);
        view_each(view, "payments", "portal/order.payment.html", page.n_payments, push_payment, &page);
        view_each(view, "papers", "portal/order.paper.html", page.n_papers, push_paper, &page);
        return view_reply(view, HTTP_OK);
}

/* The end of a subscription; what is paid stays open until its period ends. */
static enum http_status
order_cancel(struct request *req)
{
        const char *number = param_text(req, "number");
        struct agreement_cancel_row row;
        enum db_status rc = agreement_cancel(req->db, number, &row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "unknown") == 0)
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/orders/%s?notice=cancelled", number));
}

/* A receipt or credit note, as it was mailed. */
static enum http_status
paper_show(struct request *req)
{
        const char *paper = param_text(req, "paper");
        struct order_paper_file_row file;
        enum db_status rc;

        order_paper_file_ask(req->db, param_text(req, "number"), paper, &file);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        reply_header(req, "Content-Disposition", pool_printf(req->pool, "inline; filename=\"%s.pdf\"", paper));
        return reply_body(req, HTTP_OK, "application/pdf", file.pdf.data, file.pdf.len);
}

static const struct param order_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY },
        PARAM_END
};

static const struct param paper_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        { .name = "paper", .type = PARAM_TEXT, .from = FROM_PATH, .max = 40 },
        { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        PARAM_END
};

const struct route order_routes[] = {
        { GET, "/orders",                        SIGNED_IN, NULL, order_list, 0, NULL },
        { GET, "/orders/:number",                OPEN, order_params, order_show, 0, NULL },
        { GET, "/orders/:number/papers/:paper",  OPEN, paper_params, paper_show, 0, NULL },
        { POST, "/orders/:number/cancel",        SIGNED_IN, order_params, order_cancel, 0, NULL },
        ROUTE_END
};
