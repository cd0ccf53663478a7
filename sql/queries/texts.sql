-- Texts of mails that staff edit, in versions.

-- name: texts_all :many
-- row text_item_row: kind text, version integer, subject text, published_at timestamptz, published_by text?
SELECT DISTINCT ON (t.kind) t.kind, t.version, t.subject, t.published_at, s.name AS published_by
FROM message_texts t LEFT JOIN staff s ON s.id = t.published_by WHERE t.published_at IS NOT NULL ORDER BY t.kind, t.version DESC;

-- The text in force, or one of its versions.
-- name: text_version :one
-- param: kind text
-- param: version integer?
-- row text_version_row: kind text, version integer, subject text, body text
SELECT kind, version, subject, body_md AS body FROM message_texts
WHERE kind = $1 AND published_at IS NOT NULL AND ($2::integer IS NULL OR version = $2::integer) ORDER BY version DESC LIMIT 1;

-- name: text_history :many
-- param: kind text
-- row text_past_row: version integer, subject text, published_at timestamptz, published_by text?
SELECT t.version, t.subject, t.published_at, s.name AS published_by
FROM message_texts t LEFT JOIN staff s ON s.id = t.published_by WHERE t.kind = $1 AND t.published_at IS NOT NULL ORDER BY t.version DESC LIMIT 100;

-- name: text_publish :one
-- param: kind text
-- param: seen integer
-- param: subject text
-- param: body text
-- row text_answer_row: answer text
SELECT text_publish($1, $2, $3, $4) AS answer;
