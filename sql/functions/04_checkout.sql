-- From the Buy button to the gateway's hosted page.
SET ROLE lk_definer;

-- Begin an order, or find the one that the same form began before (its nonce).
--   result  begun     ask the gateway for a hosted page, with KEY as idempotency key
--           open      the hosted page is known: SESSION_URL
--           paid      this form's order is paid already
--           owned     the address has access already; nothing was made; a mail tells it
--           consent   the law of the country wants the consent, which was not given
--           gone      no such product or offer, not on sale, or its first fixed day has come
--           look      what would be agreed to is not what the form showed (SEEN, see schedule_seen();
--                     NULL is not compared): a code changed it, or the day; nothing was made, and
--                     AMOUNT_MINOR is all of it
--           code_...  the discount code is not good for this, see discount_take(); nothing was made
-- The answer is the same whether or not the address is known (safety rule 20), but for
-- owned, which is to be noticed before paying.
CREATE OR REPLACE FUNCTION order_begin(
        p_product text, p_offer text, p_nonce text, p_email text, p_fold text, p_name text,
        p_country text, p_consent boolean, p_anyway boolean, p_key text, p_checkout_hash bytea, p_personal text,
        p_code text DEFAULT '', p_zone text DEFAULT 'UTC', p_seen text DEFAULT NULL)
RETURNS TABLE (result text, number text, key text, title text, amount_minor bigint, currency text,
               session_url text, expires_at timestamptz, eu boolean, saves boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_p record;
        v_tax record;
        v_person bigint;
        v_order orders;
        v_line bigint;
        v_due bigint;
        v_terms terms_versions;
        v_consent terms_versions;
        v_attempt attempts;
        v_code record;
        v_zone text;
        v_today date := today_in(p_zone);
        v_text text;
        v_answer text;
BEGIN
        SELECT p.id, p.kind, pv.id AS version, pv.title, pv.starts_on, ov.id AS offer_version, ov.currency,
               ov.amount_minor, ov.amount_minor AS list_minor, ov.tax_class, ov.schedule, ov.title AS offer_title
        INTO v_p
        FROM products p JOIN product_versions pv ON pv.id = p.version_id
             JOIN offers o ON o.product_id = p.id JOIN offer_versions ov ON ov.id = o.version_id
        WHERE p.slug = p_product AND o.slug = p_offer AND p.on_sale AND o.enabled AND schedule_open(ov.schedule, v_today);
        IF NOT FOUND THEN
                result := 'gone'; RETURN NEXT; RETURN;
        END IF;
        SELECT coalesce(t.rate_bp, 0) AS rate_bp, coalesce(t.eu, false) AS eu INTO v_tax
        FROM (SELECT) one LEFT JOIN tax_rates t ON t.country = p_country AND t.tax_class = v_p.tax_class;
        saves := v_p.schedule IS NOT NULL;
        title := v_p.title; amount_minor := v_p.amount_minor; currency := v_p.currency; eu := v_tax.eu;
        IF v_tax.eu AND NOT p_consent THEN
                result := 'consent'; RETURN NEXT; RETURN;
        END IF;

        INSERT INTO customers AS c (email, email_fold, name, country, created_at)
        VALUES (p_email, p_fold, p_name, p_country, app_now())
        ON CONFLICT (email_fold) WHERE merged_into IS NULL AND erased_at IS NULL
        DO UPDATE SET email_fold = excluded.email_fold
        RETURNING c.id INTO v_person;

        SELECT * INTO v_order FROM orders o WHERE o.customer_id = v_person AND o.form_nonce = p_nonce;
        IF NOT FOUND THEN
                IF NOT p_anyway AND EXISTS (SELECT FROM access a WHERE a.person_id = v_person AND a.product_id = v_p.id
                                                                   AND a.status <> 'ended') THEN
                        PERFORM message_add('already_yours', 'product', v_p.id, to_char(app_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                                            v_person, (SELECT c.email FROM customers c WHERE c.id = v_person));
                        result := 'owned'; RETURN NEXT; RETURN;
                END IF;
                SELECT * INTO v_code FROM discount_take(p_code, v_person, v_p.id, v_p.amount_minor, v_p.currency);
                IF v_code.answer <> 'taken' THEN
                        result := 'code_' || v_code.answer; RETURN NEXT; RETURN;
                END IF;
                v_p.amount_minor := v_p.amount_minor - v_code.off;
                v_text := schedule_text(v_p.offer_title, v_p.schedule, v_p.amount_minor, v_p.currency, v_p.list_minor, v_today,
                                        (SELECT d.months FROM discount_codes d WHERE d.id = v_code.discount));
                -- Each amount is at least one step, and what is agreed to was seen.  A code that is refused is not used up.
                v_answer := CASE WHEN schedule_fault(v_p.schedule, v_p.amount_minor, money_step(v_p.currency)) IS NOT NULL THEN 'code_small'
                                 WHEN v_p.schedule IS NOT NULL AND strpos(p_seen, schedule_seen(v_text)) = 0 THEN 'look' END;
                IF v_answer IS NOT NULL THEN
                        UPDATE discount_codes SET used = used - 1 WHERE id = v_code.discount;
                        result := v_answer; amount_minor := v_p.amount_minor; RETURN NEXT; RETURN;
                END IF;
                SELECT coalesce(nullif(c.zone, ''), p_zone) INTO STRICT v_zone FROM customers c WHERE c.id = v_person;
                SELECT * INTO STRICT v_terms FROM terms_versions WHERE kind = 'terms' ORDER BY version DESC LIMIT 1;
                IF v_tax.eu THEN
                        SELECT * INTO STRICT v_consent FROM terms_versions WHERE kind = 'consent' ORDER BY version DESC LIMIT 1;
                END IF;
                INSERT INTO orders (customer_id, currency, total_minor, form_nonce, email, buyer_name, country,
                                    terms_id, agreed_at, consent_id, created_at, expires_at, zone)
                VALUES (v_person, v_p.currency, v_p.amount_minor, p_nonce, p_email, p_name, p_country,
                        v_terms.id, app_now(), v_consent.id, app_now(), app_now() + interval '23 hours', v_zone)
                RETURNING * INTO v_order;
                INSERT INTO order_lines (order_id, customer_id, currency, product_id, product_version_id, offer_version_id,
                                         title, amount_minor, tax_bp, discount_minor, discount_id)
                VALUES (v_order.id, v_person, v_p.currency, v_p.id, v_p.version, v_p.offer_version,
                        v_p.title, v_p.amount_minor, v_tax.rate_bp, v_code.off, v_code.discount)
                RETURNING id INTO v_line;
                INSERT INTO order_parties (order_id, person_id, role, topics, since_at)
                VALUES (v_order.id, v_person, 'payer', '{bills}', app_now()),
                       (v_order.id, v_person, 'user', '{access,calls}', app_now());
                INSERT INTO dues (order_id, customer_id, currency, seq, kind, title, amount_minor, due_on, created_at)
                SELECT v_order.id, v_person, v_p.currency, 1, CASE WHEN v_p.schedule IS NULL THEN 'order' WHEN r.part = 'period' THEN 'period' ELSE 'instalment' END,
                       CASE WHEN v_p.schedule IS NULL THEN v_p.title
                            ELSE due_title(v_p.title, r.part, v_p.schedule ->> 'every', 1, schedule_count(v_p.schedule), v_today) END,
                       r.amount_minor, CASE WHEN v_p.schedule IS NULL THEN (app_now() AT TIME ZONE 'UTC')::date ELSE v_today END, app_now()
                FROM schedule_rows(v_p.schedule, v_p.amount_minor, v_today, money_step(v_p.currency)) r WHERE r.seq = 1
                RETURNING id INTO v_due;
                INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind,
                                      status, created_at, sent_at)
                SELECT v_due, v_order.id, v_person, a.id, d.amount_minor, v_p.currency, p_key, 'checkout',
                       'sent', app_now(), app_now()
                FROM accounts a JOIN dues d ON d.id = v_due WHERE a.name = 'stripe'
                RETURNING * INTO v_attempt;
                PERFORM evidence_add(v_person, v_order.id, 'agreed',
                                     jsonb_strip_nulls(jsonb_build_object('terms', v_terms.version, 'sha256', encode(v_terms.sha256, 'hex'),
                                                                          'schedule', v_p.schedule)), p_personal);
                PERFORM agreement_make(v_order.id, v_today, v_text);
                IF v_tax.eu THEN
                        PERFORM evidence_add(v_person, v_order.id, 'consented',
                                             jsonb_build_object('consent', v_consent.version, 'sha256', encode(v_consent.sha256, 'hex'),
                                                                'text', v_consent.body_md), p_personal);
                END IF;
        ELSE
                SELECT * INTO v_attempt FROM attempts a WHERE a.order_id = v_order.id ORDER BY a.id DESC LIMIT 1;
                IF v_order.status NOT IN ('paid', 'refunded') AND NOT v_attempt.live THEN
                        INSERT INTO attempts (due_id, order_id, customer_id, account_id, amount_minor, currency, key, kind,
                                              status, created_at, sent_at)
                        SELECT v_attempt.due_id, v_order.id, v_person, v_attempt.account_id, d.amount_minor - d.paid_minor,
                               v_attempt.currency, p_key, 'checkout', 'sent', app_now(), app_now()
                        FROM dues d WHERE d.id = v_attempt.due_id AND d.status = 'open'
                        ON CONFLICT DO NOTHING
                        RETURNING * INTO v_attempt;
                        IF NOT FOUND THEN
                                SELECT * INTO v_attempt FROM attempts a WHERE a.order_id = v_order.id ORDER BY a.id DESC LIMIT 1;
                        END IF;
                END IF;
        END IF;

        INSERT INTO sessions (token_hash, kind, customer_id, order_id, created_at, expires_at)
        VALUES (p_checkout_hash, 'checkout', v_person, v_order.id, app_now(), app_now() + interval '7 days')
        ON CONFLICT DO NOTHING;

        number := v_order.number; key := v_attempt.key; session_url := v_attempt.session_url;
        amount_minor := v_attempt.amount_minor; currency := v_order.currency; expires_at := v_order.expires_at;
        SELECT d.title, d.kind <> 'order' INTO STRICT title, saves FROM dues d WHERE d.id = v_attempt.due_id;
        result := CASE WHEN v_order.status IN ('paid', 'refunded') THEN 'paid'
                       WHEN v_attempt.session_url IS NOT NULL THEN 'open' ELSE 'begun' END;
        RETURN NEXT;
END $$;

-- The gateway made the hosted page.  KEY is the secret that only its maker knows.
CREATE OR REPLACE FUNCTION attempt_opened(p_key text, p_session text, p_url text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE attempts SET session_ref = p_session, session_url = p_url,
                            status = CASE WHEN status IN ('created', 'unknown') THEN 'sent' ELSE status END
        WHERE key = p_key AND (session_ref IS NULL OR session_ref = p_session)
$$;

-- The gateway refused before any money could move.
CREATE OR REPLACE FUNCTION attempt_refused(p_key text, p_code text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE attempts SET status = 'failed', decline_code = p_code WHERE key = p_key AND live
$$;

-- No answer: it may have happened.  The janitor asks (safety rule 5).
CREATE OR REPLACE FUNCTION attempt_unknown(p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        UPDATE attempts SET status = 'unknown' WHERE key = p_key AND status IN ('created', 'sent') RETURNING id INTO v_id;
        IF v_id IS NOT NULL THEN
                PERFORM job_add(2, 'attempt_ask', v_id || '/unknown', jsonb_build_object('attempt', v_id),
                                app_now() + interval '5 minutes');
        END IF;
END $$;

-- Ask the gateway about an attempt at 0, 2, 5, 15, 30 and 60 s; again it changes nothing.
CREATE OR REPLACE FUNCTION attempt_watch(p_attempt bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO jobs (lane, kind, key, args, run_at, created_at)
        SELECT 1, 'attempt_ask', p_attempt || '/' || s, jsonb_build_object('attempt', p_attempt), app_now() + s * interval '1 second', app_now()
        FROM unnest(ARRAY[0, 2, 5, 15, 30, 60]) s
        WHERE NOT EXISTS (SELECT FROM jobs_done d WHERE d.kind = 'attempt_ask' AND d.key = p_attempt || '/' || s)
        ON CONFLICT (kind, key) DO NOTHING
$$;

-- The browser came back: ask the gateway at 0, 2, 5, 15, 30 and 60 s in case its event is
-- late (S0.2).  Harmless when it is repeated; for whoever sees the order.
CREATE OR REPLACE FUNCTION order_watch(p_order bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        SELECT a.id INTO v_id FROM attempts a JOIN orders o ON o.id = a.order_id
        WHERE a.order_id = p_order AND a.live AND a.session_ref IS NOT NULL AND o.status NOT IN ('paid', 'refunded')
          AND a.customer_id = ANY (mine_or_link()) AND (link_order() IS NULL OR a.order_id = link_order());
        IF v_id IS NULL THEN
                RETURN false;
        END IF;
        PERFORM attempt_watch(v_id);
        RETURN true;
END $$;
RESET ROLE;
