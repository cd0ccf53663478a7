/* catalogue: products, terms and tax rates from files; see catalogue.h. */
#include "ctl/catalogue.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "ctl/contents.h"
#include "ctl/product_ini.h"
#include "ctl/source.h"

/* --- terms.md and consent.md: a heading, then the text --- */

static bool
read_terms(struct reading *in, const char *dir, const char *kind, struct catalogue *to)
{
        const char *name = pool_printf(in->pool, "%s.md", kind), *path = source_path(in, dir, name);
        struct catalogue_text *text = &to->texts[to->n_texts];
        const char *all, *end;

        if (!source_exists(path))
                return true;
        all = source_text(in, path);
        if (all == NULL)
                return false;
        end = strchr(all, '\n');
        if (!text_starts(all, "# ") || end == NULL)
                return source_fail(in, path, 1, "must begin with a heading: # Title");
        text->kind = kind;
        text->title = text_trim(in->pool, pool_strndup(in->pool, all + 2, (size_t)(end - all - 2)));
        text->body = text_trim(in->pool, end);
        if (text->title[0] == '\0' || text->body[0] == '\0')
                return source_fail(in, path, 1, "wants a title and a text");
        token_sha256(text->body, strlen(text->body), text->sha256);
        to->n_texts++;
        return true;
}

/* --- tax.csv: country,class,rate,eu --- */

/* "19" or "25.5" per cent to basis points; false when it is no rate. */
static bool
parse_rate(const char *text, int32_t *bp)
{
        char *end;
        double rate = g_ascii_strtod(text, &end);

        if (end == text || *end != '\0' || strlen(text) > 6 || !(rate >= 0 && rate <= 100))
                return false;
        *bp = (int32_t)(rate * 100 + 0.5);
        return true;
}

static bool
read_tax_line(struct reading *in, const char *path, size_t line, const char *text, struct catalogue_tax *tax)
{
        char **cells = g_strsplit(text, ",", -1);
        bool ok;

        for (char **cell = cells; *cell != NULL; cell++)
                g_strstrip(*cell);
        if (g_strv_length(cells) != 4)
                ok = source_fail(in, path, line, "wants four cells: country,class,rate,eu");
        else if (strlen(cells[0]) != 2 || !g_ascii_isupper(cells[0][0]) || !g_ascii_isupper(cells[0][1]))
                ok = source_fail(in, path, line, "%s is no country's code such as DE", cells[0]);
        else if (!source_tax_class(cells[1]))
                ok = source_fail(in, path, line, "the class is digital or service, not %s", cells[1]);
        else if (!parse_rate(cells[2], &tax->rate_bp))
                ok = source_fail(in, path, line, "%s is no rate in per cent", cells[2]);
        else if (strcmp(cells[3], "yes") != 0 && strcmp(cells[3], "no") != 0)
                ok = source_fail(in, path, line, "the last cell is yes or no");
        else
                ok = true;
        if (ok) {
                tax->country = pool_strdup(in->pool, cells[0]);
                tax->tax_class = pool_strdup(in->pool, cells[1]);
                tax->eu = strcmp(cells[3], "yes") == 0;
        }
        g_strfreev(cells);
        return ok;
}

static bool
read_tax(struct reading *in, const char *dir, struct catalogue *to)
{
        const char *path = source_path(in, dir, "tax.csv");
        char *text, **lines;
        bool ok = true;

        if (!source_exists(path))
                return true;
        text = source_text(in, path);
        if (text == NULL)
                return false;
        lines = g_strsplit(text, "\n", -1);
        to->taxes = pool_alloc(in->pool, g_strv_length(lines) * sizeof(*to->taxes) + 1);
        if (strcmp(g_strstrip(lines[0]), "country,class,rate,eu") != 0)
                ok = source_fail(in, path, 1, "the first line must be: country,class,rate,eu");
        for (size_t i = 1; ok && lines[i] != NULL; i++)
                if (g_strstrip(lines[i])[0] != '\0')
                        ok = read_tax_line(in, path, i + 1, lines[i], &to->taxes[to->n_taxes++]);
        g_strfreev(lines);
        return ok;
}

/* --- a product --- */

static bool
read_keys(struct reading *in, const char *dir, struct catalogue_product *to)
{
        const char *path = source_path(in, dir, "keys.txt");
        char *text, **lines;
        GString *keys;
        bool ok = true;

        if (!source_exists(path))
                return true;
        text = source_text(in, path);
        if (text == NULL)
                return false;
        keys = g_string_new(NULL);
        lines = g_strsplit(text, "\n", -1);
        for (size_t i = 0; ok && lines[i] != NULL; i++) {
                char *key = g_strstrip(lines[i]);

                if (text_has_control(key) || strlen(key) > 200)
                        ok = source_fail(in, path, i + 1, "is no licence key");
                else if (key[0] != '\0')
                        g_string_append_printf(keys, "%s%s", keys->len > 0 ? "\n" : "", key);
        }
        to->keys = keys->len > 0 ? pool_strdup(in->pool, keys->str) : NULL;
        g_string_free(keys, TRUE);
        g_strfreev(lines);
        return ok;
}

/* --- the digest: whatever is in it makes a new version when it changes --- */

static void
sum_text(GChecksum *sum, const char *text)
{
        char head[24];

        g_snprintf(head, sizeof(head), "%zu:", text != NULL ? strlen(text) : 0);
        g_checksum_update(sum, (const guchar *)head, -1);
        if (text != NULL)
                g_checksum_update(sum, (const guchar *)text, -1);
}

static void
sum_number(GChecksum *sum, int64_t number)
{
        char text[24];

        g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, number);
        sum_text(sum, text);
}

static void
sum_file(GChecksum *sum, const struct catalogue_file *file)
{
        sum_text(sum, file != NULL ? file->name : NULL);
        if (file != NULL)
                g_checksum_update(sum, file->sha256, TOKEN_HASH_SIZE);
}

static void
digest_product(struct catalogue_product *product)
{
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        const char *const texts[] = { product->title, product->tagline, product->summary, product->includes,
                                      product->next_step, product->refund };
        gsize len = TOKEN_HASH_SIZE;

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                sum_text(sum, texts[i]);
        sum_number(sum, product->refund_days);
        sum_number(sum, product->has_start ? product->starts_on : -1);
        if (product->check_days > 0)
                sum_number(sum, product->check_days);
        for (size_t i = 0; i < product->n_items; i++) {
                const struct catalogue_item *item = &product->items[i];

                sum_text(sum, item->slug);
                sum_text(sum, item->section);
                sum_text(sum, item->kind);
                sum_text(sum, item->title);
                sum_text(sum, item->body);
                sum_text(sum, item->url);
                sum_number(sum, item->minutes);
                sum_file(sum, item->file);
                sum_file(sum, item->captions);
        }
        g_checksum_get_digest(sum, product->digest, &len);
        g_checksum_free(sum);
}

static void
digest_offers(struct catalogue_product *product)
{
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        gsize len = TOKEN_HASH_SIZE;

        sum_text(sum, product->kind);
        sum_number(sum, product->position);
        sum_number(sum, product->on_sale);
        for (size_t i = 0; i < product->n_offers; i++) {
                const struct catalogue_offer *offer = &product->offers[i];

                sum_text(sum, offer->slug);
                sum_text(sum, offer->title);
                sum_text(sum, offer->currency);
                sum_text(sum, offer->tax_class);
                sum_number(sum, offer->amount_minor);
                sum_number(sum, offer->enabled);
                /* Only where there is one, so that files without it keep their sum. */
                if (offer->schedule[0] != '\0')
                        sum_text(sum, offer->schedule);
        }
        if (product->nothing_new_days >= 0 || product->read_only_days >= 0 || product->locked_days >= 0) {
                sum_number(sum, product->nothing_new_days);
                sum_number(sum, product->read_only_days);
                sum_number(sum, product->locked_days);
        }
        g_checksum_get_digest(sum, product->loaded, &len);
        g_checksum_free(sum);
}

static bool
read_product(struct reading *in, const char *dir, struct catalogue_product *to)
{
        if (!product_ini_read(in, dir, to))
                return false;
        to->summary = source_prose(in, dir, "summary.md", true);
        to->includes = source_prose(in, dir, "includes.md", true);
        to->refund = source_prose(in, dir, "refund.md", true);
        to->next_step = source_prose(in, dir, "next.md", false);
        if (to->summary == NULL || to->includes == NULL || to->refund == NULL || to->next_step == NULL ||
            !contents_read(in, dir, to) || !read_keys(in, dir, to))
                return false;
        digest_product(to);
        digest_offers(to);
        return true;
}

static bool
read_all(struct reading *in, const char *dir, struct catalogue *to)
{
        GPtrArray *folders = source_list(in, dir, true, NULL);
        bool alone = source_exists(source_path(in, dir, "product.ini")), ok;

        to->texts = pool_alloc(in->pool, 2 * sizeof(*to->texts));
        to->products = pool_alloc(in->pool, (folders->len + 1) * sizeof(*to->products));
        ok = read_terms(in, dir, "terms", to) && read_terms(in, dir, "consent", to) && read_tax(in, dir, to);
        if (alone && ok)
                ok = read_product(in, dir, &to->products[to->n_products++]);
        for (guint i = 0; ok && !alone && i < folders->len; i++) {
                const char *folder = source_path(in, dir, g_ptr_array_index(folders, i));

                if (!source_exists(source_path(in, folder, "product.ini")))
                        continue;
                ok = read_product(in, folder, &to->products[to->n_products++]);
                for (size_t k = 0; ok && k + 1 < to->n_products; k++)
                        if (strcmp(to->products[k].slug, to->products[to->n_products - 1].slug) == 0)
                                ok = source_fail(in, source_path(in, folder, "product.ini"), 0,
                                                 "another product is named %s",
                                                 to->products[k].slug);
        }
        g_ptr_array_free(folders, TRUE);
        if (ok && to->n_products + to->n_texts + to->n_taxes == 0)
                ok = source_fail(in, dir, 0,
                                 source_exists(dir) ? "has no product: a folder with a product.ini"
                                                    : "is no folder");
        return ok;
}

struct catalogue *
catalogue_read(struct pool *pool, const char *dir, const char **error)
{
        struct reading in = { pool, error };
        struct catalogue *catalogue = pool_alloc(pool, sizeof(*catalogue));

        *error = NULL;
        return read_all(&in, dir, catalogue) ? catalogue : NULL;
}
