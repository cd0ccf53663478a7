/* dispatch: the way of every request, the same for all programs. */
#include "http/dispatch.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/csrf.h"
#include "http/params.h"
#include "http/reply.h"
#include "http/upload.h"

enum {
        BODY_MAX = 64 * 1024,           /* a form */
        LONG_BODY_MAX = 256 * 1024,     /* a form with long texts; nginx refuses more */
        RAW_BODY_MAX = 256 * 1024,      /* an event (safety rule 25) */
        UPLOAD_MAX = 27 * 1024 * 1024,  /* five files and what is written around them */
        TRIES_MAX = 3                   /* of a unit that the database asks to run again */
};

static bool
has_flag(const struct request *req, unsigned flag)
{
        return (req->route->flags & flag) != 0;
}

/* GET and HEAD only read; everything else runs in a transaction. */
static bool
is_writing(const struct request *req)
{
        return req->method != GET;
}

/* Refuse what reached no page; staff's have the head of all others, for whoever is logged in. */
static enum http_status
refuse(const struct program *program, struct request *req, enum http_status status)
{
        if (program->staff && program->ask_identity != NULL && req->token != NULL && req->db != NULL)
                program->ask_identity(req);
        return reply_error(req, status);
}

/* 404, or 405 with the methods that this path does take. */
static enum http_status
not_found(const struct program *program, struct request *req)
{
        static const struct {
                enum http_method method;
                const char *names;
        } methods[] = { { GET, "GET, HEAD" }, { POST, "POST" }, { DELETE, "DELETE" } };
        const char *allow = NULL;
        bool known = false;

        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
                if (route_find(program->routes, methods[i].method, req->path, &known) == NULL)
                        continue;
                allow = allow == NULL ? methods[i].names
                                      : pool_printf(req->pool, "%s, %s", allow, methods[i].names);
        }
        if (!known)
                return refuse(program, req, HTTP_NOT_FOUND);
        if (allow != NULL)
                reply_header(req, "Allow", allow);
        return refuse(program, req, HTTP_METHOD_NOT_ALLOWED);
}

/* With the identity known: may this person use the route?  HTTP_OK, or the reply that
 * refuses. */
static enum http_status
admit(const struct program *program, struct request *req)
{
        if (!req->identity.found)
                return reply_sign_in(req);
        if (req->route->who == STAFF && req->route->verb != NULL && program->may != NULL &&
            !program->may(req, req->route->verb)) {
                reply_reset(req);
                return reply_error(req, HTTP_FORBIDDEN);
        }
        return HTTP_OK;
}

/* Wait for what is queued, the identity among it, then admit(). */
static enum http_status
wait_and_admit(const struct program *program, struct request *req)
{
        enum db_status rc = req->db != NULL ? db_wait(req->db) : DB_OK;

        return rc == DB_OK ? admit(program, req) : http_from_db(req, rc);
}

/* The same for what a session may not change at all. */
static enum http_status
wait_and_refuse(const struct program *program, struct request *req)
{
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        return req->identity.found ? program->refuse_write(req) : HTTP_OK;
}

/* Commit below 400, else roll back; a failed commit replaces the reply. */
static enum http_status
finish(struct request *req, enum http_status status)
{
        enum db_status rc;

        if (status >= HTTP_BAD_REQUEST || reply_wants_retry(req)) {
                db_rollback(req->db);
                return status;
        }
        if (!db_in_transaction(req->db))
                return status;
        rc = db_commit(req->db);
        if (rc == DB_OK)
                return status;
        reply_reset(req);
        return http_from_db(req, rc);
}

/* One run of the unit: session, transaction, handler. */
static enum http_status
run_once(const struct program *program, struct request *req)
{
        bool sessions = program->ask_identity != NULL && !has_flag(req, ROUTE_MACHINE);
        bool guarded = sessions && req->route->who != OPEN;
        enum http_status status = HTTP_OK;

        if (guarded && req->token == NULL)
                return reply_sign_in(req);
        if (is_writing(req) && req->db != NULL)
                db_begin(req->db);
        if (sessions && req->token != NULL)
                program->ask_identity(req);
        if (guarded && is_writing(req))
                status = wait_and_admit(program, req);
        if (status == HTTP_OK && sessions && is_writing(req) && req->token != NULL && program->refuse_write != NULL)
                status = wait_and_refuse(program, req);
        if (status == HTTP_OK) {
                status = req->route->handler(req);
                /* A page carries the look-up in its own round trip, so it was made before
                 * we could know; what it made is shown to nobody else. */
                if (guarded && !is_writing(req) && status < HTTP_INTERNAL) {
                        enum http_status admitted = wait_and_admit(program, req);

                        if (admitted != HTTP_OK)
                                status = admitted;
                }
        }
        return is_writing(req) && req->db != NULL ? finish(req, status) : status;
}

/* Everything as it was before run_once(), for another try. */
static void
rewind_unit(struct request *req)
{
        req->identity = (struct identity){ 0 };
        req->wake_worker = false;
        reply_reset(req);
        db_unit(req->db, req->pool, req->token, req->order_token);
        (void)params_read(req);
}

/* The limiter of what may send a mail; failed passwords are counted by who verifies them. */
static enum http_status
limit(const struct program *program, struct request *req)
{
        if (program->limit == NULL || !has_flag(req, ROUTE_MAILS))
                return HTTP_OK;
        return program->limit(req);
}

static enum http_status
run(const struct program *program, struct request *req)
{
        enum http_status status = limit(program, req);

        if (status != HTTP_OK)
                return reply_made(req) ? status : reply_error(req, status);
        status = run_once(program, req);
        for (int tries = 1; tries < TRIES_MAX && reply_wants_retry(req); tries++) {
                if (has_flag(req, ROUTE_GATEWAY) || has_flag(req, ROUTE_STREAM))
                        break;          /* it has committed, or read, a part of its work */
                rewind_unit(req);
                status = run_once(program, req);
        }
        if (req->wake_worker && req->db != NULL &&
            (status < HTTP_BAD_REQUEST || has_flag(req, ROUTE_GATEWAY)))
                (void)db_notify(req->db, "latchkey_jobs");      /* it looks by itself as well */
        return status;
}

static enum http_status
answer(const struct program *program, struct request *req)
{
        enum http_status status;
        bool known;
        int refused;

        if (req->db != NULL)
                db_unit(req->db, req->pool, req->token, req->order_token);
        if (req->path == NULL)
                return refuse(program, req, HTTP_NOT_FOUND);
        req->route = route_find(program->routes, req->method, req->path, &known);
        if (req->route == NULL)
                return not_found(program, req);
        if (program->queries != NULL && req->db == NULL)
                return reply_error(req, HTTP_UNAVAILABLE);
        if (has_flag(req, ROUTE_STREAM))
                status = request_read_front(req, UPLOAD_BODY_MOST, BODY_MAX);
        else
                status = request_read_body(req, has_flag(req, ROUTE_RAW_BODY) ? RAW_BODY_MAX
                                        : has_flag(req, ROUTE_UPLOAD) ? UPLOAD_MAX
                                        : has_flag(req, ROUTE_LONG) ? LONG_BODY_MAX : BODY_MAX);
        if (status != HTTP_OK)
                return refuse(program, req, status);
        refused = params_read(req);
        if (refused != 0)
                return refuse(program, req, (enum http_status)refused);
        if (is_writing(req) && !has_flag(req, ROUTE_RAW_BODY) && !csrf_valid(req))
                return refuse(program, req, HTTP_FORBIDDEN);
        return run(program, req);
}

static void
log_answer(const struct request *req, enum http_status status, int64_t took_ms)
{
        const char *method = req->head               ? "HEAD"
                             : req->method == GET    ? "GET"
                             : req->method == POST   ? "POST"
                             : req->method == DELETE ? "DELETE"
                                                     : "OTHER";
        /* The route's pattern, never the address itself: that may hold a token. */
        const char *route = req->route != NULL ? req->route->path : "-";

        if (status >= HTTP_BAD_REQUEST)
                log_info("answered", "method", method, "route", route, "status", log_int(status),
                         "ms", log_int(took_ms), NULL);
        else
                log_debug("answered", "method", method, "route", route, "status", log_int(status),
                          "ms", log_int(took_ms), NULL);
}

void
dispatch(const struct program *program, struct request *req)
{
        int64_t began = clock_monotonic_ms();
        enum http_status status;

        log_request(req->id);
        status = answer(program, req);
        if (!reply_made(req)) {
                if (status < HTTP_BAD_REQUEST) {
                        log_error("no_reply", "route", req->route->path, "hint",
                                  "the handler returned without a reply", NULL);
                        status = HTTP_INTERNAL;
                }
                status = reply_error(req, status);
        }
        request_drain(req);
        if (!reply_send(req, status))
                log_debug("peer_gone", NULL);
        log_answer(req, status, clock_monotonic_ms() - began);
        log_request(NULL);
}
