-- Money that goes back: refunds and disputes, booked from the gateway's present state.
SET ROLE lk_definer;

-- End the rights that a line gave; no other.
CREATE OR REPLACE FUNCTION line_end(p_line bigint, p_reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE access SET status = 'ended', end_reason = p_reason, waiting_for = NULL, expected_on = NULL, since_at = app_now()
        WHERE order_line_id = p_line AND status <> 'ended'
$$;

-- What is paid over time: everything that ever came for it went back.
CREATE OR REPLACE FUNCTION order_paid_back(p_order bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT EXISTS (SELECT FROM agreements WHERE order_id = p_order)
               AND coalesce((SELECT sum(r.amount_minor - r.credit_minor) FROM refunds r JOIN payments p ON p.id = r.payment_id
                             WHERE r.order_id = p_order AND r.status = 'succeeded' AND p.undone_at IS NULL)
                            >= (SELECT nullif(sum(allocated_minor), 0) FROM payments WHERE order_id = p_order AND undone_at IS NULL), false)
$$;

-- A subscription is paid month by month: what went back of it ends it where staff chose so, else only
-- once all that came went back.
CREATE OR REPLACE FUNCTION order_subscribed(p_order bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT EXISTS (SELECT FROM agreements WHERE order_id = p_order AND kind = 'subscription') $$;

-- Give back a right that ended for REASON (a dispute won, a refund that failed), unless the
-- other of the two still stands against it: then it stays ended, for that reason.
CREATE OR REPLACE FUNCTION line_restore(p_line bigint, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_why text;
BEGIN
        SELECT CASE WHEN (l.refunded_minor = l.cost_minor AND NOT order_subscribed(l.order_id)) OR order_paid_back(l.order_id) THEN 'refund'
                    WHEN EXISTS (SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id
                                 WHERE d.order_id = l.order_id AND d.status <> 'won' AND p.allocated_minor > 0) THEN 'dispute' END
        INTO STRICT v_why FROM order_lines l WHERE l.id = p_line;
        UPDATE access SET status = CASE WHEN v_why IS NULL THEN 'full' ELSE 'ended' END, end_reason = v_why, since_at = app_now()
        WHERE order_line_id = p_line AND status = 'ended' AND end_reason = p_reason;
        PERFORM licence_assign(a.order_line_id, a.product_id, a.person_id) FROM access a
        WHERE a.order_line_id = p_line AND a.status = 'full';
END $$;

-- Book a refund as the gateway shows it now.  LINE (may be NULL) is our line from its
-- metadata.  booked, known, foreign (no such payment here).
CREATE OR REPLACE FUNCTION refund_apply(
        p_account bigint, p_ref text, p_payment_ref text, p_key text, p_amount bigint, p_currency text, p_status text,
        p_reason text, p_line bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_payment payments;
        v_refund refunds;
        v_status text := CASE p_status WHEN 'succeeded' THEN 'succeeded' WHEN 'failed' THEN 'failed'
                                       WHEN 'canceled' THEN 'failed' ELSE 'sent' END;
BEGIN
        SELECT * INTO v_payment FROM payments WHERE account_id = p_account AND gateway_ref = p_payment_ref FOR UPDATE;
        IF NOT FOUND OR v_payment.currency <> p_currency THEN
                RETURN 'foreign';
        END IF;
        SELECT * INTO v_refund FROM refunds WHERE account_id = p_account AND gateway_ref = p_ref FOR UPDATE;
        IF NOT FOUND AND p_key IS NOT NULL THEN
                SELECT * INTO v_refund FROM refunds WHERE key = p_key AND payment_id = v_payment.id FOR UPDATE;
        END IF;
        IF NOT FOUND THEN
                -- Made at the gateway.  One that gives a second payment back settles our offer.
                SELECT * INTO v_refund FROM refunds
                WHERE payment_id = v_payment.id AND kind = 'second' AND status = 'asked' AND gateway_ref IS NULL
                      AND amount_minor = p_amount ORDER BY id LIMIT 1 FOR UPDATE;
        END IF;
        IF v_refund.id IS NULL THEN
                IF v_status = 'failed' THEN
                        RETURN 'known';
                END IF;
                INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, gateway_ref, kind, amount_minor,
                                     status, reason, created_at)
                VALUES (v_payment.id, v_payment.order_id, v_payment.customer_id, p_currency, p_account, p_ref, 'gateway', p_amount,
                        'sent', coalesce(p_reason, ''), app_now())
                RETURNING * INTO v_refund;
        ELSIF v_refund.gateway_ref IS NULL THEN
                UPDATE refunds SET gateway_ref = p_ref WHERE id = v_refund.id;
        END IF;
        IF v_refund.status = v_status OR (v_status = 'sent' AND v_refund.status IN ('unknown', 'succeeded', 'failed'))
           OR (v_status = 'succeeded' AND v_refund.status = 'failed') THEN
                RETURN 'known';
        END IF;
        IF v_refund.status = 'approved' THEN
                -- The gateway's word is here before our own note that it was sent.
                UPDATE refunds SET status = 'sent' WHERE id = v_refund.id RETURNING * INTO v_refund;
        END IF;
        IF v_status = 'sent' THEN
                RETURN 'booked';
        END IF;
        IF v_status = 'succeeded' THEN
                PERFORM refund_settle(v_refund.id, p_line);
        ELSIF v_refund.status = 'succeeded' THEN
                PERFORM refund_undo(v_refund.id);
        ELSIF v_refund.status IN ('sent', 'unknown') THEN
                UPDATE refunds SET status = 'failed' WHERE id = v_refund.id;
                IF v_refund.kind <> 'gateway' THEN
                        PERFORM alarm_raise('refund_failed', 'order', v_refund.order_id, 'A refund failed at the bank and the money came back. Pay it out another way.');
                END IF;
        END IF;
        RETURN 'booked';
END $$;

-- The money went back: counters, books, the access that it concerns, paper and mail.
CREATE OR REPLACE FUNCTION refund_settle(p_refund bigint, p_line bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_r refunds;
        v_p payments;
        v_credit bigint;
        v_rest bigint;
        v_from text;
BEGIN
        SELECT * INTO STRICT v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        SELECT * INTO STRICT v_p FROM payments WHERE id = v_r.payment_id FOR UPDATE;
        v_from := CASE WHEN v_p.bank_line_id IS NULL THEN 'gateway:stripe' ELSE 'bank' END;
        -- What came above what was owed goes back first, unless staff named the lines.
        SELECT least(v_r.amount_minor, v_p.amount_minor - v_p.allocated_minor - coalesce(sum(credit_minor), 0)) INTO v_credit
        FROM refunds WHERE payment_id = v_p.id AND status = 'succeeded';
        v_credit := CASE WHEN EXISTS (SELECT FROM refund_wants WHERE refund_id = p_refund) THEN 0 ELSE greatest(v_credit, 0) END;
        v_rest := v_r.amount_minor - v_credit;
        UPDATE payments SET refunded_minor = refunded_minor + v_r.amount_minor WHERE id = v_p.id;
        UPDATE refunds SET status = 'succeeded', settled_at = app_now(), credit_minor = v_credit WHERE id = p_refund;
        IF v_credit > 0 THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('refund:' || p_refund, 1, 'customers', v_from, v_r.currency, v_credit, v_r.order_id, app_now());
        END IF;
        IF v_rest > 0 THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('refund:' || p_refund, 2, 'refunds', v_from, v_r.currency, v_rest, v_r.order_id, app_now());
                PERFORM refund_share(p_refund, v_rest, p_line);
                IF agreement_paid_back(v_r.order_id, p_refund) THEN
                        UPDATE refund_items SET ends_access = true WHERE refund_id = p_refund;
                END IF;
                PERFORM job_add(1, 'credit_note', p_refund::text);
        END IF;
        UPDATE alarms SET closed_at = app_now()
        WHERE kind = 'paid_twice' AND object = 'order' AND object_id = v_r.order_id AND closed_at IS NULL AND v_r.kind = 'second';
        UPDATE alarms SET closed_at = app_now()
        WHERE kind = 'refund_failed' AND object = 'order' AND object_id = v_r.order_id AND closed_at IS NULL AND v_r.kind IN ('staff', 'withdrawal');
        PERFORM message_parties('refunded', 'refund', p_refund, '', v_r.order_id, 'bills', v_rest > 0);
        PERFORM rollup_add('refunded', 0, v_r.currency, v_r.amount_minor);
        PERFORM evidence_add(v_r.customer_id, v_r.order_id, 'refunded',
                             jsonb_build_object('refund', v_r.gateway_ref, 'amount_minor', v_r.amount_minor, 'currency', v_r.currency));
END $$;

-- Which lines a refund is for: those that staff named; all of them once everything went back; the
-- one it names; the only one that fits; else nobody's until staff say so.  A line that went back whole ends.
CREATE OR REPLACE FUNCTION refund_share(p_refund bigint, p_amount bigint, p_line bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint;
        v_left bigint;
        v_back bigint;
        v_n integer;
        v_one bigint;
BEGIN
        SELECT order_id INTO STRICT v_order FROM refunds WHERE id = p_refund;
        PERFORM FROM order_lines WHERE order_id = v_order ORDER BY id FOR UPDATE;
        SELECT sum(cost_minor - refunded_minor), count(*),
               CASE WHEN count(*) FILTER (WHERE cost_minor - refunded_minor = p_amount) = 1
                    THEN min(id) FILTER (WHERE cost_minor - refunded_minor = p_amount) END
        INTO v_left, v_n, v_one FROM order_lines WHERE order_id = v_order AND refunded_minor < cost_minor;
        SELECT sum(rest) INTO v_back FROM refund_rests(v_order);
        v_one := CASE WHEN v_back = v_left THEN NULL
                      WHEN EXISTS (SELECT FROM order_lines WHERE id = p_line AND order_id = v_order
                                                             AND cost_minor - refunded_minor >= p_amount) THEN p_line
                      WHEN v_one IS NOT NULL THEN v_one
                      WHEN v_n = 1 THEN (SELECT id FROM order_lines WHERE order_id = v_order AND refunded_minor < cost_minor) END;
        IF refund_wanted(p_refund, p_amount) THEN
                PERFORM refund_item_add(p_refund, order_line_id, amount_minor) FROM refund_wants WHERE refund_id = p_refund ORDER BY order_line_id;
        ELSIF v_one IS NOT NULL THEN
                PERFORM refund_item_add(p_refund, v_one, p_amount);
        ELSIF v_back = v_left THEN
                PERFORM refund_share_all(v_order);
        ELSE
                PERFORM alarm_raise('refund_unassigned', 'order', v_order,
                                    'A part of this order was refunded at the gateway, and it is not clear for which product. No access ended.');
                RETURN;
        END IF;
        UPDATE orders SET status = 'refunded'
        WHERE id = v_order AND status = 'paid' AND NOT order_subscribed(v_order)
          AND NOT EXISTS (SELECT FROM order_lines WHERE order_id = v_order AND refunded_minor < cost_minor);
END $$;

-- Staff named the lines, and all of it still fits there.
CREATE OR REPLACE FUNCTION refund_wanted(p_refund bigint, p_amount bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(sum(w.amount_minor) = p_amount AND bool_and(l.refunded_minor + w.amount_minor <= l.cost_minor), false)
        FROM refund_wants w JOIN order_lines l ON l.id = w.order_line_id WHERE w.refund_id = p_refund
$$;

-- What each refund of an order gave back that no line has yet.
CREATE OR REPLACE FUNCTION refund_rests(p_order bigint) RETURNS TABLE (refund_id bigint, rest bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT r.id, (r.amount_minor - r.credit_minor - coalesce((SELECT sum(i.amount_minor) FROM refund_items i WHERE i.refund_id = r.id), 0))::bigint
        FROM refunds r WHERE r.order_id = p_order AND r.status = 'succeeded' ORDER BY r.id
$$;

CREATE OR REPLACE FUNCTION refund_item_add(p_refund bigint, p_line bigint, p_amount bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_whole boolean;
BEGIN
        UPDATE order_lines SET refunded_minor = refunded_minor + p_amount WHERE id = p_line
        RETURNING refunded_minor = cost_minor AND NOT order_subscribed(order_id) INTO STRICT v_whole;
        INSERT INTO refund_items (refund_id, order_line_id, amount_minor, ends_access) VALUES (p_refund, p_line, p_amount, v_whole);
        IF v_whole THEN
                PERFORM line_end(p_line, 'refund');
        END IF;
END $$;

-- Everything went back: each line gets its part, also of refunds that were nobody's so far.
CREATE OR REPLACE FUNCTION refund_share_all(p_order bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_line bigint;
        v_left bigint;
        v_r record;
BEGIN
        FOR v_line, v_left IN SELECT id, cost_minor - refunded_minor FROM order_lines
                              WHERE order_id = p_order AND refunded_minor < cost_minor ORDER BY id
        LOOP
                FOR v_r IN SELECT refund_id, rest FROM refund_rests(p_order) WHERE rest > 0 LOOP
                        EXIT WHEN v_left = 0;
                        PERFORM refund_item_add(v_r.refund_id, v_line, least(v_r.rest, v_left));
                        v_left := v_left - least(v_r.rest, v_left);
                END LOOP;
        END LOOP;
        UPDATE alarms SET closed_at = app_now(), repaired_at = app_now()
        WHERE kind = 'refund_unassigned' AND object = 'order' AND object_id = p_order AND closed_at IS NULL;
END $$;

-- A refund that had succeeded came back to us: the customer has neither money nor access.
CREATE OR REPLACE FUNCTION refund_undo(p_refund bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_r refunds;
        v_item refund_items;
BEGIN
        SELECT * INTO STRICT v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        UPDATE payments SET refunded_minor = refunded_minor - v_r.amount_minor WHERE id = v_r.payment_id;
        UPDATE refunds SET status = 'failed' WHERE id = p_refund;
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        SELECT 'refund-failed:' || p_refund, leg, credit, debit, currency, amount_minor, order_id, app_now()
        FROM ledger WHERE entry = 'refund:' || p_refund;
        FOR v_item IN SELECT * FROM refund_items WHERE refund_id = p_refund LOOP
                UPDATE order_lines SET refunded_minor = refunded_minor - v_item.amount_minor WHERE id = v_item.order_line_id;
                PERFORM line_restore(v_item.order_line_id, 'refund');
        END LOOP;
        UPDATE orders SET status = 'paid'
        WHERE id = v_r.order_id AND status = 'refunded'
          AND EXISTS (SELECT FROM order_lines WHERE order_id = v_r.order_id AND refunded_minor < cost_minor);
        PERFORM alarm_raise('refund_failed', 'order', v_r.order_id, 'A refund failed at the bank and the money came back. Pay it out another way.');
END $$;

-- Book a dispute as the gateway shows it now: booked, known, foreign.  The bank took the
-- money, so the access of that payment's order ends; won, it comes back.
CREATE OR REPLACE FUNCTION dispute_apply(
        p_account bigint, p_ref text, p_payment_ref text, p_amount bigint, p_currency text, p_reason text, p_status text,
        p_due_by timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_payment payments;
        v_dispute disputes;
        v_line bigint;
        v_status text := CASE p_status WHEN 'won' THEN 'won' WHEN 'lost' THEN 'lost' WHEN 'under_review' THEN 'answered' ELSE 'open' END;
BEGIN
        IF p_status LIKE 'warning%' THEN
                RETURN 'foreign';
        END IF;
        SELECT * INTO v_payment FROM payments WHERE account_id = p_account AND gateway_ref = p_payment_ref FOR UPDATE;
        IF NOT FOUND OR v_payment.currency <> p_currency THEN
                RETURN 'foreign';
        END IF;
        SELECT * INTO v_dispute FROM disputes WHERE account_id = p_account AND gateway_ref = p_ref FOR UPDATE;
        IF NOT FOUND THEN
                INSERT INTO disputes (payment_id, order_id, customer_id, currency, account_id, gateway_ref, amount_minor, reason,
                                      status, due_by, created_at)
                VALUES (v_payment.id, v_payment.order_id, v_payment.customer_id, p_currency, p_account, p_ref, p_amount,
                        coalesce(p_reason, ''), 'open', p_due_by, app_now())
                RETURNING * INTO v_dispute;
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('dispute:' || v_dispute.id, 1, 'disputes', 'gateway:stripe', p_currency, p_amount, v_payment.order_id, app_now());
                -- A payment that no due used opened nothing: a second one, disputed, ends nothing.
                IF v_payment.allocated_minor > 0 THEN
                        FOR v_line IN SELECT id FROM order_lines WHERE order_id = v_payment.order_id ORDER BY id LOOP
                                PERFORM line_end(v_line, 'dispute');
                        END LOOP;
                END IF;
                PERFORM alarm_raise('dispute', 'order', v_payment.order_id, 'The bank disputes this payment. Answer it before its deadline.');
                PERFORM dispute_task(v_dispute.id);
                PERFORM evidence_add(v_payment.customer_id, v_payment.order_id, 'disputed', jsonb_build_object('dispute', p_ref, 'reason', p_reason));
        ELSIF v_dispute.status = v_status OR v_dispute.status IN ('won', 'lost') OR v_status = 'open' THEN
                IF p_due_by <> v_dispute.due_by AND v_dispute.status = 'open' THEN
                        UPDATE disputes SET due_by = p_due_by WHERE id = v_dispute.id;
                        UPDATE tasks SET due_at = p_due_by
                        WHERE kind = 'dispute' AND object = 'dispute' AND object_id = v_dispute.id AND status IN ('open', 'claimed');
                END IF;
                RETURN 'known';
        END IF;
        IF v_status <> 'open' THEN
                PERFORM task_settle('dispute', 'dispute', v_dispute.id, '', CASE v_status WHEN 'lost' THEN 'dropped' ELSE 'done' END,
                                    CASE v_status WHEN 'answered' THEN 'The answer is with the bank.' WHEN 'won' THEN 'The bank decided for us.'
                                    ELSE 'The bank decided for the customer.' END);
        END IF;
        IF v_status <> v_dispute.status THEN
                UPDATE disputes SET status = v_status, closed_at = CASE WHEN v_status IN ('won', 'lost') THEN app_now() END
                WHERE id = v_dispute.id;
        END IF;
        IF v_status = 'won' THEN
                INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
                VALUES ('dispute-won:' || v_dispute.id, 1, 'gateway:stripe', 'disputes', p_currency, v_dispute.amount_minor, v_payment.order_id, app_now());
                FOR v_line IN SELECT id FROM order_lines WHERE order_id = v_payment.order_id ORDER BY id LOOP
                        PERFORM line_restore(v_line, 'dispute');
                END LOOP;
        END IF;
        -- Its access has ended for good, so nothing more may be charged: what is still to come is not asked for.
        IF v_status = 'lost' AND v_payment.allocated_minor > 0 THEN
                PERFORM agreement_stop(v_payment.order_id, 'dispute');
        END IF;
        IF v_status <> 'open' THEN
                UPDATE alarms SET closed_at = app_now()
                WHERE kind = 'dispute' AND object = 'order' AND object_id = v_payment.order_id AND closed_at IS NULL;
        END IF;
        RETURN 'booked';
END $$;
RESET ROLE;
