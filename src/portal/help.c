/* help: answers to the questions that people ask, open to everyone: the categories, the search,
 * one answer, "Did this help?".  Whoever is logged in, or comes by the link of a failed payment,
 * finds their own case on top.
 *
 * A search is bounded and never refused: whatever somebody types is words and nothing else.  What
 * found nothing, or led nowhere, is counted without anything that could name somebody, for the
 * list of articles to write. */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/decline.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/help.h"
#include "view/format.h"
#include "view/markdown.h"

/* More than anybody types; the database looks at the first four hundred. */
enum { TYPED_MOST = 64000, WORDS_MOST = 1000, HEADINGS_FEW = 3 };

static const char *const answers[] = { "yes", "no", NULL };

static const struct param help_params[] = {
        { .name = "q", .type = PARAM_LINES, .from = FROM_QUERY, .max = TYPED_MOST },
        PARAM_END
};

static const struct param link_params[] = {
        { .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH },
        PARAM_END
};

static const struct param article_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "q", .type = PARAM_LINES, .from = FROM_QUERY, .max = TYPED_MOST },
        { .name = "voted", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = answers },
        PARAM_END
};

static const struct param vote_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "version", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 1, .max = INT32_MAX },
        { .name = "helpful", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = answers,
          .missing = "Choose yes or no", .invalid = "Choose yes or no" },
        { .name = "words", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = WORDS_MOST,
          .invalid = "Keep it below 1,000 characters" },
        PARAM_END
};

/* --- one's own case ------------------------------------------------------------------- */

struct own {
        struct request *req;
        const char *token;              /* the link that opened it, or NULL */
        const char *article;            /* only what this answers; NULL: all of it */
        struct help_own_row *rows;
        size_t n;
};

/* Queued where somebody may be behind the request; else there is none. */
static void
own_ask(struct own *own)
{
        struct db_bytes link = { NULL, 0 };

        if (own->token != NULL)
                link = session_hash(own->req->pool, own->token);
        if (own->token != NULL || own->req->token != NULL)
                help_own_ask(own->req->db, link, &own->rows, &own->n);
}

/* What happened by its class alone: a reason that would alarm is never said. */
static void
push_case(struct view *view, size_t i, void *data)
{
        const struct own *own = data;
        const struct help_own_row *row = &own->rows[i];
        struct pool *pool = own->req->pool;
        enum decline_class class = DECLINE_SOFT;

        (void)decline_by_name(row->class, &class);
        view_row(view, "", &help_own_row_type, row);
        view_text(view, "happened", decline_happened(class));
        view_text(view, "action", decline_action(class));
        view_text(view, "next_try", row->next_at_null ? "" : format_time(pool, row->next_at, row->zone, session_now(own->req)));
        view_text(view, "promised_day", row->promised_on_null ? "" : format_exact_date(pool, row->promised_on));
        view_flag(view, "elsewhere", own->article == NULL && row->article != NULL);
        view_url(view, "pay_url", own->token != NULL ? pool_printf(pool, "/pay/%s", own->token)
                                                     : pool_printf(pool, "/payments/%s/%d", row->order_number, row->seq));
}

static void
push_own(struct view *view, struct own *own)
{
        size_t n = 0;

        for (size_t i = 0; i < own->n; i++)
                if (own->article == NULL || text_equal(own->article, own->rows[i].article))
                        own->rows[n++] = own->rows[i];
        view_each(view, "cases", "portal/help.case.html", n, push_case, own);
}

/* --- categories ---------------------------------------------------------------------- */

struct lines {
        const struct help_line_row *rows;
        size_t n, from;
};

static void
push_line(struct view *view, size_t i, void *data)
{
        const struct lines *lines = data;

        view_row(view, "", &help_line_row_type, &lines->rows[lines->from + i]);
}

/* The rows of one category stand together. */
static size_t
same_category(const struct lines *lines, size_t from)
{
        size_t n = 1;

        while (from + n < lines->n && text_equal(lines->rows[from + n].category, lines->rows[from].category))
                n++;
        return n;
}

static void
push_category(struct view *view, size_t i, void *data)
{
        struct lines *lines = data;
        size_t n;

        if (i == 0)
                lines->from = 0;
        n = same_category(lines, lines->from);
        view_text(view, "category", lines->rows[lines->from].category);
        view_each(view, "articles", "portal/help.line.html", n, push_line, lines);
        lines->from += n;
}

static size_t
count_categories(const struct lines *lines)
{
        size_t n = 0;

        for (size_t from = 0; from < lines->n; from += same_category(lines, from))
                n++;
        return n;
}

/* --- the search ------------------------------------------------------------------------ */

struct results {
        struct pool *pool;
        const struct help_found_row *rows;
        const char *q;
};

/* What was typed, short enough for an address. */
static const char *
short_of(struct pool *pool, const char *q)
{
        size_t len = strlen(q), most = 200;

        if (len <= most)
                return q;
        while (most > 0 && ((unsigned char)q[most] & 0xc0) == 0x80)
                most--;
        return pool_strndup(pool, q, most);
}

static void
push_result(struct view *view, size_t i, void *data)
{
        const struct results *results = data;
        const struct help_found_row *row = &results->rows[i];

        view_text(view, "title", row->title);
        view_text(view, "category", row->category);
        view_html(view, "excerpt", markdown_marked(results->pool, row->excerpt));
        view_url(view, "article_url", pool_printf(results->pool, "/help/%s?q=%s", row->slug,
                                                  text_url_encode(results->pool, results->q)));
}

static enum http_status
help_page(struct request *req, const char *q, const char *token)
{
        struct own own = { .req = req, .token = token };
        struct results results = { .pool = req->pool };
        struct lines lines = { .n = 0 };
        struct help_found_row *found = NULL;
        struct help_line_row *rows = NULL;
        struct view *view;
        enum db_status rc;
        size_t n = 0;

        own_ask(&own);
        help_articles_ask(req->db, &rows, &lines.n);
        if (q[0] != '\0')
                help_find_ask(req->db, q, &found, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        lines.rows = rows;
        results.rows = found;
        results.q = q;
        view = view_new(req, "portal/help.html");
        view_text(view, "page_title", q[0] != '\0' ? pool_printf(req->pool, "Help: %s", q) : "Help");
        view_text(view, "q", q);
        view_flag(view, "asked", q[0] != '\0');
        view_text(view, "meant", n > 0 ? found[0].meant : "");
        push_own(view, &own);
        view_each(view, "results", "portal/help.result.html", n, push_result, &results);
        view_each(view, "categories", "portal/help.category.html", count_categories(&lines), push_category, &lines);
        return view_reply(view, HTTP_OK);
}

/* GET /help, GET /help?q=WORDS */
static enum http_status
help_show(struct request *req)
{
        const char *typed = param_text(req, "q");

        return help_page(req, typed != NULL ? short_of(req->pool, text_trim(req->pool, typed)) : "", NULL);
}

/* GET /help/payment/:token: from the page of a failed payment, without a login. */
static enum http_status
help_by_link(struct request *req)
{
        return help_page(req, "", param_text(req, "token"));
}

/* GET /help/payment: the same for whoever is logged in, on to the answer of their case. */
static enum http_status
help_own_show(struct request *req)
{
        struct own own = { .req = req };
        enum db_status rc;

        own_ask(&own);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (own.n == 0 || own.rows[0].article == NULL)
                return reply_redirect(req, "/help");
        return reply_redirect(req, pool_printf(req->pool, "/help/%s", own.rows[0].article));
}

/* --- one answer ------------------------------------------------------------------------- */

static void
push_heading(struct view *view, size_t i, void *data)
{
        const struct markdown_heading *heading = &((const struct markdown_heading *)data)[i];

        view_text(view, "anchor", heading->id);
        view_text(view, "text", heading->text);
}

/* The answer of this request with what stands around it; CLICKED: what was searched for. */
static enum http_status
article_page(struct request *req, const char *clicked, enum http_status status)
{
        const char *slug = param_text(req, "slug");
        struct own own = { .req = req, .article = slug };
        struct help_article_row whole, *row = &whole;
        struct help_line_row *related;
        struct markdown_heading *headings;
        struct lines lines = { .n = 0 };
        struct view *view;
        enum db_status rc;
        size_t n;

        help_article_ask(req->db, slug, row);
        help_related_ask(req->db, slug, &related, &lines.n);
        own_ask(&own);
        if (clicked != NULL)
                help_click_ask(req->db, short_of(req->pool, clicked), slug, NULL);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        lines.rows = related;
        view = view_new(req, "portal/help.article.html");
        if (req->method == GET)
                view_form_empty(view, vote_params);
        else
                view_form(view, req);
        view_text(view, "page_title", row->title);
        view_text(view, "slug", row->slug);
        view_text(view, "title", row->title);
        view_text(view, "summary", row->summary);
        view_text(view, "category", row->category);
        view_number(view, "version_number", row->version);
        view_time(view, "published", row->published_at);
        view_html(view, "body", markdown_render_anchored(req->pool, row->body_md, &headings, &n));
        view_each(view, "headings", "portal/help.heading.html", n >= HEADINGS_FEW ? n : 0, push_heading, headings);
        view_each(view, "related", "portal/help.line.html", lines.n, push_line, &lines);
        push_own(view, &own);
        view_text(view, "voted", req->method == GET ? param_text(req, "voted") : "");
        return view_reply(view, status);
}

/* GET /help/:slug */
static enum http_status
article_show(struct request *req)
{
        return article_page(req, param_text(req, "q"), HTTP_OK);
}

/* POST /help/:slug/votes */
static enum http_status
vote_create(struct request *req)
{
        const char *slug = param_text(req, "slug"), *words = param_text(req, "words");
        const char *key = req->form_token != NULL ? req->form_token : req->token;
        uint8_t browser[TOKEN_HASH_SIZE];
        struct help_answer_row answer;
        enum db_status rc;

        if (!params_valid(req))
                return article_page(req, NULL, HTTP_UNPROCESSABLE);
        token_sha256(key, strlen(key), browser);
        rc = help_vote_put(req->db, slug, (int32_t)param_int(req, "version"), (struct db_bytes){ browser, sizeof browser },
                           text_equal(param_text(req, "helpful"), "yes"), words != NULL ? words : "", &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return reply_redirect(req, pool_printf(req->pool, "/help/%s?voted=%s", slug, param_text(req, "helpful")));
}

const struct route help_routes[] = {
        { GET,  "/help",             OPEN, help_params,    help_show,    0, NULL },
        { GET,  "/help/payment",     SIGNED_IN, NULL,      help_own_show, 0, NULL },
        { GET,  "/help/payment/:token", OPEN, link_params, help_by_link, ROUTE_NO_STORE, NULL },
        { GET,  "/help/:slug",       OPEN, article_params, article_show, 0, NULL },
        { POST, "/help/:slug/votes", OPEN, vote_params,    vote_create,  0, NULL },
        ROUTE_END
};
