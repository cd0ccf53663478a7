/* figures: money in and seconds to access over thirty days.  From the rollups alone. */
#include "admin/figures.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "http/session.h"
#include "view/chart.h"
#include "view/format.h"

enum { DAYS = 30, DAY_SECONDS = 86400 };

/* The days of one currency. */
struct purse {
        const struct figures *figures;
        const char *currency;
        int64_t paid[DAYS], refunded[DAYS], n[DAYS];
};

struct pace {
        const struct figures *figures;
        int64_t n[DAYS], ms[DAYS];
};

void
figures_ask(struct request *req, struct figures *figures)
{
        *figures = (struct figures){ .req = req };
        money_days_ask(req->db, &figures->money, &figures->n_money);
        access_days_ask(req->db, &figures->access, &figures->n_access);
}

/* "4 Mar": short enough for the ends of a picture. */
static const char *
day_name(const struct figures *figures, size_t i)
{
        GDateTime *at = g_date_time_new_from_unix_utc((int64_t)(figures->first + (int32_t)i) * DAY_SECONDS);
        char *text = g_date_time_format(at, "%-d %b");
        const char *name = pool_strdup(figures->req->pool, text);

        g_free(text);
        g_date_time_unref(at);
        return name;
}

static void
push_day(struct view *view, const struct figures *figures, size_t i)
{
        view_text(view, "day", day_name(figures, i));
        view_text(view, "date", format_rfc3339_date(figures->req->pool, figures->first + (int32_t)i));
}

static const char *
money(const struct purse *purse, int64_t minor)
{
        return format_money(purse->figures->req->pool, minor, purse->currency, purse->figures->req->config->locale);
}

static const char *
seconds(const struct pace *pace, int64_t ms)
{
        return format_seconds(pace->figures->req->pool, (double)ms / 1000);
}

static void
money_day(struct view *view, size_t i, void *data)
{
        const struct purse *purse = data;

        push_day(view, purse->figures, DAYS - 1 - i);
        view_number(view, "n", purse->n[DAYS - 1 - i]);
        view_text(view, "paid", money(purse, purse->paid[DAYS - 1 - i]));
        view_text(view, "refunded", purse->refunded[DAYS - 1 - i] > 0 ? money(purse, purse->refunded[DAYS - 1 - i]) : "–");
}

static void
money_block(struct view *view, size_t i, void *data)
{
        struct purse *purse = &((struct purse *)data)[i];
        struct pool *pool = purse->figures->req->pool;
        struct chart_point points[DAYS];
        const char *desc;
        int64_t paid = 0, refunded = 0, n = 0, most = 0;

        for (size_t d = 0; d < DAYS; d++) {
                paid += purse->paid[d];
                refunded += purse->refunded[d];
                n += purse->n[d];
                most = MAX(most, purse->paid[d]);
                points[d] = (struct chart_point){ day_name(purse->figures, d), money(purse, purse->paid[d]),
                                                  (double)purse->paid[d] };
        }
        view_text(view, "currency", purse->currency);
        view_text(view, "paid", money(purse, paid));
        view_text(view, "refunded", money(purse, refunded));
        view_number(view, "n", n);
        desc = pool_printf(pool, "%s in thirty days; the best day brought %s. The table below has each day.",
                           money(purse, paid), money(purse, most));
        view_html(view, "chart", chart_svg(pool, CHART_BARS, pool_printf(pool, "money-%s", purse->currency),
                                           pool_printf(pool, "Money in by day, %s", purse->currency), desc,
                                           money(purse, most), points, DAYS));
        view_each(view, "days", "admin/home.money-day.html", DAYS, money_day, purse);
}

static void
access_day(struct view *view, size_t i, void *data)
{
        const struct pace *pace = data;
        size_t d = DAYS - 1 - i;

        push_day(view, pace->figures, d);
        view_number(view, "n", pace->n[d]);
        view_text(view, "took", pace->n[d] > 0 ? seconds(pace, pace->ms[d] / pace->n[d]) : "–");
}

static void
push_access(struct view *view, const struct figures *figures)
{
        struct pace pace = { .figures = figures };
        struct chart_point points[DAYS];
        struct pool *pool = figures->req->pool;
        const char *desc;
        int64_t n = 0, ms = 0, most = 0;

        for (size_t i = 0; i < figures->n_access; i++) {
                int32_t d = figures->access[i].day - figures->first;

                if (d < 0 || d >= DAYS)
                        continue;
                pace.n[d] = figures->access[i].n;
                pace.ms[d] = figures->access[i].ms;
        }
        for (size_t d = 0; d < DAYS; d++) {
                int64_t mean = pace.n[d] > 0 ? pace.ms[d] / pace.n[d] : -1;

                n += pace.n[d];
                ms += pace.ms[d];
                most = MAX(most, mean);
                points[d] = (struct chart_point){ day_name(figures, d), mean >= 0 ? seconds(&pace, mean) : "no order",
                                                  (double)mean };
        }
        view_number(view, "grants", n);
        view_text(view, "mean", n > 0 ? seconds(&pace, ms / n) : "–");
        desc = pool_printf(pool, "%s on the slowest day. The table below has each day.", seconds(&pace, most));
        view_html(view, "access_chart",
                  chart_svg(pool, CHART_LINE, "access", "Seconds from payment to access, mean of each day", desc,
                            seconds(&pace, most), points, n > 0 ? DAYS : 0));
        view_each(view, "access_days", "admin/home.access-day.html", DAYS, access_day, &pace);
}

void
figures_push(struct view *view, struct figures *figures)
{
        struct purse *purses = pool_alloc(figures->req->pool, (figures->n_money + 1) * sizeof *purses);
        size_t n = 0;

        figures->first = (int32_t)(session_now(figures->req) / CLOCK_SECOND / DAY_SECONDS) - DAYS + 1;
        for (size_t i = 0; i < figures->n_money; i++) {
                const struct money_day_row *row = &figures->money[i];
                int32_t d = row->day - figures->first;

                if (n == 0 || !text_equal(purses[n - 1].currency, row->currency)) {
                        memset(&purses[n], 0, sizeof purses[n]);
                        purses[n].figures = figures;
                        purses[n++].currency = row->currency;
                }
                if (d < 0 || d >= DAYS)
                        continue;
                purses[n - 1].paid[d] = row->paid_minor;
                purses[n - 1].refunded[d] = row->refunded_minor;
                purses[n - 1].n[d] = row->n;
        }
        view_text(view, "first_day", format_rfc3339_date(figures->req->pool, figures->first));
        view_each(view, "money", "admin/home.money.html", n, money_block, purses);
        push_access(view, figures);
}
