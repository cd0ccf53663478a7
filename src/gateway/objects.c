/* objects: reads the gateway's objects into plain structs. */
#include "gateway/objects.h"

#include <string.h>

#include "base/text.h"
#include "gateway/body.h"

/* The id when OBJECT says that it is a KIND. */
static const char *
id_of(struct pool *pool, const struct json_t *object, const char *kind)
{
        if (!text_equal(body_text(pool, object, "object"), kind))
                return NULL;
        return body_id(pool, object, "id");
}

static const char *
first(const char *one, const char *other)
{
        return one ? one : other;
}

const char *
objects_metadata(struct pool *pool, const struct json_t *object, const char *name)
{
        return body_text(pool, body_at(object, "metadata"), name);
}

/* The part of DETAILS that is named after its own type: details.card, details.sepa_debit. */
static const struct json_t *
typed_part(struct pool *pool, const struct json_t *details, const char **kind)
{
        *kind = body_text(pool, details, "type");
        return *kind && !strchr(*kind, '.') ? body_at(details, *kind) : NULL;
}

static void
read_balance(struct pool *pool, const struct json_t *object, struct gateway_charge *out)
{
        const struct json_t *balance = body_at(object, "balance_transaction");

        out->balance_ref = body_id(pool, object, "balance_transaction");
        out->has_fee = body_int(balance, "fee", &out->fee_minor) &&
                       body_int(balance, "net", &out->net_minor);
        if (!out->has_fee)
                return;
        out->fee_currency = body_currency(pool, balance, "currency");
        out->available = text_equal(body_text(pool, balance, "status"), "available");
        body_int(balance, "available_on", &out->available_at);
}

static void
read_charge_method(struct pool *pool, const struct json_t *object, struct gateway_charge *out)
{
        const struct json_t *part;

        part = typed_part(pool, body_at(object, "payment_method_details"), &out->kind);
        out->brand = first(body_text(pool, part, "brand"), body_text(pool, part, "bank_name"));
        out->last4 = body_text(pool, part, "last4");
        out->wallet = body_text(pool, part, "wallet.type");
        out->statement_text = first(body_text(pool, object, "calculated_statement_descriptor"),
                                    body_text(pool, object, "statement_descriptor"));
        out->email = first(body_text(pool, object, "billing_details.email"),
                           body_text(pool, object, "receipt_email"));
        out->name = body_text(pool, object, "billing_details.name");
}

bool
objects_charge(struct pool *pool, const struct json_t *object, struct gateway_charge *out)
{
        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "charge");
        if (!out->id)
                return false;
        out->status = body_text(pool, object, "status");
        out->payment_ref = body_id(pool, object, "payment_intent");
        out->customer_ref = body_id(pool, object, "customer");
        body_int(object, "created", &out->created);
        out->paid = body_is_true(object, "paid");
        out->captured = body_is_true(object, "captured");
        out->disputed = body_is_true(object, "disputed");
        body_int(object, "amount", &out->amount_minor);
        body_int(object, "amount_refunded", &out->refunded_minor);
        out->currency = body_currency(pool, object, "currency");
        out->failure_code = body_text(pool, object, "failure_code");
        read_charge_method(pool, object, out);
        read_balance(pool, object, out);
        return true;
}

bool
objects_payment(struct pool *pool, const struct json_t *object, struct gateway_payment *out)
{
        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "payment_intent");
        if (!out->id)
                return false;
        out->status = body_text(pool, object, "status");
        body_int(object, "created", &out->created);
        body_int(object, "amount", &out->amount_minor);
        body_int(object, "amount_received", &out->received_minor);
        out->currency = body_currency(pool, object, "currency");
        out->customer_ref = body_id(pool, object, "customer");
        out->method_ref = body_id(pool, object, "payment_method");
        out->attempt_key = objects_metadata(pool, object, "attempt");
        out->order_number = objects_metadata(pool, object, "order");
        out->charge_ref = body_id(pool, object, "latest_charge");
        out->has_charge = objects_charge(pool, body_at(object, "latest_charge"), &out->charge);
        out->error_code = body_text(pool, object, "last_payment_error.code");
        out->decline_code = body_text(pool, object, "last_payment_error.decline_code");
        out->advice_code = body_text(pool, object, "last_payment_error.advice_code");
        out->action_url = body_text(pool, object, "next_action.redirect_to_url.url");
        return true;
}

bool
objects_session(struct pool *pool, const struct json_t *object, struct gateway_session *out)
{
        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "checkout.session");
        if (!out->id)
                return false;
        out->mode = body_text(pool, object, "mode");
        out->status = body_text(pool, object, "status");
        out->payment_status = body_text(pool, object, "payment_status");
        out->payment_ref = body_id(pool, object, "payment_intent");
        out->setup_ref = body_id(pool, object, "setup_intent");
        out->customer_ref = body_id(pool, object, "customer");
        out->attempt_key = objects_metadata(pool, object, "attempt");
        out->order_number = first(body_text(pool, object, "client_reference_id"),
                                  objects_metadata(pool, object, "order"));
        out->url = body_text(pool, object, "url");
        out->email = first(body_text(pool, object, "customer_details.email"),
                           body_text(pool, object, "customer_email"));
        out->name = body_text(pool, object, "customer_details.name");
        body_int(object, "created", &out->created);
        body_int(object, "expires_at", &out->expires_at);
        body_int(object, "amount_total", &out->amount_minor);
        out->currency = body_currency(pool, object, "currency");
        return true;
}

bool
objects_refund(struct pool *pool, const struct json_t *object, struct gateway_refund *out)
{
        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "refund");
        if (!out->id)
                return false;
        out->status = body_text(pool, object, "status");
        body_int(object, "created", &out->created);
        body_int(object, "amount", &out->amount_minor);
        out->currency = body_currency(pool, object, "currency");
        out->reason = body_text(pool, object, "reason");
        out->failure_reason = body_text(pool, object, "failure_reason");
        out->payment_ref = body_id(pool, object, "payment_intent");
        out->charge_ref = body_id(pool, object, "charge");
        out->refund_key = objects_metadata(pool, object, "refund");
        return true;
}

bool
objects_dispute(struct pool *pool, const struct json_t *object, struct gateway_dispute *out)
{
        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "dispute");
        if (!out->id)
                return false;
        out->status = body_text(pool, object, "status");
        body_int(object, "created", &out->created);
        body_int(object, "amount", &out->amount_minor);
        out->currency = body_currency(pool, object, "currency");
        out->reason = body_text(pool, object, "reason");
        out->payment_ref = body_id(pool, object, "payment_intent");
        out->charge_ref = body_id(pool, object, "charge");
        body_int(object, "evidence_details.due_by", &out->due_by);
        out->has_evidence = body_is_true(object, "evidence_details.has_evidence");
        out->past_due = body_is_true(object, "evidence_details.past_due");
        return true;
}

bool
objects_method(struct pool *pool, const struct json_t *object, struct gateway_method *out)
{
        const struct json_t *part;

        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "payment_method");
        if (!out->id)
                return false;
        out->customer_ref = body_id(pool, object, "customer");
        part = typed_part(pool, object, &out->kind);
        out->brand = first(body_text(pool, part, "brand"), body_text(pool, part, "bank_name"));
        out->last4 = body_text(pool, part, "last4");
        out->wallet = body_text(pool, part, "wallet.type");
        body_int(part, "exp_month", &out->exp_month);
        body_int(part, "exp_year", &out->exp_year);
        return true;
}

bool
objects_setup(struct pool *pool, const struct json_t *object, struct gateway_setup *out)
{
        memset(out, 0, sizeof *out);
        out->id = id_of(pool, object, "setup_intent");
        if (!out->id)
                return false;
        out->status = body_text(pool, object, "status");
        out->customer_ref = body_id(pool, object, "customer");
        out->method_ref = body_id(pool, object, "payment_method");
        out->error_code = body_text(pool, object, "last_setup_error.code");
        out->decline_code = body_text(pool, object, "last_setup_error.decline_code");
        return true;
}

const char *
objects_default_method(struct pool *pool, const struct json_t *object)
{
        return id_of(pool, object, "customer") != NULL
                       ? body_id(pool, object, "invoice_settings.default_payment_method") : NULL;
}

bool
objects_list(struct pool *pool, const struct json_t *object, struct gateway_list *out)
{
        memset(out, 0, sizeof *out);
        if (!text_equal(body_text(pool, object, "object"), "list"))
                return false;
        out->n = body_count(object, "data");
        out->more = body_is_true(object, "has_more");
        if (out->n > 0)
                out->last_ref = body_id(pool, body_item(object, "data", out->n - 1), "id");
        return true;
}

const struct json_t *
objects_item(const struct json_t *object, size_t i)
{
        return body_item(object, "data", i);
}
