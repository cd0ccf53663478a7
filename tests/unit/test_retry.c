/* The planner of retries: what it decides on given facts, and that it breaks no limit on any. */
#include "domain/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/zone.h"

#define HOUR (3600 * CLOCK_SECOND)
#define DAY (24 * HOUR)

static struct pool *pool;

static int
set_up(void **state)
{
        (void)state;
        pool = pool_new();
        return 0;
}

static int
tear_down(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

/* Days since 1970-01-01 and minutes, as UTC. */
static instant
utc(int year, int month, int day, int hour, int minute)
{
        struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute };

        return (instant)timegm(&tm) * CLOCK_SECOND;
}

/* Monday 2 March 2026, 10:00 UTC: it failed just now. */
static struct retry_facts
just_failed(enum decline_class class, struct retry_try *first)
{
        instant at = utc(2026, 3, 2, 10, 0);

        *first = (struct retry_try){ at, true, true };
        return (struct retry_facts){ .now = at + 2 * CLOCK_SECOND, .first_failed_at = at, .class = class, .has_method = true,
                                     .network = RETRY_VISA, .zone = "Europe/Berlin", .minute = 15, .tries = first, .n_tries = 1 };
}

static void
hard_declines_are_never_tried_again(void **state)
{
        static const enum decline_class hard[] = { DECLINE_NEVER_AGAIN, DECLINE_FIX_CARD, DECLINE_ON_SESSION };
        struct retry_try first;

        (void)state;
        for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++) {
                struct retry_facts facts = just_failed(hard[i], &first);
                struct retry_plan plan = retry_plan(pool, &facts);

                assert_false(plan.retry);
                assert_non_null(strstr(plan.why, "Not tried again"));
                /* not for a promise either */
                facts.promised = true;
                facts.promised_day = zone_time(facts.now, facts.zone).day + 3;
                assert_false(retry_plan(pool, &facts).retry);
        }
}

static void
soft_ones_are_tried_in_the_customers_day(void **state)
{
        struct retry_try first;
        struct retry_facts facts = just_failed(DECLINE_SOFT, &first);
        struct retry_plan plan = retry_plan(pool, &facts);

        (void)state;
        assert_true(plan.retry);
        assert_int_equal(plan.at, utc(2026, 3, 2, 15, 15));
        assert_string_equal(plan.why, "Monday 2 March at 16:15 (Europe/Berlin): the bank gave no lasting reason, so it may go through "
                                      "after a pause. Attempt 2 of at most 8.");
        /* Six in the evening UTC is night in Tokyo: the next morning there. */
        facts.zone = "Asia/Tokyo";
        plan = retry_plan(pool, &facts);
        assert_int_equal(plan.at, utc(2026, 3, 2, 23, 15));
        assert_non_null(strstr(plan.why, "Tuesday 3 March at 08:15 (Asia/Tokyo)"));
}

static void
short_of_money_waits_for_payday(void **state)
{
        struct retry_try first = { utc(2026, 4, 28, 10, 0), true, true };
        struct retry_facts facts = just_failed(DECLINE_SOFT_FUNDS, &first);

        (void)state;
        /* A Tuesday; the last working day of April is the Thursday, the first a Friday. */
        first.at = facts.first_failed_at = utc(2026, 4, 28, 10, 0);
        facts.now = first.at + CLOCK_SECOND;
        struct retry_plan plan = retry_plan(pool, &facts);

        assert_true(plan.retry);
        assert_non_null(strstr(plan.why, "Thursday 30 April at 09:15 (Europe/Berlin): there was not enough on the account, and many "
                                         "people are paid on the last working day of the month."));
        for (size_t i = 0; i < 3; i++) {
                static const struct { int month, day; const char *then; } days[] = {
                        { 2, 27, "Sunday 1 March at 09:15 (Europe/Berlin): there was not enough on the account, and many people are paid "
                                 "on the first of the month." },
                        { 3, 12, "Sunday 15 March at 09:15 (Europe/Berlin): there was not enough on the account, and many people are "
                                 "paid on the 15th." },
                        { 3, 2, "Friday 6 March at 09:15 (Europe/Berlin): there was not enough on the account, and many people are paid "
                                "on a Friday." },
                };

                first.at = facts.first_failed_at = utc(2026, days[i].month, days[i].day, 10, 0);
                facts.now = first.at + CLOCK_SECOND;
                assert_non_null(strstr(retry_plan(pool, &facts).why, days[i].then));
        }
}

static void
without_a_reason_few_and_slow(void **state)
{
        struct retry_try tries[4];
        struct retry_facts facts = just_failed(DECLINE_BANK, &tries[0]);
        struct retry_plan plan = retry_plan(pool, &facts);

        (void)state;
        assert_true(plan.retry);
        assert_true(plan.at >= facts.first_failed_at + 3 * DAY);
        for (int i = 1; i < 4; i++)
                tries[i] = (struct retry_try){ facts.first_failed_at + i * 3 * DAY, true, true };
        facts.now = tries[3].at + CLOCK_SECOND;
        facts.n_tries = 4;
        plan = retry_plan(pool, &facts);
        assert_false(plan.retry);
        assert_string_equal(plan.why, "Not tried again: 4 attempts were made, which is the limit for this kind of decline.");
}

static void
a_promise_mutes_until_the_day_after(void **state)
{
        struct retry_try first;
        struct retry_facts facts = just_failed(DECLINE_SOFT, &first);
        struct retry_plan plan;

        (void)state;
        facts.promised = true;
        facts.promised_day = zone_time(facts.now, facts.zone).day + 20;
        plan = retry_plan(pool, &facts);
        assert_true(plan.retry);
        assert_int_equal(zone_time(plan.at, facts.zone).day, facts.promised_day + 1);
        assert_non_null(strstr(plan.why, "the customer promised to pay by Sunday 22 March"));
}

/* Who paid ahead of the day and was declined: nothing by itself before it, and then as after any failure. */
static void
nothing_before_the_day(void **state)
{
        struct retry_try try;
        struct retry_facts facts = just_failed(DECLINE_SOFT, &try);
        struct retry_plan plan;

        (void)state;
        facts.due_day = zone_time(facts.now, facts.zone).day + 20;
        plan = retry_plan(pool, &facts);
        assert_true(plan.retry);
        assert_int_equal(zone_time(plan.at, facts.zone).day, facts.due_day);
        assert_non_null(strstr(plan.why, "not charged by itself before"));
        facts.due_day = zone_time(facts.now, facts.zone).day;
        assert_null(strstr(retry_plan(pool, &facts).why, "before"));
}

static void
fourteen_days_are_the_end(void **state)
{
        struct retry_try first;
        struct retry_facts facts = just_failed(DECLINE_SOFT, &first);
        struct retry_plan plan;

        (void)state;
        facts.now = facts.first_failed_at + 14 * DAY;
        plan = retry_plan(pool, &facts);
        assert_false(plan.retry);
        assert_string_equal(plan.why, "Not tried again: 14 days are over since it first failed.");
        facts.now = facts.first_failed_at;
        facts.has_method = false;
        assert_string_equal(retry_plan(pool, &facts).why, "Not tried again: there is no saved method that may be charged.");
}

static void
the_card_has_limits_of_its_own(void **state)
{
        static struct retry_try tries[40];
        struct retry_facts facts = just_failed(DECLINE_SOFT, &tries[0]);

        (void)state;
        /* The same card was tried for other amounts, nineteen times this month. */
        for (int i = 1; i < 20; i++)
                tries[i] = (struct retry_try){ facts.now - i * DAY, false, true };
        facts.tries = tries;
        facts.n_tries = 20;
        facts.network = RETRY_MASTERCARD;
        assert_true(retry_plan(pool, &facts).at < facts.now + 2 * DAY);
        facts.network = RETRY_VISA;
        /* Visa: not before the oldest of twenty is 30 days old. */
        assert_true(retry_plan(pool, &facts).at >= tries[19].at + 30 * DAY);
        /* Mastercard: ten within a day, for whatever amounts; not before the first of them is a day old. */
        facts.network = RETRY_MASTERCARD;
        for (int i = 1; i < 11; i++)
                tries[i] = (struct retry_try){ facts.now - i * CLOCK_SECOND, false, true };
        facts.n_tries = 11;
        assert_true(retry_plan(pool, &facts).at >= tries[10].at + DAY);
}

static void
results_of_the_shop_count_from_fifty_on(void **state)
{
        struct retry_result results[] = {
                { DECLINE_SOFT, 0, 16, 24, 2 }, { DECLINE_SOFT, 1, 11, 25, 22 }, { DECLINE_NEVER_AGAIN, 0, 19, 900, 900 },
        };
        struct retry_try first;
        struct retry_facts facts = just_failed(DECLINE_SOFT, &first);
        instant soonest = retry_plan(pool, &facts).at;
        struct retry_plan plan;

        (void)state;
        facts.results = results;
        facts.n_results = 3;
        assert_int_equal(retry_plan(pool, &facts).at, soonest);
        assert_null(strstr(retry_plan(pool, &facts).why, "Learned"));
        results[0].tried++;
        plan = retry_plan(pool, &facts);
        assert_non_null(strstr(plan.why, "Tuesday 3 March at 11:15"));
        assert_non_null(strstr(plan.why, "Learned from 50 attempts of this kind here: 22 of 25 on a Tuesday and 22 of 25 at this hour "
                                         "went through."));
}

/* Results of a night that nobody is charged in speak for their weekday alone; those of a Sunday that
 * is far off for their hour alone. */
static void
results_count_by_weekday_and_by_hour(void **state)
{
        struct retry_result by_day[] = { { DECLINE_SOFT, 0, 3, 25, 2 }, { DECLINE_SOFT, 1, 3, 25, 22 } };
        struct retry_result by_hour[] = { { DECLINE_SOFT, 6, 12, 25, 2 }, { DECLINE_SOFT, 6, 18, 25, 22 } };
        struct retry_try first;
        struct retry_facts facts = just_failed(DECLINE_SOFT, &first);

        (void)state;
        facts.n_results = 2;
        facts.results = by_day;
        assert_non_null(strstr(retry_plan(pool, &facts).why, "Tuesday 3 March at 08:15"));
        facts.results = by_hour;
        assert_non_null(strstr(retry_plan(pool, &facts).why, "Monday 2 March at 18:15"));
}

/* --- any history --- */

static uint64_t seed = 20260302;

static unsigned
chance(unsigned n)
{
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return (unsigned)(seed % n);
}

/* Whether one more at AT stands in a window of SPAN with more than MAX. */
static bool
is_over(const struct retry_facts *facts, instant at, bool due, instant span, int max)
{
        int n = 1;

        for (size_t i = 0; i < facts->n_tries; i++)
                if ((due ? facts->tries[i].same_due : facts->tries[i].same_card) && facts->tries[i].at > at - span &&
                    facts->tries[i].at <= at)
                        n++;
        return n > max;
}

static void
check_plan(const struct retry_facts *facts, const struct retry_plan *plan)
{
        time_t seconds = (time_t)(plan->at / CLOCK_SECOND);
        struct tm local;

        assert_true(plan->why[0] != '\0');
        if (!plan->retry)
                return;
        assert_true(zone_time(plan->at, facts->zone).day >= facts->due_day);
        assert_true(decline_may_retry(facts->class) && facts->has_method);
        assert_true(plan->at > facts->now);
        localtime_r(&seconds, &local);
        if (local.tm_hour < RETRY_FIRST_HOUR || local.tm_hour > RETRY_LAST_HOUR)
                fail_msg("%s at %02d:%02d", facts->zone, local.tm_hour, local.tm_min);
        assert_false(is_over(facts, plan->at, true, 14 * DAY, 8));
        assert_false(is_over(facts, plan->at, true, 30 * DAY, 15));
        if (facts->class == DECLINE_BANK)
                assert_false(is_over(facts, plan->at, true, 14 * DAY, RETRY_BANK_MAX));
        assert_false(is_over(facts, plan->at, false, 30 * DAY, facts->network == RETRY_MASTERCARD ? 35 : 20));
        if (facts->network == RETRY_MASTERCARD)
                assert_false(is_over(facts, plan->at, false, DAY, 10));
        if (facts->promised)
                assert_true(zone_time(plan->at, facts->zone).day > facts->promised_day);
        else
                assert_true(plan->at <= facts->first_failed_at + 14 * DAY || plan->at <= (facts->due_day + 15) * DAY);
}

static void
fill(struct retry_facts *facts, struct retry_try *tries, struct retry_result *results, const char *zone, instant change)
{
        instant now = change + (instant)chance(20 * 86400) * CLOCK_SECOND - 10 * DAY;
        unsigned span = 1 + chance(35);

        *facts = (struct retry_facts){ .now = now, .class = (enum decline_class)chance(DECLINE_CLASSES), .has_method = chance(8) != 0,
                                       .network = (enum retry_network)chance(3), .zone = zone, .minute = (int)chance(60),
                                       .promised = chance(4) == 0, .tries = tries, .results = results };
        facts->first_failed_at = now - (instant)chance(16 * 86400) * CLOCK_SECOND;
        facts->promised_day = zone_time(now, zone).day + (int)chance(30) - 3;
        facts->due_day = zone_time(now, zone).day + (chance(4) == 0 ? (int)chance(20) : -(int)chance(20));
        facts->n_tries = chance(45);
        for (size_t i = 0; i < facts->n_tries; i++)
                tries[i] = (struct retry_try){ now - (instant)chance(span * 86400) * CLOCK_SECOND + (chance(50) == 0 ? DAY : 0),
                                               chance(3) == 0, chance(3) != 0 };
        facts->n_results = chance(5);
        for (size_t i = 0; i < facts->n_results; i++) {
                int64_t tried = chance(90);

                results[i] = (struct retry_result){ (enum decline_class)chance(DECLINE_CLASSES), (int)chance(7), (int)chance(24), tried,
                                                    chance((unsigned)tried + 1) };
        }
}

/* 200,000 histories around nights on which the clocks change, in ten zones; the local hour is
 * asked of the C library, which the planner does not use. */
static void
no_history_breaks_a_limit(void **state)
{
        static const struct { const char *zone; int month, day; } nights[] = {
                { "Europe/Berlin", 3, 29 }, { "Europe/London", 10, 25 }, { "America/New_York", 3, 8 }, { "America/Sao_Paulo", 11, 1 },
                { "Australia/Lord_Howe", 4, 5 }, { "Australia/Sydney", 10, 4 }, { "Asia/Kathmandu", 6, 1 }, { "Africa/Cairo", 4, 24 },
                { "America/Santiago", 9, 6 }, { "Pacific/Apia", 12, 30 },
        };
        static struct retry_try tries[45];
        static struct retry_result results[5];
        struct pool *one = pool_new();
        int retried = 0;

        (void)state;
        for (size_t z = 0; z < sizeof nights / sizeof nights[0]; z++) {
                setenv("TZ", nights[z].zone, 1);
                tzset();
                for (int i = 0; i < 20000; i++) {
                        struct retry_facts facts;
                        struct retry_plan plan;

                        fill(&facts, tries, results, nights[z].zone, utc(i % 2 == 0 ? 2026 : 2011, nights[z].month, nights[z].day, 2, 0));
                        plan = retry_plan(one, &facts);
                        check_plan(&facts, &plan);
                        retried += plan.retry;
                        pool_clear(one);
                }
        }
        pool_free(one);
        unsetenv("TZ");
        tzset();
        /* The property says something only when many were planned. */
        assert_true(retried > 30000);
}

/* Followed to its end a payment that never goes through is tried eight times in all. */
static void
a_plan_comes_to_an_end(void **state)
{
        static const int most[] = { [DECLINE_SOFT] = 8, [DECLINE_SOFT_FUNDS] = 8, [DECLINE_BANK] = 4 };
        struct retry_try tries[20];

        (void)state;
        for (int class = DECLINE_SOFT; class <= DECLINE_BANK; class++) {
                struct retry_facts facts = just_failed((enum decline_class)class, &tries[0]);
                struct retry_plan plan;

                while ((plan = retry_plan(pool, &facts)).retry) {
                        assert_true(facts.n_tries < 20);
                        tries[facts.n_tries++] = (struct retry_try){ plan.at, true, true };
                        facts.now = plan.at + CLOCK_SECOND;
                }
                assert_true((int)facts.n_tries <= most[class] && facts.n_tries >= 4);
        }
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hard_declines_are_never_tried_again),
                cmocka_unit_test(soft_ones_are_tried_in_the_customers_day),
                cmocka_unit_test(short_of_money_waits_for_payday),
                cmocka_unit_test(without_a_reason_few_and_slow),
                cmocka_unit_test(a_promise_mutes_until_the_day_after),
                cmocka_unit_test(nothing_before_the_day),
                cmocka_unit_test(fourteen_days_are_the_end),
                cmocka_unit_test(the_card_has_limits_of_its_own),
                cmocka_unit_test(results_of_the_shop_count_from_fifty_on),
                cmocka_unit_test(results_count_by_weekday_and_by_hour),
                cmocka_unit_test(no_history_breaks_a_limit),
                cmocka_unit_test(a_plan_comes_to_an_end),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
