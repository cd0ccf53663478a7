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

COMMENT ON COLUMN address_changes.order_id IS 'correction: the order for which the buyer proved it; NULL: staff corrected it';
COMMENT ON COLUMN customers.mail_works_at IS 'staff said that mail arrives again: what came back before does not count';
COMMENT ON COLUMN passkeys.customer_id IS 'which customer it logs in';
COMMENT ON COLUMN passkeys.staff_id IS 'or which member of staff';
RESET ROLE;

-- It asks whose from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS passkey_look(bytea);
RESET ROLE;
