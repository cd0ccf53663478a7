/* intake: the table of the gateway's events that concern us, see intake.h. */
#include "gateway/intake.h"

#include <string.h>

/* Types whose object is fetched by the worker (the webhook endpoint asks for these).  The rest, invoices and
 * the gateway's own subscriptions among it, is foreign: stored and left alone. */
static const char *const fetched[] = {
        "checkout.session.completed", "checkout.session.expired",
        "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
        "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing",
        "payment_intent.requires_action", "payment_intent.canceled",
        "charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed",
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
        "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
        "payment_method.attached", "payment_method.detached", "payment_method.updated",
        "payment_method.automatically_updated", "setup_intent.succeeded", "customer.updated",
        NULL
};

struct intake
intake_of(const struct gateway_event *event)
{
        if (event->acts_inline && event->paid && event->has_amount && event->currency != NULL &&
            event->payment_ref != NULL)
                return (struct intake){ "pay", true };
        for (size_t i = 0; fetched[i] != NULL; i++)
                if (strcmp(event->type, fetched[i]) == 0)
                        return (struct intake){ "fetch", false };
        return (struct intake){ "none", false };
}
