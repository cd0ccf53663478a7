/* db: units of work over one connection in libpq's pipeline mode, see db.h.
 *
 * Asking queues; db_wait() sends BEGIN (once, where asked for), the identity (once a
 * transaction) and the queue with one Sync, and reads the answers in the same order. */
#include "db/db.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libpq-fe.h>

#include "base/log.h"
#include "db/connect.h"
#include "db/rows.h"

/* One queued statement and where its answer goes. */
struct ask {
        const struct db_stmt *stmt;     /* NULL: SQL itself, in text */
        const char *sql;
        const struct db_value *values;
        size_t n_values;
        const char *null_param;         /* a parameter that may not be null and is */
        void *row;
        bool *found;
        void **rows;
        size_t *n_rows;
        int64_t *affected;
        struct db_table *table;
};

static char open_error[768];

/* --- open and close --- */

struct db *
db_open(const char *conninfo, const char *user, const struct db_stmt *const *const *groups,
        const char **error)
{
        struct db *db = g_new0(struct db, 1);

        db->conninfo = g_strdup(conninfo == NULL ? "" : conninfo);
        db->user = g_strdup(user == NULL ? "" : user);
        db->groups = groups;
        db->channels = g_ptr_array_new_with_free_func(g_free);
        db->asks = g_array_new(FALSE, FALSE, sizeof(struct ask));
        if (connect_open(db, open_error, sizeof(open_error)))
                return db;
        *error = open_error;
        db_close(db);
        return NULL;
}

void
db_close(struct db *db)
{
        if (db == NULL)
                return;
        connect_drop(db);
        g_array_free(db->asks, TRUE);
        g_ptr_array_free(db->channels, TRUE);
        g_free(db->token);
        g_free(db->order_token);
        g_free(db->conninfo);
        g_free(db->user);
        g_free(db);
}

bool
db_describe(struct db *db, const struct db_stmt *stmt, const char **error)
{
        PGresult *result = NULL;
        bool fits = false;

        *error = open_error;
        g_strlcpy(open_error, "no connection", sizeof(open_error));
        if (db->conn != NULL && PQsendDescribePrepared(db->conn, stmt->name) &&
            PQpipelineSync(db->conn))
                result = connect_result(db);
        if (result == NULL)
                return false;
        if (PQresultStatus(result) == PGRES_COMMAND_OK)
                fits = connect_fits(result, stmt, open_error, sizeof(open_error));
        else
                connect_message(PQresultErrorMessage(result), open_error, sizeof(open_error));
        PQclear(result);
        connect_finish(db);
        PQclear(connect_result(db));    /* the Sync */
        return fits;
}

/* --- failures --- */

const char *
db_error_constraint(const struct db *db)
{
        return db->constraint;
}

const char *
db_error_sqlstate(const struct db *db)
{
        return db->sqlstate;
}

const char *
db_error_message(const struct db *db)
{
        return db->message;
}

static enum db_status
status_of_state(const char *state)
{
        static const struct { const char *prefix; enum db_status status; } map[] = {
                { "23505", DB_CONFLICT }, { "23P01", DB_CONFLICT }, { "23", DB_INVALID },
                { "P0001", DB_INVALID },  { "22", DB_INVALID },     { "42501", DB_DENIED },
                { "40001", DB_RETRY },    { "40P01", DB_RETRY },    { "08", DB_DOWN },
                { "55P03", DB_RETRY },    /* a lock was not had in time, where lock_timeout is set */
                { "57P0", DB_DOWN },      { "25006", DB_DOWN },     /* a server that became read-only */
        };
        size_t i;

        for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
                if (g_str_has_prefix(state, map[i].prefix))
                        return map[i].status;
        return DB_ERROR;
}

static void
remember(struct db *db, const char *state, const char *constraint, const char *message)
{
        g_strlcpy(db->sqlstate, state == NULL ? "" : state, sizeof(db->sqlstate));
        g_strlcpy(db->constraint, constraint == NULL ? "" : constraint, sizeof(db->constraint));
        connect_message(message, db->message, sizeof(db->message));
}

/* The connection broke, or its server is no use: the next unit opens another. */
static enum db_status
fail_down(struct db *db, const char *query)
{
        log_error("db_down", "sqlstate", db->sqlstate, "query", query, NULL);
        connect_drop(db);
        return DB_DOWN;
}

/* A fault of ours that PostgreSQL did not see. */
static enum db_status
fail_here(struct db *db, const char *query, const char *reason)
{
        remember(db, "", "", reason);
        log_error("db_error", "query", query, "reason", reason, NULL);
        return DB_ERROR;
}

/* Messages about values stay out of the log; those about names (class 42) help. */
static enum db_status
fail_result(struct db *db, const PGresult *result, const char *query)
{
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        enum db_status status;

        remember(db, state, PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME),
                 message != NULL ? message : PQresultErrorMessage(result));
        status = state == NULL || PQstatus(db->conn) != CONNECTION_OK
                         ? DB_DOWN : status_of_state(state);
        if (status == DB_DOWN)
                return fail_down(db, query);
        if (status == DB_ERROR)
                log_error("db_error", "sqlstate", state, "query", query, "reason",
                          g_str_has_prefix(state, "42") ? db->message : NULL, NULL);
        /* Prepared statements that are gone or outdated: prepare anew with the next unit. */
        if (strcmp(state, "26000") == 0 || strcmp(state, "0A000") == 0)
                connect_drop(db);
        return status;
}

/* --- the unit --- */

static bool
has_identity(const struct db *db)
{
        return db->token != NULL || db->order_token != NULL;
}

static void
set_identity(struct db *db, const char *token, const char *order_token)
{
        char *copy = g_strdup(token), *order_copy = g_strdup(order_token);

        g_free(db->token);
        g_free(db->order_token);
        db->token = copy;
        db->order_token = order_copy;
}

void
db_unit(struct db *db, struct pool *pool, const char *token, const char *order_token)
{
        db_rollback(db);
        connect_renew(db);
        db->pool = pool;
        set_identity(db, token, order_token);
        remember(db, "", "", "");
}

void
db_identify(struct db *db, const char *token, const char *order_token)
{
        set_identity(db, token, order_token);
        db->identity_due = db->begun;
}

/* Values and what they point at, copied, so that callers may use their stack. */
static const struct db_value *
copy_values(struct db *db, const struct db_value *values, size_t n)
{
        struct db_value *copy = pool_alloc(db->pool, n * sizeof(*copy));
        size_t i;

        for (i = 0; i < n; i++) {
                copy[i] = values[i];
                if (values[i].data == values[i].buf)
                        copy[i].data = copy[i].buf;
                else if (values[i].data != NULL && values[i].format == 0)
                        copy[i].data = pool_strdup(db->pool, values[i].data);
                else if (values[i].data != NULL)
                        copy[i].data = pool_memdup(db->pool, values[i].data, (size_t)values[i].len);
        }
        return copy;
}

static void
queue(struct db *db, struct ask *ask, const struct db_stmt *stmt, const struct db_value *values)
{
        size_t i;

        if (db->pool == NULL)
                g_error("query %s asked outside a unit of work", stmt->name);
        ask->stmt = stmt;
        ask->n_values = stmt->n_params;
        ask->values = copy_values(db, values, stmt->n_params);
        for (i = 0; i < stmt->n_params; i++)
                if (values[i].data == NULL && !stmt->params[i].nullable)
                        ask->null_param = stmt->params[i].name;
        g_array_append_vals(db->asks, ask, 1);
}

void
db_ask_one(struct db *db, const struct db_stmt *stmt, struct db_value *values, void *row)
{
        struct ask ask = { .row = row };

        memset(row, 0, stmt->row->size);
        queue(db, &ask, stmt, values);
}

void
db_ask_maybe(struct db *db, const struct db_stmt *stmt, struct db_value *values, void *row, bool *found)
{
        struct ask ask = { .row = row, .found = found };

        memset(row, 0, stmt->row->size);
        *found = false;
        queue(db, &ask, stmt, values);
}

/* ROWS is the address of a "struct x *": written by memcpy, for it is no void *. */
static void
give_rows(void **rows, void *array)
{
        memcpy(rows, &array, sizeof(array));
}

void
db_ask_many(struct db *db, const struct db_stmt *stmt, struct db_value *values, void **rows, size_t *n)
{
        struct ask ask = { .rows = rows, .n_rows = n };

        give_rows(rows, NULL);
        *n = 0;
        queue(db, &ask, stmt, values);
}

void
db_ask_exec(struct db *db, const struct db_stmt *stmt, struct db_value *values, int64_t *affected)
{
        struct ask ask = { .affected = affected };

        if (affected != NULL)
                *affected = 0;
        queue(db, &ask, stmt, values);
}

/* --- sending --- */

static bool
send_own(struct db *db, const char *name)
{
        return PQsendQueryPrepared(db->conn, name, 0, NULL, NULL, NULL, 0);
}

static bool
send_identity(struct db *db)
{
        const char *values[2] = { db->token == NULL ? "" : db->token,
                                  db->order_token == NULL ? "" : db->order_token };

        return PQsendQueryPrepared(db->conn, CONNECT_IDENTIFY, 2, values, NULL, NULL, 0);
}

static bool
send_ask(struct db *db, const struct ask *ask)
{
        const char **data = pool_alloc(db->pool, (ask->n_values + 1) * sizeof(*data));
        int *lens = pool_alloc(db->pool, (ask->n_values + 1) * sizeof(*lens));
        int *formats = pool_alloc(db->pool, (ask->n_values + 1) * sizeof(*formats));
        size_t i;

        for (i = 0; i < ask->n_values; i++) {
                data[i] = ask->values[i].data;
                lens[i] = ask->values[i].len;
                formats[i] = ask->values[i].format;
        }
        if (ask->stmt == NULL)
                return PQsendQueryParams(db->conn, ask->sql, (int)ask->n_values, NULL, data,
                                         lens, formats, 0);
        return PQsendQueryPrepared(db->conn, ask->stmt->name, (int)ask->n_values, data, lens,
                                   formats, 1);
}

/* --- reading --- */

static const char *
name_of(const struct ask *ask)
{
        return ask->stmt == NULL ? "script" : ask->stmt->name;
}

static void
fill_table(struct db *db, const PGresult *result, struct db_table *table)
{
        int rows = PQntuples(result), columns = PQnfields(result);
        int i, k;

        table->n_rows = (size_t)rows;
        table->n_columns = (size_t)columns;
        table->names = pool_alloc(db->pool, (size_t)columns * sizeof(char *));
        table->cells = pool_alloc(db->pool, (size_t)rows * (size_t)columns * sizeof(char *));
        for (k = 0; k < columns; k++)
                table->names[k] = pool_strdup(db->pool, PQfname(result, k));
        for (i = 0; i < rows; i++)
                for (k = 0; k < columns; k++)
                        if (!PQgetisnull(result, i, k))
                                table->cells[i * columns + k] =
                                        pool_strdup(db->pool, PQgetvalue(result, i, k));
}

/* One answer to where it belongs. */
static enum db_status
take_answer(struct db *db, const PGresult *result, const struct ask *ask)
{
        const struct db_row_type *type = ask->stmt == NULL ? NULL : ask->stmt->row;
        int n = PQntuples(result), i;
        char why[320];
        char *row = ask->row;

        if (ask->table != NULL)
                fill_table(db, result, ask->table);
        if (ask->affected != NULL)
                *ask->affected = g_ascii_strtoll(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
        if (type == NULL)
                return DB_OK;
        if (!rows_fit(result, type, false, why, sizeof(why)))
                return fail_here(db, name_of(ask), why);
        if (ask->rows != NULL)
                row = n == 0 ? NULL : pool_alloc(db->pool, (size_t)n * type->size);
        else if (n > 1)
                return fail_here(db, name_of(ask), "more than one row");
        for (i = 0; i < n; i++)
                if (!rows_map(result, i, type, db->pool, row + (size_t)i * type->size, why, sizeof(why)))
                        return fail_here(db, name_of(ask), why);
        if (ask->rows != NULL) {
                give_rows(ask->rows, row);
                *ask->n_rows = (size_t)n;
        } else if (ask->found != NULL)
                *ask->found = n == 1;
        else if (n == 0)
                return DB_NO_ROW;
        return DB_OK;
}

/* The next statement's result; ASK is NULL for BEGIN, COMMIT and the like. */
static enum db_status
read_one(struct db *db, const struct ask *ask, const char *name)
{
        PGresult *result = connect_result(db);
        ExecStatusType kind = PQresultStatus(result);
        enum db_status status = DB_OK;

        if (result == NULL) {
                remember(db, "", "", "the server did not answer in time");
                return fail_down(db, name);
        }
        if (kind == PGRES_PIPELINE_ABORTED)
                status = DB_ERROR;      /* an earlier failure has decided already */
        else if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK)
                status = fail_result(db, result, name);
        else if (ask != NULL)
                status = take_answer(db, result, ask);
        PQclear(result);
        connect_finish(db);
        return status;
}

/* The first failure decides, but an error says more than a missing row. */
static enum db_status
worse(enum db_status so_far, enum db_status status)
{
        if (so_far == DB_OK || (so_far == DB_NO_ROW && status != DB_OK))
                return status;
        return so_far;
}

/* Send OWN statements (BEGIN, identity), then the queue if ASKS, then Sync; read it all. */
static enum db_status
round_trip(struct db *db, bool begin, bool identify, const char *own)
{
        const struct ask *asks = (const struct ask *)(const void *)db->asks->data;
        enum db_status status = DB_OK;
        bool ok = true;
        guint i;

        if (begin)
                ok = send_own(db, CONNECT_BEGIN);
        if (identify)
                ok = ok && send_identity(db);
        for (i = 0; i < db->asks->len; i++)
                ok = ok && send_ask(db, &asks[i]);
        if (own != NULL)
                ok = ok && send_own(db, own);
        if (!ok || !PQpipelineSync(db->conn)) {
                remember(db, "", "", PQerrorMessage(db->conn));
                return fail_down(db, db->asks->len > 0 ? name_of(&asks[0]) : own);
        }
        if (begin)
                status = worse(status, read_one(db, NULL, "begin"));
        if (identify && db->conn != NULL)
                status = worse(status, read_one(db, NULL, "identify"));
        for (i = 0; i < db->asks->len && db->conn != NULL; i++)
                status = worse(status, read_one(db, &asks[i], name_of(&asks[i])));
        if (own != NULL && db->conn != NULL)
                status = worse(status, read_one(db, NULL, own));
        if (db->conn != NULL)
                PQclear(connect_result(db));    /* the Sync */
        return status;
}

/* A null where none may be: refused before anything is sent. */
static bool
find_null_param(struct db *db)
{
        guint i;

        for (i = 0; i < db->asks->len; i++) {
                const struct ask *ask = &g_array_index(db->asks, struct ask, i);
                char reason[96];

                if (ask->null_param == NULL)
                        continue;
                snprintf(reason, sizeof(reason), "parameter %s is null", ask->null_param);
                fail_here(db, name_of(ask), reason);
                return true;
        }
        return false;
}

static enum db_status
down(struct db *db)
{
        remember(db, "", "", "no connection to the database");
        return DB_DOWN;
}

/* Send and read the queue, with the identity unless BARE. */
static enum db_status
run_queue(struct db *db, bool bare)
{
        bool begin = db->in_transaction && !db->begun;
        bool identify = !bare && (db->begun ? db->identity_due : has_identity(db));
        enum db_status status;

        if (db->in_transaction && db->failed != DB_OK)
                status = db->failed;
        else if (find_null_param(db))
                status = DB_ERROR;
        else if (db->conn == NULL)
                status = down(db);
        else {
                db->begun = db->in_transaction;
                db->identity_due = db->identity_due && bare;
                status = round_trip(db, begin, identify, NULL);
        }
        g_array_set_size(db->asks, 0);
        if (db->in_transaction && status != DB_OK && status != DB_NO_ROW)
                db->failed = status;
        return status;
}

enum db_status
db_wait(struct db *db)
{
        if (db->asks->len == 0)
                return db->in_transaction ? db->failed : DB_OK;
        return run_queue(db, false);
}

/* --- explicit transactions --- */

static void
end_transaction(struct db *db)
{
        db->in_transaction = db->begun = db->identity_due = false;
        db->failed = DB_OK;
        g_array_set_size(db->asks, 0);
}

void
db_begin(struct db *db)
{
        if (db->in_transaction)
                g_error("db_begin() within a transaction");
        db->in_transaction = true;
}

enum db_status
db_commit(struct db *db)
{
        enum db_status status = db_wait(db);

        if (status != DB_OK) {
                db_rollback(db);
                return status;
        }
        if (db->begun)
                status = db->conn == NULL ? down(db) : round_trip(db, false, false, CONNECT_COMMIT);
        end_transaction(db);
        return status;
}

void
db_rollback(struct db *db)
{
        g_array_set_size(db->asks, 0);
        if (db->begun && db->conn != NULL) {
                char state[6], constraint[64], message[512];

                /* The reason of the failure outlives the rollback. */
                memcpy(state, db->sqlstate, sizeof(state));
                memcpy(constraint, db->constraint, sizeof(constraint));
                memcpy(message, db->message, sizeof(message));
                if (round_trip(db, false, false, CONNECT_ROLLBACK) == DB_OK) {
                        memcpy(db->sqlstate, state, sizeof(state));
                        memcpy(db->constraint, constraint, sizeof(constraint));
                        memcpy(db->message, message, sizeof(message));
                }
        }
        end_transaction(db);
}

bool
db_in_transaction(const struct db *db)
{
        return db->in_transaction;
}

/* --- notifications --- */

/* "COMMAND channel" as a statement of its own, without identity. */
static enum db_status
run_channel(struct db *db, const char *command, const char *channel)
{
        struct ask ask = { .n_values = 0 };
        /* Between units there is no pool: a listener asks before its first one. */
        struct pool *units = db->pool, *own;
        enum db_status status;
        char *name;

        if (db->conn == NULL)
                return down(db);
        name = PQescapeIdentifier(db->conn, channel, strlen(channel));
        if (name == NULL)
                return fail_here(db, command, "not a channel's name");
        own = pool_new();
        db->pool = own;
        ask.sql = pool_printf(own, "%s %s", command, name);
        PQfreemem(name);
        g_array_append_val(db->asks, ask);
        status = run_queue(db, true);
        db->pool = units;
        pool_free(own);
        return status;
}

enum db_status
db_notify(struct db *db, const char *channel)
{
        if (db->in_transaction)
                return fail_here(db, "notify", "a notification belongs after the commit");
        return run_channel(db, "NOTIFY", channel);
}

enum db_status
db_listen(struct db *db, const char *channel)
{
        guint i;

        for (i = 0; i < db->channels->len; i++)
                if (strcmp(g_ptr_array_index(db->channels, i), channel) == 0)
                        break;
        if (i == db->channels->len)
                g_ptr_array_add(db->channels, g_strdup(channel));
        return run_channel(db, "LISTEN", channel);
}

static bool
take_notifications(struct db *db)
{
        PGnotify *notify;
        bool came = false;

        while ((notify = PQnotifies(db->conn)) != NULL) {
                PQfreemem(notify);
                came = true;
        }
        return came;
}

bool
db_wait_notify(struct db *db, int milliseconds)
{
        int64_t until = clock_monotonic_ms() + milliseconds;
        int64_t left;

        if (db->conn == NULL) {
                poll(NULL, 0, milliseconds);
                return false;
        }
        while (!take_notifications(db)) {
                struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };

                left = until - clock_monotonic_ms();
                if (left <= 0)
                        left = 0;
                if (poll(&fd, 1, (int)left) <= 0)
                        return false;   /* time is up, or a signal came */
                if (!PQconsumeInput(db->conn)) {
                        remember(db, "", "", PQerrorMessage(db->conn));
                        fail_down(db, "listen");
                        return false;
                }
        }
        return true;
}

/* --- for latchkeyctl, migrations and tests --- */

/* BEGIN now, for what does not go through the pipeline. */
static enum db_status
begin_now(struct db *db)
{
        enum db_status status;

        if (!db->in_transaction || db->begun)
                return DB_OK;
        db->begun = true;
        status = round_trip(db, true, has_identity(db), NULL);
        if (status != DB_OK)
                db->failed = status;
        return status;
}

enum db_status
db_script(struct db *db, const char *sql)
{
        enum db_status status = db_wait(db);
        ExecStatusType kind;
        PGresult *result;

        if (status == DB_OK && db->conn == NULL)
                status = down(db);
        if (status == DB_OK)
                status = begin_now(db);
        if (status != DB_OK)
                return status;
        if (!connect_plain(db, true))
                return fail_here(db, "script", "the pipeline did not end");
        result = PQexec(db->conn, sql);
        kind = PQresultStatus(result);
        if (kind == PGRES_COPY_IN || kind == PGRES_COPY_OUT) {
                status = fail_here(db, "script", "COPY from or to the client is not possible here");
                connect_drop(db);
        } else if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && kind != PGRES_EMPTY_QUERY)
                status = fail_result(db, result, "script");
        PQclear(result);
        if (db->conn != NULL)
                connect_plain(db, false);
        if (db->in_transaction && status != DB_OK)
                db->failed = status;
        return status;
}

enum db_status
db_query_text(struct db *db, const char *sql, size_t n_params, const char *const *params,
              struct db_table *table)
{
        struct db_value *values = pool_alloc(db->pool, n_params * sizeof(*values));
        struct ask ask = { .sql = sql, .values = values, .n_values = n_params, .table = table };
        size_t i;

        for (i = 0; i < n_params; i++)
                db_value_text(&values[i], params[i]);
        memset(table, 0, sizeof(*table));
        g_array_append_val(db->asks, ask);
        return db_wait(db);
}
