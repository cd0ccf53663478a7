/* calendar: days with amounts as iCalendar (RFC 5545), for the calendar apps that subscribe to them. */
#ifndef LATCHKEY_VIEW_CALENDAR_H
#define LATCHKEY_VIEW_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"

struct calendar_event {
        const char *uid;        /* the same for as long as it is the same thing, wherever it moves */
        int32_t sequence;       /* from 0; higher after a move */
        instant changed_at;
        int32_t on;             /* the day, since 1970-01-01; all of it, in whatever zone it is read */
        const char *summary, *description;
        const char *url;        /* NULL: none */
        const char *alarms;     /* "", or days after ON, less than 0 before it: "-7 -1 0"; each at nine in the morning */
};

/* A calendar of that NAME as text of *LEN bytes in POOL, lines folded and ended by CRLF. */
const char *calendar_text(struct pool *pool, const char *name, const struct calendar_event *events, size_t n, size_t *len);

#endif
