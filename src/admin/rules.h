/* rules: what plans may become by themselves, as staff see and publish it. */
#ifndef LATCHKEY_ADMIN_RULES_H
#define LATCHKEY_ADMIN_RULES_H

#include "http/route.h"

extern const struct route rules_routes[];

#endif
