-- The accountant's month: who may read it, and credits that are the gateway's payouts.
SET ROLE lk_owner;
INSERT INTO staff_rights VALUES ('owner', 'report'), ('finance', 'report');
ALTER TABLE bank_lines DROP CONSTRAINT bank_lines_status_check,
        ADD CONSTRAINT bank_lines_status_check CHECK (status IN ('new', 'matched', 'set_aside', 'payout'));
INSERT INTO transitions VALUES ('bank_line', 'new', 'payout');
RESET ROLE;
