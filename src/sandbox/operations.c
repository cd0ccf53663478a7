/* operations: all that the API can do, in one table, and the parameters of each. */
#include "sandbox/operations.h"

#include <string.h>

#include "sandbox/balance.h"
#include "sandbox/checkout.h"
#include "sandbox/customers.h"
#include "sandbox/disputes.h"
#include "sandbox/events.h"
#include "sandbox/intents.h"
#include "sandbox/methods.h"
#include "sandbox/payments.h"
#include "sandbox/refunds.h"
#include "sandbox/setups.h"
#include "sandbox/store.h"

#define TEXT(name) { name, FIELD_TEXT, false, NULL }
#define NEED(name) { name, FIELD_TEXT, true, NULL }
#define ONE_OF(name, choices) { name, FIELD_TEXT, false, choices }
#define INT(name) { name, FIELD_INT, false, NULL }
#define BOOL(name) { name, FIELD_BOOL, false, NULL }
#define TREE(name) { name, FIELD_TREE, false, NULL }

static const struct field nothing[] = { FIELD_END };

#define CUSTOMER_FIELDS                                                                         \
        TREE("address"), INT("balance"), TEXT("description"), TEXT("email"),                    \
        TEXT("invoice_settings.default_payment_method"), TREE("metadata"), TEXT("name"),        \
        TEXT("phone"), TEXT("preferred_locales.#"), TREE("shipping"),                           \
        ONE_OF("tax_exempt", "exempt|none|reverse"), TREE("tax")

static const struct field customer_fields[] = { CUSTOMER_FIELDS, TEXT("payment_method"), FIELD_END };
static const struct field customer_list_fields[] = { STORE_LIST_FIELDS, TEXT("email"), FIELD_END };

static const struct field method_fields[] = {
        { "type", FIELD_TEXT, true, "card|sepa_debit" }, TEXT("card.token"), TEXT("sepa_debit.iban"),
        ONE_OF("allow_redisplay", "always|limited|unspecified"), TREE("billing_details"), TREE("metadata"),
        FIELD_END
};
static const struct field method_update_fields[] = {
        INT("card.exp_month"), INT("card.exp_year"), ONE_OF("allow_redisplay", "always|limited|unspecified"),
        TREE("billing_details"), TREE("metadata"), FIELD_END
};
static const struct field attach_fields[] = { NEED("customer"), FIELD_END };
static const struct field method_list_fields[] = {
        STORE_LIST_FIELDS, TEXT("customer"), TEXT("type"), ONE_OF("allow_redisplay", "always|limited|unspecified"),
        FIELD_END
};

#define INTENT_FIELDS                                                                           \
        TEXT("description"), TREE("metadata"), TEXT("payment_method"),                          \
        TEXT("payment_method_types.#"), TREE("payment_method_options"), TEXT("receipt_email"),  \
        ONE_OF("setup_future_usage", "off_session|on_session"), TREE("shipping"),               \
        TEXT("statement_descriptor"), TEXT("statement_descriptor_suffix"), TEXT("transfer_group"), \
        ONE_OF("capture_method", "automatic|automatic_async")

#define CONFIRM_FIELDS                                                                          \
        ONE_OF("off_session", "true|false|one_off|recurring"), TEXT("return_url"),              \
        BOOL("error_on_requires_action"), BOOL("use_stripe_sdk"), TEXT("mandate"), TREE("mandate_data")

static const struct field intent_fields[] = {
        { "amount", FIELD_INT, true, NULL }, NEED("currency"), INTENT_FIELDS, CONFIRM_FIELDS, TEXT("customer"),
        BOOL("confirm"), BOOL("automatic_payment_methods.enabled"),
        ONE_OF("automatic_payment_methods.allow_redirects", "always|never"),
        ONE_OF("confirmation_method", "automatic"), FIELD_END
};
static const struct field intent_update_fields[] = {
        INTENT_FIELDS, INT("amount"), TEXT("currency"), TEXT("customer"), FIELD_END
};
static const struct field intent_confirm_fields[] = {
        INTENT_FIELDS, CONFIRM_FIELDS, TEXT("client_secret"), FIELD_END
};
static const struct field intent_cancel_fields[] = {
        ONE_OF("cancellation_reason", "duplicate|fraudulent|requested_by_customer|abandoned"), FIELD_END
};
static const struct field of_customer_fields[] = { STORE_LIST_FIELDS, TEXT("customer"), FIELD_END };

#define SETUP_FIELDS                                                                            \
        TEXT("payment_method"), TEXT("return_url"), TREE("mandate_data"), TREE("payment_method_options"), \
        BOOL("use_stripe_sdk")

static const struct field setup_fields[] = {
        SETUP_FIELDS, TEXT("customer"), BOOL("confirm"), TEXT("description"), TREE("metadata"),
        TEXT("payment_method_types.#"), TREE("automatic_payment_methods"), ONE_OF("usage", "off_session|on_session"),
        FIELD_END
};
static const struct field setup_confirm_fields[] = { SETUP_FIELDS, TEXT("client_secret"), FIELD_END };

static const struct field checkout_fields[] = {
        { "mode", FIELD_TEXT, true, "payment|setup" }, NEED("success_url"), TEXT("cancel_url"),
        TEXT("client_reference_id"), TEXT("currency"), TEXT("customer"), TEXT("customer_email"),
        ONE_OF("customer_creation", "always|if_required"), TREE("customer_update"), INT("expires_at"), TEXT("locale"),
        TREE("metadata"), BOOL("adaptive_pricing.enabled"), BOOL("allow_promotion_codes"),
        BOOL("automatic_tax.enabled"), ONE_OF("billing_address_collection", "auto|required"),
        TREE("consent_collection"), TREE("custom_text"), BOOL("invoice_creation.enabled"),
        BOOL("phone_number_collection.enabled"), BOOL("tax_id_collection.enabled"),
        TEXT("line_items.#.price_data.currency"), INT("line_items.#.price_data.unit_amount"),
        ONE_OF("line_items.#.price_data.tax_behavior", "exclusive|inclusive|unspecified"),
        TEXT("line_items.#.price_data.product_data.name"),
        TEXT("line_items.#.price_data.product_data.description"),
        TEXT("line_items.#.price_data.product_data.images.#"),
        TREE("line_items.#.price_data.product_data.metadata"), INT("line_items.#.quantity"),
        TEXT("payment_intent_data.description"), TREE("payment_intent_data.metadata"),
        TEXT("payment_intent_data.receipt_email"), TREE("payment_intent_data.shipping"),
        ONE_OF("payment_intent_data.setup_future_usage", "off_session|on_session"),
        TEXT("payment_intent_data.statement_descriptor"),
        TEXT("payment_intent_data.statement_descriptor_suffix"), TEXT("payment_intent_data.transfer_group"),
        ONE_OF("payment_method_collection", "always|if_required"), TREE("payment_method_options"),
        TEXT("payment_method_types.#"), TREE("saved_payment_method_options"),
        TEXT("setup_intent_data.description"), TREE("setup_intent_data.metadata"),
        ONE_OF("submit_type", "auto|book|donate|pay"), ONE_OF("ui_mode", "hosted_page"), TEXT("origin_context"),
        FIELD_END
};
static const struct field checkout_list_fields[] = {
        STORE_LIST_FIELDS, TEXT("customer"), TEXT("payment_intent"), TEXT("setup_intent"), FIELD_END
};

static const struct field refund_fields[] = {
        TEXT("charge"), TEXT("payment_intent"), INT("amount"), TREE("metadata"),
        ONE_OF("reason", "duplicate|fraudulent|requested_by_customer"), FIELD_END
};
static const struct field metadata_fields[] = { TREE("metadata"), FIELD_END };
static const struct field of_charge_fields[] = {
        STORE_LIST_FIELDS, TEXT("charge"), TEXT("payment_intent"), FIELD_END
};
static const struct field charge_list_fields[] = {
        STORE_LIST_FIELDS, TEXT("customer"), TEXT("payment_intent"), TEXT("transfer_group"), FIELD_END
};
static const struct field dispute_fields[] = {
        TREE("evidence"), TREE("metadata"), BOOL("submit"), FIELD_END
};
static const struct field event_list_fields[] = {
        STORE_LIST_FIELDS, TEXT("type"), TEXT("types.#"), BOOL("delivery_success"), FIELD_END
};
static const struct field balance_list_fields[] = {
        STORE_LIST_FIELDS, TEXT("source"), TEXT("type"), TEXT("currency"), FIELD_END
};

static const struct operation operations[] = {
        { POST,   "/v1/customers",                              customer_create,   customer_fields },
        { GET,    "/v1/customers",                              customer_list,     customer_list_fields },
        { GET,    "/v1/customers/:id",                          customer_show,     nothing },
        { POST,   "/v1/customers/:id",                          customer_update,   customer_fields },
        { DELETE, "/v1/customers/:id",                          customer_delete,   nothing },
        { GET,    "/v1/customers/:id/payment_methods",          method_list_of_customer, method_list_fields },
        { GET,    "/v1/customers/:id/payment_methods/:method",  method_of_customer, nothing },

        { POST,   "/v1/payment_methods",                        method_create,     method_fields },
        { GET,    "/v1/payment_methods",                        method_list,       method_list_fields },
        { GET,    "/v1/payment_methods/:id",                    method_show,       nothing },
        { POST,   "/v1/payment_methods/:id",                    method_update,     method_update_fields },
        { POST,   "/v1/payment_methods/:id/attach",             method_attach_to,  attach_fields },
        { POST,   "/v1/payment_methods/:id/detach",             method_detach,     nothing },

        { POST,   "/v1/setup_intents",                          setup_create,      setup_fields },
        { GET,    "/v1/setup_intents",                          setup_list,        of_customer_fields },
        { GET,    "/v1/setup_intents/:id",                      setup_show,        nothing },
        { POST,   "/v1/setup_intents/:id/confirm",              setup_confirm,     setup_confirm_fields },
        { POST,   "/v1/setup_intents/:id/cancel",               setup_cancel,      intent_cancel_fields },

        { POST,   "/v1/payment_intents",                        intent_create,     intent_fields },
        { GET,    "/v1/payment_intents",                        intent_list,       of_customer_fields },
        { GET,    "/v1/payment_intents/:id",                    intent_show,       nothing },
        { POST,   "/v1/payment_intents/:id",                    intent_update,     intent_update_fields },
        { POST,   "/v1/payment_intents/:id/confirm",            intent_confirm,    intent_confirm_fields },
        { POST,   "/v1/payment_intents/:id/cancel",             intent_cancel,     intent_cancel_fields },

        { POST,   "/v1/checkout/sessions",                      checkout_create,   checkout_fields },
        { GET,    "/v1/checkout/sessions",                      checkout_list,     checkout_list_fields },
        { GET,    "/v1/checkout/sessions/:id",                  checkout_show,     nothing },
        { GET,    "/v1/checkout/sessions/:id/line_items",       checkout_lines,    of_customer_fields },
        { POST,   "/v1/checkout/sessions/:id/expire",           checkout_expire,   nothing },

        { GET,    "/v1/charges",                                charge_list,       charge_list_fields },
        { GET,    "/v1/charges/:id",                            charge_show,       nothing },

        { POST,   "/v1/refunds",                                refund_create,     refund_fields },
        { GET,    "/v1/refunds",                                refund_list,       of_charge_fields },
        { GET,    "/v1/refunds/:id",                            refund_show,       nothing },
        { POST,   "/v1/refunds/:id",                            refund_update,     metadata_fields },

        { GET,    "/v1/disputes",                               dispute_list,      of_charge_fields },
        { GET,    "/v1/disputes/:id",                           dispute_show,      nothing },
        { POST,   "/v1/disputes/:id",                           dispute_update,    dispute_fields },
        { POST,   "/v1/disputes/:id/close",                     dispute_close,     nothing },

        { GET,    "/v1/events",                                 event_list,        event_list_fields },
        { GET,    "/v1/events/:id",                             event_show,        nothing },

        { GET,    "/v1/balance_transactions",                   balance_list,      balance_list_fields },
        { GET,    "/v1/balance_transactions/:id",               balance_show,      nothing },
};

/* Does PATTERN match PATH?  Its parameters go to IDS. */
static bool
match(struct pool *pool, const char *pattern, const char *path, const char *ids[2])
{
        int n = 0;

        while (*pattern == '/' && *path == '/') {
                size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");

                if (*pattern == ':' && have > 0 && n < 2)
                        ids[n++] = pool_strndup(pool, path, have);
                else if (want != have || strncmp(pattern, path, want) != 0)
                        return false;
                pattern += want;
                path += have;
        }
        return *pattern == '\0' && *path == '\0';
}

const struct operation *
operation_find(struct pool *pool, enum http_method method, const char *path, const char *ids[2])
{
        for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
                if (operations[i].method == method && match(pool, operations[i].path, path, ids))
                        return &operations[i];
        return NULL;
}
