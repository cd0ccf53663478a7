/* rule_trial: what an edited rule would touch and change, before it is published; nothing is kept. */
#include "admin/rule_trial.h"

#include <inttypes.h>

#include "admin/rule.h"
#include "base/text.h"
#include "http/reply.h"

/* What it would change for the customer who was chosen or typed, or for the next few. */
static enum http_status
try_for(struct request *req, struct rule_typed *typed, const struct trial *trial)
{
        int64_t one = param_int(req, "one");
        struct ahead_trial ahead = {.edit = {rule_put, typed}, .decline = "", .choices = true};
        struct ahead_answer answer;
        enum db_status rc = rule_find_seen(typed);

        ahead.slug = text_is_empty(typed->product) ? NULL : typed->product;
        ahead.customer =
                one > 0 ? pool_printf(req->pool, "%" PRId64, one) : param_text(req, "customer");
        if (rc == DB_OK)
                rc = ahead_try(req, &ahead, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (rule_is_refused(typed->answer))
                return rule_refused(req, typed->answer);
        if (answer.found)
                return rule_page(req, HTTP_OK, NULL, trial, &answer);
        param_refuse(req, "customer", AHEAD_NOBODY);
        return rule_page(req, HTTP_UNPROCESSABLE, NULL, NULL, NULL);
}

/* POST /plans/rules/:id/trials: shows what such a rule would touch, and keeps nothing. */
static enum http_status
trial_create(struct request *req)
{
        struct trial_rule edited;
        struct rule_typed typed = rule_typed(req);
        struct trial trial;
        enum db_status rc;

        if (!rule_is_sound(req))
                return rule_page(req, HTTP_UNPROCESSABLE, NULL, NULL, NULL);
        edited = rule_as_typed(req);
        rc = trial_run(req->pool, req->db, typed.product, typed.region, &edited, &trial);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return param_int(req, "one") > 0 || text_equal(param_text(req, "what"), "try")
                       ? try_for(req, &typed, &trial)
                       : rule_page(req, HTTP_OK, NULL, &trial, NULL);
}

const struct route rule_trial_routes[] = {
        {POST, "/plans/rules/:id/trials", STAFF, rule_params, trial_create, 0, "rules"}, ROUTE_END};
