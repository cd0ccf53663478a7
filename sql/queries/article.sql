-- The staff's pages of articles: the list, one of them, its versions, what readers say.

-- YES and NO: of all its versions.  READERS: staff who read what is published; STAFF: of how many.
-- name: articles_list :many
-- param: kind text
-- param: category text
-- param: state text
-- row article_line_row: slug text, kind text, title text, category text, version integer?, published_at timestamptz?, drafted bool, retired bool, yes bigint, no bigint, readers bigint, staff bigint, mine bool
SELECT a.slug, a.kind, coalesce(v.title, d.title) AS title, coalesce(v.category, d.category) AS category, v.version, v.published_at,
       d.id IS NOT NULL AS drafted, a.retired_at IS NOT NULL AS retired,
       (SELECT count(*) FROM article_votes w WHERE w.article_id = a.id AND w.helpful) AS yes,
       (SELECT count(*) FROM article_votes w WHERE w.article_id = a.id AND NOT w.helpful) AS no,
       (SELECT count(*) FROM article_reads r JOIN staff s ON s.id = r.staff_id AND s.disabled_at IS NULL WHERE r.version_id = a.version_id) AS readers,
       (SELECT count(*) FROM staff s WHERE s.disabled_at IS NULL) AS staff,
       EXISTS (SELECT FROM article_reads r WHERE r.version_id = a.version_id AND r.staff_id = staff_me()) AS mine
FROM articles a LEFT JOIN article_versions v ON v.id = a.version_id
     LEFT JOIN article_versions d ON d.article_id = a.id AND d.published_at IS NULL
WHERE ($1 = '' OR a.kind = $1) AND ($2 = '' OR coalesce(v.category, d.category) = $2)
  AND CASE $3 WHEN 'draft' THEN d.id IS NOT NULL WHEN 'retired' THEN a.retired_at IS NOT NULL ELSE a.retired_at IS NULL END
ORDER BY array_position(ARRAY['faq', 'playbook', 'training'], a.kind),
         min(coalesce(v.position, d.position)) OVER (PARTITION BY a.kind, coalesce(v.category, d.category)), 4, coalesce(v.position, d.position), a.slug
LIMIT 500;

-- name: article_categories :many
-- row article_category_row: category text
SELECT DISTINCT coalesce(v.category, d.category) AS category FROM articles a LEFT JOIN article_versions v ON v.id = a.version_id
       LEFT JOIN article_versions d ON d.article_id = a.id AND d.published_at IS NULL ORDER BY 1;

-- name: article_head :one
-- param: slug text
-- row article_head_row: slug text, kind text, seen text, retired bool, loaded bool, version integer?, title text, summary text?, category text, fields text?, body_md text?, published_at timestamptz?, published_by text?, draft integer?, draft_changed_at timestamptz?, draft_changed_by text?, base integer?, yes bigint, no bigint, read_at timestamptz?, answers text?
SELECT a.slug, a.kind, article_seen(a.id) AS seen, a.retired_at IS NOT NULL AS retired, a.loaded IS NOT NULL AS loaded, v.version,
       coalesce(v.title, d.title) AS title, v.summary, coalesce(v.category, d.category) AS category, v.fields, v.body_md, v.published_at,
       vs.name AS published_by, d.version AS draft, d.changed_at AS draft_changed_at, ds.name AS draft_changed_by, b.version AS base,
       (SELECT count(*) FROM article_votes w WHERE w.article_id = a.id AND w.helpful) AS yes,
       (SELECT count(*) FROM article_votes w WHERE w.article_id = a.id AND NOT w.helpful) AS no,
       (SELECT r.at FROM article_reads r WHERE r.version_id = a.version_id AND r.staff_id = staff_me()) AS read_at, v.answers
FROM articles a LEFT JOIN article_versions v ON v.id = a.version_id LEFT JOIN staff vs ON vs.id = v.published_by
     LEFT JOIN article_versions d ON d.article_id = a.id AND d.published_at IS NULL LEFT JOIN staff ds ON ds.id = d.changed_by
     LEFT JOIN article_versions b ON b.id = d.based_on
WHERE a.slug = $1;

-- The texts of the draft, or of what is published where there is no draft.
-- name: article_texts :one
-- param: slug text
-- row article_texts_row: slug text, kind text, seen text, draft bool, title text, summary text, category text, position integer, keywords text, related text, answers text, fields text, body_md text
SELECT a.slug, a.kind, article_seen(a.id) AS seen, d.id IS NOT NULL AS draft, t.title, t.summary, t.category, t.position, t.keywords, t.related,
       t.answers, t.fields, t.body_md
FROM articles a LEFT JOIN article_versions d ON d.article_id = a.id AND d.published_at IS NULL
     JOIN article_versions t ON t.id = coalesce(d.id, a.version_id)
WHERE a.slug = $1;

-- name: article_version :one
-- param: slug text
-- param: version integer
-- row article_version_row: slug text, kind text, version integer, live integer?, live_copy_of integer?, title text, summary text, category text, fields text, body_md text, published_at timestamptz, published_by text?
SELECT a.slug, a.kind, v.version, c.version AS live, c.copy_of AS live_copy_of, v.title, v.summary, v.category, v.fields, v.body_md, v.published_at,
       s.name AS published_by
FROM articles a JOIN article_versions v ON v.article_id = a.id LEFT JOIN article_versions c ON c.id = a.version_id LEFT JOIN staff s ON s.id = v.published_by
WHERE a.slug = $1 AND v.version = $2 AND v.published_at IS NOT NULL;

-- Newest first, with what its readers said.
-- name: article_history :many
-- param: slug text
-- row article_past_row: version integer, title text, published_at timestamptz, published_by text?, copy_of integer?, live bool, yes bigint, no bigint
SELECT v.version, v.title, v.published_at, s.name AS published_by, v.copy_of, v.id = a.version_id AS live,
       (SELECT count(*) FROM article_votes w WHERE w.version_id = v.id AND w.helpful) AS yes,
       (SELECT count(*) FROM article_votes w WHERE w.version_id = v.id AND NOT w.helpful) AS no
FROM articles a JOIN article_versions v ON v.article_id = a.id LEFT JOIN staff s ON s.id = v.published_by
WHERE a.slug = $1 AND v.published_at IS NOT NULL ORDER BY v.version DESC LIMIT 100;

-- What readers wrote, newest first.
-- name: article_words :many
-- param: slug text
-- row article_word_row: helpful bool, words text, at timestamptz, version integer
SELECT w.helpful, w.words, w.at, v.version FROM articles a JOIN article_votes w ON w.article_id = a.id JOIN article_versions v ON v.id = w.version_id
WHERE a.slug = $1 AND w.words <> '' ORDER BY w.at DESC, w.id DESC LIMIT 50;

-- Everybody of the staff, and the newest version that they read.
-- name: article_readers :many
-- param: slug text
-- row article_reader_row: name text, role text, version integer?, at timestamptz?, current bool
SELECT coalesce(nullif(s.name, ''), s.email) AS name, s.role, r.version, r.at, coalesce(r.id = a.version_id, false) AS current
FROM articles a CROSS JOIN staff s
     LEFT JOIN LATERAL (SELECT v.id, v.version, x.at FROM article_reads x JOIN article_versions v ON v.id = x.version_id
                        WHERE x.article_id = a.id AND x.staff_id = s.id ORDER BY v.version DESC LIMIT 1) r ON true
WHERE a.slug = $1 AND a.kind <> 'faq' AND s.disabled_at IS NULL ORDER BY 5, 1 LIMIT 200;

-- Searches that found nothing or led to nothing, the most frequent first.
-- name: help_searches_open :many
-- param: most integer
-- row help_search_row: words text, asked bigint, empty bigint, clicked bigint, open bigint, last_at timestamptz
SELECT words, asked, empty, clicked, asked - clicked AS open, last_at FROM help_searches
WHERE asked > clicked ORDER BY asked - clicked DESC, last_at DESC, words LIMIT $1;

-- name: staff_article_add :one
-- param: slug text
-- param: kind text
-- param: title text
-- param: summary text
-- param: category text
-- param: position integer
-- param: keywords text
-- param: related text
-- param: answers text
-- param: fields text
-- param: body text
-- row article_answer_row: answer text
SELECT article_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS answer;

-- name: staff_article_save :one
-- param: slug text
-- param: seen text
-- param: title text
-- param: summary text
-- param: category text
-- param: position integer
-- param: keywords text
-- param: related text
-- param: answers text
-- param: fields text
-- param: body text
-- row article_answer_row
SELECT article_save($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS answer;

-- name: staff_article_discard :one
-- param: slug text
-- param: seen text
-- row article_answer_row
SELECT article_discard($1, $2) AS answer;

-- name: staff_article_publish :one
-- param: slug text
-- param: seen text
-- row article_answer_row
SELECT article_publish($1, $2) AS answer;

-- name: staff_article_restore :one
-- param: slug text
-- param: version integer
-- param: current integer
-- row article_answer_row
SELECT article_restore($1, $2, $3) AS answer;

-- name: staff_article_shown :one
-- param: slug text
-- param: on bool
-- row article_answer_row
SELECT article_shown($1, $2) AS answer;

-- name: staff_article_read :one
-- param: slug text
-- param: version integer
-- row article_answer_row
SELECT article_read($1, $2) AS answer;

-- name: staff_search_done :one
-- param: words text
-- row article_answer_row
SELECT help_search_done($1) AS answer;

-- The playbook for a declined payment: by its code, else by its class.
-- name: playbook_for :maybe
-- param: code text?
-- param: class text
-- row playbook_row: slug text, title text, version integer, body_md text, fields text
SELECT a.slug, v.title, v.version, v.body_md, v.fields FROM articles a JOIN article_versions v ON v.id = a.version_id
WHERE a.slug = article_for('playbook', $1, $2);
