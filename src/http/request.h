/* request: one request, from the gateway to the handler. */
#ifndef LATCHKEY_HTTP_REQUEST_H
#define LATCHKEY_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/pool.h"
#include "db/db.h"
#include "http/route.h"

struct views;   /* view/view.h */
struct program; /* http/dispatch.h */

/* Where a request comes from and its reply goes: the FastCGI connection (server.c), or
 * a table in a test. */
struct request_io {
        const char *(*param)(void *data, const char *name);     /* a CGI variable or NULL */
        size_t (*read)(void *data, char *out, size_t len);      /* of the body; less than LEN: it ended */
        bool (*write)(void *data, const void *bytes, size_t len);
        void *data;
};

/* Who the session belongs to, read with the page's first round trip: fields are valid
 * after the first db_wait() (dispatch waits before the handler where it must know). */
struct identity {
        bool found;
        const char *kind;       /* customer, staff, magic ... as in latchkey.sessions.kind */
        int64_t person;         /* customers.id or staff.id */
        const char *name;
        const char *email;
        const char *role;       /* staff: owner, finance, support, viewer */
        instant started_at;
        instant now_at;         /* the product's time, as the database says it */
        bool has_password;
        const char *locale;     /* customers: how numbers are written; "" the shop's */
        const char *zone;       /* customers: IANA name; "" the shop's */
        void *extra;            /* what the program's own ask_identity() adds */
};

struct request {
        struct pool *pool;
        struct db *db;
        const struct config *config;
        const struct views *views;
        const struct program *program;
        const struct request_io *io;
        const struct route *route;
        enum http_method method;
        bool head;
        const char *path;               /* decoded, without mount and query; NULL: not acceptable, 404 */
        const char *query;              /* raw */
        const char *id;                 /* nginx's request id */
        const char *remote_addr;
        const char *user_agent;         /* at most 200 bytes, printable */
        const char *accept_language;
        const char *body;               /* at most the route's bound */
        size_t body_len;
        int64_t body_rest;              /* ROUTE_STREAM: what follows BODY and was not read yet */
        const char *token;              /* session cookie, well-formed or NULL */
        const char *order_token;        /* checkout cookie, well-formed or NULL */
        const char *form_token;         /* anonymous CSRF cookie, well-formed or NULL */
        struct identity identity;
        bool wake_worker;               /* NOTIFY latchkey_jobs after the commit */
        struct param_value *values;     /* params.c */
        struct reply *reply;            /* reply.c */
};

/* A request of IO in POOL: everything that is known before a route is found.  The
 * caller adds db and views. */
struct request *request_new(struct pool *pool, const struct program *program,
                            const struct config *config, const struct request_io *io);
/* Read the body: HTTP_OK, 413 when Content-Length is above BOUND (nothing is read then),
 * 400 when it is malformed or the body ends early. */
enum http_status request_read_body(struct request *req, size_t bound);

/* The same for a body that may be as large as BOUND: of it only the first FRONT bytes. */
enum http_status request_read_front(struct request *req, int64_t bound, size_t front);
/* At most LEN bytes of the rest; fewer, down to 0, when it ends. */
size_t request_read_more(struct request *req, char *out, size_t len);
/* The rest, to nowhere: who stops listening early is not heard either. */
void request_drain(struct request *req);

/* A header of the request by its CGI name ("HTTP_STRIPE_SIGNATURE"), or NULL.
 * Only the names listed in request.c are ever passed on (safety rule 17). */
const char *request_header(struct request *req, const char *cgi_name);
/* A cookie's value or NULL; the first one counts. */
const char *request_cookie(struct request *req, const char *name);

#endif
