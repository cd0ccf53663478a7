-- Payments in the customer's own calendar (S1.4): a private link, which a calendar app fetches without a
-- login, and what it finds there.  The link is a session of kind calendar: the database keeps its hash, each
-- customer has one, and it ends with whatever ends their other links.  It shows amounts and days, and opens
-- nothing else.
SET ROLE lk_definer;

-- Whose payments this link shows; NULL for any other, absent or not.
CREATE OR REPLACE FUNCTION calendar_person(p_link bytea) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT s.customer_id FROM sessions s JOIN customers c ON c.id = s.customer_id AND c.erased_at IS NULL AND c.merged_into IS NULL
                WHERE s.token_hash = p_link AND s.kind = 'calendar' AND s.ended_at IS NULL AND s.expires_at > app_now());
END $$;

-- An app fetches it: noted at most once an hour, by one of several at once.  A link that none fetches for
-- 90 days ends by itself.  No row: no such link.
CREATE OR REPLACE FUNCTION calendar_open(p_link bytea) RETURNS TABLE (locale text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_person bigint := calendar_person(p_link);
BEGIN
        UPDATE sessions SET seen_at = app_now(), expires_at = app_now() + interval '90 days'
        WHERE v_person IS NOT NULL AND token_hash IN (
                SELECT s.token_hash FROM sessions s
                WHERE s.token_hash = p_link AND s.ended_at IS NULL AND coalesce(s.seen_at < app_now() - interval '1 hour', true) FOR UPDATE SKIP LOCKED);
        RETURN QUERY SELECT c.locale FROM customers c WHERE c.id = v_person;
END $$;

-- What stands in the calendar: whatever they would be reminded of, the next period of a subscription before
-- it is asked for, and what was paid in the last three months.  STATE: paid, late, charge (we do it by
-- ourselves), hand (nothing is saved that could be charged), open (neither: under way, or tried).  An amount
-- keeps its place (SEQ) when its day moves, and VERSION rises; ALARMS are the days of the reminders up to the
-- day itself, of which a customer who wants the important ones alone has the last.
CREATE OR REPLACE FUNCTION calendar_dues(p_link bytea)
RETURNS TABLE (order_number text, seq integer, title text, amount_minor bigint, currency text, due_on date, state text, own boolean, asked boolean,
               method_kind text, brand text, last_four text, version integer, changed_at timestamptz, alarms text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_person bigint := calendar_person(p_link);
        v_mine bigint[] := v_person || ARRAY(SELECT id FROM customers WHERE merged_into = v_person);
        v_chosen reminder_choices;
BEGIN
        IF v_person IS NULL THEN
                RETURN;
        END IF;
        SELECT * INTO v_chosen FROM reminder_choices c WHERE c.customer_id = v_person;
        RETURN QUERY
        WITH theirs AS (
                SELECT id FROM orders WHERE customer_id = ANY (v_mine)
                UNION
                SELECT p.order_id FROM order_parties p WHERE p.person_id = ANY (v_mine) AND 'bills' = ANY (p.topics)),
        asked AS (
                SELECT d.order_id, d.seq, d.title, CASE d.status WHEN 'paid' THEN d.amount_minor ELSE d.amount_minor - d.paid_minor END AS minor, d.currency, d.due_on,
                       CASE WHEN d.status = 'paid' THEN 'paid' WHEN d.due_on < t.today THEN 'late' WHEN due_charged(d.id) THEN 'charge'
                            WHEN m.id IS NULL THEN 'hand' ELSE 'open' END AS state,
                       true AS asked, m.id AS method, d.agreement_version AS version,
                       greatest(d.created_at, d.paid_at, (SELECT max(greatest(a.created_at, a.settled_at)) FROM attempts a WHERE a.due_id = d.id),
                                CASE WHEN d.status = 'open' AND d.due_on < t.today THEN (d.due_on + 1)::timestamp AT TIME ZONE t.zone END) AS changed_at
                FROM theirs o JOIN dues d ON d.order_id = o.id JOIN agreements g ON g.id = d.agreement_id
                     CROSS JOIN LATERAL (SELECT z.zone, today_in(z.zone) AS today FROM (SELECT person_zone(v_person, d.id) AS zone) z) t
                     LEFT JOIN payment_methods m ON d.status = 'open' AND m.id = charge_method(d.id)
                WHERE (d.status = 'paid' AND d.paid_at > app_now() - interval '92 days') OR (d.status = 'open' AND agreement_charges(g.id))),
        ahead AS (
                SELECT g.order_id, n.seq, due_title(l.title, 'period', g.every, 1, 1, n.day) AS title, agreement_month(g.id, n.seq) AS minor, g.currency, n.day AS due_on,
                       CASE WHEN m.id IS NULL THEN 'hand' ELSE 'charge' END AS state, false AS asked, m.id AS method, g.version,
                       greatest(v.made_at, n.paid_at) AS changed_at
                FROM theirs o JOIN agreements g ON g.order_id = o.id JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version
                     JOIN LATERAL (SELECT x.title FROM order_lines x WHERE x.order_id = g.order_id ORDER BY x.id LIMIT 1) l ON true
                     CROSS JOIN LATERAL (SELECT max(d.seq) + 1 AS seq, max(d.paid_at) AS paid_at, period_next(g.id) AS day
                                         FROM dues d WHERE d.agreement_id = g.id AND d.status <> 'replaced') n
                     LEFT JOIN LATERAL (SELECT p.id FROM payment_methods p
                                        WHERE p.customer_id = g.customer_id AND p.detached_at IS NULL AND (p.is_default OR p.is_backup OR p.id = g.method_id)
                                        ORDER BY coalesce(p.id = g.method_id, false) DESC, p.is_default DESC LIMIT 1) m ON true
                WHERE g.kind = 'subscription' AND g.status = 'live' AND g.cancel_asked_at IS NULL AND n.day IS NOT NULL
                  AND NOT EXISTS (SELECT FROM dues d WHERE d.agreement_id = g.id AND d.status = 'open') AND agreement_charges(g.id))
        SELECT o.number, e.seq, e.title, e.minor, e.currency, e.due_on, e.state, o.customer_id = ANY (v_mine), e.asked,
               coalesce(m.kind, ''), coalesce(m.brand, ''), coalesce(m.last_four, ''), e.version,
               greatest(e.changed_at, m.updated_at, n.changed_at, v_chosen.changed_at),
               CASE WHEN e.state IN ('paid', 'late') OR NOT n.enabled THEN ''
                    ELSE coalesce((SELECT string_agg(k::text, ' ' ORDER BY k) FROM unnest(n.days) k
                                   WHERE k <= 0 AND (v_chosen.frequency IS DISTINCT FROM 'important' OR reminder_important(k, n.days))), '') END
        FROM (SELECT * FROM asked UNION ALL SELECT * FROM ahead) e JOIN orders o ON o.id = e.order_id
             CROSS JOIN LATERAL reminder_plan(order_product(e.order_id)) n
             LEFT JOIN payment_methods m ON m.id = e.method
        ORDER BY e.due_on, o.id, e.seq LIMIT 500;
END $$;

-- The link of whoever asks: when it was made and fetched last.  SHOWN: P_SHOWN is it, made less than ten
-- minutes ago, so its address may be shown.  No row: none.
CREATE OR REPLACE FUNCTION calendar_mine(p_shown bytea) RETURNS TABLE (made_at timestamptz, seen_at timestamptz, shown boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT s.created_at, s.seen_at, coalesce(s.token_hash = p_shown AND s.created_at > app_now() - interval '10 minutes', false)
        FROM sessions s WHERE s.customer_id = v_mine[1] AND s.kind = 'calendar' AND s.ended_at IS NULL AND s.expires_at > app_now();
END $$;

-- A new link, which ends the one before; the same form sent again finds the one that it made.  False for
-- nobody, and for staff who look as a customer.
CREATE OR REPLACE FUNCTION calendar_make(p_link bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := me_writing();
BEGIN
        PERFORM FROM customers WHERE id = v_me FOR NO KEY UPDATE;
        IF FOUND AND NOT EXISTS (SELECT FROM sessions WHERE token_hash = p_link) THEN
                UPDATE sessions SET ended_at = app_now() WHERE customer_id = v_me AND kind = 'calendar' AND ended_at IS NULL;
                INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at) VALUES (p_link, 'calendar', v_me, app_now(), app_now() + interval '90 days');
        END IF;
        RETURN v_me IS NOT NULL;
END $$;

-- It opens nothing any more; again it does nothing.
CREATE OR REPLACE FUNCTION calendar_end() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := me_writing();
BEGIN
        UPDATE sessions SET ended_at = app_now() WHERE customer_id = v_me AND kind = 'calendar' AND ended_at IS NULL;
        RETURN v_me IS NOT NULL;
END $$;
RESET ROLE;
