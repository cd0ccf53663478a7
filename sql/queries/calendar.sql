-- Payments in the customer's own calendar: the private link, and what an app fetches by it.

-- name: calendar_open :maybe
-- param: link bytea
-- row calendar_open_row: locale text
SELECT locale FROM calendar_open($1);

-- name: calendar_dues :many
-- param: link bytea
-- row calendar_due_row: order_number text, seq integer, title text, amount_minor bigint, currency text, due_on date, state text, own bool, asked bool, method_kind text, brand text, last_four text, version integer, changed_at timestamptz, alarms text
SELECT order_number, seq, title, amount_minor, currency, due_on, state, own, asked, method_kind, brand, last_four, version, changed_at, alarms FROM calendar_dues($1);

-- name: calendar_mine :maybe
-- param: shown bytea?
-- row calendar_mine_row: made_at timestamptz, seen_at timestamptz?, shown bool
SELECT made_at, seen_at, shown FROM calendar_mine($1);

-- name: calendar_make :one
-- param: link bytea
-- row calendar_done_row: done bool
SELECT calendar_make($1) AS done;

-- name: calendar_end :one
-- row calendar_done_row
SELECT calendar_end() AS done;
