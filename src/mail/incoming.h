/* incoming: a mail from outside, taken apart by GMime, within bounds. */
#ifndef LATCHKEY_MAIL_INCOMING_H
#define LATCHKEY_MAIL_INCOMING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

enum { INCOMING_BYTES_MOST = 40 * 1024 * 1024 };

/* What was attached, as its sender calls it; NAME may be NULL. */
struct incoming_file { const char *name; const void *data; size_t len; };

struct incoming {
        const char **recipients;        /* bare addresses of Delivered-To, X-Original-To, To and Cc; NULL-terminated */
        const char *from;               /* bare address, or NULL */
        const char *id;                 /* Message-ID, or NULL */
        bool automatic;                 /* a machine answers (RFC 3834), a list, or nobody (no return path) */
        const char *text, *html;        /* UTF-8, LF, without control characters; NULL where there is none */
        struct incoming_file *files;
        size_t n_files;
        /* A delivery report (RFC 3464) of one of our mails. */
        bool report;
        bool failed;                    /* it was given up; else only late, or delivered */
        const char *code;               /* RFC 3463: "5.1.1", or "" */
        const char *detail;             /* what the other server said, on one line, or "" */
};

/* LEN BYTES of a mail; NULL with a sentence in *ERROR where they are none, or nested deeper than
 * any mail is.  Everything belongs to POOL. */
const struct incoming *incoming_read(struct pool *pool, const char *bytes, size_t len, const char **error);

#endif
