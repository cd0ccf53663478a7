/* order: what an operator can do to one order: open it as a gift, open it again, send its
 * mails once more.  The same functions as the staff pages', with the operator as actor. */
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "queries/operator.h"

static const struct column columns[] = { { "order", NULL }, { "result", NULL }, { "mails", NULL } };

static enum ctl_exit
unknown_order(struct ctl *ctl)
{
        return ctl_fail(ctl, CTL_USAGE,
                        "Its number stands on the order's page, in its mails and on its receipt.",
                        "there is no order %s", ctl->args[0]);
}

/* Say what was done, then wake the worker: mails are waiting. */
static enum ctl_exit
done(struct ctl *ctl, const char *result, int64_t mails, const char *words)
{
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_text(ctl->args[0]), cell_text(result), cell_number(mails) });
        output_say(ctl->out, "Order %s: %s", ctl->args[0], words);
        return db_notify(ctl->db, "latchkey_jobs") == DB_OK ? CTL_FINE : ctl_fail_db(ctl);
}

enum ctl_exit
run_grant(struct ctl *ctl)
{
        const char *reason = ctl_option(ctl, "reason");
        struct operator_order_row state;
        struct operator_answer_row answer;
        bool found;

        reason = reason != NULL ? text_trim(ctl->pool, reason) : NULL;
        if (text_is_empty(reason))
                return ctl_fail(ctl, CTL_USAGE, "--reason \"why it is given\"", "a gift needs its reason");
        if (operator_order(ctl->db, ctl->args[0], &state, &found) != DB_OK)
                return ctl_fail_db(ctl);
        if (!found)
                return unknown_order(ctl);
        if (operator_gift(ctl->db, ctl->args[0], reason, &answer) != DB_OK)
                return ctl_fail_db(ctl);
        if (strcmp(answer.answer, "granted") == 0)
                return done(ctl, "granted", 1, "access is open, as a gift. The customer is told.");
        if (state.n_ended > 0)
                return ctl_fail(ctl, CTL_USAGE, pool_printf(ctl->pool, "latchkeyctl regrant %s", ctl->args[0]),
                                "the access of order %s had ended; it can be opened again", ctl->args[0]);
        return done(ctl, "has", 0, "access was open already. Nothing changed.");
}

enum ctl_exit
run_regrant(struct ctl *ctl)
{
        struct operator_answer_row answer;

        if (operator_regrant(ctl->db, ctl->args[0], &answer) != DB_OK)
                return ctl_fail_db(ctl);
        if (strcmp(answer.answer, "unknown") == 0)
                return unknown_order(ctl);
        if (strcmp(answer.answer, "none") == 0)
                return ctl_fail(ctl, CTL_USAGE,
                                pool_printf(ctl->pool, "latchkeyctl grant %s --reason TEXT", ctl->args[0]),
                                "order %s never had access; only a gift opens it", ctl->args[0]);
        if (strcmp(answer.answer, "has") == 0)
                return done(ctl, "has", 0, "access was open already. Nothing changed.");
        return done(ctl, "granted", 0, "access is open again.");
}

enum ctl_exit
run_resend(struct ctl *ctl)
{
        struct operator_count_row row;

        if (operator_resend(ctl->db, ctl->args[0], &row) != DB_OK)
                return ctl_fail_db(ctl);
        if (row.n < 0)
                return unknown_order(ctl);
        if (row.n == 0)
                return done(ctl, "none", 0, "no mail was ever due for it.");
        return done(ctl, "sent", row.n,
                    row.n == 1 ? "one mail goes out once more."
                               : pool_printf(ctl->pool, "%lld mails go out once more.",
                                             (long long)row.n));
}
