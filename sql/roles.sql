-- Roles of the cluster.  Run by a superuser, as often as wanted.
--   lk_owner    owns schema and tables, never logs in
--   lk_definer  owns the SECURITY DEFINER functions, bypasses row-level security, never logs in
--   lk_portal lk_admin lk_hooks lk_worker lk_ctl   one login per program, none owns anything
DO $$
DECLARE
        r text;
BEGIN
        FOREACH r IN ARRAY ARRAY['lk_owner', 'lk_definer'] LOOP
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
                        EXECUTE format('CREATE ROLE %I NOLOGIN', r);
                END IF;
        END LOOP;
        FOREACH r IN ARRAY ARRAY['lk_portal', 'lk_admin', 'lk_hooks', 'lk_worker', 'lk_ctl'] LOOP
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
                        EXECUTE format('CREATE ROLE %I LOGIN', r);
                END IF;
        END LOOP;
END $$;
ALTER ROLE lk_definer BYPASSRLS;
ALTER ROLE lk_ctl NOINHERIT;  -- what its own policies list, unless it says SET ROLE
GRANT lk_owner TO lk_ctl;
-- Out of schema: IN SCHEMA would not take the right to execute away.
ALTER DEFAULT PRIVILEGES FOR ROLE lk_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE lk_definer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
-- For the search of the staff pages; with the database, not with the product's own things.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE SCHEMA IF NOT EXISTS latchkey AUTHORIZATION lk_owner;
GRANT USAGE, CREATE ON SCHEMA latchkey TO lk_definer;
GRANT USAGE ON SCHEMA latchkey TO lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;
