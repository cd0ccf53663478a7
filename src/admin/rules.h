/* rules: what plans may become by themselves, as staff see it. */
#ifndef LATCHKEY_ADMIN_RULES_H
#define LATCHKEY_ADMIN_RULES_H

#include "http/route.h"

/* For whom a rule of REGION holds, in words; "": wherever no other does. */
const char *rules_place(const char *region);

extern const struct route rules_routes[];

#endif
