/* checkout: sessions of the hosted page, as the API shows them. */
#include "sandbox/checkout.h"

#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"
#include "sandbox/intents.h"
#include "sandbox/settings.h"
#include "sandbox/setups.h"

enum { LIFE_LEAST = 30 * 60, LIFE_MOST = 24 * 3600, LIFE_SLACK = 60 };

/* One line, made from price_data; NULL after an error. */
static json_t *
line_of(struct call *call, const json_t *given, size_t i)
{
        const char *name = doc_text(given, "price_data.product_data.name");
        const char *currency = doc_text(given, "price_data.currency");
        const char *behaviour = doc_text(given, "price_data.tax_behavior");
        int64_t unit = doc_int(given, "price_data.unit_amount");
        int64_t quantity = doc_at(given, "quantity") != NULL ? doc_int(given, "quantity") : 1;
        char *lower = pool_strdup(call->pool, currency != NULL ? currency : "");
        json_t *line = doc_shape(call->pool, "item");
        json_t *price = json_object_get(line, "price");

        for (char *p = lower; *p != '\0'; p++)
                *p = g_ascii_tolower(*p);
        if (name == NULL || currency == NULL || doc_at(given, "price_data.unit_amount") == NULL)
                return call_refuse(call, "parameter_missing", pool_printf(call->pool, "line_items[%zu][price_data]", i),
                                   "Missing required param: line_items[%zu][price_data] with currency, unit_amount "
                                   "and product_data[name].", i);
        if (money_exponent(lower) < 0 || unit < 0 || quantity < 1 || quantity > 9999)
                return call_refuse(call, NULL, pool_printf(call->pool, "line_items[%zu]", i),
                                   "Invalid currency, amount or quantity in line_items[%zu].", i);
        if (unit % money_step(lower) != 0)
                return call_refuse(call, NULL, pool_printf(call->pool, "line_items[%zu][price_data][unit_amount]", i),
                                   "Invalid amount: the last digit of an amount in %s must be 0.", lower);
        doc_put_text(line, "id", call_new_id(call->pool, "li", 24));
        doc_put_text(line, "description", name);
        doc_put_text(line, "currency", lower);
        doc_put_int(line, "amount_subtotal", unit * quantity);
        doc_put_int(line, "amount_total", unit * quantity);
        doc_put_int(line, "quantity", quantity);
        doc_put_text(price, "id", call_new_id(call->pool, "price", 24));
        doc_put_int(price, "created", call->now);
        doc_put_text(price, "currency", lower);
        doc_put_text(price, "product", call_new_id(call->pool, "prod", 14));
        if (behaviour != NULL)
                doc_put_text(price, "tax_behavior", behaviour);
        doc_put_int(price, "unit_amount", unit);
        doc_put_text(price, "unit_amount_decimal", pool_printf(call->pool, "%" PRId64, unit));
        return line;
}

/* Lines, currency and totals of payment mode. */
static bool
put_lines(struct call *call, struct object *session)
{
        json_t *lines = doc_keep(call->pool, json_array());
        json_t *given;
        int64_t total = 0;
        size_t i;

        json_array_foreach(doc_at(call->fields, "line_items"), i, given) {
                json_t *line = line_of(call, given, i);

                if (line == NULL)
                        return false;
                json_array_append(lines, line);
                total += doc_int(line, "amount_total");
        }
        if (json_array_size(lines) == 0) {
                call_refuse(call, "parameter_missing", "line_items", "Missing required param: line_items.");
                return false;
        }
        json_array_foreach(lines, i, given)
                if (!doc_is(given, "currency", doc_text(lines, "0.currency"))) {
                        call_refuse(call, NULL, "line_items", "All line items must have the same currency.");
                        return false;
                }
        if (total < 50) {
                call_refuse(call, "amount_too_small", NULL, "The Checkout Session's total amount due must be at "
                            "least 50 minor units.");
                return false;
        }
        doc_put(session->inner, "lines", lines);
        doc_put_text(session->body, "currency", doc_text(lines, "0.currency"));
        doc_put_int(session->body, "amount_subtotal", total);
        doc_put_int(session->body, "amount_total", total);
        json_object_set_new(session->body, "total_details",
                            json_pack("{s:i, s:i, s:i}", "amount_discount", 0, "amount_shipping", 0, "amount_tax", 0));
        return true;
}

static void
put_types(struct call *call, struct object *session)
{
        json_t *types = doc_at(call->fields, "payment_method_types");
        bool payment = doc_is(session->body, "mode", "payment");

        if (json_array_size(types) > 0)
                doc_put(session->body, "payment_method_types", types);
        else if (!payment)
                json_object_set_new(session->body, "payment_method_types", json_pack("[s, s]", "card", "sepa_debit"));
        else if (doc_is(session->body, "currency", "eur"))
                json_object_set_new(session->body, "payment_method_types",
                                    json_pack("[s, s, s]", "card", "sepa_debit", "customer_balance"));
}

static bool
put_customer(struct call *call, struct object *session)
{
        const char *id = field_text(call, "customer");
        const char *email = field_text(call, "customer_email");
        bool payment = doc_is(session->body, "mode", "payment");
        struct object *customer = NULL;

        if (id != NULL && (email != NULL || field_given(call, "customer_creation"))) {
                call_refuse(call, NULL, "customer", "You may only specify one of these parameters: customer, %s.",
                            email != NULL ? "customer_email" : "customer_creation");
                return false;
        }
        if (id != NULL) {
                customer = store_need(call, id, "customer", "customer");
                if (customer == NULL)
                        return false;
                email = doc_text(customer->body, "email");
        } else
                doc_put_text(session->body, "customer_email", email);
        doc_put_text(session->body, "customer", id);
        if (id == NULL)
                doc_put_text(session->body, "customer_creation", !payment ? "always"
                             : field_text(call, "customer_creation") != NULL
                             ? field_text(call, "customer_creation") : "if_required");
        if (email != NULL)
                json_object_set_new(session->body, "customer_details",
                        json_pack("{s:n, s:n, s:s, s:n, s:s?, s:n, s:s, s:n}", "address", "business_name",
                                  "email", email, "individual_name", "name",
                                  customer != NULL ? doc_text(customer->body, "name") : NULL,
                                  "phone", "tax_exempt", "none", "tax_ids"));
        return true;
}

static bool
put_expiry(struct call *call, struct object *session)
{
        int64_t at = field_int(call, "expires_at", call->now + LIFE_MOST);

        if (at < call->now + LIFE_LEAST - LIFE_SLACK || at > call->now + LIFE_MOST + LIFE_SLACK) {
                call_refuse(call, NULL, "expires_at", "The `expires_at` timestamp must be at least 30 minutes and at "
                            "most 24 hours from Checkout Session creation.");
                return false;
        }
        doc_put_int(session->body, "expires_at", at);
        session->due_at = at;
        return true;
}

static void
put_choices(struct call *call, struct object *session)
{
        static const char *const plain[] = { "success_url", "cancel_url", "client_reference_id", "locale",
                                             "submit_type", "allow_promotion_codes", "payment_method_options",
                                             "billing_address_collection", "origin_context", NULL };

        fields_copy(call, session->body, plain);
        fields_metadata(call, "metadata", session->body);
        if (field_given(call, "adaptive_pricing.enabled"))
                json_object_set_new(session->body, "adaptive_pricing",
                                    json_pack("{s:b}", "enabled", field_true(call, "adaptive_pricing.enabled")));
        if (field_given(call, "consent_collection")) {
                json_object_set_new(session->body, "consent_collection", json_pack("{s:n, s:n, s:n}",
                        "payment_method_reuse_agreement", "promotions", "terms_of_service"));
                json_object_update(json_object_get(session->body, "consent_collection"),
                                   doc_at(call->fields, "consent_collection"));
        }
        json_object_update(json_object_get(session->body, "custom_text"), doc_at(call->fields, "custom_text"));
        doc_put(session->inner, "intent_data", doc_at(call->fields, "payment_intent_data"));
}

/* In setup mode the intent is there from the beginning. */
static void
put_setup(struct call *call, struct object *session)
{
        struct object *setup = setup_new(call, doc_text(session->body, "customer"));

        doc_put_text(setup->body, "description", field_text(call, "setup_intent_data.description"));
        fields_metadata(call, "setup_intent_data.metadata", setup->body);
        doc_put(setup->body, "payment_method_types", json_object_get(session->body, "payment_method_types"));
        store_add(call, setup);
        doc_put_text(session->body, "setup_intent", setup->id);
        doc_put_text(session->body, "payment_status", "no_payment_required");
        event_emit(call, "setup_intent.created", setup);
}

json_t *
checkout_create(struct call *call)
{
        const char *mode = field_text(call, "mode");
        struct object *session;
        bool payment;

        if (mode == NULL)
                return call_refuse(call, "parameter_missing", "mode", "Missing required param: mode.");
        payment = strcmp(mode, "payment") == 0;
        session = store_new(call, "checkout.session", "cs_test");
        doc_put_text(session->body, "mode", mode);
        if (payment ? !put_lines(call, session) : field_given(call, "line_items"))
                return call->error != NULL ? NULL
                       : call_refuse(call, NULL, "line_items", "You can not pass `line_items` in `setup` mode.");
        if (!put_customer(call, session) || !put_expiry(call, session))
                return NULL;
        put_choices(call, session);
        put_types(call, session);
        if (!payment) {
                doc_put_text(session->body, "currency", field_text(call, "currency"));
                put_setup(call, session);
        } else if (field_given(call, "setup_intent_data"))
                return call_refuse(call, NULL, "setup_intent_data",
                                   "You can not pass `setup_intent_data` in `payment` mode.");
        doc_put_text(session->body, "url",
                     pool_printf(call->pool, "%s/c/pay/%s", settings_now()->public_url, session->id));
        store_add(call, session);
        return session->body;
}

json_t *
checkout_show(struct call *call)
{
        struct object *session = store_get(call, call->id[0], "checkout.session");

        return session != NULL ? session->body : call_missing(call, "checkout.session", call->id[0], NULL);
}

json_t *
checkout_list(struct call *call)
{
        const char *intent = field_text(call, "payment_intent");
        struct wanted wanted = { .kind = "checkout.session", .customer = field_text(call, "customer"),
                                 .intent = intent != NULL ? intent : field_text(call, "setup_intent") };

        return store_list(call, &wanted, "/v1/checkout/sessions");
}

void
checkout_expire_now(struct call *call, struct object *session)
{
        const char *id = doc_text(session->body, "payment_intent");
        struct object *intent = id != NULL ? store_lock(call, id, "payment_intent") : NULL;

        doc_put_text(session->body, "status", "expired");
        doc_put(session->body, "url", NULL);
        session->due_at = 0;
        store_save(call, session);
        if (intent != NULL && !doc_is(intent->body, "status", "canceled"))
                intent_cancel_now(call, intent, "automatic");
        event_emit(call, "checkout.session.expired", session);
}

json_t *
checkout_expire(struct call *call)
{
        struct object *session = store_need(call, call->id[0], "checkout.session", NULL);

        if (session == NULL)
                return NULL;
        if (!doc_is(session->body, "status", "open"))
                return call_refuse(call, NULL, NULL, "Only Checkout Sessions with a status in [\"open\"] can be "
                                   "expired. This Checkout Session has a status of %s.",
                                   doc_text(session->body, "status"));
        checkout_expire_now(call, session);
        return session->body;
}

json_t *
checkout_lines(struct call *call)
{
        struct object *session = store_get(call, call->id[0], "checkout.session");
        json_t *lines;

        if (session == NULL)
                return call_missing(call, "checkout.session", call->id[0], NULL);
        lines = doc_at(session->inner, "lines");
        return store_list_object(call, lines != NULL ? lines : doc_keep(call->pool, json_array()), false,
                                 pool_printf(call->pool, "/v1/checkout/sessions/%s/line_items", session->id));
}

bool
checkout_takes(const struct object *session, const char *kind)
{
        json_t *type;
        size_t i;

        json_array_foreach(json_object_get(session->body, "payment_method_types"), i, type)
                if (strcmp(json_string_value(type), kind) == 0)
                        return true;
        return false;
}

const char *
checkout_success_url(struct call *call, const struct object *session)
{
        static const char name[] = "{CHECKOUT_SESSION_ID}";
        const char *url = doc_text(session->body, "success_url");
        const char *at = strstr(url, name);

        if (at == NULL)
                return url;
        return pool_printf(call->pool, "%.*s%s%s", (int)(at - url), url, session->id, at + strlen(name));
}
