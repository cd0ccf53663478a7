/* checkout: sessions of the hosted page, as the API shows them. */
#ifndef LATCHKEY_SANDBOX_CHECKOUT_H
#define LATCHKEY_SANDBOX_CHECKOUT_H

#include <stdbool.h>

#include "sandbox/call.h"
#include "sandbox/store.h"

/* Close an open SESSION (locked): its intent is cancelled, with the events. */
void checkout_expire_now(struct call *call, struct object *session);
/* May SESSION be paid by KIND (card, sepa_debit, customer_balance)? */
bool checkout_takes(const struct object *session, const char *kind);
/* success_url with the session's id put in. */
const char *checkout_success_url(struct call *call, const struct object *session);

json_t *checkout_create(struct call *call);
json_t *checkout_show(struct call *call);
json_t *checkout_list(struct call *call);
json_t *checkout_expire(struct call *call);
json_t *checkout_lines(struct call *call);

#endif
