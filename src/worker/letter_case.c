/* letter_case: mails about a payment that failed.  Their words are texts that staff edit
 * (message_texts); what stands in braces there is filled in here. */
#include <string.h>

#include "domain/notice.h"
#include "queries/cases.h"
#include "view/format.h"
#include "view/markdown.h"
#include "view/method.h"
#include "worker/letter.h"

struct owed {
        struct mail_due_row row;
        bool found;
};

static void *
owed_ask(struct letter *letter)
{
        const struct message_row *m = &letter->row;
        struct owed *owed = pool_alloc(letter->pool, sizeof(*owed));

        mail_due_ask(letter->w->db, m->object, m->object_id, m->kind, m->period, &owed->row, &owed->found);
        return owed;
}

/* What stands for the fields of a text. */
static void
fill_fields(const struct letter *letter, const struct mail_due_row *row, struct fill_field fields[NOTICE_FIELDS])
{
        struct pool *pool = letter->pool;

        notice_tell(pool, &(struct notice_told){
                .name = letter->row.customer_name,
                .shop = letter->w->config->site_name,
                .title = row->title,
                .amount = format_money(pool, row->amount_minor, row->currency, letter->row.locale),
                .day = format_exact_date(pool, row->due_on),
                .until = format_exact_date(pool, row->until_on),
                .method = method_words(pool, row->method_kind, row->brand, row->last_four),
                .next_try = row->next_at_null ? NULL : format_exact(pool, row->next_at, row->zone),
                .promised = row->promised_on_null ? NULL : format_exact_date(pool, row->promised_on) }, fields);
}

static void
owed_read(struct letter *letter, const void *facts)
{
        const struct owed *owed = facts;
        struct fill_field fields[NOTICE_FIELDS];

        if (!owed->found)
                return;
        fill_fields(letter, &owed->row, fields);
        letter->subject = fill_text(letter->pool, owed->row.subject, fields, NOTICE_FIELDS, false);
}

static void
owed_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct owed *owed = facts;
        struct fill_field fields[NOTICE_FIELDS];
        const char *body = owed->found ? owed->row.body : "";

        if (owed->found)
                fill_fields(letter, &owed->row, fields);
        else
                notice_fill(fields, NULL);
        if (letter->plain)
                view_text(view, "body", notice_plain(letter->pool, body, fields));
        else
                view_html(view, "body",
                          markdown_render(letter->pool, fill_text(letter->pool, body, fields, NOTICE_FIELDS, true)));
}

static const struct letter_facts owed_facts = { owed_ask, owed_read, owed_push };

/* --- the day after --- */

struct settled {
        struct mail_case_row row;
        bool found;
};

static void *
settled_ask(struct letter *letter)
{
        struct settled *settled = pool_alloc(letter->pool, sizeof(*settled));

        mail_case_ask(letter->w->db, letter->row.object, letter->row.object_id, &settled->row, &settled->found);
        return settled;
}

static void
settled_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct settled *settled = facts;
        bool has = settled->found;

        view_text(view, "product", has ? settled->row.title : "");
        view_text(view, "amount",
                  has ? format_money(letter->pool, settled->row.amount_minor, settled->row.currency, letter->row.locale) : "");
}

static const struct letter_facts settled_facts = { settled_ask, NULL, settled_push };

const struct letter_kind letter_case_kinds[] = {
        { .kind = "case_thanks", .subject = "Thank you. How did we do?", .link = "rate", .tells = { &settled_facts } },
        { .kind = "payment_failed", .subject = "Your payment did not go through", .link = "pay", .tells = { &owed_facts } },
        { .kind = "promise_broken", .subject = "Shall we find another day?", .link = "pay", .tells = { &owed_facts } },
        { .kind = NULL },
};
