/* corrections: addresses that buyers say are wrong, for staff to decide. */
#ifndef LATCHKEY_ADMIN_CORRECTIONS_H
#define LATCHKEY_ADMIN_CORRECTIONS_H

#include "http/route.h"

extern const struct route corrections_routes[];

#endif
