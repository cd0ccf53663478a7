/* chart: a small picture of figures by day. */
#include "view/chart.h"

#include <glib.h>

#include "view/html.h"

/* In the units of the picture; its width on the page is the stylesheet's. */
enum { WIDTH = 360, HEIGHT = 132, LEFT = 2, TOP = 18, BASE = 112, LEAST = 2 };

struct canvas {
        struct pool *pool;
        GString *out;
        const struct chart_point *points;
        const double *after;    /* of pairs; NULL otherwise */
        size_t n;
        double most;
};

static double
height_of(const struct canvas *canvas, double value)
{
        return canvas->most > 0 ? value / canvas->most * (BASE - TOP) : 0;
}

/* Numbers as SVG has them, whatever the locale. */
static const char *
number(struct pool *pool, double value)
{
        char text[G_ASCII_DTOSTR_BUF_SIZE];

        return pool_strdup(pool, g_ascii_formatd(text, sizeof text, "%.2f", value));
}

static void
title(struct canvas *canvas, const struct chart_point *point)
{
        g_string_append_printf(canvas->out, "<title>%s: %s</title>", html_escape(canvas->pool, point->label),
                               html_escape(canvas->pool, point->text));
}

/* One bar of the class KIND ("" for none), which begins at X. */
static void
draw_bar(struct canvas *canvas, const char *kind, double x, double width, double value)
{
        double height = height_of(canvas, MAX(value, 0));

        if (value > 0)
                height = MAX(height, LEAST);
        g_string_append_printf(canvas->out, "<rect%s x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\">", kind,
                               number(canvas->pool, x), number(canvas->pool, BASE - height),
                               number(canvas->pool, width), number(canvas->pool, height));
}

static void
draw_bars(struct canvas *canvas)
{
        bool pairs = canvas->after != NULL;
        double step = (double)(WIDTH - 2 * LEFT) / (double)canvas->n;

        for (size_t i = 0; i < canvas->n; i++) {
                const struct chart_point *point = &canvas->points[i];
                double x = LEFT + step * (double)i;

                draw_bar(canvas, pairs ? " class=\"was\"" : "", x + step * .12, step * (pairs ? .36 : .76), point->value);
                title(canvas, point);
                g_string_append(canvas->out, "</rect>");
                if (!pairs)
                        continue;
                draw_bar(canvas, "", x + step * .52, step * .36, canvas->after[i]);
                title(canvas, point);
                g_string_append(canvas->out, "</rect>");
        }
}

static void
draw_line(struct canvas *canvas)
{
        double step = (double)(WIDTH - 2 * LEFT) / (double)canvas->n;
        GString *dots = g_string_new(NULL), *out = canvas->out;

        g_string_append(out, "<polyline points=\"");
        canvas->out = dots;
        for (size_t i = 0; i < canvas->n; i++) {
                const struct chart_point *point = &canvas->points[i];
                const char *x = number(canvas->pool, LEFT + step * ((double)i + .5));
                const char *y = number(canvas->pool, BASE - height_of(canvas, MAX(point->value, 0)));

                if (point->value < 0)
                        continue;
                g_string_append_printf(out, "%s,%s ", x, y);
                g_string_append_printf(dots, "<circle cx=\"%s\" cy=\"%s\" r=\"3\">", x, y);
                title(canvas, point);
                g_string_append(dots, "</circle>");
        }
        g_string_append(out, "\"/>");
        g_string_append_len(out, dots->str, (gssize)dots->len);
        g_string_free(dots, TRUE);
        canvas->out = out;
}

static void
draw_words(struct canvas *canvas, const char *top)
{
        const struct chart_point *last = &canvas->points[canvas->n - 1];

        g_string_append_printf(canvas->out, "<path d=\"M%d %dH%dM%d %dH%d\"/>", LEFT, TOP, WIDTH - LEFT, LEFT, BASE,
                               WIDTH - LEFT);
        g_string_append_printf(canvas->out, "<text x=\"%d\" y=\"%d\">%s</text>", LEFT, TOP - 5, html_escape(canvas->pool, top));
        g_string_append_printf(canvas->out, "<text x=\"%d\" y=\"%d\">%s</text>", LEFT, HEIGHT - 5,
                               html_escape(canvas->pool, canvas->points[0].label));
        g_string_append_printf(canvas->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", WIDTH - LEFT, HEIGHT - 5,
                               html_escape(canvas->pool, last->label));
}

/* Numbers of neighbours stand on two heights, so that they are told apart. */
static void
draw_marks(struct canvas *canvas, const struct chart_mark *marks, size_t n)
{
        double step = (double)(WIDTH - 2 * LEFT) / (double)canvas->n;

        for (size_t i = 0; i < n; i++) {
                const char *x = number(canvas->pool, LEFT + step * CLAMP(marks[i].place, 0, (double)canvas->n));
                int y = TOP + (i % 2 == 0 ? 0 : 11);

                g_string_append_printf(canvas->out, "<g class=\"mark\"><title>%s</title><path d=\"M%s %dV%d\"/>"
                                       "<circle cx=\"%s\" cy=\"%d\" r=\"6\"/>"
                                       "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%zu</text></g>",
                                       html_escape(canvas->pool, marks[i].text), x, y, BASE, x, y, x, y + 3, i + 1);
        }
}

struct html
chart_svg(struct pool *pool, enum chart_kind kind, const char *id, const char *name, const char *desc, const char *top,
          const struct chart_point *points, size_t n)
{
        return chart_svg_marked(pool, kind, id, name, desc, top, points, n, NULL, 0);
}

/* KIND of the points, or pairs with AFTER. */
static struct html
draw(struct canvas canvas, enum chart_kind kind, const char *id, const char *name, const char *desc, const char *top,
     const struct chart_mark *marks, size_t n_marks)
{
        struct pool *pool = canvas.pool;
        size_t n = canvas.n;
        const char *safe = html_escape(pool, id), *markup;

        if (n == 0) {
                g_string_free(canvas.out, TRUE);
                return (struct html){ "" };
        }
        for (size_t i = 0; i < n; i++)
                canvas.most = MAX(canvas.most, MAX(canvas.points[i].value, canvas.after != NULL ? canvas.after[i] : 0));
        g_string_append_printf(canvas.out, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
                               "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>",
                               WIDTH, HEIGHT, safe, safe, safe,
                               html_escape(pool, name), safe, html_escape(pool, desc));
        draw_words(&canvas, top);
        if (kind == CHART_LINE)
                draw_line(&canvas);
        else
                draw_bars(&canvas);
        draw_marks(&canvas, marks, n_marks);
        g_string_append(canvas.out, "</svg>");
        markup = pool_strdup(pool, canvas.out->str);
        g_string_free(canvas.out, TRUE);
        return (struct html){ markup };
}

struct html
chart_svg_marked(struct pool *pool, enum chart_kind kind, const char *id, const char *name, const char *desc,
                 const char *top, const struct chart_point *points, size_t n, const struct chart_mark *marks, size_t n_marks)
{
        return draw((struct canvas){ pool, g_string_new(NULL), points, NULL, n, 0 }, kind, id, name, desc, top, marks, n_marks);
}

struct html
chart_svg_pairs(struct pool *pool, const char *id, const char *name, const char *desc, const char *top,
                const struct chart_point *points, const double *after, size_t n)
{
        return draw((struct canvas){ pool, g_string_new(NULL), points, after, n, 0 }, CHART_BARS, id, name, desc, top, NULL, 0);
}
