/* expand: ids in an answer replaced by the objects that they name. */
#ifndef LATCHKEY_SANDBOX_EXPAND_H
#define LATCHKEY_SANDBOX_EXPAND_H

#include <stdbool.h>

#include "sandbox/call.h"

/* ANSWER with the paths of the call's expand[] filled in ("latest_charge.balance_transaction",
 * "data.payment_intent"); a copy.  NULL after an error. */
json_t *expand_answer(struct call *call, json_t *answer);

#endif
