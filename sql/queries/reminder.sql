-- Reminders of what is due: the scan and its mails.

-- name: reminders_scan :one
-- row reminders_row: n integer
SELECT reminders_scan() AS n;

-- What a reminder tells: every amount of it that still holds.
-- name: reminder_lines :many
-- param: message_id bigint
-- row reminder_line_row: due_id bigint, title text, amount_minor bigint, currency text, due_on date, words text, until_on date, method_kind text, brand text, last_four text
SELECT due_id, title, amount_minor, currency, due_on, words, until_on, method_kind, brand, last_four FROM reminder_lines($1);

-- name: reminder_text :maybe
-- param: message_id bigint
-- row reminder_text_row: subject text, body text
SELECT subject, body FROM reminder_text($1);

-- name: reminder_link_make :exec
-- param: message_id bigint
-- param: due_id bigint
-- param: hash bytea
SELECT reminder_link_make($1, $2, $3);

-- What the thank-you for a whole plan tells.
-- name: mail_thanks :maybe
-- param: object text
-- param: object_id bigint
-- row mail_thanks_row: title text, amount_minor bigint, currency text, subject text, body text
SELECT l.title, (SELECT coalesce(sum(d.paid_minor), 0)::bigint FROM dues d WHERE d.agreement_id = g.id) AS amount_minor, g.currency, t.subject, t.body_md AS body
FROM agreements g JOIN LATERAL (SELECT title, product_id FROM order_lines WHERE order_id = g.order_id ORDER BY id LIMIT 1) l ON true
     CROSS JOIN LATERAL text_of('plan_thanks', l.product_id) t
WHERE $1 = 'agreement' AND g.id = $2;
