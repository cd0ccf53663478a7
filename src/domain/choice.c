/* choice: see choice.h. */
#include "domain/choice.h"

#include <glib.h>

#include "base/money.h"
#include "domain/amend_words.h"
#include "queries/machine.h"

/* Nothing, where there is no such option whatever the rule says. */
static struct choice *
add(struct choice_plan *plan, const struct amend_facts *facts, const struct amend_rule *rule,
    const struct amend_wish *wish)
{
        struct choice *choice = &plan->choices[plan->n];
        struct amend_plan made;

        amend_make(facts, rule, wish, &made);
        if (made.verdict == AMEND_WRONG)
                return NULL;
        *choice = (struct choice){
                .wish = *wish,
                .verdict = made.verdict,
                .limit = made.limit,
                .fee_minor = made.fee_minor,
                .minor = made.rows[0].minor,
                .first_on = made.rows[0].on,
                .last_on = made.rows[made.n - 1].on,
                .row_on = wish->which < facts->n ? facts->rows[wish->which].on : 0,
                .n = made.n};
        plan->n++;
        return choice;
}

/* Of each payment the page offers some days and takes any other: it is about the last of them. */
static void
add_moves(struct choice_plan *plan, const struct amend_facts *facts, const struct amend_rule *rule)
{
        struct amend_wish wishes[AMEND_WISHES_MAX];

        for (size_t i = 0; i < facts->n; i++) {
                int32_t latest = amend_latest(facts, rule, i);
                struct choice *choice;

                (void)amend_wishes(facts, AMEND_MOVE, i, wishes);
                choice = add(plan, facts, rule, &wishes[0]);
                if (choice == NULL)
                        continue;
                choice->offered = latest > MAX(facts->rows[i].on, facts->today);
                choice->verdict = choice->offered ? AMEND_FITS : AMEND_ASKS;
                choice->wish.to_on = latest;
        }
}

static void
add_others(struct choice_plan *plan, const struct amend_facts *facts, const struct amend_rule *rule)
{
        struct amend_wish wishes[AMEND_WISHES_MAX];

        for (enum amend_need need = AMEND_DAY; need < AMEND_EARLY; need++) {
                size_t n = amend_wishes(facts, need, 0, wishes), fitting = 0;

                for (size_t i = 0; i < n; i++) {
                        struct choice *choice = add(plan, facts, rule, &wishes[i]);

                        if (choice != NULL && choice->verdict == AMEND_FITS)
                                choice->offered = ++fitting <= AMEND_OFFERS_MOST;
                }
        }
}

static void
read_plan(const struct machine_plan_row *row, struct choice_plan *plan)
{
        struct amend_row open[AMEND_ROWS_MAX], agreed[AMEND_ROWS_MAX];
        struct amend_rule rule = {row->deposit_percent, row->smallest_minor, row->count_most,
                                  row->longest_months,  row->later_days,     row->changes_most,
                                  row->changes_days,    row->grace_days,     row->fee_minor,
                                  row->early_percent};
        struct amend_facts facts = {
                .today = row->today_on,
                .anchor_on = row->anchor_on,
                .step_days = amend_step_days(row->every),
                .changes = row->changes,
                .changed_on = row->changed_on_null ? 0 : row->changed_on,
                .count = row->count,
                .paid_minor = row->kept_minor,
                .step_minor = money_step(row->currency),
                .rows = open,
                .n = amend_read_rows(row->open_rows, open),
                .agreed = agreed,
                .n_agreed = amend_read_rows(row->first_rows, agreed)};

        *plan = (struct choice_plan){.order_number = row->order_number,
                                     .title = row->title,
                                     .currency = row->currency,
                                     .early_percent = row->early_percent};
        add_moves(plan, &facts, &rule);
        add_others(plan, &facts, &rule);
}

enum db_status
choice_read(struct pool *pool, struct db *db, int64_t customer, struct choice_plan **plans,
            size_t *n)
{
        struct machine_plan_row *rows;
        enum db_status rc = machine_plans(db, customer, &rows, n);

        if (rc != DB_OK)
                return rc;
        *plans = pool_alloc(pool, (*n + 1) * sizeof(**plans));
        for (size_t i = 0; i < *n; i++)
                read_plan(&rows[i], &(*plans)[i]);
        return DB_OK;
}
