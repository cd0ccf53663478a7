/* fields: what an operation takes, checked before it runs. */
#include "sandbox/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/doc.h"

/* Does PATH ("line_items.0.price") fit PATTERN ("line_items.#.price"); TREE: or lie below. */
static bool
fits(const char *pattern, const char *path, bool tree)
{
        while (*pattern != '\0' && *path != '\0') {
                size_t a = strcspn(pattern, "."), b = strcspn(path, ".");
                bool any = a == 1 && *pattern == '#' && strspn(path, "0123456789") == b;

                if (!any && (a != b || strncmp(pattern, path, a) != 0))
                        return false;
                pattern += a + (pattern[a] == '.');
                path += b + (path[b] == '.');
        }
        return *pattern == '\0' && (*path == '\0' || tree);
}

/* line_items.0.price as line_items[0][price] */
static const char *
shown(struct pool *pool, const char *path)
{
        GString *text = g_string_new(NULL);
        const char *result;

        for (int part = 0; *path != '\0'; part++) {
                size_t len = strcspn(path, ".");

                g_string_append_printf(text, part == 0 ? "%.*s" : "[%.*s]", (int)len, path);
                path += len + (path[len] == '.');
        }
        result = pool_strdup(pool, text->str);
        g_string_free(text, TRUE);
        return result;
}

static json_t *
as_int(struct call *call, const char *path, const char *text)
{
        char *end;
        long long number;

        errno = 0;
        number = strtoll(text, &end, 10);
        if (*text == '\0' || *end != '\0' || errno != 0 || *text == ' ' || *text == '+') {
                call_refuse(call, "parameter_invalid_integer", shown(call->pool, path),
                            "Invalid integer: %s", text);
                return NULL;
        }
        return json_integer(number);
}

static json_t *
as_bool(struct call *call, const char *path, const char *text)
{
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
                return json_boolean(*text == 't');
        call_refuse(call, NULL, shown(call->pool, path), "Invalid boolean: %s", text);
        return NULL;
}

static bool
is_choice(const char *choices, const char *text)
{
        size_t len = strlen(text);

        for (const char *at = choices; *at != '\0'; at += strcspn(at, "|"), at += *at == '|')
                if (strcspn(at, "|") == len && strncmp(at, text, len) == 0)
                        return true;
        return false;
}

/* A checked value for the text VALUE at PATH, one new reference, or NULL after an error. */
static json_t *
checked(struct call *call, const struct field *fields, const char *path, const json_t *value)
{
        const char *text = json_string_value(value);

        if (fits("expand.#", path, false))
                return json_string(text);
        for (const struct field *field = fields; field->path != NULL; field++) {
                if (!fits(field->path, path, field->type == FIELD_TREE))
                        continue;
                if (field->type == FIELD_INT)
                        return as_int(call, path, text);
                if (field->type == FIELD_BOOL)
                        return as_bool(call, path, text);
                if (field->choices != NULL && *text != '\0' && !is_choice(field->choices, text)) {
                        call_refuse(call, NULL, shown(call->pool, path), "Invalid %s: must be one of %s",
                                    shown(call->pool, path), field->choices);
                        return NULL;
                }
                return json_string(text);
        }
        path = shown(call->pool, path);
        call_refuse(call, "parameter_unknown", path, "Received unknown parameter: %s", path);
        return NULL;
}

/* The checked copy of VALUE, which stands at PATH ("" at the top); one new reference. */
static json_t *
walk(struct call *call, const struct field *fields, const char *path, json_t *value)
{
        json_t *result;
        const char *name;
        json_t *inner;
        size_t i;

        if (json_is_string(value))
                return checked(call, fields, path, value);
        if (json_is_array(value)) {
                result = json_array();
                json_array_foreach(value, i, inner)
                        json_array_append_new(result, walk(call, fields,
                                              pool_printf(call->pool, "%s.%zu", path, i), inner));
                return result;
        }
        result = json_object();
        json_object_foreach(value, name, inner) {
                const char *below = *path == '\0' ? name : pool_printf(call->pool, "%s.%s", path, name);

                json_object_set_new(result, name, walk(call, fields, below, inner));
        }
        return result;
}

bool
fields_check(struct call *call, const struct field *fields)
{
        call->fields = doc_keep(call->pool, walk(call, fields, "", call->fields));
        for (const struct field *field = fields; field->path != NULL && call->error == NULL; field++)
                if (field->required && !field_given(call, field->path))
                        call_refuse(call, "parameter_missing", shown(call->pool, field->path),
                                    "Missing required param: %s.", shown(call->pool, field->path));
        return call->error == NULL;
}

bool
field_given(const struct call *call, const char *path)
{
        return doc_at(call->fields, path) != NULL;
}

const char *
field_text(const struct call *call, const char *path)
{
        const char *text = doc_text(call->fields, path);

        return text != NULL && *text != '\0' ? text : NULL;
}

int64_t
field_int(const struct call *call, const char *path, int64_t otherwise)
{
        return field_given(call, path) ? doc_int(call->fields, path) : otherwise;
}

bool
field_true(const struct call *call, const char *path)
{
        return doc_true(call->fields, path);
}

void
fields_copy(const struct call *call, json_t *doc, const char *const *names)
{
        for (; *names != NULL; names++) {
                json_t *value = json_object_get(call->fields, *names);

                if (value == NULL)
                        continue;
                if (json_is_string(value) && *json_string_value(value) == '\0')
                        doc_put(doc, *names, NULL);
                else
                        doc_put(doc, *names, value);
        }
}

void
fields_metadata(const struct call *call, const char *path, json_t *doc)
{
        json_t *given = doc_at(call->fields, path);
        json_t *metadata = json_object_get(doc, "metadata");
        const char *name;
        json_t *value;

        if (given == NULL)
                return;
        if (!json_is_object(metadata) || json_is_string(given)) {
                json_object_set_new(doc, "metadata", json_object());
                metadata = json_object_get(doc, "metadata");
        }
        json_object_foreach(given, name, value) {
                const char *text = json_string_value(value);

                if (text == NULL || *text == '\0')
                        json_object_del(metadata, name);
                else
                        doc_put(metadata, name, value);
        }
}
