-- How a customer rates what was done for them, by the link of a mail (S1.11, S1.12).

-- name: rating_look :maybe
-- param: link bytea
-- row rating_row: state text, title text, amount_minor bigint, currency text, score integer?, words text?, locale text
SELECT state, title, amount_minor, currency, score, words, locale FROM rating_look($1);

-- name: rating_score :one
-- param: link bytea
-- param: score integer
-- row rating_answer_row: answer text
SELECT rating_give($1, $2, NULL) AS answer;

-- name: rating_words :one
-- param: link bytea
-- param: words text
-- row rating_answer_row
SELECT rating_give($1, NULL, $2) AS answer;
