-- S0.9: the gateway's lists (gateway/listing) against payments, refunds, disputes and access,
-- in both directions.  The lists are JSON: payments [{ref, attempt, amount, currency, status}],
-- refunds and disputes [{ref, payment, amount, currency, status}],
-- moves [{ref, source, type, amount, fee, currency}].

-- What we booked between SINCE and UNTIL and the lists lack: to be asked for one by one.
-- name: reconcile_unseen :many
-- param: account_id bigint
-- param: since timestamptz
-- param: until timestamptz
-- param: payments text
-- param: refunds text
-- param: disputes text
-- row reconcile_unseen_row: kind text, ref text
SELECT 'payment' AS kind, p.gateway_ref AS ref FROM payments p
WHERE p.account_id = $1 AND p.received_at >= $2 AND p.booked_at < $3
  AND NOT EXISTS (SELECT FROM jsonb_to_recordset($4::jsonb) AS g(ref text) WHERE g.ref = p.gateway_ref)
UNION ALL
SELECT 'refund', r.gateway_ref FROM refunds r
WHERE r.account_id = $1 AND r.status = 'succeeded' AND r.gateway_ref IS NOT NULL AND r.settled_at >= $2 AND r.settled_at < $3
  AND NOT EXISTS (SELECT FROM jsonb_to_recordset($5::jsonb) AS g(ref text) WHERE g.ref = r.gateway_ref)
UNION ALL
SELECT 'dispute', d.gateway_ref FROM disputes d
WHERE d.account_id = $1 AND d.created_at >= $2 AND d.created_at < $3
  AND NOT EXISTS (SELECT FROM jsonb_to_recordset($6::jsonb) AS g(ref text) WHERE g.ref = d.gateway_ref)
LIMIT 1000;

-- name: reconcile_differences :many
-- param: account_id bigint
-- param: since timestamptz
-- param: until timestamptz
-- param: payments text
-- param: refunds text
-- param: disputes text
-- row difference_row: kind text, order_number text?, expected text?, found text?
WITH gp AS MATERIALIZED (
        SELECT DISTINCT ON (ref) * FROM jsonb_to_recordset($4::jsonb)
                AS g(ref text, attempt text, amount bigint, currency text, status text)),
     gr AS MATERIALIZED (
        SELECT DISTINCT ON (ref) * FROM jsonb_to_recordset($5::jsonb)
                AS g(ref text, payment text, amount bigint, currency text, status text)),
     gd AS MATERIALIZED (
        SELECT DISTINCT ON (ref) *, CASE status WHEN 'won' THEN 'won' WHEN 'lost' THEN 'lost' WHEN 'under_review' THEN 'answered'
                                    ELSE 'open' END AS state
        FROM jsonb_to_recordset($6::jsonb) AS g(ref text, payment text, amount bigint, currency text, status text)
        WHERE status NOT LIKE 'warning%')
-- The gateway has money that we have not booked.
SELECT 'paid_without_payment' AS kind, o.number AS order_number,
       jsonb_build_object('minor', g.amount, 'currency', g.currency)::text AS expected, 'no payment for ' || g.ref AS found
FROM gp g JOIN attempts a ON a.account_id = $1 AND a.key = g.attempt JOIN orders o ON o.id = a.order_id
WHERE g.status = 'succeeded' AND g.amount = a.amount_minor AND g.currency = a.currency
  AND NOT EXISTS (SELECT FROM payments p WHERE p.account_id = $1 AND p.gateway_ref = g.ref)
UNION ALL
-- Another amount than we asked for: recorded as a mismatch until somebody settles it.
SELECT 'amount_differs', o.number, jsonb_build_object('minor', a.amount_minor, 'currency', a.currency)::text,
       jsonb_build_object('minor', g.amount, 'currency', g.currency)::text
FROM gp g JOIN attempts a ON a.account_id = $1 AND a.key = g.attempt JOIN orders o ON o.id = a.order_id
WHERE g.status = 'succeeded' AND (g.amount <> a.amount_minor OR g.currency <> a.currency)
  AND NOT EXISTS (SELECT FROM payments p WHERE p.account_id = $1 AND p.gateway_ref = g.ref)
  AND NOT EXISTS (SELECT FROM mismatches m WHERE m.account_id = $1 AND m.payment_ref = g.ref AND m.settled_at IS NOT NULL)
UNION ALL
SELECT 'amount_differs', o.number, jsonb_build_object('minor', g.amount, 'currency', g.currency)::text,
       jsonb_build_object('minor', p.amount_minor, 'currency', p.currency)::text
FROM gp g JOIN payments p ON p.account_id = $1 AND p.gateway_ref = g.ref JOIN orders o ON o.id = p.order_id
WHERE g.status = 'succeeded' AND (g.amount <> p.amount_minor OR g.currency <> p.currency)
UNION ALL
-- We booked money that the gateway does not have.
SELECT 'payment_without_charge', o.number, jsonb_build_object('minor', p.amount_minor, 'currency', p.currency)::text,
       p.gateway_ref || ' ' || coalesce(g.status, 'unknown to the gateway')
FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN gp g ON g.ref = p.gateway_ref
WHERE p.account_id = $1 AND p.received_at >= $2 AND p.booked_at < $3 AND (g.ref IS NULL OR g.status <> 'succeeded')
UNION ALL
-- Paid, and a line without its access or an order that does not say so.
SELECT 'paid_without_grant', o.number, 'access for ' || l.title, 'none'
FROM gp g JOIN payments p ON p.account_id = $1 AND p.gateway_ref = g.ref AND p.allocated_minor > 0
     JOIN orders o ON o.id = p.order_id JOIN order_lines l ON l.order_id = o.id
WHERE g.status = 'succeeded'
  AND NOT EXISTS (SELECT FROM dues d WHERE d.order_id = o.id AND d.status = 'open')
  AND (o.status NOT IN ('paid', 'refunded') OR NOT EXISTS (SELECT FROM access a WHERE a.order_line_id = l.id))
UNION ALL
-- Open because of a payment that is not there.
SELECT 'grant_without_payment', o.number, 'a payment that the gateway confirms', coalesce(p.gateway_ref, 'none')
FROM access a JOIN orders o ON o.id = a.order_id
     LEFT JOIN payments p ON p.id = a.payment_id AND p.order_id = a.order_id AND p.allocated_minor > 0
     LEFT JOIN gp g ON g.ref = p.gateway_ref
WHERE a.reason = 'payment' AND a.status <> 'ended' AND a.granted_at >= $2 AND a.granted_at < $3
  AND (p.id IS NULL OR (p.account_id = $1 AND p.received_at >= $2 AND (g.ref IS NULL OR g.status <> 'succeeded')))
UNION ALL
-- Money that went back.
SELECT 'refund_missing', o.number, jsonb_build_object('minor', g.amount, 'currency', g.currency)::text,
       g.ref || ' ' || coalesce(r.status, 'not booked')
FROM gr g JOIN payments p ON p.account_id = $1 AND p.gateway_ref = g.payment JOIN orders o ON o.id = p.order_id
     LEFT JOIN refunds r ON r.account_id = $1 AND r.gateway_ref = g.ref
WHERE g.status = 'succeeded' AND (r.id IS NULL OR r.status <> 'succeeded')
UNION ALL
SELECT 'refund_differs', o.number, jsonb_build_object('minor', g.amount, 'currency', g.currency)::text,
       jsonb_build_object('minor', r.amount_minor, 'currency', r.currency)::text
FROM gr g JOIN refunds r ON r.account_id = $1 AND r.gateway_ref = g.ref JOIN orders o ON o.id = r.order_id
WHERE g.amount <> r.amount_minor OR g.currency <> r.currency OR NOT EXISTS
      (SELECT FROM payments p WHERE p.id = r.payment_id AND p.gateway_ref = g.payment)
UNION ALL
SELECT 'refund_not_at_gateway', o.number, jsonb_build_object('minor', r.amount_minor, 'currency', r.currency)::text,
       r.gateway_ref || ' ' || coalesce(g.status, 'unknown to the gateway')
FROM refunds r JOIN orders o ON o.id = r.order_id LEFT JOIN gr g ON g.ref = r.gateway_ref
WHERE r.account_id = $1 AND r.status = 'succeeded' AND r.gateway_ref IS NOT NULL AND r.settled_at >= $2 AND r.settled_at < $3
  AND (g.ref IS NULL OR g.status <> 'succeeded')
UNION ALL
-- Disputes.
SELECT 'dispute_missing', o.number, g.ref || ' ' || g.status, 'none'
FROM gd g JOIN payments p ON p.account_id = $1 AND p.gateway_ref = g.payment JOIN orders o ON o.id = p.order_id
WHERE NOT EXISTS (SELECT FROM disputes d WHERE d.account_id = $1 AND d.gateway_ref = g.ref)
UNION ALL
SELECT 'dispute_differs', o.number, g.ref || ' ' || g.state || ' ' || g.amount || ' ' || g.currency,
       d.status || ' ' || d.amount_minor || ' ' || d.currency
FROM gd g JOIN disputes d ON d.account_id = $1 AND d.gateway_ref = g.ref JOIN orders o ON o.id = d.order_id
WHERE (g.state, g.amount, g.currency) IS DISTINCT FROM (d.status, d.amount_minor, d.currency)
UNION ALL
SELECT 'dispute_not_at_gateway', o.number, d.gateway_ref, 'unknown to the gateway'
FROM disputes d JOIN orders o ON o.id = d.order_id
WHERE d.account_id = $1 AND d.created_at >= $2 AND d.created_at < $3
  AND NOT EXISTS (SELECT FROM gd g WHERE g.ref = d.gateway_ref)
ORDER BY 1, 2;

-- The gateway's account against the ledger account gateway:stripe: each charge, fee, refund
-- and dispute, and their sum by currency.  What the gateway converted into another currency
-- is compared by its fee alone; what it charges for a dispute is not in the books.
-- name: reconcile_moves :many
-- param: account_id bigint
-- param: since timestamptz
-- param: until timestamptz
-- param: moves text
-- row difference_row
WITH m AS MATERIALIZED (
        SELECT source, min(currency) AS currency, sum(amount)::bigint AS amount, sum(fee)::bigint AS fee
        FROM jsonb_to_recordset($4::jsonb) AS g(source text, amount bigint, fee bigint, currency text)
        WHERE source IS NOT NULL GROUP BY source),
     books AS MATERIALIZED (
        SELECT split_part(entry, ':', 1) AS what, split_part(entry, ':', 2)::bigint AS id, currency,
               sum(CASE WHEN debit = 'gateway:stripe' THEN amount_minor ELSE -amount_minor END)::bigint AS amount
        FROM ledger WHERE 'gateway:stripe' IN (debit, credit)
        GROUP BY 1, 2, 3),
     ours AS MATERIALIZED (
        SELECT 'charge' AS what, p.charge_ref AS ref, o.number, p.currency, b.amount, f.currency AS fee_currency, -coalesce(f.amount, 0) AS fee
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN books b ON b.what = 'payment' AND b.id = p.id AND b.currency = p.currency
             LEFT JOIN books f ON f.what = 'fee' AND f.id = p.id
        WHERE p.account_id = $1 AND p.charge_ref IS NOT NULL AND p.fee_minor IS NOT NULL AND p.received_at >= $2 AND p.booked_at < $3
        UNION ALL
        SELECT 'refund', r.gateway_ref, o.number, r.currency, sum(b.amount)::bigint, NULL, 0
        FROM refunds r JOIN orders o ON o.id = r.order_id
             LEFT JOIN books b ON b.what IN ('refund', 'refund-failed') AND b.id = r.id
        WHERE r.account_id = $1 AND r.gateway_ref IS NOT NULL AND r.settled_at >= $2 AND r.settled_at < $3
        GROUP BY r.id, o.number
        UNION ALL
        SELECT 'dispute', d.gateway_ref, o.number, d.currency, sum(b.amount)::bigint, NULL, 0
        FROM disputes d JOIN orders o ON o.id = d.order_id
             LEFT JOIN books b ON b.what IN ('dispute', 'dispute-won') AND b.id = d.id
        WHERE d.account_id = $1 AND d.created_at >= $2 AND d.created_at < $3
        GROUP BY d.id, o.number),
     both_sides AS (
        SELECT u.*, m.source, m.currency AS their_currency, m.amount AS their_amount, m.fee AS their_fee
        FROM ours u LEFT JOIN m ON m.source = u.ref)
SELECT what || '_not_at_gateway' AS kind, number AS order_number,
       jsonb_build_object('minor', coalesce(amount, 0), 'currency', currency)::text AS expected, 'no movement of ' || ref AS found
FROM both_sides WHERE source IS NULL
UNION ALL
SELECT what || '_not_as_in_ledger', number, jsonb_build_object('minor', their_amount, 'currency', their_currency)::text,
       jsonb_build_object('minor', coalesce(amount, 0), 'currency', currency)::text
FROM both_sides WHERE source IS NOT NULL AND their_currency = currency AND their_amount <> coalesce(amount, 0)
UNION ALL
SELECT 'fee_not_as_in_ledger', number, jsonb_build_object('minor', their_fee, 'currency', their_currency)::text,
       jsonb_build_object('minor', fee, 'currency', coalesce(fee_currency, their_currency))::text
FROM both_sides WHERE what = 'charge' AND source IS NOT NULL AND (their_fee <> fee OR fee_currency <> their_currency)
UNION ALL
SELECT 'sum_not_as_in_ledger', NULL, jsonb_build_object('minor', sum(their_amount), 'currency', currency)::text,
       jsonb_build_object('minor', sum(coalesce(amount, 0)), 'currency', currency)::text
FROM both_sides WHERE source IS NOT NULL AND their_currency = currency
GROUP BY currency HAVING sum(their_amount) <> sum(coalesce(amount, 0))
ORDER BY 1, 2;

-- name: reconcile_account :maybe
-- param: name text
-- row reconcile_account_row: id bigint
SELECT id FROM accounts WHERE name = $1;
