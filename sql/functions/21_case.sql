-- A failed payment is a conversation: the case, its messages, the one page without login, the
-- promise, and what is tried next.  Lock order: attempt, payment, dues by id, order, promise, case.
SET ROLE lk_definer;

-- Where the payer of a due lives: their own choice, else the agreement's.
CREATE OR REPLACE FUNCTION due_zone(p_due bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(nullif(c.zone, ''), g.zone, 'UTC')
        FROM dues d JOIN customers c ON c.id = d.customer_id LEFT JOIN agreements g ON g.id = d.agreement_id WHERE d.id = p_due
$$;

-- When what can wait may be sent: now between eight and eight of their day, else the next morning.
CREATE OR REPLACE FUNCTION local_daytime(p_zone text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN l.at::time >= '20:00' THEN (l.at::date + 1 + time '08:00') AT TIME ZONE p_zone
                    WHEN l.at::time < '08:00' THEN (l.at::date + time '08:00') AT TIME ZONE p_zone
                    ELSE app_now() END
        FROM (SELECT app_now() AT TIME ZONE p_zone AS at) l
$$;

-- --- what happened ------------------------------------------------------------------------

-- The attempt failed: its due has an open case from now on.  A second failure joins it; the same
-- one, told again, changes nothing.  Class, message and next step follow at once in a job, for
-- what the gateway's words mean is known there.
CREATE OR REPLACE FUNCTION case_failed(p_attempt bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What came of an attempt that the planner planned, for the next plans (retry.h).
CREATE OR REPLACE FUNCTION retry_learn(p_attempt bigint, p_paid boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO retry_results AS r (class, weekday, hour, tried, succeeded)
        SELECT a.class, extract(isodow FROM l.at), extract(hour FROM l.at), 1, p_paid::integer
        FROM attempts a CROSS JOIN LATERAL (SELECT a.sent_at AT TIME ZONE due_zone(a.due_id) AS at) l
        WHERE a.id = p_attempt AND a.class IS NOT NULL AND a.sent_at IS NOT NULL AND a.kind = 'off_session' AND NOT a.on_session
        ON CONFLICT (class, weekday, hour) DO UPDATE SET tried = r.tried + 1, succeeded = r.succeeded + excluded.succeeded
$$;

-- What the attempt's refusal means.  CLASS and KNOWN are the program's; a class that staff gave
-- to the code goes before.  The mail of a class leaves once in each case.  Returns the case, NULL
-- when the attempt is not its last one or nothing is owed any more.
CREATE OR REPLACE FUNCTION case_classed(p_attempt bigint, p_class text, p_known boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        UPDATE attempts SET refusal = v_c.class WHERE id = p_attempt;
        -- Whoever pays by hand is asked by the reminders.
        IF v_c.reason_code <> 'no_method' OR due_hand_days(v_c.due_id) = 0 THEN
                PERFORM message_parties('payment_failed', 'due', v_c.due_id, v_c.number || '/' || v_c.class, v_c.order_id, 'bills');
        END IF;
        RETURN v_c.id;
END $$;

-- Nothing is owed any more: the case is resolved, what asked for the money stops, links die, a
-- promise was kept, and no attempt that was only planned is made.
CREATE OR REPLACE FUNCTION case_paid(p_due bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        UPDATE cases SET status = 'resolved', resolved_at = app_now(), resolved_by = coalesce(v_by, (SELECT CASE status WHEN 'replaced' THEN 'plan' ELSE 'staff' END FROM dues WHERE id = p_due)), next_step = 'none', next_why = '',
                         next_at = NULL
        WHERE due_id = p_due AND status IN ('open', 'waiting');
        UPDATE sessions SET ended_at = app_now() WHERE due_id = p_due AND kind = 'pay_link' AND ended_at IS NULL;
        UPDATE messages SET status = 'skipped', detail = CASE WHEN v_by IS NULL THEN 'not owed' ELSE 'paid' END
        WHERE object = 'due' AND object_id = p_due AND status IN ('queued', 'deferred');
END $$;

-- --- what is done next ---------------------------------------------------------------------

-- What the planner decided for a case on what it read before (its method, the day that is promised):
-- an attempt at P_AT, or none when that is NULL.  planned; stale when something else holds by now, and
-- the planner is asked again; busy while an attempt is under way; over when nothing is left to plan.
CREATE OR REPLACE FUNCTION case_planned(p_case bigint, p_method bigint, p_promised date, p_at timestamptz, p_class text, p_why text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        ELSIF EXISTS (SELECT FROM attempts WHERE due_id = v_due AND live AND NOT (status = 'created' AND planned_at > greatest(app_now(), created_at))) THEN
                RETURN 'busy';
        ELSIF (SELECT promised_on FROM promises WHERE due_id = v_due AND status = 'open') IS DISTINCT FROM p_promised
              OR due_method(v_due) IS DISTINCT FROM p_method THEN
                RETURN 'stale';
        END IF;
        UPDATE attempts SET status = 'cancelled' WHERE due_id = v_due AND status = 'created' AND planned_at > greatest(app_now(), created_at);
        IF p_at IS NOT NULL AND due_attempt(v_due, p_method, false, p_at, p_class, p_why) IS NULL THEN
                RETURN 'over';
        END IF;
        UPDATE cases SET next_step = CASE WHEN p_at IS NULL THEN 'ask' ELSE 'retry' END, next_at = p_at, next_why = p_why WHERE id = p_case;
        RETURN 'planned';
END $$;

-- Promises whose day is over are broken, and their customers asked again by day; transfers that
-- were announced and did not come free their due; cases without a next step get their plan.  CUSTOMER: of
-- this one alone; NULL: of all.
CREATE OR REPLACE FUNCTION cases_scan(p_days integer, p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_row record;
        v_message bigint;
        v_n integer := 0;
BEGIN
        FOR v_row IN
                SELECT p.id, p.due_id, d.customer_id, d.order_id FROM promises p JOIN dues d ON d.id = p.due_id
                WHERE p.status = 'open' AND d.status = 'open' AND p.promised_on < today_in(due_zone(p.due_id))
                  AND (p_customer IS NULL OR d.customer_id = p_customer)
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
        v_n := v_n + transfers_end(NULL, app_now() - make_interval(days => p_days), p_customer) + early_expire(p_customer);
        FOR v_row IN
                SELECT c.id FROM cases c JOIN dues d ON d.id = c.due_id
                WHERE c.status IN ('open', 'waiting') AND d.status = 'open' AND c.failed_at < app_now() - interval '2 minutes' AND c.stopped_at IS NULL
                  AND (c.next_step = '' OR (c.next_step = 'retry' AND c.next_at < app_now() - interval '10 minutes'))
                  AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = c.due_id AND a.live) AND (p_customer IS NULL OR c.customer_id = p_customer)
                ORDER BY c.id LIMIT 500
        LOOP
                PERFORM job_add(3, 'case_plan', v_row.id || '/' || to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'));
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- --- the one page ---------------------------------------------------------------------------

-- The link of a mail about a due, made when the mail leaves; for 30 days, and until it is paid.
CREATE OR REPLACE FUNCTION pay_link_make(p_message bigint, p_hash bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO sessions (token_hash, kind, customer_id, due_id, reader_id, created_at, expires_at)
        SELECT p_hash, 'pay_link', d.customer_id, d.id, m.customer_id, app_now(), app_now() + interval '30 days'
        FROM messages m JOIN dues d ON d.status = 'open' AND CASE m.object WHEN 'due' THEN d.id = m.object_id
                                                                           -- Of an offer for an order that is not paid: its only amount.
                                                                           WHEN 'amendment' THEN d.agreement_id IS NULL AND d.order_id = (SELECT a.order_id FROM amendments a WHERE a.id = m.object_id) END
        WHERE m.id = p_message
$$;

-- No link that was ever sent for this due opens it any more.  For functions that ask who may.
CREATE OR REPLACE FUNCTION pay_links_end(p_due bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_n integer;
BEGIN
        UPDATE sessions SET ended_at = app_now() WHERE due_id = p_due AND kind = 'pay_link' AND ended_at IS NULL;
        GET DIAGNOSTICS v_n = ROW_COUNT;
        RETURN v_n;
END $$;

-- The due that this link opens, or this person's own by order and place; NULL for any other,
-- absent or not.  WRITING: staff who look as a customer do not count.
CREATE OR REPLACE FUNCTION pay_due(p_link bytea, p_number text, p_seq integer, p_writing boolean) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What a link is good for: ready; paid (within a day, so that whoever paid sees it); over; unknown.
CREATE OR REPLACE FUNCTION pay_link_state(p_link bytea) RETURNS TABLE (state text, due_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN s.ended_at IS NULL AND s.expires_at > app_now() THEN 'ready'
                    WHEN d.status = 'paid' AND s.ended_at > app_now() - interval '1 day' THEN 'paid' ELSE 'over' END, s.due_id
        FROM sessions s JOIN dues d ON d.id = s.due_id WHERE s.token_hash = p_link AND s.kind = 'pay_link'
$$;

-- Everything that the page shows.  STATE as of pay_link_state(); NULL row: no such due for this
-- person.  FAILURES is 0 where nothing was tried.  What is private stands in it only while the link is good, or just paid.
CREATE OR REPLACE FUNCTION pay_page(p_link bytea, p_number text, p_seq integer)
RETURNS TABLE (state text, order_number text, seq integer, title text, amount_minor bigint, rest_minor bigint, currency text, due_on date,
               status text, customer_name text, locale text, zone text, class text, failures integer, next_at timestamptz,
               until_on date, method_kind text, brand text, last_four text, live_kind text, live_status text, live_url text, live_at timestamptz,
               promised_on date, promises integer, reference text, paid_at timestamptz, paid_kind text, paid_brand text,
               paid_last_four text, access_status text, today_on date, case_number text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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
               d.status, c.name, c.locale, due_zone(d.id), k.class, CASE k.reason_code WHEN 'no_method' THEN 0 ELSE k.failures END, CASE WHEN k.next_step = 'retry' THEN k.next_at END,
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

-- The customer came back from the gateway's page: ask there, in case its event is late.
CREATE OR REPLACE FUNCTION pay_watch(p_link bytea, p_number text, p_seq integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT attempt_watch(a.id) FROM attempts a WHERE a.due_id = pay_due(p_link, p_number, p_seq, false) AND a.live AND a.session_ref IS NOT NULL $$;

-- Before the customer pays by themselves: what was only planned gives way, and so does a transfer
-- that was announced.  What is under way already: its address, '' when it has none, NULL for nothing.
CREATE OR REPLACE FUNCTION pay_clear(p_due bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a attempts;
BEGIN
        SELECT * INTO v_a FROM attempts WHERE due_id = p_due AND live FOR UPDATE;
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        -- A page whose address never came to us was seen by nobody: nobody can pay there.
        IF v_a.kind = 'transfer' OR (v_a.status = 'created' AND v_a.planned_at > greatest(app_now(), v_a.created_at))
           OR (v_a.kind = 'checkout' AND v_a.status = 'unknown' AND v_a.session_ref IS NULL) THEN
                UPDATE attempts SET status = 'cancelled' WHERE id = v_a.id;
                UPDATE cases SET status = 'open', next_step = '', next_why = '', next_at = NULL
                WHERE due_id = p_due AND status IN ('open', 'waiting') AND next_step IN ('retry', 'wait');
                RETURN NULL;
        END IF;
        RETURN coalesce(v_a.session_url, '');
END $$;

-- What is open at the gateway for this due and can be called off there: a hosted page (session) or
-- a charge that waits for the bank's question (intent).  No row: nothing.
CREATE OR REPLACE FUNCTION pay_open(p_link bytea, p_number text, p_seq integer) RETURNS TABLE (what text, ref text, key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE a.kind WHEN 'checkout' THEN 'session' ELSE 'intent' END, CASE a.kind WHEN 'checkout' THEN a.session_ref ELSE a.gateway_ref END, a.key
        FROM attempts a
        WHERE a.due_id = pay_due(p_link, p_number, p_seq, true) AND a.live
          AND ((a.kind = 'checkout' AND a.session_ref IS NOT NULL AND a.status IN ('sent', 'unknown'))
               OR (a.kind = 'off_session' AND a.status = 'requires_action' AND a.gateway_ref IS NOT NULL))
$$;

-- The gateway called it off: another way is free at once.
CREATE OR REPLACE FUNCTION pay_called_off(p_link bytea, p_number text, p_seq integer, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_due bigint := pay_due(p_link, p_number, p_seq, true);
BEGIN
        UPDATE attempts SET status = 'cancelled' WHERE key = p_key AND due_id = v_due AND live;
        UPDATE cases SET status = 'open', next_step = '', next_why = '', next_at = NULL
        WHERE due_id = v_due AND status IN ('open', 'waiting') AND next_step IN ('retry', 'wait') AND FOUND;
END $$;

-- Charge the saved method now, with the customer there: begun, again (one is under way), method
-- (there is none), refused (charge_refused(): another one is needed), over (nothing to pay, or no such
-- due).
CREATE OR REPLACE FUNCTION pay_now(p_link bytea, p_number text, p_seq integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The gateway's hosted page for this due: begun (open it with KEY), open (it is open at URL, or
-- waits there for the bank's question), busy (a payment is under way), over.
CREATE OR REPLACE FUNCTION pay_hosted(p_link bytea, p_number text, p_seq integer)
RETURNS TABLE (result text, key text, url text, title text, amount_minor bigint, currency text, order_number text, email text, gateway_customer text,
               expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A bank transfer is on its way: nothing is charged meanwhile.  waiting, busy, over.
CREATE OR REPLACE FUNCTION pay_transfer(p_link bytea, p_number text, p_seq integer, p_days integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The customer names a day: promised; early (that day is over), late (more than P_DAYS ahead), many
-- (P_MOST were named for this due), busy (a payment is under way), over (or nothing failed yet).  The same day again is
-- promised, and nothing more.
CREATE OR REPLACE FUNCTION pay_promise(p_link bytea, p_number text, p_seq integer, p_on date, p_days integer, p_most integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A question, or the wish for a plan, in the customer's own words: opened, again (the same form),
-- limited, over.
CREATE OR REPLACE FUNCTION pay_ask(p_link bytea, p_number text, p_seq integer, p_about text, p_nonce text, p_body text, p_most integer)
RETURNS TABLE (result text, ticket_number text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- texts ------------------------------------------------------------------------------------

-- Staff publish a text, P_PRODUCT NULL for all products; P_AS_ALL: the words for all hold for that
-- product again.  saved, same (nothing differs), stale (SEEN is not the version in force; 0: the
-- product had no words of its own), unknown, denied.
CREATE OR REPLACE FUNCTION text_publish(p_kind text, p_product text, p_seen integer, p_subject text, p_body text, p_as_all boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;
