/* statement: what the bank gives, whichever way; see statement.h. */
#include "bank/statement.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "bank/camt.h"
#include "bank/list.h"
#include "base/money.h"
#include "base/text.h"

struct statement_credit *
statement_add(struct pool *pool, struct statement *out)
{
        if (out->n >= STATEMENT_LINES_MAX)
                return NULL;
        if ((out->n & (out->n - 1)) == 0) {     /* 0, 1, 2, 4, 8, ... are in use: double */
                size_t room = out->n == 0 ? 1 : out->n * 2;
                struct statement_credit *more = pool_alloc(pool, room * sizeof(*more));

                if (out->n > 0)
                        memcpy(more, out->credits, out->n * sizeof(*more));
                out->credits = more;
        }
        out->credits[out->n] = (struct statement_credit){ .reference = "", .payer = "", .payer_iban = "" };
        return &out->credits[out->n++];
}

bool
statement_amount(struct pool *pool, const char *text, const char *currency, int64_t *minor)
{
        char *plain = pool_strdup(pool, text), *out = plain, *point;
        bool comma = strchr(text, ',') != NULL;
        int exponent = money_exponent(currency);
        size_t len;

        if (exponent < 0)
                return false;
        for (const char *in = text; *in != '\0'; in++) {
                if (comma && *in == '.')
                        continue;
                *out++ = *in == ',' ? '.' : *in;
        }
        *out = '\0';
        point = strchr(plain, '.');
        len = strlen(plain);
        while (point != NULL && plain + len - 1 > point + exponent && plain[len - 1] == '0')
                plain[--len] = '\0';
        if (point != NULL && point[1] == '\0')
                *point = '\0';
        return money_parse(plain, currency, minor);
}

bool
statement_day(const char *text, int32_t *days)
{
        int year, month, day, used = 0;
        GDate date;

        if (!(sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && used == 10) &&
            !(sscanf(text, "%2d.%2d.%4d%n", &day, &month, &year, &used) == 3 && used == 10))
                return false;
        if ((text[10] != '\0' && text[10] != 'T') || year < 1990 || year > 2200 || day < 1 || month < 1 ||
            !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
                return false;
        g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
        *days = (int32_t)g_date_get_julian(&date) - 719163;     /* 1970-01-01 */
        return true;
}

const char *
statement_clean(struct pool *pool, const char *text, size_t max)
{
        size_t len = strlen(text);
        char *clean = pool_alloc(pool, len + 1), *out = clean;
        const char *end;

        for (const char *in = text; *in != '\0'; in++) {
                unsigned char c = (unsigned char)*in;

                if (c > ' ' && c != 0x7f)
                        *out++ = *in;
                else if (out > clean && out[-1] != ' ')
                        *out++ = ' ';
        }
        while (out > clean && out[-1] == ' ')
                out--;
        *out = '\0';
        if (strlen(clean) > max) {
                end = g_utf8_find_prev_char(clean, clean + max + 1);
                clean[end != NULL ? (size_t)(end - clean) : 0] = '\0';
        }
        return text_has_control(clean) ? "" : clean;
}

bool
statement_read(struct pool *pool, const char *text, size_t len, const char *iban, struct statement *out,
               const char **error)
{
        size_t start = 0;

        *out = (struct statement){ .source = "csv" };
        if (len > STATEMENT_MAX) {
                *error = "The file is larger than 16 MB.";
                return false;
        }
        if (!text_is_utf8(text, len) || memchr(text, '\0', len) != NULL) {
                *error = "The file is not UTF-8 text.";
                return false;
        }
        if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                start = 3;
        while (start < len && g_ascii_isspace(text[start]))
                start++;
        if (start == len) {
                *error = "The file is empty.";
                return false;
        }
        return text[start] == '<' ? camt_read(pool, text + start, len - start, iban, out, error)
                                  : list_read(pool, text + start, len - start, out, error);
}
