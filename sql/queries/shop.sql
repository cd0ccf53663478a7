-- The shop window and the checkout.

-- name: products_on_sale :many
-- row product_card_row: slug text, kind text, title text, tagline text, amount_minor bigint, currency text, monthly bool
SELECT p.slug, p.kind, v.title, v.tagline, f.amount_minor, f.currency, f.monthly
FROM products p JOIN product_versions v ON v.id = p.version_id
     JOIN LATERAL (SELECT ov.amount_minor, ov.currency, coalesce(ov.schedule ->> 'kind' = 'subscription', false) AS monthly FROM offers o JOIN offer_versions ov ON ov.id = o.version_id
                   WHERE o.product_id = p.id AND o.enabled ORDER BY o.id LIMIT 1) f ON true
WHERE p.on_sale ORDER BY p.position, p.id;

-- name: product_by_slug :one
-- param: slug text
-- row product_row: id bigint, slug text, kind text, title text, tagline text, summary_md text, includes_md text, refund_days integer, refund_md text, starts_on date?, on_sale bool
SELECT p.id, p.slug, p.kind, v.title, v.tagline, v.summary_md, v.includes_md, v.refund_days, v.refund_md, v.starts_on, p.on_sale
FROM products p JOIN product_versions v ON v.id = p.version_id WHERE p.slug = $1;

-- name: product_offers :many
-- param: slug text
-- param: zone text
-- row offer_row: slug text, title text, amount_minor bigint, currency text, plan text, count integer, first_minor bigint, today_on date
SELECT o.slug, ov.title, ov.amount_minor, ov.currency, coalesce(ov.schedule ->> 'kind', '') AS plan, coalesce((ov.schedule ->> 'count')::integer, 1) AS count,
       schedule_first(ov.schedule, ov.amount_minor, ov.currency) AS first_minor, today_in($2) AS today_on
FROM products p JOIN offers o ON o.product_id = p.id JOIN offer_versions ov ON ov.id = o.version_id
WHERE p.slug = $1 AND o.enabled AND p.on_sale ORDER BY o.id;

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
-- row order_begun_row: result text, number text?, key text?, title text?, amount_minor bigint?, currency text?, session_url text?, expires_at timestamptz?, eu bool?, saves bool?
SELECT result, number, key, title, amount_minor, currency, session_url, expires_at, eu, saves
FROM order_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

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
