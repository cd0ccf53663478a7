/* letter: a mail as it is written, from its row in `messages` to the bytes that are sent.
 *
 * Each concept has a file letter_NOUN.c with two things: a table of the mails that it sends
 * (struct letter_kind), and the facts that mails tell about it (struct letter_facts): what is
 * asked of the database, and which symbols come of it.  A mail names the facts that it tells;
 * its templates find those symbols, those of its order and those of the letter itself
 * (push_common() in letter.c), and no others.  post.c sends what is written here. */
#ifndef LATCHKEY_WORKER_LETTER_H
#define LATCHKEY_WORKER_LETTER_H

#include "mail/message.h"
#include "queries/mail.h"
#include "view/view.h"
#include "worker/worker.h"

enum { LETTER_FACTS_MAX = 3 };

struct letter;

/* What a mail can tell about one concept.  Each function may be NULL. */
struct letter_facts {
        /* Queue the queries about the letter's object (LETTER->row.object, object_id).  Returns
         * where their rows will stand, in the letter's pool. */
        void *(*ask)(struct letter *letter);
        /* The rows have come: set what the letter takes from them (title, file, reply_to). */
        void (*read)(struct letter *letter, const void *facts);
        /* Push every symbol of this concept, an empty one where no row was found. */
        void (*push)(struct view *view, const struct letter *letter, const void *facts);
};

/* The way to staff that a mail carries. */
enum letter_help {
        NO_HELP,
        HELP_FORM,   /* "I can't get in" at its foot (S0.6) */
        HELP_TICKET, /* the link to the ticket that it is about, as {ticket_url} */
};

/* One kind of mail.  A table of them ends with a row whose kind is NULL. */
struct letter_kind {
        const char *kind; /* messages.kind and templates/mail/KIND.{html,txt} */
        const char *subject;
        bool titled;      /* the product's title stands behind the subject */
        bool staff;       /* to a member of staff: its links lead to the staff pages */
        bool plain;       /* goes out as text alone, as a person writes; the HTML is for the staff's copy */
        bool paper;       /* the receipt or the credit note goes with it */
        const char *link; /* where {link_url}, made for this mail and good once, leads ("access");
                             NULL without one */
        enum letter_help help;
        const struct letter_facts *tells[LETTER_FACTS_MAX]; /* ends with NULL or with the array */
};

struct letter {
        struct worker *w;
        struct pool *pool;
        struct message_row row;
        const struct letter_kind *kind;
        void *facts[LETTER_FACTS_MAX]; /* as asked for, in the order of kind->tells */

        /* Of the order that the object belongs to, if there is one. */
        struct mail_order_row order;
        bool has_order;
        const char *title;    /* of what was sold, or "" */
        const char *subject;  /* instead of the kind's, or NULL */
        const char *reply_to; /* an address, or NULL for the one of support */
        const char *from_name; /* who writes, or NULL for the shop */
        struct message_file file;
        bool has_file;

        const char *token;      /* of the single-use link, or NULL */
        const char *help_token; /* of the link to the form for help or to the ticket, or NULL */
        bool masked;            /* rendered for the copy that staff can read: no token in it */
        bool plain;             /* rendered as text */
};

/* Know the kind by LETTER->row.kind; false when there is no such mail. */
bool letter_begin(struct letter *letter);

/* Queue what it tells, and its links: their tokens are made here, the database gets the hashes.
 * The next db_wait() brings the rows. */
void letter_ask(struct letter *letter);

/* After that: the whole mail as *LEN bytes in the letter's pool, and its masked copy for staff
 * queued.  NULL with a sentence in *ERROR when a template or the message could not be made. */
const char *letter_write(struct letter *letter, size_t *len, const char **error);

/* A new token in the letter's pool; HASH gets its hash, which lives there too.  For facts that make
 * a link of their own, to be hidden in the masked copy. */
const char *letter_token(struct letter *letter, struct db_bytes *hash);

/* For {ticket_url} and {help_url}: where the letter's help token leads, WAY being "link" or
 * "mail"; hidden in the masked copy, "" without a token. */
const char *letter_help_url(const struct letter *letter, const char *way);

/* The mails of each concept. */
extern const struct letter_kind letter_access_kinds[];
extern const struct letter_kind letter_account_kinds[];
extern const struct letter_kind letter_case_kinds[];
extern const struct letter_kind letter_payment_kinds[];
extern const struct letter_kind letter_plan_kinds[];
extern const struct letter_kind letter_reminder_kinds[];
extern const struct letter_kind letter_people_kinds[];
extern const struct letter_kind letter_staff_kinds[];
extern const struct letter_kind letter_ticket_kinds[];
extern const struct letter_kind letter_waiting_kinds[];
extern const struct letter_kind letter_withdraw_kinds[];

/* Facts that mails of other concepts may tell as well. */
extern const struct letter_facts letter_payment_facts;
extern const struct letter_facts letter_plan_facts;
extern const struct letter_facts letter_waiting_facts;
extern const struct letter_facts letter_way_out_facts;

#endif
