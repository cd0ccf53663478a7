/* totp: the second factor of staff, by liboath. */
#include "domain/totp.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <liboath/oath.h>

#include "base/text.h"
#include "base/token.h"

void
totp_new_secret(uint8_t out[TOTP_SECRET_SIZE])
{
        token_random(out, TOTP_SECRET_SIZE);
}

void
totp_secret_of(const char *token, uint8_t out[TOTP_SECRET_SIZE])
{
        uint8_t whole[TOKEN_HASH_SIZE];

        token_hmac_sha256(token, strlen(token), "totp", 4, whole);
        memcpy(out, whole, TOTP_SECRET_SIZE);
}

char *
totp_base32(struct pool *pool, const uint8_t *secret, size_t len, bool grouped)
{
        static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        char *out = pool_alloc(pool, len * 2 + len / 2 + 3), *to = out;
        size_t n = 0;

        for (size_t bit = 0; bit < len * 8; bit += 5, n++) {
                unsigned pair = (unsigned)secret[bit / 8] << 8;

                if (bit / 8 + 1 < len)
                        pair |= secret[bit / 8 + 1];
                if (grouped && n > 0 && n % 4 == 0)
                        *to++ = ' ';
                *to++ = alphabet[(pair >> (11 - bit % 8)) & 31];
        }
        *to = '\0';
        return out;
}

char *
totp_url(struct pool *pool, const uint8_t *secret, size_t len, const char *issuer,
         const char *account)
{
        const char *from = text_url_encode(pool, issuer);

        return pool_printf(pool, "otpauth://totp/%s:%s?secret=%s&issuer=%s", from,
                           text_url_encode(pool, account), totp_base32(pool, secret, len, false),
                           from);
}

static bool
is_code(const char *code)
{
        return code != NULL && strlen(code) == TOTP_DIGITS &&
               strspn(code, "0123456789") == TOTP_DIGITS;
}

bool
totp_verify(const uint8_t *secret, size_t len, const char *code, int64_t last, instant now,
            int64_t *step)
{
        int64_t at = now / CLOCK_SECOND / TOTP_STEP_SECONDS;
        bool found = false;

        if (!is_code(code) || len == 0 || at < 1)
                return false;
        /* Every step is worked out, whichever one fits: no difference in time. */
        for (int64_t try = at - 1; try <= at + 1; try++) {
                char right[TOTP_DIGITS + 1];

                if (oath_hotp_generate((const char *)secret, len, (uint64_t)try, TOTP_DIGITS, false,
                                       OATH_HOTP_DYNAMIC_TRUNCATION, right) != OATH_OK)
                        abort();
                if (token_equal(right, TOTP_DIGITS, code, TOTP_DIGITS) && try > last && !found) {
                        *step = try;
                        found = true;
                }
        }
        return found;
}
