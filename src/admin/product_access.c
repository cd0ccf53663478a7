/* product_access: what stays open of a product while an amount is overdue: nothing new, read only,
 * locked, each after so many days or never.
 *
 * It holds for whoever buys from now on.  An agreement keeps the days that it was made with, for
 * the customer has seen them. */
#include "admin/product_access.h"

#include "admin/desk.h"
#include "admin/product.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "view/view.h"

enum { DAYS_MOST = 365 };

static const struct param show_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

#define DAYS(field) { .name = field, .type = PARAM_INT, .from = FROM_FORM, .max = DAYS_MOST, \
                      .invalid = "Enter a number of days, such as 7, or leave it empty" }
static const struct param set_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 20 },
        DAYS("nothing_new"), DAYS("read_only"), DAYS("locked"),
        PARAM_END
};

static const char *const levels[] = { "nothing_new", "read_only", "locked" };
enum { LEVELS = sizeof levels / sizeof levels[0] };

void
product_access_push(struct view *view, const struct product_timetable_row *row)
{
        view_flag(view, "timetable", !row->nothing_new_null || !row->read_only_null || !row->locked_null);
        view_flag(view, "has_nothing_new", !row->nothing_new_null);
        view_number(view, "nothing_new", row->nothing_new_null ? 0 : row->nothing_new);
        view_flag(view, "has_read_only", !row->read_only_null);
        view_number(view, "read_only", row->read_only_null ? 0 : row->read_only);
        view_flag(view, "has_locked", !row->locked_null);
        view_number(view, "locked", row->locked_null ? 0 : row->locked);
        view_text(view, "timetable_by", row->changed_by);
        desk_time(view, "timetable_at", row->changed_at, row->changed_at_null);
}

static const char *
days_text(struct request *req, bool none, int32_t days)
{
        return none ? "" : pool_printf(req->pool, "%d", days);
}

static enum http_status
form(struct request *req, enum http_status status)
{
        struct product_head_row head;
        struct product_timetable_row row;
        struct view *view;
        enum db_status rc;

        product_head_ask(req->db, param_text(req, "slug"), &head);
        product_timetable_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/product.access.html");
        view_text(view, "page_title", pool_printf(req->pool, "Access while a payment is late: %s", head.title));
        view_text(view, "section", "products");
        if (req->method == GET) {
                view_form_empty(view, set_params);
                view_text(view, "nothing_new", days_text(req, row.nothing_new_null, row.nothing_new));
                view_text(view, "read_only", days_text(req, row.read_only_null, row.read_only));
                view_text(view, "locked", days_text(req, row.locked_null, row.locked));
        } else {
                view_form(view, req);
        }
        view_text(view, "slug", head.slug);
        view_text(view, "title", head.title);
        view_text(view, "seen", row.seen);
        view_number(view, "agreements", row.agreements);
        view_flag(view, "conflict", status == HTTP_CONFLICT);
        return view_reply(view, status);
}

/* GET /products/:slug/access */
static enum http_status
access_show(struct request *req)
{
        return form(req, HTTP_OK);
}

/* A later level comes on the same day or later, and none without the one before it. */
static void
check_order(struct request *req)
{
        for (size_t i = 1; i < LEVELS; i++) {
                if (param_text(req, levels[i]) == NULL || param_error(req, levels[i]) != NULL)
                        continue;
                for (size_t before = 0; before < i; before++)
                        if (param_text(req, levels[before]) != NULL &&
                            param_int(req, levels[i]) < param_int(req, levels[before])) {
                                param_refuse(req, levels[i], "Enter as many days as above, or more");
                                break;
                        }
        }
}

/* POST /products/:slug/access */
static enum http_status
access_create(struct request *req)
{
        int32_t days[LEVELS];
        const int32_t *given[LEVELS];
        struct product_answer_row answer;
        enum db_status rc;

        check_order(req);
        if (!params_valid(req))
                return form(req, HTTP_UNPROCESSABLE);
        for (size_t i = 0; i < LEVELS; i++) {
                days[i] = (int32_t)param_int(req, levels[i]);
                given[i] = param_text(req, levels[i]) != NULL ? &days[i] : NULL;
        }
        rc = staff_timetable_set(req->db, param_text(req, "slug"), param_text(req, "seen"), given[0], given[1], given[2],
                                 &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.answer, "changed"))
                return form(req, HTTP_CONFLICT);
        return product_back(req, "", text_equal(answer.answer, "saved") ? "access" : "same");
}

const struct route product_access_routes[] = {
        { GET,  "/products/:slug/access", STAFF, show_params, access_show,   0, "products" },
        { POST, "/products/:slug/access", STAFF, set_params,  access_create, 0, "products" },
        ROUTE_END
};
