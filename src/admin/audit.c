/* audit: every change, with who and what in words; filters in the address, 50 a page. */
#include "admin/audit.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "queries/people.h"
#include "view/view.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

static const char *const areas[] = { "order", "access", "refund", "dispute", "task", "customer", "staff", NULL };

static const struct param audit_params[] = {
        { .name = "who", .type = PARAM_ID, .from = FROM_QUERY },
        { .name = "area", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = areas },
        { .name = "from", .type = PARAM_DATE, .from = FROM_QUERY },
        { .name = "to", .type = PARAM_DATE, .from = FROM_QUERY },
        { .name = "after", .type = PARAM_TEXT, .from = FROM_QUERY, .max = 40 },
        PARAM_END
};

struct trail {
        struct request *req;
        struct audit_row *rows;
        struct audit_person_row *people;
        struct audit_sealed_row sealed;
        size_t n, n_people;
        bool has_sealed;
};

/* "/admin/audit?who=3&area=staff": this list without its place. */
static const char *
address(struct request *req)
{
        static const char *const names[] = { "who", "area", "from", "to" };
        char *text = pool_strdup(req->pool, "/admin/audit");
        char mark = '?';

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                const char *typed = param_typed(req, names[i]);

                if (*typed == '\0')
                        continue;
                text = pool_printf(req->pool, "%s%c%s=%s", text, mark, names[i], text_url_encode(req->pool, typed));
                mark = '&';
        }
        return text;
}

static void
audit_row(struct view *view, size_t i, void *data)
{
        const struct trail *trail = data;
        const struct audit_row *row = &trail->rows[i];
        struct pool *pool = trail->req->pool;
        const char *what = words_of("audit", row->action);

        if (text_equal(row->action, "order.resend") && row->mails != NULL)
                what = pool_printf(pool, "sent %s %s again", row->mails, text_equal(row->mails, "1") ? "mail" : "mails");
        if (row->role != NULL)
                what = row->role_was == NULL ? pool_printf(pool, "%s as %s", what, words_of("role", row->role))
                                             : pool_printf(pool, "%s from %s to %s", what, words_of("role", row->role_was),
                                                           words_of("role", row->role));
        view_stamp(view, "at", row->at, true);
        view_text(view, "who", row->who != NULL ? row->who : words_of("actor", row->actor));
        view_text(view, "what", what);
        view_text(view, "about", row->about);
        view_text(view, "number", row->number);
        view_number(view, "customer", row->customer_null ? 0 : row->customer);
        view_text(view, "reason", row->reason);
}

static void
person_row(struct view *view, size_t i, void *data)
{
        const struct trail *trail = data;

        view_number(view, "id", trail->people[i].id);
        view_text(view, "title", trail->people[i].title);
        view_flag(view, "chosen", trail->people[i].id == param_int(trail->req, "who"));
}

static void
area_row(struct view *view, size_t i, void *data)
{
        const struct trail *trail = data;

        view_text(view, "value", areas[i]);
        view_text(view, "title", words_of("audit_area", areas[i]));
        view_flag(view, "chosen", text_equal(areas[i], param_text(trail->req, "area")));
}

static bool
ask(struct request *req, struct trail *trail)
{
        const char *zone = req->config->zone, *area = param_text(req, "area");
        instant from = param_text(req, "from") != NULL ? desk_midnight(zone, param_int(req, "from")) : DESK_FIRST;
        instant until = param_text(req, "to") != NULL ? desk_midnight(zone, param_int(req, "to") + 1) : DESK_LAST;
        instant before;
        int64_t before_id;

        if (!desk_place(param_text(req, "after"), &before, &before_id))
                return false;
        if (param_int(req, "who") > 0)
                audit_by_actor_ask(req->db, param_int(req, "who"), area, from, until, before, before_id, PAGE_ROWS + 1,
                                   &trail->rows, &trail->n);
        else
                audit_recent_ask(req->db, area, from, until, before, before_id, PAGE_ROWS + 1, &trail->rows, &trail->n);
        audit_people_ask(req->db, &trail->people, &trail->n_people);
        audit_sealed_ask(req->db, &trail->sealed, &trail->has_sealed);
        return true;
}

/* GET /audit */
static enum http_status
audit_show(struct request *req)
{
        struct trail trail = { .req = req };
        const char *here = address(req);
        struct view *view;
        enum db_status rc;
        size_t shown;

        if (!ask(req, &trail))
                return reply_error(req, HTTP_BAD_REQUEST);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        shown = MIN(trail.n, (size_t)PAGE_ROWS);
        view = view_new(req, "admin/audit.html");
        view_text(view, "page_title", "Audit");
        view_text(view, "from", param_text(req, "from"));
        view_text(view, "to", param_text(req, "to"));
        view_flag(view, "filtered", strchr(here, '?') != NULL);
        desk_second(view, "sealed", trail.has_sealed ? trail.sealed.sealed_at : 0,
                    !trail.has_sealed || trail.sealed.sealed_at_null);
        view_number(view, "waiting", trail.has_sealed ? trail.sealed.waiting : 0);
        view_each(view, "areas", "admin/orders.choice.html", G_N_ELEMENTS(areas) - 1, area_row, &trail);
        view_each(view, "people", "admin/orders.product.html", trail.n_people, person_row, &trail);
        view_each(view, "rows", "admin/audit.row.html", shown, audit_row, &trail);
        view_url(view, "first_url", param_text(req, "after") != NULL ? here : "");
        view_url(view, "older_url", trail.n > shown
                 ? pool_printf(req->pool, "%s%cafter=%" PRId64 "-%" PRId64, here, strchr(here, '?') != NULL ? '&' : '?',
                               trail.rows[shown - 1].at, trail.rows[shown - 1].id) : "");
        return view_reply(view, HTTP_OK);
}

const struct route audit_routes[] = {
        { GET, "/audit", STAFF, audit_params, audit_show, 0, "read" },
        ROUTE_END
};
