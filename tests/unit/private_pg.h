/* private_pg: a PostgreSQL of the test's own, on a socket in a short temporary folder.
 * Run as root it runs as the user postgres (or nobody). */
#ifndef LATCHKEY_TESTS_PRIVATE_PG_H
#define LATCHKEY_TESTS_PRIVATE_PG_H

#include <stdbool.h>

/* The conninfo (superuser postgres, database postgres), or NULL with the reason in
 * *WHY: no PostgreSQL here.  The server ends, and its folder goes, with the process. */
const char *private_pg_start(const char **why);
void private_pg_stop(void);

/* As after a crash: all sessions are cut, the server comes back at once. */
bool private_pg_restart(void);
/* Gone until private_pg_restart(). */
bool private_pg_halt(void);

#endif
