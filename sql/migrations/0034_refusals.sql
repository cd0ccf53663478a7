-- What each refusal meant, so that a card that was refused for good stays so when another one fails as well.
SET ROLE lk_owner;
ALTER TABLE attempts ADD COLUMN refusal text;
COMMENT ON COLUMN attempts.refusal IS 'failed: what its refusal means, see decline_codes';
UPDATE attempts a SET refusal = c.class FROM cases c WHERE c.attempt_id = a.id AND a.status = 'failed';
RESET ROLE;
