/* format: money by locale, days and times as a person says them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/pool.h"
#include "view/format.h"

#define NBSP "\xc2\xa0"

static struct pool *pool;

/* Wednesday 4 March 2026, 10:00 UTC */
static const instant now = INT64_C(1772618400) * CLOCK_SECOND;
static const instant hour = 3600 * CLOCK_SECOND;

static int
open_pool(void **state)
{
        (void)state;
        pool = pool_new();
        return 0;
}

static int
close_pool(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

static void
money_follows_the_locale(void **state)
{
        static const struct {
                int64_t minor;
                const char *currency, *locale, *text;
        } cases[] = {
                {4900, "EUR", "en_GB", "49.00" NBSP "EUR"},
                {4900, "eur", "en_GB", "49.00" NBSP "EUR"},
                {123450, "EUR", "de_DE", "1.234,50" NBSP "EUR"},
                {123450, "EUR", "de_DE.UTF-8", "1.234,50" NBSP "EUR"},
                {123450, "EUR", "de-DE", "1.234,50" NBSP "EUR"},
                {123450, "EUR", "de_AT", "1" NBSP "234,50" NBSP "EUR"},
                {123450, "EUR", "es_ES", "1234,50" NBSP "EUR"},
                {123456789, "EUR", "en_GB", "1,234,567.89" NBSP "EUR"},
                {123456789, "EUR", "xx_YY", "1,234,567.89" NBSP "EUR"},
                {123456789, "EUR", NULL, "1,234,567.89" NBSP "EUR"},
                {1200, "JPY", "en_GB", "1,200" NBSP "JPY"},
                {12500, "KWD", "en_GB", "12.500" NBSP "KWD"},
                {5, "EUR", "en_GB", "0.05" NBSP "EUR"},
                {0, "EUR", "de_DE", "0,00" NBSP "EUR"},
                {-123450, "EUR", "en_GB",
                 "\xe2\x88\x92"
                 "1,234.50" NBSP "EUR"},
                {INT64_MIN, "EUR", "en_GB",
                 "\xe2\x88\x92"
                 "92,233,720,368,547,758.08" NBSP "EUR"},
                {4900, "???", "en_GB", "4,900" NBSP "???"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(
                        format_money(pool, cases[i].minor, cases[i].currency, cases[i].locale),
                        cases[i].text);
}

static void
days_are_said_as_a_person_does(void **state)
{
        (void)state;
        assert_string_equal(format_day(pool, now, "UTC", now), "Today");
        assert_string_equal(format_day(pool, now + 24 * hour, "UTC", now), "Tomorrow");
        assert_string_equal(format_day(pool, now - 24 * hour, "UTC", now), "Yesterday");
        assert_string_equal(format_day(pool, now + 48 * hour, "UTC", now), "Friday 6 March");
        assert_string_equal(format_day(pool, now - 100 * 24 * hour, "UTC", now),
                            "Monday 24 November 2025");
        /* one minute to midnight in Berlin is still today in London */
        assert_string_equal(format_day(pool, now + 13 * hour, "Europe/Berlin", now), "Tomorrow");
        assert_string_equal(format_day(pool, now + 13 * hour, "Europe/London", now), "Today");
}

static void
times_carry_their_zone(void **state)
{
        (void)state;
        assert_string_equal(format_time(pool, now, "Europe/Berlin", now), "Today at 11:00");
        assert_string_equal(format_inside(pool, "Today at 11:00"), "today at 11:00");
        assert_string_equal(format_inside(pool, "Tuesday 4 March"), "Tuesday 4 March");
        assert_string_equal(format_time(pool, now + 72 * hour, "Europe/Berlin", now),
                            "Saturday 7 March at 11:00");
        assert_string_equal(format_exact(pool, now, "Europe/Berlin"),
                            "Wednesday 4 March 2026, 11:00 (CET)");
        /* in summer time, two hours ahead */
        assert_string_equal(format_exact(pool, now + 60 * 24 * hour, "Europe/Berlin"),
                            "Sunday 3 May 2026, 12:00 (CEST)");
        assert_string_equal(format_exact(pool, now, "No/Where"),
                            "Wednesday 4 March 2026, 10:00 (UTC)");
        assert_string_equal(format_exact(pool, now, NULL), "Wednesday 4 March 2026, 10:00 (UTC)");
        assert_string_equal(format_rfc3339(pool, now), "2026-03-04T10:00:00Z");
        assert_string_equal(format_rfc3339(pool, -1), "1969-12-31T23:59:59Z");
        assert_string_equal(format_rfc3339_date(pool, INT32_MAX), "9999-12-31");
}

static void
dates_have_no_zone(void **state)
{
        const int32_t today = 20516; /* 2026-03-04 */

        (void)state;
        assert_string_equal(format_date(pool, today, now, "Europe/Berlin"), "Today");
        assert_string_equal(format_date(pool, today + 1, now, "Europe/Berlin"), "Tomorrow");
        assert_string_equal(format_date(pool, today + 2, now, "America/Los_Angeles"),
                            "Friday 6 March");
        /* 10:00 UTC is already the 5th in Auckland when 13 hours have passed */
        assert_string_equal(format_date(pool, today, now + 13 * hour, "Pacific/Auckland"),
                            "Yesterday");
        assert_string_equal(format_exact_date(pool, today), "Wednesday 4 March 2026");
        assert_string_equal(format_rfc3339_date(pool, today), "2026-03-04");
        assert_string_equal(format_rfc3339_date(pool, -1), "1969-12-31");
        assert_string_equal(format_exact_date(pool, INT32_MAX), "Friday 31 December 9999");
}

/* Every day from 1600 to 2400 against GLib's calendar. */
static void
the_calendar_is_right(void **state)
{
        GDate date;

        (void)state;
        g_date_clear(&date, 1);
        for (int32_t days = -135140; days < 157054; days += 5) {
                struct pool *own = pool_new();
                char expected[16];

                g_date_set_julian(&date, (guint32)(days + 719163));
                g_date_strftime(expected, sizeof expected, "%Y-%m-%d", &date);

                assert_string_equal(format_rfc3339_date(own, days), expected);
                g_date_strftime(expected, sizeof expected, "%A", &date);
                assert_memory_equal(format_exact_date(own, days), expected, strlen(expected));
                pool_free(own);
        }
        assert_non_null(format_exact(pool, INT64_MIN, "Europe/Berlin"));
        assert_non_null(format_time(pool, INT64_MAX, "Europe/Berlin", now));
        assert_string_equal(format_time_markup(pool, now, "Europe/Berlin", now),
                            "<time datetime=\"2026-03-04T10:00:00Z\" title=\"Wednesday 4 March "
                            "2026, 11:00 (CET)\">Today at 11:00</time>");
}

static void
durations_are_short(void **state)
{
        (void)state;
        assert_string_equal(format_seconds(pool, 0), "0 s");
        assert_string_equal(format_seconds(pool, -2), "0 s");
        assert_string_equal(format_seconds(pool, 0.01), "0.1 s");
        assert_string_equal(format_seconds(pool, 0.4), "0.4 s");
        assert_string_equal(format_seconds(pool, 3), "3 s");
        assert_string_equal(format_seconds(pool, 9.96), "10 s");
        assert_string_equal(format_seconds(pool, 12.3), "12 s");
        assert_string_equal(format_seconds(pool, 59.6), "1 min");
        assert_string_equal(format_seconds(pool, 180), "3 min");
        assert_string_equal(format_seconds(pool, 3599), "1 h");
        assert_string_equal(format_seconds(pool, 7200), "2 h");
        assert_string_equal(format_seconds(pool, 5 * 86400), "5 days");
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(money_follows_the_locale),
                cmocka_unit_test(days_are_said_as_a_person_does),
                cmocka_unit_test(times_carry_their_zone),
                cmocka_unit_test(dates_have_no_zone),
                cmocka_unit_test(the_calendar_is_right),
                cmocka_unit_test(durations_are_short),
        };

        return cmocka_run_group_tests_name("format", tests, open_pool, close_pool);
}
