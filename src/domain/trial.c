/* trial: see trial.h. */
#include "domain/trial.h"

#include <string.h>

#include <glib.h>

#include "base/money.h"
#include "base/text.h"
#include "queries/forecast.h"

/* Everything that was read, and one plan as the option maker takes it. */
struct work {
        struct pool *pool;
        const struct trial_rule *edited;
        struct trial_plan_row *plans;
        struct trial_rule_row *rules;
        struct trial_request_row *requests;
        size_t n_plans, n_rules, n_requests;
        struct amend_row open[AMEND_ROWS_MAX], agreed[AMEND_ROWS_MAX];
        struct amend_facts facts;
        struct amend_rule was, will;
};

static int64_t
amount_in(const char *list, const char *currency)
{
        int64_t minor;

        return !text_is_empty(list) && money_listed(list, currency, &minor) > 0 ? minor : 0;
}

/* The rule ID in CURRENCY; 0 is the edited one. */
static struct amend_rule
rule_in(const struct work *work, int64_t id, const char *currency)
{
        struct amend_rule rule = {0};

        if (id == 0) {
                rule = work->edited->rule;
                rule.smallest_minor = amount_in(work->edited->smallest, currency);
                rule.fee_minor = amount_in(work->edited->fee, currency);
                return rule;
        }
        for (size_t i = 0; i < work->n_rules; i++) {
                const struct trial_rule_row *row = &work->rules[i];

                if (row->id == id && text_equal(row->currency, currency))
                        return (struct amend_rule){
                                row->deposit_percent, row->smallest_minor, row->count_most,
                                row->longest_months,  row->later_days,     row->changes_most,
                                row->changes_days,    row->grace_days,     row->fee_minor,
                                row->early_percent};
        }
        return rule;
}

static void
read_plan(struct work *work, const struct trial_plan_row *row)
{
        size_t n = amend_read_rows(row->open_rows, work->open),
               n_agreed = amend_read_rows(row->first_rows, work->agreed);

        work->facts = (struct amend_facts){
                .today = row->today_on,
                .anchor_on = row->anchor_on,
                .step_days = amend_step_days(row->every),
                .changes = row->changes,
                .changed_on = row->changed_on_null ? 0 : row->changed_on,
                .count = row->count,
                .paid_minor = row->kept_minor,
                .step_minor = money_step(row->currency),
                .rows = work->open,
                .n = n,
                .agreed = work->agreed,
                .n_agreed = n_agreed};
        work->was = rule_in(work, row->was_rule, row->currency);
        work->will = rule_in(work, row->will_rule, row->currency);
}

/* What its customer could choose with the one rule and not with the other. */
static void
compare_options(const struct work *work, struct trial_plan *plan)
{
        struct amend_wish wishes[AMEND_WISHES_MAX];
        struct amend_plan was, will;

        for (enum amend_need need = AMEND_MOVE; need < AMEND_EARLY; need++) {
                size_t n = amend_wishes(&work->facts, need, 0, wishes);

                for (size_t i = 0; i < n; i++) {
                        amend_make(&work->facts, &work->was, &wishes[i], &was);
                        if (was.verdict == AMEND_WRONG)
                                continue;
                        amend_make(&work->facts, &work->will, &wishes[i], &will);
                        if (was.verdict == will.verdict)
                                continue;
                        if (was.verdict == AMEND_FITS) {
                                plan->lost |= 1u << need;
                                plan->n_lost++;
                        } else {
                                plan->gained |= 1u << need;
                                plan->n_gained++;
                        }
                }
        }
}

/* The requests of one plan, which stand together. */
static void
compare_requests(const struct work *work, const struct trial_plan_row *row, GArray *found)
{
        struct amend_row wanted[AMEND_ROWS_MAX];

        for (size_t i = 0; i < work->n_requests; i++) {
                const struct trial_request_row *asked = &work->requests[i];
                struct trial_request request = {asked->number, asked->need, row->buyer, asked->made_at, AMEND_NONE, AMEND_NONE};
                size_t n;

                if (asked->agreement_id != row->agreement_id)
                        continue;
                n = amend_read_rows(asked->wanted, wanted);
                if (n == 0)
                        continue;
                request.was = amend_limit(&work->facts, &work->was, wanted, n);
                request.will = amend_limit(&work->facts, &work->will, wanted, n);
                if ((request.was == AMEND_NONE) != (request.will == AMEND_NONE))
                        g_array_append_val(found, request);
        }
}

static bool
is_touched(const struct trial_plan *plan)
{
        return plan->n_lost > 0 || plan->n_gained > 0 || plan->fee_was != plan->fee_will ||
               plan->early_was != plan->early_will;
}

static void
try_plan(struct work *work, const struct trial_plan_row *row, struct trial *trial, GArray *plans,
         GArray *requests, GHashTable *customers)
{
        struct trial_plan plan = {.id = row->agreement_id, .customer_id = row->customer_id, .order_number = row->order_number,
                                  .buyer = row->buyer, .title = row->title, .currency = row->currency};

        read_plan(work, row);
        trial->under++;
        if (work->facts.n == 0)
                return;
        plan.fee_was = work->was.fee_minor;
        plan.fee_will = work->will.fee_minor;
        plan.early_was = work->was.early_percent;
        plan.early_will = work->will.early_percent;
        compare_options(work, &plan);
        compare_requests(work, row, requests);
        if (!is_touched(&plan))
                return;
        trial->losing += plan.n_lost > 0;
        trial->gaining += plan.n_gained > 0;
        trial->dearer += plan.fee_will > plan.fee_was;
        g_hash_table_add(customers, GSIZE_TO_POINTER((gsize)row->customer_id));
        g_array_append_val(plans, plan);
}

/* The same in memory of the pool. */
static void *
keep(struct pool *pool, GArray *array, size_t size, size_t *n)
{
        void *kept = pool_alloc(pool, (array->len + 1) * size);

        *n = array->len;
        if (array->len > 0)
                memcpy(kept, array->data, array->len * size);
        g_array_free(array, TRUE);
        return kept;
}

enum db_status
trial_run(struct pool *pool, struct db *db, const char *product, const char *region,
          const struct trial_rule *edited, struct trial *trial)
{
        struct work *work = pool_alloc(pool, sizeof(*work));
        GArray *plans, *requests;
        GHashTable *customers;
        enum db_status rc;

        *trial = (struct trial){0};
        work->pool = pool;
        work->edited = edited;
        trial_rules_ask(db, &work->rules, &work->n_rules);
        trial_requests_ask(db, &work->requests, &work->n_requests);
        trial_plans_ask(db, product, region, edited == NULL, &work->plans, &work->n_plans);
        rc = db_wait(db);
        if (rc != DB_OK)
                return rc;
        plans = g_array_new(FALSE, FALSE, sizeof(struct trial_plan));
        requests = g_array_new(FALSE, FALSE, sizeof(struct trial_request));
        customers = g_hash_table_new(NULL, NULL);
        for (size_t i = 0; i < work->n_plans; i++)
                try_plan(work, &work->plans[i], trial, plans, requests, customers);
        trial->customers = g_hash_table_size(customers);
        g_hash_table_destroy(customers);
        trial->plans = keep(pool, plans, sizeof(struct trial_plan), &trial->n);
        trial->requests = keep(pool, requests, sizeof(struct trial_request), &trial->n_requests);
        return DB_OK;
}
