-- The record of migrations as src/db/migrate.c makes it (tests/db/schema compares the two).
CREATE TABLE IF NOT EXISTS latchkey.migrations (
        version integer PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
);
