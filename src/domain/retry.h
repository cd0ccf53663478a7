/* retry: when to try a declined payment again, and why then.
 *
 * A pure function of facts, so that it can be tried on any history: no clock, no database.  It
 * keeps the rules that nobody may forget: hard declines are never tried again, a confirmation
 * is never asked for off session, never more than 15 times in 30 days for one amount, the card
 * networks' own limits, the customer's daytime alone, nothing while a promise runs, and nothing
 * before the day on which the amount is due. */
#ifndef LATCHKEY_DOMAIN_RETRY_H
#define LATCHKEY_DOMAIN_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"
#include "domain/decline.h"

enum {
        RETRY_DAYS = 14,                /* after the first failure nothing is tried any more, but for a promise */
        RETRY_MAX = 8,                  /* attempts for one amount in those days, the first one included */
        RETRY_MONTH_MAX = 15,           /* in any 30 days, whatever else */
        RETRY_BANK_MAX = 4,             /* where the bank alone knows why */
        RETRY_FIRST_HOUR = 8,           /* the customer's day: from 8:00 ... */
        RETRY_LAST_HOUR = 19,           /* ... to 19:59 */
        RETRY_LEARNS_FROM = 50          /* results of a class from which on they count */
};

enum retry_network { RETRY_OTHER, RETRY_VISA, RETRY_MASTERCARD };

/* Something that was tried: for this amount, with this card (for any amount), or both. */
struct retry_try {
        instant at;
        bool same_due, same_card;
};

/* This shop's results: of TRIED attempts after a decline of CLASS, made on WEEKDAY (0 Monday)
 * at HOUR of the customer's day, PAID went through. */
struct retry_result {
        enum decline_class class;
        int weekday, hour;
        int64_t tried, paid;
};

struct retry_facts {
        instant now;
        instant first_failed_at;
        enum decline_class class;       /* of the last failure */
        bool has_method;                /* a saved method that may be charged off session */
        enum retry_network network;
        const char *zone;               /* the customer's */
        int minute;                     /* 0-59: spreads the attempts of many over the hour */
        bool promised;
        int64_t promised_day;           /* days since 1970-01-01: by then the customer pays */
        int64_t due_day;                /* the same: whoever paid ahead of it and was declined is not charged before */
        const struct retry_try *tries;  /* in any order */
        size_t n_tries;
        const struct retry_result *results;
        size_t n_results;
};

struct retry_plan {
        bool retry;
        instant at;                     /* when RETRY */
        const char *why;                /* one or two sentences for staff; never empty */
};

/* What to do next; WHY belongs to POOL. */
struct retry_plan retry_plan(struct pool *pool, const struct retry_facts *facts);

/* The gateway's brand of a card as a network: "visa", "mastercard". */
enum retry_network retry_network_of(const char *brand);

#endif
