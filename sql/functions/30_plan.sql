-- Schedules and agreements: the one place that counts days and splits sums, and the one way to a
-- new version of an agreement (S1.6).  What counts days and amounts has no SET clause, so that the
-- planner puts it in place.
SET ROLE lk_definer;

-- --- days and amounts ---

-- The day N periods after another, in one step: 31 January, one month on, is the last of February,
-- and two months on 31 March again.
CREATE OR REPLACE FUNCTION schedule_day(p_anchor date, p_every text, p_n integer) RETURNS date
LANGUAGE sql IMMUTABLE
AS $$
        SELECT (p_anchor + CASE p_every WHEN 'week' THEN make_interval(weeks => p_n) WHEN 'fortnight' THEN make_interval(weeks => 2 * p_n)
                                        WHEN 'month' THEN make_interval(months => p_n) WHEN 'quarter' THEN make_interval(months => 3 * p_n)
                                        WHEN 'year' THEN make_interval(years => p_n) END)::date
$$;

-- How many periods after another day the first one begins that is later than P_AFTER.
CREATE OR REPLACE FUNCTION schedule_place(p_anchor date, p_every text, p_after date) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        -- Between the places that the longest and the shortest of such periods lead to.
        SELECT min(k) FROM (VALUES ('week', 7, 7), ('fortnight', 14, 14), ('month', 28, 31), ('quarter', 89, 92), ('year', 365, 366)) e (every, short, long),
               generate_series(greatest(0, (p_after - p_anchor) / e.long), greatest(0, (p_after - p_anchor) / e.short + 1)) k
        WHERE e.every = p_every AND schedule_day(p_anchor, p_every, k) > p_after
$$;

-- The amount of part P_N of P_COUNT: multiples of P_STEP that differ by one step at most and sum up
-- to the total; the larger ones come first, and what is less than a step goes with the last.
CREATE OR REPLACE FUNCTION instalment_part(p_total bigint, p_count integer, p_n integer, p_step bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
        SELECT (p_total / p_step / p_count + CASE WHEN p_n <= p_total / p_step % p_count THEN 1 ELSE 0 END) * p_step
               + CASE WHEN p_n = p_count THEN p_total % p_step ELSE 0 END
$$;

-- What is paid first where a deposit is: the amount, or the share in hundredths of a per cent, in
-- steps.  NULL: there is none.
CREATE OR REPLACE FUNCTION schedule_deposit(p_schedule jsonb, p_amount bigint, p_step bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
        SELECT coalesce((p_schedule ->> 'deposit_minor')::bigint,
                        round(p_amount::numeric * (p_schedule ->> 'deposit_bp')::integer / (10000 * p_step))::bigint * p_step)
$$;

-- How many amounts a schedule has in all; of a subscription one.
CREATE OR REPLACE FUNCTION schedule_count(p_schedule jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$
        SELECT CASE WHEN p_schedule IS NULL OR p_schedule ->> 'kind' = 'subscription' THEN 1
                    WHEN p_schedule ? 'days' THEN 1 + jsonb_array_length(p_schedule -> 'days')
                    ELSE (p_schedule ->> 'count')::integer + CASE WHEN p_schedule ?| ARRAY['deposit_minor', 'deposit_bp'] THEN 1 ELSE 0 END END
$$;

-- Every amount of a schedule with its day, when the first one is paid on P_ANCHOR.  Of a
-- subscription the first period; in full is one amount.  P_STEP: money_step() of the currency.
CREATE OR REPLACE FUNCTION schedule_rows(p_schedule jsonb, p_amount bigint, p_anchor date, p_step bigint)
RETURNS TABLE (seq integer, due_on date, amount_minor bigint, part text)
LANGUAGE sql IMMUTABLE ROWS 12
AS $$
        SELECT n, CASE WHEN n = 1 THEN p_anchor
                       WHEN p_schedule ? 'days' THEN (p_schedule -> 'days' ->> (n - 2))::date
                       ELSE schedule_day(p_anchor, p_schedule ->> 'every', n - 1) END,
               CASE WHEN d.deposit IS NULL THEN instalment_part(p_amount, c.count, n, p_step)
                    WHEN n = 1 THEN d.deposit
                    ELSE instalment_part(p_amount - d.deposit, c.count - 1, n - 1, p_step) END,
               CASE WHEN p_schedule ->> 'kind' = 'subscription' THEN 'period' WHEN n = 1 AND d.deposit IS NOT NULL THEN 'deposit' ELSE 'instalment' END
        FROM (SELECT schedule_count(p_schedule) AS count) c, (SELECT schedule_deposit(p_schedule, p_amount, p_step) AS deposit) d,
             generate_series(1, c.count) n
        ORDER BY n
$$;

-- What is asked for at the checkout of a price with this schedule.
CREATE OR REPLACE FUNCTION schedule_first(p_schedule jsonb, p_amount bigint, p_step bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(schedule_deposit(p_schedule, p_amount, p_step), instalment_part(p_amount, schedule_count(p_schedule), 1, p_step)) $$;

-- What is wrong with a schedule for this amount; NULL when nothing is.
--   kind      no such way to pay, or a word that does not belong to it
--   every     no such period
--   count     fewer than 2 amounts in all, or more than 60
--   deposit   not more than nothing, not less than the price, or not in steps
--   days      no such day, not one after the other, or more than five years apart
--   small     less than one step for an amount
CREATE OR REPLACE FUNCTION schedule_fault(p_schedule jsonb, p_amount bigint, p_step bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_days date[];
        v_deposit bigint;
        v_rest integer;
BEGIN
        IF p_schedule IS NULL THEN
                RETURN NULL;
        ELSIF p_schedule ->> 'kind' = 'subscription' THEN
                RETURN CASE WHEN p_schedule - '{kind,every}'::text[] <> '{}' THEN 'kind'
                            WHEN coalesce(p_schedule ->> 'every', '') NOT IN ('week', 'month', 'quarter', 'year') THEN 'every' END;
        ELSIF p_schedule ->> 'kind' IS DISTINCT FROM 'instalments' OR p_schedule - '{kind,every,count,days,deposit_minor,deposit_bp}'::text[] <> '{}'
              OR (p_schedule ? 'deposit_minor' AND p_schedule ? 'deposit_bp') OR (p_schedule ? 'days' AND p_schedule ?| ARRAY['every', 'count']) THEN
                RETURN 'kind';
        ELSIF p_schedule ? 'days' THEN
                BEGIN
                        SELECT array_agg(make_date(m[1]::integer, m[2]::integer, m[3]::integer) ORDER BY ordinality) INTO v_days
                        FROM jsonb_array_elements_text(p_schedule -> 'days') WITH ORDINALITY d(day, ordinality)
                             LEFT JOIN LATERAL regexp_match(day, '^(\d{4})-(\d\d)-(\d\d)$') m ON true;
                EXCEPTION WHEN data_exception THEN
                        RETURN 'days';
                END;
                IF v_days IS NULL OR array_position(v_days, NULL) IS NOT NULL
                   OR EXISTS (SELECT FROM generate_subscripts(v_days, 1) i WHERE v_days[i] <= v_days[i - 1])
                   OR v_days[cardinality(v_days)] > v_days[1] + 1830 THEN
                        RETURN 'days';
                END IF;
        ELSIF coalesce(p_schedule ->> 'every', '') NOT IN ('week', 'fortnight', 'month') THEN
                RETURN 'every';
        ELSIF coalesce(p_schedule ->> 'count', '') !~ '^[1-9]\d?$' THEN
                RETURN 'count';
        END IF;
        IF schedule_count(p_schedule) NOT BETWEEN 2 AND 60 THEN
                RETURN 'count';
        ELSIF (p_schedule ? 'deposit_minor' AND p_schedule ->> 'deposit_minor' !~ '^[1-9]\d{0,14}$')
              OR (p_schedule ? 'deposit_bp' AND p_schedule ->> 'deposit_bp' !~ '^[1-9]\d{0,3}$') THEN
                RETURN 'deposit';
        END IF;
        v_deposit := schedule_deposit(p_schedule, p_amount, p_step);
        IF v_deposit NOT BETWEEN 1 AND p_amount - 1 OR v_deposit % p_step <> 0 THEN
                RETURN 'deposit';
        END IF;
        v_rest := schedule_count(p_schedule) - CASE WHEN v_deposit IS NULL THEN 0 ELSE 1 END;
        RETURN CASE WHEN (p_amount - coalesce(v_deposit, 0)) / p_step < v_rest THEN 'small' END;
END $$;

-- Whether it can be bought on this day: fixed days all lie ahead.
CREATE OR REPLACE FUNCTION schedule_open(p_schedule jsonb, p_today date) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce((p_schedule -> 'days' ->> 0)::date > p_today, true) $$;

-- BEFORE INSERT on offer_versions: no schedule that could not be kept.
CREATE OR REPLACE FUNCTION schedule_sound() RETURNS trigger LANGUAGE plpgsql
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF schedule_fault(NEW.schedule, NEW.amount_minor, money_step(NEW.currency)) IS NOT NULL THEN
                RAISE EXCEPTION 'this schedule does not hold: %', schedule_fault(NEW.schedule, NEW.amount_minor, money_step(NEW.currency)) USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION schedule_sound() TO lk_owner;

-- --- words ---

-- An amount as it stands in a text that is kept: 1234.50 EUR.
CREATE OR REPLACE FUNCTION money_text(p_minor bigint, p_currency text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT round(p_minor / (10::numeric ^ exponent), exponent) || ' ' || code FROM currencies WHERE code = p_currency $$;

CREATE OR REPLACE FUNCTION day_text(p_day date) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT to_char(p_day, 'FMDD FMMonth YYYY') $$;

-- The share of a deposit: 12.5%.
CREATE OR REPLACE FUNCTION schedule_share(p_schedule jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT rtrim(rtrim(round((p_schedule ->> 'deposit_bp')::numeric / 100, 2)::text, '0'), '.') || '%' $$;

-- How it is paid, for staff.
CREATE OR REPLACE FUNCTION schedule_words(p_schedule jsonb, p_currency text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE WHEN p_schedule IS NULL THEN 'In full'
                    WHEN p_schedule ->> 'kind' = 'subscription' THEN 'Every ' || (p_schedule ->> 'every') || ', until it is cancelled'
                    ELSE CASE WHEN p_schedule ? 'deposit_minor' THEN 'A deposit of ' || money_text((p_schedule ->> 'deposit_minor')::bigint, p_currency) || ', then '
                              WHEN p_schedule ? 'deposit_bp' THEN 'A deposit of ' || schedule_share(p_schedule) || ', then ' ELSE 'In ' END
                         || CASE WHEN p_schedule ? 'days' THEN format('%s payments%s on %s', jsonb_array_length(p_schedule -> 'days') + CASE WHEN p_schedule ?| ARRAY['deposit_minor', 'deposit_bp'] THEN 0 ELSE 1 END,
                                                                      CASE WHEN p_schedule ?| ARRAY['deposit_minor', 'deposit_bp'] THEN '' ELSE ', the first at the checkout, the others' END,
                                                                      (SELECT string_agg(day_text(d::date), ', ' ORDER BY d) FROM jsonb_array_elements_text(p_schedule -> 'days') d))
                                 ELSE format('%s %sly instalments', p_schedule ->> 'count', p_schedule ->> 'every') END END
$$;

-- What a due is called: the P_N-th of P_OF of its kind.
CREATE OR REPLACE FUNCTION due_title(p_title text, p_part text, p_every text, p_n integer, p_of integer, p_day date) RETURNS text
LANGUAGE sql STABLE
AS $$
        SELECT CASE p_part WHEN 'deposit' THEN p_title || ', deposit'
                           WHEN 'instalment' THEN format('%s, instalment %s of %s', p_title, p_n, p_of)
                           WHEN 'period' THEN format('%s, %s from %s', p_title, p_every, day_text(p_day)) END
$$;

-- What the customer agrees to, as the checkout shows it and the agreement keeps it.  P_MONTHS: for so
-- many periods of a subscription P_AMOUNT holds where it is less than P_LIST; NULL: for all.
CREATE OR REPLACE FUNCTION schedule_text(p_title text, p_schedule jsonb, p_amount bigint, p_currency text, p_list bigint, p_anchor date, p_months integer)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF p_schedule ->> 'kind' = 'subscription' THEN
                RETURN format(E'%s\n%s today, %s\n', p_title, money_text(p_amount, p_currency), day_text(p_anchor))
                       || CASE WHEN p_months > 1 AND p_amount <> p_list
                               THEN format(E'%s every %s from %s on, %s in all\n', money_text(p_amount, p_currency), p_schedule ->> 'every',
                                           day_text(schedule_day(p_anchor, p_schedule ->> 'every', 1)), p_months) ELSE '' END
                       || format(E'%s every %s from %s on, until you cancel.\n', money_text(CASE WHEN p_months IS NULL THEN p_amount ELSE p_list END, p_currency),
                                 p_schedule ->> 'every',
                                 day_text(schedule_day(p_anchor, p_schedule ->> 'every', CASE WHEN p_amount <> p_list THEN coalesce(p_months, 1) ELSE 1 END)))
                       || schedule_promise(p_schedule);
        END IF;
        RETURN p_title || E'\n' ||
               (SELECT string_agg(format('%s: %s%s', CASE WHEN seq = 1 THEN 'Today, ' ELSE '' END || day_text(due_on), money_text(amount_minor, p_currency),
                                         CASE WHEN part = 'deposit' THEN ' deposit' ELSE '' END), E'\n' ORDER BY seq)
                FROM schedule_rows(p_schedule, p_amount, p_anchor, money_step(p_currency)))
               || format(E'\nIn all: %s\n', money_text(p_amount, p_currency)) || schedule_promise(p_schedule);
END $$;

-- How it is charged, and what moves it: the sentences below a schedule.
CREATE OR REPLACE FUNCTION schedule_promise(p_schedule jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
        SELECT 'Each payment is charged to the card or account that you use today, and we write to you each time. '
               || CASE WHEN p_schedule ->> 'kind' = 'subscription'
                       THEN 'You can cancel at any time: what is paid stays open until its ' || (p_schedule ->> 'every') || ' ends. '
                       ELSE 'There is nothing to pay on top. ' END
               || CASE WHEN p_schedule ? 'days' THEN 'The days are fixed.'
                       ELSE 'Should your first payment arrive later than today, the days after it move by as much.' END
$$;

-- What of a schedule must not have changed between looking and buying: it stands in the form.
CREATE OR REPLACE FUNCTION schedule_seen(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT left(encode(sha256(convert_to(p_text, 'UTF8')), 'hex'), 16) $$;

-- --- agreements ---

-- The fingerprint of a version: its terms, its schedule, the terms of sale and the text that was shown.
CREATE OR REPLACE FUNCTION agreement_sha256(v agreement_versions) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT sha256(convert_to(concat_ws(E'\n', v.agreement_id, v.version, v.currency, v.why, v.terms::text, v.total_minor,
                (SELECT encode(sha256, 'hex') FROM terms_versions WHERE id = v.terms_id), v.shown,
                (SELECT string_agg(concat_ws(' ', r.seq, r.part, r.due_on::text, r.amount_minor, r.kept), E'\n' ORDER BY r.seq)
                 FROM agreement_rows r WHERE r.agreement_id = v.agreement_id AND r.version = v.version)), 'UTF8'))
$$;

-- BEFORE INSERT on agreement_versions: its rows are there already; their sum, and the fingerprint.
CREATE OR REPLACE FUNCTION agreement_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        NEW.total_minor := (SELECT coalesce(sum(amount_minor), 0) FROM agreement_rows WHERE agreement_id = NEW.agreement_id AND version = NEW.version);
        NEW.sha256 := agreement_sha256(NEW);
        RETURN NEW;
END $$;

-- At the commit that makes a version: the dues that it leaves are its sum.
CREATE OR REPLACE FUNCTION agreement_whole() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF EXISTS (SELECT FROM agreements g
                   WHERE g.id = NEW.agreement_id AND g.version = NEW.version AND g.kind = 'instalments' AND g.status <> 'agreed'
                     AND (g.amount_minor <> NEW.total_minor
                          OR NEW.total_minor <> (SELECT sum(amount_minor) FROM dues WHERE agreement_id = g.id AND status <> 'replaced'))) THEN
                RAISE EXCEPTION 'the dues are not the sum of the agreement' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION agreement_seal(), agreement_whole() TO lk_owner;

-- What was declined and is open: in a case, nothing of it paid.
CREATE OR REPLACE FUNCTION dues_in_case(p_agreement bigint) RETURNS SETOF dues
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT d.* FROM dues d
        WHERE d.agreement_id = p_agreement AND d.status = 'open' AND d.paid_minor = 0
          AND EXISTS (SELECT FROM cases c WHERE c.due_id = d.id AND c.status IN ('open', 'waiting'))
$$;

-- Which part of its schedule a due is: as agreement_rows.part.
CREATE OR REPLACE FUNCTION due_part(p_due bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce((SELECT r.part FROM agreement_rows r WHERE r.agreement_id = d.agreement_id AND r.seq = d.seq AND r.version = d.agreement_version), d.kind)
        FROM dues d WHERE d.id = p_due
$$;

-- The dues that the version in force wants and that are not there yet.  What was declined, stays on its day
-- and has another place in that version takes it, with all that was planned, promised and written for it.
CREATE OR REPLACE FUNCTION agreement_dues(p_agreement bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_r record;
BEGIN
        FOR v_r IN
                SELECT g.order_id, g.customer_id, g.currency, g.version, r.seq, r.due_on, r.amount_minor,
                       CASE r.part WHEN 'period' THEN 'period' ELSE 'instalment' END AS kind,
                       due_title(l.title, r.part, g.every, r.n::integer, r.of::integer, r.due_on) AS title
                FROM agreements g
                     JOIN LATERAL (SELECT title FROM order_lines WHERE order_id = g.order_id ORDER BY id LIMIT 1) l ON true
                     JOIN LATERAL (SELECT *, row_number() OVER (PARTITION BY part ORDER BY due_on, seq) AS n, count(*) OVER (PARTITION BY part) AS of
                                   FROM agreement_rows WHERE agreement_id = g.id AND version = g.version) r ON NOT r.kept
                WHERE g.id = p_agreement
                  AND NOT EXISTS (SELECT FROM dues d WHERE d.order_id = g.order_id AND d.agreement_version = g.version AND d.seq = r.seq)
                ORDER BY r.seq
        LOOP
                UPDATE dues SET agreement_version = v_r.version, seq = v_r.seq, title = v_r.title
                WHERE id = (SELECT id FROM dues_in_case(p_agreement) WHERE (due_on, amount_minor) = (v_r.due_on, v_r.amount_minor));
                CONTINUE WHEN FOUND;
                INSERT INTO dues (order_id, customer_id, currency, agreement_id, agreement_version, seq, kind, title, amount_minor, due_on, created_at)
                VALUES (v_r.order_id, v_r.customer_id, v_r.currency, p_agreement, v_r.version, v_r.seq, v_r.kind, v_r.title, v_r.amount_minor, v_r.due_on, app_now());
        END LOOP;
END $$;

-- A new version of an agreement, and the one way to it: the checkout's first one, and every change.
-- What was paid, in whole or in part, forgiven or written off stays as it is; the amounts that are
-- open give way to P_DAYS and P_AMOUNTS, one due each (no two on one day).  One that failed, is in a case
-- and stays on its day stays as well, in the place of its day: what was planned, promised and written for it
-- goes on.
-- Whoever calls it has checked who may; the customer's consent is recorded here.
--   P_WHY       a word: bought, begun, moved, split, ...
--   P_TERMS     as agreement_versions.terms; anchor_on, every and amount_minor (of a period) in it
--               are in force from now on.  NULL: as they were.
--   P_NOTE      why, in words, for both sides
--   P_SHOWN     the text that the customer agreed to
--   P_PERSONAL  address and browser of who consented; NULL: nobody was asked
--   P_STAFF     who of the staff made it; NULL: the customer
-- The version's number.  NULL, and nothing is changed, while money for one of the open amounts is
-- under way, or where the agreement is over.
CREATE OR REPLACE FUNCTION agreement_version_make(
        p_agreement bigint, p_days date[], p_amounts bigint[], p_why text, p_terms jsonb, p_note text, p_shown text, p_personal text, p_staff bigint)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements;
        v_was agreement_versions;
        v_terms jsonb;
        v_now integer;
BEGIN
        PERFORM FROM attempts a JOIN dues d ON d.id = a.due_id WHERE d.agreement_id = p_agreement AND a.live ORDER BY a.id FOR UPDATE OF a;
        PERFORM FROM dues WHERE agreement_id = p_agreement AND status = 'open' ORDER BY id FOR UPDATE;
        SELECT * INTO v_g FROM agreements WHERE id = p_agreement FOR UPDATE;
        IF coalesce(v_g.status NOT IN ('agreed', 'live'), true)
           OR EXISTS (SELECT FROM attempts a JOIN dues d ON d.id = a.due_id
                      WHERE d.agreement_id = p_agreement AND d.status = 'open' AND d.paid_minor = 0 AND a.live AND a.status <> 'created') THEN
                RETURN NULL;
        END IF;
        IF cardinality(p_days) IS DISTINCT FROM cardinality(p_amounts) OR (cardinality(p_days) = 0 AND v_g.kind = 'instalments')
           OR EXISTS (SELECT FROM generate_subscripts(p_days, 1) i WHERE p_days[i] <= p_days[i - 1]) THEN
                RAISE EXCEPTION 'the days of a version follow one another, each with its amount' USING ERRCODE = 'check_violation';
        END IF;
        SELECT * INTO v_was FROM agreement_versions WHERE agreement_id = p_agreement ORDER BY version DESC LIMIT 1;
        v_now := coalesce(v_was.version, 0) + 1;
        v_terms := coalesce(p_terms, v_was.terms);
        IF p_personal IS NOT NULL THEN
                PERFORM evidence_add(v_g.customer_id, v_g.order_id, 'amended', jsonb_build_object('agreement', p_agreement, 'version', v_now, 'why', p_why), p_personal);
        END IF;
        PERFORM agreement_rows_make(p_agreement, v_now, p_days, p_amounts, v_g.status = 'agreed' AND v_terms ?| ARRAY['deposit_minor', 'deposit_bp']);
        INSERT INTO agreement_versions (agreement_id, version, customer_id, currency, why, terms, terms_id, made_at, made_by, note, shown, evidence_id, total_minor)
        SELECT p_agreement, v_now, v_g.customer_id, v_g.currency, p_why, v_terms, o.terms_id, app_now(), p_staff, coalesce(p_note, ''), coalesce(p_shown, ''),
               -- Until it begins the consent is that of the order.
               (SELECT max(id) FROM evidence WHERE order_id = v_g.order_id AND kind = CASE WHEN p_personal IS NOT NULL THEN 'amended' WHEN v_g.status = 'agreed' THEN 'agreed' END), 0
        FROM orders o WHERE o.id = v_g.order_id;
        UPDATE agreements SET version = v_now, anchor_on = (v_terms ->> 'anchor_on')::date, every = v_terms ->> 'every',
                              count = CASE kind WHEN 'instalments' THEN (SELECT count(*) FROM agreement_rows r WHERE r.agreement_id = p_agreement AND r.version = v_now) END,
                              amount_minor = CASE kind WHEN 'subscription' THEN (v_terms ->> 'amount_minor')::bigint
                                             ELSE (SELECT sum(r.amount_minor) FROM agreement_rows r WHERE r.agreement_id = p_agreement AND r.version = v_now) END
        WHERE id = p_agreement;
        IF v_g.status = 'live' THEN
                -- The new ones first: in between it is never all paid.
                PERFORM agreement_dues(p_agreement);
                UPDATE dues d SET status = 'replaced' WHERE agreement_id = p_agreement AND agreement_version < v_now AND status = 'open' AND paid_minor = 0
                  AND NOT EXISTS (SELECT FROM agreement_rows r WHERE r.agreement_id = p_agreement AND r.version = v_now AND r.kept AND r.seq = d.seq);
                PERFORM agreement_retries(p_agreement);
        END IF;
        PERFORM job_add(3, 'agreement_paper', p_agreement || '/' || v_now);
        RETURN v_now;
END $$;

-- The rows of a version: what is paid, in whole or in part, with the places that it has, and what is open in
-- the places that are left, by its days.  DEPOSIT: the first of them is one.
CREATE OR REPLACE FUNCTION agreement_rows_make(p_agreement bigint, p_version integer, p_days date[], p_amounts bigint[], p_deposit boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_kept integer[];
BEGIN
        INSERT INTO agreement_rows (agreement_id, version, seq, customer_id, currency, part, due_on, amount_minor, kept)
        SELECT p_agreement, p_version, d.seq, d.customer_id, d.currency, due_part(d.id), d.due_on, d.amount_minor, true
        FROM dues d
        WHERE d.agreement_id = p_agreement AND d.status <> 'replaced' AND NOT (d.status = 'open' AND d.paid_minor = 0);
        v_kept := ARRAY(SELECT seq FROM agreement_rows WHERE agreement_id = p_agreement AND version = p_version);
        -- Periods follow one another; of instalments one in the middle may be paid already.
        INSERT INTO agreement_rows (agreement_id, version, seq, customer_id, currency, part, due_on, amount_minor, kept)
        SELECT p_agreement, p_version, place.seq, g.customer_id, g.currency,
               coalesce(stays.part, CASE WHEN g.kind = 'subscription' THEN 'period' WHEN p_deposit AND x.n = 1 THEN 'deposit' ELSE 'instalment' END),
               x.day, x.amount, coalesce(stays.seq = place.seq, false)
        FROM agreements g
             CROSS JOIN LATERAL (SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM generate_series(1, cardinality(p_days) + 10000) seq
                                 WHERE seq <> ALL (v_kept) AND (g.kind = 'instalments' OR seq > ALL (v_kept)) LIMIT cardinality(p_days)) place
             JOIN unnest(p_days, p_amounts) WITH ORDINALITY x(day, amount, n) ON x.n = place.n
             LEFT JOIN LATERAL (SELECT d.seq, due_part(d.id) AS part FROM dues_in_case(p_agreement) d WHERE (d.due_on, d.amount_minor) = (x.day, x.amount)) stays ON true
        WHERE g.id = p_agreement;
END $$;

-- What the order of a schedule agrees to, when it is made; it begins with the first payment.
-- SHOWN: the text that the customer saw.
CREATE OR REPLACE FUNCTION agreement_make(p_order bigint, p_anchor date, p_shown text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_l record;
        v_amount bigint;
BEGIN
        SELECT l.*, o.zone, v.schedule, v.schedule ->> 'kind' AS kind
        INTO v_l
        FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN offer_versions v ON v.id = l.offer_version_id
        WHERE l.order_id = p_order AND v.schedule IS NOT NULL ORDER BY l.id LIMIT 1;
        IF NOT FOUND THEN
                RETURN NULL;
        END IF;
        -- A discount is off the sum of instalments, and off the periods of a subscription that its code says.
        v_amount := CASE v_l.kind WHEN 'instalments' THEN v_l.amount_minor ELSE v_l.list_minor END;
        RETURN (SELECT agreement_agree(p_order, v_l.schedule || jsonb_build_object('amount_minor', v_amount), p_anchor, array_agg(r.due_on ORDER BY r.seq), array_agg(r.amount_minor ORDER BY r.seq),
                                       '', p_shown, NULL)
                FROM schedule_rows(v_l.schedule, v_l.amount_minor, p_anchor, money_step(v_l.currency)) r);
END $$;

-- The agreement of an order and its first version: P_TERMS is a schedule as offers have it (of a subscription
-- with its amount_minor), P_DAYS and P_AMOUNTS what comes of it.  P_NOTE and P_PERSONAL: as for every version.
CREATE OR REPLACE FUNCTION agreement_agree(p_order bigint, p_terms jsonb, p_anchor date, p_days date[], p_amounts bigint[], p_note text, p_shown text, p_personal text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
        v_amount bigint := coalesce((p_terms ->> 'amount_minor')::bigint, (SELECT sum(x) FROM unnest(p_amounts) x));
BEGIN
        INSERT INTO agreements (order_id, customer_id, currency, kind, status, anchor_on, zone, count, every, amount_minor, nothing_new_days,
                                read_only_days, locked_days, made_at)
        SELECT o.id, o.customer_id, o.currency, p_terms ->> 'kind', 'agreed', p_anchor, o.zone, CASE p_terms ->> 'kind' WHEN 'instalments' THEN schedule_count(p_terms) END,
               p_terms ->> 'every', v_amount, t.nothing_new_days, t.read_only_days, t.locked_days, app_now()
        FROM orders o JOIN LATERAL (SELECT product_id FROM order_lines WHERE order_id = o.id ORDER BY id LIMIT 1) l ON true
             LEFT JOIN access_timetables t ON t.product_id = l.product_id
        WHERE o.id = p_order
        RETURNING id INTO v_id;
        PERFORM agreement_version_make(v_id, p_days, p_amounts, 'bought', p_terms || jsonb_build_object('amount_minor', v_amount, 'currency', g.currency, 'anchor_on', p_anchor, 'zone', g.zone),
                                       p_note, p_shown, p_personal, NULL)
        FROM agreements g WHERE g.id = v_id;
        RETURN v_id;
END $$;

-- The first due of an order with a schedule is paid: the agreement begins, and with it the dues to
-- come.  Where that is later than the day after it was agreed, the days move by as much, in a version
-- of their own; fixed days stay.  Called by order_grant(), so in the transaction that books the
-- money; again it does nothing.
CREATE OR REPLACE FUNCTION agreement_begin(p_order bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_g agreements;
        v_was agreement_versions;
        v_day date;
BEGIN
        SELECT today_in(zone) INTO v_day FROM orders WHERE id = p_order;
        IF NOT EXISTS (SELECT FROM agreements WHERE order_id = p_order) AND agreement_make(p_order, v_day, '') IS NULL THEN
                RETURN;
        END IF;
        SELECT * INTO STRICT v_g FROM agreements WHERE order_id = p_order FOR UPDATE;
        IF v_g.status <> 'agreed' THEN
                RETURN;
        END IF;
        SELECT * INTO STRICT v_was FROM agreement_versions WHERE agreement_id = v_g.id AND version = v_g.version;
        IF v_day > v_g.anchor_on + 1 AND NOT v_was.terms ? 'days' THEN
                PERFORM agreement_version_make(v_g.id, array_agg(schedule_day(v_day, coalesce(v_g.every, 'month'), r.seq - 1) ORDER BY r.seq),
                                               array_agg(r.amount_minor ORDER BY r.seq), 'begun', v_was.terms || jsonb_build_object('anchor_on', v_day),
                                               format('The first payment arrived on %s, so the days that follow moved by as much.', day_text(v_day)), v_was.shown, NULL, NULL)
                FROM agreement_rows r WHERE r.agreement_id = v_g.id AND r.version = v_g.version;
        END IF;
        UPDATE agreements SET status = 'live' WHERE id = v_g.id RETURNING * INTO v_g;
        UPDATE dues d SET agreement_id = v_g.id, agreement_version = v_g.version, due_on = r.due_on
        FROM agreement_rows r WHERE d.order_id = p_order AND d.seq = 1 AND r.agreement_id = v_g.id AND r.version = v_g.version AND r.seq = 1;
        PERFORM agreement_dues(v_g.id);
        -- A part that came by transfer before has its receipt from now on, as every payment of a plan.
        PERFORM job_add(1, 'receipt', p.id::text) FROM payments p
        WHERE p.order_id = p_order AND p.bank_line_id IS NOT NULL AND p.allocated_minor > 0 AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id);
        PERFORM evidence_add(v_g.customer_id, p_order, 'agreement', jsonb_build_object('agreement', v_g.id, 'version', v_g.version, 'schedule', v_was.terms,
                             'amount_minor', v_g.amount_minor, 'currency', v_g.currency, 'anchor_on', v_g.anchor_on));
        PERFORM job_add(1, 'agreement_method', v_g.id::text);
END $$;

-- When the next period of a subscription begins that was not asked for yet: after the last one, of
-- those that went by the present one, and not before the day to which it was put off.
CREATE OR REPLACE FUNCTION period_next(p_agreement bigint) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        -- After the last one, not over by today, and not before the day that it was put off to.
        SELECT schedule_day(g.anchor_on, g.every, greatest(schedule_place(g.anchor_on, g.every, d.last_on), schedule_place(g.anchor_on, g.every, today_in(g.zone)) - 1,
                                                           schedule_place(g.anchor_on, g.every, (v.terms ->> 'next_on')::date - 1)))
        FROM agreements g JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version
             CROSS JOIN LATERAL (SELECT max(due_on) AS last_on FROM dues WHERE agreement_id = g.id AND status <> 'replaced') d
        WHERE g.id = p_agreement AND d.last_on IS NOT NULL
$$;

-- Whether a subscription pauses today: what was paid is over, and the next period was put off.
CREATE OR REPLACE FUNCTION agreement_paused(p_agreement bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT EXISTS (SELECT FROM agreements g JOIN agreement_versions v ON v.agreement_id = g.id AND v.version = g.version
                       WHERE g.id = p_agreement AND g.kind = 'subscription' AND today_in(g.zone) >= (v.terms ->> 'paused_from')::date
                         AND today_in(g.zone) < (v.terms ->> 'next_on')::date)
$$;

-- The day on which the last period that is paid is over.
CREATE OR REPLACE FUNCTION agreement_until(p_agreement bigint) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT schedule_day(g.anchor_on, g.every, schedule_place(g.anchor_on, g.every, d.last_on))
        FROM agreements g CROSS JOIN LATERAL (SELECT max(due_on) AS last_on FROM dues WHERE agreement_id = g.id AND status = 'paid') d
        WHERE g.id = p_agreement
$$;

-- Who consented to a version, for both sides: when, and from which address.
CREATE OR REPLACE FUNCTION agreement_consent(p_agreement bigint, p_version integer) RETURNS TABLE (at timestamptz, personal text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT e.at, coalesce(e.personal, '') FROM agreement_versions v JOIN evidence e ON e.id = v.evidence_id
        WHERE v.agreement_id = p_agreement AND v.version = p_version AND (v.customer_id = ANY (mine()) OR staff_may('read') OR session_user = 'lk_worker')
$$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER schedule_sound BEFORE INSERT ON offer_versions FOR EACH ROW EXECUTE FUNCTION schedule_sound();
CREATE OR REPLACE TRIGGER agreement_seal BEFORE INSERT ON agreement_versions FOR EACH ROW EXECUTE FUNCTION agreement_seal();
DROP TRIGGER IF EXISTS agreement_whole ON agreement_versions;
CREATE CONSTRAINT TRIGGER agreement_whole AFTER INSERT ON agreement_versions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION agreement_whole();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreement_rows FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER append_only_all BEFORE TRUNCATE ON agreement_rows FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON agreement_papers FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER append_only_all BEFORE TRUNCATE ON agreement_papers FOR EACH STATEMENT EXECUTE FUNCTION append_only();
RESET ROLE;
