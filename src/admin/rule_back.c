/* rule_back: a product's own rule is taken back, when its effect was seen: which rule holds then for whose
 * plans, what they could choose no longer or newly, and, for one customer, option by option. */
#include "admin/rule_back.h"

#include <inttypes.h>

#include "admin/ahead.h"
#include "admin/rules.h"
#include "admin/trial.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/forecast.h"
#include "queries/plandesk.h"

#define ID                                                                                         \
        {                                                                                          \
                .name = "id", .type = PARAM_ID, .from = FROM_PATH                                  \
        }
static const struct param page_params[] = {
        ID, {.name = "after", .type = PARAM_ID, .from = FROM_QUERY}, PARAM_END};
static const struct param take_params[] = {ID, PARAM_END};
static const struct param trial_params[] = {
        ID, {.name = "one", .type = PARAM_ID, .from = FROM_FORM}, AHEAD_CUSTOMER_PARAM, PARAM_END};

/* The rule at hand.  It CAN be taken back: it is a product's own, and in force. */
struct back {
        struct request *req;
        struct rule_one_row one;
        bool can;
        const char *answer; /* of the last time that it was taken back */
};

static enum db_status
read_rule(struct request *req, struct back *back)
{
        enum db_status rc;

        *back = (struct back){.req = req};
        rule_one_ask(req->db, param_int(req, "id"), &back->one);
        rc = db_wait(req->db);
        back->can = rc == DB_OK && back->one.slug != NULL && back->one.superseded_at_null;
        return rc;
}

/* TRIED: what it would change for some customers; NULL: nothing was tried. */
static enum http_status
show(struct back *back, enum http_status status, int64_t after, const struct ahead_answer *tried)
{
        struct request *req = back->req;
        const struct rule_one_row *one = &back->one;
        const char *page = pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "/withdraw", one->id);
        struct trial trial = {0};
        struct view *view;
        enum db_status rc = back->can ? trial_run(req->pool, req->db, one->slug, one->region, NULL, &trial) : DB_OK;

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/rule.withdraw.html");
        view_text(view, "page_title",
                  pool_printf(req->pool, "Take back the rule for %s", one->slug == NULL ? "any product" : one->product));
        view_flag(view, "can", back->can);
        view_flag(view, "general", one->slug == NULL);
        view_text(view, "section", "plans");
        view_row(view, "rule", &rule_one_row_type, one);
        view_text(view, "region", rules_place(one->region));
        view_form_empty(view, trial_params);
        if (req->method == POST)
                view_form(view, req);
        ahead_push(view, req, tried);
        trial_push(view, req, &trial,
                   &(struct trial_page){.trials = pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "/withdrawals/trials",
                                                              one->id),
                                        .after = after,
                                        .next = page});
        return view_reply(view, status);
}

/* GET /plans/rules/:id/withdraw */
static enum http_status
withdraw_show(struct request *req)
{
        struct back back;
        enum db_status rc = read_rule(req, &back);

        return rc != DB_OK ? http_from_db(req, rc) : show(&back, HTTP_OK, param_int(req, "after"), NULL);
}

/* Take it back: for good, or in a look ahead that undoes it. */
static enum db_status
take(struct db *db, void *data)
{
        struct back *back = data;
        struct rule_withdrawn_row row;
        enum db_status rc = rule_withdraw(db, param_int(back->req, "id"), &row);

        if (rc == DB_OK)
                back->answer = row.answer;
        return rc;
}

/* POST /plans/rules/:id/withdrawals/trials: for the customer who was chosen or typed, or for the next
 * few; nothing is kept. */
static enum http_status
trial_create(struct request *req)
{
        struct back back;
        struct ahead_trial ahead = {.edit = {take, &back}, .decline = "", .choices = true,
                                    .said = "The rule was taken back for a try, and is in force as before."};
        struct ahead_answer answer;
        int64_t one = param_int(req, "one");
        enum db_status rc;

        rc = read_rule(req, &back);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!params_valid(req))
                return show(&back, HTTP_UNPROCESSABLE, 0, NULL);
        if (!back.can)
                return show(&back, HTTP_CONFLICT, 0, NULL);
        ahead.slug = back.one.slug;
        ahead.customer =
                one > 0 ? pool_printf(req->pool, "%" PRId64, one) : param_text(req, "customer");
        rc = ahead_try(req, &ahead, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (answer.found)
                return show(&back, HTTP_OK, 0, &answer);
        param_refuse(req, "customer", AHEAD_NOBODY);
        return show(&back, HTTP_UNPROCESSABLE, 0, NULL);
}

/* POST /plans/rules/:id/withdrawals */
static enum http_status
withdraw_create(struct request *req)
{
        struct back back = {.req = req};
        enum db_status rc = take(req->db, &back);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(back.answer, "unknown") || text_equal(back.answer, "general"))
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "?done=%s", param_int(req, "id"),
                                               text_equal(back.answer, "same") ? "gone" : back.answer));
}

const struct route rule_back_routes[] = {
        {GET, "/plans/rules/:id/withdraw", STAFF, page_params, withdraw_show, 0, "rules"},
        {POST, "/plans/rules/:id/withdrawals", STAFF, take_params, withdraw_create, 0, "rules"},
        {POST, "/plans/rules/:id/withdrawals/trials", STAFF, trial_params, trial_create, 0, "rules"},
        ROUTE_END};
