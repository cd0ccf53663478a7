-- Texts of mails that staff edit, in versions.

-- Those in force for all products.
-- name: texts_all :many
-- row text_item_row: kind text, version integer, subject text, published_at timestamptz, published_by text?
SELECT DISTINCT ON (t.kind) t.kind, t.version, t.subject, t.published_at, s.name AS published_by
FROM message_texts t LEFT JOIN staff s ON s.id = t.published_by WHERE t.published_at IS NOT NULL AND t.product_id IS NULL ORDER BY t.kind, t.version DESC;

-- Those of a product that may have its own: OWN says whether it has.
-- name: texts_product :many
-- param: slug text
-- row text_own_row: kind text, own bool, subject text, published_at timestamptz, published_by text?
SELECT k.kind, t.product_id IS NOT NULL AS own, t.subject, t.published_at, s.name AS published_by
FROM products p CROSS JOIN (SELECT DISTINCT kind FROM message_texts WHERE text_by_product(kind)) k CROSS JOIN LATERAL text_of(k.kind, p.id) t
     LEFT JOIN staff s ON s.id = t.published_by
WHERE p.slug = $1 ORDER BY array_position(ARRAY['reminder_charge', 'reminder_ahead', 'reminder_today', 'reminder_late', 'reminder_last'], k.kind), k.kind;

-- The text in force, or one of its versions; of all products (SLUG NULL), or of one.  LAST: the
-- newest version there is, 0 for none; OWN: the product's own words hold.
-- name: text_version :one
-- param: kind text
-- param: version integer?
-- param: slug text?
-- row text_version_row: kind text, version integer, subject text, body text, last integer, own bool, title text
SELECT t.kind, CASE WHEN t.product_id IS NOT DISTINCT FROM p.id THEN t.version ELSE 0 END AS version, t.subject, t.body_md AS body,
       coalesce((SELECT max(n.version) FROM message_texts n WHERE n.kind = $1 AND n.product_id IS NOT DISTINCT FROM p.id AND n.published_at IS NOT NULL), 0) AS last,
       t.product_id IS NOT NULL AS own, coalesce((SELECT v.title FROM product_versions v JOIN products x ON x.version_id = v.id WHERE x.id = p.id), '') AS title
FROM (SELECT id FROM products WHERE slug = $3 AND text_by_product($1) UNION ALL SELECT NULL WHERE $3 IS NULL) p
     CROSS JOIN LATERAL (
        SELECT * FROM text_of($1, p.id) w WHERE $2::integer IS NULL AND w.id IS NOT NULL
        UNION ALL
        SELECT * FROM message_texts n WHERE n.kind = $1 AND n.product_id IS NOT DISTINCT FROM p.id AND n.version = $2::integer AND n.published_at IS NOT NULL) t;

-- name: text_history :many
-- param: kind text
-- param: slug text?
-- row text_past_row: version integer, subject text, as_all bool, published_at timestamptz, published_by text?
SELECT t.version, t.subject, t.as_all, t.published_at, s.name AS published_by
FROM message_texts t LEFT JOIN products p ON p.id = t.product_id LEFT JOIN staff s ON s.id = t.published_by
WHERE t.kind = $1 AND p.slug IS NOT DISTINCT FROM $2 AND t.published_at IS NOT NULL ORDER BY t.version DESC LIMIT 100;

-- name: text_publish :one
-- param: kind text
-- param: slug text?
-- param: seen integer
-- param: subject text
-- param: body text
-- param: as_all bool
-- row text_answer_row: answer text
SELECT text_publish($1, $2, $3, $4, $5, $6) AS answer;
