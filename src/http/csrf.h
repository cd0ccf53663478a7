/* csrf: every form carries a token derived from the browser's own cookie:
 * base64url(HMAC-SHA256(key = session token or anonymous form cookie, "csrf")). */
#ifndef LATCHKEY_HTTP_CSRF_H
#define LATCHKEY_HTTP_CSRF_H

#include <stdbool.h>

#include "http/request.h"

/* For forms; sets the anonymous form cookie when the browser has none. */
const char *csrf_token(struct request *req);
/* The form field csrf_token equals it (constant time); Sec-Fetch-Site: cross-site is refused. */
bool csrf_valid(struct request *req);

#endif
