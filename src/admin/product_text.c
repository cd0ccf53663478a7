/* product_text: the texts of a product: the form, its preview, saving them in the draft.
 *
 * The form carries what it was made from (product_seen() of the database).  When somebody was
 * faster, both texts are shown and nothing is stored until one of them is chosen. */
#include "admin/product_text.h"

#include "admin/desk.h"
#include "admin/product.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/product.h"
#include "view/format.h"
#include "view/markdown.h"
#include "view/view.h"

/* Four long texts, each byte of them perhaps three in the form: below ROUTE_LONG's bound. */
enum { TEXT_MOST = 20000 };

static const struct param slug_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param text_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60 },
        { .name = "title", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120, .missing = "Enter a title" },
        { .name = "tagline", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 240,
          .missing = "Say in one line what it is" },
        { .name = "summary", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = TEXT_MOST,
          .missing = "Say what it is" },
        { .name = "includes", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = TEXT_MOST,
          .missing = "Say what a customer gets" },
        { .name = "next_step", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = TEXT_MOST },
        { .name = "refund_days", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 0, .max = 3650,
          .missing = "Enter the days, 0 for none", .invalid = "Enter the days as a whole number" },
        { .name = "refund", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = TEXT_MOST,
          .missing = "Say how a refund works" },
        { .name = "starts_on", .type = PARAM_DATE, .from = FROM_FORM, .invalid = "Enter a day that exists, such as 2026-03-31" },
        PARAM_END
};

static const struct param markdown_params[] = {
        { .name = "text", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 3 * TEXT_MOST },
        PARAM_END
};

/* "2026-03-31", or "" without a day. */
static const char *
day(struct request *req, int32_t days, bool null_days)
{
        return null_days ? "" : format_rfc3339_date(req->pool, days);
}

/* The fields as they are stored, under PREFIX. */
static void
push_stored(struct view *view, struct request *req, const char *prefix, const struct product_texts_row *row)
{
        const struct { const char *name, *text; } fields[] = {
                { "title", row->title }, { "tagline", row->tagline }, { "summary", row->summary_md },
                { "includes", row->includes_md }, { "next_step", row->next_step_md }, { "refund", row->refund_md },
                { "refund_days", pool_printf(req->pool, "%d", row->refund_days) },
                { "starts_on", day(req, row->starts_on, row->starts_on_null) },
        };

        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
                view_text(view, pool_printf(req->pool, "%s%s", prefix, fields[i].name), fields[i].text);
}

/* Beside each field that differs: what the other one wrote. */
static void
push_theirs(struct view *view, struct request *req, const struct product_texts_row *row, bool conflict)
{
        const struct { const char *name, *text; } fields[] = {
                { "title", row->title }, { "tagline", row->tagline }, { "summary", row->summary_md },
                { "includes", row->includes_md }, { "next_step", row->next_step_md }, { "refund", row->refund_md },
                { "refund_days", pool_printf(req->pool, "%d", row->refund_days) },
                { "starts_on", day(req, row->starts_on, row->starts_on_null) },
        };

        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
                const char *mine = conflict ? param_text(req, fields[i].name) : NULL;
                bool differs = conflict && !text_equal(mine != NULL ? mine : "", fields[i].text);

                view_flag(view, pool_printf(req->pool, "%s_differs", fields[i].name), differs);
                view_text(view, pool_printf(req->pool, "their_%s", fields[i].name), fields[i].text);
        }
        view_flag(view, "conflict", conflict);
}

/* The form: as stored, or as it was typed when AGAIN. */
static enum http_status
form(struct request *req, const struct product_texts_row *row, enum http_status status, bool again, bool conflict)
{
        struct view *view = view_new(req, "admin/product.texts.html");

        view_text(view, "page_title", pool_printf(req->pool, "Texts of %s", row->title));
        if (again) {
                view_form(view, req);
        } else {
                view_form_empty(view, text_params);
                push_stored(view, req, "", row);
        }
        push_theirs(view, req, row, conflict);
        view_text(view, "seen", row->seen);
        view_text(view, "slug", row->slug);
        view_text(view, "name", row->title);
        view_flag(view, "draft", row->draft);
        view_text(view, "changed_by", row->changed_by);
        desk_time(view, "changed", row->changed_at, row->changed_at_null);
        return view_reply(view, status);
}

/* GET /products/:slug/texts */
static enum http_status
texts_show(struct request *req)
{
        struct product_texts_row row;
        enum db_status rc;

        product_texts_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        return rc != DB_OK ? http_from_db(req, rc) : form(req, &row, HTTP_OK, false, false);
}

/* A cohort cannot begin on a day that is over; one that has begun keeps its day. */
static void
check_start(struct request *req, const struct product_texts_row *row)
{
        int32_t today = (int32_t)(req->identity.now_at / CLOCK_SECOND / 86400);
        int32_t starts = (int32_t)param_int(req, "starts_on");

        if (param_text(req, "starts_on") != NULL && starts < today &&
            (row->live_starts_on_null || row->live_starts_on != starts) &&
            (row->starts_on_null || row->starts_on != starts))
                param_refuse(req, "starts_on", "That day is over. Choose a later one, or leave it empty to open at once");
}

static enum db_status
save(struct request *req, struct product_answer_row *answer)
{
        const char *next_step = param_text(req, "next_step");
        int32_t starts = (int32_t)param_int(req, "starts_on");

        return staff_draft_save(req->db, param_text(req, "slug"), param_text(req, "seen"), param_text(req, "title"),
                                param_text(req, "tagline"), param_text(req, "summary"), param_text(req, "includes"),
                                next_step != NULL ? next_step : "", (int32_t)param_int(req, "refund_days"),
                                param_text(req, "refund"), param_text(req, "starts_on") != NULL ? &starts : NULL, answer);
}

/* POST /products/:slug/texts */
static enum http_status
texts_create(struct request *req)
{
        struct product_answer_row answer;
        struct product_texts_row row;
        enum db_status rc;

        product_texts_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        check_start(req, &row);
        if (!params_valid(req)) {
                row.seen = param_typed(req, "seen");    /* still made from what it was */
                return form(req, &row, HTTP_UNPROCESSABLE, true, false);
        }
        rc = save(req, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (!text_equal(answer.answer, "changed"))
                return product_back(req, "", answer.answer);
        product_texts_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        return rc != DB_OK ? http_from_db(req, rc) : form(req, &row, HTTP_CONFLICT, true, true);
}

/* --- the preview: the page as the customer will see it --------------------------- */

static enum http_status
preview(struct request *req, const char *kind, const char *title, const char *tagline, const char *summary, const char *includes,
        const char *next_step, const char *refund, const char *starts)
{
        struct view *view = view_new(req, "admin/product.preview.html");

        view_text(view, "page_title", pool_printf(req->pool, "Preview: %s", title));
        view_text(view, "slug", param_text(req, "slug"));
        view_url(view, "picture_url", product_picture(kind));
        view_text(view, "title", title);
        view_text(view, "tagline", tagline);
        view_html(view, "summary", markdown_render(req->pool, summary));
        view_html(view, "includes", markdown_render(req->pool, includes));
        view_html(view, "next_step", markdown_render(req->pool, next_step));
        view_html(view, "refund", markdown_render(req->pool, refund));
        view_text(view, "starts", starts);
        return view_reply(view, HTTP_OK);
}

/* GET /products/:slug/preview: the draft, or what is published. */
static enum http_status
preview_show(struct request *req)
{
        struct product_texts_row row;
        enum db_status rc;

        product_texts_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return preview(req, row.kind, row.title, row.tagline, row.summary_md, row.includes_md, row.next_step_md, row.refund_md,
                       row.starts_on_null ? "" : format_exact_date(req->pool, row.starts_on));
}

/* POST /products/:slug/preview: what is being typed; nothing is stored. */
static enum http_status
preview_create(struct request *req)
{
        struct product_texts_row row;
        enum db_status rc;

        product_texts_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return preview(req, row.kind, param_typed(req, "title"), param_typed(req, "tagline"), param_typed(req, "summary"),
                       param_typed(req, "includes"), param_typed(req, "next_step"), param_typed(req, "refund"),
                       param_text(req, "starts_on") == NULL
                               ? "" : format_exact_date(req->pool, (int32_t)param_int(req, "starts_on")));
}

/* POST /markdown: one text, rendered; for the preview beside what is being typed. */
static enum http_status
markdown_create(struct request *req)
{
        struct view *view = view_new(req, "admin/product.markdown.html");

        view_html(view, "text", markdown_render(req->pool, param_typed(req, "text")));
        return view_reply(view, HTTP_OK);
}

const struct route product_text_routes[] = {
        { POST, "/markdown",               STAFF, markdown_params, markdown_create, ROUTE_LONG, "read" },
        { GET,  "/products/:slug/texts",   STAFF, slug_params, texts_show,     0,          "products" },
        { POST, "/products/:slug/texts",   STAFF, text_params, texts_create,   ROUTE_LONG, "products" },
        { GET,  "/products/:slug/preview", STAFF, slug_params, preview_show,   0,          "read" },
        { POST, "/products/:slug/preview", STAFF, text_params, preview_create, ROUTE_LONG, "products" },
        ROUTE_END
};
