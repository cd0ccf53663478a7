/* body: JSON from the gateway, read without trust (safety rule 25): bounded size and depth,
 * duplicate keys refused, integers exact, no text with control characters.  A field that is
 * absent, null or of another kind reads as NULL, 0 or false; nothing here can fail loudly. */
#ifndef LATCHKEY_GATEWAY_BODY_H
#define LATCHKEY_GATEWAY_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

struct json_t;

#define BODY_DEPTH 32                 /* nested arrays and objects */
#define BODY_EVENT_MAX (256 * 1024)   /* bytes of an event */
#define BODY_ANSWER_MAX (1024 * 1024) /* bytes of an answer from the API */

/* The object in BYTES, which ends with POOL; NULL and a few words in *ERROR when it is too
 * large, too deep, not JSON or not an object. */
struct json_t *body_parse(struct pool *pool, const void *bytes, size_t len, size_t max,
                          const char **error);

/* PATH is names separated by points: "latest_charge.balance_transaction.fee". */
const struct json_t *body_at(const struct json_t *object, const char *path);

/* A copy that belongs to POOL; NULL when it is not a string, is empty or has control
 * characters. */
const char *body_text(struct pool *pool, const struct json_t *object, const char *path);

/* The id at PATH, be it a string or an expanded object; NULL unless it has only letters,
 * digits, _ and -, so that it can stand in a request's path. */
const char *body_id(struct pool *pool, const struct json_t *object, const char *path);

/* "EUR" from "eur"; NULL unless three letters. */
const char *body_currency(struct pool *pool, const struct json_t *object, const char *path);

/* False, and *VALUE untouched, unless an integer is there; 1.0 and "1" are none. */
bool body_int(const struct json_t *object, const char *path, int64_t *value);
bool body_is_true(const struct json_t *object, const char *path);

/* Arrays: 0 and NULL when there is none. */
size_t body_count(const struct json_t *object, const char *path);
const struct json_t *body_item(const struct json_t *object, const char *path, size_t i);

#endif
