/* set_up: the link that a new member of staff gets: name, password, second factor.
 *
 * The second factor's secret is derived from the link's token, so nothing is stored before
 * the code proves that the authenticator app has it. */
#include "admin/set_up.h"

#include <string.h>

#include "base/token.h"
#include "domain/password.h"
#include "domain/recovery.h"
#include "domain/totp.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/session.h"
#include "queries/people.h"
#include "queries/staff.h"
#include "view/qr.h"
#include "view/view.h"
#include "view/words.h"

enum { SESSION_SECONDS = 12 * 3600 };

static const struct param page_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

static const struct param form_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 80,
          .missing = "Enter your name" },
        { .name = "password", .type = PARAM_PASSWORD, .from = FROM_FORM, .required = true,
          .max = PASSWORD_MAX, .missing = "Choose a password" },
        { .name = "code", .type = PARAM_CODE, .from = FROM_FORM, .required = true, .min = TOTP_DIGITS,
          .max = TOTP_DIGITS, .missing = "Enter the code that your authenticator app shows",
          .invalid = "Enter the 6 digits that your authenticator app shows" },
        PARAM_END
};

static enum http_status
over(struct request *req)
{
        struct view *view = view_new(req, "admin/set-up-over.html");

        view_text(view, "page_title", "This link is over");
        return view_reply(view, HTTP_GONE);
}

static struct view *
page(struct request *req, const struct invite_row *invite)
{
        const char *token = param_text(req, "token");
        struct view *view = view_new(req, "admin/set-up.html");
        uint8_t secret[TOTP_SECRET_SIZE];

        totp_secret_of(token, secret);
        view_text(view, "page_title", "Set up your login");
        view_text(view, "token", token);
        view_text(view, "email", invite->email);
        view_text(view, "role", words_of("role", invite->role));
        view_number(view, "least", PASSWORD_MIN_SECOND);
        view_text(view, "secret", totp_base32(req->pool, secret, sizeof secret, true));
        view_html(view, "qr", qr_svg(req->pool,
                                     totp_url(req->pool, secret, sizeof secret, req->config->site_name,
                                              invite->email),
                                     "QR code for your authenticator app; the same key stands below as text"));
        return view;
}

/* GET /set-up/:token.  Looking uses nothing up: a mail scanner may follow the link. */
static enum http_status
set_up_show(struct request *req)
{
        struct invite_row invite;
        struct view *view;
        enum db_status rc;
        bool found;

        staff_invite_look_ask(req->db, session_hash(req->pool, param_text(req, "token")), &invite, &found);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return over(req);
        view = page(req, &invite);
        view_form_empty(view, form_params);
        view_flag(view, "signed_in", false);
        return view_reply(view, HTTP_OK);
}

/* What the form cannot know by itself: is the password any good, does the code fit? */
static void
check(struct request *req, const struct invite_row *invite, const uint8_t *secret, int64_t *step)
{
        const char *password = param_text(req, "password");
        const char *problem = password != NULL ? password_problem(req->pool, req->config, password,
                                                                  PASSWORD_MIN_SECOND, invite->email)
                                               : NULL;

        if (problem != NULL)
                param_refuse(req, "password", problem);
        if (param_text(req, "code") != NULL &&
            !totp_verify(secret, TOTP_SECRET_SIZE, param_text(req, "code"), 0, clock_real(), step))
                param_refuse(req, "code", "This code does not fit. Check that the clock of your phone is "
                                          "right, and enter the code that is shown now");
}

static enum http_status
take(struct request *req, const uint8_t *secret, int64_t step)
{
        const char *token = token_new(req->pool), *salt = token_new(req->pool);
        struct db_bytes codes = { recovery_hashes(req->pool, token, salt), RECOVERY_CODES * TOKEN_HASH_SIZE };
        struct done_row done;
        enum db_status rc;

        staff_invite_use_ask(req->db, session_hash(req->pool, param_text(req, "token")),
                             param_text(req, "name"), password_hash(req->pool, param_text(req, "password")),
                             (struct db_bytes){ secret, TOTP_SECRET_SIZE }, step,
                             session_hash(req->pool, token), req->user_agent, &done);
        own_codes_first_ask(req->db, session_hash(req->pool, token), salt, codes, NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!done.done)
                return over(req);
        reply_cookie(req, COOKIE_STAFF, token, SESSION_SECONDS);
        return reply_redirect(req, "/admin/?done=set-up");
}

/* POST /set-up/:token */
static enum http_status
set_up_create(struct request *req)
{
        uint8_t *secret = pool_alloc(req->pool, TOTP_SECRET_SIZE);
        struct invite_row invite;
        struct view *view;
        enum db_status rc;
        int64_t step = 0;
        bool found;

        totp_secret_of(param_text(req, "token"), secret);
        staff_invite_look_ask(req->db, session_hash(req->pool, param_text(req, "token")), &invite, &found);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return over(req);
        check(req, &invite, secret, &step);
        if (params_valid(req))
                return take(req, secret, step);
        view = page(req, &invite);
        view_form(view, req);
        view_text(view, "code", "");
        view_flag(view, "signed_in", false);
        return view_reply(view, HTTP_UNPROCESSABLE);
}

const struct route set_up_routes[] = {
        { GET, "/set-up/:token", OPEN, page_params, set_up_show, ROUTE_NO_STORE, NULL },
        { POST, "/set-up/:token", OPEN, form_params, set_up_create, ROUTE_LOGIN | ROUTE_NO_STORE, NULL },
        ROUTE_END
};
