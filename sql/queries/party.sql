-- Payer, user, assistant (S2.12, S2.13).

-- name: party_list :many
-- param: number text
-- row party_row: person bigint, role text, name text, email text, payer bool, bills bool, calls bool, since_at timestamptz
SELECT person, role, name, email, payer, bills, calls, since_at FROM party_list($1);

-- name: party_offer :one
-- param: number text
-- param: email text
-- param: fold text
-- param: name text
-- row party_result_row: result text
SELECT party_offer($1, $2, $3, $4) AS result;

-- name: party_take_back :one
-- param: number text
-- row party_result_row
SELECT party_take_back($1) AS result;

-- name: party_assist :one
-- param: number text
-- param: email text
-- param: fold text
-- param: name text
-- param: bills bool
-- param: calls bool
-- row party_result_row
SELECT party_assist($1, $2, $3, $4, $5, $6) AS result;

-- name: party_dismiss :one
-- param: number text
-- param: person bigint
-- row party_dismissed_row: done bool
SELECT party_dismiss($1, $2) AS done;

-- name: claim_look :one
-- param: hash bytea
-- row claim_row: state text, title text?, giver text?, email text?
SELECT state, title, giver, email FROM claim_look($1);

-- name: claim_use :one
-- param: hash bytea
-- param: session bytea
-- param: agent text
-- row claim_used_row: person bigint?
SELECT claim_use($1, $2, $3) AS person;
