/* markdown: cmark-gfm, raw HTML never let through (safety rule 25). */
#ifndef LATCHKEY_VIEW_MARKDOWN_H
#define LATCHKEY_VIEW_MARKDOWN_H

#include "base/pool.h"
#include "view/view.h"

struct html markdown_render(struct pool *pool, const char *text);

/* The same, and each heading can be linked to: "#ID".  *HEADINGS are the N of them, in POOL; their
 * text is as it was written, not escaped. */
struct markdown_heading { const char *id, *text; };
struct html markdown_render_anchored(struct pool *pool, const char *text, struct markdown_heading **headings, size_t *n);

/* An excerpt, no Markdown: escaped, and what stands between chr(2) and chr(3) is marked. */
struct html markdown_marked(struct pool *pool, const char *text);

#endif
