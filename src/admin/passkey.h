/* passkey: the devices that log oneself in to the staff pages. */
#ifndef LATCHKEY_ADMIN_PASSKEY_H
#define LATCHKEY_ADMIN_PASSKEY_H

#include "http/route.h"

extern const struct route passkey_routes[];

#endif
