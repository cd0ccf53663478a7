/* causes: why payments failed: by frequency and by money, week by week, what customers said to it,
 * which causes to remove next, and what was changed (S1.12, S1.13).  Cases count by the time at
 * which they began, in the shop's days; each figure leads to its cases. */
#include "admin/causes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "admin/marker.h"
#include "base/text.h"
#include "http/reply.h"
#include "view/chart.h"
#include "view/format.h"

/* A week is judged once all its cases are 14 days old. */
enum { WEEKS = 26, SETTLED_DAYS = 20, DEFAULT_DAYS = 90, REMOVE_MOST = 5, MONEY_MOST = 6, MARKERS_MOST = 50 };

static const char *const sorts[] = {"number", "money", NULL};
static const struct param causes_params[] = {
        {.name = "from", .type = PARAM_DATE, .from = FROM_QUERY},
        {.name = "to", .type = PARAM_DATE, .from = FROM_QUERY},
        {.name = "by", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = sorts},
        {.name = "cause", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40},
        {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY},
        PARAM_END};

/* One cause, in all its currencies. */
struct group {
        const char *cause, *title, *money;
        int64_t n, recovered, amount; /* AMOUNT in the shop's first currency */
        const struct causes_rating_row *rating;
};

struct report {
        struct request *req;
        int32_t from, to, today, monday, month_from, month_to; /* days since 1970-01-01 */
        const char *cause, *currency;
        bool by_money;
        struct causes_sum_row *sums, *month;
        struct causes_rating_row *ratings;
        struct causes_word_row *words;
        struct causes_week_row *weeks;
        struct marker_row *markers;
        struct care_cause_row *causes;
        size_t n_sums, n_month, n_ratings, n_words, n_weeks, n_markers, n_causes;
};

/* --- asking ---------------------------------------------------------------------- */

/* The form for a change has none of the filters: its page shows what stands there without them. */
static void
read_filters(struct report *report)
{
        struct request *req = report->req;
        bool filters = req->method != POST;

        report->cause = filters && param_text(req, "cause") != NULL ? param_text(req, "cause") : "";
        report->by_money = filters && text_equal(param_text(req, "by"), "money");
        report->to = filters && param_text(req, "to") != NULL ? (int32_t)param_int(req, "to")
                                                              : report->today;
        report->from = filters && param_text(req, "from") != NULL ? (int32_t)param_int(req, "from")
                                                                  : report->to - DEFAULT_DAYS + 1;
}

static void
read_days(struct report *report)
{
        struct request *req = report->req;
        GDate date;

        report->today = (int32_t)desk_day(req->config->zone, req->identity.now_at);
        read_filters(report);
        /* 1970-01-01 was a Thursday. */
        report->monday = report->today - (report->today + 3) % 7;
        g_date_clear(&date, 1);
        g_date_set_julian(&date, (guint32)(report->today + 719163));
        report->month_to = report->today - (int32_t)g_date_get_day(&date);
        g_date_set_julian(&date, (guint32)(report->month_to + 719163));
        report->month_from = report->month_to - (int32_t)g_date_get_day(&date) + 1;
}

static enum db_status
ask(struct report *report)
{
        struct db *db = report->req->db;
        const char *zone = report->req->config->zone;
        instant since, until;
        enum db_status rc;

        rc = db_wait(db); /* who is here, and with them the product's time */
        if (rc != DB_OK)
                return rc;
        read_days(report);
        since = desk_midnight(zone, report->from);
        until = desk_midnight(zone, report->to + 1);
        causes_sums_ask(db, since, until, &report->sums, &report->n_sums);
        causes_ratings_ask(db, since, until, &report->ratings, &report->n_ratings);
        causes_words_ask(db, since, until, &report->words, &report->n_words);
        causes_weeks_ask(db, zone, desk_midnight(zone, report->monday - 7 * (WEEKS - 1)),
                         report->cause, &report->weeks, &report->n_weeks);
        causes_sums_ask(db, desk_midnight(zone, report->month_from),
                        desk_midnight(zone, report->month_to + 1), &report->month,
                        &report->n_month);
        causes_markers_ask(db, zone, MARKER_DAYS, &report->markers, &report->n_markers);
        care_causes_ask(db, &report->causes, &report->n_causes);
        return db_wait(db);
}

/* --- causes ------------------------------------------------------------------------ */

static const char *
cases_url(const struct report *report, const char *cause, int32_t from, int32_t to,
          const char *more)
{
        struct pool *pool = report->req->pool;

        return pool_printf(pool, "/admin/cases?state=all&cause=%s&from=%s&to=%s%s",
                           cause[0] != '\0' ? cause : "none", format_rfc3339_date(pool, from),
                           format_rfc3339_date(pool, to), more);
}

/* The currency of most cases. */
static const char *
first_currency(const struct causes_sum_row *sums, size_t n)
{
        const char *best = "";
        int64_t most = 0;

        for (size_t i = 0; i < n; i++) {
                int64_t all = 0;

                for (size_t k = 0; k < n; k++)
                        if (text_equal(sums[k].currency, sums[i].currency))
                                all += sums[k].n;
                if (all > most) {
                        most = all;
                        best = sums[i].currency;
                }
        }
        return best;
}

/* Rows of one cause stand together; returns how many groups. */
static size_t
group_sums(const struct report *report, const struct causes_sum_row *sums, size_t n,
           struct group *groups)
{
        struct pool *pool = report->req->pool;
        size_t n_groups = 0;

        for (size_t i = 0; i < n; i++) {
                const char *money = format_money(pool, sums[i].amount_minor, sums[i].currency,
                                                 report->req->config->locale);
                struct group *group;

                if (i == 0 || !text_equal(sums[i].cause, sums[i - 1].cause)) {
                        groups[n_groups++] = (struct group){
                                .cause = sums[i].cause, .title = sums[i].title, .money = money};
                        group = &groups[n_groups - 1];
                } else {
                        group = &groups[n_groups - 1];
                        group->money = pool_printf(pool, "%s, %s", group->money, money);
                }
                group->n += sums[i].n;
                group->recovered += sums[i].recovered;
                if (text_equal(sums[i].currency, report->currency))
                        group->amount = sums[i].amount_minor;
        }
        for (size_t i = 0; i < n_groups; i++)
                for (size_t k = 0; k < report->n_ratings; k++)
                        if (text_equal(report->ratings[k].cause, groups[i].cause))
                                groups[i].rating = &report->ratings[k];
        return n_groups;
}

static int
more_money(const void *a, const void *b)
{
        const struct group *one = a, *two = b;

        return (one->amount < two->amount) - (one->amount > two->amount);
}

struct table {
        const struct report *report;
        const struct group *groups;
        int32_t from, to;
        int64_t all;
};

static void
group_row(struct view *view, size_t i, void *data)
{
        const struct table *table = data;
        const struct group *group = &table->groups[i];
        struct pool *pool = table->report->req->pool;

        view_text(view, "title", group->title);
        view_number(view, "n", group->n);
        view_text(view, "share",
                  pool_printf(pool, "%d %%",
                              (int)lround(100.0 * (double)group->n / (double)table->all)));
        view_text(view, "money", group->money);
        view_text(view, "recovered", marker_share(pool, group->recovered, group->n));
        view_url(view, "cases_url",
                 cases_url(table->report, group->cause, table->from, table->to, ""));
        view_url(view, "recovered_url",
                 cases_url(table->report, group->cause, table->from, table->to, "&recovered=yes"));
        view_text(view, "rating",
                  group->rating == NULL ? ""
                                        : pool_printf(pool, "%.1f of 5",
                                                      (double)group->rating->score_sum /
                                                              (double)group->rating->n));
        view_number(view, "rated", group->rating == NULL ? 0 : group->rating->n);
        view_url(view, "rated_url",
                 cases_url(table->report, group->cause, table->from, table->to, "&rated=1"));
}

static void
push_causes(struct view *view, struct report *report)
{
        struct group *groups = pool_alloc(report->req->pool, (report->n_sums + 1) * sizeof *groups);
        struct table table = {report, groups, report->from, report->to, 0};
        size_t n;

        report->currency = first_currency(report->sums, report->n_sums);
        n = group_sums(report, report->sums, report->n_sums, groups);
        for (size_t i = 0; i < n; i++)
                table.all += groups[i].n;
        if (report->by_money)
                qsort(groups, n, sizeof *groups, more_money);
        view_flag(view, "by_money", report->by_money);
        view_text(view, "currency", report->currency);
        view_number(view, "all", table.all);
        view_each(view, "causes", "admin/causes.row.html", n, group_row, &table);
}

/* The five of last month that cost most cases; what nobody said yet is no cause. */
static void
push_month(struct view *view, struct report *report)
{
        struct pool *pool = report->req->pool;
        struct group *groups = pool_alloc(pool, (report->n_month + 1) * sizeof *groups);
        struct table table = {report, groups, report->month_from, report->month_to, 0};
        size_t n = group_sums(report, report->month, report->n_month, groups);

        for (size_t i = 0; i < n; i++)
                table.all += groups[i].n;
        while (n > 0 && groups[n - 1].cause[0] == '\0')
                n--;
        view_text(
                view, "month",
                format_paper_day(pool, (instant)report->month_from * 86400 * CLOCK_SECOND, "UTC") +
                        strlen("1 "));
        view_each(view, "removes", "admin/causes.remove.html", MIN(n, (size_t)REMOVE_MOST),
                  group_row, &table);
}

/* --- weeks ---------------------------------------------------------------------------- */

static const struct causes_week_row *
week_at(const struct report *report, size_t i)
{
        int32_t day = report->monday - 7 * (int32_t)(WEEKS - 1 - i);

        for (size_t k = 0; k < report->n_weeks; k++)
                if (report->weeks[k].week == day)
                        return &report->weeks[k];
        return NULL;
}

static const char *
day_name(const struct report *report, int32_t day)
{
        return format_date(report->req->pool, day, report->req->identity.now_at,
                           report->req->config->zone);
}

static void
week_row(struct view *view, size_t i, void *data)
{
        const struct report *report = data;
        const struct causes_week_row *week = week_at(report, WEEKS - 1 - i);
        int32_t day = report->monday - 7 * (int32_t)i;
        struct pool *pool = report->req->pool;
        const char *url =
                pool_printf(pool, "/admin/cases?state=all&from=%s&to=%s%s%s",
                            format_rfc3339_date(pool, day), format_rfc3339_date(pool, day + 6),
                            report->cause[0] != '\0' ? "&cause=" : "", report->cause);

        view_text(view, "week", day_name(report, day));
        view_number(view, "n", week != NULL ? week->n : 0);
        view_url(view, "cases_url", url);
        view_url(view, "recovered_url", pool_printf(pool, "%s&recovered=yes", url));
        view_text(view, "recovered",
                  week != NULL ? marker_share(pool, week->recovered, week->n) : "–");
        view_flag(view, "young", day + SETTLED_DAYS > report->today);
}

/* What was changed in these weeks against what is shown, the oldest first. */
struct changes {
        const struct report *report;
        const struct marker_row *rows[MARKERS_MOST];
        struct chart_mark marks[MARKERS_MOST];
        size_t n;
};

static void
change_row(struct view *view, size_t i, void *data)
{
        const struct changes *changes = data;
        const struct marker_row *row = changes->rows[i];
        struct pool *pool = changes->report->req->pool;

        view_text(view, "day", day_name(changes->report, row->changed_on));
        view_text(view, "what", row->what);
        view_text(view, "before", marker_share(pool, row->before_recovered, row->before_n));
        view_text(view, "after", row->after_n > 0
                  ? marker_share(pool, row->after_recovered, row->after_n) : "");
}

static void
find_changes(const struct report *report, struct changes *changes)
{
        struct pool *pool = report->req->pool;
        int32_t first = report->monday - 7 * (WEEKS - 1);

        changes->report = report;
        for (size_t i = report->n_markers; i-- > 0;) {
                const struct marker_row *row = &report->markers[i];

                if (row->changed_on < first || row->changed_on > report->today || changes->n == MARKERS_MOST ||
                    (report->cause[0] != '\0' && row->cause != NULL && !text_equal(row->cause, report->cause)))
                        continue;
                changes->rows[changes->n] = row;
                changes->marks[changes->n++] = (struct chart_mark){
                        (row->changed_on - first + .5) / 7,
                        pool_printf(pool, "%s: %s", day_name(report, row->changed_on), row->what)};
        }
}

/* The line of shares with what was changed in it: by number in the picture, in words below it. */
static void
push_shares(struct view *view, struct report *report, const struct chart_point *shares, double best,
            bool any)
{
        struct pool *pool = report->req->pool;
        struct changes changes = {.n = 0};
        const char *desc = "The last weeks are not over yet. The table below has each week.";

        find_changes(report, &changes);
        for (size_t i = 0; i < changes.n; i++)
                desc = pool_printf(pool, "%s%s %zu, %s.", desc, i == 0 ? " Changes:" : "", i + 1,
                                   changes.marks[i].text);
        view_html(view, "shares_chart",
                  chart_svg_marked(pool, CHART_LINE, "shares-weeks",
                                   "Share that was paid within 14 days, by week", desc,
                                   pool_printf(pool, "%d %%", (int)lround(best * 100)), shares,
                                   any ? WEEKS : 0, changes.marks, changes.n));
        view_each(view, "in_chart", "admin/causes.change.html", changes.n, change_row, &changes);
}

static void
push_weeks(struct view *view, struct report *report)
{
        struct pool *pool = report->req->pool;
        struct chart_point cases[WEEKS], shares[WEEKS];
        int64_t most = 0, all = 0;
        double best = 0;

        for (size_t i = 0; i < WEEKS; i++) {
                const struct causes_week_row *week = week_at(report, i);
                int32_t day = report->monday - 7 * (int32_t)(WEEKS - 1 - i);
                bool young = day + SETTLED_DAYS > report->today;
                const char *label = day_name(report, day);
                int64_t n = week != NULL ? week->n : 0;

                most = MAX(most, n);
                all += n;
                cases[i] = (struct chart_point){label, pool_printf(pool, "%" PRId64 " began", n),
                                                (double)n};
                shares[i] = (struct chart_point){
                        label,
                        young          ? "not over yet"
                        : week != NULL ? marker_share(pool, week->recovered, n)
                                       : "none began",
                        week != NULL && !young ? (double)week->recovered / (double)n : -1};
                best = MAX(best, shares[i].value);
        }
        view_number(view, "in_weeks", all);
        view_html(view, "weeks_chart",
                  chart_svg(pool, CHART_BARS, "cases-weeks",
                            "Failed payments by the week in which they began",
                            pool_printf(pool,
                                        "%" PRId64 " in 26 weeks. The table below has each week.",
                                        all),
                            pool_printf(pool, "%" PRId64, most), cases, all > 0 ? WEEKS : 0));
        push_shares(view, report, shares, best, all > 0);
        view_each(view, "weeks", "admin/causes.week.html", WEEKS, week_row, report);
}

/* --- the page ----------------------------------------------------------------------------- */

static void
word_row(struct view *view, size_t i, void *data)
{
        const struct causes_word_row *row = &((const struct report *)data)->words[i];

        view_row(view, "", &causes_word_row_type, row);
        view_flag(view, "low", row->score <= 2);
        view_stamp(view, "said", row->changed_at, false);
}

static void
cause_choice(struct view *view, size_t i, void *data)
{
        const struct report *report = data;

        view_text(view, "value", report->causes[i].cause);
        view_text(view, "title", report->causes[i].title);
        view_flag(view, "chosen", text_equal(report->causes[i].cause, report->cause));
}

static enum http_status
show(struct request *req, enum http_status status, bool again)
{
        struct report report = {.req = req};
        enum db_status rc = ask(&report);
        struct view *view;

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/causes.html");
        view_text(view, "page_title", "Causes of failed payments");
        view_form_empty(view, marker_new_params);
        if (again)
                view_form(view, req);
        view_flag(view, "saved", !again && text_equal(param_text(req, "done"), "saved"));
        view_text(view, "from", format_rfc3339_date(req->pool, report.from));
        view_text(view, "to", format_rfc3339_date(req->pool, report.to));
        push_causes(view, &report);
        push_month(view, &report);
        push_weeks(view, &report);
        view_each(view, "choices", "admin/orders.choice.html", report.n_causes, cause_choice,
                  &report);
        view_each(view, "words", "admin/causes.word.html", report.n_words, word_row, &report);
        marker_push(view, req, report.markers, report.n_markers, report.causes, report.n_causes,
                    again ? param_typed(req, "against") : "",
                    again ? param_typed(req, "nonce") : NULL);
        return view_reply(view, status);
}

/* GET /reports/causes */
static enum http_status
causes_show(struct request *req)
{
        return show(req, HTTP_OK, false);
}

/* POST /reports/causes/changes */
static enum http_status
marker_create(struct request *req)
{
        const char *against = param_text(req, "against");
        struct marker_saved_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, true);
        rc = causes_marker_save(req->db, NULL, 0, param_text(req, "nonce"),
                                (int32_t)param_int(req, "on"), param_text(req, "what"),
                                against != NULL ? against : "", &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return text_equal(row.answer, "unknown")
                       ? reply_error(req, HTTP_NOT_FOUND)
                       : reply_redirect(req, "/admin/reports/causes?done=saved#changes");
}

const struct route causes_routes[] = {
        {GET, "/reports/causes", STAFF, causes_params, causes_show, 0, "report"},
        {POST, "/reports/causes/changes", STAFF, marker_new_params, marker_create, 0, "report"},
        ROUTE_END};
