/* method: how a payment method is called to a person. */
#ifndef LATCHKEY_VIEW_METHOD_H
#define LATCHKEY_VIEW_METHOD_H

#include "base/pool.h"

/* "Visa ending in 4242", "SEPA debit ending in 3000", "Bank transfer"; "" when nothing is
 * known.  KIND and BRAND are the gateway's words. */
char *method_words(struct pool *pool, const char *kind, const char *brand, const char *last_four);

#endif
