/* marker: what was changed against a cause, and whether more was paid after all from then on. */
#ifndef LATCHKEY_ADMIN_MARKER_H
#define LATCHKEY_ADMIN_MARKER_H

#include "http/request.h"
#include "http/route.h"
#include "queries/care.h"
#include "queries/causes.h"
#include "view/view.h"

enum { MARKER_DAYS = 28 };      /* looked at before and after a change */

extern const struct route marker_routes[];
extern const struct param marker_new_params[];

/* The changes as "markers", and what the form for a new one needs; NONCE NULL makes one. */
void marker_push(struct view *view, struct request *req, const struct marker_row *rows, size_t n,
                 const struct care_cause_row *causes, size_t n_causes, const char *chosen, const char *nonce);
/* "62 % (41 to 79)": K of N with its 95 % interval; "–" of none. */
const char *marker_share(struct pool *pool, int64_t k, int64_t n);

#endif
