/* clock: the product's time, and in development the way to let it run ahead. */
#include <string.h>

#include <glib.h>

#include "ctl/ctl.h"
#include "gateway/devclock.h"
#include "queries/clock.h"

enum {
        LONGEST_WAIT_MS = 120 * 1000,
        PAUSE_MS = 100,
        QUIET_LOOKS = 4,                /* so often in a row nothing must be due */
        LONGEST_SECONDS = 400 * 86400
};

static void
tell(struct ctl *ctl, instant now, int64_t ahead_seconds)
{
        static const struct column columns[] = {{"now", "product's time"},
                                                {"ahead_seconds", "seconds ahead"}};

        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_time(now, false), cell_number(ahead_seconds) });
}

enum ctl_exit
run_clock_show(struct ctl *ctl)
{
        int64_t ahead;
        instant now;

        if (!ctl_clock(ctl, &now, &ahead))
                return ctl_fail_db(ctl);
        tell(ctl, now, ahead);
        return CTL_FINE;
}

/* "7d", "36h", "90m", "30s" to seconds; 0 when it is none. */
static int64_t
parse_span(const char *text)
{
        static const struct {
                char unit;
                int seconds;
        } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
        char *end;
        gint64 n = g_ascii_strtoll(text, &end, 10);

        if (end == text || n <= 0 || n > LONGEST_SECONDS || end[0] == '\0' || end[1] != '\0')
                return 0;
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
                if (*end == units[i].unit)
                        return n * units[i].seconds <= LONGEST_SECONDS ? n * units[i].seconds : 0;
        return 0;
}

/* The jobs that were due at some look, so that one that is being worked on is not taken for
 * finished: a claimed job's time moves ahead with its lease. */
static bool
jobs_at_work(struct ctl *ctl, struct pool *pool, GHashTable *seen, int64_t *n)
{
        struct clock_job_row *rows;
        struct clock_left_row left;
        GString *ids = g_string_new("{");
        GHashTableIter iter;
        gpointer key;
        const char *list;
        size_t n_rows;
        bool ok = clock_jobs_due(ctl->db, &rows, &n_rows) == DB_OK;

        for (size_t i = 0; ok && i < n_rows; i++) {
                int64_t *id = g_new(int64_t, 1);

                *id = rows[i].id;
                g_hash_table_add(seen, id);
        }
        g_hash_table_iter_init(&iter, seen);
        while (g_hash_table_iter_next(&iter, &key, NULL))
                g_string_append_printf(ids, "%s%" G_GINT64_FORMAT, ids->len > 1 ? "," : "", *(int64_t *)key);
        list = pool_printf(pool, "%s}", ids->str);
        g_string_free(ids, TRUE);
        ok = ok && clock_jobs_left(ctl->db, list, &left) == DB_OK;
        *n = ok ? left.n : 0;
        return ok;
}

/* Whether anything is due or at work; a failure of database or sandbox is *STATUS. */
static bool
is_busy(struct ctl *ctl, struct pool *pool, GHashTable *seen, enum ctl_exit *status)
{
        struct clock_due_row due;
        struct devclock sandbox;
        const char *error;
        int64_t at_work;

        db_unit(ctl->db, pool, NULL, NULL);
        if (clock_due(ctl->db, &due) != DB_OK || !jobs_at_work(ctl, pool, seen, &at_work)) {
                *status = ctl_fail_db(ctl);
                return false;
        }
        if (!devclock_get(ctl->config, pool, &sandbox, &error)) {
                *status = ctl_fail(ctl, CTL_UNREACHABLE, NULL, "%s", error);
                return false;
        }
        return due.jobs + due.schedules + due.events + due.mails + at_work + sandbox.pending_events > 0;
}

static enum ctl_exit
wait_until_done(struct ctl *ctl)
{
        GHashTable *seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        struct pool *pool = pool_new();
        int64_t until = clock_monotonic_ms() + LONGEST_WAIT_MS;
        enum ctl_exit status = CTL_FINE;
        int quiet = 0;

        while (status == CTL_FINE && quiet < QUIET_LOOKS) {
                pool_clear(pool);
                quiet = is_busy(ctl, pool, seen, &status) ? 0 : quiet + 1;
                if (clock_monotonic_ms() > until) {
                        status = ctl_fail(
                                ctl, CTL_UNREACHABLE,
                                "latchkeyctl jobs --state due shows them. Does the worker run?",
                                "the clock was moved, but after two minutes there is still work "
                                "that is due");
                        break;
                }
                g_usleep(PAUSE_MS * 1000);
        }
        db_unit(ctl->db, ctl->pool, NULL, NULL);
        pool_free(pool);
        g_hash_table_destroy(seen);
        return status;
}

/* The product first: an event of the sandbox must not come from the product's future. */
enum ctl_exit
run_clock_advance(struct ctl *ctl)
{
        int64_t seconds = parse_span(ctl->args[0]), ahead;
        struct devclock sandbox;
        enum ctl_exit status;
        const char *error;
        instant now;

        if (!ctl->config->development)
                return ctl_fail(ctl, CTL_USAGE, "[site] environment is production.",
                                "the clock is moved in development alone");
        if (seconds == 0)
                return ctl_fail(ctl, CTL_USAGE, "7d, 36h, 90m or 30s", "%s is no span of time", ctl->args[0]);
        if (!ctl_clock(ctl, NULL, &ahead))
                return ctl_fail_db(ctl);
        /* Before anything moves: is there a sandbox? */
        if (!devclock_get(ctl->config, ctl->pool, &sandbox, &error))
                return ctl_fail(ctl, CTL_UNREACHABLE, "The clock was not moved.", "%s", error);
        if (clock_set(ctl->db, ahead + seconds, NULL) != DB_OK)
                return ctl_fail_db(ctl);
        if (!devclock_set(ctl->config, ctl->pool, ahead + seconds, &sandbox, &error))
                return ctl_fail(ctl, CTL_UNREACHABLE,
                                "The product's clock was moved; run it again with 1s once the "
                                "sandbox is back.",
                                "%s", error);
        if (db_notify(ctl->db, "latchkey_jobs") != DB_OK)
                return ctl_fail_db(ctl);
        status = wait_until_done(ctl);
        if (!ctl_clock(ctl, &now, &ahead))
                return ctl_fail_db(ctl);
        tell(ctl, now, ahead);
        return status;
}
