/* connect: the connection behind a struct db: opening it, preparing every statement,
 * waiting for results with a limit, losing it.  Internal to src/db. */
#ifndef LATCHKEY_DB_CONNECT_H
#define LATCHKEY_DB_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <libpq-fe.h>

#include "db/db.h"

struct db {
        PGconn *conn;                   /* in pipeline mode, NULL while there is none */
        char *conninfo;
        char *user;
        const struct db_stmt *const *const *groups;
        GPtrArray *channels;            /* listened to again on each connection */
        int64_t silence_ms;             /* the server may take this long for one answer; 0: for ever */
        int64_t retry_at_ms;            /* monotonic: not before */
        int64_t retry_delay_ms;
        int64_t complain_at_ms;         /* monotonic: the next line about a failed attempt */

        /* the unit of work */
        struct pool *pool;
        GArray *asks;                   /* struct ask, see db.c */
        char *token;
        char *order_token;
        bool in_transaction;            /* db_begin() was called */
        bool begun;                     /* and PostgreSQL knows */
        bool identity_due;              /* the identity changed after that */
        enum db_status failed;          /* what ended the explicit transaction */

        /* the last failure */
        char sqlstate[6];
        char constraint[64];
        char message[512];
};

/* Statements of our own, prepared on every connection. */
#define CONNECT_BEGIN "latchkey begin"
#define CONNECT_COMMIT "latchkey commit"
#define CONNECT_ROLLBACK "latchkey rollback"
#define CONNECT_IDENTIFY "latchkey identify"

/* Open and prepare.  False with a sentence in WHY; then there is no connection. */
bool connect_open(struct db *db, char *why, size_t size);

/* Open again when the connection is gone and the back-off is over; notices a
 * connection that the server closed while it was idle. */
void connect_renew(struct db *db);

/* The connection is of no more use. */
void connect_drop(struct db *db);

/* The next result of the pipeline, the caller clears it; NULL at the end of a
 * statement, and also, with a dropped connection, when no answer came in time. */
PGresult *connect_result(struct db *db);

/* Read and discard up to the end of the statement at hand. */
void connect_finish(struct db *db);

/* Leave the pipeline for PQexec() and come back. */
bool connect_plain(struct db *db, bool plain);

/* The first line of a libpq message, without its "ERROR:  " or the like. */
void connect_message(const char *message, char *out, size_t size);

/* The server's description of STMT against its declaration; RESULT comes from
 * PQsendDescribePrepared. */
bool connect_fits(const PGresult *result, const struct db_stmt *stmt, char *why, size_t size);

#endif
