-- The hardship desk (S1.6, S1.7): what a customer asks for, what the rule in force makes of it, what
-- staff decide; and the rules themselves.  Lock order: withdrawal, attempts, dues by id, agreement, amendment.
SET ROLE lk_definer;

-- --- rules -----------------------------------------------------------------------------------

-- Whose law a buyer lives under, as far as rules know it.
CREATE OR REPLACE FUNCTION region_of(p_country text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN p_country = 'GB' THEN 'UK' WHEN p_country = 'US' THEN 'US'
                    WHEN p_country IN ('AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT', 'NL',
                                       'PL', 'PT', 'RO', 'SK', 'SI', 'ES', 'SE') THEN 'EU'
                    ELSE '' END
$$;

-- How near a rule's place is to a buyer of P_REGION and what they bought; NULL: it does not hold there.
-- The region goes before the product, so that a rule for everywhere never reaches across a border.
CREATE OR REPLACE FUNCTION rule_rank(p_rule_region text, p_rule_product bigint, p_region text, p_products bigint[]) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$
        SELECT CASE WHEN p_rule_region IN (p_region, '') AND (p_rule_product IS NULL OR p_rule_product = ANY (p_products))
                    THEN CASE WHEN p_rule_region <> '' THEN 2 ELSE 0 END + CASE WHEN p_rule_product IS NOT NULL THEN 1 ELSE 0 END END
$$;

-- The rule in force for buyers of a region and what they bought; and for an order.
CREATE OR REPLACE FUNCTION rule_in(p_region text, p_products bigint[]) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT r.id FROM rule_versions r WHERE r.superseded_at IS NULL AND rule_rank(r.region, r.product_id, p_region, p_products) IS NOT NULL
        ORDER BY rule_rank(r.region, r.product_id, p_region, p_products) DESC, r.id LIMIT 1
$$;
CREATE OR REPLACE FUNCTION rule_of(p_order bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT rule_in(region_of(o.country), ARRAY(SELECT product_id FROM order_lines WHERE order_id = o.id)) FROM orders o WHERE o.id = p_order $$;

-- An amount of a rule in this currency; 0 where it names none.
CREATE OR REPLACE FUNCTION rule_minor(p_amounts jsonb, p_currency text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$ SELECT coalesce((p_amounts ->> p_currency)::bigint, 0) $$;

-- "20.00 EUR, 2000 JPY" as a rule keeps it.  What is no such list was refused by the page
-- (money_listed()).
CREATE OR REPLACE FUNCTION rule_amounts(p_list text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(jsonb_object_agg(c.code, (split_part(w.said, ' ', 1)::numeric * 10 ^ c.exponent)::bigint), '{}')
        FROM (SELECT btrim(s) AS said FROM regexp_split_to_table(p_list, ',') s) w JOIN currencies c ON c.code = split_part(w.said, ' ', 2)
$$;

-- The legal limits that such a rule is across.
CREATE OR REPLACE FUNCTION rule_breaks(p_region text, p_count integer, p_months integer, p_later integer, p_fee jsonb) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(array_agg(l.code ORDER BY l.code), '{}') FROM legal_limits l
        WHERE l.region = p_region AND l.most < CASE l.field WHEN 'count_most' THEN p_count WHEN 'longest_months' THEN p_months WHEN 'later_days' THEN p_later
                ELSE coalesce((SELECT max(value::bigint) FROM jsonb_each_text(p_fee)), 0) END
$$;

-- Staff publish a rule: the one before (SEEN; 0: there was none) is superseded.  NAME and REASON sign
-- for what the law does not exempt.
--   published; same (nothing differs); stale (SEEN is not in force any more); breaks (it is across
--   legal limits and not signed for); unknown (no such product)
CREATE OR REPLACE FUNCTION rule_publish(p_product text, p_region text, p_seen bigint, p_deposit integer, p_smallest jsonb, p_count integer, p_months integer,
                                        p_later integer, p_changes integer, p_spacing integer, p_grace integer, p_fee jsonb, p_early integer, p_approver text,
                                        p_name text, p_reason text)
RETURNS TABLE (answer text, rule_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('rules');
        v_product bigint := (SELECT id FROM products WHERE slug = p_product);
        v_r rule_versions;
        v_breaks text[] := rule_breaks(p_region, p_count, p_months, p_later, p_fee);
BEGIN
        IF coalesce(p_product, '') <> '' AND v_product IS NULL THEN
                RETURN QUERY SELECT 'unknown', NULL::bigint; RETURN;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.rule ' || coalesce(v_product, 0) || p_region, 0));
        SELECT * INTO v_r FROM rule_versions r WHERE r.product_id IS NOT DISTINCT FROM v_product AND r.region = p_region AND r.superseded_at IS NULL;
        IF (v_r.deposit_percent, v_r.smallest, v_r.count_most, v_r.longest_months, v_r.later_days, v_r.changes_most, v_r.changes_days, v_r.grace_days, v_r.fee,
            v_r.early_percent, v_r.approver)
           IS NOT DISTINCT FROM (p_deposit, p_smallest, p_count, p_months, p_later, p_changes, p_spacing, p_grace, p_fee, p_early, p_approver) THEN
                RETURN QUERY SELECT 'same', v_r.id; RETURN;
        ELSIF coalesce(v_r.id, 0) <> p_seen THEN
                RETURN QUERY SELECT 'stale', v_r.id; RETURN;
        ELSIF v_breaks <> '{}' AND (trim(p_name) = '' OR trim(p_reason) = '') THEN
                RETURN QUERY SELECT 'breaks', v_r.id; RETURN;
        END IF;
        UPDATE rule_versions SET superseded_at = app_now() WHERE id = v_r.id;
        INSERT INTO rule_versions (product_id, region, version, deposit_percent, smallest, count_most, longest_months, later_days, changes_most, changes_days,
                                   grace_days, fee, early_percent, approver, breaks, signed_name, signed_reason, published_at, published_by)
        VALUES (v_product, p_region, coalesce((SELECT max(version) FROM rule_versions r WHERE r.product_id IS NOT DISTINCT FROM v_product AND r.region = p_region), 0) + 1,
                p_deposit, p_smallest, p_count, p_months, p_later, p_changes, p_spacing, p_grace, p_fee, p_early, p_approver, v_breaks,
                CASE WHEN v_breaks <> '{}' THEN trim(p_name) ELSE '' END, CASE WHEN v_breaks <> '{}' THEN trim(p_reason) ELSE '' END, app_now(), v_me)
        RETURNING id INTO rule_id;
        PERFORM audit_add('staff', v_me, CASE WHEN v_breaks <> '{}' THEN 'rule.signed' ELSE 'rule.published' END, 'rule', rule_id,
                          jsonb_build_object('rule', rule_id, 'was', v_r.id) || CASE WHEN v_breaks = '{}' THEN '{}' ELSE
                          jsonb_build_object('breaks', v_breaks, 'name', trim(p_name), 'reason', trim(p_reason)) END);
        answer := 'published';
        RETURN NEXT;
END $$;

-- Staff take a product's own rule back: from now on the rule for any product holds there.  What names it
-- goes on naming it.
--   withdrawn; same (it is so already); stale (another version is in force); general (it is not a
--   product's own: every buyer needs one); unknown
CREATE OR REPLACE FUNCTION rule_withdraw(p_rule bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('rules');
        v_r rule_versions;
        v_live bigint;
BEGIN
        SELECT * INTO v_r FROM rule_versions WHERE id = p_rule;
        IF v_r.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_r.product_id IS NULL THEN
                RETURN 'general';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.rule ' || v_r.product_id || v_r.region, 0));
        SELECT id INTO v_live FROM rule_versions WHERE product_id = v_r.product_id AND region = v_r.region AND superseded_at IS NULL;
        IF v_live IS DISTINCT FROM p_rule THEN
                RETURN CASE WHEN v_live IS NULL THEN 'same' ELSE 'stale' END;
        END IF;
        UPDATE rule_versions SET superseded_at = app_now() WHERE id = p_rule;
        PERFORM audit_add('staff', v_me, 'rule.withdrawn', 'rule', p_rule, jsonb_build_object('rule', p_rule));
        RETURN 'withdrawn';
END $$;

-- BEFORE UPDATE, DELETE on rule_versions: it is superseded, once, and nothing else.
CREATE OR REPLACE FUNCTION rule_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF TG_OP = 'DELETE' OR OLD.superseded_at IS NOT NULL OR to_jsonb(NEW) - 'superseded_at' <> to_jsonb(OLD) - 'superseded_at' THEN
                RAISE EXCEPTION 'a rule is superseded, never changed or deleted' USING ERRCODE = 'restrict_violation', HINT = 'Publish a new version.';
        END IF;
        RETURN NEW;
END $$;

-- BEFORE INSERT on agreement_versions: which rule was in force.
CREATE OR REPLACE FUNCTION version_ruled() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        NEW.rule_id := coalesce(NEW.rule_id, rule_of((SELECT order_id FROM agreements WHERE id = NEW.agreement_id)));
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION rule_stays(), version_ruled() TO lk_owner;

-- --- the customer's plan -----------------------------------------------------------------------

-- The agreement that this link's amount belongs to, or this person's own by its order; NULL for any
-- other.  A link whose amount gave way to another schedule shows it for a day more.  WRITING: that
-- is over then, and staff who look as a customer do not count.
CREATE OR REPLACE FUNCTION plan_agreement(p_link bytea, p_number text, p_writing boolean) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF p_link IS NOT NULL THEN
                RETURN (SELECT d.agreement_id FROM sessions s JOIN dues d ON d.id = s.due_id
                        WHERE s.token_hash = p_link AND s.kind = 'pay_link' AND s.expires_at > app_now()
                          AND (s.ended_at IS NULL OR (NOT p_writing AND d.status = 'replaced' AND s.ended_at > app_now() - interval '1 day')));
        END IF;
        IF p_writing AND me_writing() IS NULL THEN
                RETURN NULL;
        END IF;
        RETURN (SELECT g.id FROM agreements g JOIN orders o ON o.id = g.order_id WHERE o.number = p_number AND g.customer_id = ANY (mine()));
END $$;

-- Where the payer of an agreement lives: their own choice, else the agreement's.
CREATE OR REPLACE FUNCTION agreement_zone(p_agreement bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT coalesce(nullif(c.zone, ''), g.zone, 'UTC') FROM agreements g JOIN customers c ON c.id = g.customer_id WHERE g.id = p_agreement $$;

-- What of an agreement can get another schedule: open, and nothing of it paid.  Of a subscription
-- its next period, asked for already or not.
CREATE OR REPLACE FUNCTION plan_open(p_agreement bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce((SELECT jsonb_agg(jsonb_build_object('on', due_on, 'minor', amount_minor) ORDER BY due_on, id)
                         FROM dues WHERE agreement_id = p_agreement AND status = 'open' AND paid_minor = 0),
                        (SELECT jsonb_build_array(jsonb_build_object('on', period_next(g.id), 'minor',
                                        agreement_month(g.id, (SELECT max(seq) + 1 FROM dues WHERE agreement_id = g.id AND status <> 'replaced'))))
                         FROM agreements g WHERE g.id = p_agreement AND g.kind = 'subscription' AND g.status = 'live' AND g.cancel_asked_at IS NULL
                           AND NOT EXISTS (SELECT FROM dues WHERE agreement_id = g.id AND status = 'open')), '[]')
$$;

-- When and what each subscription of whoever asks is next asked for; none that is cancelled.
CREATE OR REPLACE FUNCTION plans_next() RETURNS TABLE (order_number text, next_on date, minor bigint, paused boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT o.number, (r ->> 'on')::date, (r ->> 'minor')::bigint, agreement_paused(g.id)
        FROM agreements g JOIN orders o ON o.id = g.order_id CROSS JOIN LATERAL jsonb_array_elements(plan_open(g.id)) r
        WHERE g.customer_id = ANY (mine()) AND g.kind = 'subscription' AND g.status = 'live'
$$;

-- Whether this order has a plan of which something can get another schedule.
CREATE OR REPLACE FUNCTION order_splits(p_order bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT EXISTS (SELECT FROM agreements g JOIN dues d ON d.agreement_id = g.id AND d.status = 'open' AND d.paid_minor = 0
                       WHERE g.order_id = p_order AND g.status = 'live' AND g.kind = 'instalments')
$$;

CREATE OR REPLACE FUNCTION rows_sum(p_rows jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$ SELECT coalesce(sum((r ->> 'minor')::bigint), 0)::bigint FROM jsonb_array_elements(p_rows) r $$;

-- Whether money for one of the open amounts is under way: nothing is changed meanwhile.
CREATE OR REPLACE FUNCTION plan_busy(p_agreement bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT EXISTS (SELECT FROM attempts a JOIN dues d ON d.id = a.due_id
                       WHERE d.agreement_id = p_agreement AND d.status = 'open' AND a.live AND (a.status <> 'created' OR a.planned_at <= app_now()))
$$;

-- What is under way for an open amount of a plan, while nothing of it changes: transfer (announced;
-- counts until UNTIL_ON), debit (the bank takes days), confirm (the bank asks the customer), page (the
-- gateway's page is open), moving (a moment).  SEQ is its amount's.  Else, for three days: undone, an
-- early payment that was not completed; for thirty: rest, what joined the last payment, TITLE says so.
CREATE OR REPLACE FUNCTION plan_under_way(p_link bytea, p_number text, p_days integer)
RETURNS TABLE (what text, seq integer, title text, rest_minor bigint, currency text, since_on date, until_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        (SELECT CASE WHEN a.kind = 'transfer' THEN 'transfer' WHEN a.status = 'processing' THEN 'debit' WHEN a.status = 'requires_action' THEN 'confirm'
                    WHEN a.kind = 'checkout' AND a.status = 'sent' THEN 'page' ELSE 'moving' END,
               d.seq, d.title, d.amount_minor - d.paid_minor, d.currency, (s.at AT TIME ZONE z.zone)::date, (s.at AT TIME ZONE z.zone)::date + p_days
        FROM dues d JOIN attempts a ON a.due_id = d.id CROSS JOIN LATERAL (SELECT coalesce(a.sent_at, a.created_at) AS at) s
             CROSS JOIN LATERAL (SELECT agreement_zone(d.agreement_id) AS zone) z
        WHERE d.agreement_id = plan_agreement(p_link, p_number, false) AND d.status = 'open' AND a.live AND (a.status <> 'created' OR a.planned_at <= app_now())
        ORDER BY a.kind = 'transfer', d.due_on LIMIT 1)
        UNION ALL
        (SELECT 'undone', 0, '', 0, a.currency, z.day, z.day
         FROM (SELECT * FROM amendments x WHERE x.agreement_id = plan_agreement(p_link, p_number, false) ORDER BY x.id DESC LIMIT 1) a
              JOIN agreement_versions v ON v.agreement_id = a.agreement_id AND v.version = a.undone_version
              CROSS JOIN LATERAL (SELECT (v.made_at AT TIME ZONE agreement_zone(a.agreement_id))::date AS day) z
         WHERE a.need = 'early' AND v.made_at > app_now() - interval '3 days')
        UNION ALL SELECT 'rest', 0, r.note, 0, r.currency, r.day, r.day FROM plan_rest(plan_agreement(p_link, p_number, false)) r
        LIMIT 1
$$;

-- The customer takes back that a transfer is on its way: back; over (none is); unknown.  Should it
-- come all the same, it is booked as any other.
CREATE OR REPLACE FUNCTION plan_transfer_back(p_link bytea, p_number text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements := plan_lock(plan_agreement(p_link, p_number, true));
BEGIN
        IF v_g.id IS NULL THEN
                RETURN 'unknown';
        END IF;
        RETURN CASE WHEN transfers_end(v_g.id, NULL) > 0 THEN 'back' ELSE 'over' END;
END $$;

-- Transfers that were announced for amounts of agreements and are over: of one of them, or (NULL) of
-- all that were announced before P_BEFORE.  What was charged or planned before them goes on.
CREATE OR REPLACE FUNCTION transfers_end(p_agreement bigint, p_before timestamptz, p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_due bigint;
        v_n integer := 0;
BEGIN
        FOR v_due IN
                UPDATE attempts a SET status = 'cancelled' FROM dues d
                WHERE d.id = a.due_id AND a.kind = 'transfer' AND a.live AND d.agreement_id IS NOT NULL AND d.agreement_id = coalesce(p_agreement, d.agreement_id)
                  AND a.sent_at < coalesce(p_before, 'infinity') AND (p_customer IS NULL OR d.customer_id = p_customer)
                RETURNING a.due_id
        LOOP
                UPDATE cases SET status = 'open', next_step = '', next_why = '', next_at = NULL
                WHERE due_id = v_due AND status IN ('open', 'waiting') AND next_step = 'wait';
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- The days on which access goes down for an amount that is late: of the link, of SEQ, or (SEQ NULL)
-- of the oldest open one of a plan.
CREATE OR REPLACE FUNCTION pay_steps(p_link bytea, p_number text, p_seq integer)
RETURNS TABLE (nothing_new_on date, read_only_on date, locked_on date, today_on date, level text, due_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT d.due_on + g.nothing_new_days, d.due_on + g.read_only_days, d.due_on + g.locked_days, today_in(g.zone),
               coalesce((SELECT a.status FROM access a WHERE a.order_id = d.order_id AND a.reason = 'payment' ORDER BY a.id LIMIT 1), ''), d.due_on
        FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live'
        WHERE d.status = 'open'
          AND d.id = coalesce((SELECT x.id FROM dues x WHERE x.id = pay_due(p_link, p_number, p_seq, false) AND x.status = 'open'),
                              (SELECT x.id FROM dues x WHERE x.agreement_id = plan_agreement(p_link, p_number, false) AND x.status = 'open' AND p_seq IS NULL
                               ORDER BY x.due_on, x.id LIMIT 1))
$$;

-- Everything that the pages of one plan show and the option maker wants to know.  No row: no such
-- plan for this person.
CREATE OR REPLACE FUNCTION plan_look(p_link bytea, p_number text)
RETURNS TABLE (order_number text, title text, kind text, status text, every text, currency text, total_minor bigint, kept_minor bigint, paid_minor bigint,
               open_minor bigint, anchor_on date, zone text, locale text, today_on date, version integer, count integer, changes integer, changed_on date,
               busy boolean, method_kind text, brand text, last_four text, deposit_percent integer, smallest_minor bigint, count_most integer,
               longest_months integer, later_days integer, changes_most integer, changes_days integer, grace_days integer, fee_minor bigint, early_percent integer,
               ask_number text, ask_status text, ask_need text, ask_words text, ask_made_at timestamptz, ask_answer_by timestamptz, ask_reason text,
               ask_why text, next_seq integer, read_only boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT o.number, l.title, g.kind, g.status, g.every, g.currency, coalesce(s.total, 0), coalesce(s.kept, 0), coalesce(s.paid, 0), coalesce(s.open, 0), g.anchor_on,
               z.zone, c.locale, today_in(z.zone), g.version, coalesce(g.count, 0), coalesce(n.n, 0)::integer, n.last_on, plan_busy(g.id), m.kind, m.brand, m.last_four,
               r.deposit_percent, rule_minor(r.smallest, g.currency), r.count_most, r.longest_months, r.later_days, r.changes_most, r.changes_days, r.grace_days,
               rule_minor(r.fee, g.currency), r.early_percent, a.number, a.status, a.need, a.words, a.made_at, a.answer_by, a.reason, a.why, s.next_seq,
               p_link IS NULL AND me_writing() IS NULL
        FROM agreements g JOIN orders o ON o.id = g.order_id JOIN customers c ON c.id = g.customer_id
             JOIN LATERAL (SELECT x.title FROM order_lines x WHERE x.order_id = o.id ORDER BY x.id LIMIT 1) l ON true
             JOIN LATERAL (SELECT agreement_zone(g.id) AS zone) z ON true
             JOIN rule_versions r ON r.id = rule_of(o.id)
             LEFT JOIN LATERAL (SELECT sum(d.amount_minor)::bigint AS total, sum(d.amount_minor) FILTER (WHERE d.status <> 'open' OR d.paid_minor > 0)::bigint AS kept,
                                       sum(d.paid_minor)::bigint AS paid, sum(d.amount_minor - d.paid_minor) FILTER (WHERE d.status = 'open')::bigint AS open,
                                       min(d.seq) FILTER (WHERE d.status = 'open') AS next_seq
                                FROM dues d WHERE d.agreement_id = g.id AND d.status <> 'replaced') s ON true
             LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE x.decided_by IS NULL) AS n, max((x.decided_at AT TIME ZONE z.zone)::date) AS last_on FROM amendments x
                                WHERE x.agreement_id = g.id AND x.status = 'agreed' AND x.need <> 'early' AND x.terms IS NULL) n ON true
             LEFT JOIN LATERAL (SELECT x.* FROM amendments x WHERE x.agreement_id = g.id ORDER BY x.id DESC LIMIT 1) a ON true
             LEFT JOIN LATERAL (SELECT p.kind, p.brand, p.last_four FROM payment_methods p
                                WHERE p.customer_id = g.customer_id AND p.detached_at IS NULL AND (p.is_default OR p.is_backup OR p.id = g.method_id)
                                ORDER BY coalesce(p.id = g.method_id, false) DESC, p.is_default DESC LIMIT 1) m ON true
        WHERE g.id = plan_agreement(p_link, p_number, false)
$$;

-- The amounts of a plan, by day: what was paid, what is to come.
CREATE OR REPLACE FUNCTION plan_rows(p_link bytea, p_number text)
RETURNS TABLE (seq integer, title text, due_on date, amount_minor bigint, rest_minor bigint, currency text, status text, paid_at timestamptz, failing boolean,
               can_change boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT d.seq, d.title, d.due_on, d.amount_minor, d.amount_minor - d.paid_minor, d.currency, d.status, d.paid_at,
               EXISTS (SELECT FROM cases k WHERE k.due_id = d.id AND k.status IN ('open', 'waiting')), d.status = 'open' AND d.paid_minor = 0
        FROM dues d WHERE d.agreement_id = plan_agreement(p_link, p_number, false) AND d.status <> 'replaced' ORDER BY d.due_on, d.id
$$;

-- The schedule as it was agreed first.
CREATE OR REPLACE FUNCTION agreement_first(p_agreement bigint) RETURNS TABLE (due_on date, amount_minor bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT r.due_on, r.amount_minor FROM agreement_rows r
        WHERE r.agreement_id = p_agreement
          AND r.version = (SELECT max(v.version) FROM agreement_versions v WHERE v.agreement_id = p_agreement AND v.why IN ('bought', 'begun'))
        ORDER BY r.due_on
$$;
CREATE OR REPLACE FUNCTION plan_first(p_link bytea, p_number text) RETURNS TABLE (due_on date, amount_minor bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT * FROM agreement_first(plan_agreement(p_link, p_number, false)) $$;

-- The schedules of the newest request: was, wanted, offered.
CREATE OR REPLACE FUNCTION plan_asked(p_link bytea, p_number text) RETURNS TABLE (what text, due_on date, amount_minor bigint, currency text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT w.what, (r ->> 'on')::date, (r ->> 'minor')::bigint, a.currency
        FROM (SELECT * FROM amendments x WHERE x.agreement_id = plan_agreement(p_link, p_number, false) ORDER BY x.id DESC LIMIT 1) a
             CROSS JOIN LATERAL (VALUES ('was', a.was), ('wanted', a.wanted), ('offered', a.offered)) w(what, list)
             CROSS JOIN LATERAL jsonb_array_elements(w.list) r
        ORDER BY 1, 2
$$;

-- --- what the rule says --------------------------------------------------------------------------

-- What of the rule sends this schedule to a person; '' when it is within the rule.  The portal shows
-- the same beforehand (amend_limit() in domain/amend.c).
CREATE OR REPLACE FUNCTION change_limit(p_agreement bigint, p_rule bigint, p_rows jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements;
        v_r rule_versions;
        v_was jsonb := plan_open(p_agreement);
        v_today date := today_in(agreement_zone(p_agreement));
        v_kept bigint;
        v_price bigint;
        v_total bigint;
        v_last date := (SELECT max((r ->> 'on')::date) FROM jsonb_array_elements(p_rows) r);
        v_n bigint;
        v_changed date;
BEGIN
        SELECT * INTO STRICT v_g FROM agreements WHERE id = p_agreement;
        SELECT * INTO STRICT v_r FROM rule_versions WHERE id = p_rule;
        SELECT coalesce(sum(amount_minor), 0) INTO v_kept FROM dues
        WHERE agreement_id = p_agreement AND status <> 'replaced' AND NOT (status = 'open' AND paid_minor = 0);
        SELECT coalesce(sum(amount_minor), 0) INTO v_price FROM agreement_first(p_agreement);
        SELECT count(*) FILTER (WHERE decided_by IS NULL), max((decided_at AT TIME ZONE agreement_zone(p_agreement))::date) INTO v_n, v_changed
        FROM amendments WHERE agreement_id = p_agreement AND status = 'agreed' AND need <> 'early' AND terms IS NULL;
        v_total := v_kept + rows_sum(p_rows);
        IF v_n >= v_r.changes_most THEN
                RETURN 'changes';
        ELSIF v_today - v_changed < v_r.changes_days THEN
                RETURN 'spacing';
        ELSIF v_today - (v_was -> 0 ->> 'on')::date > v_r.grace_days THEN
                RETURN 'overdue';
        ELSIF v_g.kind = 'subscription' THEN
                RETURN CASE WHEN v_last > (v_was -> 0 ->> 'on')::date + v_r.later_days THEN 'late' ELSE '' END;
        ELSIF v_kept < v_price * v_r.deposit_percent / 100 THEN
                RETURN 'deposit';
        ELSIF (SELECT min((r ->> 'minor')::bigint) FROM jsonb_array_elements(p_rows) r)
              < least(rule_minor(v_r.smallest, v_g.currency), (SELECT min((r ->> 'minor')::bigint) FROM jsonb_array_elements(v_was) r)) THEN
                RETURN 'small';
        ELSIF v_g.count - jsonb_array_length(v_was) + jsonb_array_length(p_rows) > greatest(v_r.count_most, v_g.count) THEN
                RETURN 'count';
        ELSIF v_last > greatest((v_g.anchor_on + make_interval(months => v_r.longest_months))::date, (v_was -> -1 ->> 'on')::date) THEN
                RETURN 'long';
        ELSIF EXISTS (SELECT FROM (SELECT f.due_on, sum(f.amount_minor) OVER (ORDER BY f.due_on) AS agreed FROM agreement_first(p_agreement) f) f
                      WHERE v_kept + (SELECT coalesce(sum((r ->> 'minor')::bigint), 0) FROM jsonb_array_elements(p_rows) r
                                      WHERE (r ->> 'on')::date <= f.due_on + v_r.later_days) < least(f.agreed, v_total)) THEN
                RETURN 'late';
        END IF;
        RETURN '';
END $$;

-- What somebody may ask their subscription to become: leave out the next period (skip, 1), pause for
-- N of them (pause), or another day of the month (day, P_DAY from 1 to 28; NULL: not asked).  NEXT_ON is
-- when the next payment would be, WAS_ON when it is; WHY is change_limit()'s.
CREATE OR REPLACE FUNCTION plan_periods(p_link bytea, p_number text, p_day integer)
RETURNS TABLE (need text, n integer, next_on date, was_on date, minor bigint, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT w.need, w.n, w.next_on, o.on_day, o.minor, change_limit(g.id, rule_of(g.order_id), jsonb_build_array(jsonb_build_object('on', w.next_on, 'minor', o.minor)))
        FROM agreements g
             CROSS JOIN LATERAL (SELECT (r ->> 'on')::date AS on_day, (r ->> 'minor')::bigint AS minor FROM jsonb_array_elements(plan_open(g.id)) r) o
             CROSS JOIN LATERAL (
                        SELECT CASE k WHEN 1 THEN 'skip' ELSE 'pause' END AS need, k AS n,
                               schedule_day(g.anchor_on, g.every, schedule_place(g.anchor_on, g.every, schedule_day(o.on_day, g.every, k) - 6)) AS next_on
                        FROM generate_series(1, 3) k
                        UNION ALL
                        SELECT 'day', p_day, CASE WHEN m.day >= o.on_day THEN m.day ELSE (m.day + interval '1 month')::date END
                        FROM (SELECT (date_trunc('month', o.on_day) + make_interval(days => p_day - 1))::date AS day) m
                        WHERE p_day BETWEEN 1 AND 28 AND g.every <> 'week' AND p_day <> extract(day FROM o.on_day)) w
        WHERE g.id = plan_agreement(p_link, p_number, false) AND g.kind = 'subscription' AND g.status = 'live'
        ORDER BY array_position(ARRAY['skip', 'pause', 'day'], w.need), w.n
$$;

-- Refuse what is no schedule for this plan, whoever sent it: days one after the other and none in
-- the past that was not there, amounts in steps of the currency (the last one takes what is less) that
-- sum up to what is open, with fee and without discount.
CREATE OR REPLACE FUNCTION change_must_fit(p_agreement bigint, p_rows jsonb, p_fee bigint, p_discount bigint) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_was jsonb := plan_open(p_agreement);
        v_today date := today_in(agreement_zone(p_agreement));
        v_step bigint := (SELECT money_step(currency) FROM agreements WHERE id = p_agreement);
BEGIN
        IF jsonb_array_length(p_rows) NOT BETWEEN 1 AND (SELECT CASE kind WHEN 'subscription' THEN 1 ELSE 60 END FROM agreements WHERE id = p_agreement) OR p_fee % v_step <> 0 OR p_discount % v_step <> 0
           OR EXISTS (SELECT FROM jsonb_array_elements(p_rows) r
                      WHERE (r ->> 'minor')::bigint % v_step <> 0 AND NOT EXISTS (SELECT FROM jsonb_array_elements(v_was) w WHERE (w ->> 'minor')::bigint % v_step <> 0))
           OR rows_sum(p_rows) <> rows_sum(v_was) + p_fee - p_discount
           OR EXISTS (SELECT FROM jsonb_array_elements(p_rows) WITH ORDINALITY r(r, n)
                      WHERE (r ->> 'minor')::bigint <= 0 OR (r ->> 'on')::date <= (p_rows -> (n::integer - 2) ->> 'on')::date AND n > 1
                         OR (r ->> 'on')::date > v_today + 3660
                         OR ((r ->> 'on')::date < v_today AND NOT EXISTS (SELECT FROM jsonb_array_elements(v_was) w WHERE w -> 'on' = r -> 'on'))) THEN
                RAISE EXCEPTION 'this is no schedule for this plan' USING ERRCODE = 'check_violation';
        END IF;
END $$;

-- The same time on the next working day: when we promise an answer.
CREATE OR REPLACE FUNCTION working_day_after(p_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = latchkey, pg_temp
AS $$ SELECT p_at + make_interval(days => CASE extract(isodow FROM p_at) WHEN 5 THEN 3 WHEN 6 THEN 2 ELSE 1 END) $$;

-- The terms of a subscription whose next period begins on P_NEXT and not on P_WAS: in the rhythm that
-- it has, else from that day on.  Between the two it pauses, but for a day that was only moved.  NULL:
-- it is none.
CREATE OR REPLACE FUNCTION period_terms(p_agreement bigint, p_need text, p_was date, p_next date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT v.terms - 'paused_from' || jsonb_build_object('next_on', p_next)
               || CASE WHEN p_need = 'day' OR p_next <= p_was THEN '{}' ELSE jsonb_build_object('paused_from', p_was) END
               || CASE WHEN schedule_day(g.anchor_on, g.every, schedule_place(g.anchor_on, g.every, p_next - 1)) = p_next THEN '{}'
                       ELSE jsonb_build_object('anchor_on', p_next) END
        FROM agreements g JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version
        WHERE g.id = p_agreement AND g.kind = 'subscription'
$$;

-- The schedule of an amendment is in force: a new version of its agreement.  False while money is
-- under way or when the agreement is over.
CREATE OR REPLACE FUNCTION change_apply(p_amendment bigint, p_rows jsonb, p_shown text, p_personal text, p_staff bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_a amendments;
        v_terms jsonb;
        v_version integer;
BEGIN
        SELECT * INTO STRICT v_a FROM amendments WHERE id = p_amendment;
        v_terms := period_terms(v_a.agreement_id, v_a.need, (v_a.was -> 0 ->> 'on')::date, (p_rows -> 0 ->> 'on')::date);
        v_version := agreement_version_make(v_a.agreement_id,
                CASE WHEN v_terms IS NULL THEN (SELECT array_agg((r ->> 'on')::date ORDER BY n) FROM jsonb_array_elements(p_rows) WITH ORDINALITY r(r, n)) ELSE '{}' END,
                CASE WHEN v_terms IS NULL THEN (SELECT array_agg((r ->> 'minor')::bigint ORDER BY n) FROM jsonb_array_elements(p_rows) WITH ORDINALITY r(r, n)) ELSE '{}' END,
                CASE WHEN v_a.offered IS NOT NULL THEN 'offered' ELSE v_a.need END, v_terms,
                CASE WHEN v_terms IS NOT NULL THEN format('The next payment is on %s; it was to be on %s.', day_text((p_rows -> 0 ->> 'on')::date), day_text((v_a.was -> 0 ->> 'on')::date))
                     ELSE CASE WHEN v_a.by_phone <> '' THEN 'Another schedule was agreed on the telephone.'
                     WHEN v_a.offered IS NOT NULL THEN 'Another schedule was offered and agreed.'
                     ELSE CASE v_a.need WHEN 'move' THEN 'A payment moved to another day.' WHEN 'day' THEN 'The payments moved to another day of the month.'
                                        WHEN 'smaller' THEN 'What was open is paid in smaller amounts.' WHEN 'skip' THEN 'One payment comes at the end.'
                                        WHEN 'pause' THEN 'The payments pause for a while.' ELSE 'A part was to be paid early.' END END END,
                p_shown, p_personal, p_staff);
        IF v_version IS NULL THEN
                RETURN false;
        END IF;
        UPDATE amendments SET status = 'agreed', version = v_version, decided_at = app_now(), decided_by = coalesce(p_staff, decided_by) WHERE id = p_amendment;
        PERFORM audit_add(CASE WHEN p_staff IS NULL THEN 'customer' ELSE 'staff' END, coalesce(p_staff, v_a.customer_id), 'plan.changed', 'order', v_a.order_id,
                          jsonb_build_object('amendment', v_a.number, 'need', v_a.need, 'version', v_version, 'rule', v_a.rule_id));
        IF v_a.need <> 'early' THEN
                PERFORM message_parties('plan_changed', 'amendment', p_amendment, '', v_a.order_id, 'bills');
        END IF;
        PERFORM task_settle('plan', 'amendment', p_amendment, '', 'done', 'It is agreed.');
        UPDATE withdrawals SET status = 'planned', decided_at = app_now(), decided_by = v_a.made_by WHERE id = v_a.withdrawal_id AND status = 'with_staff';
        PERFORM task_settle('withdrawal', 'withdrawal', v_a.withdrawal_id, '', 'done', 'They agreed to another plan.') WHERE v_a.withdrawal_id IS NOT NULL;
        RETURN true;
END $$;

-- Lock what a change touches, in order.
CREATE OR REPLACE FUNCTION plan_lock(p_agreement bigint) RETURNS agreements
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements;
BEGIN
        PERFORM FROM attempts a JOIN dues d ON d.id = a.due_id WHERE d.agreement_id = p_agreement AND a.live ORDER BY a.id FOR UPDATE OF a;
        PERFORM FROM dues WHERE agreement_id = p_agreement AND status = 'open' ORDER BY id FOR UPDATE;
        SELECT * INTO v_g FROM agreements WHERE id = p_agreement FOR UPDATE;
        RETURN v_g;
END $$;

-- The customer asks for another schedule (ROWS; NULL: in their words alone), confirmed on a page that
-- knew version SEEN and showed SHOWN.  PERSONAL is their address and browser.
--   agreed   it is in force          sent     a person answers, by when plan_look() says
--   again    the same form           open     one waits for an answer already
--   stale    the plan is another meanwhile    busy  money is under way
--   over     nothing is to be paid any more   often (begun to pay early ten times today)   unknown
CREATE OR REPLACE FUNCTION change_ask(p_link bytea, p_number text, p_seen integer, p_nonce text, p_need text, p_rows jsonb, p_fee bigint, p_discount bigint,
                                      p_words text, p_shown text, p_personal text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements;
        v_r rule_versions;
        v_was jsonb;
        v_why text := 'words';
        v_id bigint;
BEGIN
        -- Sent twice is one request, by a link too whose amount gave way to it.
        IF EXISTS (SELECT FROM amendments WHERE agreement_id = plan_agreement(p_link, p_number, false) AND form_nonce = p_nonce) THEN
                RETURN 'again';
        END IF;
        v_g := plan_lock(plan_agreement(p_link, p_number, true));
        IF v_g.id IS NULL THEN
                RETURN CASE WHEN EXISTS (SELECT FROM amendments WHERE agreement_id = plan_agreement(p_link, p_number, false) AND form_nonce = p_nonce)
                       THEN 'again' ELSE 'unknown' END;
        ELSIF EXISTS (SELECT FROM amendments WHERE agreement_id = v_g.id AND form_nonce = p_nonce) THEN
                RETURN 'again';
        ELSIF v_g.status <> 'live' OR (v_g.kind <> 'instalments' AND p_need = 'early') THEN
                RETURN 'over';
        ELSIF EXISTS (SELECT FROM amendments WHERE agreement_id = v_g.id AND status IN ('asked', 'with_staff', 'countered')) THEN
                RETURN 'open';
        ELSIF p_need = 'early' AND (SELECT count(*) FROM amendments WHERE agreement_id = v_g.id AND need = 'early' AND made_at > app_now() - interval '1 day') >= 10 THEN
                RETURN 'often';
        END IF;
        -- Whoever saw what was to be paid early sees it put back first, and chooses once more.
        IF (p_rows IS NULL OR v_g.version = p_seen) AND early_back(v_g.id) THEN
                SELECT * INTO STRICT v_g FROM agreements WHERE id = v_g.id;
        END IF;
        v_was := plan_open(v_g.id);
        SELECT * INTO STRICT v_r FROM rule_versions WHERE id = rule_of(v_g.order_id);
        IF p_rows IS NOT NULL THEN
                IF v_was = '[]' THEN
                        RETURN 'over';
                ELSIF v_g.version <> p_seen OR rows_sum(p_rows) <> rows_sum(v_was) + p_fee - p_discount
                      OR p_fee <> (CASE WHEN p_need = 'early' THEN 0 ELSE rule_minor(v_r.fee, v_g.currency) END) THEN
                        RETURN 'stale';
                ELSIF plan_busy(v_g.id) THEN
                        RETURN 'busy';
                END IF;
                PERFORM change_must_fit(v_g.id, p_rows, p_fee, p_discount);
                -- What is taken off is no more than the rule gives on what is still to come.
                IF p_discount > 0 AND (p_need <> 'early' OR p_discount > (
                        SELECT coalesce(sum((w ->> 'minor')::bigint), 0) * v_r.early_percent / 100 FROM jsonb_array_elements(v_was) w
                        WHERE (w ->> 'on')::date > today_in(agreement_zone(v_g.id)) AND NOT p_rows @> jsonb_build_array(w))) THEN
                        RETURN 'stale';
                END IF;
                v_why := CASE WHEN p_need = 'early' THEN '' ELSE change_limit(v_g.id, v_r.id, p_rows) END;
        END IF;
        INSERT INTO amendments (agreement_id, order_id, customer_id, currency, need, words, why, rule_id, from_version, was, wanted, fee_minor, discount_minor, shown,
                                made_at, form_nonce)
        VALUES (v_g.id, v_g.order_id, v_g.customer_id, v_g.currency, p_need, p_words, v_why, v_r.id, v_g.version, v_was, p_rows, p_fee, p_discount, p_shown,
                app_now(), p_nonce)
        RETURNING id INTO v_id;
        IF v_why = '' THEN
                IF NOT change_apply(v_id, p_rows, p_shown, p_personal, NULL) THEN
                        RAISE EXCEPTION 'the plan was free and is not' USING ERRCODE = 'serialization_failure';
                END IF;
                RETURN 'agreed';
        END IF;
        UPDATE amendments SET status = 'with_staff', answer_by = working_day_after(app_now()) WHERE id = v_id;
        PERFORM task_open('plan', 'amendment', v_id, '', working_day_after(app_now()), v_r.approver,
                          'Answer a wish for the plan of order ' || (SELECT number FROM orders WHERE id = v_g.order_id), '{}', v_g.customer_id, v_g.order_id);
        PERFORM evidence_add(v_g.customer_id, v_g.order_id, 'plan_asked', jsonb_build_object('amendment', v_id, 'rows', p_rows), p_personal);
        PERFORM audit_add('customer', v_g.customer_id, 'plan.asked', 'order', v_g.order_id, jsonb_build_object('amendment', v_id, 'need', p_need, 'why', v_why));
        PERFORM message_parties('plan_asked', 'amendment', v_id, '', v_g.order_id, 'bills');
        RETURN 'sent';
END $$;

-- The customer answers an offer of staff, or takes their request back: ACT is agree or withdraw.
--   agreed, withdrawn; same (it is so already); stale (the plan is another meanwhile: the offer is
--   withdrawn); busy; over; unknown
CREATE OR REPLACE FUNCTION change_answer(p_link bytea, p_number text, p_amendment text, p_act text, p_shown text, p_personal text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements;
        v_a amendments;
BEGIN
        SELECT * INTO v_a FROM amendments WHERE number = p_amendment AND agreement_id = plan_agreement(p_link, p_number, false);
        IF v_a.status = (CASE p_act WHEN 'agree' THEN 'agreed' ELSE 'withdrawn' END) THEN
                RETURN 'same';
        END IF;
        PERFORM FROM withdrawals WHERE id = v_a.withdrawal_id FOR UPDATE;
        v_g := plan_lock(plan_agreement(p_link, p_number, true));
        SELECT * INTO v_a FROM amendments WHERE number = p_amendment AND agreement_id = v_g.id FOR UPDATE;
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_a.status = (CASE p_act WHEN 'agree' THEN 'agreed' ELSE 'withdrawn' END) THEN
                RETURN 'same';
        ELSIF v_a.status NOT IN ('with_staff', 'countered') OR (p_act = 'agree' AND v_a.status <> 'countered') THEN
                RETURN 'over';
        END IF;
        IF p_act = 'agree' AND v_a.from_version = v_g.version AND v_a.was = plan_open(v_g.id) AND v_g.status = 'live' THEN
                IF plan_busy(v_g.id) THEN
                        RETURN 'busy';
                END IF;
                RETURN CASE WHEN change_apply(v_a.id, v_a.offered, p_shown, p_personal, NULL) THEN 'agreed' ELSE 'busy' END;
        END IF;
        UPDATE amendments SET status = 'withdrawn', decided_at = app_now() WHERE id = v_a.id;
        PERFORM task_settle('plan', 'amendment', v_a.id, '', 'dropped', 'The customer took it back.');
        PERFORM audit_add('customer', v_g.customer_id, 'plan.withdrawn', 'order', v_g.order_id, jsonb_build_object('amendment', v_a.number));
        RETURN CASE p_act WHEN 'agree' THEN 'stale' ELSE 'withdrawn' END;
END $$;

-- An attempt for what was to be paid early has ended without money: what gave way to it is back, and
-- nobody is late.  What was paid meanwhile stays paid, and what was left alone stays as it is.  Whether
-- it was such an amount.
CREATE OR REPLACE FUNCTION early_failed(p_due bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_d dues;
        v_a amendments;
        v_rows jsonb;
        v_version integer;
BEGIN
        SELECT * INTO v_d FROM dues WHERE id = p_due AND status = 'open' AND paid_minor = 0;
        SELECT a.* INTO v_a FROM amendments a JOIN agreements g ON g.id = a.agreement_id AND g.version = a.version AND g.status = 'live'
        WHERE a.agreement_id = v_d.agreement_id AND a.version = v_d.agreement_version AND a.need = 'early' AND a.status = 'agreed'
          AND v_d.due_on = (a.decided_at AT TIME ZONE agreement_zone(a.agreement_id))::date;
        IF v_a.id IS NULL OR EXISTS (SELECT FROM attempts WHERE due_id = p_due AND live) THEN
                RETURN false;
        END IF;
        SELECT jsonb_agg(x.r ORDER BY (x.r ->> 'on')::date) INTO v_rows
        FROM (SELECT r FROM jsonb_array_elements(v_a.was) r
              WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(v_a.wanted) w WHERE w = r AND (w ->> 'on')::date <> v_d.due_on)
              UNION ALL
              SELECT r FROM jsonb_array_elements(plan_open(v_a.agreement_id)) r WHERE (r ->> 'on')::date <> v_d.due_on) x;
        v_version := agreement_version_make(v_a.agreement_id,
                (SELECT array_agg((r ->> 'on')::date ORDER BY n) FROM jsonb_array_elements(v_rows) WITH ORDINALITY r(r, n)),
                (SELECT array_agg((r ->> 'minor')::bigint ORDER BY n) FROM jsonb_array_elements(v_rows) WITH ORDINALITY r(r, n)),
                'early_undone', NULL, 'The early payment did not go through: the schedule is as it was.', '', NULL, NULL);
        UPDATE amendments SET undone_version = v_version WHERE id = v_a.id;
        RETURN v_version IS NOT NULL;
END $$;

-- Before another change of a plan: what was to be paid early, and is neither paid nor under way, is as it
-- was.  A discount is for money that comes early, so no other schedule begins with it.
CREATE OR REPLACE FUNCTION early_back(p_agreement bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_due bigint;
BEGIN
        FOR v_due IN SELECT d.id FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.version = d.agreement_version
                     WHERE g.id = p_agreement AND d.status = 'open' AND d.paid_minor = 0 ORDER BY d.due_on LOOP
                IF early_failed(v_due) THEN
                        RETURN true;
                END IF;
        END LOOP;
        RETURN false;
END $$;

-- What was to be paid early and was not by the end of its day is as it was before.
CREATE OR REPLACE FUNCTION early_expire(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_row record;
        v_n integer := 0;
BEGIN
        FOR v_row IN
                SELECT d.id, d.agreement_id FROM amendments a JOIN agreements g ON g.id = a.agreement_id AND g.version = a.version AND g.status = 'live'
                     JOIN dues d ON d.agreement_id = g.id AND d.agreement_version = a.version AND d.status = 'open' AND d.paid_minor = 0
                WHERE a.status = 'agreed' AND a.need = 'early' AND a.undone_version IS NULL AND a.made_at > app_now() - interval '60 days'
                  AND d.due_on = (a.decided_at AT TIME ZONE agreement_zone(g.id))::date AND d.due_on < today_in(agreement_zone(g.id))
                  AND (p_customer IS NULL OR g.customer_id = p_customer)
                ORDER BY d.agreement_id
        LOOP
                PERFORM plan_lock(v_row.agreement_id);
                v_n := v_n + early_failed(v_row.id)::integer;
        END LOOP;
        RETURN v_n;
END $$;

-- --- staff ---------------------------------------------------------------------------------------

-- Whether this member of staff's role is at least the one that the rule names.
CREATE OR REPLACE FUNCTION plan_may_decide(p_rule bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT staff_may('plans') AND array_position(ARRAY['support', 'finance', 'owner'], s.role) >= array_position(ARRAY['support', 'finance', 'owner'], r.approver)
        FROM staff s, rule_versions r WHERE s.id = staff_me() AND r.id = p_rule
$$;

-- Staff decide: ACT is approve, counter (with ROWS) or decline.  The customer reads REASON.
--   approved, countered, declined; over (decided before, or taken back); stale (the plan is another
--   meanwhile: only an offer or a no is left); busy; denied (a higher role decides); none (there is no
--   schedule to approve); unknown
CREATE OR REPLACE FUNCTION change_decide(p_amendment text, p_act text, p_rows jsonb, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('plans');
        v_g agreements;
        v_a amendments;
BEGIN
        v_g := plan_lock((SELECT agreement_id FROM amendments WHERE number = p_amendment));
        SELECT * INTO v_a FROM amendments WHERE number = p_amendment FOR UPDATE;
        IF v_a.id IS NULL THEN
                RETURN 'unknown';
        ELSIF v_a.status <> 'with_staff' THEN
                RETURN 'over';
        ELSIF NOT plan_may_decide(v_a.rule_id) THEN
                RETURN 'denied';
        ELSIF p_act = 'decline' THEN
                IF trim(p_reason) = '' THEN
                        RAISE EXCEPTION 'a no has a reason' USING ERRCODE = 'check_violation';
                END IF;
                UPDATE amendments SET status = 'refused', decided_by = v_me, decided_at = app_now(), reason = trim(p_reason) WHERE id = v_a.id;
                PERFORM task_settle('plan', 'amendment', v_a.id, '', 'done', 'It was declined.');
                PERFORM message_parties('plan_declined', 'amendment', v_a.id, '', v_a.order_id, 'bills');
        ELSIF v_g.status <> 'live' OR plan_open(v_g.id) = '[]' THEN
                RETURN 'stale';
        ELSIF p_act = 'counter' THEN
                IF rows_sum(p_rows) <> rows_sum(plan_open(v_g.id)) THEN
                        RETURN 'stale';
                END IF;
                PERFORM change_must_fit(v_g.id, p_rows, 0, 0);
                UPDATE amendments SET status = 'countered', offered = p_rows, was = plan_open(v_g.id), from_version = v_g.version, decided_by = v_me,
                                      decided_at = app_now(), reason = trim(p_reason)
                WHERE id = v_a.id;
                PERFORM task_settle('plan', 'amendment', v_a.id, '', 'done', 'Another schedule was offered.');
                PERFORM message_parties('plan_offered', 'amendment', v_a.id, '', v_a.order_id, 'bills');
        ELSIF v_a.wanted IS NULL THEN
                RETURN 'none';
        ELSIF v_a.from_version <> v_g.version OR v_a.was <> plan_open(v_g.id) THEN
                RETURN 'stale';
        ELSIF plan_busy(v_g.id) THEN
                RETURN 'busy';
        ELSE
                UPDATE amendments SET reason = trim(p_reason) WHERE id = v_a.id;
                PERFORM change_must_fit(v_g.id, v_a.wanted, v_a.fee_minor, v_a.discount_minor);
                IF NOT change_apply(v_a.id, v_a.wanted, v_a.shown, NULL, v_me) THEN
                        RETURN 'busy';
                END IF;
                RETURN 'approved';
        END IF;
        PERFORM audit_add('staff', v_me, 'plan.' || CASE p_act WHEN 'decline' THEN 'declined' ELSE 'offered' END, 'order', v_a.order_id,
                          jsonb_build_object('amendment', v_a.number, 'reason', trim(p_reason)));
        RETURN CASE p_act WHEN 'decline' THEN 'declined' ELSE 'countered' END;
END $$;

-- What is open of a plan in P_COUNT parts, the first on P_FIRST and the others so far apart; NULL where
-- there is less than a step for each.
CREATE OR REPLACE FUNCTION offer_rows(p_agreement bigint, p_count integer, p_every text, p_first date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN o.minor / o.step >= p_count THEN
                (SELECT jsonb_agg(jsonb_build_object('on', schedule_day(p_first, p_every, n - 1), 'minor', instalment_part(o.minor, p_count, n, o.step)) ORDER BY n)
                 FROM generate_series(1, p_count) n) END
        FROM (SELECT rows_sum(plan_open(g.id)) AS minor, money_step(g.currency) AS step FROM agreements g WHERE g.id = p_agreement) o
$$;

-- Staff offer another schedule for what is open of a plan that nobody asked about: an overdue payment, a
-- request for the money back (which is settled when the offer is agreed, and the customer is told so).
-- BY_PHONE, where it was agreed on the telephone, is what was said: it holds at once, and the mail that
-- confirms it has every amount.  Else the customer is asked, as by a counter-offer.
--   offered, agreed; again (the same form); open (one waits for an answer already); stale (the plan is
--   another meanwhile); busy; denied (a higher role decides); over (nothing that can be changed); unknown
CREATE OR REPLACE FUNCTION change_offer(p_number text, p_nonce text, p_seen integer, p_rows jsonb, p_reason text, p_by_phone text, p_shown text)
RETURNS TABLE (answer text, amendment text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('plans');
        v_order bigint := (SELECT id FROM orders WHERE number = p_number);
        v_back bigint;
        v_g agreements;
        v_a amendments;
        v_rule bigint := rule_of(v_order);
BEGIN
        SELECT id INTO v_back FROM withdrawals WHERE order_id = v_order AND kind = 'request' AND status = 'with_staff' ORDER BY id DESC LIMIT 1 FOR UPDATE;
        v_g := plan_lock((SELECT id FROM agreements WHERE order_id = v_order));
        SELECT * INTO v_a FROM amendments WHERE agreement_id = v_g.id AND form_nonce = p_nonce;
        amendment := v_a.number;
        answer := CASE WHEN v_g.id IS NULL THEN 'unknown'
                       WHEN v_a.id IS NOT NULL THEN 'again'
                       WHEN v_g.status <> 'live' OR v_g.kind <> 'instalments' OR plan_open(v_g.id) = '[]' THEN 'over'
                       WHEN EXISTS (SELECT FROM amendments WHERE agreement_id = v_g.id AND status IN ('asked', 'with_staff', 'countered')) THEN 'open'
                       WHEN NOT coalesce(plan_may_decide(v_rule), false) THEN 'denied'
                       WHEN v_g.version <> p_seen OR early_back(v_g.id) OR rows_sum(p_rows) <> rows_sum(plan_open(v_g.id)) THEN 'stale'
                       WHEN p_by_phone <> '' AND plan_busy(v_g.id) THEN 'busy' END;
        IF answer IS NOT NULL THEN
                RETURN NEXT; RETURN;
        END IF;
        PERFORM change_must_fit(v_g.id, p_rows, 0, 0);
        INSERT INTO amendments (agreement_id, order_id, customer_id, currency, need, rule_id, from_version, was, offered, shown, made_at, answer_by, decided_by, decided_at,
                                reason, form_nonce, made_by, by_phone, withdrawal_id)
        VALUES (v_g.id, v_g.order_id, v_g.customer_id, v_g.currency, 'staff', v_rule, v_g.version, plan_open(v_g.id), p_rows, p_shown, app_now(), working_day_after(app_now()),
                v_me, app_now(), concat_ws(' ', nullif(trim(p_reason), ''), CASE WHEN v_back IS NOT NULL THEN 'When you agree to it, your request for the money back is settled.' END),
                p_nonce, v_me, trim(p_by_phone), v_back)
        RETURNING * INTO v_a;
        amendment := v_a.number;
        IF v_a.by_phone <> '' THEN
                PERFORM evidence_add(v_g.customer_id, v_g.order_id, 'plan_by_phone', jsonb_build_object('amendment', v_a.id, 'rows', p_rows, 'staff', v_me), v_a.by_phone);
                IF NOT change_apply(v_a.id, p_rows, p_shown, NULL, v_me) THEN
                        RAISE EXCEPTION 'the plan was free and is not' USING ERRCODE = 'serialization_failure';
                END IF;
                answer := 'agreed';
        ELSE
                UPDATE amendments SET status = 'countered' WHERE id = v_a.id;
                PERFORM message_parties('plan_offered', 'amendment', v_a.id, '', v_a.order_id, 'bills');
                PERFORM audit_add('staff', v_me, 'plan.offered', 'order', v_a.order_id, jsonb_build_object('amendment', v_a.number, 'reason', v_a.reason));
                answer := 'offered';
        END IF;
        RETURN NEXT;
END $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON amendments FOR EACH ROW EXECUTE FUNCTION moved('amendment');
CREATE OR REPLACE TRIGGER rule_stays BEFORE UPDATE OR DELETE ON rule_versions FOR EACH ROW EXECUTE FUNCTION rule_stays();
CREATE OR REPLACE TRIGGER rule_stays_all BEFORE TRUNCATE ON rule_versions FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER version_ruled BEFORE INSERT ON agreement_versions FOR EACH ROW EXECUTE FUNCTION version_ruled();
RESET ROLE;
