-- Links, passwords, the account.

-- name: link_look :one
-- param: hash bytea
-- row link_row: state text, email text?, order_number text?, product_title text?
SELECT state, email, order_number, product_title FROM link_look($1);

-- name: link_use :one
-- param: hash bytea
-- param: session_hash bytea
-- param: agent text
-- row link_used_row: person bigint?
SELECT link_use($1, $2, $3) AS person;

-- name: link_again :exec
-- param: hash bytea
SELECT link_again($1);

-- name: link_request :exec
-- param: email_fold text
SELECT link_ask($1);

-- name: login_done :one
-- param: person bigint
-- param: password_hash text
-- param: session_hash bytea
-- param: agent text
-- row login_done_row: done bool
SELECT login_done($1, $2, $3, $4) AS done;

-- name: password_set :one
-- param: password_hash text
-- param: session_hash bytea
-- row password_set_row: done bool
SELECT password_set($1, $2) AS done;

-- Staff stop looking with a customer's eyes.
-- name: view_end :one
-- param: hash bytea
-- row view_end_row: customer bigint?
SELECT view_end($1) AS customer;
