/* forecast: money expected by week, see forecast.h.  Amounts are counted by the database
 * (sql/functions/35_forecast.sql); here they become pictures, and tables of the same numbers. */
#include "admin/forecast.h"

#include <inttypes.h>

#include <glib.h>

#include "base/text.h"
#include "view/chart.h"
#include "view/format.h"

enum { WEEKS_MOST = 32, DAY_SECONDS = 86400 };

struct effect {
        struct request *req;
        const struct effect_week_row *rows;
        size_t n; /* weeks; without what comes later */
        bool all;
};

/* "4 Mar": short enough for the ends of a picture. */
static const char *
week_name(struct pool *pool, int32_t day)
{
        GDateTime *at = g_date_time_new_from_unix_utc((int64_t)day * DAY_SECONDS);
        char *text = g_date_time_format(at, "%-d %b");
        const char *name = pool_strdup(pool, text);

        g_free(text);
        g_date_time_unref(at);
        return name;
}

static const char *
money(struct request *req, int64_t minor, const char *currency)
{
        return format_money(req->pool, minor, currency, req->config->locale);
}

/* "+45.00 EUR", "−45.00 EUR"; "" for nothing. */
static const char *
more(struct request *req, int64_t minor, const char *currency)
{
        const char *text = money(req, ABS(minor), currency);

        return minor == 0 ? "" : pool_printf(req->pool, "%s%s", minor > 0 ? "+" : "−", text);
}

/* --- what a request makes of it --------------------------------------------------- */

static void
push_pair(struct view *view, const struct effect *effect, const char *name, int64_t before,
          int64_t after, const char *currency)
{
        struct pool *pool = effect->req->pool;

        view_text(view, pool_printf(pool, "%s_before", name), money(effect->req, before, currency));
        view_text(view, pool_printf(pool, "%s_after", name), money(effect->req, after, currency));
        view_text(view, pool_printf(pool, "%s_more", name), more(effect->req, after - before, currency));
}

static void
week_row(struct view *view, size_t i, void *data)
{
        const struct effect *effect = data;
        const struct effect_week_row *row = &effect->rows[i];

        view_text(view, "week", row->week_on_null ? "" : format_exact_date(effect->req->pool, row->week_on));
        view_flag(view, "all", effect->all);
        view_flag(view, "later", row->week_on_null);
        push_pair(view, effect, "own", row->own_before, row->own_after, row->currency);
        push_pair(view, effect, "all", row->all_before, row->all_after, row->currency);
}

/* The picture of one plan, or of ALL, named NAME. */
static void
push_chart(struct view *view, const struct effect *effect, bool all, const char *name,
           const char *title)
{
        struct request *req = effect->req;
        struct chart_point points[WEEKS_MOST];
        double then[WEEKS_MOST];
        const char *currency = effect->rows[0].currency, *desc;
        int64_t before = 0, after = 0, most = 0;
        size_t n = MIN(effect->n, (size_t)WEEKS_MOST), differ = 0;

        for (size_t i = 0; i < n; i++) {
                const struct effect_week_row *row = &effect->rows[i];
                int64_t was = all ? row->all_before : row->own_before,
                        new = all ? row->all_after : row->own_after;

                before += was;
                after += new;
                most = MAX(most, MAX(was, new));
                differ += was != new;
                points[i] = (struct chart_point){
                        week_name(req->pool, row->week_on),
                        pool_printf(req->pool, "%s as it is, %s as it would be",
                                    money(req, was, currency), money(req, new, currency)),
                        (double)was};
                then[i] = (double)new;
        }
        desc = pool_printf(req->pool,
                           "In %zu weeks %s as it is and %s as it would be. %zu of them differ. "
                           "The table below has each week.",
                           n, money(req, before, currency), money(req, after, currency), differ);
        view_html(view, name,
                  chart_svg_pairs(req->pool, pool_printf(req->pool, "effect-%s", name), title, desc,
                                  money(req, most, currency), points, then, n));
        push_pair(view, effect, all ? "all_sum" : "own_sum", before, after, currency);
}

void
forecast_effect(struct view *view, struct request *req, const struct effect_week_row *rows,
                size_t n, bool all)
{
        struct effect effect = {req, rows, n, all};
        bool differs = false, later;

        if (n == 0) {
                view_number(view, "effect_weeks", 0);
                view_flag(view, "effect_differs", false);
                return;
        }
        effect.n = n - 1;
        for (size_t i = 0; i < n; i++)
                differs = differs || rows[i].own_before != rows[i].own_after;
        later = rows[n - 1].own_before != 0 || rows[n - 1].own_after != 0;
        view_number(view, "effect_weeks", (int64_t)effect.n);
        view_flag(view, "effect_all", all);
        view_flag(view, "effect_differs", differs);
        view_flag(view, "effect_later", later);
        view_text(view, "effect_currency", rows[0].currency);
        push_chart(view, &effect, false, "own_chart", "Expected from this plan by week, before and after");
        if (all)
                push_chart(view, &effect, true, "all_chart",
                           pool_printf(req->pool, "Expected from all plans in %s by week, before and after",
                                       rows[0].currency));
        push_pair(view, &effect, "later", rows[n - 1].own_before, rows[n - 1].own_after, rows[0].currency);
        view_each(view, "weeks", "admin/forecast.week.html", later ? n : effect.n, week_row, &effect);
}

/* --- all plans -------------------------------------------------------------------- */

struct purse {
        struct request *req;
        struct expected_week_row *rows;
        size_t n;
};

static void
expected_row(struct view *view, size_t i, void *data)
{
        const struct purse *purse = data;
        const struct expected_week_row *row = &purse->rows[i];

        view_text(view, "week", format_exact_date(purse->req->pool, row->week_on));
        view_number(view, "n", row->n);
        view_text(view, "money", money(purse->req, row->minor, row->currency));
}

static void
expected_block(struct view *view, size_t i, void *data)
{
        struct purse *purse = &((struct purse *)data)[i];
        struct request *req = purse->req;
        struct chart_point points[FORECAST_WEEKS];
        const char *currency = purse->rows[0].currency;
        int64_t sum = 0, most = 0, payments = 0;
        size_t n = MIN(purse->n, (size_t)FORECAST_WEEKS);

        for (size_t k = 0; k < n; k++) {
                const struct expected_week_row *row = &purse->rows[k];

                sum += row->minor;
                payments += row->n;
                most = MAX(most, row->minor);
                points[k] = (struct chart_point){week_name(req->pool, row->week_on),
                                                 money(req, row->minor, currency),
                                                 (double)row->minor};
        }
        view_text(view, "currency", currency);
        view_text(view, "sum", money(req, sum, currency));
        view_number(view, "payments", payments);
        view_html(view, "chart",
                  chart_svg(req->pool, CHART_BARS, pool_printf(req->pool, "expected-%s", currency),
                            pool_printf(req->pool, "Money expected by week, %s", currency),
                            pool_printf(req->pool, "%s in %zu weeks, in %" PRId64 " payments. The table below has each week.",
                                        money(req, sum, currency), n, payments),
                            money(req, most, currency), points, n));
        view_each(view, "weeks", "admin/forecast.expected-week.html", n, expected_row, purse);
}

void
forecast_weeks(struct view *view, struct request *req, struct expected_week_row *rows, size_t n)
{
        struct purse *purses = pool_alloc(req->pool, (n + 1) * sizeof *purses);
        size_t found = 0;

        for (size_t i = 0; i < n; i++) {
                if (found == 0 || !text_equal(purses[found - 1].rows[0].currency, rows[i].currency))
                        purses[found++] = (struct purse){req, &rows[i], 0};
                purses[found - 1].n++;
        }
        view_number(view, "weeks_ahead", FORECAST_WEEKS);
        view_each(view, "expected", "admin/forecast.expected.html", found, expected_block, purses);
}
