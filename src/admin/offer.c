/* offer: staff make a new schedule for what is open of a plan, without waiting for a request: from an
 * overdue payment, or from a request for the money back (S1.6, S2.2).
 *
 * GET .../offer shows every amount and its effect before anything leaves.  POST .../offers asks the
 * customer, as a counter-offer does; or, agreed on the telephone, holds at once, with the note of
 * what was said and a mail that confirms each amount.  The database counts days and amounts. */
#include "admin/offer.h"

#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "admin/forecast.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/forecast.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

const char *const offer_everys[] = {"week", "fortnight", "month", NULL};
static const char *const every_titles[] = {"Every week", "Every two weeks", "Every month"};
static const char *const hows[] = {"link", "phone", NULL};

#define NUMBER {.name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH}
static const struct param page_params[] = {
        NUMBER, OFFER_SHAPE(FROM_QUERY), {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY}, PARAM_END};
static const struct param send_params[] = {
        NUMBER,
        OFFER_SHAPE(FROM_FORM),
        {.name = "seen", .type = PARAM_INT, .from = FROM_FORM, .required = true, .max = 100000},
        {.name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,
         .missing = "Please open this page anew", .invalid = "Please open this page anew"},
        {.name = "how", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = hows,
         .missing = "Say how the customer agrees", .invalid = "Say how the customer agrees"},
        {.name = "note", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 2000},
        {.name = "word", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 1800},
        PARAM_END};

static const struct desk_answer said[] = {
        {"stale", "warning", "The plan has changed meanwhile. Nothing was sent; this is how it stands now."},
        {"busy", "warning", "A payment of this plan is under way. Please try again in a few minutes."},
        {"denied", "warning", "Its rule wants somebody with more rights to decide. Nothing was sent."},
        {"over", "warning", "Nothing of this plan can be changed any more. Nothing was sent."},
        {"open", "warning", "Something waits for this plan already. Nothing was sent."},
        DESK_ANSWER_END,
};

struct page {
        struct request *req;
        struct offer_look_row look;
        bool found;
        struct offer_shape shape;
        struct offer_row_row *rows;
        struct effect_week_row *weeks;
        size_t n_rows, n_weeks;
};

static const char *
number_of(const struct page *page)
{
        return param_text(page->req, "number");
}

static bool
is_number(const char *text)
{
        return strspn(text, "0123456789") == strlen(text);
}

void
offer_read_shape(struct request *req, int32_t count, int32_t least, int32_t today, struct offer_shape *shape)
{
        const char *first = param_typed(req, "first");

        *shape = (struct offer_shape){ .count = count, .first = today + 7, .today = today };
        shape->every = param_text(req, "every") != NULL ? param_text(req, "every") : "month";
        if (!text_is_empty(param_typed(req, "count"))) {
                shape->count = (int32_t)g_ascii_strtoull(param_typed(req, "count"), NULL, 10);
                if (shape->count < least || shape->count > 60 || !is_number(param_typed(req, "count")))
                        shape->count_wrong = pool_printf(req->pool, "Enter a number of payments from %d to 60", (int)least);
        }
        if (text_is_empty(first))
                return;
        if (!text_is_date(first, &shape->first))
                shape->first_wrong = "There is no such day. Enter one such as 2027-03-31";
        else if (shape->first < today)
                shape->first_wrong = "That day is over. Choose a day from today on";
        else if (shape->first > today + 3660)
                shape->first_wrong = "That day is too far away";
}

bool
offer_shape_fits(const struct offer_shape *shape)
{
        return shape->count_wrong == NULL && shape->first_wrong == NULL;
}

const char *
offer_rows_text(struct pool *pool, const struct offer_row_row *rows, size_t n)
{
        const char *text = "";

        for (size_t i = 0; i < n; i++)
                text = pool_printf(pool, "%s%s{\"on\": \"%s\", \"minor\": %lld}", text, i > 0 ? ", " : "",
                                   format_rfc3339_date(pool, rows[i].due_on), (long long)rows[i].amount_minor);
        return pool_printf(pool, "[%s]", text);
}

/* The payments as the database takes them. */
static const char *
rows_text(const struct page *page)
{
        return offer_rows_text(page->req->pool, page->rows, page->n_rows);
}

/* Whether a schedule can be made at all. */
static bool
can_offer(const struct page *page)
{
        const struct offer_look_row *look = &page->look;

        return text_equal(look->status, "live") && text_equal(look->kind, "instalments") &&
               look->open_minor > 0 && look->waiting == NULL;
}

/* The plan, what was chosen, and what comes of it.  HTTP_OK, or the answer that was made instead. */
static enum http_status
load(struct page *page)
{
        struct offer_shape *shape = &page->shape;
        struct db *db = page->req->db;
        enum db_status rc;

        offer_look_ask(db, number_of(page), &page->look, &page->found);
        rc = db_wait(db);
        if (rc != DB_OK)
                return http_from_db(page->req, rc);
        if (!page->found)
                return reply_error(page->req, HTTP_NOT_FOUND);
        /* As many parts as are open, by the month, from a week ahead: something to begin with. */
        offer_read_shape(page->req, MAX(page->look.open_count, 1), 1, page->look.today_on, shape);
        if (!can_offer(page) || !offer_shape_fits(shape))
                return HTTP_OK;
        rc = offer_rows(db, number_of(page), shape->count, shape->every, shape->first, &page->rows, &page->n_rows);
        if (rc == DB_OK && page->n_rows == 0)
                shape->count_wrong = "There is not that much open: fewer payments";
        else if (rc == DB_OK && page->rows[page->n_rows - 1].due_on > page->look.today_on + 3660)
                shape->count_wrong = "The last payment would be too far away: fewer payments";
        else if (rc == DB_OK)
                rc = offer_effect(db, number_of(page), rows_text(page), &page->weeks, &page->n_weeks);
        return rc == DB_OK ? HTTP_OK : http_from_db(page->req, rc);
}

/* --- the page ---------------------------------------------------------------------- */

struct payments {
        struct request *req;
        const struct offer_row_row *rows;
        const char *currency;
};

static void
payment_row(struct view *view, size_t i, void *data)
{
        const struct payments *all = data;

        view_text(view, "day", format_exact_date(all->req->pool, all->rows[i].due_on));
        view_money(view, "amount", all->rows[i].amount_minor, all->currency);
}

void
offer_push_payments(struct view *view, struct request *req, const struct offer_row_row *rows, size_t n,
                    const char *currency)
{
        struct payments all = { req, rows, currency };

        view_each(view, "payments", "admin/change.payment.html", n, payment_row, &all);
}

static void
every_row(struct view *view, size_t i, void *data)
{
        view_text(view, "value", offer_everys[i]);
        view_text(view, "title", every_titles[i]);
        view_flag(view, "chosen", text_equal(offer_everys[i], ((const struct offer_shape *)data)->every));
}

void
offer_push_shape(struct view *view, struct request *req, struct offer_shape *shape)
{
        view_text(view, "count", shape->count_wrong != NULL && !text_is_empty(param_typed(req, "count"))
                  ? param_typed(req, "count") : pool_printf(req->pool, "%d", (int)shape->count));
        view_text(view, "every", shape->every);
        view_text(view, "first", shape->first_wrong != NULL ? param_typed(req, "first")
                                                            : format_rfc3339_date(req->pool, shape->first));
        view_text(view, "count_error", shape->count_wrong);
        view_text(view, "first_error", shape->first_wrong);
        view_text(view, "first_day", format_rfc3339_date(req->pool, shape->today));
        view_each(view, "everys", "admin/orders.choice.html", G_N_ELEMENTS(every_titles), every_row, shape);
}

static void
push_look(struct view *view, const struct page *page)
{
        const struct offer_look_row *look = &page->look;

        view_row(view, "plan", &offer_look_row_type, look);
        view_money(view, "open", look->open_minor, look->currency);
        view_text(view, "overdue", look->overdue_on_null
                  ? "" : format_money(page->req->pool, look->overdue_minor, look->currency, NULL));
        view_text(view, "overdue_day", look->overdue_on_null
                  ? "" : format_exact_date(page->req->pool, look->overdue_on));
        view_flag(view, "subscription", text_equal(look->kind, "subscription"));
        view_flag(view, "can", can_offer(page));
        view_flag(view, "waits", look->waiting != NULL);
        view_flag(view, "waits_for_us", text_equal(look->waiting_status, "with_staff"));
        view_flag(view, "may", look->may && desk_may(page->req, "plans"));
        view_text(view, "role", words_of("role", look->approver));
        view_text(view, "region", look->rule_region[0] != '\0' ? words_of("region", look->rule_region)
                                                               : "All other countries");
}

static enum http_status
show(struct page *page, enum http_status status, bool again)
{
        struct request *req = page->req;
        struct view *view = view_new(req, "admin/offer.html");

        view_text(view, "page_title", pool_printf(req->pool, "Another schedule for %s", page->look.buyer));
        view_text(view, "section", "plans");
        view_form_empty(view, send_params);
        if (again)
                view_form(view, req);
        push_look(view, page);
        offer_push_shape(view, req, &page->shape);
        view_text(view, "nonce", again ? param_typed(req, "nonce") : token_new(req->pool));
        view_text(view, "how", again ? param_typed(req, "how") : "link");
        desk_answer(view, "answer", said, again ? NULL : param_text(req, "done"));
        offer_push_payments(view, req, page->rows, page->n_rows, page->look.currency);
        forecast_effect(view, req, page->weeks, page->n_weeks, true);
        return view_reply(view, status);
}

/* GET /plans/:number/offer */
static enum http_status
offer_show(struct request *req)
{
        struct page page = {.req = req};
        enum http_status status = load(&page);

        if (status != HTTP_OK)
                return status;
        return show(&page, offer_shape_fits(&page.shape) ? HTTP_OK : HTTP_UNPROCESSABLE, false);
}

/* What is agreed to, in words that are kept. */
static const char *
shown_text(const struct page *page)
{
        struct pool *pool = page->req->pool;
        const char *text = "";

        for (size_t i = 0; i < page->n_rows; i++)
                text = pool_printf(pool, "%s%s: %s\n", text, format_exact_date(pool, page->rows[i].due_on),
                                   format_money(pool, page->rows[i].amount_minor, page->look.currency, NULL));
        return pool_printf(pool, "%sThe change is free of charge.", text);
}

/* POST /plans/:number/offers */
static enum http_status
offer_create(struct request *req)
{
        struct page page = {.req = req};
        struct change_offered_row row;
        enum http_status status = load(&page);
        const char *note = param_text(req, "note"), *word = param_text(req, "word");
        bool phone = text_equal(param_text(req, "how"), "phone");
        enum db_status rc;

        if (status != HTTP_OK)
                return status;
        if (phone && text_is_empty(note) && params_valid(req))
                param_refuse(req, "note", "Note who agreed, and what was said");
        if (!params_valid(req) || !offer_shape_fits(&page.shape))
                return show(&page, HTTP_UNPROCESSABLE, true);
        rc = change_offer(req->db, number_of(&page), param_text(req, "nonce"), (int32_t)param_int(req, "seen"),
                          rows_text(&page), word != NULL ? word : "", phone ? note : "", shown_text(&page), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(req, row.amendment != NULL
                              ? pool_printf(req->pool, "/admin/plans/requests/%s?done=%s", row.amendment, row.answer)
                              : pool_printf(req->pool, "/admin/plans/%s/offer?done=%s", number_of(&page), row.answer));
}

const struct route offer_routes[] = {
        {GET, "/plans/:number/offer", STAFF, page_params, offer_show, 0, "read"},
        {POST, "/plans/:number/offers", STAFF, send_params, offer_create, 0, "plans"},
        ROUTE_END};
