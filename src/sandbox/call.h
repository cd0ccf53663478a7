/* call: one unit of work of the sandbox: a request to the API, a step on a hosted page,
 * an act of the control interface, or something that falls due.  All that it changes,
 * its events and its line in the log are one transaction.
 *
 * Nothing has to be checked after each step: a failure of the database stays in .failed,
 * an error for the caller in .error; what comes later does nothing any more. */
#ifndef LATCHKEY_SANDBOX_CALL_H
#define LATCHKEY_SANDBOX_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <jansson.h>

#include "base/pool.h"
#include "db/db.h"

struct call {
        struct pool *pool;
        struct db *db;
        json_t *fields;         /* decoded and checked parameters */
        const char *id[2];      /* ids of the path: /v1/customers/:0/payment_methods/:1 */
        const char *request;    /* req_..., NULL when nobody asked through the API */
        const char *key;        /* Idempotency-Key or NULL */
        int64_t now;            /* the sandbox's time, seconds since 1970 */
        int status;             /* HTTP; 200 until an error was set */
        json_t *error;          /* the API's error object, or NULL */
        bool keep;              /* commit in spite of the error: a declined card stays on file */
        enum db_status failed;  /* DB_OK until the database failed */
        int events;             /* how many were emitted */
        GPtrArray *objects;     /* loaded and made: struct object, one of each id */
};

/* Begin a transaction and read the sandbox's time. */
void call_begin(struct call *call, struct pool *pool, struct db *db);
/* Commit what was done; wakes the deliverer when there are events. */
enum db_status call_commit(struct call *call);
void call_rollback(struct call *call);

/* Errors.  Each sets .status and .error and gives NULL, so that a handler can return it.
 * A second error does not replace the first. */
json_t *call_refuse(struct call *call, const char *code, const char *param, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* No such object: 404 when it is the path's, else 400 with PARAM. */
json_t *call_missing(struct call *call, const char *what, const char *id, const char *param);
json_t *call_fail(struct call *call, int status, const char *type, const char *code, const char *param,
                  const char *message);
/* True when there was neither an error nor a failure. */
bool call_fine(const struct call *call);
/* Run OK's result through the database's outcome: false and .failed when it is not DB_OK. */
bool call_ok(struct call *call, enum db_status status);

/* PREFIX and 24 random letters and digits: "pi_3Mk...". */
char *call_new_id(struct pool *pool, const char *prefix, int length);

#endif
