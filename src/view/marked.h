/* marked: a text against another one, with the words that differ marked for everybody: <del> and <ins>. */
#ifndef LATCHKEY_VIEW_MARKED_H
#define LATCHKEY_VIEW_MARKED_H

#include "view/view.h"

/* TEXT with what OTHER does not have in <TAG>; without marks where they are too long to compare. */
struct html marked_words(struct pool *pool, const char *text, const char *other, const char *tag);

#endif
