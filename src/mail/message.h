/* message: a mail as MIME bytes: multipart/alternative (text, HTML), attachments around
 * it, Date, Message-ID.  Control characters in header values are refused. */
#ifndef LATCHKEY_MAIL_MESSAGE_H
#define LATCHKEY_MAIL_MESSAGE_H

#include <stddef.h>

#include "base/clock.h"
#include "base/pool.h"

struct message_file { const char *name; const char *type; const void *data; size_t len; };

struct message {
        const char *from, *from_name;
        const char *to, *to_name;       /* to_name may be NULL */
        const char *reply_to;           /* or NULL */
        const char *subject;
        const char *text, *html;        /* html may be NULL */
        const char *id;                 /* local part of the Message-ID: stable per message */
        instant date;                   /* the product's time */
        const struct message_file *files;
        size_t n_files;
};

/* The bytes with CRLF lines, at most 998 characters each; NULL and *ERROR when a header
 * value is not clean.  They belong to POOL. */
const char *message_bytes(struct pool *pool, const struct message *message, size_t *len,
                          const char **error);
#endif
