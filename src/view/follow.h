/* follow: what follows from a withdrawal or a request for the money back, in one sentence or two:
 * the same words on its receipt, in its mails and on the order's page (S2.2). */
#ifndef LATCHKEY_VIEW_FOLLOW_H
#define LATCHKEY_VIEW_FOLLOW_H

#include <stdint.h>

#include "base/pool.h"

struct follow {
        const char *status, *why;       /* as in latchkey.withdrawals; status "": not to be said */
        int64_t amount_minor;           /* what goes back */
        const char *currency;
        const char *locale;             /* of its reader; NULL or "": the usual one */
        int32_t answer_on, pay_on;      /* days since 1970-01-01 */
};

/* Plain text in POOL, to be escaped like any other. */
const char *follow_text(struct pool *pool, const struct follow *follow);

#endif
