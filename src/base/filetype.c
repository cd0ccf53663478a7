/* filetype: what a file that somebody sent is, by its content. */
#include "base/filetype.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"

static const struct {
        const char *type, *magic;
        size_t len;
        const char *ending, *other_ending;
} types[] = {
        { "image/png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, ".png", ".png" },
        { "image/jpeg", "\xff\xd8\xff", 3, ".jpg", ".jpeg" },
        { "application/pdf", "%PDF-", 5, ".pdf", ".pdf" },
        { "text/plain", NULL, 0, ".txt", ".text" },
};

static bool
is_plain_text(const char *data, size_t len)
{
        if (!text_is_utf8(data, len))
                return false;
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)data[i];

                if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f'))
                        return false;
        }
        return true;
}

const char *
filetype_of(const void *data, size_t len)
{
        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                if (types[i].magic == NULL ? is_plain_text(data, len)
                                           : len >= types[i].len && memcmp(data, types[i].magic, types[i].len) == 0)
                        return types[i].type;
        }
        return NULL;
}

/* Characters that no name needs: of paths, of headers, and those that turn the direction of
 * writing, by which "exe.png" can be made to look like "png.exe" (U+202A-E, U+2066-9, U+200E-F). */
static bool
is_odd(gunichar c)
{
        return c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || (c < 0x80 && strchr("/\\\"<>:*?|", (int)c) != NULL) ||
               (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f ||
               c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

bool
filetype_has_card_number(struct pool *pool, const char *type, const void *data, size_t len)
{
        return strcmp(type, "text/plain") == 0 && text_has_card_number(pool_strndup(pool, data, len));
}

bool
filetype_name_is_clean(const char *name)
{
        size_t len = name != NULL ? strlen(name) : 0;

        if (len == 0 || len > FILE_NAME_MOST || name[0] == '.' || !text_is_utf8(name, len))
                return false;
        for (; *name != '\0'; name += g_utf8_skip[(unsigned char)*name]) {
                if (is_odd(g_utf8_get_char(name)))
                        return false;
        }
        return true;
}

static bool
ends_with(const char *name, const char *ending)
{
        size_t len = strlen(name), n = strlen(ending);

        return len > n && g_ascii_strcasecmp(name + len - n, ending) == 0;
}

const char *
filetype_name(struct pool *pool, const char *name, const char *type)
{
        GString *clean = g_string_new(NULL);
        const char *copy;

        if (name == NULL || !text_is_utf8(name, strlen(name)))
                name = "";
        for (; *name != '\0'; name += g_utf8_skip[(unsigned char)*name]) {
                gunichar c = g_utf8_get_char(name);

                if (clean->len + 6 + strlen(".jpeg") > FILE_NAME_MOST)
                        break;
                g_string_append_unichar(clean, is_odd(c) || (c == '.' && clean->len == 0) ? '_' : c);
        }
        if (clean->len == 0)
                g_string_append(clean, "file");
        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                if (strcmp(types[i].type, type) == 0 && !ends_with(clean->str, types[i].ending) &&
                    !ends_with(clean->str, types[i].other_ending))
                        g_string_append(clean, types[i].ending);
        }
        copy = pool_strdup(pool, clean->str);
        g_string_free(clean, TRUE);
        return copy;
}
