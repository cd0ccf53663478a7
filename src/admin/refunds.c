/* refunds: what goes back, and what waits for a yes; filters in the address, 50 a page. */
#include "admin/refunds.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/refunddesk.h"
#include "queries/withdrawdesk.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

static const char *const whichs[] = { "asked", "going", "done", "failed", "refused", "all", NULL };
static const char *const titles[] = { "Waiting for a yes", "On their way", "Paid back", "Failed", "Refused", "All" };

static const struct param refunds_params[] = {
        { .name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = whichs },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct list {
        const char *which;
        struct refund_list_row *rows;
};

static void
refund_row(struct view *view, size_t i, void *data)
{
        const struct refund_list_row *row = &((const struct list *)data)->rows[i];

        view_row(view, "", &refund_list_row_type, row);
        desk_status(view, "state", row->by_bank && text_equal(row->status, "approved") ? "bank_refund" : "refund",
                    row->status);
        view_text(view, "why", words_of("refund_reason", row->reason));
        view_text(view, "way", words_of("refund_kind", row->kind));
        view_stamp(view, "created", row->created_at, false);
}

static void
which_row(struct view *view, size_t i, void *data)
{
        view_text(view, "value", whichs[i]);
        view_text(view, "title", titles[i]);
        view_flag(view, "chosen", text_equal(whichs[i], ((const struct list *)data)->which));
}

/* GET /refunds */
static enum http_status
refunds_show(struct request *req)
{
        struct list list = { .which = param_text(req, "status") };
        struct withdrawals_waiting_row waiting;
        int64_t before_id;
        struct view *view;
        enum db_status rc;
        size_t n, shown;
        instant before;

        if (list.which == NULL)
                list.which = "asked";
        if (!desk_place(param_text(req, "after"), &before, &before_id))
                return reply_error(req, HTTP_BAD_REQUEST);
        refunds_list_ask(req->db, list.which, before, before_id, PAGE_ROWS + 1, &list.rows, &n);
        withdrawals_waiting_ask(req->db, &waiting);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/refunds.html");
        view_text(view, "page_title", "Refunds");
        view_number(view, "withdrawals_waiting", waiting.n);
        view_flag(view, "asked_only", text_equal(list.which, "asked"));
        view_each(view, "whichs", "admin/orders.choice.html", G_N_ELEMENTS(whichs) - 1, which_row, &list);
        view_each(view, "refunds", "admin/refunds.row.html", shown, refund_row, &list);
        view_url(view, "first_url",
                 param_text(req, "after") != NULL ? pool_printf(req->pool, "/admin/refunds?status=%s", list.which) : "");
        view_url(view, "next_url",
                 n > shown ? pool_printf(req->pool, "/admin/refunds?status=%s&after=%" PRId64 "-%" PRId64, list.which,
                                         list.rows[shown - 1].created_at, list.rows[shown - 1].id)
                           : "");
        return view_reply(view, HTTP_OK);
}

const struct route refunds_routes[] = {
        { GET, "/refunds", STAFF, refunds_params, refunds_show, 0, "read" },
        ROUTE_END
};
