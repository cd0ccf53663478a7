/* record: papers to and from JSON, see record.h. */
#include "paper/record.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/money.h"

/* The texts of a paper; NULL is left out. */
#define FIELD(name) { #name, offsetof(struct receipt_paper, name) }
static const struct { const char *name; size_t offset; } texts[] = {
        FIELD(number), FIELD(refers_to), FIELD(issued_at), FIELD(issued_on), FIELD(paid_on), FIELD(order_number),
        FIELD(currency), FIELD(locale), FIELD(seller_name), FIELD(seller_address),
        FIELD(seller_tax_number), FIELD(buyer_name), FIELD(buyer_address), FIELD(buyer_email),
        FIELD(buyer_tax_number), FIELD(paid_with), FIELD(statement_text),
};

static const char **
text_at(struct receipt_paper *paper, size_t i)
{
        return (const char **)(void *)((char *)paper + texts[i].offset);
}

const char *
record_write(struct pool *pool, const struct receipt_paper *paper)
{
        struct receipt_paper copy = *paper;
        json_t *root = json_pack("{s:b, s:I}", "credit_note", (int)paper->credit_note, "total_minor",
                                 (json_int_t)paper->total_minor);
        json_t *lines = json_array(), *taxes = json_array();
        char *text;

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                const char *value = *text_at(&copy, i);

                if (value != NULL)
                        json_object_set_new(root, texts[i].name, json_string(value));
        }
        for (size_t i = 0; i < paper->n_lines; i++)
                json_array_append_new(lines, json_pack("{s:s, s:I, s:I, s:i}", "title", paper->lines[i].title,
                                                       "quantity", (json_int_t)paper->lines[i].quantity,
                                                       "amount_minor", (json_int_t)paper->lines[i].amount_minor,
                                                       "tax_bp", paper->lines[i].tax_bp));
        for (size_t i = 0; i < paper->n_taxes; i++)
                json_array_append_new(taxes, json_pack("{s:i, s:I, s:I, s:I}", "tax_bp", paper->taxes[i].tax_bp,
                                                       "net_minor", (json_int_t)paper->taxes[i].net_minor,
                                                       "tax_minor", (json_int_t)paper->taxes[i].tax_minor,
                                                       "gross_minor", (json_int_t)paper->taxes[i].gross_minor));
        json_object_set_new(root, "lines", lines);
        json_object_set_new(root, "taxes", taxes);
        text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(root);
        pool_defer(pool, free, text);
        return text;
}

static int64_t
number_of(const json_t *object, const char *name)
{
        return json_integer_value(json_object_get(object, name));
}

static void
read_lines(struct pool *pool, const json_t *array, struct receipt_paper *paper)
{
        size_t n = json_array_size(array);
        struct receipt_line *lines = pool_alloc(pool, (n + 1) * sizeof(*lines));

        for (size_t i = 0; i < n; i++) {
                const json_t *o = json_array_get(array, i);
                const char *title = json_string_value(json_object_get(o, "title"));

                lines[i] = (struct receipt_line){ pool_strdup(pool, title != NULL ? title : ""),
                                                  number_of(o, "quantity"), number_of(o, "amount_minor"),
                                                  (int)number_of(o, "tax_bp") };
        }
        paper->lines = lines;
        paper->n_lines = n;
}

static void
read_taxes(struct pool *pool, const json_t *array, struct receipt_paper *paper)
{
        size_t n = json_array_size(array);
        struct receipt_tax *taxes = pool_alloc(pool, (n + 1) * sizeof(*taxes));

        for (size_t i = 0; i < n; i++) {
                const json_t *o = json_array_get(array, i);

                taxes[i] = (struct receipt_tax){ (int)number_of(o, "tax_bp"), number_of(o, "net_minor"),
                                                 number_of(o, "tax_minor"), number_of(o, "gross_minor") };
        }
        paper->taxes = taxes;
        paper->n_taxes = n;
}

bool
record_read(struct pool *pool, const char *text, struct receipt_paper *paper)
{
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

        *paper = (struct receipt_paper){ 0 };
        if (root == NULL)
                return false;
        pool_defer(pool, (void (*)(void *))json_decref, root);
        if (!json_is_object(root) || !json_is_array(json_object_get(root, "lines")))
                return false;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                const char *value = json_string_value(json_object_get(root, texts[i].name));

                if (value == NULL && strcmp(texts[i].name, "refers_to") != 0 && strcmp(texts[i].name, "issued_at") != 0)
                        value = "";
                *text_at(paper, i) = pool_strdup(pool, value);
        }
        paper->credit_note = json_is_true(json_object_get(root, "credit_note"));
        paper->total_minor = number_of(root, "total_minor");
        read_lines(pool, json_object_get(root, "lines"), paper);
        read_taxes(pool, json_object_get(root, "taxes"), paper);
        return true;
}

static int
by_rate(const void *a, const void *b)
{
        const struct receipt_tax *x = a, *y = b;

        return (x->tax_bp > y->tax_bp) - (x->tax_bp < y->tax_bp);
}

void
record_sum(struct pool *pool, struct receipt_paper *paper)
{
        struct receipt_tax *taxes = pool_alloc(pool, (paper->n_lines + 1) * sizeof(*taxes));
        size_t n = 0;

        paper->total_minor = 0;
        for (size_t i = 0; i < paper->n_lines; i++) {
                size_t t = 0;

                while (t < n && taxes[t].tax_bp != paper->lines[i].tax_bp)
                        t++;
                if (t == n)
                        taxes[n++].tax_bp = paper->lines[i].tax_bp;
                taxes[t].gross_minor += paper->lines[i].amount_minor;
                paper->total_minor += paper->lines[i].amount_minor;
        }
        for (size_t t = 0; t < n; t++) {
                taxes[t].tax_minor = money_tax_included(taxes[t].gross_minor, taxes[t].tax_bp);
                taxes[t].net_minor = taxes[t].gross_minor - taxes[t].tax_minor;
        }
        qsort(taxes, n, sizeof(*taxes), by_rate);
        paper->taxes = taxes;
        paper->n_taxes = n;
}
