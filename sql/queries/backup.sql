-- What a backup holds beside the database, and whether a database is empty enough to take one.

-- name: backup_state :one
-- row backup_state_row: version integer, orders bigint, customers bigint, sandbox bool
SELECT (SELECT max(version) FROM migrations)::integer AS version, (SELECT count(*) FROM orders) AS orders,
       (SELECT count(*) FROM customers) AS customers, EXISTS (SELECT FROM pg_database WHERE datname = 'sandbox') AS sandbox;

-- name: backup_files :many
-- row backup_file_row: id bigint, size bigint, sha256 bytea
SELECT id, size, sha256 FROM files ORDER BY id;
