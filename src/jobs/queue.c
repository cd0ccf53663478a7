/* queue: claim, run, finish, see queue.h. */
#include "jobs/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "queries/job.h"

enum { LEASE_SECONDS = 30 };

/* Pauses after the first, second, ... failure; the last one goes on. */
static const int pauses[] = { 2, 10, 60, 300, 1800, 7200, 21600 };

static int
pause_after(int tries)
{
        size_t n = sizeof(pauses) / sizeof(pauses[0]);

        return pauses[(size_t)tries < n ? (size_t)tries : n - 1];
}

static const struct job_kind *
kind_of(const struct job_kind *kinds, const char *name)
{
        for (; kinds->kind != NULL; kinds++)
                if (strcmp(kinds->kind, name) == 0)
                        return kinds;
        return NULL;
}

static void
log_failure(const struct job *job, const char *what, const char *error)
{
        log_warning(what, "kind", job->kind, "job", log_int(job->id), "tries", log_int(job->tries + 1),
                    "error", error, NULL);
}

/* Queue what the outcome means for the job's row. */
static void
conclude(struct db *db, const struct job_kind *kind, const struct job *job, struct job_outcome outcome)
{
        const char *error = outcome.error != NULL ? outcome.error : "";

        if (outcome.result == JOB_FAILED && job->tries + 1 >= kind->max_tries)
                outcome.result = JOB_HOPELESS;
        switch (outcome.result) {
        case JOB_DONE:
                job_finish_ask(db, job->id, job->leased_until, NULL);
                break;
        case JOB_LATER:
                job_again_ask(db, job->id, job->leased_until, outcome.seconds, error, false, NULL);
                break;
        case JOB_FAILED:
                log_failure(job, "job_failed", error);
                job_again_ask(db, job->id, job->leased_until, pause_after(job->tries), error, true, NULL);
                break;
        case JOB_HOPELESS:
                log_failure(job, "job_given_up", error);
                job_bury_ask(db, job->id, job->leased_until, error, NULL);
                break;
        }
}

static void
run_network(struct db *db, struct pool *pool, const struct job_kind *kind, void *context,
            const struct job *job)
{
        struct job_outcome outcome = kind->run(context, pool, job);

        db_unit(db, pool, NULL, NULL);
        conclude(db, kind, job, outcome);
        (void)db_wait(db);      /* lost: the lease runs out and the job looks again */
}

static void
run_database(struct db *db, struct pool *pool, const struct job_kind *kind, void *context,
             const struct job *job)
{
        struct job_outcome outcome;

        db_begin(db);
        outcome = kind->run(context, pool, job);
        if (outcome.result == JOB_DONE) {
                job_finish_ask(db, job->id, job->leased_until, NULL);
                if (db_wait(db) == DB_OK && db_commit(db) == DB_OK)
                        return;
                outcome = (struct job_outcome){ JOB_FAILED, 0, pool_strdup(pool, db_error_message(db)) };
        }
        db_rollback(db);
        db_unit(db, pool, NULL, NULL);
        conclude(db, kind, job, outcome);
        (void)db_wait(db);
}

static void
run_one(struct db *db, const struct job_kind *kinds, void *context, const struct job_row *row)
{
        struct pool *pool = pool_new();
        struct job job = { .id = row->id, .kind = row->kind, .key = row->key, .args = row->args,
                           .tries = row->tries, .leased_until = row->leased_until };
        const struct job_kind *kind = kind_of(kinds, row->kind);
        static const struct job_kind unknown = { .kind = "", .max_tries = 1 };

        db_unit(db, pool, NULL, NULL);
        if (kind == NULL) {
                conclude(db, &unknown, &job,
                         (struct job_outcome){ JOB_HOPELESS, 0, "no program of this version knows this kind of job" });
                (void)db_wait(db);
        } else if (kind->network) {
                run_network(db, pool, kind, context, &job);
        } else {
                run_database(db, pool, kind, context, &job);
        }
        pool_free(pool);
}

int
queue_work(struct db *db, const struct job_kind *kinds, void *context)
{
        struct pool *pool = pool_new();
        struct job_row *rows;
        size_t n = 0;
        int done = -1;

        db_unit(db, pool, NULL, NULL);
        schedules_run_ask(db, NULL);
        if (db_wait(db) == DB_OK && jobs_claim(db, LEASE_SECONDS, &rows, &n) == DB_OK) {
                if (n > 0)
                        clock_set_ahead(rows[0].now_at - clock_real());
                for (size_t i = 0; i < n; i++)
                        run_one(db, kinds, context, &rows[i]);
                done = (int)n;
        }
        pool_free(pool);
        return done;
}

int
queue_pause(struct db *db)
{
        struct pool *pool = pool_new();
        struct jobs_next_row next = { .milliseconds = 1000 };

        db_unit(db, pool, NULL, NULL);
        if (jobs_next(db, &next) != DB_OK)
                next.milliseconds = 1000;
        pool_free(pool);
        return (int)next.milliseconds;
}

int64_t
job_id_of_key(const struct job *job)
{
        return strtoll(job->key, NULL, 10);
}
