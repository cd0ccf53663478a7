/* table: draws reports.  Laid out twice: once to count the pages, once to write them.
 * Lengths are points (1/72 inch), y grows downwards. */
#include "paper/table.h"

#include <cairo-pdf.h>
#include <glib.h>
#include <pango/pangocairo.h>

#include "base/text.h"
#include "paper/document.h"

#define LEFT 42.0
#define WIDTH (PAGE_WIDTH - 2 * LEFT)
#define TOP 48.0
#define BOTTOM (PAGE_HEIGHT - 60.0)
#define GAP 6.0         /* between columns */
#define LINES_MOST 60   /* of one cell that wraps: less than a page */
#define FAMILY "Lato, Noto Sans, DejaVu Sans, sans-serif"

enum face { CELL, HEAD, SECTION, TITLE };

struct sheet {
        cairo_t *cr;
        struct pool *pool;
        const struct table_report *report;
        double y;
        int page, pages;        /* the page at hand; how many in all, 0 while they are counted */
};

/* TEXT in one line, or as lines when cells wrap, cut with an ellipsis; *HEIGHT in points. */
static PangoLayout *
set(struct sheet *sheet, enum face face, double width, bool right, const char *text, double *height)
{
        static const struct { double size, grey; PangoWeight weight; } faces[] = {
                [CELL] = { 8.0, 0.1, PANGO_WEIGHT_NORMAL }, [HEAD] = { 7.5, 0.38, PANGO_WEIGHT_NORMAL },
                [SECTION] = { 11.0, 0.1, PANGO_WEIGHT_BOLD }, [TITLE] = { 20.0, 0.1, PANGO_WEIGHT_LIGHT },
        };
        PangoLayout *layout = pango_cairo_create_layout(sheet->cr);
        PangoFontDescription *font = pango_font_description_from_string(FAMILY);
        PangoAttrList *list = pango_attr_list_new();
        int units;

        pango_font_description_set_absolute_size(font, faces[face].size * PANGO_SCALE);
        pango_font_description_set_weight(font, faces[face].weight);
        pango_layout_set_font_description(layout, font);
        pango_font_description_free(font);
        pango_attr_list_insert(list, pango_attr_font_features_new("tnum=1"));
        pango_layout_set_attributes(layout, list);
        pango_attr_list_unref(list);
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        pango_layout_set_alignment(layout, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_height(layout, sheet->report->wrap && face == CELL ? -LINES_MOST : -1);
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_text(layout, text != NULL ? text : "", -1);
        pango_layout_get_size(layout, NULL, &units);
        cairo_set_source_rgb(sheet->cr, faces[face].grey, faces[face].grey, faces[face].grey);
        *height = (double)units / PANGO_SCALE;
        return layout;
}

/* Draw it; returns its height. */
static double
put(struct sheet *sheet, enum face face, double x, double y, double width, bool right, const char *text)
{
        double height;
        PangoLayout *layout = set(sheet, face, width, right, text, &height);

        cairo_move_to(sheet->cr, x, y);
        pango_cairo_show_layout(sheet->cr, layout);
        g_object_unref(layout);
        return height;
}

/* How tall a row of CELLS would be. */
static double
tallest_of(struct sheet *sheet, const struct table *table, const char *const *cells)
{
        double tallest = 0, height;

        for (size_t i = 0; i < table->n_columns; i++) {
                double width = table->columns[i].share * WIDTH - GAP;

                g_object_unref(set(sheet, CELL, width, table->columns[i].right, cells[i], &height));
                tallest = MAX(tallest, height);
        }
        return tallest;
}

static void
rule(struct sheet *sheet)
{
        cairo_set_source_rgb(sheet->cr, 0.7, 0.72, 0.74);
        cairo_set_line_width(sheet->cr, 0.5);
        cairo_move_to(sheet->cr, LEFT, sheet->y);
        cairo_line_to(sheet->cr, LEFT + WIDTH, sheet->y);
        cairo_stroke(sheet->cr);
        sheet->y += 3;
}

static void
draw_row(struct sheet *sheet, const struct table *table, enum face face, const char *const *cells)
{
        double x = LEFT, tallest = 0;

        for (size_t i = 0; i < table->n_columns; i++) {
                double width = table->columns[i].share * WIDTH;
                double height = put(sheet, face, x, sheet->y, width - GAP, table->columns[i].right, cells[i]);

                tallest = MAX(tallest, height);
                x += width;
        }
        sheet->y += tallest + 2;
}

static void
draw_head(struct sheet *sheet, const struct table *table)
{
        const char *titles[TABLE_COLUMNS_MAX];

        for (size_t i = 0; i < table->n_columns; i++)
                titles[i] = table->columns[i].title;
        draw_row(sheet, table, HEAD, titles);
        rule(sheet);
}

static void
draw_foot(struct sheet *sheet)
{
        put(sheet, HEAD, LEFT, PAGE_HEIGHT - 42, WIDTH - 100, false,
            pool_printf(sheet->pool, "%s, %s", sheet->report->author, sheet->report->title));
        put(sheet, HEAD, LEFT + WIDTH - 100, PAGE_HEIGHT - 42, 100, true,
            pool_printf(sheet->pool, "Page %d of %d", sheet->page, sheet->pages));
}

static void
next_page(struct sheet *sheet)
{
        draw_foot(sheet);
        cairo_show_page(sheet->cr);
        sheet->page++;
        sheet->y = TOP;
}

static void
draw_table(struct sheet *sheet, const struct table *table)
{
        if (sheet->y > BOTTOM - 60)
                next_page(sheet);
        sheet->y += 14;
        sheet->y += put(sheet, SECTION, LEFT, sheet->y, WIDTH, false, table->title) + 6;
        if (table->n_rows == 0) {
                sheet->y += put(sheet, CELL, LEFT, sheet->y, WIDTH, false, table->empty);
                return;
        }
        draw_head(sheet, table);
        for (size_t i = 0; i < table->n_rows; i++) {
                const char *const *cells = table->cells + i * table->n_columns;
                double needs = sheet->report->wrap ? tallest_of(sheet, table, cells) + 4 : 14;

                if (sheet->y > BOTTOM - needs) {
                        next_page(sheet);
                        draw_head(sheet, table);
                }
                draw_row(sheet, table, CELL, cells);
        }
}

/* Lay the report out and return how many pages it took, 0 on failure. */
static int
lay_report(struct pool *pool, const void *what, cairo_surface_t *surface, int pages)
{
        const struct table_report *report = what;
        struct sheet sheet = { .pool = pool, .report = report, .y = TOP, .page = 1, .pages = pages };

        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, report->title);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, report->author);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, report->made_at);
        sheet.cr = cairo_create(surface);
        sheet.y += put(&sheet, TITLE, LEFT, sheet.y, WIDTH, false, report->title) + 2;
        sheet.y += put(&sheet, HEAD, LEFT, sheet.y, WIDTH, false, report->about);
        for (size_t i = 0; i < report->n_tables; i++)
                draw_table(&sheet, &report->tables[i]);
        draw_foot(&sheet);
        return document_end(sheet.cr) ? sheet.page : 0;
}

const void *
table_pdf(struct pool *pool, const struct table_report *report, size_t *len)
{
        return document_pdf(pool, lay_report, report, len);
}
