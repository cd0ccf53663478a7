/* table: a report of tables as PDF, A4, as many pages as the rows need. */
#ifndef LATCHKEY_PAPER_TABLE_H
#define LATCHKEY_PAPER_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

enum { TABLE_COLUMNS_MAX = 8 };

struct table_column {
        const char *title;
        double share;           /* of the page's width; all of them together 1 */
        bool right;             /* figures */
};

struct table {
        const char *title;
        const char *empty;      /* the sentence when there is no row */
        const struct table_column *columns;
        size_t n_columns;
        const char *const *cells;       /* n_rows times n_columns, row by row */
        size_t n_rows;
};

struct table_report {
        const char *title, *about;      /* "November 2026", what it is */
        const char *author;
        const char *made_at;            /* RFC 3339: the file's own date */
        bool wrap;                      /* a long cell goes on in the next line, else it is cut short */
        const struct table *tables;
        size_t n_tables;
};

/* The report; a column's head stands on each page again.  NULL on failure; the bytes belong
 * to POOL. */
const void *table_pdf(struct pool *pool, const struct table_report *report, size_t *len);

#endif
