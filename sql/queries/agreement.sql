-- What was agreed about paying over time: one version as a document, for both sides, and its paper.

-- VERSION 0: the one in force.
-- name: agreement_doc :one
-- param: number text
-- param: version integer
-- row agreement_doc_row: agreement_id bigint, number text, title text, slug text, buyer_name text, status text, kind text, every text, version integer, newest integer, why text, note text, shown text, total_minor bigint, period_minor bigint?, currency text, made_at timestamptz, by_staff bool, agreed_at timestamptz?, agreed_from text, terms_version integer?, fingerprint text, cancelled bool, papers bool, zone text
SELECT g.id AS agreement_id, o.number, l.title, l.slug, o.buyer_name, g.status, g.kind, coalesce(v.terms ->> 'every', '') AS every, v.version, g.version AS newest, v.why,
       v.note, v.shown, v.total_minor, CASE WHEN g.kind = 'subscription' THEN (v.terms ->> 'amount_minor')::bigint END AS period_minor, v.currency, v.made_at,
       v.made_by IS NOT NULL AS by_staff, c.at AS agreed_at, coalesce(split_part(c.personal, ' ', 1), '') AS agreed_from, t.version AS terms_version,
       coalesce(encode(v.sha256, 'hex'), '') AS fingerprint, g.cancel_asked_at IS NOT NULL AS cancelled,
       EXISTS (SELECT FROM agreement_papers p WHERE p.agreement_id = g.id AND p.version = v.version) AS papers, g.zone
FROM orders o JOIN agreements g ON g.order_id = o.id
     JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = CASE WHEN $2 = 0 THEN g.version ELSE $2 END
     JOIN LATERAL (SELECT x.title, p.slug FROM order_lines x JOIN products p ON p.id = x.product_id WHERE x.order_id = o.id ORDER BY x.id LIMIT 1) l ON true
     LEFT JOIN terms_versions t ON t.id = v.terms_id LEFT JOIN LATERAL agreement_consent(g.id, v.version) c ON true
WHERE o.number = $1;

-- The schedule of a version.  STATE is how each amount stands today, where the version is in force.
-- name: agreement_schedule :many
-- param: number text
-- param: version integer
-- row agreement_schedule_row: seq integer, part text, n bigint, of bigint, due_on date, day text, amount_minor bigint, currency text, kept bool, state text
SELECT r.seq, r.part, row_number() OVER (PARTITION BY r.part ORDER BY r.due_on, r.seq) AS n, count(*) OVER (PARTITION BY r.part) AS of, r.due_on, to_char(r.due_on, 'FMDay FMDD FMMonth YYYY') AS day, r.amount_minor,
       r.currency, r.kept,
       coalesce((SELECT d.status FROM dues d WHERE d.agreement_id = g.id AND d.seq = r.seq AND d.status <> 'replaced' AND r.version = g.version ORDER BY d.id DESC LIMIT 1), '') AS state
FROM orders o JOIN agreements g ON g.order_id = o.id
     JOIN agreement_rows r ON r.agreement_id = g.id AND r.version = CASE WHEN $2 = 0 THEN g.version ELSE $2 END
WHERE o.number = $1 ORDER BY r.due_on, r.seq;

-- Every version, the newest first.
-- name: agreement_pasts :many
-- param: number text
-- row agreement_past_row: number text, version integer, newest bool, why text, note text, total_minor bigint, currency text, made_at timestamptz, by_staff bool
SELECT o.number, v.version, v.version = g.version AS newest, v.why, v.note, v.total_minor, v.currency, v.made_at, v.made_by IS NOT NULL AS by_staff
FROM orders o JOIN agreements g ON g.order_id = o.id JOIN agreement_versions v ON v.agreement_id = g.id
WHERE o.number = $1 ORDER BY v.version DESC LIMIT 100;

-- name: agreement_paper_file :one
-- param: number text
-- param: version integer
-- row agreement_paper_file_row: version integer, pdf bytea
SELECT p.version, p.pdf FROM orders o JOIN agreements g ON g.order_id = o.id
     JOIN agreement_papers p ON p.agreement_id = g.id AND p.version = CASE WHEN $2 = 0 THEN g.version ELSE $2 END
WHERE o.number = $1;
