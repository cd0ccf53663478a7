/* setups: setup intents, which save a method without a payment. */
#ifndef LATCHKEY_SANDBOX_SETUPS_H
#define LATCHKEY_SANDBOX_SETUPS_H

#include <stdbool.h>

#include "sandbox/call.h"
#include "sandbox/payments.h"
#include "sandbox/store.h"

/* A new one with its defaults, not yet kept. */
struct object *setup_new(struct call *call, const char *customer);
/* Save METHOD for its customer; both are saved, with the events. */
struct payment_outcome setup_confirm_with(struct call *call, struct object *setup, struct object *method,
                                          const struct payment_how *how);
/* The customer did not authenticate. */
void setup_fail(struct call *call, struct object *setup, struct object *method, const struct decline *decline);

json_t *setup_create(struct call *call);
json_t *setup_show(struct call *call);
json_t *setup_confirm(struct call *call);
json_t *setup_cancel(struct call *call);
json_t *setup_list(struct call *call);

#endif
