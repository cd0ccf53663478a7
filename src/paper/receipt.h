/* receipt: receipts and credit notes as PDF (cairo and pango).  The only folder with them. */
#ifndef LATCHKEY_PAPER_RECEIPT_H
#define LATCHKEY_PAPER_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

struct receipt_line {
        const char *title;
        int64_t quantity;
        int64_t amount_minor;   /* tax included, for the line */
        int tax_bp;             /* 1900 = 19 % */
};

struct receipt_tax { int tax_bp; int64_t net_minor, tax_minor, gross_minor; };

struct receipt_paper {
        bool credit_note;
        const char *number;             /* R-2026-000042 */
        const char *refers_to;          /* credit note: the receipt's number, else NULL */
        const char *issued_on;          /* as it is printed: "4 March 2026" */
        const char *issued_at;          /* RFC 3339, the file's own date; NULL: the machine's time */
        const char *paid_on;            /* as it is printed, or "" */
        const char *order_number;
        const char *currency, *locale;
        const char *seller_name, *seller_address, *seller_tax_number; /* address: lines by \n */
        const char *buyer_name, *buyer_address, *buyer_email, *buyer_tax_number; /* "" when unknown */
        const char *paid_with;          /* "Visa ending in 4242", or "" */
        const char *statement_text;     /* how it reads on the statement, or "" */
        const struct receipt_line *lines;
        size_t n_lines;
        const struct receipt_tax *taxes; /* one per rate */
        size_t n_taxes;
        int64_t total_minor;
};

/* A4, text selectable, title and language set; as many pages as the lines need.  A credit
 * note's amounts are printed as they are given.  With issued_at, the same paper gives the
 * same bytes.  NULL on failure; bytes belong to POOL. */
const void *receipt_pdf(struct pool *pool, const struct receipt_paper *paper, size_t *len);

#endif
