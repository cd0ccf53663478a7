/* product_offer: what a product costs: a new price, a new offer, on and off. */
#ifndef LATCHKEY_ADMIN_PRODUCT_OFFER_H
#define LATCHKEY_ADMIN_PRODUCT_OFFER_H

#include "http/route.h"

extern const struct route product_offer_routes[];

#endif
