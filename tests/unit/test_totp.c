/* The second factor: the vectors of RFC 6238, the window, replay, base32 and the app's URI. */
#include "domain/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t *const secret = (const uint8_t *)"12345678901234567890";

static bool
right_at(int64_t seconds, const char *code, int64_t last, int64_t *step)
{
        return totp_verify(secret, 20, code, last, seconds * CLOCK_SECOND, step);
}

/* RFC 6238, appendix B, SHA-1; the last six of its eight digits. */
static void
vectors_of_the_rfc(void **state)
{
        static const struct {
                int64_t at;
                const char *code;
        } vectors[] = {
                { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
                { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
        };
        int64_t step;

        (void)state;
        for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
                assert_true(right_at(vectors[i].at, vectors[i].code, 0, &step));
                assert_int_equal(step, vectors[i].at / 30);
        }
}

/* One step early, one late, no more; the code of 1111111111 belongs to step 37037037. */
static void
window_of_one_step(void **state)
{
        int64_t step, begins = INT64_C(37037037) * 30;

        (void)state;
        assert_true(right_at(begins - 30, "050471", 0, &step));
        assert_int_equal(step, 37037037);
        assert_true(right_at(begins + 59, "050471", 0, &step));
        assert_false(right_at(begins - 31, "050471", 0, &step));
        assert_false(right_at(begins + 60, "050471", 0, &step));
}

/* A code counts once (safety rule 22): its step must be later than the last one. */
static void
replay_is_refused(void **state)
{
        int64_t step;

        (void)state;
        assert_true(right_at(1111111111, "050471", 37037036, &step));
        assert_false(right_at(1111111111, "050471", 37037037, &step));
        assert_false(right_at(1111111111, "050471", 37037038, &step));
}

static void
malformed_codes(void **state)
{
        static const char *const bad[] = { "", "5047", "0050471", "05047a", " 50471", "-50471", "０５０４７１" };
        int64_t step;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(right_at(1111111111, bad[i], 0, &step));
        assert_false(right_at(1111111111, NULL, 0, &step));
        assert_false(totp_verify(secret, 0, "050471", 0, 1111111111 * CLOCK_SECOND, &step));
}

/* RFC 4648, section 10, without padding. */
static void
base32_text(void **state)
{
        static const char *const vectors[][2] = {
                { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" }, { "foob", "MZXW6YQ" },
                { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" },
        };
        struct pool *pool = pool_new();

        (void)state;
        for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
                assert_string_equal(totp_base32(pool, (const uint8_t *)vectors[i][0], strlen(vectors[i][0]), false),
                                    vectors[i][1]);
        assert_string_equal(totp_base32(pool, secret, 20, true), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_string_equal(totp_url(pool, secret, 20, "Nörd & Co", "a@b.de"),
                            "otpauth://totp/N%C3%B6rd%20%26%20Co:a%40b.de?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                            "&issuer=N%C3%B6rd%20%26%20Co");
        pool_free(pool);
}

/* The page and the form derive the same secret from a link; another link, another secret. */
static void
secret_of_a_link(void **state)
{
        uint8_t one[TOTP_SECRET_SIZE], same[TOTP_SECRET_SIZE], other[TOTP_SECRET_SIZE], fresh[TOTP_SECRET_SIZE];

        (void)state;
        totp_secret_of("token-a", one);
        totp_secret_of("token-a", same);
        totp_secret_of("token-b", other);
        totp_new_secret(fresh);
        assert_memory_equal(one, same, TOTP_SECRET_SIZE);
        assert_memory_not_equal(one, other, TOTP_SECRET_SIZE);
        assert_memory_not_equal(one, fresh, TOTP_SECRET_SIZE);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(vectors_of_the_rfc), cmocka_unit_test(window_of_one_step),
                cmocka_unit_test(replay_is_refused),  cmocka_unit_test(malformed_codes),
                cmocka_unit_test(base32_text),        cmocka_unit_test(secret_of_a_link),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
