/* text: small pure helpers on UTF-8 strings. */
#ifndef LATCHKEY_BASE_TEXT_H
#define LATCHKEY_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

bool text_is_empty(const char *text);                   /* NULL or "" */
bool text_equal(const char *a, const char *b);          /* NULL equals NULL alone */
bool text_starts(const char *text, const char *prefix);
bool text_is_utf8(const char *text, size_t len);
/* True when TEXT holds CR, LF or another control character (safety rule 19). */
bool text_has_control(const char *text);
/* Without white space at both ends; inner runs stay. */
char *text_trim(struct pool *pool, const char *text);
/* ASCII letters in lower case; other bytes stay. */
char *text_lower(struct pool *pool, const char *text);
/* A plausible address (RFC 5321 lengths, one @, a dotted domain or a single label in
 * development, no control characters, no spaces). */
bool text_is_email(const char *text);
/* For look-up alone: trimmed, case-folded, domain in IDNA form; NULL when not an address. */
char *text_fold_email(struct pool *pool, const char *email);
/* True when TEXT holds 13-19 digits that pass Luhn (safety rule 25). */
bool text_has_card_number(const char *text);
/* True when TEXT names a page, "https://..." or "www....": where strangers write to whom they like by us. */
bool text_has_link(const char *text);
/* TEXT with such numbers masked but for their last four digits; TEXT itself without one. */
const char *text_mask_card_numbers(struct pool *pool, const char *text);
/* Lower-case letters, digits and single hyphens, at most 80. */
bool text_is_slug(const char *text);
/* YYYY-MM-DD, a day that there is in the years 1900 to 9999: *DAYS since 1970-01-01. */
bool text_is_date(const char *text, int32_t *days);
/* Percent-encoding of everything but RFC 3986's unreserved characters. */
char *text_url_encode(struct pool *pool, const char *text);

#endif
