/* route: the table of contents of a program. */
#ifndef LATCHKEY_HTTP_ROUTE_H
#define LATCHKEY_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/params.h"

struct request;

/* HEAD is served as GET without a body; DELETE is the sandbox's alone. */
enum http_method { GET = 1, POST, DELETE, HTTP_METHOD_OTHER };

enum http_status {
        HTTP_OK = 200, HTTP_SEE_OTHER = 303, HTTP_BAD_REQUEST = 400, HTTP_UNAUTHORIZED = 401,
        HTTP_PAYMENT_REQUIRED = 402, HTTP_FORBIDDEN = 403,
        HTTP_NOT_FOUND = 404, HTTP_METHOD_NOT_ALLOWED = 405, HTTP_CONFLICT = 409, HTTP_GONE = 410,
        HTTP_TOO_LARGE = 413, HTTP_UNPROCESSABLE = 422, HTTP_TOO_MANY = 429,
        HTTP_INTERNAL = 500, HTTP_UNAVAILABLE = 503
};

/* Who may come in.  Refused before the handler runs: OPEN and SIGNED_IN on the
 * portal, STAFF with a verb of latchkey.staff_rights on the staff pages (the
 * database checks the same right again by policy). */
enum route_who { OPEN, SIGNED_IN, STAFF };

enum route_flags {
        ROUTE_RAW_BODY   = 1 << 0,  /* the handler reads the body itself (events); no CSRF */
        ROUTE_GATEWAY    = 1 << 1,  /* asks the gateway meanwhile: own pool in nginx */
        ROUTE_LOGIN      = 1 << 2,  /* verifies a password: own pool in nginx, limiter */
        ROUTE_MACHINE    = 1 << 3,  /* plain text answers, no session look-up (healthz) */
        ROUTE_UPLOAD     = 1 << 5,  /* takes files: multipart/form-data, its own bound in nginx */
        ROUTE_NO_STORE   = 1 << 4,  /* tokens in the URL: no-store, Referrer-Policy: no-referrer */
        ROUTE_MAILS      = 1 << 8,  /* a mail may leave because of it: limiter */
        ROUTE_STREAM     = 1 << 10, /* one large file, which the handler takes: http/upload.h; not run again */
        ROUTE_LONG       = 1 << 9   /* a form with long texts: 256 KiB instead of 64 */
};

typedef enum http_status (*route_handler)(struct request *req);

struct route {
        enum http_method method;
        const char *path;               /* "/orders/:number": segments with ':' are parameters */
        enum route_who who;
        const struct param *params;     /* NULL: none */
        route_handler handler;
        unsigned flags;
        const char *verb;               /* STAFF: "read", "refund", ... */
};

#define ROUTE_END { 0, NULL, 0, NULL, NULL, 0, NULL }

/* The route of TABLES (NULL-terminated list of ROUTE_END-terminated tables) for
 * METHOD and PATH.  *PATH_KNOWN says whether another method would match (405). */
const struct route *route_find(const struct route *const *tables, enum http_method method,
                               const char *path, bool *path_known);

/* The segment of PATH that stands where the route has ":NAME", in POOL; NULL without. */
const char *route_segment(struct pool *pool, const struct route *route, const char *path,
                          const char *name);

#endif
