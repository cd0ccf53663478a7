/* Mails from outside: signed addresses, parts, what was written, and what is cut off anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/incoming.h"
#include "mail/plain.h"

static const struct config config = { .reply_domain = "replies.example.com",
                                      .reply_secret = "0123456789abcdef0123456789abcdef" };
static const struct config other = { .reply_domain = "replies.example.com",
                                     .reply_secret = "another-secret-another-secret-00" };
static const struct config none = { .reply_domain = "", .reply_secret = "" };
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
addresses(void **state)
{
        const char *reply = address_reply(pool, &config, "18N57Z8GMK"), *bounce = address_bounce(pool, &config, 117);
        char *upper = pool_strdup(pool, reply);

        (void)state;
        assert_true(text_is_email(reply));
        assert_true(text_is_email(bounce));
        assert_int_equal(address_read(pool, &config, reply).kind, ADDRESS_REPLY);
        assert_string_equal(address_read(pool, &config, reply).ticket, "18N57Z8GMK");
        assert_int_equal(address_read(pool, &config, bounce).kind, ADDRESS_BOUNCE);
        assert_int_equal(address_read(pool, &config, bounce).message, 117);
        for (char *p = upper; *p != '\0'; p++)
                if (*p >= 'a' && *p <= 'z')
                        *p = (char)(*p - 'a' + 'A');
        assert_int_equal(address_read(pool, &config, upper).kind, ADDRESS_REPLY);
        assert_int_equal(address_read(pool, &other, reply).kind, ADDRESS_FORGED);
        assert_int_equal(address_read(pool, &none, reply).kind, ADDRESS_FOREIGN);
        assert_null(address_reply(pool, &none, "18N57Z8GMK"));
        /* Any other byte in number or signature is a forgery; the two kinds are not one another. */
        for (size_t i = strlen("reply+"); reply[i] != '@'; i++) {
                char *wrong = pool_strdup(pool, reply);

                wrong[i] = wrong[i] == '1' ? '2' : '1';
                assert_int_not_equal(address_read(pool, &config, wrong).kind, ADDRESS_REPLY);
        }
        assert_int_equal(address_read(pool, &config, pool_printf(pool, "bounce%s", strchr(reply, '+'))).kind, ADDRESS_FORGED);
        assert_int_equal(address_read(pool, &config, "help@replies.example.com").kind, ADDRESS_FOREIGN);
        assert_int_equal(address_read(pool, &config, "a+b.c@else.example").kind, ADDRESS_FOREIGN);
        assert_int_equal(address_read(pool, &config, "").kind, ADDRESS_FOREIGN);
}

static void
quotes(void **state)
{
        static const struct { const char *text, *kept; } cases[] = {
                { "Yes.\n\nOn Sun, 22 Nov 2026, Shop <a@b.example> wrote:\n> No?\n", "Yes." },
                { "Ja.\n\nAm 22.11.2026 um 10:00 schrieb Shop:\n> Nein?\n", "Ja." },
                { "Yes.\n\nOn Sun, 22 Nov 2026, at ten, the Shop\n<a@b.example> wrote:\n> No?", "Yes." },
                { "Yes.\n\n-----Original Message-----\nFrom: x", "Yes." },
                { "Yes.\n________________________________\nFrom: Shop <a@b.example>\nSent: today", "Yes." },
                { "Yes.\nFrom: Shop <a@b.example>\nSent: today\nTo: me", "Yes." },
                { "Yes.\n-- \nAnn\nExample Ltd", "Yes." },
                { "> a question\nan answer\n> another\n", "> a question\nan answer" },
                { "On Monday I wrote a letter.\nIt was long.", "On Monday I wrote a letter.\nIt was long." },
                { "From my view: it is fine", "From my view: it is fine" },
                { "> only\n> quoted", "> only\n> quoted" },
                { "", "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(plain_reply(pool, cases[i].text), cases[i].kept);
}

static void
markup(void **state)
{
        static const struct { const char *html, *text; } cases[] = {
                { "<p>a</p><p>b</p>", "a\n\nb" },
                { "a<br>b<br/>c", "a\nb\nc" },
                { "a &amp; b &#x20ac; &#8364; &nope; &#0; &#xd800; &", "a & b \xe2\x82\xac \xe2\x82\xac &nope; &#0; &#xd800; &" },
                { "<script>if (a < b) x()</script>y<style>p{}</style>", "y" },
                { "x<!-- <p>no</p> -->y", "xy" },
                { "a<blockquote>old</blockquote>b", "ab" },
                { "a<div class=\"gmail_quote\">old</div>", "a" },
                { "1 < 2 and <3", "1 < 2 and <3" },
                { "<p", "" }, { "<script>", "" }, { "<!--", "" }, { "<", "<" }, { "</", "" },
                { "  a \n\t b  ", "a b" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(plain_from_html(pool, cases[i].html), cases[i].text);
}

static const char mail[] =
        "Delivered-To: reply+1.2@replies.example.com\r\n"
        "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\n"
        "To: Group: a@example.org, b@example.org;, c@example.org\r\n"
        "Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        "--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\x01\r\n"
        "--c\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--c--\r\n"
        "--b\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--b--\r\n";

static void
parts(void **state)
{
        const char *error;
        const struct incoming *in = incoming_read(pool, mail, sizeof(mail) - 1, &error);

        (void)state;
        assert_non_null(in);
        assert_string_equal(in->recipients[0], "reply+1.2@replies.example.com");
        assert_string_equal(in->recipients[3], "c@example.org");
        assert_null(in->recipients[4]);
        assert_string_equal(in->from, "joerg@example.org");
        assert_string_equal(in->id, "1@example.org");
        assert_false(in->automatic);
        assert_string_equal(text_trim(pool, in->text), "Gr\xc3\xbc\xc3\x9f" "e");
        assert_int_equal(in->n_files, 1);
        assert_string_equal(in->files[0].name, "a.png");
        assert_int_equal(in->files[0].len, 4);
        assert_null(incoming_read(pool, "", 0, &error));
}

/* Cut at every byte and with odd bytes in it: it ends, and words are UTF-8. */
static void
odd_mails(void **state)
{
        static const char odd[] = "\r\n-\";=\0\xff:<>@,()";
        uint32_t seed = 7;
        const char *error;

        (void)state;
        for (size_t run = 0; run < 2 * sizeof(mail); run++) {
                size_t len = run < sizeof(mail) ? run : sizeof(mail) - 1;
                char *bytes = malloc(len + 1);
                const struct incoming *in;

                memcpy(bytes, mail, len);
                for (size_t i = 0; run >= sizeof(mail) && i < 1 + run % 9; i++) {
                        seed = seed * 1664525 + 1013904223;
                        bytes[(seed >> 8) % len] = odd[(seed >> 4) % (sizeof(odd) - 1)];
                }
                in = incoming_read(pool, bytes, len, &error);
                if (in != NULL && in->text != NULL)
                        assert_true(text_is_utf8(in->text, strlen(in->text)));
                if (in != NULL && in->html != NULL)
                        assert_true(text_is_utf8(plain_from_html(pool, in->html), strlen(plain_from_html(pool, in->html))));
                free(bytes);
                pool_clear(pool);
        }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = { TEST(addresses), TEST(quotes), TEST(markup), TEST(parts), TEST(odd_mails) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
