/* statement: credits out of what the bank gives: a CAMT.053 file, or a list (CSV). */
#ifndef LATCHKEY_BANK_STATEMENT_H
#define LATCHKEY_BANK_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum {
        STATEMENT_MAX = 16 * 1024 * 1024,       /* bytes of a file */
        STATEMENT_LINES_MAX = 50000
};

/* Money that came in.  Texts are clean: one line, no control characters. */
struct statement_credit {
        const char *statement;  /* with LINE the name of this credit: the same in the same file */
        int32_t line;           /* from 1 */
        int32_t booked_on;      /* days since 1970-01-01 */
        int64_t amount_minor;   /* above 0 */
        const char *currency;   /* ISO 4217 */
        const char *reference;  /* what the payer wrote, or "" */
        const char *payer, *payer_iban; /* or "" */
};

struct statement {
        const char *source;     /* "camt" or "csv" */
        struct statement_credit *credits;
        size_t n;
        size_t others;          /* debits, reversals and what is not booked yet: left out */
};

/* Read TEXT of LEN bytes, all of it or nothing.  IBAN is our account's, plain, or "": a
 * statement of another account is refused.  False with a sentence in *ERROR that names the
 * entry or line.  Nothing is ever fetched, and no entity is replaced. */
bool statement_read(struct pool *pool, const char *text, size_t len, const char *iban, struct statement *out,
                    const char **error);

/* For the readers: room for one more credit; NULL when there are too many. */
struct statement_credit *statement_add(struct pool *pool, struct statement *out);
/* "149.00", "149,00", "1.234,50" of CURRENCY, with zeros behind as many as the bank likes;
 * a sign is kept.  False when it is no amount or does not fit. */
bool statement_amount(struct pool *pool, const char *text, const char *currency, int64_t *minor);
/* "2026-03-04" or "04.03.2026", and what follows a "T"; false when there is no such day. */
bool statement_day(const char *text, int32_t *days);
/* TEXT on one line, blanks joined, control characters dropped, at most MAX bytes. */
const char *statement_clean(struct pool *pool, const char *text, size_t max);

#endif
