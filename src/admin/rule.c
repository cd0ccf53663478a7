/* rule: one rule of what plans may become by themselves, as staff read and publish it.
 *
 * A rule that is edited becomes a new version and is in force at once; the one before is kept, for
 * agreements and requests name it.  What the law does not exempt is not published unless an owner
 * signs for it, with name and reason. */
#include "admin/rule.h"

#include <inttypes.h>

#include "admin/rules.h"
#include "base/money.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/forecast.h"
#include "queries/plandesk.h"
#include "view/view.h"
#include "view/words.h"

static const char *const regions[] = {"all", "EU", "UK", "US", NULL};
static const char *const roles[] = {"support", "finance", "owner", NULL};

#define ID                                                                                         \
        {                                                                                          \
                .name = "id", .type = PARAM_ID, .from = FROM_PATH                                  \
        }

static const struct param page_params[] = {
        ID, {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY}, PARAM_END};

#define WHOLE(field, least, most, words)                                                           \
        {                                                                                          \
                .name = field, .type = PARAM_INT, .from = FROM_FORM, .required = true,             \
                .min = least, .max = most, .missing = words, .invalid = words                      \
        }
#define RULE                                                                                       \
        WHOLE("deposit", 0, 90, "Enter a share of the price from 0 to 90"),                        \
                {.name = "smallest", .type = PARAM_TEXT, .from = FROM_FORM, .max = 1000},          \
                WHOLE("count", 1, 60, "Enter a number of payments from 1 to 60"),                  \
                WHOLE("months", 1, 120, "Enter a number of months from 1 to 120"),                 \
                WHOLE("later", 0, 730, "Enter a number of days from 0 to 730"),                    \
                WHOLE("changes", 0, 20, "Enter a number of changes from 0 to 20"),                 \
                WHOLE("spacing", 0, 365, "Enter a number of days from 0 to 365"),                  \
                WHOLE("grace", 0, 90, "Enter a number of days from 0 to 90"),                      \
                {.name = "fee", .type = PARAM_TEXT, .from = FROM_FORM, .max = 1000},               \
                WHOLE("early", 0, 50, "Enter a share from 0 to 50"),                               \
                {.name = "approver",                                                               \
                 .type = PARAM_CHOICE,                                                             \
                 .from = FROM_FORM,                                                                \
                 .choices = roles,                                                                 \
                 .required = true,                                                                 \
                 .missing = "Choose who decides"},                                                 \
                {.name = "signed_name", .type = PARAM_TEXT, .from = FROM_FORM, .max = 200},        \
                {.name = "signed_reason",                                                          \
                 .type = PARAM_TEXT_LONG,                                                          \
                 .from = FROM_FORM,                                                                \
                 .max = 2000},                                                                     \
                {.name = "seen",                                                                   \
                 .type = PARAM_INT,                                                                \
                 .from = FROM_FORM,                                                                \
                 .required = true,                                                                 \
                 .max = 1000000000},                                                               \
                {.name = "product", .type = PARAM_SLUG, .from = FROM_FORM},                        \
        {                                                                                          \
                .name = "region", .type = PARAM_CHOICE, .from = FROM_FORM, .choices = regions,     \
                .required = true, .missing = "Choose for whom it holds"                            \
        }

const struct param rule_params[] = {
        ID,
        RULE,
        {.name = "after", .type = PARAM_ID, .from = FROM_FORM},
        {.name = "what", .type = PARAM_SLUG, .from = FROM_FORM},
        {.name = "one", .type = PARAM_ID, .from = FROM_FORM},
        AHEAD_CUSTOMER_PARAM,
        PARAM_END};

const struct desk_answer rule_said[] = {
        {"published", "success", "Published. It holds for every change from now on."},
        {"withdrawn", "success", "Taken back. The rule for any product holds there from now on."},
        {"gone", "info", "It was taken back before. Nothing was changed."},
        {"stale", "warning", "Another version is in force there. Nothing was changed."},
        {"same", "info", "Nothing differs from what is in force."},
        DESK_ANSWER_END,
};

struct page {
        struct request *req;
        struct rule_one_row one;
        struct rule_last_row last;
        bool has_last;
        struct rule_past_row *pasts;
        struct rule_limit_row *limits;
        struct rule_product_row *products;
        size_t n_pasts, n_limits, n_products;
};

static void
past_row(struct view *view, size_t i, void *data)
{
        const struct rule_past_row *row = &((const struct page *)data)->pasts[i];

        view_row(view, "", &rule_past_row_type, row);
        view_stamp(view, "published", row->published_at, false);
        view_flag(view, "across", row->breaks > 0);
        view_flag(view, "shown", row->id == ((const struct page *)data)->one.id);
}

static void
limit_row(struct view *view, size_t i, void *data)
{
        view_row(view, "", &rule_limit_row_type, &((const struct page *)data)->limits[i]);
}

static void
product_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct rule_product_row *row = i == 0 ? NULL : &page->products[i - 1];
        const char *typed = page->req->method == POST ? param_typed(page->req, "product")
                            : page->one.slug != NULL  ? page->one.slug
                                                      : "";

        view_text(view, "value", row == NULL ? "" : row->slug);
        view_text(view, "title", row == NULL ? "Any product" : row->title);
        view_flag(view, "chosen", text_equal(typed, row == NULL ? "" : row->slug));
}

static void
region_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const char *now = page->one.region[0] == '\0' ? "all" : page->one.region;

        view_text(view, "value", regions[i]);
        view_text(view, "title", rules_place(i == 0 ? "" : regions[i]));
        view_flag(view, "chosen",
                  text_equal(page->req->method == POST ? param_typed(page->req, "region") : now,
                             regions[i]));
}

static void
role_row(struct view *view, size_t i, void *data)
{
        const struct page *page = data;

        view_text(view, "value", roles[i]);
        view_text(view, "title", words_of("role", roles[i]));
        view_flag(view, "chosen",
                  text_equal(page->req->method == POST ? param_typed(page->req, "approver")
                                                       : page->one.approver,
                             roles[i]));
}

static void
push_number(struct view *view, struct request *req, const char *name, int32_t n)
{
        view_text(view, name, pool_printf(req->pool, "%d", n));
}

/* The fields, as the rule has them. */
static void
push_rule(struct view *view, struct page *page)
{
        const struct rule_one_row *one = &page->one;
        struct request *req = page->req;

        push_number(view, req, "deposit", one->deposit_percent);
        view_text(view, "smallest", one->smallest);
        push_number(view, req, "count", one->count_most);
        push_number(view, req, "months", one->longest_months);
        push_number(view, req, "later", one->later_days);
        push_number(view, req, "changes", one->changes_most);
        push_number(view, req, "spacing", one->changes_days);
        push_number(view, req, "grace", one->grace_days);
        view_text(view, "fee", one->fee);
        push_number(view, req, "early", one->early_percent);
}

static const char *
text_or_empty(struct request *req, const char *name)
{
        const char *text = param_text(req, name);

        return text != NULL ? text : "";
}

/* Who was first, for whoever publishes from an older one. */
static void
push_stale(struct view *view, const struct page *page)
{
        const struct rule_last_row *last = &page->last;

        view_text(view, "stale_by",
                  !page->has_last ? "It was taken back"
                                  : pool_printf(page->req->pool, last->published_by[0] != '\0' ? "Version %d was published by %s"
                                                                              : "Version %d is in force",
                                                last->version, last->published_by));
        desk_time(view, "stale_at", page->has_last ? last->published_at : 0, !page->has_last);
}

enum http_status
rule_page(struct request *req, enum http_status status, const char *answer, const struct trial *trial,
     const struct ahead_answer *tried)
{
        struct page page = {.req = req};
        bool again = req->method == POST, valid = !again || params_valid(req);
        const char *region;
        struct view *view;
        enum db_status rc = rule_one(req->db, param_int(req, "id"), &page.one);

        if (rc != DB_OK)
                return http_from_db(req, rc);
        region = again && param_text(req, "region") != NULL ? param_text(req, "region")
                                                            : page.one.region;
        rule_last_ask(req->db, again ? text_or_empty(req, "product") : page.one.slug != NULL ? page.one.slug : "",
                      text_equal(region, "all") ? "" : region, &page.last, &page.has_last);
        rule_pasts_ask(req->db, page.one.id, &page.pasts, &page.n_pasts);
        rule_products_ask(req->db, &page.products, &page.n_products);
        rule_limits_ask(req->db, region,
                        again && valid ? (int32_t)param_int(req, "count") : page.one.count_most,
                        again && valid ? (int32_t)param_int(req, "months")
                                       : page.one.longest_months,
                        again && valid ? (int32_t)param_int(req, "later") : page.one.later_days,
                        again && valid && param_text(req, "fee") != NULL ? param_text(req, "fee")
                        : again                                          ? ""
                                                                         : page.one.fee,
                        &page.limits, &page.n_limits);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/rule.html");
        view_text(view, "page_title",
                  pool_printf(req->pool, "Rule for %s, %s",
                              page.one.product == NULL ? "any product" : page.one.product,
                              rules_place(page.one.region)));
        view_text(view, "section", "plans");
        view_row(view, "rule", &rule_one_row_type, &page.one);
        view_form_empty(view, rule_params);
        push_rule(view, &page);
        if (again)
                view_form(view, req);
        desk_answer(view, "answer", rule_said, again ? NULL : param_text(req, "done"));
        view_flag(view, "live", page.one.superseded_at_null);
        /* What was typed is shown again, whatever was published meanwhile. */
        view_flag(view, "may", (page.one.superseded_at_null || again) && desk_may(req, "rules"));
        view_flag(view, "must_sign", text_equal(answer, "breaks"));
        view_flag(view, "stale", text_equal(answer, "stale"));
        push_stale(view, &page);
        ahead_push(view, req, tried);
        view_flag(view, "trial_shown", trial != NULL);
        if (trial != NULL)
                trial_push(view, req, trial,
                           &(struct trial_page){.trials = pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "/trials",
                                                                      page.one.id),
                                                .after = param_int(req, "after")});
        view_flag(view, "own", page.one.slug != NULL && page.one.superseded_at_null);
        view_flag(view, "signed", page.one.signed_name[0] != '\0');
        view_time(view, "published", page.one.published_at);
        view_number(view, "seen", page.one.live_id_null ? 0 : page.one.live_id);
        view_each(view, "limits", "admin/rule.limit.html", page.n_limits, limit_row, &page);
        view_each(view, "pasts", "admin/rule.past.html", page.n_pasts, past_row, &page);
        view_each(view, "products", "admin/orders.choice.html", page.n_products + 1, product_row,
                  &page);
        view_each(view, "regions", "admin/orders.choice.html", 4, region_row, &page);
        view_each(view, "roles", "admin/orders.choice.html", 3, role_row, &page);
        return view_reply(view, status);
}

/* GET /plans/rules/:id */
static enum http_status
rule_show(struct request *req)
{
        return rule_page(req, HTTP_OK, NULL, NULL, NULL);
}

/* "20.00 EUR, 2000 JPY", or nothing. */
static void
check_amounts(struct request *req, const char *name)
{
        const char *typed = param_text(req, name);
        int64_t minor;

        if (!text_is_empty(typed) && money_listed(typed, "EUR", &minor) < 0)
                param_refuse(req, name,
                             "Write amounts with their currency, such as 20.00 EUR, 2000 JPY");
}

bool
rule_is_sound(struct request *req)
{
        check_amounts(req, "smallest");
        check_amounts(req, "fee");
        return params_valid(req);
}

static int32_t
whole(struct request *req, const char *name)
{
        return (int32_t)param_int(req, name);
}

struct rule_typed
rule_typed(struct request *req)
{
        const char *region = param_text(req, "region");

        return (struct rule_typed){.req = req,
                                   .product = text_or_empty(req, "product"),
                                   .region = text_equal(region, "all") ? "" : region};
}

enum db_status
rule_find_seen(struct rule_typed *typed)
{
        struct rule_one_row from;
        enum db_status rc = rule_one(typed->req->db, param_int(typed->req, "id"), &from);

        if (rc != DB_OK)
                return rc;
        /* Published for another product or region it is a rule of its own there, where none was
         * seen. */
        if (text_equal(from.slug != NULL ? from.slug : "", typed->product) &&
            text_equal(from.region, typed->region))
                typed->seen = param_int(typed->req, "seen");
        return DB_OK;
}

struct trial_rule
rule_as_typed(struct request *req)
{
        return (struct trial_rule){
                .rule = {.deposit_percent = whole(req, "deposit"), .count_most = whole(req, "count"),
                         .longest_months = whole(req, "months"), .later_days = whole(req, "later"),
                         .changes_most = whole(req, "changes"), .changes_days = whole(req, "spacing"),
                         .grace_days = whole(req, "grace"), .early_percent = whole(req, "early")},
                .smallest = text_or_empty(req, "smallest"),
                .fee = text_or_empty(req, "fee")};
}

enum db_status
rule_put(struct db *db, void *data)
{
        struct rule_typed *typed = data;
        struct request *req = typed->req;
        struct rule_published_row row;
        enum db_status rc = rule_publish(
                db, typed->product, typed->region, typed->seen,
                whole(req, "deposit"), text_or_empty(req, "smallest"), whole(req, "count"),
                whole(req, "months"), whole(req, "later"), whole(req, "changes"),
                whole(req, "spacing"), whole(req, "grace"), text_or_empty(req, "fee"),
                whole(req, "early"), param_text(req, "approver"),
                text_or_empty(req, "signed_name"), text_or_empty(req, "signed_reason"), &row);

        if (rc != DB_OK)
                return rc;
        typed->answer = row.answer;
        typed->rule = row.rule_id_null ? 0 : row.rule_id;
        return DB_OK;
}

enum http_status
rule_refused(struct request *req, const char *answer)
{
        const char *name = text_or_empty(req, "signed_name"),
                   *reason = text_or_empty(req, "signed_reason");

        if (text_equal(answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(answer, "stale"))
                return rule_page(req, HTTP_CONFLICT, "stale", NULL, NULL);
        if (name[0] != '\0' || reason[0] != '\0')
                param_refuse(req, name[0] == '\0' ? "signed_name" : "signed_reason",
                             "Name and reason are both needed");
        return rule_page(req, HTTP_UNPROCESSABLE, "breaks", NULL, NULL);
}

bool
rule_is_refused(const char *answer)
{
        return text_equal(answer, "breaks") || text_equal(answer, "stale") ||
               text_equal(answer, "unknown");
}

/* POST /plans/rules/:id: from this one, whatever product and region it is for then. */
static enum http_status
rule_create(struct request *req)
{
        struct rule_typed typed = rule_typed(req);
        enum db_status rc;

        if (!rule_is_sound(req))
                return rule_page(req, HTTP_UNPROCESSABLE, NULL, NULL, NULL);
        rc = rule_find_seen(&typed);
        if (rc == DB_OK)
                rc = rule_put(req->db, &typed);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (rule_is_refused(typed.answer))
                return rule_refused(req, typed.answer);
        return reply_redirect(req, pool_printf(req->pool, "/admin/plans/rules/%" PRId64 "?done=%s",
                                               typed.rule, typed.answer));
}

const struct route rule_routes[] = {
        {GET, "/plans/rules/:id", STAFF, page_params, rule_show, 0, "read"},
        {POST, "/plans/rules/:id", STAFF, rule_params, rule_create, 0, "rules"},
        ROUTE_END};
