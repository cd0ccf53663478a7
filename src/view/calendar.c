/* calendar: days with amounts as iCalendar, see calendar.h.
 *
 * An event takes a whole day and no time of it, so nothing here knows a time zone: the day is that of
 * whoever reads it, and so is the morning of an alarm.  Written here and not by libical, whose 3.0 folds a
 * line of some lengths in the middle of its CRLF. */
#include "view/calendar.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "view/format.h"

enum { LINE_BYTES = 75, ALARM_HOUR = 9, DAY_HOURS = 24 };

/* One line, folded between letters, with its end. */
static void
put_line(GString *out, const char *line)
{
        size_t used = 0;

        for (const char *at = line; *at != '\0';) {
                size_t len = strnlen(at, (size_t)g_utf8_skip[(unsigned char)*at]);

                if (used + len > LINE_BYTES) {
                        g_string_append(out, "\r\n ");
                        used = 1;
                }
                g_string_append_len(out, at, (gssize)len);
                used += len;
                at += len;
        }
        g_string_append(out, "\r\n");
}

/* A value that is ours: a date, an address, a word. */
static void
put(GString *out, struct pool *pool, const char *name, const char *value)
{
        put_line(out, pool_printf(pool, "%s:%s", name, value));
}

/* A value of type TEXT (RFC 5545, 3.3.11). */
static void
put_text(GString *out, const char *name, const char *text)
{
        GString *line = g_string_new(name);

        g_string_append_c(line, ':');
        for (const char *at = text; *at != '\0'; at++) {
                if (*at == '\n')
                        g_string_append(line, "\\n");
                else if (*at == '\t' || !g_ascii_iscntrl(*at))
                        g_string_append_printf(line, "%s%c", strchr("\\;,", *at) != NULL ? "\\" : "", *at);
        }
        put_line(out, line->str);
        g_string_free(line, TRUE);
}

/* WRITTEN as RFC 3339, without what iCalendar leaves out: "20260304", "20260304T080000Z". */
static const char *
compact(char *written)
{
        char *to = written;

        for (const char *from = written; *from != '\0'; from++)
                if (*from != '-' && *from != ':')
                        *to++ = *from;
        *to = '\0';
        return written;
}

static void
put_day(GString *out, struct pool *pool, const char *name, int32_t days)
{
        put(out, pool, pool_printf(pool, "%s;VALUE=DATE", name), compact(format_rfc3339_date(pool, days)));
}

/* So many days after the event's day begins, and on to the morning: "-P6DT15H", "-PT15H", "PT9H". */
static void
put_alarm(GString *out, struct pool *pool, const char *summary, long days)
{
        bool before = days < 0;
        long whole = before ? -days - 1 : days;
        const char *part = whole > 0 ? pool_printf(pool, "%ldD", whole) : "";

        put_line(out, "BEGIN:VALARM");
        put_line(out, "ACTION:DISPLAY");
        put_text(out, "DESCRIPTION", summary);
        put_line(out, pool_printf(pool, "TRIGGER:%sP%sT%dH", before ? "-" : "", part,
                                  before ? DAY_HOURS - ALARM_HOUR : ALARM_HOUR));
        put_line(out, "END:VALARM");
}

static void
put_event(GString *out, struct pool *pool, const struct calendar_event *event)
{
        const char *changed = compact(format_rfc3339(pool, event->changed_at)), *at = event->alarms;
        char *end;

        put_line(out, "BEGIN:VEVENT");
        put_text(out, "UID", event->uid);
        put(out, pool, "DTSTAMP", changed);
        put(out, pool, "LAST-MODIFIED", changed);
        put_line(out, pool_printf(pool, "SEQUENCE:%d", (int)event->sequence));
        put_day(out, pool, "DTSTART", event->on);
        put_day(out, pool, "DTEND", event->on + 1);
        put_text(out, "SUMMARY", event->summary);
        put_text(out, "DESCRIPTION", event->description);
        if (event->url != NULL)
                put(out, pool, "URL", event->url);
        put_line(out, "CLASS:PRIVATE");
        put_line(out, "TRANSP:TRANSPARENT");
        for (long days = strtol(at, &end, 10); end != at; days = strtol(at, &end, 10)) {
                put_alarm(out, pool, event->summary, days);
                at = end;
        }
        put_line(out, "END:VEVENT");
}

const char *
calendar_text(struct pool *pool, const char *name, const struct calendar_event *events, size_t n, size_t *len)
{
        GString *out = g_string_sized_new(1024 * (n + 1));
        const char *text;

        put_line(out, "BEGIN:VCALENDAR");
        put_line(out, "VERSION:2.0");
        put_line(out, "PRODID:-//Latchkey//Payments//EN");
        put_text(out, "NAME", name);
        put_text(out, "X-WR-CALNAME", name);
        put_line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
        put_line(out, "X-PUBLISHED-TTL:PT1H");
        for (size_t i = 0; i < n; i++)
                put_event(out, pool, &events[i]);
        put_line(out, "END:VCALENDAR");
        *len = out->len;
        text = pool_strndup(pool, out->str, out->len);
        g_string_free(out, TRUE);
        return text;
}
