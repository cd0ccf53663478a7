/* What is sent to the gateway, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/pool.h"
#include "gateway/stripe.h"

static void
names_keep_brackets_values_are_encoded(void **state)
{
        static const struct stripe_field fields[] = {
                {"line_items[0][price_data][currency]", "eur"},
                {"line_items[0][price_data][product_data][name]", "Light & Dark: 50 % – Zoë"},
                {"left_out", NULL},
                {"empty", ""},
                {"expand[]", "latest_charge.balance_transaction"},
                {"metadata[a=b&c]", "x=y&z[0]+\r\n"},
        };
        struct pool *pool = pool_new();

        (void)state;
        assert_string_equal(stripe_form(pool, fields, sizeof fields / sizeof *fields),
                            "line_items[0][price_data][currency]=eur"
                            "&line_items[0][price_data][product_data][name]="
                            "Light%20%26%20Dark%3A%2050%20%25%20%E2%80%93%20Zo%C3%AB"
                            "&empty="
                            "&expand[]=latest_charge.balance_transaction"
                            "&metadata[a%3Db%26c]=x%3Dy%26z%5B0%5D%2B%0D%0A");
        assert_string_equal(stripe_form(pool, NULL, 0), "");
        pool_free(pool);
}

static void
only_https_or_loopback(void **state)
{
        static const struct {
                const char *url;
                bool good;
        } cases[] = {
                {"https://api.example.com", true},
                {"http://127.0.0.1:12111", true},
                {"http://localhost", true},
                {"http://[::1]:1/", true},
                {"http://api.example.com", false},
                {"http://127.0.0.1.example.com", false},
                {"http://localhost@example.com", false},
                {"ftp://example.com", false},
                {"https://example.com/?x", false},
                {"", false},
                {NULL, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct config config = {.gateway_url = cases[i].url, .gateway_key = "sk_test_1"};
                const char *error = NULL;
                struct stripe *stripe = stripe_open(&config, &error);

                assert_int_equal(stripe != NULL, cases[i].good);
                assert_int_equal(error == NULL, cases[i].good);
                stripe_close(stripe);
        }
}

static void
an_unclean_key_or_path_is_not_sent(void **state)
{
        static const char *const paths[] = {"",    "/x",  "a/../b", "a//b",
                                            "a?b", "a#b", "a b",    "a\r\nb"};
        struct config config = {.gateway_url = "http://127.0.0.1:1", .gateway_key = "sk_test_1"};
        const char *error = NULL;
        struct stripe *stripe = stripe_open(&config, &error);
        struct pool *pool = pool_new();
        char long_key[257];

        (void)state;
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
                assert_string_equal(stripe_post(stripe, pool, paths[i], "k", NULL, 0).code,
                                    "unclean_path");
                assert_string_equal(stripe_get(stripe, pool, paths[i], NULL, 0).code,
                                    "unclean_path");
        }
        memset(long_key, 'k', sizeof long_key - 1);
        long_key[256] = '\0';
        assert_string_equal(stripe_post(stripe, pool, "refunds", NULL, NULL, 0).code,
                            "unclean_key");
        assert_string_equal(stripe_post(stripe, pool, "refunds", "", NULL, 0).code, "unclean_key");
        assert_string_equal(stripe_post(stripe, pool, "refunds", "a\nb", NULL, 0).code,
                            "unclean_key");
        assert_string_equal(stripe_post(stripe, pool, "refunds", long_key, NULL, 0).code,
                            "unclean_key");
        /* Nobody listens on port 1: nothing was sent. */
        assert_int_equal(stripe_post(stripe, pool, "refunds", "k", NULL, 0).result, STRIPE_AWAY);
        pool_free(pool);
        stripe_close(stripe);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_keep_brackets_values_are_encoded),
                cmocka_unit_test(only_https_or_loopback),
                cmocka_unit_test(an_unclean_key_or_path_is_not_sent),
        };

        log_open("test", LOG_LEVEL_ERROR);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
