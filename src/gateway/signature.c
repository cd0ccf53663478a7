/* signature: checks and makes the header Stripe-Signature. */
#include "gateway/signature.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/token.h"

#define HEX_LEN (2 * TOKEN_HASH_SIZE)
#define TIME_DIGITS 12 /* until the year 33658 */
#define MARKS_MAX 16   /* v1 entries we look at; the gateway sends one a secret */

struct header {
        const char *time_text;
        size_t time_len;
        int64_t time;
        uint8_t marks[MARKS_MAX][TOKEN_HASH_SIZE];
        size_t n_marks;
};

static int
hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

static bool
parse_mark(const char *text, size_t len, uint8_t out[TOKEN_HASH_SIZE])
{
        if (len != HEX_LEN)
                return false;
        for (size_t i = 0; i < TOKEN_HASH_SIZE; i++) {
                int high = hex_digit(text[2 * i]);
                int low = hex_digit(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return false;
                out[i] = (uint8_t)(high * 16 + low);
        }
        return true;
}

static bool
parse_time(struct header *header, const char *text, size_t len)
{
        if (header->time_text || len == 0 || len > TIME_DIGITS)
                return false;
        for (size_t i = 0; i < len; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                header->time = header->time * 10 + (text[i] - '0');
        }
        header->time_text = text;
        header->time_len = len;
        return true;
}

/* One NAME=VALUE between commas. */
static bool
parse_item(struct header *header, const char *item, size_t len)
{
        const char *equals = memchr(item, '=', len);
        size_t name_len, value_len;

        if (!equals || equals == item)
                return false;
        name_len = (size_t)(equals - item);
        value_len = len - name_len - 1;
        if (name_len == 1 && item[0] == 't')
                return parse_time(header, equals + 1, value_len);
        if (name_len != 2 || memcmp(item, "v1", 2) != 0)
                return true; /* another scheme: not ours to judge */
        if (header->n_marks == MARKS_MAX)
                return false;
        return parse_mark(equals + 1, value_len, header->marks[header->n_marks++]);
}

static bool
parse_header(struct header *header, const char *text)
{
        if (strlen(text) > SIGNATURE_HEADER_MAX)
                return false;
        for (;;) {
                size_t len;

                text += strspn(text, " ");
                len = strcspn(text, ",");
                if (!parse_item(header, text, len))
                        return false;
                if (text[len] == '\0')
                        break;
                text += len + 1;
        }
        return header->time_text && header->n_marks > 0;
}

static void
sign(struct pool *pool, const char *secret, const char *time_text, size_t time_len,
     const void *body, size_t len, uint8_t out[TOKEN_HASH_SIZE])
{
        char *bytes = pool_alloc(pool, time_len + 1 + len + 1);

        memcpy(bytes, time_text, time_len);
        bytes[time_len] = '.';
        if (len > 0)
                memcpy(bytes + time_len + 1, body, len);
        token_hmac_sha256(secret, strlen(secret), bytes, time_len + 1 + len, out);
}

/* Every mark is compared under every secret, found or not: the time tells nothing. */
static bool
fits(struct pool *pool, const struct header *header, const char *secret, const void *body,
     size_t len)
{
        uint8_t right[TOKEN_HASH_SIZE];
        bool found = false;

        if (!secret || !*secret)
                return false;
        sign(pool, secret, header->time_text, header->time_len, body, len, right);
        for (size_t i = 0; i < header->n_marks; i++)
                found |= token_equal(right, sizeof right, header->marks[i], TOKEN_HASH_SIZE);
        return found;
}

enum signature_result
signature_check(struct pool *pool, const struct signature_secrets *secrets, const char *text,
                const void *body, size_t len, int64_t now)
{
        struct header header = {0};
        bool current, previous;

        if (!text || !*text)
                return SIGNATURE_MISSING;
        if (!parse_header(&header, text))
                return SIGNATURE_MALFORMED;
        current = fits(pool, &header, secrets->current, body, len);
        previous = fits(pool, &header, secrets->previous, body, len);
        if (!current && !previous)
                return SIGNATURE_WRONG;
        if (header.time < now - SIGNATURE_TOLERANCE)
                return SIGNATURE_STALE;
        if (header.time > now + SIGNATURE_TOLERANCE)
                return SIGNATURE_FUTURE;
        return SIGNATURE_OK;
}

char *
signature_make(struct pool *pool, const char *secret, int64_t at, const void *body, size_t len)
{
        char *time_text = pool_printf(pool, "%" PRId64, at);
        uint8_t mark[TOKEN_HASH_SIZE];

        sign(pool, secret, time_text, strlen(time_text), body, len, mark);
        return pool_printf(pool, "t=%s,v1=%s", time_text, token_hex(pool, mark, sizeof mark));
}

const char *
signature_word(enum signature_result result)
{
        static const char *const words[] = {
                [SIGNATURE_OK] = "ok",
                [SIGNATURE_MISSING] = "missing",
                [SIGNATURE_MALFORMED] = "malformed",
                [SIGNATURE_STALE] = "stale",
                [SIGNATURE_FUTURE] = "future",
                [SIGNATURE_WRONG] = "wrong",
        };

        return words[result];
}
