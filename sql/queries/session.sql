-- Sessions and links: portal and staff pages.

-- Who a session's cookie stands for; queued first in every page's pipeline.
-- name: session_who :maybe
-- param: token_hash bytea
-- param: staff bool
-- row session_row: kind text, person bigint, name text, email text, role text, started_at timestamptz, now_at timestamptz, has_password bool, locale text, zone text
SELECT kind, person, name, email, role, started_at, now_at, has_password, locale, zone FROM session_who($1, $2);

-- name: session_end :exec
-- param: token_hash bytea
SELECT session_end($1);

-- name: login_look :one
-- param: email_fold text
-- param: address text
-- param: max_account integer
-- param: max_address integer
-- param: staff bool
-- row login_row: person bigint?, hash text?, totp bytea?, totp_last bigint?, limited bool
SELECT person, hash, totp, totp_last, limited FROM login_look($1, $2, $3, $4, $5);

-- name: login_failed :exec
-- param: email_fold text
-- param: address text
-- param: staff bool
SELECT login_failed($1, $2, $3);

-- What the signature of a passkey is verified with.
-- name: passkey_look :maybe
-- param: credential bytea
-- param: staff bool
-- row passkey_key_row: id bigint, public_key bytea, algorithm integer
SELECT id, public_key, algorithm FROM passkey_look($1, $2);

-- name: schema_version :one
-- row schema_version_row: version integer
SELECT schema_version() AS version;
