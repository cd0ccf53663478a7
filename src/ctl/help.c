/* help: a folder of articles into the database, in one transaction: DIR/faq, DIR/playbook and
 * DIR/training, each with SLUG.md.  Loading the same again changes nothing; a changed file becomes
 * a new version, unless staff have edited that article: then it stays as they left it. */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "base/token.h"
#include "ctl/ctl.h"
#include "ctl/source.h"
#include "queries/catalogue.h"

struct article {
        const char *slug, *kind, *title, *summary, *category, *keywords, *related, *answers, *fields, *body;
        int32_t position;
        uint8_t digest[TOKEN_HASH_SIZE];
};

static const struct column columns[] = { { "kind", "kind" }, { "name", "name" }, { "result", "result" }, { "changed", NULL } };

/* "code, other_code" as "code other_code". */
static const char *
words(struct reading *in, const char *value)
{
        char *copy = pool_strdup(in->pool, value), *to = copy;

        for (const char *from = copy; *from != '\0'; from++)
                if (*from != ',' && (*from != ' ' || (to > copy && to[-1] != ' ')))
                        *to++ = *from;
        *to = '\0';
        return copy;
}

static bool
read_line(struct reading *in, const char *path, size_t number, const char *key, const char *value, void *data)
{
        struct article *to = data;
        char *end;
        long position;

        if (strcmp(key, "title") == 0) {
                to->title = value;
        } else if (strcmp(key, "summary") == 0) {
                to->summary = value;
        } else if (strcmp(key, "category") == 0) {
                to->category = value;
        } else if (strcmp(key, "keywords") == 0) {
                to->keywords = value;
        } else if (strcmp(key, "related") == 0) {
                to->related = words(in, value);
        } else if (strcmp(key, "answers") == 0) {
                to->answers = words(in, value);
        } else if (strcmp(key, "field") == 0) {
                to->fields = pool_printf(in->pool, "%s%s%s", to->fields, to->fields[0] != '\0' ? "\n" : "", value);
        } else if (strcmp(key, "position") == 0) {
                position = strtol(value, &end, 10);
                if (*end != '\0' || position < 0 || position > 9999)
                        return source_fail(in, path, number, "%s is no place: 0 to 9999", value);
                to->position = (int32_t)position;
        } else {
                return source_fail(in, path, number, "there is no %s here", key);
        }
        return true;
}

static bool
too_long(struct reading *in, const char *path, const char *what, const char *text, long most)
{
        return g_utf8_strlen(text, -1) > most && !source_fail(in, path, 1, "%s has more than %ld characters", what, most);
}

static bool
read_article(struct reading *in, const char *path, const char *name, struct article *to)
{
        const char *whole;

        to->slug = pool_strndup(in->pool, name, strlen(name) - strlen(".md"));
        to->keywords = to->related = to->answers = to->fields = "";
        to->position = 100;
        if (!text_is_slug(to->slug))
                return source_fail(in, path, 0, "must be named like double-charge.md");
        to->body = source_headed(in, path, read_line, to);
        if (to->body == NULL)
                return false;
        if (to->title == NULL || to->summary == NULL || to->category == NULL || to->body[0] == '\0')
                return source_fail(in, path, 1, "wants a title, a summary, a category and a text");
        if (too_long(in, path, "the title", to->title, 120) || too_long(in, path, "the summary", to->summary, 300) ||
            too_long(in, path, "the category", to->category, 60) || too_long(in, path, "the text", to->body, 60000))
                return false;
        whole = pool_printf(in->pool, "%s\n%s\n%s\n%s\n%d\n%s\n%s\n%s\n%s\n%s", to->kind, to->title, to->summary, to->category,
                            (int)to->position, to->keywords, to->related, to->answers, to->fields, to->body);
        token_sha256(whole, strlen(whole), to->digest);
        return true;
}

/* The articles of DIR/KIND. */
static bool
read_kind(struct reading *in, const char *dir, const char *kind, GArray *articles)
{
        const char *folder = source_path(in, dir, kind);
        GPtrArray *names = source_list(in, folder, false, ".md");
        bool ok = true;

        for (guint i = 0; ok && i < names->len; i++) {
                const char *name = g_ptr_array_index(names, i);
                struct article article = { .kind = kind };

                ok = read_article(in, source_path(in, folder, name), name, &article);
                g_array_append_val(articles, article);
        }
        g_ptr_array_free(names, TRUE);
        return ok;
}

static const char *
in_words(const char *answer)
{
        return strcmp(answer, "same") == 0 ? "unchanged" : strcmp(answer, "kept") == 0 ? "kept as staff left it" : answer;
}

static bool
store(struct ctl *ctl, const GArray *articles)
{
        struct catalogue_answer_row row;

        if (catalogue_lock(ctl->db, NULL) != DB_OK)
                return false;
        for (guint i = 0; i < articles->len; i++) {
                const struct article *a = &g_array_index(articles, struct article, i);
                bool changed;

                if (catalogue_article_load(ctl->db, a->slug, a->kind, (struct db_bytes){ a->digest, sizeof(a->digest) }, a->title,
                                           a->summary, a->category, a->position, a->keywords, a->related, a->answers, a->fields,
                                           a->body, &row) != DB_OK)
                        return false;
                changed = strcmp(row.answer, "same") != 0 && strcmp(row.answer, "kept") != 0;
                output_row(ctl->out, (struct cell[]){ cell_text(a->kind), cell_text(a->slug), cell_text(in_words(row.answer)),
                                                      cell_bool(changed) });
        }
        return db_commit(ctl->db) == DB_OK;
}

enum ctl_exit
run_help_load(struct ctl *ctl)
{
        static const char *const kinds[] = { "faq", "playbook", "training" };
        const char *error = NULL, *failed;
        struct reading in = { ctl->pool, &error };
        GArray *articles = g_array_new(FALSE, FALSE, sizeof(struct article));
        enum ctl_exit status = CTL_FINE;

        for (size_t i = 0; error == NULL && i < G_N_ELEMENTS(kinds); i++)
                (void)read_kind(&in, ctl->args[0], kinds[i], articles);
        if (error == NULL && articles->len == 0)
                source_fail(&in, ctl->args[0], 0, "has no articles: faq/NAME.md, playbook/NAME.md, training/NAME.md");
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        if (error != NULL) {
                status = ctl_fail(ctl, CTL_USAGE, "Nothing was loaded. latchkeyctl(1) describes the files.", "%s", error);
        } else {
                db_begin(ctl->db);
                if (!store(ctl, articles)) {
                        failed = pool_strdup(ctl->pool, db_error_message(ctl->db));
                        db_rollback(ctl->db);
                        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
                        status = ctl_fail(ctl, CTL_UNREACHABLE, "Nothing was loaded.", "the database: %s", failed);
                }
        }
        g_array_free(articles, TRUE);
        return status;
}
