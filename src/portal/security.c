/* security: the password, and where one is logged in.  What is sensitive wants a login of the
 * last fifteen minutes; /account/confirm makes it so (safety rule 21). */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/password.h"
#include "http/session.h"
#include "view/agent.h"
#include "portal/portal.h"
#include "queries/account.h"
#include "queries/profile.h"
#include "queries/session.h"

enum { SESSION_SECONDS = 30 * 86400 };

/* --- it is you --- */

/* A page of the account on our own host. */
static const char *
next_of(struct request *req)
{
        const char *next = param_text(req, "next");

        return next != NULL && text_starts(next, "/account/") && strpbrk(next, "\\?#") == NULL ? next : "/account";
}

static enum http_status
confirm_page(struct request *req, enum http_status status)
{
        struct view *view = view_new(req, "portal/account.confirm.html");

        view_text(view, "page_title", "Is it you?");
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        view_text(view, "next", next_of(req));
        view_text(view, "email", req->identity.email);
        view_flag(view, "has_password", req->identity.has_password);
        return view_reply(view, status);
}

static enum http_status
confirm_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        return portal_fresh(req) ? reply_redirect(req, next_of(req)) : confirm_page(req, HTTP_OK);
}

/* The password again: a new session takes the place of this one. */
static enum http_status
confirm_create(struct request *req)
{
        const char *session = token_new(req->pool), *fold = text_fold_email(req->pool, req->identity.email);
        struct profile_done_row renewed;
        struct login_row login;
        enum db_status rc;

        if (!params_valid(req))
                return confirm_page(req, HTTP_UNPROCESSABLE);
        if (strcmp(req->identity.kind, "customer") != 0)
                return reply_error(req, HTTP_FORBIDDEN);
        rc = login_look(req->db, fold, req->remote_addr, (int32_t)req->config->login_failures_account,
                        (int32_t)req->config->login_failures_address, false, &login);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (login.limited) {
                param_refuse(req, "password", "There were too many tries. Wait 15 minutes, or have a link sent");
                return confirm_page(req, HTTP_TOO_MANY);
        }
        if (login.hash == NULL || !password_verify(login.hash, param_text(req, "password"))) {
                db_rollback(req->db);
                login_failed_ask(req->db, fold, req->remote_addr, false, NULL);
                (void)db_wait(req->db);
                param_refuse(req, "password", "This is not the password of your account. Check it, or have a link sent");
                return confirm_page(req, HTTP_UNPROCESSABLE);
        }
        session_renew_ask(req->db, login.hash, session_hash(req->pool, session), req->user_agent, &renewed);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (renewed.done)       /* else the same form was here before, and the browser has its cookie */
                reply_cookie(req, COOKIE_SESSION, session, SESSION_SECONDS);
        return reply_redirect(req, next_of(req));
}

/* No password, or none at hand: a link to the account's own address. */
static enum http_status
confirm_link(struct request *req)
{
        enum db_status rc;

        link_request_ask(req->db, text_fold_email(req->pool, req->identity.email), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return portal_message(req, HTTP_OK, "Look in your inbox",
                              "A link is on its way to the address of your account. It logs you in freshly; "
                              "come back to your account then.", "/account", "Back to your account");
}

/* --- the password --- */

static enum http_status
password_page(struct request *req, enum http_status status)
{
        struct view *view = view_new(req, "portal/account.password.html");

        view_text(view, "page_title", req->identity.has_password ? "Change your password" : "Choose a password");
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        view_text(view, "email", req->identity.email);
        view_flag(view, "has_password", req->identity.has_password);
        return view_reply(view, status);
}

static enum http_status
password_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (req->identity.found && !portal_fresh(req))
                return portal_confirm(req, "/account/password");
        return password_page(req, HTTP_OK);
}

static enum http_status
password_save(struct request *req)
{
        const char *password = param_text(req, "password"), *problem = NULL;
        struct password_set_row set;
        enum db_status rc;

        if (!portal_fresh(req))
                return portal_confirm(req, "/account/password");
        if (password != NULL)
                problem = password_problem(req->pool, req->config, password, PASSWORD_MIN_ALONE, req->identity.email);
        if (problem != NULL)
                param_refuse(req, "password", problem);
        if (!params_valid(req))
                return password_page(req, HTTP_UNPROCESSABLE);
        password_set_ask(req->db, password_hash(req->pool, password), session_hash(req->pool, req->token), &set);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return set.done ? reply_redirect(req, "/account?notice=password") : portal_confirm(req, "/account/password");
}

/* --- where one is logged in --- */

struct sessions {
        struct request *req;
        const struct session_item_row *rows;
};

static void
push_session(struct view *view, size_t i, void *data)
{
        const struct sessions *s = data;
        const struct session_item_row *row = &s->rows[i];

        view_text(view, "id", row->name);
        view_text(view, "agent", agent_words(s->req->pool, row->agent));
        view_flag(view, "here", row->here);
        view_time(view, "since", row->since_at);
        view_time(view, "seen", row->seen_at);
}

static enum http_status
sessions_show(struct request *req)
{
        struct session_item_row *rows;
        struct view *view;
        size_t n;
        enum db_status rc;

        sessions_mine_ask(req->db, &rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/account.sessions.html");
        view_text(view, "page_title", "Where you are logged in");
        view_flag(view, "ended", param_text(req, "notice") != NULL);
        view_flag(view, "several", n > 1);
        view_each(view, "sessions", "portal/account.session.html", n, push_session, &(struct sessions){ req, rows });
        return view_reply(view, HTTP_OK);
}

static enum http_status
session_finish(struct request *req)
{
        struct profile_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        session_revoke_ask(req->db, param_text(req, "session"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "stale") == 0)
                return portal_confirm(req, "/account/sessions");
        if (strcmp(row.answer, "unknown") == 0)
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, "/account/sessions?notice=ended");
}

static enum http_status
sessions_finish(struct request *req)
{
        struct sessions_ended_row row;
        enum db_status rc;

        sessions_revoke_ask(req->db, &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return row.n < 0 ? portal_confirm(req, "/account/sessions") : reply_redirect(req, "/account/sessions?notice=ended");
}

static const char *const said[] = { "ended", NULL };

static const struct param confirm_show_params[] = {
        { .name = "next", .type = PARAM_TEXT, .from = FROM_QUERY },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM },
        PARAM_END
};

static const struct param confirm_params[] = {
        { .name = "next", .type = PARAM_TEXT, .from = FROM_FORM },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .missing = "Enter your password" },
        PARAM_END
};

static const struct param password_params[] = {
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .missing = "Enter a password" },
        PARAM_END
};

static const struct param sessions_params[] = {
        { .name = "notice", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = said },
        PARAM_END
};

static const struct param session_params[] = {
        { .name = "session", .type = PARAM_SLUG, .from = FROM_FORM, .required = true },
        PARAM_END
};

const struct route security_routes[] = {
        { GET,  "/account/confirm",         SIGNED_IN, confirm_show_params, confirm_show,    0, NULL },
        { POST, "/account/confirm",         SIGNED_IN, confirm_params,      confirm_create,  ROUTE_LOGIN, NULL },
        { POST, "/account/confirm/link",    SIGNED_IN, NULL,                confirm_link,    ROUTE_MAILS, NULL },
        { GET,  "/account/password",        SIGNED_IN, password_params,     password_show,   0, NULL },
        { POST, "/account/password",        SIGNED_IN, password_params,     password_save,   ROUTE_LOGIN | ROUTE_MAILS, NULL },
        { GET,  "/account/sessions",        SIGNED_IN, sessions_params,     sessions_show,   0, NULL },
        { POST, "/account/sessions/end",    SIGNED_IN, session_params,      session_finish,  0, NULL },
        { POST, "/account/sessions/others", SIGNED_IN, NULL,                sessions_finish, 0, NULL },
        ROUTE_END
};
