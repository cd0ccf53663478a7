-- What staff do for a customer and for each other, and how they find somebody.
-- Each function that a page may call asks for its right by itself.
SET ROLE lk_definer;

-- Refuse whoever may not: the page becomes a 403.
CREATE OR REPLACE FUNCTION staff_must(p_verb text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NOT staff_may(p_verb) THEN
                RAISE EXCEPTION 'this role may not: %', p_verb USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN staff_me();
END $$;

-- --- search ---

-- Lower case, without accents and ligatures; the same for what is stored and what is typed.
CREATE OR REPLACE FUNCTION search_fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$ SELECT translate(replace(lower(regexp_replace(normalize(coalesce(p_text, ''), NFKD), '[\u0300-\u036f]', '', 'g')), 'ß', 'ss'), 'øłđðı', 'olddi') $$;

-- The words of a text: whole ones, what stands before an @, and the parts at the signs of an
-- address.
CREATE OR REPLACE FUNCTION search_split(p_text text) RETURNS text[] LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$
        SELECT coalesce(array_agg(DISTINCT w ORDER BY w), '{}') FROM (
                SELECT left(t, 80) AS w FROM regexp_split_to_table(search_fold(p_text), '[[:space:],;/()<>"]+') t
                UNION ALL
                SELECT left(x, 80) FROM regexp_split_to_table(search_fold(p_text), '[[:space:],;/()<>"]+') t, regexp_split_to_table(t, '[@._+-]+') x
                WHERE length(x) > 1
                UNION ALL
                SELECT left(split_part(t, '@', 1), 80) FROM regexp_split_to_table(search_fold(p_text), '[[:space:],;/()<>"]+') t) s
        WHERE w <> ''
$$;

-- 14900 EUR as "149.00": how an amount is typed.
CREATE OR REPLACE FUNCTION search_amount(p_minor bigint, p_currency text) RETURNS text LANGUAGE sql STABLE
SET search_path = latchkey, pg_temp
AS $$
        SELECT CASE exponent WHEN 0 THEN p_minor::text
               ELSE (p_minor / (10 ^ exponent)::bigint) || '.' || lpad((p_minor % (10 ^ exponent)::bigint)::text, exponent, '0') END
        FROM currencies WHERE code = p_currency
$$;

-- From now on WORDS, and no others, lead from this thing to the customer.
CREATE OR REPLACE FUNCTION search_put(p_kind text, p_object bigint, p_customer bigint, p_words text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        DELETE FROM search_hits WHERE kind = p_kind AND object_id = p_object;
        -- In the order of the words, so that two writers cannot wait for each other.
        INSERT INTO search_words (word)
        SELECT w FROM (SELECT DISTINCT unnest(p_words) AS w) u
        WHERE w <> '' AND NOT EXISTS (SELECT FROM search_words s WHERE s.word = w) ORDER BY w
        ON CONFLICT (word) DO NOTHING;
        INSERT INTO search_hits (word_id, customer_id, kind, object_id)
        SELECT id, p_customer, p_kind, p_object FROM search_words WHERE word = ANY (p_words)
        ON CONFLICT DO NOTHING;
END $$;

-- AFTER INSERT OR UPDATE on customers, orders, payments and receipts.
CREATE OR REPLACE FUNCTION search_fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        CASE TG_TABLE_NAME
                WHEN 'customers' THEN PERFORM search_put('customer', NEW.id, NEW.id, search_split(NEW.name) || search_split(NEW.email));
                WHEN 'orders' THEN PERFORM search_put('order', NEW.id, NEW.customer_id, search_split(NEW.buyer_name) || search_split(NEW.email)
                                                      || ARRAY[lower(NEW.number), search_amount(NEW.total_minor, NEW.currency)]);
                WHEN 'payments' THEN PERFORM search_put('payment', NEW.id, NEW.customer_id, ARRAY[NEW.last_four, search_amount(NEW.amount_minor, NEW.currency)]);
                WHEN 'receipts' THEN PERFORM search_put('receipt', NEW.id, NEW.customer_id, ARRAY[lower(NEW.number)]);
        END CASE;
        RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION search_fill() TO lk_owner;

-- The words that somebody may have meant by one: itself, a number's look-alike, an amount.
CREATE OR REPLACE FUNCTION search_meant(p_word text) RETURNS text[] LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$
        SELECT array_agg(DISTINCT w) FROM unnest(ARRAY[p_word,
                CASE WHEN p_word ~ '^[0-9a-z]{4,10}$' THEN translate(p_word, 'oil', '011') END,
                CASE WHEN p_word ~ '^[0-9.]*[0-9],[0-9]{1,3}$' THEN replace(replace(p_word, '.', ''), ',', '.')
                     WHEN p_word ~ '^[0-9,'']*[0-9]\.[0-9]{1,3}$' THEN translate(p_word, ',''', '') END]) w
        WHERE w IS NOT NULL
$$;

-- WORD with one slip less: a letter too many, one missing, another one, two that changed places.
CREATE OR REPLACE FUNCTION search_variants(p_word text) RETURNS SETOF text LANGUAGE sql IMMUTABLE
SET search_path = latchkey, pg_temp
AS $$
        SELECT left(p_word, i - 1) || substr(p_word, i + 1) FROM generate_series(1, length(p_word)) i
        UNION SELECT left(p_word, i - 1) || substr(p_word, i + 1, 1) || substr(p_word, i, 1) || substr(p_word, i + 2) FROM generate_series(1, length(p_word) - 1) i
        UNION SELECT left(p_word, i - 1) || c || substr(p_word, i + n) FROM generate_series(1, length(p_word) + 1) i, generate_series(0, 1) n,
                     regexp_split_to_table('abcdefghijklmnopqrstuvwxyz0123456789._-', '') c
$$;

-- The threshold of similarity at which the index has few enough candidates for NEAR, by a sample of
-- the words; NULL when too many are alike.  A candidate has that part of NEAR's trigrams, and each
-- of them is compared: where 200,000 addresses differ in their digits alone, that took seconds.
CREATE OR REPLACE FUNCTION search_threshold(p_near text) RETURNS real LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        c_sample CONSTANT integer := 600;
        c_most CONSTANT integer := 5000;
        v_near text[] := public.show_trgm(p_near);
        v_words real := (SELECT greatest(reltuples, 1) FROM pg_catalog.pg_class WHERE oid = 'latchkey.search_words'::regclass);
        v_parts real[];
        v_seen integer;
BEGIN
        IF v_words <= c_most THEN
                RETURN 0.3;
        END IF;
        SELECT array_agg((SELECT count(*) FROM unnest(public.show_trgm(x.word)) t WHERE t = ANY (v_near))::real / cardinality(v_near)), count(*)
        INTO v_parts, v_seen
        FROM (SELECT word FROM search_words TABLESAMPLE SYSTEM (least(100, 100 * 2 * c_sample / v_words)) WHERE strpos(word, '@') = 0 LIMIT c_sample) x;
        RETURN (SELECT min(t) FROM unnest(ARRAY[0.3, 0.45, 0.6, 0.8]::real[]) t
                WHERE (SELECT count(*) FROM unnest(v_parts) f WHERE f >= t) * v_words / greatest(v_seen, 1) <= c_most);
END $$;

-- Words that P_NEAR may have been meant as, the best first, without those of P_KNOWN: one slip, which
-- is looked up; else those that are similar, as far as few are; else what begins like that with one
-- slip.  At most 20, each way bounded however many words are alike.
CREATE OR REPLACE FUNCTION search_slips(p_near text, p_known bigint[]) RETURNS TABLE (id bigint, score real) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_threshold real;
BEGIN
        IF length(p_near) <= 24 THEN
                RETURN QUERY SELECT w.id, 0.75::real FROM search_variants(p_near) v JOIN search_words w ON w.word = v
                             WHERE w.id <> ALL (p_known) ORDER BY w.id LIMIT 20;
                IF FOUND THEN
                        RETURN;
                END IF;
        END IF;
        v_threshold := search_threshold(p_near);
        IF v_threshold IS NOT NULL THEN
                PERFORM set_config('pg_trgm.similarity_threshold', v_threshold::text, true);
                RETURN QUERY SELECT s.id, (0.8 * public.similarity(s.word, p_near))::real FROM search_words s
                             WHERE s.word OPERATOR(public.%) p_near AND strpos(s.word, '@') = 0 AND s.id <> ALL (p_known) ORDER BY 2 DESC, 1 LIMIT 20;
                IF FOUND THEN
                        RETURN;
                END IF;
        END IF;
        IF length(p_near) <= 24 THEN
                RETURN QUERY SELECT DISTINCT w.id, 0.6::real
                             FROM search_variants(p_near) v
                                  CROSS JOIN LATERAL (SELECT x.id FROM search_words x WHERE x.word ~>=~ v AND x.word ~<~ (v || chr(1114111)) ORDER BY x.word USING ~<~ LIMIT 2) w
                             WHERE w.id <> ALL (p_known) ORDER BY w.id LIMIT 20;
        END IF;
END $$;

-- Customers for what was typed, the best first: every word must lead to them, whole, by its
-- beginning or with slips (trigrams).  KIND, WORD and OBJECT_ID say why.
CREATE OR REPLACE FUNCTION customer_search(p_typed text, p_most integer)
RETURNS TABLE (customer_id bigint, score real, kind text, word text, object_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
#variable_conflict use_column
DECLARE
        v_typed text[] := ARRAY(SELECT left(t, 80) FROM regexp_split_to_table(search_fold(p_typed), '[[:space:];/()<>"]+') WITH ORDINALITY s(t, n)
                                WHERE t ~ '[[:alnum:]]' ORDER BY n LIMIT 6);
        v_n integer;
        v_near text;
        v_of integer[] := '{}';
        v_ids bigint[] := '{}';
        v_scores real[] := '{}';
        v_found bigint[];
        v_these real[];
        v_count integer;
        v_fewest integer;
        v_rare integer;
BEGIN
        IF NOT staff_may('read') THEN
                RETURN;
        END IF;
        IF cardinality(v_typed) > 1 THEN        -- "149.00 EUR"
                v_typed := ARRAY(SELECT t FROM unnest(v_typed) t WHERE upper(t) NOT IN (SELECT code FROM currencies));
        END IF;
        v_n := cardinality(v_typed);
        FOR i IN 1 .. v_n LOOP
                SELECT array_agg(f.id), array_agg(f.score) INTO v_found, v_these FROM (
                        SELECT u.id, max(u.score)::real AS score FROM (
                                SELECT w.id, CASE WHEN w.word = m THEN 1 ELSE 0.9 END AS score
                                FROM unnest(search_meant(v_typed[i])) m
                                     CROSS JOIN LATERAL (SELECT * FROM search_words x WHERE x.word ~>=~ m AND x.word ~<~ (m || chr(1114111))
                                                         ORDER BY x.word USING ~<~ LIMIT 20) w) u
                        GROUP BY u.id ORDER BY 2 DESC, 1 LIMIT 25) f;
                -- Slips are looked for where nothing was typed right.
                v_near := split_part(v_typed[i], '@', 1);
                IF coalesce(v_these[1], 0) < 1 AND coalesce(cardinality(v_found), 0) < 5 AND length(v_near) > 3 AND v_near ~ '[^0-9.,'']' THEN
                        SELECT coalesce(v_found, '{}') || array_agg(w.id), coalesce(v_these, '{}') || array_agg(w.score) INTO v_found, v_these
                        FROM search_slips(v_near, coalesce(v_found, '{}')) w;
                END IF;
                SELECT count(*) INTO v_count FROM unnest(v_found) f(id)
                        CROSS JOIN LATERAL (SELECT 1 FROM search_hits h WHERE h.word_id = f.id LIMIT 300) h;
                IF v_count = 0 THEN
                        RETURN;
                END IF;
                IF v_fewest IS NULL OR v_count < v_fewest THEN
                        v_fewest := v_count;
                        v_rare := i;
                END IF;
                v_of := v_of || array_fill(i, ARRAY[cardinality(v_found)]);
                v_ids := v_ids || v_found;
                v_scores := v_scores || v_these;
        END LOOP;
        RETURN QUERY
        WITH w AS MATERIALIZED (SELECT * FROM unnest(v_of, v_ids, v_scores) AS w(i, id, score)),
             few AS MATERIALIZED (
                SELECT h.customer_id FROM w CROSS JOIN LATERAL (SELECT s.customer_id FROM search_hits s WHERE s.word_id = w.id
                                                                ORDER BY s.customer_id DESC LIMIT 300) h
                WHERE w.i = v_rare GROUP BY h.customer_id ORDER BY max(w.score) DESC, h.customer_id DESC LIMIT 300),
             hit AS (
                SELECT s.customer_id, w.i, w.score, w.id, h.kind, h.object_id
                FROM few s CROSS JOIN w JOIN search_hits h ON h.word_id = w.id AND h.customer_id = s.customer_id),
             best AS (
                SELECT DISTINCT ON (h.customer_id, h.i) h.* FROM hit h ORDER BY h.customer_id, h.i, h.score DESC, h.kind, h.object_id DESC),
             ranked AS (
                SELECT b.customer_id, sum(b.score)::real AS score, (array_agg(b.kind ORDER BY b.kind DESC, b.i))[1] AS kind,
                       (array_agg(b.id ORDER BY b.kind DESC, b.i))[1] AS word_id, (array_agg(b.object_id ORDER BY b.kind DESC, b.i))[1] AS object_id
                FROM best b GROUP BY b.customer_id HAVING count(*) = v_n)
        SELECT r.customer_id, r.score, r.kind, x.word, r.object_id
        FROM ranked r JOIN search_words x ON x.id = r.word_id ORDER BY r.score DESC, r.customer_id DESC LIMIT p_most;
END $$;

-- --- a customer ---

-- noted, known (the same form again), unknown.
CREATE OR REPLACE FUNCTION customer_note(p_customer bigint, p_nonce text, p_body text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_must('note');
BEGIN
        IF NOT EXISTS (SELECT FROM customers WHERE id = p_customer) THEN
                RETURN 'unknown';
        END IF;
        INSERT INTO notes (customer_id, staff_id, nonce, body, at) VALUES (p_customer, v_staff, p_nonce, p_body, app_now())
        ON CONFLICT (staff_id, nonce) DO NOTHING;
        IF NOT FOUND THEN
                RETURN 'known';
        END IF;
        PERFORM audit_add('staff', v_staff, 'customer.note', 'customer', p_customer);
        RETURN 'noted';
END $$;

-- Staff correct an address (S0.6).  WAS is what the form showed: whoever comes second is told.
-- The browser that paid keeps its one order.
--   corrected, same, taken (another customer's), changed (no longer WAS), unknown
CREATE OR REPLACE FUNCTION customer_correct(p_customer bigint, p_was text, p_email text, p_fold text, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_must('customer');
        v_c customers;
BEGIN
        SELECT * INTO v_c FROM customers WHERE id = p_customer AND merged_into IS NULL AND erased_at IS NULL FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_c.email = p_email THEN
                RETURN 'same';
        ELSIF v_c.email <> p_was THEN
                RETURN 'changed';
        ELSIF v_c.email_fold <> p_fold AND EXISTS (SELECT FROM customers WHERE email_fold = p_fold AND merged_into IS NULL AND erased_at IS NULL) THEN
                RETURN 'taken';
        END IF;
        BEGIN
                PERFORM address_correct(p_customer, p_email, p_fold, NULL, ARRAY(SELECT id FROM orders WHERE customer_id = p_customer), NULL);
        EXCEPTION WHEN unique_violation THEN
                RETURN 'taken';
        END;
        PERFORM audit_add('staff', v_staff, 'customer.address', 'customer', p_customer, jsonb_build_object('reason', p_reason));
        RETURN 'corrected';
END $$;

-- Staff know that mail arrives there again: the marks and alarms about it are over, until it comes
-- back once more.  works, same (nothing was marked), unknown.
CREATE OR REPLACE FUNCTION customer_mail_works(p_customer bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_must('customer');
        v_c customers;
        v_marked boolean;
BEGIN
        SELECT * INTO v_c FROM customers WHERE id = p_customer AND merged_into IS NULL AND erased_at IS NULL FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        SELECT m.status IN ('bounced', 'refused') AND m.queued_at > coalesce(v_c.mail_works_at, '-infinity') INTO v_marked
        FROM messages m WHERE m.customer_id = v_c.id AND m.email = v_c.email AND m.status IN ('sent', 'bounced', 'refused')
        ORDER BY m.queued_at DESC, m.id DESC LIMIT 1;
        DELETE FROM mail_failures WHERE address = lower(v_c.email);
        v_marked := coalesce(v_marked, false) OR FOUND;
        IF address_mended(v_c.id) = 0 AND NOT v_marked THEN
                RETURN 'same';
        END IF;
        UPDATE customers SET mail_works_at = app_now() WHERE id = v_c.id;
        PERFORM audit_add('staff', v_staff, 'customer.mail-works', 'customer', v_c.id);
        RETURN 'works';
END $$;

-- Staff end a right of this customer: ended, has (it is over), unknown.
CREATE OR REPLACE FUNCTION customer_revoke(p_customer bigint, p_access bigint, p_reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_must('access');
        v_a access;
BEGIN
        PERFORM FROM orders WHERE id = (SELECT order_id FROM access WHERE id = p_access AND person_id = p_customer) FOR UPDATE;
        SELECT * INTO v_a FROM access WHERE id = p_access AND person_id = p_customer FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        ELSIF v_a.status = 'ended' THEN
                RETURN 'has';
        END IF;
        UPDATE access SET status = 'ended', end_reason = 'staff', end_note = p_reason, waiting_for = NULL, expected_on = NULL, since_at = app_now()
        WHERE id = p_access;
        PERFORM message_add('access_ended', 'access', p_access, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                            p_customer, (SELECT email FROM customers WHERE id = p_customer));
        PERFORM audit_add('staff', v_staff, 'access.end', 'order', v_a.order_id, jsonb_build_object('reason', p_reason));
        RETURN 'ended';
END $$;

-- Look at the portal with this customer's eyes, for half an hour: me_writing() is nobody.
CREATE OR REPLACE FUNCTION customer_view(p_customer bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := staff_must('customer');
BEGIN
        IF NOT EXISTS (SELECT FROM customers WHERE id = p_customer AND merged_into IS NULL AND erased_at IS NULL) THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, customer_id, staff_id, created_at, expires_at)
        VALUES (p_hash, 'view_as', p_customer, v_staff, app_now(), app_now() + interval '30 minutes');
        PERFORM audit_add('staff', v_staff, 'customer.view', 'customer', p_customer);
        RETURN true;
END $$;

-- The end of it; whose eyes they were, for the way back.
CREATE OR REPLACE FUNCTION view_end(p_hash bytea) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        UPDATE sessions SET ended_at = app_now() WHERE token_hash = p_hash AND kind = 'view_as' AND ended_at IS NULL RETURNING customer_id
$$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER search_fill AFTER INSERT OR UPDATE OF name, email ON customers FOR EACH ROW EXECUTE FUNCTION search_fill();
CREATE OR REPLACE TRIGGER search_fill AFTER INSERT OR UPDATE OF email, buyer_name ON orders FOR EACH ROW EXECUTE FUNCTION search_fill();
CREATE OR REPLACE TRIGGER search_fill AFTER INSERT OR UPDATE OF last_four ON payments FOR EACH ROW EXECUTE FUNCTION search_fill();
CREATE OR REPLACE TRIGGER search_fill AFTER INSERT ON receipts FOR EACH ROW EXECUTE FUNCTION search_fill();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE OR REPLACE TRIGGER append_only_all BEFORE TRUNCATE ON notes FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Everything about a customer, newest first by (at, id): a Merge Append over one index of each
-- part.  What another part says better is left out: payments speak for their moves, mails for
-- theirs.
CREATE OR REPLACE VIEW customer_timeline WITH (security_invoker = true) AS
SELECT customer_id, at, id, 'move'::text AS source, machine AS topic, status AS code, object_id FROM moves
        WHERE machine IN ('order', 'attempt', 'access', 'refund', 'dispute') AND NOT (machine IN ('order', 'attempt') AND status IN ('paid', 'succeeded'))
UNION ALL
SELECT customer_id, created_at, id, 'begun'::text, 'order'::text, 'begun'::text, id FROM orders
UNION ALL
SELECT customer_id, queued_at, id, 'mail'::text, kind, status, id FROM messages
UNION ALL
SELECT customer_id, at, id, 'evidence'::text, 'evidence'::text, kind, order_id FROM evidence WHERE kind NOT IN ('paid', 'refunded', 'disputed', 'mailed')
UNION ALL
SELECT p.customer_id, greatest(p.received_at, o.created_at), p.id, 'payment'::text, 'payment'::text, p.brand, p.id FROM payments p JOIN orders o ON o.id = p.order_id
UNION ALL
SELECT customer_id, issued_at, id, 'receipt'::text, 'receipt'::text, kind, id FROM receipts
UNION ALL
SELECT customer_id, created_at, id, 'refund'::text, 'refund_kind'::text, kind, id FROM refunds
UNION ALL
SELECT customer_id, created_at, id, 'dispute'::text, 'dispute_reason'::text, reason, id FROM disputes
UNION ALL
SELECT person_id, granted_at, id, 'access'::text, 'access'::text, reason, id FROM access
UNION ALL
SELECT customer_id, at, id, 'note'::text, 'note'::text, 'note'::text, staff_id FROM notes
UNION ALL
SELECT customer_id, at, id, 'post'::text, author, via, ticket_id FROM posts
UNION ALL
SELECT object_id, at, id, 'audit'::text, actor, action, id FROM audit WHERE object = 'customer' AND action <> 'customer.note'
UNION ALL
SELECT o.customer_id, a.at, a.id, 'audit'::text, a.actor, a.action, a.id FROM orders o JOIN audit a ON a.object = 'order' AND a.object_id = o.id;
COMMENT ON VIEW customer_timeline IS 'everything that happened to a customer; with the rights of whoever asks';
RESET ROLE;

-- What was there before the search was.
DO $$
BEGIN
        IF NOT EXISTS (SELECT FROM latchkey.search_hits) THEN
                PERFORM latchkey.search_put('customer', id, id, latchkey.search_split(name) || latchkey.search_split(email)) FROM latchkey.customers;
                PERFORM latchkey.search_put('order', id, customer_id, latchkey.search_split(buyer_name) || latchkey.search_split(email)
                                            || ARRAY[lower(number), latchkey.search_amount(total_minor, currency)]) FROM latchkey.orders;
                PERFORM latchkey.search_put('payment', id, customer_id, ARRAY[last_four, latchkey.search_amount(amount_minor, currency)]) FROM latchkey.payments;
                PERFORM latchkey.search_put('receipt', id, customer_id, ARRAY[lower(number)]) FROM latchkey.receipts;
        END IF;
END $$;

-- --- staff ---
SET ROLE lk_definer;

-- A mail to a member of staff, once per (kind, period).
CREATE OR REPLACE FUNCTION staff_message(p_kind text, p_staff bigint, p_period text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO messages (kind, object, object_id, period, staff_id, email, queued_at)
        SELECT p_kind, 'staff', id, p_period, id, email, app_now() FROM staff WHERE id = p_staff
        ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NOT NULL THEN
                PERFORM job_add(1, 'mail', v_id::text);
        END IF;
END $$;

-- A time as a period: what may happen again gets another one.
CREATE OR REPLACE FUNCTION period_now() RETURNS text LANGUAGE sql VOLATILE
SET search_path = latchkey, pg_temp
AS $$ SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') $$;

-- BEFORE UPDATE on staff: somebody must be left who may do everything and can log in.  One at a
-- time, so that two owners cannot send each other away.
CREATE OR REPLACE FUNCTION last_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF OLD.role = 'owner' AND OLD.disabled_at IS NULL AND OLD.password_hash IS NOT NULL
           AND (NEW.role <> 'owner' OR NEW.disabled_at IS NOT NULL) THEN
                PERFORM pg_advisory_xact_lock(hashtext('latchkey.last_owner'));
                IF NOT EXISTS (SELECT FROM staff WHERE role = 'owner' AND disabled_at IS NULL AND password_hash IS NOT NULL AND id <> OLD.id) THEN
                        RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'restrict_violation', HINT = 'Make somebody else an owner first.';
                END IF;
        END IF;
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION last_owner() TO lk_owner;

-- Everybody, with what an owner must know of them.  state: active, invited (a link waits, or its
-- mail does), expired (it was not used), disabled.
CREATE OR REPLACE FUNCTION staff_list()
RETURNS TABLE (id bigint, email text, name text, role text, state text, created_at timestamptz, seen_at timestamptz,
               invited_until timestamptz, sessions integer, codes integer, me boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NOT staff_may('staff') THEN
                RETURN;
        END IF;
        RETURN QUERY
        SELECT s.id, s.email, s.name, s.role,
               CASE WHEN s.disabled_at IS NOT NULL THEN 'disabled' WHEN s.password_hash IS NOT NULL THEN 'active'
                    WHEN i.until IS NOT NULL OR EXISTS (SELECT FROM messages m WHERE m.staff_id = s.id AND m.kind = 'staff_invite'
                                                                  AND m.status IN ('queued', 'sending', 'deferred')) THEN 'invited'
                    ELSE 'expired' END,
               s.created_at, n.seen, i.until, coalesce(n.open, 0)::integer,
               (SELECT count(*) FROM staff_codes c WHERE c.staff_id = s.id AND c.used_at IS NULL)::integer, s.id = staff_me()
        FROM staff s
             LEFT JOIN LATERAL (SELECT max(x.expires_at) AS until FROM sessions x WHERE x.staff_id = s.id AND x.kind = 'invite'
                                AND x.ended_at IS NULL AND x.expires_at > app_now()) i ON true
             LEFT JOIN LATERAL (SELECT max(coalesce(x.seen_at, x.created_at)) AS seen, count(*) FILTER (WHERE x.ended_at IS NULL AND x.expires_at > app_now()) AS open
                                FROM sessions x WHERE x.staff_id = s.id AND x.kind = 'staff') n ON true
        ORDER BY (s.disabled_at IS NOT NULL), s.name, s.id;
END $$;

-- An owner invites: the mail's link lets them choose name, password and second factor.  Inviting
-- somebody again who never came sends another link, which ends the one before.
--   invited, known (somebody who works here or did)
CREATE OR REPLACE FUNCTION staff_invite(p_email text, p_fold text, p_role text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_by bigint := staff_must('staff');
        v_s staff;
BEGIN
        INSERT INTO staff (email, email_fold, role, created_at) VALUES (p_email, p_fold, p_role, app_now())
        ON CONFLICT (email_fold) DO NOTHING;
        SELECT * INTO STRICT v_s FROM staff WHERE email_fold = p_fold FOR UPDATE;
        IF v_s.password_hash IS NOT NULL THEN
                RETURN 'known';
        END IF;
        UPDATE staff SET email = p_email, role = p_role, disabled_at = NULL WHERE id = v_s.id;
        -- A form that is sent twice is one mail: the first has not left yet, or just now.
        IF NOT EXISTS (SELECT FROM messages WHERE staff_id = v_s.id AND kind = 'staff_invite'
                       AND (status = 'queued' OR (v_s.role = p_role AND v_s.disabled_at IS NULL AND queued_at > app_now() - interval '10 seconds'))) THEN
                PERFORM staff_message('staff_invite', v_s.id, period_now());
                PERFORM audit_add('staff', v_by, 'staff.invited', 'staff', v_s.id, jsonb_build_object('role', p_role));
        END IF;
        RETURN 'invited';
END $$;

-- The worker makes the link of an invitation just before it is sent: three days, once.
CREATE OR REPLACE FUNCTION staff_link_make(p_message bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint;
BEGIN
        SELECT s.id INTO v_staff FROM messages m JOIN staff s ON s.id = m.staff_id
        WHERE m.id = p_message AND m.kind = 'staff_invite' AND s.password_hash IS NULL AND s.disabled_at IS NULL FOR UPDATE OF s;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        UPDATE sessions SET ended_at = app_now() WHERE staff_id = v_staff AND kind = 'invite' AND ended_at IS NULL;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at)
        VALUES (p_hash, 'invite', v_staff, app_now(), app_now() + interval '3 days');
        RETURN true;
END $$;

-- What an owner does with somebody: another role, disable (an invitation: revoke), enable.
--   done, same, last (the last owner stays), unknown, role (no such role)
CREATE OR REPLACE FUNCTION staff_change(p_staff bigint, p_act text, p_role text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_by bigint := staff_must('staff');
        v_s staff;
BEGIN
        SELECT * INTO v_s FROM staff WHERE id = p_staff FOR UPDATE;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM staff_must('staff');    -- once more: a colleague may have been first
        IF (p_act = 'role' AND v_s.role = p_role) OR (p_act = 'disable' AND v_s.disabled_at IS NOT NULL)
           OR (p_act = 'enable' AND v_s.disabled_at IS NULL) THEN
                RETURN 'same';
        END IF;
        BEGIN
                UPDATE staff SET role = CASE p_act WHEN 'role' THEN p_role ELSE role END,
                                 disabled_at = CASE p_act WHEN 'disable' THEN app_now() WHEN 'enable' THEN NULL ELSE disabled_at END
                WHERE id = p_staff;
        EXCEPTION WHEN restrict_violation THEN
                RETURN 'last';
        END;
        -- Disabled: everything ends at once.  Another role: what they see with others' eyes does.
        UPDATE sessions SET ended_at = app_now()
        WHERE staff_id = p_staff AND ended_at IS NULL AND (p_act = 'disable' OR (p_act = 'role' AND kind = 'view_as'));
        UPDATE messages SET status = 'skipped' WHERE p_act = 'disable' AND staff_id = p_staff AND kind = 'staff_invite' AND status IN ('queued', 'deferred');
        PERFORM audit_add('staff', v_by, CASE WHEN p_act = 'disable' AND v_s.password_hash IS NULL THEN 'staff.revoked' ELSE 'staff.' || p_act END,
                          'staff', p_staff, CASE p_act WHEN 'role' THEN jsonb_build_object('was', v_s.role, 'role', p_role) ELSE '{}' END);
        RETURN 'done';
END $$;

-- --- one's own login ---

-- Ten recovery codes; those before are worthless from now on.  HASHES: one after the other.
-- The session may show them again for ten minutes: with SALT and its own secret it makes them.
CREATE OR REPLACE FUNCTION staff_codes_put(p_staff bigint, p_session bytea, p_salt text, p_hashes bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        DELETE FROM staff_codes WHERE staff_id = p_staff;
        INSERT INTO staff_codes (staff_id, code_hash, salt, session_hash, made_at)
        SELECT p_staff, substr(p_hashes, 1 + 32 * n, 32), p_salt, p_session, app_now() FROM generate_series(0, length(p_hashes) / 32 - 1) n;
        PERFORM audit_add('staff', p_staff, 'staff.codes', 'staff', p_staff);
END $$;

-- At the set-up: the session was made a moment ago, by the invitation.
CREATE OR REPLACE FUNCTION staff_codes_first(p_session bytea, p_salt text, p_hashes bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint;
BEGIN
        SELECT staff_id INTO v_staff FROM sessions
        WHERE token_hash = p_session AND kind = 'staff' AND ended_at IS NULL AND created_at > app_now() - interval '1 minute';
        IF v_staff IS NOT NULL THEN
                PERFORM staff_codes_put(v_staff, p_session, p_salt, p_hashes);
        END IF;
END $$;

-- On request: the password was right (its hash is named again), and the code counts once.
CREATE OR REPLACE FUNCTION staff_codes_again(p_hash text, p_step bigint, p_salt text, p_hashes bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        UPDATE staff SET totp_last = p_step WHERE id = v_me AND password_hash = p_hash AND totp_last < p_step AND disabled_at IS NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        PERFORM staff_codes_put(v_me, token_hash(current_setting('latchkey.token', true)), p_salt, p_hashes);
        RETURN true;
END $$;

-- How many are left, and the salt where this session may show them.
CREATE OR REPLACE FUNCTION staff_codes_mine() RETURNS TABLE (left_over integer, salt text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        RETURN QUERY SELECT count(*) FILTER (WHERE c.used_at IS NULL)::integer,
                            max(c.salt) FILTER (WHERE c.made_at > app_now() - interval '10 minutes'
                                                  AND c.session_hash = token_hash(current_setting('latchkey.token', true)))
                     FROM staff_codes c WHERE c.staff_id = v_me;
END $$;

-- Instead of the authenticator's code: one of the ten, once.  The mail tells it.
CREATE OR REPLACE FUNCTION staff_recover(p_staff bigint, p_hash text, p_code bytea, p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE staff_codes c SET used_at = app_now() FROM staff s
        WHERE c.staff_id = p_staff AND c.code_hash = p_code AND c.used_at IS NULL
          AND s.id = c.staff_id AND s.password_hash = p_hash AND s.disabled_at IS NULL;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'staff', p_staff, app_now(), app_now() + interval '12 hours', app_now(), p_agent);
        DELETE FROM tries t USING staff s WHERE s.id = p_staff AND t.scope = 'account' AND t.key = login_key(s.email_fold, true);
        PERFORM audit_add('staff', p_staff, 'staff.recovered', 'staff', p_staff);
        PERFORM staff_message('staff_recovered', p_staff, period_now());
        RETURN true;
END $$;

-- Another password for oneself; the other sessions end, and a mail tells it.
CREATE OR REPLACE FUNCTION staff_password(p_hash text, p_new text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        UPDATE staff SET password_hash = p_new WHERE id = v_me AND password_hash = p_hash;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        UPDATE sessions SET ended_at = app_now()
        WHERE staff_id = v_me AND ended_at IS NULL AND token_hash <> token_hash(current_setting('latchkey.token', true));
        PERFORM audit_add('staff', v_me, 'staff.password', 'staff', v_me);
        PERFORM staff_message('staff_password', v_me, period_now());
        RETURN true;
END $$;

-- One's own sessions.  REF names one to its owner alone: the beginning of the hash.
CREATE OR REPLACE FUNCTION staff_sessions() RETURNS TABLE (ref text, created_at timestamptz, user_agent text, this boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        RETURN QUERY SELECT left(encode(s.token_hash, 'hex'), 16), s.created_at, s.user_agent, s.token_hash = token_hash(current_setting('latchkey.token', true))
                     FROM sessions s WHERE s.staff_id = v_me AND s.kind = 'staff' AND s.ended_at IS NULL AND s.expires_at > app_now()
                     ORDER BY s.created_at DESC;
END $$;

CREATE OR REPLACE FUNCTION staff_session_end(p_ref text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        IF NOT EXISTS (SELECT FROM sessions WHERE staff_id = v_me AND kind = 'staff' AND left(encode(token_hash, 'hex'), 16) = p_ref) THEN
                RETURN false;
        END IF;
        UPDATE sessions SET ended_at = app_now()
        WHERE staff_id = v_me AND kind = 'staff' AND left(encode(token_hash, 'hex'), 16) = p_ref AND ended_at IS NULL;
        IF FOUND THEN
                PERFORM audit_add('staff', v_me, 'staff.session', 'staff', v_me);
        END IF;
        RETURN true;
END $$;

-- --- one's own passkeys ---

-- Whether this is a login of the last fifteen minutes (safety rule 21).
CREATE OR REPLACE FUNCTION staff_fresh() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN staff_me() IS NOT NULL
           AND EXISTS (SELECT FROM sessions WHERE token_hash = token_hash(current_setting('latchkey.token', true))
                         AND created_at > app_now() - interval '15 minutes');
END $$;

CREATE OR REPLACE FUNCTION staff_passkeys() RETURNS TABLE (id bigint, name text, created_at timestamptz, used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        RETURN QUERY SELECT p.id, p.name, p.created_at, p.used_at FROM passkeys p WHERE p.staff_id = v_me ORDER BY p.id;
END $$;

-- added, again (it is known, or its challenge was answered), stale, many.  A mail tells it.
CREATE OR REPLACE FUNCTION staff_passkey_add(p_challenge bytea, p_credential bytea, p_key bytea, p_algorithm integer, p_count bigint, p_name text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
        v_id bigint;
BEGIN
        IF NOT staff_fresh() THEN
                RETURN 'stale';
        END IF;
        PERFORM FROM staff WHERE id = v_me FOR UPDATE;
        IF (SELECT count(*) FROM passkeys WHERE staff_id = v_me) >= 20 THEN
                RETURN 'many';
        END IF;
        v_id := passkey_keep(NULL, v_me, p_challenge, p_credential, p_key, p_algorithm, p_count, p_name);
        IF v_id IS NULL THEN
                RETURN 'again';
        END IF;
        PERFORM audit_add('staff', v_me, 'staff.passkey', 'staff', v_me);
        PERFORM staff_message('staff_passkey', v_me, v_id::text);
        RETURN 'added';
END $$;

-- named, same, stale, unknown.
CREATE OR REPLACE FUNCTION staff_passkey_name(p_id bigint, p_name text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
        v_name text;
BEGIN
        IF NOT staff_fresh() THEN
                RETURN 'stale';
        END IF;
        SELECT name INTO v_name FROM passkeys WHERE id = p_id AND staff_id = v_me FOR UPDATE;
        IF v_name IS NULL OR v_name = p_name THEN
                RETURN CASE WHEN v_name IS NULL THEN 'unknown' ELSE 'same' END;
        END IF;
        UPDATE passkeys SET name = p_name WHERE id = p_id;
        PERFORM audit_add('staff', v_me, 'staff.passkey-named', 'staff', v_me);
        RETURN 'named';
END $$;

-- ended, stale, unknown.
CREATE OR REPLACE FUNCTION staff_passkey_remove(p_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_me bigint := staff_me();
BEGIN
        IF NOT staff_fresh() THEN
                RETURN 'stale';
        END IF;
        DELETE FROM passkeys WHERE id = p_id AND staff_id = v_me;
        IF NOT FOUND THEN
                RETURN 'unknown';
        END IF;
        PERFORM audit_add('staff', v_me, 'staff.passkey-removed', 'staff', v_me);
        RETURN 'ended';
END $$;

-- In by a passkey.  The device and the verified person are two factors, so it stands for
-- password and code.
CREATE OR REPLACE FUNCTION staff_passkey_done(p_challenge bytea, p_credential bytea, p_key bytea, p_count bigint, p_session bytea, p_agent text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_staff bigint := (passkey_answered(p_challenge, p_credential, p_key, p_count)).staff_id;
BEGIN
        -- The row is locked: whoever is being disabled is in before that or not at all.
        PERFORM FROM staff WHERE id = v_staff AND disabled_at IS NULL FOR NO KEY UPDATE;
        IF NOT FOUND THEN
                RETURN false;
        END IF;
        INSERT INTO sessions (token_hash, kind, staff_id, created_at, expires_at, seen_at, user_agent)
        VALUES (p_session, 'staff', v_staff, app_now(), app_now() + interval '12 hours', app_now(), p_agent);
        PERFORM audit_add('staff', v_staff, 'staff.passkey-login', 'staff', v_staff);
        RETURN true;
END $$;

-- When the audit was last sealed, and what of it waits for the next time.
CREATE OR REPLACE FUNCTION audit_sealed() RETURNS TABLE (sealed_at timestamptz, waiting integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NOT staff_may('read') THEN
                RETURN;
        END IF;
        RETURN QUERY SELECT (SELECT c.sealed_at FROM chain_seals c WHERE c.source = 'audit' ORDER BY c.seal DESC LIMIT 1),
                            (SELECT count(*) FROM chain_pending p WHERE p.source = 'audit')::integer;
END $$;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER last_owner BEFORE UPDATE OF role, disabled_at ON staff FOR EACH ROW EXECUTE FUNCTION last_owner();
RESET ROLE;
