/* view: joining and checking templates, pushing by type, lists, forms, failures.
 * Stands alone: what view asks of http is answered here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "base/pool.h"
#include "http/csrf.h"
#include "http/params.h"
#include "http/reply.h"
#include "view/error_page.h"
#include "view/view.h"

/* --- http, as far as view asks ------------------------------------------- */

static int csrf_asked;
static enum http_status replied;
static const char *replied_body;

const char *
csrf_token(struct request *req)
{
        (void)req;
        csrf_asked++;
        return "tok<en";
}

const char *
param_typed(struct request *req, const char *name)
{
        (void)req;
        return strcmp(name, "email") == 0 ? "a\"b" : strcmp(name, "agree") == 0 ? "on" : "";
}

const char *
param_error(struct request *req, const char *name)
{
        (void)req;
        return strcmp(name, "email") == 0 ? "Enter an <email>" : NULL;
}

enum http_status
reply_body(struct request *req, enum http_status status, const char *type, const void *body,
           size_t len)
{
        (void)req;
        assert_string_equal(type, "text/html; charset=utf-8");
        assert_int_equal(strlen(body), len);
        replied = status;
        replied_body = body;
        return status;
}

enum http_status
reply_text(struct request *req, enum http_status status, const char *text)
{
        (void)req;
        replied = status;
        replied_body = text;
        return status;
}

enum http_status
reply_error(struct request *req, enum http_status status)
{
        return view_error_page(req, status);
}

/* --- a folder of templates ----------------------------------------------- */

static const char *const parts[] = {"page", NULL};
static struct pool *pool;
static char *folder;
static struct config config = {.site_name = "North & Light",
                               .portal_url = "https://learn.example.com",
                               .admin_url = "https://learn.example.com/admin",
                               .support_email = "help@example.com",
                               .locale = "en_GB",
                               .zone = "Europe/Berlin",
                               .accent = "#112233",
                               .seller_name = "N",
                               .seller_address = ""};

static void
put(const char *name, const char *text)
{
        char *path = g_build_filename(folder, name, NULL);
        char *dir = g_path_get_dirname(path);

        g_mkdir_with_parents(dir, 0700);
        assert_true(g_file_set_contents(path, text, -1, NULL));
        g_free(dir);
        g_free(path);
}

static int
setup(void **state)
{
        (void)state;
        folder = g_dir_make_tmp("latchkey-view-XXXXXX", NULL);
        put("page/empty.html", "");
        pool = pool_new();
        csrf_asked = 0;
        replied_body = NULL;
        return 0;
}

static void
remove_all(const char *path)
{
        GDir *dir = g_dir_open(path, 0, NULL);
        const char *entry;

        while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
                char *child = g_build_filename(path, entry, NULL);

                remove_all(child);
                g_free(child);
        }
        if (dir != NULL)
                g_dir_close(dir);
        g_remove(path);
}

static int
teardown(void **state)
{
        (void)state;
        pool_free(pool);
        remove_all(folder);
        g_free(folder);
        return 0;
}

static void
free_views(void *views)
{
        views_free(views);
}

static const struct views *
load(void)
{
        const char *error = NULL;
        const struct views *views = views_load(&config, folder, parts, &error);

        if (views == NULL)
                fail_msg("%s", error);
        pool_defer(pool, free_views, (void *)(uintptr_t)views);
        return views;
}

static struct request *
request(void)
{
        struct request *req = pool_alloc(pool, sizeof *req);

        req->pool = pool;
        req->config = &config;
        req->views = load();
        req->path = "/orders/K3";
        req->id = "abc";
        return req;
}

/* --- joining ------------------------------------------------------------- */

static void
layouts_and_includes_are_joined(void **state)
{
        size_t len;

        (void)state;
        put("layout/a.html", "<html>\n<h1>{page_title}</h1>\n@body\n</html>\n");
        put("part/x.html", "@# not sent\n<i>{site_name}</i>\n");
        put("page/a.html", "@layout layout/a.html\n@# a note\n<p>\n  @include part/x.html\n"
                           "  {if signed_in}\n  in\n  {else}\n  out\n  {end}\n</p>\n");

        struct view *view = view_new(request(), "page/a.html");

        view_text(view, "page_title", "T");
        assert_string_equal(view_render(view, &len), "<html>\n<h1>T</h1>\n<p>\n"
                                                     "<i>North &amp; Light</i>\n"
                                                     "  out\n</p>\n</html>\n");
}

static void
layout_braces_and_at_signs_are_text(void **state)
{
        (void)state;
        put("page/a.html", "@media x \\{ a\\\\b \\}\n");
        assert_string_equal(view_render(view_new(request(), "page/a.html"), NULL),
                            "@media x { a\\b }\n");
}

static void
bad_templates_fail_the_start(void **state)
{
        static const struct {
                const char *text, *says;
        } cases[] = {
                {"a\n{if x > 2 || y > 50}a{end}\n", "page/bad.html:2: put each comparison"},
                {"{if (x == 1) && (y == 2) || z}a{end}\n", "put each comparison"},
                {"{if x == 1 == 2}a{end}\n", "put each comparison"},
                {"{if x}\n{if y}\n{end}\n", "page/bad.html:1: {if} without its {end}"},
                {"{end}\n", "{end} without"},
                {"{else}\n", "{else} without"},
                {"{if x}{else}{else}{end}\n", "{else} without"},
                {"{if x}a{foo bar}b{end}\n", "not a symbol"},
                {"{if x", "not closed"},
                {"{a\n}", "not closed"},
                {"{}\n", "not a symbol"},
                {"{a + b}\n", "not a symbol"},
                {"{A}\n", "not a symbol"},
                {"a } b\n", "a brace as text"},
                {"{for a in b}{end}\n", "{for} is not used"},
                {"{if (x}a{end}\n", "parenthesis"},
                {"{if x)}a{end}\n", "does not end"},
                {"{if x == 'a'}a{end}\n", "expected a symbol"},
                {"{if }a{end}\n", "expected a symbol"},
                {"{if x == \"a}b{end}\n", "expected a symbol"},
                {"@layout layout/none.html\n", "cannot be read"},
                {"@include ../secret\n", "cannot be read"},
                {"@include page/bad.html\n", "too deep"},
                {"\xff\n", "not UTF-8"},
                {"@body\n", "outside a layout"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *error = NULL;

                put("page/bad.html", cases[i].text);
                assert_null(views_load(&config, folder, parts, &error));
                if (strstr(error, cases[i].says) == NULL)
                        fail_msg("%s\nsays: %s", cases[i].text, error);
        }
}

static void
good_conditions_are_understood(void **state)
{
        (void)state;
        put("page/a.html", "{if (a == 1) && (b == \"x\")}1{end}{if (a == 2) || c}2{end}"
                           "{if a && (b != \"y\") && (c || (a >= 1))}3{end}{if(a)}4{end}");

        struct view *view = view_new(request(), "page/a.html");

        view_number(view, "a", 1);
        view_text(view, "b", "x");
        view_text(view, "c", "");
        assert_string_equal(view_render(view, NULL), "134\n");
}

/* --- values -------------------------------------------------------------- */

static void
values_are_escaped_by_type(void **state)
{
        (void)state;
        put("page/a.html", "{t}|{n}|{f}|{m}|{u}|{v}|{h}|{z}");

        struct view *view = view_new(request(), "page/a.html");

        view_text(view, "t", "<&>");
        view_number(view, "n", -7);
        view_flag(view, "f", true);
        view_money(view, "m", 4900, "EUR");
        view_url(view, "u", "/a?b=1&c=2");
        view_url(view, "v", "javascript:alert(1)");
        view_html(view, "h", (struct html){"<b>"});
        view_text(view, "z", NULL);
        assert_string_equal(view_render(view, NULL), "&lt;&amp;&gt;|-7|1|49.00\xc2\xa0"
                                                     "EUR|/a?b=1&amp;c=2||<b>|\n");
}

struct sample_row {
        int64_t id;
        const char *currency;
        int64_t total_minor, paid_minor;
        instant paid_at, sent_at;
        bool sent_at_null;
        int32_t due_on;
        const char *note_md, *site_url, *status, *word;
        int32_t tries;
        bool done;
        int64_t parent;
        bool parent_null;
};

#define COLUMN(n, t)                                                                               \
        {                                                                                          \
#n, t, offsetof(struct sample_row, n), SIZE_MAX, false                             \
        }
#define COLUMN_NULL(n, t)                                                                          \
        {                                                                                          \
#n, t, offsetof(struct sample_row, n), offsetof(struct sample_row, n##_null), true \
        }

static const struct db_column sample_columns[] = {
        COLUMN(id, DB_BIGINT),
        COLUMN(currency, DB_TEXT),
        COLUMN(total_minor, DB_BIGINT),
        COLUMN(paid_minor, DB_BIGINT),
        COLUMN(paid_at, DB_TIME),
        COLUMN_NULL(sent_at, DB_TIME),
        COLUMN(due_on, DB_DATE),
        COLUMN(note_md, DB_TEXT),
        COLUMN(site_url, DB_TEXT),
        COLUMN(status, DB_TEXT),
        {"word", DB_TEXT, offsetof(struct sample_row, word), SIZE_MAX, true},
        COLUMN(tries, DB_INTEGER),
        COLUMN(done, DB_BOOL),
        COLUMN_NULL(parent, DB_BIGINT),
};
static const struct db_row_type sample_type = {"sample_row", sizeof(struct sample_row),
                                               sample_columns,
                                               sizeof sample_columns / sizeof *sample_columns};

static struct sample_row
sample(int64_t id)
{
        return (struct sample_row){.id = id,
                                   .currency = "EUR",
                                   .total_minor = 123450,
                                   .paid_minor = 100,
                                   .paid_at = 0,
                                   .sent_at_null = true,
                                   .due_on = 365,
                                   .note_md = "*x* <b>",
                                   .site_url = "javascript:x",
                                   .status = "<new>",
                                   .tries = 3,
                                   .done = true,
                                   .parent_null = true};
}

static void
rows_are_pushed_by_the_names_of_their_columns(void **state)
{
        struct sample_row row = sample(9);

        (void)state;
        put("page/a.html", "{o_id} {o_currency} {o_total} {o_total_minor}\n"
                           "{o_paid_minor} {o_paid_at}\n"
                           "[{o_sent}{o_sent_set}{o_sent_at_set}] {o_due}\n"
                           "{o_note}{o_note_md}[{o_site_url}] {o_status} [{o_word}{o_word_set}] "
                           "{o_tries} {o_done} [{o_parent}{o_parent_set}]\n");

        struct view *view = view_new(request(), "page/a.html");

        view_row(view, "o", &sample_type, &row);
        assert_string_equal(view_render(view, NULL),
                            "9 EUR 1,234.50\xc2\xa0"
                            "EUR 1,234.50\xc2\xa0"
                            "EUR\n"
                            "1.00\xc2\xa0"
                            "EUR <time datetime=\"1970-01-01T00:00:00Z\" "
                            "title=\"Thursday 1 January 1970, 01:00 (CET)\">"
                            "Thursday 1 January 1970 at 01:00</time>\n"
                            "[00] <time datetime=\"1971-01-01\" title=\"Friday 1 January 1971\">"
                            "Friday 1 January 1971</time>\n"
                            "<p><em>x</em> <!-- raw HTML omitted --></p>\n"
                            "<p><em>x</em> <!-- raw HTML omitted --></p>\n"
                            "[] &lt;new&gt; [0] 3 1 [0]\n");
}

static void
a_short_name_that_two_columns_claim_is_not_pushed(void **state)
{
        struct sample_row row = sample(9);

        (void)state;
        put("page/a.html", "{paid}");

        struct view *view = view_new(request(), "page/a.html");

        view_row(view, "", &sample_type, &row);
        assert_null(view_render(view, NULL));
}

static void
lists_are_rendered_row_by_row(void **state)
{
        struct sample_row rows[3] = {sample(1), sample(2), sample(3)};

        (void)state;
        put("page/a.html", "{rows_count}:{rows}:{none_count}{none}:{status}\n");
        put("page/a.row.html", "<i>{id} {status} {site_name}</i>\n");

        struct view *view = view_new(request(), "page/a.html");

        view_text(view, "status", "kept");
        view_list(view, "rows", "page/a.row.html", &sample_type, rows, 3);
        view_list(view, "none", "page/a.row.html", &sample_type, NULL, 0);
        assert_string_equal(view_render(view, NULL),
                            "3:<i>1 &lt;new&gt; North &amp; Light</i>\n"
                            "<i>2 &lt;new&gt; North &amp; Light</i>\n"
                            "<i>3 &lt;new&gt; North &amp; Light</i>\n:0:kept\n");
}

static void
inner_row(struct view *row_view, size_t index, void *data)
{
        (void)data;
        view_number(row_view, "k", (int64_t)index);
}

static void
outer_row(struct view *row_view, size_t index, void *data)
{
        view_number(row_view, "n", (int64_t)index);
        view_each(row_view, "inner", "page/a.inner.html", index + 1, inner_row, data);
}

static void
lists_may_hold_lists(void **state)
{
        (void)state;
        put("page/a.html", "{outer}");
        put("page/a.outer.html", "{n}({inner_count}:\n{inner})\n");
        put("page/a.inner.html", "{n}.{k}\n");

        struct view *view = view_new(request(), "page/a.html");

        view_each(view, "outer", "page/a.outer.html", 2, outer_row, NULL);
        assert_string_equal(view_render(view, NULL), "0(1:\n0.0\n)\n1(2:\n1.0\n1.1\n)\n\n");
}

static void
a_missing_symbol_in_a_row_fails_the_page(void **state)
{
        (void)state;
        put("page/a.html", "{outer}");
        put("page/a.row.html", "{unknown}");

        struct view *view = view_new(request(), "page/a.html");

        view_each(view, "outer", "page/a.row.html", 2, inner_row, NULL);
        assert_null(view_render(view, NULL));
}

/* --- mails --------------------------------------------------------------- */

static void
mails_are_plain_where_they_say_so(void **state)
{
        struct sample_row row = sample(1);
        const struct views *views;

        (void)state;
        put("page/m.txt", "{t} {total} {paid_at} {note} {accent}\n{if done}\nyes\n{end}\nend");
        put("page/m.html", "{t} {paid_at}");
        views = load();

        struct view *view = view_plain(views, pool, &config, "page/m.txt");

        view_locale(view, (struct view_locale){"de_DE", "UTC"});
        view_text(view, "t", "a < b & \"c\"");
        view_row(view, "", &sample_type, &row);
        assert_string_equal(view_render(view, NULL),
                            "a < b & \"c\" 1.234,50 EUR Thursday 1 January 1970, 00:00 (UTC) "
                            "*x* <b> #112233\nyes\nend\n");

        view = view_plain(views, pool, &config, "page/m.html");
        view_text(view, "t", "a < b");
        view_row(view, "", &sample_type, &row);
        assert_string_equal(view_render(view, NULL),
                            "a &lt; b <time datetime=\"1970-01-01T00:00:00Z\">"
                            "Thursday 1 January 1970, 01:00 (CET)</time>\n");
}

/* --- forms and tokens ---------------------------------------------------- */

static const struct param form_params[] = {
        {.name = "number", .type = PARAM_TEXT, .from = FROM_PATH},
        {.name = "email", .type = PARAM_EMAIL, .from = FROM_FORM},
        {.name = "agree", .type = PARAM_CHECK, .from = FROM_FORM},
        PARAM_END};

static void
forms_keep_what_was_typed(void **state)
{
        struct route route = {.params = form_params};
        struct request *req;
        struct view *view;

        (void)state;
        put("page/a.html", "{email}|{email_error}|{agree}|{agree_error}|{error_summary_count}|"
                           "{error_summary}|{csrf}");
        req = request();
        req->route = &route;
        view = view_new(req, "page/a.html");
        view_form(view, req);
        assert_string_equal(view_render(view, NULL),
                            "a&quot;b|Enter an &lt;email&gt;|1||1|"
                            "<li><a href=\"#email\">Enter an &lt;email&gt;</a></li>\n|tok&lt;en\n");

        view = view_new(req, "page/a.html");
        view_form_empty(view, form_params);
        assert_string_equal(view_render(view, NULL), "||0||0||tok&lt;en\n");
}

static void
only_pages_with_a_form_ask_for_a_token(void **state)
{
        struct request *req;

        (void)state;
        put("layout/a.html", "{if signed_in}{csrf}{end}\n@body\n");
        put("page/a.html", "@layout layout/a.html\nx\n");
        put("page/b.html", "@layout layout/a.html\n{csrf}\n");
        req = request();
        assert_non_null(view_render(view_new(req, "page/a.html"), NULL));
        assert_int_equal(csrf_asked, 0);
        assert_non_null(view_render(view_new(req, "page/b.html"), NULL));
        assert_int_equal(csrf_asked, 1);
        req->token = "t";
        req->identity.found = true;
        assert_non_null(strstr(view_render(view_new(req, "page/a.html"), NULL), "tok&lt;en"));
}

/* --- failures ------------------------------------------------------------ */

static void
failures_answer_with_an_error_page(void **state)
{
        struct request *req;

        (void)state;
        put("page/a.html", "part of a page {unknown}");
        req = request();
        assert_int_equal(view_reply(view_new(req, "page/a.html"), HTTP_OK), HTTP_INTERNAL);
        assert_int_equal(replied, HTTP_INTERNAL);
        assert_string_equal(replied_body, "Something went wrong on our side");
        assert_int_equal(view_reply(view_new(req, "page/none.html"), HTTP_OK), HTTP_INTERNAL);

        req->views = NULL;
        assert_int_equal(view_error_page(req, HTTP_NOT_FOUND), HTTP_NOT_FOUND);
        assert_string_equal(replied_body, "We could not find that page");

        put("page/ok.html", "fine");
        req = request();
        assert_int_equal(view_reply(view_new(req, "page/ok.html"), HTTP_CONFLICT), HTTP_CONFLICT);
        assert_string_equal(replied_body, "fine\n");
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
                TEST(layouts_and_includes_are_joined),
                TEST(layout_braces_and_at_signs_are_text),
                TEST(bad_templates_fail_the_start),
                TEST(good_conditions_are_understood),
                TEST(values_are_escaped_by_type),
                TEST(rows_are_pushed_by_the_names_of_their_columns),
                TEST(a_short_name_that_two_columns_claim_is_not_pushed),
                TEST(lists_are_rendered_row_by_row),
                TEST(lists_may_hold_lists),
                TEST(a_missing_symbol_in_a_row_fails_the_page),
                TEST(mails_are_plain_where_they_say_so),
                TEST(forms_keep_what_was_typed),
                TEST(only_pages_with_a_form_ask_for_a_token),
                TEST(failures_answer_with_an_error_page),
        };

        return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
