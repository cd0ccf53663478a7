/* Intervals of shares, against published figures (S1.13). */
#include "domain/interval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
near(double seen, double wanted)
{
        assert_true(seen > wanted - 0.00006 && seen < wanted + 0.00006);
}

/* Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3. */
static void
one_share(void **state)
{
        (void)state;
        near(interval_wilson(81, 263).low, 0.2553);
        near(interval_wilson(81, 263).high, 0.3662);
        near(interval_wilson(15, 148).low, 0.0624);
        near(interval_wilson(15, 148).high, 0.1605);
        near(interval_wilson(0, 20).low, 0);
        near(interval_wilson(0, 20).high, 0.1611);
        near(interval_wilson(1, 29).low, 0.0061);
        near(interval_wilson(1, 29).high, 0.1718);
        near(interval_wilson(20, 20).high, 1);
        near(interval_wilson(0, 0).low, 0);
        near(interval_wilson(0, 0).high, 1);
}

/* Newcombe 1998, "Interval estimation for the difference between independent proportions", table
 * II, method 10: 56/70 - 48/80 and others. */
static void
two_shares(void **state)
{
        struct interval d = interval_difference(48, 80, 56, 70);

        (void)state;
        near(d.share, 0.2);
        near(d.low, 0.0524);
        near(d.high, 0.3339);
        d = interval_difference(3, 10, 9, 10);
        near(d.low, 0.1705);
        near(d.high, 0.8090);
        d = interval_difference(0, 29, 5, 56);
        near(d.low, -0.0381);
        near(d.high, 0.1926);
        d = interval_difference(0, 10, 10, 10);
        near(d.low, 0.6075);
        near(d.high, 1);
        assert_true(interval_difference(1, 2, 0, 0).low < -0.99 && interval_difference(1, 2, 0, 0).high > 0.99);
}

int
main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(one_share), cmocka_unit_test(two_shares) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
