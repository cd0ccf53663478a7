/* withdraw: withdrawals from a contract, as they come from the form that wants no login, and money
 * that comes in spite of one.  The database decides; this brings it there. */
#include "queries/withdrawwork.h"
#include "worker/worker.h"

struct job_outcome
job_withdrawal(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;

        if (withdrawal_settle(w->db, job_id_of_key(job), NULL) != DB_OK)
                return job_db_failed(w, pool);
        return job_done;
}
