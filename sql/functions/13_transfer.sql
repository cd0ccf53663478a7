-- Bank transfers: from the choice at the checkout to the credit that staff match, and rights
-- whose day is not today (S0.8, S1.3).  Lock order: bank line, attempt, payment, dues, order.
SET ROLE lk_definer;

-- The RF creditor reference (ISO 11649) of an order's number: check digits by mod 97, where
-- letters count as 10 to 35.
CREATE OR REPLACE FUNCTION transfer_reference(p_number text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT 'RF' || lpad((98 - string_agg(CASE WHEN c ~ '[0-9]' THEN c ELSE (ascii(c) - 55)::text END, '' ORDER BY i)::numeric % 97)::text, 2, '0')
               || p_number
        FROM regexp_split_to_table(p_number || 'RF00', '') WITH ORDINALITY AS s(c, i)
$$;

-- A day WORKING days after P_FROM: weekends do not count, holidays nobody knows.
CREATE OR REPLACE FUNCTION working_day(p_from date, p_working integer) RETURNS date
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT d::date FROM generate_series(p_from + 1, p_from + 1 + p_working * 7, interval '1 day') d
        WHERE extract(isodow FROM d) < 6 ORDER BY d OFFSET greatest(p_working, 1) - 1 LIMIT 1
$$;

-- The checkout chose the bank transfer: the attempt that order_begin made in this same
-- transaction (its KEY is known to nobody else) leaves the gateway for the bank.  Called again
-- it changes nothing.  False when the order takes no transfer any more.
CREATE OR REPLACE FUNCTION transfer_begin(p_key text, p_days integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- What the payer wrote, as it can be compared: no blanks, capitals, I L O as 1 1 0.
CREATE OR REPLACE FUNCTION transfer_plain(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$ SELECT translate(upper(regexp_replace(p_text, '[^A-Za-z0-9]', '', 'g')), 'ILO', '110') $$;

-- The order whose number stands in what the payer wrote, within a creditor reference or by
-- itself; NULL for none.  OFFSET 0: the text is made plain once, not for each of its places.
CREATE OR REPLACE FUNCTION transfer_find(p_text text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT o.id FROM (SELECT transfer_plain(p_text) AS t OFFSET 0) s CROSS JOIN LATERAL generate_series(1, least(length(s.t), 500) - 9) i
                         JOIN orders o ON o.number = substr(s.t, i, 10)
        ORDER BY i LIMIT 1
$$;

-- What each credit that is not settled seems to pay, and why:
--   sure       the reference is the order's and the amount is what is owed
--   reference  the reference is the order's, the amount is not
--   amount     one order alone waits for this amount, and the payer's name is the buyer's
-- Staff decide; nothing is matched by itself.
CREATE OR REPLACE FUNCTION transfer_suggest(p_line bigint)
RETURNS TABLE (order_id bigint, order_number text, confidence text, owed_minor bigint, order_status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- One credit on the bank account; true when it is new.  A statement that is brought in twice,
-- or by two people, is there once.
CREATE OR REPLACE FUNCTION bank_line_add(
        p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text,
        p_payer text, p_iban text, p_source text, p_staff bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- The same from the staff pages.
CREATE OR REPLACE FUNCTION staff_bank_line(
        p_statement text, p_line integer, p_booked_on date, p_amount bigint, p_currency text, p_reference text,
        p_payer text, p_iban text, p_source text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NOT staff_may('match') THEN
                RETURN false;
        END IF;
        RETURN bank_line_add(p_statement, p_line, p_booked_on, p_amount, p_currency, p_reference, p_payer, p_iban, p_source, staff_me());
END $$;

-- Book LINE for the order NUMBER.  ANYWAY: also when the order is over or paid already.
--   paid      what was owed is paid; access is open, or waits for its day
--   over      the same, and more came than was owed: the rest is offered back
--   short     it was not enough; the customer is told what is missing
--   twice     nothing was owed any more; all of it is offered back
--   taken     the credit is settled already, by somebody else or a second click
--   unknown   no such order;  currency: it is in another one
--   closed    the order is over and not paid: say ANYWAY to take the money and open it
--   settled   nothing is owed: say ANYWAY to book it and offer it back
--   denied    no right to
CREATE OR REPLACE FUNCTION transfer_match(p_line bigint, p_number text, p_anyway boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
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
END $$;

-- The part of a credit that a due takes, and what follows from it.
CREATE OR REPLACE FUNCTION transfer_allocate(p_order bigint, p_payment bigint, p_due bigint, p_part bigint, p_rest bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        PERFORM due_rest(p_due);
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
                p_rest := transfer_pays_all(p_order, p_payment, p_rest);
        END IF;
        IF p_rest > 0 THEN
                PERFORM transfer_offer_back(p_payment, p_rest, false);
                RETURN 'over';
        END IF;
        RETURN 'paid';
END $$;

-- What was more than owed: a refund that staff pay out by the bank, and a mail.
CREATE OR REPLACE FUNCTION transfer_offer_back(p_payment bigint, p_amount bigint, p_twice boolean) RETURNS void
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
                p_amount, p_amount, 'asked', CASE WHEN p_twice THEN 'duplicate' ELSE 'too_much' END, app_now())
        RETURNING id INTO v_refund;
        PERFORM message_add(CASE WHEN p_twice THEN 'paid_twice' ELSE 'paid_too_much' END, 'refund', v_refund, '', v_p.customer_id,
                            (SELECT email FROM orders WHERE id = v_p.order_id));
END $$;

-- Staff paid a refund of a bank payment out by the bank: booked, gone (no such refund to pay).
CREATE OR REPLACE FUNCTION transfer_paid_back(p_refund bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Finance take a match back that was wrong; P_PAYMENT names it, so that an old form takes no newer
-- one back.  Nothing is deleted: the payment is refunded in the books by a refund of kind unmatched,
-- its allocations are reversed, and the line can be matched again.  An order that it paid is open
-- once more, and what that opened ends until it is paid.
--   undone
--   gone       it was taken back before
--   paid_back  money of it went back to the customer already
--   several    other payments paid the order together with it (instalments and periods too), and a
--              receipt is out: pay it back instead
--   unknown    no such match
CREATE OR REPLACE FUNCTION transfer_undo(p_payment bigint, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
        ELSIF v_ended AND (v_p.allocated_minor <> v_o.total_minor OR (SELECT count(*) FROM allocations WHERE payment_id = p_payment) > 1
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

-- What P_P paid is owed again.  ENDED: the order was paid, so its access ends and its papers are
-- taken back by a credit note; whoever uses it and does not pay is told as well.
CREATE OR REPLACE FUNCTION transfer_unpaid(p_p payments, p_o orders, p_refund bigint, p_ended boolean, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- BEFORE UPDATE: when a line was settled; it is free again only once its payment is taken back.
CREATE OR REPLACE FUNCTION line_settles() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF OLD.status = 'matched' AND NEW.status <> 'matched' AND EXISTS (SELECT FROM payments WHERE bank_line_id = OLD.id AND undone_at IS NULL) THEN
                RAISE EXCEPTION 'its payment stands' USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.settled_at := CASE WHEN NEW.status <> 'new' THEN app_now() END;
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION line_settles() TO lk_owner;

-- BEFORE UPDATE: a paid order opens again only when the match that paid it was taken back.
CREATE OR REPLACE FUNCTION order_reopens() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NOT EXISTS (SELECT FROM dues WHERE order_id = NEW.id AND status = 'open')
           OR NOT EXISTS (SELECT FROM payments WHERE order_id = NEW.id AND undone_at IS NOT NULL) THEN
                RAISE EXCEPTION 'what paid it stands' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION order_reopens() TO lk_owner;

-- A credit that is no order's: put aside with a reason, and taken up again.  False: not so.
CREATE OR REPLACE FUNCTION bank_line_set_aside(p_line bigint, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- A credit that is the gateway's payout: our own money from one account to the other.
-- False: not so.
CREATE OR REPLACE FUNCTION bank_line_payout(p_line bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

CREATE OR REPLACE FUNCTION bank_line_take_up(p_line bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Orders that wait for a transfer: one reminder two days before, an end when the day is over.
-- Whoever bought the same by another way meanwhile is left in peace; a part that came is kept
-- and staff are asked.
CREATE OR REPLACE FUNCTION transfers_due(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
                WHERE o.status = 'open' AND o.expires_at < app_now() + interval '3 days' AND (p_customer IS NULL OR o.customer_id = p_customer)
                ORDER BY o.id LIMIT 500
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

-- The days that mails and pages told have moved: say so, each move once (S0.8).
CREATE OR REPLACE FUNCTION access_moved(p_access bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT message_add('access_moved', 'order', a.order_id, to_char(a.expected_on, 'YYYY-MM-DD') || to_char(app_now() AT TIME ZONE 'UTC', ' "told" YYYY-MM-DD HH24:MI:SS'), a.person_id,
                           (SELECT c.email FROM customers c WHERE c.id = a.person_id))
        FROM access a WHERE a.id = p_access AND a.status = 'waiting'
$$;

-- Cohorts whose day was moved in the product: those who wait follow it, unless staff set their
-- day by hand.
CREATE OR REPLACE FUNCTION access_follow_start(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_row record;
        v_n integer := 0;
BEGIN
        FOR v_row IN
                SELECT a.id, v.starts_on FROM access a JOIN products p ON p.id = a.product_id
                       JOIN product_versions v ON v.id = p.version_id
                WHERE a.status = 'waiting' AND a.waiting_for = 'start' AND a.expected_by IS NULL
                  AND v.starts_on <> a.expected_on AND (p_customer IS NULL OR a.person_id = p_customer) ORDER BY a.id LIMIT 500
        LOOP
                UPDATE access SET expected_on = v_row.starts_on WHERE id = v_row.id AND status = 'waiting';
                IF v_row.starts_on > (app_now() AT TIME ZONE 'UTC')::date THEN
                        PERFORM access_moved(v_row.id);
                END IF;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- Staff open what waits for a check (or a start): granted, has, unknown.
CREATE OR REPLACE FUNCTION staff_release(p_number text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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

-- Staff move the day on which waiting access is expected: moved, same, unknown.
CREATE OR REPLACE FUNCTION staff_expect(p_number text, p_day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
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
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON bank_lines FOR EACH ROW EXECUTE FUNCTION moved('bank_line');
CREATE OR REPLACE TRIGGER order_reopens BEFORE UPDATE OF status ON orders FOR EACH ROW WHEN (OLD.status = 'paid' AND NEW.status = 'open') EXECUTE FUNCTION order_reopens();
CREATE OR REPLACE TRIGGER line_settles BEFORE UPDATE OF status ON bank_lines FOR EACH ROW EXECUTE FUNCTION line_settles();
RESET ROLE;
