/* refund: one refund: what it is for, who said yes, what became of it. */
#ifndef LATCHKEY_ADMIN_REFUND_H
#define LATCHKEY_ADMIN_REFUND_H

#include "http/route.h"

extern const struct route refund_routes[];

#endif
