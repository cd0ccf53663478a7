/* body: reads the gateway's JSON (jansson) with bounds. */
#include "gateway/body.h"

#include <string.h>

#include <jansson.h>

#include "base/text.h"

#define ID_MAX 255
#define NAME_MAX_LEN 63

/* jansson's own bound on nesting is 2048; ours is counted before it starts.  Strings are
 * skipped, so brackets inside them do not count.  Broken JSON is jansson's to refuse. */
static bool
too_deep(const char *text, size_t len)
{
        int depth = 0;
        bool quoted = false;

        for (size_t i = 0; i < len; i++) {
                char c = text[i];

                if (quoted) {
                        if (c == '\\')
                                i++;
                        else if (c == '"')
                                quoted = false;
                } else if (c == '"') {
                        quoted = true;
                } else if (c == '{' || c == '[') {
                        if (++depth > BODY_DEPTH)
                                return true;
                } else if (c == '}' || c == ']') {
                        depth--;
                }
        }
        return false;
}

static void
end_object(void *object)
{
        json_decref(object);
}

struct json_t *
body_parse(struct pool *pool, const void *bytes, size_t len, size_t max, const char **error)
{
        json_error_t why;
        json_t *object;

        if (len > max) {
                *error = "too large";
                return NULL;
        }
        if (too_deep(bytes, len)) {
                *error = "nested too deeply";
                return NULL;
        }
        object = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &why);
        if (!object) {
                /* jansson's words may quote the text: its code alone is clean. */
                *error = json_error_code(&why) == json_error_duplicate_key ? "a key stands twice"
                                                                           : "not JSON";
                return NULL;
        }
        pool_defer(pool, end_object, object);
        if (!json_is_object(object)) {
                *error = "not an object";
                return NULL;
        }
        return object;
}

const struct json_t *
body_at(const struct json_t *object, const char *path)
{
        char name[NAME_MAX_LEN + 1];

        while (object && *path) {
                size_t len = strcspn(path, ".");

                if (len > NAME_MAX_LEN)
                        return NULL;
                memcpy(name, path, len);
                name[len] = '\0';
                object = json_object_get(object, name);
                path += len;
                path += *path == '.';
        }
        return object;
}

const char *
body_text(struct pool *pool, const struct json_t *object, const char *path)
{
        const char *text = json_string_value(body_at(object, path));

        if (!text || !*text || text_has_control(text))
                return NULL;
        return pool_strdup(pool, text);
}

static bool
is_id(const char *text)
{
        size_t len =
                strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

        return len > 0 && len <= ID_MAX && text[len] == '\0';
}

const char *
body_id(struct pool *pool, const struct json_t *object, const char *path)
{
        const json_t *there = body_at(object, path);
        const char *id;

        if (json_is_object(there))
                there = json_object_get(there, "id");
        id = json_string_value(there);
        return id && is_id(id) ? pool_strdup(pool, id) : NULL;
}

const char *
body_currency(struct pool *pool, const struct json_t *object, const char *path)
{
        const char *text = json_string_value(body_at(object, path));
        char code[4] = {0};

        if (!text || strlen(text) != 3)
                return NULL;
        for (int i = 0; i < 3; i++) {
                char c = text[i];

                if (c >= 'a' && c <= 'z')
                        c = (char)(c - 'a' + 'A');
                if (c < 'A' || c > 'Z')
                        return NULL;
                code[i] = c;
        }
        return pool_strdup(pool, code);
}

bool
body_int(const struct json_t *object, const char *path, int64_t *value)
{
        const json_t *there = body_at(object, path);

        if (!json_is_integer(there))
                return false;
        *value = json_integer_value(there);
        return true;
}

bool
body_is_true(const struct json_t *object, const char *path)
{
        return json_is_true(body_at(object, path));
}

size_t
body_count(const struct json_t *object, const char *path)
{
        return json_array_size(body_at(object, path));
}

const struct json_t *
body_item(const struct json_t *object, const char *path, size_t i)
{
        return json_array_get(body_at(object, path), i);
}
