/* discount: codes of our own that take something off a price. */
#ifndef LATCHKEY_ADMIN_DISCOUNT_H
#define LATCHKEY_ADMIN_DISCOUNT_H

#include "http/route.h"

extern const struct route discount_routes[];

#endif
