/* db: one libpq connection, its prepared statements and the page's pipeline.
 * The only folder that includes libpq.
 *
 * A unit of work (request, job, command) starts with db_unit() and asks its
 * queries; db_wait() sends them together and reads all answers: one round trip.
 * Without db_begin() each db_wait() is one implicit transaction; after it, all of
 * them up to db_commit() are one.  The identity for row-level security travels
 * with the first queries of each transaction: set_config(..., true), so it is
 * gone with the transaction (safety rule 9). */
#ifndef LATCHKEY_DB_DB_H
#define LATCHKEY_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"

enum db_status {
        DB_OK,
        DB_NO_ROW,      /* a :one query found nothing: absent or not ours, the same answer */
        DB_CONFLICT,    /* unique or exclusion constraint, see db_error_constraint() */
        DB_INVALID,     /* another constraint, or a condition that a function raised */
        DB_DENIED,      /* a right or a policy refused */
        DB_RETRY,       /* deadlock, serialization, a lock not had in time: the unit may be run again */
        DB_DOWN,        /* no connection; nothing is known of an unfinished commit */
        DB_ERROR        /* a fault of ours: logged with its SQLSTATE */
};

enum db_type { DB_BIGINT, DB_INTEGER, DB_BOOL, DB_TEXT, DB_TIME, DB_DATE, DB_BYTES };

struct db_bytes { const uint8_t *data; size_t len; };

/* bigint -> int64_t, integer -> int32_t, bool -> bool, text -> const char *,
 * timestamptz -> instant, date -> int32_t (days since 1970-01-01),
 * bytea -> struct db_bytes.  A nullable column that is no text has a bool
 * NAME_null beside it; a nullable text is NULL. */
struct db_column {
        const char *name;
        enum db_type type;
        size_t offset;
        size_t null_offset;     /* of NAME_null; SIZE_MAX where it cannot be null or is text */
        bool nullable;
};

struct db_row_type {
        const char *name;
        size_t size;
        const struct db_column *columns;
        size_t n_columns;
};

struct db_param_type { const char *name; const char *sql_type; bool nullable; };

enum db_kind { DB_KIND_ONE, DB_KIND_MAYBE, DB_KIND_MANY, DB_KIND_EXEC };

/* One generated statement: see build-aux/queries.awk. */
struct db_stmt {
        const char *name;
        const char *sql;
        enum db_kind kind;
        const struct db_param_type *params;
        size_t n_params;
        const struct db_row_type *row;  /* NULL for :exec */
};

/* A value for a parameter, in libpq's binary format where it has one. */
struct db_value {
        const char *data;       /* NULL = null */
        int len;
        int format;             /* 0 text, 1 binary */
        char buf[8];            /* numbers live here; data then points at it */
};
void db_value_bigint(struct db_value *v, int64_t n);
void db_value_integer(struct db_value *v, int32_t n);
void db_value_bool(struct db_value *v, bool b);
void db_value_text(struct db_value *v, const char *text);
void db_value_time(struct db_value *v, instant t);
void db_value_date(struct db_value *v, int32_t days);
void db_value_bytes(struct db_value *v, struct db_bytes bytes);
void db_value_null(struct db_value *v);

struct db;

/* Connect and prepare every statement of GROUPS (each a NULL-terminated list made
 * by queries.awk, the list of groups NULL-terminated as well).  It boots or it does
 * not: NULL with one sentence in *ERROR (setting and fix).  Belongs to the process;
 * db_close() ends it.  A lost connection is opened again, with every statement
 * prepared anew, at the start of the next unit. */
struct db *db_open(const char *conninfo, const char *user,
                   const struct db_stmt *const *const *groups, const char **error);
void db_close(struct db *db);

/* Does STMT, one of those given to db_open(), fit the database: number and types of its
 * parameters, number, names and types of its columns?  db_open() has asked the same of
 * each.  When not, one sentence in *ERROR (valid until the next call). */
bool db_describe(struct db *db, const struct db_stmt *stmt, const char **error);

/* Start a unit: forget what was queued, roll back what was left open, answer into
 * POOL from now on.  TOKEN and ORDER_TOKEN (each may be NULL) become
 * latchkey.token and latchkey.order_token in each transaction of the unit. */
void db_unit(struct db *db, struct pool *pool, const char *token, const char *order_token);

/* Change the identity within a unit (after login, say). */
void db_identify(struct db *db, const char *token, const char *order_token);

/* Queue a statement.  ROW is filled by db_wait(); for :maybe FOUND tells whether it
 * was; for :many *ROWS is an array of *N in the unit's pool. */
void db_ask_one(struct db *db, const struct db_stmt *stmt, struct db_value *values, void *row);
void db_ask_maybe(struct db *db, const struct db_stmt *stmt, struct db_value *values, void *row, bool *found);
void db_ask_many(struct db *db, const struct db_stmt *stmt, struct db_value *values, void **rows, size_t *n);
void db_ask_exec(struct db *db, const struct db_stmt *stmt, struct db_value *values, int64_t *affected);

/* Send what is queued and read every answer.  The first failure decides the result
 * and nothing of that implicit transaction stays.  DB_OK when nothing is queued.
 * DB_NO_ROW is an answer, not a failure of PostgreSQL's: an implicit transaction has
 * then committed its other statements (so write several things between db_begin() and
 * db_commit()), and an explicit one may go on.  After any other failure an explicit
 * transaction answers the same until db_rollback(). */
enum db_status db_wait(struct db *db);

/* Explicit transaction of the unit.  BEGIN travels with the next db_wait(). */
void db_begin(struct db *db);
enum db_status db_commit(struct db *db);  /* rolls back when what is queued fails, DB_NO_ROW included */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/* Of the last failure: the constraint's name or "", the SQLSTATE, PostgreSQL's first line. */
const char *db_error_constraint(const struct db *db);
const char *db_error_sqlstate(const struct db *db);
const char *db_error_message(const struct db *db);

/* NOTIFY as a statement of its own, after the commit (half the cost of one inside). */
enum db_status db_notify(struct db *db, const char *channel);
enum db_status db_listen(struct db *db, const char *channel);
/* Wait up to MILLISECONDS for a notification; true when one came. */
bool db_wait_notify(struct db *db, int milliseconds);

/* For latchkeyctl, migrations and tests alone: run a script of several statements. */
enum db_status db_script(struct db *db, const char *sql);
/* Same programs: one statement with text values; answers as text, row by row. */
struct db_table { size_t n_rows, n_columns; const char **names; const char **cells; };
enum db_status db_query_text(struct db *db, const char *sql, size_t n_params,
                             const char *const *params, struct db_table *table);

#endif
