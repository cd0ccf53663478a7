/* figures: money in and seconds to access over thirty days, as figures, pictures and tables. */
#ifndef LATCHKEY_ADMIN_FIGURES_H
#define LATCHKEY_ADMIN_FIGURES_H

#include "http/request.h"
#include "queries/home.h"
#include "view/view.h"

/* What the page's round trip brings. */
struct figures {
        struct request *req;
        int32_t first;                  /* the first of the days, since 1970-01-01 */
        struct money_day_row *money;
        struct access_day_row *access;
        size_t n_money, n_access;
};

/* Queue the queries. */
void figures_ask(struct request *req, struct figures *figures);
/* After db_wait(): pushes money (a block for each currency), access_chart, access_table and
 * what stands in them. */
void figures_push(struct view *view, struct figures *figures);

#endif
