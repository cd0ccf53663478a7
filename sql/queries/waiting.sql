-- What the worker does about transfers and days that are waited for.

-- name: transfers_due :one
-- row waiting_count_row: n bigint
SELECT transfers_due()::bigint AS n;

-- What a mail about a transfer tells: of an order, of a payment that was too little.
-- name: mail_transfer :maybe
-- param: object text
-- param: object_id bigint
-- row mail_transfer_row: currency text, owed_minor bigint, paid_minor bigint, reference text, pay_by_on date, expected_on date
SELECT o.currency, d.owed_minor, d.paid_minor, t.reference, t.pay_by AS pay_by_on, t.expected_on
FROM orders o JOIN transfers t ON t.order_id = o.id
     JOIN LATERAL (SELECT coalesce(sum(amount_minor - paid_minor), 0)::bigint AS owed_minor, coalesce(sum(paid_minor), 0)::bigint AS paid_minor
                   FROM dues WHERE order_id = o.id AND status IN ('open', 'paid')) d ON true
WHERE o.id = CASE $1 WHEN 'order' THEN $2 WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = $2) END;

-- Why an order's access waits, and until when.
-- name: mail_waiting :maybe
-- param: object text
-- param: object_id bigint
-- row mail_waiting_row: waiting_for text, expected_on date?
SELECT a.waiting_for, a.expected_on FROM access a
WHERE $1 = 'order' AND a.order_id = $2 AND a.status = 'waiting' ORDER BY a.id LIMIT 1;
