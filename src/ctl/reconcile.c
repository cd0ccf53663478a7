/* reconcile: the gateway against orders, payments and access, in both directions (S0.9). */
#include "ctl/compare.h"
#include "ctl/ctl.h"
#include "queries/reconcile.h"

enum {
        DAYS = 30,
        /* An intent may be this much older than its payment: a debit or transfer takes days. */
        MARGIN_SECONDS = 7 * 86400
};

/* What we booked and the lists lack, asked for by name. */
static enum ctl_exit
fetch_unseen(struct comparison *with)
{
        struct ctl *ctl = with->ctl;
        struct reconcile_unseen_row *rows;
        const char *error;
        size_t n;

        if (reconcile_unseen(ctl->db, with->account_id, with->since, with->until,
                             listing_payments(ctl->pool, with->listing),
                             listing_refunds(ctl->pool, with->listing),
                             listing_disputes(ctl->pool, with->listing), &rows, &n) != DB_OK)
                return ctl_fail_db(ctl);
        for (size_t i = 0; i < n; i++)
                if (!listing_fetch_one(with->stripe, ctl->pool, with->listing, rows[i].kind,
                                       rows[i].ref, &error))
                        return ctl_fail(ctl, CTL_UNREACHABLE, NULL, "%s", error);
        return CTL_FINE;
}

static bool
ask(struct comparison *with, struct finding **findings, size_t *n)
{
        struct pool *pool = with->ctl->pool;
        struct difference_row *rows;

        if (reconcile_differences(with->ctl->db, with->account_id, with->since, with->until,
                                  listing_payments(pool, with->listing), listing_refunds(pool, with->listing),
                                  listing_disputes(pool, with->listing), &rows, n) != DB_OK)
                return false;
        *findings = pool_alloc(pool, (*n + 1) * sizeof(**findings));
        for (size_t i = 0; i < *n; i++)
                (*findings)[i] = (struct finding){rows[i].kind, rows[i].order_number,
                                                  rows[i].expected, rows[i].found};
        return true;
}

static enum ctl_exit
compare(struct comparison *with)
{
        struct ctl *ctl = with->ctl;
        struct finding *findings;
        const char *error;
        enum ctl_exit status;
        size_t n;

        if (!listing_fetch(with->stripe, ctl->pool, with->listing,
                           with->since / CLOCK_SECOND - MARGIN_SECONDS, &error))
                return ctl_fail(ctl, CTL_UNREACHABLE, "Nothing was compared.", "%s", error);
        status = fetch_unseen(with);
        if (status == CTL_FINE)
                status = compare_until_settled(with, ask, &findings, &n);
        if (status != CTL_FINE)
                return status;
        compare_columns(ctl);
        for (size_t i = 0; i < n; i++)
                compare_row(ctl, &findings[i]);
        return compare_verdict(ctl, n, "Gateway, payments and access agree.");
}

enum ctl_exit
run_reconcile(struct ctl *ctl)
{
        struct comparison with;
        enum ctl_exit status = compare_begin(&with, ctl, DAYS);

        if (status == CTL_FINE)
                status = compare(&with);
        compare_end(&with);
        return status;
}
