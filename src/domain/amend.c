/* amend: see amend.h. */
#include "domain/amend.h"

#include <string.h>

#include <glib.h>

/* How far ahead a plan may reach, in days. */
enum { FAR_DAYS = 3660 };

/* GLib counts days from 1 January of year 1. */
#define EPOCH 719163

/* --- days --- */

static void
date_of(int32_t on, GDate *date)
{
        g_date_clear(date, 1);
        g_date_set_julian(date, (guint32)(on + EPOCH));
}

static int
day_of(int32_t on)
{
        GDate date;

        date_of(on, &date);
        return g_date_get_day(&date);
}

/* DAY of the month that is MONTHS after the one of ON; its last day where it has no such day. */
static int32_t
day_in_month(int32_t on, int months, int day)
{
        GDate date;
        int at, last;

        date_of(on, &date);
        at = g_date_get_year(&date) * 12 + (int)g_date_get_month(&date) - 1 + months;
        last = g_date_get_days_in_month((GDateMonth)(at % 12 + 1), (GDateYear)(at / 12));
        g_date_set_dmy(&date, (GDateDay)(day < last ? day : last), (GDateMonth)(at % 12 + 1),
                       (GDateYear)(at / 12));
        return (int32_t)g_date_get_julian(&date) - EPOCH;
}

/* On which day of the month the plan is paid: the agreement's, else the one that it was changed
 * to; a month may be too short for either. */
static int
plan_day(const struct amend_facts *facts)
{
        int32_t last = facts->rows[facts->n - 1].on;
        int day = day_of(facts->anchor_on);

        if (day_in_month(last, 0, day) == last)
                return day;
        day = day_of(last);
        for (size_t i = 0; i < facts->n; i++)
                if (day_of(facts->rows[i].on) > day &&
                    day_in_month(last, 0, day_of(facts->rows[i].on)) == last)
                        day = day_of(facts->rows[i].on);
        return day;
}

/* K payments after ON, paid on DAY of the month or every so many days. */
static int32_t
step(const struct amend_facts *facts, int32_t on, int k, int day)
{
        return facts->step_days > 0 ? on + k * facts->step_days : day_in_month(on, k, day);
}

/* --- wishes --- */

static void
copy_rows(const struct amend_facts *facts, struct amend_plan *plan)
{
        memcpy(plan->rows, facts->rows, facts->n * sizeof(plan->rows[0]));
        plan->n = facts->n;
}

/* By day; two of one day become one. */
static void
sort_rows(struct amend_plan *plan)
{
        size_t n = 0;

        for (size_t i = 1; i < plan->n; i++) {
                struct amend_row row = plan->rows[i];
                size_t j = i;

                for (; j > 0 && plan->rows[j - 1].on > row.on; j--)
                        plan->rows[j] = plan->rows[j - 1];
                plan->rows[j] = row;
        }
        for (size_t i = 0; i < plan->n; i++)
                if (n > 0 && plan->rows[n - 1].on == plan->rows[i].on)
                        plan->rows[n - 1].minor += plan->rows[i].minor;
                else
                        plan->rows[n++] = plan->rows[i];
        plan->n = n;
}

static enum amend_limit
make_move(const struct amend_facts *facts, const struct amend_wish *wish, struct amend_plan *plan)
{
        if (wish->which >= facts->n)
                return AMEND_NO_SUCH;
        copy_rows(facts, plan);
        plan->rows[wish->which].on = wish->to_on;
        sort_rows(plan);
        return AMEND_NONE;
}

/* The first payment goes to the nearest such day from today on, the later of two that are as
 * near; the others follow by the month. */
static enum amend_limit
make_day(const struct amend_facts *facts, const struct amend_wish *wish, struct amend_plan *plan)
{
        int32_t first = facts->rows[0].on, best = 0, away = INT32_MAX;
        int months = 0;

        if (facts->step_days > 0 || wish->day < 1 || wish->day > 31)
                return AMEND_NO_SUCH;
        for (int k = -1; k <= 1 || best == 0; k++) {
                int32_t on = day_in_month(first, k, wish->day),
                        d = on > first ? on - first : first - on;

                if (on < facts->today || d > away)
                        continue;
                best = on, away = d, months = k;
        }
        copy_rows(facts, plan);
        for (size_t i = 0; i < plan->n; i++)
                plan->rows[i].on = day_in_month(facts->rows[i].on, months, wish->day);
        sort_rows(plan);
        return AMEND_NONE;
}

static int64_t
sum_of(const struct amend_row *rows, size_t n)
{
        int64_t sum = 0;

        for (size_t i = 0; i < n; i++)
                sum += rows[i].minor;
        return sum;
}

/* Equal parts, the larger ones first, what is less than a step with the last, from the next day that
 * is to come; what is overdue has a week. */
static enum amend_limit
make_smaller(const struct amend_facts *facts, const struct amend_wish *wish,
             struct amend_plan *plan)
{
        int64_t sum = sum_of(facts->rows, facts->n), steps = sum / facts->step_minor;
        int32_t first = facts->rows[0].on >= facts->today ? facts->rows[0].on : facts->today + 7;
        int day = plan_day(facts);

        if (wish->parts <= (int)facts->n || wish->parts > AMEND_ROWS_MAX || steps < wish->parts)
                return AMEND_NO_SUCH;
        plan->n = (size_t)wish->parts;
        for (int i = 0; i < wish->parts; i++) {
                plan->rows[i].on = i == 0 ? first : step(facts, first, i, day);
                plan->rows[i].minor = (steps / wish->parts + (i < steps % wish->parts ? 1 : 0)) *
                                      facts->step_minor;
        }
        plan->rows[wish->parts - 1].minor += sum % facts->step_minor;
        return AMEND_NONE;
}

static enum amend_limit
make_skip(const struct amend_facts *facts, const struct amend_wish *wish, struct amend_plan *plan)
{
        struct amend_row row;
        int32_t last = facts->rows[facts->n - 1].on;

        if (wish->which >= facts->n)
                return AMEND_NO_SUCH;
        row = facts->rows[wish->which];
        copy_rows(facts, plan);
        memmove(plan->rows + wish->which, plan->rows + wish->which + 1,
                (plan->n - wish->which - 1) * sizeof(row));
        row.on = step(facts, last, 1, plan_day(facts));
        plan->rows[plan->n - 1] = row;
        sort_rows(plan);
        return AMEND_NONE;
}

static enum amend_limit
make_pause(const struct amend_facts *facts, const struct amend_wish *wish, struct amend_plan *plan)
{
        if (wish->months < 1 || wish->months > AMEND_MONTHS_MAX)
                return AMEND_NO_SUCH;
        copy_rows(facts, plan);
        for (size_t i = 0; i < plan->n; i++) {
                int32_t on = facts->rows[i].on;

                plan->rows[i].on = facts->step_days > 0
                                           ? on + 28 * wish->months
                                           : day_in_month(on, wish->months,
                                                          day_in_month(on, 0, plan_day(facts)) == on
                                                                  ? plan_day(facts)
                                                                  : day_of(on));
        }
        sort_rows(plan);
        return AMEND_NONE;
}

/* What is chosen becomes one payment today.  A discount is on what would come on a later day. */
static enum amend_limit
make_early(const struct amend_facts *facts, const struct amend_rule *rule,
           const struct amend_wish *wish, struct amend_plan *plan)
{
        int64_t sum = 0;

        plan->n = 1;
        for (size_t i = 0; i < facts->n; i++) {
                const struct amend_row *row = &facts->rows[i];

                if ((wish->chosen >> i & 1) == 0) {
                        plan->rows[plan->n++] = *row;
                        continue;
                }
                sum += row->minor;
                if (row->on > facts->today)
                        plan->discount_minor += row->minor / 100 * rule->early_percent +
                                                row->minor % 100 * rule->early_percent / 100;
        }
        plan->discount_minor -= plan->discount_minor % facts->step_minor;
        if (sum == 0 || sum <= plan->discount_minor)
                return AMEND_NO_SUCH;
        plan->rows[0] = (struct amend_row){facts->today, sum - plan->discount_minor};
        sort_rows(plan);
        return AMEND_NONE;
}

static enum amend_limit
make(const struct amend_facts *facts, const struct amend_rule *rule, const struct amend_wish *wish,
     struct amend_plan *plan)
{
        switch (wish->need) {
        case AMEND_MOVE:
                return make_move(facts, wish, plan);
        case AMEND_DAY:
                return make_day(facts, wish, plan);
        case AMEND_SMALLER:
                return make_smaller(facts, wish, plan);
        case AMEND_SKIP:
                return make_skip(facts, wish, plan);
        case AMEND_PAUSE:
                return make_pause(facts, wish, plan);
        case AMEND_EARLY:
                return make_early(facts, rule, wish, plan);
        case AMEND_NEEDS:
                break;
        }
        return AMEND_NO_SUCH;
}

/* --- the rule --- */

/* No part of the price comes later than allowed: by each day as it was agreed first, and the days
 * that the rule gives, as much is paid. */
static bool
comes_late(const struct amend_facts *facts, const struct amend_rule *rule,
           const struct amend_row *rows, size_t n)
{
        int64_t agreed = 0, paid = facts->paid_minor, total = paid + sum_of(rows, n);
        size_t j = 0;

        for (size_t i = 0; i < facts->n_agreed; i++) {
                agreed += facts->agreed[i].minor;
                while (j < n && rows[j].on <= facts->agreed[i].on + rule->later_days)
                        paid += rows[j++].minor;
                if (paid < (agreed < total ? agreed : total))
                        return true;
        }
        return false;
}

static bool
is_small(const struct amend_facts *facts, const struct amend_rule *rule,
         const struct amend_row *rows, size_t n)
{
        int64_t least = rule->smallest_minor;

        for (size_t i = 0; i < facts->n; i++)
                least = facts->rows[i].minor < least ? facts->rows[i].minor : least;
        for (size_t i = 0; i < n; i++)
                if (rows[i].minor < least)
                        return true;
        return false;
}

/* The last day of the term, or the one on which the plan ends now, if that is later. */
static int32_t
last_day(const struct amend_facts *facts, const struct amend_rule *rule)
{
        int32_t end = day_in_month(facts->anchor_on, rule->longest_months, day_of(facts->anchor_on));

        return MAX(end, facts->rows[facts->n - 1].on);
}

enum amend_limit
amend_limit(const struct amend_facts *facts, const struct amend_rule *rule,
            const struct amend_row *rows, size_t n)
{
        int64_t price = sum_of(facts->agreed, facts->n_agreed);
        int count = facts->count - (int)facts->n + (int)n;

        if (facts->changes >= rule->changes_most)
                return AMEND_CHANGES;
        if (facts->changed_on != 0 && facts->today - facts->changed_on < rule->changes_days)
                return AMEND_SPACING;
        if (facts->today - facts->rows[0].on > rule->grace_days)
                return AMEND_OVERDUE;
        if (facts->paid_minor <
            price / 100 * rule->deposit_percent + price % 100 * rule->deposit_percent / 100)
                return AMEND_DEPOSIT;
        if (is_small(facts, rule, rows, n))
                return AMEND_SMALL;
        if (count > rule->count_most && count > facts->count)
                return AMEND_COUNT;
        if (rows[n - 1].on > facts->rows[facts->n - 1].on && rows[n - 1].on > last_day(facts, rule))
                return AMEND_LONG;
        return comes_late(facts, rule, rows, n) ? AMEND_LATE : AMEND_NONE;
}

static bool
may_move(const struct amend_facts *facts, const struct amend_rule *rule, size_t which, int32_t to_on)
{
        struct amend_plan plan;

        (void)make_move(facts, &(struct amend_wish){.which = which, .to_on = to_on}, &plan);
        plan.rows[plan.n - 1].minor += rule->fee_minor;
        return amend_limit(facts, rule, plan.rows, plan.n) == AMEND_NONE;
}

/* What the rule says of one payment's day changes behind days alone on which something was agreed first,
 * and the days that the rule gives; and at the end of the term.  It gets no better with time. */
int32_t
amend_latest(const struct amend_facts *facts, const struct amend_rule *rule, size_t which)
{
        int32_t days[AMEND_ROWS_MAX + 1], end = MIN(last_day(facts, rule), facts->today + FAR_DAYS);
        size_t n = 0, most;

        for (size_t i = 0; i < facts->n_agreed; i++) {
                int32_t on = MIN(facts->agreed[i].on + rule->later_days, end);

                if (on >= facts->today && (n == 0 || on > days[n - 1]))
                        days[n++] = on;
        }
        if (end >= facts->today && (n == 0 || end > days[n - 1]))
                days[n++] = end;
        if (which >= facts->n || n == 0 || !may_move(facts, rule, which, days[0]))
                return 0;
        most = n - 1;
        for (n = 0; n < most;) {
                size_t middle = (n + most + 1) / 2;

                if (may_move(facts, rule, which, days[middle]))
                        n = middle;
                else
                        most = middle - 1;
        }
        return days[n];
}

static bool
is_same(const struct amend_facts *facts, const struct amend_plan *plan)
{
        if (plan->n != facts->n)
                return false;
        for (size_t i = 0; i < plan->n; i++)
                if (plan->rows[i].on != facts->rows[i].on ||
                    plan->rows[i].minor != facts->rows[i].minor)
                        return false;
        return true;
}

/* What is overdue already may stay so; nothing else begins in the past. */
static bool
stood(const struct amend_facts *facts, int32_t on)
{
        for (size_t i = 0; i < facts->n; i++)
                if (facts->rows[i].on == on)
                        return true;
        return false;
}

/* What is no schedule at all, whoever agrees to it. */
static enum amend_limit
fault_of(const struct amend_facts *facts, const struct amend_wish *wish,
         const struct amend_plan *plan)
{
        if (wish->need == AMEND_MOVE && wish->to_on < facts->today)
                return AMEND_PAST;
        if (plan->rows[plan->n - 1].on > facts->today + FAR_DAYS)
                return AMEND_FAR;
        if (is_same(facts, plan) && plan->discount_minor == 0 && wish->need != AMEND_EARLY)
                return AMEND_SAME;
        for (size_t i = 0; i < plan->n; i++)
                if (plan->rows[i].on < facts->today && !stood(facts, plan->rows[i].on))
                        return AMEND_PAST;
        return AMEND_NONE;
}

size_t
amend_wishes(const struct amend_facts *facts, enum amend_need need, size_t which,
             struct amend_wish wishes[AMEND_WISHES_MAX])
{
        static const int days[] = {1, 15, 31};
        size_t n = need == AMEND_SMALLER                                ? AMEND_WISHES_MAX
                   : need == AMEND_SKIP                                 ? MIN(facts->n, 3)
                   : need == AMEND_EARLY                                ? 0
                   : need == AMEND_MOVE && which >= facts->n            ? 0
                                                                        : 3;
        int32_t from = need == AMEND_MOVE && n > 0 ? MAX(facts->rows[which].on, facts->today) : 0;

        for (size_t i = 0; i < n; i++) {
                wishes[i] = (struct amend_wish){.need = need,
                                                .which = need == AMEND_SKIP ? i : which,
                                                .parts = (int)(facts->n + i + 1),
                                                .months = (int)i + 1};
                if (need == AMEND_MOVE)
                        wishes[i].to_on = from + 7 * (int32_t)(i + 1);
                if (need == AMEND_DAY)
                        wishes[i].day = days[i];
        }
        return n;
}

void
amend_make(const struct amend_facts *facts, const struct amend_rule *rule,
           const struct amend_wish *wish, struct amend_plan *plan)
{
        *plan = (struct amend_plan){.verdict = AMEND_WRONG};
        plan->limit = wish->need == AMEND_MOVE && wish->to_on > facts->today + FAR_DAYS
                              ? AMEND_FAR
                              : make(facts, rule, wish, plan);
        if (plan->limit == AMEND_NONE)
                plan->limit = fault_of(facts, wish, plan);
        if (plan->limit != AMEND_NONE) {
                plan->n = 0;
                return;
        }
        plan->verdict = AMEND_FITS;
        if (wish->need == AMEND_EARLY)
                return;
        plan->fee_minor = rule->fee_minor;
        plan->rows[plan->n - 1].minor += plan->fee_minor;
        plan->limit = amend_limit(facts, rule, plan->rows, plan->n);
        if (plan->limit != AMEND_NONE)
                plan->verdict = AMEND_ASKS;
}
