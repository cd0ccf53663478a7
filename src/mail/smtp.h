/* smtp: hand a message to the mail server (libcurl): STARTTLS, AUTH, time-outs. */
#ifndef LATCHKEY_MAIL_SMTP_H
#define LATCHKEY_MAIL_SMTP_H

#include <stddef.h>

#include "base/config.h"
#include "base/pool.h"

enum smtp_result {
        SMTP_SENT,      /* 250 after DATA */
        SMTP_DEFERRED,  /* 4xx, or no connection before DATA: try again later */
        SMTP_REFUSED,   /* 5xx: this address or message will not be taken */
        SMTP_UNKNOWN    /* the whole mail was handed over, no final answer came: maybe sent */
};

struct smtp_outcome {
        enum smtp_result result;
        int code;               /* the server's, 0 when it gave none */
        const char *detail;     /* its words, without control characters; belongs to the pool */
};

struct smtp;    /* one per process: keeps the connection */

struct smtp *smtp_open(const struct config *config, const char **error);
void smtp_close(struct smtp *smtp);
struct smtp_outcome smtp_send(struct smtp *smtp, struct pool *pool, const char *from, const char *to,
                              const char *bytes, size_t len);
#endif
