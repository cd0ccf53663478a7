/* system: what the product does by itself: jobs, schedules, alarms. */
#include "admin/system.h"

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/report.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

enum { JOBS_MOST = 50, ALARMS_MOST = 50, OVER_MOST = 20 };

struct overview {
        struct request *req;
        struct job_lane_row *lanes;
        struct job_problem_row *jobs;
        struct schedule_row *schedules;
        struct alarm_row *open, *over;
};

static const char *const dones[] = { "settled", "again", "over", NULL };

static const struct param page_params[] = {
        { .name = "done", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = dones },
        PARAM_END
};

static const struct param settle_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "reason", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say what was done: it stands in the audit", .invalid = "Write it in one line" },
        PARAM_END
};

static const struct param again_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

static void
lane_row(struct view *view, size_t i, void *data)
{
        const struct job_lane_row *row = &((const struct overview *)data)->lanes[i];
        char lane[2] = { (char)('0' + row->lane % 10), '\0' };

        view_text(view, "title", words_of("lane", lane));
        view_number(view, "ready", row->ready);
        view_number(view, "later", row->later);
        view_number(view, "failing", row->failing);
        view_number(view, "dead", row->dead);
        desk_time(view, "oldest", row->oldest_at, row->oldest_at_null);
}

static void
job_row(struct view *view, size_t i, void *data)
{
        const struct job_problem_row *row = &((const struct overview *)data)->jobs[i];

        view_text(view, "title", words_of("job", row->kind));
        view_number(view, "id", row->id);
        desk_status(view, "status", "job", row->dead ? "dead" : "failing");
        view_text(view, "error", row->error);
        view_number(view, "tries", row->tries);
        view_text(view, "number", row->number);
        view_text(view, "key", row->key);
        view_stamp(view, "at", row->at, false);
        view_flag(view, "dead", row->dead);
}

static void
schedule_row(struct view *view, size_t i, void *data)
{
        const struct overview *all = data;
        const struct schedule_row *row = &all->schedules[i];

        view_text(view, "title", words_of("job", row->name));
        view_text(view, "every", format_seconds(all->req->pool, (double)row->every_s));
        view_stamp(view, "next", row->next_at, false);
        view_flag(view, "overdue", row->overdue);
}

static void
push_alarm(struct view *view, const struct alarm_row *row)
{
        desk_status(view, "status", "alarm",
                    row->closed_at_null ? "open" : row->repaired_at_null ? "closed" : "repaired");
        view_text(view, "title", words_of("alarm", row->kind));
        view_text(view, "detail", desk_alarm(row->kind, row->detail));
        view_text(view, "number", row->number);
        view_stamp(view, "at", row->at, false);
        desk_time(view, "closed", row->closed_at, row->closed_at_null);
        view_flag(view, "has_customer", !row->customer_null);
        view_number(view, "customer", row->customer_null ? 0 : row->customer);
}

/* What the form of an alarm that only people can end asks for; NULL for the others. */
static const char *
way_of(const char *kind)
{
        return text_equal(kind, "mismatch")        ? "How was this payment dealt with?"
               : text_equal(kind, "refund_failed") ? "How did the money get back?"
               : text_equal(kind, "poison")        ? "Why can this event be set aside?"
               : text_equal(kind, "refund_unassigned") || text_equal(kind, "reconcile") ? "What was found?"
                                                                                        : NULL;
}

static void
open_row(struct view *view, size_t i, void *data)
{
        const struct overview *all = data;
        const struct alarm_row *row = &all->open[i];
        const char *way = way_of(row->kind);
        bool mine = all->req->route->params == settle_params && param_int(all->req, "id") == row->id;

        push_alarm(view, row);
        view_number(view, "id", row->id);
        view_text(view, "kind", row->kind);
        view_text(view, "way", way != NULL ? way : "");
        view_flag(view, "may_settle", way != NULL && desk_may(all->req, "refund"));
        view_flag(view, "may_again", text_equal(row->kind, "poison") && desk_may(all->req, "jobs"));
        view_text(view, "reason", mine ? param_typed(all->req, "reason") : "");
        view_text(view, "reason_error", mine ? param_error(all->req, "reason") : "");
}

static void
over_row(struct view *view, size_t i, void *data)
{
        push_alarm(view, &((const struct overview *)data)->over[i]);
}

static enum http_status
page(struct request *req, enum http_status status, const char *done)
{
        struct overview all = { .req = req };
        size_t n_lanes, n_jobs, n_schedules, n_open, n_over;
        struct view *view;
        enum db_status rc;

        job_lanes_ask(req->db, &all.lanes, &n_lanes);
        job_problems_ask(req->db, JOBS_MOST, &all.jobs, &n_jobs);
        schedules_list_ask(req->db, &all.schedules, &n_schedules);
        alarms_list_ask(req->db, true, ALARMS_MOST, &all.open, &n_open);
        alarms_list_ask(req->db, false, OVER_MOST, &all.over, &n_over);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/system.html");
        view_text(view, "page_title", "System");
        view_text(view, "done", done);
        view_each(view, "lanes", "admin/system.lane.html", n_lanes, lane_row, &all);
        view_each(view, "jobs", "admin/system.job.html", n_jobs, job_row, &all);
        view_each(view, "schedules", "admin/system.schedule.html", n_schedules, schedule_row, &all);
        view_each(view, "open", "admin/system.open.html", n_open, open_row, &all);
        view_each(view, "over", "admin/system.alarm.html", n_over, over_row, &all);
        return view_reply(view, status);
}

/* GET /system */
static enum http_status
system_show(struct request *req)
{
        return page(req, HTTP_OK, param_text(req, "done"));
}

/* AGAIN: the event is tried once more; else what the alarm was about is dealt with. */
static enum http_status
settle(struct request *req, bool again)
{
        struct alarm_settled_row row;
        enum db_status rc;

        if (!params_valid(req))
                return page(req, HTTP_UNPROCESSABLE, NULL);
        alarm_settle_ask(req->db, param_int(req, "id"), again, again ? "" : param_text(req, "reason"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown") || text_equal(row.answer, "other"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return reply_redirect(req, pool_printf(req->pool, "/admin/system?done=%s", row.answer));
}

/* POST /system/alarms/:id/settlements */
static enum http_status
settlement_create(struct request *req)
{
        return settle(req, false);
}

/* POST /system/alarms/:id/tries */
static enum http_status
try_create(struct request *req)
{
        return settle(req, true);
}

const struct route system_routes[] = {
        { GET, "/system", STAFF, page_params, system_show, 0, "read" },
        { POST, "/system/alarms/:id/settlements", STAFF, settle_params, settlement_create, 0, "refund" },
        { POST, "/system/alarms/:id/tries", STAFF, again_params, try_create, 0, "jobs" },
        ROUTE_END
};
