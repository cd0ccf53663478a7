-- The whole schema, for reading and for the test: tests/db/schema --write makes it from
-- migrations, functions and policies.  It is run by nothing.

CREATE SCHEMA latchkey;

ALTER SCHEMA latchkey OWNER TO lk_owner;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE FUNCTION latchkey.access_clock(p_deadline integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
        v_n integer := 0;
BEGIN
        -- An event that says paid and is not settled in time: raise, and settle it now.
        FOR v_row IN
                SELECT i.id, i.event_ref, a.name, t.order_id FROM inbox i
                JOIN accounts a ON a.id = i.account_id
                LEFT JOIN attempts t ON t.account_id = i.account_id AND t.key = i.attempt_key
                WHERE i.status IN ('new', 'poison') AND i.acts = 'pay'
                  AND i.received_at < clock_timestamp() - make_interval(secs => p_deadline)
                LIMIT 100
        LOOP
                PERFORM alarm_raise('access_late', 'event', v_row.id, 'A payment was not turned into access in time.');
                UPDATE inbox SET status = 'new', next_at = clock_timestamp() WHERE id = v_row.id;
                v_n := v_n + 1;
        END LOOP;
        -- Those that were settled since: over.
        UPDATE alarms m SET repaired_at = app_now(), closed_at = app_now()
        FROM inbox i WHERE m.kind = 'access_late' AND m.object = 'event' AND m.closed_at IS NULL
                       AND i.id = m.object_id AND i.status IN ('done', 'ignored');
        -- Granted, but later than promised: kept as a breach for the figures.
        FOR v_row IN
                SELECT o.id, extract(epoch FROM o.granted_at - o.paid_at)::integer AS late FROM orders o
                WHERE o.granted_at > o.paid_at + make_interval(secs => p_deadline) AND o.granted_at > app_now() - interval '1 day'
                  AND NOT EXISTS (SELECT FROM alarms m WHERE m.kind = 'access_late' AND m.object = 'order' AND m.object_id = o.id)
        LOOP
                INSERT INTO alarms (kind, object, object_id, detail, at, repaired_at, closed_at)
                VALUES ('access_late', 'order', v_row.id, format('Access came %s seconds after the payment.', v_row.late),
                        app_now(), app_now(), app_now());
                v_n := v_n + 1;
        END LOOP;
        -- Paid without a right: the constraint forbids it; a damaged database is mended all the same.
        FOR v_row IN
                SELECT l.id, l.order_id, l.product_id, l.product_version_id, p.person_id, y.id AS payment FROM order_lines l
                JOIN order_parties p ON p.order_id = l.order_id AND p.role = 'user'
                JOIN LATERAL (SELECT id FROM payments WHERE order_id = l.order_id AND allocated_minor > 0 ORDER BY id LIMIT 1) y ON true
                WHERE l.paid AND l.refunded_minor < l.cost_minor
                  AND NOT EXISTS (SELECT FROM access a WHERE a.order_line_id = l.id)
                LIMIT 100
        LOOP
                INSERT INTO access (order_line_id, order_id, person_id, product_id, product_version_id, status, reason, payment_id,
                                    granted_at, since_at)
                VALUES (v_row.id, v_row.order_id, v_row.person_id, v_row.product_id, v_row.product_version_id, 'full', 'payment',
                        v_row.payment, app_now(), app_now());
                INSERT INTO alarms (kind, object, object_id, detail, at, repaired_at, closed_at)
                VALUES ('access_late', 'order', v_row.order_id, 'A paid order had no access; it was given by itself.', app_now(), app_now(), app_now());
                v_n := v_n + 1;
        END LOOP;
        -- A key that was missing and has been loaded since; whoever was refunded needs none.
        FOR v_row IN SELECT m.id, l.id AS line, l.product_id, x.person_id, x.status = 'ended' AS over FROM alarms m
                     JOIN order_lines l ON l.id = m.object_id JOIN access x ON x.order_line_id = l.id
                     WHERE m.kind = 'keys_out' AND m.closed_at IS NULL
        LOOP
                IF NOT v_row.over THEN
                        PERFORM licence_assign(v_row.line, v_row.product_id, v_row.person_id);
                END IF;
                UPDATE alarms SET closed_at = app_now(), repaired_at = app_now()
                WHERE id = v_row.id AND (v_row.over OR EXISTS (SELECT FROM licence_keys WHERE order_line_id = v_row.line));
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.access_clock(p_deadline integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_downloaded(p_access bigint, p_item bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT evidence_add(a.person_id, a.order_id, 'downloaded', jsonb_build_object('item', p_item))
        FROM access a
        WHERE a.id = p_access AND a.person_id = ANY (mine_or_link()) AND (link_order() IS NULL OR a.order_id = link_order())
          AND (link_order() IS NOT NULL OR me_writing() IS NOT NULL) AND a.status NOT IN ('waiting', 'ended')
          AND NOT EXISTS (SELECT FROM evidence e WHERE e.order_id = a.order_id AND e.kind = 'downloaded'
                          AND e.facts = jsonb_build_object('item', p_item) AND e.at > app_now() - interval '1 hour')
$$;

ALTER FUNCTION latchkey.access_downloaded(p_access bigint, p_item bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_follow_start() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
        v_n integer := 0;
BEGIN
        FOR v_row IN
                SELECT a.id, v.starts_on FROM access a JOIN products p ON p.id = a.product_id
                       JOIN product_versions v ON v.id = p.version_id
                WHERE a.status = 'waiting' AND a.waiting_for = 'start' AND a.expected_by IS NULL
                  AND v.starts_on <> a.expected_on ORDER BY a.id LIMIT 500
        LOOP
                UPDATE access SET expected_on = v_row.starts_on WHERE id = v_row.id AND status = 'waiting';
                IF v_row.starts_on > (app_now() AT TIME ZONE 'UTC')::date THEN
                        PERFORM access_moved(v_row.id);
                END IF;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.access_follow_start() OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_gift(p_number text, p_reason text, p_actor text, p_actor_id bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order orders;
        v_line order_lines;
        v_user bigint;
        v_n integer := 0;
BEGIN
        SELECT * INTO v_order FROM orders WHERE number = upper(p_number) FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        SELECT person_id INTO STRICT v_user FROM order_parties WHERE order_id = v_order.id AND role = 'user' LIMIT 1;
        FOR v_line IN SELECT * FROM order_lines WHERE order_id = v_order.id ORDER BY id LOOP
                INSERT INTO access (order_line_id, order_id, person_id, product_id, product_version_id, status, reason, note,
                                    granted_at, since_at)
                VALUES (v_line.id, v_order.id, v_user, v_line.product_id, v_line.product_version_id, 'full', 'gift', p_reason,
                        app_now(), app_now())
                ON CONFLICT (order_line_id) DO NOTHING;
                IF FOUND THEN
                        v_n := v_n + 1;
                        PERFORM licence_assign(v_line.id, v_line.product_id, v_user);
                END IF;
        END LOOP;
        IF v_n = 0 THEN
                RETURN 'has';
        END IF;
        PERFORM audit_add(p_actor, p_actor_id, 'access.gift', 'order', v_order.id, jsonb_build_object('reason', p_reason));
        PERFORM message_add('access_open', 'order', v_order.id, 'gift', v_user,
                            (SELECT email FROM customers WHERE id = v_user));
        RETURN 'granted';
END $$;

ALTER FUNCTION latchkey.access_gift(p_number text, p_reason text, p_actor text, p_actor_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_levels() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
        v_n integer := 0;
BEGIN
        FOR v_id IN
                SELECT DISTINCT g.id FROM agreements g JOIN dues d ON d.agreement_id = g.id
                WHERE g.status = 'live' AND d.status IN ('open', 'written_off') AND d.due_on < today_in(g.zone)
                UNION
                SELECT id FROM agreements WHERE status = 'live' AND cancel_asked_at IS NOT NULL
                UNION
                SELECT g.id FROM agreements g JOIN access a ON a.order_id = g.order_id
                WHERE g.status = 'completed' AND a.reason = 'payment' AND a.status NOT IN ('waiting', 'ended', 'permanent')
                ORDER BY 1
        LOOP
                PERFORM agreement_settle(v_id);
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.access_levels() OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_moved(p_access bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT message_add('access_moved', 'order', a.order_id, to_char(a.expected_on, 'YYYY-MM-DD') || to_char(app_now() AT TIME ZONE 'UTC', ' "told" YYYY-MM-DD HH24:MI:SS'), a.person_id,
                           (SELECT c.email FROM customers c WHERE c.id = a.person_id))
        FROM access a WHERE a.id = p_access AND a.status = 'waiting'
$$;

ALTER FUNCTION latchkey.access_moved(p_access bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_opened(p_access bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a access;
BEGIN
        SELECT * INTO v_a FROM access
        WHERE id = p_access AND person_id = ANY (mine_or_link()) AND (link_order() IS NULL OR order_id = link_order())
          AND status NOT IN ('waiting', 'ended')
          AND (last_open_at IS NULL OR last_open_at < app_now() - interval '1 hour');
        IF NOT FOUND OR NOT (link_order() IS NOT NULL OR me_writing() IS NOT NULL) THEN
                RETURN;
        END IF;
        UPDATE access SET first_open_at = coalesce(first_open_at, app_now()), last_open_at = app_now() WHERE id = p_access;
        IF v_a.first_open_at IS NULL THEN
                UPDATE orders SET first_open_at = app_now() WHERE id = v_a.order_id AND first_open_at IS NULL;
                UPDATE customers SET first_open_at = app_now() WHERE id = v_a.person_id AND first_open_at IS NULL;
                PERFORM evidence_add(v_a.person_id, v_a.order_id, 'opened', jsonb_build_object('product', v_a.product_id));
        END IF;
END $$;

ALTER FUNCTION latchkey.access_opened(p_access bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_regrant(p_number text, p_actor text, p_actor_id bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint;
        v_n integer;
        v_all integer;
BEGIN
        SELECT id INTO v_order FROM orders WHERE number = upper(p_number) FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        SELECT count(*) INTO v_all FROM access WHERE order_id = v_order;
        -- Money that went back opens nothing by itself: from here on it is a gift.
        UPDATE access a SET status = 'full', end_reason = NULL, since_at = app_now(),
                            reason = CASE WHEN l.refunded_minor = l.cost_minor THEN 'gift' ELSE a.reason END,
                            payment_id = CASE WHEN l.refunded_minor = l.cost_minor THEN NULL ELSE a.payment_id END,
                            note = CASE WHEN l.refunded_minor = l.cost_minor THEN 'Opened again after a refund' ELSE a.note END
        FROM order_lines l WHERE a.order_id = v_order AND l.id = a.order_line_id AND a.status = 'ended';
        GET DIAGNOSTICS v_n = ROW_COUNT;
        PERFORM licence_assign(a.order_line_id, a.product_id, a.person_id) FROM access a WHERE a.order_id = v_order AND a.status = 'full';
        IF v_n > 0 THEN
                PERFORM audit_add(p_actor, p_actor_id, 'access.regrant', 'order', v_order);
        END IF;
        RETURN CASE WHEN v_n > 0 THEN 'granted' WHEN v_all > 0 THEN 'has' ELSE 'none' END;
END $$;

ALTER FUNCTION latchkey.access_regrant(p_number text, p_actor text, p_actor_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.access_start_due() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a access;
        v_n integer := 0;
BEGIN
        PERFORM access_follow_start();
        FOR v_a IN SELECT * FROM access WHERE status = 'waiting' AND waiting_for = 'start'
                     AND expected_on <= (app_now() AT TIME ZONE 'UTC')::date ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 500
        LOOP
                UPDATE access SET status = 'full', waiting_for = NULL, since_at = app_now() WHERE id = v_a.id;
                PERFORM message_add('access_open', 'order', v_a.order_id, 'start', v_a.person_id,
                                    (SELECT email FROM customers WHERE id = v_a.person_id));
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.access_start_due() OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_ask(p_email text, p_fold text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me customers;
        v_owner customers;
        v_id bigint;
BEGIN
        IF NOT session_fresh() THEN
                RETURN 'stale';
        END IF;
        SELECT * INTO v_me FROM customers WHERE id = me_writing() FOR UPDATE;
        IF v_me.email_fold = p_fold THEN
                RETURN 'same';
        END IF;
        IF EXISTS (SELECT FROM address_changes WHERE customer_id = v_me.id AND status = 'asked' AND new_fold = p_fold
                                                 AND asked_at > app_now() - interval '5 minutes') THEN
                RETURN 'sent';          -- the same form once more
        END IF;
        UPDATE address_changes SET status = 'replaced' WHERE customer_id = v_me.id AND status = 'asked';
        INSERT INTO address_changes (customer_id, made_by, old_email, old_fold, old_verified_at, new_email, new_fold, asked_at, link_until)
        VALUES (v_me.id, 'customer', v_me.email, v_me.email_fold, v_me.email_verified_at, p_email, p_fold, app_now(), app_now() + interval '1 day')
        RETURNING id INTO v_id;
        SELECT * INTO v_owner FROM customers WHERE email_fold = p_fold AND merged_into IS NULL AND erased_at IS NULL;
        IF v_owner.id IS NULL THEN
                PERFORM message_add('address_confirm', 'address_change', v_id, '', v_me.id, p_email);
        ELSE
                PERFORM message_add('address_taken', 'customer', v_owner.id, to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD'), v_owner.id, v_owner.email);
        END IF;
        RETURN 'sent';
END $$;

ALTER FUNCTION latchkey.address_ask(p_email text, p_fold text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_cancel() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE address_changes SET status = 'replaced' WHERE customer_id = me_writing() AND status = 'asked';
        RETURN FOUND;
END $$;

ALTER FUNCTION latchkey.address_cancel() OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_correct(p_customer bigint, p_email text, p_fold text, p_order bigint, p_stay bigint[], p_into bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c customers;
        v_change bigint;
BEGIN
        SELECT * INTO STRICT v_c FROM customers WHERE id = p_customer FOR UPDATE;
        UPDATE address_changes SET status = 'replaced' WHERE customer_id = v_c.id AND status = 'asked';
        INSERT INTO address_changes (customer_id, status, made_by, old_email, old_fold, old_verified_at, new_email, new_fold, order_id, asked_at, link_until, done_at)
        VALUES (v_c.id, 'done', 'correction', v_c.email, v_c.email_fold, v_c.email_verified_at, p_email, p_fold, p_order, app_now(), app_now(), app_now())
        RETURNING id INTO v_change;
        IF p_into IS NOT NULL THEN
                PERFORM people_merge(v_c.id, p_into);
        ELSE
                PERFORM address_put(v_c.id, p_email, p_fold, NULL);
        END IF;
        -- With the time of now, so that the link in such a mail opens (link_make).
        UPDATE messages SET email = p_email, queued_at = app_now() WHERE customer_id = v_c.id AND email = v_c.email AND status IN ('queued', 'deferred');
        -- After the mails: one that was being written until now has left its link behind.
        UPDATE sessions SET ended_at = app_now()
        WHERE customer_id = v_c.id AND ended_at IS NULL AND kind <> 'view_as' AND NOT (kind = 'checkout' AND order_id = ANY (p_stay));
        DELETE FROM credentials WHERE customer_id = v_c.id;
        DELETE FROM passkeys WHERE customer_id = v_c.id;
        PERFORM address_mended(v_c.id);
        PERFORM message_add('address_was', 'address_change', v_change, '', v_c.id, v_c.email);
        PERFORM message_add('address_is', 'address_change', v_change, '', v_c.id, p_email);
        PERFORM evidence_add(v_c.id, p_order, 'address_corrected', jsonb_build_object('change', v_change), v_c.email || ' ' || p_email);
END $$;

ALTER FUNCTION latchkey.address_correct(p_customer bigint, p_email text, p_fold text, p_order bigint, p_stay bigint[], p_into bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_look(p_hash bytea) RETURNS TABLE(state text, email text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
        v_a address_changes;
BEGIN
        SELECT * INTO v_a FROM address_changes WHERE link_hash = p_hash AND customer_id = v_mine[1];
        state := CASE WHEN v_a.id IS NULL THEN 'unknown' WHEN v_a.status <> 'asked' THEN 'used'
                      WHEN v_a.link_until <= app_now() THEN 'expired' ELSE 'ready' END;
        email := v_a.new_email;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.address_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_mended(p_customer bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_n integer;
BEGIN
        WITH mine AS (SELECT id FROM customers WHERE p_customer IN (id, merged_into))
        UPDATE alarms a SET closed_at = app_now()
        WHERE a.kind = 'mail_bounced' AND a.closed_at IS NULL
          AND CASE a.object WHEN 'customer' THEN a.object_id IN (SELECT id FROM mine)
                   WHEN 'order' THEN a.object_id IN (SELECT order_id FROM order_parties WHERE person_id IN (SELECT id FROM mine))
                                     AND NOT EXISTS (SELECT FROM order_parties p JOIN customers c ON c.id = p.person_id JOIN mail_failures f ON f.address = lower(c.email)
                                                     WHERE p.order_id = a.object_id) END;
        GET DIAGNOSTICS v_n = ROW_COUNT;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.address_mended(p_customer bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_put(p_customer bigint, p_email text, p_fold text, p_verified timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE customers SET email = p_email, email_fold = p_fold, email_verified_at = p_verified WHERE p_customer IN (id, merged_into);
        UPDATE orders SET email = p_email WHERE customer_id IN (SELECT id FROM customers WHERE p_customer IN (id, merged_into));
        DELETE FROM ticket_links WHERE customer_id IN (SELECT id FROM customers WHERE p_customer IN (id, merged_into));
        DELETE FROM sessions WHERE customer_id IN (SELECT id FROM customers WHERE p_customer IN (id, merged_into)) AND kind = 'magic';
$$;

ALTER FUNCTION latchkey.address_put(p_customer bigint, p_email text, p_fold text, p_verified timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_undo(p_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a address_changes;
        v_was text;
        v_other bigint;
BEGIN
        SELECT c.email INTO v_was FROM customers c JOIN address_changes a ON a.customer_id = c.id WHERE a.undo_hash = p_hash FOR UPDATE OF c;
        UPDATE address_changes SET status = 'undone', undone_at = app_now()
        WHERE undo_hash = p_hash AND status = 'done' AND undo_until > app_now() RETURNING * INTO v_a;
        IF v_a.id IS NULL THEN
                RETURN false;
        END IF;
        UPDATE address_changes SET status = CASE status WHEN 'done' THEN 'undone' ELSE 'replaced' END,
                                   undone_at = CASE status WHEN 'done' THEN app_now() END
        WHERE customer_id = v_a.customer_id AND id > v_a.id AND status IN ('asked', 'done');
        -- Who bought with the old address meanwhile reads the same mailbox: the same person.
        SELECT id INTO v_other FROM customers
        WHERE email_fold = v_a.old_fold AND id <> v_a.customer_id AND merged_into IS NULL AND erased_at IS NULL;
        IF v_other IS NOT NULL THEN
                PERFORM people_merge(v_other, v_a.customer_id);
        END IF;
        PERFORM address_put(v_a.customer_id, v_a.old_email, v_a.old_fold, app_now());
        UPDATE sessions SET ended_at = app_now() WHERE customer_id = v_a.customer_id AND kind NOT IN ('view_as', 'checkout') AND ended_at IS NULL;
        DELETE FROM credentials WHERE customer_id = v_a.customer_id;
        DELETE FROM passkeys WHERE customer_id = v_a.customer_id;
        PERFORM evidence_add(v_a.customer_id, NULL, 'address_restored', jsonb_build_object('change', v_a.id), v_was || ' ' || v_a.old_email);
        PERFORM message_add('address_restored', 'address_change', v_a.id, '', v_a.customer_id, v_a.old_email);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.address_undo(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_undo_look(p_hash bytea) RETURNS TABLE(state text, old_email text, new_email text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN a.id IS NULL THEN 'unknown' WHEN a.status = 'done' AND a.undo_until > app_now() THEN 'ready' ELSE 'over' END,
               a.old_email, regexp_replace(a.new_email, '^(.).*@', '\1…@')
        FROM (SELECT) one LEFT JOIN address_changes a ON a.undo_hash = p_hash
$$;

ALTER FUNCTION latchkey.address_undo_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_use(p_hash bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
        v_a address_changes;
BEGIN
        PERFORM FROM customers WHERE id = v_person FOR UPDATE;
        UPDATE address_changes SET status = 'done', done_at = app_now(), undo_until = app_now() + interval '7 days'
        WHERE link_hash = p_hash AND customer_id = v_person AND status = 'asked' AND link_until > app_now()
        RETURNING * INTO v_a;
        IF v_a.id IS NULL THEN
                RETURN 'no';
        END IF;
        BEGIN
                PERFORM address_put(v_person, v_a.new_email, v_a.new_fold, app_now());
        EXCEPTION WHEN unique_violation THEN
                UPDATE address_changes SET status = 'replaced' WHERE id = v_a.id;
                RETURN 'taken';
        END;
        PERFORM message_add('address_changed', 'address_change', v_a.id, '', v_person, v_a.old_email);
        PERFORM evidence_add(v_person, NULL, 'address_changed', jsonb_build_object('change', v_a.id), v_a.old_email || ' ' || v_a.new_email);
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.address_use(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.address_waits() RETURNS TABLE(email text, asked_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT a.new_email, a.asked_at FROM address_changes a
        WHERE a.customer_id = v_mine[1] AND a.status = 'asked' AND a.link_until > app_now();
END $$;

ALTER FUNCTION latchkey.address_waits() OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_begin(p_order bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_l record;
        v_id bigint;
        v_day date;
        v_amount bigint;
BEGIN
        SELECT l.*, o.zone, o.terms_id, v.schedule, v.schedule ->> 'kind' AS kind, (v.schedule ->> 'count')::integer AS count,
               t.nothing_new_days, t.read_only_days, t.locked_days
        INTO v_l
        FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN offer_versions v ON v.id = l.offer_version_id
             LEFT JOIN access_timetables t ON t.product_id = l.product_id
        WHERE l.order_id = p_order AND v.schedule IS NOT NULL ORDER BY l.id LIMIT 1;
        IF NOT FOUND OR EXISTS (SELECT FROM agreements WHERE order_id = p_order) THEN
                RETURN;
        END IF;
        v_day := today_in(v_l.zone);
        -- A discount is off the sum of instalments, and off the months of a subscription that its code says.
        v_amount := CASE v_l.kind WHEN 'instalments' THEN v_l.amount_minor ELSE v_l.list_minor END;
        INSERT INTO agreements (order_id, customer_id, currency, kind, anchor_on, zone, count, amount_minor, nothing_new_days,
                                read_only_days, locked_days, made_at)
        VALUES (p_order, v_l.customer_id, v_l.currency, v_l.kind, v_day, v_l.zone, v_l.count, v_amount, v_l.nothing_new_days,
                v_l.read_only_days, v_l.locked_days, app_now())
        RETURNING id INTO v_id;
        INSERT INTO agreement_versions (agreement_id, version, customer_id, currency, why, terms, terms_id, made_at)
        VALUES (v_id, 1, v_l.customer_id, v_l.currency, 'bought',
                v_l.schedule || jsonb_build_object('amount_minor', v_amount, 'currency', v_l.currency, 'anchor_on', v_day, 'zone', v_l.zone),
                v_l.terms_id, app_now());
        UPDATE dues SET agreement_id = v_id, agreement_version = 1 WHERE order_id = p_order AND seq = 1;
        IF v_l.kind = 'instalments' THEN
                INSERT INTO dues (order_id, customer_id, currency, agreement_id, agreement_version, seq, kind, title, amount_minor,
                                  due_on, created_at)
                SELECT p_order, v_l.customer_id, v_l.currency, v_id, 1, n, 'instalment', schedule_title(v_l.schedule, v_l.title, n, NULL),
                       instalment_part(v_amount, v_l.count, n, money_step(v_l.currency)), (v_day + make_interval(months => n - 1))::date, app_now()
                FROM generate_series(2, v_l.count) n;
        END IF;
        PERFORM evidence_add(v_l.customer_id, p_order, 'agreement', jsonb_build_object('agreement', v_id, 'schedule', v_l.schedule,
                             'amount_minor', v_amount, 'currency', v_l.currency, 'anchor_on', v_day));
        PERFORM job_add(1, 'agreement_method', v_id::text);
END $$;

ALTER FUNCTION latchkey.agreement_begin(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_cancel(p_number text) RETURNS TABLE(answer text, ends_on date)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_g agreements;
BEGIN
        SELECT g.* INTO v_g FROM agreements g JOIN orders o ON o.id = g.order_id
        WHERE o.number = upper(p_number) AND g.customer_id = ANY (mine()) AND me_writing() IS NOT NULL AND g.kind = 'subscription';
        PERFORM FROM attempts a JOIN dues d ON d.id = a.due_id WHERE d.agreement_id = v_g.id AND a.live ORDER BY a.id FOR UPDATE OF a;
        PERFORM FROM dues WHERE agreement_id = v_g.id AND status = 'open' ORDER BY id FOR UPDATE;
        SELECT * INTO v_g FROM agreements WHERE id = v_g.id FOR UPDATE;
        answer := CASE WHEN v_g.id IS NULL THEN 'unknown' WHEN v_g.status <> 'live' OR v_g.cancel_asked_at IS NOT NULL THEN 'known' ELSE 'cancelled' END;
        ends_on := agreement_until(v_g.id);
        IF answer = 'cancelled' THEN
                UPDATE agreements SET cancel_asked_at = app_now() WHERE id = v_g.id;
                UPDATE attempts SET status = 'cancelled' WHERE status = 'created' AND due_id IN (SELECT id FROM dues WHERE agreement_id = v_g.id);
                UPDATE dues SET status = 'forgiven' WHERE agreement_id = v_g.id AND status = 'open'
                  AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = dues.id AND a.live);
                PERFORM evidence_add(v_g.customer_id, v_g.order_id, 'cancelled', jsonb_build_object('agreement', v_g.id, 'ends_on', ends_on));
                PERFORM audit_add('customer', v_g.customer_id, 'agreement.cancelled', 'order', v_g.order_id);
                PERFORM agreement_settle(v_g.id);
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.agreement_cancel(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_charges(p_agreement bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT EXISTS (SELECT FROM agreements g JOIN access a ON a.order_id = g.order_id AND a.status <> 'ended'
                       JOIN payments p ON p.order_id = g.order_id AND p.allocated_minor > 0
                            AND (p.refunded_minor < p.amount_minor OR g.kind = 'subscription')
                       WHERE g.id = p_agreement AND g.status = 'live')
$$;

ALTER FUNCTION latchkey.agreement_charges(p_agreement bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_method(p_agreement bigint, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_method bigint;
BEGIN
        SELECT method_apply(p_account, customer_id, p_ref, p_gateway_customer, p_kind, p_brand, p_last_four, p_wallet, p_exp_month,
                            p_exp_year, false) INTO v_method FROM agreements WHERE id = p_agreement;
        IF v_method IS NULL THEN
                RETURN false;
        END IF;
        UPDATE agreements SET method_id = CASE WHEN NOT EXISTS (SELECT FROM payment_methods WHERE id = v_method AND is_default) THEN v_method END
        WHERE id = p_agreement AND status = 'live';
        RETURN true;
END $$;

ALTER FUNCTION latchkey.agreement_method(p_agreement bigint, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_month(p_agreement bigint, p_seq integer) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT g.amount_minor - CASE WHEN p_seq <= c.months OR c.months IS NULL THEN l.discount_minor ELSE 0 END
        FROM agreements g JOIN order_lines l ON l.order_id = g.order_id LEFT JOIN discount_codes c ON c.id = l.discount_id
        WHERE g.id = p_agreement ORDER BY l.id LIMIT 1
$$;

ALTER FUNCTION latchkey.agreement_month(p_agreement bigint, p_seq integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_next(p_number text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT agreement_month(g.id, (SELECT coalesce(max(seq), 0) + 1 FROM dues WHERE agreement_id = g.id))
        FROM agreements g JOIN orders o ON o.id = g.order_id
        WHERE o.number = upper(p_number) AND (o.customer_id = ANY (mine()) OR o.id = link_order())
$$;

ALTER FUNCTION latchkey.agreement_next(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_paid_back(p_order bigint, p_refund bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_g agreements;
BEGIN
        SELECT * INTO v_g FROM agreements WHERE order_id = p_order;
        IF NOT FOUND OR NOT coalesce((SELECT ends_agreement FROM refunds WHERE id = p_refund),
                                     order_paid_back(p_order) OR EXISTS (SELECT FROM orders WHERE id = p_order AND status = 'refunded')) THEN
                RETURN false;
        END IF;
        PERFORM FROM attempts WHERE order_id = p_order AND live ORDER BY id FOR UPDATE;
        PERFORM FROM dues WHERE order_id = p_order ORDER BY id FOR UPDATE;
        PERFORM line_end(id, 'refund') FROM order_lines WHERE order_id = p_order;
        UPDATE orders SET status = 'refunded' WHERE id = p_order AND status = 'paid';
        PERFORM agreement_stop(p_order, 'refunded');
        RETURN true;
END $$;

ALTER FUNCTION latchkey.agreement_paid_back(p_order bigint, p_refund bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_settle(p_agreement bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_g agreements;
        v_open bigint;
        v_since date;
        v_alone date;
        v_late integer;
        v_least integer;
        v_levels text[] := '{full,nothing_new,read_only,locked}';
BEGIN
        SELECT * INTO STRICT v_g FROM agreements WHERE id = p_agreement FOR UPDATE;
        -- What was written off was never paid: nothing becomes permanent by it.  A debit takes days: while one
        -- is on its way, its due takes nothing more away, and gives nothing back before it arrived.
        SELECT count(*), min(due_on),
               min(due_on) FILTER (WHERE NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = dues.id AND a.live AND a.status = 'processing'))
        INTO v_open, v_since, v_alone
        FROM dues WHERE agreement_id = p_agreement AND status IN ('open', 'written_off');
        IF v_g.kind = 'instalments' AND v_g.status <> 'cancelled' AND (v_open = 0) <> (v_g.status = 'completed') THEN
                UPDATE agreements SET status = CASE WHEN v_open = 0 THEN 'completed' ELSE 'live' END,
                                      method_id = CASE WHEN v_open > 0 THEN method_id END,
                                      ended_at = CASE WHEN v_open = 0 THEN app_now() END
                WHERE id = p_agreement RETURNING * INTO v_g;
        END IF;
        IF v_g.status = 'live' AND v_g.cancel_asked_at IS NOT NULL AND v_open = 0 AND agreement_until(v_g.id) <= today_in(v_g.zone) THEN
                UPDATE agreements SET status = 'cancelled', method_id = NULL, ended_at = app_now() WHERE id = v_g.id;
                UPDATE access SET status = 'ended', end_reason = 'cancelled', waiting_for = NULL, expected_on = NULL, since_at = app_now()
                WHERE order_id = v_g.order_id AND reason = 'payment' AND status <> 'ended';
                RETURN;
        END IF;
        v_late := level_of_days(v_g, today_in(v_g.zone) - v_since);
        v_least := level_of_days(v_g, today_in(v_g.zone) - v_alone);
        UPDATE access a SET status = n.status, since_at = app_now()
        FROM access now CROSS JOIN LATERAL (SELECT CASE
                WHEN v_g.status = 'completed' THEN 'permanent'
                ELSE v_levels[greatest(v_least, least(v_late, array_position(v_levels, now.status)))] END AS status) n
        WHERE a.id = now.id AND now.order_id = v_g.order_id AND now.reason = 'payment'
          AND now.status NOT IN ('waiting', 'ended', 'permanent', n.status);
END $$;

ALTER FUNCTION latchkey.agreement_settle(p_agreement bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_stop(p_order bigint, p_why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_g agreements;
BEGIN
        UPDATE agreements SET status = 'cancelled', method_id = NULL, ended_at = app_now() WHERE order_id = p_order AND status = 'live' RETURNING * INTO v_g;
        IF FOUND THEN
                UPDATE attempts SET status = 'cancelled'
                WHERE due_id IN (SELECT id FROM dues WHERE agreement_id = v_g.id) AND (status = 'created' OR (kind = 'transfer' AND live));
                UPDATE dues SET status = 'forgiven' WHERE agreement_id = v_g.id AND status = 'open'
                  AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = dues.id AND a.live);
                PERFORM evidence_add(v_g.customer_id, p_order, 'agreement_ended', jsonb_build_object('agreement', v_g.id, 'why', p_why));
        END IF;
END $$;

ALTER FUNCTION latchkey.agreement_stop(p_order bigint, p_why text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.agreement_until(p_agreement bigint) RETURNS date
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT min(day) FROM agreements g CROSS JOIN LATERAL generate_series(1, 1200) k
               CROSS JOIN LATERAL (SELECT (g.anchor_on + make_interval(months => k))::date AS day) s
        WHERE g.id = p_agreement AND day > (SELECT max(due_on) FROM dues WHERE agreement_id = g.id AND status = 'paid')
$$;

ALTER FUNCTION latchkey.agreement_until(p_agreement bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.alarm_raise(p_kind text, p_object text, p_object_id bigint, p_detail text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO alarms (kind, object, object_id, detail, at)
        VALUES (p_kind, p_object, p_object_id, p_detail, app_now())
        ON CONFLICT (kind, object, object_id) WHERE closed_at IS NULL DO NOTHING
$$;

ALTER FUNCTION latchkey.alarm_raise(p_kind text, p_object text, p_object_id bigint, p_detail text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.alarm_settle(p_id bigint, p_again boolean, p_reason text, p_actor text, p_actor_id bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a alarms;
        v_event text;
BEGIN
        SELECT * INTO v_a FROM alarms WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_a.kind NOT IN ('mismatch', 'poison', 'refund_failed', 'refund_unassigned', 'reconcile') OR (p_again AND v_a.kind <> 'poison') THEN
                RETURN 'other';
        ELSIF v_a.closed_at IS NOT NULL THEN
                RETURN 'over';
        END IF;
        IF v_a.kind = 'mismatch' THEN
                WITH m AS (UPDATE mismatches SET settled_at = app_now()
                           WHERE settled_at IS NULL AND attempt_id IN (SELECT id FROM attempts WHERE order_id = v_a.object_id) RETURNING account_id, payment_ref)
                UPDATE inbox i SET status = 'done' FROM m WHERE i.account_id = m.account_id AND i.payment_ref = m.payment_ref AND i.status = 'mismatch';
        ELSIF v_a.kind = 'poison' THEN
                UPDATE inbox SET status = CASE WHEN p_again THEN 'new' ELSE 'ignored' END, tries = 0, next_at = clock_timestamp(),
                                 done_at = CASE WHEN NOT p_again THEN clock_timestamp() END
                WHERE id = v_a.object_id AND status = 'poison' RETURNING event_ref INTO v_event;
        END IF;
        UPDATE alarms SET closed_at = app_now() WHERE id = p_id;
        PERFORM audit_add(p_actor, p_actor_id, CASE WHEN p_again THEN 'alarm.again' ELSE 'alarm.settled' END, v_a.object, v_a.object_id,
                          jsonb_strip_nulls(jsonb_build_object('alarm', p_id, 'kind', v_a.kind, 'event', v_event, 'reason', nullif(p_reason, ''))));
        RETURN CASE WHEN p_again THEN 'again' ELSE 'settled' END;
END $$;

ALTER FUNCTION latchkey.alarm_settle(p_id bigint, p_again boolean, p_reason text, p_actor text, p_actor_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.allocated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE payments SET allocated_minor = allocated_minor + NEW.amount_minor WHERE id = NEW.payment_id;
        UPDATE dues SET paid_minor = paid_minor + NEW.amount_minor,
                        status = CASE WHEN paid_minor + NEW.amount_minor = amount_minor THEN 'paid' ELSE 'open' END,
                        paid_at = CASE WHEN paid_minor + NEW.amount_minor = amount_minor THEN app_now() END
        WHERE id = NEW.due_id;
        -- Later months of a subscription are not in the price of its line.
        UPDATE order_lines l SET later_minor = greatest(l.later_minor + NEW.amount_minor, l.refunded_minor - l.amount_minor, 0)
        FROM dues d WHERE d.id = NEW.due_id AND d.kind = 'period' AND d.seq > 1
                      AND l.id = (SELECT min(id) FROM order_lines WHERE order_id = d.order_id);
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.allocated() OWNER TO lk_definer;

CREATE FUNCTION latchkey.amount_fits(p_typed text, p_minor bigint, p_exponent integer) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $_$
DECLARE
        v_text text := regexp_replace(p_typed, '[^0-9.,]', '', 'g');
        v_parts text[] := regexp_match(v_text, '^(.*)[.,]([0-9]*)$');
        v_whole text := regexp_replace(coalesce(v_parts[1], v_text), '[.,]', '', 'g');
        v_fraction text := coalesce(v_parts[2], '');
BEGIN
        IF v_text !~ '^[0-9][0-9.,]{0,17}$' THEN
                RETURN false;
        END IF;
        RETURN (length(v_fraction) <= p_exponent AND (v_whole || rpad(v_fraction, p_exponent, '0'))::numeric = p_minor)
            OR (length(v_fraction) = 3 AND (v_whole || v_fraction || repeat('0', p_exponent))::numeric = p_minor);
END $_$;

ALTER FUNCTION latchkey.amount_fits(p_typed text, p_minor bigint, p_exponent integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.app_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$ SELECT now() $$;

ALTER FUNCTION latchkey.app_now() OWNER TO lk_owner;

CREATE FUNCTION latchkey.append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

ALTER FUNCTION latchkey.append_only() OWNER TO lk_definer;

CREATE FUNCTION latchkey.arranged() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF EXISTS (SELECT FROM product_versions WHERE id = OLD.version_id AND published_at IS NOT NULL) THEN
                RAISE EXCEPTION 'the contents of a published version do not change'
                        USING ERRCODE = 'restrict_violation', HINT = 'Publish a new version.';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

ALTER FUNCTION latchkey.arranged() OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_add(p_slug text, p_kind text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('help');
        v_id bigint;
BEGIN
        INSERT INTO articles (slug, kind, created_at) VALUES (p_slug, p_kind, app_now()) ON CONFLICT (slug) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NULL THEN
                RETURN CASE WHEN EXISTS (SELECT FROM articles a JOIN article_versions v ON v.article_id = a.id AND v.published_at IS NULL AND v.version = 1
                                         WHERE a.slug = p_slug AND a.kind = p_kind AND v.changed_by = v_me
                                           AND (v.title, v.summary, v.body_md) = (p_title, p_summary, p_body)) THEN 'added' ELSE 'taken' END;
        END IF;
        INSERT INTO article_versions (article_id, version, title, summary, category, position, keywords, related, answers, fields, body_md, changed_by, changed_at)
        VALUES (v_id, 1, p_title, p_summary, p_category, p_position, p_keywords, p_related, p_answers, p_fields, p_body, v_me, app_now());
        PERFORM audit_add('staff', v_me, 'article.added', 'article', v_id, jsonb_build_object('slug', p_slug, 'kind', p_kind));
        RETURN 'added';
END $$;

ALTER FUNCTION latchkey.article_add(p_slug text, p_kind text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_copy(p_from bigint, p_publish boolean, p_copy_of integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO article_versions (article_id, version, title, summary, category, position, keywords, related, answers, fields, body_md,
                                      based_on, copy_of, changed_by, changed_at, published_at, published_by)
        SELECT f.article_id, (SELECT max(m.version) + 1 FROM article_versions m WHERE m.article_id = f.article_id), f.title, f.summary, f.category,
               f.position, f.keywords, f.related, f.answers, f.fields, f.body_md, a.version_id, p_copy_of, staff_me(), app_now(),
               CASE WHEN p_publish THEN app_now() END, CASE WHEN p_publish THEN staff_me() END
        FROM article_versions f JOIN articles a ON a.id = f.article_id WHERE f.id = p_from
        RETURNING id INTO v_id;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.article_copy(p_from bigint, p_publish boolean, p_copy_of integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_discard(p_slug text, p_seen text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM article_versions WHERE article_id = v_a.id AND published_at IS NULL;
        IF v_draft IS NULL THEN
                RETURN 'discarded';
        END IF;
        IF v_a.version_id IS NULL THEN
                RETURN 'first';
        END IF;
        IF article_seen(v_a.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        DELETE FROM article_versions WHERE id = v_draft;
        PERFORM audit_add('staff', staff_me(), 'article.draft_discarded', 'article', v_a.id, jsonb_build_object('draft', v_draft));
        RETURN 'discarded';
END $$;

ALTER FUNCTION latchkey.article_discard(p_slug text, p_seen text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_for(p_kind text, p_code text, p_class text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN (SELECT a.slug FROM article_answers w JOIN articles a ON a.id = w.article_id AND a.retired_at IS NULL
                WHERE w.kind = p_kind AND w.code IN (p_code, p_class, 'soft')
                ORDER BY CASE w.code WHEN p_code THEN 1 WHEN p_class THEN 2 ELSE 3 END LIMIT 1);
END $$;

ALTER FUNCTION latchkey.article_for(p_kind text, p_code text, p_class text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_load(p_slug text, p_kind text, p_digest bytea, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles;
        v_new boolean := false;
        v_id bigint;
        v_version integer;
BEGIN
        INSERT INTO articles (slug, kind, created_at) VALUES (p_slug, p_kind, app_now()) ON CONFLICT (slug) DO NOTHING RETURNING id INTO v_id;
        v_new := v_id IS NOT NULL;
        SELECT * INTO v_a FROM articles WHERE slug = p_slug FOR UPDATE;
        IF v_a.loaded = p_digest THEN
                RETURN 'same';
        END IF;
        IF NOT v_new AND (v_a.loaded IS NULL OR v_a.kind <> p_kind OR v_a.retired_at IS NOT NULL
                          OR EXISTS (SELECT FROM article_versions WHERE article_id = v_a.id AND (published_at IS NULL OR published_by IS NOT NULL))) THEN
                RETURN 'kept';
        END IF;
        INSERT INTO article_versions (article_id, version, title, summary, category, position, keywords, related, answers, fields, body_md, based_on, published_at)
        SELECT v_a.id, coalesce(max(version), 0) + 1, p_title, p_summary, p_category, p_position, p_keywords, p_related, p_answers, p_fields, p_body,
               v_a.version_id, app_now()
        FROM article_versions WHERE article_id = v_a.id
        RETURNING id, version INTO v_id, v_version;
        UPDATE articles SET version_id = v_id, loaded = p_digest WHERE id = v_a.id;
        PERFORM article_show(v_a.id);
        PERFORM audit_add('operator', NULL, 'article.published', 'article', v_a.id, jsonb_build_object('version', v_version));
        RETURN CASE WHEN v_new THEN 'added' ELSE 'updated' END;
END $$;

ALTER FUNCTION latchkey.article_load(p_slug text, p_kind text, p_digest bytea, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_plain(p_md text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(p_md,
                '!?\[([^]]*)\]\([^)]*\)', '\1', 'g'),                   -- links and pictures: their words
                '<[^<>]*>', ' ', 'g'),
                '(^|\n)[ \t]*(#+|>|[-*+]|[0-9]+\.)[ \t]+', '\1', 'g'),  -- headings, quotes, lists
                '[*_`~|\\]+', '', 'g'),
                '[[:cntrl:][:space:]]+', ' ', 'g'))
$$;

ALTER FUNCTION latchkey.article_plain(p_md text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_publish(p_slug text, p_seen text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_draft article_versions;
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF p_seen ~ '^d[0-9]{1,18}\.' AND EXISTS (SELECT FROM article_versions WHERE id = substring(p_seen FROM '^d([0-9]+)')::bigint
                                                      AND article_id = v_a.id AND published_at IS NOT NULL) THEN
                RETURN 'published';
        END IF;
        SELECT * INTO v_draft FROM article_versions WHERE article_id = v_a.id AND published_at IS NULL;
        IF v_draft.id IS NULL THEN
                RETURN 'none';
        END IF;
        IF article_seen(v_a.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        UPDATE article_versions v
        SET version = (SELECT max(m.version) FROM article_versions m WHERE m.article_id = v_a.id)
                      + CASE WHEN EXISTS (SELECT FROM article_versions m WHERE m.article_id = v_a.id AND m.version > v.version) THEN 1 ELSE 0 END,
            published_at = app_now(), published_by = staff_me()
        WHERE v.id = v_draft.id RETURNING * INTO v_draft;
        UPDATE articles SET version_id = v_draft.id, retired_at = NULL WHERE id = v_a.id;
        PERFORM article_show(v_a.id);
        PERFORM audit_add('staff', staff_me(), 'article.published', 'article', v_a.id, jsonb_build_object('version', v_draft.version));
        RETURN 'published';
END $$;

ALTER FUNCTION latchkey.article_publish(p_slug text, p_seen text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_read(p_slug text, p_version integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('read');
        v_id bigint;
        v_article bigint;
BEGIN
        SELECT v.id, a.id INTO v_id, v_article FROM articles a JOIN article_versions v ON v.article_id = a.id
        WHERE a.slug = p_slug AND v.version = p_version AND v.published_at IS NOT NULL AND a.kind <> 'faq';
        IF v_id IS NULL THEN
                RETURN 'unknown';
        END IF;
        INSERT INTO article_reads VALUES (v_id, v_article, v_me, app_now()) ON CONFLICT DO NOTHING;
        IF FOUND THEN
                PERFORM audit_add('staff', v_me, 'article.read', 'article', v_article, jsonb_build_object('version', p_version));
        END IF;
        RETURN 'read';
END $$;

ALTER FUNCTION latchkey.article_read(p_slug text, p_version integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_restore(p_slug text, p_version integer, p_current integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_old bigint;
        v_now article_versions;
BEGIN
        SELECT id INTO v_old FROM article_versions WHERE article_id = v_a.id AND version = p_version AND published_at IS NOT NULL;
        IF v_old IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT * INTO v_now FROM article_versions WHERE id = v_a.version_id;
        IF v_now.id = v_old OR v_now.copy_of = p_version THEN
                RETURN 'same';
        END IF;
        IF v_now.version <> p_current THEN
                RETURN 'changed';
        END IF;
        v_old := article_copy(v_old, true, p_version);
        UPDATE articles SET version_id = v_old WHERE id = v_a.id;
        PERFORM article_show(v_a.id);
        PERFORM audit_add('staff', staff_me(), 'article.restored', 'article', v_a.id,
                          (SELECT jsonb_build_object('version', version, 'from', p_version) FROM article_versions WHERE id = v_old));
        RETURN 'restored';
END $$;

ALTER FUNCTION latchkey.article_restore(p_slug text, p_version integer, p_current integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_save(p_slug text, p_seen text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles := article_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM article_versions WHERE article_id = v_a.id AND published_at IS NULL;
        IF EXISTS (SELECT FROM article_versions v WHERE v.id = coalesce(v_draft, v_a.version_id)
                     AND (v.title, v.summary, v.category, v.position, v.keywords, v.related, v.answers, v.fields, v.body_md)
                         = (p_title, p_summary, p_category, p_position, p_keywords, p_related, p_answers, p_fields, p_body)) THEN
                RETURN 'same';
        END IF;
        IF article_seen(v_a.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := coalesce(v_draft, article_copy(v_a.version_id, false, NULL));
        UPDATE article_versions SET title = p_title, summary = p_summary, category = p_category, position = p_position, keywords = p_keywords,
                                    related = p_related, answers = p_answers, fields = p_fields, body_md = p_body,
                                    revision = revision + 1, changed_by = staff_me(), changed_at = app_now()
        WHERE id = v_draft;
        PERFORM audit_add('staff', staff_me(), 'article.drafted', 'article', v_a.id,
                          (SELECT jsonb_build_object('draft', id, 'revision', revision) FROM article_versions WHERE id = v_draft));
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.article_save(p_slug text, p_seen text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_seen(p_article bigint) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN coalesce((SELECT 'd' || v.id || '.' || v.revision FROM article_versions v WHERE v.article_id = p_article AND v.published_at IS NULL),
                        (SELECT 'v' || coalesce(a.version_id, 0) FROM articles a WHERE a.id = p_article));
END $$;

ALTER FUNCTION latchkey.article_seen(p_article bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_show(p_article bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $_$
DECLARE
        v_a articles;
        v_v article_versions;
        v_plain text;
BEGIN
        SELECT * INTO v_a FROM articles WHERE id = p_article;
        SELECT * INTO v_v FROM article_versions WHERE id = v_a.version_id AND v_a.retired_at IS NULL;
        -- One at a time: the words of all answers are counted anew.
        PERFORM pg_advisory_xact_lock(hashtext('latchkey.article_show'));
        DELETE FROM faq_articles WHERE article_id = p_article;
        DELETE FROM article_answers WHERE article_id = p_article;
        IF v_v.id IS NOT NULL AND v_a.kind IN ('faq', 'playbook') THEN
                INSERT INTO article_answers (kind, code, article_id)
                SELECT DISTINCT v_a.kind, c, p_article FROM regexp_split_to_table(v_v.answers, '\s+') c WHERE c <> '' ORDER BY 2
                ON CONFLICT (kind, code) DO UPDATE SET article_id = excluded.article_id;
        END IF;
        IF v_v.id IS NOT NULL AND v_a.kind = 'faq' THEN
                v_plain := article_plain(v_v.body_md);
                INSERT INTO faq_articles (article_id, version_id, version, slug, title, summary, category, position, related, body_md, plain, search, published_at)
                VALUES (v_a.id, v_v.id, v_v.version, v_a.slug, v_v.title, v_v.summary, v_v.category, v_v.position, v_v.related, v_v.body_md, v_plain,
                        (SELECT setweight(to_tsvector(c, search_fold(v_v.title)), 'A') || setweight(to_tsvector(c, search_fold(v_v.keywords)), 'B')
                                || setweight(to_tsvector(c, search_fold(v_v.summary)), 'C') || to_tsvector(c, search_fold(v_plain))
                         FROM (SELECT 'english'::regconfig AS c) e)
                        || (SELECT setweight(to_tsvector(c, search_fold(v_v.title || ' ' || v_v.keywords)), 'B') FROM (SELECT 'simple'::regconfig AS c) s),
                        v_v.published_at);
        END IF;
        IF v_a.kind = 'faq' THEN
                WITH now AS MATERIALIZED (
                        SELECT w.lexeme AS word, sum(CASE WHEN w.lexeme = ANY (tsvector_to_array(to_tsvector('simple', search_fold(f.title || ' ' || v.keywords))))
                                                          THEN 5 ELSE 1 END)::integer AS uses
                        FROM faq_articles f JOIN article_versions v ON v.id = f.version_id
                             CROSS JOIN LATERAL unnest(to_tsvector('simple', search_fold(concat_ws(' ', f.title, v.keywords, f.summary, f.plain)))) w
                        WHERE w.lexeme ~ '^[[:alpha:]]{3,40}$' GROUP BY 1),
                     gone AS (DELETE FROM faq_words w WHERE NOT EXISTS (SELECT FROM now n WHERE n.word = w.word))
                INSERT INTO faq_words AS w (word, uses) SELECT word, uses FROM now
                ON CONFLICT (word) DO UPDATE SET uses = excluded.uses WHERE w.uses <> excluded.uses;
        END IF;
END $_$;

ALTER FUNCTION latchkey.article_show(p_article bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.article_shown(p_slug text, p_on boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles := article_take(p_slug);
BEGIN
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF (v_a.retired_at IS NULL) <> p_on THEN
                UPDATE articles SET retired_at = CASE WHEN NOT p_on THEN app_now() END WHERE id = v_a.id;
                PERFORM article_show(v_a.id);
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'article.shown' ELSE 'article.retired' END, 'article', v_a.id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;

ALTER FUNCTION latchkey.article_shown(p_slug text, p_on boolean) OWNER TO lk_definer;

SET default_table_access_method = heap;

CREATE TABLE latchkey.articles (
    id bigint NOT NULL,
    slug text NOT NULL,
    kind text NOT NULL,
    version_id bigint,
    loaded bytea,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT articles_kind_check CHECK ((kind = ANY (ARRAY['faq'::text, 'playbook'::text, 'training'::text]))),
    CONSTRAINT articles_loaded_check CHECK ((length(loaded) = 32)),
    CONSTRAINT articles_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(slug) <= 80) AND (slug <> ALL (ARRAY['requests'::text, 'mail'::text, 'link'::text, 'payment'::text, 'playbook'::text, 'new'::text, 'preview'::text, 'searches'::text]))))
);

ALTER TABLE ONLY latchkey.articles FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.articles OWNER TO lk_owner;

COMMENT ON TABLE latchkey.articles IS 'texts that staff write: answers for customers, playbooks, training';

COMMENT ON COLUMN latchkey.articles.id IS 'stays the same over versions';

COMMENT ON COLUMN latchkey.articles.slug IS 'in its address';

COMMENT ON COLUMN latchkey.articles.kind IS 'faq: customers read it; playbook: beside a case; training: for staff';

COMMENT ON COLUMN latchkey.articles.version_id IS 'the published version; NULL: never published';

COMMENT ON COLUMN latchkey.articles.loaded IS 'SHA-256 of the file that it was loaded from last; NULL: staff wrote it';

COMMENT ON COLUMN latchkey.articles.created_at IS 'when it was begun';

COMMENT ON COLUMN latchkey.articles.retired_at IS 'shown to nobody but staff from then on';

CREATE FUNCTION latchkey.article_take(p_slug text) RETURNS latchkey.articles
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a articles;
BEGIN
        PERFORM staff_must('help');
        SELECT * INTO v_a FROM articles WHERE slug = p_slug FOR UPDATE;
        RETURN v_a;
END $$;

ALTER FUNCTION latchkey.article_take(p_slug text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_closed(p_attempt bigint, p_status text, p_code text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint;
BEGIN
        UPDATE attempts SET status = p_status, decline_code = coalesce(p_code, decline_code)
        WHERE id = p_attempt AND live AND status <> p_status RETURNING order_id INTO v_order;
        UPDATE orders SET status = 'expired'
        WHERE id = v_order AND status = 'open' AND expires_at < app_now() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM attempts WHERE order_id = v_order AND live);
END $$;

ALTER FUNCTION latchkey.attempt_closed(p_attempt bigint, p_status text, p_code text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_ended() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        NEW.settled_at := CASE WHEN NEW.status IN ('succeeded', 'failed', 'cancelled') THEN coalesce(NEW.settled_at, app_now()) END;
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.attempt_ended() OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_failing() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NEW.status NOT IN ('failed', 'cancelled') OR OLD.status = NEW.status THEN
                RETURN NULL;
        END IF;
        -- Its agreement is over meanwhile: the last attempt for what is still open has ended.
        UPDATE dues d SET status = 'forgiven' FROM agreements g
        WHERE d.id = NEW.due_id AND d.status = 'open' AND g.id = d.agreement_id AND g.status = 'cancelled'
          AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = d.id AND a.live);
        IF NEW.status = 'failed' AND EXISTS (SELECT FROM dues WHERE id = NEW.due_id AND agreement_id IS NOT NULL AND status = 'open') THEN
                PERFORM case_failed(NEW.id);
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.attempt_failing() OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_opened(p_key text, p_session text, p_url text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE attempts SET session_ref = p_session, session_url = p_url,
                            status = CASE WHEN status IN ('created', 'unknown') THEN 'sent' ELSE status END
        WHERE key = p_key AND (session_ref IS NULL OR session_ref = p_session)
$$;

ALTER FUNCTION latchkey.attempt_opened(p_key text, p_session text, p_url text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_refused(p_key text, p_code text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE attempts SET status = 'failed', decline_code = p_code WHERE key = p_key AND live
$$;

ALTER FUNCTION latchkey.attempt_refused(p_key text, p_code text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_unknown(p_key text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        UPDATE attempts SET status = 'unknown' WHERE key = p_key AND status IN ('created', 'sent') RETURNING id INTO v_id;
        IF v_id IS NOT NULL THEN
                PERFORM job_add(2, 'attempt_ask', v_id || '/unknown', jsonb_build_object('attempt', v_id),
                                app_now() + interval '5 minutes');
        END IF;
END $$;

ALTER FUNCTION latchkey.attempt_unknown(p_key text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.attempt_watch(p_attempt bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO jobs (lane, kind, key, args, run_at, created_at)
        SELECT 1, 'attempt_ask', p_attempt || '/' || s, jsonb_build_object('attempt', p_attempt), app_now() + s * interval '1 second', app_now()
        FROM unnest(ARRAY[0, 2, 5, 15, 30, 60]) s
        WHERE NOT EXISTS (SELECT FROM jobs_done d WHERE d.kind = 'attempt_ask' AND d.key = p_attempt || '/' || s)
        ON CONFLICT (kind, key) DO NOTHING
$$;

ALTER FUNCTION latchkey.attempt_watch(p_attempt bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.audit_add(p_actor text, p_actor_id bigint, p_action text, p_object text, p_object_id bigint, p_facts jsonb DEFAULT '{}'::jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO audit (at, actor, actor_id, action, object, object_id, facts)
        VALUES (app_now(), p_actor, p_actor_id, p_action, p_object, p_object_id, p_facts)
$$;

ALTER FUNCTION latchkey.audit_add(p_actor text, p_actor_id bigint, p_action text, p_object text, p_object_id bigint, p_facts jsonb) OWNER TO lk_definer;

CREATE FUNCTION latchkey.audit_sealed() RETURNS TABLE(sealed_at timestamp with time zone, waiting integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may('read') THEN
                RETURN;
        END IF;
        RETURN QUERY SELECT (SELECT c.sealed_at FROM chain_seals c WHERE c.source = 'audit' ORDER BY c.seal DESC LIMIT 1),
                            (SELECT count(*) FROM chain_pending p WHERE p.source = 'audit')::integer;
END $$;

ALTER FUNCTION latchkey.audit_sealed() OWNER TO lk_definer;

CREATE FUNCTION latchkey.bank_line_add(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text, p_staff bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO bank_lines (account_id, statement, line, booked_on, amount_minor, currency, reference, payer, payer_iban,
                                source, loaded_by, loaded_at)
        SELECT a.id, p_statement, p_line, p_booked_on, p_amount, p_currency, left(p_reference, 500), left(p_payer, 200),
               left(p_iban, 34), p_source, p_staff, app_now()
        FROM accounts a WHERE a.name = 'bank'
        ON CONFLICT (account_id, statement, line) DO NOTHING;
        RETURN FOUND;
END $$;

ALTER FUNCTION latchkey.bank_line_add(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text, p_staff bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.bank_line_payout(p_line bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_l bank_lines;
BEGIN
        IF NOT staff_may('match') THEN
                RETURN false;
        END IF;
        UPDATE bank_lines SET status = 'payout' WHERE id = p_line AND status = 'new' RETURNING * INTO v_l;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, at)
        VALUES ('payout:' || p_line, 1, 'bank', 'gateway:stripe', v_l.currency, v_l.amount_minor, app_now());
        PERFORM audit_add('staff', staff_me(), 'transfer.payout', 'bank_line', p_line, jsonb_build_object('amount_minor', v_l.amount_minor));
        RETURN true;
END $$;

ALTER FUNCTION latchkey.bank_line_payout(p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.bank_line_set_aside(p_line bigint, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may('match') OR trim(p_reason) = '' THEN
                RETURN false;
        END IF;
        UPDATE bank_lines SET status = 'set_aside', reason = p_reason WHERE id = p_line AND status = 'new';
        IF FOUND THEN
                PERFORM audit_add('staff', staff_me(), 'transfer.set_aside', 'bank_line', p_line, jsonb_build_object('reason', p_reason));
                RETURN true;
        END IF;
        RETURN false;
END $$;

ALTER FUNCTION latchkey.bank_line_set_aside(p_line bigint, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.bank_line_take_up(p_line bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may('match') THEN
                RETURN false;
        END IF;
        UPDATE bank_lines SET status = 'new', reason = '' WHERE id = p_line AND status = 'set_aside';
        IF FOUND THEN
                PERFORM audit_add('staff', staff_me(), 'transfer.take_up', 'bank_line', p_line);
                RETURN true;
        END IF;
        RETURN false;
END $$;

ALTER FUNCTION latchkey.bank_line_take_up(p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.call_limits_set(p_list text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_told jsonb := (
                SELECT coalesce(jsonb_object_agg(c.code, CASE WHEN p_list = 'any' THEN 0 ELSE (split_part(w.said, ' ', 1)::numeric * 10 ^ c.exponent)::bigint END), '{}')
                FROM currencies c LEFT JOIN (SELECT btrim(s) AS said FROM regexp_split_to_table(p_list, ',') s) w ON split_part(w.said, ' ', 2) = c.code
                WHERE p_list = 'any' OR w.said IS NOT NULL);
BEGIN
        IF v_told IS DISTINCT FROM (SELECT coalesce(jsonb_object_agg(currency, amount_minor), '{}') FROM call_limits) THEN
                PERFORM pg_advisory_xact_lock(hashtext('latchkey.call_limits'));
                DELETE FROM call_limits;
                INSERT INTO call_limits SELECT key, value::bigint FROM jsonb_each_text(v_told);
        END IF;
END $$;

ALTER FUNCTION latchkey.call_limits_set(p_list text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.cards_expiring() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_r record;
        v_n integer := 0;
BEGIN
        FOR v_r IN
                SELECT DISTINCT ON (m.id) m.id, m.customer_id, c.email, m.exp_year, m.exp_month
                FROM agreements g
                     JOIN LATERAL (SELECT id, due_on FROM dues WHERE agreement_id = g.id AND status = 'open' AND due_on > today_in(g.zone)
                                   ORDER BY due_on LIMIT 1) d ON d.due_on <= today_in(g.zone) + 30
                     JOIN payment_methods m ON m.id = due_method(d.id)
                     JOIN customers c ON c.id = m.customer_id AND c.erased_at IS NULL
                WHERE g.status = 'live' AND m.exp_year IS NOT NULL AND d.due_on >= (make_date(m.exp_year, m.exp_month, 1) + interval '1 month')::date
                ORDER BY m.id
        LOOP
                IF message_add('card_expiring', 'method', v_r.id, format('%s-%s', v_r.exp_year, lpad(v_r.exp_month::text, 2, '0')),
                               v_r.customer_id, v_r.email) IS NOT NULL THEN
                        v_n := v_n + 1;
                END IF;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.cards_expiring() OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_answer(p_case bigint, p_version bigint, p_labels text[], p_answers text[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF NOT EXISTS (SELECT FROM article_versions v JOIN articles a ON a.id = v.article_id
                          WHERE v.id = p_version AND a.kind = 'playbook' AND v.published_at IS NOT NULL) THEN
                RETURN 'changed';
        END IF;
        INSERT INTO case_answers AS o (case_id, version_id, position, label, answer, staff_id, at)
        SELECT p_case, p_version, a.n, p_labels[a.n], a.answer, staff_me(), app_now()
        FROM unnest(p_answers) WITH ORDINALITY a(answer, n) WHERE a.n <= cardinality(p_labels)
        ON CONFLICT (case_id, version_id, position) DO UPDATE
        SET answer = excluded.answer, label = excluded.label, staff_id = excluded.staff_id, at = excluded.at WHERE o.answer <> excluded.answer;
        IF FOUND THEN
                PERFORM audit_add('staff', staff_me(), 'case.answered', 'case', p_case, jsonb_build_object('version', p_version));
        END IF;
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.case_answer(p_case bigint, p_version bigint, p_labels text[], p_answers text[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_begins() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        NEW.amount_minor := coalesce((SELECT amount_minor - paid_minor FROM dues WHERE id = NEW.due_id), 0);
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.case_begins() OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_number() RETURNS text
    LANGUAGE sql
    AS $$
        SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(b, i) & 31), 1), '')
        FROM (SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex') AS b) r,
             unnest(ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 11, 12]) i
$$;

ALTER FUNCTION latchkey.order_number() OWNER TO lk_owner;

CREATE TABLE latchkey.cases (
    id bigint NOT NULL,
    number text DEFAULT latchkey.order_number() NOT NULL,
    due_id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    class text NOT NULL,
    reason_code text DEFAULT ''::text NOT NULL,
    attempt_id bigint,
    failures integer DEFAULT 1 NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    failed_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    resolved_by text DEFAULT ''::text NOT NULL,
    closed_at timestamp with time zone,
    closed_by bigint,
    cause text,
    note text DEFAULT ''::text NOT NULL,
    owner_id bigint,
    next_step text DEFAULT ''::text NOT NULL,
    next_why text DEFAULT ''::text NOT NULL,
    next_at timestamp with time zone,
    amount_minor bigint DEFAULT 0 NOT NULL,
    stopped_at timestamp with time zone,
    stopped_by bigint,
    stop_reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT cases_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT cases_check CHECK (((status <> ALL (ARRAY['resolved'::text, 'closed'::text])) OR (resolved_at IS NOT NULL))),
    CONSTRAINT cases_check1 CHECK (((status = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT cases_check2 CHECK (((status <> 'closed'::text) OR (cause IS NOT NULL))),
    CONSTRAINT cases_check3 CHECK (((stopped_at IS NULL) = (stopped_by IS NULL))),
    CONSTRAINT cases_class_check CHECK ((class <> ''::text)),
    CONSTRAINT cases_failures_check CHECK ((failures > 0)),
    CONSTRAINT cases_status_check CHECK ((status = ANY (ARRAY['open'::text, 'waiting'::text, 'resolved'::text, 'closed'::text])))
);

ALTER TABLE ONLY latchkey.cases FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.cases OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.cases.id IS 'a failed payment and what is done about it';

COMMENT ON COLUMN latchkey.cases.number IS 'what people are told';

COMMENT ON COLUMN latchkey.cases.due_id IS 'the amount that is owed';

COMMENT ON COLUMN latchkey.cases.order_id IS 'of which order';

COMMENT ON COLUMN latchkey.cases.customer_id IS 'by whom';

COMMENT ON COLUMN latchkey.cases.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.cases.status IS 'see transitions';

COMMENT ON COLUMN latchkey.cases.class IS 'of the last refusal, see decline_codes';

COMMENT ON COLUMN latchkey.cases.reason_code IS 'the gateway''s word of the last refusal; never shown where it is hidden';

COMMENT ON COLUMN latchkey.cases.attempt_id IS 'the attempt that failed last';

COMMENT ON COLUMN latchkey.cases.failures IS 'how often it failed';

COMMENT ON COLUMN latchkey.cases.opened_at IS 'the first failure';

COMMENT ON COLUMN latchkey.cases.failed_at IS 'the last failure';

COMMENT ON COLUMN latchkey.cases.resolved_at IS 'nothing is owed any more';

COMMENT ON COLUMN latchkey.cases.resolved_by IS 'what resolved it: retry, customer, transfer, staff, plan';

COMMENT ON COLUMN latchkey.cases.closed_at IS 'put away, with its cause';

COMMENT ON COLUMN latchkey.cases.closed_by IS 'by whom; NULL: by itself';

COMMENT ON COLUMN latchkey.cases.cause IS 'why it was there';

COMMENT ON COLUMN latchkey.cases.note IS 'what staff or the customer said about the cause';

COMMENT ON COLUMN latchkey.cases.owner_id IS 'who of the staff looks after it';

COMMENT ON COLUMN latchkey.cases.next_step IS 'retry, remind, call, wait, ask, none';

COMMENT ON COLUMN latchkey.cases.next_why IS 'why then, one sentence for staff';

COMMENT ON COLUMN latchkey.cases.next_at IS 'when the next step is taken';

COMMENT ON COLUMN latchkey.cases.amount_minor IS 'what was owed when it opened';

COMMENT ON COLUMN latchkey.cases.stopped_at IS 'staff stopped the retries; NULL: the planner plans';

COMMENT ON COLUMN latchkey.cases.stopped_by IS 'who stopped them';

COMMENT ON COLUMN latchkey.cases.stop_reason IS 'why';

CREATE FUNCTION latchkey.case_call_task(p_case latchkey.cases, p_period text, p_due_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_d dues;
        v_zone text := due_zone(p_case.due_id);
BEGIN
        SELECT * INTO v_d FROM dues WHERE id = p_case.due_id;
        PERFORM task_open('call', 'case', p_case.id, p_period, p_due_at, 'support',
                          format('Call about a payment of %s %s that did not go through', search_amount(v_d.amount_minor - v_d.paid_minor, v_d.currency), v_d.currency),
                          jsonb_build_object('What for', v_d.title, 'Their time zone', v_zone), p_case.customer_id, p_case.order_id);
END $$;

ALTER FUNCTION latchkey.case_call_task(p_case latchkey.cases, p_period text, p_due_at timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_cause_guess(p_class text, p_code text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN p_code IN ('no_method', 'method_removed') THEN 'method_missing'
                    WHEN p_code IN ('lost_card', 'stolen_card', 'pickup_card', 'new_account_information_available', 'account_closed') THEN 'card_replaced'
                    WHEN p_code IN ('withdrawal_count_limit_exceeded', 'card_velocity_exceeded', 'amount_exceeds_limit') THEN 'limit'
                    WHEN p_code IN ('incorrect_number', 'invalid_number', 'incorrect_cvc', 'invalid_cvc', 'invalid_expiry_month', 'invalid_expiry_year') THEN 'details_wrong'
                    WHEN p_code IN ('debit_not_authorized', 'debit_disputed', 'refer_to_customer') THEN 'debit_returned'
                    WHEN p_code IN ('processing_error', 'issuer_not_available', 'reenter_transaction') THEN 'gateway'
                    WHEN p_code = 'expired_card' THEN 'card_expired'
                    WHEN p_class = 'soft_funds' THEN 'no_funds'
                    WHEN p_class = 'on_session' THEN 'authentication'
                    WHEN p_class = 'fix_card' THEN 'details_wrong'
                    WHEN p_class IN ('bank', 'soft') THEN 'bank_refused' ELSE 'other' END
$$;

ALTER FUNCTION latchkey.case_cause_guess(p_class text, p_code text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_classed(p_attempt bigint, p_class text, p_known boolean) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases;
        v_staff text;
BEGIN
        -- A plan may follow in the same transaction: attempt and due are locked before the case.
        PERFORM FROM attempts WHERE due_id = (SELECT due_id FROM attempts WHERE id = p_attempt) AND live FOR UPDATE;
        PERFORM FROM dues WHERE id = (SELECT due_id FROM attempts WHERE id = p_attempt) FOR UPDATE;
        SELECT c.* INTO v_c FROM cases c JOIN dues d ON d.id = c.due_id
        WHERE c.attempt_id = p_attempt AND c.status IN ('open', 'waiting') AND d.status = 'open' FOR UPDATE OF c;
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        SELECT class INTO v_staff FROM decline_codes WHERE code = v_c.reason_code AND known;
        IF v_staff IS NULL AND NOT p_known AND v_c.reason_code <> '' THEN
                INSERT INTO decline_codes (code, class, hidden, known, first_at) VALUES (v_c.reason_code, p_class, true, false, app_now())
                ON CONFLICT (code) DO NOTHING;
                PERFORM alarm_raise('decline_unknown', 'order', v_c.order_id,
                                    format('The gateway gave a reason that is not known here: %s. It is treated as one that may pass.', v_c.reason_code));
        END IF;
        UPDATE cases SET class = coalesce(v_staff, p_class) WHERE id = v_c.id RETURNING * INTO v_c;
        PERFORM message_parties('payment_failed', 'due', v_c.due_id, v_c.number || '/' || v_c.class, v_c.order_id, 'bills');
        RETURN v_c.id;
END $$;

ALTER FUNCTION latchkey.case_classed(p_attempt bigint, p_class text, p_known boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_close(p_case bigint, p_cause text, p_note text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL OR NOT EXISTS (SELECT FROM case_causes WHERE cause = p_cause) THEN
                RETURN 'unknown';
        ELSIF v_c.status = 'closed' THEN
                RETURN 'same';
        ELSIF v_c.status <> 'resolved' THEN
                RETURN 'owed';
        END IF;
        UPDATE cases SET status = 'closed', closed_at = app_now(), closed_by = staff_me(), cause = p_cause, note = p_note WHERE id = p_case;
        PERFORM audit_add('staff', staff_me(), 'case.closed', 'case', p_case, jsonb_build_object('cause', p_cause));
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.case_close(p_case bigint, p_cause text, p_note text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_failed(p_attempt bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a attempts;
        v_d dues;
        v_case bigint;
BEGIN
        SELECT * INTO STRICT v_a FROM attempts WHERE id = p_attempt;
        SELECT * INTO STRICT v_d FROM dues WHERE id = v_a.due_id FOR UPDATE;
        -- A payment page that could not be opened is no failed payment.
        IF v_d.status <> 'open' OR v_a.status <> 'failed' OR (v_a.kind = 'checkout' AND v_a.session_ref IS NULL) THEN
                RETURN;
        END IF;
        UPDATE cases SET status = 'open', resolved_at = NULL, resolved_by = ''
        WHERE id = (SELECT max(id) FROM cases WHERE due_id = v_d.id) AND status = 'resolved';
        INSERT INTO cases AS c (due_id, order_id, customer_id, currency, class, reason_code, attempt_id, opened_at, failed_at)
        VALUES (v_d.id, v_d.order_id, v_d.customer_id, v_d.currency, 'soft', coalesce(v_a.decline_code, v_a.error_code, ''), p_attempt,
                app_now(), app_now())
        ON CONFLICT (due_id) WHERE status IN ('open', 'waiting') DO UPDATE
        SET failures = c.failures + 1, failed_at = excluded.failed_at, attempt_id = excluded.attempt_id, reason_code = excluded.reason_code,
            status = 'open', next_step = '', next_why = '', next_at = NULL
        WHERE c.attempt_id IS DISTINCT FROM excluded.attempt_id
        RETURNING c.id INTO v_case;
        IF v_case IS NOT NULL THEN
                PERFORM retry_learn(p_attempt, false);
                PERFORM job_add(1, 'case', p_attempt::text);
        END IF;
END $$;

ALTER FUNCTION latchkey.case_failed(p_attempt bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_letter(p_case bigint, p_nonce text, p_subject text, p_body text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
        v_ticket bigint;
        v_post bigint;
        v_email text := (SELECT email FROM customers WHERE id = v_c.customer_id);
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_email IS NULL THEN
                RETURN 'unreachable';
        ELSIF EXISTS (SELECT FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE t.case_id = p_case AND p.form_nonce = p_nonce) THEN
                RETURN 'again';
        END IF;
        SELECT max(id) INTO v_ticket FROM tickets WHERE case_id = p_case AND status <> 'closed';
        IF v_ticket IS NULL THEN
                INSERT INTO tickets (customer_id, order_id, about, status, proved, staff_id, form_nonce, created_at, since_at, case_id)
                VALUES (v_c.customer_id, v_c.order_id, 'payment', 'answered', true, staff_me(), p_nonce, app_now(), app_now(), p_case)
                RETURNING id INTO v_ticket;
        END IF;
        INSERT INTO posts (ticket_id, customer_id, author, staff_id, via, subject, body, form_nonce, at)
        VALUES (v_ticket, v_c.customer_id, 'staff', staff_me(), 'page', p_subject, p_body, p_nonce, app_now()) RETURNING id INTO v_post;
        UPDATE tickets SET status = 'answered', staff_id = coalesce(staff_id, staff_me()), since_at = app_now() WHERE id = v_ticket AND status <> 'answered';
        PERFORM message_add('personal', 'post', v_post, '', v_c.customer_id, v_email);
        PERFORM audit_add('staff', staff_me(), 'case.written', 'case', p_case, jsonb_build_object('post', v_post));
        RETURN 'sent';
END $$;

ALTER FUNCTION latchkey.case_letter(p_case bigint, p_nonce text, p_subject text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_link(p_case bigint, p_act text, p_nonce text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
        v_period text := v_c.number || '/' || v_c.class || '/' || p_nonce;
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF p_act = 'revoke' THEN
                IF pay_links_end(v_c.due_id) = 0 THEN
                        RETURN 'none';
                END IF;
                PERFORM audit_add('staff', staff_me(), 'case.links_ended', 'case', p_case);
                RETURN 'revoked';
        ELSIF NOT EXISTS (SELECT FROM dues WHERE id = v_c.due_id AND status = 'open') THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM messages WHERE kind = 'payment_failed' AND object = 'due' AND object_id = v_c.due_id AND period = v_period) THEN
                RETURN 'again';
        END IF;
        PERFORM message_parties('payment_failed', 'due', v_c.due_id, v_period, v_c.order_id, 'bills');
        PERFORM audit_add('staff', staff_me(), 'case.link_sent', 'case', p_case);
        RETURN 'sent';
END $$;

ALTER FUNCTION latchkey.case_link(p_case bigint, p_act text, p_nonce text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_links_live(p_due bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN CASE WHEN staff_may('read') THEN (SELECT count(*) FROM sessions WHERE due_id = p_due AND kind = 'pay_link' AND ended_at IS NULL
                                                                                    AND expires_at > app_now()) END;
END $$;

ALTER FUNCTION latchkey.case_links_live(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_moving() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_message bigint;
        v_zone text;
BEGIN
        IF NEW.status = 'open' AND (TG_OP = 'INSERT' OR OLD.status = 'resolved') THEN
                UPDATE messages SET status = 'skipped', detail = 'failed again'
                WHERE kind = 'case_thanks' AND object = 'case' AND object_id = NEW.id AND status IN ('queued', 'deferred');
                IF NEW.amount_minor >= (SELECT amount_minor FROM call_limits WHERE currency = NEW.currency) THEN
                        PERFORM case_call_task(NEW, CASE TG_OP WHEN 'INSERT' THEN '' ELSE to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') END,
                                               local_daytime(due_zone(NEW.due_id)) + interval '4 hours');
                END IF;
        ELSIF NEW.status = 'resolved' AND TG_OP = 'UPDATE' AND OLD.status IN ('open', 'waiting') THEN
                UPDATE tasks SET status = 'dropped', outcome = 'Settled meanwhile', closed_at = app_now()
                WHERE kind = 'call' AND object = 'case' AND object_id = NEW.id AND status IN ('open', 'claimed');
                IF NEW.resolved_by <> 'staff' AND NOT EXISTS (SELECT FROM messages WHERE kind = 'case_thanks' AND object = 'case' AND object_id = NEW.id
                                                                 AND status <> 'skipped') THEN
                        v_zone := due_zone(NEW.due_id);
                        SELECT message_add('case_thanks', 'case', NEW.id, CASE WHEN s.n > 0 THEN 'again ' || s.n ELSE '' END, NEW.customer_id, o.email, true)
                        INTO v_message
                        FROM orders o CROSS JOIN (SELECT count(*) AS n FROM messages WHERE kind = 'case_thanks' AND object = 'case' AND object_id = NEW.id) s
                        WHERE o.id = NEW.order_id AND o.email <> '';
                        PERFORM job_add(3, 'mail', v_message::text, '{}', (today_in(v_zone) + 1 + time '10:00') AT TIME ZONE v_zone) WHERE v_message IS NOT NULL;
                END IF;
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.case_moving() OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_note(p_case bigint, p_nonce text, p_kind text, p_outcome text, p_body text, p_next_at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF EXISTS (SELECT FROM case_notes WHERE case_id = p_case AND form_nonce = p_nonce) THEN
                RETURN 'again';
        ELSIF p_next_at < app_now() THEN
                RETURN 'early';
        END IF;
        INSERT INTO case_notes (case_id, customer_id, kind, outcome, body, next_at, staff_id, form_nonce, at)
        VALUES (p_case, v_c.customer_id, p_kind, p_outcome, p_body, p_next_at, staff_me(), p_nonce, app_now());
        IF p_kind = 'call' THEN
                UPDATE tasks SET status = 'done', closed_at = app_now(), closed_by = staff_me(),
                                 outcome = CASE p_outcome WHEN 'reached' THEN 'Reached' WHEN 'no_answer' THEN 'Nobody answered' ELSE 'The number is wrong' END
                WHERE kind = 'call' AND object = 'case' AND object_id = p_case AND status IN ('open', 'claimed');
                IF p_next_at IS NOT NULL AND v_c.status IN ('open', 'waiting') THEN
                        PERFORM case_call_task(v_c, p_nonce, p_next_at);
                END IF;
                UPDATE cases SET owner_id = staff_me() WHERE id = p_case AND owner_id IS NULL;
        END IF;
        PERFORM audit_add('staff', staff_me(), CASE p_kind WHEN 'call' THEN 'case.called' ELSE 'case.noted' END, 'case', p_case,
                          CASE p_kind WHEN 'call' THEN jsonb_build_object('outcome', p_outcome) ELSE '{}' END);
        RETURN 'noted';
END $$;

ALTER FUNCTION latchkey.case_note(p_case bigint, p_nonce text, p_kind text, p_outcome text, p_body text, p_next_at timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_own(p_case bigint, p_staff bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_c.owner_id IS NOT DISTINCT FROM p_staff THEN
                RETURN 'same';
        ELSIF p_staff IS NOT NULL AND NOT EXISTS (SELECT FROM staff s JOIN staff_rights r ON r.role = s.role AND r.verb = 'cases'
                                                  WHERE s.id = p_staff AND s.disabled_at IS NULL) THEN
                RETURN 'nobody';
        END IF;
        UPDATE cases SET owner_id = p_staff WHERE id = p_case;
        PERFORM audit_add('staff', staff_me(), CASE WHEN p_staff IS NULL THEN 'case.freed' WHEN p_staff = staff_me() THEN 'case.taken' ELSE 'case.handed' END,
                          'case', p_case, jsonb_build_object('owner', p_staff));
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.case_own(p_case bigint, p_staff bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_paid(p_due bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_by text;
        v_attempt bigint;
BEGIN
        IF NOT EXISTS (SELECT FROM dues WHERE id = p_due AND status <> 'open') THEN
                RETURN;
        END IF;
        UPDATE attempts SET status = 'cancelled' WHERE due_id = p_due AND status = 'created';
        SELECT CASE WHEN p.bank_line_id IS NOT NULL THEN 'transfer' WHEN t.kind = 'off_session' AND NOT t.on_session THEN 'retry' ELSE 'customer' END, t.id
        INTO v_by, v_attempt
        FROM allocations a JOIN payments p ON p.id = a.payment_id LEFT JOIN attempts t ON t.id = p.attempt_id
        WHERE a.due_id = p_due AND a.amount_minor > 0 ORDER BY a.id DESC LIMIT 1;
        PERFORM retry_learn(v_attempt, true);
        -- What was used on the gateway's page is charged for the amounts to come.
        PERFORM job_add(1, 'agreement_method', d.agreement_id || '/' || v_attempt) FROM dues d, attempts t
        WHERE d.id = p_due AND d.agreement_id IS NOT NULL AND t.id = v_attempt AND t.kind = 'checkout';
        UPDATE promises SET status = CASE WHEN v_by IS NULL THEN 'withdrawn' ELSE 'kept' END, settled_at = app_now()
        WHERE due_id = p_due AND status = 'open';
        UPDATE cases SET status = 'resolved', resolved_at = app_now(), resolved_by = coalesce(v_by, 'staff'), next_step = 'none', next_why = '',
                         next_at = NULL
        WHERE due_id = p_due AND status IN ('open', 'waiting');
        UPDATE sessions SET ended_at = app_now() WHERE due_id = p_due AND kind = 'pay_link' AND ended_at IS NULL;
        UPDATE messages SET status = 'skipped', detail = CASE WHEN v_by IS NULL THEN 'not owed' ELSE 'paid' END
        WHERE object = 'due' AND object_id = p_due AND status IN ('queued', 'deferred');
END $$;

ALTER FUNCTION latchkey.case_paid(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_planned(p_case bigint, p_method bigint, p_promised date, p_at timestamp with time zone, p_class text, p_why text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_due bigint := (SELECT due_id FROM cases WHERE id = p_case);
BEGIN
        PERFORM FROM attempts WHERE due_id = v_due AND live FOR UPDATE;
        PERFORM FROM dues WHERE id = v_due FOR UPDATE;
        PERFORM FROM cases c JOIN dues d ON d.id = c.due_id WHERE c.id = p_case AND c.status IN ('open', 'waiting') AND d.status = 'open'
                AND c.stopped_at IS NULL FOR UPDATE OF c;
        IF NOT FOUND THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_due AND live AND NOT (status = 'created' AND planned_at > app_now())) THEN
                RETURN 'busy';
        ELSIF (SELECT promised_on FROM promises WHERE due_id = v_due AND status = 'open') IS DISTINCT FROM p_promised
              OR due_method(v_due) IS DISTINCT FROM p_method THEN
                RETURN 'stale';
        END IF;
        UPDATE attempts SET status = 'cancelled' WHERE due_id = v_due AND status = 'created' AND planned_at > app_now();
        IF p_at IS NOT NULL AND due_attempt(v_due, p_method, false, p_at, p_class, p_why) IS NULL THEN
                RETURN 'over';
        END IF;
        UPDATE cases SET next_step = CASE WHEN p_at IS NULL THEN 'ask' ELSE 'retry' END, next_at = p_at, next_why = p_why WHERE id = p_case;
        RETURN 'planned';
END $$;

ALTER FUNCTION latchkey.case_planned(p_case bigint, p_method bigint, p_promised date, p_at timestamp with time zone, p_class text, p_why text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_retry(p_case bigint, p_act text, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'cases');
        v_method bigint := due_method(v_c.due_id);
        v_name text := (SELECT coalesce(nullif(name, ''), email) FROM staff WHERE id = staff_me());
BEGIN
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_c.status NOT IN ('open', 'waiting') OR NOT EXISTS (SELECT FROM dues WHERE id = v_c.due_id AND status = 'open') THEN
                RETURN 'over';
        ELSIF p_act = 'stop' AND v_c.stopped_at IS NOT NULL THEN
                RETURN 'same';
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_c.due_id AND live AND NOT (status = 'created' AND planned_at > app_now())) THEN
                RETURN 'busy';
        ELSIF p_act = 'stop' THEN
                UPDATE attempts SET status = 'cancelled' WHERE due_id = v_c.due_id AND live;
                UPDATE cases SET stopped_at = app_now(), stopped_by = staff_me(), stop_reason = p_reason, next_step = 'none', next_at = NULL,
                                 next_why = format('%s stopped the retries: %s', v_name, p_reason) WHERE id = p_case;
        ELSIF p_act = 'plan' THEN
                UPDATE attempts SET status = 'cancelled' WHERE due_id = v_c.due_id AND live;
                UPDATE cases SET stopped_at = NULL, stopped_by = NULL, stop_reason = '', next_step = '', next_at = NULL, next_why = '' WHERE id = p_case;
                PERFORM job_add(1, 'case_plan', p_case || '/staff ' || clock_timestamp());
        ELSIF EXISTS (SELECT FROM promises WHERE due_id = v_c.due_id AND status = 'open') THEN
                RETURN 'promised';
        ELSIF v_method IS NULL THEN
                RETURN 'method';
        ELSIF v_c.class = 'on_session' AND v_method = (SELECT payment_method_id FROM attempts WHERE id = v_c.attempt_id) THEN
                RETURN 'never';
        ELSIF charge_refused(v_c.due_id, v_method) IS NOT NULL THEN
                RETURN charge_refused(v_c.due_id, v_method);
        ELSIF due_attempt(v_c.due_id, v_method, false, NULL, NULL, format('%s tried it now: %s', v_name, p_reason)) IS NULL THEN
                RETURN 'busy';
        ELSE
                UPDATE cases SET stopped_at = NULL, stopped_by = NULL, stop_reason = '', next_step = 'retry', next_at = app_now(),
                                 next_why = format('%s tried it now: %s', v_name, p_reason) WHERE id = p_case;
        END IF;
        PERFORM audit_add('staff', staff_me(), CASE p_act WHEN 'stop' THEN 'case.stopped' WHEN 'plan' THEN 'case.planned' ELSE 'case.tried' END, 'case', p_case,
                          CASE WHEN p_act = 'plan' THEN '{}' ELSE jsonb_build_object('reason', p_reason) END);
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.case_retry(p_case bigint, p_act text, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_settle(p_case bigint, p_how text, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases := case_take(p_case, 'settle');
        v_d dues;
BEGIN
        IF v_c.id IS NULL OR p_how NOT IN ('forgiven', 'written_off') THEN
                RETURN 'unknown';
        END IF;
        SELECT * INTO v_d FROM dues WHERE id = v_c.due_id;
        IF v_d.status <> 'open' THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_d.id AND live AND NOT (status = 'created' AND planned_at > app_now()) AND kind <> 'transfer') THEN
                RETURN 'busy';
        END IF;
        UPDATE attempts SET status = 'cancelled' WHERE due_id = v_d.id AND live;
        UPDATE dues SET status = p_how WHERE id = v_d.id;
        IF p_how = 'written_off' THEN
                UPDATE agreements SET cancel_asked_at = coalesce(cancel_asked_at, app_now()) WHERE id = v_d.agreement_id AND kind = 'subscription';
        END IF;
        PERFORM case_paid(v_d.id);
        PERFORM audit_add('staff', staff_me(), 'case.' || p_how, 'case', p_case,
                          jsonb_build_object('amount_minor', v_d.amount_minor - v_d.paid_minor, 'currency', v_d.currency, 'reason', p_reason));
        PERFORM evidence_add(v_d.customer_id, v_d.order_id, p_how, jsonb_build_object('due', v_d.id, 'amount_minor', v_d.amount_minor - v_d.paid_minor,
                             'currency', v_d.currency));
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.case_settle(p_case bigint, p_how text, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.case_take(p_case bigint, p_verb text) RETURNS latchkey.cases
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c cases;
        v_due bigint := (SELECT due_id FROM cases WHERE id = p_case);
BEGIN
        PERFORM staff_must(p_verb);
        PERFORM FROM attempts WHERE due_id = v_due AND live FOR UPDATE;
        PERFORM FROM dues WHERE id = v_due FOR UPDATE;
        SELECT * INTO v_c FROM cases WHERE id = p_case FOR UPDATE;
        RETURN v_c;
END $$;

ALTER FUNCTION latchkey.case_take(p_case bigint, p_verb text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.cases_close() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_n integer;
BEGIN
        UPDATE cases SET status = 'closed', closed_at = app_now(), cause = case_cause_guess(class, reason_code)
        WHERE id IN (SELECT id FROM cases WHERE status = 'resolved' AND resolved_at < app_now() - interval '14 days' ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED);
        GET DIAGNOSTICS v_n = ROW_COUNT;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.cases_close() OWNER TO lk_definer;

CREATE FUNCTION latchkey.cases_scan(p_days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
        v_message bigint;
        v_n integer := 0;
BEGIN
        FOR v_row IN
                SELECT p.id, p.due_id, d.customer_id, d.order_id FROM promises p JOIN dues d ON d.id = p.due_id
                WHERE p.status = 'open' AND d.status = 'open' AND p.promised_on < today_in(due_zone(p.due_id))
                ORDER BY d.id LIMIT 500 FOR UPDATE OF d
        LOOP
                UPDATE promises SET status = 'broken', settled_at = app_now() WHERE id = v_row.id;
                UPDATE cases SET status = 'open', next_step = CASE WHEN next_at > app_now() THEN next_step ELSE '' END
                WHERE due_id = v_row.due_id AND status = 'waiting';
                SELECT message_add('promise_broken', 'due', v_row.due_id, 'promise ' || v_row.id, v_row.customer_id, o.email, true) INTO v_message
                FROM orders o WHERE o.id = v_row.order_id;
                PERFORM job_add(2, 'mail', v_message::text, '{}', local_daytime(due_zone(v_row.due_id))) WHERE v_message IS NOT NULL;
                v_n := v_n + 1;
        END LOOP;
        WITH late AS (
                UPDATE attempts a SET status = 'cancelled'
                FROM cases c WHERE c.due_id = a.due_id AND c.status IN ('open', 'waiting') AND a.kind = 'transfer' AND a.live
                  AND a.sent_at < app_now() - make_interval(days => p_days)
                RETURNING c.id)
        UPDATE cases SET status = 'open', next_step = '', next_why = '', next_at = NULL WHERE id IN (SELECT id FROM late);
        FOR v_row IN
                SELECT c.id FROM cases c JOIN dues d ON d.id = c.due_id
                WHERE c.status IN ('open', 'waiting') AND d.status = 'open' AND c.failed_at < app_now() - interval '2 minutes' AND c.stopped_at IS NULL
                  AND (c.next_step = '' OR (c.next_step = 'retry' AND c.next_at < app_now() - interval '10 minutes'))
                  AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = c.due_id AND a.live)
                ORDER BY c.id LIMIT 500
        LOOP
                PERFORM job_add(3, 'case_plan', v_row.id || '/' || to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'));
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.cases_scan(p_days integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.chain_check() RETURNS TABLE(kind text, order_number text, expected text, found text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
        v_source text;
        v_hash bytea;
        v_next bigint;
BEGIN
        FOREACH v_source IN ARRAY ARRAY['audit', 'evidence'] LOOP
                v_hash := sha256(convert_to('latchkey ' || v_source, 'UTF8'));
                v_next := 1;
                FOR v_row IN
                        SELECT s.seal, s.hash, s.row_id, chain_text(v_source, s.row_id) AS text
                        FROM chain_seals s WHERE s.source = v_source ORDER BY s.seal
                LOOP
                        v_hash := sha256(v_hash || convert_to(coalesce(v_row.text, ''), 'UTF8'));
                        IF v_row.seal <> v_next OR v_hash <> v_row.hash THEN
                                -- As a query: a column called found is not the variable FOUND.
                                RETURN QUERY SELECT v_source || '_chain', NULL::text, encode(v_row.hash, 'hex'),
                                                    format('row %s does not fit seal %s', v_row.row_id, v_row.seal);
                                EXIT;
                        END IF;
                        v_next := v_next + 1;
                END LOOP;
        END LOOP;
        RETURN QUERY
                SELECT w.source || '_chain', NULL::text, 'sealed, or waiting for it', format('row %s is neither', w.id)
                FROM (SELECT 'audit' AS source, id FROM audit UNION ALL SELECT 'evidence', id FROM evidence) w
                WHERE NOT EXISTS (SELECT FROM chain_seals s WHERE s.source = w.source AND s.row_id = w.id)
                  AND NOT EXISTS (SELECT FROM chain_pending p WHERE p.source = w.source AND p.row_id = w.id)
                LIMIT 10;
        RETURN QUERY
                SELECT 'evidence_text', o.number, encode(e.personal_hash, 'hex'), format('the personal text of row %s is another', e.id)
                FROM evidence e LEFT JOIN orders o ON o.id = e.order_id
                WHERE e.personal IS NOT NULL AND sha256(e.salt || convert_to(e.personal, 'UTF8')) IS DISTINCT FROM e.personal_hash
                LIMIT 10;
END $$;

ALTER FUNCTION latchkey.chain_check() OWNER TO lk_definer;

CREATE FUNCTION latchkey.chain_seal() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
        v_source text;
        v_seal bigint;
        v_hash bytea;
        v_n integer := 0;
BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('latchkey.chain_seal'));
        FOREACH v_source IN ARRAY ARRAY['audit', 'evidence'] LOOP
                SELECT seal, hash INTO v_seal, v_hash FROM chain_seals WHERE source = v_source ORDER BY seal DESC LIMIT 1;
                v_seal := coalesce(v_seal, 0);
                v_hash := coalesce(v_hash, sha256(convert_to('latchkey ' || v_source, 'UTF8')));
                FOR v_row IN
                        SELECT row_id, chain_text(v_source, row_id) AS text FROM chain_pending
                        WHERE source = v_source ORDER BY row_id LIMIT 5000
                LOOP
                        v_seal := v_seal + 1;
                        v_hash := sha256(v_hash || convert_to(v_row.text, 'UTF8'));
                        INSERT INTO chain_seals VALUES (v_source, v_seal, v_row.row_id, v_hash, app_now());
                        DELETE FROM chain_pending WHERE source = v_source AND row_id = v_row.row_id;
                        v_n := v_n + 1;
                END LOOP;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.chain_seal() OWNER TO lk_definer;

CREATE FUNCTION latchkey.chain_text(p_source text, p_id bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET bytea_output TO 'hex'
    AS $$
        SELECT CASE p_source
                WHEN 'audit' THEN (SELECT to_jsonb(a)::text FROM audit a WHERE id = p_id)
                ELSE (SELECT (to_jsonb(e) - 'personal' - 'salt')::text FROM evidence e WHERE id = p_id) END
$$;

ALTER FUNCTION latchkey.chain_text(p_source text, p_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.chain_wants() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO chain_pending (source, row_id) VALUES (TG_TABLE_NAME, NEW.id);
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.chain_wants() OWNER TO lk_definer;

CREATE FUNCTION latchkey.charge_method(p_due bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN charge_refused(p_due, f.id) = 'never' THEN (
                        SELECT max(m.id) FROM payment_methods m JOIN dues d ON d.customer_id = m.customer_id
                        WHERE d.id = p_due AND m.is_backup AND m.detached_at IS NULL AND m.id <> f.id AND charge_refused(p_due, m.id) IS NULL)
                    ELSE f.id END
        FROM (SELECT due_method(p_due) AS id) f
$$;

ALTER FUNCTION latchkey.charge_method(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.charge_refused(p_due bigint, p_method bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE
                WHEN EXISTS (SELECT FROM attempts a JOIN cases c ON c.attempt_id = a.id JOIN payment_methods m ON m.id = a.payment_method_id
                             WHERE a.payment_method_id = p_method AND m.updated_at <= c.failed_at
                               AND (c.class = 'never_again' OR (c.class = 'fix_card' AND c.due_id = p_due AND c.status IN ('open', 'waiting')))) THEN 'never'
                WHEN (SELECT count(*) FROM attempts WHERE due_id = p_due AND kind = 'off_session' AND sent_at > app_now() - interval '30 days') >= 15
                  OR (SELECT count(*) FROM attempts WHERE payment_method_id = p_method AND sent_at > app_now() - interval '1 day') >= 10
                  OR (SELECT count(*) FROM attempts WHERE payment_method_id = p_method AND sent_at > app_now() - interval '30 days') >= 20 THEN 'limit' END
$$;

ALTER FUNCTION latchkey.charge_refused(p_due bigint, p_method bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.charge_result(p_attempt bigint, p_status text, p_ref text, p_url text, p_error text, p_decline text, p_advice text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE attempts SET status = p_status, gateway_ref = coalesce(gateway_ref, p_ref), session_url = coalesce(p_url, session_url),
                            error_code = coalesce(p_error, error_code), decline_code = coalesce(p_decline, p_error, decline_code),
                            advice_code = coalesce(p_advice, advice_code)
        WHERE id = p_attempt AND live AND (status <> p_status OR p_ref IS NOT NULL) AND NOT (p_status = 'unknown' AND status <> 'sent')
$$;

ALTER FUNCTION latchkey.charge_result(p_attempt bigint, p_status text, p_ref text, p_url text, p_error text, p_decline text, p_advice text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.charge_take(p_attempt bigint) RETURNS TABLE(state text, key text, amount_minor bigint, currency text, method_ref text, gateway_customer text, order_number text, title text, on_session boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_a attempts;
        v_d dues;
        v_m payment_methods;
BEGIN
        SELECT * INTO v_a FROM attempts WHERE id = p_attempt FOR UPDATE;
        SELECT * INTO v_m FROM payment_methods WHERE id = v_a.payment_method_id;
        SELECT * INTO v_d FROM dues WHERE id = v_a.due_id FOR UPDATE;
        key := v_a.key; amount_minor := v_a.amount_minor; currency := v_a.currency; on_session := v_a.on_session; title := v_d.title;
        method_ref := v_m.ref; gateway_customer := v_m.gateway_customer;
        order_number := (SELECT o.number FROM orders o WHERE o.id = v_a.order_id);
        state := 'over';
        IF v_a.status = 'created' AND v_a.planned_at > app_now() THEN
                state := 'later';
        ELSIF v_a.status = 'created' AND (v_d.status <> 'open' OR v_d.amount_minor - v_d.paid_minor <> v_a.amount_minor
                                          OR (v_d.agreement_id IS NOT NULL AND NOT agreement_charges(v_d.agreement_id))) THEN
                UPDATE attempts SET status = 'cancelled' WHERE id = p_attempt;
        ELSIF v_a.status = 'created' AND v_m.detached_at IS NOT NULL THEN
                UPDATE attempts SET status = 'failed', decline_code = 'method_removed' WHERE id = p_attempt;
        ELSIF v_a.status = 'created' THEN
                UPDATE attempts SET status = 'sent', sent_at = app_now() WHERE id = p_attempt;
                state := 'post';
        ELSIF v_a.live THEN
                state := 'ask';
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.charge_take(p_attempt bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.check_access() RETURNS TABLE(kind text, order_number text, expected text, found text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT 'paid_without_access', o.number, 'access for ' || l.title, 'none'
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.paid AND NOT EXISTS (SELECT FROM access a WHERE a.order_line_id = l.id)
        UNION ALL
        SELECT 'paid_order_not_granted', o.number, 'status paid and every line paid', o.status
        FROM orders o
        WHERE EXISTS (SELECT FROM dues d WHERE d.order_id = o.id)
          AND NOT EXISTS (SELECT FROM dues d WHERE d.order_id = o.id AND d.status NOT IN ('paid', 'replaced', 'forgiven'))
          AND (o.status NOT IN ('paid', 'refunded') OR EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND NOT l.paid))
        UNION ALL
        SELECT 'access_without_payment', o.number, 'a booked payment', coalesce('payment ' || a.payment_id, 'none')
        FROM access a JOIN orders o ON o.id = a.order_id
        WHERE a.reason = 'payment' AND a.status <> 'ended'
          AND NOT EXISTS (SELECT FROM payments p WHERE p.id = a.payment_id AND p.order_id = a.order_id AND p.allocated_minor > 0)
        UNION ALL
        SELECT 'access_after_refund', o.number, 'access ended', a.status
        FROM access a JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = a.order_id
        WHERE a.reason = 'payment' AND a.status <> 'ended' AND (l.refunded_minor = l.cost_minor OR order_paid_back(a.order_id))
          AND NOT EXISTS (SELECT FROM agreements g WHERE g.order_id = a.order_id AND g.kind = 'subscription' AND g.status = 'live')
        UNION ALL
        SELECT 'access_ended_without_cause', o.number, 'a refund, a dispute, a match taken back or a cancelled subscription', a.end_reason
        FROM access a JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = a.order_id
        WHERE a.status = 'ended'
          AND ((a.end_reason = 'refund' AND l.refunded_minor < l.cost_minor AND NOT order_paid_back(a.order_id)
            AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = a.order_id AND r.ends_agreement AND r.status = 'succeeded'))
               OR (a.end_reason = 'unmatched' AND NOT EXISTS (SELECT FROM payments p WHERE p.id = a.payment_id AND p.undone_at IS NOT NULL))
               OR (a.end_reason = 'cancelled' AND NOT EXISTS (SELECT FROM agreements g WHERE g.order_id = a.order_id AND g.status = 'cancelled'))
               OR (a.end_reason = 'dispute' AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = a.order_id AND d.status <> 'won')))
        UNION ALL
        -- Less than full belongs to an agreement with something overdue; all paid is for good.
        SELECT 'access_level_differs', o.number, CASE g.status WHEN 'completed' THEN 'permanent' ELSE 'full' END, a.status
        FROM access a JOIN orders o ON o.id = a.order_id LEFT JOIN agreements g ON g.order_id = a.order_id
        WHERE a.reason = 'payment'
          AND CASE WHEN a.status IN ('nothing_new', 'read_only', 'locked')
                   THEN NOT EXISTS (SELECT FROM dues d WHERE d.agreement_id = g.id AND d.status IN ('open', 'written_off'))
                   ELSE g.status = 'completed' AND a.status = 'full' AND g.ended_at < app_now() - interval '2 hours' END        UNION ALL
        SELECT 'paid_event_not_applied', coalesce(o.number, ''), 'settled within a minute', i.event_ref || ' ' || i.status
        FROM inbox i LEFT JOIN attempts t ON t.key = i.attempt_key LEFT JOIN orders o ON o.id = t.order_id
        WHERE i.acts = 'pay' AND i.status IN ('new', 'poison') AND i.received_at < clock_timestamp() - interval '1 minute'
        UNION ALL
        SELECT 'mails_missing', o.number, 'access_open', 'none'
        FROM orders o WHERE o.status IN ('paid', 'refunded')
          AND NOT EXISTS (SELECT FROM messages m WHERE m.kind = 'access_open' AND m.object = 'order' AND m.object_id = o.id)
$$;

ALTER FUNCTION latchkey.check_access() OWNER TO lk_definer;

CREATE FUNCTION latchkey.check_money() RETURNS TABLE(kind text, order_number text, expected text, found text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT 'payment_not_in_ledger', o.number, money_json(p.amount_minor, p.currency)::text, coalesce(money_json(l.amount_minor, l.currency)::text, 'none')
        FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN ledger l ON l.entry = 'payment:' || p.id AND l.leg = 1
        WHERE l.id IS NULL OR l.amount_minor <> p.amount_minor OR l.currency <> p.currency
        UNION ALL
        SELECT 'allocated_differs', o.number, money_json(coalesce(a.sum, 0), p.currency)::text, money_json(p.allocated_minor, p.currency)::text
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE payment_id = p.id) a ON true
        WHERE p.allocated_minor <> coalesce(a.sum, 0)
        UNION ALL
        SELECT 'due_paid_differs', o.number, money_json(coalesce(a.sum, 0), d.currency)::text, money_json(d.paid_minor, d.currency)::text
        FROM dues d JOIN orders o ON o.id = d.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE due_id = d.id) a ON true
        WHERE d.paid_minor <> coalesce(a.sum, 0)
        UNION ALL
        -- As it was booked: a match that was taken back is a refund in the ledger.
        SELECT 'allocation_not_in_ledger', o.number, money_json(coalesce(a.sum, 0), p.currency)::text, money_json(coalesce(l.sum, 0), p.currency)::text
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE payment_id = p.id AND amount_minor > 0) a ON true
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM ledger WHERE entry = 'payment:' || p.id AND leg > 1) l ON true
        WHERE coalesce(a.sum, 0) <> coalesce(l.sum, 0)
        UNION ALL
        SELECT 'undone_differs', o.number, money_json(r.amount_minor - r.credit_minor, r.currency)::text || coalesce(', ' || c.number, ''),
               money_json(-coalesce(a.sum, 0), r.currency)::text || coalesce(', ' || n.number, '')
        FROM payments p JOIN orders o ON o.id = p.order_id JOIN refunds r ON r.payment_id = p.id AND r.kind = 'unmatched'
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE payment_id = p.id AND amount_minor < 0) a ON true
             LEFT JOIN receipts c ON c.payment_id = p.id LEFT JOIN receipts n ON n.refund_id = r.id
        WHERE r.amount_minor - r.credit_minor <> -coalesce(a.sum, 0) OR (c.id IS NOT NULL AND n.id IS NULL AND r.settled_at < app_now() - interval '5 minutes')
        UNION ALL
        SELECT 'refund_not_in_ledger', o.number, money_json(r.amount_minor, r.currency)::text, money_json(coalesce(l.sum, 0), r.currency)::text
        FROM refunds r JOIN orders o ON o.id = r.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM ledger WHERE entry = 'refund:' || r.id) l ON true
        WHERE r.status = 'succeeded' AND r.amount_minor <> coalesce(l.sum, 0)
        UNION ALL
        SELECT 'refunded_differs', o.number, money_json(coalesce(r.sum, 0), p.currency)::text, money_json(p.refunded_minor, p.currency)::text
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM refunds WHERE payment_id = p.id AND status = 'succeeded') r ON true
        WHERE p.refunded_minor <> coalesce(r.sum, 0)
        UNION ALL
        -- What staff asked for, by line, is the refund; what they asked for went back so.
        SELECT 'refund_wants_differ', o.number, money_json(r.amount_minor, r.currency)::text, money_json(w.sum, r.currency)::text
        FROM refunds r JOIN orders o ON o.id = r.order_id
             JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM refund_wants WHERE refund_id = r.id) w ON w.sum <> r.amount_minor
        UNION ALL
        SELECT 'refund_without_answer', o.number, 'an answer of the gateway', 'none since ' || r.sent_at
        FROM refunds r JOIN orders o ON o.id = r.order_id
        WHERE r.status = 'unknown' AND r.sent_at < app_now() - interval '1 day'
        UNION ALL
        SELECT 'order_total_differs', o.number, money_json(o.total_minor, o.currency)::text, money_json(coalesce(l.sum, 0), o.currency)::text
        FROM orders o LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM order_lines WHERE order_id = o.id) l ON true
        WHERE o.total_minor <> coalesce(l.sum, 0)
        UNION ALL
        SELECT 'discount_used_differs', NULL, coalesce(l.n, 0) || ' orders with ' || c.code, c.used::text
        FROM discount_codes c LEFT JOIN LATERAL (SELECT count(*) AS n FROM order_lines x JOIN orders o ON o.id = x.order_id
                                                 WHERE x.discount_id = c.id AND o.status NOT IN ('expired', 'cancelled')) l ON true
        WHERE c.used <> coalesce(l.n, 0)
        UNION ALL
        SELECT 'receipt_missing', o.number, 'a receipt', 'none'
        FROM payments p JOIN orders o ON o.id = p.order_id
        WHERE p.allocated_minor > 0 AND p.detail_at < app_now() - interval '5 minutes' AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id)
          AND (p.bank_line_id IS NULL OR (o.paid_at < app_now() - interval '5 minutes' AND NOT EXISTS (SELECT FROM receipts r JOIN payments q ON q.id = r.payment_id WHERE r.order_id = o.id AND q.undone_at IS NULL)))
        UNION ALL
        -- A transfer may be too little or too much: its receipt is for the whole order.
        SELECT 'receipt_differs', o.number, money_json(CASE WHEN p.bank_line_id IS NULL THEN p.amount_minor ELSE o.total_minor END, p.currency)::text,
               money_json(r.total_minor, r.currency)::text
        FROM receipts r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
        WHERE r.total_minor <> CASE WHEN p.bank_line_id IS NULL THEN p.amount_minor
                                    -- What is paid over time has a receipt for each due.
                                    WHEN EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id) THEN p.allocated_minor
                                    ELSE o.total_minor END OR r.currency <> p.currency
        UNION ALL
        SELECT 'receipt_number_gap', NULL, s.series || ' 1 to ' || s.last, coalesce(r.n, 0) || ' receipts, highest ' || coalesce(r.max, 0)
        FROM receipt_series s LEFT JOIN LATERAL (SELECT count(*) AS n, max(seq) FROM receipts WHERE series = s.series) r ON true
        WHERE coalesce(r.n, 0) <> s.last OR coalesce(r.max, 0) <> s.last
        UNION ALL
        SELECT 'ledger_entry_unknown', o.number, 'a payment, refund, fee or dispute', l.entry
        FROM ledger l LEFT JOIN orders o ON o.id = l.order_id
        WHERE NOT CASE split_part(l.entry, ':', 1)
                WHEN 'payment' THEN EXISTS (SELECT FROM payments WHERE id = split_part(l.entry, ':', 2)::bigint)
                WHEN 'fee' THEN EXISTS (SELECT FROM payments WHERE id = split_part(l.entry, ':', 2)::bigint AND fee_minor = l.amount_minor)
                WHEN 'refund' THEN EXISTS (SELECT FROM refunds WHERE id = split_part(l.entry, ':', 2)::bigint)
                WHEN 'refund-failed' THEN EXISTS (SELECT FROM refunds WHERE id = split_part(l.entry, ':', 2)::bigint AND status = 'failed')
                WHEN 'dispute' THEN EXISTS (SELECT FROM disputes WHERE id = split_part(l.entry, ':', 2)::bigint AND amount_minor = l.amount_minor)
                WHEN 'dispute-won' THEN EXISTS (SELECT FROM disputes WHERE id = split_part(l.entry, ':', 2)::bigint AND status = 'won')
                WHEN 'payout' THEN EXISTS (SELECT FROM bank_lines b WHERE b.id = split_part(l.entry, ':', 2)::bigint AND b.status = 'payout'
                                              AND b.amount_minor = l.amount_minor AND b.currency = l.currency)
                ELSE false END
        UNION ALL
        -- The bank's lines, its payments and its account in the books are the same money.
        SELECT 'bank_line_differs', o.number, b.status || ' ' || money_json(b.amount_minor, b.currency)::text,
               coalesce(money_json(p.amount_minor, p.currency)::text, 'no payment')
        FROM bank_lines b LEFT JOIN payments p ON p.bank_line_id = b.id AND p.undone_at IS NULL LEFT JOIN matches m ON m.bank_line_id = b.id AND m.undone_at IS NULL
             LEFT JOIN orders o ON o.id = coalesce(p.order_id, m.order_id)
        WHERE (b.status = 'matched') <> (p.id IS NOT NULL AND m.payment_id IS NOT DISTINCT FROM p.id AND m.order_id = p.order_id)
        UNION ALL
        SELECT 'bank_not_as_in_ledger', NULL, money_json(coalesce(w.sum, 0), c.code)::text, money_json(coalesce(g.sum, 0), c.code)::text
        FROM currencies c
             LEFT JOIN (SELECT currency, sum(amount)::bigint FROM (
                                SELECT currency, amount_minor - refunded_minor FROM payments WHERE bank_line_id IS NOT NULL
                                UNION ALL SELECT currency, amount_minor FROM bank_lines WHERE status = 'payout') m(currency, amount) GROUP BY 1) w(currency, sum)
                    ON w.currency = c.code
             LEFT JOIN (SELECT currency, sum(CASE WHEN debit = 'bank' THEN amount_minor ELSE -amount_minor END)::bigint FROM ledger
                        WHERE 'bank' IN (debit, credit) GROUP BY 1) g(currency, sum) ON g.currency = c.code
        WHERE coalesce(w.sum, 0) <> coalesce(g.sum, 0)
        UNION ALL
        -- Instalments sum up to what was agreed, to the minor unit; what is all paid is completed.
        SELECT 'agreement_sum_differs', o.number, money_json(g.amount_minor, g.currency)::text, money_json(coalesce(d.sum, 0), g.currency)::text
        FROM agreements g JOIN orders o ON o.id = g.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM dues WHERE agreement_id = g.id AND status <> 'replaced') d ON true
        WHERE g.kind = 'instalments' AND g.amount_minor <> coalesce(d.sum, 0)
        UNION ALL
        SELECT 'agreement_status_differs', o.number, CASE WHEN d.open THEN 'live' ELSE 'completed' END, g.status
        FROM agreements g JOIN orders o ON o.id = g.order_id
             CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM dues WHERE agreement_id = g.id AND status IN ('open', 'written_off')) AS open) d
        WHERE g.kind = 'instalments' AND g.status <> 'cancelled' AND (g.status = 'live') <> d.open        UNION ALL
        SELECT 'mismatch_open', o.number, money_json(m.expected_minor, m.expected_currency)::text, money_json(m.found_minor, m.found_currency)::text
        FROM mismatches m JOIN attempts t ON t.id = m.attempt_id JOIN orders o ON o.id = t.order_id WHERE m.settled_at IS NULL
$$;

ALTER FUNCTION latchkey.check_money() OWNER TO lk_definer;

CREATE FUNCTION latchkey.check_schema(p_development boolean) RETURNS TABLE(kind text, order_number text, expected text, found text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_catalog', 'pg_temp'
    AS $$
        SELECT 'row_security', NULL::text, 'enabled and forced', c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        UNION ALL
        SELECT 'owner', NULL, 'lk_owner', c.relname || ' is owned by ' || pg_get_userbyid(c.relowner)
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND pg_get_userbyid(c.relowner) <> 'lk_owner'
        UNION ALL
        SELECT 'function_owner', NULL, 'lk_owner or lk_definer', p.proname || ' is owned by ' || pg_get_userbyid(p.proowner)
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace
          AND pg_get_userbyid(p.proowner) NOT IN ('lk_owner', 'lk_definer')
        UNION ALL
        SELECT 'function_path', NULL, 'a fixed search_path', p.proname::text
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace AND p.prosecdef
          AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')
        UNION ALL
        SELECT 'function_public', NULL, 'no right for everybody', p.proname::text
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
        UNION ALL
        SELECT 'role', NULL, 'no superuser, no bypass, owns nothing', r.rolname::text
        FROM pg_roles r WHERE r.rolname IN ('lk_portal', 'lk_admin', 'lk_hooks', 'lk_worker', 'lk_ctl')
          AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
               OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid))
        UNION ALL
        SELECT 'role_login', NULL, 'cannot log in', r.rolname::text
        FROM pg_roles r WHERE r.rolname IN ('lk_owner', 'lk_definer') AND r.rolcanlogin
        UNION ALL
        SELECT 'hooks_table_right', NULL, 'no right on any table', c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r'
          AND (has_table_privilege('lk_hooks', c.oid, 'DELETE, TRUNCATE') OR has_any_column_privilege('lk_hooks', c.oid, 'SELECT, INSERT, UPDATE'))
        UNION ALL
        SELECT 'view_invoker', NULL, 'security_invoker', c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'v'
          AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)
        UNION ALL
        SELECT 'comment', NULL, 'a comment on every column', c.relname || '.' || a.attname
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND col_description(c.oid, a.attnum) IS NULL
        UNION ALL
        SELECT 'clock', NULL, CASE WHEN p_development THEN 'now() + dev_clock' ELSE 'now()' END, trim(p.prosrc)
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace AND p.proname = 'app_now'
          AND (p.prosrc LIKE '%dev_clock%') <> p_development
        UNION ALL
        SELECT 'paid_means_in', NULL, 'constraint deferrable and valid', coalesce(max(c.conname), 'missing')
        FROM (SELECT) one LEFT JOIN pg_constraint c ON c.conname = 'paid_means_in' AND c.convalidated AND c.condeferrable
        HAVING count(c.oid) = 0
        UNION ALL
        SELECT 'trigger', NULL, 'enabled', t.tgname || ' on ' || t.tgrelid::regclass
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'latchkey'::regnamespace AND t.tgenabled = 'D'
        UNION ALL
        SELECT 'trigger_missing', NULL, w.name || ' on ' || w.tab, 'none'
        FROM (SELECT unnest(string_to_array('orders dues attempts refunds disputes access messages inbox bank_lines tickets tasks withdrawals', ' ')), 'moved'
              UNION ALL SELECT unnest(string_to_array('product_versions offer_versions terms_versions article_versions', ' ')), 'frozen'
              UNION ALL SELECT unnest(string_to_array('audit evidence', ' ')), 'chain_wants'
              UNION ALL SELECT 'allocations', 'allocated'
              UNION ALL SELECT 'customers', 'merged_once'
              UNION ALL SELECT 'bank_lines', 'line_settles'
              UNION ALL SELECT 'orders', 'order_reopens'
              UNION ALL SELECT unnest(string_to_array('customers orders payments receipts', ' ')), 'search_fill'
              UNION ALL SELECT 'staff', 'last_owner'
              UNION ALL SELECT 'notes', unnest(ARRAY['append_only', 'append_only_all'])
              UNION ALL SELECT 'orders', 'discount_count'
              UNION ALL SELECT 'offer_versions', 'priced'
              UNION ALL SELECT unnest(string_to_array('agreements method_setups cases promises', ' ')), 'moved'
              UNION ALL SELECT 'message_texts', 'frozen'
              UNION ALL SELECT 'agreement_versions', unnest(ARRAY['append_only', 'append_only_all'])
              UNION ALL SELECT 'attempts', unnest(ARRAY['attempt_ended', 'attempt_failing'])
              UNION ALL SELECT 'dues', unnest(ARRAY['due_moving', 'due_thanks'])
              UNION ALL VALUES ('payments', 'withdrawal_late'), ('refunds', 'withdrawal_refunded')
              UNION ALL SELECT 'cases', unnest(ARRAY['case_begins', 'case_moving'])
              UNION ALL SELECT t, n FROM unnest(string_to_array('ledger allocations moves audit chain_seals receipts receipt_files version_items item_versions', ' ')) t,
                                         unnest(ARRAY['append_only', 'append_only_all']) n) w(tab, name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = ('latchkey.' || w.tab)::regclass AND t.tgname = w.name)
$$;

ALTER FUNCTION latchkey.check_schema(p_development boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.checkout_order() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_token text := current_setting('latchkey.order_token', true);
BEGIN
        IF coalesce(v_token, '') = '' THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT order_id FROM sessions WHERE token_hash = token_hash(v_token) AND kind = 'checkout'
                                              AND ended_at IS NULL AND expires_at > app_now());
END $$;

ALTER FUNCTION latchkey.checkout_order() OWNER TO lk_definer;

CREATE FUNCTION latchkey.choice_set(p_topic text, p_wanted boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO notification_choices (customer_id, topic, wanted, changed_at)
        SELECT me_writing(), topic, p_wanted, app_now() FROM notification_topics WHERE topic = p_topic AND may_stop AND me_writing() IS NOT NULL
        ON CONFLICT (customer_id, topic) DO UPDATE SET wanted = excluded.wanted, changed_at = excluded.changed_at;
        RETURN FOUND;
END $$;

ALTER FUNCTION latchkey.choice_set(p_topic text, p_wanted boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.choices_mine() RETURNS TABLE(topic text, may_stop boolean, wanted boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT n.topic, n.may_stop, NOT n.may_stop OR coalesce(c.wanted, true)
        FROM notification_topics n LEFT JOIN notification_choices c ON c.topic = n.topic AND c.customer_id = v_mine[1]
        WHERE v_mine <> '{}' ORDER BY n.position;
END $$;

ALTER FUNCTION latchkey.choices_mine() OWNER TO lk_definer;

CREATE FUNCTION latchkey.claim_look(p_hash bytea) RETURNS TABLE(state text, title text, giver text, email text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_s sessions;
BEGIN
        SELECT * INTO v_s FROM sessions WHERE token_hash = p_hash AND kind = 'claim';
        IF NOT FOUND THEN
                state := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        SELECT CASE WHEN k.used_at IS NOT NULL THEN 'used' WHEN k.ended_at IS NOT NULL OR v_s.expires_at <= app_now() THEN 'over' ELSE 'ready' END,
               l.title, o.buyer_name, regexp_replace(c.email, '^(.).*@', '\1…@')
        INTO state, title, giver, email
        FROM claims k JOIN orders o ON o.id = k.order_id JOIN order_lines l ON l.order_id = o.id JOIN customers c ON c.id = k.person_id
        WHERE k.order_id = v_s.order_id AND k.person_id = v_s.customer_id ORDER BY k.id DESC, l.id LIMIT 1;
        state := coalesce(state, 'over');
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.claim_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.claim_use(p_hash bytea, p_session bytea, p_agent text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_s sessions;
        v_claim claims;
        v_order orders;
BEGIN
        SELECT * INTO v_s FROM sessions WHERE token_hash = p_hash AND kind = 'claim' AND ended_at IS NULL AND expires_at > app_now();
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        SELECT * INTO STRICT v_order FROM orders WHERE id = v_s.order_id FOR UPDATE;
        UPDATE claims SET used_at = app_now()
        WHERE order_id = v_s.order_id AND person_id = v_s.customer_id AND used_at IS NULL AND ended_at IS NULL
        RETURNING * INTO v_claim;
        IF NOT FOUND OR NOT EXISTS (SELECT FROM access WHERE order_id = v_order.id AND status <> 'ended') THEN
                RETURN NULL;
        END IF;
        UPDATE sessions SET ended_at = app_now() WHERE order_id = v_order.id AND kind = 'claim' AND ended_at IS NULL;
        PERFORM party_move(v_order.id, v_order.customer_id, v_claim.person_id);
        INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'customer', v_claim.person_id, app_now(), app_now() + interval '30 days', app_now(), p_agent);
        UPDATE customers SET email_verified_at = coalesce(email_verified_at, app_now()) WHERE id = v_claim.person_id;
        PERFORM evidence_add(v_claim.person_id, v_order.id, 'claimed', jsonb_build_object('claim', v_claim.id), p_agent);
        PERFORM message_add('claim_used', 'claim', v_claim.id, '', v_order.customer_id, v_order.email);
        RETURN v_claim.person_id;
END $$;

ALTER FUNCTION latchkey.claim_use(p_hash bytea, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.correction_ask(p_nonce text, p_number text, p_amount text, p_last_four text, p_email text, p_fold text, p_browser bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO corrections (nonce, number, amount, last_four, new_email, new_fold, asked_at, browser_order_id)
        VALUES (p_nonce, p_number, p_amount, p_last_four, p_email, p_fold, app_now(),
                (SELECT order_id FROM sessions WHERE token_hash = p_browser AND kind = 'checkout' AND ended_at IS NULL AND expires_at > app_now()))
        ON CONFLICT (nonce) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NOT NULL THEN
                PERFORM job_add(1, 'correction', v_id::text);
        END IF;
END $$;

ALTER FUNCTION latchkey.correction_ask(p_nonce text, p_number text, p_amount text, p_last_four text, p_email text, p_fold text, p_browser bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.correction_decide(p_id bigint, p_approve boolean, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c corrections;
BEGIN
        IF NOT staff_may('access') THEN
                RETURN 'unknown';
        END IF;
        UPDATE corrections SET status = CASE WHEN p_approve THEN 'done' ELSE 'refused' END, reason = p_reason, decided_by = staff_me(), decided_at = app_now()
        WHERE id = p_id AND status = 'with_staff' RETURNING * INTO v_c;
        IF v_c.id IS NULL THEN
                RETURN CASE WHEN EXISTS (SELECT FROM corrections WHERE id = p_id AND status IN ('done', 'refused')) THEN 'over' ELSE 'unknown' END;
        END IF;
        PERFORM audit_add('staff', staff_me(), CASE WHEN p_approve THEN 'correction.done' ELSE 'correction.refused' END, 'order', v_c.order_id,
                          jsonb_build_object('correction', p_id, 'reason', p_reason));
        IF p_approve THEN
                PERFORM correction_do(p_id, 'staff', staff_me());
                RETURN 'done';
        END IF;
        UPDATE alarms SET closed_at = app_now() WHERE kind = 'correction' AND object = 'order' AND object_id = v_c.order_id AND closed_at IS NULL
                AND NOT EXISTS (SELECT FROM corrections WHERE order_id = v_c.order_id AND status = 'with_staff');
        PERFORM message_add('correction_refused', 'correction', p_id, '', v_c.customer_id, v_c.new_email);
        RETURN 'refused';
END $$;

ALTER FUNCTION latchkey.correction_decide(p_id bigint, p_approve boolean, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.correction_do(p_id bigint, p_actor text, p_actor_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c corrections;
BEGIN
        SELECT * INTO STRICT v_c FROM corrections WHERE id = p_id;
        PERFORM address_correct(v_c.customer_id, v_c.new_email, v_c.new_fold, v_c.order_id,
                                CASE WHEN 'browser' = ANY (v_c.fits) THEN ARRAY[v_c.order_id] ELSE '{}' END,
                                (SELECT id FROM customers WHERE email_fold = v_c.new_fold AND id <> v_c.customer_id AND merged_into IS NULL AND erased_at IS NULL));
        UPDATE alarms SET closed_at = app_now() WHERE kind = 'correction' AND object = 'order' AND object_id = v_c.order_id AND closed_at IS NULL;
        PERFORM order_resend(v_c.number, p_actor, p_actor_id);
END $$;

ALTER FUNCTION latchkey.correction_do(p_id bigint, p_actor text, p_actor_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.correction_doubts(p_order bigint, p_person bigint, p_fold text, p_fits text[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT array_remove(ARRAY[
                CASE WHEN NOT p_fits @> '{amount,last_four}' THEN 'proof' END,
                CASE WHEN EXISTS (SELECT FROM customers WHERE email_fold = p_fold AND id <> p_person AND merged_into IS NULL AND erased_at IS NULL) THEN 'taken' END,
                CASE WHEN EXISTS (SELECT FROM orders o JOIN customers c ON c.id = o.customer_id
                                  WHERE coalesce(c.merged_into, c.id) = p_person AND o.id <> p_order AND o.paid_at IS NOT NULL) THEN 'other_orders' END,
                CASE WHEN EXISTS (SELECT FROM evidence WHERE customer_id = p_person AND kind = 'logged_in')
                       OR EXISTS (SELECT FROM credentials WHERE customer_id = p_person) THEN 'logged_in' END,
                CASE WHEN NOT 'browser' = ANY (p_fits) AND (SELECT first_open_at FROM orders WHERE id = p_order) IS NOT NULL THEN 'opened' END], NULL)
$$;

ALTER FUNCTION latchkey.correction_doubts(p_order bigint, p_person bigint, p_fold text, p_fits text[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.correction_settle(p_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c corrections;
        v_o orders;
        v_p customers;
        v_fits text[];
        v_why text[];
        v_status text;
BEGIN
        SELECT * INTO v_c FROM corrections WHERE id = p_id AND status = 'new' FOR UPDATE;
        IF NOT FOUND THEN
                RETURN;
        END IF;
        SELECT * INTO v_o FROM orders WHERE number = v_c.number AND paid_at IS NOT NULL FOR UPDATE;
        v_fits := array_remove(ARRAY[
                CASE WHEN amount_fits(v_c.amount, v_o.total_minor, (SELECT exponent FROM currencies WHERE code = v_o.currency)) THEN 'amount' END,
                CASE WHEN EXISTS (SELECT FROM payments WHERE order_id = v_o.id AND last_four = v_c.last_four) THEN 'last_four' END,
                CASE WHEN v_c.browser_order_id = v_o.id THEN 'browser' END], NULL);
        SELECT p.* INTO v_p FROM customers c JOIN customers p ON p.id = coalesce(c.merged_into, c.id) WHERE c.id = v_o.customer_id;
        v_why := correction_doubts(v_o.id, v_p.id, v_c.new_fold, v_fits);
        v_status := CASE WHEN v_o.id IS NULL OR NOT v_fits && '{amount,last_four}' OR v_p.erased_at IS NOT NULL THEN 'unproved'
                         WHEN v_p.email_fold = v_c.new_fold
                              OR EXISTS (SELECT FROM corrections WHERE order_id = v_o.id AND new_fold = v_c.new_fold AND status = 'with_staff') THEN 'repeated'
                         WHEN v_why = '{}' THEN 'done' ELSE 'with_staff' END;
        UPDATE corrections SET status = v_status, fits = v_fits, why = v_why, order_id = v_o.id, customer_id = v_p.id, old_email = v_p.email,
                               decided_at = CASE v_status WHEN 'done' THEN app_now() END
        WHERE id = p_id;
        PERFORM audit_add('customer', v_p.id, 'correction.asked', CASE WHEN v_o.id IS NULL THEN 'correction' ELSE 'order' END, coalesce(v_o.id, p_id),
                          jsonb_build_object('correction', p_id, 'fits', v_fits, 'why', v_why, 'became', v_status));
        IF v_status = 'done' THEN
                PERFORM correction_do(p_id, 'product', NULL);
        ELSIF v_status = 'with_staff' THEN
                PERFORM alarm_raise('correction', 'order', v_o.id, 'Somebody says that the email address of this order is wrong.');
        ELSIF v_status = 'repeated' AND v_p.email_fold = v_c.new_fold AND v_fits @> '{amount,last_four}'
              AND NOT EXISTS (SELECT FROM messages WHERE object = 'order' AND object_id = v_o.id AND period LIKE 'resend %'
                                AND queued_at > app_now() - interval '1 hour') THEN
                PERFORM order_resend(v_c.number, 'product', NULL);      -- the address is right: the mail was lost
        END IF;
END $$;

ALTER FUNCTION latchkey.correction_settle(p_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.customer_correct(p_customer bigint, p_was text, p_email text, p_fold text, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must('customer');
        v_c customers;
BEGIN
        SELECT * INTO v_c FROM customers WHERE id = p_customer AND merged_into IS NULL AND erased_at IS NULL FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_c.email = p_email THEN
                RETURN 'same';
        ELSIF v_c.email <> p_was THEN
                RETURN 'changed';
        ELSIF v_c.email_fold <> p_fold AND EXISTS (SELECT FROM customers WHERE email_fold = p_fold AND merged_into IS NULL AND erased_at IS NULL) THEN
                RETURN 'taken';
        END IF;
        BEGIN
                PERFORM address_correct(p_customer, p_email, p_fold, NULL, ARRAY(SELECT id FROM orders WHERE customer_id = p_customer), NULL);
        EXCEPTION WHEN unique_violation THEN
                RETURN 'taken';
        END;
        PERFORM audit_add('staff', v_staff, 'customer.address', 'customer', p_customer, jsonb_build_object('reason', p_reason));
        RETURN 'corrected';
END $$;

ALTER FUNCTION latchkey.customer_correct(p_customer bigint, p_was text, p_email text, p_fold text, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.customer_mail_works(p_customer bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must('customer');
        v_c customers;
        v_marked boolean;
BEGIN
        SELECT * INTO v_c FROM customers WHERE id = p_customer AND merged_into IS NULL AND erased_at IS NULL FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        SELECT m.status IN ('bounced', 'refused') AND m.queued_at > coalesce(v_c.mail_works_at, '-infinity') INTO v_marked
        FROM messages m WHERE m.customer_id = v_c.id AND m.email = v_c.email AND m.status IN ('sent', 'bounced', 'refused')
        ORDER BY m.queued_at DESC, m.id DESC LIMIT 1;
        DELETE FROM mail_failures WHERE address = lower(v_c.email);
        v_marked := coalesce(v_marked, false) OR FOUND;
        IF address_mended(v_c.id) = 0 AND NOT v_marked THEN
                RETURN 'same';
        END IF;
        UPDATE customers SET mail_works_at = app_now() WHERE id = v_c.id;
        PERFORM audit_add('staff', v_staff, 'customer.mail-works', 'customer', v_c.id);
        RETURN 'works';
END $$;

ALTER FUNCTION latchkey.customer_mail_works(p_customer bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.customer_note(p_customer bigint, p_nonce text, p_body text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must('note');
BEGIN
        IF NOT EXISTS (SELECT FROM customers WHERE id = p_customer) THEN
                RETURN 'unknown';
        END IF;
        INSERT INTO notes (customer_id, staff_id, nonce, body, at) VALUES (p_customer, v_staff, p_nonce, p_body, app_now())
        ON CONFLICT (staff_id, nonce) DO NOTHING;
        IF NOT FOUND THEN
                RETURN 'known';
        END IF;
        PERFORM audit_add('staff', v_staff, 'customer.note', 'customer', p_customer);
        RETURN 'noted';
END $$;

ALTER FUNCTION latchkey.customer_note(p_customer bigint, p_nonce text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.customer_revoke(p_customer bigint, p_access bigint, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must('access');
        v_a access;
BEGIN
        PERFORM FROM orders WHERE id = (SELECT order_id FROM access WHERE id = p_access AND person_id = p_customer) FOR UPDATE;
        SELECT * INTO v_a FROM access WHERE id = p_access AND person_id = p_customer FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_a.status = 'ended' THEN
                RETURN 'has';
        END IF;
        UPDATE access SET status = 'ended', end_reason = 'staff', end_note = p_reason, waiting_for = NULL, expected_on = NULL, since_at = app_now()
        WHERE id = p_access;
        PERFORM message_add('access_ended', 'access', p_access, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                            p_customer, (SELECT email FROM customers WHERE id = p_customer));
        PERFORM audit_add('staff', v_staff, 'access.end', 'order', v_a.order_id, jsonb_build_object('reason', p_reason));
        RETURN 'ended';
END $$;

ALTER FUNCTION latchkey.customer_revoke(p_customer bigint, p_access bigint, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.customer_search(p_typed text, p_most integer) RETURNS TABLE(customer_id bigint, score real, kind text, word text, object_id bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_typed text[] := ARRAY(SELECT left(t, 80) FROM regexp_split_to_table(search_fold(p_typed), '[[:space:];/()<>"]+') WITH ORDINALITY s(t, n)
                                WHERE t ~ '[[:alnum:]]' ORDER BY n LIMIT 6);
        v_n integer;
        v_near text;
        v_of integer[] := '{}';
        v_ids bigint[] := '{}';
        v_scores real[] := '{}';
        v_found bigint[];
        v_these real[];
        v_count integer;
        v_fewest integer;
        v_rare integer;
BEGIN
        IF NOT staff_may('read') THEN
                RETURN;
        END IF;
        IF cardinality(v_typed) > 1 THEN        -- "149.00 EUR"
                v_typed := ARRAY(SELECT t FROM unnest(v_typed) t WHERE upper(t) NOT IN (SELECT code FROM currencies));
        END IF;
        v_n := cardinality(v_typed);
        FOR i IN 1 .. v_n LOOP
                SELECT array_agg(f.id), array_agg(f.score) INTO v_found, v_these FROM (
                        SELECT u.id, max(u.score)::real AS score FROM (
                                SELECT w.id, CASE WHEN w.word = m THEN 1 ELSE 0.9 END AS score
                                FROM unnest(search_meant(v_typed[i])) m
                                     CROSS JOIN LATERAL (SELECT * FROM search_words x WHERE x.word ~>=~ m AND x.word ~<~ (m || chr(1114111))
                                                         ORDER BY x.word USING ~<~ LIMIT 20) w) u
                        GROUP BY u.id ORDER BY 2 DESC, 1 LIMIT 25) f;
                -- Slips are looked for where nothing was typed right.
                v_near := split_part(v_typed[i], '@', 1);
                IF coalesce(v_these[1], 0) < 1 AND coalesce(cardinality(v_found), 0) < 5 AND length(v_near) > 3 AND v_near ~ '[^0-9.,'']' THEN
                        SELECT coalesce(v_found, '{}') || array_agg(w.id), coalesce(v_these, '{}') || array_agg(w.score) INTO v_found, v_these
                        FROM search_slips(v_near, coalesce(v_found, '{}')) w;
                END IF;
                SELECT count(*) INTO v_count FROM unnest(v_found) f(id)
                        CROSS JOIN LATERAL (SELECT 1 FROM search_hits h WHERE h.word_id = f.id LIMIT 300) h;
                IF v_count = 0 THEN
                        RETURN;
                END IF;
                IF v_fewest IS NULL OR v_count < v_fewest THEN
                        v_fewest := v_count;
                        v_rare := i;
                END IF;
                v_of := v_of || array_fill(i, ARRAY[cardinality(v_found)]);
                v_ids := v_ids || v_found;
                v_scores := v_scores || v_these;
        END LOOP;
        RETURN QUERY
        WITH w AS MATERIALIZED (SELECT * FROM unnest(v_of, v_ids, v_scores) AS w(i, id, score)),
             few AS MATERIALIZED (
                SELECT h.customer_id FROM w CROSS JOIN LATERAL (SELECT s.customer_id FROM search_hits s WHERE s.word_id = w.id
                                                                ORDER BY s.customer_id DESC LIMIT 300) h
                WHERE w.i = v_rare GROUP BY h.customer_id ORDER BY max(w.score) DESC, h.customer_id DESC LIMIT 300),
             hit AS (
                SELECT s.customer_id, w.i, w.score, w.id, h.kind, h.object_id
                FROM few s CROSS JOIN w JOIN search_hits h ON h.word_id = w.id AND h.customer_id = s.customer_id),
             best AS (
                SELECT DISTINCT ON (h.customer_id, h.i) h.* FROM hit h ORDER BY h.customer_id, h.i, h.score DESC, h.kind, h.object_id DESC),
             ranked AS (
                SELECT b.customer_id, sum(b.score)::real AS score, (array_agg(b.kind ORDER BY b.kind DESC, b.i))[1] AS kind,
                       (array_agg(b.id ORDER BY b.kind DESC, b.i))[1] AS word_id, (array_agg(b.object_id ORDER BY b.kind DESC, b.i))[1] AS object_id
                FROM best b GROUP BY b.customer_id HAVING count(*) = v_n)
        SELECT r.customer_id, r.score, r.kind, x.word, r.object_id
        FROM ranked r JOIN search_words x ON x.id = r.word_id ORDER BY r.score DESC, r.customer_id DESC LIMIT p_most;
END $$;

ALTER FUNCTION latchkey.customer_search(p_typed text, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.customer_view(p_customer bigint, p_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must('customer');
BEGIN
        IF NOT EXISTS (SELECT FROM customers WHERE id = p_customer AND merged_into IS NULL AND erased_at IS NULL) THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, customer_id, staff_id, created_at, expires_at)
        VALUES (p_hash, 'view_as', p_customer, v_staff, app_now(), app_now() + interval '30 minutes');
        PERFORM audit_add('staff', v_staff, 'customer.view', 'customer', p_customer);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.customer_view(p_customer bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.discount_add(p_code text, p_product text, p_percent integer, p_amount bigint, p_currency text, p_from date, p_until date, p_most integer, p_once boolean, p_months integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_product bigint;
        v_id bigint;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'codes are made by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF p_product <> '' THEN
                SELECT id INTO v_product FROM products WHERE slug = p_product;
                IF v_product IS NULL THEN
                        RETURN 'unknown';
                END IF;
        END IF;
        INSERT INTO discount_codes (code, product_id, percent, amount_minor, currency, from_on, until_on, most, once, months, created_at, created_by)
        VALUES (upper(p_code), v_product, p_percent, p_amount, p_currency, p_from, p_until, p_most, p_once, p_months, app_now(), staff_me())
        ON CONFLICT (code) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NULL THEN
                RETURN CASE WHEN EXISTS (SELECT FROM discount_codes WHERE code = upper(p_code) AND created_by = staff_me() AND disabled_at IS NULL
                                           AND (product_id, percent, amount_minor, currency, from_on, until_on, most, once, months)
                                               IS NOT DISTINCT FROM (v_product, p_percent, p_amount, p_currency, p_from, p_until, p_most, p_once, p_months))
                            THEN 'added' ELSE 'taken' END;
        END IF;
        PERFORM audit_add('staff', staff_me(), 'discount.added', 'discount', v_id,
                          jsonb_build_object('code', upper(p_code), 'percent', p_percent, 'amount', p_amount, 'currency', p_currency, 'months', p_months));
        RETURN 'added';
END $$;

ALTER FUNCTION latchkey.discount_add(p_code text, p_product text, p_percent integer, p_amount bigint, p_currency text, p_from date, p_until date, p_most integer, p_once boolean, p_months integer) OWNER TO lk_definer;

CREATE TABLE latchkey.discount_codes (
    id bigint NOT NULL,
    code text NOT NULL,
    product_id bigint,
    percent integer,
    amount_minor bigint,
    currency text,
    from_on date,
    until_on date,
    most integer,
    once boolean NOT NULL,
    used integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint NOT NULL,
    disabled_at timestamp with time zone,
    months integer DEFAULT 1,
    CONSTRAINT discount_codes_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT discount_codes_check CHECK (((percent IS NULL) <> (amount_minor IS NULL))),
    CONSTRAINT discount_codes_check1 CHECK (((amount_minor IS NULL) = (currency IS NULL))),
    CONSTRAINT discount_codes_check2 CHECK ((until_on >= from_on)),
    CONSTRAINT discount_codes_code_check CHECK (((code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$'::text) AND ((length(code) >= 3) AND (length(code) <= 40)))),
    CONSTRAINT discount_codes_months_check CHECK ((months > 0)),
    CONSTRAINT discount_codes_most_check CHECK ((most > 0)),
    CONSTRAINT discount_codes_percent_check CHECK (((percent >= 1) AND (percent <= 99))),
    CONSTRAINT discount_codes_used_check CHECK ((used >= 0))
);

ALTER TABLE ONLY latchkey.discount_codes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.discount_codes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.discount_codes.id IS 'named by order lines';

COMMENT ON COLUMN latchkey.discount_codes.code IS 'as customers type it, in capitals';

COMMENT ON COLUMN latchkey.discount_codes.product_id IS 'good for this product alone; NULL: for all';

COMMENT ON COLUMN latchkey.discount_codes.percent IS 'off the price; never all of it';

COMMENT ON COLUMN latchkey.discount_codes.amount_minor IS 'off the price, instead of per cent';

COMMENT ON COLUMN latchkey.discount_codes.currency IS 'of the amount: prices in others do not take it';

COMMENT ON COLUMN latchkey.discount_codes.from_on IS 'first day, UTC; NULL: at once';

COMMENT ON COLUMN latchkey.discount_codes.until_on IS 'last day, UTC; NULL: without end';

COMMENT ON COLUMN latchkey.discount_codes.most IS 'orders that it is good for; NULL: without limit';

COMMENT ON COLUMN latchkey.discount_codes.once IS 'one order for each customer';

COMMENT ON COLUMN latchkey.discount_codes.used IS 'orders with it that are open or paid';

COMMENT ON COLUMN latchkey.discount_codes.created_at IS 'when it was made';

COMMENT ON COLUMN latchkey.discount_codes.created_by IS 'by whom';

COMMENT ON COLUMN latchkey.discount_codes.disabled_at IS 'not taken from then on';

COMMENT ON COLUMN latchkey.discount_codes.months IS 'on so many months of a subscription, from the first; NULL: on every one';

CREATE FUNCTION latchkey.discount_answer(p_code latchkey.discount_codes, p_person bigint, p_product bigint, p_list bigint, p_currency text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE
                WHEN p_code.id IS NULL OR p_code.disabled_at IS NOT NULL THEN 'unknown'
                WHEN p_code.from_on > day THEN 'early'
                WHEN p_code.until_on < day THEN 'over'
                WHEN p_code.product_id <> p_product OR p_code.currency <> p_currency THEN 'other'
                WHEN p_code.used >= p_code.most THEN 'used_up'
                WHEN p_code.once AND EXISTS (SELECT FROM order_lines l JOIN orders o ON o.id = l.order_id
                                             WHERE l.discount_id = p_code.id AND l.customer_id = p_person
                                               AND o.status NOT IN ('expired', 'cancelled')) THEN 'once'
                WHEN discount_off(p_code, p_list, p_currency) NOT BETWEEN 1 AND p_list - 1 THEN 'small'
                ELSE 'taken' END
        FROM (SELECT (app_now() AT TIME ZONE 'UTC')::date AS day) d
$$;

ALTER FUNCTION latchkey.discount_answer(p_code latchkey.discount_codes, p_person bigint, p_product bigint, p_list bigint, p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.discount_count() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_was integer := CASE WHEN OLD.status IN ('expired', 'cancelled') THEN 0 ELSE 1 END;
        v_is integer := CASE WHEN NEW.status IN ('expired', 'cancelled') THEN 0 ELSE 1 END;
BEGIN
        IF v_was <> v_is THEN
                UPDATE discount_codes c SET used = c.used + v_is - v_was
                FROM order_lines l WHERE l.order_id = NEW.id AND c.id = l.discount_id;
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.discount_count() OWNER TO lk_definer;

CREATE FUNCTION latchkey.discount_look(p_code text, p_product text, p_offer text) RETURNS TABLE(code text, months integer, month_minor bigint, list_minor bigint, currency text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT c.code, c.months, v.amount_minor - discount_off(c, v.amount_minor, v.currency), v.amount_minor, v.currency
        FROM products p JOIN offers o ON o.product_id = p.id AND o.slug = p_offer AND o.enabled JOIN offer_versions v ON v.id = o.version_id
             JOIN discount_codes c ON c.code = upper(p_code)
        WHERE p.slug = p_product AND p.on_sale AND v.schedule ->> 'kind' = 'subscription'
          AND discount_answer(c, NULL, p.id, v.amount_minor, v.currency) = 'taken'
$$;

ALTER FUNCTION latchkey.discount_look(p_code text, p_product text, p_offer text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.discount_off(p_code latchkey.discount_codes, p_list bigint, p_currency text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT round(CASE WHEN p_code.percent IS NULL THEN p_code.amount_minor::numeric ELSE p_list::numeric * p_code.percent / 100 END
                     / money_step(p_currency))::bigint * money_step(p_currency)
$$;

ALTER FUNCTION latchkey.discount_off(p_code latchkey.discount_codes, p_list bigint, p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.discount_switch(p_id bigint, p_on boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c discount_codes;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'codes are made by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT * INTO v_c FROM discount_codes WHERE id = p_id FOR UPDATE;
        IF v_c.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF (v_c.disabled_at IS NULL) <> p_on THEN
                UPDATE discount_codes SET disabled_at = CASE WHEN NOT p_on THEN app_now() END WHERE id = p_id;
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'discount.on' ELSE 'discount.off' END, 'discount', p_id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;

ALTER FUNCTION latchkey.discount_switch(p_id bigint, p_on boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.discount_take(p_code text, p_person bigint, p_product bigint, p_list bigint, p_currency text, OUT answer text, OUT discount bigint, OUT off bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_c discount_codes;
BEGIN
        off := 0;
        IF coalesce(p_code, '') = '' THEN
                answer := 'taken'; RETURN;
        END IF;
        SELECT * INTO v_c FROM discount_codes WHERE code = upper(p_code) FOR UPDATE;
        off := discount_off(v_c, p_list, p_currency);
        answer := discount_answer(v_c, p_person, p_product, p_list, p_currency);
        IF answer = 'taken' THEN
                UPDATE discount_codes SET used = used + 1 WHERE id = v_c.id RETURNING id INTO discount;
        END IF;
END $$;

ALTER FUNCTION latchkey.discount_take(p_code text, p_person bigint, p_product bigint, p_list bigint, p_currency text, OUT answer text, OUT discount bigint, OUT off bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.dispute_answer(p_dispute bigint, p_nonce text, p_answer text, p_log text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_d disputes;
BEGIN
        SELECT * INTO v_d FROM disputes WHERE id = p_dispute FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_d.answer_nonce = p_nonce THEN
                RETURN 'known';
        ELSIF v_d.status <> 'open' OR v_d.answer_at IS NOT NULL THEN
                RETURN 'over';
        ELSIF v_d.due_by < app_now() THEN
                RETURN 'late';
        END IF;
        UPDATE disputes SET answer_nonce = p_nonce, answer = p_answer, answer_log = p_log, answer_key = 'answer/' || gen_random_uuid(), answer_by = v_me,
                            answer_at = app_now(), answer_fault = ''
        WHERE id = p_dispute;
        PERFORM job_add(1, 'dispute_answer', p_dispute || '/' || p_nonce);
        PERFORM audit_add('staff', v_me, 'dispute.answered', 'order', v_d.order_id, jsonb_build_object('dispute', p_dispute));
        RETURN 'asked';
END $$;

ALTER FUNCTION latchkey.dispute_answer(p_dispute bigint, p_nonce text, p_answer text, p_log text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.dispute_answer_refused(p_dispute bigint, p_code text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE disputes SET answer_key = NULL, answer_at = NULL, answer_by = NULL, answer_fault = left(p_code, 100)
        WHERE id = p_dispute AND answer_sent_at IS NULL AND status = 'open'
$$;

ALTER FUNCTION latchkey.dispute_answer_refused(p_dispute bigint, p_code text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.dispute_answer_sent(p_dispute bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE disputes SET answer_sent_at = coalesce(answer_sent_at, app_now()) WHERE id = p_dispute AND answer_at IS NOT NULL
$$;

ALTER FUNCTION latchkey.dispute_answer_sent(p_dispute bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.dispute_apply(p_account bigint, p_ref text, p_payment_ref text, p_amount bigint, p_currency text, p_reason text, p_status text, p_due_by timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_payment payments;
        v_dispute disputes;
        v_line bigint;
        v_status text := CASE p_status WHEN 'won' THEN 'won' WHEN 'lost' THEN 'lost' WHEN 'under_review' THEN 'answered' ELSE 'open' END;
BEGIN
        IF p_status LIKE 'warning%' THEN
                RETURN 'foreign';
        END IF;
        SELECT * INTO v_payment FROM payments WHERE account_id = p_account AND gateway_ref = p_payment_ref FOR UPDATE;
        IF NOT FOUND OR v_payment.currency <> p_currency THEN
                RETURN 'foreign';
        END IF;
        SELECT * INTO v_dispute FROM disputes WHERE account_id = p_account AND gateway_ref = p_ref FOR UPDATE;
        IF NOT FOUND THEN
                INSERT INTO disputes (payment_id, order_id, customer_id, currency, account_id, gateway_ref, amount_minor, reason,
                                      status, due_by, created_at)
                VALUES (v_payment.id, v_payment.order_id, v_payment.customer_id, p_currency, p_account, p_ref, p_amount,
                        coalesce(p_reason, ''), 'open', p_due_by, app_now())
                RETURNING * INTO v_dispute;
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('dispute:' || v_dispute.id, 1, 'disputes', 'gateway:stripe', p_currency, p_amount, v_payment.order_id, app_now());
                -- A payment that no due used opened nothing: a second one, disputed, ends nothing.
                IF v_payment.allocated_minor > 0 THEN
                        FOR v_line IN SELECT id FROM order_lines WHERE order_id = v_payment.order_id ORDER BY id LOOP
                                PERFORM line_end(v_line, 'dispute');
                        END LOOP;
                END IF;
                PERFORM alarm_raise('dispute', 'order', v_payment.order_id, 'The bank disputes this payment. Answer it before its deadline.');
                PERFORM dispute_task(v_dispute.id);
                PERFORM evidence_add(v_payment.customer_id, v_payment.order_id, 'disputed', jsonb_build_object('dispute', p_ref, 'reason', p_reason));
        ELSIF v_dispute.status = v_status OR v_dispute.status IN ('won', 'lost') OR v_status = 'open' THEN
                IF p_due_by <> v_dispute.due_by AND v_dispute.status = 'open' THEN
                        UPDATE disputes SET due_by = p_due_by WHERE id = v_dispute.id;
                        UPDATE tasks SET due_at = p_due_by
                        WHERE kind = 'dispute' AND object = 'dispute' AND object_id = v_dispute.id AND status IN ('open', 'claimed');
                END IF;
                RETURN 'known';
        END IF;
        IF v_status <> 'open' THEN
                PERFORM task_settle('dispute', 'dispute', v_dispute.id, '', CASE v_status WHEN 'lost' THEN 'dropped' ELSE 'done' END,
                                    CASE v_status WHEN 'answered' THEN 'The answer is with the bank.' WHEN 'won' THEN 'The bank decided for us.'
                                    ELSE 'The bank decided for the customer.' END);
        END IF;
        IF v_status <> v_dispute.status THEN
                UPDATE disputes SET status = v_status, closed_at = CASE WHEN v_status IN ('won', 'lost') THEN app_now() END
                WHERE id = v_dispute.id;
        END IF;
        IF v_status = 'won' THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('dispute-won:' || v_dispute.id, 1, 'gateway:stripe', 'disputes', p_currency, v_dispute.amount_minor, v_payment.order_id, app_now());
                FOR v_line IN SELECT id FROM order_lines WHERE order_id = v_payment.order_id ORDER BY id LOOP
                        PERFORM line_restore(v_line, 'dispute');
                END LOOP;
        END IF;
        IF v_status <> 'open' THEN
                UPDATE alarms SET closed_at = app_now()
                WHERE kind = 'dispute' AND object = 'order' AND object_id = v_payment.order_id AND closed_at IS NULL;
        END IF;
        RETURN 'booked';
END $$;

ALTER FUNCTION latchkey.dispute_apply(p_account bigint, p_ref text, p_payment_ref text, p_amount bigint, p_currency text, p_reason text, p_status text, p_due_by timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.dispute_task(p_dispute bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT task_open('dispute', 'dispute', d.id, '', coalesce(d.due_by, d.created_at + interval '7 days'), 'finance',
                         'Answer the dispute of order ' || o.number, jsonb_build_object('Amount', search_amount(d.amount_minor, d.currency) || ' ' || d.currency),
                         d.customer_id, d.order_id)
        FROM disputes d JOIN orders o ON o.id = d.order_id WHERE d.id = p_dispute
$$;

ALTER FUNCTION latchkey.dispute_task(p_dispute bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_changed(p_product bigint, p_draft bigint, p_what text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE product_versions SET revision = revision + 1, changed_by = staff_me(), changed_at = app_now() WHERE id = p_draft;
        PERFORM audit_add('staff', staff_me(), 'product.drafted', 'product', p_product,
                          (SELECT jsonb_build_object('draft', id, 'revision', revision, 'what', p_what)
                           FROM product_versions WHERE id = p_draft));
END $$;

ALTER FUNCTION latchkey.draft_changed(p_product bigint, p_draft bigint, p_what text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_discard(p_slug text, p_seen text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL;
        IF v_draft IS NULL THEN
                RETURN 'discarded';
        END IF;
        IF v_p.version_id IS NULL THEN
                RETURN 'only';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        DELETE FROM version_items WHERE version_id = v_draft;
        DELETE FROM product_versions WHERE id = v_draft;
        PERFORM audit_add('staff', staff_me(), 'product.draft_discarded', 'product', v_p.id, jsonb_build_object('draft', v_draft));
        RETURN 'discarded';
END $$;

ALTER FUNCTION latchkey.draft_discard(p_slug text, p_seen text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_file_add(p_slug text, p_section text, p_kind text, p_title text, p_file bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
        v_item bigint;
        v_new bigint;
BEGIN
        IF v_p.id IS NULL OR NOT EXISTS (SELECT FROM files WHERE id = p_file) THEN
                RETURN 'unknown';
        END IF;
        IF p_kind = 'video' AND NOT EXISTS (SELECT FROM files WHERE id = p_file AND content_type LIKE 'video/%') THEN
                RETURN 'unfit';
        END IF;
        IF EXISTS (SELECT FROM product_versions v JOIN version_items w ON w.version_id = v.id JOIN item_versions iv ON iv.id = w.item_version_id
                   WHERE v.product_id = v_p.id AND v.published_at IS NULL AND w.section = p_section
                     AND (iv.kind, iv.title, iv.file_id) = (p_kind, p_title, p_file)) THEN
                RETURN 'same';
        END IF;
        v_draft := draft_of(v_p);
        INSERT INTO items (product_id, slug) VALUES (v_p.id, item_name(v_p.id, p_title)) RETURNING id INTO v_item;
        INSERT INTO item_versions (item_id, kind, title, file_id) VALUES (v_item, p_kind, p_title, p_file) RETURNING id INTO v_new;
        PERFORM draft_item_place(v_draft, v_new, p_section);
        PERFORM draft_changed(v_p.id, v_draft, 'item added');
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.draft_file_add(p_slug text, p_section text, p_kind text, p_title text, p_file bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_file_set(p_slug text, p_seen text, p_item text, p_part text, p_file bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_was record;
        v_draft bigint;
        v_new bigint;
BEGIN
        IF v_p.id IS NULL OR NOT EXISTS (SELECT FROM items WHERE product_id = v_p.id AND slug = p_item) THEN
                RETURN 'unknown';
        END IF;
        SELECT iv.*, w.position INTO v_was
        FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
        WHERE w.version_id = coalesce((SELECT id FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL), v_p.version_id)
          AND i.slug = p_item;
        IF v_was.id IS NULL THEN
                RETURN 'gone';
        END IF;
        IF NOT (v_was.kind = 'video' OR (v_was.kind = 'download' AND p_part = 'file')) OR (p_part = 'file' AND p_file IS NULL) THEN
                RETURN 'unknown';
        END IF;
        IF p_file IS NOT NULL AND NOT EXISTS (
                SELECT FROM files f WHERE f.id = p_file
                  AND CASE WHEN p_part = 'captions' THEN f.content_type = 'text/vtt'
                           WHEN v_was.kind = 'video' THEN f.content_type LIKE 'video/%' ELSE true END) THEN
                RETURN 'unfit';
        END IF;
        IF (CASE p_part WHEN 'file' THEN v_was.file_id ELSE v_was.captions_id END) IS NOT DISTINCT FROM p_file THEN
                RETURN 'same';
        END IF;
        IF item_files_seen(v_was.file_id, v_was.captions_id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        INSERT INTO item_versions (item_id, kind, title, body_md, minutes, file_id, captions_id, url)
        VALUES (v_was.item_id, v_was.kind, v_was.title, v_was.body_md, v_was.minutes,
                CASE p_part WHEN 'file' THEN p_file ELSE v_was.file_id END,
                CASE p_part WHEN 'captions' THEN p_file ELSE v_was.captions_id END, v_was.url)
        RETURNING id INTO v_new;
        UPDATE version_items SET item_version_id = v_new WHERE version_id = v_draft AND position = v_was.position;
        PERFORM draft_changed(v_p.id, v_draft, p_part);
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.draft_file_set(p_slug text, p_seen text, p_item text, p_part text, p_file bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_item_move(p_slug text, p_seen text, p_item text, p_way text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
        v_it version_items;
        v_by version_items;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        SELECT w.* INTO v_it FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
        WHERE w.version_id = v_draft AND i.slug = p_item;
        IF v_it.version_id IS NULL THEN
                RETURN 'unknown';       -- and what draft_of() made is rolled back with the 404
        END IF;
        IF p_way = 'out' THEN
                DELETE FROM version_items WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
                PERFORM draft_changed(v_p.id, v_draft, 'item taken out');
                RETURN 'out';
        END IF;
        SELECT * INTO v_by FROM version_items
        WHERE version_id = v_draft AND CASE WHEN p_way = 'up' THEN position < v_it.position ELSE position > v_it.position END
        ORDER BY abs(position - v_it.position) LIMIT 1;
        IF v_by.version_id IS NULL THEN
                RETURN 'edge';
        END IF;
        IF v_by.section <> v_it.section THEN
                UPDATE version_items SET section = v_by.section WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
        ELSE
                UPDATE version_items SET position = -1 WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
                UPDATE version_items SET position = v_it.position WHERE version_id = v_draft AND item_version_id = v_by.item_version_id;
                UPDATE version_items SET position = v_by.position WHERE version_id = v_draft AND item_version_id = v_it.item_version_id;
        END IF;
        PERFORM draft_changed(v_p.id, v_draft, 'item moved');
        RETURN 'moved';
END $$;

ALTER FUNCTION latchkey.draft_item_move(p_slug text, p_seen text, p_item text, p_way text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_item_place(p_draft bigint, p_item_version bigint, p_section text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_at integer;
BEGIN
        SELECT coalesce((SELECT max(position) FROM version_items WHERE version_id = p_draft AND section = p_section),
                        (SELECT max(position) FROM version_items WHERE version_id = p_draft), 0) + 1 INTO v_at;
        UPDATE version_items SET position = -position - 1 WHERE version_id = p_draft AND position >= v_at;
        UPDATE version_items SET position = -position WHERE version_id = p_draft AND position < 0;
        INSERT INTO version_items (version_id, item_version_id, position, section) VALUES (p_draft, p_item_version, v_at, p_section);
END $$;

ALTER FUNCTION latchkey.draft_item_place(p_draft bigint, p_item_version bigint, p_section text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_item_save(p_slug text, p_seen text, p_item text, p_section text, p_kind text, p_title text, p_body text, p_minutes integer, p_url text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
        v_was record;
        v_item bigint;
        v_new bigint;
BEGIN
        -- The item itself, or for a new one what a first click has added.
        SELECT iv.*, w.section, w.position INTO v_was
        FROM version_items w JOIN item_versions iv ON iv.id = w.item_version_id JOIN items i ON i.id = iv.item_id
        WHERE w.version_id = coalesce((SELECT id FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL), v_p.version_id)
          AND CASE WHEN p_item IS NULL THEN iv.kind = p_kind AND iv.title = p_title ELSE i.slug = p_item END
        ORDER BY w.position DESC LIMIT 1;
        IF v_p.id IS NULL OR (p_item IS NOT NULL AND NOT EXISTS (SELECT FROM items WHERE product_id = v_p.id AND slug = p_item)) THEN
                RETURN 'unknown';
        END IF;
        IF p_item IS NOT NULL AND v_was.id IS NULL THEN
                RETURN 'gone';
        END IF;
        IF (v_was.section, v_was.title, v_was.body_md, v_was.minutes, v_was.url)
           IS NOT DISTINCT FROM (p_section, p_title, p_body, p_minutes, p_url) THEN
                RETURN 'same';
        END IF;
        IF p_item IS NOT NULL AND item_seen(v_was.id, v_was.section) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        IF p_item IS NULL THEN
                INSERT INTO items (product_id, slug) VALUES (v_p.id, item_name(v_p.id, p_title)) RETURNING id INTO v_item;
        ELSE
                v_item := v_was.item_id;
        END IF;
        INSERT INTO item_versions (item_id, kind, title, body_md, minutes, file_id, captions_id, url)
        VALUES (v_item, CASE WHEN p_item IS NULL THEN p_kind ELSE v_was.kind END, p_title, p_body, p_minutes,
                CASE WHEN p_item IS NOT NULL THEN v_was.file_id END, CASE WHEN p_item IS NOT NULL THEN v_was.captions_id END, p_url)
        RETURNING id INTO v_new;
        IF p_item IS NOT NULL AND v_was.section = p_section THEN
                UPDATE version_items SET item_version_id = v_new WHERE version_id = v_draft AND position = v_was.position;
        ELSE
                DELETE FROM version_items WHERE version_id = v_draft AND item_version_id = v_was.id AND p_item IS NOT NULL;
                PERFORM draft_item_place(v_draft, v_new, p_section);
        END IF;
        PERFORM draft_changed(v_p.id, v_draft, CASE WHEN p_item IS NULL THEN 'item added' ELSE 'item' END);
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.draft_item_save(p_slug text, p_seen text, p_item text, p_section text, p_kind text, p_title text, p_body text, p_minutes integer, p_url text) OWNER TO lk_definer;

CREATE TABLE latchkey.products (
    id bigint NOT NULL,
    slug text NOT NULL,
    kind text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    on_sale boolean DEFAULT true NOT NULL,
    version_id bigint,
    created_at timestamp with time zone NOT NULL,
    loaded bytea,
    timetable_loaded text,
    CONSTRAINT products_kind_check CHECK ((kind = ANY (ARRAY['course'::text, 'coaching'::text, 'software'::text, 'membership'::text]))),
    CONSTRAINT products_loaded_check CHECK ((length(loaded) = 32)),
    CONSTRAINT products_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text)),
    CONSTRAINT products_timetable_loaded_check CHECK ((timetable_loaded ~ '^([0-9]+|-) ([0-9]+|-) ([0-9]+|-)$'::text))
);

ALTER TABLE ONLY latchkey.products FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.products OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.products.id IS 'referred to by orders';

COMMENT ON COLUMN latchkey.products.slug IS 'in its address';

COMMENT ON COLUMN latchkey.products.kind IS 'how pages picture it';

COMMENT ON COLUMN latchkey.products."position" IS 'in the shop window';

COMMENT ON COLUMN latchkey.products.on_sale IS 'shown and sold';

COMMENT ON COLUMN latchkey.products.version_id IS 'the published version that new buyers get';

COMMENT ON COLUMN latchkey.products.created_at IS 'when it was first loaded';

COMMENT ON COLUMN latchkey.products.loaded IS 'SHA-256 of place, sale and offers as the files said last: what staff changed since then stays';

COMMENT ON COLUMN latchkey.products.timetable_loaded IS 'the timetable of access as the files said it last, as timetable_seen() says it; NULL: they never did';

CREATE FUNCTION latchkey.draft_of(p_product latchkey.products) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        SELECT id INTO v_id FROM product_versions WHERE product_id = p_product.id AND published_at IS NULL;
        RETURN coalesce(v_id, version_copy(p_product.version_id, false, NULL));
END $$;

ALTER FUNCTION latchkey.draft_of(p_product latchkey.products) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_publish(p_slug text, p_seen text, p_everybody boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft product_versions;
        v_given integer := 0;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF p_seen ~ '^d[0-9]{1,18}\.' AND EXISTS (SELECT FROM product_versions WHERE id = substring(p_seen FROM '^d([0-9]+)')::bigint
                                                      AND product_id = v_p.id AND published_at IS NOT NULL) THEN
                RETURN 'published';
        END IF;
        SELECT * INTO v_draft FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL;
        IF v_draft.id IS NULL THEN
                RETURN 'none';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        IF NOT EXISTS (SELECT FROM version_items WHERE version_id = v_draft.id) THEN
                RETURN 'empty';
        END IF;
        IF '' IN (v_draft.tagline, v_draft.summary_md, v_draft.includes_md, v_draft.refund_md) THEN
                RETURN 'unwritten';
        END IF;
        UPDATE product_versions v
        SET version = (SELECT max(m.version) FROM product_versions m WHERE m.product_id = v_p.id)
                      + CASE WHEN EXISTS (SELECT FROM product_versions m WHERE m.product_id = v_p.id AND m.version > v.version) THEN 1 ELSE 0 END,
            digest = coalesce((SELECT c.digest FROM product_versions c WHERE c.id = v_p.version_id), v.digest),
            published_at = app_now(), published_by = staff_me()
        WHERE v.id = v_draft.id RETURNING * INTO v_draft;
        UPDATE products SET version_id = v_draft.id WHERE id = v_p.id;
        IF p_everybody THEN
                v_given := version_give(v_p.id, v_draft.id);
        END IF;
        PERFORM audit_add('staff', staff_me(), 'product.published', 'product', v_p.id,
                          jsonb_build_object('version', v_draft.version, 'everybody', p_everybody, 'given', v_given));
        RETURN 'published';
END $$;

ALTER FUNCTION latchkey.draft_publish(p_slug text, p_seen text, p_everybody boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.draft_save(p_slug text, p_seen text, p_title text, p_tagline text, p_summary text, p_includes text, p_next text, p_refund_days integer, p_refund text, p_starts_on date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_draft bigint;
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT id INTO v_draft FROM product_versions WHERE product_id = v_p.id AND published_at IS NULL;
        IF EXISTS (SELECT FROM product_versions v WHERE v.id = coalesce(v_draft, v_p.version_id)
                     AND (v.title, v.tagline, v.summary_md, v.includes_md, v.next_step_md, v.refund_days, v.refund_md, v.starts_on)
                         IS NOT DISTINCT FROM (p_title, p_tagline, p_summary, p_includes, p_next, p_refund_days, p_refund, p_starts_on)) THEN
                RETURN 'same';
        END IF;
        IF product_seen(v_p.id) <> p_seen THEN
                RETURN 'changed';
        END IF;
        v_draft := draft_of(v_p);
        UPDATE product_versions SET title = p_title, tagline = p_tagline, summary_md = p_summary, includes_md = p_includes,
                                    next_step_md = p_next, refund_days = p_refund_days, refund_md = p_refund, starts_on = p_starts_on
        WHERE id = v_draft;
        PERFORM draft_changed(v_p.id, v_draft, 'texts');
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.draft_save(p_slug text, p_seen text, p_title text, p_tagline text, p_summary text, p_includes text, p_next text, p_refund_days integer, p_refund text, p_starts_on date) OWNER TO lk_definer;

CREATE FUNCTION latchkey.due_attempt(p_due bigint, p_method bigint, p_on_session boolean, p_planned_at timestamp with time zone, p_class text, p_why text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_due dues;
        v_method payment_methods;
        v_id bigint;
        v_now boolean := coalesce(p_planned_at, '-infinity') <= app_now();
        v_hosted boolean := p_on_session AND p_method IS NULL;
BEGIN
        PERFORM FROM attempts WHERE due_id = p_due AND live FOR UPDATE;
        SELECT * INTO v_due FROM dues WHERE id = p_due FOR UPDATE;
        IF NOT FOUND OR v_due.status <> 'open' OR (v_due.agreement_id IS NOT NULL AND NOT agreement_charges(v_due.agreement_id)) THEN
                RETURN NULL;
        END IF;
        IF NOT v_hosted THEN
                SELECT * INTO v_method FROM payment_methods
                WHERE id = coalesce(p_method, due_method(p_due)) AND customer_id = v_due.customer_id AND detached_at IS NULL;
                IF NOT FOUND THEN
                        RETURN NULL;
                END IF;
        END IF;
        IF v_now THEN
                UPDATE attempts SET status = 'cancelled' WHERE due_id = p_due AND status = 'created' AND planned_at > app_now();
        END IF;
        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status, payment_method_id,
                              on_session, planned_at, class, why, created_at, sent_at)
        SELECT v_due.id, v_due.order_id, v_due.customer_id, a.id, v_due.amount_minor - v_due.paid_minor, v_due.currency,
               encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'hex'),
               CASE WHEN v_hosted THEN 'checkout' ELSE 'off_session' END, CASE WHEN v_hosted THEN 'sent' ELSE 'created' END,
               v_method.id, p_on_session, coalesce(p_planned_at, app_now()), p_class, p_why, app_now(),
               CASE WHEN v_hosted THEN app_now() END
        FROM accounts a WHERE a.id = coalesce(v_method.account_id, (SELECT id FROM accounts WHERE name = 'stripe'))
        ON CONFLICT (due_id) WHERE live DO NOTHING
        RETURNING id INTO v_id;
        IF v_id IS NOT NULL AND NOT v_hosted THEN
                PERFORM job_add(1, 'charge', v_id::text, '{}', greatest(p_planned_at, app_now()));
        END IF;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.due_attempt(p_due bigint, p_method bigint, p_on_session boolean, p_planned_at timestamp with time zone, p_class text, p_why text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.due_charged(p_due bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT charge_method(p_due) IS NOT NULL AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND (a.live OR a.kind = 'off_session'))
$$;

ALTER FUNCTION latchkey.due_charged(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.due_method(p_due bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT m.id FROM dues d LEFT JOIN agreements g ON g.id = d.agreement_id JOIN payment_methods m ON m.customer_id = d.customer_id
        WHERE d.id = p_due AND m.detached_at IS NULL AND (m.is_default OR m.is_backup OR m.id = g.method_id)
        ORDER BY coalesce(m.id = g.method_id, false) DESC, m.is_default DESC LIMIT 1
$$;

ALTER FUNCTION latchkey.due_method(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.due_moving() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF OLD.status <> NEW.status THEN
                IF NEW.agreement_id IS NOT NULL THEN
                        PERFORM agreement_settle(NEW.agreement_id);
                END IF;
                IF NEW.status <> 'open' THEN
                        PERFORM case_paid(NEW.id);
                END IF;
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.due_moving() OWNER TO lk_definer;

CREATE FUNCTION latchkey.due_thanks() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_message bigint;
BEGIN
        IF NEW.status = 'paid' AND OLD.status <> 'paid' THEN
                SELECT message_add('plan_thanks', 'agreement', g.id, '', g.customer_id, o.email, true) INTO v_message
                FROM agreements g JOIN orders o ON o.id = g.order_id JOIN customers c ON c.id = g.customer_id
                WHERE g.id = NEW.agreement_id AND g.status = 'completed' AND c.erased_at IS NULL AND o.email <> '';
                PERFORM job_add(3, 'mail', v_message::text, '{}', local_daytime(due_zone(NEW.id))) WHERE v_message IS NOT NULL;
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.due_thanks() OWNER TO lk_definer;

CREATE FUNCTION latchkey.due_zone(p_due bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT coalesce(nullif(c.zone, ''), g.zone, 'UTC')
        FROM dues d JOIN customers c ON c.id = d.customer_id LEFT JOIN agreements g ON g.id = d.agreement_id WHERE d.id = p_due
$$;

ALTER FUNCTION latchkey.due_zone(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.dues_charge() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_d record;
        v_first bigint;
        v_method bigint;
        v_n integer := 0;
BEGIN
        FOR v_d IN
                SELECT d.* FROM dues d JOIN agreements g ON g.id = d.agreement_id
                WHERE d.status = 'open' AND g.status = 'live' AND d.due_on <= today_in(g.zone) AND agreement_charges(g.id)
                  AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = d.id AND (a.live OR a.kind = 'off_session'))
                ORDER BY d.due_on, d.id LIMIT 1000
        LOOP
                v_first := due_method(v_d.id);
                v_method := charge_method(v_d.id);
                IF v_method IS NOT NULL THEN
                        PERFORM due_attempt(v_d.id, v_method, false, NULL, NULL, 'It is due today.');
                ELSE
                        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status, payment_method_id,
                                              planned_at, why, created_at)
                        SELECT v_d.id, v_d.order_id, v_d.customer_id, a.id, v_d.amount_minor - v_d.paid_minor, v_d.currency,
                               'no-method/' || v_d.id, 'off_session', 'created', v_first, app_now(), 'It is due today.', app_now()
                        FROM accounts a WHERE a.name = 'stripe' ON CONFLICT DO NOTHING;
                        UPDATE attempts SET status = 'failed', decline_code = CASE WHEN v_first IS NULL THEN 'no_method' ELSE 'method_refused' END
                        WHERE key = 'no-method/' || v_d.id AND status = 'created';
                END IF;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.dues_charge() OWNER TO lk_definer;

CREATE FUNCTION latchkey.dues_scan() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT periods_ahead() + dues_charge() + access_levels() * 0 $$;

ALTER FUNCTION latchkey.dues_scan() OWNER TO lk_definer;

CREATE FUNCTION latchkey.event_apply(p_account text, p_event text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_in inbox;
        v_result text;
BEGIN
        SELECT i.* INTO v_in FROM inbox i JOIN accounts a ON a.id = i.account_id
        WHERE a.name = p_account AND i.event_ref = p_event AND i.status = 'new' FOR UPDATE OF i SKIP LOCKED;
        IF NOT FOUND THEN
                RETURN 'skipped';
        END IF;
        IF v_in.acts = 'pay' THEN
                v_result := payment_apply(v_in.account_id, v_in.attempt_key, v_in.payment_ref, v_in.session_ref, v_in.charge_ref,
                                          v_in.amount_minor, v_in.currency, v_in.made_at);
        ELSIF v_in.acts = 'fetch' AND v_in.object_ref IS NOT NULL THEN
                PERFORM job_add(2, 'gateway_fetch', v_in.event_ref, jsonb_build_object(
                        'type', v_in.type, 'object', v_in.object_ref, 'payment', v_in.payment_ref, 'charge', v_in.charge_ref,
                        'session', v_in.session_ref));
                v_result := 'fetch';
        ELSE
                v_result := 'foreign';
        END IF;
        UPDATE inbox SET status = CASE v_result WHEN 'foreign' THEN 'ignored' WHEN 'mismatch' THEN 'mismatch' ELSE 'done' END,
                         done_at = clock_timestamp(), error = NULL
        WHERE id = v_in.id;
        RETURN v_result;
END $$;

ALTER FUNCTION latchkey.event_apply(p_account text, p_event text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.event_failed(p_account text, p_event text, p_error text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_in inbox;
BEGIN
        UPDATE inbox i SET tries = i.tries + 1, error = left(p_error, 300),
               next_at = clock_timestamp() + (ARRAY['10 s', '1 min', '10 min', '1 h'])[least(i.tries + 1, 4)]::interval,
               status = CASE WHEN i.tries + 1 >= 8 THEN 'poison' ELSE i.status END
        FROM accounts a WHERE a.id = i.account_id AND a.name = p_account AND i.event_ref = p_event AND i.status = 'new'
        RETURNING i.* INTO v_in;
        IF v_in.status = 'poison' THEN
                PERFORM alarm_raise('poison', 'event', v_in.id, 'An event of the gateway failed eight times: ' || left(p_error, 200));
        END IF;
END $$;

ALTER FUNCTION latchkey.event_failed(p_account text, p_event text, p_error text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.event_store(p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamp with time zone, p_acts text, p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO inbox (account_id, event_ref, type, source, body, made_at, acts, attempt_key, payment_ref, session_ref,
                           charge_ref, object_ref, amount_minor, currency)
        SELECT a.id, p_event, p_type, p_source, p_body, p_made_at, p_acts, p_key, p_payment, p_session, p_charge, p_object,
               p_amount, p_currency
        FROM accounts a WHERE a.name = p_account
        ON CONFLICT (account_id, event_ref) DO NOTHING;
        IF FOUND THEN
                RETURN 'new';
        ELSIF NOT EXISTS (SELECT FROM accounts WHERE name = p_account) THEN
                RAISE EXCEPTION 'there is no account %', p_account;
        END IF;
        RETURN 'known';
END $$;

ALTER FUNCTION latchkey.event_store(p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamp with time zone, p_acts text, p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.evidence_add(p_customer bigint, p_order bigint, p_kind text, p_facts jsonb, p_personal text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_salt bytea := CASE WHEN p_personal IS NOT NULL THEN decode(replace(gen_random_uuid()::text, '-', ''), 'hex') END;
BEGIN
        INSERT INTO evidence (at, customer_id, order_id, kind, facts, salt, personal, personal_hash)
        VALUES (app_now(), p_customer, p_order, p_kind, p_facts, v_salt, p_personal,
                sha256(v_salt || convert_to(p_personal, 'UTF8')));
END $$;

ALTER FUNCTION latchkey.evidence_add(p_customer bigint, p_order bigint, p_kind text, p_facts jsonb, p_personal text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.file_add(p_name text, p_type text, p_size bigint, p_sha256 bytea) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'files are sent by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        INSERT INTO files (name, content_type, size, sha256, created_at, uploaded_by)
        VALUES (p_name, p_type, p_size, p_sha256, app_now(), staff_me())
        ON CONFLICT (sha256, name) DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NULL THEN
                SELECT id INTO v_id FROM files WHERE sha256 = p_sha256 AND name = p_name;
        ELSE
                PERFORM audit_add('staff', staff_me(), 'file.added', 'file', v_id, jsonb_build_object('size', p_size, 'type', p_type));
        END IF;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.file_add(p_name text, p_type text, p_size bigint, p_sha256 bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.files_unknown(p_ids bigint[]) RETURNS TABLE(id bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'files are looked after by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN QUERY SELECT x.id FROM unnest(p_ids) x(id) WHERE NOT EXISTS (SELECT FROM files f WHERE f.id = x.id);
END $$;

ALTER FUNCTION latchkey.files_unknown(p_ids bigint[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.frozen() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
        IF OLD.published_at IS NOT NULL THEN
                RAISE EXCEPTION 'a published version of % does not change', TG_TABLE_NAME
                        USING ERRCODE = 'restrict_violation', HINT = 'Publish a new version.';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

ALTER FUNCTION latchkey.frozen() OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_asked(p_kept text, p_found boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF length(p_kept) < 2 THEN
                RETURN;
        END IF;
        INSERT INTO help_searches AS s (words, asked, empty, clicked, last_at)
        VALUES (p_kept, 1, CASE WHEN p_found THEN 0 ELSE 1 END, 0, app_now())
        ON CONFLICT (words) DO UPDATE SET asked = s.asked + 1, empty = s.empty + excluded.empty, last_at = app_now();
        DELETE FROM help_searches WHERE last_at < app_now() - interval '180 days';
        IF (SELECT count(*) FROM help_searches) > 5000 THEN
                DELETE FROM help_searches WHERE words IN (SELECT words FROM help_searches WHERE words <> p_kept ORDER BY asked, last_at LIMIT 250);
        END IF;
END $$;

ALTER FUNCTION latchkey.help_asked(p_kept text, p_found boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_clicked(p_typed text, p_slug text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE help_searches SET clicked = clicked + 1
        WHERE words = help_kept(p_typed) AND clicked < asked - empty AND EXISTS (SELECT FROM faq_articles WHERE slug = p_slug);
END $$;

ALTER FUNCTION latchkey.help_clicked(p_typed text, p_slug text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_kept(p_typed text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT coalesce(left(string_agg(w, ' ' ORDER BY n), 60), '') FROM (
                SELECT btrim(t, '-''') AS w, n
                FROM regexp_split_to_table(regexp_replace(search_fold(left(p_typed, 400)), '\S*[@/]\S*', ' ', 'g'), '[^[:alnum:]''-]+')
                     WITH ORDINALITY s(t, n)
                WHERE length(btrim(t, '-''')) BETWEEN 2 AND 24 AND t !~ '[0-9].*[0-9].*[0-9]'
                ORDER BY n LIMIT 8) k
$$;

ALTER FUNCTION latchkey.help_kept(p_typed text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_meant(p_word text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_n integer := length(p_word);
        v_found text;
BEGIN
        IF v_n < 4 OR v_n > 30 OR p_word ~ '[^[:alpha:]]' OR EXISTS (SELECT FROM faq_words WHERE word = p_word)
           OR EXISTS (SELECT FROM faq_articles WHERE search @@ plainto_tsquery('english', p_word)) THEN
                RETURN p_word;
        END IF;
        SELECT word INTO v_found FROM faq_words
        WHERE word || '' = ANY (ARRAY(SELECT overlay(p_word PLACING reverse(substr(p_word, i, 2)) FROM i FOR 2) FROM generate_series(1, v_n - 1) i))
        ORDER BY uses DESC, word LIMIT 1;
        IF v_found IS NULL THEN
                SELECT w.word INTO v_found FROM faq_words w
                WHERE starts_with(w.word, left(p_word, 1)) AND length(w.word) BETWEEN v_n - 1 AND v_n + 1
                  AND w.word || '' LIKE ANY (ARRAY(SELECT overlay(p_word PLACING r FROM i FOR k) FROM generate_series(1, v_n) i,
                                             (VALUES ('_', 1), ('_', 0), ('', 1)) e(r, k)) || (p_word || '_'))
                ORDER BY w.uses DESC, w.word LIMIT 1;
        END IF;
        IF v_found IS NULL THEN
                SELECT w.word INTO v_found FROM faq_words w
                WHERE w.word OPERATOR(public.%) p_word AND length(w.word) BETWEEN v_n - 3 AND v_n + 3
                ORDER BY public.similarity(w.word, p_word) DESC, w.uses DESC, w.word LIMIT 1;
        END IF;
        RETURN coalesce(v_found, p_word);
END $$;

ALTER FUNCTION latchkey.help_meant(p_word text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_mine(p_link bytea) RETURNS TABLE(order_number text, seq integer, title text, rest_minor bigint, currency text, due_on date, class text, article text, article_title text, next_at timestamp with time zone, promised_on date, zone text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_due bigint := CASE WHEN p_link IS NOT NULL THEN pay_due(p_link, NULL, NULL, false) END;
        v_mine bigint[] := CASE WHEN p_link IS NULL THEN mine() ELSE '{}' END;
BEGIN
        RETURN QUERY
        SELECT o.number, d.seq, d.title, d.amount_minor - d.paid_minor, d.currency, d.due_on, k.class, f.slug, f.title,
               CASE WHEN k.next_step = 'retry' THEN k.next_at END,
               (SELECT p.promised_on FROM promises p WHERE p.due_id = d.id AND p.status = 'open'), due_zone(d.id)
        FROM cases k JOIN dues d ON d.id = k.due_id JOIN orders o ON o.id = d.order_id
             LEFT JOIN faq_articles f ON f.slug = article_for('faq', k.reason_code, k.class)
        WHERE k.status IN ('open', 'waiting') AND d.status = 'open' AND (d.id = v_due OR k.customer_id = ANY (v_mine))
        ORDER BY k.opened_at, k.id LIMIT 3;
END $$;

ALTER FUNCTION latchkey.help_mine(p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_search(p_typed text) RETURNS TABLE(slug text, title text, summary text, category text, excerpt text, meant text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    SET client_min_messages TO 'warning'
    AS $$
#variable_conflict use_column
DECLARE
        v_typed text := replace(search_fold(left(p_typed, 400)), '-', ' ');
        v_words text[] := ARRAY(SELECT left(t, 40) FROM regexp_split_to_table(v_typed, '[^[:alnum:]]+') WITH ORDINALITY s(t, n)
                                WHERE numnode(plainto_tsquery('english', left(t, 40))) > 0 ORDER BY n LIMIT 10);
        v_meant text[] := ARRAY(SELECT help_meant(w) FROM unnest(v_words) WITH ORDINALITY s(w, n) ORDER BY n);
        v_all tsquery;
        v_any tsquery;
BEGIN
        SELECT string_agg(plainto_tsquery('english', w)::text, ' | ')::tsquery INTO v_any FROM unnest(v_meant) w;
        IF v_any IS NULL THEN
                RETURN;
        END IF;
        v_all := CASE WHEN v_meant = v_words THEN websearch_to_tsquery('english', v_typed)
                      ELSE plainto_tsquery('english', array_to_string(v_meant, ' ')) END;
        RETURN QUERY
        WITH hit AS (SELECT f.*, ts_rank('{0.1, 0.3, 0.6, 1}', f.search, v_any, 1) + CASE WHEN f.search @@ v_all THEN 1 ELSE 0 END AS score
                     FROM faq_articles f WHERE f.search @@ v_any ORDER BY score DESC, f.position, f.slug LIMIT 8),
             shown AS (SELECT h.*, ts_headline('english', h.plain, v_any, E'StartSel="\x02", StopSel="\x03", MaxFragments=1, MinWords=10, MaxWords=24, ShortWord=0')
                                   AS found FROM hit h WHERE h.score >= 0.15 * (SELECT max(score) FROM hit))
        SELECT s.slug, s.title, s.summary, s.category, CASE WHEN strpos(s.found, chr(2)) = 0 THEN s.summary
                    ELSE CASE WHEN left(translate(s.found, E'\x02\x03', ''), 20) = left(s.plain, 20) THEN '' ELSE '… ' END || s.found || ' …' END,
               CASE WHEN v_meant = v_words THEN '' ELSE array_to_string(v_meant, ' ') END
        FROM shown s ORDER BY s.score DESC, s.position, s.slug;
        PERFORM help_asked(help_kept(p_typed), FOUND);
END $$;

ALTER FUNCTION latchkey.help_search(p_typed text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_search_done(p_words text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('help');
BEGIN
        -- The same form sent again finds what it left, and is no second act.
        UPDATE help_searches SET asked = 1, empty = 0, clicked = 1, done_at = app_now(), done_by = v_me
        WHERE words = p_words AND NOT (done_at IS NOT NULL AND (asked, empty, clicked) = (1, 0, 1));
        IF NOT FOUND THEN
                RETURN CASE WHEN EXISTS (SELECT FROM help_searches WHERE words = p_words) THEN 'done' ELSE 'unknown' END;
        END IF;
        PERFORM audit_add('staff', v_me, 'help.search_done', 'help_search', NULL, jsonb_build_object('words', p_words));
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.help_search_done(p_words text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.help_vote(p_slug text, p_version integer, p_browser bytea, p_helpful boolean, p_words text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := me_writing();
        v_voter bytea := CASE WHEN v_me IS NOT NULL THEN sha256(convert_to('customer ' || v_me, 'UTF8')) ELSE sha256(p_browser) END;
BEGIN
        INSERT INTO article_votes AS w (article_id, version_id, voter, helpful, words, at)
        SELECT a.id, v.id, v_voter, p_helpful, left(p_words, 1000), app_now()
        FROM faq_articles f JOIN articles a ON a.id = f.article_id
             JOIN article_versions v ON v.article_id = a.id AND v.version = p_version AND v.published_at IS NOT NULL
        WHERE f.slug = p_slug AND v_voter IS NOT NULL
        ON CONFLICT (version_id, voter) DO UPDATE
        SET helpful = excluded.helpful, words = CASE WHEN excluded.words <> '' THEN excluded.words ELSE w.words END, at = excluded.at;
        RETURN CASE WHEN FOUND THEN 'thanks' ELSE 'unknown' END;
END $$;

ALTER FUNCTION latchkey.help_vote(p_slug text, p_version integer, p_browser bytea, p_helpful boolean, p_words text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT (p_total / p_step / p_count + CASE WHEN p_n <= p_total / p_step % p_count THEN 1 ELSE 0 END) * p_step
               + CASE WHEN p_n = p_count THEN p_total % p_step ELSE 0 END
$$;

ALTER FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.invite_look(p_hash bytea) RETURNS TABLE(email text, role text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT s.email, s.role FROM sessions x JOIN staff s ON s.id = x.staff_id
        WHERE x.token_hash = p_hash AND x.kind = 'invite' AND x.ended_at IS NULL AND x.expires_at > app_now()
$$;

ALTER FUNCTION latchkey.invite_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.invite_use(p_hash bytea, p_name text, p_password text, p_totp bytea, p_step bigint, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint;
BEGIN
        UPDATE sessions SET ended_at = app_now()
        WHERE token_hash = p_hash AND kind = 'invite' AND ended_at IS NULL AND expires_at > app_now()
        RETURNING staff_id INTO v_staff;
        IF v_staff IS NULL THEN
                RETURN false;
        END IF;
        UPDATE staff SET name = p_name, password_hash = p_password, totp_secret = p_totp, totp_last = p_step WHERE id = v_staff;
        UPDATE sessions SET ended_at = app_now() WHERE staff_id = v_staff AND kind = 'staff' AND ended_at IS NULL;
        -- Whoever is set up anew may have lost the devices of before.
        DELETE FROM passkeys WHERE staff_id = v_staff;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'staff', v_staff, app_now(), app_now() + interval '12 hours', app_now(), p_agent);
        PERFORM audit_add('staff', v_staff, 'staff.set_up', 'staff', v_staff);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.invite_use(p_hash bytea, p_name text, p_password text, p_totp bytea, p_step bigint, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.item_files_seen(p_file bigint, p_captions bigint) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT 'f' || coalesce(p_file, 0) || '.' || coalesce(p_captions, 0) $$;

ALTER FUNCTION latchkey.item_files_seen(p_file bigint, p_captions bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.item_name(p_product bigint, p_title text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_base text := trim(BOTH '-' FROM left(trim(BOTH '-' FROM regexp_replace(lower(p_title), '[^a-z0-9]+', '-', 'g')), 60));
        v_n integer := 1;
        v_name text;
BEGIN
        v_base := CASE WHEN v_base = '' THEN 'item' ELSE v_base END;
        v_name := v_base;
        WHILE EXISTS (SELECT FROM items WHERE product_id = p_product AND slug = v_name) LOOP
                v_n := v_n + 1;
                v_name := v_base || '-' || v_n;
        END LOOP;
        RETURN v_name;
END $$;

ALTER FUNCTION latchkey.item_name(p_product bigint, p_title text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.item_seen(p_item_version bigint, p_section text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT 'i' || p_item_version || '.' || left(md5(p_section), 8) $$;

ALTER FUNCTION latchkey.item_seen(p_item_version bigint, p_section text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.job_add(p_lane integer, p_kind text, p_key text, p_args jsonb DEFAULT '{}'::jsonb, p_run_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO jobs (lane, kind, key, args, run_at, created_at)
        VALUES (p_lane, p_kind, p_key, p_args, coalesce(p_run_at, app_now()), app_now())
        ON CONFLICT (kind, key) DO NOTHING
$$;

ALTER FUNCTION latchkey.job_add(p_lane integer, p_kind text, p_key text, p_args jsonb, p_run_at timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.last_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF OLD.role = 'owner' AND OLD.disabled_at IS NULL AND OLD.password_hash IS NOT NULL
           AND (NEW.role <> 'owner' OR NEW.disabled_at IS NOT NULL) THEN
                PERFORM pg_advisory_xact_lock(hashtext('latchkey.last_owner'));
                IF NOT EXISTS (SELECT FROM staff WHERE role = 'owner' AND disabled_at IS NULL AND password_hash IS NOT NULL AND id <> OLD.id) THEN
                        RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'restrict_violation', HINT = 'Make somebody else an owner first.';
                END IF;
        END IF;
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.last_owner() OWNER TO lk_definer;

CREATE TABLE latchkey.agreements (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'live'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    anchor_on date NOT NULL,
    zone text NOT NULL,
    count integer,
    amount_minor bigint NOT NULL,
    method_id bigint,
    nothing_new_days integer,
    read_only_days integer,
    locked_days integer,
    made_at timestamp with time zone NOT NULL,
    cancel_asked_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT agreements_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT agreements_check CHECK (((kind = 'instalments'::text) = (count IS NOT NULL))),
    CONSTRAINT agreements_check1 CHECK (((status = 'live'::text) = (ended_at IS NULL))),
    CONSTRAINT agreements_check2 CHECK (((status = 'live'::text) OR (method_id IS NULL))),
    CONSTRAINT agreements_check3 CHECK (((read_only_days >= nothing_new_days) AND (locked_days >= read_only_days))),
    CONSTRAINT agreements_count_check CHECK (((count >= 2) AND (count <= 60))),
    CONSTRAINT agreements_kind_check CHECK ((kind = ANY (ARRAY['instalments'::text, 'subscription'::text]))),
    CONSTRAINT agreements_locked_days_check CHECK (((locked_days >= 0) AND (locked_days <= 365))),
    CONSTRAINT agreements_nothing_new_days_check CHECK (((nothing_new_days >= 0) AND (nothing_new_days <= 365))),
    CONSTRAINT agreements_read_only_days_check CHECK (((read_only_days >= 0) AND (read_only_days <= 365))),
    CONSTRAINT agreements_status_check CHECK ((status = ANY (ARRAY['live'::text, 'completed'::text, 'cancelled'::text]))),
    CONSTRAINT agreements_version_check CHECK ((version > 0)),
    CONSTRAINT agreements_zone_check CHECK ((zone <> ''::text))
);

ALTER TABLE ONLY latchkey.agreements FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.agreements OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.agreements.id IS 'an order that is paid over time';

COMMENT ON COLUMN latchkey.agreements.order_id IS 'which order';

COMMENT ON COLUMN latchkey.agreements.customer_id IS 'who pays';

COMMENT ON COLUMN latchkey.agreements.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.agreements.kind IS 'so many instalments, or a period until it is cancelled';

COMMENT ON COLUMN latchkey.agreements.status IS 'see transitions';

COMMENT ON COLUMN latchkey.agreements.version IS 'in force';

COMMENT ON COLUMN latchkey.agreements.anchor_on IS 'day of the first due; the others are counted from it in one step';

COMMENT ON COLUMN latchkey.agreements.zone IS 'whose days these are, IANA';

COMMENT ON COLUMN latchkey.agreements.count IS 'instalments: how many';

COMMENT ON COLUMN latchkey.agreements.amount_minor IS 'instalments: their sum; subscription: one period';

COMMENT ON COLUMN latchkey.agreements.method_id IS 'charged first; NULL: the customer''s default';

COMMENT ON COLUMN latchkey.agreements.nothing_new_days IS 'so many days overdue: nothing new opens; NULL never';

COMMENT ON COLUMN latchkey.agreements.read_only_days IS 'so many days overdue: what was opened can be read; NULL never';

COMMENT ON COLUMN latchkey.agreements.locked_days IS 'so many days overdue: only what was paid for; NULL never';

COMMENT ON COLUMN latchkey.agreements.made_at IS 'in force since';

COMMENT ON COLUMN latchkey.agreements.cancel_asked_at IS 'subscription: no period follows the one that is paid';

COMMENT ON COLUMN latchkey.agreements.ended_at IS 'completed or cancelled';

CREATE FUNCTION latchkey.level_of_days(p_g latchkey.agreements, p_days integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN p_days >= p_g.locked_days THEN 4 WHEN p_days >= p_g.read_only_days THEN 3 WHEN p_days >= p_g.nothing_new_days THEN 2 ELSE 1 END
$$;

ALTER FUNCTION latchkey.level_of_days(p_g latchkey.agreements, p_days integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.licence_assign(p_line bigint, p_product bigint, p_person bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT EXISTS (SELECT FROM licence_keys WHERE product_id = p_product)
           OR EXISTS (SELECT FROM licence_keys WHERE order_line_id = p_line) THEN
                RETURN;
        END IF;
        UPDATE licence_keys SET order_line_id = p_line, person_id = p_person, assigned_at = app_now()
        WHERE id = (SELECT id FROM licence_keys WHERE product_id = p_product AND order_line_id IS NULL
                    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
        IF NOT FOUND THEN
                PERFORM alarm_raise('keys_out', 'line', p_line, 'A licence was sold and no key is left. Load more keys; they are handed out by themselves.');
        END IF;
END $$;

ALTER FUNCTION latchkey.licence_assign(p_line bigint, p_product bigint, p_person bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.limit_take(p_address text, p_account text, p_hash bytea, p_max_account integer, p_max_address integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_address bytea := sha256(convert_to('address ' || p_address, 'UTF8'));
        v_account bytea := sha256(convert_to(coalesce(nullif('typed ' || p_account, 'typed '),
                (SELECT 'person ' || customer_id FROM sessions WHERE token_hash = p_hash AND customer_id IS NOT NULL), 'nobody ' || p_address), 'UTF8'));
        v_since timestamptz := clock_timestamp() - interval '15 minutes';
BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.limit ' || encode(v_account, 'hex'), 0));
        IF (SELECT count(*) FROM tries WHERE scope = 'ask_account' AND key = v_account AND at > v_since) >= p_max_account
           OR (SELECT count(*) FROM tries WHERE scope = 'ask_address' AND key = v_address AND at > v_since) >= p_max_address THEN
                RETURN false;
        END IF;
        INSERT INTO tries (scope, key, at) VALUES ('ask_account', v_account, clock_timestamp()), ('ask_address', v_address, clock_timestamp());
        RETURN true;
END $$;

ALTER FUNCTION latchkey.limit_take(p_address text, p_account text, p_hash bytea, p_max_account integer, p_max_address integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.line_end(p_line bigint, p_reason text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE access SET status = 'ended', end_reason = p_reason, waiting_for = NULL, expected_on = NULL, since_at = app_now()
        WHERE order_line_id = p_line AND status <> 'ended'
$$;

ALTER FUNCTION latchkey.line_end(p_line bigint, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.line_refundable(p_line bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT l.cost_minor - l.refunded_minor
               - coalesce((SELECT sum(w.amount_minor) FROM refund_wants w JOIN refunds r ON r.id = w.refund_id
                           WHERE w.order_line_id = l.id AND r.status IN ('asked', 'approved', 'sent', 'unknown')), 0)::bigint
        FROM order_lines l WHERE l.id = p_line
$$;

ALTER FUNCTION latchkey.line_refundable(p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.line_restore(p_line bigint, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_why text;
BEGIN
        SELECT CASE WHEN (l.refunded_minor = l.cost_minor AND NOT order_subscribed(l.order_id)) OR order_paid_back(l.order_id) THEN 'refund'
                    WHEN EXISTS (SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id
                                 WHERE d.order_id = l.order_id AND d.status <> 'won' AND p.allocated_minor > 0) THEN 'dispute' END
        INTO STRICT v_why FROM order_lines l WHERE l.id = p_line;
        UPDATE access SET status = CASE WHEN v_why IS NULL THEN 'full' ELSE 'ended' END, end_reason = v_why, since_at = app_now()
        WHERE order_line_id = p_line AND status = 'ended' AND end_reason = p_reason;
        PERFORM licence_assign(a.order_line_id, a.product_id, a.person_id) FROM access a
        WHERE a.order_line_id = p_line AND a.status = 'full';
END $$;

ALTER FUNCTION latchkey.line_restore(p_line bigint, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.line_settles() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF OLD.status = 'matched' AND NEW.status <> 'matched' AND EXISTS (SELECT FROM payments WHERE bank_line_id = OLD.id AND undone_at IS NULL) THEN
                RAISE EXCEPTION 'its payment stands' USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.settled_at := CASE WHEN NEW.status <> 'new' THEN app_now() END;
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.line_settles() OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_access() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint := link_order();
BEGIN
        RETURN ARRAY(SELECT id FROM access WHERE order_id = v_order);
END $$;

ALTER FUNCTION latchkey.link_access() OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_again(p_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_s sessions;
BEGIN
        SELECT * INTO v_s FROM sessions WHERE token_hash = p_hash AND kind = 'magic';
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        RETURN link_mail(v_s.customer_id, v_s.order_id);
END $$;

ALTER FUNCTION latchkey.link_again(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_ask(p_fold text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO link_asks (email_fold, asked_at) VALUES (p_fold, app_now()) RETURNING id INTO v_id;
        PERFORM job_add(1, 'link_ask', v_id::text);
END $$;

ALTER FUNCTION latchkey.link_ask(p_fold text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_ask_settle(p_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_fold text;
BEGIN
        DELETE FROM link_asks WHERE id = p_id RETURNING email_fold INTO v_fold;
        PERFORM link_mail(id, NULL) FROM customers WHERE email_fold = v_fold AND merged_into IS NULL AND erased_at IS NULL;
END $$;

ALTER FUNCTION latchkey.link_ask_settle(p_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_lines() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint := link_order();
BEGIN
        RETURN ARRAY(SELECT id FROM order_lines WHERE order_id = v_order);
END $$;

ALTER FUNCTION latchkey.link_lines() OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_look(p_hash bytea) RETURNS TABLE(state text, email text, order_number text, product_title text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_s sessions;
BEGIN
        SELECT * INTO v_s FROM sessions WHERE token_hash = p_hash AND kind = 'magic';
        IF NOT FOUND THEN
                state := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        state := CASE WHEN v_s.ended_at IS NOT NULL THEN 'used' WHEN v_s.expires_at <= app_now() THEN 'expired' ELSE 'ready' END;
        SELECT regexp_replace(c.email, '^(.).*@', '\1…@') INTO email FROM customers c WHERE c.id = v_s.customer_id;
        SELECT o.number, l.title INTO order_number, product_title
        FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = v_s.order_id ORDER BY l.id LIMIT 1;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.link_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_mail(p_customer bigint, p_order bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_key bytea := sha256(convert_to('customer ' || p_customer, 'UTF8'));
BEGIN
        -- One at a time for each person, so that two at once do not both count four; and the same
        -- form sent again is no second mail.
        PERFORM FROM customers WHERE id = p_customer FOR NO KEY UPDATE;
        IF EXISTS (SELECT FROM tries WHERE scope = 'mail' AND key = v_key AND at > clock_timestamp() - interval '10 seconds') THEN
                RETURN true;
        ELSIF (SELECT count(*) FROM tries WHERE scope = 'mail' AND key = v_key AND at > clock_timestamp() - interval '1 hour') >= 5 THEN
                RETURN true;
        END IF;
        INSERT INTO tries (scope, key, at) VALUES ('mail', v_key, clock_timestamp());
        PERFORM message_add('login_link', 'customer', p_customer, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                            p_customer, (SELECT email FROM customers WHERE id = p_customer));
        RETURN true;
END $$;

ALTER FUNCTION latchkey.link_mail(p_customer bigint, p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_make(p_message bigint, p_hash bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_m messages;
BEGIN
        SELECT * INTO STRICT v_m FROM messages WHERE id = p_message;
        IF v_m.kind = 'address_confirm' THEN
                UPDATE address_changes SET link_hash = p_hash, link_until = app_now() + interval '1 day' WHERE id = v_m.object_id AND status = 'asked';
        ELSIF v_m.kind = 'address_changed' THEN
                UPDATE address_changes SET undo_hash = p_hash WHERE id = v_m.object_id AND status = 'done';
        ELSIF v_m.object = 'due' THEN
                PERFORM pay_link_make(p_message, p_hash);
        ELSIF v_m.object = 'case' THEN
                PERFORM rating_link_make(p_message, p_hash);
        ELSIF NOT EXISTS (SELECT FROM address_changes a JOIN customers c ON a.customer_id IN (c.id, c.merged_into)
                          WHERE c.id = v_m.customer_id AND greatest(a.done_at, a.undone_at) > v_m.queued_at) THEN
                INSERT INTO sessions (token_hash, kind, customer_id, order_id, created_at, expires_at)
                VALUES (p_hash, CASE v_m.kind WHEN 'claim' THEN 'claim' ELSE 'magic' END, v_m.customer_id,
                        CASE v_m.object WHEN 'order' THEN v_m.object_id
                                        WHEN 'claim' THEN (SELECT order_id FROM claims WHERE id = v_m.object_id) END, app_now(),
                        app_now() + CASE v_m.kind WHEN 'login_link' THEN interval '1 hour' ELSE interval '7 days' END);
        END IF;
END $$;

ALTER FUNCTION latchkey.link_make(p_message bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_order() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.link_order() OWNER TO lk_definer;

CREATE FUNCTION latchkey.link_use(p_hash bytea, p_session bytea, p_agent text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint;
        v_order bigint;
BEGIN
        UPDATE sessions SET ended_at = app_now()
        WHERE token_hash = p_hash AND kind = 'magic' AND ended_at IS NULL AND expires_at > app_now()
        RETURNING customer_id, order_id INTO v_person, v_order;
        IF v_person IS NULL THEN
                RETURN NULL;
        END IF;
        -- Whoever was found to be somebody else logs in as that one.
        SELECT coalesce(merged_into, id) INTO v_person FROM customers WHERE id = v_person;
        INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'customer', v_person, app_now(), app_now() + interval '30 days', app_now(), p_agent);
        UPDATE customers SET email_verified_at = coalesce(email_verified_at, app_now()) WHERE id = v_person;
        PERFORM evidence_add(v_person, v_order, 'logged_in', '{"by": "link"}', p_agent);
        RETURN v_person;
END $$;

ALTER FUNCTION latchkey.link_use(p_hash bytea, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.local_daytime(p_zone text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN l.at::time >= '20:00' THEN (l.at::date + 1 + time '08:00') AT TIME ZONE p_zone
                    WHEN l.at::time < '08:00' THEN (l.at::date + time '08:00') AT TIME ZONE p_zone
                    ELSE app_now() END
        FROM (SELECT app_now() AT TIME ZONE p_zone AS at) l
$$;

ALTER FUNCTION latchkey.local_daytime(p_zone text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.login_done(p_person bigint, p_hash text, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT EXISTS (SELECT FROM credentials WHERE customer_id = p_person AND password_hash = p_hash) THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'customer', p_person, app_now(), app_now() + interval '30 days', app_now(), p_agent);
        DELETE FROM tries t USING customers c
        WHERE c.id = p_person AND t.scope = 'account' AND t.key = login_key(c.email_fold, false);
        PERFORM evidence_add(p_person, NULL, 'logged_in', '{"by": "password"}', p_agent);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.login_done(p_person bigint, p_hash text, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.login_failed(p_fold text, p_address text, p_staff boolean) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO tries (scope, key, at)
        VALUES ('account', login_key(p_fold, p_staff), clock_timestamp()),
               ('address', sha256(convert_to(p_address, 'UTF8')), clock_timestamp())
$$;

ALTER FUNCTION latchkey.login_failed(p_fold text, p_address text, p_staff boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.login_key(p_fold text, p_staff boolean) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT sha256(convert_to(CASE WHEN p_staff THEN 'staff ' ELSE 'customer ' END || p_fold, 'UTF8')) $$;

ALTER FUNCTION latchkey.login_key(p_fold text, p_staff boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.login_look(p_fold text, p_address text, p_max_account integer, p_max_address integer, p_staff boolean) RETURNS TABLE(person bigint, hash text, totp bytea, totp_last bigint, limited boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        limited := (SELECT count(*) FROM tries t WHERE t.scope = 'account' AND t.key = login_key(p_fold, p_staff)
                      AND t.at > clock_timestamp() - interval '15 minutes') >= p_max_account
                OR (SELECT count(*) FROM tries t WHERE t.scope = 'address' AND t.key = sha256(convert_to(p_address, 'UTF8'))
                      AND t.at > clock_timestamp() - interval '15 minutes') >= p_max_address;
        IF p_staff THEN
                SELECT s.id, s.password_hash, s.totp_secret, s.totp_last INTO person, hash, totp, totp_last
                FROM staff s WHERE s.email_fold = p_fold AND s.disabled_at IS NULL;
        ELSE
                SELECT c.id, k.password_hash INTO person, hash FROM customers c JOIN credentials k ON k.customer_id = c.id
                WHERE c.email_fold = p_fold AND c.merged_into IS NULL AND c.erased_at IS NULL;
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.login_look(p_fold text, p_address text, p_max_account integer, p_max_address integer, p_staff boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.marker_save(p_id bigint, p_revision integer, p_nonce text, p_on date, p_what text, p_cause text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('report');
        v_m change_markers;
        v_id bigint;
BEGIN
        IF p_cause <> '' AND NOT EXISTS (SELECT FROM case_causes WHERE cause = p_cause) THEN
                RETURN 'unknown';
        ELSIF p_id IS NULL THEN
                INSERT INTO change_markers (changed_on, what, cause, form_nonce, made_by, made_at)
                VALUES (p_on, p_what, nullif(p_cause, ''), p_nonce, v_me, app_now()) ON CONFLICT (made_by, form_nonce) DO NOTHING RETURNING id INTO v_id;
                IF v_id IS NOT NULL THEN
                        PERFORM audit_add('staff', v_me, 'marker.added', 'marker', v_id, jsonb_build_object('on', p_on, 'what', p_what));
                END IF;
                RETURN 'saved';
        END IF;
        SELECT * INTO v_m FROM change_markers WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF (v_m.changed_on, v_m.what, coalesce(v_m.cause, '')) = (p_on, p_what, p_cause) THEN
                RETURN 'saved';
        ELSIF v_m.revision <> p_revision THEN
                RETURN 'changed';
        END IF;
        UPDATE change_markers SET changed_on = p_on, what = p_what, cause = nullif(p_cause, ''), revision = revision + 1, edited_by = v_me, edited_at = app_now()
        WHERE id = p_id;
        PERFORM audit_add('staff', v_me, 'marker.edited', 'marker', p_id,
                          jsonb_build_object('on', p_on, 'what', p_what, 'was_on', v_m.changed_on, 'was', v_m.what));
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.marker_save(p_id bigint, p_revision integer, p_nonce text, p_on date, p_what text, p_cause text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.me_writing() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.me_writing() OWNER TO lk_definer;

CREATE FUNCTION latchkey.merged_once() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NEW.merged_into IS NOT NULL AND (EXISTS (SELECT FROM customers WHERE id = NEW.merged_into AND merged_into IS NOT NULL)
                                            OR EXISTS (SELECT FROM customers WHERE merged_into = NEW.id)) THEN
                RAISE EXCEPTION 'merged once, never in a row' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.merged_once() OWNER TO lk_definer;

CREATE FUNCTION latchkey.message_add(p_kind text, p_object text, p_object_id bigint, p_period text, p_customer bigint, p_email text, p_held boolean DEFAULT false) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO messages (kind, object, object_id, period, customer_id, email, queued_at)
        VALUES (p_kind, p_object, p_object_id, p_period, p_customer, p_email, app_now())
        ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NOT NULL AND NOT p_held THEN
                PERFORM job_add(1, 'mail', v_id::text);
        END IF;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.message_add(p_kind text, p_object text, p_object_id bigint, p_period text, p_customer bigint, p_email text, p_held boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.message_bounced(p_message bigint, p_failed boolean, p_code text, p_detail text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_m messages;
        v_order bigint;
BEGIN
        SELECT * INTO v_m FROM messages WHERE id = p_message FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF NOT p_failed THEN
                RETURN 'soft';
        ELSIF v_m.status = 'bounced' THEN
                RETURN 'again';
        ELSIF v_m.status NOT IN ('sent', 'maybe_sent') THEN
                RETURN 'early';
        END IF;
        UPDATE messages SET status = 'bounced', detail = left(p_code || ' ' || p_detail, 300) WHERE id = p_message;
        INSERT INTO mail_failures (address, message_id, code, at)
        SELECT lower(v_m.email), p_message, p_code, app_now() WHERE p_code LIKE '5.%'
        ON CONFLICT (address) DO UPDATE SET message_id = excluded.message_id, code = excluded.code, at = excluded.at;
        v_order := CASE v_m.object WHEN 'order' THEN v_m.object_id
                                   WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = v_m.object_id)
                                   WHEN 'refund' THEN (SELECT order_id FROM refunds WHERE id = v_m.object_id)
                                   WHEN 'ticket' THEN (SELECT order_id FROM tickets WHERE id = v_m.object_id)
                                   WHEN 'post' THEN (SELECT t.order_id FROM posts p JOIN tickets t ON t.id = p.ticket_id WHERE p.id = v_m.object_id) END;
        PERFORM alarm_raise('mail_bounced', CASE WHEN v_order IS NULL THEN 'customer' ELSE 'order' END, coalesce(v_order, v_m.customer_id),
                            format('A mail to the customer could not be delivered (%s).', coalesce(nullif(p_code, ''), 'without a reason')));
        RETURN 'bounced';
END $$;

ALTER FUNCTION latchkey.message_bounced(p_message bigint, p_failed boolean, p_code text, p_detail text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.message_parties(p_kind text, p_object text, p_object_id bigint, p_period text, p_order bigint, p_topic text, p_held boolean DEFAULT false) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT message_add(p_kind, p_object, p_object_id, p_period, w.id, w.email, p_held)
        FROM (SELECT DISTINCT c.id, CASE WHEN c.id = o.customer_id THEN o.email ELSE c.email END AS email
              FROM orders o JOIN order_parties p ON p.order_id = o.id JOIN customers c ON c.id = p.person_id
              WHERE o.id = p_order AND p_topic = ANY (p.topics) AND c.erased_at IS NULL) w
$$;

ALTER FUNCTION latchkey.message_parties(p_kind text, p_object text, p_object_id bigint, p_period text, p_order bigint, p_topic text, p_held boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.message_skip(p_message bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        PERFORM reminder_skip(p_message);       -- before the mail's row is locked: dues come first
        UPDATE messages m SET status = 'skipped', detail = 'not wanted'
        FROM message_topics t, notification_topics n, notification_choices c
        WHERE m.id = p_message AND m.status = 'queued' AND t.kind = m.kind AND n.topic = t.topic AND n.may_stop
          AND c.customer_id = m.customer_id AND c.topic = t.topic AND NOT c.wanted;
END $$;

ALTER FUNCTION latchkey.message_skip(p_message bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.message_waits(p_message bigint) RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_m messages;
        v_zone text;
BEGIN
        SELECT m.* INTO v_m FROM messages m JOIN message_topics t ON t.kind = m.kind AND t.by_day WHERE m.id = p_message;
        IF NOT FOUND THEN
                RETURN 0;
        ELSIF v_m.object = 'customer' THEN
                v_zone := person_zone(v_m.customer_id, (SELECT min(r.due_id) FROM reminders r WHERE r.message_id = p_message));
        ELSE
                v_zone := coalesce((SELECT nullif(zone, '') FROM customers WHERE id = v_m.customer_id), due_zone(CASE v_m.object
                        WHEN 'due' THEN v_m.object_id
                        WHEN 'case' THEN (SELECT k.due_id FROM cases k WHERE k.id = v_m.object_id)
                        WHEN 'agreement' THEN (SELECT min(d.id) FROM dues d WHERE d.agreement_id = v_m.object_id) END));
        END IF;
        RETURN greatest(0, ceil(extract(epoch FROM local_daytime(coalesce(v_zone, 'UTC')) - app_now())));
END $$;

ALTER FUNCTION latchkey.message_waits(p_message bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_apply(p_account bigint, p_customer bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer, p_renewed boolean) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $_$
DECLARE
        v_customer bigint;
        v_m payment_methods;
        v_last_four text := CASE WHEN p_last_four ~ '^[0-9]{4}$' THEN p_last_four ELSE '' END;
BEGIN
        IF p_customer IS NOT NULL THEN
                INSERT INTO gateway_customers (account_id, ref, customer_id, created_at)
                VALUES (p_account, p_gateway_customer, p_customer, app_now()) ON CONFLICT DO NOTHING;
        END IF;
        SELECT customer_id INTO v_customer FROM gateway_customers WHERE account_id = p_account AND ref = p_gateway_customer;
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        PERFORM FROM customers WHERE id = v_customer FOR UPDATE;
        SELECT * INTO v_m FROM payment_methods WHERE account_id = p_account AND ref = p_ref FOR UPDATE;
        IF FOUND AND v_m.gateway_customer <> p_gateway_customer THEN
                RETURN NULL;
        ELSIF FOUND THEN
                UPDATE payment_methods
                SET kind = p_kind, brand = coalesce(p_brand, ''), last_four = v_last_four, wallet = coalesce(p_wallet, ''),
                    exp_month = p_exp_month, exp_year = p_exp_year, updated_at = app_now(), detached_at = NULL,
                    renewed_at = CASE WHEN p_renewed THEN app_now() ELSE renewed_at END
                WHERE id = v_m.id
                  AND (kind, brand, last_four, wallet, exp_month, exp_year, detached_at)
                      IS DISTINCT FROM (p_kind, coalesce(p_brand, ''), v_last_four, coalesce(p_wallet, ''), p_exp_month, p_exp_year, NULL::timestamptz);
                IF FOUND AND p_renewed THEN
                        PERFORM method_renewed(v_m.id);
                END IF;
        ELSE
                INSERT INTO payment_methods (customer_id, account_id, ref, gateway_customer, kind, brand, last_four, wallet,
                                             exp_month, exp_year, added_at, updated_at)
                VALUES (v_customer, p_account, p_ref, p_gateway_customer, p_kind, coalesce(p_brand, ''), v_last_four,
                        coalesce(p_wallet, ''), p_exp_month, p_exp_year, app_now(), app_now())
                RETURNING * INTO v_m;
        END IF;
        UPDATE payment_methods SET is_default = true, is_backup = false
        WHERE id = v_m.id AND NOT EXISTS (SELECT FROM payment_methods WHERE customer_id = v_customer AND is_default);
        RETURN v_m.id;
END $_$;

ALTER FUNCTION latchkey.method_apply(p_account bigint, p_customer bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer, p_renewed boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_change(p_method bigint, p_what text) RETURNS TABLE(answer text, charged integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := me_writing();
        v_m payment_methods;
BEGIN
        charged := 0;
        PERFORM FROM customers WHERE id = v_me FOR UPDATE;
        SELECT * INTO v_m FROM payment_methods WHERE id = p_method AND customer_id = ANY (mine()) AND detached_at IS NULL FOR UPDATE;
        IF v_me IS NULL OR NOT FOUND THEN
                answer := 'unknown';
        ELSIF p_what = 'default' THEN
                PERFORM method_default(v_m.customer_id, p_method);
                charged := method_settle(v_m.customer_id, p_method, 'The customer chose another way to pay.');
                answer := 'default';
        ELSIF p_what = 'backup' AND NOT v_m.is_default THEN
                UPDATE payment_methods SET is_backup = false WHERE customer_id = v_m.customer_id AND is_backup AND id <> p_method;
                UPDATE payment_methods SET is_backup = true WHERE id = p_method;
                answer := 'backup';
        ELSIF p_what = 'plain' THEN
                UPDATE payment_methods SET is_backup = false WHERE id = p_method;
                answer := 'plain';
        ELSIF p_what = 'remove' AND method_needed(p_method) THEN
                answer := 'needed';
        ELSIF p_what = 'remove' THEN
                PERFORM method_gone(v_m.account_id, v_m.ref);
                -- Somebody must be charged: without a backup the newest of the others is.
                PERFORM method_default(v_m.customer_id, (SELECT id FROM payment_methods WHERE customer_id = v_m.customer_id AND detached_at IS NULL
                                                         ORDER BY added_at DESC, id DESC LIMIT 1))
                WHERE NOT EXISTS (SELECT FROM payment_methods WHERE customer_id = v_m.customer_id AND is_default);
                PERFORM job_add(2, 'method_detach', p_method::text);
                PERFORM evidence_add(v_me, NULL, 'method_removed', jsonb_build_object('method', v_m.ref));
                answer := 'removed';
        ELSE
                answer := 'unknown';
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.method_change(p_method bigint, p_what text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_default(p_customer bigint, p_method bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        PERFORM FROM customers WHERE id = p_customer FOR UPDATE;
        IF NOT EXISTS (SELECT FROM payment_methods WHERE id = p_method AND customer_id = p_customer AND detached_at IS NULL) THEN
                RETURN false;
        END IF;
        UPDATE payment_methods SET is_default = false WHERE customer_id = p_customer AND is_default AND id <> p_method;
        UPDATE payment_methods SET is_default = true, is_backup = false WHERE id = p_method;
        UPDATE agreements SET method_id = NULL WHERE customer_id = p_customer AND method_id <> p_method;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.method_default(p_customer bigint, p_method bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_gone(p_account bigint, p_ref text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_m payment_methods;
BEGIN
        SELECT * INTO v_m FROM payment_methods WHERE account_id = p_account AND ref = p_ref AND detached_at IS NULL FOR UPDATE;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        UPDATE payment_methods SET detached_at = app_now(), is_default = false, is_backup = false, updated_at = app_now() WHERE id = v_m.id;
        UPDATE agreements SET method_id = NULL WHERE method_id = v_m.id;
        IF v_m.is_default THEN
                UPDATE payment_methods SET is_default = true, is_backup = false WHERE customer_id = v_m.customer_id AND is_backup;
        END IF;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.method_gone(p_account bigint, p_ref text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_needed(p_method bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT EXISTS (SELECT FROM payment_methods m JOIN agreements g ON g.customer_id = m.customer_id AND g.status = 'live'
                       WHERE m.id = p_method AND m.customer_id = ANY (mine()) AND (g.cancel_asked_at IS NULL OR EXISTS (SELECT FROM dues d WHERE d.agreement_id = g.id AND d.status = 'open'))
                         AND NOT EXISTS (SELECT FROM payment_methods o WHERE o.customer_id = m.customer_id AND o.detached_at IS NULL AND o.id <> m.id))
$$;

ALTER FUNCTION latchkey.method_needed(p_method bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_prefer(p_account bigint, p_gateway_customer text, p_ref text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_m payment_methods;
BEGIN
        SELECT * INTO v_m FROM payment_methods
        WHERE account_id = p_account AND ref = p_ref AND gateway_customer = p_gateway_customer AND detached_at IS NULL;
        IF FOUND THEN
                PERFORM method_default(v_m.customer_id, v_m.id);
        END IF;
END $$;

ALTER FUNCTION latchkey.method_prefer(p_account bigint, p_gateway_customer text, p_ref text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_renewed(p_method bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_due bigint;
BEGIN
        FOR v_due IN
                SELECT c.due_id FROM cases c JOIN attempts a ON a.id = c.attempt_id
                WHERE a.payment_method_id = p_method AND c.status = 'open' AND c.stopped_at IS NULL AND c.class IN ('never_again', 'fix_card')
                ORDER BY c.due_id
        LOOP
                PERFORM due_attempt(v_due, p_method, false, NULL, NULL, 'The bank sent a new card in place of the one that was refused.');
        END LOOP;
END $$;

ALTER FUNCTION latchkey.method_renewed(p_method bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.method_settle(p_customer bigint, p_method bigint, p_why text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_due bigint;
        v_n integer := 0;
BEGIN
        FOR v_due IN
                SELECT d.id FROM dues d JOIN agreements g ON g.id = d.agreement_id
                WHERE d.customer_id = p_customer AND d.status = 'open' AND g.status = 'live' AND d.due_on <= today_in(g.zone)
                ORDER BY d.due_on, d.id
        LOOP
                IF charge_refused(v_due, p_method) IS NULL AND due_attempt(v_due, p_method, true, NULL, NULL, p_why) IS NOT NULL THEN
                        v_n := v_n + 1;
                END IF;
        END LOOP;
        IF v_n > 0 THEN
                PERFORM method_default(p_customer, p_method);
        END IF;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.method_settle(p_customer bigint, p_method bigint, p_why text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.mine() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.mine() OWNER TO lk_definer;

CREATE FUNCTION latchkey.mine_or_link() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.mine_or_link() OWNER TO lk_definer;

CREATE FUNCTION latchkey.money_json(p_minor bigint, p_currency text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT jsonb_build_object('minor', p_minor, 'currency', p_currency) $$;

ALTER FUNCTION latchkey.money_json(p_minor bigint, p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.money_step(p_currency text) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN (SELECT step FROM currencies WHERE code = p_currency);
END $$;

ALTER FUNCTION latchkey.money_step(p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_new jsonb := to_jsonb(NEW);
BEGIN
        IF OLD.status <> NEW.status THEN
                INSERT INTO moves (machine, object_id, customer_id, was, status, at)
                VALUES (TG_ARGV[0], NEW.id, coalesce((v_new ->> 'customer_id')::bigint, (v_new ->> 'person_id')::bigint),
                        OLD.status, NEW.status, app_now());
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.moved() OWNER TO lk_definer;

CREATE FUNCTION latchkey.offer_publish(p_slug text, p_offer text, p_version integer, p_title text, p_currency text, p_amount bigint, p_tax_class text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_offer bigint;
        v_was offer_versions;
        v_now offer_versions;
BEGIN
        SELECT id INTO v_offer FROM offers WHERE product_id = v_p.id AND slug = p_offer;
        IF v_p.id IS NULL OR (v_offer IS NULL AND p_version > 0) THEN
                RETURN 'unknown';
        END IF;
        IF v_offer IS NULL THEN
                INSERT INTO offers (product_id, slug, enabled) VALUES (v_p.id, p_offer, true) RETURNING id INTO v_offer;
        ELSE
                SELECT v.* INTO v_was FROM offers o JOIN offer_versions v ON v.id = o.version_id WHERE o.id = v_offer;
                IF (v_was.title, v_was.currency, v_was.amount_minor, v_was.tax_class) = (p_title, p_currency, p_amount, p_tax_class) THEN
                        RETURN 'same';
                END IF;
                IF v_was.version <> p_version THEN
                        RETURN CASE WHEN p_version = 0 THEN 'taken' ELSE 'changed' END;
                END IF;
        END IF;
        -- A new price keeps how it is paid.
        INSERT INTO offer_versions (offer_id, version, title, currency, amount_minor, tax_class, schedule, published_at, published_by)
        SELECT v_offer, coalesce(max(m.version), 0) + 1, p_title, p_currency, p_amount, p_tax_class, v_was.schedule, app_now(), staff_me()
        FROM offer_versions m WHERE m.offer_id = v_offer
        RETURNING * INTO v_now;
        UPDATE offers SET version_id = v_now.id WHERE id = v_offer;
        PERFORM audit_add('staff', staff_me(), 'offer.published', 'offer', v_offer,
                          jsonb_build_object('version', v_now.version, 'was', money_json(v_was.amount_minor, v_was.currency),
                                             'now', money_json(p_amount, p_currency)));
        RETURN 'published';
END $$;

ALTER FUNCTION latchkey.offer_publish(p_slug text, p_offer text, p_version integer, p_title text, p_currency text, p_amount bigint, p_tax_class text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.offer_sale(p_slug text, p_offer text, p_on boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_offer offers;
BEGIN
        SELECT * INTO v_offer FROM offers WHERE product_id = v_p.id AND slug = p_offer AND version_id IS NOT NULL;
        IF v_offer.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF v_offer.enabled <> p_on THEN
                UPDATE offers SET enabled = p_on WHERE id = v_offer.id;
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'offer.on_sale' ELSE 'offer.off_sale' END, 'offer', v_offer.id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;

ALTER FUNCTION latchkey.offer_sale(p_slug text, p_offer text, p_on boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.open_files() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_open bigint[] := open_item_versions();
BEGIN
        RETURN ARRAY(SELECT f.id FROM item_versions v CROSS JOIN LATERAL (VALUES (v.file_id), (v.captions_id)) f(id)
                     WHERE v.id = ANY (v_open) AND f.id IS NOT NULL);
END $$;

ALTER FUNCTION latchkey.open_files() OWNER TO lk_definer;

CREATE FUNCTION latchkey.open_item_versions() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.open_item_versions() OWNER TO lk_definer;

CREATE FUNCTION latchkey.open_versions() RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine_or_link();
        v_order bigint := link_order();
BEGIN
        RETURN ARRAY(SELECT a.product_version_id FROM access a
                     WHERE a.person_id = ANY (v_mine) AND (v_order IS NULL OR a.order_id = v_order)
                       AND a.status NOT IN ('waiting', 'ended'));
END $$;

ALTER FUNCTION latchkey.open_versions() OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_begin(p_product text, p_offer text, p_nonce text, p_email text, p_fold text, p_name text, p_country text, p_consent boolean, p_anyway boolean, p_key text, p_checkout_hash bytea, p_personal text, p_code text DEFAULT ''::text, p_zone text DEFAULT 'UTC'::text) RETURNS TABLE(result text, number text, key text, title text, amount_minor bigint, currency text, session_url text, expires_at timestamp with time zone, eu boolean, saves boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_p record;
        v_tax record;
        v_person bigint;
        v_order orders;
        v_line bigint;
        v_due bigint;
        v_terms terms_versions;
        v_consent terms_versions;
        v_attempt attempts;
        v_code record;
        v_zone text;
        v_first bigint;
BEGIN
        SELECT p.id, p.kind, pv.id AS version, pv.title, pv.starts_on, ov.id AS offer_version, ov.currency,
               ov.amount_minor, ov.tax_class, ov.schedule
        INTO v_p
        FROM products p JOIN product_versions pv ON pv.id = p.version_id
             JOIN offers o ON o.product_id = p.id JOIN offer_versions ov ON ov.id = o.version_id
        WHERE p.slug = p_product AND o.slug = p_offer AND p.on_sale AND o.enabled;
        IF NOT FOUND THEN
                result := 'gone'; RETURN NEXT; RETURN;
        END IF;
        SELECT coalesce(t.rate_bp, 0) AS rate_bp, coalesce(t.eu, false) AS eu INTO v_tax
        FROM (SELECT) one LEFT JOIN tax_rates t ON t.country = p_country AND t.tax_class = v_p.tax_class;
        saves := v_p.schedule IS NOT NULL;
        title := v_p.title; amount_minor := v_p.amount_minor; currency := v_p.currency; eu := v_tax.eu;
        IF v_tax.eu AND NOT p_consent THEN
                result := 'consent'; RETURN NEXT; RETURN;
        END IF;

        INSERT INTO customers AS c (email, email_fold, name, country, created_at)
        VALUES (p_email, p_fold, p_name, p_country, app_now())
        ON CONFLICT (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL
        DO UPDATE SET email_fold = excluded.email_fold
        RETURNING c.id INTO v_person;

        SELECT * INTO v_order FROM orders o WHERE o.customer_id = v_person AND o.form_nonce = p_nonce;
        IF NOT FOUND THEN
                IF NOT p_anyway AND EXISTS (SELECT FROM access a WHERE a.person_id = v_person AND a.product_id = v_p.id
                                                                   AND a.status <> 'ended') THEN
                        PERFORM message_add('already_yours', 'product', v_p.id, to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                                            v_person, (SELECT c.email FROM customers c WHERE c.id = v_person));
                        result := 'owned'; RETURN NEXT; RETURN;
                END IF;
                SELECT * INTO v_code FROM discount_take(p_code, v_person, v_p.id, v_p.amount_minor, v_p.currency);
                IF v_code.answer <> 'taken' THEN
                        result := 'code_' || v_code.answer; RETURN NEXT; RETURN;
                END IF;
                v_p.amount_minor := v_p.amount_minor - v_code.off;
                -- Each instalment is at least one step; a code that leaves less is not used up.
                IF v_p.schedule ->> 'kind' = 'instalments'
                   AND v_p.amount_minor < (v_p.schedule ->> 'count')::integer * money_step(v_p.currency) THEN
                        UPDATE discount_codes SET used = used - 1 WHERE id = v_code.discount;
                        result := 'code_small'; RETURN NEXT; RETURN;
                END IF;
                v_first := schedule_first(v_p.schedule, v_p.amount_minor, v_p.currency);
                SELECT coalesce(nullif(c.zone, ''), p_zone) INTO STRICT v_zone FROM customers c WHERE c.id = v_person;
                SELECT * INTO STRICT v_terms FROM terms_versions WHERE kind = 'terms' ORDER BY version DESC LIMIT 1;
                IF v_tax.eu THEN
                        SELECT * INTO STRICT v_consent FROM terms_versions WHERE kind = 'consent' ORDER BY version DESC LIMIT 1;
                END IF;
                INSERT INTO orders (customer_id, currency, total_minor, form_nonce, email, buyer_name, country,
                                    terms_id, agreed_at, consent_id, created_at, expires_at, zone)
                VALUES (v_person, v_p.currency, v_p.amount_minor, p_nonce, p_email, p_name, p_country,
                        v_terms.id, app_now(), v_consent.id, app_now(), app_now() + interval '23 hours', v_zone)
                RETURNING * INTO v_order;
                INSERT INTO order_lines (order_id, customer_id, currency, product_id, product_version_id, offer_version_id,
                                         title, amount_minor, tax_bp, discount_minor, discount_id)
                VALUES (v_order.id, v_person, v_p.currency, v_p.id, v_p.version, v_p.offer_version,
                        v_p.title, v_p.amount_minor, v_tax.rate_bp, v_code.off, v_code.discount)
                RETURNING id INTO v_line;
                INSERT INTO order_parties (order_id, person_id, role, topics, since_at)
                VALUES (v_order.id, v_person, 'payer', '{bills}', app_now()),
                       (v_order.id, v_person, 'user', '{access,calls}', app_now());
                INSERT INTO dues (order_id, customer_id, currency, seq, kind, title, amount_minor, due_on, created_at)
                VALUES (v_order.id, v_person, v_p.currency, 1,
                        CASE v_p.schedule ->> 'kind' WHEN 'instalments' THEN 'instalment' WHEN 'subscription' THEN 'period' ELSE 'order' END,
                        schedule_title(v_p.schedule, v_p.title, 1, today_in(v_zone)), v_first,
                        CASE WHEN v_p.schedule IS NULL THEN (app_now() AT TIME ZONE 'UTC')::date ELSE today_in(v_zone) END, app_now())
                RETURNING id INTO v_due;
                INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind,
                                      status, created_at, sent_at)
                SELECT v_due, v_order.id, v_person, a.id, v_first, v_p.currency, p_key, 'checkout',
                       'sent', app_now(), app_now()
                FROM accounts a WHERE a.name = 'stripe'
                RETURNING * INTO v_attempt;
                PERFORM evidence_add(v_person, v_order.id, 'agreed',
                                     jsonb_strip_nulls(jsonb_build_object('terms', v_terms.version, 'sha256', encode(v_terms.sha256, 'hex'),
                                                                          'schedule', v_p.schedule)), p_personal);
                IF v_tax.eu THEN
                        PERFORM evidence_add(v_person, v_order.id, 'consented',
                                             jsonb_build_object('consent', v_consent.version, 'sha256', encode(v_consent.sha256, 'hex'),
                                                                'text', v_consent.body_md), p_personal);
                END IF;
        ELSE
                SELECT * INTO v_attempt FROM attempts a WHERE a.order_id = v_order.id ORDER BY a.id DESC LIMIT 1;
                IF v_order.status NOT IN ('paid', 'refunded') AND NOT v_attempt.live THEN
                        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind,
                                              status, created_at, sent_at)
                        VALUES (v_attempt.due_id, v_order.id, v_person, v_attempt.account_id, v_attempt.amount_minor,
                                v_attempt.currency, p_key, 'checkout', 'sent', app_now(), app_now())
                        ON CONFLICT DO NOTHING
                        RETURNING * INTO v_attempt;
                        IF NOT FOUND THEN
                                SELECT * INTO v_attempt FROM attempts a WHERE a.order_id = v_order.id ORDER BY a.id DESC LIMIT 1;
                        END IF;
                END IF;
        END IF;

        INSERT INTO sessions (token_hash, kind, customer_id, order_id, created_at, expires_at)
        VALUES (p_checkout_hash, 'checkout', v_person, v_order.id, app_now(), app_now() + interval '7 days')
        ON CONFLICT DO NOTHING;

        number := v_order.number; key := v_attempt.key; session_url := v_attempt.session_url;
        amount_minor := v_attempt.amount_minor; currency := v_order.currency; expires_at := v_order.expires_at;
        SELECT d.title, d.kind <> 'order' INTO STRICT title, saves FROM dues d WHERE d.id = v_attempt.due_id;
        result := CASE WHEN v_order.status IN ('paid', 'refunded') THEN 'paid'
                       WHEN v_attempt.session_url IS NOT NULL THEN 'open' ELSE 'begun' END;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.order_begin(p_product text, p_offer text, p_nonce text, p_email text, p_fold text, p_name text, p_country text, p_consent boolean, p_anyway boolean, p_key text, p_checkout_hash bytea, p_personal text, p_code text, p_zone text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_grant(p_order bigint, p_payment bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order orders;
        v_line record;
        v_user bigint;
        v_waits text;
        v_paid timestamptz;
        v_again boolean := false;
BEGIN
        SELECT * INTO STRICT v_order FROM orders WHERE id = p_order FOR UPDATE;
        -- A bank transfer is confirmed when it is matched, days after the credit.
        SELECT CASE WHEN bank_line_id IS NULL THEN received_at ELSE booked_at END INTO STRICT v_paid FROM payments WHERE id = p_payment;
        SELECT person_id INTO STRICT v_user FROM order_parties WHERE order_id = p_order AND role = 'user' LIMIT 1;
        FOR v_line IN
                SELECT l.*, v.starts_on, v.check_days FROM order_lines l JOIN product_versions v ON v.id = l.product_version_id
                WHERE l.order_id = p_order AND NOT l.paid ORDER BY l.id
        LOOP
                v_waits := CASE WHEN v_line.check_days IS NOT NULL THEN 'check'
                                WHEN v_line.starts_on > (app_now() AT TIME ZONE 'UTC')::date THEN 'start' END;
                INSERT INTO access (order_line_id, order_id, person_id, product_id, product_version_id, status, waiting_for,
                                    expected_on, reason, payment_id, granted_at, since_at)
                VALUES (v_line.id, p_order, v_user, v_line.product_id, v_line.product_version_id,
                        CASE WHEN v_waits IS NULL THEN 'full' ELSE 'waiting' END, v_waits,
                        CASE v_waits WHEN 'start' THEN v_line.starts_on
                                     WHEN 'check' THEN working_day((app_now() AT TIME ZONE 'UTC')::date, v_line.check_days) END,
                        'payment', p_payment, app_now(), app_now())
                ON CONFLICT (order_line_id) DO UPDATE
                SET reason = 'payment', payment_id = p_payment, note = '';
                -- What ended because its payment was another order's opens again.
                UPDATE access SET status = CASE WHEN v_waits IS NULL THEN 'full' ELSE 'waiting' END, end_reason = NULL, end_note = '', waiting_for = v_waits,
                                  expected_on = CASE v_waits WHEN 'start' THEN v_line.starts_on
                                                             WHEN 'check' THEN working_day((app_now() AT TIME ZONE 'UTC')::date, v_line.check_days) END,
                                  since_at = app_now()
                WHERE order_line_id = v_line.id AND status = 'ended' AND end_reason = 'unmatched';
                v_again := v_again OR FOUND;
                UPDATE order_lines SET paid = true WHERE id = v_line.id;
                PERFORM licence_assign(v_line.id, v_line.product_id, v_user);
                -- Of what is paid over time the rest is counted as it comes.
                PERFORM rollup_add('paid', v_line.product_id, v_order.currency,
                                   CASE WHEN EXISTS (SELECT FROM offer_versions WHERE id = v_line.offer_version_id AND schedule IS NOT NULL)
                                        THEN (SELECT sum(paid_minor)::bigint FROM dues WHERE order_id = p_order) ELSE v_line.amount_minor END);
        END LOOP;
        UPDATE orders SET status = 'paid', paid_at = v_paid, granted_at = greatest(app_now(), v_paid)
        WHERE id = p_order AND status <> 'paid';
        PERFORM rollup_add('granted_ms', 0, '', greatest(0, extract(epoch FROM app_now() - v_paid) * 1000)::bigint);
        PERFORM message_parties('access_open', 'order', p_order, CASE WHEN v_again THEN 'again ' || p_payment ELSE '' END, p_order, 'access');
        PERFORM agreement_begin(p_order);
END $$;

ALTER FUNCTION latchkey.order_grant(p_order bigint, p_payment bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_paid_back(p_order bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT EXISTS (SELECT FROM agreements WHERE order_id = p_order)
               AND coalesce((SELECT sum(r.amount_minor - r.credit_minor) FROM refunds r JOIN payments p ON p.id = r.payment_id
                             WHERE r.order_id = p_order AND r.status = 'succeeded' AND p.undone_at IS NULL)
                            >= (SELECT nullif(sum(allocated_minor), 0) FROM payments WHERE order_id = p_order AND undone_at IS NULL), false)
$$;

ALTER FUNCTION latchkey.order_paid_back(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_product(p_order bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT product_id FROM order_lines WHERE order_id = p_order ORDER BY id LIMIT 1 $$;

ALTER FUNCTION latchkey.order_product(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_reopens() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT EXISTS (SELECT FROM dues WHERE order_id = NEW.id AND status = 'open')
           OR NOT EXISTS (SELECT FROM payments WHERE order_id = NEW.id AND undone_at IS NOT NULL) THEN
                RAISE EXCEPTION 'what paid it stands' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.order_reopens() OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_resend(p_number text, p_actor text, p_actor_id bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order orders;
        v_m record;
        v_n integer := 0;
        v_period text;
BEGIN
        SELECT * INTO v_order FROM orders WHERE number = upper(p_number) FOR NO KEY UPDATE;
        IF NOT FOUND THEN
                RETURN -1;
        END IF;
        SELECT count(*) INTO v_n FROM messages m
        WHERE ((m.object = 'order' AND m.object_id = v_order.id) OR (m.object = 'payment' AND m.object_id IN (SELECT id FROM payments WHERE order_id = v_order.id)))
          AND m.period LIKE 'resend %' AND m.email = v_order.email AND m.queued_at > app_now() - interval '10 seconds';
        IF v_n > 0 THEN
                RETURN v_n;
        END IF;
        v_period := 'resend ' || to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS');
        FOR v_m IN
                SELECT DISTINCT m.kind, m.object, m.object_id, m.customer_id FROM messages m
                WHERE (m.object = 'order' AND m.object_id = v_order.id)
                   OR (m.object = 'payment' AND m.object_id IN (SELECT id FROM payments WHERE order_id = v_order.id)
                       AND EXISTS (SELECT FROM receipts r WHERE r.payment_id = m.object_id))
        LOOP
                -- What asked for money or told of a day is of its own time.
                CONTINUE WHEN v_m.kind IN ('transfer_reminder', 'transfer_short', 'access_moved')
                              OR (v_m.kind = 'transfer_instructions' AND v_order.status <> 'open');
                -- To whoever still has to do with the order, and is meant by that mail.
                CONTINUE WHEN NOT EXISTS (SELECT FROM order_parties p WHERE p.order_id = v_order.id AND p.person_id = v_m.customer_id
                                          AND (v_m.kind <> 'access_open' OR p.role = 'user'));
                IF message_add(v_m.kind, v_m.object, v_m.object_id, v_period, v_m.customer_id,
                               CASE WHEN v_m.customer_id = v_order.customer_id THEN v_order.email
                                    ELSE (SELECT email FROM customers WHERE id = v_m.customer_id) END) IS NOT NULL THEN
                        v_n := v_n + 1;
                END IF;
        END LOOP;
        PERFORM audit_add(p_actor, p_actor_id, 'order.resend', 'order', v_order.id, jsonb_build_object('mails', v_n));
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.order_resend(p_number text, p_actor text, p_actor_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_subscribed(p_order bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT EXISTS (SELECT FROM agreements WHERE order_id = p_order AND kind = 'subscription') $$;

ALTER FUNCTION latchkey.order_subscribed(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.order_watch(p_order bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        SELECT a.id INTO v_id FROM attempts a JOIN orders o ON o.id = a.order_id
        WHERE a.order_id = p_order AND a.live AND a.session_ref IS NOT NULL AND o.status NOT IN ('paid', 'refunded')
          AND a.customer_id = ANY (mine_or_link()) AND (link_order() IS NULL OR a.order_id = link_order());
        IF v_id IS NULL THEN
                RETURN false;
        END IF;
        PERFORM attempt_watch(v_id);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.order_watch(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.orders_expire() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_n integer;
BEGIN
        UPDATE orders SET status = 'expired'
        WHERE id IN (SELECT o.id FROM orders o WHERE o.status = 'open' AND o.expires_at < app_now() - interval '1 hour'
                       AND NOT EXISTS (SELECT FROM attempts a WHERE a.order_id = o.id AND a.live)
                     LIMIT 500);
        GET DIAGNOSTICS v_n = ROW_COUNT;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.orders_expire() OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_assist(p_number text, p_email text, p_fold text, p_name text, p_bills boolean, p_calls boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order orders;
        v_person bigint;
        v_topics text[] := array_remove(ARRAY[CASE WHEN p_bills THEN 'bills' END, CASE WHEN p_calls THEN 'calls' END], NULL);
BEGIN
        SELECT * INTO v_order FROM orders WHERE id = party_order_writing(p_number) FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        v_person := person_of(p_email, p_fold, p_name);
        IF v_person = v_order.customer_id THEN
                RETURN 'self';
        END IF;
        UPDATE order_parties SET topics = v_topics WHERE order_id = v_order.id AND person_id = v_person AND role = 'assistant';
        IF FOUND THEN
                IF NOT p_bills THEN
                        PERFORM party_links_end(v_order.id, v_person);
                END IF;
                RETURN 'changed';
        ELSIF (SELECT count(*) FROM order_parties WHERE order_id = v_order.id AND role = 'assistant') >= 5 THEN
                RETURN 'limited';
        END IF;
        INSERT INTO order_parties (order_id, person_id, role, topics, since_at)
        VALUES (v_order.id, v_person, 'assistant', v_topics, app_now());
        PERFORM message_add('copies', 'order', v_order.id, '', v_person, p_email);
        RETURN 'added';
END $$;

ALTER FUNCTION latchkey.party_assist(p_number text, p_email text, p_fold text, p_name text, p_bills boolean, p_calls boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_dismiss(p_number text, p_person bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint := party_order_writing(p_number);
BEGIN
        DELETE FROM order_parties WHERE order_id = v_order AND person_id = p_person AND role = 'assistant';
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        PERFORM party_links_end(v_order, p_person);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.party_dismiss(p_number text, p_person bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_links_end(p_order bigint, p_person bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE sessions SET ended_at = app_now()
        WHERE kind = 'pay_link' AND reader_id = p_person AND ended_at IS NULL AND due_id IN (SELECT id FROM dues WHERE order_id = p_order)
$$;

ALTER FUNCTION latchkey.party_links_end(p_order bigint, p_person bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_list(p_number text) RETURNS TABLE(person bigint, role text, name text, email text, payer boolean, bills boolean, calls boolean, since_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT c.id, p.role, c.name, CASE WHEN c.id = o.customer_id THEN o.email ELSE c.email END, c.id = o.customer_id,
               'bills' = ANY (p.topics), 'calls' = ANY (p.topics), p.since_at
        FROM orders o JOIN order_parties p ON p.order_id = o.id JOIN customers c ON c.id = p.person_id
        WHERE o.id = party_order(p_number)
        UNION ALL
        SELECT c.id, 'invited', c.name, c.email, false, false, false, k.asked_at
        FROM claims k JOIN customers c ON c.id = k.person_id
        WHERE k.order_id = party_order(p_number) AND k.used_at IS NULL AND k.ended_at IS NULL
        ORDER BY 2 DESC, 8
$$;

ALTER FUNCTION latchkey.party_list(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_move(p_order bigint, p_from bigint, p_to bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        DELETE FROM progress WHERE access_id IN (SELECT id FROM access WHERE order_id = p_order);
        UPDATE access SET person_id = p_to, first_open_at = NULL, last_open_at = NULL WHERE order_id = p_order;
        UPDATE licence_keys SET person_id = p_to WHERE order_line_id IN (SELECT id FROM order_lines WHERE order_id = p_order);
        DELETE FROM order_parties WHERE order_id = p_order AND role = 'user';
        INSERT INTO order_parties (order_id, person_id, role, topics, since_at)
        VALUES (p_order, p_to, 'user', '{access,calls}', app_now());
        -- The browser that paid opened it until now; from here on that takes a login.
        UPDATE sessions SET ended_at = app_now() WHERE order_id = p_order AND kind = 'checkout' AND ended_at IS NULL;
END $$;

ALTER FUNCTION latchkey.party_move(p_order bigint, p_from bigint, p_to bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_offer(p_number text, p_email text, p_fold text, p_name text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order orders;
        v_person bigint;
        v_claim bigint;
BEGIN
        SELECT * INTO v_order FROM orders WHERE id = party_order_writing(p_number) FOR NO KEY UPDATE;    -- whoever only names the order goes on
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        IF NOT EXISTS (SELECT FROM access WHERE order_id = v_order.id AND status <> 'ended') THEN
                RETURN 'closed';
        END IF;
        SELECT id INTO v_person FROM customers WHERE email_fold = p_fold AND merged_into IS NULL AND erased_at IS NULL;
        IF v_person = v_order.customer_id THEN
                RETURN 'self';
        ELSIF EXISTS (SELECT FROM order_parties WHERE order_id = v_order.id AND role = 'user' AND person_id = v_person) THEN
                RETURN 'theirs';
        ELSIF EXISTS (SELECT FROM claims WHERE order_id = v_order.id AND person_id = v_person AND used_at IS NULL AND ended_at IS NULL) THEN
                RETURN 'open';
        ELSIF (SELECT count(*) FROM claims WHERE order_id = v_order.id AND asked_at > app_now() - interval '1 day') >= 5 THEN
                RETURN 'limited';
        END IF;
        PERFORM party_withdraw(v_order.id);
        v_person := person_of(p_email, p_fold, p_name);
        INSERT INTO claims (order_id, customer_id, person_id, asked_at)
        VALUES (v_order.id, v_order.customer_id, v_person, app_now()) RETURNING id INTO v_claim;
        PERFORM message_add('claim', 'claim', v_claim, '', v_person, p_email);
        PERFORM evidence_add(v_order.customer_id, v_order.id, 'offered', jsonb_build_object('claim', v_claim), p_email);
        RETURN 'sent';
END $$;

ALTER FUNCTION latchkey.party_offer(p_number text, p_email text, p_fold text, p_name text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_order(p_number text) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN (SELECT id FROM orders WHERE number = p_number AND customer_id = ANY (mine_or_link())
                                        AND (link_order() IS NULL OR id = link_order()));
END $$;

ALTER FUNCTION latchkey.party_order(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_order_writing(p_number text) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN CASE WHEN link_order() IS NOT NULL OR me_writing() IS NOT NULL THEN party_order(p_number) END;
END $$;

ALTER FUNCTION latchkey.party_order_writing(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_take_back(p_number text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order orders;
        v_user bigint;
        v_claim bigint;
BEGIN
        SELECT * INTO v_order FROM orders WHERE id = party_order_writing(p_number) FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        IF EXISTS (SELECT FROM claims WHERE order_id = v_order.id AND used_at IS NULL AND ended_at IS NULL) THEN
                PERFORM party_withdraw(v_order.id);
                RETURN 'withdrawn';
        END IF;
        SELECT person_id INTO v_user FROM order_parties WHERE order_id = v_order.id AND role = 'user' AND person_id <> v_order.customer_id;
        IF v_user IS NULL THEN
                RETURN 'none';
        END IF;
        SELECT max(id) INTO v_claim FROM claims WHERE order_id = v_order.id AND person_id = v_user AND used_at IS NOT NULL;
        PERFORM party_move(v_order.id, v_user, v_order.customer_id);
        PERFORM evidence_add(v_order.customer_id, v_order.id, 'taken_back', '{}');
        PERFORM message_add('access_taken', 'claim', v_claim, 'back', v_user, (SELECT email FROM customers WHERE id = v_user));
        RETURN 'taken';
END $$;

ALTER FUNCTION latchkey.party_take_back(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.party_withdraw(p_order bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE claims SET ended_at = app_now() WHERE order_id = p_order AND used_at IS NULL AND ended_at IS NULL;
        UPDATE sessions SET ended_at = app_now() WHERE order_id = p_order AND kind = 'claim' AND ended_at IS NULL;
        UPDATE messages m SET status = 'skipped' FROM claims c
        WHERE c.order_id = p_order AND c.ended_at IS NOT NULL AND m.object = 'claim' AND m.object_id = c.id AND m.kind = 'claim'
          AND m.status = 'queued';
$$;

ALTER FUNCTION latchkey.party_withdraw(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
        v_id bigint;
BEGIN
        IF NOT session_fresh() THEN
                RETURN 'stale';
        END IF;
        PERFORM FROM customers WHERE id = v_person FOR UPDATE;
        IF (SELECT count(*) FROM passkeys WHERE customer_id = v_person) >= 20 THEN
                RETURN 'many';
        END IF;
        v_id := passkey_keep(v_person, NULL, p_challenge, p_credential, p_key, p_algorithm, p_count, p_name);
        IF v_id IS NULL THEN
                RETURN 'again';
        END IF;
        PERFORM message_add('passkey_added', 'customer', v_person, v_id::text, v_person, (SELECT email FROM customers WHERE id = v_person));
        PERFORM evidence_add(v_person, NULL, 'passkey_added', '{}');
        RETURN 'added';
END $$;

ALTER FUNCTION latchkey.passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) OWNER TO lk_definer;

CREATE TABLE latchkey.passkeys (
    id bigint NOT NULL,
    customer_id bigint,
    credential bytea NOT NULL,
    public_key bytea NOT NULL,
    algorithm integer NOT NULL,
    count bigint NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    staff_id bigint,
    CONSTRAINT passkeys_algorithm_check CHECK ((algorithm = ANY (ARRAY['-7'::integer, '-8'::integer, '-257'::integer]))),
    CONSTRAINT passkeys_check CHECK (((customer_id IS NULL) <> (staff_id IS NULL))),
    CONSTRAINT passkeys_credential_check CHECK (((length(credential) >= 1) AND (length(credential) <= 1023)))
);

ALTER TABLE ONLY latchkey.passkeys FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.passkeys OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.passkeys.id IS 'order of making';

COMMENT ON COLUMN latchkey.passkeys.customer_id IS 'which customer it logs in';

COMMENT ON COLUMN latchkey.passkeys.credential IS 'the credential''s id, as the authenticator chose it';

COMMENT ON COLUMN latchkey.passkeys.public_key IS 'as libfido2 keeps it';

COMMENT ON COLUMN latchkey.passkeys.algorithm IS 'COSE: -7 ES256, -8 EdDSA, -257 RS256';

COMMENT ON COLUMN latchkey.passkeys.count IS 'of signatures; it only grows, unless the authenticator does not count';

COMMENT ON COLUMN latchkey.passkeys.name IS 'where it was made, in words';

COMMENT ON COLUMN latchkey.passkeys.created_at IS 'product''s time';

COMMENT ON COLUMN latchkey.passkeys.used_at IS 'last login with it';

COMMENT ON COLUMN latchkey.passkeys.staff_id IS 'or which member of staff';

CREATE FUNCTION latchkey.passkey_answered(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint) RETURNS latchkey.passkeys
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_key passkeys;
BEGIN
        INSERT INTO passkey_answers VALUES (p_challenge, clock_timestamp()) ON CONFLICT DO NOTHING;
        IF FOUND THEN
                UPDATE passkeys SET count = p_count, used_at = app_now()
                WHERE credential = p_credential AND public_key = p_key AND (p_count > count OR (p_count = 0 AND count = 0))
                RETURNING * INTO v_key;
        END IF;
        RETURN v_key;
END $$;

ALTER FUNCTION latchkey.passkey_answered(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := (passkey_answered(p_challenge, p_credential, p_key, p_count)).customer_id;
BEGIN
        IF v_person IS NULL THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'customer', v_person, app_now(), app_now() + interval '30 days', app_now(), p_agent);
        PERFORM evidence_add(v_person, NULL, 'logged_in', '{"by": "passkey"}', p_agent);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.passkey_keep(p_customer bigint, p_staff bigint, p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO passkey_answers VALUES (p_challenge, clock_timestamp()) ON CONFLICT DO NOTHING;
        IF FOUND THEN
                INSERT INTO passkeys (customer_id, staff_id, credential, public_key, algorithm, count, name, created_at)
                VALUES (p_customer, p_staff, p_credential, p_key, p_algorithm, p_count, p_name, app_now()) ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        END IF;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.passkey_keep(p_customer bigint, p_staff bigint, p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.passkey_look(p_credential bytea, p_staff boolean) RETURNS TABLE(id bigint, public_key bytea, algorithm integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT p.id, p.public_key, p.algorithm FROM passkeys p
             LEFT JOIN customers c ON c.id = p.customer_id AND c.merged_into IS NULL AND c.erased_at IS NULL
             LEFT JOIN staff s ON s.id = p.staff_id AND s.disabled_at IS NULL
        WHERE p.credential = p_credential AND CASE WHEN p_staff THEN s.id ELSE c.id END IS NOT NULL
$$;

ALTER FUNCTION latchkey.passkey_look(p_credential bytea, p_staff boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.passkey_remove(p_id bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
BEGIN
        IF v_person IS NULL OR NOT session_fresh() THEN
                RETURN CASE WHEN v_person IS NULL THEN 'unknown' ELSE 'stale' END;
        END IF;
        DELETE FROM passkeys WHERE id = p_id AND customer_id = v_person;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM evidence_add(v_person, NULL, 'passkey_removed', '{}');
        RETURN 'ended';
END $$;

ALTER FUNCTION latchkey.passkey_remove(p_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.passkeys_mine() RETURNS TABLE(id bigint, name text, created_at timestamp with time zone, used_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT p.id, p.name, p.created_at, p.used_at FROM passkeys p WHERE p.customer_id = v_mine[1] ORDER BY p.id LIMIT 50;
END $$;

ALTER FUNCTION latchkey.passkeys_mine() OWNER TO lk_definer;

CREATE FUNCTION latchkey.password_set(p_hash text, p_session bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
        v_was timestamptz;
BEGIN
        -- P_SESSION is the session that asks.
        IF v_person IS NULL OR p_session <> token_hash(current_setting('latchkey.token', true)) OR NOT session_fresh() THEN
                RETURN false;
        END IF;
        PERFORM FROM customers WHERE id = v_person FOR NO KEY UPDATE;
        SELECT set_at INTO v_was FROM credentials WHERE customer_id = v_person;
        IF v_was < app_now() - interval '1 minute' THEN        -- the same form sent again is no second change
                PERFORM message_add('password_changed', 'customer', v_person, to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                                    v_person, (SELECT email FROM customers WHERE id = v_person));
        END IF;
        INSERT INTO credentials (customer_id, password_hash, set_at) VALUES (v_person, p_hash, app_now())
        ON CONFLICT (customer_id) DO UPDATE SET password_hash = excluded.password_hash, set_at = excluded.set_at;
        UPDATE sessions SET ended_at = app_now()
        WHERE customer_id = v_person AND kind IN ('customer', 'magic') AND token_hash <> p_session AND ended_at IS NULL;
        IF NOT EXISTS (SELECT FROM evidence WHERE customer_id = v_person AND kind = 'password_set' AND at > app_now() - interval '1 minute') THEN
                PERFORM evidence_add(v_person, NULL, 'password_set', '{}');
        END IF;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.password_set(p_hash text, p_session bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_ask(p_link bytea, p_number text, p_seq integer, p_about text, p_nonce text, p_body text, p_most integer) RETURNS TABLE(result text, ticket_number text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_due bigint := pay_due(p_link, p_number, p_seq, true);
        v_ticket bigint;
BEGIN
        IF v_due IS NULL THEN
                result := 'over'; RETURN NEXT; RETURN;
        END IF;
        SELECT t.result, t.ticket_number INTO result, ticket_number
        FROM dues d CROSS JOIN LATERAL ticket_make(d.customer_id, d.order_id, '', p_about, true, p_nonce, p_body, p_most) t WHERE d.id = v_due;
        UPDATE tickets SET case_id = (SELECT max(id) FROM cases WHERE due_id = v_due) WHERE number = ticket_number AND case_id IS NULL;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.pay_ask(p_link bytea, p_number text, p_seq integer, p_about text, p_nonce text, p_body text, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_called_off(p_link bytea, p_number text, p_seq integer, p_key text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_due bigint := pay_due(p_link, p_number, p_seq, true);
BEGIN
        UPDATE attempts SET status = 'cancelled' WHERE key = p_key AND due_id = v_due AND live;
        UPDATE cases SET status = 'open', next_step = '', next_why = '', next_at = NULL
        WHERE due_id = v_due AND status IN ('open', 'waiting') AND next_step IN ('retry', 'wait') AND FOUND;
END $$;

ALTER FUNCTION latchkey.pay_called_off(p_link bytea, p_number text, p_seq integer, p_key text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_clear(p_due bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a attempts;
BEGIN
        SELECT * INTO v_a FROM attempts WHERE due_id = p_due AND live FOR UPDATE;
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        -- A page whose address never came to us was seen by nobody: nobody can pay there.
        IF v_a.kind = 'transfer' OR (v_a.status = 'created' AND v_a.planned_at > app_now())
           OR (v_a.kind = 'checkout' AND v_a.status = 'unknown' AND v_a.session_ref IS NULL) THEN
                UPDATE attempts SET status = 'cancelled' WHERE id = v_a.id;
                UPDATE cases SET status = 'open', next_step = '', next_why = '', next_at = NULL
                WHERE due_id = p_due AND status IN ('open', 'waiting') AND next_step IN ('retry', 'wait');
                RETURN NULL;
        END IF;
        RETURN coalesce(v_a.session_url, '');
END $$;

ALTER FUNCTION latchkey.pay_clear(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_due(p_link bytea, p_number text, p_seq integer, p_writing boolean) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT due_id FROM sessions WHERE token_hash = p_link AND kind = 'pay_link' AND ended_at IS NULL AND expires_at > app_now());
        END IF;
        IF p_writing AND me_writing() IS NULL THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT d.id FROM dues d JOIN orders o ON o.id = d.order_id
                WHERE o.number = p_number AND d.seq = p_seq AND d.customer_id = ANY (mine())
                ORDER BY d.agreement_version DESC NULLS LAST LIMIT 1);
END $$;

ALTER FUNCTION latchkey.pay_due(p_link bytea, p_number text, p_seq integer, p_writing boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_hosted(p_link bytea, p_number text, p_seq integer) RETURNS TABLE(result text, key text, url text, title text, amount_minor bigint, currency text, order_number text, email text, gateway_customer text, expires_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_due bigint := pay_due(p_link, p_number, p_seq, true);
        v_attempt bigint;
BEGIN
        IF v_due IS NULL OR NOT EXISTS (SELECT FROM dues d WHERE d.id = v_due AND d.status = 'open') THEN
                result := 'over'; RETURN NEXT; RETURN;
        END IF;
        url := CASE WHEN EXISTS (SELECT FROM attempts a WHERE a.due_id = v_due AND a.live AND a.kind = 'checkout' AND a.session_ref IS NULL)
                    THEN '' ELSE pay_clear(v_due) END;
        IF url IS NULL THEN
                v_attempt := due_attempt(v_due, NULL, true, NULL, NULL, 'The customer chose another way to pay.');
        ELSIF url = '' THEN
                -- The gateway's answer was lost: asked again with the same key, it makes no second page.
                SELECT a.id INTO v_attempt FROM attempts a
                WHERE a.due_id = v_due AND a.live AND a.kind = 'checkout' AND (a.status = 'unknown' OR a.sent_at < app_now() - interval '20 seconds');
        END IF;
        IF v_attempt IS NULL THEN
                result := CASE WHEN coalesce(url, '') <> '' THEN 'open' ELSE 'busy' END; RETURN NEXT; RETURN;
        END IF;
        SELECT 'begun', a.key, d.title, a.amount_minor, a.currency, o.number, o.email,
               (SELECT m.gateway_customer FROM payment_methods m WHERE m.customer_id = d.customer_id AND m.account_id = a.account_id
                ORDER BY m.is_default DESC, m.id DESC LIMIT 1), a.sent_at + interval '31 minutes'
        INTO result, key, title, amount_minor, currency, order_number, email, gateway_customer, expires_at
        FROM attempts a JOIN dues d ON d.id = a.due_id JOIN orders o ON o.id = a.order_id WHERE a.id = v_attempt;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.pay_hosted(p_link bytea, p_number text, p_seq integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_link_make(p_message bigint, p_hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO sessions (token_hash, kind, customer_id, due_id, reader_id, created_at, expires_at)
        SELECT p_hash, 'pay_link', d.customer_id, d.id, m.customer_id, app_now(), app_now() + interval '30 days'
        FROM messages m JOIN dues d ON d.id = m.object_id WHERE m.id = p_message AND m.object = 'due' AND d.status = 'open'
$$;

ALTER FUNCTION latchkey.pay_link_make(p_message bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_link_state(p_link bytea) RETURNS TABLE(state text, due_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN s.ended_at IS NULL AND s.expires_at > app_now() THEN 'ready'
                    WHEN d.status = 'paid' AND s.ended_at > app_now() - interval '1 day' THEN 'paid' ELSE 'over' END, s.due_id
        FROM sessions s JOIN dues d ON d.id = s.due_id WHERE s.token_hash = p_link AND s.kind = 'pay_link'
$$;

ALTER FUNCTION latchkey.pay_link_state(p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_links_end(p_due bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_n integer;
BEGIN
        UPDATE sessions SET ended_at = app_now() WHERE due_id = p_due AND kind = 'pay_link' AND ended_at IS NULL;
        GET DIAGNOSTICS v_n = ROW_COUNT;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.pay_links_end(p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_now(p_link bytea, p_number text, p_seq integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_due bigint := pay_due(p_link, p_number, p_seq, true);
        v_method bigint := due_method(v_due);
BEGIN
        IF v_due IS NULL OR NOT EXISTS (SELECT FROM dues WHERE id = v_due AND status = 'open') THEN
                RETURN 'over';
        ELSIF v_method IS NULL THEN
                RETURN 'method';
        ELSIF charge_refused(v_due, v_method) IS NOT NULL THEN
                RETURN 'refused';
        END IF;
        IF pay_clear(v_due) IS NOT NULL OR due_attempt(v_due, v_method, true, NULL, NULL, 'The customer asked for it on the payment page.') IS NULL THEN
                RETURN 'again';
        END IF;
        RETURN 'begun';
END $$;

ALTER FUNCTION latchkey.pay_now(p_link bytea, p_number text, p_seq integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_open(p_link bytea, p_number text, p_seq integer) RETURNS TABLE(what text, ref text, key text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE a.kind WHEN 'checkout' THEN 'session' ELSE 'intent' END, CASE a.kind WHEN 'checkout' THEN a.session_ref ELSE a.gateway_ref END, a.key
        FROM attempts a
        WHERE a.due_id = pay_due(p_link, p_number, p_seq, true) AND a.live
          AND ((a.kind = 'checkout' AND a.session_ref IS NOT NULL AND a.status IN ('sent', 'unknown'))
               OR (a.kind = 'off_session' AND a.status = 'requires_action' AND a.gateway_ref IS NOT NULL))
$$;

ALTER FUNCTION latchkey.pay_open(p_link bytea, p_number text, p_seq integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_page(p_link bytea, p_number text, p_seq integer) RETURNS TABLE(state text, order_number text, seq integer, title text, amount_minor bigint, rest_minor bigint, currency text, due_on date, status text, customer_name text, locale text, zone text, class text, failures integer, next_at timestamp with time zone, until_on date, method_kind text, brand text, last_four text, live_kind text, live_status text, live_url text, live_at timestamp with time zone, promised_on date, promises integer, reference text, paid_at timestamp with time zone, paid_kind text, paid_brand text, paid_last_four text, access_status text, today_on date, case_number text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_due bigint;
        v_state text := 'ready';
BEGIN
        IF p_link IS NOT NULL THEN
                SELECT l.state, l.due_id INTO v_state, v_due FROM pay_link_state(p_link) l;
                IF v_state IS NULL OR v_state = 'over' THEN
                        state := coalesce(v_state, 'unknown'); RETURN NEXT; RETURN;
                END IF;
        ELSE
                v_due := pay_due(NULL, p_number, p_seq, false);
        END IF;
        RETURN QUERY
        SELECT v_state, o.number, d.seq, d.title, d.amount_minor, d.amount_minor - d.paid_minor, d.currency, d.due_on,
               d.status, c.name, c.locale, due_zone(d.id), k.class, k.failures, CASE WHEN k.next_step = 'retry' THEN k.next_at END,
               d.due_on + coalesce(g.nothing_new_days, g.read_only_days, g.locked_days, 14), m.kind, m.brand, m.last_four,
               a.kind, a.status, a.session_url, coalesce(a.sent_at, a.created_at),
               (SELECT p.promised_on FROM promises p WHERE p.due_id = d.id AND p.status = 'open'),
               (SELECT count(*)::integer FROM promises p WHERE p.due_id = d.id), transfer_reference(o.number),
               d.paid_at, w.method_kind, w.brand, w.last_four,
               (SELECT x.status FROM access x WHERE x.order_id = o.id ORDER BY x.id LIMIT 1), today_in(due_zone(d.id)), k.number
        FROM dues d JOIN orders o ON o.id = d.order_id JOIN customers c ON c.id = d.customer_id
             LEFT JOIN agreements g ON g.id = d.agreement_id
             LEFT JOIN cases k ON k.due_id = d.id AND k.status IN ('open', 'waiting')
             LEFT JOIN payment_methods m ON m.id = due_method(d.id) AND charge_refused(d.id, m.id) IS NULL
             LEFT JOIN attempts a ON a.due_id = d.id AND a.live AND (a.status <> 'created' OR a.planned_at <= app_now())
             -- The saved method, until the gateway has told the details of the payment.
             LEFT JOIN LATERAL (SELECT coalesce(nullif(p.method_kind, ''), v.kind) AS method_kind, coalesce(nullif(p.brand, ''), v.brand) AS brand,
                                       coalesce(nullif(p.last_four, ''), v.last_four) AS last_four
                                FROM allocations l JOIN payments p ON p.id = l.payment_id LEFT JOIN attempts t ON t.id = p.attempt_id
                                     LEFT JOIN payment_methods v ON v.id = t.payment_method_id
                                WHERE l.due_id = d.id AND l.amount_minor > 0 ORDER BY l.id DESC LIMIT 1) w ON true
        WHERE d.id = v_due;
END $$;

ALTER FUNCTION latchkey.pay_page(p_link bytea, p_number text, p_seq integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_promise(p_link bytea, p_number text, p_seq integer, p_on date, p_days integer, p_most integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_d dues;
        v_case bigint;
        v_today date;
BEGIN
        SELECT * INTO v_d FROM dues WHERE id = pay_due(p_link, p_number, p_seq, true);
        IF v_d.id IS NULL THEN
                RETURN 'over';
        END IF;
        PERFORM FROM attempts WHERE due_id = v_d.id AND live FOR UPDATE;
        SELECT * INTO v_d FROM dues WHERE id = v_d.id FOR UPDATE;
        v_today := today_in(due_zone(v_d.id));
        IF v_d.status <> 'open' OR NOT EXISTS (SELECT FROM cases WHERE due_id = v_d.id AND status IN ('open', 'waiting')) THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM promises WHERE due_id = v_d.id AND status = 'open' AND promised_on = p_on) THEN
                RETURN 'promised';
        ELSIF p_on < v_today THEN
                RETURN 'early';
        ELSIF p_on > v_today + p_days THEN
                RETURN 'late';
        ELSIF (SELECT count(*) FROM promises WHERE due_id = v_d.id) >= p_most THEN
                RETURN 'many';
        ELSIF pay_clear(v_d.id) IS NOT NULL THEN
                RETURN 'busy';
        END IF;
        UPDATE promises SET status = 'withdrawn', settled_at = app_now() WHERE due_id = v_d.id AND status = 'open';
        UPDATE cases SET status = 'waiting', next_step = '', next_why = '', next_at = NULL
        WHERE due_id = v_d.id AND status IN ('open', 'waiting') RETURNING id INTO v_case;
        INSERT INTO promises (due_id, case_id, customer_id, currency, promised_on, made_at)
        VALUES (v_d.id, v_case, v_d.customer_id, v_d.currency, p_on, app_now());
        PERFORM job_add(2, 'case_plan', v_case || '/promise ' || p_on || ' ' || (SELECT count(*) FROM promises WHERE due_id = v_d.id))
        WHERE v_case IS NOT NULL;
        RETURN 'promised';
END $$;

ALTER FUNCTION latchkey.pay_promise(p_link bytea, p_number text, p_seq integer, p_on date, p_days integer, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_transfer(p_link bytea, p_number text, p_seq integer, p_days integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_d dues;
BEGIN
        SELECT * INTO v_d FROM dues WHERE id = pay_due(p_link, p_number, p_seq, true);
        IF v_d.id IS NULL THEN
                RETURN 'over';
        END IF;
        PERFORM FROM attempts WHERE due_id = v_d.id AND live FOR UPDATE;
        SELECT * INTO v_d FROM dues WHERE id = v_d.id FOR UPDATE;
        IF v_d.status <> 'open' THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_d.id AND live AND kind = 'transfer') THEN
                RETURN 'waiting';
        ELSIF pay_clear(v_d.id) IS NOT NULL THEN
                RETURN 'busy';
        END IF;
        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status, on_session, why,
                              created_at, sent_at)
        SELECT v_d.id, v_d.order_id, v_d.customer_id, a.id, v_d.amount_minor - v_d.paid_minor, v_d.currency,
               encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'hex'), 'transfer', 'sent', true,
               'The customer sends a bank transfer.', app_now(), app_now()
        FROM accounts a WHERE a.name = 'bank';
        UPDATE cases SET status = 'waiting', next_step = 'wait', next_at = app_now() + make_interval(days => p_days),
                         next_why = 'The customer said that a bank transfer is on its way. Nothing is charged meanwhile.'
        WHERE due_id = v_d.id AND status IN ('open', 'waiting');
        RETURN 'waiting';
END $$;

ALTER FUNCTION latchkey.pay_transfer(p_link bytea, p_number text, p_seq integer, p_days integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.pay_watch(p_link bytea, p_number text, p_seq integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT attempt_watch(a.id) FROM attempts a WHERE a.due_id = pay_due(p_link, p_number, p_seq, false) AND a.live AND a.session_ref IS NOT NULL $$;

ALTER FUNCTION latchkey.pay_watch(p_link bytea, p_number text, p_seq integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.payment_apply(p_account bigint, p_key text, p_payment_ref text, p_session_ref text, p_charge_ref text, p_amount bigint, p_currency text, p_paid_at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_attempt attempts;
        v_payment bigint;
        v_due dues;
        v_part bigint;
        v_fold text;
BEGIN
        SELECT * INTO v_attempt FROM attempts
        WHERE account_id = p_account AND (key = p_key OR (p_key IS NULL AND session_ref = p_session_ref)
                                          OR (p_key IS NULL AND gateway_ref = p_payment_ref))
        ORDER BY id LIMIT 1 FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'foreign';
        END IF;
        SELECT id INTO v_payment FROM payments WHERE account_id = p_account AND gateway_ref = p_payment_ref;
        IF FOUND THEN
                UPDATE payments SET charge_ref = p_charge_ref WHERE id = v_payment AND charge_ref IS NULL AND p_charge_ref IS NOT NULL;
                RETURN 'known';
        END IF;
        IF p_amount <> v_attempt.amount_minor OR p_currency <> v_attempt.currency THEN
                INSERT INTO mismatches (account_id, payment_ref, attempt_id, expected_minor, expected_currency,
                                        found_minor, found_currency, at)
                VALUES (p_account, p_payment_ref, v_attempt.id, v_attempt.amount_minor, v_attempt.currency,
                        p_amount, p_currency, app_now())
                ON CONFLICT DO NOTHING;
                PERFORM alarm_raise('mismatch', 'order', v_attempt.order_id,
                                    format('A payment of %s %s came for an attempt of %s %s. Nothing was granted.',
                                           p_amount, p_currency, v_attempt.amount_minor, v_attempt.currency));
                RETURN 'mismatch';
        END IF;
        IF v_attempt.status = 'succeeded' THEN
                -- Another payment for an attempt that has its own: booked, and offered back.
                INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status,
                                      created_at, sent_at)
                VALUES (v_attempt.due_id, v_attempt.order_id, v_attempt.customer_id, p_account, p_amount, p_currency,
                        v_attempt.key || '/' || p_payment_ref, 'second', 'succeeded', app_now(), app_now())
                RETURNING * INTO v_attempt;
        END IF;

        INSERT INTO payments (attempt_id, order_id, customer_id, account_id, gateway_ref, charge_ref, amount_minor, currency,
                              received_at, booked_at)
        VALUES (v_attempt.id, v_attempt.order_id, v_attempt.customer_id, p_account, p_payment_ref, p_charge_ref, p_amount,
                p_currency, least(p_paid_at, app_now()), app_now())
        RETURNING id INTO v_payment;
        UPDATE attempts SET status = 'succeeded', gateway_ref = p_payment_ref,
                            session_ref = coalesce(session_ref, p_session_ref)
        WHERE id = v_attempt.id;
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        VALUES ('payment:' || v_payment, 1, 'gateway:stripe', 'customers', p_currency, p_amount, v_attempt.order_id, app_now());

        SELECT * INTO v_due FROM dues WHERE id = v_attempt.due_id FOR UPDATE;
        IF v_due.status = 'open' AND EXISTS (SELECT FROM agreements WHERE id = v_due.agreement_id AND status = 'cancelled') THEN
                -- It was under way when everything else was paid back: it goes back as well.
                UPDATE dues SET status = 'forgiven' WHERE id = v_due.id RETURNING * INTO v_due;
        END IF;
        v_part := least(p_amount, v_due.amount_minor - v_due.paid_minor);
        IF v_due.status = 'open' AND v_part > 0 THEN
                INSERT INTO allocations (payment_id, due_id, customer_id, currency, amount_minor, at)
                VALUES (v_payment, v_due.id, v_due.customer_id, p_currency, v_part, app_now());
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('payment:' || v_payment, 2, 'customers', 'revenue', p_currency, v_part, v_attempt.order_id, app_now());
                IF v_due.agreement_id IS NOT NULL THEN
                        PERFORM rollup_add('paid', (SELECT product_id FROM order_lines WHERE order_id = v_due.order_id ORDER BY id LIMIT 1),
                                           p_currency, v_part);
                ELSIF NOT EXISTS (SELECT FROM dues WHERE order_id = v_attempt.order_id AND status = 'open') THEN
                        PERFORM order_grant(v_attempt.order_id, v_payment);
                END IF;
        ELSE
                v_part := 0;
        END IF;
        IF v_part < p_amount THEN
                PERFORM payment_offer_back(v_payment, p_amount - v_part);
        END IF;
        -- A second payment bought nothing: its mail is paid_twice, and it has no receipt.
        IF v_part > 0 THEN
                PERFORM message_parties('paid', 'payment', v_payment, '', v_attempt.order_id, 'bills', true);
        END IF;
        PERFORM job_add(1, 'payment_detail', v_payment::text);
        PERFORM evidence_add(v_attempt.customer_id, v_attempt.order_id, 'paid',
                             jsonb_build_object('payment', p_payment_ref, 'amount_minor', p_amount, 'currency', p_currency));
        RETURN 'booked';
END $$;

ALTER FUNCTION latchkey.payment_apply(p_account bigint, p_key text, p_payment_ref text, p_session_ref text, p_charge_ref text, p_amount bigint, p_currency text, p_paid_at timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.payment_detail(p_payment bigint, p_charge_ref text, p_paid_at timestamp with time zone, p_kind text, p_brand text, p_last_four text, p_statement text, p_fee bigint, p_fee_currency text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $_$
DECLARE
        v_p payments;
BEGIN
        SELECT * INTO STRICT v_p FROM payments WHERE id = p_payment FOR UPDATE;
        UPDATE payments SET charge_ref = coalesce(p_charge_ref, charge_ref),
                            received_at = least(coalesce(p_paid_at, received_at), booked_at),
                            method_kind = coalesce(p_kind, method_kind), brand = coalesce(p_brand, brand),
                            last_four = CASE WHEN p_last_four ~ '^[0-9]{4}$' THEN p_last_four ELSE last_four END,
                            statement_text = coalesce(p_statement, statement_text),
                            fee_minor = coalesce(fee_minor, p_fee), fee_currency = coalesce(fee_currency, p_fee_currency),
                            detail_at = coalesce(detail_at, app_now())
        WHERE id = p_payment;
        IF p_paid_at IS NOT NULL THEN
                UPDATE orders SET paid_at = least(p_paid_at, granted_at)
                WHERE id = v_p.order_id AND paid_at = v_p.received_at;
        END IF;
        IF v_p.fee_minor IS NULL AND p_fee > 0 THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('fee:' || p_payment, 1, 'fees', 'gateway:stripe', p_fee_currency, p_fee, v_p.order_id, app_now())
                ON CONFLICT DO NOTHING;
        END IF;
        IF v_p.allocated_minor > 0 THEN
                PERFORM job_add(1, 'receipt', p_payment::text);
        END IF;
END $_$;

ALTER FUNCTION latchkey.payment_detail(p_payment bigint, p_charge_ref text, p_paid_at timestamp with time zone, p_kind text, p_brand text, p_last_four text, p_statement text, p_fee bigint, p_fee_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.payment_offer_back(p_payment bigint, p_amount bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p payments;
        v_refund bigint;
BEGIN
        SELECT * INTO STRICT v_p FROM payments WHERE id = p_payment;
        INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, key, kind, amount_minor, credit_minor,
                             status, reason, created_at)
        VALUES (p_payment, v_p.order_id, v_p.customer_id, v_p.currency, v_p.account_id, 'second/' || v_p.gateway_ref, 'second',
                p_amount, p_amount, 'asked', 'Paid twice', app_now())
        RETURNING id INTO v_refund;
        PERFORM alarm_raise('paid_twice', 'order', v_p.order_id, 'This order was paid twice. The second payment is booked; give it back or ask the customer.');
        PERFORM message_parties('paid_twice', 'refund', v_refund, '', v_p.order_id, 'bills');
END $$;

ALTER FUNCTION latchkey.payment_offer_back(p_payment bigint, p_amount bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.payment_refundable(p_payment bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN EXISTS (SELECT FROM disputes d WHERE d.payment_id = p.id AND d.status <> 'won') THEN 0
               ELSE greatest(0, least(p.allocated_minor - coalesce(r.rest, 0), p.amount_minor - coalesce(r.whole, 0)))::bigint END
        FROM payments p
             LEFT JOIN LATERAL (SELECT sum(amount_minor) AS whole, sum(amount_minor - credit_minor) AS rest FROM refunds
                                WHERE payment_id = p.id AND status IN ('asked', 'approved', 'sent', 'unknown', 'succeeded')) r ON true
        WHERE p.id = p_payment
$$;

ALTER FUNCTION latchkey.payment_refundable(p_payment bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.people_merge(p_from bigint, p_into bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_into customers;
BEGIN
        PERFORM FROM customers WHERE id IN (p_from, p_into) ORDER BY id FOR UPDATE;
        SELECT * INTO STRICT v_into FROM customers WHERE id = p_into AND merged_into IS NULL AND erased_at IS NULL;
        UPDATE customers SET merged_into = p_into WHERE merged_into = p_from;
        UPDATE customers SET merged_into = p_into, email = v_into.email, email_fold = v_into.email_fold WHERE id = p_from;
        UPDATE customers SET email = v_into.email, email_fold = v_into.email_fold WHERE merged_into = p_into;
        UPDATE orders SET email = v_into.email WHERE customer_id IN (SELECT id FROM customers WHERE merged_into = p_into);
        DELETE FROM sessions WHERE customer_id = p_from AND kind = 'magic';
        DELETE FROM ticket_links WHERE customer_id = p_from;
        UPDATE sessions SET ended_at = app_now() WHERE customer_id = p_from AND kind <> 'checkout' AND ended_at IS NULL;
        DELETE FROM credentials WHERE customer_id = p_from;
        DELETE FROM passkeys WHERE customer_id = p_from;
        UPDATE address_changes SET status = 'replaced' WHERE customer_id = p_from AND status = 'asked';
END $$;

ALTER FUNCTION latchkey.people_merge(p_from bigint, p_into bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.period_now() RETURNS text
    LANGUAGE sql
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') $$;

ALTER FUNCTION latchkey.period_now() OWNER TO lk_definer;

CREATE FUNCTION latchkey.periods_ahead() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_g record;
        v_next date;
        v_n integer := 0;
BEGIN
        FOR v_g IN
                SELECT g.*, d.seq, d.due_on, l.title, v.schedule, today_in(g.zone) AS today
                FROM agreements g
                     JOIN LATERAL (SELECT seq, due_on FROM dues WHERE agreement_id = g.id ORDER BY seq DESC LIMIT 1) d ON true
                     JOIN LATERAL (SELECT title, offer_version_id FROM order_lines WHERE order_id = g.order_id ORDER BY id LIMIT 1) l ON true
                     JOIN offer_versions v ON v.id = l.offer_version_id
                WHERE g.kind = 'subscription' AND g.status = 'live' AND g.cancel_asked_at IS NULL AND agreement_charges(g.id)
                  AND NOT EXISTS (SELECT FROM dues o WHERE o.agreement_id = g.id AND o.status = 'open')
                ORDER BY g.id LIMIT 1000 FOR UPDATE OF g SKIP LOCKED
        LOOP
                SELECT min(day) INTO v_next
                FROM (SELECT (v_g.anchor_on + make_interval(months => k))::date AS day,
                             (v_g.anchor_on + make_interval(months => k + 1))::date AS after
                      FROM generate_series(1, 1200) k) s
                WHERE day > v_g.due_on AND after > v_g.today;
                CONTINUE WHEN v_next > v_g.today + 7;
                INSERT INTO dues (order_id, customer_id, currency, agreement_id, agreement_version, seq, kind, title, amount_minor,
                                  due_on, created_at)
                VALUES (v_g.order_id, v_g.customer_id, v_g.currency, v_g.id, v_g.version, v_g.seq + 1, 'period',
                        schedule_title(v_g.schedule, v_g.title, v_g.seq + 1, v_next), agreement_month(v_g.id, v_g.seq + 1), v_next, app_now());
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.periods_ahead() OWNER TO lk_definer;

CREATE FUNCTION latchkey.person_of(p_email text, p_fold text, p_name text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO customers AS c (email, email_fold, name, created_at) VALUES (p_email, p_fold, p_name, app_now())
        ON CONFLICT (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL DO UPDATE SET email_fold = excluded.email_fold
        RETURNING c.id
$$;

ALTER FUNCTION latchkey.person_of(p_email text, p_fold text, p_name text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.person_zone(p_person bigint, p_due bigint) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN coalesce(nullif((SELECT zone FROM customers WHERE id = p_person), ''),
                        (SELECT zone FROM agreements WHERE customer_id = p_person ORDER BY id DESC LIMIT 1), due_zone(p_due));
END $$;

ALTER FUNCTION latchkey.person_zone(p_person bigint, p_due bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.priced() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NEW.amount_minor % money_step(NEW.currency) <> 0
           OR NEW.amount_minor < coalesce((NEW.schedule ->> 'count')::integer, 1) * money_step(NEW.currency) THEN
                RAISE EXCEPTION 'the gateway does not take this price' USING ERRCODE = 'check_violation',
                        HINT = 'The last digit of a price with three decimals is 0.';
        END IF;
        RETURN NEW;
END $$;

ALTER FUNCTION latchkey.priced() OWNER TO lk_definer;

CREATE FUNCTION latchkey.product_add(p_slug text, p_kind text, p_title text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
BEGIN
        IF v_p.id IS NULL THEN
                INSERT INTO products (slug, kind, position, on_sale, created_at)
                VALUES (p_slug, p_kind, (SELECT coalesce(max(position), 0) + 1 FROM products), false, app_now())
                ON CONFLICT (slug) DO NOTHING RETURNING * INTO v_p;
                IF v_p.id IS NOT NULL THEN
                        INSERT INTO product_versions (product_id, version, title, tagline, summary_md, includes_md, refund_days, refund_md,
                                                      digest, changed_by, changed_at)
                        VALUES (v_p.id, 1, p_title, '', '', '', 14, '', '', staff_me(), app_now());
                        PERFORM audit_add('staff', staff_me(), 'product.added', 'product', v_p.id, jsonb_build_object('slug', p_slug));
                        RETURN 'added';
                END IF;
                v_p := product_take(p_slug);
        END IF;
        RETURN CASE WHEN v_p.version_id IS NULL AND v_p.kind = p_kind
                         AND EXISTS (SELECT FROM product_versions WHERE product_id = v_p.id AND title = p_title AND revision = 1
                                       AND changed_by = staff_me())
                    THEN 'added' ELSE 'taken' END;
END $$;

ALTER FUNCTION latchkey.product_add(p_slug text, p_kind text, p_title text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.product_restore(p_slug text, p_version integer, p_current integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_old bigint;
        v_now product_versions;
BEGIN
        SELECT id INTO v_old FROM product_versions WHERE product_id = v_p.id AND version = p_version AND published_at IS NOT NULL;
        IF v_old IS NULL THEN
                RETURN 'unknown';
        END IF;
        SELECT * INTO v_now FROM product_versions WHERE id = v_p.version_id;
        IF v_now.id = v_old OR v_now.copy_of = p_version THEN
                RETURN 'same';
        END IF;
        IF v_now.version <> p_current THEN
                RETURN 'changed';
        END IF;
        v_old := version_copy(v_old, true, p_version);
        UPDATE products SET version_id = v_old WHERE id = v_p.id;
        PERFORM audit_add('staff', staff_me(), 'product.restored', 'product', v_p.id,
                          (SELECT jsonb_build_object('version', version, 'from', p_version) FROM product_versions WHERE id = v_old));
        RETURN 'restored';
END $$;

ALTER FUNCTION latchkey.product_restore(p_slug text, p_version integer, p_current integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.product_sale(p_slug text, p_on boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        IF p_on AND (v_p.version_id IS NULL
                     OR NOT EXISTS (SELECT FROM offers WHERE product_id = v_p.id AND enabled AND version_id IS NOT NULL)) THEN
                RETURN 'offerless';
        END IF;
        IF v_p.on_sale <> p_on THEN
                UPDATE products SET on_sale = p_on WHERE id = v_p.id;
                PERFORM audit_add('staff', staff_me(), CASE WHEN p_on THEN 'product.on_sale' ELSE 'product.off_sale' END,
                                  'product', v_p.id, '{}');
        END IF;
        RETURN CASE WHEN p_on THEN 'on' ELSE 'off' END;
END $$;

ALTER FUNCTION latchkey.product_sale(p_slug text, p_on boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.product_seen(p_product bigint) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN coalesce((SELECT 'd' || v.id || '.' || v.revision FROM product_versions v
                         WHERE v.product_id = p_product AND v.published_at IS NULL),
                        (SELECT 'v' || coalesce(p.version_id, 0) FROM products p WHERE p.id = p_product));
END $$;

ALTER FUNCTION latchkey.product_seen(p_product bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.product_take(p_slug text) RETURNS latchkey.products
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products;
BEGIN
        IF NOT staff_may('products') THEN
                RAISE EXCEPTION 'products are edited by staff with that right' USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT * INTO v_p FROM products WHERE slug = p_slug FOR UPDATE;
        RETURN v_p;
END $$;

ALTER FUNCTION latchkey.product_take(p_slug text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.profile_set(p_name text, p_phone text, p_locale text, p_zone text, p_country text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE customers SET name = p_name, phone = p_phone, locale = p_locale, zone = p_zone, country = p_country WHERE id = me_writing();
        RETURN FOUND;
END $$;

ALTER FUNCTION latchkey.profile_set(p_name text, p_phone text, p_locale text, p_zone text, p_country text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.program_contents(p_slug text) RETURNS TABLE(section text, slug text, kind text, title text, minutes integer, file_size bigint, done boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine_or_link();
        v_order bigint := link_order();
        v_access bigint;
        v_version bigint;
        v_less boolean;
        v_open bigint[];
BEGIN
        SELECT a.id, a.product_version_id, a.status IN ('nothing_new', 'read_only', 'locked') INTO v_access, v_version, v_less
        FROM access a JOIN products p ON p.id = a.product_id
        WHERE p.slug = p_slug AND a.person_id = ANY (v_mine) AND (v_order IS NULL OR a.order_id = v_order)
          AND a.status NOT IN ('waiting', 'ended')
        ORDER BY 3, a.id DESC LIMIT 1;
        IF NOT FOUND THEN
                RETURN;
        END IF;
        IF v_less THEN
                v_open := open_item_versions();
        END IF;
        RETURN QUERY
        SELECT w.section, i.slug, v.kind, v.title, v.minutes, f.size, g.done_at IS NOT NULL
        FROM version_items w JOIN item_versions v ON v.id = w.item_version_id JOIN items i ON i.id = v.item_id
             LEFT JOIN files f ON f.id = v.file_id
             LEFT JOIN progress g ON g.access_id = v_access AND g.item_id = v.item_id AND g.person_id = ANY (v_mine)
        WHERE w.version_id = v_version AND (NOT v_less OR w.item_version_id = ANY (v_open))
        ORDER BY w.position;
END $$;

ALTER FUNCTION latchkey.program_contents(p_slug text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.progress_mark(p_access bigint, p_item bigint, p_done boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a access;
BEGIN
        SELECT * INTO v_a FROM access
        WHERE id = p_access AND person_id = ANY (mine_or_link()) AND (link_order() IS NULL OR order_id = link_order())
          AND status NOT IN ('waiting', 'ended');
        IF NOT FOUND OR NOT (link_order() IS NOT NULL OR me_writing() IS NOT NULL)
           OR NOT EXISTS (SELECT FROM items WHERE id = p_item AND product_id = v_a.product_id)
           -- What is closed for now does not open by being marked.
           OR (v_a.status IN ('nothing_new', 'read_only', 'locked')
               AND NOT EXISTS (SELECT FROM item_versions WHERE item_id = p_item AND id = ANY (open_item_versions()))) THEN
                RETURN false;
        END IF;
        INSERT INTO progress AS g (access_id, person_id, item_id, opened_at, done_at)
        VALUES (p_access, v_a.person_id, p_item, app_now(), CASE WHEN p_done THEN app_now() END)
        ON CONFLICT (access_id, item_id) DO UPDATE
        SET done_at = CASE WHEN p_done THEN coalesce(g.done_at, app_now()) WHEN p_done IS NULL THEN g.done_at END
        WHERE p_done IS NOT NULL;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.progress_mark(p_access bigint, p_item bigint, p_done boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.rating_give(p_hash bytea, p_score integer, p_words text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_l rating_links;
        v_c cases;
BEGIN
        SELECT * INTO v_l FROM rating_links WHERE token_hash = p_hash;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_l.expires_at <= app_now() THEN
                RETURN 'over';
        ELSIF p_score IS NULL THEN
                UPDATE ratings SET words = p_words, changed_at = app_now()
                WHERE kind = v_l.kind AND object_id = v_l.object_id AND customer_id = v_l.customer_id;
                RETURN CASE WHEN FOUND THEN 'rated' ELSE 'first' END;
        END IF;
        INSERT INTO ratings AS r (kind, object_id, customer_id, score, rated_at, changed_at)
        VALUES (v_l.kind, v_l.object_id, v_l.customer_id, p_score, app_now(), app_now())
        ON CONFLICT (kind, object_id, customer_id) DO UPDATE SET score = excluded.score, changed_at = excluded.changed_at WHERE r.score <> excluded.score;
        IF p_score <= 2 THEN
                SELECT * INTO v_c FROM cases WHERE id = v_l.object_id;
                PERFORM task_open('rating', 'case', v_c.id, '', app_now() + interval '1 day', 'support',
                                  format('Somebody was not happy with how a failed payment went: %s of 5', p_score),
                                  jsonb_build_object('Rating', p_score || ' of 5'), v_c.customer_id, v_c.order_id);
        END IF;
        RETURN 'rated';
END $$;

ALTER FUNCTION latchkey.rating_give(p_hash bytea, p_score integer, p_words text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.rating_link_make(p_message bigint, p_hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO rating_links (token_hash, kind, object_id, customer_id, created_at, expires_at)
        SELECT p_hash, 'case', object_id, customer_id, app_now(), app_now() + interval '30 days' FROM messages WHERE id = p_message AND object = 'case'
$$;

ALTER FUNCTION latchkey.rating_link_make(p_message bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.rating_look(p_hash bytea) RETURNS TABLE(state text, title text, amount_minor bigint, currency text, score integer, words text, locale text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN l.expires_at > app_now() AND u.erased_at IS NULL THEN 'ready' ELSE 'over' END, d.title, c.amount_minor, c.currency, r.score, r.words, u.locale
        FROM rating_links l JOIN cases c ON c.id = l.object_id JOIN dues d ON d.id = c.due_id JOIN customers u ON u.id = l.customer_id
             LEFT JOIN ratings r ON r.kind = l.kind AND r.object_id = l.object_id AND r.customer_id = l.customer_id
        WHERE l.token_hash = p_hash
$$;

ALTER FUNCTION latchkey.rating_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_apply(p_account bigint, p_ref text, p_payment_ref text, p_key text, p_amount bigint, p_currency text, p_status text, p_reason text, p_line bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_payment payments;
        v_refund refunds;
        v_status text := CASE p_status WHEN 'succeeded' THEN 'succeeded' WHEN 'failed' THEN 'failed'
                                       WHEN 'canceled' THEN 'failed' ELSE 'sent' END;
BEGIN
        SELECT * INTO v_payment FROM payments WHERE account_id = p_account AND gateway_ref = p_payment_ref FOR UPDATE;
        IF NOT FOUND OR v_payment.currency <> p_currency THEN
                RETURN 'foreign';
        END IF;
        SELECT * INTO v_refund FROM refunds WHERE account_id = p_account AND gateway_ref = p_ref FOR UPDATE;
        IF NOT FOUND AND p_key IS NOT NULL THEN
                SELECT * INTO v_refund FROM refunds WHERE key = p_key AND payment_id = v_payment.id FOR UPDATE;
        END IF;
        IF NOT FOUND THEN
                -- Made at the gateway.  One that gives a second payment back settles our offer.
                SELECT * INTO v_refund FROM refunds
                WHERE payment_id = v_payment.id AND kind = 'second' AND status = 'asked' AND gateway_ref IS NULL
                      AND amount_minor = p_amount ORDER BY id LIMIT 1 FOR UPDATE;
        END IF;
        IF v_refund.id IS NULL THEN
                IF v_status = 'failed' THEN
                        RETURN 'known';
                END IF;
                INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, gateway_ref, kind, amount_minor,
                                     status, reason, created_at)
                VALUES (v_payment.id, v_payment.order_id, v_payment.customer_id, p_currency, p_account, p_ref, 'gateway', p_amount,
                        'sent', coalesce(p_reason, ''), app_now())
                RETURNING * INTO v_refund;
        ELSIF v_refund.gateway_ref IS NULL THEN
                UPDATE refunds SET gateway_ref = p_ref WHERE id = v_refund.id;
        END IF;
        IF v_refund.status = v_status OR (v_status = 'sent' AND v_refund.status IN ('unknown', 'succeeded', 'failed'))
           OR (v_status = 'succeeded' AND v_refund.status = 'failed') THEN
                RETURN 'known';
        END IF;
        IF v_refund.status = 'approved' THEN
                -- The gateway's word is here before our own note that it was sent.
                UPDATE refunds SET status = 'sent' WHERE id = v_refund.id RETURNING * INTO v_refund;
        END IF;
        IF v_status = 'sent' THEN
                RETURN 'booked';
        END IF;
        IF v_status = 'succeeded' THEN
                PERFORM refund_settle(v_refund.id, p_line);
        ELSIF v_refund.status = 'succeeded' THEN
                PERFORM refund_undo(v_refund.id);
        ELSIF v_refund.status IN ('sent', 'unknown') THEN
                UPDATE refunds SET status = 'failed' WHERE id = v_refund.id;
                IF v_refund.kind <> 'gateway' THEN
                        PERFORM alarm_raise('refund_failed', 'order', v_refund.order_id, 'A refund failed at the bank and the money came back. Pay it out another way.');
                END IF;
        END IF;
        RETURN 'booked';
END $$;

ALTER FUNCTION latchkey.refund_apply(p_account bigint, p_ref text, p_payment_ref text, p_key text, p_amount bigint, p_currency text, p_status text, p_reason text, p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_approve(p_refund bigint, p_staff bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
BEGIN
        FOR v_row IN
                SELECT r.id, p.bank_line_id FROM refunds r JOIN payments p ON p.id = r.payment_id
                WHERE (r.id = p_refund OR r.part_of = p_refund) AND r.status = 'asked' ORDER BY r.id
        LOOP
                UPDATE refunds SET status = 'approved', approved_by = p_staff, decided_at = app_now() WHERE id = v_row.id;
                IF v_row.bank_line_id IS NULL THEN
                        PERFORM job_add(1, 'refund_send', v_row.id::text);
                END IF;
        END LOOP;
END $$;

ALTER FUNCTION latchkey.refund_approve(p_refund bigint, p_staff bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_ask(p_number text, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_alone bigint, p_ends boolean DEFAULT false) RETURNS TABLE(answer text, refund_id bigint, line_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_order bigint;
        v_sum bigint;
        v_left bigint;
        v_two boolean;
        v_ends boolean;
BEGIN
        SELECT id INTO v_order FROM orders WHERE number = upper(p_number);
        IF NOT FOUND THEN
                RETURN QUERY SELECT 'unknown', NULL::bigint, NULL::bigint;
                RETURN;
        END IF;
        PERFORM FROM payments WHERE order_id = v_order ORDER BY id FOR UPDATE;
        PERFORM FROM order_lines WHERE order_id = v_order ORDER BY id FOR UPDATE;
        refund_id := (SELECT id FROM refunds WHERE asked_by = v_me AND form_nonce = p_nonce AND part_of IS NULL);
        IF refund_id IS NOT NULL THEN
                RETURN QUERY SELECT 'known', refund_id, NULL::bigint;
                RETURN;
        END IF;
        IF EXISTS (SELECT FROM jsonb_each_text(p_wants) w WHERE w.value::bigint <= 0) OR p_wants = '{}' OR trim(p_note) = '' THEN
                RAISE EXCEPTION 'a refund gives something back, for a reason' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT FROM jsonb_each_text(p_wants) w JOIN orders o ON o.id = v_order
                   WHERE w.value::bigint % money_step(o.currency) <> 0 AND w.value::bigint <> refund_left_line(w.key::bigint)) THEN
                RAISE EXCEPTION 'the gateway pays no such amount back' USING ERRCODE = 'check_violation';
        END IF;
        -- Someone else's line is none of this order's: nothing of it is left.
        SELECT w.key::bigint INTO line_id FROM jsonb_each_text(p_wants) w LEFT JOIN order_lines l ON l.id = w.key::bigint AND l.order_id = v_order
        WHERE l.id IS NULL OR w.value::bigint > refund_left_line(l.id) ORDER BY w.key::bigint LIMIT 1;
        SELECT sum(value::bigint) INTO v_sum FROM jsonb_each_text(p_wants);
        SELECT coalesce(sum(refund_left_payment(id)), 0) INTO v_left FROM payments WHERE order_id = v_order;
        IF line_id IS NOT NULL OR v_sum > v_left THEN
                RETURN QUERY SELECT CASE WHEN v_left < v_sum AND EXISTS (SELECT FROM disputes d WHERE d.order_id = v_order AND d.status <> 'won')
                                    THEN 'disputed' ELSE 'too_much' END, NULL::bigint, line_id;
                RETURN;
        END IF;
        -- Many small ones are one large one.
        v_two := p_alone IS NOT NULL AND v_sum > p_alone - coalesce((SELECT sum(r.amount_minor) FROM refunds r
                WHERE r.order_id = v_order AND r.kind = 'staff' AND r.status NOT IN ('refused', 'failed')), 0);
        v_ends := CASE WHEN EXISTS (SELECT FROM agreements WHERE order_id = v_order AND kind = 'subscription' AND status = 'live')
                       THEN coalesce(p_ends, false) END;
        refund_id := refund_write(v_order, p_nonce, p_wants, p_reason, p_note, v_two, v_me, v_ends);
        PERFORM audit_add('staff', v_me, 'refund.asked', 'order', v_order,
                          jsonb_build_object('refund', refund_id, 'amount_minor', v_sum, 'reason', p_note, 'two_persons', v_two)
                          || CASE WHEN v_ends IS NULL THEN '{}' ELSE jsonb_build_object('ends_subscription', v_ends) END);
        IF v_two THEN
                PERFORM refund_tell_staff(refund_id, 'staff_refund_asked', NULL, v_me);
        ELSE
                PERFORM refund_approve(refund_id, v_me);
        END IF;
        RETURN QUERY SELECT CASE WHEN v_two THEN 'asked' ELSE 'approved' END, refund_id, NULL::bigint;
END $$;

ALTER FUNCTION latchkey.refund_ask(p_number text, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_alone bigint, p_ends boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_decide(p_refund bigint, p_yes boolean, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_r refunds;
BEGIN
        SELECT * INTO v_r FROM refunds WHERE id = p_refund AND part_of IS NULL AND kind IN ('staff', 'second');
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM FROM payments WHERE order_id = v_r.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM refunds WHERE id = p_refund OR part_of = p_refund ORDER BY id FOR UPDATE;
        SELECT * INTO v_r FROM refunds WHERE id = p_refund;
        IF v_r.status <> 'asked' THEN
                RETURN 'over';
        END IF;
        IF p_yes THEN
                IF v_r.two_persons AND v_r.asked_by = v_me THEN
                        RETURN 'own';
                END IF;
                PERFORM refund_approve(p_refund, v_me);
        ELSIF trim(p_reason) = '' THEN
                RAISE EXCEPTION 'a refusal has a reason' USING ERRCODE = 'check_violation';
        ELSE
                UPDATE refunds SET status = 'refused', approved_by = CASE WHEN NOT two_persons OR asked_by <> v_me THEN v_me END, refusal = trim(p_reason),
                                   decided_at = app_now()
                WHERE (id = p_refund OR part_of = p_refund) AND status = 'asked';
                IF v_r.asked_by IS NOT NULL AND v_r.asked_by <> v_me THEN
                        PERFORM refund_tell_staff(p_refund, 'staff_refund_refused', v_r.asked_by, NULL);
                END IF;
                UPDATE alarms SET closed_at = app_now()
                WHERE kind = 'paid_twice' AND object = 'order' AND object_id = v_r.order_id AND closed_at IS NULL AND v_r.kind = 'second';
        END IF;
        PERFORM audit_add('staff', v_me, CASE WHEN p_yes THEN 'refund.approved' ELSE 'refund.refused' END, 'order', v_r.order_id,
                          jsonb_build_object('refund', p_refund) || CASE WHEN p_yes THEN '{}' ELSE jsonb_build_object('reason', trim(p_reason)) END);
        RETURN CASE WHEN p_yes THEN 'approved' ELSE 'refused' END;
END $$;

ALTER FUNCTION latchkey.refund_decide(p_refund bigint, p_yes boolean, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_item_add(p_refund bigint, p_line bigint, p_amount bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_whole boolean;
BEGIN
        UPDATE order_lines SET refunded_minor = refunded_minor + p_amount WHERE id = p_line
        RETURNING refunded_minor = cost_minor AND NOT order_subscribed(order_id) INTO STRICT v_whole;
        INSERT INTO refund_items (refund_id, order_line_id, amount_minor, ends_access) VALUES (p_refund, p_line, p_amount, v_whole);
        IF v_whole THEN
                PERFORM line_end(p_line, 'refund');
        END IF;
END $$;

ALTER FUNCTION latchkey.refund_item_add(p_refund bigint, p_line bigint, p_amount bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_left_line(p_line bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT line_refundable(p_line) WHERE staff_may('read') $$;

ALTER FUNCTION latchkey.refund_left_line(p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_left_payment(p_payment bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT payment_refundable(p_payment) WHERE staff_may('read') $$;

ALTER FUNCTION latchkey.refund_left_payment(p_payment bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_not_made(p_refund bigint, p_code text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_r refunds;
BEGIN
        PERFORM FROM payments WHERE id = (SELECT payment_id FROM refunds WHERE id = p_refund) FOR UPDATE;
        SELECT * INTO STRICT v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        IF v_r.status NOT IN ('sent', 'unknown') OR v_r.gateway_ref IS NOT NULL THEN
                RETURN;
        END IF;
        UPDATE refunds SET status = 'failed', fault = left(p_code, 100) WHERE id = p_refund;
        PERFORM alarm_raise('refund_failed', 'order', v_r.order_id, 'The gateway did not make a refund of this order. Nothing went back.');
END $$;

ALTER FUNCTION latchkey.refund_not_made(p_refund bigint, p_code text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_rests(p_order bigint) RETURNS TABLE(refund_id bigint, rest bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT r.id, (r.amount_minor - r.credit_minor - coalesce((SELECT sum(i.amount_minor) FROM refund_items i WHERE i.refund_id = r.id), 0))::bigint
        FROM refunds r WHERE r.order_id = p_order AND r.status = 'succeeded' ORDER BY r.id
$$;

ALTER FUNCTION latchkey.refund_rests(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_rules_seen(p_product bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT coalesce((SELECT law_days || '/' || by_itself FROM refund_rules WHERE product_id = p_product), '14/false') $$;

ALTER FUNCTION latchkey.refund_rules_seen(p_product bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_rules_set(p_slug text, p_seen text, p_law_days integer, p_by_itself boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('products');
        v_product bigint;
        v_now text;
BEGIN
        SELECT id INTO v_product FROM products WHERE slug = p_slug FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        v_now := refund_rules_seen(v_product);
        IF v_now = p_law_days || '/' || p_by_itself THEN
                RETURN 'same';
        ELSIF v_now <> p_seen THEN
                RETURN 'changed';
        END IF;
        INSERT INTO refund_rules VALUES (v_product, p_law_days, p_by_itself, app_now(), v_me)
        ON CONFLICT (product_id) DO UPDATE SET law_days = excluded.law_days, by_itself = excluded.by_itself, changed_at = excluded.changed_at,
                                               changed_by = excluded.changed_by;
        PERFORM audit_add('staff', v_me, 'product.refunds', 'product', v_product,
                          jsonb_build_object('law_days', p_law_days, 'by_itself', p_by_itself, 'before', v_now));
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.refund_rules_set(p_slug text, p_seen text, p_law_days integer, p_by_itself boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_settle(p_refund bigint, p_line bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_r refunds;
        v_p payments;
        v_credit bigint;
        v_rest bigint;
        v_from text;
BEGIN
        SELECT * INTO STRICT v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        SELECT * INTO STRICT v_p FROM payments WHERE id = v_r.payment_id FOR UPDATE;
        v_from := CASE WHEN v_p.bank_line_id IS NULL THEN 'gateway:stripe' ELSE 'bank' END;
        -- What came above what was owed goes back first, unless staff named the lines.
        SELECT least(v_r.amount_minor, v_p.amount_minor - v_p.allocated_minor - coalesce(sum(credit_minor), 0)) INTO v_credit
        FROM refunds WHERE payment_id = v_p.id AND status = 'succeeded';
        v_credit := CASE WHEN EXISTS (SELECT FROM refund_wants WHERE refund_id = p_refund) THEN 0 ELSE greatest(v_credit, 0) END;
        v_rest := v_r.amount_minor - v_credit;
        UPDATE payments SET refunded_minor = refunded_minor + v_r.amount_minor WHERE id = v_p.id;
        UPDATE refunds SET status = 'succeeded', settled_at = app_now(), credit_minor = v_credit WHERE id = p_refund;
        IF v_credit > 0 THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('refund:' || p_refund, 1, 'customers', v_from, v_r.currency, v_credit, v_r.order_id, app_now());
        END IF;
        IF v_rest > 0 THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('refund:' || p_refund, 2, 'refunds', v_from, v_r.currency, v_rest, v_r.order_id, app_now());
                PERFORM refund_share(p_refund, v_rest, p_line);
                IF agreement_paid_back(v_r.order_id, p_refund) THEN
                        UPDATE refund_items SET ends_access = true WHERE refund_id = p_refund;
                END IF;
                PERFORM job_add(1, 'credit_note', p_refund::text);
        END IF;
        UPDATE alarms SET closed_at = app_now()
        WHERE kind = 'paid_twice' AND object = 'order' AND object_id = v_r.order_id AND closed_at IS NULL AND v_r.kind = 'second';
        UPDATE alarms SET closed_at = app_now()
        WHERE kind = 'refund_failed' AND object = 'order' AND object_id = v_r.order_id AND closed_at IS NULL AND v_r.kind IN ('staff', 'withdrawal');
        PERFORM message_parties('refunded', 'refund', p_refund, '', v_r.order_id, 'bills', v_rest > 0);
        PERFORM rollup_add('refunded', 0, v_r.currency, v_r.amount_minor);
        PERFORM evidence_add(v_r.customer_id, v_r.order_id, 'refunded',
                             jsonb_build_object('refund', v_r.gateway_ref, 'amount_minor', v_r.amount_minor, 'currency', v_r.currency));
END $$;

ALTER FUNCTION latchkey.refund_settle(p_refund bigint, p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_share(p_refund bigint, p_amount bigint, p_line bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint;
        v_left bigint;
        v_back bigint;
        v_n integer;
        v_one bigint;
BEGIN
        SELECT order_id INTO STRICT v_order FROM refunds WHERE id = p_refund;
        PERFORM FROM order_lines WHERE order_id = v_order ORDER BY id FOR UPDATE;
        SELECT sum(cost_minor - refunded_minor), count(*),
               CASE WHEN count(*) FILTER (WHERE cost_minor - refunded_minor = p_amount) = 1
                    THEN min(id) FILTER (WHERE cost_minor - refunded_minor = p_amount) END
        INTO v_left, v_n, v_one FROM order_lines WHERE order_id = v_order AND refunded_minor < cost_minor;
        SELECT sum(rest) INTO v_back FROM refund_rests(v_order);
        v_one := CASE WHEN v_back = v_left THEN NULL
                      WHEN EXISTS (SELECT FROM order_lines WHERE id = p_line AND order_id = v_order
                                                             AND cost_minor - refunded_minor >= p_amount) THEN p_line
                      WHEN v_one IS NOT NULL THEN v_one
                      WHEN v_n = 1 THEN (SELECT id FROM order_lines WHERE order_id = v_order AND refunded_minor < cost_minor) END;
        IF refund_wanted(p_refund, p_amount) THEN
                PERFORM refund_item_add(p_refund, order_line_id, amount_minor) FROM refund_wants WHERE refund_id = p_refund ORDER BY order_line_id;
        ELSIF v_one IS NOT NULL THEN
                PERFORM refund_item_add(p_refund, v_one, p_amount);
        ELSIF v_back = v_left THEN
                PERFORM refund_share_all(v_order);
        ELSE
                PERFORM alarm_raise('refund_unassigned', 'order', v_order,
                                    'A part of this order was refunded at the gateway, and it is not clear for which product. No access ended.');
                RETURN;
        END IF;
        UPDATE orders SET status = 'refunded'
        WHERE id = v_order AND status = 'paid' AND NOT order_subscribed(v_order)
          AND NOT EXISTS (SELECT FROM order_lines WHERE order_id = v_order AND refunded_minor < cost_minor);
END $$;

ALTER FUNCTION latchkey.refund_share(p_refund bigint, p_amount bigint, p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_share_all(p_order bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_line bigint;
        v_left bigint;
        v_r record;
BEGIN
        FOR v_line, v_left IN SELECT id, cost_minor - refunded_minor FROM order_lines
                              WHERE order_id = p_order AND refunded_minor < cost_minor ORDER BY id
        LOOP
                FOR v_r IN SELECT refund_id, rest FROM refund_rests(p_order) WHERE rest > 0 LOOP
                        EXIT WHEN v_left = 0;
                        PERFORM refund_item_add(v_r.refund_id, v_line, least(v_r.rest, v_left));
                        v_left := v_left - least(v_r.rest, v_left);
                END LOOP;
        END LOOP;
        UPDATE alarms SET closed_at = app_now(), repaired_at = app_now()
        WHERE kind = 'refund_unassigned' AND object = 'order' AND object_id = p_order AND closed_at IS NULL;
END $$;

ALTER FUNCTION latchkey.refund_share_all(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_tell_staff(p_refund bigint, p_kind text, p_only bigint, p_but bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        WITH m AS (INSERT INTO messages (kind, object, object_id, period, staff_id, email, queued_at)
                   SELECT p_kind, 'refund', p_refund, '', s.id, s.email, app_now() FROM staff s
                   WHERE s.disabled_at IS NULL AND s.password_hash IS NOT NULL AND s.id IS DISTINCT FROM p_but
                     AND (p_only IS NULL OR s.id = p_only)
                     AND EXISTS (SELECT FROM staff_rights g WHERE g.role = s.role AND g.verb = 'refund')
                   ON CONFLICT DO NOTHING RETURNING id)
        SELECT job_add(1, 'mail', m.id::text) FROM m
$$;

ALTER FUNCTION latchkey.refund_tell_staff(p_refund bigint, p_kind text, p_only bigint, p_but bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_undo(p_refund bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_r refunds;
        v_item refund_items;
BEGIN
        SELECT * INTO STRICT v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        UPDATE payments SET refunded_minor = refunded_minor - v_r.amount_minor WHERE id = v_r.payment_id;
        UPDATE refunds SET status = 'failed' WHERE id = p_refund;
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        SELECT 'refund-failed:' || p_refund, leg, credit, debit, currency, amount_minor, order_id, app_now()
        FROM ledger WHERE entry = 'refund:' || p_refund;
        FOR v_item IN SELECT * FROM refund_items WHERE refund_id = p_refund LOOP
                UPDATE order_lines SET refunded_minor = refunded_minor - v_item.amount_minor WHERE id = v_item.order_line_id;
                PERFORM line_restore(v_item.order_line_id, 'refund');
        END LOOP;
        UPDATE orders SET status = 'paid'
        WHERE id = v_r.order_id AND status = 'refunded'
          AND EXISTS (SELECT FROM order_lines WHERE order_id = v_r.order_id AND refunded_minor < cost_minor);
        PERFORM alarm_raise('refund_failed', 'order', v_r.order_id, 'A refund failed at the bank and the money came back. Pay it out another way.');
END $$;

ALTER FUNCTION latchkey.refund_undo(p_refund bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_wanted(p_refund bigint, p_amount bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT coalesce(sum(w.amount_minor) = p_amount AND bool_and(l.refunded_minor + w.amount_minor <= l.cost_minor), false)
        FROM refund_wants w JOIN order_lines l ON l.id = w.order_line_id WHERE w.refund_id = p_refund
$$;

ALTER FUNCTION latchkey.refund_wanted(p_refund bigint, p_amount bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.refund_write(p_order bigint, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_two boolean, p_staff bigint, p_ends boolean) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p record;
        v_w record;
        v_take bigint;
        v_first bigint;
        v_row bigint;
        v_wants jsonb := p_wants;
BEGIN
        FOR v_p IN SELECT p.*, payment_refundable(p.id) AS left_minor FROM payments p WHERE p.order_id = p_order ORDER BY p.id DESC LOOP
                v_row := NULL;
                FOR v_w IN SELECT key AS line, value::bigint AS amount FROM jsonb_each_text(v_wants) ORDER BY key::bigint LOOP
                        v_take := least(v_w.amount, v_p.left_minor);
                        CONTINUE WHEN v_take <= 0;
                        IF v_row IS NULL THEN
                                INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, key, kind, amount_minor, status, reason, note,
                                                     two_persons, asked_by, form_nonce, part_of, ends_agreement, created_at)
                                VALUES (v_p.id, p_order, v_p.customer_id, v_p.currency, v_p.account_id, 'refund/' || gen_random_uuid(),
                                        CASE WHEN p_staff IS NULL THEN 'withdrawal' ELSE 'staff' END, v_take,
                                        'asked', p_reason, p_note, p_two, p_staff, p_nonce, v_first, p_ends, app_now())
                                RETURNING id INTO v_row;
                                v_first := coalesce(v_first, v_row);
                        ELSE
                                UPDATE refunds SET amount_minor = amount_minor + v_take WHERE id = v_row;
                        END IF;
                        INSERT INTO refund_wants VALUES (v_row, v_w.line::bigint, v_take);
                        v_p.left_minor := v_p.left_minor - v_take;
                        v_wants := v_wants || jsonb_build_object(v_w.line, v_w.amount - v_take);
                END LOOP;
        END LOOP;
        RETURN v_first;
END $$;

ALTER FUNCTION latchkey.refund_write(p_order bigint, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_two boolean, p_staff bigint, p_ends boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_choice_mine() RETURNS TABLE(frequency text, channel text, plans bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT coalesce(c.frequency, 'all'), coalesce(c.channel, 'mail'), (SELECT count(*) FROM agreements g WHERE g.customer_id = ANY (v_mine) AND g.status = 'live')
        FROM (SELECT v_mine[1] AS id) m LEFT JOIN reminder_choices c ON c.customer_id = m.id WHERE v_mine <> '{}';
END $$;

ALTER FUNCTION latchkey.reminder_choice_mine() OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_choice_set(p_frequency text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO reminder_choices (customer_id, frequency, changed_at) SELECT id, p_frequency, app_now() FROM customers WHERE id = me_writing()
        ON CONFLICT (customer_id) DO UPDATE SET frequency = excluded.frequency, changed_at = excluded.changed_at;
        RETURN FOUND;
END $$;

ALTER FUNCTION latchkey.reminder_choice_set(p_frequency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_important(p_days integer, p_plan integer[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT p_days = coalesce((SELECT max(d) FROM unnest(p_plan) d WHERE d < 0), 0) OR p_days = (SELECT min(d) FROM unnest(p_plan) d WHERE d > 0)
$$;

ALTER FUNCTION latchkey.reminder_important(p_days integer, p_plan integer[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_lines(p_message bigint) RETURNS TABLE(due_id bigint, product_id bigint, title text, amount_minor bigint, currency text, due_on date, words text, until_on date, method_kind text, brand text, last_four text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT d.id, p.id, d.title, d.amount_minor - d.paid_minor, d.currency, d.due_on,
               CASE WHEN t.today < d.due_on THEN CASE WHEN due_charged(d.id) THEN 'charge' ELSE 'ahead' END
                    WHEN t.today = d.due_on THEN 'today'
                    WHEN r.days = (SELECT max(k) FROM unnest(n.days) k) AND (SELECT count(*) FROM unnest(n.days) k WHERE k > 0) > 1 THEN 'last'
                    ELSE 'late' END,
               d.due_on + coalesce(g.nothing_new_days, g.read_only_days, g.locked_days, 14),
               coalesce(m.kind, ''), coalesce(m.brand, ''), coalesce(m.last_four, '')
        FROM reminders r JOIN dues d ON d.id = r.due_id JOIN agreements g ON g.id = d.agreement_id
             CROSS JOIN LATERAL (SELECT order_product(d.order_id) AS id) p
             CROSS JOIN LATERAL reminder_plan(p.id) n
             CROSS JOIN LATERAL (SELECT today_in(person_zone(r.person_id, d.id)) AS today) t
             LEFT JOIN payment_methods m ON m.id = charge_method(d.id)
        WHERE r.message_id = p_message AND reminder_not(r.due_id, r.due_on, r.days, r.person_id) = ''
        ORDER BY d.due_on, d.id LIMIT 20
$$;

ALTER FUNCTION latchkey.reminder_lines(p_message bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_link_make(p_message bigint, p_due bigint, p_hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO sessions (token_hash, kind, customer_id, due_id, reader_id, created_at, expires_at)
        SELECT p_hash, 'pay_link', d.customer_id, d.id, r.person_id, app_now(), app_now() + interval '30 days'
        FROM reminders r JOIN dues d ON d.id = r.due_id WHERE r.message_id = p_message AND d.id = p_due AND d.status = 'open' LIMIT 1
$$;

ALTER FUNCTION latchkey.reminder_link_make(p_message bigint, p_due bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_not(p_due bigint, p_due_on date, p_days integer, p_person bigint) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_d dues;
        v_plan reminder_plans;
        v_today date := today_in(person_zone(p_person, p_due));
BEGIN
        SELECT * INTO STRICT v_d FROM dues WHERE id = p_due;
        v_plan := reminder_plan(order_product(v_d.order_id));
        RETURN CASE
                WHEN v_d.status = 'paid' THEN 'paid'
                WHEN v_d.status <> 'open' OR NOT agreement_charges(v_d.agreement_id) THEN 'not owed'
                WHEN v_d.due_on <> p_due_on THEN 'another day'
                -- A week late at most, and what speaks of a day to come not on that day.
                WHEN v_today > p_due_on + p_days + 7 OR (p_days < 0 AND v_today >= p_due_on) THEN 'too late'
                WHEN EXISTS (SELECT FROM reminders r WHERE r.due_id = p_due AND r.due_on = p_due_on AND r.person_id = p_person AND r.days > p_days)
                        THEN 'told since'
                WHEN NOT v_plan.enabled OR p_days <> ALL (v_plan.days)
                     OR (NOT reminder_important(p_days, v_plan.days)
                         AND EXISTS (SELECT FROM reminder_choices c WHERE c.customer_id = p_person AND c.frequency = 'important'))
                     OR NOT EXISTS (SELECT FROM order_parties o WHERE o.order_id = v_d.order_id AND o.person_id = p_person AND 'bills' = ANY (o.topics))
                        THEN 'not wanted'
                -- What fell into the time of a promise is passed over; the day after it, others may go.
                WHEN EXISTS (SELECT FROM promises p WHERE p.due_id = p_due AND p.status IN ('open', 'broken')
                               AND (p.promised_on >= p_due_on + p_days OR (p.status = 'open' AND p.promised_on >= v_today))) THEN 'promised'
                WHEN EXISTS (SELECT FROM cases c WHERE c.due_id = p_due AND c.status IN ('open', 'waiting')) THEN 'a case is open'
                WHEN EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND a.live AND a.kind = 'transfer'
                               AND (p_days <= 0 OR a.sent_at > app_now() - interval '3 days')) THEN 'a transfer is on its way'
                WHEN EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND a.live AND a.kind <> 'transfer'
                               AND NOT (a.status = 'created' AND a.planned_at > app_now())) THEN 'a payment is under way'
                WHEN v_today >= p_due_on AND due_charged(p_due) THEN 'charged by itself'
                ELSE '' END;
END $$;

ALTER FUNCTION latchkey.reminder_not(p_due bigint, p_due_on date, p_days integer, p_person bigint) OWNER TO lk_definer;

CREATE TABLE latchkey.reminder_plans (
    id bigint NOT NULL,
    product_id bigint,
    days integer[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint,
    CONSTRAINT reminder_plans_check CHECK (((NOT enabled) OR (cardinality(days) > 0))),
    CONSTRAINT reminder_plans_days_check CHECK (((cardinality(days) <= 12) AND ('-60'::integer <= ALL (days)) AND (60 >= ALL (days)) AND (array_position(days, NULL::integer) IS NULL)))
);

ALTER TABLE ONLY latchkey.reminder_plans FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.reminder_plans OWNER TO lk_owner;

COMMENT ON TABLE latchkey.reminder_plans IS 'on which days customers are reminded of an amount, for all products and for one';

COMMENT ON COLUMN latchkey.reminder_plans.id IS 'a plan';

COMMENT ON COLUMN latchkey.reminder_plans.product_id IS 'for this product alone; NULL: for every one that has no row';

COMMENT ON COLUMN latchkey.reminder_plans.days IS 'days after the amount is due, less than 0 before it; ascending, each once';

COMMENT ON COLUMN latchkey.reminder_plans.enabled IS 'false: no reminders';

COMMENT ON COLUMN latchkey.reminder_plans.changed_at IS 'last change';

COMMENT ON COLUMN latchkey.reminder_plans.changed_by IS 'by whom; NULL: came with the product';

CREATE FUNCTION latchkey.reminder_plan(p_product bigint) RETURNS latchkey.reminder_plans
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_plan reminder_plans;
BEGIN
        SELECT * INTO v_plan FROM reminder_plans WHERE product_id = p_product OR product_id IS NULL ORDER BY product_id NULLS LAST LIMIT 1;
        RETURN v_plan;
END $$;

ALTER FUNCTION latchkey.reminder_plan(p_product bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_plan_seen(p_product bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT coalesce((SELECT concat_ws(' ', CASE WHEN enabled THEN 'on' ELSE 'off' END, nullif(array_to_string(days, ' '), ''))
                         FROM reminder_plans WHERE product_id IS NOT DISTINCT FROM p_product), 'all')
$$;

ALTER FUNCTION latchkey.reminder_plan_seen(p_product bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_plan_set(p_slug text, p_seen text, p_on boolean, p_days integer[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('products');
        v_product bigint := (SELECT id FROM products WHERE slug = p_slug FOR UPDATE);
        v_was text;
        v_now text;
BEGIN
        IF (p_slug IS NOT NULL AND v_product IS NULL) OR (p_slug IS NULL AND p_days IS NULL) THEN
                RETURN 'unknown';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.reminder_plan ' || coalesce(p_slug, ''), 0));
        v_was := reminder_plan_seen(v_product);
        v_now := CASE WHEN p_days IS NULL THEN 'all' ELSE concat_ws(' ', CASE WHEN p_on THEN 'on' ELSE 'off' END, nullif(array_to_string(p_days, ' '), '')) END;
        IF v_was = v_now THEN
                RETURN 'same';
        ELSIF v_was <> p_seen THEN
                RETURN 'changed';
        ELSIF p_days IS NULL THEN
                DELETE FROM reminder_plans WHERE product_id = v_product;
        ELSE
                INSERT INTO reminder_plans (product_id, days, enabled, changed_at, changed_by)
                SELECT v_product, coalesce(array_agg(DISTINCT d ORDER BY d), '{}'), p_on, app_now(), v_me FROM unnest(p_days) d
                ON CONFLICT (product_id) DO UPDATE SET days = excluded.days, enabled = excluded.enabled, changed_at = excluded.changed_at,
                        changed_by = excluded.changed_by;
        END IF;
        PERFORM audit_add('staff', v_me, 'reminders.set', CASE WHEN v_product IS NULL THEN 'reminders' ELSE 'product' END, coalesce(v_product, 0),
                          jsonb_build_object('was', v_was, 'now', v_now));
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.reminder_plan_set(p_slug text, p_seen text, p_on boolean, p_days integer[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_skip(p_message bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_m messages;
        v_why text;
BEGIN
        SELECT * INTO v_m FROM messages WHERE id = p_message AND kind IN ('reminder', 'plan_thanks') AND status IN ('queued', 'deferred');
        IF NOT FOUND THEN
                RETURN;
        ELSIF v_m.kind = 'plan_thanks' THEN
                SELECT 'not completed' INTO v_why FROM agreements WHERE id = v_m.object_id AND status <> 'completed';
        ELSE
                PERFORM FROM dues WHERE id IN (SELECT due_id FROM reminders WHERE message_id = p_message) ORDER BY id FOR SHARE;
                SELECT CASE WHEN count(*) FILTER (WHERE x.why = '') = 0 THEN coalesce(min(x.why), 'not owed') END INTO v_why
                FROM (SELECT reminder_not(due_id, due_on, days, person_id) AS why FROM reminders WHERE message_id = p_message) x;
        END IF;
        UPDATE messages SET status = 'skipped', detail = v_why WHERE id = p_message AND v_why IS NOT NULL AND status IN ('queued', 'deferred');
END $$;

ALTER FUNCTION latchkey.reminder_skip(p_message bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminder_text(p_message bigint) RETURNS TABLE(subject text, body text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT t.subject, t.body_md
        FROM (SELECT CASE count(*) WHEN 1 THEN 'reminder_' || min(words) ELSE 'reminder_several' END AS kind,
                     CASE count(*) WHEN 1 THEN min(product_id) END AS product FROM reminder_lines(p_message)) l
             CROSS JOIN LATERAL text_of(l.kind, l.product) t
$$;

ALTER FUNCTION latchkey.reminder_text(p_message bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.reminders_scan() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_r record;
        v_message bigint;
        v_day date := (app_now() AT TIME ZONE 'UTC')::date;
        v_n integer := 0;
BEGIN
        -- Set by set, and zones last: of thousands that are open a few have something new.
        WITH near AS (
                SELECT d.id, d.due_on, d.order_id, n.days AS plan, k.days
                FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live'
                     CROSS JOIN LATERAL (SELECT l.product_id FROM order_lines l WHERE l.order_id = d.order_id ORDER BY l.id LIMIT 1) l
                     CROSS JOIN LATERAL (SELECT r.days, r.enabled FROM reminder_plans r WHERE r.product_id = l.product_id OR r.product_id IS NULL
                                         ORDER BY r.product_id NULLS LAST LIMIT 1) n
                     CROSS JOIN LATERAL unnest(n.days) k(days)
                WHERE d.status = 'open' AND n.enabled AND d.due_on BETWEEN v_day - 69 AND v_day + 62 AND d.due_on + k.days BETWEEN v_day - 9 AND v_day + 1),
        new AS MATERIALIZED (
                SELECT DISTINCT x.id, x.due_on, c.id AS person, x.plan, x.days
                FROM near x JOIN order_parties p ON p.order_id = x.order_id AND 'bills' = ANY (p.topics)
                     JOIN customers c ON c.id = p.person_id AND c.erased_at IS NULL
                WHERE NOT EXISTS (SELECT FROM reminders r WHERE r.due_id = x.id AND r.due_on = x.due_on AND r.person_id = c.id AND r.days >= x.days)),
        placed AS MATERIALIZED (SELECT x.*, person_zone(x.person, x.id) AS zone FROM new x),
        reached AS (
                SELECT DISTINCT ON (x.id, x.person) x.id, x.due_on, x.person, x.days
                FROM placed x
                WHERE x.due_on + x.days <= today_in(x.zone) AND local_daytime(x.zone) <= app_now()
                  AND (reminder_important(x.days, x.plan)
                       OR NOT EXISTS (SELECT FROM reminder_choices w WHERE w.customer_id = x.person AND w.frequency = 'important'))
                ORDER BY x.id, x.person, x.days DESC)
        INSERT INTO reminders (due_id, due_on, days, person_id, made_at)
        SELECT x.id, x.due_on, x.days, x.person, app_now() FROM reached x
        WHERE reminder_not(x.id, x.due_on, x.days, x.person) = ''
        ORDER BY x.person, x.id
        ON CONFLICT DO NOTHING;
        -- Those of another scan are not seen before it ends, and have their mail then.
        FOR v_r IN
                SELECT r.person_id, min(r.due_id || '/' || r.due_on || '/' || r.days) AS period, max(o.email) FILTER (WHERE o.customer_id = r.person_id) AS email
                FROM reminders r JOIN dues d ON d.id = r.due_id JOIN orders o ON o.id = d.order_id
                WHERE r.message_id IS NULL GROUP BY r.person_id ORDER BY r.person_id
        LOOP
                v_message := message_add('reminder', 'customer', v_r.person_id, v_r.period, v_r.person_id,
                                         coalesce(v_r.email, (SELECT email FROM customers WHERE id = v_r.person_id)), true);
                UPDATE reminders SET message_id = v_message WHERE person_id = v_r.person_id AND message_id IS NULL;
                PERFORM job_add(3, 'mail', v_message::text);
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.reminders_scan() OWNER TO lk_definer;

CREATE FUNCTION latchkey.retry_learn(p_attempt bigint, p_paid boolean) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO retry_results AS r (class, weekday, hour, tried, succeeded)
        SELECT a.class, extract(isodow FROM l.at), extract(hour FROM l.at), 1, p_paid::integer
        FROM attempts a CROSS JOIN LATERAL (SELECT a.sent_at AT TIME ZONE due_zone(a.due_id) AS at) l
        WHERE a.id = p_attempt AND a.class IS NOT NULL AND a.sent_at IS NOT NULL AND a.kind = 'off_session' AND NOT a.on_session
        ON CONFLICT (class, weekday, hour) DO UPDATE SET tried = r.tried + 1, succeeded = r.succeeded + excluded.succeeded
$$;

ALTER FUNCTION latchkey.retry_learn(p_attempt bigint, p_paid boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.rollup_add(p_metric text, p_product bigint, p_currency text, p_amount bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO rollups AS r (day, metric, product_id, currency, shard, n, amount)
        VALUES ((app_now() AT TIME ZONE 'UTC')::date, p_metric, p_product, p_currency, pg_backend_pid() % 16, 1, p_amount)
        ON CONFLICT (day, metric, product_id, currency, shard)
        DO UPDATE SET n = r.n + 1, amount = r.amount + excluded.amount
$$;

ALTER FUNCTION latchkey.rollup_add(p_metric text, p_product bigint, p_currency text, p_amount bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE WHEN p_schedule ->> 'kind' = 'instalments'
                    THEN instalment_part(p_amount, (p_schedule ->> 'count')::integer, 1, money_step(p_currency)) ELSE p_amount END
$$;

ALTER FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.schedule_title(p_schedule jsonb, p_title text, p_n integer, p_day date) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE p_schedule ->> 'kind'
                WHEN 'instalments' THEN format('%s, instalment %s of %s', p_title, p_n, p_schedule ->> 'count')
                WHEN 'subscription' THEN format('%s, month from %s', p_title, to_char(p_day, 'FMDD FMMonth YYYY'))
                ELSE p_title END
$$;

ALTER FUNCTION latchkey.schedule_title(p_schedule jsonb, p_title text, p_n integer, p_day date) OWNER TO lk_definer;

CREATE FUNCTION latchkey.schedules_run() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_s schedules;
        v_n integer := 0;
BEGIN
        FOR v_s IN SELECT * FROM schedules WHERE next_at <= app_now() FOR UPDATE SKIP LOCKED LOOP
                PERFORM job_add(v_s.lane, v_s.name, to_char(v_s.next_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'));
                -- Periods that were missed while nothing ran are one run.
                UPDATE schedules SET next_at = CASE WHEN next_at + every > app_now() THEN next_at + every ELSE app_now() + every END
                WHERE name = v_s.name;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.schedules_run() OWNER TO lk_definer;

CREATE FUNCTION latchkey.schema_version() RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ BEGIN RETURN (SELECT max(version) FROM migrations); END $$;

ALTER FUNCTION latchkey.schema_version() OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_amount(p_minor bigint, p_currency text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT CASE exponent WHEN 0 THEN p_minor::text
               ELSE (p_minor / (10 ^ exponent)::bigint) || '.' || lpad((p_minor % (10 ^ exponent)::bigint)::text, exponent, '0') END
        FROM currencies WHERE code = p_currency
$$;

ALTER FUNCTION latchkey.search_amount(p_minor bigint, p_currency text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_fill() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        CASE TG_TABLE_NAME
                WHEN 'customers' THEN PERFORM search_put('customer', NEW.id, NEW.id, search_split(NEW.name) || search_split(NEW.email));
                WHEN 'orders' THEN PERFORM search_put('order', NEW.id, NEW.customer_id, search_split(NEW.buyer_name) || search_split(NEW.email)
                                                      || ARRAY[lower(NEW.number), search_amount(NEW.total_minor, NEW.currency)]);
                WHEN 'payments' THEN PERFORM search_put('payment', NEW.id, NEW.customer_id, ARRAY[NEW.last_four, search_amount(NEW.amount_minor, NEW.currency)]);
                WHEN 'receipts' THEN PERFORM search_put('receipt', NEW.id, NEW.customer_id, ARRAY[lower(NEW.number)]);
        END CASE;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.search_fill() OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_fold(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT translate(replace(lower(regexp_replace(normalize(coalesce(p_text, ''), NFKD), '[\u0300-\u036f]', '', 'g')), 'ß', 'ss'), 'øłđðı', 'olddi') $$;

ALTER FUNCTION latchkey.search_fold(p_text text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_meant(p_word text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $_$
        SELECT array_agg(DISTINCT w) FROM unnest(ARRAY[p_word,
                CASE WHEN p_word ~ '^[0-9a-z]{4,10}$' THEN translate(p_word, 'oil', '011') END,
                CASE WHEN p_word ~ '^[0-9.]*[0-9],[0-9]{1,3}$' THEN replace(replace(p_word, '.', ''), ',', '.')
                     WHEN p_word ~ '^[0-9,'']*[0-9]\.[0-9]{1,3}$' THEN translate(p_word, ',''', '') END]) w
        WHERE w IS NOT NULL
$_$;

ALTER FUNCTION latchkey.search_meant(p_word text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_put(p_kind text, p_object bigint, p_customer bigint, p_words text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        DELETE FROM search_hits WHERE kind = p_kind AND object_id = p_object;
        -- In the order of the words, so that two writers cannot wait for each other.
        INSERT INTO search_words (word)
        SELECT w FROM (SELECT DISTINCT unnest(p_words) AS w) u
        WHERE w <> '' AND NOT EXISTS (SELECT FROM search_words s WHERE s.word = w) ORDER BY w
        ON CONFLICT (word) DO NOTHING;
        INSERT INTO search_hits (word_id, customer_id, kind, object_id)
        SELECT id, p_customer, p_kind, p_object FROM search_words WHERE word = ANY (p_words)
        ON CONFLICT DO NOTHING;
END $$;

ALTER FUNCTION latchkey.search_put(p_kind text, p_object bigint, p_customer bigint, p_words text[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_slips(p_near text, p_known bigint[]) RETURNS TABLE(id bigint, score real)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_threshold real;
BEGIN
        IF length(p_near) <= 24 THEN
                RETURN QUERY SELECT w.id, 0.75::real FROM search_variants(p_near) v JOIN search_words w ON w.word = v
                             WHERE w.id <> ALL (p_known) ORDER BY w.id LIMIT 20;
                IF FOUND THEN
                        RETURN;
                END IF;
        END IF;
        v_threshold := search_threshold(p_near);
        IF v_threshold IS NOT NULL THEN
                PERFORM set_config('pg_trgm.similarity_threshold', v_threshold::text, true);
                RETURN QUERY SELECT s.id, (0.8 * public.similarity(s.word, p_near))::real FROM search_words s
                             WHERE s.word OPERATOR(public.%) p_near AND strpos(s.word, '@') = 0 AND s.id <> ALL (p_known) ORDER BY 2 DESC, 1 LIMIT 20;
                IF FOUND THEN
                        RETURN;
                END IF;
        END IF;
        IF length(p_near) <= 24 THEN
                RETURN QUERY SELECT DISTINCT w.id, 0.6::real
                             FROM search_variants(p_near) v
                                  CROSS JOIN LATERAL (SELECT x.id FROM search_words x WHERE x.word ~>=~ v AND x.word ~<~ (v || chr(1114111)) ORDER BY x.word USING ~<~ LIMIT 2) w
                             WHERE w.id <> ALL (p_known) ORDER BY w.id LIMIT 20;
        END IF;
END $$;

ALTER FUNCTION latchkey.search_slips(p_near text, p_known bigint[]) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_split(p_text text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT coalesce(array_agg(DISTINCT w ORDER BY w), '{}') FROM (
                SELECT left(t, 80) AS w FROM regexp_split_to_table(search_fold(p_text), '[[:space:],;/()<>"]+') t
                UNION ALL
                SELECT left(x, 80) FROM regexp_split_to_table(search_fold(p_text), '[[:space:],;/()<>"]+') t, regexp_split_to_table(t, '[@._+-]+') x
                WHERE length(x) > 1
                UNION ALL
                SELECT left(split_part(t, '@', 1), 80) FROM regexp_split_to_table(search_fold(p_text), '[[:space:],;/()<>"]+') t) s
        WHERE w <> ''
$$;

ALTER FUNCTION latchkey.search_split(p_text text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_threshold(p_near text) RETURNS real
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        c_sample CONSTANT integer := 600;
        c_most CONSTANT integer := 5000;
        v_near text[] := public.show_trgm(p_near);
        v_words real := (SELECT greatest(reltuples, 1) FROM pg_catalog.pg_class WHERE oid = 'latchkey.search_words'::regclass);
        v_parts real[];
        v_seen integer;
BEGIN
        IF v_words <= c_most THEN
                RETURN 0.3;
        END IF;
        SELECT array_agg((SELECT count(*) FROM unnest(public.show_trgm(x.word)) t WHERE t = ANY (v_near))::real / cardinality(v_near)), count(*)
        INTO v_parts, v_seen
        FROM (SELECT word FROM search_words TABLESAMPLE SYSTEM (least(100, 100 * 2 * c_sample / v_words)) WHERE strpos(word, '@') = 0 LIMIT c_sample) x;
        RETURN (SELECT min(t) FROM unnest(ARRAY[0.3, 0.45, 0.6, 0.8]::real[]) t
                WHERE (SELECT count(*) FROM unnest(v_parts) f WHERE f >= t) * v_words / greatest(v_seen, 1) <= c_most);
END $$;

ALTER FUNCTION latchkey.search_threshold(p_near text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.search_variants(p_word text) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT left(p_word, i - 1) || substr(p_word, i + 1) FROM generate_series(1, length(p_word)) i
        UNION SELECT left(p_word, i - 1) || substr(p_word, i + 1, 1) || substr(p_word, i, 1) || substr(p_word, i + 2) FROM generate_series(1, length(p_word) - 1) i
        UNION SELECT left(p_word, i - 1) || c || substr(p_word, i + n) FROM generate_series(1, length(p_word) + 1) i, generate_series(0, 1) n,
                     regexp_split_to_table('abcdefghijklmnopqrstuvwxyz0123456789._-', '') c
$$;

ALTER FUNCTION latchkey.search_variants(p_word text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.session_end(p_hash bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        -- What staff see with others' eyes ends with their own session.
        UPDATE sessions v SET ended_at = app_now() FROM sessions s
        WHERE s.token_hash = p_hash AND s.kind = 'staff' AND v.staff_id = s.staff_id AND v.kind = 'view_as' AND v.ended_at IS NULL;
        UPDATE sessions SET ended_at = app_now() WHERE token_hash = p_hash AND ended_at IS NULL AND kind IN ('customer', 'staff')
$$;

ALTER FUNCTION latchkey.session_end(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.session_fresh() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN EXISTS (SELECT FROM sessions WHERE token_hash = token_hash(coalesce(current_setting('latchkey.token', true), ''))
                         AND kind = 'customer' AND ended_at IS NULL AND expires_at > app_now()
                         AND created_at > app_now() - interval '15 minutes');
END $$;

ALTER FUNCTION latchkey.session_fresh() OWNER TO lk_definer;

CREATE FUNCTION latchkey.session_name(p_hash bytea) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT left(encode(sha256(p_hash), 'hex'), 24) $$;

ALTER FUNCTION latchkey.session_name(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.session_renew(p_hash text, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint;
BEGIN
        UPDATE sessions s SET ended_at = app_now()
        WHERE s.token_hash = token_hash(coalesce(current_setting('latchkey.token', true), '')) AND s.kind = 'customer' AND s.ended_at IS NULL
          AND s.expires_at > app_now() AND EXISTS (SELECT FROM credentials k WHERE k.customer_id = s.customer_id AND k.password_hash = p_hash)
        RETURNING s.customer_id INTO v_person;
        RETURN v_person IS NOT NULL AND login_done(v_person, p_hash, p_session, p_agent);
END $$;

ALTER FUNCTION latchkey.session_renew(p_hash text, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.session_revoke(p_name text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
        v_hash bytea;
BEGIN
        IF v_person IS NULL OR NOT session_fresh() THEN
                RETURN CASE WHEN v_person IS NULL THEN 'unknown' ELSE 'stale' END;
        END IF;
        SELECT token_hash INTO v_hash FROM sessions
        WHERE customer_id = v_person AND kind = 'customer' AND session_name(token_hash) = p_name;
        IF v_hash IS NULL THEN
                RETURN 'unknown';
        END IF;
        UPDATE sessions SET ended_at = app_now() WHERE token_hash = v_hash AND ended_at IS NULL;
        IF FOUND THEN
                PERFORM evidence_add(v_person, NULL, 'logged_out', '{"n": 1}');
        END IF;
        RETURN 'ended';
END $$;

ALTER FUNCTION latchkey.session_revoke(p_name text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.session_who(p_hash bytea, p_staff boolean) RETURNS TABLE(kind text, person bigint, name text, email text, role text, started_at timestamp with time zone, now_at timestamp with time zone, has_password boolean, locale text, zone text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_seen timestamptz;
BEGIN
        now_at := app_now();
        IF p_staff THEN
                SELECT x.kind, s.id, s.name, s.email, s.role, x.created_at, true, '', '', x.seen_at
                INTO kind, person, name, email, role, started_at, has_password, locale, zone, v_seen
                FROM sessions x JOIN staff s ON s.id = x.staff_id
                WHERE x.token_hash = p_hash AND x.kind = 'staff' AND x.ended_at IS NULL AND x.expires_at > now_at AND s.disabled_at IS NULL;
        ELSE
                SELECT x.kind, c.id, c.name, c.email, '', x.created_at, EXISTS (SELECT FROM credentials k WHERE k.customer_id = c.id),
                       c.locale, c.zone, x.seen_at
                INTO kind, person, name, email, role, started_at, has_password, locale, zone, v_seen
                FROM sessions x JOIN customers c ON c.id = x.customer_id
                WHERE x.token_hash = p_hash AND x.kind IN ('customer', 'view_as') AND x.ended_at IS NULL AND x.expires_at > now_at;
        END IF;
        IF NOT FOUND THEN
                RETURN;
        END IF;
        IF v_seen < now_at - interval '1 minute' THEN
                UPDATE sessions SET seen_at = now_at WHERE token_hash IN (
                        SELECT x.token_hash FROM sessions x WHERE x.token_hash = p_hash FOR UPDATE SKIP LOCKED);
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.session_who(p_hash bytea, p_staff boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.sessions_mine() RETURNS TABLE(name text, here boolean, since_at timestamp with time zone, seen_at timestamp with time zone, agent text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_here bytea := token_hash(coalesce(current_setting('latchkey.token', true), ''));
BEGIN
        RETURN QUERY SELECT session_name(s.token_hash), s.token_hash = v_here, s.created_at, coalesce(s.seen_at, s.created_at), s.user_agent
        FROM sessions s
        WHERE s.customer_id = ANY (mine()) AND s.kind = 'customer' AND s.ended_at IS NULL AND s.expires_at > app_now()
        ORDER BY 2 DESC, 4 DESC LIMIT 100;
END $$;

ALTER FUNCTION latchkey.sessions_mine() OWNER TO lk_definer;

CREATE FUNCTION latchkey.sessions_revoke() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
        v_n integer;
BEGIN
        IF NOT session_fresh() THEN
                RETURN -1;
        END IF;
        WITH ended AS (UPDATE sessions SET ended_at = app_now()
                       WHERE customer_id = v_person AND kind IN ('customer', 'magic') AND ended_at IS NULL
                         AND token_hash <> token_hash(current_setting('latchkey.token', true))
                       RETURNING kind)
        SELECT count(*) INTO v_n FROM ended WHERE kind = 'customer';
        IF v_n > 0 THEN
                PERFORM evidence_add(v_person, NULL, 'logged_out', jsonb_build_object('n', v_n));
        END IF;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.sessions_revoke() OWNER TO lk_definer;

CREATE FUNCTION latchkey.setup_begin(p_nonce text, p_key text) RETURNS TABLE(key text, email text, gateway_customer text, currency text, session_url text, done boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_me bigint := me_writing();
        v_s method_setups;
BEGIN
        IF v_me IS NULL THEN
                RETURN;
        END IF;
        INSERT INTO method_setups (customer_id, account_id, key, form_nonce, created_at)
        SELECT v_me, a.id, p_key, p_nonce, app_now() FROM accounts a WHERE a.name = 'stripe'
        ON CONFLICT (customer_id, form_nonce) DO NOTHING;
        SELECT * INTO STRICT v_s FROM method_setups WHERE customer_id = v_me AND form_nonce = p_nonce;
        RETURN QUERY SELECT v_s.key, c.email,
                (SELECT g.ref FROM gateway_customers g WHERE g.customer_id = v_me AND g.account_id = v_s.account_id ORDER BY g.created_at DESC, g.ref LIMIT 1),
                coalesce((SELECT o.currency FROM orders o WHERE o.customer_id = v_me ORDER BY o.id DESC LIMIT 1), 'EUR'),
                v_s.session_url, v_s.status <> 'open'
        FROM customers c WHERE c.id = v_me;
END $$;

ALTER FUNCTION latchkey.setup_begin(p_nonce text, p_key text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.setup_done(p_key text, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_s method_setups;
        v_method bigint;
BEGIN
        SELECT * INTO v_s FROM method_setups WHERE key = p_key AND account_id = p_account FOR UPDATE;
        IF NOT FOUND OR v_s.status = 'done' THEN
                RETURN false;
        END IF;
        v_method := method_apply(p_account, v_s.customer_id, p_ref, p_gateway_customer, p_kind, p_brand, p_last_four, p_wallet, p_exp_month,
                                 p_exp_year, false);
        IF v_method IS NULL THEN
                RETURN false;
        END IF;
        UPDATE method_setups SET status = 'done', method_id = v_method, done_at = app_now() WHERE id = v_s.id;
        PERFORM method_settle(v_s.customer_id, v_method, 'The customer added a way to pay.');
        PERFORM evidence_add(v_s.customer_id, NULL, 'method_added', jsonb_build_object('method', p_ref));
        RETURN true;
END $$;

ALTER FUNCTION latchkey.setup_done(p_key text, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.setup_opened(p_key text, p_session text, p_url text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE method_setups SET session_ref = p_session, session_url = p_url WHERE key = p_key AND session_ref IS NULL
$$;

ALTER FUNCTION latchkey.setup_opened(p_key text, p_session text, p_url text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.setup_watch(p_setup bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT EXISTS (SELECT FROM method_setups WHERE id = p_setup AND customer_id = ANY (mine()) AND status = 'open' AND session_ref IS NOT NULL) THEN
                RETURN false;
        END IF;
        INSERT INTO jobs (lane, kind, key, run_at, created_at)
        SELECT 1, 'setup_ask', p_setup || '/' || s, app_now() + s * interval '1 second', app_now()
        FROM unnest(ARRAY[0, 2, 5, 15, 60]) s
        WHERE NOT EXISTS (SELECT FROM jobs_done d WHERE d.kind = 'setup_ask' AND d.key = p_setup || '/' || s)
        ON CONFLICT (kind, key) DO NOTHING;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.setup_watch(p_setup bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_add(p_email text, p_fold text, p_name text, p_role text, p_hash bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO staff (email, email_fold, name, role, created_at) VALUES (p_email, p_fold, p_name, p_role, app_now())
        ON CONFLICT (email_fold) DO UPDATE SET role = excluded.role, disabled_at = NULL
        RETURNING id INTO v_id;
        UPDATE sessions SET ended_at = app_now() WHERE staff_id = v_id AND kind = 'invite' AND ended_at IS NULL;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at)
        VALUES (p_hash, 'invite', v_id, app_now(), app_now() + interval '3 days');
        PERFORM audit_add('operator', NULL, 'staff.added', 'staff', v_id, jsonb_build_object('role', p_role));
        RETURN 'added';
END $$;

ALTER FUNCTION latchkey.staff_add(p_email text, p_fold text, p_name text, p_role text, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_alarm_settle(p_id bigint, p_again boolean, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must(CASE WHEN p_again THEN 'jobs' ELSE 'refund' END);
BEGIN
        RETURN alarm_settle(p_id, p_again, p_reason, 'staff', v_staff);
END $$;

ALTER FUNCTION latchkey.staff_alarm_settle(p_id bigint, p_again boolean, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_bank_line(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may('match') THEN
                RETURN false;
        END IF;
        RETURN bank_line_add(p_statement, p_line, p_booked_on, p_amount, p_currency, p_reference, p_payer, p_iban, p_source, staff_me());
END $$;

ALTER FUNCTION latchkey.staff_bank_line(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_change(p_staff bigint, p_act text, p_role text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_by bigint := staff_must('staff');
        v_s staff;
BEGIN
        SELECT * INTO v_s FROM staff WHERE id = p_staff FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM staff_must('staff');    -- once more: a colleague may have been first
        IF (p_act = 'role' AND v_s.role = p_role) OR (p_act = 'disable' AND v_s.disabled_at IS NOT NULL)
           OR (p_act = 'enable' AND v_s.disabled_at IS NULL) THEN
                RETURN 'same';
        END IF;
        BEGIN
                UPDATE staff SET role = CASE p_act WHEN 'role' THEN p_role ELSE role END,
                                 disabled_at = CASE p_act WHEN 'disable' THEN app_now() WHEN 'enable' THEN NULL ELSE disabled_at END
                WHERE id = p_staff;
        EXCEPTION WHEN restrict_violation THEN
                RETURN 'last';
        END;
        -- Disabled: everything ends at once.  Another role: what they see with others' eyes does.
        UPDATE sessions SET ended_at = app_now()
        WHERE staff_id = p_staff AND ended_at IS NULL AND (p_act = 'disable' OR (p_act = 'role' AND kind = 'view_as'));
        UPDATE messages SET status = 'skipped' WHERE p_act = 'disable' AND staff_id = p_staff AND kind = 'staff_invite' AND status IN ('queued', 'deferred');
        PERFORM audit_add('staff', v_by, CASE WHEN p_act = 'disable' AND v_s.password_hash IS NULL THEN 'staff.revoked' ELSE 'staff.' || p_act END,
                          'staff', p_staff, CASE p_act WHEN 'role' THEN jsonb_build_object('was', v_s.role, 'role', p_role) ELSE '{}' END);
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.staff_change(p_staff bigint, p_act text, p_role text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_codes_again(p_hash text, p_step bigint, p_salt text, p_hashes bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        UPDATE staff SET totp_last = p_step WHERE id = v_me AND password_hash = p_hash AND totp_last < p_step AND disabled_at IS NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        PERFORM staff_codes_put(v_me, token_hash(current_setting('latchkey.token', true)), p_salt, p_hashes);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_codes_again(p_hash text, p_step bigint, p_salt text, p_hashes bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_codes_first(p_session bytea, p_salt text, p_hashes bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint;
BEGIN
        SELECT staff_id INTO v_staff FROM sessions
        WHERE token_hash = p_session AND kind = 'staff' AND ended_at IS NULL AND created_at > app_now() - interval '1 minute';
        IF v_staff IS NOT NULL THEN
                PERFORM staff_codes_put(v_staff, p_session, p_salt, p_hashes);
        END IF;
END $$;

ALTER FUNCTION latchkey.staff_codes_first(p_session bytea, p_salt text, p_hashes bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_codes_mine() RETURNS TABLE(left_over integer, salt text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        RETURN QUERY SELECT count(*) FILTER (WHERE c.used_at IS NULL)::integer,
                            max(c.salt) FILTER (WHERE c.made_at > app_now() - interval '10 minutes'
                                                  AND c.session_hash = token_hash(current_setting('latchkey.token', true)))
                     FROM staff_codes c WHERE c.staff_id = v_me;
END $$;

ALTER FUNCTION latchkey.staff_codes_mine() OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_codes_put(p_staff bigint, p_session bytea, p_salt text, p_hashes bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        DELETE FROM staff_codes WHERE staff_id = p_staff;
        INSERT INTO staff_codes (staff_id, code_hash, salt, session_hash, made_at)
        SELECT p_staff, substr(p_hashes, 1 + 32 * n, 32), p_salt, p_session, app_now() FROM generate_series(0, length(p_hashes) / 32 - 1) n;
        PERFORM audit_add('staff', p_staff, 'staff.codes', 'staff', p_staff);
END $$;

ALTER FUNCTION latchkey.staff_codes_put(p_staff bigint, p_session bytea, p_salt text, p_hashes bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_expect(p_number text, p_day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint;
        v_id bigint;
        v_n integer := 0;
BEGIN
        SELECT id INTO v_order FROM orders WHERE number = upper(p_number) FOR UPDATE;
        IF NOT FOUND OR NOT staff_may('access') THEN
                RETURN 'unknown';
        END IF;
        FOR v_id IN UPDATE access SET expected_on = p_day, expected_by = staff_me()
                    WHERE order_id = v_order AND status = 'waiting' AND expected_on IS DISTINCT FROM p_day RETURNING id
        LOOP
                PERFORM access_moved(v_id);
                v_n := v_n + 1;
        END LOOP;
        IF v_n = 0 THEN
                RETURN 'same';
        END IF;
        PERFORM audit_add('staff', staff_me(), 'access.expected', 'order', v_order, jsonb_build_object('day', p_day));
        RETURN 'moved';
END $$;

ALTER FUNCTION latchkey.staff_expect(p_number text, p_day date) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_fresh() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN staff_me() IS NOT NULL
           AND EXISTS (SELECT FROM sessions WHERE token_hash = token_hash(current_setting('latchkey.token', true))
                         AND created_at > app_now() - interval '15 minutes');
END $$;

ALTER FUNCTION latchkey.staff_fresh() OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_gift(p_number text, p_reason text) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT CASE WHEN staff_may('access') THEN access_gift(p_number, p_reason, 'staff', staff_me()) ELSE 'unknown' END $$;

ALTER FUNCTION latchkey.staff_gift(p_number text, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_invite(p_email text, p_fold text, p_role text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_by bigint := staff_must('staff');
        v_s staff;
BEGIN
        INSERT INTO staff (email, email_fold, role, created_at) VALUES (p_email, p_fold, p_role, app_now())
        ON CONFLICT (email_fold) DO NOTHING;
        SELECT * INTO STRICT v_s FROM staff WHERE email_fold = p_fold FOR UPDATE;
        IF v_s.password_hash IS NOT NULL THEN
                RETURN 'known';
        END IF;
        UPDATE staff SET email = p_email, role = p_role, disabled_at = NULL WHERE id = v_s.id;
        -- A form that is sent twice is one mail: the first has not left yet, or just now.
        IF NOT EXISTS (SELECT FROM messages WHERE staff_id = v_s.id AND kind = 'staff_invite'
                       AND (status = 'queued' OR (v_s.role = p_role AND v_s.disabled_at IS NULL AND queued_at > app_now() - interval '10 seconds'))) THEN
                PERFORM staff_message('staff_invite', v_s.id, period_now());
                PERFORM audit_add('staff', v_by, 'staff.invited', 'staff', v_s.id, jsonb_build_object('role', p_role));
        END IF;
        RETURN 'invited';
END $$;

ALTER FUNCTION latchkey.staff_invite(p_email text, p_fold text, p_role text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_link_make(p_message bigint, p_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint;
BEGIN
        SELECT s.id INTO v_staff FROM messages m JOIN staff s ON s.id = m.staff_id
        WHERE m.id = p_message AND m.kind = 'staff_invite' AND s.password_hash IS NULL AND s.disabled_at IS NULL FOR UPDATE OF s;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        UPDATE sessions SET ended_at = app_now() WHERE staff_id = v_staff AND kind = 'invite' AND ended_at IS NULL;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at)
        VALUES (p_hash, 'invite', v_staff, app_now(), app_now() + interval '3 days');
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_link_make(p_message bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_list() RETURNS TABLE(id bigint, email text, name text, role text, state text, created_at timestamp with time zone, seen_at timestamp with time zone, invited_until timestamp with time zone, sessions integer, codes integer, me boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may('staff') THEN
                RETURN;
        END IF;
        RETURN QUERY
        SELECT s.id, s.email, s.name, s.role,
               CASE WHEN s.disabled_at IS NOT NULL THEN 'disabled' WHEN s.password_hash IS NOT NULL THEN 'active'
                    WHEN i.until IS NOT NULL OR EXISTS (SELECT FROM messages m WHERE m.staff_id = s.id AND m.kind = 'staff_invite'
                                                                  AND m.status IN ('queued', 'sending', 'deferred')) THEN 'invited'
                    ELSE 'expired' END,
               s.created_at, n.seen, i.until, coalesce(n.open, 0)::integer,
               (SELECT count(*) FROM staff_codes c WHERE c.staff_id = s.id AND c.used_at IS NULL)::integer, s.id = staff_me()
        FROM staff s
             LEFT JOIN LATERAL (SELECT max(x.expires_at) AS until FROM sessions x WHERE x.staff_id = s.id AND x.kind = 'invite'
                                AND x.ended_at IS NULL AND x.expires_at > app_now()) i ON true
             LEFT JOIN LATERAL (SELECT max(coalesce(x.seen_at, x.created_at)) AS seen, count(*) FILTER (WHERE x.ended_at IS NULL AND x.expires_at > app_now()) AS open
                                FROM sessions x WHERE x.staff_id = s.id AND x.kind = 'staff') n ON true
        ORDER BY (s.disabled_at IS NOT NULL), s.name, s.id;
END $$;

ALTER FUNCTION latchkey.staff_list() OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_login_done(p_staff bigint, p_hash text, p_step bigint, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE staff SET totp_last = p_step
        WHERE id = p_staff AND password_hash = p_hash AND totp_last < p_step AND disabled_at IS NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'staff', p_staff, app_now(), app_now() + interval '12 hours', app_now(), p_agent);
        DELETE FROM tries t USING staff s
        WHERE s.id = p_staff AND t.scope = 'account' AND t.key = login_key(s.email_fold, true);
        PERFORM audit_add('staff', p_staff, 'staff.login', 'staff', p_staff);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_login_done(p_staff bigint, p_hash text, p_step bigint, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_may(p_verb text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.staff_may(p_verb text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_me() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
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

ALTER FUNCTION latchkey.staff_me() OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_message(p_kind text, p_staff bigint, p_period text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO messages (kind, object, object_id, period, staff_id, email, queued_at)
        SELECT p_kind, 'staff', id, p_period, id, email, app_now() FROM staff WHERE id = p_staff
        ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NOT NULL THEN
                PERFORM job_add(1, 'mail', v_id::text);
        END IF;
END $$;

ALTER FUNCTION latchkey.staff_message(p_kind text, p_staff bigint, p_period text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_must(p_verb text) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NOT staff_may(p_verb) THEN
                RAISE EXCEPTION 'this role may not: %', p_verb USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN staff_me();
END $$;

ALTER FUNCTION latchkey.staff_must(p_verb text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
        v_id bigint;
BEGIN
        IF NOT staff_fresh() THEN
                RETURN 'stale';
        END IF;
        PERFORM FROM staff WHERE id = v_me FOR UPDATE;
        IF (SELECT count(*) FROM passkeys WHERE staff_id = v_me) >= 20 THEN
                RETURN 'many';
        END IF;
        v_id := passkey_keep(NULL, v_me, p_challenge, p_credential, p_key, p_algorithm, p_count, p_name);
        IF v_id IS NULL THEN
                RETURN 'again';
        END IF;
        PERFORM audit_add('staff', v_me, 'staff.passkey', 'staff', v_me);
        PERFORM staff_message('staff_passkey', v_me, v_id::text);
        RETURN 'added';
END $$;

ALTER FUNCTION latchkey.staff_passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := (passkey_answered(p_challenge, p_credential, p_key, p_count)).staff_id;
BEGIN
        -- The row is locked: whoever is being disabled is in before that or not at all.
        PERFORM FROM staff WHERE id = v_staff AND disabled_at IS NULL FOR NO KEY UPDATE;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'staff', v_staff, app_now(), app_now() + interval '12 hours', app_now(), p_agent);
        PERFORM audit_add('staff', v_staff, 'staff.passkey-login', 'staff', v_staff);
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_passkey_name(p_id bigint, p_name text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
        v_name text;
BEGIN
        IF NOT staff_fresh() THEN
                RETURN 'stale';
        END IF;
        SELECT name INTO v_name FROM passkeys WHERE id = p_id AND staff_id = v_me FOR UPDATE;
        IF v_name IS NULL OR v_name = p_name THEN
                RETURN CASE WHEN v_name IS NULL THEN 'unknown' ELSE 'same' END;
        END IF;
        UPDATE passkeys SET name = p_name WHERE id = p_id;
        PERFORM audit_add('staff', v_me, 'staff.passkey-named', 'staff', v_me);
        RETURN 'named';
END $$;

ALTER FUNCTION latchkey.staff_passkey_name(p_id bigint, p_name text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_passkey_remove(p_id bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        IF NOT staff_fresh() THEN
                RETURN 'stale';
        END IF;
        DELETE FROM passkeys WHERE id = p_id AND staff_id = v_me;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM audit_add('staff', v_me, 'staff.passkey-removed', 'staff', v_me);
        RETURN 'ended';
END $$;

ALTER FUNCTION latchkey.staff_passkey_remove(p_id bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_passkeys() RETURNS TABLE(id bigint, name text, created_at timestamp with time zone, used_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        RETURN QUERY SELECT p.id, p.name, p.created_at, p.used_at FROM passkeys p WHERE p.staff_id = v_me ORDER BY p.id;
END $$;

ALTER FUNCTION latchkey.staff_passkeys() OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_password(p_hash text, p_new text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        UPDATE staff SET password_hash = p_new WHERE id = v_me AND password_hash = p_hash;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        UPDATE sessions SET ended_at = app_now()
        WHERE staff_id = v_me AND ended_at IS NULL AND token_hash <> token_hash(current_setting('latchkey.token', true));
        PERFORM audit_add('staff', v_me, 'staff.password', 'staff', v_me);
        PERFORM staff_message('staff_password', v_me, period_now());
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_password(p_hash text, p_new text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_recover(p_staff bigint, p_hash text, p_code bytea, p_session bytea, p_agent text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        UPDATE staff_codes c SET used_at = app_now() FROM staff s
        WHERE c.staff_id = p_staff AND c.code_hash = p_code AND c.used_at IS NULL
          AND s.id = c.staff_id AND s.password_hash = p_hash AND s.disabled_at IS NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'staff', p_staff, app_now(), app_now() + interval '12 hours', app_now(), p_agent);
        DELETE FROM tries t USING staff s WHERE s.id = p_staff AND t.scope = 'account' AND t.key = login_key(s.email_fold, true);
        PERFORM audit_add('staff', p_staff, 'staff.recovered', 'staff', p_staff);
        PERFORM staff_message('staff_recovered', p_staff, period_now());
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_recover(p_staff bigint, p_hash text, p_code bytea, p_session bytea, p_agent text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_regrant(p_number text) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT CASE WHEN staff_may('access') THEN access_regrant(p_number, 'staff', staff_me()) ELSE 'unknown' END $$;

ALTER FUNCTION latchkey.staff_regrant(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_release(p_number text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint;
        v_user bigint;
        v_n integer;
BEGIN
        SELECT id INTO v_order FROM orders WHERE number = upper(p_number) FOR UPDATE;
        IF NOT FOUND OR NOT staff_may('access') THEN
                RETURN 'unknown';
        END IF;
        UPDATE access SET status = 'full', waiting_for = NULL, expected_on = NULL, since_at = app_now()
        WHERE order_id = v_order AND status = 'waiting';
        GET DIAGNOSTICS v_n = ROW_COUNT;
        IF v_n = 0 THEN
                RETURN 'has';
        END IF;
        SELECT person_id INTO STRICT v_user FROM access WHERE order_id = v_order LIMIT 1;
        PERFORM audit_add('staff', staff_me(), 'access.release', 'order', v_order);
        PERFORM message_add('access_open', 'order', v_order, 'release', v_user, (SELECT email FROM customers WHERE id = v_user));
        RETURN 'granted';
END $$;

ALTER FUNCTION latchkey.staff_release(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_resend(p_number text) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT CASE WHEN staff_may('mail') THEN order_resend(p_number, 'staff', staff_me()) ELSE -1 END $$;

ALTER FUNCTION latchkey.staff_resend(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_session_end(p_ref text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        IF NOT EXISTS (SELECT FROM sessions WHERE staff_id = v_me AND kind = 'staff' AND left(encode(token_hash, 'hex'), 16) = p_ref) THEN
                RETURN false;
        END IF;
        UPDATE sessions SET ended_at = app_now()
        WHERE staff_id = v_me AND kind = 'staff' AND left(encode(token_hash, 'hex'), 16) = p_ref AND ended_at IS NULL;
        IF FOUND THEN
                PERFORM audit_add('staff', v_me, 'staff.session', 'staff', v_me);
        END IF;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.staff_session_end(p_ref text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_sessions() RETURNS TABLE(ref text, created_at timestamp with time zone, user_agent text, this boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        RETURN QUERY SELECT left(encode(s.token_hash, 'hex'), 16), s.created_at, s.user_agent, s.token_hash = token_hash(current_setting('latchkey.token', true))
                     FROM sessions s WHERE s.staff_id = v_me AND s.kind = 'staff' AND s.ended_at IS NULL AND s.expires_at > app_now()
                     ORDER BY s.created_at DESC;
END $$;

ALTER FUNCTION latchkey.staff_sessions() OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_ticket_answer(p_number text, p_nonce text, p_body text) RETURNS TABLE(result text, post_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_ticket tickets;
        v_staff bigint := staff_me();
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = p_number AND staff_may('tickets') FOR UPDATE;
        IF NOT FOUND THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM posts p WHERE p.ticket_id = v_ticket.id AND p.form_nonce = p_nonce) THEN
                result := 'again'; RETURN NEXT; RETURN;
        END IF;
        IF v_ticket.status = 'closed' THEN
                result := 'closed'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO posts AS p (ticket_id, customer_id, author, staff_id, via, body, form_nonce, at)
        VALUES (v_ticket.id, v_ticket.customer_id, 'staff', v_staff, 'page', p_body, p_nonce, app_now()) RETURNING p.id INTO post_id;
        UPDATE tickets SET status = 'answered', staff_id = coalesce(staff_id, v_staff), since_at = app_now() WHERE id = v_ticket.id;
        PERFORM message_add('ticket_answer', 'post', post_id, '', v_ticket.customer_id,
                            (SELECT email FROM customers WHERE id = v_ticket.customer_id));
        PERFORM audit_add('staff', v_staff, 'ticket.answered', 'ticket', v_ticket.id);
        result := 'answered';
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.staff_ticket_answer(p_number text, p_nonce text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_ticket_move(p_number text, p_status text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_ticket tickets;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = p_number AND staff_may('tickets') FOR UPDATE;
        IF NOT FOUND OR p_status NOT IN ('open', 'closed') THEN
                RETURN 'unknown';
        ELSIF v_ticket.status = p_status THEN
                RETURN 'same';
        END IF;
        UPDATE tickets SET status = p_status, since_at = app_now() WHERE id = v_ticket.id;
        PERFORM audit_add('staff', staff_me(), CASE p_status WHEN 'closed' THEN 'ticket.closed' ELSE 'ticket.reopened' END, 'ticket', v_ticket.id);
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.staff_ticket_move(p_number text, p_status text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_ticket_take(p_number text, p_take boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_ticket tickets;
        v_staff bigint := CASE WHEN p_take THEN staff_me() END;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = p_number AND staff_may('tickets') FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_ticket.staff_id IS NOT DISTINCT FROM v_staff THEN
                RETURN 'same';
        END IF;
        UPDATE tickets SET staff_id = v_staff WHERE id = v_ticket.id;
        PERFORM audit_add('staff', staff_me(), CASE WHEN p_take THEN 'ticket.taken' ELSE 'ticket.given_back' END, 'ticket', v_ticket.id);
        RETURN 'done';
END $$;

ALTER FUNCTION latchkey.staff_ticket_take(p_number text, p_take boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_withdrawal_bind(p_id bigint, p_number text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_order bigint;
        v_w withdrawals;
BEGIN
        SELECT * INTO v_w FROM withdrawals WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_w.status <> 'with_staff' OR v_w.order_id IS NOT NULL THEN
                RETURN 'over';
        END IF;
        v_order := (SELECT id FROM orders WHERE number = upper(p_number) AND status IN ('open', 'paid', 'refunded'));
        IF v_order IS NULL THEN
                RETURN 'no_order';
        END IF;
        UPDATE withdrawals SET order_id = v_order WHERE id = p_id;
        PERFORM task_settle('withdrawal', 'withdrawal', p_id, '', 'done', 'Its order was found.');
        PERFORM withdrawal_decide(p_id, v_me);
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_id;
        -- The order's words go to its buyer, whoever wrote.
        PERFORM message_add('withdrawal_answer', 'withdrawal', p_id, '', o.customer_id, o.email) FROM orders o WHERE o.id = v_order AND v_w.status = 'accepted';
        PERFORM audit_add('staff', v_me, 'withdrawal.bound', 'order', v_order, jsonb_build_object('withdrawal', v_w.number, 'status', v_w.status));
        RETURN v_w.status;
END $$;

ALTER FUNCTION latchkey.staff_withdrawal_bind(p_id bigint, p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.staff_withdrawal_decline(p_id bigint, p_answer text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_w withdrawals;
BEGIN
        SELECT * INTO v_w FROM withdrawals WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_w.status <> 'with_staff' THEN
                RETURN 'over';
        END IF;
        UPDATE withdrawals SET status = 'declined', answer = trim(p_answer), decided_at = app_now(), decided_by = v_me WHERE id = p_id;
        PERFORM task_settle('withdrawal', 'withdrawal', p_id, '', 'done', 'It was declined, and the customer has the reason.');
        PERFORM message_add('withdrawal_answer', 'withdrawal', p_id, '', v_w.customer_id, v_w.said_email);
        PERFORM audit_add('staff', v_me, 'withdrawal.declined', CASE WHEN v_w.order_id IS NULL THEN 'customer' ELSE 'order' END,
                          coalesce(v_w.order_id, v_w.customer_id), jsonb_build_object('withdrawal', v_w.number, 'reason', trim(p_answer)));
        RETURN 'declined';
END $$;

ALTER FUNCTION latchkey.staff_withdrawal_decline(p_id bigint, p_answer text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.task_move(p_task bigint, p_act text, p_text text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_me bigint := staff_must('tasks');
        v_role text := (SELECT role FROM staff WHERE id = v_me);
        v_t tasks;
BEGIN
        SELECT * INTO v_t FROM tasks WHERE id = p_task AND (role = v_role OR v_role = 'owner') FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_t.status IN ('done', 'dropped') THEN
                RETURN 'over';
        ELSIF v_t.status = 'claimed' AND v_t.owner_id <> v_me AND (p_act = 'claim' OR v_role <> 'owner') THEN
                RETURN 'taken';
        ELSIF (p_act = 'claim') = (v_t.status = 'claimed') AND p_act IN ('claim', 'release') THEN
                RETURN 'same';
        ELSIF p_act IN ('done', 'drop') AND trim(p_text) = '' THEN
                RAISE EXCEPTION 'a task ends with a word' USING ERRCODE = 'check_violation';
        END IF;
        IF p_act = 'release' THEN
                UPDATE tasks SET status = 'open', owner_id = NULL WHERE id = p_task;
        ELSE
                IF v_t.status = 'open' THEN
                        UPDATE tasks SET status = 'claimed', owner_id = v_me WHERE id = p_task;
                END IF;
                IF p_act <> 'claim' THEN
                        UPDATE tasks SET status = CASE p_act WHEN 'done' THEN 'done' ELSE 'dropped' END, outcome = trim(p_text), closed_at = app_now(),
                                         closed_by = v_me
                        WHERE id = p_task;
                END IF;
        END IF;
        PERFORM audit_add('staff', v_me, 'task.' || p_act, CASE WHEN v_t.order_id IS NULL THEN 'task' ELSE 'order' END, coalesce(v_t.order_id, p_task),
                          jsonb_build_object('task', p_task) || CASE WHEN p_act IN ('done', 'drop') THEN jsonb_build_object('reason', trim(p_text)) ELSE '{}' END);
        RETURN CASE p_act WHEN 'claim' THEN 'claimed' WHEN 'release' THEN 'released' WHEN 'done' THEN 'done' ELSE 'dropped' END;
END $$;

ALTER FUNCTION latchkey.task_move(p_task bigint, p_act text, p_text text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.task_open(p_kind text, p_object text, p_object_id bigint, p_period text, p_due_at timestamp with time zone, p_role text, p_title text, p_facts jsonb DEFAULT '{}'::jsonb, p_customer bigint DEFAULT NULL::bigint, p_order bigint DEFAULT NULL::bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO tasks (kind, object, object_id, period, role, title, facts, customer_id, order_id, due_at, created_at)
        VALUES (p_kind, p_object, p_object_id, p_period, p_role, p_title, p_facts, p_customer, p_order, p_due_at, app_now())
        ON CONFLICT (kind, object, object_id, period) DO NOTHING RETURNING id INTO v_id;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.task_open(p_kind text, p_object text, p_object_id bigint, p_period text, p_due_at timestamp with time zone, p_role text, p_title text, p_facts jsonb, p_customer bigint, p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.task_settle(p_kind text, p_object text, p_object_id bigint, p_period text, p_status text, p_outcome text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE tasks SET status = p_status, outcome = p_outcome, closed_at = app_now()
        WHERE kind = p_kind AND object = p_object AND object_id = p_object_id AND period = p_period AND status IN ('open', 'claimed')
$$;

ALTER FUNCTION latchkey.task_settle(p_kind text, p_object text, p_object_id bigint, p_period text, p_status text, p_outcome text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.text_by_product(p_kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT p_kind IN ('reminder_charge', 'reminder_ahead', 'reminder_today', 'reminder_late', 'reminder_last', 'plan_thanks') $$;

ALTER FUNCTION latchkey.text_by_product(p_kind text) OWNER TO lk_definer;

CREATE TABLE latchkey.message_texts (
    id bigint NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    subject text NOT NULL,
    body_md text NOT NULL,
    published_at timestamp with time zone,
    published_by bigint,
    product_id bigint,
    as_all boolean DEFAULT false NOT NULL,
    CONSTRAINT message_texts_body_md_check CHECK ((body_md <> ''::text)),
    CONSTRAINT message_texts_check CHECK (((NOT as_all) OR (product_id IS NOT NULL))),
    CONSTRAINT message_texts_kind_check CHECK ((kind ~ '^[a-z][a-z_]*$'::text)),
    CONSTRAINT message_texts_subject_check CHECK ((subject <> ''::text)),
    CONSTRAINT message_texts_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY latchkey.message_texts FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.message_texts OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.message_texts.id IS 'one version of a text';

COMMENT ON COLUMN latchkey.message_texts.kind IS 'messages.kind';

COMMENT ON COLUMN latchkey.message_texts.version IS 'counts up';

COMMENT ON COLUMN latchkey.message_texts.subject IS 'of the mail, with fields in braces';

COMMENT ON COLUMN latchkey.message_texts.body_md IS 'Markdown, with fields in braces';

COMMENT ON COLUMN latchkey.message_texts.published_at IS 'frozen from then on; NULL is a draft';

COMMENT ON COLUMN latchkey.message_texts.published_by IS 'by whom; NULL: came with the product';

COMMENT ON COLUMN latchkey.message_texts.product_id IS 'for this product alone; NULL: for every one without words of its own';

COMMENT ON COLUMN latchkey.message_texts.as_all IS 'true: from this version on the words for all products hold for it again';

CREATE FUNCTION latchkey.text_of(p_kind text, p_product bigint) RETURNS latchkey.message_texts
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT t.* FROM message_texts t
        WHERE t.kind = p_kind AND t.published_at IS NOT NULL
          AND (t.product_id IS NULL OR (t.product_id = p_product AND NOT (SELECT n.as_all FROM message_texts n WHERE n.kind = p_kind AND n.product_id = p_product
                                                                        AND n.published_at IS NOT NULL ORDER BY n.version DESC LIMIT 1)))
        ORDER BY t.product_id NULLS LAST, t.version DESC LIMIT 1
$$;

ALTER FUNCTION latchkey.text_of(p_kind text, p_product bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.text_publish(p_kind text, p_product text, p_seen integer, p_subject text, p_body text, p_as_all boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_t message_texts;
        v_last message_texts;
        v_product bigint := (SELECT id FROM products WHERE slug = p_product);
BEGIN
        IF NOT staff_may('texts') THEN
                RETURN 'denied';
        ELSIF p_product IS NOT NULL AND (v_product IS NULL OR NOT text_by_product(p_kind)) THEN
                RETURN 'unknown';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.text ' || p_kind || coalesce(' ' || p_product, ''), 0));
        v_t := text_of(p_kind, v_product);
        SELECT * INTO v_last FROM message_texts WHERE kind = p_kind AND product_id IS NOT DISTINCT FROM v_product AND published_at IS NOT NULL
        ORDER BY version DESC LIMIT 1;
        IF v_t.id IS NULL THEN
                RETURN 'unknown';
        ELSIF (p_as_all AND (v_last.id IS NULL OR v_last.as_all)) OR (NOT p_as_all AND v_t.subject = p_subject AND v_t.body_md = p_body) THEN
                RETURN 'same';
        ELSIF coalesce(v_last.version, 0) <> p_seen THEN
                RETURN 'stale';
        END IF;
        INSERT INTO message_texts (kind, product_id, version, subject, body_md, as_all, published_at, published_by)
        VALUES (p_kind, v_product, coalesce(v_last.version, 0) + 1, CASE WHEN p_as_all THEN v_last.subject ELSE p_subject END,
                CASE WHEN p_as_all THEN v_last.body_md ELSE p_body END, p_as_all, app_now(), staff_me());
        PERFORM audit_add('staff', staff_me(), CASE WHEN p_as_all THEN 'text.withdrawn' ELSE 'text.published' END, 'text', v_t.id,
                          jsonb_strip_nulls(jsonb_build_object('kind', p_kind, 'version', coalesce(v_last.version, 0) + 1, 'product', p_product)));
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.text_publish(p_kind text, p_product text, p_seen integer, p_subject text, p_body text, p_as_all boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_busy(p_ticket bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        RETURN (SELECT count(*) FROM posts WHERE ticket_id = p_ticket AND author = 'customer'
                AND received_at > clock_timestamp() - interval '1 hour') >= 30;
END $$;

ALTER FUNCTION latchkey.ticket_busy(p_ticket bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_file(p_number text, p_link bytea, p_file bigint) RETURNS TABLE(name text, type text, content bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT f.name, f.type, f.content FROM ticket_files f
        WHERE f.id = p_file AND f.ticket_id = ticket_seen(p_number, p_link);
END $$;

ALTER FUNCTION latchkey.ticket_file(p_number text, p_link bytea, p_file bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO ticket_files (post_id, ticket_id, customer_id, name, type, content)
        SELECT p.id, p.ticket_id, p.customer_id, p_name, p_type, p_content FROM posts p
        WHERE p.id = p_post AND p.xmin = pg_current_xact_id()::xid
          AND (SELECT count(*) FROM ticket_files f WHERE f.post_id = p_post) < 5;
        RETURN FOUND;
END $$;

ALTER FUNCTION latchkey.ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_files_of(p_number text, p_link bytea) RETURNS TABLE(id bigint, post_id bigint, name text, type text, size bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT f.id, f.post_id, f.name, f.type, length(f.content)::bigint
        FROM ticket_files f WHERE f.ticket_id = ticket_seen(p_number, p_link) ORDER BY f.id;
END $$;

ALTER FUNCTION latchkey.ticket_files_of(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_form(p_number text, p_link bytea) RETURNS TABLE(order_number text, product_title text, email text, signed_in boolean, link text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint := ticket_order(p_number, p_link);
        v_mine bigint[] := mine();
        v_customer bigint;
BEGIN
        link := 'none'; signed_in := cardinality(v_mine) > 0;
        IF p_link IS NOT NULL THEN
                v_customer := ticket_link_owner(p_link);
                link := CASE WHEN v_customer IS NOT NULL THEN 'ready' WHEN signed_in THEN 'none' ELSE 'over' END;
        END IF;
        SELECT o.number, l.title, CASE WHEN o.id = checkout_order() THEN o.email END INTO order_number, product_title, email
        FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = v_order ORDER BY l.id LIMIT 1;
        IF v_customer IS NOT NULL THEN
                SELECT regexp_replace(c.email, '^(.).*@', '\1…@') INTO email FROM customers c WHERE c.id = v_customer;
        ELSIF signed_in THEN
                SELECT c.email INTO email FROM customers c WHERE c.id = v_mine[1];
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.ticket_form(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_link_again(p_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_l ticket_links;
        v_key bytea;
BEGIN
        SELECT * INTO v_l FROM ticket_links WHERE token_hash = p_hash AND ticket_id IS NOT NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        v_key := sha256(convert_to('ticket ' || v_l.ticket_id, 'UTF8'));
        -- One at a time, and the same form sent again is no second mail.
        PERFORM FROM tickets WHERE id = v_l.ticket_id FOR NO KEY UPDATE;
        IF NOT EXISTS (SELECT FROM tries WHERE scope = 'mail' AND key = v_key AND at > clock_timestamp() - interval '10 seconds')
           AND (SELECT count(*) FROM tries WHERE scope = 'mail' AND key = v_key AND at > clock_timestamp() - interval '1 hour') < 5 THEN
                INSERT INTO tries (scope, key, at) VALUES ('mail', v_key, clock_timestamp());
                PERFORM message_add('ticket_link', 'ticket', v_l.ticket_id, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                                    v_l.customer_id, (SELECT email FROM customers WHERE id = v_l.customer_id));
        END IF;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.ticket_link_again(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_link_look(p_hash bytea) RETURNS TABLE(state text, email text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        SELECT CASE WHEN l.expires_at > app_now() THEN 'ready' ELSE 'expired' END, regexp_replace(c.email, '^(.).*@', '\1…@') INTO state, email
        FROM ticket_links l JOIN customers c ON c.id = l.customer_id WHERE l.token_hash = p_hash AND l.ticket_id IS NOT NULL;
        state := coalesce(state, 'unknown');
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.ticket_link_look(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_link_make(p_message bigint, p_hash bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        INSERT INTO ticket_links (token_hash, customer_id, order_id, ticket_id, created_at, expires_at)
        SELECT p_hash, m.customer_id,
               CASE m.object WHEN 'order' THEN m.object_id
                             WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = m.object_id) END,
               CASE m.object WHEN 'ticket' THEN m.object_id
                             WHEN 'post' THEN (SELECT ticket_id FROM posts WHERE id = m.object_id) END,
               app_now(), app_now() + interval '30 days'
        FROM messages m
        WHERE m.id = p_message
          AND NOT EXISTS (SELECT FROM address_changes a JOIN customers c ON a.customer_id IN (c.id, c.merged_into)
                          WHERE c.id = m.customer_id AND greatest(a.done_at, a.undone_at) > m.queued_at);
END $$;

ALTER FUNCTION latchkey.ticket_link_make(p_message bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_link_owner(p_link bytea) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN (SELECT customer_id FROM ticket_links WHERE token_hash = p_link AND expires_at > app_now()
                AND (cardinality(v_mine) = 0 OR customer_id = ANY (v_mine)));
END $$;

ALTER FUNCTION latchkey.ticket_link_owner(p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_mail(p_number text, p_ref bytea, p_from text, p_body text, p_left_out integer) RETURNS TABLE(result text, post_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_ticket tickets;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE number = upper(p_number) FOR UPDATE;
        IF NOT FOUND THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM posts p WHERE p.ticket_id = v_ticket.id AND p.message_ref = p_ref) THEN
                result := 'again'; RETURN NEXT; RETURN;
        END IF;
        IF ticket_busy(v_ticket.id) THEN
                result := 'limited'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO posts AS p (ticket_id, customer_id, author, via, body, from_email, left_out, message_ref, at)
        VALUES (v_ticket.id, v_ticket.customer_id, 'customer', 'mail', p_body, p_from, p_left_out, p_ref, app_now())
        RETURNING p.id INTO post_id;
        UPDATE tickets SET status = 'open', since_at = app_now() WHERE id = v_ticket.id AND status <> 'open';
        result := 'posted';
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.ticket_mail(p_number text, p_ref bytea, p_from text, p_body text, p_left_out integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_make(p_person bigint, p_order bigint, p_said text, p_about text, p_proved boolean, p_nonce text, p_body text, p_most integer) RETURNS TABLE(result text, ticket_number text, post_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_ticket tickets;
BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.ticket ' || p_person, 0));
        SELECT * INTO v_ticket FROM tickets t WHERE t.customer_id = p_person AND t.form_nonce = p_nonce;
        IF FOUND THEN
                result := 'again'; ticket_number := v_ticket.number; RETURN NEXT; RETURN;
        END IF;
        IF (SELECT count(*) FROM tickets t WHERE t.customer_id = p_person AND t.received_at > clock_timestamp() - interval '1 hour') >= p_most THEN
                result := 'limited'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO tickets (customer_id, order_id, order_said, about, proved, form_nonce, created_at, since_at)
        VALUES (p_person, p_order, CASE WHEN p_order IS NULL THEN p_said ELSE '' END, p_about, p_proved, p_nonce, app_now(), app_now())
        RETURNING * INTO v_ticket;
        INSERT INTO posts AS p (ticket_id, customer_id, author, via, body, form_nonce, at)
        VALUES (v_ticket.id, p_person, 'customer', 'page', p_body, p_nonce, app_now()) RETURNING p.id INTO post_id;
        PERFORM message_add('ticket_opened', 'ticket', v_ticket.id, '', p_person, (SELECT c.email FROM customers c WHERE c.id = p_person));
        result := 'opened'; ticket_number := v_ticket.number;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.ticket_make(p_person bigint, p_order bigint, p_said text, p_about text, p_proved boolean, p_nonce text, p_body text, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_open(p_nonce text, p_email text, p_fold text, p_number text, p_link bytea, p_about text, p_body text, p_most integer) RETURNS TABLE(result text, ticket_number text, post_id bigint, known boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint := me_writing();
        v_order bigint := ticket_order(p_number, p_link);
BEGIN
        known := v_person IS NOT NULL;
        IF v_person IS NULL AND cardinality(mine()) > 0 THEN
                result := 'refused'; RETURN NEXT; RETURN;
        END IF;
        v_person := coalesce(v_person, ticket_link_owner(p_link));
        IF v_person IS NULL AND p_fold IS NULL THEN
                result := 'nobody'; RETURN NEXT; RETURN;
        END IF;
        IF v_person IS NULL THEN
                INSERT INTO customers AS c (email, email_fold, created_at) VALUES (p_email, p_fold, app_now())
                ON CONFLICT (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL
                DO UPDATE SET email_fold = excluded.email_fold
                RETURNING c.id INTO v_person;
        END IF;
        SELECT m.result, m.ticket_number, m.post_id INTO result, ticket_number, post_id
        FROM ticket_make(v_person, v_order, coalesce(p_number, ''), p_about, known OR ticket_link_owner(p_link) IS NOT NULL, p_nonce, p_body,
                         p_most) m;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.ticket_open(p_nonce text, p_email text, p_fold text, p_number text, p_link bytea, p_about text, p_body text, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_order(p_number text, p_link bytea) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_mine bigint[] := mine();
        v_checkout bigint := checkout_order();
        v_order bigint;
BEGIN
        IF ticket_link_owner(p_link) IS NOT NULL THEN
                SELECT order_id INTO v_order FROM ticket_links WHERE token_hash = p_link;
                IF v_order IS NOT NULL THEN
                        RETURN v_order;
                END IF;
        END IF;
        IF coalesce(p_number, '') <> '' THEN
                RETURN (SELECT o.id FROM orders o WHERE o.number = p_number
                        AND (o.id = v_checkout OR EXISTS (SELECT FROM order_parties p WHERE p.order_id = o.id AND p.person_id = ANY (v_mine))));
        END IF;
        IF cardinality(v_mine) > 0 THEN
                SELECT min(o.order_id) INTO v_order FROM (SELECT DISTINCT order_id FROM order_parties WHERE person_id = ANY (v_mine) LIMIT 2) o
                HAVING count(*) = 1;
                RETURN v_order;
        END IF;
        RETURN v_checkout;
END $$;

ALTER FUNCTION latchkey.ticket_order(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_page(p_number text, p_link bytea) RETURNS TABLE(number text, about text, status text, order_number text, product_title text, order_said text, created_at timestamp with time zone, since_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT t.number, t.about, t.status, o.number, (SELECT title FROM order_lines l WHERE l.order_id = o.id ORDER BY l.id LIMIT 1),
               t.order_said, t.created_at, t.since_at
        FROM tickets t LEFT JOIN orders o ON o.id = t.order_id WHERE t.id = ticket_seen(p_number, p_link);
END $$;

ALTER FUNCTION latchkey.ticket_page(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_posts(p_number text, p_link bytea) RETURNS TABLE(id bigint, author text, staff_name text, via text, body text, left_out integer, at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY SELECT p.id, p.author, s.name, p.via, p.body, p.left_out, p.at
        FROM posts p LEFT JOIN staff s ON s.id = p.staff_id WHERE p.ticket_id = ticket_seen(p_number, p_link) ORDER BY p.id;
END $$;

ALTER FUNCTION latchkey.ticket_posts(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_reply(p_number text, p_link bytea, p_nonce text, p_body text) RETURNS TABLE(result text, post_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_ticket tickets;
BEGIN
        SELECT * INTO v_ticket FROM tickets WHERE id = ticket_seen(p_number, p_link)
           AND (p_link IS NOT NULL OR me_writing() IS NOT NULL) FOR UPDATE;
        IF NOT FOUND THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM posts p WHERE p.ticket_id = v_ticket.id AND p.form_nonce = p_nonce) THEN
                result := 'again'; RETURN NEXT; RETURN;
        END IF;
        IF ticket_busy(v_ticket.id) THEN
                result := 'limited'; RETURN NEXT; RETURN;
        END IF;
        INSERT INTO posts AS p (ticket_id, customer_id, author, via, body, form_nonce, at)
        VALUES (v_ticket.id, v_ticket.customer_id, 'customer', 'page', p_body, p_nonce, app_now()) RETURNING p.id INTO post_id;
        UPDATE tickets SET status = 'open', since_at = app_now() WHERE id = v_ticket.id AND status <> 'open';
        result := 'posted';
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.ticket_reply(p_number text, p_link bytea, p_nonce text, p_body text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.ticket_seen(p_number text, p_link bytea) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT ticket_id FROM ticket_links WHERE token_hash = p_link AND expires_at > app_now());
        END IF;
        RETURN (SELECT id FROM tickets WHERE number = p_number AND customer_id = ANY (mine()));
END $$;

ALTER FUNCTION latchkey.ticket_seen(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.timetable_load(p_product bigint, p_nothing_new integer, p_read_only integer, p_locked integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_loaded text := (SELECT coalesce(timetable_loaded, '- - -') FROM products WHERE id = p_product FOR UPDATE);
        v_was text := timetable_seen(p_product);
        v_now text := concat_ws(' ', coalesce(p_nothing_new::text, '-'), coalesce(p_read_only::text, '-'), coalesce(p_locked::text, '-'));
BEGIN
        IF v_was <> v_loaded AND v_was <> v_now THEN
                RETURN CASE WHEN v_now = v_loaded THEN 'same' ELSE 'kept' END;
        END IF;
        UPDATE products SET timetable_loaded = v_now WHERE id = p_product AND timetable_loaded IS DISTINCT FROM v_now;
        IF v_was = v_now THEN
                RETURN 'same';
        END IF;
        DELETE FROM access_timetables WHERE product_id = p_product;
        INSERT INTO access_timetables (product_id, nothing_new_days, read_only_days, locked_days, changed_at)
        SELECT p_product, p_nothing_new, p_read_only, p_locked, app_now() WHERE v_now <> '- - -';
        PERFORM audit_add('operator', NULL, 'timetable.set', 'product', p_product, jsonb_build_object('was', v_was, 'now', v_now));
        RETURN 'set';
END $$;

ALTER FUNCTION latchkey.timetable_load(p_product bigint, p_nothing_new integer, p_read_only integer, p_locked integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.timetable_seen(p_product bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT coalesce((SELECT concat_ws(' ', coalesce(nothing_new_days::text, '-'), coalesce(read_only_days::text, '-'), coalesce(locked_days::text, '-'))
                         FROM access_timetables WHERE product_id = p_product), '- - -')
$$;

ALTER FUNCTION latchkey.timetable_seen(p_product bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.timetable_set(p_slug text, p_seen text, p_nothing_new integer, p_read_only integer, p_locked integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p products := product_take(p_slug);
        v_was text := timetable_seen(v_p.id);
        v_now text := concat_ws(' ', coalesce(p_nothing_new::text, '-'), coalesce(p_read_only::text, '-'), coalesce(p_locked::text, '-'));
BEGIN
        IF v_p.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_was = v_now THEN
                RETURN 'same';
        ELSIF v_was <> p_seen THEN
                RETURN 'changed';
        END IF;
        IF v_now = '- - -' THEN
                DELETE FROM access_timetables WHERE product_id = v_p.id;
        ELSE
                INSERT INTO access_timetables (product_id, nothing_new_days, read_only_days, locked_days, changed_at, changed_by)
                VALUES (v_p.id, p_nothing_new, p_read_only, p_locked, app_now(), staff_me())
                ON CONFLICT (product_id) DO UPDATE SET nothing_new_days = excluded.nothing_new_days, read_only_days = excluded.read_only_days,
                        locked_days = excluded.locked_days, changed_at = excluded.changed_at, changed_by = excluded.changed_by;
        END IF;
        PERFORM audit_add('staff', staff_me(), 'timetable.set', 'product', v_p.id, jsonb_build_object('was', v_was, 'now', v_now));
        RETURN 'saved';
END $$;

ALTER FUNCTION latchkey.timetable_set(p_slug text, p_seen text, p_nothing_new integer, p_read_only integer, p_locked integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.today_in(p_zone text) RETURNS date
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT (app_now() AT TIME ZONE p_zone)::date $$;

ALTER FUNCTION latchkey.today_in(p_zone text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.token_hash(p_token text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT sha256(convert_to(p_token, 'UTF8')) $$;

ALTER FUNCTION latchkey.token_hash(p_token text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_allocate(p_order bigint, p_payment bigint, p_due bigint, p_part bigint, p_rest bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_o orders;
        v_whole boolean;
        v_day date := working_day((app_now() AT TIME ZONE 'UTC')::date, 2);
BEGIN
        SELECT * INTO STRICT v_o FROM orders WHERE id = p_order;
        INSERT INTO allocations (payment_id, due_id, customer_id, currency, amount_minor, at)
        VALUES (p_payment, p_due, v_o.customer_id, v_o.currency, p_part, app_now());
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        VALUES ('payment:' || p_payment, 2, 'customers', 'revenue', v_o.currency, p_part, p_order, app_now());
        SELECT status = 'paid' INTO STRICT v_whole FROM dues WHERE id = p_due;
        IF NOT v_whole THEN
                -- Time for the rest, and the customer is told what is missing.
                UPDATE orders SET expires_at = greatest(expires_at, (v_day + 8)::timestamp AT TIME ZONE 'UTC') WHERE id = p_order;
                UPDATE transfers SET pay_by = greatest(pay_by, v_day + 7), expected_on = v_day WHERE order_id = p_order;
                PERFORM message_add('transfer_short', 'payment', p_payment, '', v_o.customer_id, v_o.email);
                RETURN 'short';
        END IF;
        UPDATE attempts SET status = 'succeeded' WHERE due_id = p_due AND kind = 'transfer' AND live;
        IF EXISTS (SELECT FROM dues WHERE id = p_due AND agreement_id IS NOT NULL) THEN
                PERFORM rollup_add('paid', (SELECT product_id FROM order_lines WHERE order_id = p_order ORDER BY id LIMIT 1), v_o.currency, p_part);
        ELSIF NOT EXISTS (SELECT FROM dues WHERE order_id = p_order AND status = 'open') THEN
                PERFORM order_grant(p_order, p_payment);
        END IF;
        PERFORM message_add('paid', 'payment', p_payment, '', v_o.customer_id, v_o.email, true);
        PERFORM job_add(1, 'receipt', p_payment::text);
        -- What asked for the money and was not sent yet.
        UPDATE messages SET status = 'skipped'
        WHERE status IN ('queued', 'deferred') AND customer_id = v_o.customer_id
          AND ((object = 'order' AND object_id = p_order AND kind IN ('transfer_instructions', 'transfer_reminder'))
               OR (object = 'payment' AND kind = 'transfer_short' AND object_id IN (SELECT id FROM payments WHERE order_id = p_order)));
        UPDATE alarms SET closed_at = app_now()
        WHERE kind = 'transfer_short' AND object = 'order' AND object_id = p_order AND closed_at IS NULL;
        IF p_rest > 0 THEN
                PERFORM transfer_offer_back(p_payment, p_rest, false);
                RETURN 'over';
        END IF;
        RETURN 'paid';
END $$;

ALTER FUNCTION latchkey.transfer_allocate(p_order bigint, p_payment bigint, p_due bigint, p_part bigint, p_rest bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_begin(p_key text, p_days integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_a attempts;
        v_o orders;
        v_today date := (app_now() AT TIME ZONE 'UTC')::date;
BEGIN
        SELECT * INTO v_a FROM attempts WHERE key = p_key AND live AND session_ref IS NULL FOR UPDATE;
        IF NOT FOUND OR p_days NOT BETWEEN 1 AND 365 THEN
                RETURN false;
        END IF;
        SELECT * INTO STRICT v_o FROM orders WHERE id = v_a.order_id FOR UPDATE;
        IF v_o.status <> 'open' THEN
                UPDATE attempts SET status = 'cancelled' WHERE id = v_a.id;
                RETURN false;
        END IF;
        IF v_a.kind = 'transfer' THEN
                RETURN true;
        END IF;
        UPDATE attempts SET kind = 'transfer', account_id = (SELECT id FROM accounts WHERE name = 'bank') WHERE id = v_a.id;
        UPDATE orders SET expires_at = (v_today + p_days + 1)::timestamp AT TIME ZONE 'UTC' WHERE id = v_o.id;
        UPDATE dues SET due_on = v_today + p_days WHERE id = v_a.due_id;
        INSERT INTO transfers (order_id, customer_id, currency, reference, pay_by, expected_on, begun_at)
        VALUES (v_o.id, v_o.customer_id, v_o.currency, transfer_reference(v_o.number), v_today + p_days,
                working_day(v_today, 2), app_now())
        ON CONFLICT DO NOTHING;
        -- Whoever types somebody else's address must not be able to fill their mailbox.
        IF (SELECT count(*) FROM messages WHERE customer_id = v_o.customer_id AND kind = 'transfer_instructions'
              AND queued_at > app_now() - interval '1 day') < 3 THEN
                PERFORM message_add('transfer_instructions', 'order', v_o.id, '', v_o.customer_id, v_o.email);
        END IF;
        RETURN true;
END $$;

ALTER FUNCTION latchkey.transfer_begin(p_key text, p_days integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_find(p_text text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT o.id FROM (SELECT transfer_plain(p_text) AS t) s CROSS JOIN LATERAL generate_series(1, least(length(s.t), 500) - 9) i
                         JOIN orders o ON o.number = substr(s.t, i, 10)
        ORDER BY i LIMIT 1
$$;

ALTER FUNCTION latchkey.transfer_find(p_text text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_match(p_line bigint, p_number text, p_anyway boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $_$
DECLARE
        v_l bank_lines;
        v_o orders;
        v_due dues;
        v_confidence text;
        v_payment bigint;
        v_part bigint;
BEGIN
        IF NOT staff_may('match') THEN
                RETURN 'denied';
        END IF;
        SELECT s.confidence INTO v_confidence FROM transfer_suggest(p_line) s WHERE s.order_number = upper(p_number);
        SELECT * INTO v_l FROM bank_lines WHERE id = p_line FOR UPDATE;
        IF NOT FOUND OR v_l.status <> 'new' THEN
                RETURN 'taken';
        END IF;
        SELECT * INTO v_o FROM orders WHERE number = upper(p_number);
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_o.currency <> v_l.currency THEN
                RETURN 'currency';
        END IF;
        PERFORM FROM attempts WHERE order_id = v_o.id ORDER BY id FOR UPDATE;
        SELECT * INTO v_due FROM dues WHERE order_id = v_o.id AND status = 'open' AND paid_minor < amount_minor
        ORDER BY seq LIMIT 1 FOR UPDATE;
        v_part := CASE WHEN v_due.id IS NULL THEN 0 ELSE least(v_l.amount_minor, v_due.amount_minor - v_due.paid_minor) END;
        SELECT * INTO STRICT v_o FROM orders WHERE id = v_o.id FOR UPDATE;
        IF NOT p_anyway AND v_part = 0 THEN
                RETURN 'settled';
        ELSIF NOT p_anyway AND v_o.status NOT IN ('open', 'paid') THEN
                RETURN 'closed';
        END IF;

        INSERT INTO payments (bank_line_id, order_id, customer_id, account_id, gateway_ref, amount_minor, currency, received_at,
                              booked_at, method_kind, last_four, detail_at)
        VALUES (v_l.id, v_o.id, v_o.customer_id, v_l.account_id, 'bank-line/' || v_l.id || coalesce('/' || nullif((SELECT count(*) FROM payments WHERE bank_line_id = v_l.id), 0), ''), v_l.amount_minor, v_l.currency,
                least(v_l.booked_on + time '12:00', app_now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', app_now(), 'bank_transfer',
                coalesce(substring(v_l.payer_iban FROM '[0-9]{4}$'), ''), app_now())
        RETURNING id INTO v_payment;
        UPDATE bank_lines SET status = 'matched' WHERE id = v_l.id;
        INSERT INTO matches (bank_line_id, order_id, payment_id, confidence, reason, staff_id, at)
        VALUES (v_l.id, v_o.id, v_payment, coalesce(v_confidence, 'hand'), v_l.reference, staff_me(), app_now());
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        VALUES ('payment:' || v_payment, 1, 'bank', 'customers', v_l.currency, v_l.amount_minor, v_o.id, app_now());
        PERFORM audit_add('staff', staff_me(), 'transfer.match', 'order', v_o.id,
                          jsonb_build_object('line', v_l.id, 'confidence', coalesce(v_confidence, 'hand'), 'amount_minor', v_l.amount_minor));
        PERFORM evidence_add(v_o.customer_id, v_o.id, 'paid',
                             jsonb_build_object('bank_line', v_l.id, 'amount_minor', v_l.amount_minor, 'currency', v_l.currency));
        IF v_part = 0 THEN
                PERFORM transfer_offer_back(v_payment, v_l.amount_minor, true);
                RETURN 'twice';
        END IF;
        RETURN transfer_allocate(v_o.id, v_payment, v_due.id, v_part, v_l.amount_minor - v_part);
END $_$;

ALTER FUNCTION latchkey.transfer_match(p_line bigint, p_number text, p_anyway boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_offer_back(p_payment bigint, p_amount bigint, p_twice boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_p payments;
        v_refund bigint;
BEGIN
        SELECT * INTO STRICT v_p FROM payments WHERE id = p_payment;
        INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, key, kind, amount_minor, credit_minor,
                             status, reason, created_at)
        VALUES (p_payment, v_p.order_id, v_p.customer_id, v_p.currency, v_p.account_id, 'second/' || v_p.gateway_ref, 'second',
                p_amount, p_amount, 'asked', CASE WHEN p_twice THEN 'duplicate' ELSE 'too_much' END, app_now())
        RETURNING id INTO v_refund;
        PERFORM message_add(CASE WHEN p_twice THEN 'paid_twice' ELSE 'paid_too_much' END, 'refund', v_refund, '', v_p.customer_id,
                            (SELECT email FROM orders WHERE id = v_p.order_id));
END $$;

ALTER FUNCTION latchkey.transfer_offer_back(p_payment bigint, p_amount bigint, p_twice boolean) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_paid_back(p_refund bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_r refunds;
BEGIN
        IF NOT staff_may('match') THEN
                RETURN 'gone';
        END IF;
        SELECT r.* INTO v_r FROM refunds r JOIN payments p ON p.id = r.payment_id
        WHERE r.id = p_refund AND p.bank_line_id IS NOT NULL;
        IF NOT FOUND THEN
                RETURN 'gone';
        END IF;
        PERFORM FROM payments WHERE id = v_r.payment_id FOR UPDATE;
        SELECT * INTO v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        -- What staff asked for is approved first; what came too much waits for nobody.
        IF v_r.status = 'approved' THEN
                UPDATE refunds SET status = 'sent', sent_at = app_now() WHERE id = p_refund;
        ELSIF v_r.status <> 'asked' OR v_r.kind <> 'second' THEN
                RETURN 'gone';
        END IF;
        PERFORM refund_settle(p_refund, NULL);
        PERFORM audit_add('staff', staff_me(), 'transfer.paid_back', 'order', v_r.order_id,
                          jsonb_build_object('refund', p_refund, 'amount_minor', v_r.amount_minor));
        RETURN 'booked';
END $$;

ALTER FUNCTION latchkey.transfer_paid_back(p_refund bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_plain(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$ SELECT translate(upper(regexp_replace(p_text, '[^A-Za-z0-9]', '', 'g')), 'ILO', '110') $$;

ALTER FUNCTION latchkey.transfer_plain(p_text text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_reference(p_number text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT 'RF' || lpad((98 - string_agg(CASE WHEN c ~ '[0-9]' THEN c ELSE (ascii(c) - 55)::text END, '' ORDER BY i)::numeric % 97)::text, 2, '0')
               || p_number
        FROM regexp_split_to_table(p_number || 'RF00', '') WITH ORDINALITY AS s(c, i)
$$;

ALTER FUNCTION latchkey.transfer_reference(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_suggest(p_line bigint) RETURNS TABLE(order_id bigint, order_number text, confidence text, owed_minor bigint, order_status text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_l bank_lines;
        v_order bigint;
        v_n bigint := 0;
BEGIN
        SELECT * INTO v_l FROM bank_lines WHERE id = p_line AND status = 'new';
        IF NOT FOUND OR NOT staff_may('read') THEN
                RETURN;
        END IF;
        v_order := transfer_find(v_l.reference);
        IF v_order IS NOT NULL THEN
                confidence := 'reference';
        ELSE
                SELECT count(*), min(t.order_id) INTO v_n, v_order
                FROM transfers t JOIN orders o ON o.id = t.order_id JOIN dues d ON d.order_id = o.id
                WHERE o.status = 'open' AND d.status = 'open' AND d.currency = v_l.currency
                  AND d.amount_minor - d.paid_minor = v_l.amount_minor
                  AND transfer_plain(o.buyer_name) = transfer_plain(v_l.payer) AND v_l.payer <> '';
                IF v_n <> 1 THEN
                        RETURN;
                END IF;
                confidence := 'amount';
        END IF;
        -- Of an order that is paid over time: the amount that is owed first.
        SELECT o.id, o.number, o.status, coalesce((SELECT d.amount_minor - d.paid_minor FROM dues d
                                                   WHERE d.order_id = o.id AND d.status = 'open' ORDER BY d.seq LIMIT 1), 0)
        INTO order_id, order_number, order_status, owed_minor
        FROM orders o WHERE o.id = v_order;
        IF confidence = 'reference' AND owed_minor = v_l.amount_minor AND order_status IN ('open', 'paid')
           AND EXISTS (SELECT FROM orders o WHERE o.id = v_order AND o.currency = v_l.currency) THEN
                confidence := 'sure';
        END IF;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.transfer_suggest(p_line bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfer_undo(p_payment bigint, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_staff bigint := staff_must('match');
        v_p payments;
        v_o orders;
        v_refund bigint;
        v_ended boolean;
BEGIN
        PERFORM FROM bank_lines WHERE id = (SELECT bank_line_id FROM payments WHERE id = p_payment) FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM FROM attempts WHERE order_id = (SELECT order_id FROM payments WHERE id = p_payment) ORDER BY id FOR UPDATE;
        SELECT * INTO STRICT v_p FROM payments WHERE id = p_payment FOR UPDATE;
        PERFORM FROM dues WHERE order_id = v_p.order_id ORDER BY id FOR UPDATE;
        SELECT * INTO STRICT v_o FROM orders WHERE id = v_p.order_id FOR UPDATE;
        v_ended := v_o.paid_at IS NOT NULL AND v_p.allocated_minor > 0;
        IF v_p.undone_at IS NOT NULL THEN
                RETURN 'gone';
        ELSIF v_p.refunded_minor > 0 OR EXISTS (SELECT FROM refunds WHERE payment_id = p_payment AND status IN ('approved', 'sent', 'unknown')) THEN
                RETURN 'paid_back';
        ELSIF v_ended AND (v_p.allocated_minor <> v_o.total_minor
                           OR EXISTS (SELECT FROM payments WHERE order_id = v_o.id AND id <> p_payment AND allocated_minor > 0 AND undone_at IS NULL)) THEN
                RETURN 'several';
        END IF;
        -- A wish that waits goes as a whole: its parts are decided together or never.
        UPDATE refunds SET status = 'refused', refusal = p_reason, decided_at = app_now()
        WHERE status = 'asked' AND coalesce(part_of, id) IN (SELECT coalesce(part_of, id) FROM refunds WHERE payment_id = p_payment AND status = 'asked');
        INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, key, kind, amount_minor, credit_minor, status, reason,
                             asked_by, created_at, settled_at)
        VALUES (p_payment, v_p.order_id, v_p.customer_id, v_p.currency, v_p.account_id, 'unmatched/' || v_p.gateway_ref, 'unmatched', v_p.amount_minor,
                v_p.amount_minor - v_p.allocated_minor, 'succeeded', 'unmatched', v_staff, app_now(), app_now())
        RETURNING id INTO v_refund;
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        SELECT 'refund:' || v_refund, leg, debit, 'bank', v_p.currency, minor, v_p.order_id, app_now()
        FROM (VALUES (1, 'customers', v_p.amount_minor - v_p.allocated_minor), (2, 'refunds', v_p.allocated_minor)) l(leg, debit, minor) WHERE minor > 0;
        INSERT INTO allocations (payment_id, due_id, customer_id, currency, amount_minor, at)
        SELECT p_payment, due_id, v_p.customer_id, v_p.currency, -sum(amount_minor), app_now() FROM allocations WHERE payment_id = p_payment GROUP BY due_id;
        UPDATE payments SET refunded_minor = amount_minor, undone_at = app_now() WHERE id = p_payment;
        UPDATE matches SET undone_at = app_now(), undone_by = v_staff, undone_reason = p_reason WHERE payment_id = p_payment;
        UPDATE bank_lines SET status = 'new' WHERE id = v_p.bank_line_id;
        IF v_p.allocated_minor > 0 THEN
                PERFORM transfer_unpaid(v_p, v_o, v_refund, v_ended, p_reason);
        END IF;
        UPDATE messages SET status = 'skipped'
        WHERE status IN ('queued', 'deferred') AND customer_id = v_o.customer_id
          AND ((object = 'payment' AND object_id = p_payment AND kind IN ('paid', 'transfer_short'))
               OR (object = 'refund' AND kind IN ('paid_twice', 'paid_too_much') AND object_id IN (SELECT id FROM refunds WHERE payment_id = p_payment)));
        PERFORM message_add('transfer_undone', 'payment', p_payment, '', v_o.customer_id, v_o.email);
        PERFORM audit_add('staff', v_staff, 'transfer.undone', 'order', v_o.id,
                          jsonb_build_object('line', v_p.bank_line_id, 'payment', p_payment, 'amount_minor', v_p.amount_minor, 'reason', p_reason));
        PERFORM evidence_add(v_o.customer_id, v_o.id, 'unmatched', jsonb_build_object('bank_line', v_p.bank_line_id, 'amount_minor', v_p.amount_minor, 'currency', v_p.currency));
        RETURN 'undone';
END $$;

ALTER FUNCTION latchkey.transfer_undo(p_payment bigint, p_reason text) OWNER TO lk_definer;

CREATE TABLE latchkey.orders (
    id bigint NOT NULL,
    number text DEFAULT latchkey.order_number() NOT NULL,
    customer_id bigint NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    form_nonce text NOT NULL,
    email text NOT NULL,
    buyer_name text DEFAULT ''::text NOT NULL,
    buyer_address text DEFAULT ''::text NOT NULL,
    buyer_tax_number text DEFAULT ''::text NOT NULL,
    country text NOT NULL,
    terms_id bigint NOT NULL,
    agreed_at timestamp with time zone NOT NULL,
    consent_id bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    granted_at timestamp with time zone,
    first_open_at timestamp with time zone,
    zone text DEFAULT 'UTC'::text NOT NULL,
    CONSTRAINT orders_check CHECK (((status = ANY (ARRAY['paid'::text, 'refunded'::text])) = (paid_at IS NOT NULL))),
    CONSTRAINT orders_check1 CHECK (((paid_at IS NULL) = (granted_at IS NULL))),
    CONSTRAINT orders_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT orders_number_check CHECK ((number ~ '^[0-9A-HJKMNP-TV-Z]{10}$'::text)),
    CONSTRAINT orders_status_check CHECK ((status = ANY (ARRAY['open'::text, 'paid'::text, 'expired'::text, 'cancelled'::text, 'refunded'::text]))),
    CONSTRAINT orders_total_minor_check CHECK ((total_minor > 0)),
    CONSTRAINT orders_zone_check CHECK ((zone <> ''::text))
);

ALTER TABLE ONLY latchkey.orders FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.orders OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.orders.id IS 'never leaves the staff pages';

COMMENT ON COLUMN latchkey.orders.number IS 'what people are told';

COMMENT ON COLUMN latchkey.orders.customer_id IS 'the payer';

COMMENT ON COLUMN latchkey.orders.status IS 'see transitions';

COMMENT ON COLUMN latchkey.orders.currency IS 'of every amount in it';

COMMENT ON COLUMN latchkey.orders.total_minor IS 'sum of its lines';

COMMENT ON COLUMN latchkey.orders.form_nonce IS 'of the form that made it: a second submission finds this row';

COMMENT ON COLUMN latchkey.orders.email IS 'where it is confirmed to, as typed at the checkout';

COMMENT ON COLUMN latchkey.orders.buyer_name IS 'on the receipt';

COMMENT ON COLUMN latchkey.orders.buyer_address IS 'on the receipt, lines';

COMMENT ON COLUMN latchkey.orders.buyer_tax_number IS 'on the receipt';

COMMENT ON COLUMN latchkey.orders.country IS 'the buyer''s, for tax and consent';

COMMENT ON COLUMN latchkey.orders.terms_id IS 'the terms agreed to';

COMMENT ON COLUMN latchkey.orders.agreed_at IS 'when';

COMMENT ON COLUMN latchkey.orders.consent_id IS 'EU: consent to begin at once';

COMMENT ON COLUMN latchkey.orders.created_at IS 'checkout begun';

COMMENT ON COLUMN latchkey.orders.expires_at IS 'an unpaid order ends then';

COMMENT ON COLUMN latchkey.orders.paid_at IS 'the charge''s own time';

COMMENT ON COLUMN latchkey.orders.granted_at IS 'the clock at the grant';

COMMENT ON COLUMN latchkey.orders.first_open_at IS 'first authenticated open of what it holds';

COMMENT ON COLUMN latchkey.orders.zone IS 'the days of its dues are of this zone, IANA: the customer''s, else the shop''s';

CREATE TABLE latchkey.payments (
    id bigint NOT NULL,
    attempt_id bigint,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    account_id bigint NOT NULL,
    gateway_ref text NOT NULL,
    charge_ref text,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    allocated_minor bigint DEFAULT 0 NOT NULL,
    refunded_minor bigint DEFAULT 0 NOT NULL,
    received_at timestamp with time zone NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    method_kind text DEFAULT ''::text NOT NULL,
    brand text DEFAULT ''::text NOT NULL,
    last_four text DEFAULT ''::text NOT NULL,
    statement_text text DEFAULT ''::text NOT NULL,
    fee_minor bigint,
    fee_currency text,
    detail_at timestamp with time zone,
    bank_line_id bigint,
    undone_at timestamp with time zone,
    CONSTRAINT payments_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT payments_check CHECK (((allocated_minor >= 0) AND (allocated_minor <= amount_minor))),
    CONSTRAINT payments_check1 CHECK (((refunded_minor >= 0) AND (refunded_minor <= amount_minor))),
    CONSTRAINT payments_check2 CHECK ((num_nonnulls(attempt_id, bank_line_id) = 1)),
    CONSTRAINT payments_check3 CHECK (((undone_at IS NULL) OR ((bank_line_id IS NOT NULL) AND (allocated_minor = 0) AND (refunded_minor = amount_minor)))),
    CONSTRAINT payments_last_four_check CHECK ((last_four ~ '^([0-9]{4})?$'::text))
);

ALTER TABLE ONLY latchkey.payments FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.payments OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.payments.id IS 'money in fact';

COMMENT ON COLUMN latchkey.payments.attempt_id IS 'which attempt brought it';

COMMENT ON COLUMN latchkey.payments.order_id IS 'for which order';

COMMENT ON COLUMN latchkey.payments.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.payments.account_id IS 'through which gateway';

COMMENT ON COLUMN latchkey.payments.gateway_ref IS 'payment intent';

COMMENT ON COLUMN latchkey.payments.charge_ref IS 'charge, once known';

COMMENT ON COLUMN latchkey.payments.amount_minor IS 'what came';

COMMENT ON COLUMN latchkey.payments.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.payments.allocated_minor IS 'counted by allocations; the rest is credit';

COMMENT ON COLUMN latchkey.payments.refunded_minor IS 'counted by refunds';

COMMENT ON COLUMN latchkey.payments.received_at IS 'the charge''s own time';

COMMENT ON COLUMN latchkey.payments.booked_at IS 'when we learnt of it';

COMMENT ON COLUMN latchkey.payments.method_kind IS 'card, sepa_debit, customer_balance';

COMMENT ON COLUMN latchkey.payments.brand IS 'visa';

COMMENT ON COLUMN latchkey.payments.last_four IS 'of the card or account';

COMMENT ON COLUMN latchkey.payments.statement_text IS 'how it reads on the statement';

COMMENT ON COLUMN latchkey.payments.fee_minor IS 'the gateway''s fee, in fee_currency';

COMMENT ON COLUMN latchkey.payments.fee_currency IS 'of the settlement';

COMMENT ON COLUMN latchkey.payments.detail_at IS 'when the columns above were fetched; NULL is not yet';

COMMENT ON COLUMN latchkey.payments.bank_line_id IS 'which line of the bank brought it';

COMMENT ON COLUMN latchkey.payments.undone_at IS 'the match that made it was wrong and is taken back';

CREATE FUNCTION latchkey.transfer_unpaid(p_p latchkey.payments, p_o latchkey.orders, p_refund bigint, p_ended boolean, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_day date := working_day((app_now() AT TIME ZONE 'UTC')::date, 2);
        v_a record;
BEGIN
        INSERT INTO transfers (order_id, customer_id, currency, reference, pay_by, expected_on, begun_at)
        VALUES (p_o.id, p_o.customer_id, p_o.currency, transfer_reference(p_o.number), v_day + 7, v_day, app_now())
        ON CONFLICT (order_id) DO UPDATE SET pay_by = greatest(transfers.pay_by, excluded.pay_by), expected_on = excluded.expected_on;
        UPDATE alarms SET closed_at = app_now()
        WHERE kind = 'transfer_short' AND object = 'order' AND object_id = p_o.id AND closed_at IS NULL;
        IF NOT p_ended THEN
                RETURN;
        END IF;
        UPDATE order_lines SET paid = false WHERE order_id = p_o.id;
        FOR v_a IN SELECT id, order_line_id, person_id FROM access WHERE order_id = p_o.id AND status <> 'ended' LOOP
                PERFORM line_end(v_a.order_line_id, 'unmatched');
                UPDATE access SET end_note = p_reason WHERE id = v_a.id;
                IF v_a.person_id <> p_o.customer_id THEN
                        PERFORM message_add('access_ended', 'access', v_a.id, 'unmatched ' || p_p.id, v_a.person_id, (SELECT email FROM customers WHERE id = v_a.person_id));
                END IF;
        END LOOP;
        UPDATE orders SET status = 'open', paid_at = NULL, granted_at = NULL,
                          expires_at = greatest(expires_at, (v_day + 8)::timestamp AT TIME ZONE 'UTC')
        WHERE id = p_o.id;
        UPDATE messages SET status = 'skipped' WHERE status IN ('queued', 'deferred') AND kind = 'access_open' AND object = 'order' AND object_id = p_o.id;
        PERFORM rollup_add('refunded', 0, p_o.currency, p_p.allocated_minor);
        DELETE FROM jobs WHERE kind = 'receipt' AND key = p_p.id::text;
        IF EXISTS (SELECT FROM receipts WHERE payment_id = p_p.id) THEN
                INSERT INTO refund_items (refund_id, order_line_id, amount_minor, ends_access)
                SELECT p_refund, id, amount_minor, true FROM order_lines WHERE order_id = p_o.id;
                PERFORM job_add(1, 'credit_note', p_refund::text);
        END IF;
END $$;

ALTER FUNCTION latchkey.transfer_unpaid(p_p latchkey.payments, p_o latchkey.orders, p_refund bigint, p_ended boolean, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.transfers_due() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_row record;
        v_n integer := 0;
BEGIN
        FOR v_row IN
                SELECT o.id, o.customer_id, o.email, o.expires_at < app_now() AS over,
                       EXISTS (SELECT FROM dues d WHERE d.order_id = o.id AND d.paid_minor > 0) AS part,
                       EXISTS (SELECT FROM order_lines l JOIN access a ON a.product_id = l.product_id AND a.person_id = o.customer_id
                               WHERE l.order_id = o.id AND a.order_id <> o.id AND a.status <> 'ended' AND a.granted_at > o.created_at) AS bought
                FROM orders o JOIN transfers t ON t.order_id = o.id
                WHERE o.status = 'open' AND o.expires_at < app_now() + interval '3 days' ORDER BY o.id LIMIT 500
        LOOP
                IF v_row.part THEN
                        IF v_row.over THEN
                                PERFORM alarm_raise('transfer_short', 'order', v_row.id,
                                                    'A part of this order was paid by bank transfer and the rest did not come. Ask the customer.');
                        END IF;
                        CONTINUE;
                END IF;
                IF v_row.over OR v_row.bought THEN
                        PERFORM FROM attempts WHERE order_id = v_row.id ORDER BY id FOR UPDATE;
                        UPDATE attempts SET status = 'cancelled' WHERE order_id = v_row.id AND kind = 'transfer' AND live;
                        UPDATE orders SET status = CASE WHEN v_row.bought THEN 'cancelled' ELSE 'expired' END
                        WHERE id = v_row.id AND status = 'open';
                ELSE
                        PERFORM message_add('transfer_reminder', 'order', v_row.id, '', v_row.customer_id, v_row.email);
                END IF;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

ALTER FUNCTION latchkey.transfers_due() OWNER TO lk_definer;

CREATE FUNCTION latchkey.tries_forget() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        DELETE FROM tries WHERE at < clock_timestamp() - interval '1 day';
        DELETE FROM passkey_answers WHERE at < clock_timestamp() - interval '1 day';
        DELETE FROM corrections WHERE status IN ('unproved', 'repeated') AND asked_at < app_now() - interval '30 days';
        -- An expired link to a ticket still gets a new one for half a year.
        DELETE FROM ticket_links WHERE expires_at < app_now() - interval '180 days'
$$;

ALTER FUNCTION latchkey.tries_forget() OWNER TO lk_definer;

CREATE FUNCTION latchkey.version_copy(p_from bigint, p_publish boolean, p_copy_of integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO product_versions (product_id, version, title, tagline, summary_md, includes_md, next_step_md, refund_days,
                                      refund_md, starts_on, check_days, digest, based_on, copy_of, changed_by, changed_at, published_at, published_by)
        SELECT f.product_id, (SELECT max(m.version) + 1 FROM product_versions m WHERE m.product_id = f.product_id), f.title, f.tagline,
               f.summary_md, f.includes_md, f.next_step_md, f.refund_days, f.refund_md, f.starts_on, f.check_days, coalesce(c.digest, f.digest),
               p.version_id, p_copy_of, staff_me(), app_now(), CASE WHEN p_publish THEN app_now() END,
               CASE WHEN p_publish THEN staff_me() END
        FROM product_versions f JOIN products p ON p.id = f.product_id LEFT JOIN product_versions c ON c.id = p.version_id
        WHERE f.id = p_from
        RETURNING id INTO v_id;
        INSERT INTO version_items (version_id, item_version_id, position, section)
        SELECT v_id, item_version_id, position, section FROM version_items WHERE version_id = p_from;
        RETURN v_id;
END $$;

ALTER FUNCTION latchkey.version_copy(p_from bigint, p_publish boolean, p_copy_of integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.version_give(p_product bigint, p_version bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_given integer;
BEGIN
        UPDATE access a SET product_version_id = v.id,
                            expected_on = CASE WHEN a.waiting_for = 'start'
                                               THEN coalesce(v.starts_on, (app_now() AT TIME ZONE 'UTC')::date) ELSE a.expected_on END
        FROM product_versions v
        WHERE v.id = p_version AND a.product_id = p_product AND a.status <> 'ended' AND a.product_version_id <> v.id;
        GET DIAGNOSTICS v_given = ROW_COUNT;
        RETURN v_given;
END $$;

ALTER FUNCTION latchkey.version_give(p_product bigint, p_version bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.view_end(p_hash bytea) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        UPDATE sessions SET ended_at = app_now() WHERE token_hash = p_hash AND kind = 'view_as' AND ended_at IS NULL RETURNING customer_id
$$;

ALTER FUNCTION latchkey.view_end(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdraw_link_make(p_message bigint, p_hash bytea) RETURNS date
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v record;
BEGIN
        SELECT o.id, o.customer_id, o.zone, b.until_on INTO v
        FROM messages m JOIN orders o ON o.id = CASE m.object WHEN 'order' THEN m.object_id
                                                              WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = m.object_id) END
                                         AND o.customer_id = m.customer_id
             CROSS JOIN LATERAL withdrawal_basis(o.id, app_now()) b
        WHERE m.id = p_message AND b.basis IN ('law', 'promise', 'guarantee')
          AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.order_id = o.id AND w.status = 'accepted')
          AND NOT EXISTS (SELECT FROM address_changes a JOIN customers c ON a.customer_id IN (c.id, c.merged_into)
                          WHERE c.id = m.customer_id AND greatest(a.done_at, a.undone_at) > m.queued_at);
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        INSERT INTO withdraw_links VALUES (p_hash, v.customer_id, v.id, app_now(), (v.until_on + 1)::timestamp AT TIME ZONE v.zone);
        RETURN v.until_on;
END $$;

ALTER FUNCTION latchkey.withdraw_link_make(p_message bigint, p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdraw_own(p_hash bytea, p_kind text, p_number text, p_link bytea, p_name text, p_reason text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint := withdrawal_order(p_number, p_link);
        v_o record;
        v_id bigint;
BEGIN
        IF v_order IS NULL OR (p_link IS NULL AND me_writing() IS NULL) THEN
                RETURN 'unknown';
        END IF;
        -- One at a time for an order; not the order's own row, which comes last in the order of locks.
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.withdrawal ' || v_order, 0));
        IF EXISTS (SELECT FROM withdrawals WHERE form_hash = p_hash) THEN
                RETURN 'again';
        ELSIF p_kind = 'request' AND EXISTS (SELECT FROM withdrawals WHERE order_id = v_order AND status IN ('received', 'with_staff', 'accepted')) THEN
                RETURN 'open';
        END IF;
        SELECT o.number, o.customer_id, CASE WHEN p_link IS NULL THEN c.email ELSE o.email END AS email, coalesce(nullif(o.buyer_name, ''), c.name) AS name
        INTO STRICT v_o FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = v_order;
        v_id := withdrawal_keep(p_hash, p_kind, v_o.customer_id, v_order, coalesce(nullif(p_name, ''), v_o.name), v_o.number, v_o.email, '', p_reason);
        PERFORM withdrawal_settle(v_id);
        RETURN 'received';
END $$;

ALTER FUNCTION latchkey.withdraw_own(p_hash bytea, p_kind text, p_number text, p_link bytea, p_name text, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdraw_typed(p_hash bytea, p_name text, p_said text, p_email text, p_fold text, p_reason text, p_most integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_person bigint;
        v_id bigint;
BEGIN
        IF EXISTS (SELECT FROM withdrawals WHERE form_hash = p_hash) THEN
                RETURN 'again';
        END IF;
        v_person := person_of(p_email, p_fold, '');
        IF (SELECT count(*) FROM withdrawals WHERE customer_id = v_person AND received_at > app_now() - interval '1 hour') >= p_most THEN
                RETURN 'limited';
        END IF;
        v_id := withdrawal_keep(p_hash, 'withdrawal', v_person, NULL, p_name, p_said, p_email, p_fold, p_reason);
        PERFORM job_add(1, 'withdrawal', v_id::text) WHERE v_id IS NOT NULL;
        RETURN CASE WHEN v_id IS NULL THEN 'again' ELSE 'received' END;
END $$;

ALTER FUNCTION latchkey.withdraw_typed(p_hash bytea, p_name text, p_said text, p_email text, p_fold text, p_reason text, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_accept(p_withdrawal bigint, p_basis text, p_staff bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_w withdrawals;
        v_refund bigint;
        v_amount bigint;
BEGIN
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_withdrawal;
        PERFORM agreement_stop(v_w.order_id, 'withdrawn');
        UPDATE attempts SET status = 'cancelled' WHERE order_id = v_w.order_id AND (status = 'created' OR (kind = 'transfer' AND live));
        UPDATE orders SET status = 'cancelled' WHERE id = v_w.order_id AND status = 'open';
        v_refund := withdrawal_pay(v_w.order_id, 'Withdrawal ' || v_w.number);
        SELECT coalesce(sum(amount_minor), 0) INTO v_amount FROM refunds WHERE id = v_refund OR part_of = v_refund;
        UPDATE withdrawals w SET status = 'accepted', why = p_basis, refund_id = v_refund, amount_minor = v_amount, currency = o.currency,
                                 decided_at = app_now(), decided_by = p_staff
        FROM orders o WHERE w.id = p_withdrawal AND o.id = w.order_id;
        IF NOT EXISTS (SELECT FROM refunds WHERE order_id = v_w.order_id AND status IN ('asked', 'approved', 'sent', 'unknown')) THEN
                PERFORM line_end(id, 'withdrawn') FROM order_lines WHERE order_id = v_w.order_id;
        END IF;
        PERFORM withdrawal_transfer_task(p_withdrawal);
END $$;

ALTER FUNCTION latchkey.withdrawal_accept(p_withdrawal bigint, p_basis text, p_staff bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_basis(p_order bigint, p_at timestamp with time zone) RETURNS TABLE(basis text, until_on date)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT b.basis, CASE b.basis WHEN 'law' THEN d.law_on WHEN 'lapsed' THEN d.law_on WHEN 'over' THEN NULL ELSE d.guarantee_on END
        FROM orders o CROSS JOIN LATERAL withdrawal_days(o.id) d
             CROSS JOIN LATERAL (SELECT (p_at AT TIME ZONE o.zone)::date AS day) t
             CROSS JOIN LATERAL (SELECT CASE WHEN t.day <= d.law_on AND coalesce(d.lapsed_at > p_at, true) THEN 'law'
                                             WHEN t.day <= d.guarantee_on AND d.by_itself THEN 'promise'
                                             WHEN t.day <= d.guarantee_on THEN 'guarantee'
                                             WHEN t.day <= d.law_on THEN 'lapsed' ELSE 'over' END AS basis) b
        WHERE o.id = p_order
$$;

ALTER FUNCTION latchkey.withdrawal_basis(p_order bigint, p_at timestamp with time zone) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_days(p_order bigint) RETURNS TABLE(law_on date, guarantee_on date, lapsed_at timestamp with time zone, by_itself boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT d.day + CASE extract(isodow FROM d.day) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END,
               (coalesce(o.granted_at, o.agreed_at) AT TIME ZONE o.zone)::date + l.refund_days,
               CASE WHEN o.consent_id IS NOT NULL AND l.digital THEN o.first_open_at END, l.by_itself
        FROM orders o LEFT JOIN withdrawal_law w ON w.country = o.country
             JOIN LATERAL (SELECT nullif(min(v.refund_days), 0) AS refund_days, bool_or(f.tax_class = 'digital') AS digital,
                                  coalesce(max(r.law_days), 14) AS law_days, bool_and(coalesce(r.by_itself, false)) AS by_itself
                           FROM order_lines x JOIN product_versions v ON v.id = x.product_version_id JOIN offer_versions f ON f.id = x.offer_version_id
                                LEFT JOIN refund_rules r ON r.product_id = x.product_id WHERE x.order_id = o.id) l ON true
             CROSS JOIN LATERAL (SELECT (o.agreed_at AT TIME ZONE o.zone)::date + greatest(w.days, CASE WHEN w.days IS NOT NULL THEN l.law_days END) AS day) d
        WHERE o.id = p_order
$$;

ALTER FUNCTION latchkey.withdrawal_days(p_order bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_decide(p_withdrawal bigint, p_staff bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_w withdrawals;
        v_basis text;
BEGIN
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_withdrawal;
        PERFORM FROM attempts WHERE order_id = v_w.order_id AND live ORDER BY id FOR UPDATE;
        PERFORM FROM payments WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM dues WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM order_lines WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM orders WHERE id = v_w.order_id FOR UPDATE;
        SELECT basis INTO STRICT v_basis FROM withdrawal_basis(v_w.order_id, v_w.received_at);
        -- Who withdrew before, withdrew then.
        v_basis := coalesce((SELECT why FROM withdrawals WHERE order_id = v_w.order_id AND status = 'accepted' ORDER BY id LIMIT 1), v_basis);
        IF v_basis IN ('law', 'promise') AND NOT EXISTS (SELECT FROM disputes WHERE order_id = v_w.order_id AND status <> 'won') THEN
                PERFORM withdrawal_accept(p_withdrawal, v_basis, p_staff);
        ELSE
                PERFORM withdrawal_to_staff(p_withdrawal, CASE WHEN v_basis IN ('law', 'promise') THEN 'disputed'
                                                               WHEN v_w.kind = 'request' AND v_basis <> 'guarantee' THEN 'asked' ELSE v_basis END);
        END IF;
        PERFORM evidence_add((SELECT customer_id FROM orders WHERE id = v_w.order_id), v_w.order_id,
                             CASE v_w.kind WHEN 'request' THEN 'asked_back' ELSE 'withdrew' END,
                             jsonb_build_object('withdrawal', v_w.number, 'received_at', v_w.received_at, 'basis', v_basis),
                             concat_ws(E'\n', v_w.said_name, v_w.said_email, v_w.said_order, v_w.reason));
END $$;

ALTER FUNCTION latchkey.withdrawal_decide(p_withdrawal bigint, p_staff bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_find(p_said text, p_fold text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN customers m ON m.id = c.merged_into
        WHERE o.number = translate(upper(regexp_replace(p_said, '[^0-9A-Za-z]', '', 'g')), 'OIL', '011') AND o.status IN ('open', 'paid', 'refunded')
          AND p_fold IN (c.email_fold, m.email_fold, lower(o.email))
$$;

ALTER FUNCTION latchkey.withdrawal_find(p_said text, p_fold text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_help(p_number text, p_about text, p_nonce text, p_body text, p_most integer) RETURNS TABLE(result text, ticket_number text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
        v_order bigint := withdrawal_order(p_number, NULL);
BEGIN
        IF v_order IS NULL OR me_writing() IS NULL THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        SELECT t.result, t.ticket_number INTO result, ticket_number FROM ticket_make(me_writing(), v_order, '', p_about, true, p_nonce, p_body, p_most) t;
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.withdrawal_help(p_number text, p_about text, p_nonce text, p_body text, p_most integer) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_keep(p_hash bytea, p_kind text, p_person bigint, p_order bigint, p_name text, p_said text, p_email text, p_fold text, p_reason text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        INSERT INTO withdrawals (kind, form_hash, customer_id, order_id, proved, said_name, said_order, said_email, said_fold, reason, received_at,
                                 answer_on, pay_on)
        VALUES (p_kind, p_hash, p_person, p_order, p_order IS NOT NULL, p_name, p_said, p_email, p_fold, p_reason, app_now(),
                working_day((app_now() AT TIME ZONE 'UTC')::date, 3), (app_now() AT TIME ZONE 'UTC')::date + 14)
        ON CONFLICT (form_hash) DO NOTHING RETURNING id
$$;

ALTER FUNCTION latchkey.withdrawal_keep(p_hash bytea, p_kind text, p_person bigint, p_order bigint, p_name text, p_said text, p_email text, p_fold text, p_reason text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_late() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        PERFORM job_add(1, 'withdrawal', w.id || '/' || NEW.id) FROM withdrawals w
        WHERE w.order_id = NEW.order_id AND w.status = 'accepted' ORDER BY w.id LIMIT 1;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.withdrawal_late() OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_order(p_number text, p_link bytea) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT order_id FROM withdraw_links WHERE token_hash = p_link AND expires_at > app_now());
        END IF;
        RETURN (SELECT id FROM orders WHERE number = p_number AND customer_id = ANY (mine()) AND status IN ('open', 'paid', 'refunded'));
END $$;

ALTER FUNCTION latchkey.withdrawal_order(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_page(p_number text, p_link bytea) RETURNS TABLE(state text, order_number text, title text, buyer text, email text, basis text, until_on date, lapsed_at timestamp with time zone, left_minor bigint, currency text, planned boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_order bigint := withdrawal_order(p_number, p_link);
BEGIN
        SELECT 'ready', o.number, l.title, coalesce(nullif(o.buyer_name, ''), c.name),
               CASE WHEN p_link IS NULL THEN c.email ELSE regexp_replace(o.email, '^(.).*@', '\1…@') END, b.basis, b.until_on, d.lapsed_at,
               (SELECT coalesce(sum(payment_refundable(p.id)), 0)::bigint FROM payments p WHERE p.order_id = o.id), o.currency,
               EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id AND g.status = 'live')
        INTO state, order_number, title, buyer, email, basis, until_on, lapsed_at, left_minor, currency, planned
        FROM orders o JOIN customers c ON c.id = o.customer_id JOIN order_lines l ON l.order_id = o.id
             CROSS JOIN LATERAL withdrawal_basis(o.id, app_now()) b CROSS JOIN LATERAL withdrawal_days(o.id) d
        WHERE o.id = v_order ORDER BY l.id LIMIT 1;
        state := coalesce(state, CASE WHEN EXISTS (SELECT FROM withdraw_links WHERE token_hash = p_link) THEN 'expired' ELSE 'unknown' END);
        RETURN NEXT;
END $$;

ALTER FUNCTION latchkey.withdrawal_page(p_number text, p_link bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_pay(p_order bigint, p_note text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_left bigint := (SELECT coalesce(sum(payment_refundable(id)), 0) FROM payments WHERE order_id = p_order);
        v_line record;
        v_wants jsonb := '{}';
        v_refund bigint;
BEGIN
        FOR v_line IN SELECT id, line_refundable(id) AS amount FROM order_lines WHERE order_id = p_order ORDER BY id LOOP
                CONTINUE WHEN least(v_left, v_line.amount) <= 0;
                v_wants := v_wants || jsonb_build_object(v_line.id, least(v_left, v_line.amount));
                v_left := v_left - least(v_left, v_line.amount);
        END LOOP;
        v_refund := refund_write(p_order, NULL, v_wants, 'withdrawal', p_note, false, NULL, (SELECT true FROM agreements WHERE order_id = p_order));
        PERFORM refund_approve(v_refund, NULL) WHERE v_refund IS NOT NULL;
        RETURN v_refund;
END $$;

ALTER FUNCTION latchkey.withdrawal_pay(p_order bigint, p_note text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_receipt(p_hash bytea) RETURNS TABLE(number text, kind text, proved boolean, said_name text, said_order text, said_email text, reason text, received_at timestamp with time zone, status text, why text, amount_minor bigint, currency text, answer_on date, pay_on date, title text, by_link boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT w.number, w.kind, w.proved, w.said_name, w.said_order, w.said_email, w.reason, w.received_at, CASE WHEN w.proved THEN w.status ELSE '' END,
               CASE WHEN w.proved THEN w.why ELSE '' END, CASE WHEN w.proved THEN w.amount_minor ELSE 0 END, coalesce(w.currency, 'EUR'), w.answer_on, w.pay_on,
               CASE WHEN w.proved THEN (SELECT l.title FROM order_lines l WHERE l.order_id = w.order_id ORDER BY l.id LIMIT 1) ELSE '' END,
               w.proved AND w.customer_id <> ALL (mine())
        FROM withdrawals w WHERE w.form_hash = p_hash
$$;

ALTER FUNCTION latchkey.withdrawal_receipt(p_hash bytea) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_refunded() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
BEGIN
        IF NEW.status = OLD.status THEN
                RETURN NULL;
        END IF;
        IF (NEW.kind = 'staff' AND NEW.status = 'approved') OR (NEW.kind = 'gateway' AND NEW.status = 'succeeded') THEN
                PERFORM task_settle('withdrawal', 'withdrawal', id, '', 'done', 'A refund of the order was approved.')
                FROM withdrawals WHERE order_id = NEW.order_id AND status = 'with_staff';
                UPDATE withdrawals SET status = 'granted', refund_id = coalesce(NEW.part_of, NEW.id), decided_at = app_now(), decided_by = NEW.approved_by
                WHERE order_id = NEW.order_id AND status = 'with_staff';
        END IF;
        IF NEW.status = 'succeeded' AND NOT EXISTS (SELECT FROM refunds WHERE order_id = NEW.order_id AND kind = 'withdrawal' AND status = 'approved') THEN
                PERFORM task_settle('withdrawal_pay', 'withdrawal', id, '', 'done', 'The money was transferred.')
                FROM withdrawals WHERE order_id = NEW.order_id AND status = 'accepted';
        END IF;
        RETURN NULL;
END $$;

ALTER FUNCTION latchkey.withdrawal_refunded() OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_settle(p_withdrawal bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_w withdrawals;
BEGIN
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_withdrawal FOR UPDATE;
        IF v_w.status = 'accepted' THEN
                PERFORM FROM payments WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
                PERFORM FROM order_lines WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
                PERFORM withdrawal_pay(v_w.order_id, 'Withdrawal ' || v_w.number);
                UPDATE withdrawals SET amount_minor = (SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE order_id = v_w.order_id AND kind = 'withdrawal')
                WHERE id = p_withdrawal;
                PERFORM withdrawal_transfer_task(p_withdrawal);
        ELSIF v_w.status = 'received' THEN
                UPDATE withdrawals SET order_id = coalesce(order_id, withdrawal_find(said_order, said_fold)) WHERE id = p_withdrawal RETURNING * INTO v_w;
                IF v_w.order_id IS NULL THEN
                        PERFORM withdrawal_to_staff(p_withdrawal, 'unmatched');
                ELSE
                        PERFORM withdrawal_decide(p_withdrawal, NULL);
                END IF;
                PERFORM message_add('withdrawal_received', 'withdrawal', p_withdrawal, '', v_w.customer_id, v_w.said_email);
        END IF;
END $$;

ALTER FUNCTION latchkey.withdrawal_settle(p_withdrawal bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_to_staff(p_withdrawal bigint, p_why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
DECLARE
        v_w withdrawals;
        v_number text;
BEGIN
        UPDATE withdrawals SET status = 'with_staff', why = p_why WHERE id = p_withdrawal RETURNING * INTO v_w;
        v_number := (SELECT number FROM orders WHERE id = v_w.order_id);
        PERFORM task_open('withdrawal', 'withdrawal', v_w.id, '', (v_w.answer_on + time '12:00') AT TIME ZONE 'UTC', 'finance',
                          CASE WHEN v_number IS NULL THEN 'Find the order of withdrawal ' || v_w.number
                               WHEN v_w.kind = 'request' THEN 'Answer the request for the money of order ' || v_number
                               ELSE 'Answer the withdrawal from order ' || v_number END,
                          jsonb_build_object('Answer promised for', to_char(v_w.answer_on, 'FMDD FMMonth YYYY'),
                                             'Back by, if it has to go back', to_char(v_w.pay_on, 'FMDD FMMonth YYYY')),
                          CASE WHEN v_w.order_id IS NOT NULL THEN v_w.customer_id END, v_w.order_id);
END $$;

ALTER FUNCTION latchkey.withdrawal_to_staff(p_withdrawal bigint, p_why text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawal_transfer_task(p_withdrawal bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT task_open('withdrawal_pay', 'withdrawal', w.id, '', (w.pay_on + time '12:00') AT TIME ZONE 'UTC', 'finance',
                         'Transfer the money of order ' || o.number || ' back',
                         jsonb_build_object('Amount', search_amount(w.amount_minor, w.currency) || ' ' || w.currency,
                                            'Has to be back by', to_char(w.pay_on, 'FMDD FMMonth YYYY')), o.customer_id, o.id)
        FROM withdrawals w JOIN orders o ON o.id = w.order_id
        WHERE w.id = p_withdrawal AND EXISTS (SELECT FROM refunds r JOIN payments p ON p.id = r.payment_id
                                              WHERE r.order_id = o.id AND r.kind = 'withdrawal' AND r.status = 'approved' AND p.bank_line_id IS NOT NULL)
$$;

ALTER FUNCTION latchkey.withdrawal_transfer_task(p_withdrawal bigint) OWNER TO lk_definer;

CREATE FUNCTION latchkey.withdrawals_mine(p_number text) RETURNS TABLE(number text, kind text, status text, why text, received_at timestamp with time zone, answer_on date, pay_on date, amount_minor bigint, currency text, answer text, refund text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT w.number, w.kind, w.status, w.why, w.received_at, w.answer_on, w.pay_on, w.amount_minor, coalesce(w.currency, o.currency), w.answer,
               coalesce(r.status, '')
        FROM withdrawals w JOIN orders o ON o.id = w.order_id LEFT JOIN refunds r ON r.id = w.refund_id
        WHERE o.number = p_number AND o.customer_id = ANY (mine()) ORDER BY w.id DESC LIMIT 5
$$;

ALTER FUNCTION latchkey.withdrawals_mine(p_number text) OWNER TO lk_definer;

CREATE FUNCTION latchkey.working_day(p_from date, p_working integer) RETURNS date
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'latchkey', 'pg_temp'
    AS $$
        SELECT d::date FROM generate_series(p_from + 1, p_from + 1 + p_working * 7, interval '1 day') d
        WHERE extract(isodow FROM d) < 6 ORDER BY d OFFSET greatest(p_working, 1) - 1 LIMIT 1
$$;

ALTER FUNCTION latchkey.working_day(p_from date, p_working integer) OWNER TO lk_definer;

CREATE TABLE latchkey.access (
    id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    order_id bigint NOT NULL,
    person_id bigint NOT NULL,
    product_id bigint NOT NULL,
    product_version_id bigint NOT NULL,
    status text NOT NULL,
    waiting_for text,
    expected_on date,
    reason text NOT NULL,
    payment_id bigint,
    note text DEFAULT ''::text NOT NULL,
    end_reason text,
    granted_at timestamp with time zone NOT NULL,
    since_at timestamp with time zone NOT NULL,
    first_open_at timestamp with time zone,
    last_open_at timestamp with time zone,
    expected_by bigint,
    end_note text DEFAULT ''::text NOT NULL,
    CONSTRAINT access_check CHECK (((status = 'waiting'::text) = (waiting_for IS NOT NULL))),
    CONSTRAINT access_check1 CHECK (((status = 'ended'::text) = (end_reason IS NOT NULL))),
    CONSTRAINT access_check2 CHECK (((reason = 'payment'::text) = (payment_id IS NOT NULL))),
    CONSTRAINT access_check3 CHECK (((reason = 'payment'::text) OR (note <> ''::text))),
    CONSTRAINT access_end_reason_check CHECK ((end_reason = ANY (ARRAY['withdrawn'::text, 'refund'::text, 'dispute'::text, 'staff'::text, 'unmatched'::text, 'cancelled'::text]))),
    CONSTRAINT access_reason_check CHECK ((reason = ANY (ARRAY['payment'::text, 'gift'::text]))),
    CONSTRAINT access_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'full'::text, 'nothing_new'::text, 'read_only'::text, 'locked'::text, 'permanent'::text, 'ended'::text]))),
    CONSTRAINT access_waiting_for_check CHECK ((waiting_for = ANY (ARRAY['start'::text, 'transfer'::text, 'check'::text])))
);

ALTER TABLE ONLY latchkey.access FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.access OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.access.id IS 'the right to open one line';

COMMENT ON COLUMN latchkey.access.order_line_id IS 'which line; at most one right from each';

COMMENT ON COLUMN latchkey.access.order_id IS 'its order';

COMMENT ON COLUMN latchkey.access.person_id IS 'who uses it';

COMMENT ON COLUMN latchkey.access.product_id IS 'what it opens';

COMMENT ON COLUMN latchkey.access.product_version_id IS 'which contents';

COMMENT ON COLUMN latchkey.access.status IS 'see transitions';

COMMENT ON COLUMN latchkey.access.waiting_for IS 'why it is not open yet';

COMMENT ON COLUMN latchkey.access.expected_on IS 'when it opens, as far as is known';

COMMENT ON COLUMN latchkey.access.reason IS 'gift: by staff, with a note';

COMMENT ON COLUMN latchkey.access.payment_id IS 'the payment that opened it';

COMMENT ON COLUMN latchkey.access.note IS 'gift: why';

COMMENT ON COLUMN latchkey.access.end_reason IS 'why it ended';

COMMENT ON COLUMN latchkey.access.granted_at IS 'when the right came to be';

COMMENT ON COLUMN latchkey.access.since_at IS 'in this status since';

COMMENT ON COLUMN latchkey.access.first_open_at IS 'first authenticated open';

COMMENT ON COLUMN latchkey.access.last_open_at IS 'the latest, written at most once an hour';

COMMENT ON COLUMN latchkey.access.expected_by IS 'the staff member who set the expected day by hand';

COMMENT ON COLUMN latchkey.access.end_note IS 'ended by staff: why, as the customer reads it';

ALTER TABLE latchkey.access ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.access_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.access_timetables (
    product_id bigint NOT NULL,
    nothing_new_days integer,
    read_only_days integer,
    locked_days integer,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint,
    CONSTRAINT access_timetables_check CHECK (((read_only_days >= nothing_new_days) AND (locked_days >= read_only_days))),
    CONSTRAINT access_timetables_locked_days_check CHECK (((locked_days >= 0) AND (locked_days <= 365))),
    CONSTRAINT access_timetables_nothing_new_days_check CHECK (((nothing_new_days >= 0) AND (nothing_new_days <= 365))),
    CONSTRAINT access_timetables_read_only_days_check CHECK (((read_only_days >= 0) AND (read_only_days <= 365)))
);

ALTER TABLE ONLY latchkey.access_timetables FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.access_timetables OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.access_timetables.product_id IS 'of which product';

COMMENT ON COLUMN latchkey.access_timetables.nothing_new_days IS 'so many days overdue: nothing new opens; NULL never';

COMMENT ON COLUMN latchkey.access_timetables.read_only_days IS 'so many days overdue: what was opened can be read; NULL never';

COMMENT ON COLUMN latchkey.access_timetables.locked_days IS 'so many days overdue: only what was paid for; NULL never';

COMMENT ON COLUMN latchkey.access_timetables.changed_at IS 'when it was set';

COMMENT ON COLUMN latchkey.access_timetables.changed_by IS 'by whom; NULL: the operator';

CREATE TABLE latchkey.accounts (
    id bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT accounts_kind_check CHECK ((kind = ANY (ARRAY['stripe'::text, 'bank'::text])))
);

ALTER TABLE ONLY latchkey.accounts FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.accounts OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.accounts.id IS 'referred to by money and events';

COMMENT ON COLUMN latchkey.accounts.name IS 'as in the settings: stripe';

COMMENT ON COLUMN latchkey.accounts.kind IS 'which client speaks to it';

ALTER TABLE latchkey.accounts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.address_changes (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    status text DEFAULT 'asked'::text NOT NULL,
    made_by text NOT NULL,
    old_email text NOT NULL,
    old_fold text NOT NULL,
    old_verified_at timestamp with time zone,
    new_email text NOT NULL,
    new_fold text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    link_hash bytea,
    link_until timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    undo_hash bytea,
    undo_until timestamp with time zone,
    undone_at timestamp with time zone,
    order_id bigint,
    CONSTRAINT address_changes_check CHECK (((status = ANY (ARRAY['done'::text, 'undone'::text])) <= (done_at IS NOT NULL))),
    CONSTRAINT address_changes_check1 CHECK (((status = 'undone'::text) = (undone_at IS NOT NULL))),
    CONSTRAINT address_changes_link_hash_check CHECK ((length(link_hash) = 32)),
    CONSTRAINT address_changes_made_by_check CHECK ((made_by = ANY (ARRAY['customer'::text, 'correction'::text, 'undo'::text]))),
    CONSTRAINT address_changes_status_check CHECK ((status = ANY (ARRAY['asked'::text, 'done'::text, 'replaced'::text, 'undone'::text]))),
    CONSTRAINT address_changes_undo_hash_check CHECK ((length(undo_hash) = 32))
);

ALTER TABLE ONLY latchkey.address_changes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.address_changes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.address_changes.id IS 'order of asking';

COMMENT ON COLUMN latchkey.address_changes.customer_id IS 'whose address';

COMMENT ON COLUMN latchkey.address_changes.status IS 'asked: the link waits; replaced: another one was asked for, or it was taken back';

COMMENT ON COLUMN latchkey.address_changes.made_by IS 'customer: in their account; correction: the one of the order was mistyped; undo: by the old address';

COMMENT ON COLUMN latchkey.address_changes.old_email IS 'the address before, as typed';

COMMENT ON COLUMN latchkey.address_changes.old_fold IS 'the same for look-up';

COMMENT ON COLUMN latchkey.address_changes.old_verified_at IS 'when the address before was verified';

COMMENT ON COLUMN latchkey.address_changes.new_email IS 'the address after, as typed';

COMMENT ON COLUMN latchkey.address_changes.new_fold IS 'the same for look-up';

COMMENT ON COLUMN latchkey.address_changes.asked_at IS 'product''s time';

COMMENT ON COLUMN latchkey.address_changes.link_hash IS 'SHA-256 of the link in the mail to the new address';

COMMENT ON COLUMN latchkey.address_changes.link_until IS 'the link is dead from then on';

COMMENT ON COLUMN latchkey.address_changes.done_at IS 'the new address counts since';

COMMENT ON COLUMN latchkey.address_changes.undo_hash IS 'SHA-256 of the link in the mail to the old address';

COMMENT ON COLUMN latchkey.address_changes.undo_until IS 'until then the old address may take it back';

COMMENT ON COLUMN latchkey.address_changes.undone_at IS 'taken back at';

COMMENT ON COLUMN latchkey.address_changes.order_id IS 'correction: the order for which the buyer proved it; NULL: staff corrected it';

ALTER TABLE latchkey.address_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.address_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.agreement_versions (
    agreement_id bigint NOT NULL,
    version integer NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    why text NOT NULL,
    terms jsonb NOT NULL,
    terms_id bigint,
    made_at timestamp with time zone NOT NULL,
    made_by bigint,
    CONSTRAINT agreement_versions_version_check CHECK ((version > 0)),
    CONSTRAINT agreement_versions_why_check CHECK ((why <> ''::text))
);

ALTER TABLE ONLY latchkey.agreement_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.agreement_versions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.agreement_versions.agreement_id IS 'of which agreement';

COMMENT ON COLUMN latchkey.agreement_versions.version IS 'counts up';

COMMENT ON COLUMN latchkey.agreement_versions.customer_id IS 'who agreed';

COMMENT ON COLUMN latchkey.agreement_versions.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.agreement_versions.why IS 'bought, or what changed';

COMMENT ON COLUMN latchkey.agreement_versions.terms IS 'the schedule as it was agreed: kind, count, every, amounts and days';

COMMENT ON COLUMN latchkey.agreement_versions.terms_id IS 'the terms of sale agreed to';

COMMENT ON COLUMN latchkey.agreement_versions.made_at IS 'when';

COMMENT ON COLUMN latchkey.agreement_versions.made_by IS 'which of the staff; NULL: the customer';

ALTER TABLE latchkey.agreements ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.agreements_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.alarms (
    id bigint NOT NULL,
    kind text NOT NULL,
    object text NOT NULL,
    object_id bigint NOT NULL,
    detail text NOT NULL,
    at timestamp with time zone NOT NULL,
    repaired_at timestamp with time zone,
    closed_at timestamp with time zone
);

ALTER TABLE ONLY latchkey.alarms FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.alarms OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.alarms.id IS 'something that a person must know';

COMMENT ON COLUMN latchkey.alarms.kind IS 'access_late, mismatch, poison, paid_twice, keys_out, job_dead';

COMMENT ON COLUMN latchkey.alarms.object IS 'what it is about';

COMMENT ON COLUMN latchkey.alarms.object_id IS 'which one';

COMMENT ON COLUMN latchkey.alarms.detail IS 'one sentence';

COMMENT ON COLUMN latchkey.alarms.at IS 'raised';

COMMENT ON COLUMN latchkey.alarms.repaired_at IS 'the product mended it by itself';

COMMENT ON COLUMN latchkey.alarms.closed_at IS 'over';

ALTER TABLE latchkey.alarms ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.alarms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.allocations (
    id bigint NOT NULL,
    payment_id bigint NOT NULL,
    due_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT allocations_amount_minor_check CHECK ((amount_minor <> 0))
);

ALTER TABLE ONLY latchkey.allocations FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.allocations OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.allocations.id IS 'order of writing';

COMMENT ON COLUMN latchkey.allocations.payment_id IS 'this money';

COMMENT ON COLUMN latchkey.allocations.due_id IS 'pays this amount';

COMMENT ON COLUMN latchkey.allocations.customer_id IS 'of the same customer';

COMMENT ON COLUMN latchkey.allocations.currency IS 'in the same currency';

COMMENT ON COLUMN latchkey.allocations.amount_minor IS 'negative undoes an earlier row';

COMMENT ON COLUMN latchkey.allocations.at IS 'when';

ALTER TABLE latchkey.allocations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.allocations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.article_answers (
    kind text NOT NULL,
    code text NOT NULL,
    article_id bigint NOT NULL,
    CONSTRAINT article_answers_check CHECK (((kind <> 'faq'::text) OR (code <> ALL (ARRAY['lost_card'::text, 'stolen_card'::text, 'pickup_card'::text, 'restricted_card'::text, 'fraudulent'::text, 'merchant_blacklist'::text, 'security_violation'::text, 'highest_risk_level'::text])))),
    CONSTRAINT article_answers_code_check CHECK (((code ~ '^[a-z0-9_]+$'::text) AND (length(code) <= 60))),
    CONSTRAINT article_answers_kind_check CHECK ((kind = ANY (ARRAY['faq'::text, 'playbook'::text])))
);

ALTER TABLE ONLY latchkey.article_answers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_answers OWNER TO lk_owner;

COMMENT ON TABLE latchkey.article_answers IS 'class or code of a declined payment to its article';

COMMENT ON COLUMN latchkey.article_answers.kind IS 'faq: shown to the customer; playbook: to staff';

COMMENT ON COLUMN latchkey.article_answers.code IS 'a class of declines, or one code of the gateway';

COMMENT ON COLUMN latchkey.article_answers.article_id IS 'what explains it';

CREATE TABLE latchkey.article_reads (
    version_id bigint NOT NULL,
    article_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.article_reads FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_reads OWNER TO lk_owner;

COMMENT ON TABLE latchkey.article_reads IS '"I have read this", said by staff of one version';

COMMENT ON COLUMN latchkey.article_reads.version_id IS 'which text';

COMMENT ON COLUMN latchkey.article_reads.article_id IS 'of which article';

COMMENT ON COLUMN latchkey.article_reads.staff_id IS 'who';

COMMENT ON COLUMN latchkey.article_reads.at IS 'when';

CREATE TABLE latchkey.article_versions (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    category text NOT NULL,
    "position" integer NOT NULL,
    keywords text DEFAULT ''::text NOT NULL,
    related text DEFAULT ''::text NOT NULL,
    answers text DEFAULT ''::text NOT NULL,
    fields text DEFAULT ''::text NOT NULL,
    body_md text NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    based_on bigint,
    copy_of integer,
    changed_by bigint,
    changed_at timestamp with time zone,
    published_at timestamp with time zone,
    published_by bigint,
    CONSTRAINT article_versions_answers_check CHECK ((length(answers) <= 500)),
    CONSTRAINT article_versions_body_md_check CHECK (((length(body_md) >= 1) AND (length(body_md) <= 60000))),
    CONSTRAINT article_versions_category_check CHECK (((length(category) >= 1) AND (length(category) <= 60))),
    CONSTRAINT article_versions_fields_check CHECK ((length(fields) <= 4000)),
    CONSTRAINT article_versions_keywords_check CHECK ((length(keywords) <= 500)),
    CONSTRAINT article_versions_position_check CHECK ((("position" >= 0) AND ("position" <= 9999))),
    CONSTRAINT article_versions_related_check CHECK ((length(related) <= 500)),
    CONSTRAINT article_versions_revision_check CHECK ((revision > 0)),
    CONSTRAINT article_versions_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 300))),
    CONSTRAINT article_versions_title_check CHECK (((length(title) >= 1) AND (length(title) <= 120))),
    CONSTRAINT article_versions_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY latchkey.article_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_versions OWNER TO lk_owner;

COMMENT ON TABLE latchkey.article_versions IS 'its texts; frozen once published, a draft before';

COMMENT ON COLUMN latchkey.article_versions.id IS 'one text of one article';

COMMENT ON COLUMN latchkey.article_versions.article_id IS 'of which article';

COMMENT ON COLUMN latchkey.article_versions.version IS 'counts up';

COMMENT ON COLUMN latchkey.article_versions.title IS 'its heading';

COMMENT ON COLUMN latchkey.article_versions.summary IS 'one or two sentences: in lists and search results';

COMMENT ON COLUMN latchkey.article_versions.category IS 'the heading that it stands under';

COMMENT ON COLUMN latchkey.article_versions."position" IS 'its place: categories stand in the order of their first article';

COMMENT ON COLUMN latchkey.article_versions.keywords IS 'other words that people search by';

COMMENT ON COLUMN latchkey.article_versions.related IS 'slugs of articles to read next, with blanks between';

COMMENT ON COLUMN latchkey.article_versions.answers IS 'classes and codes of declined payments that it explains, with blanks between';

COMMENT ON COLUMN latchkey.article_versions.fields IS 'playbook: what to note down, one a line: "Label" or "Label: choice / choice"';

COMMENT ON COLUMN latchkey.article_versions.body_md IS 'Markdown, the whole text';

COMMENT ON COLUMN latchkey.article_versions.revision IS 'counts the changes of a draft: who saves an older one is told';

COMMENT ON COLUMN latchkey.article_versions.based_on IS 'the published version that a draft was begun from';

COMMENT ON COLUMN latchkey.article_versions.copy_of IS 'restored from this version';

COMMENT ON COLUMN latchkey.article_versions.changed_by IS 'who changed the draft last; NULL: not by staff';

COMMENT ON COLUMN latchkey.article_versions.changed_at IS 'when the draft was changed last';

COMMENT ON COLUMN latchkey.article_versions.published_at IS 'frozen from then on; NULL is a draft';

COMMENT ON COLUMN latchkey.article_versions.published_by IS 'who published it; NULL: the operator, from files';

ALTER TABLE latchkey.article_versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.article_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.article_votes (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    version_id bigint NOT NULL,
    voter bytea NOT NULL,
    helpful boolean NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT article_votes_voter_check CHECK ((length(voter) = 32)),
    CONSTRAINT article_votes_words_check CHECK ((length(words) <= 1000))
);

ALTER TABLE ONLY latchkey.article_votes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_votes OWNER TO lk_owner;

COMMENT ON TABLE latchkey.article_votes IS '"Did this help?", one for each reader and version';

COMMENT ON COLUMN latchkey.article_votes.id IS 'in the order of voting';

COMMENT ON COLUMN latchkey.article_votes.article_id IS 'of which article';

COMMENT ON COLUMN latchkey.article_votes.version_id IS 'and which text of it';

COMMENT ON COLUMN latchkey.article_votes.voter IS 'SHA-256 of the customer or of the browser''s form cookie: counts one vote, names nobody';

COMMENT ON COLUMN latchkey.article_votes.helpful IS 'yes or no';

COMMENT ON COLUMN latchkey.article_votes.words IS 'what they would like to say to it';

COMMENT ON COLUMN latchkey.article_votes.at IS 'when';

ALTER TABLE latchkey.article_votes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.article_votes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.articles ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.articles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.attempts (
    id bigint NOT NULL,
    due_id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'created'::text NOT NULL,
    live boolean GENERATED ALWAYS AS ((status = ANY (ARRAY['created'::text, 'sent'::text, 'requires_action'::text, 'processing'::text, 'unknown'::text]))) STORED,
    gateway_ref text,
    session_ref text,
    session_url text,
    decline_code text,
    planned_at timestamp with time zone,
    why text,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    asked_at timestamp with time zone,
    asked integer DEFAULT 0 NOT NULL,
    payment_method_id bigint,
    on_session boolean DEFAULT false NOT NULL,
    class text,
    error_code text,
    advice_code text,
    settled_at timestamp with time zone,
    CONSTRAINT attempts_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT attempts_kind_check CHECK ((kind = ANY (ARRAY['checkout'::text, 'off_session'::text, 'second'::text, 'transfer'::text]))),
    CONSTRAINT attempts_status_check CHECK ((status = ANY (ARRAY['created'::text, 'sent'::text, 'requires_action'::text, 'processing'::text, 'unknown'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY latchkey.attempts FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.attempts OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.attempts.id IS 'ours, before the gateway''s object exists';

COMMENT ON COLUMN latchkey.attempts.due_id IS 'what it pays';

COMMENT ON COLUMN latchkey.attempts.order_id IS 'of which order';

COMMENT ON COLUMN latchkey.attempts.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.attempts.account_id IS 'at which gateway';

COMMENT ON COLUMN latchkey.attempts.amount_minor IS 'asked for';

COMMENT ON COLUMN latchkey.attempts.currency IS 'asked for';

COMMENT ON COLUMN latchkey.attempts.key IS 'idempotency key, kept in the gateway''s metadata as well';

COMMENT ON COLUMN latchkey.attempts.kind IS 'hosted page; saved method; a second payment nobody asked for';

COMMENT ON COLUMN latchkey.attempts.status IS 'see transitions';

COMMENT ON COLUMN latchkey.attempts.live IS 'may still take money';

COMMENT ON COLUMN latchkey.attempts.gateway_ref IS 'payment intent';

COMMENT ON COLUMN latchkey.attempts.session_ref IS 'checkout session';

COMMENT ON COLUMN latchkey.attempts.session_url IS 'where its hosted page is';

COMMENT ON COLUMN latchkey.attempts.decline_code IS 'why the gateway refused';

COMMENT ON COLUMN latchkey.attempts.planned_at IS 'retries: when it is to be made';

COMMENT ON COLUMN latchkey.attempts.why IS 'retries: the sentence for staff';

COMMENT ON COLUMN latchkey.attempts.created_at IS 'committed before anything is sent';

COMMENT ON COLUMN latchkey.attempts.sent_at IS 'handed to the gateway';

COMMENT ON COLUMN latchkey.attempts.asked_at IS 'the gateway was last asked about it';

COMMENT ON COLUMN latchkey.attempts.asked IS 'how often';

COMMENT ON COLUMN latchkey.attempts.payment_method_id IS 'saved method: which one';

COMMENT ON COLUMN latchkey.attempts.on_session IS 'the customer is there and can answer their bank';

COMMENT ON COLUMN latchkey.attempts.class IS 'the class of decline that a retry answers';

COMMENT ON COLUMN latchkey.attempts.error_code IS 'the gateway''s kind of error: card_declined, expired_card';

COMMENT ON COLUMN latchkey.attempts.advice_code IS 'what the network advises: do_not_try_again, try_again_later, confirm_card_data';

COMMENT ON COLUMN latchkey.attempts.settled_at IS 'when it failed, succeeded or was called off';

ALTER TABLE latchkey.attempts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    actor_id bigint,
    action text NOT NULL,
    object text NOT NULL,
    object_id bigint,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT audit_actor_check CHECK ((actor = ANY (ARRAY['staff'::text, 'customer'::text, 'operator'::text, 'product'::text])))
);

ALTER TABLE ONLY latchkey.audit FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.audit OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.audit.id IS 'order of writing';

COMMENT ON COLUMN latchkey.audit.at IS 'when';

COMMENT ON COLUMN latchkey.audit.actor IS 'who did it';

COMMENT ON COLUMN latchkey.audit.actor_id IS 'which one';

COMMENT ON COLUMN latchkey.audit.action IS 'order.granted, staff.added, ...';

COMMENT ON COLUMN latchkey.audit.object IS 'what it was done to';

COMMENT ON COLUMN latchkey.audit.object_id IS 'which one';

COMMENT ON COLUMN latchkey.audit.facts IS 'what changed, nothing personal';

ALTER TABLE latchkey.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.bank_lines (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    statement text NOT NULL,
    line integer NOT NULL,
    booked_on date NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    reference text DEFAULT ''::text NOT NULL,
    payer text DEFAULT ''::text NOT NULL,
    payer_iban text DEFAULT ''::text NOT NULL,
    source text NOT NULL,
    status text DEFAULT 'new'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    loaded_by bigint,
    loaded_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT bank_lines_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT bank_lines_check CHECK (((status <> 'set_aside'::text) OR (reason <> ''::text))),
    CONSTRAINT bank_lines_line_check CHECK ((line > 0)),
    CONSTRAINT bank_lines_source_check CHECK ((source = ANY (ARRAY['camt'::text, 'csv'::text, 'hand'::text]))),
    CONSTRAINT bank_lines_statement_check CHECK ((statement <> ''::text)),
    CONSTRAINT bank_lines_status_check CHECK ((status = ANY (ARRAY['new'::text, 'matched'::text, 'set_aside'::text, 'payout'::text])))
);

ALTER TABLE ONLY latchkey.bank_lines FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.bank_lines OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.bank_lines.id IS 'a credit on our bank account';

COMMENT ON COLUMN latchkey.bank_lines.account_id IS 'which account of ours';

COMMENT ON COLUMN latchkey.bank_lines.statement IS 'the bank''s name of the statement, or one made from the line itself';

COMMENT ON COLUMN latchkey.bank_lines.line IS 'its place there';

COMMENT ON COLUMN latchkey.bank_lines.booked_on IS 'the bank''s day';

COMMENT ON COLUMN latchkey.bank_lines.amount_minor IS 'credited';

COMMENT ON COLUMN latchkey.bank_lines.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.bank_lines.reference IS 'what the payer wrote';

COMMENT ON COLUMN latchkey.bank_lines.payer IS 'whom it came from, as the bank says';

COMMENT ON COLUMN latchkey.bank_lines.payer_iban IS 'from which account; where money goes back to';

COMMENT ON COLUMN latchkey.bank_lines.source IS 'a statement''s file, a list, or entered by hand';

COMMENT ON COLUMN latchkey.bank_lines.status IS 'see transitions';

COMMENT ON COLUMN latchkey.bank_lines.reason IS 'set aside: why';

COMMENT ON COLUMN latchkey.bank_lines.loaded_by IS 'who brought it in; NULL: the operator';

COMMENT ON COLUMN latchkey.bank_lines.loaded_at IS 'when';

COMMENT ON COLUMN latchkey.bank_lines.settled_at IS 'matched, set aside or booked then; NULL: new';

ALTER TABLE latchkey.bank_lines ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.bank_lines_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.call_limits (
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT call_limits_amount_minor_check CHECK ((amount_minor >= 0))
);

ALTER TABLE ONLY latchkey.call_limits FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.call_limits OWNER TO lk_owner;

COMMENT ON TABLE latchkey.call_limits IS 'the setting [recovery] call_above, by currency; none: nobody is called by it';

COMMENT ON COLUMN latchkey.call_limits.currency IS 'ISO 4217';

COMMENT ON COLUMN latchkey.call_limits.amount_minor IS 'a failure of this much or more opens a call task';

CREATE TABLE latchkey.case_answers (
    case_id bigint NOT NULL,
    version_id bigint NOT NULL,
    "position" integer NOT NULL,
    label text NOT NULL,
    answer text NOT NULL,
    staff_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT case_answers_answer_check CHECK ((length(answer) <= 1000)),
    CONSTRAINT case_answers_label_check CHECK ((label <> ''::text)),
    CONSTRAINT case_answers_position_check CHECK ((("position" >= 1) AND ("position" <= 12)))
);

ALTER TABLE ONLY latchkey.case_answers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.case_answers OWNER TO lk_owner;

COMMENT ON TABLE latchkey.case_answers IS 'what was noted in the fields of a playbook';

COMMENT ON COLUMN latchkey.case_answers.case_id IS 'in which case';

COMMENT ON COLUMN latchkey.case_answers.version_id IS 'by which version of the playbook';

COMMENT ON COLUMN latchkey.case_answers."position" IS 'which of its fields, from 1';

COMMENT ON COLUMN latchkey.case_answers.label IS 'the field, as it stood there';

COMMENT ON COLUMN latchkey.case_answers.answer IS 'what was noted';

COMMENT ON COLUMN latchkey.case_answers.staff_id IS 'who noted it last';

COMMENT ON COLUMN latchkey.case_answers.at IS 'when';

CREATE TABLE latchkey.case_causes (
    cause text NOT NULL,
    title text NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT case_causes_cause_check CHECK ((cause ~ '^[a-z][a-z_]*$'::text)),
    CONSTRAINT case_causes_title_check CHECK ((title <> ''::text))
);

ALTER TABLE ONLY latchkey.case_causes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.case_causes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.case_causes.cause IS 'short name';

COMMENT ON COLUMN latchkey.case_causes.title IS 'in words, for staff';

COMMENT ON COLUMN latchkey.case_causes."position" IS 'order in lists';

CREATE TABLE latchkey.case_notes (
    id bigint NOT NULL,
    case_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    outcome text DEFAULT ''::text NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    next_at timestamp with time zone,
    staff_id bigint NOT NULL,
    form_nonce text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT case_notes_body_check CHECK ((length(body) <= 10000)),
    CONSTRAINT case_notes_check CHECK (((kind = 'call'::text) = (outcome <> ''::text))),
    CONSTRAINT case_notes_check1 CHECK (((kind = 'call'::text) OR (body <> ''::text))),
    CONSTRAINT case_notes_check2 CHECK (((kind = 'call'::text) OR (next_at IS NULL))),
    CONSTRAINT case_notes_kind_check CHECK ((kind = ANY (ARRAY['note'::text, 'call'::text]))),
    CONSTRAINT case_notes_outcome_check CHECK ((outcome = ANY (ARRAY[''::text, 'reached'::text, 'no_answer'::text, 'wrong_number'::text])))
);

ALTER TABLE ONLY latchkey.case_notes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.case_notes OWNER TO lk_owner;

COMMENT ON TABLE latchkey.case_notes IS 'what staff noted in a case: calls and what came of them, and notes';

COMMENT ON COLUMN latchkey.case_notes.id IS 'in the order of writing';

COMMENT ON COLUMN latchkey.case_notes.case_id IS 'in which case';

COMMENT ON COLUMN latchkey.case_notes.customer_id IS 'about whom';

COMMENT ON COLUMN latchkey.case_notes.kind IS 'a call, or a note';

COMMENT ON COLUMN latchkey.case_notes.outcome IS 'of a call: reached, no_answer, wrong_number';

COMMENT ON COLUMN latchkey.case_notes.body IS 'in their words';

COMMENT ON COLUMN latchkey.case_notes.next_at IS 'of a call: when to call again; a task is open for it';

COMMENT ON COLUMN latchkey.case_notes.staff_id IS 'who wrote it';

COMMENT ON COLUMN latchkey.case_notes.form_nonce IS 'of the form: sent twice is one note';

COMMENT ON COLUMN latchkey.case_notes.at IS 'when';

ALTER TABLE latchkey.case_notes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.case_notes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.cases ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.cases_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.chain_pending (
    source text NOT NULL,
    row_id bigint NOT NULL,
    CONSTRAINT chain_pending_source_check CHECK ((source = ANY (ARRAY['audit'::text, 'evidence'::text])))
);

ALTER TABLE ONLY latchkey.chain_pending FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.chain_pending OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.chain_pending.source IS 'which table';

COMMENT ON COLUMN latchkey.chain_pending.row_id IS 'its row that is not sealed yet';

CREATE TABLE latchkey.chain_seals (
    source text NOT NULL,
    seal bigint NOT NULL,
    row_id bigint NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT chain_seals_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT chain_seals_seal_check CHECK ((seal > 0)),
    CONSTRAINT chain_seals_source_check CHECK ((source = ANY (ARRAY['audit'::text, 'evidence'::text])))
);

ALTER TABLE ONLY latchkey.chain_seals FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.chain_seals OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.chain_seals.source IS 'which chain';

COMMENT ON COLUMN latchkey.chain_seals.seal IS 'place in the chain, without gaps';

COMMENT ON COLUMN latchkey.chain_seals.row_id IS 'the row sealed here';

COMMENT ON COLUMN latchkey.chain_seals.hash IS 'sha256(previous hash || row)';

COMMENT ON COLUMN latchkey.chain_seals.sealed_at IS 'when, product''s time';

CREATE TABLE latchkey.change_markers (
    id bigint NOT NULL,
    changed_on date NOT NULL,
    what text NOT NULL,
    cause text,
    form_nonce text NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    made_by bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    edited_by bigint,
    edited_at timestamp with time zone,
    CONSTRAINT change_markers_check CHECK (((edited_by IS NULL) = (edited_at IS NULL))),
    CONSTRAINT change_markers_revision_check CHECK ((revision > 0)),
    CONSTRAINT change_markers_what_check CHECK (((length(what) >= 1) AND (length(what) <= 300)))
);

ALTER TABLE ONLY latchkey.change_markers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.change_markers OWNER TO lk_owner;

COMMENT ON TABLE latchkey.change_markers IS 'what was changed, to be seen in the report of causes';

COMMENT ON COLUMN latchkey.change_markers.id IS 'one change';

COMMENT ON COLUMN latchkey.change_markers.changed_on IS 'its day, in the shop''s zone';

COMMENT ON COLUMN latchkey.change_markers.what IS 'what was changed, in a line';

COMMENT ON COLUMN latchkey.change_markers.cause IS 'which cause it is meant for; NULL: all';

COMMENT ON COLUMN latchkey.change_markers.form_nonce IS 'of the form: sent twice is one change';

COMMENT ON COLUMN latchkey.change_markers.revision IS 'counts the edits: who saves an older one is told';

COMMENT ON COLUMN latchkey.change_markers.made_by IS 'who wrote it down';

COMMENT ON COLUMN latchkey.change_markers.made_at IS 'when';

COMMENT ON COLUMN latchkey.change_markers.edited_by IS 'who changed it last';

COMMENT ON COLUMN latchkey.change_markers.edited_at IS 'when';

ALTER TABLE latchkey.change_markers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.change_markers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.claims (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    person_id bigint NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT claims_check CHECK ((person_id <> customer_id)),
    CONSTRAINT claims_check1 CHECK (((used_at IS NULL) OR (ended_at IS NULL)))
);

ALTER TABLE ONLY latchkey.claims FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.claims OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.claims.id IS 'named by the mail that carries the link';

COMMENT ON COLUMN latchkey.claims.order_id IS 'whose access is offered';

COMMENT ON COLUMN latchkey.claims.customer_id IS 'the payer, who offers it';

COMMENT ON COLUMN latchkey.claims.person_id IS 'who may use it from then on';

COMMENT ON COLUMN latchkey.claims.asked_at IS 'when the payer asked';

COMMENT ON COLUMN latchkey.claims.used_at IS 'when the link was used: the access is theirs';

COMMENT ON COLUMN latchkey.claims.ended_at IS 'withdrawn, or replaced by another, before it was used';

ALTER TABLE latchkey.claims ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.claims_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.corrections (
    id bigint NOT NULL,
    nonce text NOT NULL,
    status text DEFAULT 'new'::text NOT NULL,
    number text NOT NULL,
    amount text NOT NULL,
    last_four text NOT NULL,
    new_email text NOT NULL,
    new_fold text NOT NULL,
    browser_order_id bigint,
    asked_at timestamp with time zone NOT NULL,
    order_id bigint,
    customer_id bigint,
    old_email text,
    fits text[] DEFAULT '{}'::text[] NOT NULL,
    why text[] DEFAULT '{}'::text[] NOT NULL,
    reason text,
    decided_by bigint,
    decided_at timestamp with time zone,
    CONSTRAINT corrections_check CHECK (((status <> ALL (ARRAY['with_staff'::text, 'done'::text, 'refused'::text])) OR ((order_id IS NOT NULL) AND (customer_id IS NOT NULL)))),
    CONSTRAINT corrections_check1 CHECK (((status <> 'refused'::text) OR ((reason IS NOT NULL) AND (decided_by IS NOT NULL)))),
    CONSTRAINT corrections_status_check CHECK ((status = ANY (ARRAY['new'::text, 'with_staff'::text, 'done'::text, 'refused'::text, 'unproved'::text, 'repeated'::text])))
);

ALTER TABLE ONLY latchkey.corrections FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.corrections OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.corrections.id IS 'order of asking';

COMMENT ON COLUMN latchkey.corrections.nonce IS 'names the form: sent twice is one request';

COMMENT ON COLUMN latchkey.corrections.status IS 'new: the worker looks at it; unproved: fits no order; repeated: asked before';

COMMENT ON COLUMN latchkey.corrections.number IS 'order number as told';

COMMENT ON COLUMN latchkey.corrections.amount IS 'amount as told';

COMMENT ON COLUMN latchkey.corrections.last_four IS 'last four digits as told';

COMMENT ON COLUMN latchkey.corrections.new_email IS 'the address it should be';

COMMENT ON COLUMN latchkey.corrections.new_fold IS 'the same for look-up';

COMMENT ON COLUMN latchkey.corrections.browser_order_id IS 'the order whose checkout this browser began';

COMMENT ON COLUMN latchkey.corrections.asked_at IS 'product''s time';

COMMENT ON COLUMN latchkey.corrections.order_id IS 'the order that it fits';

COMMENT ON COLUMN latchkey.corrections.customer_id IS 'its customer then';

COMMENT ON COLUMN latchkey.corrections.old_email IS 'their address then';

COMMENT ON COLUMN latchkey.corrections.fits IS 'amount, last_four, browser: what was right beside the number';

COMMENT ON COLUMN latchkey.corrections.why IS 'what speaks against doing it at once';

COMMENT ON COLUMN latchkey.corrections.reason IS 'what staff said';

COMMENT ON COLUMN latchkey.corrections.decided_by IS 'which of the staff; NULL when it was done at once';

COMMENT ON COLUMN latchkey.corrections.decided_at IS 'product''s time';

ALTER TABLE latchkey.corrections ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.corrections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.credentials (
    customer_id bigint NOT NULL,
    password_hash text NOT NULL,
    set_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.credentials FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.credentials OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.credentials.customer_id IS 'whose password this is';

COMMENT ON COLUMN latchkey.credentials.password_hash IS 'argon2id in its encoded form';

COMMENT ON COLUMN latchkey.credentials.set_at IS 'when it was chosen';

CREATE TABLE latchkey.currencies (
    code text NOT NULL,
    exponent smallint NOT NULL,
    step smallint GENERATED ALWAYS AS (
CASE exponent
    WHEN 3 THEN 10
    ELSE 1
END) STORED NOT NULL,
    CONSTRAINT currencies_code_check CHECK ((code ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT currencies_exponent_check CHECK ((exponent = ANY (ARRAY[0, 2, 3])))
);

ALTER TABLE ONLY latchkey.currencies FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.currencies OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.currencies.code IS 'ISO 4217, upper case';

COMMENT ON COLUMN latchkey.currencies.exponent IS 'digits after the point';

COMMENT ON COLUMN latchkey.currencies.step IS 'amounts that are charged or paid back are whole multiples of it';

CREATE TABLE latchkey.disputes (
    id bigint NOT NULL,
    payment_id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    account_id bigint NOT NULL,
    gateway_ref text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    status text NOT NULL,
    due_by timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    answer_nonce text,
    answer text DEFAULT ''::text NOT NULL,
    answer_log text DEFAULT ''::text NOT NULL,
    answer_key text,
    answer_by bigint,
    answer_at timestamp with time zone,
    answer_sent_at timestamp with time zone,
    answer_fault text DEFAULT ''::text NOT NULL,
    CONSTRAINT disputes_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT disputes_check CHECK (((answer_key IS NULL) = (answer_at IS NULL))),
    CONSTRAINT disputes_status_check CHECK ((status = ANY (ARRAY['open'::text, 'answered'::text, 'won'::text, 'lost'::text])))
);

ALTER TABLE ONLY latchkey.disputes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.disputes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.disputes.id IS 'the bank took money back and asks for evidence';

COMMENT ON COLUMN latchkey.disputes.payment_id IS 'of which payment';

COMMENT ON COLUMN latchkey.disputes.order_id IS 'of which order';

COMMENT ON COLUMN latchkey.disputes.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.disputes.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.disputes.account_id IS 'through which gateway';

COMMENT ON COLUMN latchkey.disputes.gateway_ref IS 'the gateway''s dispute';

COMMENT ON COLUMN latchkey.disputes.amount_minor IS 'disputed';

COMMENT ON COLUMN latchkey.disputes.reason IS 'the bank''s';

COMMENT ON COLUMN latchkey.disputes.status IS 'see transitions';

COMMENT ON COLUMN latchkey.disputes.due_by IS 'evidence is wanted by';

COMMENT ON COLUMN latchkey.disputes.created_at IS 'when we learnt of it';

COMMENT ON COLUMN latchkey.disputes.closed_at IS 'when it was decided';

COMMENT ON COLUMN latchkey.disputes.answer_nonce IS 'of the form: sent twice is one answer';

COMMENT ON COLUMN latchkey.disputes.answer IS 'what we tell the bank';

COMMENT ON COLUMN latchkey.disputes.answer_log IS 'what the log held when the answer was written, as lines';

COMMENT ON COLUMN latchkey.disputes.answer_key IS 'the idempotency key of the answer, committed before it is sent';

COMMENT ON COLUMN latchkey.disputes.answer_by IS 'who answered';

COMMENT ON COLUMN latchkey.disputes.answer_at IS 'when they did';

COMMENT ON COLUMN latchkey.disputes.answer_sent_at IS 'the gateway has it';

COMMENT ON COLUMN latchkey.disputes.answer_fault IS 'the gateway''s code when it did not take it';

CREATE TABLE latchkey.evidence (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint,
    kind text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    salt bytea,
    personal text,
    personal_hash bytea
);

ALTER TABLE ONLY latchkey.evidence FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.evidence OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.evidence.id IS 'order of writing';

COMMENT ON COLUMN latchkey.evidence.at IS 'when';

COMMENT ON COLUMN latchkey.evidence.customer_id IS 'whose act';

COMMENT ON COLUMN latchkey.evidence.order_id IS 'about which order';

COMMENT ON COLUMN latchkey.evidence.kind IS 'agreed, consented, mailed, logged_in, opened, downloaded, offered, claimed, taken_back';

COMMENT ON COLUMN latchkey.evidence.facts IS 'nothing personal';

COMMENT ON COLUMN latchkey.evidence.salt IS 'with the text below makes the hash in the chain';

COMMENT ON COLUMN latchkey.evidence.personal IS 'address and browser; cleared by an erasure, the chain stays whole';

COMMENT ON COLUMN latchkey.evidence.personal_hash IS 'sha256(salt || personal)';

CREATE TABLE latchkey.messages (
    id bigint NOT NULL,
    kind text NOT NULL,
    object text NOT NULL,
    object_id bigint NOT NULL,
    period text DEFAULT ''::text NOT NULL,
    customer_id bigint,
    email text NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    lease_until timestamp with time zone,
    code integer,
    detail text,
    staff_id bigint,
    CONSTRAINT messages_check CHECK (((customer_id IS NULL) <> (staff_id IS NULL))),
    CONSTRAINT messages_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'deferred'::text, 'refused'::text, 'maybe_sent'::text, 'skipped'::text, 'bounced'::text])))
);

ALTER TABLE ONLY latchkey.messages FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.messages OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.messages.id IS 'a mail that is due, once';

COMMENT ON COLUMN latchkey.messages.kind IS 'paid, access_open, refunded, ...: its template';

COMMENT ON COLUMN latchkey.messages.object IS 'order, payment, refund, customer';

COMMENT ON COLUMN latchkey.messages.object_id IS 'which one';

COMMENT ON COLUMN latchkey.messages.period IS 'where one kind may repeat: resend-2, 2026-03-04';

COMMENT ON COLUMN latchkey.messages.customer_id IS 'to whom';

COMMENT ON COLUMN latchkey.messages.email IS 'to which address';

COMMENT ON COLUMN latchkey.messages.status IS 'see transitions';

COMMENT ON COLUMN latchkey.messages.queued_at IS 'when it became due';

COMMENT ON COLUMN latchkey.messages.sent_at IS 'when the server took it';

COMMENT ON COLUMN latchkey.messages.tries IS 'sends so far';

COMMENT ON COLUMN latchkey.messages.lease_until IS 'sending: whoever holds it must be done by then, real time';

COMMENT ON COLUMN latchkey.messages.code IS 'the server''s last answer';

COMMENT ON COLUMN latchkey.messages.detail IS 'in its words';

COMMENT ON COLUMN latchkey.messages.staff_id IS 'to which member of staff; customer_id is empty then';

CREATE TABLE latchkey.moves (
    id bigint NOT NULL,
    machine text NOT NULL,
    object_id bigint NOT NULL,
    customer_id bigint,
    was text NOT NULL,
    status text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.moves FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.moves OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.moves.id IS 'order of writing';

COMMENT ON COLUMN latchkey.moves.machine IS 'which kind of thing changed';

COMMENT ON COLUMN latchkey.moves.object_id IS 'its id';

COMMENT ON COLUMN latchkey.moves.customer_id IS 'whose it is, where it is somebody''s';

COMMENT ON COLUMN latchkey.moves.was IS 'the status before';

COMMENT ON COLUMN latchkey.moves.status IS 'the status after';

COMMENT ON COLUMN latchkey.moves.at IS 'when, in the product''s time';

CREATE TABLE latchkey.notes (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    nonce text NOT NULL,
    body text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT notes_body_check CHECK ((body <> ''::text))
);

ALTER TABLE ONLY latchkey.notes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.notes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.notes.id IS 'what staff wrote about a customer; never changed';

COMMENT ON COLUMN latchkey.notes.customer_id IS 'about whom';

COMMENT ON COLUMN latchkey.notes.staff_id IS 'by whom';

COMMENT ON COLUMN latchkey.notes.nonce IS 'of the form: sent twice is one note';

COMMENT ON COLUMN latchkey.notes.body IS 'as typed, lines';

COMMENT ON COLUMN latchkey.notes.at IS 'when';

CREATE TABLE latchkey.posts (
    id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    author text NOT NULL,
    staff_id bigint,
    via text NOT NULL,
    body text NOT NULL,
    from_email text,
    left_out integer DEFAULT 0 NOT NULL,
    form_nonce text,
    message_ref bytea,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    CONSTRAINT posts_author_check CHECK ((author = ANY (ARRAY['customer'::text, 'staff'::text]))),
    CONSTRAINT posts_body_check CHECK ((length(body) <= 20000)),
    CONSTRAINT posts_check CHECK (((author = 'staff'::text) = (staff_id IS NOT NULL))),
    CONSTRAINT posts_check1 CHECK (((via = 'mail'::text) = (message_ref IS NOT NULL))),
    CONSTRAINT posts_subject_check CHECK ((length(subject) <= 200)),
    CONSTRAINT posts_via_check CHECK ((via = ANY (ARRAY['page'::text, 'mail'::text])))
);

ALTER TABLE ONLY latchkey.posts FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.posts OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.posts.id IS 'order of writing';

COMMENT ON COLUMN latchkey.posts.ticket_id IS 'in which conversation';

COMMENT ON COLUMN latchkey.posts.customer_id IS 'whose conversation it is';

COMMENT ON COLUMN latchkey.posts.author IS 'who wrote it';

COMMENT ON COLUMN latchkey.posts.staff_id IS 'staff: which one';

COMMENT ON COLUMN latchkey.posts.via IS 'typed on a page, or a mail';

COMMENT ON COLUMN latchkey.posts.body IS 'plain text; card numbers are refused on pages and masked in mails';

COMMENT ON COLUMN latchkey.posts.from_email IS 'mail: the sender that it names, proved by nothing';

COMMENT ON COLUMN latchkey.posts.left_out IS 'mail: attachments that were not taken';

COMMENT ON COLUMN latchkey.posts.form_nonce IS 'page: one form makes one post';

COMMENT ON COLUMN latchkey.posts.message_ref IS 'mail: SHA-256 of its Message-ID, so that it counts once';

COMMENT ON COLUMN latchkey.posts.at IS 'when';

COMMENT ON COLUMN latchkey.posts.received_at IS 'real time, for limits';

COMMENT ON COLUMN latchkey.posts.subject IS 'of a personal mail that staff began; '''' for an answer';

CREATE TABLE latchkey.receipts (
    id bigint NOT NULL,
    series text NOT NULL,
    seq integer NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    payment_id bigint,
    refund_id bigint,
    refers_to bigint,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    paper jsonb NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    CONSTRAINT receipts_check CHECK (((kind = 'receipt'::text) = (payment_id IS NOT NULL))),
    CONSTRAINT receipts_check1 CHECK (((kind = 'credit_note'::text) = (refund_id IS NOT NULL))),
    CONSTRAINT receipts_kind_check CHECK ((kind = ANY (ARRAY['receipt'::text, 'credit_note'::text]))),
    CONSTRAINT receipts_seq_check CHECK ((seq > 0)),
    CONSTRAINT receipts_total_minor_check CHECK ((total_minor > 0))
);

ALTER TABLE ONLY latchkey.receipts FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.receipts OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.receipts.id IS 'a paper that was issued; never changed';

COMMENT ON COLUMN latchkey.receipts.series IS 'numbered without gaps within it';

COMMENT ON COLUMN latchkey.receipts.seq IS 'its number there';

COMMENT ON COLUMN latchkey.receipts.number IS 'as printed: R-2026-000042';

COMMENT ON COLUMN latchkey.receipts.kind IS 'what it says';

COMMENT ON COLUMN latchkey.receipts.order_id IS 'for which order';

COMMENT ON COLUMN latchkey.receipts.customer_id IS 'to whom';

COMMENT ON COLUMN latchkey.receipts.payment_id IS 'receipt: for this payment';

COMMENT ON COLUMN latchkey.receipts.refund_id IS 'credit note: for this refund';

COMMENT ON COLUMN latchkey.receipts.refers_to IS 'credit note: corrects this receipt';

COMMENT ON COLUMN latchkey.receipts.currency IS 'as charged';

COMMENT ON COLUMN latchkey.receipts.total_minor IS 'as charged';

COMMENT ON COLUMN latchkey.receipts.paper IS 'seller, buyer, lines, taxes, paid with: copied, as printed';

COMMENT ON COLUMN latchkey.receipts.issued_at IS 'date of the paper';

CREATE TABLE latchkey.refunds (
    id bigint NOT NULL,
    payment_id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    account_id bigint NOT NULL,
    gateway_ref text,
    key text,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    status text NOT NULL,
    credit_minor bigint DEFAULT 0 NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    asked_by bigint,
    approved_by bigint,
    created_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    part_of bigint,
    form_nonce text,
    note text DEFAULT ''::text NOT NULL,
    two_persons boolean DEFAULT false NOT NULL,
    decided_at timestamp with time zone,
    refusal text DEFAULT ''::text NOT NULL,
    sent_at timestamp with time zone,
    asked_at timestamp with time zone,
    fault text DEFAULT ''::text NOT NULL,
    ends_agreement boolean,
    CONSTRAINT refunds_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT refunds_check CHECK (((credit_minor >= 0) AND (credit_minor <= amount_minor))),
    CONSTRAINT refunds_check1 CHECK ((part_of <> id)),
    CONSTRAINT refunds_check2 CHECK (((form_nonce IS NULL) OR (asked_by IS NOT NULL))),
    CONSTRAINT refunds_check3 CHECK (((NOT two_persons) OR (approved_by IS NULL) OR ((asked_by IS NOT NULL) AND (asked_by <> approved_by)))),
    CONSTRAINT refunds_check4 CHECK (((NOT two_persons) OR (status = ANY (ARRAY['asked'::text, 'refused'::text])) OR (approved_by IS NOT NULL))),
    CONSTRAINT refunds_kind_check CHECK ((kind = ANY (ARRAY['withdrawal'::text, 'gateway'::text, 'second'::text, 'staff'::text, 'unmatched'::text]))),
    CONSTRAINT refunds_status_check CHECK ((status = ANY (ARRAY['asked'::text, 'approved'::text, 'refused'::text, 'sent'::text, 'unknown'::text, 'succeeded'::text, 'failed'::text])))
);

ALTER TABLE ONLY latchkey.refunds FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refunds OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.refunds.id IS 'money going back';

COMMENT ON COLUMN latchkey.refunds.payment_id IS 'of which payment';

COMMENT ON COLUMN latchkey.refunds.order_id IS 'of which order';

COMMENT ON COLUMN latchkey.refunds.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.refunds.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.refunds.account_id IS 'through which gateway';

COMMENT ON COLUMN latchkey.refunds.gateway_ref IS 'the gateway''s refund, once there is one';

COMMENT ON COLUMN latchkey.refunds.key IS 'idempotency key of ours; NULL when it was made at the gateway';

COMMENT ON COLUMN latchkey.refunds.kind IS 'made there; offered because it was paid twice; by staff';

COMMENT ON COLUMN latchkey.refunds.amount_minor IS 'minor units';

COMMENT ON COLUMN latchkey.refunds.status IS 'see transitions';

COMMENT ON COLUMN latchkey.refunds.credit_minor IS 'of it from what no due had used';

COMMENT ON COLUMN latchkey.refunds.reason IS 'as the gateway or staff put it';

COMMENT ON COLUMN latchkey.refunds.asked_by IS 'staff who asked';

COMMENT ON COLUMN latchkey.refunds.approved_by IS 'staff who approved; another person above the limit';

COMMENT ON COLUMN latchkey.refunds.created_at IS 'when we learnt of it';

COMMENT ON COLUMN latchkey.refunds.settled_at IS 'when it succeeded';

COMMENT ON COLUMN latchkey.refunds.part_of IS 'what staff asked for once may go back from several payments: the first row of them';

COMMENT ON COLUMN latchkey.refunds.form_nonce IS 'of the form of the staff: sent twice is one refund';

COMMENT ON COLUMN latchkey.refunds.note IS 'why, in the words of whoever asked; the customer does not see it';

COMMENT ON COLUMN latchkey.refunds.two_persons IS 'above the limit when it was asked for: whoever approves is somebody else';

COMMENT ON COLUMN latchkey.refunds.decided_at IS 'approved or refused';

COMMENT ON COLUMN latchkey.refunds.refusal IS 'why it was refused';

COMMENT ON COLUMN latchkey.refunds.sent_at IS 'its key went to the gateway first then';

COMMENT ON COLUMN latchkey.refunds.asked_at IS 'the gateway was asked about it last';

COMMENT ON COLUMN latchkey.refunds.fault IS 'the gateway''s code when it did not make it';

COMMENT ON COLUMN latchkey.refunds.ends_agreement IS 'whether the subscription ends with it, as staff chose; NULL: nobody was asked, and it ends once all that came went back';

CREATE VIEW latchkey.customer_timeline WITH (security_invoker='true') AS
 SELECT moves.customer_id,
    moves.at,
    moves.id,
    'move'::text AS source,
    moves.machine AS topic,
    moves.status AS code,
    moves.object_id
   FROM latchkey.moves
  WHERE ((moves.machine = ANY (ARRAY['order'::text, 'attempt'::text, 'access'::text, 'refund'::text, 'dispute'::text])) AND (NOT ((moves.machine = ANY (ARRAY['order'::text, 'attempt'::text])) AND (moves.status = ANY (ARRAY['paid'::text, 'succeeded'::text])))))
UNION ALL
 SELECT orders.customer_id,
    orders.created_at AS at,
    orders.id,
    'begun'::text AS source,
    'order'::text AS topic,
    'begun'::text AS code,
    orders.id AS object_id
   FROM latchkey.orders
UNION ALL
 SELECT messages.customer_id,
    messages.queued_at AS at,
    messages.id,
    'mail'::text AS source,
    messages.kind AS topic,
    messages.status AS code,
    messages.id AS object_id
   FROM latchkey.messages
UNION ALL
 SELECT evidence.customer_id,
    evidence.at,
    evidence.id,
    'evidence'::text AS source,
    'evidence'::text AS topic,
    evidence.kind AS code,
    evidence.order_id AS object_id
   FROM latchkey.evidence
  WHERE (evidence.kind <> ALL (ARRAY['paid'::text, 'refunded'::text, 'disputed'::text, 'mailed'::text]))
UNION ALL
 SELECT payments.customer_id,
    payments.received_at AS at,
    payments.id,
    'payment'::text AS source,
    'payment'::text AS topic,
    payments.brand AS code,
    payments.id AS object_id
   FROM latchkey.payments
UNION ALL
 SELECT receipts.customer_id,
    receipts.issued_at AS at,
    receipts.id,
    'receipt'::text AS source,
    'receipt'::text AS topic,
    receipts.kind AS code,
    receipts.id AS object_id
   FROM latchkey.receipts
UNION ALL
 SELECT refunds.customer_id,
    refunds.created_at AS at,
    refunds.id,
    'refund'::text AS source,
    'refund_kind'::text AS topic,
    refunds.kind AS code,
    refunds.id AS object_id
   FROM latchkey.refunds
UNION ALL
 SELECT disputes.customer_id,
    disputes.created_at AS at,
    disputes.id,
    'dispute'::text AS source,
    'dispute_reason'::text AS topic,
    disputes.reason AS code,
    disputes.id AS object_id
   FROM latchkey.disputes
UNION ALL
 SELECT access.person_id AS customer_id,
    access.granted_at AS at,
    access.id,
    'access'::text AS source,
    'access'::text AS topic,
    access.reason AS code,
    access.id AS object_id
   FROM latchkey.access
UNION ALL
 SELECT notes.customer_id,
    notes.at,
    notes.id,
    'note'::text AS source,
    'note'::text AS topic,
    'note'::text AS code,
    notes.staff_id AS object_id
   FROM latchkey.notes
UNION ALL
 SELECT posts.customer_id,
    posts.at,
    posts.id,
    'post'::text AS source,
    posts.author AS topic,
    posts.via AS code,
    posts.ticket_id AS object_id
   FROM latchkey.posts
UNION ALL
 SELECT audit.object_id AS customer_id,
    audit.at,
    audit.id,
    'audit'::text AS source,
    audit.actor AS topic,
    audit.action AS code,
    audit.id AS object_id
   FROM latchkey.audit
  WHERE ((audit.object = 'customer'::text) AND (audit.action <> 'customer.note'::text))
UNION ALL
 SELECT o.customer_id,
    a.at,
    a.id,
    'audit'::text AS source,
    a.actor AS topic,
    a.action AS code,
    a.id AS object_id
   FROM (latchkey.orders o
     JOIN latchkey.audit a ON (((a.object = 'order'::text) AND (a.object_id = o.id))));

ALTER TABLE latchkey.customer_timeline OWNER TO lk_owner;

COMMENT ON VIEW latchkey.customer_timeline IS 'everything that happened to a customer; with the rights of whoever asks';

CREATE TABLE latchkey.customers (
    id bigint NOT NULL,
    email text,
    email_fold text,
    email_verified_at timestamp with time zone,
    name text DEFAULT ''::text NOT NULL,
    locale text DEFAULT 'en_GB'::text NOT NULL,
    zone text DEFAULT ''::text NOT NULL,
    country text DEFAULT ''::text NOT NULL,
    merged_into bigint,
    created_at timestamp with time zone NOT NULL,
    first_open_at timestamp with time zone,
    erased_at timestamp with time zone,
    phone text DEFAULT ''::text NOT NULL,
    mail_works_at timestamp with time zone,
    CONSTRAINT customers_check CHECK (((email IS NOT NULL) OR (erased_at IS NOT NULL))),
    CONSTRAINT customers_check1 CHECK (((email IS NULL) = (email_fold IS NULL))),
    CONSTRAINT customers_check2 CHECK ((merged_into <> id))
);

ALTER TABLE ONLY latchkey.customers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.customers OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.customers.id IS 'never leaves the staff pages';

COMMENT ON COLUMN latchkey.customers.email IS 'as it was typed; NULL once erased';

COMMENT ON COLUMN latchkey.customers.email_fold IS 'for look-up: trimmed, case-folded, domain in IDNA form';

COMMENT ON COLUMN latchkey.customers.email_verified_at IS 'when a link sent to exactly this address was used';

COMMENT ON COLUMN latchkey.customers.name IS 'how the person wants to be called';

COMMENT ON COLUMN latchkey.customers.locale IS 'for money and dates';

COMMENT ON COLUMN latchkey.customers.zone IS 'IANA time zone; '''' means the shop''s';

COMMENT ON COLUMN latchkey.customers.country IS 'ISO 3166-1 alpha-2; '''' when unknown';

COMMENT ON COLUMN latchkey.customers.merged_into IS 'the person this row was found to be';

COMMENT ON COLUMN latchkey.customers.created_at IS 'first order or import';

COMMENT ON COLUMN latchkey.customers.first_open_at IS 'first authenticated open of anything bought';

COMMENT ON COLUMN latchkey.customers.erased_at IS 'personal columns were cleared at';

COMMENT ON COLUMN latchkey.customers.phone IS 'as it was typed; '''' when not told';

COMMENT ON COLUMN latchkey.customers.mail_works_at IS 'staff said that mail arrives again: what came back before does not count';

ALTER TABLE latchkey.customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.customers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.decline_codes (
    code text NOT NULL,
    class text NOT NULL,
    hidden boolean DEFAULT false NOT NULL,
    known boolean DEFAULT true NOT NULL,
    first_at timestamp with time zone,
    CONSTRAINT decline_codes_class_check CHECK ((class <> ''::text)),
    CONSTRAINT decline_codes_code_check CHECK ((code <> ''::text))
);

ALTER TABLE ONLY latchkey.decline_codes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.decline_codes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.decline_codes.code IS 'the gateway''s decline_code, or its code where there is none';

COMMENT ON COLUMN latchkey.decline_codes.class IS 'what it means for the next step';

COMMENT ON COLUMN latchkey.decline_codes.hidden IS 'never told to a customer: it would alarm, or help a thief';

COMMENT ON COLUMN latchkey.decline_codes.known IS 'false: seen, and nobody has classed it yet';

COMMENT ON COLUMN latchkey.decline_codes.first_at IS 'an unknown one: first seen';

CREATE TABLE latchkey.dev_clock (
    one boolean DEFAULT true NOT NULL,
    ahead interval DEFAULT '00:00:00'::interval NOT NULL,
    CONSTRAINT dev_clock_ahead_check CHECK ((ahead >= '00:00:00'::interval)),
    CONSTRAINT dev_clock_one_check CHECK (one)
);

ALTER TABLE ONLY latchkey.dev_clock FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.dev_clock OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.dev_clock.one IS 'a single row';

COMMENT ON COLUMN latchkey.dev_clock.ahead IS 'how far the product''s time is ahead of the real one';

ALTER TABLE latchkey.discount_codes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.discount_codes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.disputes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.disputes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.dues (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    agreement_id bigint,
    agreement_version integer,
    seq integer NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    amount_minor bigint NOT NULL,
    paid_minor bigint DEFAULT 0 NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    due_on date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    CONSTRAINT dues_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT dues_check CHECK (((paid_minor >= 0) AND (paid_minor <= amount_minor))),
    CONSTRAINT dues_check1 CHECK (((status <> 'paid'::text) OR (paid_minor = amount_minor))),
    CONSTRAINT dues_check2 CHECK (((agreement_id IS NULL) = (agreement_version IS NULL))),
    CONSTRAINT dues_kind_check CHECK ((kind = ANY (ARRAY['order'::text, 'instalment'::text, 'period'::text]))),
    CONSTRAINT dues_seq_check CHECK ((seq > 0)),
    CONSTRAINT dues_status_check CHECK ((status = ANY (ARRAY['open'::text, 'paid'::text, 'replaced'::text, 'forgiven'::text, 'written_off'::text])))
);

ALTER TABLE ONLY latchkey.dues FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.dues OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.dues.id IS 'an amount owed';

COMMENT ON COLUMN latchkey.dues.order_id IS 'for which order';

COMMENT ON COLUMN latchkey.dues.customer_id IS 'by whom';

COMMENT ON COLUMN latchkey.dues.currency IS 'in which currency';

COMMENT ON COLUMN latchkey.dues.agreement_id IS 'instalments: under which agreement';

COMMENT ON COLUMN latchkey.dues.agreement_version IS 'instalments: which version of it made this row';

COMMENT ON COLUMN latchkey.dues.seq IS 'first, second, ... of its order';

COMMENT ON COLUMN latchkey.dues.kind IS 'what is paid with it';

COMMENT ON COLUMN latchkey.dues.title IS 'copied, so that a pay link needs no other row';

COMMENT ON COLUMN latchkey.dues.amount_minor IS 'minor units';

COMMENT ON COLUMN latchkey.dues.paid_minor IS 'counted by allocations';

COMMENT ON COLUMN latchkey.dues.status IS 'see transitions';

COMMENT ON COLUMN latchkey.dues.due_on IS 'in the agreement''s zone';

COMMENT ON COLUMN latchkey.dues.created_at IS 'when it came to be';

COMMENT ON COLUMN latchkey.dues.paid_at IS 'when nothing of it was owed any more';

ALTER TABLE latchkey.dues ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.dues_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.evidence ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.evidence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.faq_articles (
    article_id bigint NOT NULL,
    version_id bigint NOT NULL,
    version integer NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    category text NOT NULL,
    "position" integer NOT NULL,
    related text NOT NULL,
    body_md text NOT NULL,
    plain text NOT NULL,
    search tsvector NOT NULL,
    published_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.faq_articles FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.faq_articles OWNER TO lk_owner;

COMMENT ON TABLE latchkey.faq_articles IS 'the published answers, as customers read and search them';

COMMENT ON COLUMN latchkey.faq_articles.article_id IS 'of which article';

COMMENT ON COLUMN latchkey.faq_articles.version_id IS 'copied from this version';

COMMENT ON COLUMN latchkey.faq_articles.version IS 'its number';

COMMENT ON COLUMN latchkey.faq_articles.slug IS 'in its address';

COMMENT ON COLUMN latchkey.faq_articles.title IS 'its heading';

COMMENT ON COLUMN latchkey.faq_articles.summary IS 'in lists and search results';

COMMENT ON COLUMN latchkey.faq_articles.category IS 'the heading that it stands under';

COMMENT ON COLUMN latchkey.faq_articles."position" IS 'its place';

COMMENT ON COLUMN latchkey.faq_articles.related IS 'slugs of articles to read next';

COMMENT ON COLUMN latchkey.faq_articles.body_md IS 'Markdown, the whole text';

COMMENT ON COLUMN latchkey.faq_articles.plain IS 'the same without marks: for excerpts';

COMMENT ON COLUMN latchkey.faq_articles.search IS 'its words, in English and as they stand: title A, keywords B, summary C, text D';

COMMENT ON COLUMN latchkey.faq_articles.published_at IS 'when this version was published';

CREATE TABLE latchkey.faq_words (
    word text NOT NULL,
    uses integer NOT NULL,
    CONSTRAINT faq_words_uses_check CHECK ((uses > 0)),
    CONSTRAINT faq_words_word_check CHECK (((length(word) >= 1) AND (length(word) <= 40)))
);

ALTER TABLE ONLY latchkey.faq_words FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.faq_words OWNER TO lk_owner;

COMMENT ON TABLE latchkey.faq_words IS 'every word of the published answers: what a mistyped one may have meant';

COMMENT ON COLUMN latchkey.faq_words.word IS 'in lower case, without accents';

COMMENT ON COLUMN latchkey.faq_words.uses IS 'in how many answers; in a title or among its other words it counts for five';

CREATE TABLE latchkey.files (
    id bigint NOT NULL,
    name text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    uploaded_by bigint,
    CONSTRAINT files_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT files_size_check CHECK ((size >= 0))
);

ALTER TABLE ONLY latchkey.files FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.files OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.files.id IS 'also its name on disk';

COMMENT ON COLUMN latchkey.files.name IS 'what a download is called';

COMMENT ON COLUMN latchkey.files.content_type IS 'sent with it';

COMMENT ON COLUMN latchkey.files.size IS 'bytes';

COMMENT ON COLUMN latchkey.files.sha256 IS 'of its content';

COMMENT ON COLUMN latchkey.files.created_at IS 'when it was loaded';

COMMENT ON COLUMN latchkey.files.uploaded_by IS 'who sent it first; NULL: the operator, from files';

ALTER TABLE latchkey.files ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.gateway_customers (
    account_id bigint NOT NULL,
    ref text NOT NULL,
    customer_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT gateway_customers_ref_check CHECK ((ref <> ''::text))
);

ALTER TABLE ONLY latchkey.gateway_customers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.gateway_customers OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.gateway_customers.account_id IS 'at which gateway';

COMMENT ON COLUMN latchkey.gateway_customers.ref IS 'the gateway''s name of the customer';

COMMENT ON COLUMN latchkey.gateway_customers.customer_id IS 'who that is';

COMMENT ON COLUMN latchkey.gateway_customers.created_at IS 'when we learnt of it';

CREATE TABLE latchkey.help_searches (
    words text NOT NULL,
    asked bigint NOT NULL,
    empty bigint NOT NULL,
    clicked bigint NOT NULL,
    last_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    done_by bigint,
    CONSTRAINT help_searches_asked_check CHECK ((asked > 0)),
    CONSTRAINT help_searches_check CHECK (((empty >= 0) AND (empty <= asked))),
    CONSTRAINT help_searches_check1 CHECK (((clicked >= 0) AND (clicked <= asked))),
    CONSTRAINT help_searches_words_check CHECK (((length(words) >= 2) AND (length(words) <= 60)))
);

ALTER TABLE ONLY latchkey.help_searches FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.help_searches OWNER TO lk_owner;

COMMENT ON TABLE latchkey.help_searches IS 'what was searched for, without numbers and addresses: the list of articles to write';

COMMENT ON COLUMN latchkey.help_searches.words IS 'in lower case; tokens that could name somebody are left out';

COMMENT ON COLUMN latchkey.help_searches.asked IS 'how often';

COMMENT ON COLUMN latchkey.help_searches.empty IS 'how often nothing was found';

COMMENT ON COLUMN latchkey.help_searches.clicked IS 'how often a result was opened';

COMMENT ON COLUMN latchkey.help_searches.last_at IS 'when it was last asked; forgotten half a year later';

COMMENT ON COLUMN latchkey.help_searches.done_at IS 'when staff dealt with it; it counts anew from then on';

COMMENT ON COLUMN latchkey.help_searches.done_by IS 'who did';

CREATE TABLE latchkey.inbox (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    event_ref text NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    body text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    acts text NOT NULL,
    attempt_key text,
    payment_ref text,
    session_ref text,
    charge_ref text,
    object_ref text,
    amount_minor bigint,
    currency text,
    status text DEFAULT 'new'::text NOT NULL,
    next_at timestamp with time zone DEFAULT (clock_timestamp() + '00:00:05'::interval) NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    error text,
    done_at timestamp with time zone,
    CONSTRAINT inbox_acts_check CHECK ((acts = ANY (ARRAY['pay'::text, 'fetch'::text, 'none'::text]))),
    CONSTRAINT inbox_source_check CHECK ((source = ANY (ARRAY['hook'::text, 'sweep'::text]))),
    CONSTRAINT inbox_status_check CHECK ((status = ANY (ARRAY['new'::text, 'done'::text, 'ignored'::text, 'mismatch'::text, 'poison'::text])))
);

ALTER TABLE ONLY latchkey.inbox FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.inbox OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.inbox.id IS 'order of arrival';

COMMENT ON COLUMN latchkey.inbox.account_id IS 'from which gateway';

COMMENT ON COLUMN latchkey.inbox.event_ref IS 'the gateway''s id of the event';

COMMENT ON COLUMN latchkey.inbox.type IS 'payment_intent.succeeded, ...';

COMMENT ON COLUMN latchkey.inbox.source IS 'posted to us; found by asking';

COMMENT ON COLUMN latchkey.inbox.body IS 'as it came';

COMMENT ON COLUMN latchkey.inbox.made_at IS 'the gateway''s time of the event';

COMMENT ON COLUMN latchkey.inbox.received_at IS 'real time';

COMMENT ON COLUMN latchkey.inbox.acts IS 'books a payment; has the object fetched; foreign';

COMMENT ON COLUMN latchkey.inbox.attempt_key IS 'pay: metadata that names our attempt';

COMMENT ON COLUMN latchkey.inbox.payment_ref IS 'the payment intent that it is about';

COMMENT ON COLUMN latchkey.inbox.session_ref IS 'the checkout session that it is about';

COMMENT ON COLUMN latchkey.inbox.charge_ref IS 'the charge that it is about';

COMMENT ON COLUMN latchkey.inbox.object_ref IS 'the object that it is about';

COMMENT ON COLUMN latchkey.inbox.amount_minor IS 'pay: as paid';

COMMENT ON COLUMN latchkey.inbox.currency IS 'pay: as paid';

COMMENT ON COLUMN latchkey.inbox.status IS 'see transitions';

COMMENT ON COLUMN latchkey.inbox.next_at IS 'the worker takes it from then on, real time';

COMMENT ON COLUMN latchkey.inbox.tries IS 'failed so far';

COMMENT ON COLUMN latchkey.inbox.error IS 'the last failure';

COMMENT ON COLUMN latchkey.inbox.done_at IS 'settled, real time';

ALTER TABLE latchkey.inbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.item_versions (
    id bigint NOT NULL,
    item_id bigint NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    body_md text DEFAULT ''::text NOT NULL,
    minutes integer,
    file_id bigint,
    captions_id bigint,
    url text,
    CONSTRAINT item_versions_check CHECK (((kind = ANY (ARRAY['video'::text, 'download'::text])) = (file_id IS NOT NULL))),
    CONSTRAINT item_versions_check1 CHECK (((kind = ANY (ARRAY['link'::text, 'call'::text, 'group'::text])) = (url IS NOT NULL))),
    CONSTRAINT item_versions_kind_check CHECK ((kind = ANY (ARRAY['lesson'::text, 'video'::text, 'download'::text, 'link'::text, 'licence'::text, 'call'::text, 'group'::text]))),
    CONSTRAINT item_versions_minutes_check CHECK ((minutes > 0)),
    CONSTRAINT item_versions_title_check CHECK ((title <> ''::text)),
    CONSTRAINT item_versions_url_check CHECK ((url ~ '^https?://'::text))
);

ALTER TABLE ONLY latchkey.item_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.item_versions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.item_versions.id IS 'one text of one item';

COMMENT ON COLUMN latchkey.item_versions.item_id IS 'of which item';

COMMENT ON COLUMN latchkey.item_versions.kind IS 'how it is shown';

COMMENT ON COLUMN latchkey.item_versions.title IS 'its name';

COMMENT ON COLUMN latchkey.item_versions.body_md IS 'Markdown: the lesson, or what to do with it';

COMMENT ON COLUMN latchkey.item_versions.minutes IS 'how long it takes';

COMMENT ON COLUMN latchkey.item_versions.file_id IS 'video or download';

COMMENT ON COLUMN latchkey.item_versions.captions_id IS 'WebVTT for a video';

COMMENT ON COLUMN latchkey.item_versions.url IS 'link, call, group: where it leads';

ALTER TABLE latchkey.item_versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.item_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.items (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    slug text NOT NULL,
    CONSTRAINT items_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

ALTER TABLE ONLY latchkey.items FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.items OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.items.id IS 'stays the same over versions: progress counts on it';

COMMENT ON COLUMN latchkey.items.product_id IS 'of which product';

COMMENT ON COLUMN latchkey.items.slug IS 'in its address';

ALTER TABLE latchkey.items ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.jobs (
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    run_at timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    error text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT jobs_lane_check CHECK (((lane >= 1) AND (lane <= 4)))
);

ALTER TABLE ONLY latchkey.jobs FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.jobs OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.jobs.id IS 'order of writing';

COMMENT ON COLUMN latchkey.jobs.lane IS '1 somebody waits, 4 whenever';

COMMENT ON COLUMN latchkey.jobs.kind IS 'which handler';

COMMENT ON COLUMN latchkey.jobs.key IS 'a job is enqueued once per kind and key';

COMMENT ON COLUMN latchkey.jobs.args IS 'what the handler needs, never personal';

COMMENT ON COLUMN latchkey.jobs.run_at IS 'not before, product''s time';

COMMENT ON COLUMN latchkey.jobs.tries IS 'failed so far';

COMMENT ON COLUMN latchkey.jobs.error IS 'the last failure';

COMMENT ON COLUMN latchkey.jobs.created_at IS 'enqueued';

CREATE TABLE latchkey.jobs_dead (
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    args jsonb NOT NULL,
    tries integer NOT NULL,
    error text,
    created_at timestamp with time zone NOT NULL,
    died_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.jobs_dead FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.jobs_dead OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.jobs_dead.id IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_dead.lane IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_dead.kind IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_dead.key IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_dead.args IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_dead.tries IS 'gave up after so many';

COMMENT ON COLUMN latchkey.jobs_dead.error IS 'the last failure';

COMMENT ON COLUMN latchkey.jobs_dead.created_at IS 'enqueued';

COMMENT ON COLUMN latchkey.jobs_dead.died_at IS 'given up';

CREATE TABLE latchkey.jobs_done (
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    tries integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.jobs_done FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.jobs_done OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.jobs_done.id IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_done.lane IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_done.kind IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_done.key IS 'as in jobs';

COMMENT ON COLUMN latchkey.jobs_done.tries IS 'failures before it went well';

COMMENT ON COLUMN latchkey.jobs_done.created_at IS 'enqueued';

COMMENT ON COLUMN latchkey.jobs_done.done_at IS 'finished';

ALTER TABLE latchkey.jobs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.ledger (
    id bigint NOT NULL,
    entry text NOT NULL,
    leg smallint NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    order_id bigint,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ledger_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT ledger_check CHECK ((debit <> credit)),
    CONSTRAINT ledger_leg_check CHECK ((leg > 0))
);

ALTER TABLE ONLY latchkey.ledger FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ledger OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.ledger.id IS 'order of writing';

COMMENT ON COLUMN latchkey.ledger.entry IS 'payment:12, refund:3, fee:12: what is booked, once';

COMMENT ON COLUMN latchkey.ledger.leg IS 'several transfers of one entry';

COMMENT ON COLUMN latchkey.ledger.debit IS 'account that receives';

COMMENT ON COLUMN latchkey.ledger.credit IS 'account that gives';

COMMENT ON COLUMN latchkey.ledger.currency IS 'of both';

COMMENT ON COLUMN latchkey.ledger.amount_minor IS 'one row is one transfer: balanced by construction';

COMMENT ON COLUMN latchkey.ledger.order_id IS 'what it is about';

COMMENT ON COLUMN latchkey.ledger.at IS 'booked at';

CREATE TABLE latchkey.ledger_accounts (
    name text NOT NULL,
    currency text NOT NULL,
    side text NOT NULL,
    CONSTRAINT ledger_accounts_side_check CHECK ((side = ANY (ARRAY['asset'::text, 'liability'::text, 'income'::text, 'expense'::text])))
);

ALTER TABLE ONLY latchkey.ledger_accounts FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ledger_accounts OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.ledger_accounts.name IS 'gateway:stripe, customers, revenue, refunds, disputes, fees';

COMMENT ON COLUMN latchkey.ledger_accounts.currency IS 'one account per currency';

COMMENT ON COLUMN latchkey.ledger_accounts.side IS 'where it stands in the books';

ALTER TABLE latchkey.ledger ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.ledger_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.licence_keys (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    key text NOT NULL,
    order_line_id bigint,
    person_id bigint,
    assigned_at timestamp with time zone,
    CONSTRAINT licence_keys_check CHECK (((order_line_id IS NULL) = (assigned_at IS NULL))),
    CONSTRAINT licence_keys_check1 CHECK (((order_line_id IS NULL) = (person_id IS NULL))),
    CONSTRAINT licence_keys_key_check CHECK ((key <> ''::text))
);

ALTER TABLE ONLY latchkey.licence_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.licence_keys OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.licence_keys.id IS 'handed out in this order';

COMMENT ON COLUMN latchkey.licence_keys.product_id IS 'for which product';

COMMENT ON COLUMN latchkey.licence_keys.key IS 'what the customer types into the software';

COMMENT ON COLUMN latchkey.licence_keys.order_line_id IS 'who has it; NULL is free';

COMMENT ON COLUMN latchkey.licence_keys.person_id IS 'whose it is';

COMMENT ON COLUMN latchkey.licence_keys.assigned_at IS 'when it was handed out';

ALTER TABLE latchkey.licence_keys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.licence_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.link_asks (
    id bigint NOT NULL,
    email_fold text NOT NULL,
    asked_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.link_asks FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.link_asks OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.link_asks.id IS 'named in the job';

COMMENT ON COLUMN latchkey.link_asks.email_fold IS 'the address typed; the row goes with the job';

COMMENT ON COLUMN latchkey.link_asks.asked_at IS 'product''s time';

ALTER TABLE latchkey.link_asks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.link_asks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.mail_failures (
    address text NOT NULL,
    message_id bigint NOT NULL,
    code text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.mail_failures FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.mail_failures OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.mail_failures.address IS 'mail to it came back; lower case';

COMMENT ON COLUMN latchkey.mail_failures.message_id IS 'the last one that did';

COMMENT ON COLUMN latchkey.mail_failures.code IS 'the reason, as an enhanced status code (RFC 3463)';

COMMENT ON COLUMN latchkey.mail_failures.at IS 'when it was told';

CREATE TABLE latchkey.matches (
    bank_line_id bigint NOT NULL,
    order_id bigint NOT NULL,
    payment_id bigint NOT NULL,
    confidence text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    staff_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    undone_by bigint,
    undone_reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT matches_check CHECK ((((undone_at IS NULL) = (undone_by IS NULL)) AND ((undone_at IS NULL) = (undone_reason = ''::text)))),
    CONSTRAINT matches_confidence_check CHECK ((confidence = ANY (ARRAY['sure'::text, 'reference'::text, 'amount'::text, 'hand'::text])))
);

ALTER TABLE ONLY latchkey.matches FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.matches OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.matches.bank_line_id IS 'this credit';

COMMENT ON COLUMN latchkey.matches.order_id IS 'pays this order';

COMMENT ON COLUMN latchkey.matches.payment_id IS 'as this payment';

COMMENT ON COLUMN latchkey.matches.confidence IS 'what spoke for it: reference and amount, one of them, or staff alone';

COMMENT ON COLUMN latchkey.matches.reason IS 'in words';

COMMENT ON COLUMN latchkey.matches.staff_id IS 'who confirmed it';

COMMENT ON COLUMN latchkey.matches.at IS 'when';

COMMENT ON COLUMN latchkey.matches.undone_at IS 'it was wrong, taken back then';

COMMENT ON COLUMN latchkey.matches.undone_by IS 'by whom';

COMMENT ON COLUMN latchkey.matches.undone_reason IS 'why';

CREATE TABLE latchkey.message_bodies (
    message_id bigint NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    html text NOT NULL
);

ALTER TABLE ONLY latchkey.message_bodies FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.message_bodies OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.message_bodies.message_id IS 'of which mail';

COMMENT ON COLUMN latchkey.message_bodies.subject IS 'as sent';

COMMENT ON COLUMN latchkey.message_bodies.text IS 'as sent, links that open something masked';

COMMENT ON COLUMN latchkey.message_bodies.html IS 'as sent, masked likewise';

ALTER TABLE latchkey.message_texts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.message_texts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.message_topics (
    kind text NOT NULL,
    topic text NOT NULL,
    by_day boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY latchkey.message_topics FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.message_topics OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.message_topics.kind IS 'messages.kind';

COMMENT ON COLUMN latchkey.message_topics.topic IS 'what it is about';

COMMENT ON COLUMN latchkey.message_topics.by_day IS 'true: leaves between eight and eight of its reader''s day';

ALTER TABLE latchkey.messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.method_setups (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    account_id bigint NOT NULL,
    key text NOT NULL,
    form_nonce text NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    session_ref text,
    session_url text,
    method_id bigint,
    created_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT method_setups_check CHECK (((status = 'done'::text) = (method_id IS NOT NULL))),
    CONSTRAINT method_setups_status_check CHECK ((status = ANY (ARRAY['open'::text, 'done'::text, 'over'::text])))
);

ALTER TABLE ONLY latchkey.method_setups FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.method_setups OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.method_setups.id IS 'a visit to the gateway''s page that saves a method';

COMMENT ON COLUMN latchkey.method_setups.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.method_setups.account_id IS 'at which gateway';

COMMENT ON COLUMN latchkey.method_setups.key IS 'idempotency key, kept in the gateway''s metadata as well';

COMMENT ON COLUMN latchkey.method_setups.form_nonce IS 'of the form: sent twice is one visit';

COMMENT ON COLUMN latchkey.method_setups.status IS 'see transitions';

COMMENT ON COLUMN latchkey.method_setups.session_ref IS 'checkout session in setup mode';

COMMENT ON COLUMN latchkey.method_setups.session_url IS 'where its page is';

COMMENT ON COLUMN latchkey.method_setups.method_id IS 'what was saved';

COMMENT ON COLUMN latchkey.method_setups.created_at IS 'committed before anything is sent';

COMMENT ON COLUMN latchkey.method_setups.done_at IS 'saved at, or known to be over';

ALTER TABLE latchkey.method_setups ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.method_setups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY latchkey.migrations FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.migrations OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.migrations.version IS 'number in the file name';

COMMENT ON COLUMN latchkey.migrations.name IS 'the rest of the file name';

COMMENT ON COLUMN latchkey.migrations.checksum IS 'SHA-256 of the file, in hexadecimal';

COMMENT ON COLUMN latchkey.migrations.applied_at IS 'when it was applied';

CREATE TABLE latchkey.mismatches (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    payment_ref text NOT NULL,
    attempt_id bigint NOT NULL,
    expected_minor bigint NOT NULL,
    expected_currency text NOT NULL,
    found_minor bigint NOT NULL,
    found_currency text NOT NULL,
    at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone
);

ALTER TABLE ONLY latchkey.mismatches FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.mismatches OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.mismatches.id IS 'money that does not fit its attempt: nothing was granted';

COMMENT ON COLUMN latchkey.mismatches.account_id IS 'at which gateway';

COMMENT ON COLUMN latchkey.mismatches.payment_ref IS 'the payment intent';

COMMENT ON COLUMN latchkey.mismatches.attempt_id IS 'what it claims to pay';

COMMENT ON COLUMN latchkey.mismatches.expected_minor IS 'we asked for';

COMMENT ON COLUMN latchkey.mismatches.expected_currency IS 'in';

COMMENT ON COLUMN latchkey.mismatches.found_minor IS 'the gateway says';

COMMENT ON COLUMN latchkey.mismatches.found_currency IS 'in';

COMMENT ON COLUMN latchkey.mismatches.at IS 'when it was seen';

COMMENT ON COLUMN latchkey.mismatches.settled_at IS 'staff dealt with it';

ALTER TABLE latchkey.mismatches ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.mismatches_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.moves ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.moves_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.notes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.notes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.notification_choices (
    customer_id bigint NOT NULL,
    topic text NOT NULL,
    wanted boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.notification_choices FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.notification_choices OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.notification_choices.customer_id IS 'who chose';

COMMENT ON COLUMN latchkey.notification_choices.topic IS 'about what';

COMMENT ON COLUMN latchkey.notification_choices.wanted IS 'without a row: yes';

COMMENT ON COLUMN latchkey.notification_choices.changed_at IS 'last choice';

CREATE TABLE latchkey.notification_topics (
    topic text NOT NULL,
    "position" integer NOT NULL,
    may_stop boolean NOT NULL
);

ALTER TABLE ONLY latchkey.notification_topics FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.notification_topics OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.notification_topics.topic IS 'what mails are about';

COMMENT ON COLUMN latchkey.notification_topics."position" IS 'order on the page';

COMMENT ON COLUMN latchkey.notification_topics.may_stop IS 'false: these mails always leave';

CREATE TABLE latchkey.offer_versions (
    id bigint NOT NULL,
    offer_id bigint NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    tax_class text NOT NULL,
    schedule jsonb,
    published_at timestamp with time zone,
    published_by bigint,
    CONSTRAINT offer_versions_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT offer_versions_check CHECK (((schedule IS NULL) OR (((schedule ->> 'every'::text) = 'month'::text) AND
CASE (schedule ->> 'kind'::text)
    WHEN 'instalments'::text THEN ((jsonb_typeof((schedule -> 'count'::text)) = 'number'::text) AND ((((schedule ->> 'count'::text))::integer >= 2) AND (((schedule ->> 'count'::text))::integer <= 60)) AND (amount_minor >= ((schedule ->> 'count'::text))::integer))
    WHEN 'subscription'::text THEN (NOT (schedule ? 'count'::text))
    ELSE false
END))),
    CONSTRAINT offer_versions_currency_check CHECK ((currency <> ALL (ARRAY['ISK'::text, 'UGX'::text]))),
    CONSTRAINT offer_versions_tax_class_check CHECK ((tax_class = ANY (ARRAY['digital'::text, 'service'::text]))),
    CONSTRAINT offer_versions_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY latchkey.offer_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.offer_versions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.offer_versions.id IS 'a price that was published';

COMMENT ON COLUMN latchkey.offer_versions.offer_id IS 'of which offer';

COMMENT ON COLUMN latchkey.offer_versions.version IS 'counts up';

COMMENT ON COLUMN latchkey.offer_versions.title IS '"Pay in full"';

COMMENT ON COLUMN latchkey.offer_versions.currency IS 'of the price';

COMMENT ON COLUMN latchkey.offer_versions.amount_minor IS 'tax included, minor units: all of it, or one period of a subscription';

COMMENT ON COLUMN latchkey.offer_versions.tax_class IS 'with the buyer''s country gives the rate';

COMMENT ON COLUMN latchkey.offer_versions.schedule IS 'instalments and periods; NULL is paid in full';

COMMENT ON COLUMN latchkey.offer_versions.published_at IS 'frozen from then on';

COMMENT ON COLUMN latchkey.offer_versions.published_by IS 'who published it; NULL: the operator, from files';

ALTER TABLE latchkey.offer_versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.offer_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.offers (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    slug text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    version_id bigint,
    CONSTRAINT offers_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

ALTER TABLE ONLY latchkey.offers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.offers OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.offers.id IS 'a way to buy a product';

COMMENT ON COLUMN latchkey.offers.product_id IS 'which product';

COMMENT ON COLUMN latchkey.offers.slug IS 'its name in files and forms';

COMMENT ON COLUMN latchkey.offers.enabled IS 'can be bought now';

COMMENT ON COLUMN latchkey.offers.version_id IS 'the published version';

ALTER TABLE latchkey.offers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.offers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.order_lines (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    product_id bigint NOT NULL,
    product_version_id bigint NOT NULL,
    offer_version_id bigint NOT NULL,
    title text NOT NULL,
    amount_minor bigint NOT NULL,
    tax_bp integer NOT NULL,
    refunded_minor bigint DEFAULT 0 NOT NULL,
    paid boolean DEFAULT false NOT NULL,
    must_open bigint GENERATED ALWAYS AS (
CASE
    WHEN paid THEN id
    ELSE NULL::bigint
END) STORED,
    discount_minor bigint DEFAULT 0 NOT NULL,
    discount_id bigint,
    list_minor bigint GENERATED ALWAYS AS ((amount_minor + discount_minor)) STORED,
    later_minor bigint DEFAULT 0 NOT NULL,
    cost_minor bigint GENERATED ALWAYS AS ((amount_minor + later_minor)) STORED,
    CONSTRAINT order_lines_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT order_lines_check1 CHECK (((discount_id IS NULL) = (discount_minor = 0))),
    CONSTRAINT order_lines_discount_minor_check CHECK ((discount_minor >= 0)),
    CONSTRAINT order_lines_later_minor_check CHECK ((later_minor >= 0)),
    CONSTRAINT order_lines_refunded_check CHECK (((refunded_minor >= 0) AND (refunded_minor <= (amount_minor + later_minor)))),
    CONSTRAINT order_lines_tax_bp_check CHECK (((tax_bp >= 0) AND (tax_bp <= 10000)))
);

ALTER TABLE ONLY latchkey.order_lines FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.order_lines OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.order_lines.id IS 'what access comes from';

COMMENT ON COLUMN latchkey.order_lines.order_id IS 'of which order';

COMMENT ON COLUMN latchkey.order_lines.customer_id IS 'its payer';

COMMENT ON COLUMN latchkey.order_lines.currency IS 'its currency';

COMMENT ON COLUMN latchkey.order_lines.product_id IS 'what was sold';

COMMENT ON COLUMN latchkey.order_lines.product_version_id IS 'as it was sold';

COMMENT ON COLUMN latchkey.order_lines.offer_version_id IS 'at this published price';

COMMENT ON COLUMN latchkey.order_lines.title IS 'as it was called then';

COMMENT ON COLUMN latchkey.order_lines.amount_minor IS 'tax included';

COMMENT ON COLUMN latchkey.order_lines.tax_bp IS 'rate inside the amount, basis points';

COMMENT ON COLUMN latchkey.order_lines.refunded_minor IS 'given back so far';

COMMENT ON COLUMN latchkey.order_lines.paid IS 'the money that opens it has come: all of it, or the first due of an agreement';

COMMENT ON COLUMN latchkey.order_lines.must_open IS 'paid means in: refers to access';

COMMENT ON COLUMN latchkey.order_lines.discount_minor IS 'taken off by a discount code';

COMMENT ON COLUMN latchkey.order_lines.discount_id IS 'which code';

COMMENT ON COLUMN latchkey.order_lines.list_minor IS 'the published price: paid plus discount';

COMMENT ON COLUMN latchkey.order_lines.later_minor IS 'what came for later months of a subscription; counted by allocations';

COMMENT ON COLUMN latchkey.order_lines.cost_minor IS 'what it cost so far: the price, and later months';

ALTER TABLE latchkey.order_lines ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.order_lines_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.order_parties (
    order_id bigint NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    topics text[] DEFAULT '{}'::text[] NOT NULL,
    since_at timestamp with time zone NOT NULL,
    CONSTRAINT order_parties_role_check CHECK ((role = ANY (ARRAY['payer'::text, 'user'::text, 'assistant'::text])))
);

ALTER TABLE ONLY latchkey.order_parties FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.order_parties OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.order_parties.order_id IS 'which order';

COMMENT ON COLUMN latchkey.order_parties.person_id IS 'who';

COMMENT ON COLUMN latchkey.order_parties.role IS 'as what';

COMMENT ON COLUMN latchkey.order_parties.topics IS 'mails they get: bills, access, calls';

COMMENT ON COLUMN latchkey.order_parties.since_at IS 'from when';

ALTER TABLE latchkey.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.passkey_answers (
    challenge_hash bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT passkey_answers_challenge_hash_check CHECK ((length(challenge_hash) = 32))
);

ALTER TABLE ONLY latchkey.passkey_answers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.passkey_answers OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.passkey_answers.challenge_hash IS 'SHA-256 of the challenge';

COMMENT ON COLUMN latchkey.passkey_answers.at IS 'real time; gone a day later';

ALTER TABLE latchkey.passkeys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.passkeys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.payment_methods (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    account_id bigint NOT NULL,
    ref text NOT NULL,
    gateway_customer text NOT NULL,
    kind text NOT NULL,
    brand text DEFAULT ''::text NOT NULL,
    last_four text DEFAULT ''::text NOT NULL,
    wallet text DEFAULT ''::text NOT NULL,
    exp_month integer,
    exp_year integer,
    is_default boolean DEFAULT false NOT NULL,
    is_backup boolean DEFAULT false NOT NULL,
    added_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    renewed_at timestamp with time zone,
    detached_at timestamp with time zone,
    CONSTRAINT payment_methods_check CHECK (((exp_month IS NULL) = (exp_year IS NULL))),
    CONSTRAINT payment_methods_check1 CHECK ((NOT (is_default AND is_backup))),
    CONSTRAINT payment_methods_check2 CHECK (((detached_at IS NULL) OR (NOT (is_default OR is_backup)))),
    CONSTRAINT payment_methods_exp_month_check CHECK (((exp_month >= 1) AND (exp_month <= 12))),
    CONSTRAINT payment_methods_exp_year_check CHECK (((exp_year >= 2000) AND (exp_year <= 2200))),
    CONSTRAINT payment_methods_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT payment_methods_last_four_check CHECK ((last_four ~ '^([0-9]{4})?$'::text)),
    CONSTRAINT payment_methods_ref_check CHECK ((ref <> ''::text))
);

ALTER TABLE ONLY latchkey.payment_methods FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.payment_methods OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.payment_methods.id IS 'a way to pay that the gateway keeps';

COMMENT ON COLUMN latchkey.payment_methods.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.payment_methods.account_id IS 'at which gateway';

COMMENT ON COLUMN latchkey.payment_methods.ref IS 'the gateway''s name of it';

COMMENT ON COLUMN latchkey.payment_methods.gateway_customer IS 'the customer there that it is attached to';

COMMENT ON COLUMN latchkey.payment_methods.kind IS 'card, sepa_debit, ...';

COMMENT ON COLUMN latchkey.payment_methods.brand IS 'visa, or a bank''s name';

COMMENT ON COLUMN latchkey.payment_methods.last_four IS 'of the card or account';

COMMENT ON COLUMN latchkey.payment_methods.wallet IS 'apple_pay, google_pay, link; '''' for none';

COMMENT ON COLUMN latchkey.payment_methods.exp_month IS 'a card''s last month';

COMMENT ON COLUMN latchkey.payment_methods.exp_year IS 'and its year';

COMMENT ON COLUMN latchkey.payment_methods.is_default IS 'charged first';

COMMENT ON COLUMN latchkey.payment_methods.is_backup IS 'charged when the default is gone';

COMMENT ON COLUMN latchkey.payment_methods.added_at IS 'saved';

COMMENT ON COLUMN latchkey.payment_methods.updated_at IS 'when its columns changed last';

COMMENT ON COLUMN latchkey.payment_methods.renewed_at IS 'the gateway put a new card in its place by itself';

COMMENT ON COLUMN latchkey.payment_methods.detached_at IS 'removed, here or there; the row stays for what it paid';

ALTER TABLE latchkey.payment_methods ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.payment_methods_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.payments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.payments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.posts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.posts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.product_versions (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    tagline text NOT NULL,
    summary_md text NOT NULL,
    includes_md text NOT NULL,
    next_step_md text DEFAULT ''::text NOT NULL,
    refund_days integer NOT NULL,
    refund_md text NOT NULL,
    starts_on date,
    digest bytea NOT NULL,
    published_at timestamp with time zone,
    check_days integer,
    revision integer DEFAULT 1 NOT NULL,
    based_on bigint,
    copy_of integer,
    changed_by bigint,
    changed_at timestamp with time zone,
    published_by bigint,
    CONSTRAINT product_versions_check_days_check CHECK (((check_days >= 1) AND (check_days <= 365))),
    CONSTRAINT product_versions_refund_days_check CHECK ((refund_days >= 0)),
    CONSTRAINT product_versions_revision_check CHECK ((revision > 0)),
    CONSTRAINT product_versions_title_check CHECK ((title <> ''::text)),
    CONSTRAINT product_versions_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY latchkey.product_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.product_versions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.product_versions.id IS 'what an order line names as sold';

COMMENT ON COLUMN latchkey.product_versions.product_id IS 'of which product';

COMMENT ON COLUMN latchkey.product_versions.version IS 'counts up';

COMMENT ON COLUMN latchkey.product_versions.title IS 'its name';

COMMENT ON COLUMN latchkey.product_versions.tagline IS 'one line under it';

COMMENT ON COLUMN latchkey.product_versions.summary_md IS 'Markdown: what it is';

COMMENT ON COLUMN latchkey.product_versions.includes_md IS 'Markdown: what you get';

COMMENT ON COLUMN latchkey.product_versions.next_step_md IS 'Markdown: the first thing to do once it is yours';

COMMENT ON COLUMN latchkey.product_versions.refund_days IS 'days with a full refund, no questions';

COMMENT ON COLUMN latchkey.product_versions.refund_md IS 'Markdown: the refund terms';

COMMENT ON COLUMN latchkey.product_versions.starts_on IS 'a cohort''s first day; NULL opens at once';

COMMENT ON COLUMN latchkey.product_versions.digest IS 'SHA-256 of the files that were loaded last: loading the same again changes nothing, and leaves what staff published since';

COMMENT ON COLUMN latchkey.product_versions.published_at IS 'frozen from then on; NULL is a draft';

COMMENT ON COLUMN latchkey.product_versions.check_days IS 'somebody looks at each order first, within so many days; NULL: nobody';

COMMENT ON COLUMN latchkey.product_versions.revision IS 'counts the changes of a draft: who saves an older one is told';

COMMENT ON COLUMN latchkey.product_versions.based_on IS 'the published version that a draft was begun from';

COMMENT ON COLUMN latchkey.product_versions.copy_of IS 'restored from this version';

COMMENT ON COLUMN latchkey.product_versions.changed_by IS 'who changed the draft last; NULL: not by staff';

COMMENT ON COLUMN latchkey.product_versions.changed_at IS 'when the draft was changed last';

COMMENT ON COLUMN latchkey.product_versions.published_by IS 'who published it; NULL: the operator, from files';

ALTER TABLE latchkey.product_versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.product_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE latchkey.products ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.products_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.progress (
    access_id bigint NOT NULL,
    person_id bigint NOT NULL,
    item_id bigint NOT NULL,
    opened_at timestamp with time zone,
    done_at timestamp with time zone
);

ALTER TABLE ONLY latchkey.progress FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.progress OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.progress.access_id IS 'through which right';

COMMENT ON COLUMN latchkey.progress.person_id IS 'whose progress';

COMMENT ON COLUMN latchkey.progress.item_id IS 'on which item';

COMMENT ON COLUMN latchkey.progress.opened_at IS 'first opened';

COMMENT ON COLUMN latchkey.progress.done_at IS 'marked as done';

CREATE TABLE latchkey.promises (
    id bigint NOT NULL,
    due_id bigint NOT NULL,
    case_id bigint,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    promised_on date NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    made_by bigint,
    made_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT promises_check CHECK (((status = 'open'::text) = (settled_at IS NULL))),
    CONSTRAINT promises_status_check CHECK ((status = ANY (ARRAY['open'::text, 'kept'::text, 'broken'::text, 'withdrawn'::text])))
);

ALTER TABLE ONLY latchkey.promises FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.promises OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.promises.id IS 'a day that the customer named';

COMMENT ON COLUMN latchkey.promises.due_id IS 'for which amount';

COMMENT ON COLUMN latchkey.promises.case_id IS 'in which case';

COMMENT ON COLUMN latchkey.promises.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.promises.currency IS 'of the amount';

COMMENT ON COLUMN latchkey.promises.promised_on IS 'the day, in the customer''s zone';

COMMENT ON COLUMN latchkey.promises.status IS 'see transitions';

COMMENT ON COLUMN latchkey.promises.made_by IS 'staff who noted it; NULL: the customer';

COMMENT ON COLUMN latchkey.promises.made_at IS 'when';

COMMENT ON COLUMN latchkey.promises.settled_at IS 'when it was kept, broken or withdrawn';

ALTER TABLE latchkey.promises ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.promises_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.rating_links (
    token_hash bytea NOT NULL,
    kind text NOT NULL,
    object_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT rating_links_kind_check CHECK ((kind = 'case'::text)),
    CONSTRAINT rating_links_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE ONLY latchkey.rating_links FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.rating_links OWNER TO lk_owner;

COMMENT ON TABLE latchkey.rating_links IS 'links in mails that ask for a rating';

COMMENT ON COLUMN latchkey.rating_links.token_hash IS 'SHA-256 of its secret';

COMMENT ON COLUMN latchkey.rating_links.kind IS 'ratings.kind';

COMMENT ON COLUMN latchkey.rating_links.object_id IS 'what is rated';

COMMENT ON COLUMN latchkey.rating_links.customer_id IS 'to whom the mail went';

COMMENT ON COLUMN latchkey.rating_links.created_at IS 'when the mail left';

COMMENT ON COLUMN latchkey.rating_links.expires_at IS 'opens nothing from then on';

CREATE TABLE latchkey.ratings (
    id bigint NOT NULL,
    kind text NOT NULL,
    object_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    score integer NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    rated_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT ratings_kind_check CHECK ((kind = 'case'::text)),
    CONSTRAINT ratings_score_check CHECK (((score >= 1) AND (score <= 5))),
    CONSTRAINT ratings_words_check CHECK ((length(words) <= 4000))
);

ALTER TABLE ONLY latchkey.ratings FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ratings OWNER TO lk_owner;

COMMENT ON TABLE latchkey.ratings IS 'how a customer rated something, one for each of them; the last word counts';

COMMENT ON COLUMN latchkey.ratings.id IS 'in the order of rating';

COMMENT ON COLUMN latchkey.ratings.kind IS 'case: how a failed payment was looked after';

COMMENT ON COLUMN latchkey.ratings.object_id IS 'which one';

COMMENT ON COLUMN latchkey.ratings.customer_id IS 'who rated it';

COMMENT ON COLUMN latchkey.ratings.score IS '1 bad to 5 very good';

COMMENT ON COLUMN latchkey.ratings.words IS 'what they said to it';

COMMENT ON COLUMN latchkey.ratings.rated_at IS 'when it was rated first';

COMMENT ON COLUMN latchkey.ratings.changed_at IS 'when it was changed last';

ALTER TABLE latchkey.ratings ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.ratings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.receipt_files (
    receipt_id bigint NOT NULL,
    pdf bytea NOT NULL
);

ALTER TABLE ONLY latchkey.receipt_files FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.receipt_files OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.receipt_files.receipt_id IS 'of which paper';

COMMENT ON COLUMN latchkey.receipt_files.pdf IS 'as it was sent';

CREATE TABLE latchkey.receipt_series (
    series text NOT NULL,
    last integer NOT NULL,
    CONSTRAINT receipt_series_last_check CHECK ((last >= 0))
);

ALTER TABLE ONLY latchkey.receipt_series FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.receipt_series OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.receipt_series.series IS 'R-2026, C-2026';

COMMENT ON COLUMN latchkey.receipt_series.last IS 'the number given last; the row is locked while one is given';

ALTER TABLE latchkey.receipts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.receipts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.refund_items (
    refund_id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    ends_access boolean NOT NULL,
    CONSTRAINT refund_items_amount_minor_check CHECK ((amount_minor > 0))
);

ALTER TABLE ONLY latchkey.refund_items FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refund_items OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.refund_items.refund_id IS 'of this refund';

COMMENT ON COLUMN latchkey.refund_items.order_line_id IS 'concerns this line';

COMMENT ON COLUMN latchkey.refund_items.amount_minor IS 'with this much';

COMMENT ON COLUMN latchkey.refund_items.ends_access IS 'the whole line went back';

CREATE TABLE latchkey.refund_rules (
    product_id bigint NOT NULL,
    law_days integer DEFAULT 14 NOT NULL,
    by_itself boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint,
    CONSTRAINT refund_rules_law_days_check CHECK (((law_days >= 14) AND (law_days <= 365)))
);

ALTER TABLE ONLY latchkey.refund_rules FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refund_rules OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.refund_rules.product_id IS 'a product without a row: fourteen days, and a person looks at the shop''s own guarantee';

COMMENT ON COLUMN latchkey.refund_rules.law_days IS 'where the law gives a right to withdraw, it lasts so many days; never fewer than the law says';

COMMENT ON COLUMN latchkey.refund_rules.by_itself IS 'within the shop''s own guarantee (product_versions.refund_days) the money goes back by itself; false: a person decides';

COMMENT ON COLUMN latchkey.refund_rules.changed_at IS 'when this was set';

COMMENT ON COLUMN latchkey.refund_rules.changed_by IS 'by whom';

CREATE TABLE latchkey.refund_wants (
    refund_id bigint NOT NULL,
    order_line_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT refund_wants_amount_minor_check CHECK ((amount_minor > 0))
);

ALTER TABLE ONLY latchkey.refund_wants FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refund_wants OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.refund_wants.refund_id IS 'what staff asked for, by line; refund_items is what went back';

COMMENT ON COLUMN latchkey.refund_wants.order_line_id IS 'from which line';

COMMENT ON COLUMN latchkey.refund_wants.amount_minor IS 'how much of it';

ALTER TABLE latchkey.refunds ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.refunds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.reminder_choices (
    customer_id bigint NOT NULL,
    frequency text NOT NULL,
    channel text DEFAULT 'mail'::text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT reminder_choices_channel_check CHECK ((channel = 'mail'::text)),
    CONSTRAINT reminder_choices_frequency_check CHECK ((frequency = ANY (ARRAY['all'::text, 'important'::text])))
);

ALTER TABLE ONLY latchkey.reminder_choices FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.reminder_choices OWNER TO lk_owner;

COMMENT ON TABLE latchkey.reminder_choices IS 'how a customer wants to be reminded of payments';

COMMENT ON COLUMN latchkey.reminder_choices.customer_id IS 'who chose';

COMMENT ON COLUMN latchkey.reminder_choices.frequency IS 'all: on every day of the plan; important: the last before a payment and the first after it';

COMMENT ON COLUMN latchkey.reminder_choices.channel IS 'by which way they come';

COMMENT ON COLUMN latchkey.reminder_choices.changed_at IS 'last choice';

ALTER TABLE latchkey.reminder_plans ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.reminder_plans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.reminders (
    due_id bigint NOT NULL,
    due_on date NOT NULL,
    days integer NOT NULL,
    person_id bigint NOT NULL,
    message_id bigint,
    made_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY latchkey.reminders FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.reminders OWNER TO lk_owner;

COMMENT ON TABLE latchkey.reminders IS 'one for each kind, amount, date and reader; made once, whatever became of its mail';

COMMENT ON COLUMN latchkey.reminders.due_id IS 'the amount';

COMMENT ON COLUMN latchkey.reminders.due_on IS 'the date that it tells; when the date moves, that is another reminder';

COMMENT ON COLUMN latchkey.reminders.days IS 'its kind: days after that date, less than 0 before it';

COMMENT ON COLUMN latchkey.reminders.person_id IS 'who reads it';

COMMENT ON COLUMN latchkey.reminders.message_id IS 'the mail that tells it, with others that are due at that time; NULL only while it is being made';

COMMENT ON COLUMN latchkey.reminders.made_at IS 'when the scan made it';

CREATE TABLE latchkey.retry_results (
    class text NOT NULL,
    weekday integer NOT NULL,
    hour integer NOT NULL,
    tried integer DEFAULT 0 NOT NULL,
    succeeded integer DEFAULT 0 NOT NULL,
    CONSTRAINT retry_results_check CHECK (((succeeded >= 0) AND (succeeded <= tried))),
    CONSTRAINT retry_results_class_check CHECK ((class <> ''::text)),
    CONSTRAINT retry_results_hour_check CHECK (((hour >= 0) AND (hour <= 23))),
    CONSTRAINT retry_results_tried_check CHECK ((tried >= 0)),
    CONSTRAINT retry_results_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
);

ALTER TABLE ONLY latchkey.retry_results FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.retry_results OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.retry_results.class IS 'of the decline that the retry answered';

COMMENT ON COLUMN latchkey.retry_results.weekday IS '1 Monday, the customer''s';

COMMENT ON COLUMN latchkey.retry_results.hour IS 'the customer''s';

COMMENT ON COLUMN latchkey.retry_results.tried IS 'attempts that came to an end';

COMMENT ON COLUMN latchkey.retry_results.succeeded IS 'of them paid';

CREATE TABLE latchkey.rollups (
    day date NOT NULL,
    metric text NOT NULL,
    product_id bigint NOT NULL,
    currency text NOT NULL,
    shard smallint NOT NULL,
    n bigint NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT rollups_shard_check CHECK (((shard >= 0) AND (shard <= 15)))
);

ALTER TABLE ONLY latchkey.rollups FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.rollups OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.rollups.day IS 'UTC';

COMMENT ON COLUMN latchkey.rollups.metric IS 'paid, granted_seconds, refunded';

COMMENT ON COLUMN latchkey.rollups.product_id IS '0 for none';

COMMENT ON COLUMN latchkey.rollups.currency IS ''''' for none';

COMMENT ON COLUMN latchkey.rollups.shard IS 'spreads the writers';

COMMENT ON COLUMN latchkey.rollups.n IS 'how many';

COMMENT ON COLUMN latchkey.rollups.amount IS 'minor units, or milliseconds';

CREATE TABLE latchkey.schedules (
    name text NOT NULL,
    lane smallint NOT NULL,
    every interval NOT NULL,
    next_at timestamp with time zone NOT NULL,
    CONSTRAINT schedules_every_check CHECK ((every > '00:00:00'::interval)),
    CONSTRAINT schedules_lane_check CHECK (((lane >= 1) AND (lane <= 4)))
);

ALTER TABLE ONLY latchkey.schedules FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.schedules OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.schedules.name IS 'the job''s kind';

COMMENT ON COLUMN latchkey.schedules.lane IS 'of its jobs';

COMMENT ON COLUMN latchkey.schedules.every IS 'how often';

COMMENT ON COLUMN latchkey.schedules.next_at IS 'the next run, product''s time';

CREATE TABLE latchkey.search_hits (
    word_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    object_id bigint NOT NULL,
    CONSTRAINT search_hits_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'order'::text, 'payment'::text, 'receipt'::text])))
);

ALTER TABLE ONLY latchkey.search_hits FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.search_hits OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.search_hits.word_id IS 'which word';

COMMENT ON COLUMN latchkey.search_hits.customer_id IS 'leads to whom';

COMMENT ON COLUMN latchkey.search_hits.kind IS 'because of what';

COMMENT ON COLUMN latchkey.search_hits.object_id IS 'which one';

CREATE TABLE latchkey.search_words (
    id bigint NOT NULL,
    word text NOT NULL,
    CONSTRAINT search_words_word_check CHECK ((word <> ''::text))
);

ALTER TABLE ONLY latchkey.search_words FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.search_words OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.search_words.id IS 'named by search_hits';

COMMENT ON COLUMN latchkey.search_words.word IS 'folded: lower case, without accents';

ALTER TABLE latchkey.search_words ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.search_words_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.sends (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    outcome text,
    code integer,
    detail text,
    CONSTRAINT sends_outcome_check CHECK ((outcome = ANY (ARRAY['sent'::text, 'deferred'::text, 'refused'::text, 'maybe_sent'::text])))
);

ALTER TABLE ONLY latchkey.sends FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.sends OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.sends.id IS 'one try to hand a mail over';

COMMENT ON COLUMN latchkey.sends.message_id IS 'which mail';

COMMENT ON COLUMN latchkey.sends.at IS 'begun';

COMMENT ON COLUMN latchkey.sends.outcome IS 'NULL while it is under way';

COMMENT ON COLUMN latchkey.sends.code IS 'the server''s answer';

COMMENT ON COLUMN latchkey.sends.detail IS 'in its words';

ALTER TABLE latchkey.sends ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.sends_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.sessions (
    token_hash bytea NOT NULL,
    kind text NOT NULL,
    customer_id bigint,
    staff_id bigint,
    order_id bigint,
    due_id bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    seen_at timestamp with time zone,
    user_agent text DEFAULT ''::text NOT NULL,
    reader_id bigint,
    CONSTRAINT sessions_check CHECK (
CASE kind
    WHEN 'customer'::text THEN ((customer_id IS NOT NULL) AND (staff_id IS NULL) AND (order_id IS NULL) AND (due_id IS NULL))
    WHEN 'staff'::text THEN ((staff_id IS NOT NULL) AND (customer_id IS NULL) AND (order_id IS NULL) AND (due_id IS NULL))
    WHEN 'view_as'::text THEN ((staff_id IS NOT NULL) AND (customer_id IS NOT NULL))
    WHEN 'pay_link'::text THEN ((customer_id IS NOT NULL) AND (due_id IS NOT NULL) AND (staff_id IS NULL))
    WHEN 'claim'::text THEN ((order_id IS NOT NULL) AND (staff_id IS NULL))
    WHEN 'checkout'::text THEN ((customer_id IS NOT NULL) AND (order_id IS NOT NULL) AND (staff_id IS NULL))
    WHEN 'magic'::text THEN ((customer_id IS NOT NULL) AND (staff_id IS NULL))
    WHEN 'invite'::text THEN ((staff_id IS NOT NULL) AND (customer_id IS NULL))
    ELSE NULL::boolean
END),
    CONSTRAINT sessions_check1 CHECK (((reader_id IS NULL) OR (kind = 'pay_link'::text))),
    CONSTRAINT sessions_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'staff'::text, 'view_as'::text, 'pay_link'::text, 'claim'::text, 'checkout'::text, 'magic'::text, 'invite'::text]))),
    CONSTRAINT sessions_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE ONLY latchkey.sessions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.sessions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.sessions.token_hash IS 'SHA-256 of the secret in the cookie or link';

COMMENT ON COLUMN latchkey.sessions.kind IS 'what it opens';

COMMENT ON COLUMN latchkey.sessions.customer_id IS 'whose rows it shows';

COMMENT ON COLUMN latchkey.sessions.staff_id IS 'the staff member behind it';

COMMENT ON COLUMN latchkey.sessions.order_id IS 'checkout: the one order it opens; magic: the order that the mail was about';

COMMENT ON COLUMN latchkey.sessions.due_id IS 'pay_link: the one amount it opens';

COMMENT ON COLUMN latchkey.sessions.created_at IS 'product''s time';

COMMENT ON COLUMN latchkey.sessions.expires_at IS 'dead from then on';

COMMENT ON COLUMN latchkey.sessions.ended_at IS 'used, logged out or revoked';

COMMENT ON COLUMN latchkey.sessions.seen_at IS 'last use, written at most once a minute';

COMMENT ON COLUMN latchkey.sessions.user_agent IS 'shown in the list of sessions';

COMMENT ON COLUMN latchkey.sessions.reader_id IS 'to whom the mail with this link went, who need not be the one who pays';

CREATE TABLE latchkey.staff (
    id bigint NOT NULL,
    email text NOT NULL,
    email_fold text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    role text NOT NULL,
    password_hash text,
    totp_secret bytea,
    totp_last bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT staff_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'finance'::text, 'support'::text, 'viewer'::text])))
);

ALTER TABLE ONLY latchkey.staff FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.staff OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.staff.id IS 'named in audit and sessions';

COMMENT ON COLUMN latchkey.staff.email IS 'as typed';

COMMENT ON COLUMN latchkey.staff.email_fold IS 'for look-up';

COMMENT ON COLUMN latchkey.staff.name IS 'shown to colleagues';

COMMENT ON COLUMN latchkey.staff.role IS 'what they may do, see staff_rights';

COMMENT ON COLUMN latchkey.staff.password_hash IS 'argon2id; NULL until the set-up link was used';

COMMENT ON COLUMN latchkey.staff.totp_secret IS 'shared secret of the second factor; NULL until set up';

COMMENT ON COLUMN latchkey.staff.totp_last IS 'time step of the last accepted code, against replay';

COMMENT ON COLUMN latchkey.staff.created_at IS 'when they were added';

COMMENT ON COLUMN latchkey.staff.disabled_at IS 'no login from then on';

CREATE TABLE latchkey.staff_codes (
    staff_id bigint NOT NULL,
    code_hash bytea NOT NULL,
    salt text NOT NULL,
    session_hash bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT staff_codes_code_hash_check CHECK ((length(code_hash) = 32))
);

ALTER TABLE ONLY latchkey.staff_codes FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.staff_codes OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.staff_codes.staff_id IS 'whose recovery code';

COMMENT ON COLUMN latchkey.staff_codes.code_hash IS 'SHA-256 of the code';

COMMENT ON COLUMN latchkey.staff_codes.salt IS 'with the session''s secret gives the codes, for ten minutes';

COMMENT ON COLUMN latchkey.staff_codes.session_hash IS 'the session that made them and may show them';

COMMENT ON COLUMN latchkey.staff_codes.made_at IS 'when';

COMMENT ON COLUMN latchkey.staff_codes.used_at IS 'a code works once';

ALTER TABLE latchkey.staff ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.staff_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.staff_rights (
    role text NOT NULL,
    verb text NOT NULL
);

ALTER TABLE ONLY latchkey.staff_rights FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.staff_rights OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.staff_rights.role IS 'a role of staff';

COMMENT ON COLUMN latchkey.staff_rights.verb IS 'what it may do; policies and routes ask for it';

CREATE TABLE latchkey.tasks (
    id bigint NOT NULL,
    kind text NOT NULL,
    object text NOT NULL,
    object_id bigint NOT NULL,
    period text DEFAULT ''::text NOT NULL,
    role text NOT NULL,
    title text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    customer_id bigint,
    order_id bigint,
    status text DEFAULT 'open'::text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    owner_id bigint,
    outcome text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    closed_by bigint,
    CONSTRAINT tasks_check CHECK (((status = 'claimed'::text) <= (owner_id IS NOT NULL))),
    CONSTRAINT tasks_check1 CHECK (((status = ANY (ARRAY['done'::text, 'dropped'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT tasks_check2 CHECK (((status <> ALL (ARRAY['done'::text, 'dropped'::text])) OR (outcome <> ''::text))),
    CONSTRAINT tasks_facts_check CHECK ((jsonb_typeof(facts) = 'object'::text)),
    CONSTRAINT tasks_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'finance'::text, 'support'::text]))),
    CONSTRAINT tasks_status_check CHECK ((status = ANY (ARRAY['open'::text, 'claimed'::text, 'done'::text, 'dropped'::text]))),
    CONSTRAINT tasks_title_check CHECK ((title <> ''::text))
);

ALTER TABLE ONLY latchkey.tasks FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tasks OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.tasks.id IS 'something that waits for a person';

COMMENT ON COLUMN latchkey.tasks.kind IS 'dispute, call, rating, ...';

COMMENT ON COLUMN latchkey.tasks.object IS 'what it is about: dispute, order, case, due, customer, ...';

COMMENT ON COLUMN latchkey.tasks.object_id IS 'which one';

COMMENT ON COLUMN latchkey.tasks.period IS 'what may repeat gets another one each time';

COMMENT ON COLUMN latchkey.tasks.role IS 'whose list it stands on; the owner sees all';

COMMENT ON COLUMN latchkey.tasks.title IS 'one line that says what to do';

COMMENT ON COLUMN latchkey.tasks.facts IS 'label and text, as the page shows them; no personal data';

COMMENT ON COLUMN latchkey.tasks.customer_id IS 'about whom, or NULL';

COMMENT ON COLUMN latchkey.tasks.order_id IS 'about which order, or NULL';

COMMENT ON COLUMN latchkey.tasks.status IS 'see transitions';

COMMENT ON COLUMN latchkey.tasks.due_at IS 'to be done by then';

COMMENT ON COLUMN latchkey.tasks.owner_id IS 'who claimed it';

COMMENT ON COLUMN latchkey.tasks.outcome IS 'what came of it, or why it was dropped';

COMMENT ON COLUMN latchkey.tasks.created_at IS 'when it was opened';

COMMENT ON COLUMN latchkey.tasks.closed_at IS 'done or dropped';

COMMENT ON COLUMN latchkey.tasks.closed_by IS 'by whom; NULL: it settled itself';

ALTER TABLE latchkey.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.tasks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.tax_rates (
    country text NOT NULL,
    tax_class text NOT NULL,
    rate_bp integer NOT NULL,
    eu boolean NOT NULL,
    CONSTRAINT tax_rates_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT tax_rates_rate_bp_check CHECK (((rate_bp >= 0) AND (rate_bp <= 10000))),
    CONSTRAINT tax_rates_tax_class_check CHECK ((tax_class = ANY (ARRAY['digital'::text, 'service'::text])))
);

ALTER TABLE ONLY latchkey.tax_rates FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tax_rates OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.tax_rates.country IS 'of the buyer';

COMMENT ON COLUMN latchkey.tax_rates.tax_class IS 'what is sold';

COMMENT ON COLUMN latchkey.tax_rates.rate_bp IS 'basis points: 1900 is 19 %';

COMMENT ON COLUMN latchkey.tax_rates.eu IS 'the EU''s consumer law holds: consent to begin at once';

CREATE TABLE latchkey.terms_versions (
    id bigint NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    body_md text NOT NULL,
    sha256 bytea NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT terms_versions_kind_check CHECK ((kind = ANY (ARRAY['terms'::text, 'consent'::text]))),
    CONSTRAINT terms_versions_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT terms_versions_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY latchkey.terms_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.terms_versions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.terms_versions.id IS 'what an order names as agreed';

COMMENT ON COLUMN latchkey.terms_versions.kind IS 'terms of sale; the EU''s consent to begin at once';

COMMENT ON COLUMN latchkey.terms_versions.version IS 'counts up';

COMMENT ON COLUMN latchkey.terms_versions.title IS 'above the text';

COMMENT ON COLUMN latchkey.terms_versions.body_md IS 'Markdown, the whole text';

COMMENT ON COLUMN latchkey.terms_versions.sha256 IS 'of the text';

COMMENT ON COLUMN latchkey.terms_versions.published_at IS 'in force from then on';

ALTER TABLE latchkey.terms_versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.terms_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.ticket_files (
    id bigint NOT NULL,
    post_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT ticket_files_content_check CHECK (((length(content) >= 1) AND (length(content) <= 5242880))),
    CONSTRAINT ticket_files_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT ticket_files_type_check CHECK ((type = ANY (ARRAY['image/png'::text, 'image/jpeg'::text, 'application/pdf'::text, 'text/plain'::text])))
);
ALTER TABLE ONLY latchkey.ticket_files ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE ONLY latchkey.ticket_files FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ticket_files OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.ticket_files.id IS 'in its address';

COMMENT ON COLUMN latchkey.ticket_files.post_id IS 'came with';

COMMENT ON COLUMN latchkey.ticket_files.ticket_id IS 'in which conversation';

COMMENT ON COLUMN latchkey.ticket_files.customer_id IS 'whose conversation it is';

COMMENT ON COLUMN latchkey.ticket_files.name IS 'as the sender called it, without what is no name';

COMMENT ON COLUMN latchkey.ticket_files.type IS 'found in the content, not believed from the sender';

COMMENT ON COLUMN latchkey.ticket_files.content IS 'as it came';

ALTER TABLE latchkey.ticket_files ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.ticket_files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.ticket_links (
    token_hash bytea NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint,
    ticket_id bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT ticket_links_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE ONLY latchkey.ticket_links FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ticket_links OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.ticket_links.token_hash IS 'SHA-256 of the secret in the mail''s link';

COMMENT ON COLUMN latchkey.ticket_links.customer_id IS 'to whom the mail went';

COMMENT ON COLUMN latchkey.ticket_links.order_id IS 'the order that the mail was about';

COMMENT ON COLUMN latchkey.ticket_links.ticket_id IS 'the one ticket that it opens; NULL: it only fills in the form';

COMMENT ON COLUMN latchkey.ticket_links.created_at IS 'product''s time';

COMMENT ON COLUMN latchkey.ticket_links.expires_at IS 'dead from then on';

CREATE TABLE latchkey.tickets (
    id bigint NOT NULL,
    number text DEFAULT latchkey.order_number() NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint,
    order_said text DEFAULT ''::text NOT NULL,
    about text NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    proved boolean NOT NULL,
    staff_id bigint,
    form_nonce text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    since_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    case_id bigint,
    CONSTRAINT tickets_about_check CHECK ((about = ANY (ARRAY['refund'::text, 'no_mail'::text, 'link'::text, 'login'::text, 'not_open'::text, 'payment'::text, 'plan'::text, 'other'::text]))),
    CONSTRAINT tickets_status_check CHECK ((status = ANY (ARRAY['open'::text, 'answered'::text, 'closed'::text])))
);

ALTER TABLE ONLY latchkey.tickets FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tickets OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.tickets.id IS 'somebody needs help';

COMMENT ON COLUMN latchkey.tickets.number IS 'as people read it out';

COMMENT ON COLUMN latchkey.tickets.customer_id IS 'who is answered';

COMMENT ON COLUMN latchkey.tickets.order_id IS 'what it is about, where that was proved by login, checkout or link';

COMMENT ON COLUMN latchkey.tickets.order_said IS 'the order number as a stranger typed it: a text, never looked up';

COMMENT ON COLUMN latchkey.tickets.about IS 'what happens, as chosen';

COMMENT ON COLUMN latchkey.tickets.status IS 'see transitions';

COMMENT ON COLUMN latchkey.tickets.proved IS 'written with a login or by a link that we had mailed; else the address is only what somebody typed';

COMMENT ON COLUMN latchkey.tickets.staff_id IS 'who took it';

COMMENT ON COLUMN latchkey.tickets.form_nonce IS 'one form makes one ticket';

COMMENT ON COLUMN latchkey.tickets.created_at IS 'when it was opened';

COMMENT ON COLUMN latchkey.tickets.since_at IS 'open: waiting since; else since when it is so';

COMMENT ON COLUMN latchkey.tickets.received_at IS 'real time, for limits are about real senders';

COMMENT ON COLUMN latchkey.tickets.case_id IS 'the failed payment that it is about';

ALTER TABLE latchkey.tickets ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.tickets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.transfers (
    order_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    reference text NOT NULL,
    pay_by date NOT NULL,
    expected_on date NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    CONSTRAINT transfers_reference_check CHECK ((reference ~ '^RF[0-9]{2}[0-9A-Z]{1,21}$'::text))
);

ALTER TABLE ONLY latchkey.transfers FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.transfers OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.transfers.order_id IS 'an order that is paid by bank transfer';

COMMENT ON COLUMN latchkey.transfers.customer_id IS 'whose';

COMMENT ON COLUMN latchkey.transfers.currency IS 'of the order';

COMMENT ON COLUMN latchkey.transfers.reference IS 'RF creditor reference (ISO 11649) from the order''s number';

COMMENT ON COLUMN latchkey.transfers.pay_by IS 'after this day the order ends unpaid';

COMMENT ON COLUMN latchkey.transfers.expected_on IS 'when access is expected, as the customer was told';

COMMENT ON COLUMN latchkey.transfers.begun_at IS 'when it was chosen';

CREATE TABLE latchkey.transitions (
    machine text NOT NULL,
    was text NOT NULL,
    status text NOT NULL
);

ALTER TABLE ONLY latchkey.transitions FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.transitions OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.transitions.machine IS 'order, due, attempt, refund, dispute, access, message, inbox';

COMMENT ON COLUMN latchkey.transitions.was IS 'the status before';

COMMENT ON COLUMN latchkey.transitions.status IS 'the status after';

CREATE TABLE latchkey.tries (
    id bigint NOT NULL,
    scope text NOT NULL,
    key bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT tries_scope_check CHECK ((scope = ANY (ARRAY['account'::text, 'address'::text, 'mail'::text, 'ask_account'::text, 'ask_address'::text])))
);

ALTER TABLE ONLY latchkey.tries FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tries OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.tries.id IS 'order of writing';

COMMENT ON COLUMN latchkey.tries.scope IS 'what is counted';

COMMENT ON COLUMN latchkey.tries.key IS 'SHA-256 of the account or address: nothing personal stays';

COMMENT ON COLUMN latchkey.tries.at IS 'real time, for limits are about real attackers';

ALTER TABLE latchkey.tries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.tries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE latchkey.version_items (
    version_id bigint NOT NULL,
    item_version_id bigint NOT NULL,
    "position" integer NOT NULL,
    section text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY latchkey.version_items FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.version_items OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.version_items.version_id IS 'this version of the product';

COMMENT ON COLUMN latchkey.version_items.item_version_id IS 'holds this text';

COMMENT ON COLUMN latchkey.version_items."position" IS 'in this order';

COMMENT ON COLUMN latchkey.version_items.section IS 'under this heading';

CREATE TABLE latchkey.withdraw_links (
    token_hash bytea NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT withdraw_links_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE ONLY latchkey.withdraw_links FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.withdraw_links OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.withdraw_links.token_hash IS 'of the secret in a mail about an order';

COMMENT ON COLUMN latchkey.withdraw_links.customer_id IS 'to whom the mail went';

COMMENT ON COLUMN latchkey.withdraw_links.order_id IS 'the contract that it withdraws from, and nothing else';

COMMENT ON COLUMN latchkey.withdraw_links.created_at IS 'just before the mail was sent';

COMMENT ON COLUMN latchkey.withdraw_links.expires_at IS 'after the last day of the period';

CREATE TABLE latchkey.withdrawal_law (
    country text NOT NULL,
    days integer NOT NULL,
    source text NOT NULL,
    CONSTRAINT withdrawal_law_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT withdrawal_law_days_check CHECK (((days >= 1) AND (days <= 365))),
    CONSTRAINT withdrawal_law_source_check CHECK ((source <> ''::text))
);

ALTER TABLE ONLY latchkey.withdrawal_law FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.withdrawal_law OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.withdrawal_law.country IS 'of the order';

COMMENT ON COLUMN latchkey.withdrawal_law.days IS 'after the day of the contract';

COMMENT ON COLUMN latchkey.withdrawal_law.source IS 'which law says so';

CREATE TABLE latchkey.withdrawals (
    id bigint NOT NULL,
    number text DEFAULT latchkey.order_number() NOT NULL,
    kind text NOT NULL,
    form_hash bytea NOT NULL,
    customer_id bigint NOT NULL,
    order_id bigint,
    proved boolean NOT NULL,
    said_name text NOT NULL,
    said_order text NOT NULL,
    said_email text NOT NULL,
    said_fold text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'received'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    amount_minor bigint DEFAULT 0 NOT NULL,
    currency text,
    refund_id bigint,
    received_at timestamp with time zone NOT NULL,
    answer_on date NOT NULL,
    pay_on date NOT NULL,
    decided_at timestamp with time zone,
    decided_by bigint,
    answer text DEFAULT ''::text NOT NULL,
    CONSTRAINT withdrawals_amount_minor_check CHECK ((amount_minor >= 0)),
    CONSTRAINT withdrawals_answer_check CHECK ((length(answer) <= 5000)),
    CONSTRAINT withdrawals_check CHECK (((status = ANY (ARRAY['accepted'::text, 'granted'::text, 'declined'::text])) = (decided_at IS NOT NULL))),
    CONSTRAINT withdrawals_check1 CHECK (((status <> 'declined'::text) OR (answer <> ''::text))),
    CONSTRAINT withdrawals_check2 CHECK (((status <> ALL (ARRAY['accepted'::text, 'granted'::text])) OR (order_id IS NOT NULL))),
    CONSTRAINT withdrawals_check3 CHECK (((why = ''::text) = (status = 'received'::text))),
    CONSTRAINT withdrawals_check4 CHECK (((amount_minor = 0) OR (currency IS NOT NULL))),
    CONSTRAINT withdrawals_check5 CHECK (((said_fold <> ''::text) OR proved)),
    CONSTRAINT withdrawals_form_hash_check CHECK ((length(form_hash) = 32)),
    CONSTRAINT withdrawals_kind_check CHECK ((kind = ANY (ARRAY['withdrawal'::text, 'request'::text]))),
    CONSTRAINT withdrawals_reason_check CHECK ((length(reason) <= 5000)),
    CONSTRAINT withdrawals_said_email_check CHECK ((length(said_email) <= 320)),
    CONSTRAINT withdrawals_said_name_check CHECK ((length(said_name) <= 200)),
    CONSTRAINT withdrawals_said_order_check CHECK ((length(said_order) <= 100)),
    CONSTRAINT withdrawals_status_check CHECK ((status = ANY (ARRAY['received'::text, 'accepted'::text, 'with_staff'::text, 'granted'::text, 'declined'::text]))),
    CONSTRAINT withdrawals_why_check CHECK ((why = ANY (ARRAY[''::text, 'law'::text, 'promise'::text, 'guarantee'::text, 'lapsed'::text, 'over'::text, 'asked'::text, 'disputed'::text, 'unmatched'::text])))
);

ALTER TABLE ONLY latchkey.withdrawals FORCE ROW LEVEL SECURITY;

ALTER TABLE latchkey.withdrawals OWNER TO lk_owner;

COMMENT ON COLUMN latchkey.withdrawals.id IS 'somebody withdraws from a contract, or asks for their money';

COMMENT ON COLUMN latchkey.withdrawals.number IS 'on its receipt';

COMMENT ON COLUMN latchkey.withdrawals.kind IS 'withdrawal: declared with the button of the law; request: asked for on the order''s page';

COMMENT ON COLUMN latchkey.withdrawals.form_hash IS 'of the form''s secret, which shows the receipt: sent twice is one';

COMMENT ON COLUMN latchkey.withdrawals.customer_id IS 'whose address got the receipt';

COMMENT ON COLUMN latchkey.withdrawals.order_id IS 'which contract; NULL until it is known';

COMMENT ON COLUMN latchkey.withdrawals.proved IS 'by login or by the link of a mail; false: name, number and address were typed';

COMMENT ON COLUMN latchkey.withdrawals.said_name IS 'the name, as typed';

COMMENT ON COLUMN latchkey.withdrawals.said_order IS 'the order''s number, as typed';

COMMENT ON COLUMN latchkey.withdrawals.said_email IS 'where the receipt went';

COMMENT ON COLUMN latchkey.withdrawals.said_fold IS 'the same folded, to compare it with the buyer''s';

COMMENT ON COLUMN latchkey.withdrawals.reason IS 'why, if they said so; nobody has to';

COMMENT ON COLUMN latchkey.withdrawals.status IS 'see transitions';

COMMENT ON COLUMN latchkey.withdrawals.why IS 'law, promise: the money goes back by itself; guarantee, lapsed, over, asked, disputed, unmatched: a person decides';

COMMENT ON COLUMN latchkey.withdrawals.amount_minor IS 'what was asked to go back when it was accepted';

COMMENT ON COLUMN latchkey.withdrawals.currency IS 'of that amount';

COMMENT ON COLUMN latchkey.withdrawals.refund_id IS 'the refund that it led to, or NULL';

COMMENT ON COLUMN latchkey.withdrawals.received_at IS 'the time on the receipt';

COMMENT ON COLUMN latchkey.withdrawals.answer_on IS 'where a person decides, the answer was promised by then';

COMMENT ON COLUMN latchkey.withdrawals.pay_on IS 'the money has to go back by then: fourteen days after it was received';

COMMENT ON COLUMN latchkey.withdrawals.decided_at IS 'accepted, granted or declined';

COMMENT ON COLUMN latchkey.withdrawals.decided_by IS 'by whom; NULL: by itself';

COMMENT ON COLUMN latchkey.withdrawals.answer IS 'why it was declined, as the customer reads it';

ALTER TABLE latchkey.withdrawals ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME latchkey.withdrawals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_id_person_id_key UNIQUE (id, person_id);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_order_line_id_key UNIQUE (order_line_id);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.access_timetables
    ADD CONSTRAINT access_timetables_pkey PRIMARY KEY (product_id);

ALTER TABLE ONLY latchkey.accounts
    ADD CONSTRAINT accounts_name_key UNIQUE (name);

ALTER TABLE ONLY latchkey.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.address_changes
    ADD CONSTRAINT address_changes_link_hash_key UNIQUE (link_hash);

ALTER TABLE ONLY latchkey.address_changes
    ADD CONSTRAINT address_changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.address_changes
    ADD CONSTRAINT address_changes_undo_hash_key UNIQUE (undo_hash);

ALTER TABLE ONLY latchkey.agreement_versions
    ADD CONSTRAINT agreement_versions_pkey PRIMARY KEY (agreement_id, version);

ALTER TABLE ONLY latchkey.agreements
    ADD CONSTRAINT agreements_id_customer_id_currency_key UNIQUE (id, customer_id, currency);

ALTER TABLE ONLY latchkey.agreements
    ADD CONSTRAINT agreements_id_order_id_key UNIQUE (id, order_id);

ALTER TABLE ONLY latchkey.agreements
    ADD CONSTRAINT agreements_order_id_key UNIQUE (order_id);

ALTER TABLE ONLY latchkey.agreements
    ADD CONSTRAINT agreements_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.allocations
    ADD CONSTRAINT allocations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.article_answers
    ADD CONSTRAINT article_answers_pkey PRIMARY KEY (kind, code);

ALTER TABLE ONLY latchkey.article_reads
    ADD CONSTRAINT article_reads_pkey PRIMARY KEY (version_id, staff_id);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_article_id_version_key UNIQUE (article_id, version);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_id_article_id_key UNIQUE (id, article_id);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.article_votes
    ADD CONSTRAINT article_votes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.article_votes
    ADD CONSTRAINT article_votes_version_id_voter_key UNIQUE (version_id, voter);

ALTER TABLE ONLY latchkey.articles
    ADD CONSTRAINT articles_id_kind_key UNIQUE (id, kind);

ALTER TABLE ONLY latchkey.articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.articles
    ADD CONSTRAINT articles_slug_key UNIQUE (slug);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_account_id_gateway_ref_key UNIQUE (account_id, gateway_ref);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_account_id_session_ref_key UNIQUE (account_id, session_ref);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_id_customer_id_account_id_amount_minor_currency_key UNIQUE (id, customer_id, account_id, amount_minor, currency);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_id_order_id_key UNIQUE (id, order_id);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_key_key UNIQUE (key);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.bank_lines
    ADD CONSTRAINT bank_lines_account_id_statement_line_key UNIQUE (account_id, statement, line);

ALTER TABLE ONLY latchkey.bank_lines
    ADD CONSTRAINT bank_lines_id_account_id_amount_minor_currency_key UNIQUE (id, account_id, amount_minor, currency);

ALTER TABLE ONLY latchkey.bank_lines
    ADD CONSTRAINT bank_lines_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.call_limits
    ADD CONSTRAINT call_limits_pkey PRIMARY KEY (currency);

ALTER TABLE ONLY latchkey.case_answers
    ADD CONSTRAINT case_answers_pkey PRIMARY KEY (case_id, version_id, "position");

ALTER TABLE ONLY latchkey.case_causes
    ADD CONSTRAINT case_causes_pkey PRIMARY KEY (cause);

ALTER TABLE ONLY latchkey.case_notes
    ADD CONSTRAINT case_notes_case_id_form_nonce_key UNIQUE (case_id, form_nonce);

ALTER TABLE ONLY latchkey.case_notes
    ADD CONSTRAINT case_notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_id_customer_id_key UNIQUE (id, customer_id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_id_due_id_key UNIQUE (id, due_id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_number_key UNIQUE (number);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.chain_pending
    ADD CONSTRAINT chain_pending_pkey PRIMARY KEY (source, row_id);

ALTER TABLE ONLY latchkey.chain_seals
    ADD CONSTRAINT chain_seals_pkey PRIMARY KEY (source, seal);

ALTER TABLE ONLY latchkey.chain_seals
    ADD CONSTRAINT chain_seals_source_row_id_key UNIQUE (source, row_id);

ALTER TABLE ONLY latchkey.change_markers
    ADD CONSTRAINT change_markers_made_by_form_nonce_key UNIQUE (made_by, form_nonce);

ALTER TABLE ONLY latchkey.change_markers
    ADD CONSTRAINT change_markers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.corrections
    ADD CONSTRAINT corrections_nonce_key UNIQUE (nonce);

ALTER TABLE ONLY latchkey.corrections
    ADD CONSTRAINT corrections_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (customer_id);

ALTER TABLE ONLY latchkey.currencies
    ADD CONSTRAINT currencies_pkey PRIMARY KEY (code);

ALTER TABLE ONLY latchkey.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.decline_codes
    ADD CONSTRAINT decline_codes_pkey PRIMARY KEY (code);

ALTER TABLE ONLY latchkey.dev_clock
    ADD CONSTRAINT dev_clock_pkey PRIMARY KEY (one);

ALTER TABLE ONLY latchkey.discount_codes
    ADD CONSTRAINT discount_codes_code_key UNIQUE (code);

ALTER TABLE ONLY latchkey.discount_codes
    ADD CONSTRAINT discount_codes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_account_id_gateway_ref_key UNIQUE (account_id, gateway_ref);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_answer_key_key UNIQUE (answer_key);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_id_customer_id_currency_key UNIQUE (id, customer_id, currency);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_id_order_id_key UNIQUE (id, order_id);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_order_id_agreement_version_seq_key UNIQUE NULLS NOT DISTINCT (order_id, agreement_version, seq);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.faq_articles
    ADD CONSTRAINT faq_articles_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY latchkey.faq_articles
    ADD CONSTRAINT faq_articles_slug_key UNIQUE (slug);

ALTER TABLE ONLY latchkey.faq_words
    ADD CONSTRAINT faq_words_pkey PRIMARY KEY (word);

ALTER TABLE ONLY latchkey.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.files
    ADD CONSTRAINT files_sha256_name_key UNIQUE (sha256, name);

ALTER TABLE ONLY latchkey.gateway_customers
    ADD CONSTRAINT gateway_customers_account_id_ref_customer_id_key UNIQUE (account_id, ref, customer_id);

ALTER TABLE ONLY latchkey.gateway_customers
    ADD CONSTRAINT gateway_customers_pkey PRIMARY KEY (account_id, ref);

ALTER TABLE ONLY latchkey.help_searches
    ADD CONSTRAINT help_searches_pkey PRIMARY KEY (words);

ALTER TABLE ONLY latchkey.inbox
    ADD CONSTRAINT inbox_account_id_event_ref_key UNIQUE (account_id, event_ref);

ALTER TABLE ONLY latchkey.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.item_versions
    ADD CONSTRAINT item_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.items
    ADD CONSTRAINT items_id_product_id_key UNIQUE (id, product_id);

ALTER TABLE ONLY latchkey.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.items
    ADD CONSTRAINT items_product_id_slug_key UNIQUE (product_id, slug);

ALTER TABLE ONLY latchkey.jobs_dead
    ADD CONSTRAINT jobs_dead_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.jobs_done
    ADD CONSTRAINT jobs_done_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.jobs
    ADD CONSTRAINT jobs_kind_key_key UNIQUE (kind, key);

ALTER TABLE ONLY latchkey.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.ledger_accounts
    ADD CONSTRAINT ledger_accounts_pkey PRIMARY KEY (name, currency);

ALTER TABLE ONLY latchkey.ledger
    ADD CONSTRAINT ledger_entry_leg_key UNIQUE (entry, leg);

ALTER TABLE ONLY latchkey.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.licence_keys
    ADD CONSTRAINT licence_keys_order_line_id_key UNIQUE (order_line_id);

ALTER TABLE ONLY latchkey.licence_keys
    ADD CONSTRAINT licence_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.licence_keys
    ADD CONSTRAINT licence_keys_product_id_key_key UNIQUE (product_id, key);

ALTER TABLE ONLY latchkey.link_asks
    ADD CONSTRAINT link_asks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.mail_failures
    ADD CONSTRAINT mail_failures_pkey PRIMARY KEY (address);

ALTER TABLE ONLY latchkey.matches
    ADD CONSTRAINT matches_pkey PRIMARY KEY (payment_id);

ALTER TABLE ONLY latchkey.message_bodies
    ADD CONSTRAINT message_bodies_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY latchkey.message_texts
    ADD CONSTRAINT message_texts_kind_product_id_version_key UNIQUE NULLS NOT DISTINCT (kind, product_id, version);

ALTER TABLE ONLY latchkey.message_texts
    ADD CONSTRAINT message_texts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.message_topics
    ADD CONSTRAINT message_topics_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY latchkey.messages
    ADD CONSTRAINT messages_kind_object_object_id_period_customer_id_key UNIQUE (kind, object, object_id, period, customer_id);

ALTER TABLE ONLY latchkey.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_account_id_session_ref_key UNIQUE (account_id, session_ref);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_customer_id_form_nonce_key UNIQUE (customer_id, form_nonce);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_key_key UNIQUE (key);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY latchkey.mismatches
    ADD CONSTRAINT mismatches_account_id_payment_ref_key UNIQUE (account_id, payment_ref);

ALTER TABLE ONLY latchkey.mismatches
    ADD CONSTRAINT mismatches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.moves
    ADD CONSTRAINT moves_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.notes
    ADD CONSTRAINT notes_staff_id_nonce_key UNIQUE (staff_id, nonce);

ALTER TABLE ONLY latchkey.notification_choices
    ADD CONSTRAINT notification_choices_pkey PRIMARY KEY (customer_id, topic);

ALTER TABLE ONLY latchkey.notification_topics
    ADD CONSTRAINT notification_topics_pkey PRIMARY KEY (topic);

ALTER TABLE ONLY latchkey.notification_topics
    ADD CONSTRAINT notification_topics_position_key UNIQUE ("position");

ALTER TABLE ONLY latchkey.offer_versions
    ADD CONSTRAINT offer_versions_id_currency_amount_minor_key UNIQUE (id, currency, amount_minor);

ALTER TABLE ONLY latchkey.offer_versions
    ADD CONSTRAINT offer_versions_offer_id_version_key UNIQUE (offer_id, version);

ALTER TABLE ONLY latchkey.offer_versions
    ADD CONSTRAINT offer_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.offers
    ADD CONSTRAINT offers_id_product_id_key UNIQUE (id, product_id);

ALTER TABLE ONLY latchkey.offers
    ADD CONSTRAINT offers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.offers
    ADD CONSTRAINT offers_product_id_slug_key UNIQUE (product_id, slug);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT order_lines_id_order_id_key UNIQUE (id, order_id);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT order_lines_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.order_parties
    ADD CONSTRAINT order_parties_pkey PRIMARY KEY (order_id, person_id, role);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_customer_id_form_nonce_key UNIQUE (customer_id, form_nonce);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_id_customer_id_currency_key UNIQUE (id, customer_id, currency);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_number_key UNIQUE (number);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.passkey_answers
    ADD CONSTRAINT passkey_answers_pkey PRIMARY KEY (challenge_hash);

ALTER TABLE ONLY latchkey.passkeys
    ADD CONSTRAINT passkeys_credential_key UNIQUE (credential);

ALTER TABLE ONLY latchkey.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.payment_methods
    ADD CONSTRAINT payment_methods_account_id_ref_key UNIQUE (account_id, ref);

ALTER TABLE ONLY latchkey.payment_methods
    ADD CONSTRAINT payment_methods_id_customer_id_key UNIQUE (id, customer_id);

ALTER TABLE ONLY latchkey.payment_methods
    ADD CONSTRAINT payment_methods_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_account_id_gateway_ref_key UNIQUE (account_id, gateway_ref);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_id_customer_id_currency_key UNIQUE (id, customer_id, currency);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.posts
    ADD CONSTRAINT posts_id_ticket_id_customer_id_key UNIQUE (id, ticket_id, customer_id);

ALTER TABLE ONLY latchkey.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.posts
    ADD CONSTRAINT posts_ticket_id_form_nonce_key UNIQUE (ticket_id, form_nonce);

ALTER TABLE ONLY latchkey.posts
    ADD CONSTRAINT posts_ticket_id_message_ref_key UNIQUE (ticket_id, message_ref);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_id_product_id_key UNIQUE (id, product_id);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_product_id_version_key UNIQUE (product_id, version);

ALTER TABLE ONLY latchkey.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.products
    ADD CONSTRAINT products_slug_key UNIQUE (slug);

ALTER TABLE ONLY latchkey.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (access_id, item_id);

ALTER TABLE ONLY latchkey.promises
    ADD CONSTRAINT promises_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.rating_links
    ADD CONSTRAINT rating_links_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY latchkey.ratings
    ADD CONSTRAINT ratings_kind_object_id_customer_id_key UNIQUE (kind, object_id, customer_id);

ALTER TABLE ONLY latchkey.ratings
    ADD CONSTRAINT ratings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.receipt_files
    ADD CONSTRAINT receipt_files_pkey PRIMARY KEY (receipt_id);

ALTER TABLE ONLY latchkey.receipt_series
    ADD CONSTRAINT receipt_series_pkey PRIMARY KEY (series);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_number_key UNIQUE (number);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_payment_id_key UNIQUE (payment_id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_refund_id_key UNIQUE (refund_id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_series_seq_key UNIQUE (series, seq);

ALTER TABLE ONLY latchkey.refund_items
    ADD CONSTRAINT refund_items_pkey PRIMARY KEY (refund_id, order_line_id);

ALTER TABLE ONLY latchkey.refund_rules
    ADD CONSTRAINT refund_rules_pkey PRIMARY KEY (product_id);

ALTER TABLE ONLY latchkey.refund_wants
    ADD CONSTRAINT refund_wants_pkey PRIMARY KEY (refund_id, order_line_id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_account_id_gateway_ref_key UNIQUE (account_id, gateway_ref);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_key_key UNIQUE (key);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.reminder_choices
    ADD CONSTRAINT reminder_choices_pkey PRIMARY KEY (customer_id);

ALTER TABLE ONLY latchkey.reminder_plans
    ADD CONSTRAINT reminder_plans_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.reminder_plans
    ADD CONSTRAINT reminder_plans_product_id_key UNIQUE NULLS NOT DISTINCT (product_id);

ALTER TABLE ONLY latchkey.reminders
    ADD CONSTRAINT reminders_pkey PRIMARY KEY (due_id, due_on, days, person_id);

ALTER TABLE ONLY latchkey.retry_results
    ADD CONSTRAINT retry_results_pkey PRIMARY KEY (class, weekday, hour);

ALTER TABLE ONLY latchkey.rollups
    ADD CONSTRAINT rollups_pkey PRIMARY KEY (day, metric, product_id, currency, shard);

ALTER TABLE ONLY latchkey.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (name);

ALTER TABLE ONLY latchkey.search_hits
    ADD CONSTRAINT search_hits_pkey PRIMARY KEY (word_id, customer_id, kind, object_id);

ALTER TABLE ONLY latchkey.search_words
    ADD CONSTRAINT search_words_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.search_words
    ADD CONSTRAINT search_words_word_key UNIQUE (word);

ALTER TABLE ONLY latchkey.sends
    ADD CONSTRAINT sends_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY latchkey.staff_codes
    ADD CONSTRAINT staff_codes_pkey PRIMARY KEY (staff_id, code_hash);

ALTER TABLE ONLY latchkey.staff
    ADD CONSTRAINT staff_email_fold_key UNIQUE (email_fold);

ALTER TABLE ONLY latchkey.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.staff_rights
    ADD CONSTRAINT staff_rights_pkey PRIMARY KEY (role, verb);

ALTER TABLE ONLY latchkey.tasks
    ADD CONSTRAINT tasks_kind_object_object_id_period_key UNIQUE (kind, object, object_id, period);

ALTER TABLE ONLY latchkey.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.tax_rates
    ADD CONSTRAINT tax_rates_pkey PRIMARY KEY (country, tax_class);

ALTER TABLE ONLY latchkey.terms_versions
    ADD CONSTRAINT terms_versions_kind_version_key UNIQUE (kind, version);

ALTER TABLE ONLY latchkey.terms_versions
    ADD CONSTRAINT terms_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.ticket_files
    ADD CONSTRAINT ticket_files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.ticket_links
    ADD CONSTRAINT ticket_links_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_customer_id_form_nonce_key UNIQUE (customer_id, form_nonce);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_id_customer_id_key UNIQUE (id, customer_id);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_number_key UNIQUE (number);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.transfers
    ADD CONSTRAINT transfers_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY latchkey.transfers
    ADD CONSTRAINT transfers_reference_key UNIQUE (reference);

ALTER TABLE ONLY latchkey.transitions
    ADD CONSTRAINT transitions_pkey PRIMARY KEY (machine, was, status);

ALTER TABLE ONLY latchkey.tries
    ADD CONSTRAINT tries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY latchkey.version_items
    ADD CONSTRAINT version_items_pkey PRIMARY KEY (version_id, item_version_id);

ALTER TABLE ONLY latchkey.version_items
    ADD CONSTRAINT version_items_version_id_position_key UNIQUE (version_id, "position");

ALTER TABLE ONLY latchkey.withdraw_links
    ADD CONSTRAINT withdraw_links_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY latchkey.withdrawal_law
    ADD CONSTRAINT withdrawal_law_pkey PRIMARY KEY (country);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_form_hash_key UNIQUE (form_hash);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_number_key UNIQUE (number);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_pkey PRIMARY KEY (id);

CREATE INDEX access_granted ON latchkey.access USING btree (person_id, granted_at DESC, id DESC);

CREATE INDEX access_order ON latchkey.access USING btree (order_id);

CREATE INDEX access_person ON latchkey.access USING btree (person_id, product_id);

CREATE INDEX access_waiting ON latchkey.access USING btree (expected_on) WHERE (status = 'waiting'::text);

CREATE UNIQUE INDEX address_changes_asked ON latchkey.address_changes USING btree (customer_id) WHERE (status = 'asked'::text);

CREATE INDEX address_changes_customer ON latchkey.address_changes USING btree (customer_id, id DESC);

CREATE INDEX agreements_customer ON latchkey.agreements USING btree (customer_id, id);

CREATE INDEX agreements_live ON latchkey.agreements USING btree (kind, id) WHERE (status = 'live'::text);

CREATE INDEX agreements_method ON latchkey.agreements USING btree (method_id) WHERE (method_id IS NOT NULL);

CREATE UNIQUE INDEX alarms_open ON latchkey.alarms USING btree (kind, object, object_id) WHERE (closed_at IS NULL);

CREATE INDEX allocations_due ON latchkey.allocations USING btree (due_id);

CREATE INDEX allocations_payment ON latchkey.allocations USING btree (payment_id);

CREATE INDEX article_answers_article ON latchkey.article_answers USING btree (article_id);

CREATE INDEX article_reads_staff ON latchkey.article_reads USING btree (staff_id, article_id);

CREATE UNIQUE INDEX article_versions_draft ON latchkey.article_versions USING btree (article_id) WHERE (published_at IS NULL);

CREATE INDEX article_votes_article ON latchkey.article_votes USING btree (article_id, at DESC, id DESC);

CREATE INDEX attempts_customer ON latchkey.attempts USING btree (customer_id, created_at DESC, id DESC);

CREATE INDEX attempts_due ON latchkey.attempts USING btree (due_id, id);

CREATE UNIQUE INDEX attempts_live ON latchkey.attempts USING btree (due_id) WHERE live;

CREATE INDEX attempts_method ON latchkey.attempts USING btree (payment_method_id) WHERE (payment_method_id IS NOT NULL);

CREATE INDEX attempts_order ON latchkey.attempts USING btree (order_id);

CREATE INDEX attempts_to_ask ON latchkey.attempts USING btree (sent_at) WHERE live;

CREATE INDEX audit_actor ON latchkey.audit USING btree (actor_id, at DESC, id DESC) WHERE (actor = 'staff'::text);

CREATE INDEX audit_at ON latchkey.audit USING btree (at DESC, id DESC);

CREATE INDEX audit_customer ON latchkey.audit USING btree (object_id, at DESC, id DESC) WHERE (object = 'customer'::text);

CREATE INDEX audit_object ON latchkey.audit USING btree (object, object_id, id);

CREATE INDEX bank_lines_loaded ON latchkey.bank_lines USING btree (loaded_at DESC, id DESC);

CREATE INDEX bank_lines_new ON latchkey.bank_lines USING btree (booked_on, id) WHERE (status = 'new'::text);

CREATE INDEX bank_lines_settled ON latchkey.bank_lines USING btree (settled_at DESC, id DESC) WHERE (status <> 'new'::text);

CREATE INDEX case_notes_customer ON latchkey.case_notes USING btree (customer_id, at DESC, id DESC);

CREATE INDEX cases_active ON latchkey.cases USING btree (opened_at, id) WHERE (status = ANY (ARRAY['open'::text, 'waiting'::text]));

CREATE INDEX cases_customer ON latchkey.cases USING btree (customer_id, opened_at DESC, id DESC);

CREATE INDEX cases_due ON latchkey.cases USING btree (due_id, id);

CREATE INDEX cases_next ON latchkey.cases USING btree (next_at) WHERE ((status = ANY (ARRAY['open'::text, 'waiting'::text])) AND (next_at IS NOT NULL));

CREATE UNIQUE INDEX cases_open ON latchkey.cases USING btree (due_id) WHERE (status = ANY (ARRAY['open'::text, 'waiting'::text]));

CREATE INDEX cases_opened ON latchkey.cases USING btree (opened_at DESC, id DESC) INCLUDE (cause, currency, amount_minor, resolved_at, resolved_by);

CREATE INDEX cases_owner ON latchkey.cases USING btree (owner_id, status) WHERE (owner_id IS NOT NULL);

CREATE INDEX cases_status ON latchkey.cases USING btree (status, opened_at DESC, id DESC);

CREATE INDEX change_markers_day ON latchkey.change_markers USING btree (changed_on DESC, id DESC);

CREATE INDEX claims_customer ON latchkey.claims USING btree (customer_id);

CREATE UNIQUE INDEX claims_open ON latchkey.claims USING btree (order_id) WHERE ((used_at IS NULL) AND (ended_at IS NULL));

CREATE INDEX claims_order ON latchkey.claims USING btree (order_id);

CREATE INDEX claims_person ON latchkey.claims USING btree (person_id);

CREATE INDEX corrections_customer ON latchkey.corrections USING btree (customer_id) WHERE (customer_id IS NOT NULL);

CREATE INDEX corrections_status ON latchkey.corrections USING btree (status, id DESC);

CREATE UNIQUE INDEX corrections_waiting ON latchkey.corrections USING btree (order_id, new_fold) WHERE (status = 'with_staff'::text);

CREATE INDEX customers_created ON latchkey.customers USING btree (created_at DESC, id DESC);

CREATE UNIQUE INDEX customers_email ON latchkey.customers USING btree (email_fold) WHERE ((merged_into IS NULL) AND (erased_at IS NULL));

CREATE INDEX customers_merged ON latchkey.customers USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX disputes_customer ON latchkey.disputes USING btree (customer_id, created_at DESC, id DESC);

CREATE INDEX disputes_list ON latchkey.disputes USING btree (created_at DESC, id DESC);

CREATE INDEX disputes_payment ON latchkey.disputes USING btree (payment_id);

CREATE INDEX dues_agreement ON latchkey.dues USING btree (agreement_id, seq) WHERE (agreement_id IS NOT NULL);

CREATE INDEX dues_customer ON latchkey.dues USING btree (customer_id, due_on, id);

CREATE INDEX dues_open ON latchkey.dues USING btree (due_on) WHERE (status = 'open'::text);

CREATE INDEX evidence_customer ON latchkey.evidence USING btree (customer_id, at DESC, id DESC);

CREATE INDEX evidence_order ON latchkey.evidence USING btree (order_id, id);

CREATE INDEX faq_articles_search ON latchkey.faq_articles USING gin (search);

CREATE INDEX faq_words_like ON latchkey.faq_words USING gin (word public.gin_trgm_ops);

CREATE INDEX gateway_customers_customer ON latchkey.gateway_customers USING btree (customer_id);

CREATE INDEX help_searches_last ON latchkey.help_searches USING btree (last_at);

CREATE INDEX inbox_new ON latchkey.inbox USING btree (next_at, id) WHERE (status = 'new'::text);

CREATE INDEX inbox_payment ON latchkey.inbox USING btree (payment_ref);

CREATE INDEX item_versions_item ON latchkey.item_versions USING btree (item_id);

CREATE INDEX jobs_done_at ON latchkey.jobs_done USING btree (done_at);

CREATE INDEX jobs_done_key ON latchkey.jobs_done USING btree (kind, key);

CREATE INDEX jobs_ready ON latchkey.jobs USING btree (lane, run_at, id);

CREATE INDEX ledger_at ON latchkey.ledger USING btree (at);

CREATE INDEX ledger_order ON latchkey.ledger USING btree (order_id);

CREATE INDEX licence_keys_free ON latchkey.licence_keys USING btree (product_id, id) WHERE (order_line_id IS NULL);

CREATE INDEX mail_failures_message ON latchkey.mail_failures USING btree (message_id);

CREATE UNIQUE INDEX matches_line ON latchkey.matches USING btree (bank_line_id) WHERE (undone_at IS NULL);

CREATE INDEX matches_order ON latchkey.matches USING btree (order_id);

CREATE INDEX messages_back ON latchkey.messages USING btree (queued_at DESC) WHERE (status = ANY (ARRAY['bounced'::text, 'refused'::text]));

CREATE INDEX messages_customer ON latchkey.messages USING btree (customer_id, queued_at DESC, id DESC);

CREATE INDEX messages_object ON latchkey.messages USING btree (object, object_id);

CREATE INDEX messages_sending ON latchkey.messages USING btree (lease_until) WHERE (status = 'sending'::text);

CREATE UNIQUE INDEX messages_staff ON latchkey.messages USING btree (staff_id, kind, object, object_id, period) WHERE (staff_id IS NOT NULL);

CREATE INDEX method_setups_open ON latchkey.method_setups USING btree (created_at) WHERE (status = 'open'::text);

CREATE INDEX moves_customer ON latchkey.moves USING btree (customer_id, at DESC, id DESC);

CREATE INDEX moves_object ON latchkey.moves USING btree (machine, object_id, id);

CREATE INDEX notes_customer ON latchkey.notes USING btree (customer_id, at DESC, id DESC);

CREATE INDEX order_lines_customer ON latchkey.order_lines USING btree (customer_id, product_id);

CREATE INDEX order_lines_discount ON latchkey.order_lines USING btree (discount_id) WHERE (discount_id IS NOT NULL);

CREATE INDEX order_lines_order ON latchkey.order_lines USING btree (order_id);

CREATE INDEX order_lines_product ON latchkey.order_lines USING btree (product_id);

CREATE UNIQUE INDEX order_parties_payer ON latchkey.order_parties USING btree (order_id) WHERE (role = 'payer'::text);

CREATE INDEX order_parties_person ON latchkey.order_parties USING btree (person_id);

CREATE INDEX orders_created ON latchkey.orders USING btree (created_at DESC, id DESC);

CREATE INDEX orders_customer ON latchkey.orders USING btree (customer_id, created_at DESC, id DESC);

CREATE INDEX orders_open ON latchkey.orders USING btree (expires_at) WHERE (status = 'open'::text);

CREATE INDEX orders_status ON latchkey.orders USING btree (status, created_at DESC, id DESC);

CREATE INDEX passkeys_customer ON latchkey.passkeys USING btree (customer_id, id);

CREATE INDEX passkeys_staff ON latchkey.passkeys USING btree (staff_id, id) WHERE (staff_id IS NOT NULL);

CREATE UNIQUE INDEX payment_methods_backup ON latchkey.payment_methods USING btree (customer_id) WHERE is_backup;

CREATE INDEX payment_methods_customer ON latchkey.payment_methods USING btree (customer_id, added_at DESC, id DESC);

CREATE UNIQUE INDEX payment_methods_default ON latchkey.payment_methods USING btree (customer_id) WHERE is_default;

CREATE INDEX payment_methods_expiry ON latchkey.payment_methods USING btree (exp_year, exp_month) WHERE ((detached_at IS NULL) AND (exp_year IS NOT NULL));

CREATE UNIQUE INDEX payments_bank_line ON latchkey.payments USING btree (bank_line_id) WHERE (undone_at IS NULL);

CREATE INDEX payments_charge ON latchkey.payments USING btree (charge_ref);

CREATE INDEX payments_customer ON latchkey.payments USING btree (customer_id, received_at DESC, id DESC);

CREATE INDEX payments_last_four ON latchkey.payments USING btree (last_four, received_at);

CREATE INDEX payments_order ON latchkey.payments USING btree (order_id);

CREATE INDEX posts_customer ON latchkey.posts USING btree (customer_id, at DESC, id DESC);

CREATE UNIQUE INDEX product_versions_draft ON latchkey.product_versions USING btree (product_id) WHERE (published_at IS NULL);

CREATE INDEX promises_customer ON latchkey.promises USING btree (customer_id, made_at DESC, id DESC);

CREATE INDEX promises_day ON latchkey.promises USING btree (promised_on) WHERE (status = 'open'::text);

CREATE INDEX promises_due ON latchkey.promises USING btree (due_id, id);

CREATE UNIQUE INDEX promises_open ON latchkey.promises USING btree (due_id) WHERE (status = 'open'::text);

CREATE INDEX rating_links_customer ON latchkey.rating_links USING btree (customer_id);

CREATE INDEX rating_links_expires ON latchkey.rating_links USING btree (expires_at);

CREATE INDEX ratings_customer ON latchkey.ratings USING btree (customer_id);

CREATE INDEX receipts_customer ON latchkey.receipts USING btree (customer_id, issued_at DESC, id DESC);

CREATE INDEX receipts_order ON latchkey.receipts USING btree (order_id);

CREATE INDEX refund_items_line ON latchkey.refund_items USING btree (order_line_id);

CREATE INDEX refund_wants_line ON latchkey.refund_wants USING btree (order_line_id);

CREATE INDEX refunds_customer ON latchkey.refunds USING btree (customer_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX refunds_form ON latchkey.refunds USING btree (asked_by, form_nonce) WHERE (part_of IS NULL);

CREATE INDEX refunds_list ON latchkey.refunds USING btree (created_at DESC, id DESC);

CREATE INDEX refunds_order ON latchkey.refunds USING btree (order_id);

CREATE INDEX refunds_part_of ON latchkey.refunds USING btree (part_of) WHERE (part_of IS NOT NULL);

CREATE INDEX refunds_payment ON latchkey.refunds USING btree (payment_id);

CREATE INDEX refunds_to_ask ON latchkey.refunds USING btree (asked_at) WHERE (status = ANY (ARRAY['approved'::text, 'sent'::text, 'unknown'::text]));

CREATE INDEX reminders_message ON latchkey.reminders USING btree (message_id);

CREATE INDEX reminders_new ON latchkey.reminders USING btree (person_id) WHERE (message_id IS NULL);

CREATE INDEX search_hits_object ON latchkey.search_hits USING btree (kind, object_id);

CREATE INDEX search_words_from ON latchkey.search_words USING btree (word text_pattern_ops);

CREATE INDEX search_words_like ON latchkey.search_words USING gin (word public.gin_trgm_ops) WHERE (strpos(word, '@'::text) = 0);

CREATE INDEX sends_message ON latchkey.sends USING btree (message_id, id);

CREATE INDEX sessions_customer ON latchkey.sessions USING btree (customer_id) WHERE (customer_id IS NOT NULL);

CREATE INDEX sessions_due ON latchkey.sessions USING btree (due_id) WHERE (due_id IS NOT NULL);

CREATE INDEX sessions_expires ON latchkey.sessions USING btree (expires_at);

CREATE INDEX sessions_order ON latchkey.sessions USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX sessions_staff ON latchkey.sessions USING btree (staff_id) WHERE (staff_id IS NOT NULL);

CREATE INDEX tasks_closed ON latchkey.tasks USING btree (closed_at DESC, id DESC) WHERE (status = ANY (ARRAY['done'::text, 'dropped'::text]));

CREATE INDEX tasks_customer ON latchkey.tasks USING btree (customer_id) WHERE (customer_id IS NOT NULL);

CREATE INDEX tasks_object ON latchkey.tasks USING btree (object, object_id);

CREATE INDEX tasks_waiting ON latchkey.tasks USING btree (due_at, id) WHERE (status = ANY (ARRAY['open'::text, 'claimed'::text]));

CREATE INDEX ticket_files_post ON latchkey.ticket_files USING btree (post_id, id);

CREATE INDEX ticket_files_ticket ON latchkey.ticket_files USING btree (ticket_id);

CREATE INDEX ticket_links_customer ON latchkey.ticket_links USING btree (customer_id);

CREATE INDEX ticket_links_expires ON latchkey.ticket_links USING btree (expires_at);

CREATE INDEX ticket_links_ticket ON latchkey.ticket_links USING btree (ticket_id) WHERE (ticket_id IS NOT NULL);

CREATE INDEX tickets_case ON latchkey.tickets USING btree (case_id) WHERE (case_id IS NOT NULL);

CREATE INDEX tickets_customer ON latchkey.tickets USING btree (customer_id, created_at DESC, id DESC);

CREATE INDEX tickets_order ON latchkey.tickets USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX tickets_staff ON latchkey.tickets USING btree (staff_id, status, since_at, id) WHERE (staff_id IS NOT NULL);

CREATE INDEX tickets_status ON latchkey.tickets USING btree (status, since_at, id);

CREATE INDEX transfers_customer ON latchkey.transfers USING btree (customer_id);

CREATE INDEX transfers_pay_by ON latchkey.transfers USING btree (pay_by, order_id);

CREATE INDEX tries_at ON latchkey.tries USING btree (at);

CREATE INDEX tries_key ON latchkey.tries USING btree (scope, key, at);

CREATE INDEX withdraw_links_order ON latchkey.withdraw_links USING btree (order_id);

CREATE INDEX withdrawals_customer ON latchkey.withdrawals USING btree (customer_id, received_at DESC);

CREATE INDEX withdrawals_list ON latchkey.withdrawals USING btree (received_at DESC, id DESC);

CREATE INDEX withdrawals_order ON latchkey.withdrawals USING btree (order_id, received_at DESC) WHERE (order_id IS NOT NULL);

CREATE INDEX withdrawals_waiting ON latchkey.withdrawals USING btree (received_at DESC, id DESC) WHERE (status = ANY (ARRAY['received'::text, 'with_staff'::text]));

CREATE TRIGGER allocated AFTER INSERT ON latchkey.allocations FOR EACH ROW EXECUTE FUNCTION latchkey.allocated();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.agreement_versions FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.allocations FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.audit FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.chain_seals FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.item_versions FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.ledger FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.moves FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.notes FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.receipt_files FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.receipts FOR EACH ROW EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON latchkey.version_items FOR EACH ROW EXECUTE FUNCTION latchkey.arranged();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.agreement_versions FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.allocations FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.audit FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.chain_seals FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.item_versions FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.ledger FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.moves FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.notes FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.receipt_files FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.receipts FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER append_only_all BEFORE TRUNCATE ON latchkey.version_items FOR EACH STATEMENT EXECUTE FUNCTION latchkey.append_only();

CREATE TRIGGER attempt_ended BEFORE UPDATE OF status ON latchkey.attempts FOR EACH ROW EXECUTE FUNCTION latchkey.attempt_ended();

CREATE TRIGGER attempt_failing AFTER UPDATE OF status ON latchkey.attempts FOR EACH ROW EXECUTE FUNCTION latchkey.attempt_failing();

CREATE TRIGGER case_begins BEFORE INSERT ON latchkey.cases FOR EACH ROW EXECUTE FUNCTION latchkey.case_begins();

CREATE TRIGGER case_moving AFTER INSERT OR UPDATE OF status ON latchkey.cases FOR EACH ROW EXECUTE FUNCTION latchkey.case_moving();

CREATE TRIGGER chain_wants AFTER INSERT ON latchkey.audit FOR EACH ROW EXECUTE FUNCTION latchkey.chain_wants();

CREATE TRIGGER chain_wants AFTER INSERT ON latchkey.evidence FOR EACH ROW EXECUTE FUNCTION latchkey.chain_wants();

CREATE TRIGGER discount_count AFTER UPDATE OF status ON latchkey.orders FOR EACH ROW EXECUTE FUNCTION latchkey.discount_count();

CREATE TRIGGER due_moving AFTER UPDATE OF status ON latchkey.dues FOR EACH ROW EXECUTE FUNCTION latchkey.due_moving();

CREATE TRIGGER due_thanks AFTER UPDATE OF status ON latchkey.dues FOR EACH ROW EXECUTE FUNCTION latchkey.due_thanks();

CREATE TRIGGER frozen BEFORE DELETE OR UPDATE ON latchkey.article_versions FOR EACH ROW EXECUTE FUNCTION latchkey.frozen();

CREATE TRIGGER frozen BEFORE DELETE OR UPDATE ON latchkey.message_texts FOR EACH ROW EXECUTE FUNCTION latchkey.frozen();

CREATE TRIGGER frozen BEFORE DELETE OR UPDATE ON latchkey.offer_versions FOR EACH ROW EXECUTE FUNCTION latchkey.frozen();

CREATE TRIGGER frozen BEFORE DELETE OR UPDATE ON latchkey.product_versions FOR EACH ROW EXECUTE FUNCTION latchkey.frozen();

CREATE TRIGGER frozen BEFORE DELETE OR UPDATE ON latchkey.terms_versions FOR EACH ROW EXECUTE FUNCTION latchkey.frozen();

CREATE TRIGGER last_owner BEFORE UPDATE OF role, disabled_at ON latchkey.staff FOR EACH ROW EXECUTE FUNCTION latchkey.last_owner();

CREATE TRIGGER line_settles BEFORE UPDATE OF status ON latchkey.bank_lines FOR EACH ROW EXECUTE FUNCTION latchkey.line_settles();

CREATE TRIGGER merged_once BEFORE UPDATE OF merged_into ON latchkey.customers FOR EACH ROW EXECUTE FUNCTION latchkey.merged_once();

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.access FOR EACH ROW EXECUTE FUNCTION latchkey.moved('access');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.agreements FOR EACH ROW EXECUTE FUNCTION latchkey.moved('agreement');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.attempts FOR EACH ROW EXECUTE FUNCTION latchkey.moved('attempt');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.bank_lines FOR EACH ROW EXECUTE FUNCTION latchkey.moved('bank_line');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.cases FOR EACH ROW EXECUTE FUNCTION latchkey.moved('case');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.disputes FOR EACH ROW EXECUTE FUNCTION latchkey.moved('dispute');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.dues FOR EACH ROW EXECUTE FUNCTION latchkey.moved('due');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.inbox FOR EACH ROW EXECUTE FUNCTION latchkey.moved('inbox');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.messages FOR EACH ROW EXECUTE FUNCTION latchkey.moved('message');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.method_setups FOR EACH ROW EXECUTE FUNCTION latchkey.moved('setup');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.orders FOR EACH ROW EXECUTE FUNCTION latchkey.moved('order');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.promises FOR EACH ROW EXECUTE FUNCTION latchkey.moved('promise');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.refunds FOR EACH ROW EXECUTE FUNCTION latchkey.moved('refund');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.tasks FOR EACH ROW EXECUTE FUNCTION latchkey.moved('task');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.tickets FOR EACH ROW EXECUTE FUNCTION latchkey.moved('ticket');

CREATE TRIGGER moved AFTER UPDATE OF status ON latchkey.withdrawals FOR EACH ROW EXECUTE FUNCTION latchkey.moved('withdrawal');

CREATE TRIGGER order_reopens BEFORE UPDATE OF status ON latchkey.orders FOR EACH ROW WHEN (((old.status = 'paid'::text) AND (new.status = 'open'::text))) EXECUTE FUNCTION latchkey.order_reopens();

CREATE TRIGGER priced BEFORE INSERT ON latchkey.offer_versions FOR EACH ROW EXECUTE FUNCTION latchkey.priced();

CREATE TRIGGER search_fill AFTER INSERT OR UPDATE OF name, email ON latchkey.customers FOR EACH ROW EXECUTE FUNCTION latchkey.search_fill();

CREATE TRIGGER search_fill AFTER INSERT OR UPDATE OF email, buyer_name ON latchkey.orders FOR EACH ROW EXECUTE FUNCTION latchkey.search_fill();

CREATE TRIGGER search_fill AFTER INSERT OR UPDATE OF last_four ON latchkey.payments FOR EACH ROW EXECUTE FUNCTION latchkey.search_fill();

CREATE TRIGGER search_fill AFTER INSERT ON latchkey.receipts FOR EACH ROW EXECUTE FUNCTION latchkey.search_fill();

CREATE TRIGGER withdrawal_late AFTER INSERT ON latchkey.payments FOR EACH ROW EXECUTE FUNCTION latchkey.withdrawal_late();

CREATE TRIGGER withdrawal_refunded AFTER UPDATE OF status ON latchkey.refunds FOR EACH ROW EXECUTE FUNCTION latchkey.withdrawal_refunded();

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_expected_by_fkey FOREIGN KEY (expected_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_order_line_id_order_id_fkey FOREIGN KEY (order_line_id, order_id) REFERENCES latchkey.order_lines(id, order_id);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES latchkey.payments(id);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_person_id_fkey FOREIGN KEY (person_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.access
    ADD CONSTRAINT access_product_version_id_product_id_fkey FOREIGN KEY (product_version_id, product_id) REFERENCES latchkey.product_versions(id, product_id);

ALTER TABLE ONLY latchkey.access_timetables
    ADD CONSTRAINT access_timetables_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.access_timetables
    ADD CONSTRAINT access_timetables_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.address_changes
    ADD CONSTRAINT address_changes_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.address_changes
    ADD CONSTRAINT address_changes_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.agreement_versions
    ADD CONSTRAINT agreement_versions_agreement_id_customer_id_currency_fkey FOREIGN KEY (agreement_id, customer_id, currency) REFERENCES latchkey.agreements(id, customer_id, currency);

ALTER TABLE ONLY latchkey.agreement_versions
    ADD CONSTRAINT agreement_versions_made_by_fkey FOREIGN KEY (made_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.agreement_versions
    ADD CONSTRAINT agreement_versions_terms_id_fkey FOREIGN KEY (terms_id) REFERENCES latchkey.terms_versions(id);

ALTER TABLE ONLY latchkey.agreements
    ADD CONSTRAINT agreements_method_id_customer_id_fkey FOREIGN KEY (method_id, customer_id) REFERENCES latchkey.payment_methods(id, customer_id) ON DELETE RESTRICT;

ALTER TABLE ONLY latchkey.agreements
    ADD CONSTRAINT agreements_order_id_customer_id_currency_fkey FOREIGN KEY (order_id, customer_id, currency) REFERENCES latchkey.orders(id, customer_id, currency);

ALTER TABLE ONLY latchkey.allocations
    ADD CONSTRAINT allocations_due_id_customer_id_currency_fkey FOREIGN KEY (due_id, customer_id, currency) REFERENCES latchkey.dues(id, customer_id, currency);

ALTER TABLE ONLY latchkey.allocations
    ADD CONSTRAINT allocations_payment_id_customer_id_currency_fkey FOREIGN KEY (payment_id, customer_id, currency) REFERENCES latchkey.payments(id, customer_id, currency);

ALTER TABLE ONLY latchkey.article_answers
    ADD CONSTRAINT article_answers_article_id_kind_fkey FOREIGN KEY (article_id, kind) REFERENCES latchkey.articles(id, kind);

ALTER TABLE ONLY latchkey.article_reads
    ADD CONSTRAINT article_reads_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.article_reads
    ADD CONSTRAINT article_reads_version_id_article_id_fkey FOREIGN KEY (version_id, article_id) REFERENCES latchkey.article_versions(id, article_id);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_article_id_fkey FOREIGN KEY (article_id) REFERENCES latchkey.articles(id);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_based_on_article_id_fkey FOREIGN KEY (based_on, article_id) REFERENCES latchkey.article_versions(id, article_id);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.article_versions
    ADD CONSTRAINT article_versions_published_by_fkey FOREIGN KEY (published_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.article_votes
    ADD CONSTRAINT article_votes_version_id_article_id_fkey FOREIGN KEY (version_id, article_id) REFERENCES latchkey.article_versions(id, article_id);

ALTER TABLE ONLY latchkey.articles
    ADD CONSTRAINT articles_version_id_id_fkey FOREIGN KEY (version_id, id) REFERENCES latchkey.article_versions(id, article_id);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_due_id_customer_id_currency_fkey FOREIGN KEY (due_id, customer_id, currency) REFERENCES latchkey.dues(id, customer_id, currency);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_due_id_order_id_fkey FOREIGN KEY (due_id, order_id) REFERENCES latchkey.dues(id, order_id);

ALTER TABLE ONLY latchkey.attempts
    ADD CONSTRAINT attempts_payment_method_id_customer_id_fkey FOREIGN KEY (payment_method_id, customer_id) REFERENCES latchkey.payment_methods(id, customer_id);

ALTER TABLE ONLY latchkey.bank_lines
    ADD CONSTRAINT bank_lines_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.bank_lines
    ADD CONSTRAINT bank_lines_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.bank_lines
    ADD CONSTRAINT bank_lines_loaded_by_fkey FOREIGN KEY (loaded_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.call_limits
    ADD CONSTRAINT call_limits_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.case_answers
    ADD CONSTRAINT case_answers_case_id_fkey FOREIGN KEY (case_id) REFERENCES latchkey.cases(id);

ALTER TABLE ONLY latchkey.case_answers
    ADD CONSTRAINT case_answers_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.case_answers
    ADD CONSTRAINT case_answers_version_id_fkey FOREIGN KEY (version_id) REFERENCES latchkey.article_versions(id);

ALTER TABLE ONLY latchkey.case_notes
    ADD CONSTRAINT case_notes_case_id_customer_id_fkey FOREIGN KEY (case_id, customer_id) REFERENCES latchkey.cases(id, customer_id);

ALTER TABLE ONLY latchkey.case_notes
    ADD CONSTRAINT case_notes_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_attempt_id_fkey FOREIGN KEY (attempt_id) REFERENCES latchkey.attempts(id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_cause_fkey FOREIGN KEY (cause) REFERENCES latchkey.case_causes(cause);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_closed_by_fkey FOREIGN KEY (closed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_due_id_customer_id_currency_fkey FOREIGN KEY (due_id, customer_id, currency) REFERENCES latchkey.dues(id, customer_id, currency);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_due_id_order_id_fkey FOREIGN KEY (due_id, order_id) REFERENCES latchkey.dues(id, order_id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.cases
    ADD CONSTRAINT cases_stopped_by_fkey FOREIGN KEY (stopped_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.change_markers
    ADD CONSTRAINT change_markers_cause_fkey FOREIGN KEY (cause) REFERENCES latchkey.case_causes(cause);

ALTER TABLE ONLY latchkey.change_markers
    ADD CONSTRAINT change_markers_edited_by_fkey FOREIGN KEY (edited_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.change_markers
    ADD CONSTRAINT change_markers_made_by_fkey FOREIGN KEY (made_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.claims
    ADD CONSTRAINT claims_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.claims
    ADD CONSTRAINT claims_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.claims
    ADD CONSTRAINT claims_person_id_fkey FOREIGN KEY (person_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.corrections
    ADD CONSTRAINT corrections_browser_order_id_fkey FOREIGN KEY (browser_order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.corrections
    ADD CONSTRAINT corrections_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.corrections
    ADD CONSTRAINT corrections_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.corrections
    ADD CONSTRAINT corrections_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.credentials
    ADD CONSTRAINT credentials_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.customers
    ADD CONSTRAINT customers_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.discount_codes
    ADD CONSTRAINT discount_codes_created_by_fkey FOREIGN KEY (created_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.discount_codes
    ADD CONSTRAINT discount_codes_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.discount_codes
    ADD CONSTRAINT discount_codes_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_answer_by_fkey FOREIGN KEY (answer_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.disputes
    ADD CONSTRAINT disputes_payment_id_customer_id_currency_fkey FOREIGN KEY (payment_id, customer_id, currency) REFERENCES latchkey.payments(id, customer_id, currency);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_agreement_id_agreement_version_fkey FOREIGN KEY (agreement_id, agreement_version) REFERENCES latchkey.agreement_versions(agreement_id, version);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_agreement_id_order_id_fkey FOREIGN KEY (agreement_id, order_id) REFERENCES latchkey.agreements(id, order_id);

ALTER TABLE ONLY latchkey.dues
    ADD CONSTRAINT dues_order_id_customer_id_currency_fkey FOREIGN KEY (order_id, customer_id, currency) REFERENCES latchkey.orders(id, customer_id, currency);

ALTER TABLE ONLY latchkey.evidence
    ADD CONSTRAINT evidence_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.evidence
    ADD CONSTRAINT evidence_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.faq_articles
    ADD CONSTRAINT faq_articles_article_id_fkey FOREIGN KEY (article_id) REFERENCES latchkey.articles(id);

ALTER TABLE ONLY latchkey.faq_articles
    ADD CONSTRAINT faq_articles_version_id_article_id_fkey FOREIGN KEY (version_id, article_id) REFERENCES latchkey.article_versions(id, article_id);

ALTER TABLE ONLY latchkey.files
    ADD CONSTRAINT files_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.gateway_customers
    ADD CONSTRAINT gateway_customers_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.gateway_customers
    ADD CONSTRAINT gateway_customers_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.help_searches
    ADD CONSTRAINT help_searches_done_by_fkey FOREIGN KEY (done_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.inbox
    ADD CONSTRAINT inbox_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.item_versions
    ADD CONSTRAINT item_versions_captions_id_fkey FOREIGN KEY (captions_id) REFERENCES latchkey.files(id);

ALTER TABLE ONLY latchkey.item_versions
    ADD CONSTRAINT item_versions_file_id_fkey FOREIGN KEY (file_id) REFERENCES latchkey.files(id);

ALTER TABLE ONLY latchkey.item_versions
    ADD CONSTRAINT item_versions_item_id_fkey FOREIGN KEY (item_id) REFERENCES latchkey.items(id);

ALTER TABLE ONLY latchkey.items
    ADD CONSTRAINT items_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.ledger_accounts
    ADD CONSTRAINT ledger_accounts_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.ledger
    ADD CONSTRAINT ledger_credit_currency_fkey FOREIGN KEY (credit, currency) REFERENCES latchkey.ledger_accounts(name, currency);

ALTER TABLE ONLY latchkey.ledger
    ADD CONSTRAINT ledger_debit_currency_fkey FOREIGN KEY (debit, currency) REFERENCES latchkey.ledger_accounts(name, currency);

ALTER TABLE ONLY latchkey.ledger
    ADD CONSTRAINT ledger_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.licence_keys
    ADD CONSTRAINT licence_keys_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES latchkey.order_lines(id);

ALTER TABLE ONLY latchkey.licence_keys
    ADD CONSTRAINT licence_keys_person_id_fkey FOREIGN KEY (person_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.licence_keys
    ADD CONSTRAINT licence_keys_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.mail_failures
    ADD CONSTRAINT mail_failures_message_id_fkey FOREIGN KEY (message_id) REFERENCES latchkey.messages(id);

ALTER TABLE ONLY latchkey.matches
    ADD CONSTRAINT matches_bank_line_id_fkey FOREIGN KEY (bank_line_id) REFERENCES latchkey.bank_lines(id);

ALTER TABLE ONLY latchkey.matches
    ADD CONSTRAINT matches_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.matches
    ADD CONSTRAINT matches_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES latchkey.payments(id);

ALTER TABLE ONLY latchkey.matches
    ADD CONSTRAINT matches_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.matches
    ADD CONSTRAINT matches_undone_by_fkey FOREIGN KEY (undone_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.message_bodies
    ADD CONSTRAINT message_bodies_message_id_fkey FOREIGN KEY (message_id) REFERENCES latchkey.messages(id);

ALTER TABLE ONLY latchkey.message_texts
    ADD CONSTRAINT message_texts_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.message_texts
    ADD CONSTRAINT message_texts_published_by_fkey FOREIGN KEY (published_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.message_topics
    ADD CONSTRAINT message_topics_topic_fkey FOREIGN KEY (topic) REFERENCES latchkey.notification_topics(topic);

ALTER TABLE ONLY latchkey.messages
    ADD CONSTRAINT messages_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.messages
    ADD CONSTRAINT messages_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.method_setups
    ADD CONSTRAINT method_setups_method_id_customer_id_fkey FOREIGN KEY (method_id, customer_id) REFERENCES latchkey.payment_methods(id, customer_id);

ALTER TABLE ONLY latchkey.mismatches
    ADD CONSTRAINT mismatches_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.mismatches
    ADD CONSTRAINT mismatches_attempt_id_fkey FOREIGN KEY (attempt_id) REFERENCES latchkey.attempts(id);

ALTER TABLE ONLY latchkey.moves
    ADD CONSTRAINT moves_machine_was_status_fkey FOREIGN KEY (machine, was, status) REFERENCES latchkey.transitions(machine, was, status);

ALTER TABLE ONLY latchkey.notes
    ADD CONSTRAINT notes_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.notes
    ADD CONSTRAINT notes_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.notification_choices
    ADD CONSTRAINT notification_choices_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.notification_choices
    ADD CONSTRAINT notification_choices_topic_fkey FOREIGN KEY (topic) REFERENCES latchkey.notification_topics(topic);

ALTER TABLE ONLY latchkey.offer_versions
    ADD CONSTRAINT offer_versions_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.offer_versions
    ADD CONSTRAINT offer_versions_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES latchkey.offers(id);

ALTER TABLE ONLY latchkey.offer_versions
    ADD CONSTRAINT offer_versions_published_by_fkey FOREIGN KEY (published_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.offers
    ADD CONSTRAINT offers_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.offers
    ADD CONSTRAINT offers_version_id_fkey FOREIGN KEY (version_id) REFERENCES latchkey.offer_versions(id);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT order_lines_discount_id_fkey FOREIGN KEY (discount_id) REFERENCES latchkey.discount_codes(id);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT order_lines_offer_version_id_currency_list_minor_fkey FOREIGN KEY (offer_version_id, currency, list_minor) REFERENCES latchkey.offer_versions(id, currency, amount_minor);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT order_lines_order_id_customer_id_currency_fkey FOREIGN KEY (order_id, customer_id, currency) REFERENCES latchkey.orders(id, customer_id, currency);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT order_lines_product_version_id_product_id_fkey FOREIGN KEY (product_version_id, product_id) REFERENCES latchkey.product_versions(id, product_id);

ALTER TABLE ONLY latchkey.order_parties
    ADD CONSTRAINT order_parties_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.order_parties
    ADD CONSTRAINT order_parties_person_id_fkey FOREIGN KEY (person_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_consent_id_fkey FOREIGN KEY (consent_id) REFERENCES latchkey.terms_versions(id);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.orders
    ADD CONSTRAINT orders_terms_id_fkey FOREIGN KEY (terms_id) REFERENCES latchkey.terms_versions(id);

ALTER TABLE ONLY latchkey.order_lines
    ADD CONSTRAINT paid_means_in FOREIGN KEY (must_open) REFERENCES latchkey.access(order_line_id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY latchkey.passkeys
    ADD CONSTRAINT passkeys_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.passkeys
    ADD CONSTRAINT passkeys_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.payment_methods
    ADD CONSTRAINT payment_methods_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.payment_methods
    ADD CONSTRAINT payment_methods_account_id_gateway_customer_customer_id_fkey FOREIGN KEY (account_id, gateway_customer, customer_id) REFERENCES latchkey.gateway_customers(account_id, ref, customer_id);

ALTER TABLE ONLY latchkey.payment_methods
    ADD CONSTRAINT payment_methods_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_attempt_id_customer_id_account_id_amount_minor_cu_fkey FOREIGN KEY (attempt_id, customer_id, account_id, amount_minor, currency) REFERENCES latchkey.attempts(id, customer_id, account_id, amount_minor, currency);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_attempt_id_order_id_fkey FOREIGN KEY (attempt_id, order_id) REFERENCES latchkey.attempts(id, order_id);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_bank_line_id_account_id_amount_minor_currency_fkey FOREIGN KEY (bank_line_id, account_id, amount_minor, currency) REFERENCES latchkey.bank_lines(id, account_id, amount_minor, currency);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_fee_currency_fkey FOREIGN KEY (fee_currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.payments
    ADD CONSTRAINT payments_order_id_customer_id_currency_fkey FOREIGN KEY (order_id, customer_id, currency) REFERENCES latchkey.orders(id, customer_id, currency);

ALTER TABLE ONLY latchkey.posts
    ADD CONSTRAINT posts_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.posts
    ADD CONSTRAINT posts_ticket_id_customer_id_fkey FOREIGN KEY (ticket_id, customer_id) REFERENCES latchkey.tickets(id, customer_id);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_based_on_product_id_fkey FOREIGN KEY (based_on, product_id) REFERENCES latchkey.product_versions(id, product_id);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.product_versions
    ADD CONSTRAINT product_versions_published_by_fkey FOREIGN KEY (published_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.products
    ADD CONSTRAINT products_version_id_id_fkey FOREIGN KEY (version_id, id) REFERENCES latchkey.product_versions(id, product_id);

ALTER TABLE ONLY latchkey.progress
    ADD CONSTRAINT progress_access_id_person_id_fkey FOREIGN KEY (access_id, person_id) REFERENCES latchkey.access(id, person_id);

ALTER TABLE ONLY latchkey.progress
    ADD CONSTRAINT progress_item_id_fkey FOREIGN KEY (item_id) REFERENCES latchkey.items(id);

ALTER TABLE ONLY latchkey.promises
    ADD CONSTRAINT promises_case_id_due_id_fkey FOREIGN KEY (case_id, due_id) REFERENCES latchkey.cases(id, due_id);

ALTER TABLE ONLY latchkey.promises
    ADD CONSTRAINT promises_due_id_customer_id_currency_fkey FOREIGN KEY (due_id, customer_id, currency) REFERENCES latchkey.dues(id, customer_id, currency);

ALTER TABLE ONLY latchkey.promises
    ADD CONSTRAINT promises_made_by_fkey FOREIGN KEY (made_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.rating_links
    ADD CONSTRAINT rating_links_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.ratings
    ADD CONSTRAINT ratings_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.receipt_files
    ADD CONSTRAINT receipt_files_receipt_id_fkey FOREIGN KEY (receipt_id) REFERENCES latchkey.receipts(id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES latchkey.payments(id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_refers_to_fkey FOREIGN KEY (refers_to) REFERENCES latchkey.receipts(id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES latchkey.refunds(id);

ALTER TABLE ONLY latchkey.receipts
    ADD CONSTRAINT receipts_series_fkey FOREIGN KEY (series) REFERENCES latchkey.receipt_series(series);

ALTER TABLE ONLY latchkey.refund_items
    ADD CONSTRAINT refund_items_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES latchkey.order_lines(id);

ALTER TABLE ONLY latchkey.refund_items
    ADD CONSTRAINT refund_items_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES latchkey.refunds(id);

ALTER TABLE ONLY latchkey.refund_rules
    ADD CONSTRAINT refund_rules_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.refund_rules
    ADD CONSTRAINT refund_rules_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.refund_wants
    ADD CONSTRAINT refund_wants_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES latchkey.order_lines(id);

ALTER TABLE ONLY latchkey.refund_wants
    ADD CONSTRAINT refund_wants_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES latchkey.refunds(id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_account_id_fkey FOREIGN KEY (account_id) REFERENCES latchkey.accounts(id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_part_of_fkey FOREIGN KEY (part_of) REFERENCES latchkey.refunds(id);

ALTER TABLE ONLY latchkey.refunds
    ADD CONSTRAINT refunds_payment_id_customer_id_currency_fkey FOREIGN KEY (payment_id, customer_id, currency) REFERENCES latchkey.payments(id, customer_id, currency);

ALTER TABLE ONLY latchkey.reminder_choices
    ADD CONSTRAINT reminder_choices_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.reminder_plans
    ADD CONSTRAINT reminder_plans_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.reminder_plans
    ADD CONSTRAINT reminder_plans_product_id_fkey FOREIGN KEY (product_id) REFERENCES latchkey.products(id);

ALTER TABLE ONLY latchkey.reminders
    ADD CONSTRAINT reminders_due_id_fkey FOREIGN KEY (due_id) REFERENCES latchkey.dues(id);

ALTER TABLE ONLY latchkey.reminders
    ADD CONSTRAINT reminders_message_id_fkey FOREIGN KEY (message_id) REFERENCES latchkey.messages(id);

ALTER TABLE ONLY latchkey.reminders
    ADD CONSTRAINT reminders_person_id_fkey FOREIGN KEY (person_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.search_hits
    ADD CONSTRAINT search_hits_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.sends
    ADD CONSTRAINT sends_message_id_fkey FOREIGN KEY (message_id) REFERENCES latchkey.messages(id);

ALTER TABLE ONLY latchkey.sessions
    ADD CONSTRAINT sessions_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.sessions
    ADD CONSTRAINT sessions_due_id_fkey FOREIGN KEY (due_id) REFERENCES latchkey.dues(id);

ALTER TABLE ONLY latchkey.sessions
    ADD CONSTRAINT sessions_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.sessions
    ADD CONSTRAINT sessions_reader_id_fkey FOREIGN KEY (reader_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.sessions
    ADD CONSTRAINT sessions_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.staff_codes
    ADD CONSTRAINT staff_codes_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.tasks
    ADD CONSTRAINT tasks_closed_by_fkey FOREIGN KEY (closed_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.tasks
    ADD CONSTRAINT tasks_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.tasks
    ADD CONSTRAINT tasks_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.tasks
    ADD CONSTRAINT tasks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.ticket_files
    ADD CONSTRAINT ticket_files_post_id_ticket_id_customer_id_fkey FOREIGN KEY (post_id, ticket_id, customer_id) REFERENCES latchkey.posts(id, ticket_id, customer_id);

ALTER TABLE ONLY latchkey.ticket_links
    ADD CONSTRAINT ticket_links_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.ticket_links
    ADD CONSTRAINT ticket_links_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.ticket_links
    ADD CONSTRAINT ticket_links_ticket_id_customer_id_fkey FOREIGN KEY (ticket_id, customer_id) REFERENCES latchkey.tickets(id, customer_id);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_case_id_customer_id_fkey FOREIGN KEY (case_id, customer_id) REFERENCES latchkey.cases(id, customer_id);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.tickets
    ADD CONSTRAINT tickets_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.transfers
    ADD CONSTRAINT transfers_order_id_customer_id_currency_fkey FOREIGN KEY (order_id, customer_id, currency) REFERENCES latchkey.orders(id, customer_id, currency);

ALTER TABLE ONLY latchkey.version_items
    ADD CONSTRAINT version_items_item_version_id_fkey FOREIGN KEY (item_version_id) REFERENCES latchkey.item_versions(id);

ALTER TABLE ONLY latchkey.version_items
    ADD CONSTRAINT version_items_version_id_fkey FOREIGN KEY (version_id) REFERENCES latchkey.product_versions(id);

ALTER TABLE ONLY latchkey.withdraw_links
    ADD CONSTRAINT withdraw_links_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.withdraw_links
    ADD CONSTRAINT withdraw_links_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_currency_fkey FOREIGN KEY (currency) REFERENCES latchkey.currencies(code);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES latchkey.customers(id);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES latchkey.staff(id);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_order_id_fkey FOREIGN KEY (order_id) REFERENCES latchkey.orders(id);

ALTER TABLE ONLY latchkey.withdrawals
    ADD CONSTRAINT withdrawals_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES latchkey.refunds(id);

ALTER TABLE latchkey.access ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.access_timetables ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.address_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.agreement_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.agreements ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.alarms ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.allocations ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_reads ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.article_votes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.articles ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.bank_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.call_limits ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.case_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.case_causes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.case_notes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.cases ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.chain_pending ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.chain_seals ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.change_markers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.claims ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.corrections ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.credentials ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.currencies ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.customers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.decline_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.dev_clock ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.discount_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.disputes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.dues ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.evidence ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.faq_articles ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.faq_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.files ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.gateway_customers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.help_searches ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.inbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.item_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.items ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.jobs_dead ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.jobs_done ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ledger ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ledger_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.licence_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.link_asks ENABLE ROW LEVEL SECURITY;

CREATE POLICY lk_admin_reads ON latchkey.access FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.access_timetables FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.accounts FOR SELECT TO lk_admin USING (true);

CREATE POLICY lk_admin_reads ON latchkey.address_changes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.agreement_versions FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.agreements FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.alarms FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.allocations FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.article_answers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.article_reads FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.article_versions FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.article_votes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.articles FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.attempts FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.audit FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.bank_lines FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.case_answers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.case_causes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.case_notes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.cases FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.change_markers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.claims FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.corrections FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.currencies FOR SELECT TO lk_admin USING (true);

CREATE POLICY lk_admin_reads ON latchkey.customers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.decline_codes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.dev_clock FOR SELECT TO lk_admin USING (true);

CREATE POLICY lk_admin_reads ON latchkey.discount_codes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.disputes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.dues FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.evidence FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.files FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.gateway_customers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.help_searches FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.inbox FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.item_versions FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.items FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.jobs FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.jobs_dead FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.ledger FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.licence_keys FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.mail_failures FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.matches FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.message_bodies FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.message_texts FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.message_topics FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.messages FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.method_setups FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.migrations FOR SELECT TO lk_admin USING (true);

CREATE POLICY lk_admin_reads ON latchkey.mismatches FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.moves FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.notes FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.notification_choices FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.notification_topics FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.offer_versions FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.offers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.order_lines FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.order_parties FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.orders FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.payment_methods FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.payments FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.posts FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('tickets'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.product_versions FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.products FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.progress FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.promises FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.ratings FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.receipt_files FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.receipts FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.refund_items FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.refund_rules FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.refund_wants FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.refunds FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.reminder_plans FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.reminders FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.retry_results FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.rollups FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.schedules FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.sends FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.staff FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.staff_rights FOR SELECT TO lk_admin USING (true);

CREATE POLICY lk_admin_reads ON latchkey.tasks FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.tax_rates FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.terms_versions FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.ticket_files FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('tickets'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.tickets FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('tickets'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.transfers FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.version_items FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.withdrawal_law FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_admin_reads ON latchkey.withdrawals FOR SELECT TO lk_admin USING (( SELECT latchkey.staff_may('read'::text) AS staff_may));

CREATE POLICY lk_ctl_delete ON latchkey.jobs FOR DELETE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_delete ON latchkey.jobs_dead FOR DELETE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_insert ON latchkey.files FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.item_versions FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.items FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.jobs FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.licence_keys FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.offer_versions FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.offers FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.product_versions FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.products FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.schedules FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.tax_rates FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.terms_versions FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_insert ON latchkey.version_items FOR INSERT TO lk_ctl WITH CHECK (true);

CREATE POLICY lk_ctl_reads ON latchkey.access FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.access_timetables FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.accounts FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.agreement_versions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.agreements FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.alarms FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.allocations FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.article_answers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.article_reads FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.article_versions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.article_votes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.articles FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.attempts FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.audit FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.bank_lines FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.call_limits FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.case_answers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.case_causes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.case_notes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.cases FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.chain_pending FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.chain_seals FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.change_markers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.claims FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.currencies FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.customers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.decline_codes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.dev_clock FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.discount_codes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.disputes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.dues FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.evidence FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.faq_articles FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.faq_words FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.files FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.gateway_customers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.help_searches FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.inbox FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.item_versions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.items FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.jobs FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.jobs_dead FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.jobs_done FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.ledger FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.ledger_accounts FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.licence_keys FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.mail_failures FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.matches FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.message_bodies FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.message_texts FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.message_topics FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.messages FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.method_setups FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.migrations FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.mismatches FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.moves FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.notes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.notification_choices FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.notification_topics FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.offer_versions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.offers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.order_lines FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.order_parties FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.orders FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.payment_methods FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.payments FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.posts FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.product_versions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.products FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.progress FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.promises FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.rating_links FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.ratings FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.receipt_files FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.receipt_series FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.receipts FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.refund_items FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.refund_rules FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.refund_wants FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.refunds FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.reminder_choices FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.reminder_plans FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.reminders FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.retry_results FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.rollups FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.schedules FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.search_hits FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.search_words FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.sends FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.staff FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.staff_codes FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.staff_rights FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.tasks FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.tax_rates FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.terms_versions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.ticket_files FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.ticket_links FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.tickets FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.transfers FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.transitions FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.version_items FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.withdraw_links FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.withdrawal_law FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_reads ON latchkey.withdrawals FOR SELECT TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.alarms FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.dev_clock FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.files FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.item_versions FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.items FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.jobs FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.licence_keys FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.offer_versions FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.offers FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.product_versions FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.products FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.schedules FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.tax_rates FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.terms_versions FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_ctl_update ON latchkey.version_items FOR UPDATE TO lk_ctl USING (true);

CREATE POLICY lk_portal_reads ON latchkey.access FOR SELECT TO lk_portal USING ((person_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.agreements FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.attempts FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.cases FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine() AS mine)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.currencies FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.customers FOR SELECT TO lk_portal USING ((id = ANY (( SELECT latchkey.mine() AS mine)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.dev_clock FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.dues FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.faq_articles FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.files FOR SELECT TO lk_portal USING ((id = ANY (( SELECT latchkey.open_files() AS open_files)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.item_versions FOR SELECT TO lk_portal USING ((id = ANY (( SELECT latchkey.open_item_versions() AS open_item_versions)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.items FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.licence_keys FOR SELECT TO lk_portal USING ((person_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.method_setups FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine() AS mine)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.migrations FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.offer_versions FOR SELECT TO lk_portal USING ((published_at IS NOT NULL));

CREATE POLICY lk_portal_reads ON latchkey.offers FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.order_lines FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.orders FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.payment_methods FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine() AS mine)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.payments FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.product_versions FOR SELECT TO lk_portal USING ((published_at IS NOT NULL));

CREATE POLICY lk_portal_reads ON latchkey.products FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.progress FOR SELECT TO lk_portal USING ((person_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.promises FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine() AS mine)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.receipt_files FOR SELECT TO lk_portal USING ((receipt_id IN ( SELECT receipts.id
   FROM latchkey.receipts)));

CREATE POLICY lk_portal_reads ON latchkey.receipts FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.tax_rates FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.terms_versions FOR SELECT TO lk_portal USING (true);

CREATE POLICY lk_portal_reads ON latchkey.tickets FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine() AS mine)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.transfers FOR SELECT TO lk_portal USING ((customer_id = ANY (( SELECT latchkey.mine_or_link() AS mine_or_link)::bigint[])));

CREATE POLICY lk_portal_reads ON latchkey.version_items FOR SELECT TO lk_portal USING ((version_id = ANY (( SELECT latchkey.open_versions() AS open_versions)::bigint[])));

CREATE POLICY lk_worker_delete ON latchkey.jobs FOR DELETE TO lk_worker USING (true);

CREATE POLICY lk_worker_delete ON latchkey.jobs_done FOR DELETE TO lk_worker USING (true);

CREATE POLICY lk_worker_insert ON latchkey.alarms FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.jobs FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.jobs_dead FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.jobs_done FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.message_bodies FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.messages FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.receipt_files FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.receipt_series FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.receipts FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_insert ON latchkey.sends FOR INSERT TO lk_worker WITH CHECK (true);

CREATE POLICY lk_worker_reads ON latchkey.access FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.access_timetables FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.accounts FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.address_changes FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.agreement_versions FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.agreements FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.alarms FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.allocations FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.attempts FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.bank_lines FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.case_causes FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.cases FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.claims FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.corrections FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.currencies FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.customers FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.decline_codes FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.dev_clock FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.discount_codes FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.disputes FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.dues FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.files FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.gateway_customers FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.inbox FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.item_versions FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.items FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.jobs FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.jobs_dead FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.jobs_done FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.ledger FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.licence_keys FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.matches FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.message_bodies FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.message_texts FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.messages FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.method_setups FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.migrations FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.mismatches FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.moves FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.offer_versions FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.offers FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.order_lines FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.order_parties FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.orders FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.payment_methods FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.payments FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.posts FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.product_versions FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.products FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.promises FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.receipt_files FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.receipt_series FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.receipts FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.refund_items FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.refund_wants FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.refunds FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.retry_results FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.rollups FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.schedules FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.sends FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.staff FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.tax_rates FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.terms_versions FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.tickets FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.transfers FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.version_items FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_reads ON latchkey.withdrawals FOR SELECT TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.alarms FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.attempts FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.jobs FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.message_bodies FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.messages FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.receipt_series FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.refunds FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.schedules FOR UPDATE TO lk_worker USING (true);

CREATE POLICY lk_worker_update ON latchkey.sends FOR UPDATE TO lk_worker USING (true);

ALTER TABLE latchkey.mail_failures ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.matches ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.message_bodies ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.message_texts ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.message_topics ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.method_setups ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.migrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.mismatches ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.moves ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.notes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.notification_choices ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.notification_topics ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.offer_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.offers ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_order ON latchkey.access AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.agreements AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.attempts AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.dues AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.licence_keys AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_line_id = ANY (( SELECT latchkey.link_lines() AS link_lines)::bigint[]))));

CREATE POLICY one_order ON latchkey.order_lines AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.orders AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.payments AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.progress AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (access_id = ANY (( SELECT latchkey.link_access() AS link_access)::bigint[]))));

CREATE POLICY one_order ON latchkey.receipts AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

CREATE POLICY one_order ON latchkey.transfers AS RESTRICTIVE FOR SELECT TO lk_portal USING (((( SELECT latchkey.link_order() AS link_order) IS NULL) OR (order_id = ( SELECT latchkey.link_order() AS link_order))));

ALTER TABLE latchkey.order_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.order_parties ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.passkey_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.passkeys ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.payment_methods ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.payments ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.posts ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.product_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.products ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.progress ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.promises ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.rating_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ratings ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.receipt_files ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.receipt_series ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.receipts ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refund_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refund_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refund_wants ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.refunds ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.reminder_choices ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.reminder_plans ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.reminders ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.retry_results ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.rollups ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.search_hits ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.search_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.sends ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.staff ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.staff_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.staff_rights ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tax_rates ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.terms_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ticket_files ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.ticket_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.transfers ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.tries ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.version_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.withdraw_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.withdrawal_law ENABLE ROW LEVEL SECURITY;

ALTER TABLE latchkey.withdrawals ENABLE ROW LEVEL SECURITY;

GRANT ALL ON SCHEMA latchkey TO lk_definer;
GRANT USAGE ON SCHEMA latchkey TO lk_portal;
GRANT USAGE ON SCHEMA latchkey TO lk_admin;
GRANT USAGE ON SCHEMA latchkey TO lk_hooks;
GRANT USAGE ON SCHEMA latchkey TO lk_worker;
GRANT USAGE ON SCHEMA latchkey TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.access_clock(p_deadline integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_clock(p_deadline integer) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.access_clock(p_deadline integer) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.access_downloaded(p_access bigint, p_item bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_downloaded(p_access bigint, p_item bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.access_follow_start() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_follow_start() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.access_follow_start() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.access_gift(p_number text, p_reason text, p_actor text, p_actor_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_gift(p_number text, p_reason text, p_actor text, p_actor_id bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.access_levels() FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.access_moved(p_access bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.access_opened(p_access bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_opened(p_access bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.access_regrant(p_number text, p_actor text, p_actor_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_regrant(p_number text, p_actor text, p_actor_id bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.access_start_due() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.access_start_due() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.access_start_due() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.address_ask(p_email text, p_fold text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_ask(p_email text, p_fold text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.address_cancel() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_cancel() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.address_correct(p_customer bigint, p_email text, p_fold text, p_order bigint, p_stay bigint[], p_into bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.address_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_look(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.address_mended(p_customer bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.address_put(p_customer bigint, p_email text, p_fold text, p_verified timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.address_undo(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_undo(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.address_undo_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_undo_look(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.address_use(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_use(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.address_waits() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.address_waits() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.agreement_begin(p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.agreement_cancel(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.agreement_cancel(p_number text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.agreement_charges(p_agreement bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.agreement_method(p_agreement bigint, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.agreement_method(p_agreement bigint, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.agreement_method(p_agreement bigint, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.agreement_month(p_agreement bigint, p_seq integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.agreement_month(p_agreement bigint, p_seq integer) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.agreement_next(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.agreement_next(p_number text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.agreement_paid_back(p_order bigint, p_refund bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.agreement_settle(p_agreement bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.agreement_stop(p_order bigint, p_why text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.agreement_until(p_agreement bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.agreement_until(p_agreement bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.alarm_raise(p_kind text, p_object text, p_object_id bigint, p_detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.alarm_raise(p_kind text, p_object text, p_object_id bigint, p_detail text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.alarm_raise(p_kind text, p_object text, p_object_id bigint, p_detail text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.alarm_settle(p_id bigint, p_again boolean, p_reason text, p_actor text, p_actor_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.alarm_settle(p_id bigint, p_again boolean, p_reason text, p_actor text, p_actor_id bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.allocated() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.allocated() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.amount_fits(p_typed text, p_minor bigint, p_exponent integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.app_now() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.app_now() TO lk_definer;
GRANT ALL ON FUNCTION latchkey.app_now() TO lk_portal;
GRANT ALL ON FUNCTION latchkey.app_now() TO lk_admin;
GRANT ALL ON FUNCTION latchkey.app_now() TO lk_hooks;
GRANT ALL ON FUNCTION latchkey.app_now() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.app_now() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.append_only() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.append_only() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.arranged() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.arranged() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.article_add(p_slug text, p_kind text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_add(p_slug text, p_kind text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_copy(p_from bigint, p_publish boolean, p_copy_of integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.article_discard(p_slug text, p_seen text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_discard(p_slug text, p_seen text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_for(p_kind text, p_code text, p_class text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_for(p_kind text, p_code text, p_class text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_load(p_slug text, p_kind text, p_digest bytea, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_load(p_slug text, p_kind text, p_digest bytea, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.article_plain(p_md text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.article_publish(p_slug text, p_seen text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_publish(p_slug text, p_seen text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_read(p_slug text, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_read(p_slug text, p_version integer) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_restore(p_slug text, p_version integer, p_current integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_restore(p_slug text, p_version integer, p_current integer) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_save(p_slug text, p_seen text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_save(p_slug text, p_seen text, p_title text, p_summary text, p_category text, p_position integer, p_keywords text, p_related text, p_answers text, p_fields text, p_body text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_seen(p_article bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_seen(p_article bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.article_show(p_article bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.article_shown(p_slug text, p_on boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.article_shown(p_slug text, p_on boolean) TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.articles TO lk_definer;
GRANT SELECT ON TABLE latchkey.articles TO lk_admin;
GRANT SELECT ON TABLE latchkey.articles TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.article_take(p_slug text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.attempt_closed(p_attempt bigint, p_status text, p_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.attempt_closed(p_attempt bigint, p_status text, p_code text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.attempt_closed(p_attempt bigint, p_status text, p_code text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.attempt_ended() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.attempt_ended() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.attempt_failing() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.attempt_failing() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.attempt_opened(p_key text, p_session text, p_url text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.attempt_opened(p_key text, p_session text, p_url text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.attempt_refused(p_key text, p_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.attempt_refused(p_key text, p_code text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.attempt_unknown(p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.attempt_unknown(p_key text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.attempt_watch(p_attempt bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.audit_add(p_actor text, p_actor_id bigint, p_action text, p_object text, p_object_id bigint, p_facts jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.audit_add(p_actor text, p_actor_id bigint, p_action text, p_object text, p_object_id bigint, p_facts jsonb) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.audit_sealed() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.audit_sealed() TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.bank_line_add(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text, p_staff bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.bank_line_add(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text, p_staff bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.bank_line_payout(p_line bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.bank_line_payout(p_line bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.bank_line_set_aside(p_line bigint, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.bank_line_set_aside(p_line bigint, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.bank_line_take_up(p_line bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.bank_line_take_up(p_line bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.call_limits_set(p_list text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.call_limits_set(p_list text) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.cards_expiring() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.cards_expiring() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.cards_expiring() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.case_answer(p_case bigint, p_version bigint, p_labels text[], p_answers text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_answer(p_case bigint, p_version bigint, p_labels text[], p_answers text[]) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_begins() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_begins() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.order_number() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.order_number() TO lk_definer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.cases TO lk_definer;
GRANT SELECT ON TABLE latchkey.cases TO lk_admin;
GRANT SELECT ON TABLE latchkey.cases TO lk_worker;
GRANT SELECT ON TABLE latchkey.cases TO lk_ctl;

GRANT SELECT(id) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(number) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(due_id) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(order_id) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(customer_id) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(currency) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(status) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(opened_at) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(failed_at) ON TABLE latchkey.cases TO lk_portal;

GRANT SELECT(resolved_at) ON TABLE latchkey.cases TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.case_call_task(p_case latchkey.cases, p_period text, p_due_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.case_cause_guess(p_class text, p_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_cause_guess(p_class text, p_code text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_classed(p_attempt bigint, p_class text, p_known boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_classed(p_attempt bigint, p_class text, p_known boolean) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.case_close(p_case bigint, p_cause text, p_note text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_close(p_case bigint, p_cause text, p_note text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_failed(p_attempt bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.case_letter(p_case bigint, p_nonce text, p_subject text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_letter(p_case bigint, p_nonce text, p_subject text, p_body text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_link(p_case bigint, p_act text, p_nonce text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_link(p_case bigint, p_act text, p_nonce text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_links_live(p_due bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_links_live(p_due bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_moving() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_moving() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.case_note(p_case bigint, p_nonce text, p_kind text, p_outcome text, p_body text, p_next_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_note(p_case bigint, p_nonce text, p_kind text, p_outcome text, p_body text, p_next_at timestamp with time zone) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_own(p_case bigint, p_staff bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_own(p_case bigint, p_staff bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_paid(p_due bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.case_planned(p_case bigint, p_method bigint, p_promised date, p_at timestamp with time zone, p_class text, p_why text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_planned(p_case bigint, p_method bigint, p_promised date, p_at timestamp with time zone, p_class text, p_why text) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.case_retry(p_case bigint, p_act text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_retry(p_case bigint, p_act text, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_settle(p_case bigint, p_how text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.case_settle(p_case bigint, p_how text, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.case_take(p_case bigint, p_verb text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.cases_close() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.cases_close() TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.cases_scan(p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.cases_scan(p_days integer) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.chain_check() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.chain_check() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.chain_seal() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.chain_seal() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.chain_seal() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.chain_text(p_source text, p_id bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.chain_wants() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.chain_wants() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.charge_method(p_due bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.charge_refused(p_due bigint, p_method bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.charge_result(p_attempt bigint, p_status text, p_ref text, p_url text, p_error text, p_decline text, p_advice text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.charge_result(p_attempt bigint, p_status text, p_ref text, p_url text, p_error text, p_decline text, p_advice text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.charge_result(p_attempt bigint, p_status text, p_ref text, p_url text, p_error text, p_decline text, p_advice text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.charge_take(p_attempt bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.charge_take(p_attempt bigint) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.charge_take(p_attempt bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.check_access() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.check_access() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.check_money() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.check_money() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.check_schema(p_development boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.check_schema(p_development boolean) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.checkout_order() FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.choice_set(p_topic text, p_wanted boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.choice_set(p_topic text, p_wanted boolean) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.choices_mine() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.choices_mine() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.claim_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.claim_look(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.claim_use(p_hash bytea, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.claim_use(p_hash bytea, p_session bytea, p_agent text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.correction_ask(p_nonce text, p_number text, p_amount text, p_last_four text, p_email text, p_fold text, p_browser bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.correction_ask(p_nonce text, p_number text, p_amount text, p_last_four text, p_email text, p_fold text, p_browser bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.correction_decide(p_id bigint, p_approve boolean, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.correction_decide(p_id bigint, p_approve boolean, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.correction_do(p_id bigint, p_actor text, p_actor_id bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.correction_doubts(p_order bigint, p_person bigint, p_fold text, p_fits text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.correction_settle(p_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.correction_settle(p_id bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.customer_correct(p_customer bigint, p_was text, p_email text, p_fold text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.customer_correct(p_customer bigint, p_was text, p_email text, p_fold text, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.customer_mail_works(p_customer bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.customer_mail_works(p_customer bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.customer_note(p_customer bigint, p_nonce text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.customer_note(p_customer bigint, p_nonce text, p_body text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.customer_revoke(p_customer bigint, p_access bigint, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.customer_revoke(p_customer bigint, p_access bigint, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.customer_search(p_typed text, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.customer_search(p_typed text, p_most integer) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.customer_view(p_customer bigint, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.customer_view(p_customer bigint, p_hash bytea) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.discount_add(p_code text, p_product text, p_percent integer, p_amount bigint, p_currency text, p_from date, p_until date, p_most integer, p_once boolean, p_months integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.discount_add(p_code text, p_product text, p_percent integer, p_amount bigint, p_currency text, p_from date, p_until date, p_most integer, p_once boolean, p_months integer) TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.discount_codes TO lk_definer;
GRANT SELECT ON TABLE latchkey.discount_codes TO lk_admin;
GRANT SELECT ON TABLE latchkey.discount_codes TO lk_worker;
GRANT SELECT ON TABLE latchkey.discount_codes TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.discount_answer(p_code latchkey.discount_codes, p_person bigint, p_product bigint, p_list bigint, p_currency text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.discount_count() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.discount_count() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.discount_look(p_code text, p_product text, p_offer text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.discount_look(p_code text, p_product text, p_offer text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.discount_off(p_code latchkey.discount_codes, p_list bigint, p_currency text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.discount_switch(p_id bigint, p_on boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.discount_switch(p_id bigint, p_on boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.discount_take(p_code text, p_person bigint, p_product bigint, p_list bigint, p_currency text, OUT answer text, OUT discount bigint, OUT off bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.dispute_answer(p_dispute bigint, p_nonce text, p_answer text, p_log text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.dispute_answer(p_dispute bigint, p_nonce text, p_answer text, p_log text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.dispute_answer_refused(p_dispute bigint, p_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.dispute_answer_refused(p_dispute bigint, p_code text) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.dispute_answer_sent(p_dispute bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.dispute_answer_sent(p_dispute bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.dispute_apply(p_account bigint, p_ref text, p_payment_ref text, p_amount bigint, p_currency text, p_reason text, p_status text, p_due_by timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.dispute_apply(p_account bigint, p_ref text, p_payment_ref text, p_amount bigint, p_currency text, p_reason text, p_status text, p_due_by timestamp with time zone) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.dispute_apply(p_account bigint, p_ref text, p_payment_ref text, p_amount bigint, p_currency text, p_reason text, p_status text, p_due_by timestamp with time zone) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.dispute_task(p_dispute bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.draft_changed(p_product bigint, p_draft bigint, p_what text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.draft_discard(p_slug text, p_seen text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_discard(p_slug text, p_seen text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.draft_file_add(p_slug text, p_section text, p_kind text, p_title text, p_file bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_file_add(p_slug text, p_section text, p_kind text, p_title text, p_file bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.draft_file_set(p_slug text, p_seen text, p_item text, p_part text, p_file bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_file_set(p_slug text, p_seen text, p_item text, p_part text, p_file bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.draft_item_move(p_slug text, p_seen text, p_item text, p_way text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_item_move(p_slug text, p_seen text, p_item text, p_way text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.draft_item_place(p_draft bigint, p_item_version bigint, p_section text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.draft_item_save(p_slug text, p_seen text, p_item text, p_section text, p_kind text, p_title text, p_body text, p_minutes integer, p_url text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_item_save(p_slug text, p_seen text, p_item text, p_section text, p_kind text, p_title text, p_body text, p_minutes integer, p_url text) TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.products TO lk_definer;
GRANT SELECT ON TABLE latchkey.products TO lk_portal;
GRANT SELECT ON TABLE latchkey.products TO lk_admin;
GRANT SELECT ON TABLE latchkey.products TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.products TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.draft_of(p_product latchkey.products) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.draft_publish(p_slug text, p_seen text, p_everybody boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_publish(p_slug text, p_seen text, p_everybody boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.draft_save(p_slug text, p_seen text, p_title text, p_tagline text, p_summary text, p_includes text, p_next text, p_refund_days integer, p_refund text, p_starts_on date) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.draft_save(p_slug text, p_seen text, p_title text, p_tagline text, p_summary text, p_includes text, p_next text, p_refund_days integer, p_refund text, p_starts_on date) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.due_attempt(p_due bigint, p_method bigint, p_on_session boolean, p_planned_at timestamp with time zone, p_class text, p_why text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.due_attempt(p_due bigint, p_method bigint, p_on_session boolean, p_planned_at timestamp with time zone, p_class text, p_why text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.due_attempt(p_due bigint, p_method bigint, p_on_session boolean, p_planned_at timestamp with time zone, p_class text, p_why text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.due_charged(p_due bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.due_method(p_due bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.due_method(p_due bigint) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.due_method(p_due bigint) TO lk_ctl;
GRANT ALL ON FUNCTION latchkey.due_method(p_due bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.due_moving() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.due_moving() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.due_thanks() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.due_thanks() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.due_zone(p_due bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.due_zone(p_due bigint) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.due_zone(p_due bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.dues_charge() FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.dues_scan() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.dues_scan() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.dues_scan() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.event_apply(p_account text, p_event text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.event_apply(p_account text, p_event text) TO lk_hooks;
GRANT ALL ON FUNCTION latchkey.event_apply(p_account text, p_event text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.event_apply(p_account text, p_event text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.event_failed(p_account text, p_event text, p_error text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.event_failed(p_account text, p_event text, p_error text) TO lk_hooks;
GRANT ALL ON FUNCTION latchkey.event_failed(p_account text, p_event text, p_error text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.event_failed(p_account text, p_event text, p_error text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.event_store(p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamp with time zone, p_acts text, p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.event_store(p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamp with time zone, p_acts text, p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) TO lk_hooks;
GRANT ALL ON FUNCTION latchkey.event_store(p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamp with time zone, p_acts text, p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.event_store(p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamp with time zone, p_acts text, p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.evidence_add(p_customer bigint, p_order bigint, p_kind text, p_facts jsonb, p_personal text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.evidence_add(p_customer bigint, p_order bigint, p_kind text, p_facts jsonb, p_personal text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.evidence_add(p_customer bigint, p_order bigint, p_kind text, p_facts jsonb, p_personal text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.file_add(p_name text, p_type text, p_size bigint, p_sha256 bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.file_add(p_name text, p_type text, p_size bigint, p_sha256 bytea) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.files_unknown(p_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.files_unknown(p_ids bigint[]) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.frozen() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.frozen() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.help_asked(p_kept text, p_found boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.help_clicked(p_typed text, p_slug text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.help_clicked(p_typed text, p_slug text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.help_kept(p_typed text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.help_meant(p_word text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.help_mine(p_link bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.help_mine(p_link bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.help_search(p_typed text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.help_search(p_typed text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.help_search_done(p_words text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.help_search_done(p_words text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.help_vote(p_slug text, p_version integer, p_browser bytea, p_helpful boolean, p_words text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.help_vote(p_slug text, p_version integer, p_browser bytea, p_helpful boolean, p_words text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.invite_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.invite_look(p_hash bytea) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.invite_use(p_hash bytea, p_name text, p_password text, p_totp bytea, p_step bigint, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.invite_use(p_hash bytea, p_name text, p_password text, p_totp bytea, p_step bigint, p_session bytea, p_agent text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.item_files_seen(p_file bigint, p_captions bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.item_files_seen(p_file bigint, p_captions bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.item_name(p_product bigint, p_title text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.item_seen(p_item_version bigint, p_section text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.item_seen(p_item_version bigint, p_section text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.job_add(p_lane integer, p_kind text, p_key text, p_args jsonb, p_run_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.job_add(p_lane integer, p_kind text, p_key text, p_args jsonb, p_run_at timestamp with time zone) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.job_add(p_lane integer, p_kind text, p_key text, p_args jsonb, p_run_at timestamp with time zone) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.last_owner() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.last_owner() TO lk_owner;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.agreements TO lk_definer;
GRANT SELECT ON TABLE latchkey.agreements TO lk_portal;
GRANT SELECT ON TABLE latchkey.agreements TO lk_admin;
GRANT SELECT ON TABLE latchkey.agreements TO lk_worker;
GRANT SELECT ON TABLE latchkey.agreements TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.level_of_days(p_g latchkey.agreements, p_days integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.licence_assign(p_line bigint, p_product bigint, p_person bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.limit_take(p_address text, p_account text, p_hash bytea, p_max_account integer, p_max_address integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.limit_take(p_address text, p_account text, p_hash bytea, p_max_account integer, p_max_address integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.line_end(p_line bigint, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.line_refundable(p_line bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.line_restore(p_line bigint, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.line_settles() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.line_settles() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.link_access() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_access() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.link_again(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_again(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.link_ask(p_fold text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_ask(p_fold text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.link_ask_settle(p_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_ask_settle(p_id bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.link_lines() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_lines() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.link_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_look(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.link_mail(p_customer bigint, p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.link_make(p_message bigint, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_make(p_message bigint, p_hash bytea) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.link_make(p_message bigint, p_hash bytea) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.link_order() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_order() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.link_use(p_hash bytea, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.link_use(p_hash bytea, p_session bytea, p_agent text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.local_daytime(p_zone text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.login_done(p_person bigint, p_hash text, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.login_done(p_person bigint, p_hash text, p_session bytea, p_agent text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.login_failed(p_fold text, p_address text, p_staff boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.login_failed(p_fold text, p_address text, p_staff boolean) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.login_failed(p_fold text, p_address text, p_staff boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.login_key(p_fold text, p_staff boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.login_look(p_fold text, p_address text, p_max_account integer, p_max_address integer, p_staff boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.login_look(p_fold text, p_address text, p_max_account integer, p_max_address integer, p_staff boolean) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.login_look(p_fold text, p_address text, p_max_account integer, p_max_address integer, p_staff boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.marker_save(p_id bigint, p_revision integer, p_nonce text, p_on date, p_what text, p_cause text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.marker_save(p_id bigint, p_revision integer, p_nonce text, p_on date, p_what text, p_cause text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.me_writing() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.me_writing() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.merged_once() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.merged_once() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.message_add(p_kind text, p_object text, p_object_id bigint, p_period text, p_customer bigint, p_email text, p_held boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.message_add(p_kind text, p_object text, p_object_id bigint, p_period text, p_customer bigint, p_email text, p_held boolean) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.message_add(p_kind text, p_object text, p_object_id bigint, p_period text, p_customer bigint, p_email text, p_held boolean) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.message_bounced(p_message bigint, p_failed boolean, p_code text, p_detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.message_bounced(p_message bigint, p_failed boolean, p_code text, p_detail text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.message_parties(p_kind text, p_object text, p_object_id bigint, p_period text, p_order bigint, p_topic text, p_held boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.message_skip(p_message bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.message_skip(p_message bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.message_waits(p_message bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.message_waits(p_message bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.method_apply(p_account bigint, p_customer bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer, p_renewed boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.method_apply(p_account bigint, p_customer bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer, p_renewed boolean) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.method_apply(p_account bigint, p_customer bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer, p_renewed boolean) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.method_change(p_method bigint, p_what text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.method_change(p_method bigint, p_what text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.method_default(p_customer bigint, p_method bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.method_gone(p_account bigint, p_ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.method_gone(p_account bigint, p_ref text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.method_gone(p_account bigint, p_ref text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.method_needed(p_method bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.method_needed(p_method bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.method_prefer(p_account bigint, p_gateway_customer text, p_ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.method_prefer(p_account bigint, p_gateway_customer text, p_ref text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.method_prefer(p_account bigint, p_gateway_customer text, p_ref text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.method_renewed(p_method bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.method_settle(p_customer bigint, p_method bigint, p_why text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.mine() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.mine() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.mine_or_link() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.mine_or_link() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.money_json(p_minor bigint, p_currency text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.money_step(p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.money_step(p_currency text) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.money_step(p_currency text) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.money_step(p_currency text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.money_step(p_currency text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.moved() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.moved() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.offer_publish(p_slug text, p_offer text, p_version integer, p_title text, p_currency text, p_amount bigint, p_tax_class text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.offer_publish(p_slug text, p_offer text, p_version integer, p_title text, p_currency text, p_amount bigint, p_tax_class text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.offer_sale(p_slug text, p_offer text, p_on boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.offer_sale(p_slug text, p_offer text, p_on boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.open_files() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.open_files() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.open_item_versions() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.open_item_versions() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.open_versions() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.open_versions() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.order_begin(p_product text, p_offer text, p_nonce text, p_email text, p_fold text, p_name text, p_country text, p_consent boolean, p_anyway boolean, p_key text, p_checkout_hash bytea, p_personal text, p_code text, p_zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.order_begin(p_product text, p_offer text, p_nonce text, p_email text, p_fold text, p_name text, p_country text, p_consent boolean, p_anyway boolean, p_key text, p_checkout_hash bytea, p_personal text, p_code text, p_zone text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.order_grant(p_order bigint, p_payment bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.order_paid_back(p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.order_product(p_order bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.order_product(p_order bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.order_reopens() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.order_reopens() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.order_resend(p_number text, p_actor text, p_actor_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.order_resend(p_number text, p_actor text, p_actor_id bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.order_subscribed(p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.order_watch(p_order bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.order_watch(p_order bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.orders_expire() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.orders_expire() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.orders_expire() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.party_assist(p_number text, p_email text, p_fold text, p_name text, p_bills boolean, p_calls boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.party_assist(p_number text, p_email text, p_fold text, p_name text, p_bills boolean, p_calls boolean) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.party_dismiss(p_number text, p_person bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.party_dismiss(p_number text, p_person bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.party_links_end(p_order bigint, p_person bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.party_list(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.party_list(p_number text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.party_move(p_order bigint, p_from bigint, p_to bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.party_offer(p_number text, p_email text, p_fold text, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.party_offer(p_number text, p_email text, p_fold text, p_name text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.party_order(p_number text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.party_order_writing(p_number text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.party_take_back(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.party_take_back(p_number text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.party_withdraw(p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) TO lk_portal;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.passkeys TO lk_definer;

REVOKE ALL ON FUNCTION latchkey.passkey_answered(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.passkey_keep(p_customer bigint, p_staff bigint, p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.passkey_look(p_credential bytea, p_staff boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.passkey_look(p_credential bytea, p_staff boolean) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.passkey_look(p_credential bytea, p_staff boolean) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.passkey_remove(p_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.passkey_remove(p_id bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.passkeys_mine() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.passkeys_mine() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.password_set(p_hash text, p_session bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.password_set(p_hash text, p_session bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_ask(p_link bytea, p_number text, p_seq integer, p_about text, p_nonce text, p_body text, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_ask(p_link bytea, p_number text, p_seq integer, p_about text, p_nonce text, p_body text, p_most integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_called_off(p_link bytea, p_number text, p_seq integer, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_called_off(p_link bytea, p_number text, p_seq integer, p_key text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_clear(p_due bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.pay_due(p_link bytea, p_number text, p_seq integer, p_writing boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.pay_hosted(p_link bytea, p_number text, p_seq integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_hosted(p_link bytea, p_number text, p_seq integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_link_make(p_message bigint, p_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.pay_link_state(p_link bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.pay_links_end(p_due bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.pay_now(p_link bytea, p_number text, p_seq integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_now(p_link bytea, p_number text, p_seq integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_open(p_link bytea, p_number text, p_seq integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_open(p_link bytea, p_number text, p_seq integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_page(p_link bytea, p_number text, p_seq integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_page(p_link bytea, p_number text, p_seq integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_promise(p_link bytea, p_number text, p_seq integer, p_on date, p_days integer, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_promise(p_link bytea, p_number text, p_seq integer, p_on date, p_days integer, p_most integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_transfer(p_link bytea, p_number text, p_seq integer, p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_transfer(p_link bytea, p_number text, p_seq integer, p_days integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.pay_watch(p_link bytea, p_number text, p_seq integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.pay_watch(p_link bytea, p_number text, p_seq integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.payment_apply(p_account bigint, p_key text, p_payment_ref text, p_session_ref text, p_charge_ref text, p_amount bigint, p_currency text, p_paid_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.payment_apply(p_account bigint, p_key text, p_payment_ref text, p_session_ref text, p_charge_ref text, p_amount bigint, p_currency text, p_paid_at timestamp with time zone) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.payment_apply(p_account bigint, p_key text, p_payment_ref text, p_session_ref text, p_charge_ref text, p_amount bigint, p_currency text, p_paid_at timestamp with time zone) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.payment_detail(p_payment bigint, p_charge_ref text, p_paid_at timestamp with time zone, p_kind text, p_brand text, p_last_four text, p_statement text, p_fee bigint, p_fee_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.payment_detail(p_payment bigint, p_charge_ref text, p_paid_at timestamp with time zone, p_kind text, p_brand text, p_last_four text, p_statement text, p_fee bigint, p_fee_currency text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.payment_detail(p_payment bigint, p_charge_ref text, p_paid_at timestamp with time zone, p_kind text, p_brand text, p_last_four text, p_statement text, p_fee bigint, p_fee_currency text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.payment_offer_back(p_payment bigint, p_amount bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.payment_refundable(p_payment bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.people_merge(p_from bigint, p_into bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.period_now() FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.periods_ahead() FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.person_of(p_email text, p_fold text, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.person_zone(p_person bigint, p_due bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.priced() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.priced() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.product_add(p_slug text, p_kind text, p_title text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.product_add(p_slug text, p_kind text, p_title text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.product_restore(p_slug text, p_version integer, p_current integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.product_restore(p_slug text, p_version integer, p_current integer) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.product_sale(p_slug text, p_on boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.product_sale(p_slug text, p_on boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.product_seen(p_product bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.product_seen(p_product bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.product_take(p_slug text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.profile_set(p_name text, p_phone text, p_locale text, p_zone text, p_country text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.profile_set(p_name text, p_phone text, p_locale text, p_zone text, p_country text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.program_contents(p_slug text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.program_contents(p_slug text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.progress_mark(p_access bigint, p_item bigint, p_done boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.progress_mark(p_access bigint, p_item bigint, p_done boolean) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.rating_give(p_hash bytea, p_score integer, p_words text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.rating_give(p_hash bytea, p_score integer, p_words text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.rating_link_make(p_message bigint, p_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.rating_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.rating_look(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.refund_apply(p_account bigint, p_ref text, p_payment_ref text, p_key text, p_amount bigint, p_currency text, p_status text, p_reason text, p_line bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_apply(p_account bigint, p_ref text, p_payment_ref text, p_key text, p_amount bigint, p_currency text, p_status text, p_reason text, p_line bigint) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.refund_apply(p_account bigint, p_ref text, p_payment_ref text, p_key text, p_amount bigint, p_currency text, p_status text, p_reason text, p_line bigint) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.refund_approve(p_refund bigint, p_staff bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_ask(p_number text, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_alone bigint, p_ends boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_ask(p_number text, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_alone bigint, p_ends boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.refund_decide(p_refund bigint, p_yes boolean, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_decide(p_refund bigint, p_yes boolean, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.refund_item_add(p_refund bigint, p_line bigint, p_amount bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_left_line(p_line bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_left_line(p_line bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.refund_left_payment(p_payment bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_left_payment(p_payment bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.refund_not_made(p_refund bigint, p_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_not_made(p_refund bigint, p_code text) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.refund_rests(p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_rules_seen(p_product bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_rules_seen(p_product bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.refund_rules_set(p_slug text, p_seen text, p_law_days integer, p_by_itself boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.refund_rules_set(p_slug text, p_seen text, p_law_days integer, p_by_itself boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.refund_settle(p_refund bigint, p_line bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_share(p_refund bigint, p_amount bigint, p_line bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_share_all(p_order bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_tell_staff(p_refund bigint, p_kind text, p_only bigint, p_but bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_undo(p_refund bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_wanted(p_refund bigint, p_amount bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.refund_write(p_order bigint, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_two boolean, p_staff bigint, p_ends boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.reminder_choice_mine() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_choice_mine() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.reminder_choice_set(p_frequency text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_choice_set(p_frequency text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.reminder_important(p_days integer, p_plan integer[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.reminder_lines(p_message bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_lines(p_message bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.reminder_link_make(p_message bigint, p_due bigint, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_link_make(p_message bigint, p_due bigint, p_hash bytea) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.reminder_not(p_due bigint, p_due_on date, p_days integer, p_person bigint) FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.reminder_plans TO lk_definer;
GRANT SELECT ON TABLE latchkey.reminder_plans TO lk_admin;
GRANT SELECT ON TABLE latchkey.reminder_plans TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.reminder_plan(p_product bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_plan(p_product bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.reminder_plan_seen(p_product bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_plan_seen(p_product bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.reminder_plan_set(p_slug text, p_seen text, p_on boolean, p_days integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_plan_set(p_slug text, p_seen text, p_on boolean, p_days integer[]) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.reminder_skip(p_message bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.reminder_text(p_message bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminder_text(p_message bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.reminders_scan() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.reminders_scan() TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.retry_learn(p_attempt bigint, p_paid boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.rollup_add(p_metric text, p_product bigint, p_currency text, p_amount bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.schedule_first(p_schedule jsonb, p_amount bigint, p_currency text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.schedule_title(p_schedule jsonb, p_title text, p_n integer, p_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.schedules_run() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.schedules_run() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.schedules_run() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.schema_version() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.schema_version() TO lk_portal;
GRANT ALL ON FUNCTION latchkey.schema_version() TO lk_admin;
GRANT ALL ON FUNCTION latchkey.schema_version() TO lk_hooks;
GRANT ALL ON FUNCTION latchkey.schema_version() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.schema_version() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.search_amount(p_minor bigint, p_currency text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_fill() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.search_fill() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.search_fold(p_text text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_meant(p_word text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_put(p_kind text, p_object bigint, p_customer bigint, p_words text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_slips(p_near text, p_known bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_split(p_text text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_threshold(p_near text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.search_variants(p_word text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.session_end(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.session_end(p_hash bytea) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.session_end(p_hash bytea) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.session_fresh() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.session_fresh() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.session_name(p_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.session_renew(p_hash text, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.session_renew(p_hash text, p_session bytea, p_agent text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.session_revoke(p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.session_revoke(p_name text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.session_who(p_hash bytea, p_staff boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.session_who(p_hash bytea, p_staff boolean) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.session_who(p_hash bytea, p_staff boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.sessions_mine() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.sessions_mine() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.sessions_revoke() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.sessions_revoke() TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.setup_begin(p_nonce text, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.setup_begin(p_nonce text, p_key text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.setup_done(p_key text, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.setup_done(p_key text, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.setup_done(p_key text, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text, p_exp_month integer, p_exp_year integer) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.setup_opened(p_key text, p_session text, p_url text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.setup_opened(p_key text, p_session text, p_url text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.setup_watch(p_setup bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.setup_watch(p_setup bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.staff_add(p_email text, p_fold text, p_name text, p_role text, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_add(p_email text, p_fold text, p_name text, p_role text, p_hash bytea) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.staff_alarm_settle(p_id bigint, p_again boolean, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_alarm_settle(p_id bigint, p_again boolean, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_bank_line(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_bank_line(p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text, p_payer text, p_iban text, p_source text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_change(p_staff bigint, p_act text, p_role text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_change(p_staff bigint, p_act text, p_role text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_codes_again(p_hash text, p_step bigint, p_salt text, p_hashes bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_codes_again(p_hash text, p_step bigint, p_salt text, p_hashes bytea) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_codes_first(p_session bytea, p_salt text, p_hashes bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_codes_first(p_session bytea, p_salt text, p_hashes bytea) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_codes_mine() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_codes_mine() TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_codes_put(p_staff bigint, p_session bytea, p_salt text, p_hashes bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.staff_expect(p_number text, p_day date) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_expect(p_number text, p_day date) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_fresh() FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.staff_gift(p_number text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_gift(p_number text, p_reason text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_invite(p_email text, p_fold text, p_role text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_invite(p_email text, p_fold text, p_role text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_link_make(p_message bigint, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_link_make(p_message bigint, p_hash bytea) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.staff_list() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_list() TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_login_done(p_staff bigint, p_hash text, p_step bigint, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_login_done(p_staff bigint, p_hash text, p_step bigint, p_session bytea, p_agent text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_may(p_verb text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_may(p_verb text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_me() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_me() TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_message(p_kind text, p_staff bigint, p_period text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.staff_must(p_verb text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.staff_passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_passkey_name(p_id bigint, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_passkey_name(p_id bigint, p_name text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_passkey_remove(p_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_passkey_remove(p_id bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_passkeys() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_passkeys() TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_password(p_hash text, p_new text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_password(p_hash text, p_new text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_recover(p_staff bigint, p_hash text, p_code bytea, p_session bytea, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_recover(p_staff bigint, p_hash text, p_code bytea, p_session bytea, p_agent text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_regrant(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_regrant(p_number text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_release(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_release(p_number text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_resend(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_resend(p_number text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_session_end(p_ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_session_end(p_ref text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_sessions() TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_ticket_answer(p_number text, p_nonce text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_ticket_answer(p_number text, p_nonce text, p_body text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_ticket_move(p_number text, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_ticket_move(p_number text, p_status text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_ticket_take(p_number text, p_take boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_ticket_take(p_number text, p_take boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_withdrawal_bind(p_id bigint, p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_withdrawal_bind(p_id bigint, p_number text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.staff_withdrawal_decline(p_id bigint, p_answer text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.staff_withdrawal_decline(p_id bigint, p_answer text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.task_move(p_task bigint, p_act text, p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.task_move(p_task bigint, p_act text, p_text text) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.task_open(p_kind text, p_object text, p_object_id bigint, p_period text, p_due_at timestamp with time zone, p_role text, p_title text, p_facts jsonb, p_customer bigint, p_order bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.task_open(p_kind text, p_object text, p_object_id bigint, p_period text, p_due_at timestamp with time zone, p_role text, p_title text, p_facts jsonb, p_customer bigint, p_order bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.task_settle(p_kind text, p_object text, p_object_id bigint, p_period text, p_status text, p_outcome text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.task_settle(p_kind text, p_object text, p_object_id bigint, p_period text, p_status text, p_outcome text) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.text_by_product(p_kind text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.text_by_product(p_kind text) TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.message_texts TO lk_definer;
GRANT SELECT ON TABLE latchkey.message_texts TO lk_admin;
GRANT SELECT ON TABLE latchkey.message_texts TO lk_worker;
GRANT SELECT ON TABLE latchkey.message_texts TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.text_of(p_kind text, p_product bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.text_of(p_kind text, p_product bigint) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.text_of(p_kind text, p_product bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.text_publish(p_kind text, p_product text, p_seen integer, p_subject text, p_body text, p_as_all boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.text_publish(p_kind text, p_product text, p_seen integer, p_subject text, p_body text, p_as_all boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.ticket_busy(p_ticket bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.ticket_file(p_number text, p_link bytea, p_file bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_file(p_number text, p_link bytea, p_file bigint) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.ticket_file_add(p_post bigint, p_name text, p_type text, p_content bytea) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.ticket_files_of(p_number text, p_link bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_files_of(p_number text, p_link bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_form(p_number text, p_link bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_form(p_number text, p_link bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_link_again(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_link_again(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_link_look(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_link_look(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_link_make(p_message bigint, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_link_make(p_message bigint, p_hash bytea) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.ticket_link_owner(p_link bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.ticket_mail(p_number text, p_ref bytea, p_from text, p_body text, p_left_out integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_mail(p_number text, p_ref bytea, p_from text, p_body text, p_left_out integer) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.ticket_make(p_person bigint, p_order bigint, p_said text, p_about text, p_proved boolean, p_nonce text, p_body text, p_most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.ticket_open(p_nonce text, p_email text, p_fold text, p_number text, p_link bytea, p_about text, p_body text, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_open(p_nonce text, p_email text, p_fold text, p_number text, p_link bytea, p_about text, p_body text, p_most integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_order(p_number text, p_link bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.ticket_page(p_number text, p_link bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_page(p_number text, p_link bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_posts(p_number text, p_link bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_posts(p_number text, p_link bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_reply(p_number text, p_link bytea, p_nonce text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.ticket_reply(p_number text, p_link bytea, p_nonce text, p_body text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.ticket_seen(p_number text, p_link bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.timetable_load(p_product bigint, p_nothing_new integer, p_read_only integer, p_locked integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.timetable_load(p_product bigint, p_nothing_new integer, p_read_only integer, p_locked integer) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.timetable_seen(p_product bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.timetable_seen(p_product bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.timetable_set(p_slug text, p_seen text, p_nothing_new integer, p_read_only integer, p_locked integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.timetable_set(p_slug text, p_seen text, p_nothing_new integer, p_read_only integer, p_locked integer) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.today_in(p_zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.today_in(p_zone text) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.today_in(p_zone text) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.today_in(p_zone text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.today_in(p_zone text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.token_hash(p_token text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.token_hash(p_token text) TO lk_portal;
GRANT ALL ON FUNCTION latchkey.token_hash(p_token text) TO lk_admin;
GRANT ALL ON FUNCTION latchkey.token_hash(p_token text) TO lk_worker;
GRANT ALL ON FUNCTION latchkey.token_hash(p_token text) TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.transfer_allocate(p_order bigint, p_payment bigint, p_due bigint, p_part bigint, p_rest bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.transfer_begin(p_key text, p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.transfer_begin(p_key text, p_days integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.transfer_find(p_text text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.transfer_match(p_line bigint, p_number text, p_anyway boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.transfer_match(p_line bigint, p_number text, p_anyway boolean) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.transfer_offer_back(p_payment bigint, p_amount bigint, p_twice boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.transfer_paid_back(p_refund bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.transfer_paid_back(p_refund bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.transfer_plain(p_text text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.transfer_reference(p_number text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.transfer_suggest(p_line bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.transfer_suggest(p_line bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.transfer_undo(p_payment bigint, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.transfer_undo(p_payment bigint, p_reason text) TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.orders TO lk_definer;
GRANT SELECT ON TABLE latchkey.orders TO lk_portal;
GRANT SELECT ON TABLE latchkey.orders TO lk_admin;
GRANT SELECT ON TABLE latchkey.orders TO lk_worker;
GRANT SELECT ON TABLE latchkey.orders TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.payments TO lk_definer;
GRANT SELECT ON TABLE latchkey.payments TO lk_portal;
GRANT SELECT ON TABLE latchkey.payments TO lk_admin;
GRANT SELECT ON TABLE latchkey.payments TO lk_worker;
GRANT SELECT ON TABLE latchkey.payments TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.transfer_unpaid(p_p latchkey.payments, p_o latchkey.orders, p_refund bigint, p_ended boolean, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.transfers_due() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.transfers_due() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.transfers_due() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.tries_forget() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.tries_forget() TO lk_worker;
GRANT ALL ON FUNCTION latchkey.tries_forget() TO lk_ctl;

REVOKE ALL ON FUNCTION latchkey.version_copy(p_from bigint, p_publish boolean, p_copy_of integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.version_give(p_product bigint, p_version bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.view_end(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.view_end(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.withdraw_link_make(p_message bigint, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdraw_link_make(p_message bigint, p_hash bytea) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.withdraw_own(p_hash bytea, p_kind text, p_number text, p_link bytea, p_name text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdraw_own(p_hash bytea, p_kind text, p_number text, p_link bytea, p_name text, p_reason text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.withdraw_typed(p_hash bytea, p_name text, p_said text, p_email text, p_fold text, p_reason text, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdraw_typed(p_hash bytea, p_name text, p_said text, p_email text, p_fold text, p_reason text, p_most integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.withdrawal_accept(p_withdrawal bigint, p_basis text, p_staff bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_basis(p_order bigint, p_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_days(p_order bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_days(p_order bigint) TO lk_admin;

REVOKE ALL ON FUNCTION latchkey.withdrawal_decide(p_withdrawal bigint, p_staff bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_find(p_said text, p_fold text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_help(p_number text, p_about text, p_nonce text, p_body text, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_help(p_number text, p_about text, p_nonce text, p_body text, p_most integer) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.withdrawal_keep(p_hash bytea, p_kind text, p_person bigint, p_order bigint, p_name text, p_said text, p_email text, p_fold text, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_late() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_late() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.withdrawal_order(p_number text, p_link bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_page(p_number text, p_link bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_page(p_number text, p_link bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.withdrawal_pay(p_order bigint, p_note text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_receipt(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_receipt(p_hash bytea) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.withdrawal_refunded() FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_refunded() TO lk_owner;

REVOKE ALL ON FUNCTION latchkey.withdrawal_settle(p_withdrawal bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawal_settle(p_withdrawal bigint) TO lk_worker;

REVOKE ALL ON FUNCTION latchkey.withdrawal_to_staff(p_withdrawal bigint, p_why text) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawal_transfer_task(p_withdrawal bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION latchkey.withdrawals_mine(p_number text) FROM PUBLIC;
GRANT ALL ON FUNCTION latchkey.withdrawals_mine(p_number text) TO lk_portal;

REVOKE ALL ON FUNCTION latchkey.working_day(p_from date, p_working integer) FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.access TO lk_definer;
GRANT SELECT ON TABLE latchkey.access TO lk_portal;
GRANT SELECT ON TABLE latchkey.access TO lk_admin;
GRANT SELECT ON TABLE latchkey.access TO lk_worker;
GRANT SELECT ON TABLE latchkey.access TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.access_timetables TO lk_definer;
GRANT SELECT ON TABLE latchkey.access_timetables TO lk_admin;
GRANT SELECT ON TABLE latchkey.access_timetables TO lk_worker;
GRANT SELECT ON TABLE latchkey.access_timetables TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.accounts TO lk_definer;
GRANT SELECT ON TABLE latchkey.accounts TO lk_admin;
GRANT SELECT ON TABLE latchkey.accounts TO lk_worker;
GRANT SELECT ON TABLE latchkey.accounts TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.address_changes TO lk_definer;

GRANT SELECT(id) ON TABLE latchkey.address_changes TO lk_admin;
GRANT SELECT(id) ON TABLE latchkey.address_changes TO lk_worker;

GRANT SELECT(customer_id) ON TABLE latchkey.address_changes TO lk_admin;

GRANT SELECT(status) ON TABLE latchkey.address_changes TO lk_admin;

GRANT SELECT(made_by) ON TABLE latchkey.address_changes TO lk_admin;

GRANT SELECT(old_email) ON TABLE latchkey.address_changes TO lk_admin;
GRANT SELECT(old_email) ON TABLE latchkey.address_changes TO lk_worker;

GRANT SELECT(new_email) ON TABLE latchkey.address_changes TO lk_admin;
GRANT SELECT(new_email) ON TABLE latchkey.address_changes TO lk_worker;

GRANT SELECT(asked_at) ON TABLE latchkey.address_changes TO lk_admin;

GRANT SELECT(done_at) ON TABLE latchkey.address_changes TO lk_admin;

GRANT SELECT(undo_until) ON TABLE latchkey.address_changes TO lk_admin;
GRANT SELECT(undo_until) ON TABLE latchkey.address_changes TO lk_worker;

GRANT SELECT(undone_at) ON TABLE latchkey.address_changes TO lk_admin;

GRANT SELECT(order_id) ON TABLE latchkey.address_changes TO lk_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.agreement_versions TO lk_definer;
GRANT SELECT ON TABLE latchkey.agreement_versions TO lk_admin;
GRANT SELECT ON TABLE latchkey.agreement_versions TO lk_worker;
GRANT SELECT ON TABLE latchkey.agreement_versions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.alarms TO lk_definer;
GRANT SELECT ON TABLE latchkey.alarms TO lk_admin;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.alarms TO lk_worker;
GRANT SELECT,UPDATE ON TABLE latchkey.alarms TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.allocations TO lk_definer;
GRANT SELECT ON TABLE latchkey.allocations TO lk_admin;
GRANT SELECT ON TABLE latchkey.allocations TO lk_worker;
GRANT SELECT ON TABLE latchkey.allocations TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.article_answers TO lk_definer;
GRANT SELECT ON TABLE latchkey.article_answers TO lk_admin;
GRANT SELECT ON TABLE latchkey.article_answers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.article_reads TO lk_definer;
GRANT SELECT ON TABLE latchkey.article_reads TO lk_admin;
GRANT SELECT ON TABLE latchkey.article_reads TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.article_versions TO lk_definer;
GRANT SELECT ON TABLE latchkey.article_versions TO lk_admin;
GRANT SELECT ON TABLE latchkey.article_versions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.article_votes TO lk_definer;
GRANT SELECT ON TABLE latchkey.article_votes TO lk_admin;
GRANT SELECT ON TABLE latchkey.article_votes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.attempts TO lk_definer;
GRANT SELECT ON TABLE latchkey.attempts TO lk_admin;
GRANT SELECT,UPDATE ON TABLE latchkey.attempts TO lk_worker;
GRANT SELECT ON TABLE latchkey.attempts TO lk_ctl;

GRANT SELECT(id) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(due_id) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(order_id) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(customer_id) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(amount_minor) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(currency) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(kind) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(status) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(live) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(session_url) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(planned_at) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(created_at) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(sent_at) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(payment_method_id) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(on_session) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT(settled_at) ON TABLE latchkey.attempts TO lk_portal;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.audit TO lk_definer;
GRANT SELECT ON TABLE latchkey.audit TO lk_admin;
GRANT SELECT ON TABLE latchkey.audit TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.bank_lines TO lk_definer;
GRANT SELECT ON TABLE latchkey.bank_lines TO lk_admin;
GRANT SELECT ON TABLE latchkey.bank_lines TO lk_worker;
GRANT SELECT ON TABLE latchkey.bank_lines TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.call_limits TO lk_definer;
GRANT SELECT ON TABLE latchkey.call_limits TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.case_answers TO lk_definer;
GRANT SELECT ON TABLE latchkey.case_answers TO lk_admin;
GRANT SELECT ON TABLE latchkey.case_answers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.case_causes TO lk_definer;
GRANT SELECT ON TABLE latchkey.case_causes TO lk_admin;
GRANT SELECT ON TABLE latchkey.case_causes TO lk_worker;
GRANT SELECT ON TABLE latchkey.case_causes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.case_notes TO lk_definer;
GRANT SELECT ON TABLE latchkey.case_notes TO lk_admin;
GRANT SELECT ON TABLE latchkey.case_notes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.chain_pending TO lk_definer;
GRANT SELECT ON TABLE latchkey.chain_pending TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.chain_seals TO lk_definer;
GRANT SELECT ON TABLE latchkey.chain_seals TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.change_markers TO lk_definer;
GRANT SELECT ON TABLE latchkey.change_markers TO lk_admin;
GRANT SELECT ON TABLE latchkey.change_markers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.claims TO lk_definer;
GRANT SELECT ON TABLE latchkey.claims TO lk_admin;
GRANT SELECT ON TABLE latchkey.claims TO lk_worker;
GRANT SELECT ON TABLE latchkey.claims TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.corrections TO lk_definer;
GRANT SELECT ON TABLE latchkey.corrections TO lk_worker;

GRANT SELECT(id) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(status) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(number) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(amount) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(last_four) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(new_email) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(new_fold) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(asked_at) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(order_id) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(customer_id) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(old_email) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(fits) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(why) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(reason) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(decided_by) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT(decided_at) ON TABLE latchkey.corrections TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.credentials TO lk_definer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.currencies TO lk_definer;
GRANT SELECT ON TABLE latchkey.currencies TO lk_portal;
GRANT SELECT ON TABLE latchkey.currencies TO lk_admin;
GRANT SELECT ON TABLE latchkey.currencies TO lk_worker;
GRANT SELECT ON TABLE latchkey.currencies TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.disputes TO lk_definer;
GRANT SELECT ON TABLE latchkey.disputes TO lk_admin;
GRANT SELECT ON TABLE latchkey.disputes TO lk_worker;
GRANT SELECT ON TABLE latchkey.disputes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.evidence TO lk_definer;
GRANT SELECT ON TABLE latchkey.evidence TO lk_admin;
GRANT SELECT ON TABLE latchkey.evidence TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.messages TO lk_definer;
GRANT SELECT ON TABLE latchkey.messages TO lk_admin;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.messages TO lk_worker;
GRANT SELECT ON TABLE latchkey.messages TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.moves TO lk_definer;
GRANT SELECT ON TABLE latchkey.moves TO lk_admin;
GRANT SELECT ON TABLE latchkey.moves TO lk_worker;
GRANT SELECT ON TABLE latchkey.moves TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.notes TO lk_definer;
GRANT SELECT ON TABLE latchkey.notes TO lk_admin;
GRANT SELECT ON TABLE latchkey.notes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.posts TO lk_definer;
GRANT SELECT ON TABLE latchkey.posts TO lk_admin;
GRANT SELECT ON TABLE latchkey.posts TO lk_worker;
GRANT SELECT ON TABLE latchkey.posts TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.receipts TO lk_definer;
GRANT SELECT ON TABLE latchkey.receipts TO lk_portal;
GRANT SELECT ON TABLE latchkey.receipts TO lk_admin;
GRANT SELECT,INSERT ON TABLE latchkey.receipts TO lk_worker;
GRANT SELECT ON TABLE latchkey.receipts TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.refunds TO lk_definer;
GRANT SELECT ON TABLE latchkey.refunds TO lk_admin;
GRANT SELECT,UPDATE ON TABLE latchkey.refunds TO lk_worker;
GRANT SELECT ON TABLE latchkey.refunds TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.customer_timeline TO lk_definer;
GRANT SELECT ON TABLE latchkey.customer_timeline TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.customers TO lk_definer;
GRANT SELECT ON TABLE latchkey.customers TO lk_portal;
GRANT SELECT ON TABLE latchkey.customers TO lk_admin;
GRANT SELECT ON TABLE latchkey.customers TO lk_worker;
GRANT SELECT ON TABLE latchkey.customers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.decline_codes TO lk_definer;
GRANT SELECT ON TABLE latchkey.decline_codes TO lk_admin;
GRANT SELECT ON TABLE latchkey.decline_codes TO lk_worker;
GRANT SELECT ON TABLE latchkey.decline_codes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.dev_clock TO lk_definer;
GRANT SELECT ON TABLE latchkey.dev_clock TO lk_portal;
GRANT SELECT ON TABLE latchkey.dev_clock TO lk_admin;
GRANT SELECT ON TABLE latchkey.dev_clock TO lk_worker;
GRANT SELECT,UPDATE ON TABLE latchkey.dev_clock TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.dues TO lk_definer;
GRANT SELECT ON TABLE latchkey.dues TO lk_portal;
GRANT SELECT ON TABLE latchkey.dues TO lk_admin;
GRANT SELECT ON TABLE latchkey.dues TO lk_worker;
GRANT SELECT ON TABLE latchkey.dues TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.faq_articles TO lk_definer;
GRANT SELECT ON TABLE latchkey.faq_articles TO lk_portal;
GRANT SELECT ON TABLE latchkey.faq_articles TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.faq_words TO lk_definer;
GRANT SELECT ON TABLE latchkey.faq_words TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.files TO lk_definer;
GRANT SELECT ON TABLE latchkey.files TO lk_portal;
GRANT SELECT ON TABLE latchkey.files TO lk_admin;
GRANT SELECT ON TABLE latchkey.files TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.files TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.gateway_customers TO lk_definer;
GRANT SELECT ON TABLE latchkey.gateway_customers TO lk_admin;
GRANT SELECT ON TABLE latchkey.gateway_customers TO lk_worker;
GRANT SELECT ON TABLE latchkey.gateway_customers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.help_searches TO lk_definer;
GRANT SELECT ON TABLE latchkey.help_searches TO lk_admin;
GRANT SELECT ON TABLE latchkey.help_searches TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.inbox TO lk_definer;
GRANT SELECT ON TABLE latchkey.inbox TO lk_worker;
GRANT SELECT ON TABLE latchkey.inbox TO lk_ctl;

GRANT SELECT(id) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(account_id) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(event_ref) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(type) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(source) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(made_at) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(received_at) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(acts) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(attempt_key) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(payment_ref) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(session_ref) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(charge_ref) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(object_ref) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(amount_minor) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(currency) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(status) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(next_at) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(tries) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(error) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT(done_at) ON TABLE latchkey.inbox TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.item_versions TO lk_definer;
GRANT SELECT ON TABLE latchkey.item_versions TO lk_portal;
GRANT SELECT ON TABLE latchkey.item_versions TO lk_admin;
GRANT SELECT ON TABLE latchkey.item_versions TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.item_versions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.items TO lk_definer;
GRANT SELECT ON TABLE latchkey.items TO lk_portal;
GRANT SELECT ON TABLE latchkey.items TO lk_admin;
GRANT SELECT ON TABLE latchkey.items TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.items TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.jobs TO lk_definer;
GRANT SELECT ON TABLE latchkey.jobs TO lk_admin;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.jobs TO lk_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.jobs TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.jobs_dead TO lk_definer;
GRANT SELECT ON TABLE latchkey.jobs_dead TO lk_admin;
GRANT SELECT,INSERT ON TABLE latchkey.jobs_dead TO lk_worker;
GRANT SELECT,DELETE ON TABLE latchkey.jobs_dead TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.jobs_done TO lk_definer;
GRANT SELECT,INSERT,DELETE ON TABLE latchkey.jobs_done TO lk_worker;
GRANT SELECT ON TABLE latchkey.jobs_done TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.ledger TO lk_definer;
GRANT SELECT ON TABLE latchkey.ledger TO lk_admin;
GRANT SELECT ON TABLE latchkey.ledger TO lk_worker;
GRANT SELECT ON TABLE latchkey.ledger TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.ledger_accounts TO lk_definer;
GRANT SELECT ON TABLE latchkey.ledger_accounts TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.licence_keys TO lk_definer;
GRANT SELECT ON TABLE latchkey.licence_keys TO lk_portal;
GRANT SELECT ON TABLE latchkey.licence_keys TO lk_admin;
GRANT SELECT ON TABLE latchkey.licence_keys TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.licence_keys TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.link_asks TO lk_definer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.mail_failures TO lk_definer;
GRANT SELECT ON TABLE latchkey.mail_failures TO lk_admin;
GRANT SELECT ON TABLE latchkey.mail_failures TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.matches TO lk_definer;
GRANT SELECT ON TABLE latchkey.matches TO lk_admin;
GRANT SELECT ON TABLE latchkey.matches TO lk_worker;
GRANT SELECT ON TABLE latchkey.matches TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.message_bodies TO lk_definer;
GRANT SELECT ON TABLE latchkey.message_bodies TO lk_admin;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.message_bodies TO lk_worker;
GRANT SELECT ON TABLE latchkey.message_bodies TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.message_topics TO lk_definer;
GRANT SELECT ON TABLE latchkey.message_topics TO lk_admin;
GRANT SELECT ON TABLE latchkey.message_topics TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.method_setups TO lk_definer;
GRANT SELECT ON TABLE latchkey.method_setups TO lk_admin;
GRANT SELECT ON TABLE latchkey.method_setups TO lk_worker;
GRANT SELECT ON TABLE latchkey.method_setups TO lk_ctl;

GRANT SELECT(id) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT(customer_id) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT(form_nonce) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT(status) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT(method_id) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT(created_at) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT(done_at) ON TABLE latchkey.method_setups TO lk_portal;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.migrations TO lk_definer;
GRANT SELECT ON TABLE latchkey.migrations TO lk_portal;
GRANT SELECT ON TABLE latchkey.migrations TO lk_admin;
GRANT SELECT ON TABLE latchkey.migrations TO lk_worker;
GRANT SELECT ON TABLE latchkey.migrations TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.mismatches TO lk_definer;
GRANT SELECT ON TABLE latchkey.mismatches TO lk_admin;
GRANT SELECT ON TABLE latchkey.mismatches TO lk_worker;
GRANT SELECT ON TABLE latchkey.mismatches TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.notification_choices TO lk_definer;
GRANT SELECT ON TABLE latchkey.notification_choices TO lk_admin;
GRANT SELECT ON TABLE latchkey.notification_choices TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.notification_topics TO lk_definer;
GRANT SELECT ON TABLE latchkey.notification_topics TO lk_admin;
GRANT SELECT ON TABLE latchkey.notification_topics TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.offer_versions TO lk_definer;
GRANT SELECT ON TABLE latchkey.offer_versions TO lk_portal;
GRANT SELECT ON TABLE latchkey.offer_versions TO lk_admin;
GRANT SELECT ON TABLE latchkey.offer_versions TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.offer_versions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.offers TO lk_definer;
GRANT SELECT ON TABLE latchkey.offers TO lk_portal;
GRANT SELECT ON TABLE latchkey.offers TO lk_admin;
GRANT SELECT ON TABLE latchkey.offers TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.offers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.order_lines TO lk_definer;
GRANT SELECT ON TABLE latchkey.order_lines TO lk_portal;
GRANT SELECT ON TABLE latchkey.order_lines TO lk_admin;
GRANT SELECT ON TABLE latchkey.order_lines TO lk_worker;
GRANT SELECT ON TABLE latchkey.order_lines TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.order_parties TO lk_definer;
GRANT SELECT ON TABLE latchkey.order_parties TO lk_admin;
GRANT SELECT ON TABLE latchkey.order_parties TO lk_worker;
GRANT SELECT ON TABLE latchkey.order_parties TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.passkey_answers TO lk_definer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.payment_methods TO lk_definer;
GRANT SELECT ON TABLE latchkey.payment_methods TO lk_portal;
GRANT SELECT ON TABLE latchkey.payment_methods TO lk_admin;
GRANT SELECT ON TABLE latchkey.payment_methods TO lk_worker;
GRANT SELECT ON TABLE latchkey.payment_methods TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.product_versions TO lk_definer;
GRANT SELECT ON TABLE latchkey.product_versions TO lk_portal;
GRANT SELECT ON TABLE latchkey.product_versions TO lk_admin;
GRANT SELECT ON TABLE latchkey.product_versions TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.product_versions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.progress TO lk_definer;
GRANT SELECT ON TABLE latchkey.progress TO lk_portal;
GRANT SELECT ON TABLE latchkey.progress TO lk_admin;
GRANT SELECT ON TABLE latchkey.progress TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.promises TO lk_definer;
GRANT SELECT ON TABLE latchkey.promises TO lk_portal;
GRANT SELECT ON TABLE latchkey.promises TO lk_admin;
GRANT SELECT ON TABLE latchkey.promises TO lk_worker;
GRANT SELECT ON TABLE latchkey.promises TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.rating_links TO lk_definer;
GRANT SELECT ON TABLE latchkey.rating_links TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.ratings TO lk_definer;
GRANT SELECT ON TABLE latchkey.ratings TO lk_admin;
GRANT SELECT ON TABLE latchkey.ratings TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.receipt_files TO lk_definer;
GRANT SELECT ON TABLE latchkey.receipt_files TO lk_portal;
GRANT SELECT ON TABLE latchkey.receipt_files TO lk_admin;
GRANT SELECT,INSERT ON TABLE latchkey.receipt_files TO lk_worker;
GRANT SELECT ON TABLE latchkey.receipt_files TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.receipt_series TO lk_definer;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.receipt_series TO lk_worker;
GRANT SELECT ON TABLE latchkey.receipt_series TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.refund_items TO lk_definer;
GRANT SELECT ON TABLE latchkey.refund_items TO lk_admin;
GRANT SELECT ON TABLE latchkey.refund_items TO lk_worker;
GRANT SELECT ON TABLE latchkey.refund_items TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.refund_rules TO lk_definer;
GRANT SELECT ON TABLE latchkey.refund_rules TO lk_ctl;
GRANT SELECT ON TABLE latchkey.refund_rules TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.refund_wants TO lk_definer;
GRANT SELECT ON TABLE latchkey.refund_wants TO lk_admin;
GRANT SELECT ON TABLE latchkey.refund_wants TO lk_worker;
GRANT SELECT ON TABLE latchkey.refund_wants TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.reminder_choices TO lk_definer;
GRANT SELECT ON TABLE latchkey.reminder_choices TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.reminders TO lk_definer;
GRANT SELECT ON TABLE latchkey.reminders TO lk_admin;
GRANT SELECT ON TABLE latchkey.reminders TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.retry_results TO lk_definer;
GRANT SELECT ON TABLE latchkey.retry_results TO lk_admin;
GRANT SELECT ON TABLE latchkey.retry_results TO lk_worker;
GRANT SELECT ON TABLE latchkey.retry_results TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.rollups TO lk_definer;
GRANT SELECT ON TABLE latchkey.rollups TO lk_admin;
GRANT SELECT ON TABLE latchkey.rollups TO lk_worker;
GRANT SELECT ON TABLE latchkey.rollups TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.schedules TO lk_definer;
GRANT SELECT ON TABLE latchkey.schedules TO lk_admin;
GRANT SELECT,UPDATE ON TABLE latchkey.schedules TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.schedules TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.search_hits TO lk_definer;
GRANT SELECT ON TABLE latchkey.search_hits TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.search_words TO lk_definer;
GRANT SELECT ON TABLE latchkey.search_words TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.sends TO lk_definer;
GRANT SELECT ON TABLE latchkey.sends TO lk_admin;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.sends TO lk_worker;
GRANT SELECT ON TABLE latchkey.sends TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.sessions TO lk_definer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.staff TO lk_definer;

GRANT SELECT(id) ON TABLE latchkey.staff TO lk_admin;
GRANT SELECT(id) ON TABLE latchkey.staff TO lk_worker;
GRANT SELECT(id) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT(email) ON TABLE latchkey.staff TO lk_admin;
GRANT SELECT(email) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT(email_fold) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT(name) ON TABLE latchkey.staff TO lk_admin;
GRANT SELECT(name) ON TABLE latchkey.staff TO lk_worker;
GRANT SELECT(name) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT(role) ON TABLE latchkey.staff TO lk_admin;
GRANT SELECT(role) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT(created_at) ON TABLE latchkey.staff TO lk_admin;
GRANT SELECT(created_at) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT(disabled_at) ON TABLE latchkey.staff TO lk_admin;
GRANT SELECT(disabled_at) ON TABLE latchkey.staff TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.staff_codes TO lk_definer;
GRANT SELECT ON TABLE latchkey.staff_codes TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.staff_rights TO lk_definer;
GRANT SELECT ON TABLE latchkey.staff_rights TO lk_admin;
GRANT SELECT ON TABLE latchkey.staff_rights TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.tasks TO lk_definer;
GRANT SELECT ON TABLE latchkey.tasks TO lk_admin;
GRANT SELECT ON TABLE latchkey.tasks TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.tax_rates TO lk_definer;
GRANT SELECT ON TABLE latchkey.tax_rates TO lk_portal;
GRANT SELECT ON TABLE latchkey.tax_rates TO lk_admin;
GRANT SELECT ON TABLE latchkey.tax_rates TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.tax_rates TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.terms_versions TO lk_definer;
GRANT SELECT ON TABLE latchkey.terms_versions TO lk_portal;
GRANT SELECT ON TABLE latchkey.terms_versions TO lk_admin;
GRANT SELECT ON TABLE latchkey.terms_versions TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.terms_versions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.ticket_files TO lk_definer;
GRANT SELECT ON TABLE latchkey.ticket_files TO lk_admin;
GRANT SELECT ON TABLE latchkey.ticket_files TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.ticket_links TO lk_definer;
GRANT SELECT ON TABLE latchkey.ticket_links TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.tickets TO lk_definer;
GRANT SELECT ON TABLE latchkey.tickets TO lk_admin;
GRANT SELECT ON TABLE latchkey.tickets TO lk_worker;
GRANT SELECT ON TABLE latchkey.tickets TO lk_ctl;

GRANT SELECT(id) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(number) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(customer_id) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(order_id) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(about) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(status) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(created_at) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT(since_at) ON TABLE latchkey.tickets TO lk_portal;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.transfers TO lk_definer;
GRANT SELECT ON TABLE latchkey.transfers TO lk_portal;
GRANT SELECT ON TABLE latchkey.transfers TO lk_admin;
GRANT SELECT ON TABLE latchkey.transfers TO lk_worker;
GRANT SELECT ON TABLE latchkey.transfers TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.transitions TO lk_definer;
GRANT SELECT ON TABLE latchkey.transitions TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.tries TO lk_definer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.version_items TO lk_definer;
GRANT SELECT ON TABLE latchkey.version_items TO lk_portal;
GRANT SELECT ON TABLE latchkey.version_items TO lk_admin;
GRANT SELECT ON TABLE latchkey.version_items TO lk_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE latchkey.version_items TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.withdraw_links TO lk_definer;
GRANT SELECT ON TABLE latchkey.withdraw_links TO lk_ctl;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.withdrawal_law TO lk_definer;
GRANT SELECT ON TABLE latchkey.withdrawal_law TO lk_ctl;
GRANT SELECT ON TABLE latchkey.withdrawal_law TO lk_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE latchkey.withdrawals TO lk_definer;
GRANT SELECT ON TABLE latchkey.withdrawals TO lk_ctl;
GRANT SELECT ON TABLE latchkey.withdrawals TO lk_admin;
GRANT SELECT ON TABLE latchkey.withdrawals TO lk_worker;

ALTER DEFAULT PRIVILEGES FOR ROLE lk_definer REVOKE ALL ON FUNCTIONS  FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE lk_owner REVOKE ALL ON FUNCTIONS  FROM PUBLIC;

