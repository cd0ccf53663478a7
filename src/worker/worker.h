/* worker: what the jobs of latchkey-worker share. */
#ifndef LATCHKEY_WORKER_WORKER_H
#define LATCHKEY_WORKER_WORKER_H

#include "base/config.h"
#include "db/db.h"
#include "gateway/stripe.h"
#include "jobs/queue.h"
#include "mail/smtp.h"
#include "view/view.h"

struct worker {
        const struct config *config;
        struct db *db;
        struct stripe *stripe;
        struct smtp *smtp;
        const struct views *views;
        int64_t account;        /* accounts.id of the gateway */
};

typedef struct job_outcome job_run(void *context, struct pool *pool, const struct job *job);

/* gateway.c: ask the gateway. */
job_run job_attempt_ask, job_payment_detail, job_gateway_fetch, job_events_sweep, job_inbox_retry;
/* paper.c: receipts and credit notes. */
job_run job_receipt, job_credit_note, job_receipt_print;
/* post.c: mails (what they say: letter.h). */
job_run job_mail;
/* repair.c: the access clock, the janitor, housekeeping. */
job_run job_access_clock, job_janitor, job_chain_seal, job_access_start, job_orders_expire, job_tidy;
/* daily.c: the comparison with the gateway. */
job_run job_reconcile;
/* waiting.c: transfers that have not come. */
job_run job_transfers_due;
/* case.c: what a failed payment means, and what is tried next. */
job_run job_case, job_case_plan, job_cases_scan;

/* account.c: who asked for a link, whose address was mistyped. */
job_run job_link_ask, job_correction;

static const struct job_outcome job_done = { JOB_DONE, 0, NULL };

/* The outcome of a job whose query failed. */
static inline struct job_outcome
job_db_failed(const struct worker *worker, struct pool *pool)
{
        return (struct job_outcome){ JOB_FAILED, 0, pool_strdup(pool, db_error_message(worker->db)) };
}

#endif
