/* product_upload: a file of a form comes into the folder of stored files. */
#ifndef LATCHKEY_ADMIN_PRODUCT_UPLOAD_H
#define LATCHKEY_ADMIN_PRODUCT_UPLOAD_H

#include "base/filetype.h"
#include "http/request.h"
#include "http/route.h"

extern const struct route product_upload_routes[];

/* The file of the form's field "file", for USE, is stored, with its number in *ID and what it may be
 * called in *NAME.  The transaction at hand is ended, for a large file takes its time, and another
 * one begun.  False: the field says why, or *STATUS is the answer (0 otherwise). */
bool product_upload_take(struct request *req, enum file_use use, int64_t *id, const char **name, enum http_status *status);

/* Which files USE allows, for a hint: "MP4 and WebM". */
const char *product_upload_kinds(enum file_use use);
/* The same as a list of endings, for the chooser of files. */
const char *product_upload_endings(enum file_use use);

#endif
