-- The answers that customers read: the list, one, the search, the votes.

-- In their categories; a category stands where its first answer does.
-- name: help_articles :many
-- row help_line_row: slug text, title text, summary text, category text
SELECT f.slug, f.title, f.summary, f.category FROM faq_articles f
ORDER BY min(f.position) OVER (PARTITION BY f.category), f.category, f.position, f.title;

-- name: help_article :one
-- param: slug text
-- row help_article_row: slug text, title text, summary text, category text, version integer, body_md text, published_at timestamptz
SELECT slug, title, summary, category, version, body_md, published_at FROM faq_articles WHERE slug = $1;

-- Those that it names, then others of its category.
-- name: help_related :many
-- param: slug text
-- row help_line_row
SELECT r.slug, r.title, r.summary, r.category
FROM faq_articles f JOIN faq_articles r ON r.article_id <> f.article_id AND (r.slug = ANY (string_to_array(f.related, ' ')) OR r.category = f.category)
WHERE f.slug = $1 ORDER BY array_position(string_to_array(f.related, ' '), r.slug) NULLS LAST, r.position LIMIT 4;

-- What failed and is still open, of whoever is logged in or has this link.
-- name: help_own :many
-- param: link bytea?
-- row help_own_row: order_number text, seq integer, title text, rest_minor bigint, currency text, due_on date, class text, article text?, article_title text?, next_at timestamptz?, promised_on date?, zone text
SELECT order_number, seq, title, rest_minor, currency, due_on, class, article, article_title, next_at, promised_on, zone FROM help_mine($1);

-- Counts the search as well.
-- name: help_find :many
-- param: typed text
-- row help_found_row: slug text, title text, category text, excerpt text, meant text
SELECT slug, title, category, excerpt, meant FROM help_search($1);

-- name: help_click :exec
-- param: typed text
-- param: slug text
SELECT help_clicked($1, $2);

-- name: help_vote_put :one
-- param: slug text
-- param: version integer
-- param: browser bytea
-- param: helpful bool
-- param: words text
-- row help_answer_row: answer text
SELECT help_vote($1, $2, $3, $4, $5) AS answer;
