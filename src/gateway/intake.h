/* intake: what an event asks of us.
 *
 * Only "succeeded" is believed from the body, for it only ever adds; everything else has
 * the object's present state fetched before we act, since order matters there. */
#ifndef LATCHKEY_GATEWAY_INTAKE_H
#define LATCHKEY_GATEWAY_INTAKE_H

#include <stdbool.h>

#include "gateway/events.h"

struct intake {
        const char *acts;       /* inbox.acts: pay, fetch, none */
        bool pays;              /* acts is pay: the amount counts */
};

struct intake intake_of(const struct gateway_event *event);

#endif
