/* product_upload: a file of a form comes into the folder of stored files.
 *
 * nginx asks the gate before it takes a body of such a size; what it hands over afterwards is
 * checked here once more, as every form is: token, session, right, then the file's name and its
 * first bytes, and only then is anything written. */
#include "admin/product_upload.h"

#include <errno.h>
#include <stdlib.h>

#include "admin/desk.h"
#include "base/log.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/upload.h"
#include "queries/product.h"

#define DOCUMENTS ".pdf,.epub,.zip,.docx,.xlsx,.pptx,.mp4,.webm,.m4a,.mp3,.wav,.flac,.jpg,.jpeg,.png,.txt,.md,.csv"

static const struct {
        enum file_use use;
        const char *kinds, *endings;
} lists[] = {
        { FILE_USE_VIDEO, "MP4 and WebM", ".mp4,.webm" },
        { FILE_USE_CAPTIONS, "WebVTT (.vtt)", ".vtt" },
        { FILE_USE_DOWNLOAD, "PDF, EPUB, ZIP, Word, Excel, PowerPoint, pictures, sound, films and plain text", DOCUMENTS },
        { FILE_USE_SOFTWARE, "Programs (EXE, MSI, DEB, AppImage), archives (ZIP, GZ, XZ), PDF, EPUB, Word, Excel, PowerPoint, "
                             "pictures, sound, films and plain text", ".exe,.msi,.deb,.AppImage,.gz,.xz," DOCUMENTS },
};

const char *
product_upload_kinds(enum file_use use)
{
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
                if (lists[i].use == use)
                        return lists[i].kinds;
        abort();
}

const char *
product_upload_endings(enum file_use use)
{
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
                if (lists[i].use == use)
                        return lists[i].endings;
        abort();
}

static bool
refuse(struct request *req, enum upload_result result, const char *name)
{
        switch (result) {
        case UPLOAD_OK:
                return true;
        case UPLOAD_NONE:
                param_refuse(req, "file", "Choose a file");
                break;
        case UPLOAD_EMPTY:
                param_refuse(req, "file", pool_printf(req->pool, "%s is empty. Choose another file", name));
                break;
        case UPLOAD_LARGE:
                param_refuse(req, "file", "A file may have 2 GB at most. Choose a smaller one");
                break;
        case UPLOAD_CUT:
                param_refuse(req, "file", "The file did not arrive whole. Please send it again");
                break;
        case UPLOAD_FULL:
                param_refuse(req, "file", "There is no room for this file on the server. Ask whoever runs it to make room, "
                                          "then send it again");
                break;
        case UPLOAD_FAILED:
                param_refuse(req, "file", "The server could not store the file. Please try again later");
                break;
        }
        return false;
}

/* Its row and its name in the folder, and both stay, whatever becomes of the form.  A crash before
 * the commit leaves bytes that nobody names; a row without its bytes there never is. */
static bool
keep(struct request *req, const struct upload *upload, const char *name, const char *type, int64_t *id,
     enum http_status *status)
{
        const struct db_bytes sha256 = { upload->sha256, sizeof upload->sha256 };
        struct file_id_row row;
        enum db_status rc;

        db_begin(req->db);
        rc = staff_file_add(req->db, name, type, store_size(upload->file), sha256, &row);
        if (rc != DB_OK) {
                *status = http_from_db(req, rc);
                return false;
        }
        *id = row.id;
        if (!store_keep(upload->file, row.id)) {
                log_error("upload_not_kept", "file", log_int(row.id), "errno", log_int(errno), NULL);
                db_rollback(req->db);
                return refuse(req, errno == ENOSPC ? UPLOAD_FULL : UPLOAD_FAILED, name);
        }
        rc = db_commit(req->db);
        if (rc != DB_OK) {
                *status = http_from_db(req, rc);
                return false;
        }
        db_begin(req->db);
        return true;
}

bool
product_upload_take(struct request *req, enum file_use use, int64_t *id, const char **name, enum http_status *status)
{
        struct upload upload;
        enum upload_result result = upload_find(req, "file", &upload);
        const char *type;
        enum db_status rc;

        *status = 0;
        *name = filetype_sold_name(req->pool, upload.name);
        if (!refuse(req, result, *name))
                return false;
        type = filetype_sold(use, *name, upload.head, upload.head_len);
        if (type == NULL) {
                param_refuse(req, "file", pool_printf(req->pool, "%s is none of what can stand here, or its content is not "
                                                      "what its name says. Choose another file: %s", *name,
                                                      product_upload_kinds(use)));
                return false;
        }
        rc = db_commit(req->db);
        if (rc != DB_OK) {
                *status = http_from_db(req, rc);
                return false;
        }
        result = upload_store(req, &upload);
        return refuse(req, result, *name) && keep(req, &upload, *name, type, id, status);
}

/* --- the gate ------------------------------------------------------------------------ */

/* Files that a crash left between their name and the commit, a day ago or more: no row knows them. */
static enum db_status
sweep(struct request *req)
{
        const char *dir = req->config->files, *old = store_old(req->pool, dir);
        struct file_id_row *strays;
        size_t n;
        enum db_status rc;

        files_unknown_ask(req->db, old, &strays, &n);
        rc = db_wait(req->db);
        for (size_t i = 0; rc == DB_OK && i < n; i++) {
                log_info("upload_swept", "file", log_int(strays[i].id), NULL);
                store_remove(req->pool, dir, strays[i].id);
        }
        return rc;
}

/* GET /upload-gate: nginx asks whether it should take a body of UPLOAD_LENGTH bytes: 200, 401, 403.
 * It lies twice on the disk for a moment: as nginx got it, and as it is kept. */
static enum http_status
gate(struct request *req)
{
        const char *length = request_header(req, "UPLOAD_LENGTH");
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK || !req->identity.found)
                return reply_text(req, HTTP_UNAUTHORIZED, "signed out\n");
        if (!desk_may(req, "products") || text_equal(request_header(req, "HTTP_SEC_FETCH_SITE"), "cross-site"))
                return reply_text(req, HTTP_FORBIDDEN, "no right\n");
        rc = sweep(req);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (length == NULL || store_room(req->config->files) < 2 * strtoll(length, NULL, 10)) {
                reply_header(req, "Latchkey-Refused", "?refused=full");
                return reply_text(req, HTTP_FORBIDDEN, "no room\n");
        }
        return reply_text(req, HTTP_OK, "come in\n");
}

const struct route product_upload_routes[] = {
        { GET, "/upload-gate", OPEN, NULL, gate, 0, NULL },
        ROUTE_END
};
