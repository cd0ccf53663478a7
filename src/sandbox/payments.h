/* payments: what happens when an intent is paid with a method: the charge, the money on
 * the balance, the intent's state and the events. */
#ifndef LATCHKEY_SANDBOX_PAYMENTS_H
#define LATCHKEY_SANDBOX_PAYMENTS_H

#include <stdbool.h>

#include "sandbox/call.h"
#include "sandbox/cards.h"
#include "sandbox/store.h"

struct payment_how {
        bool off_session;               /* nobody is there to authenticate */
        bool authenticated;             /* somebody did */
        const char *return_url;         /* where to after authentication, or NULL */
};

struct payment_outcome {
        enum { PAYMENT_SUCCEEDED, PAYMENT_PROCESSING, PAYMENT_NEEDS_ACTION, PAYMENT_DECLINED } result;
        const struct decline *decline;  /* PAYMENT_DECLINED */
};

/* A new intent, not yet kept: AMOUNT minor units of CURRENCY (lower case). */
struct object *payment_new(struct call *call, int64_t amount, const char *currency);
/* Pay INTENT (locked) with METHOD; both are saved. */
struct payment_outcome payment_confirm(struct call *call, struct object *intent, struct object *method,
                                       const struct payment_how *how);
/* Money is there: by card now, or by debit or transfer at last. */
void payment_succeed(struct call *call, struct object *intent, struct object *method, bool authenticated);
/* It is not.  METHOD stays NULL on the intent afterwards. */
void payment_fail(struct call *call, struct object *intent, struct object *method,
                  const struct decline *decline);
/* Set the API's card_error; with INTENT it carries the intent, charge and method, and
 * what happened stays (call->keep). */
void payment_decline_error(struct call *call, const struct decline *decline, struct object *intent);

/* charges and their list */
json_t *charge_show(struct call *call);
json_t *charge_list(struct call *call);

#endif
