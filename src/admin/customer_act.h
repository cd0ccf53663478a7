/* customer_act: what staff do for a customer: a note, another address, an end, their eyes. */
#ifndef LATCHKEY_ADMIN_CUSTOMER_ACT_H
#define LATCHKEY_ADMIN_CUSTOMER_ACT_H

#include "http/route.h"

extern const struct route customer_act_routes[];

/* What ANSWER of a redirect means, in a sentence; *KIND is the notice's class.  NULL: none. */
const char *customer_said(const char *answer, const char **kind);

#endif
