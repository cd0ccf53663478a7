/* programs: what was bought, open: lessons, films, downloads, keys (S0.10).
 *
 * Rows come through row-level security by the session's token, or by the token of the
 * browser that began the order; what is not open to either is not there. */
#include <string.h>

#include "http/session.h"
#include "portal/portal.h"
#include "portal/shop.h"
#include "queries/access.h"
#include "view/format.h"
#include "view/words.h"

static bool
is_open(const char *status)
{
        return strcmp(status, "waiting") != 0 && strcmp(status, "ended") != 0 && strcmp(status, "locked") != 0;
}

/* A payment is overdue, and a part is closed for now. */
static bool
is_reduced(const char *status)
{
        return strcmp(status, "nothing_new") == 0 || strcmp(status, "read_only") == 0 || strcmp(status, "locked") == 0;
}

/* --- all of them --- */

static void
push_program(struct view *view, size_t i, void *data)
{
        const struct program_card_row *row = (const struct program_card_row *)data + i;
        struct words words = words_status("access", row->status);

        view_row(view, "", &program_card_row_type, row);
        view_url(view, "picture_url", shop_picture(row->kind));
        view_text(view, "word", words.text);
        view_text(view, "word_kind", words.kind);
        view_flag(view, "open", is_open(row->status));
        view_flag(view, "waiting", strcmp(row->status, "waiting") == 0);
}

static enum http_status
program_list(struct request *req)
{
        struct program_card_row *rows;
        size_t n;
        struct view *view;
        enum db_status rc;

        programs_mine_ask(req->db, &rows, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "portal/programs.html");
        view_text(view, "page_title", "Your programs");
        view_flag(view, "password_set", param_text(req, "notice") != NULL);
        view_each(view, "programs", "portal/programs.card.html", n, push_program, rows);
        return view_reply(view, HTTP_OK);
}

/* --- one --- */

struct contents {
        struct pool *pool;
        const char *slug, *via, *current;
        const struct program_item_row *items;
        size_t n;
};

static const char *
item_path(const struct contents *c, size_t i)
{
        return pool_printf(c->pool, "/programs/%s/%s%s", c->slug, c->items[i].slug, c->via);
}

static const char *
size_words(struct pool *pool, int64_t bytes)
{
        if (bytes >= 1000 * 1000)
                return pool_printf(pool, "%.1f MB", (double)bytes / 1e6);
        return pool_printf(pool, "%lld KB", (long long)((bytes + 999) / 1000));
}

static const char *
item_note(const struct contents *c, size_t i)
{
        const struct program_item_row *item = &c->items[i];

        if (!item->file_size_null && strcmp(item->kind, "download") == 0)
                return size_words(c->pool, item->file_size);
        return item->minutes_null ? "" : pool_printf(c->pool, "%d min", (int)item->minutes);
}

static void
push_item(struct view *view, size_t i, void *data)
{
        const struct contents *c = data;
        const struct program_item_row *item = &c->items[i];

        view_text(view, "section", item->section);
        view_text(view, "title", item->title);
        view_flag(view, "done", item->done);
        view_flag(view, "new_section", item->section[0] != '\0' &&
                  (i == 0 || strcmp(c->items[i - 1].section, item->section) != 0));
        view_flag(view, "current", c->current != NULL && strcmp(c->current, item->slug) == 0);
        view_url(view, "item_url", item_path(c, i));
        view_text(view, "note", item_note(c, i));
}

/* One a line; NULL for none. */
static const char **
key_list(struct pool *pool, const char *lines, size_t *n)
{
        const char **keys;
        size_t most = 1;

        for (const char *p = lines; p != NULL && *p != '\0'; p++)
                most += *p == '\n';
        keys = pool_alloc(pool, most * sizeof *keys);
        *n = 0;
        while (lines != NULL && *lines != '\0') {
                size_t len = strcspn(lines, "\n");

                keys[(*n)++] = pool_strndup(pool, lines, len);
                lines += len + (lines[len] == '\n');
        }
        return keys;
}

static void
push_key(struct view *view, size_t i, void *data)
{
        view_text(view, "key", ((const char **)data)[i]);
        view_text(view, "id", i == 0 ? "key-1" : i == 1 ? "key-2" : i == 2 ? "key-3" : "key-more");
}

static size_t
count_done(const struct program_item_row *items, size_t n)
{
        size_t done = 0;

        for (size_t i = 0; i < n; i++)
                done += items[i].done;
        return done;
}

/* Where to go on: the first item that is not done. */
static const char *
next_path(const struct contents *c)
{
        for (size_t i = 0; i < c->n; i++)
                if (!c->items[i].done)
                        return item_path(c, i);
        return c->n > 0 ? item_path(c, 0) : "";
}

/* What is paid over time: the next payment; when one is overdue, what happens on which day. */
static void
push_plan(struct view *view, const struct program_row *p)
{
        bool next = p->plan_status != NULL && strcmp(p->plan_status, "live") == 0 && !p->next_on_null;
        bool late = next && p->next_on < p->today_on;

        view_flag(view, "has_next_payment", next && !late);
        view_flag(view, "overdue", late);
        view_flag(view, "reduced", is_reduced(p->status));
        view_text(view, "level", p->status);
        view_flag(view, "says_nothing_new", late && !p->nothing_new_on_null && p->nothing_new_on > p->today_on);
        view_flag(view, "says_read_only", late && !p->read_only_on_null && p->read_only_on > p->today_on);
        view_flag(view, "says_locked", late && !p->locked_on_null && p->locked_on > p->today_on);
        if (!next)
                return;
        view_money(view, "plan_amount", p->next_minor, p->currency);
        view_date(view, "plan_on", p->next_on);
        if (!late)
                return;
        view_date(view, "nothing_new_on", p->nothing_new_on);
        view_date(view, "read_only_on", p->read_only_on);
        view_date(view, "locked_on", p->locked_on);
}

static enum http_status
program_show(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct program_row program;
        struct program_item_row *items;
        bool locked;
        size_t n;
        struct view *view;
        enum db_status rc;

        program_by_slug_ask(req->db, slug, &program);
        program_items_ask(req->db, slug, &items, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        locked = strcmp(program.status, "locked") == 0;
        if (is_open(program.status) && (program.first_open_at_null || program.open_is_old)) {
                /* That it was opened is recorded once; when that fails the page still shows. */
                (void)access_opened(req->db, program.access_id, NULL);
                if (program.first_open_at_null) {
                        program.first_open_at_null = false;
                        program.first_open_at = session_now(req);
                }
        }

        struct contents contents = { req->pool, slug, portal_via(req), NULL, items, n };
        size_t n_keys;
        const char **keys = key_list(req->pool, program.keys, &n_keys);

        view = view_new(req, "portal/program.html");
        view_text(view, "page_title", program.title);
        view_row(view, "program", &program_row_type, &program);
        view_url(view, "picture_url", shop_picture(program.kind));
        view_text(view, "via", contents.via);
        view_flag(view, "open", is_open(program.status) || locked);
        push_plan(view, &program);
        view_number(view, "n_closed", program.n_all_null ? 0 : program.n_all - (int64_t)n);
        view_flag(view, "waiting", strcmp(program.status, "waiting") == 0);
        view_flag(view, "check", program.waiting_for != NULL && strcmp(program.waiting_for, "check") == 0);
        view_text(view, "why", words_of(strcmp(program.status, "waiting") == 0 ? "waiting_for" : "end_reason",
                                        strcmp(program.status, "waiting") == 0 ? program.waiting_for : program.end_reason));
        view_flag(view, "gift", strcmp(program.reason, "gift") == 0);
        view_flag(view, "opened", !program.first_open_at_null);
        view_number(view, "n_done", (int64_t)count_done(items, n));
        view_flag(view, "some_done", count_done(items, n) > 0);
        view_url(view, "next_url", next_path(&contents));
        view_flag(view, "has_next", n > 0);
        view_each(view, "items", "portal/program.item.html", n, push_item, &contents);
        view_each(view, "keys", "portal/program.key.html", n_keys, push_key, keys);
        view_flag(view, "key_missing", strcmp(program.kind, "software") == 0 && n_keys == 0);
        return view_reply(view, HTTP_OK);
}

/* --- one lesson, film, download, link --- */

static void
push_neighbours(struct view *view, const struct contents *c)
{
        const char *before = "", *after = "", *title = "";

        for (size_t i = 0; i < c->n; i++) {
                if (strcmp(c->items[i].slug, c->current) != 0)
                        continue;
                if (i > 0)
                        before = item_path(c, i - 1);
                if (i + 1 < c->n) {
                        after = item_path(c, i + 1);
                        title = c->items[i + 1].title;
                }
        }
        view_url(view, "before_url", before);
        view_url(view, "after_url", after);
        view_text(view, "after_title", title);
        view_flag(view, "has_before", before[0] != '\0');
        view_flag(view, "has_after", after[0] != '\0');
}

static enum http_status
item_show(struct request *req)
{
        const char *slug = param_text(req, "slug");
        struct item_row item;
        struct program_item_row *items;
        struct progress_mark_row mark;
        size_t n;
        struct view *view;
        enum db_status rc;
        const char *base;

        item_by_slug_ask(req->db, slug, param_text(req, "item"), &item);
        program_items_ask(req->db, slug, &items, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        if (!item.opened) {             /* recorded once */
                access_opened_ask(req->db, item.access_id, NULL);
                progress_mark_ask(req->db, item.access_id, item.item_id, NULL, &mark);
                (void)db_wait(req->db);
        }

        struct contents contents = { req->pool, slug, portal_via(req), item.slug, items, n };

        base = pool_printf(req->pool, "/programs/%s/%s", slug, item.slug);
        view = view_new(req, "portal/item.html");
        view_text(view, "page_title", item.title);
        view_row(view, "item", &item_row_type, &item);
        view_text(view, "slug", slug);
        view_text(view, "via", contents.via);
        view_url(view, "program_url", pool_printf(req->pool, "/programs/%s%s", slug, contents.via));
        view_url(view, "file_url", pool_printf(req->pool, "%s/file%s", base, contents.via));
        view_url(view, "captions_url", pool_printf(req->pool, "%s/captions%s", base, contents.via));
        view_url(view, "done_url", pool_printf(req->pool, "%s/progress%s", base, contents.via));
        view_flag(view, "has_captions", !item.captions_id_null);
        view_number(view, "n_done", (int64_t)count_done(items, n));
        push_neighbours(view, &contents);
        view_each(view, "items", "portal/program.item.html", n, push_item, &contents);
        return view_reply(view, HTTP_OK);
}

/* Mark as done, or not. */
static enum http_status
progress_create(struct request *req)
{
        const char *slug = param_text(req, "slug"), *name = param_text(req, "item");
        bool done = param_check(req, "done");
        struct item_row item;
        struct progress_mark_row mark;
        enum db_status rc = item_by_slug(req->db, slug, name, &item);

        if (rc == DB_OK)
                rc = progress_mark(req->db, item.access_id, item.item_id, &done, &mark);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!mark.marked)
                return reply_error(req, HTTP_FORBIDDEN);
        return reply_redirect(req, pool_printf(req->pool, "/programs/%s/%s%s", slug, name, portal_via(req)));
}

/* --- files: nginx sends them, after we said that they may be seen (safety rule 18) --- */

static enum http_status
send_file(struct request *req, bool captions)
{
        struct item_file_row file;
        enum db_status rc;

        item_file_ask(req->db, param_text(req, "slug"), param_text(req, "item"), captions, &file);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return portal_from_db(req, rc);
        if (!captions && strcmp(file.kind, "download") == 0) {
                struct progress_mark_row mark;

                access_opened_ask(req->db, file.access_id, NULL);
                access_downloaded_ask(req->db, file.access_id, file.item_id, NULL);
                progress_mark_ask(req->db, file.access_id, file.item_id, NULL, &mark);
                (void)db_wait(req->db);
        }
        return reply_file(req, file.file_id, file.content_type,
                          strcmp(file.kind, "download") == 0 ? file.name : NULL);
}

static enum http_status
file_show(struct request *req)
{
        return send_file(req, false);
}

static enum http_status
captions_show(struct request *req)
{
        return send_file(req, true);
}

#define ORDER_PARAM { .name = "order", .type = PARAM_ORDER_NUMBER, .from = FROM_QUERY }

static const struct param list_params[] = {
        { .name = "notice", .type = PARAM_TEXT, .from = FROM_QUERY },
        PARAM_END
};

static const struct param program_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        ORDER_PARAM,
        PARAM_END
};

static const struct param item_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "item", .type = PARAM_SLUG, .from = FROM_PATH },
        ORDER_PARAM,
        PARAM_END
};

static const struct param progress_params[] = {
        { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH },
        { .name = "item", .type = PARAM_SLUG, .from = FROM_PATH },
        ORDER_PARAM,
        { .name = "done", .type = PARAM_CHECK, .from = FROM_FORM },
        PARAM_END
};

/* OPEN here means: a session or the order's own token; without either no row is seen. */
const struct route program_routes[] = {
        { GET,  "/programs",                      SIGNED_IN, list_params, program_list, 0, NULL },
        { GET,  "/programs/:slug",                OPEN, program_params,  program_show,    0, NULL },
        { GET,  "/programs/:slug/:item",          OPEN, item_params,     item_show,       0, NULL },
        { POST, "/programs/:slug/:item/progress", OPEN, progress_params, progress_create, 0, NULL },
        { GET,  "/programs/:slug/:item/file",     OPEN, item_params,     file_show,       0, NULL },
        { GET,  "/programs/:slug/:item/captions", OPEN, item_params,     captions_show,   0, NULL },
        ROUTE_END
};
