-- Products, offers, contents, terms and tax rates from files (latchkeyctl product load).
-- What is published stays; a change is a new version.

-- One load at a time.
-- name: catalogue_lock :exec
SELECT pg_advisory_xact_lock(hashtext('latchkeyctl product load'));

-- name: catalogue_text :maybe
-- param: kind text
-- row catalogue_text_row: version integer, title text, sha256 bytea
SELECT version, title, sha256 FROM terms_versions WHERE kind = $1 ORDER BY version DESC LIMIT 1;

-- name: catalogue_text_add :exec
-- param: kind text
-- param: version integer
-- param: title text
-- param: body text
-- param: sha256 bytea
INSERT INTO terms_versions (kind, version, title, body_md, sha256, published_at) VALUES ($1, $2, $3, $4, $5, app_now());

-- name: catalogue_tax_set :exec
-- param: country text
-- param: tax_class text
-- param: rate_bp integer
-- param: eu bool
INSERT INTO tax_rates AS t (country, tax_class, rate_bp, eu) VALUES ($1, $2, $3, $4)
ON CONFLICT (country, tax_class) DO UPDATE SET rate_bp = excluded.rate_bp, eu = excluded.eu
WHERE (t.rate_bp, t.eu) IS DISTINCT FROM (excluded.rate_bp, excluded.eu);

-- name: catalogue_product :maybe
-- param: slug text
-- row catalogue_product_row: id bigint, version integer?, digest bytea?, loaded bytea?, drafted bool
SELECT p.id, v.version, v.digest, p.loaded,
       EXISTS (SELECT FROM product_versions d WHERE d.product_id = p.id AND d.published_at IS NULL) AS drafted
FROM products p LEFT JOIN product_versions v ON v.id = p.version_id WHERE p.slug = $1;

-- name: catalogue_product_add :one
-- param: slug text
-- param: kind text
-- row catalogue_id_row: id bigint
INSERT INTO products (slug, kind, on_sale, created_at) VALUES ($1, $2, false, app_now()) RETURNING id;

-- What may change without a new version.
-- name: catalogue_product_set :exec
-- param: id bigint
-- param: kind text
-- param: position integer
-- param: on_sale bool
-- param: loaded bytea
UPDATE products SET kind = $2, position = $3, on_sale = $4, loaded = $5
WHERE id = $1 AND (kind, position, on_sale, loaded) IS DISTINCT FROM ($2, $3, $4, $5);

-- name: catalogue_file :maybe
-- param: name text
-- param: sha256 bytea
-- row catalogue_id_row
SELECT id FROM files WHERE sha256 = $2 AND name = $1;

-- name: catalogue_file_add :one
-- param: name text
-- param: content_type text
-- param: size bigint
-- param: sha256 bytea
-- row catalogue_id_row
INSERT INTO files (name, content_type, size, sha256, created_at) VALUES ($1, $2, $3, $4, app_now()) RETURNING id;

-- name: catalogue_item :one
-- param: product_id bigint
-- param: slug text
-- row catalogue_id_row
INSERT INTO items (product_id, slug) VALUES ($1, $2)
ON CONFLICT (product_id, slug) DO UPDATE SET slug = excluded.slug RETURNING id;

-- name: catalogue_item_same :maybe
-- param: item_id bigint
-- param: kind text
-- param: title text
-- param: body text
-- param: minutes integer?
-- param: file_id bigint?
-- param: captions_id bigint?
-- param: url text?
-- row catalogue_id_row
SELECT id FROM item_versions
WHERE item_id = $1 AND (kind, title, body_md, minutes, file_id, captions_id, url) IS NOT DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8)
ORDER BY id DESC LIMIT 1;

-- name: catalogue_item_add :one
-- param: item_id bigint
-- param: kind text
-- param: title text
-- param: body text
-- param: minutes integer?
-- param: file_id bigint?
-- param: captions_id bigint?
-- param: url text?
-- row catalogue_id_row
INSERT INTO item_versions (item_id, kind, title, body_md, minutes, file_id, captions_id, url)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id;

-- name: catalogue_version_add :one
-- param: product_id bigint
-- param: title text
-- param: tagline text
-- param: summary text
-- param: includes text
-- param: next_step text
-- param: refund_days integer
-- param: refund text
-- param: starts_on date?
-- param: digest bytea
-- param: check_days integer
-- row catalogue_version_row: id bigint, version integer
INSERT INTO product_versions (product_id, version, title, tagline, summary_md, includes_md, next_step_md, refund_days, refund_md,
                              starts_on, digest, check_days, published_at)
SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, 0), app_now()
FROM product_versions WHERE product_id = $1
RETURNING id, version;

-- name: catalogue_version_item :exec
-- param: version_id bigint
-- param: item_version_id bigint
-- param: position integer
-- param: section text
INSERT INTO version_items (version_id, item_version_id, position, section) VALUES ($1, $2, $3, $4);

-- name: catalogue_version_publish :exec
-- param: product_id bigint
-- param: version_id bigint
UPDATE products SET version_id = $2 WHERE id = $1;

-- name: catalogue_offer :maybe
-- param: product_id bigint
-- param: slug text
-- param: schedule text
-- row catalogue_offer_row: id bigint, enabled bool, version integer?, title text?, currency text?, amount_minor bigint?, tax_class text?, same_schedule bool
SELECT o.id, o.enabled, v.version, v.title, v.currency, v.amount_minor, v.tax_class,
       v.schedule IS NOT DISTINCT FROM nullif($3, '')::jsonb AS same_schedule
FROM offers o LEFT JOIN offer_versions v ON v.id = o.version_id WHERE o.product_id = $1 AND o.slug = $2;

-- name: catalogue_offer_add :one
-- param: product_id bigint
-- param: slug text
-- row catalogue_id_row
INSERT INTO offers (product_id, slug, enabled) VALUES ($1, $2, false) RETURNING id;

-- name: catalogue_offer_publish :exec
-- param: offer_id bigint
-- param: title text
-- param: currency text
-- param: amount_minor bigint
-- param: tax_class text
-- param: schedule text
WITH v AS (
        INSERT INTO offer_versions (offer_id, version, title, currency, amount_minor, tax_class, schedule, published_at)
        SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, nullif($6, '')::jsonb, app_now() FROM offer_versions WHERE offer_id = $1
        RETURNING id)
UPDATE offers SET version_id = v.id FROM v WHERE offers.id = $1;

-- name: catalogue_offer_enable :exec
-- param: offer_id bigint
-- param: enabled bool
UPDATE offers SET enabled = $2 WHERE id = $1 AND enabled <> $2;

-- Offers that the file no longer has are not sold any more.  SLUGS: "{full,yen}".
-- name: catalogue_offers_end :exec
-- param: product_id bigint
-- param: slugs text
UPDATE offers SET enabled = false WHERE product_id = $1 AND enabled AND slug <> ALL ($2::text[]);

-- Keys that are new, in their order; none is ever taken away.
-- name: catalogue_keys_add :exec
-- param: product_id bigint
-- param: keys text
INSERT INTO licence_keys (product_id, key)
SELECT $1, k.key FROM unnest(string_to_array($2, E'\n')) WITH ORDINALITY AS k(key, n)
WHERE NOT EXISTS (SELECT FROM licence_keys l WHERE l.product_id = $1 AND l.key = k.key)
ORDER BY k.n
ON CONFLICT DO NOTHING;

-- name: catalogue_published :exec
-- param: object text
-- param: object_id bigint
-- param: version integer
SELECT audit_add('operator', NULL, $1 || '.published', $1, $2, jsonb_build_object('version', $3::integer));

-- Days overdue until access is less; -1 is never.  set, same, kept.
-- name: catalogue_timetable :one
-- param: product_id bigint
-- param: nothing_new integer
-- param: read_only integer
-- param: locked integer
-- row catalogue_answer_row: answer text
SELECT timetable_load($1, nullif($2, -1), nullif($3, -1), nullif($4, -1)) AS answer;

-- An article from a file: added, updated, same, kept.
-- name: catalogue_article_load :one
-- param: slug text
-- param: kind text
-- param: digest bytea
-- param: title text
-- param: summary text
-- param: category text
-- param: position integer
-- param: keywords text
-- param: related text
-- param: answers text
-- param: fields text
-- param: body text
-- row catalogue_answer_row
SELECT article_load($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS answer;
