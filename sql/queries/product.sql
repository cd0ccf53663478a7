-- The staff pages of products: what is sold, the draft, the versions.

-- name: products_all :many
-- row product_line_row: slug text, kind text, title text, on_sale bool, published bool, drafted bool, offers integer, amount_minor bigint?, currency text?, sold bigint
SELECT p.slug, p.kind, coalesce(v.title, d.title, p.slug) AS title, p.on_sale, v.id IS NOT NULL AS published, d.id IS NOT NULL AS drafted,
       (SELECT count(*)::integer FROM offers o WHERE o.product_id = p.id AND o.enabled) AS offers, f.amount_minor, f.currency,
       (SELECT count(*) FROM order_lines l WHERE l.product_id = p.id AND l.paid) AS sold
FROM products p LEFT JOIN product_versions v ON v.id = p.version_id
     LEFT JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL
     LEFT JOIN LATERAL (SELECT ov.amount_minor, ov.currency FROM offers o JOIN offer_versions ov ON ov.id = o.version_id
                        WHERE o.product_id = p.id AND o.enabled ORDER BY o.id LIMIT 1) f ON true
ORDER BY p.on_sale DESC, p.position, p.id;

-- BASE: the version that the draft was begun from; HOLDERS: who can open it now; BEHIND: those
-- of them with an older version.
-- name: product_head :one
-- param: slug text
-- row product_head_row: id bigint, slug text, kind text, on_sale bool, seen text, version integer?, title text, published_at timestamptz?, published_by text?, draft integer?, draft_title text?, draft_changed_at timestamptz?, draft_changed_by text?, base integer?, sold bigint, holders bigint, behind bigint, offers integer
SELECT p.id, p.slug, p.kind, p.on_sale, product_seen(p.id) AS seen, v.version, coalesce(v.title, d.title, p.slug) AS title, v.published_at,
       vs.name AS published_by, d.version AS draft, d.title AS draft_title, d.changed_at AS draft_changed_at, ds.name AS draft_changed_by,
       b.version AS base,
       (SELECT count(*) FROM order_lines l WHERE l.product_id = p.id AND l.paid) AS sold,
       (SELECT count(DISTINCT a.person_id) FROM access a WHERE a.product_id = p.id AND a.status <> 'ended') AS holders,
       (SELECT count(DISTINCT a.person_id) FROM access a WHERE a.product_id = p.id AND a.status <> 'ended'
          AND a.product_version_id <> p.version_id) AS behind,
       (SELECT count(*)::integer FROM offers o WHERE o.product_id = p.id AND o.enabled) AS offers
FROM products p LEFT JOIN product_versions v ON v.id = p.version_id LEFT JOIN staff vs ON vs.id = v.published_by
     LEFT JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL LEFT JOIN staff ds ON ds.id = d.changed_by
     LEFT JOIN product_versions b ON b.id = d.based_on
WHERE p.slug = $1;

-- The texts of the draft, or of what is published where there is no draft.
-- name: product_texts :one
-- param: slug text
-- row product_texts_row: slug text, kind text, seen text, draft bool, changed_at timestamptz?, changed_by text?, live_starts_on date?, title text, tagline text, summary_md text, includes_md text, next_step_md text, refund_days integer, refund_md text, starts_on date?
SELECT p.slug, p.kind, product_seen(p.id) AS seen, d.id IS NOT NULL AS draft, t.changed_at, s.name AS changed_by, v.starts_on AS live_starts_on,
       t.title, t.tagline, t.summary_md, t.includes_md, t.next_step_md, t.refund_days, t.refund_md, t.starts_on
FROM products p LEFT JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL
     LEFT JOIN product_versions v ON v.id = p.version_id
     JOIN product_versions t ON t.id = coalesce(d.id, p.version_id) LEFT JOIN staff s ON s.id = t.changed_by
WHERE p.slug = $1;

-- What is published now, beside the draft.
-- name: product_live :maybe
-- param: slug text
-- row product_live_row: version integer, title text, tagline text, summary_md text, includes_md text, next_step_md text, refund_days integer, refund_md text, starts_on date?
SELECT v.version, v.title, v.tagline, v.summary_md, v.includes_md, v.next_step_md, v.refund_days, v.refund_md, v.starts_on
FROM products p JOIN product_versions v ON v.id = p.version_id WHERE p.slug = $1;

-- name: product_version :one
-- param: slug text
-- param: version integer
-- row product_version_row: version integer, live integer?, live_copy_of integer?, published_at timestamptz, published_by text?, title text, tagline text, summary_md text, includes_md text, next_step_md text, refund_days integer, refund_md text, starts_on date?, kind text
SELECT v.version, c.version AS live, c.copy_of AS live_copy_of, v.published_at, s.name AS published_by, v.title, v.tagline, v.summary_md,
       v.includes_md, v.next_step_md, v.refund_days, v.refund_md, v.starts_on, p.kind
FROM products p JOIN product_versions v ON v.product_id = p.id LEFT JOIN product_versions c ON c.id = p.version_id
     LEFT JOIN staff s ON s.id = v.published_by
WHERE p.slug = $1 AND v.version = $2 AND v.published_at IS NOT NULL;

-- Newest first, with how many have it.
-- name: product_history :many
-- param: slug text
-- row product_past_row: version integer, title text, published_at timestamptz, published_by text?, copy_of integer?, live bool, holders bigint
SELECT v.version, v.title, v.published_at, s.name AS published_by, v.copy_of, v.id = p.version_id AS live,
       (SELECT count(DISTINCT a.person_id) FROM access a WHERE a.product_id = p.id AND a.product_version_id = v.id AND a.status <> 'ended') AS holders
FROM products p JOIN product_versions v ON v.product_id = p.id LEFT JOIN staff s ON s.id = v.published_by
WHERE p.slug = $1 AND v.published_at IS NOT NULL ORDER BY v.version DESC LIMIT 100;

-- What the draft holds, or what is published where there is no draft.
-- name: product_contents :many
-- param: slug text
-- row product_content_row: item text, section text, position integer, kind text, title text, minutes integer?
SELECT i.slug AS item, w.section, w.position, iv.kind, iv.title, iv.minutes
FROM products p LEFT JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL
     JOIN version_items w ON w.version_id = coalesce(d.id, p.version_id) JOIN item_versions iv ON iv.id = w.item_version_id
     JOIN items i ON i.id = iv.item_id
WHERE p.slug = $1 ORDER BY w.position;

-- name: product_version_contents :many
-- param: slug text
-- param: version integer
-- row product_content_row
SELECT i.slug AS item, w.section, w.position, iv.kind, iv.title, iv.minutes
FROM products p JOIN product_versions v ON v.product_id = p.id AND v.version = $2
     JOIN version_items w ON w.version_id = v.id JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
WHERE p.slug = $1 ORDER BY w.position;

-- How the draft's contents differ from what is published: new, gone, text, place.
-- name: draft_differences :many
-- param: slug text
-- row draft_difference_row: what text, title text
WITH v AS (SELECT p.version_id AS live, d.id AS draft FROM products p JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL
           WHERE p.slug = $1),
     a AS (SELECT iv.item_id, iv.id, iv.title, w.section, row_number() OVER (ORDER BY w.position) AS n
           FROM v JOIN version_items w ON w.version_id = v.live JOIN item_versions iv ON iv.id = w.item_version_id),
     b AS (SELECT iv.item_id, iv.id, iv.title, w.section, row_number() OVER (ORDER BY w.position) AS n
           FROM v JOIN version_items w ON w.version_id = v.draft JOIN item_versions iv ON iv.id = w.item_version_id)
SELECT CASE WHEN a.id IS NULL THEN 'new' WHEN b.id IS NULL THEN 'gone' WHEN a.id <> b.id THEN 'text' ELSE 'place' END AS what,
       coalesce(b.title, a.title) AS title
FROM a FULL JOIN b USING (item_id)
WHERE a.id IS DISTINCT FROM b.id OR a.section <> b.section OR a.n <> b.n
ORDER BY coalesce(b.n, a.n);

-- name: staff_draft_save :one
-- param: slug text
-- param: seen text
-- param: title text
-- param: tagline text
-- param: summary text
-- param: includes text
-- param: next_step text
-- param: refund_days integer
-- param: refund text
-- param: starts_on date?
-- row product_answer_row: answer text
SELECT draft_save($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS answer;

-- name: staff_draft_discard :one
-- param: slug text
-- param: seen text
-- row product_answer_row
SELECT draft_discard($1, $2) AS answer;

-- name: staff_draft_publish :one
-- param: slug text
-- param: seen text
-- param: everybody bool
-- row product_answer_row
SELECT draft_publish($1, $2, $3) AS answer;

-- name: staff_product_restore :one
-- param: slug text
-- param: version integer
-- param: current integer
-- row product_answer_row
SELECT product_restore($1, $2, $3) AS answer;

-- name: staff_product_sale :one
-- param: slug text
-- param: on bool
-- row product_answer_row
SELECT product_sale($1, $2) AS answer;

-- Every offer, with what was sold by it and how many checkouts are still open.
-- name: product_prices :many
-- param: slug text
-- row product_price_row: offer text, enabled bool, version integer, title text, currency text, amount_minor bigint, tax_class text, published_at timestamptz, published_by text?, sold bigint, open bigint, words text, closed bool, period text, way text, instalments text, days text, deposit text
SELECT o.slug AS offer, o.enabled, v.version, v.title, v.currency, v.amount_minor, v.tax_class, v.published_at, s.name AS published_by,
       (SELECT count(*) FROM order_lines l JOIN offer_versions x ON x.id = l.offer_version_id
        WHERE l.product_id = p.id AND l.paid AND x.offer_id = o.id) AS sold,
       (SELECT count(*) FROM order_lines l JOIN offer_versions x ON x.id = l.offer_version_id JOIN orders r ON r.id = l.order_id
        WHERE l.product_id = p.id AND r.status = 'open' AND x.offer_id = o.id) AS open,
       schedule_words(v.schedule, v.currency) AS words, NOT schedule_open(v.schedule, today_in('UTC')) AS closed,
       CASE v.schedule ->> 'kind' WHEN 'subscription' THEN v.schedule ->> 'every' ELSE '' END AS period,
       CASE WHEN v.schedule IS NULL THEN 'full' WHEN v.schedule ->> 'kind' = 'subscription' THEN 'sub_' || (v.schedule ->> 'every')
            WHEN v.schedule ? 'days' THEN 'dates' ELSE (v.schedule ->> 'every') || 'ly' END AS way,
       coalesce(v.schedule ->> 'count', '') AS instalments,
       coalesce((SELECT string_agg(d, ', ' ORDER BY d) FROM jsonb_array_elements_text(v.schedule -> 'days') d), '') AS days,
       coalesce(split_part(money_text((v.schedule ->> 'deposit_minor')::bigint, v.currency), ' ', 1), schedule_share(v.schedule), '') AS deposit
FROM products p JOIN offers o ON o.product_id = p.id JOIN offer_versions v ON v.id = o.version_id LEFT JOIN staff s ON s.id = v.published_by
WHERE p.slug = $1 ORDER BY o.id;

-- name: product_price :one
-- param: slug text
-- param: offer text
-- row product_price_row
SELECT o.slug AS offer, o.enabled, v.version, v.title, v.currency, v.amount_minor, v.tax_class, v.published_at, s.name AS published_by,
       (SELECT count(*) FROM order_lines l JOIN offer_versions x ON x.id = l.offer_version_id
        WHERE l.product_id = p.id AND l.paid AND x.offer_id = o.id) AS sold,
       (SELECT count(*) FROM order_lines l JOIN offer_versions x ON x.id = l.offer_version_id JOIN orders r ON r.id = l.order_id
        WHERE l.product_id = p.id AND r.status = 'open' AND x.offer_id = o.id) AS open,
       schedule_words(v.schedule, v.currency) AS words, NOT schedule_open(v.schedule, today_in('UTC')) AS closed,
       CASE v.schedule ->> 'kind' WHEN 'subscription' THEN v.schedule ->> 'every' ELSE '' END AS period,
       CASE WHEN v.schedule IS NULL THEN 'full' WHEN v.schedule ->> 'kind' = 'subscription' THEN 'sub_' || (v.schedule ->> 'every')
            WHEN v.schedule ? 'days' THEN 'dates' ELSE (v.schedule ->> 'every') || 'ly' END AS way,
       coalesce(v.schedule ->> 'count', '') AS instalments,
       coalesce((SELECT string_agg(d, ', ' ORDER BY d) FROM jsonb_array_elements_text(v.schedule -> 'days') d), '') AS days,
       coalesce(split_part(money_text((v.schedule ->> 'deposit_minor')::bigint, v.currency), ' ', 1), schedule_share(v.schedule), '') AS deposit
FROM products p JOIN offers o ON o.product_id = p.id JOIN offer_versions v ON v.id = o.version_id LEFT JOIN staff s ON s.id = v.published_by
WHERE p.slug = $1 AND o.slug = $2;

-- name: staff_offer_publish :one
-- param: slug text
-- param: offer text
-- param: version integer
-- param: title text
-- param: currency text
-- param: amount_minor bigint
-- param: tax_class text
-- param: schedule text
-- row product_answer_row
SELECT offer_publish($1, $2, $3, $4, $5, $6, $7, nullif($8, '')::jsonb) AS answer;

-- What is open of a product while an amount is overdue, and who set it.
-- name: product_timetable :one
-- param: slug text
-- row product_timetable_row: seen text, nothing_new integer?, read_only integer?, locked integer?, changed_at timestamptz?, changed_by text?, agreements bigint
SELECT timetable_seen(p.id) AS seen, t.nothing_new_days AS nothing_new, t.read_only_days AS read_only, t.locked_days AS locked, t.changed_at,
       s.name AS changed_by,
       (SELECT count(DISTINCT g.id) FROM agreements g JOIN order_lines l ON l.order_id = g.order_id WHERE l.product_id = p.id AND g.status = 'live') AS agreements
FROM products p LEFT JOIN access_timetables t ON t.product_id = p.id LEFT JOIN staff s ON s.id = t.changed_by WHERE p.slug = $1;

-- name: staff_timetable_set :one
-- param: slug text
-- param: seen text
-- param: nothing_new integer?
-- param: read_only integer?
-- param: locked integer?
-- row product_answer_row
SELECT timetable_set($1, $2, $3, $4, $5) AS answer;

-- name: staff_offer_sale :one
-- param: slug text
-- param: offer text
-- param: on bool
-- row product_answer_row
SELECT offer_sale($1, $2, $3) AS answer;

-- An item of the draft, or of what is published where there is no draft.
-- name: draft_item :maybe
-- param: slug text
-- param: item text
-- row draft_item_row: item text, seen text, section text, kind text, title text, body_md text, minutes integer?, url text?, file text?
SELECT i.slug AS item, item_seen(iv.id, w.section) AS seen, w.section, iv.kind, iv.title, iv.body_md, iv.minutes, iv.url, f.name AS file
FROM products p LEFT JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL
     JOIN version_items w ON w.version_id = coalesce(d.id, p.version_id) JOIN item_versions iv ON iv.id = w.item_version_id
     JOIN items i ON i.id = iv.item_id LEFT JOIN files f ON f.id = iv.file_id
WHERE p.slug = $1 AND i.slug = $2;

-- The files of an item of the draft, or of what is published where there is no draft.
-- name: draft_files :maybe
-- param: slug text
-- param: item text
-- row draft_files_row: item text, seen text, kind text, title text, file text?, file_size bigint?, captions text?
SELECT i.slug AS item, item_files_seen(iv.file_id, iv.captions_id) AS seen, iv.kind, iv.title, f.name AS file, f.size AS file_size, c.name AS captions
FROM products p LEFT JOIN product_versions d ON d.product_id = p.id AND d.published_at IS NULL
     JOIN version_items w ON w.version_id = coalesce(d.id, p.version_id) JOIN item_versions iv ON iv.id = w.item_version_id
     JOIN items i ON i.id = iv.item_id LEFT JOIN files f ON f.id = iv.file_id LEFT JOIN files c ON c.id = iv.captions_id
WHERE p.slug = $1 AND i.slug = $2;

-- A file that has arrived, by its number.
-- name: file_sent :maybe
-- param: id bigint
-- row file_sent_row: id bigint, name text, size bigint
SELECT id, name, size FROM files WHERE id = $1;

-- name: staff_product_add :one
-- param: slug text
-- param: kind text
-- param: title text
-- row product_answer_row
SELECT product_add($1, $2, $3) AS answer;

-- name: staff_file_add :one
-- param: name text
-- param: content_type text
-- param: size bigint
-- param: sha256 bytea
-- row file_id_row: id bigint
SELECT file_add($1, $2, $3, $4) AS id;

-- Of the numbers {1,2}, those that are no file's.
-- name: files_unknown :many
-- param: ids text
-- row file_id_row
SELECT id FROM files_unknown($1::bigint[]);

-- name: staff_draft_file_add :one
-- param: slug text
-- param: section text
-- param: kind text
-- param: title text
-- param: file bigint
-- row product_answer_row
SELECT draft_file_add($1, $2, $3, $4, $5) AS answer;

-- name: staff_draft_file_set :one
-- param: slug text
-- param: seen text
-- param: item text
-- param: part text
-- param: file bigint?
-- row product_answer_row
SELECT draft_file_set($1, $2, $3, $4, $5) AS answer;

-- name: staff_item_save :one
-- param: slug text
-- param: seen text
-- param: item text?
-- param: section text
-- param: kind text?
-- param: title text
-- param: body text
-- param: minutes integer?
-- param: url text?
-- row product_answer_row
SELECT draft_item_save($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer;

-- name: staff_item_move :one
-- param: slug text
-- param: seen text
-- param: item text
-- param: way text
-- row product_answer_row
SELECT draft_item_move($1, $2, $3, $4) AS answer;

-- Newest first.
-- name: discounts_all :many
-- row discount_row: id bigint, code text, product text?, percent integer?, amount_minor bigint?, currency text?, from_on date?, until_on date?, most integer?, once bool, months integer?, used integer, made_by text, enabled bool, over bool
SELECT c.id, c.code, v.title AS product, c.percent, c.amount_minor, c.currency, c.from_on, c.until_on, c.most, c.once, c.months, c.used, s.name AS made_by,
       c.disabled_at IS NULL AS enabled, coalesce(c.until_on < (app_now() AT TIME ZONE 'UTC')::date, false) AS over
FROM discount_codes c JOIN staff s ON s.id = c.created_by LEFT JOIN products p ON p.id = c.product_id
     LEFT JOIN product_versions v ON v.id = p.version_id
ORDER BY c.id DESC LIMIT 500;

-- name: staff_discount_add :one
-- param: code text
-- param: product text
-- param: percent integer?
-- param: amount_minor bigint?
-- param: currency text?
-- param: from_on date?
-- param: until_on date?
-- param: most integer?
-- param: once bool
-- param: months integer?
-- row product_answer_row
SELECT discount_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS answer;

-- name: staff_discount_switch :one
-- param: id bigint
-- param: on bool
-- row product_answer_row
SELECT discount_switch($1, $2) AS answer;
