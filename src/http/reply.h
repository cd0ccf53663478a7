/* reply: what goes back.  Headers are written here alone, control characters are
 * refused (safety rule 19), Content-Length is always sent (safety rule 14). */
#ifndef LATCHKEY_HTTP_REPLY_H
#define LATCHKEY_HTTP_REPLY_H

#include "db/db.h"
#include "http/request.h"

/* The whole body; TYPE as in Content-Type.  BODY must live until the request ends. */
enum http_status reply_body(struct request *req, enum http_status status, const char *type,
                            const void *body, size_t len);
enum http_status reply_text(struct request *req, enum http_status status, const char *text);
/* 303 to PATH on our own host ("/orders/..."), or to an absolute https/http URL that the
 * gateway gave (checked: no control characters). */
enum http_status reply_redirect(struct request *req, const char *location);
/* Whether reply_redirect() takes LOCATION. */
bool reply_is_location(const char *location);
/* Extra header; NAME is ours, VALUE is checked. */
void reply_header(struct request *req, const char *name, const char *value);
/* Serve a stored file through nginx: X-Accel-Redirect: /protected/ID, with a safe
 * Content-Disposition (attachment when DOWNLOAD_NAME is not NULL) and type. */
enum http_status reply_file(struct request *req, int64_t id, const char *content_type,
                            const char *download_name);

/* A file that somebody sent: LEN bytes of TYPE (text gets its charset) to be kept under NAME, never
 * shown in the place of a page, and sandboxed where a browser does so all the same. */
enum http_status reply_download(struct request *req, const char *type, const char *name, const void *data, size_t len);

/* Cookies: HttpOnly, SameSite=Lax, Path=/; on https also Secure with the __Host- prefix.
 * MAX_AGE in seconds, 0 = session cookie, -1 = delete. */
enum reply_cookie { COOKIE_SESSION, COOKIE_ORDER, COOKIE_FORM, COOKIE_PAY, COOKIE_STAFF };
void reply_cookie(struct request *req, enum reply_cookie which, const char *token, int64_t max_age);
/* Its name: "lk_session", on https "__Host-lk_session". */
const char *reply_cookie_name(const struct config *config, enum reply_cookie which);

/* What a page of HTML may do in the browser.  PAGE: styles, scripts and pictures of our own.
 * FRAMES: the same, and it may show frames of our own.  FRAMED: somebody's markup inside such
 * a frame; nothing runs, nothing is fetched, its own styles are all that counts. */
enum reply_policy { POLICY_PAGE, POLICY_FRAMES, POLICY_FRAMED };
void reply_policy(struct request *req, enum reply_policy policy);

/* The page for a failed db_wait(): 503 when the database is away, to the login where a
 * session is missing, 404 for no row, 403 where a right is missing, 409 for a conflict,
 * else 500; logged once by db.  DB_RETRY: dispatch runs the unit again, up to 3 times. */
enum http_status http_from_db(struct request *req, enum db_status status);
/* A plain, styled error page of templates/error/ for STATUS. */
enum http_status reply_error(struct request *req, enum http_status status);

/* For dispatch alone.  To the login, with the way back (a GET), else 403; and this
 * whole reply once more from the start. */
enum http_status reply_sign_in(struct request *req);
void reply_reset(struct request *req);
/* A reply was made; the database asked for the unit to be run again. */
bool reply_made(const struct request *req);
bool reply_wants_retry(const struct request *req);
/* Write it out with the headers that every answer has; false when the peer is gone. */
bool reply_send(struct request *req, enum http_status status);

#endif
