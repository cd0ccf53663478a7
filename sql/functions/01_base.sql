-- The product's time, tokens, and the triggers that keep the tables honest.
SET ROLE lk_definer;

-- The time machine's time, in its own transaction alone (34_machine.sql); NULL in every other, whatever
-- the setting says there: the row that it needs is never committed.
CREATE OR REPLACE FUNCTION machine_now() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT current_setting('latchkey.at')::timestamptz FROM machine_runs WHERE pid = pg_backend_pid());
END $$;

-- The present that such a transaction looks from: whoever looks is logged in now, not then.  NULL in every other.
CREATE OR REPLACE FUNCTION machine_began() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT began_at FROM machine_runs WHERE pid = pg_backend_pid());
END $$;
RESET ROLE;
SET ROLE lk_owner;

-- The one clock of the product.  development.sql gives it another body.
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT CASE WHEN current_setting('latchkey.at', true) > '' THEN coalesce(latchkey.machine_now(), now()) ELSE now() END $$;

RESET ROLE;
SET ROLE lk_definer;

-- Only this is stored of a token.
CREATE OR REPLACE FUNCTION token_hash(p_token text) RETURNS bytea LANGUAGE sql IMMUTABLE
AS $$ SELECT sha256(convert_to(p_token, 'UTF8')) $$;

-- What amounts of a currency are whole multiples of, so that the gateway takes them.
CREATE OR REPLACE FUNCTION money_step(p_currency text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = latchkey, pg_temp
AS $$
BEGIN
        RETURN (SELECT step FROM currencies WHERE code = p_currency);
END $$;

-- BEFORE INSERT on offer_versions: a price that the gateway takes; schedule_sound() looks at its parts.
CREATE OR REPLACE FUNCTION priced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        IF NEW.amount_minor % money_step(NEW.currency) <> 0 THEN
                RAISE EXCEPTION 'the gateway does not take this price' USING ERRCODE = 'check_violation',
                        HINT = 'The last digit of a price with three decimals is 0.';
        END IF;
        RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION priced() TO lk_owner;

-- AFTER UPDATE OF status: each change becomes a row whose foreign key refuses what
-- transitions does not list (safety rule 3).  Argument: the machine.
CREATE OR REPLACE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
DECLARE
        v_new jsonb := to_jsonb(NEW);
BEGIN
        IF OLD.status <> NEW.status THEN
                INSERT INTO moves (machine, object_id, customer_id, was, status, at)
                VALUES (TG_ARGV[0], NEW.id, coalesce((v_new ->> 'customer_id')::bigint, (v_new ->> 'person_id')::bigint),
                        OLD.status, NEW.status, app_now());
        END IF;
        RETURN NULL;
END $$;

-- BEFORE UPDATE, DELETE, TRUNCATE: what was written stays (safety rule 8).
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- BEFORE UPDATE, DELETE: a published version is what somebody bought.
CREATE OR REPLACE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
        IF OLD.published_at IS NOT NULL THEN
                RAISE EXCEPTION 'a published version of % does not change', TG_TABLE_NAME
                        USING ERRCODE = 'restrict_violation', HINT = 'Publish a new version.';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- AFTER INSERT on allocations: count both sides; too much fails a CHECK there.
CREATE OR REPLACE FUNCTION allocated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        UPDATE payments SET allocated_minor = allocated_minor + NEW.amount_minor WHERE id = NEW.payment_id;
        UPDATE dues SET paid_minor = paid_minor + NEW.amount_minor,
                        status = CASE WHEN paid_minor + NEW.amount_minor = amount_minor THEN 'paid' ELSE 'open' END,
                        paid_at = CASE WHEN paid_minor + NEW.amount_minor = amount_minor THEN app_now() END
        WHERE id = NEW.due_id;
        -- Later months of a subscription are not in the price of its line.
        UPDATE order_lines l SET later_minor = greatest(l.later_minor + NEW.amount_minor, l.refunded_minor - l.amount_minor, 0)
        FROM dues d WHERE d.id = NEW.due_id AND d.kind = 'period' AND d.seq > 1
                      AND l.id = (SELECT min(id) FROM order_lines WHERE order_id = d.order_id);
        RETURN NULL;
END $$;

-- AFTER INSERT on audit and evidence: the worker seals the row later, for a chain inside each
-- transaction would be one hot row.
CREATE OR REPLACE FUNCTION chain_wants() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = latchkey, pg_temp
AS $$
BEGIN
        INSERT INTO chain_pending (source, row_id) VALUES (TG_TABLE_NAME, NEW.id);
        RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION moved(), append_only(), frozen(), allocated(), chain_wants() TO lk_owner;
RESET ROLE;

SET ROLE lk_owner;
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON orders FOR EACH ROW EXECUTE FUNCTION moved('order');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON dues FOR EACH ROW EXECUTE FUNCTION moved('due');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON attempts FOR EACH ROW EXECUTE FUNCTION moved('attempt');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON refunds FOR EACH ROW EXECUTE FUNCTION moved('refund');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON disputes FOR EACH ROW EXECUTE FUNCTION moved('dispute');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON access FOR EACH ROW EXECUTE FUNCTION moved('access');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON messages FOR EACH ROW EXECUTE FUNCTION moved('message');
CREATE OR REPLACE TRIGGER moved AFTER UPDATE OF status ON inbox FOR EACH ROW EXECUTE FUNCTION moved('inbox');

CREATE OR REPLACE TRIGGER frozen BEFORE UPDATE OR DELETE ON product_versions FOR EACH ROW EXECUTE FUNCTION frozen();
CREATE OR REPLACE TRIGGER frozen BEFORE UPDATE OR DELETE ON offer_versions FOR EACH ROW EXECUTE FUNCTION frozen();
CREATE OR REPLACE TRIGGER frozen BEFORE UPDATE OR DELETE ON terms_versions FOR EACH ROW EXECUTE FUNCTION frozen();

CREATE OR REPLACE TRIGGER allocated AFTER INSERT ON allocations FOR EACH ROW EXECUTE FUNCTION allocated();
CREATE OR REPLACE TRIGGER chain_wants AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_wants();
CREATE OR REPLACE TRIGGER chain_wants AFTER INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION chain_wants();

DO $$
DECLARE
        t text;
BEGIN
        FOREACH t IN ARRAY ARRAY['ledger', 'allocations', 'moves', 'audit', 'chain_seals', 'receipts', 'receipt_files', 'version_items', 'item_versions'] LOOP
                EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION append_only()', t);
                EXECUTE format('CREATE OR REPLACE TRIGGER append_only_all BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION append_only()', t);
        END LOOP;
END $$;
RESET ROLE;
