/* early: pay the next payment, several or all of them now, with the discount that the rule gives.
 *
 * They become one amount that is due today, which is charged at once or paid another way on its
 * page.  When it does not go through, the schedule is what it was before (early_failed()). */
#include "base/text.h"
#include "base/token.h"
#include "portal/plan.h"
#include "portal/tickets.h"
#include "queries/pay.h"
#include "view/format.h"
#include "view/method.h"

/* The next COUNT payments, paid today. */
static struct amend_plan
early_of(struct plan *plan, int64_t count)
{
        struct amend_plan made;
        uint64_t chosen = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;

        amend_make(&plan->facts, &plan->rule,
                   &(struct amend_wish){.need = AMEND_EARLY, .chosen = chosen}, &made);
        return made;
}

static void
push_choice(struct view *view, size_t i, void *data)
{
        struct plan *plan = data;
        struct amend_plan made = early_of(plan, (int64_t)i + 1);
        const char *typed = plan->req->method == POST ? param_typed(plan->req, "count") : "1";

        view_number(view, "count", (int64_t)i + 1);
        view_flag(view, "all", i + 1 == plan->facts.n);
        view_flag(view, "one", i == 0);
        view_text(view, "until", format_exact_date(plan->req->pool, plan->open[i].on));
        view_money(view, "sum", made.n > 0 ? made.rows[0].minor : 0, plan->look.currency);
        view_text(view, "discount",
                  made.discount_minor > 0 ? format_money(plan->req->pool, made.discount_minor,
                                                         plan->look.currency, plan->look.locale)
                                          : "");
        view_flag(view, "chosen", text_equal(typed, pool_printf(plan->req->pool, "%zu", i + 1)));
}

static enum http_status
show(struct plan *plan, enum http_status status, const char *wrong)
{
        struct request *req = plan->req;
        struct view *view = view_new(req, "portal/early.html");

        plan_push(view, plan, "Pay early");
        view_text(view, "wrong", wrong);
        view_number(view, "percent", plan->rule.early_percent);
        view_each(view, "choices", "portal/early.choice.html", plan->facts.n, push_choice, plan);
        view_text(view, "method",
                  text_is_empty(plan->look.method_kind)
                          ? ""
                          : method_words(req->pool, plan->look.method_kind, plan->look.brand,
                                         plan->look.last_four));
        view_text(view, "nonce", token_new(req->pool));
        view_number(view, "version", plan->look.version);
        return view_reply(view, status);
}

/* Nothing can be paid early now: the plan's page says why. */
static const char *
hindered(const struct plan *plan)
{
        if (plan->facts.n == 0)
                return "over";
        return text_equal(plan->look.ask_status, "with_staff") ||
                               text_equal(plan->look.ask_status, "countered")
                       ? "open"
                       : NULL;
}

/* GET /plans/:number/early */
static enum http_status
early_show(struct request *req)
{
        struct plan plan = plan_of(req);
        enum http_status status = plan_load(&plan);

        if (status != HTTP_OK)
                return status;
        return hindered(&plan) != NULL ? plan_go(&plan, hindered(&plan))
                                       : show(&plan, HTTP_OK, NULL);
}

/* It is one amount now, due today; what was overdue and not chosen keeps its day.  Charge it, and show
 * its page. */
static enum http_status
pay_it(struct plan *plan)
{
        struct request *req = plan->req;
        struct plan_row_row *rows;
        struct pay_answer_row answer;
        const int32_t *seq = NULL;
        enum db_status rc;
        size_t n;

        if (plan_rows(req->db, plan->link, plan->number, &rows, &n) != DB_OK)
                return plan_go(plan, "again");
        for (size_t i = 0; i < n; i++)
                if (rows[i].can_change && rows[i].due_on == plan->facts.today)
                        seq = &rows[i].seq;
        if (seq == NULL)
                return plan_go(plan, "again");
        rc = pay_now(req->db, plan->link, plan->number, seq, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return reply_redirect(req,
                              pool_printf(req->pool, "/payments/%s/%d?done=%s", plan->number, *seq,
                                          text_equal(answer.result, "method")    ? "method"
                                          : text_equal(answer.result, "refused") ? "refused"
                                                                                 : "now"));
}

/* POST /plans/:number/early */
static enum http_status
early_create(struct request *req)
{
        struct plan plan = plan_of(req);
        struct change_answer_row answer = {0};
        struct amend_plan made = {0};
        enum http_status status = plan_load(&plan);
        enum db_status rc;

        if (status != HTTP_OK)
                return status;
        if (param_text(req, "nonce") == NULL)
                return reply_error(req, HTTP_BAD_REQUEST);
        if (plan.look.version == param_int(req, "version") && hindered(&plan) == NULL) {
                made = early_of(&plan, param_int(req, "count"));
                if (!params_valid(req) || param_int(req, "count") > (int64_t)plan.facts.n ||
                    made.verdict != AMEND_FITS)
                        return show(&plan, HTTP_UNPROCESSABLE,
                                    "Choose what you would like to pay now");
        }
        rc = change_ask(req->db, plan.link, plan.number, (int32_t)param_int(req, "version"),
                        param_text(req, "nonce"), "early",
                        change_rows_text(req->pool, made.rows, made.n), 0, made.discount_minor, "",
                        pool_printf(req->pool, "%s\nThe first one is paid now.",
                                    plan_text(&plan, made.rows, made.n)),
                        plan_personal(req), &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.result, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return text_equal(answer.result, "agreed") ? pay_it(&plan) : plan_go(&plan, answer.result);
}

static const struct param show_params[] = {PLAN_NUMBER_PARAM, PARAM_END};
static const struct param pay_params[] = {
        PLAN_NUMBER_PARAM,
        TICKET_NONCE_PARAM,
        {.name = "version", .type = PARAM_INT, .from = FROM_FORM, .min = 0, .max = 1000000},
        {.name = "count",
         .type = PARAM_INT,
         .from = FROM_FORM,
         .required = true,
         .min = 1,
         .max = AMEND_ROWS_MAX},
        PARAM_END};

const struct route early_routes[] = {
        {GET, "/plans/:number/early", SIGNED_IN, show_params, early_show, 0, NULL},
        {POST, "/plans/:number/early", SIGNED_IN, pay_params, early_create, 0, NULL},
        ROUTE_END};
