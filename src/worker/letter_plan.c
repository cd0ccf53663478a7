/* letter_plan: what is paid over time: what a payment was for, what comes next, and mails about
 * the card that is charged and about changes of the plan. */
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

/* --- a plan that its customer changes --- */

struct change {
        struct mail_change_row row;
        bool found;
};

static void *
change_ask_facts(struct letter *letter)
{
        struct change *change = pool_alloc(letter->pool, sizeof(*change));

        mail_change_ask(letter->w->db, letter->row.object, letter->row.object_id, &change->row, &change->found);
        return change;
}

static void
change_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct change *change = facts;
        const struct mail_change_row *c = &change->row;
        bool has = change->found;

        if (letter->plain) {
                view_text(view, "payments", has ? c->payments : "");
                view_text(view, "reason", has ? c->reason : "");
                view_text(view, "words", has ? c->words : "");
        } else {
                view_lines(view, "payments", has ? c->payments : "");
                view_lines(view, "reason", has ? c->reason : "");
                view_lines(view, "words", has ? c->words : "");
        }
        view_money(view, "here", has ? c->here_minor : 0, has ? c->currency : "EUR");
        view_flag(view, "part", has && c->here_minor > 0);
        view_text(view, "first", has ? c->first : "");
        view_url(view, "offer_url",
                 letter->token == NULL ? "" : pool_printf(letter->pool, "%s/pay/%s/offer", letter->w->config->portal_url,
                                                          letter->masked ? "(hidden)" : letter->token));
        view_flag(view, "by_staff", has && c->by_staff);
        view_flag(view, "by_phone", has && c->by_phone);
        view_text(view, "answer_by", has && !c->answer_by_null ? format_exact(letter->pool, c->answer_by, c->zone) : "");
        view_url(view, "plan_url",
                 pool_printf(letter->pool, "%s/plans/%s", letter->w->config->portal_url, has ? c->order_number : ""));
}

static const struct letter_facts change_facts = { change_ask_facts, NULL, change_push };

const struct letter_kind letter_plan_kinds[] = {
        { .kind = "plan_changed", .subject = "Your plan is changed: ", .titled = true, .tells = { &change_facts } },
        { .kind = "plan_asked", .subject = "We have your request for another plan", .tells = { &change_facts } },
        { .kind = "plan_offered", .subject = "We can offer you another plan", .tells = { &change_facts } },
        { .kind = "over_time_offered", .subject = "You can pay over time: ", .titled = true, .link = "pay",
          .tells = { &change_facts } },
        { .kind = "over_time_agreed", .subject = "You pay over time: ", .titled = true, .link = "pay",
          .tells = { &change_facts } },
        { .kind = "plan_declined", .subject = "About your request for another plan", .tells = { &change_facts } },
        { .kind = "card_expiring", .subject = "Your card runs out before the next payment", .tells = { &letter_plan_facts } },
        { .kind = NULL },
};
