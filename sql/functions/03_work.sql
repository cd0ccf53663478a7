-- Small verbs that the others use: a job, a mail, an alarm, a proof, a day's figure.
SET ROLE lk_definer;

CREATE OR REPLACE FUNCTION job_add(p_lane integer, p_kind text, p_key text, p_args jsonb DEFAULT '{}',
                                   p_run_at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO jobs (lane, kind, key, args, run_at, created_at)
        VALUES (p_lane, p_kind, p_key, p_args, coalesce(p_run_at, app_now()), app_now())
        ON CONFLICT (kind, key) DO NOTHING
$$;

-- A mail that is due once per (kind, object, period, customer) (safety rule 24).  HELD: its
-- job comes later, with the paper that is attached.  Returns the id, NULL when it was due
-- already.
CREATE OR REPLACE FUNCTION message_add(p_kind text, p_object text, p_object_id bigint, p_period text,
                                       p_customer bigint, p_email text, p_held boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_id bigint;
BEGIN
        INSERT INTO messages (kind, object, object_id, period, customer_id, email, queued_at)
        VALUES (p_kind, p_object, p_object_id, p_period, p_customer, p_email, app_now())
        ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        IF v_id IS NOT NULL AND NOT p_held THEN
                PERFORM job_add(1, 'mail', v_id::text);
        END IF;
        RETURN v_id;
END $$;

CREATE OR REPLACE FUNCTION alarm_raise(p_kind text, p_object text, p_object_id bigint, p_detail text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO alarms (kind, object, object_id, detail, at)
        VALUES (p_kind, p_object, p_object_id, p_detail, app_now())
        ON CONFLICT (kind, object, object_id) WHERE closed_at IS NULL DO NOTHING
$$;

-- PERSONAL (address, browser) stands apart from the chain: the chain holds its salted hash.
CREATE OR REPLACE FUNCTION evidence_add(p_customer bigint, p_order bigint, p_kind text, p_facts jsonb,
                                        p_personal text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_salt bytea := CASE WHEN p_personal IS NOT NULL THEN decode(replace(gen_random_uuid()::text, '-', ''), 'hex') END;
BEGIN
        INSERT INTO evidence (at, customer_id, order_id, kind, facts, salt, personal, personal_hash)
        VALUES (app_now(), p_customer, p_order, p_kind, p_facts, v_salt, p_personal,
                sha256(v_salt || convert_to(p_personal, 'UTF8')));
END $$;

CREATE OR REPLACE FUNCTION audit_add(p_actor text, p_actor_id bigint, p_action text, p_object text,
                                     p_object_id bigint, p_facts jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO audit (at, actor, actor_id, action, object, object_id, facts)
        VALUES (app_now(), p_actor, p_actor_id, p_action, p_object, p_object_id, p_facts)
$$;

CREATE OR REPLACE FUNCTION rollup_add(p_metric text, p_product bigint, p_currency text, p_amount bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
        INSERT INTO rollups AS r (day, metric, product_id, currency, shard, n, amount)
        VALUES ((app_now() AT TIME ZONE 'UTC')::date, p_metric, p_product, p_currency, pg_backend_pid() % 16, 1, p_amount)
        ON CONFLICT (day, metric, product_id, currency, shard)
        DO UPDATE SET n = r.n + 1, amount = r.amount + excluded.amount
$$;

-- Enqueue what is due by the schedules; one job per name and period.
CREATE OR REPLACE FUNCTION schedules_run() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_s schedules;
        v_n integer := 0;
BEGIN
        FOR v_s IN SELECT * FROM schedules WHERE next_at <= app_now() FOR UPDATE SKIP LOCKED LOOP
                PERFORM job_add(v_s.lane, v_s.name, to_char(v_s.next_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'));
                -- Periods that were missed while nothing ran are one run.
                UPDATE schedules SET next_at = CASE WHEN next_at + every > app_now() THEN next_at + every ELSE app_now() + every END
                WHERE name = v_s.name;
                v_n := v_n + 1;
        END LOOP;
        RETURN v_n;
END $$;

-- Extend the chains by everything that is not sealed yet, in order of id.  Returns how many.
CREATE OR REPLACE FUNCTION chain_seal() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_row record;
        v_source text;
        v_seal bigint;
        v_hash bytea;
        v_n integer := 0;
BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('latchkey.chain_seal'));
        FOREACH v_source IN ARRAY ARRAY['audit', 'evidence'] LOOP
                SELECT seal, hash INTO v_seal, v_hash FROM chain_seals WHERE source = v_source ORDER BY seal DESC LIMIT 1;
                v_seal := coalesce(v_seal, 0);
                v_hash := coalesce(v_hash, sha256(convert_to('latchkey ' || v_source, 'UTF8')));
                FOR v_row IN
                        SELECT row_id, chain_text(v_source, row_id) AS text FROM chain_pending
                        WHERE source = v_source ORDER BY row_id LIMIT 5000
                LOOP
                        v_seal := v_seal + 1;
                        v_hash := sha256(v_hash || convert_to(v_row.text, 'UTF8'));
                        INSERT INTO chain_seals VALUES (v_source, v_seal, v_row.row_id, v_hash, app_now());
                        DELETE FROM chain_pending WHERE source = v_source AND row_id = v_row.row_id;
                        v_n := v_n + 1;
                END LOOP;
        END LOOP;
        RETURN v_n;
END $$;

-- What is hashed of a row: everything but the personal text, which its salted hash stands for.
CREATE OR REPLACE FUNCTION chain_text(p_source text, p_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex'
AS $$
        SELECT CASE p_source
                WHEN 'audit' THEN (SELECT to_jsonb(a)::text FROM audit a WHERE id = p_id)
                ELSE (SELECT (to_jsonb(e) - 'personal' - 'salt')::text FROM evidence e WHERE id = p_id) END
$$;

-- The first place where the chain no longer fits its rows; rows that are neither sealed nor
-- waiting to be; personal text that is not what its hash says.
CREATE OR REPLACE FUNCTION chain_check() RETURNS TABLE (kind text, order_number text, expected text, found text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_row record;
        v_source text;
        v_hash bytea;
        v_next bigint;
BEGIN
        FOREACH v_source IN ARRAY ARRAY['audit', 'evidence'] LOOP
                v_hash := sha256(convert_to('latchkey ' || v_source, 'UTF8'));
                v_next := 1;
                FOR v_row IN
                        SELECT s.seal, s.hash, s.row_id, chain_text(v_source, s.row_id) AS text
                        FROM chain_seals s WHERE s.source = v_source ORDER BY s.seal
                LOOP
                        v_hash := sha256(v_hash || convert_to(coalesce(v_row.text, ''), 'UTF8'));
                        IF v_row.seal <> v_next OR v_hash <> v_row.hash THEN
                                -- As a query: a column called found is not the variable FOUND.
                                RETURN QUERY SELECT v_source || '_chain', NULL::text, encode(v_row.hash, 'hex'),
                                                    format('row %s does not fit seal %s', v_row.row_id, v_row.seal);
                                EXIT;
                        END IF;
                        v_next := v_next + 1;
                END LOOP;
        END LOOP;
        RETURN QUERY
                SELECT w.source || '_chain', NULL::text, 'sealed, or waiting for it', format('row %s is neither', w.id)
                FROM (SELECT 'audit' AS source, id FROM audit UNION ALL SELECT 'evidence', id FROM evidence) w
                WHERE NOT EXISTS (SELECT FROM chain_seals s WHERE s.source = w.source AND s.row_id = w.id)
                  AND NOT EXISTS (SELECT FROM chain_pending p WHERE p.source = w.source AND p.row_id = w.id)
                LIMIT 10;
        RETURN QUERY
                SELECT 'evidence_text', o.number, encode(e.personal_hash, 'hex'), format('the personal text of row %s is another', e.id)
                FROM evidence e LEFT JOIN orders o ON o.id = e.order_id
                WHERE e.personal IS NOT NULL AND sha256(e.salt || convert_to(e.personal, 'UTF8')) IS DISTINCT FROM e.personal_hash
                LIMIT 10;
END $$;
RESET ROLE;
