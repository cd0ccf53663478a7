/* balance: what moved on the account at the gateway, fees included. */
#ifndef LATCHKEY_SANDBOX_BALANCE_H
#define LATCHKEY_SANDBOX_BALANCE_H

#include <stdint.h>

#include "sandbox/call.h"
#include "sandbox/store.h"

/* Keep a movement of AMOUNT minor units (negative: out) for SOURCE and give its id.
 * TYPE: payment or charge, refund, adjustment ...; FEE is taken off. */
const char *balance_move(struct call *call, const struct object *source, const char *type,
                         const char *category, int64_t amount, int64_t fee, const char *description);
/* 1.4 % and a fixed part: a quarter of a unit, 25 where the currency has no minor units. */
int64_t balance_fee(int64_t amount, const char *currency);

json_t *balance_show(struct call *call);
json_t *balance_list(struct call *call);

#endif
