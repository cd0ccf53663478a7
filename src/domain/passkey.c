/* passkey: WebAuthn credentials, by libfido2. */
#include "domain/passkey.h"

#include <string.h>

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <glib.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/token.h"

enum {
        FLAGS_AT = 32, COUNT_AT = 33, AUTH_DATA_LEAST = 37,     /* of the authenticator's data */
        FLAG_PRESENT = 0x01, FLAG_VERIFIED = 0x04
};

const char *
passkey_challenge(struct pool *pool, const char *secret, const char *purpose, int64_t at)
{
        uint8_t digest[TOKEN_HASH_SIZE];
        const char *text = pool_printf(pool, "passkey %s %lld", purpose, (long long)at);

        token_hmac_sha256(secret, strlen(secret), text, strlen(text), digest);
        return token_base64url(pool, digest, sizeof(digest));
}

const char *
passkey_site(struct pool *pool, const char *url)
{
        const char *host = strstr(url, "://");

        host = host != NULL ? host + 3 : url;
        return pool_strndup(pool, host, strcspn(host, ":/"));
}

struct passkey_question
passkey_ask(struct pool *pool, const char *secret, const char *purpose, const char *url)
{
        int64_t at = clock_real() / CLOCK_SECOND;

        return (struct passkey_question){ passkey_challenge(pool, secret, purpose, at), passkey_site(pool, url), at };
}

const char *
passkey_asked(struct pool *pool, const char *secret, const char *purpose, int64_t at)
{
        int64_t now = clock_real() / CLOCK_SECOND;

        return at <= now && at > now - PASSKEY_SECONDS ? passkey_challenge(pool, secret, purpose, at) : NULL;
}

/* Scheme, host and port of URL. */
static const char *
origin_of(struct pool *pool, const char *url)
{
        const char *host = strstr(url, "://");

        return host != NULL ? pool_strndup(pool, url, (size_t)(host + 3 - url) + strcspn(host + 3, "/")) : url;
}

const uint8_t *
passkey_bytes(struct pool *pool, const char *text, size_t *len)
{
        size_t n = text != NULL ? strlen(text) : 0;
        char *padded;
        guchar *bytes;
        uint8_t *out;

        if (n == 0 || n % 4 == 1 ||
            strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != n)
                return NULL;
        padded = pool_printf(pool, "%s%s", text, n % 4 == 2 ? "==" : n % 4 == 3 ? "=" : "");
        for (char *p = padded; *p != '\0'; p++)
                *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
        bytes = g_base64_decode(padded, len);
        out = pool_alloc(pool, *len + 1);
        memcpy(out, bytes, *len);
        g_free(bytes);
        return out;
}

/* The limited verification of WebAuthn, 5.8.1.2: browsers write the beginning of the client data
 * byte for byte like this, so nothing can stand in it twice.  Its hash goes to HASH. */
static bool
client_data_fits(struct pool *pool, const char *url, const char *type, const char *challenge, const char *text,
                 uint8_t hash[TOKEN_HASH_SIZE])
{
        const char *begin = pool_printf(pool, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"", type, challenge,
                                        origin_of(pool, url));
        size_t len, n = strlen(begin);
        const uint8_t *data = passkey_bytes(pool, text, &len);
        const char *rest;

        if (data == NULL || len <= n || memcmp(data, begin, n) != 0)
                return false;
        rest = pool_strndup(pool, (const char *)data + n, len - n);
        if (strcmp(rest, "}") != 0 && !text_starts(rest, ",\"crossOrigin\":false}") &&
            !text_starts(rest, ",\"crossOrigin\":false,"))
                return false;
        token_sha256(data, len, hash);
        return true;
}

/* The site that the authenticator was asked for, and that a verified person was there. */
static bool
auth_data_fits(struct pool *pool, const char *url, const uint8_t *data, size_t len, int64_t *count)
{
        const char *site = passkey_site(pool, url);
        uint8_t hash[TOKEN_HASH_SIZE];

        if (data == NULL || len < AUTH_DATA_LEAST)
                return false;
        token_sha256(site, strlen(site), hash);
        *count = (int64_t)data[COUNT_AT] << 24 | data[COUNT_AT + 1] << 16 | data[COUNT_AT + 2] << 8 | data[COUNT_AT + 3];
        return memcmp(data, hash, sizeof(hash)) == 0 && (data[FLAGS_AT] & FLAG_PRESENT) != 0 &&
               (data[FLAGS_AT] & FLAG_VERIFIED) != 0;
}

static const uint8_t *
copy(struct pool *pool, const unsigned char *bytes, size_t len)
{
        uint8_t *out = pool_alloc(pool, len + 1);

        memcpy(out, bytes, len);
        return out;
}

static bool
read_credential(struct pool *pool, const char *url, const fido_cred_t *cred, struct passkey *out)
{
        if (fido_cred_id_ptr(cred) == NULL || fido_cred_pubkey_ptr(cred) == NULL ||
            !auth_data_fits(pool, url, fido_cred_authdata_raw_ptr(cred), fido_cred_authdata_raw_len(cred), &out->count))
                return false;
        out->id_len = fido_cred_id_len(cred);
        out->id = copy(pool, fido_cred_id_ptr(cred), out->id_len);
        out->key_len = fido_cred_pubkey_len(cred);
        out->key = copy(pool, fido_cred_pubkey_ptr(cred), out->key_len);
        out->algorithm = fido_cred_type(cred);
        return true;
}

bool
passkey_created(struct pool *pool, const char *url, const char *challenge, const char *client_data,
                const char *auth_data, struct passkey *out)
{
        static const int algorithms[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };
        uint8_t hash[TOKEN_HASH_SIZE];
        size_t len;
        const uint8_t *data = passkey_bytes(pool, auth_data, &len);
        bool fits = false;

        if (data == NULL || !client_data_fits(pool, url, "webauthn.create", challenge, client_data, hash))
                return false;
        for (size_t i = 0; !fits && i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
                fido_cred_t *cred = fido_cred_new();

                fits = cred != NULL && fido_cred_set_type(cred, algorithms[i]) == FIDO_OK &&
                       fido_cred_set_authdata_raw(cred, data, len) == FIDO_OK && read_credential(pool, url, cred, out);
                fido_cred_free(&cred);
        }
        return fits;
}

static bool
verify(const fido_assert_t *assert, const struct passkey *key)
{
        es256_pk_t *es256 = es256_pk_new();
        rs256_pk_t *rs256 = rs256_pk_new();
        eddsa_pk_t *eddsa = eddsa_pk_new();
        const void *pk = NULL;
        bool right;

        if (es256 != NULL && key->algorithm == COSE_ES256 && es256_pk_from_ptr(es256, key->key, key->key_len) == FIDO_OK)
                pk = es256;
        if (rs256 != NULL && key->algorithm == COSE_RS256 && rs256_pk_from_ptr(rs256, key->key, key->key_len) == FIDO_OK)
                pk = rs256;
        if (eddsa != NULL && key->algorithm == COSE_EDDSA && eddsa_pk_from_ptr(eddsa, key->key, key->key_len) == FIDO_OK)
                pk = eddsa;
        right = pk != NULL && fido_assert_verify(assert, 0, key->algorithm, pk) == FIDO_OK;
        es256_pk_free(&es256);
        rs256_pk_free(&rs256);
        eddsa_pk_free(&eddsa);
        return right;
}

bool
passkey_signed(struct pool *pool, const char *url, const char *challenge, const char *client_data,
               const char *auth_data, const char *signature, const struct passkey *key, int64_t *count)
{
        uint8_t hash[TOKEN_HASH_SIZE];
        size_t data_len, signature_len;
        const uint8_t *data = passkey_bytes(pool, auth_data, &data_len);
        const uint8_t *sign = passkey_bytes(pool, signature, &signature_len);
        fido_assert_t *assert;
        bool right;

        if (data == NULL || sign == NULL || !client_data_fits(pool, url, "webauthn.get", challenge, client_data, hash) ||
            !auth_data_fits(pool, url, data, data_len, count))
                return false;
        assert = fido_assert_new();
        right = assert != NULL && fido_assert_set_clientdata_hash(assert, hash, sizeof(hash)) == FIDO_OK &&
                fido_assert_set_rp(assert, passkey_site(pool, url)) == FIDO_OK &&
                fido_assert_set_count(assert, 1) == FIDO_OK &&
                fido_assert_set_authdata_raw(assert, 0, data, data_len) == FIDO_OK &&
                fido_assert_set_sig(assert, 0, sign, signature_len) == FIDO_OK &&
                fido_assert_set_up(assert, FIDO_OPT_TRUE) == FIDO_OK &&
                fido_assert_set_uv(assert, FIDO_OPT_TRUE) == FIDO_OK && verify(assert, key);
        fido_assert_free(&assert);
        return right;
}
