/* amend_words: needs, limits and schedules of plans as the database and people write them. */
#ifndef LATCHKEY_DOMAIN_AMEND_WORDS_H
#define LATCHKEY_DOMAIN_AMEND_WORDS_H

#include "domain/amend.h"

/* Payments as the database writes them, "20454 3000,20484 3000": how many. */
size_t amend_read_rows(const char *text, struct amend_row rows[AMEND_ROWS_MAX]);
/* EVERY of an agreement ("week", NULL ...) as step_days. */
int amend_step_days(const char *every);

/* LIMIT as the database names it ("late"), and as a sentence for the customer; "" for AMEND_NONE.
 */
const char *amend_limit_name(enum amend_limit limit);
const char *amend_why(enum amend_limit limit);

/* NEED as the database and the address of the page name it ("smaller"); and back, false when
 * unknown. */
const char *amend_need_name(enum amend_need need);
bool amend_need_by_name(const char *name, enum amend_need *need);

#endif
