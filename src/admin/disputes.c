/* disputes: what banks dispute, newest first; filters in the address, 50 a page. */
#include "admin/disputes.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/dispute.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

static const char *const statuses[] = { "open", "answered", "won", "lost", NULL };

static const struct param disputes_params[] = {
        { .name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = statuses },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct list {
        struct request *req;
        const char *status;
        struct dispute_list_row *rows;
};

static void
dispute_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct dispute_list_row *row = &list->rows[i];
        struct request *req = list->req;
        bool open = text_equal(row->status, "open") && !row->sending;

        view_row(view, "", &dispute_list_row_type, row);
        desk_status(view, "state", "dispute", row->sending ? "sending" : row->status);
        view_text(view, "why", words_of("dispute_reason", row->reason));
        view_stamp(view, "since", row->created_at, false);
        view_text(view, "due_in", "");
        if (open && !row->due_by_null)
                desk_due(view, "due_in", req->pool, req->config->zone, row->due_by, req->identity.now_at);
        view_flag(view, "is_late", open && !row->due_by_null && row->due_by < req->identity.now_at);
}

static void
status_row(struct view *view, size_t i, void *data)
{
        view_text(view, "value", statuses[i]);
        view_text(view, "title", words_status("dispute", statuses[i]).text);
        view_flag(view, "chosen", text_equal(statuses[i], ((const struct list *)data)->status));
}

/* GET /disputes */
static enum http_status
disputes_show(struct request *req)
{
        struct list list = { .req = req, .status = param_text(req, "status") };
        const char *address =
                list.status == NULL ? "/admin/disputes?" : pool_printf(req->pool, "/admin/disputes?status=%s&", list.status);
        int64_t before_id;
        struct view *view;
        enum db_status rc;
        size_t n, shown;
        instant before;

        if (!desk_place(param_text(req, "after"), &before, &before_id))
                return reply_error(req, HTTP_BAD_REQUEST);
        disputes_list_ask(req->db, list.status != NULL ? list.status : "", before, before_id, PAGE_ROWS + 1, &list.rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/disputes.html");
        view_text(view, "page_title", "Disputes");
        view_flag(view, "filtered", list.status != NULL);
        view_each(view, "statuses", "admin/orders.choice.html", G_N_ELEMENTS(statuses) - 1, status_row, &list);
        view_each(view, "disputes", "admin/disputes.row.html", shown, dispute_row, &list);
        view_url(view, "first_url", param_text(req, "after") != NULL ? address : "");
        view_url(view, "next_url",
                 n > shown ? pool_printf(req->pool, "%safter=%" PRId64 "-%" PRId64, address, list.rows[shown - 1].created_at,
                                         list.rows[shown - 1].id)
                           : "");
        return view_reply(view, HTTP_OK);
}

const struct route disputes_routes[] = {
        { GET, "/disputes", STAFF, disputes_params, disputes_show, 0, "read" },
        ROUTE_END
};
