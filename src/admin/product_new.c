/* product_new: staff begin a new product: its name in addresses, its title, its kind.  It begins as
 * an empty draft that is not on sale. */
#include "admin/product_new.h"

#include <string.h>

#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "view/view.h"
#include "view/words.h"

enum { SLUG_MOST = 60 };

static const char *const kinds[] = { "course", "coaching", "software", "membership", NULL };

static const struct param new_params[] = {
        { .name = "title", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120, .missing = "Enter a title" },
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_FORM, .required = true, .max = SLUG_MOST,
          .missing = "Enter a name for its address",
          .invalid = "Use small letters a to z, digits and single hyphens between them, such as light-and-lens" },
        { .name = "kind", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = kinds },
        PARAM_END
};

struct kind_list {
        const char *chosen;
};

static void
kind_row(struct view *view, size_t i, void *data)
{
        view_text(view, "code", kinds[i]);
        view_text(view, "name", words_of("product_kind", kinds[i]));
        view_flag(view, "chosen", text_equal(kinds[i], ((const struct kind_list *)data)->chosen));
}

static enum http_status
form(struct request *req, const char *kind, enum http_status status)
{
        struct kind_list list = { kind };
        struct view *view = view_new(req, "admin/product.new.html");

        view_text(view, "page_title", "New product");
        view_text(view, "section", "products");
        if (req->method == GET)
                view_form_empty(view, new_params);
        else
                view_form(view, req);
        view_each(view, "kinds", "admin/product.kind.html", sizeof kinds / sizeof kinds[0] - 1, kind_row, &list);
        return view_reply(view, status);
}

/* GET /new-product */
static enum http_status
new_show(struct request *req)
{
        enum db_status rc = db_wait(req->db);           /* who looks at it, for the head of the page */

        if (rc != DB_OK)
                return http_from_db(req, rc);
        return form(req, "course", HTTP_OK);
}

/* POST /products */
static enum http_status
product_create(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct product_answer_row answer;
        enum db_status rc;

        if (slug != NULL && strlen(slug) > SLUG_MOST)
                param_refuse(req, "slug", "Use at most 60 characters");
        if (!params_valid(req))
                return form(req, param_typed(req, "kind"), HTTP_UNPROCESSABLE);
        rc = staff_product_add(req->db, slug, param_text(req, "kind"), param_text(req, "title"), &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "added"))
                return reply_redirect(req, pool_printf(req->pool, "/admin/products/%s?done=added", slug));
        param_refuse(req, "slug", "Another product has this name. Choose another one");
        return form(req, param_text(req, "kind"), HTTP_UNPROCESSABLE);
}

const struct route product_new_routes[] = {
        { GET,  "/new-product", STAFF, NULL,       new_show,       0, "products" },
        { POST, "/products",    STAFF, new_params, product_create, 0, "products" },
        ROUTE_END
};
