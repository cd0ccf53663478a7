/* multipart: forms with files in them (RFC 7578, as the HTML standard writes them). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "http/multipart.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"

enum { PARTS_MAX = 200, HEAD_MAX = 4096, BOUNDARY_MAX = 70 };

static const char media[] = "multipart/form-data";

bool
multipart_is(const char *type)
{
        size_t len = sizeof(media) - 1;

        return type != NULL && g_ascii_strncasecmp(type, media, len) == 0 && (type[len] == ';' || type[len] == ' ');
}

/* One parameter's value at *AT, which moves behind it: a word, or quoted.  In quotes %22, %0D
 * and %0A stand for what they say, as browsers write them, and a backslash before a quote is
 * dropped, as others do. */
static const char *
value_at(struct pool *pool, const char **at)
{
        const char *in = *at;
        char *text, *out;

        if (*in != '"') {
                size_t len = strcspn(in, "; \t");

                *at = in + len;
                return pool_strndup(pool, in, len);
        }
        text = out = pool_alloc(pool, strlen(in));
        for (in++; *in != '\0' && *in != '"'; in++) {
                if (in[0] == '\\' && in[1] == '"')
                        in++;
                *out = *in;
                if (g_ascii_strncasecmp(in, "%22", 3) == 0)
                        *out = '"';
                else if (g_ascii_strncasecmp(in, "%0D", 3) == 0)
                        *out = '\r';
                else if (g_ascii_strncasecmp(in, "%0A", 3) == 0)
                        *out = '\n';
                if (*in == '%' && *out != '%')
                        in += 2;
                out++;
        }
        *out = '\0';
        *at = in + (*in == '"');
        return text;
}

/* The parameter NAME of a header's VALUE ("form-data; name=\"files\"; filename=\"a.png\""), or NULL. */
static const char *
parameter(struct pool *pool, const char *value, const char *name)
{
        const char *at = value + strcspn(value, ";");

        while (*at == ';') {
                size_t len;
                bool wanted;

                at += 1 + strspn(at + 1, " \t");
                len = strcspn(at, "=;");
                wanted = len == strlen(name) && g_ascii_strncasecmp(at, name, len) == 0;
                at += len;
                if (*at == '=') {
                        const char *text;

                        at++;
                        text = value_at(pool, &at);
                        if (wanted)
                                return text;
                }
                at += strcspn(at, ";");
        }
        return NULL;
}

struct reader {
        struct pool *pool;
        const char *at, *end;
        const char *mark;               /* "\r\n--" and the boundary */
        size_t mark_len;
        struct multipart *form;
};

/* "\r\n--BOUNDARY" of a Content-Type, or NULL. */
static const char *
mark_of(struct pool *pool, const char *type)
{
        const char *boundary = parameter(pool, type, "boundary");
        size_t len = boundary != NULL ? strlen(boundary) : 0;

        if (len == 0 || len > BOUNDARY_MAX || text_has_control(boundary) || boundary[len - 1] == ' ')
                return NULL;
        return pool_printf(pool, "\r\n--%s", boundary);
}

/* The value of Content-Disposition in the HEAD of a part, or NULL. */
static const char *
disposition(struct pool *pool, const char *head)
{
        static const char name[] = "content-disposition:";

        for (const char *line = head; *line != '\0';) {
                size_t len = strcspn(line, "\r\n");

                if (len >= sizeof(name) - 1 && g_ascii_strncasecmp(line, name, sizeof(name) - 1) == 0)
                        return text_trim(pool, pool_strndup(pool, line + sizeof(name) - 1, len - (sizeof(name) - 1)));
                line += len + strspn(line + len, "\r\n");
        }
        return NULL;
}

/* One part, of which HEAD tells what it is; false when it is no part of a form. */
static bool
keep_part(struct reader *in, const char *head, const char *data, size_t len)
{
        const char *value = disposition(in->pool, head);
        const char *name, *file;

        if (value == NULL || g_ascii_strncasecmp(value, "form-data", 9) != 0)
                return false;
        name = parameter(in->pool, value, "name");
        file = parameter(in->pool, value, "filename");
        if (name == NULL || !text_is_utf8(name, strlen(name)) || in->form->n_fields + in->form->n_files == PARTS_MAX)
                return false;
        if (file != NULL) {
                if (*file != '\0' || len > 0)
                        in->form->files[in->form->n_files++] = (struct param_file){ name, file, data, len, NULL };
                return true;
        }
        if (memchr(data, '\0', len) != NULL || !text_is_utf8(data, len))
                return false;
        in->form->fields[in->form->n_fields++] = (struct param_field){ name, pool_strndup(in->pool, data, len) };
        return true;
}

/* From behind a boundary: *HEAD to *BLANK, the empty line, tell what the part is.  *LAST: there is
 * none, that was the end. */
static enum multipart_result
read_head(struct reader *in, bool *last, const char **head, const char **blank)
{

        *last = in->end - in->at >= 2 && memcmp(in->at, "--", 2) == 0;
        if (*last)
                return MULTIPART_OK;
        while (in->at < in->end && (*in->at == ' ' || *in->at == '\t'))
                in->at++;
        if (in->end - in->at < 2)
                return MULTIPART_CUT;
        if (memcmp(in->at, "\r\n", 2) != 0)
                return MULTIPART_BAD;
        *head = in->at + 2;
        *blank = memmem(*head, (size_t)MIN(in->end - *head, HEAD_MAX), "\r\n\r\n", 4);
        if (*blank == NULL)
                return in->end - *head < HEAD_MAX ? MULTIPART_CUT : MULTIPART_BAD;
        return memchr(*head, '\0', (size_t)(*blank - *head)) == NULL ? MULTIPART_OK : MULTIPART_BAD;
}

/* From behind a boundary to the next one.  OK: there may be more; *LAST: that was the end. */
static enum multipart_result
read_part(struct reader *in, bool *last)
{
        const char *head, *blank, *next;
        enum multipart_result result = read_head(in, last, &head, &blank);

        if (result != MULTIPART_OK || *last)
                return result;
        /* The blank line may itself begin the boundary's: an empty value. */
        next = memmem(blank + 2, (size_t)(in->end - blank - 2), in->mark, in->mark_len);
        if (next == NULL)
                return MULTIPART_CUT;
        in->at = next + in->mark_len;
        if (next < blank + 4)
                next = blank + 4;
        return keep_part(in, pool_strndup(in->pool, head, (size_t)(blank - head)), blank + 4, (size_t)(next - blank - 4))
                       ? MULTIPART_OK : MULTIPART_BAD;
}

/* IN at the beginning of BODY, behind the first boundary. */
static enum multipart_result
begin(struct reader *in, struct pool *pool, const char *type, const char *body, size_t len)
{
        *in = (struct reader){ .pool = pool, .at = body, .end = body + len, .mark = mark_of(pool, type) };
        if (in->mark == NULL)
                return MULTIPART_BAD;
        in->mark_len = strlen(in->mark);
        /* It stands at the very beginning, without the line's end before it. */
        if (len < in->mark_len - 2)
                return MULTIPART_CUT;
        in->at += in->mark_len - 2;
        return memcmp(body, in->mark + 2, in->mark_len - 2) == 0 ? MULTIPART_OK : MULTIPART_BAD;
}

enum multipart_result
multipart_read(struct pool *pool, const char *type, const char *body, size_t len, struct multipart *form)
{
        struct reader in;
        enum multipart_result result = begin(&in, pool, type, body, len);
        bool last = false;

        *form = (struct multipart){ .fields = pool_alloc(pool, PARTS_MAX * sizeof(*form->fields)),
                                    .files = pool_alloc(pool, PARTS_MAX * sizeof(*form->files)) };
        in.form = form;
        while (result == MULTIPART_OK && !last)
                result = read_part(&in, &last);
        return result;
}

bool
multipart_file(struct pool *pool, const char *type, const char *body, size_t len, const char *field, struct multipart_file *file)
{
        struct reader in;
        enum multipart_result result = begin(&in, pool, type, body, len);
        const char *head, *blank, *next;
        bool last = false;

        while (result == MULTIPART_OK) {
                const char *value, *name;

                result = read_head(&in, &last, &head, &blank);
                if (result != MULTIPART_OK || last)
                        break;
                value = disposition(pool, pool_strndup(pool, head, (size_t)(blank - head)));
                name = value != NULL ? parameter(pool, value, "name") : NULL;
                *file = (struct multipart_file){ value != NULL ? parameter(pool, value, "filename") : NULL,
                                                 (size_t)(blank + 4 - body), in.mark };
                if (file->name != NULL && text_equal(name, field))
                        return true;
                next = memmem(blank + 2, (size_t)(in.end - blank - 2), in.mark, in.mark_len);
                if (next == NULL)
                        break;
                in.at = next + in.mark_len;
        }
        return false;
}
