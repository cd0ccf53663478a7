/* reminders: on which days customers are reminded of what is due (S1.4): the plan of all products,
 * and those of products that have one of their own.  What leaves from now on goes by it; who was
 * reminded is not reminded of the same day again.  The words are edited in texts.c. */
#include "admin/reminders.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "admin/ahead.h"
#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/texts.h"
#include "view/view.h"
#include "view/words.h"

enum { DAYS_MOST = 60, STEPS_MOST = 5 };

static const char *const uses[] = { "same", "own", "off", NULL };
static const char *const whats[] = { "save", "try", NULL };

#define SLUG_PARAM { .name = "slug", .type = PARAM_SLUG, .from = FROM_PATH }
#define DONE_PARAM { .name = "done", .type = PARAM_SLUG, .from = FROM_QUERY }
#define DAYS_PARAM(field) { .name = field, .type = PARAM_TEXT, .from = FROM_FORM, .max = 60 }
#define SET_PARAMS \
        { .name = "seen", .type = PARAM_TEXT, .from = FROM_FORM, .required = true, .max = 80 }, \
        { .name = "use", .type = PARAM_CHOICE, .from = FROM_FORM, .required = true, .choices = uses, \
          .missing = "Choose whether to remind" }, \
        DAYS_PARAM("before"), { .name = "on_day", .type = PARAM_CHECK, .from = FROM_FORM }, DAYS_PARAM("after"), \
        { .name = "what", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = whats }, AHEAD_CUSTOMER_PARAM

static const struct param all_params[] = { DONE_PARAM, PARAM_END };
static const struct param all_set_params[] = { SET_PARAMS, PARAM_END };
static const struct param own_params[] = { SLUG_PARAM, DONE_PARAM, PARAM_END };
static const struct param own_set_params[] = { SLUG_PARAM, SET_PARAMS, PARAM_END };

static const char *
slug_of(struct request *req)
{
        return req->route->params == own_params || req->route->params == own_set_params ? param_text(req, "slug") : NULL;
}

/* --- days as people write them ---------------------------------------------------- */

/* The days of a plan with this sign, as "7, 1": the farthest before the day first. */
static const char *
days_typed(struct pool *pool, const char *days, int sign)
{
        GString *out = g_string_new(NULL);
        char **all = g_strsplit(days, " ", -1);
        char *text;

        for (char **day = all; *day != NULL; day++) {
                long n = strtol(*day, NULL, 10) * sign;

                if (n > 0)
                        g_string_append_printf(out, "%s%ld", out->len > 0 ? ", " : "", n);
        }
        text = pool_strdup(pool, out->str);
        g_strfreev(all);
        g_string_free(out, TRUE);
        return text;
}

static bool
has_day_itself(struct pool *pool, const char *days)
{
        return strstr(pool_printf(pool, " %s ", days), " 0 ") != NULL;
}

const char *
reminders_words(struct pool *pool, const struct reminder_plan_row *plan)
{
        const char *before = days_typed(pool, plan->days, -1), *after = days_typed(pool, plan->days, 1);
        bool day = has_day_itself(pool, plan->days);
        const char *comma = before[0] != '\0' && (day || after[0] != '\0') ? "; " : "";

        if (!plan->enabled)
                return "No reminders";
        return pool_printf(pool, "%s%s%s%s%s%s%s", before[0] != '\0' ? "Days before: " : "", before, comma,
                           day ? "on the day itself" : "", day && after[0] != '\0' ? "; " : "",
                           after[0] != '\0' ? "days after: " : "", after);
}

/* The numbers in the field NAME into DAYS, with SIGN; refuses what is none. */
static void
read_days(struct request *req, const char *name, int sign, GArray *days)
{
        const char *typed = param_text(req, name);
        char **words = g_strsplit_set(typed != NULL ? typed : "", " ,;", -1);
        guint began = days->len;

        for (char **word = words; *word != NULL; word++) {
                char *end;
                int n = (int)strtol(*word, &end, 10) * sign;

                if (**word == '\0')
                        continue;
                if (*end != '\0' || strlen(*word) > 2 || n * sign < 1 || n * sign > DAYS_MOST)
                        param_refuse(req, name, "Enter numbers of days from 1 to 60, such as 7, 1");
                for (guint i = 0; i < days->len; i++)
                        if (g_array_index(days, int, i) == n)
                                param_refuse(req, name, "Enter each day once");
                g_array_append_val(days, n);
        }
        if (days->len - began > STEPS_MOST)
                param_refuse(req, name, "Enter five days at most: more would be too many mails");
        g_strfreev(words);
}

static gint
compare_days(gconstpointer a, gconstpointer b)
{
        return *(const int *)a - *(const int *)b;
}

/* The form's days as "{-7,-1,0}", ascending; an error stands with the field otherwise. */
static const char *
days_of(struct request *req, bool needed)
{
        GArray *days = g_array_new(FALSE, FALSE, sizeof(int));
        GString *out = g_string_new("{");
        const int zero = 0;
        char *text;

        read_days(req, "before", -1, days);
        if (param_check(req, "on_day"))
                g_array_append_val(days, zero);
        read_days(req, "after", 1, days);
        if (needed && days->len == 0 && param_error(req, "before") == NULL)
                param_refuse(req, "before", "Enter at least one day before or after, or choose to send none");
        g_array_sort(days, compare_days);
        for (guint i = 0; i < days->len; i++)
                g_string_append_printf(out, "%s%d", i > 0 ? "," : "", g_array_index(days, int, i));
        text = pool_strdup(req->pool, g_string_append_c(out, '}')->str);
        g_array_free(days, TRUE);
        g_string_free(out, TRUE);
        return text;
}

/* --- the page ------------------------------------------------------------------------- */

struct page {
        struct pool *pool;
        const char *slug;
        struct reminder_plan_row plan, *own;
        struct text_own_row *texts;
        size_t n_own, n_texts;
};

static void
push_own(struct view *view, size_t i, void *data)
{
        const struct page *page = data;

        view_text(view, "title", page->own[i].title);
        view_text(view, "words", reminders_words(page->pool, &page->own[i]));
        view_url(view, "plan_url", pool_printf(page->pool, "/admin/products/%s/reminders", page->own[i].slug));
}

static void
push_text(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct text_own_row *row = &page->texts[i];

        view_row(view, "", &text_own_row_type, row);
        view_text(view, "name", words_of("text_kind", row->kind));
        view_url(view, "text_url", pool_printf(page->pool, "/admin/products/%s/messages/%s", page->slug, row->kind));
}

static void
push_form(struct view *view, struct request *req, const struct page *page, bool again)
{
        const struct reminder_plan_row *plan = &page->plan;

        view_form_empty(view, all_set_params);
        view_text(view, "use", !plan->own ? "same" : plan->enabled ? "own" : "off");
        view_text(view, "before", days_typed(req->pool, plan->days, -1));
        view_text(view, "after", days_typed(req->pool, plan->days, 1));
        view_flag(view, "on_day", has_day_itself(req->pool, plan->days));
        if (again)
                view_form(view, req);
        view_text(view, "seen", plan->seen);
}

static enum http_status
show(struct request *req, enum http_status status, const struct ahead_answer *tried)
{
        struct page page = { .pool = req->pool, .slug = slug_of(req) };
        bool again = req->method != GET;
        struct view *view;
        enum db_status rc;

        reminder_plan_one_ask(req->db, page.slug, &page.plan);
        if (page.slug != NULL)
                texts_product_ask(req->db, page.slug, &page.texts, &page.n_texts);
        else
                reminder_plans_own_ask(req->db, &page.own, &page.n_own);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/reminders.html");
        view_text(view, "page_title", page.slug != NULL ? pool_printf(req->pool, "Reminders: %s", page.plan.title) : "Reminders");
        view_text(view, "section", page.slug != NULL ? "products" : "messages");
        push_form(view, req, &page, again);
        view_text(view, "slug", page.slug != NULL ? page.slug : "");
        view_text(view, "title", page.plan.title != NULL ? page.plan.title : "");
        view_text(view, "in_force", reminders_words(req->pool, &page.plan));
        view_text(view, "changed_by", page.plan.changed_by != NULL ? page.plan.changed_by : "");
        desk_time(view, "changed_when", page.plan.changed_at, false);
        view_flag(view, "own", page.plan.own);
        view_flag(view, "may_edit", desk_may(req, "products"));
        view_flag(view, "conflict", status == HTTP_CONFLICT);
        view_flag(view, "saved", !again && text_equal(param_text(req, "done"), "saved"));
        view_flag(view, "same", !again && text_equal(param_text(req, "done"), "same"));
        view_each(view, "plans", "admin/reminders.product.html", page.n_own, push_own, &page);
        view_each(view, "texts", "admin/reminders.text.html", page.n_texts, push_text, &page);
        ahead_push(view, req, tried);
        return view_reply(view, status);
}

/* GET /reminders, /products/:slug/reminders */
static enum http_status
reminders_show(struct request *req)
{
        return show(req, HTTP_OK, NULL);
}

/* --- tried --- */

struct typed_plan {
        const char *slug, *seen, *days;
        bool on;
        const char *answer;     /* of the last try */
};

/* Set it, in a look ahead that is taken back. */
static enum db_status
plan_make(struct db *db, void *data)
{
        struct typed_plan *typed = data;
        struct reminder_plan_answer_row answer = { .answer = "" };
        enum db_status rc = reminder_plan_set(db, typed->slug, typed->seen, typed->on, typed->days, &answer);

        typed->answer = answer.answer;
        return rc;
}

static enum http_status
plan_try(struct request *req, struct typed_plan *typed)
{
        struct ahead_trial trial = { .edit = { plan_make, typed }, .decline = "", .slug = typed->slug,
                                     .customer = param_text(req, "customer") };
        struct ahead_answer answer;
        enum db_status rc = ahead_try(req, &trial, &answer);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(typed->answer, "changed"))
                return show(req, HTTP_CONFLICT, NULL);
        if (answer.found)
                return show(req, HTTP_OK, &answer);
        param_refuse(req, "customer", AHEAD_NOBODY);
        return show(req, HTTP_UNPROCESSABLE, NULL);
}

/* POST /reminders, /products/:slug/reminders */
static enum http_status
reminders_set(struct request *req)
{
        const char *slug = slug_of(req), *use = param_text(req, "use"), *days;
        bool same = slug != NULL && text_equal(use, "same");
        struct reminder_plan_answer_row answer;
        enum db_status rc;

        days = same ? NULL : days_of(req, text_equal(use, "own"));
        if (slug == NULL && text_equal(use, "same"))
                param_refuse(req, "use", "Choose whether to remind");
        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, NULL);
        if (text_equal(param_text(req, "what"), "try"))
                return plan_try(req, &(struct typed_plan){ slug, param_text(req, "seen"), days, text_equal(use, "own"), NULL });
        rc = reminder_plan_set(req->db, slug, param_text(req, "seen"), text_equal(use, "own"), days, &answer);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(answer.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer.answer, "changed"))
                return show(req, HTTP_CONFLICT, NULL);
        if (slug == NULL)
                return reply_redirect(req, pool_printf(req->pool, "/admin/reminders?done=%s", answer.answer));
        return reply_redirect(req, pool_printf(req->pool, "/admin/products/%s/reminders?done=%s", slug, answer.answer));
}

const struct route reminders_routes[] = {
        { GET,  "/reminders",                STAFF, all_params,     reminders_show, 0, "read" },
        { POST, "/reminders",                STAFF, all_set_params, reminders_set,  0, "products" },
        { GET,  "/products/:slug/reminders", STAFF, own_params,     reminders_show, 0, "read" },
        { POST, "/products/:slug/reminders", STAFF, own_set_params, reminders_set,  0, "products" },
        ROUTE_END
};
