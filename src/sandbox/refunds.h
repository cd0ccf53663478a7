/* refunds: money that goes back. */
#ifndef LATCHKEY_SANDBOX_REFUNDS_H
#define LATCHKEY_SANDBOX_REFUNDS_H

#include <stdint.h>

#include "sandbox/call.h"
#include "sandbox/store.h"

/* Give AMOUNT (0: what is left) of CHARGE (locked) back; NULL after an error. */
struct object *refund_make(struct call *call, struct object *charge, int64_t amount, const char *reason);
/* The events of a refund that has all its fields. */
void refund_tell(struct call *call, struct object *charge, struct object *refund);
/* The bank could not book it: the money is ours again. */
void refund_fail(struct call *call, struct object *refund, const char *reason);

json_t *refund_create(struct call *call);
json_t *refund_show(struct call *call);
json_t *refund_update(struct call *call);
json_t *refund_list(struct call *call);

#endif
