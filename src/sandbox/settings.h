/* settings: the sandbox's own file (a GKeyFile with one group, [sandbox]).
 * man/latchkey-sandbox.8 lists them. */
#ifndef LATCHKEY_SANDBOX_SETTINGS_H
#define LATCHKEY_SANDBOX_SETTINGS_H

#include <stdint.h>

#include "base/config.h"
#include "base/pool.h"

struct settings {
        const char *conninfo;           /* its own database, user included */
        const char *public_url;         /* where browsers and clients reach it; no trailing slash */
        const char *portal_url;         /* the product: hosted pages may lead back to its host */
        const char *hook_url;           /* "" = nothing is posted */
        const char *hook_secret;
        const char *key;                /* the secret API key */
        const char *mailbox;            /* a Maildir, or "" */
        const char *templates;          /* the product's templates/ */
        const char *statement;          /* how payments begin on a card statement */
        int64_t debit_days;             /* a bank debit settles or comes back after so many days */
        int64_t transfer_days;          /* a bank transfer arrives after so many days */
};

/* Read FILE.  NULL with a sentence in *ERROR (file, setting, fix). */
const struct settings *settings_load(struct pool *pool, const char *file, const char **error);
/* What was loaded last in this process. */
const struct settings *settings_now(void);
/* The same as what src/http and src/view want to know. */
const struct config *settings_config(struct pool *pool, const char *file, const char **error);

#endif
