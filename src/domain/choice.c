/* choice: see choice.h. */
#include "domain/choice.h"

#include "base/money.h"
#include "queries/machine.h"

static void
add(struct choice_plan *plan, const struct amend_facts *facts, const struct amend_rule *rule,
    const struct amend_wish *wish)
{
        struct amend_plan made;

        amend_make(facts, rule, wish, &made);
        if (made.verdict == AMEND_WRONG)
                return;
        plan->choices[plan->n++] = (struct choice){
                .wish = *wish,
                .verdict = made.verdict,
                .limit = made.limit,
                .fee_minor = made.fee_minor,
                .minor = made.rows[0].minor,
                .first_on = made.rows[0].on,
                .last_on = made.rows[made.n - 1].on,
                .row_on = wish->which < facts->n ? facts->rows[wish->which].on : 0,
                .n = made.n};
}

static void
read_plan(const struct machine_plan_row *row, struct choice_plan *plan)
{
        struct amend_row open[AMEND_ROWS_MAX], agreed[AMEND_ROWS_MAX];
        struct amend_wish wishes[AMEND_WISHES_MAX];
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
        for (enum amend_need need = AMEND_MOVE; need < AMEND_EARLY; need++) {
                size_t n = amend_wishes(&facts, need, 0, wishes);

                for (size_t i = 0; i < n; i++)
                        add(plan, &facts, &rule, &wishes[i]);
        }
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
