/* pay: the page of one amount that is owed, by a mail's link or by login. */
#ifndef LATCHKEY_PORTAL_PAY_H
#define LATCHKEY_PORTAL_PAY_H

#include "gateway/stripe.h"
#include "http/request.h"
#include "portal/order_offer.h"
#include "portal/portal.h"
#include "queries/pay.h"
#include "queries/plan.h"

struct pay {
        struct request *req;
        const char *token, *number;     /* by link; by login, with SEQ */
        int32_t seq;
        struct db_bytes link;
        const char *base;               /* its address, without a slash at the end */
        struct pay_row row;
        struct pay_steps_row steps;     /* what follows while it is late */
        struct order_offer offer;       /* of an order that was to be paid at once */
        bool found, has_steps;
};

/* The parameters that name it: in each route of its pages. */
#define PAY_TOKEN_PARAM { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH }
#define PAY_NUMBER_PARAM { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH }
#define PAY_SEQ_PARAM { .name = "seq", .type = PARAM_ID, .from = FROM_PATH }

/* Which amount the route is about. */
struct pay pay_of(struct request *req);

/* pay->seq for a query: NULL where a link says it. */
const int32_t *pay_seq(const struct pay *pay);

/* Whether what is open at the gateway was called off there: paid or closed meanwhile, it was not. */
enum stripe_result pay_call_off(struct request *req, const struct pay_open_row *open);

/* Look it up, and show it; AGAIN: with what was typed and its errors. */
enum http_status pay_show(struct pay *pay, enum http_status status, bool again);

#endif
