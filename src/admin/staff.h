/* staff: who works here, invitations, roles; for owners. */
#ifndef LATCHKEY_ADMIN_STAFF_H
#define LATCHKEY_ADMIN_STAFF_H

#include "http/route.h"

extern const struct route staff_routes[];

#endif
