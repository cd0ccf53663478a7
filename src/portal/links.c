/* links: the single-use links of our mails.  A GET shows a page and changes nothing, so a
 * scanner that follows every link uses none up; the POST behind its button does (S0.4). */
#include <string.h>

#include "base/token.h"
#include "domain/password.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/account.h"
#include "queries/session.h"

enum { SESSION_SECONDS = 30 * 86400 };

static enum http_status
link_show(struct request *req)
{
        const char *token = param_text(req, "token");
        struct link_row link;
        struct view *view;
        enum db_status rc;

        link_look_ask(req->db, session_hash(req->pool, token), &link);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(link.state, "unknown") == 0)
                return portal_message(req, HTTP_NOT_FOUND, "We do not know this link",
                                      "A part of it may be missing. Open it from the mail once more, or have a new one sent.",
                                      "/login", "Send me a new link");
        view = view_new(req, strcmp(link.state, "ready") == 0 ? "portal/link.html" : "portal/link.over.html");
        view_text(view, "page_title", strcmp(link.state, "ready") == 0 ? "Open your access"
                                      : strcmp(link.state, "used") == 0 ? "This link has been used" : "This link has expired");
        view_row(view, "link", &link_row_type, &link);
        view_text(view, "token", token);
        return view_reply(view, strcmp(link.state, "ready") == 0 ? HTTP_OK : HTTP_GONE);
}

/* Use it: it becomes a session, and the person may choose a password. */
static enum http_status
link_open(struct request *req)
{
        const char *token = param_text(req, "token");
        const char *session = token_new(req->pool);
        struct link_used_row used;
        enum db_status rc;

        link_use_ask(req->db, session_hash(req->pool, token), session_hash(req->pool, session), req->user_agent, &used);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (used.person_null)
                return link_show(req);
        if (req->token != NULL)         /* a session never outlives a new login (safety rule 21) */
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        reply_cookie(req, COOKIE_SESSION, session, SESSION_SECONDS);
        return reply_redirect(req, "/set-password");
}

static enum http_status
link_renew(struct request *req)
{
        enum db_status rc;

        link_again_ask(req->db, session_hash(req->pool, param_text(req, "token")), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return portal_message(req, HTTP_OK, "A new link is on its way",
                              "We have sent it to the same address. It works for one hour, and once.", "/", "To the shop");
}

static enum http_status
password_show(struct request *req)
{
        struct view *view;
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/set-password.html");
        view_text(view, "page_title", "Choose a password");
        view_form_empty(view, req->route->params);
        view_text(view, "email", req->identity.email);
        return view_reply(view, HTTP_OK);
}

static enum http_status
password_again(struct request *req)
{
        struct view *view = view_new(req, "portal/set-password.html");

        view_text(view, "page_title", "Choose a password");
        view_form(view, req);
        view_text(view, "email", req->identity.email);
        return view_reply(view, HTTP_UNPROCESSABLE);
}

static enum http_status
password_create(struct request *req)
{
        const char *password = param_text(req, "password");
        const char *problem = NULL;
        struct password_set_row set;
        enum db_status rc;

        if (password != NULL)
                problem = password_problem(req->pool, req->config, password, PASSWORD_MIN_ALONE, req->identity.email);
        if (problem != NULL)
                param_refuse(req, "password", problem);
        if (!params_valid(req))
                return password_again(req);
        password_set_ask(req->db, password_hash(req->pool, password), session_hash(req->pool, req->token), &set);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        if (!set.done) {
                param_refuse(req, "password", "For your safety this needs a fresh login. "
                             "Log out, have a link sent, and choose it then");
                return password_again(req);
        }
        return reply_redirect(req, "/programs?notice=password");
}

static const struct param link_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

static const struct param password_params[] = {
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true, .missing = "Enter a password" },
        PARAM_END
};

const struct route link_routes[] = {
        { GET,  "/access/:token",     OPEN, link_params, link_show,  ROUTE_NO_STORE, NULL },
        { POST, "/access/:token",     OPEN, link_params, link_open,  ROUTE_NO_STORE, NULL },
        { POST, "/access/:token/new", OPEN, link_params, link_renew, ROUTE_NO_STORE | ROUTE_MAILS, NULL },
        { GET,  "/set-password", SIGNED_IN, password_params, password_show,   0, NULL },
        { POST, "/set-password", SIGNED_IN, password_params, password_create, ROUTE_LOGIN | ROUTE_MAILS, NULL },
        ROUTE_END
};
