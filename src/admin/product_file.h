/* product_file: videos and downloads of a product, with their files. */
#ifndef LATCHKEY_ADMIN_PRODUCT_FILE_H
#define LATCHKEY_ADMIN_PRODUCT_FILE_H

#include "http/route.h"

extern const struct route product_file_routes[];

#endif
