/* product_ini: product.ini, the settings and offers of one product. */
#ifndef LATCHKEY_CTL_PRODUCT_INI_H
#define LATCHKEY_CTL_PRODUCT_INI_H

#include "ctl/catalogue.h"
#include "ctl/source.h"

/* Read DIR/product.ini into TO. */
bool product_ini_read(struct reading *in, const char *dir, struct catalogue_product *to);

#endif
