/* deliver: post what happened to the hook URL, signed, until it is taken; and let happen
 * what falls due.  A process of its own, beside the one that answers requests. */
#ifndef LATCHKEY_SANDBOX_DELIVER_H
#define LATCHKEY_SANDBOX_DELIVER_H

#include "sandbox/settings.h"

/* Runs until it is told to stop; WORKERS 1 keeps the events in order. */
int deliver_main(const struct settings *settings, int workers);

#endif
