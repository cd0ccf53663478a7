/* gateway: jobs that ask the gateway what is true now.
 *
 * Whatever an event, a returning browser, the janitor or the sweep suspects, it ends here:
 * the object's present state is fetched and applied by the same functions as an event. */
#include <string.h>

#include <jansson.h>

#include "base/log.h"
#include "gateway/events.h"
#include "gateway/intake.h"
#include "gateway/objects.h"
#include "queries/event.h"
#include "queries/inbox.h"
#include "queries/payment.h"
#include "worker/worker.h"

static const struct stripe_field with_charge[] = {
        { "expand[]", "latest_charge.balance_transaction" },
};

/* An answer that is no answer: try again later. */
static struct job_outcome
no_answer(struct pool *pool, const struct stripe_answer *answer)
{
        return (struct job_outcome){ JOB_FAILED, 0,
                                     pool_printf(pool, "the gateway: %s, HTTP %d", stripe_word(answer->result),
                                                 answer->status) };
}

static bool
is_missing(const struct stripe_answer *answer)
{
        return answer->result == STRIPE_REFUSED && answer->status == 404;
}

struct stripe_answer
gateway_fetch_payment(struct worker *w, struct pool *pool, const char *ref)
{
        return stripe_get(w->stripe, pool, pool_printf(pool, "payment_intents/%s", ref), with_charge, 1);
}

static instant
paid_time(const struct gateway_payment *payment)
{
        return (payment->has_charge ? payment->charge.created : payment->created) * CLOCK_SECOND;
}

/* Book PAYMENT, a succeeded intent; SESSION_REF may be NULL. */
enum db_status
gateway_book(struct worker *w, const struct gateway_payment *payment, const char *key, const char *session_ref)
{
        struct payment_verdict_row verdict;

        return payment_apply(w->db, w->account, key != NULL ? key : payment->attempt_key, payment->id,
                             session_ref, payment->charge_ref, payment->received_minor, payment->currency,
                             paid_time(payment), &verdict);
}

/* What an intent that is not paid means for its attempt; NULL: nothing yet. */
static const char *
attempt_status(const struct gateway_payment *payment)
{
        if (strcmp(payment->status, "processing") == 0)
                return "processing";
        if (strcmp(payment->status, "canceled") == 0)
                return "cancelled";
        return NULL;
}

/* The hosted page is done with and its payment wants another method: a debit that the bank
 * sent back days later.  (On an open page it only means that a card was declined.) */
static bool
is_given_up(const struct gateway_session *session, const struct gateway_payment *payment)
{
        return session->status != NULL && strcmp(session->status, "complete") == 0 &&
               strcmp(payment->status, "requires_payment_method") == 0;
}

/* Ask about one attempt by its hosted page, and settle it by what the gateway says. */
static struct job_outcome
ask_session(struct worker *w, struct pool *pool, const struct attempt_row *attempt)
{
        struct gateway_session session;
        struct gateway_payment payment;
        struct stripe_answer answer = stripe_get(
                w->stripe, pool, pool_printf(pool, "checkout/sessions/%s", attempt->session_ref), NULL, 0);
        const char *status = NULL, *code = NULL;

        if (is_missing(&answer))
                return (struct job_outcome){ JOB_HOPELESS, 0, "the gateway does not know this checkout" };
        if (answer.result != STRIPE_OK || !objects_session(pool, answer.object, &session))
                return no_answer(pool, &answer);
        if (session.payment_ref != NULL) {
                answer = gateway_fetch_payment(w, pool, session.payment_ref);
                if (answer.result != STRIPE_OK || !objects_payment(pool, answer.object, &payment))
                        return no_answer(pool, &answer);
                if (strcmp(payment.status, "succeeded") == 0)
                        return gateway_book(w, &payment, attempt->key, attempt->session_ref) == DB_OK
                                       ? job_done : job_db_failed(w, pool);
                status = attempt_status(&payment);
                if (status == NULL && is_given_up(&session, &payment)) {
                        status = "failed";
                        code = payment.decline_code != NULL ? payment.decline_code : payment.error_code;
                }
        }
        if (session.status != NULL && strcmp(session.status, "expired") == 0)
                status = "cancelled";
        if (status != NULL)
                attempt_closed_ask(w->db, attempt->id, status, code, NULL);
        attempt_asked_ask(w->db, attempt->id, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* The answer to the checkout's making was lost: look whether it was made.  The gateway
 * lists the intents and pages that name our key; a key older than a day is not posted
 * again (safety rule 5). */
static struct job_outcome
ask_lost(struct worker *w, struct pool *pool, const struct attempt_row *attempt)
{
        if (!attempt->too_old) {
                attempt_asked_ask(w->db, attempt->id, NULL);
                return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
        }
        /* Nobody ever saw its hosted page, and that page has run out: it can take no money. */
        attempt_closed_ask(w->db, attempt->id, "cancelled", "never_opened", NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

struct job_outcome
job_attempt_ask(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct attempt_row attempt;
        bool found;

        if (attempt_by_id(w->db, job_id_of_key(job), &attempt, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found || !attempt.live)
                return job_done;
        if (strcmp(attempt.kind, "off_session") == 0) {
                attempt_asked_ask(w->db, attempt.id, NULL);
                return charge_ask(w, pool, attempt.id);
        }
        return attempt.session_ref != NULL ? ask_session(w, pool, &attempt) : ask_lost(w, pool, &attempt);
}

static const char *
empty_as_null(const char *text)
{
        return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Card, statement text, fee and the charge's own time of a booked payment.  When the
 * gateway does not answer for long, the receipt is made without them. */
struct job_outcome
job_payment_detail(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct payment_to_detail_row row;
        struct gateway_payment payment;
        struct stripe_answer answer;
        const struct gateway_charge *charge;
        instant at;
        bool found;

        if (payment_to_detail(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        answer = gateway_fetch_payment(w, pool, row.gateway_ref);
        if (answer.result != STRIPE_OK || !objects_payment(pool, answer.object, &payment) ||
            !payment.has_charge) {
                if (job->tries < 4)
                        return no_answer(pool, &answer);
                payment_detail_ask(w->db, row.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
                return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
        }
        charge = &payment.charge;
        at = charge->created * CLOCK_SECOND;
        payment_detail_ask(w->db, row.id, charge->id, &at, empty_as_null(charge->kind),
                           empty_as_null(charge->brand), empty_as_null(charge->last4),
                           empty_as_null(charge->statement_text), charge->has_fee ? &charge->fee_minor : NULL,
                           charge->has_fee ? charge->fee_currency : NULL, NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* --- objects that an event named --- */

static struct job_outcome
apply_refund(struct worker *w, struct pool *pool, const json_t *object)
{
        struct gateway_refund refund;
        struct payment_verdict_row verdict;
        const char *line;
        int64_t line_id;

        if (!objects_refund(pool, object, &refund) || refund.payment_ref == NULL)
                return job_done;
        line = objects_metadata(pool, object, "line");
        line_id = line != NULL ? strtoll(line, NULL, 10) : 0;
        if (refund_apply(w->db, w->account, refund.id, refund.payment_ref, refund.refund_key,
                         refund.amount_minor, refund.currency, refund.status, refund.reason,
                         line_id > 0 ? &line_id : NULL, &verdict) != DB_OK)
                return job_db_failed(w, pool);
        return job_done;
}

/* An intent moved without being paid: its hosted page says what that means, or it does itself. */
static struct job_outcome
settle_attempt(struct worker *w, struct pool *pool, const struct gateway_payment *payment)
{
        struct attempt_row attempt;
        bool found;

        if (attempt_by_key(w->db, payment->attempt_key, &attempt, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (found && attempt.live && strcmp(attempt.kind, "off_session") == 0)
                return charge_settle(w, pool, attempt.id, attempt.key, payment);
        return found && attempt.live && attempt.session_ref != NULL ? ask_session(w, pool, &attempt) : job_done;
}

/* The payment must be booked before anything of it can go back: events come in any order. */
static struct job_outcome
book_first(struct worker *w, struct pool *pool, const char *payment_ref)
{
        struct gateway_payment payment;
        struct stripe_answer answer;

        if (payment_ref == NULL)
                return job_done;
        answer = gateway_fetch_payment(w, pool, payment_ref);
        if (is_missing(&answer))
                return job_done;
        if (answer.result != STRIPE_OK || !objects_payment(pool, answer.object, &payment))
                return no_answer(pool, &answer);
        if (strcmp(payment.status, "succeeded") == 0 && payment.attempt_key != NULL &&
            gateway_book(w, &payment, NULL, NULL) != DB_OK)
                return job_db_failed(w, pool);
        return payment.attempt_key != NULL && strcmp(payment.status, "succeeded") != 0
                       ? settle_attempt(w, pool, &payment) : job_done;
}

static struct job_outcome
fetch_refunds(struct worker *w, struct pool *pool, const char *charge_ref, const char *payment_ref)
{
        struct stripe_field fields[] = { { payment_ref != NULL ? "payment_intent" : "charge",
                                           payment_ref != NULL ? payment_ref : charge_ref },
                                         { "limit", "100" } };
        struct stripe_answer answer = stripe_get(w->stripe, pool, "refunds", fields, 2);
        struct gateway_list list;

        if (answer.result != STRIPE_OK || !objects_list(pool, answer.object, &list))
                return no_answer(pool, &answer);
        /* Oldest first, as they happened. */
        for (size_t i = list.n; i-- > 0;) {
                struct job_outcome outcome = apply_refund(w, pool, objects_item(answer.object, i));

                if (outcome.result != JOB_DONE)
                        return outcome;
        }
        return job_done;
}

static struct job_outcome
fetch_dispute(struct worker *w, struct pool *pool, const char *ref)
{
        struct gateway_dispute dispute;
        struct payment_verdict_row verdict;
        struct stripe_answer answer =
                stripe_get(w->stripe, pool, pool_printf(pool, "disputes/%s", ref), NULL, 0);
        struct job_outcome booked;
        instant due_by;

        if (is_missing(&answer))
                return job_done;
        if (answer.result != STRIPE_OK || !objects_dispute(pool, answer.object, &dispute))
                return no_answer(pool, &answer);
        if (dispute.payment_ref == NULL)
                return job_done;
        booked = book_first(w, pool, dispute.payment_ref);
        if (booked.result != JOB_DONE)
                return booked;
        due_by = dispute.due_by * CLOCK_SECOND;
        if (dispute_apply(w->db, w->account, dispute.id, dispute.payment_ref, dispute.amount_minor,
                          dispute.currency, dispute.reason, dispute.status,
                          dispute.due_by > 0 ? &due_by : NULL, &verdict) != DB_OK)
                return job_db_failed(w, pool);
        return job_done;
}

static struct job_outcome
fetch_session(struct worker *w, struct pool *pool, const char *ref)
{
        struct gateway_session session;
        struct stripe_answer answer =
                stripe_get(w->stripe, pool, pool_printf(pool, "checkout/sessions/%s", ref), NULL, 0);
        struct attempt_row attempt;
        bool found;

        if (is_missing(&answer))
                return job_done;
        if (answer.result != STRIPE_OK || !objects_session(pool, answer.object, &session))
                return no_answer(pool, &answer);
        if (session.setup_ref != NULL)
                return methods_fetch_setup(w, pool, session.setup_ref);
        if (session.attempt_key == NULL)
                return job_done;
        if (attempt_by_key(w->db, session.attempt_key, &attempt, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        if (attempt.session_ref == NULL)
                attempt.session_ref = session.id;
        if (strcmp(attempt.session_ref, session.id) == 0)
                return attempt.live ? ask_session(w, pool, &attempt) : job_done;
        return book_first(w, pool, session.payment_ref);
}

struct job_outcome
job_gateway_fetch(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        json_t *args = json_loads(job->args, 0, NULL);
        const char *type = json_string_value(json_object_get(args, "type"));
        const char *object = json_string_value(json_object_get(args, "object"));
        const char *payment = json_string_value(json_object_get(args, "payment"));
        const char *charge = json_string_value(json_object_get(args, "charge"));
        struct job_outcome outcome = job_done;

        pool_defer(pool, (void (*)(void *))json_decref, args);
        if (type == NULL || object == NULL)
                return (struct job_outcome){ JOB_HOPELESS, 0, "the job names no object" };
        if (strncmp(type, "charge.dispute.", 15) == 0)
                return fetch_dispute(w, pool, object);
        if (strncmp(type, "checkout.session.", 17) == 0)
                return fetch_session(w, pool, object);
        if (strncmp(type, "payment_method.", 15) == 0)
                return methods_fetch(w, pool, type, object);
        if (strcmp(type, "setup_intent.succeeded") == 0)
                return methods_fetch_setup(w, pool, object);
        if (strcmp(type, "customer.updated") == 0)
                return methods_fetch_customer(w, pool, object);
        if (strncmp(type, "refund.", 7) == 0 || strcmp(type, "charge.refund.updated") == 0 ||
            strcmp(type, "charge.refunded") == 0) {
                outcome = book_first(w, pool, payment);
                return outcome.result != JOB_DONE ? outcome : fetch_refunds(w, pool, charge, payment);
        }
        return book_first(w, pool, payment != NULL ? payment : object);
}

/* --- events that never reached us (S0.7) --- */

static bool
is_known(const struct inbox_known_row *known, size_t n, const char *ref)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(known[i].event_ref, ref) == 0)
                        return true;
        return false;
}

static enum db_status
store_event(struct worker *w, struct pool *pool, const json_t *object, const struct gateway_event *event)
{
        struct intake intake = intake_of(event);
        char *body = json_dumps(object, JSON_COMPACT);
        struct verdict_row verdict;
        enum db_status rc;

        pool_defer(pool, free, body);
        rc = event_store(w->db, w->config->gateway_account, event->id, event->type, "sweep", body,
                         event->created * CLOCK_SECOND, intake.acts, event->attempt_key, event->payment_ref,
                         event->session_ref, event->charge_ref, event->object_id,
                         intake.pays ? &event->amount_minor : NULL, event->currency, &verdict);
        if (rc == DB_OK && strcmp(verdict.verdict, "new") == 0)
                log_info("event_swept", "event", event->id, "type", event->type, NULL);
        if (rc == DB_OK)
                rc = event_apply(w->db, w->config->gateway_account, event->id, &verdict);
        return rc;
}

/* One page of the gateway's list: store what we do not have. */
static struct job_outcome
sweep_page(struct worker *w, struct pool *pool, const json_t *page, const struct gateway_list *list,
           const struct inbox_known_row *known, size_t n_known)
{
        for (size_t i = list->n; i-- > 0;) {
                const json_t *object = objects_item(page, i);
                struct gateway_event event;
                const char *error;

                if (!events_from_object(pool, object, &event, &error) ||
                    is_known(known, n_known, event.id) || strcmp(intake_of(&event).acts, "none") == 0)
                        continue;
                if (store_event(w, pool, object, &event) != DB_OK)
                        log_warning("event_not_settled", "event", event.id, "type", event.type, NULL);
        }
        return job_done;
}

/* Everything since ten minutes before the newest event that we have, newest page first. */
struct job_outcome
job_events_sweep(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct inbox_newest_row newest = { 0 };
        struct inbox_known_row *known;
        size_t n_known;
        bool found;
        const char *after = NULL;
        instant since;

        (void)job;
        if (inbox_newest(w->db, w->config->gateway_account, &newest, &found) != DB_OK)
                return job_db_failed(w, pool);
        since = (found ? newest.made_at : clock_product() - 86400 * CLOCK_SECOND) - 600 * CLOCK_SECOND;
        if (inbox_known(w->db, w->config->gateway_account, since, &known, &n_known) != DB_OK)
                return job_db_failed(w, pool);
        for (int page = 0; page < 500; page++) {
                struct stripe_field fields[] = {
                        { "limit", "100" },
                        { "created[gte]", pool_printf(pool, "%lld", (long long)(since / CLOCK_SECOND)) },
                        { "starting_after", after },
                };
                struct stripe_answer answer = stripe_get(w->stripe, pool, "events", fields, 3);
                struct gateway_list list;

                if (answer.result != STRIPE_OK || !objects_list(pool, answer.object, &list))
                        return (struct job_outcome){ JOB_DONE, 0, NULL };  /* the next sweep is near */
                (void)sweep_page(w, pool, answer.object, &list, known, n_known);
                if (!list.more || list.last_ref == NULL)
                        break;
                after = list.last_ref;
        }
        return job_done;
}

/* Stored events whose time has come: those that failed, or whose hook died. */
struct job_outcome
job_inbox_retry(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct inbox_due_row *due;
        struct verdict_row verdict;
        size_t n;

        (void)job;
        if (inbox_due(w->db, &due, &n) != DB_OK)
                return job_db_failed(w, pool);
        for (size_t i = 0; i < n; i++) {
                if (event_apply(w->db, due[i].account, due[i].event_ref, &verdict) == DB_OK)
                        continue;
                const char *error = pool_strdup(pool, db_error_message(w->db));

                if (event_failed(w->db, due[i].account, due[i].event_ref, error, NULL) != DB_OK)
                        return job_db_failed(w, pool);
        }
        return job_done;
}
