/* server: the socket, the supervisor's options and the loop of one worker.
 *
 * libfcgi (2.4.2) looks at a flag and then blocks in accept(), so a SIGTERM between the
 * two is lost.  Here a worker waits in epoll for a connection or the supervisor's stop
 * descriptor, and the listening socket is non-blocking: accept() never blocks, whoever
 * of the workers was faster. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "http/server.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>
#include <glib.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/supervisor.h"
#include "base/text.h"
#include "http/request.h"

enum {
        BACKLOG = 1024,         /* at 5, 98 % of the answers were 502 */
        GRACE_SECONDS = 10,
        WORKERS_DEFAULT = 8,
        WORKERS_MAX = 256,
        DRAIN_MS = 1000,        /* a stopping worker serves what waits for so long at most */
        DB_FIRST_MS = 100,      /* between two attempts to connect, doubled up to ... */
        DB_LAST_MS = 1000,
        EXIT_USAGE = 2
};

/* Configuration and templates, read by the supervisor before it forks. */
struct loaded {
        struct pool *pool;
        const struct config *config;
        const struct views *views;
};

struct server {
        const struct program *program;
        struct loaded loaded;
        const char *config_file;
        const char *socket_path;
        const char *group, *user;
        int workers;
        int64_t max_requests;   /* 0: no limit */
        int listen_fd;
        struct stat socket_stat;        /* whose socket it is, when we remove it */
};

struct worker {
        const struct server *server;
        struct pool *pool;              /* of the request at hand */
        const struct config *config;
        const struct views *views;
        struct db *db;                  /* NULL: not yet */
        int64_t db_again_at;
        int64_t db_delay_ms;
        char *db_said;                  /* what was logged last, to say it once */
        int epoll_fd;
};

static const struct config *
load(const struct server *server, struct pool *pool, const char **error)
{
        if (server->program->load != NULL)
                return server->program->load(pool, server->config_file, error);
        return config_load(pool, server->config_file, error);
}

/* --- one request -------------------------------------------------------------- */

static const char *
io_param(void *data, const char *name)
{
        FCGX_Request *fcgi = data;

        return FCGX_GetParam(name, fcgi->envp);
}

/* Records have 8 KB, so ask until it is all there. */
static size_t
io_read(void *data, char *out, size_t len)
{
        FCGX_Request *fcgi = data;
        size_t have = 0;

        while (have < len) {
                int got = FCGX_GetStr(out + have, (int)MIN(len - have, 1 << 20), fcgi->in);

                if (got <= 0 || FCGX_GetError(fcgi->in) != 0)
                        break;
                have += (size_t)got;
        }
        return have;
}

static bool
io_write(void *data, const void *bytes, size_t len)
{
        FCGX_Request *fcgi = data;
        const char *at = bytes;

        while (len > 0) {
                int part = (int)MIN(len, 1 << 20);

                if (FCGX_PutStr(at, part, fcgi->out) != part || FCGX_GetError(fcgi->out) != 0)
                        return false;
                at += part;
                len -= (size_t)part;
        }
        return true;
}

/* The database, if it can be had now.  A worker that cannot connect stays and answers
 * 503: an end would only be a tight loop of starts. */
static void
worker_connect(struct worker *w)
{
        const struct program *program = w->server->program;
        const char *user = text_is_empty(w->config->database_user) ? program->database_user
                                                                   : w->config->database_user;
        const char *error = NULL;

        if (program->queries == NULL || w->db != NULL || clock_monotonic_ms() < w->db_again_at)
                return;
        w->db = db_open(w->config->database, user, program->queries, &error);
        if (w->db != NULL) {
                if (w->db_said != NULL)
                        log_info("database_back", NULL);
                g_clear_pointer(&w->db_said, g_free);
                w->db_delay_ms = 0;
                return;
        }
        if (g_strcmp0(w->db_said, error) != 0) {
                log_error("database_not_open", "hint", error, NULL);
                g_free(w->db_said);
                w->db_said = g_strdup(error);
        }
        w->db_delay_ms = CLAMP(w->db_delay_ms * 2, DB_FIRST_MS, DB_LAST_MS);
        w->db_again_at = clock_monotonic_ms() + w->db_delay_ms;
}

static void
worker_serve(struct worker *w, FCGX_Request *fcgi)
{
        struct request_io io = { io_param, io_read, io_write, fcgi };
        struct request *req = request_new(w->pool, w->server->program, w->config, &io);

        worker_connect(w);
        req->db = w->db;
        req->views = w->views;
        dispatch(w->server->program, req);
        FCGX_Finish_r(fcgi);
        FCGX_Free(fcgi, 1);     /* never keep a connection: it would pin this process */
        pool_clear(w->pool);
}

/* --- the loop of a worker ------------------------------------------------------- */

/* Until a connection or a stop comes; while there is no database, at most until the
 * next attempt. */
static void
worker_wait(struct worker *w)
{
        bool without_db = w->server->program->queries != NULL && w->db == NULL;
        int timeout = -1;
        struct epoll_event event;

        if (supervisor_stopping())
                return;
        if (without_db)
                timeout = (int)CLAMP(w->db_again_at - clock_monotonic_ms(), 0, DB_LAST_MS);
        if (epoll_wait(w->epoll_fd, &event, 1, timeout) < 0 && errno != EINTR) {
                log_error("wait_failed", "error", g_strerror(errno), NULL);
                abort();
        }
        worker_connect(w);
}

/* A connection and its first record.  libfcgi gives up whom it has accepted when a signal meets its
 * select() for the first byte, and that is a 502; so a stop waits until the request is here. */
static int
worker_accept(FCGX_Request *fcgi)
{
        sigset_t stop, before;
        int rc;

        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigprocmask(SIG_BLOCK, &stop, &before);
        rc = FCGX_Accept_r(fcgi);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return rc;
}

/* True while the loop should go on after accept() brought nothing. */
static bool
worker_idle(int rc)
{
        if (supervisor_stopping())
                return false;   /* nothing waits any more */
        if (rc != -EAGAIN && rc != -EINTR && rc != -ECONNABORTED) {
                log_error("accept_failed", "error", g_strerror(-rc), NULL);
                g_usleep(100 * 1000);
        }
        return true;
}

static int
worker_loop(struct worker *w)
{
        int64_t served = 0, stop_by = 0;
        FCGX_Request fcgi;
        int rc;

        if (FCGX_Init() != 0 ||
            FCGX_InitRequest(&fcgi, w->server->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
                log_error("fastcgi_failed", NULL);
                return 1;
        }
        signal(SIGPIPE, SIG_IGN);       /* libfcgi puts handlers of its own */
        signal(SIGUSR1, SIG_IGN);
        supervisor_ready();
        while (w->server->max_requests == 0 || served < w->server->max_requests) {
                worker_wait(w);
                if (supervisor_stopping() && stop_by == 0)
                        stop_by = clock_monotonic_ms() + DRAIN_MS;
                if (stop_by != 0 && clock_monotonic_ms() >= stop_by)
                        break;
                rc = worker_accept(&fcgi);
                if (rc == 0) {
                        worker_serve(w, &fcgi);
                        served++;
                } else if (!worker_idle(rc)) {
                        break;
                }
        }
        FCGX_Free(&fcgi, 1);
        return 0;
}

static bool
worker_watch(struct worker *w)
{
        /* One connection wakes one worker. */
        struct epoll_event listening = { .events = EPOLLIN | EPOLLEXCLUSIVE };
        struct epoll_event stopping = { .events = EPOLLIN };

        w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        return w->epoll_fd >= 0 &&
               epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->server->listen_fd, &listening) == 0 &&
               epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, supervisor_stop_fd(), &stopping) == 0;
}

/* The reverse of worker_begin(), whole or in part. */
static void
worker_end(struct worker *w)
{
        if (w->db != NULL)
                db_close(w->db);
        g_free(w->db_said);
        if (w->epoll_fd >= 0)
                close(w->epoll_fd);
        pool_free(w->pool);
}

static int
worker_run(void *data)
{
        const struct server *server = data;
        struct worker w = { .server = server, .config = server->loaded.config, .views = server->loaded.views,
                            .pool = pool_new(), .epoll_fd = -1 };
        int status = 1;

        if (worker_watch(&w)) {
                worker_connect(&w);
                status = worker_loop(&w);
        } else
                log_error("epoll_failed", "error", g_strerror(errno), NULL);
        worker_end(&w);
        return status;
}

/* --- what the workers share --------------------------------------------------------- */

static void
loaded_end(const struct server *server, const struct loaded *loaded)
{
        if (loaded->views != NULL && server->program->stop != NULL)
                server->program->stop(loaded->views);
        pool_free(loaded->pool);
}

/* Read before the fork, so that the workers share one copy; a reload reads it anew. */
static int
server_prepare(void *data)
{
        struct server *server = data;
        struct loaded loaded = { .pool = pool_new() };
        const char *error = NULL;

        loaded.config = load(server, loaded.pool, &error);
        if (loaded.config == NULL) {
                log_error("config_invalid", "hint", error, NULL);
        } else if (server->program->start != NULL && !server->program->start(loaded.config, &loaded.views, &error)) {
                log_error("start_failed", "hint", error, NULL);
        } else {
                loaded_end(server, &server->loaded);
                server->loaded = loaded;
                return 0;
        }
        /* start() may have kept a part of what it was given. */
        if (loaded.config == NULL)
                loaded_end(server, &loaded);
        return SUPERVISOR_EXIT_CONFIG;
}

/* --- the socket ------------------------------------------------------------------- */

static int
socket_refuse(const char *path, const char *why)
{
        log_error("socket_refused", "socket", path, "error", why, NULL);
        return -1;
}

/* Bind beside PATH and rename over it: at no moment is there a half-made socket, and
 * one that a dead program left is replaced. */
static int
socket_open(const char *path, gid_t group, uid_t user, struct stat *made)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct stat there;
        mode_t mask;
        int fd, rc;

        if (lstat(path, &there) == 0 && !S_ISSOCK(there.st_mode))
                return socket_refuse(path, "something that is no socket has this name");
        rc = snprintf(address.sun_path, sizeof(address.sun_path), "%s.%ld", path, (long)getpid());
        if (rc >= (int)sizeof(address.sun_path))
                return socket_refuse(path, "the path is too long: choose one below 95 bytes");
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return socket_refuse(path, g_strerror(errno));
        unlink(address.sun_path);
        mask = umask(0117);     /* 0660: the group of the web server alone (safety rule 15) */
        rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
        umask(mask);
        if (rc < 0 || chown(address.sun_path, user, group) < 0 || listen(fd, BACKLOG) < 0 ||
            lstat(address.sun_path, made) < 0 || rename(address.sun_path, path) < 0) {
                socket_refuse(path, g_strerror(errno));
                unlink(address.sun_path);
                close(fd);
                return -1;
        }
        return fd;
}

/* Told to stop: no new connection, unless a successor took the name over already. */
static void
socket_close(void *data)
{
        const struct server *server = data;
        struct stat there;

        if (lstat(server->socket_path, &there) == 0 && there.st_dev == server->socket_stat.st_dev &&
            there.st_ino == server->socket_stat.st_ino && unlink(server->socket_path) < 0)
                log_debug("socket_stays", "error", g_strerror(errno), NULL);
}

/* --- the program ------------------------------------------------------------------ */

static int
usage(const struct program *program, FILE *out)
{
        fprintf(out,
                "Usage: %s --config FILE --socket PATH [--workers N] [--group NAME] [--user NAME]\n"
                "       [--max-requests N]\n"
                "  --config FILE      latchkey.conf\n"
                "  --socket PATH      the Unix socket that the web server connects to\n"
                "  --workers N        processes that answer (%d)\n"
                "  --group NAME       group of the socket: the web server's\n"
                "  --user NAME        when started as root, run as this user\n"
                "  --max-requests N   replace a process after N requests (never)\n",
                program->name, WORKERS_DEFAULT);
        return out == stdout ? 0 : EXIT_USAGE;
}

static bool
number_option(const char *text, int64_t max, int64_t *out)
{
        return g_ascii_isdigit(text[0]) && g_ascii_string_to_signed(text, 10, 1, max, out, NULL);
}

/* -1: go on; else the exit status. */
static int
options_read(struct server *server, int argc, char **argv)
{
        static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                              {"socket", required_argument, NULL, 's'},
                                              {"workers", required_argument, NULL, 'w'},
                                              {"group", required_argument, NULL, 'g'},
                                              {"user", required_argument, NULL, 'u'},
                                              {"max-requests", required_argument, NULL, 'm'},
                                              {"help", no_argument, NULL, 'h'},
                                              {NULL, 0, NULL, 0}};
        int64_t workers = WORKERS_DEFAULT;
        bool fine = true;
        int option;

        while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
                switch (option) {
                case 'c': server->config_file = optarg; break;
                case 's': server->socket_path = optarg; break;
                case 'g': server->group = optarg; break;
                case 'u': server->user = optarg; break;
                case 'w': fine = fine && number_option(optarg, WORKERS_MAX, &workers); break;
                case 'm':
                        fine = fine && number_option(optarg, INT64_MAX, &server->max_requests);
                        break;
                case 'h': return usage(server->program, stdout);
                default: fine = false;
                }
        }
        server->workers = (int)workers;
        if (!fine || optind < argc || server->config_file == NULL || server->socket_path == NULL)
                return usage(server->program, stderr);
        return -1;
}

/* "portal" of "latchkey-portal". */
static const char *
short_name(const struct program *program)
{
        return text_starts(program->name, "latchkey-") ? program->name + strlen("latchkey-")
                                                       : program->name;
}

/* The configuration is read once before anything is touched: a fault in it is told at
 * once, and the program at hand goes on. */
static bool
config_check(const struct server *server)
{
        struct pool *pool = pool_new();
        const char *error = NULL;
        const struct config *config = load(server, pool, &error);

        if (config == NULL)
                log_error("config_invalid", "hint", error, NULL);
        else if (config->development)
                log_open(short_name(server->program), LOG_LEVEL_DEBUG);
        pool_free(pool);
        return config != NULL;
}

/* For good: supervisor and workers both run as that user. */
static bool
become(const struct passwd *user)
{
        if (initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
            setuid(user->pw_uid) == 0)
                return true;
        log_error("user_refused", "user", user->pw_name, "error", g_strerror(errno), NULL);
        return false;
}

/* Names to ids, the socket, then the rights of root go.  False after a logged error. */
static bool
server_open(struct server *server)
{
        const struct group *group = NULL;
        const struct passwd *user = NULL;
        gid_t gid = (gid_t)-1;

        if (server->group != NULL) {
                group = getgrnam(server->group);
                if (group == NULL) {
                        log_error("group_unknown", "group", server->group, NULL);
                        return false;
                }
                gid = group->gr_gid;
        }
        if (server->user != NULL && geteuid() == 0) {
                user = getpwnam(server->user);
                if (user == NULL) {
                        log_error("user_unknown", "user", server->user, NULL);
                        return false;
                }
        }
        server->listen_fd =
                socket_open(server->socket_path, gid, user != NULL ? user->pw_uid : (uid_t)-1,
                            &server->socket_stat);
        return server->listen_fd >= 0 && (user == NULL || become(user));
}

int
server_main(const struct program *program, int argc, char **argv)
{
        struct server server = { .program = program, .listen_fd = -1 };
        struct supervised supervised = { .run = worker_run, .data = &server,
                                         .grace_seconds = GRACE_SECONDS, .stopping = socket_close,
                                         .prepare = server_prepare };
        int status = options_read(&server, argc, argv);

        if (status >= 0)
                return status;
        log_open(short_name(program), LOG_LEVEL_INFO);
        if (!config_check(&server))
                return SUPERVISOR_EXIT_CONFIG;
        if (!server_open(&server))
                return 1;
        supervised.workers = server.workers;
        status = supervisor_run(&supervised);
        close(server.listen_fd);
        loaded_end(&server, &server.loaded);
        return status;
}
