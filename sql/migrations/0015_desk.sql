-- Passkeys of staff.
SET ROLE lk_owner;

ALTER TABLE passkeys ALTER COLUMN customer_id DROP NOT NULL;
ALTER TABLE passkeys ADD COLUMN staff_id bigint REFERENCES staff (id);
ALTER TABLE passkeys ADD CHECK ((customer_id IS NULL) <> (staff_id IS NULL));
CREATE INDEX passkeys_staff ON passkeys (staff_id, id) WHERE staff_id IS NOT NULL;

COMMENT ON COLUMN passkeys.customer_id IS 'which customer it logs in';
COMMENT ON COLUMN passkeys.staff_id IS 'or which member of staff';
RESET ROLE;

-- It asks whose from here on.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS passkey_look(bytea);
RESET ROLE;
