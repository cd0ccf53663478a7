/* chart: a small picture of figures by day, as SVG made here: no script, no style of its own. */
#ifndef LATCHKEY_VIEW_CHART_H
#define LATCHKEY_VIEW_CHART_H

#include <stddef.h>

#include "base/pool.h"
#include "view/view.h"

/* One place on the line below: LABEL says where ("4 March"), TEXT what ("149.00 EUR").  VALUE is
 * not negative; below zero means that there is none. */
struct chart_point {
        const char *label, *text;
        double value;
};

/* Something that happened: PLACE in points from the left edge (1.5 is the middle of the second
 * point), TEXT says when and what.  In the picture it is a line with its number, from 1 on. */
struct chart_mark {
        double place;
        const char *text;
};

enum chart_kind { CHART_BARS, CHART_LINE };

/* N points as an <svg role="img"> named TITLE and DESC; ID makes its ids the page's only ones.
 * TOP is the greatest value as text.  Texts are escaped here.  No points: nothing. */
struct html chart_svg(struct pool *pool, enum chart_kind kind, const char *id, const char *title, const char *desc,
                      const char *top, const struct chart_point *points, size_t n);

/* The same in pairs of bars: an outlined one for each value, and a full one for what it becomes (AFTER). */
struct html chart_svg_pairs(struct pool *pool, const char *id, const char *title, const char *desc, const char *top,
                            const struct chart_point *points, const double *after, size_t n);

/* The same as chart_svg() with N_MARKS marks, which DESC tells as well: it is the picture's alternative in words. */
struct html chart_svg_marked(struct pool *pool, enum chart_kind kind, const char *id, const char *title, const char *desc,
                             const char *top, const struct chart_point *points, size_t n, const struct chart_mark *marks,
                             size_t n_marks);

#endif
