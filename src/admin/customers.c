/* customers: find somebody by name, address, order, amount, card or receipt; else the newest. */
#include "admin/customers.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/customer.h"
#include "view/country.h"
#include "view/view.h"

enum { PAGE_ROWS = 50, TYPED_LEAST = 2 };

static const struct param customers_params[] = {
        { .name = "q", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 120 },
        { .name = "returned", .type = PARAM_CHECK, .from = FROM_QUERY },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct found {
        struct request *req;
        struct customers_row *rows;
        size_t n;
};

/* What of somebody fits, where it is not the name or the address that stands there anyway. */
static const char *
found_by(const struct customers_row *row)
{
        if (row->found_number == NULL)
                return "";
        if (text_equal(row->kind, "receipt"))
                return "A receipt of order";
        if (text_equal(row->kind, "payment"))
                return "A payment of order";
        return "Order";
}

static void
customer_row(struct view *view, size_t i, void *data)
{
        const struct found *found = data;
        const struct customers_row *row = &found->rows[i];

        view_number(view, "id", row->id);
        view_text(view, "name", text_is_empty(row->name) ? row->email : row->name);
        view_text(view, "email", row->email);
        view_text(view, "country", country_name(row->country));
        view_flag(view, "verified", row->verified);
        view_flag(view, "bounced", row->bounced);
        view_number(view, "n_orders", row->n_orders);
        desk_time(view, "last_order", row->last_order_at, row->last_order_at_null);
        view_text(view, "last_number", row->last_number);
        view_date(view, "since", (int32_t)(row->created_at / CLOCK_SECOND / 86400));
        view_text(view, "found_by", found_by(row));
        view_text(view, "found_number", row->found_number);
}

/* One letter finds half of everybody; one sign of a script that writes words with one does not. */
static bool
is_too_short(const char *q)
{
        return q != NULL && g_utf8_strlen(q, -1) < TYPED_LEAST && g_utf8_get_char(q) < 0x370;
}

/* GET /customers */
static enum http_status
customers_show(struct request *req)
{
        struct found found = { .req = req };
        const char *q = param_text(req, "q");
        bool too_short = is_too_short(q), returned = q == NULL && param_check(req, "returned");
        instant before;
        int64_t before_id;
        struct view *view;
        enum db_status rc;
        size_t shown;

        if (!desk_place(param_text(req, "after"), &before, &before_id))
                return reply_error(req, HTTP_BAD_REQUEST);
        if (returned)
                customers_returned_ask(req->db, PAGE_ROWS, &found.rows, &found.n);
        else if (q == NULL)
                customers_recent_ask(req->db, before, before_id, PAGE_ROWS + 1, &found.rows, &found.n);
        else if (!too_short)
                customers_found_ask(req->db, q, PAGE_ROWS, &found.rows, &found.n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(found.n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/customers.html");
        view_text(view, "page_title", "Customers");
        view_text(view, "q", param_typed(req, "q"));
        view_flag(view, "asked", q != NULL);
        view_flag(view, "returned", returned);
        view_flag(view, "too_short", too_short);
        view_flag(view, "full", (q != NULL || returned) && found.n == PAGE_ROWS);
        view_each(view, "customers", "admin/customers.row.html", shown, customer_row, &found);
        view_url(view, "first_url", param_text(req, "after") != NULL ? "/admin/customers" : "");
        view_url(view, "older_url", found.n > shown ? pool_printf(req->pool, "/admin/customers?after=%" PRId64 "-%" PRId64,
                                                                  found.rows[shown - 1].created_at, found.rows[shown - 1].id)
                                                    : "");
        return view_reply(view, HTTP_OK);
}

const struct route customers_routes[] = {
        { GET, "/customers", STAFF, customers_params, customers_show, 0, "read" },
        ROUTE_END
};
