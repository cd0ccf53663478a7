-- Staff: login, invitation, and what they do to an order.

-- What the session's staff member may do: "mail access ...", separated by blanks.
-- name: staff_rights :one
-- param: token_hash bytea
-- row rights_row: verbs text
SELECT coalesce(string_agg(r.verb, ' ' ORDER BY r.verb), '') AS verbs
FROM session_who($1, true) w JOIN staff_rights r ON r.role = w.role;

-- One login at a time for one address: however many processes verify, the limiter counts
-- each failure before the next look (safety rule 20).
-- name: staff_login_lock :exec
-- param: email_fold text
SELECT pg_advisory_xact_lock(hashtextextended('latchkey.login ' || $1, 0));

-- name: staff_login_done :one
-- param: staff bigint
-- param: hash text
-- param: step bigint
-- param: session bytea
-- param: agent text
-- row done_row: done bool
SELECT staff_login_done($1, $2, $3, $4, $5) AS done;

-- name: staff_invite_look :maybe
-- param: token_hash bytea
-- row invite_row: email text, role text
SELECT email, role FROM invite_look($1);

-- name: staff_invite_use :one
-- param: token_hash bytea
-- param: name text
-- param: password text
-- param: totp bytea
-- param: step bigint
-- param: session bytea
-- param: agent text
-- row done_row
SELECT invite_use($1, $2, $3, $4, $5, $6, $7) AS done;

-- How many mails go out once more; -1 when there is no such order.
-- name: staff_order_resend :one
-- param: number text
-- row resent_row: mails integer
SELECT staff_resend($1) AS mails;

-- granted, has, none, unknown.
-- name: staff_order_regrant :one
-- param: number text
-- row answer_row: answer text
SELECT staff_regrant($1) AS answer;

-- granted, has, unknown.
-- name: staff_order_gift :one
-- param: number text
-- param: reason text
-- row answer_row
SELECT staff_gift($1, $2) AS answer;
