/* letter_withdraw: the receipt of a withdrawal or of a request for the money back, the answer to
 * it, and the way out that stands in the mail about an order (S2.2).
 *
 * The receipt is the acknowledgement on a durable medium that the law wants: what was declared, on
 * which day and at what time. */
#include <string.h>

#include "queries/mail.h"
#include "queries/withdrawwork.h"
#include "view/follow.h"
#include "view/format.h"
#include "worker/letter.h"

struct withdrawal {
        struct mail_withdrawal_row row;
        bool found;
};

static void *
withdrawal_ask(struct letter *letter)
{
        struct withdrawal *w = pool_alloc(letter->pool, sizeof(*w));

        mail_withdrawal_ask(letter->w->db, letter->row.object_id, &w->row, &w->found);
        return w;
}

static bool
is_request(const struct withdrawal *w)
{
        return w->found && strcmp(w->row.kind, "request") == 0;
}

static void
withdrawal_read(struct letter *letter, const void *facts)
{
        const struct withdrawal *w = facts;
        const char *of = is_request(w) ? "request" : "withdrawal";

        if (w->found)
                letter->subject = pool_printf(letter->pool,
                                              strcmp(letter->row.kind, "withdrawal_answer") == 0
                                                      ? "Our answer to your %s %s"
                                                      : "We have your %s %s",
                                              of, w->row.number);
}

static void
withdrawal_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct withdrawal *w = facts;
        const struct mail_withdrawal_row *row = &w->row;
        const char *zone = letter->row.zone[0] != '\0' ? letter->row.zone : letter->w->config->zone;
        struct follow follow = {0 };
        bool has = w->found;

        if (has)
                follow = (struct follow){ .status = row->status,
                                         .why = row->why,
                                         .amount_minor = row->amount_minor,
                                         .currency = row->currency,
                                         .locale = letter->row.locale,
                                         .answer_on = row->answer_on,
                                         .pay_on = row->pay_on };
        view_flag(view, "request", is_request(w));
        view_flag(view, "declined", has && strcmp(row->status, "declined") == 0);
        view_text(view, "withdrawal_number", has ? row->number : "");
        view_text(view, "received", has ? format_exact(letter->pool, row->received_at, zone) : "");
        view_text(view, "said_name", has ? row->said_name : "");
        view_text(view, "said_order", has ? row->said_order : "");
        view_text(view, "said_email", has ? row->said_email : "");
        view_text(view, "sold_title", has ? row->title : "");
        view_text(view, "follows", has ? follow_text(letter->pool, &follow) : "");
        if (letter->plain) {
                view_text(view, "reason", has ? row->reason : "");
                view_text(view, "answer", has ? row->answer : "");
        } else {
                view_lines(view, "reason", has ? row->reason : "");
                view_lines(view, "answer", has ? row->answer : "");
        }
}

static const struct letter_facts withdrawal_facts = { withdrawal_ask, withdrawal_read, withdrawal_push };

/* --- the way out, in the mail about an order --- */

struct way_out {
        struct withdraw_link_row row;
        const char *token;
};

static void *
way_out_ask(struct letter *letter)
{
        struct way_out *out = pool_alloc(letter->pool, sizeof(*out));
        struct db_bytes hash;

        out->token = letter_token(letter, &hash);
        withdraw_link_make_ask(letter->w->db, letter->row.id, hash, &out->row);
        return out;
}

static void
way_out_push(struct view *view, const struct letter *letter, const void *facts)
{
        const struct way_out *out = facts;
        bool has = !out->row.until_on_null;

        view_text(view, "withdraw_until",
                  has ? format_exact_date(letter->pool, out->row.until_on) : "");
        view_url(view, "withdraw_url",
                 !has ? ""
                      : pool_printf(letter->pool, "%s/withdraw/link/%s",
                                    letter->w->config->portal_url,
                                    letter->masked ? "(hidden)" : out->token));
}

const struct letter_facts letter_way_out_facts = { way_out_ask, NULL, way_out_push };

const struct letter_kind letter_withdraw_kinds[] = {
        { .kind = "withdrawal_received", .subject = "We have your withdrawal", .tells = { &withdrawal_facts } },
        { .kind = "withdrawal_answer", .subject = "Our answer to your withdrawal", .tells = { &withdrawal_facts } },
        { .kind = NULL },
};
