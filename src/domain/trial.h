/* trial: what an edited rule would make of the plans that are live, before it is published (S1.7).
 *
 * Each plan that another rule would hold for is asked of the option maker (domain/amend.h) twice,
 * with the rule as it is and as it would be: about what its customer's page offers.  For more time that is
 * every payment, not the next one alone: the rule looks at each day as it was agreed first, so an earlier
 * change can have used up the days of one and not of another. */
#ifndef LATCHKEY_DOMAIN_TRIAL_H
#define LATCHKEY_DOMAIN_TRIAL_H

#include "base/clock.h"
#include "base/pool.h"
#include "db/db.h"
#include "domain/amend.h"

/* The rule as it was edited; its amounts as they are typed: "20.00 EUR, 2000 JPY". */
struct trial_rule {
        struct amend_rule rule;
        const char *smallest, *fee;
};

/* A rule that holds then for N plans: its product (NULL: any), region and version.  RULE 0, without a
 * region: the edited one. */
struct trial_place {
        int64_t rule;
        const char *product, *region;
        int version;
        size_t n;
};

/* A plan that it touches.  LOST, GAINED: bit AMEND_MOVE ... is set where an option for that need is
 * offered by one of the rules alone; N_LOST, N_GAINED count the options, of more time the payments that
 * could move less or more. */
struct trial_plan {
        int64_t id, customer_id;
        size_t place; /* among the places, the rule that holds for it then */
        const char *order_number, *buyer, *title, *currency;
        unsigned lost, gained;
        int n_lost, n_gained;
        int64_t fee_was, fee_will; /* of a change */
        int early_was, early_will; /* per cent off what is paid early */
};

/* A request that waits and would have been decided otherwise. */
struct trial_request {
        const char *number, *need, *buyer;
        instant made_at;
        enum amend_limit was, will;
};

struct trial {
        size_t under;                   /* live plans that the rule holds for, or would */
        size_t customers, losing, gaining, dearer; /* of those that it touches */
        const struct trial_plan *plans; /* the touched ones, by id */
        size_t n;
        const struct trial_request *requests;
        size_t n_requests;
        const struct trial_place *places; /* what holds instead, for all live plans at hand */
        size_t n_places;
};

/* The rule for PRODUCT ("": any) and REGION replaced by EDITED; NULL: taken back. */
enum db_status trial_run(struct pool *pool, struct db *db, const char *product, const char *region,
                         const struct trial_rule *edited, struct trial *trial);

#endif
