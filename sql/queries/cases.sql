-- Failed payments: what the worker makes of them.

-- The gateway's words of an attempt that failed.
-- name: case_attempt :maybe
-- param: attempt_id bigint
-- row case_attempt_row: id bigint, decline_code text, error_code text, advice_code text
SELECT id, coalesce(decline_code, '') AS decline_code, coalesce(error_code, '') AS error_code, coalesce(advice_code, '') AS advice_code
FROM attempts WHERE id = $1 AND status = 'failed';

-- name: case_classed :one
-- param: attempt_id bigint
-- param: class text
-- param: known bool
-- row case_classed_row: case_id bigint?
SELECT case_classed($1, $2, $3) AS case_id;

-- What the planner of retries has to know of an open case.
-- name: case_facts :maybe
-- param: case_id bigint
-- row case_facts_row: id bigint, due_id bigint, class text, opened_at timestamptz, now_at timestamptz, zone text, method_id bigint?, brand text?, promised_on date?, due_on date, live bool
SELECT c.id, c.due_id, CASE WHEN charge_refused(c.due_id, m.id) = 'never' AND c.class <> 'fix_card' THEN 'never_again' ELSE c.class END AS class,
       (SELECT min(k.opened_at) FROM cases k WHERE k.due_id IN (SELECT due_same(c.due_id))) AS opened_at, app_now() AS now_at, due_zone(c.due_id) AS zone, m.id AS method_id, m.brand, p.promised_on, d.due_on,
       EXISTS (SELECT FROM attempts a WHERE a.due_id = c.due_id AND a.live AND NOT (a.status = 'created' AND a.planned_at > app_now())) AS live
FROM cases c JOIN dues d ON d.id = c.due_id LEFT JOIN payment_methods m ON m.id = due_method(c.due_id)
     LEFT JOIN promises p ON p.due_id = c.due_id AND p.status = 'open'
WHERE c.id = $1 AND c.status IN ('open', 'waiting') AND d.status = 'open' AND c.stopped_at IS NULL;

-- Attempts for this amount, or with this method for any, that reached the gateway.  An amount is the same in
-- the place of another of its day.
-- name: case_tries :many
-- param: case_id bigint
-- row case_try_row: tried_at timestamptz, same_due bool, same_card bool
SELECT a.sent_at AS tried_at, a.due_id = ANY (s.ids) AS same_due, coalesce(a.payment_method_id = m.id, false) AS same_card
FROM cases c CROSS JOIN LATERAL (SELECT due_method(c.due_id) AS id) m CROSS JOIN LATERAL (SELECT ARRAY(SELECT due_same(c.due_id)) AS ids) s
     JOIN attempts a ON a.due_id = ANY (s.ids) OR a.payment_method_id = m.id
WHERE c.id = $1 AND a.kind = 'off_session' AND a.sent_at > app_now() - interval '40 days' ORDER BY a.sent_at DESC LIMIT 500;

-- name: case_results :many
-- row case_result_row: class text, weekday integer, hour integer, tried integer, succeeded integer
SELECT class, weekday, hour, tried, succeeded FROM retry_results;

-- name: case_planned :one
-- param: case_id bigint
-- param: method_id bigint?
-- param: promised_on date?
-- param: planned_at timestamptz?
-- param: class text
-- param: why text
-- row case_planned_row: answer text
SELECT case_planned($1, $2, $3, $4, $5, $6) AS answer;

-- The same two in a look ahead.
-- name: machine_classed :one
-- param: attempt_id bigint
-- param: class text
-- param: known bool
-- row case_classed_row
SELECT machine_classed($1, $2, $3) AS case_id;

-- name: machine_planned :one
-- param: case_id bigint
-- param: method_id bigint?
-- param: promised_on date?
-- param: planned_at timestamptz?
-- param: class text
-- param: why text
-- row case_planned_row
SELECT machine_planned($1, $2, $3, $4, $5, $6) AS answer;

-- name: cases_scan :one
-- param: days integer
-- row cases_scan_row: n integer
SELECT cases_scan($1) AS n;

-- What a mail about a failed payment tells; TEXT_KIND is the text for its class.
-- name: mail_due :maybe
-- param: object text
-- param: object_id bigint
-- param: kind text
-- param: period text
-- row mail_due_row: order_number text, title text, amount_minor bigint, currency text, due_on date, zone text, next_at timestamptz?, until_on date, promised_on date?, method_kind text, brand text, last_four text, subject text, body text
SELECT o.number AS order_number, d.title, d.amount_minor - d.paid_minor AS amount_minor, d.currency, d.due_on, due_zone(d.id) AS zone,
       CASE WHEN k.next_step = 'retry' THEN k.next_at END AS next_at,
       d.due_on + coalesce(g.nothing_new_days, g.read_only_days, g.locked_days, 14) AS until_on,
       (SELECT p.promised_on FROM promises p WHERE p.due_id = d.id ORDER BY p.id DESC LIMIT 1) AS promised_on,
       coalesce(m.kind, '') AS method_kind, coalesce(m.brand, '') AS brand, coalesce(m.last_four, '') AS last_four, t.subject, t.body_md AS body
FROM dues d JOIN orders o ON o.id = d.order_id LEFT JOIN agreements g ON g.id = d.agreement_id
     LEFT JOIN cases k ON k.due_id = d.id AND k.status IN ('open', 'waiting')
     LEFT JOIN attempts a ON a.id = k.attempt_id LEFT JOIN payment_methods m ON m.id = a.payment_method_id
     JOIN LATERAL (SELECT subject, body_md FROM message_texts
                   WHERE kind = CASE WHEN $3 = 'payment_failed' THEN $3 || '_' || split_part($4, '/', 2) ELSE $3 END AND product_id IS NULL AND published_at IS NOT NULL
                   ORDER BY version DESC LIMIT 1) t ON true
WHERE $1 = 'due' AND d.id = $2;

-- The setting of when staff are to call, for the transactions that book a failure.
-- name: call_limits_set :exec
-- param: list text
SELECT call_limits_set($1);

-- name: cases_close :one
-- row cases_scan_row
SELECT cases_close() AS n;

-- What the thank-you of the day after tells.
-- name: mail_case :maybe
-- param: object text
-- param: object_id bigint
-- row mail_case_row: title text, amount_minor bigint, currency text, order_number text
SELECT d.title, c.amount_minor, c.currency, o.number AS order_number
FROM cases c JOIN dues d ON d.id = c.due_id JOIN orders o ON o.id = c.order_id WHERE $1 = 'case' AND c.id = $2;
