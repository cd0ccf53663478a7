/* refund: what staff approved, on its way to the gateway: refunds, and answers to disputes.
 *
 * The key is committed before anything leaves.  An answer that is lost is looked for in the
 * gateway's own list first; only while the key is young is the very same request sent again
 * (safety rule 5).  So there is never a second refund. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "gateway/objects.h"
#include "queries/payment.h"
#include "queries/refundwork.h"
#include "view/format.h"
#include "worker/worker.h"

enum sought { SOUGHT_FOUND, SOUGHT_NONE, SOUGHT_UNKNOWN };

static struct job_outcome
no_answer(struct pool *pool, const struct stripe_answer *answer)
{
        return (struct job_outcome){
                JOB_FAILED, 0, pool_printf(pool, "the gateway: %s, HTTP %d", stripe_word(answer->result), answer->status)
        };
}

/* What the gateway says about one refund of ours. */
static struct job_outcome
book(struct worker *w, struct pool *pool, const struct gateway_refund *refund, const struct refund_to_send_row *row)
{
        struct payment_verdict_row verdict;

        if (refund_apply(w->db, w->account, refund->id, row->payment_ref, row->key, refund->amount_minor, refund->currency,
                         refund->status, refund->reason, row->line_id_null ? NULL : &row->line_id, &verdict) != DB_OK)
                return job_db_failed(w, pool);
        return job_done;
}

/* Is it in the gateway's list of what went back of this payment? */
static enum sought
seek(struct worker *w, struct pool *pool, const struct refund_to_send_row *row, struct gateway_refund *refund,
     struct stripe_answer *answer)
{
        const char *after = NULL;
        struct gateway_list list;

        do {
                const struct stripe_field fields[] = { { "payment_intent", row->payment_ref },
                                                       { "limit", "100" },
                                                       { "starting_after", after } };

                *answer = stripe_get(w->stripe, pool, "refunds", fields, 3);
                if (answer->result != STRIPE_OK || !objects_list(pool, answer->object, &list))
                        return SOUGHT_UNKNOWN;
                for (size_t i = 0; i < list.n; i++)
                        if (objects_refund(pool, objects_item(answer->object, i), refund) &&
                            (text_equal(refund->refund_key, row->key) || text_equal(refund->id, row->gateway_ref)))
                                return SOUGHT_FOUND;
                after = list.last_ref;
        } while (list.more && after != NULL);
        return SOUGHT_NONE;
}

static struct job_outcome
not_made(struct worker *w, struct pool *pool, int64_t id, const char *code)
{
        refund_not_made_ask(w->db, id, code != NULL ? code : "refused", NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* The reasons that the gateway knows; another one is ours alone. */
static const char *
gateway_reason(const char *reason)
{
        static const char *const known[] = { "duplicate", "fraudulent", "requested_by_customer" };

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
                if (strcmp(known[i], reason) == 0)
                        return reason;
        return NULL;
}

static struct job_outcome
post(struct worker *w, struct pool *pool, const struct refund_to_send_row *row)
{
        const struct stripe_field fields[] = {
                { "payment_intent", row->payment_ref },
                { "amount", pool_printf(pool, "%" PRId64, row->amount_minor) },
                { "reason", gateway_reason(row->reason) },
                { "metadata[refund]", row->key },
                { "metadata[order]", row->number },
                { "metadata[line]", row->line_id_null ? NULL : pool_printf(pool, "%" PRId64, row->line_id) },
        };
        struct stripe_answer answer =
                stripe_post(w->stripe, pool, "refunds", row->key, fields, sizeof fields / sizeof fields[0]);
        struct gateway_refund refund;

        if (answer.result == STRIPE_OK && objects_refund(pool, answer.object, &refund))
                return book(w, pool, &refund, row);
        if (answer.result == STRIPE_REFUSED)
                return not_made(w, pool, row->id, answer.code);
        if (answer.result == STRIPE_UNKNOWN || answer.result == STRIPE_OK) {
                refund_unknown_ask(w->db, row->id, NULL);
                if (db_wait(w->db) != DB_OK)
                        return job_db_failed(w, pool);
        }
        return no_answer(pool, &answer);
}

struct job_outcome
job_refund_send(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct refund_to_send_row row;
        struct gateway_refund refund;
        struct stripe_answer answer;
        bool found;

        if (refund_to_send(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found || row.by_bank ||
            (strcmp(row.status, "approved") != 0 && strcmp(row.status, "sent") != 0 && strcmp(row.status, "unknown") != 0))
                return job_done;
        refund_started_ask(w->db, row.id, NULL);
        if (db_wait(w->db) != DB_OK)
                return job_db_failed(w, pool);
        if (strcmp(row.status, "approved") == 0)
                return post(w, pool, &row);
        switch (seek(w, pool, &row, &refund, &answer)) {
        case SOUGHT_FOUND:
                return book(w, pool, &refund, &row);
        case SOUGHT_UNKNOWN:
                return no_answer(pool, &answer);
        default:
                break;
        }
        /* It never reached them: the same key again, or never more. */
        return row.too_old ? not_made(w, pool, row.id, "never_arrived") : post(w, pool, &row);
}

/* --- answers to disputes --- */

static struct job_outcome
book_dispute(struct worker *w, struct pool *pool, const struct gateway_dispute *dispute)
{
        struct payment_verdict_row verdict;
        instant due_by = dispute->due_by * CLOCK_SECOND;

        if (dispute_apply(w->db, w->account, dispute->id, dispute->payment_ref, dispute->amount_minor, dispute->currency,
                          dispute->reason, dispute->status, dispute->due_by > 0 ? &due_by : NULL, &verdict) != DB_OK)
                return job_db_failed(w, pool);
        return job_done;
}

static struct job_outcome
answer_sent(struct worker *w, struct pool *pool, int64_t id, const struct gateway_dispute *dispute)
{
        dispute_answer_sent_ask(w->db, id, NULL);
        if (db_wait(w->db) != DB_OK)
                return job_db_failed(w, pool);
        return book_dispute(w, pool, dispute);
}

static struct job_outcome
answer_post(struct worker *w, struct pool *pool, const struct dispute_to_answer_row *row)
{
        const struct stripe_field fields[] = {
                { "evidence[uncategorized_text]", row->answer },
                { "evidence[access_activity_log]", row->log[0] != '\0' ? row->log : NULL },
                { "evidence[customer_name]", row->name[0] != '\0' ? row->name : NULL },
                { "evidence[customer_email_address]", row->email },
                { "evidence[product_description]", row->titles },
                { "evidence[refund_policy_disclosure]", row->refund_text[0] != '\0' ? row->refund_text : NULL },
                { "evidence[service_date]", row->granted_at_null ? NULL : format_exact(pool, row->granted_at, "UTC") },
                { "submit", "true" },
        };
        struct stripe_answer answer = stripe_post(w->stripe, pool, pool_printf(pool, "disputes/%s", row->gateway_ref),
                                                  row->key, fields, sizeof fields / sizeof fields[0]);
        struct gateway_dispute dispute;

        if (answer.result == STRIPE_OK && objects_dispute(pool, answer.object, &dispute))
                return answer_sent(w, pool, row->id, &dispute);
        if (answer.result != STRIPE_REFUSED)
                return no_answer(pool, &answer);
        dispute_answer_refused_ask(w->db, row->id, answer.code != NULL ? answer.code : "refused", NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}

/* An answer counts once: whether it is there is asked first. */
struct job_outcome
job_dispute_answer(void *context, struct pool *pool, const struct job *job)
{
        struct worker *w = context;
        struct dispute_to_answer_row row;
        struct gateway_dispute dispute;
        struct stripe_answer answer;
        bool found;

        if (dispute_to_answer(w->db, job_id_of_key(job), &row, &found) != DB_OK)
                return job_db_failed(w, pool);
        if (!found || row.key == NULL || row.sent)
                return job_done;
        answer = stripe_get(w->stripe, pool, pool_printf(pool, "disputes/%s", row.gateway_ref), NULL, 0);
        if (answer.result != STRIPE_OK || !objects_dispute(pool, answer.object, &dispute))
                return no_answer(pool, &answer);
        if (strcmp(dispute.status, "needs_response") != 0)
                return dispute.has_evidence ? answer_sent(w, pool, row.id, &dispute) : book_dispute(w, pool, &dispute);
        if (!row.too_old)
                return answer_post(w, pool, &row);
        dispute_answer_refused_ask(w->db, row.id, "never_arrived", NULL);
        return db_wait(w->db) == DB_OK ? job_done : job_db_failed(w, pool);
}
