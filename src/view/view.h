/* view: pages, mails and fragments from templates.  The only folder with CTPL, which
 * never escapes: values are escaped here, by type, when they are pushed (safety rule
 * 12).  Templates are read and parsed once, at start (safety rule 13); a bad one
 * fails the start. */
#ifndef LATCHKEY_VIEW_VIEW_H
#define LATCHKEY_VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/pool.h"
#include "db/db.h"
#include "http/request.h"

struct views;
struct view;

/* Markup that is known to be safe: made by a template or by the Markdown renderer. */
struct html {
        const char *markup;
};

/* Read DIR (templates/): layouts are joined with their bodies, everything is parsed; how
 * they are written is told in view/template.h.  PARTS names the folders wanted,
 * NULL-terminated ("portal", "error", ...).  NULL with a sentence in *ERROR (file, line,
 * what), which lives until the next call. */
const struct views *views_load(const struct config *config, const char *dir,
                               const char *const *parts, const char **error);
void views_free(const struct views *views);

/* How values are formatted: the customer's or the shop's locale and zone. */
struct view_locale {
        const char *locale;
        const char *zone;
};

/* A view on a page ("portal/order.html"): escapes for HTML, knows the request (layout
 * symbols: site name, signed-in name, csrf, path for the current navigation item). */
struct view *view_new(struct request *req, const char *name);
/* Without a request: mails.  A name that ends in .txt is not escaped. */
struct view *view_plain(const struct views *views, struct pool *pool, const struct config *config,
                        const char *name);

void view_locale(struct view *view, struct view_locale locale);

void view_text(struct view *view, const char *name, const char *text); /* NULL = "" */
void view_number(struct view *view, const char *name, int64_t number);
void view_flag(struct view *view, const char *name, bool flag);
void view_html(struct view *view, const char *name, struct html html);
/* Plain text of several lines for a page: escaped, each line on its own; NULL = "". */
void view_lines(struct view *view, const char *name, const char *text);
void view_money(struct view *view, const char *name, int64_t minor, const char *currency);
void view_time(struct view *view, const char *name,
               instant at); /* <time>, said as a person would */
void view_stamp(struct view *view, const char *name, instant at, bool seconds); /* the same, short: for tables */
void view_date(struct view *view, const char *name, int32_t days);
/* Only http, https, webcal, mailto and paths on our own host; anything else becomes "". */
void view_url(struct view *view, const char *name, const char *url);

/* All columns of a row as PREFIX_column (PREFIX "" : column).  By name:
 *   x_minor     with a sibling column "currency": PREFIX_x as formatted money
 *   x_at, x_on  PREFIX_x as <time>
 *   x_md        PREFIX_x, Markdown rendered
 *   x_url       checked as view_url; status, kind, ...: text, escaped
 * Everything else as text or number under its own name.  The first three stand under
 * their whole name too (PREFIX_paid_at); where two columns would share a short name
 * (paid_minor and paid_at) only the whole names are pushed.  A nullable column has
 * PREFIX_x_set 1/0 beside it, and is "" when null.  bytea is not pushed. */
void view_row(struct view *view, const char *prefix, const struct db_row_type *type,
              const void *row);

/* N rows through the row template NAME_TEMPLATE, joined, as symbol NAME; NAME_count too. */
void view_list(struct view *view, const char *name, const char *name_template,
               const struct db_row_type *type, const void *rows, size_t n);
/* The same for rows of our own making: a callback pushes into each row's view. */
void view_each(struct view *view, const char *name, const char *name_template, size_t n,
               void (*row)(struct view *row_view, size_t index, void *data), void *data);

/* Every form parameter of the route: NAME as typed, NAME_error ("" when fine), and the
 * list error_summary (empty when the form is valid), csrf. */
void view_form(struct view *view, struct request *req);

/* The same fields, empty, for the page that shows the form first: PARAMS are those of the
 * route that takes it. */
void view_form_empty(struct view *view, const struct param *params);

/* Render; the text belongs to the view's pool.  NULL after a logged error. */
const char *view_render(struct view *view, size_t *len);
/* Render and reply as text/html; 500 when rendering fails. */
enum http_status view_reply(struct view *view, enum http_status status);

#endif
