/* product_file: videos and downloads of a product: a new one with its file, another file for one
 * that is there, captions.
 *
 * A file that has arrived is kept, whatever else is wrong with the form or was changed by somebody
 * meanwhile: the form is shown again without asking for it, and sent with the file's number. */
#include "admin/product_file.h"

#include <string.h>

#include "admin/product.h"
#include "admin/product_upload.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

static const char *const kinds[] = { "download", "video", NULL };
static const char *const parts[] = { "file", "captions", NULL };

#define SLUG { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH }
#define ITEM { .name = "item", .type = PARAM_SLUG, .from = FROM_PATH }
#define SHOWN { .name = "sent", .type = PARAM_ID, .from = FROM_QUERY }, \
        { .name = "refused", .type = PARAM_SLUG, .from = FROM_QUERY }
#define NEW \
        { .name = "kind", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = kinds, \
          .missing = "Say whether it plays in the page or is downloaded" }, \
        { .name = "heading", .type = PARAM_TEXT, .from = FROM_FORM, .max = 120 }, \
        { .name = "title", .type = PARAM_TEXT, .from = FROM_FORM, .max = 120 }
#define PART \
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60 }, \
        { .name = "part", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = parts }
#define FILE_ITSELF { .name = "file", .type = PARAM_STREAM, .from = FROM_FORM }
#define FILE_SENT { .name = "sent", .type = PARAM_ID, .from = FROM_FORM }, FILE_ITSELF

static const struct param new_params[] = { SLUG, SHOWN, PARAM_END };
static const struct param upload_params[] = { SLUG, NEW, FILE_ITSELF, PARAM_END };
static const struct param sent_params[] = { SLUG, NEW, FILE_SENT, PARAM_END };
static const struct param show_params[] = { SLUG, ITEM, SHOWN, PARAM_END };
static const struct param replace_params[] = { SLUG, ITEM, PART, FILE_ITSELF, PARAM_END };
static const struct param choose_params[] = { SLUG, ITEM, PART, FILE_SENT, PARAM_END };

static enum file_use
use_of(const struct product_head_row *head, const char *kind, const char *part)
{
        return text_equal(part, "captions") ? FILE_USE_CAPTIONS
               : text_equal(kind, "video")  ? FILE_USE_VIDEO
               : text_equal(head->kind, "software") ? FILE_USE_SOFTWARE : FILE_USE_DOWNLOAD;
}

/* What nginx refused before it took anything. */
static const char *
refused_words(const char *refused)
{
        if (text_equal(refused, "full"))
                return "There is no room for this file on the server. Ask whoever runs it to make room, then send it again.";
        return text_equal(refused, "large") ? "A file may have 2 GB at most. Choose a smaller one." : "";
}

/* The file that has arrived, where there is one. */
static void
push_sent(struct view *view, struct request *req, const struct file_sent_row *sent)
{
        view_number(view, "sent", sent != NULL ? sent->id : 0);
        view_text(view, "sent_name", sent != NULL ? sent->name : "");
        view_text(view, "sent_size", sent != NULL ? format_size(req->pool, sent->size) : "");
}

/* The product, and the file of number SENT where that is not 0. */
static enum db_status
look(struct request *req, int64_t sent, struct product_head_row *head, struct file_sent_row *file, bool *found)
{
        *found = false;
        product_head_ask(req->db, param_text(req, "slug"), head);
        if (sent > 0)
                file_sent_ask(req->db, sent, file, found);
        return db_wait(req->db);
}

/* --- a new one -------------------------------------------------------------------------- */

static enum http_status
new_form(struct request *req, const struct product_head_row *head, const struct file_sent_row *sent, const char *section,
         enum http_status status)
{
        struct view *view = view_new(req, "admin/product.upload.html");

        view_text(view, "page_title", "Add a video or download");
        if (req->method == GET) {
                view_form_empty(view, upload_params);
                view_text(view, "kind", "download");
                view_text(view, "heading", section);
                view_text(view, "refused", refused_words(param_text(req, "refused")));
        } else {
                view_form(view, req);
                view_text(view, "refused", "");
        }
        view_text(view, "slug", head->slug);
        view_text(view, "name", head->title);
        view_text(view, "allowed", product_upload_kinds(use_of(head, "download", "file")));
        view_text(view, "endings", product_upload_endings(use_of(head, "download", "file")));
        push_sent(view, req, sent);
        return view_reply(view, status);
}

/* GET /products/:slug/upload */
static enum http_status
upload_show(struct request *req)
{
        struct product_content_row *contents;
        struct product_head_row head;
        struct file_sent_row sent;
        enum db_status rc;
        bool found;
        size_t n;

        product_contents_ask(req->db, param_text(req, "slug"), &contents, &n);
        rc = look(req, param_int(req, "sent"), &head, &sent, &found);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return new_form(req, &head, found ? &sent : NULL, n > 0 ? contents[n - 1].section : "", HTTP_OK);
}

/* "Hard light" of "Hard light.pdf", within a title's length. */
static const char *
title_of(struct pool *pool, const char *name)
{
        const char *dot = strrchr(name, '.');

        return dot != NULL && dot > name ? pool_strndup(pool, name, (size_t)(dot - name)) : name;
}

/* The file of number ID is there: put it into the draft, or show the form once more. */
static enum http_status
add(struct request *req, const struct product_head_row *head, int64_t id, const char *name, int64_t size)
{
        const char *title = param_text(req, "title"), *section = param_text(req, "heading");
        const struct file_sent_row sent = { .id = id, .name = name, .size = size };
        struct product_answer_row answer;
        enum db_status rc;

        if (params_valid(req)) {
                rc = staff_draft_file_add(req->db, head->slug, section != NULL ? section : "", param_text(req, "kind"),
                                          title != NULL ? title : title_of(req->pool, name), id, &answer);
                if (rc != DB_OK)
                        return http_from_db(req, rc);
                if (text_equal(answer.answer, "unknown"))
                        return reply_error(req, HTTP_NOT_FOUND);
                if (!text_equal(answer.answer, "unfit"))
                        return product_back(req, "", "file");
                param_refuse(req, "kind", "This file cannot play in a page. Let it be downloaded");
        }
        return new_form(req, head, &sent, "", HTTP_UNPROCESSABLE);
}

/* POST /products/:slug/uploads */
static enum http_status
upload_create(struct request *req)
{
        struct product_head_row head;
        struct file_sent_row sent;
        enum http_status status;
        const char *name;
        bool found;
        int64_t id;
        enum db_status rc = look(req, 0, &head, &sent, &found);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!product_upload_take(req, use_of(&head, param_text(req, "kind"), "file"), &id, &name, &status))
                return status != 0 ? status : new_form(req, &head, NULL, "", HTTP_UNPROCESSABLE);
        rc = look(req, id, &head, &sent, &found);
        return rc != DB_OK ? http_from_db(req, rc) : add(req, &head, id, name, found ? sent.size : 0);
}

/* POST /products/:slug/files: with a file that has arrived before */
static enum http_status
sent_create(struct request *req)
{
        struct product_head_row head;
        struct file_sent_row sent;
        bool found;
        enum db_status rc = look(req, param_int(req, "sent"), &head, &sent, &found);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (found)
                return add(req, &head, sent.id, sent.name, sent.size);
        param_refuse(req, "file", "Choose a file");
        return new_form(req, &head, NULL, "", HTTP_UNPROCESSABLE);
}

/* --- another file for what is there ------------------------------------------------------- */

static enum http_status
part_form(struct request *req, const struct product_head_row *head, const struct draft_files_row *row,
          const struct file_sent_row *sent, enum http_status status)
{
        enum file_use use = use_of(head, row->kind, "file");
        bool captions = sent != NULL && use == FILE_USE_VIDEO && text_equal(filetype_of_name(sent->name), "text/vtt");
        struct view *view = view_new(req, "admin/product.file.html");

        view_text(view, "page_title", pool_printf(req->pool, "File of %s", row->title));
        if (req->method == GET) {
                view_form_empty(view, replace_params);
                view_text(view, "refused", refused_words(param_text(req, "refused")));
        } else {
                view_form(view, req);
                captions = text_equal(param_text(req, "part"), "captions");
                view_text(view, "refused", "");
        }
        view_row(view, "now", &draft_files_row_type, row);
        view_text(view, "now_size", row->file_size_null ? "" : format_size(req->pool, row->file_size));
        view_text(view, "slug", head->slug);
        view_text(view, "name", head->title);
        view_text(view, "item", row->item);
        view_text(view, "seen", row->seen);
        view_flag(view, "is_video", use == FILE_USE_VIDEO);
        view_flag(view, "for_captions", captions);
        view_text(view, "allowed", use == FILE_USE_VIDEO ? "MP4 and WebM for a film, WebVTT (.vtt) for captions"
                                                         : product_upload_kinds(use));
        view_text(view, "endings", use == FILE_USE_VIDEO ? ".mp4,.webm,.vtt" : product_upload_endings(use));
        push_sent(view, req, sent);
        return view_reply(view, status);
}

/* Product, item and file; 404 where the item is none with a file. */
static enum http_status
look_item(struct request *req, int64_t sent, struct product_head_row *head, struct draft_files_row *row,
          struct file_sent_row *file, bool *found_file, bool *found_item)
{
        enum db_status rc;

        draft_files_ask(req->db, param_text(req, "slug"), param_text(req, "item"), row, found_item);
        rc = look(req, sent, head, file, found_file);
        return rc != DB_OK ? http_from_db(req, rc) : HTTP_OK;
}

/* GET /products/:slug/contents/:item/upload */
static enum http_status
part_show(struct request *req)
{
        struct product_head_row head;
        struct draft_files_row row;
        struct file_sent_row sent;
        bool found, item;
        enum http_status status = look_item(req, param_int(req, "sent"), &head, &row, &sent, &found, &item);

        if (status != HTTP_OK)
                return status;
        if (!item || row.file == NULL)
                return reply_error(req, HTTP_NOT_FOUND);
        return part_form(req, &head, &row, found ? &sent : NULL, HTTP_OK);
}

/* File ID (0: none) into its place, or back to where it can be decided. */
static enum http_status
set(struct request *req, int64_t id)
{
        const char *slug = param_text(req, "slug"), *item = param_text(req, "item");
        struct product_answer_row answer;
        enum db_status rc = staff_draft_file_set(req->db, slug, param_text(req, "seen"), item, param_text(req, "part"),
                                                 id > 0 ? &id : NULL, &answer);
        const char *sent = id > 0 ? pool_printf(req->pool, "upload?sent=%lld", (long long)id) : "upload";

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown") || text_equal(answer.answer, "unfit"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.answer, "gone"))
                return reply_redirect(req, pool_printf(req->pool, "/admin/products/%s/%s", slug, sent));
        if (text_equal(answer.answer, "changed"))
                return reply_redirect(req, pool_printf(req->pool, "/admin/products/%s/contents/%s/%s", slug, item, sent));
        return product_back(req, "", text_equal(answer.answer, "same") ? "same" : "file");
}

/* POST /products/:slug/contents/:item/uploads */
static enum http_status
part_create(struct request *req)
{
        struct product_head_row head;
        struct draft_files_row row;
        struct file_sent_row sent;
        const char *name;
        bool found, item;
        int64_t id;
        enum http_status status = look_item(req, 0, &head, &row, &sent, &found, &item);

        if (status != HTTP_OK)
                return status;
        if (!item)
                row = (struct draft_files_row){ .kind = "download", .title = head.title, .seen = "",
                                                .item = param_text(req, "item") };
        if (!params_valid(req))
                return reply_error(req, HTTP_BAD_REQUEST);
        if (product_upload_take(req, use_of(&head, row.kind, param_text(req, "part")), &id, &name, &status))
                return set(req, id);
        return status != 0 ? status : part_form(req, &head, &row, NULL, HTTP_UNPROCESSABLE);
}

/* POST /products/:slug/contents/:item/files: with a file that has arrived before; without one the
 * captions are taken away */
static enum http_status
part_choose(struct request *req)
{
        if (!params_valid(req))
                return reply_error(req, HTTP_BAD_REQUEST);
        return set(req, param_int(req, "sent"));
}

const struct route product_file_routes[] = {
        { GET,  "/products/:slug/upload",                  STAFF, new_params,     upload_show,   0,            "products" },
        { POST, "/products/:slug/uploads",                 STAFF, upload_params,  upload_create, ROUTE_STREAM, "products" },
        { POST, "/products/:slug/files",                   STAFF, sent_params,    sent_create,   0,            "products" },
        { GET,  "/products/:slug/contents/:item/upload",   STAFF, show_params,    part_show,     0,            "products" },
        { POST, "/products/:slug/contents/:item/uploads",  STAFF, replace_params, part_create,   ROUTE_STREAM, "products" },
        { POST, "/products/:slug/contents/:item/files",    STAFF, choose_params,  part_choose,   0,            "products" },
        ROUTE_END
};
