/* passkey: logging in with what a device keeps, and the list of these.  The challenge is made of
 * the browser's own cookie and the time, so a page that is looked at writes nothing; the database
 * takes the answer to one once. */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/passkey.h"
#include "http/csrf.h"
#include "http/session.h"
#include "view/agent.h"
#include "portal/portal.h"
#include "queries/profile.h"
#include "queries/session.h"

enum { SESSION_SECONDS = 30 * 86400 };

/* What the page's script needs to ask the device. */
void
portal_push_passkey(struct view *view, struct request *req, const char *purpose)
{
        struct passkey_question q = passkey_ask(req->pool, csrf_token(req), purpose, req->config->portal_url);

        view_text(view, "passkey_challenge", q.challenge);
        view_number(view, "passkey_at", q.at);
        view_text(view, "passkey_site", q.site);
}

/* The challenge that the form answers; NULL when it is too old. */
static const char *
challenge_of(struct request *req, const char *purpose)
{
        return passkey_asked(req->pool, csrf_token(req), purpose, param_int(req, "at"));
}

static struct db_bytes
bytes(const uint8_t *data, size_t len)
{
        return (struct db_bytes){ data, len };
}

/* --- the list --- */

static void
push_passkey(struct view *view, size_t i, void *data)
{
        const struct passkey_item_row *row = &((const struct passkey_item_row *)data)[i];

        view_number(view, "id", row->id);
        view_text(view, "name", row->name);
        view_time(view, "created", row->created_at);
        view_flag(view, "was_used", !row->used_at_null);
        if (!row->used_at_null)
                view_time(view, "used", row->used_at);
        else
                view_text(view, "used", "");
}

static enum http_status
passkeys_page(struct request *req, enum http_status status, const char *problem)
{
        uint8_t user[TOKEN_HASH_SIZE];
        struct passkey_item_row *rows;
        const char *email;
        struct view *view;
        size_t n;
        enum db_status rc;

        passkeys_mine_ask(req->db, &rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!req->identity.found)
                return reply_sign_in(req);
        if (!portal_fresh(req))
                return portal_confirm(req, "/account/passkeys");
        email = text_fold_email(req->pool, req->identity.email);
        token_sha256(email, strlen(email), user);
        view = view_new(req, "portal/account.passkeys.html");
        view_text(view, "page_title", "Passkeys");
        view_text(view, "notice", param_text(req, "notice"));
        view_text(view, "problem", problem);
        view_text(view, "email", req->identity.email);
        view_text(view, "name", text_is_empty(req->identity.name) ? req->identity.email : req->identity.name);
        view_text(view, "user", token_base64url(req->pool, user, sizeof(user)));
        portal_push_passkey(view, req, "create");
        view_each(view, "passkeys", "portal/account.passkey.html", n, push_passkey, rows);
        return view_reply(view, status);
}

static enum http_status
passkeys_show(struct request *req)
{
        return passkeys_page(req, HTTP_OK, "");
}

static enum http_status
passkey_create(struct request *req)
{
        static const char *const wrong = "That did not work, and nothing was saved. Please try it once more.";
        const char *challenge = params_valid(req) ? challenge_of(req, "create") : NULL;
        struct profile_answer_row row;
        struct passkey made;
        enum db_status rc;

        if (!portal_fresh(req))
                return portal_confirm(req, "/account/passkeys");
        if (challenge == NULL ||
            !passkey_created(req->pool, req->config->portal_url, challenge, param_text(req, "client_data"),
                             param_text(req, "auth_data"), &made))
                return passkeys_page(req, HTTP_UNPROCESSABLE, wrong);
        passkey_add_ask(req->db, session_hash(req->pool, challenge), bytes(made.id, made.id_len), bytes(made.key, made.key_len),
                        made.algorithm, made.count, agent_words(req->pool, req->user_agent), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        if (strcmp(row.answer, "stale") == 0)
                return portal_confirm(req, "/account/passkeys");
        if (strcmp(row.answer, "many") == 0)
                return passkeys_page(req, HTTP_UNPROCESSABLE, "You have twenty passkeys. Remove one first.");
        return reply_redirect(req, "/account/passkeys?notice=added");
}

static enum http_status
passkey_finish(struct request *req)
{
        struct profile_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        passkey_remove_ask(req->db, param_int(req, "passkey"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "stale") == 0)
                return portal_confirm(req, "/account/passkeys");
        if (strcmp(row.answer, "unknown") == 0)
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, "/account/passkeys?notice=removed");
}

/* --- the login --- */

static enum http_status
refuse(struct request *req)
{
        return portal_message(req, HTTP_UNPROCESSABLE, "This passkey did not log you in",
                              "It may have been removed, or the page was open for too long. Try it once more, "
                              "or have a link sent.",
                              "/login", "Back to the login");
}

static enum http_status
login_create(struct request *req)
{
        const char *challenge = params_valid(req) ? challenge_of(req, "get") : NULL, *session = token_new(req->pool);
        const char *next = param_text(req, "next");
        struct profile_done_row done;
        struct passkey_key_row row;
        struct db_bytes credential;
        int64_t count;
        enum db_status rc;
        bool found;

        if (challenge == NULL)
                return refuse(req);
        credential.data = passkey_bytes(req->pool, param_text(req, "credential"), &credential.len);
        if (credential.data == NULL)
                return refuse(req);
        rc = passkey_look(req->db, credential, false, &row, &found);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found ||
            !passkey_signed(req->pool, req->config->portal_url, challenge, param_text(req, "client_data"),
                            param_text(req, "auth_data"), param_text(req, "signature"),
                            &(struct passkey){ .key = row.public_key.data, .key_len = row.public_key.len,
                                              .algorithm = row.algorithm }, &count))
                return refuse(req);
        if (req->token != NULL)         /* a session never outlives a new login (safety rule 21) */
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        passkey_done_ask(req->db, session_hash(req->pool, challenge), credential, row.public_key, count,
                         session_hash(req->pool, session), req->user_agent, &done);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!done.done)
                return refuse(req);
        reply_cookie(req, COOKIE_SESSION, session, SESSION_SECONDS);
        return reply_redirect(req, portal_next(next));
}

static const char *const said[] = { "added", "removed", NULL };

static const struct param list_params[] = {
        { .name = "notice", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = said },
        PARAM_END
};

static const struct param create_params[] = {
        { .name = "notice", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = said },
        { .name = "at", .type = PARAM_ID, .from = FROM_FORM, .required = true },
        { .name = "client_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "auth_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        PARAM_END
};

static const struct param remove_params[] = {
        { .name = "passkey", .type = PARAM_ID, .from = FROM_FORM, .required = true },
        PARAM_END
};

static const struct param login_params[] = {
        { .name = "at", .type = PARAM_ID, .from = FROM_FORM, .required = true },
        { .name = "credential", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_ID_TEXT },
        { .name = "client_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "auth_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "signature", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "next", .type = PARAM_TEXT, .from = FROM_FORM },
        PARAM_END
};

const struct route passkey_routes[] = {
        { GET,  "/account/passkeys",        SIGNED_IN, list_params,   passkeys_show,  0, NULL },
        { POST, "/account/passkeys",        SIGNED_IN, create_params, passkey_create, ROUTE_MAILS, NULL },
        { POST, "/account/passkeys/remove", SIGNED_IN, remove_params, passkey_finish, 0, NULL },
        { POST, "/login/passkey",           OPEN,      login_params,  login_create,   ROUTE_LOGIN, NULL },
        ROUTE_END
};
