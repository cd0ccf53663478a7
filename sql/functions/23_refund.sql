-- Refunds that staff ask for, tasks, and the answer to a dispute.
-- Lock order: payments by id, order lines by id, refunds by id.
SET ROLE lk_definer;

-- --- tasks ---

-- Something that a person has to do, once per (kind, object, period).  FACTS is an object of
-- labels and texts for the page.  The task's id; NULL when it was opened before.
CREATE OR REPLACE FUNCTION task_open(p_kind text, p_object text, p_object_id bigint, p_period text, p_due_at timestamptz, p_role text,
                                     p_title text, p_facts jsonb DEFAULT '{}', p_customer bigint DEFAULT NULL, p_order bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO tasks (kind, object, object_id, period, role, title, facts, customer_id, order_id, due_at, created_at)
        VALUES (p_kind, p_object, p_object_id, p_period, p_role, p_title, p_facts, p_customer, p_order, p_due_at, app_now())
        ON CONFLICT (kind, object, object_id, period) DO NOTHING RETURNING id INTO v_id;
        RETURN v_id;
END $$;

-- What it was about has settled by itself: nobody needs to do it any more.
CREATE OR REPLACE FUNCTION task_settle(p_kind text, p_object text, p_object_id bigint, p_period text, p_status text, p_outcome text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE tasks SET status = p_status, outcome = p_outcome, closed_at = app_now()
        WHERE kind = p_kind AND object = p_object AND object_id = p_object_id AND period = p_period AND status IN ('open', 'claimed')
$$;

-- Staff move a task: claim, release, done, drop.  TEXT is the outcome or the reason.
--   claimed, released, done, dropped; same (it is so already); taken (a colleague's); over; unknown
CREATE OR REPLACE FUNCTION task_move(p_task bigint, p_act text, p_text text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('tasks');
        v_role text := (SELECT role FROM staff WHERE id = v_me);
        v_t tasks;
BEGIN
        SELECT * INTO v_t FROM tasks WHERE id = p_task AND (role = v_role OR v_role = 'owner') FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_t.status IN ('done', 'dropped') THEN
                RETURN 'over';
        ELSIF v_t.status = 'claimed' AND v_t.owner_id <> v_me AND (p_act = 'claim' OR v_role <> 'owner') THEN
                RETURN 'taken';
        ELSIF (p_act = 'claim') = (v_t.status = 'claimed') AND p_act IN ('claim', 'release') THEN
                RETURN 'same';
        ELSIF p_act IN ('done', 'drop') AND trim(p_text) = '' THEN
                RAISE EXCEPTION 'a task ends with a word' USING ERRCODE = 'check_violation';
        END IF;
        IF p_act = 'release' THEN
                UPDATE tasks SET status = 'open', owner_id = NULL WHERE id = p_task;
        ELSE
                IF v_t.status = 'open' THEN
                        UPDATE tasks SET status = 'claimed', owner_id = v_me WHERE id = p_task;
                END IF;
                IF p_act <> 'claim' THEN
                        UPDATE tasks SET status = CASE p_act WHEN 'done' THEN 'done' ELSE 'dropped' END, outcome = trim(p_text), closed_at = app_now(),
                                         closed_by = v_me
                        WHERE id = p_task;
                END IF;
        END IF;
        PERFORM audit_add('staff', v_me, 'task.' || p_act, CASE WHEN v_t.order_id IS NULL THEN 'task' ELSE 'order' END, coalesce(v_t.order_id, p_task),
                          jsonb_build_object('task', p_task) || CASE WHEN p_act IN ('done', 'drop') THEN jsonb_build_object('reason', trim(p_text)) ELSE '{}' END);
        RETURN CASE p_act WHEN 'claim' THEN 'claimed' WHEN 'release' THEN 'released' WHEN 'done' THEN 'done' ELSE 'dropped' END;
END $$;

-- --- refunds by staff ---

-- What could still go back of a line, as far as it itself goes.
CREATE OR REPLACE FUNCTION line_refundable(p_line bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT l.cost_minor - l.refunded_minor
               - coalesce((SELECT sum(w.amount_minor) FROM refund_wants w JOIN refunds r ON r.id = w.refund_id
                           WHERE w.order_line_id = l.id AND r.status IN ('asked', 'approved', 'sent', 'unknown')), 0)::bigint
        FROM order_lines l WHERE l.id = p_line
$$;

-- What could still go back of a payment for what was bought with it: not what came above what
-- was owed (that is offered back by itself), not what is on its way, nothing while the bank
-- disputes it.
CREATE OR REPLACE FUNCTION payment_refundable(p_payment bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN EXISTS (SELECT FROM disputes d WHERE d.payment_id = p.id AND d.status <> 'won') THEN 0
               ELSE greatest(0, least(p.allocated_minor - coalesce(r.rest, 0), p.amount_minor - coalesce(r.whole, 0)))::bigint END
        FROM payments p
             LEFT JOIN LATERAL (SELECT sum(amount_minor) AS whole, sum(amount_minor - credit_minor) AS rest FROM refunds
                                WHERE payment_id = p.id AND status IN ('asked', 'approved', 'sent', 'unknown', 'succeeded')) r ON true
        WHERE p.id = p_payment
$$;

-- Both, for staff who may look.
CREATE OR REPLACE FUNCTION refund_left_line(p_line bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT line_refundable(p_line) WHERE staff_may('read') $$;

CREATE OR REPLACE FUNCTION refund_left_payment(p_payment bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT payment_refundable(p_payment) WHERE staff_may('read') $$;

-- Everybody who could approve REFUND is told, once, but for whoever asked.
CREATE OR REPLACE FUNCTION refund_tell_staff(p_refund bigint, p_kind text, p_only bigint, p_but bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        WITH m AS (INSERT INTO messages (kind, object, object_id, period, staff_id, email, queued_at)
                   SELECT p_kind, 'refund', p_refund, '', s.id, s.email, app_now() FROM staff s
                   WHERE s.disabled_at IS NULL AND s.password_hash IS NOT NULL AND s.id IS DISTINCT FROM p_but
                     AND (p_only IS NULL OR s.id = p_only)
                     AND EXISTS (SELECT FROM staff_rights g WHERE g.role = s.role AND g.verb = 'refund')
                   ON CONFLICT DO NOTHING RETURNING id)
        SELECT job_add(1, 'mail', m.id::text) FROM m
$$;

-- Say yes to REFUND and what goes with it: it leaves for the gateway, or waits for finance to
-- transfer it.
CREATE OR REPLACE FUNCTION refund_approve(p_refund bigint, p_staff bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_row record;
BEGIN
        FOR v_row IN
                SELECT r.id, p.bank_line_id FROM refunds r JOIN payments p ON p.id = r.payment_id
                WHERE (r.id = p_refund OR r.part_of = p_refund) AND r.status = 'asked' ORDER BY r.id
        LOOP
                UPDATE refunds SET status = 'approved', approved_by = p_staff, decided_at = app_now() WHERE id = v_row.id;
                IF v_row.bank_line_id IS NULL THEN
                        PERFORM job_add(1, 'refund_send', v_row.id::text);
                END IF;
        END LOOP;
END $$;

-- The rows of one wish: from the newest payments, by line.  Without a member of staff it is the
-- customer's right (withdrawal_pay()).  Returns the first.
CREATE OR REPLACE FUNCTION refund_write(p_order bigint, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_two boolean, p_staff bigint,
                                        p_ends boolean)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_p record;
        v_w record;
        v_take bigint;
        v_first bigint;
        v_row bigint;
        v_wants jsonb := p_wants;
BEGIN
        FOR v_p IN SELECT p.*, payment_refundable(p.id) AS left_minor FROM payments p WHERE p.order_id = p_order ORDER BY p.id DESC LOOP
                v_row := NULL;
                FOR v_w IN SELECT key AS line, value::bigint AS amount FROM jsonb_each_text(v_wants) ORDER BY key::bigint LOOP
                        v_take := least(v_w.amount, v_p.left_minor);
                        CONTINUE WHEN v_take <= 0;
                        IF v_row IS NULL THEN
                                INSERT INTO refunds (payment_id, order_id, customer_id, currency, account_id, key, kind, amount_minor, status, reason, note,
                                                     two_persons, asked_by, form_nonce, part_of, ends_agreement, created_at)
                                VALUES (v_p.id, p_order, v_p.customer_id, v_p.currency, v_p.account_id, 'refund/' || gen_random_uuid(),
                                        CASE WHEN p_staff IS NULL THEN 'withdrawal' ELSE 'staff' END, v_take,
                                        'asked', p_reason, p_note, p_two, p_staff, p_nonce, v_first, p_ends, app_now())
                                RETURNING id INTO v_row;
                                v_first := coalesce(v_first, v_row);
                        ELSE
                                UPDATE refunds SET amount_minor = amount_minor + v_take WHERE id = v_row;
                        END IF;
                        INSERT INTO refund_wants VALUES (v_row, v_w.line::bigint, v_take);
                        v_p.left_minor := v_p.left_minor - v_take;
                        v_wants := v_wants || jsonb_build_object(v_w.line, v_w.amount - v_take);
                END LOOP;
        END LOOP;
        RETURN v_first;
END $$;

-- Staff ask for a refund of the order NUMBER.  WANTS is {"line id": amount, ...}; ALONE is what
-- one person may give back of an order in all, NULL for any amount; above it somebody else must
-- approve.  ENDS: a subscription ends with it; else it goes on, whatever went back of it.
--   approved  it is on its way         asked     it waits for somebody else
--   known     the same form again      unknown   no such order
--   disputed  the bank has the money   too_much  more than is left: LINE says of which, NULL of the order
CREATE OR REPLACE FUNCTION refund_ask(p_number text, p_nonce text, p_wants jsonb, p_reason text, p_note text, p_alone bigint,
                                      p_ends boolean DEFAULT false)
RETURNS TABLE (answer text, refund_id bigint, line_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_order bigint;
        v_sum bigint;
        v_left bigint;
        v_two boolean;
        v_ends boolean;
BEGIN
        SELECT id INTO v_order FROM orders WHERE number = upper(p_number);
        IF NOT FOUND THEN
                RETURN QUERY SELECT 'unknown', NULL::bigint, NULL::bigint;
                RETURN;
        END IF;
        PERFORM FROM payments WHERE order_id = v_order ORDER BY id FOR UPDATE;
        PERFORM FROM order_lines WHERE order_id = v_order ORDER BY id FOR UPDATE;
        refund_id := (SELECT id FROM refunds WHERE asked_by = v_me AND form_nonce = p_nonce AND part_of IS NULL);
        IF refund_id IS NOT NULL THEN
                RETURN QUERY SELECT 'known', refund_id, NULL::bigint;
                RETURN;
        END IF;
        IF EXISTS (SELECT FROM jsonb_each_text(p_wants) w WHERE w.value::bigint <= 0) OR p_wants = '{}' OR trim(p_note) = '' THEN
                RAISE EXCEPTION 'a refund gives something back, for a reason' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT FROM jsonb_each_text(p_wants) w JOIN orders o ON o.id = v_order
                   WHERE w.value::bigint % money_step(o.currency) <> 0 AND w.value::bigint <> refund_left_line(w.key::bigint)) THEN
                RAISE EXCEPTION 'the gateway pays no such amount back' USING ERRCODE = 'check_violation';
        END IF;
        -- Someone else's line is none of this order's: nothing of it is left.
        SELECT w.key::bigint INTO line_id FROM jsonb_each_text(p_wants) w LEFT JOIN order_lines l ON l.id = w.key::bigint AND l.order_id = v_order
        WHERE l.id IS NULL OR w.value::bigint > refund_left_line(l.id) ORDER BY w.key::bigint LIMIT 1;
        SELECT sum(value::bigint) INTO v_sum FROM jsonb_each_text(p_wants);
        SELECT coalesce(sum(refund_left_payment(id)), 0) INTO v_left FROM payments WHERE order_id = v_order;
        IF line_id IS NOT NULL OR v_sum > v_left THEN
                RETURN QUERY SELECT CASE WHEN v_left < v_sum AND EXISTS (SELECT FROM disputes d WHERE d.order_id = v_order AND d.status <> 'won')
                                    THEN 'disputed' ELSE 'too_much' END, NULL::bigint, line_id;
                RETURN;
        END IF;
        -- Many small ones are one large one.
        v_two := p_alone IS NOT NULL AND v_sum > p_alone - coalesce((SELECT sum(r.amount_minor) FROM refunds r
                WHERE r.order_id = v_order AND r.kind = 'staff' AND r.status NOT IN ('refused', 'failed')), 0);
        v_ends := CASE WHEN EXISTS (SELECT FROM agreements WHERE order_id = v_order AND kind = 'subscription' AND status = 'live')
                       THEN coalesce(p_ends, false) END;
        refund_id := refund_write(v_order, p_nonce, p_wants, p_reason, p_note, v_two, v_me, v_ends);
        PERFORM audit_add('staff', v_me, 'refund.asked', 'order', v_order,
                          jsonb_build_object('refund', refund_id, 'amount_minor', v_sum, 'reason', p_note, 'two_persons', v_two)
                          || CASE WHEN v_ends IS NULL THEN '{}' ELSE jsonb_build_object('ends_subscription', v_ends) END);
        IF v_two THEN
                PERFORM refund_tell_staff(refund_id, 'staff_refund_asked', NULL, v_me);
        ELSE
                PERFORM refund_approve(refund_id, v_me);
        END IF;
        RETURN QUERY SELECT CASE WHEN v_two THEN 'asked' ELSE 'approved' END, refund_id, NULL::bigint;
END $$;

-- Staff decide about a refund that waits.  approved, refused; own (whoever asked for one above
-- the limit does not approve it), over (decided before), unknown.
CREATE OR REPLACE FUNCTION refund_decide(p_refund bigint, p_yes boolean, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_r refunds;
BEGIN
        SELECT * INTO v_r FROM refunds WHERE id = p_refund AND part_of IS NULL AND kind IN ('staff', 'second');
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM FROM payments WHERE order_id = v_r.order_id ORDER BY id FOR UPDATE;
        PERFORM FROM refunds WHERE id = p_refund OR part_of = p_refund ORDER BY id FOR UPDATE;
        SELECT * INTO v_r FROM refunds WHERE id = p_refund;
        IF v_r.status <> 'asked' THEN
                RETURN 'over';
        END IF;
        IF p_yes THEN
                IF v_r.two_persons AND v_r.asked_by = v_me THEN
                        RETURN 'own';
                END IF;
                PERFORM refund_approve(p_refund, v_me);
        ELSIF trim(p_reason) = '' THEN
                RAISE EXCEPTION 'a refusal has a reason' USING ERRCODE = 'check_violation';
        ELSE
                UPDATE refunds SET status = 'refused', approved_by = CASE WHEN NOT two_persons OR asked_by <> v_me THEN v_me END, refusal = trim(p_reason),
                                   decided_at = app_now()
                WHERE (id = p_refund OR part_of = p_refund) AND status = 'asked';
                IF v_r.asked_by IS NOT NULL AND v_r.asked_by <> v_me THEN
                        PERFORM refund_tell_staff(p_refund, 'staff_refund_refused', v_r.asked_by, NULL);
                END IF;
                UPDATE alarms SET closed_at = app_now()
                WHERE kind = 'paid_twice' AND object = 'order' AND object_id = v_r.order_id AND closed_at IS NULL AND v_r.kind = 'second';
        END IF;
        PERFORM audit_add('staff', v_me, CASE WHEN p_yes THEN 'refund.approved' ELSE 'refund.refused' END, 'order', v_r.order_id,
                          jsonb_build_object('refund', p_refund) || CASE WHEN p_yes THEN '{}' ELSE jsonb_build_object('reason', trim(p_reason)) END);
        RETURN CASE WHEN p_yes THEN 'approved' ELSE 'refused' END;
END $$;

-- The gateway did not make it: its CODE.  What it was to give back is there to be asked for again.
CREATE OR REPLACE FUNCTION refund_not_made(p_refund bigint, p_code text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_r refunds;
BEGIN
        PERFORM FROM payments WHERE id = (SELECT payment_id FROM refunds WHERE id = p_refund) FOR UPDATE;
        SELECT * INTO STRICT v_r FROM refunds WHERE id = p_refund FOR UPDATE;
        IF v_r.status NOT IN ('sent', 'unknown') OR v_r.gateway_ref IS NOT NULL THEN
                RETURN;
        END IF;
        UPDATE refunds SET status = 'failed', fault = left(p_code, 100) WHERE id = p_refund;
        PERFORM alarm_raise('refund_failed', 'order', v_r.order_id, 'The gateway did not make a refund of this order. Nothing went back.');
END $$;

-- --- disputes ---

-- A new dispute is somebody's work, with the bank's deadline.
CREATE OR REPLACE FUNCTION dispute_task(p_dispute bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT task_open('dispute', 'dispute', d.id, '', coalesce(d.due_by, d.created_at + interval '7 days'), 'finance',
                         'Answer the dispute of order ' || o.number, jsonb_build_object('Amount', search_amount(d.amount_minor, d.currency) || ' ' || d.currency),
                         d.customer_id, d.order_id)
        FROM disputes d JOIN orders o ON o.id = d.order_id WHERE d.id = p_dispute
$$;

-- Staff answer a dispute; the worker sends it.  asked, known (the same form again), over (it is
-- answered or decided), late, unknown.
CREATE OR REPLACE FUNCTION dispute_answer(p_dispute bigint, p_nonce text, p_answer text, p_log text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('refund');
        v_d disputes;
BEGIN
        SELECT * INTO v_d FROM disputes WHERE id = p_dispute FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_d.answer_nonce = p_nonce THEN
                RETURN 'known';
        ELSIF v_d.status <> 'open' OR v_d.answer_at IS NOT NULL THEN
                RETURN 'over';
        ELSIF v_d.due_by < app_now() THEN
                RETURN 'late';
        END IF;
        UPDATE disputes SET answer_nonce = p_nonce, answer = p_answer, answer_log = p_log, answer_key = 'answer/' || gen_random_uuid(), answer_by = v_me,
                            answer_at = app_now(), answer_fault = ''
        WHERE id = p_dispute;
        PERFORM job_add(1, 'dispute_answer', p_dispute || '/' || p_nonce);
        PERFORM audit_add('staff', v_me, 'dispute.answered', 'order', v_d.order_id, jsonb_build_object('dispute', p_dispute));
        RETURN 'asked';
END $$;

-- The gateway has the answer.
CREATE OR REPLACE FUNCTION dispute_answer_sent(p_dispute bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE disputes SET answer_sent_at = coalesce(answer_sent_at, app_now()) WHERE id = p_dispute AND answer_at IS NOT NULL
$$;

-- The gateway did not take the answer: its CODE.  The text stays, to be mended and sent again.
CREATE OR REPLACE FUNCTION dispute_answer_refused(p_dispute bigint, p_code text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE disputes SET answer_key = NULL, answer_at = NULL, answer_by = NULL, answer_fault = left(p_code, 100)
        WHERE id = p_dispute AND answer_sent_at IS NULL AND status = 'open'
$$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON tasks FOR EACH ROW EXECUTE FUNCTION moved('task');
RESET ROLE;
