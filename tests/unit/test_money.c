/* test_money: exponents, printing and parsing, the tax inside a price; examples and
 * properties over many random amounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/money.h"
#include "base/money_format.h"

static const char *const currencies[] = { "JPY", "EUR", "KWD" };

static int64_t
random_amount(void)
{
        uint64_t bits = 0;
        int i;

        for (i = 0; i < 5; i++)
                bits = bits << 15 ^ (uint64_t)rand();
        return (int64_t)(bits >> (rand() % 64)) * (rand() % 2 ? 1 : -1);
}

static void
exponents(void **state)
{
        (void)state;
        assert_int_equal(money_exponent("EUR"), 2);
        assert_int_equal(money_exponent("eur"), 2);
        assert_int_equal(money_exponent("JPY"), 0);
        assert_int_equal(money_exponent("kwd"), 3);
        assert_int_equal(money_exponent("ISK"), 0);
        assert_int_equal(money_exponent("XYZ"), -1);
        assert_int_equal(money_exponent("EURO"), -1);
        assert_int_equal(money_exponent(""), -1);
        assert_int_equal(money_exponent(NULL), -1);
}

static void
steps(void **state)
{
        struct pool *pool = pool_new();

        (void)state;
        assert_int_equal(money_step("KWD"), 10);
        assert_int_equal(money_step("EUR"), 1);
        assert_int_equal(money_step("JPY"), 1);
        assert_null(money_step_fault(pool, 12340, "KWD"));
        assert_null(money_step_fault(pool, 1234, "EUR"));
        assert_string_equal(money_step_fault(pool, 12345, "KWD"), "The last digit must be 0 in KWD, such as 12.340 or 12.350");
        assert_string_equal(money_step_fault(pool, 5, "TND"), "The last digit must be 0 in TND, such as 0.010");
        pool_free(pool);
}

static void
plain_examples(void **state)
{
        static const struct { int64_t minor; const char *currency, *text; } cases[] = {
                { 4900, "EUR", "49.00" }, { 1200, "JPY", "1200" }, { 12500, "KWD", "12.500" },
                { 0, "EUR", "0.00" }, { 5, "EUR", "0.05" }, { -5, "EUR", "-0.05" }, { -1, "KWD", "-0.001" },
                { INT64_MAX, "EUR", "92233720368547758.07" },
                { INT64_MIN, "EUR", "-92233720368547758.08" },
                { INT64_MIN, "JPY", "-9223372036854775808" },
        };
        char out[24];
        size_t i;

        (void)state;
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                money_plain(cases[i].minor, cases[i].currency, out, sizeof(out));
                assert_string_equal(out, cases[i].text);
        }
}

static void
parse_refuses(void **state)
{
        static const struct { const char *text, *currency; } cases[] = {
                { "", "EUR" }, { "-", "EUR" }, { "+", "EUR" }, { ".", "EUR" }, { ".5", "EUR" },
                { "5.", "EUR" }, { "1.234", "EUR" }, { "1.2345", "KWD" }, { "1.0", "JPY" },
                { " 1", "EUR" }, { "1 ", "EUR" }, { "1,00", "EUR" }, { "1,000.00", "EUR" },
                { "1e3", "EUR" }, { "0x10", "EUR" }, { "--1", "EUR" }, { "1.-1", "EUR" },
                { "1.2.3", "EUR" }, { "49.00", "XYZ" }, { "\xd9\xa1", "EUR" },
                { "92233720368547758.08", "EUR" }, { "-92233720368547758.09", "EUR" },
                { "92233720368547759", "EUR" }, { "9223372036854775808", "JPY" },
                { "99999999999999999999999999999999", "EUR" },
        };
        int64_t minor = 77;
        size_t i;

        (void)state;
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (money_parse(cases[i].text, cases[i].currency, &minor))
                        fail_msg("\"%s\" passed for %s", cases[i].text, cases[i].currency);
        assert_false(money_parse(NULL, "EUR", &minor));
        assert_int_equal(minor, 77);
}

static void
parse_examples(void **state)
{
        static const struct { const char *text, *currency; int64_t minor; } cases[] = {
                { "49", "EUR", 4900 }, { "49.9", "EUR", 4990 }, { "+49.90", "EUR", 4990 },
                { "-0.01", "EUR", -1 }, { "007", "JPY", 7 }, { "1.5", "KWD", 1500 }, { "-0", "EUR", 0 },
                { "92233720368547758.07", "EUR", INT64_MAX }, { "-92233720368547758.08", "EUR", INT64_MIN },
        };
        int64_t minor;
        size_t i;

        (void)state;
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_true(money_parse(cases[i].text, cases[i].currency, &minor));
                assert_int_equal(minor, cases[i].minor);
        }
}

static void
what_is_printed_parses_back(void **state)
{
        char out[24];
        int64_t minor;
        int i, k;

        (void)state;
        srand(2);
        for (i = 0; i < 50000; i++) {
                int64_t amount = random_amount();

                for (k = 0; k < 3; k++) {
                        money_plain(amount, currencies[k], out, sizeof(out));
                        assert_true(money_parse(out, currencies[k], &minor));
                        assert_int_equal(minor, amount);
                }
        }
}

static void
tax_examples(void **state)
{
        (void)state;
        assert_int_equal(money_tax_included(11900, 1900), 1900);
        assert_int_equal(money_tax_included(4900, 1900), 782);          /* 782.35 */
        assert_int_equal(money_tax_included(-4900, 1900), -782);
        assert_int_equal(money_tax_included(4900, 0), 0);
        assert_int_equal(money_tax_included(0, 1900), 0);
        assert_int_equal(money_tax_included(3, 10000), 2);              /* 1.5, away from zero */
        assert_int_equal(money_tax_included(-3, 10000), -2);
        assert_int_equal(money_tax_included(INT64_MAX, 10000), INT64_MAX / 2 + 1);
        assert_int_equal(money_tax_included(INT64_MIN, 10000), INT64_MIN / 2);
        assert_int_equal(money_tax_included(4900, -5), 0);
}

/* Against 128-bit arithmetic: half away from zero, odd in the amount, and net and tax
 * make the gross with the tax between them and zero. */
static void
tax_properties(void **state)
{
        int i;

        (void)state;
        srand(3);
        for (i = 0; i < 200000; i++) {
                int64_t gross = random_amount();
                int rate = rand() % 10001;
                int64_t tax = money_tax_included(gross, rate);
                __int128 wide = (__int128)gross * rate;
                __int128 divisor = 10000 + rate;
                __int128 size = wide < 0 ? -wide : wide;
                int64_t right = (int64_t)((2 * size + divisor) / (2 * divisor));

                assert_int_equal(tax, gross < 0 ? -right : right);
                if (gross != INT64_MIN)
                        assert_int_equal(money_tax_included(-gross, rate), -tax);
                assert_true(gross >= 0 ? tax >= 0 && tax <= gross : tax <= 0 && tax >= gross);
        }
}

static void
a_list_has_an_amount_for_each_currency(void **state)
{
        static const char *const wrong[] = { "200", "EUR", "200 EURO", "200.005 EUR", "10.5 JPY", "200 EUR,", "200 EUR 3 JPY", "-1 EUR", "1 QQQ", "12.505 KWD", "any" };
        const char *list = "200.00 EUR, 30000 JPY,12.500 KWD";
        int64_t minor = 0;

        (void)state;
        assert_int_equal(money_listed(list, "EUR", &minor), 1);
        assert_int_equal(minor, 20000);
        assert_int_equal(money_listed(list, "JPY", &minor), 1);
        assert_int_equal(minor, 30000);
        assert_int_equal(money_listed(list, "KWD", &minor), 1);
        assert_int_equal(minor, 12500);
        assert_int_equal(money_listed(list, "USD", &minor), 0);
        assert_int_equal(money_listed("", "EUR", &minor), 0);
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                assert_int_equal(money_listed(wrong[i], "EUR", &minor), -1);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(exponents), cmocka_unit_test(steps), cmocka_unit_test(plain_examples),
                cmocka_unit_test(parse_refuses), cmocka_unit_test(parse_examples),
                cmocka_unit_test(what_is_printed_parses_back), cmocka_unit_test(tax_examples),
                cmocka_unit_test(a_list_has_an_amount_for_each_currency),
                cmocka_unit_test(tax_properties),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
