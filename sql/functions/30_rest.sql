-- What goes on when a plan changes: what was planned for an amount that stays on its day (S1.6); and the
-- change that a rest makes which no card can pay (S1.8).
SET ROLE lk_definer;

-- Another amount in the place of one that was to be tried again, on the same day, is tried when that one
-- would have been: a change charges nobody at once.
CREATE OR REPLACE FUNCTION agreement_retries(p_agreement bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT due_attempt(d.id, NULL, false, a.planned_at, a.class, a.why)
        FROM agreements g JOIN dues d ON d.agreement_id = g.id AND d.agreement_version = g.version AND d.status = 'open'
             CROSS JOIN LATERAL (SELECT x.* FROM attempts x WHERE x.due_id IN (SELECT due_same(d.id)) AND x.kind = 'off_session' ORDER BY x.id DESC LIMIT 1) a
        WHERE g.id = p_agreement AND a.due_id <> d.id AND a.status = 'cancelled' AND a.sent_at IS NULL AND a.planned_at > app_now()
$$;
-- What a card can pay of an amount: whole steps of its currency.
CREATE OR REPLACE FUNCTION card_minor(p_minor bigint, p_currency text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$ SELECT p_minor - p_minor % money_step(p_currency) $$;

-- Nobody can be charged for a due: that has failed before it began, which makes its case.
CREATE OR REPLACE FUNCTION due_unpayable(p_due bigint, p_why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_method bigint := due_method(p_due);
BEGIN
        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind, status, payment_method_id, planned_at, why, created_at)
        SELECT d.id, d.order_id, d.customer_id, a.id, d.amount_minor - d.paid_minor, d.currency, 'no-method/' || d.id, 'off_session', 'created', v_method, app_now(), p_why, app_now()
        FROM dues d, accounts a WHERE d.id = p_due AND a.name = 'stripe' ON CONFLICT DO NOTHING;
        UPDATE attempts SET status = 'failed', decline_code = CASE WHEN v_method IS NULL THEN 'no_method' ELSE 'method_refused' END
        WHERE key = 'no-method/' || p_due AND status = 'created';
END $$;

-- A transfer may be of any amount, a card pays in steps.  What is left of a payment that was paid so far and
-- is less than a step joins the last payment of its plan, in a version of its own; that payment is settled.
-- The last one and not the next: the next could not be paid by card either, and each would make a version.
--   moved; none (it is no such rest); busy (money for another payment is under way: asked again each hour);
--   last (there is no later payment: it stays open)
CREATE OR REPLACE FUNCTION due_rest(p_due bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_d dues;
        v_last dues;
        v_rest bigint;
BEGIN
        SELECT d.* INTO v_d FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live'
        WHERE d.id = p_due AND d.status = 'open' AND d.paid_minor > 0 AND card_minor(d.amount_minor - d.paid_minor, d.currency) = 0;
        IF NOT FOUND THEN
                RETURN 'none';
        END IF;
        PERFORM plan_lock(v_d.agreement_id);
        SELECT * INTO v_last FROM dues WHERE agreement_id = v_d.agreement_id AND status = 'open' AND paid_minor = 0 AND kind = 'instalment' ORDER BY due_on DESC, id DESC LIMIT 1;
        IF v_last.id IS NULL THEN
                RETURN 'last';
        ELSIF EXISTS (SELECT FROM attempts a JOIN dues d ON d.id = a.due_id
                      WHERE d.agreement_id = v_d.agreement_id AND d.id <> p_due AND d.status = 'open' AND d.paid_minor = 0 AND a.live AND a.status <> 'created') THEN
                RETURN 'busy';
        END IF;
        v_rest := v_d.amount_minor - v_d.paid_minor;
        UPDATE dues SET amount_minor = paid_minor, status = 'paid', paid_at = app_now() WHERE id = p_due;
        PERFORM agreement_version_make(v_d.agreement_id, array_agg(due_on ORDER BY due_on),
                                       array_agg(amount_minor + CASE WHEN id = v_last.id THEN v_rest ELSE 0 END ORDER BY due_on), 'rest', NULL,
                                       format('%s of the payment of %s is less than a card can pay. It joins the last payment, of %s.',
                                              money_text(v_rest, v_d.currency), day_text(v_d.due_on), day_text(v_last.due_on)), '', NULL, NULL)
        FROM dues WHERE agreement_id = v_d.agreement_id AND status = 'open' AND paid_minor = 0;
        PERFORM evidence_add(v_d.customer_id, v_d.order_id, 'rest_moved', jsonb_build_object('due', p_due, 'amount_minor', v_rest, 'currency', v_d.currency, 'to', v_last.due_on));
        RETURN 'moved';
END $$;

-- What the plan's page says of it for thirty days, to both sides.
CREATE OR REPLACE FUNCTION plan_rest(p_agreement bigint) RETURNS TABLE (note text, currency text, day date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN QUERY
                SELECT v.note, v.currency, (v.made_at AT TIME ZONE agreement_zone(g.id))::date
                FROM agreements g JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version AND v.why = 'rest'
                WHERE g.id = p_agreement AND v.made_at > app_now() - interval '30 days';
END $$;

-- Such rests of all plans, which were busy when they came up; of one customer where the time machine asks.
CREATE OR REPLACE FUNCTION dues_rest(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT count(*) FILTER (WHERE due_rest(d.id) = 'moved')::integer FROM dues d
        WHERE d.status = 'open' AND d.paid_minor > 0 AND d.agreement_id IS NOT NULL AND (p_customer IS NULL OR d.customer_id = p_customer)
          AND d.amount_minor - d.paid_minor < money_step(d.currency)
$$;
RESET ROLE;
