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

/* NAME as one may call a file, in at most MOST bytes; "file" where nothing is left. */
static char *
clean_name(struct pool *pool, const char *name, size_t most)
{
        GString *clean = g_string_new(NULL);
        char *copy;

        if (name == NULL || !text_is_utf8(name, strlen(name)))
                name = "";
        for (; *name != '\0'; name += g_utf8_skip[(unsigned char)*name]) {
                gunichar c = g_utf8_get_char(name);

                if (clean->len + 6 > most)
                        break;
                g_string_append_unichar(clean, is_odd(c) || (c == '.' && clean->len == 0) ? '_' : c);
        }
        copy = pool_strdup(pool, clean->len > 0 ? clean->str : "file");
        g_string_free(clean, TRUE);
        return copy;
}

const char *
filetype_name(struct pool *pool, const char *name, const char *type)
{
        const char *clean = clean_name(pool, name, FILE_NAME_MOST - strlen(".jpeg"));

        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                if (strcmp(types[i].type, type) == 0 && !ends_with(clean, types[i].ending) &&
                    !ends_with(clean, types[i].other_ending))
                        return pool_printf(pool, "%s%s", clean, types[i].ending);
        }
        return clean;
}

/* --- what is sold ------------------------------------------------------------------ */

#define BYTES(text) (text), sizeof(text) - 1
#define NO_MAGIC NULL, 0
enum { D = FILE_USE_DOWNLOAD, V = FILE_USE_VIDEO, C = FILE_USE_CAPTIONS, S = FILE_USE_SOFTWARE };

/* Ending and type, where it may be used, and what stands at which place of its beginning; without
 * that it is a text. */
static const struct {
        const char *ending, *type;
        unsigned use;
        size_t at;
        const char *magic;
        size_t len;
} sold[] = {
        { ".pdf",  "application/pdf",      D,     0, BYTES("%PDF-") },
        { ".zip",  "application/zip",      D,     0, BYTES("PK\3\4") },
        { ".epub", "application/epub+zip", D,     0, BYTES("PK\3\4") },
        { ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",   D, 0, BYTES("PK\3\4") },
        { ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",         D, 0, BYTES("PK\3\4") },
        { ".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", D, 0, BYTES("PK\3\4") },
        { ".mp4",  "video/mp4",            D | V, 4, BYTES("ftyp") },
        { ".webm", "video/webm",           D | V, 0, BYTES("\x1a\x45\xdf\xa3") },
        { ".m4a",  "audio/mp4",            D,     4, BYTES("ftyp") },
        { ".mp3",  "audio/mpeg",           D,     0, BYTES("ID3") },
        { ".mp3",  "audio/mpeg",           D,     0, BYTES("\xff\xfb") },
        { ".mp3",  "audio/mpeg",           D,     0, BYTES("\xff\xf3") },
        { ".wav",  "audio/wav",            D,     8, BYTES("WAVE") },
        { ".flac", "audio/flac",           D,     0, BYTES("fLaC") },
        { ".jpg",  "image/jpeg",           D,     0, BYTES("\xff\xd8\xff") },
        { ".jpeg", "image/jpeg",           D,     0, BYTES("\xff\xd8\xff") },
        { ".png",  "image/png",            D,     0, BYTES("\x89PNG\r\n\x1a\n") },
        { ".txt",  "text/plain",           D,     0, NO_MAGIC },
        { ".md",   "text/plain",           D,     0, NO_MAGIC },
        { ".csv",  "text/csv",             D,     0, NO_MAGIC },
        { ".vtt",  "text/vtt",             C,     0, BYTES("WEBVTT") },
        { ".vtt",  "text/vtt",             C,     0, BYTES("\xef\xbb\xbfWEBVTT") },
        { ".gz",   "application/gzip",     S,     0, BYTES("\x1f\x8b") },
        { ".xz",   "application/x-xz",     S,     0, BYTES("\xfd" "7zXZ") },
        { ".deb",  "application/octet-stream", S, 0, BYTES("!<arch>\n") },
        { ".exe",  "application/octet-stream", S, 0, BYTES("MZ") },
        { ".msi",  "application/octet-stream", S, 0, BYTES("\xd0\xcf\x11\xe0") },
        { ".AppImage", "application/octet-stream", S, 0, BYTES("\x7f" "ELF") },
};

const char *
filetype_of_name(const char *name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(sold); i++)
                if (ends_with(name, sold[i].ending))
                        return sold[i].type;
        return "application/octet-stream";
}

/* Text as far as it can be seen; a character that LEN cuts is not held against it. */
static bool
begins_as_text(const char *head, size_t len)
{
        for (size_t cut = 0; cut < 4 && cut < len; cut++) {
                if (is_plain_text(head, len - cut))
                        return true;
                if (len < FILE_HEAD)
                        return false;
        }
        return false;
}

const char *
filetype_sold(enum file_use use, const char *name, const void *head, size_t len)
{
        unsigned may = use == FILE_USE_SOFTWARE ? FILE_USE_SOFTWARE | FILE_USE_DOWNLOAD : (unsigned)use;

        for (size_t i = 0; i < G_N_ELEMENTS(sold); i++) {
                if ((sold[i].use & may) == 0 || !ends_with(name, sold[i].ending))
                        continue;
                if (sold[i].magic == NULL ? begins_as_text(head, len)
                                          : len >= sold[i].at + sold[i].len &&
                                                    memcmp((const char *)head + sold[i].at, sold[i].magic, sold[i].len) == 0)
                        return sold[i].type;
        }
        return NULL;
}

const char *
filetype_sold_name(struct pool *pool, const char *name)
{
        const char *ending = "", *slash;
        char *stem;

        if (name == NULL || !text_is_utf8(name, strlen(name)))
                name = "";
        while ((slash = strpbrk(name, "/\\")) != NULL)
                name = slash + 1;
        for (size_t i = 0; i < G_N_ELEMENTS(sold); i++)
                if (ends_with(name, sold[i].ending))
                        ending = sold[i].ending;
        stem = clean_name(pool, pool_strndup(pool, name, strlen(name) - strlen(ending)), FILE_NAME_MOST - strlen(ending));
        return pool_printf(pool, "%s%s", stem, ending);
}
