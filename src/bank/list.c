/* list: credits out of a list, see list.h. */
#include "bank/list.h"

#include <string.h>

#include <glib.h>

#include "base/iban.h"
#include "base/text.h"

enum { COLUMNS = 6, NEEDED = 5 };

/* The next field of *AT; a ";" behind it is skipped, *AT is NULL after the last one. */
static const char *
next_field(struct pool *pool, const char **at)
{
        const char *in = *at;
        char *field = pool_alloc(pool, strlen(in) + 1), *out = field;
        bool quoted = *in == '"';

        if (quoted)
                in++;
        for (; *in != '\0'; in++) {
                if (quoted && *in == '"') {
                        if (in[1] != '"') {
                                quoted = false;
                                continue;
                        }
                        in++;
                } else if (!quoted && *in == ';') {
                        break;
                }
                *out++ = *in;
        }
        *out = '\0';
        *at = *in == ';' ? in + 1 : NULL;
        return text_trim(pool, field);
}

/* What the line says, as a name; GHashTable counts how often it was there. */
static void
name_line(struct pool *pool, GHashTable *seen, struct statement_credit *credit)
{
        char *words = pool_printf(pool, "%d|%lld|%s|%s|%s|%s", (int)credit->booked_on, (long long)credit->amount_minor,
                                  credit->currency, credit->reference, credit->payer, credit->payer_iban);
        char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, words, -1);
        int times;

        credit->statement = pool_printf(pool, "csv %.32s", sum);
        times = GPOINTER_TO_INT(g_hash_table_lookup(seen, credit->statement)) + 1;
        g_hash_table_replace(seen, g_strdup(credit->statement), GINT_TO_POINTER(times));
        credit->line = times;
        g_free(sum);
}

/* NULL, or what is wrong with the fields. */
static const char *
read_fields(struct pool *pool, const char *const field[COLUMNS], struct statement_credit *credit)
{
        if (!statement_day(field[0], &credit->booked_on))
                return "there is no such day; write 2026-03-04";
        credit->currency = field[2];
        if (strlen(field[2]) != 3 || !g_ascii_isupper(field[2][0]) ||
            !statement_amount(pool, field[1], field[2], &credit->amount_minor))
                return "this is no amount in a currency that we know; write 149.00;EUR";
        if (credit->amount_minor == 0)
                return "an amount of nothing";
        credit->reference = statement_clean(pool, field[3], 500);
        credit->payer = statement_clean(pool, field[4], 200);
        credit->payer_iban = iban_plain(pool, field[5]);
        if (credit->payer_iban[0] != '\0' && !iban_is_valid(credit->payer_iban))
                return "the payer's account number (IBAN) is wrong";
        return NULL;
}

static const char *
read_line(struct pool *pool, const char *line, GHashTable *seen, struct statement *out)
{
        const char *field[COLUMNS + 1] = { "", "", "", "", "", "", "" };
        struct statement_credit credit, *place;
        const char *wrong;
        size_t n = 0;

        for (const char *at = line; at != NULL && n <= COLUMNS; n++)
                field[n] = next_field(pool, &at);
        if (n < NEEDED || n > COLUMNS)
                return "it wants date;amount;currency;reference;payer";
        wrong = read_fields(pool, field, &credit);
        if (wrong != NULL)
                return wrong;
        if (credit.amount_minor < 0) {
                out->others++;
                return NULL;
        }
        place = statement_add(pool, out);
        if (place == NULL)
                return "a list has at most 50000 lines";
        name_line(pool, seen, &credit);
        *place = credit;
        return NULL;
}

bool
list_read(struct pool *pool, const char *text, size_t len, struct statement *out, const char **error)
{
        char *copy = pool_strndup(pool, text, len);
        char **lines = g_strsplit(copy, "\n", -1);
        GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const char *wrong = NULL;

        out->source = "csv";
        for (size_t i = 0; lines[i] != NULL && wrong == NULL; i++) {
                const char *line = g_strstrip(lines[i]);

                if (line[0] == '\0' || (i == 0 && g_ascii_strncasecmp(line, "date", 4) == 0))
                        continue;
                wrong = read_line(pool, line, seen, out);
                if (wrong != NULL)
                        *error = pool_printf(pool, "Line %zu: %s.", i + 1, wrong);
        }
        if (wrong == NULL && out->n + out->others == 0)
                *error = wrong = "The list has no line.";
        g_hash_table_destroy(seen);
        g_strfreev(lines);
        return wrong == NULL;
}
