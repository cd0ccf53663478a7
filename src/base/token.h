/* token: random secrets, digests and comparisons that tell nothing by their time.
 * The only file that includes OpenSSL besides gateway/signature's tests. */
#ifndef LATCHKEY_BASE_TOKEN_H
#define LATCHKEY_BASE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

#define TOKEN_HASH_SIZE 32
#define TOKEN_TEXT_LEN 43          /* 32 bytes in base64url without padding */

/* 32 random bytes in base64url.  Only its SHA-256 is ever stored (safety rule 20). */
char *token_new(struct pool *pool);

/* True when TEXT has exactly the form of a token. */
bool token_is(const char *text);

void token_sha256(const void *data, size_t len, uint8_t out[TOKEN_HASH_SIZE]);

/* The same of what comes in parts; ends with POOL. */
struct token_sum;
struct token_sum *token_sum_new(struct pool *pool);
void token_sum_add(struct token_sum *sum, const void *data, size_t len);
void token_sum_end(struct token_sum *sum, uint8_t out[TOKEN_HASH_SIZE]);

void token_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                       uint8_t out[TOKEN_HASH_SIZE]);

/* Lower-case hexadecimal of DATA. */
char *token_hex(struct pool *pool, const void *data, size_t len);
char *token_base64url(struct pool *pool, const void *data, size_t len);
/* Standard base64 with padding, in lines of LINE characters ended by CRLF (0: one line). */
char *token_base64(struct pool *pool, const void *data, size_t len, size_t line);

/* Equal lengths and contents, in a time that does not depend on where they differ. */
bool token_equal(const void *a, size_t a_len, const void *b, size_t b_len);

void token_random(void *out, size_t len);

#endif
