/* multipart: forms with files in them, multipart/form-data (RFC 7578), within bounds.
 *
 * Nothing is copied but names and values; what a file holds stays where the body is. */
#ifndef LATCHKEY_HTTP_MULTIPART_H
#define LATCHKEY_HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "http/params.h"

enum multipart_result {
        MULTIPART_OK,
        MULTIPART_CUT,  /* it ends within a part: what stands before that one is there */
        MULTIPART_BAD   /* no such form, more than 200 parts, a NUL or invalid UTF-8 in a value */
};

struct multipart {
        struct param_field *fields;
        size_t n_fields;
        struct param_file *files;       /* those of no name and no content are left out */
        size_t n_files;
};

/* True when TYPE (a Content-Type) is multipart/form-data. */
bool multipart_is(const char *type);

/* Take LEN bytes of BODY apart; names and values belong to POOL, contents to BODY. */
enum multipart_result multipart_read(struct pool *pool, const char *type, const char *body, size_t len,
                                     struct multipart *form);

/* A file of which only the beginning may have been read. */
struct multipart_file {
        const char *name;       /* as it was sent; "" when none was chosen */
        size_t begins;          /* where in BODY its content does */
        const char *mark;       /* what ends it */
};

/* Find the file of FIELD in LEN bytes of BODY, the beginning of a form.  False: it is not there. */
bool multipart_file(struct pool *pool, const char *type, const char *body, size_t len, const char *field,
                    struct multipart_file *file);

#endif
