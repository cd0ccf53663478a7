-- The product's time, for latchkeyctl.

-- name: clock_now :one
-- row clock_row: now_at timestamptz, ahead_seconds bigint
SELECT app_now() AS now_at, extract(epoch FROM app_now() - now())::bigint AS ahead_seconds;

-- name: clock_set :exec
-- param: seconds bigint
UPDATE dev_clock SET ahead = make_interval(secs => $1);

-- What the worker still has before it: jobs and schedules whose time has come, events that
-- are not settled, mails that are being sent.
-- name: clock_due :one
-- row clock_due_row: jobs bigint, schedules bigint, events bigint, mails bigint
SELECT (SELECT count(*) FROM jobs WHERE run_at <= app_now()) AS jobs,
       (SELECT count(*) FROM schedules WHERE next_at <= app_now()) AS schedules,
       (SELECT count(*) FROM inbox WHERE status = 'new' AND tries = 0) AS events,
       (SELECT count(*) FROM messages WHERE status = 'sending' AND lease_until > clock_timestamp()) AS mails;

-- Jobs whose time has come; each is followed until it is gone or was put off with a reason.
-- name: clock_jobs_due :many
-- row clock_job_row: id bigint
SELECT id FROM jobs WHERE run_at <= app_now() ORDER BY id;

-- name: clock_jobs_left :one
-- Of the jobs IDS ("{1,2,3}"), how many are being worked on.
-- param: ids text
-- row clock_left_row: n bigint
SELECT count(*) AS n FROM jobs WHERE id = ANY ($1::bigint[]) AND (run_at <= app_now() OR error IS NULL);
