/* format: money, dates and durations as a person says them.
 *
 * Numbers follow the locale; words are British English until the texts are
 * translated.  The zone decides which day it is: the customer's or the shop's. */
#include "view/format.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "base/money.h"

#define NBSP "\xc2\xa0"
#define NARROW_NBSP "\xe2\x80\xaf"
#define MINUS "\xe2\x88\x92"

/* How numbers are written.  A locale is looked up whole, then by its language. */
struct number_style {
        const char *locale;
        const char *decimal;
        const char *group;
        int least_grouped; /* digits before the point from which groups are set */
};

static const struct number_style number_styles[] = {
        {"en", ".", ",", 4},
        {"en_ZA", ",", NBSP, 4},
        {"de", ",", ".", 4},
        {"de_AT", ",", NBSP, 4},
        {"de_CH", ".", "\xe2\x80\x99", 4},
        {"fr", ",", NARROW_NBSP, 4},
        {"fr_CH", ",", NARROW_NBSP, 4},
        {"it", ",", ".", 4},
        {"it_CH", ".", "\xe2\x80\x99", 4},
        {"es", ",", ".", 5},
        {"es_MX", ".", ",", 4},
        {"es_US", ".", ",", 4},
        {"pt", ",", ".", 4},
        {"pt_PT", ",", NBSP, 5},
        {"nl", ",", ".", 4},
        {"da", ",", ".", 4},
        {"nb", ",", NBSP, 4},
        {"nn", ",", NBSP, 4},
        {"sv", ",", NBSP, 4},
        {"fi", ",", NBSP, 4},
        {"pl", ",", NBSP, 5},
        {"cs", ",", NBSP, 4},
        {"sk", ",", NBSP, 4},
        {"hu", ",", NBSP, 5},
        {"ro", ",", ".", 4},
        {"tr", ",", ".", 4},
        {"el", ",", ".", 4},
        {"ja", ".", ",", 4},
        {"zh", ".", ",", 4},
        {"ko", ".", ",", 4},
};

static const char *const day_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

static const struct number_style *
find_style(const char *locale)
{
        char name[16];
        const struct number_style *by_language = NULL;

        g_strlcpy(name, locale, sizeof name);
        g_strdelimit(name, "-", '_');
        name[strcspn(name, ".@")] = '\0';
        for (size_t i = 0; i < G_N_ELEMENTS(number_styles); i++) {
                const struct number_style *style = &number_styles[i];

                if (strcmp(style->locale, name) == 0)
                        return style;
                if (strlen(style->locale) == 2 && strncmp(style->locale, name, 2) == 0)
                        by_language = style;
        }
        return by_language != NULL ? by_language : &number_styles[0];
}

/* A list has one locale, so the last one found is kept. */
static const struct number_style *
number_style(const char *locale)
{
        static char kept_name[16];
        static const struct number_style *kept;

        if (locale == NULL)
                locale = "";
        if (kept == NULL || strncmp(kept_name, locale, sizeof kept_name - 1) != 0) {
                kept = find_style(locale);
                g_strlcpy(kept_name, locale, sizeof kept_name);
        }
        return kept;
}

/* The plain amount ("-1234.50") with the marks of STYLE. */
static void
write_number(GString *out, const char *plain, const struct number_style *style)
{
        if (*plain == '-') {
                g_string_append(out, MINUS);
                plain++;
        }

        size_t whole = strcspn(plain, ".");
        bool grouped = (int)whole >= style->least_grouped;

        for (size_t i = 0; i < whole; i++) {
                if (i > 0 && grouped && (whole - i) % 3 == 0)
                        g_string_append(out, style->group);
                g_string_append_c(out, plain[i]);
        }
        if (plain[whole] == '.') {
                g_string_append(out, style->decimal);
                g_string_append(out, plain + whole + 1);
        }
}

char *
format_money(struct pool *pool, int64_t minor, const char *currency, const char *locale)
{
        char plain[64];
        GString *out = g_string_sized_new(64);

        if (money_exponent(currency) < 0)
                g_snprintf(plain, sizeof plain, "%" G_GINT64_FORMAT, minor);
        else
                money_plain(minor, currency, plain, sizeof plain);
        write_number(out, plain, number_style(locale));
        g_string_append(out, NBSP);
        for (const char *c = currency; *c != '\0'; c++)
                g_string_append_c(out, g_ascii_toupper(*c));

        char *text = pool_strndup(pool, out->str, out->len);

        g_string_free(out, TRUE);
        return text;
}

/* --- calendar ------------------------------------------------------------ */

/* A day of the calendar and a time of that day, in some zone.  Worked out here and not by
 * GDateTime, which takes a third of the time of a page with a list. */
struct moment {
        int64_t days; /* since 1970-01-01, of the zone's calendar */
        int year, month, day;
        int weekday; /* 0 Monday */
        int hour, minute, second;
        const char *zone; /* "CET"; lives as long as the zone is kept */
};

#define DAY_SECONDS 86400
#define LAST_DAY INT64_C(2932896)  /* 9999-12-31 */
#define FIRST_DAY INT64_C(-719162) /* 0001-01-01 */

/* Division that rounds towards the past. */
static int64_t
floor_div(int64_t a, int64_t b)
{
        return a / b - (a % b < 0);
}

/* The proleptic Gregorian calendar in eras of 400 years that begin on 1 March. */
static void
set_day(struct moment *m, int64_t days)
{
        days = CLAMP(days, FIRST_DAY, LAST_DAY);

        int64_t shifted = days + 719468;
        int64_t era = floor_div(shifted, 146097);
        int64_t of_era = shifted - era * 146097;
        int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
        int64_t month = (5 * of_year + 2) / 153; /* 0 is March */

        m->days = days;
        m->day = (int)(of_year - (153 * month + 2) / 5 + 1);
        m->month = (int)(month < 10 ? month + 3 : month - 9);
        m->year = (int)(year + era * 400 + (m->month <= 2));
        m->weekday = (int)(days + 3 - floor_div(days + 3, 7) * 7);
}

/* One zone is nearly always the same as the last one, so it is kept; counts the changes. */
static unsigned zone_turn;

static GTimeZone *
zone_get(const char *zone)
{
        static GTimeZone *kept;
        static char kept_name[64];

        if (zone == NULL || *zone == '\0')
                zone = "UTC";
        if (kept != NULL && strcmp(kept_name, zone) == 0)
                return kept;

        GTimeZone *found = g_time_zone_new_identifier(zone);

        if (found == NULL)
                found = g_time_zone_new_utc();
        if (kept != NULL)
                g_time_zone_unref(kept);
        kept = found;
        zone_turn++;
        g_strlcpy(kept_name, zone, sizeof kept_name);
        return kept;
}

/* What clock and calendar show at AT; beyond the years 1 to 9999 their first or last day. */
static struct moment
moment_utc(instant at)
{
        struct moment m = {.zone = "UTC"};
        int64_t seconds = floor_div(at, CLOCK_SECOND);
        int64_t days = floor_div(seconds, DAY_SECONDS);
        int64_t rest = seconds - days * DAY_SECONDS;

        set_day(&m, days);
        m.hour = (int)(rest / 3600);
        m.minute = (int)(rest / 60 % 60);
        m.second = (int)(rest % 60);
        return m;
}

static struct moment
moment_in(instant at, const char *zone)
{
        GTimeZone *where = zone_get(zone);
        int interval = g_time_zone_find_interval(where, G_TIME_TYPE_UNIVERSAL,
                                                 floor_div(at, CLOCK_SECOND));
        instant limit = LAST_DAY * DAY_SECONDS * CLOCK_SECOND;
        struct moment m = moment_utc(CLAMP(at, -limit, limit) +
                                     g_time_zone_get_offset(where, interval) * CLOCK_SECOND);

        m.zone = g_time_zone_get_abbreviation(where, interval);
        return m;
}

/* The present is asked for with every time of a page, so its moment is kept. */
static struct moment
moment_now(instant now, const char *zone)
{
        static struct moment kept;
        static instant kept_at;
        static unsigned kept_turn;

        zone_get(zone);
        if (kept_turn != zone_turn || kept_at != now) {
                kept = moment_in(now, zone);
                kept_at = now;
                kept_turn = zone_turn;
        }
        return kept;
}

/* --- days and times as words ----------------------------------------------- */

enum { WORDS = 64 };

static void
spell_day(char words[WORDS], const struct moment *m, bool with_year)
{
        if (with_year)
                g_snprintf(words, WORDS, "%s %d %s %d", day_names[m->weekday], m->day,
                           month_names[m->month - 1], m->year);
        else
                g_snprintf(words, WORDS, "%s %d %s", day_names[m->weekday], m->day,
                           month_names[m->month - 1]);
}

/* The day M as seen from NOW; both in the same zone. */
static void
say_day(char words[WORDS], const struct moment *m, const struct moment *now)
{
        switch (m->days - now->days) {
        case -1:
                g_strlcpy(words, "Yesterday", WORDS);
                break;
        case 0:
                g_strlcpy(words, "Today", WORDS);
                break;
        case 1:
                g_strlcpy(words, "Tomorrow", WORDS);
                break;
        default:
                spell_day(words, m, m->year != now->year);
        }
}

char *
format_day(struct pool *pool, instant at, const char *zone, instant now)
{
        struct moment m = moment_in(at, zone), today = moment_now(now, zone);
        char words[WORDS];

        say_day(words, &m, &today);
        return pool_strdup(pool, words);
}

char *
format_time(struct pool *pool, instant at, const char *zone, instant now)
{
        struct moment m = moment_in(at, zone), today = moment_now(now, zone);
        char words[WORDS];

        say_day(words, &m, &today);
        return pool_printf(pool, "%s at %02d:%02d", words, m.hour, m.minute);
}

char *
format_inside(struct pool *pool, const char *words)
{
        static const char *const near[] = { "Today", "Tomorrow", "Yesterday" };
        char *copy = pool_strdup(pool, words);

        for (size_t i = 0; i < G_N_ELEMENTS(near); i++)
                if (g_str_has_prefix(copy, near[i]))
                        copy[0] = g_ascii_tolower(copy[0]);
        return copy;
}

/* A name of a month without its end: "Mar". */
static void
spell_short(char words[WORDS], const struct moment *m, bool with_year)
{
        g_snprintf(words, WORDS, "%d %.3s", m->day, month_names[m->month - 1]);
        if (with_year)
                g_snprintf(words + strlen(words), WORDS - strlen(words), " %d", m->year);
}

char *
format_short(struct pool *pool, instant at, const char *zone, instant now, bool seconds)
{
        struct moment m = moment_in(at, zone), today = moment_now(now, zone);
        char words[WORDS];

        if (ABS(m.days - today.days) <= 1)
                say_day(words, &m, &today);
        else
                spell_short(words, &m, m.year != today.year);
        if (seconds)
                return pool_printf(pool, "%s %02d:%02d:%02d", words, m.hour, m.minute, m.second);
        return pool_printf(pool, "%s %02d:%02d", words, m.hour, m.minute);
}

char *
format_date(struct pool *pool, int32_t days, instant now, const char *zone)
{
        struct moment m, today = moment_now(now, zone);
        char words[WORDS];

        set_day(&m, days);
        say_day(words, &m, &today);
        return pool_strdup(pool, words);
}

char *
format_exact_date(struct pool *pool, int32_t days)
{
        struct moment m;
        char words[WORDS];

        set_day(&m, days);
        spell_day(words, &m, true);
        return pool_strdup(pool, words);
}

char *
format_exact(struct pool *pool, instant at, const char *zone)
{
        struct moment m = moment_in(at, zone);
        char words[WORDS];

        spell_day(words, &m, true);
        return pool_printf(pool, "%s, %02d:%02d (%s)", words, m.hour, m.minute, m.zone);
}

char *
format_paper_day(struct pool *pool, instant at, const char *zone)
{
        struct moment m = moment_in(at, zone);

        return pool_printf(pool, "%d %s %d", m.day, month_names[m.month - 1], m.year);
}

char *
format_rfc3339(struct pool *pool, instant at)
{
        struct moment m = moment_utc(at);

        return pool_printf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", m.year, m.month, m.day, m.hour,
                           m.minute, m.second);
}

char *
format_rfc3339_date(struct pool *pool, int32_t days)
{
        struct moment m;

        set_day(&m, days);
        return pool_printf(pool, "%04d-%02d-%02d", m.year, m.month, m.day);
}

char *
format_time_markup(struct pool *pool, instant at, const char *zone, instant now)
{
        struct moment m = moment_in(at, zone), today = moment_now(now, zone), utc = moment_utc(at);
        char said[WORDS], exact[WORDS];

        say_day(said, &m, &today);
        spell_day(exact, &m, true);
        return pool_printf(pool,
                           "<time datetime=\"%04d-%02d-%02dT%02d:%02d:%02dZ\" "
                           "title=\"%s, %02d:%02d (%s)\">%s at %02d:%02d</time>",
                           utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, exact,
                           m.hour, m.minute, m.zone, said, m.hour, m.minute);
}

char *
format_seconds(struct pool *pool, double seconds)
{
        if (!(seconds > 0))
                return pool_strdup(pool, "0 s");
        if (seconds < 9.95) {
                double tenths = fmax(round(seconds * 10), 1);

                return pool_printf(pool, fmod(tenths, 10) > 0 ? "%.1f s" : "%.0f s", tenths / 10);
        }
        if (round(seconds) < 60)
                return pool_printf(pool, "%.0f s", round(seconds));
        if (round(seconds / 60) < 60)
                return pool_printf(pool, "%.0f min", round(seconds / 60));
        if (round(seconds / 3600) < 48)
                return pool_printf(pool, "%.0f h", round(seconds / 3600));
        return pool_printf(pool, "%.0f days", round(seconds / 86400));
}

const char *
format_size(struct pool *pool, int64_t bytes)
{
        if (bytes < 1000)
                return pool_printf(pool, "%d bytes", (int)bytes);
        if (bytes < 1000 * 1000)
                return pool_printf(pool, "%d kB", (int)((bytes + 500) / 1000));
        return pool_printf(pool, "%.1f MB", (double)bytes / 1e6);
}
