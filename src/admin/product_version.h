/* product_version: a draft is published or thrown away; an older version is looked at and
 * restored. */
#ifndef LATCHKEY_ADMIN_PRODUCT_VERSION_H
#define LATCHKEY_ADMIN_PRODUCT_VERSION_H

#include "http/route.h"

extern const struct route product_version_routes[];

#endif
