/* withdrawals: withdrawals from contracts and requests for the money back. */
#ifndef LATCHKEY_ADMIN_WITHDRAWALS_H
#define LATCHKEY_ADMIN_WITHDRAWALS_H

#include "http/route.h"

extern const struct route withdrawals_routes[];

#endif
