/* change: one request about a plan, and what staff make of it. */
#ifndef LATCHKEY_ADMIN_CHANGE_H
#define LATCHKEY_ADMIN_CHANGE_H

#include "http/route.h"

extern const struct route change_routes[];

#endif
