/* article_text: the texts of an article: a new one, the form, its preview, older versions. */
#ifndef LATCHKEY_ADMIN_ARTICLE_TEXT_H
#define LATCHKEY_ADMIN_ARTICLE_TEXT_H

#include "http/route.h"

extern const struct route article_text_routes[];

#endif
