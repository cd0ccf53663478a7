/* archive: files with their checksums, see archive.h. */
#include "ctl/archive.h"

#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <jansson.h>

enum { PIECE = 256 * 1024 };

static bool
fail(struct ctl *ctl, const char *path)
{
        ctl_fail(ctl, CTL_USAGE, "Name a folder that this command may read and write.", "%s: %s", path, g_strerror(errno));
        return false;
}

static const char *
path_of(struct ctl *ctl, const struct archive *archive, const char *name)
{
        return pool_printf(ctl->pool, "%s/%s", archive->dir, name);
}

/* Read FROM to its end, into OUT where that is not -1.  False with errno. */
static bool
digest_fd(int from, int out, GChecksum *sum, int64_t *size)
{
        guchar *piece = g_malloc(PIECE);
        ssize_t n;

        *size = 0;
        while ((n = read(from, piece, PIECE)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        break;
                g_checksum_update(sum, piece, n);
                *size += n;
                for (ssize_t done = 0; out >= 0 && done < n;) {
                        ssize_t wrote = write(out, piece + done, (size_t)(n - done));

                        if (wrote < 0 && errno != EINTR) {
                                g_free(piece);
                                return false;
                        }
                        done += wrote > 0 ? wrote : 0;
                }
        }
        g_free(piece);
        return n == 0;
}

/* Copy FROM to TO (NULL: only read) in one step; *SHA256 belongs to the pool. */
static bool
copy(struct ctl *ctl, const char *from, const char *to, int mode, int64_t *size, const char **sha256)
{
        const char *part = to != NULL ? pool_printf(ctl->pool, "%s.part", to) : NULL;
        int in = open(from, O_RDONLY | O_CLOEXEC);
        int out = in >= 0 && part != NULL ? open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode) : -1;
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        bool ok = in >= 0 && (part == NULL || out >= 0) && digest_fd(in, out, sum, size);
        int reason = errno;

        *sha256 = pool_strdup(ctl->pool, g_checksum_get_string(sum));
        g_checksum_free(sum);
        if (out >= 0) {
                if (ok && (fchmod(out, (mode_t)mode) != 0 || fsync(out) != 0)) {
                        ok = false;
                        reason = errno;
                }
                ok = close(out) == 0 && ok;
        }
        if (in >= 0)
                close(in);
        if (ok && part != NULL && rename(part, to) != 0) {
                ok = false;
                reason = errno;
        }
        if (!ok && part != NULL)
                unlink(part);
        errno = reason;
        return ok || fail(ctl, in < 0 || part == NULL ? from : to);
}

static void
note(struct ctl *ctl, struct archive *archive, const char *name, int64_t size, const char *sha256)
{
        struct archive_file *file = pool_alloc(ctl->pool, sizeof(*file));

        *file = (struct archive_file){ name, size, sha256 };
        g_ptr_array_add(archive->files, file);
}

static void
free_files(void *files)
{
        g_ptr_array_free(files, TRUE);
}

static void
begin(struct ctl *ctl, struct archive *archive, const char *dir)
{
        *archive = (struct archive){ .dir = dir, .files = g_ptr_array_new() };
        pool_defer(ctl->pool, free_files, archive->files);
}

bool
archive_make(struct ctl *ctl, struct archive *archive, const char *dir)
{
        GDir *there;
        bool used;

        begin(ctl, archive, dir);
        if (mkdir(dir, 0700) != 0 && errno != EEXIST)
                return fail(ctl, dir);
        there = g_dir_open(dir, 0, NULL);
        used = there == NULL || g_dir_read_name(there) != NULL;
        if (there != NULL)
                g_dir_close(there);
        if (used) {
                ctl_fail(ctl, CTL_USAGE, "Name a folder that is not there yet, or an empty one.", "%s is in use", dir);
                return false;
        }
        /* Passwords' hashes and buyers' data are in it. */
        return (chmod(dir, 0700) == 0 && mkdir(path_of(ctl, archive, "files"), 0700) == 0) || fail(ctl, dir);
}

bool
archive_add(struct ctl *ctl, struct archive *archive, const char *from, const char *name, const char *sha256)
{
        const char *found;
        int64_t size;

        if (!copy(ctl, from, path_of(ctl, archive, name), 0600, &size, &found))
                return false;
        if (sha256 != NULL && strcmp(sha256, found) != 0) {
                ctl_fail(ctl, CTL_DIFFERENCES, "Load the product again that it belongs to.",
                         "%s is damaged: its content is not what was stored", from);
                return false;
        }
        note(ctl, archive, name, size, found);
        return true;
}

bool
archive_found(struct ctl *ctl, struct archive *archive, const char *name)
{
        const char *sha256;
        int64_t size;

        if (!copy(ctl, path_of(ctl, archive, name), NULL, 0, &size, &sha256))
                return false;
        note(ctl, archive, name, size, sha256);
        return true;
}

bool
archive_close(struct ctl *ctl, struct archive *archive)
{
        const char *path = path_of(ctl, archive, "manifest.json");
        json_t *files = json_array(), *manifest;
        GDateTime *made = g_date_time_new_from_unix_utc(archive->made_at / CLOCK_SECOND);
        char *text, *when = g_date_time_format(made, "%Y-%m-%dT%H:%M:%SZ");
        bool ok;

        for (guint i = 0; i < archive->files->len; i++) {
                const struct archive_file *file = g_ptr_array_index(archive->files, i);

                json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "name", file->name, "size",
                                                       (json_int_t)file->size, "sha256", file->sha256));
        }
        manifest = json_pack("{s:s, s:s, s:i, s:s, s:o}", "product", "Latchkey", "version", PACKAGE_VERSION, "schema",
                             archive->version, "made_at", when, "files", files);
        text = json_dumps(manifest, JSON_INDENT(2));
        ok = g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                      0600, NULL);
        free(text);
        g_free(when);
        g_date_time_unref(made);
        json_decref(manifest);
        return ok || fail(ctl, path);
}

/* One entry of the manifest, compared with what is there. */
static bool
compare(struct ctl *ctl, struct archive *archive, const json_t *entry)
{
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *sha256 = json_string_value(json_object_get(entry, "sha256")), *found;
        int64_t size;

        if (name == NULL || sha256 == NULL || name[0] == '/' || strstr(name, "..") != NULL) {
                ctl_fail(ctl, CTL_USAGE, "Take another backup; nothing was changed.", "%s/manifest.json cannot be read",
                         archive->dir);
                return false;
        }
        name = pool_strdup(ctl->pool, name);
        if (!copy(ctl, path_of(ctl, archive, name), NULL, 0, &size, &found))
                return false;
        if (strcmp(sha256, found) != 0) {
                ctl_fail(ctl, CTL_DIFFERENCES, "Take another backup; nothing was changed.", "%s/%s is damaged",
                         archive->dir, name);
                return false;
        }
        note(ctl, archive, name, size, found);
        return true;
}

bool
archive_open(struct ctl *ctl, struct archive *archive, const char *dir)
{
        json_t *manifest, *entry;
        bool ok = true;
        size_t i;

        begin(ctl, archive, dir);
        manifest = json_load_file(path_of(ctl, archive, "manifest.json"), JSON_REJECT_DUPLICATES, NULL);
        if (manifest == NULL) {
                ctl_fail(ctl, CTL_USAGE,
                         "Name the folder that latchkeyctl backup made; without its manifest it was not finished.",
                         "%s holds no backup", dir);
                return false;
        }
        archive->version = (int)json_integer_value(json_object_get(manifest, "schema"));
        json_array_foreach(json_object_get(manifest, "files"), i, entry)
                ok = ok && compare(ctl, archive, entry);
        json_decref(manifest);
        return ok;
}

bool
archive_take(struct ctl *ctl, const struct archive *archive, const char *name, const char *to)
{
        const char *sha256;
        int64_t size;

        return copy(ctl, path_of(ctl, archive, name), to, 0644, &size, &sha256);
}
