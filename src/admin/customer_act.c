/* customer_act: what staff do for a customer.  The database checks the right again and writes
 * who did what into the audit. */
#include "admin/customer_act.h"

#include <inttypes.h>

#include "admin/customer.h"
#include "admin/desk.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/session.h"
#include "queries/customer.h"

enum { VIEW_SECONDS = 30 * 60 };

static const struct param view_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

const struct param customer_note_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,
          .missing = "Load the page again", .invalid = "Load the page again" },
        { .name = "body", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = 4000,
          .missing = "Write the note first" },
        PARAM_END
};

const struct param customer_address_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "was", .type = PARAM_TEXT, .from = FROM_FORM, .max = 320 },
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true,
          .missing = "Enter the right address", .invalid = "Enter an email address in the form name@example.com" },
        { .name = "reason", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say how you know: the reason stands in the audit", .invalid = "Write the reason in one line" },
        PARAM_END
};

const struct param customer_end_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "access", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "why", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why: the customer reads it in the mail", .invalid = "Write the reason in one line" },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "noted", "success", "The note is kept." },
        { "corrected", "success", "The address is corrected. Both addresses are told; the new one gets a link to log in. "
                                  "Older logins and links are over." },
        { "same", "warning", "That is the address already. Nothing was changed." },
        { "works", "success", "Noted: mail arrives there again. If one comes back once more, you are told." },
        { "works-same", "warning", "No mail came back from there. Nothing was changed." },
        { "ended", "success", "The access has ended. The customer is told by mail, with your reason." },
        { "ended-has", "warning", "This access had ended before. Nothing was changed." },
        DESK_ANSWER_END,
};

void
customer_said(struct view *view, const char *answer)
{
        desk_answer(view, "answer", said, answer);
}

static enum http_status
back(struct request *req, const char *done)
{
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/customers/%" PRId64 "?done=%s", param_int(req, "id"), done));
}

static enum http_status
again(struct request *req)
{
        return customer_page(req, param_int(req, "id"), HTTP_UNPROCESSABLE, NULL, req->route->params);
}

/* POST /customers/:id/notes */
static enum http_status
note_create(struct request *req)
{
        struct said_row row;
        enum db_status rc;

        if (!params_valid(req))
                return again(req);
        customer_note_ask(req->db, param_int(req, "id"), param_text(req, "nonce"), param_text(req, "body"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return text_equal(row.answer, "unknown") ? reply_error(req, HTTP_NOT_FOUND) : back(req, "noted");
}

/* POST /customers/:id/addresses */
static enum http_status
address_create(struct request *req)
{
        const char *email = param_text(req, "email"), *was = param_text(req, "was");
        struct said_row row;
        enum db_status rc;

        if (!params_valid(req))
                return again(req);
        customer_correct_ask(req->db, param_int(req, "id"), was != NULL ? was : "", email, text_fold_email(req->pool, email),
                             param_text(req, "reason"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(row.answer, "taken"))
                param_refuse(req, "email", "Another customer has this address. Search for it to see whom");
        else if (text_equal(row.answer, "changed"))
                param_refuse(req, "email", "Somebody has just changed the address. Look at it as it is now, then decide");
        else
                return back(req, row.answer);
        return again(req);
}

/* POST /customers/:id/mail-works */
static enum http_status
mail_works_create(struct request *req)
{
        struct said_row row;
        enum db_status rc;

        customer_mail_works_ask(req->db, param_int(req, "id"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "works") ? "works" : "works-same");
}

/* POST /customers/:id/rights/:access/ends */
static enum http_status
end_create(struct request *req)
{
        struct said_row row;
        enum db_status rc;

        if (!params_valid(req))
                return again(req);
        customer_revoke_ask(req->db, param_int(req, "id"), param_int(req, "access"), param_text(req, "why"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return back(req, text_equal(row.answer, "ended") ? "ended" : "ended-has");
}

/* POST /customers/:id/views: the portal as this customer sees it.  Its cookie is the portal's,
 * which is on the same host. */
static enum http_status
view_create(struct request *req)
{
        const char *token = token_new(req->pool);
        struct viewed_row row;
        enum db_status rc;

        customer_view_ask(req->db, param_int(req, "id"), session_hash(req->pool, token), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!row.done)
                return reply_error(req, HTTP_NOT_FOUND);
        reply_cookie(req, COOKIE_SESSION, token, VIEW_SECONDS);
        return reply_redirect(req, pool_printf(req->pool, "%s/programs", req->config->portal_url));
}

const struct route customer_act_routes[] = {
        { POST, "/customers/:id/notes", STAFF, customer_note_params, note_create, 0, "note" },
        { POST, "/customers/:id/addresses", STAFF, customer_address_params, address_create, 0, "customer" },
        { POST, "/customers/:id/mail-works", STAFF, view_params, mail_works_create, 0, "customer" },
        { POST, "/customers/:id/rights/:access/ends", STAFF, customer_end_params, end_create, 0, "access" },
        { POST, "/customers/:id/views", STAFF, view_params, view_create, 0, "customer" },
        ROUTE_END
};
