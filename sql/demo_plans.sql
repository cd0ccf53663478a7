-- What customers of the demo pay over time, and what failed of it: the second half of latchkeyctl demo
-- load, in the same session after sql/demo.sql, whose pg_temp functions and settings it uses.  Besides:
--   demo.owner  demo.owner_name  demo.totp    the staff, and their second factor in hexadecimal
--   demo.secret                               makes the links of its mails, which nobody can guess
--
-- This is not written down: it happens.  The clock is put back, and the product's own functions are
-- called as its pages, its worker and its staff would have called them.  What the gateway said to a
-- charge stands in demo_declines.

CREATE TEMP TABLE demo_clock ON COMMIT DROP AS SELECT ahead, app_now() AS t FROM dev_clock;
ALTER TABLE dev_clock DROP CONSTRAINT dev_clock_ahead_check;

CREATE FUNCTION pg_temp.clock_at(p_at timestamptz) RETURNS void LANGUAGE sql
AS $$ UPDATE dev_clock SET ahead = p_at - now() $$;

-- MONTHS after it was bought one of its amounts was due, AGO days before today.
CREATE TEMP TABLE demo_plans (tag text PRIMARY KEY, product text, offer text, months integer, ago integer, brand text, last_four text,
                              customer bigint, anchor date, order_id bigint, case_id bigint) ON COMMIT DROP;
INSERT INTO demo_plans (tag, product, offer, months, ago, brand, last_four) VALUES
        ('mara', 'studio-nights', 'monthly', 3, -5, 'visa', '4242'),
        ('calm', 'portfolio-mentoring', 'three', 1, 11, 'mastercard', '4444'),
        ('done', 'portfolio-mentoring', 'three', 2, 12, 'visa', '4242'),
        ('tight', 'studio-nights', 'monthly', 3, 58, 'visa', '4242'),
        ('left', 'studio-nights', 'monthly', 2, 49, 'mastercard', '4444'),
        ('funds', 'portfolio-mentoring', 'three', 1, 41, 'visa', '4242'),
        ('asks', 'studio-nights', 'monthly', 2, 37, 'visa', '3184'),
        ('card', 'portfolio-mentoring', 'three', 1, 22, 'visa', '0069'),
        ('fault', 'studio-nights', 'monthly', 1, 5, 'mastercard', '4444'),
        ('later', 'portfolio-mentoring', 'three', 1, 6, 'visa', '4242'),
        ('lost', 'portfolio-mentoring', 'three', 1, 4, 'visa', '9979'),
        ('bank', 'studio-nights', 'monthly', 1, 2, 'visa', '0051'),
        ('fresh', 'studio-nights', 'monthly', 2, 1, 'visa', '0069'),
        ('moved', 'portfolio-mentoring', 'three', 1, 18, 'visa', '4242'),
        ('offered', 'portfolio-mentoring', 'three', 1, 9, 'mastercard', '4444'),
        ('words', 'portfolio-mentoring', 'three', 1, 7, 'visa', '4242');
UPDATE demo_plans SET anchor = (((SELECT t FROM demo_clock) AT TIME ZONE 'UTC')::date - ago - make_interval(months => months))::date;

-- Who has it: the customer to look at, and others who were there by then and have not bought it.
DO $$
DECLARE
        v_p demo_plans;
BEGIN
        FOR v_p IN SELECT * FROM demo_plans ORDER BY tag <> 'mara', anchor LOOP
                UPDATE demo_plans SET customer = (
                        SELECT c.id FROM customers c
                        WHERE c.created_at < v_p.anchor AND c.name <> '' AND c.merged_into IS NULL
                          AND (v_p.tag = 'mara') = EXISTS (SELECT FROM credentials k WHERE k.customer_id = c.id)
                          AND EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.status = 'paid')
                          AND NOT EXISTS (SELECT FROM access a JOIN products p ON p.id = a.product_id WHERE a.person_id = c.id AND p.slug = v_p.product)
                          AND NOT EXISTS (SELECT FROM demo_plans d WHERE d.customer = c.id)
                        ORDER BY c.id LIMIT 1)
                WHERE tag = v_p.tag;
        END LOOP;
END $$;
DELETE FROM demo_plans WHERE customer IS NULL OR product NOT IN (SELECT slug FROM products WHERE version_id IS NOT NULL AND on_sale);

-- What the gateway said to the TRY of the amount that was due K months on; LATER: days until it was tried again.
CREATE TEMP TABLE demo_declines (tag text, k integer, try integer, code text, advice text, class text, later integer, why text) ON COMMIT DROP;
INSERT INTO demo_declines VALUES
        ('tight', 3, 1, 'insufficient_funds', 'try_again_later', 'soft_funds', 3, 'there was not enough on the account, and with some days between there may be more on it. Attempt 2 of at most 8.'),
        ('tight', 3, 2, 'insufficient_funds', 'try_again_later', 'soft_funds', 5, 'there was not enough on the account, and with some days between there may be more on it. Attempt 3 of at most 8.'),
        ('left', 2, 1, 'do_not_honor', 'try_again_later', 'bank', 4, 'the bank alone knows why it declined, so the attempts are few and days apart. Attempt 2 of at most 4.'),
        ('left', 2, 2, 'do_not_honor', 'try_again_later', 'bank', NULL, 'Not tried again: the limits leave no time for another attempt.'),
        ('funds', 1, 1, 'insufficient_funds', 'try_again_later', 'soft_funds', 4, 'there was not enough on the account, and with some days between there may be more on it. Attempt 2 of at most 8.'),
        ('asks', 2, 1, 'authentication_required', NULL, 'on_session', NULL, 'Not tried again without the customer: the bank wants them to confirm the payment.'),
        ('card', 1, 1, 'expired_card', 'confirm_card_data', 'fix_card', NULL, 'Not tried again: the customer has to correct the details of the card first.'),
        ('fault', 1, 1, 'processing_error', 'try_again_later', 'soft', 1, 'the bank gave no lasting reason, so it may go through after a pause. Attempt 2 of at most 8.'),
        ('later', 1, 1, 'insufficient_funds', 'try_again_later', 'soft_funds', 2, 'there was not enough on the account, and with some days between there may be more on it. Attempt 2 of at most 8.'),
        ('later', 1, 2, 'insufficient_funds', 'try_again_later', 'soft_funds', NULL, ''),
        ('lost', 1, 1, 'stolen_card', 'do_not_try_again', 'never_again', NULL, ''),
        ('bank', 1, 1, 'do_not_honor', 'try_again_later', 'bank', NULL, ''),
        ('fresh', 2, 1, 'expired_card', 'confirm_card_data', NULL, NULL, '');

-- --- small verbs of this part ---

-- The mail left, now.  The link in it is known here by the mail's number.
CREATE FUNCTION pg_temp.mail_leaves(p_message bigint) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_m record;
BEGIN
        SELECT m.*, c.name, split_part(c.name, ' ', 1) AS given, o.number, l.title,
               CASE m.kind WHEN 'paid' THEN 'Payment received: ' WHEN 'access_open' THEN 'You have access: ' WHEN 'case_thanks' THEN 'Thank you: '
                           WHEN 'plan_thanks' THEN 'All paid: ' WHEN 'plan_asked' THEN 'We have your request for another plan: '
                           WHEN 'plan_offered' THEN 'We can offer you another plan: ' WHEN 'plan_declined' THEN 'About your request for another plan: '
                           WHEN 'plan_changed' THEN 'Your plan is changed: '
                           WHEN 'payment_failed' THEN 'A payment did not go through: ' ELSE 'About ' END AS subject,
               CASE m.kind WHEN 'paid' THEN 'thank you. We received your payment. The receipt is attached, and it stands in your orders as well.'
                           WHEN 'access_open' THEN 'your access is open. Open it by the link in this mail, once; afterwards log in as usual.'
                           WHEN 'case_thanks' THEN 'thank you: the payment that did not go through is settled. How was that for you? One click is enough.'
                           WHEN 'plan_thanks' THEN 'that was the last payment of your plan. Thank you. Everything in it is yours to keep.'
                           WHEN 'payment_failed' THEN 'a payment did not go through. Nothing was taken, and your access stays open for now. The link in this mail leads to one page: try again, another card, a bank transfer, or a day that suits you better.'
                           WHEN 'plan_asked' THEN 'your request is here. A person reads it and answers by the next working day; until then nothing changes.'
                           WHEN 'plan_offered' THEN 'we read your request, and this is what we can offer. Look at it on the page of your plan and agree there, or write to us.'
                           WHEN 'plan_declined' THEN 'we read your request. This time we could not agree, and the page of your plan says why. You can ask for something else there.'
                           WHEN 'plan_changed' THEN 'your plan is changed as you asked. Every payment with its day stands on the page of your plan.'
                           ELSE 'a short word from us.' END AS text
        INTO v_m
        FROM messages m JOIN customers c ON c.id = m.customer_id
             JOIN orders o ON o.id = CASE m.object WHEN 'order' THEN m.object_id WHEN 'payment' THEN (SELECT order_id FROM payments WHERE id = m.object_id)
                                                   WHEN 'due' THEN (SELECT order_id FROM dues WHERE id = m.object_id)
                                                   WHEN 'case' THEN (SELECT order_id FROM cases WHERE id = m.object_id)
                                                   WHEN 'agreement' THEN (SELECT order_id FROM agreements WHERE id = m.object_id)
                                                   WHEN 'amendment' THEN (SELECT order_id FROM amendments WHERE id = m.object_id) END
             JOIN order_lines l ON l.order_id = o.id
        WHERE m.id = p_message AND m.status = 'queued';
        IF NOT FOUND THEN
                RETURN;
        END IF;
        IF v_m.object = 'due' THEN
                PERFORM pay_link_make(p_message, sha256(convert_to('demo ' || p_message || current_setting('demo.secret'), 'UTF8')));
        ELSIF v_m.kind = 'case_thanks' THEN
                PERFORM rating_link_make(p_message, sha256(convert_to('demo ' || p_message || current_setting('demo.secret'), 'UTF8')));
        END IF;
        UPDATE messages SET status = 'sending', tries = 1 WHERE id = p_message;
        UPDATE messages SET status = 'sent', sent_at = app_now(), code = 250, detail = 'OK' WHERE id = p_message;
        INSERT INTO sends (message_id, at, outcome, code, detail) VALUES (p_message, app_now(), 'sent', 250, 'OK');
        INSERT INTO message_bodies (message_id, subject, text, html)
        VALUES (p_message, v_m.subject || v_m.title,
                format(E'Hello %s,\n\n%s\n\nOrder %s: %s\n%s/orders/%s\n\n%s\n', v_m.given, v_m.text, v_m.number, v_m.title, current_setting('demo.portal'),
                       v_m.number, current_setting('demo.shop')),
                format('<p>Hello %s,</p><p>%s</p><p>Order <a href="%s/orders/%s">%s</a>: %s</p><p>%s</p>', v_m.given, v_m.text, current_setting('demo.portal'),
                       v_m.number, v_m.number, replace(v_m.title, '&', '&amp;'), replace(current_setting('demo.shop'), '&', '&amp;')));
        PERFORM evidence_add(v_m.customer_id, (SELECT id FROM orders WHERE number = v_m.number), 'mailed',
                             jsonb_build_object('kind', v_m.kind, 'message', p_message), v_m.email);
END $$;

-- Time goes on until then; mails leave when they are due.
CREATE FUNCTION pg_temp.clock_on(p_at timestamptz) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_j record;
BEGIN
        FOR v_j IN SELECT id, key::bigint AS message, run_at FROM jobs WHERE kind = 'mail' AND run_at <= p_at AND created_at < p_at ORDER BY run_at, id LOOP
                PERFORM pg_temp.clock_at(v_j.run_at + interval '2 seconds');
                PERFORM pg_temp.mail_leaves(v_j.message);
                DELETE FROM jobs WHERE id = v_j.id;
        END LOOP;
        PERFORM pg_temp.clock_at(p_at);
END $$;

-- The hash of the link in the last mail of this kind about this thing.
CREATE FUNCTION pg_temp.link_of(p_kind text, p_object text, p_id bigint) RETURNS bytea LANGUAGE sql
AS $$
        SELECT sha256(convert_to('demo ' || max(id) || current_setting('demo.secret'), 'UTF8')) FROM messages
        WHERE kind = p_kind AND object = p_object AND object_id = p_id AND status = 'sent'
$$;

-- The gateway says that this attempt is paid: booked, its details, its receipt.
CREATE FUNCTION pg_temp.pays(p_attempt bigint, p_brand text, p_last_four text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_a attempts;
        v_p payments;
        v_fee bigint;
        v_series text := current_setting('demo.series') || '-' || to_char(app_now() AT TIME ZONE current_setting('demo.zone'), 'YYYY');
        v_seq integer;
BEGIN
        SELECT * INTO STRICT v_a FROM attempts WHERE id = p_attempt;
        IF payment_apply(v_a.account_id, v_a.key, 'pi_demo' || substr(pg_temp.name_of('intent', 1000000 + p_attempt), 1, 20), v_a.session_ref,
                         'ch_demo' || substr(pg_temp.name_of('charge', 1000000 + p_attempt), 1, 20), v_a.amount_minor, v_a.currency, app_now()) <> 'booked' THEN
                RAISE EXCEPTION 'attempt % was not booked', p_attempt;
        END IF;
        SELECT * INTO STRICT v_p FROM payments WHERE attempt_id = p_attempt;
        v_fee := v_p.amount_minor * 14 / 1000 + 25;
        PERFORM pg_temp.clock_at(app_now() + interval '1 second');
        PERFORM payment_detail(v_p.id, v_p.charge_ref, NULL, 'card', p_brand, p_last_four, current_setting('demo.statement'), v_fee, v_p.currency);
        INSERT INTO receipt_series (series, last) VALUES (v_series, 0) ON CONFLICT DO NOTHING;
        UPDATE receipt_series SET last = last + 1 WHERE series = v_series RETURNING last INTO v_seq;
        INSERT INTO receipts (series, seq, number, kind, order_id, customer_id, payment_id, currency, total_minor, paper, issued_at)
        SELECT v_series, v_seq, v_series || '-' || lpad(v_seq::text, 6, '0'), 'receipt', o.id, v_p.customer_id, v_p.id, v_p.currency, v_p.amount_minor,
               jsonb_build_object(
                       'credit_note', false, 'number', v_series || '-' || lpad(v_seq::text, 6, '0'), 'total_minor', v_p.amount_minor, 'currency', v_p.currency,
                       'locale', c.locale, 'issued_at', to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                       'issued_on', to_char(app_now() AT TIME ZONE current_setting('demo.zone'), 'FMDD FMMonth YYYY'),
                       'paid_on', to_char(v_p.received_at AT TIME ZONE current_setting('demo.zone'), 'FMDD FMMonth YYYY'),
                       'order_number', o.number, 'seller_name', current_setting('demo.seller_name'), 'seller_address', current_setting('demo.seller_address'),
                       'seller_tax_number', current_setting('demo.seller_tax_number'), 'buyer_name', o.buyer_name, 'buyer_address', o.buyer_address,
                       'buyer_email', o.email, 'buyer_tax_number', o.buyer_tax_number,
                       'paid_with', CASE p_brand WHEN 'visa' THEN 'Visa' ELSE 'Mastercard' END || ' ending in ' || p_last_four,
                       'statement_text', current_setting('demo.statement'),
                       'lines', jsonb_build_array(jsonb_build_object('title', d.title, 'quantity', 1, 'amount_minor', v_p.amount_minor, 'tax_bp', l.tax_bp)),
                       'taxes', jsonb_build_array(jsonb_build_object('tax_bp', l.tax_bp, 'net_minor', v_p.amount_minor - t.tax, 'tax_minor', t.tax,
                                                                     'gross_minor', v_p.amount_minor))),
               app_now()
        FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN dues d ON d.id = v_a.due_id JOIN customers c ON c.id = o.customer_id
             CROSS JOIN LATERAL (SELECT round(v_p.amount_minor * l.tax_bp::numeric / (10000 + l.tax_bp))::bigint AS tax) t
        WHERE o.id = v_a.order_id;
        PERFORM pg_temp.clock_at(app_now() + interval '1 second');
        PERFORM pg_temp.mail_leaves(id) FROM messages WHERE kind = 'paid' AND object = 'payment' AND object_id = v_p.id;
END $$;

-- Buy it, and open it.
CREATE FUNCTION pg_temp.buys(p_plan demo_plans) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_c customers;
        v_b record;
        v_a attempts;
        v_due date := (p_plan.anchor + make_interval(months => p_plan.months))::date;
        v_token text := 'demo ' || p_plan.tag || current_setting('demo.secret');
BEGIN
        SELECT * INTO STRICT v_c FROM customers WHERE id = p_plan.customer;
        SELECT * INTO v_b FROM order_begin(p_plan.product, p_plan.offer, 'demo-' || p_plan.tag, v_c.email, v_c.email_fold, v_c.name, v_c.country, true, true,
                                           'demo-' || pg_temp.name_of(p_plan.tag, 0), sha256(convert_to(v_token, 'UTF8')), '203.0.113.7 Mozilla/5.0', '', v_c.zone);
        IF v_b.result <> 'begun' THEN
                RAISE EXCEPTION 'the order of % was not begun: %', p_plan.tag, v_b.result;
        END IF;
        SELECT * INTO STRICT v_a FROM attempts WHERE key = v_b.key;
        UPDATE orders SET number = pg_temp.number_of(1000000 + v_a.order_id) WHERE id = v_a.order_id;
        PERFORM attempt_opened(v_a.key, 'cs_test_demo' || pg_temp.name_of('session ' || p_plan.tag, 0), NULL);
        PERFORM pg_temp.clock_at(app_now() + interval '95 seconds');
        PERFORM pg_temp.pays(v_a.id, p_plan.brand, p_plan.last_four);
        PERFORM agreement_method(g.id, v_a.account_id, 'pm_demo' || substr(md5(v_a.key), 1, 18), 'cus_demo' || substr(md5('customer ' || v_c.email), 1, 14),
                                 'card', p_plan.brand, p_plan.last_four, '', extract(month FROM e.at)::integer, extract(year FROM e.at)::integer)
        FROM agreements g, (SELECT CASE p_plan.last_four WHEN '0069' THEN v_due - interval '1 month' ELSE v_due + interval '2 years' END AS at) e
        WHERE g.order_id = v_a.order_id;
        UPDATE demo_plans SET order_id = v_a.order_id WHERE tag = p_plan.tag;
        PERFORM pg_temp.clock_on(app_now() + interval '40 seconds');
        PERFORM set_config('latchkey.token', '', true), set_config('latchkey.order_token', v_token, true);
        PERFORM access_opened(a.id) FROM access a WHERE a.order_id = v_a.order_id;
        PERFORM set_config('latchkey.order_token', '', true);
END $$;

-- What is to be charged now is, and the gateway answers.
CREATE FUNCTION pg_temp.charges() RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_a record;
        v_d demo_declines;
        v_case bigint;
        v_at timestamptz;
        v_sentence text;
BEGIN
        FOR v_a IN SELECT a.id, a.due_id, p.tag, coalesce(m.brand, p.brand) AS brand, coalesce(m.last_four, p.last_four) AS last_four, d.seq - 1 AS k,
                          (SELECT count(*) FROM attempts x WHERE x.due_id = a.due_id AND x.id <= a.id AND x.status <> 'cancelled') AS try
                   FROM attempts a JOIN demo_plans p ON p.order_id = a.order_id JOIN dues d ON d.id = a.due_id
                        LEFT JOIN payment_methods m ON m.id = a.payment_method_id
                   WHERE a.status = 'created' AND a.planned_at <= app_now() ORDER BY a.id
        LOOP
                IF (SELECT state FROM charge_take(v_a.id)) <> 'post' THEN
                        CONTINUE;
                END IF;
                PERFORM pg_temp.clock_at(app_now() + interval '1 second');
                SELECT * INTO v_d FROM demo_declines WHERE tag = v_a.tag AND k = v_a.k AND try = v_a.try;
                IF NOT FOUND THEN
                        PERFORM pg_temp.pays(v_a.id, v_a.brand, v_a.last_four);
                        CONTINUE;
                END IF;
                PERFORM charge_result(v_a.id, 'failed', 'pi_demo' || substr(pg_temp.name_of('intent', 1000000 + v_a.id), 1, 20), NULL, 'card_declined', v_d.code, v_d.advice);
                UPDATE demo_plans SET case_id = (SELECT max(id) FROM cases WHERE due_id = v_a.due_id) WHERE tag = v_a.tag RETURNING case_id INTO v_case;
                CONTINUE WHEN v_d.class IS NULL;        -- the worker's
                PERFORM pg_temp.clock_at(app_now() + interval '1 second');
                PERFORM case_classed(v_a.id, v_d.class, true);
                DELETE FROM jobs WHERE kind = 'case' AND key = v_a.id::text;
                CONTINUE WHEN v_d.why = '';
                v_at := (today_in(due_zone(v_a.due_id)) + v_d.later + time '12:00' + make_interval(mins => (v_case % 60)::integer)) AT TIME ZONE due_zone(v_a.due_id);
                v_sentence := CASE WHEN v_at IS NULL THEN v_d.why
                                   ELSE to_char(v_at AT TIME ZONE due_zone(v_a.due_id), 'FMDay FMDD FMMonth "at" HH24:MI') || ' (' || due_zone(v_a.due_id) || '): ' || v_d.why END;
                PERFORM case_planned(v_case, due_method(v_a.due_id), (SELECT promised_on FROM promises WHERE due_id = v_a.due_id AND status = 'open'),
                                     v_at, v_d.class, v_sentence);
        END LOOP;
END $$;

-- --- staff ---

INSERT INTO staff (email, email_fold, name, role, password_hash, totp_secret, created_at)
SELECT e.email, e.email, e.name, e.role, current_setting('demo.password_hash'), decode(current_setting('demo.totp'), 'hex'), t - interval '400 days'
FROM demo_clock, (VALUES (current_setting('demo.owner'), current_setting('demo.owner_name'), 'owner'),
                         ('ines.sommer@northlight.example', 'Ines Sommer', 'finance'), ('ruben.falk@northlight.example', 'Ruben Falk', 'support')) e(email, name, role)
ON CONFLICT DO NOTHING;

-- Whoever acts from now on; '' for nobody.  Their log-in lasts as long as this part.
CREATE FUNCTION pg_temp.staff_is(p_name text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
        UPDATE sessions SET ended_at = app_now() WHERE kind = 'staff' AND user_agent = 'demo' AND ended_at IS NULL;
        PERFORM set_config('latchkey.token', CASE WHEN p_name = '' THEN '' ELSE p_name || current_setting('demo.secret') || clock_timestamp() END, true);
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, user_agent)
        SELECT sha256(convert_to(current_setting('latchkey.token'), 'UTF8')), 'staff', id, app_now(), app_now() + interval '10 minutes', 'demo'
        FROM staff WHERE split_part(name, ' ', 1) = p_name AND email LIKE '%@northlight.example' ORDER BY id LIMIT 1;
END $$;

-- --- the hardship desk ---

-- What is open of a plan with its payments from place FIRST on (0: the next) so many DAYS later.
CREATE FUNCTION pg_temp.rows_later(p_agreement bigint, p_first integer, p_days integer) RETURNS jsonb LANGUAGE sql
AS $$
        SELECT jsonb_agg(CASE WHEN n > p_first THEN jsonb_build_object('on', (r ->> 'on')::date + p_days, 'minor', r -> 'minor') ELSE r END ORDER BY n)
        FROM jsonb_array_elements(plan_open(p_agreement)) WITH ORDINALITY r(r, n)
$$;

-- Its customer, logged in for this, asks: for ROWS, or in WORDS alone.
CREATE FUNCTION pg_temp.asks(p_plan demo_plans, p_need text, p_rows jsonb, p_words text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_g agreements;
        v_said text;
        v_shown text := '';
BEGIN
        SELECT * INTO STRICT v_g FROM agreements WHERE order_id = p_plan.order_id;
        IF p_rows IS NOT NULL THEN
                v_shown := (SELECT string_agg(to_char((r ->> 'on')::date, 'FMDay FMDD FMMonth YYYY') || ': ' || to_char((r ->> 'minor')::bigint / 100.0, 'FM999990.00') || ' ' || v_g.currency,
                                              E'\n' ORDER BY r ->> 'on') || E'\nThe change is free of charge.' FROM jsonb_array_elements(p_rows) r);
        END IF;
        PERFORM set_config('latchkey.token', 'asks ' || p_plan.tag || current_setting('demo.secret'), true);
        INSERT INTO sessions (token_hash, kind, customer_id, created_at, expires_at, user_agent)
        VALUES (sha256(convert_to(current_setting('latchkey.token'), 'UTF8')), 'customer', v_g.customer_id, app_now(), app_now() + interval '10 minutes', 'demo');
        v_said := change_ask(NULL, (SELECT number FROM orders WHERE id = p_plan.order_id), v_g.version, 'demo-' || p_plan.tag, p_need, p_rows, 0, 0, p_words, v_shown,
                             '203.0.113.7 Mozilla/5.0');
        IF v_said NOT IN ('sent', 'agreed') THEN
                RAISE EXCEPTION 'the wish of % was not taken: %', p_plan.tag, v_said;
        END IF;
        UPDATE amendments SET number = pg_temp.number_of(2000000 + id) WHERE agreement_id = v_g.id AND form_nonce = 'demo-' || p_plan.tag;
        UPDATE sessions SET ended_at = app_now() WHERE token_hash = sha256(convert_to(current_setting('latchkey.token'), 'UTF8'));
        PERFORM set_config('latchkey.token', '', true);
END $$;

-- Staff answer what waits of this plan.
CREATE FUNCTION pg_temp.answers(p_plan demo_plans, p_act text, p_rows jsonb, p_reason text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
        v_said text := change_decide((SELECT number FROM amendments WHERE order_id = p_plan.order_id AND status = 'with_staff'), p_act, p_rows, p_reason);
BEGIN
        IF v_said NOT IN ('approved', 'countered', 'declined') THEN
                RAISE EXCEPTION 'the wish of % was not answered: %', p_plan.tag, v_said;
        END IF;
END $$;

-- --- what happened, in its order ---

-- DAY: after the amount that was due K months on, or before today where there is no plan.
CREATE TEMP TABLE demo_events (tag text, k integer, day integer, clock time, what text, who text DEFAULT '', detail text DEFAULT '', more text DEFAULT '') ON COMMIT DROP;
INSERT INTO demo_events (tag, k, day, clock, what, detail)
SELECT p.tag, e.k, e.day, e.clock, e.what, ''
FROM demo_plans p CROSS JOIN LATERAL (
        SELECT 0 AS k, 0 AS day, time '10:04' + make_interval(mins => length(p.tag) * 7) AS clock, 'buys' AS what
        UNION ALL SELECT k, -7, '06:20', 'periods' FROM generate_series(1, p.months + 3) k WHERE p.offer = 'monthly'
        UNION ALL SELECT k, 0, '07:40', 'charges' FROM generate_series(1, p.months + 3) k WHERE p.tag <> 'fresh' OR k < p.months) e;
INSERT INTO demo_events VALUES
        ('tight', 3, 10, '19:15', 'rates', '', '4', ''),
        ('funds', 1, 6, '11:30', 'rates', '', '5', 'Nobody made a fuss, and I could go on with the lessons all the while.'),
        ('funds', 1, 7, '09:10', 'closes', 'Ruben', 'no_funds', ''),
        ('asks', 2, 1, '06:50', 'pays', '', '', ''),
        ('asks', 2, 3, '12:05', 'rates', '', '5', 'One button, a code from my bank, done.'),
        ('asks', 2, 4, '09:20', 'closes', 'Ruben', 'authentication', ''),
        ('card', 1, 0, '12:00', 'owns', 'Ruben', '', ''),
        ('card', 1, 1, '17:12', 'card', '', 'mastercard', '4444'),
        ('card', 1, 4, '13:40', 'rates', '', '4', ''),
        ('card', 1, 5, '09:30', 'closes', 'Ruben', 'card_expired', 'Wrote once that the old card had run out; the new one was there the next day.'),
        ('fault', 1, 4, '16:05', 'rates', '', '2', 'The first mail frightened me: I thought that my place was gone.'),
        ('left', 2, 6, '10:30', 'owns', 'Ines', '', ''),
        ('left', 2, 12, '14:20', 'calls', 'Ines', 'reached', 'Does not want to go on: the evenings do not fit any more. No hard feelings.'),
        ('left', 2, 13, '09:40', 'settles', 'Ines', 'written_off', 'Does not come to the evenings any more. One month is not worth a dispute.'),
        ('left', 2, 13, '09:41', 'closes', 'Ines', 'unhappy', 'The evenings do not fit any more.'),
        ('later', 1, 3, '18:25', 'promises', '', '10', ''),
        ('later', 1, 4, '09:15', 'owns', 'Ines', '', ''),
        ('lost', 1, 0, '07:30', 'limit', '', '200.00 EUR', ''),
        ('lost', 1, 1, '09:05', 'owns', 'Ruben', '', ''),
        ('lost', 1, 2, '15:10', 'calls', 'Ruben', 'no_answer', 'Left a message: nothing was taken, another card or a transfer is fine, no hurry.'),
        ('mara', 3, -24, '18:05', 'asks', '', '', 'Could I pay every second month instead? My jobs come in waves, and so does the money.'),
        ('mara', 3, -23, '10:20', 'declines', 'Ines', '', 'The evenings are paid month by month, so we cannot split it that way. You can cancel to the end of any month and come back whenever it suits you.'),
        ('moved', 1, 8, '20:15', 'asks', '', '100', 'I change jobs, and the first pay comes at the end of the quarter.'),
        ('moved', 1, 9, '09:50', 'approves', 'Ines', '', 'Good luck with the new job!'),
        ('offered', 1, 4, '21:40', 'asks', '', '120', 'I am on sick leave for a while. Could the last payment wait until I work again?'),
        ('offered', 1, 5, '11:05', 'counters', 'Ines', '', 'Four months is longer than we can wait in one piece. What we can do: two halves, a month apart. Get well soon.'),
        ('words', 1, 6, '17:30', 'asks', '', '', 'My child is ill and I can work less until spring. I want to pay everything, but I do not know yet what is possible each month. Can we talk?'),
        (NULL, NULL, 32, '16:00', 'marks', 'Ada', '', 'The mail about a failed payment now says first that nothing was taken'),
        (NULL, NULL, 0, '00:05', 'puts_away', '', '', '');

DO $$
DECLARE
        v_e record;
        v_c cases;
        v_a bigint;
        v_b record;
        v_now timestamptz := (SELECT t FROM demo_clock);
BEGIN
        FOR v_e IN
                SELECT e.*, p.customer, coalesce((p.anchor + make_interval(months => e.k))::date + e.day, (v_now AT TIME ZONE 'UTC')::date - e.day) + e.clock AS at
                FROM demo_events e LEFT JOIN demo_plans p USING (tag)
                WHERE (e.tag IS NULL OR p.tag IS NOT NULL)
                  AND (coalesce((p.anchor + make_interval(months => e.k))::date + e.day, (v_now AT TIME ZONE 'UTC')::date - e.day) + e.clock) AT TIME ZONE 'UTC' < v_now - interval '5 minutes'
                ORDER BY at, e.what
        LOOP
                -- What was planned for a time before that.
                FOR v_b IN SELECT planned_at FROM attempts WHERE status = 'created' AND planned_at <= v_e.at AT TIME ZONE 'UTC' ORDER BY planned_at LOOP
                        PERFORM pg_temp.clock_on(v_b.planned_at);
                        PERFORM pg_temp.charges();
                END LOOP;
                PERFORM pg_temp.clock_on(v_e.at AT TIME ZONE 'UTC');
                PERFORM pg_temp.staff_is(v_e.who);
                SELECT c.* INTO v_c FROM cases c JOIN demo_plans p ON p.case_id = c.id WHERE p.tag = v_e.tag;
                CASE v_e.what
                WHEN 'buys' THEN PERFORM pg_temp.buys(p) FROM demo_plans p WHERE p.tag = v_e.tag;
                WHEN 'periods' THEN PERFORM periods_ahead();
                WHEN 'charges' THEN PERFORM dues_charge(); PERFORM pg_temp.charges(); PERFORM access_levels();
                WHEN 'pays' THEN PERFORM pay_now(pg_temp.link_of('payment_failed', 'due', v_c.due_id), NULL, NULL); PERFORM pg_temp.charges();
                WHEN 'card' THEN
                        SELECT * INTO v_b FROM pay_hosted(pg_temp.link_of('payment_failed', 'due', v_c.due_id), NULL, NULL);
                        SELECT id INTO STRICT v_a FROM attempts WHERE key = v_b.key;
                        PERFORM attempt_opened(v_b.key, 'cs_test_demo' || pg_temp.name_of('session again ' || v_e.tag, 0), NULL);
                        PERFORM pg_temp.clock_at(app_now() + interval '75 seconds');
                        PERFORM pg_temp.pays(v_a, v_e.detail, v_e.more);
                        PERFORM agreement_method(d.agreement_id, t.account_id, 'pm_demo' || substr(md5(t.key), 1, 18), v_b.gateway_customer, 'card', v_e.detail, v_e.more, '', 7,
                                                 extract(year FROM v_now)::integer + 3)
                        FROM attempts t JOIN dues d ON d.id = t.due_id WHERE t.id = v_a;
                WHEN 'promises' THEN
                        PERFORM pay_promise(pg_temp.link_of('payment_failed', 'due', v_c.due_id), NULL, NULL, today_in(due_zone(v_c.due_id)) + v_e.detail::integer, 14, 3);
                WHEN 'rates' THEN
                        PERFORM rating_give(pg_temp.link_of('case_thanks', 'case', v_c.id), v_e.detail::integer, NULL);
                        PERFORM rating_give(pg_temp.link_of('case_thanks', 'case', v_c.id), NULL, v_e.more) WHERE v_e.more <> '';
                WHEN 'owns' THEN PERFORM case_own(v_c.id, staff_me());
                WHEN 'calls' THEN
                        PERFORM case_note(v_c.id, 'demo-' || v_e.tag, 'call', v_e.detail, v_e.more, CASE v_e.detail WHEN 'no_answer' THEN v_now + interval '3 hours' END);
                WHEN 'settles' THEN PERFORM case_settle(v_c.id, v_e.detail, v_e.more);
                WHEN 'closes' THEN PERFORM case_close(v_c.id, v_e.detail, v_e.more);
                WHEN 'asks' THEN
                        PERFORM pg_temp.asks(p, CASE v_e.detail WHEN '' THEN 'other' ELSE 'move' END,
                                             CASE WHEN v_e.detail <> '' THEN pg_temp.rows_later(g.id, 0, v_e.detail::integer) END, v_e.more)
                        FROM demo_plans p JOIN agreements g USING (order_id) WHERE p.tag = v_e.tag;
                WHEN 'approves' THEN PERFORM pg_temp.answers(p, 'approve', NULL, v_e.more) FROM demo_plans p WHERE p.tag = v_e.tag;
                WHEN 'declines' THEN PERFORM pg_temp.answers(p, 'decline', NULL, v_e.more) FROM demo_plans p WHERE p.tag = v_e.tag;
                WHEN 'counters' THEN
                        PERFORM pg_temp.answers(p, 'counter', offer_rows(g.id, 2, 'month', (plan_open(g.id) -> 0 ->> 'on')::date + 14), v_e.more)
                        FROM demo_plans p JOIN agreements g USING (order_id) WHERE p.tag = v_e.tag;
                WHEN 'limit' THEN PERFORM call_limits_set(v_e.detail);
                WHEN 'marks' THEN PERFORM marker_save(NULL, NULL, 'demo', (app_now() AT TIME ZONE 'UTC')::date, v_e.more, '');
                WHEN 'puts_away' THEN PERFORM cases_close();
                END CASE;
        END LOOP;
        -- One has just failed: the worker finds it when it starts, and its mail with the link leaves then.
        PERFORM pg_temp.clock_on(v_now - interval '3 minutes');
        PERFORM pg_temp.staff_is('');
        PERFORM dues_charge();
        PERFORM pg_temp.charges();
        PERFORM pg_temp.clock_on(v_now);
END $$;

-- A refund that waits for a second person, and a dispute that waits for its answer.
DO $$
DECLARE
        v_now timestamptz := (SELECT t FROM demo_clock);
        v_o record;
BEGIN
        FOR v_o IN
                SELECT DISTINCT ON (o.total_minor) o.id, o.number, o.total_minor, o.currency, l.id AS line, p.gateway_ref, p.account_id
                FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products x ON x.id = l.product_id JOIN payments p ON p.order_id = o.id
                WHERE o.status = 'paid' AND p.amount_minor = o.total_minor AND p.refunded_minor = 0 AND p.received_at BETWEEN v_now - interval '150 days' AND v_now - interval '5 days'
                  AND o.total_minor = l.amount_minor AND x.slug IN ('portfolio-mentoring', 'light-and-lens') AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id)
                  AND NOT EXISTS (SELECT FROM demo_plans d WHERE d.customer = o.customer_id)
                ORDER BY o.total_minor, p.received_at DESC
        LOOP
                IF v_o.total_minor > 50000 THEN
                        PERFORM pg_temp.clock_at(v_now - interval '100 minutes');
                        PERFORM pg_temp.staff_is('Ines');
                        PERFORM refund_ask(v_o.number, 'demo', jsonb_build_object(v_o.line::text, v_o.total_minor), 'requested_by_customer',
                                           'The second call fell out twice, and now there is no time left for it.', 50000);
                ELSE
                        PERFORM pg_temp.clock_at(v_now - interval '2 days');
                        PERFORM dispute_apply(v_o.account_id, 'du_demo' || substr(pg_temp.name_of('dispute', 1000000 + v_o.id), 1, 20), v_o.gateway_ref, v_o.total_minor,
                                              v_o.currency, 'unrecognized', 'needs_response', v_now + interval '7 days');
                END IF;
        END LOOP;
        PERFORM pg_temp.staff_is('');
END $$;

-- What was asked of the help, and whether it helped.
DO $$
DECLARE
        v_s record;
        v_now timestamptz := (SELECT t FROM demo_clock);
BEGIN
        FOR v_s IN SELECT s.*, generate_series(1, s.n) AS i FROM (VALUES
                        ('pause my membership', 4, '', 2.0), ('student discount', 3, '', 5.0), ('crypto', 1, '', 16.0), ('expired card', 5, 'expired-card', 1.0),
                        ('why was it declined', 4, 'card-declined', 3.0), ('bank transfer', 3, 'bank-transfer', 6.0), ('receipt', 6, 'receipts', 2.5)) s(words, n, slug, ago)
        LOOP
                PERFORM pg_temp.clock_at(v_now - interval '1 day' * (v_s.ago + v_s.i * 1.7));
                PERFORM help_search(v_s.words);
                PERFORM help_clicked(v_s.words, v_s.slug);
        END LOOP;
        FOR v_s IN SELECT v.*, f.version, generate_series(1, v.n) AS i FROM (VALUES
                        ('expired-card', 4, true, ''), ('insufficient-funds', 3, true, ''), ('is-this-mail-real', 5, true, ''), ('card-declined', 2, true, ''),
                        ('card-declined', 1, false, 'I still do not know whether my bank or the shop said no.'), ('no-mail', 1, false, ''),
                        ('withdrawal', 1, false, 'How many days do I have?')) v(slug, n, helpful, words) JOIN faq_articles f USING (slug)
        LOOP
                PERFORM pg_temp.clock_at(v_now - interval '1 day' * (3 + v_s.i * 4.3));
                PERFORM help_vote(v_s.slug, v_s.version, convert_to('demo reader ' || v_s.slug || v_s.helpful || v_s.i, 'UTF8'), v_s.helpful, v_s.words);
        END LOOP;
END $$;

UPDATE dev_clock SET ahead = c.ahead FROM demo_clock c;
ALTER TABLE dev_clock ADD CONSTRAINT dev_clock_ahead_check CHECK (ahead >= '0');

-- Done above, by hand.  What is left is the worker's: the newest failure, and the plans of what is open.
DELETE FROM jobs WHERE kind IN ('payment_detail', 'receipt', 'agreement_method', 'charge', 'mail')
  AND (kind <> 'mail' OR key IN (SELECT id::text FROM messages WHERE status IN ('sent', 'skipped')));
DO $$
BEGIN
        PERFORM job_add(1, 'case_plan', c.id || '/demo') FROM cases c JOIN demo_plans p ON p.case_id = c.id
        WHERE c.status IN ('open', 'waiting') AND c.next_step = '' AND p.tag <> 'fresh';
END $$;
INSERT INTO jobs (lane, kind, key, run_at, created_at)
SELECT 4, 'receipt_print', r.id::text, app_now(), app_now() FROM receipts r JOIN demo_plans p USING (order_id)
ON CONFLICT DO NOTHING;
SELECT pg_temp.look_at('customers', 'orders', 'dues', 'attempts', 'payments', 'messages', 'receipts', 'cases');

INSERT INTO audit (at, actor, action, object, object_id, facts)
VALUES (app_now(), 'operator', 'demo.loaded', 'demo', NULL, jsonb_build_object('customers', current_setting('demo.customers')::integer, 'seed', current_setting('demo.seed')));

-- Everything that is to be in the chains, in their order.
SELECT pg_temp.look_at('audit', 'evidence', 'chain_pending', 'moves', 'message_bodies', 'sends', 'progress', 'rollups', 'jobs', 'licence_keys');
DO $$
BEGIN
        WHILE (SELECT chain_seal()) > 0 LOOP
        END LOOP;
END $$;
SELECT pg_temp.look_at('chain_seals', 'chain_pending');
