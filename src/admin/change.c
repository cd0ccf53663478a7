/* change: one request about a plan: the customer's words, the schedule as it is and as they would
 * like it, what it does to the money that is expected; and yes, another offer, or no with a reason.
 *
 * Of two who decide at once one wins, and the other is told. */
#include "admin/change.h"

#include <string.h>

#include "admin/desk.h"
#include "admin/forecast.h"
#include "base/money.h"
#include "base/money_format.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/session.h"
#include "queries/plandesk.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

enum { ROWS_MOST = 60 };

#define NUMBER                                                                                     \
        {                                                                                          \
                .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH                    \
        }
static const struct param page_params[] = {
        NUMBER, {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY}, PARAM_END};
static const struct param yes_params[] = {
        NUMBER,
        {.name = "word", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 1800},
        PARAM_END};
static const struct param offer_params[] = {
        NUMBER,
        {.name = "schedule",
         .type = PARAM_LINES,
         .from = FROM_FORM,
         .required = true,
         .max = 4000,
         .missing = "Write the payments that you offer"},
        {.name = "why", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 2000},
        PARAM_END};
static const struct param no_params[] = {NUMBER,
                                         {.name = "reason",
                                          .type = PARAM_TEXT_LONG,
                                          .from = FROM_FORM,
                                          .required = true,
                                          .max = 2000,
                                          .missing = "Say why, in words for the customer"},
                                         PARAM_END};

static const struct desk_answer said[] = {
        {"approved", "success",
         "Approved. The new schedule is in force, and the customer is told by mail."},
        {"countered", "success",
         "Offered. The customer is asked by mail, and everything stays as it is until they agree."},
        {"declined", "success", "Declined. The customer is told by mail, with your reason."},
        {"offered", "success",
         "Offered. The customer is asked by mail, and everything stays as it is until they agree."},
        {"agreed", "success",
         "Agreed on the telephone. The new schedule is in force, and a mail with every amount confirms it."},
        {"again", "info", "The form was sent before; nothing was done twice."},
        {"stale", "warning",
         "The plan has changed since they asked. Offer another schedule, or decline."},
        {"busy", "warning",
         "A payment of this plan is under way. Please try again in a few minutes."},
        {"denied", "warning", "Its rule wants somebody with more rights to decide."},
        {"none", "warning", "They asked in words: offer a schedule, or decline."},
        DESK_ANSWER_END,
};

struct page {
        struct request *req;
        struct change_one_row one;
        struct change_rows_row *rows;
        struct effect_week_row *weeks;
        size_t n_rows, n_weeks;
        const char *what;
};

static void
schedule_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        size_t seen = 0;

        for (size_t j = 0; j < page->n_rows; j++)
                if (text_equal(page->rows[j].what, page->what) && seen++ == i) {
                        view_text(view, "day",
                                  format_exact_date(page->req->pool, page->rows[j].due_on));
                        view_money(view, "amount", page->rows[j].amount_minor,
                                   page->rows[j].currency);
                        return;
                }
}

/* NAME becomes the payments of WHAT; NAME_sum their sum. */
static void
push_schedule(struct view *view, struct page *page, const char *what, const char *name)
{
        int64_t sum = 0;
        size_t n = 0;

        for (size_t i = 0; i < page->n_rows; i++)
                if (text_equal(page->rows[i].what, what)) {
                        sum += page->rows[i].amount_minor;
                        n++;
                }
        page->what = what;
        view_each(view, name, "admin/change.payment.html", n, schedule_row, page);
        view_money(view, pool_printf(page->req->pool, "%s_sum", name), sum, page->one.currency);
}

/* What the offer begins with: one line for each payment, as asked for or as it is. */
static const char *
first_offer(const struct page *page)
{
        struct pool *pool = page->req->pool;
        const char *text = "", *what = "now";
        char plain[32];

        for (size_t i = 0; i < page->n_rows; i++)
                if (text_equal(page->rows[i].what, "wanted") && page->one.current &&
                    page->one.fee_minor == 0)
                        what = "wanted";
        for (size_t i = 0; i < page->n_rows; i++) {
                if (!text_equal(page->rows[i].what, what))
                        continue;
                money_plain(page->rows[i].amount_minor, page->one.currency, plain, sizeof(plain));
                text = pool_printf(pool, "%s%s %s\n", text,
                                   format_rfc3339_date(pool, page->rows[i].due_on), plain);
        }
        return text;
}

/* Who was first, and what they decided: for whoever came second. */
static const char *
who_decided(struct request *req, const struct change_one_row *one)
{
        const char *who = one->decided_by[0] != '\0' ? one->decided_by : "The rule";
        const char *what = text_equal(one->status, "agreed")      ? "agreed to it"
                           : text_equal(one->status, "countered") ? "offered another schedule"
                           : text_equal(one->status, "refused")   ? "declined it"
                                                                  : NULL;

        if (what == NULL || one->decided_at_null)
                return text_equal(one->status, "withdrawn")
                               ? "The customer took it back. Nothing was changed by you."
                               : "It is settled. Nothing was changed by you.";
        return pool_printf(req->pool, "%s %s, %s. Nothing was changed by you.", who, what,
                           format_inside(req->pool, format_time(req->pool, one->decided_at,
                                                                req->config->zone, session_now(req))));
}

static void
push_request(struct view *view, struct page *page, bool again)
{
        const struct change_one_row *one = &page->one;
        bool waits = text_equal(one->status, "with_staff");

        view_row(view, "change", &change_one_row_type, one);
        desk_status(view, "state", "amendment", one->status);
        view_text(view, "wish", words_of("need", one->need));
        view_lines(view, "words", one->words);
        view_text(view, "limit", words_of("limit", one->why));
        view_lines(view, "said_reason", one->reason);
        view_lines(view, "phone_words", one->by_phone);
        view_flag(view, "by_us", text_equal(one->need, "staff"));
        view_text(view, "region",
                  one->rule_region[0] != '\0' ? words_of("region", one->rule_region)
                                              : "All other countries");
        view_time(view, "made", one->made_at);
        /* Of what we offered ourselves nobody waits for our answer, and nothing is settled before theirs. */
        desk_time(view, "answer_by", one->answer_by, one->answer_by_null || text_equal(one->need, "staff"));
        desk_time(view, "decided", one->decided_at,
                  one->decided_at_null || (text_equal(one->need, "staff") && text_equal(one->status, "countered")));
        view_flag(view, "waits", waits);
        view_flag(view, "may", waits && one->may && desk_may(page->req, "plans"));
        view_flag(view, "can_approve", !text_equal(one->need, "other") && one->current);
        view_flag(view, "moved_on", waits && !one->current);
        view_text(view, "role", words_of("role", one->approver));
        view_money(view, "open", one->open_minor, one->currency);
        view_text(view, "fee",
                  one->fee_minor == 0
                          ? ""
                          : format_money(page->req->pool, one->fee_minor, one->currency, NULL));
        if (!again)
                view_text(view, "schedule", first_offer(page));
}

static enum http_status
show(struct request *req, const struct param *again, enum http_status status, const char *answer)
{
        struct page page = {.req = req};
        const char *number = param_text(req, "number");
        struct view *view;
        enum db_status rc;

        change_one_ask(req->db, number, &page.one);
        change_rows_ask(req->db, number, &page.rows, &page.n_rows);
        change_effect_ask(req->db, number, &page.weeks, &page.n_weeks);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/change.html");
        view_text(view, "page_title",
                  pool_printf(req->pool, "Wish for the plan of %s", page.one.buyer));
        view_text(view, "section", "plans");
        view_form_empty(view, yes_params);
        view_form_empty(view, offer_params);
        view_form_empty(view, no_params);
        if (again != NULL)
                view_form(view, req);
        desk_answer(view, "answer", said, answer);
        view_text(view, "decided_before",
                  text_equal(answer, "over") ? who_decided(req, &page.one) : "");
        push_request(view, &page, again == offer_params);
        push_schedule(view, &page, text_equal(page.one.status, "with_staff") ? "now" : "was",
                      "now");
        push_schedule(view, &page, "wanted", "wanted");
        push_schedule(view, &page, "offered", "offered");
        forecast_effect(view, req, page.weeks, page.n_weeks,
                        text_equal(page.one.status, "with_staff") ||
                                text_equal(page.one.status, "countered"));
        return view_reply(view, status);
}

/* GET /plans/requests/:number */
static enum http_status
change_show(struct request *req)
{
        return show(req, NULL, HTTP_OK, param_text(req, "done"));
}

static enum http_status
decide(struct request *req, const char *act, const char *schedule, const char *reason)
{
        struct change_decided_row row;
        enum db_status rc = change_decide(req->db, param_text(req, "number"), act, schedule,
                                          reason != NULL ? reason : "", &row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/plans/requests/%s?done=%s",
                                               param_text(req, "number"), row.answer));
}

/* POST /plans/requests/:number/approvals */
static enum http_status
yes_create(struct request *req)
{
        return params_valid(req) ? decide(req, "approve", NULL, param_text(req, "word"))
                                 : show(req, yes_params, HTTP_UNPROCESSABLE, NULL);
}

/* One line "2027-03-01 33.33": the day after LAST and from TODAY on, an amount above zero.  What is
 * wrong with it, or NULL. */
static const char *
read_line(struct pool *pool, char *line, size_t n, const char *currency, int32_t today,
          int32_t *last, int64_t *minor)
{
        char *amount = strpbrk(line, " \t");
        int32_t day;

        if (amount != NULL)
                *amount++ = '\0';
        if (amount == NULL || !text_is_date(line, &day))
                return pool_printf(
                        pool, "Line %zu: write the day and the amount, such as 2027-03-01 33.00",
                        n);
        if (!money_parse(text_trim(pool, amount), currency, minor) || *minor <= 0)
                return pool_printf(pool, "Line %zu: that is no amount in %s", n, currency);
        if (money_step_fault(pool, *minor, currency) != NULL)
                return pool_printf(pool, "Line %zu: %s", n, money_step_fault(pool, *minor, currency));
        if (day < today)
                return pool_printf(pool, "Line %zu: that day is over", n);
        if (day <= *last)
                return pool_printf(pool, "Line %zu: the days follow one another, no two on one day",
                                   n);
        if (day > today + 3660)
                return pool_printf(pool, "Line %zu: that day is too far away", n);
        *last = day;
        return NULL;
}

/* The offer as the database takes it; NULL with *WRONG. */
static const char *
read_offer(struct request *req, const struct change_one_row *one, const char **wrong)
{
        struct pool *pool = req->pool;
        char *rest = pool_printf(pool, "%s", param_text(req, "schedule")), *line;
        const char *text = "";
        int64_t sum = 0, minor;
        int32_t last = 0;
        size_t n = 0;

        *wrong = NULL;
        while ((line = strsep(&rest, "\n")) != NULL) {
                line = text_trim(pool, line);
                if (line[0] == '\0')
                        continue;
                *wrong = ++n > ROWS_MOST ? "At most 60 payments"
                                         : read_line(pool, line, n, one->currency, one->today_on,
                                                     &last, &minor);
                if (*wrong != NULL)
                        return NULL;
                sum = minor > INT64_MAX / 2 - sum ? INT64_MAX / 2 : sum + minor;
                text = pool_printf(pool, "%s%s{\"on\": \"%s\", \"minor\": %lld}", text,
                                   n > 1 ? ", " : "", format_rfc3339_date(pool, last),
                                   (long long)minor);
        }
        if (sum != one->open_minor)
                *wrong = pool_printf(pool, "The payments come to %s, and %s is open",
                                     format_money(pool, sum, one->currency, NULL),
                                     format_money(pool, one->open_minor, one->currency, NULL));
        return *wrong == NULL ? pool_printf(pool, "[%s]", text) : NULL;
}

/* POST /plans/requests/:number/offers */
static enum http_status
offer_create(struct request *req)
{
        struct change_one_row one;
        const char *schedule, *wrong;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, offer_params, HTTP_UNPROCESSABLE, NULL);
        rc = change_one(req->db, param_text(req, "number"), &one);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!text_equal(one.status, "with_staff"))
                return reply_redirect(req,
                                      pool_printf(req->pool, "/admin/plans/requests/%s?done=over",
                                                  param_text(req, "number")));
        schedule = read_offer(req, &one, &wrong);
        if (wrong != NULL) {
                param_refuse(req, "schedule", wrong);
                return show(req, offer_params, HTTP_UNPROCESSABLE, NULL);
        }
        return decide(req, "counter", schedule, param_text(req, "why"));
}

/* POST /plans/requests/:number/refusals */
static enum http_status
no_create(struct request *req)
{
        return params_valid(req) ? decide(req, "decline", NULL, param_text(req, "reason"))
                                 : show(req, no_params, HTTP_UNPROCESSABLE, NULL);
}

const struct route change_routes[] = {
        {GET, "/plans/requests/:number", STAFF, page_params, change_show, 0, "read"},
        {POST, "/plans/requests/:number/approvals", STAFF, yes_params, yes_create, 0, "plans"},
        {POST, "/plans/requests/:number/offers", STAFF, offer_params, offer_create, 0, "plans"},
        {POST, "/plans/requests/:number/refusals", STAFF, no_params, no_create, 0, "plans"},
        ROUTE_END};
