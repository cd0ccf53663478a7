-- The demo's history as the gateway has it, for latchkey-sandbox --import: derived from the
-- rows that sql/demo.sql made, whose attempts have keys that begin with "demo-".

-- What stands in the way of loading, and whether it was loaded before.
-- name: demo_state :one
-- row demo_state_row: orders bigint, loaded bool, customers bigint
SELECT (SELECT count(*) FROM orders) AS orders, EXISTS (SELECT FROM audit WHERE action = 'demo.loaded') AS loaded,
       (SELECT count(*) FROM customers) AS customers;

-- name: demo_set :exec
-- param: name text
-- param: value text
SELECT set_config($1, $2, false);

-- name: demo_customer :maybe
-- row demo_customer_row: email text
SELECT c.email FROM customers c JOIN orders o ON o.customer_id = c.id JOIN attempts a ON a.order_id = o.id AND a.key LIKE 'demo-%'
     JOIN credentials k ON k.customer_id = c.id ORDER BY c.id LIMIT 1;

-- The owner, able to log in: password and second factor are set.
-- name: demo_owner :exec
-- param: email text
-- param: name text
-- param: password_hash text
-- param: totp bytea
INSERT INTO staff AS s (email, email_fold, name, role, password_hash, totp_secret, created_at)
VALUES ($1, $1, $2, 'owner', $3, $4, app_now())
ON CONFLICT (email_fold) DO UPDATE
SET role = 'owner', password_hash = excluded.password_hash, totp_secret = excluded.totp_secret, disabled_at = NULL;

-- Objects of the orders after AFTER, at most MOST orders at a time, one JSON line each.
-- name: demo_objects :many
-- param: after bigint
-- param: most integer
-- row demo_object_row: order_id bigint, line text
WITH sales AS MATERIALIZED (
        SELECT o.id, o.number, o.customer_id, o.email, c.name, c.created_at AS since, o.country, lower(o.currency) AS currency, a.amount_minor AS amount,
               a.kind, a.created_at, a.created_at + interval '23 hours' AS expires_at, a.key, a.status AS attempt, a.session_ref, a.session_url, a.gateway_ref AS intent,
               coalesce(p.charge_ref, w.charge) AS charge, a.status = 'failed' AS failed, a.decline_code, a.advice_code,
               coalesce(p.received_at, a.sent_at) AS charged_at, w.brand, w.last_four, p.fee_minor AS fee, p.refunded_minor AS refunded,
               coalesce(p.statement_text, current_setting('demo.statement')) AS statement, d.id IS NOT NULL AS disputed,
               'cus_demo' || substr(md5('customer ' || o.email), 1, 14) AS customer, coalesce(m.ref, 'pm_demo' || substr(md5(a.key), 1, 18)) AS method,
               'txn_demo' || substr(md5(a.key), 1, 18) AS txn, u.title,
               jsonb_build_object('attempt', a.key, 'order', o.number) AS metadata,
               jsonb_build_object('address', jsonb_build_object('country', o.country), 'email', o.email, 'name', c.name) AS billing,
               jsonb_build_object('brand', w.brand, 'checks', jsonb_build_object('address_line1_check', NULL, 'address_postal_code_check', NULL, 'cvc_check', 'pass'),
                       'country', 'US', 'exp_month', coalesce(m.exp_month, 1 + o.customer_id % 12), 'exp_year', coalesce(m.exp_year, extract(year FROM app_now())::integer + 1 + o.customer_id % 4),
                       'fingerprint', substr(md5('card ' || o.email), 1, 16), 'funding', 'credit', 'last4', w.last_four, 'wallet', NULL) AS card
        FROM orders o JOIN customers c ON c.id = o.customer_id
             JOIN attempts a ON a.order_id = o.id AND (a.key LIKE 'demo-%' OR a.gateway_ref LIKE 'pi_demo%' OR a.session_ref LIKE 'cs_test_demo%')
             JOIN dues u ON u.id = a.due_id
             LEFT JOIN payments p ON p.attempt_id = a.id LEFT JOIN disputes d ON d.payment_id = p.id AND d.gateway_ref LIKE 'du_demo%'
             LEFT JOIN payment_methods m ON m.id = a.payment_method_id OR (a.kind = 'checkout' AND m.ref = 'pm_demo' || substr(md5(a.key), 1, 18))
             CROSS JOIN LATERAL (SELECT coalesce(p.brand, m.brand) AS brand, coalesce(p.last_four, m.last_four) AS last_four,
                                        CASE a.status WHEN 'failed' THEN 'ch_demo' || substr(md5(a.key), 1, 20) END AS charge) w
        WHERE o.id > $1 AND o.id <= (SELECT max(id) FROM (SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT $2) next)),
objects AS (
        SELECT id, 1 AS n, customer AS ref, 'customer' AS type, since AS at, NULL::text AS customer,
               jsonb_build_object('email', email, 'name', name, 'address', jsonb_build_object('city', NULL, 'country', country, 'line1', NULL, 'line2', NULL, 'postal_code', NULL, 'state', NULL)) AS body,
               NULL::jsonb AS inner_body
        FROM sales WHERE charge IS NOT NULL AND kind = 'checkout'
        UNION ALL
        SELECT id, 2, method, 'payment_method', charged_at, customer,
               jsonb_build_object('type', 'card', 'billing_details', billing, 'card', card || jsonb_build_object('display_brand', brand, 'generated_from', NULL,
                       'networks', jsonb_build_object('available', jsonb_build_array(brand), 'preferred', NULL), 'regulated_status', NULL,
                       'three_d_secure_usage', jsonb_build_object('supported', true))),
               jsonb_build_object('card', CASE last_four WHEN '9979' THEN 'pm_card_visa_chargeDeclinedStolenCard' WHEN '0069' THEN 'pm_card_chargeDeclinedExpiredCard'
                                                         WHEN '0051' THEN 'pm_card_chargeDeclinedDoNotHonor' WHEN '3184' THEN 'pm_card_authenticationRequired'
                                                         ELSE 'pm_card_' || brand END)
        FROM sales WHERE charge IS NOT NULL AND kind = 'checkout'
        UNION ALL
        SELECT id, 3, txn, 'balance_transaction', charged_at, NULL,
               jsonb_build_object('amount', amount, 'available_on', extract(epoch FROM charged_at)::bigint, 'currency', currency, 'description', title || ', order ' || number,
                       'fee', fee, 'fee_details', jsonb_build_array(jsonb_build_object('amount', fee, 'application', NULL, 'currency', currency, 'description', 'Processing fees', 'type', 'stripe_fee')),
                       'net', amount - fee, 'reporting_category', 'charge', 'source', charge, 'type', 'charge', 'status', 'available'), NULL
        FROM sales WHERE charge IS NOT NULL AND NOT failed
        UNION ALL
        SELECT id, 4, charge, 'charge', charged_at, customer,
               jsonb_build_object('amount', amount, 'amount_captured', amount, 'amount_refunded', refunded, 'balance_transaction', txn, 'billing_details', billing,
                       'calculated_statement_descriptor', statement, 'captured', true, 'currency', currency, 'description', title || ', order ' || number,
                       'disputed', disputed, 'metadata', metadata, 'paid', true, 'payment_intent', intent, 'payment_method', method,
                       'payment_method_details', jsonb_build_object('type', 'card', 'card', card || jsonb_build_object('amount_authorized', amount, 'authorization_code', NULL,
                               'extended_authorization', jsonb_build_object('status', 'disabled'), 'incremental_authorization', jsonb_build_object('status', 'unavailable'),
                               'installments', NULL, 'mandate', NULL, 'multicapture', jsonb_build_object('status', 'unavailable'), 'network', brand,
                               'network_token', jsonb_build_object('used', false), 'network_transaction_id', NULL, 'overcapture', jsonb_build_object('maximum_amount_capturable', amount, 'status', 'unavailable'),
                               'regulated_status', NULL, 'three_d_secure', NULL, 'transaction_link_id', NULL)),
                       'outcome', jsonb_build_object('advice_code', NULL, 'network_advice_code', NULL, 'network_decline_code', NULL, 'network_status', 'approved_by_network', 'reason', NULL, 'risk_level', 'normal', 'seller_message', 'Payment complete.', 'type', 'authorized'),
                       'refunded', refunded = amount, 'status', 'succeeded')
               -- What a refused charge lacks.
               || CASE WHEN failed THEN jsonb_build_object('amount_captured', 0, 'amount_refunded', 0, 'balance_transaction', NULL, 'captured', false, 'paid', false, 'refunded', false,
                               'status', 'failed', 'failure_code', 'card_declined', 'failure_message', 'Your card was declined.',
                               'outcome', jsonb_build_object('advice_code', advice_code, 'network_advice_code', NULL, 'network_decline_code', NULL, 'network_status', 'declined_by_network',
                                       'reason', decline_code, 'risk_level', 'normal', 'seller_message', 'The bank declined the payment.', 'type', 'issuer_declined')) ELSE '{}' END, NULL
        FROM sales WHERE charge IS NOT NULL
        UNION ALL
        SELECT id, 5, intent, 'payment_intent', charged_at, customer,
               jsonb_build_object('amount', amount, 'amount_received', amount, 'client_secret', intent || '_secret_' || substr(md5('secret ' || key), 1, 24), 'currency', currency,
                       'description', title || ', order ' || number, 'latest_charge', charge, 'metadata', metadata, 'payment_method', method, 'status', 'succeeded')
               || CASE WHEN failed THEN jsonb_build_object('amount_received', 0, 'payment_method', NULL, 'status', 'requires_payment_method',
                               'last_payment_error', jsonb_strip_nulls(jsonb_build_object('advice_code', advice_code, 'charge', charge, 'code', 'card_declined', 'decline_code', decline_code,
                                       'doc_url', 'https://stripe.com/docs/error-codes/card_declined', 'message', 'Your card was declined.', 'type', 'card_error'))) ELSE '{}' END, NULL
        FROM sales WHERE charge IS NOT NULL
        UNION ALL
        SELECT id, 6, session_ref, 'checkout.session', created_at, CASE WHEN charge IS NOT NULL THEN customer END,
               jsonb_build_object('adaptive_pricing', jsonb_build_object('enabled', false), 'amount_subtotal', amount, 'amount_total', amount, 'cancel_url', current_setting('demo.portal') || '/orders/' || number,
                       'client_reference_id', number, 'currency', currency, 'customer_creation', 'if_required',
                       'customer_details', jsonb_build_object('address', CASE WHEN charge IS NOT NULL THEN jsonb_build_object('city', NULL, 'country', country, 'line1', NULL, 'line2', NULL, 'postal_code', NULL, 'state', NULL) END,
                               'business_name', NULL, 'email', email, 'individual_name', NULL, 'name', CASE WHEN charge IS NOT NULL THEN name END, 'phone', NULL, 'tax_exempt', 'none', 'tax_ids', CASE WHEN charge IS NOT NULL THEN '[]'::jsonb END),
                       'customer_email', email, 'expires_at', extract(epoch FROM expires_at)::bigint, 'metadata', metadata, 'mode', 'payment', 'payment_intent', intent,
                       'payment_status', CASE WHEN charge IS NOT NULL THEN 'paid' ELSE 'unpaid' END,
                       'status', CASE WHEN charge IS NOT NULL THEN 'complete' WHEN attempt = 'sent' THEN 'open' ELSE 'expired' END,
                       'success_url', current_setting('demo.portal') || '/welcome?order=' || number,
                       'total_details', jsonb_build_object('amount_discount', 0, 'amount_shipping', 0, 'amount_tax', 0), 'url', session_url),
               jsonb_build_object('intent_data', jsonb_build_object('description', title || ', order ' || number, 'metadata', metadata),
                       'lines', jsonb_build_array(jsonb_build_object('id', 'li_demo' || substr(md5('line ' || key), 1, 20), 'object', 'item', 'amount_discount', 0, 'amount_subtotal', amount, 'amount_tax', 0,
                               'amount_total', amount, 'currency', currency, 'description', title, 'quantity', 1, 'metadata', NULL, 'adjustable_quantity', NULL,
                               'price', jsonb_build_object('id', 'price_demo' || substr(md5('price ' || key), 1, 18), 'object', 'price', 'active', false, 'billing_scheme', 'per_unit',
                                       'created', extract(epoch FROM created_at)::bigint, 'currency', currency, 'custom_unit_amount', NULL, 'livemode', false, 'lookup_key', NULL, 'metadata', '{}'::jsonb,
                                       'nickname', NULL, 'product', 'prod_demo' || substr(md5(title), 1, 12), 'recurring', NULL, 'tax_behavior', 'unspecified', 'tiers_mode', NULL,
                                       'transform_quantity', NULL, 'type', 'one_time', 'unit_amount', amount, 'unit_amount_decimal', amount::text))))
        FROM sales WHERE kind = 'checkout'
        UNION ALL
        SELECT s.id, 7, r.gateway_ref, 'refund', r.created_at, s.customer,
               jsonb_build_object('amount', r.amount_minor, 'balance_transaction', 'txn_demo' || substr(md5(r.gateway_ref), 1, 18), 'charge', s.charge, 'currency', s.currency,
                       'destination_details', jsonb_build_object('type', 'card', 'card', jsonb_build_object('reference', substr(md5('ref ' || r.gateway_ref), 1, 10), 'reference_status', 'available', 'reference_type', 'acquirer_reference_number', 'type', 'refund')),
                       'payment_intent', s.intent, 'reason', r.reason, 'status', 'succeeded'), NULL
        FROM sales s JOIN refunds r ON r.order_id = s.id AND r.gateway_ref LIKE 're_demo%'
        UNION ALL
        SELECT s.id, 8, 'txn_demo' || substr(md5(r.gateway_ref), 1, 18), 'balance_transaction', r.created_at, NULL,
               jsonb_build_object('amount', -r.amount_minor, 'available_on', extract(epoch FROM r.created_at)::bigint, 'currency', s.currency, 'description', 'REFUND FOR CHARGE',
                       'net', -r.amount_minor, 'reporting_category', 'refund', 'source', r.gateway_ref, 'type', 'refund', 'status', 'available'), NULL
        FROM sales s JOIN refunds r ON r.order_id = s.id AND r.gateway_ref LIKE 're_demo%'
        UNION ALL
        SELECT s.id, 9, d.gateway_ref, 'dispute', d.created_at, NULL,
               jsonb_build_object('amount', d.amount_minor, 'charge', s.charge, 'currency', s.currency, 'payment_intent', s.intent, 'reason', d.reason,
                       'status', CASE d.status WHEN 'open' THEN 'needs_response' WHEN 'answered' THEN 'under_review' ELSE d.status END,
                       'evidence_details', jsonb_build_object('due_by', extract(epoch FROM d.due_by)::bigint, 'past_due', d.status <> 'open'),
                       'payment_method_details', jsonb_build_object('type', 'card', 'card', jsonb_build_object('brand', s.brand, 'case_type', 'chargeback', 'network', s.brand, 'network_reason_code', '10.4'))), NULL
        FROM sales s JOIN disputes d ON d.order_id = s.id AND d.gateway_ref LIKE 'du_demo%'
        UNION ALL
        SELECT s.id, 10, 'txn_demo' || substr(md5(m.what || d.gateway_ref), 1, 18), 'balance_transaction', m.at, NULL,
               jsonb_build_object('amount', m.sign * d.amount_minor, 'available_on', extract(epoch FROM m.at)::bigint, 'currency', s.currency, 'description', m.words,
                       'fee', -m.sign * 1500, 'fee_details', jsonb_build_array(jsonb_build_object('amount', -m.sign * 1500, 'application', NULL, 'currency', s.currency, 'description', 'Dispute fee', 'type', 'stripe_fee')),
                       'net', m.sign * (d.amount_minor + 1500), 'reporting_category', m.what, 'source', d.gateway_ref, 'type', 'adjustment', 'status', 'available'), NULL
        FROM sales s JOIN disputes d ON d.order_id = s.id AND d.gateway_ref LIKE 'du_demo%'
             CROSS JOIN LATERAL (VALUES ('dispute', -1, 'Chargeback withdrawal', d.created_at), ('dispute_reversal', 1, 'Chargeback reversal', d.closed_at)) m(what, sign, words, at)
        WHERE m.what = 'dispute' OR d.status = 'won')
SELECT id AS order_id, (jsonb_build_object('id', ref, 'type', type, 'created', extract(epoch FROM at)::bigint, 'body', body)
       || CASE WHEN customer IS NOT NULL THEN jsonb_build_object('customer', customer) ELSE '{}' END
       || CASE WHEN inner_body IS NOT NULL THEN jsonb_build_object('inner', inner_body) ELSE '{}' END)::text AS line
FROM objects ORDER BY id, n, type;
