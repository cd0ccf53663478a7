/* login: in with address, password and code; out again. */
#ifndef LATCHKEY_ADMIN_LOGIN_H
#define LATCHKEY_ADMIN_LOGIN_H

#include "http/route.h"

extern const struct route login_routes[];

#endif
