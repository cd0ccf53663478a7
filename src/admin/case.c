/* case: one payment that failed, on one page: the customer and the amount, what happened, the
 * playbook for it, and what can be done.  What the forms do is in case_act.c. */
#include "admin/case.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "base/token.h"
#include "http/reply.h"
#include "view/format.h"
#include "view/method.h"
#include "view/words.h"

static const struct param show_params[] = {{.name = "id", .type = PARAM_ID, .from = FROM_PATH},
                                           {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY},
                                           PARAM_END};

enum db_status
case_ask(struct case_all *all)
{
        struct db *db = all->req->db;
        int64_t id = param_int(all->req, "id");

        care_case_ask(db, id, &all->row);
        care_timeline_ask(db, id, &all->events, &all->n_events);
        care_playbook_ask(db, id, &all->book, &all->has_book);
        care_answers_ask(db, id, &all->answers, &all->n_answers);
        care_causes_ask(db, &all->causes, &all->n_causes);
        care_staff_ask(db, &all->staff, &all->n_staff);
        return db_wait(db);
}

/* --- rows -------------------------------------------------------------------- */

static void
push_choice(struct view *view, const char *value, const char *title, bool chosen)
{
        view_text(view, "value", value);
        view_text(view, "title", title);
        view_flag(view, "chosen", chosen);
}

static void
cause_row(struct view *view, size_t i, void *data)
{
        const struct case_all *all = data;
        const struct care_cause_row *cause = &all->causes[i];

        push_choice(view, cause->cause, cause->title,
                    text_equal(cause->cause, all->row.cause_guess));
}

static void
staff_row(struct view *view, size_t i, void *data)
{
        const struct case_all *all = data;
        const struct care_staff_row *row = &all->staff[i];

        push_choice(view, pool_printf(all->req->pool, "%" PRId64, row->id), row->name,
                    !all->row.owner_id_null && all->row.owner_id == row->id);
}

/* --- the timetable of access -------------------------------------------------- */

struct step {
        const char *what;
        int32_t day;
        bool over;
};
struct steps {
        struct step rows[3];
        size_t n;
        struct request *req;
        const char *zone;
};

static void
step_add(struct steps *steps, const char *what, int32_t day, bool none, int64_t today)
{
        if (!none)
                steps->rows[steps->n++] = (struct step){what, day, day <= today};
}

static void
step_row(struct view *view, size_t i, void *data)
{
        const struct steps *steps = data;
        struct request *req = steps->req;

        view_text(view, "what", steps->rows[i].what);
        view_text(view, "day",
                  format_date(req->pool, steps->rows[i].day, req->identity.now_at, steps->zone));
        view_flag(view, "over", steps->rows[i].over);
}

static void
push_access(struct view *view, const struct case_all *all)
{
        const struct care_case_row *row = &all->row;
        struct steps steps = {.req = all->req, .zone = row->zone};
        int64_t today = row->now_at / CLOCK_SECOND / 86400;
        bool owed =
                text_equal(row->due_status, "open") || text_equal(row->due_status, "written_off");

        if (row->access_status != NULL)
                desk_status(view, "access", "access", row->access_status);
        else
                view_text(view, "access", "");
        if (owed) {
                step_add(&steps, "Nothing new opens", row->nothing_new_on, row->nothing_new_on_null,
                         today);
                step_add(&steps, "Read only", row->read_only_on, row->read_only_on_null, today);
                step_add(&steps, "Locked, but for what was paid", row->locked_on,
                         row->locked_on_null, today);
        }
        view_each(view, "steps", "admin/case.step.html", steps.n, step_row, &steps);
}

/* --- the page ------------------------------------------------------------------ */

static const char *
next_words(const struct case_all *all)
{
        const struct care_case_row *row = &all->row;
        struct pool *pool = all->req->pool;

        if (!text_equal(row->status, "open") && !text_equal(row->status, "waiting"))
                return "";
        if (!row->promised_on_null)
                return pool_printf(pool, "The customer promised to pay by %s.",
                                   format_date(pool, row->promised_on, row->now_at, row->zone));
        if (row->stopped)
                return "Nothing is tried by itself.";
        if (text_equal(row->next_step, "retry") && !row->next_at_null)
                return pool_printf(pool, "We try again %s.",
                                   format_inside(pool, format_time(pool, row->next_at, row->zone, row->now_at)));
        if (text_equal(row->next_step, "wait"))
                return "A bank transfer is waited for.";
        return text_equal(row->next_step, "ask") ? "The customer has to do something."
                                                 : "The next step is being planned.";
}

static void
push_facts(struct view *view, const struct case_all *all)
{
        const struct care_case_row *row = &all->row;
        struct pool *pool = all->req->pool;

        view_row(view, "case", &care_case_row_type, row);
        view_money(view, "rest", row->rest_minor, row->currency);
        view_money(view, "whole", row->amount_minor, row->currency);
        desk_status(view, "state", "case", row->status);
        desk_status(view, "due_state", "due", row->due_status);
        view_text(view, "due_day", format_date(pool, row->due_on, row->now_at, row->zone));
        view_text(view, "class_words", words_of("class", row->class));
        view_text(view, "reason_words", words_of("decline", row->reason_code));
        view_text(view, "resolved_words", words_of("resolved_by", row->resolved_by));
        view_text(view, "method", method_words(pool, row->method_kind, row->brand, row->last_four));
        view_text(view, "local_time",
                  format_short(pool, row->now_at, row->zone, row->now_at, false));
        view_text(view, "shop_zone", all->req->config->zone);
        desk_time(view, "settled", row->resolved_at, row->resolved_at_null);
        desk_time(view, "put_away", row->closed_at, row->closed_at_null);
        view_text(view, "next", next_words(all));
        view_flag(view, "again", row->failures > 1);
}

/* What this member of staff may do to a case in this state. */
static void
push_rights(struct view *view, const struct case_all *all)
{
        const struct care_case_row *row = &all->row;
        struct request *req = all->req;
        bool may = desk_may(req, "cases"), owed = text_equal(row->due_status, "open");
        bool active = text_equal(row->status, "open") || text_equal(row->status, "waiting");

        view_flag(view, "may", may);
        view_flag(view, "active", active);
        view_flag(view, "owed", owed);
        view_flag(view, "resolved", text_equal(row->status, "resolved"));
        view_flag(view, "closed", text_equal(row->status, "closed"));
        view_flag(view, "may_pay", may && active && owed);
        view_flag(view, "may_offer", row->splits && owed && desk_may(req, "plans"));
        view_flag(view, "may_settle", desk_may(req, "settle") && active && owed);
        view_flag(view, "may_read_posts", desk_may(req, "tickets"));
        view_flag(view, "has_links", row->links > 0);
}

/* Of the form that is shown again, where it has one. */
static const char *
typed_nonce(struct request *req)
{
        for (const struct param *p = req->route->params; p->name != NULL; p++)
                if (text_equal(p->name, "nonce"))
                        return param_typed(req, "nonce");
        return NULL;
}

static void
push_forms(struct view *view, const struct case_all *all, bool again)
{
        struct request *req = all->req;
        const char *nonce = NULL;

        for (size_t i = 0; case_forms[i] != NULL; i++)
                view_form_empty(view, case_forms[i]);
        view_text(view, "subject", pool_printf(req->pool, "Your payment for %s", all->row.title));
        view_text(view, "outcome", "");
        view_text(view, "how", "");
        if (again) {
                view_form(view, req);
                nonce = typed_nonce(req);
        }
        case_said(view, again ? NULL : param_text(req, "done"));
        view_text(view, "nonce", !text_is_empty(nonce) ? nonce : token_new(req->pool));
}

enum http_status
case_page(struct case_all *all, enum http_status status, bool again)
{
        struct view *view = view_new(all->req, "admin/case.html");
        const char *name = all->row.customer_name;

        view_text(view, "page_title", text_is_empty(name) ? all->row.title : name);
        push_forms(view, all, again);
        push_facts(view, all);
        push_rights(view, all);
        push_access(view, all);
        case_push_events(view, all);
        case_push_book(view, all, again);
        view_each(view, "causes", "admin/orders.choice.html", all->n_causes, cause_row, all);
        view_each(view, "colleagues", "admin/orders.choice.html", all->n_staff, staff_row, all);
        return view_reply(view, status);
}

/* GET /cases/:id */
static enum http_status
case_show(struct request *req)
{
        struct case_all all = {.req = req};
        enum db_status rc = case_ask(&all);

        return rc == DB_OK ? case_page(&all, HTTP_OK, false) : http_from_db(req, rc);
}

const struct route case_routes[] = {{GET, "/cases/:id", STAFF, show_params, case_show, 0, "read"},
                                    ROUTE_END};
