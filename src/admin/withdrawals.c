/* withdrawals: who withdrew from a contract or asked for their money, what became of it, and by
 * when it has to be answered or paid back (S2.2); 50 a page. */
#include "admin/withdrawals.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/withdrawdesk.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

static const char *const whichs[] = { "waiting", "accepted", "granted", "declined", "all", NULL };
static const char *const titles[] = {"Waiting for an answer", "Accepted by itself", "Agreed",
                                     "Declined", "All" };

static const struct param list_params[] = {
        { .name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = whichs },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct list {
        const char *which;
        struct withdrawal_list_row *rows;
};

static void
withdrawal_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct withdrawal_list_row *row = &list->rows[i];
        bool paid = text_equal(row->refund, "succeeded"),
             waits = text_equal(row->status, "with_staff");
        bool pays = text_equal(row->status, "accepted") && !paid && row->refund[0] != '\0';

        view_row(view, "", &withdrawal_list_row_type, row);
        desk_status(view, "state", "withdrawal", paid ? "paid_back" : row->status);
        view_text(view, "kind_word", words_of("withdrawal_kind", row->kind));
        view_text(view, "why_word", words_of("withdrawal_why", row->why));
        view_stamp(view, "received", row->received_at, false);
        view_text(view, "until_word", waits ? "Answer" : pays ? "Pay back" : "");
        view_date(view, "until_on", waits ? row->answer_on : row->pay_on);
}

static void
which_row(struct view *view, size_t i, void *data)
{
        view_text(view, "value", whichs[i]);
        view_text(view, "title", titles[i]);
        view_flag(view, "chosen", text_equal(whichs[i], ((const struct list *)data)->which));
}

/* GET /withdrawals */
static enum http_status
list_show(struct request *req)
{
        struct list list = { .which = param_text(req, "status") };
        int64_t before_id;
        struct view *view;
        enum db_status rc;
        size_t n, shown;
        instant before;

        if (list.which == NULL)
                list.which = "waiting";
        if (!desk_place(param_text(req, "after"), &before, &before_id))
                return reply_error(req, HTTP_BAD_REQUEST);
        withdrawals_list_ask(req->db, list.which, before, before_id, PAGE_ROWS + 1, &list.rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/withdrawals.html");
        view_text(view, "page_title", "Withdrawals and requests");
        view_text(view, "section", "refunds");
        view_flag(view, "waiting_only", text_equal(list.which, "waiting"));
        view_each(view, "whichs", "admin/orders.choice.html", G_N_ELEMENTS(whichs) - 1, which_row,
                  &list);
        view_each(view, "withdrawals", "admin/withdrawals.row.html", shown, withdrawal_row, &list);
        view_url(view, "first_url",
                 param_text(req, "after") != NULL
                         ? pool_printf(req->pool, "/admin/withdrawals?status=%s", list.which)
                         : "");
        view_url(view, "next_url",
                 n > shown ? pool_printf(req->pool,
                                         "/admin/withdrawals?status=%s&after=%" PRId64 "-%" PRId64,
                                         list.which, list.rows[shown - 1].received_at,
                                         list.rows[shown - 1].id)
                           : "");
        return view_reply(view, HTTP_OK);
}

const struct route withdrawals_routes[] = {
        { GET, "/withdrawals", STAFF, list_params, list_show, 0, "read" },
        ROUTE_END
};
