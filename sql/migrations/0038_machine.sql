-- The time machine: what one customer will be sent and charged.  It runs the real functions in a
-- transaction that ends with a rollback.
SET ROLE lk_owner;

-- One row as long as such a transaction runs.  It is never committed (machine_never()), so no other
-- transaction ever sees one, and nobody else's clock moves.
CREATE TABLE machine_runs (
        pid integer PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers (id),
        decline text NOT NULL,
        bank_days integer NOT NULL CHECK (bank_days > 0),
        began_at timestamptz NOT NULL,
        until_at timestamptz NOT NULL CHECK (until_at > began_at),
        job_id bigint NOT NULL,
        job_ids bigint[] NOT NULL,
        message_ids bigint[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE machine_runs IS 'a look ahead that is being made; its row is never committed, which is what makes it harmless';
COMMENT ON COLUMN machine_runs.pid IS 'the connection that looks';
COMMENT ON COLUMN machine_runs.customer_id IS 'whom it is about';
COMMENT ON COLUMN machine_runs.decline IS 'the refusal that each charge meets; empty: each goes through';
COMMENT ON COLUMN machine_runs.bank_days IS 'how many days an announced transfer is waited for, as the worker is set';
COMMENT ON COLUMN machine_runs.began_at IS 'the present';
COMMENT ON COLUMN machine_runs.until_at IS 'how far it looks';
COMMENT ON COLUMN machine_runs.job_id IS 'the newest job before; those after it that this transaction made are its own';
COMMENT ON COLUMN machine_runs.job_ids IS 'jobs of this customer that waited before';
COMMENT ON COLUMN machine_runs.message_ids IS 'the mails that left, in order';
RESET ROLE;

-- They take the customer from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS periods_ahead(), dues_charge(), access_levels(), dues_scan(), cases_scan(integer), reminders_scan(), cards_expiring(),
        access_start_due(), access_follow_start(), transfers_due();
RESET ROLE;
