-- Why payments failed, from the cases by the time at which they opened; what was changed (S1.13).

-- By cause and currency.  Recovered: paid within 14 days.  CAUSE is empty where nobody said yet.
-- name: causes_sums :many
-- param: since_at timestamptz
-- param: until_at timestamptz
-- row causes_sum_row: cause text, title text, currency text, n bigint, amount_minor bigint, recovered bigint
SELECT coalesce(c.cause, '') AS cause, coalesce(k.title, 'No cause said yet') AS title, c.currency, count(*) AS n, sum(c.amount_minor)::bigint AS amount_minor,
       count(*) FILTER (WHERE c.resolved_at <= c.opened_at + interval '14 days' AND c.resolved_by <> 'staff') AS recovered
FROM cases c LEFT JOIN case_causes k ON k.cause = c.cause WHERE c.opened_at >= $1 AND c.opened_at < $2
GROUP BY c.cause, k.title, c.currency
ORDER BY c.cause IS NULL, sum(count(*)) OVER (PARTITION BY c.cause) DESC, 1, 5 DESC;

-- Ratings of those cases.
-- name: causes_ratings :many
-- param: since_at timestamptz
-- param: until_at timestamptz
-- row causes_rating_row: cause text, n bigint, score_sum bigint, low bigint
SELECT coalesce(c.cause, '') AS cause, count(*) AS n, sum(r.score)::bigint AS score_sum, count(*) FILTER (WHERE r.score <= 2) AS low
FROM ratings r JOIN cases c ON c.id = r.object_id AND c.customer_id = r.customer_id WHERE r.kind = 'case' AND c.opened_at >= $1 AND c.opened_at < $2 GROUP BY 1;

-- What customers said, the newest first.
-- name: causes_words :many
-- param: since_at timestamptz
-- param: until_at timestamptz
-- row causes_word_row: case_id bigint, cause text, score integer, words text, changed_at timestamptz
SELECT c.id AS case_id, coalesce(k.title, 'No cause said yet') AS cause, r.score, r.words, r.changed_at
FROM ratings r JOIN cases c ON c.id = r.object_id AND c.customer_id = r.customer_id LEFT JOIN case_causes k ON k.cause = c.cause
WHERE r.kind = 'case' AND r.words <> '' AND c.opened_at >= $1 AND c.opened_at < $2 ORDER BY r.changed_at DESC, r.id DESC LIMIT 30;

-- By week of ZONE, from Monday; weeks without a case have no row.
-- name: causes_weeks :many
-- param: zone text
-- param: since_at timestamptz
-- param: cause text
-- row causes_week_row: week date, n bigint, recovered bigint
SELECT date_trunc('week', opened_at AT TIME ZONE $1)::date AS week, count(*) AS n,
       count(*) FILTER (WHERE resolved_at <= opened_at + interval '14 days' AND resolved_by <> 'staff') AS recovered
FROM cases WHERE opened_at >= $2 AND ($3 = '' OR cause = $3 OR ($3 = 'none' AND cause IS NULL)) GROUP BY 1 ORDER BY 1;

-- Each change, with the cases that opened within DAYS before and after it and are older than 14 days:
-- how many, and how many of them were paid within 14 days.
-- name: causes_markers :many
-- param: zone text
-- param: days integer
-- row marker_row: id bigint, changed_on date, what text, cause text?, cause_title text?, made_by text, edited_by text?, edited_at timestamptz?, revision integer,
--     before_n bigint, before_recovered bigint, after_n bigint, after_recovered bigint
SELECT m.id, m.changed_on, m.what, m.cause, k.title AS cause_title, coalesce(nullif(s.name, ''), s.email) AS made_by, coalesce(nullif(e.name, ''), e.email) AS edited_by, m.edited_at, m.revision,
       b.n AS before_n, b.recovered AS before_recovered, a.n AS after_n, a.recovered AS after_recovered
FROM (SELECT *, changed_on::timestamp AT TIME ZONE $1 AS day_at FROM change_markers ORDER BY changed_on DESC, id DESC LIMIT 50) m
     LEFT JOIN case_causes k ON k.cause = m.cause JOIN staff s ON s.id = m.made_by LEFT JOIN staff e ON e.id = m.edited_by
     CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE c.resolved_at <= c.opened_at + interval '14 days' AND c.resolved_by <> 'staff') AS recovered
                         FROM cases c WHERE c.opened_at >= m.day_at - make_interval(days => $2) AND c.opened_at < m.day_at AND c.opened_at < app_now() - interval '14 days'
                           AND (m.cause IS NULL OR c.cause = m.cause)) b
     CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE c.resolved_at <= c.opened_at + interval '14 days' AND c.resolved_by <> 'staff') AS recovered
                         FROM cases c WHERE c.opened_at >= m.day_at AND c.opened_at < m.day_at + make_interval(days => $2) AND c.opened_at < app_now() - interval '14 days'
                           AND (m.cause IS NULL OR c.cause = m.cause)) a
ORDER BY m.changed_on DESC, m.id DESC;

-- name: causes_marker :one
-- param: id bigint
-- row marker_one_row: id bigint, changed_on date, what text, cause text, revision integer
SELECT id, changed_on, what, coalesce(cause, '') AS cause, revision FROM change_markers WHERE id = $1;

-- name: causes_marker_save :one
-- param: id bigint?
-- param: revision integer
-- param: nonce text
-- param: changed_on date
-- param: what text
-- param: cause text
-- row marker_saved_row: answer text
SELECT marker_save($1, $2, $3, $4, $5, $6) AS answer;
