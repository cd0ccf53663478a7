/* trial: what an edited rule would touch: how many plans and customers, whose, and what they could
 * choose no longer or newly; and the requests that would be decided otherwise.  A product's own rule
 * is taken back from here, when its effect was seen. */
#include "admin/trial.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "domain/amend_words.h"
#include "http/reply.h"
#include "queries/forecast.h"
#include "queries/plandesk.h"
#include "view/format.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

struct part {
        struct request *req;
        const struct trial *trial;
        size_t from;
        bool by_form; /* each customer has a button of the form */
};

/* "Smaller amounts · A pause (4 ways)": the needs of MASK. */
static const char *
needs_words(struct pool *pool, unsigned mask, int n)
{
        const char *text = "";

        for (enum amend_need need = AMEND_MOVE; need < AMEND_EARLY; need++)
                if ((mask >> need & 1) != 0)
                        text = pool_printf(pool, "%s%s%s", text, text[0] != '\0' ? " · " : "",
                                           words_of("need", amend_need_name(need)));
        return n == 0 ? "" : pool_printf(pool, "%s (%d %s)", text, n, n == 1 ? "way" : "ways");
}

static void
plan_row(struct view *view, size_t i, void *data)
{
        const struct part *part = data;
        const struct trial_plan *plan = &part->trial->plans[part->from + i];
        struct pool *pool = part->req->pool;
        bool fee = plan->fee_was != plan->fee_will, early = plan->early_was != plan->early_will;

        view_text(view, "buyer", plan->buyer);
        view_number(view, "customer_id", plan->customer_id);
        view_flag(view, "by_form", part->by_form);
        view_url(view, "trials_url",
                 pool_printf(pool, "/admin/plans/rules/%" PRId64 "/trials", param_int(part->req, "id")));
        view_text(view, "order_number", plan->order_number);
        view_text(view, "title", plan->title);
        view_text(view, "lost", needs_words(pool, plan->lost, plan->n_lost));
        view_text(view, "gained", needs_words(pool, plan->gained, plan->n_gained));
        view_text(view, "fee", !fee ? "" : pool_printf(pool, "A change costs %s instead of %s",
                                                       format_money(pool, plan->fee_will, plan->currency, NULL),
                                                       format_money(pool, plan->fee_was, plan->currency, NULL)));
        view_text(view, "early", !early ? "" : pool_printf(pool, "%d%% off for paying early instead of %d%%",
                                                           plan->early_will, plan->early_was));
}

static void
request_row(struct view *view, size_t i, void *data)
{
        const struct part *part = data;
        const struct trial_request *request = &part->trial->requests[i];

        view_text(view, "number", request->number);
        view_text(view, "buyer", request->buyer);
        view_text(view, "wish", words_of("need", request->need));
        view_stamp(view, "made", request->made_at, false);
        view_flag(view, "would_fit", request->will == AMEND_NONE);
        view_text(view, "limit", words_of("limit", amend_limit_name(request->will)));
}

void
trial_push(struct view *view, struct request *req, const struct trial *trial, int64_t after,
           const char *next)
{
        struct part part = {req, trial, 0, next == NULL};
        size_t shown;

        while (part.from < trial->n && trial->plans[part.from].id <= after)
                part.from++;
        shown = MIN(trial->n - part.from, (size_t)PAGE_ROWS);
        view_number(view, "trial_under", (int64_t)trial->under);
        view_number(view, "trial_touched", (int64_t)trial->n);
        view_number(view, "trial_customers", (int64_t)trial->customers);
        view_number(view, "trial_losing", (int64_t)trial->losing);
        view_number(view, "trial_gaining", (int64_t)trial->gaining);
        view_number(view, "trial_dearer", (int64_t)trial->dearer);
        view_each(view, "trial_plans", "admin/trial.row.html", shown, plan_row, &part);
        view_each(view, "trial_requests", "admin/trial.request.html", trial->n_requests, request_row, &part);
        view_number(view, "trial_first", (int64_t)part.from + 1);
        view_number(view, "trial_last", (int64_t)(part.from + shown));
        view_flag(view, "trial_more", part.from + shown < trial->n);
        view_flag(view, "trial_by_form", next == NULL);
        view_number(view, "trial_after", shown > 0 ? trial->plans[part.from + shown - 1].id : 0);
        view_url(view, "trial_next_url",
                 next == NULL || shown == 0
                         ? ""
                         : pool_printf(req->pool, "%s?after=%" PRId64, next,
                                       trial->plans[part.from + shown - 1].id));
}

/* --- taking a rule back --------------------------------------------------------------- */

static const struct param page_params[] = {{.name = "id", .type = PARAM_ID, .from = FROM_PATH},
                                           {.name = "after", .type = PARAM_ID, .from = FROM_QUERY},
                                           PARAM_END};
static const struct param take_params[] = {{.name = "id", .type = PARAM_ID, .from = FROM_PATH}, PARAM_END};

/* GET /plans/rules/:id/withdraw */
static enum http_status
withdraw_show(struct request *req)
{
        struct rule_one_row one;
        struct trial trial = {0};
        struct view *view;
        enum db_status rc;
        bool can;

        rule_one_ask(req->db, param_int(req, "id"), &one);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        can = one.slug != NULL && one.superseded_at_null;
        rc = can ? trial_run(req->pool, req->db, one.slug, one.region, NULL, &trial) : DB_OK;
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/rule.withdraw.html");
        view_text(view, "page_title",
                  pool_printf(req->pool, "Take back the rule for %s", one.slug == NULL ? "any product" : one.product));
        view_flag(view, "can", can);
        view_flag(view, "general", one.slug == NULL);
        view_text(view, "section", "plans");
        view_row(view, "rule", &rule_one_row_type, &one);
        view_text(view, "region", one.region[0] == '\0' ? "All other countries" : words_of("region", one.region));
        trial_push(view, req, &trial, param_int(req, "after"),
                   pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "/withdraw", one.id));
        return view_reply(view, HTTP_OK);
}

/* POST /plans/rules/:id/withdrawals */
static enum http_status
withdraw_create(struct request *req)
{
        struct rule_withdrawn_row row;
        enum db_status rc = rule_withdraw(req->db, param_int(req, "id"), &row);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown") || text_equal(row.answer, "general"))
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "?done=%s", param_int(req, "id"),
                                               text_equal(row.answer, "same") ? "gone" : row.answer));
}

const struct route trial_routes[] = {
        {GET, "/plans/rules/:id/withdraw", STAFF, page_params, withdraw_show, 0, "rules"},
        {POST, "/plans/rules/:id/withdrawals", STAFF, take_params, withdraw_create, 0, "rules"},
        ROUTE_END};
