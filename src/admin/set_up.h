/* set_up: the link that a new member of staff gets: name, password, second factor. */
#ifndef LATCHKEY_ADMIN_SET_UP_H
#define LATCHKEY_ADMIN_SET_UP_H

#include "http/route.h"

extern const struct route set_up_routes[];

#endif
