-- Bank transfers as staff and the operator see them: credits, matches, what goes back.

-- Credits that nobody has settled, oldest first, each with the order that it seems to pay.
-- name: bank_lines_new :many
-- param: after_on date
-- param: after_id bigint
-- param: most integer
-- row bank_line_row: id bigint, booked_on date, amount_minor bigint, currency text, reference text, payer text, payer_iban text, source text, order_number text?, confidence text?, owed_minor bigint?, order_status text?, order_currency text?, buyer text?
SELECT b.id, b.booked_on, b.amount_minor, b.currency, b.reference, b.payer, b.payer_iban, b.source, s.order_number, s.confidence,
       s.owed_minor, s.order_status, o.currency AS order_currency, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer
FROM (SELECT * FROM bank_lines WHERE status = 'new' AND (booked_on, id) > ($1, $2) ORDER BY booked_on, id LIMIT $3) b
     LEFT JOIN LATERAL transfer_suggest(b.id) s ON true LEFT JOIN orders o ON o.id = s.order_id
ORDER BY b.booked_on, b.id;

-- What was settled last: matched, or set aside (index bank_lines_settled).
-- name: bank_lines_over :many
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row bank_line_over_row: id bigint, booked_on date, amount_minor bigint, currency text, reference text, payer text, status text, reason text, order_number text?, staff text?, at timestamptz?, payment bigint?, settled_at timestamptz
SELECT b.id, b.booked_on, b.amount_minor, b.currency, b.reference, b.payer, b.status, b.reason, o.number AS order_number,
       coalesce(nullif(s.name, ''), s.email) AS staff, m.at, m.payment_id AS payment, b.settled_at
FROM (SELECT * FROM bank_lines WHERE status <> 'new' AND (settled_at, id) < ($1, $2) ORDER BY settled_at DESC, id DESC LIMIT $3) b
     LEFT JOIN matches m ON m.bank_line_id = b.id AND m.undone_at IS NULL LEFT JOIN orders o ON o.id = m.order_id LEFT JOIN staff s ON s.id = m.staff_id
ORDER BY b.settled_at DESC, b.id DESC;

-- Orders that wait for their transfer, the nearest day first.
-- name: transfers_open :many
-- param: after_on date
-- param: after_id bigint
-- param: most integer
-- row transfer_open_row: id bigint, number text, buyer text, title text, currency text, owed_minor bigint, paid_minor bigint, reference text, pay_by_on date
SELECT o.id, o.number, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, l.title, o.currency, d.owed_minor, d.paid_minor, t.reference, t.pay_by AS pay_by_on
FROM transfers t JOIN orders o ON o.id = t.order_id
     JOIN LATERAL (SELECT coalesce(sum(amount_minor - paid_minor), 0)::bigint AS owed_minor, coalesce(sum(paid_minor), 0)::bigint AS paid_minor
                   FROM dues WHERE order_id = o.id AND status IN ('open', 'paid')) d ON true
     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
WHERE o.status = 'open' AND (t.pay_by, t.order_id) > ($1, $2) ORDER BY t.pay_by, t.order_id LIMIT $3;

-- Money that came by transfer and is to go back.
-- name: transfers_back :many
-- param: after_id bigint
-- param: most integer
-- row transfer_back_row: id bigint, number text, buyer text, currency text, amount_minor bigint, reason text, created_at timestamptz, payer text, payer_iban text
SELECT r.id, o.number, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, r.currency, r.amount_minor, r.reason, r.created_at, b.payer, b.payer_iban
FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN bank_lines b ON b.id = p.bank_line_id JOIN orders o ON o.id = r.order_id
WHERE (r.status = 'approved' OR (r.status = 'asked' AND r.kind = 'second')) AND r.id > $1 ORDER BY r.id LIMIT $2;

-- name: staff_bank_line :one
-- param: statement text
-- param: line integer
-- param: booked_on date
-- param: amount_minor bigint
-- param: currency text
-- param: reference text
-- param: payer text
-- param: payer_iban text
-- param: source text
-- row bank_line_added_row: added bool
SELECT staff_bank_line($1, $2, $3, $4, $5, $6, $7, $8, $9) AS added;

-- name: transfer_match :one
-- param: line bigint
-- param: number text
-- param: anyway bool
-- row transfer_answer_row: answer text
SELECT transfer_match($1, $2, $3) AS answer WHERE EXISTS (SELECT FROM bank_lines WHERE id = $1);

-- undone, gone, paid_back, several, unknown.
-- name: transfer_undo :one
-- param: payment bigint
-- param: reason text
-- row transfer_answer_row
SELECT transfer_undo($1, $2) AS answer;

-- name: transfer_paid_back :one
-- param: refund bigint
-- row transfer_answer_row
SELECT transfer_paid_back($1) AS answer WHERE EXISTS (SELECT FROM refunds WHERE id = $1);

-- name: bank_line_set_aside :one
-- param: line bigint
-- param: reason text
-- row bank_line_done_row: done bool
SELECT bank_line_set_aside($1, $2) AS done WHERE EXISTS (SELECT FROM bank_lines WHERE id = $1);

-- name: bank_line_payout :one
-- param: line bigint
-- row bank_line_done_row
SELECT bank_line_payout($1) AS done WHERE EXISTS (SELECT FROM bank_lines WHERE id = $1);

-- name: bank_line_take_up :one
-- param: line bigint
-- row bank_line_done_row
SELECT bank_line_take_up($1) AS done WHERE EXISTS (SELECT FROM bank_lines WHERE id = $1);

-- granted, has, unknown.
-- name: staff_release :one
-- param: number text
-- row transfer_answer_row
SELECT staff_release($1) AS answer;

-- moved, same, unknown.
-- name: staff_expect :one
-- param: number text
-- param: day date
-- row transfer_answer_row
SELECT staff_expect($1, $2) AS answer;
