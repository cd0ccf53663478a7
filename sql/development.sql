-- Development alone: the product's time may run ahead (latchkeyctl clock advance).
SET ROLE lk_owner;
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT now() + (SELECT ahead FROM latchkey.dev_clock) $$;
RESET ROLE;
