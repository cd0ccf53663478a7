/* product: a folder of products into the database, in one transaction.  Loading the same
 * again changes nothing, not even what staff published since; what changed becomes a new
 * version, and who bought the old one keeps it.  A draft of staff stays a draft. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/store.h"
#include "base/text.h"
#include "ctl/catalogue.h"
#include "ctl/ctl.h"
#include "domain/schedule.h"
#include "queries/catalogue.h"
#include "queries/schedule.h"

static const struct column columns[] = { { "object", "what" }, { "name", "name" }, { "result", "result" },
                                         { "changed", NULL } };

static void
tell(struct ctl *ctl, const char *object, const char *name, const char *result)
{
        output_row(ctl->out, (struct cell[]){ cell_text(object), cell_text(name),
                                              cell_text(result != NULL ? result : "unchanged"),
                                              cell_bool(result != NULL) });
}

static const char *
version_words(struct ctl *ctl, int version)
{
        return pool_printf(ctl->pool, "version %d", version);
}

/* --- terms and tax --- */

static bool
store_text(struct ctl *ctl, const struct catalogue_text *text)
{
        struct catalogue_text_row row = { 0 };
        bool found;

        if (catalogue_text(ctl->db, text->kind, &row, &found) != DB_OK)
                return false;
        if (found && row.sha256.len == sizeof(text->sha256) &&
            memcmp(row.sha256.data, text->sha256, row.sha256.len) == 0 && strcmp(row.title, text->title) == 0) {
                tell(ctl, text->kind, text->title, NULL);
                return true;
        }
        catalogue_text_add_ask(ctl->db, text->kind, row.version + 1, text->title, text->body,
                               (struct db_bytes){ text->sha256, sizeof(text->sha256) }, NULL);
        catalogue_published_ask(ctl->db, text->kind, 0, row.version + 1, NULL);
        tell(ctl, text->kind, text->title, version_words(ctl, row.version + 1));
        return db_wait(ctl->db) == DB_OK;
}

static bool
store_taxes(struct ctl *ctl, const struct catalogue *catalogue)
{
        int64_t changed = 0;

        for (size_t i = 0; i < catalogue->n_taxes; i++) {
                const struct catalogue_tax *tax = &catalogue->taxes[i];
                int64_t n = 0;

                if (catalogue_tax_set(ctl->db, tax->country, tax->tax_class, tax->rate_bp, tax->eu,
                                      &n) != DB_OK)
                        return false;
                changed += n;
        }
        if (catalogue->n_taxes > 0)
                tell(ctl, "tax", pool_printf(ctl->pool, "%zu rates", catalogue->n_taxes),
                     changed > 0 ? pool_printf(ctl->pool, "%lld set", (long long)changed) : NULL);
        return true;
}

/* --- files: the database knows name and size, the folder holds the bytes under the id --- */

static bool
fail_file(struct ctl *ctl, const char *path)
{
        ctl_fail(ctl, CTL_USAGE, "[paths] files must be a folder that this command may write.",
                 "%s: %s", path, g_strerror(errno));
        return false;
}

/* A copy that is there whole or not at all, and that nginx may read. */
static bool
copy_file(struct ctl *ctl, const struct catalogue_file *file, int64_t id)
{
        const char *to = pool_printf(ctl->pool, "%s/%lld", ctl->config->files, (long long)id);
        uint8_t sha256[TOKEN_HASH_SIZE];
        struct store *copy;
        struct stat there;

        if (stat(to, &there) == 0 && there.st_size == file->size)
                return true;
        copy = g_mkdir_with_parents(ctl->config->files, 0755) == 0
                       ? store_begin(ctl->pool, ctl->config->files, file->size) : NULL;
        if (copy == NULL || !store_copy(copy, file->path) || !store_finish(copy, sha256))
                return fail_file(ctl, to);
        if (memcmp(sha256, file->sha256, sizeof(sha256)) != 0) {
                ctl_fail(ctl, CTL_USAGE, "Load again.", "%s changed while it was being read", file->path);
                return false;
        }
        return store_keep(copy, id) || fail_file(ctl, to);
}

/* Its id, by what it is called and what is in it. */
static bool
store_file(struct ctl *ctl, const struct catalogue_file *file, const int64_t **id)
{
        struct db_bytes sha256;
        struct catalogue_id_row row;
        bool found;

        *id = NULL;
        if (file == NULL)
                return true;
        sha256 = (struct db_bytes){ file->sha256, sizeof(file->sha256) };
        if (catalogue_file(ctl->db, file->name, sha256, &row, &found) != DB_OK ||
            (!found && catalogue_file_add(ctl->db, file->name, file->content_type, file->size,
                                          sha256, &row) != DB_OK))
                return false;
        *id = pool_memdup(ctl->pool, &row.id, sizeof(row.id));
        return copy_file(ctl, file, row.id);
}

/* --- a version --- */

static bool
store_item(struct ctl *ctl, int64_t product_id, int64_t version_id,
           const struct catalogue_item *item, int position)
{
        const int64_t *file_id, *captions_id;
        const int32_t *minutes = item->minutes > 0 ? &item->minutes : NULL;
        struct catalogue_id_row row, version;
        bool found;

        if (!store_file(ctl, item->file, &file_id) ||
            !store_file(ctl, item->captions, &captions_id) ||
            catalogue_item(ctl->db, product_id, item->slug, &row) != DB_OK ||
            catalogue_item_same(ctl->db, row.id, item->kind, item->title, item->body, minutes,
                                file_id, captions_id, item->url, &version, &found) != DB_OK)
                return false;
        if (!found && catalogue_item_add(ctl->db, row.id, item->kind, item->title, item->body, minutes, file_id,
                                         captions_id, item->url, &version) != DB_OK)
                return false;
        return catalogue_version_item(ctl->db, version_id, version.id, position, item->section, NULL) == DB_OK;
}

static bool
store_version(struct ctl *ctl, const struct catalogue_product *p, int64_t product_id)
{
        struct catalogue_version_row version;

        if (catalogue_version_add(
                    ctl->db, product_id, p->title, p->tagline, p->summary, p->includes,
                    p->next_step, p->refund_days, p->refund, p->has_start ? &p->starts_on : NULL,
                    (struct db_bytes){p->digest, sizeof(p->digest)}, p->check_days, &version) != DB_OK)
                return false;
        for (size_t i = 0; i < p->n_items; i++)
                if (!store_item(ctl, product_id, version.id, &p->items[i], (int)i + 1))
                        return false;
        catalogue_version_publish_ask(ctl->db, product_id, version.id, NULL);
        catalogue_published_ask(ctl->db, "product", product_id, version.version, NULL);
        tell(ctl, "product", p->slug, version_words(ctl, version.version));
        return db_wait(ctl->db) == DB_OK;
}

/* The same as before; but bytes that are missing in the folder are put back. */
static bool
check_files(struct ctl *ctl, const struct catalogue_product *p)
{
        const int64_t *id;

        for (size_t i = 0; i < p->n_items; i++)
                if (!store_file(ctl, p->items[i].file, &id) || !store_file(ctl, p->items[i].captions, &id))
                        return false;
        tell(ctl, "product", p->slug, NULL);
        return true;
}

/* --- offers and keys --- */

/* What only the database counts: days that have gone by, amounts too small to be split. */
static bool
check_schedule(struct ctl *ctl, const struct catalogue_offer *offer)
{
        struct schedule_check_row row;

        if (schedule_check(ctl->db, offer->schedule, offer->amount_minor, offer->currency, ctl->config->zone, &row) != DB_OK)
                return false;
        if (row.fault[0] == '\0')
                return true;
        ctl_fail(ctl, CTL_USAGE, "Nothing was loaded. latchkeyctl(1) describes the files.", "%s: %s", offer->where,
                 schedule_fault_of(row.fault).words);
        return false;
}

static bool
store_offer(struct ctl *ctl, const struct catalogue_product *p, const struct catalogue_offer *offer,
            int64_t product_id)
{
        const char *name = pool_printf(ctl->pool, "%s/%s", p->slug, offer->slug), *result = NULL;
        struct catalogue_offer_row row = { 0 };
        struct catalogue_id_row added;
        bool found;

        if (catalogue_offer(ctl->db, product_id, offer->slug, offer->schedule, &row, &found) != DB_OK)
                return false;
        if (!found) {
                if (catalogue_offer_add(ctl->db, product_id, offer->slug, &added) != DB_OK)
                        return false;
                row.id = added.id;
                row.version_null = true;
        }
        if (row.version_null || strcmp(row.title, offer->title) != 0 ||
            strcmp(row.currency, offer->currency) != 0 || row.amount_minor != offer->amount_minor ||
            strcmp(row.tax_class, offer->tax_class) != 0 || !row.same_schedule) {
                if (!check_schedule(ctl, offer))
                        return false;
                catalogue_offer_publish_ask(ctl->db, row.id, offer->title, offer->currency, offer->amount_minor,
                                            offer->tax_class, offer->schedule, NULL);
                catalogue_published_ask(ctl->db, "offer", row.id, row.version_null ? 1 : row.version + 1, NULL);
                result = version_words(ctl, row.version_null ? 1 : row.version + 1);
        }
        catalogue_offer_enable_ask(ctl->db, row.id, offer->enabled, NULL);
        if (result == NULL && row.enabled != offer->enabled)
                result = offer->enabled ? "on sale" : "not on sale";
        tell(ctl, "offer", name, result);
        return db_wait(ctl->db) == DB_OK;
}

static bool
store_offers(struct ctl *ctl, const struct catalogue_product *p, int64_t product_id)
{
        GString *slugs = g_string_new("{");
        const char *list;
        int64_t ended = 0;

        for (size_t i = 0; i < p->n_offers; i++) {
                if (!store_offer(ctl, p, &p->offers[i], product_id)) {
                        g_string_free(slugs, TRUE);
                        return false;
                }
                g_string_append_printf(slugs, "%s%s", i > 0 ? "," : "", p->offers[i].slug);
        }
        list = pool_printf(ctl->pool, "%s}", slugs->str);
        g_string_free(slugs, TRUE);
        if (catalogue_offers_end(ctl->db, product_id, list, &ended) != DB_OK)
                return false;
        if (ended > 0)
                tell(ctl, "offers", p->slug,
                     pool_printf(ctl->pool, "%lld not on sale any more", (long long)ended));
        return true;
}

/* As they were loaded before: what staff changed since stays. */
static bool
keep_offers(struct ctl *ctl, const struct catalogue_product *p)
{
        for (size_t i = 0; i < p->n_offers; i++)
                tell(ctl, "offer", pool_printf(ctl->pool, "%s/%s", p->slug, p->offers[i].slug), NULL);
        return true;
}

static bool
same_hash(const struct db_bytes *stored, const uint8_t *hash)
{
        return stored->len == TOKEN_HASH_SIZE && memcmp(stored->data, hash, TOKEN_HASH_SIZE) == 0;
}

static bool
store_keys(struct ctl *ctl, const struct catalogue_product *p, int64_t product_id)
{
        int64_t added = 0;

        if (p->keys == NULL)
                return true;
        if (catalogue_keys_add(ctl->db, product_id, p->keys, &added) != DB_OK)
                return false;
        tell(ctl, "keys", p->slug, added > 0 ? pool_printf(ctl->pool, "%lld added", (long long)added) : NULL);
        return true;
}

/* What staff set in the dashboard stays. */
static bool
store_timetable(struct ctl *ctl, const struct catalogue_product *p, int64_t product_id)
{
        struct catalogue_answer_row row;

        if (catalogue_timetable(ctl->db, product_id, p->nothing_new_days, p->read_only_days, p->locked_days, &row) != DB_OK)
                return false;
        if (strcmp(row.answer, "kept") == 0)
                tell(ctl, "timetable", p->slug, "kept: staff set another one");
        else if (strcmp(row.answer, "set") == 0)
                tell(ctl, "timetable", p->slug, "set");
        return true;
}

static bool
store_product(struct ctl *ctl, const struct catalogue_product *p)
{
        struct catalogue_product_row row = { 0 };
        struct catalogue_id_row added;
        bool found, same, settled;

        if (catalogue_product(ctl->db, p->slug, &row, &found) != DB_OK)
                return false;
        if (!found) {
                if (catalogue_product_add(ctl->db, p->slug, p->kind, &added) != DB_OK)
                        return false;
                row.id = added.id;
        }
        same = found && same_hash(&row.digest, p->digest);
        settled = found && same_hash(&row.loaded, p->loaded);
        if (!same && row.drafted)
                tell(ctl, "draft", p->slug, "kept: staff are told that a newer version was published");
        return (same ? check_files(ctl, p) : store_version(ctl, p, row.id)) &&
               (settled ? keep_offers(ctl, p) : store_offers(ctl, p, row.id)) && store_keys(ctl, p, row.id) &&
               (settled || store_timetable(ctl, p, row.id)) &&
               (settled || catalogue_product_set(ctl->db, row.id, p->kind, p->position, p->on_sale,
                                                 (struct db_bytes){ p->loaded, sizeof(p->loaded) }, NULL) == DB_OK);
}

static bool
store_all(struct ctl *ctl, const struct catalogue *catalogue)
{
        if (catalogue_lock(ctl->db, NULL) != DB_OK)
                return false;
        for (size_t i = 0; i < catalogue->n_texts; i++)
                if (!store_text(ctl, &catalogue->texts[i]))
                        return false;
        if (!store_taxes(ctl, catalogue))
                return false;
        for (size_t i = 0; i < catalogue->n_products; i++)
                if (!store_product(ctl, &catalogue->products[i]))
                        return false;
        return db_commit(ctl->db) == DB_OK;
}

enum ctl_exit
run_product_load(struct ctl *ctl)
{
        const char *error, *failed;
        struct catalogue *catalogue = catalogue_read(ctl->pool, ctl->args[0], &error);

        if (catalogue == NULL)
                return ctl_fail(ctl, CTL_USAGE,
                                "Nothing was loaded. latchkeyctl(1) describes the files.", "%s",
                                error);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        db_begin(ctl->db);
        if (store_all(ctl, catalogue))
                return CTL_FINE;
        failed = pool_strdup(ctl->pool, db_error_message(ctl->db));
        db_rollback(ctl->db);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        /* A file that could not be copied has told so already; the first words stay. */
        ctl_fail(ctl, CTL_UNREACHABLE, "Nothing was loaded.", "the database: %s", failed);
        return failed[0] != '\0' ? CTL_UNREACHABLE : CTL_USAGE;
}
