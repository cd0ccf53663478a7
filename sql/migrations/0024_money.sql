-- What the gateway takes of a currency; subscriptions that go on after a month went back; codes for
-- several months.
SET ROLE lk_owner;
-- Three decimals are charged in steps of ten: the gateway takes 0 alone as their last digit.
ALTER TABLE currencies ADD COLUMN step smallint NOT NULL GENERATED ALWAYS AS (CASE exponent WHEN 3 THEN 10 ELSE 1 END) STORED;
COMMENT ON COLUMN currencies.step IS 'amounts that are charged or paid back are whole multiples of it';
DROP FUNCTION IF EXISTS instalment_part(bigint, integer, integer), schedule_first(jsonb, bigint);

-- What the files said last of a timetable: what staff set since then stays.
ALTER TABLE products ADD COLUMN timetable_loaded text;
COMMENT ON COLUMN products.timetable_loaded IS 'the timetable of access as the files said it last, as timetable_seen() says it; NULL: they never did';
UPDATE products p SET timetable_loaded =
        coalesce((SELECT concat_ws(' ', coalesce(t.nothing_new_days::text, '-'), coalesce(t.read_only_days::text, '-'), coalesce(t.locked_days::text, '-'))
                  FROM access_timetables t WHERE t.product_id = p.id), '- - -')
WHERE p.loaded IS NOT NULL AND NOT EXISTS (SELECT FROM audit a WHERE a.action = 'timetable.set' AND a.object = 'product' AND a.object_id = p.id);
RESET ROLE;
