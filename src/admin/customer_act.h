/* customer_act: what staff do for a customer: a note, another address, an end, their eyes. */
#ifndef LATCHKEY_ADMIN_CUSTOMER_ACT_H
#define LATCHKEY_ADMIN_CUSTOMER_ACT_H

#include "http/route.h"
#include "view/view.h"

extern const struct route customer_act_routes[];

/* {answer}: what ANSWER of a redirect means; NULL: none. */
void customer_said(struct view *view, const char *answer);

#endif
