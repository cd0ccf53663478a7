/* dispute_packet: what the log holds about a dispute (the evidence vault), as lines for the
 * gateway, as a draft of the answer, and as a PDF. */
#ifndef LATCHKEY_ADMIN_DISPUTE_PACKET_H
#define LATCHKEY_ADMIN_DISPUTE_PACKET_H

#include "http/request.h"
#include "queries/dispute.h"

struct dispute_page {
        struct request *req;
        struct dispute_one_row one;
        struct dispute_use_row *uses;
        struct dispute_log_row *log;
        size_t n_uses, n_log;
};

/* Everything about the dispute that the route's parameter "id" names, from one round trip. */
enum db_status dispute_look(struct dispute_page *page);

/* What a row of the log says, in words. */
const char *dispute_said(struct pool *pool, const struct dispute_log_row *row);
/* The log as lines, as many as the gateway takes. */
const char *dispute_log_text(const struct dispute_page *page);
/* A first draft of the answer from what is known, for staff to mend. */
const char *dispute_draft(const struct dispute_page *page);
/* All of it as a PDF; NULL on failure.  It belongs to the request's pool. */
const void *dispute_pdf(const struct dispute_page *page, size_t *len);

#endif
