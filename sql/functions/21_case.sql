-- Cases: one for each amount whose payment failed (S1.1).
SET ROLE lk_definer;

-- An attempt for a due of an agreement failed: its case opens, or this failure joins it.  Called in
-- the transaction that books the failure.
CREATE OR REPLACE FUNCTION case_failed(p_attempt bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a attempts;
BEGIN
        SELECT * INTO STRICT v_a FROM attempts WHERE id = p_attempt;
        INSERT INTO cases AS c (due_id, order_id, customer_id, currency, class, reason_code, attempt_id, opened_at, failed_at)
        VALUES (v_a.due_id, v_a.order_id, v_a.customer_id, v_a.currency,
                coalesce((SELECT class FROM decline_codes WHERE code = v_a.decline_code), 'soft'), coalesce(v_a.decline_code, ''),
                v_a.id, app_now(), app_now())
        ON CONFLICT (due_id) WHERE status IN ('open', 'waiting')
        DO UPDATE SET failures = c.failures + 1, class = excluded.class, reason_code = excluded.reason_code,
                      attempt_id = excluded.attempt_id, failed_at = excluded.failed_at;
END $$;

-- Nothing more is owed for a due: its case is resolved, its promise kept.
CREATE OR REPLACE FUNCTION case_paid(p_due bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE promises SET status = 'kept', settled_at = app_now() WHERE due_id = p_due AND status = 'open';
        UPDATE cases SET status = 'resolved', resolved_at = app_now(), next_step = '', next_why = '', next_at = NULL
        WHERE due_id = p_due AND status IN ('open', 'waiting')
$$;
RESET ROLE;
