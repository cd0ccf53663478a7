/* discount: codes of our own that take something off a price: the list, a new one, off and on. */
#include "admin/discount.h"

#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "admin/product_offer.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "view/view.h"

static const char *const switches[] = { "on", "off", NULL };

static const struct param list_params[] = {
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param add_params[] = {
        { .name = "code", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .min = 3, .max = 40,
          .missing = "Enter a code" },
        { .name = "percent", .type = PARAM_INT, .from = FROM_FORM, .invalid = "Enter whole per cent" },
        { .name = "amount", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40 },
        { .name = "currency", .type = PARAM_TEXT, .from = FROM_FORM, .max = 20 },
        { .name = "product", .type = PARAM_SLUG, .from = FROM_FORM },
        { .name = "from_on", .type = PARAM_DATE, .from = FROM_FORM, .invalid = "Enter a day that exists, such as 2026-03-31" },
        { .name = "until_on", .type = PARAM_DATE, .from = FROM_FORM, .invalid = "Enter a day that exists, such as 2026-03-31" },
        { .name = "most", .type = PARAM_INT, .from = FROM_FORM, .min = 1, .max = 1000000,
          .invalid = "Enter a whole number, or leave it empty" },
        { .name = "once", .type = PARAM_CHECK, .from = FROM_FORM },
        { .name = "months", .type = PARAM_INT, .from = FROM_FORM, .min = 1, .max = 120,
          .invalid = "Enter how many months, 1 to 120, or leave it empty" },
        PARAM_END
};

static const struct param switch_params[] = {
        { .name = "id", .type = PARAM_ID, .from = FROM_PATH },
        { .name = "way", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = switches },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "added", "success", "The code is there. Customers type it on the product’s page." },
        { "on", "success", "The code is taken again." },
        { "off", "success", "The code is not taken any more. Orders that have it keep their price." },
        DESK_ANSWER_END,
};

/* --- the page: the list, and a form for a new one ------------------------------------ */

struct page {
        struct discount_row *codes;
        struct product_line_row *products;
        size_t n_codes, n_products;
        const char *chosen;
        bool may_edit;
};

static void
code_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;

        view_row(view, "", &discount_row_type, &page->codes[i]);
        view_flag(view, "first_month", !page->codes[i].months_null && page->codes[i].months == 1);
        view_flag(view, "editable", page->may_edit);
}

static void
product_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;

        view_text(view, "code", page->products[i].slug);
        view_text(view, "name", page->products[i].title);
        view_flag(view, "chosen", text_equal(page->products[i].slug, page->chosen));
}

static enum http_status
show(struct request *req, enum http_status status, bool again)
{
        struct page page = { .may_edit = false };
        struct view *view;
        enum db_status rc;

        discounts_all_ask(req->db, &page.codes, &page.n_codes);
        products_all_ask(req->db, &page.products, &page.n_products);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        page.may_edit = desk_may(req, "products");
        page.chosen = again ? param_typed(req, "product") : "";
        view = view_new(req, "admin/discounts.html");
        view_text(view, "page_title", "Discount codes");
        if (again)
                view_form(view, req);
        else
                view_form_empty(view, add_params);
        if (!again)
                view_text(view, "months", "1");
        view_flag(view, "once_on", !again || param_check(req, "once"));
        view_flag(view, "may_edit", page.may_edit);
        desk_answer(view, "answer", said, again ? NULL : param_text(req, "done"));
        view_each(view, "choices", "admin/product.kind.html", page.n_products, product_row, &page);
        view_each(view, "codes", "admin/discounts.row.html", page.n_codes, code_row, &page);
        return view_reply(view, status);
}

/* GET /discounts */
static enum http_status
discounts_show(struct request *req)
{
        return show(req, HTTP_OK, false);
}

/* --- a new one ------------------------------------------------------------------------ */

static void
check_code(struct request *req)
{
        const char *code = param_text(req, "code");
        char *fold = g_ascii_strdown(code != NULL ? code : "", -1);

        if (code != NULL && !text_is_slug(fold))
                param_refuse(req, "code", "Use letters, digits and single hyphens");
        g_free(fold);
}

/* Per cent or an amount, not both and not all of the price. */
static void
check_off(struct request *req, struct price *price)
{
        bool percent = param_typed(req, "percent")[0] != '\0', amount = param_text(req, "amount") != NULL;
        int64_t n = param_int(req, "percent");

        if (percent == amount)
                param_refuse(req, "percent", percent ? "Per cent or an amount: leave one of them empty"
                                                     : "Enter the per cent, or an amount below");
        else if (percent && param_error(req, "percent") == NULL && n >= 100)
                param_refuse(req, "percent", "99 at most: an order for nothing is not possible yet. "
                                             "Give access as a gift instead");
        else if (percent && param_error(req, "percent") == NULL && n < 1)
                param_refuse(req, "percent", "1 at least");
        if (amount && param_text(req, "currency") == NULL)
                param_refuse(req, "currency", "Enter the currency of the amount");
        else if (amount)
                product_offer_price(req, price);
}

static void
check_days(struct request *req)
{
        int32_t today = (int32_t)(req->identity.now_at / CLOCK_SECOND / 86400);
        bool until = param_text(req, "until_on") != NULL;

        if (until && param_int(req, "until_on") < today)
                param_refuse(req, "until_on", "That day is over");
        else if (until && param_text(req, "from_on") != NULL && param_int(req, "until_on") < param_int(req, "from_on"))
                param_refuse(req, "until_on", "The last day is before the first one");
}

static enum db_status
add(struct request *req, const struct price *price, struct product_answer_row *answer)
{
        int32_t percent = (int32_t)param_int(req, "percent"), most = (int32_t)param_int(req, "most");
        int32_t months = (int32_t)param_int(req, "months");
        int32_t from = (int32_t)param_int(req, "from_on"), until = (int32_t)param_int(req, "until_on");
        const char *product = param_text(req, "product");
        bool off = param_text(req, "amount") != NULL;

        return staff_discount_add(req->db, param_text(req, "code"), product != NULL ? product : "", off ? NULL : &percent,
                                  off ? &price->minor : NULL, off ? price->currency : NULL,
                                  param_text(req, "from_on") != NULL ? &from : NULL,
                                  param_text(req, "until_on") != NULL ? &until : NULL,
                                  most > 0 ? &most : NULL, param_check(req, "once"),
                                  months > 0 ? &months : NULL, answer);
}

/* POST /discounts */
static enum http_status
discount_create(struct request *req)
{
        struct price price = { .minor = 0 };
        struct product_answer_row answer;
        enum db_status rc;

        check_code(req);
        check_off(req, &price);
        check_days(req);
        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, true);
        rc = add(req, &price, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "added"))
                return reply_redirect(req, "/admin/discounts?done=added");
        if (text_equal(answer.answer, "taken"))
                param_refuse(req, "code", "This code is there already");
        else
                param_refuse(req, "product", "Choose a product of the list");
        return show(req, HTTP_UNPROCESSABLE, true);
}

/* POST /discounts/:id/switch */
static enum http_status
switch_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return reply_redirect(req, "/admin/discounts");
        rc = staff_discount_switch(req->db, param_int(req, "id"), text_equal(param_text(req, "way"), "on"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/admin/discounts?done=%s", row.answer));
}

const struct route discount_routes[] = {
        { GET,  "/discounts",            STAFF, list_params,   discounts_show,  0, "read" },
        { POST, "/discounts",            STAFF, add_params,    discount_create, 0, "products" },
        { POST, "/discounts/:id/switch", STAFF, switch_params, switch_create,   0, "products" },
        ROUTE_END
};
