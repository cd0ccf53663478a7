/* transfer: the bank's statement into the database, for staff to match. */
#include <errno.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "bank/statement.h"
#include "ctl/ctl.h"
#include "queries/credit.h"

enum { BATCH = 200 };   /* lines in one round trip */

/* All of it or nothing; *NEW counts what was not there before. */
static bool
add_all(struct ctl *ctl, const struct statement *statement, int64_t *new)
{
        struct credit_added_row rows[BATCH];

        db_begin(ctl->db);
        for (size_t i = 0; i < statement->n; i += BATCH) {
                size_t n = MIN(BATCH, statement->n - i);

                for (size_t k = 0; k < n; k++) {
                        const struct statement_credit *c = &statement->credits[i + k];

                        bank_line_add_ask(ctl->db, c->statement, c->line, c->booked_on, c->amount_minor, c->currency,
                                          c->reference, c->payer, c->payer_iban, statement->source, &rows[k]);
                }
                if (db_wait(ctl->db) != DB_OK)
                        return false;
                for (size_t k = 0; k < n; k++)
                        *new += rows[k].added;
        }
        return db_commit(ctl->db) == DB_OK;
}

static void
free_text(void *text)
{
        g_free(text);
}

enum ctl_exit
run_transfer_load(struct ctl *ctl)
{
        static const struct column columns[] = { { "file", NULL }, { "new", NULL }, { "known", NULL },
                                                 { "left_out", NULL } };
        struct statement statement;
        const char *error = "";
        GStatBuf about;
        char *text = NULL;
        size_t len = 0;
        int64_t new = 0;

        if (g_stat(ctl->args[0], &about) != 0)
                return ctl_fail(ctl, CTL_USAGE, NULL, "%s: %s", ctl->args[0], g_strerror(errno));
        if (about.st_size > STATEMENT_MAX)
                return ctl_fail(ctl, CTL_USAGE, NULL, "%s: the file is larger than 16 MB", ctl->args[0]);
        if (!g_file_get_contents(ctl->args[0], &text, &len, NULL))
                return ctl_fail(ctl, CTL_USAGE, NULL, "%s cannot be read", ctl->args[0]);
        pool_defer(ctl->pool, free_text, text);
        if (!statement_read(ctl->pool, text, len, ctl->config->bank_iban, &statement, &error))
                return ctl_fail(ctl, CTL_USAGE, "Nothing was taken from it. See latchkeyctl(1) for what it may look like.",
                                "%s: %s", ctl->args[0], error);
        if (!add_all(ctl, &statement, &new))
                return ctl_fail_db(ctl);
        output_columns(ctl->out, columns, G_N_ELEMENTS(columns));
        output_row(ctl->out, (struct cell[]){ cell_text(ctl->args[0]), cell_number(new),
                                              cell_number((int64_t)statement.n - new), cell_number((int64_t)statement.others) });
        output_say(ctl->out, "Credits: %lld new, %lld known before; %zu other entries left out. Staff match "
                   "them at %s/transfers.", (long long)new,
                   (long long)statement.n - (long long)new, statement.others, ctl->config->admin_url);
        return CTL_FINE;
}
