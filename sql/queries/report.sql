-- What the staff pages show: the list of orders, one order whole, what needs attention.

-- A page of all orders, newest first, from the place that the last page ended at (index
-- orders_created).  A product, days and "later than promised" narrow it.
-- name: orders_recent :many
-- param: product bigint?
-- param: from_at timestamptz
-- param: until_at timestamptz
-- param: late bool
-- param: deadline integer
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row orders_row: id bigint, number text, created_at timestamptz, status text, buyer text, email text, product text, n_lines integer,
--     currency text, total_minor bigint, paid_at timestamptz?, granted_at timestamptz?, first_open_at timestamptz?, late bool, customer bigint
SELECT o.id, o.number, o.created_at, o.status, coalesce(nullif(c.name, ''), o.buyer_name) AS buyer, o.email,
       l.titles AS product, l.n AS n_lines, o.currency, o.total_minor, o.paid_at, o.granted_at, o.first_open_at,
       coalesce(o.granted_at > o.paid_at + make_interval(secs => $5), false) AS late, o.customer_id AS customer
FROM (SELECT * FROM orders o
      WHERE o.created_at >= $2 AND o.created_at < $3 AND (o.created_at, o.id) < ($6, $7)
        AND ($1::bigint IS NULL OR EXISTS (SELECT FROM order_lines x WHERE x.order_id = o.id AND x.product_id = $1))
        AND (NOT $4 OR o.granted_at > o.paid_at + make_interval(secs => $5))
      ORDER BY o.created_at DESC, o.id DESC LIMIT $8) o
     JOIN customers c ON c.id = o.customer_id,
     LATERAL (SELECT coalesce(string_agg(title, ', ' ORDER BY id), '') AS titles, count(*)::integer AS n
              FROM order_lines WHERE order_id = o.id) l
ORDER BY o.created_at DESC, o.id DESC;

-- The same of one status (index orders_status).
-- name: orders_by_status :many
-- param: status text
-- param: product bigint?
-- param: from_at timestamptz
-- param: until_at timestamptz
-- param: late bool
-- param: deadline integer
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row orders_row
SELECT o.id, o.number, o.created_at, o.status, coalesce(nullif(c.name, ''), o.buyer_name) AS buyer, o.email,
       l.titles AS product, l.n AS n_lines, o.currency, o.total_minor, o.paid_at, o.granted_at, o.first_open_at,
       coalesce(o.granted_at > o.paid_at + make_interval(secs => $6), false) AS late, o.customer_id AS customer
FROM (SELECT * FROM orders o
      WHERE o.status = $1 AND o.created_at >= $3 AND o.created_at < $4 AND (o.created_at, o.id) < ($7, $8)
        AND ($2::bigint IS NULL OR EXISTS (SELECT FROM order_lines x WHERE x.order_id = o.id AND x.product_id = $2))
        AND (NOT $5 OR o.granted_at > o.paid_at + make_interval(secs => $6))
      ORDER BY o.created_at DESC, o.id DESC LIMIT $9) o
     JOIN customers c ON c.id = o.customer_id,
     LATERAL (SELECT coalesce(string_agg(title, ', ' ORDER BY id), '') AS titles, count(*)::integer AS n
              FROM order_lines WHERE order_id = o.id) l
ORDER BY o.created_at DESC, o.id DESC;

-- The same for what somebody typed: the beginning of a number, of an address, or both.  TO
-- bounds are the typed text followed by the highest character, so that the unique indexes
-- answer.
-- name: orders_found :many
-- param: number_from text
-- param: number_to text
-- param: email_from text
-- param: email_to text
-- param: status text?
-- param: product bigint?
-- param: from_at timestamptz
-- param: until_at timestamptz
-- param: late bool
-- param: deadline integer
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row orders_row
WITH hit AS MATERIALIZED (
        SELECT o.* FROM orders o
        WHERE o.id = ANY (ARRAY(SELECT n.id FROM orders n WHERE n.number >= $1 AND n.number < $2
                                UNION
                                SELECT m.id FROM customers k JOIN orders m ON m.customer_id = k.id
                                WHERE k.email_fold >= $3 AND k.email_fold < $4 AND k.merged_into IS NULL AND k.erased_at IS NULL)))
SELECT o.id, o.number, o.created_at, o.status, coalesce(nullif(c.name, ''), o.buyer_name) AS buyer, o.email,
       l.titles AS product, l.n AS n_lines, o.currency, o.total_minor, o.paid_at, o.granted_at, o.first_open_at,
       coalesce(o.granted_at > o.paid_at + make_interval(secs => $10), false) AS late, o.customer_id AS customer
FROM (SELECT * FROM hit o
      WHERE ($5::text IS NULL OR o.status = $5)
        AND o.created_at >= $7 AND o.created_at < $8 AND (o.created_at, o.id) < ($11, $12)
        AND ($6::bigint IS NULL OR EXISTS (SELECT FROM order_lines x WHERE x.order_id = o.id AND x.product_id = $6))
        AND (NOT $9 OR o.granted_at > o.paid_at + make_interval(secs => $10))
      ORDER BY o.created_at DESC, o.id DESC LIMIT $13) o
     JOIN customers c ON c.id = o.customer_id,
     LATERAL (SELECT coalesce(string_agg(title, ', ' ORDER BY id), '') AS titles, count(*)::integer AS n
              FROM order_lines WHERE order_id = o.id) l
ORDER BY o.created_at DESC, o.id DESC;

-- For the filter.
-- name: order_products :many
-- row product_choice_row: id bigint, title text
SELECT p.id, v.title FROM products p JOIN product_versions v ON v.id = p.version_id ORDER BY p.position, v.title;

-- One order and its buyer.
-- name: order_head :one
-- param: number text
-- row order_head_row: id bigint, number text, status text, currency text, total_minor bigint, email text, buyer_name text,
--     buyer_address text, buyer_tax_number text, country text, created_at timestamptz, expires_at timestamptz,
--     agreed_at timestamptz, terms_version integer, consent_version integer?, paid_at timestamptz?, granted_at timestamptz?,
--     first_open_at timestamptz?, customer_email text?, customer_name text, customer_zone text, customer_locale text,
--     verified_at timestamptz?, customer_since_at timestamptz, other_orders integer, customer_id bigint, planned bool, splits bool, overdue bool, offer_state text
SELECT o.id, o.number, o.status, o.currency, o.total_minor, o.email, o.buyer_name, o.buyer_address, o.buyer_tax_number,
       o.country, o.created_at, o.expires_at, o.agreed_at, t.version AS terms_version, n.version AS consent_version, o.paid_at,
       o.granted_at, o.first_open_at, c.email AS customer_email, c.name AS customer_name, c.zone AS customer_zone,
       c.locale AS customer_locale, c.email_verified_at AS verified_at, c.created_at AS customer_since_at,
       (SELECT count(*)::integer FROM orders x WHERE x.customer_id = o.customer_id AND x.id <> o.id) AS other_orders, o.customer_id,
       EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id) AS planned, order_splits(o.id) AS splits,
       EXISTS (SELECT FROM dues d WHERE d.order_id = o.id AND d.status = 'open' AND d.due_on < app_now()::date) AS overdue,
       order_offer_state(o.id) AS offer_state
FROM orders o JOIN customers c ON c.id = o.customer_id
     JOIN terms_versions t ON t.id = o.terms_id LEFT JOIN terms_versions n ON n.id = o.consent_id
WHERE o.number = $1;

-- What was sold and what it opens.
-- name: order_sold :many
-- param: number text
-- row order_sold_row: title text, version integer, offer text, currency text, amount_minor bigint, tax_bp integer,
--     refunded_minor bigint, access text?, waiting_for text?, expected_on date?, reason text?, note text?, end_reason text?,
--     since_at timestamptz?, person text?, opened_at timestamptz?, last_open_at timestamptz?, licence_key text?
SELECT l.title, v.version, f.title AS offer, l.currency, l.amount_minor, l.tax_bp, l.refunded_minor, a.status AS access,
       a.waiting_for, a.expected_on, a.reason, a.note, a.end_reason, a.since_at, p.email AS person,
       a.first_open_at AS opened_at, a.last_open_at, k.key AS licence_key
FROM orders o JOIN order_lines l ON l.order_id = o.id
     JOIN product_versions v ON v.id = l.product_version_id JOIN offer_versions f ON f.id = l.offer_version_id
     LEFT JOIN access a ON a.order_line_id = l.id LEFT JOIN customers p ON p.id = a.person_id
     LEFT JOIN licence_keys k ON k.order_line_id = l.id
WHERE o.number = $1 ORDER BY l.id;

-- name: order_dues :many
-- param: number text
-- row order_due_row: title text, currency text, amount_minor bigint, paid_minor bigint, status text, due_on date
SELECT d.title, d.currency, d.amount_minor, d.paid_minor, d.status, d.due_on
FROM orders o JOIN dues d ON d.order_id = o.id WHERE o.number = $1 ORDER BY d.due_on, d.id;

-- name: order_attempts :many
-- param: number text
-- row order_try_row: created_at timestamptz, kind text, status text, currency text, amount_minor bigint, decline_code text?,
--     gateway_ref text?, session_ref text?, asked integer
SELECT a.created_at, a.kind, a.status, a.currency, a.amount_minor, a.decline_code, a.gateway_ref, a.session_ref, a.asked
FROM orders o JOIN attempts a ON a.order_id = o.id WHERE o.number = $1 ORDER BY a.id;

-- name: order_takings :many
-- param: number text
-- row order_taking_row: received_at timestamptz, booked_at timestamptz, currency text, amount_minor bigint, refunded_minor bigint,
--     method_kind text, brand text, last_four text, statement_text text, gateway_ref text, charge_ref text?, fee_minor bigint?,
--     fee_currency text?, expected_minor bigint
SELECT p.received_at, p.booked_at, p.currency, p.amount_minor, p.refunded_minor, p.method_kind, p.brand, p.last_four,
       p.statement_text, p.gateway_ref, p.charge_ref, p.fee_minor, p.fee_currency, p.allocated_minor AS expected_minor
FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.number = $1 ORDER BY p.received_at, p.id;

-- Money that did not fit: nothing was granted for it.
-- name: order_mismatches :many
-- param: number text
-- row order_mismatch_row: at timestamptz, payment_ref text, expected_minor bigint, expected_currency text, found_minor bigint,
--     found_currency text, settled bool
SELECT m.at, m.payment_ref, m.expected_minor, m.expected_currency, m.found_minor, m.found_currency,
       m.settled_at IS NOT NULL AS settled
FROM orders o JOIN attempts a ON a.order_id = o.id JOIN mismatches m ON m.attempt_id = a.id WHERE o.number = $1 ORDER BY m.id;

-- name: order_refunds :many
-- param: number text
-- row order_refund_row: id bigint, part_of bigint?, created_at timestamptz, kind text, status text, currency text, amount_minor bigint, reason text,
--     gateway_ref text?, settled_at timestamptz?
SELECT r.id, r.part_of, r.created_at, r.kind, r.status, r.currency, r.amount_minor, r.reason, r.gateway_ref, r.settled_at
FROM orders o JOIN refunds r ON r.order_id = o.id WHERE o.number = $1 ORDER BY r.id;

-- name: order_disputes :many
-- param: number text
-- row order_dispute_row: id bigint, created_at timestamptz, status text, currency text, amount_minor bigint, reason text, gateway_ref text,
--     due_by timestamptz?
SELECT d.id, d.created_at, d.status, d.currency, d.amount_minor, d.reason, d.gateway_ref, d.due_by
FROM orders o JOIN payments p ON p.order_id = o.id JOIN disputes d ON d.payment_id = p.id WHERE o.number = $1 ORDER BY d.id;

-- name: order_receipts :many
-- param: number text
-- row order_receipt_row: order_number text, receipt text, kind text, currency text, total_minor bigint, issued_at timestamptz
SELECT o.number AS order_number, r.number AS receipt, r.kind, r.currency, r.total_minor, r.issued_at
FROM orders o JOIN receipts r ON r.order_id = o.id WHERE o.number = $1 ORDER BY r.id;

-- The paper as it was sent.
-- name: order_receipt_file :one
-- param: number text
-- param: receipt text
-- row receipt_file_row: receipt text, pdf bytea
SELECT r.number AS receipt, f.pdf
FROM orders o JOIN receipts r ON r.order_id = o.id JOIN receipt_files f ON f.receipt_id = r.id
WHERE o.number = $1 AND r.number = $2;

-- The mails of an order: about itself, its payments and its refunds.
-- name: order_mails :many
-- param: number text
-- row order_mail_row: order_number text, id bigint, kind text, email text, status text, queued_at timestamptz, sent_at timestamptz?,
--     tries integer, code integer?, detail text?, resent bool, subject text?
SELECT $1::text AS order_number, m.id, m.kind, m.email, m.status, m.queued_at, m.sent_at, m.tries, m.code, m.detail,
       m.period LIKE 'resend %' AS resent, b.subject
FROM messages m LEFT JOIN message_bodies b ON b.message_id = m.id
WHERE (m.object, m.object_id) IN (
        SELECT 'order', o.id FROM orders o WHERE o.number = $1
        UNION ALL SELECT 'payment', p.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'refund', r.id FROM orders o JOIN refunds r ON r.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'access', a.id FROM orders o JOIN access a ON a.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'due', d.id FROM orders o JOIN dues d ON d.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'case', c.id FROM orders o JOIN dues d ON d.order_id = o.id JOIN cases c ON c.due_id = d.id WHERE o.number = $1)
ORDER BY m.queued_at, m.id;

-- One mail of an order as it was sent.
-- name: order_mail :one
-- param: number text
-- param: id bigint
-- row mail_row: id bigint, kind text, email text, status text, queued_at timestamptz, sent_at timestamptz?, resent bool,
--     subject text?, text text?, html text?
SELECT m.id, m.kind, m.email, m.status, m.queued_at, m.sent_at, m.period LIKE 'resend %' AS resent, b.subject, b.text, b.html
FROM messages m LEFT JOIN message_bodies b ON b.message_id = m.id
WHERE m.id = $2 AND (m.object, m.object_id) IN (
        SELECT 'order', o.id FROM orders o WHERE o.number = $1
        UNION ALL SELECT 'payment', p.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'refund', r.id FROM orders o JOIN refunds r ON r.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'access', a.id FROM orders o JOIN access a ON a.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'due', d.id FROM orders o JOIN dues d ON d.order_id = o.id WHERE o.number = $1
        UNION ALL SELECT 'case', c.id FROM orders o JOIN dues d ON d.order_id = o.id JOIN cases c ON c.due_id = d.id WHERE o.number = $1);

-- One mail to a customer, whatever it is about.
-- name: customer_mail :one
-- param: customer bigint
-- param: id bigint
-- row mail_row
SELECT m.id, m.kind, m.email, m.status, m.queued_at, m.sent_at, m.period LIKE 'resend %' AS resent, b.subject, b.text, b.html
FROM messages m LEFT JOIN message_bodies b ON b.message_id = m.id WHERE m.id = $2 AND m.customer_id = $1;

-- Each try to hand it over.
-- name: mail_sends :many
-- param: id bigint
-- row mail_send_row: at timestamptz, outcome text?, code integer?, detail text?
SELECT at, outcome, code, detail FROM sends WHERE message_id = $1 ORDER BY id;

-- Everything that happened to an order, oldest first.  SOURCE says what kind of fact it is,
-- TOPIC and CODE go through view/words.  Payments, access, refunds and receipts speak for the
-- moves that they caused; events carry the gateway's time when ours is far from it.
-- name: order_history :many
-- param: number text
-- row history_row: at timestamptz, source text, topic text, code text, ref text?, note text?, actor text?, currency text?,
--     amount_minor bigint?
WITH o AS MATERIALIZED (SELECT * FROM orders WHERE number = $1),
     pay AS MATERIALIZED (SELECT p.* FROM o JOIN payments p ON p.order_id = o.id),
     att AS MATERIALIZED (SELECT a.* FROM o JOIN attempts a ON a.order_id = o.id),
     ref AS MATERIALIZED (SELECT r.* FROM o JOIN refunds r ON r.order_id = o.id),
     dis AS MATERIALIZED (SELECT d.* FROM pay JOIN disputes d ON d.payment_id = pay.id),
     acc AS MATERIALIZED (SELECT a.*, l.title FROM o JOIN access a ON a.order_id = o.id JOIN order_lines l ON l.id = a.order_line_id),
     msg AS MATERIALIZED (SELECT m.* FROM messages m WHERE (m.object, m.object_id) IN (
             SELECT 'order', id FROM o UNION ALL SELECT 'payment', id FROM pay UNION ALL SELECT 'refund', id FROM ref UNION ALL SELECT 'access', id FROM acc
             UNION ALL SELECT 'agreement', g.id FROM o JOIN agreements g ON g.order_id = o.id)
             UNION SELECT m.* FROM messages m WHERE m.id IN (SELECT r.message_id FROM o JOIN dues d ON d.order_id = o.id JOIN reminders r ON r.due_id = d.id))
SELECT at, source, topic, code, ref, note, actor, currency, amount_minor FROM (
        SELECT created_at AS at, 1 AS rank, id, 'begun' AS source, 'order' AS topic, 'begun' AS code, NULL AS ref, NULL AS note,
               NULL AS actor, currency, total_minor AS amount_minor FROM o
        UNION ALL
        SELECT e.at, 2, e.id, 'evidence', 'evidence', e.kind, coalesce(e.facts ->> 'terms', e.facts ->> 'consent'), e.personal,
               e.facts ->> 'by', NULL, NULL
        FROM o JOIN evidence e ON e.order_id = o.id WHERE e.kind NOT IN ('paid', 'refunded', 'disputed')
        UNION ALL
        SELECT v.at, 3, v.id, 'move', 'attempt', v.status, a.kind, a.decline_code, NULL, a.currency, a.amount_minor
        FROM att a JOIN moves v ON v.machine = 'attempt' AND v.object_id = a.id WHERE v.status <> 'succeeded'
        UNION ALL
        -- The gateway counts whole seconds; nothing was paid before it was begun.
        SELECT greatest(received_at, (SELECT created_at FROM o)), 4, id, 'payment', 'payment', brand, gateway_ref, last_four, method_kind, currency, amount_minor FROM pay
        UNION ALL
        SELECT CASE WHEN i.received_at BETWEEN i.made_at AND i.made_at + interval '1 hour' THEN i.received_at ELSE i.made_at END,
               5, i.id, 'event', 'event', i.type, i.event_ref, i.source, i.status, NULL, NULL
        FROM inbox i WHERE i.payment_ref = ANY (ARRAY(SELECT gateway_ref FROM pay UNION SELECT gateway_ref FROM att))
        UNION ALL
        SELECT m.at, 6, m.id, 'mismatch', 'mismatch', 'mismatch', m.payment_ref, NULL, NULL, m.found_currency, m.found_minor
        FROM att JOIN mismatches m ON m.attempt_id = att.id
        UNION ALL
        SELECT v.at, 7, v.id, 'move', 'order', v.status, NULL, NULL, NULL, NULL, NULL
        FROM o JOIN moves v ON v.machine = 'order' AND v.object_id = o.id WHERE v.status <> 'paid'
        UNION ALL
        SELECT granted_at, 8, id, 'access', 'access', reason, title, note, NULL, NULL, NULL FROM acc
        UNION ALL
        SELECT v.at, 9, v.id, 'move', 'access', v.status, acc.title, CASE v.status WHEN 'ended' THEN acc.end_reason END, NULL, NULL, NULL
        FROM acc JOIN moves v ON v.machine = 'access' AND v.object_id = acc.id
        UNION ALL
        SELECT created_at, 10, id, 'refund', 'refund_kind', kind, gateway_ref, reason, NULL, currency, amount_minor FROM ref
        UNION ALL
        SELECT v.at, 11, v.id, 'move', 'refund', v.status, NULL, NULL, NULL, ref.currency, ref.amount_minor
        FROM ref JOIN moves v ON v.machine = 'refund' AND v.object_id = ref.id
        UNION ALL
        SELECT created_at, 12, id, 'dispute', 'dispute_reason', reason, gateway_ref, NULL, NULL, currency, amount_minor FROM dis
        UNION ALL
        SELECT v.at, 13, v.id, 'move', 'dispute', v.status, NULL, NULL, NULL, dis.currency, dis.amount_minor
        FROM dis JOIN moves v ON v.machine = 'dispute' AND v.object_id = dis.id
        UNION ALL
        SELECT r.issued_at, 14, r.id, 'receipt', 'receipt', r.kind, r.number, NULL, NULL, r.currency, r.total_minor
        FROM o JOIN receipts r ON r.order_id = o.id
        UNION ALL
        SELECT s.at, 15, s.id, 'send', msg.kind, coalesce(s.outcome, 'sending'), msg.id::text, msg.email, s.code::text, NULL, NULL
        FROM msg JOIN sends s ON s.message_id = msg.id
        UNION ALL
        SELECT v.at, 16, v.id, 'mail', msg.kind, v.status, msg.id::text, msg.email, NULL, NULL, NULL
        FROM msg JOIN moves v ON v.machine = 'message' AND v.object_id = msg.id WHERE v.status IN ('skipped', 'bounced')
        UNION ALL
        SELECT a.at, 17, a.id, 'audit', a.actor, a.action, a.facts ->> 'mails', a.facts ->> 'reason', coalesce(nullif(s.name, ''), s.email), NULL, NULL
        FROM o JOIN audit a ON a.object = 'order' AND a.object_id = o.id LEFT JOIN staff s ON a.actor = 'staff' AND s.id = a.actor_id
) h ORDER BY at, rank, id LIMIT 500;

-- How long access took: paid orders since the beginning of the day, of the last 7 and 30 days
-- in ZONE.  Milliseconds; NULL without orders.
-- name: access_figures :many
-- param: zone text
-- param: deadline integer
-- row access_figures_row: days integer, paid integer, median_ms bigint?, most_ms bigint?, late integer
WITH recent AS MATERIALIZED (
        SELECT paid_at, granted_at, extract(epoch FROM granted_at - paid_at)::float8 * 1000 AS ms FROM orders
        WHERE created_at >= app_now() - interval '91 days' AND paid_at >= app_now() - interval '31 days')
SELECT s.days, f.paid, f.median_ms, f.most_ms, f.late
FROM (SELECT d AS days, (date_trunc('day', app_now() AT TIME ZONE $1) - make_interval(days => d - 1)) AT TIME ZONE $1 AS since
      FROM unnest(ARRAY[1, 7, 30]) d) s,
     LATERAL (SELECT count(*)::integer AS paid,
                     percentile_cont(0.5) WITHIN GROUP (ORDER BY o.ms)::bigint AS median_ms,
                     percentile_cont(0.95) WITHIN GROUP (ORDER BY o.ms)::bigint AS most_ms,
                     (count(*) FILTER (WHERE o.granted_at > o.paid_at + make_interval(secs => $2)))::integer AS late
              FROM recent o WHERE o.paid_at >= s.since) f
ORDER BY s.days;

-- Alarms: OPEN ones, or the latest that are over.  With the order that each is about.
-- name: alarms_list :many
-- param: open bool
-- param: most integer
-- row alarm_row: id bigint, kind text, detail text, at timestamptz, repaired_at timestamptz?, closed_at timestamptz?, number text?,
--     object text, customer bigint?
SELECT m.id, m.kind, m.detail, m.at, m.repaired_at, m.closed_at, o.number, m.object,
       CASE m.object WHEN 'customer' THEN m.object_id ELSE o.customer_id END AS customer
FROM (SELECT * FROM alarms WHERE (closed_at IS NULL) = $1 ORDER BY id DESC LIMIT $2) m
     LEFT JOIN inbox i ON m.object = 'event' AND i.id = m.object_id
     LEFT JOIN attempts a ON a.key = i.attempt_key
     LEFT JOIN order_lines l ON m.object = 'line' AND l.id = m.object_id
     LEFT JOIN orders o ON o.id = CASE m.object WHEN 'order' THEN m.object_id WHEN 'line' THEN l.order_id WHEN 'event' THEN a.order_id END
ORDER BY m.id DESC;

-- settled, again, over, other, unknown.
-- name: alarm_settle :one
-- param: id bigint
-- param: again bool
-- param: reason text
-- row alarm_settled_row: answer text
SELECT staff_alarm_settle($1, $2, $3) AS answer;


-- Jobs by lane.
-- name: job_lanes :many
-- row job_lane_row: lane integer, ready integer, later integer, failing integer, dead integer, oldest_at timestamptz?
SELECT n.lane, coalesce(j.ready, 0) AS ready, coalesce(j.later, 0) AS later, coalesce(j.failing, 0) AS failing,
       coalesce(d.dead, 0) AS dead, j.oldest_at
FROM generate_series(1, 4) n(lane)
     LEFT JOIN (SELECT lane, (count(*) FILTER (WHERE run_at <= app_now()))::integer AS ready,
                       (count(*) FILTER (WHERE run_at > app_now()))::integer AS later,
                       (count(*) FILTER (WHERE tries > 0))::integer AS failing,
                       min(run_at) FILTER (WHERE run_at <= app_now()) AS oldest_at
                FROM jobs GROUP BY lane) j ON j.lane = n.lane
     LEFT JOIN (SELECT lane, count(*)::integer AS dead FROM jobs_dead GROUP BY lane) d ON d.lane = n.lane
ORDER BY n.lane;

-- Jobs that failed: those that will be tried again and those that were given up, with the
-- order where the key names a mail or a payment.
-- name: job_problems :many
-- param: most integer
-- row job_problem_row: id bigint, kind text, key text, tries integer, error text?, at timestamptz, dead bool, number text?
SELECT j.id, j.kind, j.key, j.tries, j.error, j.at, j.dead, o.number
FROM (SELECT *, CASE WHEN key ~ '^[0-9]{1,18}$' THEN key::bigint END AS n FROM (
              (SELECT id, kind, key, tries, error, run_at AS at, false AS dead FROM jobs WHERE tries > 0 ORDER BY run_at LIMIT $1)
              UNION ALL
              (SELECT id, kind, key, tries, error, died_at, true FROM jobs_dead ORDER BY died_at DESC LIMIT $1)) u) j
     LEFT JOIN messages m ON j.kind = 'mail' AND m.id = j.n
     LEFT JOIN refunds r ON r.id = CASE WHEN j.kind = 'credit_note' THEN j.n WHEN m.object = 'refund' THEN m.object_id END
     LEFT JOIN payments p ON p.id = CASE WHEN j.kind IN ('payment_detail', 'receipt') THEN j.n WHEN m.object = 'payment' THEN m.object_id END
     LEFT JOIN orders o ON o.id = coalesce(r.order_id, p.order_id, CASE m.object WHEN 'order' THEN m.object_id END)
ORDER BY j.dead DESC, j.at DESC LIMIT $1;

-- What runs by itself.
-- name: schedules_list :many
-- row schedule_row: name text, lane integer, every_s bigint, next_at timestamptz, overdue bool
SELECT name, lane::integer, extract(epoch FROM every)::bigint AS every_s, next_at,
       next_at < app_now() - greatest(every, interval '1 minute') AS overdue
FROM schedules ORDER BY every, name;
