/* compare: what reconcile and check money share: the gateway asked, the differences told. */
#ifndef LATCHKEY_CTL_COMPARE_H
#define LATCHKEY_CTL_COMPARE_H

#include "ctl/ctl.h"
#include "gateway/listing.h"

struct comparison {
        struct ctl *ctl;
        struct stripe *stripe;
        struct listing *listing;
        int64_t account_id;
        instant since, until;           /* product's time; UNTIL is when the asking began */
};

/* Open the gateway and read --since; without it everything after FALLBACK_DAYS ago (0: ever). */
enum ctl_exit compare_begin(struct comparison *with, struct ctl *ctl, int fallback_days);
void compare_end(struct comparison *with);

/* A difference that is seen once may be a payment on its way: ASK is repeated for a while
 * and only what stays is told.  FINDINGS grow by one row each. */
struct finding { const char *kind, *order, *expected, *found; };
typedef bool compare_ask(struct comparison *with, struct finding **findings, size_t *n);
enum ctl_exit compare_until_settled(struct comparison *with, compare_ask *ask,
                                    struct finding **findings, size_t *n);

/* The columns kind, order, expected, found; rows; the exit status. */
void compare_columns(struct ctl *ctl);
void compare_row(struct ctl *ctl, const struct finding *finding);
enum ctl_exit compare_verdict(struct ctl *ctl, size_t n, const char *fine);

#endif
