/* contents: what is inside a product: sections, items and their files. */
#ifndef LATCHKEY_CTL_CONTENTS_H
#define LATCHKEY_CTL_CONTENTS_H

#include "ctl/catalogue.h"
#include "ctl/source.h"

/* Read DIR/contents and DIR/files into TO. */
bool contents_read(struct reading *in, const char *dir, struct catalogue_product *to);

#endif
