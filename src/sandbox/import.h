/* import: objects of the past, for demo data. */
#ifndef LATCHKEY_SANDBOX_IMPORT_H
#define LATCHKEY_SANDBOX_IMPORT_H

#include "sandbox/settings.h"

/* Read JSON lines from FILE ("-": standard input) and keep them, all or nothing; no event
 * is made.  The exit status. */
int import_main(const struct settings *settings, const char *file);

#endif
