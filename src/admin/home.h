/* home: what needs attention, and how long access took. */
#ifndef LATCHKEY_ADMIN_HOME_H
#define LATCHKEY_ADMIN_HOME_H

#include "http/route.h"

extern const struct route home_routes[];

#endif
