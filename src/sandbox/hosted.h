/* hosted: what happens when somebody pays or saves a method on the hosted page. */
#ifndef LATCHKEY_SANDBOX_HOSTED_H
#define LATCHKEY_SANDBOX_HOSTED_H

#include <stdbool.h>

#include "sandbox/call.h"
#include "sandbox/payments.h"
#include "sandbox/store.h"

struct payer {
        const char *email, *name, *country;     /* name and country may be NULL */
};

/* Pay (or save) with CARD on an open SESSION (locked).  When it is done or on its way the
 * session is complete; PAYMENT_NEEDS_ACTION with the session still open: authenticate. */
struct payment_outcome hosted_attempt(struct call *call, struct object *session, const struct card *card,
                                      int exp_month, int exp_year, const struct payer *payer);
/* Somebody authenticated INTENT (a payment or setup intent, locked), or failed to.
 * Where the browser goes next; NULL: nowhere in particular. */
const char *hosted_authenticated(struct call *call, struct object *intent, bool passed);
/* The money of INTENT came at last, or did not: tells the session that made it. */
void hosted_settled(struct call *call, struct object *intent, bool paid);
/* Settle, or fail, what a bank has on its way; false where nothing is. */
bool hosted_settle(struct call *call, struct object *intent, bool paid);

#endif
