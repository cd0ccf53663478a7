-- Time, currencies, states: what every other table stands on.
SET ROLE lk_owner;

CREATE TABLE currencies (
        code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
        exponent smallint NOT NULL CHECK (exponent IN (0, 2, 3))
);
INSERT INTO currencies
SELECT c, 2 FROM unnest(string_to_array('EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN AUD CAD NZD INR BRL MXN ZAR SGD HKD TRY ILS AED SAR THB MYR PHP IDR', ' ')) c
UNION ALL
SELECT c, 0 FROM unnest(string_to_array('JPY KRW CLP VND ISK UGX XAF XOF BIF DJF GNF KMF PYG RWF VUV XPF', ' ')) c
UNION ALL
SELECT c, 3 FROM unnest(string_to_array('KWD BHD OMR JOD TND IQD LYD', ' ')) c;

CREATE TABLE dev_clock (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        ahead interval NOT NULL DEFAULT '0' CHECK (ahead >= '0')
);
INSERT INTO dev_clock DEFAULT VALUES;

CREATE TABLE transitions (
        machine text NOT NULL,
        was text NOT NULL,
        status text NOT NULL,
        PRIMARY KEY (machine, was, status)
);
INSERT INTO transitions
SELECT machine, was, trim(status)
FROM (VALUES
        ('order', 'open', 'paid,expired,cancelled'),
        ('order', 'expired', 'paid'),
        ('order', 'cancelled', 'paid'),
        ('order', 'paid', 'refunded'),
        ('order', 'refunded', 'paid'),
        ('due', 'open', 'paid,replaced,forgiven,written_off'),
        ('due', 'paid', 'open'),
        ('attempt', 'created', 'sent,cancelled,unknown,succeeded'),
        ('attempt', 'sent', 'requires_action,processing,unknown,succeeded,failed,cancelled'),
        ('attempt', 'unknown', 'sent,requires_action,processing,succeeded,failed,cancelled'),
        ('attempt', 'requires_action', 'processing,succeeded,failed,cancelled'),
        ('attempt', 'processing', 'requires_action,succeeded,failed,cancelled'),
        ('attempt', 'failed', 'succeeded,processing'),
        ('attempt', 'cancelled', 'succeeded,processing'),
        ('refund', 'asked', 'approved,refused,succeeded'),
        ('refund', 'approved', 'sent'),
        ('refund', 'sent', 'unknown,succeeded,failed'),
        ('refund', 'unknown', 'succeeded,failed'),
        ('refund', 'succeeded', 'failed'),
        ('dispute', 'open', 'answered,won,lost'),
        ('dispute', 'answered', 'won,lost'),
        ('access', 'waiting', 'full,ended'),
        ('access', 'full', 'nothing_new,read_only,locked,permanent,ended'),
        ('access', 'nothing_new', 'read_only,locked,full,permanent,ended'),
        ('access', 'read_only', 'locked,full,permanent,ended'),
        ('access', 'locked', 'full,permanent,ended'),
        ('access', 'permanent', 'ended'),
        ('access', 'ended', 'full'),
        ('message', 'queued', 'sending,skipped'),
        ('message', 'sending', 'sent,deferred,refused,maybe_sent'),
        ('message', 'deferred', 'sending,skipped'),
        ('message', 'sent', 'bounced'),
        ('inbox', 'new', 'done,ignored,mismatch,poison'),
        ('inbox', 'poison', 'new'),
        ('inbox', 'mismatch', 'done')
) AS t(machine, was, list), unnest(string_to_array(list, ',')) AS status;

CREATE TABLE moves (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        machine text NOT NULL,
        object_id bigint NOT NULL,
        customer_id bigint,
        was text NOT NULL,
        status text NOT NULL,
        at timestamptz NOT NULL,
        FOREIGN KEY (machine, was, status) REFERENCES transitions (machine, was, status)
);
CREATE INDEX moves_object ON moves (machine, object_id, id);
CREATE INDEX moves_customer ON moves (customer_id, at DESC, id DESC);

CREATE TABLE accounts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        kind text NOT NULL CHECK (kind IN ('stripe', 'bank'))
);
INSERT INTO accounts (name, kind) VALUES ('stripe', 'stripe');
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN currencies.code IS 'ISO 4217, upper case';
COMMENT ON COLUMN currencies.exponent IS 'digits after the point';
COMMENT ON COLUMN dev_clock.one IS 'a single row';
COMMENT ON COLUMN dev_clock.ahead IS 'how far the product''s time is ahead of the real one';
COMMENT ON COLUMN transitions.machine IS 'order, due, attempt, refund, dispute, access, message, inbox';
COMMENT ON COLUMN transitions.was IS 'the status before';
COMMENT ON COLUMN transitions.status IS 'the status after';
COMMENT ON COLUMN moves.id IS 'order of writing';
COMMENT ON COLUMN moves.machine IS 'which kind of thing changed';
COMMENT ON COLUMN moves.object_id IS 'its id';
COMMENT ON COLUMN moves.customer_id IS 'whose it is, where it is somebody''s';
COMMENT ON COLUMN moves.was IS 'the status before';
COMMENT ON COLUMN moves.status IS 'the status after';
COMMENT ON COLUMN moves.at IS 'when, in the product''s time';
COMMENT ON COLUMN accounts.id IS 'referred to by money and events';
COMMENT ON COLUMN accounts.name IS 'as in the settings: stripe';
COMMENT ON COLUMN accounts.kind IS 'which client speaks to it';
RESET ROLE;
