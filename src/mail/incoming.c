/* incoming: a mail from outside, taken apart by GMime.  The only file of the product with it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "mail/incoming.h"

#include <string.h>

#include <gmime/gmime.h>

#include "base/text.h"

enum {
        DEPTH_MOST = 20, LEAVES_MOST = 100,
        NESTS_MOST = 200,               /* GMime follows parts by recursion: so many cannot exhaust the stack */
        TEXT_MOST = 1024 * 1024         /* bytes of words that are looked at */
};

struct reader {
        struct pool *pool;
        struct incoming *mail;
        GString *text, *html;
        size_t leaves;
};

/* --- values ------------------------------------------------------------------- */

/* One header, decoded; "" when absent. */
static const char *
header_of(struct pool *pool, GMimeObject *object, const char *name)
{
        const char *raw = g_mime_object_get_header(object, name);
        char *plain;
        const char *copy;

        if (raw == NULL)
                return "";
        plain = g_mime_utils_header_decode_text(NULL, raw);
        copy = text_trim(pool, plain);
        g_free(plain);
        return copy;
}

/* Valid UTF-8 with LF and tabs, but no other control characters. */
static const char *
cleaned(struct pool *pool, const char *text, size_t len)
{
        char *valid = g_utf8_make_valid(text, (gssize)len);
        char *copy = pool_strdup(pool, valid), *out = copy;

        g_free(valid);
        for (const char *in = copy; *in != '\0';) {
                size_t n = g_utf8_skip[(unsigned char)*in];
                gunichar c = g_utf8_get_char(in);

                if (c == '\r' && in[1] != '\n')
                        *out++ = '\n';
                else if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f && (c < 0x80 || c > 0x9f)))
                        for (size_t i = 0; i < n; i++)
                                *out++ = in[i];
                in += n;
        }
        *out = '\0';
        return copy;
}

static bool
starts_fold(const char *text, const char *prefix)
{
        return g_ascii_strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* --- who and what --------------------------------------------------------------- */

/* A machine writes this: it is never answered, and never becomes a post (RFC 3834). */
static bool
is_automatic(struct pool *pool, GMimeObject *mail)
{
        const char *submitted = header_of(pool, mail, "Auto-Submitted"), *precedence = header_of(pool, mail, "Precedence");
        const char *back = header_of(pool, mail, "Return-Path");

        if (*submitted != '\0' && !starts_fold(submitted, "no"))
                return true;
        if (strcmp(back, "<>") == 0 || *header_of(pool, mail, "List-Id") != '\0' ||
            *header_of(pool, mail, "X-Autoreply") != '\0' || *header_of(pool, mail, "X-Autorespond") != '\0')
                return true;
        return starts_fold(precedence, "bulk") || starts_fold(precedence, "junk") || starts_fold(precedence, "list") ||
               starts_fold(precedence, "auto_reply");
}

static void
add_addresses(struct pool *pool, GPtrArray *out, InternetAddressList *list, int depth)
{
        for (int i = 0; list != NULL && i < internet_address_list_length(list) && out->len < 50; i++) {
                InternetAddress *address = internet_address_list_get_address(list, i);

                if (INTERNET_ADDRESS_IS_MAILBOX(address))
                        g_ptr_array_add(out, pool_strdup(pool, internet_address_mailbox_get_addr(
                                                                       INTERNET_ADDRESS_MAILBOX(address))));
                else if (INTERNET_ADDRESS_IS_GROUP(address) && depth < 2)
                        add_addresses(pool, out, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), depth + 1);
        }
}

static void
add_header_addresses(struct pool *pool, GPtrArray *out, GMimeObject *mail, const char *name)
{
        GMimeHeaderList *headers = g_mime_object_get_header_list(mail);

        for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
                GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
                InternetAddressList *list;

                if (g_ascii_strcasecmp(g_mime_header_get_name(header), name) != 0)
                        continue;
                list = internet_address_list_parse(NULL, g_mime_header_get_raw_value(header));
                add_addresses(pool, out, list, 0);
                g_clear_object(&list);
        }
}

static void
read_people(struct reader *in, GMimeMessage *message)
{
        static const char *const names[] = { "Delivered-To", "X-Original-To", "To", "Cc" };
        GMimeObject *mail = GMIME_OBJECT(message);
        GPtrArray *found = g_ptr_array_new();
        GPtrArray *from = g_ptr_array_new();

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                add_header_addresses(in->pool, found, mail, names[i]);
        g_ptr_array_add(found, NULL);
        in->mail->recipients = pool_memdup(in->pool, found->pdata, found->len * sizeof(void *));
        add_addresses(in->pool, from, g_mime_message_get_from(message), 0);
        if (from->len > 0 && text_is_email(g_ptr_array_index(from, 0)))
                in->mail->from = g_ptr_array_index(from, 0);
        g_ptr_array_free(found, TRUE);
        g_ptr_array_free(from, TRUE);
        in->mail->id = pool_strdup(in->pool, g_mime_message_get_message_id(message));
        in->mail->automatic = is_automatic(in->pool, mail);
}

/* --- parts ------------------------------------------------------------------------ */

static void
keep_bytes(struct reader *in, GMimePart *part, const char *name)
{
        GMimeStream *memory = g_mime_stream_mem_new();
        GMimeDataWrapper *content = g_mime_part_get_content(part);
        GByteArray *bytes;

        if (content != NULL)
                g_mime_data_wrapper_write_to_stream(content, memory);
        bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
        in->mail->files[in->mail->n_files++] = (struct incoming_file){
                pool_strdup(in->pool, name), pool_memdup(in->pool, bytes->data, bytes->len), bytes->len };
        g_object_unref(memory);
}

static void
keep_text(GString *out, GMimePart *part)
{
        char *text = GMIME_IS_TEXT_PART(part) ? g_mime_text_part_get_text(GMIME_TEXT_PART(part)) : NULL;

        if (text != NULL && out->len < TEXT_MOST) {
                if (out->len > 0)
                        g_string_append_c(out, '\n');
                g_string_append_len(out, text, (gssize)strnlen(text, TEXT_MOST - out->len));
        }
        g_free(text);
}

/* The value of the line NAME in a delivery status, the last one that stands there. */
static const char *
status_field(struct pool *pool, const char *status, const char *name)
{
        const char *value = "";

        for (const char *line = status; *line != '\0';) {
                size_t len = strcspn(line, "\n");

                if (starts_fold(line, name) && line[strlen(name)] == ':')
                        value = text_trim(pool, pool_strndup(pool, line + strlen(name) + 1, len - strlen(name) - 1));
                line += len + (line[len] == '\n');
        }
        return value;
}

static bool
is_code(const char *text)
{
        return g_regex_match_simple("^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}", text, 0, 0);
}

static void
keep_status(struct reader *in, GMimePart *part)
{
        struct incoming *mail = in->mail;
        const char *status, *code;

        keep_bytes(in, part, NULL);
        mail->n_files--;
        status = cleaned(in->pool, mail->files[mail->n_files].data, mail->files[mail->n_files].len);
        code = status_field(in->pool, status, "Status");
        mail->report = true;
        mail->failed = starts_fold(status_field(in->pool, status, "Action"), "failed");
        mail->code = is_code(code) ? pool_strndup(in->pool, code, strspn(code, "0123456789.")) : "";
        mail->detail = status_field(in->pool, status, "Diagnostic-Code");
}

static void
read_leaf(struct reader *in, GMimePart *part)
{
        GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
        const char *name = g_mime_part_get_filename(part);
        bool shown = name == NULL && !g_mime_part_is_attachment(part);

        if (g_mime_content_type_is_type(type, "message", "delivery-status"))
                keep_status(in, part);
        else if (shown && g_mime_content_type_is_type(type, "text", "plain"))
                keep_text(in->text, part);
        else if (shown && g_mime_content_type_is_type(type, "text", "html"))
                keep_text(in->html, part);
        else
                keep_bytes(in, part, name);
}

/* False when there are more parts, or deeper ones, than any mail has. */
static bool
read_part(struct reader *in, GMimeObject *object, int depth)
{
        if (depth > DEPTH_MOST)
                return false;
        if (GMIME_IS_MULTIPART(object)) {
                GMimeMultipart *parts = GMIME_MULTIPART(object);

                for (int i = 0; i < g_mime_multipart_get_count(parts); i++)
                        if (!read_part(in, g_mime_multipart_get_part(parts, i), depth + 1))
                                return false;
        } else if (GMIME_IS_PART(object)) {
                if (in->leaves++ == LEAVES_MOST)
                        return false;
                read_leaf(in, GMIME_PART(object));
        }
        /* A mail within the mail is left out: the report's copy of ours, or what was forwarded. */
        return true;
}

/* --- the whole ---------------------------------------------------------------------- */

static size_t
count(const char *bytes, size_t len, const char *word)
{
        size_t n = 0, word_len = strlen(word);

        for (size_t i = 0; i + word_len <= len; i++)
                n += (bytes[i] | 0x20) == word[0] && g_ascii_strncasecmp(bytes + i, word, word_len) == 0;
        return n;
}

static GMimeMessage *
parse(const char *bytes, size_t len)
{
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message;

        g_mime_parser_set_persist_stream(parser, FALSE);
        message = g_mime_parser_construct_message(parser, NULL);
        g_object_unref(parser);
        g_object_unref(stream);
        return message;
}

const struct incoming *
incoming_read(struct pool *pool, const char *bytes, size_t len, const char **error)
{
        struct reader in = { .pool = pool, .mail = pool_alloc(pool, sizeof(struct incoming)) };
        GMimeMessage *message = NULL;
        bool fine = false;

        in.mail->code = in.mail->detail = "";
        in.mail->files = pool_alloc(pool, (LEAVES_MOST + 1) * sizeof(*in.mail->files));
        *error = "this is no mail";
        g_mime_init();          /* counts; it cannot begin anew after an end */
        if (count(bytes, len, "boundary") > NESTS_MOST || count(bytes, len, "message/") > NESTS_MOST)
                *error = "it is nested deeper than a mail is";
        else
                message = parse(bytes, len);
        if (message != NULL && g_mime_message_get_mime_part(message) != NULL &&
            g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message))) > 0) {
                in.text = g_string_new(NULL);
                in.html = g_string_new(NULL);
                read_people(&in, message);
                fine = read_part(&in, g_mime_message_get_mime_part(message), 0);
                *error = "it is nested deeper than a mail is";
                in.mail->text = in.text->len > 0 ? cleaned(pool, in.text->str, in.text->len) : NULL;
                in.mail->html = in.html->len > 0 ? cleaned(pool, in.html->str, in.html->len) : NULL;
                g_string_free(in.text, TRUE);
                g_string_free(in.html, TRUE);
        }
        g_clear_object(&message);
        return fine ? in.mail : NULL;
}
