/* intents: payment intents, the API's side of a payment. */
#ifndef LATCHKEY_SANDBOX_INTENTS_H
#define LATCHKEY_SANDBOX_INTENTS_H

#include "sandbox/call.h"
#include "sandbox/store.h"

/* Cancel INTENT (locked), with the event. */
void intent_cancel_now(struct call *call, struct object *intent, const char *reason);

json_t *intent_create(struct call *call);
json_t *intent_show(struct call *call);
json_t *intent_update(struct call *call);
json_t *intent_confirm(struct call *call);
json_t *intent_cancel(struct call *call);
json_t *intent_list(struct call *call);

#endif
