/* agreement: what a customer agreed to about paying over time, as they see it. */
#ifndef LATCHKEY_ADMIN_AGREEMENT_H
#define LATCHKEY_ADMIN_AGREEMENT_H

#include "http/route.h"

extern const struct route agreement_routes[];

#endif
