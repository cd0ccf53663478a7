/* ahead: the time machine.  Everything that one customer will be sent and charged, found by running the
 * real functions in a transaction that is rolled back (sql/functions/34_machine.sql).
 *
 * Something may be edited first, inside of that transaction and through the function that really edits
 * it: two runs, one with the edit, are the difference that it makes. */
#ifndef LATCHKEY_DOMAIN_AHEAD_H
#define LATCHKEY_DOMAIN_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "db/db.h"
#include "queries/machine.h"

enum { AHEAD_DAYS = 60 };

struct ahead {
        int64_t customer;
        int32_t days;
        const char *decline;            /* the gateway's code that each charge is refused with; "": each goes through */
        int32_t bank_days;              /* as the worker's: [bank] days */
        /* Called once after the beginning, to edit something; what is not DB_OK ends the run.  May be NULL. */
        enum db_status (*edit)(struct db *db, void *data);
        void *edit_data;
        /* Called for each mail at the moment when it leaves, to read its words.  May be NULL. */
        enum db_status (*mail)(struct db *db, int64_t message, void *data);
        void *mail_data;
};

enum ahead_result {
        AHEAD_DONE,
        AHEAD_UNKNOWN,  /* no such customer, or erased */
        AHEAD_BUSY,     /* somebody has their rows in hand, or it took too long: later it can be had */
        AHEAD_FAILED    /* logged */
};

/* Run it on the unit's connection.  An open transaction is rolled back first and nothing of the run is
 * left afterwards.  The rows, in order, belong to the unit's pool. */
enum ahead_result ahead_run(struct db *db, struct pool *pool, const struct ahead *ahead,
                            struct machine_seen_row **rows, size_t *n);

/* The code of a usual refusal of CLASS ("soft_funds", ...): what a run is given to meet that class. */
const char *ahead_code(const char *class);

#endif
