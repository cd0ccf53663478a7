/* supervisor: prefork, watch, respawn.
 *
 * One loop over a signalfd and a pipe; all state is in struct supervisor.  A worker is
 * of one of three generations: CURRENT serves, NEXT is being started by a reload, OLD
 * was told to stop.  The truth is elsewhere (PostgreSQL), so a worker may die at any
 * instruction: it is replaced at once, but at most ten times a second per slot. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"

enum {
        RESPAWN_MS = 100,       /* between two starts in one slot */
        RESPAWN_CONFIG_MS = 1000,       /* the same when the configuration is at fault */
        READY_MS = 5000         /* a worker that lived for so long counts as ready */
};

enum generation { CURRENT, NEXT, OLD };

struct worker {
        enum generation generation;
        pid_t pid;              /* 0: not running, to be started at spawn_at */
        bool ready;
        bool killed;            /* SIGKILL was sent by us */
        int64_t started_at;     /* monotonic milliseconds, as all times here */
        int64_t spawn_at;
        int64_t kill_at;        /* 0: was not told to stop */
};

struct supervisor {
        const struct supervised *what;
        GArray *workers;        /* of struct worker */
        int signal_fd;
        int ready_pipe[2];      /* workers write their pid */
        sigset_t outer_mask;
        bool started;           /* READY was said */
        bool reloading;
        bool reload_again;      /* SIGHUP came before the last one was done */
        bool stopping;
        int status;
        int64_t watchdog_ms;    /* 0: systemd asked for none */
        int64_t watchdog_at;
};

/* --- in a worker ------------------------------------------------------------- */

static volatile sig_atomic_t stop_asked;
static int stop_fd = -1;
static int ready_fd = -1;

bool
supervisor_stopping(void)
{
        return stop_asked != 0;
}

int
supervisor_stop_fd(void)
{
        return stop_fd;
}

void
supervisor_ready(void)
{
        pid_t pid = getpid();

        if (ready_fd < 0)
                return;
        /* Shorter than PIPE_BUF, so never mixed with another worker's. */
        if (write(ready_fd, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
                log_warning("ready_not_told", "error", g_strerror(errno), NULL);
        close(ready_fd);
        ready_fd = -1;
}

static void
on_stop(int signo)
{
        const uint64_t one = 1;
        int saved = errno;

        (void)signo;
        stop_asked = 1;
        if (write(stop_fd, &one, sizeof(one)) < 0) {
                /* The counter is full: it is readable already. */
        }
        errno = saved;
}

/* SIGTERM asks to stop and restarts a read that it meets, so no request is cut.  A
 * terminal's Ctrl-C and SIGHUP reach the supervisor, which decides. */
static void
worker_signals(void)
{
        struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESTART };
        struct sigaction ignore = { .sa_handler = SIG_IGN };

        sigemptyset(&stop.sa_mask);
        sigemptyset(&ignore.sa_mask);
        sigaction(SIGTERM, &stop, NULL);
        sigaction(SIGINT, &ignore, NULL);
        sigaction(SIGQUIT, &ignore, NULL);
        sigaction(SIGHUP, &ignore, NULL);
        sigaction(SIGPIPE, &ignore, NULL);
}

static void
worker_main(struct supervisor *s, pid_t supervisor)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != supervisor)    /* it died before the line above */
                _exit(0);
        close(s->signal_fd);
        close(s->ready_pipe[0]);
        ready_fd = s->ready_pipe[1];
        stop_asked = 0;
        stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (stop_fd < 0) {
                log_error("eventfd_failed", "error", g_strerror(errno), NULL);
                _exit(1);
        }
        worker_signals();
        g_array_free(s->workers, TRUE);
        sigprocmask(SIG_SETMASK, &s->outer_mask, NULL);
        exit(s->what->run(s->what->data));
}

/* --- in the supervisor ------------------------------------------------------- */

static struct worker *
worker_at(const struct supervisor *s, guint i)
{
        return &g_array_index(s->workers, struct worker, i);
}

static void
worker_spawn(struct supervisor *s, struct worker *w)
{
        int64_t now = clock_monotonic_ms();
        pid_t self = getpid();
        pid_t pid;

        fflush(NULL);
        pid = fork();
        if (pid == 0)
                worker_main(s, self);
        if (pid < 0) {
                log_error("fork_failed", "error", g_strerror(errno), "hint",
                          "raise TasksMax or free memory; it is tried again", NULL);
                w->spawn_at = now + RESPAWN_CONFIG_MS;
                return;
        }
        w->pid = pid;
        w->ready = false;
        w->killed = false;
        w->started_at = now;
        w->kill_at = 0;
}

static void
workers_add(struct supervisor *s, enum generation generation)
{
        for (int i = 0; i < s->what->workers; i++) {
                struct worker w = { .generation = generation, .spawn_at = clock_monotonic_ms() };

                g_array_append_val(s->workers, w);
        }
}

/* Ask to stop; grace_seconds later it is killed. */
static void
worker_stop(struct supervisor *s, struct worker *w)
{
        if (w->kill_at != 0)
                return;
        w->kill_at = clock_monotonic_ms() + (int64_t)s->what->grace_seconds * 1000;
        if (w->pid != 0)
                kill(w->pid, SIGTERM);
}

static void
generation_retire(struct supervisor *s, enum generation generation)
{
        for (guint i = s->workers->len; i-- > 0;) {
                struct worker *w = worker_at(s, i);

                if (w->generation != generation)
                        continue;
                w->generation = OLD;
                if (w->pid == 0)
                        g_array_remove_index_fast(s->workers, i);
                else
                        worker_stop(s, w);
        }
}

static bool
generation_ready(const struct supervisor *s, enum generation generation)
{
        int64_t now = clock_monotonic_ms();

        for (guint i = 0; i < s->workers->len; i++) {
                const struct worker *w = worker_at(s, i);

                if (w->generation == generation &&
                    (w->pid == 0 || (!w->ready && now - w->started_at < READY_MS)))
                        return false;
        }
        return true;
}

static void
stop_begin(struct supervisor *s, int status)
{
        if (s->stopping)
                return;
        s->stopping = true;
        s->status = status;
        sd_notify(0, "STOPPING=1");
        log_info("stopping", NULL);
        if (s->what->stopping != NULL)
                s->what->stopping(s->what->data);
        generation_retire(s, CURRENT);
        generation_retire(s, NEXT);
}

/* Load what the workers share; what the loading itself took goes back before they copy it. */
static int
prepare(const struct supervised *what)
{
        int status = what->prepare != NULL ? what->prepare(what->data) : 0;

        malloc_trim(0);
        return status;
}

static void reload_end(struct supervisor *s);

static void
reload_refuse(struct supervisor *s)
{
        log_error("reload_failed", "hint", "mend what was said before this and reload; the previous workers go on", NULL);
        reload_end(s);
}

static void
reload_begin(struct supervisor *s)
{
        struct timespec ts;
        char state[80];

        if (s->stopping)
                return;
        if (!s->started || s->reloading) {
                s->reload_again = true;
                return;
        }
        clock_gettime(CLOCK_MONOTONIC, &ts);
        snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
                 (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
        sd_notify(0, state);
        log_info("reloading", NULL);
        s->reloading = true;
        if (prepare(s->what) != 0)
                reload_refuse(s);
        else
                workers_add(s, NEXT);
}

static void
reload_end(struct supervisor *s)
{
        s->reloading = false;
        sd_notify(0, "READY=1");
        if (s->reload_again) {
                s->reload_again = false;
                reload_begin(s);
        }
}

/* Whoever waits for a generation to be ready goes on. */
static void
advance(struct supervisor *s)
{
        if (s->stopping)
                return;
        if (!s->started && generation_ready(s, CURRENT)) {
                s->started = true;
                sd_notify(0, "READY=1");
                log_info("started", "workers", log_int(s->what->workers), NULL);
                if (s->reload_again) {
                        s->reload_again = false;
                        reload_begin(s);
                }
        }
        if (s->reloading && generation_ready(s, NEXT)) {
                generation_retire(s, CURRENT);
                for (guint i = 0; i < s->workers->len; i++) {
                        if (worker_at(s, i)->generation == NEXT)
                                worker_at(s, i)->generation = CURRENT;
                }
                log_info("reloaded", NULL);
                reload_end(s);
        }
}

/* One line for every end that nobody asked for. */
static void
end_log(const struct worker *w, int wstatus)
{
        const char *pid = log_int(w->pid);

        if (WIFSIGNALED(wstatus) && !w->killed)
                log_error("worker_died", "pid", pid, "signal", log_int(WTERMSIG(wstatus)), NULL);
        else if (WIFEXITED(wstatus) && WEXITSTATUS(wstatus) != 0)
                log_error("worker_died", "pid", pid, "status", log_int(WEXITSTATUS(wstatus)), NULL);
        else if (w->kill_at == 0)
                log_debug("worker_ended", "pid", pid, NULL);
}

static void
worker_ended(struct supervisor *s, guint i, int wstatus)
{
        struct worker *w = worker_at(s, i);
        bool failed = WIFEXITED(wstatus) && WEXITSTATUS(wstatus) != 0;
        bool config = failed && WEXITSTATUS(wstatus) == SUPERVISOR_EXIT_CONFIG;

        end_log(w, wstatus);
        w->pid = 0;
        if (w->generation == OLD || s->stopping) {
                g_array_remove_index_fast(s->workers, i);
                return;
        }
        w->spawn_at = w->started_at + (config ? RESPAWN_CONFIG_MS : RESPAWN_MS);
        if (w->generation == NEXT && failed) {
                generation_retire(s, NEXT);
                reload_refuse(s);
        } else if (config && !s->started) {
                stop_begin(s, SUPERVISOR_EXIT_CONFIG);
        }
}

static void
reap(struct supervisor *s)
{
        int wstatus;
        pid_t pid;

        while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
                for (guint i = 0; i < s->workers->len; i++) {
                        if (worker_at(s, i)->pid == pid) {
                                worker_ended(s, i, wstatus);
                                break;
                        }
                }
        }
}

static void
take_signals(struct supervisor *s)
{
        struct signalfd_siginfo info;

        while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
                switch (info.ssi_signo) {
                case SIGCHLD:
                        break;  /* reap() follows in any case */
                case SIGHUP:
                        reload_begin(s);
                        break;
                default:
                        stop_begin(s, 0);
                }
        }
        reap(s);
}

static void
take_ready(struct supervisor *s)
{
        pid_t pid;

        while (read(s->ready_pipe[0], &pid, sizeof(pid)) == (ssize_t)sizeof(pid)) {
                for (guint i = 0; i < s->workers->len; i++) {
                        if (worker_at(s, i)->pid == pid)
                                worker_at(s, i)->ready = true;
                }
        }
}

/* What is due: starts, kills, the watchdog.  Returns when to look again (monotonic). */
static int64_t
do_due(struct supervisor *s)
{
        int64_t now = clock_monotonic_ms();
        int64_t next = INT64_MAX;

        for (guint i = 0; i < s->workers->len; i++) {
                struct worker *w = worker_at(s, i);

                if (w->pid == 0 && w->spawn_at <= now)
                        worker_spawn(s, w);
                if (w->pid != 0 && w->kill_at != 0 && !w->killed && w->kill_at <= now) {
                        log_warning("worker_killed", "pid", log_int(w->pid), "hint",
                                    "it did not end within the grace period", NULL);
                        w->killed = true;
                        kill(w->pid, SIGKILL);
                }
                if (w->pid == 0)
                        next = MIN(next, w->spawn_at);
                else if (w->kill_at != 0 && !w->killed)
                        next = MIN(next, w->kill_at);
                else if (!w->ready && now - w->started_at < READY_MS)
                        next = MIN(next, w->started_at + READY_MS);
        }
        if (s->watchdog_ms > 0) {
                if (s->watchdog_at <= now) {
                        sd_notify(0, "WATCHDOG=1");
                        s->watchdog_at = now + s->watchdog_ms;
                }
                next = MIN(next, s->watchdog_at);
        }
        return next;
}

static void
wait_until(struct supervisor *s, int64_t until)
{
        struct pollfd fds[2] = { { .fd = s->signal_fd, .events = POLLIN },
                                 { .fd = s->ready_pipe[0], .events = POLLIN } };
        int timeout = -1;

        if (until != INT64_MAX)
                timeout = (int)CLAMP(until - clock_monotonic_ms(), 0, 60000);
        if (poll(fds, 2, timeout) < 0 && errno != EINTR) {
                log_error("poll_failed", "error", g_strerror(errno), NULL);
                abort();
        }
}

static bool
supervisor_open(struct supervisor *s)
{
        uint64_t watchdog_us = 0;
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGQUIT);
        sigaddset(&mask, SIGHUP);
        sigaddset(&mask, SIGCHLD);
        sigprocmask(SIG_BLOCK, &mask, &s->outer_mask);
        signal(SIGPIPE, SIG_IGN);
        s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        if (s->signal_fd < 0 || pipe2(s->ready_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
                log_error("supervisor_failed", "error", g_strerror(errno), NULL);
                return false;
        }
        if (sd_watchdog_enabled(0, &watchdog_us) > 0)
                s->watchdog_ms = MAX((int64_t)(watchdog_us / 2000), 1);
        s->workers = g_array_new(FALSE, TRUE, sizeof(struct worker));
        return true;
}

static void
supervisor_close(struct supervisor *s)
{
        close(s->signal_fd);
        close(s->ready_pipe[0]);
        close(s->ready_pipe[1]);
        g_array_free(s->workers, TRUE);
        sigprocmask(SIG_SETMASK, &s->outer_mask, NULL);
}

int
supervisor_run(const struct supervised *what)
{
        struct supervisor s = { .what = what };
        int status;

        if (!supervisor_open(&s))
                return 1;
        status = prepare(what);
        if (status != 0) {
                supervisor_close(&s);
                return status;
        }
        workers_add(&s, CURRENT);
        while (!s.stopping || s.workers->len > 0) {
                wait_until(&s, do_due(&s));
                take_ready(&s);
                take_signals(&s);
                advance(&s);
        }
        supervisor_close(&s);
        log_info("stopped", NULL);
        return s.status;
}
