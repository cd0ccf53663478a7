-- sample: queries for test_db, over the tables that it creates

-- name: kinds_insert :exec
-- param: name text
-- param: big bigint?
-- param: small integer?
-- param: flag bool?
-- param: at timestamptz?
-- param: on_day date?
-- param: raw bytea?
-- param: note text?
INSERT INTO kinds (name, big, small, flag, at, on_day, raw, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: kinds_by_name :one
-- Every type that a column can have.
-- param: name text
-- row kinds_row: name text, big bigint?, small integer?, flag bool?, at timestamptz?,
--     on_day date?, raw bytea?, note text?
SELECT name, big, small, flag, at, on_day, raw, note FROM kinds WHERE name = $1;

-- name: kinds_find :maybe
-- param: name text
-- row kinds_row
SELECT name, big, small, flag, at, on_day, raw, note FROM kinds WHERE name = $1;

-- name: kinds_all :many
-- row kinds_row
SELECT name, big, small, flag, at, on_day, raw, note FROM kinds ORDER BY name;

-- name: kinds_text :one
-- The same instant and day as PostgreSQL writes them.
-- param: name text
-- row kinds_text_row: at text?, on_day text?
SELECT to_char(at, 'YYYY-MM-DD HH24:MI:SS.US') AS at, on_day::text FROM kinds WHERE name = $1;

-- name: kinds_delete :exec
DELETE FROM kinds;

-- name: big_not_null :one
-- A declaration that is wrong when big is null.
-- param: name text
-- row big_row: big bigint
SELECT big FROM kinds WHERE name = $1;

-- name: item_insert :exec
-- param: code text
-- param: amount bigint
INSERT INTO items (code, amount) VALUES ($1, $2);

-- name: item_count :one
-- row count_row: n bigint
SELECT count(*) AS n FROM items;

-- name: item_first :one
-- Asked for one, there may be several.
-- row item_row: code text, amount bigint
SELECT code, amount FROM items;

-- name: item_delete :exec
DELETE FROM items;

-- name: identity :one
-- row identity_row: token text?, order_token text?, txid text
SELECT nullif(current_setting('latchkey.token', true), '') AS token,
       nullif(current_setting('latchkey.order_token', true), '') AS order_token,
       pg_current_xact_id()::text AS txid;

-- name: raise_state :exec
-- param: state text
SELECT raise_state($1);

-- name: session_pid :one
-- row pid_row: pid integer
SELECT pg_backend_pid() AS pid;

-- name: session_settings :one
-- row settings_row: zone text, timeout text, jit text, path text, application text
SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout,
       current_setting('jit') AS jit, current_setting('search_path') AS path,
       current_setting('application_name') AS application;

-- name: secret_read :one
-- row count_row
SELECT count(*) AS n FROM secret;
