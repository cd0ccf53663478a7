/* fill: fields in texts, see fill.h. */
#include "domain/fill.h"

#include <string.h>

#include <glib.h>

/* The name in "{name}" at TEXT; its length, 0 when no field begins there. */
static size_t
field_length(const char *text)
{
        size_t len;

        if (*text != '{')
                return 0;
        len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
        return len > 0 && text[1 + len] == '}' ? len : 0;
}

static const struct fill_field *
find(const struct fill_field *fields, size_t n, const char *name, size_t len)
{
        for (size_t i = 0; i < n; i++)
                if (strlen(fields[i].name) == len && memcmp(fields[i].name, name, len) == 0)
                        return &fields[i];
        return NULL;
}

static void
append(GString *out, const char *value, bool markdown)
{
        for (const char *p = value != NULL ? value : ""; *p != '\0'; p++) {
                if (*p == '\n' || *p == '\r') {
                        g_string_append_c(out, ' ');
                        continue;
                }
                if (markdown && strchr("\\`*_{}[]()<>#+-.!|~&:@", *p) != NULL)
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *p);
        }
}

/* LINE of LEN bytes, filled; false when it held fields alone and nothing came of them. */
static bool
fill_line(GString *out, const char *line, size_t len, const struct fill_field *fields, size_t n, bool markdown)
{
        gsize began = out->len;
        bool filled = false;

        for (size_t i = 0; i < len; i++) {
                size_t name = field_length(line + i);
                const struct fill_field *field = name > 0 ? find(fields, n, line + i + 1, name) : NULL;

                if (field == NULL) {
                        g_string_append_c(out, line[i]);
                        continue;
                }
                filled = true;
                append(out, field->value, markdown);
                i += name + 1;
        }
        return !filled || strspn(out->str + began, " \t\r") < out->len - began;
}

char *
fill_text(struct pool *pool, const char *text, const struct fill_field *fields, size_t n, bool markdown)
{
        GString *out = g_string_new(NULL);
        char *result;

        while (*text != '\0') {
                size_t len = strcspn(text, "\n");
                gsize began = out->len;
                bool keep = fill_line(out, text, len, fields, n, markdown);

                text += len;
                if (!keep)
                        g_string_truncate(out, began);
                if (*text == '\n') {
                        text++;
                        /* The empty line behind a line that went goes with it. */
                        if (keep)
                                g_string_append_c(out, '\n');
                        else if (*text == '\n')
                                text++;
                }
        }
        result = pool_strdup(pool, out->str);
        g_string_free(out, TRUE);
        return result;
}

const char *
fill_unknown(struct pool *pool, const char *text, const struct fill_field *fields, size_t n)
{
        for (; *text != '\0'; text++) {
                size_t len = field_length(text);

                if (len > 0 && find(fields, n, text + 1, len) == NULL)
                        return pool_strndup(pool, text + 1, len);
        }
        return NULL;
}
