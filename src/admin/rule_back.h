/* rule_back: a product's own rule is taken back. */
#ifndef LATCHKEY_ADMIN_RULE_BACK_H
#define LATCHKEY_ADMIN_RULE_BACK_H

#include "http/route.h"

extern const struct route rule_back_routes[];

#endif
