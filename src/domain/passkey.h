/* passkey: WebAuthn credentials, by libfido2.  What the browser says is checked here: type,
 * challenge and origin of its client data, the site's name in the authenticator's data, that
 * somebody was there and was verified, and the signature. */
#ifndef LATCHKEY_DOMAIN_PASSKEY_H
#define LATCHKEY_DOMAIN_PASSKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

enum {
        PASSKEY_SECONDS = 300,          /* how long a challenge may be answered, real time */
        PASSKEY_TEXT = 16384,           /* a field of an answer is no longer */
        PASSKEY_ID_TEXT = 1364          /* nor the id of a credential, 1023 bytes */
};

struct passkey {
        const uint8_t *id;              /* the credential's */
        size_t id_len;
        const uint8_t *key;             /* public, as libfido2 keeps it */
        size_t key_len;
        int algorithm;                  /* COSE: -7 ES256, -8 EdDSA, -257 RS256 */
        int64_t count;                  /* of signatures; 0 where the authenticator does not count */
};

/* The challenge for PURPOSE ("create", "get") at AT (seconds since 1970, real time), which only
 * the browser that holds SECRET is given; base64url, in POOL. */
const char *passkey_challenge(struct pool *pool, const char *secret, const char *purpose, int64_t at);

/* What a page asks a device, now: PURPOSE and SECRET as above, on URL.  In POOL. */
struct passkey_question {
        const char *challenge, *site;
        int64_t at;
};
struct passkey_question passkey_ask(struct pool *pool, const char *secret, const char *purpose, const char *url);

/* The challenge that an answer to the question asked at AT has to be for; NULL when that is more
 * than PASSKEY_SECONDS ago, or never was. */
const char *passkey_asked(struct pool *pool, const char *secret, const char *purpose, int64_t at);

/* The host of URL: what a credential belongs to, in POOL. */
const char *passkey_site(struct pool *pool, const char *url);

/* Bytes of base64url in POOL; NULL when it is none. */
const uint8_t *passkey_bytes(struct pool *pool, const char *text, size_t *len);

/* A credential was made on URL for CHALLENGE: CLIENT_DATA and AUTH_DATA as the browser gives
 * them, in base64url; who made the device is not asked.  False when anything does not fit; OUT lives in POOL. */
bool passkey_created(struct pool *pool, const char *url, const char *challenge, const char *client_data,
                     const char *auth_data, struct passkey *out);

/* KEY signed CHALLENGE on URL.  Its new count goes to *COUNT; the caller compares it. */
bool passkey_signed(struct pool *pool, const char *url, const char *challenge, const char *client_data,
                    const char *auth_data, const char *signature, const struct passkey *key, int64_t *count);

#endif
