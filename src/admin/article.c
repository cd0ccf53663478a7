/* article: one article of the house: what is published as its readers see it, its versions, what
 * they say to it; publishing and retiring; who of the staff has read it. */
#include "admin/article.h"

#include <inttypes.h>
#include <string.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "queries/article.h"
#include "view/markdown.h"
#include "view/words.h"

static const char *const switches[] = { "on", "off", NULL };

static const struct param show_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY },
        PARAM_END
};

static const struct param seen_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 60 },
        PARAM_END
};

static const struct param shown_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "shown", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = switches },
        PARAM_END
};

static const struct param read_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "version", .type = PARAM_INT, .from = FROM_FORM, .required = true, .min = 1, .max = INT32_MAX },
        PARAM_END
};

static const struct desk_answer said[] = {
        { "added", "success", "Begun as a draft. Nobody else sees it until you publish." },
        { "saved", "success", "Saved in the draft. Readers see it once you publish." },
        { "same", "info", "Nothing was different, so nothing was saved." },
        { "discarded", "success", "The draft is gone. What is published was not touched." },
        { "first", "warning", "It was never published, so there is nothing to go back to. Retire it instead." },
        { "published", "success", "Published. This is what readers get from now on." },
        { "none", "info", "There is no draft, so there was nothing to publish." },
        { "changed", "warning", "Somebody changed this article meanwhile, so nothing was done. Look again, then decide." },
        { "restored", "success", "Restored: a copy of the older version is published as the newest one." },
        { "restored-same", "info", "That version is published already. Nothing was changed." },
        { "on", "success", "Readers find it again." },
        { "off", "success", "Retired. Readers do not find it any more; its versions stay." },
        { "read", "success", "Noted: you have read this version." },
        DESK_ANSWER_END,
};

enum http_status
article_back(struct request *req, const char *page, const char *done)
{
        return reply_redirect(req, pool_printf(req->pool, "/admin/help/%s%s?done=%s", param_text(req, "slug"), page, done));
}

const char *
article_rate(struct pool *pool, int64_t yes, int64_t no)
{
        if (yes + no == 0)
                return "";
        return pool_printf(pool, "%" PRId64 " %% of %" PRId64, (yes * 100 + (yes + no) / 2) / (yes + no), yes + no);
}

/* --- what is to be noted down --- */

struct fields {
        struct pool *pool;
        const char **lines;
};

static void
field_row(struct view *view, size_t i, void *data)
{
        const struct fields *fields = data;
        const char *line = fields->lines[i], *colon = strchr(line, ':');

        view_text(view, "label", colon != NULL ? pool_strndup(fields->pool, line, (size_t)(colon - line)) : line);
        view_text(view, "choices", colon != NULL ? text_trim(fields->pool, colon + 1) : "");
}

void
article_push_fields(struct view *view, struct pool *pool, const char *fields)
{
        enum { MOST = 60 };
        struct fields rows = { pool, pool_alloc(pool, MOST * sizeof(const char *)) };
        size_t n = 0;

        while (fields != NULL && *fields != '\0' && n < MOST) {
                size_t len = strcspn(fields, "\n");
                const char *line = text_trim(pool, pool_strndup(pool, fields, len));

                if (line[0] != '\0')
                        rows.lines[n++] = line;
                fields += len + (fields[len] == '\n');
        }
        view_each(view, "fields", "admin/article.field.html", n, field_row, &rows);
}

/* --- the page --------------------------------------------------------------------- */

struct whole {
        struct article_head_row head;
        struct article_past_row *past;
        struct article_word_row *words;
        struct article_reader_row *readers;
        size_t n_past, n_words, n_readers;
        struct pool *pool;
};

static void
past_row(struct view *view, size_t i, void *data)
{
        const struct whole *all = data;
        const struct article_past_row *row = &all->past[i];

        view_row(view, "", &article_past_row_type, row);
        view_text(view, "slug", all->head.slug);
        view_text(view, "rate", article_rate(all->pool, row->yes, row->no));
        view_stamp(view, "published", row->published_at, false);
}

static void
word_row(struct view *view, size_t i, void *data)
{
        view_row(view, "", &article_word_row_type, &((const struct whole *)data)->words[i]);
}

static void
reader_row(struct view *view, size_t i, void *data)
{
        const struct article_reader_row *row = &((const struct whole *)data)->readers[i];

        view_row(view, "", &article_reader_row_type, row);
        view_text(view, "role_word", words_of("role", row->role));
        desk_time(view, "since", row->at, row->at_null);
}

static void
push_head(struct view *view, const struct whole *all)
{
        const struct article_head_row *head = &all->head;

        view_row(view, "article", &article_head_row_type, head);
        view_text(view, "kind_word", words_of("article_kind", head->kind));
        view_text(view, "rate", article_rate(all->pool, head->yes, head->no));
        view_flag(view, "for_staff", !text_equal(head->kind, "faq"));
        view_flag(view, "has_read", !head->read_at_null);
        view_flag(view, "overtaken", !head->draft_null && !head->version_null &&
                                             (head->base_null || head->base != head->version));
        desk_time(view, "published", head->published_at, head->published_at_null);
        desk_time(view, "drafted", head->draft_changed_at, head->draft_changed_at_null);
        desk_time(view, "read", head->read_at, head->read_at_null);
        article_push_fields(view, all->pool, head->fields);
}

/* GET /help/:slug */
static enum http_status
article_show(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct whole all = { .pool = req->pool };
        struct view *view;
        enum db_status rc;

        article_head_ask(req->db, slug, &all.head);
        article_history_ask(req->db, slug, &all.past, &all.n_past);
        article_words_ask(req->db, slug, &all.words, &all.n_words);
        article_readers_ask(req->db, slug, &all.readers, &all.n_readers);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/article.html");
        view_text(view, "page_title", all.head.title);
        desk_answer(view, "answer", said, param_text(req, "done"));
        push_head(view, &all);
        view_flag(view, "may_edit", desk_may(req, "help"));
        view_each(view, "history", "admin/article.past.html", all.n_past, past_row, &all);
        view_each(view, "words", "admin/article.word.html", all.n_words, word_row, &all);
        view_each(view, "staff_readers", "admin/article.reader.html", all.n_readers, reader_row, &all);
        return view_reply(view, HTTP_OK);
}

/* --- acts --------------------------------------------------------------------------- */

static enum http_status
answered(struct request *req, enum db_status rc, const struct article_answer_row *row)
{
        if (rc != DB_OK)
                return http_from_db(req, rc);
        return text_equal(row->answer, "unknown") ? reply_error(req, HTTP_NOT_FOUND) : article_back(req, "", row->answer);
}

/* POST /help/:slug/publish */
static enum http_status
publish_create(struct request *req)
{
        struct article_answer_row row;

        if (!params_valid(req))
                return article_back(req, "", "changed");
        return answered(req, staff_article_publish(req->db, param_text(req, "slug"), param_text(req, "seen"), &row), &row);
}

/* POST /help/:slug/discard */
static enum http_status
discard_create(struct request *req)
{
        struct article_answer_row row;

        if (!params_valid(req))
                return article_back(req, "", "changed");
        return answered(req, staff_article_discard(req->db, param_text(req, "slug"), param_text(req, "seen"), &row), &row);
}

/* POST /help/:slug/shown */
static enum http_status
shown_create(struct request *req)
{
        bool on = text_equal(param_text(req, "shown"), "on");
        struct article_answer_row row;

        if (!params_valid(req))
                return article_back(req, "", "changed");
        return answered(req, staff_article_shown(req->db, param_text(req, "slug"), on, &row), &row);
}

/* POST /help/:slug/reads: "I have read this" */
static enum http_status
read_create(struct request *req)
{
        struct article_answer_row row;

        if (!params_valid(req))
                return article_back(req, "", "changed");
        return answered(req, staff_article_read(req->db, param_text(req, "slug"), (int32_t)param_int(req, "version"), &row),
                        &row);
}

const struct route article_routes[] = {
        { GET,  "/help/:slug",         STAFF, show_params,  article_show,   0, "read" },
        { POST, "/help/:slug/publish", STAFF, seen_params,  publish_create, 0, "help" },
        { POST, "/help/:slug/discard", STAFF, seen_params,  discard_create, 0, "help" },
        { POST, "/help/:slug/shown",   STAFF, shown_params, shown_create,   0, "help" },
        { POST, "/help/:slug/reads",   STAFF, read_params,  read_create,    0, "read" },
        ROUTE_END
};
