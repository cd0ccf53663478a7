-- Withdrawals and requests for the money back, as staff see and answer them (S2.2).

-- A page of them, newest first.  WHICH: waiting, accepted, granted, declined, all.
-- name: withdrawals_list :many
-- param: which text
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row withdrawal_list_row: id bigint, kind text, status text, why text, said_name text, said_order text, order_number text?, received_at timestamptz,
--     answer_on date, pay_on date, refund text, late bool
SELECT w.id, w.kind, w.status, w.why, w.said_name, w.said_order, o.number AS order_number, w.received_at, w.answer_on, w.pay_on,
       coalesce(r.status, '') AS refund,
       CASE WHEN w.status = 'with_staff' THEN w.answer_on < (app_now() AT TIME ZONE 'UTC')::date
            WHEN w.status = 'accepted' THEN r.status <> 'succeeded' AND w.pay_on < (app_now() AT TIME ZONE 'UTC')::date ELSE false END IS TRUE AS late
FROM (SELECT * FROM withdrawals w WHERE (w.received_at, w.id) < ($2, $3)
             AND CASE $1 WHEN 'waiting' THEN w.status IN ('received', 'with_staff') WHEN 'all' THEN true ELSE w.status = $1 END
      ORDER BY w.received_at DESC, w.id DESC LIMIT $4) w
     LEFT JOIN orders o ON o.id = w.order_id LEFT JOIN refunds r ON r.id = w.refund_id
ORDER BY w.received_at DESC, w.id DESC;

-- name: withdrawal_one :one
-- param: id bigint
-- row withdrawal_one_row: id bigint, number text, kind text, status text, why text, proved bool, said_name text, said_order text, said_email text, reason text,
--     order_number text?, buyer text?, buyer_email text?, title text?, amount_minor bigint, currency text, refund_id bigint?, refund text, received_at timestamptz,
--     answer_on date, pay_on date, decided_at timestamptz?, decided_by text?, answer text, agreed_at timestamptz?, consent integer?, first_open_at timestamptz?,
--     law_on date?, guarantee_on date?, lapsed_at timestamptz?, country text?, source text?, splits bool
SELECT w.id, w.number, w.kind, w.status, w.why, w.proved, w.said_name, w.said_order, w.said_email, w.reason, o.number AS order_number,
       coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, o.email AS buyer_email, l.title, w.amount_minor, coalesce(w.currency, o.currency, 'EUR') AS currency,
       w.refund_id, coalesce(r.status, '') AS refund, w.received_at, w.answer_on, w.pay_on, w.decided_at, coalesce(nullif(s.name, ''), s.email) AS decided_by,
       w.answer, o.agreed_at, t.version AS consent, o.first_open_at, d.law_on, d.guarantee_on, d.lapsed_at, o.country, y.source,
       w.kind = 'request' AND coalesce(order_splits(w.order_id), false) AS splits
FROM withdrawals w LEFT JOIN orders o ON o.id = w.order_id LEFT JOIN refunds r ON r.id = w.refund_id LEFT JOIN staff s ON s.id = w.decided_by
     LEFT JOIN terms_versions t ON t.id = o.consent_id LEFT JOIN withdrawal_law y ON y.country = o.country
     LEFT JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     LEFT JOIN LATERAL withdrawal_days(o.id) d ON true
WHERE w.id = $1;

-- name: staff_withdrawal_bind :one
-- param: id bigint
-- param: number text
-- row staff_withdrawal_row: answer text
SELECT staff_withdrawal_bind($1, $2) AS answer;

-- name: staff_withdrawal_decline :one
-- param: id bigint
-- param: words text
-- row staff_withdrawal_row
SELECT staff_withdrawal_decline($1, $2) AS answer;

-- How many wait, for the page of refunds.
-- name: withdrawals_waiting :one
-- row withdrawals_waiting_row: n bigint
SELECT count(*) AS n FROM withdrawals WHERE status IN ('received', 'with_staff');

-- What holds for a product, and where the law does.
-- name: refund_rules :one
-- param: slug text
-- row refund_rules_row: seen text, law_days integer, by_itself bool, refund_days integer, changed_at timestamptz?, changed_by text?, countries text
SELECT refund_rules_seen(p.id) AS seen, coalesce(r.law_days, 14) AS law_days, coalesce(r.by_itself, false) AS by_itself, coalesce(v.refund_days, 0) AS refund_days,
       r.changed_at, s.name AS changed_by, (SELECT string_agg(country, ', ' ORDER BY country) FROM withdrawal_law) AS countries
FROM products p LEFT JOIN product_versions v ON v.id = p.version_id LEFT JOIN refund_rules r ON r.product_id = p.id LEFT JOIN staff s ON s.id = r.changed_by
WHERE p.slug = $1;

-- saved, same, changed, unknown.
-- name: refund_rules_set :one
-- param: slug text
-- param: seen text
-- param: law_days integer
-- param: by_itself bool
-- row staff_withdrawal_row
SELECT refund_rules_set($1, $2, $3, $4) AS answer;
