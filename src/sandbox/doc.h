/* doc: JSON documents (jansson) that belong to a pool. */
#ifndef LATCHKEY_SANDBOX_DOC_H
#define LATCHKEY_SANDBOX_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/pool.h"

/* DOC (one reference) now belongs to POOL.  NULL stays NULL. */
json_t *doc_keep(struct pool *pool, json_t *doc);
/* Parse TEXT; NULL when it is no JSON.  Duplicate keys are refused. */
json_t *doc_read(struct pool *pool, const char *text, size_t len);
/* Compact text of DOC, keys in their order (SORTED: by name). */
char *doc_write(struct pool *pool, const json_t *doc, bool sorted);
/* A fresh copy of src/sandbox/shapes/NAME.json, every field at its default. */
json_t *doc_shape(struct pool *pool, const char *name);
/* A deep copy that belongs to POOL. */
json_t *doc_copy(struct pool *pool, const json_t *doc);

/* The value at "a.b.0.c", borrowed; NULL where it is not. */
json_t *doc_at(const json_t *doc, const char *path);
/* Text, number or truth at PATH; NULL, 0, false where there is none of that type. */
const char *doc_text(const json_t *doc, const char *path);
int64_t doc_int(const json_t *doc, const char *path);
bool doc_true(const json_t *doc, const char *path);
bool doc_is(const json_t *doc, const char *path, const char *text);

/* Set NAME of the object DOC; a NULL text or value is null. */
void doc_put_text(json_t *doc, const char *name, const char *text);
void doc_put_int(json_t *doc, const char *name, int64_t number);
void doc_put_bool(json_t *doc, const char *name, bool truth);
/* VALUE stays the caller's (one more reference is taken). */
void doc_put(json_t *doc, const char *name, json_t *value);

/* What OLD had where NEW differs, as in an event's previous_attributes; NULL: no difference. */
json_t *doc_difference(struct pool *pool, const json_t *old, const json_t *new);

/* Bytes of a file that was built in (shapes/NAME.json, schema.sql, sandbox.css), or NULL. */
const char *doc_embedded(const char *name);

#endif
