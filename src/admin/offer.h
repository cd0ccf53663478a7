/* offer: staff offer another schedule for what is open of a plan: an overdue payment, or a request for
 * the money back, becomes a plan that can be kept. */
#ifndef LATCHKEY_ADMIN_OFFER_H
#define LATCHKEY_ADMIN_OFFER_H

#include "http/route.h"

extern const struct route offer_routes[];

#endif
