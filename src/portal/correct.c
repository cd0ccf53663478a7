/* correct: "no mail came": whoever knows the order's number, its amount and the last four digits
 * says which address it should be.  The same words whether there is such an order or not; the
 * worker looks whether it fits, and what is doubtful goes to staff. */
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/profile.h"

static enum http_status
correct_page(struct request *req, enum http_status status)
{
        struct view *view = view_new(req, "portal/help-me-in.html");

        view_text(view, "page_title", "Help me in");
        if (status == HTTP_OK) {
                view_form_empty(view, req->route->params);
                view_text(view, "number", param_text(req, "order"));
        } else {
                view_form(view, req);
        }
        view_text(view, "nonce", param_text(req, "nonce") != NULL ? param_text(req, "nonce") : token_new(req->pool));
        return view_reply(view, status);
}

static enum http_status
correct_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        return rc == DB_OK ? correct_page(req, HTTP_OK) : http_from_db(req, rc);
}

static enum http_status
correct_create(struct request *req)
{
        const char *email = param_text(req, "email"), *four = param_text(req, "last_four"), *amount = param_text(req, "amount");
        struct db_bytes browser = { (const uint8_t *)"", 0 };
        struct view *view;
        enum db_status rc;

        if (amount != NULL && strpbrk(amount, "0123456789") == NULL)
                param_refuse(req, "amount", "Enter the amount in figures, like 149.00");
        if (!params_valid(req))
                return correct_page(req, HTTP_UNPROCESSABLE);
        if (req->order_token != NULL)
                browser = session_hash(req->pool, req->order_token);
        correction_ask_ask(req->db, param_text(req, "nonce"), param_text(req, "number"), amount, four, email,
                           text_fold_email(req->pool, email), browser, NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        view = view_new(req, "portal/help-me-in.sent.html");
        view_text(view, "page_title", "Thank you");
        view_text(view, "email", email);
        return view_reply(view, HTTP_OK);
}

static const struct param correct_params[] = {
        { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,
          .missing = "This form is out of date. Send it once more", .invalid = "This form is out of date. Send it once more" },
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_FORM, .required = true, .missing = "Enter the order number",
          .invalid = "Enter the order number: ten letters and digits like K3PQ7XW2MD" },
        { .name = "amount", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 30,
                .missing = "Enter the amount you paid",
          .invalid = "Enter the amount in figures, like 149.00" },
        { .name = "last_four", .type = PARAM_CODE, .from = FROM_FORM, .required = true, .min = 4, .max = 4,
          .missing = "Enter the last four digits of the card or account", .invalid = "Enter the last four digits, like 4242" },
        { .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true, .missing = "Enter the right email address",
          .invalid = "Enter an email address like name@example.com" },
        PARAM_END
};

const struct route correct_routes[] = {
        { GET,  "/help-me-in", OPEN, correct_params, correct_show,   0, NULL },
        { POST, "/help-me-in", OPEN, correct_params, correct_create, ROUTE_MAILS, NULL },
        ROUTE_END
};
