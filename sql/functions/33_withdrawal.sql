-- Withdrawals from a contract and requests for the money back (S2.2).
--
-- Directive 2011/83/EU gives consumers fourteen days to withdraw from a contract made at a distance
-- (art. 9), by a function that is easily found during the whole period, with one confirmation, and
-- with an acknowledgement of its content, day and time on a durable medium (art. 11a, by Directive (EU)
-- 2023/2673, in force since 19 June 2026).  The money goes back within fourteen days by the means that
-- it was paid with (art. 13).  The right to withdraw from digital content is lost once its performance
-- has begun with the consumer's express consent and acknowledgement (art. 16(m)); that of a service
-- only once it was performed in full (art. 16(a)).
--
-- So a right that the law gives needs nobody's yes: its refund is approved as it is made, and no second
-- person is asked, for two persons guard what staff decide, and here staff decide nothing.  It goes to
-- the payments that it came from and nowhere else.  Whatever is not so clear goes to a person.
--
-- Lock order: withdrawal, attempts by id, payments by id, dues by id, order lines by id, order.
SET ROLE lk_definer;

-- --- what holds for an order ---

-- The last days on which ORDER may be withdrawn from, in the zone of its buyer: by law, NULL where
-- no law gives it, and by the shop's own guarantee, NULL without one.  LAPSED_AT: the right of the law
-- ended then, because what is digital was opened after its buyer had asked for that and had confirmed
-- to know what follows; that it lies ready is no performance yet.  BY_ITSELF: within the guarantee
-- the money goes back without a person.  The day of the contract does not count, and a period that would end on a
-- Saturday or a Sunday ends on the Monday after (Regulation 1182/71, art. 3); holidays are not known here.
CREATE OR REPLACE FUNCTION withdrawal_days(p_order bigint)
RETURNS TABLE (law_on date, guarantee_on date, lapsed_at timestamptz, by_itself boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT d.day + CASE extract(isodow FROM d.day) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END,
               (coalesce(o.granted_at, o.agreed_at) AT TIME ZONE o.zone)::date + l.refund_days,
               CASE WHEN o.consent_id IS NOT NULL AND l.digital THEN o.first_open_at END, l.by_itself
        FROM orders o LEFT JOIN withdrawal_law w ON w.country = o.country
             JOIN LATERAL (SELECT nullif(min(v.refund_days), 0) AS refund_days, bool_or(f.tax_class = 'digital') AS digital,
                                  coalesce(max(r.law_days), 14) AS law_days, bool_and(coalesce(r.by_itself, false)) AS by_itself
                           FROM order_lines x JOIN product_versions v ON v.id = x.product_version_id JOIN offer_versions f ON f.id = x.offer_version_id
                                LEFT JOIN refund_rules r ON r.product_id = x.product_id WHERE x.order_id = o.id) l ON true
             CROSS JOIN LATERAL (SELECT (o.agreed_at AT TIME ZONE o.zone)::date + greatest(w.days, CASE WHEN w.days IS NOT NULL THEN l.law_days END) AS day) d
        WHERE o.id = p_order
$$;

-- What somebody gets who asked for ORDER's money at AT, and until which day.
--   law        it goes back at once            promise    the same, because the shop says so
--   guarantee  within the shop's own days, and a person decides
--   lapsed     within the days of the law, and the right has ended      over
CREATE OR REPLACE FUNCTION withdrawal_basis(p_order bigint, p_at timestamptz) RETURNS TABLE (basis text, until_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT b.basis, CASE b.basis WHEN 'law' THEN d.law_on WHEN 'lapsed' THEN d.law_on WHEN 'over' THEN NULL ELSE d.guarantee_on END
        FROM orders o CROSS JOIN LATERAL withdrawal_days(o.id) d
             CROSS JOIN LATERAL (SELECT (p_at AT TIME ZONE o.zone)::date AS day) t
             CROSS JOIN LATERAL (SELECT CASE WHEN t.day <= d.law_on AND coalesce(d.lapsed_at > p_at, true) THEN 'law'
                                             WHEN t.day <= d.guarantee_on AND d.by_itself THEN 'promise'
                                             WHEN t.day <= d.guarantee_on THEN 'guarantee'
                                             WHEN t.day <= d.law_on THEN 'lapsed' ELSE 'over' END AS basis) b
        WHERE o.id = p_order
$$;

-- --- what follows ---

-- What is left of ORDER goes back, as refunds that are on their way.  The first of them, NULL for none.
CREATE OR REPLACE FUNCTION withdrawal_pay(p_order bigint, p_note text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_left bigint := (SELECT coalesce(sum(payment_refundable(id)), 0) FROM payments WHERE order_id = p_order);
        v_line record;
        v_wants jsonb := '{}';
        v_refund bigint;
BEGIN
        FOR v_line IN SELECT id, line_refundable(id) AS amount FROM order_lines WHERE order_id = p_order ORDER BY id LOOP
                CONTINUE WHEN least(v_left, v_line.amount) <= 0;
                v_wants := v_wants || jsonb_build_object(v_line.id, least(v_left, v_line.amount));
                v_left := v_left - least(v_left, v_line.amount);
        END LOOP;
        v_refund := refund_write(p_order, NULL, v_wants, 'withdrawal', p_note, false, NULL, (SELECT true FROM agreements WHERE order_id = p_order));
        PERFORM refund_approve(v_refund, NULL) WHERE v_refund IS NOT NULL;
        RETURN v_refund;
END $$;

-- Somebody transfers what came by the bank; the gateway does the rest by itself.
CREATE OR REPLACE FUNCTION withdrawal_transfer_task(p_withdrawal bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT task_open('withdrawal_pay', 'withdrawal', w.id, '', (w.pay_on + time '12:00') AT TIME ZONE 'UTC', 'finance',
                         'Transfer the money of order ' || o.number || ' back',
                         jsonb_build_object('Amount', search_amount(w.amount_minor, w.currency) || ' ' || w.currency,
                                            'Has to be back by', to_char(w.pay_on, 'FMDD FMMonth YYYY')), o.customer_id, o.id)
        FROM withdrawals w JOIN orders o ON o.id = w.order_id
        WHERE w.id = p_withdrawal AND EXISTS (SELECT FROM refunds r JOIN payments p ON p.id = r.payment_id
                                              WHERE r.order_id = o.id AND r.kind = 'withdrawal' AND r.status = 'approved' AND p.bank_line_id IS NOT NULL)
$$;

-- The contract ends: nothing more is charged, and what came goes back.  Access ends as a refund ends
-- it, or at once where nothing goes back.
CREATE OR REPLACE FUNCTION withdrawal_accept(p_withdrawal bigint, p_basis text, p_staff bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_w withdrawals;
        v_refund bigint;
        v_amount bigint;
BEGIN
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_withdrawal;
        PERFORM agreement_stop(v_w.order_id, 'withdrawn');
        UPDATE attempts SET status = 'cancelled' WHERE order_id = v_w.order_id AND (status = 'created' OR (kind = 'transfer' AND live));
        UPDATE orders SET status = 'cancelled' WHERE id = v_w.order_id AND status = 'open';
        v_refund := withdrawal_pay(v_w.order_id, 'Withdrawal ' || v_w.number);
        SELECT coalesce(sum(amount_minor), 0) INTO v_amount FROM refunds WHERE id = v_refund OR part_of = v_refund;
        UPDATE withdrawals w SET status = 'accepted', why = p_basis, refund_id = v_refund, amount_minor = v_amount, currency = o.currency,
                                 decided_at = app_now(), decided_by = p_staff
        FROM orders o WHERE w.id = p_withdrawal AND o.id = w.order_id;
        IF NOT EXISTS (SELECT FROM refunds WHERE order_id = v_w.order_id AND status IN ('asked', 'approved', 'sent', 'unknown')) THEN
                PERFORM line_end(id, 'withdrawn') FROM order_lines WHERE order_id = v_w.order_id;
        END IF;
        PERFORM withdrawal_transfer_task(p_withdrawal);
END $$;

-- It is a person's to decide, for the reason WHY; the answer was promised for a day.
CREATE OR REPLACE FUNCTION withdrawal_to_staff(p_withdrawal bigint, p_why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_w withdrawals;
        v_number text;
BEGIN
        UPDATE withdrawals SET status = 'with_staff', why = p_why WHERE id = p_withdrawal RETURNING * INTO v_w;
        v_number := (SELECT number FROM orders WHERE id = v_w.order_id);
        PERFORM task_open('withdrawal', 'withdrawal', v_w.id, '', (v_w.answer_on + time '12:00') AT TIME ZONE 'UTC', 'finance',
                          CASE WHEN v_number IS NULL THEN 'Find the order of withdrawal ' || v_w.number
                               WHEN v_w.kind = 'request' THEN 'Answer the request for the money of order ' || v_number
                               ELSE 'Answer the withdrawal from order ' || v_number END,
                          jsonb_build_object('Answer promised for', to_char(v_w.answer_on, 'FMDD FMMonth YYYY'),
                                             'Back by, if it has to go back', to_char(v_w.pay_on, 'FMDD FMMonth YYYY')),
                          CASE WHEN v_w.order_id IS NOT NULL THEN v_w.customer_id END, v_w.order_id);
END $$;

-- Decide about a withdrawal whose order is known, by what held when it was received.
CREATE OR REPLACE FUNCTION withdrawal_decide(p_withdrawal bigint, p_staff bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_w withdrawals;
        v_basis text;
BEGIN
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_withdrawal;
        PERFORM FROM attempts WHERE order_id = v_w.order_id AND live ORDER BY id FOR UPDATE;
        PERFORM FROM payments WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM dues WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM order_lines WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM orders WHERE id = v_w.order_id FOR UPDATE;
        SELECT basis INTO STRICT v_basis FROM withdrawal_basis(v_w.order_id, v_w.received_at);
        -- Who withdrew before, withdrew then.
        v_basis := coalesce((SELECT why FROM withdrawals WHERE order_id = v_w.order_id AND status = 'accepted' ORDER BY id LIMIT 1), v_basis);
        IF v_basis IN ('law', 'promise') AND NOT EXISTS (SELECT FROM disputes WHERE order_id = v_w.order_id AND status <> 'won') THEN
                PERFORM withdrawal_accept(p_withdrawal, v_basis, p_staff);
        ELSE
                PERFORM withdrawal_to_staff(p_withdrawal, CASE WHEN v_basis IN ('law', 'promise') THEN 'disputed'
                                                               WHEN v_w.kind = 'request' AND v_basis <> 'guarantee' THEN 'asked' ELSE v_basis END);
        END IF;
        PERFORM evidence_add((SELECT customer_id FROM orders WHERE id = v_w.order_id), v_w.order_id,
                             CASE v_w.kind WHEN 'request' THEN 'asked_back' ELSE 'withdrew' END,
                             jsonb_build_object('withdrawal', v_w.number, 'received_at', v_w.received_at, 'basis', v_basis),
                             concat_ws(E'\n', v_w.said_name, v_w.said_email, v_w.said_order, v_w.reason));
END $$;

-- The order that was meant: its number, its buyer's address, and a contract that was made.
CREATE OR REPLACE FUNCTION withdrawal_find(p_said text, p_fold text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN customers m ON m.id = c.merged_into
        WHERE o.number = translate(upper(regexp_replace(p_said, '[^0-9A-Za-z]', '', 'g')), 'OIL', '011') AND o.status IN ('open', 'paid', 'refunded')
          AND p_fold IN (c.email_fold, m.email_fold, lower(o.email))
$$;

-- The worker sees to a withdrawal that was received with typed words, so that the page takes the same
-- time and says the same whether or not such an order exists (safety rule 20); or to money that came
-- in spite of one.
CREATE OR REPLACE FUNCTION withdrawal_settle(p_withdrawal bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_w withdrawals;
BEGIN
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_withdrawal FOR UPDATE;
        IF v_w.status = 'accepted' THEN
                PERFORM FROM payments WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
                PERFORM FROM order_lines WHERE order_id = v_w.order_id ORDER BY id FOR UPDATE;
                PERFORM withdrawal_pay(v_w.order_id, 'Withdrawal ' || v_w.number);
                UPDATE withdrawals SET amount_minor = (SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE order_id = v_w.order_id AND kind = 'withdrawal')
                WHERE id = p_withdrawal;
                PERFORM withdrawal_transfer_task(p_withdrawal);
        ELSIF v_w.status = 'received' THEN
                UPDATE withdrawals SET order_id = coalesce(order_id, withdrawal_find(said_order, said_fold)) WHERE id = p_withdrawal RETURNING * INTO v_w;
                IF v_w.order_id IS NULL THEN
                        PERFORM withdrawal_to_staff(p_withdrawal, 'unmatched');
                ELSE
                        PERFORM withdrawal_decide(p_withdrawal, NULL);
                END IF;
                PERFORM message_add('withdrawal_received', 'withdrawal', p_withdrawal, '', v_w.customer_id, v_w.said_email);
        END IF;
END $$;

-- AFTER INSERT on payments: it came for a contract that was withdrawn from, so it goes back.
CREATE OR REPLACE FUNCTION withdrawal_late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        PERFORM job_add(1, 'withdrawal', w.id || '/' || NEW.id) FROM withdrawals w
        WHERE w.order_id = NEW.order_id AND w.status = 'accepted' ORDER BY w.id LIMIT 1;
        RETURN NULL;
END $$;

-- AFTER UPDATE OF status on refunds: staff gave the money back, which is the answer to whoever asked
-- for it; and what was to be transferred has left.
CREATE OR REPLACE FUNCTION withdrawal_refunded() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NEW.status = OLD.status THEN
                RETURN NULL;
        END IF;
        IF (NEW.kind = 'staff' AND NEW.status = 'approved') OR (NEW.kind = 'gateway' AND NEW.status = 'succeeded') THEN
                PERFORM task_settle('withdrawal', 'withdrawal', id, '', 'done', 'A refund of the order was approved.')
                FROM withdrawals WHERE order_id = NEW.order_id AND status = 'with_staff';
                UPDATE withdrawals SET status = 'granted', refund_id = coalesce(NEW.part_of, NEW.id), decided_at = app_now(), decided_by = NEW.approved_by
                WHERE order_id = NEW.order_id AND status = 'with_staff';
        END IF;
        IF NEW.status = 'succeeded' AND NOT EXISTS (SELECT FROM refunds WHERE order_id = NEW.order_id AND kind = 'withdrawal' AND status = 'approved') THEN
                PERFORM task_settle('withdrawal_pay', 'withdrawal', id, '', 'done', 'The money was transferred.')
                FROM withdrawals WHERE order_id = NEW.order_id AND status = 'accepted';
        END IF;
        RETURN NULL;
END $$;

-- --- customers ---

-- The contract that this person bought, or that the mail's link is about; NULL for any other.
CREATE OR REPLACE FUNCTION withdrawal_order(p_number text, p_link bytea) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT order_id FROM withdraw_links WHERE token_hash = p_link AND expires_at > app_now());
        END IF;
        RETURN (SELECT id FROM orders WHERE number = p_number AND customer_id = ANY (mine()) AND status IN ('open', 'paid', 'refunded'));
END $$;

-- What the pages of an order say about giving the money back.  state: ready, expired (the link), unknown.
-- The address is masked where only a link says it; OPEN: asked for before, and nobody has answered yet.
-- SPREAD: who sees to paying in another way what is still open: desk (there is a plan that can be changed),
-- person; '' where nothing is open.
CREATE OR REPLACE FUNCTION withdrawal_page(p_number text, p_link bytea)
RETURNS TABLE (state text, order_number text, title text, buyer text, email text, basis text, until_on date, lapsed_at timestamptz,
               left_minor bigint, currency text, planned boolean, spread text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := withdrawal_order(p_number, p_link);
BEGIN
        SELECT 'ready', o.number, l.title, coalesce(nullif(o.buyer_name, ''), c.name),
               CASE WHEN p_link IS NULL THEN c.email ELSE regexp_replace(o.email, '^(.).*@', '\1…@') END, b.basis, b.until_on, d.lapsed_at,
               (SELECT coalesce(sum(payment_refundable(p.id)), 0)::bigint FROM payments p WHERE p.order_id = o.id), o.currency,
               EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id AND g.status = 'live'),
               CASE WHEN order_splits(o.id) THEN 'desk'
                    WHEN EXISTS (SELECT FROM dues e WHERE e.order_id = o.id AND e.status = 'open')
                         OR EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id AND g.status = 'live') THEN 'person' ELSE '' END
        INTO state, order_number, title, buyer, email, basis, until_on, lapsed_at, left_minor, currency, planned, spread
        FROM orders o JOIN customers c ON c.id = o.customer_id JOIN order_lines l ON l.order_id = o.id
             CROSS JOIN LATERAL withdrawal_basis(o.id, app_now()) b CROSS JOIN LATERAL withdrawal_days(o.id) d
        WHERE o.id = v_order ORDER BY l.id LIMIT 1;
        state := coalesce(state, CASE WHEN EXISTS (SELECT FROM withdraw_links WHERE token_hash = p_link) THEN 'expired' ELSE 'unknown' END);
        RETURN NEXT;
END $$;

-- Keep what was sent, once for each form.  The id; NULL when it was here before.
CREATE OR REPLACE FUNCTION withdrawal_keep(p_hash bytea, p_kind text, p_person bigint, p_order bigint, p_name text, p_said text, p_email text,
                                           p_fold text, p_reason text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO withdrawals (kind, form_hash, customer_id, order_id, proved, said_name, said_order, said_email, said_fold, reason, received_at,
                                 answer_on, pay_on)
        VALUES (p_kind, p_hash, p_person, p_order, p_order IS NOT NULL, p_name, p_said, p_email, p_fold, p_reason, app_now(),
                working_day((app_now() AT TIME ZONE 'UTC')::date, 3), (app_now() AT TIME ZONE 'UTC')::date + 14)
        ON CONFLICT (form_hash) DO NOTHING RETURNING id
$$;

-- Somebody without a login withdraws: their name, the order's number and their address as typed.
-- received, again (the same form), limited (P_MOST of this address within an hour).
CREATE OR REPLACE FUNCTION withdraw_typed(p_hash bytea, p_name text, p_said text, p_email text, p_fold text, p_reason text, p_most integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_person bigint;
        v_id bigint;
BEGIN
        IF EXISTS (SELECT FROM withdrawals WHERE form_hash = p_hash) THEN
                RETURN 'again';
        END IF;
        v_person := person_of(p_email, p_fold, '');
        IF (SELECT count(*) FROM withdrawals WHERE customer_id = v_person AND received_at > app_now() - interval '1 hour') >= p_most THEN
                RETURN 'limited';
        END IF;
        v_id := withdrawal_keep(p_hash, 'withdrawal', v_person, NULL, p_name, p_said, p_email, p_fold, p_reason);
        PERFORM job_add(1, 'withdrawal', v_id::text) WHERE v_id IS NOT NULL;
        RETURN CASE WHEN v_id IS NULL THEN 'again' ELSE 'received' END;
END $$;

-- The buyer, by login or by a mail's link, withdraws from their order or asks for their money.
-- received, again (the same form, or one that waits for its answer), unknown; HASH is that of the one that counts.
CREATE OR REPLACE FUNCTION withdraw_own(p_hash bytea, p_kind text, p_number text, p_link bytea, p_name text, p_reason text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_order bigint := withdrawal_order(p_number, p_link);
        v_o record;
        v_id bigint;
BEGIN
        IF v_order IS NULL OR (p_link IS NULL AND me_writing() IS NULL) THEN
                RETURN 'unknown';
        END IF;
        -- One at a time for an order; not the order's own row, which comes last in the order of locks.
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.withdrawal ' || v_order, 0));
        IF EXISTS (SELECT FROM withdrawals WHERE form_hash = p_hash) THEN
                RETURN 'again';
        ELSIF p_kind = 'request' AND EXISTS (SELECT FROM withdrawals WHERE order_id = v_order AND status IN ('received', 'with_staff', 'accepted')) THEN
                RETURN 'open';
        END IF;
        SELECT o.number, o.customer_id, CASE WHEN p_link IS NULL THEN c.email ELSE o.email END AS email, coalesce(nullif(o.buyer_name, ''), c.name) AS name
        INTO STRICT v_o FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = v_order;
        v_id := withdrawal_keep(p_hash, p_kind, v_o.customer_id, v_order, coalesce(nullif(p_name, ''), v_o.name), v_o.number, v_o.email, '', p_reason);
        PERFORM withdrawal_settle(v_id);
        RETURN 'received';
END $$;

-- The receipt, for whoever has its form's secret.  What follows is said on the page only where it was
-- proved whose order it is.
CREATE OR REPLACE FUNCTION withdrawal_receipt(p_hash bytea)
RETURNS TABLE (number text, kind text, proved boolean, said_name text, said_order text, said_email text, reason text, received_at timestamptz,
               status text, why text, amount_minor bigint, currency text, answer_on date, pay_on date, title text, by_link boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT w.number, w.kind, w.proved, w.said_name, w.said_order, w.said_email, w.reason, w.received_at, CASE WHEN w.proved THEN w.status ELSE '' END,
               CASE WHEN w.proved THEN w.why ELSE '' END, CASE WHEN w.proved THEN w.amount_minor ELSE 0 END, coalesce(w.currency, 'EUR'), w.answer_on, w.pay_on,
               CASE WHEN w.proved THEN (SELECT l.title FROM order_lines l WHERE l.order_id = w.order_id ORDER BY l.id LIMIT 1) ELSE '' END,
               w.proved AND w.customer_id <> ALL (mine())
        FROM withdrawals w WHERE w.form_hash = p_hash
$$;

-- What became of the requests of one's own order, newest first.
CREATE OR REPLACE FUNCTION withdrawals_mine(p_number text)
RETURNS TABLE (number text, kind text, status text, why text, received_at timestamptz, answer_on date, pay_on date, amount_minor bigint, currency text,
               answer text, refund text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT w.number, w.kind, w.status, w.why, w.received_at, w.answer_on, w.pay_on, w.amount_minor, coalesce(w.currency, o.currency), w.answer,
               coalesce(r.status, '')
        FROM withdrawals w JOIN orders o ON o.id = w.order_id LEFT JOIN refunds r ON r.id = w.refund_id
        WHERE o.number = p_number AND o.customer_id = ANY (mine()) ORDER BY w.id DESC LIMIT 5
$$;

-- Help from a person, or a plan, in the customer's own words: opened, again, limited, unknown.
CREATE OR REPLACE FUNCTION withdrawal_help(p_number text, p_about text, p_nonce text, p_body text, p_most integer)
RETURNS TABLE (result text, ticket_number text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_order bigint := withdrawal_order(p_number, NULL);
BEGIN
        IF v_order IS NULL OR me_writing() IS NULL THEN
                result := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        SELECT t.result, t.ticket_number INTO result, ticket_number FROM ticket_make(me_writing(), v_order, '', p_about, true, p_nonce, p_body, p_most) t;
        RETURN NEXT;
END $$;

-- The worker makes the link of a mail about an order just before it sends it: to its buyer, while a
-- period runs.  The last day of it, NULL when there is no link to make.
CREATE OR REPLACE FUNCTION withdraw_link_make(p_message bigint, p_hash bytea) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v record;
BEGIN
        SELECT o.id, o.customer_id, o.zone, b.until_on INTO v
        FROM messages m JOIN orders o ON o.id = CASE m.object WHEN 'order' THEN m.object_id
                                                              WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = m.object_id) END
                                         AND o.customer_id = m.customer_id
             CROSS JOIN LATERAL withdrawal_basis(o.id, app_now()) b
        WHERE m.id = p_message AND b.basis IN ('law', 'promise', 'guarantee')
          AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.order_id = o.id AND w.status = 'accepted')
          AND NOT EXISTS (SELECT FROM address_changes a JOIN customers c ON a.customer_id IN (c.id, c.merged_into)
                          WHERE c.id = m.customer_id AND greatest(a.done_at, a.undone_at) > m.queued_at);
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        INSERT INTO withdraw_links VALUES (p_hash, v.customer_id, v.id, app_now(), (v.until_on + 1)::timestamp AT TIME ZONE v.zone);
        RETURN v.until_on;
END $$;

-- --- staff ---

-- Staff know which order was meant.  What held when it was received holds.
-- accepted, with_staff (a person decides still), over (decided before), unknown, no_order.
CREATE OR REPLACE FUNCTION staff_withdrawal_bind(p_id bigint, p_number text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_order bigint;
        v_w withdrawals;
BEGIN
        SELECT * INTO v_w FROM withdrawals WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_w.status <> 'with_staff' OR v_w.order_id IS NOT NULL THEN
                RETURN 'over';
        END IF;
        v_order := (SELECT id FROM orders WHERE number = upper(p_number) AND status IN ('open', 'paid', 'refunded'));
        IF v_order IS NULL THEN
                RETURN 'no_order';
        END IF;
        UPDATE withdrawals SET order_id = v_order WHERE id = p_id;
        PERFORM task_settle('withdrawal', 'withdrawal', p_id, '', 'done', 'Its order was found.');
        PERFORM withdrawal_decide(p_id, v_me);
        SELECT * INTO STRICT v_w FROM withdrawals WHERE id = p_id;
        -- The order's words go to its buyer, whoever wrote.
        PERFORM message_add('withdrawal_answer', 'withdrawal', p_id, '', o.customer_id, o.email) FROM orders o WHERE o.id = v_order AND v_w.status = 'accepted';
        PERFORM audit_add('staff', v_me, 'withdrawal.bound', 'order', v_order, jsonb_build_object('withdrawal', v_w.number, 'status', v_w.status));
        RETURN v_w.status;
END $$;

-- Staff say no, in words that the customer reads.  declined, over, unknown.
CREATE OR REPLACE FUNCTION staff_withdrawal_decline(p_id bigint, p_answer text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_w withdrawals;
BEGIN
        SELECT * INTO v_w FROM withdrawals WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_w.status <> 'with_staff' THEN
                RETURN 'over';
        END IF;
        UPDATE withdrawals SET status = 'declined', answer = trim(p_answer), decided_at = app_now(), decided_by = v_me WHERE id = p_id;
        PERFORM task_settle('withdrawal', 'withdrawal', p_id, '', 'done', 'It was declined, and the customer has the reason.');
        PERFORM message_add('withdrawal_answer', 'withdrawal', p_id, '', v_w.customer_id, v_w.said_email);
        PERFORM audit_add('staff', v_me, 'withdrawal.declined', CASE WHEN v_w.order_id IS NULL THEN 'customer' ELSE 'order' END,
                          coalesce(v_w.order_id, v_w.customer_id), jsonb_build_object('withdrawal', v_w.number, 'reason', trim(p_answer)));
        RETURN 'declined';
END $$;

-- What the form of a product's rules was filled from.
CREATE OR REPLACE FUNCTION refund_rules_seen(p_product bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT coalesce((SELECT law_days || '/' || by_itself FROM refund_rules WHERE product_id = p_product), '14/false') $$;

-- How long one may withdraw from PRODUCT, and who looks at its guarantee: saved, same, changed (SEEN is
-- not what holds), unknown.
CREATE OR REPLACE FUNCTION refund_rules_set(p_slug text, p_seen text, p_law_days integer, p_by_itself boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('products');
        v_product bigint;
        v_now text;
BEGIN
        SELECT id INTO v_product FROM products WHERE slug = p_slug FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        v_now := refund_rules_seen(v_product);
        IF v_now = p_law_days || '/' || p_by_itself THEN
                RETURN 'same';
        ELSIF v_now <> p_seen THEN
                RETURN 'changed';
        END IF;
        INSERT INTO refund_rules VALUES (v_product, p_law_days, p_by_itself, app_now(), v_me)
        ON CONFLICT (product_id) DO UPDATE SET law_days = excluded.law_days, by_itself = excluded.by_itself, changed_at = excluded.changed_at,
                                               changed_by = excluded.changed_by;
        PERFORM audit_add('staff', v_me, 'product.refunds', 'product', v_product,
                          jsonb_build_object('law_days', p_law_days, 'by_itself', p_by_itself, 'before', v_now));
        RETURN 'saved';
END $$;
GRANT EXECUTE ON FUNCTION moved(), withdrawal_late(), withdrawal_refunded() TO lk_owner;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON withdrawals FOR EACH ROW EXECUTE FUNCTION moved('withdrawal');
CREATE OR REPLACE TRIGGER withdrawal_late AFTER INSERT ON payments FOR EACH ROW EXECUTE FUNCTION withdrawal_late();
CREATE OR REPLACE TRIGGER withdrawal_refunded AFTER UPDATE OF status ON refunds FOR EACH ROW EXECUTE FUNCTION withdrawal_refunded();
RESET ROLE;
