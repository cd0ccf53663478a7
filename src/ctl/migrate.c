/* migrate: the schema, brought up to date: roles, migrations (once each), functions and
 * policies (every time), and in development the clock that can run ahead. */
#include <string.h>

#include <glib.h>

#include "ctl/ctl.h"
#include "ctl/sqldir.h"
#include "db/migrate.h"
#include "queries/migrate.h"

static enum ctl_exit
fail_migrate(struct ctl *ctl, const char *error)
{
        return ctl_fail(ctl, CTL_UNREACHABLE,
                        "Run it as somebody who may create roles, such as the user postgres; "
                        "the files are found by --sql DIR or LATCHKEY_SQL.", "%s", error);
}

static enum ctl_exit
show_status(struct ctl *ctl, const char *dir)
{
        static const struct column columns[] = { { "version", "migration" }, { "name", "name" },
                                                 { "state", "state" }, { "applied_at", "applied" } };
        struct migration *list;
        const char *error;
        size_t n, pending = 0;

        if (!migrate_status(ctl->db, ctl->pool, pool_printf(ctl->pool, "%s/migrations", dir), &list,
                            &n, &error))
                return fail_migrate(ctl, error);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        for (size_t i = 0; i < n; i++) {
                const char *state = list[i].changed ? "changed" : !list[i].applied ? "pending"
                                    : list[i].path == NULL ? "file is gone" : "applied";

                pending += strcmp(state, "applied") != 0;
                output_row(ctl->out, (struct cell[]){ cell_number(list[i].version), cell_text(list[i].name),
                                                      cell_text(state),
                                                      cell_time(list[i].applied_at, !list[i].applied) });
        }
        if (pending > 0)
                output_say(ctl->out, "%zu of %zu are not as in the files.", pending, n);
        return pending > 0 ? CTL_DIFFERENCES : CTL_FINE;
}

/* DIR/NAME in a transaction of its own. */
static bool
run_file(struct ctl *ctl, const char *dir, const char *name, const char **error)
{
        return migrate_file(ctl->db, ctl->pool, pool_printf(ctl->pool, "%s/%s", dir, name), error);
}

static int
by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
run_functions(struct ctl *ctl, const char *dir, size_t *n, const char **error)
{
        const char *folder = pool_printf(ctl->pool, "%s/functions", dir);
        GDir *handle = g_dir_open(folder, 0, NULL);
        GPtrArray *names = g_ptr_array_new();
        const char *name;
        bool ok = true;

        if (handle == NULL) {
                g_ptr_array_free(names, TRUE);
                *error = pool_printf(ctl->pool, "%s: cannot read this folder", folder);
                return false;
        }
        while ((name = g_dir_read_name(handle)) != NULL)
                if (g_str_has_suffix(name, ".sql") && name[0] != '.')
                        g_ptr_array_add(names, pool_printf(ctl->pool, "functions/%s", name));
        g_dir_close(handle);
        g_ptr_array_sort(names, by_name);
        *n = names->len;
        for (guint i = 0; ok && i < names->len; i++)
                ok = run_file(ctl, dir, g_ptr_array_index(names, i), error);
        g_ptr_array_free(names, TRUE);
        return ok;
}

/* Everything, while LOCK's transaction keeps a second one waiting. */
static enum ctl_exit
run_all(struct ctl *ctl, const char *dir)
{
        static const struct column columns[] = { { "applied", NULL }, { "functions", NULL } };
        const char *error;
        size_t applied = 0, functions = 0;

        if (!run_file(ctl, dir, "roles.sql", &error) ||
            !migrate_apply(ctl->db, ctl->pool, pool_printf(ctl->pool, "%s/migrations", dir),
                           &applied, &error) ||
            !run_functions(ctl, dir, &functions, &error) ||
            (ctl->config->development && !run_file(ctl, dir, "development.sql", &error)) ||
            !run_file(ctl, dir, "policies.sql", &error))
                return fail_migrate(ctl, error);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_number((int64_t)applied), cell_number((int64_t)functions) });
        if (applied == 0)
                output_say(ctl->out, "The schema is up to date.");
        else
                output_say(ctl->out, "Applied %zu %s.", applied, applied == 1 ? "migration" : "migrations");
        return CTL_FINE;
}

enum ctl_exit
run_migrate(struct ctl *ctl)
{
        static const struct db_stmt *const *const groups[] = { migrate_queries, NULL };
        const char *dir = sqldir(ctl), *error = "";
        struct db *guard;
        enum ctl_exit status;

        if (ctl_option(ctl, "status") != NULL)
                return show_status(ctl, dir);
        /* Two at once: the second waits here until the first has ended. */
        guard = db_open(ctl->conninfo, ctl->config->database_user, groups, &error);
        if (guard == NULL)
                return ctl_fail(ctl, CTL_UNREACHABLE, NULL, "%s", error);
        db_unit(guard, ctl->pool, NULL, NULL);
        db_begin(guard);
        if (db_script(guard, "SET LOCAL idle_in_transaction_session_timeout = 0") != DB_OK ||
            migrate_lock(guard, NULL) != DB_OK)
                status = ctl_fail(ctl, CTL_UNREACHABLE, NULL, "the database: %s", db_error_message(guard));
        else
                status = run_all(ctl, dir);
        db_close(guard);
        return status;
}
