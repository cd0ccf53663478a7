/* articles: answers, playbooks and training: the list, and what people searched for in vain. */
#ifndef LATCHKEY_ADMIN_ARTICLES_H
#define LATCHKEY_ADMIN_ARTICLES_H

#include "http/route.h"

extern const struct route articles_routes[];

#endif
