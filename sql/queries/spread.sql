-- Staff offer to pay over time what an unpaid order asks for at once.

-- What can be offered for this order, and what its rule says.  STATE as of order_offer_state().
-- name: spread_look :maybe
-- param: number text
-- row spread_look_row: state text, order_number text, customer_id bigint, buyer text, phone text, title text, slug text, currency text, total_minor bigint, paid_minor bigint, rest_minor bigint, due_on date?, by_transfer bool, today_on date, rule_id bigint, rule_region text, rule_version integer, approver text, may bool, deposit_percent integer, smallest_minor bigint, count_most integer, longest_months integer, waiting text?
SELECT order_offer_state(o.id) AS state, o.number AS order_number, c.id AS customer_id, coalesce(nullif(c.name, ''), c.email, '') AS buyer, coalesce(c.phone, '') AS phone, l.title, p.slug,
       o.currency, o.total_minor, coalesce(d.paid_minor, 0)::bigint AS paid_minor, coalesce(d.rest_minor, 0)::bigint AS rest_minor, d.due_on,
       EXISTS (SELECT FROM transfers x WHERE x.order_id = o.id) AS by_transfer, today_in(o.zone) AS today_on,
       r.id AS rule_id, r.region AS rule_region, r.version AS rule_version, r.approver, coalesce(plan_may_decide(r.id), false) AS may, r.deposit_percent,
       rule_minor(r.smallest, o.currency) AS smallest_minor, r.count_most, r.longest_months, a.number AS waiting
FROM orders o JOIN customers c ON c.id = o.customer_id JOIN rule_versions r ON r.id = rule_of(o.id)
     JOIN LATERAL (SELECT title, product_id FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true JOIN products p ON p.id = l.product_id
     LEFT JOIN LATERAL (SELECT sum(x.paid_minor) AS paid_minor, sum(x.amount_minor - x.paid_minor) AS rest_minor, min(x.due_on) AS due_on FROM dues x WHERE x.order_id = o.id AND x.status = 'open') d ON true
     LEFT JOIN LATERAL (SELECT x.number FROM amendments x WHERE x.order_id = o.id AND x.terms IS NOT NULL AND x.status IN ('countered', 'agreed') ORDER BY x.id DESC LIMIT 1) a ON true
WHERE o.number = $1;

-- What of the rule they are outside of; '' within it.
-- name: spread_limit :one
-- param: number text
-- param: schedule text
-- row spread_limit_row: why text
SELECT order_offer_limit(o.id, rule_of(o.id), $2::jsonb) AS why FROM orders o WHERE o.number = $1;

-- The legal limits that they are across.
-- name: spread_breaks :many
-- param: number text
-- param: schedule text
-- row spread_break_row: sentence text
SELECT s AS sentence FROM orders o CROSS JOIN LATERAL order_offer_breaks(o.id, $2::jsonb) s WHERE o.number = $1;

-- offered, again, open, planned, busy, paid, over, stale, wrong, denied, unknown.
-- name: spread_make :one
-- param: number text
-- param: nonce text
-- param: seen bigint
-- param: count integer
-- param: every text
-- param: first_on date
-- param: deposit_minor bigint
-- param: reason text
-- row spread_made_row: answer text, amendment text?
SELECT answer, amendment FROM order_offer_make($1, $2, $3, $4, $5, $6, $7, $8);
