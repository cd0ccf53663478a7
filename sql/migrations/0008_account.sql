-- What people keep in their account: address changes, choices of mails, corrected addresses.
SET ROLE lk_owner;

ALTER TABLE customers ADD COLUMN phone text NOT NULL DEFAULT '';

-- An address that is asked for counts once the link in its mail was used; the old one may
-- take it back for seven days.
CREATE TABLE address_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers (id),
        status text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'done', 'replaced', 'undone')),
        made_by text NOT NULL CHECK (made_by IN ('customer', 'correction', 'undo')),
        old_email text NOT NULL,
        old_fold text NOT NULL,
        old_verified_at timestamptz,
        new_email text NOT NULL,
        new_fold text NOT NULL,
        asked_at timestamptz NOT NULL,
        link_hash bytea UNIQUE CHECK (length(link_hash) = 32),
        link_until timestamptz NOT NULL,
        done_at timestamptz,
        undo_hash bytea UNIQUE CHECK (length(undo_hash) = 32),
        undo_until timestamptz,
        undone_at timestamptz,
        CHECK ((status IN ('done', 'undone')) <= (done_at IS NOT NULL)),
        CHECK ((status = 'undone') = (undone_at IS NOT NULL))
);
CREATE UNIQUE INDEX address_changes_asked ON address_changes (customer_id) WHERE status = 'asked';
CREATE INDEX address_changes_customer ON address_changes (customer_id, id DESC);

-- What mails are about, and which of these somebody may do without.
CREATE TABLE notification_topics (
        topic text PRIMARY KEY,
        position integer NOT NULL UNIQUE,
        may_stop boolean NOT NULL
);
INSERT INTO notification_topics VALUES ('access', 1, false), ('bills', 2, false), ('security', 3, false), ('tips', 4, true), ('news', 5, true);

-- A kind of mail that is not listed always leaves.
CREATE TABLE message_topics (
        kind text PRIMARY KEY,
        topic text NOT NULL REFERENCES notification_topics (topic)
);
INSERT INTO message_topics VALUES
        ('paid', 'bills'), ('paid_twice', 'bills'), ('refunded', 'bills'), ('access_open', 'access'), ('already_yours', 'access'),
        ('login_link', 'security'), ('password_changed', 'security'), ('address_confirm', 'security'), ('address_changed', 'security'),
        ('address_taken', 'security'), ('address_restored', 'security'), ('address_corrected', 'security'), ('address_now', 'security'),
        ('correction_refused', 'security');

CREATE TABLE notification_choices (
        customer_id bigint NOT NULL REFERENCES customers (id),
        topic text NOT NULL REFERENCES notification_topics (topic),
        wanted boolean NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (customer_id, topic)
);

-- Who asked for a login link.  The worker looks whether there is such an account, so that the
-- page does the same work either way.
CREATE TABLE link_asks (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email_fold text NOT NULL,
        asked_at timestamptz NOT NULL
);

-- A buyer whom no mail reached: what they know of the order, and the address it should be.
CREATE TABLE corrections (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        nonce text NOT NULL UNIQUE,
        status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'with_staff', 'done', 'refused', 'unproved', 'repeated')),
        number text NOT NULL,
        amount text NOT NULL,
        last_four text NOT NULL,
        new_email text NOT NULL,
        new_fold text NOT NULL,
        browser_order_id bigint REFERENCES orders (id),
        asked_at timestamptz NOT NULL,
        order_id bigint REFERENCES orders (id),
        customer_id bigint REFERENCES customers (id),
        old_email text,
        fits text[] NOT NULL DEFAULT '{}',
        why text[] NOT NULL DEFAULT '{}',
        reason text,
        decided_by bigint REFERENCES staff (id),
        decided_at timestamptz,
        CHECK (status NOT IN ('with_staff', 'done', 'refused') OR (order_id IS NOT NULL AND customer_id IS NOT NULL)),
        CHECK (status <> 'refused' OR (reason IS NOT NULL AND decided_by IS NOT NULL))
);
CREATE UNIQUE INDEX corrections_waiting ON corrections (order_id, new_fold) WHERE status = 'with_staff';
CREATE INDEX corrections_status ON corrections (status, id DESC);
CREATE INDEX corrections_customer ON corrections (customer_id) WHERE customer_id IS NOT NULL;

ALTER TABLE tries DROP CONSTRAINT tries_scope_check;
ALTER TABLE tries ADD CONSTRAINT tries_scope_check CHECK (scope IN ('account', 'address', 'mail', 'ask_account', 'ask_address'));
RESET ROLE;

-- It tells more columns from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS session_who(bytea, boolean);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN customers.phone IS 'as it was typed; '''' when not told';
COMMENT ON COLUMN address_changes.id IS 'order of asking';
COMMENT ON COLUMN address_changes.customer_id IS 'whose address';
COMMENT ON COLUMN address_changes.status IS 'asked: the link waits; replaced: another one was asked for, or it was taken back';
COMMENT ON COLUMN address_changes.made_by IS 'customer: in their account; correction: the one of the order was mistyped; undo: by the old address';
COMMENT ON COLUMN address_changes.old_email IS 'the address before, as typed';
COMMENT ON COLUMN address_changes.old_fold IS 'the same for look-up';
COMMENT ON COLUMN address_changes.old_verified_at IS 'when the address before was verified';
COMMENT ON COLUMN address_changes.new_email IS 'the address after, as typed';
COMMENT ON COLUMN address_changes.new_fold IS 'the same for look-up';
COMMENT ON COLUMN address_changes.asked_at IS 'product''s time';
COMMENT ON COLUMN address_changes.link_hash IS 'SHA-256 of the link in the mail to the new address';
COMMENT ON COLUMN address_changes.link_until IS 'the link is dead from then on';
COMMENT ON COLUMN address_changes.done_at IS 'the new address counts since';
COMMENT ON COLUMN address_changes.undo_hash IS 'SHA-256 of the link in the mail to the old address';
COMMENT ON COLUMN address_changes.undo_until IS 'until then the old address may take it back';
COMMENT ON COLUMN address_changes.undone_at IS 'taken back at';
COMMENT ON COLUMN notification_topics.topic IS 'what mails are about';
COMMENT ON COLUMN notification_topics.position IS 'order on the page';
COMMENT ON COLUMN notification_topics.may_stop IS 'false: these mails always leave';
COMMENT ON COLUMN message_topics.kind IS 'messages.kind';
COMMENT ON COLUMN message_topics.topic IS 'what it is about';
COMMENT ON COLUMN notification_choices.customer_id IS 'who chose';
COMMENT ON COLUMN notification_choices.topic IS 'about what';
COMMENT ON COLUMN notification_choices.wanted IS 'without a row: yes';
COMMENT ON COLUMN notification_choices.changed_at IS 'last choice';
COMMENT ON COLUMN link_asks.id IS 'named in the job';
COMMENT ON COLUMN link_asks.email_fold IS 'the address typed; the row goes with the job';
COMMENT ON COLUMN link_asks.asked_at IS 'product''s time';
COMMENT ON COLUMN corrections.id IS 'order of asking';
COMMENT ON COLUMN corrections.nonce IS 'names the form: sent twice is one request';
COMMENT ON COLUMN corrections.status IS 'new: the worker looks at it; unproved: fits no order; repeated: asked before';
COMMENT ON COLUMN corrections.number IS 'order number as told';
COMMENT ON COLUMN corrections.amount IS 'amount as told';
COMMENT ON COLUMN corrections.last_four IS 'last four digits as told';
COMMENT ON COLUMN corrections.new_email IS 'the address it should be';
COMMENT ON COLUMN corrections.new_fold IS 'the same for look-up';
COMMENT ON COLUMN corrections.browser_order_id IS 'the order whose checkout this browser began';
COMMENT ON COLUMN corrections.asked_at IS 'product''s time';
COMMENT ON COLUMN corrections.order_id IS 'the order that it fits';
COMMENT ON COLUMN corrections.customer_id IS 'its customer then';
COMMENT ON COLUMN corrections.old_email IS 'their address then';
COMMENT ON COLUMN corrections.fits IS 'amount, last_four, browser: what was right beside the number';
COMMENT ON COLUMN corrections.why IS 'what speaks against doing it at once';
COMMENT ON COLUMN corrections.reason IS 'what staff said';
COMMENT ON COLUMN corrections.decided_by IS 'which of the staff; NULL when it was done at once';
COMMENT ON COLUMN corrections.decided_at IS 'product''s time';
RESET ROLE;
