/* withdraw: the way out of a contract that the law gives, without a login and with one confirmation
 * (S2.2; Directive 2011/83/EU, art. 11a): the form, the words once more with "Confirm withdrawal",
 * and the receipt with its day and time, which leaves by mail as well.
 *
 * Three ways lead here: the form that stands at the foot of every page, the order's own page, and
 * the link of a mail.  The last two prove whose order it is, so nothing is typed.  The first one
 * says the same and takes the same time whether there is such an order or not (safety rule 20): the
 * worker looks for it. */
#include "queries/withdraw.h"
#include "base/text.h"
#include "base/token.h"
#include "http/session.h"
#include "portal/portal.h"
#include "view/follow.h"
#include "view/format.h"

static const char *const steps[] = { "check", "edit", NULL };

#define NONCE_PARAM                                                                                \
        {                                                                                          \
                .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true,         \
                .missing = "Please open this form anew", .invalid = "Please open this form anew"   \
        }
#define TYPED_PARAMS                                                                               \
        NONCE_PARAM,                                                                               \
                { .name = "name",                                                                   \
                 .type = PARAM_TEXT,                                                               \
                 .from = FROM_FORM,                                                                \
                 .required = true,                                                                 \
                 .max = 200,                                                                       \
                 .missing = "Enter your name",                                                     \
                 .invalid = "Enter your name in one line" }, \
                { .name = "order",                                                                  \
                 .type = PARAM_TEXT,                                                               \
                 .from = FROM_FORM,                                                                \
                 .required = true,                                                                 \
                 .max = 100,                                                                       \
                 .missing = "Enter the order number, or say what you bought and when",             \
                 .invalid = "Enter it in one line of at most 100 characters" }, \
        {                                                                                          \
                .name = "email", .type = PARAM_EMAIL, .from = FROM_FORM, .required = true,         \
                .missing = "Enter your email address: the receipt goes there",                     \
                .invalid = "Enter an email address like name@example.com"                          \
        }

static const struct param form_params[] = {
        { .name = "for", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY },
        TYPED_PARAMS, PARAM_END
};

static const struct param check_params[] = {
        TYPED_PARAMS,
        { .name = "step", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = steps },
        PARAM_END
};

static const struct param typed_params[] = { TYPED_PARAMS, PARAM_END };

static const struct param own_params[] = {
        { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH },
        NONCE_PARAM, PARAM_END
};

static const struct param link_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        NONCE_PARAM, PARAM_END
};

static const struct param receipt_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

/* The secret of the form at hand, or a new one: it shows the receipt, and sent twice it is one. */
static const char *
nonce_of(struct request *req)
{
        const char *nonce = req->method == POST ? param_text(req, "nonce") : NULL;

        return nonce != NULL ? nonce : token_new(req->pool);
}

static enum http_status
to_receipt(struct request *req)
{
        req->wake_worker = true;
        return reply_redirect(
                req, pool_printf(req->pool, "/withdraw/receipt/%s", param_text(req, "nonce")));
}

/* --- with typed words --------------------------------------------------------------- */

static enum http_status
show_form(struct request *req, enum http_status status, bool again)
{
        struct view *view = view_new(req, "portal/withdraw.html");

        view_text(view, "page_title", "Withdraw from a contract");
        if (again) {
                view_form(view, req);
        } else {
                view_form_empty(view, typed_params);
                view_text(view, "order", param_text(req, "for"));
        }
        view_text(view, "nonce", nonce_of(req));
        return view_reply(view, status);
}

/* GET /withdraw?for=ORDER */
static enum http_status
form_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);

        return rc == DB_OK ? show_form(req, HTTP_OK, false) : http_from_db(req, rc);
}

/* A mail with these words goes to whatever address was typed, so they lead nowhere. */
static bool
typed_well(struct request *req)
{
        static const char *const names[] = { "name", "order" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (text_has_card_number(param_typed(req, names[i])))
                        param_refuse(req, names[i], "Please leave card numbers out: they are never needed here");
                else if (text_has_link(param_typed(req, names[i])))
                        param_refuse(req, names[i], "Please leave addresses of web pages out");
        }
        return params_valid(req);
}

/* POST /withdraw/check: the words once more; nothing is kept yet. */
static enum http_status
check_create(struct request *req)
{
        struct view *view;

        if (!typed_well(req))
                return show_form(req, HTTP_UNPROCESSABLE, true);
        if (text_equal(param_text(req, "step"), "edit"))
                return show_form(req, HTTP_OK, true);
        view = view_new(req, "portal/withdraw.check.html");
        view_text(view, "page_title", "Confirm withdrawal");
        view_form(view, req);
        view_text(view, "nonce", nonce_of(req));
        return view_reply(view, HTTP_OK);
}

/* POST /withdraw */
static enum http_status
typed_create(struct request *req)
{
        const char *email = param_text(req, "email");
        struct withdraw_answer_row row;
        enum db_status rc;

        if (!typed_well(req))
                return show_form(req, HTTP_UNPROCESSABLE, true);
        rc = withdraw_typed(req->db, session_hash(req->pool, param_text(req, "nonce")),
                            param_text(req, "name"), param_text(req, "order"), email,
                            text_fold_email(req->pool, email), "",
                            (int32_t)req->config->tickets_per_hour, &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "limited")) {
                param_refuse(req, "email",
                             pool_printf(req->pool,
                                         "We have several withdrawals from this address within "
                                         "this hour and see to them. "
                                         "For one more, write to %s",
                                         req->config->support_email));
                db_rollback(req->db);
                return show_form(req, HTTP_TOO_MANY, true);
        }
        return to_receipt(req);
}

/* --- one's own order, by login or by a mail's link ------------------------------------ */

struct own {
        struct request *req;
        const char *number, *token, *base;
        struct db_bytes link;
        struct withdrawal_page_row row;
};

static struct own
own_of(struct request *req, bool by_link)
{
        struct own own = { .req = req };

        if (by_link) {
                own.token = param_text(req, "token");
                own.link = session_hash(req->pool, own.token);
                own.base = pool_printf(req->pool, "/withdraw/link/%s", own.token);
        } else {
                own.number = param_text(req, "number");
                own.base = pool_printf(req->pool, "/orders/%s/withdraw", own.number);
        }
        return own;
}

/* The link has run out, or there is no such order for this reader. */
static enum http_status
absent(const struct own *own)
{
        struct request *req = own->req;

        if (own->token == NULL)
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(own->row.state, "expired"))
                return portal_message(req, HTTP_GONE, "This link has run out",
                                      "The period that it was made for is over. You can write to "
                                      "us all the same, without a login.",
                                      "/withdraw", "Withdraw from a contract");
        return portal_message(req, HTTP_NOT_FOUND, "We do not know this link",
                              "A part of it may be missing. Open it from the mail once more, or do "
                              "without it: no login is needed.",
                              "/withdraw", "Withdraw from a contract");
}

static enum http_status
own_show(struct own *own, enum http_status status)
{
        struct request *req = own->req;
        const struct withdrawal_page_row *row = &own->row;
        struct view *view;

        if (!text_equal(row->state, "ready"))
                return absent(own);
        view = view_new(req, "portal/withdraw.own.html");
        view_text(view, "page_title", "Confirm withdrawal");
        view_form_empty(view, own->token != NULL ? link_params : own_params);
        view_row(view, "order", &withdrawal_page_row_type, row);
        view_flag(view, "by_right",
                  text_equal(row->basis, "law") || text_equal(row->basis, "promise"));
        view_flag(view, "lapsed", text_equal(row->basis, "lapsed"));
        view_flag(view, "guarantee", text_equal(row->basis, "guarantee"));
        view_flag(view, "over", text_equal(row->basis, "over"));
        view_flag(view, "goes_back", row->left_minor > 0);
        view_flag(view, "planned", row->planned);
        view_flag(view, "by_login", own->token == NULL);
        view_url(view, "action_url", own->base);
        view_text(view, "nonce", nonce_of(req));
        return view_reply(view, status);
}

static enum http_status
own_page(struct own own)
{
        enum db_status rc;

        withdrawal_page_ask(own.req->db, own.number, own.link, &own.row);
        rc = db_wait(own.req->db);
        return rc == DB_OK ? own_show(&own, HTTP_OK) : http_from_db(own.req, rc);
}

static enum http_status
own_create(struct own own)
{
        struct request *req = own.req;
        struct withdraw_answer_row answer;
        enum db_status rc = withdrawal_page(req->db, own.number, own.link, &own.row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!text_equal(own.row.state, "ready"))
                return absent(&own);
        if (!params_valid(req))
                return own_show(&own, HTTP_UNPROCESSABLE);
        rc = withdraw_own(req->db, session_hash(req->pool, param_text(req, "nonce")), "withdrawal",
                          own.number, own.link, "", "", &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return text_equal(answer.answer, "unknown") ? reply_error(req, HTTP_NOT_FOUND)
                                                    : to_receipt(req);
}

/* GET and POST /orders/:number/withdraw */
static enum http_status
order_show(struct request *req)
{
        return own_page(own_of(req, false));
}

static enum http_status
order_create(struct request *req)
{
        return own_create(own_of(req, false));
}

/* GET and POST /withdraw/link/:token */
static enum http_status
link_show(struct request *req)
{
        return own_page(own_of(req, true));
}

static enum http_status
link_create(struct request *req)
{
        return own_create(own_of(req, true));
}

/* --- the receipt ----------------------------------------------------------------------- */

/* GET /withdraw/receipt/TOKEN */
static enum http_status
receipt_show(struct request *req)
{
        struct withdrawal_receipt_row row;
        struct follow follow;
        struct view *view;
        enum db_status rc;

        withdrawal_receipt_ask(req->db, session_hash(req->pool, param_text(req, "token")), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/withdraw.receipt.html");
        view_text(view, "page_title",
                  text_equal(row.kind, "request") ? "We have your request"
                                                  : "We have your withdrawal");
        follow = (struct follow){ .status = row.status,
                                 .why = row.why,
                                 .amount_minor = row.amount_minor,
                                 .currency = row.currency,
                                 .locale = req->identity.locale,
                                 .answer_on = row.answer_on,
                                 .pay_on = row.pay_on };
        view_row(view, "receipt", &withdrawal_receipt_row_type, &row);
        view_text(view, "received_exact",
                  format_exact(req->pool, row.received_at,
                               text_is_empty(req->identity.zone) ? req->config->zone
                                                                 : req->identity.zone));
        view_flag(view, "request", text_equal(row.kind, "request"));
        view_text(view, "follows", follow_text(req->pool, &follow));
        view_text(view, "mail_to", row.by_link ? "" : row.said_email);
        view_flag(view, "by_login", row.proved && !row.by_link);
        return view_reply(view, HTTP_OK);
}

const struct route withdraw_routes[] = {
        { GET,  "/withdraw",                OPEN, form_params, form_show, 0, NULL },
        { POST, "/withdraw/check",          OPEN, check_params, check_create, 0, NULL },
        { POST, "/withdraw",                OPEN, typed_params, typed_create, ROUTE_MAILS, NULL },
        { GET,  "/withdraw/link/:token",    OPEN, link_params, link_show, ROUTE_NO_STORE, NULL },
        { POST, "/withdraw/link/:token",    OPEN, link_params, link_create, ROUTE_NO_STORE | ROUTE_MAILS, NULL },
        { GET,  "/withdraw/receipt/:token", OPEN, receipt_params, receipt_show, ROUTE_NO_STORE, NULL },
        { GET,  "/orders/:number/withdraw", SIGNED_IN, own_params, order_show, 0, NULL },
        { POST, "/orders/:number/withdraw", SIGNED_IN, own_params, order_create, ROUTE_MAILS, NULL },
        ROUTE_END
};
