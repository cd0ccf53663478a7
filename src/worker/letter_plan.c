/* letter_plan: what is paid over time: what a payment was for, what comes next, and mails about
 * the card that is charged. */
#include "queries/mail.h"
#include "view/format.h"
#include "view/method.h"
#include "worker/letter.h"

struct plan {
        struct mail_plan_row row;
        bool found;
};

static void *
plan_ask(struct letter *letter)
{
        struct plan *plan = pool_alloc(letter->pool, sizeof(*plan));

        mail_plan_ask(letter->w->db, letter->row.object, letter->row.object_id, &plan->row, &plan->found);
        return plan;
}

static void
plan_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct plan *plan = facts;
        const struct mail_plan_row *p = &plan->row;
        bool has = plan->found, next = has && !p->next_on_null && !p->next_minor_null;

        view_text(view, "due_title", has ? p->due_title : "");
        view_flag(view, "first_due", !has || p->first);
        view_flag(view, "last_due", has && p->last);
        view_text(view, "next_on", next ? format_exact_date(letter->pool, p->next_on) : "");
        view_money(view, "next_amount", next ? p->next_minor : 0, next ? p->currency : "EUR");
        view_text(view, "card", has ? method_words(letter->pool, p->kind, p->brand, p->last_four) : "");
        view_text(view, "card_until", has && !p->exp_month_null
                  ? pool_printf(letter->pool, "%02d/%d", (int)p->exp_month, (int)p->exp_year) : "");
        view_url(view, "methods_url", pool_printf(letter->pool, "%s/payment-methods", letter->w->config->portal_url));
}

const struct letter_facts letter_plan_facts = { plan_ask, NULL, plan_push };

const struct letter_kind letter_plan_kinds[] = {
        { .kind = "card_expiring", .subject = "Your card runs out before the next payment", .tells = { &letter_plan_facts } },
        { .kind = NULL },
};
