/* recovery: codes for whoever lost their authenticator app. */
#include "domain/recovery.h"

#include <string.h>

#include <glib.h>

#include "domain/totp.h"

enum { LETTERS = 12, GROUP = 4, BYTES = 8 };

char *
recovery_code(struct pool *pool, const char *token, const char *salt, int n)
{
        const char *text = pool_printf(pool, "recovery %s %d", salt, n);
        uint8_t digest[TOKEN_HASH_SIZE];
        const char *letters;

        token_hmac_sha256(token, strlen(token), text, strlen(text), digest);
        letters = totp_base32(pool, digest, BYTES, false);
        return pool_printf(pool, "%.*s-%.*s-%.*s", GROUP, letters, GROUP, letters + GROUP, GROUP, letters + LETTERS - GROUP);
}

void
recovery_hash(struct pool *pool, const char *typed, uint8_t out[TOKEN_HASH_SIZE])
{
        char *plain = pool_strdup(pool, typed), *to = plain;

        for (const char *from = typed; *from != '\0'; from++) {
                char c = g_ascii_toupper(*from);

                if (c == ' ' || c == '-')
                        continue;
                *to++ = c == '0' ? 'O' : c == '1' ? 'I' : c == '8' ? 'B' : c;
        }
        *to = '\0';
        token_sha256(plain, strlen(plain), out);
}

uint8_t *
recovery_hashes(struct pool *pool, const char *token, const char *salt)
{
        uint8_t *all = pool_alloc(pool, (size_t)RECOVERY_CODES * TOKEN_HASH_SIZE);

        for (int n = 0; n < RECOVERY_CODES; n++)
                recovery_hash(pool, recovery_code(pool, token, salt, n), all + (size_t)n * TOKEN_HASH_SIZE);
        return all;
}
