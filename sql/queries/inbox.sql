-- The worker's side of the inbox: what failed, and what never reached us.

-- name: inbox_due :many
-- row inbox_due_row: account text, event_ref text
SELECT a.name AS account, i.event_ref
FROM inbox i JOIN accounts a ON a.id = i.account_id
WHERE i.status = 'new' AND i.next_at <= clock_timestamp()
ORDER BY i.next_at, i.id LIMIT 100;

-- The newest event that we know, by the gateway's time: the sweep asks for what came since.
-- name: inbox_newest :maybe
-- param: account text
-- row inbox_newest_row: made_at timestamptz
SELECT i.made_at FROM inbox i JOIN accounts a ON a.id = i.account_id
WHERE a.name = $1 ORDER BY i.made_at DESC, i.id DESC LIMIT 1;

-- name: inbox_known :many
-- param: account text
-- param: since timestamptz
-- row inbox_known_row: event_ref text
SELECT i.event_ref FROM inbox i JOIN accounts a ON a.id = i.account_id
WHERE a.name = $1 AND i.made_at >= $2;
