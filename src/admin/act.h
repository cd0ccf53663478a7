/* act: what staff do to an order: its mails once more, access again, access as a gift. */
#ifndef LATCHKEY_ADMIN_ACT_H
#define LATCHKEY_ADMIN_ACT_H

#include "http/route.h"
#include "view/view.h"

extern const struct route act_routes[];
/* The gift's form, for the order's page that shows it. */
extern const struct param act_gift_params[];

/* {answer}: what ANSWER of a redirect means; NULL: none. */
void act_said(struct view *view, const char *answer);

#endif
