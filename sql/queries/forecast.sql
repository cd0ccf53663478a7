-- What is to be expected of plans, what a request and an edited rule make of it, and what came of changes.

-- Money expected by week, the currency of most payments first.
-- name: expected_weeks :many
-- param: weeks integer
-- row expected_week_row: currency text, week_on date, minor bigint, n bigint
SELECT currency, week_on, minor, n FROM expected_weeks($1);

-- What a request makes of the money expected: of its own plan, and, while it is open, of all.  Without a
-- week: later.
-- name: change_effect :many
-- param: number text
-- row effect_week_row: week_on date?, own_before bigint, own_after bigint, all_before bigint, all_after bigint, currency text
SELECT e.week_on, e.own_before, e.own_after, e.all_before, e.all_after, e.currency
FROM (SELECT x.*, x.status IN ('with_staff', 'countered') AS open, (CASE WHEN x.status IN ('with_staff', 'countered') THEN app_now() ELSE x.made_at END)::date AS from_on
      FROM amendments x WHERE x.number = $1) a
     CROSS JOIN LATERAL (SELECT CASE WHEN a.open THEN plan_open(a.agreement_id) ELSE a.was END AS was) w
     CROSS JOIN LATERAL plan_effect(a.agreement_id, w.was, coalesce(a.offered, a.wanted, w.was), a.from_on, a.open) e;

-- The same of a schedule that staff have in mind.
-- name: offer_effect :many
-- param: number text
-- param: schedule text
-- row effect_week_row
SELECT e.week_on, e.own_before, e.own_after, e.all_before, e.all_after, e.currency
FROM orders o JOIN agreements g ON g.order_id = o.id CROSS JOIN LATERAL plan_effect(g.id, plan_open(g.id), $2::jsonb, app_now()::date, true) e
WHERE o.number = $1;

-- The same of an order that is not paid, as it would be paid over time.
-- name: spread_effect :many
-- param: currency text
-- param: schedule text
-- row effect_week_row
SELECT e.week_on, e.own_before, e.own_after, e.all_before, e.all_after, e.currency FROM weeks_effect($1, NULL, '[]', $2::jsonb, app_now()::date, true) e;

-- --- staff offer another schedule ---

-- What can be offered for this order.  No row: it has no plan.
-- name: offer_look :maybe
-- param: number text
-- row offer_look_row: order_number text, customer_id bigint, buyer text, phone text, title text, currency text, kind text, status text, version integer, open_minor bigint, open_count integer, overdue_minor bigint, overdue_on date?, today_on date, rule_id bigint, rule_region text, rule_version integer, approver text, may bool, waiting text?, waiting_status text?, request_id bigint?, request_number text?, case_id bigint?
SELECT o.number AS order_number, c.id AS customer_id, coalesce(nullif(c.name, ''), c.email, '') AS buyer, coalesce(c.phone, '') AS phone, l.title, g.currency, g.kind, g.status, g.version,
       coalesce(d.open_minor, 0)::bigint AS open_minor, coalesce(d.n, 0)::integer AS open_count, coalesce(d.overdue_minor, 0)::bigint AS overdue_minor, d.overdue_on, t.today_on,
       r.id AS rule_id, r.region AS rule_region, r.version AS rule_version, r.approver, coalesce(plan_may_decide(r.id), false) AS may, a.number AS waiting, a.status AS waiting_status,
       w.id AS request_id, w.number AS request_number, k.id AS case_id
FROM orders o JOIN agreements g ON g.order_id = o.id JOIN customers c ON c.id = o.customer_id JOIN rule_versions r ON r.id = rule_of(o.id)
     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     CROSS JOIN LATERAL (SELECT today_in(agreement_zone(g.id)) AS today_on) t
     LEFT JOIN LATERAL (SELECT sum(x.amount_minor) AS open_minor, count(*) AS n, sum(x.amount_minor) FILTER (WHERE x.due_on < t.today_on) AS overdue_minor,
                               min(x.due_on) FILTER (WHERE x.due_on < t.today_on) AS overdue_on
                        FROM dues x WHERE x.agreement_id = g.id AND x.status = 'open' AND x.paid_minor = 0) d ON true
     LEFT JOIN LATERAL (SELECT x.number, x.status FROM amendments x WHERE x.agreement_id = g.id AND x.status IN ('asked', 'with_staff', 'countered') LIMIT 1) a ON true
     LEFT JOIN LATERAL (SELECT x.id, x.number FROM withdrawals x WHERE x.order_id = o.id AND x.kind = 'request' AND x.status = 'with_staff' ORDER BY x.id DESC LIMIT 1) w ON true
     LEFT JOIN LATERAL (SELECT x.id FROM cases x WHERE x.order_id = o.id AND x.status IN ('open', 'waiting') ORDER BY x.id DESC LIMIT 1) k ON true
WHERE o.number = $1;

-- What is open in so many parts; no row where a part would be less than the smallest coin.
-- name: offer_rows :many
-- param: number text
-- param: count integer
-- param: every text
-- param: first_on date
-- row offer_row_row: due_on date, amount_minor bigint
SELECT (r ->> 'on')::date AS due_on, (r ->> 'minor')::bigint AS amount_minor
FROM orders o JOIN agreements g ON g.order_id = o.id CROSS JOIN LATERAL jsonb_array_elements(offer_rows(g.id, $2, $3, $4)) r
WHERE o.number = $1 ORDER BY 1;

-- The payments of an order that is not paid, as it would be paid over time; no row where they cannot be.
-- name: spread_rows :many
-- param: number text
-- param: count integer
-- param: every text
-- param: first_on date
-- param: deposit_minor bigint
-- row offer_row_row
SELECT (r ->> 'on')::date AS due_on, (r ->> 'minor')::bigint AS amount_minor
FROM orders o CROSS JOIN LATERAL jsonb_array_elements(order_offer_rows(o.id, $2, $3, $4, $5)) r WHERE o.number = $1 ORDER BY 1;

-- offered, agreed, again, open, stale, busy, denied, over, unknown.
-- name: change_offer :one
-- param: number text
-- param: nonce text
-- param: seen integer
-- param: schedule text
-- param: reason text
-- param: by_phone text
-- param: shown text
-- row change_offered_row: answer text, amendment text?
SELECT answer, amendment FROM change_offer($1, $2, $3, $4::jsonb, $5, $6, $7);

-- --- rules ---

-- What came of the changes under each version of a rule.
-- name: rule_rates :many
-- row rule_rate_row: rule_id bigint, product text?, region text, version integer, live bool, agreements bigint, kept bigint, late bigint, defaulted bigint
SELECT x.rule_id, v.title AS product, r.region, r.version, r.superseded_at IS NULL AS live, x.agreements, x.kept, x.late, x.defaulted
FROM rule_rates() x JOIN rule_versions r ON r.id = x.rule_id LEFT JOIN products p ON p.id = r.product_id LEFT JOIN product_versions v ON v.id = p.version_id
ORDER BY v.title NULLS FIRST, r.region, r.version DESC LIMIT 200;

-- withdrawn, same, stale, general, unknown.
-- name: rule_withdraw :one
-- param: id bigint
-- row rule_withdrawn_row: answer text
SELECT rule_withdraw($1) AS answer;

-- Who published or took back last what holds for this product ('': any) and region.
-- name: rule_last :maybe
-- param: product text
-- param: region text
-- row rule_last_row: id bigint, version integer, published_at timestamptz, published_by text
SELECT r.id, r.version, r.published_at, coalesce(nullif(s.name, ''), s.email, '') AS published_by
FROM rule_versions r LEFT JOIN staff s ON s.id = r.published_by
WHERE r.product_id IS NOT DISTINCT FROM (SELECT id FROM products WHERE slug = nullif($1, '')) AND r.region = $2 AND r.superseded_at IS NULL;

-- name: trial_plans :many
-- param: product text
-- param: region text
-- param: gone bool
-- row trial_plan_row: agreement_id bigint, order_number text, customer_id bigint, buyer text, title text, currency text, every text?, anchor_on date, today_on date, count integer, changes integer, changed_on date?, kept_minor bigint, was_rule bigint, will_rule bigint, open_rows text, first_rows text
SELECT agreement_id, order_number, customer_id, buyer, title, currency, every, anchor_on, today_on, count, changes, changed_on, kept_minor, was_rule, will_rule, open_rows, first_rows
FROM trial_plans($1, $2, $3);

-- The rules in force, in each currency that plans are in.
-- name: trial_rules :many
-- row trial_rule_row: id bigint, currency text, deposit_percent integer, smallest_minor bigint, count_most integer, longest_months integer, later_days integer, changes_most integer, changes_days integer, grace_days integer, fee_minor bigint, early_percent integer, product text?, region text, version integer
SELECT r.id, c.code AS currency, r.deposit_percent, rule_minor(r.smallest, c.code) AS smallest_minor, r.count_most, r.longest_months, r.later_days, r.changes_most, r.changes_days,
       r.grace_days, rule_minor(r.fee, c.code) AS fee_minor, r.early_percent, v.title AS product, r.region, r.version
FROM rule_versions r CROSS JOIN currencies c LEFT JOIN products p ON p.id = r.product_id LEFT JOIN product_versions v ON v.id = p.version_id
WHERE r.superseded_at IS NULL AND c.code IN (SELECT currency FROM agreements WHERE status = 'live' AND kind = 'instalments');

-- Requests that wait for a person and name a schedule, "DAY MINOR,...".
-- name: trial_requests :many
-- row trial_request_row: agreement_id bigint, number text, need text, made_at timestamptz, wanted text
SELECT a.agreement_id, a.number, a.need, a.made_at,
       (SELECT string_agg(((r ->> 'on')::date - date '1970-01-01') || ' ' || (r ->> 'minor'), ',' ORDER BY (r ->> 'on')::date) FROM jsonb_array_elements(a.wanted) r) AS wanted
FROM amendments a WHERE a.status = 'with_staff' AND a.wanted IS NOT NULL ORDER BY a.agreement_id;
