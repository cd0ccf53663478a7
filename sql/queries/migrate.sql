-- One latchkeyctl migrate at a time: the second waits for the first one's transaction.

-- name: migrate_lock :exec
SELECT pg_advisory_xact_lock(hashtext('latchkeyctl migrate'));
