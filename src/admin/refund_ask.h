/* refund_ask: staff give back what an order took, in full or by item. */
#ifndef LATCHKEY_ADMIN_REFUND_ASK_H
#define LATCHKEY_ADMIN_REFUND_ASK_H

#include "http/route.h"

extern const struct route refund_ask_routes[];

#endif
