/* customer: one customer, whole: who, what they bought and may open, everything that happened. */
#ifndef LATCHKEY_ADMIN_CUSTOMER_H
#define LATCHKEY_ADMIN_CUSTOMER_H

#include "http/request.h"

extern const struct route customer_routes[];

/* The forms of this page and the fields that they send (customer_act.c). */
extern const struct param customer_note_params[], customer_address_params[], customer_end_params[];

/* The page of customer ID with STATUS.  ANSWER is what an action did, as its redirect says it
 * ("noted"), or NULL; WITH_FORM: the fields of the request's form are shown again with their
 * messages, the other forms empty. */
enum http_status customer_page(struct request *req, int64_t id, enum http_status status, const char *answer,
                               const struct param *with_form);

#endif
