-- The access clock, the janitor and the day's housekeeping.

-- name: access_clock :one
-- param: deadline_seconds integer
-- row count_row: n bigint
SELECT access_clock($1)::bigint AS n;

-- name: access_start_due :one
-- row count_row: n bigint
SELECT access_start_due()::bigint AS n;

-- name: orders_expire :one
-- row count_row: n bigint
SELECT orders_expire()::bigint AS n;

-- name: chain_seal :one
-- row count_row: n bigint
SELECT chain_seal()::bigint AS n;

-- Attempts whose end we do not know: asked again 5 min, 1 h, then every day after they were
-- sent, and once their hosted page has run out (safety rule 5).
-- name: attempts_to_ask :many
-- row attempt_due_row: id bigint
SELECT a.id FROM attempts a JOIN orders o ON o.id = a.order_id
WHERE a.live AND a.kind <> 'transfer'
  AND CASE WHEN a.asked_at IS NULL THEN a.sent_at < app_now() - interval '5 minutes'
           WHEN a.sent_at > app_now() - interval '1 hour' THEN a.asked_at < app_now() - interval '55 minutes'
           WHEN o.expires_at < app_now() AND a.asked_at < o.expires_at THEN true
           ELSE a.asked_at < app_now() - interval '1 day' END
ORDER BY a.sent_at LIMIT 100;

-- A mail whose sender died: nobody knows whether the server has it (safety rule 24).
-- name: messages_lost :many
-- row message_lost_row: id bigint
UPDATE messages SET status = 'maybe_sent', detail = 'The program that was sending it ended.'
WHERE status = 'sending' AND lease_until < clock_timestamp()
RETURNING id;

-- name: sends_lost :exec
-- param: message_id bigint
UPDATE sends SET outcome = 'maybe_sent' WHERE message_id = $1 AND outcome IS NULL;

-- Mails that are due and have no job, because a job was lost with a restored database.
-- name: messages_orphaned :exec
INSERT INTO jobs (lane, kind, key, run_at, created_at)
SELECT 1, 'mail', m.id::text, app_now(), app_now() FROM messages m
WHERE m.status IN ('queued', 'deferred') AND m.queued_at < app_now() - interval '10 minutes'
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'mail' AND j.key = m.id::text)
  AND NOT EXISTS (SELECT FROM jobs_dead j WHERE j.kind = 'mail' AND j.key = m.id::text)
  AND NOT (m.kind = 'paid' AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = m.object_id))
  AND NOT (m.kind = 'refunded' AND EXISTS (SELECT FROM refund_items i WHERE i.refund_id = m.object_id)
           AND NOT EXISTS (SELECT FROM receipts r WHERE r.refund_id = m.object_id))
LIMIT 100
ON CONFLICT (kind, key) DO NOTHING;

-- Payments without a receipt and without a job that makes one.
-- name: payments_orphaned :exec
INSERT INTO jobs (lane, kind, key, run_at, created_at)
SELECT 1, CASE WHEN p.bank_line_id IS NULL THEN 'payment_detail' ELSE 'receipt' END, p.id::text, app_now(), app_now()
FROM payments p JOIN orders o ON o.id = p.order_id
WHERE p.allocated_minor > 0 AND p.booked_at < app_now() - interval '10 minutes' AND p.booked_at > app_now() - interval '30 days'
  AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id)
  -- A transfer's receipt is the whole order's, with the payment that completed it.
  AND (p.bank_line_id IS NULL OR (o.paid_at IS NOT NULL AND p.booked_at >= o.paid_at AND NOT EXISTS (SELECT FROM receipts r WHERE r.order_id = o.id)))
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.key = p.id::text AND j.kind IN ('payment_detail', 'receipt'))
LIMIT 100
ON CONFLICT (kind, key) DO NOTHING;

-- What the day's comparison found about an order (S0.9).
-- name: reconcile_alarm :exec
-- param: order_number text
-- param: detail text
SELECT alarm_raise('reconcile', 'order', o.id, $2) FROM orders o WHERE o.number = $1;

-- Have the gateway asked about an object once more.
-- name: fetch_again :exec
-- param: key text
-- param: type text
-- param: object text
SELECT job_add(2, 'gateway_fetch', $1, jsonb_build_object('type', $2::text, 'object', $3::text));
