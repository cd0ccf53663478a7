-- The worker writes the paper of an agreement.

-- name: agreement_paper_of :maybe
-- param: agreement_id bigint
-- param: version integer
-- row agreement_paper_of_row: number text, done bool, now_at timestamptz
SELECT o.number, EXISTS (SELECT FROM agreement_papers p WHERE p.agreement_id = v.agreement_id AND p.version = v.version) AS done, app_now() AS now_at
FROM agreement_versions v JOIN agreements g ON g.id = v.agreement_id JOIN orders o ON o.id = g.order_id
WHERE v.agreement_id = $1 AND v.version = $2;

-- name: agreement_paper_add :exec
-- param: agreement_id bigint
-- param: version integer
-- param: pdf bytea
INSERT INTO agreement_papers (agreement_id, version, customer_id, pdf, made_at)
SELECT v.agreement_id, v.version, v.customer_id, $3, app_now() FROM agreement_versions v WHERE v.agreement_id = $1 AND v.version = $2
ON CONFLICT DO NOTHING;
