/* control: faults, acts, log and clock, for tests and drills. */
#ifndef LATCHKEY_SANDBOX_CONTROL_H
#define LATCHKEY_SANDBOX_CONTROL_H

#include "http/route.h"

extern const struct route control_routes[];

#endif
