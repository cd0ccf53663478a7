/* view: pages, mails and fragments from templates.
 *
 * How templates are written (@layout, @body, @include, @#, which braces are allowed) is
 * told in view/template.h.  Here is what a template may expect.  Each page knows, before
 * its handler pushes anything:
 *
 *   site_name support_email portal_url admin_url version accent_name     the shop
 *   page_title page_lead                            "", until the handler says them
 *   path section home_url request_id                where we are; section "orders" of
 *                                                   "/orders/K3..", "" on the first page
 *   signed_in person_name person_role csrf          who is here (csrf: see view_new)
 *   view_as may_staff                               staff look with a customer's eyes; an owner
 *   error_summary error_summary_count               "" and 0, until view_form()
 *
 * and a mail: site_name support_email portal_url page_title accent seller_name
 * seller_address.  Everything else is pushed by the handler; a symbol that nobody pushed
 * is an error and the reader gets a 500, so the render test supplies each of them.
 *
 * A row is rendered within the environment of its page: it sees the page's symbols that
 * were pushed before it, and what it pushes is gone after it. */
#include "view/view.h"

#include <inttypes.h>
#include <string.h>

#include <ctpl/ctpl.h>
#include <gio/gio.h>
#include <glib.h>

#include "base/log.h"
#include "base/text.h"
#include "http/csrf.h"
#include "http/params.h"
#include "http/reply.h"
#include "view/format.h"
#include "view/html.h"
#include "view/markdown.h"
#include "view/template.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define DEFAULT_ACCENT "#0f5f63"

struct views {
        GHashTable *templates;
        GHashTable *symbols; /* the names that stand in any of them; a set */
        GHashTable *plans; /* struct row_plan, by what they are made from; kept for all requests */
        struct pool *plans_pool;
        char accent[8]; /* "#0f5f63" */
};

struct view {
        const struct views *views;
        struct pool *pool;
        const struct config *config;
        struct request *req;             /* NULL: a mail */
        const struct template *template; /* NULL: asked for by a wrong name */
        CtplEnviron *env;
        struct view_locale locale;
        instant now;
        bool *knows_csrf;  /* shared with the rows */
        GPtrArray *pushed; /* names, in a row's view: taken back after the row */
};

static GHashTable *plans_new(void);

/* --- loading ------------------------------------------------------------- */

static bool
is_colour(const char *text)
{
        if (text == NULL || strlen(text) != 7 || text[0] != '#')
                return false;
        for (size_t i = 1; i < 7; i++) {
                if (!g_ascii_isxdigit(text[i]))
                        return false;
        }
        return true;
}

static GHashTable *
all_symbols(GHashTable *templates)
{
        GHashTable *all = g_hash_table_new(g_str_hash, g_str_equal);
        GHashTableIter each, names;
        gpointer template, name;

        g_hash_table_iter_init(&each, templates);
        while (g_hash_table_iter_next(&each, NULL, &template)) {
                g_hash_table_iter_init(&names, ((const struct template *)template)->symbols);
                while (g_hash_table_iter_next(&names, &name, NULL))
                        g_hash_table_add(all, name);
        }
        return all;
}

const struct views *
views_load(const struct config *config, const char *dir, const char *const *parts,
           const char **error)
{
        static char sentence[512];
        GString *problem = g_string_new(NULL);
        struct views *views = NULL;
        GHashTable *templates = templates_load(dir, parts, problem);

        if (templates == NULL) {
                g_strlcpy(sentence, problem->str, sizeof sentence);
                *error = sentence;
        } else {
                views = g_new0(struct views, 1);
                views->templates = templates;
                views->symbols = all_symbols(templates);
                views->plans = plans_new();
                views->plans_pool = pool_new();
                g_strlcpy(views->accent,
                          is_colour(config->accent) ? config->accent : DEFAULT_ACCENT,
                          sizeof views->accent);
        }
        g_string_free(problem, TRUE);
        return views;
}

void
views_free(const struct views *views)
{
        if (views == NULL)
                return;
        g_hash_table_destroy(views->symbols);
        g_hash_table_destroy(views->templates);
        g_hash_table_destroy(views->plans);
        pool_free(views->plans_pool);
        g_free((void *)(uintptr_t)views);
}

/* --- making a view ------------------------------------------------------- */

static bool
is_plain(const struct view *view)
{
        return view->template != NULL && view->template->plain;
}

static const struct template *
find_template(const struct views *views, const char *name)
{
        const struct template *template =
                views != NULL ? g_hash_table_lookup(views->templates, name) : NULL;

        if (template == NULL)
                log_error("template_absent", "template", name, "hint",
                          "it is not in a folder that the program loads", NULL);
        return template;
}

static void
environ_end(void *env)
{
        ctpl_environ_unref(env);
}

/* MARKUP as it is: already escaped, or made here. */
static void
push(struct view *view, const char *name, const char *markup)
{
        ctpl_environ_push_string(view->env, name, markup != NULL ? markup : "");
        if (view->pushed != NULL)
                g_ptr_array_add(view->pushed, (void *)(uintptr_t)name);
}

static void
push_number(struct view *view, const char *name, int64_t number)
{
        ctpl_environ_push_int(view->env, name, (glong)number);
        if (view->pushed != NULL)
                g_ptr_array_add(view->pushed, (void *)(uintptr_t)name);
}

static struct view *
view_make(const struct views *views, struct pool *pool, const struct config *config,
          const char *name)
{
        struct view *view = pool_alloc(pool, sizeof *view);

        view->views = views;
        view->pool = pool;
        view->config = config;
        view->template = find_template(views, name);
        view->env = ctpl_environ_new();
        pool_defer(pool, environ_end, view->env);
        view->locale = (struct view_locale){config->locale, config->zone};
        view->now = clock_product();
        view->knows_csrf = pool_alloc(pool, sizeof *view->knows_csrf);

        view_text(view, "site_name", config->site_name);
        view_text(view, "support_email", config->support_email);
        view_url(view, "portal_url", config->portal_url);
        push(view, "page_title", "");
        return view;
}

/* "orders" of "/orders/K3PQ"; belongs to POOL. */
static const char *
section_of(struct pool *pool, const char *path)
{
        while (path != NULL && *path == '/')
                path++;
        return path != NULL ? pool_strndup(pool, path, strcspn(path, "/")) : "";
}

/* A token for visitors costs them a cookie, so only pages with a form ask for one. */
static void
push_csrf(struct view *view, const struct template *template)
{
        if (*view->knows_csrf || view->req == NULL || template == NULL)
                return;
        if (!template->wants_csrf && view->req->token == NULL)
                return;
        *view->knows_csrf = true;
        ctpl_environ_push_string(view->env, "csrf", html_escape(view->pool, csrf_token(view->req)));
}

struct view *
view_new(struct request *req, const char *name)
{
        struct view *view = view_make(req->views, req->pool, req->config, name);
        bool staff = req->route != NULL && req->route->who == STAFF;

        view->req = req;
        view_locale(view, (struct view_locale){ req->identity.locale, req->identity.zone });
        if (req->identity.found && req->identity.now_at > 0)
                view->now = req->identity.now_at;
        view_url(view, "admin_url", req->config->admin_url);
        push(view, "home_url", staff ? "/admin/" : "/");
        push(view, "version", PACKAGE_VERSION);
        push(view, "accent_name", view->views != NULL ? view->views->accent + 1 : "");
        push(view, "page_lead", "");
        view_text(view, "path", req->path);
        view_text(view, "section", section_of(req->pool, req->path));
        view_text(view, "request_id", req->id);
        view_flag(view, "signed_in", req->identity.found);
        view_flag(view, "view_as", req->identity.found && text_equal(req->identity.kind, "view_as"));
        view_text(view, "person_name", req->identity.name);
        view_text(view, "person_role", req->identity.role);
        view_flag(view, "may_staff", req->identity.found && text_equal(req->identity.role, "owner"));
        push(view, "error_summary", "");
        push_number(view, "error_summary_count", 0);
        push(view, "csrf", "");
        push_csrf(view, view->template);
        return view;
}

struct view *
view_plain(const struct views *views, struct pool *pool, const struct config *config,
           const char *name)
{
        struct view *view = view_make(views, pool, config, name);

        push(view, "accent", views != NULL ? views->accent : DEFAULT_ACCENT);
        view_text(view, "seller_name", config->seller_name);
        view_text(view, "seller_address", config->seller_address);
        return view;
}

void
view_locale(struct view *view, struct view_locale locale)
{
        if (!text_is_empty(locale.locale))
                view->locale.locale = locale.locale;
        if (!text_is_empty(locale.zone))
                view->locale.zone = locale.zone;
}

/* --- pushing values ------------------------------------------------------ */

/* Text for the kind of template at hand. */
static const char *
safe(struct view *view, const char *text)
{
        if (text == NULL)
                return "";
        return is_plain(view) ? text : html_escape(view->pool, text);
}

void
view_text(struct view *view, const char *name, const char *text)
{
        push(view, name, safe(view, text));
}

void
view_number(struct view *view, const char *name, int64_t number)
{
        push_number(view, name, number);
}

void
view_flag(struct view *view, const char *name, bool flag)
{
        push_number(view, name, flag);
}

void
view_html(struct view *view, const char *name, struct html html)
{
        push(view, name, html.markup);
}

void
view_lines(struct view *view, const char *name, const char *text)
{
        char **lines = g_strsplit(html_escape(view->pool, text != NULL ? text : ""), "\n", -1);
        char *joined = g_strjoinv("<br>\n", lines);

        push(view, name, pool_strdup(view->pool, joined));
        g_strfreev(lines);
        g_free(joined);
}

void
view_money(struct view *view, const char *name, int64_t minor, const char *currency)
{
        char *text = format_money(view->pool, minor, currency != NULL ? currency : "",
                                  view->locale.locale);

        if (is_plain(view)) { /* a mail as text breaks its own lines */
                char **pieces = g_strsplit(text, "\xc2\xa0", -1);
                char *joined = g_strjoinv(" ", pieces);

                push(view, name, joined);
                g_free(joined);
                g_strfreev(pieces);
                return;
        }
        push(view, name, safe(view, text));
}

/* <time>: SAID for the eye, EXACT on hover, MACHINE for programs.  A mail is read on
 * another day, so it says the exact time. */
static void
push_time(struct view *view, const char *name, const char *machine, const char *said,
          const char *exact)
{
        if (is_plain(view))
                push(view, name, exact);
        else if (view->req == NULL)
                push(view, name,
                     pool_printf(view->pool, "<time datetime=\"%s\">%s</time>", machine, exact));
        else
                push(view, name,
                     pool_printf(view->pool, "<time datetime=\"%s\" title=\"%s\">%s</time>",
                                 machine, exact, said));
}

void
view_time(struct view *view, const char *name, instant at)
{
        if (!is_plain(view) && view->req != NULL)
                push(view, name, format_time_markup(view->pool, at, view->locale.zone, view->now));
        else
                push_time(view, name, format_rfc3339(view->pool, at), "",
                          format_exact(view->pool, at, view->locale.zone));
}

void
view_stamp(struct view *view, const char *name, instant at, bool seconds)
{
        push_time(view, name, format_rfc3339(view->pool, at),
                  format_short(view->pool, at, view->locale.zone, view->now, seconds),
                  format_exact(view->pool, at, view->locale.zone));
}

void
view_date(struct view *view, const char *name, int32_t days)
{
        push_time(view, name, format_rfc3339_date(view->pool, days),
                  format_date(view->pool, days, view->now, view->locale.zone),
                  format_exact_date(view->pool, days));
}

void
view_url(struct view *view, const char *name, const char *url)
{
        push(view, name, html_url_is_safe(url) ? safe(view, url) : "");
}

/* --- rows ---------------------------------------------------------------- */

enum push_kind {
        PUSH_AS_TYPE,
        PUSH_MONEY,
        PUSH_TIME,
        PUSH_DATE,
        PUSH_URL,
        PUSH_MARKDOWN,
        PUSH_NOT
};

/* How one column is pushed; worked out once per list. */
struct column_plan {
        const struct db_column *column;
        enum push_kind kind;
        /* NULL: is not pushed, as there is none or the template does not ask for it */
        const char *name;     /* PREFIX_paid_at */
        const char *stem;     /* PREFIX_paid, unless another column has the same stem */
        const char *name_set; /* PREFIX_paid_at_set, where nullable */
        const char *stem_set;
};

struct row_plan {
        struct pool *pool;
        const struct db_row_type *type;
        const char *prefix;
        GHashTable *wanted; /* symbols of a list's template, which alone can see the row; else of all templates */
        struct column_plan *columns;
        size_t n;
        size_t currency_offset; /* SIZE_MAX: none */
};

static enum push_kind
kind_of(const struct db_column *column, bool has_currency)
{
        if (column->type == DB_BYTES)
                return PUSH_NOT;
        if (column->type == DB_TIME)
                return PUSH_TIME;
        if (column->type == DB_DATE)
                return PUSH_DATE;
        if (column->type == DB_BIGINT && has_currency && g_str_has_suffix(column->name, "_minor"))
                return PUSH_MONEY;
        if (column->type == DB_TEXT && g_str_has_suffix(column->name, "_url"))
                return PUSH_URL;
        if (column->type == DB_TEXT && g_str_has_suffix(column->name, "_md"))
                return PUSH_MARKDOWN;
        return PUSH_AS_TYPE;
}

/* Length of the name without the suffix that its kind implies; 0 when it has none. */
static size_t
stem_length(const char *name, enum push_kind kind)
{
        size_t len = strlen(name);

        switch (kind) {
        case PUSH_MONEY:
                return len - strlen("_minor");
        case PUSH_TIME:
                return g_str_has_suffix(name, "_at") ? len - strlen("_at") : 0;
        case PUSH_DATE:
                return g_str_has_suffix(name, "_on") ? len - strlen("_on") : 0;
        case PUSH_MARKDOWN:
                return len - strlen("_md");
        default:
                return 0;
        }
}

/* PREFIX_NAMESUFFIX, or NULL when it does not occur in WANTED (NULL: all are wanted). */
static const char *
joined_name(struct row_plan *plan, const char *name, size_t len, const char *suffix)
{
        const char *joined = *plan->prefix == '\0'
                                     ? pool_printf(plan->pool, "%.*s%s", (int)len, name, suffix)
                                     : pool_printf(plan->pool, "%s_%.*s%s", plan->prefix, (int)len,
                                                   name, suffix);

        if (plan->wanted != NULL && !g_hash_table_contains(plan->wanted, joined))
                return NULL;
        return joined;
}

static bool
stem_is_taken(const struct row_plan *plan, size_t index, size_t len)
{
        const char *name = plan->columns[index].column->name;

        for (size_t i = 0; i < plan->n; i++) {
                const char *other = plan->columns[i].column->name;
                size_t other_len = stem_length(other, plan->columns[i].kind);

                if (i == index || strncmp(other, name, len) != 0)
                        continue;
                if (other[len] == '\0' || other_len == len)
                        return true;
        }
        return false;
}

static void
plan_names(struct row_plan *plan, size_t index)
{
        struct column_plan *p = &plan->columns[index];
        const char *name = p->column->name;
        size_t len = strlen(name);
        size_t stem = stem_length(name, p->kind);

        if (stem > 0 && stem_is_taken(plan, index, stem))
                stem = 0;
        p->name = joined_name(plan, name, len, "");
        p->stem = stem > 0 ? joined_name(plan, name, stem, "") : NULL;
        if (p->column->nullable) {
                p->name_set = joined_name(plan, name, len, "_set");
                p->stem_set = stem > 0 ? joined_name(plan, name, stem, "_set") : NULL;
        }
}

static void
row_plan_make(struct row_plan *plan)
{
        const struct db_row_type *type = plan->type;

        plan->n = type->n_columns;
        plan->columns = pool_alloc(plan->pool, (plan->n + 1) * sizeof *plan->columns);
        plan->currency_offset = SIZE_MAX;
        for (size_t i = 0; i < plan->n; i++) {
                if (strcmp(type->columns[i].name, "currency") == 0 &&
                    type->columns[i].type == DB_TEXT)
                        plan->currency_offset = type->columns[i].offset;
        }
        for (size_t i = 0; i < plan->n; i++) {
                plan->columns[i].column = &type->columns[i];
                plan->columns[i].kind =
                        kind_of(&type->columns[i], plan->currency_offset != SIZE_MAX);
        }
        for (size_t i = 0; i < plan->n; i++)
                plan_names(plan, i);
}

static guint
plan_hash(gconstpointer data)
{
        const struct row_plan *plan = data;

        return g_str_hash(plan->prefix) ^ g_direct_hash(plan->type) ^ g_direct_hash(plan->wanted);
}

static gboolean
plan_equal(gconstpointer a, gconstpointer b)
{
        const struct row_plan *one = a, *other = b;

        return one->type == other->type && one->wanted == other->wanted &&
               strcmp(one->prefix, other->prefix) == 0;
}

static GHashTable *
plans_new(void)
{
        return g_hash_table_new(plan_hash, plan_equal);
}

/* Made once a process: types, prefixes and templates are as many as the code has. */
static const struct row_plan *
row_plan(const struct view *view, const char *prefix, GHashTable *wanted,
         const struct db_row_type *type)
{
        const struct views *views = view->views;
        struct row_plan key = {.type = type, .prefix = prefix, .wanted = wanted};
        struct row_plan *plan = views != NULL ? g_hash_table_lookup(views->plans, &key) : NULL;

        if (plan != NULL)
                return plan;
        key.pool = views != NULL ? views->plans_pool : view->pool;
        key.prefix = pool_strdup(key.pool, prefix);
        plan = pool_memdup(key.pool, &key, sizeof key);
        row_plan_make(plan);
        if (views != NULL)
                g_hash_table_add(views->plans, plan);
        return plan;
}

static bool
column_is_null(const struct db_column *column, const char *row)
{
        if (column->type == DB_TEXT) {
                const char *text;

                memcpy(&text, row + column->offset, sizeof text);
                return text == NULL;
        }
        if (!column->nullable || column->null_offset == SIZE_MAX)
                return false;
        return *(const bool *)(row + column->null_offset);
}

static const char *
text_at(const char *row, size_t offset)
{
        const char *text;

        memcpy(&text, row + offset, sizeof text);
        return text;
}

static int64_t
number_at(const struct db_column *column, const char *row)
{
        int64_t big;
        int32_t small;

        switch (column->type) {
        case DB_BOOL:
                return *(const bool *)(row + column->offset);
        case DB_INTEGER:
        case DB_DATE:
                memcpy(&small, row + column->offset, sizeof small);
                return small;
        default:
                memcpy(&big, row + column->offset, sizeof big);
                return big;
        }
}

static void
push_value(struct view *view, const struct column_plan *p, const char *name, const char *row,
           const char *currency)
{
        const struct db_column *column = p->column;

        switch (p->kind) {
        case PUSH_MONEY:
                view_money(view, name, number_at(column, row), currency);
                break;
        case PUSH_TIME:
                view_time(view, name, number_at(column, row));
                break;
        case PUSH_DATE:
                view_date(view, name, (int32_t)number_at(column, row));
                break;
        case PUSH_URL:
                view_url(view, name, text_at(row, column->offset));
                break;
        case PUSH_MARKDOWN:
                if (is_plain(view))
                        view_text(view, name, text_at(row, column->offset));
                else
                        view_html(view, name,
                                  markdown_render(view->pool, text_at(row, column->offset)));
                break;
        case PUSH_AS_TYPE:
                if (column->type == DB_TEXT)
                        view_text(view, name, text_at(row, column->offset));
                else
                        push_number(view, name, number_at(column, row));
                break;
        case PUSH_NOT:
                break;
        }
}

/* The stem is the same text under a shorter name: copied, not made twice. */
static void
push_again(struct view *view, const char *name, const char *from)
{
        const CtplValue *value = ctpl_environ_lookup(view->env, from);

        if (value != NULL && CTPL_VALUE_HOLDS_STRING(value))
                push(view, name, ctpl_value_get_string(value));
}

static void
push_column(struct view *view, const struct column_plan *p, const char *row, const char *currency)
{
        const char *name = p->name != NULL ? p->name : p->stem;
        bool null = column_is_null(p->column, row);

        if (name != NULL) {
                if (null || (p->kind == PUSH_MONEY && currency == NULL))
                        push(view, name, "");
                else
                        push_value(view, p, name, row, currency);
        }
        if (p->name != NULL && p->stem != NULL)
                push_again(view, p->stem, p->name);
        if (p->name_set != NULL)
                push_number(view, p->name_set, !null);
        if (p->stem_set != NULL)
                push_number(view, p->stem_set, !null);
}

static void
push_row(struct view *view, const struct row_plan *plan, const char *row)
{
        const char *currency =
                plan->currency_offset != SIZE_MAX ? text_at(row, plan->currency_offset) : NULL;

        for (size_t i = 0; i < plan->n; i++) {
                if (plan->columns[i].kind != PUSH_NOT)
                        push_column(view, &plan->columns[i], row, currency);
        }
}

void
view_row(struct view *view, const char *prefix, const struct db_row_type *type, const void *row)
{
        /* What no template names is not formatted; a part of the page may be another template. */
        push_row(view, row_plan(view, prefix, view->views != NULL ? view->views->symbols : NULL, type), row);
}

/* --- lists --------------------------------------------------------------- */

struct sheet {
        GOutputStream *memory;
        CtplOutputStream *out;
};

static void
sheet_open(struct sheet *sheet)
{
        sheet->memory = g_memory_output_stream_new_resizable();
        sheet->out = ctpl_output_stream_new(sheet->memory);
}

/* What was written, as text of POOL. */
static char *
sheet_close(struct sheet *sheet, struct pool *pool, size_t *len)
{
        GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM(sheet->memory);
        char *text;

        *len = g_memory_output_stream_get_data_size(memory);
        text = pool_strndup(pool, *len > 0 ? g_memory_output_stream_get_data(memory) : "", *len);
        ctpl_output_stream_unref(sheet->out);
        g_object_unref(sheet->memory);
        return text;
}

static void
row_end(struct view *row)
{
        for (guint i = 0; i < row->pushed->len; i++)
                ctpl_environ_pop(row->env, g_ptr_array_index(row->pushed, i), NULL);
        g_ptr_array_set_size(row->pushed, 0);
}

/* N rows, each with its values pushed by FILL; the joined text becomes NAME. */
static void
push_rows(struct view *view, const char *name, const char *name_template, size_t n,
          void (*fill)(struct view *row_view, size_t index, void *data), void *data)
{
        struct view row = *view;
        struct sheet sheet;
        bool ok = true;
        size_t len;

        row.template = find_template(view->views, name_template);
        push_csrf(view, row.template);
        if (n == 0 && row.template != NULL) {
                push(view, name, "");
                push_number(view, pool_printf(view->pool, "%s_count", name), 0);
                return;
        }
        row.pushed = g_ptr_array_new();
        sheet_open(&sheet);
        for (size_t i = 0; i < n && ok; i++) {
                fill(&row, i, data);
                ok = row.template != NULL && template_render(row.template, row.env, sheet.out);
                row_end(&row);
        }
        g_ptr_array_free(row.pushed, TRUE);

        char *text = sheet_close(&sheet, view->pool, &len);

        if (!ok || row.template == NULL)
                view->template = NULL; /* the whole page fails, not a part of it */
        push(view, name, text);
        push_number(view, pool_printf(view->pool, "%s_count", name), (int64_t)n);
}

struct list_data {
        const struct row_plan *plan;
        const char *rows;
        size_t size;
};

static void
fill_from_row(struct view *row_view, size_t index, void *data)
{
        const struct list_data *list = data;

        push_row(row_view, list->plan, list->rows + index * list->size);
}

void
view_list(struct view *view, const char *name, const char *name_template,
          const struct db_row_type *type, const void *rows, size_t n)
{
        struct list_data list = {.rows = rows, .size = type->size};
        const struct template *template = find_template(view->views, name_template);

        list.plan = row_plan(view, "", template != NULL ? template->symbols : NULL, type);
        push_rows(view, name, name_template, n, fill_from_row, &list);
}

void
view_each(struct view *view, const char *name, const char *name_template, size_t n,
          void (*row)(struct view *row_view, size_t index, void *data), void *data)
{
        push_rows(view, name, name_template, n, row, data);
}

/* --- forms --------------------------------------------------------------- */

static void
push_field(struct view *view, struct request *req, const struct param *param, GString *summary,
           int64_t *n_errors)
{
        const char *typed = req != NULL ? param_typed(req, param->name) : "";
        const char *error = req != NULL ? param_error(req, param->name) : NULL;

        if (param->type == PARAM_CHECK)
                push_number(view, param->name, !text_is_empty(typed));
        else
                view_text(view, param->name, typed);
        view_text(view, pool_printf(view->pool, "%s_error", param->name), error);
        if (error == NULL)
                return;
        g_string_append_printf(summary, "<li><a href=\"#%s\">%s</a></li>\n", param->name,
                               safe(view, error));
        (*n_errors)++;
}

static void
push_form(struct view *view, struct request *req, const struct param *params)
{
        GString *summary = g_string_new(NULL);
        int64_t n_errors = 0;

        for (const struct param *p = params; p != NULL && p->name != NULL; p++) {
                if (p->from == FROM_FORM)
                        push_field(view, req, p, summary, &n_errors);
        }
        push(view, "error_summary", summary->str);
        push_number(view, "error_summary_count", n_errors);
        g_string_free(summary, TRUE);
        if (view->req != NULL && !*view->knows_csrf) {
                *view->knows_csrf = true;
                view_text(view, "csrf", csrf_token(view->req));
        }
}

void
view_form(struct view *view, struct request *req)
{
        push_form(view, req, req->route != NULL ? req->route->params : NULL);
}

void
view_form_empty(struct view *view, const struct param *params)
{
        push_form(view, NULL, params);
}

/* --- rendering ----------------------------------------------------------- */

const char *
view_render(struct view *view, size_t *len)
{
        struct sheet sheet;

        if (view->template == NULL)
                return NULL;
        sheet_open(&sheet);

        bool ok = template_render(view->template, view->env, sheet.out);
        size_t size;
        char *text = sheet_close(&sheet, view->pool, &size);

        if (len != NULL)
                *len = ok ? size : 0;
        return ok ? text : NULL;
}

enum http_status
view_reply(struct view *view, enum http_status status)
{
        size_t len;
        const char *page = view_render(view, &len);

        if (page == NULL)
                return reply_error(view->req, HTTP_INTERNAL);
        return reply_body(view->req, status, "text/html; charset=utf-8", page, len);
}
