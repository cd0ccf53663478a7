/* camt: credits out of a bank-to-customer statement (ISO 20022, camt.053, versions 2 to 12). */
#ifndef LATCHKEY_BANK_CAMT_H
#define LATCHKEY_BANK_CAMT_H

#include "bank/statement.h"

/* As statement_read().  TEXT is UTF-8.  A document type is refused, so that there are no
 * entities to replace; nothing is fetched. */
bool camt_read(struct pool *pool, const char *text, size_t len, const char *iban, struct statement *out,
               const char **error);

#endif
