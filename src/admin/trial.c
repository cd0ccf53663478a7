/* trial: what an edited rule, or one that is taken back, would touch: how many plans and customers, whose,
 * and what they could choose no longer or newly; and the requests that would be decided otherwise. */
#include "admin/trial.h"

#include <inttypes.h>

#include <glib.h>

#include "admin/rules.h"
#include "domain/amend_words.h"
#include "view/format.h"
#include "view/words.h"

enum { PAGE_ROWS = 50 };

struct part {
        struct request *req;
        const struct trial *trial;
        const struct trial_page *page;
        size_t from;
};

/* "Any product, European Union": the rule that holds then for plans of one kind; "" where that is the
 * edited one. */
static const char *
place_words(struct pool *pool, const struct trial_place *place)
{
        return place->region == NULL ? ""
                                     : pool_printf(pool, "%s, %s", place->product == NULL ? "Any product" : place->product,
                                                   rules_place(place->region));
}

static void
place_row(struct view *view, size_t i, void *data)
{
        const struct part *part = data;
        const struct trial_place *place = &part->trial->places[i];

        view_text(view, "name", place_words(part->req->pool, place));
        view_number(view, "rule_id", place->rule);
        view_number(view, "version", place->version);
        view_number(view, "n", (int64_t)place->n);
}

/* "Smaller amounts · A pause (4 ways)": the needs of MASK. */
static const char *
needs_words(struct pool *pool, unsigned mask, int n)
{
        const char *text = "";

        for (enum amend_need need = AMEND_MOVE; need < AMEND_EARLY; need++)
                if ((mask >> need & 1) != 0)
                        text = pool_printf(pool, "%s%s%s", text, text[0] != '\0' ? " · " : "",
                                           words_of("need", amend_need_name(need)));
        return n == 0 ? "" : pool_printf(pool, "%s (%d %s)", text, n, n == 1 ? "way" : "ways");
}

static void
plan_row(struct view *view, size_t i, void *data)
{
        const struct part *part = data;
        const struct trial_plan *plan = &part->trial->plans[part->from + i];
        struct pool *pool = part->req->pool;
        bool fee = plan->fee_was != plan->fee_will, early = plan->early_was != plan->early_will;

        view_text(view, "buyer", plan->buyer);
        view_number(view, "customer_id", plan->customer_id);
        view_url(view, "trials_url", part->page->trials);
        view_text(view, "then", part->trial->n_places > 1 ? place_words(pool, &part->trial->places[plan->place]) : "");
        view_text(view, "order_number", plan->order_number);
        view_text(view, "title", plan->title);
        view_text(view, "lost", needs_words(pool, plan->lost, plan->n_lost));
        view_text(view, "gained", needs_words(pool, plan->gained, plan->n_gained));
        view_text(view, "fee", !fee ? "" : pool_printf(pool, "A change costs %s instead of %s",
                                                       format_money(pool, plan->fee_will, plan->currency, NULL),
                                                       format_money(pool, plan->fee_was, plan->currency, NULL)));
        view_text(view, "early", !early ? "" : pool_printf(pool, "%d%% off for paying early instead of %d%%",
                                                           plan->early_will, plan->early_was));
}

static void
request_row(struct view *view, size_t i, void *data)
{
        const struct part *part = data;
        const struct trial_request *request = &part->trial->requests[i];

        view_text(view, "number", request->number);
        view_text(view, "buyer", request->buyer);
        view_text(view, "wish", words_of("need", request->need));
        view_stamp(view, "made", request->made_at, false);
        view_flag(view, "would_fit", request->will == AMEND_NONE);
        view_text(view, "limit", words_of("limit", amend_limit_name(request->will)));
}

void
trial_push(struct view *view, struct request *req, const struct trial *trial,
           const struct trial_page *page)
{
        struct part part = {req, trial, page, 0};
        int64_t last = 0;
        size_t shown;

        while (part.from < trial->n && trial->plans[part.from].id <= page->after)
                part.from++;
        shown = MIN(trial->n - part.from, (size_t)PAGE_ROWS);
        if (shown > 0)
                last = trial->plans[part.from + shown - 1].id;
        view_number(view, "trial_under", (int64_t)trial->under);
        view_number(view, "trial_touched", (int64_t)trial->n);
        view_number(view, "trial_customers", (int64_t)trial->customers);
        view_number(view, "trial_losing", (int64_t)trial->losing);
        view_number(view, "trial_gaining", (int64_t)trial->gaining);
        view_number(view, "trial_dearer", (int64_t)trial->dearer);
        view_each(view, "trial_plans", "admin/trial.row.html", shown, plan_row, &part);
        view_each(view, "trial_requests", "admin/trial.request.html", trial->n_requests, request_row, &part);
        view_each(view, "trial_places", "admin/trial.place.html", page->next != NULL ? trial->n_places : 0, place_row, &part);
        view_number(view, "trial_first", (int64_t)part.from + 1);
        view_number(view, "trial_last", (int64_t)(part.from + shown));
        view_flag(view, "trial_more", part.from + shown < trial->n);
        view_flag(view, "trial_by_form", page->next == NULL);
        view_number(view, "trial_after", last);
        view_url(view, "trial_next_url",
                 page->next == NULL ? "" : pool_printf(req->pool, "%s?after=%" PRId64, page->next, last));
}
