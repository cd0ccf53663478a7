/* totp: the second factor of staff (RFC 6238: SHA-1, 6 digits, 30 s), always by real time. */
#ifndef LATCHKEY_DOMAIN_TOTP_H
#define LATCHKEY_DOMAIN_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"

enum { TOTP_SECRET_SIZE = 20, TOTP_DIGITS = 6, TOTP_STEP_SECONDS = 30 };

/* 20 random bytes. */
void totp_new_secret(uint8_t out[TOTP_SECRET_SIZE]);

/* The secret that belongs to an invitation's link: the page that shows it and the form that
 * confirms it agree without anything being stored or sent along.  HMAC-SHA256(TOKEN, "totp"),
 * its first 20 bytes. */
void totp_secret_of(const char *token, uint8_t out[TOTP_SECRET_SIZE]);

/* Base32 without padding, in groups of four when GROUPED: "JBSW Y3DP ...". */
char *totp_base32(struct pool *pool, const uint8_t *secret, size_t len, bool grouped);

/* otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER for authenticator apps. */
char *totp_url(struct pool *pool, const uint8_t *secret, size_t len, const char *issuer,
               const char *account);

/* Is CODE (6 digits) right at NOW, one step before or after, and of a step later than LAST
 * (staff.totp_last: a code counts once)?  *STEP is the step that it belongs to, to be stored. */
bool totp_verify(const uint8_t *secret, size_t len, const char *code, int64_t last, instant now,
                 int64_t *step);

#endif
