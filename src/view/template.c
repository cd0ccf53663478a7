/* template: files of templates/ joined, checked and parsed, once at start. */
#include "view/template.h"

#include <stdint.h>
#include <string.h>

#include "base/log.h"

/* Where a stretch of the joined text came from, for messages. */
struct origin {
        size_t offset;
        char *file;
        int line;
};

struct source {
        GString *text;
        GArray *origins;
};

struct loader {
        const char *dir;
        GString *error;
};

enum { MAX_DEPTH = 8 };

static void
origin_clear(void *data)
{
        g_free(((struct origin *)data)->file);
}

static void
source_init(struct source *source)
{
        source->text = g_string_new(NULL);
        source->origins = g_array_new(FALSE, FALSE, sizeof(struct origin));
        g_array_set_clear_func(source->origins, origin_clear);
}

static void
source_clear(struct source *source)
{
        g_string_free(source->text, TRUE);
        g_array_free(source->origins, TRUE);
}

/* --- joining ------------------------------------------------------------- */

/* The argument of directive WORD ("@include ") on LINE, or NULL; to be freed. */
static char *
directive(const char *line, const char *word)
{
        while (*line == ' ' || *line == '\t')
                line++;
        return g_str_has_prefix(line, word) ? g_strstrip(g_strdup(line + strlen(word))) : NULL;
}

/* {if ...}, {else} or {end} and nothing else on the line. */
static bool
is_control_line(const char *stripped)
{
        const char *word = stripped + 1;

        if (*stripped != '{' || strchr(stripped, '}') != stripped + strlen(stripped) - 1)
                return false;
        return strcmp(word, "else}") == 0 || strcmp(word, "end}") == 0 ||
               g_str_has_prefix(word, "if ") || g_str_has_prefix(word, "if(");
}

static void
add_line(struct source *to, const char *file, int number, const char *line)
{
        struct origin origin = {to->text->len, g_strdup(file), number};
        char *stripped = g_strstrip(g_strdup(line));

        g_array_append_val(to->origins, origin);
        if (is_control_line(stripped))
                g_string_append(to->text, stripped);
        else
                g_string_append_printf(to->text, "%s\n", line);
        g_free(stripped);
}

static bool join(struct loader *loader, struct source *to, const char *file, const char *body,
                 int depth);

/* One line of FILE, whose page (in a layout) is BODY. */
static bool
join_line(struct loader *loader, struct source *to, const char *file, int number, const char *line,
          const char *body, int depth)
{
        char *argument;
        bool ok = true;

        if ((argument = directive(line, "@include ")) != NULL) {
                ok = join(loader, to, argument, NULL, depth + 1);
        } else if ((argument = directive(line, "@#")) != NULL) {
                /* said to the reader alone */
        } else if ((argument = directive(line, "@body")) != NULL && *argument == '\0') {
                if (body == NULL) {
                        g_string_printf(loader->error, "%s:%d: @body stands outside a layout", file,
                                        number);
                        ok = false;
                } else {
                        ok = join(loader, to, body, body, depth + 1);
                }
        } else {
                add_line(to, file, number, line);
        }
        g_free(argument);
        return ok;
}

/* Read FILE and append it to TO.  A page is met twice: first it leads to its layout,
 * then, as the layout's @body (FILE == BODY), it is read past its @layout line. */
static bool
join(struct loader *loader, struct source *to, const char *file, const char *body, int depth)
{
        char *path = g_build_filename(loader->dir, file, NULL);
        char *text = NULL;
        bool ok = depth < MAX_DEPTH && strstr(file, "..") == NULL &&
                  g_file_get_contents(path, &text, NULL, NULL) && g_utf8_validate(text, -1, NULL);

        if (!ok)
                g_string_printf(loader->error,
                                "%s: cannot be read (absent, not UTF-8, or too deep)", path);
        else if (g_str_has_suffix(text, "\n"))
                text[strlen(text) - 1] = '\0';

        char **lines = ok ? g_strsplit(text, "\n", -1) : NULL;
        char *layout = lines != NULL && lines[0] != NULL ? directive(lines[0], "@layout ") : NULL;

        if (layout != NULL && file != body) {
                ok = join(loader, to, layout, file, depth + 1);
        } else {
                for (int i = layout != NULL; ok && lines[i] != NULL; i++)
                        ok = join_line(loader, to, file, i + 1, lines[i],
                                       file == body ? NULL : body, depth);
        }
        g_free(layout);
        g_strfreev(lines);
        g_free(text);
        g_free(path);
        return ok;
}

/* --- checking ------------------------------------------------------------ */

struct checker {
        const char *p; /* within the condition */
        const char *problem;
};

static bool
is_symbol(const char *text, size_t len)
{
        if (len == 0 || !(g_ascii_islower(text[0]) || text[0] == '_'))
                return false;
        for (size_t i = 1; i < len; i++) {
                if (!g_ascii_islower(text[i]) && !g_ascii_isdigit(text[i]) && text[i] != '_')
                        return false;
        }
        return true;
}

static void
skip_blanks(struct checker *c)
{
        while (*c->p == ' ' || *c->p == '\t')
                c->p++;
}

/* 0: none, 1: a comparison, 2: &&, 3: ||. */
static int
operator_kind(struct checker *c)
{
        static const struct {
                const char *text;
                int kind;
        } operators[] = {
                {"==", 1}, {"!=", 1}, {"<=", 1}, {">=", 1},
                {"<", 1},  {">", 1},  {"&&", 2}, {"||", 3},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
                if (g_str_has_prefix(c->p, operators[i].text)) {
                        c->p += strlen(operators[i].text);
                        return operators[i].kind;
                }
        }
        return 0;
}

static bool check_condition(struct checker *c, int depth);

static bool
check_operand(struct checker *c, int depth)
{
        skip_blanks(c);
        if (*c->p == '(') {
                c->p++;
                if (depth > 20 || !check_condition(c, depth + 1))
                        return false;
                if (*c->p++ != ')') {
                        c->problem = "a parenthesis is not closed";
                        return false;
                }
                skip_blanks(c);
                return true;
        }

        size_t len = strspn(c->p, "abcdefghijklmnopqrstuvwxyz0123456789_");

        if (*c->p == '"') {
                len = 1 + strcspn(c->p + 1, "\"\\") + 1;
                if (c->p[len - 1] != '"')
                        len = 0;
        }
        if (len == 0) {
                c->problem = "expected a symbol, a number or a \"text\"";
                return false;
        }
        c->p += len;
        skip_blanks(c);
        return true;
}

/* Within one pair of parentheses: a single comparison, or terms joined by && alone, or
 * by || alone.  All of them have one precedence in CTPL. */
static bool
check_condition(struct checker *c, int depth)
{
        int before = 0;

        if (!check_operand(c, depth))
                return false;
        for (int kind; (kind = operator_kind(c)) != 0; before = kind) {
                if (before != 0 && (kind == 1 || kind != before)) {
                        c->problem = "put each comparison, and each && beside ||, in parentheses";
                        return false;
                }
                if (!check_operand(c, depth))
                        return false;
        }
        return true;
}

/* One {...}; DEPTH counts open ifs, ELSES has a bit for each that has had its else. */
static const char *
check_tag(const char *tag, size_t len, int *depth, uint64_t *elses)
{
        if (len == 4 && memcmp(tag, "else", 4) == 0) {
                uint64_t bit = UINT64_C(1) << *depth;

                if (*depth == 0 || (*elses & bit) != 0)
                        return "{else} without its {if}";
                *elses |= bit;
                return NULL;
        }
        if (len == 3 && memcmp(tag, "end", 3) == 0) {
                if (*depth == 0)
                        return "{end} without its {if}";
                *elses &= ~(UINT64_C(1) << *depth);
                (*depth)--;
                return NULL;
        }
        if (len > 2 && memcmp(tag, "if", 2) == 0 && (tag[2] == ' ' || tag[2] == '(')) {
                char *condition = g_strndup(tag + 2, len - 2);
                struct checker c = {condition, NULL};
                bool ok = check_condition(&c, 0);

                if (ok && *c.p != '\0')
                        c.problem = "the condition does not end where it should";
                g_free(condition);
                if (++*depth >= 60)
                        return "too many {if} within each other";
                return c.problem;
        }
        if (len >= 3 && memcmp(tag, "for", 3) == 0 && (len == 3 || tag[3] == ' '))
                return "{for} is not used: a list is a row template, see view_list()";
        if (!is_symbol(tag, len))
                return "not a symbol, {if}, {else} or {end}; a brace as text is \\{";
        return NULL;
}

static void
set_error(struct loader *loader, const struct source *source, size_t offset, const char *problem)
{
        const struct origin *origin = &g_array_index(source->origins, struct origin, 0);

        for (size_t i = 0; i < source->origins->len; i++) {
                const struct origin *next = &g_array_index(source->origins, struct origin, i);

                if (next->offset > offset)
                        break;
                origin = next;
        }
        g_string_printf(loader->error, "%s/%s:%d: %s", loader->dir, origin->file, origin->line,
                        problem);
}

static bool
check(struct loader *loader, const struct source *source)
{
        const char *start = source->text->str;
        const char *opened[64];
        const char *problem = NULL;
        int depth = 0;
        uint64_t elses = 0;
        const char *p;

        for (p = start; *p != '\0' && problem == NULL; p++) {
                if (*p == '\\' && p[1] != '\0') {
                        p++;
                } else if (*p == '}') {
                        problem = "a brace as text is \\}";
                        break;
                } else if (*p == '{') {
                        size_t len = strcspn(p + 1, "{}\n");
                        int before = depth;

                        if (p[1 + len] != '}')
                                problem = "a tag is not closed on its line";
                        else
                                problem = check_tag(p + 1, len, &depth, &elses);
                        if (problem != NULL)
                                break;
                        if (depth > before)
                                opened[depth] = p;
                        p += len + 1;
                }
        }
        if (problem == NULL && depth > 0) {
                problem = "{if} without its {end}";
                p = opened[depth];
        }
        if (problem == NULL)
                return true;
        set_error(loader, source, (size_t)(p - start), problem);
        return false;
}

/* --- loading ------------------------------------------------------------- */

static void
template_free(void *data)
{
        struct template *template = data;

        if (template->tree != NULL)
                ctpl_token_free(template->tree);
        g_hash_table_destroy(template->symbols);
        g_free((void *)(uintptr_t) template->name);
        g_free(template);
}

/* The page's own text, its includes too, but not its layout. */
static bool
says_csrf(struct loader *loader, const char *name)
{
        struct source own;
        bool says;

        source_init(&own);
        says = join(loader, &own, name, name, 0) && strstr(own.text->str, "{csrf}") != NULL;
        source_clear(&own);
        return says;
}

/* Layouts and parts name the same symbols in each page: each name is kept once. */
static void
add_symbol(GHashTable *symbols, const char *name, size_t len)
{
        char *copy = g_strndup(name, len);

        g_hash_table_add(symbols, (void *)(uintptr_t)g_intern_string(copy));
        g_free(copy);
}

/* Every name between braces, those in conditions too (and some words that are none). */
static void
collect_symbols(GHashTable *symbols, const char *text)
{
        for (const char *p = text; (p = strchr(p, '{')) != NULL;) {
                const char *end = p + strcspn(p, "}\n");

                while (p < end) {
                        size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_");

                        if (len > 0)
                                add_symbol(symbols, p, len);
                        p += len > 0 ? len : 1;
                }
        }
}

static struct template *
template_load(struct loader *loader, const char *name)
{
        struct template *template = g_new0(struct template, 1);
        struct source source;

        template->name = g_strdup(name);
        template->plain = g_str_has_suffix(name, ".txt");
        template->symbols = g_hash_table_new(g_str_hash, g_str_equal);
        source_init(&source);
        if (join(loader, &source, name, NULL, 0) && check(loader, &source)) {
                GError *failure = NULL;
                CtplInputStream *in = ctpl_input_stream_new_for_memory(
                        source.text->str, (gssize)source.text->len, NULL, name);

                template->tree = ctpl_lexer_lex(in, &failure);
                ctpl_input_stream_unref(in);
                collect_symbols(template->symbols, source.text->str);
                if (failure != NULL || template->tree == NULL)
                        g_string_printf(loader->error, "%s/%s: %s", loader->dir, name,
                                        failure != NULL ? failure->message : "cannot be parsed");
                g_clear_error(&failure);
        }
        source_clear(&source);
        if (loader->error->len > 0) {
                template_free(template);
                return NULL;
        }
        template->wants_csrf = says_csrf(loader, name);
        return template;
}

/* All templates of FOLDER ("portal"), one level of sub-folders included. */
static bool
load_folder(struct loader *loader, GHashTable *table, const char *folder, int depth)
{
        char *path = g_build_filename(loader->dir, folder, NULL);
        GDir *dir = g_dir_open(path, 0, NULL);
        const char *entry;

        if (dir == NULL)
                g_string_printf(loader->error, "%s: there is no such folder of templates", path);
        while (dir != NULL && loader->error->len == 0 && (entry = g_dir_read_name(dir)) != NULL) {
                char *name = g_strdup_printf("%s/%s", folder, entry);
                char *full = g_build_filename(path, entry, NULL);

                if (g_file_test(full, G_FILE_TEST_IS_DIR)) {
                        if (depth == 0)
                                load_folder(loader, table, name, 1);
                } else if (g_str_has_suffix(name, ".html") || g_str_has_suffix(name, ".txt")) {
                        struct template *template = template_load(loader, name);

                        if (template != NULL)
                                g_hash_table_insert(table, g_strdup(name), template);
                }
                g_free(full);
                g_free(name);
        }
        if (dir != NULL)
                g_dir_close(dir);
        g_free(path);
        return loader->error->len == 0;
}

GHashTable *
templates_load(const char *dir, const char *const *parts, GString *error)
{
        struct loader loader = {dir, error};
        GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, template_free);

        g_string_truncate(error, 0);
        for (size_t i = 0; parts[i] != NULL; i++) {
                if (!load_folder(&loader, table, parts[i], 0)) {
                        g_hash_table_destroy(table);
                        return NULL;
                }
        }
        return table;
}

bool
template_render(const struct template *template, CtplEnviron *env, CtplOutputStream *out)
{
        GError *failure = NULL;

        if (ctpl_parser_parse(template->tree, env, out, &failure))
                return true;
        log_error("template_failed", "template", template->name, "reason",
                  failure != NULL ? failure->message : "unknown", "hint",
                  "the handler must push every symbol of the template", NULL);
        g_clear_error(&failure);
        return false;
}
