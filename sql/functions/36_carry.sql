-- What goes on when a plan changes: what was planned for an amount that stays on its day (S1.6).
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
RESET ROLE;
