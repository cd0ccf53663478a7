/* ahead_edit: what an edit would change, before it is in force: two looks ahead, one with the edit
 * made inside of its transaction by the function that really makes it. */
#include <inttypes.h>
#include <stdlib.h>

#include <glib.h>

#include "admin/ahead.h"
#include "base/text.h"
#include "base/zone.h"
#include "http/request.h"
#include "view/format.h"
#include "view/marked.h"

enum { NEXT_MOST = 3 };

struct ahead_change {
        struct machine_who_row who;
        struct ahead_look before, after;
        bool chooses; /* the options were asked for */
        struct ahead_choices could, can;
};

/* One run: the edit, if it is the one with it, and what can be chosen then. */
struct run {
        struct pool *pool;
        int64_t customer;
        const struct ahead_edit *edit;
        struct ahead_choices *choices; /* NULL: not asked for */
};

static enum db_status
run_begins(struct db *db, void *data)
{
        struct run *run = data;
        enum db_status rc = run->edit != NULL ? run->edit->make(db, run->edit->data) : DB_OK;

        return rc == DB_OK && run->choices != NULL
                       ? choice_read(run->pool, db, run->customer, &run->choices->plans,
                                     &run->choices->n)
                       : rc;
}

static struct ahead_look
look(struct request *req, const struct ahead_trial *trial, int64_t customer,
     const struct ahead_edit *edit, struct ahead_choices *choices)
{
        struct run run = {req->pool, customer, edit, trial->choices ? choices : NULL};

        return ahead_look(req, customer, trial->decline, &(struct ahead_edit){run_begins, &run});
}

enum db_status
ahead_try(struct request *req, const struct ahead_trial *trial, struct ahead_answer *answer)
{
        struct machine_found_row one, *found = &one;
        enum db_status rc;

        *answer = (struct ahead_answer){.found = true, .said = trial->said};
        if (text_is_empty(trial->customer)) {
                rc = machine_next(req->db, trial->slug, NEXT_MOST, &found, &answer->n);
        } else {
                rc = machine_find(req->db, trial->customer, &one, &answer->found);
                answer->n = answer->found ? 1 : 0;
        }
        if (rc != DB_OK)
                return rc;
        answer->changes = pool_alloc(req->pool, (answer->n + 1) * sizeof(*answer->changes));
        for (size_t i = 0; i < answer->n; i++) {
                struct ahead_change *change = &answer->changes[i];

                *change = (struct ahead_change){.chooses = false};
                rc = machine_who(req->db, found[i].customer_id, &change->who);
                if (rc != DB_OK)
                        return rc;
                change->chooses = trial->choices;
                change->before = look(req, trial, change->who.id, NULL, &change->could);
                change->after = look(req, trial, change->who.id, &trial->edit, &change->can);
        }
        return DB_OK;
}

/* --- the two lists against each other --- */

static const char *
day_of(struct request *req, const struct ahead_change *change, const struct machine_seen_row *row)
{
        const char *zone = change->who.zone[0] != '\0' ? change->who.zone : req->config->zone;

        return format_exact_date(req->pool, (int32_t)zone_time(row->at, zone).day);
}

/* What a line is, whatever its words. */
static const char *
key_of(struct request *req, const struct ahead_change *change, const struct machine_seen_row *row)
{
        return pool_printf(req->pool, "%s/%s/%s/%s/%s/%s/%lld", day_of(req, change, row), row->what,
                           row->code, row->was, row->title, row->email,
                           (long long)(row->amount_minor_null ? 0 : row->amount_minor));
}

enum fate { GONE, NEW, OTHER };

struct line {
        enum fate fate;
        const struct machine_seen_row *before, *after;
        bool shown; /* the first of its kind: with both texts */
};

struct section {
        struct request *req;
        const struct ahead_change *change;
        struct line *lines;
        size_t n;
};

static bool
same_words(const struct ahead_change *change, const struct machine_seen_row *before,
           const struct machine_seen_row *after)
{
        const struct ahead_letter *a = ahead_letter_of(&change->before, before),
                                  *b = ahead_letter_of(&change->after, after);

        return a == NULL || b == NULL ||
               (text_equal(a->subject, b->subject) && text_equal(a->body, b->body));
}

static gint
by_time(gconstpointer a, gconstpointer b)
{
        const struct line *x = a, *y = b;
        instant s = (x->before != NULL ? x->before : x->after)->at,
                t = (y->before != NULL ? y->before : y->after)->at;

        return s < t ? -1 : s > t ? 1 : (int)x->fate - (int)y->fate;
}

/* Of each kind of mail with other words the first is shown whole; the others differ as it does. */
static void
show_first(struct section *section)
{
        for (size_t i = 0; i < section->n; i++) {
                struct line *line = &section->lines[i];

                line->shown = line->fate == OTHER;
                for (size_t k = 0; k < i && line->shown; k++)
                        if (section->lines[k].shown && text_equal(section->lines[k].after->code, line->after->code) &&
                            text_equal(section->lines[k].after->was, line->after->was))
                                line->shown = false;
        }
}

static void
compare(struct section *section)
{
        const struct ahead_change *change = section->change;
        const struct ahead_look *before = &change->before, *after = &change->after;
        GHashTable *left =
                g_hash_table_new(g_str_hash, g_str_equal); /* key: GQueue of rows before */
        struct line *lines =
                pool_alloc(section->req->pool, (before->n + after->n + 1) * sizeof(*lines));

        for (size_t i = 0; i < before->n; i++) {
                const char *key = key_of(section->req, change, &before->rows[i]);
                GQueue *queue = g_hash_table_lookup(left, key);

                if (queue == NULL)
                        g_hash_table_insert(left, (gpointer)(uintptr_t)key, queue = g_queue_new());
                g_queue_push_tail(queue, &before->rows[i]);
        }
        for (size_t i = 0; i < after->n; i++) {
                const struct machine_seen_row *row = &after->rows[i], *was;
                GQueue *queue = g_hash_table_lookup(left, key_of(section->req, change, row));

                was = queue != NULL ? g_queue_pop_head(queue) : NULL;
                if (was == NULL)
                        lines[section->n++] = (struct line){NEW, NULL, row, false};
                else if (!same_words(change, was, row))
                        lines[section->n++] = (struct line){OTHER, was, row, false};
        }
        GHashTableIter each;
        gpointer queue;

        g_hash_table_iter_init(&each, left);
        while (g_hash_table_iter_next(&each, NULL, &queue)) {
                const struct machine_seen_row *row;

                while ((row = g_queue_pop_head(queue)) != NULL)
                        lines[section->n++] = (struct line){GONE, row, NULL, false};
                g_queue_free(queue);
        }
        g_hash_table_destroy(left);
        qsort(lines, section->n, sizeof(*lines), by_time);
        section->lines = lines;
        show_first(section);
}

/* --- the page --- */

static const char *
letter_text(struct pool *pool, const struct ahead_letter *letter)
{
        return letter == NULL ? "" : pool_printf(pool, "%s\n\n%s", letter->subject, letter->body);
}

static void
push_line(struct view *view, size_t i, void *data)
{
        static const struct {
                const char *text, *kind;
        } fates[] = {[GONE] = {"No longer", "bad"},
                     [NEW] = {"New", "ok"},
                     [OTHER] = {"Other words", "warn"}};
        const struct section *section = data;
        const struct line *line = &section->lines[i];
        const struct ahead_change *change = section->change;
        const struct ahead_look *look = line->fate == GONE ? &change->before : &change->after;
        const struct machine_seen_row *row = line->fate == GONE ? line->before : line->after;
        struct ahead_said said = ahead_say(section->req, look, row);
        struct pool *pool = section->req->pool;
        const char *before = "", *after = "";

        if (line->shown) {
                before = letter_text(pool, ahead_letter_of(&change->before, line->before));
                after = letter_text(pool, ahead_letter_of(&change->after, line->after));
        }
        view_text(view, "fate", fates[line->fate].text);
        view_text(view, "fate_kind", fates[line->fate].kind);
        view_text(view, "day", day_of(section->req, change, row));
        view_text(view, "what", said.what);
        view_text(view, "why", said.why);
        view_flag(view, "shown", line->shown);
        view_html(view, "before", marked_words(pool, before, after, "del"));
        view_html(view, "after", marked_words(pool, after, before, "ins"));
}

static void
push_change(struct view *view, size_t i, void *data)
{
        struct section section = *(struct section *)data;
        const struct ahead_change *change = &section.change[i];
        enum ahead_result worse = MAX(change->before.result, change->after.result);

        section.change = change;
        if (worse == AHEAD_DONE)
                compare(&section);
        view_text(view, "name",
                  change->who.name[0] != '\0' ? change->who.name
                  : change->who.email != NULL ? change->who.email
                                              : "A customer");
        view_url(view, "ahead_url",
                 pool_printf(section.req->pool, "/admin/customers/%" PRId64 "/ahead",
                             change->who.id));
        view_number(view, "place", (int64_t)i + 1);
        view_number(view, "horizon", AHEAD_DAYS);
        view_flag(view, "busy", worse != AHEAD_DONE);
        view_each(view, "lines", "admin/ahead.line.html", section.n, push_line, &section);
        view_flag(view, "chooses", change->chooses);
        ahead_choices_push(view, section.req, &change->could, &change->can);
}

void
ahead_push(struct view *view, struct request *req, const struct ahead_answer *answer)
{
        struct section section = {.req = req, .change = answer != NULL ? answer->changes : NULL};

        view_flag(view, "was_tried", answer != NULL);
        view_text(view, "tried_said",
                  answer != NULL && answer->said != NULL
                          ? answer->said
                          : "What you typed was tried and undone. It is not in force.");
        view_number(view, "horizon", AHEAD_DAYS);
        view_each(view, "tried", "admin/ahead.change.html", answer != NULL ? answer->n : 0,
                  push_change, &section);
}
