/* product: what is sold: the list, one product whole, on and off sale. */
#include "admin/product.h"

#include "admin/desk.h"
#include "admin/product_access.h"
#include "admin/reminders.h"
#include "base/text.h"
#include "http/reply.h"
#include "queries/product.h"
#include "view/view.h"
#include "view/words.h"

static const char *const switches[] = { "on", "off", NULL };

static const struct param slug_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param sale_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "sale", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = switches },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "saved", "success", "Saved in the draft. Customers see it once you publish." },
        { "same", "info", "Nothing was different, so nothing was saved." },
        { "discarded", "success", "The draft is gone. What is on sale was not touched." },
        { "published", "success", "Published. New customers get this version from now on." },
        { "no-draft", "info", "There is no draft, so there was nothing to publish." },
        { "added", "success", "Begun. It is not on sale: write its texts, fill it, add an offer, then publish it." },
        { "file", "success", "The file has arrived and stands in the draft. Customers see it once you publish." },
        { "only", "info", "It was never published, so its draft is all there is. Nothing was thrown away." },
        { "unwritten", "warning", "A text is still missing. Write it before you publish." },
        { "empty", "warning", "The draft has no contents. Add a lesson or a link before you publish." },
        { "changed", "warning", "Somebody changed this product meanwhile, so nothing was done. Look again, then decide." },
        { "restored", "success", "Restored: a copy of the older version is on sale as the newest one." },
        { "restored-same", "info", "That version is on sale already. Nothing was changed." },
        { "on", "success", "On sale. It stands in the shop window now." },
        { "off", "success", "Not on sale any more. Who has it keeps it." },
        { "price", "success", "Published. Who buys from now on pays this price." },
        { "price-same", "info", "It costs that already. Nothing was changed." },
        { "offer-on", "success", "This offer can be bought now." },
        { "offer-off", "success", "This offer cannot be bought any more. Checkouts that have begun keep it." },
        { "access", "success", "Saved. It holds for whoever buys from now on." },
        { "refund-rules", "success", "Saved. It holds for every order from now on." },
        { "moved", "success", "Moved, in the draft." },
        { "edge", "info", "There is nothing further that way." },
        { "out", "success", "Taken out of the draft. What is on sale still has it." },
        { "offerless", "warning", "It needs a published version and an offer that can be bought before it goes on sale." },
        DESK_ANSWER_END,
};

enum http_status
product_back(struct request *req, const char *page, const char *done)
{
        return reply_redirect(req, pool_printf(req->pool, "/admin/products/%s%s?done=%s", param_text(req, "slug"), page, done));
}

const char *
product_picture(const char *kind)
{
        return text_equal(kind, "coaching")   ? "/static/img/coaching.svg"
               : text_equal(kind, "software") ? "/static/img/software.svg" : "/static/img/course.svg";
}

/* --- the list ------------------------------------------------------------------ */

static void
line_row(struct view *view, size_t i, void *data)
{
        const struct product_line_row *row = &((const struct product_line_row *)data)[i];

        view_row(view, "", &product_line_row_type, row);
        view_text(view, "kind_word", words_of("product_kind", row->kind));
        view_url(view, "picture_url", product_picture(row->kind));
}

/* GET /products */
static enum http_status
products_show(struct request *req)
{
        struct product_line_row *rows;
        struct view *view;
        enum db_status rc;
        size_t n;

        products_all_ask(req->db, &rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/products.html");
        view_text(view, "page_title", "Products");
        view_flag(view, "may_edit", desk_may(req, "products"));
        view_each(view, "products", "admin/products.row.html", n, line_row, rows);
        return view_reply(view, HTTP_OK);
}

/* --- one product ---------------------------------------------------------------- */

struct whole {
        struct product_head_row head;
        struct product_past_row *past;
        struct product_content_row *contents;
        struct product_price_row *prices;
        size_t n_past, n_contents, n_prices;
        struct product_timetable_row timetable;
        struct reminder_plan_row reminders;
        const char *section;            /* of the row before */
        bool may_edit;
};

static void
past_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;
        const struct product_past_row *row = &all->past[i];

        view_row(view, "", &product_past_row_type, row);
        view_text(view, "slug", all->head.slug);
        view_stamp(view, "published", row->published_at, false);
}

static void
content_row(struct view *view, size_t i, void *data)
{
        struct whole *all = data;
        const struct product_content_row *row = &all->contents[i];

        view_row(view, "", &product_content_row_type, row);
        view_text(view, "kind_word", words_of("item_kind", row->kind));
        view_flag(view, "new_section", i == 0 || !text_equal(row->section, all->section));
        view_flag(view, "editable", all->may_edit);
        view_text(view, "slug", all->head.slug);
        view_text(view, "seen", all->head.seen);
        all->section = row->section;
}

static void
price_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;
        const struct product_price_row *row = &all->prices[i];

        view_row(view, "", &product_price_row_type, row);
        view_text(view, "slug", all->head.slug);
        view_flag(view, "editable", all->may_edit);
        view_stamp(view, "since", row->published_at, false);
}

/* GET /products/:slug */
static enum http_status
product_show(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct whole all = { .section = "" };
        struct view *view;
        enum db_status rc;

        product_head_ask(req->db, slug, &all.head);
        product_history_ask(req->db, slug, &all.past, &all.n_past);
        product_contents_ask(req->db, slug, &all.contents, &all.n_contents);
        product_prices_ask(req->db, slug, &all.prices, &all.n_prices);
        product_timetable_ask(req->db, slug, &all.timetable);
        reminder_plan_one_ask(req->db, slug, &all.reminders);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        all.may_edit = desk_may(req, "products");
        view = view_new(req, "admin/product.html");
        view_text(view, "page_title", all.head.title);
        view_row(view, "product", &product_head_row_type, &all.head);
        desk_time(view, "published", all.head.published_at, all.head.published_at_null);
        desk_time(view, "drafted", all.head.draft_changed_at, all.head.draft_changed_at_null);
        view_text(view, "kind_word", words_of("product_kind", all.head.kind));
        view_url(view, "picture_url", product_picture(all.head.kind));
        desk_answer(view, "answer", said, param_text(req, "done"));
        view_flag(view, "may_edit", all.may_edit);
        view_flag(view, "overtaken", !all.head.draft_null && !all.head.version_null &&
                                             (all.head.base_null || all.head.base != all.head.version));
        product_access_push(view, &all.timetable);
        view_text(view, "reminders", reminders_words(req->pool, &all.reminders));
        view_flag(view, "reminders_own", all.reminders.own);
        view_each(view, "history", "admin/product.past.html", all.n_past, past_row, &all);
        view_each(view, "contents", "admin/product.content.html", all.n_contents, content_row, &all);
        view_each(view, "prices", "admin/product.price.html", all.n_prices, price_row, &all);
        return view_reply(view, HTTP_OK);
}

/* POST /products/:slug/sale */
static enum http_status
sale_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return product_back(req, "", "changed");
        staff_product_sale_ask(req->db, param_text(req, "slug"), text_equal(param_text(req, "sale"), "on"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return product_back(req, "", row.answer);
}

const struct route product_routes[] = {
        { GET,  "/products",            STAFF, NULL,        products_show, 0, "read" },
        { GET,  "/products/:slug",      STAFF, slug_params, product_show,  0, "read" },
        { POST, "/products/:slug/sale", STAFF, sale_params, sale_create,   0, "products" },
        ROUTE_END
};
