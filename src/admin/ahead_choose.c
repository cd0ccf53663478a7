/* ahead_choose: which options of a plan an edited rule gives and takes, option by option. */
#include <glib.h>

#include "admin/ahead.h"
#include "base/text.h"
#include "domain/amend_words.h"
#include "http/request.h"
#include "view/format.h"
#include "view/option.h"
#include "view/words.h"

struct difference {
        const struct choice_plan *plan;
        const char *need, *option, *now, *then, *fate, *kind;
};

struct differences {
        struct request *req;
        GArray *found;
};

static void
free_array(void *array)
{
        g_array_free(array, TRUE);
}

/* "At once, for 5.00 EUR", "At once up to 3 March 2027, free of charge", "A person decides: ...". */
static const char *
verdict_words(struct pool *pool, const struct choice *choice, const char *currency)
{
        if (choice->verdict != AMEND_FITS)
                return pool_printf(pool, "A person decides: %s", words_of("limit", amend_limit_name(choice->limit)));
        return pool_printf(pool, "At once%s%s, %s%s", choice->wish.need == AMEND_MOVE ? " up to " : "",
                           choice->wish.need == AMEND_MOVE ? format_exact_date(pool, choice->wish.to_on) : "",
                           choice->fee_minor == 0 ? "free of charge" : "for ",
                           choice->fee_minor == 0 ? "" : format_money(pool, choice->fee_minor, currency, NULL));
}

static const char *
choice_words(struct pool *pool, const struct choice *choice, const char *currency)
{
        if (choice->wish.need == AMEND_MOVE)
                return pool_printf(pool, "Pay what is due on %s on a later day", format_exact_date(pool, choice->row_on));
        return option_words(pool, &(struct option_told){.need = amend_need_name(choice->wish.need),
                                                        .first_on = choice->first_on,
                                                        .last_on = choice->last_on,
                                                        .row_on = choice->row_on,
                                                        .day = choice->wish.day,
                                                        .months = choice->wish.months,
                                                        .n = choice->n,
                                                        .minor = choice->minor,
                                                        .currency = currency});
}

static void
compare_choice(struct differences *all, const struct choice_plan *plan, const struct choice *could,
               const struct choice *can)
{
        struct pool *pool = all->req->pool;
        bool did = could->verdict == AMEND_FITS, does = can->verdict == AMEND_FITS;
        struct difference found = {.plan = plan, .need = words_of("need", amend_need_name(can->wish.need))};

        if (!could->offered && !can->offered)
                return;
        if (did && does && could->fee_minor == can->fee_minor && could->wish.to_on == can->wish.to_on)
                return;
        found.option = choice_words(pool, can, plan->currency);
        found.now = verdict_words(pool, could, plan->currency);
        found.then = verdict_words(pool, can, plan->currency);
        found.fate = did && does ? "Changed" : does ? "New" : "No longer";
        found.kind = did && does ? "warn" : does ? "ok" : "bad";
        g_array_append_val(all->found, found);
}

static void
compare_early(struct differences *all, const struct choice_plan *could,
              const struct choice_plan *can)
{
        struct pool *pool = all->req->pool;
        struct difference found = {.plan = can,
                                   .need = words_of("need", amend_need_name(AMEND_EARLY)),
                                   .option = "Some payments, or all, before their days",
                                   .fate = "Changed",
                                   .kind = "warn"};

        if (could->early_percent == can->early_percent)
                return;
        found.now = pool_printf(pool, "%d%% off", could->early_percent);
        found.then = pool_printf(pool, "%d%% off", can->early_percent);
        g_array_append_val(all->found, found);
}

static void
push_difference(struct view *view, size_t i, void *data)
{
        const struct difference *found =
                &g_array_index(((const struct differences *)data)->found, struct difference, i);

        view_text(view, "fate", found->fate);
        view_text(view, "fate_kind", found->kind);
        view_text(view, "need", found->need);
        view_text(view, "option", found->option);
        view_text(view, "now", found->now);
        view_text(view, "then", found->then);
        view_text(view, "number", found->plan->order_number);
        view_text(view, "title", found->plan->title);
}

void
ahead_choices_push(struct view *view, struct request *req, const struct ahead_choices *before,
                   const struct ahead_choices *after)
{
        struct differences all = {req, g_array_new(FALSE, FALSE, sizeof(struct difference))};

        pool_defer(req->pool, free_array, all.found);
        for (size_t i = 0; i < MIN(before->n, after->n); i++) {
                const struct choice_plan *could = &before->plans[i], *can = &after->plans[i];

                for (size_t k = 0; k < MIN(could->n, can->n); k++)
                        compare_choice(&all, can, &could->choices[k], &can->choices[k]);
                compare_early(&all, could, can);
        }
        view_flag(view, "has_plan", after->n > 0);
        view_each(view, "choices", "admin/ahead.choice.html", all.found->len, push_difference, &all);
}
