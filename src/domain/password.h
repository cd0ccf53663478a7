/* password: argon2id hashes, and which passwords are refused (safety rule 20).
 *
 * m = 19 MiB, t = 2, p = 1: about 19 ms and 20 MB a call, so pages that verify one are
 * marked ROUTE_LOGIN and answered by a pool of their own. */
#ifndef LATCHKEY_DOMAIN_PASSWORD_H
#define LATCHKEY_DOMAIN_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "base/pool.h"

enum {
        PASSWORD_MIN_ALONE = 15,        /* characters, when it is the only factor */
        PASSWORD_MIN_SECOND = 12,       /* with a second factor beside it */
        PASSWORD_MAX = 200
};

/* A new hash with a random salt, in argon2's encoded form, in POOL.  Never NULL: aborts when
 * there is no memory for it. */
const char *password_hash(struct pool *pool, const char *text);

/* Does TEXT belong to HASH?  A hash of other costs is verified by its own.  False for a
 * malformed hash. */
bool password_verify(const char *hash, const char *text);

/* The same work for an account that does not exist (safety rule 20).  Always false, so that
 * a caller may write: ok = hash != NULL ? password_verify(hash, text) : password_dummy(text). */
bool password_dummy(const char *text);

/* Read config->common_passwords, one a line, once per process; call it at start.  False with
 * a sentence in *ERROR (setting, file, fix). */
bool password_load(const struct config *config, const char **error);

/* Why TEXT will not do as a password of at least MIN characters (Unicode, counted as typed)
 * for the person with EMAIL (may be NULL): one sentence for the form, or NULL when it is
 * fine.  Refused are the common ones of the list, ones made of a common word and a few
 * digits, one piece repeated, runs of neighbouring characters, and the shop's name or the
 * address with little else.  No rules about which characters. */
const char *password_problem(struct pool *pool, const struct config *config, const char *text,
                             size_t min, const char *email);

#endif
