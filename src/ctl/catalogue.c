/* catalogue: products, terms and tax rates from files; see catalogue.h. */
#include "ctl/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/money.h"
#include "base/text.h"

struct reading {
        struct pool *pool;
        const char **error;
};

/* --- failures: the first one is kept --- */

static bool fail(struct reading *in, const char *path, size_t line, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

static bool
fail(struct reading *in, const char *path, size_t line, const char *format, ...)
{
        const char *what;
        va_list args;

        va_start(args, format);
        what = pool_vprintf(in->pool, format, args);
        va_end(args);
        if (*in->error == NULL)
                *in->error = line > 0 ? pool_printf(in->pool, "%s:%zu: %s", path, line, what)
                                      : pool_printf(in->pool, "%s: %s", path, what);
        return false;
}

static size_t
line_at(const char *text, const char *place)
{
        size_t line = 1;

        for (; text < place; text++)
                line += *text == '\n';
        return line;
}

/* --- whole files --- */

static const char *
path_of(struct reading *in, const char *dir, const char *name)
{
        return pool_printf(in->pool, "%s/%s", dir, name);
}

static bool
exists(const char *path)
{
        return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Bytes of PATH; NULL when it cannot be read. */
static char *
read_bytes(struct reading *in, const char *path, size_t *len)
{
        GError *problem = NULL;
        char *data, *copy;

        if (!g_file_get_contents(path, &data, len, &problem)) {
                fail(in, path, 0, "%s", g_file_test(path, G_FILE_TEST_EXISTS) ? "cannot be read" : "is missing");
                g_error_free(problem);
                return NULL;
        }
        copy = pool_strndup(in->pool, data, *len);
        g_free(data);
        return copy;
}

/* Text of PATH, UTF-8, line ends as LF. */
static char *
read_text(struct reading *in, const char *path)
{
        size_t len;
        char *text = read_bytes(in, path, &len), *to;
        const char *end;

        if (text == NULL)
                return NULL;
        if (!g_utf8_validate_len(text, len, &end)) {
                fail(in, path, line_at(text, end), "is not UTF-8 text");
                return NULL;
        }
        to = text;
        for (const char *from = text; *from != '\0'; from++)
                if (*from != '\r' || from[1] != '\n')
                        *to++ = *from;
        *to = '\0';
        return text;
}

/* A text that must not be empty, without white space at its ends. */
static const char *
read_prose(struct reading *in, const char *dir, const char *name, bool required)
{
        const char *path = path_of(in, dir, name);
        const char *text;

        if (!required && !exists(path))
                return "";
        text = read_text(in, path);
        if (text == NULL)
                return NULL;
        text = text_trim(in->pool, text);
        if (required && text[0] == '\0') {
                fail(in, path, 1, "is empty");
                return NULL;
        }
        return text;
}

static int
by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in DIR in their order, folders or files alone; hidden ones do not count. */
static GPtrArray *
list_dir(struct reading *in, const char *dir, bool folders, const char *suffix)
{
        GPtrArray *names = g_ptr_array_new();
        GDir *handle = g_dir_open(dir, 0, NULL);
        const char *name;

        while (handle != NULL && (name = g_dir_read_name(handle)) != NULL) {
                bool is_folder = g_file_test(path_of(in, dir, name), G_FILE_TEST_IS_DIR);

                if (name[0] != '.' && is_folder == folders && (suffix == NULL || g_str_has_suffix(name, suffix)))
                        g_ptr_array_add(names, pool_strdup(in->pool, name));
        }
        if (handle != NULL)
                g_dir_close(handle);
        g_ptr_array_sort(names, by_name);
        return names;
}

/* --- terms.md and consent.md: a heading, then the text --- */

static bool
read_terms(struct reading *in, const char *dir, const char *kind, struct catalogue *to)
{
        const char *name = pool_printf(in->pool, "%s.md", kind), *path = path_of(in, dir, name);
        struct catalogue_text *text = &to->texts[to->n_texts];
        const char *all, *end;

        if (!exists(path))
                return true;
        all = read_text(in, path);
        if (all == NULL)
                return false;
        end = strchr(all, '\n');
        if (!text_starts(all, "# ") || end == NULL)
                return fail(in, path, 1, "must begin with a heading: # Title");
        text->kind = kind;
        text->title = text_trim(in->pool, pool_strndup(in->pool, all + 2, (size_t)(end - all - 2)));
        text->body = text_trim(in->pool, end);
        if (text->title[0] == '\0' || text->body[0] == '\0')
                return fail(in, path, 1, "wants a title and a text");
        token_sha256(text->body, strlen(text->body), text->sha256);
        to->n_texts++;
        return true;
}

/* --- tax.csv: country,class,rate,eu --- */

static bool
is_tax_class(const char *name)
{
        return text_equal(name, "digital") || text_equal(name, "service");
}

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
                ok = fail(in, path, line, "wants four cells: country,class,rate,eu");
        else if (strlen(cells[0]) != 2 || !g_ascii_isupper(cells[0][0]) || !g_ascii_isupper(cells[0][1]))
                ok = fail(in, path, line, "%s is no country's code such as DE", cells[0]);
        else if (!is_tax_class(cells[1]))
                ok = fail(in, path, line, "the class is digital or service, not %s", cells[1]);
        else if (!parse_rate(cells[2], &tax->rate_bp))
                ok = fail(in, path, line, "%s is no rate in per cent", cells[2]);
        else if (strcmp(cells[3], "yes") != 0 && strcmp(cells[3], "no") != 0)
                ok = fail(in, path, line, "the last cell is yes or no");
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
        const char *path = path_of(in, dir, "tax.csv");
        char *text, **lines;
        bool ok = true;

        if (!exists(path))
                return true;
        text = read_text(in, path);
        if (text == NULL)
                return false;
        lines = g_strsplit(text, "\n", -1);
        to->taxes = pool_alloc(in->pool, g_strv_length(lines) * sizeof(*to->taxes) + 1);
        if (strcmp(g_strstrip(lines[0]), "country,class,rate,eu") != 0)
                ok = fail(in, path, 1, "the first line must be: country,class,rate,eu");
        for (size_t i = 1; ok && lines[i] != NULL; i++)
                if (g_strstrip(lines[i])[0] != '\0')
                        ok = read_tax_line(in, path, i + 1, lines[i], &to->taxes[to->n_taxes++]);
        g_strfreev(lines);
        return ok;
}

/* --- product.ini --- */

struct ini {
        const char *path;
        const char *text;
        GKeyFile *keys;
};

static void
end_ini(void *keys)
{
        g_key_file_unref(keys);
}

/* The line of KEY in GROUP (of the group itself when KEY is NULL), for messages. */
static size_t
ini_line(const struct ini *ini, const char *group, const char *key)
{
        char **lines = g_strsplit(ini->text, "\n", -1);
        char *head = g_strdup_printf("[%s]", group);
        bool inside = false;
        size_t found = 0;

        for (size_t i = 0; lines[i] != NULL && found == 0; i++) {
                char *line = g_strstrip(lines[i]);
                size_t len = key != NULL ? strlen(key) : 0;

                if (line[0] == '[')
                        inside = strcmp(line, head) == 0;
                if (inside && (key == NULL || (strncmp(line, key, len) == 0 && strchr(" \t=", line[len]) != NULL)))
                        found = i + 1;
        }
        g_free(head);
        g_strfreev(lines);
        return found > 0 ? found : 1;
}

/* A value without control characters, or FALLBACK; with a NULL FALLBACK it is required. */
static const char *
ini_text(struct reading *in, const struct ini *ini, const char *group, const char *key, const char *fallback)
{
        char *value = g_key_file_get_string(ini->keys, group, key, NULL);
        const char *copy = value != NULL ? text_trim(in->pool, value) : fallback;

        g_free(value);
        if (copy == NULL || (fallback == NULL && copy[0] == '\0')) {
                fail(in, ini->path, ini_line(ini, group, NULL), "[%s] wants a %s", group, key);
                return NULL;
        }
        if (text_has_control(copy)) {
                fail(in, ini->path, ini_line(ini, group, key), "%s has a control character", key);
                return NULL;
        }
        return copy;
}

static bool
ini_number(struct reading *in, const struct ini *ini, const char *group, const char *key, int32_t fallback,
           int32_t *number)
{
        const char *text = ini_text(in, ini, group, key, "");
        char *end;
        long value;

        *number = fallback;
        if (text == NULL || text[0] == '\0')
                return text != NULL;
        value = strtol(text, &end, 10);
        if (*end != '\0' || value < 0 || value > 100000)
                return fail(in, ini->path, ini_line(ini, group, key), "%s is no number from 0 to 100000", text);
        *number = (int32_t)value;
        return true;
}

static bool
ini_bool(struct reading *in, const struct ini *ini, const char *group, const char *key, bool *truth)
{
        const char *text = ini_text(in, ini, group, key, "yes");

        *truth = text_equal(text, "yes");
        return text != NULL && (*truth || strcmp(text, "no") == 0 ||
                                fail(in, ini->path, ini_line(ini, group, key), "%s must be yes or no", key));
}

static bool
is_one_of(const char *text, const char *const *list)
{
        for (; *list != NULL; list++)
                if (strcmp(text, *list) == 0)
                        return true;
        return false;
}

static bool
ini_known(struct reading *in, const struct ini *ini, const char *group, const char *const *known)
{
        char **keys = g_key_file_get_keys(ini->keys, group, NULL, NULL);
        bool ok = true;

        for (char **key = keys; ok && key != NULL && *key != NULL; key++)
                if (!is_one_of(*key, known))
                        ok = fail(in, ini->path, ini_line(ini, group, *key), "there is no setting %s here", *key);
        g_strfreev(keys);
        return ok;
}

static bool
read_start(struct reading *in, const struct ini *ini, struct catalogue_product *to)
{
        const char *text = ini_text(in, ini, "product", "starts_on", "");
        GDate date;
        int year, month, day, used = 0;

        if (text == NULL || text[0] == '\0')
                return text != NULL;
        if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || text[used] != '\0' || used != 10 ||
            !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
                return fail(in, ini->path, ini_line(ini, "product", "starts_on"), "%s is no day such as 2026-03-04", text);
        g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
        to->has_start = true;
        to->starts_on = (int32_t)g_date_get_julian(&date) - 719163;     /* 1970-01-01 */
        return true;
}

static bool
read_offer(struct reading *in, const struct ini *ini, const char *group, struct catalogue_offer *to)
{
        static const char *const known[] = { "title", "currency", "amount", "tax_class", "enabled", NULL };
        const char *amount;

        to->slug = pool_strdup(in->pool, group + strlen("offer "));
        if (!text_is_slug(to->slug))
                return fail(in, ini->path, ini_line(ini, group, NULL), "an offer is named in lower case: [offer full]");
        to->title = ini_text(in, ini, group, "title", NULL);
        to->currency = ini_text(in, ini, group, "currency", NULL);
        to->tax_class = ini_text(in, ini, group, "tax_class", NULL);
        amount = ini_text(in, ini, group, "amount", NULL);
        if (!ini_known(in, ini, group, known) || to->title == NULL || to->currency == NULL || to->tax_class == NULL ||
            amount == NULL || !ini_bool(in, ini, group, "enabled", &to->enabled))
                return false;
        if (money_exponent(to->currency) < 0 || !g_ascii_isupper(to->currency[0]) ||
            !g_ascii_isupper(to->currency[1]) || !g_ascii_isupper(to->currency[2]))
                return fail(in, ini->path, ini_line(ini, group, "currency"), "%s is no currency that we know", to->currency);
        if (!money_parse(amount, to->currency, &to->amount_minor) || to->amount_minor <= 0)
                return fail(in, ini->path, ini_line(ini, group, "amount"), "%s is no price in %s", amount, to->currency);
        return is_tax_class(to->tax_class) ||
               fail(in, ini->path, ini_line(ini, group, "tax_class"), "the tax class is digital or service");
}

static bool
read_offers(struct reading *in, const struct ini *ini, struct catalogue_product *to)
{
        char **groups = g_key_file_get_groups(ini->keys, NULL);
        bool ok = true;

        to->offers = pool_alloc(in->pool, (g_strv_length(groups) + 1) * sizeof(*to->offers));
        for (char **group = groups; ok && *group != NULL; group++) {
                if (strcmp(*group, "product") == 0)
                        continue;
                if (!text_starts(*group, "offer "))
                        ok = fail(in, ini->path, ini_line(ini, *group, NULL), "there is no group [%s] here", *group);
                else
                        ok = read_offer(in, ini, *group, &to->offers[to->n_offers++]);
        }
        g_strfreev(groups);
        return ok;
}

static bool
read_ini(struct reading *in, const char *dir, struct catalogue_product *to)
{
        static const char *const known[] = { "slug", "kind", "position", "title", "tagline", "refund_days",
                                             "starts_on", "on_sale", NULL };
        static const char *const kinds[] = { "course", "coaching", "software", "membership", NULL };
        struct ini ini = { .path = path_of(in, dir, "product.ini"), .keys = g_key_file_new() };
        GError *problem = NULL;

        pool_defer(in->pool, end_ini, ini.keys);
        ini.text = read_text(in, ini.path);
        if (ini.text == NULL)
                return false;
        if (!g_key_file_load_from_data(ini.keys, ini.text, strlen(ini.text), G_KEY_FILE_NONE, &problem)) {
                fail(in, ini.path, 0, "%s", problem->message);
                g_error_free(problem);
                return false;
        }
        if (!g_key_file_has_group(ini.keys, "product"))
                return fail(in, ini.path, 1, "wants a group [product]");
        to->slug = ini_text(in, &ini, "product", "slug", NULL);
        to->kind = ini_text(in, &ini, "product", "kind", NULL);
        to->title = ini_text(in, &ini, "product", "title", NULL);
        to->tagline = ini_text(in, &ini, "product", "tagline", NULL);
        if (!ini_known(in, &ini, "product", known) || to->slug == NULL || to->kind == NULL || to->title == NULL ||
            to->tagline == NULL || !ini_number(in, &ini, "product", "position", 0, &to->position) ||
            !ini_number(in, &ini, "product", "refund_days", 14, &to->refund_days) ||
            !ini_bool(in, &ini, "product", "on_sale", &to->on_sale) || !read_start(in, &ini, to))
                return false;
        if (!text_is_slug(to->slug))
                return fail(in, ini.path, ini_line(&ini, "product", "slug"), "a slug has lower-case letters, digits and hyphens");
        if (!is_one_of(to->kind, kinds))
                return fail(in, ini.path, ini_line(&ini, "product", "kind"), "the kind is course, coaching, software or membership");
        return read_offers(in, &ini, to);
}

/* --- contents --- */

static const char *
content_type_of(const char *name)
{
        static const struct { const char *ending, *type; } types[] = {
                { ".pdf", "application/pdf" }, { ".zip", "application/zip" }, { ".epub", "application/epub+zip" },
                { ".mp4", "video/mp4" }, { ".webm", "video/webm" }, { ".vtt", "text/vtt" },
                { ".mp3", "audio/mpeg" }, { ".jpg", "image/jpeg" }, { ".png", "image/png" },
                { ".txt", "text/plain" }, { ".csv", "text/csv" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
                if (g_str_has_suffix(name, types[i].ending))
                        return types[i].type;
        return "application/octet-stream";
}

static const struct catalogue_file *
read_file(struct reading *in, const char *dir, const char *name, const char *from, size_t line)
{
        struct catalogue_file *file = pool_alloc(in->pool, sizeof(*file));
        GChecksum *sum;
        gsize len = TOKEN_HASH_SIZE;
        size_t size;
        char *data;

        file->name = name;
        file->path = pool_printf(in->pool, "%s/files/%s", dir, name);
        file->content_type = content_type_of(name);
        if (strchr(name, '/') != NULL || name[0] == '.' || !exists(file->path)) {
                fail(in, from, line, "there is no file files/%s", name);
                return NULL;
        }
        if (!g_file_get_contents(file->path, &data, &size, NULL)) {
                fail(in, file->path, 0, "cannot be read");
                return NULL;
        }
        sum = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(sum, (const guchar *)data, (gssize)size);
        g_checksum_get_digest(sum, file->sha256, &len);
        g_checksum_free(sum);
        g_free(data);
        file->size = (int64_t)size;
        return file;
}

/* One line of the head of an item: "title: Hard light, soft light". */
static bool
read_head_line(struct reading *in, const char *dir, const char *path, size_t number, const char *line,
               struct catalogue_item *to)
{
        const char *colon = strchr(line, ':');
        const char *key, *value;
        char *end;
        long minutes;

        if (colon == NULL)
                return fail(in, path, number, "wants a name, a colon and a value");
        key = text_trim(in->pool, pool_strndup(in->pool, line, (size_t)(colon - line)));
        value = text_trim(in->pool, colon + 1);
        if (value[0] == '\0' || text_has_control(value))
                return fail(in, path, number, "%s has no value", key);
        if (strcmp(key, "title") == 0) {
                to->title = value;
        } else if (strcmp(key, "kind") == 0) {
                to->kind = value;
        } else if (strcmp(key, "minutes") == 0) {
                minutes = strtol(value, &end, 10);
                if (*end != '\0' || minutes < 1 || minutes > 10000)
                        return fail(in, path, number, "%s is no number of minutes", value);
                to->minutes = (int32_t)minutes;
        } else if (strcmp(key, "url") == 0) {
                if (!text_starts(value, "https://") && !text_starts(value, "http://"))
                        return fail(in, path, number, "an address begins with https://");
                to->url = value;
        } else if (strcmp(key, "file") == 0) {
                to->file = read_file(in, dir, value, path, number);
        } else if (strcmp(key, "captions") == 0) {
                to->captions = read_file(in, dir, value, path, number);
        } else {
                return fail(in, path, number, "there is no %s here", key);
        }
        return *in->error == NULL;
}

/* What each kind must have and must not have. */
static bool
check_item(struct reading *in, const char *path, const struct catalogue_item *item)
{
        static const char *const kinds[] = { "lesson", "video", "download", "link", "licence", "call", "group", NULL };
        bool wants_file, wants_url;

        if (item->title == NULL || item->kind == NULL)
                return fail(in, path, 1, "its head wants a title and a kind");
        if (!is_one_of(item->kind, kinds))
                return fail(in, path, 1, "the kind is lesson, video, download, link, licence, call or group");
        wants_file = strcmp(item->kind, "video") == 0 || strcmp(item->kind, "download") == 0;
        wants_url = strcmp(item->kind, "link") == 0 || strcmp(item->kind, "call") == 0 || strcmp(item->kind, "group") == 0;
        if (wants_file != (item->file != NULL))
                return fail(in, path, 1, wants_file ? "a %s wants a file" : "a %s has no file", item->kind);
        if (wants_url != (item->url != NULL))
                return fail(in, path, 1, wants_url ? "a %s wants a url" : "a %s has no url", item->kind);
        if (strcmp(item->kind, "video") == 0 && !text_starts(item->file->content_type, "video/"))
                return fail(in, path, 1, "a video is an mp4 or webm file");
        if (item->captions != NULL && (strcmp(item->kind, "video") != 0 || strcmp(item->captions->content_type, "text/vtt") != 0))
                return fail(in, path, 1, "captions are a vtt file of a video");
        return item->body[0] != '\0' || strcmp(item->kind, "lesson") != 0 || fail(in, path, 1, "a lesson wants a text");
}

/* "03-two-computers.md" without its number and ending; NULL when it is not like that. */
static const char *
slug_of(struct reading *in, const char *name)
{
        const char *slug = name + strspn(name, "0123456789");
        size_t len;

        if (slug == name || *slug != '-')
                return NULL;
        slug++;
        len = strlen(slug) - (g_str_has_suffix(slug, ".md") ? 3 : 0);
        slug = pool_strndup(in->pool, slug, len);
        return text_is_slug(slug) ? slug : NULL;
}

static bool
read_item(struct reading *in, const char *dir, const char *section_dir, const char *name, struct catalogue_item *to)
{
        const char *path = path_of(in, section_dir, name);
        char *text = read_text(in, path), **lines;
        GString *body;
        size_t i = 1;
        bool ok = true;

        if (text == NULL)
                return false;
        to->slug = slug_of(in, name);
        if (to->slug == NULL)
                return fail(in, path, 0, "must be named like 03-two-computers.md");
        lines = g_strsplit(text, "\n", -1);
        if (lines[0] == NULL || strcmp(g_strchomp(lines[0]), "---") != 0)
                ok = fail(in, path, 1, "must begin with a head between two lines of ---");
        for (; ok && lines[i] != NULL && strcmp(g_strchomp(lines[i]), "---") != 0; i++)
                if (lines[i][0] != '\0')
                        ok = read_head_line(in, dir, path, i + 1, lines[i], to);
        if (ok && lines[i] == NULL)
                ok = fail(in, path, i, "the head has no end: a line of ---");
        body = g_string_new(NULL);
        for (i++; ok && lines[i] != NULL; i++)
                g_string_append_printf(body, "%s\n", lines[i]);
        to->body = text_trim(in->pool, body->str);
        g_string_free(body, TRUE);
        g_strfreev(lines);
        return ok && check_item(in, path, to);
}

/* What a section is called: title.txt in its folder, else the folder's name. */
static const char *
section_title(struct reading *in, const char *dir, const char *name)
{
        const char *title = read_prose(in, dir, "title.txt", false);
        char *words;

        if (title == NULL || text_has_control(title))
                return title == NULL ? NULL : (fail(in, path_of(in, dir, "title.txt"), 1, "is one line"), NULL);
        if (title[0] != '\0')
                return title;
        title = slug_of(in, name);
        if (title == NULL) {
                fail(in, dir, 0, "must be named like 02-seeing-light");
                return NULL;
        }
        words = pool_strdup(in->pool, title);
        g_strdelimit(words, "-", ' ');
        words[0] = g_ascii_toupper(words[0]);
        return words;
}

static bool
read_section(struct reading *in, const char *dir, const char *contents, const char *name, GArray *items)
{
        const char *section_dir = path_of(in, contents, name);
        const char *title = section_title(in, section_dir, name);
        GPtrArray *names = list_dir(in, section_dir, false, ".md");
        bool ok = title != NULL;

        for (guint i = 0; ok && i < names->len; i++) {
                struct catalogue_item item = { .section = title };

                ok = read_item(in, dir, section_dir, g_ptr_array_index(names, i), &item);
                for (guint k = 0; ok && k < items->len; k++)
                        if (strcmp(g_array_index(items, struct catalogue_item, k).slug, item.slug) == 0)
                                ok = fail(in, path_of(in, section_dir, g_ptr_array_index(names, i)), 0,
                                          "another item of this product is named %s", item.slug);
                g_array_append_val(items, item);
        }
        g_ptr_array_free(names, TRUE);
        return ok;
}

static bool
read_contents(struct reading *in, const char *dir, struct catalogue_product *to)
{
        const char *contents = path_of(in, dir, "contents");
        GPtrArray *sections = list_dir(in, contents, true, NULL);
        GArray *items = g_array_new(FALSE, TRUE, sizeof(struct catalogue_item));
        bool ok = true;

        for (guint i = 0; ok && i < sections->len; i++)
                ok = read_section(in, dir, contents, g_ptr_array_index(sections, i), items);
        if (ok && items->len == 0)
                ok = fail(in, contents, 0, "has no item: a product wants at least one");
        to->n_items = items->len;
        to->items = pool_memdup(in->pool, items->data, items->len * sizeof(struct catalogue_item) + 1);
        g_array_free(items, TRUE);
        g_ptr_array_free(sections, TRUE);
        return ok;
}

static bool
read_keys(struct reading *in, const char *dir, struct catalogue_product *to)
{
        const char *path = path_of(in, dir, "keys.txt");
        char *text, **lines;
        GString *keys;
        bool ok = true;

        if (!exists(path))
                return true;
        text = read_text(in, path);
        if (text == NULL)
                return false;
        keys = g_string_new(NULL);
        lines = g_strsplit(text, "\n", -1);
        for (size_t i = 0; ok && lines[i] != NULL; i++) {
                char *key = g_strstrip(lines[i]);

                if (text_has_control(key) || strlen(key) > 200)
                        ok = fail(in, path, i + 1, "is no licence key");
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

static bool
read_product(struct reading *in, const char *dir, struct catalogue_product *to)
{
        if (!read_ini(in, dir, to))
                return false;
        to->summary = read_prose(in, dir, "summary.md", true);
        to->includes = read_prose(in, dir, "includes.md", true);
        to->refund = read_prose(in, dir, "refund.md", true);
        to->next_step = read_prose(in, dir, "next.md", false);
        if (to->summary == NULL || to->includes == NULL || to->refund == NULL || to->next_step == NULL ||
            !read_contents(in, dir, to) || !read_keys(in, dir, to))
                return false;
        digest_product(to);
        return true;
}

static bool
read_all(struct reading *in, const char *dir, struct catalogue *to)
{
        GPtrArray *folders = list_dir(in, dir, true, NULL);
        bool alone = exists(path_of(in, dir, "product.ini")), ok;

        to->texts = pool_alloc(in->pool, 2 * sizeof(*to->texts));
        to->products = pool_alloc(in->pool, (folders->len + 1) * sizeof(*to->products));
        ok = read_terms(in, dir, "terms", to) && read_terms(in, dir, "consent", to) && read_tax(in, dir, to);
        if (alone && ok)
                ok = read_product(in, dir, &to->products[to->n_products++]);
        for (guint i = 0; ok && !alone && i < folders->len; i++) {
                const char *folder = path_of(in, dir, g_ptr_array_index(folders, i));

                if (!exists(path_of(in, folder, "product.ini")))
                        continue;
                ok = read_product(in, folder, &to->products[to->n_products++]);
                for (size_t k = 0; ok && k + 1 < to->n_products; k++)
                        if (strcmp(to->products[k].slug, to->products[to->n_products - 1].slug) == 0)
                                ok = fail(in, path_of(in, folder, "product.ini"), 0, "another product is named %s",
                                          to->products[k].slug);
        }
        g_ptr_array_free(folders, TRUE);
        if (ok && to->n_products + to->n_texts + to->n_taxes == 0)
                ok = fail(in, dir, 0, exists(dir) ? "has no product: a folder with a product.ini" : "is no folder");
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
