-- The sandbox gateway's own database (sql/sandbox/schema.sql).

-- name: sandbox_clock :one
-- Seconds that the sandbox's time is ahead of the real one.
-- row sandbox_clock_row: ahead bigint
SELECT ahead FROM clock;

-- name: sandbox_clock_set :exec
-- param: ahead bigint
UPDATE clock SET ahead = $1;

-- name: sandbox_object :maybe
-- param: id text
-- row sandbox_object_row: kind text, body text, inner_body text, due_at bigint?
SELECT kind, body::text, inner_body::text, due_at FROM objects WHERE id = $1;

-- name: sandbox_object_lock :maybe
-- The same, kept from everybody else until the commit.
-- param: id text
-- row sandbox_object_row
SELECT kind, body::text, inner_body::text, due_at FROM objects WHERE id = $1 FOR UPDATE;

-- name: sandbox_object_add :exec
-- param: body text
-- param: inner_body text
-- param: due_at bigint?
INSERT INTO objects (body, inner_body, due_at) VALUES ($1::jsonb, $2::jsonb, $3);

-- name: sandbox_object_save :exec
-- param: id text
-- param: body text
-- param: inner_body text
-- param: due_at bigint?
UPDATE objects SET body = $2::jsonb, inner_body = $3::jsonb, due_at = $4 WHERE id = $1;

-- name: sandbox_object_import :exec
-- A JSON list of {"body", "inner"}; what stands already is replaced, the last one counts.
-- param: list text
INSERT INTO objects (body, inner_body)
SELECT DISTINCT ON (e->'body'->>'id') e->'body', coalesce(e->'inner', '{}')
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS l(e, n) ORDER BY e->'body'->>'id', n DESC
ON CONFLICT (id) DO UPDATE SET body = EXCLUDED.body, inner_body = EXCLUDED.inner_body, due_at = NULL;

-- name: sandbox_object_list :many
-- Newest first; FOLLOWS is the id of the last object of the page before.
-- param: kind text
-- param: customer text?
-- param: intent text?
-- param: charge text?
-- param: source text?
-- param: email text?
-- param: subtype text?
-- param: created_from bigint?
-- param: created_to bigint?
-- param: follows text?
-- param: most bigint
-- row sandbox_listed_row: id text, body text
SELECT id, body::text FROM objects
WHERE kind = $1 AND created IS NOT NULL
  AND ($2::text IS NULL OR customer = $2) AND ($3::text IS NULL OR intent = $3)
  AND ($4::text IS NULL OR charge = $4) AND ($5::text IS NULL OR source = $5)
  AND ($6::text IS NULL OR email = $6) AND ($7::text IS NULL OR subtype = $7)
  AND ($8::bigint IS NULL OR created >= $8) AND ($9::bigint IS NULL OR created <= $9)
  AND ($10::text IS NULL OR (created, seq) < (SELECT c.created, c.seq FROM objects c WHERE c.id = $10))
ORDER BY created DESC, seq DESC LIMIT $11;

-- name: sandbox_object_list_back :many
-- The page before the object PRECEDES, oldest first.
-- param: kind text
-- param: customer text?
-- param: intent text?
-- param: charge text?
-- param: source text?
-- param: email text?
-- param: subtype text?
-- param: created_from bigint?
-- param: created_to bigint?
-- param: precedes text
-- param: most bigint
-- row sandbox_listed_row
SELECT id, body::text FROM objects
WHERE kind = $1 AND created IS NOT NULL
  AND ($2::text IS NULL OR customer = $2) AND ($3::text IS NULL OR intent = $3)
  AND ($4::text IS NULL OR charge = $4) AND ($5::text IS NULL OR source = $5)
  AND ($6::text IS NULL OR email = $6) AND ($7::text IS NULL OR subtype = $7)
  AND ($8::bigint IS NULL OR created >= $8) AND ($9::bigint IS NULL OR created <= $9)
  AND (created, seq) > (SELECT c.created, c.seq FROM objects c WHERE c.id = $10)
ORDER BY created, seq LIMIT $11;

-- name: sandbox_object_due :many
-- What happens by itself until NOW, oldest first.
-- param: until bigint
-- param: most bigint
-- row sandbox_due_row: id text, kind text, due_at bigint
SELECT id, kind, due_at FROM objects WHERE due_at <= $1 ORDER BY due_at, seq LIMIT $2;

-- name: sandbox_session_of :maybe
-- The checkout session that made an intent.
-- param: intent text
-- row sandbox_id_row: id text
SELECT id FROM objects WHERE intent = $1 AND kind = 'checkout.session';

-- name: sandbox_key_lock :one
-- False while another request with the same key is at work.
-- param: key text
-- row sandbox_flag_row: free bool
SELECT pg_try_advisory_xact_lock(hashtextextended('key ' || $1, 0)) AS free;

-- name: sandbox_key :maybe
-- param: key text
-- param: newer_than bigint
-- row sandbox_key_row: fingerprint text, request text, status integer, body text
SELECT fingerprint, request, status, body FROM idempotency_keys WHERE key = $1 AND at > $2;

-- name: sandbox_key_store :exec
-- param: key text
-- param: fingerprint text
-- param: request text
-- param: status integer
-- param: body text
-- param: at bigint
INSERT INTO idempotency_keys (key, fingerprint, request, status, body, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, request = EXCLUDED.request,
    status = EXCLUDED.status, body = EXCLUDED.body, at = EXCLUDED.at;

-- name: sandbox_log_add :exec
-- param: kind text
-- param: name text
-- param: object text?
-- param: detail text
INSERT INTO log (kind, name, object, detail) VALUES ($1, $2, $3, $4::jsonb);

-- name: sandbox_log :many
-- param: since bigint
-- param: most bigint
-- row sandbox_log_row: seq bigint, at text, kind text, name text, object text?, detail text,
--     state text?, attempts integer?, status integer?
SELECT l.seq, to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, l.kind, l.name,
       l.object, l.detail::text, d.state, d.attempts, d.status
FROM log l LEFT JOIN deliveries d ON l.kind = 'event' AND d.event = l.detail->>'id'
WHERE l.seq > $1 ORDER BY l.seq LIMIT $2;

-- name: sandbox_event_add :exec
-- The event, its delivery and its line in the log; the first fault that matches is used up.
-- param: body text
-- param: kind text
-- param: object text?
WITH fault AS (
    UPDATE faults SET remaining = remaining - 1 WHERE id = (
        SELECT f.id FROM faults f
        WHERE f.remaining > 0
          AND f.kind IN ('duplicate_event', 'delay_event', 'drop_event', 'reorder_events')
          AND (f.match IN ('event', 'event *', 'event ' || $2)
               OR starts_with('event ' || $2, rtrim(f.match, '.*') || '.'))
        ORDER BY f.id LIMIT 1 FOR UPDATE)
    RETURNING kind, seconds, times, remaining),
event AS (INSERT INTO events (body) VALUES ($1::jsonb) RETURNING id, seq),
line AS (INSERT INTO log (kind, name, object, detail)
    SELECT 'event', $2, $3, jsonb_build_object('id', event.id, 'fault', (SELECT kind FROM fault)) FROM event)
INSERT INTO deliveries (event, seq, state, fault, copies, next_at)
SELECT event.id, event.seq, CASE fault.kind WHEN 'drop_event' THEN 'dropped' ELSE 'pending' END,
       fault.kind, CASE fault.kind WHEN 'duplicate_event' THEN 2 ELSE 1 END,
       clock_timestamp() + make_interval(secs => CASE fault.kind
           WHEN 'delay_event' THEN fault.seconds
           -- the first to come waits longest, so that they arrive the other way round
           WHEN 'reorder_events' THEN fault.seconds::float8 * (fault.remaining + 1) / fault.times
           ELSE 0 END)
FROM event LEFT JOIN fault ON true;

-- name: sandbox_event :maybe
-- param: id text
-- row sandbox_event_row: id text, body text, pending bool
SELECT e.id, e.body::text, coalesce(d.state = 'pending', false) AS pending
FROM events e LEFT JOIN deliveries d ON d.event = e.id WHERE e.id = $1;

-- name: sandbox_event_list :many
-- Newest first.  KINDS: names with commas between them.
-- param: kinds text?
-- param: created_from bigint?
-- param: created_to bigint?
-- param: delivered bool?
-- param: follows text?
-- param: most bigint
-- row sandbox_event_row
SELECT e.id, e.body::text, coalesce(d.state = 'pending', false) AS pending
FROM events e LEFT JOIN deliveries d ON d.event = e.id
WHERE ($1::text IS NULL OR e.kind = ANY (string_to_array($1, ',')))
  AND ($2::bigint IS NULL OR e.created >= $2) AND ($3::bigint IS NULL OR e.created <= $3)
  AND ($4::bool IS NULL OR coalesce(d.state = 'delivered', false) = $4)
  AND ($5::text IS NULL OR (e.created, e.seq) < (SELECT c.created, c.seq FROM events c WHERE c.id = $5))
ORDER BY e.created DESC, e.seq DESC LIMIT $6;

-- name: sandbox_event_list_back :many
-- param: kinds text?
-- param: created_from bigint?
-- param: created_to bigint?
-- param: delivered bool?
-- param: precedes text
-- param: most bigint
-- row sandbox_event_row
SELECT e.id, e.body::text, coalesce(d.state = 'pending', false) AS pending
FROM events e LEFT JOIN deliveries d ON d.event = e.id
WHERE ($1::text IS NULL OR e.kind = ANY (string_to_array($1, ',')))
  AND ($2::bigint IS NULL OR e.created >= $2) AND ($3::bigint IS NULL OR e.created <= $3)
  AND ($4::bool IS NULL OR coalesce(d.state = 'delivered', false) = $4)
  AND (e.created, e.seq) > (SELECT c.created, c.seq FROM events c WHERE c.id = $5)
ORDER BY e.created, e.seq LIMIT $6;

-- name: sandbox_delivery_claim :maybe
-- The next one to post, kept from other workers until the commit.
-- row sandbox_delivery_row: event text, kind text, body text, copies integer, attempts integer
SELECT d.event, e.kind, e.body::text, d.copies, d.attempts
FROM deliveries d JOIN events e ON e.id = d.event
WHERE d.state = 'pending' AND d.next_at <= clock_timestamp()
ORDER BY d.seq LIMIT 1 FOR UPDATE OF d SKIP LOCKED;

-- name: sandbox_delivery_done :exec
-- Its outcome: STATE, and where it stays pending the seconds until it is tried again.
-- param: event text
-- param: state text
-- param: copies integer
-- param: status integer
-- param: wait bigint
UPDATE deliveries SET state = $2, copies = $3, attempts = attempts + 1, status = $4,
    next_at = clock_timestamp() + make_interval(secs => $5),
    done_at = CASE WHEN $2 = 'pending' THEN NULL ELSE clock_timestamp() END
WHERE event = $1;

-- name: sandbox_delivery_state :one
-- How many wait, and the milliseconds until the first of them (0: now; NULL: none).
-- row sandbox_delivery_state_row: pending bigint, wait_ms bigint?
SELECT count(*) AS pending,
       CASE WHEN count(*) > 0
            THEN greatest(0, ceil(extract(epoch FROM min(next_at) - clock_timestamp()) * 1000)) END::bigint AS wait_ms
FROM deliveries WHERE state = 'pending';

-- name: sandbox_fault_add :exec
-- param: match text
-- param: kind text
-- param: times integer
-- param: seconds integer
INSERT INTO faults (match, kind, times, remaining, seconds) VALUES ($1, $2, $3, $3, $4);

-- name: sandbox_fault_clear :exec
DELETE FROM faults;

-- name: sandbox_fault_list :many
-- row sandbox_fault_row: match text, kind text, times integer, remaining integer, seconds integer
SELECT match, kind, times, remaining, seconds FROM faults ORDER BY id;

-- name: sandbox_fault_take :maybe
-- Use up the first fault for a request ("POST /v1/refunds"), segment by segment; "$" at the end of a match: no more segments.
-- param: request text
-- row sandbox_taken_row: kind text, seconds integer
UPDATE faults SET remaining = remaining - 1 WHERE id = (
    SELECT f.id FROM faults f
    WHERE f.remaining > 0
      AND f.kind IN ('hang', 'error_after_commit', 'error_before', 'rate_limit')
      AND ($1 = rtrim(f.match, '$') OR starts_with($1, f.match || '/'))
    ORDER BY f.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING kind, seconds;
