/* iban: account numbers and bank codes, see iban.h. */
#include "base/iban.h"

#include <string.h>

#include <glib.h>

char *
iban_plain(struct pool *pool, const char *text)
{
        char *plain = pool_strdup(pool, text), *out = plain;

        for (const char *in = text; *in != '\0'; in++)
                if (*in != ' ' && *in != '\t')
                        *out++ = g_ascii_toupper(*in);
        *out = '\0';
        return plain;
}

/* The remainder of dividing by 97, going on from REST; letters count as 10 to 35. */
static int
mod_97(int rest, const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                int value = g_ascii_isdigit(text[i]) ? text[i] - '0' : text[i] - 'A' + 10;

                rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
        }
        return rest;
}

bool
iban_is_valid(const char *plain)
{
        size_t len = strlen(plain);

        if (len < 15 || len > 34 || !g_ascii_isupper(plain[0]) || !g_ascii_isupper(plain[1]) ||
            !g_ascii_isdigit(plain[2]) || !g_ascii_isdigit(plain[3]) ||
            strspn(plain, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len)
                return false;
        return mod_97(mod_97(0, plain + 4, len - 4), plain, 4) == 1;
}

bool
iban_is_bic(const char *text)
{
        size_t len = strlen(text);

        return (len == 8 || len == 11) && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 6 &&
               strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

char *
iban_grouped(struct pool *pool, const char *plain)
{
        size_t len = strlen(plain), n = 0;
        char *out = pool_alloc(pool, len + len / 4 + 1);

        for (size_t i = 0; i < len; i++) {
                if (i > 0 && i % 4 == 0)
                        out[n++] = ' ';
                out[n++] = plain[i];
        }
        out[n] = '\0';
        return out;
}
