/* letter_payment: mails about money that came and money that went back. */
#include <string.h>

#include "queries/mail.h"
#include "view/format.h"
#include "view/method.h"
#include "worker/letter.h"

/* The payment that the mail is about, or the one whose refund it is about. */
struct money {
        struct mail_payment_row payment;
        struct mail_refund_row refund;
        bool has_payment, has_refund;
};

static void *
money_ask(struct letter *letter)
{
        struct db *db = letter->w->db;
        const struct message_row *m = &letter->row;
        struct money *money = pool_alloc(letter->pool, sizeof(*money));

        mail_payment_ask(db, m->object, m->object_id, &money->payment, &money->has_payment);
        if (strcmp(m->object, "refund") == 0)
                mail_refund_ask(db, m->object_id, &money->refund, &money->has_refund);
        return money;
}

/* A refund has its own titles, and the paper that goes with the mail: the credit note of a
 * refund, or the receipt. */
static void
money_read(struct letter *letter, const void *facts)
{
        const struct money *money = facts;
        struct db_bytes pdf = money->has_refund ? money->refund.pdf : money->payment.pdf;
        const char *number =
                money->has_refund ? money->refund.receipt_number : money->payment.receipt_number;

        if (money->has_refund && money->refund.titles != NULL)
                letter->title = money->refund.titles;
        if (!letter->kind->paper || pdf.data == NULL || number == NULL)
                return;
        letter->file = (struct message_file){ pool_printf(letter->pool, "%s.pdf", number),
                                             "application/pdf", pdf.data, pdf.len };
        letter->has_file = true;
}

static void
push_refund(struct view *view, const struct letter *letter, const struct money *money)
{
        const struct mail_refund_row *r = &money->refund;
        long long id = (long long)letter->row.object_id;
        bool has = money->has_refund;

        view_money(view, "refund", has ? r->amount_minor : 0, has ? r->currency : "EUR");
        view_flag(view, "refund_full", has && r->full_amount);
        view_flag(view, "refund_ended", has && r->ended);
        view_text(view, "credit_note_number", has ? r->receipt_number : "");
        view_text(view, "refund_titles", has && r->titles != NULL ? r->titles : letter->title);
        view_text(view, "ended_titles", has ? r->ended_titles : "");
        view_flag(view, "refund_by_bank", has && r->by_bank);
        view_money(view, "refund_whole", has ? r->whole_minor : 0, has ? r->currency : "EUR");
        view_text(view, "asked_by", has ? r->asked_by : "");
        view_text(view, "decided_by", has ? r->decided_by : "");
        view_text(view, "refund_note", has ? r->note : "");
        view_text(view, "refusal", has ? r->refusal : "");
        view_url(view, "refund_url", pool_printf(letter->pool, "%s/refunds/%lld", letter->w->config->admin_url, id));
}

static void
money_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct money *money = facts;
        const struct mail_payment_row *p = &money->payment;
        bool has = money->has_payment;

        view_flag(view, "has_payment", has);
        view_money(view, "amount", has ? p->amount_minor : 0, has ? p->currency : "EUR");
        view_text(view, "paid_with",
                  has ? method_words(letter->pool, p->method_kind, p->brand, p->last_four) : "");
        view_text(view, "statement_text", has ? p->statement_text : "");
        view_text(view, "receipt_number", has ? p->receipt_number : "");
        view_text(view, "paid_on",
                  has ? format_exact(letter->pool, p->received_at, letter->w->config->zone) : "");
        push_refund(view, letter, money);
}

const struct letter_facts letter_payment_facts = { money_ask, money_read, money_push };

const struct letter_kind letter_payment_kinds[] = {
        { .kind = "paid", .subject = "Payment received: ", .titled = true, .paper = true, .help = HELP_FORM,
          .tells = { &letter_payment_facts, &letter_plan_facts, &letter_way_out_facts } },
        { .kind = "refunded", .subject = "Your refund: ", .titled = true, .paper = true,
          .tells = { &letter_payment_facts } },
        { .kind = "paid_twice", .subject = "You paid twice for ", .titled = true, .paper = true,
          .tells = { &letter_payment_facts } },
        { .kind = "paid_too_much", .subject = "You paid more than needed for ", .titled = true, .paper = true,
          .tells = { &letter_payment_facts } },
        { .kind = NULL },
};
