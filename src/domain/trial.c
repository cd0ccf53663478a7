/* trial: see trial.h. */
#include "domain/trial.h"

#include <string.h>

#include <glib.h>

#include "base/money.h"
#include "base/text.h"
#include "domain/amend_words.h"
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
        GArray *places;
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

static void
note(struct trial_plan *plan, enum amend_need need, bool lost, bool gained)
{
        plan->lost |= lost ? 1u << need : 0;
        plan->gained |= gained ? 1u << need : 0;
        plan->n_lost += lost;
        plan->n_gained += gained;
}

/* The last day to which payment I could move; 0: no later than it is. */
static int32_t
latest(const struct work *work, const struct amend_rule *rule, size_t i)
{
        int32_t on = amend_latest(&work->facts, rule, i);

        return on > MAX(work->facts.rows[i].on, work->facts.today) ? on : 0;
}

/* More time: the page of each payment offers some days and takes any other, so it is about the last
 * of them. */
static void
compare_moves(const struct work *work, struct trial_plan *plan)
{
        for (size_t i = 0; i < work->facts.n; i++) {
                int32_t was = latest(work, &work->was, i), will = latest(work, &work->will, i);

                note(plan, AMEND_MOVE, will < was, will > was);
        }
}

/* What its customer could choose with the one rule and not with the other.  The page shows the first
 * few of a need that its rule allows. */
static void
compare_options(const struct work *work, struct trial_plan *plan)
{
        struct amend_wish wishes[AMEND_WISHES_MAX];
        struct amend_plan was, will;

        for (enum amend_need need = AMEND_DAY; need < AMEND_EARLY; need++) {
                size_t n = amend_wishes(&work->facts, need, 0, wishes);
                int n_was = 0, n_will = 0;

                for (size_t i = 0; i < n; i++) {
                        bool did, does;

                        amend_make(&work->facts, &work->was, &wishes[i], &was);
                        if (was.verdict == AMEND_WRONG)
                                continue;
                        amend_make(&work->facts, &work->will, &wishes[i], &will);
                        did = was.verdict == AMEND_FITS;
                        does = will.verdict == AMEND_FITS;
                        n_was += did;
                        n_will += does;
                        note(plan, need, did && !does && n_was <= AMEND_OFFERS_MOST,
                             does && !did && n_will <= AMEND_OFFERS_MOST);
                }
        }
}

/* Where the rule stands that holds for it then; there are few of them. */
static size_t
place_of(struct work *work, int64_t rule)
{
        struct trial_place place = {.rule = rule};

        for (guint i = 0; i < work->places->len; i++)
                if (g_array_index(work->places, struct trial_place, i).rule == rule)
                        return i;
        for (size_t i = 0; i < work->n_rules && place.region == NULL; i++)
                if (work->rules[i].id == rule)
                        place = (struct trial_place){rule, work->rules[i].product, work->rules[i].region,
                                                     work->rules[i].version, 0};
        g_array_append_val(work->places, place);
        return work->places->len - 1;
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
        plan.place = place_of(work, row->will_rule);
        g_array_index(work->places, struct trial_place, plan.place).n++;
        if (work->facts.n == 0)
                return;
        plan.fee_was = work->was.fee_minor;
        plan.fee_will = work->will.fee_minor;
        plan.early_was = work->was.early_percent;
        plan.early_will = work->will.early_percent;
        compare_moves(work, &plan);
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
        work->places = g_array_new(FALSE, FALSE, sizeof(struct trial_place));
        for (size_t i = 0; i < work->n_plans; i++)
                try_plan(work, &work->plans[i], trial, plans, requests, customers);
        trial->customers = g_hash_table_size(customers);
        g_hash_table_destroy(customers);
        trial->plans = keep(pool, plans, sizeof(struct trial_plan), &trial->n);
        trial->requests = keep(pool, requests, sizeof(struct trial_request), &trial->n_requests);
        trial->places = keep(pool, work->places, sizeof(struct trial_place), &trial->n_places);
        return DB_OK;
}
