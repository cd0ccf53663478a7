/* daily: the comparison of gateway, orders and grants (S0.9). */
#include "worker/worker.h"

struct job_outcome
job_reconcile(void *context, struct pool *pool, const struct job *job)
{
        (void)context;
        (void)pool;
        (void)job;
        return job_done;
}
