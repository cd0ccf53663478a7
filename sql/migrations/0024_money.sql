-- What the gateway takes of a currency; subscriptions that go on after a month went back; codes for
-- several months.
SET ROLE lk_owner;
-- Three decimals are charged in steps of ten: the gateway takes 0 alone as their last digit.
ALTER TABLE currencies ADD COLUMN step smallint NOT NULL GENERATED ALWAYS AS (CASE exponent WHEN 3 THEN 10 ELSE 1 END) STORED;
COMMENT ON COLUMN currencies.step IS 'amounts that are charged or paid back are whole multiples of it';
DROP FUNCTION IF EXISTS instalment_part(bigint, integer, integer), schedule_first(jsonb, bigint);

-- What the files said last of a timetable: what staff set since then stays.
ALTER TABLE products ADD COLUMN timetable_loaded text CHECK (timetable_loaded ~ '^([0-9]+|-) ([0-9]+|-) ([0-9]+|-)$');
COMMENT ON COLUMN products.timetable_loaded IS 'the timetable of access as the files said it last, as timetable_seen() says it; NULL: they never did';
UPDATE products p SET timetable_loaded =
        coalesce((SELECT concat_ws(' ', coalesce(t.nothing_new_days::text, '-'), coalesce(t.read_only_days::text, '-'), coalesce(t.locked_days::text, '-'))
                  FROM access_timetables t WHERE t.product_id = p.id), '- - -')
WHERE p.loaded IS NOT NULL AND NOT EXISTS (SELECT FROM audit a WHERE a.action = 'timetable.set' AND a.object = 'product' AND a.object_id = p.id);

-- A subscription brings its price month by month: as much as came may go back, one month without the
-- others, and it goes on unless staff say that it ends.
ALTER TABLE order_lines
        ADD COLUMN later_minor bigint NOT NULL DEFAULT 0 CHECK (later_minor >= 0),
        ADD COLUMN cost_minor bigint GENERATED ALWAYS AS (amount_minor + later_minor) STORED,
        DROP CONSTRAINT order_lines_check,
        ADD CONSTRAINT order_lines_refunded_check CHECK (refunded_minor BETWEEN 0 AND amount_minor + later_minor);
COMMENT ON COLUMN order_lines.later_minor IS 'what came for later months of a subscription; counted by allocations';
COMMENT ON COLUMN order_lines.cost_minor IS 'what it cost so far: the price, and later months';
UPDATE order_lines l SET later_minor = greatest(s.minor, l.refunded_minor - l.amount_minor)
FROM (SELECT d.order_id, sum(a.amount_minor) AS minor FROM allocations a JOIN dues d ON d.id = a.due_id WHERE d.kind = 'period' AND d.seq > 1 GROUP BY 1) s
WHERE l.id = (SELECT min(id) FROM order_lines WHERE order_id = s.order_id) AND s.minor > 0;
ALTER TABLE refunds ADD COLUMN ends_agreement boolean;
COMMENT ON COLUMN refunds.ends_agreement IS 'whether the subscription ends with it, as staff chose; NULL: nobody was asked, and it ends once all that came went back';
DROP FUNCTION IF EXISTS agreement_paid_back(bigint), refund_ask(text, text, jsonb, text, text, bigint),
        refund_write(bigint, text, jsonb, text, text, boolean, bigint);

-- On how many months of a subscription a code counts: so far it was the first one.
ALTER TABLE discount_codes ADD COLUMN months integer DEFAULT 1 CHECK (months > 0);
COMMENT ON COLUMN discount_codes.months IS 'on so many months of a subscription, from the first; NULL: on every one';
DROP FUNCTION IF EXISTS discount_add(text, text, integer, bigint, text, date, date, integer, boolean);

-- A link to pay belongs to whoever its mail went to: an assistant who is dismissed loses theirs.
ALTER TABLE sessions ADD COLUMN reader_id bigint REFERENCES customers (id), ADD CHECK (reader_id IS NULL OR kind = 'pay_link');
COMMENT ON COLUMN sessions.reader_id IS 'to whom the mail with this link went, who need not be the one who pays';
RESET ROLE;
