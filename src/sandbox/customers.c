/* customers: who pays, as the gateway knows them. */
#include "sandbox/customers.h"

#include <string.h>

#include "sandbox/doc.h"
#include "sandbox/events.h"
#include "sandbox/fields.h"
#include "sandbox/methods.h"

static const char *const plain[] = { "description", "email", "name", "phone", "preferred_locales",
                                     "tax_exempt", "balance", NULL };

/* An address with all its fields, from those given. */
static json_t *
whole_address(struct call *call, json_t *given)
{
        json_t *address;

        if (!json_is_object(given))
                return NULL;
        address = doc_keep(call->pool, json_pack("{s:n, s:n, s:n, s:n, s:n, s:n}", "city", "country", "line1",
                                                 "line2", "postal_code", "state"));
        json_object_update(address, given);
        return address;
}

static void
apply(struct call *call, struct object *customer)
{
        json_t *invoices = json_object_get(customer->body, "invoice_settings");

        fields_copy(call, customer->body, plain);
        fields_metadata(call, "metadata", customer->body);
        if (field_given(call, "address"))
                doc_put(customer->body, "address", whole_address(call, doc_at(call->fields, "address")));
        if (field_given(call, "shipping")) {
                json_t *shipping = doc_copy(call->pool, doc_at(call->fields, "shipping"));

                if (json_is_object(shipping))
                        doc_put(shipping, "address", whole_address(call, doc_at(shipping, "address")));
                doc_put(customer->body, "shipping", json_is_object(shipping) ? shipping : NULL);
        }
        if (field_given(call, "invoice_settings.default_payment_method"))
                doc_put_text(invoices, "default_payment_method",
                             field_text(call, "invoice_settings.default_payment_method"));
}

/* The default method must be one of the customer's own. */
static bool
check_default(struct call *call, const struct object *customer)
{
        const char *id = field_text(call, "invoice_settings.default_payment_method");
        struct object *method;

        if (id == NULL)
                return true;
        method = store_need(call, id, "payment_method", "invoice_settings[default_payment_method]");
        if (method != NULL && !doc_is(method->body, "customer", customer->id))
                call_refuse(call, NULL, "invoice_settings[default_payment_method]",
                            "The customer does not have a payment method with the ID %s. The payment method "
                            "must be attached to the customer.", id);
        return call_fine(call);
}

static bool
check_email(struct call *call)
{
        const char *email = field_text(call, "email");

        if (email == NULL || (strchr(email, '@') != NULL && strchr(email, ' ') == NULL))
                return true;
        call_refuse(call, "email_invalid", "email", "Invalid email address: %s", email);
        return false;
}

static const char *
prefix_of(struct call *call)
{
        char *prefix = call_new_id(call->pool, "x", 8) + 2;

        for (char *p = prefix; *p != '\0'; p++)
                *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
        return prefix;
}

json_t *
customer_create(struct call *call)
{
        struct object *customer = store_new(call, "customer", "cus");
        const char *wanted = field_text(call, "payment_method");
        struct object *method;

        if (!check_email(call))
                return NULL;
        apply(call, customer);
        doc_put_text(customer->body, "invoice_prefix", prefix_of(call));
        store_add(call, customer);
        event_emit(call, "customer.created", customer);
        if (wanted != NULL) {
                method = method_named(call, wanted, "payment_method");
                if (method == NULL || !method_attach(call, method, customer->id))
                        return NULL;
        }
        if (!check_default(call, customer))
                return NULL;
        return customer->body;
}

struct object *
customer_make(struct call *call, const char *email, const char *name, const char *country)
{
        struct object *customer = store_new(call, "customer", "cus");

        doc_put_text(customer->body, "email", email);
        doc_put_text(customer->body, "name", name);
        doc_put_text(customer->body, "invoice_prefix", prefix_of(call));
        if (country != NULL)
                doc_put(customer->body, "address",
                        whole_address(call, doc_keep(call->pool, json_pack("{s:s}", "country", country))));
        store_add(call, customer);
        event_emit(call, "customer.created", customer);
        return customer;
}

json_t *
customer_show(struct call *call)
{
        struct object *customer = store_get(call, call->id[0], "customer");

        return customer != NULL ? customer->body : call_missing(call, "customer", call->id[0], NULL);
}

/* One that is not deleted. */
static struct object *
need_live(struct call *call)
{
        struct object *customer = store_need(call, call->id[0], "customer", NULL);

        if (customer == NULL || !doc_true(customer->body, "deleted"))
                return customer;
        call_missing(call, "customer", customer->id, NULL);
        return NULL;
}

json_t *
customer_update(struct call *call)
{
        struct object *customer = need_live(call);

        if (customer == NULL || !check_email(call) || !check_default(call, customer))
                return NULL;
        apply(call, customer);
        if (json_equal(customer->was, customer->body))
                return customer->body;
        store_save(call, customer);
        event_emit_change(call, "customer.updated", customer);
        return customer->body;
}

json_t *
customer_delete(struct call *call)
{
        struct object *customer = need_live(call);
        struct wanted wanted = { .kind = "payment_method", .customer = call->id[0] };
        json_t *methods, *method;
        size_t i;

        if (customer == NULL)
                return NULL;
        methods = store_all(call, &wanted);
        json_array_foreach(methods, i, method) {
                struct object *saved = store_lock(call, doc_text(method, "id"), "payment_method");

                if (saved != NULL)
                        method_release(call, saved);
        }
        event_emit(call, "customer.deleted", customer);
        customer->body = doc_keep(call->pool, json_pack("{s:s, s:s, s:b}", "id", customer->id,
                                                        "object", "customer", "deleted", 1));
        store_save(call, customer);
        return customer->body;
}

json_t *
customer_list(struct call *call)
{
        struct wanted wanted = { .kind = "customer", .email = field_text(call, "email") };

        return store_list(call, &wanted, "/v1/customers");
}
