/* refunds: what goes back, and what waits for a yes. */
#ifndef LATCHKEY_ADMIN_REFUNDS_H
#define LATCHKEY_ADMIN_REFUNDS_H

#include "http/route.h"

extern const struct route refunds_routes[];

#endif
