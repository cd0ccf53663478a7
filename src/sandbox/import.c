/* import: objects of the past, for demo data.
 *
 * A line is {"id", "type", "created", "customer"?, "body": {...}, "inner"?: {...}}; the
 * body is laid over the type's defaults, so it holds what differs alone. */
#include "sandbox/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "queries/sandbox.h"
#include "sandbox/doc.h"

enum { BATCH = 2000 };

struct import {
        struct db *db;
        struct pool *pool;      /* of the batch at hand */
        json_t *batch;
        int64_t lines, kept;
};

static bool
has_shape(struct pool *pool, const char *type)
{
        return strcmp(type, "item") != 0 && strcmp(type, "event") != 0 &&
               doc_embedded(pool_printf(pool, "%s.json", type)) != NULL;
}

/* One line into the batch; the reason why it cannot be taken, or NULL. */
static const char *
take(struct import *import, const char *text, size_t len)
{
        json_t *line = doc_read(import->pool, text, len);
        const char *id = doc_text(line, "id"), *type = doc_text(line, "type");
        json_t *body, *given = line != NULL ? doc_at(line, "body") : NULL, *inner;

        if (id == NULL || type == NULL || !json_is_integer(doc_at(line, "created")) || !json_is_object(given))
                return "a line is {\"id\", \"type\", \"created\", \"body\": {...}}";
        if (!has_shape(import->pool, type))
                return "the type is not one that the sandbox keeps";
        body = doc_shape(import->pool, type);
        json_object_update_recursive(body, given);
        doc_put_text(body, "id", id);
        doc_put_int(body, "created", doc_int(line, "created"));
        if (doc_text(line, "customer") != NULL)
                doc_put_text(body, "customer", doc_text(line, "customer"));
        inner = doc_at(line, "inner");
        json_array_append_new(import->batch, json_pack("{s:O, s:O*}", "body", body, "inner", inner));
        return NULL;
}

static bool
keep(struct import *import)
{
        size_t n = json_array_size(import->batch);

        if (n == 0)
                return true;
        if (sandbox_object_import(import->db, doc_write(import->pool, import->batch, false), NULL) != DB_OK) {
                fprintf(stderr, "latchkey-sandbox: the objects up to line %" PRId64 " were not taken: %s\n",
                        import->lines, db_error_message(import->db));
                return false;
        }
        import->kept += (int64_t)n;
        return true;
}

/* Make ready for the next batch, within the same transaction. */
static void
next_batch(struct import *import)
{
        import->batch = doc_keep(import->pool, json_array());
}

static bool
read_lines(struct import *import, FILE *in, const char *name)
{
        char *text = NULL;
        size_t room = 0;
        ssize_t len;
        bool fine = true;

        next_batch(import);
        while (fine && (len = getline(&text, &room, in)) >= 0) {
                const char *why = NULL;

                import->lines++;
                if (len > 1)
                        why = take(import, text, (size_t)len);
                if (why != NULL) {
                        fprintf(stderr, "latchkey-sandbox: %s line %" PRId64 ": %s\n", name, import->lines, why);
                        fine = false;
                } else if (json_array_size(import->batch) == BATCH) {
                        fine = keep(import);
                        next_batch(import);
                }
        }
        free(text);
        return fine && keep(import);
}

int
import_main(const struct settings *settings, const char *file)
{
        static const struct db_stmt *const *const groups[] = { sandbox_queries, NULL };
        struct import import = { .pool = pool_new() };
        FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
        const char *error = NULL;
        bool fine = false;

        if (in == NULL)
                fprintf(stderr, "latchkey-sandbox: %s cannot be read: %s\n", file, strerror(errno));
        else if ((import.db = db_open(settings->conninfo, "", groups, &error)) == NULL)
                fprintf(stderr, "latchkey-sandbox: %s\n", error);
        else {
                db_unit(import.db, import.pool, NULL, NULL);
                db_begin(import.db);
                fine = read_lines(&import, in, file) && db_commit(import.db) == DB_OK;
                if (!fine)
                        db_rollback(import.db);
                else
                        printf("%" PRId64 " objects\n", import.kept);
                db_close(import.db);
        }
        if (in != NULL && in != stdin)
                fclose(in);
        pool_free(import.pool);
        return fine ? 0 : 1;
}
