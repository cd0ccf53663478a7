/* caseplan: see caseplan.h. */
#include "domain/caseplan.h"

#include <string.h>

#include "base/log.h"
#include "domain/decline.h"
#include "domain/retry.h"

static void
fill_results(struct pool *pool, struct retry_facts *facts, const struct case_result_row *rows,
             size_t n)
{
        struct retry_result *results = pool_alloc(pool, (n + 1) * sizeof(*results));

        for (size_t i = 0; i < n; i++)
                if (decline_by_name(rows[i].class, &results[facts->n_results].class)) {
                        struct retry_result *r = &results[facts->n_results++];

                        r->weekday = rows[i].weekday - 1;
                        r->hour = rows[i].hour;
                        r->tried = rows[i].tried;
                        r->paid = rows[i].succeeded;
                }
        facts->results = results;
}

static void
fill_tries(struct pool *pool, struct retry_facts *facts, const struct case_try_row *rows, size_t n)
{
        struct retry_try *tries = pool_alloc(pool, (n + 1) * sizeof(*tries));

        for (size_t i = 0; i < n; i++)
                tries[i] =
                        (struct retry_try){rows[i].tried_at, rows[i].same_due, rows[i].same_card};
        facts->tries = tries;
        facts->n_tries = n;
}

/* Ask the planner about CASE_ID on what holds now, and have it kept.  *STALE when something else
 * held by then, such as a promise made meanwhile. */
static enum db_status
plan_once(struct db *db, struct pool *pool, const struct caseplan_way *way, int64_t case_id,
          bool *stale)
{
        struct case_facts_row row;
        struct case_try_row *tries;
        struct case_result_row *results;
        struct case_planned_row kept;
        struct retry_facts facts = {.class = DECLINE_SOFT};
        struct retry_plan plan;
        size_t n_tries, n_results;
        enum db_status rc;
        bool found;

        *stale = false;
        case_facts_ask(db, case_id, &row, &found);
        case_tries_ask(db, case_id, &tries, &n_tries);
        case_results_ask(db, &results, &n_results);
        rc = db_wait(db);
        if (rc != DB_OK || !found || row.live)
                return rc;
        (void)decline_by_name(row.class, &facts.class);
        facts.now = row.now_at;
        facts.first_failed_at = row.opened_at;
        facts.has_method = !row.method_id_null;
        facts.network = retry_network_of(row.brand);
        facts.zone = row.zone;
        facts.minute = (int)(row.id % 60);
        facts.promised = !row.promised_on_null;
        facts.promised_day = row.promised_on;
        facts.due_day = row.due_on;
        fill_tries(pool, &facts, tries, n_tries);
        fill_results(pool, &facts, results, n_results);
        plan = retry_plan(pool, &facts);
        rc = way->planned(db, case_id, row.method_id_null ? NULL : &row.method_id,
                          row.promised_on_null ? NULL : &row.promised_on,
                          plan.retry ? &plan.at : NULL, row.class, plan.why, &kept);
        *stale = rc == DB_OK && strcmp(kept.answer, "stale") == 0;
        return rc;
}

enum db_status
caseplan_plan(struct db *db, struct pool *pool, const struct caseplan_way *way, int64_t case_id)
{
        enum db_status rc = DB_OK;
        bool stale = true;

        for (int tries = 0; tries < 5 && stale && rc == DB_OK; tries++)
                rc = plan_once(db, pool, way, case_id, &stale);
        return rc;
}

enum db_status
caseplan_failed(struct db *db, struct pool *pool, const struct caseplan_way *way,
                int64_t attempt_id)
{
        struct case_attempt_row attempt;
        struct case_classed_row classed;
        struct decline decline;
        enum db_status rc;
        bool found;

        rc = case_attempt(db, attempt_id, &attempt, &found);
        if (rc != DB_OK || !found)
                return rc;
        decline = decline_of(attempt.decline_code, attempt.error_code, attempt.advice_code);
        rc = way->classed(db, attempt.id, decline_name(decline.class), decline.known, &classed);
        if (rc != DB_OK)
                return rc;
        if (!decline.known)
                log_warning("decline_unknown", "code", attempt.decline_code, NULL);
        return classed.case_id_null ? DB_OK : caseplan_plan(db, pool, way, classed.case_id);
}
