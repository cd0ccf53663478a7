/* payments: what happens when an intent is paid with a method. */
#include "sandbox/payments.h"

#include <string.h>

#include "sandbox/balance.h"
#include "sandbox/disputes.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"
#include "sandbox/methods.h"
#include "sandbox/settings.h"

enum { DAY = 86400 };

struct object *
payment_new(struct call *call, int64_t amount, const char *currency)
{
        struct object *intent = store_new(call, "payment_intent", "pi");

        doc_put_int(intent->body, "amount", amount);
        doc_put_text(intent->body, "currency", currency);
        doc_put_text(intent->body, "client_secret",
                     pool_printf(call->pool, "%s_%s", intent->id, call_new_id(call->pool, "secret", 24)));
        return intent;
}

static json_t *
outcome_of(const struct decline *decline, const char *kind)
{
        bool card = strcmp(kind, "card") == 0;

        if (decline == NULL)
                return json_pack("{s:n, s:n, s:n, s:s, s:n, s:s, s:s, s:s}", "advice_code",
                                 "network_advice_code", "network_decline_code",
                                 "network_status", "approved_by_network", "reason",
                                 "risk_level", card ? "normal" : "not_assessed",
                                 "seller_message", "Payment complete.", "type", "authorized");
        return json_pack("{s:s?, s:n, s:s?, s:s, s:s, s:s, s:s, s:s}", "advice_code", decline->advice_code,
                         "network_advice_code", "network_decline_code", decline->network_code,
                         "network_status", "declined_by_network",
                         "reason", decline->decline_code != NULL ? decline->decline_code : decline->code,
                         "risk_level", card ? "normal" : "not_assessed",
                         "seller_message", "The bank did not approve this payment.",
                         "type", "issuer_declined");
}

/* A new charge for INTENT, not yet kept. */
static struct object *
charge_new(struct call *call, struct object *intent, struct object *method, bool authenticated)
{
        static const char *const same[] = { "amount", "currency", "customer", "description", "metadata",
                                            "receipt_email", "statement_descriptor",
                                            "statement_descriptor_suffix", "transfer_group", NULL };
        struct object *charge = store_new(call, "charge", "ch");
        const char *suffix = doc_text(intent->body, "statement_descriptor_suffix");
        const char *prefix = settings_now()->statement;

        for (const char *const *name = same; *name != NULL; name++)
                doc_put(charge->body, *name, doc_copy(call->pool, json_object_get(intent->body, *name)));
        doc_put_text(charge->body, "payment_intent", intent->id);
        doc_put_text(charge->body, "payment_method", method->id);
        doc_put(charge->body, "payment_method_details", method_details(call, method, authenticated));
        doc_put(charge->body, "billing_details",
                doc_copy(call->pool, json_object_get(method->body, "billing_details")));
        doc_put_text(charge->body, "calculated_statement_descriptor",
                     suffix != NULL ? pool_printf(call->pool, "%.10s* %.10s", prefix, suffix) : prefix);
        doc_put_bool(charge->body, "captured", true);
        return charge;
}

/* The charge that waits for a debit or transfer, or a new one; *FRESH tells which. */
static struct object *
charge_for(struct call *call, struct object *intent, struct object *method, bool authenticated, bool *fresh)
{
        const char *id = doc_text(intent->body, "latest_charge");
        struct object *charge = id != NULL ? store_lock(call, id, "charge") : NULL;

        *fresh = charge == NULL || !doc_is(charge->body, "status", "pending");
        return *fresh ? charge_new(call, intent, method, authenticated) : charge;
}

static void
charge_keep(struct call *call, struct object *charge, bool fresh)
{
        if (fresh)
                store_add(call, charge);
        else
                store_save(call, charge);
}

/* Where the method stays with its customer, or may not be used again. */
static void
settle_method(struct call *call, struct object *intent, struct object *method, bool authenticated)
{
        const char *customer = doc_text(intent->body, "customer");

        if (authenticated)
                doc_put_bool(method->inner, "set_up", true);
        if (doc_text(intent->body, "setup_future_usage") != NULL && customer != NULL &&
            doc_text(method->body, "customer") == NULL)
                method_attach(call, method, customer);
        if (doc_text(method->body, "customer") == NULL)
                doc_put_bool(method->inner, "spent", true);
        store_save(call, method);
}

void
payment_succeed(struct call *call, struct object *intent, struct object *method, bool authenticated)
{
        int64_t amount = doc_int(intent->body, "amount");
        bool fresh;
        struct object *charge = charge_for(call, intent, method, authenticated, &fresh);
        const char *kind = doc_text(method->body, "type");

        doc_put_text(charge->body, "status", "succeeded");
        doc_put_bool(charge->body, "paid", true);
        doc_put_int(charge->body, "amount_captured", amount);
        json_object_set_new(charge->body, "outcome", outcome_of(NULL, kind));
        doc_put_text(charge->body, "balance_transaction",
                     balance_move(call, charge, strcmp(kind, "card") == 0 ? "charge" : "payment", "charge",
                                  amount, balance_fee(amount, doc_text(intent->body, "currency")),
                                  doc_text(intent->body, "description")));
        charge_keep(call, charge, fresh);
        event_emit(call, "charge.succeeded", charge);

        settle_method(call, intent, method, authenticated);
        doc_put_text(intent->body, "payment_method", method->id);
        doc_put_text(intent->body, "status", "succeeded");
        doc_put_text(intent->body, "latest_charge", charge->id);
        doc_put_int(intent->body, "amount_received", amount);
        doc_put(intent->body, "next_action", NULL);
        doc_put(intent->body, "last_payment_error", NULL);
        intent->due_at = 0;
        store_save(call, intent);
        event_emit(call, "payment_intent.succeeded", intent);
        if ((method_card(method)->flags & CARD_DISPUTED) != 0)
                dispute_open(call, charge, 0, "fraudulent");
}

static json_t *
error_of(struct call *call, const struct decline *decline, const char *charge, json_t *method)
{
        json_t *error = doc_keep(call->pool, json_object());

        if (decline->advice_code != NULL)
                doc_put_text(error, "advice_code", decline->advice_code);
        if (charge != NULL)
                doc_put_text(error, "charge", charge);
        doc_put_text(error, "code", decline->code);
        if (decline->decline_code != NULL)
                doc_put_text(error, "decline_code", decline->decline_code);
        doc_put_text(error, "doc_url",
                     pool_printf(call->pool, "https://stripe.com/docs/error-codes/%s", decline->code));
        doc_put_text(error, "message", decline->message);
        if (decline->network_code != NULL)
                doc_put_text(error, "network_decline_code", decline->network_code);
        if (method != NULL)
                doc_put(error, "payment_method", doc_copy(call->pool, method));
        doc_put_text(error, "type", "card_error");
        return error;
}

void
payment_fail(struct call *call, struct object *intent, struct object *method, const struct decline *decline)
{
        struct object *charge = NULL;

        if (decline != &decline_authentication_failed) {
                bool fresh;

                charge = charge_for(call, intent, method, false, &fresh);
                doc_put_text(charge->body, "status", "failed");
                doc_put_text(charge->body, "failure_code", decline->code);
                doc_put_text(charge->body, "failure_message", decline->message);
                json_object_set_new(charge->body, "outcome", outcome_of(decline, doc_text(method->body, "type")));
                charge_keep(call, charge, fresh);
                event_emit(call, "charge.failed", charge);
                doc_put_text(intent->body, "latest_charge", charge->id);
        }
        doc_put(intent->body, "last_payment_error",
                error_of(call, decline, charge != NULL ? charge->id : NULL, method->body));
        doc_put_text(intent->body, "status", "requires_payment_method");
        doc_put(intent->body, "payment_method", NULL);
        doc_put(intent->body, "next_action", NULL);
        intent->due_at = 0;
        store_save(call, intent);
        event_emit(call, "payment_intent.payment_failed", intent);
}

void
payment_decline_error(struct call *call, const struct decline *decline, struct object *intent)
{
        json_t *last = intent != NULL ? doc_at(intent->body, "last_payment_error") : NULL;

        if (call->error != NULL)
                return;
        call->status = 402;
        call->error = last != NULL && json_is_object(last) ? doc_copy(call->pool, last)
                                                           : error_of(call, decline, NULL, NULL);
        if (intent == NULL)
                return;
        doc_put(call->error, "payment_intent", intent->body);
        call->keep = true;
}

/* The bank will book it later; a charge stands as pending. */
static void
begin_debit(struct call *call, struct object *intent, struct object *method)
{
        struct object *charge = charge_new(call, intent, method, false);

        if (doc_text(method->inner, "mandate") == NULL)
                doc_put_text(method->inner, "mandate", call_new_id(call->pool, "mandate", 24));
        doc_put(charge->body, "payment_method_details", method_details(call, method, false));
        doc_put_text(charge->body, "status", "pending");
        doc_put_int(charge->body, "amount_captured", doc_int(intent->body, "amount"));
        store_add(call, charge);
        settle_method(call, intent, method, false);
        doc_put_text(intent->body, "status", "processing");
        doc_put_text(intent->body, "latest_charge", charge->id);
        doc_put(intent->body, "next_action", NULL);
        doc_put(intent->body, "last_payment_error", NULL);
        intent->due_at = call->now + settings_now()->debit_days * DAY;
        store_save(call, intent);
        event_emit(call, "charge.pending", charge);
        event_emit(call, "payment_intent.processing", intent);
}

/* The customer is told where to send the money. */
static void
await_transfer(struct call *call, struct object *intent)
{
        const char *reference = call_new_id(call->pool, "x", 12) + 2;

        json_object_set_new(intent->body, "next_action",
                json_pack("{s:s, s:{s:I, s:s, s:[{s:{s:s, s:s, s:s, s:s}, s:[s], s:s}], s:s, s:s, s:s}}",
                          "type", "display_bank_transfer_instructions", "display_bank_transfer_instructions",
                          "amount_remaining", (json_int_t)doc_int(intent->body, "amount"),
                          "currency", doc_text(intent->body, "currency"), "financial_addresses",
                          "iban", "account_holder_name", "Sandbox", "bic", "COBADEFFXXX", "country", "DE",
                          "iban", "DE89370400440532013000", "supported_networks", "sepa", "type", "iban",
                          "hosted_instructions_url",
                          pool_printf(call->pool, "%s/c/transfer/%s", settings_now()->public_url, intent->id),
                          "reference", reference, "type", "eu_bank_transfer"));
        doc_put_text(intent->body, "status", "requires_action");
        intent->due_at = call->now + settings_now()->transfer_days * DAY;
        store_save(call, intent);
        event_emit(call, "payment_intent.requires_action", intent);
}

static void
ask_authentication(struct call *call, struct object *intent, const struct payment_how *how)
{
        const char *url = pool_printf(call->pool, "%s/c/authenticate/%s", settings_now()->public_url, intent->id);

        json_object_set_new(intent->body, "next_action", how->return_url != NULL
                ? json_pack("{s:{s:s, s:s}, s:s}", "redirect_to_url", "return_url", how->return_url,
                            "url", url, "type", "redirect_to_url")
                : json_pack("{s:s, s:{s:s, s:s}}", "type", "use_stripe_sdk", "use_stripe_sdk",
                            "type", "three_d_secure_redirect", "stripe_js", url));
        doc_put_text(intent->body, "status", "requires_action");
        doc_put(intent->body, "last_payment_error", NULL);
        store_save(call, intent);
        event_emit(call, "payment_intent.requires_action", intent);
}

static bool
wants_authentication(const struct card *card, const struct object *method, const struct payment_how *how)
{
        if (how->authenticated)
                return false;
        if ((card->flags & CARD_ASKS) != 0)
                return true;
        return (card->flags & CARD_ASKS_ONCE) != 0 && !doc_true(method->inner, "set_up");
}

struct payment_outcome
payment_confirm(struct call *call, struct object *intent, struct object *method, const struct payment_how *how)
{
        const struct card *card = method_card(method);
        const struct decline *decline = card->decline;

        doc_put_text(intent->body, "payment_method", method->id);
        if (strcmp(card->kind, "sepa_debit") == 0) {
                begin_debit(call, intent, method);
                return (struct payment_outcome){ .result = PAYMENT_PROCESSING };
        }
        if (strcmp(card->kind, "customer_balance") == 0) {
                await_transfer(call, intent);
                return (struct payment_outcome){ .result = PAYMENT_NEEDS_ACTION };
        }
        if (wants_authentication(card, method, how)) {
                if (!how->off_session) {
                        ask_authentication(call, intent, how);
                        return (struct payment_outcome){ .result = PAYMENT_NEEDS_ACTION };
                }
                decline = &decline_authentication_required;
        }
        if (decline != NULL) {
                payment_fail(call, intent, method, decline);
                return (struct payment_outcome){ PAYMENT_DECLINED, decline };
        }
        payment_succeed(call, intent, method, how->authenticated);
        return (struct payment_outcome){ .result = PAYMENT_SUCCEEDED };
}

json_t *
charge_show(struct call *call)
{
        struct object *charge = store_need(call, call->id[0], "charge", NULL);

        return charge != NULL ? charge->body : NULL;
}

json_t *
charge_list(struct call *call)
{
        struct wanted wanted = { .kind = "charge", .customer = field_text(call, "customer"),
                                 .intent = field_text(call, "payment_intent") };

        return store_list(call, &wanted, "/v1/charges");
}
