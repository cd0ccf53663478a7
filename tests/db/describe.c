/* describe: the generated queries, against the real schema.
 *
 *   describe CONNINFO            every query of every group of sql/queries fits the database
 *   describe CONNINFO --as ROLE GROUP:QUERY ...
 *                                ROLE has the rights that these need (EXPLAIN asks for them)
 *   describe CONNINFO --sandbox  the sandbox's group, for it has a database of its own
 *   describe CONNINFO --money    latchkey.currencies equals the table of base/money
 *
 * A line "not ok NAME: why" for each that does not, and "N passed, N failed" at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/pool.h"
#include "db/db.h"
#include "groups.h"

struct group {
        const char *name;
        const struct db_stmt *const *queries;
};

/* groups.h is made from QUERY_C, so no file of sql/queries can be left out. */
static const struct group groups[] = {
#define GROUP(name) { #name, name##_queries },
        QUERY_GROUPS
#undef GROUP
};
#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static size_t passed, failed;

static void
say(bool good, const char *name, const char *why)
{
        if (good) {
                passed++;
                return;
        }
        failed++;
        printf("not ok %s: %s\n", name, why);
}

static struct db *
open_with(const char *conninfo, const char *user, const struct db_stmt *const *const *list)
{
        const char *why = "";
        struct db *db = db_open(conninfo, user, list, &why);

        if (db == NULL)
                say(false, "the database", why);
        return db;
}

/* One query alone, so that it is told by its name and the others are still asked. */
static void
describe_query(const char *conninfo, const struct db_stmt *stmt)
{
        const struct db_stmt *const one[] = { stmt, NULL };
        const struct db_stmt *const *const list[] = { one, NULL };
        const char *why = "";
        struct db *db = db_open(conninfo, NULL, list, &why);

        say(db != NULL && db_describe(db, stmt, &why), stmt->name, why);
        if (db != NULL)
                db_close(db);
}

static void
describe_group(const char *conninfo, const struct group *group)
{
        const struct db_stmt *const *const list[] = { group->queries, NULL };
        const char *why = "";
        struct db *db = db_open(conninfo, NULL, list, &why);
        size_t before = failed;

        for (const struct db_stmt *const *q = group->queries; *q != NULL; q++)
                if (db == NULL)
                        describe_query(conninfo, *q);
                else
                        say(db_describe(db, *q, &why), (*q)->name, why);
        if (failed > before)
                printf("        in sql/queries/%s.sql\n", group->name);
        if (db != NULL)
                db_close(db);
}

static void
describe_all(const char *conninfo, bool sandbox)
{
        for (size_t i = 0; i < N_GROUPS; i++)
                if ((strcmp(groups[i].name, "sandbox") == 0) == sandbox)
                        describe_group(conninfo, &groups[i]);
}

static const struct db_stmt *
find_query(const char *group, size_t len, const char *name)
{
        for (size_t i = 0; i < N_GROUPS; i++) {
                if (strlen(groups[i].name) != len || strncmp(groups[i].name, group, len) != 0)
                        continue;
                for (const struct db_stmt *const *q = groups[i].queries; *q != NULL; q++)
                        if (strcmp((*q)->name, name) == 0)
                                return *q;
        }
        return NULL;
}

/* EXPLAIN EXECUTE checks every right and runs nothing. */
static void
explain(struct db *db, struct pool *pool, const struct db_stmt *stmt, const char *label)
{
        const char *sql = pool_printf(pool, "EXPLAIN EXECUTE \"%s\"", stmt->name);
        struct db_table table;

        for (size_t i = 0; i < stmt->n_params; i++)
                sql = pool_printf(pool, "%s%s NULL", sql, i == 0 ? " (" : ",");
        if (stmt->n_params > 0)
                sql = pool_printf(pool, "%s)", sql);
        db_unit(db, pool, NULL, NULL);
        say(db_query_text(db, sql, 0, NULL, &table) == DB_OK, label, db_error_message(db));
}

static void
may_run(const char *conninfo, const char *role, int n, char **names)
{
        const struct db_stmt **stmts = calloc((size_t)n + 1, sizeof(*stmts));
        const struct db_stmt *const *const list[] = { stmts, NULL };
        struct pool *pool = pool_new();
        struct db *db;
        size_t found = 0;

        for (int i = 0; i < n && stmts != NULL; i++) {
                const char *colon = strchr(names[i], ':');
                const struct db_stmt *stmt =
                        colon == NULL ? NULL : find_query(names[i], (size_t)(colon - names[i]), colon + 1);

                if (stmt != NULL)
                        stmts[found++] = stmt;
                else
                        say(false, names[i], "there is no such query");
        }
        db = open_with(conninfo, role, list);
        for (size_t i = 0; i < found && db != NULL; i++)
                explain(db, pool, stmts[i], pool_printf(pool, "%s may run %s", role, stmts[i]->name));
        if (db != NULL)
                db_close(db);
        free(stmts);
        pool_free(pool);
}

/* The database's rows against the C table, and every possible code of three letters the
 * other way round. */
static void
compare_money(const char *conninfo)
{
        static const struct db_stmt *const *const none[] = { NULL };
        struct pool *pool = pool_new();
        struct db *db = open_with(conninfo, NULL, none);
        struct db_table table;
        size_t known = 0;

        if (db == NULL)
                return;
        db_unit(db, pool, NULL, NULL);
        if (db_query_text(db, "SELECT code, exponent::text, step::text FROM latchkey.currencies", 0, NULL, &table) != DB_OK) {
                say(false, "latchkey.currencies", db_error_message(db));
                return;
        }
        for (size_t i = 0; i < table.n_rows; i++) {
                const char **cell = &table.cells[i * 3];

                say(money_step(cell[0]) == atoi(cell[2]), cell[0],
                    pool_printf(pool, "the database says steps of %s, base/money %d", cell[2], money_step(cell[0])));
                say(money_exponent(cell[0]) == atoi(cell[1]), cell[0],
                    pool_printf(pool, "the database says %s digits, base/money %d", cell[1], money_exponent(cell[0])));
        }
        for (int i = 0; i < 26 * 26 * 26; i++) {
                const char code[4] = { (char)('A' + i / 676), (char)('A' + i / 26 % 26), (char)('A' + i % 26), '\0' };
                bool found = false;

                if (money_exponent(code) < 0)
                        continue;
                known++;
                for (size_t k = 0; k < table.n_rows && !found; k++)
                        found = strcmp(table.cells[k * 3], code) == 0;
                say(found, pool_strdup(pool, code), "base/money knows it, latchkey.currencies does not");
        }
        say(known > 30, "currencies", "base/money knows hardly any");
        db_close(db);
        pool_free(pool);
}

int
main(int argc, char **argv)
{
        if (argc == 2)
                describe_all(argv[1], false);
        else if (argc == 3 && strcmp(argv[2], "--sandbox") == 0)
                describe_all(argv[1], true);
        else if (argc == 3 && strcmp(argv[2], "--money") == 0)
                compare_money(argv[1]);
        else if (argc > 4 && strcmp(argv[2], "--as") == 0)
                may_run(argv[1], argv[3], argc - 4, argv + 4);
        else
                say(false, "describe", "CONNINFO [--sandbox | --money | --as ROLE GROUP:QUERY ...]");
        printf("%zu passed, %zu failed\n", passed, failed);
        return failed == 0 && passed > 0 ? 0 : 1;
}
