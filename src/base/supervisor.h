/* supervisor: keep N worker processes running.  Used by the FastCGI programs
 * (http/server) and by the worker. */
#ifndef LATCHKEY_BASE_SUPERVISOR_H
#define LATCHKEY_BASE_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>

struct supervised {
        int workers;
        /* Runs in the child and returns its exit status; it should poll
         * supervisor_stopping() and come back when that is true. */
        int (*run)(void *data);
        void *data;
        int grace_seconds;      /* 10: SIGKILL after that */
        /* May be NULL.  Runs in the supervisor before the first worker of a start or of a
         * reload is forked: what it loads, all of them share.  0, or why not: at the start the
         * program ends with that status, during a reload the previous workers go on. */
        int (*prepare)(void *data);
        /* May be NULL.  Runs in the supervisor once it is told to stop, before the
         * workers are: closes the door that lets new work in. */
        void (*stopping)(void *data);
};

/* What run() returns when a worker cannot start before somebody mends the
 * configuration (sysexits' EX_CONFIG).  At the first start the whole program then ends
 * with this status; during a reload the previous workers go on. */
#define SUPERVISOR_EXIT_CONFIG 78

/* Fork, watch, respawn; returns the exit status of the program once told to stop.
 * SIGTERM and SIGINT stop, SIGHUP reloads: new workers first, then the old ones drain. */
int supervisor_run(const struct supervised *what);

/* In a worker: a stop was asked for (SIGTERM), finish what is at hand. */
bool supervisor_stopping(void);

/* In a worker: a descriptor that becomes readable when a stop is asked for, to wait on
 * beside others (do not read it); -1 outside a worker. */
int supervisor_stop_fd(void);

/* In a worker: all is loaded, work can come.  A start is reported to systemd and a
 * reload goes on once every new worker said so, or lived for five seconds. */
void supervisor_ready(void);

#endif
