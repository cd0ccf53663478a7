-- Staff about staff: who works here, one's own login, the audit.

-- name: people_list :many
-- row people_row: id bigint, email text, name text, role text, state text, created_at timestamptz, seen_at timestamptz?, invited_until timestamptz?,
--     sessions integer, codes integer, me bool
SELECT id, email, name, role, state, created_at, seen_at, invited_until, sessions, codes, me FROM staff_list();

-- name: people_invite :one
-- param: email text
-- param: email_fold text
-- param: role text
-- row people_answer_row: answer text
SELECT staff_invite($1, $2, $3) AS answer;

-- name: people_change :one
-- param: id bigint
-- param: act text
-- param: role text
-- row people_answer_row
SELECT staff_change($1, $2, $3) AS answer;

-- name: own_sessions :many
-- row own_session_row: ref text, created_at timestamptz, user_agent text, this bool
SELECT ref, created_at, user_agent, this FROM staff_sessions();

-- name: own_session_end :one
-- param: ref text
-- row own_done_row: done bool
SELECT staff_session_end($1) AS done;

-- name: own_codes :one
-- row own_codes_row: left_over integer, salt text?
SELECT left_over, salt FROM staff_codes_mine();

-- name: own_codes_first :exec
-- param: session bytea
-- param: salt text
-- param: hashes bytea
SELECT staff_codes_first($1, $2, $3);

-- name: own_codes_again :one
-- param: hash text
-- param: step bigint
-- param: salt text
-- param: hashes bytea
-- row own_done_row
SELECT staff_codes_again($1, $2, $3, $4) AS done;

-- name: own_recover :one
-- param: staff bigint
-- param: hash text
-- param: code bytea
-- param: session bytea
-- param: agent text
-- row own_done_row
SELECT staff_recover($1, $2, $3, $4, $5) AS done;

-- name: own_password :one
-- param: hash text
-- param: new_hash text
-- row own_done_row
SELECT staff_password($1, $2) AS done;

-- name: own_passkeys :many
-- row own_passkey_row: id bigint, name text, created_at timestamptz, used_at timestamptz?
SELECT id, name, created_at, used_at FROM staff_passkeys();

-- added, again, stale, many.
-- name: own_passkey_add :one
-- param: challenge_hash bytea
-- param: credential bytea
-- param: public_key bytea
-- param: algorithm integer
-- param: count bigint
-- param: name text
-- row people_answer_row
SELECT staff_passkey_add($1, $2, $3, $4, $5, $6) AS answer;

-- named, same, stale, unknown.
-- name: own_passkey_name :one
-- param: id bigint
-- param: name text
-- row people_answer_row
SELECT staff_passkey_name($1, $2) AS answer;

-- ended, stale, unknown.
-- name: own_passkey_remove :one
-- param: id bigint
-- row people_answer_row
SELECT staff_passkey_remove($1) AS answer;

-- name: own_passkey_done :one
-- param: challenge_hash bytea
-- param: credential bytea
-- param: public_key bytea
-- param: count bigint
-- param: session_hash bytea
-- param: agent text
-- row own_done_row
SELECT staff_passkey_done($1, $2, $3, $4, $5, $6) AS done;

-- A page of the audit, newest first (index audit_at).
-- name: audit_recent :many
-- param: area text?
-- param: from_at timestamptz
-- param: until_at timestamptz
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row audit_row: id bigint, at timestamptz, actor text, who text?, action text, object text, about text?, number text?, customer bigint?,
--     reason text?, role_was text?, role text?, mails text?
SELECT a.id, a.at, a.actor, coalesce(nullif(s.name, ''), s.email) AS who, a.action, a.object,
       CASE a.object WHEN 'customer' THEN coalesce(nullif(c.name, ''), c.email) WHEN 'staff' THEN coalesce(nullif(p.name, ''), p.email) END AS about,
       o.number, c.id AS customer, a.facts ->> 'reason' AS reason, a.facts ->> 'was' AS role_was, a.facts ->> 'role' AS role, a.facts ->> 'mails' AS mails
FROM (SELECT * FROM audit x WHERE ($1::text IS NULL OR split_part(x.action, '.', 1) = $1) AND x.at >= $2 AND x.at < $3 AND (x.at, x.id) < ($4, $5)
      ORDER BY x.at DESC, x.id DESC LIMIT $6) a
     LEFT JOIN staff s ON a.actor = 'staff' AND s.id = a.actor_id
     LEFT JOIN staff p ON a.object = 'staff' AND p.id = a.object_id
     LEFT JOIN customers c ON a.object = 'customer' AND c.id = a.object_id
     LEFT JOIN orders o ON a.object = 'order' AND o.id = a.object_id
ORDER BY a.at DESC, a.id DESC;

-- The same of one colleague (index audit_actor).
-- name: audit_by_actor :many
-- param: staff bigint
-- param: area text?
-- param: from_at timestamptz
-- param: until_at timestamptz
-- param: before_at timestamptz
-- param: before_id bigint
-- param: most integer
-- row audit_row
SELECT a.id, a.at, a.actor, coalesce(nullif(s.name, ''), s.email) AS who, a.action, a.object,
       CASE a.object WHEN 'customer' THEN coalesce(nullif(c.name, ''), c.email) WHEN 'staff' THEN coalesce(nullif(p.name, ''), p.email) END AS about,
       o.number, c.id AS customer, a.facts ->> 'reason' AS reason, a.facts ->> 'was' AS role_was, a.facts ->> 'role' AS role, a.facts ->> 'mails' AS mails
FROM (SELECT * FROM audit x WHERE x.actor = 'staff' AND x.actor_id = $1 AND ($2::text IS NULL OR split_part(x.action, '.', 1) = $2)
        AND x.at >= $3 AND x.at < $4 AND (x.at, x.id) < ($5, $6)
      ORDER BY x.at DESC, x.id DESC LIMIT $7) a
     LEFT JOIN staff s ON a.actor = 'staff' AND s.id = a.actor_id
     LEFT JOIN staff p ON a.object = 'staff' AND p.id = a.object_id
     LEFT JOIN customers c ON a.object = 'customer' AND c.id = a.object_id
     LEFT JOIN orders o ON a.object = 'order' AND o.id = a.object_id
ORDER BY a.at DESC, a.id DESC;

-- name: audit_people :many
-- row audit_person_row: id bigint, title text
SELECT id, coalesce(nullif(name, ''), email) AS title FROM staff ORDER BY 2;

-- name: audit_sealed :maybe
-- row audit_sealed_row: sealed_at timestamptz?, waiting integer
SELECT sealed_at, waiting FROM audit_sealed();
