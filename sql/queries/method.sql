-- The customer's saved methods (the portal).

-- name: methods_mine :many
-- row method_row: id bigint, kind text, brand text, last_four text, wallet text, exp_month integer?, exp_year integer?, is_default bool, is_backup bool, expired bool, renewed bool, needed bool
SELECT m.id, m.kind, m.brand, m.last_four, m.wallet, m.exp_month, m.exp_year, m.is_default, m.is_backup,
       coalesce(app_now() >= make_date(m.exp_year, m.exp_month, 1) + interval '1 month', false) AS expired,
       coalesce(m.renewed_at > app_now() - interval '60 days', false) AS renewed, method_needed(m.id) AS needed
FROM payment_methods m WHERE m.detached_at IS NULL ORDER BY m.is_default DESC, m.is_backup DESC, m.added_at DESC, m.id DESC LIMIT 50;

-- What is charged next of each agreement, and what is overdue.
-- name: charges_ahead :many
-- row charge_ahead_row: due_id bigint, number text, title text, amount_minor bigint, currency text, due_on date, overdue bool
SELECT DISTINCT ON (g.id) d.id AS due_id, o.number, d.title, d.amount_minor - d.paid_minor AS amount_minor, d.currency, d.due_on,
       d.due_on <= today_in(g.zone) AS overdue
FROM agreements g JOIN dues d ON d.agreement_id = g.id AND d.status = 'open' JOIN orders o ON o.id = g.order_id
WHERE g.status = 'live' ORDER BY g.id, d.due_on, d.id;

-- What was charged because the customer chose or added a method: of the last quarter of an hour.
-- name: charges_now :many
-- row charge_now_row: title text, amount_minor bigint, currency text, status text, kind text, brand text, last_four text, action_url text?
SELECT d.title, a.amount_minor, a.currency, a.status, coalesce(m.kind, '') AS kind, coalesce(m.brand, '') AS brand, coalesce(m.last_four, '') AS last_four,
       CASE WHEN a.status = 'requires_action' THEN a.session_url END AS action_url
FROM attempts a JOIN dues d ON d.id = a.due_id LEFT JOIN payment_methods m ON m.id = a.payment_method_id
WHERE a.kind = 'off_session' AND a.on_session AND a.created_at > app_now() - interval '15 minutes'
  AND a.status <> 'cancelled' ORDER BY a.id DESC LIMIT 20;

-- A visit to the gateway's page, by its form.
-- name: setup_visit :maybe
-- param: nonce text
-- row setup_visit_row: id bigint, status text, kind text, brand text, last_four text
SELECT s.id, s.status, coalesce(m.kind, '') AS kind, coalesce(m.brand, '') AS brand, coalesce(m.last_four, '') AS last_four
FROM method_setups s LEFT JOIN payment_methods m ON m.id = s.method_id WHERE s.form_nonce = $1;

-- name: setup_begin :maybe
-- param: nonce text
-- param: key text
-- row setup_begun_row: key text, email text, gateway_customer text?, currency text, session_url text?, done bool
SELECT key, email, gateway_customer, currency, session_url, done FROM setup_begin($1, $2);

-- name: setup_opened :exec
-- param: key text
-- param: session_ref text
-- param: session_url text
SELECT setup_opened($1, $2, $3);

-- name: setup_watch :one
-- param: setup_id bigint
-- row setup_watch_row: watching bool
SELECT setup_watch($1) AS watching;

-- name: method_change :one
-- param: method_id bigint
-- param: what text
-- row method_change_row: answer text, charged integer
SELECT answer, charged FROM method_change($1, $2);
