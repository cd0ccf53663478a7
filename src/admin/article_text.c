/* article_text: the texts of an article: a new one, the form and its preview, older versions.
 *
 * The form carries what it was made from (article_seen() of the database).  When somebody was
 * faster, both texts are shown and nothing is stored until one of them is chosen. */
#include "admin/article_text.h"

#include <string.h>

#include "admin/article.h"
#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/article.h"
#include "view/markdown.h"
#include "view/words.h"

/* A byte may take three in the form: below ROUTE_LONG's bound. */
enum { BODY_MOST = 60000, PLACE_USUAL = 100 };

static const char *const kinds[] = { "faq", "playbook", "training", NULL };
/* Addresses that are pages of their own. */
static const char *const taken[] = { "requests", "mail", "link", "payment", "playbook", "new", "preview", "searches", NULL };
/* What customers are never told (see article_answers in the schema). */
static const char *const alarming[] = { "lost_card", "stolen_card", "pickup_card", "restricted_card", "fraudulent",
                                        "merchant_blacklist", "security_violation", "highest_risk_level", NULL };

#define TEXT_PARAMS \
        { .name = "title", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 120, .missing = "Enter a title" }, \
        { .name = "summary", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 300, \
          .missing = "Say in one or two sentences what it answers" }, \
        { .name = "category", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60, \
          .missing = "Enter a heading for the list" }, \
        { .name = "position", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 0, .max = 9999, \
          .missing = "Enter its place, such as 100", .invalid = "Enter its place as a whole number up to 9999" }, \
        { .name = "keywords", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 }, \
        { .name = "related", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 }, \
        { .name = "answers", .type = PARAM_TEXT, .from = FROM_FORM, .max = 500 }, \
        { .name = "fields", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .max = 4000 }, \
        { .name = "body", .type = PARAM_TEXT_LONG, .from = FROM_FORM, .required = true, .max = BODY_MOST, \
          .missing = "Write the text" }

static const struct param new_params[] = {
        { .name = "kind", .type = PARAM_CHOICE, .from = FROM_QUERY, .required = true, .choices = kinds },
        { .name = "title", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 240 },
        PARAM_END
};

static const struct param create_params[] = {
        { .name = "kind", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = kinds },
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_FORM, .required = true, .missing = "Enter its name in the address",
          .invalid = "Use lower-case letters, digits and hyphens alone, such as card-declined" },
        TEXT_PARAMS,
        PARAM_END
};

static const struct param slug_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        PARAM_END
};

static const struct param save_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60 },
        TEXT_PARAMS,
        PARAM_END
};

static const struct param version_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "version", .type = PARAM_ID, .from = FROM_PATH, .min = 1, .max = INT32_MAX },
        PARAM_END
};

static const struct param restore_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "version", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 1, .max = INT32_MAX },
        { .name = "current", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 0, .max = INT32_MAX },
        PARAM_END
};

/* --- the form ----------------------------------------------------------------------- */

/* One field of it; ONLY: the kinds that have it, NULL for all. */
static const struct input {
        const char *name, *label, *hint, *only;
        int rows, most;
} inputs[] = {
        { "title", "Title", "As the reader would ask or say it.", NULL, 0, 120 },
        { "summary", "Summary", "One or two sentences: below the title, in lists and in search results.", NULL, 2, 300 },
        { "category", "Heading", "What it stands under in the list. A new one makes a new heading.", NULL, 0, 60 },
        { "position", "Place", "Small numbers come first, within the heading and among the headings.", NULL, 0, 4 },
        { "body", "Text", "Markdown: an empty line begins a paragraph, # a heading that can be linked to, - a list, **bold**.",
          NULL, 22, BODY_MOST },
        { "fields", "What to note down", "One a line: a label, or a label and choices, such as “Outcome: reached / not reached”.",
          "playbook", 5, 4000 },
        { "keywords", "Other words for it", "What people type who do not know our words.", "faq", 0, 500 },
        { "related", "Read next", "Names of other answers as in their addresses, with blanks between.", "faq", 0, 500 },
        { "answers", "Explains these declines",
          "Classes or codes of declined payments, with blanks between. Whoever has one is sent here.", "faq playbook", 0, 500 },
};
enum { N_INPUTS = sizeof inputs / sizeof inputs[0] };

struct form {
        struct request *req;
        const struct article_texts_row *row;
        size_t shown[N_INPUTS];
        size_t n;
        bool conflict;
};

/* What is stored of a field. */
static const char *
stored(struct pool *pool, const struct article_texts_row *row, const char *name)
{
        const struct { const char *name, *text; } texts[] = {
                { "title", row->title }, { "summary", row->summary }, { "category", row->category },
                { "keywords", row->keywords },
                { "related", row->related }, { "answers", row->answers }, { "fields", row->fields }, { "body", row->body_md },
        };

        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                if (strcmp(texts[i].name, name) == 0)
                        return texts[i].text;
        return pool_printf(pool, "%d", row->position);
}

static void
input_row(struct view *view, size_t i, void *data)
{
        const struct form *form = data;
        const struct input *input = &inputs[form->shown[i]];
        const char *theirs = stored(form->req->pool, form->row, input->name);
        bool again = form->req->method != GET;
        const char *value = again ? param_typed(form->req, input->name) : theirs;
        const char *trimmed = text_trim(form->req->pool, value);

        view_text(view, "name", input->name);
        view_text(view, "label", input->label);
        view_text(view, "hint", input->hint);
        view_flag(view, "live", text_equal(input->name, "body"));
        view_number(view, "rows", input->rows);
        view_number(view, "most", input->most);
        view_text(view, "value", value);
        view_text(view, "error", again ? param_error(form->req, input->name) : "");
        view_flag(view, "differs", form->conflict && !text_equal(trimmed, theirs));
        view_text(view, "theirs", theirs);
}

/* ROW as it is stored; its slug is NULL for a new one. */
static enum http_status
show_form(struct request *req, const struct article_texts_row *row, enum http_status status)
{
        bool fresh = row->slug == NULL;
        struct form form = { .req = req, .row = row, .conflict = status == HTTP_CONFLICT };
        struct view *view = view_new(req, "admin/article.texts.html");

        for (size_t i = 0; i < N_INPUTS; i++)
                if (inputs[i].only == NULL || strstr(inputs[i].only, row->kind) != NULL)
                        form.shown[form.n++] = i;
        view_text(view, "page_title", fresh ? pool_printf(req->pool, "New %s", words_of("article_new", row->kind))
                                            : pool_printf(req->pool, "Edit: %s", row->title));
        if (req->method == GET)
                view_form_empty(view, fresh ? create_params : save_params);
        else
                view_form(view, req);
        view_text(view, "kind", row->kind);
        view_text(view, "kind_word", words_of("article_kind", row->kind));
        view_flag(view, "fresh", fresh);
        view_flag(view, "conflict", form.conflict);
        view_text(view, "seen", row->seen);
        view_text(view, "name", row->title);
        if (!fresh || req->method == GET)
                view_text(view, "slug", row->slug);
        if (!fresh)
                view_text(view, "slug_error", "");
        view_each(view, "inputs", "admin/article.input.html", form.n, input_row, &form);
        return view_reply(view, status);
}

static struct article_texts_row
nothing(const char *kind)
{
        return (struct article_texts_row){ .kind = kind, .title = "", .summary = "", .category = "", .position = PLACE_USUAL,
                                           .keywords = "", .related = "", .answers = "", .fields = "", .body_md = "",
                                           .seen = "" };
}

/* GET /help/new?kind=KIND */
static enum http_status
article_new(struct request *req)
{
        struct article_texts_row row = nothing(param_text(req, "kind"));
        enum db_status rc = db_wait(req->db);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (param_text(req, "title") != NULL)
                row.title = param_text(req, "title");
        return show_form(req, &row, HTTP_OK);
}

/* GET /help/:slug/texts */
static enum http_status
texts_show(struct request *req)
{
        struct article_texts_row row;
        enum db_status rc;

        article_texts_ask(req->db, param_text(req, "slug"), &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? show_form(req, &row, HTTP_OK) : http_from_db(req, rc);
}

/* --- saving ----------------------------------------------------------------------- */

static bool
is_one_of(const char *text, const char *const *list)
{
        for (; *list != NULL; list++)
                if (text_equal(text, *list))
                        return true;
        return false;
}

/* The field as words with one blank between; refused where FITS says no. */
static const char *
words_of_field(struct request *req, const char *name, bool (*fits)(const char *word), const char *refusal)
{
        const char *text = param_text(req, name), *result = "";

        while (text != NULL && *text != '\0') {
                size_t len = strcspn(text, " ,");
                const char *word = pool_strndup(req->pool, text, len);

                if (len > 0 && !fits(word))
                        param_refuse(req, name, pool_printf(req->pool, "“%s” %s", word, refusal));
                if (len > 0)
                        result = pool_printf(req->pool, "%s%s%s", result, result[0] != '\0' ? " " : "", word);
                text += len + (text[len] != '\0');
        }
        return result;
}

static bool
is_code(const char *word)
{
        return strlen(word) <= 60 && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(word);
}

static bool
is_harmless(const char *word)
{
        return !is_one_of(word, alarming);
}

struct texts {
        const char *title, *summary, *category, *keywords, *related, *answers, *fields, *body;
        int32_t position;
};

static const char *
or_nothing(const char *text)
{
        return text != NULL ? text : "";
}

/* What was typed, checked as far as KIND wants it. */
static struct texts
read_texts(struct request *req, const char *kind)
{
        struct texts texts = {
                .title = param_text(req, "title"), .summary = param_text(req, "summary"), .category = param_text(req, "category"),
                .keywords = or_nothing(param_text(req, "keywords")), .fields = or_nothing(param_text(req, "fields")),
                .body = param_text(req, "body"), .position = (int32_t)param_int(req, "position"),
        };

        texts.related = words_of_field(req, "related", text_is_slug, "is no name of an answer: take it from its address");
        texts.answers = words_of_field(req, "answers", is_code, "is no code: use lower-case letters, digits and _");
        if (text_equal(kind, "faq"))
                (void)words_of_field(req, "answers", is_harmless,
                                     "is what customers are never told: leave it to the answer for its class");
        return texts;
}

/* POST /help: a new one */
static enum http_status
article_create(struct request *req)
{
        const char *kind = param_text(req, "kind"), *slug = param_text(req, "slug");
        struct article_texts_row row = nothing(kind != NULL ? kind : "faq");
        struct texts t = read_texts(req, row.kind);
        struct article_answer_row answer = { "" };
        enum db_status rc;

        if (is_one_of(slug, taken))
                param_refuse(req, "slug", "That name is a page of its own. Choose another one");
        if (params_valid(req)) {
                rc = staff_article_add(req->db, slug, kind, t.title, t.summary, t.category, t.position, t.keywords, t.related,
                                       t.answers, t.fields, t.body, &answer);
                if (rc != DB_OK)
                        return http_from_db(req, rc);
                if (text_equal(answer.answer, "taken"))
                        param_refuse(req, "slug", "There is an article by that name. Choose another one");
        }
        return params_valid(req) ? article_back(req, "", answer.answer) : show_form(req, &row, HTTP_UNPROCESSABLE);
}

/* POST /help/:slug/texts */
static enum http_status
texts_create(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct article_answer_row answer;
        struct article_texts_row row;
        struct texts t;
        enum db_status rc;

        article_texts_ask(req->db, slug, &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        t = read_texts(req, row.kind);
        if (!params_valid(req)) {
                row.seen = param_typed(req, "seen");    /* still made from what it was */
                return show_form(req, &row, HTTP_UNPROCESSABLE);
        }
        rc = staff_article_save(req->db, slug, param_text(req, "seen"), t.title, t.summary, t.category, t.position, t.keywords,
                                t.related, t.answers, t.fields, t.body, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (!text_equal(answer.answer, "changed"))
                return article_back(req, "", answer.answer);
        article_texts_ask(req->db, slug, &row);
        rc = db_wait(req->db);
        return rc == DB_OK ? show_form(req, &row, HTTP_CONFLICT) : http_from_db(req, rc);
}

/* POST /help/preview: what is being typed, as its reader will see it; nothing is stored. */
static enum http_status
preview_create(struct request *req)
{
        struct markdown_heading *headings;
        struct view *view;
        size_t n;

        view = view_new(req, "admin/article.preview.html");
        view_text(view, "page_title", "Preview");
        view_text(view, "title", param_typed(req, "title"));
        view_text(view, "summary", param_typed(req, "summary"));
        view_text(view, "category", param_typed(req, "category"));
        view_html(view, "body", markdown_render_anchored(req->pool, param_typed(req, "body"), &headings, &n));
        article_push_fields(view, req->pool, param_typed(req, "fields"));
        return view_reply(view, HTTP_OK);
}

/* --- older versions ------------------------------------------------------------------ */

/* GET /help/:slug/versions/:version */
static enum http_status
version_show(struct request *req)
{
        struct article_version_row row;
        struct view *view;
        enum db_status rc;

        article_version_ask(req->db, param_text(req, "slug"), (int32_t)param_int(req, "version"), &row);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/article.version.html");
        view_text(view, "page_title", pool_printf(req->pool, "%s, version %d", row.title, row.version));
        view_row(view, "past", &article_version_row_type, &row);
        view_stamp(view, "published", row.published_at, false);
        view_flag(view, "may_restore", desk_may(req, "help") && !row.live_null && row.live != row.version &&
                                               (row.live_copy_of_null || row.live_copy_of != row.version));
        article_push_fields(view, req->pool, row.fields);
        return view_reply(view, HTTP_OK);
}

/* POST /help/:slug/restores */
static enum http_status
restore_create(struct request *req)
{
        struct article_answer_row row;
        enum db_status rc;

        if (!params_valid(req))
                return article_back(req, "", "changed");
        rc = staff_article_restore(req->db, param_text(req, "slug"), (int32_t)param_int(req, "version"),
                                   (int32_t)param_int(req, "current"), &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        return article_back(req, "", text_equal(row.answer, "same") ? "restored-same" : row.answer);
}

const struct route article_text_routes[] = {
        { GET,  "/help/new",                     STAFF, new_params,     article_new,    0,          "help" },
        { POST, "/help",                         STAFF, create_params,  article_create, ROUTE_LONG, "help" },
        { POST, "/help/preview",                 STAFF, create_params,  preview_create, ROUTE_LONG, "help" },
        { GET,  "/help/:slug/texts",             STAFF, slug_params,    texts_show,     0,          "help" },
        { POST, "/help/:slug/texts",             STAFF, save_params,    texts_create,   ROUTE_LONG, "help" },
        { GET,  "/help/:slug/versions/:version", STAFF, version_params, version_show,   0,          "read" },
        { POST, "/help/:slug/restores",          STAFF, restore_params, restore_create, 0,          "help" },
        ROUTE_END
};
