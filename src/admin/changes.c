/* changes: what customers asked for their plans, what waits first; filters in the address, 50 a
 * page. */
#include "admin/changes.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "admin/forecast.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/session.h"
#include "queries/plandesk.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

static const char *const whichs[] = {"waiting", "offered", "agreed", "declined", "all", NULL};
static const char *const titles[] = {"Waiting for us", "Offers made", "Agreed",
                                     "Declined or taken back", "All"};

static const struct param changes_params[] = {
        {.name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = whichs},
        {.name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40},
        PARAM_END};

struct list {
        struct request *req;
        const char *which;
        struct change_list_row *rows;
};

static void
change_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct change_list_row *row = &list->rows[i];

        view_row(view, "", &change_list_row_type, row);
        desk_status(view, "state", "amendment", row->status);
        view_text(view, "wish", words_of("need", row->need));
        view_stamp(view, "made", row->made_at, false);
        desk_due(view, "answer", list->req->pool, NULL,
                 row->answer_by_null ? row->made_at : row->answer_by, session_now(list->req));
        view_flag(view, "waits", text_equal(row->status, "with_staff"));
}

static void
which_row(struct view *view, size_t i, void *data)
{
        view_text(view, "value", whichs[i]);
        view_text(view, "title", titles[i]);
        view_flag(view, "chosen", text_equal(whichs[i], ((const struct list *)data)->which));
}

/* GET /plans */
static enum http_status
changes_show(struct request *req)
{
        struct list list = {.req = req, .which = param_text(req, "status")};
        struct expected_week_row *weeks;
        int64_t before_id;
        struct view *view;
        enum db_status rc;
        size_t n, shown, n_weeks;
        instant before;

        if (list.which == NULL)
                list.which = "waiting";
        if (!desk_place(param_text(req, "after"), &before, &before_id))
                return reply_error(req, HTTP_BAD_REQUEST);
        change_list_ask(req->db, list.which, before, before_id, PAGE_ROWS + 1, &list.rows, &n);
        expected_weeks_ask(req->db, FORECAST_WEEKS, &weeks, &n_weeks);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/changes.html");
        view_text(view, "page_title", "Plans");
        view_flag(view, "waiting_only", text_equal(list.which, "waiting"));
        view_each(view, "whichs", "admin/orders.choice.html", G_N_ELEMENTS(whichs) - 1, which_row,
                  &list);
        view_each(view, "changes", "admin/changes.row.html", shown, change_row, &list);
        forecast_weeks(view, req, weeks, n_weeks);
        view_url(view, "first_url",
                 param_text(req, "after") != NULL
                         ? pool_printf(req->pool, "/admin/plans?status=%s", list.which)
                         : "");
        view_url(view, "next_url",
                 n > shown ? pool_printf(req->pool,
                                         "/admin/plans?status=%s&after=%" PRId64 "-%" PRId64,
                                         list.which, list.rows[shown - 1].made_at,
                                         list.rows[shown - 1].id)
                           : "");
        return view_reply(view, HTTP_OK);
}

const struct route changes_routes[] = {
        {GET, "/plans", STAFF, changes_params, changes_show, 0, "read"}, ROUTE_END};
