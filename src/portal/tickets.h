/* tickets: what the form and the pages of a conversation with staff share. */
#ifndef LATCHKEY_PORTAL_TICKETS_H
#define LATCHKEY_PORTAL_TICKETS_H

#include <stdint.h>

#include "portal/portal.h"

enum { TICKET_TEXT_MOST = 5000 };       /* characters */

#define TICKET_FILES_PARAM { .name = "files", .type = PARAM_FILES, .from = FROM_FORM }
#define TICKET_NONCE_PARAM                                                                       \
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,             \
          .missing = "Please open this form anew", .invalid = "Please open this form anew" }

/* Store the files of the request's form with the post that was just written. */
enum db_status tickets_keep_files(struct request *req, int64_t post_id);

/* The nonce of the form at hand, or a new one. */
const char *tickets_nonce(struct request *req);

/* The hash of the mail's link in the route's parameter NAME; none (NULL data) without. */
struct db_bytes tickets_link(struct request *req, const char *name);

#endif
