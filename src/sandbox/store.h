/* store: the gateway's objects, kept as its API shows them. */
#ifndef LATCHKEY_SANDBOX_STORE_H
#define LATCHKEY_SANDBOX_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/call.h"

struct object {
        const char *id;
        const char *kind;       /* "payment_intent": the field object */
        json_t *body;           /* what the API shows */
        json_t *inner;          /* what it does not */
        int64_t due_at;         /* sandbox seconds when something happens by itself; 0: never */
        json_t *was;            /* a copy of the body as it was loaded, for previous_attributes */
        bool locked;
};

/* The object, or NULL when there is none of that kind (or the database failed). */
struct object *store_get(struct call *call, const char *id, const char *kind);
/* The same, kept from others until the commit: for all that will be changed. */
struct object *store_lock(struct call *call, const char *id, const char *kind);
/* store_lock(), with the API's error where it is not: PARAM NULL for the path's own (404). */
struct object *store_need(struct call *call, const char *id, const char *kind, const char *param);

/* A new one of KIND at its defaults, with id (PREFIX_...) and created; store_add() keeps it. */
struct object *store_new(struct call *call, const char *kind, const char *prefix);
void store_add(struct call *call, struct object *object);
void store_save(struct call *call, struct object *object);

/* What a list asks for; NULL and 0 mean anything. */
struct wanted {
        const char *kind, *customer, *intent, *charge, *source, *email, *subtype;
};

/* The API's list for limit, starting_after, ending_before and created of the call's
 * fields; URL is the list's own path.  NULL after an error. */
json_t *store_list(struct call *call, const struct wanted *wanted, const char *url);
/* The bodies of all of KIND of an intent or charge, newest first, at most 100. */
json_t *store_all(struct call *call, const struct wanted *wanted);

/* limit, starting_after, ending_before, created[...]: for the lists' own tables. */
#define STORE_LIST_FIELDS                                                       \
        { "limit", FIELD_INT, false, NULL }, { "starting_after", FIELD_TEXT, false, NULL },      \
        { "ending_before", FIELD_TEXT, false, NULL }, { "created", FIELD_INT, false, NULL },     \
        { "created.gt", FIELD_INT, false, NULL }, { "created.gte", FIELD_INT, false, NULL },     \
        { "created.lt", FIELD_INT, false, NULL }, { "created.lte", FIELD_INT, false, NULL }

struct page {
        int64_t most;           /* rows that the answer may hold */
        const char *follows, *precedes;
        const int64_t *from, *to;       /* created, both inclusive; NULL: open */
        int64_t from_value, to_value;
};

/* Read those fields; false after an error. */
bool store_page(struct call *call, struct page *page);
/* The API's list object around DATA. */
json_t *store_list_object(struct call *call, json_t *data, bool more, const char *url);

#endif
