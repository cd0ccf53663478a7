/* address: the signed addresses that mail comes back to, see address.h. */
#include "mail/address.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"

enum { SIGNATURE_BYTES = 10, TICKET_LEN = 10 };

static const char *
signature(struct pool *pool, const struct config *config, const char *what, const char *which)
{
        static const char purpose[] = "latchkey mail addresses 1";
        const char *text = pool_printf(pool, "%s %s", what, which);
        uint8_t key[TOKEN_HASH_SIZE], mac[TOKEN_HASH_SIZE];

        token_hmac_sha256(config->reply_secret, strlen(config->reply_secret), purpose, sizeof(purpose) - 1, key);
        token_hmac_sha256(key, sizeof(key), text, strlen(text), mac);
        return token_hex(pool, mac, SIGNATURE_BYTES);
}

static const char *
address_of(struct pool *pool, const struct config *config, const char *what, const char *which)
{
        if (config->reply_domain[0] == '\0')
                return NULL;
        return pool_printf(pool, "%s+%s.%s@%s", what, which, signature(pool, config, what, which), config->reply_domain);
}

const char *
address_reply(struct pool *pool, const struct config *config, const char *ticket)
{
        return address_of(pool, config, "reply", text_lower(pool, ticket));
}

const char *
address_bounce(struct pool *pool, const struct config *config, int64_t message)
{
        return address_of(pool, config, "bounce", pool_printf(pool, "%" PRId64, message));
}

struct address
address_read(struct pool *pool, const struct config *config, const char *text)
{
        const char *lower = text_lower(pool, text);
        const char *domain = strrchr(lower, '@'), *plus = strchr(lower, '+');
        const char *point = plus != NULL ? strchr(plus, '.') : NULL;
        const char *what, *which, *given, *right;
        struct address address = { .kind = ADDRESS_FOREIGN };

        if (config->reply_domain[0] == '\0' || domain == NULL || point == NULL || point > domain ||
            g_ascii_strcasecmp(domain + 1, config->reply_domain) != 0)
                return address;
        what = pool_strndup(pool, lower, (size_t)(plus - lower));
        which = pool_strndup(pool, plus + 1, (size_t)(point - plus - 1));
        given = pool_strndup(pool, point + 1, (size_t)(domain - point - 1));
        if (strcmp(what, "reply") != 0 && strcmp(what, "bounce") != 0)
                return address;
        right = signature(pool, config, what, which);
        address.kind = ADDRESS_FORGED;
        if (!token_equal(given, strlen(given), right, strlen(right)))
                return address;
        if (what[0] == 'r' && strlen(which) == TICKET_LEN) {
                char *number = pool_strdup(pool, which);

                for (char *p = number; *p != '\0'; p++)
                        *p = g_ascii_toupper(*p);
                address.ticket = number;
                address.kind = ADDRESS_REPLY;
        } else if (what[0] == 'b' && g_ascii_string_to_signed(which, 10, 1, INT64_MAX, &address.message, NULL)) {
                address.kind = ADDRESS_BOUNCE;
        }
        return address;
}
