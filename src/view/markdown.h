/* markdown: cmark-gfm, raw HTML never let through (safety rule 25). */
#ifndef LATCHKEY_VIEW_MARKDOWN_H
#define LATCHKEY_VIEW_MARKDOWN_H

#include "base/pool.h"
#include "view/view.h"

struct html markdown_render(struct pool *pool, const char *text);

#endif
