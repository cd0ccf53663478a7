/* compare: the gateway's side of reconcile and check money; see compare.h. */
#include "ctl/compare.h"

#include <glib.h>

#include "queries/reconcile.h"

enum { TRIES = 4, PAUSE_MS = 500, DAY_SECONDS = 86400 };

enum ctl_exit
compare_begin(struct comparison *with, struct ctl *ctl, int fallback_days)
{
        const char *since = ctl_option(ctl, "since"), *error;
        struct reconcile_account_row account;
        bool found;

        *with = (struct comparison){ .ctl = ctl, .listing = listing_new(ctl->pool) };
        if (!ctl_clock(ctl, &with->until, NULL) ||
            reconcile_account(ctl->db, ctl->config->gateway_account, &account, &found) != DB_OK)
                return ctl_fail_db(ctl);
        if (!found)
                return ctl_fail(ctl, CTL_USAGE, "Set [gateway] account to stripe.",
                                "the database knows no account %s", ctl->config->gateway_account);
        with->account_id = account.id;
        with->since = fallback_days > 0 ? with->until - fallback_days * DAY_SECONDS * CLOCK_SECOND : 0;
        if (since != NULL && !ctl_parse_time(since, &with->since))
                return ctl_fail(ctl, CTL_USAGE, "--since 2026-03-04", "%s is no day", since);
        with->stripe = stripe_open(ctl->config, &error);
        return with->stripe != NULL ? CTL_FINE : ctl_fail(ctl, CTL_USAGE, NULL, "%s", error);
}

void
compare_end(struct comparison *with)
{
        stripe_close(with->stripe);
}

enum ctl_exit
compare_until_settled(struct comparison *with, compare_ask *ask, struct finding **findings, size_t *n)
{
        for (int try = 1;; try++) {
                if (!ask(with, findings, n))
                        return ctl_fail_db(with->ctl);
                if (*n == 0 || try == TRIES)
                        return CTL_FINE;
                g_usleep(PAUSE_MS * 1000);
        }
}

void
compare_columns(struct ctl *ctl)
{
        static const struct column columns[] = { { "kind", "kind" }, { "order", "order" },
                                                 { "expected", "expected" }, { "found", "found" } };

        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
}

void
compare_row(struct ctl *ctl, const struct finding *finding)
{
        output_row(ctl->out, (struct cell[]){ cell_text(finding->kind), cell_text(finding->order),
                                              cell_fact(finding->expected), cell_fact(finding->found) });
}

enum ctl_exit
compare_verdict(struct ctl *ctl, size_t n, const char *fine)
{
        if (n == 0) {
                output_say(ctl->out, "%s", fine);
                return CTL_FINE;
        }
        output_fail(ctl->out, pool_printf(ctl->pool, n == 1 ? "%zu difference" : "%zu differences", n),
                    "latchkeyctl(1) says what each kind means and what to do.");
        return CTL_DIFFERENCES;
}
