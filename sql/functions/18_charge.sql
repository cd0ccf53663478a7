-- What is paid over time: agreements and their dues, saved methods, and attempts that charge them
-- (S1.3).  Lock order: attempt, payment, dues by id, order.
SET ROLE lk_definer;

CREATE OR REPLACE FUNCTION today_in(p_zone text) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT (app_now() AT TIME ZONE p_zone)::date $$;

-- What period SEQ of a subscription costs: less as long as the code counts that it was bought with.
CREATE OR REPLACE FUNCTION agreement_month(p_agreement bigint, p_seq integer) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT g.amount_minor - CASE WHEN p_seq <= c.months OR c.months IS NULL THEN l.discount_minor ELSE 0 END
        FROM agreements g JOIN order_lines l ON l.order_id = g.order_id LEFT JOIN discount_codes c ON c.id = l.discount_id
        WHERE g.id = p_agreement ORDER BY l.id LIMIT 1
$$;

-- What the next period of this person's own subscription costs.
CREATE OR REPLACE FUNCTION agreement_next(p_number text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT agreement_month(g.id, (SELECT coalesce(max(seq), 0) + 1 FROM dues WHERE agreement_id = g.id AND status <> 'replaced'))
        FROM agreements g JOIN orders o ON o.id = g.order_id
        WHERE o.number = upper(p_number) AND (o.customer_id = ANY (mine()) OR o.id = link_order())
$$;

-- The next period of each subscription, seven days ahead.  None while one is overdue; periods that
-- went by meanwhile are not asked for.  CUSTOMER: of this one alone; NULL: of all.
CREATE OR REPLACE FUNCTION periods_ahead(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g record;
        v_next date;
        v_n integer := 0;
BEGIN
        FOR v_g IN
                SELECT g.*, d.seq, d.due_on, l.title, today_in(g.zone) AS today
                FROM agreements g
                     JOIN LATERAL (SELECT seq, due_on FROM dues WHERE agreement_id = g.id AND status <> 'replaced' ORDER BY seq DESC LIMIT 1) d ON true
                     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = g.order_id ORDER BY id LIMIT 1) l ON true
                WHERE g.kind = 'subscription' AND g.status = 'live' AND g.cancel_asked_at IS NULL AND agreement_charges(g.id)
                  AND (p_customer IS NULL OR g.customer_id = p_customer)
                  AND NOT EXISTS (SELECT FROM dues o WHERE o.agreement_id = g.id AND o.status = 'open')
                ORDER BY g.id LIMIT 1000 FOR UPDATE OF g SKIP LOCKED
        LOOP
                v_next := period_next(v_g.id);
                CONTINUE WHEN v_next > v_g.today + 7;
                INSERT INTO dues (order_id, customer_id, currency, agreement_id, agreement_version, seq, kind, title, amount_minor,
                                  due_on, created_at)
                VALUES (v_g.order_id, v_g.customer_id, v_g.currency, v_g.id, v_g.version, v_g.seq + 1, 'period',
                        due_title(v_g.title, 'period', v_g.every, 1, 1, v_next), agreement_month(v_g.id, v_g.seq + 1), v_next, app_now());
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- The customer ends their subscription: nothing more is charged, and what is paid stays open until
-- its period ends.  What was asked for and not paid is forgiven.
--   cancelled (the day it ends)   known (it was before)   unknown
CREATE OR REPLACE FUNCTION agreement_cancel(p_number text) RETURNS TABLE (answer text, ends_on date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The agreement of an order is over: nothing that is open is asked for any more; what is under way at the
-- gateway right now ends as it ends (attempt_failing() forgives it when it fails).  Again it does nothing.
CREATE OR REPLACE FUNCTION agreement_stop(p_order bigint, p_why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What was paid under an agreement went back, all of it or what its product cost: it is over, with
-- its access.  With a subscription staff choose, whatever REFUND gives back of it.  Whether it ended.
CREATE OR REPLACE FUNCTION agreement_paid_back(p_order bigint, p_refund bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- --- attempts ---

-- The method that is charged for a due: its agreement's own, else the customer's default, else the
-- backup; NULL for none.
CREATE OR REPLACE FUNCTION due_method(p_due bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (
        SELECT m.id FROM dues d LEFT JOIN agreements g ON g.id = d.agreement_id JOIN payment_methods m ON m.customer_id = d.customer_id
        WHERE d.id = p_due AND m.detached_at IS NULL AND (m.is_default OR m.is_backup OR m.id = g.method_id)
        ORDER BY coalesce(m.id = g.method_id, false) DESC, m.is_default DESC LIMIT 1);
END $$;

-- Whether what an agreement asks for may be charged still: not once its access ended (a refund, a
-- dispute), nor when everything that came for instalments was paid back.
CREATE OR REPLACE FUNCTION agreement_charges(p_agreement bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp COST 1000
AS $$
BEGIN
        RETURN (
        SELECT EXISTS (SELECT FROM agreements g JOIN access a ON a.order_id = g.order_id AND a.status <> 'ended'
                       JOIN payments p ON p.order_id = g.order_id AND p.allocated_minor > 0
                            AND (p.refunded_minor < p.amount_minor OR g.kind = 'subscription')
                       WHERE g.id = p_agreement AND g.status = 'live'));
END $$;

-- An attempt to pay a due, at most one live at a time.
--   P_METHOD      saved method to charge; NULL: the one of due_method(); on session NULL: the
--                 gateway's hosted page, which the caller opens with the attempt's key
--   P_ON_SESSION  the customer is there and can answer their bank
--   P_PLANNED_AT  when it is made; NULL or past: now.  A planned one that was not sent yet gives way
--                 to one that is made now.
--   P_CLASS, P_WHY  what the planner thought: class of decline that it answers, sentence for staff
-- NULL: refused, because the due is not open, one is live, there is no such method, the agreement is
-- over (agreement_charges()), or what is left is no amount that a card can pay (money_step()).  Of a plan's
-- payment it is for what one can: what is less than a step is due_rest()'s.
CREATE OR REPLACE FUNCTION due_attempt(p_due bigint, p_method bigint, p_on_session boolean, p_planned_at timestamptz,
                                       p_class text, p_why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_due dues;
        v_method payment_methods;
        v_id bigint;
        v_now boolean := coalesce(p_planned_at, '-infinity') <= app_now();
        v_hosted boolean := p_on_session AND p_method IS NULL;
        v_minor bigint;
BEGIN
        PERFORM FROM attempts WHERE due_id = p_due AND live FOR UPDATE;
        SELECT * INTO v_due FROM dues WHERE id = p_due FOR UPDATE;
        IF NOT FOUND OR v_due.status <> 'open' OR (v_due.agreement_id IS NOT NULL AND NOT agreement_charges(v_due.agreement_id)) THEN
                RETURN NULL;
        END IF;
        v_minor := card_minor(v_due.amount_minor - v_due.paid_minor, v_due.currency);
        IF v_minor = 0 OR (v_due.agreement_id IS NULL AND v_minor < v_due.amount_minor - v_due.paid_minor) THEN
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
                -- What was planned for later; not what another transaction, which began after this one, made while we waited.
                UPDATE attempts SET status = 'cancelled' WHERE due_id = p_due AND status = 'created' AND planned_at > greatest(app_now(), created_at);
        END IF;
        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status, payment_method_id,
                              on_session, planned_at, class, why, created_at, sent_at)
        SELECT v_due.id, v_due.order_id, v_due.customer_id, a.id, v_minor, v_due.currency,
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

-- The amount, and those that it came in the place of when the plan changed: of the same day.
CREATE OR REPLACE FUNCTION due_same(p_due bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN QUERY SELECT p_due UNION SELECT e.id FROM dues d JOIN dues e ON e.agreement_id = d.agreement_id AND e.due_on = d.due_on AND e.status = 'replaced' WHERE d.id = p_due;
END $$;

-- Why METHOD is not charged for this due, whoever asks: never (its bank refused it for good, for
-- whatever amount, or for a detail for this one, and it was not changed since), limit (15 times in 30
-- days for one amount; for one card what the strictest network allows, 10 in a day and 20 in 30 days).
-- NULL: it may be.
CREATE OR REPLACE FUNCTION charge_refused(p_due bigint, p_method bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
        RETURN (
        SELECT CASE
                WHEN EXISTS (SELECT FROM attempts a JOIN cases c ON c.attempt_id = a.id JOIN payment_methods m ON m.id = a.payment_method_id
                             WHERE a.payment_method_id = p_method AND m.updated_at <= c.failed_at
                               AND (c.class = 'never_again' OR (c.class = 'fix_card' AND c.due_id = p_due AND c.status IN ('open', 'waiting'))))
                  -- Another one that failed since is the case's reason now, and changes nothing for this one.
                  OR EXISTS (SELECT FROM attempts a JOIN payment_methods m ON m.id = a.payment_method_id
                             WHERE a.payment_method_id = p_method AND m.updated_at <= a.settled_at
                               AND (a.refusal = 'never_again' OR (a.refusal = 'fix_card' AND a.due_id IN (SELECT due_same(p_due))))) THEN 'never'
                WHEN (SELECT count(*) FROM attempts WHERE due_id IN (SELECT due_same(p_due)) AND kind = 'off_session' AND sent_at > app_now() - interval '30 days') >= 15
                  OR (SELECT count(*) FROM attempts WHERE payment_method_id = p_method AND sent_at > app_now() - interval '1 day') >= 10
                  OR (SELECT count(*) FROM attempts WHERE payment_method_id = p_method AND sent_at > app_now() - interval '30 days') >= 20 THEN 'limit' END);
END $$;

-- The method that is charged for a due by itself: of due_method(), or the backup where its bank
-- refused that one for good; NULL for none.
CREATE OR REPLACE FUNCTION charge_method(p_due bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (
        SELECT CASE WHEN charge_refused(p_due, f.id) = 'never' THEN (
                        SELECT max(m.id) FROM payment_methods m JOIN dues d ON d.customer_id = m.customer_id
                        WHERE d.id = p_due AND m.is_backup AND m.detached_at IS NULL AND m.id <> f.id AND charge_refused(p_due, m.id) IS NULL)
                    ELSE f.id END
        FROM (SELECT due_method(p_due) AS id) f);
END $$;

-- Before an attempt is sent: 'post' marks it sent (the caller commits, then posts with KEY), 'ask'
-- when it was sent before, 'later' when its time has not come, 'over' when there is nothing to do:
-- it was paid, or paid back and ended, since it was planned.
CREATE OR REPLACE FUNCTION charge_take(p_attempt bigint)
RETURNS TABLE (state text, key text, amount_minor bigint, currency text, method_ref text, gateway_customer text,
               order_number text, title text, on_session boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        ELSIF v_a.status = 'created' AND (v_d.status <> 'open' OR card_minor(v_d.amount_minor - v_d.paid_minor, v_d.currency) <> v_a.amount_minor
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

-- What the gateway said of an attempt that is not paid: failed, cancelled, processing,
-- requires_action (URL is where the customer answers their bank), unknown.
CREATE OR REPLACE FUNCTION charge_result(p_attempt bigint, p_status text, p_ref text, p_url text, p_error text, p_decline text,
                                         p_advice text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE attempts SET status = p_status, gateway_ref = coalesce(gateway_ref, p_ref), session_url = coalesce(p_url, session_url),
                            error_code = coalesce(p_error, error_code), decline_code = coalesce(p_decline, p_error, decline_code),
                            advice_code = coalesce(p_advice, advice_code)
        WHERE id = p_attempt AND live AND (status <> p_status OR p_ref IS NOT NULL) AND NOT (p_status = 'unknown' AND status <> 'sent')
$$;

-- Charge what is due: once on its day by itself, which has begun where the customer lives too, for their
-- plan names the days as they have them; retries are the planner's.  A card that its bank
-- refused for good before is not asked again, the backup is.  Without one that may be charged the
-- attempt has failed before it began.  Where none is saved at all somebody pays by hand: reminders ask
-- on the day, and it has failed once the days of due_hand_days() have gone by.  What took over the retry of
-- an amount in whose place it came (agreement_retries()) is charged no sooner than that.
CREATE OR REPLACE FUNCTION dues_charge(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_d record;
        v_method bigint;
        v_n integer := 0;
BEGIN
        PERFORM dues_rest(p_customer);
        FOR v_d IN
                SELECT d.*, (SELECT max(a.planned_at) FROM attempts a WHERE a.due_id = d.id AND a.status = 'cancelled' AND a.sent_at IS NULL AND a.planned_at > app_now()) AS not_before
                FROM dues d JOIN agreements g ON g.id = d.agreement_id
                WHERE d.status = 'open' AND g.status = 'live' AND d.due_on <= today_in(g.zone) AND d.due_on <= today_in(due_zone(d.id)) AND agreement_charges(g.id)
                  AND (p_customer IS NULL OR d.customer_id = p_customer)
                  -- One that gave way before it was made, to the gateway's page, a transfer or another amount, charged
                  -- nobody; in a case that is the planner's.
                  AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = d.id
                                  AND (a.live OR (a.kind = 'off_session' AND (a.status <> 'cancelled' OR a.sent_at IS NOT NULL
                                                                              OR EXISTS (SELECT FROM cases c WHERE c.due_id = d.id AND c.status IN ('open', 'waiting'))))))
                  AND (due_method(d.id) IS NOT NULL OR d.due_on + due_hand_days(d.id) <= today_in(g.zone))
                ORDER BY d.due_on, d.id LIMIT 1000
        LOOP
                -- What a card cannot pay, in steps of its currency, waits for the customer.
                v_method := CASE WHEN card_minor(v_d.amount_minor - v_d.paid_minor, v_d.currency) > 0 THEN charge_method(v_d.id) END;
                IF v_method IS NOT NULL THEN
                        PERFORM due_attempt(v_d.id, v_method, false, v_d.not_before, NULL, 'It is due today.');
                ELSE
                        PERFORM due_unpayable(v_d.id, 'It is due today.');
                END IF;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- BEFORE UPDATE OF status on attempts: when it ended.
CREATE OR REPLACE FUNCTION attempt_ended() RETURNS trigger LANGUAGE plpgsql
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        NEW.settled_at := CASE WHEN NEW.status IN ('succeeded', 'failed', 'cancelled') THEN coalesce(NEW.settled_at, app_now()) END;
        RETURN NEW;
END $$;

-- AFTER UPDATE OF status on attempts: one that failed for an amount of an agreement is a case; of
-- one that is over it is nothing.
CREATE OR REPLACE FUNCTION attempt_failing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NEW.status NOT IN ('failed', 'cancelled') OR OLD.status = NEW.status THEN
                RETURN NULL;
        END IF;
        -- What was to be paid early and was not is due on the days of before: nobody is late.
        IF early_failed(NEW.due_id) THEN
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

-- AFTER UPDATE OF status on dues: what follows from an amount that is paid, or owed again.
CREATE OR REPLACE FUNCTION due_moving() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
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
GRANT EXECUTE ON FUNCTION attempt_ended(), attempt_failing(), due_moving() TO lk_owner;

-- --- access by its timetable ---

-- So far down, from 1, a payment takes access that is DAYS late (NULL: none is).
CREATE OR REPLACE FUNCTION level_of_days(p_g agreements, p_days integer) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN p_days >= p_g.locked_days THEN 4 WHEN p_days >= p_g.read_only_days THEN 3 WHEN p_days >= p_g.nothing_new_days THEN 2 ELSE 1 END
$$;

-- Where an agreement stands, and what its access is by that: the last instalment makes it
-- permanent; days overdue take it down by the timetable; a payment brings it back at once.  While a
-- subscription pauses it can be read.
CREATE OR REPLACE FUNCTION agreement_settle(p_agreement bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        IF agreement_paused(p_agreement) THEN
                v_least := greatest(v_least, 3);
        END IF;
        UPDATE access a SET status = n.status, since_at = app_now()
        FROM access now CROSS JOIN LATERAL (SELECT CASE
                WHEN v_g.status = 'completed' THEN 'permanent'
                ELSE v_levels[greatest(v_least, least(v_late, array_position(v_levels, now.status)))] END AS status) n
        WHERE a.id = now.id AND now.order_id = v_g.order_id AND now.reason = 'payment'
          AND now.status NOT IN ('waiting', 'ended', 'permanent', n.status);
END $$;

-- Every agreement whose access may have to change with the day.
CREATE OR REPLACE FUNCTION access_levels(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
        v_n integer := 0;
BEGIN
        FOR v_id IN
                SELECT DISTINCT g.id FROM agreements g JOIN dues d ON d.agreement_id = g.id
                WHERE g.status = 'live' AND d.status IN ('open', 'written_off') AND d.due_on < today_in(g.zone)
                  AND (p_customer IS NULL OR g.customer_id = p_customer)
                UNION
                SELECT id FROM agreements WHERE status = 'live' AND cancel_asked_at IS NOT NULL AND (p_customer IS NULL OR customer_id = p_customer)
                UNION
                SELECT g.id FROM agreements g JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version
                WHERE g.status = 'live' AND g.kind = 'subscription' AND (v.terms ->> 'next_on')::date > today_in(g.zone) - 40
                  AND (p_customer IS NULL OR g.customer_id = p_customer)
                UNION
                SELECT g.id FROM agreements g JOIN access a ON a.order_id = g.order_id
                WHERE g.status = 'completed' AND a.reason = 'payment' AND a.status NOT IN ('waiting', 'ended', 'permanent')
                  AND (p_customer IS NULL OR g.customer_id = p_customer)
                ORDER BY 1
        LOOP
                PERFORM agreement_settle(v_id);
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- The hour's round; of one customer where the time machine asks.
CREATE OR REPLACE FUNCTION dues_scan(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT periods_ahead(p_customer) + dues_charge(p_customer) + access_levels(p_customer) * 0 $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON agreements FOR EACH ROW EXECUTE FUNCTION moved('agreement');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON method_setups FOR EACH ROW EXECUTE FUNCTION moved('setup');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON cases FOR EACH ROW EXECUTE FUNCTION moved('case');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON promises FOR EACH ROW EXECUTE FUNCTION moved('promise');
CREATE OR REPLACE TRIGGER frozen BEFORE UPDATE OR DELETE ON message_texts FOR EACH ROW EXECUTE FUNCTION frozen();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreement_versions FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER append_only_all BEFORE TRUNCATE ON agreement_versions FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER attempt_ended BEFORE UPDATE OF status ON attempts FOR EACH ROW EXECUTE FUNCTION attempt_ended();
CREATE OR REPLACE TRIGGER attempt_failing AFTER UPDATE OF status ON attempts FOR EACH ROW EXECUTE FUNCTION attempt_failing();
CREATE OR REPLACE TRIGGER due_moving AFTER UPDATE OF status ON dues FOR EACH ROW EXECUTE FUNCTION due_moving();
RESET ROLE;
