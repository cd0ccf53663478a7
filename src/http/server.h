/* server: prefork supervisor and FastCGI loop.  The only file with libfcgi.
 *
 *   PROGRAM --config FILE --socket PATH [--workers N] [--group NAME]
 *           [--user NAME] [--max-requests N]
 *
 * The supervisor binds the socket (0660, the group of nginx, backlog 1024), drops root's
 * rights for --user, forks N workers (8) and respawns one that ends, at once but at most
 * ten times a second.  SIGHUP: new workers first, then the old ones drain.  SIGTERM: drain, then
 * kill after 10 s.  Workers end with their supervisor (PR_SET_PDEATHSIG).  sd_notify:
 * READY, RELOADING, STOPPING, WATCHDOG.
 *
 * The supervisor reads the configuration and the templates, at the start and at each SIGHUP,
 * and its workers share them.  Each opens its own database connection; without one it answers
 * 503 and tries again. */
#ifndef LATCHKEY_HTTP_SERVER_H
#define LATCHKEY_HTTP_SERVER_H

#include "http/dispatch.h"

/* The whole program; returns its exit status: 0 after a stop, 2 usage, 78 configuration. */
int server_main(const struct program *program, int argc, char **argv);

#endif
