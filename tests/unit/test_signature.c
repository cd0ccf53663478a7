/* Signatures of events: headers made by the gateway's own SDK, and ones that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "gateway/signature.h"

#include "signature_vectors.h"

#define NOW 1700000000
#define MARK "8f0a34ae12cf47b6dcbdf4e8ff3b1a1f9a34bc3b4f7f4a9fbbf2f3f1c3a7d001"

static const struct signature_secrets both = {"whsec_current", "whsec_previous"};

static enum signature_result
check(struct pool *pool, const char *header, const char *body)
{
        return signature_check(pool, &both, header, body, strlen(body), NOW);
}

static const struct vector *
vector_named(const char *name)
{
        for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
                if (strcmp(vectors[i].name, name) == 0)
                        return &vectors[i];
        fail_msg("no vector %s", name);
        return NULL;
}

static void
sdk_headers_are_judged(void **state)
{
        static const struct {
                const char *name;
                enum signature_result result;
        } want[] = {
                {"plain", SIGNATURE_OK},    {"empty", SIGNATURE_OK},
                {"unicode", SIGNATURE_OK},  {"newlines", SIGNATURE_OK},
                {"previous", SIGNATURE_OK}, {"stranger", SIGNATURE_WRONG},
                {"early", SIGNATURE_OK},    {"stale", SIGNATURE_STALE},
                {"late", SIGNATURE_OK},     {"future", SIGNATURE_FUTURE},
        };
        struct pool *pool = pool_new();

        (void)state;
        for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
                const struct vector *vector = vector_named(want[i].name);

                assert_int_equal(check(pool, vector->header, vector->body), want[i].result);
        }
        pool_free(pool);
}

static void
one_changed_byte_is_wrong(void **state)
{
        const struct vector *vector = vector_named("plain");
        struct pool *pool = pool_new();
        size_t len = strlen(vector->body);

        (void)state;
        for (size_t i = 0; i < len; i++) {
                char *body = pool_strdup(pool, vector->body);

                body[i] ^= 1;
                assert_int_equal(check(pool, vector->header, body), SIGNATURE_WRONG);
        }
        assert_int_equal(signature_check(pool, &both, vector->header, vector->body, len - 1, NOW),
                         SIGNATURE_WRONG);
        pool_free(pool);
}

static void
time_is_part_of_what_is_signed(void **state)
{
        const struct vector *vector = vector_named("stale");
        struct pool *pool = pool_new();
        char *header = pool_strdup(pool, vector->header);

        (void)state;
        memcpy(header, "t=1700000000", 12);
        assert_int_equal(check(pool, header, vector->body), SIGNATURE_WRONG);
        pool_free(pool);
}

static void
several_marks_and_other_schemes(void **state)
{
        const struct vector *vector = vector_named("plain");
        const char *mark = strstr(vector->header, "v1=");
        struct pool *pool = pool_new();

        (void)state;
        assert_int_equal(
                check(pool, pool_printf(pool, "t=1700000000,v1=" MARK ",%s", mark), vector->body),
                SIGNATURE_OK);
        assert_int_equal(
                check(pool, pool_printf(pool, "t=1700000000,%s,v1=" MARK, mark), vector->body),
                SIGNATURE_OK);
        assert_int_equal(
                check(pool, pool_printf(pool, "v0=xx,%s,t=1700000000", mark), vector->body),
                SIGNATURE_OK);
        assert_int_equal(
                check(pool, pool_printf(pool, "t=1700000000, %s, v2=later", mark), vector->body),
                SIGNATURE_OK);
        assert_int_equal(check(pool, "t=1700000000,v1=" MARK, vector->body), SIGNATURE_WRONG);
        /* The right mark under the name of another scheme is none. */
        assert_int_equal(check(pool, pool_printf(pool, "t=1700000000,v1=" MARK ",v0=%s", mark + 3),
                               vector->body),
                         SIGNATURE_WRONG);
        pool_free(pool);
}

static void
malformed_headers_are_refused(void **state)
{
        static const char *const bad[] = {
                "t",
                "=",
                "t=",
                ",",
                "t=1700000000",
                "v1=" MARK,
                "t=1700000000,v0=" MARK,
                "t=1700000000,v1=",
                "t=1700000000,v1=abc",
                "t=1700000000,v1=" MARK "0",
                "t=1700000000,v1=" MARK ",",
                "t=1700000000,,v1=" MARK,
                "t=-1,v1=" MARK,
                "t=17000000001700000000,v1=" MARK,
                "t=1700000000,t=1700000000,v1=" MARK,
                "t= 1700000000,v1=" MARK,
                "t=0x10,v1=" MARK,
                "T=1700000000,v1=" MARK,
                "t=1700000000,v1=8F0A34AE12CF47B6DCBDF4E8FF3B1A1F9A34BC3B4F7F4A9FBBF2F3F1C3A7D001",
        };
        struct pool *pool = pool_new();
        char *long_header = pool_alloc(pool, SIGNATURE_HEADER_MAX + 200);

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                assert_int_equal(check(pool, bad[i], "{}"), SIGNATURE_MALFORMED);
        strcpy(long_header, "t=1700000000,v1=" MARK ",x=");
        memset(long_header + strlen(long_header), 'y', SIGNATURE_HEADER_MAX);
        assert_int_equal(check(pool, long_header, "{}"), SIGNATURE_MALFORMED);
        assert_int_equal(check(pool, NULL, "{}"), SIGNATURE_MISSING);
        assert_int_equal(check(pool, "", "{}"), SIGNATURE_MISSING);
        pool_free(pool);
}

static void
an_empty_secret_signs_nothing(void **state)
{
        static const struct signature_secrets none = {"", NULL};
        struct pool *pool = pool_new();
        const char *header = signature_make(pool, "", NOW, "{}", 2);

        (void)state;
        assert_int_equal(signature_check(pool, &none, header, "{}", 2, NOW), SIGNATURE_WRONG);
        pool_free(pool);
}

static void
what_we_sign_equals_the_sdk(void **state)
{
        const struct vector *vector = vector_named("unicode");
        struct pool *pool = pool_new();

        (void)state;
        assert_string_equal(
                signature_make(pool, "whsec_current", NOW, vector->body, strlen(vector->body)),
                vector->header);
        pool_free(pool);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sdk_headers_are_judged),
                cmocka_unit_test(one_changed_byte_is_wrong),
                cmocka_unit_test(time_is_part_of_what_is_signed),
                cmocka_unit_test(several_marks_and_other_schemes),
                cmocka_unit_test(malformed_headers_are_refused),
                cmocka_unit_test(an_empty_secret_signs_nothing),
                cmocka_unit_test(what_we_sign_equals_the_sdk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
