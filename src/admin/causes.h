/* causes: why payments failed, by frequency and by money, and what was changed against it. */
#ifndef LATCHKEY_ADMIN_CAUSES_H
#define LATCHKEY_ADMIN_CAUSES_H

#include "http/route.h"

extern const struct route causes_routes[];

#endif
