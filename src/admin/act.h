/* act: what staff do to an order: its mails once more, access again, access as a gift. */
#ifndef LATCHKEY_ADMIN_ACT_H
#define LATCHKEY_ADMIN_ACT_H

#include "http/route.h"

extern const struct route act_routes[];
/* The gift's form, for the order's page that shows it. */
extern const struct param act_gift_params[];

/* What ANSWER of a redirect means, in a sentence; *KIND is the notice's class.  NULL: none. */
const char *act_said(const char *answer, const char **kind);

#endif
