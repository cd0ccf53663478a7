/* account: one's own login: password, recovery codes, sessions.
 *
 * What is sensitive wants the password once more, and new recovery codes the app's code as
 * well; failures count against the login's limit (safety rule 20). */
#include "admin/account.h"

#include "admin/desk.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/password.h"
#include "domain/recovery.h"
#include "domain/totp.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/people.h"
#include "queries/session.h"
#include "queries/staff.h"
#include "view/words.h"

static const char *const dones[] = { "codes", "password", "session", NULL };

static const struct param page_params[] = {
        { .name = "done", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = dones },
        PARAM_END
};

static const struct param password_params[] = {
        { .name = "current", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .max = PASSWORD_MAX,
          .missing = "Enter the password that you have now" },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .max = PASSWORD_MAX,
          .missing = "Choose a new password" },
        PARAM_END
};

static const struct param codes_params[] = {
        { .name = "proof", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .max = PASSWORD_MAX,
          .missing = "Enter your password" },
        { .name = "code", .type = PARAM_CODE, .from = FROM_FORM, .required = true, .min = TOTP_DIGITS, .max = TOTP_DIGITS,
          .missing = "Enter the code from your authenticator app", .invalid = "Enter the 6 digits from your authenticator app" },
        PARAM_END
};

static const struct param session_params[] = {
        { .name = "ref", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

struct codes {
        struct request *req;
        const char *salt;
};

static void
code_row(struct view *view, size_t i, void *data)
{
        const struct codes *codes = data;

        view_text(view, "code", recovery_code(codes->req->pool, codes->req->token, codes->salt, (int)i));
}

void
account_push_codes(struct view *view, struct request *req, const char *name, const char *salt)
{
        struct codes codes = { req, salt };

        view_each(view, name, "admin/account.code.html", salt != NULL ? RECOVERY_CODES : 0, code_row, &codes);
}

static void
session_row(struct view *view, size_t i, void *data)
{
        const struct own_session_row *row = &((const struct own_session_row *)data)[i];

        view_text(view, "ref", row->ref);
        view_stamp(view, "at", row->created_at, false);
        view_text(view, "agent", row->user_agent);
        view_flag(view, "this", row->this);
}

/* With the fields of the request's form and their messages where it was refused. */
static enum http_status
page(struct request *req, enum http_status status, const char *done)
{
        static const struct param *const forms[] = { password_params, codes_params };
        struct own_session_row *sessions;
        struct own_codes_row codes;
        struct view *view;
        enum db_status rc;
        size_t n;

        own_sessions_ask(req->db, &sessions, &n);
        own_codes_ask(req->db, &codes);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/account.html");
        view_text(view, "page_title", "Your login");
        view_text(view, "done", done);
        view_text(view, "email", req->identity.email);
        view_text(view, "role", words_of("role", req->identity.role));
        view_number(view, "least", PASSWORD_MIN_SECOND);
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
                if (req->route->params == forms[i])
                        view_form(view, req);
                else
                        view_form_empty(view, forms[i]);
        }
        view_flag(view, "renewing", req->route->params == codes_params);
        view_number(view, "left_over", codes.left_over);
        account_push_codes(view, req, "codes", codes.salt);
        view_each(view, "sessions", "admin/account.session.html", n, session_row, sessions);
        return view_reply(view, status);
}

/* GET /account */
static enum http_status
account_show(struct request *req)
{
        reply_header(req, "Cache-Control", "no-store");
        return page(req, HTTP_OK, param_text(req, "done"));
}

/* The password of FIELD and the code, where there is one, against this person's own.  HTTP_OK,
 * or the reply that refuses. */
static enum http_status
prove(struct request *req, const char *field, bool with_code, struct login_row *who, int64_t *step)
{
        const char *fold = text_fold_email(req->pool, req->identity.email);
        enum db_status rc;
        bool right;

        staff_login_lock_ask(req->db, fold, NULL);
        login_look_ask(req->db, fold, req->remote_addr, (int32_t)req->config->login_failures_account,
                       (int32_t)req->config->login_failures_address, true, who);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (who->limited) {
                param_refuse(req, field, "There were too many tries. Wait 15 minutes, then try again");
                return page(req, HTTP_TOO_MANY, NULL);
        }
        right = who->hash != NULL && password_verify(who->hash, param_text(req, field));
        if (with_code)
                right = !who->totp_null && totp_verify(who->totp.data, who->totp.len, param_text(req, "code"), who->totp_last,
                                                       clock_real(), step) && right;
        if (right)
                return HTTP_OK;
        db_rollback(req->db);
        login_failed_ask(req->db, fold, req->remote_addr, true, NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        param_refuse(req, field, with_code ? "The password or the code is not right. A code works once: wait for the next one"
                                           : "That is not your password");
        return page(req, HTTP_UNPROCESSABLE, NULL);
}

/* POST /account/passwords */
static enum http_status
password_create(struct request *req)
{
        const char *password = param_text(req, "password");
        const char *problem = password != NULL ? password_problem(req->pool, req->config, password, PASSWORD_MIN_SECOND,
                                                                  req->identity.email) : NULL;
        struct own_done_row done;
        struct login_row who;
        enum http_status proved;
        enum db_status rc;

        if (problem != NULL)
                param_refuse(req, "password", problem);
        if (!params_valid(req))
                return page(req, HTTP_UNPROCESSABLE, NULL);
        proved = prove(req, "current", false, &who, NULL);
        if (proved != HTTP_OK)
                return proved;
        own_password_ask(req->db, who.hash, password_hash(req->pool, password), &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return done.done ? reply_redirect(req, "/admin/account?done=password") : reply_error(req, HTTP_CONFLICT);
}

/* POST /account/codes */
static enum http_status
codes_create(struct request *req)
{
        const char *salt = token_new(req->pool);
        struct db_bytes hashes = { recovery_hashes(req->pool, req->token, salt), RECOVERY_CODES * TOKEN_HASH_SIZE };
        struct own_done_row done;
        struct login_row who;
        enum http_status proved;
        enum db_status rc;
        int64_t step = 0;

        if (!params_valid(req))
                return page(req, HTTP_UNPROCESSABLE, NULL);
        proved = prove(req, "proof", true, &who, &step);
        if (proved != HTTP_OK)
                return proved;
        own_codes_again_ask(req->db, who.hash, step, salt, hashes, &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return done.done ? reply_redirect(req, "/admin/account?done=codes") : reply_error(req, HTTP_CONFLICT);
}

/* POST /account/sessions/:ref/ends */
static enum http_status
session_end_create(struct request *req)
{
        struct own_done_row done;
        enum db_status rc;

        own_session_end_ask(req->db, param_text(req, "ref"), &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return done.done ? reply_redirect(req, "/admin/account?done=session") : reply_error(req, HTTP_NOT_FOUND);
}

const struct route account_routes[] = {
        { GET, "/account", STAFF, page_params, account_show, 0, "read" },
        { POST, "/account/passwords", STAFF, password_params, password_create, ROUTE_LOGIN, "read" },
        { POST, "/account/codes", STAFF, codes_params, codes_create, ROUTE_LOGIN, "read" },
        { POST, "/account/sessions/:ref/ends", STAFF, session_params, session_end_create, 0, "read" },
        ROUTE_END
};
