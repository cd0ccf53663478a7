/* zone: local time, see zone.h. */
#include "base/zone.h"

#include <string.h>

#include <glib.h>

enum { DAY_SECONDS = 86400 };

/* One zone is nearly always the same as the last one, so it is kept. */
static GTimeZone *
zone_of(const char *name)
{
        static GTimeZone *kept;
        static char kept_name[64];
        GTimeZone *found;

        if (name == NULL || *name == '\0')
                name = "UTC";
        if (kept != NULL && strcmp(kept_name, name) == 0)
                return kept;
        found = g_time_zone_new_identifier(name);
        if (found == NULL)
                found = g_time_zone_new_utc();
        if (kept != NULL)
                g_time_zone_unref(kept);
        kept = found;
        g_strlcpy(kept_name, name, sizeof kept_name);
        return kept;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
        return a / b - (a % b < 0);
}

struct zone_time
zone_time(instant at, const char *zone)
{
        GTimeZone *where = zone_of(zone);
        int64_t seconds = floor_div(at, CLOCK_SECOND);
        int interval = g_time_zone_find_interval(where, G_TIME_TYPE_UNIVERSAL, seconds);
        int64_t local = seconds + g_time_zone_get_offset(where, interval);
        int64_t day = floor_div(local, DAY_SECONDS);

        return (struct zone_time){ day, (int)((local - day * DAY_SECONDS) / 60) };
}

instant
zone_instant(int64_t day, int minute, const char *zone)
{
        GTimeZone *where = zone_of(zone);
        gint64 local = day * DAY_SECONDS + (int64_t)minute * 60;
        int interval = g_time_zone_adjust_time(where, G_TIME_TYPE_STANDARD, &local);

        return (local - g_time_zone_get_offset(where, interval)) * CLOCK_SECOND;
}
