/* notice: which fields the texts that staff edit have, for the mails and for the page on which they
 * are edited: mails about failed payments, reminders, the thank-you for a whole plan. */
#ifndef LATCHKEY_DOMAIN_NOTICE_H
#define LATCHKEY_DOMAIN_NOTICE_H

#include <stdbool.h>

#include "base/pool.h"
#include "domain/fill.h"

enum notice_field {
        NOTICE_HELLO, NOTICE_NAME, NOTICE_TITLE, NOTICE_AMOUNT, NOTICE_DAY, NOTICE_METHOD, NOTICE_UNTIL,
        NOTICE_NEXT_TRY, NOTICE_PROMISED, NOTICE_SHOP, NOTICE_FIELDS
};

/* A field as staff are told it: its name in braces, what stands there, and an example. */
struct notice_help {
        const char *name, *meaning, *example;
        unsigned texts;         /* of which kinds, see notice_has() */
};
extern const struct notice_help notice_help[NOTICE_FIELDS];

/* Whether texts of KIND (message_texts.kind) may have FIELD. */
bool notice_has(const char *kind, enum notice_field field);

/* FIELDS with their names and VALUES, in the order above; with examples where VALUES is NULL. */
void notice_fill(struct fill_field fields[NOTICE_FIELDS], const char *const values[NOTICE_FIELDS]);

/* What a mail tells of one amount, each as text already; NULL where it tells nothing of it. */
struct notice_told {
        const char *name;       /* of its reader */
        const char *shop, *title, *amount, *day, *until;
        const char *method;     /* "Visa card ending in 4242"; "" when it is not known */
        const char *next_try;   /* when it is tried again */
        const char *promised;
};

/* FIELDS as the mail has them, with the words that stand around them. */
void notice_tell(struct pool *pool, const struct notice_told *told, struct fill_field fields[NOTICE_FIELDS]);

/* The name of a field in TEXT that texts of KIND do not have; NULL when there is none. */
const char *notice_unknown(struct pool *pool, const char *kind, const char *text);

/* BODY as somebody reads it who sees no markup: filled, without the marks of bold. */
char *notice_plain(struct pool *pool, const char *body, const struct fill_field fields[NOTICE_FIELDS]);

#endif
