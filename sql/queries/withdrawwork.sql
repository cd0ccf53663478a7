-- Withdrawals that the worker sees to, and what mails tell of them.

-- name: withdrawal_settle :exec
-- param: id bigint
SELECT withdrawal_settle($1);

-- The link of a mail about an order; its last day, where there is one to make.
-- name: withdraw_link_make :one
-- param: message_id bigint
-- param: hash bytea
-- row withdraw_link_row: until_on date?
SELECT withdraw_link_make($1, $2) AS until_on;

-- name: mail_withdrawal :maybe
-- param: id bigint
-- row mail_withdrawal_row: number text, kind text, said_name text, said_order text, said_email text, reason text, received_at timestamptz, status text,
--     why text, amount_minor bigint, currency text, answer_on date, pay_on date, answer text, title text?
SELECT w.number, w.kind, w.said_name, w.said_order, w.said_email, w.reason, w.received_at, w.status, w.why, w.amount_minor,
       coalesce(w.currency, 'EUR') AS currency, w.answer_on, w.pay_on, w.answer,
       (SELECT l.title FROM order_lines l WHERE l.order_id = w.order_id ORDER BY l.id LIMIT 1) AS title
FROM withdrawals w WHERE w.id = $1;
