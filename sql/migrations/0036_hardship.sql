-- The hardship desk: what a plan may become, as rules by product and region in versions, with the
-- limits of the law beside them; and what customers asked for and what was decided.
SET ROLE lk_owner;

INSERT INTO staff_rights VALUES ('owner', 'plans'), ('finance', 'plans'), ('support', 'plans'), ('owner', 'rules');
INSERT INTO message_topics VALUES ('plan_changed', 'bills'), ('plan_asked', 'bills'), ('plan_offered', 'bills'), ('plan_declined', 'bills');

-- Where the law draws a line: a rule whose FIELD is above MOST is across it.
CREATE TABLE legal_limits (
        code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z_]*$'),
        region text NOT NULL CHECK (region IN ('EU', 'UK', 'US')),
        field text NOT NULL CHECK (field IN ('later_days', 'count_most', 'longest_months', 'fee')),
        most integer NOT NULL,
        sentence text NOT NULL CHECK (sentence <> '')
);
INSERT INTO legal_limits VALUES
        ('eu_days', 'EU', 'later_days', 50, 'In the EU a seller''s own deferral stays outside the law on consumer credit only while it is no longer than 50 days.'),
        ('eu_free', 'EU', 'fee', 0, 'In the EU a seller''s own deferral stays outside the law on consumer credit only while it is free of charge.'),
        ('uk_count', 'UK', 'count_most', 12, 'In the UK a merchant''s own credit is exempt only with 12 instalments at most.'),
        ('uk_months', 'UK', 'longest_months', 12, 'In the UK a merchant''s own credit is exempt only while it is repaid within 12 months.'),
        ('uk_free', 'UK', 'fee', 0, 'In the UK a merchant''s own credit is exempt only without interest and charges.'),
        ('us_count', 'US', 'count_most', 4, 'In the US more than four instalments make the seller a creditor under the Truth in Lending Act.'),
        ('us_free', 'US', 'fee', 0, 'In the US a finance charge makes the seller a creditor under the Truth in Lending Act.');

-- One rule is in force for each product (NULL: any) and region ('': any other); an edited one is a
-- new version, and the one before is superseded, never changed and never deleted.
CREATE TABLE rule_versions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        product_id bigint REFERENCES products (id),
        region text NOT NULL CHECK (region IN ('', 'EU', 'UK', 'US')),
        version integer NOT NULL CHECK (version > 0),
        deposit_percent integer NOT NULL CHECK (deposit_percent BETWEEN 0 AND 90),
        smallest jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(smallest) = 'object'),
        count_most integer NOT NULL CHECK (count_most BETWEEN 1 AND 60),
        longest_months integer NOT NULL CHECK (longest_months BETWEEN 1 AND 120),
        later_days integer NOT NULL CHECK (later_days BETWEEN 0 AND 730),
        changes_most integer NOT NULL CHECK (changes_most BETWEEN 0 AND 20),
        changes_days integer NOT NULL CHECK (changes_days BETWEEN 0 AND 365),
        grace_days integer NOT NULL CHECK (grace_days BETWEEN 0 AND 90),
        fee jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fee) = 'object'),
        early_percent integer NOT NULL CHECK (early_percent BETWEEN 0 AND 50),
        approver text NOT NULL CHECK (approver IN ('support', 'finance', 'owner')),
        breaks text[] NOT NULL DEFAULT '{}',
        signed_name text NOT NULL DEFAULT '' CHECK (length(signed_name) <= 200),
        signed_reason text NOT NULL DEFAULT '' CHECK (length(signed_reason) <= 2000),
        published_at timestamptz NOT NULL,
        published_by bigint REFERENCES staff (id),
        superseded_at timestamptz,
        CHECK (breaks = '{}' OR (signed_name <> '' AND signed_reason <> '' AND published_by IS NOT NULL)),
        UNIQUE NULLS NOT DISTINCT (product_id, region, version)
);
CREATE UNIQUE INDEX rule_versions_live ON rule_versions (product_id, region) NULLS NOT DISTINCT WHERE superseded_at IS NULL;

INSERT INTO rule_versions (product_id, region, version, deposit_percent, smallest, count_most, longest_months, later_days, changes_most, changes_days, grace_days,
                           early_percent, approver, published_at)
SELECT NULL, r.region, 1, 10, '{"EUR": 1000, "GBP": 1000, "USD": 1000}', r.count_most, r.longest_months, r.later_days, 3, 14, 30, 0, 'support', now()
FROM (VALUES ('', 24, 24, 92), ('EU', 24, 24, 50), ('UK', 12, 12, 92), ('US', 4, 12, 92)) r(region, count_most, longest_months, later_days);

ALTER TABLE agreement_versions ADD COLUMN rule_id bigint REFERENCES rule_versions (id) ON DELETE RESTRICT;

-- What a customer asked for, what the rules or a person made of it.
CREATE TABLE amendments (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number text NOT NULL DEFAULT order_number() UNIQUE,
        agreement_id bigint NOT NULL,
        order_id bigint NOT NULL,
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        status text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'with_staff', 'countered', 'agreed', 'refused', 'withdrawn')),
        need text NOT NULL CHECK (need IN ('move', 'day', 'smaller', 'skip', 'pause', 'early', 'other')),
        words text NOT NULL DEFAULT '' CHECK (length(words) <= 5000),
        why text NOT NULL DEFAULT '' CHECK (why IN ('', 'changes', 'spacing', 'overdue', 'deposit', 'small', 'count', 'long', 'late', 'words')),
        rule_id bigint NOT NULL REFERENCES rule_versions (id) ON DELETE RESTRICT,
        from_version integer NOT NULL,
        was jsonb NOT NULL CHECK (jsonb_typeof(was) = 'array'),
        wanted jsonb CHECK (jsonb_typeof(wanted) = 'array'),
        offered jsonb CHECK (jsonb_typeof(offered) = 'array'),
        fee_minor bigint NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
        discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
        shown text NOT NULL DEFAULT '',
        made_at timestamptz NOT NULL,
        answer_by timestamptz,
        decided_at timestamptz,
        decided_by bigint REFERENCES staff (id),
        reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
        version integer,
        undone_version integer,
        form_nonce text NOT NULL,
        FOREIGN KEY (agreement_id, order_id) REFERENCES agreements (id, order_id),
        FOREIGN KEY (agreement_id, customer_id, currency) REFERENCES agreements (id, customer_id, currency),
        FOREIGN KEY (agreement_id, from_version) REFERENCES agreement_versions (agreement_id, version),
        FOREIGN KEY (agreement_id, version) REFERENCES agreement_versions (agreement_id, version),
        FOREIGN KEY (agreement_id, undone_version) REFERENCES agreement_versions (agreement_id, version),
        UNIQUE (customer_id, form_nonce),
        CHECK ((need = 'other') = (wanted IS NULL)),
        CHECK (need <> 'other' OR words <> ''),
        CHECK (status <> 'countered' OR offered IS NOT NULL),
        CHECK (status NOT IN ('with_staff', 'countered') OR answer_by IS NOT NULL),
        CHECK ((status = 'agreed') = (version IS NOT NULL)),
        CHECK (status <> 'refused' OR (reason <> '' AND decided_by IS NOT NULL))
);
CREATE UNIQUE INDEX amendments_open ON amendments (agreement_id) WHERE status IN ('asked', 'with_staff', 'countered');
CREATE INDEX amendments_customer ON amendments (customer_id, made_at DESC, id DESC);
CREATE INDEX amendments_agreement ON amendments (agreement_id, id);
CREATE INDEX amendments_status ON amendments (status, made_at DESC, id DESC);
CREATE INDEX amendments_rule ON amendments (rule_id);

INSERT INTO transitions VALUES
        ('amendment', 'asked', 'agreed'), ('amendment', 'asked', 'with_staff'), ('amendment', 'asked', 'withdrawn'),
        ('amendment', 'with_staff', 'countered'), ('amendment', 'with_staff', 'agreed'), ('amendment', 'with_staff', 'refused'),
        ('amendment', 'with_staff', 'withdrawn'), ('amendment', 'countered', 'agreed'), ('amendment', 'countered', 'withdrawn');

COMMENT ON TABLE legal_limits IS 'where the law of a region draws a line for rules; staff are warned, and an owner signs for what is across it';
COMMENT ON COLUMN legal_limits.code IS 'its name in rule_versions.breaks';
COMMENT ON COLUMN legal_limits.region IS 'whose law';
COMMENT ON COLUMN legal_limits.field IS 'which part of a rule; fee: in any currency';
COMMENT ON COLUMN legal_limits.most IS 'the most that stays within the line';
COMMENT ON COLUMN legal_limits.sentence IS 'why, for staff; counsel confirms';
COMMENT ON TABLE rule_versions IS 'what a plan may become without a person, by product and region, in versions';
COMMENT ON COLUMN rule_versions.id IS 'agreements and amendments name it';
COMMENT ON COLUMN rule_versions.product_id IS 'for this product; NULL: for any without its own';
COMMENT ON COLUMN rule_versions.region IS 'for buyers of the EU, the UK, the US; '''': for all others';
COMMENT ON COLUMN rule_versions.version IS 'counted for product and region';
COMMENT ON COLUMN rule_versions.deposit_percent IS 'of the price: paid before anything is changed by rule';
COMMENT ON COLUMN rule_versions.smallest IS 'smallest new payment by currency, minor units; a currency that is not there has none';
COMMENT ON COLUMN rule_versions.count_most IS 'payments in all';
COMMENT ON COLUMN rule_versions.longest_months IS 'from the beginning to the last payment';
COMMENT ON COLUMN rule_versions.later_days IS 'no amount comes later than so many days after it was agreed first';
COMMENT ON COLUMN rule_versions.changes_most IS 'changes of one agreement by rule';
COMMENT ON COLUMN rule_versions.changes_days IS 'days between two of them';
COMMENT ON COLUMN rule_versions.grace_days IS 'a payment that is overdue for longer goes to a person';
COMMENT ON COLUMN rule_versions.fee IS 'for each change, by currency, minor units; {} is free';
COMMENT ON COLUMN rule_versions.early_percent IS 'off what is paid before its day';
COMMENT ON COLUMN rule_versions.approver IS 'the least role that decides what is outside the rule';
COMMENT ON COLUMN rule_versions.breaks IS 'the legal limits that it is across; an owner signed for them';
COMMENT ON COLUMN rule_versions.signed_name IS 'who signed, as they wrote it';
COMMENT ON COLUMN rule_versions.signed_reason IS 'why it is published all the same';
COMMENT ON COLUMN rule_versions.published_at IS 'in force from then on';
COMMENT ON COLUMN rule_versions.published_by IS 'by whom; NULL: it came with the product';
COMMENT ON COLUMN rule_versions.superseded_at IS 'in force until then; NULL: in force';
COMMENT ON COLUMN agreement_versions.rule_id IS 'the rule in force when it was made; NULL: made before there were rules';
COMMENT ON TABLE amendments IS 'what customers asked for their plans to become, and what came of it';
COMMENT ON COLUMN amendments.id IS 'in the order of asking';
COMMENT ON COLUMN amendments.number IS 'what pages and mails call it';
COMMENT ON COLUMN amendments.agreement_id IS 'of which agreement';
COMMENT ON COLUMN amendments.order_id IS 'its order';
COMMENT ON COLUMN amendments.customer_id IS 'who asked';
COMMENT ON COLUMN amendments.currency IS 'of all its amounts';
COMMENT ON COLUMN amendments.status IS 'asked, with_staff, countered (staff offer something else), agreed, refused, withdrawn';
COMMENT ON COLUMN amendments.need IS 'what they need; other: in their own words alone';
COMMENT ON COLUMN amendments.words IS 'the customer''s own words';
COMMENT ON COLUMN amendments.why IS 'what of the rule sent it to a person; '''': it is within the rule';
COMMENT ON COLUMN amendments.rule_id IS 'the rule that was in force';
COMMENT ON COLUMN amendments.from_version IS 'the agreement''s version that it is to follow';
COMMENT ON COLUMN amendments.was IS 'what was open then: [{"on": day, "minor": amount}, ...]';
COMMENT ON COLUMN amendments.wanted IS 'what they asked for, the same way; NULL: words alone';
COMMENT ON COLUMN amendments.offered IS 'what staff offer instead';
COMMENT ON COLUMN amendments.fee_minor IS 'part of what was asked for';
COMMENT ON COLUMN amendments.discount_minor IS 'for paying early';
COMMENT ON COLUMN amendments.shown IS 'the text that they confirmed';
COMMENT ON COLUMN amendments.made_at IS 'when they asked';
COMMENT ON COLUMN amendments.answer_by IS 'when we promised an answer';
COMMENT ON COLUMN amendments.decided_at IS 'when it was settled';
COMMENT ON COLUMN amendments.decided_by IS 'by whom of the staff; NULL: by rule, or by the customer';
COMMENT ON COLUMN amendments.reason IS 'what staff say to it; the customer reads it';
COMMENT ON COLUMN amendments.version IS 'the agreement''s version that came of it';
COMMENT ON COLUMN amendments.undone_version IS 'paying early did not go through: the version that put the schedule back';
COMMENT ON COLUMN amendments.form_nonce IS 'of the form: sent twice is one request';
RESET ROLE;
