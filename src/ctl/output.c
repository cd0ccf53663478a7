/* output: tables for people, one object for programs; see output.h. */
#include "ctl/output.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/money.h"
#include "base/money_format.h"

struct output {
        struct pool *pool;
        bool json;
        const struct column *columns;
        size_t n_columns;
        GPtrArray *rows;        /* struct cell[n_columns] each */
        GPtrArray *sentences;
        const char *message, *hint;
};

struct cell
cell_text(const char *text)
{
        return (struct cell){ CELL_TEXT, text == NULL, text, 0 };
}

struct cell
cell_number(int64_t number)
{
        return (struct cell){ CELL_NUMBER, false, NULL, number };
}

struct cell
cell_money(int64_t minor, const char *currency)
{
        return (struct cell){ CELL_MONEY, currency == NULL, currency, minor };
}

struct cell
cell_time(instant at, bool null)
{
        return (struct cell){ CELL_TIME, null, NULL, at };
}

struct cell
cell_bool(bool truth)
{
        return (struct cell){ CELL_BOOL, false, NULL, truth };
}

struct cell
cell_fact(const char *text)
{
        return (struct cell){ CELL_FACT, text == NULL, text, 0 };
}

static void
end_array(void *array)
{
        g_ptr_array_free(array, TRUE);
}

struct output *
output_new(struct pool *pool, bool json)
{
        struct output *out = pool_alloc(pool, sizeof(*out));

        out->pool = pool;
        out->json = json;
        out->rows = g_ptr_array_new();
        out->sentences = g_ptr_array_new();
        pool_defer(pool, end_array, out->rows);
        pool_defer(pool, end_array, out->sentences);
        return out;
}

bool
output_is_json(const struct output *out)
{
        return out->json;
}

void
output_columns(struct output *out, const struct column *columns, size_t n)
{
        out->columns = columns;
        out->n_columns = n;
        g_ptr_array_set_size(out->rows, 0);
}

void
output_row(struct output *out, const struct cell *cells)
{
        struct cell *copy = pool_memdup(out->pool, cells, out->n_columns * sizeof(*cells));

        for (size_t i = 0; i < out->n_columns; i++)
                copy[i].text = pool_strdup(out->pool, cells[i].text);
        g_ptr_array_add(out->rows, copy);
}

void
output_say(struct output *out, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        g_ptr_array_add(out->sentences, pool_vprintf(out->pool, format, args));
        va_end(args);
}

void
output_fail(struct output *out, const char *message, const char *hint)
{
        if (out->message != NULL)
                return;
        out->message = pool_strdup(out->pool, message);
        out->hint = pool_strdup(out->pool, hint);
}

static char *
time_text(struct pool *pool, instant at)
{
        GDateTime *when = g_date_time_new_from_unix_utc(at / CLOCK_SECOND);
        char *text = when != NULL ? g_date_time_format(when, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
        char *copy = pool_strdup(pool, text);

        g_free(text);
        if (when != NULL)
                g_date_time_unref(when);
        return copy;
}

/* --- JSON --- */

static json_t *
fact_json(const char *text)
{
        json_t *value = text[0] == '{' ? json_loads(text, 0, NULL) : NULL;

        if (value == NULL)
                return json_string(text);
        if (json_is_integer(json_object_get(value, "minor")))
                return value;
        json_decref(value);     /* no amount at all */
        return json_null();
}

static json_t *
cell_json(const struct output *out, const struct cell *cell)
{
        if (cell->null)
                return json_null();
        switch (cell->kind) {
        case CELL_TEXT:
                return json_string(cell->text);
        case CELL_NUMBER:
                return json_integer(cell->number);
        case CELL_MONEY:
                return json_pack("{s:I, s:s}", "minor", (json_int_t)cell->number, "currency", cell->text);
        case CELL_TIME:
                return json_string(time_text(out->pool, cell->number));
        case CELL_BOOL:
                return json_boolean(cell->number != 0);
        case CELL_FACT:
                return fact_json(cell->text);
        }
        return json_null();
}

static bool
print_json(const struct output *out)
{
        json_t *items = json_array();
        json_t *all = json_pack("{s:b, s:o}", "ok", out->message == NULL, "items", items);
        bool ok;

        for (guint i = 0; i < out->rows->len; i++) {
                const struct cell *cells = g_ptr_array_index(out->rows, i);
                json_t *item = json_object();

                for (size_t k = 0; k < out->n_columns; k++)
                        json_object_set_new(item, out->columns[k].name, cell_json(out, &cells[k]));
                json_array_append_new(items, item);
        }
        if (out->message != NULL)
                json_object_set_new(all, "error", json_pack("{s:s, s:s}", "message", out->message, "hint",
                                                            out->hint != NULL ? out->hint : ""));
        ok = json_dumpf(all, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) == 0 && putchar('\n') != EOF;
        json_decref(all);
        return ok && fflush(stdout) == 0;
}

/* --- text --- */

static char *
money_text(struct pool *pool, int64_t minor, const char *currency)
{
        return money_format(pool, minor, currency, "en_GB");
}

static const char *
fact_text(const struct output *out, const char *text)
{
        json_t *value = text[0] == '{' ? json_loads(text, 0, NULL) : NULL;
        const char *currency = json_string_value(json_object_get(value, "currency"));
        const char *words = value == NULL ? text : currency == NULL ? "none"
                : money_text(out->pool, json_integer_value(json_object_get(value, "minor")), currency);

        json_decref(value);
        return words;
}

static const char *
cell_words(const struct output *out, const struct cell *cell)
{
        if (cell->null)
                return "-";
        switch (cell->kind) {
        case CELL_TEXT:
                return cell->text;
        case CELL_NUMBER:
                return pool_printf(out->pool, "%lld", (long long)cell->number);
        case CELL_MONEY:
                return money_text(out->pool, cell->number, cell->text);
        case CELL_TIME:
                return time_text(out->pool, cell->number);
        case CELL_BOOL:
                return cell->number != 0 ? "yes" : "no";
        case CELL_FACT:
                return fact_text(out, cell->text);
        }
        return "";
}

static bool
is_right(enum cell_kind kind)
{
        return kind == CELL_NUMBER || kind == CELL_MONEY;
}

/* What stands in TEXT for one cell: control characters would move a terminal's cursor. */
static void
print_padded(const char *text, long width, bool right, bool last)
{
        long pad = width - g_utf8_strlen(text, -1);

        if (right)
                printf("%*s", (int)pad, "");
        for (; *text != '\0'; text++)
                putchar((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text);
        if (!right && !last)
                printf("%*s", (int)pad, "");
        fputs(last ? "\n" : "  ", stdout);
}

static void
print_table(const struct output *out)
{
        long *width = pool_alloc(out->pool, (out->n_columns + 1) * sizeof(*width));
        const char **words = pool_alloc(out->pool, (out->rows->len * out->n_columns + 1) * sizeof(*words));
        size_t last = 0;

        for (size_t k = 0; k < out->n_columns; k++) {
                if (out->columns[k].title == NULL)
                        continue;
                last = k;
                width[k] = g_utf8_strlen(out->columns[k].title, -1);
                for (guint i = 0; i < out->rows->len; i++) {
                        const struct cell *cells = g_ptr_array_index(out->rows, i);
                        const char *text = cell_words(out, &cells[k]);

                        words[i * out->n_columns + k] = text;
                        width[k] = MAX(width[k], g_utf8_strlen(text, -1));
                }
        }
        for (guint i = 0; i <= out->rows->len; i++) {
                const struct cell *cells = g_ptr_array_index(out->rows, i > 0 ? i - 1 : 0);

                for (size_t k = 0; k < out->n_columns; k++)
                        if (out->columns[k].title != NULL)
                                print_padded(i == 0 ? out->columns[k].title
                                                    : words[(i - 1) * out->n_columns + k],
                                             width[k], is_right(cells[k].kind), k == last);
        }
}

bool
output_print(const struct output *out)
{
        if (out->json)
                return print_json(out);
        if (out->rows->len > 0)
                print_table(out);
        for (guint i = 0; i < out->sentences->len; i++)
                printf("%s\n", (const char *)g_ptr_array_index(out->sentences, i));
        if (out->message != NULL) {
                fflush(stdout);
                fprintf(stderr, "latchkeyctl: %s\n", out->message);
                if (out->hint != NULL && out->hint[0] != '\0')
                        fprintf(stderr, "  %s\n", out->hint);
        }
        return fflush(stdout) == 0;
}
