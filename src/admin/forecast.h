/* forecast: money expected by week as a picture and the same as a table: of all plans, and what a
 * request makes of it (S1.7). */
#ifndef LATCHKEY_ADMIN_FORECAST_H
#define LATCHKEY_ADMIN_FORECAST_H

#include "http/request.h"
#include "queries/forecast.h"
#include "view/view.h"

enum { FORECAST_WEEKS = 13 };

/* What another schedule makes of the weeks (part/effect.html): own_chart, all_chart, weeks,
 * later_before and later_after, and sentences of both.  ALL: of all plans as well. */
void forecast_effect(struct view *view, struct request *req, const struct effect_week_row *rows, size_t n, bool all);

/* "expected" becomes a block for each currency of the coming weeks. */
void forecast_weeks(struct view *view, struct request *req, struct expected_week_row *rows, size_t n);

#endif
