/* form: application/x-www-form-urlencoded with nested names to a document.
 *
 *   a[b][c]=1 & list[0][x]=2 & expand[]=y     {"a":{"b":{"c":"1"}},"list":[{"x":"2"}],"expand":["y"]}
 *
 * Every leaf is a text; fields_check() makes numbers and truths of them. */
#ifndef LATCHKEY_SANDBOX_FORM_H
#define LATCHKEY_SANDBOX_FORM_H

#include <stddef.h>

#include <jansson.h>

#include "base/pool.h"

/* NULL when it is malformed: bad percent-encoding, not UTF-8, unbalanced brackets, a name
 * that is both a value and a group, more than 8 levels. */
json_t *form_decode(struct pool *pool, const char *text, size_t len);

#endif
