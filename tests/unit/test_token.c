/* test_token: digests and encodings against published vectors; tokens have their form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/token.h"

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
tokens(void **state)
{
        char *one = token_new(pool), *two = token_new(pool);
        char changed[TOKEN_TEXT_LEN + 2];
        int i;

        (void)state;
        assert_int_equal(strlen(one), TOKEN_TEXT_LEN);
        assert_string_not_equal(one, two);
        for (i = 0; i < 1000; i++)
                assert_true(token_is(token_new(pool)));
        assert_false(token_is(NULL));
        assert_false(token_is(""));
        assert_false(token_is(one + 1));
        strcpy(changed, one);
        strcat(changed, "A");
        assert_false(token_is(changed));
        strcpy(changed, one);
        changed[5] = '+';
        assert_false(token_is(changed));
        changed[5] = '=';
        assert_false(token_is(changed));
        strcpy(changed, one);
        changed[42] = 'B';              /* bits beyond the 256th */
        assert_false(token_is(changed));
}

/* FIPS 180-4 and RFC 4231. */
static void
digests(void **state)
{
        uint8_t out[TOKEN_HASH_SIZE], key[131];

        (void)state;
        token_sha256("abc", 3, out);
        assert_string_equal(token_hex(pool, out, sizeof(out)),
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        token_sha256("", 0, out);
        assert_string_equal(token_hex(pool, out, sizeof(out)),
                            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        token_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
        assert_string_equal(token_hex(pool, out, sizeof(out)),
                            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        memset(key, 0xaa, sizeof(key));
        token_hmac_sha256(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
        assert_string_equal(token_hex(pool, out, sizeof(out)),
                            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        token_hmac_sha256(NULL, 0, "", 0, out);
        assert_string_equal(token_hex(pool, out, sizeof(out)),
                            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 4648, section 10. */
static void
encodings(void **state)
{
        static const struct { const char *in, *out; } cases[] = {
                { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
                { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
        };
        size_t i;

        (void)state;
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(token_base64(pool, cases[i].in, strlen(cases[i].in), 0), cases[i].out);
        assert_string_equal(token_base64url(pool, "\xfb\xff\xfe", 3), "-__-");
        assert_string_equal(token_base64url(pool, "f", 1), "Zg");
        assert_string_equal(token_hex(pool, "\x00\xff\x10", 3), "00ff10");
        assert_string_equal(token_base64(pool, "foobar", 6, 4), "Zm9v\r\nYmFy\r\n");
        assert_string_equal(token_base64(pool, "foobar", 6, 3), "Zm9\r\nvYm\r\nFy\r\n");
        assert_string_equal(token_base64(pool, "foobar", 6, 76), "Zm9vYmFy\r\n");
        assert_string_equal(token_base64(pool, "", 0, 76), "");
}

static void
encodings_agree_with_glib(void **state)
{
        uint8_t data[200];
        size_t n;

        (void)state;
        for (n = 0; n < sizeof(data); n++) {
                char *other;
                gsize len;
                guchar *back;

                token_random(data, n);
                other = g_base64_encode(data, n);
                assert_string_equal(token_base64(pool, data, n, 0), other);
                back = g_base64_decode(n == 0 ? "" : token_base64(pool, data, n, 76), &len);
                assert_int_equal(len, n);
                assert_memory_equal(back, data, n);
                g_free(back);
                g_free(other);
        }
}

static void
equality(void **state)
{
        (void)state;
        assert_true(token_equal("abc", 3, "abc", 3));
        assert_false(token_equal("abc", 3, "abd", 3));
        assert_false(token_equal("abc", 3, "ab", 2));
        assert_true(token_equal("", 0, NULL, 0));
        assert_true(token_equal("a\0b", 3, "a\0b", 3));
        assert_false(token_equal("a\0b", 3, "a\0c", 3));
}

static void
randomness_fills(void **state)
{
        uint8_t big[10000];
        size_t i, zeros = 0;

        (void)state;
        memset(big, 0, sizeof(big));
        token_random(big, sizeof(big));
        for (i = 0; i < sizeof(big); i++)
                zeros += big[i] == 0;
        assert_in_range(zeros, 1, 200);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(tokens), TEST(digests), TEST(encodings), TEST(encodings_agree_with_glib),
                TEST(equality), TEST(randomness_fills),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
