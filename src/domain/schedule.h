/* schedule: how an offer is paid, from what somebody typed to what the catalogue keeps.
 *
 * Only words are read here.  Days and amounts are counted by the database alone
 * (sql/functions/30_plan.sql), which also has the last word on what holds. */
#ifndef LATCHKEY_DOMAIN_SCHEDULE_H
#define LATCHKEY_DOMAIN_SCHEDULE_H

#include <stddef.h>

#include "base/pool.h"

/* As it was typed; NULL is "". */
struct schedule {
        const char *way;        /* one of schedule_ways */
        const char *count;      /* weekly, fortnightly, monthly: how many; with a deposit those after it */
        const char *days;       /* dates: "2027-01-15, 2027-03-01", after the payment at the checkout */
        const char *deposit;    /* instalments: "50.00" or "25%"; "" for none */
};

/* full weekly fortnightly monthly dates sub_week sub_month sub_quarter sub_year; ends with NULL. */
extern const char *const schedule_ways[];

/* Which field is wrong, and what to do about it. */
struct schedule_fault {
        const char *field;      /* way, count, days, deposit */
        const char *words;
};

/* JSON as in offer_versions.schedule, "" for in full; NULL with *FAULT where it cannot be. */
const char *schedule_json(struct pool *pool, const struct schedule *typed, const char *currency,
                          struct schedule_fault *fault);

/* What schedule_fault() of the database says, or "past", for people. */
struct schedule_fault schedule_fault_of(const char *code);

#endif
