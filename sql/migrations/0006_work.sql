-- Events in, mails out, jobs, alarms, proof.
SET ROLE lk_owner;

CREATE TABLE inbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL REFERENCES accounts (id),
        event_ref text NOT NULL,
        type text NOT NULL,
        source text NOT NULL CHECK (source IN ('hook', 'sweep')),
        body text NOT NULL,
        made_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        acts text NOT NULL CHECK (acts IN ('pay', 'fetch', 'none')),
        attempt_key text,
        payment_ref text,
        session_ref text,
        charge_ref text,
        object_ref text,
        amount_minor bigint,
        currency text,
        status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'done', 'ignored', 'mismatch', 'poison')),
        next_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '5 s',
        tries integer NOT NULL DEFAULT 0,
        error text,
        done_at timestamptz,
        UNIQUE (account_id, event_ref)
);
CREATE INDEX inbox_new ON inbox (next_at, id) WHERE status = 'new';
CREATE INDEX inbox_payment ON inbox (payment_ref);

CREATE TABLE mismatches (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL REFERENCES accounts (id),
        payment_ref text NOT NULL,
        attempt_id bigint NOT NULL REFERENCES attempts (id),
        expected_minor bigint NOT NULL,
        expected_currency text NOT NULL,
        found_minor bigint NOT NULL,
        found_currency text NOT NULL,
        at timestamptz NOT NULL,
        settled_at timestamptz,
        UNIQUE (account_id, payment_ref)
);

CREATE TABLE messages (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        object text NOT NULL,
        object_id bigint NOT NULL,
        period text NOT NULL DEFAULT '',
        customer_id bigint NOT NULL REFERENCES customers (id),
        email text NOT NULL,
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sending', 'sent', 'deferred', 'refused', 'maybe_sent', 'skipped', 'bounced')),
        queued_at timestamptz NOT NULL,
        sent_at timestamptz,
        tries integer NOT NULL DEFAULT 0,
        lease_until timestamptz,
        code integer,
        detail text,
        UNIQUE (kind, object, object_id, period, customer_id)
);
CREATE INDEX messages_customer ON messages (customer_id, queued_at DESC, id DESC);
CREATE INDEX messages_object ON messages (object, object_id);
CREATE INDEX messages_sending ON messages (lease_until) WHERE status = 'sending';

CREATE TABLE message_bodies (
        message_id bigint PRIMARY KEY REFERENCES messages (id),
        subject text NOT NULL,
        text text NOT NULL,
        html text NOT NULL
);

CREATE TABLE sends (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        message_id bigint NOT NULL REFERENCES messages (id),
        at timestamptz NOT NULL,
        outcome text CHECK (outcome IN ('sent', 'deferred', 'refused', 'maybe_sent')),
        code integer,
        detail text
);
CREATE INDEX sends_message ON sends (message_id, id);

CREATE TABLE jobs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        lane smallint NOT NULL CHECK (lane BETWEEN 1 AND 4),
        kind text NOT NULL,
        key text NOT NULL,
        args jsonb NOT NULL DEFAULT '{}',
        run_at timestamptz NOT NULL,
        tries integer NOT NULL DEFAULT 0,
        error text,
        created_at timestamptz NOT NULL,
        UNIQUE (kind, key)
);
CREATE INDEX jobs_ready ON jobs (lane, run_at, id);

CREATE TABLE jobs_done (
        id bigint PRIMARY KEY,
        lane smallint NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        tries integer NOT NULL,
        created_at timestamptz NOT NULL,
        done_at timestamptz NOT NULL
);
CREATE INDEX jobs_done_at ON jobs_done (done_at);
CREATE INDEX jobs_done_key ON jobs_done (kind, key);

CREATE TABLE jobs_dead (
        id bigint PRIMARY KEY,
        lane smallint NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        args jsonb NOT NULL,
        tries integer NOT NULL,
        error text,
        created_at timestamptz NOT NULL,
        died_at timestamptz NOT NULL
);

CREATE TABLE schedules (
        name text PRIMARY KEY,
        lane smallint NOT NULL CHECK (lane BETWEEN 1 AND 4),
        every interval NOT NULL CHECK (every > '0'),
        next_at timestamptz NOT NULL
);

CREATE TABLE alarms (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        object text NOT NULL,
        object_id bigint NOT NULL,
        detail text NOT NULL,
        at timestamptz NOT NULL,
        repaired_at timestamptz,
        closed_at timestamptz
);
CREATE UNIQUE INDEX alarms_open ON alarms (kind, object, object_id) WHERE closed_at IS NULL;

CREATE TABLE rollups (
        day date NOT NULL,
        metric text NOT NULL,
        product_id bigint NOT NULL,
        currency text NOT NULL,
        shard smallint NOT NULL CHECK (shard BETWEEN 0 AND 15),
        n bigint NOT NULL,
        amount bigint NOT NULL,
        PRIMARY KEY (day, metric, product_id, currency, shard)
);

CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        actor text NOT NULL CHECK (actor IN ('staff', 'customer', 'operator', 'product')),
        actor_id bigint,
        action text NOT NULL,
        object text NOT NULL,
        object_id bigint,
        facts jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_object ON audit (object, object_id, id);

CREATE TABLE evidence (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        customer_id bigint NOT NULL REFERENCES customers (id),
        order_id bigint REFERENCES orders (id),
        kind text NOT NULL,
        facts jsonb NOT NULL DEFAULT '{}',
        salt bytea,
        personal text,
        personal_hash bytea
);
CREATE INDEX evidence_customer ON evidence (customer_id, at DESC, id DESC);
CREATE INDEX evidence_order ON evidence (order_id, id);

CREATE TABLE chain_pending (
        source text NOT NULL CHECK (source IN ('audit', 'evidence')),
        row_id bigint NOT NULL,
        PRIMARY KEY (source, row_id)
);

CREATE TABLE chain_seals (
        source text NOT NULL CHECK (source IN ('audit', 'evidence')),
        seal bigint NOT NULL CHECK (seal > 0),
        row_id bigint NOT NULL,
        hash bytea NOT NULL CHECK (length(hash) = 32),
        PRIMARY KEY (source, seal),
        UNIQUE (source, row_id)
);
RESET ROLE;
SET ROLE lk_owner;
-- What the worker does by itself, and how often.
INSERT INTO schedules (name, lane, every, next_at) VALUES
        ('access_clock', 2, '10 seconds', '2020-01-01'),   -- S0.7: sixty seconds are the promise
        ('events_sweep', 2, '30 seconds', '2020-01-01'),   -- S0.7: events that never reached us
        ('inbox_retry', 2, '5 seconds', '2020-01-01'),     -- events that failed
        ('janitor', 2, '1 minute', '2020-01-01'),          -- attempts whose end is not known, leases that ran out
        ('chain_seal', 4, '1 minute', '2020-01-01'),       -- audit and evidence
        ('access_start', 3, '10 minutes', '2020-01-01'),   -- cohorts whose day has come
        ('orders_expire', 4, '10 minutes', '2020-01-01'),  -- checkouts that nobody finished
        ('reconcile', 4, '1 day', '2020-01-01'),           -- S0.9: gateway, orders and grants
        ('tidy', 4, '1 day', '2020-01-01');                -- finished jobs, old tries, dead sessions
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN inbox.id IS 'order of arrival';
COMMENT ON COLUMN inbox.account_id IS 'from which gateway';
COMMENT ON COLUMN inbox.event_ref IS 'the gateway''s id of the event';
COMMENT ON COLUMN inbox.type IS 'payment_intent.succeeded, ...';
COMMENT ON COLUMN inbox.source IS 'posted to us; found by asking';
COMMENT ON COLUMN inbox.body IS 'as it came';
COMMENT ON COLUMN inbox.made_at IS 'the gateway''s time of the event';
COMMENT ON COLUMN inbox.received_at IS 'real time';
COMMENT ON COLUMN inbox.acts IS 'books a payment; has the object fetched; foreign';
COMMENT ON COLUMN inbox.attempt_key IS 'pay: metadata that names our attempt';
COMMENT ON COLUMN inbox.payment_ref IS 'the payment intent that it is about';
COMMENT ON COLUMN inbox.session_ref IS 'the checkout session that it is about';
COMMENT ON COLUMN inbox.charge_ref IS 'the charge that it is about';
COMMENT ON COLUMN inbox.object_ref IS 'the object that it is about';
COMMENT ON COLUMN inbox.amount_minor IS 'pay: as paid';
COMMENT ON COLUMN inbox.currency IS 'pay: as paid';
COMMENT ON COLUMN inbox.status IS 'see transitions';
COMMENT ON COLUMN inbox.next_at IS 'the worker takes it from then on, real time';
COMMENT ON COLUMN inbox.tries IS 'failed so far';
COMMENT ON COLUMN inbox.error IS 'the last failure';
COMMENT ON COLUMN inbox.done_at IS 'settled, real time';
COMMENT ON COLUMN mismatches.id IS 'money that does not fit its attempt: nothing was granted';
COMMENT ON COLUMN mismatches.account_id IS 'at which gateway';
COMMENT ON COLUMN mismatches.payment_ref IS 'the payment intent';
COMMENT ON COLUMN mismatches.attempt_id IS 'what it claims to pay';
COMMENT ON COLUMN mismatches.expected_minor IS 'we asked for';
COMMENT ON COLUMN mismatches.expected_currency IS 'in';
COMMENT ON COLUMN mismatches.found_minor IS 'the gateway says';
COMMENT ON COLUMN mismatches.found_currency IS 'in';
COMMENT ON COLUMN mismatches.at IS 'when it was seen';
COMMENT ON COLUMN mismatches.settled_at IS 'staff dealt with it';
COMMENT ON COLUMN messages.id IS 'a mail that is due, once';
COMMENT ON COLUMN messages.kind IS 'paid, access_open, refunded, ...: its template';
COMMENT ON COLUMN messages.object IS 'order, payment, refund, customer';
COMMENT ON COLUMN messages.object_id IS 'which one';
COMMENT ON COLUMN messages.period IS 'where one kind may repeat: resend-2, 2026-03-04';
COMMENT ON COLUMN messages.customer_id IS 'to whom';
COMMENT ON COLUMN messages.email IS 'to which address';
COMMENT ON COLUMN messages.status IS 'see transitions';
COMMENT ON COLUMN messages.queued_at IS 'when it became due';
COMMENT ON COLUMN messages.sent_at IS 'when the server took it';
COMMENT ON COLUMN messages.tries IS 'sends so far';
COMMENT ON COLUMN messages.lease_until IS 'sending: whoever holds it must be done by then, real time';
COMMENT ON COLUMN messages.code IS 'the server''s last answer';
COMMENT ON COLUMN messages.detail IS 'in its words';
COMMENT ON COLUMN message_bodies.message_id IS 'of which mail';
COMMENT ON COLUMN message_bodies.subject IS 'as sent';
COMMENT ON COLUMN message_bodies.text IS 'as sent, links that open something masked';
COMMENT ON COLUMN message_bodies.html IS 'as sent, masked likewise';
COMMENT ON COLUMN sends.id IS 'one try to hand a mail over';
COMMENT ON COLUMN sends.message_id IS 'which mail';
COMMENT ON COLUMN sends.at IS 'begun';
COMMENT ON COLUMN sends.outcome IS 'NULL while it is under way';
COMMENT ON COLUMN sends.code IS 'the server''s answer';
COMMENT ON COLUMN sends.detail IS 'in its words';
COMMENT ON COLUMN jobs.id IS 'order of writing';
COMMENT ON COLUMN jobs.lane IS '1 somebody waits, 4 whenever';
COMMENT ON COLUMN jobs.kind IS 'which handler';
COMMENT ON COLUMN jobs.key IS 'a job is enqueued once per kind and key';
COMMENT ON COLUMN jobs.args IS 'what the handler needs, never personal';
COMMENT ON COLUMN jobs.run_at IS 'not before, product''s time';
COMMENT ON COLUMN jobs.tries IS 'failed so far';
COMMENT ON COLUMN jobs.error IS 'the last failure';
COMMENT ON COLUMN jobs.created_at IS 'enqueued';
COMMENT ON COLUMN jobs_done.id IS 'as in jobs';
COMMENT ON COLUMN jobs_done.lane IS 'as in jobs';
COMMENT ON COLUMN jobs_done.kind IS 'as in jobs';
COMMENT ON COLUMN jobs_done.key IS 'as in jobs';
COMMENT ON COLUMN jobs_done.tries IS 'failures before it went well';
COMMENT ON COLUMN jobs_done.created_at IS 'enqueued';
COMMENT ON COLUMN jobs_done.done_at IS 'finished';
COMMENT ON COLUMN jobs_dead.id IS 'as in jobs';
COMMENT ON COLUMN jobs_dead.lane IS 'as in jobs';
COMMENT ON COLUMN jobs_dead.kind IS 'as in jobs';
COMMENT ON COLUMN jobs_dead.key IS 'as in jobs';
COMMENT ON COLUMN jobs_dead.args IS 'as in jobs';
COMMENT ON COLUMN jobs_dead.tries IS 'gave up after so many';
COMMENT ON COLUMN jobs_dead.error IS 'the last failure';
COMMENT ON COLUMN jobs_dead.created_at IS 'enqueued';
COMMENT ON COLUMN jobs_dead.died_at IS 'given up';
COMMENT ON COLUMN schedules.name IS 'the job''s kind';
COMMENT ON COLUMN schedules.lane IS 'of its jobs';
COMMENT ON COLUMN schedules.every IS 'how often';
COMMENT ON COLUMN schedules.next_at IS 'the next run, product''s time';
COMMENT ON COLUMN alarms.id IS 'something that a person must know';
COMMENT ON COLUMN alarms.kind IS 'access_late, mismatch, poison, paid_twice, keys_out, job_dead';
COMMENT ON COLUMN alarms.object IS 'what it is about';
COMMENT ON COLUMN alarms.object_id IS 'which one';
COMMENT ON COLUMN alarms.detail IS 'one sentence';
COMMENT ON COLUMN alarms.at IS 'raised';
COMMENT ON COLUMN alarms.repaired_at IS 'the product mended it by itself';
COMMENT ON COLUMN alarms.closed_at IS 'over';
COMMENT ON COLUMN rollups.day IS 'UTC';
COMMENT ON COLUMN rollups.metric IS 'paid, granted_seconds, refunded';
COMMENT ON COLUMN rollups.product_id IS '0 for none';
COMMENT ON COLUMN rollups.currency IS ''''' for none';
COMMENT ON COLUMN rollups.shard IS 'spreads the writers';
COMMENT ON COLUMN rollups.n IS 'how many';
COMMENT ON COLUMN rollups.amount IS 'minor units, or milliseconds';
COMMENT ON COLUMN audit.id IS 'order of writing';
COMMENT ON COLUMN audit.at IS 'when';
COMMENT ON COLUMN audit.actor IS 'who did it';
COMMENT ON COLUMN audit.actor_id IS 'which one';
COMMENT ON COLUMN audit.action IS 'order.granted, staff.added, ...';
COMMENT ON COLUMN audit.object IS 'what it was done to';
COMMENT ON COLUMN audit.object_id IS 'which one';
COMMENT ON COLUMN audit.facts IS 'what changed, nothing personal';
COMMENT ON COLUMN evidence.id IS 'order of writing';
COMMENT ON COLUMN evidence.at IS 'when';
COMMENT ON COLUMN evidence.customer_id IS 'whose act';
COMMENT ON COLUMN evidence.order_id IS 'about which order';
COMMENT ON COLUMN evidence.kind IS 'agreed, consented, mailed, logged_in, opened, downloaded';
COMMENT ON COLUMN evidence.facts IS 'nothing personal';
COMMENT ON COLUMN evidence.salt IS 'with the text below makes the hash in the chain';
COMMENT ON COLUMN evidence.personal IS 'address and browser; cleared by an erasure, the chain stays whole';
COMMENT ON COLUMN evidence.personal_hash IS 'sha256(salt || personal)';
COMMENT ON COLUMN chain_pending.source IS 'which table';
COMMENT ON COLUMN chain_pending.row_id IS 'its row that is not sealed yet';
COMMENT ON COLUMN chain_seals.source IS 'which chain';
COMMENT ON COLUMN chain_seals.seal IS 'place in the chain, without gaps';
COMMENT ON COLUMN chain_seals.row_id IS 'the row sealed here';
COMMENT ON COLUMN chain_seals.hash IS 'sha256(previous hash || row)';
RESET ROLE;
