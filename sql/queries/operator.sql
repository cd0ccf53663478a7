-- What latchkeyctl asks for one order, the jobs and the checks.

-- name: operator_staff_add :one
-- param: email text
-- param: email_fold text
-- param: name text
-- param: role text
-- param: link_hash bytea
-- row operator_answer_row: answer text
SELECT staff_add($1, $2, $3, $4, $5) AS answer;

-- name: operator_order :maybe
-- param: number text
-- row operator_order_row: id bigint, n_open bigint, n_ended bigint
SELECT o.id, count(*) FILTER (WHERE a.status <> 'ended') AS n_open, count(*) FILTER (WHERE a.status = 'ended') AS n_ended
FROM orders o LEFT JOIN access a ON a.order_id = o.id
WHERE o.number = upper($1) GROUP BY o.id;

-- granted, has, unknown.
-- name: operator_gift :one
-- param: number text
-- param: reason text
-- row operator_answer_row
SELECT access_gift($1, $2, 'operator', NULL) AS answer;

-- granted, has, none (never granted), unknown.
-- name: operator_regrant :one
-- param: number text
-- row operator_answer_row
SELECT access_regrant($1, 'operator', NULL) AS answer;

-- How many mails; -1 for an unknown order.
-- name: operator_resend :one
-- param: number text
-- row operator_count_row: n bigint
SELECT order_resend($1, 'operator', NULL)::bigint AS n;

-- STATE '' shows all but those that are done.
-- name: operator_jobs :many
-- param: state text
-- param: most integer
-- row operator_job_row: id bigint, state text, lane integer, kind text, key text, tries integer, at timestamptz, error text?
SELECT id, state, lane, kind, key, tries, at, error
FROM (SELECT id, CASE WHEN tries > 0 THEN 'failing' WHEN run_at <= app_now() THEN 'due' ELSE 'waiting' END AS state,
             lane::integer, kind, key, tries, run_at AS at, error FROM jobs
      UNION ALL
      SELECT id, 'dead', lane::integer, kind, key, tries, died_at, error FROM jobs_dead
      UNION ALL
      SELECT id, 'done', lane::integer, kind, key, tries, done_at, NULL FROM jobs_done WHERE $1 = 'done') j
WHERE $1 IN ('', j.state)
ORDER BY CASE state WHEN 'dead' THEN 0 WHEN 'failing' THEN 1 WHEN 'due' THEN 2 WHEN 'waiting' THEN 3 ELSE 4 END,
         CASE WHEN state = 'done' THEN now() - at ELSE at - now() END, id
LIMIT $2;

-- How many it set to run now: 1, or 0 when there is no such job.
-- name: operator_job_retry :one
-- param: id bigint
-- row operator_count_row
WITH dead AS (DELETE FROM jobs_dead WHERE id = $1 RETURNING lane, kind, key, args),
     again AS (INSERT INTO jobs AS j (lane, kind, key, args, run_at, created_at)
               SELECT lane, kind, key, args, app_now(), app_now() FROM dead
               ON CONFLICT (kind, key) DO UPDATE SET run_at = excluded.run_at RETURNING 1),
     waiting AS (UPDATE jobs SET run_at = least(run_at, app_now()) WHERE id = $1 RETURNING 1),
     told AS (SELECT audit_add('operator', NULL, 'job.retried', 'job', $1) FROM
              (SELECT FROM again UNION ALL SELECT FROM waiting) hit)
SELECT ((SELECT count(*) FROM again) + (SELECT count(*) FROM waiting) + 0 * (SELECT count(*) FROM told))::bigint AS n;

-- name: operator_job_alarm_close :exec
-- param: id bigint
UPDATE alarms SET closed_at = app_now() WHERE kind = 'job_dead' AND object = 'job' AND object_id = $1 AND closed_at IS NULL;

-- Open ones, or with ALL those that are over as well.
-- name: operator_alarms :many
-- param: everything bool
-- param: most integer
-- row operator_alarm_row: id bigint, kind text, state text, object text, object_id bigint, order_number text?, at timestamptz, detail text
SELECT m.id, m.kind, CASE WHEN m.closed_at IS NULL THEN 'open' WHEN m.repaired_at IS NOT NULL THEN 'repaired' ELSE 'closed' END AS state,
       m.object, m.object_id, o.number AS order_number, m.at, m.detail
FROM alarms m LEFT JOIN orders o ON m.object = 'order' AND o.id = m.object_id
WHERE $1 OR m.closed_at IS NULL ORDER BY m.id DESC LIMIT $2;

-- settled, again, over, other, unknown.
-- name: operator_alarm_settle :one
-- param: id bigint
-- param: again bool
-- param: reason text
-- row operator_answer_row
SELECT alarm_settle($1, $2, $3, 'operator', NULL) AS answer;

-- name: operator_check_access :many
-- row finding_row: kind text, order_number text?, expected text?, found text?
SELECT kind, order_number, expected, found FROM check_access();

-- name: operator_check_money :many
-- row finding_row
SELECT kind, order_number, expected, found FROM check_money();

-- Row-level security, rights, owners, and the sealed logs of audit and evidence.
-- name: operator_check_schema :many
-- param: development bool
-- row finding_row
SELECT kind, order_number, expected, found FROM check_schema($1)
UNION ALL
SELECT kind, order_number, expected, found FROM chain_check();
