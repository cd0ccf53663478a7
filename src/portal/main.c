/* latchkey-portal: the customer's pages.  The tables below are its table of contents. */
#include "portal/portal.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/password.h"
#include "gateway/stripe.h"
#include "http/server.h"
#include "http/session.h"
#include "queries/access.h"
#include "queries/account.h"
#include "queries/agreement.h"
#include "queries/calendar.h"
#include "queries/help.h"
#include "queries/method.h"
#include "queries/order.h"
#include "queries/order_offer.h"
#include "queries/party.h"
#include "queries/pay.h"
#include "queries/plan.h"
#include "queries/profile.h"
#include "queries/rating.h"
#include "queries/session.h"
#include "queries/shop.h"
#include "queries/ticket.h"
#include "queries/transfer.h"
#include "queries/withdraw.h"
#include "view/error_page.h"

static const struct route *const routes[] = {
        site_routes, shop_routes, checkout_routes, welcome_routes, link_routes, login_routes,
        account_routes, security_routes, passkey_routes, address_routes, correct_routes, program_routes,
        order_routes, people_routes, transfer_routes, tickets_routes, ticket_routes, eyes_routes,
        method_routes, pay_routes, pay_act_routes, payment_routes, help_routes, rate_routes,
        withdraw_routes, refund_routes, agreement_routes, plan_routes, change_routes, early_routes, period_routes,
        calendar_routes, order_offer_routes, NULL
};

static const struct db_stmt *const *const queries[] = {
        session_queries, shop_queries, order_queries, access_queries, account_queries, profile_queries,
        party_queries, transfer_queries, ticket_queries, method_queries, pay_queries,
        help_queries, rating_queries, withdraw_queries, agreement_queries, plan_queries,
        calendar_queries, order_offer_queries, NULL
};

static const char *const parts[] = { "portal", "error", NULL };

static bool
asks_by_order(const struct request *req)
{
        const char *query = req->query != NULL ? req->query : "";

        return req->order_token != NULL &&
               (strcmp(req->path, "/welcome") == 0 || strncmp(query, "order=", 6) == 0);
}

/* A page of the order that this browser began is shown by that order's token, even to
 * somebody who is logged in as another person (safety rule 21). */
static void
ask_identity(struct request *req)
{
        session_ask(req);
        if (asks_by_order(req))
                db_identify(req->db, NULL, req->order_token);
}

/* Who a request is about, for the limiter: "" means the session's person. */
static const char *
limited_account(struct request *req)
{
        static const char *const names[] = { "number", "email", "token" };

        if (req->route->who == SIGNED_IN)
                return "";
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                for (const struct param *p = req->route->params; p != NULL && p->name != NULL; p++)
                        if (strcmp(p->name, names[i]) == 0 && param_text(req, p->name) != NULL)
                                return p->type == PARAM_EMAIL ? text_fold_email(req->pool, param_text(req, p->name))
                                                              : param_text(req, p->name);
        return "";
}

static enum http_status
limit(struct request *req)
{
        struct db_bytes hash = { (const uint8_t *)"", 0 };
        struct limit_row row;
        enum db_status rc;

        if (req->token != NULL)
                hash = session_hash(req->pool, req->token);
        limit_take_ask(req->db, req->remote_addr, limited_account(req), hash, (int32_t)req->config->asks_account,
                       (int32_t)req->config->asks_address, &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!row.allowed)
                reply_header(req, "Retry-After", "900");
        return row.allowed ? HTTP_OK : HTTP_TOO_MANY;
}

/* Staff who see the portal as a customer change nothing, whatever they send. */
static enum http_status
refuse_write(struct request *req)
{
        if (!text_equal(req->identity.kind, "view_as") || text_equal(req->path, "/view-end"))
                return HTTP_OK;
        return portal_message(req, HTTP_FORBIDDEN, "Nothing was changed",
                              "You see the portal as this customer does. Looking is all that can be done here.",
                              "/programs", "Back to the programs");
}

static bool
start(const struct config *config, const struct views **views, const char **error)
{
        if (!password_load(config, error))
                return false;
        *views = views_load(config, config->templates, parts, error);
        return *views != NULL;
}

struct stripe *
portal_stripe(struct request *req)
{
        static struct stripe *stripe;
        const char *error;

        if (stripe == NULL) {
                stripe = stripe_open(req->config, &error);
                if (stripe == NULL)
                        log_error("gateway_not_opened", "error", error, NULL);
        }
        return stripe;
}

const char *
portal_via(struct request *req)
{
        const char *number = param_text(req, "order");

        return number != NULL && asks_by_order(req) ? pool_printf(req->pool, "?order=%s", number) : "";
}

enum http_status
portal_from_db(struct request *req, enum db_status rc)
{
        if (rc == DB_NO_ROW && !req->identity.found && req->method == GET && portal_via(req)[0] == '\0')
                return reply_sign_in(req);
        return http_from_db(req, rc);
}

const char *
portal_next(const char *next)
{
        return next != NULL && next[0] == '/' && reply_is_location(next) ? next : "/programs";
}

bool
portal_fresh(struct request *req)
{
        return session_fresh(req) && strcmp(req->identity.kind, "customer") == 0;
}

enum http_status
portal_confirm(struct request *req, const char *next)
{
        return reply_redirect(req, pool_printf(req->pool, "/account/confirm?next=%s", text_url_encode(req->pool, next)));
}

enum http_status
portal_message(struct request *req, enum http_status status, const char *title, const char *body,
               const char *link, const char *link_text)
{
        struct view *view = view_new(req, "portal/message.html");

        view_text(view, "page_title", title);
        view_text(view, "body", body);
        view_url(view, "link_url", link);
        view_text(view, "link_text", link_text);
        return view_reply(view, status);
}

static const struct program portal = {
        .name = "latchkey-portal",
        .database_user = "lk_portal",
        .mount = "",
        .routes = routes,
        .queries = queries,
        .ask_identity = ask_identity,
        .limit = limit,
        .refuse_write = refuse_write,
        .start = start,
        .stop = views_free,
        .error_page = view_error_page,
        .login_path = "/login",
};

int
main(int argc, char **argv)
{
        return server_main(&portal, argc, argv);
}
