/* plan: the timeline of what is paid over time: paid, next, later; what was asked for and what came
 * of it; the ways to change it. */
#include "portal/plan.h"

#include <string.h>

#include "base/money.h"
#include "base/text.h"
#include "domain/amend_words.h"
#include "http/session.h"
#include "view/format.h"
#include "view/method.h"
#include "view/words.h"

static bool
is(const char *text, const char *other)
{
        return text_equal(text, other);
}

struct plan
plan_of(struct request *req)
{
        struct plan plan = {.req = req};

        if (text_starts(req->route->path, "/pay/")) {
                plan.token = param_text(req, "token");
                plan.link = session_hash(req->pool, plan.token);
                plan.base = pool_printf(req->pool, "/pay/%s", plan.token);
                plan.url = pool_printf(req->pool, "%s/plan", plan.base);
        } else {
                plan.number = param_text(req, "number");
                plan.base = plan.url = pool_printf(req->pool, "/plans/%s", plan.number);
        }
        return plan;
}

/* What is open and can be changed, and the rule, as the option maker takes them. */
static void
read_facts(struct plan *plan)
{
        const struct plan_look_row *look = &plan->look;
        size_t n = 0, n_agreed = 0;

        for (size_t i = 0; i < plan->n_rows; i++)
                if (plan->rows[i].can_change && n < AMEND_ROWS_MAX) {
                        plan->open_seq[n] = plan->rows[i].seq;
                        plan->open[n++] = (struct amend_row){plan->rows[i].due_on,
                                                             plan->rows[i].amount_minor};
                }
        for (size_t i = 0; i < plan->n_first && n_agreed < AMEND_ROWS_MAX; i++)
                plan->agreed[n_agreed++] =
                        (struct amend_row){plan->first[i].due_on, plan->first[i].amount_minor};
        plan->facts = (struct amend_facts){
                .today = look->today_on,
                .anchor_on = look->anchor_on,
                .step_days = amend_step_days(look->every),
                .changes = look->changes,
                .changed_on = look->changed_on_null ? 0 : look->changed_on,
                .count = look->count,
                .paid_minor = look->kept_minor,
                .step_minor = money_step(look->currency),
                .rows = plan->open,
                .n = is(look->kind, "instalments") && is(look->status, "live") ? n : 0,
                .agreed = plan->agreed,
                .n_agreed = n_agreed};
        plan->rule = (struct amend_rule){.deposit_percent = look->deposit_percent,
                                         .smallest_minor = look->smallest_minor,
                                         .count_most = look->count_most,
                                         .longest_months = look->longest_months,
                                         .later_days = look->later_days,
                                         .changes_most = look->changes_most,
                                         .changes_days = look->changes_days,
                                         .grace_days = look->grace_days,
                                         .fee_minor = look->fee_minor,
                                         .early_percent = look->early_percent};
}

enum http_status
plan_load(struct plan *plan)
{
        struct request *req = plan->req;
        enum db_status rc;

        plan_look_ask(req->db, plan->link, plan->number, &plan->look, &plan->found);
        plan_rows_ask(req->db, plan->link, plan->number, &plan->rows, &plan->n_rows);
        plan_first_ask(req->db, plan->link, plan->number, &plan->first, &plan->n_first);
        plan_asked_ask(req->db, plan->link, plan->number, &plan->asked, &plan->n_asked);
        plan_under_way_ask(req->db, plan->link, plan->number, (int32_t)req->config->bank_days,
                           &plan->way, &plan->has_way);
        pay_steps_ask(req->db, plan->link, plan->number, NULL, &plan->steps, &plan->has_steps);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!plan->found && plan->token != NULL)
                return portal_message(req, HTTP_GONE, "This link is over",
                                      "It worked until the amount was settled, or for 30 days. "
                                      "When you log in you see your plan.",
                                      "/plans", "Log in and see your plans");
        if (!plan->found)
                return reply_error(req, HTTP_NOT_FOUND);
        read_facts(plan);
        return HTTP_OK;
}

void
plan_push_steps(struct view *view, const struct pay_steps_row *steps)
{
        bool late = steps != NULL && steps->due_on < steps->today_on;
        int32_t today = late ? steps->today_on : 0;

        view_flag(view, "says_late", late);
        view_text(view, "level", late ? steps->level : "");
        view_flag(view, "says_nothing_new",
                  late && !steps->nothing_new_on_null && steps->nothing_new_on > today);
        view_flag(view, "says_read_only",
                  late && !steps->read_only_on_null && steps->read_only_on > today);
        view_flag(view, "says_locked", late && !steps->locked_on_null && steps->locked_on > today);
        view_date(view, "nothing_new_on", late ? steps->nothing_new_on : 0);
        view_date(view, "read_only_on", late ? steps->read_only_on : 0);
        view_date(view, "locked_on", late ? steps->locked_on : 0);
}

/* What is under way, while the plan stays as it is (part/plan-way.html). */
static void
push_way(struct view *view, struct plan *plan)
{
        const struct plan_under_way_row *way = &plan->way;
        struct pool *pool = plan->req->pool;
        bool has = plan->has_way;

        view_text(view, "under_way", has ? way->what : "");
        view_text(view, "way_title", has ? way->title : "");
        view_text(view, "way_amount",
                  has ? format_money(pool, way->rest_minor, way->currency, plan->look.locale) : "");
        view_text(view, "way_since", has ? format_exact_date(pool, way->since_on) : "");
        view_text(view, "way_until", has ? format_exact_date(pool, way->until_on) : "");
        view_url(view, "way_url",
                 plan->token != NULL
                         ? plan->base
                         : pool_printf(pool, "/payments/%s/%d", plan->look.order_number,
                                       has ? way->seq : 1));
}

void
plan_push(struct view *view, struct plan *plan, const char *title)
{
        const struct plan_look_row *look = &plan->look;

        view_locale(view, (struct view_locale){look->locale, look->zone});
        view_text(view, "page_title", title);
        view_text(view, "title", look->title);
        view_text(view, "order_number", look->order_number);
        view_url(view, "base_url", plan->base);
        view_url(view, "plan_url", plan->url);
        view_flag(view, "by_link", plan->token != NULL);
        push_way(view, plan);
}

static void
push_payment(struct view *view, size_t i, void *data)
{
        struct plan *plan = ((void **)data)[0];
        const struct amend_row *row = &((const struct amend_row *)((void **)data)[1])[i];

        view_text(view, "day", format_exact_date(plan->req->pool, row->on));
        view_money(view, "amount", row->minor, plan->look.currency);
}

void
plan_push_rows(struct view *view, const char *name, struct plan *plan, const struct amend_row *rows,
               size_t n)
{
        const void *data[] = {plan, rows};
        int64_t sum = 0;

        for (size_t i = 0; i < n; i++)
                sum += rows[i].minor;
        view_each(view, name, "portal/plan.payment.html", n, push_payment, data);
        view_money(view, pool_printf(plan->req->pool, "%s_sum", name), sum, plan->look.currency);
}

const char *
plan_text(struct plan *plan, const struct amend_row *rows, size_t n)
{
        struct pool *pool = plan->req->pool;
        const char *text = plan->look.title;

        for (size_t i = 0; i < n; i++)
                text = pool_printf(
                        pool, "%s\n%s: %s", text, format_exact_date(pool, rows[i].on),
                        format_money(pool, rows[i].minor, plan->look.currency, plan->look.locale));
        return text;
}

const char *
plan_personal(struct request *req)
{
        return pool_printf(req->pool, "%s %s", req->remote_addr, req->user_agent);
}

enum http_status
plan_go(struct plan *plan, const char *done)
{
        plan->req->wake_worker = true;
        return reply_redirect(plan->req,
                              pool_printf(plan->req->pool, "%s?done=%s", plan->url, done));
}

/* --- the timeline ------------------------------------------------------------------ */

static bool
waits(const struct plan *plan)
{
        return is(plan->look.ask_status, "with_staff") || is(plan->look.ask_status, "countered");
}

static bool
can_early(const struct plan *plan)
{
        return plan->token == NULL && plan->facts.n > 0 && !waits(plan) && !plan->look.read_only;
}

static void
push_row(struct view *view, size_t i, void *data)
{
        struct plan *plan = data;
        const struct plan_row_row *row = &plan->rows[i];
        struct pool *pool = plan->req->pool;
        bool open = is(row->status, "open"),
             next = open && !plan->look.next_seq_null && row->seq == plan->look.next_seq;
        struct words words =
                open ? words_status("payment_due", row->failing                         ? "failing"
                                                   : row->due_on < plan->look.today_on  ? "late"
                                                   : row->due_on == plan->look.today_on ? "today"
                                                                                        : "ahead")
                     : words_status("due", row->status);

        view_row(view, "", &plan_row_row_type, row);
        view_text(view, "day", format_exact_date(pool, row->due_on));
        view_text(view, "word", next && is(words.kind, "off") ? "Next" : words.text);
        view_text(view, "word_kind", next && is(words.kind, "off") ? "wait" : words.kind);
        view_flag(view, "is_open", open);
        view_flag(view, "is_next", next);
        view_flag(view, "is_late", open && (row->failing || row->due_on < plan->look.today_on));
        view_text(view, "paid_day",
                  row->paid_at_null ? "" : format_paper_day(pool, row->paid_at, plan->look.zone));
        view_flag(view, "movable",
                  row->can_change && plan->facts.n > 0 && !plan->look.read_only && !waits(plan));
        view_flag(view, "payable", open && plan->token == NULL);
        view_url(view, "move_url",
                 pool_printf(pool, "%s/change?need=time&row=%d", plan->base, row->seq));
        /* Before its day it is paid as the rule says: with the discount. */
        view_url(view, "pay_url",
                 row->can_change && row->due_on > plan->look.today_on && can_early(plan)
                         ? pool_printf(pool, "%s/early?row=%d", plan->base, row->seq)
                         : pool_printf(pool, "/payments/%s/%d", plan->look.order_number, row->seq));
}

/* The payments of WHAT (was, wanted, offered) of the newest request. */
static size_t
asked_rows(const struct plan *plan, const char *what, struct amend_row rows[AMEND_ROWS_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < plan->n_asked && n < AMEND_ROWS_MAX; i++)
                if (is(plan->asked[i].what, what))
                        rows[n++] = (struct amend_row){plan->asked[i].due_on,
                                                       plan->asked[i].amount_minor};
        return n;
}

/* What was asked for last, and where it stands. */
static void
push_request(struct view *view, struct plan *plan)
{
        const struct plan_look_row *look = &plan->look;
        struct amend_row was[AMEND_ROWS_MAX], wanted[AMEND_ROWS_MAX], offered[AMEND_ROWS_MAX];

        view_text(view, "ask_status", look->ask_status);
        view_text(view, "ask_number", look->ask_number);
        view_lines(view, "ask_words", look->ask_words);
        view_lines(view, "ask_reason", look->ask_reason);
        view_text(view, "answer_by",
                  look->ask_answer_by_null
                          ? ""
                          : format_exact(plan->req->pool, look->ask_answer_by, look->zone));
        plan_push_rows(view, "was", plan, was, asked_rows(plan, "was", was));
        plan_push_rows(view, "wanted", plan, wanted, asked_rows(plan, "wanted", wanted));
        plan_push_rows(view, "offered", plan, offered, asked_rows(plan, "offered", offered));
}

static const struct param show_params[] = {
        PLAN_NUMBER_PARAM, {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY}, PARAM_END};
static const struct param link_params[] = {
        PLAN_TOKEN_PARAM, {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY}, PARAM_END};

static const struct param back_params[] = {PLAN_NUMBER_PARAM, PARAM_END};
static const struct param link_back_params[] = {PLAN_TOKEN_PARAM, PARAM_END};

/* What a subscription is asked for next. */
static enum db_status
push_next(struct view *view, struct plan *plan, bool subscription)
{
        struct plan_period_row *rows = NULL;
        size_t n = 0;
        enum db_status rc = subscription ? plan_periods(plan->req->db, plan->link, plan->number,
                                                        NULL, &rows, &n)
                                         : DB_OK;

        view_text(view, "next_day", n > 0 ? format_exact_date(plan->req->pool, rows[0].was_on) : "");
        view_money(view, "next_amount", n > 0 ? rows[0].minor : 0, plan->look.currency);
        return rc;
}

/* GET /plans/NUMBER, /pay/TOKEN/plan */
static enum http_status
plan_show(struct request *req)
{
        struct plan plan = plan_of(req);
        enum http_status status = plan_load(&plan);
        const struct plan_look_row *look = &plan.look;
        bool subscription;
        struct view *view;

        if (status != HTTP_OK)
                return status;
        subscription = is(look->kind, "subscription");
        view = view_new(req, "portal/plan.html");
        plan_push(view, &plan, "Your plan");
        view_text(view, "done", param_text(req, "done"));
        view_each(view, "rows", "portal/plan.row.html", plan.n_rows, push_row, &plan);
        view_money(view, "paid", look->paid_minor, look->currency);
        view_money(view, "open", look->open_minor, look->currency);
        view_flag(view, "anything_open", look->open_minor > 0);
        view_text(view, "state", look->status);
        view_flag(view, "subscription", subscription);
        view_flag(view, "by_month", !subscription && plan.facts.step_days == 0);
        view_text(view, "method",
                  text_is_empty(look->method_kind) ? ""
                                                   : method_words(req->pool, look->method_kind,
                                                                  look->brand, look->last_four));
        view_flag(view, "waits", waits(&plan));
        view_flag(view, "answer_late",
                  !look->ask_answer_by_null && look->ask_answer_by < session_now(req));
        view_flag(view, "can_change",
                  is(look->status, "live") && !waits(&plan) && !look->read_only &&
                          (look->open_minor > 0 || subscription));
        view_flag(view, "can_early", can_early(&plan));
        plan_push_steps(view, plan.has_steps ? &plan.steps : NULL);
        view_number(view, "early_percent", look->early_percent);
        push_request(view, &plan);
        if (push_next(view, &plan, subscription) != DB_OK)
                return reply_error(req, HTTP_INTERNAL);
        return view_reply(view, HTTP_OK);
}

/* POST .../transfer-back: the transfer that was announced is not on its way. */
static enum http_status
transfer_back_create(struct request *req)
{
        struct plan plan = plan_of(req);
        struct change_answer_row answer = {0};
        enum db_status rc = plan_transfer_back(req->db, plan.link, plan.number, &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        return is(answer.result, "unknown") ? reply_error(req, HTTP_NOT_FOUND)
                                            : plan_go(&plan, "back");
}

/* --- all of them -------------------------------------------------------------------- */

static void
push_mine(struct view *view, size_t i, void *data)
{
        const struct plan_mine_row *row = &((const struct plan_mine_row *)((void **)data)[1])[i];
        struct request *req = ((void **)data)[0];
        struct words words = words_status("agreement", row->status);

        view_row(view, "", &plan_mine_row_type, row);
        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
        view_text(view, "next_day",
                  row->next_on_null ? "" : format_exact_date(req->pool, row->next_on));
        view_money(view, "next", row->next_minor_null ? 0 : row->next_minor, row->currency);
        view_money(view, "open", row->open_minor, row->currency);
        view_flag(view, "by_period", is(row->kind, "subscription") && !row->next_on_null);
}

/* GET /plans */
static enum http_status
plans_show(struct request *req)
{
        struct plan_mine_row *rows;
        struct view *view;
        enum db_status rc;
        size_t n;

        plans_mine_ask(req->db, &rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/plans.html");
        view_text(view, "page_title", "Your plans");
        view_each(view, "plans", "portal/plans.row.html", n, push_mine, (void *[]){req, rows});
        return view_reply(view, HTTP_OK);
}

const struct route plan_routes[] = {
        {GET, "/plans", SIGNED_IN, NULL, plans_show, 0, NULL},
        {GET, "/plans/:number", SIGNED_IN, show_params, plan_show, 0, NULL},
        {GET, "/pay/:token/plan", OPEN, link_params, plan_show, ROUTE_NO_STORE, NULL},
        {POST, "/plans/:number/transfer-back", SIGNED_IN, back_params, transfer_back_create, 0,
         NULL},
        {POST, "/pay/:token/transfer-back", OPEN, link_back_params, transfer_back_create,
         ROUTE_NO_STORE, NULL},
        ROUTE_END};
