/* test_db: units, pipelines, transactions, types and failures of src/db against a
 * PostgreSQL of its own; the queries are those of sample.sql. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "db/migrate.h"
#include "private_pg.h"
#include "queries/sample.h"

static const struct db_stmt *const *const groups[] = { sample_queries, NULL };
static const struct db_stmt *const *const no_groups[] = { NULL };

static const char *conninfo;
static struct db *db;
static struct pool *pool;

static const char schema[] =
        "CREATE SCHEMA latchkey; SET search_path = latchkey;"
        "CREATE TABLE kinds (name text PRIMARY KEY, big bigint, small integer, flag boolean,"
        " at timestamptz, on_day date, raw bytea, note text);"
        "CREATE TABLE items (code text CONSTRAINT items_code_key PRIMARY KEY,"
        " amount bigint NOT NULL CONSTRAINT items_amount_check CHECK (amount > 0));"
        "CREATE TABLE secret (id int);"
        "CREATE FUNCTION raise_state(state text) RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'secret-value' USING ERRCODE = state; END $$;"
        "CREATE ROLE lk_guest LOGIN; GRANT USAGE ON SCHEMA latchkey TO lk_guest;"
        "GRANT SELECT, INSERT, DELETE ON kinds, items TO lk_guest;"
        "ALTER ROLE lk_guest SET latchkey.token = '';";

static struct db *
open_or_fail(const char *info, const char *user, const struct db_stmt *const *const *list)
{
        const char *error = "none";
        struct db *opened = db_open(info, user, list, &error);

        if (opened == NULL)
                fail_msg("%s", error);
        return opened;
}

static int
set_up(void **state)
{
        (void)state;
        pool = pool_new();
        db_unit(db, pool, NULL, NULL);
        item_delete(db, NULL);
        kinds_delete(db, NULL);
        return 0;
}

static int
tear_down(void **state)
{
        (void)state;
        db_rollback(db);
        pool_free(pool);
        return 0;
}

static int64_t
count_items(void)
{
        struct count_row row;

        assert_int_equal(item_count(db, &row), DB_OK);
        return row.n;
}

/* --- types --- */

static void
every_type_returns(void **state)
{
        static const uint8_t bytes[] = { 0, 1, 0xff, 0 };
        int64_t big = -9007199254740993, affected;
        int32_t small = INT32_MIN, day = 20454;         /* 2026-01-01 */
        bool flag = true;
        instant at = 1767225600123456;                  /* 2026-01-01 00:00:00.123456 */
        struct kinds_row row;
        struct kinds_text_row text;

        (void)state;
        assert_int_equal(kinds_insert(db, "a", &big, &small, &flag, &at, &day,
                                      (struct db_bytes){ bytes, sizeof(bytes) }, "n\xc3\xb6te", &affected), DB_OK);
        assert_int_equal(affected, 1);
        kinds_by_name_ask(db, "a", &row);
        kinds_text_ask(db, "a", &text);
        assert_int_equal(db_wait(db), DB_OK);
        assert_string_equal(row.name, "a");
        assert_int_equal(row.big, big);
        assert_int_equal(row.small, small);
        assert_true(row.flag);
        assert_int_equal(row.at, at);
        assert_int_equal(row.on_day, day);
        assert_int_equal(row.raw.len, sizeof(bytes));
        assert_memory_equal(row.raw.data, bytes, sizeof(bytes));
        assert_string_equal(row.note, "n\xc3\xb6te");
        assert_false(row.big_null || row.small_null || row.flag_null || row.at_null ||
                     row.on_day_null || row.raw_null);
        assert_string_equal(text.at, "2026-01-01 00:00:00.123456");
        assert_string_equal(text.on_day, "2026-01-01");
}

static void
every_type_may_be_null(void **state)
{
        struct kinds_row row;

        (void)state;
        assert_int_equal(kinds_insert(db, "a", NULL, NULL, NULL, NULL, NULL,
                                      (struct db_bytes){ NULL, 0 }, NULL, NULL), DB_OK);
        assert_int_equal(kinds_by_name(db, "a", &row), DB_OK);
        assert_true(row.big_null && row.small_null && row.flag_null && row.at_null &&
                    row.on_day_null && row.raw_null);
        assert_null(row.note);
        assert_int_equal(row.big, 0);
}

/* Times before 1970 and 2000, and both infinities, keep their value and their order. */
static void
times_at_the_edges(void **state)
{
        static const struct { instant at; int32_t day; const char *text; } cases[] = {
                { 0, 0, "1970-01-01 00:00:00.000000" },
                { -1, -1, "1969-12-31 23:59:59.999999" },
                { 946684800000000, 10957, "2000-01-01 00:00:00.000000" },
                { 946684799999999, 10956, "1999-12-31 23:59:59.999999" },
                { INT64_MAX, INT32_MAX, NULL },
                { INT64_MIN, INT32_MIN, NULL },
        };
        char name[8];
        size_t i;

        (void)state;
        for (i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct kinds_row row;
                struct kinds_text_row text;

                snprintf(name, sizeof(name), "%zu", i);
                assert_int_equal(kinds_insert(db, name, NULL, NULL, NULL, &cases[i].at, &cases[i].day,
                                              (struct db_bytes){ NULL, 0 }, NULL, NULL), DB_OK);
                kinds_by_name_ask(db, name, &row);
                kinds_text_ask(db, name, &text);
                assert_int_equal(db_wait(db), DB_OK);
                assert_int_equal(row.at, cases[i].at);
                assert_int_equal(row.on_day, cases[i].day);
                if (cases[i].text != NULL)
                        assert_string_equal(text.at, cases[i].text);
                else
                        assert_non_null(strstr(text.on_day, "infinity"));
        }
}

static void
empty_text_and_bytes_are_not_null(void **state)
{
        struct kinds_row row;

        (void)state;
        assert_int_equal(kinds_insert(db, "", NULL, NULL, NULL, NULL, NULL,
                                      (struct db_bytes){ (const uint8_t *)"", 0 }, "", NULL), DB_OK);
        assert_int_equal(kinds_by_name(db, "", &row), DB_OK);
        assert_false(row.raw_null);
        assert_int_equal(row.raw.len, 0);
        assert_string_equal(row.note, "");
}

/* --- kinds of query --- */

static void
one_maybe_many(void **state)
{
        struct kinds_row row, *rows;
        bool found = true;
        size_t n = 9;

        (void)state;
        assert_int_equal(kinds_by_name(db, "none", &row), DB_NO_ROW);
        assert_null(row.name);
        assert_int_equal(kinds_find(db, "none", &row, &found), DB_OK);
        assert_false(found);
        assert_int_equal(kinds_all(db, &rows, &n), DB_OK);
        assert_int_equal(n, 0);
        kinds_insert_ask(db, "b", NULL, NULL, NULL, NULL, NULL, (struct db_bytes){ NULL, 0 }, NULL, NULL);
        kinds_insert_ask(db, "a", NULL, NULL, NULL, NULL, NULL, (struct db_bytes){ NULL, 0 }, NULL, NULL);
        kinds_find_ask(db, "b", &row, &found);
        kinds_all_ask(db, &rows, &n);
        assert_int_equal(db_wait(db), DB_OK);
        assert_true(found);
        assert_string_equal(row.name, "b");
        assert_int_equal(n, 2);
        assert_string_equal(rows[0].name, "a");
        assert_string_equal(rows[1].name, "b");
        assert_int_equal(db_wait(db), DB_OK);           /* nothing queued */
}

static void
more_than_one_row_is_a_fault(void **state)
{
        struct item_row row;

        (void)state;
        item_insert_ask(db, "a", 1, NULL);
        item_insert_ask(db, "b", 1, NULL);
        assert_int_equal(db_wait(db), DB_OK);
        assert_int_equal(item_first(db, &row), DB_ERROR);
}

static void
null_where_none_may_be(void **state)
{
        struct big_row row;

        (void)state;
        assert_int_equal(kinds_insert(db, "a", NULL, NULL, NULL, NULL, NULL,
                                      (struct db_bytes){ NULL, 0 }, NULL, NULL), DB_OK);
        assert_int_equal(big_not_null(db, "a", &row), DB_ERROR);
        assert_non_null(strstr(db_error_message(db), "big_row.big"));
        item_insert_ask(db, "x", 1, NULL);
        item_insert_ask(db, NULL, 1, NULL);
        assert_int_equal(db_wait(db), DB_ERROR);
        assert_non_null(strstr(db_error_message(db), "code"));
        assert_int_equal(count_items(), 0);
}

/* Values are copied when asked: the caller's buffer may change before db_wait(). */
static void
values_are_copied(void **state)
{
        char code[8] = "first";
        struct item_row row;

        (void)state;
        item_insert_ask(db, code, 5, NULL);
        strcpy(code, "later");
        assert_int_equal(db_wait(db), DB_OK);
        assert_int_equal(item_first(db, &row), DB_OK);
        assert_string_equal(row.code, "first");
}

/* A pipeline of megabytes in both directions must not stall. */
static void
large_pipelines(void **state)
{
        char *big = g_malloc(100001);
        struct kinds_row *rows;
        char name[16];
        size_t n, i;

        (void)state;
        memset(big, 'x', 100000);
        big[100000] = '\0';
        for (i = 0; i < 200; i++) {
                snprintf(name, sizeof(name), "%03zu", i);
                kinds_insert_ask(db, name, NULL, NULL, NULL, NULL, NULL, (struct db_bytes){ NULL, 0 }, big, NULL);
                if (i % 20 == 19)
                        kinds_all_ask(db, &rows, &n);
        }
        assert_int_equal(db_wait(db), DB_OK);
        assert_int_equal(n, 200);
        assert_int_equal(strlen(rows[199].note), 100000);
        g_free(big);
}

/* --- transactions --- */

static void
a_wait_is_a_transaction(void **state)
{
        (void)state;
        item_insert_ask(db, "a", 1, NULL);
        item_insert_ask(db, "b", 0, NULL);              /* refused by the check */
        item_insert_ask(db, "c", 1, NULL);
        assert_int_equal(db_wait(db), DB_INVALID);
        assert_string_equal(db_error_constraint(db), "items_amount_check");
        assert_string_equal(db_error_sqlstate(db), "23514");
        assert_int_equal(count_items(), 0);
}

static void
begin_to_commit(void **state)
{
        struct identity_row one, two, three;

        (void)state;
        db_begin(db);
        assert_true(db_in_transaction(db));
        assert_int_equal(identity(db, &one), DB_OK);
        item_insert_ask(db, "a", 1, NULL);
        identity_ask(db, &two);
        assert_int_equal(db_wait(db), DB_OK);
        item_insert_ask(db, "b", 1, NULL);
        assert_int_equal(db_commit(db), DB_OK);         /* sends what is queued */
        assert_false(db_in_transaction(db));
        assert_int_equal(identity(db, &three), DB_OK);
        assert_string_equal(one.txid, two.txid);
        assert_string_not_equal(two.txid, three.txid);
        assert_int_equal(count_items(), 2);
}

static void
rollback_undoes(void **state)
{
        (void)state;
        db_begin(db);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_OK);
        item_insert_ask(db, "b", 1, NULL);
        db_rollback(db);
        assert_int_equal(count_items(), 0);
        db_begin(db);
        db_rollback(db);                                /* nothing was sent */
        db_begin(db);
        assert_int_equal(db_commit(db), DB_OK);
        assert_int_equal(count_items(), 0);
}

static void
the_next_unit_rolls_back(void **state)
{
        (void)state;
        db_begin(db);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_OK);
        item_insert_ask(db, "b", 1, NULL);
        db_unit(db, pool, NULL, NULL);
        assert_false(db_in_transaction(db));
        assert_int_equal(count_items(), 0);
}

static void
a_failed_transaction_stays_failed(void **state)
{
        (void)state;
        db_begin(db);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_OK);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_CONFLICT);
        assert_string_equal(db_error_constraint(db), "items_code_key");
        assert_int_equal(item_insert(db, "b", 1, NULL), DB_CONFLICT);
        assert_int_equal(db_wait(db), DB_CONFLICT);
        assert_int_equal(db_commit(db), DB_CONFLICT);
        assert_string_equal(db_error_constraint(db), "items_code_key");
        assert_false(db_in_transaction(db));
        assert_int_equal(count_items(), 0);
}

static void
a_missing_row_does_not_end_a_transaction(void **state)
{
        struct kinds_row row;

        (void)state;
        db_begin(db);
        item_insert_ask(db, "a", 1, NULL);
        kinds_by_name_ask(db, "none", &row);
        assert_int_equal(db_wait(db), DB_NO_ROW);
        assert_int_equal(item_insert(db, "b", 1, NULL), DB_OK);
        assert_int_equal(db_commit(db), DB_OK);
        assert_int_equal(count_items(), 2);
        db_begin(db);
        item_insert_ask(db, "c", 1, NULL);
        kinds_by_name_ask(db, "none", &row);
        assert_int_equal(db_commit(db), DB_NO_ROW);
        assert_int_equal(count_items(), 2);
}

/* --- identity --- */

static void
identity_ends_with_its_transaction(void **state)
{
        struct identity_row row;
        struct db_table table;

        (void)state;
        db_unit(db, pool, "tok", NULL);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_string_equal(row.token, "tok");
        assert_null(row.order_token);
        db_identify(db, "other", "order");
        assert_int_equal(identity(db, &row), DB_OK);
        assert_string_equal(row.token, "other");
        assert_string_equal(row.order_token, "order");
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_null(row.token);
        assert_null(row.order_token);
        assert_int_equal(db_query_text(db, "SELECT coalesce(current_setting('latchkey.token', true), '')",
                                       0, NULL, &table), DB_OK);
        assert_string_equal(table.cells[0], "");
}

static void
identity_within_a_transaction(void **state)
{
        struct identity_row row;

        (void)state;
        db_unit(db, pool, "tok", NULL);
        db_begin(db);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_string_equal(row.token, "tok");
        db_identify(db, "new", NULL);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_string_equal(row.token, "new");
        db_identify(db, NULL, NULL);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_null(row.token);
        assert_int_equal(db_commit(db), DB_OK);
        db_identify(db, "again", NULL);
        db_begin(db);
        assert_int_equal(item_insert(db, "a", 0, NULL), DB_INVALID);
        db_rollback(db);
        assert_int_equal(identity(db, &row), DB_OK);
        assert_string_equal(row.token, "again");
}

/* --- failures --- */

static void
states_have_their_status(void **state)
{
        static const struct { const char *code; enum db_status status; } cases[] = {
                { "23505", DB_CONFLICT }, { "23P01", DB_CONFLICT }, { "23503", DB_INVALID },
                { "23514", DB_INVALID }, { "P0001", DB_INVALID }, { "22007", DB_INVALID },
                { "42501", DB_DENIED }, { "40001", DB_RETRY }, { "40P01", DB_RETRY }, { "55P03", DB_RETRY },
                { "XX000", DB_ERROR }, { "54000", DB_ERROR }, { "57014", DB_ERROR },
                { "57P03", DB_DOWN }, { "08006", DB_DOWN },
        };
        size_t i;

        (void)state;
        for (i = 0; i < G_N_ELEMENTS(cases); i++) {
                db_unit(db, pool, NULL, NULL);
                assert_int_equal(raise_state(db, cases[i].code, NULL), cases[i].status);
                assert_string_equal(db_error_sqlstate(db), cases[i].code);
                assert_string_equal(db_error_message(db), "secret-value");
        }
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(count_items(), 0);
}

static void
rights_are_denied(void **state)
{
        struct db *guest = open_or_fail(conninfo, "lk_guest", groups);
        struct pool *own = pool_new();
        struct count_row row;
        struct settings_row settings;

        (void)state;
        db_unit(guest, own, NULL, NULL);
        assert_int_equal(secret_read(guest, &row), DB_DENIED);
        assert_int_equal(session_settings(guest, &settings), DB_OK);
        assert_string_equal(settings.application, "lk_guest");
        pool_free(own);
        db_close(guest);
}

/* --- opening --- */

static void
sessions_are_set(void **state)
{
        char *own = g_strconcat(conninfo, " options='-c statement_timeout=60000'", NULL);
        struct db *worker = open_or_fail(own, "postgres", groups);
        struct settings_row row;

        (void)state;
        assert_int_equal(session_settings(db, &row), DB_OK);
        assert_string_equal(row.zone, "UTC");
        assert_string_equal(row.timeout, "10s");
        assert_string_equal(row.jit, "off");
        assert_string_equal(row.path, "latchkey");
        db_unit(worker, pool, NULL, NULL);
        assert_int_equal(session_settings(worker, &row), DB_OK);
        assert_string_equal(row.timeout, "1min");
        assert_string_equal(row.zone, "UTC");
        db_close(worker);
        g_free(own);
}

static void
it_boots_or_it_does_not(void **state)
{
        static const struct db_param_type text_param[] = { { "x", "text", false } };
        static const struct db_column wrong_type[] = { { "n", DB_TEXT, 0, SIZE_MAX, false } };
        static const struct db_column wrong_name[] = { { "m", DB_BIGINT, 0, SIZE_MAX, false } };
        static const struct db_row_type text_row = { "text_row", sizeof(char *), wrong_type, 1 };
        static const struct db_row_type name_row = { "name_row", sizeof(int64_t), wrong_name, 1 };
        static const struct { struct db_stmt stmt; const char *word; } cases[] = {
                { { "q", "SELECT nothing FROM nowhere", DB_KIND_EXEC, NULL, 0, NULL }, "nowhere" },
                { { "q", "SELECT 1::bigint AS n", DB_KIND_ONE, NULL, 0, &text_row }, "text_row.n is declared text" },
                { { "q", "SELECT 1::bigint AS n", DB_KIND_ONE, NULL, 0, &name_row }, "name_row is \"m\"" },
                { { "q", "SELECT 1::bigint AS n, 2", DB_KIND_ONE, NULL, 0, &name_row }, "gives 2" },
                { { "q", "DELETE FROM kinds WHERE big = $1", DB_KIND_EXEC, text_param, 1, NULL }, "parameter x" },
                { { "q", "DELETE FROM kinds WHERE note = $1 OR big = $2", DB_KIND_EXEC, text_param, 1, NULL }, "PostgreSQL sees 2" },
        };
        size_t i;

        (void)state;
        for (i = 0; i < G_N_ELEMENTS(cases); i++) {
                const struct db_stmt *const list[] = { &cases[i].stmt, NULL };
                const struct db_stmt *const *const one_group[] = { list, NULL };
                const char *error = NULL;

                assert_null(db_open(conninfo, "postgres", one_group, &error));
                assert_non_null(strstr(error, "query q"));
                if (strstr(error, cases[i].word) == NULL)
                        fail_msg("no \"%s\" in: %s", cases[i].word, error);
        }
}

static void
opening_says_which_setting(void **state)
{
        const char *error = NULL;

        (void)state;
        assert_null(db_open("host=/nowhere/at/all", "u", no_groups, &error));
        assert_non_null(strstr(error, "[database] conninfo"));
        assert_null(db_open("what is this", "u", no_groups, &error));
        assert_non_null(strstr(error, "[database] conninfo"));
}

static void
describe_agrees(void **state)
{
        const struct db_stmt *const *stmt;
        const char *error;
        struct db_stmt wrong;
        size_t n = 0;

        (void)state;
        for (stmt = sample_queries; *stmt != NULL; stmt++, n++)
                if (!db_describe(db, *stmt, &error))
                        fail_msg("%s: %s", (*stmt)->name, error);
        assert_int_equal(n, 16);
        wrong = *sample_queries[1];
        wrong.row = &count_row_type;
        assert_false(db_describe(db, &wrong, &error));
        assert_non_null(strstr(error, "count_row"));
        wrong.name = "not prepared";
        assert_false(db_describe(db, &wrong, &error));
        assert_int_equal(count_items(), 0);
}

/* --- losing the connection --- */

static void
kill_session(struct db *victim)
{
        struct db *killer = open_or_fail(conninfo, "postgres", no_groups);
        struct pid_row row;
        char pid[16];
        const char *params[] = { pid };
        struct db_table table;

        assert_int_equal(session_pid(victim, &row), DB_OK);
        snprintf(pid, sizeof(pid), "%d", row.pid);
        db_unit(killer, pool, NULL, NULL);
        assert_int_equal(db_query_text(killer, "SELECT pg_terminate_backend($1::integer, 5000)", 1, params, &table), DB_OK);
        assert_string_equal(table.cells[0], "t");
        db_close(killer);
}

static void
a_cut_connection_is_down_and_comes_back(void **state)
{
        (void)state;
        kill_session(db);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_DOWN);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_DOWN);
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_OK);
        /* Cut between units: noticed, and nobody gets to see it. */
        kill_session(db);
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(count_items(), 1);
}

static void
a_cut_transaction_is_down_to_its_end(void **state)
{
        (void)state;
        db_begin(db);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_OK);
        kill_session(db);
        assert_int_equal(item_insert(db, "b", 1, NULL), DB_DOWN);
        assert_int_equal(db_commit(db), DB_DOWN);
        assert_false(db_in_transaction(db));
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(count_items(), 0);
        db_begin(db);
        assert_int_equal(item_insert(db, "a", 1, NULL), DB_OK);
        kill_session(db);
        assert_int_equal(db_commit(db), DB_DOWN);
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(count_items(), 0);
}

static void
a_server_that_restarts(void **state)
{
        int tries;
        enum db_status status = DB_ERROR;
        struct count_row row;
        int64_t began;

        (void)state;
        assert_true(private_pg_halt());
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(item_count(db, &row), DB_DOWN);
        began = clock_monotonic_ms();
        for (tries = 0; tries < 100; tries++) {         /* within the back-off: no attempt, no delay */
                db_unit(db, pool, NULL, NULL);
                assert_int_equal(item_count(db, &row), DB_DOWN);
        }
        assert_true(clock_monotonic_ms() - began < 2000);
        assert_true(private_pg_restart());
        for (tries = 0; tries < 100 && status != DB_OK; tries++) {
                g_usleep(100000);
                db_unit(db, pool, NULL, NULL);
                status = item_count(db, &row);
        }
        assert_int_equal(status, DB_OK);
}

/* A server that accepts and never answers: an answer in time, DB_DOWN. */
static void
a_silent_server(void **state)
{
        char *own = g_strconcat(conninfo, " options='-c statement_timeout=1000'", NULL);
        struct db *impatient = open_or_fail(own, "postgres", groups);
        struct pid_row pid;
        struct count_row row;
        char command[64];
        int64_t began;

        (void)state;
        db_unit(impatient, pool, NULL, NULL);
        assert_int_equal(session_pid(impatient, &pid), DB_OK);
        snprintf(command, sizeof(command), "kill -STOP %d", pid.pid);
        if (system(command) != 0) {
                db_close(impatient);
                g_free(own);
                skip();
        }
        began = clock_monotonic_ms();
        assert_int_equal(item_count(impatient, &row), DB_DOWN);
        assert_in_range(clock_monotonic_ms() - began, 5000, 9000);
        snprintf(command, sizeof(command), "kill -CONT %d", pid.pid);
        assert_int_equal(system(command), 0);
        db_close(impatient);
        g_free(own);
}

/* --- notifications, scripts --- */

static void
notifications_arrive(void **state)
{
        struct db *other = open_or_fail(conninfo, "postgres", no_groups);

        (void)state;
        db_unit(other, pool, NULL, NULL);
        assert_int_equal(db_listen(other, "jobs"), DB_OK);
        assert_false(db_wait_notify(other, 10));
        assert_int_equal(db_notify(db, "jobs"), DB_OK);
        assert_true(db_wait_notify(other, 2000));
        assert_false(db_wait_notify(other, 10));
        /* Listening survives the connection. */
        {
                struct db_table table;
                char *pid;
                const char *params[1];

                assert_int_equal(db_query_text(other, "SELECT pg_backend_pid()::text", 0, NULL, &table), DB_OK);
                pid = pool_strdup(pool, table.cells[0]);
                params[0] = pid;
                assert_int_equal(db_query_text(db, "SELECT pg_terminate_backend($1::integer, 5000)", 1, params, &table), DB_OK);
        }
        assert_false(db_wait_notify(other, 1000));
        db_unit(other, pool, NULL, NULL);
        assert_int_equal(db_notify(db, "jobs"), DB_OK);
        assert_true(db_wait_notify(other, 2000));
        db_begin(db);
        assert_int_equal(db_notify(db, "jobs"), DB_ERROR);
        db_rollback(db);
        db_close(other);
}

static void
scripts_and_text(void **state)
{
        const char *params[] = { "a", NULL };
        struct db_table table;

        (void)state;
        assert_int_equal(db_script(db, "INSERT INTO items VALUES ('a', 1); INSERT INTO items VALUES ('b', 0)"), DB_INVALID);
        assert_int_equal(count_items(), 0);
        assert_int_equal(db_script(db, "INSERT INTO items VALUES ('a', 1); INSERT INTO items VALUES ('b', 2)"), DB_OK);
        assert_int_equal(db_query_text(db, "SELECT code, amount, $2::text AS x FROM items WHERE code = $1", 2, params, &table), DB_OK);
        assert_int_equal(table.n_rows, 1);
        assert_int_equal(table.n_columns, 3);
        assert_string_equal(table.names[1], "amount");
        assert_string_equal(table.cells[1], "1");
        assert_null(table.cells[2]);
        db_begin(db);
        assert_int_equal(db_script(db, "DELETE FROM items"), DB_OK);
        assert_int_equal(count_items(), 0);
        db_rollback(db);
        assert_int_equal(count_items(), 2);
        assert_int_equal(db_script(db, "COPY items FROM STDIN"), DB_ERROR);
        db_unit(db, pool, NULL, NULL);
        assert_int_equal(count_items(), 2);
}

/* --- migrations --- */

static void
put_file(const char *dir, const char *name, const char *text)
{
        char *path = g_build_filename(dir, name, NULL);

        assert_true(g_file_set_contents(path, text, -1, NULL));
        g_free(path);
}

static void
migrations_run_once(void **state)
{
        char dir[] = "/tmp/lk-migrations-XXXXXX";
        struct db *owner = open_or_fail(conninfo, "postgres", no_groups);
        struct migration *list;
        const char *error = NULL;
        size_t n;

        (void)state;
        assert_non_null(mkdtemp(dir));
        put_file(dir, "0001_first.sql", "CREATE TABLE latchkey.m1 (id int); CREATE TABLE latchkey.m2 (id int);");
        put_file(dir, "0002_second.sql", "INSERT INTO latchkey.m1 VALUES (1);");
        assert_true(migrate_status(owner, pool, dir, &list, &n, &error));
        assert_int_equal(n, 2);
        assert_false(list[0].applied);
        assert_true(migrate_apply(owner, pool, dir, &n, &error));
        assert_int_equal(n, 2);
        assert_true(migrate_apply(owner, pool, dir, &n, &error));
        assert_int_equal(n, 0);
        put_file(dir, "0003_bad.sql", "CREATE TABLE latchkey.m3 (id int); SELECT nothing;");
        assert_false(migrate_apply(owner, pool, dir, &n, &error));
        assert_non_null(strstr(error, "0003_bad.sql"));
        assert_non_null(strstr(error, "nothing"));
        put_file(dir, "0003_bad.sql", "CREATE TABLE latchkey.m3 (id int);");    /* nothing stayed */
        assert_true(migrate_apply(owner, pool, dir, &n, &error));
        assert_int_equal(n, 1);
        put_file(dir, "0002_second.sql", "INSERT INTO latchkey.m1 VALUES (2);");
        assert_false(migrate_apply(owner, pool, dir, &n, &error));
        assert_non_null(strstr(error, "another content"));
        assert_true(migrate_status(owner, pool, dir, &list, &n, &error));
        assert_int_equal(n, 3);
        assert_true(list[1].changed && list[2].applied && !list[2].changed);
        assert_true(list[0].applied_at > 1577836800000000);
        put_file(dir, "wrong.sql", "");
        assert_false(migrate_status(owner, pool, dir, &list, &n, &error));
        assert_non_null(strstr(error, "NNNN_name.sql"));
        put_file(dir, "again.txt", "CREATE TABLE IF NOT EXISTS latchkey.m4 (id int);");
        assert_true(migrate_file(owner, pool, pool_printf(pool, "%s/again.txt", dir), &error));
        assert_true(migrate_file(owner, pool, pool_printf(pool, "%s/again.txt", dir), &error));
        assert_false(migrate_file(owner, pool, "/nowhere.sql", &error));
        db_close(owner);
        assert_int_equal(system(pool_printf(pool, "rm -r %s", dir)), 0);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
                TEST(every_type_returns), TEST(every_type_may_be_null), TEST(times_at_the_edges),
                TEST(empty_text_and_bytes_are_not_null), TEST(one_maybe_many),
                TEST(more_than_one_row_is_a_fault), TEST(null_where_none_may_be),
                TEST(values_are_copied), TEST(large_pipelines), TEST(a_wait_is_a_transaction),
                TEST(begin_to_commit), TEST(rollback_undoes), TEST(the_next_unit_rolls_back),
                TEST(a_failed_transaction_stays_failed),
                TEST(a_missing_row_does_not_end_a_transaction),
                TEST(identity_ends_with_its_transaction), TEST(identity_within_a_transaction),
                TEST(states_have_their_status), TEST(rights_are_denied), TEST(sessions_are_set),
                TEST(it_boots_or_it_does_not), TEST(opening_says_which_setting),
                TEST(describe_agrees), TEST(a_cut_connection_is_down_and_comes_back),
                TEST(a_cut_transaction_is_down_to_its_end), TEST(a_server_that_restarts),
                TEST(a_silent_server), TEST(notifications_arrive), TEST(scripts_and_text),
                TEST(migrations_run_once),
        };
        const char *why;
        struct db *admin;
        int failed;

        log_open("test_db", LOG_LEVEL_ERROR);
        conninfo = private_pg_start(&why);
        if (conninfo == NULL) {
                printf("SKIP: %s\n", why);
                return 77;
        }
        pool = pool_new();
        admin = open_or_fail(conninfo, "postgres", no_groups);
        db_unit(admin, pool, NULL, NULL);
        if (db_script(admin, schema) != DB_OK) {
                printf("schema: %s\n", db_error_message(admin));
                return 1;
        }
        db_close(admin);
        pool_free(pool);
        db = open_or_fail(conninfo, "postgres", groups);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        db_close(db);
        return failed != 0;
}
