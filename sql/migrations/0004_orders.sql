-- Orders, what was sold, and the right to open it.
SET ROLE lk_owner;

-- Ten characters of Crockford's base32 alphabet: 50 random bits, nothing to count up.
CREATE FUNCTION order_number() RETURNS text LANGUAGE sql VOLATILE
AS $$
        SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(b, i) & 31), 1), '')
        FROM (SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex') AS b) r,
             unnest(ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 11, 12]) i
$$;

CREATE TABLE orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number text NOT NULL DEFAULT order_number() UNIQUE CHECK (number ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
        customer_id bigint NOT NULL REFERENCES customers (id),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'expired', 'cancelled', 'refunded')),
        currency text NOT NULL REFERENCES currencies (code),
        total_minor bigint NOT NULL CHECK (total_minor > 0),
        form_nonce text NOT NULL,
        email text NOT NULL,
        buyer_name text NOT NULL DEFAULT '',
        buyer_address text NOT NULL DEFAULT '',
        buyer_tax_number text NOT NULL DEFAULT '',
        country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
        terms_id bigint NOT NULL REFERENCES terms_versions (id),
        agreed_at timestamptz NOT NULL,
        consent_id bigint REFERENCES terms_versions (id),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        paid_at timestamptz,
        granted_at timestamptz,
        first_open_at timestamptz,
        UNIQUE (customer_id, form_nonce),
        UNIQUE (id, customer_id, currency),
        CHECK ((status IN ('paid', 'refunded')) = (paid_at IS NOT NULL)),
        CHECK ((paid_at IS NULL) = (granted_at IS NULL))
);
CREATE INDEX orders_customer ON orders (customer_id, created_at DESC, id DESC);
CREATE INDEX orders_status ON orders (status, created_at DESC, id DESC);
CREATE INDEX orders_created ON orders (created_at DESC, id DESC);
CREATE INDEX orders_open ON orders (expires_at) WHERE status = 'open';
ALTER TABLE sessions ADD FOREIGN KEY (order_id) REFERENCES orders (id);

CREATE TABLE order_lines (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        product_id bigint NOT NULL,
        product_version_id bigint NOT NULL,
        offer_version_id bigint NOT NULL,
        title text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        tax_bp integer NOT NULL CHECK (tax_bp BETWEEN 0 AND 10000),
        refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
        paid boolean NOT NULL DEFAULT false,
        must_open bigint GENERATED ALWAYS AS (CASE WHEN paid THEN id END) STORED,
        FOREIGN KEY (order_id, customer_id, currency) REFERENCES orders (id, customer_id, currency),
        FOREIGN KEY (offer_version_id, currency, amount_minor) REFERENCES offer_versions (id, currency, amount_minor),
        FOREIGN KEY (product_version_id, product_id) REFERENCES product_versions (id, product_id),
        UNIQUE (id, order_id)
);
CREATE INDEX order_lines_order ON order_lines (order_id);
CREATE INDEX order_lines_customer ON order_lines (customer_id, product_id);
CREATE INDEX order_lines_product ON order_lines (product_id);
ALTER TABLE licence_keys ADD FOREIGN KEY (order_line_id) REFERENCES order_lines (id);

CREATE TABLE order_parties (
        order_id bigint NOT NULL REFERENCES orders (id),
        person_id bigint NOT NULL REFERENCES customers (id),
        role text NOT NULL CHECK (role IN ('payer', 'user', 'assistant')),
        topics text[] NOT NULL DEFAULT '{}',
        since_at timestamptz NOT NULL,
        PRIMARY KEY (order_id, person_id, role)
);
CREATE UNIQUE INDEX order_parties_payer ON order_parties (order_id) WHERE role = 'payer';
CREATE INDEX order_parties_person ON order_parties (person_id);

CREATE TABLE access (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_line_id bigint NOT NULL UNIQUE,
        order_id bigint NOT NULL,
        person_id bigint NOT NULL REFERENCES customers (id),
        product_id bigint NOT NULL,
        product_version_id bigint NOT NULL,
        status text NOT NULL CHECK (status IN ('waiting', 'full', 'nothing_new', 'read_only', 'locked', 'permanent', 'ended')),
        waiting_for text CHECK (waiting_for IN ('start', 'transfer', 'check')),
        expected_on date,
        reason text NOT NULL CHECK (reason IN ('payment', 'gift')),
        payment_id bigint,
        note text NOT NULL DEFAULT '',
        end_reason text CHECK (end_reason IN ('refund', 'dispute', 'staff')),
        granted_at timestamptz NOT NULL,
        since_at timestamptz NOT NULL,
        first_open_at timestamptz,
        last_open_at timestamptz,
        FOREIGN KEY (order_line_id, order_id) REFERENCES order_lines (id, order_id),
        FOREIGN KEY (product_version_id, product_id) REFERENCES product_versions (id, product_id),
        UNIQUE (id, person_id),
        CHECK ((status = 'waiting') = (waiting_for IS NOT NULL)),
        CHECK ((status = 'ended') = (end_reason IS NOT NULL)),
        CHECK ((reason = 'payment') = (payment_id IS NOT NULL)),
        CHECK (reason = 'payment' OR note <> '')
);
CREATE INDEX access_person ON access (person_id, product_id);
CREATE INDEX access_order ON access (order_id);
CREATE INDEX access_waiting ON access (expected_on) WHERE status = 'waiting';

-- Paid means in: a paid line without a right cannot commit.
ALTER TABLE order_lines ADD CONSTRAINT paid_means_in
        FOREIGN KEY (must_open) REFERENCES access (order_line_id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE progress (
        access_id bigint NOT NULL,
        person_id bigint NOT NULL,
        item_id bigint NOT NULL REFERENCES items (id),
        opened_at timestamptz,
        done_at timestamptz,
        PRIMARY KEY (access_id, item_id),
        FOREIGN KEY (access_id, person_id) REFERENCES access (id, person_id)
);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN orders.id IS 'never leaves the staff pages';
COMMENT ON COLUMN orders.number IS 'what people are told';
COMMENT ON COLUMN orders.customer_id IS 'the payer';
COMMENT ON COLUMN orders.status IS 'see transitions';
COMMENT ON COLUMN orders.currency IS 'of every amount in it';
COMMENT ON COLUMN orders.total_minor IS 'sum of its lines';
COMMENT ON COLUMN orders.form_nonce IS 'of the form that made it: a second submission finds this row';
COMMENT ON COLUMN orders.email IS 'where it is confirmed to, as typed at the checkout';
COMMENT ON COLUMN orders.buyer_name IS 'on the receipt';
COMMENT ON COLUMN orders.buyer_address IS 'on the receipt, lines';
COMMENT ON COLUMN orders.buyer_tax_number IS 'on the receipt';
COMMENT ON COLUMN orders.country IS 'the buyer''s, for tax and consent';
COMMENT ON COLUMN orders.terms_id IS 'the terms agreed to';
COMMENT ON COLUMN orders.agreed_at IS 'when';
COMMENT ON COLUMN orders.consent_id IS 'EU: consent to begin at once';
COMMENT ON COLUMN orders.created_at IS 'checkout begun';
COMMENT ON COLUMN orders.expires_at IS 'an unpaid order ends then';
COMMENT ON COLUMN orders.paid_at IS 'the charge''s own time';
COMMENT ON COLUMN orders.granted_at IS 'the clock at the grant';
COMMENT ON COLUMN orders.first_open_at IS 'first authenticated open of what it holds';
COMMENT ON COLUMN order_lines.id IS 'what access comes from';
COMMENT ON COLUMN order_lines.order_id IS 'of which order';
COMMENT ON COLUMN order_lines.customer_id IS 'its payer';
COMMENT ON COLUMN order_lines.currency IS 'its currency';
COMMENT ON COLUMN order_lines.product_id IS 'what was sold';
COMMENT ON COLUMN order_lines.product_version_id IS 'as it was sold';
COMMENT ON COLUMN order_lines.offer_version_id IS 'at this published price';
COMMENT ON COLUMN order_lines.title IS 'as it was called then';
COMMENT ON COLUMN order_lines.amount_minor IS 'tax included';
COMMENT ON COLUMN order_lines.tax_bp IS 'rate inside the amount, basis points';
COMMENT ON COLUMN order_lines.refunded_minor IS 'given back so far';
COMMENT ON COLUMN order_lines.paid IS 'the money for it has come';
COMMENT ON COLUMN order_lines.must_open IS 'paid means in: refers to access';
COMMENT ON COLUMN order_parties.order_id IS 'which order';
COMMENT ON COLUMN order_parties.person_id IS 'who';
COMMENT ON COLUMN order_parties.role IS 'as what';
COMMENT ON COLUMN order_parties.topics IS 'mails they get: bills, access, calls';
COMMENT ON COLUMN order_parties.since_at IS 'from when';
COMMENT ON COLUMN access.id IS 'the right to open one line';
COMMENT ON COLUMN access.order_line_id IS 'which line; at most one right from each';
COMMENT ON COLUMN access.order_id IS 'its order';
COMMENT ON COLUMN access.person_id IS 'who uses it';
COMMENT ON COLUMN access.product_id IS 'what it opens';
COMMENT ON COLUMN access.product_version_id IS 'which contents';
COMMENT ON COLUMN access.status IS 'see transitions';
COMMENT ON COLUMN access.waiting_for IS 'why it is not open yet';
COMMENT ON COLUMN access.expected_on IS 'when it opens, as far as is known';
COMMENT ON COLUMN access.reason IS 'gift: by staff, with a note';
COMMENT ON COLUMN access.payment_id IS 'the payment that opened it';
COMMENT ON COLUMN access.note IS 'gift: why';
COMMENT ON COLUMN access.end_reason IS 'why it ended';
COMMENT ON COLUMN access.granted_at IS 'when the right came to be';
COMMENT ON COLUMN access.since_at IS 'in this status since';
COMMENT ON COLUMN access.first_open_at IS 'first authenticated open';
COMMENT ON COLUMN access.last_open_at IS 'the latest, written at most once an hour';
COMMENT ON COLUMN progress.access_id IS 'through which right';
COMMENT ON COLUMN progress.person_id IS 'whose progress';
COMMENT ON COLUMN progress.item_id IS 'on which item';
COMMENT ON COLUMN progress.opened_at IS 'first opened';
COMMENT ON COLUMN progress.done_at IS 'marked as done';
RESET ROLE;
