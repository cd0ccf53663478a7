/* disputes: a payer asks their bank for the money back. */
#include "sandbox/disputes.h"

#include <string.h>

#include "sandbox/balance.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"

enum { FEE = 1500, DAYS_TO_ANSWER = 9, DAY = 86400 };

/* Money of a dispute: the movement stands in its own list as well. */
static void
move_money(struct call *call, struct object *dispute, int64_t amount, int64_t fee)
{
        const char *id = balance_move(call, dispute, "adjustment", amount < 0 ? "dispute" : "dispute_reversal",
                                      amount, fee, amount < 0 ? "Chargeback withdrawal" : "Chargeback reversal");
        struct object *move = store_lock(call, id, "balance_transaction");

        if (move != NULL)
                json_array_append_new(json_object_get(dispute->body, "balance_transactions"),
                                      json_deep_copy(move->body));
}

struct object *
dispute_open(struct call *call, struct object *charge, int64_t amount, const char *reason)
{
        struct object *dispute;

        if (!doc_is(charge->body, "status", "succeeded") || doc_true(charge->body, "disputed")) {
                call_refuse(call, NULL, "object", "Charge %s cannot be disputed.", charge->id);
                return NULL;
        }
        dispute = store_new(call, "dispute", "du");
        if (amount == 0)
                amount = doc_int(charge->body, "amount") - doc_int(charge->body, "amount_refunded");
        doc_put_int(dispute->body, "amount", amount);
        doc_put_text(dispute->body, "charge", charge->id);
        doc_put_text(dispute->body, "currency", doc_text(charge->body, "currency"));
        doc_put_int(json_object_get(dispute->body, "evidence_details"), "due_by",
                    call->now + DAYS_TO_ANSWER * DAY);
        doc_put_text(dispute->body, "payment_intent", doc_text(charge->body, "payment_intent"));
        doc_put_text(dispute->body, "reason", reason != NULL ? reason : "fraudulent");
        json_object_set_new(dispute->body, "payment_method_details",
                            json_pack("{s:{s:s, s:s, s:s, s:s}, s:s}", "card", "brand", "visa", "case_type",
                                      "chargeback", "network", "visa", "network_reason_code", "10.4",
                                      "type", "card"));
        move_money(call, dispute, -amount, FEE);
        store_add(call, dispute);
        doc_put_bool(charge->body, "disputed", true);
        store_save(call, charge);
        event_emit(call, "charge.dispute.created", dispute);
        event_emit(call, "charge.dispute.funds_withdrawn", dispute);
        event_emit_change(call, "charge.updated", charge);
        return dispute;
}

static bool
is_decided(const struct object *dispute)
{
        return doc_is(dispute->body, "status", "won") || doc_is(dispute->body, "status", "lost");
}

void
dispute_decide(struct call *call, struct object *dispute, bool won)
{
        if (is_decided(dispute)) {
                call_refuse(call, NULL, NULL, "This dispute is already closed");
                return;
        }
        doc_put_text(dispute->body, "status", won ? "won" : "lost");
        if (won) {
                move_money(call, dispute, doc_int(dispute->body, "amount"), -FEE);
                event_emit(call, "charge.dispute.funds_reinstated", dispute);
        }
        store_save(call, dispute);
        event_emit_change(call, "charge.dispute.closed", dispute);
}

json_t *
dispute_show(struct call *call)
{
        struct object *dispute = store_get(call, call->id[0], "dispute");

        return dispute != NULL ? dispute->body : call_missing(call, "dispute", call->id[0], NULL);
}

json_t *
dispute_update(struct call *call)
{
        struct object *dispute = store_need(call, call->id[0], "dispute", NULL);
        json_t *details, *given = doc_at(call->fields, "evidence");

        if (dispute == NULL)
                return NULL;
        if (is_decided(dispute))
                return call_refuse(call, NULL, NULL, "This dispute is already closed");
        details = json_object_get(dispute->body, "evidence_details");
        if (json_is_object(given)) {
                const char *name;
                json_t *value;

                json_object_foreach(given, name, value)
                        if (json_object_get(json_object_get(dispute->body, "evidence"), name) == NULL)
                                return call_refuse(call, "parameter_unknown", pool_printf(call->pool, "evidence[%s]", name),
                                                   "Received unknown parameter: evidence[%s]", name);
                json_object_update(json_object_get(dispute->body, "evidence"), given);
                doc_put_bool(details, "has_evidence", true);
        }
        fields_metadata(call, "metadata", dispute->body);
        if (given != NULL && (!field_given(call, "submit") || field_true(call, "submit"))) {
                doc_put_int(details, "submission_count", doc_int(details, "submission_count") + 1);
                doc_put_text(dispute->body, "status", "under_review");
        }
        store_save(call, dispute);
        event_emit_change(call, "charge.dispute.updated", dispute);
        return dispute->body;
}

json_t *
dispute_close(struct call *call)
{
        struct object *dispute = store_need(call, call->id[0], "dispute", NULL);

        if (dispute == NULL)
                return NULL;
        dispute_decide(call, dispute, false);
        return dispute->body;
}

json_t *
dispute_list(struct call *call)
{
        struct wanted wanted = { .kind = "dispute", .charge = field_text(call, "charge"),
                                 .intent = field_text(call, "payment_intent") };

        return store_list(call, &wanted, "/v1/disputes");
}
