/* operations: all that the API can do, in one table. */
#ifndef LATCHKEY_SANDBOX_OPERATIONS_H
#define LATCHKEY_SANDBOX_OPERATIONS_H

#include "http/route.h"
#include "sandbox/call.h"
#include "sandbox/fields.h"

struct operation {
        enum http_method method;
        const char *path;               /* "/v1/customers/:id": ':' takes one segment into call->id */
        json_t *(*run)(struct call *call);      /* the answer; NULL after an error */
        const struct field *fields;
};

/* The operation for METHOD and PATH, with the ids of the path in IDS; or NULL. */
const struct operation *operation_find(struct pool *pool, enum http_method method, const char *path,
                                       const char *ids[2]);

#endif
