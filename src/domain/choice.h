/* choice: what one customer could choose by themselves for each of their plans, with the rules that are in
 * force where it is asked: in a look ahead, those that were edited there (domain/ahead.h). */
#ifndef LATCHKEY_DOMAIN_CHOICE_H
#define LATCHKEY_DOMAIN_CHOICE_H

#include "base/pool.h"
#include "db/db.h"
#include "domain/amend.h"

enum { CHOICES_MOST = AMEND_ROWS_MAX + AMEND_EARLY * AMEND_WISHES_MAX };

/* One option, as the option maker made it; its schedule from FIRST_ON to LAST_ON.  AMEND_MOVE stands once
 * for each payment, for every later day: WISH.TO_ON is the last one that the rule allows by itself. */
struct choice {
        struct amend_wish wish;
        enum amend_verdict verdict;
        enum amend_limit limit;
        int64_t fee_minor, minor; /* MINOR: of its first payment */
        int32_t first_on, last_on;
        int32_t row_on; /* the day, until now, of the payment that it moves */
        size_t n;       /* payments */
        bool offered;   /* the customer's page shows it, as one that holds at once */
};

/* A plan with its options: the same ones in the same order whatever rule holds for it. */
struct choice_plan {
        const char *order_number, *title, *currency;
        int early_percent;
        struct choice choices[CHOICES_MOST];
        size_t n;
};

/* The live plans of CUSTOMER of which something can change, by id, in memory of the pool. */
enum db_status choice_read(struct pool *pool, struct db *db, int64_t customer,
                           struct choice_plan **plans, size_t *n);

#endif
