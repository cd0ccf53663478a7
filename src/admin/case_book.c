/* case_book: the playbook beside a case: its text, its fields, and what was noted in them. */
#include <string.h>

#include <glib.h>

#include "admin/case.h"
#include "base/text.h"
#include "view/markdown.h"

const char *const case_book_names[CASE_FIELDS] = {"a1", "a2", "a3", "a4",  "a5",  "a6",
                                                  "a7", "a8", "a9", "a10", "a11", "a12"};

enum { CHOICES = 12 };

static const char *const *
choices_of(struct pool *pool, const char *text)
{
        const char **choices = pool_alloc(pool, (CHOICES + 1) * sizeof *choices);
        size_t n = 0;

        while (text != NULL && n < CHOICES) {
                const char *slash = strstr(text, " / ");
                const char *one = text_trim(
                        pool,
                        slash != NULL ? pool_strndup(pool, text, (size_t)(slash - text)) : text);

                if (one[0] != '\0')
                        choices[n++] = one;
                text = slash != NULL ? slash + strlen(" / ") : NULL;
        }
        choices[n] = NULL;
        return choices;
}

bool
case_book_field(struct pool *pool, const char *text, size_t i, const char **label,
                const char *const **choices)
{
        while (text != NULL && *text != '\0') {
                size_t len = strcspn(text, "\n");
                const char *line = text_trim(pool, pool_strndup(pool, text, len)),
                           *colon = strchr(line, ':');

                if (line[0] != '\0' && i-- == 0) {
                        *label = colon != NULL
                                         ? text_trim(pool, pool_strndup(pool, line,
                                                                        (size_t)(colon - line)))
                                         : line;
                        *choices = choices_of(pool, colon != NULL ? colon + 1 : NULL);
                        return true;
                }
                text += len + (text[len] == '\n');
        }
        return false;
}

struct field {
        struct case_all *all;
        bool again;
        const char *const *choices;
        const char *answer;
};

static void
choice_row(struct view *view, size_t i, void *data)
{
        const struct field *field = data;

        view_text(view, "value", field->choices[i]);
        view_text(view, "title", field->choices[i]);
        view_flag(view, "chosen", text_equal(field->choices[i], field->answer));
}

/* What was noted in this field of this version. */
static const char *
noted(const struct case_all *all, size_t i)
{
        for (size_t k = 0; k < all->n_answers; k++)
                if (all->answers[k].version_id == all->book.version_id &&
                    all->answers[k].position == (int32_t)i + 1)
                        return all->answers[k].answer;
        return "";
}

static void
field_row(struct view *view, size_t i, void *data)
{
        struct field *field = data;
        const char *label = "", *const * choices;
        size_t n = 0;

        (void)case_book_field(field->all->req->pool, field->all->book.fields, i, &label, &choices);
        while (choices[n] != NULL)
                n++;
        field->choices = choices;
        field->answer = field->again ? param_typed(field->all->req, case_book_names[i])
                                     : noted(field->all, i);
        view_text(view, "label", label);
        view_text(view, "name", case_book_names[i]);
        view_text(view, "answer", field->answer);
        view_each(view, "choices", "admin/orders.choice.html", n, choice_row, field);
}

static void
older_row(struct view *view, size_t i, void *data)
{
        const struct care_answer_row *row = ((const struct care_answer_row *const *)data)[i];

        view_row(view, "", &care_answer_row_type, row);
        view_stamp(view, "noted", row->at, false);
}

void
case_push_book(struct view *view, struct case_all *all, bool again)
{
        struct pool *pool = all->req->pool;
        const struct care_answer_row **older =
                pool_alloc(pool, (all->n_answers + 1) * sizeof *older);
        struct field field = {.all = all};
        const char *label, *const *choices;
        size_t n = 0, n_older = 0;

        field.again = again && g_str_has_suffix(all->req->route->path, "/answers");
        while (all->has_book && n < CASE_FIELDS &&
               case_book_field(pool, all->book.fields, n, &label, &choices))
                n++;
        for (size_t i = 0; i < all->n_answers; i++)
                if (!all->has_book || all->answers[i].version_id != all->book.version_id)
                        older[n_older++] = &all->answers[i];
        view_flag(view, "has_book", all->has_book);
        view_text(view, "book_title", all->has_book ? all->book.title : "");
        view_text(view, "book_slug", all->has_book ? all->book.slug : "");
        view_number(view, "book_version", all->has_book ? all->book.version : 0);
        view_number(view, "book_id", all->has_book ? all->book.version_id : 0);
        view_html(view, "book_text", markdown_render(pool, all->has_book ? all->book.body_md : ""));
        view_each(view, "fields", "admin/case.field.html", n, field_row, &field);
        view_each(view, "older", "admin/case.older.html", n_older, older_row, older);
}
