/* desk: what all staff pages share: who is here and what they may do, statuses in words,
 * times that may be missing. */
#ifndef LATCHKEY_ADMIN_DESK_H
#define LATCHKEY_ADMIN_DESK_H

#include <stdbool.h>

#include "base/clock.h"
#include "http/request.h"
#include "view/view.h"

/* For struct program: queue the look-up of the session and of what its role may do. */
void desk_ask(struct request *req);
/* For struct program, and for pages that hide what a role may not do; after db_wait(). */
bool desk_may(struct request *req, const char *verb);

/* NAME becomes the word for STATUS of MACHINE, NAME_kind the class of its pill. */
void desk_status(struct view *view, const char *name, const char *machine, const char *status);
/* What the answer of a redirect says to a person; a table of them ends with DESK_ANSWER_END. */
struct desk_answer {
        const char *answer, *kind, *text;
};
#define DESK_ANSWER_END { NULL, NULL, NULL }
/* NAME becomes the sentence for ANSWER, NAME_kind the class of its notice (part/answer.html);
 * both "" when ANSWER is NULL or not in TABLE. */
void desk_answer(struct view *view, const char *name, const struct desk_answer *table, const char *answer);
/* NAME as a short time with its seconds when wanted, "" when NULL_TIME. */
void desk_time(struct view *view, const char *name, instant at, bool null_time);
void desk_second(struct view *view, const char *name, instant at, bool null_time);
/* NAME as "1.2 s" between two instants; "" when NULL_TIME or when UNTIL is before FROM by
 * more than a second. */
void desk_took(struct view *view, const char *name, struct pool *pool, instant from, instant until,
               bool null_time);
/* Before and after everything that has a date. */
#define DESK_FIRST ((instant)0)
#define DESK_LAST (INT64_C(253402300799) * CLOCK_SECOND)
/* AFTER, "1772618400000000-123", is the last row of the page before: microseconds and id.  NULL:
 * the first page.  False when it is neither. */
bool desk_place(const char *after, instant *before, int64_t *before_id);

/* What an alarm says: its sentence, but for those whose figures the order's page shows better. */
const char *desk_alarm(const char *kind, const char *detail);
/* The day of AT in ZONE, as days since 1970-01-01. */
int64_t desk_day(const char *zone, instant at);
/* NAME as "today", "in 2 days", "2 days late": which day of ZONE AT is, seen from NOW. */
void desk_due(struct view *view, const char *name, struct pool *pool, const char *zone, instant at, instant now);
/* The beginning of the day DAYS after 1970-01-01 in ZONE. */
instant desk_midnight(const char *zone, int64_t days);

#endif
