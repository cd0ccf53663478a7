-- Staff offer to pay over time what an unpaid order asks for at once: such an offer is an amendment
-- before there is an agreement, with the terms of the agreement that comes of it.
SET ROLE lk_owner;

ALTER TABLE amendments ALTER COLUMN agreement_id DROP NOT NULL;
ALTER TABLE amendments
        ADD COLUMN terms jsonb CHECK (jsonb_typeof(terms) = 'object'),
        ADD CONSTRAINT amendments_before CHECK (agreement_id IS NOT NULL OR (terms IS NOT NULL AND status <> 'agreed')),
        ADD CONSTRAINT amendments_terms CHECK (terms IS NULL OR need = 'staff'),
        ADD CONSTRAINT amendments_order_id_customer_id_currency_fkey FOREIGN KEY (order_id, customer_id, currency) REFERENCES orders (id, customer_id, currency);
CREATE UNIQUE INDEX amendments_order_open ON amendments (order_id) WHERE agreement_id IS NULL AND status IN ('asked', 'with_staff', 'countered');
CREATE INDEX amendments_order ON amendments (order_id, id) WHERE terms IS NOT NULL;
COMMENT ON COLUMN amendments.agreement_id IS 'of which agreement; NULL: an unpaid order that would be paid over time, and nobody has agreed to it';
COMMENT ON COLUMN amendments.terms IS 'of the agreement that an unpaid order gets by it, as agreement_versions.terms; NULL: it has one';
COMMENT ON COLUMN amendments.from_version IS 'version that it would change; 1 where it makes that one';
INSERT INTO message_topics VALUES ('over_time_offered', 'bills'), ('over_time_agreed', 'bills');
RESET ROLE;
