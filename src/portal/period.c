/* period: what somebody may ask their subscription to become: one period left out, a pause, another
 * day of the month (S1.6).  The days and what the rule says are the database's (plan_periods()).
 *
 * GET .../change shows it in place of the questions for instalments, POST .../periods agrees. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/amend_words.h"
#include "portal/plan.h"
#include "portal/tickets.h"
#include "view/format.h"

enum { DAY_MOST = 28 };

static bool
is(const char *text, const char *other)
{
        return text_equal(text, other);
}

/* How the form names a choice: "pause-2". */
static const char *
value_of(struct pool *pool, const struct plan_period_row *row)
{
        return pool_printf(pool, "%s-%d", row->need, row->n);
}

/* A day from 1 to 28; 0 for anything else. */
static int32_t
day_of(const char *text)
{
        size_t len = text != NULL ? strlen(text) : 0;
        int day = len == 0 || len > 2 || strspn(text, "0123456789") != len ? 0 : atoi(text);

        return day <= DAY_MOST ? day : 0;
}

/* Why a person decides, as the customer reads it. */
static const char *
why_words(const char *name)
{
        for (int i = 0; i < AMEND_LIMITS; i++)
                if (is(amend_limit_name((enum amend_limit)i), name))
                        return amend_why((enum amend_limit)i);
        return "";
}

struct periods {
        struct plan *plan;
        struct plan_period_row *rows;
        size_t n;
        const char *chosen;
};

static enum db_status
load(struct periods *p)
{
        struct request *req = p->plan->req;
        const char *typed = param_text(req, req->method == POST ? "choice" : "day");
        int32_t day = day_of(req->method == POST && text_starts(typed != NULL ? typed : "", "day-")
                                     ? typed + strlen("day-")
                                     : typed);

        p->chosen = req->method == POST ? typed
                    : day > 0           ? pool_printf(req->pool, "day-%d", day)
                                        : "skip-1";
        return plan_periods(req->db, p->plan->link, p->plan->number, day > 0 ? &day : NULL,
                            &p->rows, &p->n);
}

static void
push_choice(struct view *view, size_t i, void *data)
{
        const struct periods *p = data;
        const struct plan_period_row *row = &p->rows[i];
        struct pool *pool = p->plan->req->pool;

        view_text(view, "value", value_of(pool, row));
        view_text(view, "need", row->need);
        view_number(view, "n", row->n);
        view_text(view, "next_day", format_exact_date(pool, row->next_on));
        view_text(view, "was_day", format_exact_date(pool, row->was_on));
        view_money(view, "amount", row->minor, p->plan->look.currency);
        view_text(view, "why", why_words(row->why));
        view_flag(view, "chosen", is(p->chosen, value_of(pool, row)));
}

static enum http_status
show(struct periods *p, enum http_status status, const char *wrong)
{
        struct plan *plan = p->plan;
        struct request *req = plan->req;
        struct view *view = view_new(req, "portal/period.html");
        bool asked = req->method == GET && !text_is_empty(param_text(req, "day"));
        bool bad_day = asked && day_of(param_text(req, "day")) == 0;

        plan_push(view, plan, "What do you need?");
        view_text(view, "wrong", wrong);
        view_text(view, "day_wrong", bad_day ? "Enter a day of the month, from 1 to 28" : "");
        view_text(view, "day", asked ? param_typed(req, "day") : "");
        view_flag(view, "by_month", !is(plan->look.every, "week"));
        view_text(view, "every", plan->look.every);
        view_each(view, "choices", "portal/period.choice.html", p->n, push_choice, p);
        view_money(view, "next_amount", p->n > 0 ? p->rows[0].minor : 0, plan->look.currency);
        view_text(view, "next_day",
                  p->n > 0 ? format_exact_date(req->pool, p->rows[0].was_on) : "");
        view_text(view, "words", req->method == POST ? param_typed(req, "words") : "");
        view_text(view, "words_error", req->method == POST ? param_error(req, "words") : "");
        view_text(view, "nonce", token_new(req->pool));
        view_number(view, "version", plan->look.version);
        return view_reply(view, bad_day ? HTTP_UNPROCESSABLE : status);
}

enum http_status
period_show(struct plan *plan, enum http_status status, const char *wrong)
{
        struct periods p = {.plan = plan};
        enum db_status rc = load(&p);

        return rc != DB_OK ? http_from_db(plan->req, rc) : show(&p, status, wrong);
}

/* POST .../periods */
static enum http_status
period_create(struct request *req)
{
        struct plan plan = plan_of(req);
        struct periods p = {.plan = &plan};
        const struct plan_period_row *row = NULL;
        struct change_answer_row answer = {0};
        struct amend_row wanted;
        enum http_status status = plan_load(&plan);
        enum db_status rc;

        if (status != HTTP_OK)
                return status;
        if (param_text(req, "nonce") == NULL)
                return reply_error(req, HTTP_BAD_REQUEST);
        if (!is(plan.look.kind, "subscription"))
                return plan_go(&plan, "stale");
        if ((rc = load(&p)) != DB_OK)
                return http_from_db(req, rc);
        for (size_t i = 0; i < p.n; i++)
                if (is(p.chosen, value_of(req->pool, &p.rows[i])))
                        row = &p.rows[i];
        /* The database says what became of a plan that is another meanwhile, perhaps by this form. */
        if (plan.look.version == param_int(req, "version") && (row == NULL || !params_valid(req)))
                return show(&p, HTTP_UNPROCESSABLE,
                            row == NULL ? "Choose what you need" : NULL);
        wanted = (struct amend_row){row != NULL ? row->next_on : 0, row != NULL ? row->minor : 0};
        rc = change_ask(req->db, plan.link, plan.number, (int32_t)param_int(req, "version"),
                        param_text(req, "nonce"), row != NULL ? row->need : "pause",
                        change_rows_text(req->pool, &wanted, 1), 0, 0,
                        param_text(req, "words") != NULL ? param_text(req, "words") : "",
                        plan_text(&plan, &wanted, 1), plan_personal(req), &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return is(answer.result, "unknown") ? reply_error(req, HTTP_NOT_FOUND)
                                            : plan_go(&plan, answer.result);
}

#define FORM                                                                                       \
        TICKET_NONCE_PARAM,                                                                        \
                {.name = "version",                                                                \
                 .type = PARAM_INT,                                                                \
                 .from = FROM_FORM,                                                                \
                 .min = 0,                                                                         \
                 .max = 1000000},                                                                  \
                {.name = "choice", .type = PARAM_TEXT, .from = FROM_FORM, .max = 20},              \
        {                                                                                          \
                .name = "words", .type = PARAM_TEXT_LONG, .from = FROM_FORM,                       \
                .max = TICKET_TEXT_MOST, .invalid = "Please shorten it, and write no card number"  \
        }

static const struct param own_form[] = {PLAN_NUMBER_PARAM, FORM, PARAM_END};
static const struct param link_form[] = {PLAN_TOKEN_PARAM, FORM, PARAM_END};

const struct route period_routes[] = {
        {POST, "/plans/:number/periods", SIGNED_IN, own_form, period_create, ROUTE_MAILS, NULL},
        {POST, "/pay/:token/periods", OPEN, link_form, period_create, ROUTE_NO_STORE | ROUTE_MAILS,
         NULL},
        ROUTE_END};
