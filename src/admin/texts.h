/* texts: the words of mails about failed payments, as staff edit them. */
#ifndef LATCHKEY_ADMIN_TEXTS_H
#define LATCHKEY_ADMIN_TEXTS_H

#include "http/route.h"

extern const struct route texts_routes[];

#endif
