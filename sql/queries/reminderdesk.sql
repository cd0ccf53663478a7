-- On which days customers are reminded: the plan of all products and those of one.

-- SLUG NULL is the plan of all.  OWN: a product has one of its own; DAYS as "-7 -1 0 3".
-- name: reminder_plan_one :one
-- param: slug text?
-- row reminder_plan_row: slug text?, title text?, seen text, own bool, enabled bool, days text, changed_at timestamptz, changed_by text?
SELECT p.slug, v.title, reminder_plan_seen(p.id) AS seen, n.product_id IS NOT NULL OR $1::text IS NULL AS own, n.enabled,
       array_to_string(n.days, ' ') AS days, n.changed_at, s.name AS changed_by
FROM (SELECT id, slug, version_id FROM products WHERE slug = $1::text UNION ALL SELECT NULL, NULL, NULL WHERE $1::text IS NULL) p
     LEFT JOIN LATERAL (SELECT title FROM product_versions WHERE product_id = p.id ORDER BY published_at IS NULL, version DESC LIMIT 1) v ON true
     CROSS JOIN LATERAL reminder_plan(p.id) n LEFT JOIN staff s ON s.id = n.changed_by;

-- Products with a plan of their own.
-- name: reminder_plans_own :many
-- row reminder_plan_row
SELECT p.slug, v.title, reminder_plan_seen(p.id) AS seen, true AS own, n.enabled, array_to_string(n.days, ' ') AS days, n.changed_at, s.name AS changed_by
FROM reminder_plans n JOIN products p ON p.id = n.product_id LEFT JOIN staff s ON s.id = n.changed_by
     LEFT JOIN LATERAL (SELECT title FROM product_versions WHERE product_id = p.id ORDER BY published_at IS NULL, version DESC LIMIT 1) v ON true
ORDER BY v.title, p.slug LIMIT 500;

-- DAYS as "{-7,-1,0}", NULL for those of all products.
-- name: reminder_plan_set :one
-- param: slug text?
-- param: seen text
-- param: on bool
-- param: days text?
-- row reminder_plan_answer_row: answer text
SELECT reminder_plan_set($1, $2, $3, $4::text::integer[]) AS answer;
