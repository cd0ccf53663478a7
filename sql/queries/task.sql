-- What waits for a person, for the list of each role.

-- Where a task leads: the page of what it is about.
-- Open and claimed ones, the most urgent first, from the place that the last page ended at.
-- ROLE "" is every role that this person may see; STATUS "" is open and claimed.
-- name: tasks_waiting :many
-- param: role text
-- param: status text
-- param: mine bool
-- param: after_at timestamptz
-- param: after_id bigint
-- param: most integer
-- row task_row: id bigint, kind text, role text, title text, status text, due_at timestamptz, closed_at timestamptz?, owner text?, is_mine bool,
--     number text?, customer text?, outcome text, late bool
SELECT t.id, t.kind, t.role, t.title, t.status, t.due_at, t.closed_at, coalesce(nullif(s.name, ''), s.email) AS owner,
       coalesce(t.owner_id = staff_me(), false) AS is_mine, o.number, coalesce(nullif(c.name, ''), c.email) AS customer, t.outcome,
       t.due_at < app_now() AS late
FROM (SELECT * FROM tasks t WHERE t.status IN ('open', 'claimed') AND ($2 = '' OR t.status = $2) AND ($1 = '' OR t.role = $1)
             AND (SELECT m.role IN ('owner', t.role) FROM staff m WHERE m.id = staff_me())
             AND (NOT $3 OR t.owner_id = staff_me()) AND (t.due_at, t.id) > ($4, $5)
      ORDER BY t.due_at, t.id LIMIT $6) t
     LEFT JOIN staff s ON s.id = t.owner_id LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN customers c ON c.id = t.customer_id
ORDER BY t.due_at, t.id;

-- Done and dropped ones, newest first.
-- name: tasks_closed :many
-- param: role text
-- param: status text
-- param: mine bool
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row task_row
SELECT t.id, t.kind, t.role, t.title, t.status, t.due_at, t.closed_at, coalesce(nullif(s.name, ''), s.email) AS owner,
       coalesce(t.closed_by = staff_me(), false) AS is_mine, o.number, coalesce(nullif(c.name, ''), c.email) AS customer, t.outcome,
       t.due_at < t.closed_at AS late
FROM (SELECT * FROM tasks t WHERE t.status = $2 AND t.status IN ('done', 'dropped') AND ($1 = '' OR t.role = $1)
             AND (SELECT m.role IN ('owner', t.role) FROM staff m WHERE m.id = staff_me())
             AND (NOT $3 OR t.closed_by = staff_me()) AND (t.closed_at, t.id) < ($4, $5)
      ORDER BY t.closed_at DESC, t.id DESC LIMIT $6) t
     LEFT JOIN staff s ON s.id = t.closed_by LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN customers c ON c.id = t.customer_id
ORDER BY t.closed_at DESC, t.id DESC;

-- What waits for this person: their own, and what nobody has claimed; the most urgent ones.
-- name: tasks_mine :many
-- param: most integer
-- row task_row
SELECT t.id, t.kind, t.role, t.title, t.status, t.due_at, t.closed_at, coalesce(nullif(s.name, ''), s.email) AS owner,
       coalesce(t.owner_id = staff_me(), false) AS is_mine, o.number, coalesce(nullif(c.name, ''), c.email) AS customer, t.outcome,
       t.due_at < app_now() AS late
FROM tasks t LEFT JOIN staff s ON s.id = t.owner_id LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN customers c ON c.id = t.customer_id
WHERE t.status IN ('open', 'claimed') AND (t.owner_id IS NULL OR t.owner_id = staff_me())
  AND (SELECT m.role IN ('owner', t.role) FROM staff m WHERE m.id = staff_me())
ORDER BY t.due_at, t.id LIMIT $1;

-- One of them.  PATH is the page of what it is about, or empty.
-- name: task_one :one
-- param: id bigint
-- row task_one_row: id bigint, kind text, role text, title text, status text, due_at timestamptz, created_at timestamptz, closed_at timestamptz?,
--     owner text?, is_mine bool, closed_by text?, outcome text, number text?, customer text?, customer_id bigint?, path text, late bool
SELECT t.id, t.kind, t.role, t.title, t.status, t.due_at, t.created_at, t.closed_at, coalesce(nullif(s.name, ''), s.email) AS owner,
       coalesce(t.owner_id = staff_me(), false) AS is_mine, coalesce(nullif(b.name, ''), b.email) AS closed_by, t.outcome, o.number,
       coalesce(nullif(c.name, ''), c.email) AS customer, t.customer_id,
       CASE t.object WHEN 'dispute' THEN '/admin/disputes/' || t.object_id WHEN 'refund' THEN '/admin/refunds/' || t.object_id
                     WHEN 'withdrawal' THEN '/admin/withdrawals/' || t.object_id
                     WHEN 'case' THEN '/admin/cases/' || t.object_id WHEN 'customer' THEN '/admin/customers/' || t.object_id
                     WHEN 'amendment' THEN (SELECT CASE WHEN m.agreement_id IS NULL THEN '/admin/orders/' || o.number || '/offer' ELSE '/admin/plans/requests/' || m.number END
                                            FROM amendments m WHERE m.id = t.object_id)
                     WHEN 'order' THEN '/admin/orders/' || o.number ELSE '' END AS path,
       t.due_at < coalesce(t.closed_at, app_now()) AS late
FROM tasks t LEFT JOIN staff s ON s.id = t.owner_id LEFT JOIN staff b ON b.id = t.closed_by LEFT JOIN orders o ON o.id = t.order_id
     LEFT JOIN customers c ON c.id = t.customer_id
WHERE t.id = $1 AND (SELECT m.role IN ('owner', t.role) FROM staff m WHERE m.id = staff_me());

-- name: task_facts :many
-- param: id bigint
-- row task_fact_row: label text, said text
SELECT f.key AS label, f.value AS said FROM tasks t, jsonb_each_text(t.facts) f WHERE t.id = $1 ORDER BY f.key;

-- claimed, released, done, dropped, same, taken, over, unknown.
-- name: task_move :one
-- param: id bigint
-- param: act text
-- param: text text
-- row task_moved_row: answer text
SELECT task_move($1, $2, $3) AS answer;
