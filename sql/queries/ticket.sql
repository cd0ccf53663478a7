-- Messages to staff, as the customer writes and reads them (S0.6).

-- name: ticket_form :one
-- param: number text?
-- param: link bytea?
-- row ticket_form_row: order_number text?, product_title text?, email text?, signed_in bool, link text
SELECT order_number, product_title, email, signed_in, link FROM ticket_form($1, $2);

-- name: ticket_open :one
-- param: nonce text
-- param: email text?
-- param: email_fold text?
-- param: number text?
-- param: link bytea?
-- param: about text
-- param: body text
-- param: most integer
-- row ticket_opened_row: result text, number text?, post_id bigint?, known bool
SELECT result, ticket_number AS number, post_id, known FROM ticket_open($1, $2, $3, $4, $5, $6, $7, $8);

-- name: ticket_file_add :one
-- param: post_id bigint
-- param: name text
-- param: type text
-- param: content bytea
-- row ticket_file_added_row: done bool
SELECT ticket_file_add($1, $2, $3, $4) AS done;

-- name: tickets_mine :many
-- row ticket_item_row: number text, about text, status text, created_at timestamptz, since_at timestamptz, order_number text?
SELECT t.number, t.about, t.status, t.created_at, t.since_at, o.number AS order_number
FROM tickets t LEFT JOIN orders o ON o.id = t.order_id ORDER BY t.created_at DESC, t.id DESC LIMIT 100;

-- name: ticket_page :one
-- param: number text?
-- param: link bytea?
-- row ticket_row: number text, about text, status text, order_number text?, product_title text?, order_said text, created_at timestamptz, since_at timestamptz
SELECT number, about, status, order_number, product_title, order_said, created_at, since_at FROM ticket_page($1, $2);

-- name: ticket_posts :many
-- param: number text?
-- param: link bytea?
-- row ticket_post_row: id bigint, author text, staff_name text?, via text, body text, left_out integer, written_at timestamptz
SELECT id, author, staff_name, via, body, left_out, at AS written_at FROM ticket_posts($1, $2);

-- name: ticket_files_of :many
-- param: number text?
-- param: link bytea?
-- row ticket_file_row: id bigint, post_id bigint, name text, type text, size bigint
SELECT id, post_id, name, type, size FROM ticket_files_of($1, $2);

-- name: ticket_file :one
-- param: number text?
-- param: link bytea?
-- param: file bigint
-- row ticket_content_row: name text, type text, content bytea
SELECT name, type, content FROM ticket_file($1, $2, $3);

-- name: ticket_reply :one
-- param: number text?
-- param: link bytea?
-- param: nonce text
-- param: body text
-- row ticket_replied_row: result text, post_id bigint?
SELECT result, post_id FROM ticket_reply($1, $2, $3, $4);

-- name: ticket_link_look :one
-- param: link bytea
-- row ticket_link_row: state text, email text?
SELECT state, email FROM ticket_link_look($1);

-- name: ticket_link_again :one
-- param: link bytea
-- row ticket_link_again_row: done bool
SELECT ticket_link_again($1) AS done;
