/* mailbox: the demo's mail, read from a Maildir: a list, one mail, its HTML part behind a
 * policy that lets nothing out, its attachments. */
#include "sandbox/mailbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <gmime/gmime.h>

#include "base/text.h"
#include "http/reply.h"
#include "sandbox/call.h"
#include "sandbox/doc.h"
#include "sandbox/form.h"
#include "sandbox/settings.h"
#include "view/view.h"

enum { LIST_MOST = 100, FILES_MOST = 20 };

struct entry {
        const char *name, *path;
        struct timespec at;
};

struct part {
        const char *name, *type;
        const void *data;
        size_t len;
};

struct mail {
        const char *name;
        const char *to, *from, *subject;
        instant at;
        const char *text;               /* or NULL */
        const struct part *html;        /* or NULL */
        struct part files[FILES_MOST];
        size_t n_files;
};

void
mailbox_start(void)
{
        g_mime_init();
}

/* --- the Maildir --------------------------------------------------------------------- */

static void
add_folder(struct pool *pool, GArray *entries, const char *folder)
{
        const char *path = pool_printf(pool, "%s/%s", settings_now()->mailbox, folder);
        GDir *dir = g_dir_open(path, 0, NULL);
        const char *name;

        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
                struct entry entry = { pool_strdup(pool, name), pool_printf(pool, "%s/%s", path, name), { 0, 0 } };
                struct stat status;

                if (name[0] == '.' || stat(entry.path, &status) != 0 || !S_ISREG(status.st_mode))
                        continue;
                entry.at = status.st_mtim;
                g_array_append_val(entries, entry);
        }
        if (dir != NULL)
                g_dir_close(dir);
}

static gint
newer_first(gconstpointer a, gconstpointer b)
{
        const struct entry *x = a, *y = b;

        if (x->at.tv_sec != y->at.tv_sec)
                return x->at.tv_sec > y->at.tv_sec ? -1 : 1;
        if (x->at.tv_nsec != y->at.tv_nsec)
                return x->at.tv_nsec > y->at.tv_nsec ? -1 : 1;
        return strcmp(y->name, x->name);
}

static void
free_array(void *array)
{
        g_array_free(array, TRUE);
}

static GArray *
entries_of(struct pool *pool)
{
        GArray *entries = g_array_new(FALSE, TRUE, sizeof(struct entry));

        pool_defer(pool, free_array, entries);
        if (*settings_now()->mailbox != '\0') {
                add_folder(pool, entries, "new");
                add_folder(pool, entries, "cur");
        }
        g_array_sort(entries, newer_first);
        return entries;
}

/* --- one mail ------------------------------------------------------------------------ */

static GMimeMessage *
parse(const char *path)
{
        GMimeStream *stream = g_mime_stream_file_open(path, "r", NULL);
        GMimeParser *parser;
        GMimeMessage *message;

        if (stream == NULL)
                return NULL;
        parser = g_mime_parser_new_with_stream(stream);
        message = g_mime_parser_construct_message(parser, NULL);
        g_object_unref(parser);
        g_object_unref(stream);
        return message;
}

/* A header, decoded; "" where there is none. */
static const char *
header(struct pool *pool, GMimeMessage *message, const char *name)
{
        const char *raw = g_mime_object_get_header(GMIME_OBJECT(message), name);
        char *plain = raw != NULL ? g_mime_utils_header_decode_text(NULL, raw) : NULL;
        const char *result = plain != NULL && g_utf8_validate(plain, -1, NULL) ? pool_strdup(pool, plain) : "";

        g_free(plain);
        return result;
}

static void
read_headers(struct pool *pool, GMimeMessage *message, struct mail *mail)
{
        GDateTime *date = g_mime_message_get_date(message);

        mail->to = header(pool, message, "X-RcptTo");
        if (*mail->to == '\0')
                mail->to = header(pool, message, "To");
        mail->from = header(pool, message, "From");
        mail->subject = header(pool, message, "Subject");
        if (*mail->subject == '\0')
                mail->subject = "(no subject)";
        if (date != NULL)
                mail->at = (instant)g_date_time_to_unix(date) * CLOCK_SECOND;
}

static struct part
decoded(struct pool *pool, GMimePart *part)
{
        GMimeStream *memory = g_mime_stream_mem_new();
        GMimeDataWrapper *content = g_mime_part_get_content(part);
        struct part result = { 0 };
        GByteArray *bytes;

        if (content != NULL)
                g_mime_data_wrapper_write_to_stream(content, memory);
        bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
        result.data = pool_memdup(pool, bytes->data, bytes->len);
        result.len = bytes->len;
        g_object_unref(memory);
        return result;
}

static void
take_part(struct pool *pool, GMimePart *part, struct mail *mail)
{
        GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
        const char *name = g_mime_part_get_filename(part);
        struct part taken = decoded(pool, part);

        if (name == NULL && !g_mime_part_is_attachment(part) && mail->text == NULL &&
            g_mime_content_type_is_type(type, "text", "plain")) {
                char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));

                mail->text = pool_strdup(pool, text != NULL ? text : "");
                g_free(text);
        } else if (name == NULL && mail->html == NULL && g_mime_content_type_is_type(type, "text", "html")) {
                taken.type = "text/html; charset=utf-8";
                mail->html = pool_memdup(pool, &taken, sizeof taken);
        } else if (mail->n_files < FILES_MOST) {
                char *mime = g_mime_content_type_get_mime_type(type);

                taken.type = pool_strdup(pool, mime);
                taken.name = pool_strdup(pool, name != NULL ? name : "part");
                g_free(mime);
                mail->files[mail->n_files++] = taken;
        }
}

static bool
read_mail(struct pool *pool, const struct entry *entry, bool whole, struct mail *mail)
{
        GMimeMessage *message = parse(entry->path);
        GMimePartIter *parts;

        if (message == NULL)
                return false;
        *mail = (struct mail){ .name = entry->name, .at = (instant)entry->at.tv_sec * CLOCK_SECOND };
        read_headers(pool, message, mail);
        if (whole) {
                parts = g_mime_part_iter_new(GMIME_OBJECT(message));
                do {
                        GMimeObject *object = g_mime_part_iter_get_current(parts);

                        if (object != NULL && GMIME_IS_PART(object))
                                take_part(pool, GMIME_PART(object), mail);
                } while (g_mime_part_iter_next(parts));
                g_mime_part_iter_free(parts);
        }
        g_object_unref(message);
        return true;
}

/* The mail that the path names. */
static bool
mail_of(struct request *req, struct mail *mail)
{
        const char *name = route_segment(req->pool, req->route, req->path, "mail");
        GArray *entries = entries_of(req->pool);

        for (guint i = 0; i < entries->len; i++) {
                const struct entry *entry = &g_array_index(entries, struct entry, i);

                if (strcmp(entry->name, name) == 0)
                        return read_mail(req->pool, entry, true, mail);
        }
        return false;
}

/* --- pages --------------------------------------------------------------------------- */

struct listing {
        struct mail *mails;
        struct pool *pool;
};

static void
list_row(struct view *row, size_t i, void *data)
{
        const struct listing *listing = data;
        const struct mail *mail = &listing->mails[i];

        view_url(row, "url", pool_printf(listing->pool, "/mailbox/%s", text_url_encode(listing->pool, mail->name)));
        view_text(row, "to", mail->to);
        view_text(row, "subject", mail->subject);
        view_time(row, "at", mail->at);
}

/* The pages tell times as the sandbox's clock has them. */
static void
learn_time(struct request *req)
{
        struct call call;

        call_begin(&call, req->pool, req->db);
        call_rollback(&call);
}

enum http_status
mailbox_list(struct request *req)
{
        json_t *query = form_decode(req->pool, req->query, strlen(req->query));
        const char *to = query != NULL && doc_text(query, "to") != NULL ? doc_text(query, "to") : "";
        GArray *entries = entries_of(req->pool);
        struct listing listing = { pool_alloc(req->pool, LIST_MOST * sizeof(struct mail)), req->pool };
        struct view *view;
        size_t n = 0;

        learn_time(req);
        for (guint i = 0; i < entries->len && n < LIST_MOST; i++)
                if (read_mail(req->pool, &g_array_index(entries, struct entry, i), false, &listing.mails[n]) &&
                    (*to == '\0' || strstr(listing.mails[n].to, to) != NULL))
                        n++;
        view = view_new(req, "sandbox/mailbox.html");
        view_text(view, "page_title", "Mailbox");
        view_text(view, "wanted_to", to);
        view_each(view, "mails", "sandbox/mailbox.row.html", n, list_row, &listing);
        return view_reply(view, HTTP_OK);
}

static void
file_row(struct view *row, size_t i, void *data)
{
        const struct mail *mail = data;

        view_text(row, "file_name", mail->files[i].name);
        view_number(row, "file_number", (int64_t)i);
        view_number(row, "file_size", (int64_t)mail->files[i].len);
}

enum http_status
mailbox_show(struct request *req)
{
        struct mail mail;
        struct view *view;

        if (!mail_of(req, &mail))
                return reply_error(req, HTTP_NOT_FOUND);
        learn_time(req);
        view = view_new(req, "sandbox/mail.html");
        view_text(view, "page_title", mail.subject);
        view_text(view, "to", mail.to);
        view_text(view, "from", mail.from);
        view_time(view, "at", mail.at);
        view_text(view, "text", mail.text != NULL ? mail.text : "");
        view_flag(view, "has_html", mail.html != NULL);
        view_url(view, "url", pool_printf(req->pool, "/mailbox/%s", text_url_encode(req->pool, mail.name)));
        view_each(view, "files", "sandbox/mail.file.html", mail.n_files, file_row, &mail);
        reply_header(req, "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                     "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'");
        return view_reply(view, HTTP_OK);
}

/* The mail with its links opening beside it, for no page of the shop lets itself be framed. */
static const char *
with_base(struct pool *pool, const struct part *html)
{
        const char *markup = pool_strndup(pool, html->data, html->len);
        const char *head = strstr(markup, "<head>");
        size_t before = head != NULL ? (size_t)(head - markup) + strlen("<head>") : 0;

        return pool_printf(pool, "%.*s<base target=\"_blank\">%s", (int)before, markup, markup + before);
}

enum http_status
mailbox_html(struct request *req)
{
        struct mail mail;
        const char *markup;

        if (!mail_of(req, &mail) || mail.html == NULL)
                return reply_error(req, HTTP_NOT_FOUND);
        reply_header(req, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                     "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox "
                     "allow-top-navigation-by-user-activation");
        markup = with_base(req->pool, mail.html);
        return reply_body(req, HTTP_OK, mail.html->type, markup, strlen(markup));
}

enum http_status
mailbox_file(struct request *req)
{
        const char *number = route_segment(req->pool, req->route, req->path, "n");
        char *end;
        size_t i = strtoul(number, &end, 10);
        struct mail mail;
        char *name;

        if (*end != '\0' || !mail_of(req, &mail) || i >= mail.n_files)
                return reply_error(req, HTTP_NOT_FOUND);
        name = pool_strdup(req->pool, mail.files[i].name);
        for (char *p = name; *p != '\0'; p++)
                if (!g_ascii_isalnum(*p) && strchr("-_.", *p) == NULL)
                        *p = '_';
        reply_header(req, "Content-Disposition", pool_printf(req->pool, "attachment; filename=\"%s\"", name));
        return reply_body(req, HTTP_OK, "application/octet-stream", mail.files[i].data, mail.files[i].len);
}
