/* receipt: draws receipts and credit notes.
 *
 * The paper is laid out twice: once to count the pages, once to write them ("Page 1 of 2").
 * Lengths are points (1/72 inch), y grows downwards. */
#include "paper/receipt.h"

#include <string.h>

#include <cairo-pdf.h>
#include <glib.h>
#include <pango/pangocairo.h>

#include "base/money_format.h"
#include "base/text.h"
#include "paper/document.h"

#define LEFT 56.0
#define RIGHT (PAGE_WIDTH - 56.0)
#define WIDTH (RIGHT - LEFT)
#define TOP 56.0
#define BOTTOM (PAGE_HEIGHT - 96.0) /* content ends here, the footer is below */
#define FAMILY "Lato, Noto Sans, DejaVu Sans, sans-serif"
#define LEADING 3.2  /* between lines, and below the last one */
#define LINES_MAX 10 /* of one text; more are cut with an ellipsis */

enum face { SMALL, BODY, STRONG, NAME, TITLE, TOTAL };
enum tone { INK, SOFT, LINE };

static const struct {
        double size;
        PangoWeight weight;
} faces[] = {
        [SMALL] = {8.0, PANGO_WEIGHT_NORMAL}, [BODY] = {9.5, PANGO_WEIGHT_NORMAL},
        [STRONG] = {9.5, PANGO_WEIGHT_BOLD},  [NAME] = {12.5, PANGO_WEIGHT_BOLD},
        [TITLE] = {25.0, PANGO_WEIGHT_LIGHT}, [TOTAL] = {13.5, PANGO_WEIGHT_BOLD},
};

static const double tones[][3] = {
        [INK] = {0.09, 0.11, 0.15},
        [SOFT] = {0.36, 0.39, 0.44},
        [LINE] = {0.82, 0.84, 0.86},
};

/* Columns of the table of lines and of the table of taxes: left edge and width. */
static const struct column {
        double x, width;
        bool right;
} columns[] = {
        {LEFT, 288, false},              /* description */
        {LEFT + 300, 44, true},          /* quantity */
        {LEFT + 350, 48, true},          /* tax rate */
        {LEFT + 404, WIDTH - 404, true}, /* amount */
};
static const struct column tax_columns[] = {
        {LEFT + 190, 70, false},
        {LEFT + 262, 70, true},
        {LEFT + 338, 62, true},
        {LEFT + 404, WIDTH - 404, true},
};

struct sheet {
        cairo_t *cr;
        struct pool *pool;
        const struct receipt_paper *paper;
        double y;
        int page, pages; /* the page at hand; how many in all, 0 while they are counted */
};

/* --- drawing --- */

/* Figures of one width; and spaces in runs of their own, for Lato's kerning of "T S" would
 * swallow them. */
static PangoAttrList *
attributes_for(const char *text)
{
        PangoAttrList *list = pango_attr_list_new();

        pango_attr_list_insert(list, pango_attr_font_features_new("tnum=1"));
        for (guint i = 0; text[i] != '\0'; i++) {
                PangoAttribute *space;

                if (text[i] != ' ')
                        continue;
                space = pango_attr_letter_spacing_new(1);
                space->start_index = i;
                space->end_index = i + 1;
                pango_attr_list_insert(list, space);
        }
        return list;
}

static PangoLayout *
lay_out(struct sheet *sheet, enum face face, double width, bool right, const char *text)
{
        PangoLayout *layout = pango_cairo_create_layout(sheet->cr);
        PangoFontDescription *font = pango_font_description_from_string(FAMILY);
        PangoAttrList *attributes = attributes_for(text ? text : "");

        pango_font_description_set_absolute_size(font, faces[face].size * PANGO_SCALE);
        pango_font_description_set_weight(font, faces[face].weight);
        pango_layout_set_font_description(layout, font);
        pango_font_description_free(font);
        pango_layout_set_attributes(layout, attributes);
        pango_attr_list_unref(attributes);
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_alignment(layout, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
        pango_layout_set_spacing(layout, (int)(LEADING * PANGO_SCALE));
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_height(layout, -LINES_MAX);
        pango_layout_set_text(layout, text ? text : "", -1);
        return layout;
}

static double
height_of(PangoLayout *layout)
{
        int height;

        pango_layout_get_size(layout, NULL, &height);
        return (double)height / PANGO_SCALE + LEADING;
}

static double
measure(struct sheet *sheet, enum face face, double width, const char *text)
{
        PangoLayout *layout = lay_out(sheet, face, width, false, text);
        double height = height_of(layout);

        g_object_unref(layout);
        return height;
}

/* Draw TEXT with its upper edge at Y; returns its height. */
static double
put(struct sheet *sheet, enum face face, enum tone tone, double x, double y, double width,
    bool right, const char *text)
{
        PangoLayout *layout = lay_out(sheet, face, width, right, text);
        double height = height_of(layout);

        cairo_set_source_rgb(sheet->cr, tones[tone][0], tones[tone][1], tones[tone][2]);
        cairo_move_to(sheet->cr, x, y);
        pango_cairo_show_layout(sheet->cr, layout);
        g_object_unref(layout);
        return height;
}

static void
rule(struct sheet *sheet, double from, double y, enum tone tone, double thickness)
{
        cairo_set_source_rgb(sheet->cr, tones[tone][0], tones[tone][1], tones[tone][2]);
        cairo_set_line_width(sheet->cr, thickness);
        cairo_move_to(sheet->cr, from, y);
        cairo_line_to(sheet->cr, RIGHT, y);
        cairo_stroke(sheet->cr);
}

static const char *
amount(struct sheet *sheet, int64_t minor)
{
        return money_number(sheet->pool, minor, sheet->paper->currency, sheet->paper->locale);
}

static const char *
rate(struct sheet *sheet, int bp)
{
        return money_rate(sheet->pool, bp, sheet->paper->locale);
}

/* --- pages --- */

/* "Studio · Street 1 · 10115 Berlin · Tax number DE123", broken between the parts alone. */
static const char *
legal_line(struct sheet *sheet)
{
        const struct receipt_paper *paper = sheet->paper;
        GString *line = g_string_new(paper->seller_name);
        char **parts = g_strsplit(paper->seller_address ? paper->seller_address : "", "\n", -1);
        char *text;

        for (int i = 0; parts[i]; i++)
                if (*g_strstrip(parts[i]))
                        g_string_append_printf(line, "\n%s", parts[i]);
        if (!text_is_empty(paper->seller_tax_number))
                g_string_append_printf(line, "\nTax number %s", paper->seller_tax_number);
        g_string_replace(line, " ", "\xc2\xa0", 0);
        g_string_replace(line, "\n", "\xc2\xa0\xc2\xb7 ", 0);
        g_strfreev(parts);
        text = pool_strndup(sheet->pool, line->str, line->len);
        g_string_free(line, TRUE);
        return text;
}

static void
draw_footer(struct sheet *sheet)
{
        double y = PAGE_HEIGHT - 74;
        const char *page = pool_printf(sheet->pool, "Page %d of %d", sheet->page, sheet->pages);

        rule(sheet, LEFT, y, LINE, 0.6);
        put(sheet, SMALL, SOFT, LEFT, y + 8, WIDTH - 130, false, legal_line(sheet));
        put(sheet, SMALL, SOFT, RIGHT - 120, y + 8, 120, true,
            pool_printf(sheet->pool, "%s\n%s", sheet->paper->number, page));
}

static void
next_page(struct sheet *sheet)
{
        draw_footer(sheet);
        cairo_show_page(sheet->cr);
        sheet->page++;
        sheet->y = TOP;
}

/* --- the parts of the paper --- */

static const char *
title(const struct receipt_paper *paper)
{
        return paper->credit_note ? "Credit note" : "Receipt";
}

static void
draw_fact(struct sheet *sheet, const char *label, const char *value)
{
        double x = LEFT + WIDTH / 2;

        if (text_is_empty(value))
                return;
        put(sheet, BODY, SOFT, x, sheet->y, 70, false, label);
        sheet->y += put(sheet, BODY, INK, x + 74, sheet->y, RIGHT - x - 74, false, value);
}

static void
draw_head(struct sheet *sheet)
{
        const struct receipt_paper *paper = sheet->paper;
        double left;

        left = sheet->y +
               put(sheet, NAME, INK, LEFT, sheet->y, WIDTH / 2 - 16, false, paper->seller_name) +
               30;
        left += put(sheet, TITLE, INK, LEFT - 1, left, WIDTH / 2 - 16, false, title(paper));
        sheet->y += 2;
        draw_fact(sheet, "Number", paper->number);
        draw_fact(sheet, "Issued", paper->issued_on);
        draw_fact(sheet, paper->credit_note ? "Refunded" : "Paid", paper->paid_on);
        draw_fact(sheet, "Order", paper->order_number);
        draw_fact(sheet, "For receipt", paper->refers_to);
        sheet->y = MAX(sheet->y, left) + 26;
}

/* A label, a bold first line, then the rest; empty parts take no room. */
static double
draw_party(struct sheet *sheet, double x, const char *label, const char *name, const char *address,
           const char *email, const char *tax_number)
{
        double y = sheet->y, width = WIDTH / 2 - 16;

        y += put(sheet, SMALL, SOFT, x, y, width, false, label) + 2;
        if (!text_is_empty(name))
                y += put(sheet, STRONG, INK, x, y, width, false, name);
        if (!text_is_empty(address))
                y += put(sheet, BODY, INK, x, y, width, false, address);
        if (!text_is_empty(email))
                y += put(sheet, BODY, INK, x, y, width, false, email);
        if (!text_is_empty(tax_number))
                y += put(sheet, BODY, SOFT, x, y, width, false,
                         pool_printf(sheet->pool, "Tax number %s", tax_number));
        return y;
}

static void
draw_parties(struct sheet *sheet)
{
        const struct receipt_paper *paper = sheet->paper;
        double seller, buyer;

        seller = draw_party(sheet, LEFT, "From", paper->seller_name, paper->seller_address, NULL,
                            paper->seller_tax_number);
        buyer = draw_party(sheet, LEFT + WIDTH / 2, "To", paper->buyer_name, paper->buyer_address,
                           paper->buyer_email, paper->buyer_tax_number);
        sheet->y = MAX(seller, buyer) + 30;
}

static void
draw_row(struct sheet *sheet, const struct column *where, enum face face, enum tone tone,
         const char *const cells[4])
{
        double tallest = 0;

        for (int i = 0; i < 4; i++) {
                double height = put(sheet, face, tone, where[i].x, sheet->y, where[i].width,
                                    where[i].right, cells[i]);

                tallest = MAX(tallest, height);
        }
        sheet->y += tallest;
}

static void
draw_lines_head(struct sheet *sheet)
{
        const char *const cells[4] = {
                "Description",
                "Quantity",
                "Tax",
                pool_printf(sheet->pool, "Amount (%s)", sheet->paper->currency),
        };

        draw_row(sheet, columns, SMALL, SOFT, cells);
        sheet->y += 2;
        rule(sheet, LEFT, sheet->y, INK, 0.8);
}

static void
draw_lines(struct sheet *sheet)
{
        const struct receipt_paper *paper = sheet->paper;

        draw_lines_head(sheet);
        for (size_t i = 0; i < paper->n_lines; i++) {
                const struct receipt_line *line = &paper->lines[i];
                const char *const cells[4] = {
                        line->title,
                        pool_printf(sheet->pool, "%" G_GINT64_FORMAT, line->quantity),
                        rate(sheet, line->tax_bp),
                        amount(sheet, line->amount_minor),
                };
                double height = measure(sheet, BODY, columns[0].width, line->title) + 13;

                if (sheet->y + height > BOTTOM) {
                        next_page(sheet);
                        draw_lines_head(sheet);
                }
                sheet->y += 8;
                draw_row(sheet, columns, BODY, INK, cells);
                sheet->y += 5;
                rule(sheet, LEFT, sheet->y, LINE, 0.5);
        }
}

/* Totals and taxes belong together: they begin a page rather than break. */
static void
draw_totals(struct sheet *sheet)
{
        const struct receipt_paper *paper = sheet->paper;
        const char *const head[4] = {"Tax included", "Net", "Tax", "Gross"};
        double row = measure(sheet, BODY, 60, "0");
        const char *total;

        if (sheet->y + 96 + row * (double)paper->n_taxes > BOTTOM)
                next_page(sheet);
        total = money_format(sheet->pool, paper->total_minor, paper->currency, paper->locale);
        sheet->y += 14;
        put(sheet, TOTAL, INK, tax_columns[0].x, sheet->y, 150, false,
            paper->credit_note ? "Total credited" : "Total");
        sheet->y += put(sheet, TOTAL, INK, LEFT + 320, sheet->y, WIDTH - 320, true, total) + 14;
        if (paper->n_taxes == 0)
                return;
        draw_row(sheet, tax_columns, SMALL, SOFT, head);
        sheet->y += 1;
        rule(sheet, tax_columns[0].x, sheet->y, LINE, 0.5);
        sheet->y += 5;
        for (size_t i = 0; i < paper->n_taxes; i++) {
                const struct receipt_tax *tax = &paper->taxes[i];
                const char *const cells[4] = {
                        rate(sheet, tax->tax_bp),
                        amount(sheet, tax->net_minor),
                        amount(sheet, tax->tax_minor),
                        amount(sheet, tax->gross_minor),
                };

                draw_row(sheet, tax_columns, BODY, INK, cells);
        }
}

/* How the money moved, in a sentence each. */
static void
draw_payment(struct sheet *sheet)
{
        const struct receipt_paper *paper = sheet->paper;
        GString *text = g_string_new(NULL);
        double height;

        if (!text_is_empty(paper->paid_with))
                g_string_append_printf(text, "%s %s",
                                       paper->credit_note ? "Refunded to" : "Paid with",
                                       paper->paid_with);
        if (text->len > 0 && !text_is_empty(paper->paid_on))
                g_string_append_printf(text, " on %s", paper->paid_on);
        if (text->len > 0)
                g_string_append(text, ".");
        if (!text_is_empty(paper->statement_text))
                g_string_append_printf(text,
                                       "%sIt reads \xe2\x80\x9c%s\xe2\x80\x9d on your statement.",
                                       text->len > 0 ? "\n" : "", paper->statement_text);
        if (text->len > 0) {
                height = measure(sheet, BODY, WIDTH, text->str);
                if (sheet->y + 24 + height > BOTTOM)
                        next_page(sheet);
                sheet->y += 24;
                sheet->y += put(sheet, BODY, INK, LEFT, sheet->y, WIDTH, false, text->str);
        }
        g_string_free(text, TRUE);
}

/* --- the whole --- */

static void
set_metadata(cairo_surface_t *surface, struct pool *pool, const struct receipt_paper *paper)
{
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                       pool_printf(pool, "%s %s", title(paper), paper->number));
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, paper->seller_name);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Latchkey");
        if (!text_is_empty(paper->issued_at))
                cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                               paper->issued_at);
}

/* Lay the paper out and return how many pages it took, 0 on failure. */
static int
lay_paper(struct pool *pool, const void *what, cairo_surface_t *surface, int pages)
{
        const struct receipt_paper *paper = what;
        struct sheet sheet = {.pool = pool, .paper = paper, .y = TOP, .page = 1, .pages = pages};
        cairo_font_options_t *options = cairo_font_options_create();

        set_metadata(surface, pool, paper);
        sheet.cr = cairo_create(surface);
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
        cairo_set_font_options(sheet.cr, options);
        cairo_font_options_destroy(options);
        draw_head(&sheet);
        draw_parties(&sheet);
        draw_lines(&sheet);
        draw_totals(&sheet);
        draw_payment(&sheet);
        draw_footer(&sheet);
        return document_end(sheet.cr) ? sheet.page : 0;
}

const void *
receipt_pdf(struct pool *pool, const struct receipt_paper *paper, size_t *len)
{
        return document_pdf(pool, lay_paper, paper, len);
}
