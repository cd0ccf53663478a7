-- Links, passwords and sessions.
SET ROLE lk_definer;

-- What a link of a mail would open, without using it: a scanner that follows it changes
-- nothing (S0.4).  state: ready, used, expired, unknown.
CREATE OR REPLACE FUNCTION link_look(p_hash bytea)
RETURNS TABLE (state text, email text, order_number text, product_title text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Use a link, once: it becomes a session.  Returns the person, or NULL when it was used,
-- expired or never there.  The address that it was sent to is verified by it.
CREATE OR REPLACE FUNCTION link_use(p_hash bytea, p_session bytea, p_agent text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A used or expired link asks for a new one: to the same address, at most five an hour.
CREATE OR REPLACE FUNCTION link_again(p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

CREATE OR REPLACE FUNCTION link_mail(p_customer bigint, p_order bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- "Send me a link": the same answer and the same work whether the address is known or not
-- (safety rule 20): the worker looks it up.
CREATE OR REPLACE FUNCTION link_ask(p_fold text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO link_asks (email_fold, asked_at) VALUES (p_fold, app_now()) RETURNING id INTO v_id;
        PERFORM job_add(1, 'link_ask', v_id::text);
END $$;

-- The worker: mail the link, where there is such an account.
CREATE OR REPLACE FUNCTION link_ask_settle(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_fold text;
BEGIN
        DELETE FROM link_asks WHERE id = p_id RETURNING email_fold INTO v_fold;
        PERFORM link_mail(id, NULL) FROM customers WHERE email_fold = v_fold AND merged_into IS NULL AND erased_at IS NULL;
END $$;

-- The worker makes the secret of a mail's link just before it sends it.  A mail to an address
-- that was given up since it was queued opens nothing.
CREATE OR REPLACE FUNCTION link_make(p_message bigint, p_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_m messages;
BEGIN
        SELECT * INTO STRICT v_m FROM messages WHERE id = p_message;
        IF v_m.kind = 'address_confirm' THEN
                UPDATE address_changes SET link_hash = p_hash, link_until = app_now() + interval '1 day' WHERE id = v_m.object_id AND status = 'asked';
        ELSIF v_m.kind = 'address_changed' THEN
                UPDATE address_changes SET undo_hash = p_hash WHERE id = v_m.object_id AND status = 'done';
        ELSIF v_m.object IN ('due', 'amendment') THEN
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

-- Before a password is verified: who it would be and the hash; limited when there were too
-- many failures for the account or the address in 15 minutes (safety rule 20).  An unknown
-- address gives a row with hash NULL: the caller verifies a dummy.
CREATE OR REPLACE FUNCTION login_look(p_fold text, p_address text, p_max_account integer, p_max_address integer, p_staff boolean)
RETURNS TABLE (person bigint, hash text, totp bytea, totp_last bigint, limited boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

CREATE OR REPLACE FUNCTION login_key(p_fold text, p_staff boolean) RETURNS bytea LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$ SELECT sha256(convert_to(CASE WHEN p_staff THEN 'staff ' ELSE 'customer ' END || p_fold, 'UTF8')) $$;

CREATE OR REPLACE FUNCTION login_failed(p_fold text, p_address text, p_staff boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO tries (scope, key, at)
        VALUES ('account', login_key(p_fold, p_staff), clock_timestamp()),
               ('address', sha256(convert_to(p_address, 'UTF8')), clock_timestamp())
$$;

-- The password was right.  The hash is named again, so that knowing an id is not enough.
CREATE OR REPLACE FUNCTION login_done(p_person bigint, p_hash text, p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Staff: password and code were right; a code's time step counts once (replay).
CREATE OR REPLACE FUNCTION staff_login_done(p_staff bigint, p_hash text, p_step bigint, p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Whether this is a login of the last fifteen minutes: what is sensitive wants one (safety
-- rule 21).  No checkout, no mail's link, nobody who views as somebody.
CREATE OR REPLACE FUNCTION session_fresh() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN EXISTS (SELECT FROM sessions WHERE token_hash = token_hash(coalesce(current_setting('latchkey.token', true), ''))
                         AND kind = 'customer' AND ended_at IS NULL AND expires_at > app_now()
                         AND created_at > app_now() - interval '15 minutes');
END $$;

-- The signed-in customer chooses a password.  Other sessions and links end; where there was a
-- password before, a mail tells it.  The session has to be fresh.
CREATE OR REPLACE FUNCTION password_set(p_hash text, p_session bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        WHERE customer_id = v_person AND kind IN ('customer', 'magic', 'calendar') AND token_hash <> p_session AND ended_at IS NULL;
        IF NOT EXISTS (SELECT FROM evidence WHERE customer_id = v_person AND kind = 'password_set' AND at > app_now() - interval '1 minute') THEN
                PERFORM evidence_add(v_person, NULL, 'password_set', '{}');
        END IF;
        RETURN true;
END $$;

CREATE OR REPLACE FUNCTION session_end(p_hash bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        -- What staff see with others' eyes ends with their own session.
        UPDATE sessions v SET ended_at = app_now() FROM sessions s
        WHERE s.token_hash = p_hash AND s.kind = 'staff' AND v.staff_id = s.staff_id AND v.kind = 'view_as' AND v.ended_at IS NULL;
        UPDATE sessions SET ended_at = app_now() WHERE token_hash = p_hash AND ended_at IS NULL AND kind IN ('customer', 'staff')
$$;

-- Who a session's cookie stands for, and its last use at most once a minute.
CREATE OR REPLACE FUNCTION session_who(p_hash bytea, p_staff boolean)
RETURNS TABLE (kind text, person bigint, name text, email text, role text, started_at timestamptz, now_at timestamptz, has_password boolean,
               locale text, zone text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- latchkeyctl staff add: the link with which they choose a password and a second factor.
CREATE OR REPLACE FUNCTION staff_add(p_email text, p_fold text, p_name text, p_role text, p_hash bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

CREATE OR REPLACE FUNCTION invite_look(p_hash bytea) RETURNS TABLE (email text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT s.email, s.role FROM sessions x JOIN staff s ON s.id = x.staff_id
        WHERE x.token_hash = p_hash AND x.kind = 'invite' AND x.ended_at IS NULL AND x.expires_at > app_now()
$$;

CREATE OR REPLACE FUNCTION invite_use(p_hash bytea, p_name text, p_password text, p_totp bytea, p_step bigint,
                                      p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;
SET ROLE lk_definer;
-- Failures count for fifteen minutes and mails for an hour; a day later nothing is left.  What
-- fitted no order is gone after a month.
CREATE OR REPLACE FUNCTION tries_forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        DELETE FROM tries WHERE at < clock_timestamp() - interval '1 day';
        DELETE FROM passkey_answers WHERE at < clock_timestamp() - interval '1 day';
        DELETE FROM corrections WHERE status IN ('unproved', 'repeated') AND asked_at < app_now() - interval '30 days';
        -- An expired link to a ticket still gets a new one for half a year.
        DELETE FROM ticket_links WHERE expires_at < app_now() - interval '180 days'
$$;
RESET ROLE;
