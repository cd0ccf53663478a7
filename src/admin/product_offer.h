/* product_offer: what a product costs: a new price, a new offer, on and off. */
#ifndef LATCHKEY_ADMIN_PRODUCT_OFFER_H
#define LATCHKEY_ADMIN_PRODUCT_OFFER_H

#include <stdint.h>

#include "http/request.h"
#include "http/route.h"

/* Money as it was typed. */
struct price {
        const char *currency;           /* in capitals */
        int64_t minor;
};

/* Read the fields currency and amount of the form at hand.  What is wrong stands beside its
 * field (param_refuse), and PRICE is not to be used then; nothing is read where one is empty. */
void product_offer_price(struct request *req, struct price *price);

extern const struct route product_offer_routes[];

#endif
