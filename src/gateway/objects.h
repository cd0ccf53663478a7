/* objects: what the gateway's API answers, as plain values (version STRIPE_API_VERSION).
 *
 * Each reader returns false when the object is not of its kind or has no id, then *OUT is
 * zeroed.  Fields that are absent are NULL, 0 or false.  Amounts are minor units, currencies
 * upper case, times seconds since 1970.  Strings belong to the pool.  What to expand when
 * asking stands at each struct; unexpanded parts still give their ids. */
#ifndef LATCHKEY_GATEWAY_OBJECTS_H
#define LATCHKEY_GATEWAY_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

struct json_t;

/* A charge; expand[]=balance_transaction for fee and net. */
struct gateway_charge {
        const char *id, *status; /* succeeded, pending, failed */
        const char *payment_ref, *customer_ref;
        int64_t created;
        bool paid, captured, disputed;
        int64_t amount_minor, refunded_minor;
        const char *currency;
        const char *kind;           /* card, sepa_debit, ... */
        const char *brand, *last4;  /* of a card, a bank's name for a debit */
        const char *wallet;         /* apple_pay, google_pay, link, or NULL */
        const char *statement_text; /* calculated by the gateway, else what was asked for */
        const char *email, *name;   /* billing_details */
        const char *failure_code;
        const char *balance_ref;      /* txn_... */
        bool has_fee;                 /* the balance transaction was expanded */
        int64_t fee_minor, net_minor; /* in fee_currency, the account's */
        const char *fee_currency;
        bool available; /* its status is "available" */
        int64_t available_at;
};

/* A payment intent; expand[]=latest_charge.balance_transaction. */
struct gateway_payment {
        const char *id;
        const char *status; /* requires_payment_method ... succeeded, canceled */
        int64_t created;
        int64_t amount_minor, received_minor;
        const char *currency;
        const char *customer_ref, *method_ref;
        const char *attempt_key, *order_number; /* metadata.attempt, metadata.order */
        const char *charge_ref;
        bool has_charge; /* it was expanded: CHARGE is filled */
        struct gateway_charge charge;
        const char *error_code, *decline_code, *advice_code; /* last_payment_error */
        const char *action_url; /* requires_action: where the customer answers their bank, or NULL */
};

struct gateway_session {
        const char *id;
        const char *mode, *status;  /* payment or setup; open, complete, expired */
        const char *payment_status; /* paid, unpaid, no_payment_required */
        const char *payment_ref, *setup_ref, *customer_ref;
        const char *attempt_key, *order_number;
        const char *url;          /* while it is open */
        const char *email, *name; /* customer_details */
        int64_t created, expires_at;
        int64_t amount_minor; /* amount_total */
        const char *currency;
};

struct gateway_refund {
        const char *id, *status; /* pending, requires_action, succeeded, failed, canceled */
        int64_t created, amount_minor;
        const char *currency, *reason, *failure_reason;
        const char *payment_ref, *charge_ref;
        const char *refund_key; /* metadata.refund: our own name of it, or NULL */
};

struct gateway_dispute {
        const char *id, *status; /* warning_needs_response ... won, lost */
        int64_t created, amount_minor;
        const char *currency, *reason;
        const char *payment_ref, *charge_ref;
        int64_t due_by; /* evidence is due; 0 when none is wanted */
        bool has_evidence, past_due;
};

struct gateway_method {
        const char *id, *customer_ref;
        const char *kind, *brand, *last4, *wallet;
        int64_t exp_month, exp_year; /* of a card, else 0 */
};

struct gateway_setup {
        const char *id, *status, *customer_ref, *method_ref;
        const char *error_code, *decline_code; /* last_setup_error */
};

bool objects_charge(struct pool *pool, const struct json_t *object, struct gateway_charge *out);
bool objects_payment(struct pool *pool, const struct json_t *object, struct gateway_payment *out);
bool objects_session(struct pool *pool, const struct json_t *object, struct gateway_session *out);
bool objects_refund(struct pool *pool, const struct json_t *object, struct gateway_refund *out);
bool objects_dispute(struct pool *pool, const struct json_t *object, struct gateway_dispute *out);
bool objects_method(struct pool *pool, const struct json_t *object, struct gateway_method *out);
bool objects_setup(struct pool *pool, const struct json_t *object, struct gateway_setup *out);

/* The method that a customer object names as its default, or NULL. */
const char *objects_default_method(struct pool *pool, const struct json_t *object);

/* The text at metadata.NAME of any object, or NULL. */
const char *objects_metadata(struct pool *pool, const struct json_t *object, const char *name);

/* A page of a list.  Item i by objects_item(); the last one's id is the starting_after of
 * the next page while MORE is true. */
struct gateway_list {
        size_t n;
        bool more;
        const char *last_ref;
};
bool objects_list(struct pool *pool, const struct json_t *object, struct gateway_list *out);
const struct json_t *objects_item(const struct json_t *object, size_t i);

#endif
