/* Passwords: argon2id in its encoded form, and which ones are refused. */
#include "domain/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config config = { .site_name = "Northlight Studio" };

static void
hash_and_verify(void **state)
{
        struct pool *pool = pool_new();
        const char *hash = password_hash(pool, "larch quill moor");

        (void)state;
        assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
        assert_string_not_equal(hash, password_hash(pool, "larch quill moor"));
        assert_true(password_verify(hash, "larch quill moor"));
        assert_false(password_verify(hash, "larch quill moos"));
        assert_false(password_verify(hash, ""));
        assert_false(password_verify("", "larch quill moor"));
        assert_false(password_verify("$argon2id$nonsense", "larch quill moor"));
        assert_false(password_dummy("larch quill moor"));
        pool_free(pool);
}

/* One keyboard composes an umlaut, the other sends two characters. */
static void
the_same_letters(void **state)
{
        struct pool *pool = pool_new();

        (void)state;
        assert_true(password_verify(password_hash(pool, "M\xc3\xbcller's Garten"), "Mu\xcc\x88ller's Garten"));
        pool_free(pool);
}

static void
refused(void **state)
{
        static const char *const bad[] = {
                "short", "elevenchars", "password1234", "Password2026!", "P@ssw0rd!P@ssw0rd!", "passwordpassword",
                "aaaaaaaaaaaaaaa", "abababababababab", "abcabcabcabcabc", "123456789012345", "9876543210987",
                "qwertyuiop123", "abcdefghijklmno", "letmein123456", "Welcome20262026", "iloveyouforever", "correct horse battery staple",
                "dragonmonkey99", "sunshine sunshine", "northlightstudio", "Northlight2026!", "adalovelace2026",
                "ada.lovelace@example.com", "            ", "!!!!!!!!!!!!!!", "0000-0000-0000",
        };
        struct pool *pool = pool_new();

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                if (password_problem(pool, &config, bad[i], PASSWORD_MIN_SECOND, "ada.lovelace@example.com") == NULL)
                        fail_msg("taken: %s", bad[i]);
        }
        pool_free(pool);
}

static void
taken(void **state)
{
        static const char *const good[] = {
                "larch quill moor", "ordinary spoon under a lantern", "x7#Lq9!vTz2@", "Der Mond geht gern spazieren",
                "summer rain on my window", "ich esse Pflaumen 7", "пароль из четырёх слов", "紫陽花の咲く庭で本を読むのが好き",
        };
        struct pool *pool = pool_new();

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
                const char *problem = password_problem(pool, &config, good[i], PASSWORD_MIN_SECOND,
                                                       "ada.lovelace@example.com");

                if (problem != NULL)
                        fail_msg("refused: %s: %s", good[i], problem);
        }
        assert_null(password_problem(pool, &config, "larch quill moor", PASSWORD_MIN_ALONE, NULL));
        pool_free(pool);
}

/* Characters are counted, not bytes; too short is said with the number. */
static void
length(void **state)
{
        struct pool *pool = pool_new();
        char long_one[PASSWORD_MAX + 2];

        (void)state;
        assert_string_equal(password_problem(pool, &config, "ööööööö", PASSWORD_MIN_SECOND, NULL),
                            "Use at least 12 characters");
        assert_string_equal(password_problem(pool, &config, "larch quill mo", PASSWORD_MIN_ALONE, NULL),
                            "Use at least 15 characters");
        memset(long_one, 'x', sizeof long_one - 1);
        long_one[sizeof long_one - 1] = '\0';
        assert_string_equal(password_problem(pool, &config, long_one, PASSWORD_MIN_SECOND, NULL),
                            "Use at most 200 characters");
        pool_free(pool);
}

/* A start without the list says which setting to mend. */
static int
load(void **state)
{
        const char *error = NULL, *dir = getenv("srcdir");
        static char path[4096];

        (void)state;
        config.common_passwords = "/nonexistent/list.txt";
        if (password_load(&config, &error) || strstr(error, "common_passwords") == NULL)
                return 1;
        snprintf(path, sizeof path, "%s/etc/common-passwords.txt", dir != NULL ? dir : ".");
        config.common_passwords = path;
        return password_load(&config, &error) ? 0 : 1;
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hash_and_verify), cmocka_unit_test(the_same_letters),
                cmocka_unit_test(refused),         cmocka_unit_test(taken),
                cmocka_unit_test(length),
        };

        return cmocka_run_group_tests(tests, load, NULL);
}
