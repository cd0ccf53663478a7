-- Bank transfers: orders that wait for one, the bank's lines, what was matched with what; and
-- access that somebody checks first, or whose day moves.
SET ROLE lk_owner;

INSERT INTO accounts (name, kind) VALUES ('bank', 'bank');
INSERT INTO ledger_accounts SELECT 'bank', code, 'asset' FROM currencies;
INSERT INTO staff_rights VALUES ('owner', 'match'), ('finance', 'match');
INSERT INTO schedules (name, lane, every, next_at) VALUES
        ('transfers_due', 3, '1 hour', '2020-01-01');      -- reminders, and orders that nobody paid

ALTER TABLE attempts DROP CONSTRAINT attempts_kind_check,
        ADD CHECK (kind IN ('checkout', 'off_session', 'second', 'transfer'));

CREATE TABLE transfers (
        order_id bigint PRIMARY KEY,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        reference text NOT NULL UNIQUE CHECK (reference ~ '^RF[0-9]{2}[0-9A-Z]{1,21}$'),
        pay_by date NOT NULL,
        expected_on date NOT NULL,
        begun_at timestamptz NOT NULL,
        FOREIGN KEY (order_id, customer_id, currency) REFERENCES orders (id, customer_id, currency)
);
CREATE INDEX transfers_customer ON transfers (customer_id);

CREATE TABLE bank_lines (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL REFERENCES accounts (id),
        statement text NOT NULL CHECK (statement <> ''),
        line integer NOT NULL CHECK (line > 0),
        booked_on date NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL REFERENCES currencies (code),
        reference text NOT NULL DEFAULT '',
        payer text NOT NULL DEFAULT '',
        payer_iban text NOT NULL DEFAULT '',
        source text NOT NULL CHECK (source IN ('camt', 'csv', 'hand')),
        status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'matched', 'set_aside')),
        reason text NOT NULL DEFAULT '',
        loaded_by bigint REFERENCES staff (id),
        loaded_at timestamptz NOT NULL,
        UNIQUE (account_id, statement, line),
        UNIQUE (id, account_id, amount_minor, currency),
        CHECK (status <> 'set_aside' OR reason <> '')
);
CREATE INDEX bank_lines_new ON bank_lines (booked_on, id) WHERE status = 'new';
CREATE INDEX bank_lines_loaded ON bank_lines (loaded_at DESC, id DESC);

-- Money comes by an attempt at the gateway, or by a line of the bank.
ALTER TABLE payments ALTER COLUMN attempt_id DROP NOT NULL,
        ADD COLUMN bank_line_id bigint UNIQUE,
        ADD FOREIGN KEY (order_id, customer_id, currency) REFERENCES orders (id, customer_id, currency),
        ADD FOREIGN KEY (bank_line_id, account_id, amount_minor, currency)
                REFERENCES bank_lines (id, account_id, amount_minor, currency),
        ADD CHECK (num_nonnulls(attempt_id, bank_line_id) = 1);

CREATE TABLE matches (
        bank_line_id bigint PRIMARY KEY REFERENCES bank_lines (id),
        order_id bigint NOT NULL REFERENCES orders (id),
        payment_id bigint NOT NULL UNIQUE REFERENCES payments (id),
        confidence text NOT NULL CHECK (confidence IN ('sure', 'reference', 'amount', 'hand')),
        reason text NOT NULL DEFAULT '',
        staff_id bigint NOT NULL REFERENCES staff (id),
        at timestamptz NOT NULL
);
CREATE INDEX matches_order ON matches (order_id);

-- Somebody looks at an order before it opens; a day that staff set by hand.
ALTER TABLE product_versions ADD COLUMN check_days integer CHECK (check_days BETWEEN 1 AND 365);
ALTER TABLE access ADD COLUMN expected_by bigint REFERENCES staff (id);

INSERT INTO transitions VALUES
        ('bank_line', 'new', 'matched'), ('bank_line', 'new', 'set_aside'), ('bank_line', 'set_aside', 'new');

COMMENT ON COLUMN transfers.order_id IS 'an order that is paid by bank transfer';
COMMENT ON COLUMN transfers.customer_id IS 'whose';
COMMENT ON COLUMN transfers.currency IS 'of the order';
COMMENT ON COLUMN transfers.reference IS 'RF creditor reference (ISO 11649) from the order''s number';
COMMENT ON COLUMN transfers.pay_by IS 'after this day the order ends unpaid';
COMMENT ON COLUMN transfers.expected_on IS 'when access is expected, as the customer was told';
COMMENT ON COLUMN transfers.begun_at IS 'when it was chosen';
COMMENT ON COLUMN bank_lines.id IS 'a credit on our bank account';
COMMENT ON COLUMN bank_lines.account_id IS 'which account of ours';
COMMENT ON COLUMN bank_lines.statement IS 'the bank''s name of the statement, or one made from the line itself';
COMMENT ON COLUMN bank_lines.line IS 'its place there';
COMMENT ON COLUMN bank_lines.booked_on IS 'the bank''s day';
COMMENT ON COLUMN bank_lines.amount_minor IS 'credited';
COMMENT ON COLUMN bank_lines.currency IS 'in which currency';
COMMENT ON COLUMN bank_lines.reference IS 'what the payer wrote';
COMMENT ON COLUMN bank_lines.payer IS 'whom it came from, as the bank says';
COMMENT ON COLUMN bank_lines.payer_iban IS 'from which account; where money goes back to';
COMMENT ON COLUMN bank_lines.source IS 'a statement''s file, a list, or entered by hand';
COMMENT ON COLUMN bank_lines.status IS 'see transitions';
COMMENT ON COLUMN bank_lines.reason IS 'set aside: why';
COMMENT ON COLUMN bank_lines.loaded_by IS 'who brought it in; NULL: the operator';
COMMENT ON COLUMN bank_lines.loaded_at IS 'when';
COMMENT ON COLUMN matches.bank_line_id IS 'this credit';
COMMENT ON COLUMN matches.order_id IS 'pays this order';
COMMENT ON COLUMN matches.payment_id IS 'as this payment';
COMMENT ON COLUMN matches.confidence IS 'what spoke for it: reference and amount, one of them, or staff alone';
COMMENT ON COLUMN matches.reason IS 'in words';
COMMENT ON COLUMN matches.staff_id IS 'who confirmed it';
COMMENT ON COLUMN matches.at IS 'when';
COMMENT ON COLUMN payments.bank_line_id IS 'which line of the bank brought it';
COMMENT ON COLUMN product_versions.check_days IS 'somebody looks at each order first, within so many days; NULL: nobody';
COMMENT ON COLUMN access.expected_by IS 'the staff member who set the expected day by hand';
RESET ROLE;
