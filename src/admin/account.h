/* account: one's own login: password, recovery codes, sessions. */
#ifndef LATCHKEY_ADMIN_ACCOUNT_H
#define LATCHKEY_ADMIN_ACCOUNT_H

#include "http/route.h"
#include "view/view.h"

extern const struct route account_routes[];

/* NAME: the ten recovery codes that this session made with SALT, as a list; nothing when NULL. */
void account_push_codes(struct view *view, struct request *req, const char *name, const char *salt);

#endif
