/* trial: what an edited rule would touch, as staff see it before they publish; and taking a product's
 * own rule back. */
#ifndef LATCHKEY_ADMIN_TRIAL_H
#define LATCHKEY_ADMIN_TRIAL_H

#include "domain/trial.h"
#include "http/request.h"
#include "http/route.h"
#include "view/view.h"

/* For part/trial.html: counts, requests, and the plans behind number AFTER.  NEXT is the address of
 * the page, for a link to more; NULL: a button of the form says more. */
void trial_push(struct view *view, struct request *req, const struct trial *trial, int64_t after,
                const char *next);

extern const struct route trial_routes[];

#endif
