/* charge: attempts that charge a saved method, with the customer there or away.
 *
 * The attempt is marked as sent and committed, then posted with its key.  Without an answer it
 * is asked about, and posted again with the same key while the gateway keeps that key: so
 * nothing can be taken twice (safety rules 4 and 5). */
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "gateway/objects.h"
#include "queries/charge.h"
#include "queries/reminder.h"
#include "worker/worker.h"

/* What is posted; the same for the same attempt, as an idempotency key wants it. */
static struct stripe_answer
post(struct worker *w, struct pool *pool, const struct charge_row *charge)
{
        const struct stripe_field fields[] = {
                { "amount", pool_printf(pool, "%lld", (long long)charge->amount_minor) },
                { "currency", text_lower(pool, charge->currency) },
                { "customer", charge->gateway_customer },
                { "payment_method", charge->method_ref },
                { "confirm", "true" },
                /* Whoever is there is sent to their bank, where it wants to ask, and comes back to us. */
                { "off_session", charge->on_session ? NULL : "true" },
                { "return_url", pool_printf(pool, "%s/%s", w->config->portal_url,
                                            charge->on_session ? "pay-back" : "payment-methods") },
                { "description", pool_printf(pool, "%s, order %s", charge->title, charge->order_number) },
                { "statement_descriptor_suffix",
                  w->config->statement_text[0] != '\0' ? w->config->statement_text : NULL },
                { "metadata[order]", charge->order_number },
                { "metadata[attempt]", charge->key },
                { "expand[]", "latest_charge.balance_transaction" },
        };

        return stripe_post(w->stripe, pool, "payment_intents", charge->key, fields, sizeof(fields) / sizeof(fields[0]));
}

/* What an intent's status means for its attempt; NULL: nothing yet. */
static const char *
status_of(const struct gateway_payment *payment)
{
        static const struct { const char *theirs, *ours; } all[] = {
                { "processing", "processing" }, { "requires_action", "requires_action" },
                { "canceled", "cancelled" }, { "requires_payment_method", "failed" },
        };

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                if (strcmp(payment->status, all[i].theirs) == 0)
                        return all[i].ours;
        return NULL;
}

struct job_outcome
charge_settle(struct worker *w, struct pool *pool, int64_t attempt, const char *key, const struct gateway_payment *payment)
{
        const char *status;

        if (strcmp(payment->status, "succeeded") == 0)
                return gateway_book(w, payment, key, NULL) == DB_OK ? job_done : job_db_failed(w, pool);
        status = status_of(payment);
        if (status == NULL)
                return (struct job_outcome){ JOB_FAILED, 0, "the gateway has not decided about the charge" };
        if (charge_result(w->db, attempt, status, payment->id, payment->action_url, payment->error_code,
                          payment->decline_code, payment->advice_code, NULL) != DB_OK)
                return job_db_failed(w, pool);
        return job_done;
}

/* What the answer to the post means. */
static struct job_outcome
take_answer(struct worker *w, struct pool *pool, int64_t attempt, const struct charge_row *charge,
            const struct stripe_answer *answer)
{
        struct gateway_payment payment;

        if (answer->result == STRIPE_OK && objects_payment(pool, answer->object, &payment))
                return charge_settle(w, pool, attempt, charge->key, &payment);
        if (answer->result == STRIPE_REFUSED) {
                log_info("charge_refused", "attempt", log_int(attempt), "code", answer->code, "decline",
                         answer->decline_code, NULL);
                return charge_result(w->db, attempt, "failed", answer->payment_ref, NULL, answer->code,
                                     answer->decline_code, answer->advice_code, NULL) == DB_OK
                               ? job_done : job_db_failed(w, pool);
        }
        if (answer->result == STRIPE_UNKNOWN &&
            charge_result(w->db, attempt, "unknown", NULL, NULL, NULL, NULL, NULL, NULL) != DB_OK)
                return job_db_failed(w, pool);
        return (struct job_outcome){ JOB_FAILED, 0,
                                     pool_printf(pool, "the gateway: %s, HTTP %d", stripe_word(answer->result), answer->status) };
}

/* Our intent among the newest of the customer there: a lost answer. */
static bool
find_intent(struct worker *w, struct pool *pool, const struct charge_sent_row *sent, struct gateway_payment *payment,
            struct stripe_answer *answer)
{
        const struct stripe_field fields[] = {
                { "customer", sent->gateway_customer },
                { "created[gte]", pool_printf(pool, "%lld", (long long)(sent->sent_at / CLOCK_SECOND) - 3600) },
                { "limit", "100" },
        };
        struct gateway_list list;

        *answer = stripe_get(w->stripe, pool, "payment_intents", fields, 3);
        if (answer->result != STRIPE_OK || !objects_list(pool, answer->object, &list))
                return false;
        for (size_t i = 0; i < list.n; i++)
                if (objects_payment(pool, objects_item(answer->object, i), payment) &&
                    text_equal(payment->attempt_key, sent->key))
                        return true;
        return false;
}

/* The customer did not answer their bank within the hour: it is called off there first, so that
 * it cannot be paid any more when another way is tried. */
static struct job_outcome
give_up(struct worker *w, struct pool *pool, int64_t attempt, const char *key, const char *ref)
{
        struct gateway_payment payment;
        struct stripe_answer answer = stripe_post(w->stripe, pool, pool_printf(pool, "payment_intents/%s/cancel", ref),
                                                  pool_printf(pool, "cancel-%s", key), NULL, 0);

        if (answer.result != STRIPE_OK)         /* paid meanwhile, or not known: look again */
                answer = gateway_fetch_payment(w, pool, ref);
        if (answer.result != STRIPE_OK || !objects_payment(pool, answer.object, &payment))
                return (struct job_outcome){ JOB_FAILED, 0, "the gateway did not call the charge off" };
        if (strcmp(payment.status, "canceled") != 0)
                return charge_settle(w, pool, attempt, key, &payment);
        return charge_result(w->db, attempt, "failed", ref, NULL, NULL, "authentication_required", NULL, NULL) == DB_OK
                       ? job_done : job_db_failed(w, pool);
}

struct job_outcome
charge_ask(struct worker *w, struct pool *pool, int64_t attempt)
{
        struct charge_sent_row sent;
        struct gateway_payment payment;
        struct stripe_answer answer;
        bool found, known;

        if (charge_sent(w->db, attempt, &sent, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        if (sent.gateway_ref != NULL) {
                answer = gateway_fetch_payment(w, pool, sent.gateway_ref);
                known = answer.result == STRIPE_OK && objects_payment(pool, answer.object, &payment);
        } else {
                known = find_intent(w, pool, &sent, &payment, &answer);
        }
        if (known && strcmp(payment.status, "requires_action") == 0 && sent.given_up)
                return give_up(w, pool, attempt, sent.key, payment.id);
        if (known)
                return charge_settle(w, pool, attempt, sent.key, &payment);
        if (answer.result != STRIPE_OK)
                return (struct job_outcome){ JOB_FAILED, 0,
                                             pool_printf(pool, "the gateway: %s, HTTP %d",
                                                         stripe_word(answer.result), answer.status) };
        if (sent.gateway_ref != NULL)
                return (struct job_outcome){ JOB_HOPELESS, 0, "the gateway does not know this payment" };
        if (sent.too_old)       /* the gateway has forgotten the key: it was never made */
                return charge_result(w->db, attempt, "failed", NULL, NULL, "never_made", NULL, NULL, NULL) == DB_OK
                               ? job_done : job_db_failed(w, pool);
        struct charge_row again = { .key = sent.key, .amount_minor = sent.amount_minor, .currency = sent.currency,
                                    .method_ref = sent.method_ref, .gateway_customer = sent.gateway_customer,
                                    .order_number = sent.order_number, .title = sent.title,
                                    .on_session = sent.on_session };

        answer = post(w, pool, &again);
        return take_answer(w, pool, attempt, &again, &answer);
}

struct job_outcome
job_charge(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        int64_t attempt = job_id_of_key(job);
        struct charge_row charge;
        struct stripe_answer answer;

        if (charge_take(w->db, attempt, &charge) != DB_OK)
                return job_db_failed(w, pool);
        if (strcmp(charge.state, "over") == 0)
                return job_done;
        if (strcmp(charge.state, "later") == 0)
                return (struct job_outcome){ JOB_LATER, 60, "its time has not come" };
        if (strcmp(charge.state, "ask") == 0)
                return charge_ask(w, pool, attempt);
        answer = post(w, pool, &charge);
        return take_answer(w, pool, attempt, &charge, &answer);
}

struct job_outcome
job_dues_scan(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct scan_row scan;

        (void)job;
        if (dues_scan(w->db, &scan) != DB_OK)
                return job_db_failed(w, pool);
        if (scan.n > 0)
                log_info("dues_scanned", "n", log_int(scan.n), NULL);
        return job_done;
}

/* Only the database says who is reminded, by its own clock. */
struct job_outcome
job_reminders_scan(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct reminders_row scan;

        (void)job;
        if (reminders_scan(w->db, &scan) != DB_OK)
                return job_db_failed(w, pool);
        if (scan.n > 0)
                log_info("reminders_made", "n", log_int(scan.n), NULL);
        return job_done;
}
