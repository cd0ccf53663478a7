/* latchkey-sandbox: a stand-in for the gateway, for development and tests alone.
 *
 *   latchkey-sandbox --config FILE --socket PATH [--workers N] ...   answers requests
 *   latchkey-sandbox --config FILE --deliver [--workers N]           posts the events
 *   latchkey-sandbox --config FILE --prepare                         makes its tables
 *   latchkey-sandbox --config FILE --import FILE|-                   takes demo data */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/db.h"
#include "http/server.h"
#include "queries/sandbox.h"
#include "sandbox/api.h"
#include "sandbox/control.h"
#include "sandbox/deliver.h"
#include "sandbox/doc.h"
#include "sandbox/import.h"
#include "sandbox/mailbox.h"
#include "sandbox/pages.h"
#include "sandbox/settings.h"
#include "view/view.h"

enum { EXIT_USAGE = 2 };

static bool
start(const struct config *config, const struct views **views, const char **error)
{
        static const char *const parts[] = { "sandbox", NULL };

        mailbox_start();
        *views = views_load(config, config->templates, parts, error);
        return *views != NULL;
}

static const struct route *const routes[] = { api_routes, control_routes, page_routes, NULL };
static const struct db_stmt *const *const groups[] = { sandbox_queries, NULL };

static const struct program program = {
        .name = "latchkey-sandbox",
        .database_user = "",            /* in the conninfo */
        .mount = "",
        .routes = routes,
        .queries = groups,
        .load = settings_config,
        .start = start,
        .stop = views_free,
        .error_page = page_error,
};

static int
prepare(const struct settings *settings)
{
        static const struct db_stmt *const *const none[] = { NULL };
        struct pool *pool = pool_new();
        const char *error = NULL;
        struct db *db = db_open(settings->conninfo, "", none, &error);
        bool fine = false;

        if (db == NULL)
                fprintf(stderr, "latchkey-sandbox: %s\n", error);
        else {
                db_unit(db, pool, NULL, NULL);
                fine = db_script(db, doc_embedded("schema.sql")) == DB_OK;
                if (!fine)
                        fprintf(stderr, "latchkey-sandbox: the tables were not made: %s\n", db_error_message(db));
        }
        db_close(db);
        pool_free(pool);
        return fine ? 0 : 1;
}

/* The value after NAME in the arguments, NULL without one. */
static const char *
option(int argc, char **argv, const char *name)
{
        for (int i = 1; i + 1 < argc; i++)
                if (strcmp(argv[i], name) == 0)
                        return argv[i + 1];
        return NULL;
}

static bool
has(int argc, char **argv, const char *name)
{
        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], name) == 0)
                        return true;
        return false;
}

/* What is not answering requests: prepare, import or deliver. */
static int
run(const char *config, bool making, const char *file, int workers)
{
        struct pool *pool = pool_new();
        const char *error = NULL;
        const struct settings *settings = settings_load(pool, config, &error);
        int status = EXIT_USAGE;

        if (settings == NULL)
                fprintf(stderr, "latchkey-sandbox: %s\n", error);
        else if (making)
                status = prepare(settings);
        else
                status = file != NULL ? import_main(settings, file) : deliver_main(settings, workers);
        pool_free(pool);
        return status;
}

int
main(int argc, char **argv)
{
        bool deliver = has(argc, argv, "--deliver"), making = has(argc, argv, "--prepare");
        const char *file = option(argc, argv, "--import"), *workers = option(argc, argv, "--workers");
        const char *config = option(argc, argv, "--config");
        int n = workers != NULL ? atoi(workers) : 1;

        if (!deliver && !making && file == NULL)
                return server_main(&program, argc, argv);
        if (config == NULL || n < 1 || n > 8) {
                fprintf(stderr, "Usage: latchkey-sandbox --config FILE --prepare | --deliver [--workers N] | "
                        "--import FILE|- | --socket PATH ...\n");
                return EXIT_USAGE;
        }
        log_open("sandbox", LOG_LEVEL_INFO);
        return run(config, making, file, n);
}
