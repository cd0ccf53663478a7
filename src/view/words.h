/* words: what a status is called.
 *
 * The database speaks in machine words (orders.status = 'paid'); people never read those.
 * This is the one table from (machine, status) to a word and the look of its pill, shared by
 * the portal, the staff pages and the mails. */
#ifndef LATCHKEY_VIEW_WORDS_H
#define LATCHKEY_VIEW_WORDS_H

struct words {
        const char *text;       /* "Paid"; static, plain text to be escaped like any other */
        const char *kind;       /* class of the pill: ok, wait, warn, bad or off */
};

/* MACHINE as in latchkey.transitions (order, due, attempt, refund, dispute, access, message,
 * inbox) and payment (received, part_refunded, refunded), send (sends.outcome), job, alarm.
 * An unknown pair gives the status itself with kind "off", so that a new one is seen and not
 * hidden; NULL is "". */
struct words words_status(const char *machine, const char *status);

/* Other codes to words, by topic: trouble (of a ticket), waiting_for and end_reason (of access), message_kind
 * ("Receipt"), method (payments.method_kind and .brand: "Card", "Visa"), role, and for staff
 * alone, as they may alarm or help a thief: decline, dispute_reason, refund_kind,
 * refund_reason, attempt_kind, evidence, audit, actor, alarm, job, lane, event.
 * An unknown code comes back with blanks for underscores and a capital letter; such a text
 * lives until the eighth call after it.  NULL and "" are "". */
const char *words_of(const char *topic, const char *code);

#endif
