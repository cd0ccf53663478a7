/* letter_case: mails about a payment that failed.  Their words are texts that staff edit
 * (message_texts); what stands in braces there is filled in here. */
#include <string.h>

#include "domain/fill.h"
#include "queries/cases.h"
#include "view/format.h"
#include "view/markdown.h"
#include "view/method.h"
#include "worker/letter.h"

struct owed {
        struct mail_due_row row;
        bool found;
};

enum { N_FIELDS = 9 };

static void *
owed_ask(struct letter *letter)
{
        const struct message_row *m = &letter->row;
        struct owed *owed = pool_alloc(letter->pool, sizeof(*owed));

        mail_due_ask(letter->w->db, m->object, m->object_id, m->kind, m->period, &owed->row, &owed->found);
        return owed;
}

static const char *
next_try(const struct letter *letter, const struct mail_due_row *row)
{
        if (row->next_at_null)
                return "";
        return pool_printf(letter->pool, "We try again on %s. If it goes through then, there is nothing you need to do.",
                           format_exact(letter->pool, row->next_at, row->zone));
}

/* The text without the marks of bold: who reads it plain sees none. */
static const char *
without_marks(struct pool *pool, const char *text)
{
        char *plain = pool_strdup(pool, text), *to = plain;

        for (; *text != '\0'; text++) {
                if (text[0] == '*' && text[1] == '*')
                        text++;
                else
                        *to++ = *text;
        }
        *to = '\0';
        return plain;
}

/* What stands for the fields of a text. */
static void
fill_fields(const struct letter *letter, const struct mail_due_row *row, struct fill_field fields[N_FIELDS])
{
        struct pool *pool = letter->pool;
        const char *name = letter->row.customer_name;
        const char *method = method_words(pool, row->method_kind, row->brand, row->last_four);
        const struct fill_field all[N_FIELDS] = {
                { "hello", name[0] != '\0' ? pool_printf(pool, "Hello %s", name) : "Hello" },
                { "name", name },
                { "title", row->title },
                { "amount", format_money(pool, row->amount_minor, row->currency, letter->row.locale) },
                { "method", method[0] != '\0' ? pool_printf(pool, "your %s", method) : "the saved way to pay" },
                { "until", format_exact_date(pool, row->until_on) },
                { "next_try", next_try(letter, row) },
                { "promised", row->promised_on_null ? "then" : format_exact_date(pool, row->promised_on) },
                { "shop", letter->w->config->site_name },
        };

        memcpy(fields, all, sizeof(all));
}

static void
owed_read(struct letter *letter, const void *facts)
{
        const struct owed *owed = facts;
        struct fill_field fields[N_FIELDS];

        if (!owed->found)
                return;
        fill_fields(letter, &owed->row, fields);
        letter->subject = fill_text(letter->pool, owed->row.subject, fields, N_FIELDS, false);
}

static void
owed_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct owed *owed = facts;
        struct fill_field fields[N_FIELDS];
        const char *body = "";

        if (owed->found) {
                fill_fields(letter, &owed->row, fields);
                body = fill_text(letter->pool, owed->row.body, fields, N_FIELDS, !letter->plain);
        }
        if (letter->plain)
                view_text(view, "body", without_marks(letter->pool, body));
        else
                view_html(view, "body", markdown_render(letter->pool, body));
}

static const struct letter_facts owed_facts = { owed_ask, owed_read, owed_push };

const struct letter_kind letter_case_kinds[] = {
        { .kind = "payment_failed", .subject = "Your payment did not go through", .link = "pay", .tells = { &owed_facts } },
        { .kind = "promise_broken", .subject = "Shall we find another day?", .link = "pay", .tells = { &owed_facts } },
        { .kind = NULL },
};
