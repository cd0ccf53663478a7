/* login: in with address, password and code, or with a passkey; out again (safety rules 20 to 22). */
#include "admin/login.h"

#include "admin/desk.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/passkey.h"
#include "domain/password.h"
#include "domain/recovery.h"
#include "domain/totp.h"
#include "http/csrf.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/session.h"
#include "queries/people.h"
#include "queries/session.h"
#include "queries/staff.h"
#include "view/view.h"

enum { SESSION_SECONDS = 12 * 3600, BLOCK_SECONDS = 15 * 60 };

static const char *const agains[] = { "yes", NULL };

static const struct param page_params[] = {
        { .name = "next", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 500 },
        { .name = "again", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = agains },
        PARAM_END
};

static const struct param login_params[] = {
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true,
          .missing = "Enter your email address",
          .invalid = "Enter an email address in the form name@example.com" },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true,
          .max = PASSWORD_MAX, .missing = "Enter your password" },
        { .name = "code", .type = PARAM_CODE, .from = FROM_FORM, .min = TOTP_DIGITS, .max = TOTP_DIGITS,
          .invalid = "Enter the 6 digits from your authenticator app" },
        { .name = "recovery", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40,
          .invalid = "Enter the recovery code in one line" },
        { .name = "next", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 },
        PARAM_END
};

static const struct param passkey_params[] = {
        { .name = "at", .type = PARAM_ID, .from = FROM_FORM, .required = true },
        { .name = "credential", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_ID_TEXT },
        { .name = "client_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "auth_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "signature", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "next", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 },
        PARAM_END
};

/* A staff page that the login leads to; anything else leads to the first one. */
static const char *
way_on(const char *next)
{
        if (next != NULL && text_starts(next, "/admin/") && !text_starts(next, "/admin/log") &&
            !text_starts(next, "/admin//") && reply_is_location(next))
                return next;
        return "/admin/";
}

/* What the page shows besides its fields. */
static struct view *
login_view(struct request *req)
{
        struct passkey_question q = passkey_ask(req->pool, csrf_token(req), "get", req->config->portal_url);
        struct view *view = view_new(req, "admin/login.html");

        view_text(view, "page_title", "Log in");
        view_flag(view, "again", false);
        view_flag(view, "passkey_refused", false);
        view_flag(view, "by_recovery", false);
        view_text(view, "passkey_challenge", q.challenge);
        view_number(view, "passkey_at", q.at);
        view_text(view, "passkey_site", q.site);
        return view;
}

/* GET /login.  AGAIN: somebody who is in needs a fresh login. */
static enum http_status
login_show(struct request *req)
{
        const char *next = param_text(req, "next");
        bool again = param_text(req, "again") != NULL;
        struct view *view;
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (req->identity.found && (!again || session_fresh(req)))
                return reply_redirect(req, way_on(next));
        view = login_view(req);
        view_form_empty(view, login_params);
        view_text(view, "next", next);
        view_flag(view, "again", again && req->identity.found);
        return view_reply(view, HTTP_OK);
}

static enum http_status
login_again(struct request *req, enum http_status status)
{
        struct view *view = login_view(req);

        view_form(view, req);
        view_text(view, "code", "");    /* a code counts once */
        view_text(view, "recovery", "");
        view_flag(view, "by_recovery", param_text(req, "recovery") != NULL);
        view_flag(view, "signed_in", false);
        return view_reply(view, status);
}

/* Password and code against WHO; the same work whoever it is.  *STEP is the code's. */
static bool
is_right(struct request *req, const struct login_row *who, int64_t *step)
{
        const char *password = param_text(req, "password");
        bool right = who->hash != NULL ? password_verify(who->hash, password) : password_dummy(password);
        bool code = param_text(req, "recovery") != NULL ||      /* the database looks for that one */
                    (!who->totp_null && totp_verify(who->totp.data, who->totp.len, param_text(req, "code"),
                                                    who->totp_last, clock_real(), step));

        return right && code && !who->person_null;
}

/* The failure is counted for good, and the form says the same whatever was wrong. */
static enum http_status
refuse(struct request *req, const char *fold)
{
        enum db_status rc;

        login_failed_ask(req->db, fold, req->remote_addr, true, NULL);
        rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        param_refuse(req, "email", "The address, the password or the code is not right. A code works "
                                   "once: wait for the next one");
        return login_again(req, HTTP_UNPROCESSABLE);
}

/* In, with the new session of TOKEN; this browser's session before ends, with the commit. */
static enum http_status
enter(struct request *req, const char *token)
{
        if (req->token != NULL)
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        reply_cookie(req, COOKIE_STAFF, token, SESSION_SECONDS);
        return reply_redirect(req, way_on(param_text(req, "next")));
}

static enum http_status
welcome(struct request *req, const struct login_row *who, int64_t step, const char *fold)
{
        const char *token = token_new(req->pool);
        struct own_done_row recovered = { .done = false };
        struct done_row done = { .done = false };
        enum db_status rc;

        if (param_text(req, "recovery") != NULL) {
                uint8_t *hash = pool_alloc(req->pool, TOKEN_HASH_SIZE);

                recovery_hash(req->pool, param_text(req, "recovery"), hash);
                own_recover_ask(req->db, who->person, who->hash, (struct db_bytes){ hash, TOKEN_HASH_SIZE },
                                session_hash(req->pool, token), req->user_agent, &recovered);
                req->wake_worker = true;
        } else {
                staff_login_done_ask(req->db, who->person, who->hash, step, session_hash(req->pool, token),
                                     req->user_agent, &done);
        }
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!done.done && !recovered.done)
                return refuse(req, fold);
        return enter(req, token);
}

/* POST /login.  One login at a time for an address, so that the limit holds exactly. */
static enum http_status
login_create(struct request *req)
{
        struct login_row who;
        const char *fold;
        enum db_status rc;
        int64_t step = 0;

        if (param_text(req, "recovery") == NULL && param_text(req, "code") == NULL && param_error(req, "code") == NULL)
                param_refuse(req, "code", "Enter the code from your authenticator app");
        if (!params_valid(req))
                return login_again(req, HTTP_UNPROCESSABLE);
        fold = text_fold_email(req->pool, param_text(req, "email"));
        staff_login_lock_ask(req->db, fold, NULL);
        login_look_ask(req->db, fold, req->remote_addr, (int32_t)req->config->login_failures_account,
                       (int32_t)req->config->login_failures_address, true, &who);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (who.limited) {
                param_refuse(req, "email", "Too many logins failed. Wait 15 minutes, then try again");
                reply_header(req, "Retry-After", pool_printf(req->pool, "%d", BLOCK_SECONDS));
                return login_again(req, HTTP_TOO_MANY);
        }
        if (!is_right(req, &who, &step))
                return refuse(req, fold);
        return welcome(req, &who, step, fold);
}

/* The same words whatever was wrong. */
static enum http_status
passkey_refuse(struct request *req)
{
        struct view *view;

        db_rollback(req->db);
        view = login_view(req);
        view_form_empty(view, login_params);
        view_text(view, "next", param_text(req, "next"));
        view_flag(view, "passkey_refused", true);
        view_flag(view, "signed_in", false);
        return view_reply(view, HTTP_UNPROCESSABLE);
}

/* POST /login/passkeys.  The device is one factor, and that it verified its person (passkey_signed()
 * insists) the other: no password and no code. */
static enum http_status
passkey_login_create(struct request *req)
{
        const char *challenge = params_valid(req) ? passkey_asked(req->pool, csrf_token(req), "get", param_int(req, "at")) : NULL;
        const char *token = token_new(req->pool);
        struct own_done_row done;
        struct passkey_key_row row;
        struct db_bytes credential;
        enum db_status rc;
        int64_t count;
        bool found;

        credential.data = challenge != NULL ? passkey_bytes(req->pool, param_text(req, "credential"), &credential.len) : NULL;
        if (credential.data == NULL)
                return passkey_refuse(req);
        rc = passkey_look(req->db, credential, true, &row, &found);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found ||
            !passkey_signed(req->pool, req->config->portal_url, challenge, param_text(req, "client_data"),
                            param_text(req, "auth_data"), param_text(req, "signature"),
                            &(struct passkey){ .key = row.public_key.data, .key_len = row.public_key.len,
                                               .algorithm = row.algorithm }, &count))
                return passkey_refuse(req);
        own_passkey_done_ask(req->db, session_hash(req->pool, challenge), credential, row.public_key, count,
                             session_hash(req->pool, token), req->user_agent, &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return done.done ? enter(req, token) : passkey_refuse(req);
}

/* POST /logout: also for a session that has run out. */
static enum http_status
logout_create(struct request *req)
{
        enum db_status rc;

        if (req->token != NULL)
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        reply_cookie(req, COOKIE_STAFF, "", -1);
        return reply_redirect(req, "/admin/login");
}

const struct route login_routes[] = {
        { GET, "/login", OPEN, page_params, login_show, ROUTE_NO_STORE, NULL },
        { POST, "/login", OPEN, login_params, login_create, ROUTE_LOGIN | ROUTE_NO_STORE, NULL },
        { POST, "/login/passkeys", OPEN, passkey_params, passkey_login_create, ROUTE_LOGIN | ROUTE_NO_STORE, NULL },
        { POST, "/logout", OPEN, NULL, logout_create, 0, NULL },
        ROUTE_END
};
