-- Paid means in: from the gateway's word to the grant, in one transaction (S0.1, S0.2).
-- Lock order everywhere: attempt, payment, dues by id, order.
SET ROLE lk_definer;

-- Open what an order's paid lines give.  Called inside the transaction that books the last
-- payment.  A cohort that starts later waits, with its day (S0.8).
CREATE OR REPLACE FUNCTION order_grant(p_order bigint, p_payment bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
                                   CASE WHEN EXISTS (SELECT FROM offer_versions WHERE id = v_line.offer_version_id AND schedule IS NOT NULL) OR EXISTS (SELECT FROM agreements WHERE order_id = p_order)
                                        THEN (SELECT sum(paid_minor)::bigint FROM dues WHERE order_id = p_order) ELSE v_line.amount_minor END);
        END LOOP;
        UPDATE orders SET status = 'paid', paid_at = v_paid, granted_at = greatest(app_now(), v_paid)
        WHERE id = p_order AND status <> 'paid';
        PERFORM rollup_add('granted_ms', 0, '', greatest(0, extract(epoch FROM app_now() - v_paid) * 1000)::bigint);
        PERFORM message_parties('access_open', 'order', p_order, CASE WHEN v_again THEN 'again ' || p_payment ELSE '' END, p_order, 'access');
        PERFORM agreement_begin(p_order);
END $$;

-- Hand out the next free key, where the product has keys.  None left is an alarm, never a
-- refused grant.
CREATE OR REPLACE FUNCTION licence_assign(p_line bigint, p_product bigint, p_person bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Book a payment that the gateway confirmed.  The event, the return page, the janitor and
-- reconcile all come here; a second call for the same payment does nothing.
--   booked   it is new: allocated, access granted where nothing more is owed
--   known    it was booked before
--   mismatch amount or currency differ from what we asked for: recorded, nothing granted
--   foreign  no attempt of ours
CREATE OR REPLACE FUNCTION payment_apply(
        p_account bigint, p_key text, p_payment_ref text, p_session_ref text, p_charge_ref text,
        p_amount bigint, p_currency text, p_paid_at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
                        IF due_rest(v_due.id) = 'last' THEN
                                PERFORM due_unpayable(v_due.id, 'A card cannot pay what is left.');
                        END IF;
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

-- What came above what was owed is offered back: a refund that staff approve, and a mail.
CREATE OR REPLACE FUNCTION payment_offer_back(p_payment bigint, p_amount bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What the gateway tells about a booked payment: card, statement, fee, the charge's own time.
CREATE OR REPLACE FUNCTION payment_detail(
        p_payment bigint, p_charge_ref text, p_paid_at timestamptz, p_kind text, p_brand text, p_last_four text,
        p_statement text, p_fee bigint, p_fee_currency text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
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
END $$;

-- Store a verified event (safety rule 1).  'new', or 'known' when it was here before.
CREATE OR REPLACE FUNCTION event_store(
        p_account text, p_event text, p_type text, p_source text, p_body text, p_made_at timestamptz, p_acts text,
        p_key text, p_payment text, p_session text, p_charge text, p_object text, p_amount bigint, p_currency text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Settle a stored event.  'skipped' when somebody else has it in hand or it is settled.
CREATE OR REPLACE FUNCTION event_apply(p_account text, p_event text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- It could not be settled: again after 10 s, 1 min, 10 min, 1 h; after eight tries it is
-- poison and somebody must look.
CREATE OR REPLACE FUNCTION event_failed(p_account text, p_event text, p_error text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;
