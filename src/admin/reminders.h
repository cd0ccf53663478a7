/* reminders: on which days customers are reminded of what is due: for all products, for one. */
#ifndef LATCHKEY_ADMIN_REMINDERS_H
#define LATCHKEY_ADMIN_REMINDERS_H

#include "base/pool.h"
#include "http/route.h"
#include "queries/reminderdesk.h"

extern const struct route reminders_routes[];

/* A plan in words: "7 days and 1 day before, on the day, 3 days after", or "No reminders". */
const char *reminders_words(struct pool *pool, const struct reminder_plan_row *plan);

#endif
