/* params: what a handler may receive, checked before it runs (parse at the edge).
 *
 * A route lists its parameters.  A bad path or query parameter is a 404 or 400 by
 * itself; a bad form field is kept as typed with its message, and the handler
 * decides: if (!params_valid(req)) it shows the form again (422). */
#ifndef LATCHKEY_HTTP_PARAMS_H
#define LATCHKEY_HTTP_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum param_type {
        PARAM_TEXT,             /* one line, no control characters, at most .max bytes (default 200) */
        PARAM_TEXT_LONG,        /* several lines, at most .max (default 10,000), refuses card numbers */
        PARAM_LINES,            /* the same, whatever digits it has: a file's text, never kept as such */
        PARAM_EMAIL, PARAM_SLUG, PARAM_TOKEN,
        PARAM_ORDER_NUMBER,     /* 10 of Crockford's base32, as it may be read out: case, I L O folded */
        PARAM_ID,               /* positive int64 */
        PARAM_INT, PARAM_CHECK, /* a check box: absent is false */
        PARAM_DATE,             /* YYYY-MM-DD, a real day */
        PARAM_CHOICE,           /* one of .choices */
        PARAM_PASSWORD,         /* not trimmed, not shown again, .min bytes */
        PARAM_CODE,             /* digits alone, spaces dropped: TOTP */
        PARAM_COUNTRY,          /* ISO 3166-1 alpha-2 */
        PARAM_STREAM,           /* the large file of ROUTE_STREAM: http/upload.h; here for its message alone */
        PARAM_FILES             /* at most .max files (default 5) of base/filetype's kinds; ROUTE_UPLOAD alone */
};

/* A file of a form.  NAME as it was sent (valid UTF-8 and fit to be one, once the form is
 * valid), TYPE by its content; DATA lives as long as the request. */
struct param_file { const char *field, *name; const void *data; size_t len; const char *type; };

enum param_from { FROM_PATH, FROM_QUERY, FROM_FORM };

struct param {
        const char *name;
        enum param_type type;
        enum param_from from;
        bool required;                  /* FROM_PATH always is */
        size_t min, max;
        const char *const *choices;     /* NULL-terminated */
        const char *missing;            /* the message when absent: "Enter your email address" */
        const char *invalid;            /* the message when malformed */
};
#define PARAM_END { .name = NULL }

struct request;

/* The checked value; NULL (0, false) when absent or invalid.  Asking for a name that the
 * route does not list aborts: a fault of ours, found by the first test.  A date is text
 * (YYYY-MM-DD) and, as param_int(), days since 1970-01-01. */
const char *param_text(struct request *req, const char *name);
int64_t param_int(struct request *req, const char *name);
bool param_check(struct request *req, const char *name);
/* The files of NAME, N of them; none when absent or refused. */
const struct param_file *param_files(struct request *req, const char *name, size_t *n);
/* As it was typed, for showing it again; "" when absent or a password. */
const char *param_typed(struct request *req, const char *name);
/* The message for NAME, or NULL. */
const char *param_error(struct request *req, const char *name);
/* Set a message: from the handler, for what only the domain can know. */
void param_refuse(struct request *req, const char *name, const char *message);
bool params_valid(struct request *req);

/* For dispatch alone: read path, query and form of the route at hand.  0, or the status
 * that refuses the request: 404 for a bad path parameter, 400 for a bad query, a form
 * that is no form, more than 200 fields, invalid UTF-8 or a NUL. */
int params_read(struct request *req);
/* The form field csrf_token, or NULL. */
const char *params_csrf(const struct request *req);

/* One field of an urlencoded text, in its order. */
struct param_field { const char *name, *value; };
/* Split and decode TEXT; false when it is refused as above.  For routes with a raw body. */
bool params_decode(struct pool *pool, const char *text, size_t len,
                   struct param_field **fields, size_t *n);

#endif
