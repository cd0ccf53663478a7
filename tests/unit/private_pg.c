/* private_pg: initdb, start and stop, as an unprivileged user; see private_pg.h. */
#include "private_pg.h"

#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <glib.h>

static char folder[96];
static char *bin;
static pid_t owner;

/* The newest installed server, unless LATCHKEY_PG_BIN says which. */
static char *
find_bin(void)
{
        const char *given = getenv("LATCHKEY_PG_BIN");
        char *found = NULL;
        glob_t hits;

        if (given != NULL)
                return g_strdup(given);
        if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &hits) == 0) {
                found = g_path_get_dirname(hits.gl_pathv[hits.gl_pathc - 1]);
                globfree(&hits);
                return found;
        }
        found = g_find_program_in_path("initdb");
        if (found != NULL) {
                char *dir = g_path_get_dirname(found);

                g_free(found);
                return dir;
        }
        return NULL;
}

static const struct passwd *
server_user(void)
{
        const struct passwd *user = getpwnam("postgres");

        return user != NULL ? user : getpwnam("nobody");
}

/* Run "BIN/PROGRAM ARGS", as the server's user when we are root. */
static bool
run(const char *program, const char *args)
{
        GString *command = g_string_new("cd / && ");
        int status;

        if (geteuid() == 0)
                g_string_append_printf(command, "setpriv --reuid=%u --regid=%u --clear-groups ",
                                       (unsigned)server_user()->pw_uid, (unsigned)server_user()->pw_gid);
        g_string_append_printf(command, "'%s/%s' %s >>%s/out.log 2>&1", bin, program, args, folder);
        status = system(command->str);
        g_string_free(command, TRUE);
        return status == 0;
}

static bool
control(const char *verb)
{
        char args[512];
        bool ok;

        snprintf(args, sizeof(args),
                 "-D %s/data -w -t 30 -l %s/server.log -o \"-k %s -c listen_addresses= -c fsync=off "
                 "-c max_connections=20 -c shared_buffers=16MB\" %s",
                 folder, folder, folder, verb);
        ok = run("pg_ctl", args);
        return ok;
}

bool
private_pg_halt(void)
{
        return control("-m immediate stop");
}

bool
private_pg_restart(void)
{
        private_pg_halt();
        return control("start");
}

void
private_pg_stop(void)
{
        char command[128];

        if (folder[0] == '\0' || getpid() != owner)
                return;
        control("-m immediate stop");
        snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        if (system(command) != 0)
                fprintf(stderr, "%s stays behind\n", folder);
        folder[0] = '\0';
}

const char *
private_pg_start(const char **why)
{
        static char conninfo[128];
        char args[256];

        bin = find_bin();
        if (bin == NULL) {
                *why = "PostgreSQL's server programs are not installed";
                return NULL;
        }
        snprintf(folder, sizeof(folder), "%s/lk-pg-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        if (mkdtemp(folder) == NULL) {
                *why = "no temporary folder";
                return NULL;
        }
        owner = getpid();
        atexit(private_pg_stop);
        if (geteuid() == 0 && (server_user() == NULL || chmod(folder, 0755) != 0 ||
                               chown(folder, server_user()->pw_uid, server_user()->pw_gid) != 0)) {
                *why = "no unprivileged user to run PostgreSQL as";
                return NULL;
        }
        snprintf(args, sizeof(args), "-D %s/data -U postgres -A trust -E UTF8 --locale=C -N", folder);
        if (!run("initdb", args) || !control("start")) {
                *why = "PostgreSQL did not start";
                return NULL;
        }
        snprintf(conninfo, sizeof(conninfo), "host=%s dbname=postgres", folder);
        return conninfo;
}
