/* methods: the customer's saved cards and accounts: which is charged, which steps in, a new one
 * by the gateway's own page (S1.3).  Adding or choosing one charges at once what is overdue. */
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "gateway/objects.h"
#include "gateway/stripe.h"
#include "portal/portal.h"
#include "queries/method.h"
#include "view/method.h"
#include "view/words.h"

enum { LOOKS_MAX = 10 };

struct page {
        struct pool *pool;
        struct method_row *methods;
        struct charge_ahead_row *ahead;
        struct charge_now_row *now;
        size_t n_methods, n_ahead, n_now;
        struct setup_visit_row visit;
        bool has_visit;
};

static void
push_method(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct method_row *row = &page->methods[i];

        view_row(view, "", &method_row_type, row);
        view_text(view, "name", method_words(page->pool, row->kind, row->brand, row->last_four));
        view_text(view, "in_wallet", words_of("wallet", row->wallet));
        view_text(view, "expiry", row->exp_month_null ? ""
                  : pool_printf(page->pool, "%02d/%d", (int)row->exp_month, (int)row->exp_year));
        view_url(view, "change_url", pool_printf(page->pool, "/payment-methods/%lld", (long long)row->id));
}

static void
push_ahead(struct view *view, size_t i, void *data)
{
        const struct page *page = data;

        view_row(view, "", &charge_ahead_row_type, &page->ahead[i]);
        view_url(view, "order_url", pool_printf(page->pool, "/orders/%s", page->ahead[i].number));
}

/* Being charged, or asked about: the page looks again. */
static bool
is_under_way(const char *status)
{
        return strcmp(status, "created") == 0 || strcmp(status, "sent") == 0 || strcmp(status, "unknown") == 0;
}

static void
push_now(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct charge_now_row *row = &page->now[i];
        struct words words = words_status("attempt", row->status);

        view_row(view, "", &charge_now_row_type, row);
        view_text(view, "word", is_under_way(row->status) ? "We are charging it now" : words.text);
        view_text(view, "word_kind", words.kind);
        view_text(view, "name", method_words(page->pool, row->kind, row->brand, row->last_four));
        view_flag(view, "declined", strcmp(row->status, "failed") == 0);
}

static const char *
notice_words(const char *notice)
{
        static const char *const words[][2] = {
                { "default", "This one is charged from now on" },
                { "backup", "This one steps in when the first one is gone" },
                { "plain", "It does not step in any more" },
                { "removed", "Removed. We charge it no more" },
        };

        for (size_t i = 0; notice != NULL && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i][0], notice) == 0)
                        return words[i][1];
        return "";
}

/* Back from the gateway's page: what came of it.  True while nobody knows yet. */
static bool
push_visit(struct view *view, struct request *req, struct page *page)
{
        bool asked = param_text(req, "visit") != NULL && page->has_visit;
        bool done = asked && strcmp(page->visit.status, "done") == 0;
        bool waits = asked && !done && param_int(req, "look") < LOOKS_MAX;
        struct setup_watch_row watch;

        view_flag(view, "saved", done);
        view_flag(view, "asking", waits);
        view_flag(view, "late", asked && !done && !waits);
        view_text(view, "saved_name", done ? method_words(req->pool, page->visit.kind, page->visit.brand,
                                                            page->visit.last_four) : "");
        if (waits && setup_watch(req->db, page->visit.id, &watch) == DB_OK && param_int(req, "look") == 0)
                req->wake_worker = true;
        return waits;
}

static enum http_status
show(struct request *req, enum http_status status, const char *problem)
{
        struct page page = { .pool = req->pool };
        const char *visit = param_text(req, "visit");
        bool waits, charging = false, overdue = false;
        struct view *view;
        enum db_status rc;

        /* What is done last is read first: a visit that is done has its method in the list. */
        setup_visit_ask(req->db, visit != NULL ? visit : "", &page.visit, &page.has_visit);
        methods_mine_ask(req->db, &page.methods, &page.n_methods);
        charges_ahead_ask(req->db, &page.ahead, &page.n_ahead);
        charges_now_ask(req->db, &page.now, &page.n_now);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/methods.html");
        view_text(view, "page_title", "Payment methods");
        view_text(view, "notice", notice_words(param_text(req, "notice")));
        view_text(view, "problem", problem);
        view_text(view, "nonce", token_new(req->pool));
        waits = push_visit(view, req, &page);
        view_flag(view, "needed", page.n_methods > 0 && page.methods[0].needed);
        view_each(view, "methods", "portal/methods.row.html", page.n_methods, push_method, &page);
        view_each(view, "ahead", "portal/methods.ahead.html", page.n_ahead, push_ahead, &page);
        view_each(view, "charged", "portal/methods.charge.html", page.n_now, push_now, &page);
        for (size_t i = 0; i < page.n_ahead; i++)
                overdue = overdue || page.ahead[i].overdue;
        view_flag(view, "overdue_any", overdue && page.n_now == 0);
        for (size_t i = 0; i < page.n_now; i++)
                charging = charging || is_under_way(page.now[i].status);
        view_flag(view, "charging", charging);
        if ((waits || charging) && param_int(req, "look") < LOOKS_MAX * 2)
                reply_header(req, "Refresh",
                             pool_printf(req->pool, "%d; url=/payment-methods?look=%d%s%s",
                                         param_int(req, "look") < 4 ? 2 : 6, (int)param_int(req, "look") + 1,
                                         visit != NULL ? "&visit=" : "", visit != NULL ? visit : ""));
        return view_reply(view, status);
}

static enum http_status
methods_show(struct request *req)
{
        return show(req, HTTP_OK, "");
}

/* --- a new one, by the gateway's page --- */

static struct stripe_answer
ask_gateway(struct request *req, struct stripe *stripe, const struct setup_begun_row *begun)
{
        struct pool *pool = req->pool;
        const char *portal = req->config->portal_url;
        bool known = begun->gateway_customer != NULL;
        const struct stripe_field fields[] = {
                { "mode", "setup" },
                { "currency", text_lower(pool, begun->currency) },
                { "customer", begun->gateway_customer },
                { "customer_creation", known ? NULL : "always" },
                { "customer_email", known ? NULL : begun->email },
                { "success_url", pool_printf(pool, "%s/payment-methods?visit=%s", portal, param_text(req, "nonce")) },
                { "cancel_url", pool_printf(pool, "%s/payment-methods", portal) },
                { "metadata[setup]", begun->key },
                { "setup_intent_data[metadata][setup]", begun->key },
        };

        return stripe_post(stripe, pool, "checkout/sessions", begun->key, fields, sizeof(fields) / sizeof(fields[0]));
}

static enum http_status
methods_create(struct request *req)
{
        struct setup_begun_row begun;
        struct gateway_session session;
        struct stripe_answer answer = { .result = STRIPE_AWAY };
        struct stripe *stripe;
        bool found;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, "This form was out of date. Please try once more.");
        rc = setup_begin(req->db, param_text(req, "nonce"), token_new(req->pool), &begun, &found);
        if (rc == DB_OK)
                rc = db_commit(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return reply_error(req, HTTP_FORBIDDEN);
        if (begun.done)
                return reply_redirect(req, pool_printf(req->pool, "/payment-methods?visit=%s", param_text(req, "nonce")));
        if (begun.session_url != NULL)
                return reply_redirect(req, begun.session_url);
        stripe = portal_stripe(req);
        if (stripe != NULL)
                answer = ask_gateway(req, stripe, &begun);
        if (answer.result != STRIPE_OK || !objects_session(req->pool, answer.object, &session) || session.url == NULL) {
                log_error("setup_not_opened", "answer", stripe_word(answer.result), "status", log_int(answer.status),
                          "code", answer.code, "message", answer.message, NULL);
                db_begin(req->db);
                return show(req, HTTP_UNAVAILABLE, "Our payment provider does not answer at the moment. "
                                                   "Nothing was saved; please try again in a minute.");
        }
        db_begin(req->db);
        if (setup_opened(req->db, begun.key, session.id, session.url, NULL) != DB_OK || db_commit(req->db) != DB_OK)
                log_warning("setup_not_recorded", NULL);
        return reply_redirect(req, session.url);
}

/* --- one of them: default, backup, removed --- */

static enum http_status
method_update(struct request *req)
{
        struct method_change_row row;
        enum db_status rc;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        rc = method_change(req->db, param_int(req, "id"), param_text(req, "what"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (strcmp(row.answer, "unknown") == 0)
                return reply_error(req, HTTP_NOT_FOUND);
        if (strcmp(row.answer, "needed") == 0)
                return show(req, HTTP_CONFLICT, "It is the last one, and something is still to be paid with it. "
                                                "Add another one first; then this one can go.");
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/payment-methods?notice=%s", row.answer));
}

static const char *const changes[] = { "default", "backup", "plain", "remove", NULL };

static const struct param list_params[] = {
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY },
        { .name = "visit", .type = PARAM_TOKEN, .from = FROM_QUERY },
        { .name = "look", .type = PARAM_INT, .from = FROM_QUERY },
        PARAM_END
};

static const struct param add_params[] = {
        { .name = "nonce", .type = PARAM_TOKEN, .from = FROM_FORM, .required = true },
        { .name = "visit", .type = PARAM_TOKEN, .from = FROM_QUERY },
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY },
        { .name = "look", .type = PARAM_INT, .from = FROM_QUERY },
        PARAM_END
};

static const struct param change_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "what", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = changes, .required = true },
        { .name = "visit", .type = PARAM_TOKEN, .from = FROM_QUERY },
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY },
        { .name = "look", .type = PARAM_INT, .from = FROM_QUERY },
        PARAM_END
};

const struct route method_routes[] = {
        { GET,  "/payment-methods",     SIGNED_IN, list_params,   methods_show,   0, NULL },
        { POST, "/payment-methods",     SIGNED_IN, add_params,    methods_create, ROUTE_GATEWAY, NULL },
        { POST, "/payment-methods/:id", SIGNED_IN, change_params, method_update,  0, NULL },
        ROUTE_END
};
