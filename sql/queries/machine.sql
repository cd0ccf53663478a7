-- The time machine: a look ahead for one customer (34_machine.sql).

-- name: machine_begin :one
-- param: customer bigint
-- param: days integer
-- param: decline text
-- param: bank_days integer
-- row machine_begun_row: answer text
SELECT machine_begin($1, $2, $3, $4) AS answer;

-- name: machine_step :maybe
-- row machine_step_row: kind text, id bigint, at timestamptz
SELECT kind, id, at FROM machine_step();

-- name: machine_seen :many
-- row machine_seen_row: at timestamptz, what text, id bigint, code text, was text, title text, amount_minor bigint?, currency text?, on_day date?, days integer?, n integer, email text, why text, method_kind text, brand text, last_four text, order_number text?
SELECT at, what, id, code, was, title, amount_minor, currency, on_day, days, n, email, why, method_kind, brand, last_four, order_number FROM machine_seen();

-- A mail of a look ahead, for its words.
-- name: machine_mail :one
-- param: message_id bigint
-- row machine_mail_row: kind text, object text, object_id bigint, period text, customer_name text, locale text
SELECT m.kind, m.object, m.object_id, m.period, coalesce(c.name, '') AS customer_name, coalesce(c.locale, '') AS locale
FROM messages m LEFT JOIN customers c ON c.id = m.customer_id WHERE m.id = $1;

-- Whose future it is, and the zone that they live in.
-- name: machine_who :one
-- param: customer bigint
-- row machine_who_row: id bigint, name text, email text?, zone text, erased bool, plans bigint
SELECT c.id, c.name, c.email, coalesce(nullif(c.zone, ''), (SELECT g.zone FROM agreements g WHERE g.customer_id = c.id ORDER BY g.id DESC LIMIT 1), '') AS zone,
       c.erased_at IS NOT NULL AS erased, (SELECT count(*) FROM agreements g WHERE g.customer_id = c.id AND g.status = 'live') AS plans
FROM customers c WHERE c.id = $1;

-- Somebody as staff name them: the number in the address of their page, or an email address.
-- name: machine_find :maybe
-- param: typed text
-- row machine_found_row: customer_id bigint
SELECT id AS customer_id FROM customers
WHERE erased_at IS NULL AND merged_into IS NULL
  AND (id = CASE WHEN $1::text ~ '^[0-9]{1,18}$' THEN $1::text::bigint END OR email_fold = lower($1::text)) ORDER BY id LIMIT 1;

-- Who is reached next by an edited text or plan of reminders.
-- name: machine_next :many
-- param: slug text?
-- param: most integer
-- row machine_found_row
SELECT customer_id FROM machine_next($1, $2);

-- The live plans of one customer of which something can change, with the rule in force for each and all that
-- the option maker wants to know (domain/choice.c).
-- name: machine_plans :many
-- param: customer bigint
-- row machine_plan_row: order_number text, title text, currency text, every text?, anchor_on date, today_on date, count integer, changes integer, changed_on date?, kept_minor bigint, open_rows text, first_rows text, deposit_percent integer, smallest_minor bigint, count_most integer, longest_months integer, later_days integer, changes_most integer, changes_days integer, grace_days integer, fee_minor bigint, early_percent integer
SELECT order_number, title, currency, every, anchor_on, today_on, count, changes, changed_on, kept_minor, open_rows, first_rows, deposit_percent, smallest_minor, count_most,
       longest_months, later_days, changes_most, changes_days, grace_days, fee_minor, early_percent
FROM machine_plans($1);
