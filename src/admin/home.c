/* home: what needs attention, and how long access took. */
#include "admin/home.h"

#include "admin/account.h"
#include "admin/desk.h"
#include "admin/figures.h"
#include "admin/needs.h"
#include "admin/tasks.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/people.h"
#include "queries/report.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

enum { ALARMS_MOST = 50, JOBS_MOST = 10, TASKS_MOST = 6 };

struct home {
        struct request *req;
        struct access_figures_row *figures;
        struct alarm_row *alarms;
        struct job_problem_row *jobs;
};

static const char *const dones[] = { "set-up", NULL };
static const struct param home_params[] = {
        { .name = "done", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = dones },
        PARAM_END
};

static void
push_ms(struct view *view, const char *name, struct pool *pool, int64_t ms, bool null_ms)
{
        view_text(view, name, null_ms ? "–" : format_seconds(pool, (double)ms / 1000));
}

static void
figure_row(struct view *view, size_t i, void *data)
{
        const struct home *home = data;
        const struct access_figures_row *row = &home->figures[i];
        struct pool *pool = home->req->pool;

        view_text(view, "span", row->days == 1 ? "Today" : pool_printf(pool, "Last %d days", row->days));
        view_number(view, "paid", row->paid);
        push_ms(view, "median", pool, row->median_ms, row->median_ms_null);
        push_ms(view, "most", pool, row->most_ms, row->most_ms_null);
        view_number(view, "late", row->late);
        view_text(view, "since",
                  format_rfc3339_date(pool, (int32_t)(home->req->identity.now_at / CLOCK_SECOND / 86400) - row->days + 1));
}

static void
alarm_row(struct view *view, size_t i, void *data)
{
        const struct home *home = data;
        const struct alarm_row *row = &home->alarms[i];

        view_text(view, "title", words_of("alarm", row->kind));
        view_text(view, "detail", desk_alarm(row->kind, row->detail));
        view_text(view, "number", row->number);
        view_flag(view, "job", text_equal(row->object, "job"));
        view_stamp(view, "at", row->at, false);
}

static void
job_row(struct view *view, size_t i, void *data)
{
        const struct home *home = data;
        const struct job_problem_row *row = &home->jobs[i];

        view_text(view, "title", words_of("job", row->kind));
        desk_status(view, "status", "job", row->dead ? "dead" : "failing");
        view_text(view, "error", row->error);
        view_number(view, "tries", row->tries);
        view_text(view, "number", row->number);
        view_stamp(view, "at", row->at, false);
}

/* GET / */
static enum http_status
home_show(struct request *req)
{
        struct home home = { .req = req };
        size_t n_figures, n_alarms, n_jobs, n_needs, n_tasks;
        const char *done = param_text(req, "done");
        struct own_codes_row codes = { .salt = NULL };
        struct need_row *needs;
        struct task_row *tasks;
        struct figures figures;
        struct view *view;
        enum db_status rc;

        if (done != NULL)
                own_codes_ask(req->db, &codes);
        needs_now_ask(req->db, &needs, &n_needs);
        tasks_mine_ask(req->db, TASKS_MOST, &tasks, &n_tasks);
        figures_ask(req, &figures);
        access_figures_ask(req->db, req->config->zone, (int32_t)req->config->access_deadline_seconds,
                           &home.figures, &n_figures);
        alarms_list_ask(req->db, true, ALARMS_MOST, &home.alarms, &n_alarms);
        job_problems_ask(req->db, JOBS_MOST, &home.jobs, &n_jobs);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/home.html");
        view_text(view, "page_title", "Overview");
        view_text(view, "done", done);
        account_push_codes(view, req, "codes", codes.salt);
        view_number(view, "deadline", req->config->access_deadline_seconds);
        needs_push(view, req, "needs", needs, n_needs);
        tasks_push(view, req, "tasks", "admin/home.task.html", tasks, n_tasks);
        view_flag(view, "more_tasks", n_tasks == TASKS_MOST);
        figures_push(view, &figures);
        view_each(view, "figures", "admin/home.figure.html", n_figures, figure_row, &home);
        view_each(view, "alarms", "admin/home.alarm.html", n_alarms, alarm_row, &home);
        view_each(view, "jobs", "admin/home.job.html", n_jobs, job_row, &home);
        return view_reply(view, HTTP_OK);
}

const struct route home_routes[] = {
        { GET, "/", STAFF, home_params, home_show, 0, "read" },
        ROUTE_END
};
