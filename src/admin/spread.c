/* spread: staff offer to pay over time what an unpaid order asks for at once: one that waits for a bank
 * transfer, or whose payment page was left or failed (S1.6, S1.7).
 *
 * GET .../offer shows every amount, what the rule and the law say of it and its effect; POST .../offers
 * asks the customer by a mail.  The order stays as it is until they agree.  The database counts days and
 * amounts. */
#include "admin/spread.h"

#include <inttypes.h>

#include "admin/desk.h"
#include "admin/forecast.h"
#include "admin/offer.h"
#include "base/money.h"
#include "base/money_format.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/spread.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

#define NUMBER { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH }
#define DEPOSIT(where) { .name = "deposit", .type = PARAM_TEXT, .from = where, .max = 20 }

static const struct param page_params[] = { NUMBER, OFFER_SHAPE(FROM_QUERY), DEPOSIT(FROM_QUERY), PARAM_END };
static const struct param send_params[] = {
        NUMBER, OFFER_SHAPE(FROM_FORM), DEPOSIT(FROM_FORM),
        { .name = "seen", .type = PARAM_ID, .from = FROM_FORM, .required = true },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,
          .missing = "Please open this page anew", .invalid = "Please open this page anew" },
        { .name = "word", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 1800 },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "open", "warning", "Somebody was faster: an offer is with the customer. Nothing was sent." },
        { "planned", "warning", "They have agreed to pay over time meanwhile. Nothing was sent." },
        { "busy", "warning", "A payment of this order is under way. Please try again in a few minutes." },
        { "paid", "warning", "It was paid meanwhile. Nothing was sent." },
        { "over", "warning", "Its time is over. Nothing was sent." },
        { "stale", "warning", "A part of it came meanwhile. Nothing was sent; this is what is open now." },
        { "denied", "warning", "It is outside of the rule, which wants somebody with more rights to decide. Nothing was sent." },
        DESK_ANSWER_END,
};

struct page {
        struct request *req;
        struct spread_look_row look;
        bool found;
        struct offer_shape shape;
        int64_t deposit_minor;                  /* 0: all payments alike */
        const char *deposit_wrong;
        struct offer_row_row *rows;
        struct spread_limit_row limit;
        struct spread_break_row *breaks;
        struct effect_week_row *weeks;
        size_t n_rows, n_breaks, n_weeks;
};

static const char *
number_of(const struct page *page)
{
        return param_text(page->req, "number");
}

static bool
fits(const struct page *page)
{
        return offer_shape_fits(&page->shape) && page->deposit_wrong == NULL;
}

/* Within the rule everybody who makes plans may; outside of it whoever the rule names. */
static bool
may(const struct page *page)
{
        return desk_may(page->req, "plans") && (page->look.may || text_is_empty(page->limit.why));
}

static void
read_deposit(struct page *page)
{
        const char *typed = param_typed(page->req, "deposit"), *currency = page->look.currency;
        int64_t minor = 0;

        if (text_is_empty(typed))
                return;
        if (!money_parse(typed, currency, &minor) || minor <= 0)
                page->deposit_wrong = pool_printf(page->req->pool, "Enter an amount in %s, such as %s", currency,
                                                  money_exponent(currency) == 0 ? "2000" : "20.00");
        else if (money_step_fault(page->req->pool, minor, currency) != NULL)
                page->deposit_wrong = money_step_fault(page->req->pool, minor, currency);
        else if (minor >= page->look.rest_minor)
                page->deposit_wrong = "That is not less than what is open";
        page->deposit_minor = page->deposit_wrong == NULL ? minor : 0;
}

/* Every amount, and what rule, law and forecast say of it. */
static enum db_status
read_rows(struct page *page)
{
        struct db *db = page->req->db;
        struct offer_shape *shape = &page->shape;
        const char *rows;
        enum db_status rc = spread_rows(db, number_of(page), shape->count, shape->every, shape->first,
                                        page->deposit_minor, &page->rows, &page->n_rows);

        if (rc != DB_OK)
                return rc;
        if (page->n_rows == 0)
                shape->count_wrong = "There is not that much open: fewer payments";
        else if (shape->first > shape->today + 366)
                shape->first_wrong = "That day is too far away";
        else if (page->rows[page->n_rows - 1].due_on > shape->today + 3660)
                shape->count_wrong = "The last payment would be too far away: fewer payments";
        if (!offer_shape_fits(shape))
                return DB_OK;
        rows = offer_rows_text(page->req->pool, page->rows, page->n_rows);
        spread_limit_ask(db, number_of(page), rows, &page->limit);
        spread_breaks_ask(db, number_of(page), rows, &page->breaks, &page->n_breaks);
        spread_effect_ask(db, page->look.currency, rows, &page->weeks, &page->n_weeks);
        return db_wait(db);
}

/* The order, what was chosen, and what comes of it.  HTTP_OK, or the answer that was made instead. */
static enum http_status
load(struct page *page)
{
        struct db *db = page->req->db;
        enum db_status rc;

        spread_look_ask(db, number_of(page), &page->look, &page->found);
        rc = db_wait(db);
        if (rc != DB_OK)
                return http_from_db(page->req, rc);
        if (!page->found)
                return reply_error(page->req, HTTP_NOT_FOUND);
        offer_read_shape(page->req, 3, 2, page->look.today_on, &page->shape);
        read_deposit(page);
        if (text_equal(page->look.state, "can") && fits(page))
                rc = read_rows(page);
        return rc == DB_OK ? HTTP_OK : http_from_db(page->req, rc);
}

/* --- the page ---------------------------------------------------------------------- */

static void
break_row(struct view *view, size_t i, void *data)
{
        view_text(view, "sentence", ((const struct page *)data)->breaks[i].sentence);
}

static void
push_look(struct view *view, const struct page *page)
{
        const struct spread_look_row *look = &page->look;
        struct pool *pool = page->req->pool;

        view_row(view, "order", &spread_look_row_type, look);
        view_text(view, "state", look->state);
        view_flag(view, "can", text_equal(look->state, "can"));
        view_flag(view, "part", look->paid_minor > 0);
        view_text(view, "seen", pool_printf(pool, "%" PRId64, look->rest_minor));
        view_text(view, "due_day", look->due_on_null ? "" : format_exact_date(pool, look->due_on));
        view_flag(view, "may", may(page));
        view_text(view, "limit", words_of("limit", page->limit.why));
        view_text(view, "role", words_of("role", look->approver));
        view_text(view, "region", look->rule_region[0] != '\0' ? words_of("region", look->rule_region)
                                                               : "All other countries");
        view_text(view, "smallest", look->smallest_minor == 0
                  ? "" : format_money(pool, look->smallest_minor, look->currency, NULL));
}

static enum http_status
show(struct page *page, enum http_status status, bool again, const char *answer)
{
        struct request *req = page->req;
        struct view *view = view_new(req, "admin/spread.html");

        view_text(view, "page_title", pool_printf(req->pool, "Pay over time: %s", page->look.buyer));
        view_text(view, "section", "plans");
        view_form_empty(view, send_params);
        if (again)
                view_form(view, req);
        push_look(view, page);
        offer_push_shape(view, req, &page->shape);
        view_text(view, "deposit", param_typed(req, "deposit"));
        view_text(view, "deposit_error", page->deposit_wrong);
        /* What was typed is not lost where there is no form for it any more. */
        view_lines(view, "typed_word", again && !(page->n_rows > 0 && fits(page) && may(page)) ? param_typed(req, "word") : "");
        view_text(view, "nonce", again ? param_typed(req, "nonce") : token_new(req->pool));
        desk_answer(view, "answer", said, answer);
        offer_push_payments(view, req, page->rows, fits(page) ? page->n_rows : 0, page->look.currency);
        view_each(view, "breaks", "admin/spread.break.html", page->n_breaks, break_row, page);
        forecast_effect(view, req, page->weeks, page->n_weeks, true);
        return view_reply(view, status);
}

/* GET /orders/:number/offer */
static enum http_status
spread_show(struct request *req)
{
        struct page page = { .req = req };
        enum http_status status = load(&page);

        if (status != HTTP_OK)
                return status;
        return show(&page, fits(&page) ? HTTP_OK : HTTP_UNPROCESSABLE, false, NULL);
}

/* It was refused: how the order stands now, with what was typed. */
static enum http_status
refused(struct request *req, const char *answer)
{
        struct page page = { .req = req };
        enum http_status status = load(&page);

        return status != HTTP_OK ? status : show(&page, HTTP_CONFLICT, true, answer);
}

/* POST /orders/:number/offers */
static enum http_status
spread_create(struct request *req)
{
        struct page page = { .req = req };
        const char *word = param_text(req, "word");
        struct spread_made_row row;
        enum http_status status = load(&page);
        enum db_status rc;

        if (status != HTTP_OK)
                return status;
        if (!params_valid(req) || !fits(&page))
                return show(&page, HTTP_UNPROCESSABLE, true, NULL);
        rc = spread_make(req->db, number_of(&page), param_text(req, "nonce"), param_int(req, "seen"), page.shape.count,
                         page.shape.every, page.shape.first, page.deposit_minor, word != NULL ? word : "", &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (!text_equal(row.answer, "offered") && !text_equal(row.answer, "again"))
                return refused(req, row.answer);
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/plans/requests/%s?done=%s", row.amendment, row.answer));
}

const struct route spread_routes[] = {
        { GET, "/orders/:number/offer", STAFF, page_params, spread_show, 0, "read" },
        { POST, "/orders/:number/offers", STAFF, send_params, spread_create, 0, "plans" },
        ROUTE_END
};
