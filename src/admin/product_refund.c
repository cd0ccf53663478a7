/* product_refund: what goes back of a product (S2.2): for how many days one can withdraw where the
 * law gives that right, which is never fewer than the law says, and whether the shop's own
 * guarantee (the refund period of the product's version) is kept by itself or by a person. */
#include "admin/product_refund.h"

#include "admin/desk.h"
#include "admin/product.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "queries/withdrawdesk.h"
#include "view/view.h"

static const char *const whos[] = { "person", "itself", NULL };

static const struct param show_params[] = {{ .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
                                           PARAM_END
};

static const struct param set_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 20 },
        { .name = "law_days",
         .type = PARAM_INT,
         .from = FROM_FORM,
         .required = true,
         .min = 14,
         .max = 365,
         .missing = "Enter a number of days, 14 or more",
         .invalid = "Enter a number of days from 14 to 365" },
        { .name = "who",
         .type = PARAM_CHOICE,
         .from = FROM_FORM,
         .required = true,
         .choices = whos,
         .missing = "Choose who keeps the guarantee",
         .invalid = "Choose who keeps the guarantee" },
        PARAM_END
};

static enum http_status
form(struct request *req, enum http_status status)
{
        struct product_head_row head;
        struct refund_rules_row row;
        struct view *view;
        enum db_status rc;
        bool by_itself;

        product_head_ask(req->db, param_text(req, "slug"), &head);
        refund_rules_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        by_itself =
                req->method == GET ? row.by_itself : text_equal(param_text(req, "who"), "itself");
        view = view_new(req, "admin/product.refund.html");
        view_text(view, "page_title", pool_printf(req->pool, "Money back: %s", head.title));
        view_text(view, "section", "products");
        if (req->method == GET) {
                view_form_empty(view, set_params);
                view_text(view, "law_days", pool_printf(req->pool, "%d", row.law_days));
        } else {
                view_form(view, req);
        }
        view_text(view, "slug", head.slug);
        view_text(view, "title", head.title);
        view_text(view, "seen", row.seen);
        view_text(view, "countries", row.countries);
        view_number(view, "refund_days", row.refund_days);
        view_flag(view, "itself", by_itself);
        view_text(view, "set_by", row.changed_by);
        desk_time(view, "set_at", row.changed_at, row.changed_at_null);
        view_flag(view, "conflict", status == HTTP_CONFLICT);
        return view_reply(view, status);
}

/* GET /products/:slug/refund-rules */
static enum http_status
rules_show(struct request *req)
{
        return form(req, HTTP_OK);
}

/* POST /products/:slug/refund-rules */
static enum http_status
rules_create(struct request *req)
{
        struct staff_withdrawal_row row;
        enum db_status rc;

        if (!params_valid(req))
                return form(req, HTTP_UNPROCESSABLE);
        rc = refund_rules_set(req->db, param_text(req, "slug"), param_text(req, "seen"),
                              (int32_t)param_int(req, "law_days"),
                              text_equal(param_text(req, "who"), "itself"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(row.answer, "changed"))
                return form(req, HTTP_CONFLICT);
        return product_back(req, "", text_equal(row.answer, "saved") ? "refund-rules" : "same");
}

const struct route product_refund_routes[] = {
        { GET, "/products/:slug/refund-rules", STAFF, show_params, rules_show, 0, "products" },
        { POST, "/products/:slug/refund-rules", STAFF, set_params, rules_create, 0, "products" },
        ROUTE_END
};
