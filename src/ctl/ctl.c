/* ctl: options, failures, time; what every command of latchkeyctl needs. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "queries/clock.h"

const char *
ctl_option(const struct ctl *ctl, const char *name)
{
        for (size_t i = ctl->n_options; i-- > 0;)
                if (strcmp(ctl->options[i].name, name) == 0)
                        return ctl->options[i].value;
        return NULL;
}

enum ctl_exit
ctl_fail(struct ctl *ctl, enum ctl_exit status, const char *hint, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        output_fail(ctl->out, pool_vprintf(ctl->pool, format, args), hint);
        va_end(args);
        ctl->failed = status;
        return status;
}

enum ctl_exit
ctl_fail_db(struct ctl *ctl)
{
        return ctl_fail(ctl, CTL_UNREACHABLE, NULL, "the database: %s", db_error_message(ctl->db));
}

bool
ctl_parse_time(const char *text, instant *at)
{
        GDateTime *when;
        char *whole;

        if (g_regex_match_simple("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", text, G_REGEX_DOLLAR_ENDONLY, 0))
                whole = g_strconcat(text, "T00:00:00Z", NULL);
        else
                whole = g_strdup(text);
        when = g_date_time_new_from_iso8601(whole, NULL);
        g_free(whole);
        if (when == NULL)
                return false;
        *at = g_date_time_to_unix(when) * CLOCK_SECOND;
        g_date_time_unref(when);
        return true;
}

bool
ctl_clock(struct ctl *ctl, instant *now, int64_t *ahead_seconds)
{
        struct clock_row row;

        if (clock_now(ctl->db, &row) != DB_OK)
                return false;
        clock_set_ahead(row.ahead_seconds * CLOCK_SECOND);
        if (now != NULL)
                *now = row.now_at;
        if (ahead_seconds != NULL)
                *ahead_seconds = row.ahead_seconds;
        return true;
}

bool
ctl_parse_id(const char *text, int64_t *id)
{
        char *end;

        errno = 0;
        *id = strtoll(text, &end, 10);
        return errno == 0 && end != text && *end == '\0' && *id > 0;
}
