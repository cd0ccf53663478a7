/* system: what the product does by itself: jobs, schedules, alarms. */
#ifndef LATCHKEY_ADMIN_SYSTEM_H
#define LATCHKEY_ADMIN_SYSTEM_H

#include "http/route.h"

extern const struct route system_routes[];

#endif
