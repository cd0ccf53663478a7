/* post: mails.
 *
 * Taken and committed first ("sending", with a lease), handed to the mail server, then the
 * outcome committed.  Whoever dies between leaves the mail "maybe sent": plain SMTP cannot
 * promise exactly once, and nobody gets a mail twice because of us (safety rule 24).
 *
 * A link that opens something is made here, just before it is sent; only its hash is kept,
 * and the copy that staff can read has it masked. */
#include <string.h>

#include "base/log.h"
#include "base/token.h"
#include "mail/message.h"
#include "queries/account_work.h"
#include "queries/mail.h"
#include "view/format.h"
#include "view/method.h"
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
        bool has_order, has_payment, has_refund, has_product, has_address;
        const char *token;              /* of the link, or NULL */
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
        { "password_changed", "Your password was changed", false, false },
        { "passkey_added", "A passkey was added", false, false },
        { "address_confirm", "Is this your new address?", false, true },
        { "address_changed", "Your email address was changed", false, true },
        { "address_taken", "Somebody entered your address", false, false },
        { "address_restored", "Your address is back", false, true },
        { "address_corrected", "The address of an order was corrected", false, false },
        { "address_now", "Your address is corrected", false, false },
        { "correction_refused", "We could not correct the address", false, false },
};

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
        return strcmp(kind, "address_confirm") == 0   ? "account/address/link"
               : strcmp(kind, "address_changed") == 0 ? "address-undo"
                                                      : "access";
}

/* --- what it says --- */

static void
ask_facts(struct letter *letter)
{
        struct db *db = letter->w->db;
        const struct message_row *m = &letter->row;

        mail_order_ask(db, m->object, m->object_id, &letter->order, &letter->has_order);
        mail_payment_ask(db, m->object, m->object_id, &letter->payment, &letter->has_payment);
        if (strcmp(m->object, "refund") == 0)
                mail_refund_ask(db, m->object_id, &letter->refund, &letter->has_refund);
        if (strcmp(m->object, "product") == 0)
                mail_product_ask(db, m->object_id, &letter->product, &letter->has_product);
        if (strcmp(m->object, "address_change") == 0 || strcmp(m->object, "correction") == 0)
                mail_address_ask(db, m->object, m->object_id, &letter->address, &letter->has_address);
}

static const char *
title_of(const struct letter *letter)
{
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
        view_text(view, "order_number", letter->has_order ? letter->order.number : "");
        view_url(view, "order_url", letter->has_order
                 ? pool_printf(letter->pool, "%s/orders/%s", config->portal_url, letter->order.number) : "");
        view_url(view, "login_url", pool_printf(letter->pool, "%s/login", config->portal_url));
        view_url(view, "link_url", link);
        view_number(view, "refund_days", letter->has_order ? letter->order.refund_days : 0);
        view_flag(view, "waiting", waiting);
        view_text(view, "expected_on", waiting && !letter->order.expected_on_null
                  ? format_exact_date(letter->pool, letter->order.expected_on) : "");
        push_payment(view, letter);
        push_refund(view, letter);
        push_address(view, letter);
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

/* The whole mail as bytes, and its masked copy queued for staff; NULL after a fault. */
static const char *
compose(struct letter *letter, const struct mail_kind *kind, size_t *len, const char **error)
{
        const struct config *config = letter->w->config;
        const char *subject = subject_of(letter, kind);
        const char *base = pool_printf(letter->pool, "%s/%s/", config->portal_url, link_path(kind->kind));
        const char *link = letter->token != NULL ? pool_printf(letter->pool, "%s%s", base, letter->token) : "";
        const char *masked = letter->token != NULL ? pool_printf(letter->pool, "%s(hidden)", base) : "";
        struct message message;
        const char *text, *html, *text_copy, *html_copy;

        text = render(letter, kind, "txt", subject, link);
        html = render(letter, kind, "html", subject, link);
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
                .reply_to = config->support_email, .subject = subject, .text = text, .html = html,
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
        uint8_t hash[TOKEN_HASH_SIZE];
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
                link_make_ask(w->db, letter->row.id, (struct db_bytes){ hash, sizeof(hash) }, NULL);
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
        const char *bytes;
        int64_t send_id;
        size_t len;

        if (!take(&letter, job, &send_id, &bytes, &len, &outcome)) {
                db_rollback(w->db);
                return outcome;
        }
        return conclude(&letter, send_id,
                        smtp_send(w->smtp, pool, w->config->mail_from, letter.row.email, bytes, len));
}
