/* retry: the planner, see retry.h.
 *
 * It looks at each hour of the customer's daytime between the earliest and the latest moment
 * that the pace of the class allows, leaves out what would break a limit, and takes the best:
 * by payday where money was short, by this shop's own results once there are enough of them,
 * and otherwise the soonest. */
#include "domain/retry.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/zone.h"

#define HOUR (3600 * CLOCK_SECOND)
#define DAY (24 * HOUR)

/* The networks' limits for one card: Visa 20 in 30 days; Mastercard 10 in 24 hours, 35 in 30
 * days.  For another one the tightest of them. */
static const struct { int day, month; } network_limits[] = {
        [RETRY_OTHER] = { 10, 20 },
        [RETRY_VISA] = { 20, 20 },
        [RETRY_MASTERCARD] = { 10, 35 },
};

/* Hours to wait after the last attempt, by how many were made; then how many hours more may
 * be spent on finding a better moment. */
struct pace {
        int max;                        /* attempts in 14 days */
        int wait[RETRY_MAX - 1];
        int look;
};

static const struct pace paces[DECLINE_CLASSES] = {
        [DECLINE_SOFT] = { RETRY_MAX, { 5, 24, 36, 48, 48, 60, 60 }, 30 },
        [DECLINE_SOFT_FUNDS] = { RETRY_MAX, { 24, 24, 36, 36, 36, 48, 48 }, 5 * 24 },
        [DECLINE_BANK] = { RETRY_BANK_MAX, { 72, 72, 96, 96, 96, 96, 96 }, 30 },
};

static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July",
                                      "August", "September", "October", "November", "December" };

enum payday { PAYDAY_NONE, PAYDAY_FRIDAY, PAYDAY_FIRST, PAYDAY_MIDDLE, PAYDAY_LAST };

struct slot {
        instant at;
        int64_t day;
        int weekday, hour;
        enum payday payday;
        double score;
};

enum retry_network
retry_network_of(const char *brand)
{
        return text_equal(brand, "visa") ? RETRY_VISA : text_equal(brand, "mastercard") ? RETRY_MASTERCARD : RETRY_OTHER;
}

/* --- limits --- */

enum { OF_DUE, OF_CARD };

/* Attempts after SINCE, those included that a clock puts later than they can be. */
static int
count_since(const struct retry_facts *facts, int of, instant since)
{
        int n = 0;

        for (size_t i = 0; i < facts->n_tries; i++)
                if ((of == OF_DUE ? facts->tries[i].same_due : facts->tries[i].same_card) && facts->tries[i].at > since)
                        n++;
        return n;
}

/* Whether one more attempt at AT breaks no limit. */
static bool
is_allowed(const struct retry_facts *facts, instant at)
{
        return count_since(facts, OF_DUE, at - RETRY_DAYS * DAY) < paces[facts->class].max &&
               count_since(facts, OF_DUE, at - 30 * DAY) < RETRY_MONTH_MAX &&
               count_since(facts, OF_CARD, at - DAY) < network_limits[facts->network].day &&
               count_since(facts, OF_CARD, at - 30 * DAY) < network_limits[facts->network].month;
}

static instant
last_try(const struct retry_facts *facts)
{
        instant last = facts->first_failed_at;

        for (size_t i = 0; i < facts->n_tries; i++)
                if (facts->tries[i].same_due && facts->tries[i].at > last && facts->tries[i].at <= facts->now)
                        last = facts->tries[i].at;
        return last;
}

/* --- what is better --- */

static GDate
date_of(int64_t day)
{
        GDate date;

        g_date_clear(&date, 1);
        g_date_set_julian(&date, (guint32)(day + 719163));
        return date;
}

static enum payday
payday_of(const GDate *date)
{
        GDateDay day = g_date_get_day(date);
        GDateDay last = g_date_get_days_in_month(g_date_get_month(date), g_date_get_year(date));
        GDateWeekday weekday = g_date_get_weekday(date);
        /* The last working day: nothing but a weekend follows in the month. */
        bool ends = weekday <= G_DATE_FRIDAY && (day == last || (weekday == G_DATE_FRIDAY && day + 2 >= last));

        return ends ? PAYDAY_LAST : day == 1 ? PAYDAY_FIRST : day == 15 ? PAYDAY_MIDDLE
               : weekday == G_DATE_FRIDAY ? PAYDAY_FRIDAY : PAYDAY_NONE;
}

struct tally {
        int64_t tried, paid;
};

/* This shop's results for the class: all of them, or those of a weekday or an hour (-1: any). */
static struct tally
tally_of(const struct retry_facts *facts, int weekday, int hour)
{
        struct tally sum = { 0, 0 };

        for (size_t i = 0; i < facts->n_results; i++) {
                const struct retry_result *r = &facts->results[i];

                if (r->class == facts->class && (weekday < 0 || r->weekday == weekday) && (hour < 0 || r->hour == hour)) {
                        sum.tried += r->tried;
                        sum.paid += r->paid;
                }
        }
        return sum;
}

/* How much better than all of them: 1 when nothing is known, drawn towards 1 by few results. */
static double
lift(struct tally part, struct tally all)
{
        double rate = ((double)all.paid + 1) / ((double)all.tried + 2);
        double weight = 20;

        return ((double)part.paid + weight * rate) / ((double)part.tried + weight) / rate;
}

static double
score_of(const struct retry_facts *facts, const struct slot *slot, instant earliest)
{
        static const double paydays[] = { [PAYDAY_NONE] = 1, [PAYDAY_FRIDAY] = 1.4, [PAYDAY_FIRST] = 2.2,
                                          [PAYDAY_MIDDLE] = 1.8, [PAYDAY_LAST] = 2.2 };
        struct tally all = tally_of(facts, -1, -1);
        double score = 1;

        if (facts->class == DECLINE_SOFT_FUNDS)
                score *= paydays[slot->payday] * (slot->hour >= 9 && slot->hour <= 11 ? 1.05 : 1);
        if (all.tried >= RETRY_LEARNS_FROM)
                score *= lift(tally_of(facts, slot->weekday, -1), all) * lift(tally_of(facts, -1, slot->hour), all);
        return score - 0.1 * (double)(slot->at - earliest) / (double)DAY;
}

/* --- finding the moment --- */

static bool
find_slot(const struct retry_facts *facts, instant earliest, instant latest, struct slot *best)
{
        bool found = false;
        int64_t last = zone_time(latest, facts->zone).day;

        for (int64_t day = zone_time(earliest, facts->zone).day; day <= last; day++) {
                GDate date = date_of(day);
                struct slot slot = { .day = day, .weekday = (int)g_date_get_weekday(&date) - 1, .payday = payday_of(&date) };

                for (slot.hour = RETRY_FIRST_HOUR; slot.hour <= RETRY_LAST_HOUR; slot.hour++) {
                        int minute = slot.hour * 60 + facts->minute;
                        struct zone_time shown;

                        slot.at = zone_instant(day, minute, facts->zone);
                        if (slot.at < earliest || slot.at > latest || !is_allowed(facts, slot.at))
                                continue;
                        /* A change of the clocks may have left the hour out. */
                        shown = zone_time(slot.at, facts->zone);
                        if (shown.day != day || shown.minute != minute)
                                continue;
                        slot.score = score_of(facts, &slot, earliest);
                        if (!found || slot.score > best->score)
                                *best = slot;
                        found = true;
                }
        }
        return found;
}

/* --- saying why --- */

static const char *
day_words(struct pool *pool, int64_t day)
{
        GDate date = date_of(day);

        return pool_printf(pool, "%s %d %s", weekdays[g_date_get_weekday(&date) - 1], g_date_get_day(&date),
                           months[g_date_get_month(&date) - 1]);
}

static const char *
reason_words(struct pool *pool, const struct retry_facts *facts, const struct slot *slot, bool after_promise)
{
        static const char *const paydays[] = {
                [PAYDAY_NONE] = "with some days between there may be more on it",
                [PAYDAY_FRIDAY] = "many people are paid on a Friday",
                [PAYDAY_FIRST] = "many people are paid on the first of the month",
                [PAYDAY_MIDDLE] = "many people are paid on the 15th",
                [PAYDAY_LAST] = "many people are paid on the last working day of the month",
        };

        if (after_promise)
                return pool_printf(pool, "the customer promised to pay by %s, and nothing is tried before the day after",
                                   day_words(pool, facts->promised_day));
        switch (facts->class) {
        case DECLINE_SOFT_FUNDS:
                return pool_printf(pool, "there was not enough on the account, and %s", paydays[slot->payday]);
        case DECLINE_BANK:
                return "the bank alone knows why it declined, so the attempts are few and days apart";
        default:
                return "the bank gave no lasting reason, so it may go through after a pause";
        }
}

/* The customer tried it ahead of its day. */
static const char *
ahead_words(struct pool *pool, const struct retry_facts *facts, bool ahead)
{
        if (!ahead)
                return "";
        return pool_printf(pool, " It is due on %s, and not charged by itself before.", day_words(pool, facts->due_day));
}

static const char *
learned_words(struct pool *pool, const struct retry_facts *facts, const struct slot *slot)
{
        struct tally all = tally_of(facts, -1, -1), day = tally_of(facts, slot->weekday, -1);
        struct tally hour = tally_of(facts, -1, slot->hour);

        if (all.tried < RETRY_LEARNS_FROM)
                return "";
        return pool_printf(pool, " Learned from %lld attempts of this kind here: %lld of %lld on a %s and %lld of %lld "
                                 "at this hour went through.", (long long)all.tried, (long long)day.paid, (long long)day.tried,
                           weekdays[slot->weekday], (long long)hour.paid, (long long)hour.tried);
}

static struct retry_plan
no_more(const char *why)
{
        return (struct retry_plan){ false, 0, why };
}

/* Why nothing may be tried again, whenever; NULL when something may. */
static const char *
refusal(const struct retry_facts *facts)
{
        switch (facts->class) {
        case DECLINE_NEVER_AGAIN:
                return "Not tried again: the bank wants no further attempt with this method. The customer needs another one.";
        case DECLINE_FIX_CARD:
                return "Not tried again: the customer has to correct the details of the card first.";
        case DECLINE_ON_SESSION:
                return "Not tried again without the customer: the bank wants them to confirm the payment.";
        default:
                return !facts->has_method ? "Not tried again: there is no saved method that may be charged." : NULL;
        }
}

struct retry_plan
retry_plan(struct pool *pool, const struct retry_facts *facts)
{
        const struct pace *pace = &paces[facts->class];
        const char *refused = refusal(facts);
        int made = count_since(facts, OF_DUE, facts->now - RETRY_DAYS * DAY);
        instant earliest, latest, free_at = 0, due_at = zone_instant(facts->due_day, 0, facts->zone);
        instant end = MAX(facts->first_failed_at, due_at) + RETRY_DAYS * DAY;
        bool after_promise = false, ahead;
        struct slot slot;

        if (refused != NULL)
                return no_more(refused);
        earliest = MAX(last_try(facts) + pace->wait[CLAMP(made, 1, RETRY_MAX - 1) - 1] * HOUR, facts->now + HOUR / 2);
        ahead = due_at > earliest;
        if (ahead)
                earliest = due_at;
        latest = earliest + pace->look * HOUR;
        if (facts->promised) {
                free_at = zone_instant(facts->promised_day + 1, 0, facts->zone);
                after_promise = free_at > earliest;
        }
        if (after_promise) {
                earliest = free_at;
                latest = free_at + DAY;
                end = MAX(end, latest);
        }
        if (earliest > end)
                return no_more(pool_printf(pool, "Not tried again: %d days are over since it first failed.", RETRY_DAYS));
        if (!find_slot(facts, earliest, MIN(latest, end), &slot) && !find_slot(facts, earliest, end, &slot))
                return no_more(made >= pace->max
                               ? pool_printf(pool, "Not tried again: %d attempts were made, which is the limit for this kind "
                                             "of decline.", made)
                               : "Not tried again: the limits leave no time for another attempt.");
        return (struct retry_plan){ true, slot.at,
                pool_printf(pool, "%s at %02d:%02d (%s): %s.%s%s Attempt %d of at most %d.", day_words(pool, slot.day), slot.hour,
                            facts->minute, text_is_empty(facts->zone) ? "UTC" : facts->zone,
                            reason_words(pool, facts, &slot, after_promise), ahead_words(pool, facts, ahead),
                            learned_words(pool, facts, &slot), made + 1,
                            pace->max) };
}
