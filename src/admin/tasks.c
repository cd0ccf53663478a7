/* tasks: what waits for a person, the most urgent first; filters in the address, 50 a page. */
#include "admin/tasks.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

static const char *const roles[] = { "owner", "finance", "support", NULL };
static const char *const statuses[] = { "waiting", "open", "claimed", "done", "dropped", NULL };

static const struct param tasks_params[] = {
        { .name = "role", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = roles },
        { .name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = statuses },
        { .name = "mine", .type = PARAM_CHECK, .from = FROM_QUERY },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct list {
        struct request *req;
        const char *role, *status;
        bool mine, closed;
        instant at;
        int64_t id;
        struct task_row *rows;
        size_t n;
};

struct shown {
        struct request *req;
        const struct task_row *rows;
};

static void
task_row_push(struct view *view, size_t i, void *data)
{
        const struct shown *shown = data;
        const struct task_row *row = &shown->rows[i];
        struct request *req = shown->req;

        view_row(view, "", &task_row_type, row);
        desk_status(view, "state", "task", row->status);
        view_text(view, "kind_word", words_of("task_kind", row->kind));
        view_text(view, "role_word", words_of("role", row->role));
        desk_due(view, "due_in", req->pool, req->config->zone, row->due_at, req->identity.now_at);
        view_stamp(view, "due", row->due_at, false);
        desk_time(view, "ended", row->closed_at, row->closed_at_null);
        view_flag(view, "over", !row->closed_at_null);
        view_flag(view, "is_late", row->late && row->closed_at_null);
}

void
tasks_push(struct view *view, struct request *req, const char *name, const char *template, const struct task_row *rows,
           size_t n)
{
        struct shown shown = { req, rows };

        view_each(view, name, template, n, task_row_push, &shown);
}

static void
role_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        view_text(view, "value", roles[i]);
        view_text(view, "title", words_of("role", roles[i]));
        view_flag(view, "chosen", text_equal(roles[i], list->role));
}

static void
status_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        view_text(view, "value", statuses[i]);
        view_text(view, "title", i == 0 ? "Waiting" : words_status("task", statuses[i]).text);
        view_flag(view, "chosen", text_equal(statuses[i], list->status));
}

static const char *
address(const struct list *list)
{
        return pool_printf(list->req->pool, "/admin/tasks?status=%s%s%s%s", list->status,
                           list->role[0] != '\0' ? "&role=" : "", list->role, list->mine ? "&mine=1" : "");
}

static bool
read_list(struct list *list)
{
        struct request *req = list->req;
        const char *role = param_text(req, "role"), *status = param_text(req, "status"), *after = param_text(req, "after");

        list->role = role != NULL ? role : "";
        list->status = status != NULL ? status : "waiting";
        list->mine = param_check(req, "mine");
        list->closed = text_equal(list->status, "done") || text_equal(list->status, "dropped");
        if (!desk_place(after, &list->at, &list->id))
                return false;
        if (after == NULL && !list->closed) {
                list->at = DESK_FIRST;
                list->id = 0;
        }
        return true;
}

static const char *
next_address(const struct list *list, size_t shown)
{
        const struct task_row *last = &list->rows[shown - 1];

        return pool_printf(list->req->pool, "%s&after=%" PRId64 "-%" PRId64, address(list),
                           list->closed ? last->closed_at : last->due_at, last->id);
}

/* GET /tasks */
static enum http_status
tasks_show(struct request *req)
{
        struct list list = { .req = req };
        struct view *view;
        enum db_status rc;
        size_t shown;

        if (!read_list(&list))
                return reply_error(req, HTTP_BAD_REQUEST);
        if (list.closed)
                tasks_closed_ask(req->db, list.role, list.status, list.mine, list.at, list.id, PAGE_ROWS + 1, &list.rows,
                                 &list.n);
        else
                tasks_waiting_ask(req->db, list.role, text_equal(list.status, "waiting") ? "" : list.status, list.mine,
                                  list.at, list.id, PAGE_ROWS + 1, &list.rows, &list.n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(list.n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/tasks.html");
        view_text(view, "page_title", "Tasks");
        view_flag(view, "mine_only", list.mine);
        view_flag(view, "closed", list.closed);
        view_flag(view, "filtered", list.mine || list.role[0] != '\0' || !text_equal(list.status, "waiting"));
        view_flag(view, "sees_all", text_equal(req->identity.role, "owner"));
        view_each(view, "roles", "admin/orders.choice.html", G_N_ELEMENTS(roles) - 1, role_row, &list);
        view_each(view, "statuses", "admin/orders.choice.html", G_N_ELEMENTS(statuses) - 1, status_row, &list);
        tasks_push(view, req, "tasks", "admin/tasks.row.html", list.rows, shown);
        view_url(view, "first_url", param_text(req, "after") != NULL ? address(&list) : "");
        view_url(view, "next_url", list.n > shown ? next_address(&list, shown) : "");
        return view_reply(view, HTTP_OK);
}

const struct route tasks_routes[] = {
        { GET, "/tasks", STAFF, tasks_params, tasks_show, 0, "tasks" },
        ROUTE_END
};
