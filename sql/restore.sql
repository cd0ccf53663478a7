-- Makes room for the data of a backup in the schema :schema; the data follows in the same
-- transaction.  Triggers rest meanwhile: what they would write is in the backup.
SET session_replication_role = replica;
-- Where a program that runs meanwhile stands in the way, it gives way and tries again.
SET deadlock_timeout = '1min';
SELECT 'TRUNCATE ' || string_agg(c.oid::regclass::text, ', ')
FROM pg_class c WHERE c.relnamespace = :'schema'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
\gexec
