/* latchkey-worker: jobs, mail, schedule.
 *
 * A supervisor and N processes that take the same jobs from the same table; any of them may
 * die at any moment.  What wakes them is NOTIFY latchkey_jobs; what they miss they find by
 * themselves within a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/supervisor.h"
#include "queries/account_work.h"
#include "queries/agreement.h"
#include "queries/agreement_work.h"
#include "queries/cases.h"
#include "queries/charge.h"
#include "queries/event.h"
#include "queries/inbox.h"
#include "queries/job.h"
#include "queries/mail.h"
#include "queries/payment.h"
#include "queries/receipt.h"
#include "queries/reconcile.h"
#include "queries/refundwork.h"
#include "queries/reminder.h"
#include "queries/repair.h"
#include "queries/waiting.h"
#include "queries/withdrawwork.h"
#include "worker/worker.h"

/* The table of contents: every kind of job. */
static const struct job_kind kinds[] = {
        { "mail", job_mail, true, 8 },
        { "payment_detail", job_payment_detail, true, 8 },
        { "receipt", job_receipt, false, 8 },
        { "credit_note", job_credit_note, false, 8 },
        { "receipt_print", job_receipt_print, false, 5 },
        { "attempt_ask", job_attempt_ask, true, 8 },
        { "gateway_fetch", job_gateway_fetch, true, 10 },
        { "events_sweep", job_events_sweep, true, 3 },
        { "inbox_retry", job_inbox_retry, true, 3 },
        { "access_clock", job_access_clock, false, 3 },
        { "janitor", job_janitor, false, 3 },
        { "access_start", job_access_start, false, 3 },
        { "orders_expire", job_orders_expire, false, 3 },
        { "chain_seal", job_chain_seal, false, 3 },
        { "reconcile", job_reconcile, true, 3 },
        { "tidy", job_tidy, false, 3 },
        { "link_ask", job_link_ask, false, 8 },
        { "correction", job_correction, false, 8 },
        { "transfers_due", job_transfers_due, false, 3 },
        { "refund_send", job_refund_send, true, 8 },
        { "dispute_answer", job_dispute_answer, true, 8 },
        { "withdrawal", job_withdrawal, false, 8 },
        { "case", job_case, false, 8 },
        { "case_plan", job_case_plan, false, 8 },
        { "cases_scan", job_cases_scan, false, 3 },
        { "cases_close", job_cases_close, false, 3 },
        { "charge", job_charge, true, 8 },
        { "dues_scan", job_dues_scan, false, 3 },
        { "reminders_scan", job_reminders_scan, false, 3 },
        { "cards_expiring", job_cards_expiring, false, 3 },
        { "agreement_method", job_agreement_method, true, 8 },
        { "agreement_paper", job_agreement_paper, false, 8 },
        { "setup_ask", job_setup_ask, true, 8 },
        { "method_detach", job_method_detach, true, 8 },
        { NULL, NULL, false, 0 }
};

static const struct db_stmt *const *const queries[] = {
        event_queries, inbox_queries, job_queries, mail_queries, payment_queries, receipt_queries, reconcile_queries,
        repair_queries, account_work_queries, waiting_queries, refundwork_queries, cases_queries,
        withdrawwork_queries, charge_queries, agreement_queries, agreement_work_queries,
        reminder_queries, NULL
};

static const char *const parts[] = { "mail", NULL };

/* The reverse of begin(), whole or in part. */
static void
end(struct worker *w)
{
        db_close(w->db);
        if (w->smtp != NULL)
                smtp_close(w->smtp);
        if (w->stripe != NULL)
                stripe_close(w->stripe);
}

/* One process: everything that is not shared over fork. */
static bool
begin(struct worker *w, const char **error)
{
        struct pool *pool = pool_new();
        struct account_row account;

        w->stripe = stripe_open(w->config, error);
        if (w->stripe != NULL)
                w->smtp = smtp_open(w->config, error);
        if (w->smtp != NULL)
                w->db = db_open(w->config->database,
                                w->config->database_user[0] != '\0' ? w->config->database_user : "lk_worker",
                                queries, error);
        if (w->db != NULL) {
                db_unit(w->db, pool, NULL, NULL);
                if (account_by_name(w->db, w->config->gateway_account, &account) == DB_OK)
                        w->account = account.id;
                else
                        *error = "the database knows no gateway account of the name in [gateway] account; it is stripe";
                if (w->account > 0 && call_limits_set(w->db, w->config->call_above, NULL) != DB_OK) {
                        *error = "the setting [recovery] call_above could not be told to the database";
                        w->account = 0;
                }
        }
        pool_free(pool);
        return w->account > 0;
}

/* Configuration and templates, read by the supervisor before it forks: the processes share them. */
struct loaded {
        const char *file;
        struct pool *pool;
        const struct config *config;
        const struct views *views;
};

static void
loaded_end(const struct loaded *loaded)
{
        views_free(loaded->views);
        pool_free(loaded->pool);
}

/* At the start, and at SIGHUP. */
static int
prepare(void *data)
{
        struct loaded *before = data;
        struct loaded now = { .file = before->file, .pool = pool_new() };
        const char *error = "";

        now.config = config_load(now.pool, now.file, &error);
        if (now.config != NULL)
                now.views = views_load(now.config, now.config->templates, parts, &error);
        if (now.views == NULL) {
                log_error("worker_not_started", "error", error, NULL);
                loaded_end(&now);
                return SUPERVISOR_EXIT_CONFIG;
        }
        loaded_end(before);
        *before = now;
        return 0;
}

static int
work(void *data)
{
        const struct loaded *loaded = data;
        struct worker w = { .config = loaded->config, .views = loaded->views };
        const char *error = "";

        if (!begin(&w, &error)) {
                log_error("worker_not_started", "error", error, NULL);
                end(&w);
                return 1;
        }
        supervisor_ready();
        (void)db_listen(w.db, "latchkey_jobs");
        while (!supervisor_stopping()) {
                int n = queue_work(w.db, kinds, &w);

                if (n < 0)
                        usleep(500 * 1000);     /* the database is away */
                else if (n == 0) {
                        int pause = queue_pause(w.db);

                        (void)db_wait_notify(w.db, pause < 1000 ? pause : 1000);
                }
        }
        end(&w);
        return 0;
}

static int
usage(void)
{
        fputs("usage: latchkey-worker --config FILE [--workers N]\n", stderr);
        return 2;
}

int
main(int argc, char **argv)
{
        struct loaded loaded = { .file = "/etc/latchkey/latchkey.conf" };
        int workers = 2, status;

        for (int i = 1; i + 1 < argc; i += 2) {
                if (strcmp(argv[i], "--config") == 0)
                        loaded.file = argv[i + 1];
                else if (strcmp(argv[i], "--workers") == 0)
                        workers = atoi(argv[i + 1]);
                else
                        return usage();
        }
        if (argc % 2 == 0 || workers < 1 || workers > 64)
                return usage();
        log_open("latchkey-worker", LOG_LEVEL_INFO);
        status = supervisor_run(&(struct supervised){
                .workers = workers, .run = work, .data = &loaded, .grace_seconds = 10, .prepare = prepare });
        loaded_end(&loaded);
        return status;
}
