/* account: what pages leave to the worker, so that they do the same work whether or not there is
 * such an account or order (safety rules 11 and 20). */
#include "queries/account_work.h"
#include "worker/worker.h"

struct job_outcome
job_link_ask(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;

        return link_ask_settle(w->db, job_id_of_key(job), NULL) == DB_OK ? job_done : job_db_failed(w, pool);
}

struct job_outcome
job_correction(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;

        return correction_settle(w->db, job_id_of_key(job), NULL) == DB_OK ? job_done : job_db_failed(w, pool);
}
