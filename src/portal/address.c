/* address: another email address for the account.  It counts once the link in a mail to it was
 * used in a login of the same person; the old address may take it back for seven days. */
#include <string.h>

#include "base/text.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/profile.h"

static enum http_status
address_page(struct request *req, enum http_status status)
{
        struct address_waits_row waits;
        struct view *view;
        bool waiting;
        enum db_status rc;

        address_waits_ask(req->db, &waits, &waiting);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (status == HTTP_OK && req->identity.found && !portal_fresh(req))
                return portal_confirm(req, "/account/address");
        view = view_new(req, "portal/account.address.html");
        view_text(view, "page_title", "Change your email address");
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        view_text(view, "now", req->identity.email);
        view_text(view, "waiting", waiting ? waits.email : "");
        return view_reply(view, status);
}

static enum http_status
address_show(struct request *req)
{
        return address_page(req, HTTP_OK);
}

static enum http_status
address_create(struct request *req)
{
        const char *email = param_text(req, "email");
        struct profile_answer_row row;
        struct view *view;
        enum db_status rc;

        if (!portal_fresh(req))
                return portal_confirm(req, "/account/address");
        if (!params_valid(req))
                return address_page(req, HTTP_UNPROCESSABLE);
        address_ask_ask(req->db, email, text_fold_email(req->pool, email), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "stale") == 0)
                return portal_confirm(req, "/account/address");
        if (strcmp(row.answer, "same") == 0) {
                param_refuse(req, "email", "This is your address already");
                return address_page(req, HTTP_UNPROCESSABLE);
        }
        req->wake_worker = true;
        view = view_new(req, "portal/account.address.sent.html");
        view_text(view, "page_title", "Look in the inbox of the new address");
        view_text(view, "email", email);
        view_text(view, "now", req->identity.email);
        return view_reply(view, HTTP_OK);
}

static enum http_status
address_stop(struct request *req)
{
        enum db_status rc;

        address_cancel_ask(req->db, NULL);
        rc = db_wait(req->db);
        return rc == DB_OK ? reply_redirect(req, "/account") : http_from_db(req, rc);
}

/* --- the link to the new address --- */

static enum http_status
link_show(struct request *req)
{
        const char *token = param_text(req, "token");
        struct address_look_row link;
        struct view *view;
        enum db_status rc;

        address_look_ask(req->db, session_hash(req->pool, token), &link);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(link.state, "unknown") == 0)
                return portal_message(req, HTTP_NOT_FOUND, "This link is not for this account",
                                      "It works where you are logged in with the account whose address you are changing. "
                                      "If you are, a part of the link may be missing, or a newer one was sent.",
                                      "/account/address", "To your email address");
        if (strcmp(link.state, "ready") != 0)
                return portal_message(req, HTTP_GONE,
                                      strcmp(link.state, "used") == 0 ? "This link has been used" : "This link has expired",
                                      "It works once, within a day. Your account shows which address counts now.",
                                      "/account", "To your account");
        view = view_new(req, "portal/account.address.link.html");
        view_text(view, "page_title", "Use this address");
        view_text(view, "email", link.email);
        view_text(view, "token", token);
        return view_reply(view, HTTP_OK);
}

static enum http_status
link_use_it(struct request *req)
{
        struct profile_answer_row row;
        enum db_status rc;

        address_use_ask(req->db, session_hash(req->pool, param_text(req, "token")), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "no") == 0)
                return link_show(req);
        req->wake_worker = true;
        if (strcmp(row.answer, "taken") == 0)
                return portal_message(req, HTTP_CONFLICT, "This address cannot be used",
                                      "Your account keeps the address that it had. Please choose another one, or write to us.",
                                      "/account/address", "To your email address");
        return reply_redirect(req, "/account?notice=address");
}

/* --- the link to the old address --- */

static enum http_status
undo_show(struct request *req)
{
        const char *token = param_text(req, "token");
        struct address_undo_row link;
        struct view *view;
        enum db_status rc;

        address_undo_look_ask(req->db, session_hash(req->pool, token), &link);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(link.state, "unknown") == 0)
                return portal_message(req, HTTP_NOT_FOUND, "We do not know this link",
                                      "A part of it may be missing. Open it from the mail once more, or write to us.",
                                      "/login", "Log in");
        if (strcmp(link.state, "over") == 0)
                return portal_message(req, HTTP_GONE, "This link is over",
                                      "It works once, within seven days. If the change was not yours, write to us: a "
                                      "person answers.",
                                      "/login", "Log in");
        view = view_new(req, "portal/address.undo.html");
        view_text(view, "page_title", "Was this not you?");
        view_row(view, "link", &address_undo_row_type, &link);
        view_text(view, "token", token);
        return view_reply(view, HTTP_OK);
}

static enum http_status
undo_create(struct request *req)
{
        struct profile_done_row row;
        enum db_status rc;

        address_undo_ask(req->db, session_hash(req->pool, param_text(req, "token")), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!row.done)
                return undo_show(req);
        req->wake_worker = true;
        return portal_message(req, HTTP_OK, "Your address is back",
                              "Everybody was logged out, and the password was taken away. A mail with a link is on its "
                              "way to your "
                              "address: it logs you in and lets you choose a new password.", "/login", "Log in");
}

static const struct param email_params[] = {
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true, .missing = "Enter the new email address",
          .invalid = "Enter an email address like name@example.com" },
        PARAM_END
};

static const struct param link_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

const struct route address_routes[] = {
        { GET,  "/account/address",             SIGNED_IN, email_params, address_show,   0, NULL },
        { POST, "/account/address",             SIGNED_IN, email_params, address_create, ROUTE_MAILS, NULL },
        { POST, "/account/address/cancel",      SIGNED_IN, NULL,         address_stop,   0, NULL },
        { GET,  "/account/address/link/:token", SIGNED_IN, link_params,  link_show,      ROUTE_NO_STORE, NULL },
        { POST, "/account/address/link/:token", SIGNED_IN, link_params,  link_use_it,    ROUTE_NO_STORE | ROUTE_MAILS, NULL },
        { GET,  "/address-undo/:token",         OPEN,      link_params,  undo_show,      ROUTE_NO_STORE, NULL },
        { POST, "/address-undo/:token",         OPEN,      link_params,  undo_create,    ROUTE_NO_STORE | ROUTE_MAILS, NULL },
        ROUTE_END
};
