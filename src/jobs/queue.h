/* queue: jobs in PostgreSQL.
 *
 * A claimed job is leased: its run_at moves LEASE seconds ahead, and whoever finishes it
 * names that moment, so a job whose lease ran out is never finished twice.
 *
 * A database job's effect and its finish are one transaction: exactly once, whatever
 * crashes.  A network job commits what it is about to do, acts, and commits what came of
 * it; a crash between leaves a mark (a mail maybe sent, a charge unknown), never a blind
 * repeat (safety rules 5 and 24). */
#ifndef LATCHKEY_JOBS_QUEUE_H
#define LATCHKEY_JOBS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"
#include "db/db.h"

struct job {
        int64_t id;
        const char *kind, *key;
        const char *args;               /* JSON */
        int tries;                      /* failures before this run */
        instant leased_until;           /* the token of this lease */
};

enum job_result {
        JOB_DONE,
        JOB_FAILED,     /* again after a growing pause; given up after max_tries */
        JOB_LATER,      /* not now, no failure: again after SECONDS */
        JOB_HOPELESS    /* given up at once */
};

struct job_outcome {
        enum job_result result;
        int seconds;
        const char *error;      /* for staff and the log; no personal data */
};

struct job_kind {
        const char *kind;
        /* CONTEXT is the caller's own; POOL ends with the job. */
        struct job_outcome (*run)(void *context, struct pool *pool, const struct job *job);
        bool network;           /* false: runs inside the transaction that finishes it */
        int max_tries;
};

/* Enqueue what the schedules want, claim up to ten jobs, run them.  Returns how many ran,
 * -1 when the database is away. */
int queue_work(struct db *db, const struct job_kind *kinds, void *context);

/* Milliseconds until something is due, at most 60,000 (product's time). */
int queue_pause(struct db *db);

/* The whole number that JOB's key begins with; 0 when there is none. */
int64_t job_id_of_key(const struct job *job);

#endif
