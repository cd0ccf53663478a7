-- Charging saved methods, and what the gateway says of them (the worker).

-- name: charge_take :one
-- param: attempt_id bigint
-- row charge_row: state text, key text, amount_minor bigint, currency text, method_ref text?, gateway_customer text?, order_number text, title text, on_session bool
SELECT state, key, amount_minor, currency, method_ref, gateway_customer, order_number, title, on_session FROM charge_take($1);

-- An attempt that was sent; the key is good for another post while it is not TOO_OLD.
-- name: charge_sent :maybe
-- param: attempt_id bigint
-- row charge_sent_row: state text, key text, amount_minor bigint, currency text, method_ref text?, gateway_customer text?, order_number text, title text, on_session bool, gateway_ref text?, sent_at timestamptz, too_old bool, given_up bool
SELECT a.status AS state, a.key, a.amount_minor, a.currency, m.ref AS method_ref, m.gateway_customer, o.number AS order_number, d.title,
       a.on_session, a.gateway_ref, a.sent_at, a.sent_at < app_now() - interval '23 hours' AS too_old, a.sent_at < app_now() - interval '1 hour' AS given_up
FROM attempts a JOIN dues d ON d.id = a.due_id JOIN orders o ON o.id = a.order_id LEFT JOIN payment_methods m ON m.id = a.payment_method_id
WHERE a.id = $1 AND a.live AND a.kind = 'off_session' AND a.status <> 'created';

-- name: charge_result :exec
-- param: attempt_id bigint
-- param: status text
-- param: ref text?
-- param: url text?
-- param: error text?
-- param: decline text?
-- param: advice text?
SELECT charge_result($1, $2, $3, $4, $5, $6, $7);

-- name: dues_scan :one
-- row scan_row: n bigint
SELECT dues_scan()::bigint AS n;

-- name: cards_expiring :one
-- row scan_row
SELECT cards_expiring()::bigint AS n;

-- The payment of an agreement that was made last on the gateway's page: the one that began it, or one that
-- settled what had failed.
-- name: agreement_payment :maybe
-- param: agreement_id bigint
-- row agreement_payment_row: payment_ref text
SELECT p.gateway_ref AS payment_ref FROM agreements g JOIN payments p ON p.order_id = g.order_id JOIN attempts t ON t.id = p.attempt_id
WHERE g.id = $1 AND t.kind = 'checkout' ORDER BY p.id DESC LIMIT 1;

-- name: agreement_method :one
-- param: agreement_id bigint
-- param: account_id bigint
-- param: ref text
-- param: gateway_customer text
-- param: kind text
-- param: brand text?
-- param: last_four text?
-- param: wallet text?
-- param: exp_month integer?
-- param: exp_year integer?
-- row saved_row: saved bool
SELECT agreement_method($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS saved;

-- name: setup_done :one
-- param: key text
-- param: account_id bigint
-- param: ref text
-- param: gateway_customer text
-- param: kind text
-- param: brand text?
-- param: last_four text?
-- param: wallet text?
-- param: exp_month integer?
-- param: exp_year integer?
-- row saved_row
SELECT setup_done($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS saved;

-- name: method_apply :one
-- param: account_id bigint
-- param: ref text
-- param: gateway_customer text
-- param: kind text
-- param: brand text?
-- param: last_four text?
-- param: wallet text?
-- param: exp_month integer?
-- param: exp_year integer?
-- param: renewed bool
-- row saved_row
SELECT method_apply($1, NULL, $2, $3, $4, $5, $6, $7, $8, $9, $10) IS NOT NULL AS saved;

-- name: method_gone :one
-- param: account_id bigint
-- param: ref text
-- row saved_row
SELECT method_gone($1, $2) AS saved;

-- name: method_prefer :exec
-- param: account_id bigint
-- param: gateway_customer text
-- param: ref text
SELECT method_prefer($1, $2, $3);

-- name: method_to_detach :maybe
-- param: method_id bigint
-- row method_ref_row: ref text
SELECT ref FROM payment_methods WHERE id = $1 AND detached_at IS NOT NULL;

-- name: setup_by_id :maybe
-- param: setup_id bigint
-- row setup_ref_row: session_ref text
SELECT session_ref FROM method_setups WHERE id = $1 AND status = 'open' AND session_ref IS NOT NULL;
