/* repair: the access clock, the janitor, housekeeping. */
#include "base/log.h"
#include "queries/job.h"
#include "queries/refundwork.h"
#include "queries/repair.h"
#include "worker/worker.h"

typedef enum db_status count_query(struct db *db, struct count_row *row);

/* Run a function of the database that says how many it dealt with. */
static struct job_outcome
run_count(struct worker *w, struct pool *pool, count_query *query, const char *said_as)
{
        struct count_row count;

        if (query(w->db, &count) != DB_OK)
                return job_db_failed(w, pool);
        if (count.n > 0 && said_as != NULL)
                log_info(said_as, "n", log_int(count.n), NULL);
        return job_done;
}

/* S0.7: paid without access after the deadline raises an alarm and is mended. */
struct job_outcome
job_access_clock(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct count_row count;

        (void)job;
        if (access_clock(w->db, (int32_t)w->config->access_deadline_seconds, &count) != DB_OK)
                return job_db_failed(w, pool);
        if (count.n > 0)
                log_error("access_late", "n", log_int(count.n), "hint", "see the alarms on the staff pages", NULL);
        return job_done;
}

/* What nobody knows the end of: attempts and refunds are asked about, mails are marked, lost jobs made anew. */
struct job_outcome
job_janitor(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct attempt_due_row *attempts;
        struct message_lost_row *lost;
        struct refund_due_row *refunds;
        size_t n, n_lost, n_refunds;

        messages_lost_ask(w->db, &lost, &n_lost);
        attempts_to_ask_ask(w->db, &attempts, &n);
        refunds_to_ask_ask(w->db, &refunds, &n_refunds);
        messages_orphaned_ask(w->db, NULL);
        payments_orphaned_ask(w->db, NULL);
        if (db_wait(w->db) != DB_OK)
                return job_db_failed(w, pool);
        for (size_t i = 0; i < n_lost; i++) {
                sends_lost_ask(w->db, lost[i].id, NULL);
                log_warning("mail_maybe_sent", "message", log_int(lost[i].id), NULL);
        }
        for (size_t i = 0; i < n; i++)
                job_add_ask(w->db, 2, "attempt_ask",
                            pool_printf(pool, "%lld/janitor/%s", (long long)attempts[i].id, job->key), "{}", 0, NULL);
        for (size_t i = 0; i < n_refunds; i++)
                job_add_ask(w->db, 2, "refund_send",
                            pool_printf(pool, "%lld/janitor/%s", (long long)refunds[i].id, job->key), "{}", 0, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

struct job_outcome
job_chain_seal(void *context, struct pool *pool, const struct job *job)
{
        (void)job;
        return run_count(context, pool, chain_seal, NULL);
}

struct job_outcome
job_access_start(void *context, struct pool *pool, const struct job *job)
{
        (void)job;
        return run_count(context, pool, access_start_due, "access_started");
}

struct job_outcome
job_orders_expire(void *context, struct pool *pool, const struct job *job)
{
        (void)job;
        return run_count(context, pool, orders_expire, NULL);
}

struct job_outcome
job_tidy(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;

        (void)job;
        jobs_tidy_ask(w->db, NULL);
        tries_tidy_ask(w->db, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}
