-- Opening what was bought, gifts by staff, and the access clock.
SET ROLE lk_definer;

-- The contents of a product that are open to whoever the token stands for, by the best of their
-- rights.  The policies of these tables say the same by open_versions(), open_item_versions() and
-- open_files(), each of which finds out anew who asks and what is theirs: here it is asked once.
CREATE OR REPLACE FUNCTION program_contents(p_slug text)
RETURNS TABLE (section text, slug text, kind text, title text, minutes integer, file_size bigint, done boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Whoever the token stands for opened a product: the first time is recorded on access, order
-- and person (S0.7, S0.10), later ones at most once an hour.
CREATE OR REPLACE FUNCTION access_opened(p_access bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A download began: kept for the day a bank asks (point 8).  At most one row an hour and file.
-- Staff who view as the customer download nothing in their name.
CREATE OR REPLACE FUNCTION access_downloaded(p_access bigint, p_item bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT evidence_add(a.person_id, a.order_id, 'downloaded', jsonb_build_object('item', p_item))
        FROM access a
        WHERE a.id = p_access AND a.person_id = ANY (mine_or_link()) AND (link_order() IS NULL OR a.order_id = link_order())
          AND (link_order() IS NOT NULL OR me_writing() IS NOT NULL) AND a.status NOT IN ('waiting', 'ended')
          AND NOT EXISTS (SELECT FROM evidence e WHERE e.order_id = a.order_id AND e.kind = 'downloaded'
                          AND e.facts = jsonb_build_object('item', p_item) AND e.at > app_now() - interval '1 hour')
$$;

-- Progress marks: opened once, done and undone by the person.  DONE NULL only records the opening.
CREATE OR REPLACE FUNCTION progress_mark(p_access bigint, p_item bigint, p_done boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A gift by staff: access without a payment, with its reason (S0.2).  Says what it did:
-- granted, has (already open), unknown (no such order).
CREATE OR REPLACE FUNCTION access_gift(p_number text, p_reason text, p_actor text, p_actor_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Open again what had ended: granted, has, unknown, none (never granted).
CREATE OR REPLACE FUNCTION access_regrant(p_number text, p_actor text, p_actor_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Send an order's mails once more: each kind that was due, under a period of its own; the same
-- form sent again within ten seconds sends nothing more.  Returns how many, -1 for an unknown order.
CREATE OR REPLACE FUNCTION order_resend(p_number text, p_actor text, p_actor_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Staff pages: the same verbs, with the right checked here as well as in the route table.
CREATE OR REPLACE FUNCTION staff_resend(p_number text) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT CASE WHEN staff_may('mail') THEN order_resend(p_number, 'staff', staff_me()) ELSE -1 END $$;
CREATE OR REPLACE FUNCTION staff_regrant(p_number text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT CASE WHEN staff_may('access') THEN access_regrant(p_number, 'staff', staff_me()) ELSE 'unknown' END $$;
CREATE OR REPLACE FUNCTION staff_gift(p_number text, p_reason text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT CASE WHEN staff_may('access') THEN access_gift(p_number, p_reason, 'staff', staff_me()) ELSE 'unknown' END $$;

-- Cohorts whose day has come: open them and tell (S0.8).
CREATE OR REPLACE FUNCTION access_start_due(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a access;
        v_n integer := 0;
BEGIN
        PERFORM access_follow_start(p_customer);
        FOR v_a IN SELECT * FROM access WHERE status = 'waiting' AND waiting_for = 'start'
                     AND expected_on <= (app_now() AT TIME ZONE 'UTC')::date AND (p_customer IS NULL OR person_id = p_customer) ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 500
        LOOP
                UPDATE access SET status = 'full', waiting_for = NULL, since_at = app_now() WHERE id = v_a.id;
                PERFORM message_add('access_open', 'order', v_a.order_id, 'start', v_a.person_id,
                                    (SELECT email FROM customers WHERE id = v_a.person_id));
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- The access clock (S0.7): every order that is paid must be open within DEADLINE seconds.
-- Repairs what it can and keeps an alarm for each; returns how many it found.
CREATE OR REPLACE FUNCTION access_clock(p_deadline integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Orders that were never paid end with their hosted page.
CREATE OR REPLACE FUNCTION orders_expire() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The gateway says that an attempt will take no money any more.  An order whose time is over
-- ends with its last attempt.
CREATE OR REPLACE FUNCTION attempt_closed(p_attempt bigint, p_status text, p_code text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;
