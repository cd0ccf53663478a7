-- Saved methods: what the gateway keeps of a customer's cards and accounts, and what follows when
-- one comes, changes or goes (S1.3).
SET ROLE lk_definer;

-- A method as the gateway shows it now, for the customer that it is attached to there.  P_CUSTOMER
-- says who that is when we do not know yet (NULL: only where we know).  The first one becomes the
-- default.  Returns our id, NULL for somebody whom we do not know.
CREATE OR REPLACE FUNCTION method_apply(
        p_account bigint, p_customer bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text,
        p_wallet text, p_exp_month integer, p_exp_year integer, p_renewed boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
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
                  AND (p_renewed OR (kind, brand, last_four, wallet, exp_month, exp_year, detached_at)
                       IS DISTINCT FROM (p_kind, coalesce(p_brand, ''), v_last_four, coalesce(p_wallet, ''), p_exp_month, p_exp_year, NULL::timestamptz));
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
END $$;

-- Its bank sent a new card in its place: what the old one was refused for good, or for a detail, is
-- charged to it at once, unless a day was promised or staff stopped it.
CREATE OR REPLACE FUNCTION method_renewed(p_method bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The gateway does not have it any more, or the customer took it away.  The backup takes its place.
CREATE OR REPLACE FUNCTION method_gone(p_account bigint, p_ref text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The gateway's own choice of a default, where it is one of ours.
CREATE OR REPLACE FUNCTION method_prefer(p_account bigint, p_gateway_customer text, p_ref text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- From now on this one is charged for everything that the person pays over time.
CREATE OR REPLACE FUNCTION method_default(p_customer bigint, p_method bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What is overdue is charged at once to METHOD, each amount once, unless its bank refused it for good;
-- returns how many.  A method that settles something stays the default.
CREATE OR REPLACE FUNCTION method_settle(p_customer bigint, p_method bigint, p_why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The agreement was bought, or an amount of it settled on the gateway's page, with this method: it
-- is charged first.
CREATE OR REPLACE FUNCTION agreement_method(
        p_agreement bigint, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text,
        p_wallet text, p_exp_month integer, p_exp_year integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- the customer's own page ---

-- A visit to the gateway's page begins.  The same form again finds it.
CREATE OR REPLACE FUNCTION setup_begin(p_nonce text, p_key text)
RETURNS TABLE (key text, email text, gateway_customer text, currency text, session_url text, done boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The gateway made the page.  KEY is the secret that only its maker knows.
CREATE OR REPLACE FUNCTION setup_opened(p_key text, p_session text, p_url text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE method_setups SET session_ref = p_session, session_url = p_url WHERE key = p_key AND session_ref IS NULL
$$;

-- The browser came back: ask the gateway at once, and again, in case its event is late.
CREATE OR REPLACE FUNCTION setup_watch(p_setup bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A method was saved by that visit: it settles what is overdue.
CREATE OR REPLACE FUNCTION setup_done(
        p_key text, p_account bigint, p_ref text, p_gateway_customer text, p_kind text, p_brand text, p_last_four text, p_wallet text,
        p_exp_month integer, p_exp_year integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Make it the default, name it the backup or take that back, remove it.  What is overdue is charged
-- to a new default at once.
--   default  backup  plain  removed
--   needed   it is the last one, and something is still to be paid with it
--   unknown  not this person's
CREATE OR REPLACE FUNCTION method_change(p_method bigint, p_what text) RETURNS TABLE (answer text, charged integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Whether something is still to be paid and no other method is there for it.
CREATE OR REPLACE FUNCTION method_needed(p_method bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT EXISTS (SELECT FROM payment_methods m JOIN agreements g ON g.customer_id = m.customer_id AND g.status = 'live'
                       WHERE m.id = p_method AND m.customer_id = ANY (mine()) AND (g.cancel_asked_at IS NULL OR EXISTS (SELECT FROM dues d WHERE d.agreement_id = g.id AND d.status = 'open'))
                         AND NOT EXISTS (SELECT FROM payment_methods o WHERE o.customer_id = m.customer_id AND o.detached_at IS NULL AND o.id <> m.id))
$$;

-- A card that runs out before the next charge, and no newer one came: told once for each expiry.
CREATE OR REPLACE FUNCTION cards_expiring() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;
