/* passkey: the devices that log oneself in to the staff pages: add, name, remove.  All of it
 * wants a login of the last fifteen minutes (safety rule 21); logging in with one is in login.c. */
#include "admin/passkey.h"

#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/passkey.h"
#include "http/csrf.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/session.h"
#include "queries/people.h"
#include "view/agent.h"
#include "view/view.h"

enum { NAME_MAX_CHARS = 60 };

static const char *const dones[] = { "added", "named", "removed", NULL };

#define NAME_PARAM                                                                                          \
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = NAME_MAX_CHARS,    \
          .missing = "Say which device this is", .invalid = "Use at most 60 characters, in one line" }

static const struct param page_params[] = {
        { .name = "done", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = dones },
        PARAM_END
};

static const struct param create_params[] = {
        { .name = "at", .type = PARAM_ID, .from = FROM_FORM, .required = true },
        { .name = "client_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        { .name = "auth_data", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = PASSKEY_TEXT },
        NAME_PARAM,
        PARAM_END
};

static const struct param name_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        NAME_PARAM,
        PARAM_END
};

static const struct param remove_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

/* To the login and back. */
static enum http_status
again(struct request *req)
{
        return reply_redirect(req, "/admin/login?again=yes&next=%2Fadmin%2Faccount%2Fpasskeys");
}

static void
passkey_row(struct view *view, size_t i, void *data)
{
        const struct own_passkey_row *row = &((const struct own_passkey_row *)data)[i];

        view_number(view, "id", row->id);
        view_text(view, "called", row->name);
        view_stamp(view, "created", row->created_at, false);
        view_flag(view, "was_used", !row->used_at_null);
        if (row->used_at_null)
                view_text(view, "used", "");
        else
                view_stamp(view, "used", row->used_at, false);
}

/* The list and the form to add one; PROBLEM: why the last one was not. */
static enum http_status
page(struct request *req, enum http_status status, const char *problem)
{
        struct passkey_question q = passkey_ask(req->pool, csrf_token(req), "create", req->config->portal_url);
        const char *email, *name = req->identity.name;
        uint8_t user[TOKEN_HASH_SIZE];
        struct own_passkey_row *rows;
        struct view *view;
        enum db_status rc;
        size_t n;

        own_passkeys_ask(req->db, &rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (req->identity.found && !session_fresh(req))
                return again(req);
        /* A customer with the same address is somebody else for the device. */
        email = pool_printf(req->pool, "staff %s", text_fold_email(req->pool, req->identity.email));
        token_sha256(email, strlen(email), user);
        view = view_new(req, "admin/account.passkeys.html");
        view_text(view, "page_title", "Passkeys");
        view_text(view, "done", req->route->params == page_params ? param_text(req, "done") : NULL);
        view_text(view, "problem", problem);
        if (req->route->params == create_params)
                view_form(view, req);
        else
                view_form_empty(view, create_params);
        if (req->route->params != create_params)
                view_text(view, "name", agent_words(req->pool, req->user_agent));
        view_text(view, "email", req->identity.email);
        view_text(view, "user", token_base64url(req->pool, user, sizeof user));
        view_text(view, "display", text_is_empty(name) ? req->identity.email : name);
        view_text(view, "passkey_challenge", q.challenge);
        view_number(view, "passkey_at", q.at);
        view_text(view, "passkey_site", q.site);
        view_each(view, "passkeys", "admin/account.passkey.html", n, passkey_row, rows);
        return view_reply(view, status);
}

/* GET /account/passkeys */
static enum http_status
passkeys_show(struct request *req)
{
        return page(req, HTTP_OK, NULL);
}

/* What the database ANSWERED: DONE for the word that means it was done or had been. */
static enum http_status
answered(struct request *req, const char *answer, const char *done)
{
        req->wake_worker = true;
        if (text_equal(answer, "stale"))
                return again(req);
        if (text_equal(answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer, "many"))
                return page(req, HTTP_UNPROCESSABLE, "You have twenty passkeys. Remove one first.");
        return reply_redirect(req, pool_printf(req->pool, "/admin/account/passkeys?done=%s", done));
}

/* POST /account/passkeys */
static enum http_status
passkey_create(struct request *req)
{
        const char *challenge = param_int(req, "at") > 0 ? passkey_asked(req->pool, csrf_token(req), "create",
                                                                         param_int(req, "at")) : NULL;
        struct people_answer_row row;
        struct passkey made;
        enum db_status rc;

        if (!session_fresh(req))
                return again(req);
        if (param_error(req, "name") != NULL)
                return page(req, HTTP_UNPROCESSABLE, "The new passkey needs a name first. Your device may show it already: "
                                                     "delete it there.");
        if (!params_valid(req) || challenge == NULL ||
            !passkey_created(req->pool, req->config->portal_url, challenge, param_text(req, "client_data"),
                             param_text(req, "auth_data"), &made))
                return page(req, HTTP_UNPROCESSABLE, "That did not work. Please try it once more.");
        own_passkey_add_ask(req->db, session_hash(req->pool, challenge), (struct db_bytes){ made.id, made.id_len },
                            (struct db_bytes){ made.key, made.key_len }, made.algorithm, made.count,
                            param_text(req, "name"), &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? answered(req, row.answer, "added") : http_from_db(req, rc);
}

/* POST /account/passkeys/:id/names */
static enum http_status
name_create(struct request *req)
{
        struct people_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return page(req, HTTP_UNPROCESSABLE, "A passkey needs a name of at most 60 characters.");
        own_passkey_name_ask(req->db, param_int(req, "id"), param_text(req, "name"), &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? answered(req, row.answer, "named") : http_from_db(req, rc);
}

/* POST /account/passkeys/:id/removals */
static enum http_status
removal_create(struct request *req)
{
        struct people_answer_row row;
        enum db_status rc;

        own_passkey_remove_ask(req->db, param_int(req, "id"), &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? answered(req, row.answer, "removed") : http_from_db(req, rc);
}

const struct route passkey_routes[] = {
        { GET, "/account/passkeys", STAFF, page_params, passkeys_show, ROUTE_NO_STORE, "read" },
        { POST, "/account/passkeys", STAFF, create_params, passkey_create, ROUTE_NO_STORE, "read" },
        { POST, "/account/passkeys/:id/names", STAFF, name_params, name_create, 0, "read" },
        { POST, "/account/passkeys/:id/removals", STAFF, remove_params, removal_create, 0, "read" },
        ROUTE_END
};
