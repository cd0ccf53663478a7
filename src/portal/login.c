/* login: with a password, or with a link by mail.  The same words and the same work for
 * known and unknown accounts (safety rule 20). */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/password.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/account.h"
#include "queries/session.h"

enum { SESSION_SECONDS = 30 * 86400 };

/* A way back on our own host, or the programs. */
static const char *
next_of(struct request *req)
{
        const char *next = param_text(req, "next");

        return next != NULL && next[0] == '/' && next[1] != '/' && next[1] != '\\' ? next : "/programs";
}

static enum http_status
show(struct request *req, enum http_status status, bool again)
{
        struct view *view = view_new(req, "portal/login.html");

        view_text(view, "page_title", "Log in");
        if (again)
                view_form(view, req);
        else
                view_form_empty(view, req->route->params);
        view_text(view, "next", next_of(req));
        return view_reply(view, status);
}

static enum http_status
login_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        return req->identity.found ? reply_redirect(req, next_of(req)) : show(req, HTTP_OK, false);
}

/* Everything is the same on the way here, whatever was wrong. */
static enum http_status
refuse(struct request *req, const char *fold)
{
        db_rollback(req->db);
        login_failed_ask(req->db, fold, req->remote_addr, false, NULL);
        (void)db_wait(req->db);
        param_refuse(req, "password", "This address and password do not belong together. Check both, or have a link sent");
        return show(req, HTTP_UNPROCESSABLE, true);
}

static enum http_status
limited(struct request *req)
{
        param_refuse(req, "password", "There were too many tries. Wait 15 minutes, or have a link sent");
        return show(req, HTTP_TOO_MANY, true);
}

static enum http_status
login_create(struct request *req)
{
        const char *fold, *password = param_text(req, "password"), *session = token_new(req->pool);
        struct login_row login;
        struct login_done_row done = { false };
        enum db_status rc;
        bool right;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, true);
        fold = text_fold_email(req->pool, param_text(req, "email"));
        rc = login_look(req->db, fold, req->remote_addr, (int32_t)req->config->login_failures_account,
                        (int32_t)req->config->login_failures_address, false, &login);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (login.limited)
                return limited(req);
        right = login.hash != NULL ? password_verify(login.hash, password) : password_dummy(password);
        if (!right)
                return refuse(req, fold);
        if (req->token != NULL)         /* a session never outlives a new login (safety rule 21) */
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        login_done_ask(req->db, login.person, login.hash, session_hash(req->pool, session), req->user_agent, &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!done.done)
                return refuse(req, fold);
        reply_cookie(req, COOKIE_SESSION, session, SESSION_SECONDS);
        return reply_redirect(req, next_of(req));
}

static enum http_status
link_create(struct request *req)
{
        struct view *view;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, true);
        link_request_ask(req->db, text_fold_email(req->pool, param_text(req, "email")), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        view = view_new(req, "portal/link.sent.html");
        view_text(view, "page_title", "Look in your inbox");
        view_text(view, "email", param_text(req, "email"));
        return view_reply(view, HTTP_OK);
}

static enum http_status
forgotten(struct request *req, enum http_status status)
{
        struct view *view = view_new(req, "portal/forgotten.html");

        view_text(view, "page_title", "Forgot your password?");
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        return view_reply(view, status);
}

static enum http_status
forgotten_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        return rc == DB_OK ? forgotten(req, HTTP_OK) : http_from_db(req, rc);
}

/* The same link: it logs in and leads to the page that sets a password. */
static enum http_status
forgotten_create(struct request *req)
{
        return params_valid(req) ? link_create(req) : forgotten(req, HTTP_UNPROCESSABLE);
}

static enum http_status
logout_create(struct request *req)
{
        enum db_status rc;

        if (req->token != NULL)
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        reply_cookie(req, COOKIE_SESSION, "", -1);
        return reply_redirect(req, "/login?notice=out");
}

#define EMAIL_PARAM                                                                                          \
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true,                         \
          .missing = "Enter your email address", .invalid = "Enter an email address like name@example.com" }

static const struct param login_params[] = {
        EMAIL_PARAM,
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .missing = "Enter your password" },
        { .name = "next", .type = PARAM_TEXT, .from = FROM_FORM },
        PARAM_END
};

static const struct param login_show_params[] = {
        { .name = "next", .type = PARAM_TEXT, .from = FROM_QUERY },
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY },
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM },
        PARAM_END
};

static const struct param link_params[] = {
        EMAIL_PARAM,
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM },
        { .name = "next", .type = PARAM_TEXT, .from = FROM_FORM },
        PARAM_END
};

static const struct param forgotten_params[] = {
        EMAIL_PARAM,
        PARAM_END
};

const struct route login_routes[] = {
        { GET,  "/login",      OPEN, login_show_params, login_show,    0, NULL },
        { POST, "/login",      OPEN, login_params,      login_create,  ROUTE_LOGIN, NULL },
        { POST, "/login/link", OPEN, link_params,       link_create,   ROUTE_LOGIN | ROUTE_MAILS, NULL },
        { GET,  "/login/forgotten", OPEN, forgotten_params, forgotten_show, 0, NULL },
        { POST, "/login/forgotten", OPEN, forgotten_params, forgotten_create, ROUTE_LOGIN | ROUTE_MAILS, NULL },
        { POST, "/logout",     OPEN, NULL,              logout_create, 0, NULL },
        ROUTE_END
};
