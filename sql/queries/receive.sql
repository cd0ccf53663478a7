-- Mails that come in: answers to tickets, and those of ours that came back.

-- name: receive_post :one
-- param: number text
-- param: message_ref bytea
-- param: from_email text?
-- param: body text
-- param: left_out integer
-- row received_row: result text, post_id bigint?
SELECT result, post_id FROM ticket_mail($1, $2, $3, $4, $5);

-- name: receive_file :one
-- param: post_id bigint
-- param: name text
-- param: type text
-- param: content bytea
-- row received_file_row: done bool
SELECT ticket_file_add($1, $2, $3, $4) AS done;

-- name: receive_bounce :one
-- param: message_id bigint
-- param: failed bool
-- param: code text
-- param: detail text
-- row bounced_row: result text
SELECT message_bounced($1, $2, $3, $4) AS result;
