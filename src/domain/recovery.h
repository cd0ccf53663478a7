/* recovery: ten codes that each log in once, for whoever lost their authenticator app. */
#ifndef LATCHKEY_DOMAIN_RECOVERY_H
#define LATCHKEY_DOMAIN_RECOVERY_H

#include "base/pool.h"
#include "base/token.h"

enum { RECOVERY_CODES = 10 };

/* Code N (0 to 9) of a session: "ABCD-EFGH-IJKL", 60 bits of HMAC-SHA256(TOKEN, SALT, N).  The
 * database keeps the salt and the codes' hashes; only the session's secret makes them again. */
char *recovery_code(struct pool *pool, const char *token, const char *salt, int n);
/* SHA-256 of a code as it is typed: case, blanks and hyphens do not count, 0, 1 and 8 are taken
 * for O, I and B. */
void recovery_hash(struct pool *pool, const char *typed, uint8_t out[TOKEN_HASH_SIZE]);
/* The hashes of all ten, one after the other: RECOVERY_CODES * TOKEN_HASH_SIZE bytes in POOL. */
uint8_t *recovery_hashes(struct pool *pool, const char *token, const char *salt);

#endif
