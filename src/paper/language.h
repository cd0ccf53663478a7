/* language: says in a PDF which language it is in, for screen readers.  cairo 1.16 cannot. */
#ifndef LATCHKEY_PAPER_LANGUAGE_H
#define LATCHKEY_PAPER_LANGUAGE_H

#include <glib.h>

/* Append to PDF, as an incremental update (ISO 32000-1, 7.5.6), its catalogue with /Lang
 * LANGUAGE ("en") and the wish that the title be shown.  A file that is not as cairo writes
 * it stays as it is. */
void language_set(GString *pdf, const char *language);

#endif
