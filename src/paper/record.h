/* record: what a paper says, as it is kept in receipts.paper.
 *
 * Seller, buyer and lines are copied when the paper is numbered, so that it can be printed
 * again, the same, when everything around it has changed. */
#ifndef LATCHKEY_PAPER_RECORD_H
#define LATCHKEY_PAPER_RECORD_H

#include <stdbool.h>

#include "base/pool.h"
#include "paper/receipt.h"

/* JSON of PAPER; belongs to POOL.  Keys are the names of the struct's fields. */
const char *record_write(struct pool *pool, const struct receipt_paper *paper);

/* The reverse; false when TEXT is not such a record. */
bool record_read(struct pool *pool, const char *text, struct receipt_paper *paper);

/* Fill PAPER's taxes and total from its lines: one entry per rate, lowest first; tax is
 * taken out of each rate's sum, so net + tax = gross to the minor unit (safety rule 23). */
void record_sum(struct pool *pool, struct receipt_paper *paper);

#endif
