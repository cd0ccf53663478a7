/* money: int64 minor units with the exponent of their currency (safety rule 23). */
#ifndef LATCHKEY_BASE_MONEY_H
#define LATCHKEY_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Digits after the point: 0 (JPY), 2 (EUR), 3 (KWD); -1 for a currency that we do
 * not know.  CURRENCY is an ISO 4217 code in either case.  The table equals
 * latchkey.currencies; a test compares the two. */
int money_exponent(const char *currency);

/* The smallest part that can be charged: amounts are whole multiples of it.  10 for three decimals,
 * whose last digit the gateway takes as 0 alone; else 1.  As latchkey.currencies.step. */
int money_step(const char *currency);

/* "49.00", "1200", "12.500": plain decimal, point as separator, into OUT (at least 24 bytes). */
void money_plain(int64_t minor, const char *currency, char *out, size_t size);

/* The reverse, strict: optional sign, digits, at most EXPONENT decimals.  False on
 * anything else and on overflow. */
bool money_parse(const char *text, const char *currency, int64_t *minor);

/* LIST is "200.00 EUR, 30000 JPY": the amount of CURRENCY in it.  1: it is there; 0: it is
 * not; -1: LIST is not such a list, or has what the gateway does not take, whichever currency is asked for. */
int money_listed(const char *list, const char *currency, int64_t *minor);

/* The tax inside a tax-inclusive GROSS at RATE basis points (1900 = 19 %), rounded half
 * away from zero; exact for |gross| <= 2^62 / 10^4. */
int64_t money_tax_included(int64_t gross_minor, int rate_bp);

#endif
