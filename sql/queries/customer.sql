-- The customers' pages of the staff: found, and one whole.

-- The newest, from the place that the last page ended at (index customers_created).
-- name: customers_recent :many
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row customers_row: id bigint, name text, email text?, country text, created_at timestamptz, verified bool, bounced bool, n_orders integer,
--     last_order_at timestamptz?, last_number text?, kind text, word text, found_number text?
SELECT c.id, c.name, c.email, c.country, c.created_at, c.email_verified_at IS NOT NULL AS verified, coalesce(m.bounced, false) AS bounced,
       o.n_orders, l.last_order_at, l.last_number, '' AS kind, '' AS word, NULL::text AS found_number
FROM (SELECT * FROM customers k WHERE k.merged_into IS NULL AND (k.created_at, k.id) < ($1, $2) ORDER BY k.created_at DESC, k.id DESC LIMIT $3) c
     CROSS JOIN LATERAL (SELECT count(*)::integer AS n_orders FROM orders x WHERE x.customer_id = c.id) o
     LEFT JOIN LATERAL (SELECT x.created_at AS last_order_at, x.number AS last_number FROM orders x WHERE x.customer_id = c.id
                        ORDER BY x.created_at DESC, x.id DESC LIMIT 1) l ON true
     LEFT JOIN LATERAL (SELECT x.status IN ('bounced', 'refused') AND x.queued_at > coalesce(c.mail_works_at, '-infinity') AS bounced FROM messages x WHERE x.customer_id = c.id AND x.email = c.email
                        AND x.status IN ('sent', 'bounced', 'refused') ORDER BY x.queued_at DESC, x.id DESC LIMIT 1) m ON true
ORDER BY c.created_at DESC, c.id DESC;

-- Those that fit what was typed, the best first, and what of them fits.
-- name: customers_found :many
-- param: typed text
-- param: most integer
-- row customers_row
SELECT c.id, c.name, c.email, c.country, c.created_at, c.email_verified_at IS NOT NULL AS verified, coalesce(m.bounced, false) AS bounced,
       o.n_orders, l.last_order_at, l.last_number, f.kind, f.word, h.number AS found_number
FROM customer_search($1, $2) f JOIN customers c ON c.id = f.customer_id
     CROSS JOIN LATERAL (SELECT count(*)::integer AS n_orders FROM orders x WHERE x.customer_id = c.id) o
     LEFT JOIN LATERAL (SELECT x.created_at AS last_order_at, x.number AS last_number FROM orders x WHERE x.customer_id = c.id
                        ORDER BY x.created_at DESC, x.id DESC LIMIT 1) l ON true
     LEFT JOIN LATERAL (SELECT x.status IN ('bounced', 'refused') AND x.queued_at > coalesce(c.mail_works_at, '-infinity') AS bounced FROM messages x WHERE x.customer_id = c.id AND x.email = c.email
                        AND x.status IN ('sent', 'bounced', 'refused') ORDER BY x.queued_at DESC, x.id DESC LIMIT 1) m ON true
     LEFT JOIN payments p ON f.kind = 'payment' AND p.id = f.object_id
     LEFT JOIN receipts r ON f.kind = 'receipt' AND r.id = f.object_id
     LEFT JOIN orders h ON h.id = CASE f.kind WHEN 'order' THEN f.object_id WHEN 'payment' THEN p.order_id WHEN 'receipt' THEN r.order_id END
ORDER BY f.score DESC, c.created_at DESC, c.id DESC;

-- Those whose address sends mail back and was never verified, the latest first.
-- name: customers_returned :many
-- param: most integer
-- row customers_row
SELECT c.id, c.name, c.email, c.country, c.created_at, false AS verified, true AS bounced, o.n_orders, l.last_order_at, l.last_number,
       '' AS kind, '' AS word, NULL::text AS found_number
FROM (SELECT m.customer_id, max(m.queued_at) AS at FROM messages m
      WHERE m.status IN ('bounced', 'refused') AND m.queued_at > app_now() - interval '30 days' AND m.customer_id IS NOT NULL
        AND EXISTS (SELECT FROM customers k WHERE k.id = m.customer_id AND k.email = m.email AND k.email_verified_at IS NULL AND m.queued_at > coalesce(k.mail_works_at, '-infinity'))
      GROUP BY m.customer_id) b JOIN customers c ON c.id = b.customer_id
     CROSS JOIN LATERAL (SELECT count(*)::integer AS n_orders FROM orders x WHERE x.customer_id = c.id) o
     LEFT JOIN LATERAL (SELECT x.created_at AS last_order_at, x.number AS last_number FROM orders x WHERE x.customer_id = c.id
                        ORDER BY x.created_at DESC, x.id DESC LIMIT 1) l ON true
ORDER BY b.at DESC, c.id DESC LIMIT $1;

-- name: customer_head :one
-- param: id bigint
-- row customer_head_row: id bigint, name text, email text?, verified_at timestamptz?, country text, locale text, zone text,
--     created_at timestamptz, first_open_at timestamptz?, erased_at timestamptz?, merged_into bigint?, bounced bool, bounced_at timestamptz?,
--     bounce text?, n_orders integer
SELECT c.id, c.name, c.email, c.email_verified_at AS verified_at, c.country, c.locale, c.zone, c.created_at, c.first_open_at, c.erased_at, c.merged_into,
       coalesce(m.status IN ('bounced', 'refused') AND m.queued_at > coalesce(c.mail_works_at, '-infinity'), false) AS bounced, m.queued_at AS bounced_at, m.detail AS bounce,
       (SELECT count(*)::integer FROM orders x WHERE x.customer_id = c.id) AS n_orders
FROM customers c
     LEFT JOIN LATERAL (SELECT x.status, x.queued_at, x.detail FROM messages x WHERE x.customer_id = c.id AND x.email = c.email
                        AND x.status IN ('sent', 'bounced', 'refused') ORDER BY x.queued_at DESC, x.id DESC LIMIT 1) m ON true
WHERE c.id = $1;

-- name: customer_orders :many
-- param: id bigint
-- param: most integer
-- row customer_order_row: number text, status text, created_at timestamptz, currency text, total_minor bigint, titles text, has_mails bool, ended bool
SELECT o.number, o.status, o.created_at, o.currency, o.total_minor,
       (SELECT coalesce(string_agg(l.title, ', ' ORDER BY l.id), '') FROM order_lines l WHERE l.order_id = o.id) AS titles,
       EXISTS (SELECT FROM messages m WHERE m.object = 'order' AND m.object_id = o.id) AS has_mails,
       EXISTS (SELECT FROM access a WHERE a.order_id = o.id AND a.status = 'ended') AS ended
FROM orders o WHERE o.customer_id = $1 ORDER BY o.created_at DESC, o.id DESC LIMIT $2;

-- What this person may open, or could.
-- name: customer_rights :many
-- param: id bigint
-- row customer_right_row: id bigint, title text, number text, status text, reason text, waiting_for text?, expected_on date?, end_reason text?, end_note text,
--     since_at timestamptz, first_open_at timestamptz?, last_open_at timestamptz?
SELECT a.id, l.title, o.number, a.status, a.reason, a.waiting_for, a.expected_on, a.end_reason, a.end_note, a.since_at, a.first_open_at, a.last_open_at
FROM access a JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = a.order_id
WHERE a.person_id = $1 ORDER BY (a.status = 'ended'), a.id DESC LIMIT 50;

-- A page of everything, newest first.  The page is cut from the view first; what each line
-- tells is looked up for these lines alone.
-- name: customer_past :many
-- param: id bigint
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row past_row: at timestamptz, id bigint, source text, topic text, code text, ref text?, note text?, actor text?, currency text?, amount_minor bigint?,
--     number text?
SELECT t.at, t.id, t.source, t.topic, t.code,
       CASE t.source WHEN 'payment' THEN p.gateway_ref WHEN 'receipt' THEN r.number WHEN 'mail' THEN m.id::text WHEN 'post' THEN k.number
                     WHEN 'evidence' THEN coalesce(e.facts ->> 'terms', e.facts ->> 'consent') WHEN 'audit' THEN u.facts ->> 'mails'
                     ELSE CASE WHEN t.topic = 'attempt' THEN b.kind ELSE l.title END END AS ref,
       CASE t.source WHEN 'payment' THEN p.last_four WHEN 'mail' THEN m.email WHEN 'evidence' THEN e.personal WHEN 'audit' THEN u.facts ->> 'reason'
                     WHEN 'refund' THEN f.reason WHEN 'access' THEN a.note WHEN 'note' THEN n.body
                     WHEN 'post' THEN CASE WHEN length(q.body) > 300 THEN left(q.body, 299) || '…' ELSE q.body END
                     ELSE CASE WHEN t.topic = 'attempt' THEN b.decline_code WHEN t.topic = 'access' AND t.code = 'ended' THEN a.end_reason END END AS note,
       CASE t.source WHEN 'payment' THEN p.method_kind WHEN 'evidence' THEN e.facts ->> 'by' ELSE coalesce(nullif(s.name, ''), s.email) END AS actor,
       coalesce(p.currency, r.currency, f.currency, d.currency, b.currency, CASE t.source WHEN 'begun' THEN o.currency END) AS currency,
       coalesce(p.amount_minor, r.total_minor, f.amount_minor, d.amount_minor, b.amount_minor, CASE t.source WHEN 'begun' THEN o.total_minor END) AS amount_minor,
       o.number
FROM (SELECT * FROM customer_timeline v WHERE v.customer_id = $1 AND (v.at, v.id) < ($2, $3) ORDER BY v.at DESC, v.id DESC LIMIT $4) t
     LEFT JOIN payments p ON t.source = 'payment' AND p.id = t.object_id
     LEFT JOIN receipts r ON t.source = 'receipt' AND r.id = t.object_id
     LEFT JOIN messages m ON t.source = 'mail' AND m.id = t.object_id
     LEFT JOIN evidence e ON t.source = 'evidence' AND e.id = t.id
     LEFT JOIN audit u ON t.source = 'audit' AND u.id = t.object_id
     LEFT JOIN notes n ON t.source = 'note' AND n.id = t.id
     LEFT JOIN posts q ON t.source = 'post' AND q.id = t.id
     LEFT JOIN tickets k ON k.id = q.ticket_id
     LEFT JOIN refunds f ON (t.source = 'refund' OR t.topic = 'refund') AND f.id = t.object_id
     LEFT JOIN disputes d ON (t.source = 'dispute' OR t.topic = 'dispute') AND d.id = t.object_id
     LEFT JOIN attempts b ON t.source = 'move' AND t.topic = 'attempt' AND b.id = t.object_id
     LEFT JOIN access a ON (t.source = 'access' OR t.topic = 'access') AND a.id = t.object_id
     LEFT JOIN order_lines l ON l.id = a.order_line_id
     LEFT JOIN staff s ON s.id = CASE t.source WHEN 'note' THEN n.staff_id WHEN 'post' THEN q.staff_id WHEN 'audit' THEN CASE u.actor WHEN 'staff' THEN u.actor_id END END
     LEFT JOIN payments mp ON m.object = 'payment' AND mp.id = m.object_id
     LEFT JOIN refunds mf ON m.object = 'refund' AND mf.id = m.object_id
     LEFT JOIN access ma ON m.object = 'access' AND ma.id = m.object_id
     LEFT JOIN orders o ON o.id = CASE
             WHEN t.source = 'begun' OR t.topic = 'order' THEN CASE t.source WHEN 'mail' THEN NULL ELSE t.object_id END
             WHEN t.source = 'evidence' THEN e.order_id WHEN t.source = 'post' THEN k.order_id
             WHEN t.source = 'audit' THEN CASE u.object WHEN 'order' THEN u.object_id END
             WHEN t.source = 'mail' THEN CASE m.object WHEN 'order' THEN m.object_id ELSE coalesce(mp.order_id, mf.order_id, ma.order_id) END
             ELSE coalesce(p.order_id, r.order_id, f.order_id, d.order_id, b.order_id, a.order_id) END
ORDER BY t.at DESC, t.id DESC, t.source;

-- name: customer_note :one
-- param: id bigint
-- param: nonce text
-- param: body text
-- row said_row: answer text
SELECT customer_note($1, $2, $3) AS answer;

-- name: customer_correct :one
-- param: id bigint
-- param: was text
-- param: email text
-- param: email_fold text
-- param: reason text
-- row said_row
SELECT customer_correct($1, $2, $3, $4, $5) AS answer;

-- name: customer_mail_works :one
-- param: id bigint
-- row said_row
SELECT customer_mail_works($1) AS answer;

-- name: customer_revoke :one
-- param: id bigint
-- param: access bigint
-- param: reason text
-- row said_row
SELECT customer_revoke($1, $2, $3) AS answer;

-- name: customer_view :one
-- param: id bigint
-- param: hash bytea
-- row viewed_row: done bool
SELECT customer_view($1, $2) AS done;
