-- What people change in their account.

-- name: profile_mine :one
-- row profile_row: name text, email text, phone text, locale text, zone text, country text
SELECT c.name, c.email, c.phone, c.locale, c.zone, c.country
FROM customers c WHERE c.merged_into IS NULL LIMIT 1;

-- name: profile_set :one
-- param: name text
-- param: phone text
-- param: locale text
-- param: zone text
-- param: country text
-- row profile_done_row: done bool
SELECT profile_set($1, $2, $3, $4, $5) AS done;

-- name: choices_mine :many
-- row choice_row: topic text, may_stop bool, wanted bool
SELECT topic, may_stop, wanted FROM choices_mine();

-- name: choice_set :one
-- param: topic text
-- param: wanted bool
-- row profile_done_row
SELECT choice_set($1, $2) AS done;

-- How the customer wants to be reminded of payments; PLANS: how many they pay over time now.
-- name: reminder_choice_mine :maybe
-- row reminder_choice_row: frequency text, channel text, plans bigint
SELECT frequency, channel, plans FROM reminder_choice_mine();

-- name: reminder_choice_set :one
-- param: frequency text
-- param: channel text?
-- row profile_done_row
SELECT reminder_choice_set($1, $2) AS done;

-- name: sessions_mine :many
-- row session_item_row: name text, here bool, since_at timestamptz, seen_at timestamptz, agent text
SELECT name, here, since_at, seen_at, agent FROM sessions_mine();

-- ended, stale, unknown.
-- name: session_revoke :one
-- param: name text
-- row profile_answer_row: answer text
SELECT session_revoke($1) AS answer;

-- name: session_renew :one
-- param: password_hash text
-- param: session_hash bytea
-- param: agent text
-- row profile_done_row
SELECT session_renew($1, $2, $3) AS done;

-- How many; -1 when this login is too old.
-- name: sessions_revoke :one
-- row sessions_ended_row: n integer
SELECT sessions_revoke() AS n;

-- sent, same, stale.
-- name: address_ask :one
-- param: email text
-- param: email_fold text
-- row profile_answer_row
SELECT address_ask($1, $2) AS answer;

-- name: address_cancel :exec
SELECT address_cancel();

-- name: address_waits :maybe
-- row address_waits_row: email text, asked_at timestamptz
SELECT email, asked_at FROM address_waits();

-- ready, used, expired, unknown.
-- name: address_look :one
-- param: hash bytea
-- row address_look_row: state text, email text?
SELECT state, email FROM address_look($1);

-- done, taken, no.
-- name: address_use :one
-- param: hash bytea
-- row profile_answer_row
SELECT address_use($1) AS answer;

-- ready, over, unknown.
-- name: address_undo_look :one
-- param: hash bytea
-- row address_undo_row: state text, old_email text?, new_email text?
SELECT state, old_email, new_email FROM address_undo_look($1);

-- name: address_undo :one
-- param: hash bytea
-- row profile_done_row
SELECT address_undo($1) AS done;

-- name: correction_ask :exec
-- param: nonce text
-- param: number text
-- param: amount text
-- param: last_four text
-- param: email text
-- param: email_fold text
-- param: browser bytea
SELECT correction_ask($1, $2, $3, $4, $5, $6, $7);

-- Whether a request that verifies or mails something is still allowed.
-- name: limit_take :one
-- param: address text
-- param: account text
-- param: hash bytea
-- param: max_account integer
-- param: max_address integer
-- row limit_row: allowed bool
SELECT limit_take($1, $2, $3, $4, $5) AS allowed;

-- name: passkeys_mine :many
-- row passkey_item_row: id bigint, name text, created_at timestamptz, used_at timestamptz?
SELECT id, name, created_at, used_at FROM passkeys_mine();

-- added, again, stale, many.
-- name: passkey_add :one
-- param: challenge_hash bytea
-- param: credential bytea
-- param: public_key bytea
-- param: algorithm integer
-- param: count bigint
-- param: name text
-- row profile_answer_row
SELECT passkey_add($1, $2, $3, $4, $5, $6) AS answer;

-- ended, stale, unknown.
-- name: passkey_remove :one
-- param: id bigint
-- row profile_answer_row
SELECT passkey_remove($1) AS answer;

-- name: passkey_done :one
-- param: challenge_hash bytea
-- param: credential bytea
-- param: public_key bytea
-- param: count bigint
-- param: session_hash bytea
-- param: agent text
-- row profile_done_row
SELECT passkey_done($1, $2, $3, $4, $5, $6) AS done;
