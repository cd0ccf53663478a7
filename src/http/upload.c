/* upload: a form whose one large file goes from the connection to the disk; see upload.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "http/upload.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/filetype.h"
#include "base/log.h"
#include "http/multipart.h"

enum { WINDOW = 256 * 1024 };

enum upload_result
upload_find(struct request *req, const char *field, struct upload *upload)
{
        struct multipart_file file;
        const char *end;

        *upload = (struct upload){ .name = "" };
        if (!multipart_file(req->pool, request_header(req, "CONTENT_TYPE"), req->body, req->body_len, field, &file) ||
            file.name[0] == '\0')
                return UPLOAD_NONE;
        upload->name = file.name;
        upload->mark = file.mark;
        upload->begins = file.begins;
        upload->head = req->body + file.begins;
        upload->head_len = MIN(req->body_len - file.begins, FILE_HEAD);
        end = memmem(upload->head, req->body_len - file.begins, file.mark, strlen(file.mark));
        if (end != NULL)
                upload->head_len = MIN(upload->head_len, (size_t)(end - upload->head));
        if (end == upload->head)
                return UPLOAD_EMPTY;
        return (int64_t)req->body_len + req->body_rest - (int64_t)file.begins > UPLOAD_BODY_MOST ? UPLOAD_LARGE : UPLOAD_OK;
}

static enum upload_result
refused(const char *what)
{
        if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
                return UPLOAD_FULL;
        log_error("upload_failed", "what", what, "error", g_strerror(errno), "hint",
                  "[paths] files must be a folder that this program may write", NULL);
        return UPLOAD_FAILED;
}

/* What is left of the file, HAVE bytes of which stand in WINDOW already.  The last bytes of a window
 * may begin the mark, so they wait for the next piece. */
static enum upload_result
copy(struct request *req, struct upload *upload, char *window, size_t have)
{
        size_t mark_len = strlen(upload->mark);

        for (;;) {
                const char *end = memmem(window, have, upload->mark, mark_len);
                size_t sure = end != NULL ? (size_t)(end - window) : have < mark_len ? 0 : have - (mark_len - 1);
                size_t got;

                if (store_size(upload->file) + (int64_t)sure > STORE_FILE_MOST)
                        return UPLOAD_LARGE;
                if (sure > 0 && !store_write(upload->file, window, sure))
                        return refused("write");
                if (end != NULL)
                        return UPLOAD_OK;
                memmove(window, window + sure, have - sure);
                have -= sure;
                got = request_read_more(req, window + have, WINDOW - have);
                if (got == 0)
                        return UPLOAD_CUT;
                have += got;
        }
}

enum upload_result
upload_store(struct request *req, struct upload *upload)
{
        size_t have = req->body_len - upload->begins;
        char *window = pool_alloc(req->pool, WINDOW);
        enum upload_result result;

        upload->file = store_begin(req->pool, req->config->files, (int64_t)have + req->body_rest);
        if (upload->file == NULL)
                return refused("begin");
        memcpy(window, upload->head, have);
        result = copy(req, upload, window, have);
        if (result != UPLOAD_OK)
                return result;
        return store_finish(upload->file, upload->sha256) ? UPLOAD_OK : refused("finish");
}
