-- Events of the gateway: the hooks store and settle them, the worker those that were late.

-- name: event_store :one
-- param: account text
-- param: event_ref text
-- param: type text
-- param: source text
-- param: body text
-- param: made_at timestamptz
-- param: acts text
-- param: attempt_key text?
-- param: payment_ref text?
-- param: session_ref text?
-- param: charge_ref text?
-- param: object_ref text?
-- param: amount_minor bigint?
-- param: currency text?
-- row verdict_row: verdict text
SELECT event_store($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS verdict;

-- name: event_apply :one
-- param: account text
-- param: event_ref text
-- row verdict_row: verdict text
SELECT event_apply($1, $2) AS verdict;

-- name: event_failed :exec
-- param: account text
-- param: event_ref text
-- param: error text
SELECT event_failed($1, $2, $3);
