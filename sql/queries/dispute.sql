-- Disputes, and what the log holds for the answer (the evidence vault).

-- A page of them, newest first.  STATUS "" is all.
-- name: disputes_list :many
-- param: status text
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row dispute_list_row: id bigint, number text, buyer text, status text, currency text, amount_minor bigint, reason text, due_by timestamptz?,
--     created_at timestamptz, sending bool
SELECT d.id, o.number, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, d.status, d.currency, d.amount_minor, d.reason, d.due_by, d.created_at,
       d.status = 'open' AND d.answer_at IS NOT NULL AS sending
FROM (SELECT * FROM disputes d WHERE ($1 = '' OR d.status = $1) AND (d.created_at, d.id) < ($2, $3) ORDER BY d.created_at DESC, d.id DESC LIMIT $4) d
     JOIN orders o ON o.id = d.order_id ORDER BY d.created_at DESC, d.id DESC;

-- name: dispute_one :one
-- param: id bigint
-- row dispute_one_row: id bigint, number text, customer_id bigint, buyer text, email text, status text, currency text, amount_minor bigint, reason text,
--     gateway_ref text, payment_ref text, due_by timestamptz?, created_at timestamptz, closed_at timestamptz?, answer text, answer_by text?,
--     answer_at timestamptz?, answer_sent_at timestamptz?, answer_fault text, task_id bigint?, over bool, agreed_at timestamptz, terms_version integer,
--     consent_version integer?, granted_at timestamptz?, country text, method_kind text, brand text, last_four text,
--     received_at timestamptz, statement_text text, paid_minor bigint, refunded_minor bigint
SELECT d.id, o.number, o.customer_id, coalesce(nullif(o.buyer_name, ''), o.email) AS buyer, o.email, d.status, d.currency, d.amount_minor, d.reason,
       d.gateway_ref, p.gateway_ref AS payment_ref, d.due_by, d.created_at, d.closed_at, d.answer, coalesce(nullif(s.name, ''), s.email) AS answer_by,
       d.answer_at, d.answer_sent_at, d.answer_fault,
       (SELECT id FROM tasks t WHERE t.kind = 'dispute' AND t.object = 'dispute' AND t.object_id = d.id) AS task_id,
       coalesce(d.due_by < app_now(), false) AS over, o.agreed_at, t.version AS terms_version, n.version AS consent_version, o.granted_at,
       o.country, p.method_kind, p.brand, p.last_four, p.received_at, p.statement_text, p.amount_minor AS paid_minor, p.refunded_minor
FROM disputes d JOIN orders o ON o.id = d.order_id JOIN payments p ON p.id = d.payment_id JOIN terms_versions t ON t.id = o.terms_id
     LEFT JOIN terms_versions n ON n.id = o.consent_id LEFT JOIN staff s ON s.id = d.answer_by
WHERE d.id = $1;

-- What was sold, and how much of it was used.
-- name: dispute_uses :many
-- param: id bigint
-- row dispute_use_row: title text, version integer, currency text, amount_minor bigint, person text?, granted_at timestamptz?, first_open_at timestamptz?,
--     last_open_at timestamptz?, items bigint, opened bigint, done bigint, refund_days integer
SELECT l.title, v.version, l.currency, l.amount_minor, c.email AS person, a.granted_at, a.first_open_at, a.last_open_at,
       (SELECT count(*) FROM version_items i WHERE i.version_id = l.product_version_id) AS items,
       (SELECT count(*) FROM progress g WHERE g.access_id = a.id AND g.opened_at IS NOT NULL) AS opened,
       (SELECT count(*) FROM progress g WHERE g.access_id = a.id AND g.done_at IS NOT NULL) AS done, v.refund_days
FROM disputes d JOIN order_lines l ON l.order_id = d.order_id JOIN product_versions v ON v.id = l.product_version_id
     LEFT JOIN access a ON a.order_line_id = l.id LEFT JOIN customers c ON c.id = a.person_id WHERE d.id = $1 ORDER BY l.id;

-- Everything that the log holds until now, oldest first: TOPIC and CODE go through view/words.
-- DETAIL is what stands apart of the chain: address and browser.
-- name: dispute_log :many
-- param: id bigint
-- param: most integer
-- row dispute_log_row: at timestamptz, topic text, code text, said text?, detail text?
WITH d AS MATERIALIZED (SELECT d.order_id, o.customer_id FROM disputes d JOIN orders o ON o.id = d.order_id WHERE d.id = $1),
     who AS MATERIALIZED (SELECT customer_id AS id FROM d UNION SELECT a.person_id FROM d JOIN access a ON a.order_id = d.order_id)
SELECT * FROM (
        SELECT e.at, 'evidence' AS topic, e.kind AS code,
               CASE e.kind WHEN 'agreed' THEN 'version ' || (e.facts ->> 'terms') WHEN 'consented' THEN 'version ' || (e.facts ->> 'consent')
                           WHEN 'logged_in' THEN 'by ' || (e.facts ->> 'by')
                           WHEN 'downloaded' THEN (SELECT v.title FROM item_versions v WHERE v.item_id = (e.facts ->> 'item')::bigint ORDER BY v.id DESC LIMIT 1) END AS said,
               e.personal AS detail
        FROM evidence e JOIN who ON who.id = e.customer_id JOIN d ON true
        WHERE (e.order_id = d.order_id OR (e.order_id IS NULL AND e.kind IN ('logged_in', 'password_set', 'passkey_added'))) AND e.kind <> 'mailed'
        UNION ALL
        SELECT coalesce(m.sent_at, m.queued_at), 'message_kind', m.kind, b.subject, m.email
        FROM d JOIN messages m ON m.status = 'sent' AND m.kind NOT LIKE 'staff%' AND m.customer_id IN (SELECT id FROM who)
             AND ((m.object = 'order' AND m.object_id = d.order_id)
                  OR (m.object = 'payment' AND m.object_id IN (SELECT id FROM payments WHERE order_id = d.order_id))
                  OR (m.object = 'refund' AND m.object_id IN (SELECT id FROM refunds WHERE order_id = d.order_id))
                  OR (m.object = 'access' AND m.object_id IN (SELECT id FROM access WHERE order_id = d.order_id)))
             LEFT JOIN message_bodies b ON b.message_id = m.id
        UNION ALL
        SELECT g.opened_at, 'used', 'opened', v.title, NULL FROM d JOIN access a ON a.order_id = d.order_id JOIN progress g ON g.access_id = a.id
             JOIN LATERAL (SELECT title FROM item_versions WHERE item_id = g.item_id ORDER BY id DESC LIMIT 1) v ON true WHERE g.opened_at IS NOT NULL
        UNION ALL
        SELECT g.done_at, 'used', 'done', v.title, NULL FROM d JOIN access a ON a.order_id = d.order_id JOIN progress g ON g.access_id = a.id
             JOIN LATERAL (SELECT title FROM item_versions WHERE item_id = g.item_id ORDER BY id DESC LIMIT 1) v ON true WHERE g.done_at IS NOT NULL
        UNION ALL
        SELECT r.issued_at, 'paper', r.kind, r.number, NULL FROM d JOIN receipts r ON r.order_id = d.order_id
) x ORDER BY at, topic, code LIMIT $2;

-- asked, known, over, late, unknown.
-- name: dispute_answer :one
-- param: id bigint
-- param: nonce text
-- param: answer text
-- param: log text
-- row dispute_answered_row: answer text
SELECT dispute_answer($1, $2, $3, $4) AS answer;
