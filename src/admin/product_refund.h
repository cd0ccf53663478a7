/* product_refund: how long one can withdraw from a product, and whether its guarantee needs a person. */
#ifndef LATCHKEY_ADMIN_PRODUCT_REFUND_H
#define LATCHKEY_ADMIN_PRODUCT_REFUND_H

#include "http/route.h"

extern const struct route product_refund_routes[];

#endif
