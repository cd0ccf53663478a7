/* customers: find somebody by name, address, order, amount, card or receipt. */
#ifndef LATCHKEY_ADMIN_CUSTOMERS_H
#define LATCHKEY_ADMIN_CUSTOMERS_H

#include "http/route.h"

extern const struct route customers_routes[];

#endif
