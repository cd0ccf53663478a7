-- Money: what is owed, the attempts to pay it, what came, what went back, and the books.
SET ROLE lk_owner;

CREATE TABLE dues (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        agreement_id bigint,
        agreement_version integer,
        seq integer NOT NULL CHECK (seq > 0),
        kind text NOT NULL CHECK (kind IN ('order', 'instalment', 'period')),
        title text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor BETWEEN 0 AND amount_minor),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'replaced', 'forgiven', 'written_off')),
        due_on date NOT NULL,
        created_at timestamptz NOT NULL,
        FOREIGN KEY (order_id, customer_id, currency) REFERENCES orders (id, customer_id, currency),
        UNIQUE (id, customer_id, currency),
        UNIQUE (id, order_id),
        UNIQUE NULLS NOT DISTINCT (order_id, agreement_version, seq),
        CHECK (status <> 'paid' OR paid_minor = amount_minor)
);
CREATE INDEX dues_customer ON dues (customer_id, due_on, id);
CREATE INDEX dues_open ON dues (due_on) WHERE status = 'open';
ALTER TABLE sessions ADD FOREIGN KEY (due_id) REFERENCES dues (id);

CREATE TABLE attempts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        due_id bigint NOT NULL,
        order_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        account_id bigint NOT NULL REFERENCES accounts (id),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL,
        key text NOT NULL UNIQUE,
        kind text NOT NULL CHECK (kind IN ('checkout', 'off_session', 'second')),
        status text NOT NULL DEFAULT 'created' CHECK (status IN ('created', 'sent', 'requires_action', 'processing', 'unknown', 'succeeded', 'failed', 'cancelled')),
        live boolean GENERATED ALWAYS AS (status IN ('created', 'sent', 'requires_action', 'processing', 'unknown')) STORED,
        gateway_ref text,
        session_ref text,
        session_url text,
        decline_code text,
        planned_at timestamptz,
        why text,
        created_at timestamptz NOT NULL,
        sent_at timestamptz,
        asked_at timestamptz,
        asked integer NOT NULL DEFAULT 0,
        FOREIGN KEY (due_id, customer_id, currency) REFERENCES dues (id, customer_id, currency),
        FOREIGN KEY (due_id, order_id) REFERENCES dues (id, order_id),
        UNIQUE (id, customer_id, account_id, amount_minor, currency),
        UNIQUE (id, order_id),
        UNIQUE (account_id, gateway_ref),
        UNIQUE (account_id, session_ref)
);
CREATE UNIQUE INDEX attempts_live ON attempts (due_id) WHERE live;
CREATE INDEX attempts_due ON attempts (due_id, id);
CREATE INDEX attempts_order ON attempts (order_id);
CREATE INDEX attempts_to_ask ON attempts (sent_at) WHERE live;

CREATE TABLE payments (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        attempt_id bigint NOT NULL UNIQUE,
        order_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        account_id bigint NOT NULL,
        gateway_ref text NOT NULL,
        charge_ref text,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL,
        allocated_minor bigint NOT NULL DEFAULT 0 CHECK (allocated_minor BETWEEN 0 AND amount_minor),
        refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
        received_at timestamptz NOT NULL,
        booked_at timestamptz NOT NULL,
        method_kind text NOT NULL DEFAULT '',
        brand text NOT NULL DEFAULT '',
        last_four text NOT NULL DEFAULT '' CHECK (last_four ~ '^([0-9]{4})?$'),
        statement_text text NOT NULL DEFAULT '',
        fee_minor bigint,
        fee_currency text REFERENCES currencies (code),
        detail_at timestamptz,
        FOREIGN KEY (attempt_id, customer_id, account_id, amount_minor, currency)
                REFERENCES attempts (id, customer_id, account_id, amount_minor, currency),
        FOREIGN KEY (attempt_id, order_id) REFERENCES attempts (id, order_id),
        UNIQUE (account_id, gateway_ref),
        UNIQUE (id, customer_id, currency)
);
CREATE INDEX payments_customer ON payments (customer_id, received_at DESC, id DESC);
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX payments_last_four ON payments (last_four, received_at);
CREATE INDEX payments_charge ON payments (charge_ref);
ALTER TABLE access ADD FOREIGN KEY (payment_id) REFERENCES payments (id);

CREATE TABLE allocations (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        payment_id bigint NOT NULL,
        due_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
        at timestamptz NOT NULL,
        FOREIGN KEY (payment_id, customer_id, currency) REFERENCES payments (id, customer_id, currency),
        FOREIGN KEY (due_id, customer_id, currency) REFERENCES dues (id, customer_id, currency)
);
CREATE INDEX allocations_payment ON allocations (payment_id);
CREATE INDEX allocations_due ON allocations (due_id);

CREATE TABLE refunds (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        payment_id bigint NOT NULL,
        order_id bigint NOT NULL REFERENCES orders (id),
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        account_id bigint NOT NULL REFERENCES accounts (id),
        gateway_ref text,
        key text UNIQUE,
        kind text NOT NULL CHECK (kind IN ('gateway', 'second', 'staff')),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        status text NOT NULL CHECK (status IN ('asked', 'approved', 'refused', 'sent', 'unknown', 'succeeded', 'failed')),
        credit_minor bigint NOT NULL DEFAULT 0 CHECK (credit_minor BETWEEN 0 AND amount_minor),
        reason text NOT NULL DEFAULT '',
        asked_by bigint REFERENCES staff (id),
        approved_by bigint REFERENCES staff (id),
        created_at timestamptz NOT NULL,
        settled_at timestamptz,
        FOREIGN KEY (payment_id, customer_id, currency) REFERENCES payments (id, customer_id, currency),
        UNIQUE (account_id, gateway_ref)
);
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_order ON refunds (order_id);

CREATE TABLE refund_items (
        refund_id bigint NOT NULL REFERENCES refunds (id),
        order_line_id bigint NOT NULL REFERENCES order_lines (id),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        ends_access boolean NOT NULL,
        PRIMARY KEY (refund_id, order_line_id)
);
CREATE INDEX refund_items_line ON refund_items (order_line_id);

CREATE TABLE disputes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        payment_id bigint NOT NULL,
        order_id bigint NOT NULL REFERENCES orders (id),
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        account_id bigint NOT NULL REFERENCES accounts (id),
        gateway_ref text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        reason text NOT NULL DEFAULT '',
        status text NOT NULL CHECK (status IN ('open', 'answered', 'won', 'lost')),
        due_by timestamptz,
        created_at timestamptz NOT NULL,
        closed_at timestamptz,
        FOREIGN KEY (payment_id, customer_id, currency) REFERENCES payments (id, customer_id, currency),
        UNIQUE (account_id, gateway_ref)
);
CREATE INDEX disputes_payment ON disputes (payment_id);

CREATE TABLE ledger_accounts (
        name text NOT NULL,
        currency text NOT NULL REFERENCES currencies (code),
        side text NOT NULL CHECK (side IN ('asset', 'liability', 'income', 'expense')),
        PRIMARY KEY (name, currency)
);
INSERT INTO ledger_accounts
SELECT a.name, c.code, a.side FROM currencies c,
       (VALUES ('gateway:stripe', 'asset'), ('customers', 'liability'), ('revenue', 'income'),
               ('refunds', 'expense'), ('disputes', 'expense'), ('fees', 'expense')) a(name, side);

CREATE TABLE ledger (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        entry text NOT NULL,
        leg smallint NOT NULL CHECK (leg > 0),
        debit text NOT NULL,
        credit text NOT NULL,
        currency text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        order_id bigint REFERENCES orders (id),
        at timestamptz NOT NULL,
        UNIQUE (entry, leg),
        CHECK (debit <> credit),
        FOREIGN KEY (debit, currency) REFERENCES ledger_accounts (name, currency),
        FOREIGN KEY (credit, currency) REFERENCES ledger_accounts (name, currency)
);
CREATE INDEX ledger_order ON ledger (order_id);
CREATE INDEX ledger_at ON ledger (at);

CREATE TABLE receipt_series (
        series text PRIMARY KEY,
        last integer NOT NULL CHECK (last >= 0)
);

CREATE TABLE receipts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        series text NOT NULL REFERENCES receipt_series (series),
        seq integer NOT NULL CHECK (seq > 0),
        number text NOT NULL UNIQUE,
        kind text NOT NULL CHECK (kind IN ('receipt', 'credit_note')),
        order_id bigint NOT NULL REFERENCES orders (id),
        customer_id bigint NOT NULL REFERENCES customers (id),
        payment_id bigint UNIQUE REFERENCES payments (id),
        refund_id bigint UNIQUE REFERENCES refunds (id),
        refers_to bigint REFERENCES receipts (id),
        currency text NOT NULL REFERENCES currencies (code),
        total_minor bigint NOT NULL CHECK (total_minor > 0),
        paper jsonb NOT NULL,
        issued_at timestamptz NOT NULL,
        UNIQUE (series, seq),
        CHECK ((kind = 'receipt') = (payment_id IS NOT NULL)),
        CHECK ((kind = 'credit_note') = (refund_id IS NOT NULL))
);
CREATE INDEX receipts_order ON receipts (order_id);
CREATE INDEX receipts_customer ON receipts (customer_id, issued_at DESC, id DESC);

CREATE TABLE receipt_files (
        receipt_id bigint PRIMARY KEY REFERENCES receipts (id),
        pdf bytea NOT NULL
);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN dues.id IS 'an amount owed';
COMMENT ON COLUMN dues.order_id IS 'for which order';
COMMENT ON COLUMN dues.customer_id IS 'by whom';
COMMENT ON COLUMN dues.currency IS 'in which currency';
COMMENT ON COLUMN dues.agreement_id IS 'instalments: under which agreement';
COMMENT ON COLUMN dues.agreement_version IS 'instalments: which version of it made this row';
COMMENT ON COLUMN dues.seq IS 'first, second, ... of its order';
COMMENT ON COLUMN dues.kind IS 'what is paid with it';
COMMENT ON COLUMN dues.title IS 'copied, so that a pay link needs no other row';
COMMENT ON COLUMN dues.amount_minor IS 'minor units';
COMMENT ON COLUMN dues.paid_minor IS 'counted by allocations';
COMMENT ON COLUMN dues.status IS 'see transitions';
COMMENT ON COLUMN dues.due_on IS 'in the agreement''s zone';
COMMENT ON COLUMN dues.created_at IS 'when it came to be';
COMMENT ON COLUMN attempts.id IS 'ours, before the gateway''s object exists';
COMMENT ON COLUMN attempts.due_id IS 'what it pays';
COMMENT ON COLUMN attempts.order_id IS 'of which order';
COMMENT ON COLUMN attempts.customer_id IS 'whose';
COMMENT ON COLUMN attempts.account_id IS 'at which gateway';
COMMENT ON COLUMN attempts.amount_minor IS 'asked for';
COMMENT ON COLUMN attempts.currency IS 'asked for';
COMMENT ON COLUMN attempts.key IS 'idempotency key, kept in the gateway''s metadata as well';
COMMENT ON COLUMN attempts.kind IS 'hosted page; saved method; a second payment nobody asked for';
COMMENT ON COLUMN attempts.status IS 'see transitions';
COMMENT ON COLUMN attempts.live IS 'may still take money';
COMMENT ON COLUMN attempts.gateway_ref IS 'payment intent';
COMMENT ON COLUMN attempts.session_ref IS 'checkout session';
COMMENT ON COLUMN attempts.session_url IS 'where its hosted page is';
COMMENT ON COLUMN attempts.decline_code IS 'why the gateway refused';
COMMENT ON COLUMN attempts.planned_at IS 'retries: when it is to be made';
COMMENT ON COLUMN attempts.why IS 'retries: the sentence for staff';
COMMENT ON COLUMN attempts.created_at IS 'committed before anything is sent';
COMMENT ON COLUMN attempts.sent_at IS 'handed to the gateway';
COMMENT ON COLUMN attempts.asked_at IS 'the gateway was last asked about it';
COMMENT ON COLUMN attempts.asked IS 'how often';
COMMENT ON COLUMN payments.id IS 'money in fact';
COMMENT ON COLUMN payments.attempt_id IS 'which attempt brought it';
COMMENT ON COLUMN payments.order_id IS 'for which order';
COMMENT ON COLUMN payments.customer_id IS 'whose';
COMMENT ON COLUMN payments.account_id IS 'through which gateway';
COMMENT ON COLUMN payments.gateway_ref IS 'payment intent';
COMMENT ON COLUMN payments.charge_ref IS 'charge, once known';
COMMENT ON COLUMN payments.amount_minor IS 'what came';
COMMENT ON COLUMN payments.currency IS 'in which currency';
COMMENT ON COLUMN payments.allocated_minor IS 'counted by allocations; the rest is credit';
COMMENT ON COLUMN payments.refunded_minor IS 'counted by refunds';
COMMENT ON COLUMN payments.received_at IS 'the charge''s own time';
COMMENT ON COLUMN payments.booked_at IS 'when we learnt of it';
COMMENT ON COLUMN payments.method_kind IS 'card, sepa_debit, customer_balance';
COMMENT ON COLUMN payments.brand IS 'visa';
COMMENT ON COLUMN payments.last_four IS 'of the card or account';
COMMENT ON COLUMN payments.statement_text IS 'how it reads on the statement';
COMMENT ON COLUMN payments.fee_minor IS 'the gateway''s fee, in fee_currency';
COMMENT ON COLUMN payments.fee_currency IS 'of the settlement';
COMMENT ON COLUMN payments.detail_at IS 'when the columns above were fetched; NULL is not yet';
COMMENT ON COLUMN allocations.id IS 'order of writing';
COMMENT ON COLUMN allocations.payment_id IS 'this money';
COMMENT ON COLUMN allocations.due_id IS 'pays this amount';
COMMENT ON COLUMN allocations.customer_id IS 'of the same customer';
COMMENT ON COLUMN allocations.currency IS 'in the same currency';
COMMENT ON COLUMN allocations.amount_minor IS 'negative undoes an earlier row';
COMMENT ON COLUMN allocations.at IS 'when';
COMMENT ON COLUMN refunds.id IS 'money going back';
COMMENT ON COLUMN refunds.payment_id IS 'of which payment';
COMMENT ON COLUMN refunds.order_id IS 'of which order';
COMMENT ON COLUMN refunds.customer_id IS 'whose';
COMMENT ON COLUMN refunds.currency IS 'in which currency';
COMMENT ON COLUMN refunds.account_id IS 'through which gateway';
COMMENT ON COLUMN refunds.gateway_ref IS 'the gateway''s refund, once there is one';
COMMENT ON COLUMN refunds.key IS 'idempotency key of ours; NULL when it was made at the gateway';
COMMENT ON COLUMN refunds.kind IS 'made there; offered because it was paid twice; by staff';
COMMENT ON COLUMN refunds.amount_minor IS 'minor units';
COMMENT ON COLUMN refunds.status IS 'see transitions';
COMMENT ON COLUMN refunds.credit_minor IS 'of it from what no due had used';
COMMENT ON COLUMN refunds.reason IS 'as the gateway or staff put it';
COMMENT ON COLUMN refunds.asked_by IS 'staff who asked';
COMMENT ON COLUMN refunds.approved_by IS 'staff who approved; another person above the limit';
COMMENT ON COLUMN refunds.created_at IS 'when we learnt of it';
COMMENT ON COLUMN refunds.settled_at IS 'when it succeeded';
COMMENT ON COLUMN refund_items.refund_id IS 'of this refund';
COMMENT ON COLUMN refund_items.order_line_id IS 'concerns this line';
COMMENT ON COLUMN refund_items.amount_minor IS 'with this much';
COMMENT ON COLUMN refund_items.ends_access IS 'the whole line went back';
COMMENT ON COLUMN disputes.id IS 'the bank took money back and asks for evidence';
COMMENT ON COLUMN disputes.payment_id IS 'of which payment';
COMMENT ON COLUMN disputes.order_id IS 'of which order';
COMMENT ON COLUMN disputes.customer_id IS 'whose';
COMMENT ON COLUMN disputes.currency IS 'in which currency';
COMMENT ON COLUMN disputes.account_id IS 'through which gateway';
COMMENT ON COLUMN disputes.gateway_ref IS 'the gateway''s dispute';
COMMENT ON COLUMN disputes.amount_minor IS 'disputed';
COMMENT ON COLUMN disputes.reason IS 'the bank''s';
COMMENT ON COLUMN disputes.status IS 'see transitions';
COMMENT ON COLUMN disputes.due_by IS 'evidence is wanted by';
COMMENT ON COLUMN disputes.created_at IS 'when we learnt of it';
COMMENT ON COLUMN disputes.closed_at IS 'when it was decided';
COMMENT ON COLUMN ledger_accounts.name IS 'gateway:stripe, customers, revenue, refunds, disputes, fees';
COMMENT ON COLUMN ledger_accounts.currency IS 'one account per currency';
COMMENT ON COLUMN ledger_accounts.side IS 'where it stands in the books';
COMMENT ON COLUMN ledger.id IS 'order of writing';
COMMENT ON COLUMN ledger.entry IS 'payment:12, refund:3, fee:12: what is booked, once';
COMMENT ON COLUMN ledger.leg IS 'several transfers of one entry';
COMMENT ON COLUMN ledger.debit IS 'account that receives';
COMMENT ON COLUMN ledger.credit IS 'account that gives';
COMMENT ON COLUMN ledger.currency IS 'of both';
COMMENT ON COLUMN ledger.amount_minor IS 'one row is one transfer: balanced by construction';
COMMENT ON COLUMN ledger.order_id IS 'what it is about';
COMMENT ON COLUMN ledger.at IS 'booked at';
COMMENT ON COLUMN receipt_series.series IS 'R-2026, C-2026';
COMMENT ON COLUMN receipt_series.last IS 'the number given last; the row is locked while one is given';
COMMENT ON COLUMN receipts.id IS 'a paper that was issued; never changed';
COMMENT ON COLUMN receipts.series IS 'numbered without gaps within it';
COMMENT ON COLUMN receipts.seq IS 'its number there';
COMMENT ON COLUMN receipts.number IS 'as printed: R-2026-000042';
COMMENT ON COLUMN receipts.kind IS 'what it says';
COMMENT ON COLUMN receipts.order_id IS 'for which order';
COMMENT ON COLUMN receipts.customer_id IS 'to whom';
COMMENT ON COLUMN receipts.payment_id IS 'receipt: for this payment';
COMMENT ON COLUMN receipts.refund_id IS 'credit note: for this refund';
COMMENT ON COLUMN receipts.refers_to IS 'credit note: corrects this receipt';
COMMENT ON COLUMN receipts.currency IS 'as charged';
COMMENT ON COLUMN receipts.total_minor IS 'as charged';
COMMENT ON COLUMN receipts.paper IS 'seller, buyer, lines, taxes, paid with: copied, as printed';
COMMENT ON COLUMN receipts.issued_at IS 'date of the paper';
COMMENT ON COLUMN receipt_files.receipt_id IS 'of which paper';
COMMENT ON COLUMN receipt_files.pdf IS 'as it was sent';
RESET ROLE;
