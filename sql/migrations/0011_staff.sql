-- What staff need of a customer: notes, search, an end with its reason; mails to staff, recovery codes.
SET ROLE lk_owner;

-- Why staff ended a right; the customer is told.
ALTER TABLE access ADD COLUMN end_note text NOT NULL DEFAULT '';

CREATE TABLE notes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers (id),
        staff_id bigint NOT NULL REFERENCES staff (id),
        nonce text NOT NULL,
        body text NOT NULL CHECK (body <> ''),
        at timestamptz NOT NULL,
        UNIQUE (staff_id, nonce)
);
CREATE INDEX notes_customer ON notes (customer_id, at DESC, id DESC);

-- Search.  Each word stands once; a hit says whose it is.  Words are never taken away, so hits
-- refer to them without a foreign key: its lock on a common word (an amount) would be one hot
-- row on the way of every order.
CREATE TABLE search_words (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        word text NOT NULL UNIQUE CHECK (word <> '')
);
CREATE INDEX search_words_from ON search_words (word text_pattern_ops);
-- Whole addresses are not in it: half of them end alike, and slips are looked for in what
-- stands before the @.
CREATE INDEX search_words_like ON search_words USING gin (word public.gin_trgm_ops) WHERE strpos(word, '@') = 0;
-- Card endings are all there from the start: booking a card never waits for a new word.
INSERT INTO search_words (word) SELECT lpad(n::text, 4, '0') FROM generate_series(0, 9999) n;

CREATE TABLE search_hits (
        word_id bigint NOT NULL,
        customer_id bigint NOT NULL REFERENCES customers (id),
        kind text NOT NULL CHECK (kind IN ('customer', 'order', 'payment', 'receipt')),
        object_id bigint NOT NULL,
        PRIMARY KEY (word_id, customer_id, kind, object_id)
);
CREATE INDEX search_hits_object ON search_hits (kind, object_id);
-- For the functions that fill them, before policies.sql is run for the first time.
GRANT SELECT, INSERT, UPDATE, DELETE ON search_words, search_hits TO lk_definer;

-- The timeline of a customer: each of its parts in the order of its index.
CREATE INDEX refunds_customer ON refunds (customer_id, created_at DESC, id DESC);
CREATE INDEX disputes_customer ON disputes (customer_id, created_at DESC, id DESC);
CREATE INDEX access_granted ON access (person_id, granted_at DESC, id DESC);
CREATE INDEX audit_customer ON audit (object_id, at DESC, id DESC) WHERE object = 'customer';
CREATE INDEX audit_at ON audit (at DESC, id DESC);
CREATE INDEX audit_actor ON audit (actor_id, at DESC, id DESC) WHERE actor = 'staff';

-- Mail that came back, for the first page.
CREATE INDEX messages_back ON messages (queued_at DESC) WHERE status IN ('bounced', 'refused');

-- When each row was sealed, so that the audit can say it.
ALTER TABLE chain_seals ADD COLUMN sealed_at timestamptz NOT NULL DEFAULT now();

-- A mail goes to a customer or to a member of staff.
ALTER TABLE messages ALTER COLUMN customer_id DROP NOT NULL;
ALTER TABLE messages ADD COLUMN staff_id bigint REFERENCES staff (id);
ALTER TABLE messages ADD CHECK ((customer_id IS NULL) <> (staff_id IS NULL));
CREATE UNIQUE INDEX messages_staff ON messages (staff_id, kind, object, object_id, period) WHERE staff_id IS NOT NULL;

CREATE TABLE staff_codes (
        staff_id bigint NOT NULL REFERENCES staff (id),
        code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
        salt text NOT NULL,
        session_hash bytea NOT NULL,
        made_at timestamptz NOT NULL,
        used_at timestamptz,
        PRIMARY KEY (staff_id, code_hash)
);

-- Who may leave a note; who may correct an address and look with a customer's eyes.
INSERT INTO staff_rights VALUES
        ('owner', 'note'), ('finance', 'note'), ('support', 'note'),
        ('owner', 'customer'), ('support', 'customer');
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN access.end_note IS 'ended by staff: why, as the customer reads it';
COMMENT ON COLUMN notes.id IS 'what staff wrote about a customer; never changed';
COMMENT ON COLUMN notes.customer_id IS 'about whom';
COMMENT ON COLUMN notes.staff_id IS 'by whom';
COMMENT ON COLUMN notes.nonce IS 'of the form: sent twice is one note';
COMMENT ON COLUMN notes.body IS 'as typed, lines';
COMMENT ON COLUMN notes.at IS 'when';
COMMENT ON COLUMN search_words.id IS 'named by search_hits';
COMMENT ON COLUMN search_words.word IS 'folded: lower case, without accents';
COMMENT ON COLUMN search_hits.word_id IS 'which word';
COMMENT ON COLUMN search_hits.customer_id IS 'leads to whom';
COMMENT ON COLUMN search_hits.kind IS 'because of what';
COMMENT ON COLUMN search_hits.object_id IS 'which one';
COMMENT ON COLUMN chain_seals.sealed_at IS 'when, product''s time';
COMMENT ON COLUMN messages.staff_id IS 'to which member of staff; customer_id is empty then';
COMMENT ON COLUMN staff_codes.staff_id IS 'whose recovery code';
COMMENT ON COLUMN staff_codes.code_hash IS 'SHA-256 of the code';
COMMENT ON COLUMN staff_codes.salt IS 'with the session''s secret gives the codes, for ten minutes';
COMMENT ON COLUMN staff_codes.session_hash IS 'the session that made them and may show them';
COMMENT ON COLUMN staff_codes.made_at IS 'when';
COMMENT ON COLUMN staff_codes.used_at IS 'a code works once';
RESET ROLE;
