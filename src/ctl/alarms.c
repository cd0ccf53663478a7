/* alarms: what somebody must look at, and what only people can end: a payment that does not fit,
 * an event that cannot be settled, a refund that failed. */
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "queries/operator.h"

enum { MOST = 500 };

enum ctl_exit
run_alarms(struct ctl *ctl)
{
        static const struct column columns[] = {
                { "id", "id" }, { "kind", "kind" }, { "state", "state" }, { "object", "object" }, { "object_id", "object_id" },
                { "order", "order" }, { "at", "at" }, { "detail", "detail" },
        };
        struct operator_alarm_row *rows;
        size_t n;

        if (operator_alarms(ctl->db, ctl_option(ctl, "all") != NULL, MOST, &rows, &n) != DB_OK)
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        for (size_t i = 0; i < n; i++)
                output_row(ctl->out, (struct cell[]){
                        cell_number(rows[i].id), cell_text(rows[i].kind), cell_text(rows[i].state), cell_text(rows[i].object),
                        cell_number(rows[i].object_id), cell_text(rows[i].order_number), cell_time(rows[i].at, false),
                        cell_text(rows[i].detail) });
        if (n == 0)
                output_say(ctl->out, "No alarms.");
        else if (n == MOST)
                output_say(ctl->out, "The latest %d are shown.", MOST);
        return CTL_FINE;
}

static enum ctl_exit
settle(struct ctl *ctl, bool again, const char *reason)
{
        static const struct column columns[] = { { "id", NULL }, { "result", NULL } };
        struct operator_answer_row row;
        int64_t id;

        if (!ctl_parse_id(ctl->args[0], &id))
                return ctl_fail(ctl, CTL_USAGE, "latchkeyctl alarms lists them.", "%s is no number of an alarm", ctl->args[0]);
        if (operator_alarm_settle(ctl->db, id, again, reason, &row) != DB_OK)
                return ctl_fail_db(ctl);
        if (strcmp(row.answer, "unknown") == 0)
                return ctl_fail(ctl, CTL_USAGE, "latchkeyctl alarms lists them.", "there is no alarm %lld", (long long)id);
        if (strcmp(row.answer, "other") == 0)
                return ctl_fail(ctl, CTL_USAGE, "latchkeyctl(1) says which can be settled.",
                                again ? "alarm %lld is not about an event" : "alarm %lld ends once its cause is gone",
                                (long long)id);
        if (again && db_notify(ctl->db, "latchkey_jobs") != DB_OK)
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_number(id), cell_text(row.answer) });
        output_say(ctl->out, strcmp(row.answer, "over") == 0 ? "Alarm %lld was over before; nothing was changed."
                             : again ? "The event of alarm %lld is tried again." : "Alarm %lld is settled.", (long long)id);
        return CTL_FINE;
}

enum ctl_exit
run_alarms_settle(struct ctl *ctl)
{
        const char *reason = ctl_option(ctl, "reason");

        if (text_is_empty(reason))
                return ctl_fail(ctl, CTL_USAGE, "It stands in the audit.", "--reason TEXT is missing");
        return settle(ctl, false, reason);
}

enum ctl_exit
run_alarms_again(struct ctl *ctl)
{
        return settle(ctl, true, "");
}
