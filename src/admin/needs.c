/* needs: what waits for a person, for those who may do something about it.
 *
 * A new kind of work is one line in sql/queries/home.sql and one in the table below. */
#include "admin/needs.h"

#include <string.h>

#include <glib.h>

#include "admin/desk.h"
#include "base/text.h"
#include "view/words.h"

/* KIND of need_row; the VERB that settles it; ONE and MANY of them; where they are seen. */
static const struct need {
        const char *kind, *verb, *one, *many, *link;
} needs[] = {
        { "alarm.access_late", "access", "payment waits for its access", "payments wait for their access", "/admin/#alarms" },
        { "alarm.mismatch", "refund", "payment does not fit its order", "payments do not fit their orders", "/admin/#alarms" },
        { "alarm.paid_twice", "refund", "order was paid twice", "orders were paid twice", "/admin/#alarms" },
        { "alarm.dispute", "refund", "dispute wants an answer", "disputes want an answer", "/admin/disputes?status=open" },
        { "alarm.refund_failed", "refund", "refund failed", "refunds failed", "/admin/#alarms" },
        { "alarm.refund_unassigned", "refund", "refund needs its product", "refunds need their product", "/admin/#alarms" },
        { "alarm.keys_out", "access", "customer waits for a licence key", "customers wait for a licence key", "/admin/#alarms" },
        { "alarm.reconcile", "refund", "difference to the gateway", "differences to the gateway", "/admin/#alarms" },
        { "alarm.correction", "access", "address may be mistyped", "addresses may be mistyped", "/admin/corrections" },
        { "alarm.mail_bounced", "customer", "mail came back", "mails came back", "/admin/customers?returned=1" },
        { "alarm.transfer_short", "match", "bank transfer is too small", "bank transfers are too small", "/admin/transfers" },
        { "alarm.poison", "jobs", "event cannot be settled", "events cannot be settled", "/admin/#alarms" },
        { "refunds", "refund", "refund waits for a yes", "refunds wait for a yes", "/admin/refunds" },
        { "payouts", "match", "refund is to be paid out by the bank", "refunds are to be paid out by the bank",
          "/admin/transfers#backs" },
        { "addresses", "customer", "customer whom no mail reaches", "customers whom no mail reaches",
          "/admin/customers?returned=1" },
        { "tickets", "tickets", "message waits for an answer", "messages wait for an answer", "/admin/tickets" },
        { "transfers", "match", "bank credit waits to be matched", "bank credits wait to be matched", "/admin/transfers" },
        { "cases", "cases", "failed payment", "failed payments", "/admin/cases" },
        { "jobs", "jobs", "job was given up", "jobs were given up", "/admin/system#jobs" },
};

struct chosen {
        const struct need_row **rows;
        const struct need **needs;
};

static const struct need *
need_of(const char *kind)
{
        for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
                if (strcmp(needs[i].kind, kind) == 0)
                        return &needs[i];
        return NULL;
}

static void
need_row(struct view *view, size_t i, void *data)
{
        const struct chosen *chosen = data;
        const struct need_row *row = chosen->rows[i];
        const struct need *need = chosen->needs[i];
        const char *code = text_starts(row->kind, "alarm.") ? row->kind + strlen("alarm.") : row->kind;

        view_number(view, "n", row->n);
        view_text(view, "what", need == NULL ? words_of("alarm", code) : row->n == 1 ? need->one : need->many);
        view_url(view, "where_url", need == NULL ? "/admin/#alarms" : need->link);
        desk_time(view, "oldest", row->oldest_at, row->oldest_at_null);
}

void
needs_push(struct view *view, struct request *req, const char *name, const struct need_row *rows, size_t n)
{
        struct chosen chosen = { pool_alloc(req->pool, (n + 1) * sizeof *chosen.rows),
                                 pool_alloc(req->pool, (n + 1) * sizeof *chosen.needs) };
        size_t kept = 0;

        for (size_t i = 0; i < n; i++) {
                const struct need *need = need_of(rows[i].kind);

                if (need != NULL && !desk_may(req, need->verb))
                        continue;
                chosen.rows[kept] = &rows[i];
                chosen.needs[kept++] = need;
        }
        view_each(view, name, "admin/home.need.html", kept, need_row, &chosen);
}
