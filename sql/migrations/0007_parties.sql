-- Somebody else uses what one pays for: the invitation to it (S2.12, S2.13).
SET ROLE lk_owner;

CREATE TABLE claims (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id bigint NOT NULL REFERENCES orders (id),
        customer_id bigint NOT NULL REFERENCES customers (id),
        person_id bigint NOT NULL REFERENCES customers (id),
        asked_at timestamptz NOT NULL,
        used_at timestamptz,
        ended_at timestamptz,
        CHECK (person_id <> customer_id),
        CHECK (used_at IS NULL OR ended_at IS NULL)
);
CREATE UNIQUE INDEX claims_open ON claims (order_id) WHERE used_at IS NULL AND ended_at IS NULL;
CREATE INDEX claims_order ON claims (order_id);
CREATE INDEX claims_person ON claims (person_id);
CREATE INDEX claims_customer ON claims (customer_id);

COMMENT ON COLUMN claims.id IS 'named by the mail that carries the link';
COMMENT ON COLUMN claims.order_id IS 'whose access is offered';
COMMENT ON COLUMN claims.customer_id IS 'the payer, who offers it';
COMMENT ON COLUMN claims.person_id IS 'who may use it from then on';
COMMENT ON COLUMN claims.asked_at IS 'when the payer asked';
COMMENT ON COLUMN claims.used_at IS 'when the link was used: the access is theirs';
COMMENT ON COLUMN claims.ended_at IS 'withdrawn, or replaced by another, before it was used';
COMMENT ON COLUMN evidence.kind IS 'agreed, consented, mailed, logged_in, opened, downloaded, offered, claimed, taken_back';
RESET ROLE;
