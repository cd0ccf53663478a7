-- One latchkeyctl migrate at a time: the second waits for the first one's transaction.

-- name: migrate_lock :exec
SELECT pg_advisory_xact_lock(hashtext('latchkeyctl migrate'));

-- Whether this database has the product's tables.
-- name: migrate_made :one
-- row migrate_made_row: made bool
SELECT to_regclass('latchkey.orders') IS NOT NULL AS made;
