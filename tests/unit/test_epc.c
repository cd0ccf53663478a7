/* Account numbers and the QR code of a credit transfer (S1.3). */
#include "domain/epc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/iban.h"

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

static void
accounts_are_right_by_their_check_digits(void **state)
{
        static const char *const right[] = { "DE89370400440532013000", "GB82WEST12345698765432", "NO9386011117947",
                                             "MT84MALT011000012345MTLCAST001S" };
        static const char *const wrong[] = { "", "DE89370400440532013001", "DE98370400440532013000", "de89370400440532013000",
                                             "DE89 3704 0044 0532 0130 00", "8937DE0400440532013000", "DE8937040044-532013000",
                                             "DE893704004405", "DE8937040044053201300000000000000000" };

        (void)state;
        for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
                assert_true(iban_is_valid(right[i]));
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                assert_false(iban_is_valid(wrong[i]));
        assert_string_equal(iban_plain(pool, "de89 3704 0044 0532 0130 00"), right[0]);
        assert_string_equal(iban_grouped(pool, right[0]), "DE89 3704 0044 0532 0130 00");
        assert_string_equal(iban_grouped(pool, ""), "");
        assert_string_equal(iban_grouped(pool, "DE89"), "DE89");
}

static void
bank_codes_have_eight_or_eleven(void **state)
{
        (void)state;
        assert_true(iban_is_bic("COBADEFF"));
        assert_true(iban_is_bic("COBADEFFXXX"));
        assert_true(iban_is_bic("DEUTDEDB110"));
        assert_false(iban_is_bic("COBADEF"));
        assert_false(iban_is_bic("COB1DEFF"));
        assert_false(iban_is_bic("cobadeff"));
        assert_false(iban_is_bic("COBADEFFXX"));
}

static void
payload_is_byte_for_byte_the_standard_s(void **state)
{
        (void)state;
        assert_string_equal(epc_payload(pool, "Northlight Studio GmbH", "DE89370400440532013000", "COBADEFFXXX", 14900,
                                        "RF18539007547034"),
                            "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNorthlight Studio GmbH\nDE89370400440532013000\nEUR149.00\n\n"
                            "RF18539007547034");
        assert_string_equal(epc_payload(pool, "Æ", "DE89370400440532013000", "", 1, "RF18539007547034"),
                            "BCD\n002\n1\nSCT\n\nÆ\nDE89370400440532013000\nEUR0.01\n\nRF18539007547034");
}

static void
amounts_and_names_beyond_the_standard(void **state)
{
        char name[4 * 80 + 1] = "";
        char *payload;

        (void)state;
        assert_null(epc_payload(pool, "A", "DE89370400440532013000", "", 0, "RF18539007547034"));
        assert_null(epc_payload(pool, "A", "DE89370400440532013000", "", -14900, "RF18539007547034"));
        assert_null(epc_payload(pool, "A", "DE89370400440532013000", "", INT64_C(100000000000), "RF18539007547034"));
        assert_null(epc_payload(pool, "A", "DE89370400440532013000", "", INT64_MAX, "RF18539007547034"));
        assert_non_null(strstr(epc_payload(pool, "A", "DE89370400440532013000", "", INT64_C(99999999999), "RF18539007547034"),
                               "\nEUR999999999.99\n"));
        for (int i = 0; i < 80; i++)
                strcat(name, "é");
        payload = epc_payload(pool, name, "DE89370400440532013000", "COBADEFFXXX", 14900, "RF18539007547034");
        assert_non_null(payload);
        assert_int_equal(strstr(payload, "\nDE89") - strstr(payload, "é"), 70 * 2);
        assert_true(strlen(payload) <= EPC_MAX);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(accounts_are_right_by_their_check_digits),
                cmocka_unit_test(bank_codes_have_eight_or_eleven),
                cmocka_unit_test(payload_is_byte_for_byte_the_standard_s),
                cmocka_unit_test(amounts_and_names_beyond_the_standard),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
