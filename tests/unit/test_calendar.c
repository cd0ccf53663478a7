/* Calendars: folded, escaped, with days that no time zone moves. */
#include "view/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

enum { LONGEST = 75, LEAP_DAY = 21243 };       /* 2028-02-29 */

static struct pool *pool;

static const char *
text_of(struct calendar_event event)
{
        size_t len;
        const char *text = calendar_text(pool, "Payments: a, b; c", &event, 1, &len);

        assert_int_equal(len, strlen(text));
        return text;
}

/* Every line ends by CRLF, is no longer than it may be, and is UTF-8 by itself; put together again. */
static char *
unfolded(const char *text)
{
        char **lines = g_strsplit(text, "\r\n", -1), *all;
        GString *out = g_string_new(NULL);

        assert_null(strstr(text, "\n\n"));
        for (size_t i = 0; lines[i] != NULL; i++) {
                assert_true(strlen(lines[i]) <= LONGEST);
                assert_true(g_utf8_validate(lines[i], -1, NULL));
                assert_null(strchr(lines[i], '\n'));
                assert_null(strchr(lines[i], '\r'));
                if (lines[i][0] == ' ')
                        g_string_append(out, lines[i] + 1);
                else
                        g_string_append_printf(out, "\n%s", lines[i]);
        }
        g_strfreev(lines);
        all = pool_strndup(pool, out->str, out->len);
        g_string_free(out, TRUE);
        return all;
}

static void
has(const char *text, const char *line)
{
        const char *whole = pool_printf(pool, "\n%s\n", line);

        if (strstr(text, whole) == NULL)
                fail_msg("no line \"%s\" in %s", line, text);
}

static struct calendar_event
event_on(int32_t on, const char *summary)
{
        return (struct calendar_event){ .uid = "A-2@shop.example", .sequence = 3, .changed_at = 1700000000 * CLOCK_SECOND, .on = on,
                                        .summary = summary, .description = "d", .url = "https://shop.example/plans/A", .alarms = "" };
}

static void
an_event_is_a_day(void **state)
{
        const char *text = unfolded(text_of(event_on(LEAP_DAY, "25.00 EUR")));

        (void)state;
        for (const char *const *line = (const char *const[]){ "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:A-2@shop.example", "SEQUENCE:3",
                                        "DTSTAMP:20231114T221320Z", "LAST-MODIFIED:20231114T221320Z", "DTSTART;VALUE=DATE:20280229",
                                        "DTEND;VALUE=DATE:20280301", "SUMMARY:25.00 EUR", "CLASS:PRIVATE", "TRANSP:TRANSPARENT",
                                        "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H", "X-WR-CALNAME:Payments: a\\, b\\; c", "END:VCALENDAR", NULL };
             *line != NULL; line++)
                has(text, *line);
        assert_null(strstr(text, "VTIMEZONE"));
        assert_null(strstr(text, "VALARM"));
}

static void
nothing_is_a_calendar_too(void **state)
{
        size_t len;
        const char *text = calendar_text(pool, "None", NULL, 0, &len);

        (void)state;
        has(unfolded(text), "END:VCALENDAR");
        assert_null(strstr(text, "VEVENT"));
}

static void
alarms_are_at_nine(void **state)
{
        struct calendar_event event = event_on(LEAP_DAY, "25.00 EUR");
        const char *text;

        (void)state;
        event.alarms = "-7 -1 0";
        text = unfolded(text_of(event));
        has(text, "TRIGGER:-P6DT15H");
        has(text, "TRIGGER:-PT15H");
        has(text, "TRIGGER:PT9H");
        has(text, "ACTION:DISPLAY");
}

static void
text_is_escaped(void **state)
{
        struct calendar_event event = event_on(LEAP_DAY, "a, b; c\\d \"e\"");
        const char *text;

        (void)state;
        event.description = "one\ntwo\r\nEND:VEVENT\x7f\tthree";
        text = unfolded(text_of(event));
        has(text, "SUMMARY:a\\, b\\; c\\\\d \"e\"");
        assert_null(strstr(text, "\nEND:VEVENT\nEND:VEVENT"));
        has(text, "DESCRIPTION:one\\ntwo\\nEND:VEVENT\tthree");
}

/* Of any length, in letters of one to four bytes, with blanks where a line ends and without. */
static void
lines_are_folded_between_letters(void **state)
{
        static const char *const letters[] = { "a", "é", "€", "𝄞", "a ", "é €𝄞" };

        (void)state;
        for (size_t kind = 0; kind < G_N_ELEMENTS(letters); kind++)
                for (size_t n = 1; n < 120; n++) {
                        GString *summary = g_string_new("|");
                        const char *text;

                        for (size_t i = 0; i < n; i++)
                                g_string_append(summary, letters[kind]);
                        g_string_append(summary, "|");
                        text = unfolded(text_of(event_on(LEAP_DAY, summary->str)));
                        has(text, pool_printf(pool, "SUMMARY:%s", summary->str));
                        g_string_free(summary, TRUE);
                }
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_event_is_a_day),
                cmocka_unit_test(nothing_is_a_calendar_too),
                cmocka_unit_test(alarms_are_at_nine),
                cmocka_unit_test(text_is_escaped),
                cmocka_unit_test(lines_are_folded_between_letters),
        };
        int failed;

        pool = pool_new();
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        pool_free(pool);
        return failed;
}
