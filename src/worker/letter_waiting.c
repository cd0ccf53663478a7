/* letter_waiting: mails about a bank transfer, and what a right waits for and until when. */
#include <string.h>

#include "base/iban.h"
#include "queries/waiting.h"
#include "view/format.h"
#include "worker/letter.h"

struct waiting {
        struct mail_transfer_row transfer;
        struct mail_waiting_row wait;
        bool has_transfer, has_wait;
};

static void *
waiting_ask(struct letter *letter)
{
        struct db *db = letter->w->db;
        const struct message_row *m = &letter->row;
        struct waiting *waiting = pool_alloc(letter->pool, sizeof(*waiting));

        mail_transfer_ask(db, m->object, m->object_id, &waiting->transfer, &waiting->has_transfer);
        mail_waiting_ask(db, m->object, m->object_id, &waiting->wait, &waiting->has_wait);
        return waiting;
}

/* The day on which access is expected: by what the right waits for, else by the transfer. */
static const char *
expected_on(const struct letter *letter, const struct waiting *waiting)
{
        if (waiting->has_wait)
                return waiting->wait.expected_on_null
                               ? ""
                               : format_exact_date(letter->pool, waiting->wait.expected_on);
        return waiting->has_transfer
                       ? format_exact_date(letter->pool, waiting->transfer.expected_on)
                       : "";
}

static void
waiting_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct config *config = letter->w->config;
        const struct waiting *waiting = facts;
        const struct mail_transfer_row *t = &waiting->transfer;
        bool has = waiting->has_transfer;

        view_money(view, "owed", has ? t->owed_minor : 0, has ? t->currency : "EUR");
        view_money(view, "paid", has ? t->paid_minor : 0, has ? t->currency : "EUR");
        view_flag(view, "owes", has && t->owed_minor > 0);
        view_text(view, "holder", config->bank_holder);
        view_text(view, "iban", iban_grouped(letter->pool, config->bank_iban));
        view_text(view, "bic", config->bank_bic);
        view_text(view, "reference", has ? iban_grouped(letter->pool, t->reference) : "");
        view_text(view, "pay_by", has ? format_exact_date(letter->pool, t->pay_by_on) : "");
        view_flag(view, "checked",
                  waiting->has_wait && strcmp(waiting->wait.waiting_for, "check") == 0);
        view_text(view, "expected_on", expected_on(letter, waiting));
        view_url(view, "transfer_url",
                 has && letter->has_order
                         ? pool_printf(letter->pool, "%s/orders/%s/transfer?order=%s",
                                       config->portal_url, letter->order.number,
                                       letter->order.number)
                         : "");
}

const struct letter_facts letter_waiting_facts = { waiting_ask, NULL, waiting_push };

const struct letter_kind letter_waiting_kinds[] = {
        { .kind = "transfer_instructions", .subject = "Your bank transfer for ", .titled = true,
          .tells = { &letter_waiting_facts } },
        { .kind = "transfer_reminder", .subject = "Your bank transfer has not arrived yet: ", .titled = true,
          .tells = { &letter_waiting_facts } },
        { .kind = "transfer_short", .subject = "A part of your bank transfer is missing: ", .titled = true,
          .tells = { &letter_waiting_facts } },
        { .kind = "transfer_undone", .subject = "A bank transfer was not yours: ", .titled = true,
          .tells = { &letter_waiting_facts, &letter_payment_facts } },
        { .kind = NULL },
};
