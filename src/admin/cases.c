/* cases: payments that failed: what waits, the oldest first, with the money at risk on top; what
 * is over, the newest first.  Filters in the address, 50 a page. */
#include "admin/cases.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/care.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50, MOST_UNITS = 10000000 };

static const char *const states[] = {"active", "open", "waiting", "resolved",
                                     "closed", "all",  NULL};
static const char *const owners[] = {"me", "none", NULL};
static const char *const yes_no[] = {"yes", "no", NULL};
/* As the database names them (decline_name()). */
static const char *const classes[] = {"soft",       "soft_funds",  "bank", "fix_card",
                                      "on_session", "never_again", NULL};

static const struct param cases_params[] = {
        {.name = "state", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = states},
        {.name = "class", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = classes},
        {.name = "owner", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = owners},
        {.name = "least", .type = PARAM_INT, .from = FROM_QUERY, .min = 0, .max = MOST_UNITS},
        {.name = "cause", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40},
        {.name = "recovered", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = yes_no},
        {.name = "rated", .type = PARAM_CHECK, .from = FROM_QUERY},
        {.name = "from", .type = PARAM_DATE, .from = FROM_QUERY},
        {.name = "to", .type = PARAM_DATE, .from = FROM_QUERY},
        {.name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40},
        PARAM_END};

struct list {
        struct request *req;
        const char *state, *class, *owner, *cause, *recovered;
        int64_t least;
        bool rated, past;
        instant since, until, at;
        int64_t id;
        struct care_row *rows;
        struct care_risk_row *risks;
        struct care_cause_row *causes;
        size_t n, n_risks, n_causes;
};

static const char *
or_any(const char *text)
{
        return text != NULL ? text : "";
}

static bool
read_list(struct list *list)
{
        struct request *req = list->req;
        const char *zone = req->config->zone, *after = param_text(req, "after");

        list->state = param_text(req, "state") != NULL ? param_text(req, "state") : "active";
        list->past = text_equal(list->state, "resolved") || text_equal(list->state, "closed") ||
                     text_equal(list->state, "all");
        list->class = or_any(param_text(req, "class"));
        list->owner = or_any(param_text(req, "owner"));
        list->cause = or_any(param_text(req, "cause"));
        list->recovered = or_any(param_text(req, "recovered"));
        list->least = param_int(req, "least");
        list->rated = param_check(req, "rated");
        list->since = param_text(req, "from") != NULL ? desk_midnight(zone, param_int(req, "from"))
                                                      : DESK_FIRST;
        list->until = param_text(req, "to") != NULL ? desk_midnight(zone, param_int(req, "to") + 1)
                                                    : DESK_LAST;
        if (!desk_place(after, &list->at, &list->id))
                return false;
        if (after == NULL && !list->past) {
                list->at = DESK_FIRST;
                list->id = 0;
        }
        return true;
}

static void
ask(struct list *list)
{
        struct db *db = list->req->db;

        if (list->past) {
                care_past_ask(db, list->state, list->class, list->owner, list->least, list->cause,
                              list->recovered, list->rated, list->since, list->until, list->at,
                              list->id, PAGE_ROWS + 1, &list->rows, &list->n);
        } else {
                care_active_ask(db, list->state, list->class, list->owner, list->least, list->at,
                                list->id, PAGE_ROWS + 1, &list->rows, &list->n);
                care_risk_ask(db, list->state, list->class, list->owner, list->least, &list->risks,
                              &list->n_risks);
        }
        care_causes_ask(db, &list->causes, &list->n_causes);
}

/* The address of this list with its filters; a place may follow. */
static const char *
address(const struct list *list)
{
        static const char *const names[] = {"class",     "owner", "least", "cause",
                                            "recovered", "rated", "from",  "to"};
        const char *text = pool_printf(list->req->pool, "/admin/cases?state=%s", list->state);

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                const char *typed = param_typed(list->req, names[i]);

                if (*typed != '\0')
                        text = pool_printf(list->req->pool, "%s&%s=%s", text, names[i],
                                           text_url_encode(list->req->pool, typed));
        }
        return text;
}

/* --- rows -------------------------------------------------------------------- */

/* What is waited for, in a few words; why stands below it. */
static const char *
next_words(struct pool *pool, const struct care_row *row, const char *zone, instant now)
{
        if (!row->promised_on_null)
                return pool_printf(pool, "Promised for %s",
                                   format_date(pool, row->promised_on, now, zone));
        if (text_equal(row->next_step, "retry") && !row->next_at_null)
                return pool_printf(pool, "We try again %s",
                                   format_inside(pool, format_short(pool, row->next_at, zone, now, false)));
        if (text_equal(row->next_step, "wait"))
                return "Waiting for a bank transfer";
        if (text_equal(row->next_step, "none"))
                return "Nothing by itself";
        return text_equal(row->next_step, "ask") ? "Waiting for the customer" : "Being planned";
}

static void
case_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct care_row *row = &list->rows[i];
        struct request *req = list->req;

        view_row(view, "", &care_row_type, row);
        view_money(view, "money", row->amount_minor, row->currency);
        desk_status(view, "state", "case", row->status);
        view_text(view, "class_words", words_of("class", row->class));
        view_text(view, "reason_words", words_of("decline", row->reason_code));
        view_stamp(view, "began", row->opened_at, false);
        view_text(view, "age",
                  format_seconds(req->pool,
                                 (double)(req->identity.now_at - row->opened_at) / CLOCK_SECOND));
        desk_time(view, "settled", row->resolved_at, row->resolved_at_null);
        view_flag(view, "over", !row->resolved_at_null);
        view_flag(view, "again", row->failures > 1);
        view_text(view, "next",
                  next_words(req->pool, row, req->config->zone, req->identity.now_at));
        view_flag(view, "has_score", !row->score_null);
        view_flag(view, "low", !row->score_null && row->score <= 2);
}

static void
risk_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct care_risk_row *row = &list->risks[i];

        view_text(view, "currency", row->currency);
        view_money(view, "money", row->amount_minor, row->currency);
        view_number(view, "n", row->n);
}

static void
push_choice(struct view *view, const char *value, const char *title, const char *chosen)
{
        view_text(view, "value", value);
        view_text(view, "title", title);
        view_flag(view, "chosen", text_equal(value, chosen));
}

static void
state_row(struct view *view, size_t i, void *data)
{
        const char *state = states[i];

        push_choice(view, state,
                    text_equal(state, "active") ? "Open and waiting"
                    : text_equal(state, "all")  ? "All"
                                                : words_status("case", state).text,
                    ((const struct list *)data)->state);
}

static void
class_row(struct view *view, size_t i, void *data)
{
        push_choice(view, classes[i], words_of("class", classes[i]),
                    ((const struct list *)data)->class);
}

static void
owner_row(struct view *view, size_t i, void *data)
{
        push_choice(view, owners[i], i == 0 ? "Mine" : "Nobody’s",
                    ((const struct list *)data)->owner);
}

static void
cause_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        if (i == 0)
                push_choice(view, "none", "No cause said yet", list->cause);
        else
                push_choice(view, list->causes[i - 1].cause, list->causes[i - 1].title,
                            list->cause);
}

static void
push_form(struct view *view, struct list *list)
{
        struct request *req = list->req;

        view_flag(view, "past", list->past);
        view_flag(view, "filtered", strcmp(address(list), "/admin/cases?state=active") != 0);
        view_text(view, "least", param_typed(req, "least"));
        view_text(view, "from", param_text(req, "from"));
        view_text(view, "to", param_text(req, "to"));
        view_flag(view, "rated_only", list->rated);
        view_text(view, "recovered", list->recovered);
        view_each(view, "states", "admin/orders.choice.html", G_N_ELEMENTS(states) - 1, state_row,
                  list);
        view_each(view, "classes", "admin/orders.choice.html", G_N_ELEMENTS(classes) - 1, class_row,
                  list);
        view_each(view, "owners", "admin/orders.choice.html", G_N_ELEMENTS(owners) - 1, owner_row,
                  list);
        view_each(view, "causes", "admin/orders.choice.html", list->n_causes + 1, cause_row, list);
}

/* GET /cases */
static enum http_status
cases_show(struct request *req)
{
        struct list list = {.req = req};
        const struct care_row *last;
        struct view *view;
        enum db_status rc;
        size_t shown;

        if (!read_list(&list))
                return reply_error(req, HTTP_BAD_REQUEST);
        ask(&list);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(list.n, (size_t)PAGE_ROWS);
        last = shown > 0 ? &list.rows[shown - 1] : NULL;
        view = view_new(req, "admin/cases.html");
        view_text(view, "page_title", "Failed payments");
        push_form(view, &list);
        view_each(view, "risks", "admin/cases.risk.html", list.n_risks, risk_row, &list);
        view_each(view, "cases", list.past ? "admin/cases.past.html" : "admin/cases.row.html",
                  shown, case_row, &list);
        view_url(view, "first_url", param_text(req, "after") != NULL ? address(&list) : "");
        view_url(view, "next_url",
                 list.n > shown ? pool_printf(req->pool, "%s&after=%" PRId64 "-%" PRId64,
                                              address(&list), last->opened_at, last->id)
                                : "");
        return view_reply(view, HTTP_OK);
}

const struct route cases_routes[] = {{GET, "/cases", STAFF, cases_params, cases_show, 0, "read"},
                                     ROUTE_END};
