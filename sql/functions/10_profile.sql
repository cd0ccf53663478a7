-- What people change in their account, and the address that was mistyped at the checkout.
SET ROLE lk_definer;

-- The router's limiter for requests that verify something or send a mail (safety rule 20):
-- counts this one and says whether it is still allowed, by account and by network address, in
-- fifteen minutes of real time.  P_ACCOUNT is who it is about, as typed; '' means the person of
-- the session P_HASH.  Of the keys only hashes are kept.
CREATE OR REPLACE FUNCTION limit_take(p_address text, p_account text, p_hash bytea, p_max_account integer, p_max_address integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- what is told of oneself ---

CREATE OR REPLACE FUNCTION profile_set(p_name text, p_phone text, p_locale text, p_zone text, p_country text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE customers SET name = p_name, phone = p_phone, locale = p_locale, zone = p_zone, country = p_country WHERE id = me_writing();
        RETURN FOUND;
END $$;

-- Every topic, and whether this person wants its mails.
CREATE OR REPLACE FUNCTION choices_mine() RETURNS TABLE (topic text, may_stop boolean, wanted boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT n.topic, n.may_stop, NOT n.may_stop OR coalesce(c.wanted, true)
        FROM notification_topics n LEFT JOIN notification_choices c ON c.topic = n.topic AND c.customer_id = v_mine[1]
        WHERE v_mine <> '{}' ORDER BY n.position;
END $$;

-- False for a topic whose mails always leave, or that is not there.
CREATE OR REPLACE FUNCTION choice_set(p_topic text, p_wanted boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        INSERT INTO notification_choices (customer_id, topic, wanted, changed_at)
        SELECT me_writing(), topic, p_wanted, app_now() FROM notification_topics WHERE topic = p_topic AND may_stop AND me_writing() IS NOT NULL
        ON CONFLICT (customer_id, topic) DO UPDATE SET wanted = excluded.wanted, changed_at = excluded.changed_at;
        RETURN FOUND;
END $$;

-- The worker, before it takes a mail: nobody gets what they chose to do without, nor a reminder of
-- what was settled meanwhile.
CREATE OR REPLACE FUNCTION message_skip(p_message bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        PERFORM reminder_skip(p_message);       -- before the mail's row is locked: dues come first
        UPDATE messages m SET status = 'skipped', detail = 'not wanted'
        FROM message_topics t, notification_topics n, notification_choices c
        WHERE m.id = p_message AND m.status = 'queued' AND t.kind = m.kind AND n.topic = t.topic AND n.may_stop
          AND c.customer_id = m.customer_id AND c.topic = t.topic AND NOT c.wanted;
END $$;

-- --- where one is logged in ---

-- What a session is called on the page: a hash of its hash opens nothing.
CREATE OR REPLACE FUNCTION session_name(p_hash bytea) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT left(encode(sha256(p_hash), 'hex'), 24) $$;

CREATE OR REPLACE FUNCTION sessions_mine() RETURNS TABLE (name text, here boolean, since_at timestamptz, seen_at timestamptz, agent text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_here bytea := token_hash(coalesce(current_setting('latchkey.token', true), ''));
BEGIN
        RETURN QUERY SELECT session_name(s.token_hash), s.token_hash = v_here, s.created_at, coalesce(s.seen_at, s.created_at), s.user_agent
        FROM sessions s
        WHERE s.customer_id = ANY (mine()) AND s.kind = 'customer' AND s.ended_at IS NULL AND s.expires_at > app_now()
        ORDER BY 2 DESC, 4 DESC LIMIT 100;
END $$;

-- Log out another one: ended, stale (this login is too old to ask), unknown.
CREATE OR REPLACE FUNCTION session_revoke(p_name text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Log out all others, and end unused links and the calendar's: how many sessions; -1 when this login is too old.
CREATE OR REPLACE FUNCTION sessions_revoke() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_person bigint := me_writing();
        v_n integer;
BEGIN
        IF NOT session_fresh() THEN
                RETURN -1;
        END IF;
        WITH ended AS (UPDATE sessions SET ended_at = app_now()
                       WHERE customer_id = v_person AND kind IN ('customer', 'magic', 'calendar') AND ended_at IS NULL
                         AND token_hash <> token_hash(current_setting('latchkey.token', true))
                       RETURNING kind)
        SELECT count(*) INTO v_n FROM ended WHERE kind = 'customer';
        IF v_n > 0 THEN
                PERFORM evidence_add(v_person, NULL, 'logged_out', jsonb_build_object('n', v_n));
        END IF;
        RETURN v_n;
END $$;

-- The password was right once more: a new session takes the place of this one, whose last act
-- it is.  The hash is named again, so that a session alone is not enough.
CREATE OR REPLACE FUNCTION session_renew(p_hash text, p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- passkeys ---

CREATE OR REPLACE FUNCTION passkeys_mine() RETURNS TABLE (id bigint, name text, created_at timestamptz, used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT p.id, p.name, p.created_at, p.used_at FROM passkeys p WHERE p.customer_id = v_mine[1] ORDER BY p.id LIMIT 50;
END $$;

-- Keep a new one of a customer or of a member of staff, whose row is locked: its id, or NULL when
-- its challenge was answered or somebody has it.
CREATE OR REPLACE FUNCTION passkey_keep(p_customer bigint, p_staff bigint, p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Keep a new one: added, again (it is known, or its challenge was answered), stale, many.  A mail
-- tells it.
CREATE OR REPLACE FUNCTION passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- ended, stale, unknown.
CREATE OR REPLACE FUNCTION passkey_remove(p_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What its signature is verified with: a customer's, or one of staff.
CREATE OR REPLACE FUNCTION passkey_look(p_credential bytea, p_staff boolean) RETURNS TABLE (id bigint, public_key bytea, algorithm integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT p.id, p.public_key, p.algorithm FROM passkeys p
             LEFT JOIN customers c ON c.id = p.customer_id AND c.merged_into IS NULL AND c.erased_at IS NULL
             LEFT JOIN staff s ON s.id = p.staff_id AND s.disabled_at IS NULL
        WHERE p.credential = p_credential AND CASE WHEN p_staff THEN s.id ELSE c.id END IS NOT NULL
$$;

-- The signature was right.  A challenge counts once; a count that does not grow is a copy's.  The
-- key is named again, so that knowing an id is not enough.  The row, or NULL.
CREATE OR REPLACE FUNCTION passkey_answered(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint) RETURNS passkeys
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A customer is in.
CREATE OR REPLACE FUNCTION passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- another address ---

-- From now on the address of P_CUSTOMER, and of whoever was merged into them, is this one.  Links that were mailed to the one before
-- are no links any more; mails about their orders go to the new one.
CREATE OR REPLACE FUNCTION address_put(p_customer bigint, p_email text, p_fold text, p_verified timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE customers SET email = p_email, email_fold = p_fold, email_verified_at = p_verified WHERE p_customer IN (id, merged_into);
        UPDATE orders SET email = p_email WHERE customer_id IN (SELECT id FROM customers WHERE p_customer IN (id, merged_into));
        DELETE FROM ticket_links WHERE customer_id IN (SELECT id FROM customers WHERE p_customer IN (id, merged_into));
        DELETE FROM sessions WHERE customer_id IN (SELECT id FROM customers WHERE p_customer IN (id, merged_into)) AND kind = 'magic';
$$;

-- P_FROM is found to be P_INTO: nothing moves, both are one (safety rule 9: mine()).  The
-- address, the password and the sessions of P_FROM are none any more.
CREATE OR REPLACE FUNCTION people_merge(p_from bigint, p_into bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- BEFORE UPDATE: merged once, never in a row.
CREATE OR REPLACE FUNCTION merged_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NEW.merged_into IS NOT NULL AND (EXISTS (SELECT FROM customers WHERE id = NEW.merged_into AND merged_into IS NOT NULL)
                                            OR EXISTS (SELECT FROM customers WHERE merged_into = NEW.id)) THEN
                RAISE EXCEPTION 'merged once, never in a row' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION merged_once() TO lk_owner;

-- Ask for another address: sent, same (it is theirs), stale.  Nothing tells whether somebody
-- has it: where it is taken, the mail goes to its owner and says that.
CREATE OR REPLACE FUNCTION address_ask(p_email text, p_fold text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Not after all.
CREATE OR REPLACE FUNCTION address_cancel() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE address_changes SET status = 'replaced' WHERE customer_id = me_writing() AND status = 'asked';
        RETURN FOUND;
END $$;

-- The address that waits for its link, if one does.
CREATE OR REPLACE FUNCTION address_waits() RETURNS TABLE (email text, asked_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT a.new_email, a.asked_at FROM address_changes a
        WHERE a.customer_id = v_mine[1] AND a.status = 'asked' AND a.link_until > app_now();
END $$;

-- What the link to a new address would do, for the person who asked and for nobody else.
-- state: ready, used, expired, unknown.
CREATE OR REPLACE FUNCTION address_look(p_hash bytea) RETURNS TABLE (state text, email text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Use it: done, taken (somebody got it meanwhile), no.  It counts in a login of the person who
-- asked alone: whoever else reads that mailbox gets into no account by it.
CREATE OR REPLACE FUNCTION address_use(p_hash bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The link to the old address: state ready, over, unknown; both addresses masked.
CREATE OR REPLACE FUNCTION address_undo_look(p_hash bytea) RETURNS TABLE (state text, old_email text, new_email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN a.id IS NULL THEN 'unknown' WHEN a.status = 'done' AND a.undo_until > app_now() THEN 'ready' ELSE 'over' END,
               a.old_email, regexp_replace(a.new_email, '^(.).*@', '\1…@')
        FROM (SELECT) one LEFT JOIN address_changes a ON a.undo_hash = p_hash
$$;

-- Take it back: the old address counts again, and whatever the newcomer had is over: sessions,
-- links, the password, later changes.  A login link goes to the old address.
CREATE OR REPLACE FUNCTION address_undo(p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- an address that was wrong ---

-- Alarms about mail that came back to P_CUSTOMER are over, unless it comes back to somebody else of
-- the same order as well.  How many were.
CREATE OR REPLACE FUNCTION address_mended(p_customer bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The address of P_CUSTOMER was wrong, and the right one counts (S0.6): staff say so, or the buyer
-- proved it for P_ORDER.  P_INTO has the right one already and is the same person; NULL: nobody has.
-- Everything that the wrong one could open ends: sessions, links, password, passkeys; the browser
-- that paid one of P_STAY keeps its order.  What waits to be mailed goes to the right one.  Both are
-- told; the right one gets a link, and is verified only once that is used (safety rule 22).
CREATE OR REPLACE FUNCTION address_correct(p_customer bigint, p_email text, p_fold text, p_order bigint, p_stay bigint[], p_into bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- the address that was mistyped at the checkout ---

-- Does an amount as typed ("149", "1,420.00 EUR", "1.420,00") mean P_MINOR?
CREATE OR REPLACE FUNCTION amount_fits(p_typed text, p_minor bigint, p_exponent integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$
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
END $$;

-- Somebody says that an order's address is wrong.  The same work and the same answer whether
-- there is such an order or not: the worker looks (safety rule 11).  P_NONCE names the form.
CREATE OR REPLACE FUNCTION correction_ask(p_nonce text, p_number text, p_amount text, p_last_four text, p_email text, p_fold text, p_browser bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What speaks against correcting the address of V_ORDER at once; '{}' when nothing does.
CREATE OR REPLACE FUNCTION correction_doubts(p_order bigint, p_person bigint, p_fold text, p_fits text[]) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Do it: the new address counts, unless it is somebody's, who then is the same person.  The
-- order's mails go out once more.
CREATE OR REPLACE FUNCTION correction_do(p_id bigint, p_actor text, p_actor_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The worker: what is right of it, and what becomes of it.
CREATE OR REPLACE FUNCTION correction_settle(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Staff decide: done, refused, over (somebody did already), unknown.
CREATE OR REPLACE FUNCTION correction_decide(p_id bigint, p_approve boolean, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER merged_once BEFORE UPDATE OF merged_into ON customers FOR EACH ROW EXECUTE FUNCTION merged_once();
RESET ROLE;
