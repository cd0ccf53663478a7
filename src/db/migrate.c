/* migrate: apply sql/migrations in order, once, and record them; see migrate.h.
 *
 * The SQL here is about the record of migrations itself, which no query file can hold:
 * it exists before the schema does. */
#include "db/migrate.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"

/* Any fixed number will do; it is the lock's name. */
#define LOCK "SELECT pg_advisory_xact_lock(7236832301)"

#define CREATE                                                       \
        "CREATE SCHEMA IF NOT EXISTS latchkey;"                      \
        "CREATE TABLE IF NOT EXISTS latchkey.migrations ("           \
        "  version integer PRIMARY KEY,"                             \
        "  name text NOT NULL,"                                      \
        "  checksum text NOT NULL,"                                  \
        "  applied_at timestamptz NOT NULL DEFAULT now())"

#define EXISTS "SELECT to_regclass('latchkey.migrations')::text"

#define LIST                                                                        \
        "SELECT version::text, name, checksum,"                                     \
        " (extract(epoch FROM applied_at) * 1000000)::bigint::text"                 \
        " FROM latchkey.migrations ORDER BY version"

#define RECORD "INSERT INTO latchkey.migrations (version, name, checksum) VALUES ($1::integer, $2, $3)"

/* A migration writes rows as lk_owner, whom the policies bind as well: they are set aside for its
 * transaction alone.  sql/policies.sql follows. */
#define POLICIES(bind, which)                                                                          \
        "DO $$ DECLARE t record; BEGIN"                                                                \
        " FOR t IN SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('latchkey')"      \
        " AND relkind IN ('r', 'p') AND relrowsecurity AND relforcerowsecurity = " which " LOOP"       \
        " EXECUTE format('ALTER TABLE latchkey.%I " bind " ROW LEVEL SECURITY', t.relname);"           \
        " END LOOP; END $$"

struct file {
        struct migration migration;
        const char *text;
        const char *checksum;
};

static bool
fail(struct pool *pool, const char **error, const char *what, const char *reason)
{
        *error = pool_printf(pool, "%s: %s", what, reason);
        return false;
}

static bool
fail_db(struct db *db, struct pool *pool, const char **error, const char *what)
{
        return fail(pool, error, what, db_error_message(db));
}

static char *
read_text(struct pool *pool, const char *path, const char **error)
{
        GError *problem = NULL;
        char *text, *copy;
        gsize len;

        if (!g_file_get_contents(path, &text, &len, &problem)) {
                *error = pool_strdup(pool, problem->message);
                g_error_free(problem);
                return NULL;
        }
        copy = pool_strndup(pool, text, len);
        g_free(text);
        return copy;
}

/* NNNN_name.sql, or not a migration. */
static bool
split_name(struct pool *pool, const char *name, struct migration *out)
{
        size_t len = strlen(name);

        if (len < 10 || strspn(name, "0123456789") != 4 || name[4] != '_' ||
            strcmp(name + len - 4, ".sql") != 0)
                return false;
        out->version = (int)strtol(name, NULL, 10);
        out->name = pool_strndup(pool, name + 5, len - 9);
        return true;
}

static int
by_version(const void *a, const void *b)
{
        const struct file *left = a, *right = b;

        return left->migration.version - right->migration.version;
}

static bool
read_one(struct pool *pool, const char *dir, const char *name, struct file *file, const char **error)
{
        uint8_t hash[TOKEN_HASH_SIZE];

        memset(file, 0, sizeof(*file));
        if (!split_name(pool, name, &file->migration))
                return fail(pool, error, pool_printf(pool, "%s/%s", dir, name),
                            "a migration's name must be NNNN_name.sql");
        file->migration.path = pool_printf(pool, "%s/%s", dir, name);
        file->text = read_text(pool, file->migration.path, error);
        if (file->text == NULL)
                return false;
        token_sha256(file->text, strlen(file->text), hash);
        file->checksum = token_hex(pool, hash, sizeof(hash));
        return true;
}

/* Every *.sql of DIR, by version. */
static bool
read_dir(struct pool *pool, const char *dir, struct file **files, size_t *n, const char **error)
{
        GArray *found = g_array_new(FALSE, FALSE, sizeof(struct file));
        GDir *handle = g_dir_open(dir, 0, NULL);
        const char *name;
        bool ok = true;
        guint i;

        if (handle == NULL) {
                g_array_free(found, TRUE);
                return fail(pool, error, dir, "cannot read this folder of migrations");
        }
        while (ok && (name = g_dir_read_name(handle)) != NULL) {
                struct file file;

                if (!g_str_has_suffix(name, ".sql") || name[0] == '.')
                        continue;
                ok = read_one(pool, dir, name, &file, error);
                if (ok)
                        g_array_append_val(found, file);
        }
        g_dir_close(handle);
        g_array_sort(found, by_version);
        for (i = 1; ok && i < found->len; i++)
                if (g_array_index(found, struct file, i).migration.version ==
                    g_array_index(found, struct file, i - 1).migration.version)
                        ok = fail(pool, error, g_array_index(found, struct file, i).migration.path,
                                  "another migration has the same number");
        *n = found->len;
        *files = pool_memdup(pool, found->data, found->len * sizeof(struct file));
        g_array_free(found, TRUE);
        return ok;
}

/* What latchkey.migrations says, against FILES. */
static bool
compare(struct db *db, struct pool *pool, struct file *files, size_t n, struct db_table *table,
        const char **error)
{
        size_t i, k;

        if (db_query_text(db, LIST, 0, NULL, table) != DB_OK)
                return fail_db(db, pool, error, "latchkey.migrations");
        for (i = 0; i < n; i++)
                for (k = 0; k < table->n_rows; k++) {
                        const char **cell = &table->cells[k * table->n_columns];

                        if (strtol(cell[0], NULL, 10) != files[i].migration.version)
                                continue;
                        files[i].migration.applied = true;
                        files[i].migration.changed = strcmp(cell[2], files[i].checksum) != 0;
                        files[i].migration.applied_at = g_ascii_strtoll(cell[3], NULL, 10);
                }
        return true;
}

static bool
apply_one(struct db *db, struct pool *pool, const struct file *file, const char **error)
{
        char version[16];
        const char *params[3] = { version, file->migration.name, file->checksum };
        struct db_table table;

        g_snprintf(version, sizeof(version), "%d", file->migration.version);
        if (db_script(db, POLICIES("NO FORCE", "true")) != DB_OK || db_script(db, file->text) != DB_OK ||
            db_script(db, "RESET ROLE; " POLICIES("FORCE", "false")) != DB_OK ||
            db_query_text(db, RECORD, 3, params, &table) != DB_OK)
                return fail_db(db, pool, error, file->migration.path);
        return true;
}

/* Within one transaction that holds the lock: the first pending migration.  *DONE when
 * there is none. */
static bool
apply_next(struct db *db, struct pool *pool, struct file *files, size_t n, bool *done,
           const char **error)
{
        struct db_table table;
        size_t i, highest = 0;

        *done = true;
        if (db_query_text(db, LOCK, 0, NULL, &table) != DB_OK ||
            db_script(db, "SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning") != DB_OK ||
            db_query_text(db, EXISTS, 0, NULL, &table) != DB_OK ||
            (table.cells[0] == NULL && db_script(db, CREATE) != DB_OK))
                return fail_db(db, pool, error, "latchkey.migrations");
        if (!compare(db, pool, files, n, &table, error))
                return false;
        if (table.n_rows > 0)
                highest = (size_t)strtol(table.cells[(table.n_rows - 1) * table.n_columns], NULL, 10);
        for (i = 0; i < n; i++) {
                if (files[i].migration.changed)
                        return fail(pool, error, files[i].migration.path,
                                    "this migration was applied with another content: "
                                    "restore the file and add a new migration instead");
                if (files[i].migration.applied)
                        continue;
                if ((size_t)files[i].migration.version < highest)
                        return fail(pool, error, files[i].migration.path,
                                    "a later migration was applied already: give it a higher number");
                *done = false;
                return apply_one(db, pool, &files[i], error);
        }
        return true;
}

bool
migrate_apply(struct db *db, struct pool *pool, const char *dir, size_t *applied, const char **error)
{
        struct file *files;
        size_t n, count = 0;
        bool done = false, ok;

        if (!read_dir(pool, dir, &files, &n, error))
                return false;
        do {
                db_unit(db, pool, NULL, NULL);
                db_begin(db);
                ok = apply_next(db, pool, files, n, &done, error);
                if (ok && db_commit(db) != DB_OK)
                        ok = fail_db(db, pool, error, dir);
                if (!ok)
                        db_rollback(db);
                else if (!done)
                        count++;
        } while (ok && !done);
        if (applied != NULL)
                *applied = count;
        return ok;
}

static int
by_number(const void *a, const void *b)
{
        const struct migration *left = a, *right = b;

        return left->version - right->version;
}

bool
migrate_status(struct db *db, struct pool *pool, const char *dir, struct migration **list,
               size_t *n, const char **error)
{
        struct db_table table;
        struct file *files;
        size_t n_files, i;

        if (!read_dir(pool, dir, &files, &n_files, error))
                return false;
        db_unit(db, pool, NULL, NULL);
        if (db_query_text(db, EXISTS, 0, NULL, &table) != DB_OK)
                return fail_db(db, pool, error, "latchkey.migrations");
        if (table.cells[0] != NULL && !compare(db, pool, files, n_files, &table, error))
                return false;
        if (table.cells[0] == NULL)
                table.n_rows = 0;
        *list = pool_alloc(pool, (n_files + table.n_rows) * sizeof(**list));
        *n = 0;
        for (i = 0; i < n_files; i++)
                (*list)[(*n)++] = files[i].migration;
        for (i = 0; i < table.n_rows && table.n_columns == 4; i++) {
                const char **cell = &table.cells[i * table.n_columns];
                int version = (int)strtol(cell[0], NULL, 10);
                size_t k;

                for (k = 0; k < n_files && files[k].migration.version != version; k++)
                        ;
                if (k == n_files)
                        (*list)[(*n)++] = (struct migration){
                                .version = version, .name = cell[1], .applied = true,
                                .applied_at = g_ascii_strtoll(cell[3], NULL, 10) };
        }
        qsort(*list, *n, sizeof(**list), by_number);
        return true;
}

bool
migrate_file(struct db *db, struct pool *pool, const char *path, const char **error)
{
        char *text = read_text(pool, path, error);
        bool ok;

        if (text == NULL)
                return false;
        db_unit(db, pool, NULL, NULL);
        db_begin(db);
        ok = db_script(db, "SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning") == DB_OK &&
             db_script(db, text) == DB_OK && db_commit(db) == DB_OK;
        if (!ok) {
                fail_db(db, pool, error, path);
                db_rollback(db);
        }
        return ok;
}
