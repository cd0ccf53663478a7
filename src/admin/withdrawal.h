/* withdrawal: one withdrawal or request, and its answer. */
#ifndef LATCHKEY_ADMIN_WITHDRAWAL_H
#define LATCHKEY_ADMIN_WITHDRAWAL_H

#include "http/route.h"

extern const struct route withdrawal_routes[];

#endif
