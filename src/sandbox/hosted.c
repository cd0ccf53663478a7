/* hosted: what happens when somebody pays or saves a method on the hosted page. */
#include "sandbox/hosted.h"

#include <string.h>

#include "queries/sandbox.h"
#include "sandbox/checkout.h"
#include "sandbox/customers.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/methods.h"
#include "sandbox/settings.h"
#include "sandbox/setups.h"

static void
put_details(struct call *call, struct object *session, const struct payer *payer)
{
        json_t *address = json_pack("{s:n, s:s?, s:n, s:n, s:n, s:n}", "city", "country", payer->country,
                                    "line1", "line2", "postal_code", "state");

        (void)call;
        json_object_set_new(session->body, "customer_details",
                json_pack("{s:o, s:n, s:s?, s:n, s:s?, s:n, s:s, s:[]}", "address", address, "business_name",
                          "email", payer->email, "individual_name", "name", payer->name, "phone",
                          "tax_exempt", "none", "tax_ids"));
}

/* The session's customer, made when one is needed. */
static const char *
customer_of(struct call *call, struct object *session, const struct card *card, const struct payer *payer)
{
        const char *id = doc_text(session->body, "customer");
        bool wanted = doc_is(session->body, "customer_creation", "always") ||
                      doc_text(session->inner, "intent_data.setup_future_usage") != NULL ||
                      strcmp(card->kind, "customer_balance") == 0;
        struct object *customer;

        if (id != NULL || !wanted)
                return id;
        customer = customer_make(call, payer->email, payer->name, payer->country);
        doc_put_text(session->body, "customer", customer->id);
        return customer->id;
}

/* The payment intent that the session makes with its first attempt. */
static struct object *
intent_of(struct call *call, struct object *session, const char *customer)
{
        static const char *const same[] = { "description", "receipt_email", "setup_future_usage", "shipping",
                                            "statement_descriptor", "statement_descriptor_suffix",
                                            "transfer_group", NULL };
        const char *id = doc_text(session->body, "payment_intent");
        struct object *intent;
        json_t *data;

        if (id != NULL)
                return store_lock(call, id, "payment_intent");
        intent = payment_new(call, doc_int(session->body, "amount_total"), doc_text(session->body, "currency"));
        data = doc_at(session->inner, "intent_data");
        for (const char *const *name = same; *name != NULL; name++)
                doc_put(intent->body, *name, json_object_get(data, *name));
        if (json_object_get(data, "metadata") != NULL)
                doc_put(intent->body, "metadata", doc_copy(call->pool, json_object_get(data, "metadata")));
        doc_put_text(intent->body, "customer", customer);
        doc_put(intent->body, "payment_method_types", json_object_get(session->body, "payment_method_types"));
        store_add(call, intent);
        doc_put_text(session->body, "payment_intent", intent->id);
        event_emit(call, "payment_intent.created", intent);
        return intent;
}

static void
complete(struct call *call, struct object *session, bool paid)
{
        bool payment = doc_is(session->body, "mode", "payment");

        doc_put_text(session->body, "status", "complete");
        doc_put_text(session->body, "payment_status", !payment ? "no_payment_required" : paid ? "paid" : "unpaid");
        doc_put(session->body, "url", NULL);
        if (json_is_object(json_object_get(session->body, "consent_collection")))
                json_object_set_new(session->body, "consent", json_pack("{s:n, s:s?}", "promotions", "terms_of_service",
                        doc_is(session->body, "consent_collection.terms_of_service", "required") ? "accepted" : NULL));
        session->due_at = 0;
        store_save(call, session);
        event_emit(call, "checkout.session.completed", session);
}

static struct object *
method_of(struct call *call, const struct card *card, int exp_month, int exp_year, const struct payer *payer)
{
        struct object *method = method_make(call, card, exp_month, exp_year);
        json_t *details = json_object_get(method->body, "billing_details");

        doc_put_text(details, "email", payer->email);
        doc_put_text(details, "name", payer->name);
        doc_put_text(json_object_get(details, "address"), "country", payer->country);
        store_save(call, method);
        return method;
}

struct payment_outcome
hosted_attempt(struct call *call, struct object *session, const struct card *card, int exp_month, int exp_year,
               const struct payer *payer)
{
        struct payment_how how = { .return_url = doc_text(session->body, "url") };
        bool payment = doc_is(session->body, "mode", "payment");
        struct payment_outcome outcome = { .result = PAYMENT_DECLINED };
        struct object *method = method_of(call, card, exp_month, exp_year, payer);
        const char *customer = customer_of(call, session, card, payer);
        struct object *intent = payment ? intent_of(call, session, customer)
                                        : store_lock(call, doc_text(session->body, "setup_intent"), "setup_intent");

        put_details(call, session, payer);
        if (intent == NULL)
                return outcome;
        if (!payment)
                doc_put_text(intent->body, "customer", customer);
        outcome = payment ? payment_confirm(call, intent, method, &how)
                          : setup_confirm_with(call, intent, method, &how);
        if (outcome.result == PAYMENT_SUCCEEDED)
                complete(call, session, true);
        else if (outcome.result == PAYMENT_PROCESSING || strcmp(card->kind, "customer_balance") == 0)
                complete(call, session, false);
        else
                store_save(call, session);
        return outcome;
}

static struct object *
session_of(struct call *call, const struct object *intent)
{
        struct sandbox_id_row row;
        bool found = false;

        if (!call_ok(call, sandbox_session_of(call->db, intent->id, &row, &found)) || !found)
                return NULL;
        return store_lock(call, row.id, "checkout.session");
}

/* return_url with what became of it, as the gateway adds it. */
static const char *
return_url(struct call *call, const struct object *intent, const char *url, bool passed)
{
        const char *kind = strcmp(intent->kind, "payment_intent") == 0 ? "payment_intent" : "setup_intent";

        if (url == NULL)
                return NULL;
        return pool_printf(call->pool, "%s%c%s=%s&%s_client_secret=%s&redirect_status=%s", url,
                           strchr(url, '?') != NULL ? '&' : '?', kind, intent->id, kind,
                           doc_text(intent->body, "client_secret"), passed ? "succeeded" : "failed");
}

const char *
hosted_authenticated(struct call *call, struct object *intent, bool passed)
{
        struct payment_how how = { .authenticated = true };
        bool payment = strcmp(intent->kind, "payment_intent") == 0;
        const char *back = pool_strdup(call->pool, doc_text(intent->body, "next_action.redirect_to_url.return_url"));
        struct object *method = store_lock(call, doc_text(intent->body, "payment_method"), "payment_method");
        struct object *session = session_of(call, intent);

        if (method == NULL)
                return NULL;
        if (!passed && payment)
                payment_fail(call, intent, method, &decline_authentication_failed);
        else if (!passed)
                setup_fail(call, intent, method, &decline_authentication_failed);
        else {
                struct payment_outcome outcome = payment ? payment_confirm(call, intent, method, &how)
                                                         : setup_confirm_with(call, intent, method, &how);
                passed = outcome.result == PAYMENT_SUCCEEDED;
        }
        if (session == NULL)
                return return_url(call, intent, back, passed);
        if (!passed)
                return pool_printf(call->pool, "%s/c/pay/%s?failed=authentication", settings_now()->public_url,
                                   session->id);
        complete(call, session, true);
        return checkout_success_url(call, session);
}

void
hosted_settled(struct call *call, struct object *intent, bool paid)
{
        struct object *session = session_of(call, intent);

        if (session == NULL || !doc_is(session->body, "status", "complete"))
                return;
        if (paid)
                doc_put_text(session->body, "payment_status", "paid");
        store_save(call, session);
        event_emit(call, paid ? "checkout.session.async_payment_succeeded"
                              : "checkout.session.async_payment_failed", session);
}

bool
hosted_settle(struct call *call, struct object *intent, bool paid)
{
        const char *id = doc_text(intent->body, "payment_method");
        struct object *method = id != NULL ? store_lock(call, id, "payment_method") : NULL;
        bool waits = doc_is(intent->body, "status", "processing") ||
                     doc_is(intent->body, "next_action.type", "display_bank_transfer_instructions");

        if (method == NULL || !waits)
                return false;
        if (paid)
                payment_succeed(call, intent, method, false);
        else
                payment_fail(call, intent, method, &decline_debit);
        hosted_settled(call, intent, paid);
        return true;
}
