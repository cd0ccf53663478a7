/* tiny_program: a program of a few routes and no pages, for server-test. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "http/csrf.h"
#include "http/dispatch.h"
#include "http/params.h"
#include "http/reply.h"
#include "http/server.h"

static enum http_status
home(struct request *req)
{
        return reply_text(req, HTTP_OK, pool_printf(req->pool, "hello from %d\n", (int)getpid()));
}

/* Works for a second and a half, whatever signals come. */
static enum http_status
slow(struct request *req)
{
        int64_t until = clock_monotonic_ms() + 1500;

        while (clock_monotonic_ms() < until)
                g_usleep(20 * 1000);
        return reply_text(req, HTTP_OK, "slow but whole\n");
}

static enum http_status
big(struct request *req)
{
        size_t len = 300000;
        char *text = pool_alloc(req->pool, len);

        for (size_t i = 0; i < len; i++)
                text[i] = (char)('a' + i % 26);
        return reply_body(req, HTTP_OK, "text/plain", text, len);
}

static enum http_status
form_show(struct request *req)
{
        return reply_text(req, HTTP_OK, csrf_token(req));
}

static enum http_status
form_take(struct request *req)
{
        if (!params_valid(req))
                return reply_text(req, HTTP_UNPROCESSABLE, param_error(req, "name"));
        return reply_text(req, HTTP_OK,
                          pool_printf(req->pool, "hello %s\n", param_text(req, "name")));
}

static enum http_status
raw(struct request *req)
{
        unsigned sum = 0;

        for (size_t i = 0; i < req->body_len; i++)
                sum = sum * 31 + (unsigned char)req->body[i];
        return reply_text(req, HTTP_OK, pool_printf(req->pool, "%zu %u\n", req->body_len, sum));
}

static enum http_status
crash(struct request *req)
{
        (void)req;
        abort();
}

static const struct param name_param[] = {
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true }, PARAM_END
};

static const struct route routes[] = {
        { GET, "/", OPEN, NULL, home, 0, NULL },
        { GET, "/slow", OPEN, NULL, slow, 0, NULL },
        { GET, "/big", OPEN, NULL, big, 0, NULL },
        { GET, "/form", OPEN, NULL, form_show, 0, NULL },
        { POST, "/form", OPEN, name_param, form_take, 0, NULL },
        { POST, "/raw", OPEN, NULL, raw, ROUTE_RAW_BODY, NULL },
        { GET, "/crash", OPEN, NULL, crash, 0, NULL },
        ROUTE_END
};
static const struct route *const tables[] = { routes, NULL };
static const struct db_stmt *const *const no_queries[] = { NULL };

/* With TINY_DATABASE set it wants a database, which the test does not have. */
int
main(int argc, char **argv)
{
        struct program program = {
                .name = "latchkey-tiny", .database_user = "nobody", .mount = "", .routes = tables};

        if (getenv("TINY_DATABASE") != NULL)
                program.queries = no_queries;
        return server_main(&program, argc, argv);
}
