/* list: credits out of a list, "date;amount;currency;reference;payer;IBAN of the payer". */
#ifndef LATCHKEY_BANK_LIST_H
#define LATCHKEY_BANK_LIST_H

#include "bank/statement.h"

/* As statement_read().  The first line may be a heading, the last column is not needed; a
 * field may stand in quotation marks.  A list has no name, so that each line is named by what
 * it says, and the second of two equal ones by that: lists may overlap. */
bool list_read(struct pool *pool, const char *text, size_t len, struct statement *out, const char **error);

#endif
