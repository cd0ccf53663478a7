-- The shop window and the checkout.

-- name: products_on_sale :many
-- row product_card_row: slug text, kind text, title text, tagline text, amount_minor bigint, currency text, period text
SELECT p.slug, p.kind, v.title, v.tagline, f.amount_minor, f.currency, f.period
FROM products p JOIN product_versions v ON v.id = p.version_id
     JOIN LATERAL (SELECT ov.amount_minor, ov.currency, CASE ov.schedule ->> 'kind' WHEN 'subscription' THEN ov.schedule ->> 'every' ELSE '' END AS period FROM offers o JOIN offer_versions ov ON ov.id = o.version_id
                   WHERE o.product_id = p.id AND o.enabled ORDER BY o.id LIMIT 1) f ON true
WHERE p.on_sale ORDER BY p.position, p.id;

-- name: product_by_slug :one
-- param: slug text
-- row product_row: id bigint, slug text, kind text, title text, tagline text, summary_md text, includes_md text, refund_days integer, refund_md text, starts_on date?, on_sale bool
SELECT p.id, p.slug, p.kind, v.title, v.tagline, v.summary_md, v.includes_md, v.refund_days, v.refund_md, v.starts_on, p.on_sale
FROM products p JOIN product_versions v ON v.id = p.version_id WHERE p.slug = $1;

-- How a product can be paid today.  What is paid over time has what the form brings back as SEEN.
-- AMOUNT, where it is not 0, is what the price of OFFER is with a discount.
-- name: product_offers :many
-- param: slug text
-- param: zone text
-- param: offer text
-- param: amount bigint
-- param: code text
-- row offer_row: slug text, title text, amount_minor bigint, list_minor bigint, currency text, plan text, every text, fixed bool, deposit bool, count integer, first_minor bigint, months integer?, next_on date?, full_on date?, promise text, seen text
SELECT o.slug, ov.title, w.amount AS amount_minor, ov.amount_minor AS list_minor, ov.currency, coalesce(ov.schedule ->> 'kind', '') AS plan,
       coalesce(ov.schedule ->> 'every', '') AS every, coalesce(ov.schedule ? 'days', false) AS fixed,
       ov.schedule ?| ARRAY['deposit_minor', 'deposit_bp'] IS TRUE AS deposit, schedule_count(ov.schedule) AS count,
       schedule_first(ov.schedule, w.amount, money_step(ov.currency)) AS first_minor, c.months,
       schedule_day(today_in($2), ov.schedule ->> 'every', 1) AS next_on, schedule_day(today_in($2), ov.schedule ->> 'every', c.months) AS full_on,
       CASE WHEN ov.schedule IS NULL THEN '' ELSE schedule_promise(ov.schedule) END AS promise,
       CASE WHEN ov.schedule IS NULL THEN ''
            ELSE schedule_seen(schedule_text(ov.title, ov.schedule, w.amount, ov.currency, ov.amount_minor, today_in($2), c.months)) END AS seen
FROM products p JOIN offers o ON o.product_id = p.id JOIN offer_versions ov ON ov.id = o.version_id
     CROSS JOIN LATERAL (SELECT CASE WHEN $4 > 0 AND o.slug = $3 THEN $4 ELSE ov.amount_minor END AS amount) w
     LEFT JOIN LATERAL (SELECT l.months FROM discount_look($5, $1, o.slug) l WHERE w.amount <> ov.amount_minor) c ON true
WHERE p.slug = $1 AND o.enabled AND p.on_sale AND schedule_open(ov.schedule, today_in($2)) ORDER BY o.id;

-- Every amount of every offer with its day.
-- name: product_dues :many
-- param: slug text
-- param: zone text
-- param: offer text
-- param: amount bigint
-- row offer_due_row: offer text, seq integer, due_on date, amount_minor bigint, currency text, deposit bool
SELECT o.slug AS offer, r.seq, r.due_on, r.amount_minor, ov.currency, r.part = 'deposit' AS deposit
FROM products p JOIN offers o ON o.product_id = p.id JOIN offer_versions ov ON ov.id = o.version_id
     CROSS JOIN LATERAL schedule_rows(ov.schedule, CASE WHEN $4 > 0 AND o.slug = $3 THEN $4 ELSE ov.amount_minor END, today_in($2), money_step(ov.currency)) r
WHERE p.slug = $1 AND o.enabled AND p.on_sale AND ov.schedule ->> 'kind' = 'instalments' ORDER BY o.id, r.seq;

-- Whether the signed-in person has this product already.
-- name: product_owned :one
-- param: slug text
-- row product_owned_row: owned bool
SELECT EXISTS (SELECT FROM access a JOIN products p ON p.id = a.product_id
               WHERE p.slug = $1 AND a.status <> 'ended') AS owned;

-- name: terms_current :one
-- param: kind text
-- row terms_row: version integer, title text, body_md text, published_at timestamptz
SELECT version, title, body_md, published_at FROM terms_versions WHERE kind = $1 ORDER BY version DESC LIMIT 1;

-- name: countries :many
-- row country_row: country text, eu bool
SELECT country, bool_or(eu) AS eu FROM tax_rates GROUP BY country ORDER BY country;

-- A code on a subscription, before it is bought.
-- name: discount_look :maybe
-- param: code text
-- param: product text
-- param: offer text
-- row discount_look_row: code text, months integer?, month_minor bigint, list_minor bigint, currency text
SELECT code, months, month_minor, list_minor, currency FROM discount_look($1, $2, $3);

-- name: order_begin :one
-- param: product text
-- param: offer text
-- param: nonce text
-- param: email text
-- param: email_fold text
-- param: name text
-- param: country text
-- param: consent bool
-- param: anyway bool
-- param: key text
-- param: checkout_hash bytea
-- param: personal text
-- param: code text
-- param: zone text
-- param: seen text
-- row order_begun_row: result text, number text?, key text?, title text?, amount_minor bigint?, currency text?, session_url text?, expires_at timestamptz?, eu bool?, saves bool?
SELECT result, number, key, title, amount_minor, currency, session_url, expires_at, eu, saves
FROM order_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: attempt_opened :exec
-- param: key text
-- param: session_ref text
-- param: session_url text
SELECT attempt_opened($1, $2, $3);

-- name: attempt_refused :exec
-- param: key text
-- param: code text?
SELECT attempt_refused($1, $2);

-- name: attempt_unknown :exec
-- param: key text
SELECT attempt_unknown($1);
