-- Customers, staff, their credentials and sessions.
SET ROLE lk_owner;

CREATE TABLE customers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text,
        email_fold text,
        email_verified_at timestamptz,
        name text NOT NULL DEFAULT '',
        locale text NOT NULL DEFAULT 'en_GB',
        zone text NOT NULL DEFAULT '',
        country text NOT NULL DEFAULT '',
        merged_into bigint REFERENCES customers (id),
        created_at timestamptz NOT NULL,
        first_open_at timestamptz,
        erased_at timestamptz,
        CHECK (email IS NOT NULL OR erased_at IS NOT NULL),
        CHECK ((email IS NULL) = (email_fold IS NULL)),
        CHECK (merged_into <> id)
);
CREATE UNIQUE INDEX customers_email ON customers (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL;
CREATE INDEX customers_merged ON customers (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX customers_created ON customers (created_at DESC, id DESC);

CREATE TABLE credentials (
        customer_id bigint PRIMARY KEY REFERENCES customers (id),
        password_hash text NOT NULL,
        set_at timestamptz NOT NULL
);

CREATE TABLE staff (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text NOT NULL,
        email_fold text NOT NULL UNIQUE,
        name text NOT NULL DEFAULT '',
        role text NOT NULL CHECK (role IN ('owner', 'finance', 'support', 'viewer')),
        password_hash text,
        totp_secret bytea,
        totp_last bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        disabled_at timestamptz
);

CREATE TABLE staff_rights (
        role text NOT NULL,
        verb text NOT NULL,
        PRIMARY KEY (role, verb)
);
INSERT INTO staff_rights VALUES
        ('owner', 'read'), ('owner', 'refund'), ('owner', 'access'), ('owner', 'mail'), ('owner', 'jobs'), ('owner', 'staff'),
        ('finance', 'read'), ('finance', 'refund'),
        ('support', 'read'), ('support', 'access'), ('support', 'mail'),
        ('viewer', 'read');

CREATE TABLE sessions (
        token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
        kind text NOT NULL CHECK (kind IN ('customer', 'staff', 'view_as', 'pay_link', 'claim', 'checkout', 'magic', 'invite')),
        customer_id bigint REFERENCES customers (id),
        staff_id bigint REFERENCES staff (id),
        order_id bigint,
        due_id bigint,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        seen_at timestamptz,
        user_agent text NOT NULL DEFAULT '',
        CHECK (CASE kind
                WHEN 'customer' THEN customer_id IS NOT NULL AND staff_id IS NULL AND order_id IS NULL AND due_id IS NULL
                WHEN 'staff' THEN staff_id IS NOT NULL AND customer_id IS NULL AND order_id IS NULL AND due_id IS NULL
                WHEN 'view_as' THEN staff_id IS NOT NULL AND customer_id IS NOT NULL
                WHEN 'pay_link' THEN customer_id IS NOT NULL AND due_id IS NOT NULL AND staff_id IS NULL
                WHEN 'claim' THEN order_id IS NOT NULL AND staff_id IS NULL
                WHEN 'checkout' THEN customer_id IS NOT NULL AND order_id IS NOT NULL AND staff_id IS NULL
                WHEN 'magic' THEN customer_id IS NOT NULL AND staff_id IS NULL
                WHEN 'invite' THEN staff_id IS NOT NULL AND customer_id IS NULL END)
);
CREATE INDEX sessions_customer ON sessions (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX sessions_staff ON sessions (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX sessions_order ON sessions (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE tries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        scope text NOT NULL CHECK (scope IN ('account', 'address', 'mail')),
        key bytea NOT NULL,
        at timestamptz NOT NULL
);
CREATE INDEX tries_key ON tries (scope, key, at);
CREATE INDEX tries_at ON tries (at);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN customers.id IS 'never leaves the staff pages';
COMMENT ON COLUMN customers.email IS 'as it was typed; NULL once erased';
COMMENT ON COLUMN customers.email_fold IS 'for look-up: trimmed, case-folded, domain in IDNA form';
COMMENT ON COLUMN customers.email_verified_at IS 'when a link sent to exactly this address was used';
COMMENT ON COLUMN customers.name IS 'how the person wants to be called';
COMMENT ON COLUMN customers.locale IS 'for money and dates';
COMMENT ON COLUMN customers.zone IS 'IANA time zone; '''' means the shop''s';
COMMENT ON COLUMN customers.country IS 'ISO 3166-1 alpha-2; '''' when unknown';
COMMENT ON COLUMN customers.merged_into IS 'the person this row was found to be';
COMMENT ON COLUMN customers.created_at IS 'first order or import';
COMMENT ON COLUMN customers.first_open_at IS 'first authenticated open of anything bought';
COMMENT ON COLUMN customers.erased_at IS 'personal columns were cleared at';
COMMENT ON COLUMN credentials.customer_id IS 'whose password this is';
COMMENT ON COLUMN credentials.password_hash IS 'argon2id in its encoded form';
COMMENT ON COLUMN credentials.set_at IS 'when it was chosen';
COMMENT ON COLUMN staff.id IS 'named in audit and sessions';
COMMENT ON COLUMN staff.email IS 'as typed';
COMMENT ON COLUMN staff.email_fold IS 'for look-up';
COMMENT ON COLUMN staff.name IS 'shown to colleagues';
COMMENT ON COLUMN staff.role IS 'what they may do, see staff_rights';
COMMENT ON COLUMN staff.password_hash IS 'argon2id; NULL until the set-up link was used';
COMMENT ON COLUMN staff.totp_secret IS 'shared secret of the second factor; NULL until set up';
COMMENT ON COLUMN staff.totp_last IS 'time step of the last accepted code, against replay';
COMMENT ON COLUMN staff.created_at IS 'when they were added';
COMMENT ON COLUMN staff.disabled_at IS 'no login from then on';
COMMENT ON COLUMN staff_rights.role IS 'a role of staff';
COMMENT ON COLUMN staff_rights.verb IS 'what it may do; policies and routes ask for it';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the secret in the cookie or link';
COMMENT ON COLUMN sessions.kind IS 'what it opens';
COMMENT ON COLUMN sessions.customer_id IS 'whose rows it shows';
COMMENT ON COLUMN sessions.staff_id IS 'the staff member behind it';
COMMENT ON COLUMN sessions.order_id IS 'checkout: the one order it opens; magic: the order that the mail was about';
COMMENT ON COLUMN sessions.due_id IS 'pay_link: the one amount it opens';
COMMENT ON COLUMN sessions.created_at IS 'product''s time';
COMMENT ON COLUMN sessions.expires_at IS 'dead from then on';
COMMENT ON COLUMN sessions.ended_at IS 'used, logged out or revoked';
COMMENT ON COLUMN sessions.seen_at IS 'last use, written at most once a minute';
COMMENT ON COLUMN sessions.user_agent IS 'shown in the list of sessions';
COMMENT ON COLUMN tries.id IS 'order of writing';
COMMENT ON COLUMN tries.scope IS 'what is counted';
COMMENT ON COLUMN tries.key IS 'SHA-256 of the account or address: nothing personal stays';
COMMENT ON COLUMN tries.at IS 'real time, for limits are about real attackers';
RESET ROLE;
