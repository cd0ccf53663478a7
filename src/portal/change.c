/* change: the hardship desk: what the customer needs, what the rule in force allows with the exact
 * schedule and cost of each, and the one that they confirm (S1.6, S1.7).  What no rule allows goes
 * to a person, with the customer's own words; there is always a way on.
 *
 * GET .../change asks and offers, GET .../check shows what is about to be agreed, POST .../changes
 * agrees.  The database counts the schedule again and decides by itself what is within the rule. */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/amend_words.h"
#include "http/session.h"
#include "portal/plan.h"
#include "portal/tickets.h"
#include "view/format.h"
#include "view/option.h"

static const char *const needs[] = {"time", "smaller", "skip", "pause", "day", "other", NULL};

static bool
is(const char *text, const char *other)
{
        return text_equal(text, other);
}

/* A whole number of at most four digits; -1 for anything else. */
static int
number_of(const char *text)
{
        size_t len = text != NULL ? strlen(text) : 0;

        return len == 0 || len > 4 || strspn(text, "0123456789") != len ? -1 : atoi(text);
}

/* --- wishes and what becomes of them ------------------------------------------------- */

struct option {
        struct amend_wish wish;
        struct amend_plan made;
        const char *title, *query; /* in words; behind "need=NEED&" in an address */
};

/* Which open payment has place SEQ; the next one when none is named. */
static size_t
row_of(const struct plan *plan, const char *seq)
{
        int wanted = number_of(seq);

        if (text_is_empty(seq))
                return 0;
        for (size_t i = 0; i < plan->facts.n; i++)
                if (plan->open_seq[i] == wanted)
                        return i;
        return AMEND_ROWS_MAX;
}

/* What a word of the address stands for; false for words of one's own. */
static bool
need_of(const char *word, enum amend_need *need)
{
        return is(word, "time") ? (*need = AMEND_MOVE, true) : amend_need_by_name(word, need);
}

/* The wish of the request at hand.  A day that there is not: a sentence; else NULL. */
static const char *
read_wish(struct plan *plan, struct amend_wish *wish)
{
        struct request *req = plan->req;
        const char *need = param_text(req, "need");

        *wish = (struct amend_wish){.which = row_of(plan, param_text(req, "row")),
                                    .parts = number_of(param_text(req, "parts")),
                                    .months = number_of(param_text(req, "months")),
                                    .day = number_of(param_text(req, "day"))};
        if (!need_of(need, &wish->need))
                wish->need = AMEND_PAUSE;
        if (is(need, "time") && !text_is_date(param_text(req, "to"), &wish->to_on))
                return text_is_empty(param_text(req, "to"))
                               ? "Choose the day"
                               : "There is no such day. Choose one such as 2027-03-31";
        if (is(need, "day") && (wish->day < 1 || wish->day > 31))
                return "Enter a day of the month, from 1 to 31";
        return NULL;
}

static void
add_option(struct plan *plan, struct option *options, size_t *n, struct amend_wish wish,
           const char *query)
{
        struct option *option = &options[*n];

        *option = (struct option){.wish = wish, .query = query};
        amend_make(&plan->facts, &plan->rule, &wish, &option->made);
        if (option->made.verdict != AMEND_WRONG)
                (*n)++;
}

/* What an option is in a few words. */
static const char *
option_title(struct plan *plan, const struct option *option)
{
        const struct amend_plan *made = &option->made;

        return option_words(plan->req->pool,
                            &(struct option_told){.need = amend_need_name(option->wish.need),
                                                  .first_on = made->rows[0].on,
                                                  .last_on = made->rows[made->n - 1].on,
                                                  .row_on = plan->open[option->wish.which].on,
                                                  .to_on = option->wish.to_on,
                                                  .day = option->wish.day,
                                                  .months = option->wish.months,
                                                  .n = made->n,
                                                  .minor = made->rows[0].minor,
                                                  .currency = plan->look.currency,
                                                  .locale = plan->look.locale});
}

/* What names a wish behind its need. */
static const char *
wish_query(struct plan *plan, const struct amend_wish *wish)
{
        struct pool *pool = plan->req->pool;

        switch (wish->need) {
        case AMEND_MOVE:
                return pool_printf(pool, "row=%d&to=%s", plan->open_seq[wish->which],
                                   format_rfc3339_date(pool, wish->to_on));
        case AMEND_SMALLER:
                return pool_printf(pool, "parts=%d", wish->parts);
        case AMEND_SKIP:
                return pool_printf(pool, "row=%d", plan->open_seq[wish->which]);
        case AMEND_PAUSE:
                return pool_printf(pool, "months=%d", wish->months);
        default:
                return pool_printf(pool, "day=%d", wish->day);
        }
}

/* What can be offered for NEED: what the rule allows; without any, the first that a person could
 * allow. */
static size_t
make_options(struct plan *plan, const char *need, struct option options[AMEND_WISHES_MAX])
{
        size_t n = 0, kept = 0, tried = 0, which = row_of(plan, param_text(plan->req, "row"));
        struct amend_wish wishes[AMEND_WISHES_MAX];
        enum amend_need wanted;
        bool fits = false;

        if (!text_is_empty(need) && need_of(need, &wanted))
                tried = amend_wishes(&plan->facts, wanted, which, wishes);
        for (size_t i = 0; i < tried; i++)
                add_option(plan, options, &n, wishes[i], wish_query(plan, &wishes[i]));
        for (size_t i = 0; i < n; i++)
                fits = fits || options[i].made.verdict == AMEND_FITS;
        for (size_t i = 0; i < n && kept < (fits ? AMEND_OFFERS_MOST : 2); i++)
                if (!fits || options[i].made.verdict == AMEND_FITS)
                        options[kept++] = options[i];
        for (size_t i = 0; i < kept; i++)
                options[i].title = option_title(plan, &options[i]);
        return kept;
}

/* --- the pages ------------------------------------------------------------------------ */

static void
push_cost(struct view *view, struct plan *plan, const struct amend_plan *made)
{
        view_flag(view, "fits", made->verdict == AMEND_FITS);
        view_text(view, "why", amend_why(made->limit));
        view_text(view, "fee",
                  made->fee_minor == 0 ? ""
                                       : format_money(plan->req->pool, made->fee_minor,
                                                      plan->look.currency, plan->look.locale));
}

static void
push_option(struct view *view, size_t i, void *data)
{
        struct plan *plan = ((void **)data)[0];
        const struct option *option = &((const struct option *)((void **)data)[1])[i];

        view_text(view, "title", option->title);
        view_number(view, "n", (int64_t)i + 1);
        plan_push_rows(view, "payments", plan, option->made.rows, option->made.n);
        push_cost(view, plan, &option->made);
        view_url(view, "check_url",
                 pool_printf(plan->req->pool, "%s/check?need=%s&%s", plan->base,
                             param_text(plan->req, "need"), option->query));
}

static void
push_choice(struct view *view, size_t i, void *data)
{
        struct plan *plan = data;

        view_number(view, "value", plan->open_seq[i]);
        view_text(view, "title",
                  pool_printf(plan->req->pool, "%s, %s",
                              format_exact_date(plan->req->pool, plan->open[i].on),
                              format_money(plan->req->pool, plan->open[i].minor,
                                           plan->look.currency, plan->look.locale)));
        view_flag(view, "chosen", row_of(plan, param_text(plan->req, "row")) == i);
}

/* The question, or the options for what was answered; WRONG stands next to the field that it is
 * about. */
static enum http_status
show_options(struct plan *plan, enum http_status status, const char *wrong)
{
        struct request *req = plan->req;
        struct option options[AMEND_WISHES_MAX] = {0};
        const char *need = param_text(req, "need");
        size_t n = make_options(plan, need, options);
        struct view *view;

        if (text_is_empty(need) || (plan->facts.n == 0 && !is(need, "other")))
                need = plan->facts.n == 0 ? "other" : "";
        view = view_new(req, is(need, "") ? "portal/change.html" : "portal/change.options.html");
        plan_push(view, plan,
                  is(need, "")        ? "What do you need?"
                  : is(need, "other") ? "In your own words"
                                      : "What is possible");
        view_text(view, "need", need);
        view_text(view, "wrong", wrong);
        view_flag(view, "by_month", plan->facts.step_days == 0);
        view_flag(view, "any_fits", n > 0 && options[0].made.verdict == AMEND_FITS);
        view_text(view, "no_why", n > 0 ? amend_why(options[0].made.limit) : "");
        view_each(view, "options", "portal/change.option.html", n, push_option,
                  (void *[]){plan, options});
        view_each(view, "choices", "portal/change.row.html", plan->facts.n, push_choice, plan);
        view_text(view, "to", is(need, "time") && wrong != NULL ? param_typed(req, "to") : "");
        view_text(view, "day", is(need, "day") && wrong != NULL ? param_typed(req, "day") : "");
        view_text(view, "first_day", format_rfc3339_date(req->pool, plan->facts.today));
        view_text(view, "words",
                  is(need, "other") && req->method == POST ? param_typed(req, "words") : "");
        view_text(view, "nonce", token_new(req->pool));
        view_number(view, "version", plan->look.version);
        plan_push_rows(view, "now", plan, plan->open, plan->facts.n);
        return view_reply(view, status);
}

/* Nothing can be asked for now: the plan's page says why. */
static bool
is_closed(const struct plan *plan)
{
        return !is(plan->look.status, "live") ||
               (plan->look.open_minor == 0 && !is(plan->look.kind, "subscription")) ||
               is(plan->look.ask_status, "with_staff") || is(plan->look.ask_status, "countered");
}

static enum http_status
closed(struct plan *plan)
{
        return plan_go(plan, is(plan->look.ask_status, "with_staff") ||
                                             is(plan->look.ask_status, "countered")
                                     ? "open"
                                     : "over");
}

/* GET .../change */
static enum http_status
change_show(struct request *req)
{
        struct plan plan = plan_of(req);
        enum http_status status = plan_load(&plan);

        if (status != HTTP_OK)
                return status;
        if (is_closed(&plan))
                return closed(&plan);
        if (is(plan.look.kind, "subscription") && !is(param_text(req, "need"), "other"))
                return period_show(&plan, HTTP_OK, NULL);
        return show_options(&plan, HTTP_OK, NULL);
}

/* What was wished for cannot be: at its field, or on the plan's page when the plan is another
 * meanwhile. */
static enum http_status
refuse(struct plan *plan, const struct amend_plan *made)
{
        if (made->limit == AMEND_NO_SUCH)
                return plan_go(plan, "stale");
        return show_options(plan, HTTP_UNPROCESSABLE, amend_why(made->limit));
}

static enum http_status
show_check(struct plan *plan, const struct amend_plan *made, enum http_status status)
{
        struct request *req = plan->req;
        struct view *view = view_new(req, "portal/change.check.html");
        static const char *const names[] = {"need", "row", "to", "day", "parts", "months"};

        plan_push(view, plan,
                  made->verdict == AMEND_FITS ? "Check your new plan" : "Ask for this plan");
        plan_push_rows(view, "now", plan, plan->open, plan->facts.n);
        plan_push_rows(view, "new", plan, made->rows, made->n);
        push_cost(view, plan, made);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                view_text(view, names[i], param_text(req, names[i]));
        view_text(view, "nonce", token_new(req->pool));
        view_number(view, "version", plan->look.version);
        view_text(view, "words", req->method == POST ? param_typed(req, "words") : "");
        view_text(view, "words_error", req->method == POST ? param_error(req, "words") : "");
        return view_reply(view, status);
}

/* GET .../check */
static enum http_status
check_show(struct request *req)
{
        struct plan plan = plan_of(req);
        struct amend_plan made;
        struct amend_wish wish;
        enum http_status status = plan_load(&plan);
        const char *wrong;

        if (status != HTTP_OK)
                return status;
        if (is_closed(&plan) || plan.facts.n == 0)
                return closed(&plan);
        if ((wrong = read_wish(&plan, &wish)) != NULL)
                return show_options(&plan, HTTP_UNPROCESSABLE, wrong);
        amend_make(&plan.facts, &plan.rule, &wish, &made);
        return made.verdict == AMEND_WRONG ? refuse(&plan, &made)
                                           : show_check(&plan, &made, HTTP_OK);
}

/* [{"on": "2027-03-01", "minor": 3333}, ...] */
const char *
change_rows_text(struct pool *pool, const struct amend_row *rows, size_t n)
{
        const char *text = "";

        for (size_t i = 0; i < n; i++)
                text = pool_printf(pool, "%s%s{\"on\": \"%s\", \"minor\": %lld}", text,
                                   i > 0 ? ", " : "", format_rfc3339_date(pool, rows[i].on),
                                   (long long)rows[i].minor);
        return pool_printf(pool, "[%s]", text);
}

static enum http_status
answered(struct plan *plan, enum db_status rc, const char *result)
{
        if (rc != DB_OK)
                return http_from_db(plan->req, rc);
        if (is(result, "unknown"))
                return reply_error(plan->req, HTTP_NOT_FOUND);
        return plan_go(plan, result);
}

/* In their words alone. */
static enum http_status
ask_person(struct plan *plan)
{
        struct request *req = plan->req;
        struct change_answer_row answer = {0};
        enum db_status rc;

        if (text_is_empty(param_text(req, "words")) || !params_valid(req))
                return show_options(plan, HTTP_UNPROCESSABLE,
                                    param_error(req, "words") != NULL &&
                                                    !text_is_empty(param_error(req, "words"))
                                            ? param_error(req, "words")
                                            : "Say what would help you");
        rc = change_ask(req->db, plan->link, plan->number, (int32_t)param_int(req, "version"),
                        param_text(req, "nonce"), "other", NULL, 0, 0, param_text(req, "words"), "",
                        plan_personal(req), &answer);
        if (rc == DB_OK && is(answer.result, "open"))
                return show_options(plan, HTTP_CONFLICT,
                                    "Your last request is still open. Take it back on your plan’s "
                                    "page, or wait for our answer");
        return answered(plan, rc, answer.result);
}

/* POST .../changes */
static enum http_status
change_create(struct request *req)
{
        struct plan plan = plan_of(req);
        struct change_answer_row answer = {0};
        struct amend_plan made = {0};
        struct amend_wish wish;
        enum http_status status = plan_load(&plan);
        const char *wrong, *shown;
        enum db_status rc;

        if (status != HTTP_OK)
                return status;
        if (param_text(req, "nonce") == NULL || param_text(req, "need") == NULL)
                return reply_error(req, HTTP_BAD_REQUEST);
        if (is(param_text(req, "need"), "other"))
                return ask_person(&plan);
        wrong = read_wish(&plan, &wish);
        /* The plan that the form was about is another meanwhile, perhaps by this very form: the
         * database knows. */
        if (plan.look.version == param_int(req, "version")) {
                if (wrong != NULL)
                        return show_options(&plan, HTTP_UNPROCESSABLE, wrong);
                amend_make(&plan.facts, &plan.rule, &wish, &made);
                if (made.verdict == AMEND_WRONG && !is_closed(&plan))
                        return refuse(&plan, &made);
                if (!params_valid(req))
                        return show_check(&plan, &made, HTTP_UNPROCESSABLE);
        }
        shown = pool_printf(req->pool, "%s\n%s", plan_text(&plan, made.rows, made.n),
                            made.fee_minor > 0 ? "With the fee for the change."
                                               : "The change is free of charge.");
        rc = change_ask(req->db, plan.link, plan.number, (int32_t)param_int(req, "version"),
                        param_text(req, "nonce"), amend_need_name(wish.need),
                        change_rows_text(req->pool, made.rows, made.n), made.fee_minor, 0,
                        param_text(req, "words") != NULL ? param_text(req, "words") : "", shown,
                        plan_personal(req), &answer);
        return answered(&plan, rc, answer.result);
}

/* POST .../answers: to what staff offer, or take the request back. */
static enum http_status
answer_create(struct request *req)
{
        struct plan plan = plan_of(req);
        struct change_answer_row answer = {0};
        struct amend_row offered[AMEND_ROWS_MAX];
        enum http_status status = plan_load(&plan);
        enum db_status rc;
        size_t n = 0;

        if (status != HTTP_OK)
                return status;
        if (!params_valid(req))
                return plan_go(&plan, "stale");
        for (size_t i = 0; i < plan.n_asked && n < AMEND_ROWS_MAX; i++)
                if (is(plan.asked[i].what, "offered"))
                        offered[n++] = (struct amend_row){plan.asked[i].due_on,
                                                          plan.asked[i].amount_minor};
        rc = change_answer(req->db, plan.link, plan.number, param_text(req, "request"),
                           param_text(req, "act"), plan_text(&plan, offered, n), plan_personal(req),
                           &answer);
        return answered(&plan, rc,
                        is(answer.result, "same")
                                ? is(param_text(req, "act"), "agree") ? "agreed" : "withdrawn"
                                : answer.result);
}

/* What names a wish, from an address or a form. */
#define WISH(where)                                                                                \
        {.name = "need", .type = PARAM_CHOICE, .from = where, .choices = needs},                   \
                {.name = "row", .type = PARAM_TEXT, .from = where, .max = 10},                     \
                {.name = "to", .type = PARAM_TEXT, .from = where, .max = 20},                      \
                {.name = "day", .type = PARAM_TEXT, .from = where, .max = 10},                     \
                {.name = "parts", .type = PARAM_TEXT, .from = where, .max = 10},                   \
        {                                                                                          \
                .name = "months", .type = PARAM_TEXT, .from = where, .max = 10                     \
        }
#define FORM                                                                                       \
        WISH(FROM_FORM), TICKET_NONCE_PARAM,                                                       \
                {.name = "version",                                                                \
                 .type = PARAM_INT,                                                                \
                 .from = FROM_FORM,                                                                \
                 .min = 0,                                                                         \
                 .max = 1000000},                                                                  \
        {                                                                                          \
                .name = "words", .type = PARAM_TEXT_LONG, .from = FROM_FORM,                       \
                .max = TICKET_TEXT_MOST, .invalid = "Please shorten it, and write no card number"  \
        }
static const char *const acts[] = {"agree", "withdraw", NULL};
#define ANSWER                                                                                     \
        {.name = "request", .type = PARAM_ORDER_NUMBER, .from = FROM_FORM, .required = true},      \
        {                                                                                          \
                .name = "act", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = acts,           \
                .required = true                                                                   \
        }

static const struct param own_wish[] = {PLAN_NUMBER_PARAM, WISH(FROM_QUERY), PARAM_END};
static const struct param link_wish[] = {PLAN_TOKEN_PARAM, WISH(FROM_QUERY), PARAM_END};
static const struct param own_form[] = {PLAN_NUMBER_PARAM, FORM, PARAM_END};
static const struct param link_form[] = {PLAN_TOKEN_PARAM, FORM, PARAM_END};
static const struct param own_answer[] = {PLAN_NUMBER_PARAM, ANSWER, PARAM_END};
static const struct param link_answer[] = {PLAN_TOKEN_PARAM, ANSWER, PARAM_END};

const struct route change_routes[] = {
        {GET, "/plans/:number/change", SIGNED_IN, own_wish, change_show, 0, NULL},
        {GET, "/plans/:number/check", SIGNED_IN, own_wish, check_show, 0, NULL},
        {POST, "/plans/:number/changes", SIGNED_IN, own_form, change_create, ROUTE_MAILS, NULL},
        {POST, "/plans/:number/answers", SIGNED_IN, own_answer, answer_create, ROUTE_MAILS, NULL},
        {GET, "/pay/:token/change", OPEN, link_wish, change_show, ROUTE_NO_STORE, NULL},
        {GET, "/pay/:token/check", OPEN, link_wish, check_show, ROUTE_NO_STORE, NULL},
        {POST, "/pay/:token/changes", OPEN, link_form, change_create, ROUTE_NO_STORE | ROUTE_MAILS,
         NULL},
        {POST, "/pay/:token/answers", OPEN, link_answer, answer_create,
         ROUTE_NO_STORE | ROUTE_MAILS, NULL},
        ROUTE_END};
