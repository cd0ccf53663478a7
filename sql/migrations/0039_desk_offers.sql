-- Staff offer another schedule by themselves, on an overdue payment or a request for the money back; and
-- such a request may be settled by a plan.
SET ROLE lk_owner;

ALTER TABLE amendments
        ADD COLUMN made_by bigint REFERENCES staff (id),
        ADD COLUMN by_phone text NOT NULL DEFAULT '' CHECK (length(by_phone) <= 2000),
        ADD COLUMN withdrawal_id bigint REFERENCES withdrawals (id);
ALTER TABLE amendments DROP CONSTRAINT amendments_need_check, DROP CONSTRAINT amendments_check;
ALTER TABLE amendments
        ADD CONSTRAINT amendments_need_check CHECK (need IN ('move', 'day', 'smaller', 'skip', 'pause', 'early', 'other', 'staff')),
        ADD CONSTRAINT amendments_wanted_need CHECK ((need IN ('other', 'staff')) = (wanted IS NULL)),
        ADD CONSTRAINT amendments_staff CHECK ((need = 'staff') = (made_by IS NOT NULL) AND (need <> 'staff' OR offered IS NOT NULL));
CREATE INDEX amendments_withdrawal ON amendments (withdrawal_id) WHERE withdrawal_id IS NOT NULL;
COMMENT ON COLUMN amendments.need IS 'what they need; other: in their own words alone; staff: we offered it by ourselves';
COMMENT ON COLUMN amendments.made_by IS 'who of the staff offered it by themselves; NULL: the customer asked';
COMMENT ON COLUMN amendments.by_phone IS 'agreed on the telephone: what was said, as staff noted it; '''': not so';
COMMENT ON COLUMN amendments.withdrawal_id IS 'the request for the money back that it settles when it is agreed';
INSERT INTO transitions VALUES ('amendment', 'asked', 'countered'), ('withdrawal', 'with_staff', 'planned');

ALTER TABLE withdrawals DROP CONSTRAINT withdrawals_status_check, DROP CONSTRAINT withdrawals_check, DROP CONSTRAINT withdrawals_check2;
ALTER TABLE withdrawals
        ADD CONSTRAINT withdrawals_status_check CHECK (status IN ('received', 'accepted', 'with_staff', 'granted', 'declined', 'planned')),
        ADD CONSTRAINT withdrawals_decided CHECK ((status IN ('accepted', 'granted', 'declined', 'planned')) = (decided_at IS NOT NULL)),
        ADD CONSTRAINT withdrawals_ordered CHECK (status NOT IN ('accepted', 'granted', 'planned') OR order_id IS NOT NULL),
        ADD CONSTRAINT withdrawals_planned CHECK (status <> 'planned' OR kind = 'request');
RESET ROLE;

SET ROLE lk_definer;
DROP FUNCTION IF EXISTS latchkey.withdrawal_page(text, bytea);
RESET ROLE;
