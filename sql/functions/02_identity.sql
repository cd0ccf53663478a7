-- Who is asking: from the session's token to the rows that may be seen (safety rule 9).
-- plpgsql, because an SQL function would be planned again in each query.
SET ROLE lk_definer;

-- The signed-in person and everybody merged into them; empty without a session.
CREATE OR REPLACE FUNCTION mine() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.token', true);
        v_person bigint;
BEGIN
        IF coalesce(v_token, '') = '' THEN
                RETURN '{}';
        END IF;
        SELECT customer_id INTO v_person FROM sessions
        WHERE token_hash = sha256(convert_to(v_token, 'UTF8')) AND kind IN ('customer', 'view_as')
          AND ended_at IS NULL AND expires_at > app_now();
        IF v_person IS NULL THEN
                RETURN '{}';
        END IF;
        RETURN (SELECT v_person || coalesce(array_agg(id), '{}') FROM customers WHERE merged_into = v_person);
END $$;

-- The person who may write: kind customer alone, for staff who view as somebody only read.
CREATE OR REPLACE FUNCTION me_writing() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.token', true);
BEGIN
        IF coalesce(v_token, '') = '' THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT customer_id FROM sessions
                WHERE token_hash = sha256(convert_to(v_token, 'UTF8')) AND kind = 'customer'
                  AND ended_at IS NULL AND expires_at > app_now());
END $$;

-- The one order that the browser which began its checkout may see (safety rule 21).
CREATE OR REPLACE FUNCTION link_order() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.order_token', true);
BEGIN
        IF coalesce(v_token, '') = '' OR coalesce(current_setting('latchkey.token', true), '') <> '' THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT order_id FROM sessions
                WHERE token_hash = sha256(convert_to(v_token, 'UTF8')) AND kind = 'checkout'
                  AND ended_at IS NULL AND expires_at > app_now());
END $$;

-- mine(), or the payer of the one order that the checkout's browser may see.
CREATE OR REPLACE FUNCTION mine_or_link() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := link_order();
BEGIN
        IF v_order IS NULL THEN
                RETURN mine();
        END IF;
        RETURN (SELECT array_agg(person_id) FROM order_parties WHERE order_id = v_order AND role IN ('payer', 'user'));
END $$;

-- The staff member behind the token, or NULL.
CREATE OR REPLACE FUNCTION staff_me() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.token', true);
BEGIN
        IF coalesce(v_token, '') = '' THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT s.id FROM sessions x JOIN staff s ON s.id = x.staff_id
                WHERE x.token_hash = sha256(convert_to(v_token, 'UTF8')) AND x.kind = 'staff'
                  AND x.ended_at IS NULL AND x.expires_at > app_now() AND s.disabled_at IS NULL);
END $$;

-- Whether that staff member's role has the verb (staff_rights).
CREATE OR REPLACE FUNCTION staff_may(p_verb text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_me();
BEGIN
        IF v_staff IS NULL THEN
                RETURN false;
        END IF;
        RETURN EXISTS (SELECT FROM staff s JOIN staff_rights r ON r.role = s.role
                       WHERE s.id = v_staff AND r.verb = p_verb);
END $$;
RESET ROLE;
SET ROLE lk_definer;

-- The product versions whose contents this person may open now.
CREATE OR REPLACE FUNCTION open_versions() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := link_order();
BEGIN
        RETURN coalesce((SELECT array_agg(a.product_version_id) FROM access a
                         WHERE a.person_id = ANY (mine_or_link()) AND (v_order IS NULL OR a.order_id = v_order)
                           AND a.status NOT IN ('waiting', 'ended', 'locked')), '{}');
END $$;

-- The highest migration, for the health page.
CREATE OR REPLACE FUNCTION schema_version() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$ BEGIN RETURN (SELECT max(version) FROM migrations); END $$;
RESET ROLE;
