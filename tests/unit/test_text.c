/* test_text: control characters, addresses, card numbers, slugs and encodings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

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
comparisons(void **state)
{
        (void)state;
        assert_true(text_is_empty(NULL));
        assert_true(text_is_empty(""));
        assert_false(text_is_empty(" "));
        assert_true(text_equal(NULL, NULL));
        assert_false(text_equal(NULL, ""));
        assert_true(text_equal("a", "a"));
        assert_true(text_starts("abc", "ab"));
        assert_false(text_starts("a", "ab"));
        assert_false(text_starts(NULL, "a"));
}

static void
utf8(void **state)
{
        (void)state;
        assert_true(text_is_utf8("", 0));
        assert_true(text_is_utf8("gr\xc3\xbc\xc3\x9f", 6));
        assert_false(text_is_utf8("\xc3", 1));
        assert_false(text_is_utf8("\xc0\xaf", 2));              /* overlong */
        assert_false(text_is_utf8("\xed\xa0\x80", 3));          /* a surrogate */
        assert_false(text_is_utf8("\xf4\x90\x80\x80", 4));      /* beyond U+10FFFF */
}

/* Every control character, in every place of a text, and no other character below U+3000. */
static void
control_characters(void **state)
{
        unsigned c;

        (void)state;
        assert_false(text_has_control(NULL));
        assert_false(text_has_control(""));
        for (c = 1; c < 0x3000; c++) {
                bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
                char one[4] = "", text[32];
                int place;

                if (c < 0x80)
                        one[0] = (char)c;
                else if (c < 0x800) {
                        one[0] = (char)(0xc0 | c >> 6);
                        one[1] = (char)(0x80 | (c & 63));
                } else {
                        one[0] = (char)(0xe0 | c >> 12);
                        one[1] = (char)(0x80 | (c >> 6 & 63));
                        one[2] = (char)(0x80 | (c & 63));
                }
                for (place = 0; place < 3; place++) {
                        snprintf(text, sizeof(text), "%s%s%s", place > 0 ? "a" : "", one, place < 2 ? "b" : "");
                        if (text_has_control(text) != control)
                                fail_msg("U+%04X at place %d", c, place);
                }
        }
}

static void
trimming(void **state)
{
        (void)state;
        assert_null(text_trim(pool, NULL));
        assert_string_equal(text_trim(pool, ""), "");
        assert_string_equal(text_trim(pool, " \t\r\n"), "");
        assert_string_equal(text_trim(pool, "  a  b\n"), "a  b");
        assert_string_equal(text_trim(pool, "\xc2\xa0 a\xe3\x80\x80"), "a");    /* U+00A0, U+3000 */
        assert_string_equal(text_trim(pool, "\xef\xbb\xbf" "a"), "a");          /* byte order mark */
        assert_string_equal(text_trim(pool, "\xc3"), "\xc3");
}

static void
addresses(void **state)
{
        static const char *const good[] = {
                "a@example.com", "first.last+tag@sub.example.co.uk", "o'neil@example.com", "x@localhost",
                "gr\xc3\xbc\xc3\x9f" "e@example.com", "a@b\xc3\xbc" "cher.example", "a@xn--bcher-kva.example",
                "A@EXAMPLE.COM", "1@1.example",
        };
        static const char *const bad[] = {
                "", "a", "@", "a@", "@example.com", "a@b", "a@@example.com", "a@b@example.com",
                "a b@example.com", " a@example.com", "a@example.com ", "a@exam ple.com", "a@example.com\n",
                "a\r\nBcc: b@example.com", "a@example..com", "a@.example.com", "a@example.com.",
                ".a@example.com", "a.@example.com", "a..b@example.com", "a@-example.com", "a@example-.com",
                "a@127.0.0.1", "a@[127.0.0.1]", "\"a\"@example.com", "a,b@example.com", "<a@example.com>",
                "a@example.com>", "a@exa_mple.com", "a\xc2\xa0@example.com", "\xc3@example.com", "a@example.123",
        };
        size_t i;

        (void)state;
        assert_false(text_is_email(NULL));
        for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                if (!text_is_email(good[i]))
                        fail_msg("refused: %s", good[i]);
        for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                if (text_is_email(bad[i]))
                        fail_msg("taken: %s", bad[i]);
}

static void
address_lengths(void **state)
{
        char local[80], label[80], text[400];

        (void)state;
        memset(local, 'a', sizeof(local));
        memset(label, 'b', sizeof(label));
        snprintf(text, sizeof(text), "%.64s@example.com", local);
        assert_true(text_is_email(text));
        snprintf(text, sizeof(text), "%.65s@example.com", local);
        assert_false(text_is_email(text));
        snprintf(text, sizeof(text), "a@%.63s.com", label);
        assert_true(text_is_email(text));
        snprintf(text, sizeof(text), "a@%.64s.com", label);
        assert_false(text_is_email(text));
        snprintf(text, sizeof(text), "%.64s@%.63s.%.63s.%.57s.com", local, label, label, label);
        assert_int_equal(strlen(text), 254);
        assert_true(text_is_email(text));
        snprintf(text, sizeof(text), "%.64s@%.63s.%.63s.%.58s.com", local, label, label, label);
        assert_false(text_is_email(text));
}

static void
folding(void **state)
{
        (void)state;
        assert_string_equal(text_fold_email(pool, " Jo.Doe@Example.COM\n"), "jo.doe@example.com");
        assert_string_equal(text_fold_email(pool, "a@B\xc3\x9c" "CHER.example"), "a@xn--bcher-kva.example");
        assert_string_equal(text_fold_email(pool, "a@XN--BCHER-KVA.example"), "a@xn--bcher-kva.example");
        assert_string_equal(text_fold_email(pool, "STRA\xc3\x9f" "E@example.com"), "strasse@example.com");
        /* Composed and decomposed letters are the same. */
        assert_string_equal(text_fold_email(pool, "\xc3\x89@example.com"),
                            text_fold_email(pool, "E\xcc\x81@example.com"));
        assert_null(text_fold_email(pool, "no address"));
        assert_null(text_fold_email(pool, NULL));
}

/* Folding twice changes nothing. */
static void
folding_is_idempotent(void **state)
{
        static const char alphabet[] = "aZ9.+-_@\xc3\xb6 ";
        char text[24];
        int i, k;

        (void)state;
        srand(4);
        for (i = 0; i < 20000; i++) {
                char *once, *twice;
                int len = 1 + rand() % 12;

                for (k = 0; k < len; k++)
                        text[k] = alphabet[rand() % (int)(sizeof(alphabet) - 1)];
                snprintf(text + len, sizeof(text) - (size_t)len, "@b.io");
                once = text_fold_email(pool, text);
                if (once == NULL)
                        continue;
                twice = text_fold_email(pool, once);
                assert_non_null(twice);
                assert_string_equal(once, twice);
        }
}

static void
card_examples(void **state)
{
        static const char *const found[] = {
                "4242424242424242", "my card is 4242 4242 4242 4242 thanks", "4242-4242-4242-4242",
                "4242.4242.4242.4242", "378282246310005", "6011000990139424", "4222222222222",
                "4242 4242 4242 4242 12/27 123", "order 17: 4242424242424242", "x4242424242424242y",
                "4242 - 4242 - 4242 - 4242", "4242\n4242\n4242\n4242",
                "\xef\xbc\x94\xef\xbc\x92\xef\xbc\x94\xef\xbc\x92 4242 4242 4242",          /* full width */
                "4242\xe2\x80\x93" "4242\xe2\x80\x93" "4242\xe2\x80\x93" "4242",
        };
        static const char *const clean[] = {
                "", "hello", "4242424242424241", "424242424242", "42424242424242424242424242",
                "4242 4242 and later 4242 4242", "+49 30 1234567", "2026-03-04 10:11:12",
                "4242,aaaa,4242,4242,4242",
        };
        size_t i;

        (void)state;
        assert_false(text_has_card_number(NULL));
        for (i = 0; i < sizeof(found) / sizeof(found[0]); i++)
                if (!text_has_card_number(found[i]))
                        fail_msg("not seen: %s", found[i]);
        for (i = 0; i < sizeof(clean) / sizeof(clean[0]); i++)
                if (text_has_card_number(clean[i]))
                        fail_msg("wrongly seen: %s", clean[i]);
}

static void
card_masks(void **state)
{
        static const struct { const char *text, *masked; } cases[] = {
                { "card 4242 4242-4242 4242.", "card **** ****-**** 4242." },
                { "4242424242424242 and 5555555555554444", "************4242 and ************4444" },
                { "order 123, no card", "order 123, no card" },
                { "\u0664\u0662\u0664\u0662 4242 4242 4242", "**** **** **** 4242" },
                { "", "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_string_equal(text_mask_card_numbers(pool, cases[i].text), cases[i].masked);
                assert_false(text_has_card_number(text_mask_card_numbers(pool, cases[i].text)));
        }
        assert_null(text_mask_card_numbers(pool, NULL));
}

/* The check digit makes any 12 to 18 digits a card number; any other digit does not. */
static void
luhn_properties(void **state)
{
        int i, k;

        (void)state;
        srand(5);
        for (i = 0; i < 20000; i++) {
                char digits[24], spaced[64];
                int n = 12 + rand() % 7, sum = 0, check, wrong;

                for (k = 0; k < n; k++)
                        digits[k] = (char)('0' + rand() % 10);
                for (k = 0; k < n; k++) {
                        int d = digits[n - 1 - k] - '0';

                        if (k % 2 == 0)
                                d = d * 2 > 9 ? d * 2 - 9 : d * 2;
                        sum += d;
                }
                check = (10 - sum % 10) % 10;
                digits[n] = (char)('0' + check);
                digits[n + 1] = '\0';
                assert_true(text_has_card_number(digits));
                snprintf(spaced, sizeof(spaced), "a %.4s %.4s %s b", digits, digits + 4, digits + 8);
                assert_true(text_has_card_number(spaced));
                wrong = (check + 1 + rand() % 9) % 10;
                digits[n] = (char)('0' + wrong);
                assert_false(text_has_card_number(digits));
        }
}

static void
links(void **state)
{
        (void)state;
        assert_true(text_has_link("https://example.net"));
        assert_true(text_has_link("see Www.example.net"));
        assert_true(text_has_link("x://"));
        assert_false(text_has_link("Ann Example, c/o the wwwunder shop"));
        assert_false(text_has_link("a course: in May"));
        assert_false(text_has_link(""));
        assert_false(text_has_link(NULL));
}

static void
slugs(void **state)
{
        char text[90];

        (void)state;
        assert_true(text_is_slug("a"));
        assert_true(text_is_slug("portrait-light-2"));
        assert_false(text_is_slug(""));
        assert_false(text_is_slug(NULL));
        assert_false(text_is_slug("-a"));
        assert_false(text_is_slug("a-"));
        assert_false(text_is_slug("a--b"));
        assert_false(text_is_slug("A"));
        assert_false(text_is_slug("a b"));
        assert_false(text_is_slug("a/b"));
        assert_false(text_is_slug("\xc3\xb6"));
        memset(text, 'a', sizeof(text));
        text[80] = '\0';
        assert_true(text_is_slug(text));
        text[80] = 'a';
        text[81] = '\0';
        assert_false(text_is_slug(text));
}

static void
url_encoding(void **state)
{
        (void)state;
        assert_null(text_url_encode(pool, NULL));
        assert_string_equal(text_url_encode(pool, ""), "");
        assert_string_equal(text_url_encode(pool, "aZ09-._~"), "aZ09-._~");
        assert_string_equal(text_url_encode(pool, "a b&c=d/\xc3\xb6%+"), "a%20b%26c%3Dd%2F%C3%B6%25%2B");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(comparisons), TEST(utf8), TEST(control_characters), TEST(trimming), TEST(addresses),
                TEST(address_lengths), TEST(folding), TEST(folding_is_idempotent), TEST(card_examples), TEST(card_masks),
                TEST(luhn_properties), TEST(links), TEST(slugs), TEST(url_encoding),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
