/* render_all: every template in every branch.
 *
 *   render_all DIR SYMBOLS OUT     SYMBOLS as tests/lint/templates.py --symbols prints it:
 *                                  TEMPLATE <tab> SYMBOL <tab> KIND [<tab> VALUE ...]
 *   render_all --page DIR NAME     prints one page as a signed-in person sees it
 *
 * KIND is text, html, url or number; the VALUEs are what the conditions compare with.
 * Each combination of values is rendered (all of them up to 4,096, else each value by
 * itself and a fixed sample); none may fail, leave a brace or lose its closing tag, and
 * no text may arrive unescaped.  A page of each template is written to OUT. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/pool.h"
#include "http/csrf.h"
#include "http/params.h"
#include "http/reply.h"
#include "view/view.h"

#define MOST_COMBINATIONS 4096
#define CANARY "<script>\"'&canary"

/* --- http, as far as view asks ------------------------------------------- */

const char *
csrf_token(struct request *req)
{
        (void)req;
        return "token";
}

const char *
param_typed(struct request *req, const char *name)
{
        (void)req;
        (void)name;
        return "";
}

const char *
param_error(struct request *req, const char *name)
{
        (void)req;
        (void)name;
        return NULL;
}

enum http_status
reply_body(struct request *req, enum http_status status, const char *type, const void *body,
           size_t len)
{
        (void)req;
        (void)type;
        (void)body;
        (void)len;
        return status;
}

enum http_status
reply_text(struct request *req, enum http_status status, const char *text)
{
        (void)req;
        (void)text;
        return status;
}

enum http_status
reply_error(struct request *req, enum http_status status)
{
        (void)req;
        return status;
}

/* --- templates and their symbols ------------------------------------------ */

struct symbol {
        char *name;
        char *kind;
        char **values;
        guint n;
};

struct subject {
        char *name;
        GPtrArray *symbols;
};

static const struct config config = {.site_name = "North & Light",
                                     .portal_url = "https://learn.example.com",
                                     .admin_url = "https://learn.example.com/admin",
                                     .support_email = "help@example.com",
                                     .locale = "en_GB",
                                     .zone = "Europe/Berlin",
                                     .accent = "#0f5f63",
                                     .seller_name = "North & Light Ltd",
                                     .seller_address = "1 Harbour Road"};

static GPtrArray *
read_subjects(const char *file)
{
        GPtrArray *subjects = g_ptr_array_new();
        struct subject *subject = NULL;
        char *text = NULL;

        if (!g_file_get_contents(file, &text, NULL, NULL))
                return NULL;

        char **lines = g_strsplit(text, "\n", -1);

        for (char **line = lines; *line != NULL; line++) {
                char **cells = g_strsplit(*line, "\t", -1);

                if (cells[0] == NULL || *cells[0] == '\0')
                        continue;
                if (subject == NULL || strcmp(subject->name, cells[0]) != 0) {
                        subject = g_new0(struct subject, 1);
                        subject->name = cells[0];
                        subject->symbols = g_ptr_array_new();
                        g_ptr_array_add(subjects, subject);
                }
                if (g_strv_length(cells) < 3)
                        continue;

                struct symbol *symbol = g_new0(struct symbol, 1);

                symbol->name = cells[1];
                symbol->kind = cells[2];
                symbol->values = cells + 3;
                symbol->n = g_strv_length(symbol->values);
                g_ptr_array_add(subject->symbols, symbol);
        }
        return subjects;
}

static void
push_symbol(struct view *view, const struct symbol *symbol, guint choice)
{
        const char *value = symbol->n > 0 ? symbol->values[choice] : CANARY;

        if (strcmp(symbol->kind, "number") == 0)
                view_number(view, symbol->name,
                            symbol->n > 0 ? g_ascii_strtoll(value, NULL, 10) : 3);
        else if (strcmp(symbol->kind, "html") == 0)
                view_html(view, symbol->name,
                          (struct html){symbol->n > 0 && *value == '\0' ? "" : "<b>x</b>"});
        else if (strcmp(symbol->kind, "url") == 0)
                view_url(view, symbol->name, symbol->n > 0 && *value == '\0' ? "" : "/a?b=1&c=2");
        else
                view_text(view, symbol->name, strcmp(value, "other") == 0 ? CANARY : value);
}

static const char *
check_result(const struct subject *subject, const char *text)
{
        bool html = g_str_has_suffix(subject->name, ".html");
        const char *body = strstr(text, "</style>");

        if (html && strstr(text, CANARY) != NULL)
                return "lets text through unescaped";
        if (strpbrk(body != NULL ? body : text, "{}") != NULL)
                return "leaves a brace";
        if (html && strstr(text, "<html") != NULL && !g_str_has_suffix(text, "</html>\n"))
                return "does not end with </html>";
        return NULL;
}

/* Render SUBJECT with the given CHOICES; what is wrong, or NULL. */
static const char *
render(const struct views *views, const struct subject *subject, const guint *choices,
       const char *out)
{
        struct pool *pool = pool_new();
        struct request req = {.pool = pool, .config = &config, .views = views, .path = "/"};
        bool mail = g_str_has_prefix(subject->name, "mail/");
        struct view *view = mail ? view_plain(views, pool, &config, subject->name)
                                 : view_new(&req, subject->name);
        const char *problem;

        for (guint i = 0; i < subject->symbols->len; i++)
                push_symbol(view, g_ptr_array_index(subject->symbols, i), choices[i]);

        const char *text = view_render(view, NULL);

        problem = text != NULL ? check_result(subject, text) : "was not rendered";
        if (out != NULL && text != NULL)
                g_file_set_contents(out, text, -1, NULL);
        pool_free(pool);
        return problem;
}

/* --- combinations ---------------------------------------------------------- */

static guint
choices_of(const struct subject *subject, guint i)
{
        return MAX(((const struct symbol *)g_ptr_array_index(subject->symbols, i))->n, 1);
}

static bool
next_in_turn(const struct subject *subject, guint *choices)
{
        for (guint i = 0; i < subject->symbols->len; i++) {
                if (++choices[i] < choices_of(subject, i))
                        return true;
                choices[i] = 0;
        }
        return false;
}

static double
count_combinations(const struct subject *subject)
{
        double n = 1;

        for (guint i = 0; i < subject->symbols->len; i++)
                n *= choices_of(subject, i);
        return n;
}

static const char *
try_all(const struct views *views, const struct subject *subject, guint *choices, int *n)
{
        const char *problem = NULL;

        do {
                problem = render(views, subject, choices, NULL);
                (*n)++;
        } while (problem == NULL && next_in_turn(subject, choices));
        return problem;
}

static const char *
try_sample(const struct views *views, const struct subject *subject, guint *choices, int *n)
{
        const char *problem = NULL;
        uint32_t seed = 1;

        for (guint i = 0; problem == NULL && i < subject->symbols->len; i++) {
                for (guint c = 0; problem == NULL && c < choices_of(subject, i); c++) {
                        choices[i] = c;
                        problem = render(views, subject, choices, NULL);
                        (*n)++;
                }
        }
        for (int k = 0; problem == NULL && k < MOST_COMBINATIONS; k++, (*n)++) {
                for (guint i = 0; i < subject->symbols->len; i++) {
                        seed = seed * 1664525 + 1013904223;
                        choices[i] = (seed >> 16) % choices_of(subject, i);
                }
                problem = render(views, subject, choices, NULL);
        }
        return problem;
}

static bool
try_subject(const struct views *views, const struct subject *subject, const char *out)
{
        guint *choices = g_new0(guint, subject->symbols->len + 1);
        char *name = g_strdelimit(g_strdup(subject->name), "/", '_');
        char *low = g_strdup_printf("%s/low_%s", out, name);
        char *high = g_strdup_printf("%s/high_%s", out, name);
        int n = 0;
        const char *problem = count_combinations(subject) <= MOST_COMBINATIONS
                                      ? try_all(views, subject, choices, &n)
                                      : try_sample(views, subject, choices, &n);

        if (problem == NULL) {
                memset(choices, 0, subject->symbols->len * sizeof *choices);
                render(views, subject, choices, low);
                for (guint i = 0; i < subject->symbols->len; i++)
                        choices[i] = choices_of(subject, i) - 1;
                render(views, subject, choices, high);
                printf("ok   %s, %d ways\n", subject->name, n);
        } else {
                printf("FAIL %s %s", subject->name, problem);
                for (guint i = 0; i < subject->symbols->len; i++) {
                        const struct symbol *s = g_ptr_array_index(subject->symbols, i);

                        if (s->n > 0)
                                printf(" %s=%s", s->name, s->values[choices[i]]);
                }
                printf("\n");
        }
        g_free(choices);
        g_free(name);
        g_free(low);
        g_free(high);
        return problem == NULL;
}

/* --- programs -------------------------------------------------------------- */

static const struct views *
load(const char *dir, const char *part)
{
        static const char *const all[] = {"portal", "admin", "mail", "error", "sandbox", NULL};
        const char *const one[] = {part, NULL};
        GPtrArray *present = g_ptr_array_new();
        const char *error = NULL;

        for (const char *const *p = part != NULL ? one : all; *p != NULL; p++) {
                char *path = g_build_filename(dir, *p, NULL);

                if (g_file_test(path, G_FILE_TEST_IS_DIR))
                        g_ptr_array_add(present, (void *)(uintptr_t)*p);
                g_free(path);
        }
        g_ptr_array_add(present, NULL);

        const struct views *views =
                views_load(&config, dir, (const char *const *)present->pdata, &error);

        g_ptr_array_free(present, TRUE);
        if (views == NULL)
                fprintf(stderr, "%s\n", error);
        return views;
}

static int
print_page(const char *dir, const char *name)
{
        char *part = g_strndup(name, strcspn(name, "/"));
        const struct views *views = load(dir, part);
        struct pool *pool = pool_new();
        char *path = g_strdup_printf("/%s", strchr(name, '/') + 1);
        struct request req = {.pool = pool,
                              .config = &config,
                              .views = views,
                              .path = path,
                              .identity = {.found = strstr(name, "shop") == NULL,
                                           .name = "Ada Lovelace",
                                           .role = "Support"}};
        const char *text = NULL;

        path[strcspn(path, ".")] = '\0';
        if (views != NULL && strcmp(part, "mail") == 0)
                text = view_render(view_plain(views, pool, &config, name), NULL);
        else if (views != NULL)
                text = view_render(view_new(&req, name), NULL);
        if (text != NULL)
                fputs(text, stdout);
        pool_free(pool);
        views_free(views);
        g_free(path);
        g_free(part);
        return text == NULL;
}

int
main(int argc, char **argv)
{
        int failed = 0, passed = 0;

        log_open("render_all", LOG_LEVEL_ERROR);
        if (argc == 4 && strcmp(argv[1], "--page") == 0)
                return print_page(argv[2], argv[3]);
        if (argc != 4) {
                fprintf(stderr, "usage: render_all DIR SYMBOLS OUT | --page DIR NAME\n");
                return 2;
        }

        const struct views *views = load(argv[1], NULL);
        GPtrArray *subjects = read_subjects(argv[2]);

        if (views == NULL || subjects == NULL || subjects->len == 0)
                return 1;
        for (guint i = 0; i < subjects->len; i++) {
                if (try_subject(views, g_ptr_array_index(subjects, i), argv[3]))
                        passed++;
                else
                        failed++;
        }
        views_free(views);
        printf("%d passed, %d failed\n", passed, failed);
        return failed > 0;
}
