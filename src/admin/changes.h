/* changes: what customers asked for their plans: the list. */
#ifndef LATCHKEY_ADMIN_CHANGES_H
#define LATCHKEY_ADMIN_CHANGES_H

#include "http/route.h"

extern const struct route changes_routes[];

#endif
