/* methods: saved ways to pay. */
#ifndef LATCHKEY_SANDBOX_METHODS_H
#define LATCHKEY_SANDBOX_METHODS_H

#include "sandbox/call.h"
#include "sandbox/cards.h"
#include "sandbox/store.h"

/* A new payment method of that test card, not attached; EXP_MONTH 0: in four years. */
struct object *method_make(struct call *call, const struct card *card, int exp_month, int exp_year);
/* The method that a parameter names: an id, or a test token which makes a new one. */
struct object *method_named(struct call *call, const char *name, const char *param);
/* What happens when METHOD is charged. */
const struct card *method_card(const struct object *method);
/* Attach to CUSTOMER, with the event; false after an error (a card that is declined
 * cannot be saved, except the one that is made for it). */
bool method_attach(struct call *call, struct object *method, const char *customer);
/* May CUSTOMER (NULL: nobody) pay with METHOD?  False after an error. */
bool method_usable(struct call *call, struct object *method, const char *customer);
/* Take it from its customer, with the event. */
void method_release(struct call *call, struct object *method);
/* payment_method_details of a charge. */
json_t *method_details(struct call *call, const struct object *method, bool authenticated);

json_t *method_create(struct call *call);
json_t *method_show(struct call *call);
json_t *method_update(struct call *call);
json_t *method_attach_to(struct call *call);
json_t *method_detach(struct call *call);
json_t *method_list(struct call *call);
json_t *method_list_of_customer(struct call *call);
json_t *method_of_customer(struct call *call);

#endif
