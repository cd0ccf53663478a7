-- What is paid over time, and what happens when a payment fails: saved methods, agreements,
-- attempts that are planned, cases, promises, and access by a timetable.
SET ROLE lk_owner;

-- How an offer is paid: NULL is in full.  {"kind": "instalments", "count": 3, "every": "month"},
-- amount_minor is the sum of all; {"kind": "subscription", "every": "month"}, amount_minor is one period.
ALTER TABLE offer_versions ADD CHECK (
        schedule IS NULL
        OR (schedule ->> 'every' IN ('month')
            AND CASE schedule ->> 'kind'
                        WHEN 'instalments' THEN jsonb_typeof(schedule -> 'count') = 'number' AND (schedule ->> 'count')::integer BETWEEN 2 AND 60
                                                AND amount_minor >= (schedule ->> 'count')::integer
                        WHEN 'subscription' THEN NOT schedule ? 'count'
                        ELSE false END));

-- Whose days the dues of an order are.
ALTER TABLE orders ADD COLUMN zone text NOT NULL DEFAULT 'UTC' CHECK (zone <> '');

-- Who somebody is at the gateway.  A checkout without a saved method makes a new one there, so a
-- person may have several.
CREATE TABLE gateway_customers (
        account_id bigint NOT NULL REFERENCES accounts (id),
        ref text NOT NULL CHECK (ref <> ''),
        customer_id bigint NOT NULL REFERENCES customers (id),
        created_at timestamptz NOT NULL,
        PRIMARY KEY (account_id, ref),
        UNIQUE (account_id, ref, customer_id)
);
CREATE INDEX gateway_customers_customer ON gateway_customers (customer_id);

CREATE TABLE payment_methods (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers (id),
        account_id bigint NOT NULL REFERENCES accounts (id),
        ref text NOT NULL CHECK (ref <> ''),
        gateway_customer text NOT NULL,
        kind text NOT NULL CHECK (kind <> ''),
        brand text NOT NULL DEFAULT '',
        last_four text NOT NULL DEFAULT '' CHECK (last_four ~ '^([0-9]{4})?$'),
        wallet text NOT NULL DEFAULT '',
        exp_month integer CHECK (exp_month BETWEEN 1 AND 12),
        exp_year integer CHECK (exp_year BETWEEN 2000 AND 2200),
        is_default boolean NOT NULL DEFAULT false,
        is_backup boolean NOT NULL DEFAULT false,
        added_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        renewed_at timestamptz,
        detached_at timestamptz,
        FOREIGN KEY (account_id, gateway_customer, customer_id) REFERENCES gateway_customers (account_id, ref, customer_id),
        UNIQUE (account_id, ref),
        UNIQUE (id, customer_id),
        CHECK ((exp_month IS NULL) = (exp_year IS NULL)),
        CHECK (NOT (is_default AND is_backup)),
        CHECK (detached_at IS NULL OR NOT (is_default OR is_backup))
);
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (customer_id) WHERE is_default;
CREATE UNIQUE INDEX payment_methods_backup ON payment_methods (customer_id) WHERE is_backup;
CREATE INDEX payment_methods_customer ON payment_methods (customer_id, added_at DESC, id DESC);
CREATE INDEX payment_methods_expiry ON payment_methods (exp_year, exp_month) WHERE detached_at IS NULL AND exp_year IS NOT NULL;

-- Visits to the gateway's page that saves a method.
CREATE TABLE method_setups (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers (id),
        account_id bigint NOT NULL REFERENCES accounts (id),
        key text NOT NULL UNIQUE,
        form_nonce text NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'over')),
        session_ref text,
        session_url text,
        method_id bigint,
        created_at timestamptz NOT NULL,
        done_at timestamptz,
        FOREIGN KEY (method_id, customer_id) REFERENCES payment_methods (id, customer_id),
        UNIQUE (customer_id, form_nonce),
        UNIQUE (account_id, session_ref),
        CHECK ((status = 'done') = (method_id IS NOT NULL))
);
CREATE INDEX method_setups_open ON method_setups (created_at) WHERE status = 'open';

-- An order that is paid over time.  Due n falls on anchor_on + n - 1 months, counted in one step.
CREATE TABLE agreements (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id bigint NOT NULL UNIQUE,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('instalments', 'subscription')),
        status text NOT NULL DEFAULT 'live' CHECK (status IN ('live', 'completed', 'cancelled')),
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        anchor_on date NOT NULL,
        zone text NOT NULL CHECK (zone <> ''),
        count integer CHECK (count BETWEEN 2 AND 60),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        method_id bigint,
        nothing_new_days integer CHECK (nothing_new_days BETWEEN 0 AND 365),
        read_only_days integer CHECK (read_only_days BETWEEN 0 AND 365),
        locked_days integer CHECK (locked_days BETWEEN 0 AND 365),
        made_at timestamptz NOT NULL,
        cancel_asked_at timestamptz,
        ended_at timestamptz,
        FOREIGN KEY (order_id, customer_id, currency) REFERENCES orders (id, customer_id, currency),
        FOREIGN KEY (method_id, customer_id) REFERENCES payment_methods (id, customer_id) ON DELETE RESTRICT,
        UNIQUE (id, order_id),
        UNIQUE (id, customer_id, currency),
        CHECK ((kind = 'instalments') = (count IS NOT NULL)),
        CHECK ((status = 'live') = (ended_at IS NULL)),
        CHECK (status = 'live' OR method_id IS NULL),
        CHECK (read_only_days >= nothing_new_days AND locked_days >= read_only_days)
);
CREATE INDEX agreements_customer ON agreements (customer_id, id);
CREATE INDEX agreements_live ON agreements (kind, id) WHERE status = 'live';
CREATE INDEX agreements_method ON agreements (method_id) WHERE method_id IS NOT NULL;

-- What was agreed, as often as it was; the dues name the version that made them.
CREATE TABLE agreement_versions (
        agreement_id bigint NOT NULL,
        version integer NOT NULL CHECK (version > 0),
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        why text NOT NULL CHECK (why <> ''),
        terms jsonb NOT NULL,
        terms_id bigint REFERENCES terms_versions (id),
        made_at timestamptz NOT NULL,
        made_by bigint REFERENCES staff (id),
        PRIMARY KEY (agreement_id, version),
        FOREIGN KEY (agreement_id, customer_id, currency) REFERENCES agreements (id, customer_id, currency)
);

ALTER TABLE dues
        ADD FOREIGN KEY (agreement_id, order_id) REFERENCES agreements (id, order_id),
        ADD FOREIGN KEY (agreement_id, agreement_version) REFERENCES agreement_versions (agreement_id, version),
        ADD CHECK ((agreement_id IS NULL) = (agreement_version IS NULL)),
        ADD COLUMN paid_at timestamptz;
CREATE INDEX dues_agreement ON dues (agreement_id, seq) WHERE agreement_id IS NOT NULL;

-- Which method, by whom, why it failed, what the planner thought.
ALTER TABLE attempts
        ADD COLUMN payment_method_id bigint,
        ADD COLUMN on_session boolean NOT NULL DEFAULT false,
        ADD COLUMN class text,
        ADD COLUMN error_code text,
        ADD COLUMN advice_code text,
        ADD COLUMN settled_at timestamptz,
        ADD FOREIGN KEY (payment_method_id, customer_id) REFERENCES payment_methods (id, customer_id);
CREATE INDEX attempts_method ON attempts (payment_method_id) WHERE payment_method_id IS NOT NULL;
CREATE INDEX attempts_customer ON attempts (customer_id, created_at DESC, id DESC);

-- Why a case was there, said when it closes.
CREATE TABLE case_causes (
        cause text PRIMARY KEY CHECK (cause ~ '^[a-z][a-z_]*$'),
        title text NOT NULL CHECK (title <> ''),
        position integer NOT NULL
);
INSERT INTO case_causes VALUES
        ('card_expired', 'The card had expired', 1), ('card_replaced', 'The card was lost or replaced', 2),
        ('no_funds', 'There was not enough money', 3), ('limit', 'A limit of the card', 4),
        ('bank_refused', 'The bank refused without a reason', 5), ('authentication', 'The bank wanted to be asked', 6),
        ('details_wrong', 'The details were mistyped', 7), ('debit_returned', 'The debit came back', 8),
        ('method_missing', 'No method was saved', 9), ('gateway', 'A fault of the gateway', 10),
        ('price', 'Too much at once', 11), ('unhappy', 'Not happy with what was bought', 12),
        ('forgotten', 'It was forgotten', 13), ('ours', 'A fault of ours', 14), ('other', 'Something else', 15);

-- A failure opens one case for each amount owed; a second failure joins it.
CREATE TABLE cases (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number text NOT NULL DEFAULT order_number() UNIQUE,
        due_id bigint NOT NULL,
        order_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'waiting', 'resolved', 'closed')),
        class text NOT NULL CHECK (class <> ''),
        reason_code text NOT NULL DEFAULT '',
        attempt_id bigint REFERENCES attempts (id),
        failures integer NOT NULL DEFAULT 1 CHECK (failures > 0),
        opened_at timestamptz NOT NULL,
        failed_at timestamptz NOT NULL,
        resolved_at timestamptz,
        resolved_by text NOT NULL DEFAULT '',
        closed_at timestamptz,
        closed_by bigint REFERENCES staff (id),
        cause text REFERENCES case_causes (cause),
        note text NOT NULL DEFAULT '',
        owner_id bigint REFERENCES staff (id),
        next_step text NOT NULL DEFAULT '',
        next_why text NOT NULL DEFAULT '',
        next_at timestamptz,
        FOREIGN KEY (due_id, customer_id, currency) REFERENCES dues (id, customer_id, currency),
        FOREIGN KEY (due_id, order_id) REFERENCES dues (id, order_id),
        UNIQUE (id, due_id),
        UNIQUE (id, customer_id),
        CHECK (status NOT IN ('resolved', 'closed') OR resolved_at IS NOT NULL),
        CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
        CHECK (status <> 'closed' OR cause IS NOT NULL)
);
CREATE UNIQUE INDEX cases_open ON cases (due_id) WHERE status IN ('open', 'waiting');
CREATE INDEX cases_due ON cases (due_id, id);
CREATE INDEX cases_customer ON cases (customer_id, opened_at DESC, id DESC);
CREATE INDEX cases_status ON cases (status, opened_at DESC, id DESC);
CREATE INDEX cases_next ON cases (next_at) WHERE status IN ('open', 'waiting') AND next_at IS NOT NULL;
CREATE INDEX cases_owner ON cases (owner_id, status) WHERE owner_id IS NOT NULL;

-- "I will pay on the 14th": mutes what asks for the money until the day after.
CREATE TABLE promises (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        due_id bigint NOT NULL,
        case_id bigint,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        promised_on date NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'kept', 'broken', 'withdrawn')),
        made_by bigint REFERENCES staff (id),
        made_at timestamptz NOT NULL,
        settled_at timestamptz,
        FOREIGN KEY (due_id, customer_id, currency) REFERENCES dues (id, customer_id, currency),
        FOREIGN KEY (case_id, due_id) REFERENCES cases (id, due_id),
        CHECK ((status = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX promises_open ON promises (due_id) WHERE status = 'open';
CREATE INDEX promises_due ON promises (due_id, id);
CREATE INDEX promises_day ON promises (promised_on) WHERE status = 'open';
CREATE INDEX promises_customer ON promises (customer_id, made_at DESC, id DESC);

-- What came of attempts by saved method in this shop, for the planner to learn from.
CREATE TABLE retry_results (
        class text NOT NULL CHECK (class <> ''),
        weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
        hour integer NOT NULL CHECK (hour BETWEEN 0 AND 23),
        tried integer NOT NULL DEFAULT 0 CHECK (tried >= 0),
        succeeded integer NOT NULL DEFAULT 0 CHECK (succeeded BETWEEN 0 AND tried),
        PRIMARY KEY (class, weekday, hour)
);

-- The gateway's words for a refusal, and what we make of them.
CREATE TABLE decline_codes (
        code text PRIMARY KEY CHECK (code <> ''),
        class text NOT NULL CHECK (class <> ''),
        hidden boolean NOT NULL DEFAULT false,
        known boolean NOT NULL DEFAULT true,
        first_at timestamptz
);

-- Texts of mails and pages that staff edit, in versions.
CREATE TABLE message_texts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]*$'),
        version integer NOT NULL CHECK (version > 0),
        subject text NOT NULL CHECK (subject <> ''),
        body_md text NOT NULL CHECK (body_md <> ''),
        published_at timestamptz,
        published_by bigint REFERENCES staff (id),
        UNIQUE (kind, version)
);

-- What a product does while an amount is overdue; an agreement keeps the days it was made with.
CREATE TABLE access_timetables (
        product_id bigint PRIMARY KEY REFERENCES products (id),
        nothing_new_days integer CHECK (nothing_new_days BETWEEN 0 AND 365),
        read_only_days integer CHECK (read_only_days BETWEEN 0 AND 365),
        locked_days integer CHECK (locked_days BETWEEN 0 AND 365),
        changed_at timestamptz NOT NULL,
        changed_by bigint REFERENCES staff (id),
        CHECK (read_only_days >= nothing_new_days AND locked_days >= read_only_days)
);

-- A subscription that was cancelled ends with the period that is paid.
ALTER TABLE access DROP CONSTRAINT access_end_reason_check,
        ADD CONSTRAINT access_end_reason_check CHECK (end_reason IN ('refund', 'dispute', 'staff', 'unmatched', 'cancelled'));

INSERT INTO transitions VALUES
        ('access', 'read_only', 'nothing_new'), ('access', 'locked', 'nothing_new'), ('access', 'locked', 'read_only'),
        ('attempt', 'created', 'failed'),
        ('agreement', 'live', 'completed'), ('agreement', 'live', 'cancelled'), ('agreement', 'completed', 'live'), ('agreement', 'cancelled', 'live'),
        ('setup', 'open', 'done'), ('setup', 'open', 'over'), ('setup', 'over', 'done'),
        ('case', 'open', 'waiting'), ('case', 'waiting', 'open'), ('case', 'open', 'resolved'), ('case', 'waiting', 'resolved'),
        ('case', 'resolved', 'closed'), ('case', 'resolved', 'open'), ('case', 'open', 'closed'), ('case', 'waiting', 'closed'),
        ('promise', 'open', 'kept'), ('promise', 'open', 'broken'), ('promise', 'open', 'withdrawn');
INSERT INTO schedules (name, lane, every, next_at) VALUES
        ('dues_scan', 3, '1 hour', '2020-01-01'),          -- periods to come, dues whose day it is, access by its timetable
        ('cards_expiring', 4, '1 day', '2020-01-01');      -- cards that run out before the next charge
INSERT INTO message_topics VALUES ('card_expiring', 'bills'), ('method_added', 'bills'), ('payment_failed', 'bills');
INSERT INTO staff_rights VALUES ('owner', 'cases'), ('finance', 'cases'), ('support', 'cases');
RESET ROLE;

-- They tell more columns from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS order_begin(text, text, text, text, text, text, text, boolean, boolean, text, bytea, text, text);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN offer_versions.amount_minor IS 'tax included, minor units: all of it, or one period of a subscription';
COMMENT ON COLUMN orders.zone IS 'the days of its dues are of this zone, IANA: the customer''s, else the shop''s';
COMMENT ON COLUMN order_lines.paid IS 'the money that opens it has come: all of it, or the first due of an agreement';
COMMENT ON COLUMN gateway_customers.account_id IS 'at which gateway';
COMMENT ON COLUMN gateway_customers.ref IS 'the gateway''s name of the customer';
COMMENT ON COLUMN gateway_customers.customer_id IS 'who that is';
COMMENT ON COLUMN gateway_customers.created_at IS 'when we learnt of it';
COMMENT ON COLUMN payment_methods.id IS 'a way to pay that the gateway keeps';
COMMENT ON COLUMN payment_methods.customer_id IS 'whose';
COMMENT ON COLUMN payment_methods.account_id IS 'at which gateway';
COMMENT ON COLUMN payment_methods.ref IS 'the gateway''s name of it';
COMMENT ON COLUMN payment_methods.gateway_customer IS 'the customer there that it is attached to';
COMMENT ON COLUMN payment_methods.kind IS 'card, sepa_debit, ...';
COMMENT ON COLUMN payment_methods.brand IS 'visa, or a bank''s name';
COMMENT ON COLUMN payment_methods.last_four IS 'of the card or account';
COMMENT ON COLUMN payment_methods.wallet IS 'apple_pay, google_pay, link; '''' for none';
COMMENT ON COLUMN payment_methods.exp_month IS 'a card''s last month';
COMMENT ON COLUMN payment_methods.exp_year IS 'and its year';
COMMENT ON COLUMN payment_methods.is_default IS 'charged first';
COMMENT ON COLUMN payment_methods.is_backup IS 'charged when the default is gone';
COMMENT ON COLUMN payment_methods.added_at IS 'saved';
COMMENT ON COLUMN payment_methods.updated_at IS 'when its columns changed last';
COMMENT ON COLUMN payment_methods.renewed_at IS 'the gateway put a new card in its place by itself';
COMMENT ON COLUMN payment_methods.detached_at IS 'removed, here or there; the row stays for what it paid';
COMMENT ON COLUMN method_setups.id IS 'a visit to the gateway''s page that saves a method';
COMMENT ON COLUMN method_setups.customer_id IS 'whose';
COMMENT ON COLUMN method_setups.account_id IS 'at which gateway';
COMMENT ON COLUMN method_setups.key IS 'idempotency key, kept in the gateway''s metadata as well';
COMMENT ON COLUMN method_setups.form_nonce IS 'of the form: sent twice is one visit';
COMMENT ON COLUMN method_setups.status IS 'see transitions';
COMMENT ON COLUMN method_setups.session_ref IS 'checkout session in setup mode';
COMMENT ON COLUMN method_setups.session_url IS 'where its page is';
COMMENT ON COLUMN method_setups.method_id IS 'what was saved';
COMMENT ON COLUMN method_setups.created_at IS 'committed before anything is sent';
COMMENT ON COLUMN method_setups.done_at IS 'saved at, or known to be over';
COMMENT ON COLUMN agreements.id IS 'an order that is paid over time';
COMMENT ON COLUMN agreements.order_id IS 'which order';
COMMENT ON COLUMN agreements.customer_id IS 'who pays';
COMMENT ON COLUMN agreements.currency IS 'in which currency';
COMMENT ON COLUMN agreements.kind IS 'so many instalments, or a period until it is cancelled';
COMMENT ON COLUMN agreements.status IS 'see transitions';
COMMENT ON COLUMN agreements.version IS 'in force';
COMMENT ON COLUMN agreements.anchor_on IS 'day of the first due; the others are counted from it in one step';
COMMENT ON COLUMN agreements.zone IS 'whose days these are, IANA';
COMMENT ON COLUMN agreements.count IS 'instalments: how many';
COMMENT ON COLUMN agreements.amount_minor IS 'instalments: their sum; subscription: one period';
COMMENT ON COLUMN agreements.method_id IS 'charged first; NULL: the customer''s default';
COMMENT ON COLUMN agreements.nothing_new_days IS 'so many days overdue: nothing new opens; NULL never';
COMMENT ON COLUMN agreements.read_only_days IS 'so many days overdue: what was opened can be read; NULL never';
COMMENT ON COLUMN agreements.locked_days IS 'so many days overdue: only what was paid for; NULL never';
COMMENT ON COLUMN agreements.made_at IS 'in force since';
COMMENT ON COLUMN agreements.cancel_asked_at IS 'subscription: no period follows the one that is paid';
COMMENT ON COLUMN agreements.ended_at IS 'completed or cancelled';
COMMENT ON COLUMN agreement_versions.agreement_id IS 'of which agreement';
COMMENT ON COLUMN agreement_versions.version IS 'counts up';
COMMENT ON COLUMN agreement_versions.customer_id IS 'who agreed';
COMMENT ON COLUMN agreement_versions.currency IS 'in which currency';
COMMENT ON COLUMN agreement_versions.why IS 'bought, or what changed';
COMMENT ON COLUMN agreement_versions.terms IS 'the schedule as it was agreed: kind, count, every, amounts and days';
COMMENT ON COLUMN agreement_versions.terms_id IS 'the terms of sale agreed to';
COMMENT ON COLUMN agreement_versions.made_at IS 'when';
COMMENT ON COLUMN agreement_versions.made_by IS 'which of the staff; NULL: the customer';
COMMENT ON COLUMN dues.paid_at IS 'when nothing of it was owed any more';
COMMENT ON COLUMN attempts.payment_method_id IS 'saved method: which one';
COMMENT ON COLUMN attempts.on_session IS 'the customer is there and can answer their bank';
COMMENT ON COLUMN attempts.class IS 'the class of decline that a retry answers';
COMMENT ON COLUMN attempts.error_code IS 'the gateway''s kind of error: card_declined, expired_card';
COMMENT ON COLUMN attempts.advice_code IS 'what the network advises: do_not_try_again, try_again_later, confirm_card_data';
COMMENT ON COLUMN attempts.settled_at IS 'when it failed, succeeded or was called off';
COMMENT ON COLUMN case_causes.cause IS 'short name';
COMMENT ON COLUMN case_causes.title IS 'in words, for staff';
COMMENT ON COLUMN case_causes.position IS 'order in lists';
COMMENT ON COLUMN cases.id IS 'a failed payment and what is done about it';
COMMENT ON COLUMN cases.number IS 'what people are told';
COMMENT ON COLUMN cases.due_id IS 'the amount that is owed';
COMMENT ON COLUMN cases.order_id IS 'of which order';
COMMENT ON COLUMN cases.customer_id IS 'by whom';
COMMENT ON COLUMN cases.currency IS 'in which currency';
COMMENT ON COLUMN cases.status IS 'see transitions';
COMMENT ON COLUMN cases.class IS 'of the last refusal, see decline_codes';
COMMENT ON COLUMN cases.reason_code IS 'the gateway''s word of the last refusal; never shown where it is hidden';
COMMENT ON COLUMN cases.attempt_id IS 'the attempt that failed last';
COMMENT ON COLUMN cases.failures IS 'how often it failed';
COMMENT ON COLUMN cases.opened_at IS 'the first failure';
COMMENT ON COLUMN cases.failed_at IS 'the last failure';
COMMENT ON COLUMN cases.resolved_at IS 'nothing is owed any more';
COMMENT ON COLUMN cases.resolved_by IS 'what resolved it: retry, customer, transfer, staff, plan';
COMMENT ON COLUMN cases.closed_at IS 'put away, with its cause';
COMMENT ON COLUMN cases.closed_by IS 'by whom; NULL: by itself';
COMMENT ON COLUMN cases.cause IS 'why it was there';
COMMENT ON COLUMN cases.note IS 'what staff or the customer said about the cause';
COMMENT ON COLUMN cases.owner_id IS 'who of the staff looks after it';
COMMENT ON COLUMN cases.next_step IS 'retry, remind, call, wait, ask, none';
COMMENT ON COLUMN cases.next_why IS 'why then, one sentence for staff';
COMMENT ON COLUMN cases.next_at IS 'when the next step is taken';
COMMENT ON COLUMN promises.id IS 'a day that the customer named';
COMMENT ON COLUMN promises.due_id IS 'for which amount';
COMMENT ON COLUMN promises.case_id IS 'in which case';
COMMENT ON COLUMN promises.customer_id IS 'whose';
COMMENT ON COLUMN promises.currency IS 'of the amount';
COMMENT ON COLUMN promises.promised_on IS 'the day, in the customer''s zone';
COMMENT ON COLUMN promises.status IS 'see transitions';
COMMENT ON COLUMN promises.made_by IS 'staff who noted it; NULL: the customer';
COMMENT ON COLUMN promises.made_at IS 'when';
COMMENT ON COLUMN promises.settled_at IS 'when it was kept, broken or withdrawn';
COMMENT ON COLUMN retry_results.class IS 'of the decline that the retry answered';
COMMENT ON COLUMN retry_results.weekday IS '1 Monday, the customer''s';
COMMENT ON COLUMN retry_results.hour IS 'the customer''s';
COMMENT ON COLUMN retry_results.tried IS 'attempts that came to an end';
COMMENT ON COLUMN retry_results.succeeded IS 'of them paid';
COMMENT ON COLUMN decline_codes.code IS 'the gateway''s decline_code, or its code where there is none';
COMMENT ON COLUMN decline_codes.class IS 'what it means for the next step';
COMMENT ON COLUMN decline_codes.hidden IS 'never told to a customer: it would alarm, or help a thief';
COMMENT ON COLUMN decline_codes.known IS 'false: seen, and nobody has classed it yet';
COMMENT ON COLUMN decline_codes.first_at IS 'an unknown one: first seen';
COMMENT ON COLUMN message_texts.id IS 'one version of a text';
COMMENT ON COLUMN message_texts.kind IS 'messages.kind';
COMMENT ON COLUMN message_texts.version IS 'counts up';
COMMENT ON COLUMN message_texts.subject IS 'of the mail, with fields in braces';
COMMENT ON COLUMN message_texts.body_md IS 'Markdown, with fields in braces';
COMMENT ON COLUMN message_texts.published_at IS 'frozen from then on; NULL is a draft';
COMMENT ON COLUMN message_texts.published_by IS 'by whom; NULL: came with the product';
COMMENT ON COLUMN access_timetables.product_id IS 'of which product';
COMMENT ON COLUMN access_timetables.nothing_new_days IS 'so many days overdue: nothing new opens; NULL never';
COMMENT ON COLUMN access_timetables.read_only_days IS 'so many days overdue: what was opened can be read; NULL never';
COMMENT ON COLUMN access_timetables.locked_days IS 'so many days overdue: only what was paid for; NULL never';
COMMENT ON COLUMN access_timetables.changed_at IS 'when it was set';
COMMENT ON COLUMN access_timetables.changed_by IS 'by whom; NULL: the operator';
RESET ROLE;
