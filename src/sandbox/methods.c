/* methods: saved ways to pay. */
#include "sandbox/methods.h"

#include <string.h>
#include <time.h>

#include "base/token.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"
#include "sandbox/payments.h"

const struct card *
method_card(const struct object *method)
{
        const char *token = doc_text(method->inner, "card");
        const struct card *card = token != NULL ? card_by_token(token) : NULL;

        return card != NULL ? card : card_by_token("pm_card_visa");
}

/* The same card has the same fingerprint wherever it is saved. */
static const char *
fingerprint(struct pool *pool, const struct card *card)
{
        unsigned char hash[TOKEN_HASH_SIZE];

        token_sha256(card->number, strlen(card->number), hash);
        return token_hex(pool, hash, 8);
}

static json_t *
card_part(struct call *call, const struct card *card, int exp_month, int exp_year)
{
        time_t now = (time_t)call->now;
        struct tm date;

        gmtime_r(&now, &date);
        return json_pack("{s:s, s:{s:n, s:n, s:s}, s:s, s:s, s:i, s:i, s:s, s:s, s:n, s:s, s:{s:[s], s:n},"
                         " s:n, s:{s:b}, s:n}",
                         "brand", card->brand, "checks", "address_line1_check", "address_postal_code_check",
                         "cvc_check", "pass", "country", card->country, "display_brand", card->brand,
                         "exp_month", exp_month > 0 ? exp_month : date.tm_mon + 1,
                         "exp_year", exp_month > 0 ? exp_year : date.tm_year + 1904,
                         "fingerprint", fingerprint(call->pool, card), "funding", card->funding,
                         "generated_from", "last4", card_last4(card),
                         "networks", "available", card->brand, "preferred", "regulated_status",
                         "three_d_secure_usage", "supported", 1, "wallet");
}

struct object *
method_make(struct call *call, const struct card *card, int exp_month, int exp_year)
{
        struct object *method = store_new(call, "payment_method", "pm");

        doc_put_text(method->body, "type", card->kind);
        if (strcmp(card->kind, "card") == 0)
                json_object_set_new(method->body, "card", card_part(call, card, exp_month, exp_year));
        else if (strcmp(card->kind, "sepa_debit") == 0)
                json_object_set_new(method->body, "sepa_debit",
                        json_pack("{s:s, s:s, s:s, s:s, s:{s:n, s:n}, s:s}", "bank_code", "37040044",
                                  "branch_code", "", "country", card->country, "fingerprint",
                                  fingerprint(call->pool, card), "generated_from", "charge",
                                  "setup_attempt", "last4", card_last4(card)));
        else
                json_object_set_new(method->body, card->kind, json_object());
        doc_put_text(method->inner, "card", card->token);
        store_add(call, method);
        return method;
}

struct object *
method_named(struct call *call, const char *name, const char *param)
{
        const struct card *card = card_by_token(name);

        return card != NULL ? method_make(call, card, 0, 0)
                            : store_need(call, name, "payment_method", param);
}

json_t *
method_details(struct call *call, const struct object *method, bool authenticated)
{
        const char *type = doc_text(method->body, "type");
        json_t *details = doc_keep(call->pool, json_object());
        json_t *part = doc_copy(call->pool, doc_at(method->body, type));

        doc_put_text(details, "type", type);
        doc_put(details, type, part);
        if (strcmp(type, "sepa_debit") == 0) {
                json_object_del(part, "generated_from");
                doc_put_text(part, "mandate", doc_text(method->inner, "mandate"));
                doc_put(part, "expected_debit_date", NULL);
        }
        if (strcmp(type, "card") != 0)
                return details;
        for (const char *const *name = (const char *const[]){ "display_brand", "generated_from", "networks",
                                                              "three_d_secure_usage", NULL };
             *name != NULL; name++)
                json_object_del(part, *name);
        json_object_update_new(part, json_pack("{s:n, s:n, s:{s:s}, s:{s:s}, s:n, s:n, s:{s:s}, s:s, s:{s:b},"
                " s:n, s:{s:s}, s:n, s:n}", "amount_authorized", "authorization_code",
                "extended_authorization", "status", "disabled",
                "incremental_authorization", "status", "unavailable", "installments", "mandate",
                "multicapture", "status", "unavailable",
                "network", doc_text(method->body, "card.brand"), "network_token", "used", 0,
                "network_transaction_id", "overcapture", "status", "unavailable",
                "three_d_secure", "transaction_link_id"));
        if (authenticated)
                json_object_set_new(part, "three_d_secure", json_pack("{s:s, s:s, s:n, s:s, s:n, s:s, s:s}",
                        "authentication_flow", "challenge", "electronic_commerce_indicator", "05",
                        "exemption_indicator", "result", "authenticated", "result_reason",
                        "transaction_id", call_new_id(call->pool, "3ds", 16), "version", "2.2.0"));
        return details;
}

bool
method_attach(struct call *call, struct object *method, const char *customer)
{
        const char *owner = doc_text(method->body, "customer");
        const struct card *card = method_card(method);

        if (owner != NULL && strcmp(owner, customer) == 0)
                return true;
        if (owner != NULL || doc_true(method->inner, "spent")) {
                call_refuse(call, NULL, "payment_method", owner != NULL
                            ? "The payment method you provided has already been attached to a customer."
                            : "This PaymentMethod was previously used without being attached to a Customer or "
                              "was detached from a Customer, and may not be used again.");
                return false;
        }
        if (card->decline != NULL && (card->flags & CARD_ATTACHES) == 0) {
                payment_decline_error(call, card->decline, NULL);
                return false;
        }
        doc_put_text(method->body, "customer", customer);
        store_save(call, method);
        event_emit(call, "payment_method.attached", method);
        return call_fine(call);
}

bool
method_usable(struct call *call, struct object *method, const char *customer)
{
        const char *owner = doc_text(method->body, "customer");

        if (doc_true(method->inner, "spent"))
                call_refuse(call, NULL, "payment_method",
                            "This PaymentMethod was previously used without being attached to a Customer or "
                            "was detached from a Customer, and may not be used again.");
        else if (owner != NULL && customer == NULL)
                call_refuse(call, NULL, "payment_method", "The PaymentMethod %s belongs to the Customer %s. "
                            "Please include the Customer in the `customer` parameter.", method->id, owner);
        else if (owner != NULL && strcmp(owner, customer) != 0)
                call_refuse(call, NULL, "payment_method", "The PaymentMethod %s does not belong to the "
                            "Customer you supplied %s.", method->id, customer);
        return call_fine(call);
}

void
method_release(struct call *call, struct object *method)
{
        doc_put(method->body, "customer", NULL);
        doc_put_bool(method->inner, "spent", true);
        store_save(call, method);
        event_emit_change(call, "payment_method.detached", method);
}

json_t *
method_create(struct call *call)
{
        static const char *const copied[] = { "billing_details", "allow_redisplay", NULL };
        const char *token = field_text(call, "card.token");
        const struct card *card;
        struct object *method;

        if (strcmp(field_text(call, "type"), "sepa_debit") == 0)
                card = card_by_token(strcmp(field_text(call, "sepa_debit.iban") != NULL
                                            ? field_text(call, "sepa_debit.iban") : "",
                                            "DE62370400440532013001") == 0
                                     ? "pm_sandbox_bank_debit_fails" : "pm_sandbox_bank_debit");
        else {
                /* Card numbers come by the hosted pages alone; tok_visa is pm_card_visa. */
                card = token != NULL && strncmp(token, "tok_", 4) == 0
                       ? card_by_token(pool_printf(call->pool, "pm_card_%s", token + 4)) : NULL;
                if (card == NULL)
                        return call_refuse(call, "resource_missing", "card[token]", "No such token: '%s'",
                                           token != NULL ? token : "");
        }
        method = method_make(call, card, 0, 0);
        json_object_update(json_object_get(method->body, "billing_details"),
                           json_object_get(call->fields, "billing_details"));
        fields_copy(call, method->body, copied + 1);
        fields_metadata(call, "metadata", method->body);
        store_save(call, method);
        return method->body;
}

json_t *
method_show(struct call *call)
{
        struct object *method = store_need(call, call->id[0], "payment_method", NULL);

        return method != NULL ? method->body : NULL;
}

json_t *
method_update(struct call *call)
{
        struct object *method = store_need(call, call->id[0], "payment_method", NULL);

        if (method == NULL)
                return NULL;
        if (doc_text(method->body, "customer") == NULL)
                return call_refuse(call, NULL, NULL,
                                   "You must attach this PaymentMethod to a customer before you can update it.");
        if (field_given(call, "card.exp_month"))
                doc_put_int(json_object_get(method->body, "card"), "exp_month", field_int(call, "card.exp_month", 1));
        if (field_given(call, "card.exp_year"))
                doc_put_int(json_object_get(method->body, "card"), "exp_year", field_int(call, "card.exp_year", 1));
        json_object_update(json_object_get(method->body, "billing_details"),
                           json_object_get(call->fields, "billing_details"));
        fields_metadata(call, "metadata", method->body);
        store_save(call, method);
        event_emit_change(call, "payment_method.updated", method);
        return method->body;
}

json_t *
method_attach_to(struct call *call)
{
        const char *customer = field_text(call, "customer");
        struct object *method = method_named(call, call->id[0], NULL);

        if (method == NULL || customer == NULL || store_need(call, customer, "customer", "customer") == NULL)
                return NULL;
        return method_attach(call, method, customer) ? method->body : NULL;
}

json_t *
method_detach(struct call *call)
{
        struct object *method = store_need(call, call->id[0], "payment_method", NULL);

        if (method == NULL)
                return NULL;
        if (doc_text(method->body, "customer") == NULL)
                return call_refuse(call, NULL, NULL, "The payment method you provided is not attached to a "
                                   "customer so detachment is impossible.");
        method_release(call, method);
        return method->body;
}

json_t *
method_list(struct call *call)
{
        const char *customer = field_text(call, "customer");
        struct wanted wanted = { .kind = "payment_method", .customer = customer,
                                 .subtype = field_text(call, "type") };

        if (customer == NULL)
                return call_refuse(call, "parameter_missing", "customer", "Missing required param: customer.");
        if (store_get(call, customer, "customer") == NULL)
                return call_missing(call, "customer", customer, "customer");
        return store_list(call, &wanted, "/v1/payment_methods");
}

json_t *
method_list_of_customer(struct call *call)
{
        struct wanted wanted = { .kind = "payment_method", .customer = call->id[0],
                                 .subtype = field_text(call, "type") };

        if (store_get(call, call->id[0], "customer") == NULL)
                return call_missing(call, "customer", call->id[0], NULL);
        return store_list(call, &wanted,
                          pool_printf(call->pool, "/v1/customers/%s/payment_methods", call->id[0]));
}

json_t *
method_of_customer(struct call *call)
{
        struct object *method = store_get(call, call->id[1], "payment_method");

        if (method == NULL || !doc_is(method->body, "customer", call->id[0]))
                return call_missing(call, "PaymentMethod", call->id[1], NULL);
        return method->body;
}
