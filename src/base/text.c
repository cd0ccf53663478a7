/* text: small pure helpers on UTF-8 strings, see text.h. */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <idn2.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#define EMAIL_MAX 254           /* RFC 5321 4.5.3.1.3: 256 with the angle brackets */
#define LOCAL_MAX 64
#define DOMAIN_MAX 253
#define LABEL_MAX 63
#define SLUG_MAX 80
#define CARD_MIN 13
#define CARD_MAX 19
#define CARD_SHOWN 4            /* digits that a mask leaves */

bool
text_is_empty(const char *text)
{
        return text == NULL || *text == '\0';
}

bool
text_equal(const char *a, const char *b)
{
        if (a == NULL || b == NULL)
                return a == b;
        return strcmp(a, b) == 0;
}

bool
text_starts(const char *text, const char *prefix)
{
        return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_is_utf8(const char *text, size_t len)
{
        return len == 0 || u8_check((const uint8_t *)text, len) == NULL;
}

bool
text_has_control(const char *text)
{
        const unsigned char *at;

        if (text == NULL)
                return false;
        for (at = (const unsigned char *)text; *at != '\0'; at++) {
                if (*at < 0x20 || *at == 0x7f)
                        return true;
                if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)       /* U+0080 to U+009F */
                        return true;
                if (*at == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9))
                        return true;                    /* U+2028, U+2029: line separators */
        }
        return false;
}

static bool
is_space(gunichar c)
{
        return g_unichar_isspace(c) || c == 0x00a0 || c == 0x200b || c == 0xfeff;
}

char *
text_trim(struct pool *pool, const char *text)
{
        const char *start = text, *end, *at;

        if (text == NULL)
                return NULL;
        if (!text_is_utf8(text, strlen(text)))
                return pool_strdup(pool, text);
        while (*start != '\0' && is_space(g_utf8_get_char(start)))
                start += g_utf8_skip[(unsigned char)*start];
        end = start + strlen(start);
        while (end > start) {
                at = g_utf8_prev_char(end);
                if (!is_space(g_utf8_get_char(at)))
                        break;
                end = at;
        }
        return pool_strndup(pool, start, (size_t)(end - start));
}

/* One label of a domain in its ASCII form. */
static bool
is_label(const char *label, size_t len)
{
        size_t i;

        if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
                return false;
        for (i = 0; i < len; i++)
                if (!g_ascii_isalnum(label[i]) && label[i] != '-')
                        return false;
        return true;
}

/* A dotted name that does not end in a number, or "localhost". */
static bool
is_domain(const char *ascii)
{
        const char *at = ascii;
        size_t labels = 0, len;

        if (strlen(ascii) > DOMAIN_MAX)
                return false;
        for (;;) {
                len = strcspn(at, ".");
                if (!is_label(at, len))
                        return false;
                labels++;
                if (at[len] == '\0')
                        break;
                at += len + 1;
        }
        if (labels == 1)
                return g_ascii_strcasecmp(ascii, "localhost") == 0;
        return strspn(at, "0123456789") != len;
}

/* DOMAIN in lower-case ASCII (IDNA 2008 with the mapping of UTS 46), or NULL. */
static char *
domain_ascii(struct pool *pool, const char *domain)
{
        char *out = NULL, *copy = NULL;
        size_t i;

        if (idn2_to_ascii_8z(domain, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
                return NULL;
        if (is_domain(out)) {
                copy = pool_strdup(pool, out);
                for (i = 0; copy[i] != '\0'; i++)
                        copy[i] = g_ascii_tolower(copy[i]);
        }
        idn2_free(out);
        return copy;
}

/* Dot-separated atoms (RFC 5321), UTF-8 allowed (RFC 6531); no quoted form. */
static bool
is_local_part(const char *local, size_t len)
{
        size_t i;

        if (len == 0 || len > LOCAL_MAX || local[0] == '.' || local[len - 1] == '.')
                return false;
        for (i = 0; i < len; i++) {
                unsigned char c = (unsigned char)local[i];

                if (c <= ' ' || c == 0x7f || strchr("\"(),:;<>@[\\]", c) != NULL)
                        return false;
                if (c == '.' && local[i + 1] == '.')
                        return false;
        }
        return true;
}

static bool
has_space(const char *text)
{
        for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text])
                if (is_space(g_utf8_get_char(text)))
                        return true;
        return false;
}

/* The ASCII domain of a plausible address, or NULL. */
static char *
email_domain(struct pool *pool, const char *email)
{
        const char *sign;
        size_t len;

        if (email == NULL)
                return NULL;
        len = strnlen(email, EMAIL_MAX + 1);
        if (len > EMAIL_MAX || !text_is_utf8(email, len) || text_has_control(email) ||
            has_space(email))
                return NULL;
        sign = strrchr(email, '@');
        if (sign == NULL || !is_local_part(email, (size_t)(sign - email)))
                return NULL;
        return domain_ascii(pool, sign + 1);
}

bool
text_is_email(const char *text)
{
        struct pool *pool = pool_new();
        bool is = email_domain(pool, text) != NULL;

        pool_free(pool);
        return is;
}

char *
text_fold_email(struct pool *pool, const char *email)
{
        char *trimmed = text_trim(pool, email);
        char *domain = email_domain(pool, trimmed);
        uint8_t *folded;
        size_t folded_len = 0;
        char *result;

        if (domain == NULL)
                return NULL;
        folded = u8_casefold((const uint8_t *)trimmed, (size_t)(strrchr(trimmed, '@') - trimmed),
                             NULL, UNINORM_NFC, NULL, &folded_len);
        if (folded == NULL)
                return NULL;
        result = pool_printf(pool, "%.*s@%s", (int)folded_len, (const char *)folded, domain);
        free(folded);
        return result;
}

/* Between the groups of a card number people write spaces, dashes, dots and strokes. */
static bool
is_separator(gunichar c)
{
        return is_space(c) || c == '-' || c == '.' || c == '/' || c == '_' || c == ',' ||
               (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

static bool
passes_luhn(const uint8_t *digits, size_t n)
{
        unsigned sum = 0;
        size_t i;

        for (i = 0; i < n; i++) {
                unsigned d = digits[n - 1 - i];

                if (i % 2 == 1)
                        d = d > 4 ? 2 * d - 9 : 2 * d;
                sum += d;
        }
        return sum % 10 == 0;
}

/* The digits read last, and where groups of them begin. */
struct digit_run {
        uint8_t digits[CARD_MAX];
        const char *at[CARD_MAX];       /* where they stand */
        bool starts[CARD_MAX];          /* digits[i] begins a group */
        size_t n;
        unsigned gap;                   /* separators since the last digit */
};

/* A group has just ended: does a card number end with it?  *START: its first digit. */
static bool
run_holds_card(const struct digit_run *run, size_t *start)
{
        for (*start = 0; *start + CARD_MIN <= run->n; (*start)++)
                if (run->starts[*start] && passes_luhn(run->digits + *start, run->n - *start))
                        return true;
        return false;
}

static void
run_add(struct digit_run *run, uint8_t digit, const char *at, bool starts)
{
        if (run->n == CARD_MAX) {
                memmove(run->digits, run->digits + 1, CARD_MAX - 1);
                memmove(run->at, run->at + 1, (CARD_MAX - 1) * sizeof(run->at[0]));
                memmove(run->starts, run->starts + 1, (CARD_MAX - 1) * sizeof(bool));
                run->n--;
        }
        run->digits[run->n] = digit;
        run->at[run->n] = at;
        run->starts[run->n] = starts;
        run->n++;
        run->gap = 0;
}

/* A number begins at the first digit of a group and ends at the last of one, so longer
 * identifiers are not cut into pieces until one fits.  Without MASKED the first one is enough; with it
 * the places of all their digits but the last four become true. */
static bool
find_cards(const char *text, bool *masked)
{
        struct digit_run run = { .n = 0 };
        bool in_group = false, found = false;
        const char *begin = text;
        size_t start;

        for (;; text += g_utf8_skip[(unsigned char)*text]) {
                gunichar c = g_utf8_get_char(text);
                int digit = c == 0 ? -1 : g_unichar_digit_value(c);

                if (digit >= 0) {
                        run_add(&run, (uint8_t)digit, text, !in_group);
                        in_group = true;
                        continue;
                }
                if (in_group && run_holds_card(&run, &start)) {
                        found = true;
                        if (masked == NULL)
                                return true;
                        for (; start + CARD_SHOWN < run.n; start++)
                                masked[run.at[start] - begin] = true;
                }
                in_group = false;
                if (c == 0)
                        return found;
                if (!is_separator(c) || ++run.gap > 3)
                        run.n = 0;
        }
}

bool
text_has_card_number(const char *text)
{
        return text != NULL && text_is_utf8(text, strlen(text)) && find_cards(text, NULL);
}

bool
text_has_link(const char *text)
{
        for (; text != NULL && *text != '\0'; text++)
                if (strncmp(text, "://", 3) == 0 || g_ascii_strncasecmp(text, "www.", 4) == 0)
                        return true;
        return false;
}

const char *
text_mask_card_numbers(struct pool *pool, const char *text)
{
        bool *masked;
        char *copy, *out;

        if (!text_has_card_number(text))
                return text;
        masked = pool_alloc(pool, strlen(text) * sizeof(*masked));
        find_cards(text, masked);
        copy = out = pool_alloc(pool, strlen(text) + 1);
        for (size_t i = 0; text[i] != '\0';) {
                size_t n = g_utf8_skip[(unsigned char)text[i]];

                if (masked[i])
                        *out++ = '*';
                else
                        for (size_t k = 0; k < n; k++)
                                *out++ = text[i + k];
                i += n;
        }
        return copy;
}

bool
text_is_slug(const char *text)
{
        size_t i;

        if (text == NULL || *text == '\0' || *text == '-')
                return false;
        for (i = 0; text[i] != '\0'; i++) {
                if (i >= SLUG_MAX)
                        return false;
                if (text[i] == '-' && (text[i + 1] == '-' || text[i + 1] == '\0'))
                        return false;
                if (!g_ascii_islower(text[i]) && !g_ascii_isdigit(text[i]) && text[i] != '-')
                        return false;
        }
        return true;
}

char *
text_url_encode(struct pool *pool, const char *text)
{
        static const char hex[] = "0123456789ABCDEF";
        char *out, *at;

        if (text == NULL)
                return NULL;
        at = out = pool_alloc(pool, 3 * strlen(text) + 1);
        for (; *text != '\0'; text++) {
                unsigned char c = (unsigned char)*text;

                if (g_ascii_isalnum(c) || strchr("-._~", c) != NULL) {
                        *at++ = (char)c;
                        continue;
                }
                *at++ = '%';
                *at++ = hex[c >> 4];
                *at++ = hex[c & 15];
        }
        return out;
}

char *
text_lower(struct pool *pool, const char *text)
{
        char *lower = pool_strdup(pool, text);

        for (char *c = lower; *c != '\0'; c++)
                if (*c >= 'A' && *c <= 'Z')
                        *c = (char)(*c - 'A' + 'a');
        return lower;
}

bool
text_is_date(const char *text, int32_t *days)
{
        GDate day;
        int year, month, mday;

        if (text == NULL || strlen(text) != 10 || strspn(text, "0123456789-") != 10 || text[4] != '-' || text[7] != '-' ||
            strchr(text + 8, '-') != NULL || strcspn(text, "-") != 4 || strcspn(text + 5, "-") != 2)
                return false;
        year = (int)g_ascii_strtoll(text, NULL, 10);
        month = (int)g_ascii_strtoll(text + 5, NULL, 10);
        mday = (int)g_ascii_strtoll(text + 8, NULL, 10);
        if (year < 1900 || !g_date_valid_dmy((GDateDay)mday, (GDateMonth)month, (GDateYear)year))
                return false;
        g_date_clear(&day, 1);
        g_date_set_dmy(&day, (GDateDay)mday, (GDateMonth)month, (GDateYear)year);
        /* GLib counts from 1 January of year 1. */
        *days = (int32_t)g_date_get_julian(&day) - 719163;
        return true;
}
