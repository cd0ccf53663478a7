/* fill: fields in texts that staff write: "{hello}, your payment of {amount} ...". */
#ifndef LATCHKEY_DOMAIN_FILL_H
#define LATCHKEY_DOMAIN_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

struct fill_field {
        const char *name, *value;       /* NULL is "" */
};

/* TEXT with each {name} of FIELDS replaced.  MARKDOWN: values are text, so whatever would be
 * markup in them is escaped.  Fields of another name stay as they stand; a line that held
 * nothing but an empty field goes. */
char *fill_text(struct pool *pool, const char *text, const struct fill_field *fields, size_t n, bool markdown);

/* The first {name} in TEXT that is not among FIELDS, without braces; NULL when all are known. */
const char *fill_unknown(struct pool *pool, const char *text, const struct fill_field *fields, size_t n);

#endif
