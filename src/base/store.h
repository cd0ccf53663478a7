/* store: the folder of stored files.  The database knows what they are called; here each has
 * its number for a name, and is there whole or not at all. */
#ifndef LATCHKEY_BASE_STORE_H
#define LATCHKEY_BASE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/token.h"

/* 2 GiB, and what must stay free on the disk beside what is stored: the database may live there. */
#define STORE_FILE_MOST (INT64_C(2) << 30)
#define STORE_RESERVE (INT64_C(256) << 20)

/* Bytes that may still be stored in DIR; negative: none, and even the reserve is touched. */
int64_t store_room(const char *dir);

/* A file on its way: it has no name until store_keep(), so that a crash leaves nothing. */
struct store;

/* Begin one in DIR, of about EXPECTED bytes; it ends with POOL.  NULL: see errno, ENOSPC where
 * there is no room for it. */
struct store *store_begin(struct pool *pool, const char *dir, int64_t expected);
/* False: see errno. */
bool store_write(struct store *file, const void *data, size_t len);
/* All of the file at PATH.  False: see errno. */
bool store_copy(struct store *file, const char *path);
int64_t store_size(const struct store *file);
/* All is written: its SHA-256, and it is safe on the disk.  False: see errno. */
bool store_finish(struct store *file, uint8_t sha256[TOKEN_HASH_SIZE]);
/* Size and SHA-256 of the file at PATH.  False: see errno. */
bool store_look(struct pool *pool, const char *path, int64_t *size, uint8_t sha256[TOKEN_HASH_SIZE]);
/* It becomes DIR/ID; where that is there already with the same size, it stays.  False: see errno. */
bool store_keep(struct store *file, int64_t id);

/* The numbers of what lies in DIR and is a day old or more, as "{1,2}": a crash between
 * store_keep() and the commit leaves one that the database does not name. */
const char *store_old(struct pool *pool, const char *dir);
/* Take DIR/ID away.  Only for what the database does not name. */
void store_remove(struct pool *pool, const char *dir, int64_t id);

#endif
