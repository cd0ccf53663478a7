-- Bank transfers as the customer sees them.

-- The order that the checkout began waits for a transfer from now on.
-- name: transfer_begin :one
-- param: key text
-- param: days integer
-- row transfer_begun_row: begun bool
SELECT transfer_begin($1, $2) AS begun;

-- What is to be transferred, and why access is not open yet (S0.8).
-- name: transfer_page :maybe
-- param: number text
-- row transfer_row: number text, status text, title text, slug text, email text, currency text, total_minor bigint, paid_minor bigint, owed_minor bigint, reference text, pay_by_on date, expected_on date
SELECT o.number, o.status, l.title, p.slug, o.email, o.currency, o.total_minor, d.paid_minor, d.amount_minor - d.paid_minor AS owed_minor,
       t.reference, t.pay_by AS pay_by_on, t.expected_on
FROM orders o JOIN transfers t ON t.order_id = o.id
     JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor, coalesce(sum(paid_minor), 0)::bigint AS paid_minor
                   FROM dues WHERE order_id = o.id AND status IN ('open', 'paid')) d ON true
     JOIN LATERAL (SELECT title, product_id FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     JOIN products p ON p.id = l.product_id
WHERE o.number = $1;
