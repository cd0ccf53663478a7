/* Mails as bytes: headers that cannot be broken out of, lines that fit, parts that hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "mail/message.h"

static struct pool *pool;

static int
setup(void **state)
{
        (void)state;
        pool = pool_new();
        return 0;
}

static int
teardown(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

static struct message
usual(void)
{
        struct message message = {
                .from = "hello@shop.example",
                .from_name = "Northlight Studio",
                .to = "ann@example.com",
                .to_name = "Ann Other",
                .subject = "Your access is open",
                .text = "Hello\n",
                .html = "<p>Hello</p>\n",
                .id = "m-42.1",
                .date = 1772619072 * CLOCK_SECOND,
        };

        return message;
}

static const char *
bytes_of(const struct message *message)
{
        const char *error = NULL;
        size_t len = 0;
        const char *bytes = message_bytes(pool, message, &len, &error);

        if (!bytes)
                fail_msg("refused: %s", error);
        assert_int_equal(strlen(bytes), len);
        return bytes;
}

static void
assert_has(const char *bytes, const char *part)
{
        if (!strstr(bytes, part))
                fail_msg("no \"%s\" in:\n%s", part, bytes);
}

static void
assert_lines_fit(const char *bytes)
{
        while (*bytes) {
                const char *end = strstr(bytes, "\r\n");

                assert_non_null(end);
                assert_true(end - bytes <= 998);
                assert_null(memchr(bytes, '\n', (size_t)(end - bytes)));
                assert_null(memchr(bytes, '\r', (size_t)(end - bytes)));
                bytes = end + 2;
        }
}

static void
the_usual_headers(void **state)
{
        struct message message = usual();
        const char *bytes = bytes_of(&message);

        (void)state;
        assert_has(bytes, "Date: Wed, 04 Mar 2026 10:11:12 +0000\r\n");
        assert_has(bytes, "From: \"Northlight Studio\"\r\n <hello@shop.example>\r\n");
        assert_has(bytes, "To: \"Ann Other\"\r\n <ann@example.com>\r\n");
        assert_has(bytes, "Subject: Your access is open\r\n");
        assert_has(bytes, "Message-ID: <m-42.1@shop.example>\r\n");
        assert_has(bytes, "Auto-Submitted: auto-generated\r\n");
        assert_has(bytes, "Content-Type: multipart/alternative;\r\n");
        assert_lines_fit(bytes);
        assert_string_equal(bytes, bytes_of(&message)); /* the same each time */
}

static void
control_characters_are_refused_everywhere(void **state)
{
        static const char *const evil[] = {
                "a@example.com\r\nBcc: b@example.com",
                "a\nb@example.com",
                "a\x7f@example.com",
                "\x01",
        };
        struct message_file file = {"a.pdf", "application/pdf", "x", 1};
        const char *error;
        size_t len;

        (void)state;
        for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
                for (int field = 0; field < 9; field++) {
                        struct message message = usual();
                        struct message_file bad = file;
                        const char **fields[] = {
                                &message.from,    &message.from_name, &message.to,
                                &message.to_name, &message.reply_to,  &message.subject,
                                &message.id,      &bad.name,          &bad.type,
                        };

                        message.files = &bad;
                        message.n_files = 1;
                        *fields[field] = evil[i];
                        error = NULL;
                        assert_null(message_bytes(pool, &message, &len, &error));
                        assert_non_null(error);
                }
        }
}

static void
addresses_stand_alone(void **state)
{
        static const char *const bad[] = {
                "",
                "a",
                "@example.com",
                "a@",
                "a@b@example.com",
                "a,b@example.com",
                "a b@example.com",
                "<a@example.com>",
                "a@example.com>",
                "\"a\"@example.com",
                "a@example.com,b@example.com",
                "zo\303\253@example.com",
        };
        const char *error;
        size_t len;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct message message = usual();

                message.to = bad[i];
                assert_null(message_bytes(pool, &message, &len, &error));
        }
}

static void
names_and_subjects_are_encoded(void **state)
{
        struct message message = usual();
        const char *bytes;

        (void)state;
        message.to_name = "Zo\303\253 Gr\303\274n";
        message.from_name = "A \"quoted\" \\ name";
        message.subject =
                "\303\234ber 50 \342\202\254: ein sehr langer Betreff, der gewiss nicht in eine "
                "einzige kodierte Zeile passt \342\200\223 und weiter";
        bytes = bytes_of(&message);
        assert_has(bytes, "To: =?UTF-8?B?Wm/DqyBHcsO8bg==?=\r\n <ann@example.com>\r\n");
        assert_has(bytes, "From: \"A \\\"quoted\\\" \\\\ name\"\r\n");
        assert_has(bytes, "Subject: =?UTF-8?B?");
        assert_has(bytes, "?=\r\n =?UTF-8?B?");
        assert_lines_fit(bytes);
        message.subject = "=?UTF-8?B?Zm9v?="; /* not what it claims to be */
        assert_has(bytes_of(&message), "Subject: =?UTF-8?B?PT9VVEYtOD9CP1ptOXY/PQ==?=\r\n");
        message.to = "ann@b\303\274cher.example";
        assert_has(bytes_of(&message), "<ann@xn--bcher-kva.example>");
}

static void
bodies_are_quoted_printable(void **state)
{
        struct message message = usual();
        char *long_line = pool_alloc(pool, 5001);
        const char *bytes;

        (void)state;
        memset(long_line, 'x', 5000);
        message.html = NULL;
        message.text = pool_printf(pool, "a = b \n.\nFrom me\r\nZo\303\253\rend%s", long_line);
        bytes = bytes_of(&message);
        assert_has(bytes, "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                          "a =3D b=20\r\n=2E\r\n=46rom me\r\nZo=C3=AB\r\nend");
        assert_lines_fit(bytes);
        message.text = "\346\235\261\344\272\254\346\235\261\344\272\254";
        assert_has(bytes_of(&message),
                   "Content-Transfer-Encoding: base64\r\n\r\n5p2x5Lqs5p2x5LqsDQo=\r\n");
}

static void
boundaries_occur_in_no_part(void **state)
{
        struct message message = usual();
        const char *mark, *bytes;
        int count = 0;

        (void)state;
        bytes = bytes_of(&message);
        mark = strstr(bytes, "boundary=\"") + 10;
        mark = pool_strndup(pool, mark, (size_t)(strchr(mark, '"') - mark));
        message.text = pool_printf(pool, "--%s\n--%s--\n", mark, mark);
        message.html = message.text;
        bytes = bytes_of(&message);
        for (const char *at = bytes; (at = strstr(at, mark)) != NULL; at++)
                count++;
        assert_int_equal(count, 4); /* the header, two openings, the end */
}

static void
files_are_attached(void **state)
{
        static const struct message_file files[] = {
                {"R-2026-000042.pdf", "application/pdf", "%PDF", 4},
                {"Beleg \"neu\" Gr\303\274n.pdf", "application/pdf", "", 0},
        };
        struct message message = usual();
        const char *bytes;

        (void)state;
        message.files = files;
        message.n_files = 2;
        bytes = bytes_of(&message);
        assert_has(bytes, "Content-Type: multipart/mixed;\r\n");
        assert_has(bytes, "Content-Disposition: attachment;\r\n "
                          "filename=\"R-2026-000042.pdf\"\r\n\r\nJVBERg==\r\n");
        assert_has(bytes, " filename*=UTF-8''Beleg%20%22neu%22%20Gr%C3%BCn.pdf\r\n");
        assert_lines_fit(bytes);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_usual_headers),
                cmocka_unit_test(control_characters_are_refused_everywhere),
                cmocka_unit_test(addresses_stand_alone),
                cmocka_unit_test(names_and_subjects_are_encoded),
                cmocka_unit_test(bodies_are_quoted_printable),
                cmocka_unit_test(boundaries_occur_in_no_part),
                cmocka_unit_test(files_are_attached),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
