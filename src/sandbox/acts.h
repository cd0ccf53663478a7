/* acts: what happens at a gateway without us. */
#ifndef LATCHKEY_SANDBOX_ACTS_H
#define LATCHKEY_SANDBOX_ACTS_H

#include "sandbox/call.h"
#include "sandbox/store.h"

/* Do {"act": ..., "object": ID, ...}; the object that came of it, or NULL after an error. */
struct object *act_do(struct call *call, const json_t *act);
/* Run what fell due until now, each in a transaction of its own; how many things
 * happened. */
int act_due(struct db *db, struct pool *pool);

#endif
