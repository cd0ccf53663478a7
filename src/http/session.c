/* session: who a request's cookie stands for. */
#include "http/session.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/token.h"
#include "http/dispatch.h"
#include "queries/session.h"

enum { FRESH_SECONDS = 15 * 60 };        /* session_fresh() and staff_fresh() in the database say the same */

/* The columns of session_who, straight into the request's identity. */
#define INTO(member, kind) \
        { .name = #member, .type = kind, .offset = offsetof(struct identity, member), .null_offset = SIZE_MAX }

static const struct db_column identity_columns[] = {
        INTO(kind, DB_TEXT), INTO(person, DB_BIGINT), INTO(name, DB_TEXT), INTO(email, DB_TEXT),
        INTO(role, DB_TEXT), INTO(started_at, DB_TIME), INTO(now_at, DB_TIME),
        INTO(has_password, DB_BOOL), INTO(locale, DB_TEXT), INTO(zone, DB_TEXT),
};

static const struct db_row_type identity_type = {
        .name = "identity", .size = sizeof(struct identity),
        .columns = identity_columns, .n_columns = G_N_ELEMENTS(identity_columns),
};

/* The generated statement, answering into another struct. */
static const struct db_stmt *
who_statement(void)
{
        static struct db_stmt stmt;

        for (const struct db_stmt *const *s = session_queries; stmt.name == NULL && *s != NULL; s++) {
                if (strcmp((*s)->name, "session_who") != 0)
                        continue;
                stmt = **s;
                if (stmt.row->n_columns != identity_type.n_columns)
                        abort();        /* sql/queries/session.sql and this file differ */
                stmt.row = &identity_type;
        }
        return &stmt;
}

struct db_bytes
session_hash(struct pool *pool, const char *token)
{
        uint8_t *hash = pool_alloc(pool, TOKEN_HASH_SIZE);

        token_sha256(token, strlen(token), hash);
        return (struct db_bytes){ hash, TOKEN_HASH_SIZE };
}

void
session_ask(struct request *req)
{
        struct db_value values[2];

        db_value_bytes(&values[0], session_hash(req->pool, req->token));
        db_value_bool(&values[1], req->program->staff);
        db_ask_maybe(req->db, who_statement(), values, &req->identity, &req->identity.found);
}

bool
session_fresh(const struct request *req)
{
        return req->identity.found && req->identity.now_at - req->identity.started_at < FRESH_SECONDS * CLOCK_SECOND;
}

instant
session_now(const struct request *req)
{
        return req->identity.found && req->identity.now_at > 0 ? req->identity.now_at : clock_product();
}
