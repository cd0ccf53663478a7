-- Payments, refunds and disputes as the gateway shows them now.

-- name: attempt_by_id :maybe
-- param: id bigint
-- row attempt_row: id bigint, account_id bigint, key text, status text, live bool, session_ref text?, gateway_ref text?, order_status text, kind text, too_old bool
SELECT a.id, a.account_id, a.key, a.status, a.live, a.session_ref, a.gateway_ref, o.status AS order_status, a.kind,
       a.created_at < app_now() - interval '24 hours' AS too_old
FROM attempts a JOIN orders o ON o.id = a.order_id WHERE a.id = $1;

-- name: attempt_asked :exec
-- param: id bigint
UPDATE attempts SET asked_at = app_now(), asked = asked + 1 WHERE id = $1;

-- name: attempt_closed :exec
-- param: id bigint
-- param: status text
-- param: code text?
SELECT attempt_closed($1, $2, $3);

-- name: payment_apply :one
-- param: account_id bigint
-- param: key text?
-- param: payment_ref text
-- param: session_ref text?
-- param: charge_ref text?
-- param: amount_minor bigint
-- param: currency text
-- param: paid_at timestamptz
-- row payment_verdict_row: verdict text
SELECT payment_apply($1, $2, $3, $4, $5, $6, $7, $8) AS verdict;

-- name: payment_to_detail :maybe
-- param: id bigint
-- row payment_to_detail_row: id bigint, gateway_ref text, detailed bool
SELECT id, gateway_ref, detail_at IS NOT NULL AS detailed FROM payments WHERE id = $1;

-- name: payment_detail :exec
-- param: id bigint
-- param: charge_ref text?
-- param: paid_at timestamptz?
-- param: kind text?
-- param: brand text?
-- param: last_four text?
-- param: statement_text text?
-- param: fee_minor bigint?
-- param: fee_currency text?
SELECT payment_detail($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: refund_apply :one
-- param: account_id bigint
-- param: refund_ref text
-- param: payment_ref text
-- param: key text?
-- param: amount_minor bigint
-- param: currency text
-- param: status text
-- param: reason text?
-- param: line_id bigint?
-- row payment_verdict_row: verdict text
SELECT refund_apply($1, $2, $3, $4, $5, $6, $7, $8, $9) AS verdict;

-- name: dispute_apply :one
-- param: account_id bigint
-- param: dispute_ref text
-- param: payment_ref text
-- param: amount_minor bigint
-- param: currency text
-- param: reason text?
-- param: status text
-- param: due_by timestamptz?
-- row payment_verdict_row: verdict text
SELECT dispute_apply($1, $2, $3, $4, $5, $6, $7, $8) AS verdict;

-- name: account_by_name :one
-- param: name text
-- row account_row: id bigint
SELECT id FROM accounts WHERE name = $1;

-- name: attempt_by_key :maybe
-- param: key text
-- row attempt_row: id bigint, account_id bigint, key text, status text, live bool, session_ref text?, gateway_ref text?, order_status text, kind text, too_old bool
SELECT a.id, a.account_id, a.key, a.status, a.live, a.session_ref, a.gateway_ref, o.status AS order_status, a.kind,
       a.created_at < app_now() - interval '24 hours' AS too_old
FROM attempts a JOIN orders o ON o.id = a.order_id WHERE a.key = $1;
