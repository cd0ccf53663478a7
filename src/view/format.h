/* format: money, dates and durations as a person says them. */
#ifndef LATCHKEY_VIEW_FORMAT_H
#define LATCHKEY_VIEW_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"

/* "49.00 EUR" / "49,00 EUR" by LOCALE ("en_GB", "de_DE"; unknown: as English), grouping
 * included, a no-break space before the code.  An unknown currency shows its minor units. */
char *format_money(struct pool *pool, int64_t minor, const char *currency, const char *locale);
/* "Tuesday 4 March", with the year when it is not NOW's; "Today", "Tomorrow", "Yesterday".
 * ZONE is an IANA name; unknown or NULL: UTC.  Years beyond 9999 show as its last day. */
char *format_day(struct pool *pool, instant at, const char *zone, instant now);
/* "Tuesday 4 March at 14:05". */
char *format_time(struct pool *pool, instant at, const char *zone, instant now);
/* For tables: "Today 14:05", "4 Mar 14:05", "4 Mar 2025 14:05"; SECONDS: "Today 14:05:09". */
char *format_short(struct pool *pool, instant at, const char *zone, instant now, bool seconds);
/* A calendar day as format_day() says it; ZONE tells which day NOW is. */
char *format_date(struct pool *pool, int32_t days, instant now, const char *zone);
/* "Tuesday 4 March 2026, 14:05 (CET)" for title attributes and mails. */
char *format_exact(struct pool *pool, instant at, const char *zone);
/* "Tuesday 4 March 2026". */
char *format_exact_date(struct pool *pool, int32_t days);
/* "4 March 2026": the day in ZONE, as papers have it. */
char *format_paper_day(struct pool *pool, instant at, const char *zone);
/* RFC 3339 in UTC, for datetime attributes and JSON. */
char *format_rfc3339(struct pool *pool, instant at);
/* "2026-03-04". */
char *format_rfc3339_date(struct pool *pool, int32_t days);
/* WORDS of the above for the middle of a sentence: "today at 14:05"; other days stay as they are. */
char *format_inside(struct pool *pool, const char *words);
/* The three at once, as <time datetime="RFC 3339" title="exact">Today at 14:05</time>. */
char *format_time_markup(struct pool *pool, instant at, const char *zone, instant now);
/* "0.4 s", "12 s", "3 min", "2 h", "5 days". */
char *format_seconds(struct pool *pool, double seconds);

/* The size of a file: "850 bytes", "12 kB", "3.4 MB". */
const char *format_size(struct pool *pool, int64_t bytes);

#endif
