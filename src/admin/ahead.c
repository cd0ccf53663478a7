/* ahead: what happens next for one customer: everything that will be sent and charged in the next
 * 60 days, by day, with why.  Nothing of it is done: it is tried and taken back. */
#include "admin/ahead.h"

#include <inttypes.h>

#include "admin/desk.h"
#include "base/text.h"
#include "base/zone.h"
#include "http/reply.h"
#include "http/request.h"
#include "view/format.h"
#include "view/words.h"

static const char *const cards[] = {"pass", "declined", NULL};

static const struct param ahead_params[] = {
        {.name = "id", .type = PARAM_ID, .from = FROM_PATH},
        {.name = "card", .type = PARAM_CHOICE, .from = FROM_QUERY, .choices = cards},
        PARAM_END};

struct page {
        struct request *req;
        struct machine_who_row who;
        const char *zone;
        struct ahead_look look;
        size_t *days; /* where each day begins among the rows; one more for the end */
        size_t n_days;
};

static void
push_item(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        const struct machine_seen_row *row = &page->look.rows[i];
        struct ahead_said said = ahead_say(page->req, &page->look, row);
        const struct ahead_letter *letter = ahead_letter_of(&page->look, row);
        int minute = zone_time(row->at, page->zone).minute;

        view_text(view, "kind", said.kind);
        view_text(view, "clock",
                  pool_printf(page->req->pool, "%02d:%02d", minute / 60, minute % 60));
        view_text(view, "what", said.what);
        view_text(view, "why", said.why);
        view_text(view, "number", row->order_number != NULL ? row->order_number : "");
        view_text(view, "letter", letter != NULL ? letter->body : "");
}

/* The rows of one day, from FIRST on. */
struct day {
        const struct page *page;
        size_t first;
};

static void
push_day_item(struct view *view, size_t i, void *data)
{
        const struct day *day = data;

        push_item(view, day->first + i, (void *)(uintptr_t)day->page);
}

static void
push_day(struct view *view, size_t i, void *data)
{
        const struct page *page = data;
        struct day day = {page, page->days[i]};

        view_text(view, "day",
                  format_exact_date(
                          page->req->pool,
                          (int32_t)zone_time(page->look.rows[day.first].at, page->zone).day));
        view_number(view, "place", (int64_t)i + 1);
        view_each(view, "items", "admin/ahead.item.html", page->days[i + 1] - day.first,
                  push_day_item, &day);
}

static void
find_days(struct page *page)
{
        page->days = pool_alloc(page->req->pool, (page->look.n + 1) * sizeof(*page->days));
        for (size_t i = 0; i < page->look.n; i++)
                if (i == 0 || zone_time(page->look.rows[i].at, page->zone).day !=
                                      zone_time(page->look.rows[i - 1].at, page->zone).day)
                        page->days[page->n_days++] = i;
        page->days[page->n_days] = page->look.n;
}

/* GET /customers/:id/ahead */
static enum http_status
ahead_show(struct request *req)
{
        struct page page = {.req = req};
        const char *card = param_text(req, "card");
        bool declined = text_equal(card, "declined");
        struct view *view;
        enum db_status rc;

        machine_who_ask(req->db, param_int(req, "id"), &page.who);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        page.zone = page.who.zone[0] != '\0' ? page.who.zone : req->config->zone;
        if (!page.who.erased)
                page.look = ahead_look(req, page.who.id, declined ? ahead_code("soft") : "", NULL);
        if (page.look.result == AHEAD_FAILED)
                return reply_error(req, HTTP_INTERNAL);
        find_days(&page);
        view = view_new(req, "admin/ahead.html");
        view_text(view, "page_title", "What happens next");
        view_row(view, "who", &machine_who_row_type, &page.who);
        view_url(view, "customer_url",
                 pool_printf(req->pool, "/admin/customers/%" PRId64, page.who.id));
        view_text(view, "zone", page.zone);
        view_number(view, "horizon", AHEAD_DAYS);
        view_flag(view, "declined", declined);
        view_flag(view, "busy", page.look.result == AHEAD_BUSY);
        view_flag(view, "erased", page.who.erased || page.look.result == AHEAD_UNKNOWN);
        view_each(view, "days", "admin/ahead.day.html", page.n_days, push_day, &page);
        return view_reply(view, HTTP_OK);
}

const struct route ahead_routes[] = {
        {GET, "/customers/:id/ahead", STAFF, ahead_params, ahead_show, 0, "read"}, ROUTE_END};
