/* events: what the gateway tells, and its list. */
#ifndef LATCHKEY_SANDBOX_EVENTS_H
#define LATCHKEY_SANDBOX_EVENTS_H

#include "sandbox/call.h"
#include "sandbox/store.h"

/* The version whose shapes we speak. */
#define SANDBOX_API_VERSION "2026-10-28.endive"

/* Keep an event on OBJECT as it is now, and what is to be posted of it, with the rest of
 * the call's transaction. */
void event_emit(struct call *call, const char *kind, struct object *object);
/* The same with previous_attributes: what differs from the object as it was loaded. */
void event_emit_change(struct call *call, const char *kind, struct object *object);

json_t *event_show(struct call *call);
json_t *event_list(struct call *call);

#endif
