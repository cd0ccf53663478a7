/* transfers: the bank's credits and the orders that they pay. */
#ifndef LATCHKEY_ADMIN_TRANSFERS_H
#define LATCHKEY_ADMIN_TRANSFERS_H

#include "http/route.h"

extern const struct route transfers_routes[];

#endif
