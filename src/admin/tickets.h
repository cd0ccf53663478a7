/* tickets: what customers wrote, the longest waiting first. */
#ifndef LATCHKEY_ADMIN_TICKETS_H
#define LATCHKEY_ADMIN_TICKETS_H

#include "http/route.h"

extern const struct route tickets_routes[];

#endif
