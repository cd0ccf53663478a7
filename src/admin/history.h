/* history: one line of an order's timeline, in plain words. */
#ifndef LATCHKEY_ADMIN_HISTORY_H
#define LATCHKEY_ADMIN_HISTORY_H

#include "http/request.h"
#include "queries/report.h"
#include "view/view.h"

/* Pushes at, text, note, link and kind ("key-event", "problem" or "") for ROW.  BASE is the page
 * below which its mails and papers are: "/admin/orders/NUMBER" or "/admin/customers/ID". */
void history_push(struct view *view, struct request *req, const char *base,
                  const struct history_row *row);

#endif
