/* backup: everything into a folder while the product runs, and out of it on an empty machine.
 *
 * The data is one snapshot of the database; stored files never change once they are there,
 * so that copying them afterwards fits it. */
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <glib.h>

#include "ctl/archive.h"
#include "ctl/sqldir.h"
#include "queries/backup.h"
#include "queries/migrate.h"
#include "schema_version.h"

static const struct db_stmt *const *const groups[] = { backup_queries, NULL };

static const struct column columns[] = { { "part", "part" }, { "files", "files" }, { "bytes", "bytes" } };

/* Run ARGV; its complaint is ours. */
static bool
spawn(struct ctl *ctl, const char *const *argv)
{
        char **env = g_get_environ(), *said = NULL;
        GError *error = NULL;
        int status = 0;
        bool ok;

        if (ctl->config->database_user[0] != '\0')
                env = g_environ_setenv(env, "PGUSER", ctl->config->database_user, TRUE);
        ok = g_spawn_sync(NULL, (char **)(uintptr_t)argv, env, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                          NULL, NULL, NULL, &said, &status, &error);
        if (!ok)
                ctl_fail(ctl, CTL_UNREACHABLE, "Install postgresql-client.", "%s: %s", argv[0], error->message);
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                ctl_fail(ctl, CTL_UNREACHABLE,
                         "Run it as somebody who may read and write every table, such as the user postgres.",
                         "%s: %s", argv[0], g_strstrip(said));
        g_clear_error(&error);
        g_strfreev(env);
        ok = ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        g_free(said);
        return ok;
}

static void
tell(struct ctl *ctl, const struct archive *archive)
{
        int64_t bytes = 0, n = 0, data = 0;

        for (guint i = 0; i < archive->files->len; i++) {
                const struct archive_file *file = g_ptr_array_index(archive->files, i);

                if (g_str_has_prefix(file->name, "files/")) {
                        bytes += file->size;
                        n++;
                } else if (strcmp(file->name, "database.sql") == 0) {
                        data = file->size;
                }
        }
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_text("database"), cell_number(1), cell_number(data) });
        output_row(ctl->out, (struct cell[]){ cell_text("stored files"), cell_number(n), cell_number(bytes) });
}

/* The two databases: ours, and in development the gateway's stand-in, whose truth the checks
 * compare with. */
static const struct part {
        const char *file, *schema, *conninfo;   /* conninfo: appended to ours */
} product = { "database.sql", "latchkey", "" }, sandbox = { "sandbox.sql", "public", " dbname=sandbox" };

static bool
dump(struct ctl *ctl, struct archive *archive, const struct part *part)
{
        const char *file = pool_printf(ctl->pool, "%s/%s", archive->dir, part->file);
        const char *const argv[] = { "pg_dump", "--data-only", "--exclude-table=latchkey.migrations",
                                     "--encoding=UTF8", "--no-password",
                                     pool_printf(ctl->pool, "--schema=%s", part->schema),
                                     pool_printf(ctl->pool, "--file=%s", file),
                                     pool_printf(ctl->pool, "--dbname=%s%s", ctl->conninfo, part->conninfo), NULL };

        return spawn(ctl, argv) && chmod(file, 0600) == 0 && archive_found(ctl, archive, part->file);
}

static bool
keep_files(struct ctl *ctl, struct archive *archive, struct db *db)
{
        struct backup_file_row *rows;
        size_t n;

        if (backup_files(db, &rows, &n) != DB_OK) {
                ctl_fail(ctl, CTL_UNREACHABLE, NULL, "the database: %s", db_error_message(db));
                return false;
        }
        for (size_t i = 0; i < n; i++) {
                const char *name = pool_printf(ctl->pool, "files/%lld", (long long)rows[i].id);
                GString *hex = g_string_new(NULL);
                bool ok;

                for (size_t k = 0; k < rows[i].sha256.len; k++)
                        g_string_append_printf(hex, "%02x", rows[i].sha256.data[k]);
                ok = archive_add(ctl, archive, pool_printf(ctl->pool, "%s/%lld", ctl->config->files, (long long)rows[i].id),
                                 name, hex->str);
                g_string_free(hex, TRUE);
                if (!ok)
                        return false;
        }
        return true;
}

/* A second connection, with the statements of this file; NULL after ctl_fail(). */
static struct db *
connect_here(struct ctl *ctl, struct backup_state_row *state)
{
        const char *error = "";
        struct db *db = db_open(ctl->conninfo, ctl->config->database_user, groups, &error);

        if (db == NULL) {
                ctl_fail(ctl, CTL_UNREACHABLE, "If the schema is missing or old: latchkeyctl migrate", "%s", error);
                return NULL;
        }
        db_unit(db, ctl->pool, NULL, NULL);
        if (backup_state(db, state) == DB_OK)
                return db;
        ctl_fail(ctl, CTL_UNREACHABLE, NULL, "the database: %s", db_error_message(db));
        db_close(db);
        return NULL;
}

enum ctl_exit
run_backup(struct ctl *ctl)
{
        struct archive archive;
        struct backup_state_row state;
        struct db *db = connect_here(ctl, &state);
        bool ok, with_sandbox = db != NULL && ctl->config->development && state.sandbox;

        if (db == NULL)
                return CTL_UNREACHABLE;
        ok = archive_make(ctl, &archive, ctl->args[0]);
        if (ok) {
                archive.version = state.version;
                archive.made_at = clock_real();
                ok = dump(ctl, &archive, &product) && (!with_sandbox || dump(ctl, &archive, &sandbox)) &&
                     keep_files(ctl, &archive, db) &&
                     archive_add(ctl, &archive, ctl->config_file, "latchkey.conf", NULL) && archive_close(ctl, &archive);
        }
        db_close(db);
        if (!ok)
                return ctl->failed;
        tell(ctl, &archive);
        output_say(ctl->out, "The backup is whole. It holds personal data and secrets: keep it as such.");
        return CTL_FINE;
}

/* --- restore --- */

static enum ctl_exit
refuse_version(struct ctl *ctl, const struct archive *archive)
{
        return ctl_fail(ctl, CTL_USAGE, "Restore it with the version that made it (manifest.json names it), then upgrade.",
                        "the backup is of schema %d, this program of %d", archive->version, SCHEMA_VERSION);
}

/* Into a schema that was just made: all of it in one transaction. */
static bool
load(struct ctl *ctl, const struct archive *archive, const struct part *part)
{
        const char *const argv[] = { "psql", "-X", "-q", "-w", "-1", "-v", "ON_ERROR_STOP=1", "-v",
                                     pool_printf(ctl->pool, "schema=%s", part->schema), "-d",
                                     pool_printf(ctl->pool, "%s%s", ctl->conninfo, part->conninfo), "-f",
                                     pool_printf(ctl->pool, "%s/restore.sql", sqldir(ctl)), "-f",
                                     pool_printf(ctl->pool, "%s/%s", archive->dir, part->file), NULL };

        return spawn(ctl, argv);
}

static bool
has(const struct archive *archive, const char *name)
{
        for (guint i = 0; i < archive->files->len; i++)
                if (strcmp(((const struct archive_file *)g_ptr_array_index(archive->files, i))->name, name) == 0)
                        return true;
        return false;
}

static bool
put_back(struct ctl *ctl, const struct archive *archive)
{
        if (g_mkdir_with_parents(ctl->config->files, 0755) != 0) {
                ctl_fail(ctl, CTL_USAGE, "[paths] files must be a folder that this command may write.", "%s cannot be made",
                         ctl->config->files);
                return false;
        }
        for (guint i = 0; i < archive->files->len; i++) {
                const struct archive_file *file = g_ptr_array_index(archive->files, i);

                if (g_str_has_prefix(file->name, "files/") &&
                    !archive_take(ctl, archive, file->name, pool_printf(ctl->pool, "%s/%s", ctl->config->files,
                                                                        file->name + strlen("files/"))))
                        return false;
        }
        return true;
}

static enum ctl_exit
ask_made(struct ctl *ctl, bool *made)
{
        static const struct db_stmt *const *const asked[] = { migrate_queries, NULL };
        struct migrate_made_row row = { 0 };
        const char *error = "";
        enum ctl_exit status = CTL_FINE;
        struct db *db = db_open(ctl->conninfo, ctl->config->database_user, asked, &error);

        if (db == NULL)
                return ctl_fail(ctl, CTL_UNREACHABLE, NULL, "%s", error);
        db_unit(db, ctl->pool, NULL, NULL);
        if (migrate_made(db, &row) != DB_OK)
                status = ctl_fail(ctl, CTL_UNREACHABLE, NULL, "the database: %s", db_error_message(db));
        db_close(db);
        *made = row.made;
        return status;
}

/* CTL_FINE where nobody has bought anything yet. */
static enum ctl_exit
refuse_full(struct ctl *ctl, struct backup_state_row *state)
{
        struct db *db = connect_here(ctl, state);

        if (db == NULL)
                return CTL_UNREACHABLE;
        db_close(db);
        if (state->orders == 0 && state->customers == 0)
                return CTL_FINE;
        return ctl_fail(ctl, CTL_USAGE, "Restore into an empty database; nothing was changed.",
                        "this database has %lld customers and %lld orders already", (long long)state->customers,
                        (long long)state->orders);
}

enum ctl_exit
run_restore(struct ctl *ctl)
{
        struct archive archive;
        struct backup_state_row state;
        enum ctl_exit status;
        bool made = false;

        if (!archive_open(ctl, &archive, ctl->args[0]))
                return ctl->failed;
        if (archive.version != SCHEMA_VERSION)
                return refuse_version(ctl, &archive);
        /* One that is in use is not even brought up to date. */
        status = ask_made(ctl, &made);
        if (status == CTL_FINE && made)
                status = refuse_full(ctl, &state);
        if (status == CTL_FINE)
                status = run_migrate(ctl);
        if (status == CTL_FINE)
                status = refuse_full(ctl, &state);
        if (status != CTL_FINE)
                return status;
        /* Files first: an order never waits for one that is not there yet. */
        if (ctl->config->development && state.sandbox && has(&archive, sandbox.file) && !load(ctl, &archive, &sandbox))
                return ctl->failed;
        if (!put_back(ctl, &archive) || !load(ctl, &archive, &product))
                return ctl->failed;
        tell(ctl, &archive);
        output_say(ctl->out, "Restored. Now: latchkeyctl check money, check access, check schema, and reconcile "
                             "for what happened since the backup.");
        return CTL_FINE;
}
