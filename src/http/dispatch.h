/* dispatch: from a parsed request to its reply.
 *
 * Finds the route (404, 405), reads the parameters (400), checks CSRF on every POST
 * (403), queues the session look-up as the first query of the page's pipeline, opens a
 * transaction for POST, runs the handler, commits only below 400, wakes the worker
 * after the commit and writes the reply; the server frees the pool after that.  A program
 * says how its sessions are looked up. */
#ifndef LATCHKEY_HTTP_DISPATCH_H
#define LATCHKEY_HTTP_DISPATCH_H

#include "http/request.h"

struct program {
        const char *name;                       /* latchkey-portal */
        const char *database_user;              /* lk_portal */
        const char *mount;                      /* "" or "/admin": stripped from the path */
        bool staff;                             /* which cookie carries the session */
        const struct route *const *routes;      /* NULL-terminated list of tables */
        const struct db_stmt *const *const *queries;
        /* Queue the look-up of req->token; fills req->identity at the next db_wait().
         * NULL: the program has no sessions. */
        void (*ask_identity)(struct request *req);
        /* May the person of req->identity do VERB of a STAFF route?  NULL: not asked here. */
        bool (*may)(struct request *req, const char *verb);
        /* May one more request of a route that may send a mail (ROUTE_MAILS) be served?
         * HTTP_OK, else the status that refuses it (429).  Asked before the handler's
         * transaction, so that what it counts stays.  NULL: no limiter. */
        enum http_status (*limit)(struct request *req);
        /* May the session of req->identity change anything?  HTTP_OK, or the reply that refuses;
         * asked before everything but GET that comes with a session.  NULL: always. */
        enum http_status (*refuse_write)(struct request *req);
        /* Read the configuration; NULL: config_load(), latchkey.conf.  The sandbox has a
         * file of its own. */
        const struct config *(*load)(struct pool *pool, const char *file, const char **error);
        /* In the supervisor, at the start and at a reload: load templates and whatever else its
         * workers share; false refuses it. */
        bool (*start)(const struct config *config, const struct views **views, const char **error);
        /* Give back what start() made: views_free; NULL: nothing. */
        void (*stop)(const struct views *views);
        /* Renders an error page, sets the reply; NULL: plain text. */
        enum http_status (*error_page)(struct request *req, enum http_status status);
        /* Where a signed-out browser goes: "/login". */
        const char *login_path;
};

void dispatch(const struct program *program, struct request *req);

#endif
