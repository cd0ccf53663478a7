/* cases: payments that failed, as staff work through them: money at risk, age, next step, owner. */
#ifndef LATCHKEY_ADMIN_CASES_H
#define LATCHKEY_ADMIN_CASES_H

#include "http/route.h"

extern const struct route cases_routes[];

#endif
