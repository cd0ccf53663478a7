-- Schedules of every kind, and agreements as documents: each version with its schedule, what was
-- consented to, and its paper.
SET ROLE lk_owner;

-- How an offer is paid; schedule_fault() in sql/functions says what is wrong with one.  NULL is in full.
--   {"kind": "instalments", "count": 3, "every": "month"}        week, fortnight or month; the first one at the checkout
--   {"kind": "instalments", "days": ["2026-12-01", "2027-02-01"]}  the first one at the checkout, the others on these days
--   ... "deposit_minor": 5000 or "deposit_bp": 2500              at the checkout; count is what follows it
--   {"kind": "subscription", "every": "month"}                   week, month, quarter or year
-- amount_minor is the sum of all, or one period.
ALTER TABLE offer_versions DROP CONSTRAINT offer_versions_check;
ALTER TABLE offer_versions ADD CONSTRAINT offer_versions_schedule CHECK (schedule IS NULL OR schedule ->> 'kind' IN ('instalments', 'subscription'));

-- 'agreed': when the order is made; it begins, 'live', with the first payment.
ALTER TABLE agreements DROP CONSTRAINT agreements_status_check, DROP CONSTRAINT agreements_count_check, DROP CONSTRAINT agreements_check1,
        ADD COLUMN every text DEFAULT 'month' CHECK (every IN ('week', 'fortnight', 'month', 'quarter', 'year')),
        ADD CONSTRAINT agreements_status_check CHECK (status IN ('agreed', 'live', 'completed', 'cancelled')),
        ADD CONSTRAINT agreements_count_check CHECK (count BETWEEN 1 AND 240),
        ADD CONSTRAINT agreements_ended_check CHECK ((status IN ('agreed', 'live')) = (ended_at IS NULL)),
        ADD CONSTRAINT agreements_every_check1 CHECK (kind = 'instalments' OR every IS NOT NULL);
ALTER TABLE agreements ALTER COLUMN every DROP DEFAULT;

ALTER TABLE agreement_versions
        ADD COLUMN total_minor bigint NOT NULL DEFAULT 0 CHECK (total_minor >= 0),
        ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
        ADD COLUMN shown text NOT NULL DEFAULT '',
        ADD COLUMN evidence_id bigint REFERENCES evidence (id),
        ADD COLUMN sha256 bytea CHECK (length(sha256) = 32);
ALTER TABLE agreement_versions ALTER COLUMN total_minor DROP DEFAULT;

-- The schedule of a version, whole; they come before the version, which is sealed with them.  What
-- was paid or begun before stays as it is (kept).
CREATE TABLE agreement_rows (
        agreement_id bigint NOT NULL,
        version integer NOT NULL,
        seq integer NOT NULL CHECK (seq > 0),
        customer_id bigint NOT NULL,
        currency text NOT NULL,
        part text NOT NULL CHECK (part IN ('deposit', 'instalment', 'period')),
        due_on date NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        kept boolean NOT NULL DEFAULT false,
        PRIMARY KEY (agreement_id, version, seq),
        FOREIGN KEY (agreement_id, version) REFERENCES agreement_versions (agreement_id, version) DEFERRABLE INITIALLY DEFERRED,
        FOREIGN KEY (agreement_id, customer_id, currency) REFERENCES agreements (id, customer_id, currency)
);
CREATE INDEX agreement_rows_customer ON agreement_rows (customer_id);

CREATE TABLE agreement_papers (
        agreement_id bigint NOT NULL,
        version integer NOT NULL,
        customer_id bigint NOT NULL REFERENCES customers (id),
        pdf bytea NOT NULL,
        made_at timestamptz NOT NULL,
        PRIMARY KEY (agreement_id, version),
        FOREIGN KEY (agreement_id, version) REFERENCES agreement_versions (agreement_id, version)
);
CREATE INDEX agreement_papers_customer ON agreement_papers (customer_id);
INSERT INTO transitions VALUES ('agreement', 'agreed', 'live'), ('agreement', 'agreed', 'cancelled');
RESET ROLE;

-- Agreements of before: their one version has the amounts that it made.
ALTER TABLE latchkey.agreement_versions DISABLE TRIGGER USER;
INSERT INTO latchkey.agreement_rows (agreement_id, version, seq, customer_id, currency, part, due_on, amount_minor)
SELECT d.agreement_id, d.agreement_version, d.seq, d.customer_id, d.currency, d.kind, d.due_on, d.amount_minor
FROM latchkey.dues d WHERE d.agreement_id IS NOT NULL AND (d.kind = 'instalment' OR d.seq = 1);
UPDATE latchkey.agreement_versions v
SET total_minor = (SELECT coalesce(sum(r.amount_minor), 0) FROM latchkey.agreement_rows r WHERE r.agreement_id = v.agreement_id AND r.version = v.version),
    evidence_id = (SELECT max(e.id) FROM latchkey.evidence e JOIN latchkey.agreements g ON g.order_id = e.order_id WHERE g.id = v.agreement_id AND e.kind = 'agreed');
ALTER TABLE latchkey.agreement_versions ENABLE TRIGGER USER;

SET ROLE lk_definer;
DROP FUNCTION IF EXISTS latchkey.order_begin(text, text, text, text, text, text, text, boolean, boolean, text, bytea, text, text, text);
DROP FUNCTION IF EXISTS latchkey.offer_publish(text, text, integer, text, text, bigint, text);
DROP FUNCTION IF EXISTS latchkey.schedule_title(jsonb, text, integer, date);
DROP FUNCTION IF EXISTS latchkey.schedule_first(jsonb, bigint), latchkey.schedule_first(jsonb, bigint, text);
RESET ROLE;

SET ROLE lk_owner;
COMMENT ON COLUMN agreements.anchor_on IS 'the days are counted from it in one step: the day of the first due';
COMMENT ON COLUMN agreements.count IS 'instalments: how many amounts, a deposit among them';
COMMENT ON COLUMN agreements.made_at IS 'when the order was made';
COMMENT ON COLUMN agreements.every IS 'from one due to the next; NULL: days of their own';
COMMENT ON COLUMN agreement_versions.why IS 'bought; begun, because the first payment came later; or what changed';
COMMENT ON COLUMN agreement_versions.total_minor IS 'sum of its schedule';
COMMENT ON COLUMN agreement_versions.note IS 'why, in words';
COMMENT ON COLUMN agreement_versions.shown IS 'the text that the customer saw and agreed to';
COMMENT ON COLUMN agreement_versions.evidence_id IS 'their consent: when, and from which address; NULL: nobody was asked';
COMMENT ON COLUMN agreement_versions.sha256 IS 'fingerprint of the document; NULL: made before there was one';
COMMENT ON COLUMN agreement_rows.agreement_id IS 'of which agreement';
COMMENT ON COLUMN agreement_rows.version IS 'of which version';
COMMENT ON COLUMN agreement_rows.seq IS 'place in the schedule; the due has the same';
COMMENT ON COLUMN agreement_rows.customer_id IS 'who agreed';
COMMENT ON COLUMN agreement_rows.currency IS 'in which currency';
COMMENT ON COLUMN agreement_rows.part IS 'what it is called';
COMMENT ON COLUMN agreement_rows.due_on IS 'in the agreement''s zone';
COMMENT ON COLUMN agreement_rows.amount_minor IS 'minor units';
COMMENT ON COLUMN agreement_rows.kept IS 'was there before this version: its due is that of an earlier one';
COMMENT ON COLUMN agreement_papers.agreement_id IS 'of which agreement';
COMMENT ON COLUMN agreement_papers.version IS 'of which version';
COMMENT ON COLUMN agreement_papers.customer_id IS 'whose';
COMMENT ON COLUMN agreement_papers.pdf IS 'the document';
COMMENT ON COLUMN agreement_papers.made_at IS 'when';
RESET ROLE;
