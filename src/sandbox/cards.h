/* cards: the well-known test payment methods and what happens to each. */
#ifndef LATCHKEY_SANDBOX_CARDS_H
#define LATCHKEY_SANDBOX_CARDS_H

#include <stdbool.h>

struct decline {
        const char *code;               /* error.code */
        const char *decline_code;       /* error.decline_code, or NULL */
        const char *advice_code;        /* or NULL */
        const char *network_code;       /* outcome.network_decline_code, or NULL */
        const char *message;
};

enum card_flags {
        CARD_HOSTED = 1 << 0,           /* its number may be typed on the hosted pages */
        CARD_ATTACHES = 1 << 1,         /* can be saved although it will be declined */
        CARD_ASKS_ONCE = 1 << 2,        /* asks for authentication unless it was set up */
        CARD_ASKS = 1 << 3,             /* always asks for authentication */
        CARD_DISPUTED = 1 << 4          /* a dispute follows the payment */
};

struct card {
        const char *token;              /* pm_card_visa */
        const char *kind;               /* card, sepa_debit, customer_balance */
        const char *number;
        const char *brand, *funding, *country;
        const struct decline *decline;  /* what charging it gives; NULL: it succeeds */
        unsigned flags;
};

/* By token, or NULL.  Older spellings of some tokens are known as well. */
const struct card *card_by_token(const char *token);
/* By a number that may be typed on the hosted pages, digits alone; or NULL. */
const struct card *card_by_number(const char *digits);
const char *card_last4(const struct card *card);

extern const struct decline decline_authentication_required;    /* off session */
extern const struct decline decline_authentication_failed;      /* the customer failed it */
extern const struct decline decline_debit;                      /* a bank debit that came back */

#endif
