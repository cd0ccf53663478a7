-- Passkeys of staff; one way to correct an address; what only people can settle; a wrong match taken back.
SET ROLE lk_owner;

ALTER TABLE passkeys ALTER COLUMN customer_id DROP NOT NULL;
ALTER TABLE passkeys ADD COLUMN staff_id bigint REFERENCES staff (id);
ALTER TABLE passkeys ADD CHECK ((customer_id IS NULL) <> (staff_id IS NULL));
CREATE INDEX passkeys_staff ON passkeys (staff_id, id) WHERE staff_id IS NOT NULL;

-- One pair of mails for a corrected address.
ALTER TABLE address_changes ADD COLUMN order_id bigint REFERENCES orders (id);
DELETE FROM message_topics WHERE kind IN ('address_corrected', 'address_now');
INSERT INTO message_topics VALUES ('address_was', 'security'), ('address_is', 'security');
ALTER TABLE customers ADD COLUMN mail_works_at timestamptz;

-- An event that was given up may be set aside.
INSERT INTO transitions VALUES ('inbox', 'poison', 'ignored');

-- A match that was wrong is taken back: its payment and its row stay, and the line is free again.
ALTER TABLE payments DROP CONSTRAINT payments_bank_line_id_key;
ALTER TABLE payments ADD COLUMN undone_at timestamptz;
ALTER TABLE payments ADD CHECK (undone_at IS NULL OR (bank_line_id IS NOT NULL AND allocated_minor = 0 AND refunded_minor = amount_minor));
CREATE UNIQUE INDEX payments_bank_line ON payments (bank_line_id) WHERE undone_at IS NULL;
ALTER TABLE matches DROP CONSTRAINT matches_pkey, DROP CONSTRAINT matches_payment_id_key;
ALTER TABLE matches ADD PRIMARY KEY (payment_id),
        ADD COLUMN undone_at timestamptz,
        ADD COLUMN undone_by bigint REFERENCES staff (id),
        ADD COLUMN undone_reason text NOT NULL DEFAULT '',
        ADD CHECK ((undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undone_reason = ''));
CREATE UNIQUE INDEX matches_line ON matches (bank_line_id) WHERE undone_at IS NULL;
ALTER TABLE refunds DROP CONSTRAINT refunds_kind_check, ADD CONSTRAINT refunds_kind_check CHECK (kind IN ('gateway', 'second', 'staff', 'unmatched'));
ALTER TABLE access DROP CONSTRAINT access_end_reason_check,
        ADD CONSTRAINT access_end_reason_check CHECK (end_reason IN ('refund', 'dispute', 'staff', 'unmatched'));
INSERT INTO transitions VALUES ('bank_line', 'matched', 'new'), ('order', 'paid', 'open'), ('access', 'ended', 'waiting');
INSERT INTO message_topics VALUES ('transfer_undone', 'bills');

-- What was settled last, page by page; trigger line_settles keeps it.
ALTER TABLE bank_lines ADD COLUMN settled_at timestamptz;
UPDATE bank_lines b SET settled_at = coalesce((SELECT at FROM matches WHERE bank_line_id = b.id), b.loaded_at) WHERE status <> 'new';
CREATE INDEX bank_lines_settled ON bank_lines (settled_at DESC, id DESC) WHERE status <> 'new';
CREATE INDEX transfers_pay_by ON transfers (pay_by, order_id);

COMMENT ON COLUMN bank_lines.settled_at IS 'matched, set aside or booked then; NULL: new';
COMMENT ON COLUMN payments.undone_at IS 'the match that made it was wrong and is taken back';
COMMENT ON COLUMN matches.undone_at IS 'it was wrong, taken back then';
COMMENT ON COLUMN matches.undone_by IS 'by whom';
COMMENT ON COLUMN matches.undone_reason IS 'why';
COMMENT ON COLUMN address_changes.order_id IS 'correction: the order for which the buyer proved it; NULL: staff corrected it';
COMMENT ON COLUMN customers.mail_works_at IS 'staff said that mail arrives again: what came back before does not count';
COMMENT ON COLUMN passkeys.customer_id IS 'which customer it logs in';
COMMENT ON COLUMN passkeys.staff_id IS 'or which member of staff';
RESET ROLE;

-- It asks whose from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS passkey_look(bytea);
RESET ROLE;
