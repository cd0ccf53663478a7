-- What must always be true, as questions whose answer is no row.
SET ROLE lk_definer;

CREATE OR REPLACE FUNCTION money_json(p_minor bigint, p_currency text) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$ SELECT jsonb_build_object('minor', p_minor, 'currency', p_currency) $$;

-- Paid without grant, grant without payment (S0.9).
CREATE OR REPLACE FUNCTION check_access() RETURNS TABLE (kind text, order_number text, expected text, found text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT 'paid_without_access', o.number, 'access for ' || l.title, 'none'
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.paid AND NOT EXISTS (SELECT FROM access a WHERE a.order_line_id = l.id)
        UNION ALL
        SELECT 'paid_order_not_granted', o.number, 'status paid and every line paid', o.status
        FROM orders o
        WHERE EXISTS (SELECT FROM dues d WHERE d.order_id = o.id)
          AND NOT EXISTS (SELECT FROM dues d WHERE d.order_id = o.id AND d.status NOT IN ('paid', 'replaced', 'forgiven'))
          AND (o.status NOT IN ('paid', 'refunded') OR EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND NOT l.paid))
        UNION ALL
        SELECT 'access_without_payment', o.number, 'a booked payment', coalesce('payment ' || a.payment_id, 'none')
        FROM access a JOIN orders o ON o.id = a.order_id
        WHERE a.reason = 'payment' AND a.status <> 'ended'
          AND NOT EXISTS (SELECT FROM payments p WHERE p.id = a.payment_id AND p.order_id = a.order_id AND p.allocated_minor > 0)
        UNION ALL
        SELECT 'access_after_refund', o.number, 'access ended', a.status
        FROM access a JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = a.order_id
        WHERE a.reason = 'payment' AND a.status <> 'ended' AND (l.refunded_minor = l.cost_minor OR order_paid_back(a.order_id))
          AND NOT EXISTS (SELECT FROM agreements g WHERE g.order_id = a.order_id AND g.kind = 'subscription' AND g.status = 'live')
        UNION ALL
        SELECT 'access_ended_without_cause', o.number, 'a refund, a dispute, a match taken back or a cancelled subscription', a.end_reason
        FROM access a JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = a.order_id
        WHERE a.status = 'ended'
          AND ((a.end_reason = 'refund' AND l.refunded_minor < l.cost_minor AND NOT order_paid_back(a.order_id)
            AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = a.order_id AND r.ends_agreement AND r.status = 'succeeded'))
               OR (a.end_reason = 'unmatched' AND NOT EXISTS (SELECT FROM payments p WHERE p.id = a.payment_id AND p.undone_at IS NOT NULL))
               OR (a.end_reason = 'cancelled' AND NOT EXISTS (SELECT FROM agreements g WHERE g.order_id = a.order_id AND g.status = 'cancelled'))
               OR (a.end_reason = 'dispute' AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = a.order_id AND d.status <> 'won')))
        UNION ALL
        -- Less than full belongs to an agreement with something overdue; all paid is for good.
        SELECT 'access_level_differs', o.number, CASE g.status WHEN 'completed' THEN 'permanent' ELSE 'full' END, a.status
        FROM access a JOIN orders o ON o.id = a.order_id LEFT JOIN agreements g ON g.order_id = a.order_id
        WHERE a.reason = 'payment'
          AND CASE WHEN a.status IN ('nothing_new', 'read_only', 'locked')
                   THEN NOT EXISTS (SELECT FROM dues d WHERE d.agreement_id = g.id AND d.status IN ('open', 'written_off'))
                   ELSE g.status = 'completed' AND a.status = 'full' AND g.ended_at < app_now() - interval '2 hours' END        UNION ALL
        SELECT 'paid_event_not_applied', coalesce(o.number, ''), 'settled within a minute', i.event_ref || ' ' || i.status
        FROM inbox i LEFT JOIN attempts t ON t.key = i.attempt_key LEFT JOIN orders o ON o.id = t.order_id
        WHERE i.acts = 'pay' AND i.status IN ('new', 'poison') AND i.received_at < clock_timestamp() - interval '1 minute'
        UNION ALL
        SELECT 'mails_missing', o.number, 'access_open', 'none'
        FROM orders o WHERE o.status IN ('paid', 'refunded')
          AND NOT EXISTS (SELECT FROM messages m WHERE m.kind = 'access_open' AND m.object = 'order' AND m.object_id = o.id)
$$;

-- What of an agreement's versions does not lead to its dues; no row when all does.
CREATE OR REPLACE FUNCTION agreement_replay(p_agreement bigint) RETURNS TABLE (version integer, fault text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
BEGIN
        RETURN QUERY WITH g AS (SELECT * FROM agreements WHERE id = p_agreement),
             v AS (SELECT * FROM agreement_versions WHERE agreement_id = p_agreement),
             r AS (SELECT * FROM agreement_rows WHERE agreement_id = p_agreement),
             d AS (SELECT * FROM dues WHERE agreement_id = p_agreement AND status <> 'replaced')
        SELECT g.version, 'versions are missing' FROM g WHERE ARRAY(SELECT v.version FROM v ORDER BY 1) <> ARRAY(SELECT generate_series(1, g.version))
        UNION ALL
        SELECT x.version, 'it is not what was sealed' FROM agreement_versions x WHERE x.agreement_id = p_agreement AND x.sha256 <> agreement_sha256(x)
        UNION ALL
        SELECT v.version, 'its rows are not its sum' FROM v WHERE v.total_minor <> coalesce((SELECT sum(amount_minor) FROM r WHERE r.version = v.version), 0)
        UNION ALL
        -- What is kept stood in an earlier one, or was a period that came by itself; a rest that joined the last
        -- payment (due_rest()) left less of it.
        SELECT r.version, 'it keeps what was not there: ' || r.seq FROM r, g
        WHERE r.kept AND NOT EXISTS (SELECT FROM r b WHERE b.version < r.version AND (b.seq, b.due_on, b.amount_minor, b.part) = (r.seq, r.due_on, r.amount_minor, r.part))
          AND NOT EXISTS (SELECT FROM v JOIN r b ON b.version < v.version AND (b.seq, b.due_on, b.part) = (r.seq, r.due_on, r.part)
                          WHERE v.version = r.version AND v.why = 'rest' AND b.amount_minor - r.amount_minor BETWEEN 1 AND money_step(b.currency) - 1)
          AND NOT (g.kind = 'subscription' AND EXISTS (SELECT FROM d WHERE d.agreement_version < r.version AND (d.seq, d.due_on, d.amount_minor) = (r.seq, r.due_on, r.amount_minor)))
        UNION ALL
        SELECT g.version, 'no due for place ' || r.seq FROM g JOIN r ON r.version = g.version
        WHERE g.status <> 'agreed' AND NOT EXISTS (SELECT FROM d WHERE (d.seq, d.due_on, d.amount_minor) = (r.seq, r.due_on, r.amount_minor) AND (d.agreement_version = g.version) = NOT r.kept)
        UNION ALL
        SELECT g.version, 'a due that was not agreed: ' || d.seq FROM g CROSS JOIN d
        WHERE NOT EXISTS (SELECT FROM r WHERE r.version = g.version AND (d.seq, d.due_on, d.amount_minor) = (r.seq, r.due_on, r.amount_minor))
          AND NOT (g.kind = 'subscription' AND d.amount_minor = agreement_month(g.id, d.seq) AND d.agreement_version = g.version
                   AND schedule_day(g.anchor_on, g.every, schedule_place(g.anchor_on, g.every, d.due_on - 1)) = d.due_on);
END $$;

-- The books, the counters and the papers agree (safety rules 7 and 8).
CREATE OR REPLACE FUNCTION check_money() RETURNS TABLE (kind text, order_number text, expected text, found text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT 'payment_not_in_ledger', o.number, money_json(p.amount_minor, p.currency)::text, coalesce(money_json(l.amount_minor, l.currency)::text, 'none')
        FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN ledger l ON l.entry = 'payment:' || p.id AND l.leg = 1
        WHERE l.id IS NULL OR l.amount_minor <> p.amount_minor OR l.currency <> p.currency
        UNION ALL
        SELECT 'allocated_differs', o.number, money_json(coalesce(a.sum, 0), p.currency)::text, money_json(p.allocated_minor, p.currency)::text
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE payment_id = p.id) a ON true
        WHERE p.allocated_minor <> coalesce(a.sum, 0)
        UNION ALL
        SELECT 'due_paid_differs', o.number, money_json(coalesce(a.sum, 0), d.currency)::text, money_json(d.paid_minor, d.currency)::text
        FROM dues d JOIN orders o ON o.id = d.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE due_id = d.id) a ON true
        WHERE d.paid_minor <> coalesce(a.sum, 0)
        UNION ALL
        -- As it was booked: a match that was taken back is a refund in the ledger.
        SELECT 'allocation_not_in_ledger', o.number, money_json(coalesce(a.sum, 0), p.currency)::text, money_json(coalesce(l.sum, 0), p.currency)::text
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE payment_id = p.id AND amount_minor > 0) a ON true
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM ledger WHERE entry = 'payment:' || p.id AND leg > 1) l ON true
        WHERE coalesce(a.sum, 0) <> coalesce(l.sum, 0)
        UNION ALL
        SELECT 'undone_differs', o.number, money_json(r.amount_minor - r.credit_minor, r.currency)::text || coalesce(', ' || c.number, ''),
               money_json(-coalesce(a.sum, 0), r.currency)::text || coalesce(', ' || n.number, '')
        FROM payments p JOIN orders o ON o.id = p.order_id JOIN refunds r ON r.payment_id = p.id AND r.kind = 'unmatched'
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM allocations WHERE payment_id = p.id AND amount_minor < 0) a ON true
             LEFT JOIN receipts c ON c.payment_id = p.id LEFT JOIN receipts n ON n.refund_id = r.id
        WHERE r.amount_minor - r.credit_minor <> -coalesce(a.sum, 0) OR (c.id IS NOT NULL AND n.id IS NULL AND r.settled_at < app_now() - interval '5 minutes')
        UNION ALL
        SELECT 'refund_not_in_ledger', o.number, money_json(r.amount_minor, r.currency)::text, money_json(coalesce(l.sum, 0), r.currency)::text
        FROM refunds r JOIN orders o ON o.id = r.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM ledger WHERE entry = 'refund:' || r.id) l ON true
        WHERE r.status = 'succeeded' AND r.amount_minor <> coalesce(l.sum, 0)
        UNION ALL
        SELECT 'refunded_differs', o.number, money_json(coalesce(r.sum, 0), p.currency)::text, money_json(p.refunded_minor, p.currency)::text
        FROM payments p JOIN orders o ON o.id = p.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM refunds WHERE payment_id = p.id AND status = 'succeeded') r ON true
        WHERE p.refunded_minor <> coalesce(r.sum, 0)
        UNION ALL
        -- What staff asked for, by line, is the refund; what they asked for went back so.
        SELECT 'refund_wants_differ', o.number, money_json(r.amount_minor, r.currency)::text, money_json(w.sum, r.currency)::text
        FROM refunds r JOIN orders o ON o.id = r.order_id
             JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM refund_wants WHERE refund_id = r.id) w ON w.sum <> r.amount_minor
        UNION ALL
        SELECT 'refund_without_answer', o.number, 'an answer of the gateway', 'none since ' || r.sent_at
        FROM refunds r JOIN orders o ON o.id = r.order_id
        WHERE r.status = 'unknown' AND r.sent_at < app_now() - interval '1 day'
        UNION ALL
        SELECT 'order_total_differs', o.number, money_json(o.total_minor, o.currency)::text, money_json(coalesce(l.sum, 0), o.currency)::text
        FROM orders o LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM order_lines WHERE order_id = o.id) l ON true
        WHERE o.total_minor <> coalesce(l.sum, 0)
        UNION ALL
        SELECT 'discount_used_differs', NULL, coalesce(l.n, 0) || ' orders with ' || c.code, c.used::text
        FROM discount_codes c LEFT JOIN LATERAL (SELECT count(*) AS n FROM order_lines x JOIN orders o ON o.id = x.order_id
                                                 WHERE x.discount_id = c.id AND o.status NOT IN ('expired', 'cancelled')) l ON true
        WHERE c.used <> coalesce(l.n, 0)
        UNION ALL
        SELECT 'receipt_missing', o.number, 'a receipt', 'none'
        FROM payments p JOIN orders o ON o.id = p.order_id
        WHERE p.allocated_minor > 0 AND p.detail_at < app_now() - interval '5 minutes' AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id)
          AND (p.bank_line_id IS NULL OR (o.paid_at < app_now() - interval '5 minutes' AND NOT EXISTS (SELECT FROM receipts r JOIN payments q ON q.id = r.payment_id WHERE r.order_id = o.id AND q.undone_at IS NULL)))
        UNION ALL
        -- A transfer may be too little or too much: its receipt is for the whole order.
        SELECT 'receipt_differs', o.number, money_json(CASE WHEN p.bank_line_id IS NULL THEN p.amount_minor ELSE o.total_minor END, p.currency)::text,
               money_json(r.total_minor, r.currency)::text
        FROM receipts r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
        WHERE r.total_minor <> CASE WHEN p.bank_line_id IS NULL THEN p.amount_minor
                                    -- What is paid over time has a receipt for each due.
                                    WHEN EXISTS (SELECT FROM agreements g WHERE g.order_id = o.id) THEN p.allocated_minor
                                    ELSE o.total_minor END OR r.currency <> p.currency
        UNION ALL
        SELECT 'receipt_number_gap', NULL, s.series || ' 1 to ' || s.last, coalesce(r.n, 0) || ' receipts, highest ' || coalesce(r.max, 0)
        FROM receipt_series s LEFT JOIN LATERAL (SELECT count(*) AS n, max(seq) FROM receipts WHERE series = s.series) r ON true
        WHERE coalesce(r.n, 0) <> s.last OR coalesce(r.max, 0) <> s.last
        UNION ALL
        SELECT 'ledger_entry_unknown', o.number, 'a payment, refund, fee or dispute', l.entry
        FROM ledger l LEFT JOIN orders o ON o.id = l.order_id
        WHERE NOT CASE split_part(l.entry, ':', 1)
                WHEN 'payment' THEN EXISTS (SELECT FROM payments WHERE id = split_part(l.entry, ':', 2)::bigint)
                WHEN 'fee' THEN EXISTS (SELECT FROM payments WHERE id = split_part(l.entry, ':', 2)::bigint AND fee_minor = l.amount_minor)
                WHEN 'refund' THEN EXISTS (SELECT FROM refunds WHERE id = split_part(l.entry, ':', 2)::bigint)
                WHEN 'refund-failed' THEN EXISTS (SELECT FROM refunds WHERE id = split_part(l.entry, ':', 2)::bigint AND status = 'failed')
                WHEN 'dispute' THEN EXISTS (SELECT FROM disputes WHERE id = split_part(l.entry, ':', 2)::bigint AND amount_minor = l.amount_minor)
                WHEN 'dispute-won' THEN EXISTS (SELECT FROM disputes WHERE id = split_part(l.entry, ':', 2)::bigint AND status = 'won')
                WHEN 'payout' THEN EXISTS (SELECT FROM bank_lines b WHERE b.id = split_part(l.entry, ':', 2)::bigint AND b.status = 'payout'
                                              AND b.amount_minor = l.amount_minor AND b.currency = l.currency)
                ELSE false END
        UNION ALL
        -- The bank's lines, its payments and its account in the books are the same money.
        SELECT 'bank_line_differs', o.number, b.status || ' ' || money_json(b.amount_minor, b.currency)::text,
               coalesce(money_json(p.amount_minor, p.currency)::text, 'no payment')
        FROM bank_lines b LEFT JOIN payments p ON p.bank_line_id = b.id AND p.undone_at IS NULL LEFT JOIN matches m ON m.bank_line_id = b.id AND m.undone_at IS NULL
             LEFT JOIN orders o ON o.id = coalesce(p.order_id, m.order_id)
        WHERE (b.status = 'matched') <> (p.id IS NOT NULL AND m.payment_id IS NOT DISTINCT FROM p.id AND m.order_id = p.order_id)
        UNION ALL
        SELECT 'bank_not_as_in_ledger', NULL, money_json(coalesce(w.sum, 0), c.code)::text, money_json(coalesce(g.sum, 0), c.code)::text
        FROM currencies c
             LEFT JOIN (SELECT currency, sum(amount)::bigint FROM (
                                SELECT currency, amount_minor - refunded_minor FROM payments WHERE bank_line_id IS NOT NULL
                                UNION ALL SELECT currency, amount_minor FROM bank_lines WHERE status = 'payout') m(currency, amount) GROUP BY 1) w(currency, sum)
                    ON w.currency = c.code
             LEFT JOIN (SELECT currency, sum(CASE WHEN debit = 'bank' THEN amount_minor ELSE -amount_minor END)::bigint FROM ledger
                        WHERE 'bank' IN (debit, credit) GROUP BY 1) g(currency, sum) ON g.currency = c.code
        WHERE coalesce(w.sum, 0) <> coalesce(g.sum, 0)
        UNION ALL
        -- Instalments sum up to what was agreed, to the minor unit; what is all paid is completed.
        SELECT 'agreement_sum_differs', o.number, money_json(g.amount_minor, g.currency)::text, money_json(coalesce(d.sum, 0), g.currency)::text
        FROM agreements g JOIN orders o ON o.id = g.order_id
             LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint FROM dues WHERE agreement_id = g.id AND status <> 'replaced') d ON true
        WHERE g.kind = 'instalments' AND g.status <> 'agreed' AND g.amount_minor <> coalesce(d.sum, 0)
        UNION ALL
        -- The versions of an agreement lead to the dues that are there.
        SELECT 'agreement_replay_differs', o.number, 'version ' || y.version, y.fault
        FROM agreements g JOIN orders o ON o.id = g.order_id CROSS JOIN LATERAL agreement_replay(g.id) y
        UNION ALL
        SELECT 'agreement_status_differs', o.number, CASE WHEN d.open THEN 'live' ELSE 'completed' END, g.status
        FROM agreements g JOIN orders o ON o.id = g.order_id
             CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM dues WHERE agreement_id = g.id AND status IN ('open', 'written_off')) AS open) d
        WHERE g.kind = 'instalments' AND g.status NOT IN ('agreed', 'cancelled') AND (g.status = 'live') <> d.open
        UNION ALL
        SELECT 'mismatch_open', o.number, money_json(m.expected_minor, m.expected_currency)::text, money_json(m.found_minor, m.found_currency)::text
        FROM mismatches m JOIN attempts t ON t.id = m.attempt_id JOIN orders o ON o.id = t.order_id WHERE m.settled_at IS NULL
$$;

-- --- what was found wrong and is dealt with ---

-- The alarm P_ID of a kind that only people can end, and what it was about:
--   mismatch       its payments that did not fit are settled (refunded at the gateway, or booked by hand)
--   poison         its event is set aside, or with P_AGAIN tried once more
--   refund_failed  the money was paid out another way
--   refund_unassigned, reconcile  somebody looked, and it is in order
-- settled, again, over (somebody did already), other (another kind ends by itself), unknown.
CREATE OR REPLACE FUNCTION alarm_settle(p_id bigint, p_again boolean, p_reason text, p_actor text, p_actor_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a alarms;
        v_event text;
BEGIN
        SELECT * INTO v_a FROM alarms WHERE id = p_id FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_a.kind NOT IN ('mismatch', 'poison', 'refund_failed', 'refund_unassigned', 'reconcile') OR (p_again AND v_a.kind <> 'poison') THEN
                RETURN 'other';
        ELSIF v_a.closed_at IS NOT NULL THEN
                RETURN 'over';
        END IF;
        IF v_a.kind = 'mismatch' THEN
                WITH m AS (UPDATE mismatches SET settled_at = app_now()
                           WHERE settled_at IS NULL AND attempt_id IN (SELECT id FROM attempts WHERE order_id = v_a.object_id) RETURNING account_id, payment_ref)
                UPDATE inbox i SET status = 'done' FROM m WHERE i.account_id = m.account_id AND i.payment_ref = m.payment_ref AND i.status = 'mismatch';
        ELSIF v_a.kind = 'poison' THEN
                UPDATE inbox SET status = CASE WHEN p_again THEN 'new' ELSE 'ignored' END, tries = 0, next_at = clock_timestamp(),
                                 done_at = CASE WHEN NOT p_again THEN clock_timestamp() END
                WHERE id = v_a.object_id AND status = 'poison' RETURNING event_ref INTO v_event;
        END IF;
        UPDATE alarms SET closed_at = app_now() WHERE id = p_id;
        PERFORM audit_add(p_actor, p_actor_id, CASE WHEN p_again THEN 'alarm.again' ELSE 'alarm.settled' END, v_a.object, v_a.object_id,
                          jsonb_strip_nulls(jsonb_build_object('alarm', p_id, 'kind', v_a.kind, 'event', v_event, 'reason', nullif(p_reason, ''))));
        RETURN CASE WHEN p_again THEN 'again' ELSE 'settled' END;
END $$;

-- The same from the staff pages: money is for whoever refunds, a new try for whoever runs jobs.
CREATE OR REPLACE FUNCTION staff_alarm_settle(p_id bigint, p_again boolean, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_must(CASE WHEN p_again THEN 'jobs' ELSE 'refund' END);
BEGIN
        RETURN alarm_settle(p_id, p_again, p_reason, 'staff', v_staff);
END $$;

-- Row-level security forced, owners, column comments, the clock's body.
CREATE OR REPLACE FUNCTION check_schema(p_development boolean) RETURNS TABLE (kind text, order_number text, expected text, found text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_catalog, pg_temp
AS $$
        SELECT 'row_security', NULL::text, 'enabled and forced', c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        UNION ALL
        SELECT 'owner', NULL, 'lk_owner', c.relname || ' is owned by ' || pg_get_userbyid(c.relowner)
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND pg_get_userbyid(c.relowner) <> 'lk_owner'
        UNION ALL
        SELECT 'function_owner', NULL, 'lk_owner or lk_definer', p.proname || ' is owned by ' || pg_get_userbyid(p.proowner)
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace
          AND pg_get_userbyid(p.proowner) NOT IN ('lk_owner', 'lk_definer')
        UNION ALL
        SELECT 'function_path', NULL, 'a fixed search_path', p.proname::text
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace AND p.prosecdef
          AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')
        UNION ALL
        SELECT 'function_public', NULL, 'no right for everybody', p.proname::text
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
        UNION ALL
        SELECT 'role', NULL, 'no superuser, no bypass, owns nothing', r.rolname::text
        FROM pg_roles r WHERE r.rolname IN ('lk_portal', 'lk_admin', 'lk_hooks', 'lk_worker', 'lk_ctl')
          AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
               OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid))
        UNION ALL
        SELECT 'role_login', NULL, 'cannot log in', r.rolname::text
        FROM pg_roles r WHERE r.rolname IN ('lk_owner', 'lk_definer') AND r.rolcanlogin
        UNION ALL
        SELECT 'hooks_table_right', NULL, 'no right on any table', c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r'
          AND (has_table_privilege('lk_hooks', c.oid, 'DELETE, TRUNCATE') OR has_any_column_privilege('lk_hooks', c.oid, 'SELECT, INSERT, UPDATE'))
        UNION ALL
        SELECT 'view_invoker', NULL, 'security_invoker', c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'v'
          AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)
        UNION ALL
        SELECT 'comment', NULL, 'a comment on every column', c.relname || '.' || a.attname
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'latchkey'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND col_description(c.oid, a.attnum) IS NULL
        UNION ALL
        SELECT 'clock', NULL, CASE WHEN p_development THEN 'now() + dev_clock' ELSE 'now()' END, trim(p.prosrc)
        FROM pg_proc p WHERE p.pronamespace = 'latchkey'::regnamespace AND p.proname = 'app_now'
          AND (p.prosrc LIKE '%dev_clock%') <> p_development
        UNION ALL
        SELECT 'paid_means_in', NULL, 'constraint deferrable and valid', coalesce(max(c.conname), 'missing')
        FROM (SELECT) one LEFT JOIN pg_constraint c ON c.conname = 'paid_means_in' AND c.convalidated AND c.condeferrable
        HAVING count(c.oid) = 0
        UNION ALL
        SELECT 'trigger', NULL, 'enabled', t.tgname || ' on ' || t.tgrelid::regclass
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'latchkey'::regnamespace AND t.tgenabled = 'D'
        UNION ALL
        SELECT 'trigger_missing', NULL, w.name || ' on ' || w.tab, 'none'
        FROM (SELECT unnest(string_to_array('orders dues attempts refunds disputes access messages inbox bank_lines tickets tasks withdrawals', ' ')), 'moved'
              UNION ALL SELECT unnest(string_to_array('product_versions offer_versions terms_versions article_versions', ' ')), 'frozen'
              UNION ALL SELECT unnest(string_to_array('audit evidence', ' ')), 'chain_wants'
              UNION ALL SELECT 'allocations', 'allocated'
              UNION ALL SELECT 'customers', 'merged_once'
              UNION ALL SELECT 'bank_lines', 'line_settles'
              UNION ALL SELECT 'orders', unnest(ARRAY['order_reopens', 'order_offer_ends'])
              UNION ALL SELECT unnest(string_to_array('customers orders payments receipts', ' ')), 'search_fill'
              UNION ALL SELECT 'staff', 'last_owner'
              UNION ALL SELECT 'notes', unnest(ARRAY['append_only', 'append_only_all'])
              UNION ALL SELECT 'orders', 'discount_count'
              UNION ALL SELECT 'offer_versions', 'priced'
              UNION ALL SELECT unnest(string_to_array('agreements amendments method_setups cases promises', ' ')), 'moved'
              UNION ALL SELECT 'message_texts', 'frozen'
              UNION ALL SELECT t, unnest(ARRAY['append_only', 'append_only_all']) FROM unnest(ARRAY['agreement_versions', 'agreement_rows', 'agreement_papers']) t
              UNION ALL VALUES ('offer_versions', 'schedule_sound'), ('agreement_versions', 'agreement_seal'), ('agreement_versions', 'agreement_whole'), ('agreement_versions', 'version_ruled')
              UNION ALL VALUES ('rule_versions', 'rule_stays'), ('rule_versions', 'rule_stays_all'), ('machine_runs', 'machine_never')
              UNION ALL SELECT 'attempts', unnest(ARRAY['attempt_ended', 'attempt_failing'])
              UNION ALL SELECT 'dues', unnest(ARRAY['due_moving', 'due_thanks'])
              UNION ALL VALUES ('payments', 'withdrawal_late'), ('refunds', 'withdrawal_refunded')
              UNION ALL SELECT 'cases', unnest(ARRAY['case_begins', 'case_moving'])
              UNION ALL SELECT t, n FROM unnest(string_to_array('ledger allocations moves audit chain_seals receipts receipt_files version_items item_versions', ' ')) t,
                                         unnest(ARRAY['append_only', 'append_only_all']) n) w(tab, name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = ('latchkey.' || w.tab)::regclass AND t.tgname = w.name)
$$;
RESET ROLE;
