/* devclock: the development gateway's control interface: its clock.  Live gateways have none. */
#ifndef LATCHKEY_GATEWAY_DEVCLOCK_H
#define LATCHKEY_GATEWAY_DEVCLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/pool.h"

struct devclock {
        int64_t ahead_seconds;          /* how far its time is ahead of the real one */
        int64_t pending_events;         /* told by it and not yet taken by us */
};

/* Set its time AHEAD_SECONDS ahead of the real one; what falls due by that happens before
 * the answer.  False with a sentence in *ERROR. */
bool devclock_set(const struct config *config, struct pool *pool, int64_t ahead_seconds,
                       struct devclock *clock, const char **error);

bool devclock_get(const struct config *config, struct pool *pool, struct devclock *clock,
                       const char **error);

#endif
