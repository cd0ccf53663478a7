/* listing: what the gateway lists since a time, page by page, as the typed JSON lists that
 * sql/queries/reconcile.sql compares with what we have booked.
 *
 *   struct listing *listing = listing_new(pool);
 *   listing_fetch(stripe, pool, listing, since, &error);
 *   reconcile_unseen(db, account, ..., listing_payments(listing), ...);     what we know of and it lacks
 *   listing_fetch_one(stripe, pool, listing, row.kind, row.ref, &error);    for each of those
 *   reconcile_differences(db, account, ...);
 *
 * The account may serve others too: their objects are in the lists, and the comparison
 * ignores what carries no key of ours. */
#ifndef LATCHKEY_GATEWAY_LISTING_H
#define LATCHKEY_GATEWAY_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "gateway/stripe.h"

struct listing;

/* Empty; ends with POOL. */
struct listing *listing_new(struct pool *pool);

/* Payment intents, refunds and disputes made since SINCE (seconds since 1970).  False with a
 * sentence in *ERROR when the gateway does not answer. */
bool listing_fetch(struct stripe *stripe, struct pool *pool, struct listing *listing, int64_t since,
                   const char **error);

/* One object by its id, KIND being payment, refund or dispute.  One that the gateway does not
 * know is left out; that is no failure. */
bool listing_fetch_one(struct stripe *stripe, struct pool *pool, struct listing *listing, const char *kind,
                       const char *ref, const char **error);

/* Balance transactions made since SINCE: what moved on our account there. */
bool listing_fetch_moves(struct stripe *stripe, struct pool *pool, struct listing *listing, int64_t since,
                         const char **error);

/* JSON arrays of objects with ref, amount, currency and
 *   payments   attempt, status      refunds, disputes   payment, status
 *   moves      source, type, fee
 * They belong to POOL. */
const char *listing_payments(struct pool *pool, const struct listing *listing);
const char *listing_refunds(struct pool *pool, const struct listing *listing);
const char *listing_disputes(struct pool *pool, const struct listing *listing);
const char *listing_moves(struct pool *pool, const struct listing *listing);

#endif
