/* document: lays a paper out twice, see document.h. */
#include "paper/document.h"

#include <cairo-pdf.h>
#include <glib.h>

#include "paper/language.h"

static cairo_status_t
keep_bytes(void *data, const unsigned char *bytes, unsigned int len)
{
        g_string_append_len(data, (const char *)bytes, len);
        return CAIRO_STATUS_SUCCESS;
}

bool
document_end(cairo_t *cr)
{
        bool good;

        cairo_show_page(cr);
        good = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
        cairo_destroy(cr);
        return good;
}

/* Once; OUT NULL only counts. */
static int
lay_once(struct pool *pool, document_lay *lay, const void *what, int pages, GString *out)
{
        cairo_surface_t *surface =
                cairo_pdf_surface_create_for_stream(out != NULL ? keep_bytes : NULL, out, PAGE_WIDTH, PAGE_HEIGHT);
        int took = lay(pool, what, surface, pages);

        cairo_surface_finish(surface);
        if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
                took = 0;
        cairo_surface_destroy(surface);
        return took;
}

const void *
document_pdf(struct pool *pool, document_lay *lay, const void *what, size_t *len)
{
        int pages = lay_once(pool, lay, what, 0, NULL);
        const void *bytes = NULL;
        GString *out;

        *len = 0;
        if (pages == 0)
                return NULL;
        out = g_string_sized_new(65536);
        if (lay_once(pool, lay, what, pages, out) == pages) {
                language_set(out, "en-GB");
                *len = out->len;
                bytes = pool_memdup(pool, out->str, out->len);
        }
        g_string_free(out, TRUE);
        return bytes;
}
