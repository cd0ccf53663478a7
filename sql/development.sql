-- Development alone: the product's time may run ahead (latchkeyctl clock advance).  plpgsql
-- keeps its plan; an SQL function with a sub-select is planned again in every statement.
SET ROLE lk_owner;
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE plpgsql STABLE
AS $$
BEGIN
        IF current_setting('latchkey.at', true) > '' AND latchkey.machine_now() IS NOT NULL THEN
                RETURN latchkey.machine_now();
        END IF;
        RETURN now() + (SELECT ahead FROM latchkey.dev_clock);
END $$;
RESET ROLE;
