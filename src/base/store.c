/* store: the folder of stored files; see store.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/text.h"

/* What they are called for the moment before they have their own name, or all the way where the
 * file system knows no files without one. */
static const char part_prefix[] = ".part-";
enum { OLD_SECONDS = 86400, PIECE = 256 * 1024 };

struct store {
        struct pool *pool;
        const char *dir;
        char *part;             /* its name until it is kept, or NULL */
        struct token_sum *sum;
        int64_t size;
        int fd;
};

int64_t
store_room(const char *dir)
{
        struct statvfs disk;

        return statvfs(dir, &disk) == 0 ? (int64_t)disk.f_bavail * (int64_t)disk.f_frsize - STORE_RESERVE : 0;
}

/* Is PATH a file that nobody wrote to for a day? */
static bool
old(const char *path)
{
        struct stat there;

        return lstat(path, &there) == 0 && S_ISREG(there.st_mode) && there.st_mtime < time(NULL) - OLD_SECONDS;
}

/* What a crash left behind, a day ago or more. */
static void
sweep(struct pool *pool, const char *path)
{
        DIR *dir = opendir(path);
        const struct dirent *entry;

        while (dir != NULL && (entry = readdir(dir)) != NULL) {
                const char *name = pool_printf(pool, "%s/%s", path, entry->d_name);

                if (text_starts(entry->d_name, part_prefix) && old(name))
                        (void)unlink(name);
        }
        if (dir != NULL)
                closedir(dir);
}

const char *
store_old(struct pool *pool, const char *path)
{
        DIR *dir = opendir(path);
        const struct dirent *entry;
        GString *list = g_string_new("{");
        const char *text;

        while (dir != NULL && (entry = readdir(dir)) != NULL) {
                const char *name = entry->d_name;
                size_t len = strlen(name);

                /* Eighteen digits fit into every number. */
                if (name[0] != '0' && len <= 18 && strspn(name, "0123456789") == len &&
                    old(pool_printf(pool, "%s/%s", path, name)))
                        g_string_append_printf(list, "%s%s", list->len > 1 ? "," : "", name);
        }
        if (dir != NULL)
                closedir(dir);
        text = pool_printf(pool, "%s}", list->str);
        g_string_free(list, TRUE);
        return text;
}

void
store_remove(struct pool *pool, const char *dir, int64_t id)
{
        (void)unlink(pool_printf(pool, "%s/%" PRId64, dir, id));
}

static void
store_end(void *data)
{
        struct store *file = data;

        if (file->part != NULL)
                (void)unlink(file->part);
        if (file->fd >= 0)
                close(file->fd);
}

static void
open_nameless(struct store *file)
{
        file->fd = open(file->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (file->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
                return;
        file->part = pool_printf(file->pool, "%s/%sXXXXXX", file->dir, part_prefix);
        file->fd = mkostemp(file->part, O_CLOEXEC);
        if (file->fd < 0)
                file->part = NULL;
}

struct store *
store_begin(struct pool *pool, const char *dir, int64_t expected)
{
        struct store *file = pool_alloc(pool, sizeof(*file));

        *file = (struct store){ .pool = pool, .dir = dir, .fd = -1 };
        pool_defer(pool, store_end, file);
        sweep(pool, dir);
        open_nameless(file);
        if (file->fd < 0)
                return NULL;
        if (store_room(dir) < expected) {
                errno = ENOSPC;
                return NULL;
        }
        file->sum = token_sum_new(pool);
        return file;
}

bool
store_write(struct store *file, const void *data, size_t len)
{
        const char *at = data;

        token_sum_add(file->sum, data, len);
        file->size += (int64_t)len;
        while (len > 0) {
                ssize_t n = write(file->fd, at, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                at += n;
                len -= (size_t)n;
        }
        return true;
}

/* PATH in pieces to TAKE, until that is false. */
static bool
read_pieces(struct pool *pool, const char *path, bool (*take)(void *data, const char *piece, size_t len), void *data)
{
        char *piece = pool_alloc(pool, PIECE);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = -1;

        while (fd >= 0 && (n = read(fd, piece, PIECE)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 || !take(data, piece, (size_t)n))
                        break;
        }
        if (fd >= 0)
                close(fd);
        return n == 0;
}

static bool
take_copy(void *data, const char *piece, size_t len)
{
        return store_write(data, piece, len);
}

bool
store_copy(struct store *file, const char *path)
{
        return read_pieces(file->pool, path, take_copy, file);
}

struct look {
        struct token_sum *sum;
        int64_t size;
};

static bool
take_look(void *data, const char *piece, size_t len)
{
        struct look *look = data;

        token_sum_add(look->sum, piece, len);
        look->size += (int64_t)len;
        return true;
}

bool
store_look(struct pool *pool, const char *path, int64_t *size, uint8_t sha256[TOKEN_HASH_SIZE])
{
        struct look look = { .sum = token_sum_new(pool) };

        if (!read_pieces(pool, path, take_look, &look))
                return false;
        token_sum_end(look.sum, sha256);
        *size = look.size;
        return true;
}

int64_t
store_size(const struct store *file)
{
        return file->size;
}

bool
store_finish(struct store *file, uint8_t sha256[TOKEN_HASH_SIZE])
{
        token_sum_end(file->sum, sha256);
        /* nginx reads it; the folder is closed to all others. */
        return fchmod(file->fd, 0644) == 0 && fsync(file->fd) == 0;
}

/* The name itself outlives a crash. */
static bool
sync_dir(const char *dir)
{
        int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool ok = fd >= 0 && fsync(fd) == 0;

        if (fd >= 0)
                close(fd);
        return ok;
}

/* One step over whatever has the name: two at once may store the same, and a file that was
 * damaged is put right. */
bool
store_keep(struct store *file, int64_t id)
{
        const char *to = pool_printf(file->pool, "%s/%" PRId64, file->dir, id);
        struct stat there;

        if (stat(to, &there) == 0 && there.st_size == file->size)
                return true;
        if (file->part == NULL) {
                char *part = pool_printf(file->pool, "%s/%s%" PRId64 "-%ld", file->dir, part_prefix, id, (long)getpid());

                (void)unlink(part);
                if (linkat(AT_FDCWD, pool_printf(file->pool, "/proc/self/fd/%d", file->fd), AT_FDCWD, part,
                           AT_SYMLINK_FOLLOW) != 0)
                        return false;
                file->part = part;
        }
        if (rename(file->part, to) != 0)
                return false;
        file->part = NULL;
        return sync_dir(file->dir);
}
