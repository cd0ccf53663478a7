-- Failed payments, as staff work through them.

-- Open and waiting ones, the oldest first, from the place that the last page ended at.  STATE: active,
-- open, waiting; OWNER: '', me, none; LEAST in whole units of the currency; '' is any.
-- name: care_active :many
-- param: state text
-- param: class text
-- param: owner text
-- param: least bigint
-- param: after_at timestamptz
-- param: after_id bigint
-- param: most integer
-- row care_row: id bigint, customer_id bigint, customer text, title text, amount_minor bigint, currency text, status text, class text, reason_code text, failures integer,
--     opened_at timestamptz, resolved_at timestamptz?, next_step text, next_why text, next_at timestamptz?, promised_on date?, owner text?, is_mine bool, cause text?, score integer?, zone text
SELECT c.id, c.customer_id, coalesce(nullif(u.name, ''), u.email, 'erased') AS customer, d.title, c.rest_minor AS amount_minor, c.currency, c.status, c.class, c.reason_code, c.failures,
       c.opened_at, c.resolved_at, c.next_step, c.next_why, c.next_at,
       (SELECT p.promised_on FROM promises p WHERE p.due_id = c.due_id AND p.status = 'open') AS promised_on, coalesce(nullif(s.name, ''), s.email) AS owner,
       coalesce(c.owner_id = staff_me(), false) AS is_mine, NULL::text AS cause, NULL::integer AS score, coalesce(nullif(u.zone, ''), 'UTC') AS zone
FROM (SELECT c.*, d.amount_minor - d.paid_minor AS rest_minor FROM cases c JOIN dues d ON d.id = c.due_id JOIN currencies x ON x.code = c.currency
      WHERE c.status IN ('open', 'waiting') AND ($1 = 'active' OR c.status = $1) AND ($2 = '' OR c.class = $2)
        AND CASE $3 WHEN 'me' THEN c.owner_id = staff_me() WHEN 'none' THEN c.owner_id IS NULL ELSE true END
        AND ($4 = 0 OR d.amount_minor - d.paid_minor >= $4 * (10 ^ x.exponent)::bigint) AND (c.opened_at, c.id) > ($5, $6)
      ORDER BY c.opened_at, c.id LIMIT $7) c
     JOIN customers u ON u.id = c.customer_id JOIN dues d ON d.id = c.due_id LEFT JOIN staff s ON s.id = c.owner_id
ORDER BY c.opened_at, c.id;

-- What is at risk in that list, whole.
-- name: care_risk :many
-- param: state text
-- param: class text
-- param: owner text
-- param: least bigint
-- row care_risk_row: currency text, n bigint, amount_minor bigint
SELECT c.currency, count(*) AS n, sum(d.amount_minor - d.paid_minor)::bigint AS amount_minor
FROM cases c JOIN dues d ON d.id = c.due_id JOIN currencies x ON x.code = c.currency
WHERE c.status IN ('open', 'waiting') AND ($1 = 'active' OR c.status = $1) AND ($2 = '' OR c.class = $2)
  AND CASE $3 WHEN 'me' THEN c.owner_id = staff_me() WHEN 'none' THEN c.owner_id IS NULL ELSE true END
  AND ($4 = 0 OR d.amount_minor - d.paid_minor >= $4 * (10 ^ x.exponent)::bigint)
GROUP BY c.currency ORDER BY 3 DESC;

-- Cases of any state by the time at which they opened, the newest first.  CAUSE 'none': none yet;
-- RECOVERED: yes, no: paid within 14 days.
-- name: care_past :many
-- param: state text
-- param: class text
-- param: owner text
-- param: least bigint
-- param: cause text
-- param: recovered text
-- param: rated bool
-- param: since_at timestamptz
-- param: until_at timestamptz
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row care_row
SELECT c.id, c.customer_id, coalesce(nullif(u.name, ''), u.email, 'erased') AS customer, d.title, c.amount_minor, c.currency, c.status, c.class, c.reason_code, c.failures,
       c.opened_at, c.resolved_at, c.next_step, c.next_why, c.next_at,
       (SELECT p.promised_on FROM promises p WHERE p.due_id = c.due_id AND p.status = 'open') AS promised_on, coalesce(nullif(s.name, ''), s.email) AS owner,
       coalesce(c.owner_id = staff_me(), false) AS is_mine, k.title AS cause,
       (SELECT r.score FROM ratings r WHERE r.kind = 'case' AND r.object_id = c.id AND r.customer_id = c.customer_id) AS score, coalesce(nullif(u.zone, ''), 'UTC') AS zone
FROM (SELECT c.* FROM cases c JOIN currencies x ON x.code = c.currency
      WHERE ($1 = 'all' OR c.status = $1) AND ($2 = '' OR c.class = $2)
        AND CASE $3 WHEN 'me' THEN c.owner_id = staff_me() WHEN 'none' THEN c.owner_id IS NULL ELSE true END
        AND ($4 = 0 OR c.amount_minor >= $4 * (10 ^ x.exponent)::bigint)
        AND CASE $5 WHEN '' THEN true WHEN 'none' THEN c.cause IS NULL ELSE c.cause = $5 END
        AND CASE $6 WHEN '' THEN true ELSE ($6 = 'yes') = (coalesce(c.resolved_at <= c.opened_at + interval '14 days', false) AND c.resolved_by <> 'staff') END
        AND (NOT $7 OR EXISTS (SELECT FROM ratings r WHERE r.kind = 'case' AND r.object_id = c.id AND r.customer_id = c.customer_id))
        AND c.opened_at >= $8 AND c.opened_at < $9 AND (c.opened_at, c.id) < ($10, $11)
      ORDER BY c.opened_at DESC, c.id DESC LIMIT $12) c
     JOIN customers u ON u.id = c.customer_id JOIN dues d ON d.id = c.due_id LEFT JOIN staff s ON s.id = c.owner_id LEFT JOIN case_causes k ON k.cause = c.cause
ORDER BY c.opened_at DESC, c.id DESC;

-- name: care_causes :many
-- row care_cause_row: cause text, title text
SELECT cause, title FROM case_causes ORDER BY position;

-- Who may look after a case.
-- name: care_staff :many
-- row care_staff_row: id bigint, name text, is_me bool
SELECT s.id, coalesce(nullif(s.name, ''), s.email) AS name, s.id = staff_me() AS is_me
FROM staff s JOIN staff_rights r ON r.role = s.role AND r.verb = 'cases' WHERE s.disabled_at IS NULL ORDER BY 2 LIMIT 200;

-- --- one of them ---------------------------------------------------------------------------------

-- name: care_case :one
-- param: id bigint
-- row care_case_row: id bigint, number text, customer_id bigint, customer_name text, email text?, phone text, zone text, order_number text, title text, amount_minor bigint, rest_minor bigint,
--     currency text, due_on date, due_status text, status text, class text, reason_code text, failures integer, opened_at timestamptz, failed_at timestamptz, resolved_at timestamptz?, resolved_by text,
--     closed_at timestamptz?, closed_by text?, cause text?, cause_title text?, cause_guess text, note text, owner_id bigint?, owner text?, is_mine bool, next_step text, next_why text, next_at timestamptz?,
--     stopped bool, promised_on date?, links bigint, access_status text?, nothing_new_on date?, read_only_on date?, locked_on date?, method_kind text?, brand text?, last_four text?, ticket text?,
--     score integer?, words text?, returned bool, now_at timestamptz, splits bool
SELECT c.id, c.number, c.customer_id, u.name AS customer_name, u.email, u.phone, due_zone(c.due_id) AS zone, o.number AS order_number, d.title, c.amount_minor,
       d.amount_minor - d.paid_minor AS rest_minor, c.currency, d.due_on, d.status AS due_status, c.status, c.class, c.reason_code, c.failures, c.opened_at, c.failed_at, c.resolved_at, c.resolved_by,
       c.closed_at, coalesce(nullif(b.name, ''), b.email) AS closed_by, c.cause, k.title AS cause_title, case_cause_guess(c.class, c.reason_code) AS cause_guess, c.note,
       c.owner_id, coalesce(nullif(s.name, ''), s.email) AS owner, coalesce(c.owner_id = staff_me(), false) AS is_mine, c.next_step, c.next_why, c.next_at, c.stopped_at IS NOT NULL AS stopped,
       (SELECT p.promised_on FROM promises p WHERE p.due_id = c.due_id AND p.status = 'open') AS promised_on, case_links_live(c.due_id) AS links,
       (SELECT x.status FROM access x WHERE x.order_id = c.order_id ORDER BY x.id LIMIT 1) AS access_status,
       d.due_on + g.nothing_new_days AS nothing_new_on, d.due_on + g.read_only_days AS read_only_on, d.due_on + g.locked_days AS locked_on, m.kind AS method_kind, m.brand, m.last_four,
       (SELECT t.number FROM tickets t WHERE t.case_id = c.id ORDER BY t.id DESC LIMIT 1) AS ticket, r.score, r.words,
       EXISTS (SELECT FROM mail_failures f WHERE f.address = lower(u.email)) AS returned, app_now() AS now_at, order_splits(c.order_id) AS splits
FROM cases c JOIN dues d ON d.id = c.due_id JOIN orders o ON o.id = c.order_id JOIN customers u ON u.id = c.customer_id LEFT JOIN agreements g ON g.id = d.agreement_id
     LEFT JOIN staff s ON s.id = c.owner_id LEFT JOIN staff b ON b.id = c.closed_by LEFT JOIN case_causes k ON k.cause = c.cause
     LEFT JOIN payment_methods m ON m.id = due_method(c.due_id)
     LEFT JOIN ratings r ON r.kind = 'case' AND r.object_id = c.id AND r.customer_id = c.customer_id
WHERE c.id = $1;

-- Everything that happened, the newest first.  TOPIC tells what the other columns are.
-- name: care_timeline :many
-- param: id bigint
-- row care_event_row: topic text, at timestamptz, code text, status text, who text?, body text, amount_minor bigint?, currency text?, link_id bigint?, person_id bigint?, day date?, until_at timestamptz?
WITH k AS MATERIALIZED (SELECT * FROM cases WHERE id = $1)
SELECT topic, at, code, status, who, body, amount_minor, currency, link_id, person_id, day, until_at FROM (
        SELECT 'opened' AS topic, k.opened_at AS at, k.class AS code, '' AS status, NULL::text AS who, '' AS body, k.amount_minor, k.currency, NULL::bigint AS link_id, NULL::bigint AS person_id, NULL::date AS day,
               NULL::timestamptz AS until_at FROM k
        UNION ALL
        SELECT 'attempt', CASE WHEN a.status = 'created' THEN a.planned_at ELSE coalesce(a.settled_at, a.sent_at, a.created_at) END, coalesce(a.decline_code, a.error_code, ''), a.status,
               NULL, coalesce(a.why, ''), a.amount_minor, a.currency, NULL, NULL, NULL, NULL
        FROM k JOIN attempts a ON a.due_id = k.due_id
        UNION ALL
        SELECT 'mail', coalesce(m.sent_at, m.queued_at), m.kind, m.status, NULL, coalesce(b.subject, ''), NULL, NULL, m.id, m.customer_id, NULL, NULL
        FROM k JOIN messages m ON (m.object = 'due' AND m.object_id = k.due_id) OR (m.object = 'case' AND m.object_id = k.id) LEFT JOIN message_bodies b ON b.message_id = m.id
        UNION ALL
        SELECT 'mail', coalesce(m.sent_at, m.queued_at), m.kind, m.status, NULL, coalesce(b.subject, ''), NULL, NULL, m.id, m.customer_id, NULL, NULL
        FROM k JOIN reminders r ON r.due_id = k.due_id JOIN messages m ON m.id = r.message_id LEFT JOIN message_bodies b ON b.message_id = m.id
        UNION ALL
        SELECT 'promise', p.made_at, '', p.status, s.name, '', NULL, NULL, NULL, NULL, p.promised_on, p.settled_at FROM k JOIN promises p ON p.due_id = k.due_id LEFT JOIN staff s ON s.id = p.made_by
        UNION ALL
        SELECT n.kind, n.at, n.outcome, '', coalesce(nullif(s.name, ''), s.email), n.body, NULL, NULL, NULL, NULL, NULL, n.next_at FROM k JOIN case_notes n ON n.case_id = k.id JOIN staff s ON s.id = n.staff_id
        UNION ALL
        SELECT 'post', p.at, p.author, '', coalesce(nullif(s.name, ''), s.email), p.body, NULL, NULL, NULL, NULL, NULL, NULL
        FROM k JOIN tickets t ON t.case_id = k.id JOIN posts p ON p.ticket_id = t.id LEFT JOIN staff s ON s.id = p.staff_id
        UNION ALL
        SELECT 'payment', p.received_at, p.method_kind, '', NULL, '', l.amount_minor, l.currency, NULL, NULL, NULL, NULL
        FROM k JOIN allocations l ON l.due_id = k.due_id JOIN payments p ON p.id = l.payment_id WHERE l.amount_minor > 0
        UNION ALL
        SELECT 'act', u.at, u.action, '', coalesce(nullif(s.name, ''), s.email), coalesce(u.facts ->> 'reason', ''), (u.facts ->> 'amount_minor')::bigint, u.facts ->> 'currency', NULL, NULL, NULL, NULL
        FROM k JOIN audit u ON u.object = 'case' AND u.object_id = k.id LEFT JOIN staff s ON s.id = u.actor_id AND u.actor = 'staff'
        WHERE u.action NOT IN ('case.called', 'case.noted', 'case.written', 'case.closed')
        UNION ALL
        SELECT 'resolved', k.resolved_at, k.resolved_by, '', NULL, '', NULL, NULL, NULL, NULL, NULL, NULL FROM k WHERE k.resolved_at IS NOT NULL
        UNION ALL
        SELECT 'rating', r.changed_at, '', r.score::text, NULL, r.words, NULL, NULL, NULL, NULL, NULL, NULL
        FROM k JOIN ratings r ON r.kind = 'case' AND r.object_id = k.id AND r.customer_id = k.customer_id
        UNION ALL
        SELECT 'closed', k.closed_at, '', '', coalesce(nullif(s.name, ''), s.email), c.title || CASE WHEN k.note <> '' THEN ': ' || k.note ELSE '' END, NULL, NULL, NULL, NULL, NULL, NULL
        FROM k JOIN case_causes c ON c.cause = k.cause LEFT JOIN staff s ON s.id = k.closed_by WHERE k.closed_at IS NOT NULL) t
ORDER BY at DESC, topic LIMIT 400;

-- The playbook for what went wrong.
-- name: care_playbook :maybe
-- param: id bigint
-- row care_playbook_row: slug text, version_id bigint, version integer, title text, fields text, body_md text
SELECT a.slug, v.id AS version_id, v.version, v.title, v.fields, v.body_md
FROM cases c JOIN articles a ON a.slug = article_for('playbook', c.reason_code, c.class) JOIN article_versions v ON v.id = a.version_id WHERE c.id = $1;

-- What was noted by it, and by older versions.
-- name: care_answers :many
-- param: id bigint
-- row care_answer_row: version_id bigint, version integer, position integer, label text, answer text, who text, at timestamptz
SELECT a.version_id, v.version, a.position, a.label, a.answer, coalesce(nullif(s.name, ''), s.email) AS who, a.at
FROM case_answers a JOIN article_versions v ON v.id = a.version_id JOIN staff s ON s.id = a.staff_id WHERE a.case_id = $1 ORDER BY v.id DESC, a.position;

-- name: care_own :one
-- param: id bigint
-- param: staff_id bigint?
-- row care_answer_of_row: answer text
SELECT case_own($1, $2) AS answer;

-- name: care_own_me :one
-- param: id bigint
-- row care_answer_of_row
SELECT case_own($1, staff_me()) AS answer;

-- NEXT_LOCAL is "2026-11-23 14:30" in ZONE: when to call again.
-- name: care_note :one
-- param: id bigint
-- param: nonce text
-- param: kind text
-- param: outcome text
-- param: body text
-- param: next_local text?
-- param: zone text
-- row care_answer_of_row
SELECT case_note($1, $2, $3, $4, $5, $6::timestamp AT TIME ZONE $7) AS answer;

-- LABELS and ANSWERS are JSON arrays of texts.
-- name: care_answer :one
-- param: id bigint
-- param: version_id bigint
-- param: labels text
-- param: answers text
-- row care_answer_of_row
SELECT case_answer($1, $2, ARRAY(SELECT jsonb_array_elements_text($3::jsonb)), ARRAY(SELECT jsonb_array_elements_text($4::jsonb))) AS answer;

-- name: care_letter :one
-- param: id bigint
-- param: nonce text
-- param: subject text
-- param: body text
-- row care_answer_of_row
SELECT case_letter($1, $2, $3, $4) AS answer;

-- name: care_settle :one
-- param: id bigint
-- param: how text
-- param: reason text
-- row care_answer_of_row
SELECT case_settle($1, $2, $3) AS answer;

-- name: care_link :one
-- param: id bigint
-- param: act text
-- param: nonce text
-- row care_answer_of_row
SELECT case_link($1, $2, $3) AS answer;

-- name: care_retry :one
-- param: id bigint
-- param: act text
-- param: reason text
-- row care_answer_of_row
SELECT case_retry($1, $2, $3) AS answer;

-- name: care_close :one
-- param: id bigint
-- param: cause text
-- param: note text
-- row care_answer_of_row
SELECT case_close($1, $2, $3) AS answer;
