/* needs: what waits for a person, for those who may do something about it. */
#ifndef LATCHKEY_ADMIN_NEEDS_H
#define LATCHKEY_ADMIN_NEEDS_H

#include "http/request.h"
#include "queries/home.h"
#include "view/view.h"

/* Pushes the list NAME of those ROWS that this person's role is for, the oldest first, and
 * NAME_count.  What no table knows is for everybody. */
void needs_push(struct view *view, struct request *req, const char *name, const struct need_row *rows, size_t n);

#endif
