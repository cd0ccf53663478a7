/* stripe: the client of the gateway's API (libcurl), form-encoded requests, JSON answers.
 * One pinned API version (STRIPE_API_VERSION).  Connect 2 s, total 8 s; no proxy; no
 * redirects; never inside a database transaction.  Source of every field: the gateway's
 * API reference for that version. */
#ifndef LATCHKEY_GATEWAY_STRIPE_H
#define LATCHKEY_GATEWAY_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/pool.h"

#define STRIPE_API_VERSION "2026-10-28.endive"

struct json_t;

enum stripe_result {
        STRIPE_OK,
        STRIPE_REFUSED,         /* 4xx: our request or the card; nothing happened (but see code) */
        STRIPE_LIMITED,         /* 429: nothing happened, ask later */
        STRIPE_UNKNOWN,         /* no answer, 5xx, cut: it may have happened; retrieve, never repeat anew */
        STRIPE_AWAY             /* no connection, not one byte was sent: nothing happened, ask later */
};

struct stripe_answer {
        enum stripe_result result;
        int status;                     /* HTTP, 0 without an answer */
        struct json_t *object;          /* the body; belongs to the pool; NULL without one */
        const char *code;               /* error.code, error.decline_code, ... or NULL */
        const char *decline_code;
        const char *message;            /* for the log, never for a customer */
        bool key_in_use;                /* 409: the same key is being worked on */
        const char *advice_code;        /* error.advice_code: "do_not_try_again", ... or NULL */
        const char *payment_ref;        /* error.payment_intent's id: a declined one, or NULL */
        const char *setup_ref;          /* error.setup_intent's id, or NULL */
        const char *request_ref;        /* the gateway's name of the request, for the log, or NULL */
};

struct stripe;

/* One handle per process, opened after fork; keeps the connection.  NULL and *ERROR when the
 * address or the key cannot be used: http is for loopback alone. */
struct stripe *stripe_open(const struct config *config, const char **error);
void stripe_close(struct stripe *stripe);

struct stripe_field { const char *name, *value; };      /* value NULL: left out */

/* "a[b]=1&c=x%20y": names keep their brackets, values are percent-encoded. */
char *stripe_form(struct pool *pool, const struct stripe_field *fields, size_t n);

/* POST /v1/PATH.  KEY is the Idempotency-Key, committed by us before (safety rule 5); a post
 * without one is not sent.  PATH has no query; ids in it must be clean (gateway/body). */
struct stripe_answer stripe_post(struct stripe *stripe, struct pool *pool, const char *path,
                                 const char *key, const struct stripe_field *fields, size_t n);
struct stripe_answer stripe_get(struct stripe *stripe, struct pool *pool, const char *path,
                                const struct stripe_field *fields, size_t n);

/* "ok", "refused", ...: for the log. */
const char *stripe_word(enum stripe_result result);

#endif
