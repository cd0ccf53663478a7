/* pay: the form of the hosted page, read and checked. */
#ifndef LATCHKEY_SANDBOX_PAY_H
#define LATCHKEY_SANDBOX_PAY_H

#include <stdbool.h>

#include "http/request.h"
#include "sandbox/call.h"
#include "sandbox/cards.h"
#include "sandbox/store.h"

/* As typed (never NULL, but the card's number and code are not kept), and what is wrong
 * with it ("" where nothing is). */
struct pay_form {
        const char *email, *exp, *name, *country;
        const char *email_error, *card_number_error, *exp_error, *cvc_error, *name_error, *country_error;
        const char *declined;           /* the bank's answer, or "" */
        const struct card *card;        /* what is paid with */
        int exp_month, exp_year;
        bool wants_email;               /* the session knows none */
};

/* An untouched form for SESSION. */
struct pay_form pay_form_new(struct pool *pool, const struct object *session);
/* Read the posted body; true when the payment can be tried. */
bool pay_form_read(struct request *req, struct call *call, const struct object *session, struct pay_form *form);
/* The page with the form. */
enum http_status pay_form_show(struct request *req, enum http_status status, const struct object *session,
                               const struct pay_form *form);

#endif
