/* events: the gateway's events as plain values.  The bytes are verified before
 * (gateway/signature); still nothing in them is trusted to have its usual shape: what is
 * missing or of another kind is NULL, 0 or false.  Strings belong to the pool. */
#ifndef LATCHKEY_GATEWAY_EVENTS_H
#define LATCHKEY_GATEWAY_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

struct json_t;

struct gateway_event {
        const char *id;          /* evt_...; never NULL */
        const char *type;        /* "checkout.session.completed"; never NULL */
        const char *api_version; /* that of the event's making */
        int64_t created;         /* seconds since 1970 */
        bool livemode;
        const char *object_type; /* data.object.object: "charge", "refund" ... */
        const char *object_id;

        /* True for the three types that act inside the hook's transaction; all others are
         * stored, and the worker fetches the object's present state (ids below). */
        bool acts_inline;

        /* The gateway says in this very event that the money is there: payment_status
         * "paid" of a session in payment mode, or a succeeded intent. */
        bool paid;
        const char *attempt_key;  /* metadata.attempt */
        const char *order_number; /* client_reference_id, else metadata.order */
        bool has_amount;
        int64_t amount_minor; /* amount_total of a session, amount_received of an intent */
        const char *currency; /* upper case */
        const char *email;    /* customer_details.email, else receipt_email */

        const char *session_ref;  /* cs_... */
        const char *payment_ref;  /* pi_... */
        const char *charge_ref;   /* ch_..., py_... */
        const char *customer_ref; /* cus_... */
};

/* At most 256 KiB, depth 32, no key twice, an id and a type.  False with a few words in
 * *ERROR otherwise: answer 400. */
bool events_read(struct pool *pool, const void *body, size_t len, struct gateway_event *event,
                 const char **error);

/* The same from an event inside an answer (GET /v1/events). */
bool events_from_object(struct pool *pool, const struct json_t *object, struct gateway_event *event,
                        const char **error);

#endif
