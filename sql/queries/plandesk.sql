-- Staff and plans: what customers asked for, and the rules.

-- Requests by status: open is what waits for staff or for the customer's yes; newest first.
-- name: change_list :many
-- param: which text
-- param: before_at timestamptz
-- param: before_id bigint
-- param: limit integer
-- row change_list_row: id bigint, number text, order_number text, buyer text, title text, need text, words text, status text, made_at timestamptz, answer_by timestamptz?, late bool
SELECT a.id, a.number, o.number AS order_number, coalesce(nullif(c.name, ''), c.email, '') AS buyer, l.title, a.need, left(a.words, 200) AS words, a.status, a.made_at,
       a.answer_by, a.status = 'with_staff' AND a.answer_by < app_now() AS late
FROM amendments a JOIN orders o ON o.id = a.order_id JOIN customers c ON c.id = a.customer_id
     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
WHERE (a.made_at, a.id) < ($2, $3)
  AND CASE $1 WHEN 'waiting' THEN a.status = 'with_staff' WHEN 'offered' THEN a.status = 'countered' WHEN 'agreed' THEN a.status = 'agreed' AND a.need <> 'early'
              WHEN 'declined' THEN a.status IN ('refused', 'withdrawn') ELSE true END
ORDER BY a.made_at DESC, a.id DESC LIMIT $4;

-- name: change_one :one
-- param: number text
-- row change_one_row: by_phone text, made_by text, request_id bigint?, request_number text?, number text, order_number text, customer_id bigint, buyer text, title text, need text, words text, why text, status text, currency text, made_at timestamptz, answer_by timestamptz?, decided_at timestamptz?, decided_by text, reason text, fee_minor bigint, rule_id bigint, rule_version integer, rule_region text, changes integer, may bool, current bool, open_minor bigint, today_on date, approver text, locale text, zone text, over_time bool, planned bool
SELECT a.by_phone, coalesce(nullif(m.name, ''), m.email, '') AS made_by, w.id AS request_id, w.number AS request_number, a.number, o.number AS order_number, a.customer_id, coalesce(nullif(c.name, ''), c.email, '') AS buyer, l.title, a.need, a.words, a.why, a.status, a.currency, a.made_at,
       a.answer_by, a.decided_at, coalesce(nullif(s.name, ''), s.email, '') AS decided_by, a.reason, a.fee_minor, r.id AS rule_id, r.version AS rule_version, r.region AS rule_region,
       (SELECT count(*)::integer FROM amendments x WHERE x.agreement_id = a.agreement_id AND x.status = 'agreed' AND x.need <> 'early' AND x.terms IS NULL) AS changes,
       coalesce(plan_may_decide(a.rule_id), false) AS may, coalesce(g.version = a.from_version AND plan_open(g.id) = a.was, false) AS current,
       CASE WHEN a.terms IS NULL THEN coalesce((SELECT sum(d.amount_minor) FROM dues d WHERE d.agreement_id = g.id AND d.status = 'open' AND d.paid_minor = 0), 0)
            ELSE (SELECT coalesce(sum(d.amount_minor - d.paid_minor), 0) FROM dues d WHERE d.order_id = o.id AND d.status = 'open') END::bigint AS open_minor,
       today_in(z.zone) AS today_on, r.approver, c.locale, z.zone, a.terms IS NOT NULL AS over_time, g.id IS NOT NULL AS planned
FROM amendments a LEFT JOIN agreements g ON g.id = a.agreement_id JOIN orders o ON o.id = a.order_id JOIN customers c ON c.id = a.customer_id
     JOIN rule_versions r ON r.id = a.rule_id LEFT JOIN staff s ON s.id = a.decided_by
     LEFT JOIN staff m ON m.id = a.made_by LEFT JOIN withdrawals w ON w.id = a.withdrawal_id
     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
     CROSS JOIN LATERAL (SELECT coalesce(agreement_zone(g.id), o.zone) AS zone) z
WHERE a.number = $1;

-- Its schedules: now (what is open), was, wanted, offered.
-- name: change_rows :many
-- param: number text
-- row change_rows_row: what text, due_on date, amount_minor bigint, currency text
SELECT w.what, (r ->> 'on')::date AS due_on, (r ->> 'minor')::bigint AS amount_minor, a.currency
FROM amendments a CROSS JOIN LATERAL (VALUES ('now', plan_open(a.agreement_id)), ('was', a.was), ('wanted', a.wanted), ('offered', a.offered)) w(what, list)
     CROSS JOIN LATERAL jsonb_array_elements(w.list) r
WHERE a.number = $1 ORDER BY 1, 2;

-- approved, countered, declined, over, stale, busy, denied, none, unknown.
-- name: change_decide :one
-- param: number text
-- param: act text
-- param: schedule text?
-- param: reason text
-- row change_decided_row: answer text
SELECT change_decide($1, $2, $3::jsonb, $4) AS answer;

-- --- rules ---

-- name: rule_list :many
-- row rule_list_row: id bigint, product text?, slug text?, region text, version integer, later_days integer, count_most integer, longest_months integer, changes_most integer, approver text, breaks integer, published_at timestamptz, live integer
SELECT r.id, v.title AS product, p.slug, r.region, r.version, r.later_days, r.count_most, r.longest_months, r.changes_most, r.approver, cardinality(r.breaks) AS breaks, r.published_at,
       coalesce(n.n, 0)::integer AS live
FROM rule_versions r LEFT JOIN products p ON p.id = r.product_id LEFT JOIN product_versions v ON v.id = p.version_id
     LEFT JOIN rules_live() n ON n.rule_id = r.id
WHERE r.superseded_at IS NULL ORDER BY v.title NULLS FIRST, r.region LIMIT 200;

-- name: rule_one :one
-- param: id bigint
-- row rule_one_row: id bigint, product text?, slug text?, region text, version integer, deposit_percent integer, smallest text, count_most integer, longest_months integer, later_days integer, changes_most integer, changes_days integer, grace_days integer, fee text, early_percent integer, approver text, signed_name text, signed_reason text, published_at timestamptz, published_by text, superseded_at timestamptz?, live_id bigint?, agreements integer, requests integer
SELECT r.id, v.title AS product, p.slug, r.region, r.version, r.deposit_percent,
       coalesce((SELECT string_agg(money_text(value::bigint, key), ', ' ORDER BY key) FROM jsonb_each_text(r.smallest)), '') AS smallest, r.count_most, r.longest_months, r.later_days,
       r.changes_most, r.changes_days, r.grace_days, coalesce((SELECT string_agg(money_text(value::bigint, key), ', ' ORDER BY key) FROM jsonb_each_text(r.fee)), '') AS fee,
       r.early_percent, r.approver, r.signed_name, r.signed_reason, r.published_at, coalesce(nullif(s.name, ''), s.email, '') AS published_by, r.superseded_at,
       (SELECT n.id FROM rule_versions n WHERE n.product_id IS NOT DISTINCT FROM r.product_id AND n.region = r.region AND n.superseded_at IS NULL) AS live_id,
       coalesce((SELECT n::integer FROM rules_live() WHERE rule_id = r.id), 0) AS agreements,
       (SELECT count(*)::integer FROM amendments a WHERE a.rule_id = r.id) AS requests
FROM rule_versions r LEFT JOIN products p ON p.id = r.product_id LEFT JOIN product_versions v ON v.id = p.version_id LEFT JOIN staff s ON s.id = r.published_by
WHERE r.id = $1;

-- Its versions, newest first.
-- name: rule_pasts :many
-- param: id bigint
-- row rule_past_row: id bigint, version integer, published_at timestamptz, published_by text, live bool, breaks integer
SELECT n.id, n.version, n.published_at, coalesce(nullif(s.name, ''), s.email, '') AS published_by, n.superseded_at IS NULL AS live, cardinality(n.breaks) AS breaks
FROM rule_versions r JOIN rule_versions n ON n.product_id IS NOT DISTINCT FROM r.product_id AND n.region = r.region LEFT JOIN staff s ON s.id = n.published_by
WHERE r.id = $1 ORDER BY n.version DESC LIMIT 50;

-- The law's limits of a region, and whether such a rule is across them.
-- name: rule_limits :many
-- param: region text
-- param: count_most integer
-- param: longest_months integer
-- param: later_days integer
-- param: fee text
-- row rule_limit_row: sentence text, broken bool
SELECT l.sentence, l.code = ANY (rule_breaks($1, $2, $3, $4, rule_amounts($5))) AS broken FROM legal_limits l WHERE l.region = $1 ORDER BY l.code;

-- name: rule_products :many
-- row rule_product_row: slug text, title text
SELECT p.slug, v.title FROM products p JOIN product_versions v ON v.id = p.version_id
WHERE EXISTS (SELECT FROM offers f JOIN offer_versions o ON o.id = f.version_id WHERE f.product_id = p.id AND o.schedule ->> 'kind' = 'instalments') ORDER BY v.title LIMIT 200;

-- published, same, stale, breaks, unknown.
-- name: rule_publish :one
-- param: product text
-- param: region text
-- param: seen bigint
-- param: deposit_percent integer
-- param: smallest text
-- param: count_most integer
-- param: longest_months integer
-- param: later_days integer
-- param: changes_most integer
-- param: changes_days integer
-- param: grace_days integer
-- param: fee text
-- param: early_percent integer
-- param: approver text
-- param: signed_name text
-- param: signed_reason text
-- row rule_published_row: answer text, rule_id bigint?
SELECT answer, rule_id FROM rule_publish($1, $2, $3, $4, rule_amounts($5), $6, $7, $8, $9, $10, $11, rule_amounts($12), $13, $14, $15, $16);
