/* fields: what an operation takes, checked before it runs.
 *
 * A path is written "line_items.#.price_data.unit_amount" (# is any position in a list)
 * and reported as line_items[0][price_data][unit_amount].  `expand` is taken everywhere. */
#ifndef LATCHKEY_SANDBOX_FIELDS_H
#define LATCHKEY_SANDBOX_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/call.h"

enum field_type {
        FIELD_TEXT,
        FIELD_INT,
        FIELD_BOOL,
        FIELD_TREE      /* any text at or below this path: metadata, options that change nothing here */
};

struct field {
        const char *path;
        enum field_type type;
        bool required;          /* top-level paths alone */
        const char *choices;    /* "payment|setup", or NULL */
};

#define FIELD_END { .path = NULL }

/* Check call->fields and turn numbers and truths into such; an unknown, malformed or
 * missing one is a 400 (parameter_unknown, parameter_invalid_integer, parameter_missing). */
bool fields_check(struct call *call, const struct field *fields);

bool field_given(const struct call *call, const char *path);
/* NULL when absent or empty. */
const char *field_text(const struct call *call, const char *path);
int64_t field_int(const struct call *call, const char *path, int64_t otherwise);
bool field_true(const struct call *call, const char *path);
/* Copy each given top-level field of NAMES (NULL-terminated) to DOC; an empty text as null. */
void fields_copy(const struct call *call, json_t *doc, const char *const *names);
/* Merge a metadata field into DOC's: an empty value takes its key away. */
void fields_metadata(const struct call *call, const char *path, json_t *doc);

#endif
