/* upload: a form whose one large file goes from the connection to the disk, a piece at a time.
 *
 * For routes with ROUTE_STREAM.  The fields stand before the file in the form, the token among
 * them: they are read and checked, and session and right with them, before the handler runs and
 * asks for the file.  nginx hands a form over when it has all of it, so what was cut off on the
 * way to us never arrives here. */
#ifndef LATCHKEY_HTTP_UPLOAD_H
#define LATCHKEY_HTTP_UPLOAD_H

#include "base/store.h"
#include "http/request.h"

/* A file and what is written around it. */
#define UPLOAD_BODY_MOST (STORE_FILE_MOST + 65536)

enum upload_result {
        UPLOAD_OK,
        UPLOAD_NONE,            /* no file was chosen, or it is not in the form */
        UPLOAD_EMPTY,
        UPLOAD_LARGE,           /* more than STORE_FILE_MOST */
        UPLOAD_CUT,             /* it broke off */
        UPLOAD_FULL,            /* the disk has no room */
        UPLOAD_FAILED           /* the disk refused; logged */
};

struct upload {
        const char *name;       /* as it was sent */
        const char *head;       /* the first bytes, for telling what it is */
        size_t head_len;
        struct store *file;     /* after upload_store() */
        uint8_t sha256[TOKEN_HASH_SIZE];
        /* Where the content begins and what ends it. */
        const char *mark;
        size_t begins;
};

/* Find the file of FIELD, of which the first bytes have come: UPLOAD_OK, _NONE, _EMPTY or _LARGE. */
enum upload_result upload_find(struct request *req, const char *field, struct upload *upload);

/* Read it to its end, into the folder of stored files, where it has no name yet. */
enum upload_result upload_store(struct request *req, struct upload *upload);

#endif
