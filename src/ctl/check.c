/* check: what must always be true, asked of the database and of the gateway's account. */
#include "ctl/compare.h"
#include "ctl/ctl.h"
#include "queries/operator.h"
#include "queries/reconcile.h"

static void
add_rows(struct ctl *ctl, const struct finding_row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++)
                compare_row(ctl, &(struct finding){rows[i].kind, rows[i].order_number,
                                                   rows[i].expected, rows[i].found});
}

enum ctl_exit
run_check_access(struct ctl *ctl)
{
        struct finding_row *rows;
        size_t n;

        if (operator_check_access(ctl->db, &rows, &n) != DB_OK)
                return ctl_fail_db(ctl);
        compare_columns(ctl);
        add_rows(ctl, rows, n);
        return compare_verdict(ctl, n, "Whoever paid has access, and nobody else.");
}

enum ctl_exit
run_check_schema(struct ctl *ctl)
{
        struct finding_row *rows;
        size_t n;

        if (operator_check_schema(ctl->db, ctl->config->development, &rows, &n) != DB_OK)
                return ctl_fail_db(ctl);
        compare_columns(ctl);
        add_rows(ctl, rows, n);
        return compare_verdict(ctl, n, "The schema is as it should be, and the sealed logs are whole.");
}

/* --- money --- */

static bool
ask_moves(struct comparison *with, struct finding **findings, size_t *n)
{
        struct difference_row *rows;

        if (reconcile_moves(with->ctl->db, with->account_id, with->since, with->until,
                            listing_moves(with->ctl->pool, with->listing), &rows, n) != DB_OK)
                return false;
        *findings = pool_alloc(with->ctl->pool, (*n + 1) * sizeof(**findings));
        for (size_t i = 0; i < *n; i++)
                (*findings)[i] = (struct finding){rows[i].kind, rows[i].order_number,
                                                  rows[i].expected, rows[i].found};
        return true;
}

static enum ctl_exit
check_gateway(struct comparison *with, struct finding **findings, size_t *n)
{
        const char *error;

        if (!listing_fetch_moves(with->stripe, with->ctl->pool, with->listing,
                                 with->since > 0 ? with->since / CLOCK_SECOND - 86400 : 0, &error))
                return ctl_fail(with->ctl, CTL_UNREACHABLE,
                                "The books themselves were checked; the gateway's account was not.",
                                "%s", error);
        return compare_until_settled(with, ask_moves, findings, n);
}

enum ctl_exit
run_check_money(struct ctl *ctl)
{
        struct comparison with;
        struct finding_row *rows;
        struct finding *findings = NULL;
        enum ctl_exit status;
        size_t n, n_gateway = 0;

        if (operator_check_money(ctl->db, &rows, &n) != DB_OK)
                return ctl_fail_db(ctl);
        compare_columns(ctl);
        add_rows(ctl, rows, n);
        status = compare_begin(&with, ctl, 0);
        if (status == CTL_FINE)
                status = check_gateway(&with, &findings, &n_gateway);
        compare_end(&with);
        if (status != CTL_FINE)
                return status;
        for (size_t i = 0; i < n_gateway; i++)
                compare_row(ctl, &findings[i]);
        return compare_verdict(ctl, n + n_gateway, "The books add up, and the gateway's account agrees.");
}
