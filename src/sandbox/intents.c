/* intents: payment intents, the API's side of a payment. */
#include "sandbox/intents.h"

#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"
#include "sandbox/methods.h"
#include "sandbox/payments.h"

/* What the gateway refuses: less than 50 minor units, a thousandth part. */
static bool
check_amount(struct call *call, int64_t amount, const char *currency)
{
        int exponent = currency != NULL ? money_exponent(currency) : -1;

        if (exponent < 0)
                call_refuse(call, NULL, "currency", "Invalid currency: %s.", currency != NULL ? currency : "");
        else if (amount < 1)
                call_refuse(call, "parameter_invalid_integer", "amount",
                            "This value must be greater than or equal to 1.");
        else if (amount < 50)
                call_refuse(call, "amount_too_small", "amount", "Amount must be at least 50 %s minor units.",
                            currency);
        else if (amount > 99999999)
                call_refuse(call, "amount_too_large", "amount", "Amount must be no more than 99999999.");
        else if (amount % money_step(currency) != 0)
                call_refuse(call, NULL, "amount", "Invalid amount: the last digit of an amount in %s must be 0.",
                            currency);
        return call_fine(call);
}

static void
put_types(struct call *call, struct object *intent)
{
        json_t *types = doc_at(call->fields, "payment_method_types");

        if (types != NULL && json_is_array(types)) {
                doc_put(intent->body, "payment_method_types", types);
                return;
        }
        if (field_given(call, "automatic_payment_methods.enabled") &&
            !field_true(call, "automatic_payment_methods.enabled"))
                return;
        json_object_set_new(intent->body, "automatic_payment_methods",
                            json_pack("{s:s, s:b}", "allow_redirects", "always", "enabled", 1));
        if (doc_is(intent->body, "currency", "eur"))
                json_object_set_new(intent->body, "payment_method_types",
                                    json_pack("[s, s, s]", "card", "sepa_debit", "customer_balance"));
}

/* What create, update and confirm have in common; the method is set apart. */
static void
apply(struct call *call, struct object *intent)
{
        static const char *const plain[] = { "description", "receipt_email", "setup_future_usage",
                                             "statement_descriptor", "statement_descriptor_suffix",
                                             "transfer_group", NULL };
        fields_copy(call, intent->body, plain);
        fields_metadata(call, "metadata", intent->body);
        if (field_given(call, "shipping"))
                doc_put(intent->body, "shipping", doc_at(call->fields, "shipping"));
}

/* The method that the call names, fit for INTENT; NULL without one or after an error. */
static struct object *
wanted_method(struct call *call, struct object *intent)
{
        const char *name = field_text(call, "payment_method");
        struct object *method;
        json_t *type;
        bool allowed = false;
        size_t i;

        if (name == NULL)
                name = doc_text(intent->body, "payment_method");
        method = name != NULL ? method_named(call, name, "payment_method") : NULL;
        if (method == NULL || !method_usable(call, method, doc_text(intent->body, "customer")))
                return NULL;
        json_array_foreach(json_object_get(intent->body, "payment_method_types"), i, type)
                allowed = allowed || doc_is(method->body, "type", json_string_value(type));
        if (allowed)
                return method;
        call_refuse(call, NULL, "payment_method", "The PaymentMethod provided (%s) is not allowed for this "
                    "PaymentIntent.", doc_text(method->body, "type"));
        return NULL;
}

static json_t *
unexpected_state(struct call *call, struct object *intent, const char *verb)
{
        const char *code = "payment_intent_unexpected_state";

        call_refuse(call, code, NULL, "You cannot %s this PaymentIntent because it has a status of %s.", verb,
                    doc_text(intent->body, "status"));
        if (call->error != NULL)
                doc_put(call->error, "payment_intent", intent->body);
        return NULL;
}

static bool
is_off_session(const struct call *call)
{
        const char *text = field_text(call, "off_session");

        return text != NULL && strcmp(text, "false") != 0;
}

static json_t *
confirm(struct call *call, struct object *intent, struct object *method)
{
        struct payment_how how = {
                .off_session = is_off_session(call) || field_true(call, "error_on_requires_action"),
                .return_url = field_text(call, "return_url"),
        };
        struct payment_outcome outcome;

        if (method == NULL && call->error == NULL)
                return call_refuse(call, "payment_intent_unexpected_state", "payment_method",
                                   "You cannot confirm this PaymentIntent because it's missing a payment method.");
        if (method == NULL)
                return NULL;
        outcome = payment_confirm(call, intent, method, &how);
        if (outcome.result == PAYMENT_DECLINED)
                payment_decline_error(call, outcome.decline, intent);
        return intent->body;
}

json_t *
intent_create(struct call *call)
{
        const char *currency = field_text(call, "currency");
        const char *customer = field_text(call, "customer");
        char *lower = pool_strdup(call->pool, currency != NULL ? currency : "");
        struct object *intent, *method;

        for (char *p = lower; *p != '\0'; p++)
                *p = g_ascii_tolower(*p);
        if (!check_amount(call, field_int(call, "amount", 0), lower))
                return NULL;
        if (customer != NULL && store_need(call, customer, "customer", "customer") == NULL)
                return NULL;
        if (is_off_session(call) && !field_true(call, "confirm"))
                return call_refuse(call, NULL, "off_session",
                                   "`off_session` can only be passed when `confirm` is true.");
        intent = payment_new(call, field_int(call, "amount", 0), lower);
        doc_put_text(intent->body, "customer", customer);
        put_types(call, intent);
        apply(call, intent);
        method = wanted_method(call, intent);
        if (call->error != NULL)
                return NULL;
        if (method != NULL) {
                doc_put_text(intent->body, "payment_method", method->id);
                doc_put_text(intent->body, "status", "requires_confirmation");
        }
        store_add(call, intent);
        event_emit(call, "payment_intent.created", intent);
        return field_true(call, "confirm") ? confirm(call, intent, method) : intent->body;
}

json_t *
intent_show(struct call *call)
{
        struct object *intent = store_get(call, call->id[0], "payment_intent");

        return intent != NULL ? intent->body : call_missing(call, "payment_intent", call->id[0], NULL);
}

static bool
is_open(const struct object *intent)
{
        const char *status = doc_text(intent->body, "status");

        return strcmp(status, "requires_payment_method") == 0 || strcmp(status, "requires_confirmation") == 0 ||
               strcmp(status, "requires_action") == 0;
}

json_t *
intent_update(struct call *call)
{
        struct object *intent = store_need(call, call->id[0], "payment_intent", NULL);
        struct object *method;

        if (intent == NULL)
                return NULL;
        if (!is_open(intent) && (field_given(call, "amount") || field_given(call, "payment_method") ||
                                 field_given(call, "customer") || field_given(call, "currency")))
                return unexpected_state(call, intent, "update");
        if (field_given(call, "amount")) {
                if (!check_amount(call, field_int(call, "amount", 0), doc_text(intent->body, "currency")))
                        return NULL;
                doc_put_int(intent->body, "amount", field_int(call, "amount", 0));
        }
        if (field_text(call, "customer") != NULL) {
                if (store_need(call, field_text(call, "customer"), "customer", "customer") == NULL)
                        return NULL;
                doc_put_text(intent->body, "customer", field_text(call, "customer"));
        }
        if (field_text(call, "payment_method") != NULL) {
                method = wanted_method(call, intent);
                if (method == NULL)
                        return NULL;
                doc_put_text(intent->body, "payment_method", method->id);
                doc_put_text(intent->body, "status", "requires_confirmation");
        }
        apply(call, intent);
        store_save(call, intent);
        return intent->body;
}

json_t *
intent_confirm(struct call *call)
{
        struct object *intent = store_need(call, call->id[0], "payment_intent", NULL);

        if (intent == NULL)
                return NULL;
        if (!is_open(intent))
                return unexpected_state(call, intent, "confirm");
        apply(call, intent);
        return confirm(call, intent, wanted_method(call, intent));
}

void
intent_cancel_now(struct call *call, struct object *intent, const char *reason)
{
        doc_put_text(intent->body, "status", "canceled");
        doc_put_int(intent->body, "canceled_at", call->now);
        doc_put_text(intent->body, "cancellation_reason", reason);
        doc_put(intent->body, "next_action", NULL);
        intent->due_at = 0;
        store_save(call, intent);
        event_emit(call, "payment_intent.canceled", intent);
}

json_t *
intent_cancel(struct call *call)
{
        struct object *intent = store_need(call, call->id[0], "payment_intent", NULL);

        if (intent == NULL)
                return NULL;
        if (!is_open(intent))
                return unexpected_state(call, intent, "cancel");
        intent_cancel_now(call, intent, field_text(call, "cancellation_reason"));
        return intent->body;
}

json_t *
intent_list(struct call *call)
{
        struct wanted wanted = { .kind = "payment_intent", .customer = field_text(call, "customer") };

        return store_list(call, &wanted, "/v1/payment_intents");
}
