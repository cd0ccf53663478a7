/* orders: the list of orders: filters in the address, 50 a page. */
#ifndef LATCHKEY_ADMIN_ORDERS_H
#define LATCHKEY_ADMIN_ORDERS_H

#include "http/route.h"

extern const struct route orders_routes[];

#endif
