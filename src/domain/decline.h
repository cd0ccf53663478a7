/* decline: what a gateway's refusal means, and what may be said about it.
 *
 * A code becomes one of a few classes; everything that follows (the message, the page, the
 * planner of retries, the playbook) goes by the class.  Words for the customer stand by class
 * and never by code: that a card was reported lost or stolen, or that a bank suspects fraud,
 * would alarm its owner and help a thief. */
#ifndef LATCHKEY_DOMAIN_DECLINE_H
#define LATCHKEY_DOMAIN_DECLINE_H

#include <stdbool.h>

enum decline_class {
        DECLINE_SOFT,           /* may go through later: no answer, try again, no reason given */
        DECLINE_SOFT_FUNDS,     /* not enough money on the account, or a limit was reached */
        DECLINE_BANK,           /* the bank said no and the customer alone can ask it why: few, slow retries */
        DECLINE_FIX_CARD,       /* the customer must correct something: expired, security code */
        DECLINE_ON_SESSION,     /* the bank wants the customer there to confirm */
        DECLINE_NEVER_AGAIN,    /* never again with this method */
        DECLINE_CLASSES
};

struct decline {
        enum decline_class class;
        bool known;             /* false: no table has the code; staff are told */
};

/* What the gateway's words mean.  Each may be NULL or "": DECLINE_CODE is the bank's ("lost_card"),
 * CODE the gateway's ("card_declined"), ADVICE_CODE what the network says about trying again.
 * Advice only ever makes a class harder.  An unknown code is soft. */
struct decline decline_of(const char *decline_code, const char *code, const char *advice_code);

/* The class's name in the database ("soft_funds"), and back; false for another word. */
const char *decline_name(enum decline_class class);
bool decline_by_name(const char *name, enum decline_class *class);

/* True when trying the same method again without the customer may help at all. */
bool decline_may_retry(enum decline_class class);

/* For the customer: one sentence of what happened, and the one thing to do. */
const char *decline_happened(enum decline_class class);
const char *decline_action(enum decline_class class);

#endif
