/* task: one task: what to do, by when, and what came of it.  The database checks the right
 * again, moves it on a locked row and writes who did it into the audit. */
#include "admin/task.h"

#include <inttypes.h>
#include <string.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/task.h"
#include "view/view.h"
#include "view/words.h"

static const struct param page_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "said", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param id_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        PARAM_END
};

static const struct param done_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "outcome", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say what came of it", .invalid = "Write it in one line" },
        PARAM_END
};

static const struct param drop_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "why", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300,
          .missing = "Say why nobody needs to do it", .invalid = "Write the reason in one line" },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "claimed", "success", "It is yours now." },
        { "released", "success", "It is back on the list." },
        { "done", "success", "Done. Thank you." },
        { "dropped", "success", "It is off the list." },
        { "same", "info", "It was so already. Nothing was changed." },
        { "taken", "warning", "A colleague has it. Nothing was changed." },
        { "over", "warning", "It was closed before. Nothing was changed." },
        DESK_ANSWER_END,
};

static void
fact_row(struct view *view, size_t i, void *data)
{
        const struct task_fact_row *row = &((const struct task_fact_row *)data)[i];

        view_text(view, "label", row->label);
        view_text(view, "said", row->said);
}

static void
push_task(struct view *view, struct request *req, const struct task_one_row *task)
{
        bool open = text_equal(task->status, "open"), waits = open || text_equal(task->status, "claimed");

        view_row(view, "task", &task_one_row_type, task);
        desk_status(view, "state", "task", task->status);
        view_text(view, "kind_word", words_of("task_kind", task->kind));
        view_text(view, "role_word", words_of("role", task->role));
        desk_due(view, "due_in", req->pool, req->config->zone, task->due_at, req->identity.now_at);
        view_time(view, "due", task->due_at);
        view_time(view, "created", task->created_at);
        desk_time(view, "ended", task->closed_at, task->closed_at_null);
        view_url(view, "about_url", task->path);
        view_flag(view, "waits", waits);
        view_flag(view, "free", open);
        view_flag(view, "may_end", waits && (open || task->is_mine || text_equal(req->identity.role, "owner")));
        view_flag(view, "may_release", !open && waits && (task->is_mine || text_equal(req->identity.role, "owner")));
        view_flag(view, "is_late", task->late && waits);
}

static enum http_status
show(struct request *req, enum http_status status, const char *answer)
{
        struct task_fact_row *facts;
        struct task_one_row task;
        struct view *view;
        enum db_status rc;
        size_t n;

        task_one_ask(req->db, param_int(req, "id"), &task);
        task_facts_ask(req->db, param_int(req, "id"), &facts, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/task.html");
        view_text(view, "page_title", task.title);
        view_form_empty(view, done_params);
        view_form_empty(view, drop_params);
        if (status != HTTP_OK)
                view_form(view, req);
        desk_answer(view, "answer", said, answer);
        push_task(view, req, &task);
        view_each(view, "facts", "admin/task.fact.html", n, fact_row, facts);
        return view_reply(view, status);
}

/* GET /tasks/:id */
static enum http_status
task_show(struct request *req)
{
        return show(req, HTTP_OK, param_text(req, "said"));
}

static enum http_status
move(struct request *req, const char *act, const char *text)
{
        struct task_moved_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL);
        rc = task_move(req->db, param_int(req, "id"), act, text, &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req,
                              pool_printf(req->pool, "/admin/tasks/%" PRId64 "?said=%s", param_int(req, "id"), row.answer));
}

/* POST /tasks/:id/claims */
static enum http_status
claim_create(struct request *req)
{
        return move(req, "claim", "");
}

/* POST /tasks/:id/releases */
static enum http_status
release_create(struct request *req)
{
        return move(req, "release", "");
}

/* POST /tasks/:id/outcomes */
static enum http_status
outcome_create(struct request *req)
{
        return move(req, "done", params_valid(req) ? param_text(req, "outcome") : "");
}

/* POST /tasks/:id/drops */
static enum http_status
drop_create(struct request *req)
{
        return move(req, "drop", params_valid(req) ? param_text(req, "why") : "");
}

const struct route task_routes[] = {
        { GET, "/tasks/:id", STAFF, page_params, task_show, 0, "tasks" },
        { POST, "/tasks/:id/claims", STAFF, id_params, claim_create, 0, "tasks" },
        { POST, "/tasks/:id/releases", STAFF, id_params, release_create, 0, "tasks" },
        { POST, "/tasks/:id/outcomes", STAFF, done_params, outcome_create, 0, "tasks" },
        { POST, "/tasks/:id/drops", STAFF, drop_params, drop_create, 0, "tasks" },
        ROUTE_END
};
