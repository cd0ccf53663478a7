/* zone: which day and hour it is where somebody lives. */
#ifndef LATCHKEY_BASE_ZONE_H
#define LATCHKEY_BASE_ZONE_H

#include <stdint.h>

#include "base/clock.h"

/* What calendar and clock show: DAY in days since 1970-01-01, MINUTE of that day. */
struct zone_time {
        int64_t day;
        int minute;
};

/* AT as it is in ZONE, an IANA name; NULL, "" and unknown ones are UTC. */
struct zone_time zone_time(instant at, const char *zone);

/* When ZONE shows MINUTE of DAY.  An hour that a change of the clocks leaves out is the one
 * after it; one that comes twice is either. */
instant zone_instant(int64_t day, int minute, const char *zone);

#endif
