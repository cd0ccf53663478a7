/* tickets: what customers wrote, the longest waiting first; filters in the address, 50 a page. */
#include "admin/tickets.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/ticketdesk.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

/* After everything that has a date. */
#define LAST_INSTANT (INT64_C(253402300799) * CLOCK_SECOND)

static const char *const statuses[] = { "open", "answered", "closed", NULL };

static const struct param tickets_params[] = {
        { .name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = statuses },
        { .name = "mine", .type = PARAM_CHECK, .from = FROM_QUERY },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct list {
        struct request *req;
        const char *status;
        bool mine, waiting;
        instant after_at;
        int64_t after_id;
        struct desk_ticket_row *rows;
        size_t n;
};

/* "1772618400000000-123": the last row of the page before; microseconds and id. */
static bool
read_place(const char *after, struct list *list)
{
        char *end;

        list->after_at = list->waiting ? 0 : LAST_INSTANT;
        list->after_id = list->waiting ? 0 : INT64_MAX;
        if (after == NULL)
                return true;
        if (!g_ascii_isdigit(after[0]))
                return false;
        list->after_at = g_ascii_strtoll(after, &end, 10);
        if (*end != '-' || !g_ascii_isdigit(end[1]))
                return false;
        list->after_id = g_ascii_strtoll(end + 1, &end, 10);
        return *end == '\0' && list->after_at <= LAST_INSTANT;
}

static void
ticket_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct desk_ticket_row *row = &list->rows[i];

        view_row(view, "", &desk_ticket_row_type, row);
        view_text(view, "words", words_of("trouble", row->about));
        view_time(view, "since", row->since_at);
        view_flag(view, "more", row->n_posts > 1);
}

static void
status_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        view_text(view, "value", statuses[i]);
        view_text(view, "title", words_status("ticket", statuses[i]).text);
        view_flag(view, "chosen", text_equal(statuses[i], list->status));
}

static const char *
address(const struct list *list)
{
        return pool_printf(list->req->pool, "/admin/tickets?status=%s%s", list->status, list->mine ? "&mine=1" : "");
}

/* GET /tickets */
static enum http_status
tickets_show(struct request *req)
{
        struct list list = { .req = req, .status = param_text(req, "status"), .mine = param_check(req, "mine") };
        struct view *view;
        enum db_status rc;
        size_t shown;

        if (list.status == NULL)
                list.status = "open";
        list.waiting = text_equal(list.status, "open");
        if (!read_place(param_text(req, "after"), &list))
                return reply_error(req, HTTP_BAD_REQUEST);
        if (list.waiting)
                desk_tickets_ask(req->db, list.status, list.mine, list.after_at, list.after_id, PAGE_ROWS + 1,
                                 &list.rows, &list.n);
        else
                desk_tickets_past_ask(req->db, list.status, list.mine, list.after_at, list.after_id, PAGE_ROWS + 1,
                                      &list.rows, &list.n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(list.n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/tickets.html");
        view_text(view, "page_title", "Messages");
        view_flag(view, "mine_only", list.mine);
        view_flag(view, "waiting", list.waiting);
        view_each(view, "statuses", "admin/orders.choice.html", G_N_ELEMENTS(statuses) - 1, status_row, &list);
        view_each(view, "tickets", "admin/tickets.row.html", shown, ticket_row, &list);
        view_url(view, "first_url", param_text(req, "after") != NULL ? address(&list) : "");
        view_url(view, "next_url", list.n > shown
                 ? pool_printf(req->pool, "%s&after=%" PRId64 "-%" PRId64, address(&list), list.rows[shown - 1].since_at,
                               list.rows[shown - 1].id) : "");
        return view_reply(view, HTTP_OK);
}

const struct route tickets_routes[] = {
        { GET, "/tickets", STAFF, tickets_params, tickets_show, 0, "tickets" },
        ROUTE_END
};
