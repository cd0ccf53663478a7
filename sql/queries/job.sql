-- The queue.  A claimed job is leased: its run_at moves ahead, and that moment is also the
-- token by which its holder finishes it.

-- name: schedules_run :exec
SELECT schedules_run();

-- Ten at a time, the front lanes first, each lane by its own index walk.
-- name: jobs_claim :many
-- param: lease_seconds integer
-- row job_row: id bigint, kind text, key text, args text, tries integer, leased_until timestamptz, now_at timestamptz
UPDATE jobs j SET run_at = app_now() + make_interval(secs => $1)
FROM (SELECT c.id FROM (VALUES (1), (2), (3), (4)) lanes(n)
      CROSS JOIN LATERAL (SELECT id, run_at FROM jobs
                          WHERE lane = lanes.n AND run_at <= app_now()
                          ORDER BY run_at, id FOR UPDATE SKIP LOCKED LIMIT 10) c
      LIMIT 10) mine
WHERE j.id = mine.id
RETURNING j.id, j.kind, j.key, j.args::text AS args, j.tries, j.run_at AS leased_until, app_now() AS now_at;

-- name: job_finish :exec
-- param: id bigint
-- param: leased_until timestamptz
WITH gone AS (DELETE FROM jobs WHERE id = $1 AND run_at = $2 RETURNING id, lane, kind, key, tries, created_at)
INSERT INTO jobs_done (id, lane, kind, key, tries, created_at, done_at)
SELECT id, lane, kind, key, tries, created_at, app_now() FROM gone;

-- name: job_again :exec
-- param: id bigint
-- param: leased_until timestamptz
-- param: seconds integer
-- param: error text
-- param: failed bool
UPDATE jobs SET run_at = app_now() + make_interval(secs => $3), error = left($4, 300),
                tries = tries + CASE WHEN $5 THEN 1 ELSE 0 END
WHERE id = $1 AND run_at = $2;

-- name: job_bury :exec
-- param: id bigint
-- param: leased_until timestamptz
-- param: error text
WITH gone AS (DELETE FROM jobs WHERE id = $1 AND run_at = $2 RETURNING id, lane, kind, key, args, tries, created_at),
     dead AS (INSERT INTO jobs_dead (id, lane, kind, key, args, tries, error, created_at, died_at)
              SELECT id, lane, kind, key, args, tries + 1, left($3, 300), created_at, app_now() FROM gone RETURNING id, kind)
SELECT alarm_raise('job_dead', 'job', id, format('The job %s was given up: %s', kind, left($3, 200))) FROM dead;

-- name: job_add :exec
-- param: lane integer
-- param: kind text
-- param: key text
-- param: args text
-- param: seconds integer
SELECT job_add($1, $2, $3, $4::jsonb, app_now() + make_interval(secs => $5));

-- name: jobs_tidy :exec
DELETE FROM jobs_done WHERE done_at < app_now() - interval '30 days';

-- name: tries_tidy :exec
SELECT tries_forget();

-- Seconds until the next job is due, at most 60.
-- name: jobs_next :one
-- row jobs_next_row: milliseconds bigint
SELECT greatest(0, least(60000, extract(epoch FROM coalesce(min(t), app_now() + interval '1 minute') - app_now()) * 1000))::bigint AS milliseconds
FROM (SELECT min(run_at) AS t FROM jobs UNION ALL SELECT min(next_at) FROM schedules) due;
