/* source: the files of a catalogue, read with the place of each fault.
 *
 * Readers give NULL or false once something is wrong; what and where is in *ERROR, and the
 * first fault stays. */
#ifndef LATCHKEY_CTL_SOURCE_H
#define LATCHKEY_CTL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "base/pool.h"

struct reading {
        struct pool *pool;      /* everything that is read belongs to it */
        const char **error;     /* NULL until a fault: "FILE:LINE: what is wrong" */
};

/* Always false.  LINE 0: the file as a whole. */
bool source_fail(struct reading *in, const char *path, size_t line, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

const char *source_path(struct reading *in, const char *dir, const char *name);
bool source_exists(const char *path);

/* Text of PATH: UTF-8, line ends as LF. */
char *source_text(struct reading *in, const char *path);

/* The same without white space at its ends; REQUIRED: it must be there and not be empty,
 * else a file that is missing is "". */
const char *source_prose(struct reading *in, const char *dir, const char *name, bool required);

/* Names in DIR in their order, folders or files alone, that end in SUFFIX (NULL: any).  The
 * caller frees the array. */
GPtrArray *source_list(struct reading *in, const char *dir, bool folders, const char *suffix);

/* A text with a head between two lines of "---".  LINE is told each "name: value" of the head, in
 * its order, and says whether it fits; what follows the head is the result, without white space at
 * its ends. */
typedef bool source_line(struct reading *in, const char *path, size_t number, const char *key, const char *value, void *data);
const char *source_headed(struct reading *in, const char *path, source_line *line, void *data);

/* LIST ends with NULL. */
bool source_one_of(const char *text, const char *const *list);
bool source_tax_class(const char *name);

#endif
