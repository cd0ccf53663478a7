-- Reminders of what is due (S1.4): a scan of amounts and days in the reader's local time, not jobs
-- stored ahead, so what changes with the schedule needs no tidying up.
--
-- Whose turn it is.  Before the day a reminder goes out whether we charge by ourselves or not, in
-- other words.  From the day on it goes where the amount waits for the customer: nothing is saved that
-- could be charged, a transfer was announced and did not come, or the case has nothing left to try.
-- While a case tries again, waits for a promise, or has written since that day, it owns the
-- conversation; so does a charge that is under way or about to be made.  Of somebody who pays by hand
-- the reminders are the conversation: their case opens without a mail of its own (case_classed()).
SET ROLE lk_definer;

-- The plan of a product: its own, else the one for all.
CREATE OR REPLACE FUNCTION reminder_plan(p_product bigint) RETURNS reminder_plans
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_plan reminder_plans;
BEGIN
        SELECT * INTO v_plan FROM reminder_plans WHERE product_id = p_product OR product_id IS NULL ORDER BY product_id NULLS LAST LIMIT 1;
        RETURN v_plan;
END $$;

-- What an order sells first.
CREATE OR REPLACE FUNCTION order_product(p_order bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$ SELECT product_id FROM order_lines WHERE order_id = p_order ORDER BY id LIMIT 1 $$;

-- Where somebody who reads about a due lives: their own choice, else their latest agreement's zone
-- (so that all that is theirs falls due at one time), else that of the due.
CREATE OR REPLACE FUNCTION person_zone(p_person bigint, p_due bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN coalesce(nullif((SELECT zone FROM customers WHERE id = p_person), ''),
                        (SELECT zone FROM agreements WHERE customer_id = p_person ORDER BY id DESC LIMIT 1), due_zone(p_due));
END $$;

-- The words of a kind of mail for a product: its own, else those for all.
CREATE OR REPLACE FUNCTION text_of(p_kind text, p_product bigint) RETURNS message_texts
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT t.* FROM message_texts t
        WHERE t.kind = p_kind AND t.published_at IS NOT NULL
          AND (t.product_id IS NULL OR (t.product_id = p_product AND NOT (SELECT n.as_all FROM message_texts n WHERE n.kind = p_kind AND n.product_id = p_product
                                                                        AND n.published_at IS NOT NULL ORDER BY n.version DESC LIMIT 1)))
        ORDER BY t.product_id NULLS LAST, t.version DESC LIMIT 1
$$;

-- Whether a product may say it in its own words.
CREATE OR REPLACE FUNCTION text_by_product(p_kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$ SELECT p_kind IN ('reminder_charge', 'reminder_ahead', 'reminder_today', 'reminder_late', 'reminder_last', 'plan_thanks') $$;

-- Whether the saved method is charged for it by itself on its day.
CREATE OR REPLACE FUNCTION due_charged(p_due bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (
        SELECT charge_method(p_due) IS NOT NULL AND NOT EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND (a.live OR a.kind = 'off_session')));
END $$;

-- How many days after its day an amount that nothing is saved for becomes a case: with the first
-- reminder after it, and not after access goes down; 0 where no reminder asks for it.
CREATE OR REPLACE FUNCTION due_hand_days(p_due bigint) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(least((SELECT min(k) FROM unnest(n.days) k WHERE k > 0 AND n.enabled),
                              CASE WHEN n.enabled AND 0 < ANY (n.days) THEN coalesce(g.nothing_new_days, g.read_only_days, g.locked_days) END), 0)
        FROM dues d LEFT JOIN agreements g ON g.id = d.agreement_id CROSS JOIN LATERAL reminder_plan(order_product(d.order_id)) n WHERE d.id = p_due
$$;

-- The important ones of a plan, which leave whatever somebody chose: the last one before the day,
-- for a charge must be announced, and the first one after it, for what is late costs access.
CREATE OR REPLACE FUNCTION reminder_important(p_days integer, p_plan integer[]) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = latchkey, pg_temp
AS $$
        SELECT p_days = coalesce((SELECT max(d) FROM unnest(p_plan) d WHERE d < 0), 0) OR p_days = (SELECT min(d) FROM unnest(p_plan) d WHERE d > 0)
$$;

-- Whether a person is mailed the important ones alone: they said so, or their calendar tells the others.
-- Until an app has fetched it, and once its link has ended, the mails are as before: nobody goes without.
CREATE OR REPLACE FUNCTION reminder_sparing(p_person bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN EXISTS (SELECT FROM customers c JOIN reminder_choices w ON w.customer_id = coalesce(c.merged_into, c.id)
                       WHERE c.id = p_person
                         AND (w.frequency = 'important'
                              OR (w.channel = 'calendar' AND EXISTS (SELECT FROM sessions s WHERE s.customer_id = w.customer_id AND s.kind = 'calendar'
                                                                       AND s.ended_at IS NULL AND s.expires_at > app_now() AND s.seen_at IS NOT NULL))));
END $$;

-- Why a reminder of this kind may not leave now; '' when it may.  Asked by the scan, and again when
-- its mail leaves: what was paid, promised or moved meanwhile asks for nothing.
CREATE OR REPLACE FUNCTION reminder_not(p_due bigint, p_due_on date, p_days integer, p_person bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
        v_d dues;
        v_plan reminder_plans;
        v_today date := today_in(person_zone(p_person, p_due));
BEGIN
        SELECT * INTO STRICT v_d FROM dues WHERE id = p_due;
        v_plan := reminder_plan(order_product(v_d.order_id));
        RETURN CASE
                WHEN v_d.status = 'paid' THEN 'paid'
                WHEN v_d.status <> 'open' OR NOT agreement_charges(v_d.agreement_id) THEN 'not owed'
                WHEN v_d.due_on <> p_due_on THEN 'another day'
                -- A week late at most, and what speaks of a day to come not on that day.
                WHEN v_today > p_due_on + p_days + 7 OR (p_days < 0 AND v_today >= p_due_on) THEN 'too late'
                WHEN EXISTS (SELECT FROM reminders r WHERE r.due_id = p_due AND r.due_on = p_due_on AND r.person_id = p_person AND r.days > p_days)
                        THEN 'told since'
                -- A change of the plan makes its open amounts anew: what was told of this day, while it was that amount's, holds for the
                -- one in its place.
                WHEN EXISTS (SELECT FROM dues e JOIN reminders r ON r.due_id = e.id LEFT JOIN messages m ON m.id = r.message_id
                             WHERE e.agreement_id = v_d.agreement_id AND e.id <> p_due AND r.due_on = p_due_on AND r.person_id = p_person AND r.days >= p_days
                               AND m.status IS DISTINCT FROM 'skipped'
                               AND NOT EXISTS (SELECT FROM moves v WHERE v.machine = 'due' AND v.object_id = e.id AND v.status = 'replaced' AND v.at < m.sent_at))
                        THEN 'told since'
                WHEN NOT v_plan.enabled OR p_days <> ALL (v_plan.days)
                     OR (NOT reminder_important(p_days, v_plan.days) AND reminder_sparing(p_person))
                     OR NOT EXISTS (SELECT FROM order_parties o WHERE o.order_id = v_d.order_id AND o.person_id = p_person AND 'bills' = ANY (o.topics))
                        THEN 'not wanted'
                -- What fell into the time of a promise is passed over; the day after it, others may go.
                WHEN EXISTS (SELECT FROM promises p WHERE p.due_id = p_due AND p.status IN ('open', 'broken')
                               AND (p.promised_on >= p_due_on + p_days OR (p.status = 'open' AND p.promised_on >= v_today))) THEN 'promised'
                -- One that was opened a moment ago because nothing is saved will ask, whatever else happens: it is not waited for.
                WHEN EXISTS (SELECT FROM cases c WHERE c.due_id = p_due AND (c.status = 'waiting' OR (c.status = 'open' AND (c.stopped_at IS NOT NULL OR (c.next_step <> 'ask'
                               AND (c.next_step <> '' OR EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND a.kind = 'off_session' AND a.payment_method_id IS NOT NULL)))))))
                        THEN 'a case is open'
                -- Never two mails about one amount on one day, nor what a mail of the case has said since.
                WHEN EXISTS (SELECT FROM messages m WHERE m.kind IN ('payment_failed', 'promise_broken') AND m.object = 'due' AND m.object_id = p_due
                               AND m.customer_id = p_person AND m.status <> 'skipped' AND (m.queued_at AT TIME ZONE person_zone(p_person, p_due))::date >= p_due_on + p_days)
                        THEN 'told since'
                WHEN EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND a.live AND a.kind = 'transfer'
                               AND (p_days <= 0 OR a.sent_at > app_now() - interval '3 days')) THEN 'a transfer is on its way'
                WHEN EXISTS (SELECT FROM attempts a WHERE a.due_id = p_due AND a.live AND a.kind <> 'transfer'
                               AND NOT (a.status = 'created' AND a.planned_at > app_now())) THEN 'a payment is under way'
                WHEN v_today >= p_due_on AND due_charged(p_due) THEN 'charged by itself'
                ELSE '' END;
END $$;

-- The open dues that this customer owes, or that somebody else owes and they are told of.
CREATE OR REPLACE FUNCTION dues_told(p_customer bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT id FROM dues WHERE customer_id = p_customer AND status = 'open'
        UNION
        SELECT d.id FROM order_parties p JOIN dues d ON d.order_id = p.order_id
        WHERE p.person_id = p_customer AND 'bills' = ANY (p.topics) AND d.status = 'open'
$$;

-- Whoever is to be reminded now is: of each amount the latest kind whose day has come, once, in one
-- mail for all that is theirs, between eight and eight of their day.  The rows of `reminders` are the
-- claim: of two scans at once the second waits for the first and finds them made.  app_now() is the
-- only time.  CUSTOMER: what this one owes or is told of alone; NULL: everybody.  How many mails.
CREATE OR REPLACE FUNCTION reminders_scan(p_customer bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_r record;
        v_message bigint;
        v_day date := (app_now() AT TIME ZONE 'UTC')::date;
        v_dues bigint[] := CASE WHEN p_customer IS NOT NULL THEN ARRAY(SELECT dues_told(p_customer)) END;
        -- Where days begin first it is eight in the morning so much earlier.
        v_reach date := (app_now() AT TIME ZONE 'UTC' + interval '6 hours')::date;
        v_first integer;
        v_last integer;
        v_n integer := 0;
BEGIN
        -- What any plan could ask for now, by the index of the days.
        SELECT min(k), max(k) INTO v_first, v_last FROM reminder_plans r CROSS JOIN LATERAL unnest(r.days) k WHERE r.enabled;
        -- Set by set, and zones last: of thousands that are open a few have something new.
        WITH near AS (
                SELECT d.id, d.due_on, d.order_id, n.days AS plan, k.days
                FROM dues d JOIN agreements g ON g.id = d.agreement_id AND g.status = 'live'
                     CROSS JOIN LATERAL (SELECT l.product_id FROM order_lines l WHERE l.order_id = d.order_id ORDER BY l.id LIMIT 1) l
                     CROSS JOIN LATERAL (SELECT r.days, r.enabled FROM reminder_plans r WHERE r.product_id = l.product_id OR r.product_id IS NULL
                                         ORDER BY r.product_id NULLS LAST LIMIT 1) n
                     CROSS JOIN LATERAL unnest(n.days) k(days)
                WHERE d.status = 'open' AND n.enabled AND d.due_on BETWEEN v_day - 9 - v_last AND v_reach - v_first AND d.due_on + k.days BETWEEN v_day - 9 AND v_reach
                  AND (p_customer IS NULL OR d.id = ANY (v_dues))),
        new AS MATERIALIZED (
                SELECT DISTINCT x.id, x.due_on, c.id AS person, x.plan, x.days
                FROM near x JOIN order_parties p ON p.order_id = x.order_id AND 'bills' = ANY (p.topics)
                     JOIN customers c ON c.id = p.person_id AND c.erased_at IS NULL
                WHERE NOT EXISTS (SELECT FROM reminders r WHERE r.due_id = x.id AND r.due_on = x.due_on AND r.person_id = c.id AND r.days >= x.days)),
        placed AS MATERIALIZED (SELECT x.*, person_zone(x.person, x.id) AS zone FROM new x),
        reached AS (
                SELECT DISTINCT ON (x.id, x.person) x.id, x.due_on, x.person, x.days
                FROM placed x
                WHERE x.due_on + x.days <= today_in(x.zone) AND local_daytime(x.zone) <= app_now()
                  AND (reminder_important(x.days, x.plan) OR NOT reminder_sparing(x.person))
                ORDER BY x.id, x.person, x.days DESC)
        INSERT INTO reminders (due_id, due_on, days, person_id, made_at)
        SELECT x.id, x.due_on, x.days, x.person, app_now() FROM reached x
        WHERE reminder_not(x.id, x.due_on, x.days, x.person) = ''
        ORDER BY x.person, x.id
        ON CONFLICT DO NOTHING;
        -- Those of another scan are not seen before it ends, and have their mail then.
        FOR v_r IN
                SELECT r.person_id, min(r.due_id || '/' || r.due_on || '/' || r.days) AS period, max(o.email) FILTER (WHERE o.customer_id = r.person_id) AS email
                FROM reminders r JOIN dues d ON d.id = r.due_id JOIN orders o ON o.id = d.order_id
                WHERE r.message_id IS NULL AND (p_customer IS NULL OR r.due_id = ANY (v_dues))
                GROUP BY r.person_id ORDER BY r.person_id
        LOOP
                v_message := message_add('reminder', 'customer', v_r.person_id, v_r.period, v_r.person_id,
                                         coalesce(v_r.email, (SELECT email FROM customers WHERE id = v_r.person_id)), true);
                UPDATE reminders SET message_id = v_message WHERE person_id = v_r.person_id AND message_id IS NULL;
                PERFORM job_add(3, 'mail', v_message::text);
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- --- when it leaves ---------------------------------------------------------------------------

-- Before a mail is taken: it is skipped when nothing that it tells holds any more.  The dues are
-- locked, so that a payment comes wholly before or after it.
CREATE OR REPLACE FUNCTION reminder_skip(p_message bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_m messages;
        v_why text;
BEGIN
        SELECT * INTO v_m FROM messages WHERE id = p_message AND kind IN ('reminder', 'plan_thanks') AND status IN ('queued', 'deferred');
        IF NOT FOUND THEN
                RETURN;
        ELSIF v_m.kind = 'plan_thanks' THEN
                SELECT 'not completed' INTO v_why FROM agreements WHERE id = v_m.object_id AND status <> 'completed';
        ELSE
                PERFORM FROM dues WHERE id IN (SELECT due_id FROM reminders WHERE message_id = p_message) ORDER BY id FOR SHARE;
                SELECT CASE WHEN count(*) FILTER (WHERE x.why = '') = 0 THEN coalesce(min(x.why), 'not owed') END INTO v_why
                FROM (SELECT reminder_not(due_id, due_on, days, person_id) AS why FROM reminders WHERE message_id = p_message) x;
        END IF;
        UPDATE messages SET status = 'skipped', detail = v_why WHERE id = p_message AND v_why IS NOT NULL AND status IN ('queued', 'deferred');
END $$;

-- How many seconds a mail has to wait for the day of its reader; 0 when it may leave.
CREATE OR REPLACE FUNCTION message_waits(p_message bigint) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_m messages;
        v_zone text;
BEGIN
        SELECT m.* INTO v_m FROM messages m JOIN message_topics t ON t.kind = m.kind AND t.by_day WHERE m.id = p_message;
        IF NOT FOUND THEN
                RETURN 0;
        ELSIF v_m.object = 'customer' THEN
                v_zone := person_zone(v_m.customer_id, (SELECT min(r.due_id) FROM reminders r WHERE r.message_id = p_message));
        ELSE
                v_zone := coalesce((SELECT nullif(zone, '') FROM customers WHERE id = v_m.customer_id), due_zone(CASE v_m.object
                        WHEN 'due' THEN v_m.object_id
                        WHEN 'case' THEN (SELECT k.due_id FROM cases k WHERE k.id = v_m.object_id)
                        WHEN 'agreement' THEN (SELECT min(d.id) FROM dues d WHERE d.agreement_id = v_m.object_id) END));
        END IF;
        RETURN greatest(0, ceil(extract(epoch FROM local_daytime(coalesce(v_zone, 'UTC')) - app_now())));
END $$;

-- What a reminder tells: every amount of it that holds.  WORDS: charge (we do it), ahead, today, late,
-- last (the last of its plan).
CREATE OR REPLACE FUNCTION reminder_lines(p_message bigint)
RETURNS TABLE (due_id bigint, product_id bigint, title text, amount_minor bigint, currency text, due_on date, words text, until_on date,
               method_kind text, brand text, last_four text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT d.id, p.id, d.title, d.amount_minor - d.paid_minor, d.currency, d.due_on,
               CASE WHEN t.today < d.due_on THEN CASE WHEN due_charged(d.id) THEN 'charge' ELSE 'ahead' END
                    WHEN t.today = d.due_on THEN 'today'
                    WHEN r.days = (SELECT max(k) FROM unnest(n.days) k) AND (SELECT count(*) FROM unnest(n.days) k WHERE k > 0) > 1 THEN 'last'
                    ELSE 'late' END,
               d.due_on + coalesce(g.nothing_new_days, g.read_only_days, g.locked_days, 14),
               coalesce(m.kind, ''), coalesce(m.brand, ''), coalesce(m.last_four, '')
        FROM reminders r JOIN dues d ON d.id = r.due_id JOIN agreements g ON g.id = d.agreement_id
             CROSS JOIN LATERAL (SELECT order_product(d.order_id) AS id) p
             CROSS JOIN LATERAL reminder_plan(p.id) n
             CROSS JOIN LATERAL (SELECT today_in(person_zone(r.person_id, d.id)) AS today) t
             LEFT JOIN payment_methods m ON m.id = charge_method(d.id)
        WHERE r.message_id = p_message AND reminder_not(r.due_id, r.due_on, r.days, r.person_id) = ''
        ORDER BY d.due_on, d.id LIMIT 20
$$;

-- Its words: of its one amount, or of several.
CREATE OR REPLACE FUNCTION reminder_text(p_message bigint) RETURNS TABLE (subject text, body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT t.subject, t.body_md
        FROM (SELECT CASE count(*) WHEN 1 THEN 'reminder_' || min(words) ELSE 'reminder_several' END AS kind,
                     CASE count(*) WHEN 1 THEN min(product_id) END AS product FROM reminder_lines(p_message)) l
             CROSS JOIN LATERAL text_of(l.kind, l.product) t
$$;

-- The link to the payment page of one of its amounts, made when the mail leaves; for 30 days, and
-- until it is paid.
CREATE OR REPLACE FUNCTION reminder_link_make(p_message bigint, p_due bigint, p_hash bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO sessions (token_hash, kind, customer_id, due_id, reader_id, created_at, expires_at)
        SELECT p_hash, 'pay_link', d.customer_id, d.id, r.person_id, app_now(), app_now() + interval '30 days'
        FROM reminders r JOIN dues d ON d.id = r.due_id WHERE r.message_id = p_message AND d.id = p_due AND d.status = 'open' LIMIT 1
$$;

-- --- the last instalment --------------------------------------------------------------------------

-- AFTER UPDATE OF status on dues, behind due_moving(): a payment completed the plan, which is worth
-- a thank-you, once.  What was forgiven completes it without one.
CREATE OR REPLACE FUNCTION due_thanks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_message bigint;
BEGIN
        IF NEW.status = 'paid' AND OLD.status <> 'paid' THEN
                SELECT message_add('plan_thanks', 'agreement', g.id, '', g.customer_id, o.email, true) INTO v_message
                FROM agreements g JOIN orders o ON o.id = g.order_id JOIN customers c ON c.id = g.customer_id
                WHERE g.id = NEW.agreement_id AND g.status = 'completed' AND c.erased_at IS NULL AND o.email <> '';
                PERFORM job_add(3, 'mail', v_message::text, '{}', local_daytime(due_zone(NEW.id))) WHERE v_message IS NOT NULL;
        END IF;
        RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION due_thanks() TO lk_owner;

-- --- what people choose -----------------------------------------------------------------------------

-- How the customer who asks wants to be reminded.  No row for nobody.
CREATE OR REPLACE FUNCTION reminder_choice_mine() RETURNS TABLE (frequency text, channel text, plans bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_mine bigint[] := mine();
BEGIN
        RETURN QUERY SELECT coalesce(c.frequency, 'all'), coalesce(c.channel, 'mail'), (SELECT count(*) FROM agreements g WHERE g.customer_id = ANY (v_mine) AND g.status = 'live')
        FROM (SELECT v_mine[1] AS id) m LEFT JOIN reminder_choices c ON c.customer_id = m.id WHERE v_mine <> '{}';
END $$;

-- How often, and by which way (NULL: as it was).  False for nobody, and for staff who look as a customer.
CREATE OR REPLACE FUNCTION reminder_choice_set(p_frequency text, p_channel text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        INSERT INTO reminder_choices AS c (customer_id, frequency, channel, changed_at)
        SELECT id, p_frequency, coalesce(p_channel, 'mail'), app_now() FROM customers WHERE id = me_writing()
        ON CONFLICT (customer_id) DO UPDATE SET frequency = excluded.frequency, channel = coalesce(p_channel, c.channel), changed_at = excluded.changed_at;
        RETURN FOUND;
END $$;

-- What the form of a plan shows: "on -7 -1 0", "off -7", "all" (a product without one of its own).
CREATE OR REPLACE FUNCTION reminder_plan_seen(p_product bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce((SELECT concat_ws(' ', CASE WHEN enabled THEN 'on' ELSE 'off' END, nullif(array_to_string(days, ' '), ''))
                         FROM reminder_plans WHERE product_id IS NOT DISTINCT FROM p_product), 'all')
$$;

-- The days of a product's reminders, P_SLUG NULL for the plan of all; P_DAYS NULL: a product has none of
-- its own any more.  SEEN is what the form showed.  saved; same (it is so already); changed (by
-- somebody else meanwhile); unknown.
CREATE OR REPLACE FUNCTION reminder_plan_set(p_slug text, p_seen text, p_on boolean, p_days integer[]) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_must('products');
        v_product bigint := (SELECT id FROM products WHERE slug = p_slug FOR UPDATE);
        v_was text;
        v_now text;
BEGIN
        IF (p_slug IS NOT NULL AND v_product IS NULL) OR (p_slug IS NULL AND p_days IS NULL) THEN
                RETURN 'unknown';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('latchkey.reminder_plan ' || coalesce(p_slug, ''), 0));
        v_was := reminder_plan_seen(v_product);
        v_now := CASE WHEN p_days IS NULL THEN 'all' ELSE concat_ws(' ', CASE WHEN p_on THEN 'on' ELSE 'off' END, nullif(array_to_string(p_days, ' '), '')) END;
        IF v_was = v_now THEN
                RETURN 'same';
        ELSIF v_was <> p_seen THEN
                RETURN 'changed';
        ELSIF p_days IS NULL THEN
                DELETE FROM reminder_plans WHERE product_id = v_product;
        ELSE
                INSERT INTO reminder_plans (product_id, days, enabled, changed_at, changed_by)
                SELECT v_product, coalesce(array_agg(DISTINCT d ORDER BY d), '{}'), p_on, app_now(), v_me FROM unnest(p_days) d
                ON CONFLICT (product_id) DO UPDATE SET days = excluded.days, enabled = excluded.enabled, changed_at = excluded.changed_at,
                        changed_by = excluded.changed_by;
        END IF;
        PERFORM audit_add('staff', v_me, 'reminders.set', CASE WHEN v_product IS NULL THEN 'reminders' ELSE 'product' END, coalesce(v_product, 0),
                          jsonb_build_object('was', v_was, 'now', v_now));
        RETURN 'saved';
END $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER due_thanks AFTER UPDATE OF status ON dues FOR EACH ROW EXECUTE FUNCTION due_thanks();
RESET ROLE;
