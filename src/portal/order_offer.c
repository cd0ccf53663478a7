/* order_offer: what staff offered for an order that nobody could pay at once: every payment and the
 * terms, and the answer (S1.6).  Opened by the link of its mail, or by login.
 *
 * A payment page that is still open at the gateway is for the whole amount: it is called off there
 * before the customer's yes is taken. */
#include "portal/order_offer.h"

#include "base/text.h"
#include "http/session.h"
#include "portal/pay.h"
#include "portal/plan.h"
#include "view/format.h"

struct page {
        struct request *req;
        const char *token, *number;     /* by link, or by login */
        struct db_bytes link;
        const char *url, *pay_url;
        struct order_offer offer;
};

/* --- on other pages ------------------------------------------------------------------ */

void
order_offer_ask(struct db *db, struct db_bytes link, const char *number, struct order_offer *offer)
{
        order_offer_look_ask(db, link, number, &offer->row, &offer->found);
        order_offer_parts_ask(db, link, number, &offer->parts, &offer->n_parts);
}

static void
push_part(struct view *view, size_t i, void *data)
{
        const struct order_offer_part_row *row = &((const struct order_offer_part_row *)((void **)data)[1])[i];

        view_text(view, "day", format_exact_date(((struct request *)((void **)data)[0])->pool, row->due_on));
        view_money(view, "amount", row->amount_minor, row->currency);
}

void
order_offer_push(struct view *view, struct request *req, const struct order_offer *offer, const char *url)
{
        bool offered = offer->found && text_equal(offer->row.state, "offered");
        bool agreed = offer->found && text_equal(offer->row.state, "agreed");

        view_flag(view, "offered", offered);
        view_flag(view, "agreed", agreed);
        view_url(view, "offer_url", url);
        view_url(view, "first_url", offer->found ? pool_printf(req->pool, "/payments/%s/1", offer->row.order_number) : "");
        view_each(view, "parts", "portal/plan.payment.html", offered || agreed ? offer->n_parts : 0, push_part,
                  (void *[]){ req, offer->parts });
}

/* --- its page ------------------------------------------------------------------------ */

static struct page
page_of(struct request *req)
{
        struct page page = { .req = req };
        struct pool *pool = req->pool;

        if (text_starts(req->route->path, "/pay/")) {
                page.token = param_text(req, "token");
                page.link = session_hash(pool, page.token);
                page.pay_url = pool_printf(pool, "/pay/%s", page.token);
                page.url = pool_printf(pool, "%s/offer", page.pay_url);
        } else {
                page.number = param_text(req, "number");
                page.pay_url = pool_printf(pool, "/payments/%s/1", page.number);
                page.url = pool_printf(pool, "/orders/%s/offer", page.number);
        }
        return page;
}

/* HTTP_OK, or the answer that was made instead. */
static enum http_status
load(struct page *page)
{
        struct request *req = page->req;
        enum db_status rc;

        order_offer_ask(req->db, page->link, page->number, &page->offer);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!page->offer.found && page->token != NULL)
                return portal_message(req, HTTP_GONE, "This link is over",
                                      "It worked until the amount was settled, or for 30 days. "
                                      "When you log in you see your orders.",
                                      "/orders", "Log in and see your orders");
        return page->offer.found ? HTTP_OK : reply_error(req, HTTP_NOT_FOUND);
}

/* GET .../offer */
static enum http_status
offer_show(struct request *req)
{
        struct page page = page_of(req);
        enum http_status status = load(&page);
        const struct order_offer_row *row = &page.offer.row;
        struct view *view;

        if (status != HTTP_OK)
                return status;
        view = view_new(req, "portal/order.offer.html");
        view_locale(view, (struct view_locale){ row->locale, row->zone });
        view_text(view, "page_title", text_equal(row->state, "offered") ? "Pay over time" : "Your order");
        view_row(view, "order", &order_offer_row_type, row);
        view_text(view, "state", row->state);
        view_flag(view, "part", row->paid_minor > 0);
        view_text(view, "done", param_text(req, "done"));
        view_flag(view, "by_link", page.token != NULL);
        view_lines(view, "word", row->reason);
        view_text(view, "first_day", row->first_on_null ? "" : format_exact_date(req->pool, row->first_on));
        view_text(view, "anew_by", row->anew_by_null ? "" : format_exact(req->pool, row->anew_by, row->zone));
        view_flag(view, "anew_late", !row->anew_by_null && row->anew_by < session_now(req));
        view_url(view, "pay_url", page.pay_url);
        view_url(view, "order_url", pool_printf(req->pool, "/orders/%s", row->order_number));
        order_offer_push(view, req, &page.offer, page.url);
        return view_reply(view, HTTP_OK);
}

/* The payment page of the whole amount, which is open at the gateway, is called off.  False: it was not. */
static bool
close_page(struct page *page)
{
        static const int32_t first = 1;
        struct request *req = page->req;
        const int32_t *seq = page->token != NULL ? NULL : &first;
        struct pay_open_row open;
        bool found;

        if (pay_open(req->db, page->link, page->number, seq, &open, &found) != DB_OK || db_commit(req->db) != DB_OK)
                return false;
        if (found && pay_call_off(req, &open) != STRIPE_OK) {
                db_begin(req->db);
                return false;
        }
        db_begin(req->db);
        if (found)
                pay_called_off_ask(req->db, page->link, page->number, seq, open.key, NULL);
        return db_wait(req->db) == DB_OK;
}

static enum db_status
answer_once(const struct page *page, struct order_offer_answer_row *answer)
{
        struct request *req = page->req;

        return order_offer_answer(req->db, page->link, page->number, param_text(req, "offer"), param_text(req, "act"),
                                  plan_personal(req), answer);
}

/* POST .../offer */
static enum http_status
answer_create(struct request *req)
{
        struct page page = page_of(req);
        struct order_offer_answer_row answer = { 0 };
        enum http_status status = load(&page);
        const char *act = param_text(req, "act"), *result;
        enum db_status rc;

        if (status != HTTP_OK)
                return status;
        if (!params_valid(req))
                return reply_redirect(req, pool_printf(req->pool, "%s?done=over", page.url));
        rc = answer_once(&page, &answer);
        if (rc == DB_OK && text_equal(answer.result, "page") && close_page(&page))
                rc = answer_once(&page, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        /* A link that was good when the page was opened: it is paid meanwhile. */
        if (text_equal(answer.result, "unknown") && page.token == NULL)
                return reply_error(req, HTTP_NOT_FOUND);
        result = text_equal(answer.result, "page") ? "busy" : text_equal(answer.result, "unknown") ? "over" : answer.result;
        req->wake_worker = true;
        if (text_equal(act, "agree") && (text_equal(result, "agreed") || text_equal(result, "same")))
                return reply_redirect(req, pool_printf(req->pool, "%s?done=agreed", page.pay_url));
        return reply_redirect(req, pool_printf(req->pool, "%s?done=%s", page.url,
                                               text_equal(result, "same") ? "withdrawn" : result));
}

static const char *const acts[] = { "agree", "withdraw", NULL };
#define DONE { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY }
#define ANSWER                                                                                                       \
        { .name = "offer", .type = PARAM_ORDER_NUMBER, .from = FROM_FORM, .required = true },                        \
        { .name = "act", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = acts, .required = true }

static const struct param own_params[] = { PLAN_NUMBER_PARAM, DONE, PARAM_END };
static const struct param link_params[] = { PLAN_TOKEN_PARAM, DONE, PARAM_END };
static const struct param own_answer[] = { PLAN_NUMBER_PARAM, ANSWER, PARAM_END };
static const struct param link_answer[] = { PLAN_TOKEN_PARAM, ANSWER, PARAM_END };

const struct route order_offer_routes[] = {
        { GET,  "/orders/:number/offer",  SIGNED_IN, own_params,  offer_show, 0, NULL },
        { POST, "/orders/:number/offer",  SIGNED_IN, own_answer,  answer_create, ROUTE_MAILS | ROUTE_GATEWAY, NULL },
        { GET,  "/pay/:token/offer",      OPEN,      link_params, offer_show, ROUTE_NO_STORE, NULL },
        { POST, "/pay/:token/offer",      OPEN,      link_answer, answer_create,
          ROUTE_NO_STORE | ROUTE_MAILS | ROUTE_GATEWAY, NULL },
        ROUTE_END
};
