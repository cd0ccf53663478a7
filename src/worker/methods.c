/* methods: saved cards and accounts, fetched from the gateway and applied here. */
#include <string.h>

#include "base/text.h"
#include "gateway/objects.h"
#include "queries/charge.h"
#include "worker/worker.h"

static struct job_outcome
no_answer(struct pool *pool, const struct stripe_answer *answer)
{
        return (struct job_outcome){ JOB_FAILED, 0,
                                     pool_printf(pool, "the gateway: %s, HTTP %d", stripe_word(answer->result), answer->status) };
}

static bool
is_missing(const struct stripe_answer *answer)
{
        return answer->result == STRIPE_REFUSED && answer->status == 404;
}

/* A method as the gateway shows it; month and year are NULL where it has none. */
struct method {
        struct gateway_method its;
        int32_t month, year;
        const int32_t *exp_month, *exp_year;
};

/* JOB_DONE and *FOUND false: the gateway does not know it. */
static struct job_outcome
fetch(struct worker *w, struct pool *pool, const char *ref, struct method *method, bool *found)
{
        struct stripe_answer answer = stripe_get(w->stripe, pool, pool_printf(pool, "payment_methods/%s", ref), NULL, 0);

        *found = false;
        if (is_missing(&answer))
                return job_done;
        if (answer.result != STRIPE_OK || !objects_method(pool, answer.object, &method->its) || method->its.kind == NULL)
                return no_answer(pool, &answer);
        method->month = (int32_t)method->its.exp_month;
        method->year = (int32_t)method->its.exp_year;
        method->exp_month = method->month > 0 ? &method->month : NULL;
        method->exp_year = method->month > 0 ? &method->year : NULL;
        *found = true;
        return job_done;
}

struct job_outcome
methods_fetch(struct worker *w, struct pool *pool, const char *type, const char *ref)
{
        struct method method;
        struct saved_row saved;
        bool found;
        struct job_outcome outcome = fetch(w, pool, ref, &method, &found);
        enum db_status rc;

        if (outcome.result != JOB_DONE)
                return outcome;
        if (!found || method.its.customer_ref == NULL)
                rc = method_gone(w->db, w->account, ref, &saved);
        else
                rc = method_apply(w->db, w->account, ref, method.its.customer_ref, method.its.kind, method.its.brand,
                                  method.its.last4, method.its.wallet, method.exp_month, method.exp_year,
                                  strcmp(type, "payment_method.automatically_updated") == 0, &saved);
        return rc == DB_OK ? job_done : job_db_failed(w, pool);
}

/* A setup intent: the visit that it names is done once it has succeeded. */
struct job_outcome
methods_fetch_setup(struct worker *w, struct pool *pool, const char *ref)
{
        struct stripe_answer answer = stripe_get(w->stripe, pool, pool_printf(pool, "setup_intents/%s", ref), NULL, 0);
        struct gateway_setup setup;
        struct method method;
        struct saved_row saved;
        struct job_outcome outcome;
        const char *key;
        bool found;

        if (is_missing(&answer))
                return job_done;
        if (answer.result != STRIPE_OK || !objects_setup(pool, answer.object, &setup))
                return no_answer(pool, &answer);
        key = objects_metadata(pool, answer.object, "setup");
        if (key == NULL || !text_equal(setup.status, "succeeded") || setup.method_ref == NULL)
                return job_done;
        outcome = fetch(w, pool, setup.method_ref, &method, &found);
        if (outcome.result != JOB_DONE || !found || method.its.customer_ref == NULL)
                return outcome;
        return setup_done(w->db, key, w->account, setup.method_ref, method.its.customer_ref, method.its.kind,
                          method.its.brand, method.its.last4, method.its.wallet, method.exp_month, method.exp_year,
                          &saved) == DB_OK
                       ? job_done : job_db_failed(w, pool);
}

/* The default that was chosen at the gateway. */
struct job_outcome
methods_fetch_customer(struct worker *w, struct pool *pool, const char *ref)
{
        struct stripe_answer answer = stripe_get(w->stripe, pool, pool_printf(pool, "customers/%s", ref), NULL, 0);
        const char *method;

        if (is_missing(&answer))
                return job_done;
        if (answer.result != STRIPE_OK)
                return no_answer(pool, &answer);
        method = objects_default_method(pool, answer.object);
        if (method == NULL)
                return job_done;
        return method_prefer(w->db, w->account, ref, method, NULL) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* The method that an agreement was bought with. */
struct job_outcome
job_agreement_method(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct agreement_payment_row row;
        struct gateway_payment payment;
        struct method method;
        struct saved_row saved;
        struct stripe_answer answer;
        struct job_outcome outcome;
        bool found;

        if (agreement_payment(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        answer = gateway_fetch_payment(w, pool, row.payment_ref);
        if (answer.result != STRIPE_OK || !objects_payment(pool, answer.object, &payment))
                return no_answer(pool, &answer);
        if (payment.method_ref == NULL)
                return job_done;
        outcome = fetch(w, pool, payment.method_ref, &method, &found);
        if (outcome.result != JOB_DONE || !found || method.its.customer_ref == NULL)
                return outcome;
        return agreement_method(w->db, job_id_of_key(job), w->account, payment.method_ref, method.its.customer_ref,
                                method.its.kind, method.its.brand, method.its.last4, method.its.wallet,
                                method.exp_month, method.exp_year, &saved) == DB_OK
                       ? job_done : job_db_failed(w, pool);
}

/* A visit to the page that saves a method: what came of it. */
struct job_outcome
job_setup_ask(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct setup_ref_row row;
        struct gateway_session session;
        struct stripe_answer answer;
        bool found;

        if (setup_by_id(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        answer = stripe_get(w->stripe, pool, pool_printf(pool, "checkout/sessions/%s", row.session_ref), NULL, 0);
        if (answer.result != STRIPE_OK || !objects_session(pool, answer.object, &session))
                return no_answer(pool, &answer);
        return session.setup_ref != NULL ? methods_fetch_setup(w, pool, session.setup_ref) : job_done;
}

/* The customer removed it here: the gateway forgets it as well. */
struct job_outcome
job_method_detach(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct method_ref_row row;
        struct stripe_answer answer;
        bool found;

        if (method_to_detach(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found)
                return job_done;
        answer = stripe_post(w->stripe, pool, pool_printf(pool, "payment_methods/%s/detach", row.ref),
                             pool_printf(pool, "detach-%s", row.ref), NULL, 0);
        return answer.result == STRIPE_OK || answer.result == STRIPE_REFUSED ? job_done : no_answer(pool, &answer);
}

struct job_outcome
job_cards_expiring(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct scan_row scan;

        (void)job;
        return cards_expiring(w->db, &scan) == DB_OK ? job_done : job_db_failed(w, pool);
}
