-- What the worker does of accounts.

-- name: link_ask_settle :exec
-- param: id bigint
SELECT link_ask_settle($1);

-- name: correction_settle :exec
-- param: id bigint
SELECT correction_settle($1);

-- Skip a mail that its reader chose to do without.
-- name: message_skip :exec
-- param: id bigint
SELECT message_skip($1);

-- What a mail about an address tells.
-- name: mail_address :maybe
-- param: object text
-- param: object_id bigint
-- row mail_address_row: old_email text, new_email text, undo_until timestamptz?, number text?, reason text?
SELECT coalesce(a.old_email, c.old_email, '') AS old_email, coalesce(a.new_email, c.new_email) AS new_email, a.undo_until, coalesce(c.number, o.number) AS number, c.reason
FROM (SELECT) one LEFT JOIN address_changes a ON $1 = 'address_change' AND a.id = $2 LEFT JOIN orders o ON o.id = a.order_id
     LEFT JOIN corrections c ON $1 = 'correction' AND c.id = $2
WHERE coalesce(a.id, c.id) IS NOT NULL;
