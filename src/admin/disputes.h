/* disputes: what banks dispute, newest first. */
#ifndef LATCHKEY_ADMIN_DISPUTES_H
#define LATCHKEY_ADMIN_DISPUTES_H

#include "http/route.h"

extern const struct route disputes_routes[];

#endif
