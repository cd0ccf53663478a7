-- The time machine: everything that one customer will be sent and charged, found by running what really
-- runs, for them alone, in a transaction that is rolled back.
--
-- machine_begin() puts the rounds of the schedules into the queue as jobs of this transaction, and
-- machine_step() takes one job after the other, in the order of their times, and sets the clock to each
-- (app_now()).  Each job calls the function that the worker calls.  Three things differ: no gateway is
-- asked (the answer is assumed and booked by what books a real one), no mail leaves, and a receipt is not
-- numbered.  What needs the program (a refusal's class, the planner of retries, a mail's words) is handed
-- back to it.
--
-- Nothing of it can stay: the row of machine_runs that switches the clock cannot be committed.  Ids of
-- sequences are used up, as by any rollback.  Locks are given up after 400 ms, before anybody could call
-- it a deadlock; a statement ends after three seconds.
SET ROLE lk_definer;

-- At commit: never.
CREATE OR REPLACE FUNCTION machine_never() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
        RAISE EXCEPTION 'a look ahead is not kept' USING ERRCODE = 'restrict_violation';
END $$;
GRANT EXECUTE ON FUNCTION machine_never() TO lk_owner;

-- The run of this transaction, for functions that may do nothing outside of one.
CREATE OR REPLACE FUNCTION machine_must() RETURNS machine_runs
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_run machine_runs;
BEGIN
        SELECT * INTO v_run FROM machine_runs WHERE pid = pg_backend_pid();
        IF NOT FOUND THEN
                RAISE EXCEPTION 'no look ahead has begun' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN v_run;
END $$;

-- The first round at or after AT of what comes round EVERY so often, and at NEXT.
CREATE OR REPLACE FUNCTION machine_round(p_next timestamptz, p_every interval, p_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$ SELECT p_next + ceil(extract(epoch FROM p_at - p_next) / extract(epoch FROM p_every)) * p_every $$;

-- The rounds that can find something new: what goes by the day finds it at the first round of the day,
-- of whichever zone; reminders in the morning; a transfer that does not come when its time is over.
CREATE OR REPLACE FUNCTION machine_rounds(p_run machine_runs) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        WITH zones AS (
                SELECT g.zone AS name FROM agreements g WHERE g.customer_id = p_run.customer_id AND g.status = 'live'
                UNION
                SELECT due_zone(d.id) FROM dues_told(p_run.customer_id) d(id)
                UNION
                SELECT person_zone(p.person_id, d.id) FROM dues_told(p_run.customer_id) t(id) JOIN dues d ON d.id = t.id
                       JOIN order_parties p ON p.order_id = d.order_id AND 'bills' = ANY (p.topics)),
        daily AS (
                SELECT z.name AS zone, w.name, w.hour
                FROM zones z CROSS JOIN (VALUES ('dues_scan', time '00:00'), ('cases_scan', '00:00'), ('cards_expiring', '00:00'), ('reminders_scan', '08:00')) w(name, hour)
                UNION ALL
                SELECT 'UTC', 'access_start', '00:00' WHERE EXISTS (SELECT FROM access a WHERE a.person_id = p_run.customer_id AND a.status = 'waiting')),
        moments AS (
                SELECT w.name, ((p_run.began_at AT TIME ZONE w.zone)::date + k + w.hour) AT TIME ZONE w.zone AS at
                FROM daily w CROSS JOIN generate_series(0, (p_run.until_at::date - p_run.began_at::date) + 1) k
                UNION
                SELECT w.name, a.sent_at + make_interval(days => w.days)
                FROM attempts a CROSS JOIN (VALUES ('cases_scan', p_run.bank_days), ('reminders_scan', 3)) w(name, days)
                WHERE a.customer_id = p_run.customer_id AND a.kind = 'transfer' AND a.live
                UNION
                SELECT 'transfers_due', o.expires_at - make_interval(days => n)
                FROM orders o CROSS JOIN unnest(ARRAY[0, 3]) n WHERE o.customer_id = p_run.customer_id AND o.status = 'open')
        INSERT INTO jobs (lane, kind, key, run_at, created_at)
        SELECT DISTINCT s.lane, s.name, format('ahead %s %s', p_run.pid, r.at), r.at, p_run.began_at
        FROM moments m JOIN schedules s ON s.name = m.name
             CROSS JOIN LATERAL (SELECT machine_round(s.next_at, s.every, greatest(m.at, p_run.began_at)) AS at) r
        WHERE r.at <= p_run.until_at;
END $$;

-- Jobs of this customer that wait already.
CREATE OR REPLACE FUNCTION machine_jobs(p_customer bigint) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(array_agg(j.id), '{}')
        FROM (SELECT 'charge' AS kind, id::text AS key FROM attempts WHERE customer_id = p_customer AND live
              UNION ALL SELECT 'case', attempt_id::text FROM cases WHERE customer_id = p_customer AND status IN ('open', 'waiting')
              UNION ALL SELECT 'mail', id::text FROM messages WHERE customer_id = p_customer AND status IN ('queued', 'deferred')
              UNION ALL SELECT 'mail', m.id::text FROM messages m JOIN dues d ON m.object = 'due' AND d.id = m.object_id
                        WHERE d.customer_id = p_customer AND m.status IN ('queued', 'deferred')
              UNION ALL SELECT k, id::text FROM payments CROSS JOIN unnest(ARRAY['payment_detail', 'receipt']) k
                        WHERE customer_id = p_customer AND received_at > app_now() - interval '7 days'
              UNION ALL SELECT j.kind, j.key FROM cases c JOIN jobs j ON j.kind = 'case_plan' AND split_part(j.key, '/', 1) = c.id::text
                        WHERE c.customer_id = p_customer AND c.status IN ('open', 'waiting')) w
             JOIN jobs j ON j.kind = w.kind AND j.key = w.key
$$;

-- Begin to look DAYS ahead for a customer; DECLINE is the gateway's code that each charge is refused
-- with, '' when each goes through.  For staff.  begun; unknown (there is no such customer, or they are
-- erased).  Whoever calls it ends the transaction with a rollback.
CREATE OR REPLACE FUNCTION machine_begin(p_customer bigint, p_days integer, p_decline text, p_bank_days integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_run machine_runs;
BEGIN
        PERFORM staff_must('read');
        PERFORM set_config('lock_timeout', '400ms', true), set_config('statement_timeout', '3s', true);
        IF NOT EXISTS (SELECT FROM customers WHERE id = p_customer AND erased_at IS NULL) THEN
                RETURN 'unknown';
        END IF;
        INSERT INTO machine_runs (pid, customer_id, decline, bank_days, began_at, until_at, job_id, job_ids)
        VALUES (pg_backend_pid(), p_customer, p_decline, p_bank_days, app_now(), app_now() + make_interval(days => p_days),
                (SELECT coalesce(max(id), 0) FROM jobs), machine_jobs(p_customer))
        RETURNING * INTO v_run;
        PERFORM set_config('latchkey.at', v_run.began_at::text, true);
        PERFORM machine_rounds(v_run);
        RETURN 'begun';
END $$;

-- What came of a charge, as far as it is assumed, booked by what books the gateway's word.
CREATE OR REPLACE FUNCTION machine_charge(p_run machine_runs, p_attempt bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a attempts;
        v_state text := (SELECT state FROM charge_take(p_attempt));
BEGIN
        SELECT * INTO v_a FROM attempts WHERE id = p_attempt;
        IF v_state = 'later' THEN
                PERFORM job_add(1, 'charge', p_attempt::text, '{}', v_a.planned_at);
        ELSIF v_state IN ('post', 'ask') AND p_run.decline = '' THEN
                PERFORM payment_apply(v_a.account_id, v_a.key, coalesce(v_a.gateway_ref, 'ahead_' || v_a.id), NULL, NULL, v_a.amount_minor, v_a.currency, app_now());
        ELSIF v_state IN ('post', 'ask') THEN
                PERFORM charge_result(p_attempt, 'failed', NULL, NULL, 'card_declined', p_run.decline, NULL);
                -- Was it the last one that the limits leave, the next round reminds of it.
                INSERT INTO jobs (lane, kind, key, run_at, created_at)
                SELECT s.lane, s.name, format('ahead %s after %s', p_run.pid, p_attempt), machine_round(s.next_at, s.every, app_now() + interval '5 seconds'), p_run.began_at
                FROM schedules s WHERE s.name = 'reminders_scan';
        END IF;
END $$;

-- A mail whose time has come; false when it waits on, or does not leave at all.
CREATE OR REPLACE FUNCTION machine_mail(p_message bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_waits integer;
BEGIN
        PERFORM message_skip(p_message);
        IF NOT EXISTS (SELECT FROM messages WHERE id = p_message AND status IN ('queued', 'deferred')) THEN
                RETURN false;
        END IF;
        v_waits := message_waits(p_message);
        IF v_waits > 0 THEN
                PERFORM job_add(1, 'mail', p_message::text, '{}', app_now() + make_interval(secs => v_waits));
                RETURN false;
        END IF;
        UPDATE messages SET status = 'sending' WHERE id = p_message;
        UPDATE messages SET status = 'sent', sent_at = app_now() WHERE id = p_message;
        UPDATE machine_runs SET message_ids = message_ids || p_message WHERE pid = pg_backend_pid();
        RETURN true;
END $$;

-- One job that the database does by itself.  Kinds that are not here change nothing for the customer.
CREATE OR REPLACE FUNCTION machine_do(p_run machine_runs, p_kind text, p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        CASE p_kind
        WHEN 'dues_scan' THEN PERFORM dues_scan(p_run.customer_id);
        WHEN 'cases_scan' THEN PERFORM cases_scan(p_run.bank_days, p_run.customer_id);
        WHEN 'reminders_scan' THEN PERFORM reminders_scan(p_run.customer_id);
        WHEN 'cards_expiring' THEN PERFORM cards_expiring(p_run.customer_id);
        WHEN 'access_start' THEN PERFORM access_start_due(p_run.customer_id);
        WHEN 'transfers_due' THEN PERFORM transfers_due(p_run.customer_id);
        WHEN 'charge' THEN PERFORM machine_charge(p_run, p_id);
        WHEN 'payment_detail' THEN
                PERFORM payment_detail(p.id, NULL, NULL, m.kind, m.brand, m.last_four, NULL, NULL, NULL)
                FROM payments p LEFT JOIN attempts a ON a.id = p.attempt_id LEFT JOIN payment_methods m ON m.id = a.payment_method_id WHERE p.id = p_id;
        WHEN 'receipt' THEN
                PERFORM job_add(1, 'mail', m.id::text) FROM messages m WHERE m.kind = 'paid' AND m.object = 'payment' AND m.object_id = p_id AND m.status = 'queued';
        ELSE NULL;
        END CASE;
END $$;

-- Go on to what the program has to do next, with the clock at its time: mail (ID left; its words are read
-- now), case (of a failed attempt), case_plan (of a case), pause (nothing: it was at it for long).  No row:
-- that was all.
CREATE OR REPLACE FUNCTION machine_step() RETURNS TABLE (kind text, id bigint, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_run machine_runs := machine_must();
        v_job jobs;
        v_own xid := pg_current_xact_id()::xid;
        v_n integer := 0;
BEGIN
        LOOP
                IF v_n >= 50 THEN
                        kind := 'pause'; id := 0; at := app_now();
                        RETURN NEXT;
                        RETURN;
                END IF;
                v_n := v_n + 1;
                SELECT * INTO v_job FROM jobs j WHERE j.id = ANY (v_run.job_ids) OR (j.id > v_run.job_id AND j.xmin = v_own)
                ORDER BY j.run_at, j.lane, j.id LIMIT 1;
                IF NOT FOUND OR v_job.run_at > v_run.until_at THEN
                        RETURN;
                END IF;
                DELETE FROM jobs j WHERE j.id = v_job.id;
                PERFORM set_config('latchkey.at', greatest(v_job.run_at, app_now())::text, true);
                kind := v_job.kind;
                id := CASE WHEN v_job.key ~ '^[0-9]+(/|$)' THEN split_part(v_job.key, '/', 1)::bigint END;
                at := app_now();
                IF kind IN ('case', 'case_plan') OR (kind = 'mail' AND machine_mail(id)) THEN
                        RETURN NEXT;
                        RETURN;
                ELSIF kind <> 'mail' THEN
                        PERFORM machine_do(v_run, kind, id);
                END IF;
        END LOOP;
END $$;

-- What the worker calls for a refusal and for a plan, in a look ahead alone.
CREATE OR REPLACE FUNCTION machine_classed(p_attempt bigint, p_class text, p_known boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        PERFORM machine_must();
        RETURN case_classed(p_attempt, p_class, p_known);
END $$;

CREATE OR REPLACE FUNCTION machine_planned(p_case bigint, p_method bigint, p_promised date, p_at timestamptz, p_class text, p_why text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        PERFORM machine_must();
        RETURN case_planned(p_case, p_method, p_promised, p_at, p_class, p_why);
END $$;

-- Everything that came of it, in order, as far as a person wants to know it.
--   mail       CODE its kind, WAS the class of a refusal, TITLE the amount's or "", ON and DAYS of a reminder, N how many amounts
--   charge     CODE paid, failed or none (there was nothing to charge), WHY the planner's sentence
--   access     CODE its status now, WAS before
--   agreement  CODE completed or cancelled
--   promise    CODE kept or broken
--   case       CODE opened or resolved
--   task       TITLE what staff have to do
CREATE OR REPLACE FUNCTION machine_seen()
RETURNS TABLE (at timestamptz, what text, id bigint, code text, was text, title text, amount_minor bigint, currency text, on_day date, days integer, n integer,
               email text, why text, method_kind text, brand text, last_four text, order_number text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_run machine_runs := machine_must();
        v_customer bigint := v_run.customer_id;
BEGIN
        RETURN QUERY
        WITH seen AS (
                SELECT m.sent_at AS at, 'mail' AS what, 5 AS rank, m.id, m.kind AS code, CASE m.kind WHEN 'payment_failed' THEN split_part(m.period, '/', 2) ELSE '' END AS was, coalesce(d.title, r.title, '') AS title,
                       NULL::bigint AS amount_minor, NULL::text AS currency, coalesce(r.due_on, d.due_on) AS on_day, r.days, coalesce(r.n, 1) AS n, m.email, '' AS why,
                       NULL::bigint AS method_id, NULL::bigint AS order_id
                FROM messages m LEFT JOIN dues d ON m.object = 'due' AND d.id = m.object_id
                     LEFT JOIN LATERAL (SELECT min(x.due_on) AS due_on, min(x.days) AS days, count(*)::integer AS n, min(y.title) AS title
                                        FROM reminders x JOIN dues y ON y.id = x.due_id WHERE x.message_id = m.id HAVING count(*) > 0) r ON true
                WHERE m.id = ANY (v_run.message_ids)
                UNION ALL
                SELECT coalesce(a.sent_at, a.settled_at), 'charge', 1, a.id, CASE WHEN a.sent_at IS NULL THEN 'none' WHEN a.status = 'succeeded' THEN 'paid' ELSE 'failed' END,
                       coalesce(a.refusal, ''), d.title, a.amount_minor, a.currency, d.due_on, NULL, 1, '', a.why, a.payment_method_id, d.order_id
                FROM attempts a JOIN dues d ON d.id = a.due_id
                WHERE a.customer_id = v_customer AND a.kind = 'off_session' AND a.status IN ('succeeded', 'failed') AND a.settled_at >= v_run.began_at
                UNION ALL
                SELECT v.at, 'access', 2, v.id, v.status, v.was, l.title, NULL, NULL, NULL, NULL, 1, '', '', NULL, x.order_id
                FROM access x JOIN moves v ON v.machine = 'access' AND v.object_id = x.id AND v.at >= v_run.began_at JOIN order_lines l ON l.id = x.order_line_id
                WHERE x.order_id IN (SELECT o.id FROM orders o WHERE o.customer_id = v_customer) OR x.person_id = v_customer
                UNION ALL
                SELECT v.at, 'agreement', 3, v.id, v.status, v.was, (SELECT l.title FROM order_lines l WHERE l.order_id = g.order_id ORDER BY l.id LIMIT 1), NULL, NULL, NULL,
                       NULL, 1, '', '', NULL, g.order_id
                FROM agreements g JOIN moves v ON v.machine = 'agreement' AND v.object_id = g.id AND v.at >= v_run.began_at WHERE g.customer_id = v_customer
                UNION ALL
                SELECT v.at, 'promise', 3, v.id, v.status, v.was, d.title, NULL, NULL, p.promised_on, NULL, 1, '', '', NULL, d.order_id
                FROM promises p JOIN moves v ON v.machine = 'promise' AND v.object_id = p.id AND v.at >= v_run.began_at JOIN dues d ON d.id = p.due_id
                WHERE p.customer_id = v_customer AND v.status IN ('kept', 'broken')
                UNION ALL
                SELECT c.opened_at, 'case', 2, c.id, 'opened', '', d.title, c.amount_minor, c.currency, NULL, NULL, 1, '', '', NULL, c.order_id
                FROM cases c JOIN dues d ON d.id = c.due_id WHERE c.customer_id = v_customer AND c.opened_at >= v_run.began_at
                UNION ALL
                SELECT c.resolved_at, 'case', 2, c.id, 'resolved', '', d.title, c.amount_minor, c.currency, NULL, NULL, 1, '', '', NULL, c.order_id
                FROM cases c JOIN dues d ON d.id = c.due_id WHERE c.customer_id = v_customer AND c.resolved_at >= v_run.began_at
                UNION ALL
                SELECT t.created_at, 'task', 4, t.id, t.kind, '', t.title, NULL, NULL, NULL, NULL, 1, '', '', NULL, t.order_id
                FROM tasks t WHERE t.customer_id = v_customer AND t.created_at >= v_run.began_at)
        SELECT s.at, s.what, s.id, s.code, s.was, s.title, s.amount_minor, s.currency, s.on_day, s.days, s.n, s.email, coalesce(s.why, ''),
               coalesce(m.kind, ''), coalesce(m.brand, ''), coalesce(m.last_four, ''), o.number
        FROM seen s LEFT JOIN payment_methods m ON m.id = s.method_id LEFT JOIN orders o ON o.id = s.order_id
        ORDER BY s.at, s.rank, s.id;
END $$;

-- --- who is shown a difference -----------------------------------------------------------------------

-- Customers with an amount to come, the nearest first, of one product or of all: whom an edited text or
-- plan of reminders reaches next.
CREATE OR REPLACE FUNCTION machine_next(p_slug text, p_most integer) RETURNS TABLE (customer_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        PERFORM staff_must('read');
        RETURN QUERY
                SELECT d.customer_id
                FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live' JOIN customers c ON c.id = d.customer_id AND c.erased_at IS NULL
                WHERE d.status = 'open' AND d.due_on BETWEEN app_now()::date AND app_now()::date + 45
                  AND (p_slug IS NULL OR order_product(d.order_id) = (SELECT p.id FROM products p WHERE p.slug = p_slug))
                GROUP BY d.customer_id ORDER BY min(d.due_on), d.customer_id LIMIT p_most;
END $$;

-- The live plans of a customer of which something can change, with the rule that is in force for each: in a
-- look ahead the one that was published in it.  Amounts are "DAY MINOR,..." with days since 1970-01-01.
CREATE OR REPLACE FUNCTION machine_plans(p_customer bigint)
RETURNS TABLE (order_number text, title text, currency text, every text, anchor_on date, today_on date, count integer, changes integer, changed_on date, kept_minor bigint,
               open_rows text, first_rows text, deposit_percent integer, smallest_minor bigint, count_most integer, longest_months integer, later_days integer,
               changes_most integer, changes_days integer, grace_days integer, fee_minor bigint, early_percent integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
BEGIN
        PERFORM staff_must('read');
        RETURN QUERY
                SELECT o.number, l.title, g.currency, g.every, g.anchor_on, today_in(z.zone), coalesce(g.count, 0), coalesce(a.n, 0)::integer, a.last_on, coalesce(d.kept, 0)::bigint,
                       d.open_rows, coalesce(f.first_rows, ''), r.deposit_percent, rule_minor(r.smallest, g.currency), r.count_most, r.longest_months, r.later_days,
                       r.changes_most, r.changes_days, r.grace_days, rule_minor(r.fee, g.currency), r.early_percent
                FROM agreements g JOIN orders o ON o.id = g.order_id JOIN rule_versions r ON r.id = rule_of(o.id)
                     CROSS JOIN LATERAL (SELECT agreement_zone(g.id) AS zone) z
                     CROSS JOIN LATERAL (SELECT x.title FROM order_lines x WHERE x.order_id = o.id ORDER BY x.id LIMIT 1) l
                     CROSS JOIN LATERAL (SELECT sum(x.amount_minor) FILTER (WHERE NOT (x.status = 'open' AND x.paid_minor = 0)) AS kept,
                                                string_agg((x.due_on - date '1970-01-01') || ' ' || x.amount_minor, ',' ORDER BY x.due_on, x.id)
                                                        FILTER (WHERE x.status = 'open' AND x.paid_minor = 0) AS open_rows
                                         FROM dues x WHERE x.agreement_id = g.id AND x.status <> 'replaced') d
                     CROSS JOIN LATERAL (SELECT string_agg((x.due_on - date '1970-01-01') || ' ' || x.amount_minor, ',' ORDER BY x.due_on) AS first_rows
                                         FROM agreement_first(g.id) x) f
                     CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.decided_by IS NULL) AS n, max((x.decided_at AT TIME ZONE z.zone)::date) AS last_on
                                         FROM amendments x WHERE x.agreement_id = g.id AND x.status = 'agreed' AND x.need <> 'early' AND x.terms IS NULL) a
                WHERE g.customer_id = p_customer AND g.status = 'live' AND g.kind = 'instalments' AND d.open_rows IS NOT NULL
                ORDER BY g.id;
END $$;
RESET ROLE;

SET ROLE lk_owner;
DROP TRIGGER IF EXISTS machine_never ON machine_runs;
CREATE CONSTRAINT TRIGGER machine_never AFTER INSERT ON machine_runs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION machine_never();
RESET ROLE;
