/* plan: what is paid over time for one order: its timeline, and what it may become.  Opened by
 * login ("/plans/NUMBER") or by the link of a mail about one of its amounts ("/pay/TOKEN"). */
#ifndef LATCHKEY_PORTAL_PLAN_H
#define LATCHKEY_PORTAL_PLAN_H

#include "domain/amend.h"
#include "http/request.h"
#include "portal/portal.h"
#include "queries/plan.h"

#define PLAN_TOKEN_PARAM { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH }
#define PLAN_NUMBER_PARAM { .name = "number", .type = PARAM_ORDER_NUMBER, .from = FROM_PATH }

struct plan {
        struct request *req;
        const char *token, *number;     /* by link, or by login */
        struct db_bytes link;
        const char *base, *url;         /* before "/change"; its own page */
        struct plan_look_row look;
        bool found;
        struct plan_row_row *rows;
        struct plan_first_row *first;
        struct plan_asked_row *asked;
        size_t n_rows, n_first, n_asked;
        struct plan_under_way_row way;  /* what keeps it as it is for now */
        struct pay_steps_row steps;     /* what follows while an amount is late */
        bool has_way, has_steps;

        /* For the option maker.  FACTS has no rows when nothing can be changed. */
        struct amend_row open[AMEND_ROWS_MAX], agreed[AMEND_ROWS_MAX];
        int32_t open_seq[AMEND_ROWS_MAX];       /* their places in the order */
        struct amend_facts facts;
        struct amend_rule rule;
};

/* Which plan the route is about. */
struct plan plan_of(struct request *req);

/* Look it up.  HTTP_OK, or the answer that was made instead. */
enum http_status plan_load(struct plan *plan);

/* What every page of it shows: title, addresses, the way back. */
void plan_push(struct view *view, struct plan *plan, const char *title);

/* NAME becomes these payments, "<day> <amount>" each; NAME_sum their sum. */
void plan_push_rows(struct view *view, const char *name, struct plan *plan, const struct amend_row *rows, size_t n);

/* The same as plain text, for what is kept of what was shown. */
const char *plan_text(struct plan *plan, const struct amend_row *rows, size_t n);

/* [{"on": "2027-03-01", "minor": 3333}, ...] as the database takes a schedule. */
const char *change_rows_text(struct pool *pool, const struct amend_row *rows, size_t n);

/* Every page of what is owed says what follows while it is late: says_late, says_nothing_new and its
 * day, and so on, for part/late-steps.html.  STEPS NULL: nothing does. */
void plan_push_steps(struct view *view, const struct pay_steps_row *steps);

/* What a subscription may become, in place of the questions of change.c (period.c). */
enum http_status period_show(struct plan *plan, enum http_status status, const char *wrong);

/* Address and browser of whoever agrees. */
const char *plan_personal(struct request *req);

/* To the plan's page, which says what DONE means. */
enum http_status plan_go(struct plan *plan, const char *done);

#endif
