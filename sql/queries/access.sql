-- Opening what was bought: programs, lessons, files, keys.

-- name: programs_mine :many
-- row program_card_row: access_id bigint, slug text, kind text, title text, tagline text, status text, waiting_for text?, expected_on date?, end_reason text?, order_number text?, n_items bigint, n_done bigint
SELECT DISTINCT ON (p.position, p.id) a.id AS access_id, p.slug, p.kind, v.title, v.tagline, a.status, a.waiting_for, a.expected_on, a.end_reason,
       o.number AS order_number,
       (SELECT count(*) FROM version_items i WHERE i.version_id = a.product_version_id) AS n_items,
       (SELECT count(*) FROM progress g WHERE g.access_id = a.id AND g.done_at IS NOT NULL) AS n_done
FROM access a JOIN products p ON p.id = a.product_id JOIN product_versions v ON v.id = a.product_version_id
     LEFT JOIN orders o ON o.id = a.order_id      -- the payer's alone
ORDER BY p.position, p.id, (a.status = 'ended'), (a.status = 'waiting'), (a.status IN ('nothing_new', 'read_only', 'locked')), a.id DESC;

-- The best right to a product, with the line paid > access open > first opened (S0.10), in one
-- statement, so that it is asked once who asks: the keys of all rights to it, one a line; how many
-- contents there are where a part is closed; what is paid over time (the payer's alone): the next
-- payment, and on which days what happens once it is overdue (not asked where there is no agreement).
-- name: program_by_slug :one
-- param: slug text
-- row program_row: access_id bigint, slug text, kind text, title text, tagline text, next_step_md text, status text, waiting_for text?, expected_on date?, end_reason text?, reason text, order_number text?, paid_at timestamptz?, granted_at timestamptz, first_open_at timestamptz?, open_is_old bool, keys text?, n_all bigint?, plan_status text?, next_on date?, next_minor bigint?, currency text?, today_on date?, nothing_new_on date?, read_only_on date?, locked_on date?
SELECT a.id AS access_id, p.slug, p.kind, v.title, v.tagline, v.next_step_md, a.status, a.waiting_for, a.expected_on, a.end_reason,
       a.reason, o.number AS order_number, o.paid_at, a.granted_at, a.first_open_at,
       coalesce(a.last_open_at < app_now() - interval '1 hour', true) AS open_is_old,
       string_agg(k.key, E'\n') FILTER (WHERE a.status NOT IN ('waiting', 'ended', 'locked'))
               OVER (ORDER BY k.id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS keys,
       CASE WHEN a.status IN ('nothing_new', 'read_only', 'locked')
            THEN (SELECT count(*) FROM version_items w WHERE w.version_id = a.product_version_id) END AS n_all,
       g.status AS plan_status, d.due_on AS next_on, d.amount_minor - d.paid_minor AS next_minor, g.currency, d.today_on,
       d.due_on + g.nothing_new_days AS nothing_new_on, d.due_on + g.read_only_days AS read_only_on, d.due_on + g.locked_days AS locked_on
FROM access a JOIN products p ON p.id = a.product_id JOIN product_versions v ON v.id = a.product_version_id
     LEFT JOIN orders o ON o.id = a.order_id
     LEFT JOIN licence_keys k ON k.order_line_id = a.order_line_id
     LEFT JOIN agreements g ON g.order_id = o.id AND a.status NOT IN ('waiting', 'ended')
     LEFT JOIN LATERAL (SELECT due_on, amount_minor, paid_minor, today_in(g.zone) AS today_on FROM dues
                        WHERE g.id IS NOT NULL AND agreement_id = g.id AND status = 'open' ORDER BY due_on, id LIMIT 1) d ON true
WHERE p.slug = $1
ORDER BY (a.status = 'ended'), (a.status = 'waiting'), (a.status IN ('nothing_new', 'read_only', 'locked')), a.id DESC LIMIT 1;

-- name: program_items :many
-- param: slug text
-- row program_item_row: section text, slug text, kind text, title text, minutes integer?, file_size bigint?, done bool
SELECT section, slug, kind, title, minutes, file_size, done FROM program_contents($1);

-- name: item_by_slug :one
-- param: slug text
-- param: item text
-- row item_row: access_id bigint, item_id bigint, product_title text, section text, slug text, kind text, title text, body_md text, minutes integer?, url text?, file_id bigint?, file_type text?, file_name text?, captions_id bigint?, opened bool, done bool, position integer, order_number text?
SELECT best.id AS access_id, i.id AS item_id, pv.title AS product_title, w.section, i.slug, v.kind, v.title, v.body_md, v.minutes, v.url, v.file_id, f.content_type AS file_type,
       f.name AS file_name, v.captions_id, g.opened_at IS NOT NULL AS opened, g.done_at IS NOT NULL AS done, w.position, o.number AS order_number
FROM (SELECT a.id, a.product_version_id, a.order_id FROM access a JOIN products p ON p.id = a.product_id
      WHERE p.slug = $1 AND a.status NOT IN ('waiting', 'ended') ORDER BY (a.status IN ('nothing_new', 'read_only', 'locked')), a.id DESC LIMIT 1) best
     LEFT JOIN orders o ON o.id = best.order_id
     JOIN product_versions pv ON pv.id = best.product_version_id
     JOIN version_items w ON w.version_id = best.product_version_id
     JOIN item_versions v ON v.id = w.item_version_id JOIN items i ON i.id = v.item_id AND i.slug = $2
     LEFT JOIN files f ON f.id = v.file_id
     LEFT JOIN progress g ON g.access_id = best.id AND g.item_id = i.id;

-- A file of an item that is open to this person: video, captions or download.
-- name: item_file :one
-- param: slug text
-- param: item text
-- param: captions bool
-- row item_file_row: access_id bigint, item_id bigint, kind text, file_id bigint, content_type text, name text
SELECT best.id AS access_id, i.id AS item_id, v.kind, f.id AS file_id, f.content_type, f.name
FROM (SELECT a.id, a.product_version_id FROM access a JOIN products p ON p.id = a.product_id
      WHERE p.slug = $1 AND a.status NOT IN ('waiting', 'ended') ORDER BY (a.status IN ('nothing_new', 'read_only', 'locked')), a.id DESC LIMIT 1) best
     JOIN version_items w ON w.version_id = best.product_version_id
     JOIN item_versions v ON v.id = w.item_version_id JOIN items i ON i.id = v.item_id AND i.slug = $2
     JOIN files f ON f.id = CASE WHEN $3 THEN v.captions_id ELSE v.file_id END;

-- name: access_opened :exec
-- param: access_id bigint
SELECT access_opened($1);

-- name: access_downloaded :exec
-- param: access_id bigint
-- param: item_id bigint
SELECT access_downloaded($1, $2);

-- name: progress_mark :one
-- param: access_id bigint
-- param: item_id bigint
-- param: done bool?
-- row progress_mark_row: marked bool
SELECT progress_mark($1, $2, $3) AS marked;
