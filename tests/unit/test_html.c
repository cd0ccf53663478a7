/* html: what is escaped, what is dropped, which addresses are let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pool.h"
#include "view/html.h"

static struct pool *pool;

static int
open_pool(void **state)
{
        (void)state;
        pool = pool_new();
        return 0;
}

static int
close_pool(void **state)
{
        (void)state;
        pool_free(pool);
        return 0;
}

static void
escapes_markup(void **state)
{
        (void)state;
        assert_string_equal(html_escape(pool, "<b a=\"1\" c='2'>x & y</b>"),
                            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;x &amp; y&lt;/b&gt;");
        assert_string_equal(html_escape(pool, "&amp;"), "&amp;amp;");
        assert_string_equal(html_escape(pool, "Zoë Müller"), "Zoë Müller");
        assert_string_equal(html_escape(pool, ""), "");
}

static void
drops_control_characters(void **state)
{
        (void)state;
        assert_string_equal(html_escape(pool, "a\001b\r\n\tc\x7f"), "ab\n\tc");
}

static void
lets_only_safe_addresses_through(void **state)
{
        static const char *const good[] = {"/",        "/orders/K3PQ?x=1",   "https://example.com",
                                           "HTTP://h", "mailto:a@b.example", "https://e.com/a#b",
                                           "webcal://e.com/a.ics"};
        static const char *const bad[] = {"",
                                          "//evil.example",
                                          "/\\evil.example",
                                          "javascript:alert(1)",
                                          "JaVaScRiPt:alert(1)",
                                          " javascript:alert(1)",
                                          "java\tscript:alert(1)",
                                          "data:text/html,x",
                                          "https://",
                                          "https:///x",
                                          "mailto:",
                                          "webcal://",
                                          "webcal:///x",
                                          "orders",
                                          "#top",
                                          "/a b",
                                          "https://a\r\nb",
                                          "ftp://a"};

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
                assert_true(html_url_is_safe(good[i]));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                assert_false(html_url_is_safe(bad[i]));
        assert_false(html_url_is_safe(NULL));
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(escapes_markup),
                cmocka_unit_test(drops_control_characters),
                cmocka_unit_test(lets_only_safe_addresses_through),
        };

        return cmocka_run_group_tests_name("html", tests, open_pool, close_pool);
}
