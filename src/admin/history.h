/* history: one line of an order's timeline, in plain words. */
#ifndef LATCHKEY_ADMIN_HISTORY_H
#define LATCHKEY_ADMIN_HISTORY_H

#include "http/request.h"
#include "queries/report.h"
#include "view/view.h"

/* Pushes at, text, note, link and kind ("key-event", "problem" or "") for ROW of the order
 * NUMBER. */
void history_push(struct view *view, struct request *req, const char *number,
                  const struct history_row *row);

#endif
