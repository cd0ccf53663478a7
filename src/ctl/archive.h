/* archive: the folder of a backup.
 *
 *   manifest.json   what is in it, written last: a folder without it is no backup
 *   database.sql    the data of every table, as pg_dump writes it
 *   sandbox.sql     in development, that of the gateway's stand-in
 *   latchkey.conf   the settings, for reading
 *   files/ID        the stored files
 *
 * The manifest names every file with its size and SHA-256. */
#ifndef LATCHKEY_CTL_ARCHIVE_H
#define LATCHKEY_CTL_ARCHIVE_H

#include <glib.h>

#include "base/clock.h"
#include "ctl/ctl.h"

struct archive_file {
        const char *name;       /* below the folder */
        int64_t size;
        const char *sha256;     /* hexadecimal */
};

struct archive {
        const char *dir;
        int version;            /* of the schema */
        instant made_at;        /* real time */
        GPtrArray *files;       /* struct archive_file, from the pool */
};

/* DIR is made, or is there and empty.  False after ctl_fail(). */
bool archive_make(struct ctl *ctl, struct archive *archive, const char *dir);

/* Copy FROM into the archive as NAME, mode 0600, on disk before it returns.  Where SHA256 is
 * not NULL it must be the content's.  False after ctl_fail(). */
bool archive_add(struct ctl *ctl, struct archive *archive, const char *from, const char *name, const char *sha256);

/* What is there already as NAME, made by another program. */
bool archive_found(struct ctl *ctl, struct archive *archive, const char *name);

/* The manifest: the backup is whole from then on. */
bool archive_close(struct ctl *ctl, struct archive *archive);

/* Read the manifest of DIR and compare every file with it.  False after ctl_fail(). */
bool archive_open(struct ctl *ctl, struct archive *archive, const char *dir);

/* Copy the archive's NAME to TO, which is there whole or not at all, mode 0644. */
bool archive_take(struct ctl *ctl, const struct archive *archive, const char *name, const char *to);

#endif
