/* migrate: the schema's history, for latchkeyctl and tests.
 *
 * DIR holds files named NNNN_name.sql.  Each runs once, in order, in a transaction of
 * its own, and is recorded with its SHA-256 in latchkey.migrations.  A file that was
 * applied must never change; the way on is a new file. */
#ifndef LATCHKEY_DB_MIGRATE_H
#define LATCHKEY_DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/pool.h"
#include "db/db.h"

struct migration {
        int version;                    /* NNNN */
        const char *name;               /* of the file, without NNNN_ and .sql */
        const char *path;               /* NULL: applied, but its file is gone */
        bool applied;
        bool changed;                   /* applied with another content */
        instant applied_at;             /* 0 when not applied */
};

/* Apply what is pending; two at once are harmless (advisory lock).  DB must belong to
 * the owner of the schema; each call is a unit of work of its own.  *APPLIED (may be
 * NULL) is how many ran.  On failure false with one sentence in *ERROR, from POOL; the
 * migrations before the failing one stay. */
bool migrate_apply(struct db *db, struct pool *pool, const char *dir, size_t *applied,
                   const char **error);

/* Every migration, applied or pending, by version; from POOL.  Changes nothing, also
 * where the table does not exist yet. */
bool migrate_status(struct db *db, struct pool *pool, const char *dir, struct migration **list,
                    size_t *n, const char **error);

/* Run one file that may be run again (roles, policies, demo data) in one transaction. */
bool migrate_file(struct db *db, struct pool *pool, const char *path, const char **error);

#endif
