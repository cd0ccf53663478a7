/* message: writes a mail as RFC 5322 and MIME bytes (RFC 2045-2047, 2231, 3834). */
#include "mail/message.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"

#define LINE_MAX_LEN 76 /* of a header or an encoded line, without CRLF */
#define WORD_BYTES 39   /* of text in one encoded word: 64 as it is written */
#define NAME_BYTES 255  /* of a file's name */
#define ATOM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-."

static bool
is_ascii(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text >= 128)
                        return false;
        return true;
}

/* --- header values --- */

/* The address as it may stand between < and >: no quoting, the domain in its ASCII form. */
static const char *
clean_address(struct pool *pool, const char *address)
{
        const char *at = address ? strrchr(address, '@') : NULL;
        const char *domain, *folded;
        size_t local;

        if (!at || text_has_control(address))
                return NULL;
        local = (size_t)(at - address);
        if (local == 0 || strspn(address, ATOM) != local)
                return NULL;
        domain = at + 1;
        if (!is_ascii(domain)) {
                folded = text_fold_email(pool, address);
                if (!folded)
                        return NULL;
                domain = strrchr(folded, '@') + 1;
        }
        if (!*domain || domain[strspn(domain, ATOM)] != '\0')
                return NULL;
        return pool_printf(pool, "%.*s@%s", (int)local, address, domain);
}

static bool
is_clean(const char *text)
{
        return !text_has_control(text) && text_is_utf8(text, strlen(text));
}

/* As encoded words, each whole in itself (RFC 2047): characters are never split. */
static void
append_encoded_words(GString *out, struct pool *pool, const char *text)
{
        bool first = true;

        while (*text) {
                size_t len = strlen(text);

                if (len > WORD_BYTES) {
                        len = WORD_BYTES;
                        while (((unsigned char)text[len] & 0xC0) == 0x80)
                                len--;
                }
                g_string_append_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ",
                                       token_base64(pool, text, len, 0));
                text += len;
                first = false;
        }
}

static void
append_text_header(GString *out, struct pool *pool, const char *name, const char *text)
{
        size_t len = strlen(text);
        bool plain = is_ascii(text) && !strstr(text, "=?") && len > 0 && text[0] != ' ' &&
                     text[len - 1] != ' ' && strlen(name) + 2 + len <= LINE_MAX_LEN;

        g_string_append_printf(out, "%s: ", name);
        if (plain)
                g_string_append(out, text);
        else
                append_encoded_words(out, pool, text);
        g_string_append(out, "\r\n");
}

/* NAME <ADDRESS>, the name quoted or encoded. */
static void
append_person_header(GString *out, struct pool *pool, const char *header, const char *name,
                     const char *address)
{
        g_string_append_printf(out, "%s: ", header);
        if (text_is_empty(name)) {
                g_string_append_printf(out, "<%s>\r\n", address);
                return;
        }
        if (is_ascii(name) && !strstr(name, "=?") && strlen(name) <= WORD_BYTES) {
                g_string_append_c(out, '"');
                for (const char *c = name; *c; c++) {
                        if (*c == '"' || *c == '\\')
                                g_string_append_c(out, '\\');
                        g_string_append_c(out, *c);
                }
                g_string_append_c(out, '"');
        } else {
                append_encoded_words(out, pool, name);
        }
        g_string_append_printf(out, "\r\n <%s>\r\n", address);
}

static void
append_date_header(GString *out, instant date)
{
        static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        time_t seconds = (time_t)(date / CLOCK_SECOND);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        g_string_append_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n",
                               days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                               tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* --- bodies --- */

/* Every line end becomes CRLF, and there is one at the end. */
static GString *
with_crlf(const char *text)
{
        GString *out = g_string_sized_new(strlen(text) + 64);

        for (; *text; text++) {
                if (*text == '\r' && text[1] == '\n')
                        continue;
                if (*text == '\n' || *text == '\r')
                        g_string_append(out, "\r\n");
                else
                        g_string_append_c(out, *text);
        }
        if (out->len > 0 && out->str[out->len - 1] != '\n')
                g_string_append(out, "\r\n");
        return out;
}

/* Readable as it is, but for what only base64 keeps short. */
static bool
prefers_base64(const GString *text)
{
        size_t high = 0;

        for (size_t i = 0; i < text->len; i++)
                high += (unsigned char)text->str[i] >= 128;
        return high > text->len / 6;
}

/* TEXT has CRLF line ends (RFC 2045, 6.7).  Besides what must be encoded: white space at a
 * line's end, and a dot or "From " that begins one, which some relays touch. */
static void
append_quoted_printable(GString *out, const GString *text)
{
        size_t column = 0;

        for (size_t i = 0; i < text->len; i++) {
                unsigned char c = (unsigned char)text->str[i];
                bool at_end = i + 1 < text->len && text->str[i + 1] == '\r';
                bool plain = c >= 33 && c <= 126 && c != '=';

                if (c == '\r') {
                        g_string_append(out, "\r\n");
                        column = 0;
                        i++;
                        continue;
                }
                if (c == ' ' || c == '\t')
                        plain = !at_end;
                if (column == 0 && (c == '.' || g_str_has_prefix(text->str + i, "From ")))
                        plain = false;
                if (column + (plain ? 1 : 3) > LINE_MAX_LEN - 1) {
                        g_string_append(out, "=\r\n");
                        column = 0;
                }
                if (plain)
                        g_string_append_c(out, (char)c);
                else
                        g_string_append_printf(out, "=%02X", c);
                column += plain ? 1 : 3;
        }
}

static void
append_base64(GString *out, struct pool *pool, const void *data, size_t len)
{
        const char *text = token_base64(pool, data, len, LINE_MAX_LEN);

        g_string_append(out, text);
        if (*text && !g_str_has_suffix(text, "\r\n"))
                g_string_append(out, "\r\n");
}

static void
append_text_part(GString *out, struct pool *pool, const char *subtype, const char *body)
{
        GString *text = with_crlf(body);
        bool base64 = prefers_base64(text);

        g_string_append_printf(out,
                               "Content-Type: text/%s; charset=utf-8\r\n"
                               "Content-Transfer-Encoding: %s\r\n\r\n",
                               subtype, base64 ? "base64" : "quoted-printable");
        if (base64)
                append_base64(out, pool, text->str, text->len);
        else
                append_quoted_printable(out, text);
        g_string_free(text, TRUE);
}

/* The bodies above hold no "=_": base64 has no underscore, and in quoted-printable a hex
 * digit or the line's end follows each "=".  So a boundary with it occurs in none. */
static const char *
boundary(struct pool *pool, const struct message *message, const char *which)
{
        const char *seed = pool_printf(pool, "%s/%s", which, message->id);
        uint8_t hash[TOKEN_HASH_SIZE];

        token_sha256(seed, strlen(seed), hash);
        return pool_printf(pool, "=_%s_%s", which, token_hex(pool, hash, 12));
}

static void
append_words(GString *out, struct pool *pool, const struct message *message)
{
        const char *mark = boundary(pool, message, "words");

        if (!message->html) {
                append_text_part(out, pool, "plain", message->text);
                return;
        }
        g_string_append_printf(
                out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", mark);
        g_string_append_printf(out, "--%s\r\n", mark);
        append_text_part(out, pool, "plain", message->text);
        g_string_append_printf(out, "\r\n--%s\r\n", mark);
        append_text_part(out, pool, "html", message->html);
        g_string_append_printf(out, "\r\n--%s--\r\n", mark);
}

static void
append_file(GString *out, struct pool *pool, const struct message_file *file)
{
        g_string_append_printf(out, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n",
                               file->type);
        if (is_ascii(file->name) && !strpbrk(file->name, "\"\\") && strlen(file->name) <= 60)
                g_string_append_printf(out,
                                       "Content-Disposition: attachment;\r\n filename=\"%s\"\r\n",
                                       file->name);
        else
                g_string_append_printf(
                        out, "Content-Disposition: attachment;\r\n filename*=UTF-8''%s\r\n",
                        text_url_encode(pool, file->name));
        g_string_append(out, "\r\n");
        append_base64(out, pool, file->data, file->len);
}

static void
append_content(GString *out, struct pool *pool, const struct message *message)
{
        const char *mark = boundary(pool, message, "parts");

        if (message->n_files == 0) {
                append_words(out, pool, message);
                return;
        }
        g_string_append_printf(out, "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n\r\n",
                               mark);
        g_string_append_printf(out, "--%s\r\n", mark);
        append_words(out, pool, message);
        for (size_t i = 0; i < message->n_files; i++) {
                g_string_append_printf(out, "\r\n--%s\r\n", mark);
                append_file(out, pool, &message->files[i]);
        }
        g_string_append_printf(out, "\r\n--%s--\r\n", mark);
}

/* --- the whole --- */

static bool
is_media_type(const char *type)
{
        const char *slash = strchr(type, '/');

        return slash && slash > type && slash[1] && !strchr(slash + 1, '/') &&
               strlen(type) <= 100 &&
               type[strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "!#$&^_.+-/")] == '\0';
}

static const char *
files_fault(const struct message *message)
{
        for (size_t i = 0; i < message->n_files; i++) {
                const struct message_file *file = &message->files[i];

                if (text_is_empty(file->name) || !is_clean(file->name) ||
                    strlen(file->name) > NAME_BYTES)
                        return "a file's name is not clean";
                if (!is_media_type(file->type))
                        return "a file's type is not clean";
        }
        return NULL;
}

static const char *
message_fault(const struct message *message)
{
        if (text_is_empty(message->id) || message->id[strspn(message->id, ATOM)] != '\0' ||
            strlen(message->id) > 200)
                return "the id is not clean";
        if (message->from_name && !is_clean(message->from_name))
                return "the sender's name is not clean";
        if (message->to_name && !is_clean(message->to_name))
                return "the recipient's name is not clean";
        if (!message->subject || !is_clean(message->subject))
                return "the subject is not clean";
        if (!message->text || !text_is_utf8(message->text, strlen(message->text)))
                return "the text is not UTF-8";
        if (message->html && !text_is_utf8(message->html, strlen(message->html)))
                return "the HTML is not UTF-8";
        return files_fault(message);
}

const char *
message_bytes(struct pool *pool, const struct message *message, size_t *len, const char **error)
{
        const char *from = clean_address(pool, message->from);
        const char *to = clean_address(pool, message->to);
        const char *reply_to = message->reply_to ? clean_address(pool, message->reply_to) : NULL;
        const char *bytes;
        GString *out;

        *error = message_fault(message);
        if (!from || !to || (message->reply_to && !reply_to))
                *error = "an address is not clean";
        if (*error)
                return NULL;
        out = g_string_sized_new(8192);
        append_date_header(out, message->date);
        append_person_header(out, pool, "From", message->from_name, from);
        append_person_header(out, pool, "To", message->to_name, to);
        if (reply_to)
                append_person_header(out, pool, "Reply-To", NULL, reply_to);
        append_text_header(out, pool, "Subject", message->subject);
        g_string_append_printf(out, "Message-ID: <%s%s>\r\n", message->id, strrchr(from, '@'));
        g_string_append(out, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
        append_content(out, pool, message);
        *len = out->len;
        bytes = pool_memdup(pool, out->str, out->len + 1);
        g_string_free(out, TRUE);
        return bytes;
}
