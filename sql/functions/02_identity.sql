-- Who is asking: from the session's token to the rows that may be seen (safety rule 9).
-- plpgsql, because an SQL function would be planned again in each query.  Policies compare
-- with arrays that such a function gives once a statement: a sub-select on another table would
-- bring that table's own policies with it, and theirs.
SET ROLE lk_definer;

-- The signed-in person and everybody merged into them; empty without a session.
CREATE OR REPLACE FUNCTION mine() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.token', true);
BEGIN
        IF coalesce(v_token, '') = '' THEN
                RETURN '{}';
        END IF;
        RETURN coalesce((SELECT s.customer_id || ARRAY(SELECT id FROM customers WHERE merged_into = s.customer_id)
                         FROM sessions s
                         WHERE s.token_hash = sha256(convert_to(v_token, 'UTF8')) AND s.kind IN ('customer', 'view_as')
                           AND s.ended_at IS NULL AND s.expires_at > app_now()), '{}');
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

-- mine(), or the payer and the user of the one order that the checkout's browser may see.
-- Nearly every policy asks this, so it says itself what mine() and link_order() say.
CREATE OR REPLACE FUNCTION mine_or_link() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_token text := current_setting('latchkey.token', true);
        v_order_token text;
BEGIN
        IF coalesce(v_token, '') <> '' THEN
                RETURN coalesce((SELECT s.customer_id || ARRAY(SELECT id FROM customers WHERE merged_into = s.customer_id)
                                 FROM sessions s
                                 WHERE s.token_hash = sha256(convert_to(v_token, 'UTF8')) AND s.kind IN ('customer', 'view_as')
                                   AND s.ended_at IS NULL AND s.expires_at > app_now()), '{}');
        END IF;
        v_order_token := current_setting('latchkey.order_token', true);
        IF coalesce(v_order_token, '') = '' THEN
                RETURN '{}';
        END IF;
        RETURN ARRAY(SELECT p.person_id FROM sessions s JOIN order_parties p ON p.order_id = s.order_id
                     WHERE s.token_hash = sha256(convert_to(v_order_token, 'UTF8')) AND s.kind = 'checkout'
                       AND s.ended_at IS NULL AND s.expires_at > app_now() AND p.role IN ('payer', 'user'));
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
                  AND x.ended_at IS NULL AND s.disabled_at IS NULL
                  AND x.expires_at > CASE WHEN current_setting('latchkey.at', true) > '' THEN coalesce(machine_began(), app_now()) ELSE app_now() END);
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
        v_mine bigint[] := mine_or_link();
        v_order bigint := link_order();
BEGIN
        RETURN ARRAY(SELECT a.product_version_id FROM access a
                     WHERE a.person_id = ANY (v_mine) AND (v_order IS NULL OR a.order_id = v_order)
                       AND a.status NOT IN ('waiting', 'ended'));
END $$;

-- The versions of lessons, downloads and links in them.  While something is overdue only a part is
-- open: what was paid for, from the beginning; what was opened before, while nothing new opens; of
-- that what can be read, while it is read only.
CREATE OR REPLACE FUNCTION open_item_versions() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine_or_link();
        v_order bigint := link_order();
        v_open bigint[];
        v_less bigint[];
BEGIN
        SELECT array_agg(product_version_id) FILTER (WHERE status NOT IN ('nothing_new', 'read_only', 'locked')),
               array_agg(id) FILTER (WHERE status IN ('nothing_new', 'read_only', 'locked'))
        INTO v_open, v_less
        FROM access WHERE person_id = ANY (v_mine) AND (v_order IS NULL OR order_id = v_order) AND status NOT IN ('waiting', 'ended');
        v_open := ARRAY(SELECT item_version_id FROM version_items WHERE version_id = ANY (v_open));
        IF v_less IS NULL THEN
                RETURN v_open;
        END IF;
        RETURN v_open || ARRAY(
                SELECT w.item_version_id
                FROM (SELECT a.id, a.status, i.item_version_id, v.item_id, v.kind, row_number() OVER (PARTITION BY a.id ORDER BY i.position) AS n,
                             count(*) OVER (PARTITION BY a.id) AS of, a.order_id
                      FROM access a JOIN version_items i ON i.version_id = a.product_version_id JOIN item_versions v ON v.id = i.item_version_id
                      WHERE a.id = ANY (v_less)) w
                     CROSS JOIN LATERAL (SELECT coalesce(sum(d.paid_minor) / nullif(max(g.amount_minor), 0), 0) AS share
                                         FROM agreements g JOIN dues d ON d.agreement_id = g.id
                                         WHERE g.order_id = w.order_id AND g.kind = 'instalments') s
                WHERE w.n <= floor(w.of * s.share)
                   OR (w.status <> 'locked' AND EXISTS (SELECT FROM progress p WHERE p.access_id = w.id AND p.item_id = w.item_id)
                       AND (w.status = 'nothing_new' OR w.kind IN ('lesson', 'video'))));
END $$;

-- The files of these: what is shown or downloaded, and the captions of films.
CREATE OR REPLACE FUNCTION open_files() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_open bigint[] := open_item_versions();
BEGIN
        RETURN ARRAY(SELECT f.id FROM item_versions v CROSS JOIN LATERAL (VALUES (v.file_id), (v.captions_id)) f(id)
                     WHERE v.id = ANY (v_open) AND f.id IS NOT NULL);
END $$;

-- The one order's rights and lines, where only that order may be seen.
CREATE OR REPLACE FUNCTION link_access() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := link_order();
BEGIN
        RETURN ARRAY(SELECT id FROM access WHERE order_id = v_order);
END $$;

CREATE OR REPLACE FUNCTION link_lines() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := link_order();
BEGIN
        RETURN ARRAY(SELECT id FROM order_lines WHERE order_id = v_order);
END $$;

-- The highest migration, for the health page.
CREATE OR REPLACE FUNCTION schema_version() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$ BEGIN RETURN (SELECT max(version) FROM migrations); END $$;
RESET ROLE;
