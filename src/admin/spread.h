/* spread: staff offer to pay over time what an unpaid order asks for at once. */
#ifndef LATCHKEY_ADMIN_SPREAD_H
#define LATCHKEY_ADMIN_SPREAD_H

#include "http/route.h"

extern const struct route spread_routes[];

#endif
