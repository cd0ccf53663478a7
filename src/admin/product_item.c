/* product_item: what is in the draft of a product: lessons, links, calls, in their order.
 *
 * Each item has a form of its own, which carries what it was made from, so that two people may
 * work on two items at once and the second save of the same one shows both texts. */
#include "admin/product_item.h"

#include "admin/product.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "view/markdown.h"
#include "view/view.h"
#include "view/words.h"

/* A byte may take three in the form: below ROUTE_LONG's bound. */
enum { BODY_MOST = 60000 };

static const char *const ways[] = { "up", "down", "out", NULL };
static const char *const kinds[] = { "lesson", "link", "call", "group", "licence", NULL };

static const struct param new_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param show_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "item", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param move_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "item", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60 },
        { .name = "way", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = ways },
        PARAM_END
};

#define ITEM_PARAMS \
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .max = 60 }, \
        { .name = "heading", .type = PARAM_TEXT, .from = FROM_FORM, .max = 120 }, \
        { .name = "title", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120, .missing = "Enter a title" }, \
        { .name = "body", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = BODY_MOST }, \
        { .name = "minutes", .type = PARAM_INT, .from = FROM_FORM, .min = 1, .max = 6000, \
          .invalid = "Enter the minutes as a whole number, or leave it empty" }, \
        { .name = "url", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 }

static const struct param save_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "item", .type = PARAM_SLUG, .from = FROM_PATH },
        ITEM_PARAMS,
        PARAM_END
};

static const struct param add_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "kind", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = kinds },
        ITEM_PARAMS,
        PARAM_END
};

static bool
leads_somewhere(const char *kind)
{
        return text_equal(kind, "link") || text_equal(kind, "call") || text_equal(kind, "group");
}

/* --- the form ------------------------------------------------------------------------ */

struct kind_list {
        const char *chosen;
};

static void
kind_row(struct view *view, size_t i, void *data)
{
        view_text(view, "code", kinds[i]);
        view_text(view, "name", words_of("item_kind", kinds[i]));
        view_flag(view, "chosen", text_equal(kinds[i], ((const struct kind_list *)data)->chosen));
}

/* Beside each field that differs: what the other one wrote. */
static void
push_theirs(struct view *view, struct request *req, const struct draft_item_row *row, bool conflict)
{
        const struct { const char *name, *text; } fields[] = {
                { "heading", row->section }, { "title", row->title }, { "body", row->body_md },
                { "minutes", row->minutes_null ? "" : pool_printf(req->pool, "%d", row->minutes) },
                { "url", row->url != NULL ? row->url : "" },
        };

        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
                const char *mine = conflict ? param_text(req, fields[i].name) : NULL;

                view_flag(view, pool_printf(req->pool, "%s_differs", fields[i].name),
                          conflict && !text_equal(mine != NULL ? mine : "", fields[i].text));
                view_text(view, pool_printf(req->pool, "their_%s", fields[i].name), fields[i].text);
                if (!conflict && req->method == GET)
                        view_text(view, fields[i].name, fields[i].text);
        }
        view_flag(view, "conflict", conflict);
}

/* ROW as it is stored; its item is NULL for a new one. */
static enum http_status
form(struct request *req, const char *name, const struct draft_item_row *row, enum http_status status)
{
        bool fresh = row->item == NULL;
        struct kind_list list = { row->kind };
        struct view *view = view_new(req, "admin/product.item.html");

        view_text(view, "page_title", fresh ? "Add to the contents" : row->title);
        view_text(view, "kind_error", "");
        if (req->method == GET)
                view_form_empty(view, fresh ? add_params : save_params);
        else
                view_form(view, req);
        push_theirs(view, req, row, status == HTTP_CONFLICT && !fresh);
        view_flag(view, "gone", status == HTTP_CONFLICT && fresh);
        view_text(view, "slug", param_text(req, "slug"));
        view_text(view, "name", name);
        view_text(view, "item", row->item);
        view_text(view, "seen", row->seen);
        view_flag(view, "fresh", fresh);
        view_flag(view, "linked", fresh || leads_somewhere(row->kind));
        view_text(view, "kind_word", words_of("item_kind", row->kind));
        view_text(view, "file", row->file);
        view_each(view, "kinds", "admin/product.kind.html", sizeof kinds / sizeof kinds[0] - 1, kind_row, &list);
        return view_reply(view, status);
}

static const struct draft_item_row nothing = { .kind = "lesson", .section = "", .title = "", .body_md = "",
                                               .minutes_null = true };

/* GET /products/:slug/content: a new one, at the end */
static enum http_status
item_new(struct request *req)
{
        struct draft_item_row row = nothing;
        struct product_content_row *contents;
        struct product_head_row head;
        enum db_status rc;
        size_t n;

        product_head_ask(req->db, param_text(req, "slug"), &head);
        product_contents_ask(req->db, param_text(req, "slug"), &contents, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (n > 0)
                row.section = contents[n - 1].section;
        return form(req, head.title, &row, HTTP_OK);
}

/* The product and, where ITEM is not NULL, its item. */
static enum db_status
look(struct request *req, const char *item, struct product_head_row *head, struct draft_item_row *row, bool *found)
{
        *found = false;
        product_head_ask(req->db, param_text(req, "slug"), head);
        if (item != NULL)
                draft_item_ask(req->db, param_text(req, "slug"), item, row, found);
        return db_wait(req->db);
}

/* GET /products/:slug/contents/:item */
static enum http_status
item_show(struct request *req)
{
        struct product_head_row head;
        struct draft_item_row row;
        bool found;
        enum db_status rc = look(req, param_text(req, "item"), &head, &row, &found);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        return found ? form(req, head.title, &row, HTTP_OK) : reply_error(req, HTTP_NOT_FOUND);
}

/* --- saving ---------------------------------------------------------------------------- */

static void
check_url(struct request *req, const char *kind)
{
        const char *url = param_text(req, "url");

        if (url == NULL && leads_somewhere(kind))
                param_refuse(req, "url", "Enter the address that it leads to");
        else if (url != NULL && !leads_somewhere(kind))
                param_refuse(req, "url", "Only links, calls and groups have an address. Leave this empty");
        else if (url != NULL && !text_starts(url, "https://") && !text_starts(url, "http://"))
                param_refuse(req, "url", "Enter a whole address, such as https://example.com/page");
}

static enum db_status
save(struct request *req, const char *item, const char *kind, struct product_answer_row *answer)
{
        int32_t minutes = (int32_t)param_int(req, "minutes");
        const char *body = param_text(req, "body"), *section = param_text(req, "heading"), *seen = param_text(req, "seen");

        return staff_item_save(req->db, param_text(req, "slug"), seen != NULL ? seen : "", item, section != NULL ? section : "",
                               kind, param_text(req, "title"), body != NULL ? body : "", minutes > 0 ? &minutes : NULL,
                               param_text(req, "url"), answer);
}

/* POST /products/:slug/contents */
static enum http_status
item_create(struct request *req)
{
        struct draft_item_row row = nothing;
        struct product_answer_row answer;
        struct product_head_row head;
        bool found;
        enum db_status rc = look(req, NULL, &head, &row, &found);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (param_text(req, "kind") != NULL)
                row.kind = param_text(req, "kind");
        check_url(req, row.kind);
        if (!params_valid(req))
                return form(req, head.title, &row, HTTP_UNPROCESSABLE);
        rc = save(req, NULL, row.kind, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return product_back(req, "", answer.answer);
}

/* POST /products/:slug/contents/:item */
static enum http_status
item_save(struct request *req)
{
        const char *item = param_text(req, "item");
        struct product_answer_row answer;
        struct product_head_row head;
        struct draft_item_row row;
        bool found;
        enum db_status rc = look(req, item, &head, &row, &found);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found) {
                row = nothing;
                row.kind = param_text(req, "url") != NULL ? "link" : "lesson";
        }
        check_url(req, row.kind);
        if (!params_valid(req)) {
                row.seen = param_typed(req, "seen");
                return form(req, head.title, &row, HTTP_UNPROCESSABLE);
        }
        rc = save(req, item, NULL, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.answer, "changed") || text_equal(answer.answer, "gone"))
                return form(req, head.title, &row, HTTP_CONFLICT);
        return product_back(req, "", answer.answer);
}

/* POST /products/:slug/item-preview: what is being typed, as the customer will see it; nothing
 * is stored. */
static enum http_status
preview_create(struct request *req)
{
        struct product_head_row head;
        struct draft_item_row row;
        struct view *view;
        bool found;
        enum db_status rc = look(req, NULL, &head, &row, &found);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/product.item-preview.html");
        view_text(view, "page_title", "Preview");
        view_text(view, "slug", head.slug);
        view_text(view, "name", head.title);
        view_text(view, "title", param_typed(req, "title"));
        view_text(view, "section_title", param_typed(req, "heading"));
        view_html(view, "body", markdown_render(req->pool, param_typed(req, "body")));
        view_url(view, "url", param_typed(req, "url"));
        return view_reply(view, HTTP_OK);
}

/* POST /products/:slug/contents/:item/moves */
static enum http_status
move_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return product_back(req, "", "changed");
        rc = staff_item_move(req->db, param_text(req, "slug"), param_text(req, "seen"), param_text(req, "item"),
                             param_text(req, "way"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return text_equal(row.answer, "unknown") ? reply_error(req, HTTP_NOT_FOUND) : product_back(req, "", row.answer);
}

const struct route product_item_routes[] = {
        { GET,  "/products/:slug/content",              STAFF, new_params,  item_new,    0,          "products" },
        { POST, "/products/:slug/contents",             STAFF, add_params,  item_create, ROUTE_LONG, "products" },
        { POST, "/products/:slug/item-preview",         STAFF, add_params,  preview_create, ROUTE_LONG, "products" },
        { GET,  "/products/:slug/contents/:item",       STAFF, show_params, item_show,   0,          "products" },
        { POST, "/products/:slug/contents/:item",       STAFF, save_params, item_save,   ROUTE_LONG, "products" },
        { POST, "/products/:slug/contents/:item/moves", STAFF, move_params, move_create, 0,          "products" },
        ROUTE_END
};
