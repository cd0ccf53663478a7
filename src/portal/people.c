/* people: who pays, who uses it, who gets copies (S2.12, S2.13); and the invitation's link. */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/party.h"
#include "queries/session.h"

enum { SESSION_SECONDS = 30 * 86400 };

/* --- the people of an order --- */

struct people {
        struct pool *pool;
        const char *number, *via;
        struct party_row *rows;
        size_t n;
};

static void
push_person(struct view *view, size_t i, void *data)
{
        const struct people *people = data;
        const struct party_row *row = &people->rows[i];

        view_row(view, "", &party_row_type, row);
        view_text(view, "number", people->number);
        view_url(view, "dismiss_url", pool_printf(people->pool, "/orders/%s/copies/%lld/end%s", people->number,
                                                  (long long)row->person, people->via));
        view_flag(view, "pays", strcmp(row->role, "payer") == 0);
        view_flag(view, "uses", strcmp(row->role, "user") == 0);
        view_flag(view, "invited", strcmp(row->role, "invited") == 0);
}

static bool
has(const struct people *people, const char *role, bool payer)
{
        for (size_t i = 0; i < people->n; i++)
                if (strcmp(people->rows[i].role, role) == 0 && people->rows[i].payer == payer)
                        return true;
        return false;
}

/* What was just done, in one sentence. */
static const char *
notice_words(const char *notice)
{
        static const char *const words[][2] = {
                { "sent", "The invitation is on its way. Until it is used, everything stays as it is." },
                { "open", "This person is invited already. The link is in the mail they have." },
                { "taken", "The access is yours again. We have told the other person." },
                { "withdrawn", "The invitation is withdrawn. Its link opens nothing any more." },
                { "added", "Copies go to this person from now on. We have told them." },
                { "changed", "Saved." },
                { "ended", "No more copies go to this person." },
        };

        for (size_t i = 0; notice != NULL && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i][0], notice) == 0)
                        return words[i][1];
        return "";
}

/* The payer alone sees it: for anybody else there is no such order. */
static enum db_status
ask_people(struct request *req, struct people *people)
{
        enum db_status rc;

        *people = (struct people){ .pool = req->pool, .number = param_text(req, "number"), .via = portal_via(req) };
        party_list_ask(req->db, people->number, &people->rows, &people->n);
        rc = db_wait(req->db);
        return rc == DB_OK && people->n == 0 ? DB_NO_ROW : rc;
}

static struct view *
people_view(struct request *req, const char *template, const char *title, struct people *people)
{
        struct view *view = view_new(req, template);

        view_text(view, "page_title", title);
        view_text(view, "number", people->number);
        view_url(view, "order_url", pool_printf(req->pool, "/orders/%s%s", people->number, people->via));
        view_url(view, "people_url", pool_printf(req->pool, "/orders/%s/people%s", people->number, people->via));
        view_url(view, "back_url", pool_printf(req->pool, "/orders/%s/people/end%s", people->number, people->via));
        view_url(view, "copies_url", pool_printf(req->pool, "/orders/%s/copies%s", people->number, people->via));
        return view;
}

static enum http_status
show_people(struct request *req, enum http_status status, const char *notice)
{
        struct people people;
        struct view *view;
        enum db_status rc = ask_people(req, &people);

        if (rc != DB_OK)
                return portal_from_db(req, rc);
        view = people_view(req, "portal/people.html", "Who it is for", &people);
        view_text(view, "notice", notice_words(notice));
        view_flag(view, "given", has(&people, "user", false));
        view_flag(view, "waiting", has(&people, "invited", false));
        view_each(view, "people", "portal/people.person.html", people.n, push_person, &people);
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        return view_reply(view, status);
}

static enum http_status
people_show(struct request *req)
{
        return show_people(req, HTTP_OK, param_text(req, "notice"));
}

/* Back to the list, with what was done. */
static enum http_status
go_back(struct request *req, const char *notice)
{
        const char *via = portal_via(req);

        return reply_redirect(req, pool_printf(req->pool, "/orders/%s/people%s%snotice=%s", param_text(req, "number"), via,
                                               via[0] != '\0' ? "&" : "?", notice));
}

static enum http_status
people_create(struct request *req)
{
        struct party_result_row row;
        const char *email = param_text(req, "email");
        enum db_status rc;

        if (!params_valid(req))
                return show_people(req, HTTP_UNPROCESSABLE, NULL);
        party_offer_ask(req->db, param_text(req, "number"), email, text_fold_email(req->pool, email),
                        param_text(req, "name"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.result, "unknown") == 0)
                return portal_from_db(req, DB_NO_ROW);
        req->wake_worker = true;
        if (strcmp(row.result, "sent") == 0 || strcmp(row.result, "open") == 0)
                return go_back(req, row.result);
        param_refuse(req, "email", strcmp(row.result, "self") == 0 ? "This is your own address. Enter the other person's"
                     : strcmp(row.result, "theirs") == 0 ? "This person has the access already"
                     : strcmp(row.result, "limited") == 0 ? "There were five invitations today. Try again tomorrow"
                                                          : "Nothing of this order is open, so there is nothing to pass on");
        return show_people(req, HTTP_UNPROCESSABLE, NULL);
}

static enum http_status
people_end(struct request *req)
{
        struct party_result_row row;
        enum db_status rc;

        party_take_back_ask(req->db, param_text(req, "number"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.result, "unknown") == 0)
                return portal_from_db(req, DB_NO_ROW);
        req->wake_worker = true;
        return go_back(req, row.result);
}

/* --- copies for an assistant --- */

static enum http_status
show_copies(struct request *req, enum http_status status)
{
        struct people people;
        struct view *view;
        enum db_status rc = ask_people(req, &people);

        if (rc != DB_OK)
                return portal_from_db(req, rc);
        view = people_view(req, "portal/copies.html", "Copies for somebody else", &people);
        view_flag(view, "bills_on", status == HTTP_OK || param_check(req, "bills"));
        view_flag(view, "calls_on", status != HTTP_OK && param_check(req, "calls"));
        if (status == HTTP_OK)
                view_form_empty(view, req->route->params);
        else
                view_form(view, req);
        return view_reply(view, status);
}

static enum http_status
copies_show(struct request *req)
{
        return show_copies(req, HTTP_OK);
}

static enum http_status
copies_create(struct request *req)
{
        struct party_result_row row;
        const char *email = param_text(req, "email");
        bool bills = param_check(req, "bills"), calls = param_check(req, "calls");
        enum db_status rc;

        if (!bills && !calls)
                param_refuse(req, "bills", "Choose at least one kind of mail");
        if (!params_valid(req))
                return show_copies(req, HTTP_UNPROCESSABLE);
        party_assist_ask(req->db, param_text(req, "number"), email, text_fold_email(req->pool, email), param_text(req, "name"),
                         bills, calls, &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.result, "unknown") == 0)
                return portal_from_db(req, DB_NO_ROW);
        req->wake_worker = true;
        if (strcmp(row.result, "added") == 0 || strcmp(row.result, "changed") == 0)
                return go_back(req, row.result);
        param_refuse(req, "email", strcmp(row.result, "self") == 0 ? "You get these mails yourself. Enter another address"
                                                                   : "Five people get copies already. Remove one first");
        return show_copies(req, HTTP_UNPROCESSABLE);
}

static enum http_status
copies_end(struct request *req)
{
        struct party_dismissed_row row;
        enum db_status rc;

        party_dismiss_ask(req->db, param_text(req, "number"), param_int(req, "person"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return row.done ? go_back(req, "ended") : portal_from_db(req, DB_NO_ROW);
}

/* --- the link of an invitation: a GET changes nothing, the button's POST does (S0.4) --- */

static enum http_status
claim_show(struct request *req)
{
        const char *token = param_text(req, "token");
        struct claim_row claim;
        struct view *view;
        enum db_status rc;

        claim_look_ask(req->db, session_hash(req->pool, token), &claim);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(claim.state, "unknown") == 0)
                return portal_message(req, HTTP_NOT_FOUND, "We do not know this link",
                                      "A part of it may be missing. Open it from the mail once more.", "/login", "Log in");
        if (strcmp(claim.state, "ready") != 0)
                return portal_message(req, HTTP_GONE, strcmp(claim.state, "used") == 0 ? "This invitation has been used"
                                                                                       : "This invitation is over",
                                      strcmp(claim.state, "used") == 0
                                      ? "If it was you, log in; without a password, have a link sent to your address."
                                      : "It was withdrawn, or its seven days are over. Ask whoever invited you for a new one.",
                                      "/login", "Log in");
        view = view_new(req, "portal/claim.html");
        view_text(view, "page_title", "An invitation for you");
        view_row(view, "claim", &claim_row_type, &claim);
        view_text(view, "token", token);
        return view_reply(view, HTTP_OK);
}

static enum http_status
claim_use_create(struct request *req)
{
        const char *session = token_new(req->pool);
        struct claim_used_row used;
        enum db_status rc;

        claim_use_ask(req->db, session_hash(req->pool, param_text(req, "token")), session_hash(req->pool, session),
                      req->user_agent, &used);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (used.person_null)
                return claim_show(req);
        if (req->token != NULL)         /* a session never outlives a new login (safety rule 21) */
                session_end_ask(req->db, session_hash(req->pool, req->token), NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        reply_cookie(req, COOKIE_SESSION, session, SESSION_SECONDS);
        return reply_redirect(req, "/set-password");
}

#define ORDER_PARAMS                                                                                          \
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },                                  \
        { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },                                  \
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY }
#define PERSON_PARAMS                                                                                         \
        { .name = "name", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120,                \
          .missing = "Enter their name" },                                                                    \
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true,                          \
          .missing = "Enter their email address", .invalid = "Enter an email address like name@example.com" }

static const struct param people_params[] = { ORDER_PARAMS, PERSON_PARAMS, PARAM_END };
static const struct param order_params[] = { ORDER_PARAMS, PARAM_END };
static const struct param copies_params[] = {
        ORDER_PARAMS, PERSON_PARAMS,
        { .name = "bills", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "calls", .type = PARAM_CHECK, .from = FROM_FORM },
        PARAM_END
};
static const struct param dismiss_params[] = {
        ORDER_PARAMS,
        { .name = "person", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};
static const struct param claim_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

const struct route people_routes[] = {
        { GET,  "/orders/:number/people",             OPEN, people_params, people_show,      0, NULL },
        { POST, "/orders/:number/people",             OPEN, people_params, people_create,    0, NULL },
        { POST, "/orders/:number/people/end",         OPEN, order_params, people_end,        0, NULL },
        { GET,  "/orders/:number/copies",             OPEN, copies_params, copies_show,      0, NULL },
        { POST, "/orders/:number/copies",             OPEN, copies_params, copies_create,    0, NULL },
        { POST, "/orders/:number/copies/:person/end", OPEN, dismiss_params, copies_end,      0, NULL },
        { GET,  "/claim/:token",                      OPEN, claim_params, claim_show,        ROUTE_NO_STORE, NULL },
        { POST, "/claim/:token",                      OPEN, claim_params, claim_use_create,  ROUTE_NO_STORE, NULL },
        ROUTE_END
};
