/* mail: a mail of an order as it was sent, and its papers. */
#ifndef LATCHKEY_ADMIN_MAIL_H
#define LATCHKEY_ADMIN_MAIL_H

#include "http/route.h"

extern const struct route mail_routes[];

#endif
