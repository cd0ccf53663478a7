-- Addresses that buyers say are wrong: what staff see of it and decide.

-- Those that wait, the oldest first, then the last that were decided or did not fit.
-- name: corrections_list :many
-- param: waiting bool
-- param: most integer
-- row correction_item_row: id bigint, status text, number text, old_email text, new_email text, asked_at timestamptz, decided_at timestamptz?, title text?
SELECT c.id, c.status, c.number, coalesce(c.old_email, '') AS old_email, c.new_email, c.asked_at, c.decided_at, l.title
FROM corrections c LEFT JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = c.order_id ORDER BY id LIMIT 1) l ON true
WHERE (c.status = 'with_staff') = $1 AND c.status <> 'new'
ORDER BY CASE WHEN $1 THEN c.id ELSE -c.id END LIMIT $2;

-- name: correction_one :one
-- param: id bigint
-- row correction_row: id bigint, status text, number text, amount text, last_four text, old_email text, new_email text, asked_at timestamptz, fits text, why text,
--     reason text?, decided_at timestamptz?, decided_by text?, title text?, currency text?, total_minor bigint?, paid_at timestamptz?, first_open_at timestamptz?, last_fours text, n_orders integer, n_logins integer, owner_name text?, owner_orders integer
SELECT c.id, c.status, c.number, c.amount, c.last_four, coalesce(c.old_email, '') AS old_email, c.new_email, c.asked_at,
       array_to_string(c.fits, ' ') AS fits, array_to_string(c.why, ' ') AS why, c.reason, c.decided_at, s.name AS decided_by,
       l.title, o.currency, o.total_minor, o.paid_at, o.first_open_at,
       (SELECT coalesce(string_agg(DISTINCT p.last_four, ', '), '') FROM payments p WHERE p.order_id = c.order_id) AS last_fours,
       (SELECT count(*) FROM orders x WHERE x.customer_id = c.customer_id AND x.paid_at IS NOT NULL)::integer AS n_orders,
       (SELECT count(*) FROM evidence e WHERE e.customer_id = c.customer_id AND e.kind = 'logged_in')::integer AS n_logins,
       w.name AS owner_name, (SELECT count(*) FROM orders x WHERE x.customer_id = w.id AND x.paid_at IS NOT NULL)::integer AS owner_orders
FROM corrections c LEFT JOIN orders o ON o.id = c.order_id LEFT JOIN staff s ON s.id = c.decided_by
     LEFT JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = c.order_id ORDER BY id LIMIT 1) l ON true
     LEFT JOIN customers w ON w.email_fold = c.new_fold AND w.id IS DISTINCT FROM c.customer_id AND w.merged_into IS NULL AND w.erased_at IS NULL
WHERE c.id = $1 AND c.status NOT IN ('new', 'unproved', 'repeated');

-- done, refused, over, unknown.
-- name: correction_decide :one
-- param: id bigint
-- param: approve bool
-- param: reason text
-- row correction_answer_row: answer text
SELECT correction_decide($1, $2, $3) AS answer;
