/* audit: every change by staff and operators, with who and what in words. */
#ifndef LATCHKEY_ADMIN_AUDIT_H
#define LATCHKEY_ADMIN_AUDIT_H

#include "http/route.h"

extern const struct route audit_routes[];

#endif
