/* customers: who pays, as the gateway knows them. */
#ifndef LATCHKEY_SANDBOX_CUSTOMERS_H
#define LATCHKEY_SANDBOX_CUSTOMERS_H

#include "sandbox/call.h"
#include "sandbox/store.h"

/* A new customer of the hosted pages, with the event. */
struct object *customer_make(struct call *call, const char *email, const char *name, const char *country);

json_t *customer_create(struct call *call);
json_t *customer_show(struct call *call);
json_t *customer_update(struct call *call);
json_t *customer_delete(struct call *call);
json_t *customer_list(struct call *call);

#endif
