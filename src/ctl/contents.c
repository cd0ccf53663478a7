/* contents: sections, items and their files; see contents.h. */
#include "ctl/contents.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/filetype.h"
#include "base/store.h"
#include "base/text.h"

static const struct catalogue_file *
read_file(struct reading *in, const char *dir, const char *name, const char *from, size_t line)
{
        struct catalogue_file *file = pool_alloc(in->pool, sizeof(*file));

        file->name = name;
        file->path = pool_printf(in->pool, "%s/files/%s", dir, name);
        file->content_type = filetype_of_name(name);
        if (strchr(name, '/') != NULL || name[0] == '.' || !source_exists(file->path)) {
                source_fail(in, from, line, "there is no file files/%s", name);
                return NULL;
        }
        if (!store_look(in->pool, file->path, &file->size, file->sha256)) {
                source_fail(in, file->path, 0, "cannot be read");
                return NULL;
        }
        return file;
}

/* What the head of an item may say, and what it is read into. */
struct head {
        const char *dir;        /* of the product: its files */
        struct catalogue_item *to;
};

static bool
read_head_line(struct reading *in, const char *path, size_t number, const char *key, const char *value, void *data)
{
        const struct head *head = data;
        struct catalogue_item *to = head->to;
        char *end;
        long minutes;

        if (strcmp(key, "title") == 0) {
                to->title = value;
        } else if (strcmp(key, "kind") == 0) {
                to->kind = value;
        } else if (strcmp(key, "minutes") == 0) {
                minutes = strtol(value, &end, 10);
                if (*end != '\0' || minutes < 1 || minutes > 10000)
                        return source_fail(in, path, number, "%s is no number of minutes", value);
                to->minutes = (int32_t)minutes;
        } else if (strcmp(key, "url") == 0) {
                if (!text_starts(value, "https://") && !text_starts(value, "http://"))
                        return source_fail(in, path, number, "an address begins with https://");
                to->url = value;
        } else if (strcmp(key, "file") == 0) {
                to->file = read_file(in, head->dir, value, path, number);
        } else if (strcmp(key, "captions") == 0) {
                to->captions = read_file(in, head->dir, value, path, number);
        } else {
                return source_fail(in, path, number, "there is no %s here", key);
        }
        return *in->error == NULL;
}

/* What each kind must have and must not have. */
static bool
check_item(struct reading *in, const char *path, const struct catalogue_item *item)
{
        static const char *const kinds[] = {"lesson",  "video", "download", "link",
                                            "licence", "call",  "group",    NULL};
        bool wants_file, wants_url;

        if (item->title == NULL || item->kind == NULL)
                return source_fail(in, path, 1, "its head wants a title and a kind");
        if (!source_one_of(item->kind, kinds))
                return source_fail(
                        in, path, 1,
                        "the kind is lesson, video, download, link, licence, call or group");
        wants_file = strcmp(item->kind, "video") == 0 || strcmp(item->kind, "download") == 0;
        wants_url = strcmp(item->kind, "link") == 0 || strcmp(item->kind, "call") == 0 ||
                    strcmp(item->kind, "group") == 0;
        if (wants_file != (item->file != NULL))
                return source_fail(in, path, 1,
                                   wants_file ? "a %s wants a file" : "a %s has no file",
                                   item->kind);
        if (wants_url != (item->url != NULL))
                return source_fail(in, path, 1, wants_url ? "a %s wants a url" : "a %s has no url", item->kind);
        if (strcmp(item->kind, "video") == 0 && !text_starts(item->file->content_type, "video/"))
                return source_fail(in, path, 1, "a video is an mp4 or webm file");
        if (item->captions != NULL && (strcmp(item->kind, "video") != 0 ||
                                       strcmp(item->captions->content_type, "text/vtt") != 0))
                return source_fail(in, path, 1, "captions are a vtt file of a video");
        return item->body[0] != '\0' || strcmp(item->kind, "lesson") != 0 ||
               source_fail(in, path, 1, "a lesson wants a text");
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
read_item(struct reading *in, const char *dir, const char *section_dir, const char *name,
          struct catalogue_item *to)
{
        const char *path = source_path(in, section_dir, name);
        struct head head = { dir, to };

        to->slug = slug_of(in, name);
        if (to->slug == NULL)
                return source_fail(in, path, 0, "must be named like 03-two-computers.md");
        to->body = source_headed(in, path, read_head_line, &head);
        return to->body != NULL && check_item(in, path, to);
}

/* What a section is called: title.txt in its folder, else the folder's name. */
static const char *
section_title(struct reading *in, const char *dir, const char *name)
{
        const char *title = source_prose(in, dir, "title.txt", false);
        char *words;

        if (title == NULL || text_has_control(title))
                return title == NULL ? NULL
                                     : (source_fail(in, source_path(in, dir, "title.txt"), 1,
                                                    "is one line"),
                                        NULL);
        if (title[0] != '\0')
                return title;
        title = slug_of(in, name);
        if (title == NULL) {
                source_fail(in, dir, 0, "must be named like 02-seeing-light");
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
        const char *section_dir = source_path(in, contents, name);
        const char *title = section_title(in, section_dir, name);
        GPtrArray *names = source_list(in, section_dir, false, ".md");
        bool ok = title != NULL;

        for (guint i = 0; ok && i < names->len; i++) {
                struct catalogue_item item = { .section = title };

                ok = read_item(in, dir, section_dir, g_ptr_array_index(names, i), &item);
                for (guint k = 0; ok && k < items->len; k++)
                        if (strcmp(g_array_index(items, struct catalogue_item, k).slug, item.slug) == 0)
                                ok = source_fail(
                                        in,
                                        source_path(in, section_dir, g_ptr_array_index(names, i)),
                                        0, "another item of this product is named %s", item.slug);
                g_array_append_val(items, item);
        }
        g_ptr_array_free(names, TRUE);
        return ok;
}

bool
contents_read(struct reading *in, const char *dir, struct catalogue_product *to)
{
        const char *contents = source_path(in, dir, "contents");
        GPtrArray *sections = source_list(in, contents, true, NULL);
        GArray *items = g_array_new(FALSE, TRUE, sizeof(struct catalogue_item));
        bool ok = true;

        for (guint i = 0; ok && i < sections->len; i++)
                ok = read_section(in, dir, contents, g_ptr_array_index(sections, i), items);
        if (ok && items->len == 0)
                ok = source_fail(in, contents, 0, "has no item: a product wants at least one");
        to->n_items = items->len;
        to->items = pool_memdup(in->pool, items->data, items->len * sizeof(struct catalogue_item) + 1);
        g_array_free(items, TRUE);
        g_ptr_array_free(sections, TRUE);
        return ok;
}
