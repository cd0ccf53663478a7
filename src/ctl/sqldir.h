/* sqldir: where the schema's files are. */
#ifndef LATCHKEY_CTL_SQLDIR_H
#define LATCHKEY_CTL_SQLDIR_H

#include "ctl/ctl.h"

/* --sql DIR, else the environment's LATCHKEY_SQL, else where they were installed. */
const char *sqldir(const struct ctl *ctl);

#endif
