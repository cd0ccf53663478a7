/* template: files of templates/ joined, checked and parsed, once at start.
 *
 * Lines of a template that stand for themselves (blanks before them are fine):
 *
 *   @layout layout/portal.html   first line of a page: the file that surrounds it
 *   @body                        in a layout: where the page goes
 *   @include part/icon-key.html  that file, here
 *   @# words                     a note to the reader of the template; not sent
 *
 * Between braces stands a symbol ({order_number}), {if CONDITION}, {else} or {end};
 * a brace as text is \{ or \}.  A line that holds {if}, {else} or {end} alone leaves
 * no line behind.  CTPL 0.3.4 accepts more and means something else by it, so the
 * rest is refused here: every comparison stands alone in its parentheses, && and ||
 * are not mixed, there is no {for} (a list is a row template, view_list()) and no
 * arithmetic. */
#ifndef LATCHKEY_VIEW_TEMPLATE_H
#define LATCHKEY_VIEW_TEMPLATE_H

#include <stdbool.h>

#include <ctpl/ctpl.h>
#include <glib.h>

struct template
{
        const char *name; /* "portal/order.html" */
        CtplToken *tree;
        GHashTable *symbols; /* the names that stand in it; a set */
        bool plain;          /* .txt: nothing is escaped */
        bool wants_csrf;     /* says {csrf} itself, not only in its layout */
};

/* Every template below DIR/PART for each of PARTS (NULL-terminated), by name; the table
 * owns them.  NULL with a sentence in ERROR (file, line, what is wrong). */
GHashTable *templates_load(const char *dir, const char *const *parts, GString *error);

/* Write TEMPLATE with the values of ENV to OUT.  False after an error was logged; what
 * OUT holds then is not a page. */
bool template_render(const struct template *template, CtplEnviron *env, CtplOutputStream *out);

#endif
