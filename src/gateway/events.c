/* events: reads an event of the gateway into struct gateway_event. */
#include "gateway/events.h"

#include <string.h>

#include "base/text.h"
#include "gateway/body.h"

#define TYPE_MAX 100

static bool
is_type(const char *text)
{
        size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.");

        return len > 0 && len <= TYPE_MAX && text[len] == '\0';
}

static bool
type_acts_inline(const char *type)
{
        return strcmp(type, "checkout.session.completed") == 0 ||
               strcmp(type, "checkout.session.async_payment_succeeded") == 0 ||
               strcmp(type, "payment_intent.succeeded") == 0;
}

static const char *
first(const char *one, const char *other)
{
        return one ? one : other;
}

/* What all kinds of object share. */
static void
read_common(struct pool *pool, const struct json_t *object, struct gateway_event *event)
{
        event->attempt_key = body_text(pool, object, "metadata.attempt");
        event->order_number = first(body_text(pool, object, "client_reference_id"),
                                    body_text(pool, object, "metadata.order"));
        event->currency = body_currency(pool, object, "currency");
        event->email = first(body_text(pool, object, "customer_details.email"),
                             body_text(pool, object, "receipt_email"));
        event->payment_ref = body_id(pool, object, "payment_intent");
        event->charge_ref =
                first(body_id(pool, object, "charge"), body_id(pool, object, "latest_charge"));
        event->customer_ref = body_id(pool, object, "customer");
}

static void
read_session(struct pool *pool, const struct json_t *object, struct gateway_event *event)
{
        const char *status = body_text(pool, object, "payment_status");
        const char *mode = body_text(pool, object, "mode");

        event->session_ref = event->object_id;
        event->paid =
                event->acts_inline && text_equal(status, "paid") && text_equal(mode, "payment");
        event->has_amount = body_int(object, "amount_total", &event->amount_minor);
}

static void
read_intent(struct pool *pool, const struct json_t *object, struct gateway_event *event)
{
        event->payment_ref = event->object_id;
        event->paid =
                event->acts_inline && text_equal(body_text(pool, object, "status"), "succeeded");
        event->has_amount = body_int(object, "amount_received", &event->amount_minor);
}

static void
read_other(const struct json_t *object, struct gateway_event *event)
{
        if (text_equal(event->object_type, "charge"))
                event->charge_ref = event->object_id;
        else if (text_equal(event->object_type, "customer"))
                event->customer_ref = event->object_id;
        event->has_amount = body_int(object, "amount", &event->amount_minor);
}

bool
events_from_object(struct pool *pool, const struct json_t *whole, struct gateway_event *event,
                   const char **error)
{
        const struct json_t *object = body_at(whole, "data.object");

        memset(event, 0, sizeof *event);
        event->id = body_id(pool, whole, "id");
        event->type = body_text(pool, whole, "type");
        if (!event->id || !event->type || !is_type(event->type)) {
                *error = "no event: id or type is missing";
                return false;
        }
        event->api_version = body_text(pool, whole, "api_version");
        body_int(whole, "created", &event->created);
        event->livemode = body_is_true(whole, "livemode");
        event->object_type = body_text(pool, object, "object");
        event->object_id = body_id(pool, object, "id");
        event->acts_inline = type_acts_inline(event->type);
        read_common(pool, object, event);
        if (text_equal(event->object_type, "checkout.session") &&
            text_starts(event->type, "checkout.session."))
                read_session(pool, object, event);
        else if (text_equal(event->object_type, "payment_intent") &&
                 text_starts(event->type, "payment_intent."))
                read_intent(pool, object, event);
        else
                read_other(object, event);
        return true;
}

bool
events_read(struct pool *pool, const void *body, size_t len, struct gateway_event *event,
            const char **error)
{
        const struct json_t *whole = body_parse(pool, body, len, BODY_EVENT_MAX, error);

        return whole && events_from_object(pool, whole, event, error);
}
