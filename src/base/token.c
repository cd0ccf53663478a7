/* token: random secrets, digests, encodings; the one file of base that uses OpenSSL. */
#include "base/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

static const char base64_std[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Without randomness or digests nothing here is safe to go on with. */
static void
must(int ok, const char *what)
{
        if (ok != 1) {
                fprintf(stderr, "token: OpenSSL refused: %s\n", what);
                abort();
        }
}

void
token_random(void *out, size_t len)
{
        unsigned char *at = out;

        while (len > 0) {
                int part = len > 4096 ? 4096 : (int)len;

                must(RAND_bytes(at, part), "random bytes");
                at += part;
                len -= (size_t)part;
        }
}

char *
token_new(struct pool *pool)
{
        uint8_t random[32];
        char *text;

        token_random(random, sizeof(random));
        text = token_base64url(pool, random, sizeof(random));
        OPENSSL_cleanse(random, sizeof(random));
        return text;
}

bool
token_is(const char *text)
{
        const char *last;

        if (text == NULL || strnlen(text, TOKEN_TEXT_LEN + 1) != TOKEN_TEXT_LEN ||
            strspn(text, base64_url) != TOKEN_TEXT_LEN)
                return false;
        /* The last character carries four bits; the two below them are zero. */
        last = strchr(base64_url, text[TOKEN_TEXT_LEN - 1]);
        return (last - base64_url) % 4 == 0;
}

/* Looked up once: OpenSSL searches its providers for as long as a digest takes. */
static const EVP_MD *
sha256(void)
{
        static const EVP_MD *md;

        if (md == NULL)
                md = EVP_MD_fetch(NULL, "SHA256", NULL);
        must(md != NULL, "SHA-256");
        return md;
}

static EVP_MAC_CTX *
hmac_sha256(void)
{
        static EVP_MAC_CTX *context;

        if (context == NULL) {
                char digest[] = "SHA256";
                OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                        OSSL_PARAM_construct_end() };
                EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

                context = EVP_MAC_CTX_new(mac);
                EVP_MAC_free(mac);
                must(context != NULL && EVP_MAC_CTX_set_params(context, params), "HMAC-SHA256");
        }
        return context;
}

void
token_sha256(const void *data, size_t len, uint8_t out[TOKEN_HASH_SIZE])
{
        must(EVP_Digest(data, len, out, NULL, sha256(), NULL), "SHA-256");
}

static void
sum_free(void *sum)
{
        EVP_MD_CTX_free(sum);
}

/* OpenSSL's own context, under a name that needs no header of it. */
struct token_sum *
token_sum_new(struct pool *pool)
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        must(context != NULL && EVP_DigestInit_ex2(context, sha256(), NULL), "SHA-256");
        pool_defer(pool, sum_free, context);
        return (struct token_sum *)context;
}

void
token_sum_add(struct token_sum *sum, const void *data, size_t len)
{
        must(EVP_DigestUpdate((EVP_MD_CTX *)sum, data, len), "SHA-256");
}

void
token_sum_end(struct token_sum *sum, uint8_t out[TOKEN_HASH_SIZE])
{
        must(EVP_DigestFinal_ex((EVP_MD_CTX *)sum, out, NULL), "SHA-256");
}

void
token_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                  uint8_t out[TOKEN_HASH_SIZE])
{
        EVP_MAC_CTX *context = hmac_sha256();
        size_t out_len = 0;

        must(EVP_MAC_init(context, (const unsigned char *)(key_len > 0 ? key : ""), key_len, NULL) &&
             EVP_MAC_update(context, data, len) && EVP_MAC_final(context, out, &out_len, TOKEN_HASH_SIZE) &&
             out_len == TOKEN_HASH_SIZE, "HMAC-SHA256");
}

char *
token_hex(struct pool *pool, const void *data, size_t len)
{
        static const char digits[] = "0123456789abcdef";
        const uint8_t *in = data;
        char *text = pool_alloc(pool, 2 * len + 1);
        size_t i;

        for (i = 0; i < len; i++) {
                text[2 * i] = digits[in[i] >> 4];
                text[2 * i + 1] = digits[in[i] & 15];
        }
        return text;
}

/* Three bytes (or the LEFT < 3 that remain) as four characters, padded with '='. */
static void
encode_group(const char *alphabet, const uint8_t *in, size_t left, char out[4])
{
        uint32_t bits = (uint32_t)in[0] << 16;

        if (left > 1)
                bits |= (uint32_t)in[1] << 8;
        if (left > 2)
                bits |= in[2];
        out[0] = alphabet[bits >> 18];
        out[1] = alphabet[bits >> 12 & 63];
        out[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        out[3] = left > 2 ? alphabet[bits & 63] : '=';
}

char *
token_base64url(struct pool *pool, const void *data, size_t len)
{
        const uint8_t *in = data;
        char *text = pool_alloc(pool, (len + 2) / 3 * 4 + 1);
        size_t i, n = 0;

        for (i = 0; i < len; i += 3, n += 4)
                encode_group(base64_url, in + i, len - i, text + n);
        while (n > 0 && text[n - 1] == '=')
                text[--n] = '\0';
        return text;
}

char *
token_base64(struct pool *pool, const void *data, size_t len, size_t line)
{
        const uint8_t *in = data;
        size_t chars = (len + 2) / 3 * 4;
        size_t breaks = line == 0 ? 0 : (chars + line - 1) / line;
        char *text = pool_alloc(pool, chars + 2 * breaks + 1);
        size_t i, k, n = 0, column = 0;
        char group[4];

        for (i = 0; i < len; i += 3) {
                encode_group(base64_std, in + i, len - i, group);
                for (k = 0; k < 4; k++) {
                        text[n++] = group[k];
                        if (line != 0 && ++column == line) {
                                text[n++] = '\r';
                                text[n++] = '\n';
                                column = 0;
                        }
                }
        }
        if (column > 0) {
                text[n++] = '\r';
                text[n++] = '\n';
        }
        return text;
}

bool
token_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
        if (a_len != b_len)
                return false;
        return a_len == 0 || CRYPTO_memcmp(a, b, a_len) == 0;
}
