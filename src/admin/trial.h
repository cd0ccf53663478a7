/* trial: what an edited rule, or one that is taken back, would touch, as staff see it before it is so. */
#ifndef LATCHKEY_ADMIN_TRIAL_H
#define LATCHKEY_ADMIN_TRIAL_H

#include "domain/trial.h"
#include "http/request.h"
#include "view/view.h"

/* Where it stands. */
struct trial_page {
        const char *trials; /* the address that tries it for one customer; each row has a button to it */
        int64_t after;      /* the plans behind this number */
        const char *next;   /* the address of the page, for a link to more; NULL: a button of the form says more */
};

/* For part/trial.html: counts, requests, plans, and, where a rule is taken back, what holds instead. */
void trial_push(struct view *view, struct request *req, const struct trial *trial,
                const struct trial_page *page);

#endif
