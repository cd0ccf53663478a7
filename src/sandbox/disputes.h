/* disputes: a payer asks their bank for the money back. */
#ifndef LATCHKEY_SANDBOX_DISPUTES_H
#define LATCHKEY_SANDBOX_DISPUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/call.h"
#include "sandbox/store.h"

/* Dispute AMOUNT (0: all) of CHARGE (locked): the money and a fee leave; NULL after an error. */
struct object *dispute_open(struct call *call, struct object *charge, int64_t amount, const char *reason);
/* The bank has decided; where we won the money comes back. */
void dispute_decide(struct call *call, struct object *dispute, bool won);

json_t *dispute_show(struct call *call);
json_t *dispute_update(struct call *call);
json_t *dispute_close(struct call *call);
json_t *dispute_list(struct call *call);

#endif
