/* ahead: the time machine, see ahead.h. */
#include "domain/ahead.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/caseplan.h"

enum { LONGEST_MS = 6000, STEPS_MOST = 5000 };

static const struct caseplan_way way = {machine_classed, machine_planned};

/* What only the program can do. */
static enum db_status
step(struct db *db, struct pool *pool, const struct ahead *ahead,
     const struct machine_step_row *row)
{
        if (strcmp(row->kind, "case") == 0)
                return caseplan_failed(db, pool, &way, row->id);
        if (strcmp(row->kind, "case_plan") == 0)
                return caseplan_plan(db, pool, &way, row->id);
        if (strcmp(row->kind, "mail") != 0)
                return DB_OK;
        return ahead->mail != NULL ? ahead->mail(db, row->id, ahead->mail_data) : DB_OK;
}

static enum ahead_result
failed(const struct db *db, enum db_status rc)
{
        const char *state = db_error_sqlstate(db);

        if (rc == DB_RETRY || text_equal(state, "57014")) /* the last: statement_timeout */
                return AHEAD_BUSY;
        log_error("ahead_failed", "state", state, "error", db_error_message(db), NULL);
        return AHEAD_FAILED;
}

static enum ahead_result
run(struct db *db, struct pool *pool, const struct ahead *ahead, struct machine_seen_row **rows,
    size_t *n)
{
        int64_t began = clock_monotonic_ms();
        struct machine_begun_row begun;
        struct machine_step_row row;
        enum db_status rc;
        bool found = true;

        rc = machine_begin(db, ahead->customer, ahead->days, ahead->decline, ahead->bank_days,
                           &begun);
        if (rc == DB_OK && !text_equal(begun.answer, "begun"))
                return AHEAD_UNKNOWN;
        if (rc == DB_OK && ahead->edit != NULL)
                rc = ahead->edit(db, ahead->edit_data);
        for (int steps = 0; rc == DB_OK && found; steps++) {
                if (steps > STEPS_MOST || clock_monotonic_ms() - began > LONGEST_MS) {
                        log_warning("ahead_long", "customer", log_int(ahead->customer), "steps",
                                    log_int(steps), NULL);
                        return AHEAD_BUSY;
                }
                rc = machine_step(db, &row, &found);
                if (rc == DB_OK && found)
                        rc = step(db, pool, ahead, &row);
        }
        if (rc == DB_OK)
                rc = machine_seen(db, rows, n);
        return rc == DB_OK ? AHEAD_DONE : failed(db, rc);
}

enum ahead_result
ahead_run(struct db *db, struct pool *pool, const struct ahead *ahead,
          struct machine_seen_row **rows, size_t *n)
{
        enum ahead_result result;

        if (db_in_transaction(db))
                db_rollback(db);
        *n = 0;
        db_begin(db);
        result = run(db, pool, ahead, rows, n);
        db_rollback(db);
        return result;
}

const char *
ahead_code(const char *class)
{
        static const struct {
                const char *class, *code;
        } codes[] = {
                {"soft", "generic_decline"},
                {"soft_funds", "insufficient_funds"},
                {"bank", "do_not_honor"},
                {"fix_card", "expired_card"},
                {"on_session", "authentication_required"},
                {"never_again", "lost_card"},
        };

        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
                if (text_equal(codes[i].class, class))
                        return codes[i].code;
        return codes[0].code;
}
