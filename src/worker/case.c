/* case: jobs about failed payments: what a refusal means, and what is tried next. */
#include "domain/caseplan.h"
#include "queries/cases.h"
#include "worker/worker.h"

static const struct caseplan_way way = { case_classed, case_planned };

/* The key is the attempt that failed: its class, the mail of that class, the next step. */
struct job_outcome
job_case(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;

        return caseplan_failed(w->db, pool, &way, job_id_of_key(job)) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* The key begins with the case. */
struct job_outcome
job_case_plan(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;

        return caseplan_plan(w->db, pool, &way, job_id_of_key(job)) == DB_OK ? job_done : job_db_failed(w, pool);
}

struct job_outcome
job_cases_scan(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct cases_scan_row row;

        (void)job;
        return cases_scan(w->db, (int32_t)w->config->bank_days, &row) == DB_OK ? job_done : job_db_failed(w, pool);
}

struct job_outcome
job_cases_close(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct cases_scan_row row;

        (void)job;
        return cases_close(w->db, &row) == DB_OK ? job_done : job_db_failed(w, pool);
}
