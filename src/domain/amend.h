/* amend: what becomes of a payment plan when its customer needs something else (S1.6, S1.7).
 *
 * A pure function from what is still to be paid, the rule in force and a wish to a new schedule
 * with its cost, and to whether the rule allows it by itself.  No clock, no database: the
 * database counts again what is sent to it (change_limit() in sql/functions/31_hardship.sql). */
#ifndef LATCHKEY_DOMAIN_AMEND_H
#define LATCHKEY_DOMAIN_AMEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OFFERS_MOST: of the wishes for one need so many are shown, the first ones that the rule allows. */
enum {
        AMEND_ROWS_MAX = 60,
        AMEND_MONTHS_MAX = 6,
        AMEND_WISHES_MAX = 12,
        AMEND_OFFERS_MOST = 4,
        AMEND_LAST_DAY = 2932896 /* 31 December 9999 */
};

enum amend_need {
        AMEND_MOVE,    /* one payment on another day */
        AMEND_DAY,     /* all payments on another day of the month */
        AMEND_SMALLER, /* what is open in more, smaller parts */
        AMEND_SKIP,    /* one payment comes at the end instead */
        AMEND_PAUSE,   /* everything some months later */
        AMEND_EARLY,   /* some payments, or all, now */
        AMEND_NEEDS
};

/* A payment: days since 1970-01-01, minor units above zero. */
struct amend_row {
        int32_t on;
        int64_t minor;
};

/* A rule as it is in force for this plan; amounts in the plan's currency. */
struct amend_rule {
        int deposit_percent;    /* of the price: paid before anything is changed */
        int64_t smallest_minor; /* no new payment is smaller */
        int count_most;         /* payments in all */
        int longest_months;     /* from the beginning to the last payment */
        int later_days;         /* no amount comes later than so many days after it was agreed */
        int changes_most, changes_days; /* so often, and so many days between two */
        int grace_days;                 /* overdue for longer: a person decides */
        int64_t fee_minor;              /* of each change; joins the last payment */
        int early_percent;              /* off what is paid before its day */
};

struct amend_facts {
        int32_t today, anchor_on; /* where the customer lives; the plan's first day */
        int step_days;            /* 7, 14; 0: by the month */
        int changes;              /* made so far */
        int32_t changed_on;       /* the last of them; 0: none */
        int count;                /* payments in all, those that were made included */
        int64_t paid_minor;
        int64_t step_minor;     /* what amounts are multiples of (money_step()) */
        const struct amend_row *rows; /* what is open, by day; 1 to AMEND_ROWS_MAX */
        size_t n;
        const struct amend_row *agreed; /* all payments as they were agreed first, by day */
        size_t n_agreed;
};

struct amend_wish {
        enum amend_need need;
        size_t which;    /* AMEND_MOVE, AMEND_SKIP: index in rows */
        int32_t to_on;   /* AMEND_MOVE */
        int day;         /* AMEND_DAY: 1-31; the last day where a month has no such day */
        int parts;       /* AMEND_SMALLER: how many payments */
        int months;      /* AMEND_PAUSE */
        uint64_t chosen; /* AMEND_EARLY: bit i is rows[i] */
};

enum amend_verdict {
        AMEND_FITS, /* in force at once */
        AMEND_ASKS, /* outside the rule: a person decides */
        AMEND_WRONG /* no such schedule: the wish itself is wrong */
};

/* Why it is not in force at once; amend_why() has the sentences. */
enum amend_limit {
        AMEND_NONE,
        AMEND_CHANGES,
        AMEND_SPACING,
        AMEND_OVERDUE,
        AMEND_DEPOSIT,
        AMEND_SMALL,
        AMEND_COUNT,
        AMEND_LONG,
        AMEND_LATE,
        AMEND_PAST,
        AMEND_FAR,
        AMEND_SAME,
        AMEND_NO_SUCH,
        AMEND_LIMITS
};

struct amend_plan {
        enum amend_verdict verdict;
        enum amend_limit limit;
        struct amend_row rows[AMEND_ROWS_MAX]; /* what is to be paid then, by day */
        size_t n;
        int64_t fee_minor, discount_minor; /* the rows sum up to what is open + fee - discount */
};

/* What is tried for NEED, before any rule is asked: for AMEND_MOVE of payment WHICH.  How many; none
 * for AMEND_EARLY, and where there is no such payment. */
size_t amend_wishes(const struct amend_facts *facts, enum amend_need need, size_t which,
                    struct amend_wish wishes[AMEND_WISHES_MAX]);

/* What the wish makes of the plan, in steps of its currency.  Without rows when AMEND_WRONG. */
void amend_make(const struct amend_facts *facts, const struct amend_rule *rule,
                const struct amend_wish *wish, struct amend_plan *plan);

/* The last day to which the rule lets payment WHICH move by itself, from today on: every day until then
 * is allowed, none after it.  0: none is. */
int32_t amend_latest(const struct amend_facts *facts, const struct amend_rule *rule, size_t which);

/* Whether ROWS, by day, would be allowed by the rule: AMEND_NONE, or the limit that they break. */
enum amend_limit amend_limit(const struct amend_facts *facts, const struct amend_rule *rule,
                             const struct amend_row *rows, size_t n);

#endif
