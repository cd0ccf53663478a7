/* dispute: one dispute: what the log holds, what to do, and the answer. */
#ifndef LATCHKEY_ADMIN_DISPUTE_H
#define LATCHKEY_ADMIN_DISPUTE_H

#include "http/route.h"

extern const struct route dispute_routes[];

#endif
