/* document: a PDF of A4 pages that says "Page 1 of 2": laid out twice, once to count the
 * pages, once to write them.  Lengths are points (1/72 inch), y grows downwards. */
#ifndef LATCHKEY_PAPER_DOCUMENT_H
#define LATCHKEY_PAPER_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <cairo.h>

#include "base/pool.h"

#define PAGE_WIDTH 595.276
#define PAGE_HEIGHT 841.89

/* Draw WHAT on SURFACE and return how many pages it took, 0 on failure.  PAGES is how many
 * there are in all, 0 while they are counted. */
typedef int document_lay(struct pool *pool, const void *what, cairo_surface_t *surface, int pages);

/* Show the last page and end CR; whether all of it was drawn. */
bool document_end(cairo_t *cr);

/* The whole PDF, from POOL; NULL and *LEN 0 on failure. */
const void *document_pdf(struct pool *pool, document_lay *lay, const void *what, size_t *len);

#endif
