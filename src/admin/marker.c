/* marker: what was changed against a cause: the list with the share that was paid before and after,
 * and how sure that is; adding and editing (S1.13).
 *
 * A share is of the cases that began in the 28 days before the day, or from it on, and are older
 * than 14 days; paid means within 14 days.  Its interval is Wilson's; that of the difference is
 * Newcombe's (domain/interval.h). */
#include "admin/marker.h"

#include <inttypes.h>
#include <math.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/interval.h"
#include "http/reply.h"
#include "view/format.h"

#define FORM_PARAMS                                                                                \
        {.name = "on",                                                                             \
         .type = PARAM_DATE,                                                                       \
         .from = FROM_FORM,                                                                        \
         .required = true,                                                                         \
         .missing = "Say on which day",                                                            \
         .invalid = "Enter a day such as 2026-11-23"},                                             \
                {.name = "what",                                                                   \
                 .type = PARAM_TEXT,                                                               \
                 .from = FROM_FORM,                                                                \
                 .required = true,                                                                 \
                 .max = 300,                                                                       \
                 .missing = "Say what was changed",                                                \
                 .invalid = "Write it in one line"},                                               \
        {                                                                                          \
                .name = "against", .type = PARAM_TEXT, .from = FROM_FORM, .max = 40                \
        }

const struct param marker_new_params[] = {{.name = "nonce",
                                           .type = PARAM_TOKEN,
                                           .from = FROM_FORM,
                                           .required = true,
                                           .missing = "Please open this page anew",
                                           .invalid = "Please open this page anew"},
                                          FORM_PARAMS,
                                          PARAM_END};
static const struct param edit_params[] = {{.name = "id", .type = PARAM_ID, .from = FROM_PATH},
                                           {.name = "revision",
                                            .type = PARAM_INT,
                                            .from = FROM_FORM,
                                            .required = true,
                                            .min = 1,
                                            .max = INT32_MAX},
                                           FORM_PARAMS,
                                           PARAM_END};

/* --- the list -------------------------------------------------------------------- */

static int
percent(double share)
{
        return (int)lround(share * 100);
}

const char *
marker_share(struct pool *pool, int64_t k, int64_t n)
{
        struct interval i = interval_wilson(k, n);

        return n == 0 ? "–"
                      : pool_printf(pool, "%d %% (%d to %d)", percent(i.share), percent(i.low),
                                    percent(i.high));
}

static const char *
points(struct pool *pool, double share)
{
        int n = percent(share);

        return pool_printf(pool, n < 0 ? "−%d" : n > 0 ? "+%d" : "%d", abs(n));
}

struct list {
        struct request *req;
        const struct marker_row *rows;
        const struct care_cause_row *causes;
        const char *chosen;
};

static const char *
cases_url(const struct list *list, const struct marker_row *row, int32_t from, int32_t to)
{
        struct pool *pool = list->req->pool;

        return pool_printf(pool, "/admin/cases?state=all&from=%s&to=%s%s%s",
                           format_rfc3339_date(pool, from), format_rfc3339_date(pool, to),
                           row->cause != NULL ? "&cause=" : "",
                           row->cause != NULL ? row->cause : "");
}

static void
marker_row_push(struct view *view, size_t i, void *data)
{
        const struct list *list = data;
        const struct marker_row *row = &list->rows[i];
        struct pool *pool = list->req->pool;
        struct interval d = interval_difference(row->before_recovered, row->before_n,
                                                row->after_recovered, row->after_n);
        bool both = row->before_n > 0 && row->after_n > 0;

        view_row(view, "", &marker_row_type, row);
        view_text(view, "day",
                  format_date(pool, row->changed_on, list->req->identity.now_at,
                              list->req->config->zone));
        desk_time(view, "changed", row->edited_at, row->edited_at_null);
        view_text(view, "before", marker_share(pool, row->before_recovered, row->before_n));
        view_text(view, "after", marker_share(pool, row->after_recovered, row->after_n));
        view_url(view, "before_url",
                 cases_url(list, row, row->changed_on - MARKER_DAYS, row->changed_on - 1));
        view_url(view, "after_url",
                 cases_url(list, row, row->changed_on, row->changed_on + MARKER_DAYS - 1));
        view_text(view, "difference",
                  both ? pool_printf(pool, "%s points (%s to %s)", points(pool, d.share),
                                     points(pool, d.low), points(pool, d.high))
                       : "–");
        view_text(view, "verdict", !both ? "" : d.low > 0 ? "more" : d.high < 0 ? "less" : "open");
}

static void
cause_row(struct view *view, size_t i, void *data)
{
        const struct list *list = data;

        view_text(view, "value", list->causes[i].cause);
        view_text(view, "title", list->causes[i].title);
        view_flag(view, "chosen", text_equal(list->causes[i].cause, list->chosen));
}

void
marker_push(struct view *view, struct request *req, const struct marker_row *rows, size_t n,
            const struct care_cause_row *causes, size_t n_causes, const char *chosen,
            const char *nonce)
{
        struct list list = {req, rows, causes, chosen};

        view_text(view, "nonce", !text_is_empty(nonce) ? nonce : token_new(req->pool));
        view_number(view, "days", MARKER_DAYS);
        view_each(view, "markers", "admin/causes.marker.html", n, marker_row_push, &list);
        view_each(view, "against_choices", "admin/orders.choice.html", n_causes, cause_row, &list);
}

/* --- one of them ------------------------------------------------------------------ */

static enum http_status
show(struct request *req, enum http_status status, bool again, bool stale)
{
        struct marker_one_row row;
        struct care_cause_row *causes;
        struct view *view;
        enum db_status rc;
        size_t n;

        causes_marker_ask(req->db, param_int(req, "id"), &row);
        care_causes_ask(req->db, &causes, &n);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/marker.html");
        view_text(view, "page_title", "A change");
        view_form_empty(view, edit_params);
        view_text(view, "on", format_rfc3339_date(req->pool, row.changed_on));
        view_text(view, "what", row.what);
        if (again)
                view_form(view, req);
        view_number(view, "id", row.id);
        view_number(view, "revision", stale || !again ? row.revision : param_int(req, "revision"));
        view_flag(view, "stale", stale);
        marker_push(view, req, NULL, 0, causes, n, again ? param_typed(req, "against") : row.cause,
                    NULL);
        return view_reply(view, status);
}

/* GET /reports/causes/changes/:id */
static enum http_status
marker_show(struct request *req)
{
        return show(req, HTTP_OK, false, false);
}

/* POST /reports/causes/changes/:id */
static enum http_status
marker_edit(struct request *req)
{
        int64_t id = param_int(req, "id");
        const char *against = param_text(req, "against");
        struct marker_saved_row row;
        enum db_status rc;

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, true, false);
        rc = causes_marker_save(req->db, &id, (int32_t)param_int(req, "revision"), "",
                                (int32_t)param_int(req, "on"), param_text(req, "what"),
                                against != NULL ? against : "", &row);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (text_equal(row.answer, "unknown"))
                return reply_error(req, HTTP_NOT_FOUND);
        if (text_equal(row.answer, "changed"))
                return show(req, HTTP_CONFLICT, true, true);
        return reply_redirect(req, "/admin/reports/causes?done=saved#changes");
}

const struct route marker_routes[] = {
        {GET, "/reports/causes/changes/:id", STAFF, edit_params, marker_show, 0, "report"},
        {POST, "/reports/causes/changes/:id", STAFF, edit_params, marker_edit, 0, "report"},
        ROUTE_END};
