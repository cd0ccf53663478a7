/* daily: the comparison of gateway, orders and grants (S0.9).
 *
 * The same question as latchkeyctl reconcile.  What differs raises an alarm; what the
 * gateway has and we have not is asked for, so that it is booked by itself. */
#include <string.h>

#include "base/log.h"
#include "gateway/listing.h"
#include "queries/reconcile.h"
#include "queries/repair.h"
#include "worker/worker.h"

enum {
        DAYS = 7,
        MARGIN_SECONDS = 7 * 86400,     /* an intent may be older than its payment: debits take days */
        SETTLE_SECONDS = 120            /* what is this young may still be on its way */
};

/* Lists of both sides of the time between SINCE and UNTIL. */
static bool
fetch(struct worker *w, struct pool *pool, struct listing *listing, instant since, instant until, const char **error)
{
        struct reconcile_unseen_row *unseen;
        size_t n;

        if (!listing_fetch(w->stripe, pool, listing, since / CLOCK_SECOND - MARGIN_SECONDS, error))
                return false;
        if (reconcile_unseen(w->db, w->account, since, until, listing_payments(pool, listing),
                             listing_refunds(pool, listing), listing_disputes(pool, listing), &unseen, &n) != DB_OK) {
                *error = db_error_message(w->db);
                return false;
        }
        for (size_t i = 0; i < n; i++)
                if (!listing_fetch_one(w->stripe, pool, listing, unseen[i].kind, unseen[i].ref, error))
                        return false;
        return true;
}

/* The id at the end of "no payment for pi_...", at the start of "dp_... open". */
static void
ask_again(struct worker *w, struct pool *pool, const struct job *job, const struct difference_row *row)
{
        const char *ref = NULL, *type = NULL;

        if (strcmp(row->kind, "paid_without_payment") == 0 && row->found != NULL) {
                ref = strrchr(row->found, ' ') != NULL ? strrchr(row->found, ' ') + 1 : NULL;
                type = "payment_intent.succeeded";
        } else if (strncmp(row->kind, "dispute_", 8) == 0 && row->expected != NULL) {
                ref = pool_strndup(pool, row->expected, strcspn(row->expected, " "));
                type = "charge.dispute.updated";
        }
        if (ref != NULL)
                fetch_again_ask(w->db, pool_printf(pool, "reconcile/%s/%s", job->key, ref), type, ref, NULL);
}

struct job_outcome
job_reconcile(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct listing *listing = listing_new(pool);
        struct difference_row *rows;
        instant now = clock_product(), since = now - (instant)DAYS * 86400 * CLOCK_SECOND;
        instant until = now - SETTLE_SECONDS * CLOCK_SECOND;
        const char *error = "";
        size_t n;

        if (!fetch(w, pool, listing, since, until, &error))
                return (struct job_outcome){ JOB_FAILED, 0, error };
        if (reconcile_differences(w->db, w->account, since, until, listing_payments(pool, listing),
                                  listing_refunds(pool, listing), listing_disputes(pool, listing), &rows, &n) != DB_OK)
                return job_db_failed(w, pool);
        for (size_t i = 0; i < n; i++) {
                if (rows[i].order_number != NULL)
                        reconcile_alarm_ask(w->db, rows[i].order_number,
                                            pool_printf(pool, "The gateway and the books differ: %s", rows[i].kind), NULL);
                ask_again(w, pool, job, &rows[i]);
        }
        if (n > 0)
                log_error("reconcile_differs", "n", log_int((int64_t)n), "hint", "run latchkeyctl reconcile", NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}
