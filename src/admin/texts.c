/* texts: the words of mails about payments (S1.4, S1.5): the list, one of them with its preview and
 * its past versions, a new version; for all products, or for one in its own words.  A mail takes the
 * version in force when it leaves. */
#include "admin/texts.h"

#include <string.h>

#include "admin/ahead.h"
#include "admin/desk.h"
#include "base/text.h"
#include "domain/notice.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/texts.h"
#include "view/markdown.h"
#include "view/view.h"
#include "view/words.h"

enum { SUBJECT_MOST = 150, BODY_MOST = 5000 };

static const char *const whats[] = { "save", "preview", "try", "as_all", NULL };

#define KIND_PARAM { .name = "kind", .type = PARAM_TEXT, .from = FROM_PATH, .max = 60 }

#define SLUG_PARAM { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH }

#define SHOW_PARAMS \
        KIND_PARAM, \
        { .name = "version", .type = PARAM_INT, .from = FROM_QUERY, .min = 1, .max = 1000000 }, \
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY }

#define SAVE_PARAMS \
        KIND_PARAM, \
        { .name = "seen", .type = PARAM_INT, .from = FROM_FORM, .required = true, .max = 1000000 }, \
        { .name = "what", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = whats }, \
        { .name = "subject", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = SUBJECT_MOST, \
          .missing = "Enter a subject" }, \
        { .name = "body", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = BODY_MOST, \
          .missing = "Write the text" }, \
        AHEAD_CUSTOMER_PARAM

static const struct param kind_params[] = {
        SHOW_PARAMS,
        PARAM_END
};

static const struct param save_params[] = {
        SAVE_PARAMS,
        PARAM_END
};

static const struct param own_params[] = {
        SLUG_PARAM,
        SHOW_PARAMS,
        PARAM_END
};

static const struct param own_save_params[] = {
        SLUG_PARAM,
        SAVE_PARAMS,
        PARAM_END
};

/* --- the list --- */

struct list {
        struct pool *pool;
        struct text_item_row *rows;
};

static void
push_text(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct text_item_row *row = &list->rows[i];

        view_row(view, "", &text_item_row_type, row);
        view_text(view, "name", words_of("text_kind", row->kind));
        view_url(view, "text_url", pool_printf(list->pool, "/admin/messages/%s", row->kind));
}

/* GET /messages */
static enum http_status
list_show(struct request *req)
{
        struct list list = { .pool = req->pool };
        struct view *view;
        enum db_status rc;
        size_t n;

        texts_all_ask(req->db, &list.rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/texts.html");
        view_text(view, "page_title", "Texts of mails");
        view_each(view, "texts", "admin/texts.row.html", n, push_text, &list);
        return view_reply(view, HTTP_OK);
}

/* --- one of them --- */

struct page {
        struct text_version_row row;    /* in force, or the version that is looked at */
        struct text_past_row *past;
        size_t n_past;
        const char *kind;
        const char *slug;               /* of the product whose own words these are, or NULL */
        const char *base;               /* the address of the page */
        struct pool *pool;
};

static struct page
page_of(struct request *req)
{
        struct page page = { .kind = param_text(req, "kind"), .pool = req->pool };

        if (req->route->params == own_params || req->route->params == own_save_params)
                page.slug = param_text(req, "slug");
        page.base = page.slug != NULL ? pool_printf(req->pool, "/admin/products/%s/messages/%s", page.slug, page.kind)
                                      : pool_printf(req->pool, "/admin/messages/%s", page.kind);
        return page;
}

static void
push_past(struct view *view, size_t i, void *data)
{
        const struct page *page = data;

        view_row(view, "", &text_past_row_type, &page->past[i]);
        view_flag(view, "in_force", i == 0);
        view_url(view, "version_url", pool_printf(page->pool, "%s?version=%d", page->base, page->past[i].version));
}

/* The fields that texts of this kind have. */
struct helps {
        struct pool *pool;
        enum notice_field fields[NOTICE_FIELDS];
        size_t n;
};

static void
push_field(struct view *view, size_t i, void *data)
{
        const struct helps *helps = data;
        const struct notice_help *help = &notice_help[helps->fields[i]];

        view_text(view, "name", pool_printf(helps->pool, "{%s}", help->name));
        view_text(view, "meaning", help->meaning);
        view_text(view, "example", help->example);
}

static void
push_fields(struct view *view, const struct page *page)
{
        struct helps helps = { .pool = page->pool };

        for (int i = 0; i < NOTICE_FIELDS; i++)
                if (notice_has(page->kind, (enum notice_field)i))
                        helps.fields[helps.n++] = (enum notice_field)i;
        view_each(view, "fields", "admin/text.field.html", helps.n, push_field, &helps);
}

/* The mail as an example customer reads it. */
static void
push_preview(struct view *view, struct request *req, const char *subject, const char *body)
{
        struct fill_field fields[NOTICE_FIELDS];

        notice_fill(fields, NULL);
        view_text(view, "example_subject", fill_text(req->pool, subject, fields, NOTICE_FIELDS, false));
        view_html(view, "example_body", markdown_render(req->pool, fill_text(req->pool, body, fields, NOTICE_FIELDS, true)));
        view_text(view, "example_text", notice_plain(req->pool, body, fields));
}

/* What the page is about, and where it stands. */
static void
push_place(struct view *view, const struct page *page)
{
        bool reminder = strncmp(page->kind, "reminder", strlen("reminder")) == 0;

        view_text(view, "page_title", words_of("text_kind", page->kind));
        view_text(view, "kind", page->kind);
        view_url(view, "text_url", page->base);
        view_url(view, "list_url",
                 page->slug != NULL ? pool_printf(page->pool, "/admin/products/%s/reminders", page->slug) : "/admin/messages");
        view_text(view, "slug", page->slug != NULL ? page->slug : "");
        view_text(view, "title", page->row.title);
        view_flag(view, "own", page->slug != NULL && page->row.own);
        view_flag(view, "several", strcmp(page->kind, "reminder_several") == 0);
        view_flag(view, "thanks", strcmp(page->kind, "plan_thanks") == 0);
        view_flag(view, "reminder", reminder);
}

static enum http_status
show(struct request *req, enum http_status status, bool again, bool stale, const struct ahead_answer *tried)
{
        struct page page = page_of(req);
        int32_t version = again ? 0 : (int32_t)param_int(req, "version");
        struct view *view;
        enum db_status rc;

        text_version_ask(req->db, page.kind, version > 0 ? &version : NULL, page.slug, &page.row);
        text_history_ask(req->db, page.kind, page.slug, &page.past, &page.n_past);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/text.html");
        push_place(view, &page);
        view_form_empty(view, save_params);
        view_text(view, "subject", page.row.subject);
        view_text(view, "body", page.row.body);
        if (again)
                view_form(view, req);
        view_number(view, "seen", again && !stale ? param_int(req, "seen") : page.row.last);
        view_number(view, "version", page.row.version);
        view_flag(view, "old", page.row.version > 0 && page.row.version != page.row.last);
        view_flag(view, "stale", stale);
        view_flag(view, "saved", !again && text_equal(param_text(req, "done"), "saved"));
        view_flag(view, "may_edit", desk_may(req, "texts"));
        view_flag(view, "previewed", again && status == HTTP_OK);
        push_preview(view, req, again ? param_typed(req, "subject") : page.row.subject,
                     again ? param_typed(req, "body") : page.row.body);
        push_fields(view, &page);
        view_each(view, "past", "admin/text.past.html", page.n_past, push_past, &page);
        ahead_push(view, req, tried);
        return view_reply(view, status);
}

/* GET /messages/:kind, /products/:slug/messages/:kind */
static enum http_status
text_show(struct request *req)
{
        return show(req, HTTP_OK, false, false, NULL);
}

/* A field that no mail fills would stand there in its braces. */
static void
check_fields(struct request *req, const char *name)
{
        const char *unknown = notice_unknown(req->pool, param_text(req, "kind"), param_typed(req, name));

        if (unknown != NULL)
                param_refuse(req, name,
                             pool_printf(req->pool, "There is no field {%s}. The ones that there are stand below", unknown));
}

/* --- tried --- */

struct typed_text {
        const char *kind, *slug, *subject, *body;
        int32_t seen;
        const char *answer;     /* of the last try */
};

/* Put it in force, in a look ahead that is taken back. */
static enum db_status
text_make(struct db *db, void *data)
{
        struct typed_text *typed = data;
        struct text_answer_row answer = { .answer = "" };
        enum db_status rc = text_publish(db, typed->kind, typed->slug, typed->seen, typed->subject, typed->body, false, &answer);

        typed->answer = answer.answer;
        return rc;
}

/* The refusal that brings this mail about; "" for those of payments that go through. */
static const char *
text_decline(const char *kind)
{
        const char *failed = "payment_failed_";

        return strncmp(kind, failed, strlen(failed)) == 0 ? ahead_code(kind + strlen(failed)) : "";
}

static enum http_status
text_try(struct request *req, const struct page *page)
{
        struct typed_text typed = { .kind = page->kind, .slug = page->slug, .subject = param_text(req, "subject"),
                                    .body = param_text(req, "body"), .seen = (int32_t)param_int(req, "seen") };
        struct ahead_trial trial = { .edit = { text_make, &typed }, .decline = text_decline(page->kind), .slug = page->slug,
                                     .customer = param_text(req, "customer") };
        struct ahead_answer answer;
        enum db_status rc = ahead_try(req, &trial, &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(typed.answer, "stale"))
                return show(req, HTTP_CONFLICT, true, true, NULL);
        if (answer.found)
                return show(req, HTTP_OK, true, false, &answer);
        param_refuse(req, "customer", AHEAD_NOBODY);
        return show(req, HTTP_UNPROCESSABLE, true, false, NULL);
}

/* POST /messages/:kind, /products/:slug/messages/:kind */
static enum http_status
text_create(struct request *req)
{
        struct page page = page_of(req);
        bool as_all = page.slug != NULL && text_equal(param_text(req, "what"), "as_all");
        struct text_answer_row answer;
        enum db_status rc;

        check_fields(req, "subject");
        check_fields(req, "body");
        if (!params_valid(req) && !as_all)
                return show(req, HTTP_UNPROCESSABLE, true, false, NULL);
        if (text_equal(param_text(req, "what"), "preview"))
                return show(req, HTTP_OK, true, false, NULL);
        if (text_equal(param_text(req, "what"), "try"))
                return text_try(req, &page);
        rc = text_publish(req->db, page.kind, page.slug, (int32_t)param_int(req, "seen"),
                          as_all ? "" : param_text(req, "subject"), as_all ? "" : param_text(req, "body"), as_all, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown") || text_equal(answer.answer, "denied"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.answer, "stale"))
                return show(req, HTTP_CONFLICT, true, true, NULL);
        return reply_redirect(req, pool_printf(req->pool, "%s?done=saved", page.base));
}

const struct route texts_routes[] = {
        { GET,  "/messages",                      STAFF, NULL,            list_show,   0, "read" },
        { GET,  "/messages/:kind",                STAFF, kind_params,     text_show,   0, "read" },
        { POST, "/messages/:kind",                STAFF, save_params,     text_create, 0, "texts" },
        { GET,  "/products/:slug/messages/:kind", STAFF, own_params,      text_show,   0, "read" },
        { POST, "/products/:slug/messages/:kind", STAFF, own_save_params, text_create, 0, "texts" },
        ROUTE_END
};
