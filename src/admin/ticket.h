/* ticket: one conversation with a customer, their orders beside it, and what is done to it. */
#ifndef LATCHKEY_ADMIN_TICKET_H
#define LATCHKEY_ADMIN_TICKET_H

#include "http/route.h"

extern const struct route ticket_routes[];

#endif
