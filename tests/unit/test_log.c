/* test_log: one line per event, whatever the values hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "base/log.h"

static char captured[16384];
static int saved_stderr, file;

static void
capture(void)
{
        char path[] = "/tmp/lk-log-XXXXXX";

        saved_stderr = dup(STDERR_FILENO);
        file = mkstemp(path);
        assert_true(file >= 0);
        unlink(path);
        dup2(file, STDERR_FILENO);
}

/* What was written since capture(), after the time. */
static const char *
take(void)
{
        ssize_t n;

        dup2(saved_stderr, STDERR_FILENO);
        close(saved_stderr);
        n = pread(file, captured, sizeof(captured) - 1, 0);
        close(file);
        captured[n < 0 ? 0 : n] = '\0';
        if (captured[0] == '\0')
                return captured;
        assert_true(g_regex_match_simple("^time=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ", captured, 0, 0));
        return strchr(captured, ' ') + 1;
}

static void
plain_lines(void **state)
{
        (void)state;
        log_open("portal", LOG_LEVEL_INFO);
        capture();
        log_error("smtp_refused", "code", "550", "n", log_int(-7), "nothing", NULL, NULL);
        assert_string_equal(take(), "level=error program=portal what=smtp_refused code=550 n=-7 nothing=\n");
        log_request("4f00aa");
        capture();
        log_warning("slow", "path", "/orders/:number", NULL);
        assert_string_equal(take(), "level=warning program=portal request=4f00aa what=slow path=/orders/:number\n");
        log_request(NULL);
        capture();
        log_info("started", NULL);
        assert_string_equal(take(), "level=info program=portal what=started\n");
        capture();
        log_debug("detail", NULL);
        assert_string_equal(take(), "");
}

static void
values_cannot_break_out(void **state)
{
        static const struct { const char *value, *printed; } cases[] = {
                { "a b", "\"a b\"" }, { "", "" }, { "a=b", "\"a=b\"" }, { "say \"x\"", "\"say \\\"x\\\"\"" },
                { "back\\slash", "\"back\\\\slash\"" }, { "a\nlevel=error", "\"a\\nlevel=error\"" },
                { "a\r\t\x01\x7f", "\"a\\r\\t\\x01\\x7f\"" }, { "gr\xc3\xbcn", "\"gr\xc3\xbcn\"" },
                { "\xc2\x85", "\"\\u0085\"" }, { "\xe2\x80\xa8", "\"\\u2028\"" },
                { "\xff\xc3", "\"\\xff\\xc3\"" }, { "\x1b[31m", "\"\\x1b[31m\"" },
        };
        char expected[256];
        size_t i;

        (void)state;
        log_open("t", LOG_LEVEL_DEBUG);
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                capture();
                log_debug("x", "v", cases[i].value, NULL);
                snprintf(expected, sizeof(expected), "level=debug program=t what=x v=%s\n", cases[i].printed);
                assert_string_equal(take(), expected);
        }
}

/* Any bytes: exactly one line, no control characters in it, and it ends in time. */
static void
any_bytes_make_one_line(void **state)
{
        char value[4000];
        const char *line;
        int i;
        size_t k, len;

        (void)state;
        srand(6);
        for (i = 0; i < 300; i++) {
                len = 1 + (size_t)rand() % (sizeof(value) - 1);
                for (k = 0; k < len; k++)
                        value[k] = (char)(1 + rand() % 255);
                value[len] = '\0';
                capture();
                log_error("x", "v", value, "last", "end", NULL);
                line = take();
                assert_true(strlen(line) < 6000);
                assert_non_null(strstr(line, " last=end\n"));
                assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
                for (k = 0; k + 1 < strlen(line); k++)
                        assert_true((unsigned char)line[k] >= 0x20 && line[k] != 0x7f);
        }
}

static void
numbers_rotate(void **state)
{
        const char *a = log_int(1), *b = log_int(INT64_MIN);

        (void)state;
        assert_string_equal(a, "1");
        assert_string_equal(b, "-9223372036854775808");
}

static void
product_time_runs_ahead(void **state)
{
        instant real, product;

        (void)state;
        clock_set_ahead(7 * 86400 * CLOCK_SECOND);
        real = clock_real();
        product = clock_product();
        assert_in_range(product - real, 7 * 86400 * CLOCK_SECOND, 7 * 86400 * CLOCK_SECOND + 60 * CLOCK_SECOND);
        clock_set_ahead(0);
        assert_true(real > 1700000000 * CLOCK_SECOND);
        assert_true(clock_monotonic_ms() > 0);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(plain_lines), cmocka_unit_test(values_cannot_break_out),
                cmocka_unit_test(any_bytes_make_one_line), cmocka_unit_test(numbers_rotate),
                cmocka_unit_test(product_time_runs_ahead),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
