-- Withdrawing from a contract, and asking for the money back (S2.2): what customers see and send.

-- name: withdrawal_page :one
-- param: number text?
-- param: link bytea?
-- row withdrawal_page_row: state text, order_number text?, title text?, buyer text?, email text?, basis text?, until_on date?, lapsed_at timestamptz?,
--     left_minor bigint?, currency text?, planned bool?, spread text?
SELECT state, order_number, title, buyer, email, basis, until_on, lapsed_at, left_minor, currency, planned, spread FROM withdrawal_page($1, $2);

-- received, again, limited.
-- name: withdraw_typed :one
-- param: form bytea
-- param: name text
-- param: said text
-- param: email text
-- param: fold text
-- param: reason text
-- param: most integer
-- row withdraw_answer_row: answer text
SELECT withdraw_typed($1, $2, $3, $4, $5, $6, $7) AS answer;

-- received, again, open (a request waits already), unknown.
-- name: withdraw_own :one
-- param: form bytea
-- param: kind text
-- param: number text?
-- param: link bytea?
-- param: name text
-- param: reason text
-- row withdraw_answer_row
SELECT withdraw_own($1, $2, $3, $4, $5, $6) AS answer;

-- name: withdrawal_receipt :one
-- param: form bytea
-- row withdrawal_receipt_row: number text, kind text, proved bool, said_name text, said_order text, said_email text, reason text, received_at timestamptz,
--     status text, why text, amount_minor bigint, currency text, answer_on date, pay_on date, title text?, by_link bool
SELECT number, kind, proved, said_name, said_order, said_email, reason, received_at, status, why, amount_minor, currency, answer_on, pay_on, title, by_link
FROM withdrawal_receipt($1);

-- What became of the requests of one's own order.
-- name: withdrawals_mine :many
-- param: number text
-- row withdrawal_mine_row: number text, kind text, status text, why text, received_at timestamptz, answer_on date, pay_on date, amount_minor bigint,
--     currency text, answer text, refund text
SELECT number, kind, status, why, received_at, answer_on, pay_on, amount_minor, currency, answer, refund FROM withdrawals_mine($1);

-- opened, again, limited, unknown.
-- name: withdrawal_help :one
-- param: number text
-- param: about text
-- param: nonce text
-- param: body text
-- param: most integer
-- row withdrawal_help_row: result text, ticket_number text?
SELECT result, ticket_number FROM withdrawal_help($1, $2, $3, $4, $5);
