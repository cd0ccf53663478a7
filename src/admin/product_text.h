/* product_text: the texts of a product: the form, its preview, saving them in the draft. */
#ifndef LATCHKEY_ADMIN_PRODUCT_TEXT_H
#define LATCHKEY_ADMIN_PRODUCT_TEXT_H

#include "http/route.h"

extern const struct route product_text_routes[];

#endif
