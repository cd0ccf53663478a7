/* early: pay the next payment, several, all of them or one that comes later now, with the discount
 * that the rule gives.
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

/* How the form names payment I alone.  With one that is due today it cannot be alone. */
static const char *
only(const struct plan *plan, size_t i)
{
        for (size_t j = 0; j < plan->facts.n; j++)
                if (plan->open[j].on == plan->facts.today)
                        return NULL;
        return pool_printf(plan->req->pool, "only-%d", plan->open_seq[i]);
}

/* Which payments TEXT names: "3" are the next three, "only-7" is the one in place 7 of the order.
 * 0 for anything else. */
static uint64_t
chosen_of(const struct plan *plan, const char *text)
{
        size_t n = plan->facts.n;

        for (size_t i = 0; i < n; i++) {
                if (text_equal(text, pool_printf(plan->req->pool, "%zu", i + 1)))
                        return i + 1 >= 64 ? UINT64_MAX : (UINT64_C(1) << (i + 1)) - 1;
                if (text_equal(text, only(plan, i)))
                        return UINT64_C(1) << i;
        }
        return 0;
}

static struct amend_plan
early_of(struct plan *plan, uint64_t chosen)
{
        struct amend_plan made;

        amend_make(&plan->facts, &plan->rule,
                   &(struct amend_wish){.need = AMEND_EARLY, .chosen = chosen}, &made);
        return made;
}

/* Payment I alone, where the timeline's link or the form names it and it is not the next one anyway. */
static size_t
only_one(const struct plan *plan)
{
        struct request *req = plan->req;
        const char *typed = req->method == POST
                                    ? param_typed(req, "count")
                                    : pool_printf(req->pool, "only-%s", param_text(req, "row"));

        for (size_t i = 1; i < plan->facts.n; i++)
                if (text_equal(typed, only(plan, i)))
                        return i;
        return plan->facts.n;
}

static void
push_choice(struct view *view, size_t i, void *data)
{
        struct plan *plan = data;
        size_t n = plan->facts.n, alone = only_one(plan);
        bool only_it = alone < n && i == 0;
        size_t last = alone < n ? (only_it ? alone : i - 1) : i;
        const char *value =
                only_it ? only(plan, alone) : pool_printf(plan->req->pool, "%zu", last + 1);
        struct amend_plan made = early_of(plan, chosen_of(plan, value));
        int64_t sum = 0;

        for (size_t row = 0; row < made.n; row++)
                if (made.rows[row].on == plan->facts.today)
                        sum = made.rows[row].minor;
        view_text(view, "value", value);
        view_number(view, "count", (int64_t)last + 1);
        view_flag(view, "alone", only_it);
        view_flag(view, "all", !only_it && last + 1 == n);
        view_flag(view, "one", !only_it && last == 0);
        view_text(view, "until", format_exact_date(plan->req->pool, plan->open[last].on));
        view_money(view, "sum", sum, plan->look.currency);
        view_text(view, "discount",
                  made.discount_minor > 0 ? format_money(plan->req->pool, made.discount_minor,
                                                         plan->look.currency, plan->look.locale)
                                          : "");
        view_flag(view, "chosen",
                  plan->req->method == POST ? text_equal(param_typed(plan->req, "count"), value)
                                            : i == 0);
}

static enum http_status
show(struct plan *plan, enum http_status status, const char *wrong)
{
        struct request *req = plan->req;
        struct view *view = view_new(req, "portal/early.html");

        plan_push(view, plan, "Pay early");
        view_text(view, "wrong", wrong);
        view_number(view, "percent", plan->rule.early_percent);
        view_each(view, "choices", "portal/early.choice.html",
                  plan->facts.n + (only_one(plan) < plan->facts.n ? 1 : 0), push_choice, plan);
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
        struct pay_answer_row answer;
        int32_t seq = 0;
        enum db_status rc;

        rc = plan_rows(req->db, plan->link, plan->number, &plan->rows, &plan->n_rows);
        for (size_t i = 0; rc == DB_OK && i < plan->n_rows; i++)
                if (plan->rows[i].can_change && plan->rows[i].due_on == plan->facts.today)
                        seq = plan->rows[i].seq;
        if (seq == 0)
                return plan_go(plan, "again");
        rc = pay_now(req->db, plan->link, plan->number, &seq, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        req->wake_worker = true;
        return reply_redirect(req,
                              pool_printf(req->pool, "/payments/%s/%d?done=%s", plan->number, seq,
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
                made = early_of(&plan, chosen_of(&plan, param_text(req, "count")));
                if (!params_valid(req) || made.verdict != AMEND_FITS)
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

static const struct param show_params[] = {
        PLAN_NUMBER_PARAM,
        {.name = "row", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 10},
        PARAM_END};
static const struct param pay_params[] = {
        PLAN_NUMBER_PARAM,
        TICKET_NONCE_PARAM,
        {.name = "version", .type = PARAM_INT, .from = FROM_FORM, .min = 0, .max = 1000000},
        {.name = "count", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 20},
        PARAM_END};

const struct route early_routes[] = {
        {GET, "/plans/:number/early", SIGNED_IN, show_params, early_show, 0, NULL},
        {POST, "/plans/:number/early", SIGNED_IN, pay_params, early_create, 0, NULL},
        ROUTE_END};
