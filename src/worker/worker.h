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
/* refund.c: what staff approved, on its way to the gateway. */
job_run job_refund_send, job_dispute_answer;
/* withdraw.c: withdrawals from a contract. */
job_run job_withdrawal;
/* waiting.c: transfers that have not come. */
job_run job_transfers_due;
/* case.c: what a failed payment means, and what is tried next. */
job_run job_case, job_case_plan, job_cases_scan, job_cases_close;

/* account.c: who asked for a link, whose address was mistyped. */
job_run job_link_ask, job_correction;

/* charge.c: saved methods that are charged, the round of what is due, and of what is told before. */
job_run job_charge, job_dues_scan, job_reminders_scan;

/* agreement.c: the paper of a version of an agreement. */
job_run job_agreement_paper;

/* methods.c: saved methods as the gateway shows them. */
job_run job_agreement_method, job_setup_ask, job_method_detach, job_cards_expiring;

struct gateway_payment;

/* gateway.c: an intent with its charge; book one that succeeded (KEY and SESSION_REF may be NULL). */
struct stripe_answer gateway_fetch_payment(struct worker *w, struct pool *pool, const char *ref);
enum db_status gateway_book(struct worker *w, const struct gateway_payment *payment, const char *key,
                            const char *session_ref);
/* charge.c: ask about an attempt by saved method; settle it by its intent. */
struct job_outcome charge_ask(struct worker *w, struct pool *pool, int64_t attempt);
struct job_outcome charge_settle(struct worker *w, struct pool *pool, int64_t attempt, const char *key,
                                 const struct gateway_payment *payment);
/* methods.c: fetch what an event named and apply it. */
struct job_outcome methods_fetch(struct worker *w, struct pool *pool, const char *type, const char *ref);
struct job_outcome methods_fetch_setup(struct worker *w, struct pool *pool, const char *ref);
struct job_outcome methods_fetch_customer(struct worker *w, struct pool *pool, const char *ref);

static const struct job_outcome job_done = { JOB_DONE, 0, NULL };

/* The outcome of a job whose query failed. */
static inline struct job_outcome
job_db_failed(const struct worker *worker, struct pool *pool)
{
        return (struct job_outcome){ JOB_FAILED, 0, pool_strdup(pool, db_error_message(worker->db)) };
}

#endif
