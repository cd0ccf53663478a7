/* setups: setup intents, which save a method without a payment. */
#include "sandbox/setups.h"

#include <string.h>

#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"
#include "sandbox/methods.h"
#include "sandbox/settings.h"

struct object *
setup_new(struct call *call, const char *customer)
{
        struct object *setup = store_new(call, "setup_intent", "seti");

        doc_put_text(setup->body, "customer", customer);
        doc_put_text(setup->body, "client_secret",
                     pool_printf(call->pool, "%s_%s", setup->id, call_new_id(call->pool, "secret", 24)));
        return setup;
}

void
setup_fail(struct call *call, struct object *setup, struct object *method, const struct decline *decline)
{
        json_t *error = doc_keep(call->pool, json_object());

        if (decline->advice_code != NULL)
                doc_put_text(error, "advice_code", decline->advice_code);
        doc_put_text(error, "code", decline == &decline_authentication_failed
                                    ? "setup_intent_authentication_failure" : decline->code);
        if (decline->decline_code != NULL)
                doc_put_text(error, "decline_code", decline->decline_code);
        doc_put_text(error, "message", decline->message);
        doc_put(error, "payment_method", doc_copy(call->pool, method->body));
        doc_put_text(error, "type", "card_error");
        doc_put(setup->body, "last_setup_error", error);
        doc_put_text(setup->body, "status", "requires_payment_method");
        doc_put(setup->body, "payment_method", NULL);
        doc_put(setup->body, "next_action", NULL);
        store_save(call, setup);
        event_emit(call, "setup_intent.setup_failed", setup);
}

static void
ask_authentication(struct call *call, struct object *setup, const char *return_url)
{
        const char *url = pool_printf(call->pool, "%s/c/authenticate/%s", settings_now()->public_url, setup->id);

        json_object_set_new(setup->body, "next_action", return_url != NULL
                ? json_pack("{s:{s:s, s:s}, s:s}", "redirect_to_url", "return_url", return_url,
                            "url", url, "type", "redirect_to_url")
                : json_pack("{s:s, s:{s:s, s:s}}", "type", "use_stripe_sdk", "use_stripe_sdk",
                            "type", "three_d_secure_redirect", "stripe_js", url));
        doc_put_text(setup->body, "status", "requires_action");
        store_save(call, setup);
        event_emit(call, "setup_intent.requires_action", setup);
}

struct payment_outcome
setup_confirm_with(struct call *call, struct object *setup, struct object *method, const struct payment_how *how)
{
        const struct card *card = method_card(method);
        const char *customer = doc_text(setup->body, "customer");
        bool asks = (card->flags & (CARD_ASKS | CARD_ASKS_ONCE)) != 0 && !how->authenticated;

        doc_put_text(setup->body, "payment_method", method->id);
        if (card->decline != NULL && (card->flags & CARD_ATTACHES) == 0) {
                setup_fail(call, setup, method, card->decline);
                return (struct payment_outcome){ PAYMENT_DECLINED, card->decline };
        }
        if (asks && !how->off_session) {
                ask_authentication(call, setup, how->return_url);
                return (struct payment_outcome){ .result = PAYMENT_NEEDS_ACTION };
        }
        doc_put_bool(method->inner, "set_up", how->authenticated);
        if (strcmp(card->kind, "sepa_debit") == 0) {
                doc_put_text(method->inner, "mandate", call_new_id(call->pool, "mandate", 24));
                doc_put_text(setup->body, "mandate", doc_text(method->inner, "mandate"));
        }
        if (customer != NULL && doc_text(method->body, "customer") == NULL)
                method_attach(call, method, customer);
        store_save(call, method);
        doc_put_text(setup->body, "status", "succeeded");
        doc_put(setup->body, "next_action", NULL);
        doc_put(setup->body, "last_setup_error", NULL);
        store_save(call, setup);
        event_emit(call, "setup_intent.succeeded", setup);
        return (struct payment_outcome){ .result = PAYMENT_SUCCEEDED };
}

static json_t *
confirm(struct call *call, struct object *setup)
{
        const char *name = field_text(call, "payment_method");
        struct payment_how how = { .return_url = field_text(call, "return_url") };
        struct payment_outcome outcome;
        struct object *method;

        if (name == NULL)
                name = doc_text(setup->body, "payment_method");
        if (name == NULL)
                return call_refuse(call, "setup_intent_unexpected_state", "payment_method",
                                   "You cannot confirm this SetupIntent because it's missing a payment method.");
        method = method_named(call, name, "payment_method");
        if (method == NULL || !method_usable(call, method, doc_text(setup->body, "customer")))
                return NULL;
        outcome = setup_confirm_with(call, setup, method, &how);
        if (outcome.result != PAYMENT_DECLINED)
                return setup->body;
        call->status = 402;
        call->error = doc_copy(call->pool, doc_at(setup->body, "last_setup_error"));
        doc_put(call->error, "setup_intent", setup->body);
        call->keep = true;
        return NULL;
}

json_t *
setup_create(struct call *call)
{
        static const char *const plain[] = { "description", "usage", "payment_method_types", NULL };
        const char *customer = field_text(call, "customer");
        const char *name = field_text(call, "payment_method");
        struct object *setup, *method = NULL;

        if (customer != NULL && store_need(call, customer, "customer", "customer") == NULL)
                return NULL;
        if (name != NULL) {
                method = method_named(call, name, "payment_method");
                if (method == NULL || !method_usable(call, method, customer))
                        return NULL;
        }
        setup = setup_new(call, customer);
        fields_copy(call, setup->body, plain);
        fields_metadata(call, "metadata", setup->body);
        if (method != NULL) {
                doc_put_text(setup->body, "payment_method", method->id);
                doc_put_text(setup->body, "status", "requires_confirmation");
                doc_put_text(call->fields, "payment_method", method->id);
        }
        store_add(call, setup);
        event_emit(call, "setup_intent.created", setup);
        return field_true(call, "confirm") ? confirm(call, setup) : setup->body;
}

json_t *
setup_show(struct call *call)
{
        struct object *setup = store_get(call, call->id[0], "setup_intent");

        return setup != NULL ? setup->body : call_missing(call, "setup_intent", call->id[0], NULL);
}

static bool
is_open(struct call *call, struct object *setup, const char *verb)
{
        const char *status = doc_text(setup->body, "status");

        if (strcmp(status, "succeeded") != 0 && strcmp(status, "canceled") != 0)
                return true;
        call_refuse(call, "setup_intent_unexpected_state", NULL,
                    "You cannot %s this SetupIntent because it has a status of %s.", verb, status);
        if (call->error != NULL)
                doc_put(call->error, "setup_intent", setup->body);
        return false;
}

json_t *
setup_confirm(struct call *call)
{
        struct object *setup = store_need(call, call->id[0], "setup_intent", NULL);

        if (setup == NULL || !is_open(call, setup, "confirm"))
                return NULL;
        return confirm(call, setup);
}

json_t *
setup_cancel(struct call *call)
{
        struct object *setup = store_need(call, call->id[0], "setup_intent", NULL);

        if (setup == NULL || !is_open(call, setup, "cancel"))
                return NULL;
        doc_put_text(setup->body, "status", "canceled");
        doc_put_text(setup->body, "cancellation_reason", field_text(call, "cancellation_reason"));
        doc_put(setup->body, "next_action", NULL);
        store_save(call, setup);
        event_emit(call, "setup_intent.canceled", setup);
        return setup->body;
}

json_t *
setup_list(struct call *call)
{
        struct wanted wanted = { .kind = "setup_intent", .customer = field_text(call, "customer") };

        return store_list(call, &wanted, "/v1/setup_intents");
}
