/* filetype: what a file that somebody sent is, by its content, and what it may be called. */
#ifndef LATCHKEY_BASE_FILETYPE_H
#define LATCHKEY_BASE_FILETYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

enum { FILE_BYTES_MOST = 5 * 1024 * 1024, FILE_NAME_MOST = 120 /* bytes */ };

/* "image/png", "image/jpeg", "application/pdf" or "text/plain" (UTF-8 or ASCII without
 * control characters but line ends, tabs and form feeds); NULL for anything else. */
const char *filetype_of(const void *data, size_t len);

/* True for a name that one would give a file: valid UTF-8 of at most FILE_NAME_MOST bytes,
 * no control characters, no path, no characters that turn the direction of writing. */
bool filetype_name_is_clean(const char *name);

/* NAME with what is no part of one replaced by "_", cut to FILE_NAME_MOST bytes, and with the ending
 * of TYPE: "shot.exe" of a picture becomes "shot.exe.png".  Belongs to POOL. */
const char *filetype_name(struct pool *pool, const char *name, const char *type);

/* The type that the ending of NAME stands for, "application/octet-stream" for what is not known. */
const char *filetype_of_name(const char *name);

/* What is sold, as staff send it: where it is used decides what it may be. */
enum file_use {
        FILE_USE_DOWNLOAD = 1 << 0, FILE_USE_VIDEO = 1 << 1, FILE_USE_CAPTIONS = 1 << 2,
        FILE_USE_SOFTWARE = 1 << 3      /* a download, or a program to install */
};

/* How much of a file's beginning filetype_sold() wants to see. */
enum { FILE_HEAD = 4096 };

/* The type of a file named NAME that begins with LEN bytes of HEAD (all of it below FILE_HEAD):
 * ending and content agree, and it may be used so.  NULL: it may not. */
const char *filetype_sold(enum file_use use, const char *name, const void *head, size_t len);

/* The last part of NAME, as filetype_name() cleans it, with its own ending kept.  Belongs to POOL. */
const char *filetype_sold_name(struct pool *pool, const char *name);

#endif
