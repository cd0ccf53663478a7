/* Pictures of figures: named, escaped, within their frame, whatever the values. */
#include "view/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct pool *pool;

static int
count(const char *text, const char *part)
{
        int n = 0;

        for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
                n++;
        return n;
}

static void
nothing_of_nothing(void **state)
{
        (void)state;
        assert_string_equal(chart_svg(pool, CHART_BARS, "x", "t", "d", "0", NULL, 0).markup, "");
}

static void
bars_are_named(void **state)
{
        static const struct chart_point points[] = { { "1 Mar", "0", 0 }, { "2 Mar", "<5>", 5 }, { "3 Mar", "tiny", 1e-9 } };
        const char *svg = chart_svg(pool, CHART_BARS, "a", "Money & more", "By day", "\"5\"", points, 3).markup;

        (void)state;
        assert_int_equal(count(svg, "<rect "), 3);
        assert_non_null(strstr(svg, "role=\"img\""));
        assert_non_null(strstr(svg, "aria-labelledby=\"a-t a-d\""));
        assert_non_null(strstr(svg, "<title id=\"a-t\">Money &amp; more</title><desc id=\"a-d\">By day</desc>"));
        assert_non_null(strstr(svg, "<title>2 Mar: &lt;5&gt;</title>"));
        assert_non_null(strstr(svg, "height=\"94.00\""));        /* the greatest fills it */
        assert_non_null(strstr(svg, "height=\"2.00\""));         /* what is there can be seen */
        assert_non_null(strstr(svg, "height=\"0.00\""));
}

static void
pairs_share_a_scale(void **state)
{
        static const struct chart_point points[] = { { "1 Mar", "5, then 0", 5 }, { "8 Mar", "0, then 10", 0 } };
        static const double after[] = { 0, 10 };
        const char *svg = chart_svg_pairs(pool, "a", "t", "d", "10", points, after, 2).markup;

        (void)state;
        assert_int_equal(count(svg, "<rect "), 4);
        assert_int_equal(count(svg, "<rect class=\"was\""), 2);
        assert_int_equal(count(svg, "<title>8 Mar: 0, then 10</title>"), 2);
        assert_int_equal(count(svg, "height=\"94.00\""), 1);     /* the greatest of both fills it */
        assert_int_equal(count(svg, "height=\"47.00\""), 1);
        assert_int_equal(count(svg, "height=\"0.00\""), 2);
}

static void
all_zero(void **state)
{
        static const struct chart_point points[] = { { "1 Mar", "0", 0 }, { "2 Mar", "0", 0 } };
        const char *svg = chart_svg(pool, CHART_BARS, "a", "t", "d", "0", points, 2).markup;

        (void)state;
        assert_null(strstr(svg, "nan"));
        assert_null(strstr(svg, "inf"));
        assert_int_equal(count(svg, "height=\"0.00\""), 2);
}

static void
lines_leave_out_what_is_not_there(void **state)
{
        static const struct chart_point points[] = { { "1 Mar", "none", -1 }, { "2 Mar", "1 s", 1 }, { "3 Mar", "2 s", 2 } };
        const char *svg = chart_svg(pool, CHART_LINE, "a", "t", "d", "2 s", points, 3).markup;

        (void)state;
        assert_int_equal(count(svg, "<circle "), 2);
        assert_int_equal(count(svg, "<polyline "), 1);
        assert_null(strstr(svg, "1 Mar: none"));
}

static void
marks_stand_where_they_were(void **state)
{
        static const struct chart_point points[] = { { "1 Mar", "1", 1 }, { "2 Mar", "2", 2 } };
        static const struct chart_mark marks[] = { { .5, "1 March: <text> & more" }, { 1.5, "2 March: another" }, { 9, "beyond" } };
        const char *svg = chart_svg_marked(pool, CHART_LINE, "a", "t", "d", "2", points, 2, marks, 3).markup;

        (void)state;
        assert_int_equal(count(svg, "<g class=\"mark\">"), 3);
        assert_non_null(strstr(svg, "<title>1 March: &lt;text&gt; &amp; more</title><path d=\"M91.00 18V112\"/>"));
        assert_non_null(strstr(svg, "<path d=\"M269.00 29V112\"/>"));
        assert_non_null(strstr(svg, "text-anchor=\"middle\">2</text>"));
        assert_non_null(strstr(svg, "M358.00 18V112"));         /* within the frame */
        assert_null(strstr(chart_svg(pool, CHART_LINE, "a", "t", "d", "2", points, 2).markup, "mark"));
}

int
main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_of_nothing),
                cmocka_unit_test(bars_are_named),
                cmocka_unit_test(pairs_share_a_scale),
                cmocka_unit_test(all_zero),
                cmocka_unit_test(lines_leave_out_what_is_not_there),
                cmocka_unit_test(marks_stand_where_they_were),
        };
        int failed;

        pool = pool_new();
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        pool_free(pool);
        return failed;
}
