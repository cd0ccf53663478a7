/* Recovery codes: ten of each session and salt, the same again, and as they may be typed. */
#include "domain/recovery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct pool *pool;

static void
ten_of_their_own(void **state)
{
        (void)state;
        for (int i = 0; i < RECOVERY_CODES; i++) {
                const char *code = recovery_code(pool, "token", "salt", i);

                assert_int_equal(strlen(code), 14);
                assert_int_equal(strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-"), 14);
                assert_string_equal(code, recovery_code(pool, "token", "salt", i));
                assert_string_not_equal(code, recovery_code(pool, "token", "pepper", i));
                assert_string_not_equal(code, recovery_code(pool, "other", "salt", i));
                for (int j = 0; j < i; j++)
                        assert_string_not_equal(code, recovery_code(pool, "token", "salt", j));
        }
}

static void
as_typed(void **state)
{
        static const char *const same[] = { "OIBO-IBOI-BOIB", "oibo iboi boib", "01B0-1B01-B01B", "OI8OI8OI8OI8", " OIBOIBOIBOIB " };
        uint8_t first[TOKEN_HASH_SIZE], hash[TOKEN_HASH_SIZE];

        (void)state;
        recovery_hash(pool, same[0], first);
        for (size_t i = 1; i < sizeof same / sizeof same[0]; i++) {
                recovery_hash(pool, same[i], hash);
                assert_memory_equal(first, hash, sizeof hash);
        }
        recovery_hash(pool, "OIBO-IBOI-BOIC", hash);
        assert_memory_not_equal(first, hash, sizeof hash);
}

static void
hashes_in_order(void **state)
{
        uint8_t *all = recovery_hashes(pool, "token", "salt"), hash[TOKEN_HASH_SIZE];

        (void)state;
        for (int i = 0; i < RECOVERY_CODES; i++) {
                recovery_hash(pool, recovery_code(pool, "token", "salt", i), hash);
                assert_memory_equal(all + (size_t)i * TOKEN_HASH_SIZE, hash, sizeof hash);
        }
}

int
main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(ten_of_their_own),
                cmocka_unit_test(as_typed),
                cmocka_unit_test(hashes_in_order),
        };
        int failed;

        pool = pool_new();
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        pool_free(pool);
        return failed;
}
