-- How an offer is paid, while somebody writes it.

-- What is wrong with a schedule for this amount, today ('' when nothing is), and what it is in words.
-- name: schedule_check :one
-- param: schedule text
-- param: amount bigint
-- param: currency text
-- param: zone text
-- row schedule_check_row: fault text, words text
SELECT CASE WHEN f.fault IS NOT NULL THEN f.fault WHEN schedule_open(s.schedule, today_in($4)) THEN '' ELSE 'past' END AS fault,
       CASE WHEN f.fault IS NULL THEN schedule_words(s.schedule, $3) ELSE '' END AS words
FROM (SELECT nullif($1, '')::jsonb AS schedule) s CROSS JOIN LATERAL (SELECT schedule_fault(s.schedule, $2, money_step($3)) AS fault) f;

-- Every amount of it, if somebody bought today.
-- name: schedule_preview :many
-- param: schedule text
-- param: amount bigint
-- param: zone text
-- param: currency text
-- row schedule_preview_row: seq integer, due_on date, amount_minor bigint, deposit bool
SELECT r.seq, r.due_on, r.amount_minor, r.part = 'deposit' AS deposit
FROM (SELECT nullif($1, '')::jsonb AS schedule) s CROSS JOIN LATERAL schedule_rows(s.schedule, $2, today_in($3), money_step($4)) r
WHERE s.schedule ->> 'kind' = 'instalments' ORDER BY r.seq;
