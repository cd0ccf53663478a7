/* doc: JSON documents that belong to a pool. */
#include "sandbox/doc.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox/embedded.h"

static void
let_go(void *doc)
{
        json_decref(doc);
}

json_t *
doc_keep(struct pool *pool, json_t *doc)
{
        if (doc != NULL)
                pool_defer(pool, let_go, doc);
        return doc;
}

json_t *
doc_read(struct pool *pool, const char *text, size_t len)
{
        return doc_keep(pool, json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL));
}

char *
doc_write(struct pool *pool, const json_t *doc, bool sorted)
{
        size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | (sorted ? JSON_SORT_KEYS : 0);
        size_t len = json_dumpb(doc, NULL, 0, flags);
        char *text = pool_alloc(pool, len + 1);

        json_dumpb(doc, text, len, flags);
        return text;
}

const char *
doc_embedded(const char *name)
{
        for (const struct embedded *file = embedded; file->name != NULL; file++)
                if (strcmp(file->name, name) == 0)
                        return file->text;
        return NULL;
}

json_t *
doc_shape(struct pool *pool, const char *name)
{
        const char *text = doc_embedded(pool_printf(pool, "%s.json", name));

        if (text == NULL)
                abort();
        return doc_read(pool, text, strlen(text));
}

json_t *
doc_copy(struct pool *pool, const json_t *doc)
{
        return doc_keep(pool, json_deep_copy(doc));
}

json_t *
doc_at(const json_t *doc, const char *path)
{
        char name[128];

        while (doc != NULL && *path != '\0') {
                size_t len = strcspn(path, ".");

                if (len >= sizeof name)
                        return NULL;
                memcpy(name, path, len);
                name[len] = '\0';
                doc = json_is_array(doc) ? json_array_get(doc, (size_t)strtoul(name, NULL, 10))
                                         : json_object_get(doc, name);
                path += len + (path[len] == '.');
        }
        /* jansson's own getters give what they hold without const, too */
        union { const json_t *in; json_t *out; } borrowed = { .in = doc };
        return borrowed.out;
}

const char *
doc_text(const json_t *doc, const char *path)
{
        return json_string_value(doc_at(doc, path));
}

int64_t
doc_int(const json_t *doc, const char *path)
{
        return json_integer_value(doc_at(doc, path));
}

bool
doc_true(const json_t *doc, const char *path)
{
        return json_is_true(doc_at(doc, path));
}

bool
doc_is(const json_t *doc, const char *path, const char *text)
{
        const char *value = doc_text(doc, path);

        return value != NULL && strcmp(value, text) == 0;
}

void
doc_put_text(json_t *doc, const char *name, const char *text)
{
        json_object_set_new(doc, name, text != NULL ? json_string(text) : json_null());
}

void
doc_put_int(json_t *doc, const char *name, int64_t number)
{
        json_object_set_new(doc, name, json_integer(number));
}

void
doc_put_bool(json_t *doc, const char *name, bool truth)
{
        json_object_set_new(doc, name, json_boolean(truth));
}

void
doc_put(json_t *doc, const char *name, json_t *value)
{
        if (value != NULL)
                json_object_set(doc, name, value);
        else
                json_object_set_new(doc, name, json_null());
}

json_t *
doc_difference(struct pool *pool, const json_t *old, const json_t *new)
{
        json_t *difference = doc_keep(pool, json_object());
        union { const json_t *in; json_t *out; } was = { .in = old };
        const char *name;
        json_t *value;

        json_object_foreach(was.out, name, value) {
                json_t *now = json_object_get(new, name);

                if (now != NULL && json_equal(value, now))
                        continue;
                if (json_is_object(value) && json_is_object(now)) {
                        json_t *inner = doc_difference(pool, value, now);
                        doc_put(difference, name, inner != NULL ? inner : value);
                } else
                        doc_put(difference, name, value);
        }
        json_object_foreach((was.in = new, was.out), name, value)
                if (json_object_get(old, name) == NULL)
                        json_object_set_new(difference, name, json_null());
        return json_object_size(difference) > 0 ? difference : NULL;
}
