/* money_format: amounts as a person reads them, by locale.  Pure; for pages, mails and papers. */
#ifndef LATCHKEY_BASE_MONEY_FORMAT_H
#define LATCHKEY_BASE_MONEY_FORMAT_H

#include <stdint.h>

#include "base/pool.h"

/* "1,234.50 EUR" ("en_GB"), "1.234,50 EUR" ("de_DE"): grouped, a no-break space before the
 * upper-case code, a true minus.  An unknown locale reads as English, an unknown currency
 * has no decimals. */
char *money_format(struct pool *pool, int64_t minor, const char *currency, const char *locale);

/* The same without the currency: for columns that name it once. */
char *money_number(struct pool *pool, int64_t minor, const char *currency, const char *locale);

/* Why MINOR cannot be charged or paid back, as a person may read it next to a field: its last digit.
 * NULL when it can. */
const char *money_step_fault(struct pool *pool, int64_t minor, const char *currency);

/* A rate in basis points: "19%", "5.5%", "5,5%". */
char *money_rate(struct pool *pool, int rate_bp, const char *locale);

#endif
