/* session: who a request's cookie stands for. */
#ifndef LATCHKEY_HTTP_SESSION_H
#define LATCHKEY_HTTP_SESSION_H

#include "db/db.h"
#include "http/request.h"

/* Queue the look-up of req->token; the next db_wait() fills req->identity.  Made for struct
 * program's ask_identity; the program lists session_queries among its queries. */
void session_ask(struct request *req);

/* SHA-256 of TOKEN, in POOL: what the database knows of it. */
struct db_bytes session_hash(struct pool *pool, const char *token);

/* Whether this is a login of the last fifteen minutes: what is sensitive wants one (safety rule
 * 21); the database asks again.  After db_wait(). */
bool session_fresh(const struct request *req);

/* The product's time: the database's with a session, else the clock's. */
instant session_now(const struct request *req);

#endif
