/* orders: the list of orders: filters in the address, 50 a page. */
#include "admin/orders.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/report.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50, TYPED_LEAST = 3, NUMBER_LEN = 10 };

static const char *const statuses[] = { "open", "paid", "refunded", "expired", "cancelled", NULL };

static const struct param orders_params[] = {
        { .name = "q", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 120 },
        { .name = "status", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = statuses },
        { .name = "product", .type = PARAM_ID, .from = FROM_QUERY },
        { .name = "from", .type = PARAM_DATE, .from = FROM_QUERY },
        { .name = "to", .type = PARAM_DATE, .from = FROM_QUERY },
        { .name = "late", .type = PARAM_CHECK, .from = FROM_QUERY },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

/* The filters as the queries want them. */
struct filter {
        const char *q, *status;
        int64_t product;
        const int64_t *product_or_any;
        instant from, until, before;
        int64_t before_id;
        bool late;
};

struct list {
        struct request *req;
        const struct filter *filter;
        struct orders_row *rows;
        size_t n;
        struct product_choice_row *products;
        size_t n_products;
};

static bool
filter_read(struct request *req, struct filter *filter)
{
        const char *zone = req->config->zone;

        filter->q = param_text(req, "q");
        filter->status = param_text(req, "status");
        filter->product = param_int(req, "product");
        filter->product_or_any = filter->product > 0 ? &filter->product : NULL;
        filter->from = param_text(req, "from") != NULL ? desk_midnight(zone, param_int(req, "from"))
                                                       : DESK_FIRST;
        filter->until = param_text(req, "to") != NULL ? desk_midnight(zone, param_int(req, "to") + 1)
                                                      : DESK_LAST;
        filter->late = param_check(req, "late");
        return desk_place(param_text(req, "after"), &filter->before, &filter->before_id);
}

/* Letters and digits of a number's beginning in upper case; "" when Q cannot be one. */
static const char *
number_prefix(struct pool *pool, const char *q)
{
        char *upper = g_ascii_strup(q, -1);
        bool fits = strlen(upper) <= NUMBER_LEN &&
                    strspn(upper, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == strlen(upper);
        const char *prefix = fits ? pool_strdup(pool, upper) : "";

        g_free(upper);
        return prefix;
}

static void
ask_found(struct request *req, const struct filter *f, struct list *list)
{
        char *fold = g_utf8_casefold(f->q, -1);
        const char *email = pool_strdup(req->pool, fold);
        const char *number = number_prefix(req->pool, f->q);
        /* The highest characters end each range; an empty one finds nothing. */
        const char *number_to = *number != '\0' ? pool_printf(req->pool, "%sZZZZZZZZZZZ", number) : "";

        g_free(fold);
        orders_found_ask(req->db, number, number_to, email, pool_printf(req->pool, "%s\U0010FFFF", email),
                         f->status, f->product_or_any, f->from, f->until, f->late,
                         (int32_t)req->config->access_deadline_seconds, f->before, f->before_id,
                         PAGE_ROWS + 1, &list->rows, &list->n);
}

static void
ask(struct request *req, const struct filter *f, struct list *list)
{
        int32_t deadline = (int32_t)req->config->access_deadline_seconds;

        if (f->q != NULL && g_utf8_strlen(f->q, -1) >= TYPED_LEAST)
                ask_found(req, f, list);
        else if (f->q != NULL)
                list->n = 0;
        else if (f->status != NULL)
                orders_by_status_ask(req->db, f->status, f->product_or_any, f->from, f->until, f->late,
                                     deadline, f->before, f->before_id, PAGE_ROWS + 1, &list->rows, &list->n);
        else
                orders_recent_ask(req->db, f->product_or_any, f->from, f->until, f->late, deadline,
                                  f->before, f->before_id, PAGE_ROWS + 1, &list->rows, &list->n);
        order_products_ask(req->db, &list->products, &list->n_products);
}

/* The address of this list with its filters; a place may follow. */
static const char *
address(struct request *req)
{
        static const char *const names[] = { "q", "status", "product", "from", "to", "late" };
        char *text = pool_strdup(req->pool, "/admin/orders");
        char mark = '?';

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                const char *typed = param_typed(req, names[i]);

                if (*typed == '\0')
                        continue;
                text = pool_printf(req->pool, "%s%c%s=%s", text, mark, names[i],
                                   text_url_encode(req->pool, typed));
                mark = '&';
        }
        return text;
}

static const char *
address_after(struct request *req, const struct orders_row *last)
{
        const char *text = address(req);

        return pool_printf(req->pool, "%s%cafter=%" PRId64 "-%" PRId64, text,
                           strchr(text, '?') != NULL ? '&' : '?', last->created_at, last->id);
}

static void
order_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct orders_row *row = &list->rows[i];
        struct pool *pool = list->req->pool;
        bool unpaid = row->paid_at_null || row->granted_at_null;

        view_text(view, "number", row->number);
        view_text(view, "buyer", row->buyer);
        view_number(view, "customer", row->customer);
        view_text(view, "email", row->email);
        view_text(view, "product", row->product);
        view_money(view, "total", row->total_minor, row->currency);
        desk_status(view, "status", "order", row->status);
        desk_time(view, "paid", row->paid_at, row->paid_at_null);
        desk_took(view, "took", pool, row->paid_at, row->granted_at, unpaid);
        view_flag(view, "late", row->late);
        desk_time(view, "opened", row->first_open_at, row->first_open_at_null);
        view_flag(view, "open_later", !unpaid && row->first_open_at_null);
        view_stamp(view, "begun", row->created_at, false);
}

static void
product_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        view_number(view, "id", list->products[i].id);
        view_text(view, "title", list->products[i].title);
        view_flag(view, "chosen", list->products[i].id == list->filter->product);
}

static void
status_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        view_text(view, "value", statuses[i]);
        view_text(view, "title", words_status("order", statuses[i]).text);
        view_flag(view, "chosen", text_equal(statuses[i], list->filter->status));
}

static void
push_form(struct view *view, struct request *req, struct list *list)
{
        const struct filter *f = list->filter;

        view_text(view, "q", param_typed(req, "q"));
        view_text(view, "from", param_text(req, "from"));
        view_text(view, "to", param_text(req, "to"));
        view_flag(view, "late_only", f->late);
        view_number(view, "deadline", req->config->access_deadline_seconds);
        view_flag(view, "too_short", f->q != NULL && g_utf8_strlen(f->q, -1) < TYPED_LEAST);
        view_flag(view, "filtered", strchr(address(req), '?') != NULL);
        view_each(view, "statuses", "admin/orders.choice.html", G_N_ELEMENTS(statuses) - 1, status_row, list);
        view_each(view, "products", "admin/orders.product.html", list->n_products, product_row, list);
}

/* GET /orders */
static enum http_status
orders_show(struct request *req)
{
        struct filter filter;
        struct list list = { .req = req, .filter = &filter };
        struct view *view;
        enum db_status rc;
        size_t shown;

        if (!filter_read(req, &filter))
                return reply_error(req, HTTP_BAD_REQUEST);
        ask(req, &filter, &list);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(list.n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/orders.html");
        view_text(view, "page_title", "Orders");
        push_form(view, req, &list);
        view_each(view, "orders", "admin/orders.row.html", shown, order_row, &list);
        view_url(view, "first_url", param_text(req, "after") != NULL ? address(req) : "");
        view_url(view, "older_url", list.n > shown ? address_after(req, &list.rows[shown - 1]) : "");
        return view_reply(view, HTTP_OK);
}

const struct route orders_routes[] = {
        { GET, "/orders", STAFF, orders_params, orders_show, 0, "read" },
        ROUTE_END
};
