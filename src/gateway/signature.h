/* signature: is this event the gateway's own word?  (safety rule 1)
 *
 * The header Stripe-Signature reads "t=1700000000,v1=HEX,v1=HEX,v0=HEX".  Each v1 is
 * HMAC-SHA256 of "T.BODY" under an endpoint secret, T as it stands in the header and BODY
 * the raw bytes.  v0 and unknown schemes are ignored.  Source: the gateway's page
 * "Verify webhook signatures manually".  Pure: clock and secrets are passed in. */
#ifndef LATCHKEY_GATEWAY_SIGNATURE_H
#define LATCHKEY_GATEWAY_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

#define SIGNATURE_TOLERANCE 300   /* seconds, before and after now */
#define SIGNATURE_HEADER_MAX 4096 /* bytes; longer ones are malformed */

enum signature_result {
        SIGNATURE_OK,
        SIGNATURE_MISSING,   /* no header, or an empty one */
        SIGNATURE_MALFORMED, /* no single t, no v1, or a v1 that is not 64 hex digits */
        SIGNATURE_STALE,     /* rightly signed, older than the tolerance */
        SIGNATURE_FUTURE,    /* rightly signed, ahead of us by more than the tolerance */
        SIGNATURE_WRONG      /* no v1 fits either secret */
};

/* The endpoint's secrets as they are in the settings ("whsec_..." and all).  NULL or ""
 * stands for none; with neither, everything is SIGNATURE_WRONG. */
struct signature_secrets {
        const char *current;
        const char *previous; /* while the secret is being rotated */
};

/* NOW_SECONDS is the real clock's.  Time is judged last, so STALE and FUTURE are said of
 * the gateway's own messages alone. */
enum signature_result signature_check(struct pool *pool, const struct signature_secrets *secrets,
                                      const char *header, const void *body, size_t len,
                                      int64_t now_seconds);

/* The header value for BODY at AT_SECONDS: for whoever plays the gateway. */
char *signature_make(struct pool *pool, const char *secret, int64_t at_seconds, const void *body,
                     size_t len);

/* "ok", "missing", "malformed", ...: for the log. */
const char *signature_word(enum signature_result result);

#endif
