/* waiting: orders that wait for their bank transfer, access that waits for its day (S0.8). */
#include "base/log.h"
#include "queries/waiting.h"
#include "worker/worker.h"

/* Reminders, and the end of orders that nobody paid. */
struct job_outcome
job_transfers_due(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct waiting_count_row row;

        (void)job;
        if (transfers_due(w->db, &row) != DB_OK)
                return job_db_failed(w, pool);
        if (row.n > 0)
                log_info("transfers_due", "n", log_int(row.n), NULL);
        return job_done;
}
