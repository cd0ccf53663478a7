-- Plans of customers: their timeline, and what they ask them to become.

-- Everything that is paid over time by whoever is logged in.
-- name: plans_mine :many
-- row plan_mine_row: order_number text, title text, kind text, status text, currency text, open_minor bigint, next_on date?, next_minor bigint?, every text?
SELECT o.number AS order_number, l.title, g.kind, g.status, g.currency, coalesce(d.open_minor, 0)::bigint AS open_minor, coalesce(n.due_on, s.next_on) AS next_on, coalesce(n.rest_minor, s.minor) AS next_minor, g.every
FROM agreements g JOIN orders o ON o.id = g.order_id
     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     LEFT JOIN LATERAL (SELECT sum(amount_minor - paid_minor) AS open_minor FROM dues WHERE agreement_id = g.id AND status = 'open') d ON true
     LEFT JOIN LATERAL (SELECT due_on, amount_minor - paid_minor AS rest_minor FROM dues WHERE agreement_id = g.id AND status = 'open' ORDER BY due_on, id LIMIT 1) n ON true
     LEFT JOIN plans_next() s ON s.order_number = o.number
WHERE g.status <> 'agreed' ORDER BY g.status <> 'live', coalesce(n.due_on, s.next_on) NULLS LAST, g.id DESC LIMIT 60;

-- name: plan_look :maybe
-- param: link bytea?
-- param: number text?
-- row plan_look_row: order_number text, title text, kind text, status text, every text?, currency text, total_minor bigint, kept_minor bigint, paid_minor bigint, open_minor bigint, anchor_on date, zone text, locale text, today_on date, version integer, count integer, changes integer, changed_on date?, busy bool, method_kind text?, brand text?, last_four text?, deposit_percent integer, smallest_minor bigint, count_most integer, longest_months integer, later_days integer, changes_most integer, changes_days integer, grace_days integer, fee_minor bigint, early_percent integer, ask_number text?, ask_status text?, ask_need text?, ask_words text?, ask_made_at timestamptz?, ask_answer_by timestamptz?, ask_reason text?, ask_why text?, next_seq integer?, read_only bool
SELECT order_number, title, kind, status, every, currency, total_minor, kept_minor, paid_minor, open_minor, anchor_on, zone, locale, today_on, version, count,
       changes, changed_on, busy, method_kind, brand, last_four, deposit_percent, smallest_minor, count_most, longest_months, later_days, changes_most,
       changes_days, grace_days, fee_minor, early_percent, ask_number, ask_status, ask_need, ask_words, ask_made_at, ask_answer_by, ask_reason, ask_why,
       next_seq, read_only
FROM plan_look($1, $2);

-- name: plan_rows :many
-- param: link bytea?
-- param: number text?
-- row plan_row_row: seq integer, title text, due_on date, amount_minor bigint, rest_minor bigint, currency text, status text, paid_at timestamptz?, failing bool, can_change bool
SELECT seq, title, due_on, amount_minor, rest_minor, currency, status, paid_at, failing, can_change FROM plan_rows($1, $2);

-- name: plan_first :many
-- param: link bytea?
-- param: number text?
-- row plan_first_row: due_on date, amount_minor bigint
SELECT due_on, amount_minor FROM plan_first($1, $2);

-- name: plan_asked :many
-- param: link bytea?
-- param: number text?
-- row plan_asked_row: what text, due_on date, amount_minor bigint, currency text
SELECT what, due_on, amount_minor, currency FROM plan_asked($1, $2);

-- name: change_ask :one
-- param: link bytea?
-- param: number text?
-- param: seen integer
-- param: nonce text
-- param: need text
-- param: schedule text?
-- param: fee_minor bigint
-- param: discount_minor bigint
-- param: words text
-- param: shown text
-- param: personal text
-- row change_answer_row: result text
SELECT change_ask($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11) AS result;

-- name: change_answer :one
-- param: link bytea?
-- param: number text?
-- param: amendment text
-- param: act text
-- param: shown text
-- param: personal text
-- row change_answer_row
SELECT change_answer($1, $2, $3, $4, $5, $6) AS result;

-- name: plan_under_way :maybe
-- param: link bytea?
-- param: number text?
-- param: days integer
-- row plan_under_way_row: what text, seq integer, title text, rest_minor bigint, currency text, since_on date, until_on date
SELECT what, seq, title, rest_minor, currency, since_on, until_on FROM plan_under_way($1, $2, $3);

-- name: plan_transfer_back :one
-- param: link bytea?
-- param: number text?
-- row change_answer_row
SELECT plan_transfer_back($1, $2) AS result;

-- What a subscription may become.
-- name: plan_periods :many
-- param: link bytea?
-- param: number text?
-- param: day integer?
-- row plan_period_row: need text, n integer, next_on date, was_on date, minor bigint, why text
SELECT need, n, next_on, was_on, minor, why FROM plan_periods($1, $2, $3);

-- On which days access goes down for what is late.
-- name: pay_steps :maybe
-- param: link bytea?
-- param: number text?
-- param: seq integer?
-- row pay_steps_row: nothing_new_on date?, read_only_on date?, locked_on date?, today_on date, level text, due_on date
SELECT nothing_new_on, read_only_on, locked_on, today_on, level, due_on FROM pay_steps($1, $2, $3);
