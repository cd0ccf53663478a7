/* form: form-encoded parameters with nested names. */
#include "sandbox/form.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/doc.h"

enum { DEPTH_MOST = 8, PAIRS_MOST = 1000 };

static int
hex(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char)tolower((unsigned char)c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoded, + is a blank; NULL when malformed. */
static char *
decode(struct pool *pool, const char *text, size_t len)
{
        char *out = pool_alloc(pool, len + 1);
        size_t n = 0;

        for (size_t i = 0; i < len; i++) {
                if (text[i] == '%') {
                        if (i + 2 >= len || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
                                return NULL;
                        out[n++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
                        i += 2;
                } else
                        out[n++] = text[i] == '+' ? ' ' : text[i];
        }
        return strlen(out) == n && text_is_utf8(out, n) ? out : NULL;
}

/* "a[b][]" into its parts; the number of them, 0 when malformed. */
static size_t
split_name(char *name, const char *parts[DEPTH_MOST])
{
        size_t n = 0;
        char *at = name + strcspn(name, "[");

        if (at == name || memchr(name, ']', (size_t)(at - name)) != NULL)
                return 0;
        parts[n++] = name;
        while (*at == '[') {
                char *end = strchr(at + 1, ']');

                if (end == NULL || n == DEPTH_MOST)
                        return 0;
                *at = *end = '\0';
                parts[n++] = at + 1;
                at = end + 1;
        }
        return *at == '\0' ? n : 0;
}

/* Put VALUE at PARTS below the object DOC; groups are objects until lists() has run. */
static bool
put(struct pool *pool, json_t *doc, const char *const *parts, size_t n, const char *value)
{
        for (size_t i = 0; i < n; i++) {
                const char *part = parts[i];
                json_t *inner;

                if (*part == '\0')
                        part = pool_printf(pool, "%zu", json_object_size(doc));
                inner = json_object_get(doc, part);
                if (i + 1 == n) {
                        if (inner != NULL && json_is_object(inner))
                                return false;
                        json_object_set_new(doc, part, json_string(value));
                        return true;
                }
                if (inner == NULL) {
                        json_object_set_new(doc, part, json_object());
                        inner = json_object_get(doc, part);
                }
                if (!json_is_object(inner))
                        return false;
                doc = inner;
        }
        return false;
}

static bool
is_list(const json_t *doc, const char *name)
{
        union { const json_t *in; json_t *out; } of = { .in = doc };
        const char *key;
        json_t *value;

        if (!json_is_object(doc) || json_object_size(doc) == 0 || strcmp(name, "metadata") == 0)
                return false;
        json_object_foreach(of.out, key, value)
                if (key[strspn(key, "0123456789")] != '\0' || strlen(key) > 4)
                        return false;
        return true;
}

/* Groups whose names are all numbers become lists. */
static json_t *
lists(struct pool *pool, json_t *doc, const char *name)
{
        json_t *result;
        const char *key;
        json_t *value;

        if (!json_is_object(doc))
                return doc;
        if (!is_list(doc, name)) {
                result = doc_keep(pool, json_object());
                json_object_foreach(doc, key, value)
                        doc_put(result, key, lists(pool, value, key));
                return result;
        }
        result = doc_keep(pool, json_array());
        for (int i = 0; i < 10000 && json_array_size(result) < json_object_size(doc); i++) {
                value = json_object_get(doc, pool_printf(pool, "%d", i));
                if (value != NULL)
                        json_array_append(result, lists(pool, value, ""));
        }
        return result;
}

json_t *
form_decode(struct pool *pool, const char *text, size_t len)
{
        json_t *doc = doc_keep(pool, json_object());
        const char *end = text + len;
        int pairs = 0;

        while (text < end) {
                const char *stop = memchr(text, '&', (size_t)(end - text));
                const char *equals;
                const char *parts[DEPTH_MOST];
                char *name, *value;
                size_t n;

                if (stop == NULL)
                        stop = end;
                if (stop == text) {
                        text++;
                        continue;
                }
                equals = memchr(text, '=', (size_t)(stop - text));
                if (equals == NULL)
                        equals = stop;
                name = decode(pool, text, (size_t)(equals - text));
                value = equals == stop ? pool_strdup(pool, "")
                                       : decode(pool, equals + 1, (size_t)(stop - equals - 1));
                if (name == NULL || value == NULL || ++pairs > PAIRS_MOST)
                        return NULL;
                n = split_name(name, parts);
                if (n == 0 || !put(pool, doc, parts, n, value))
                        return NULL;
                text = stop == end ? end : stop + 1;
        }
        return lists(pool, doc, "");
}
