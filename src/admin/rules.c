/* rules: what a plan may become by itself, by product and region: the list of what is in force, and what
 * came of it. */
#include "admin/rules.h"

#include <inttypes.h>

#include "admin/desk.h"
#include "admin/marker.h"
#include "admin/rule.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/forecast.h"
#include "queries/plandesk.h"
#include "view/view.h"
#include "view/words.h"

/* Of fewer payments no share is told. */
enum { RATES_LEAST = 20 };

static const struct param list_params[] = {{.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY},
                                           PARAM_END};

const char *
rules_place(const char *region)
{
        return region[0] == '\0' ? "All other countries" : words_of("region", region);
}

static void
rule_row(struct view *view, size_t i, void *data)
{
        const struct rule_list_row *row = &((const struct rule_list_row *)data)[i];

        view_row(view, "", &rule_list_row_type, row);
        view_text(view, "for_product", row->product == NULL ? "Any product" : row->product);
        view_text(view, "for_region", rules_place(row->region));
        view_text(view, "role", words_of("role", row->approver));
        view_stamp(view, "published", row->published_at, false);
        view_flag(view, "across", row->breaks > 0);
}

/* A share of what was promised, or that there is too little to say. */
static void
push_share(struct view *view, struct request *req, const char *name, int64_t k, int64_t n)
{
        view_text(view, name,
                  n == 0            ? "–"
                  : n < RATES_LEAST ? pool_printf(req->pool, "%" PRId64 " of %" PRId64, k, n)
                                    : marker_share(req->pool, k, n));
}

static void
rate_row(struct view *view, size_t i, void *data)
{
        struct request *req = ((void **)data)[0];
        const struct rule_rate_row *row = &((const struct rule_rate_row *)((void **)data)[1])[i];
        int64_t n = row->kept + row->late + row->defaulted;

        view_row(view, "", &rule_rate_row_type, row);
        view_text(view, "for_product", row->product == NULL ? "Any product" : row->product);
        view_text(view, "for_region", rules_place(row->region));
        view_number(view, "due", n);
        view_flag(view, "few", n < RATES_LEAST);
        push_share(view, req, "kept_share", row->kept, n);
        push_share(view, req, "late_share", row->late, n);
        push_share(view, req, "defaulted_share", row->defaulted, n);
}

/* GET /plans/rules */
static enum http_status
rules_show(struct request *req)
{
        struct rule_list_row *rows;
        struct rule_rate_row *rates;
        struct view *view;
        enum db_status rc;
        size_t n, n_rates;

        rule_list_ask(req->db, &rows, &n);
        rule_rates_ask(req->db, &rates, &n_rates);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        view = view_new(req, "admin/rules.html");
        view_text(view, "page_title", "Rules of plans");
        view_text(view, "section", "plans");
        desk_answer(view, "answer", rule_said, param_text(req, "done"));
        view_each(view, "rules", "admin/rules.row.html", n, rule_row, rows);
        view_number(view, "least", RATES_LEAST);
        view_each(view, "rates", "admin/rules.rate.html", n_rates, rate_row, (void *[]){req, rates});
        return view_reply(view, HTTP_OK);
}

const struct route rules_routes[] = {
        {GET, "/plans/rules", STAFF, list_params, rules_show, 0, "read"}, ROUTE_END};
