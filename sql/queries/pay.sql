-- The page that resolves a failed payment, by a mail's link or by login.

-- name: pay_page :maybe
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- row pay_row: state text, order_number text?, seq integer?, title text?, amount_minor bigint?, rest_minor bigint?, currency text?, due_on date?, status text?, customer_name text?, locale text?, zone text?, class text?, failures integer?, next_at timestamptz?, until_on date?, method_kind text?, brand text?, last_four text?, live_kind text?, live_status text?, live_url text?, live_at timestamptz?, promised_on date?, promises integer?, reference text?, paid_at timestamptz?, paid_kind text?, paid_brand text?, paid_last_four text?, access_status text?, today_on date?, case_number text?
SELECT state, order_number, seq, title, amount_minor, rest_minor, currency, due_on, status, customer_name, locale, zone, class, failures, next_at,
       until_on, method_kind, brand, last_four, live_kind, live_status, live_url, live_at, promised_on, promises, reference, paid_at, paid_kind,
       paid_brand, paid_last_four, access_status, today_on, case_number
FROM pay_page($1, $2, $3);

-- name: pay_watch :exec
-- param: link bytea?
-- param: number text?
-- param: seq integer?
SELECT pay_watch($1, $2, $3);

-- name: pay_now :one
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- row pay_answer_row: result text
SELECT pay_now($1, $2, $3) AS result;

-- name: pay_hosted :one
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- row pay_hosted_row: result text, key text?, url text?, title text?, amount_minor bigint?, currency text?, order_number text?, email text?, gateway_customer text?, expires_at timestamptz?
SELECT result, key, url, title, amount_minor, currency, order_number, email, gateway_customer, expires_at FROM pay_hosted($1, $2, $3);

-- name: pay_open :maybe
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- row pay_open_row: what text, ref text, key text
SELECT what, ref, key FROM pay_open($1, $2, $3);

-- name: pay_called_off :exec
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- param: key text
SELECT pay_called_off($1, $2, $3, $4);

-- name: pay_transfer :one
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- param: days integer
-- row pay_answer_row
SELECT pay_transfer($1, $2, $3, $4) AS result;

-- name: pay_promise :one
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- param: promised_on date
-- param: days integer
-- param: most integer
-- row pay_answer_row
SELECT pay_promise($1, $2, $3, $4, $5, $6) AS result;

-- name: pay_ask :one
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- param: about text
-- param: nonce text
-- param: body text
-- param: most integer
-- row pay_asked_row: result text, ticket_number text?
SELECT result, ticket_number FROM pay_ask($1, $2, $3, $4, $5, $6, $7);

-- What is owed and what was paid lately, for whoever is logged in: overdue first.
-- name: payments_mine :many
-- row payment_due_row: order_number text, seq integer, title text, rest_minor bigint, currency text, due_on date, status text, late bool, failing bool, promised_on date?
SELECT o.number AS order_number, d.seq, d.title, CASE d.status WHEN 'paid' THEN d.amount_minor ELSE d.amount_minor - d.paid_minor END AS rest_minor,
       d.currency, d.due_on, d.status, d.status = 'open' AND d.due_on < (app_now() AT TIME ZONE g.zone)::date AS late,
       EXISTS (SELECT FROM cases k WHERE k.due_id = d.id AND k.status IN ('open', 'waiting')) AS failing,
       (SELECT p.promised_on FROM promises p WHERE p.due_id = d.id AND p.status = 'open') AS promised_on
FROM dues d JOIN orders o ON o.id = d.order_id
     -- The first payment belongs to its agreement once it has come; of an order that was to be paid at once it is asked for here as well.
     JOIN agreements g ON g.id = d.agreement_id
          OR (d.agreement_id IS NULL AND o.status = 'open' AND g.order_id = o.id AND EXISTS (SELECT FROM agreement_versions v WHERE v.agreement_id = g.id AND v.version = 1 AND v.terms ? 'offer'))
WHERE d.status IN ('open', 'paid') AND g.status <> 'cancelled' ORDER BY d.status <> 'open', CASE d.status WHEN 'open' THEN d.due_on END, d.due_on DESC, d.id LIMIT 60;
