-- The sandbox gateway's own database: nothing of the product stands in it.
-- Made by latchkey-sandbox --prepare; running it again changes nothing.

CREATE SCHEMA IF NOT EXISTS latchkey;           -- where every session of ours looks

-- Every object of the gateway as its API shows it.  What is looked for is generated
-- from the body, so the two cannot disagree.
CREATE TABLE IF NOT EXISTS objects (
    id        text GENERATED ALWAYS AS (body->>'id') STORED PRIMARY KEY,
    kind      text GENERATED ALWAYS AS (body->>'object') STORED NOT NULL,
    created   bigint GENERATED ALWAYS AS ((body->>'created')::bigint) STORED,  -- seconds, NULL once deleted
    customer  text GENERATED ALWAYS AS (body->>'customer') STORED,
    intent    text GENERATED ALWAYS AS (coalesce(body->>'payment_intent', body->>'setup_intent')) STORED,
    charge    text GENERATED ALWAYS AS (body->>'charge') STORED,
    source    text GENERATED ALWAYS AS (body->>'source') STORED,
    email     text GENERATED ALWAYS AS (body->>'email') STORED,
    subtype   text GENERATED ALWAYS AS (body->>'type') STORED,
    seq       bigint GENERATED ALWAYS AS IDENTITY,
    due_at    bigint,                           -- when something happens to it by itself
    inner_body jsonb NOT NULL DEFAULT '{}',     -- what the API does not show
    body      jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_list ON objects (kind, created DESC, seq DESC);
CREATE INDEX IF NOT EXISTS objects_customer ON objects (customer, kind, created DESC, seq DESC);
CREATE INDEX IF NOT EXISTS objects_intent ON objects (intent, kind);
CREATE INDEX IF NOT EXISTS objects_charge ON objects (charge, kind);
CREATE INDEX IF NOT EXISTS objects_source ON objects (source, kind);
CREATE INDEX IF NOT EXISTS objects_email ON objects (email, kind);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due_at) WHERE due_at IS NOT NULL;

-- An answer that the same key gets again.  A row is written by the transaction that did
-- the work, so it stands exactly when the work does.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key         text PRIMARY KEY,
    fingerprint text NOT NULL,                  -- of method, path and parameters
    request     text NOT NULL,                  -- req_...
    status      integer NOT NULL,
    body        text NOT NULL,
    at          bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS events (
    id      text GENERATED ALWAYS AS (body->>'id') STORED PRIMARY KEY,
    kind    text GENERATED ALWAYS AS (body->>'type') STORED NOT NULL,
    created bigint GENERATED ALWAYS AS ((body->>'created')::bigint) STORED NOT NULL,
    seq     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    body    jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS events_list ON events (created DESC, seq DESC);

-- What is to be posted to the hook URL.  next_at is real time, whatever the sandbox's is.
CREATE TABLE IF NOT EXISTS deliveries (
    event    text PRIMARY KEY REFERENCES events,
    seq      bigint NOT NULL,
    state    text NOT NULL CHECK (state IN ('pending', 'delivered', 'dropped', 'given_up')),
    fault    text,
    copies   integer NOT NULL DEFAULT 1,        -- posts still to be made
    attempts integer NOT NULL DEFAULT 0,
    status   integer,                           -- HTTP, of the last post; 0 without an answer
    next_at  timestamptz NOT NULL,
    done_at  timestamptz
);
CREATE INDEX IF NOT EXISTS deliveries_pending ON deliveries (next_at, seq) WHERE state = 'pending';

-- Every request, act, event and delivery in the order of its commit, roughly: what drills compare with.
CREATE TABLE IF NOT EXISTS log (
    seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind   text NOT NULL CHECK (kind IN ('request', 'act', 'event', 'delivery')),
    name   text NOT NULL,                       -- POST /v1/refunds, dispute, charge.refunded
    object text,
    detail jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE IF NOT EXISTS faults (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    match   text NOT NULL,                      -- "POST /v1/refunds", "event charge.refunded", "event *"
    kind    text NOT NULL CHECK (kind IN ('hang', 'error_after_commit', 'error_before', 'rate_limit',
                                          'duplicate_event', 'delay_event', 'drop_event', 'reorder_events')),
    times   integer NOT NULL CHECK (times > 0),
    remaining integer NOT NULL CHECK (remaining BETWEEN 0 AND times),
    seconds integer NOT NULL CHECK (seconds >= 0)
);

-- How many seconds the sandbox's time is ahead of the real one.
CREATE TABLE IF NOT EXISTS clock (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    ahead bigint NOT NULL DEFAULT 0 CHECK (ahead >= 0)
);
INSERT INTO clock DEFAULT VALUES ON CONFLICT DO NOTHING;
