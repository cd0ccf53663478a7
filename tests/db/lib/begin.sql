-- Helpers of the database tests, in a schema of their own, and a catalogue to buy from.
CREATE SCHEMA t;
GRANT USAGE ON SCHEMA t TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
-- The helpers' own words stay where they are; the tests see latchkey and t.

CREATE FUNCTION t.ok(p_name text, p_holds boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        IF p_holds THEN
                RAISE NOTICE 'ok %', p_name;
        ELSE
                RAISE NOTICE 'not ok %', p_name;
        END IF;
END $$;

-- Many checks at once: P_GOOD held; each of P_BAD did not.
CREATE FUNCTION t.many(p_name text, p_good bigint, p_bad text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        v_bad text;
BEGIN
        FOREACH v_bad IN ARRAY coalesce(p_bad, '{}') LOOP
                RAISE NOTICE 'not ok %: %', p_name, v_bad;
        END LOOP;
        IF p_good > 0 THEN
                RAISE NOTICE 'ok % %', p_good, p_name;
        END IF;
END $$;

CREATE FUNCTION t.is(p_name text, p_got text, p_want text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        IF p_got IS NOT DISTINCT FROM p_want THEN
                RAISE NOTICE 'ok %', p_name;
        ELSE
                RAISE NOTICE 'not ok %: got %, wanted %', p_name, coalesce(p_got, 'NULL'), coalesce(p_want, 'NULL');
        END IF;
END $$;

-- The SQLSTATE that a statement ends with, at its commit at the latest; '' when with none.
-- Nothing of it stays.
CREATE FUNCTION t.error(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
        EXECUTE p_sql;
        SET CONSTRAINTS ALL IMMEDIATE;
        RAISE EXCEPTION USING ERRCODE = 'KK000';
EXCEPTION WHEN OTHERS THEN
        RETURN CASE SQLSTATE WHEN 'KK000' THEN '' ELSE SQLSTATE END;
END $$;

CREATE FUNCTION t.fails(p_name text, p_state text, p_sql text) RETURNS void LANGUAGE sql AS $$
        SELECT t.is(p_name, t.error(p_sql), p_state)
$$;

-- Where a test moved days by hand: what was agreed says so too.
CREATE FUNCTION t.agreed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
        UPDATE agreement_rows r SET due_on = d.due_on FROM dues d WHERE d.agreement_id = r.agreement_id AND d.agreement_version = r.version AND d.seq = r.seq;
        UPDATE agreement_versions v SET sha256 = agreement_sha256(v);
        PERFORM set_config('session_replication_role', 'origin', true);
END $$;

-- What ROLE gets as an answer with these tokens: the first value, NULL for no row, or
-- "!SQLSTATE".  It stays, unless it failed.
CREATE FUNCTION t.as(p_role text, p_token text, p_order_token text, p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
        v_answer text;
BEGIN
        PERFORM set_config('latchkey.token', coalesce(p_token, ''), true),
                set_config('latchkey.order_token', coalesce(p_order_token, ''), true);
        EXECUTE format('SET LOCAL ROLE %I', p_role);
        EXECUTE p_sql INTO v_answer;
        SET LOCAL ROLE NONE;
        PERFORM set_config('latchkey.token', '', true), set_config('latchkey.order_token', '', true);
        RETURN v_answer;
EXCEPTION WHEN OTHERS THEN
        RETURN '!' || SQLSTATE;
END $$;

-- Without triggers and foreign keys: how a damaged database comes to be.
CREATE FUNCTION t.force(p_sql text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        SET LOCAL session_replication_role = replica;
        EXECUTE p_sql;
        SET LOCAL session_replication_role = origin;
END $$;

-- The statuses that a table's CHECK allows.
CREATE FUNCTION t.statuses(p_table text) RETURNS SETOF text LANGUAGE sql AS $$
        SELECT m[1] FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::text', 'g') m
        WHERE c.conrelid = ('latchkey.' || p_table)::regclass AND c.contype = 'c'
          AND c.conname = p_table || '_status_check'
$$;

-- --- a catalogue ---
INSERT INTO terms_versions (kind, version, title, body_md, sha256, published_at) VALUES
        ('terms', 1, 'Terms of sale', 'The terms.', sha256('terms'), now()),
        ('consent', 1, 'Begin at once', 'I consent.', sha256('consent'), now());
INSERT INTO tax_rates VALUES ('DE', 'digital', 1900, true), ('DE', 'service', 1900, true), ('US', 'digital', 0, false);

-- One product with its offer "full", two lessons and a file.
CREATE FUNCTION t.product(p_slug text, p_kind text, p_amount bigint, p_currency text, p_starts date DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
        v_product bigint;
        v_version bigint;
        v_offer bigint;
        v_id bigint;
        v_file bigint;
BEGIN
        INSERT INTO products (slug, kind, created_at) VALUES (p_slug, p_kind, now()) RETURNING id INTO v_product;
        INSERT INTO product_versions (product_id, version, title, tagline, summary_md, includes_md, refund_days, refund_md,
                                      starts_on, digest, published_at)
        VALUES (v_product, 1, initcap(p_slug), 'tagline', 'summary', 'includes', 14, 'refund', p_starts, '\x00', now())
        RETURNING id INTO v_version;
        UPDATE products SET version_id = v_version WHERE id = v_product;
        INSERT INTO files (name, content_type, size, sha256, created_at)
        VALUES (p_slug || '.pdf', 'application/pdf', 10, sha256(convert_to(p_slug, 'UTF8')), now()) RETURNING id INTO v_file;
        FOR i IN 1..3 LOOP
                INSERT INTO items (product_id, slug) VALUES (v_product, 'item-' || i) RETURNING id INTO v_id;
                INSERT INTO item_versions (item_id, kind, title, body_md, file_id)
                VALUES (v_id, CASE i WHEN 3 THEN 'download' ELSE 'lesson' END, 'Item ' || i, 'body', CASE i WHEN 3 THEN v_file END)
                RETURNING id INTO v_id;
                INSERT INTO version_items VALUES (v_version, v_id, i, 'Section');
        END LOOP;
        INSERT INTO offers (product_id, slug) VALUES (v_product, 'full') RETURNING id INTO v_offer;
        INSERT INTO offer_versions (offer_id, version, title, currency, amount_minor, tax_class, published_at)
        VALUES (v_offer, 1, 'Pay in full', p_currency, p_amount, 'digital', now()) RETURNING id INTO v_id;
        UPDATE offers SET version_id = v_id WHERE id = v_offer;
        RETURN v_product;
END $$;
SELECT t.product('course', 'course', 4900, 'EUR'), t.product('other', 'course', 7500, 'EUR'),
       t.product('yen', 'course', 1200, 'JPY'), t.product('later', 'coaching', 9900, 'EUR', '2099-01-01'),
       t.product('tool', 'software', 2900, 'EUR');

-- --- what customers do ---

-- order_begin with everything named after TAG: nonce, key key-TAG, checkout token checkout-TAG.
CREATE FUNCTION t.begin(p_tag text, p_email text, p_product text, p_anyway boolean DEFAULT true) RETURNS text
LANGUAGE sql AS $$
        SELECT result FROM order_begin(p_product, 'full', p_tag, p_email, lower(p_email), 'Name', 'DE', true, p_anyway,
                                       'key-' || p_tag, sha256(convert_to('checkout-' || p_tag, 'UTF8')), 'address and browser')
$$;
CREATE FUNCTION t.order_of(p_tag text) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT order_id FROM attempts WHERE key = 'key-' || p_tag
$$;
-- A second line, as a cart has it.
CREATE FUNCTION t.line_add(p_tag text, p_product text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
        v_order orders;
        v_p record;
        v_line bigint;
BEGIN
        SELECT * INTO STRICT v_order FROM orders WHERE id = t.order_of(p_tag);
        SELECT p.id, p.version_id, o.version_id AS offer, v.amount_minor INTO STRICT v_p FROM products p
        JOIN offers o ON o.product_id = p.id JOIN offer_versions v ON v.id = o.version_id WHERE p.slug = p_product;
        INSERT INTO order_lines (order_id, customer_id, currency, product_id, product_version_id, offer_version_id, title, amount_minor, tax_bp)
        VALUES (v_order.id, v_order.customer_id, v_order.currency, v_p.id, v_p.version_id, v_p.offer, p_product, v_p.amount_minor, 1900)
        RETURNING id INTO v_line;
        UPDATE orders SET total_minor = total_minor + v_p.amount_minor WHERE id = v_order.id;
        UPDATE dues SET amount_minor = amount_minor + v_p.amount_minor WHERE order_id = v_order.id;
        UPDATE attempts SET amount_minor = amount_minor + v_p.amount_minor WHERE order_id = v_order.id;
        RETURN v_line;
END $$;

-- An event that says paid, as the hooks store and settle it.
CREATE FUNCTION t.paid(p_event text, p_tag text, p_intent text, p_amount bigint, p_currency text DEFAULT 'EUR',
                       p_type text DEFAULT 'payment_intent.succeeded') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
        PERFORM event_store('stripe', p_event, p_type, 'hook', '{}', now() - interval '2 s', 'pay', 'key-' || p_tag, p_intent,
                            CASE WHEN p_type LIKE 'checkout%' THEN 'cs_' || p_tag END,
                            CASE WHEN p_type LIKE 'payment%' THEN 'ch_' || p_intent END,
                            NULL, p_amount, p_currency);
        RETURN event_apply('stripe', p_event);
END $$;
-- From the button to the grant.
CREATE FUNCTION t.buy(p_tag text, p_email text, p_product text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
        v_order orders;
BEGIN
        PERFORM t.begin(p_tag, p_email, p_product);
        SELECT * INTO STRICT v_order FROM orders WHERE id = t.order_of(p_tag);
        PERFORM t.paid('evt_' || p_tag, p_tag, 'pi_' || p_tag, v_order.total_minor, v_order.currency);
        RETURN v_order.id;
END $$;
CREATE FUNCTION t.refund(p_ref text, p_intent text, p_amount bigint, p_status text DEFAULT 'succeeded', p_line bigint DEFAULT NULL,
                         p_key text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
        SELECT refund_apply(1, p_ref, p_intent, p_key, p_amount, 'EUR', p_status, 'requested_by_customer', p_line)
$$;
CREATE FUNCTION t.dispute(p_ref text, p_intent text, p_amount bigint, p_status text) RETURNS text LANGUAGE sql AS $$
        SELECT dispute_apply(1, p_ref, p_intent, p_amount, 'EUR', 'fraudulent', p_status, now() + interval '7 days')
$$;
-- A session whose token is TOKEN.
CREATE FUNCTION t.session(p_token text, p_kind text, p_customer bigint DEFAULT NULL, p_staff bigint DEFAULT NULL,
                          p_order bigint DEFAULT NULL, p_due bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
        INSERT INTO sessions (token_hash, kind, customer_id, staff_id, order_id, due_id, created_at, expires_at)
        VALUES (sha256(convert_to(p_token, 'UTF8')), p_kind, p_customer, p_staff, p_order, p_due, now(), now() + interval '1 hour')
$$;
CREATE FUNCTION t.customer(p_email text) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT id FROM customers WHERE email_fold = lower(p_email)
$$;
CREATE FUNCTION t.staff(p_role text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO staff (email, email_fold, name, role, password_hash, totp_secret, created_at)
        VALUES (p_role || '@shop.example', p_role || '@shop.example', initcap(p_role), p_role, 'argon', '\x0102', now())
        RETURNING id INTO v_id;
        PERFORM t.session('staff-' || p_role, 'staff', NULL, v_id);
        RETURN v_id;
END $$;

-- A product that is paid over time, with a timetable.
CREATE FUNCTION t.plan(p_slug text, p_amount bigint, p_currency text, p_schedule jsonb) RETURNS void LANGUAGE sql AS $$
        SELECT t.product(p_slug, 'course', p_amount, p_currency);
        UPDATE offers SET version_id = NULL WHERE product_id = (SELECT id FROM products WHERE slug = p_slug);
        INSERT INTO offer_versions (offer_id, version, title, currency, amount_minor, tax_class, schedule, published_at)
        SELECT o.id, 2, 'Plan', p_currency, p_amount, 'digital', p_schedule, now() FROM offers o JOIN products p ON p.id = o.product_id WHERE p.slug = p_slug;
        UPDATE offers o SET version_id = v.id FROM offer_versions v, products p WHERE v.offer_id = o.id AND v.version = 2 AND p.id = o.product_id AND p.slug = p_slug;
        INSERT INTO access_timetables (product_id, nothing_new_days, read_only_days, locked_days, changed_at) SELECT id, 3, 7, 14, now() FROM products WHERE slug = p_slug;
$$;
-- Bought, its first due paid; its method is known.
CREATE FUNCTION t.bought(p_tag text, p_product text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
        v_a attempts;
BEGIN
        PERFORM t.begin(p_tag, p_tag || '@x.example', p_product);
        SELECT * INTO STRICT v_a FROM attempts WHERE key = 'key-' || p_tag;
        PERFORM t.paid('evt_' || p_tag, p_tag, 'pi_' || p_tag, v_a.amount_minor, v_a.currency);
        PERFORM agreement_method((SELECT id FROM agreements WHERE order_id = v_a.order_id), v_a.account_id, 'pm_' || p_tag, 'cus_' || p_tag, 'card', 'visa', '4242', NULL, 12, 2099);
        RETURN v_a.order_id;
END $$;
CREATE FUNCTION t.due(p_tag text, p_seq integer) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT id FROM dues WHERE order_id = t.order_of(p_tag) AND seq = p_seq AND status <> 'replaced' $$;

-- What must hold of the whole database after anything.  The mails of check_access are
-- counted by their rows, so nothing of this looks at time.
CREATE FUNCTION t.faults() RETURNS text[] LANGUAGE sql AS $$
        SELECT array_agg(f) FROM (
                SELECT 'check_access ' || kind || ' ' || coalesce(order_number, '') || ': ' || expected || ', found ' || coalesce(found, '') AS f
                FROM check_access()
                UNION ALL
                SELECT 'check_money ' || kind || ' ' || coalesce(order_number, '') || ': ' || expected || ', found ' || coalesce(found, '')
                FROM check_money() WHERE kind <> 'mismatch_open'
                UNION ALL
                SELECT 'two payments for intent ' || gateway_ref FROM payments GROUP BY account_id, gateway_ref HAVING count(*) > 1
                UNION ALL
                SELECT 'two mails ' || kind || ' for one ' || object FROM messages
                GROUP BY kind, object, object_id, period, customer_id HAVING count(*) > 1
                UNION ALL
                SELECT 'ledger of ' || name || ' in ' || currency || ' ' || sum(amount)
                FROM (SELECT debit AS name, currency, amount_minor AS amount FROM ledger UNION ALL
                      SELECT credit, currency, -amount_minor FROM ledger) l
                WHERE name = 'customers' GROUP BY name, currency
                HAVING -sum(amount) <> (SELECT coalesce(sum(p.amount_minor - p.allocated_minor), 0) FROM payments p WHERE p.currency = l.currency)
                                     - (SELECT coalesce(sum(r.credit_minor), 0) FROM refunds r WHERE r.currency = l.currency AND r.status = 'succeeded')
                UNION ALL
                SELECT 'gateway holds ' || coalesce(sum(amount), 0) || ' ' || currency
                FROM (SELECT currency, amount_minor AS amount FROM ledger WHERE debit = 'gateway:stripe' UNION ALL
                      SELECT currency, -amount_minor FROM ledger WHERE credit = 'gateway:stripe') g GROUP BY currency
                HAVING sum(amount) <> (SELECT coalesce(sum(p.amount_minor - p.refunded_minor), 0) FROM payments p WHERE p.currency = g.currency AND p.bank_line_id IS NULL)
                                    - (SELECT coalesce(sum(d.amount_minor), 0) FROM disputes d WHERE d.currency = g.currency AND d.status <> 'won')
                                    - (SELECT coalesce(sum(p.fee_minor), 0) FROM payments p WHERE p.fee_currency = g.currency)
        ) all_of_them
$$;
CREATE FUNCTION t.sound(p_name text) RETURNS void LANGUAGE sql AS $$
        SELECT t.many(p_name || ' leaves all sound', CASE WHEN t.faults() IS NULL THEN 1 ELSE 0 END, t.faults())
$$;
