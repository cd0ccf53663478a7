-- Withdrawals from a contract, and requests for the money back (S2.2).
SET ROLE lk_owner;

INSERT INTO transitions VALUES
        ('withdrawal', 'received', 'accepted'), ('withdrawal', 'received', 'with_staff'), ('withdrawal', 'with_staff', 'accepted'),
        ('withdrawal', 'with_staff', 'granted'), ('withdrawal', 'with_staff', 'declined');
INSERT INTO message_topics VALUES ('withdrawal_received', 'bills'), ('withdrawal_answer', 'bills');

-- Where the law gives consumers a right to withdraw from a contract made at a distance, and for how many days.
CREATE TABLE withdrawal_law (
        country text PRIMARY KEY CHECK (country ~ '^[A-Z]{2}$'),
        days integer NOT NULL CHECK (days BETWEEN 1 AND 365),
        source text NOT NULL CHECK (source <> '')
);
INSERT INTO withdrawal_law
SELECT country, 14, 'Directive 2011/83/EU, art. 9 and 11a'
FROM unnest(string_to_array('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK', ' ')) country
UNION ALL
SELECT country, 14, 'Directive 2011/83/EU, art. 9 and 11a, by the EEA Agreement' FROM unnest('{IS,LI,NO}'::text[]) country
UNION ALL
SELECT 'GB', 14, 'Consumer Contracts Regulations 2013, reg. 30';

-- What a shop gives beyond the law, by product.
CREATE TABLE refund_rules (
        product_id bigint PRIMARY KEY REFERENCES products (id),
        law_days integer NOT NULL DEFAULT 14 CHECK (law_days BETWEEN 14 AND 365),
        by_itself boolean NOT NULL DEFAULT false,
        changed_at timestamptz NOT NULL,
        changed_by bigint REFERENCES staff (id)
);

CREATE TABLE withdrawals (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number text NOT NULL UNIQUE DEFAULT order_number(),
        kind text NOT NULL CHECK (kind IN ('withdrawal', 'request')),
        form_hash bytea NOT NULL UNIQUE CHECK (length(form_hash) = 32),
        customer_id bigint NOT NULL REFERENCES customers (id),
        order_id bigint REFERENCES orders (id),
        proved boolean NOT NULL,
        said_name text NOT NULL CHECK (length(said_name) <= 200),
        said_order text NOT NULL CHECK (length(said_order) <= 100),
        said_email text NOT NULL CHECK (length(said_email) <= 320),
        said_fold text NOT NULL,
        reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 5000),
        status text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'accepted', 'with_staff', 'granted', 'declined')),
        why text NOT NULL DEFAULT '' CHECK (why IN ('', 'law', 'promise', 'guarantee', 'lapsed', 'over', 'asked', 'disputed', 'unmatched')),
        amount_minor bigint NOT NULL DEFAULT 0 CHECK (amount_minor >= 0),
        currency text REFERENCES currencies (code),
        refund_id bigint REFERENCES refunds (id),
        received_at timestamptz NOT NULL,
        answer_on date NOT NULL,
        pay_on date NOT NULL,
        decided_at timestamptz,
        decided_by bigint REFERENCES staff (id),
        answer text NOT NULL DEFAULT '' CHECK (length(answer) <= 5000),
        CHECK ((status IN ('accepted', 'granted', 'declined')) = (decided_at IS NOT NULL)),
        CHECK (status <> 'declined' OR answer <> ''),
        CHECK (status NOT IN ('accepted', 'granted') OR order_id IS NOT NULL),
        CHECK ((why = '') = (status = 'received')),
        CHECK (amount_minor = 0 OR currency IS NOT NULL),
        CHECK (said_fold <> '' OR proved)
);
CREATE INDEX withdrawals_list ON withdrawals (received_at DESC, id DESC);
CREATE INDEX withdrawals_waiting ON withdrawals (received_at DESC, id DESC) WHERE status IN ('received', 'with_staff');
CREATE INDEX withdrawals_order ON withdrawals (order_id, received_at DESC) WHERE order_id IS NOT NULL;
CREATE INDEX withdrawals_customer ON withdrawals (customer_id, received_at DESC);

CREATE TABLE withdraw_links (
        token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
        customer_id bigint NOT NULL REFERENCES customers (id),
        order_id bigint NOT NULL REFERENCES orders (id),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
);
CREATE INDEX withdraw_links_order ON withdraw_links (order_id);

-- One more kind of refund, reason to write to staff and end of access, whatever the lists hold by now.
DO $$
DECLARE
        v record;
BEGIN
        FOR v IN SELECT c.conname, c.conrelid::regclass AS tab, pg_get_constraintdef(c.oid) AS def,
                        CASE c.conname WHEN 'refunds_kind_check' THEN 'withdrawal' WHEN 'access_end_reason_check' THEN 'withdrawn' ELSE 'refund' END AS more
                 FROM pg_constraint c WHERE c.connamespace = 'latchkey'::regnamespace AND c.conname IN ('refunds_kind_check', 'tickets_about_check', 'access_end_reason_check')
        LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v.tab, v.conname);
                EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', v.tab, v.conname, replace(v.def, 'ARRAY[', format('ARRAY[%L::text, ', v.more)));
        END LOOP;
END $$;

COMMENT ON COLUMN withdrawal_law.country IS 'of the order';
COMMENT ON COLUMN withdrawal_law.days IS 'after the day of the contract';
COMMENT ON COLUMN withdrawal_law.source IS 'which law says so';
COMMENT ON COLUMN refund_rules.product_id IS 'a product without a row: fourteen days, and a person looks at the shop''s own guarantee';
COMMENT ON COLUMN refund_rules.law_days IS 'where the law gives a right to withdraw, it lasts so many days; never fewer than the law says';
COMMENT ON COLUMN refund_rules.by_itself IS 'within the shop''s own guarantee (product_versions.refund_days) the money goes back by itself; false: a person decides';
COMMENT ON COLUMN refund_rules.changed_at IS 'when this was set';
COMMENT ON COLUMN refund_rules.changed_by IS 'by whom';
COMMENT ON COLUMN withdrawals.id IS 'somebody withdraws from a contract, or asks for their money';
COMMENT ON COLUMN withdrawals.number IS 'on its receipt';
COMMENT ON COLUMN withdrawals.kind IS 'withdrawal: declared with the button of the law; request: asked for on the order''s page';
COMMENT ON COLUMN withdrawals.form_hash IS 'of the form''s secret, which shows the receipt: sent twice is one';
COMMENT ON COLUMN withdrawals.customer_id IS 'whose address got the receipt';
COMMENT ON COLUMN withdrawals.order_id IS 'which contract; NULL until it is known';
COMMENT ON COLUMN withdrawals.proved IS 'by login or by the link of a mail; false: name, number and address were typed';
COMMENT ON COLUMN withdrawals.said_name IS 'the name, as typed';
COMMENT ON COLUMN withdrawals.said_order IS 'the order''s number, as typed';
COMMENT ON COLUMN withdrawals.said_email IS 'where the receipt went';
COMMENT ON COLUMN withdrawals.said_fold IS 'the same folded, to compare it with the buyer''s';
COMMENT ON COLUMN withdrawals.reason IS 'why, if they said so; nobody has to';
COMMENT ON COLUMN withdrawals.status IS 'see transitions';
COMMENT ON COLUMN withdrawals.why IS 'law, promise: the money goes back by itself; guarantee, lapsed, over, asked, disputed, unmatched: a person decides';
COMMENT ON COLUMN withdrawals.amount_minor IS 'what was asked to go back when it was accepted';
COMMENT ON COLUMN withdrawals.currency IS 'of that amount';
COMMENT ON COLUMN withdrawals.refund_id IS 'the refund that it led to, or NULL';
COMMENT ON COLUMN withdrawals.received_at IS 'the time on the receipt';
COMMENT ON COLUMN withdrawals.answer_on IS 'where a person decides, the answer was promised by then';
COMMENT ON COLUMN withdrawals.pay_on IS 'the money has to go back by then: fourteen days after it was received';
COMMENT ON COLUMN withdrawals.decided_at IS 'accepted, granted or declined';
COMMENT ON COLUMN withdrawals.decided_by IS 'by whom; NULL: by itself';
COMMENT ON COLUMN withdrawals.answer IS 'why it was declined, as the customer reads it';
COMMENT ON COLUMN withdraw_links.token_hash IS 'of the secret in a mail about an order';
COMMENT ON COLUMN withdraw_links.customer_id IS 'to whom the mail went';
COMMENT ON COLUMN withdraw_links.order_id IS 'the contract that it withdraws from, and nothing else';
COMMENT ON COLUMN withdraw_links.created_at IS 'just before the mail was sent';
COMMENT ON COLUMN withdraw_links.expires_at IS 'after the last day of the period';
RESET ROLE;
