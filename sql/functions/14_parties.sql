-- Payer, user, assistant (S2.12, S2.13).  The payer keeps the bills and may take access back;
-- the user has the access and sees no amount; an assistant has copies of mails by topic.
SET ROLE lk_definer;

-- The order, where the payer or the browser that paid asks; NULL for everybody else.
CREATE OR REPLACE FUNCTION party_order(p_number text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT id FROM orders WHERE number = p_number AND customer_id = ANY (mine_or_link())
                                        AND (link_order() IS NULL OR id = link_order()));
END $$;

-- The same for whoever may change something: not staff who look as the customer.
CREATE OR REPLACE FUNCTION party_order_writing(p_number text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN CASE WHEN link_order() IS NOT NULL OR me_writing() IS NOT NULL THEN party_order(p_number) END;
END $$;

-- Everybody of an order: payer, user or the one who is invited, assistants.
CREATE OR REPLACE FUNCTION party_list(p_number text)
RETURNS TABLE (person bigint, role text, name text, email text, payer boolean, bills boolean, calls boolean, since_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A mail about an order to everybody who wants its topic; the payer's goes to the order's address.
CREATE OR REPLACE FUNCTION message_parties(p_kind text, p_object text, p_object_id bigint, p_period text, p_order bigint,
                                           p_topic text, p_held boolean DEFAULT false) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT message_add(p_kind, p_object, p_object_id, p_period, w.id, w.email, p_held)
        FROM (SELECT DISTINCT c.id, CASE WHEN c.id = o.customer_id THEN o.email ELSE c.email END AS email
              FROM orders o JOIN order_parties p ON p.order_id = o.id JOIN customers c ON c.id = p.person_id
              WHERE o.id = p_order AND p_topic = ANY (p.topics) AND c.erased_at IS NULL) w
$$;

-- The person of an address, found or made.
CREATE OR REPLACE FUNCTION person_of(p_email text, p_fold text, p_name text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO customers AS c (email, email_fold, name, created_at) VALUES (p_email, p_fold, p_name, app_now())
        ON CONFLICT (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL DO UPDATE SET email_fold = excluded.email_fold
        RETURNING c.id
$$;

-- Offer the access to somebody else; they get a link.  Nothing moves before it is used.
--   sent  open (they are invited already)  self  theirs (they have it)  closed (nothing is open)
--   limited (five a day)  unknown
CREATE OR REPLACE FUNCTION party_offer(p_number text, p_email text, p_fold text, p_name text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- An invitation that was not used ends, with its links.
CREATE OR REPLACE FUNCTION party_withdraw(p_order bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE claims SET ended_at = app_now() WHERE order_id = p_order AND used_at IS NULL AND ended_at IS NULL;
        UPDATE sessions SET ended_at = app_now() WHERE order_id = p_order AND kind = 'claim' AND ended_at IS NULL;
        UPDATE messages m SET status = 'skipped' FROM claims c
        WHERE c.order_id = p_order AND c.ended_at IS NOT NULL AND m.object = 'claim' AND m.object_id = c.id AND m.kind = 'claim'
          AND m.status = 'queued';
$$;

-- The access of an order goes from one person to another: what the first one marked goes, the
-- licence keys stay with the access.
CREATE OR REPLACE FUNCTION party_move(p_order bigint, p_from bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Take it back, or take an invitation back.  taken, withdrawn, none, unknown.
CREATE OR REPLACE FUNCTION party_take_back(p_number text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Copies of mails for somebody else: TOPICS of bills and calls.  added, changed, self, limited, unknown.
CREATE OR REPLACE FUNCTION party_assist(p_number text, p_email text, p_fold text, p_name text, p_bills boolean, p_calls boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The links to pay that PERSON had by mail as an assistant open nothing any more.
CREATE OR REPLACE FUNCTION party_links_end(p_order bigint, p_person bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE sessions SET ended_at = app_now()
        WHERE kind = 'pay_link' AND reader_id = p_person AND ended_at IS NULL AND due_id IN (SELECT id FROM dues WHERE order_id = p_order)
$$;

CREATE OR REPLACE FUNCTION party_dismiss(p_number text, p_person bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What an invitation's link would open, without using it.  state: ready, used, over, unknown.
CREATE OR REPLACE FUNCTION claim_look(p_hash bytea) RETURNS TABLE (state text, title text, giver text, email text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Use it, once: the access moves, the person is logged in, the payer is told.  NULL: not any more.
CREATE OR REPLACE FUNCTION claim_use(p_hash bytea, p_session bytea, p_agent text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;
