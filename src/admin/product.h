/* product: what is sold: the list, one product whole, on and off sale. */
#ifndef LATCHKEY_ADMIN_PRODUCT_H
#define LATCHKEY_ADMIN_PRODUCT_H

#include "http/request.h"
#include "http/route.h"

extern const struct route product_routes[];

/* Back to PAGE below the product of this request ("" is the product itself), with DONE, which
 * its page says in a sentence. */
enum http_status product_back(struct request *req, const char *page, const char *done);

/* The picture of a kind of product, as a path. */
const char *product_picture(const char *kind);

#endif
