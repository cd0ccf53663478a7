/* html: escaping, the one place. */
#ifndef LATCHKEY_VIEW_HTML_H
#define LATCHKEY_VIEW_HTML_H

#include <stdbool.h>

#include "base/pool.h"

/* & < > " ' as entities; control characters but \n and \t dropped. */
char *html_escape(struct pool *pool, const char *text);
/* http, https, webcal, mailto or a path that begins with a single '/'. */
bool html_url_is_safe(const char *url);

#endif
