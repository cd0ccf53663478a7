/* notice: which fields the texts about failed payments have, for the mails and for the page on
 * which staff edit them. */
#ifndef LATCHKEY_DOMAIN_NOTICE_H
#define LATCHKEY_DOMAIN_NOTICE_H

#include "base/pool.h"
#include "domain/fill.h"

enum notice_field {
        NOTICE_HELLO, NOTICE_NAME, NOTICE_TITLE, NOTICE_AMOUNT, NOTICE_METHOD, NOTICE_UNTIL, NOTICE_NEXT_TRY, NOTICE_PROMISED,
        NOTICE_SHOP, NOTICE_FIELDS
};

/* A field as staff are told it: its name in braces, what stands there, and an example. */
struct notice_help {
        const char *name, *meaning, *example;
};
extern const struct notice_help notice_help[NOTICE_FIELDS];

/* FIELDS with their names and VALUES, in the order above; with examples where VALUES is NULL. */
void notice_fill(struct fill_field fields[NOTICE_FIELDS], const char *const values[NOTICE_FIELDS]);

/* BODY as somebody reads it who sees no markup: filled, without the marks of bold. */
char *notice_plain(struct pool *pool, const char *body, const struct fill_field fields[NOTICE_FIELDS]);

#endif
