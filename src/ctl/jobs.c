/* jobs: what the worker has before it, what failed, and what it gave up. */
#include <string.h>

#include <glib.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "queries/operator.h"

enum { MOST = 500 };

static bool
is_state(const char *state)
{
        static const char *const states[] = { "", "waiting", "due", "failing", "dead", "done" };

        for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
                if (strcmp(state, states[i]) == 0)
                        return true;
        return false;
}

enum ctl_exit
run_jobs(struct ctl *ctl)
{
        static const struct column columns[] = {
                { "id", "id" }, { "state", "state" }, { "lane", "lane" }, { "kind", "kind" }, { "key", "key" },
                { "tries", "tries" }, { "at", "at" }, { "error", "error" },
        };
        const char *state = ctl_option(ctl, "state");
        struct operator_job_row *rows;
        size_t n;

        state = state != NULL ? state : "";
        if (!is_state(state))
                return ctl_fail(ctl, CTL_USAGE, "--state waiting, due, failing, dead or done",
                                "there is no state %s", state);
        if (operator_jobs(ctl->db, state, MOST, &rows, &n) != DB_OK)
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        for (size_t i = 0; i < n; i++)
                output_row(ctl->out, (struct cell[]){
                        cell_number(rows[i].id), cell_text(rows[i].state), cell_number(rows[i].lane),
                        cell_text(rows[i].kind), cell_text(rows[i].key), cell_number(rows[i].tries),
                        cell_time(rows[i].at, false), cell_text(rows[i].error) });
        if (n == 0)
                output_say(ctl->out, "No jobs.");
        else if (n == MOST)
                output_say(ctl->out, "The first %d are shown.", MOST);
        return CTL_FINE;
}

/* A dead job comes to life, a waiting one runs now. */
enum ctl_exit
run_jobs_retry(struct ctl *ctl)
{
        static const struct column columns[] = { { "id", NULL }, { "result", NULL } };
        struct operator_count_row row;
        int64_t id;

        if (!ctl_parse_id(ctl->args[0], &id))
                return ctl_fail(ctl, CTL_USAGE, NULL, "%s is no number of a job", ctl->args[0]);
        db_begin(ctl->db);
        if (operator_job_retry(ctl->db, id, &row) != DB_OK)
                return ctl_fail_db(ctl);
        if (row.n == 0)
                return ctl_fail(ctl, CTL_USAGE, "latchkeyctl jobs lists them.",
                                "there is no job %lld that could run again", (long long)id);
        operator_job_alarm_close_ask(ctl->db, id, NULL);
        if (db_commit(ctl->db) != DB_OK || db_notify(ctl->db, "latchkey_jobs") != DB_OK)
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_number(id), cell_text("retried") });
        output_say(ctl->out, "Job %lld runs again.", (long long)id);
        return CTL_FINE;
}
