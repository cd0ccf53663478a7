/* multipart: what browsers write, what they do not, and what is cut off at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/filetype.h"
#include "base/pool.h"
#include "base/text.h"
#include "http/multipart.h"

#define TYPE "multipart/form-data; boundary=----x7"
#define MARK "------x7"
#define FIELD(name, value) MARK "\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_PART(file, content)                                                                          \
        MARK "\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" file "\"\r\n"              \
             "Content-Type: text/plain\r\n\r\n" content "\r\n"
#define END MARK "--\r\n"

static const char whole[] = FIELD("csrf_token", "abc") FIELD("text", "two\r\nlines") FIELD("empty", "")
        FILE_PART("a;b \\\"c\\\".txt", "one\r\n--\r\n------x\r\ntwo") FILE_PART("", "") FILE_PART("%22d%22.txt", "") END;

static struct pool *pool;
static struct multipart form;

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

static enum multipart_result
reads(const char *type, const char *body)
{
        return multipart_read(pool, type, body, strlen(body), &form);
}

static void
fields_and_files(void **state)
{
        (void)state;
        assert_int_equal(reads(TYPE, whole), MULTIPART_OK);
        assert_int_equal(form.n_fields, 3);
        assert_string_equal(form.fields[0].name, "csrf_token");
        assert_string_equal(form.fields[0].value, "abc");
        assert_string_equal(form.fields[1].value, "two\r\nlines");
        assert_string_equal(form.fields[2].value, "");
        assert_int_equal(form.n_files, 2);      /* none was chosen in the second */
        assert_string_equal(form.files[0].name, "a;b \"c\".txt");
        assert_int_equal(form.files[0].len, strlen("one\r\n--\r\n------x\r\ntwo"));
        assert_memory_equal(form.files[0].data, "one\r\n--\r\n------x\r\ntwo", form.files[0].len);
        assert_string_equal(form.files[1].name, "\"d\".txt");
        assert_int_equal(form.files[1].len, 0);
        assert_int_equal(reads("Multipart/Form-Data;charset=utf-8 ; BOUNDARY=\"----x7\"", whole), MULTIPART_OK);
}

static void
no_form(void **state)
{
        static const char *const types[] = { "multipart/form-data", "multipart/form-data; boundary=",
                                             "multipart/form-data; xboundary=----x7", ("multipart/form-data; boundary=\"a\x01" "b\""),
                                             "multipart/form-data; boundary=y" };
        char many[201 * 80], *at = many;

        (void)state;
        assert_true(multipart_is("multipart/form-data; boundary=x"));
        assert_false(multipart_is("multipart/form-dataset; boundary=x"));
        assert_false(multipart_is(NULL));
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
                assert_int_equal(reads(types[i], whole), MULTIPART_BAD);
        assert_int_equal(reads(TYPE, "preamble\r\n" END), MULTIPART_BAD);
        assert_int_equal(reads(TYPE, MARK "x\r\n\r\n\r\n" END), MULTIPART_BAD);
        assert_int_equal(reads(TYPE, MARK "\r\nContent-Type: text/plain\r\n\r\nx\r\n" END), MULTIPART_BAD);
        assert_int_equal(reads(TYPE, MARK "\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n" END), MULTIPART_BAD);
        assert_int_equal(reads(TYPE, FIELD("a", "\xff") END), MULTIPART_BAD);
        assert_int_equal(reads(TYPE, FIELD("\xff", "a") END), MULTIPART_BAD);
        assert_int_equal(multipart_read(pool, TYPE, FIELD("a", "x\0y") END, sizeof(FIELD("a", "x\0y") END) - 1, &form), MULTIPART_BAD);
        for (int i = 0; i < 201; i++)
                at = stpcpy(at, FIELD("a", "b"));
        strcpy(at, END);
        assert_int_equal(reads(TYPE, many), MULTIPART_BAD);
}

/* Each beginning of it is cut (or, at the very end, whole); nothing is read beyond it. */
static void
cut_at_every_byte(void **state)
{
        (void)state;
        for (size_t len = 0; len < sizeof(whole) - 1; len++) {
                char *exact = malloc(len + 1);
                enum multipart_result result;

                memcpy(exact, whole, len);
                result = multipart_read(pool, TYPE, exact, len, &form);
                if (result != (len < sizeof(whole) - 3 ? MULTIPART_CUT : MULTIPART_OK))
                        fail_msg("cut at %zu: %.*s", len, (int)(len < 40 ? len : 40), whole + (len < 40 ? 0 : len - 40));
                free(exact);
                pool_clear(pool);
        }
        assert_int_equal(reads(TYPE, FIELD("a", "b") FILE_PART("c.txt", "half")), MULTIPART_CUT);
        assert_int_equal(form.n_fields, 1);
        assert_int_equal(form.n_files, 0);
}

/* Bytes changed, doubled and taken out: it ends, and what it gives is in bounds and UTF-8. */
static void
odd_bodies(void **state)
{
        static const char odd[] = "\r\n-\";=\0\xff:%x7";
        uint32_t seed = 1;

        (void)state;
        for (int run = 0; run < 20000; run++) {
                size_t len = sizeof(whole) - 1;
                char *body = malloc(len);

                memcpy(body, whole, len);
                for (int i = 0; i < 1 + run % 8; i++) {
                        size_t at;

                        seed = seed * 1664525 + 1013904223;
                        at = (seed >> 8) % len;
                        if (seed % 3 == 0 && len > 1)
                                memmove(body + at, body + at + 1, --len - at);
                        else
                                body[at] = odd[(seed >> 4) % (sizeof(odd) - 1)];
                }
                multipart_read(pool, TYPE, body, len, &form);
                for (size_t i = 0; i < form.n_fields; i++)
                        assert_true(text_is_utf8(form.fields[i].value, strlen(form.fields[i].value)));
                for (size_t i = 0; i < form.n_files; i++) {
                        const char *data = form.files[i].data;

                        assert_true(data >= body && data + form.files[i].len <= body + len);
                }
                free(body);
                pool_clear(pool);
        }
}

static void
types_of_files(void **state)
{
        (void)state;
        assert_string_equal(filetype_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), "image/png");
        assert_null(filetype_of("\x89PNG\r\n\x1a\n", 8));
        assert_string_equal(filetype_of("\xff\xd8\xff\xe0", 4), "image/jpeg");
        assert_string_equal(filetype_of("%PDF-1.7\n\xff", 10), "application/pdf");
        assert_string_equal(filetype_of("<html>", 6), "text/plain");
        assert_string_equal(filetype_of("gr\xc3\xbc\xc3\x9f\x65\r\n\t", 10), "text/plain");
        assert_null(filetype_of("a\0b", 3));
        assert_null(filetype_of("\xff\xfe", 2));
        assert_null(filetype_of("\x1b[31m", 5));
        assert_null(filetype_of("GIF89a\x01", 7));
}

static void
names_of_files(void **state)
{
        static const char *const odd[] = { "", ".htaccess", "a/b", "a\\b", "a\r\nb", "a\"b", "\xe2\x80\xae.png", "\xff", "a:b", NULL };

        (void)state;
        for (size_t i = 0; odd[i] != NULL; i++)
                assert_false(filetype_name_is_clean(odd[i]));
        assert_false(filetype_name_is_clean(NULL));
        assert_true(filetype_name_is_clean("Bildschirmfoto – 1 (2).png"));
        assert_string_equal(filetype_name(pool, "a.JPEG", "image/jpeg"), "a.JPEG");
        assert_string_equal(filetype_name(pool, "a.html", "text/plain"), "a.html.txt");
        assert_string_equal(filetype_name(pool, "../a\r\n.png", "image/png"), "_._a__.png");
        assert_string_equal(filetype_name(pool, NULL, "application/pdf"), "file.pdf");
        assert_string_equal(filetype_name(pool, ".png", "image/png"), "_png.png");
        for (size_t len = 100; len < 300; len++) {
                char *name = memset(pool_alloc(pool, len + 1), 'n', len);

                assert_true(filetype_name_is_clean(filetype_name(pool, name, "image/png")));
        }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(fields_and_files), TEST(no_form), TEST(cut_at_every_byte), TEST(odd_bodies), TEST(types_of_files),
                TEST(names_of_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
