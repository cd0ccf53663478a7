/* option: what a way to change a payment plan is called to a person. */
#ifndef LATCHKEY_VIEW_OPTION_H
#define LATCHKEY_VIEW_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

/* A wish, and the schedule that it makes. */
struct option_told {
        const char *need;               /* as the database names it: "move", "smaller" ... */
        int32_t first_on, last_on;      /* of the new schedule */
        int32_t row_on, to_on;          /* the payment that is moved, and where to */
        int day, months;
        size_t n;                       /* payments, the first of MINOR */
        int64_t minor;
        const char *currency, *locale;
};

/* "A pause of 2 months: go on on Monday 1 March 2027". */
const char *option_words(struct pool *pool, const struct option_told *told);

#endif
