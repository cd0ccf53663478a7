/* markdown: what staff write comes out as markup, what an attacker writes does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/pool.h"
#include "view/markdown.h"

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

static const char *
render(const char *text)
{
        return markdown_render(pool, text).markup;
}

static void
renders_what_staff_write(void **state)
{
        (void)state;
        assert_string_equal(render("# Welcome\n\nHello *you*."),
                            "<h2>Welcome</h2>\n<p>Hello <em>you</em>.</p>\n");
        assert_string_equal(render("~~old~~"), "<p><del>old</del></p>\n");
        assert_non_null(
                strstr(render("| a | b |\n|---|--:|\n| 1 | 2 |\n"), "<td align=\"right\">2</td>"));
        assert_string_equal(render(""), "");
        assert_string_equal(render(NULL), "");
}

static void
links_are_marked(void **state)
{
        (void)state;
        assert_string_equal(
                render("[x](https://example.com/?a=1&b=2)"),
                "<p><a rel=\"noopener\" href=\"https://example.com/?a=1&amp;b=2\">x</a></p>\n");
        assert_non_null(strstr(render("see www.example.com now"),
                               "<a rel=\"noopener\" href=\"http://www.example.com\">"));
        assert_non_null(strstr(render("[x](/help/slug) [y](#part)"), "href=\"#part\""));
}

static void
lets_no_markup_through(void **state)
{
        static const char *const attacks[] = {
                "<script>alert(1)</script>",
                "<img src=x onerror=alert(1)>",
                "a <b onclick=alert(1)>b</b>",
                "[x](javascript:alert(1))",
                "[x](JaVaScript:alert(1))",
                "[x](data:text/html;base64,PHNjcmlwdD4=)",
                "![x](data:text/html,<script>)",
                "[x](//evil.example)",
                "<javascript:alert(1)>",
                "[x]: javascript:alert(1)\n\n[x]",
                "```\" onclick=alert(1)\n<script>\n```",
                "![\" onerror=alert(1) x=\"](/a.png)",
                "[\"><script>alert(1)</script>](/a)",
                "| <script> |\n|---|\n| <iframe> |\n",
        };
        static const char *const never[] = {
                "<script",       "<img src=x", "<b ",    "<iframe",
                "\"javascript:", "data:text",  "//evil", " onerror=alert(1) x=\"\""};

        (void)state;
        for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
                char *markup = g_ascii_strdown(render(attacks[i]), -1);

                for (size_t j = 0; j < sizeof never / sizeof *never; j++)
                        assert_null(strstr(markup, never[j]));
                g_free(markup);
        }
}

static void
headings_are_anchors(void **state)
{
        struct markdown_heading *headings;
        struct html html;
        size_t n;

        (void)state;
        html = markdown_render_anchored(pool, "# What & `how`?\n\nText <h2>.\n\n## Then\n\n# Then\n\n# \xc3\x9c\n\n# <b onclick=x>\"", &headings, &n);
        assert_int_equal(n, 5);
        assert_string_equal(headings[0].text, "What & how?");
        assert_string_equal(headings[0].id, "s-what-how");
        assert_string_equal(headings[1].id, "s-then");
        assert_string_equal(headings[2].id, "s-then-3");
        assert_string_equal(headings[3].id, "s");
        assert_non_null(strstr(html.markup, "<h2 id=\"s-what-how\">What &amp; <code>how</code>?</h2>"));
        assert_non_null(strstr(html.markup, "<h3 id=\"s-then\">"));
        assert_non_null(strstr(html.markup, "<h2 id=\"s-then-3\">"));
        assert_null(strstr(html.markup, "<b "));
        assert_string_equal(markdown_render_anchored(pool, NULL, &headings, &n).markup, "");
        assert_int_equal(n, 0);
}

static void
excerpts_are_escaped_and_marked(void **state)
{
        static const struct { const char *text, *markup; } cases[] = {
                { "", "" },
                { "a \x02<b>\x03 & c", "a <mark>&lt;b&gt;</mark> &amp; c" },
                { "\x03x\x02y", "x<mark>y</mark>" },
                { "\x02\x02x\x03\x03", "<mark>x</mark>" },
                { "\x02</mark><script>\x03", "<mark>&lt;/mark&gt;&lt;script&gt;</mark>" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(markdown_marked(pool, cases[i].text).markup, cases[i].markup);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(renders_what_staff_write),
                cmocka_unit_test(links_are_marked),
                cmocka_unit_test(lets_no_markup_through),
                cmocka_unit_test(headings_are_anchors),
                cmocka_unit_test(excerpts_are_escaped_and_marked),
        };

        return cmocka_run_group_tests_name("markdown", tests, open_pool, close_pool);
}
