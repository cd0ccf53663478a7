/* sqldir: where the schema's files are; see sqldir.h. */
#include "ctl/sqldir.h"

#include <stdlib.h>

#include "base/text.h"

#ifndef LATCHKEY_SQLDIR
#define LATCHKEY_SQLDIR "/usr/local/share/latchkey/sql"
#endif

const char *
sqldir(const struct ctl *ctl)
{
        const char *dir = ctl_option(ctl, "sql");

        if (text_is_empty(dir))
                dir = getenv("LATCHKEY_SQL");
        return text_is_empty(dir) ? LATCHKEY_SQLDIR : dir;
}
