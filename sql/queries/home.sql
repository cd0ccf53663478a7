-- The staff's first page: what needs somebody now, and the last thirty days.

-- What waits for a person, by kind (a dispute that has its task is told by that); src/admin/needs.c says for whom it is and where it is seen.
-- name: needs_now :many
-- row need_row: kind text, n bigint, oldest_at timestamptz?
SELECT kind, n, oldest_at FROM (
        SELECT 'alarm.' || kind AS kind, count(*) AS n, min(at) AS oldest_at FROM alarms a
                WHERE closed_at IS NULL AND kind <> 'job_dead'
                  AND NOT (kind = 'dispute' AND EXISTS (SELECT FROM tasks t WHERE t.kind = 'dispute' AND t.order_id = a.object_id))
                GROUP BY kind
        UNION ALL SELECT 'refunds', count(*), min(created_at) FROM refunds WHERE status = 'asked' AND part_of IS NULL AND asked_by IS DISTINCT FROM staff_me()
        UNION ALL SELECT 'payouts', count(*), min(decided_at) FROM refunds r JOIN payments p ON p.id = r.payment_id
                WHERE r.status = 'approved' AND p.bank_line_id IS NOT NULL
        UNION ALL SELECT 'addresses', count(DISTINCT customer_id), min(queued_at) FROM messages m
                WHERE status IN ('bounced', 'refused') AND queued_at > app_now() - interval '30 days'
                  AND EXISTS (SELECT FROM customers c WHERE c.id = m.customer_id AND c.email = m.email AND c.email_verified_at IS NULL AND m.queued_at > coalesce(c.mail_works_at, '-infinity'))
        UNION ALL SELECT 'tickets', count(*), min(since_at) FROM tickets WHERE status = 'open'
        UNION ALL SELECT 'transfers', count(*), min(loaded_at) FROM bank_lines WHERE status = 'new'
        UNION ALL SELECT 'jobs', count(*), min(died_at) FROM jobs_dead
        UNION ALL SELECT 'cases', count(*), min(opened_at) FROM cases WHERE status IN ('open', 'waiting')
) w WHERE n > 0 ORDER BY oldest_at;

-- Money by day and currency, from the rollups; both in UTC.
-- name: money_days :many
-- row money_day_row: day date, currency text, n bigint, paid_minor bigint, refunded_minor bigint
SELECT day, currency, coalesce(sum(n) FILTER (WHERE metric = 'paid'), 0)::bigint AS n, coalesce(sum(amount) FILTER (WHERE metric = 'paid'), 0)::bigint AS paid_minor,
       coalesce(sum(amount) FILTER (WHERE metric = 'refunded'), 0)::bigint AS refunded_minor
FROM rollups WHERE day > (app_now() AT TIME ZONE 'UTC')::date - 30 AND metric IN ('paid', 'refunded') GROUP BY day, currency ORDER BY currency, day;

-- How long access took, by day: grants and their milliseconds together.
-- name: access_days :many
-- row access_day_row: day date, n bigint, ms bigint
SELECT day, sum(n)::bigint AS n, sum(amount)::bigint AS ms FROM rollups WHERE day > (app_now() AT TIME ZONE 'UTC')::date - 30 AND metric = 'granted_ms' GROUP BY day ORDER BY day;
