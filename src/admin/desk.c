/* desk: what all staff pages share. */
#include "admin/desk.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "http/session.h"
#include "queries/staff.h"
#include "view/format.h"
#include "view/words.h"

void
desk_ask(struct request *req)
{
        struct rights_row *rights = pool_alloc(req->pool, sizeof *rights);

        session_ask(req);
        staff_rights_ask(req->db, session_hash(req->pool, req->token), rights);
        req->identity.extra = rights;
}

bool
desk_may(struct request *req, const char *verb)
{
        const struct rights_row *rights = req->identity.extra;
        size_t len = strlen(verb);

        if (!req->identity.found || rights == NULL || rights->verbs == NULL)
                return false;
        for (const char *at = rights->verbs; *at != '\0';) {
                size_t have = strcspn(at, " ");

                if (have == len && strncmp(at, verb, len) == 0)
                        return true;
                at += have + strspn(at + have, " ");
        }
        return false;
}

/* NAME becomes TEXT, and NAME_kind its class. */
static void
push_kind(struct view *view, const char *name, const char *text, const char *class)
{
        char kind[64];

        g_snprintf(kind, sizeof kind, "%s_kind", name);
        view_text(view, name, text);
        view_text(view, g_intern_string(kind), class);
}

void
desk_status(struct view *view, const char *name, const char *machine, const char *status)
{
        struct words words = words_status(machine, status);

        push_kind(view, name, words.text, words.kind);
}

void
desk_answer(struct view *view, const char *name, const struct desk_answer *table, const char *answer)
{
        while (table->answer != NULL && !text_equal(table->answer, answer))
                table++;
        push_kind(view, name, table->answer != NULL ? table->text : "", table->answer != NULL ? table->kind : "");
}

void
desk_time(struct view *view, const char *name, instant at, bool null_time)
{
        if (null_time)
                view_text(view, name, "");
        else
                view_stamp(view, name, at, false);
}

void
desk_second(struct view *view, const char *name, instant at, bool null_time)
{
        if (null_time)
                view_text(view, name, "");
        else
                view_stamp(view, name, at, true);
}

void
desk_took(struct view *view, const char *name, struct pool *pool, instant from, instant until,
          bool null_time)
{
        double seconds = (double)(until - from) / (double)CLOCK_SECOND;

        if (null_time || seconds < -1)
                view_text(view, name, "");
        else
                view_text(view, name, format_seconds(pool, MAX(seconds, 0)));
}

bool
desk_place(const char *after, instant *before, int64_t *before_id)
{
        char *end;

        *before = DESK_LAST;
        *before_id = INT64_MAX;
        if (after == NULL)
                return true;
        if (!g_ascii_isdigit(after[0]))
                return false;
        *before = g_ascii_strtoll(after, &end, 10);
        if (*end != '-' || !g_ascii_isdigit(end[1]))
                return false;
        *before_id = g_ascii_strtoll(end + 1, &end, 10);
        return *end == '\0' && *before <= DESK_LAST;
}

const char *
desk_alarm(const char *kind, const char *detail)
{
        if (strcmp(kind, "mismatch") == 0)
                return "A payment came that is not what was asked for. Nothing was opened for it.";
        return detail;
}

instant
desk_midnight(const char *zone, int64_t days)
{
        GTimeZone *tz = g_time_zone_new_identifier(zone);
        GDateTime *epoch, *day, *local;
        instant at;

        if (tz == NULL)
                tz = g_time_zone_new_utc();
        epoch = g_date_time_new_utc(1970, 1, 1, 0, 0, 0);
        day = g_date_time_add_days(epoch, (gint)days);
        local = g_date_time_new(tz, g_date_time_get_year(day), g_date_time_get_month(day),
                                g_date_time_get_day_of_month(day), 0, 0, 0);
        at = g_date_time_to_unix(local) * CLOCK_SECOND;
        g_date_time_unref(local);
        g_date_time_unref(day);
        g_date_time_unref(epoch);
        g_time_zone_unref(tz);
        return at;
}

int64_t
desk_day(const char *zone, instant at)
{
        GTimeZone *tz = g_time_zone_new_identifier(zone);
        GDateTime *utc = g_date_time_new_from_unix_utc(at / CLOCK_SECOND), *local;
        GDate date;
        int64_t days;

        if (tz == NULL)
                tz = g_time_zone_new_utc();
        local = g_date_time_to_timezone(utc, tz);
        g_date_set_dmy(&date, (GDateDay)g_date_time_get_day_of_month(local), (GDateMonth)g_date_time_get_month(local),
                       (GDateYear)g_date_time_get_year(local));
        days = (int64_t)g_date_get_julian(&date) - 719163;     /* 1970-01-01 */
        g_date_time_unref(local);
        g_date_time_unref(utc);
        g_time_zone_unref(tz);
        return days;
}

void
desk_due(struct view *view, const char *name, struct pool *pool, const char *zone, instant at, instant now)
{
        int64_t days = desk_day(zone, at) - desk_day(zone, now);

        view_text(view, name, at < now && days == 0 ? "late since today"
                  : days == 0 ? "today" : days == 1 ? "tomorrow" : days == -1 ? "1 day late"
                  : days > 0 ? pool_printf(pool, "in %d days", (int)days) : pool_printf(pool, "%d days late", (int)-days));
}
