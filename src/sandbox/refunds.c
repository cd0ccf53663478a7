/* refunds: money that goes back. */
#include "sandbox/refunds.h"

#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "sandbox/balance.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"

/* May AMOUNT of CHARGE go back?  An error where not. */
static bool
check(struct call *call, const struct object *charge, int64_t amount, int64_t left)
{
        if (!doc_is(charge->body, "status", "succeeded"))
                call_refuse(call, NULL, NULL, "Charge %s has not succeeded and cannot be refunded.", charge->id);
        else if (left == 0)
                call_refuse(call, "charge_already_refunded", NULL, "Charge %s has already been refunded.",
                            charge->id);
        else if (doc_true(charge->body, "disputed"))
                call_refuse(call, "charge_disputed", NULL, "Charge %s has been charged back; cannot issue a refund.",
                            charge->id);
        else if (amount < 1)
                call_refuse(call, "parameter_invalid_integer", "amount",
                            "This value must be greater than or equal to 1.");
        else if (amount > left)
                call_refuse(call, NULL, "amount", "Refund amount (%" PRId64 ") is greater than unrefunded amount "
                            "on charge (%" PRId64 ")", amount, left);
        else if (amount % money_step(doc_text(charge->body, "currency")) != 0)
                call_refuse(call, NULL, "amount", "Invalid amount: the last digit of an amount in %s must be 0.",
                            doc_text(charge->body, "currency"));
        return call_fine(call);
}

static json_t *
destination(struct call *call, const struct object *charge)
{
        const char *type = doc_text(charge->body, "payment_method_details.type");
        json_t *details = doc_keep(call->pool, json_pack("{s:s, s:{}}", "type", type, type));

        if (strcmp(type, "card") == 0)
                json_object_set_new(details, "card", json_pack("{s:s, s:s, s:s, s:s}", "reference",
                                    call_new_id(call->pool, "x", 12) + 2, "reference_status", "available",
                                    "reference_type", "acquirer_reference_number", "type", "refund"));
        return details;
}

struct object *
refund_make(struct call *call, struct object *charge, int64_t amount, const char *reason)
{
        int64_t gone = doc_int(charge->body, "amount_refunded");
        int64_t left = doc_int(charge->body, "amount") - gone;
        struct object *refund;

        if (amount == 0)
                amount = left > 0 ? left : 1;
        if (!check(call, charge, amount, left))
                return NULL;
        refund = store_new(call, "refund", "re");
        doc_put_int(refund->body, "amount", amount);
        doc_put_text(refund->body, "charge", charge->id);
        doc_put_text(refund->body, "currency", doc_text(charge->body, "currency"));
        doc_put(refund->body, "destination_details", destination(call, charge));
        doc_put_text(refund->body, "payment_intent", doc_text(charge->body, "payment_intent"));
        doc_put_text(refund->body, "reason", reason);
        doc_put_text(refund->body, "balance_transaction",
                     balance_move(call, refund, strcmp(doc_text(charge->body, "payment_method_details.type"),
                                                       "card") == 0 ? "refund" : "payment_refund",
                                  "refund", -amount, 0, "REFUND FOR CHARGE"));
        store_add(call, refund);
        doc_put_int(charge->body, "amount_refunded", gone + amount);
        doc_put_bool(charge->body, "refunded", amount == left);
        store_save(call, charge);
        return refund;
}

void
refund_tell(struct call *call, struct object *charge, struct object *refund)
{
        event_emit(call, "refund.created", refund);
        event_emit_change(call, "charge.refunded", charge);
        event_emit(call, "refund.updated", refund);
}

static struct object *
wanted_charge(struct call *call)
{
        const char *id = field_text(call, "charge"), *intent_id = field_text(call, "payment_intent");
        struct object *intent;

        if (id == NULL && intent_id == NULL) {
                call_refuse(call, "parameter_missing", NULL,
                            "One of the following params should be provided for this request: payment_intent or charge.");
                return NULL;
        }
        if (id != NULL)
                return store_need(call, id, "charge", "charge");
        intent = store_need(call, intent_id, "payment_intent", "payment_intent");
        if (intent == NULL)
                return NULL;
        id = doc_text(intent->body, "latest_charge");
        if (id == NULL || !doc_is(intent->body, "status", "succeeded")) {
                call_refuse(call, NULL, "payment_intent",
                            "This PaymentIntent (%s) does not have a successful charge to refund.", intent_id);
                return NULL;
        }
        return store_need(call, id, "charge", "payment_intent");
}

json_t *
refund_create(struct call *call)
{
        struct object *charge = wanted_charge(call);
        struct object *refund;

        if (charge == NULL)
                return NULL;
        if (field_given(call, "amount") && field_int(call, "amount", 0) < 1)
                return call_refuse(call, "parameter_invalid_integer", "amount",
                                   "This value must be greater than or equal to 1.");
        refund = refund_make(call, charge, field_int(call, "amount", 0), field_text(call, "reason"));
        if (refund == NULL)
                return NULL;
        fields_metadata(call, "metadata", refund->body);
        store_save(call, refund);
        refund_tell(call, charge, refund);
        return refund->body;
}

void
refund_fail(struct call *call, struct object *refund, const char *reason)
{
        struct object *charge = store_lock(call, doc_text(refund->body, "charge"), "charge");
        int64_t amount = doc_int(refund->body, "amount");

        if (charge == NULL || !doc_is(refund->body, "status", "succeeded")) {
                call_refuse(call, NULL, "object", "This refund cannot fail any more.");
                return;
        }
        doc_put_text(refund->body, "status", "failed");
        doc_put_text(refund->body, "failure_reason", reason);
        doc_put_text(refund->body, "failure_balance_transaction",
                     balance_move(call, refund, "refund_failure", "refund_failure", amount, 0, "REFUND FAILURE"));
        store_save(call, refund);
        doc_put_int(charge->body, "amount_refunded", doc_int(charge->body, "amount_refunded") - amount);
        doc_put_bool(charge->body, "refunded", false);
        store_save(call, charge);
        event_emit_change(call, "refund.updated", refund);
        event_emit(call, "refund.failed", refund);
        event_emit_change(call, "charge.updated", charge);
}

json_t *
refund_show(struct call *call)
{
        struct object *refund = store_get(call, call->id[0], "refund");

        return refund != NULL ? refund->body : call_missing(call, "refund", call->id[0], NULL);
}

json_t *
refund_update(struct call *call)
{
        struct object *refund = store_need(call, call->id[0], "refund", NULL);

        if (refund == NULL)
                return NULL;
        fields_metadata(call, "metadata", refund->body);
        store_save(call, refund);
        event_emit_change(call, "refund.updated", refund);
        return refund->body;
}

json_t *
refund_list(struct call *call)
{
        struct wanted wanted = { .kind = "refund", .charge = field_text(call, "charge"),
                                 .intent = field_text(call, "payment_intent") };

        return store_list(call, &wanted, "/v1/refunds");
}
