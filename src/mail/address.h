/* address: the signed addresses that mail comes back to.
 *
 *   reply+TICKET.SIGNATURE@DOMAIN      the Reply-To of mails about a ticket
 *   bounce+MESSAGE.SIGNATURE@DOMAIN    the envelope's sender of every mail
 *
 * The signature is half of an HMAC-SHA256 (80 bits, hexadecimal, for mail servers may change
 * the case of a local part) keyed with what [mail] reply_secret gives; so nobody can write into
 * a conversation, or report a mail as lost, whose address we have not sent. */
#ifndef LATCHKEY_MAIL_ADDRESS_H
#define LATCHKEY_MAIL_ADDRESS_H

#include <stdint.h>

#include "base/config.h"
#include "base/pool.h"

/* NULL where [mail] reply_domain is not set.  They belong to POOL. */
const char *address_reply(struct pool *pool, const struct config *config, const char *ticket);
const char *address_bounce(struct pool *pool, const struct config *config, int64_t message);

enum address_kind {
        ADDRESS_FOREIGN,        /* not of this form, or of another domain */
        ADDRESS_FORGED,         /* of this form, with a wrong signature */
        ADDRESS_REPLY, ADDRESS_BOUNCE
};

struct address {
        enum address_kind kind;
        const char *ticket;     /* REPLY: its number */
        int64_t message;        /* BOUNCE: messages.id */
};

/* What TEXT, a bare address, is. */
struct address address_read(struct pool *pool, const struct config *config, const char *text);

#endif
