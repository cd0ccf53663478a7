/* product_new: staff begin a new product. */
#ifndef LATCHKEY_ADMIN_PRODUCT_NEW_H
#define LATCHKEY_ADMIN_PRODUCT_NEW_H

#include "http/route.h"

extern const struct route product_new_routes[];

#endif
