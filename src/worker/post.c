/* post: mails.
 *
 * Taken and committed first ("sending", with a lease), handed to the mail server, then the
 * outcome committed.  Whoever dies between leaves the mail "maybe sent": plain SMTP cannot
 * promise exactly once, and nobody gets a mail twice because of us (safety rule 24).
 *
 * A link that opens something is made here, just before it is sent; only its hash is kept,
 * and the copy that staff can read has it masked. */
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/token.h"
#include "mail/address.h"
#include "mail/message.h"
#include "queries/account_work.h"
#include "base/iban.h"
#include "queries/mail.h"
#include "queries/waiting.h"
#include "view/format.h"
#include "view/html.h"
#include "view/method.h"
#include "view/words.h"
#include "worker/worker.h"

enum { MAIL_LEASE_SECONDS = 100 };

/* What a deferred mail waits, by how often it was tried: about two days in all. */
static const int deferrals[] = { 60, 300, 900, 3600, 7200, 14400, 28800, 43200, 43200, 43200 };

struct letter {
        struct worker *w;
        struct pool *pool;
        struct message_row row;
        struct mail_order_row order;
        struct mail_payment_row payment;
        struct mail_refund_row refund;
        struct mail_product_row product;
        struct mail_address_row address;
        struct mail_transfer_row transfer;
        struct mail_waiting_row wait;
        struct mail_ticket_row ticket;
        struct mail_access_row access;
        struct mail_plan_row plan;
        bool has_plan;
        bool has_order, has_payment, has_refund, has_product, has_address, has_transfer, has_wait, has_ticket,
             has_access;
        const char *token;              /* of the link, or NULL */
        const char *ticket_token;       /* of the link to the ticket, or to the form for help; or NULL */
        bool masked;                    /* for the copy that staff can read */
        struct message_file file;
        bool has_file;
};

struct mail_kind {
        const char *kind;               /* messages.kind and templates/mail/KIND.{html,txt} */
        const char *subject;
        bool titled;                    /* the product's title stands behind the subject */
        bool link;                      /* carries a single-use link */
};

static const struct mail_kind mail_kinds[] = {
        { "paid", "Payment received: ", true, false },
        { "access_open", "You have access: ", true, true },
        { "already_yours", "You already have ", true, true },
        { "login_link", "Your link to log in", false, true },
        { "refunded", "Your refund: ", true, false },
        { "paid_twice", "You paid twice for ", true, false },
        { "claim", "For you: ", true, true },
        { "claim_used", "Your invitation was used: ", true, false },
        { "access_taken", "Your access has ended: ", true, false },
        { "copies", "You get copies of the mails about ", true, false },
        { "password_changed", "Your password was changed", false, false },
        { "passkey_added", "A passkey was added", false, false },
        { "address_confirm", "Is this your new address?", false, true },
        { "address_changed", "Your email address was changed", false, true },
        { "address_taken", "Somebody entered your address", false, false },
        { "address_restored", "Your address is back", false, true },
        { "address_corrected", "The address of an order was corrected", false, false },
        { "address_now", "Your address is corrected", false, false },
        { "correction_refused", "We could not correct the address", false, false },
        { "transfer_instructions", "Your bank transfer for ", true, false },
        { "transfer_reminder", "Your bank transfer has not arrived yet: ", true, false },
        { "transfer_short", "A part of your bank transfer is missing: ", true, false },
        { "paid_too_much", "You paid more than needed for ", true, false },
        { "access_moved", "A new date for ", true, false },
        { "card_expiring", "Your card runs out before the next payment", false, false },
        { "ticket_opened", "We have your message", false, false },
        { "ticket_answer", "Our answer to your message", false, false },
        { "ticket_link", "Your link to your message", false, false },
        { "address_was", "Your email address was corrected", false, false },
        { "address_is", "Your email address was corrected", false, true },
        { "access_ended", "Your access has ended: ", true, false },
        { "staff_invite", "Your invitation to the staff pages", false, true },
        { "staff_recovered", "Somebody logged in with a recovery code", false, false },
        { "staff_password", "Your staff password was changed", false, false },
};

/* Mails of access carry a way to say "I can't get in" (S0.6); those of a ticket the way to it. */
static const char *const with_help[] = { "paid", "access_open", "already_yours", "login_link", "claim", "access_moved", NULL };

/* A mail to a member of staff: its links lead to the staff pages. */
static bool
is_for_staff(const struct mail_kind *kind)
{
        return strncmp(kind->kind, "staff_", 6) == 0;
}

static const struct mail_kind *
mail_kind_of(const char *kind)
{
        for (size_t i = 0; i < sizeof(mail_kinds) / sizeof(mail_kinds[0]); i++)
                if (strcmp(mail_kinds[i].kind, kind) == 0)
                        return &mail_kinds[i];
        return NULL;
}

/* Where the single-use link of a kind leads. */
static const char *
link_path(const char *kind)
{
        static const char *const paths[][2] = {
                { "address_confirm", "account/address/link" },
                { "address_changed", "address-undo" },
                { "claim", "claim" },
        };

        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                if (strcmp(paths[i][0], kind) == 0)
                        return paths[i][1];
        return "access";
}

static bool
has_help(const struct letter *letter)
{
        for (size_t i = 0; with_help[i] != NULL; i++)
                if (strcmp(with_help[i], letter->row.kind) == 0)
                        return true;
        return false;
}

static bool
is_ticket(const struct letter *letter)
{
        return strcmp(letter->row.object, "ticket") == 0 || strcmp(letter->row.object, "post") == 0;
}

/* --- what it says --- */

static void
ask_facts(struct letter *letter)
{
        struct db *db = letter->w->db;
        const struct message_row *m = &letter->row;

        mail_order_ask(db, m->object, m->object_id, &letter->order, &letter->has_order);
        mail_payment_ask(db, m->object, m->object_id, &letter->payment, &letter->has_payment);
        mail_transfer_ask(db, m->object, m->object_id, &letter->transfer, &letter->has_transfer);
        mail_waiting_ask(db, m->object, m->object_id, &letter->wait, &letter->has_wait);
        mail_plan_ask(db, m->object, m->object_id, &letter->plan, &letter->has_plan);
        if (strcmp(m->object, "refund") == 0)
                mail_refund_ask(db, m->object_id, &letter->refund, &letter->has_refund);
        if (strcmp(m->object, "product") == 0)
                mail_product_ask(db, m->object_id, &letter->product, &letter->has_product);
        if (strcmp(m->object, "address_change") == 0 || strcmp(m->object, "correction") == 0)
                mail_address_ask(db, m->object, m->object_id, &letter->address, &letter->has_address);
        if (is_ticket(letter))
                mail_ticket_ask(db, m->object, m->object_id, &letter->ticket, &letter->has_ticket);
        if (strcmp(m->object, "access") == 0)
                mail_access_ask(db, m->object_id, &letter->access, &letter->has_access);
}

static const char *
title_of(const struct letter *letter)
{
        if (letter->has_access)
                return letter->access.title;
        return letter->has_order ? letter->order.title : letter->has_product ? letter->product.title : "";
}

static void
push_payment(struct view *view, const struct letter *letter)
{
        const struct mail_payment_row *p = &letter->payment;

        view_flag(view, "has_payment", letter->has_payment);
        view_money(view, "amount", letter->has_payment ? p->amount_minor : 0,
                   letter->has_payment ? p->currency : "EUR");
        view_text(view, "paid_with", letter->has_payment
                  ? method_words(letter->pool, p->method_kind, p->brand, p->last_four) : "");
        view_text(view, "statement_text", letter->has_payment ? p->statement_text : "");
        view_text(view, "receipt_number", letter->has_payment ? p->receipt_number : "");
        view_text(view, "paid_on", letter->has_payment
                  ? format_exact(letter->pool, p->received_at, letter->w->config->zone) : "");
}

/* What is paid over time: what this was for, and what comes next. */
static void
push_plan(struct view *view, const struct letter *letter)
{
        const struct mail_plan_row *p = &letter->plan;
        bool next = letter->has_plan && !p->next_on_null && !p->next_minor_null;

        view_text(view, "due_title", letter->has_plan ? p->due_title : "");
        view_flag(view, "first_due", !letter->has_plan || p->first);
        view_flag(view, "last_due", letter->has_plan && p->last);
        view_text(view, "next_on", next ? format_exact_date(letter->pool, p->next_on) : "");
        view_money(view, "next_amount", next ? p->next_minor : 0, next ? p->currency : "EUR");
        view_text(view, "card", letter->has_plan ? method_words(letter->pool, p->kind, p->brand, p->last_four) : "");
        view_text(view, "card_until", letter->has_plan && !p->exp_month_null
                  ? pool_printf(letter->pool, "%02d/%d", (int)p->exp_month, (int)p->exp_year) : "");
        view_url(view, "methods_url", pool_printf(letter->pool, "%s/payment-methods", letter->w->config->portal_url));
}

static void
push_refund(struct view *view, const struct letter *letter)
{
        const struct mail_refund_row *r = &letter->refund;

        view_money(view, "refund", letter->has_refund ? r->amount_minor : 0,
                   letter->has_refund ? r->currency : "EUR");
        view_flag(view, "refund_full", letter->has_refund && r->full_amount);
        view_flag(view, "refund_ended", letter->has_refund && r->ended);
        view_text(view, "credit_note_number", letter->has_refund ? r->receipt_number : "");
}

static void
push_address(struct view *view, const struct letter *letter)
{
        const struct mail_address_row *a = &letter->address;

        view_text(view, "old_email", letter->has_address ? a->old_email : "");
        view_text(view, "new_email", letter->has_address ? a->new_email : "");
        view_text(view, "correction_number", letter->has_address ? a->number : "");
        view_text(view, "correction_reason", letter->has_address ? a->reason : "");
        view_text(view, "undo_until", letter->has_address && !a->undo_until_null
                  ? format_paper_day(letter->pool, a->undo_until, letter->w->config->zone) : "");
        view_url(view, "passkeys_url", pool_printf(letter->pool, "%s/account/passkeys", letter->w->config->portal_url));
        view_url(view, "forgotten_url", pool_printf(letter->pool, "%s/login/forgotten", letter->w->config->portal_url));
}

/* Where a transfer goes, and by when; and what a right waits for. */
static void
push_waiting(struct view *view, const struct letter *letter)
{
        const struct config *config = letter->w->config;
        const struct mail_transfer_row *t = &letter->transfer;
        bool has = letter->has_transfer;

        view_money(view, "owed", has ? t->owed_minor : 0, has ? t->currency : "EUR");
        view_money(view, "paid", has ? t->paid_minor : 0, has ? t->currency : "EUR");
        view_text(view, "holder", config->bank_holder);
        view_text(view, "iban", iban_grouped(letter->pool, config->bank_iban));
        view_text(view, "bic", config->bank_bic);
        view_text(view, "reference", has ? iban_grouped(letter->pool, t->reference) : "");
        view_text(view, "pay_by", has ? format_exact_date(letter->pool, t->pay_by_on) : "");
        view_flag(view, "checked", letter->has_wait && strcmp(letter->wait.waiting_for, "check") == 0);
        view_text(view, "expected_on", letter->has_wait && !letter->wait.expected_on_null
                  ? format_exact_date(letter->pool, letter->wait.expected_on)
                  : has && !letter->has_wait ? format_exact_date(letter->pool, t->expected_on) : "");
        view_url(view, "transfer_url", has && letter->has_order
                 ? pool_printf(letter->pool, "%s/orders/%s/transfer?order=%s", config->portal_url, letter->order.number,
                               letter->order.number) : "");
}

/* Escaped, with its lines. */
static struct html
lines_of(struct pool *pool, const char *text)
{
        char **lines = g_strsplit(html_escape(pool, text), "\n", -1);
        char *joined = g_strjoinv("<br>\n", lines);
        struct html html = { pool_strdup(pool, joined) };

        g_strfreev(lines);
        g_free(joined);
        return html;
}

static void
push_ticket(struct view *view, const struct letter *letter, bool plain)
{
        const struct config *config = letter->w->config;
        const char *token = letter->masked ? "(hidden)" : letter->ticket_token;
        const char *way = is_ticket(letter) ? "link" : "mail";
        const char *body = letter->has_ticket ? letter->ticket.body : "";
        const char *url = letter->ticket_token != NULL
                                  ? pool_printf(letter->pool, "%s/help/%s/%s", config->portal_url, way, token) : "";

        view_url(view, "ticket_url", is_ticket(letter) ? url : "");
        view_url(view, "help_url", is_ticket(letter) ? "" : url);
        view_text(view, "ticket_number", letter->has_ticket ? letter->ticket.number : "");
        view_text(view, "ticket_about", letter->has_ticket ? words_of("trouble", letter->ticket.about) : "");
        view_text(view, "ticket_order", letter->has_ticket ? letter->ticket.order_number : "");
        view_flag(view, "can_reply", letter->has_ticket && config->reply_domain[0] != '\0');
        if (plain)
                view_text(view, "said", body);
        else
                view_html(view, "said", lines_of(letter->pool, body));
}

static const char *
render(const struct letter *letter, const struct mail_kind *kind, const char *ending, const char *subject,
       const char *link)
{
        const struct config *config = letter->w->config;
        bool waiting = letter->has_order && letter->order.access_status != NULL &&
                       strcmp(letter->order.access_status, "waiting") == 0;
        struct view *view = view_plain(letter->w->views, letter->pool, config,
                                       pool_printf(letter->pool, "mail/%s.%s", kind->kind, ending));
        size_t len;

        view_locale(view, (struct view_locale){ letter->row.locale,
                    letter->row.zone[0] != '\0' ? letter->row.zone : config->zone });
        view_text(view, "page_title", subject);
        view_text(view, "name", letter->row.customer_name);
        view_text(view, "title", title_of(letter));
        view_text(view, "giver", letter->has_order ? letter->order.buyer_name : "");
        view_text(view, "order_number", letter->has_order ? letter->order.number : "");
        view_url(view, "order_url", letter->has_order
                 ? pool_printf(letter->pool, "%s/orders/%s", config->portal_url, letter->order.number) : "");
        view_url(view, "login_url", pool_printf(letter->pool, "%s/login", config->portal_url));
        view_url(view, "link_url", link);
        view_url(view, "account_url", pool_printf(letter->pool, "%s/account", config->admin_url));
        view_number(view, "refund_days", letter->has_order ? letter->order.refund_days : 0);
        view_flag(view, "waiting", waiting);
        push_waiting(view, letter);
        push_payment(view, letter);
        push_plan(view, letter);
        push_refund(view, letter);
        push_address(view, letter);
        push_ticket(view, letter, strcmp(ending, "txt") == 0);
        view_text(view, "end_note", letter->has_access ? letter->access.end_note : "");
        return view_render(view, &len);
}

static const char *
subject_of(const struct letter *letter, const struct mail_kind *kind)
{
        return kind->titled ? pool_printf(letter->pool, "%s%s", kind->subject, title_of(letter)) : kind->subject;
}

/* The paper that goes with it: the receipt, or the credit note. */
static void
attach(struct letter *letter)
{
        struct db_bytes pdf = letter->has_refund ? letter->refund.pdf
                              : letter->has_payment && strcmp(letter->row.kind, "paid") == 0 ? letter->payment.pdf
                              : (struct db_bytes){ NULL, 0 };
        const char *number = letter->has_refund ? letter->refund.receipt_number : letter->payment.receipt_number;

        if (pdf.data == NULL || number == NULL)
                return;
        letter->file = (struct message_file){ pool_printf(letter->pool, "%s.pdf", number), "application/pdf",
                                              pdf.data, pdf.len };
        letter->has_file = true;
}

static const char *
reply_to(const struct letter *letter)
{
        const char *address = letter->has_ticket
                                      ? address_reply(letter->pool, letter->w->config, letter->ticket.number) : NULL;

        return address != NULL ? address : letter->w->config->support_email;
}

/* The whole mail as bytes, and its masked copy queued for staff; NULL after a fault. */
static const char *
compose(struct letter *letter, const struct mail_kind *kind, size_t *len, const char **error)
{
        const struct config *config = letter->w->config;
        const char *subject = subject_of(letter, kind);
        const char *base = is_for_staff(kind) ? pool_printf(letter->pool, "%s/set-up/", config->admin_url)
                                              : pool_printf(letter->pool, "%s/%s/", config->portal_url, link_path(kind->kind));
        const char *link = letter->token != NULL ? pool_printf(letter->pool, "%s%s", base, letter->token) : "";
        const char *masked = letter->token != NULL ? pool_printf(letter->pool, "%s(hidden)", base) : "";
        struct message message;
        const char *text, *html, *text_copy, *html_copy;

        text = render(letter, kind, "txt", subject, link);
        html = render(letter, kind, "html", subject, link);
        letter->masked = true;
        text_copy = render(letter, kind, "txt", subject, masked);
        html_copy = render(letter, kind, "html", subject, masked);
        if (text == NULL || html == NULL || text_copy == NULL || html_copy == NULL) {
                *error = "a mail template could not be rendered";
                return NULL;
        }
        message_body_ask(letter->w->db, letter->row.id, subject, text_copy, html_copy, NULL);
        attach(letter);
        message = (struct message){
                .from = config->mail_from, .from_name = config->mail_from_name,
                .to = letter->row.email, .to_name = letter->row.customer_name,
                .reply_to = reply_to(letter), .subject = subject, .text = text, .html = html,
                .id = pool_printf(letter->pool, "m%lld.%d", (long long)letter->row.id, (int)letter->row.tries),
                .date = letter->row.now_at,
                .files = letter->has_file ? &letter->file : NULL, .n_files = letter->has_file ? 1 : 0,
        };
        return message_bytes(letter->pool, &message, len, error);
}

/* --- on its way --- */

static struct job_outcome
conclude(struct letter *letter, int64_t send_id, struct smtp_outcome sent)
{
        static const char *const words[] = { "sent", "deferred", "refused", "maybe_sent" };
        struct worker *w = letter->w;
        size_t n = sizeof(deferrals) / sizeof(deferrals[0]);
        size_t tries = (size_t)letter->row.tries;
        bool again = sent.result == SMTP_DEFERRED && tries <= n;
        const char *word = sent.result == SMTP_DEFERRED && !again ? "refused" : words[sent.result];

        message_done_ask(w->db, letter->row.id, send_id, word, sent.code,
                         sent.detail != NULL ? sent.detail : "", NULL);
        if (sent.result == SMTP_SENT)
                mail_evidence_ask(w->db, letter->row.id, NULL);
        if (db_wait(w->db) != DB_OK)
                return job_db_failed(w, letter->pool);
        if (sent.result != SMTP_SENT)
                log_warning("mail_not_sent", "message", log_int(letter->row.id), "outcome", word, "code",
                            log_int(sent.code), NULL);
        return again ? (struct job_outcome){ JOB_LATER, deferrals[tries - 1], "the mail server asked for patience" }
                     : job_done;
}

/* Take it, write it, commit; false with OUTCOME set when there is nothing to send. */
static bool
take(struct letter *letter, const struct job *job, int64_t *send_id, const char **bytes, size_t *len,
     struct job_outcome *outcome)
{
        struct worker *w = letter->w;
        const struct mail_kind *kind;
        struct send_row send;
        uint8_t hash[TOKEN_HASH_SIZE], ticket_hash[TOKEN_HASH_SIZE];
        const char *error = NULL;
        bool found;

        db_begin(w->db);
        *outcome = (struct job_outcome){ JOB_FAILED, 0, "the database did not answer" };
        message_skip_ask(w->db, job_id_of_key(job), NULL);      /* what its reader does without */
        if (message_take(w->db, job_id_of_key(job), MAIL_LEASE_SECONDS, &letter->row, &found) != DB_OK)
                return false;
        if (!found) {
                struct message_state_row state;

                (void)db_commit(w->db);         /* it may have been skipped */
                if (message_state(w->db, job_id_of_key(job), &state, &found) == DB_OK)
                        *outcome = found && strcmp(state.status, "sending") == 0
                                           ? (struct job_outcome){ JOB_LATER, 30, "another worker has it in hand" }
                                           : job_done;
                return false;
        }
        kind = mail_kind_of(letter->row.kind);
        if (kind == NULL) {
                *outcome = (struct job_outcome){ JOB_HOPELESS, 0, "no template for this kind of mail" };
                return false;
        }
        message_begun_ask(w->db, letter->row.id, &send);
        ask_facts(letter);
        if (kind->link) {
                letter->token = token_new(letter->pool);
                token_sha256(letter->token, strlen(letter->token), hash);
                if (is_for_staff(kind))
                        staff_link_make_ask(w->db, letter->row.id, (struct db_bytes){ hash, sizeof(hash) }, NULL);
                else
                        link_make_ask(w->db, letter->row.id, (struct db_bytes){ hash, sizeof(hash) }, NULL);
        }
        if (has_help(letter) || is_ticket(letter)) {
                letter->ticket_token = token_new(letter->pool);
                token_sha256(letter->ticket_token, strlen(letter->ticket_token), ticket_hash);
                ticket_link_make_ask(w->db, letter->row.id, (struct db_bytes){ ticket_hash, sizeof(ticket_hash) }, NULL);
        }
        if (db_wait(w->db) != DB_OK)
                return false;
        *bytes = compose(letter, kind, len, &error);
        if (*bytes == NULL) {
                *outcome = (struct job_outcome){ JOB_FAILED, 0, error };
                return false;
        }
        *send_id = send.id;
        return db_wait(w->db) == DB_OK && db_commit(w->db) == DB_OK;
}

struct job_outcome
job_mail(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct letter letter = { .w = w, .pool = pool };
        struct job_outcome outcome;
        const char *bytes, *bounce;
        int64_t send_id;
        size_t len;

        if (!take(&letter, job, &send_id, &bytes, &len, &outcome)) {
                db_rollback(w->db);
                return outcome;
        }
        bounce = address_bounce(pool, w->config, letter.row.id);
        return conclude(&letter, send_id,
                        smtp_send(w->smtp, pool, bounce != NULL ? bounce : w->config->mail_from, letter.row.email, bytes, len));
}
