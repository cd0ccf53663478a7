/* source: the files of a catalogue, read with the place of each fault; see source.h. */
#include "ctl/source.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"

bool
source_fail(struct reading *in, const char *path, size_t line, const char *format, ...)
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

const char *
source_path(struct reading *in, const char *dir, const char *name)
{
        return pool_printf(in->pool, "%s/%s", dir, name);
}

bool
source_exists(const char *path)
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
                source_fail(in, path, 0, "%s",
                            g_file_test(path, G_FILE_TEST_EXISTS) ? "cannot be read"
                                                                  : "is missing");
                g_error_free(problem);
                return NULL;
        }
        copy = pool_strndup(in->pool, data, *len);
        g_free(data);
        return copy;
}

/* Text of PATH, UTF-8, line ends as LF. */
char *
source_text(struct reading *in, const char *path)
{
        size_t len;
        char *text = read_bytes(in, path, &len), *to;
        const char *end;

        if (text == NULL)
                return NULL;
        if (!g_utf8_validate_len(text, len, &end)) {
                source_fail(in, path, line_at(text, end), "is not UTF-8 text");
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
const char *
source_prose(struct reading *in, const char *dir, const char *name, bool required)
{
        const char *path = source_path(in, dir, name);
        const char *text;

        if (!required && !source_exists(path))
                return "";
        text = source_text(in, path);
        if (text == NULL)
                return NULL;
        text = text_trim(in->pool, text);
        if (required && text[0] == '\0') {
                source_fail(in, path, 1, "is empty");
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
GPtrArray *
source_list(struct reading *in, const char *dir, bool folders, const char *suffix)
{
        GPtrArray *names = g_ptr_array_new();
        GDir *handle = g_dir_open(dir, 0, NULL);
        const char *name;

        while (handle != NULL && (name = g_dir_read_name(handle)) != NULL) {
                bool is_folder = g_file_test(source_path(in, dir, name), G_FILE_TEST_IS_DIR);

                if (name[0] != '.' && is_folder == folders &&
                    (suffix == NULL || g_str_has_suffix(name, suffix)))
                        g_ptr_array_add(names, pool_strdup(in->pool, name));
        }
        if (handle != NULL)
                g_dir_close(handle);
        g_ptr_array_sort(names, by_name);
        return names;
}

static bool
head_line(struct reading *in, const char *path, size_t number, const char *text, source_line *line, void *data)
{
        const char *colon = strchr(text, ':');
        const char *key, *value;

        if (colon == NULL)
                return source_fail(in, path, number, "wants a name, a colon and a value");
        key = text_trim(in->pool, pool_strndup(in->pool, text, (size_t)(colon - text)));
        value = text_trim(in->pool, colon + 1);
        if (value[0] == '\0' || text_has_control(value))
                return source_fail(in, path, number, "%s has no value", key);
        return line(in, path, number, key, value, data) && *in->error == NULL;
}

const char *
source_headed(struct reading *in, const char *path, source_line *line, void *data)
{
        char *text = source_text(in, path), **lines;
        const char *result;
        GString *body;
        size_t i = 1;
        bool ok = true;

        if (text == NULL)
                return NULL;
        lines = g_strsplit(text, "\n", -1);
        if (lines[0] == NULL || strcmp(g_strchomp(lines[0]), "---") != 0)
                ok = source_fail(in, path, 1, "must begin with a head between two lines of ---");
        for (; ok && lines[i] != NULL && strcmp(g_strchomp(lines[i]), "---") != 0; i++)
                if (lines[i][0] != '\0')
                        ok = head_line(in, path, i + 1, lines[i], line, data);
        if (ok && lines[i] == NULL)
                ok = source_fail(in, path, i, "the head has no end: a line of ---");
        body = g_string_new(NULL);
        for (i++; ok && lines[i] != NULL; i++)
                g_string_append_printf(body, "%s\n", lines[i]);
        result = ok ? text_trim(in->pool, body->str) : NULL;
        g_string_free(body, TRUE);
        g_strfreev(lines);
        return result;
}

bool
source_one_of(const char *text, const char *const *list)
{
        for (; *list != NULL; list++)
                if (strcmp(text, *list) == 0)
                        return true;
        return false;
}

bool
source_tax_class(const char *name)
{
        return text_equal(name, "digital") || text_equal(name, "service");
}
