/* product_item: what is in the draft of a product: lessons, links, calls, in their order. */
#ifndef LATCHKEY_ADMIN_PRODUCT_ITEM_H
#define LATCHKEY_ADMIN_PRODUCT_ITEM_H

#include "http/route.h"

extern const struct route product_item_routes[];

#endif
