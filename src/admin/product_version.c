/* product_version: a draft is published or thrown away; an older version is looked at and
 * restored. */
#include "admin/product_version.h"

#include "admin/desk.h"
#include "admin/product.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "view/format.h"
#include "view/view.h"
#include "view/words.h"

static const struct param slug_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param publish_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60 },
        { .name = "everybody", .type = PARAM_CHECK, .from = FROM_FORM },
        PARAM_END
};

static const struct param version_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "version", .type = PARAM_ID, .from = FROM_PATH, .max = INT32_MAX, .min = 1 },
        PARAM_END
};

static const struct param restore_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "version", .type = PARAM_ID, .from = FROM_FORM, .required = true, .min = 1, .max = INT32_MAX },
        { .name = "current", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 0, .max = INT32_MAX },
        PARAM_END
};

/* --- what publishing changes ------------------------------------------------------ */

struct change {
        const char *what, *before, *after;
};

enum { CHANGES_MOST = 8 };

struct changes {
        struct change list[CHANGES_MOST];
        size_t n;
};

static void
note(struct changes *changes, const char *what, const char *before, const char *after)
{
        if (!text_equal(before, after))
                changes->list[changes->n++] = (struct change){ what, before, after };
}

static const char *
day(struct request *req, int32_t days, bool null_days)
{
        return null_days ? "opens at once" : format_exact_date(req->pool, days);
}

/* Short ones are shown before and after; long ones are named. */
static void
compare(struct request *req, const struct product_live_row *live, const struct product_texts_row *draft, struct changes *to)
{
        note(to, "Title", live->title, draft->title);
        note(to, "Line below it", live->tagline, draft->tagline);
        note(to, "Start", day(req, live->starts_on, live->starts_on_null), day(req, draft->starts_on, draft->starts_on_null));
        note(to, "Days with a full refund", pool_printf(req->pool, "%d", live->refund_days),
             pool_printf(req->pool, "%d", draft->refund_days));
        if (!text_equal(live->summary_md, draft->summary_md))
                note(to, "What it is", "", "a new text");
        if (!text_equal(live->includes_md, draft->includes_md))
                note(to, "What you get", "", "a new text");
        if (!text_equal(live->next_step_md, draft->next_step_md))
                note(to, "Next step", "", "a new text");
        if (!text_equal(live->refund_md, draft->refund_md))
                note(to, "Refund terms", "", "a new text");
}

static void
change_row(struct view *view, size_t i, void *data)
{
        const struct change *row = &((const struct changes *)data)->list[i];

        view_text(view, "what", row->what);
        view_text(view, "before", row->before);
        view_text(view, "after", row->after);
}

static void
difference_row(struct view *view, size_t i, void *data)
{
        const struct draft_difference_row *row = &((const struct draft_difference_row *)data)[i];

        view_text(view, "title", row->title);
        view_text(view, "what", words_of("item_change", row->what));
}

/* GET /products/:slug/publish: what changes, and for whom. */
static enum http_status
publish_show(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct draft_difference_row *differences;
        struct product_live_row live = { 0 };
        struct product_texts_row texts;
        struct product_head_row head;
        struct changes changes = { .n = 0 };
        struct view *view;
        enum db_status rc;
        size_t n;
        bool found;

        product_head_ask(req->db, slug, &head);
        product_texts_ask(req->db, slug, &texts);
        product_live_ask(req->db, slug, &live, &found);
        draft_differences_ask(req->db, slug, &differences, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (head.draft_null)
                return product_back(req, "", "no-draft");
        if (found)
                compare(req, &live, &texts, &changes);
        view = view_new(req, "admin/product.publish.html");
        view_text(view, "page_title", pool_printf(req->pool, "Publish %s", texts.title));
        view_row(view, "product", &product_head_row_type, &head);
        view_text(view, "name", texts.title);
        view_flag(view, "first", !found);
        view_flag(view, "overtaken", found && (head.base_null || head.base != head.version));
        view_each(view, "changes", "admin/product.change.html", changes.n, change_row, &changes);
        view_each(view, "differences", "admin/product.difference.html", n, difference_row, differences);
        return view_reply(view, HTTP_OK);
}

/* POST /products/:slug/publish */
static enum http_status
publish_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return product_back(req, "", "changed");
        staff_draft_publish_ask(req->db, param_text(req, "slug"), param_text(req, "seen"), param_check(req, "everybody"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        req->wake_worker = true;
        return product_back(req, "", text_equal(row.answer, "none") ? "no-draft" : row.answer);
}

/* POST /products/:slug/discard */
static enum http_status
discard_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return product_back(req, "", "changed");
        staff_draft_discard_ask(req->db, param_text(req, "slug"), param_text(req, "seen"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return product_back(req, "", row.answer);
}

/* --- older versions ---------------------------------------------------------------- */

static void
content_row(struct view *view, size_t i, void *data)
{
        const struct product_content_row *rows = data;

        view_row(view, "", &product_content_row_type, &rows[i]);
        view_text(view, "kind_word", words_of("item_kind", rows[i].kind));
        view_flag(view, "new_section", i == 0 || !text_equal(rows[i].section, rows[i - 1].section));
        view_flag(view, "editable", false);
        view_text(view, "slug", "");
        view_text(view, "seen", "");
}

/* GET /products/:slug/versions/:version */
static enum http_status
version_show(struct request *req)
{
        const char *slug = param_text(req, "slug");
        int32_t version = (int32_t)param_int(req, "version");
        struct product_content_row *contents;
        struct product_version_row row;
        struct view *view;
        enum db_status rc;
        size_t n;

        product_version_ask(req->db, slug, version, &row);
        product_version_contents_ask(req->db, slug, version, &contents, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/product.version.html");
        view_text(view, "page_title", pool_printf(req->pool, "%s, version %d", row.title, row.version));
        view_row(view, "past", &product_version_row_type, &row);
        view_text(view, "slug", slug);
        view_stamp(view, "published", row.published_at, false);
        view_text(view, "starts", day(req, row.starts_on, row.starts_on_null));
        view_flag(view, "may_restore", desk_may(req, "products") && (row.live_null || row.live != row.version));
        view_each(view, "contents", "admin/product.content.html", n, content_row, contents);
        return view_reply(view, HTTP_OK);
}

/* POST /products/:slug/restores */
static enum http_status
restore_create(struct request *req)
{
        struct product_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return product_back(req, "", "changed");
        staff_product_restore_ask(req->db, param_text(req, "slug"), (int32_t)param_int(req, "version"),
                                  (int32_t)param_int(req, "current"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return product_back(req, "", text_equal(row.answer, "same") ? "restored-same" : row.answer);
}

const struct route product_version_routes[] = {
        { GET,  "/products/:slug/publish",           STAFF, slug_params,    publish_show,   0, "products" },
        { POST, "/products/:slug/publish",           STAFF, publish_params, publish_create, 0, "products" },
        { POST, "/products/:slug/discard",           STAFF, publish_params, discard_create, 0, "products" },
        { GET,  "/products/:slug/versions/:version", STAFF, version_params, version_show,   0, "read" },
        { POST, "/products/:slug/restores",          STAFF, restore_params, restore_create, 0, "products" },
        ROUTE_END
};
