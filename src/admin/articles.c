/* articles: answers, playbooks and training: the list with its filters, and what people searched
 * for in vain: the articles to write, the most wanted first. */
#include "admin/articles.h"

#include "admin/article.h"
#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "queries/article.h"
#include "view/view.h"
#include "view/words.h"

enum { SEARCHES_FEW = 8, SEARCHES_MOST = 200 };

static const char *const kinds[] = { "faq", "playbook", "training", NULL };
static const char *const states[] = { "draft", "retired", NULL };

static const struct param list_params[] = {
        { .name = "kind", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = kinds },
        { .name = "category", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 240 },
        { .name = "state", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = states },
        PARAM_END
};

static const struct param searches_params[] = {
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param done_params[] = {
        { .name = "words", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 240 },
        PARAM_END
};

static const struct param playbook_params[] = {
        { .name = "class", .type = PARAM_TEXT, .from = FROM_QUERY, .required = true, .max = 60 },
        { .name = "code", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 60 },
        PARAM_END
};

struct list {
        struct pool *pool;
        struct article_line_row *rows;
        struct article_category_row *categories;
        struct help_search_row *searches;
        size_t n, n_categories, n_searches;
        const char *kind, *category, *state;
        bool may_edit;
};

static void
line_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct article_line_row *row = &list->rows[i];

        view_row(view, "", &article_line_row_type, row);
        view_text(view, "kind_word", words_of("article_kind", row->kind));
        view_text(view, "rate", article_rate(list->pool, row->yes, row->no));
        view_flag(view, "for_staff", !text_equal(row->kind, "faq"));
        desk_time(view, "since", row->published_at, row->published_at_null);
}

static void
push_choice(struct view *view, const char *value, const char *title, const char *chosen)
{
        view_text(view, "value", value);
        view_text(view, "title", title);
        view_flag(view, "chosen", text_equal(value, chosen));
}

static void
kind_row(struct view *view, size_t i, void *data)
{
        push_choice(view, kinds[i], words_of("article_kind", kinds[i]), ((const struct list *)data)->kind);
}

static void
state_row(struct view *view, size_t i, void *data)
{
        push_choice(view, states[i], words_of("article_state", states[i]), ((const struct list *)data)->state);
}

static void
category_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        push_choice(view, list->categories[i].category, list->categories[i].category, list->category);
}

static void
search_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct help_search_row *row = &list->searches[i];

        view_row(view, "", &help_search_row_type, row);
        view_stamp(view, "last", row->last_at, false);
        view_flag(view, "editable", list->may_edit);
}

/* GET /help */
static enum http_status
articles_show(struct request *req)
{
        struct list list = { .pool = req->pool, .kind = param_text(req, "kind"), .category = param_text(req, "category"),
                             .state = param_text(req, "state") };
        struct view *view;
        enum db_status rc;

        articles_list_ask(req->db, list.kind != NULL ? list.kind : "", list.category != NULL ? list.category : "",
                          list.state != NULL ? list.state : "", &list.rows, &list.n);
        article_categories_ask(req->db, &list.categories, &list.n_categories);
        help_searches_open_ask(req->db, SEARCHES_FEW, &list.searches, &list.n_searches);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/articles.html");
        view_text(view, "page_title", "Help and playbooks");
        view_flag(view, "may_edit", desk_may(req, "help"));
        view_flag(view, "filtered", list.kind != NULL || list.category != NULL || list.state != NULL);
        view_each(view, "kinds", "admin/orders.choice.html", sizeof kinds / sizeof kinds[0] - 1, kind_row, &list);
        view_each(view, "states", "admin/orders.choice.html", sizeof states / sizeof states[0] - 1, state_row, &list);
        view_each(view, "categories", "admin/orders.choice.html", list.n_categories, category_row, &list);
        view_each(view, "articles", "admin/articles.row.html", list.n, line_row, &list);
        view_each(view, "searches", "admin/articles.search.html", list.n_searches, search_row, &list);
        return view_reply(view, HTTP_OK);
}

/* GET /help/searches */
static enum http_status
searches_show(struct request *req)
{
        struct list list = { .pool = req->pool };
        struct view *view;
        enum db_status rc;

        help_searches_open_ask(req->db, SEARCHES_MOST, &list.searches, &list.n_searches);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        list.may_edit = desk_may(req, "help");
        view = view_new(req, "admin/searches.html");
        view_text(view, "page_title", "Articles to write");
        view_flag(view, "done", text_equal(param_text(req, "done"), "done"));
        view_flag(view, "may_edit", list.may_edit);
        view_each(view, "searches", "admin/searches.row.html", list.n_searches, search_row, &list);
        return view_reply(view, HTTP_OK);
}

/* POST /help/searches: dealt with. */
static enum http_status
search_done(struct request *req)
{
        struct article_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return reply_error(req, HTTP_NOT_FOUND);
        rc = staff_search_done(req->db, param_text(req, "words"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return text_equal(row.answer, "unknown") ? reply_error(req, HTTP_NOT_FOUND)
                                                 : reply_redirect(req, "/admin/help/searches?done=done");
}

/* GET /help/playbook?class=CLASS: from a failed payment on to what to do about it. */
static enum http_status
playbook_show(struct request *req)
{
        struct playbook_row row;
        bool found = false;
        enum db_status rc;

        playbook_for_ask(req->db, param_text(req, "code"), param_text(req, "class"), &row, &found);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return reply_redirect(req, found ? pool_printf(req->pool, "/admin/help/%s", row.slug) : "/admin/help?kind=playbook");
}

const struct route articles_routes[] = {
        { GET,  "/help",          STAFF, list_params,     articles_show, 0, "read" },
        { GET,  "/help/searches", STAFF, searches_params, searches_show, 0, "read" },
        { GET,  "/help/playbook", STAFF, playbook_params, playbook_show, 0, "read" },
        { POST, "/help/searches", STAFF, done_params,     search_done,   0, "help" },
        ROUTE_END
};
