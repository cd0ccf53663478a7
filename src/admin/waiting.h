/* waiting: access that is bought and not open yet: staff open it, or move its day (S0.8). */
#ifndef LATCHKEY_ADMIN_WAITING_H
#define LATCHKEY_ADMIN_WAITING_H

#include "http/route.h"

extern const struct route waiting_routes[];
/* The form that moves the day, for the order's page that shows it. */
extern const struct param waiting_day_params[];

#endif
