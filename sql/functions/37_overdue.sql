-- An order that is not paid, and that nobody can pay at once, becomes one that is paid over time (S1.6,
-- S1.7): staff offer it, the customer agrees by the mail's link, and the first payment begins it as it
-- begins every plan.  Until they agree the order stays as it is.
-- Lock order: attempts, dues by id, order, agreement, amendment.
SET ROLE lk_definer;

-- Whether an order can be offered to be paid over time:
--   can      yes
--   open     an offer waits for the customer
--   planned  it is paid over time already
--   busy     a payment is under way
--   paid     nothing is owed
--   over     its time is over; a part that came keeps it open
CREATE OR REPLACE FUNCTION order_offer_state(p_order bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN o.status IN ('paid', 'refunded') THEN 'paid'
                    WHEN o.status <> 'open' THEN 'over'
                    WHEN EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id) THEN 'planned'
                    WHEN d.open IS NULL THEN 'paid'
                    WHEN o.expires_at < app_now() AND d.paid = 0 THEN 'over'
                    WHEN EXISTS (SELECT FROM amendments a WHERE a.order_id = o.id AND a.agreement_id IS NULL AND a.status = 'countered') THEN 'open'
                    WHEN EXISTS (SELECT FROM attempts a WHERE a.order_id = o.id AND a.live AND a.status IN ('processing', 'requires_action')) THEN 'busy'
                    ELSE 'can' END
        FROM orders o CROSS JOIN LATERAL (SELECT sum(amount_minor - paid_minor) AS open, sum(paid_minor) AS paid FROM dues WHERE order_id = o.id AND status = 'open') d
        WHERE o.id = p_order
$$;

-- How it would be paid, as offer_versions.schedule has it: P_COUNT payments in all, P_DEPOSIT the first
-- of them (0: all alike).
CREATE OR REPLACE FUNCTION order_offer_schedule(p_count integer, p_every text, p_deposit bigint) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
        SELECT jsonb_build_object('kind', 'instalments', 'every', p_every, 'count', p_count - CASE WHEN p_deposit > 0 THEN 1 ELSE 0 END)
               || CASE WHEN p_deposit > 0 THEN jsonb_build_object('deposit_minor', p_deposit) ELSE '{}' END
$$;

-- What is owed of an order in such payments, the first on P_FIRST; NULL where it cannot be.  What came of it
-- before is none of them: it counts towards the first.
CREATE OR REPLACE FUNCTION order_offer_rows(p_order bigint, p_count integer, p_every text, p_first date, p_deposit bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT jsonb_agg(jsonb_build_object('on', r.due_on, 'minor', r.amount_minor) ORDER BY r.seq)
        FROM (SELECT currency, sum(amount_minor - paid_minor)::bigint AS minor FROM dues WHERE order_id = p_order AND status = 'open' GROUP BY 1) d
             CROSS JOIN LATERAL (SELECT order_offer_schedule(p_count, p_every, p_deposit) AS schedule, money_step(d.currency) AS step) s
             CROSS JOIN LATERAL schedule_rows(s.schedule, d.minor, p_first, s.step) r
        WHERE schedule_fault(s.schedule, d.minor, s.step) IS NULL
$$;

-- What of the rule such payments are outside of: deposit, small, count or long; '' within it.
CREATE OR REPLACE FUNCTION order_offer_limit(p_order bigint, p_rule bigint, p_rows jsonb) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN d.paid + (p_rows -> 0 ->> 'minor')::bigint < d.total * r.deposit_percent / 100 THEN 'deposit'
                    WHEN w.least < rule_minor(r.smallest, d.currency) THEN 'small'
                    WHEN jsonb_array_length(p_rows) > r.count_most THEN 'count'
                    WHEN w.last_on > (today_in(o.zone) + make_interval(months => r.longest_months))::date THEN 'long'
                    ELSE '' END
        FROM orders o JOIN rule_versions r ON r.id = p_rule
             CROSS JOIN LATERAL (SELECT min(x.currency) AS currency, sum(x.amount_minor)::bigint AS total, sum(x.paid_minor)::bigint AS paid FROM dues x WHERE x.order_id = o.id AND x.status = 'open') d
             CROSS JOIN LATERAL (SELECT min((x ->> 'minor')::bigint) AS least, max((x ->> 'on')::date) AS last_on FROM jsonb_array_elements(p_rows) x) w
        WHERE o.id = p_order
$$;

-- The legal limits of the buyer's region that such payments are across, for staff.
CREATE OR REPLACE FUNCTION order_offer_breaks(p_order bigint, p_rows jsonb) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT l.sentence
        FROM orders o CROSS JOIN LATERAL (SELECT max((x ->> 'on')::date) AS last_on FROM jsonb_array_elements(p_rows) x) w
             CROSS JOIN LATERAL age(w.last_on, today_in(o.zone)) t
             JOIN legal_limits l ON l.region = region_of(o.country)
                                 AND l.code = ANY (rule_breaks(l.region, jsonb_array_length(p_rows),
                                                   (extract(year FROM t) * 12 + extract(month FROM t) + CASE WHEN extract(day FROM t) > 0 THEN 1 ELSE 0 END)::integer,
                                                   w.last_on - today_in(o.zone), '{}'))
        WHERE o.id = p_order ORDER BY l.code
$$;

-- The sentences below such a schedule.
CREATE OR REPLACE FUNCTION order_offer_promise() RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
        SELECT 'The first payment opens your access. Each one after it is charged to the card or account that paid the first, and we write to you each time; '
               || 'if you transfer the first, we ask you each time. There is nothing to pay on top. '
               || 'Should your first payment arrive later than on its day, the days after it move by as much.'
$$;

-- What the customer agrees to, as it is shown and kept.
CREATE OR REPLACE FUNCTION order_offer_text(p_order bigint, p_rows jsonb) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT l.title || E'\n'
               || (SELECT string_agg(day_text((r ->> 'on')::date) || ': ' || money_text((r ->> 'minor')::bigint, d.currency), E'\n' ORDER BY n) FROM jsonb_array_elements(p_rows) WITH ORDINALITY x(r, n))
               || CASE WHEN d.paid > 0 THEN E'\nHere already: ' || money_text(d.paid, d.currency) ELSE '' END
               || E'\nIn all: ' || money_text(d.total, d.currency) || E'\n' || order_offer_promise()
        FROM (SELECT currency, sum(amount_minor)::bigint AS total, sum(paid_minor)::bigint AS paid FROM dues WHERE order_id = p_order AND status = 'open' GROUP BY 1) d
             CROSS JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = p_order ORDER BY id LIMIT 1) l
$$;

-- --- staff -----------------------------------------------------------------------------------------

-- Staff offer it: the customer is asked by a mail with a link.  SEEN is what was owed on the page that they
-- saw.  The order's time, and that of its transfer, is prolonged until the day of the first payment; its instructions hold.
--   offered; again (the same form); open, planned, busy, paid, over (order_offer_state()); stale (a part came
--   meanwhile); wrong (no such payments); denied (outside of the rule, and a higher role decides); unknown
CREATE OR REPLACE FUNCTION order_offer_make(p_number text, p_nonce text, p_seen bigint, p_count integer, p_every text, p_first date, p_deposit bigint, p_reason text)
RETURNS TABLE (answer text, amendment text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('plans');
        v_o orders;
        v_d dues;
        v_rule bigint;
        v_rows jsonb;
        v_limit text;
        v_id bigint;
        v_state text;
BEGIN
        SELECT * INTO v_o FROM orders WHERE number = p_number;
        IF NOT FOUND THEN
                answer := 'unknown'; RETURN NEXT; RETURN;
        END IF;
        PERFORM FROM attempts WHERE order_id = v_o.id ORDER BY id FOR UPDATE;
        PERFORM FROM dues WHERE order_id = v_o.id ORDER BY id FOR UPDATE;
        SELECT * INTO STRICT v_o FROM orders WHERE id = v_o.id FOR UPDATE;
        SELECT a.number INTO amendment FROM amendments a WHERE a.order_id = v_o.id AND a.form_nonce = p_nonce;
        IF FOUND THEN
                answer := 'again'; RETURN NEXT; RETURN;
        END IF;
        v_state := order_offer_state(v_o.id);
        IF v_state <> 'can' THEN
                answer := v_state; RETURN NEXT; RETURN;
        END IF;
        SELECT * INTO STRICT v_d FROM dues WHERE order_id = v_o.id AND status = 'open';
        v_rule := rule_of(v_o.id);
        v_rows := order_offer_rows(v_o.id, p_count, p_every, p_first, p_deposit);
        v_limit := order_offer_limit(v_o.id, v_rule, v_rows);
        answer := CASE WHEN v_d.amount_minor - v_d.paid_minor <> p_seen THEN 'stale'
                       WHEN v_rows IS NULL OR p_first < today_in(v_o.zone) OR p_first > today_in(v_o.zone) + 366 THEN 'wrong'
                       WHEN v_limit <> '' AND NOT coalesce(plan_may_decide(v_rule), false) THEN 'denied' END;
        IF answer IS NOT NULL THEN
                RETURN NEXT; RETURN;
        END IF;
        INSERT INTO amendments (order_id, customer_id, currency, need, why, rule_id, from_version, was, offered, terms, shown, made_at, answer_by, decided_by, decided_at, reason, form_nonce,
                                made_by)
        VALUES (v_o.id, v_o.customer_id, v_o.currency, 'staff', v_limit, v_rule, 1, jsonb_build_array(jsonb_build_object('on', v_d.due_on, 'minor', v_d.amount_minor - v_d.paid_minor)), v_rows,
                order_offer_schedule(p_count, p_every, CASE WHEN p_deposit > 0 THEN v_d.paid_minor + p_deposit ELSE 0 END), order_offer_text(v_o.id, v_rows), app_now(),
                working_day_after(app_now()), v_me, app_now(), trim(p_reason), p_nonce, v_me)
        RETURNING id, number INTO v_id, amendment;
        UPDATE amendments SET status = 'countered' WHERE id = v_id;
        UPDATE orders SET expires_at = greatest(expires_at, (p_first + 1)::timestamp AT TIME ZONE v_o.zone) WHERE id = v_o.id;
        UPDATE transfers SET pay_by = greatest(pay_by, p_first) WHERE order_id = v_o.id;
        PERFORM task_settle('plan', 'amendment', a.id, '', 'done', 'The payments were offered anew.') FROM amendments a WHERE a.order_id = v_o.id AND a.id <> v_id;
        PERFORM message_parties('over_time_offered', 'amendment', v_id, '', v_o.id, 'bills');
        PERFORM audit_add('staff', v_me, 'plan.offered', 'order', v_o.id, jsonb_build_object('amendment', amendment, 'reason', trim(p_reason)));
        answer := 'offered';
        RETURN NEXT;
END $$;

-- --- the customer ----------------------------------------------------------------------------------

-- The order of a mail's link, or this person's own by its number, with the browser that began it; NULL for
-- any other.  A link whose amount is paid shows it for a day more.  WRITING: that is over then, and staff who
-- look as a customer do not count.
CREATE OR REPLACE FUNCTION order_offer_order(p_link bytea, p_number text, p_writing boolean) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT d.order_id FROM sessions s JOIN dues d ON d.id = s.due_id
                        WHERE s.token_hash = p_link AND s.kind = 'pay_link' AND s.expires_at > app_now()
                          AND (s.ended_at IS NULL OR (NOT p_writing AND s.ended_at > app_now() - interval '1 day')));
        END IF;
        IF p_writing AND me_writing() IS NULL THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT id FROM orders WHERE number = p_number AND (customer_id = ANY (mine()) OR (NOT p_writing AND id = link_order())));
END $$;

-- What was offered for an order, and how it stands; no row: no such order for this person.
--   none     nothing was            offered  it waits for their answer
--   agreed   the first payment is awaited     begun  that has come, or the order was paid as it was
--   anew     they agreed after a part had come: staff offer it anew until ANEW_BY
--   over     it was taken back, its day or the order is over
CREATE OR REPLACE FUNCTION order_offer_look(p_link bytea, p_number text)
RETURNS TABLE (state text, order_number text, title text, currency text, total_minor bigint, paid_minor bigint, rest_minor bigint, offer text, reason text, promise text, first_on date,
               terms_version integer, by_transfer boolean, anew_by timestamptz, zone text, locale text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN a.id IS NULL THEN 'none'
                    WHEN o.status IN ('paid', 'refunded') THEN 'begun'
                    WHEN a.status = 'agreed' AND o.status = 'open' THEN 'agreed'
                    WHEN a.status = 'countered' AND o.status = 'open' AND (a.offered -> 0 ->> 'on')::date >= today_in(o.zone) THEN 'offered'
                    WHEN w.due_at IS NOT NULL AND o.status = 'open' THEN 'anew'
                    ELSE 'over' END,
               o.number, l.title, o.currency, o.total_minor, coalesce(d.paid, 0), coalesce(d.rest, 0), coalesce(a.number, ''), coalesce(a.reason, ''), order_offer_promise(),
               (a.offered -> 0 ->> 'on')::date, t.version, EXISTS (SELECT FROM transfers x WHERE x.order_id = o.id), w.due_at, coalesce(nullif(c.zone, ''), o.zone), c.locale
        FROM orders o JOIN customers c ON c.id = o.customer_id JOIN terms_versions t ON t.id = o.terms_id
             CROSS JOIN LATERAL (SELECT x.title FROM order_lines x WHERE x.order_id = o.id ORDER BY x.id LIMIT 1) l
             LEFT JOIN LATERAL (SELECT x.* FROM amendments x WHERE x.order_id = o.id AND x.terms IS NOT NULL ORDER BY x.id DESC LIMIT 1) a ON true
             LEFT JOIN tasks w ON w.kind = 'plan' AND w.object = 'amendment' AND w.object_id = a.id AND w.status IN ('open', 'claimed')
             LEFT JOIN LATERAL (SELECT sum(x.paid_minor)::bigint AS paid, sum(x.amount_minor - x.paid_minor)::bigint AS rest FROM dues x WHERE x.order_id = o.id AND x.status = 'open') d ON true
        WHERE o.id = order_offer_order(p_link, p_number, false)
$$;

-- Its payments, by day.
CREATE OR REPLACE FUNCTION order_offer_parts(p_link bytea, p_number text) RETURNS TABLE (due_on date, amount_minor bigint, currency text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT (r ->> 'on')::date, (r ->> 'minor')::bigint, a.currency
        FROM (SELECT * FROM amendments x WHERE x.order_id = order_offer_order(p_link, p_number, false) AND x.terms IS NOT NULL ORDER BY x.id DESC LIMIT 1) a
             CROSS JOIN LATERAL jsonb_array_elements(a.offered) r
        ORDER BY 1
$$;

-- The customer answers: ACT is agree or withdraw.  PERSONAL is their address and browser.  Agreed, the order's
-- amount becomes the first payment, and version 1 of its agreement waits for that.
--   agreed, withdrawn; same (it is so already); page (the gateway's page is open: it is called off first);
--   busy (a payment is under way); stale (a part came meanwhile: staff offer it anew); over; unknown
CREATE OR REPLACE FUNCTION order_offer_answer(p_link bytea, p_number text, p_offer text, p_act text, p_personal text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_o orders;
        v_d dues;
        v_a amendments;
        v_wish text := CASE p_act WHEN 'agree' THEN 'agreed' ELSE 'withdrawn' END;
BEGIN
        SELECT * INTO v_o FROM orders WHERE id = order_offer_order(p_link, p_number, true);
        PERFORM FROM attempts WHERE order_id = v_o.id ORDER BY id FOR UPDATE;
        PERFORM FROM dues WHERE order_id = v_o.id ORDER BY id FOR UPDATE;
        SELECT * INTO v_o FROM orders WHERE id = v_o.id FOR UPDATE;
        SELECT * INTO v_a FROM amendments WHERE number = p_offer AND order_id = v_o.id AND terms IS NOT NULL FOR UPDATE;
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_a.status = v_wish THEN
                RETURN 'same';
        ELSIF v_a.status <> 'countered' THEN
                RETURN 'over';
        ELSIF p_act = 'agree' AND EXISTS (SELECT FROM attempts WHERE order_id = v_o.id AND live AND kind = 'checkout' AND session_ref IS NOT NULL AND status IN ('sent', 'unknown')) THEN
                RETURN 'page';
        ELSIF p_act = 'agree' AND EXISTS (SELECT FROM attempts WHERE order_id = v_o.id AND live AND kind <> 'transfer' AND NOT (kind = 'checkout' AND status = 'unknown')) THEN
                RETURN 'busy';
        END IF;
        SELECT * INTO v_d FROM dues WHERE order_id = v_o.id AND status = 'open' ORDER BY id LIMIT 1;
        IF p_act = 'agree' AND v_o.status = 'open' AND (v_a.offered -> 0 ->> 'on')::date >= today_in(v_o.zone) AND v_d.amount_minor - v_d.paid_minor = rows_sum(v_a.was) THEN
                PERFORM order_offer_apply(v_a, v_o, v_d, p_personal);
                RETURN 'agreed';
        END IF;
        UPDATE amendments SET status = 'withdrawn', decided_at = app_now() WHERE id = v_a.id;
        PERFORM audit_add('customer', v_o.customer_id, 'plan.withdrawn', 'order', v_o.id, jsonb_build_object('amendment', v_a.number));
        IF p_act <> 'agree' THEN
                RETURN 'withdrawn';
        ELSIF v_o.status <> 'open' OR v_d.amount_minor - v_d.paid_minor = rows_sum(v_a.was) THEN
                RETURN 'over';
        END IF;
        -- They want it: a person makes it fit.
        PERFORM task_open('plan', 'amendment', v_a.id, '', working_day_after(app_now()), r.approver, 'Offer order ' || v_o.number || ' anew to be paid over time',
                          jsonb_build_object('Owed now', money_text(v_d.amount_minor - v_d.paid_minor, v_o.currency), 'When it was offered', money_text(rows_sum(v_a.was), v_o.currency)),
                          v_o.customer_id, v_o.id)
        FROM rule_versions r WHERE r.id = v_a.rule_id;
        RETURN 'stale';
END $$;

-- It is agreed.  What came before counts towards the first payment.
CREATE OR REPLACE FUNCTION order_offer_apply(p_a amendments, p_o orders, p_d dues, p_personal text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_first date := (p_a.offered -> 0 ->> 'on')::date;
        v_amount bigint := p_d.paid_minor + (p_a.offered -> 0 ->> 'minor')::bigint;
        v_agreement bigint;
BEGIN
        UPDATE attempts SET status = 'cancelled' WHERE order_id = p_o.id AND live;
        UPDATE dues SET kind = 'instalment', amount_minor = v_amount, due_on = v_first,
                        title = due_title(p_d.title, CASE WHEN p_a.terms ? 'deposit_minor' THEN 'deposit' ELSE 'instalment' END, p_a.terms ->> 'every', 1, schedule_count(p_a.terms), v_first)
        WHERE id = p_d.id;
        v_agreement := agreement_agree(p_o.id, p_a.terms || jsonb_build_object('offer', p_a.number), v_first,
                (SELECT array_agg((r ->> 'on')::date ORDER BY n) FROM jsonb_array_elements(p_a.offered) WITH ORDINALITY x(r, n)),
                (SELECT array_agg(CASE n WHEN 1 THEN v_amount ELSE (r ->> 'minor')::bigint END ORDER BY n) FROM jsonb_array_elements(p_a.offered) WITH ORDINALITY x(r, n)),
                'The order was to be paid at once. It was agreed to pay it over time.', p_a.shown, p_personal);
        UPDATE amendments SET status = 'agreed', agreement_id = v_agreement, version = 1, decided_at = app_now() WHERE id = p_a.id;
        -- A week's grace, as for a transfer that was too little.
        UPDATE orders SET expires_at = greatest(expires_at, (v_first + 8)::timestamp AT TIME ZONE p_o.zone) WHERE id = p_o.id;
        UPDATE transfers SET pay_by = v_first, expected_on = greatest(expected_on, working_day((app_now() AT TIME ZONE 'UTC')::date, 2)) WHERE order_id = p_o.id;
        PERFORM message_parties('over_time_agreed', 'amendment', p_a.id, '', p_o.id, 'bills');
        PERFORM audit_add('customer', p_o.customer_id, 'plan.agreed', 'order', p_o.id, jsonb_build_object('amendment', p_a.number, 'rule', p_a.rule_id));
END $$;

-- AFTER UPDATE OF status on orders: what was offered for an order that is paid, or over, is over.
CREATE OR REPLACE FUNCTION order_offer_ends() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE amendments SET status = 'withdrawn', decided_at = app_now() WHERE order_id = NEW.id AND agreement_id IS NULL AND status = 'countered';
        PERFORM task_settle('plan', 'amendment', a.id, '', 'dropped', 'Nothing is open any more.') FROM amendments a WHERE a.order_id = NEW.id AND a.agreement_id IS NULL;
        RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION order_offer_ends() TO lk_owner;

-- The rest of a transfer that pays everything that is left of a plan pays it; less than that is offered
-- back, for nobody can say which of the payments was meant.  Nothing is taken while one of them is under
-- way at the gateway.  What is left over.
CREATE OR REPLACE FUNCTION transfer_pays_all(p_order bigint, p_payment bigint, p_rest bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_open bigint;
        v_n integer;
BEGIN
        PERFORM FROM attempts WHERE order_id = p_order AND live ORDER BY id FOR UPDATE;
        PERFORM FROM dues WHERE order_id = p_order AND status = 'open' ORDER BY id FOR UPDATE;
        SELECT sum(d.amount_minor - d.paid_minor), count(*) INTO v_open, v_n FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.kind = 'instalments' AND g.status = 'live'
        WHERE d.order_id = p_order AND d.status = 'open';
        IF coalesce(v_open > p_rest, true) OR EXISTS (SELECT FROM attempts a JOIN dues d ON d.id = a.due_id AND d.status = 'open' WHERE a.order_id = p_order AND a.live AND a.status <> 'created' AND a.kind <> 'transfer') THEN
                RETURN p_rest;
        END IF;
        INSERT INTO ledger (entry, leg, debit, credit, currency, amount_minor, order_id, at)
        SELECT 'payment:' || p_payment, 2 + row_number() OVER (ORDER BY d.seq), 'customers', 'revenue', d.currency, d.amount_minor - d.paid_minor, p_order, app_now()
        FROM dues d WHERE d.order_id = p_order AND d.status = 'open';
        UPDATE attempts SET status = 'succeeded' WHERE order_id = p_order AND live AND kind = 'transfer';
        PERFORM rollup_add('paid', (SELECT product_id FROM order_lines WHERE order_id = p_order ORDER BY id LIMIT 1), (SELECT currency FROM orders WHERE id = p_order), v_open);
        INSERT INTO allocations (payment_id, due_id, customer_id, currency, amount_minor, at)
        SELECT p_payment, d.id, d.customer_id, d.currency, d.amount_minor - d.paid_minor, app_now()
        FROM dues d WHERE d.order_id = p_order AND d.status = 'open' ORDER BY d.id;
        RETURN p_rest - v_open;
END $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER order_offer_ends AFTER UPDATE OF status ON orders FOR EACH ROW WHEN (NEW.status <> 'open') EXECUTE FUNCTION order_offer_ends();
RESET ROLE;
