/* test_config: the example loads; each mistake is an error that names file, setting and fix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/config.h"

static struct pool *pool;
static char path[] = "/tmp/lk-config-XXXXXX";

/* The least that is needed, as group, key, value. */
static const char *const least[][3] = {
        { "site", "name", "Shop" }, { "site", "portal_url", "https://learn.example.com" },
        { "site", "support_email", "help@example.com" }, { "database", "conninfo", "host=/run/postgresql" },
        { "gateway", "key", "sk_live_1" }, { "gateway", "hook_secret", "whsec_1" },
        { "mail", "smtp_url", "smtp://localhost:25" }, { "mail", "from", "shop@example.com" },
        { "seller", "name", "Shop Ltd" }, { "seller", "address", "1 Street\\nTown" },
        { "seller", "country", "DE" },
};

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
put(const char *text, mode_t mode)
{
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(chmod(path, mode), 0);
}

/* The least configuration with one setting added, changed, or (VALUE NULL) left out. */
static const struct config *
load_with(const char *group, const char *key, const char *value, bool development, const char **error)
{
        GString *text = g_string_new(development ? "[site]\nenvironment=development\n" : "");
        const struct config *config;
        size_t i;

        for (i = 0; i < G_N_ELEMENTS(least); i++)
                if (g_strcmp0(group, least[i][0]) != 0 || g_strcmp0(key, least[i][1]) != 0)
                        g_string_append_printf(text, "[%s]\n%s=%s\n", least[i][0], least[i][1], least[i][2]);
        if (value != NULL)
                g_string_append_printf(text, "[%s]\n%s=%s\n", group, key, value);
        put(text->str, 0640);
        g_string_free(text, TRUE);
        *error = "no error given";
        config = config_load(pool, path, error);
        return config;
}

static void
least_and_defaults(void **state)
{
        const char *error;
        const struct config *config = load_with(NULL, NULL, NULL, false, &error);

        (void)state;
        if (config == NULL)
                fail_msg("%s", error);
        assert_string_equal(config->admin_url, "https://learn.example.com/admin");
        assert_false(config->development);
        assert_string_equal(config->locale, "en_GB");
        assert_string_equal(config->zone, "UTC");
        assert_string_equal(config->gateway_url, "https://api.stripe.com");
        assert_string_equal(config->gateway_account, "stripe");
        assert_string_equal(config->hook_secret_previous, "");
        assert_string_equal(config->mail_from_name, "Shop");
        assert_string_equal(config->seller_address, "1 Street\nTown");
        assert_string_equal(config->receipt_series, "R");
        assert_true(config->smtp_tls);
        assert_int_equal(config->login_failures_account, 10);
        assert_int_equal(config->login_failures_address, 100);
        assert_int_equal(config->asks_account, 20);
        assert_int_equal(config->asks_address, 300);
        assert_int_equal(config->access_deadline_seconds, 60);
        assert_int_equal(config->tickets_per_hour, 5);
        assert_string_equal(config->call_above, "500.00 EUR, 500.00 GBP, 500.00 USD");
        assert_string_equal(config->refund_alone, "500.00 EUR, 500.00 GBP, 500.00 USD");
        assert_string_equal(config->reply_domain, "");
        assert_true(config->templates[0] == '/');
}

static void
every_required_one_is_missed(void **state)
{
        const char *error;
        size_t i;

        (void)state;
        for (i = 0; i < G_N_ELEMENTS(least); i++) {
                assert_null(load_with(least[i][0], least[i][1], NULL, false, &error));
                assert_non_null(strstr(error, path));
                assert_non_null(strstr(error, least[i][0]));
                assert_non_null(strstr(error, least[i][1]));
                assert_non_null(strstr(error, "missing"));
                assert_null(load_with(least[i][0], least[i][1], "", false, &error));
                assert_non_null(strstr(error, "empty"));
        }
}

static void
mistakes_are_named(void **state)
{
        static const struct { const char *group, *key, *value, *words; } cases[] = {
                { "site", "portal_urll", "x", "did you mean portal_url?" },
                { "sight", "name", "x", "group [sight] is unknown; did you mean site?" },
                { "site", "smtp_url", "x", "belongs in [mail]" },
                { "site", "colour_of_the_moon", "x", "remove it" },
                { "site", "portal_url", "https://learn.example.com/", "slash" },
                { "site", "portal_url", "learn.example.com", "https://" },
                { "site", "portal_url", "http://learn.example.com", "https:// in production" },
                { "site", "portal_url", "https://", "no host" },
                { "site", "portal_url", "https://a@b", "without user" },
                { "gateway", "url", "http://127.0.0.1:8081", "https:// in production" },
                { "gateway", "key", "sk_test_1", "test key" },
                { "gateway", "statement_text", "ABC", "5 to 22" },
                { "gateway", "statement_text", "A STATEMENT TEXT TOO LONG", "5 to 22" },
                { "gateway", "statement_text", "SHOP*SHOP", "none of" },
                { "site", "environment", "test", "production or development" },
                { "site", "locale", "english", "en_GB" },
                { "site", "zone", "Mars/Olympus", "Europe/Berlin" },
                { "site", "support_email", "nobody", "mail address" },
                { "site", "accent", "blue", "#1f5f8b" },
                { "site", "accent", "#ffff00", "contrast" },
                { "paths", "templates", "templates", "absolute" },
                { "mail", "smtp_url", "localhost:25", "smtp://" },
                { "mail", "tls", "maybe", "yes or no" },
                { "mail", "user", "me", "[mail] password" },
                { "seller", "country", "Germany", "ISO 3166" },
                { "seller", "receipt_series", "r-", "capital" },
                { "bank", "iban", "DE89370400440532013001", "check digits" },
                { "bank", "bic", "cobadeff", "8 or 11" },
                { "bank", "holder", "Somebody", "[bank] iban" },
                { "bank", "days", "366", "at most 365" },
                { "recovery", "promise_days", "366", "at most 365" },
                { "limits", "login_failures_account", "0", "1 to 1000000" },
                { "recovery", "call_above", "lots", "200.00 EUR" },
                { "limits", "refund_alone", "200", "200.00 EUR" },
                { "limits", "refund_alone", "200.005 EUR", "200.00 EUR" },
                { "limits", "refund_alone", "200 EUR, ", "200.00 EUR" },
                { "limits", "login_failures_account", "ten", "1 to 1000000" },
                { "limits", "login_failures_account", "99999999999999999999", "1 to 1000000" },
                { "site", "name", "two\\nlines", "control character" },
                { "site", "name", "bad \\q escape", "escapes" },
                { "mail", "reply_domain", "not a domain", "such as replies.example.com" },
                { "mail", "reply_domain", "replies.example.com", "32 characters" },
        };
        const char *error;
        size_t i;

        (void)state;
        for (i = 0; i < G_N_ELEMENTS(cases); i++) {
                if (load_with(cases[i].group, cases[i].key, cases[i].value, false, &error) != NULL)
                        fail_msg("[%s] %s=%s passed", cases[i].group, cases[i].key, cases[i].value);
                assert_non_null(strstr(error, path));
                if (strstr(error, cases[i].words) == NULL)
                        fail_msg("no \"%s\" in: %s", cases[i].words, error);
        }
}

static void
development_is_more_lenient(void **state)
{
        const char *error;
        const struct config *config;

        (void)state;
        config = load_with("site", "portal_url", "http://localhost:8080", true, &error);
        assert_non_null(config);
        assert_true(config->development);
        assert_non_null(load_with("gateway", "key", "sk_test_1", true, &error));
        assert_non_null(load_with("gateway", "url", "http://127.0.0.1:8081", true, &error));
}

static void
secrets_are_not_repeated(void **state)
{
        const char *error;

        (void)state;
        assert_null(load_with("gateway", "key", "sk_test_hush", false, &error));
        assert_null(strstr(error, "hush"));
        assert_null(load_with("mail", "password", "hush\\nhush", false, &error));
        assert_null(strstr(error, "hush"));
}

static void
the_file_itself(void **state)
{
        const char *error = NULL;

        (void)state;
        assert_null(config_load(pool, "/nowhere/latchkey.conf", &error));
        assert_non_null(strstr(error, "/nowhere/latchkey.conf"));
        assert_non_null(load_with(NULL, NULL, NULL, false, &error));
        assert_int_equal(chmod(path, 0644), 0);
        assert_null(config_load(pool, path, &error));
        assert_non_null(strstr(error, "chmod 640"));
        put("no group\n", 0600);
        assert_null(config_load(pool, path, &error));
        assert_non_null(strstr(error, path));
        put("", 0600);
        assert_null(config_load(pool, path, &error));
}

/* The example loads as it stands, and the manual names the settings that it names. */
static void
example_and_manual_agree(void **state)
{
        const char *top = getenv("srcdir");
        char *example = g_strdup_printf("%s/etc/latchkey.conf.example", top == NULL ? "." : top);
        char *manual = g_strdup_printf("%s/man/latchkey.conf.5", top == NULL ? "." : top);
        char *text = NULL, *man = NULL, **lines, **line;
        const char *error = NULL, *at;
        size_t in_example = 0, in_manual = 0;

        (void)state;
        if (!g_file_get_contents(example, &text, NULL, NULL) || !g_file_get_contents(manual, &man, NULL, NULL))
                fail_msg("run this with srcdir=TOP");
        put(text, 0640);
        if (config_load(pool, path, &error) == NULL)
                fail_msg("%s", error);
        lines = g_regex_split_simple("\n", text, 0, 0);
        for (line = lines; *line != NULL; line++) {
                const char *key = **line == '#' ? *line + 1 : *line;
                size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz_");

                if (len == 0 || key[len] != '=')
                        continue;
                in_example++;
                if (strstr(man, pool_printf(pool, ".It Cm %.*s\n", (int)len, key)) == NULL)
                        fail_msg("the manual lacks %.*s", (int)len, key);
        }
        for (at = man; (at = strstr(at, "\n.It Cm ")) != NULL; at++)
                in_manual++;
        assert_int_equal(in_example, in_manual);
        assert_int_equal(in_example, 48);        /* as many as the table in config.c */
        g_strfreev(lines);
        g_free(text);
        g_free(man);
        g_free(example);
        g_free(manual);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(least_and_defaults), TEST(every_required_one_is_missed), TEST(mistakes_are_named),
                TEST(development_is_more_lenient), TEST(secrets_are_not_repeated), TEST(the_file_itself),
                TEST(example_and_manual_agree),
        };
        int file = mkstemp(path), failed;

        if (file < 0)
                return 1;
        close(file);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        unlink(path);
        return failed != 0;
}
